//! Sections as written: headers, lines and overlays, before anything is evaluated.
//!
//! Invariant: a draft holds places of the text, no patterns; `like` is resolved here.

use std::sync::Arc;

use super::build::Builder;
use super::collect::{Told, told};
use super::plain::quantity;
use super::window::Window;
use super::words::{self, Room};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::units::Unit;
use crate::lang::syntax::{Block, Expr, ExprKind, ItemKind, Label};

#[derive(Clone, Copy, Debug)]
pub(super) enum Playing<'a> {
    /// It plays what the file says.
    Plays,
    /// It plays this.
    Given(&'a Expr),
    /// It plays what it would, through this function; or this, where it is no function.
    Through(&'a Expr),
    /// It is silent.
    Silent,
}

/// One block of a section: the base, or a `last`, or an `every`.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer<'a> {
    pub windows: Vec<Window>,
    pub tracks: Vec<(String, Playing<'a>)>,
    /// How many of them, at the front, stand for `all`.
    pub alls: usize,
    pub definitions: Vec<(String, &'a Expr)>,
    pub settings: Vec<Told<'a>>,
    pub mixes: Vec<Told<'a>>,
}

/// The header and all blocks of a section, before anything is evaluated.
pub(super) struct Draft<'a> {
    pub name: String,
    pub place: Place,
    pub bars: Option<Time>,
    pub continues: bool,
    pub like: Option<(String, Place)>,
    pub layers: Vec<Layer<'a>>,
}

/// No section is like one that is like one … deeper than this.
const MOST_LIKE: usize = 32;

impl<'a> Builder<'a> {
    pub(super) fn draft(&mut self, told: &Told<'a>, tracks: &[Arc<str>]) -> Option<Draft<'a>> {
        let name = self.name_argument(told)?;
        let mut draft =
            Draft { name: name.text, place: name.place, bars: None, continues: false, like: None, layers: Vec::new() };
        let mut arguments = told.arguments[1..].iter().map(|argument| &argument.value);
        while let Some(argument) = arguments.next() {
            match &argument.kind {
                ExprKind::Name(word) if word == "continue" => draft.continues = true,
                ExprKind::Name(word) if word == "like" => match arguments.next().map(|expr| (&expr.kind, expr.place)) {
                    Some((ExprKind::Name(other), place)) => draft.like = Some((other.clone(), place)),
                    _ => self.said.push(
                        Diagnostic::error("missing-argument", argument.place, "`like` wants a section")
                            .help("section verse2 8 like verse { top }"),
                    ),
                },
                ExprKind::Name(word) => {
                    self.said.push(
                        Diagnostic::error("section-header", argument.place, format!("`{word}` does not belong here"))
                            .help("section name bars [continue] [like other] { … }"),
                    );
                }
                ExprKind::List(_) => self.said.push(
                    Diagnostic::error("section-header", argument.place, "the tracks of a section stand in braces")
                        .help(format!("section {} 8 {{ drums, bass }}", draft.name)),
                ),
                _ => draft.bars = self.section_length(argument),
            }
        }
        let inside = |at: Place| told.place.start <= at.start && at.end <= told.place.end;
        let header = self.said.iter().any(|said| said.code == "section-header" && said.place.is_some_and(inside));
        if told.block.is_none() && draft.like.is_none() && !header {
            let message = format!("what plays in the section `{}`?", draft.name);
            self.said.push(
                Diagnostic::error("block-missing", told.place, message)
                    .help(format!("section {} 8 {{ all }}", draft.name)),
            );
        }
        if let Some(block) = told.block {
            draft.layers.push(Layer::default());
            self.layer(block, 0, &mut draft.layers, tracks);
        }
        Some(draft)
    }

    fn section_length(&mut self, expr: &Expr) -> Option<Time> {
        let Some(length) = quantity(expr) else {
            self.said.push(super::plain::fixed_slot(
                expr.place,
                "a section's length",
                "write a number of bars: section verse 16 { … }",
            ));
            return None;
        };
        if length.exact < Time::ONE || !matches!(length.unit, None | Some(Unit::Bars)) {
            self.said.push(
                Diagnostic::error("section-length", expr.place, "a section has 1 bar or more")
                    .help("write its bars, `section intro 4 { … }`, or no number for a scene that loops"),
            );
            return None;
        }
        Some(length.exact.min(Time::int(1_000_000)))
    }

    /// Reads a block into `layers[at]`; `last` and `every` inside it become layers of their own.
    fn layer(&mut self, block: &'a Block, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        for item in &block.items {
            match &item.kind {
                ItemKind::Label(label, expr) => self.section_track(label, expr, &mut layers[at], tracks),
                ItemKind::Define(name, expr) => layers[at].definitions.push((name.text.clone(), expr)),
                ItemKind::Function { name, .. } => self.not_yet(name.place, "a function in a section"),
                _ => match told(item) {
                    Some(told) => self.section_line(&told, at, layers, tracks),
                    None => self.said.push(
                        Diagnostic::error(
                            "section-line",
                            item.place,
                            "a section lists tracks, and lines that are different in it",
                        )
                        .help("section verse 8 { drums, bass: bass.fast(2) }"),
                    ),
                },
            }
        }
    }

    fn section_track(&mut self, label: &'a Label, expr: &'a Expr, layer: &mut Layer<'a>, tracks: &[Arc<str>]) {
        let name = &label.name;
        let silence = matches!(&expr.kind, ExprKind::Name(word) if word == "silence");
        let line = if silence || label.muted { Playing::Silent } else { Playing::Given(expr) };
        if name.text == "all" {
            // Named lines beat it wherever they stand, so it goes before them, and after a plain `all`.
            let line = if let Playing::Given(expr) = line { Playing::Through(expr) } else { line };
            let at = layer.alls;
            layer.tracks.splice(at..at, tracks.iter().map(|track| (track.to_string(), line)));
            layer.alls += tracks.len();
            return;
        }
        if !self.is_track(&name.text, tracks, name.place) {
            return;
        }
        layer.tracks.push((name.text.clone(), line));
    }

    fn is_track(&mut self, name: &str, tracks: &[Arc<str>], place: Place) -> bool {
        if tracks.iter().any(|track| **track == *name) {
            return true;
        }
        if !self.is_broken(name) {
            let error = Diagnostic::error("unknown-track", place, format!("no track is called `{name}`"));
            let mut all: Vec<&str> = tracks.iter().map(|track| &**track).collect();
            for word in words::names(Room::Section) {
                all.push(word);
            }
            self.said.push(match nearest(name, all) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("tracks here: {}", tracks.join(", "))),
            });
        }
        false
    }

    fn section_line(&mut self, told: &Told<'a>, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        let name = &told.name.text;
        match words::find(name, Room::Section).map(|word| (word.name, word.plays)) {
            None if told.arguments.is_empty() && told.block.is_none() => {
                if self.is_track(name, tracks, told.name.place) {
                    layers[at].tracks.push((name.clone(), Playing::Plays));
                }
            }
            None => {
                let error = Diagnostic::error(
                    "unknown-command",
                    told.name.place,
                    format!("`{name}` is no command of a section"),
                );
                self.said.push(match nearest(name, words::names(Room::Section)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("a track's own line is written with a colon: {name}: …")),
                });
            }
            Some(("all", _)) => self.all_tracks(told, &mut layers[at], tracks),
            Some(("last" | "every", _)) => self.overlay(told, at, layers, tracks),
            Some(("mix", _)) => layers[at].mixes.push(told.clone()),
            Some(("tempo" | "meter" | "key" | "swing" | "transpose" | "fade" | "fill", _)) => {
                layers[at].settings.push(told.clone());
            }
            Some((word, _)) => self.not_yet(told.name.place, &format!("`{word}` in a section")),
        }
    }

    fn all_tracks(&mut self, told: &Told<'a>, layer: &mut Layer<'a>, tracks: &[Arc<str>]) {
        let mut but: Vec<&str> = Vec::new();
        for (index, argument) in told.arguments.iter().enumerate() {
            match &argument.value.kind {
                ExprKind::Name(word) if index == 0 && word == "but" => {}
                ExprKind::Name(word) if index > 0 => {
                    if self.is_track(word, tracks, argument.value.place) {
                        but.push(word);
                    }
                }
                _ => self.said.push(
                    Diagnostic::error("section-line", argument.value.place, "`all` stands alone, or before `but`")
                        .help("all but pads"),
                ),
            }
        }
        // Named lines beat it wherever they stand, so it goes to the front.
        let all =
            tracks.iter().filter(|track| !but.contains(&&***track)).map(|track| (track.to_string(), Playing::Plays));
        let before = layer.tracks.len();
        layer.tracks.splice(0..0, all);
        layer.alls += layer.tracks.len() - before;
    }

    fn overlay(&mut self, told: &Told<'a>, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        let Some(block) = told.block else {
            self.said.push(
                Diagnostic::error("block-missing", told.place, format!("what is different in `{}`?", told.name.text))
                    .help("last 1 { drums: s(\"sd*8\") }"),
            );
            return;
        };
        let length = match told.argument(0) {
            Some(expr) => {
                if let Some(length) = quantity(expr) {
                    length
                } else {
                    self.said.push(super::plain::fixed_slot(expr.place, &told.name.text, "write a number of bars"));
                    return;
                }
            }
            None => super::plain::Quantity::bare(Time::ONE),
        };
        let window = if told.name.text == "every" {
            Window::Every(length.exact.cycle().clamp(1, 1_000_000))
        } else {
            Window::Last(match length.unit {
                Some(Unit::Beats) => length.exact / self.settings.meter.quarters(),
                _ => length.exact,
            })
        };
        let mut windows = layers[at].windows.clone();
        windows.push(window);
        layers.push(Layer { windows, ..Layer::default() });
        let inner = layers.len() - 1;
        self.layer(block, inner, layers, tracks);
    }

    /// A section's layers with those of what it is like before them; and the name whose dice it plays with.
    pub(super) fn with_like(&mut self, drafts: &[Draft<'a>], at: usize) -> Option<(Vec<Layer<'a>>, String)> {
        let mut chain = vec![at];
        while let Some((like, place)) = &drafts[chain[chain.len() - 1]].like {
            let Some(next) = drafts.iter().position(|draft| draft.name == *like) else {
                if self.is_broken(like) {
                    return None; // its own error has been said
                }
                let error = Diagnostic::error("unknown-section", *place, format!("no section is called `{like}`"));
                self.said.push(match nearest(like, drafts.iter().map(|draft| &*draft.name)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
                return None;
            };
            if chain.len() >= MOST_LIKE {
                let message = format!("sections are like each other more than {MOST_LIKE} deep");
                self.said
                    .push(Diagnostic::error("too-long", *place, message).help("write this one out, without `like`"));
                return None;
            }
            if chain.contains(&next) {
                // Each member of the circle comes by here; the first of them says it.
                let from = chain.iter().position(|other| *other == next).unwrap_or(0);
                let circle = &chain[from..];
                if next == at && circle.iter().all(|other| at <= *other) {
                    let names: Vec<&str> = circle.iter().chain([&next]).map(|at| drafts[*at].name.as_str()).collect();
                    let message = format!("sections are like each other in a circle: {}", names.join(", "));
                    let said = Diagnostic::error(
                        "circle",
                        drafts[at].like.as_ref().map_or(*place, |(_, place)| *place),
                        message,
                    );
                    self.said.push(said.help("give one of them lines of its own, without `like`"));
                }
                return None;
            }
            chain.push(next);
        }
        // One base layer of all, then the overlays of each, the outermost source first.
        let mut base = Layer::default();
        let mut overlays = Vec::new();
        for draft in chain.iter().rev().map(|at| &drafts[*at]) {
            for (index, layer) in draft.layers.iter().enumerate() {
                if index == 0 {
                    base.tracks.extend(layer.tracks.iter().cloned());
                    base.definitions.extend(layer.definitions.iter().cloned());
                    base.settings.extend(layer.settings.iter().cloned());
                    base.mixes.extend(layer.mixes.iter().cloned());
                } else {
                    overlays.push(layer.clone());
                }
            }
        }
        let dice = drafts[chain[chain.len() - 1]].name.clone();
        Some((std::iter::once(base).chain(overlays).collect(), dice))
    }
}
