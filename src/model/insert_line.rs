//! Inserts as written: names, arguments, bands, and what they name.
//!
//! Invariant: a value is in its parameter's base unit and range; an insert that is not built is left out and says so.

use std::path::PathBuf;
use std::sync::Arc;

use super::build::Builder;
use super::piece::{Insert, Role};
use super::plain::{convert, fixed_slot, quantity};
use super::setting::Setting;
use super::words::{self, Room};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::graph::Graph;
use crate::base::insert::{self, Band, InsertInfo, MOST_BANDS, Parameter};
use crate::base::source::Place;
use crate::lang::syntax::{Argument, Expr, ExprKind, ItemKind, MiniKind, Name};

/// An insert as written, with only what was given.
#[derive(Clone, Debug)]
pub(super) struct InsertLine {
    pub label: Option<Arc<str>>,
    pub info: &'static InsertInfo,
    /// Its bands, in order.
    pub bands: Vec<(&'static Band, Place)>,
    /// The band (of `bands`) or the insert itself, the parameter, its value.
    pub given: Vec<(Option<usize>, usize, Setting)>,
    /// What words name.
    pub words: Vec<(usize, Arc<str>)>,
    /// The graph of an effect of the text.
    pub effect: Option<Arc<Graph>>,
    pub place: Place,
}

/// The parameter of an insert that names a file.
const FILE: &str = "file";

impl InsertLine {
    /// The insert that it makes, with what the table says of the rest.
    pub(super) fn insert(self) -> Insert {
        let bands = self.bands.into_iter().map(|(band, _)| band).collect();
        let mut insert = Insert::new(self.label, self.info, bands);
        for (band, parameter, value) in self.given {
            let at = insert.index(band, parameter);
            insert.parameters[at] = value;
        }
        insert.words = self.words;
        insert.effect = self.effect;
        insert
    }
}

/// An argument that was read.
enum Read {
    Value(Setting),
    Word(Arc<str>),
}

impl Builder<'_> {
    pub(super) fn insert_line(
        &mut self,
        label: Option<Arc<str>>,
        name: &Name,
        arguments: &[Argument],
        place: Place,
    ) -> Option<InsertLine> {
        if let Some(effect) = self.effects.iter().find(|effect| *effect.name == name.text) {
            // One without a graph has an error, which has been said: the strip goes on without it.
            let graph = Arc::clone(effect.graph.as_ref()?).as_insert();
            let info = insert::interned(&graph.name, &graph.parameters);
            return Some(InsertLine { effect: Some(graph), ..self.insert_arguments(label, info, arguments, place) });
        }
        let Some(info) = insert::find(&name.text) else {
            if label.is_none() && self.labelled_elsewhere(&name.text) {
                // `warm(bell(…))` in a section moves a named insert of a kind that is not built yet.
                self.not_yet(name.place, &format!("moving the insert `{}`", name.text));
                return None;
            }
            let error = Diagnostic::error("unknown-insert", name.place, format!("no insert is called `{}`", name.text));
            let mut names: Vec<&str> = self.effects.iter().map(|effect| &*effect.name).collect();
            for name in insert::INSERTS.iter().map(|info| info.name).chain(words::names(Room::Strip)) {
                names.push(name);
            }
            let meant = words::meant(&name.text, Room::Strip).map(|word| word.name);
            self.said.push(match meant.or_else(|| nearest(&name.text, names)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("inserts are eq, comp, reverb, echo, limit and so on"),
            });
            return None;
        };
        Some(self.insert_arguments(label, info, arguments, place))
    }

    /// The arguments of an insert; what is wrong says so and is left out.
    pub(super) fn insert_arguments(
        &mut self,
        label: Option<Arc<str>>,
        info: &'static InsertInfo,
        arguments: &[Argument],
        place: Place,
    ) -> InsertLine {
        let mut line =
            InsertLine { label, info, bands: Vec::new(), given: Vec::new(), words: Vec::new(), effect: None, place };
        let mut own = Vec::new();
        for argument in arguments {
            match band_call(&argument.value).filter(|_| !info.bands.is_empty() && argument.name.is_none()) {
                None => own.push(argument.clone()),
                Some((name, inner)) => {
                    let Some(band) = info.band(&name.text) else {
                        self.unknown_band(name, info);
                        continue;
                    };
                    if line.bands.len() >= MOST_BANDS {
                        let most = format!("`{}` has {MOST_BANDS} bands at most", info.name);
                        self.said.push(
                            Diagnostic::error("surplus-argument", argument.value.place, most)
                                .help(format!("write a second `{}` after it", info.name)),
                        );
                        break;
                    }
                    let at = line.bands.len();
                    line.bands.push((band, argument.value.place));
                    for (index, read) in self.arguments(band.name, band.parameters, inner) {
                        if let Read::Value(value) = read {
                            line.given.push((Some(at), index, value));
                        }
                    }
                }
            }
        }
        if info.parameters.is_empty()
            && !info.bands.is_empty()
            && let Some(argument) = own.first()
        {
            let error = Diagnostic::error(
                "band-expected",
                argument.value.place,
                format!("`{}` takes bands: a call for each", info.name),
            );
            self.said.push(error.help("eq(lowcut(30Hz), bell(220Hz, -2dB, q: 1.2), high(+1dB))"));
            return line;
        }
        let before = self.said.len();
        for (index, read) in self.arguments(info.name, info.written(), &own) {
            match read {
                Read::Value(value) => line.given.push((None, index, value)),
                Read::Word(word) => line.words.push((index, word)),
            }
        }
        let file = info.parameters.iter().position(|parameter| parameter.name == FILE);
        if file.is_some_and(|file| line.words.iter().all(|(index, _)| *index != file)) && self.said.len() == before {
            let error = Diagnostic::error("missing-argument", place, format!("`{}` wants a file", info.name));
            self.said.push(error.help(format!("{}('hall.wav')", info.name)));
        }
        line
    }

    fn unknown_band(&mut self, name: &Name, info: &InsertInfo) {
        let names: Vec<_> = info.bands.iter().map(|band| band.name).collect();
        let error = Diagnostic::error("unknown-band", name.place, format!("`{}` has no `{}`", info.name, name.text));
        self.said.push(match nearest(&name.text, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("it has {}", names.join(", "))),
        });
    }

    /// Arguments by name; without one by their unit where that leaves no doubt, else in the order of the table.
    fn arguments(&mut self, of: &str, parameters: &'static [Parameter], arguments: &[Argument]) -> Vec<(usize, Read)> {
        let mut taken = vec![false; parameters.len()];
        for label in arguments.iter().filter_map(|argument| argument.name.as_ref()) {
            if let Some(index) = parameters.iter().position(|parameter| parameter.name == label.text) {
                taken[index] = true;
            }
        }
        let mut out = Vec::new();
        for argument in arguments {
            let index = if let Some(label) = &argument.name {
                let Some(index) = parameters.iter().position(|parameter| parameter.name == label.text) else {
                    self.unknown_parameter(label, of, parameters);
                    continue;
                };
                index
            } else {
                let fits = |parameter: &Parameter| {
                    quantity(&argument.value).is_none_or(|number| {
                        number.unit.is_none()
                            || convert(number.value, number.unit, parameter.dimension, self.pace).is_some()
                    })
                };
                let free = |index: &usize| !taken[*index];
                let fitting = (0..parameters.len()).filter(free).find(|index| fits(&parameters[*index]));
                let Some(index) = fitting.or_else(|| (0..parameters.len()).find(free)) else {
                    let most = match parameters.len() {
                        0 => format!("`{of}` takes no arguments"),
                        1 => format!("`{of}` takes one argument"),
                        most => format!("`{of}` takes {most} arguments at most"),
                    };
                    self.said.push(Diagnostic::error("surplus-argument", argument.value.place, most));
                    break;
                };
                taken[index] = true;
                index
            };
            if let Some(value) = self.parameter(&argument.value, &parameters[index]) {
                out.push((index, value));
            }
        }
        out
    }

    fn unknown_parameter(&mut self, label: &Name, of: &str, parameters: &[Parameter]) {
        let error = Diagnostic::error("unknown-parameter", label.place, format!("`{of}` has no `{}`", label.text));
        let names: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
        self.said.push(match nearest(&label.text, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => error,
            None => error.help(format!("it has {}", names.join(", "))),
        });
    }

    /// Whether some strip of the text labels an insert so.
    fn labelled_elsewhere(&self, label: &str) -> bool {
        self.collected
            .commands
            .iter()
            .filter_map(|told| told.block)
            .flat_map(|block| &block.items)
            .any(|item| matches!(&item.kind, ItemKind::Label(name, _) if name.name.text == label))
    }

    fn parameter(&mut self, expr: &Expr, parameter: &Parameter) -> Option<Read> {
        if parameter.dimension == Dimension::Word {
            return self.named_word(expr, parameter).map(Read::Word);
        }
        if let ExprKind::Name(flag) = &expr.kind
            && (flag == "true" || flag == "false")
        {
            return Some(Read::Value(Setting::Plain(f64::from(u8::from(flag == "true")))));
        }
        let setting = self.setting(expr, parameter.dimension, parameter.name)?;
        if let Setting::Plain(value) = setting {
            let (low, high) = (f64::from(parameter.low), f64::from(parameter.high));
            if value < low || value > high {
                self.said.push(
                    Diagnostic::error(
                        "out-of-range",
                        expr.place,
                        format!("`{}` runs from {} to {}", parameter.name, parameter.low, parameter.high),
                    )
                    .help(parameter.doc),
                );
                return None;
            }
        } else if parameter.fixed {
            self.said.push(fixed_slot(expr.place, parameter.name, parameter.doc));
            return None;
        }
        Some(Read::Value(setting))
    }

    /// A parameter that names something: a strip without quotes, a sound with them.
    fn named_word(&mut self, expr: &Expr, parameter: &Parameter) -> Option<Arc<str>> {
        match &expr.kind {
            ExprKind::Text(text) if parameter.name == FILE => {
                let folder = self.folders.get(usize::from(expr.place.file.0));
                Some(folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text)).to_string_lossy().into())
            }
            _ if parameter.name == FILE => {
                let error = Diagnostic::error("text-expected", expr.place, "a response is a file, as plain text");
                self.said.push(error.help("convolve('hall.wav')"));
                None
            }
            ExprKind::Name(name) if parameter.name == "by" => {
                self.is_player(name, expr.place).then(|| Arc::from(name.as_str()))
            }
            ExprKind::Text(text) if parameter.name != "by" => Some(text.as_str().into()),
            ExprKind::Mini(mini) if parameter.name != "by" => match &mini.kind {
                MiniKind::Sequence(steps) if steps.len() == 1 => match &steps[0].mini.kind {
                    MiniKind::Word(word) => Some(word.as_str().into()),
                    _ => self.word_expected(expr.place, parameter),
                },
                MiniKind::Word(word) => Some(word.as_str().into()),
                _ => self.word_expected(expr.place, parameter),
            },
            _ => self.word_expected(expr.place, parameter),
        }
    }

    fn word_expected(&mut self, place: Place, parameter: &Parameter) -> Option<Arc<str>> {
        let help = if parameter.name == "by" { "by: drums" } else { "sound: 'bd'" };
        let what = format!("`{}` wants a name", parameter.name);
        self.said.push(Diagnostic::error("name-missing", place, what).help(help));
        None
    }

    /// Whether a name is of a strip that plays notes: a track, or a group.
    fn is_player(&mut self, name: &str, place: Place) -> bool {
        let players = || self.strip_names.iter().filter(|(_, role)| matches!(role, Role::Track | Role::Group));
        if players().any(|(other, _)| **other == *name) || self.is_broken(name) {
            return true;
        }
        let error = if self.strip_names.iter().any(|(other, _)| **other == *name) {
            Diagnostic::error("unknown-track", place, format!("`{name}` plays no notes"))
                .help("a track or a group makes way: duck(by: drums)")
        } else {
            let error = Diagnostic::error("unknown-track", place, format!("no track or group is called `{name}`"));
            match nearest(name, players().map(|(name, _)| &**name)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        };
        self.said.push(error);
        false
    }
}

/// `bell(220Hz)`, and `bell` alone.
fn band_call(expr: &Expr) -> Option<(&Name, &[Argument])> {
    match &expr.kind {
        ExprKind::Call(name, arguments) => Some((name, arguments)),
        _ => None,
    }
}
