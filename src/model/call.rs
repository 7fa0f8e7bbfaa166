//! What a builder of the table of functions sees of a call: its arguments, its pattern, dice, functions to apply.
//!
//! Invariant: an argument of the wrong kind is said where it stands and counts as nothing.

use std::sync::Arc;

use super::checks;
use super::expression::{Evaluator, arithmetic};
use super::functions::{Function, Kind};
use super::hand::Hand;
use super::scope::ControlName;
use super::thing::{Aligned, Given, Slots, Thing};
use crate::base::control::Dimension;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::units::Unit;
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Choice, Func, Join, Kind as Node, Name, Pattern, Simple, Value, convert};

/// The most values of a pattern for each of which a function is built.
const CASES: usize = 32;

/// A call of a function of the table.
pub struct Call<'e, 'a> {
    pub(super) evaluator: &'e mut Evaluator<'a>,
    pub(super) function: &'static Function,
    pub(super) slots: Slots<'a>,
    pub(super) subject: Pattern,
    pub(super) place: Place,
}

impl<'a> Call<'_, 'a> {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.function.name
    }

    /// The pattern that the function works on.
    pub fn subject(&self) -> Pattern {
        self.subject.clone()
    }

    /// The key of a die of its own.
    pub fn key(&mut self) -> u64 {
        self.evaluator.dice.key()
    }

    /// A hole and the pattern that stands for what will fill it.
    pub fn hole(&mut self) -> (u32, Pattern) {
        self.evaluator.holes += 1;
        let hole = self.evaluator.holes;
        (hole, Pattern::new(Node::Hole(hole)))
    }

    /// Whether the expression stands in a section.
    pub fn in_section(&self) -> bool {
        self.evaluator.scope.in_section()
    }

    /// Whether an argument was written.
    pub fn given(&self, at: usize) -> bool {
        matches!(self.slots.slots.get(at), Some(Some(_)))
    }

    pub(super) fn place_of(&self, at: usize) -> Place {
        match self.slots.slots.get(at) {
            Some(Some(given)) => given.place,
            _ => self.place,
        }
    }

    pub(super) fn slot(&self, at: usize) -> Option<Given<'a>> {
        self.slots.slots.get(at).cloned().flatten()
    }

    /// An error of the call, with what to type.
    pub fn refuse(&mut self, code: &'static str, message: &str, help: &str) {
        self.evaluator.said.push(Diagnostic::error(code, self.place, message).help(help));
    }

    /// An error at a place within the call.
    pub fn refuse_at(&mut self, place: Place, code: &'static str, message: &str, help: &str) {
        self.evaluator.said.push(Diagnostic::error(code, place, message).help(help));
    }

    /// The rows of a grid: a sound, and each mark of its drawing with its place.
    pub fn drawings(&mut self, at: usize) -> Vec<(Value, Vec<(char, Place)>)> {
        let mut rows = Vec::new();
        for row in self.items(at) {
            let Thing::List(pair) = row.thing else {
                continue;
            };
            let [Given { thing: Thing::Text(sound), .. }, Given { thing: Thing::Text(drawing), place }] = &pair[..]
            else {
                self.refuse_at(row.place, "wrong-kind", "a row of a grid is plain text", "grid(bd: 'X... x...')");
                continue;
            };
            // The text stands in quotes; it holds no escapes.
            let mark = |(at, mark): (usize, char)| {
                let start = place.start as usize + 1 + at;
                (mark, Place::new(place.file, start, start + mark.len_utf8()))
            };
            let marks = drawing.char_indices().map(mark).filter(|(mark, _)| !mark.is_whitespace());
            rows.push((Value::word(sound), marks.collect()));
        }
        rows
    }

    /// Advice about the call.
    pub fn hint(&mut self, code: &'static str, message: &str) {
        self.evaluator.said.push(Diagnostic::hint(code, self.place, message));
    }

    /// An argument as a pattern, its units untouched.
    pub fn raw(&mut self, at: usize) -> Pattern {
        if let Some(given) = self.slot(at) {
            let pattern = self.evaluator.as_pattern(given.thing, given.place);
            self.judge(at, &pattern);
            pattern
        } else {
            let default = self.function.parameters.get(at).and_then(|parameter| parameter.default);
            default.map_or_else(Pattern::silence, from_default)
        }
    }

    fn judge(&mut self, at: usize, pattern: &Pattern) {
        let Some(parameter) = self.function.parameters.get(at) else {
            return;
        };
        let dimension = match parameter.kind {
            // The ends of a range are in the unit of what they feed, which judges them.
            Kind::Number(Dimension::Number) if matches!(self.function.name, "range" | "range2" | "rangex") => return,
            Kind::Number(Dimension::Number) if matches!(self.function.name, "ramp" | "knob") => return,
            Kind::Number(dimension) => dimension,
            Kind::Time => Dimension::Span,
            _ => return,
        };
        let before = self.evaluator.said.len();
        checks::values(pattern, dimension, self.function.name, &mut self.evaluator.said);
        if self.evaluator.said.len() == before {
            checks::amounts(pattern, self.function.name, at, dimension, &mut self.evaluator.said);
        }
    }

    /// An argument as a pattern of bare numbers of its dimension.
    pub fn pattern(&mut self, at: usize) -> Pattern {
        let pattern = self.raw(at);
        match self.function.parameters.get(at).map(|parameter| parameter.kind) {
            Some(Kind::Time) => self.cycles(&pattern),
            Some(Kind::Number(dimension)) => bare(&pattern, dimension),
            _ => pattern,
        }
    }

    /// Lengths as cycles; what depends on the tempo is converted while playing.
    pub fn cycles(&self, pattern: &Pattern) -> Pattern {
        let beats = self.evaluator.scope.beats();
        let mut open = false;
        pattern.visit_values(&mut |value, _| open |= matches!(value, Value::Quantity(..)));
        match pattern.constant() {
            Some(Value::Quantity(number, Unit::Bars)) => Pattern::pure(*number),
            Some(Value::Quantity(number, Unit::Beats)) => {
                Pattern::pure(number.checked_div(beats).unwrap_or(Time::ZERO))
            }
            _ if open => pattern.map(Func::Plain(Simple::ToCycles)),
            _ => pattern.clone(),
        }
    }

    /// Whether an amount of time is in milliseconds or seconds throughout.
    pub fn in_seconds(&self, pattern: &Pattern) -> bool {
        let (mut any, mut all) = (false, true);
        pattern.visit_values(&mut |value, _| match value {
            Value::Quantity(_, Unit::Milliseconds | Unit::Seconds) => any = true,
            Value::Number(number) if *number == Time::ZERO => {}
            _ => all = false,
        });
        any && all
    }

    /// The other way round.
    pub fn negative(&self, pattern: &Pattern) -> Pattern {
        arithmetic(Op::Mul, &Pattern::pure(Value::int(-1)), pattern)
    }

    /// Two patterns by an operator, at once where both are constant.
    pub fn arithmetic(&self, op: Op, left: &Pattern, right: &Pattern) -> Pattern {
        arithmetic(op, left, right)
    }

    /// Values as a control.
    pub fn as_control(&mut self, pattern: &Pattern, name: &'static str) -> Pattern {
        let control = super::controls::find(self.evaluator.scope, name).unwrap_or(ControlName {
            names: vec![Name::Fixed(name)],
            dimension: Dimension::Number,
            plays: true,
        });
        pattern.map(Func::Control(control.names.into(), control.dimension))
    }

    /// Values as a control, where they are none yet.
    pub fn default_control(&mut self, pattern: &Pattern, name: &'static str) -> Pattern {
        if pattern.is_made_of_controls() && !matches!(pattern.kind(), Node::Map(Func::As(_), _)) {
            return pattern.clone();
        }
        match pattern.kind() {
            Node::Map(Func::As(names), inner) => inner.map(Func::Control(names.clone(), Dimension::Number)),
            _ => self.as_control(pattern, name),
        }
    }

    /// One number, written out; `None` (said where it is something else) without one.
    pub fn plain(&mut self, at: usize) -> Option<Time> {
        let given = self.given(at);
        let pattern = self.raw(at);
        let number = pattern.constant().map(|value| convert(value, Dimension::Share)).and_then(|value| value.time());
        if number.is_none() && given {
            let parameter = self.function.parameters.get(at).map_or("argument", |parameter| parameter.name);
            let message = format!("`{parameter}` of `{}` is one plain number", self.function.name);
            let diagnostic =
                Diagnostic::error("fixed-argument", self.place_of(at), message).help(self.function.example);
            self.evaluator.said.push(diagnostic);
        }
        number
    }

    /// One number in the bare unit that it has (kHz as Hz, ms as s).
    pub fn bare(&mut self, at: usize) -> f64 {
        let pattern = self.raw(at);
        let value = pattern.constant().map(|value| match value {
            Value::Quantity(_, Unit::Hertz | Unit::Kilohertz) => convert(value, Dimension::Frequency),
            Value::Quantity(_, Unit::Milliseconds | Unit::Seconds) => convert(value, Dimension::Duration),
            Value::Quantity(_, Unit::Decibels) => convert(value, Dimension::Factor),
            other => convert(other, Dimension::Share),
        });
        if let Some(number) = value.and_then(|value| value.number()) {
            number
        } else {
            let message = format!("`{}` takes plain numbers here", self.function.name);
            let diagnostic =
                Diagnostic::error("fixed-argument", self.place_of(at), message).help(self.function.example);
            self.evaluator.said.push(diagnostic);
            0.0
        }
    }

    /// One length in seconds, written out.
    pub fn seconds(&mut self, at: usize) -> f64 {
        let pattern = self.raw(at);
        let value = pattern.constant().map(|value| convert(value, Dimension::Duration));
        match value {
            Some(Value::Quantity(..)) | None => {
                let message = format!("`{}` takes a plain time in ms or s", self.function.name);
                let diagnostic =
                    Diagnostic::error("fixed-argument", self.place_of(at), message).help(self.function.example);
                self.evaluator.said.push(diagnostic);
                0.0
            }
            Some(value) => value.number().unwrap_or(0.0),
        }
    }

    /// Plain text.
    pub fn text(&mut self, at: usize) -> String {
        match self.slot(at).map(|given| given.thing) {
            Some(Thing::Text(text)) => text.to_string(),
            Some(Thing::Pattern(pattern)) if pattern.constant().is_some() => {
                pattern.constant().map(ToString::to_string).unwrap_or_default()
            }
            Some(Thing::Wrong) | None => String::new(),
            Some(_) => {
                let message = format!("`{}` takes plain text here", self.function.name);
                let diagnostic =
                    Diagnostic::error("wrong-kind", self.place_of(at), message).help(self.function.example);
                self.evaluator.said.push(diagnostic);
                String::new()
            }
        }
    }

    /// Cycles a second, as the top of the piece says.
    pub fn cps(&self) -> Time {
        self.evaluator.scope.cps()
    }

    /// The function argument of a pattern.
    pub fn apply(&mut self, at: usize, pattern: Pattern) -> Pattern {
        self.apply_things(at, vec![Thing::Pattern(pattern)])
    }

    /// The function argument of a pattern and a number.
    pub fn apply_numbered(&mut self, at: usize, pattern: Pattern, number: i64) -> Pattern {
        let number = Pattern::pure(Value::int(number));
        self.apply_things(at, vec![Thing::Pattern(pattern), Thing::Pattern(number)])
    }

    fn apply_things(&mut self, at: usize, things: Vec<Thing<'a>>) -> Pattern {
        let Some(given) = self.slot(at) else {
            return Pattern::silence();
        };
        match given.thing {
            Thing::Function(closure) => {
                let thing = self.evaluator.apply(&closure, things, given.place);
                self.evaluator.as_pattern(thing, given.place)
            }
            Thing::Wrong => Pattern::silence(),
            _ => {
                self.not_a_function(given.place);
                Pattern::silence()
            }
        }
    }

    /// The function argument of each item of a list (or each value of a pattern) and the subject.
    pub fn spread(&mut self, function: usize, list: usize) -> Vec<Pattern> {
        let subject = self.subject();
        let Some(Given { thing: Thing::Function(closure), place }) = self.slot(function) else {
            self.not_a_function(self.place_of(function));
            return Vec::new();
        };
        let items = self.items(list);
        let mut all = Vec::new();
        for item in items {
            let thing = self.evaluator.apply_with(&closure, item, subject.clone(), place);
            all.push(self.evaluator.as_pattern(thing, place));
        }
        all
    }

    pub(super) fn not_a_function(&mut self, place: Place) {
        let message = format!("`{}` wants a function here", self.function.name);
        self.evaluator.said.push(
            Diagnostic::error("wrong-kind", place, message)
                .help(format!("x => x.fast(2), or as in {}", self.function.example)),
        );
    }

    /// Each function of a variadic argument (or of a list) of a pattern.
    pub fn apply_all(&mut self, at: usize, pattern: &Pattern) -> Vec<Pattern> {
        let mut all = Vec::new();
        let items = match self.items(at) {
            items if items.len() != 1 => items,
            mut items => match items.remove(0) {
                Given { thing: Thing::List(inner), .. } => inner,
                only => vec![only],
            },
        };
        for item in items {
            match item.thing {
                Thing::Function(closure) => {
                    let thing = self.evaluator.apply(&closure, vec![Thing::Pattern(pattern.clone())], item.place);
                    all.push(self.evaluator.as_pattern(thing, item.place));
                }
                Thing::Wrong => {}
                _ => self.not_a_function(item.place),
            }
        }
        all
    }

    /// Builds for each value that an argument can have; a list of numbers is one value.
    pub fn each_case(&mut self, at: usize, build: &mut dyn FnMut(&mut Self, &Value) -> Pattern) -> Pattern {
        if let Some(Given { thing: Thing::List(items), .. }) = self.slot(at) {
            let values: Option<Vec<Value>> = items
                .into_iter()
                .map(|item| self.evaluator.as_pattern(item.thing, item.place).constant().cloned())
                .collect();
            if let Some(values) = values {
                return build(self, &Value::List(values.into()));
            }
        }
        let argument = self.pattern(at);
        if let Some(value) = argument.constant() {
            return build(self, value);
        }
        let Some(values) = argument.possible_values(CASES) else {
            let parameter = self.function.parameters.get(at).map_or("argument", |parameter| parameter.name);
            let message =
                format!("`{parameter}` of `{}` is written out: a number, or a pattern of numbers", self.function.name);
            let diagnostic =
                Diagnostic::error("fixed-argument", self.place_of(at), message).help(self.function.example);
            self.evaluator.said.push(diagnostic);
            return Pattern::silence();
        };
        let cases: Vec<_> = values.into_iter().map(|value| (value.clone(), build(self, &value))).collect();
        argument.choose(Join::Inner, Choice::Cases(cases.into()))
    }

    /// The subject and the first argument by an operator.
    pub fn operator(&mut self, op: Op, align: &str) -> Pattern {
        let value = self.raw(0);
        let align = Aligned::parse(align).unwrap_or(Aligned::Structure(Align::In));
        if self.subject.is_made_of_controls()
            && !value.is_made_of_controls()
            && matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Pow | Op::Set)
        {
            let message = format!("`{}` does not say which control it means, so nothing changes", self.function.name);
            self.evaluator.said.push(
                Diagnostic::warning("which-control", self.place, message)
                    .help(format!("{}(note(…)) or {}(n(…))", self.function.name, self.function.name)),
            );
        }
        align.apply(op, &self.subject, &value)
    }

    /// The subject and other values by an operator and the word of an alignment.
    pub fn aligned(&mut self, op: Op, align: &str, value: &Pattern) -> Pattern {
        Aligned::parse(align).unwrap_or(Aligned::Structure(Align::In)).apply(op, &self.subject, value)
    }

    /// Says which of the named scales do not exist.
    pub fn check_scale(&mut self, names: &Pattern) {
        checks::scales(names, &mut self.evaluator.said);
    }

    /// Makes a hand known under the name of its definition.
    pub fn hand(&mut self, hand: Hand) -> Arc<str> {
        let owner = self.evaluator.owner().to_string();
        let count = self.evaluator.hands.len();
        let name: Arc<str> = if count == 0 { owner.into() } else { format!("{owner}.{count}").into() };
        self.evaluator.hands.push((name.clone(), hand));
        name
    }
}

/// A default as written in the table: a number or a text.
fn from_default(text: &str) -> Pattern {
    let text = text.trim_matches('\'');
    match text.parse::<i64>() {
        Ok(number) => Pattern::pure(Value::int(number)),
        Err(_) => text.parse::<f64>().map_or_else(|_| Pattern::pure(text), Pattern::pure),
    }
}

/// Quantities as bare numbers of a dimension.
fn bare(pattern: &Pattern, dimension: Dimension) -> Pattern {
    match pattern.constant() {
        Some(value @ Value::Quantity(..)) => Pattern::pure(convert(value, dimension)),
        _ => pattern.clone(),
    }
}
