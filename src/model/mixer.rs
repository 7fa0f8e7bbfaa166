//! Strips: what `mix`, `bus`, `group` and `master` say, and where sound runs.
//!
//! Invariant: routing has no loops; a value is a setting in its slot's base unit; an insert that is not built is left
//! out and says so.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::Builder;
use super::collect::{Told, told};
use super::insert_line::InsertLine;
use super::piece::{Insert, Role, Send, Strip};
use super::plain::{convert, quantity, wrong_unit};
use super::setting::Setting;
use super::words::{self, Room};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::insert;
use crate::base::source::Place;
use crate::base::units::Unit;
use crate::lang::syntax::{Block, Expr, ExprKind, ItemKind, Name};

/// The most inserts of a piece, those of the built-in buses among them: the engine has room for twice as many, for those of the version before ring out beside them.
const MOST_INSERTS: usize = 240;

/// One line of a strip's block.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// `gain`, `pan` or `width`.
    Fader(Fader, Setting),
    /// `send bus level`, `send pre bus level`
    Send(Send, Place),
    /// An insert, with only the arguments that were given.
    Insert(InsertLine),
}

/// What stands at the fader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fader {
    Gain,
    Pan,
    Width,
}

impl Builder<'_> {
    /// The desk: a strip for each track, then groups and buses as the text has them, then the master.
    pub(super) fn strips(&mut self, tracks: &[Arc<str>]) -> Vec<Strip> {
        let mut strips: Vec<Strip> = tracks.iter().map(|name| Strip::new(name, Role::Track)).collect();
        let mut places: HashMap<String, Place> = HashMap::new();
        for (word, role) in [("group", Role::Group), ("bus", Role::Bus)] {
            let told: Vec<Told<'_>> = self.collected.of(word).cloned().collect();
            for told in told {
                let Some(name) = self.name_argument(&told) else { continue };
                let taken = places.get(&name.text).copied();
                if strips.iter().any(|strip| *strip.name == name.text) {
                    let mut error = Diagnostic::error(
                        "name-twice",
                        name.place,
                        format!("there is a strip `{}` already", name.text),
                    );
                    if let Some(first) = taken {
                        error = error.also(first, "the first one");
                    }
                    self.said.push(error.help("call this one by another name"));
                    continue;
                }
                places.insert(name.text.clone(), name.place);
                let mut strip = Strip::new(&name.text, role);
                if role == Role::Group {
                    self.members(&told, tracks, &mut strip);
                    self.only_group(&told, &strips, &mut strip);
                }
                strips.push(strip);
            }
        }
        // A strip whose text could not be read is what it was.
        let broken: Vec<String> = self.collected.broken.keys().cloned().collect();
        for last in self.previous.into_iter().flat_map(|piece| &piece.strips) {
            let item = match last.role {
                Role::Bus => format!("bus {}", last.name),
                Role::Group => format!("group {}", last.name),
                _ => continue,
            };
            if broken.contains(&item) && !strips.iter().any(|strip| strip.name == last.name) {
                strips.push(last.clone());
            }
        }
        // These two exist from the start.
        for (name, kind) in [("room", "reverb"), ("delay", "echo")] {
            if !strips.iter().any(|strip| *strip.name == *name) {
                let mut strip = Strip::new(name, Role::Bus);
                strip.inserts.extend(insert::find(kind).map(|info| Insert::new(None, info, Vec::new())));
                strips.push(strip);
            }
        }
        strips.push(Strip::new("master", Role::Master));
        self.strip_names = strips.iter().map(|strip| (Arc::clone(&strip.name), strip.role)).collect();
        for word in ["mix", "bus", "group", "master"] {
            let told: Vec<Told<'_>> = self.collected.of(word).cloned().collect();
            for told in told {
                self.mix(&told, &mut strips);
            }
        }
        for strip in &mut strips {
            let words = [format!("mix {}", strip.name), format!("{} ", strip.name)];
            if words.iter().any(|word| broken.contains(word))
                && let Some(last) = self.previous.and_then(|piece| piece.strip(&strip.name))
            {
                strip.clone_from(last);
            }
        }
        self.refuse_loops(&mut strips);
        strips
    }

    /// A track runs through one group.
    fn only_group(&mut self, told: &Told<'_>, before: &[Strip], strip: &mut Strip) {
        strip.members.retain(|member| {
            let groups = before.iter().filter(|other| other.role == Role::Group);
            let Some(first) = groups.into_iter().find(|group| group.members.contains(member)) else { return true };
            let what = format!("`{member}` runs through the group `{}` already", first.name);
            let error = Diagnostic::error("two-groups", told.place, what);
            self.said.push(error.help(format!("take `{member}` out of one of them, or send it to a bus")));
            false
        });
    }

    fn members(&mut self, told: &Told<'_>, tracks: &[Arc<str>], strip: &mut Strip) {
        let Some(Expr { kind: ExprKind::List(list), .. }) = told.argument(1) else {
            self.said.push(
                Diagnostic::error("group-members", told.place, "a group lists its members")
                    .help(format!("group {} [drums, bass] {{ … }}", strip.name)),
            );
            return;
        };
        for member in list {
            match &member.kind {
                ExprKind::Name(name) if tracks.iter().any(|track| **track == **name) => {
                    strip.members.push(name.as_str().into());
                }
                _ => {
                    let text = match &member.kind {
                        ExprKind::Name(name) => name.clone(),
                        _ => "this".to_owned(),
                    };
                    let error =
                        Diagnostic::error("unknown-track", member.place, format!("no track is called `{text}`"));
                    self.said.push(match nearest(&text, tracks.iter().map(|track| &**track)) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error,
                    });
                }
            }
        }
    }

    /// The name that a command's first argument is.
    pub(super) fn name_argument(&mut self, told: &Told<'_>) -> Option<Name> {
        match told.argument(0) {
            Some(Expr { kind: ExprKind::Name(text), place }) => Some(Name { text: text.clone(), place: *place }),
            other => {
                let place = other.map_or(told.name.place, |expr| expr.place);
                let word = &told.name.text;
                let form = words::WORDS.iter().find(|known| known.name == *word).map_or("", |known| known.form);
                self.said.push(Diagnostic::error("name-missing", place, format!("`{word}` wants a name")).help(form));
                None
            }
        }
    }

    fn mix(&mut self, told: &Told<'_>, strips: &mut [Strip]) {
        let name = if told.name.text == "master" {
            Name { text: "master".to_owned(), place: told.name.place }
        } else {
            match self.name_argument(told) {
                Some(name) => name,
                None => return,
            }
        };
        let before = self.said.len();
        let Some(at) = strips.iter().position(|strip| *strip.name == name.text) else {
            if !self.is_broken(&name.text) {
                self.unknown_strip(&name);
            }
            return;
        };
        let Some(block) = told.block else {
            if told.name.text == "mix" || told.name.text == "master" {
                self.said.push(
                    Diagnostic::error(
                        "block-missing",
                        told.place,
                        format!("what should the strip `{}` do?", name.text),
                    )
                    .help(match told.name.text.as_str() {
                        "master" => "master { limit(ceiling: -1dBTP) }".to_owned(),
                        _ => format!("mix {} {{ gain -3dB }}", name.text),
                    }),
                );
            }
            return;
        };
        self.strip.clone_from(&name.text);
        let lines = self.strip_lines(block, None);
        self.strip.clear();
        if self.said[before..].iter().any(Diagnostic::is_error) {
            // The whole item keeps its last good version.
            if let Some(last) = self.previous.and_then(|piece| piece.strip(&name.text)) {
                strips[at] = last.clone();
            }
            return;
        }
        let mut inserts: usize = strips.iter().map(|strip| strip.inserts.len()).sum();
        for line in lines {
            match line {
                Line::Insert(line) if inserts >= MOST_INSERTS => {
                    let most = format!("a piece has {MOST_INSERTS} inserts at most");
                    let error = Diagnostic::error("too-many-inserts", line.place, most);
                    return self.said.push(error.help("what many tracks share stands in a group or a bus"));
                }
                Line::Fader(Fader::Gain, value) => strips[at].gain = value,
                Line::Fader(Fader::Pan, value) => strips[at].pan = value,
                Line::Fader(Fader::Width, value) => strips[at].width = value,
                Line::Send(send, _) => strips[at].sends.push(send),
                Line::Insert(line) => {
                    inserts += 1;
                    strips[at].inserts.push(line.insert());
                }
            }
        }
    }

    fn unknown_strip(&mut self, name: &Name) {
        let error =
            Diagnostic::error("unknown-strip", name.place, format!("no track, group or bus is called `{}`", name.text));
        let near = nearest(&name.text, self.strip_names.iter().map(|(name, _)| &**name)).map(str::to_owned);
        self.said.push(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("a track is written with a colon: `{}: s(\"bd*4\")`", name.text)),
        });
    }

    /// The lines of a strip's block; what is wrong says so and is left out. In a section they move the inserts of
    /// `existing`, by their labels too.
    pub(super) fn strip_lines(&mut self, block: &Block, existing: Option<&Strip>) -> Vec<Line> {
        let mut lines = Vec::new();
        for item in &block.items {
            match &item.kind {
                ItemKind::Label(label, expr) => {
                    if let ExprKind::Call(name, arguments) = &expr.kind {
                        let label = Some(label.name.text.as_str().into());
                        lines.extend(self.insert_line(label, name, arguments, expr.place).map(Line::Insert));
                    } else {
                        self.said.push(
                            Diagnostic::error("insert-expected", expr.place, "a label in a strip names an insert")
                                .help(format!("{}: eq(lowcut(30Hz))", label.name.text)),
                        );
                    }
                }
                ItemKind::Define(name, _) | ItemKind::Function { name, .. } => self.said.push(
                    Diagnostic::error("definition-here", name.place, "a strip holds no definitions")
                        .help("write it at the top of the file"),
                ),
                _ => {
                    if let Some(told) = told(item) {
                        lines.extend(self.strip_line(&told, existing));
                    } else {
                        self.said.push(
                            Diagnostic::error(
                                "insert-expected",
                                item.place,
                                "a strip holds inserts, `gain`, `pan`, `width` and `send`",
                            )
                            .help("mix drums { gain -3dB, send room -18dB }"),
                        );
                    }
                }
            }
        }
        lines
    }

    fn strip_line(&mut self, told: &Told<'_>, existing: Option<&Strip>) -> Option<Line> {
        let name = told.name;
        let labelled = |insert: &&Insert| insert.label.as_deref() == Some(&*name.text);
        if let Some(insert) = existing.and_then(|strip| strip.inserts.iter().find(labelled)) {
            let label = insert.label.clone();
            return Some(Line::Insert(self.insert_arguments(label, insert.info, told.arguments, told.place)));
        }
        let Some(word) = words::find(&name.text, Room::Strip) else {
            return self.insert_line(None, name, told.arguments, told.place).map(Line::Insert);
        };
        if !word.plays || word.name == "swing" {
            self.not_yet(name.place, &format!("`{}` in a strip", name.text));
            return None;
        }
        if word.name == "send" {
            return self.send_line(told);
        }
        let (fader, dimension) = match word.name {
            "gain" => (Fader::Gain, Dimension::Factor),
            "pan" => (Fader::Pan, Dimension::Share),
            _ => (Fader::Width, Dimension::Factor),
        };
        let Some(value) = told.argument(0) else {
            self.said.push(
                Diagnostic::error("missing-argument", told.place, format!("`{}` wants a value", name.text))
                    .help(word.form),
            );
            return None;
        };
        self.too_many(told, 1);
        Some(Line::Fader(fader, self.setting(value, dimension, &name.text)?))
    }

    fn send_line(&mut self, told: &Told<'_>) -> Option<Line> {
        let mut arguments = told.arguments.iter().map(|argument| &argument.value).peekable();
        let pre = arguments.next_if(|expr| matches!(&expr.kind, ExprKind::Name(name) if name == "pre")).is_some();
        let Some(Expr { kind: ExprKind::Name(bus), place }) = arguments.next() else {
            self.said.push(
                Diagnostic::error("missing-argument", told.place, "`send` wants a bus and a level")
                    .help("send room -18dB"),
            );
            return None;
        };
        let buses: Vec<Arc<str>> =
            self.strip_names.iter().filter(|(_, role)| *role == Role::Bus).map(|(name, _)| Arc::clone(name)).collect();
        if !buses.iter().any(|name| **name == **bus) {
            let error = Diagnostic::error("unknown-bus", *place, format!("no bus is called `{bus}`"));
            self.said.push(match nearest(bus, buses.iter().map(|name| &**name)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("make one: bus {bus} {{ reverb(decay: 2s) }}")),
            });
            return None;
        }
        let level = match arguments.next() {
            Some(level) => self.setting(level, Dimension::Factor, "send")?,
            None => Setting::Plain(1.0),
        };
        if let Some(extra) = arguments.next() {
            self.said.push(Diagnostic::error("surplus-argument", extra.place, "`send` takes a bus and a level"));
            return None;
        }
        Some(Line::Send(Send { bus: bus.as_str().into(), level, pre }, *place))
    }

    /// A value of a strip: a number in its base unit, or a pattern.
    pub(super) fn setting(&mut self, expr: &Expr, dimension: Dimension, slot: &str) -> Option<Setting> {
        if let Some(number) = quantity(expr) {
            let Some(value) = convert(number.value, number.unit, dimension, self.pace) else {
                self.said.push(wrong_unit(expr.place, number.unit.unwrap_or(Unit::Hertz), dimension, slot));
                return None;
            };
            if dimension == Dimension::Factor && value < 0.0 {
                self.said.push(
                    Diagnostic::error(
                        "negative-factor",
                        expr.place,
                        format!("a {slot} is a factor, and {value} is below 0"),
                    )
                    .help(format!("did you mean {value}dB?")),
                );
                return None;
            }
            if slot == "pan" && !(0.0..=1.0).contains(&value) {
                let said =
                    Diagnostic::warning("out-of-range", expr.place, format!("`pan` goes from 0 to 1, not to {value}"));
                self.said.push(said.help("0 is left, .5 the middle, 1 right"));
            }
            return Some(Setting::Plain(value));
        }
        let strip = self.strip.clone();
        let pattern = self.signal_of(&strip, expr, &format!("mix {slot}"))?;
        let before = self.said.len();
        super::checks::values(&pattern, dimension, slot, &mut self.said);
        let wrong = self.said[before..].iter().any(Diagnostic::is_error);
        (!wrong).then_some(Setting::Pattern(pattern))
    }

    /// Sends must not come back to where they began.
    fn refuse_loops(&mut self, strips: &mut [Strip]) {
        let index: HashMap<Arc<str>, usize> =
            strips.iter().enumerate().map(|(at, strip)| (Arc::clone(&strip.name), at)).collect();
        for start in 0..strips.len() {
            while let Some(circle) =
                find_circle(strips, &index, start, &mut vec![start], &mut vec![false; strips.len()])
            {
                let names: Vec<_> = circle.iter().map(|at| strips[*at].name.to_string()).collect();
                let last = circle[circle.len() - 2];
                let place = self.send_place(&strips[start].name, &strips[circle[1]].name);
                self.said.push(
                    Diagnostic::error(
                        "routing-loop",
                        place,
                        format!("sound would run in a circle: {}", names.join(", ")),
                    )
                    .help(format!("take the send to `{}` out of `{}`", strips[start].name, strips[last].name)),
                );
                let back = Arc::clone(&strips[start].name);
                strips[last].sends.retain(|send| send.bus != back);
            }
        }
    }

    /// Where the text sends one strip to another.
    fn send_place(&self, from: &str, to: &str) -> Place {
        for told in self.collected.commands.iter().filter(|told| matches!(&*told.name.text, "bus" | "mix" | "group")) {
            let named = matches!(told.argument(0).map(|a| &a.kind), Some(ExprKind::Name(name)) if name == from);
            for item in told.block.iter().flat_map(|block| &block.items).filter(|_| named) {
                if let Some(send) = super::collect::told(item).filter(|line| line.name.text == "send")
                    && send.arguments.iter().any(|a| matches!(&a.value.kind, ExprKind::Name(name) if name == to))
                {
                    return send.place;
                }
            }
        }
        Place::default()
    }
}

/// The first way along sends from `start` back to it, as indices with `start` at both ends.
fn find_circle(
    strips: &[Strip],
    index: &HashMap<Arc<str>, usize>,
    start: usize,
    path: &mut Vec<usize>,
    seen: &mut [bool],
) -> Option<Vec<usize>> {
    let at = *path.last()?;
    for next in strips[at].sends.iter().filter_map(|send| index.get(&send.bus)) {
        if *next == start {
            let mut circle = path.clone();
            circle.push(start);
            return Some(circle);
        }
        if !std::mem::replace(&mut seen[*next], true) {
            path.push(*next);
            if let Some(circle) = find_circle(strips, index, start, path, seen) {
                return Some(circle);
            }
            path.pop();
        }
    }
    None
}
