//! From the lines of a synth to nodes: names, numbers, arithmetic.
//!
//! A frame is one reading of a text: of the synth itself, of an effect that it uses, of one copy in a unison. Each has its
//! own inputs, and remembers what its lines are worth.
//!
//! Invariant: a line is read once a frame; work is bounded by fuel and depth, whatever the text.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::super::plain::Pace;
use super::faults;
use super::nodes::Nodes;
use super::text::Text;
use super::value::{Kind, Value};
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::{Arithmetic, Given, NodeId};
use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::unit::{self, Kind as UnitKind};
use crate::base::units::{Db, Unit};
use crate::lang::syntax::{Expr, ExprKind, Number, Operator};

/// How deep lines and expressions may hang in one another.
const DEEPEST: usize = 256;
/// How many expressions one synth may be read from, copies counted.
const FUEL: u32 = 50_000;

/// What a line is worth in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Memo {
    /// It is being read now.
    Open,
    /// Its value; `None` after an error, which has been said.
    Known(Option<Value>),
}

/// One reading of a text.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) effect: bool,
    pub(super) lines: Rc<HashMap<&'a str, &'a Expr>>,
    pub(super) bound: HashMap<Arc<str>, Value>,
    pub(super) known: HashMap<&'a str, Memo>,
    pub(super) input: Option<Value>,
    pub(super) freq: NodeId,
    pub(super) note: NodeId,
    /// Added to the phase of each oscillator.
    pub(super) phase: f32,
}

/// A delay whose sound waits to be read, since it closes a loop.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    pub(super) frame: usize,
    pub(super) sound: &'a Expr,
    pub(super) lines: [u16; 2],
    /// The effects around it.
    pub(super) inside: Vec<String>,
}

/// A graph while it is drawn.
pub(super) struct Drawing<'a> {
    pub(super) nodes: Nodes,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) effects: &'a HashMap<String, Text<'a>>,
    /// Whether a name is something of the piece's patterns.
    pub(super) outside: &'a dyn Fn(&str) -> bool,
    pub(super) pace: Pace,
    /// Where relative paths start.
    pub(super) folder: &'a Path,
    pub(super) said: Vec<Diagnostic>,
    pub(super) pending: Vec<Pending<'a>>,
    /// The longest time of each delay line, seconds.
    pub(super) lines: Vec<f32>,
    pub(super) files: Vec<Arc<str>>,
    pub(super) seeds: u16,
    /// The effects that are being read now.
    pub(super) inside: Vec<String>,
    pub(super) depth: usize,
    pub(super) fuel: u32,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(
        effects: &'a HashMap<String, Text<'a>>,
        outside: &'a dyn Fn(&str) -> bool,
        pace: Pace,
        folder: &'a Path,
    ) -> Drawing<'a> {
        Drawing {
            nodes: Nodes::default(),
            frames: Vec::new(),
            effects,
            outside,
            pace,
            folder,
            said: Vec::new(),
            pending: Vec::new(),
            lines: Vec::new(),
            files: Vec::new(),
            seeds: 0,
            inside: Vec::new(),
            depth: 0,
            fuel: FUEL,
        }
    }

    pub(super) fn say<T>(&mut self, said: Diagnostic) -> Option<T> {
        self.said.push(said);
        None
    }

    /// What an expression is worth in a frame; `None` after an error.
    pub(super) fn value(&mut self, frame: usize, expr: &'a Expr) -> Option<Value> {
        if self.depth >= DEEPEST || self.fuel == 0 {
            // Said once: all further work is refused in silence.
            if self.fuel != 0 {
                self.said.push(faults::too_large(expr.place, "it hangs too deep"));
            } else if !self.nodes.overflow {
                self.said.push(faults::too_large(expr.place, "it is written out too often"));
            }
            self.fuel = 0;
            self.nodes.overflow = true;
            return None;
        }
        self.fuel -= 1;
        self.depth += 1;
        let value = self.value_of(frame, expr);
        self.depth -= 1;
        value
    }

    fn value_of(&mut self, frame: usize, expr: &'a Expr) -> Option<Value> {
        let place = expr.place;
        match &expr.kind {
            ExprKind::Number(number) => self.literal(*number, place),
            ExprKind::Ratio(above, below) => {
                let ratio = above.exact.checked_div(below.exact).map_or(0.0, Time::to_f64);
                Some(Value::number(self.nodes.constant(ratio as f32)))
            }
            ExprKind::Paren(inner) => self.value(frame, inner),
            ExprKind::Negative(inner) => {
                let value = self.value(frame, inner)?;
                let minus = Value::number(self.nodes.constant(-1.0));
                Some(self.both(Arithmetic::Mul, minus, value, value.kind))
            }
            ExprKind::Binary(..) => self.chain(frame, expr),
            ExprKind::Name(word) => self.name(frame, word, place),
            ExprKind::Call(name, arguments) => self.call(frame, name, arguments, place),
            ExprKind::Link(_, name, _) => self.say(faults::link(name.place, &name.text)),
            ExprKind::Text(_) | ExprKind::Mini(_) => self.say(faults::text(place)),
            ExprKind::Lambda(..) => self.say(faults::pattern(place, "=>", "a function of patterns")),
            ExprKind::List(_) | ExprKind::Map(_) => self
                .say(Diagnostic::error("wrong-kind", place, "a list is no signal").help("mix(a, b) adds signals up")),
        }
    }

    /// A number in the base unit of its kind; a beat is as long as the tempo says at the onset.
    fn literal(&mut self, number: Number, place: Place) -> Option<Value> {
        let value = number.value;
        let (kind, base) = match number.unit {
            None => (Kind::Number, value),
            Some(Unit::Percent) => (Kind::Number, value / 100.0),
            Some(Unit::Decibels) => (Kind::Number, Db(value).to_gain()),
            Some(Unit::Hertz) => (Kind::Frequency, value),
            Some(Unit::Kilohertz) => (Kind::Frequency, value * 1000.0),
            Some(Unit::Seconds) => (Kind::Duration, value),
            Some(Unit::Milliseconds) => (Kind::Duration, value / 1000.0),
            Some(Unit::Semitones) => (Kind::Interval, value),
            Some(Unit::Cents) => (Kind::Interval, value / 100.0),
            Some(unit @ (Unit::Beats | Unit::Bars)) => {
                let beats = if unit == Unit::Bars { value * self.pace.quarters } else { value };
                let (beats, beat) = (self.nodes.constant(beats as f32), self.nodes.given(Given::Beat));
                return Some(Value::mono(self.nodes.arithmetic(Arithmetic::Mul, beats, beat), Kind::Duration));
            }
            Some(unit) => {
                return self.say(
                    Diagnostic::error("wrong-unit", place, format!("{} means nothing in a synth", unit.name()))
                        .help("Hz kHz ms s beats bars dB % st ct, or a bare number"),
                );
            }
        };
        Some(Value::mono(self.nodes.constant(base as f32), kind))
    }

    /// `a + b * c - …`: along the left side by a loop, since sums are long.
    fn chain(&mut self, frame: usize, expr: &'a Expr) -> Option<Value> {
        let mut links = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(operator, left, right) = &first.kind {
            links.push((*operator, &**left, &**right));
            first = left;
        }
        let mut sum = self.value(frame, first);
        for (operator, left, right) in links.into_iter().rev() {
            let right_value = self.value(frame, right);
            // What is wrong on the right is said even where the left was wrong.
            sum = match (sum, right_value) {
                (Some(a), Some(b)) => self.binary(operator, (a, left.place), (b, right.place)),
                _ => None,
            };
        }
        sum
    }

    fn binary(&mut self, operator: Operator, (a, at): (Value, Place), (b, bt): (Value, Place)) -> Option<Value> {
        let place = at.to(bt);
        let wrong = |what| faults::kinds(place, (at, a.kind), (bt, b.kind), what);
        match (operator, a.kind, b.kind) {
            (Operator::Add | Operator::Sub, Kind::Frequency, Kind::Interval) => {
                return Some(self.transposed(a, b, operator == Operator::Sub));
            }
            (Operator::Add, Kind::Interval, Kind::Frequency) => return Some(self.transposed(b, a, false)),
            _ => {}
        }
        let (op, kind) = match operator {
            Operator::Add => (Arithmetic::Add, a.kind.sum(b.kind).ok_or_else(|| wrong("added"))),
            Operator::Sub => (Arithmetic::Sub, a.kind.sum(b.kind).ok_or_else(|| wrong("subtracted"))),
            Operator::Mul => (Arithmetic::Mul, a.kind.product(b.kind).ok_or_else(|| wrong("multiplied"))),
            Operator::Div => (Arithmetic::Div, a.kind.quotient(b.kind).ok_or_else(|| wrong("divided"))),
            Operator::Mod => (Arithmetic::Rem, a.kind.sum(b.kind).ok_or_else(|| wrong("divided"))),
        };
        let kind = match kind {
            Ok(kind) => kind,
            Err(error) => return self.say(error),
        };
        let zero = matches!(op, Arithmetic::Div | Arithmetic::Rem)
            && [b.left, b.right].iter().any(|node| self.nodes.number(*node) == Some(0.0));
        if zero {
            return self.say(
                Diagnostic::error("division-by-zero", bt, "this is always 0, and nothing can be divided by it")
                    .help("to make a signal silent, multiply it by 0"),
            );
        }
        Some(self.both(op, a, b, kind))
    }

    /// A frequency moved by an interval.
    pub(super) fn transposed(&mut self, freq: Value, interval: Value, down: bool) -> Value {
        let ratio = self.ratio(interval, down);
        self.both(Arithmetic::Mul, freq, ratio, Kind::Frequency)
    }

    /// The ratio that an interval is.
    pub(super) fn ratio(&mut self, interval: Value, down: bool) -> Value {
        let octaves = Value::number(self.nodes.constant(if down { -1.0 / 12.0 } else { 1.0 / 12.0 }));
        let octaves = self.both(Arithmetic::Mul, interval, octaves, Kind::Number);
        self.each(octaves, Kind::Number, |nodes, node| nodes.unit(unit::of(UnitKind::Exp2), 0, &[node]))
    }

    /// Arithmetic on both sides; once where both are mono.
    pub(super) fn both(&mut self, op: Arithmetic, a: Value, b: Value, kind: Kind) -> Value {
        let left = self.nodes.arithmetic(op, a.left, b.left);
        let right = if a.is_stereo() || b.is_stereo() { self.nodes.arithmetic(op, a.right, b.right) } else { left };
        Value { left, right, kind }
    }

    /// Something done to both sides.
    pub(super) fn each(&mut self, x: Value, kind: Kind, mut act: impl FnMut(&mut Nodes, NodeId) -> NodeId) -> Value {
        let left = act(&mut self.nodes, x.left);
        let right = if x.is_stereo() { act(&mut self.nodes, x.right) } else { left };
        Value { left, right, kind }
    }

    fn name(&mut self, frame: usize, word: &'a str, place: Place) -> Option<Value> {
        if let Some(bound) = self.frames[frame].bound.get(word) {
            return Some(*bound);
        }
        if self.frames[frame].lines.contains_key(word) {
            return self.line(frame, word, place);
        }
        let at = &self.frames[frame];
        let given = match word {
            "in" => return at.input.or_else(|| self.unknown(frame, word, place, false)),
            _ if at.effect => None,
            "freq" => return Some(Value::mono(at.freq, Kind::Frequency)),
            "note" => return Some(Value::number(at.note)),
            "gate" => Some((Given::Gate, Kind::Number)),
            "velocity" => Some((Given::Velocity, Kind::Number)),
            "dur" => Some((Given::Dur, Kind::Duration)),
            _ => None,
        };
        if let Some((given, kind)) = given {
            return Some(Value::mono(self.nodes.given(given), kind));
        }
        if unit::find(word).is_some() || self.effects.contains_key(word) {
            return self.bare_call(frame, word, place);
        }
        self.unknown(frame, word, place, false)
    }

    /// The value of a line, read where it is needed first.
    pub(super) fn line(&mut self, frame: usize, word: &'a str, place: Place) -> Option<Value> {
        match self.frames[frame].known.get(word) {
            Some(Memo::Known(value)) => return *value,
            Some(Memo::Open) => {
                return self.say(
                    Diagnostic::error("loop-without-delay", place, format!("`{word}` is made from itself"))
                        .label("only a delay may close a loop")
                        .help(format!("{word} = x + delay({word}, 200ms) * 0.5")),
                );
            }
            None => {}
        }
        let expr = self.frames[frame].lines.get(word).copied()?;
        self.frames[frame].known.insert(word, Memo::Open);
        let value = self.value(frame, expr);
        self.frames[frame].known.insert(word, Memo::Known(value));
        value
    }

    pub(super) fn unknown<T>(&mut self, frame: usize, word: &str, place: Place, called: bool) -> Option<T> {
        let at = &self.frames[frame];
        let bound: Vec<String> = at.bound.keys().map(ToString::to_string).collect();
        let mut own: Vec<&str> = at.lines.keys().copied().chain(bound.iter().map(String::as_str)).collect();
        own.extend(self.effects.keys().map(String::as_str));
        own.sort_unstable();
        let error = faults::unknown(place, word, called, at.effect, &own, (self.outside)(word));
        self.say(error)
    }

    /// Whether an expression needs a line that is being read now: then it closes a loop.
    pub(super) fn closes_loop(&self, frame: usize, expr: &'a Expr) -> bool {
        let at = &self.frames[frame];
        let mut seen: HashSet<&str> = HashSet::new();
        let mut waiting = vec![expr];
        while let Some(expr) = waiting.pop() {
            match &expr.kind {
                ExprKind::Name(word) => {
                    let Some((word, line)) = at.lines.get_key_value(word.as_str()) else { continue };
                    match at.known.get(word) {
                        Some(Memo::Open) => return true,
                        Some(Memo::Known(_)) => {}
                        None if seen.insert(word) => waiting.push(line),
                        None => {}
                    }
                }
                ExprKind::Call(_, arguments) => waiting.extend(arguments.iter().map(|argument| &argument.value)),
                ExprKind::Binary(_, a, b) => waiting.extend([&**a, &**b]),
                ExprKind::Negative(inner) | ExprKind::Paren(inner) => waiting.push(inner),
                ExprKind::List(list) => waiting.extend(list),
                _ => {}
            }
        }
        false
    }
}
