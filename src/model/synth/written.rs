//! What is written out: units that are made of others, and effects inside synths.
//!
//! Invariant: no node of these kinds is in a graph.

use std::collections::HashMap;

use super::call::Slots;
use super::evaluate::{Drawing, Frame, Memo, Pending};
use super::faults;
use super::value::{Kind, Value};
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::{Arithmetic, NodeId, Op};
use crate::base::source::Place;
use crate::base::unit::{self, Kind as UnitKind, Unit};
use crate::lang::syntax::{Argument, Expr, ExprKind, Name};

/// How long a delay may become where its time moves and the text does not say.
const LONGEST: f32 = 1.0;
/// The golden ratio: phases that never come close to one another.
const GOLDEN: f32 = 0.618_034;

impl<'a> Drawing<'a> {
    /// `mix(a, b, …)`
    pub(super) fn mix(&mut self, frame: usize, arguments: &'a [Argument], place: Place) -> Option<Value> {
        let mut sum: Option<Value> = None;
        let mut good = true;
        for argument in arguments {
            if let Some(label) = &argument.name {
                good = false;
                self.said.push(
                    Diagnostic::error("unknown-parameter", label.place, "`mix` takes signals without names")
                        .help("mix(a, b * 0.5)"),
                );
                continue;
            }
            let Some(value) = self.value(frame, &argument.value) else {
                good = false;
                continue;
            };
            if value.kind != Kind::Number {
                let error = faults::input(argument.value.place, unit::of(UnitKind::Mix), "x", Kind::Number, value.kind);
                self.said.push(error);
                good = false;
                continue;
            }
            sum = Some(match sum {
                Some(sum) => self.both(Arithmetic::Add, sum, value, Kind::Number),
                None => value,
            });
        }
        if arguments.is_empty() {
            return self.say(
                Diagnostic::error("missing-argument", place, "`mix` wants signals").help("mix(saw(freq), white * 0.1)"),
            );
        }
        sum.filter(|_| good)
    }

    /// Equal power for one signal, balance for two.
    pub(super) fn pan(&mut self, x: Value, position: Value) -> Value {
        let at = position.left;
        if x.is_stereo() {
            let [one, two] = [1.0, 2.0].map(|number| self.nodes.constant(number));
            let right = self.nodes.arithmetic(Arithmetic::Mul, at, two);
            let left = self.nodes.arithmetic(Arithmetic::Sub, two, right);
            let unit = unit::of(UnitKind::Clamp);
            let zero = self.nodes.constant(0.0);
            let [left, right] = [left, right].map(|gain| self.nodes.unit(unit, 0, &[gain, zero, one]));
            return self.both(Arithmetic::Mul, x, Value { left, right, kind: Kind::Number }, Kind::Number);
        }
        if let Some(number) = self.nodes.number(at) {
            let angle = number.clamp(0.0, 1.0) * std::f32::consts::FRAC_PI_2;
            let [left, right] = [libm::cosf(angle), libm::sinf(angle)].map(|gain| self.nodes.constant(gain));
            let gain = Value { left, right, kind: Kind::Number };
            return self.both(Arithmetic::Mul, x, gain, Kind::Number);
        }
        self.wired(unit::of(UnitKind::Pan), 0, &[x, Value::number(at)], Kind::Number)
    }

    /// `unison(x, voices, detune, spread)`: the sound is read again for each copy, with its own frequency and phases.
    pub(super) fn unison(&mut self, frame: usize, unit: &'static Unit, slots: &Slots<'a>) -> Option<Value> {
        let sound = slots[0]?;
        if self.frames[frame].effect {
            return self.say(
                Diagnostic::error("unknown-signal", sound.place, "a unison detunes `freq`, and an effect has none")
                    .help("in a synth: unison(saw(freq), 5, 14ct)"),
            );
        }
        let mut kind = Kind::Number;
        let [voices, detune, spread] =
            [1, 2, 3].map(|at| self.input(frame, unit, &unit.inputs[at], slots[at], &mut kind));
        let (voices, detune, spread) = (voices?, detune?, spread?);
        let count = self.nodes.number(voices.left).unwrap_or(1.0).clamp(1.0, 16.0) as usize;
        let level = 1.0 / libm::sqrtf(count as f32);
        let level = Value::number(self.nodes.constant(level));
        let half = Value::number(self.nodes.constant(0.5));
        let mut sum: Option<Value> = None;
        for copy in 0..count {
            let share = if count == 1 { 0.0 } else { 2.0 * copy as f32 / (count - 1) as f32 - 1.0 };
            let off = Value::number(self.nodes.constant(share));
            let interval = self.both(Arithmetic::Mul, detune, off, Kind::Interval);
            let ratio = self.ratio(interval, false);
            let at = &self.frames[frame];
            let (freq, note) = (at.freq, at.note);
            let mut inner = Frame { known: HashMap::new(), ..at.clone() };
            inner.freq = self.nodes.arithmetic(Arithmetic::Mul, freq, ratio.left);
            inner.note = self.nodes.arithmetic(Arithmetic::Add, note, interval.left);
            inner.phase = (inner.phase + copy as f32 * GOLDEN) % 1.0;
            // Lines that are being read stay so: a copy cannot be made of the line that it is in.
            inner.known.extend(
                at.known.iter().filter(|(_, memo)| matches!(memo, Memo::Open)).map(|(name, memo)| (*name, *memo)),
            );
            self.frames.push(inner);
            let value = self.value(self.frames.len() - 1, sound)?;
            if value.kind != Kind::Number {
                return self.say(faults::input(sound.place, unit, "x", Kind::Number, value.kind));
            }
            let aside = self.both(Arithmetic::Mul, spread, off, Kind::Number);
            let aside = self.both(Arithmetic::Mul, aside, half, Kind::Number);
            let position = self.both(Arithmetic::Add, half, aside, Kind::Number);
            let panned = self.pan(value, position);
            sum = Some(match sum {
                Some(sum) => self.both(Arithmetic::Add, sum, panned, Kind::Number),
                None => panned,
            });
        }
        let sum = sum?;
        Some(self.both(Arithmetic::Mul, sum, level, Kind::Number))
    }

    /// `delay(x, time)`: a line that is written where its sound is known, at once or, in a loop, at the end.
    pub(super) fn delay(&mut self, frame: usize, unit: &'static Unit, slots: &Slots<'a>) -> Option<Value> {
        let (sound, written) = (slots[0]?, slots[1]?);
        let mut kind = Kind::Number;
        let time = self.input(frame, unit, &unit.inputs[1], slots[1], &mut kind)?;
        let longest = self.input(frame, unit, &unit.inputs[2], slots[2], &mut kind)?;
        let fixed = [time.left, time.right].map(|node| self.nodes.number(node));
        let longest = match (fixed, self.nodes.number(longest.left)) {
            ([Some(left), Some(right)], _) => left.max(right),
            (_, Some(longest)) if longest > 0.0 => longest,
            _ => LONGEST,
        };
        if self.lines.len() >= usize::from(u8::MAX) {
            return self.say(faults::too_large(written.place, "it has more than 255 delays"));
        }
        let first = self.lines.len() as u16;
        if self.closes_loop(frame, sound) {
            // Whether its sound is in stereo is not known yet: a line for each side.
            self.lines.extend([longest, longest]);
            let lines = [first, first + 1];
            self.pending.push(Pending { frame, sound, lines, inside: self.inside.clone() });
            let left = self.nodes.add(Op::Read(lines[0]), &[time.left]);
            let right = self.nodes.add(Op::Read(lines[1]), &[time.right]);
            return Some(Value { left, right, kind: Kind::Number });
        }
        let value = self.value(frame, sound)?;
        if value.kind != Kind::Number {
            return self.say(faults::input(sound.place, unit, "x", Kind::Number, value.kind));
        }
        let stereo = value.is_stereo() || time.is_stereo();
        let mut side = |nodes: [NodeId; 2]| {
            let line = self.lines.len() as u16;
            self.lines.push(longest);
            self.nodes.add(Op::Write(line), &nodes[..1]);
            self.nodes.add(Op::Read(line), &nodes[1..])
        };
        let left = side([value.left, time.left]);
        let right = if stereo { side([value.right, time.right]) } else { left };
        Some(Value { left, right, kind: Kind::Number })
    }

    /// What waited for its loop to be known.
    pub(super) fn close_loops(&mut self) {
        while let Some(Pending { frame, sound, lines, inside }) = self.pending.pop() {
            self.inside = inside;
            let Some(value) = self.value(frame, sound) else { continue };
            if value.kind != Kind::Number {
                let unit = unit::of(UnitKind::Delay);
                self.said.push(faults::input(sound.place, unit, "x", Kind::Number, value.kind));
                continue;
            }
            self.nodes.add(Op::Write(lines[0]), &[value.left]);
            self.nodes.add(Op::Write(lines[1]), &[value.right]);
        }
    }

    /// `segments([0, 1, 0], [10ms, 1s], curve)`: a sum of lines, each after the one before.
    pub(super) fn segments(&mut self, frame: usize, unit: &'static Unit, slots: &Slots<'a>) -> Option<Value> {
        let (levels, times) = (slots[0]?, slots[1]?);
        let (ExprKind::List(level_list), ExprKind::List(time_list)) = (&levels.kind, &times.kind) else {
            return self.say(
                Diagnostic::error("wrong-kind", levels.place.to(times.place), "`segments` takes two lists")
                    .help("segments([0, 1, 0.3, 0], [5ms, 200ms, 1s], -3)"),
            );
        };
        if level_list.len() != time_list.len() + 1 || time_list.is_empty() {
            let message =
                format!("{} levels have {} times between them", level_list.len(), level_list.len().saturating_sub(1));
            return self.say(
                Diagnostic::error("wrong-kind", times.place, message)
                    .label(format!("here are {}", time_list.len()))
                    .help("segments([0, 1, 0.3, 0], [5ms, 200ms, 1s])"),
            );
        }
        let mut kind = Kind::Number;
        let mut given = |drawing: &mut Self, at: usize, list: &'a [Expr]| -> Option<Vec<Value>> {
            list.iter().map(|expr| drawing.input(frame, unit, &unit.inputs[at], Some(expr), &mut kind)).collect()
        };
        let levels = given(self, 0, level_list)?;
        let times = given(self, 1, time_list)?;
        let curve = self.input(frame, unit, &unit.inputs[2], slots[2], &mut Kind::Number)?;
        let line = unit::of(UnitKind::Line);
        let zero = Value::number(self.nodes.constant(0.0));
        let (mut sum, mut after) = (levels[0], zero);
        for (pair, time) in levels.windows(2).zip(times) {
            let step = self.both(Arithmetic::Sub, pair[1], pair[0], kind);
            let part = self.wired(line, 0, &[zero, step, time, after, curve], kind);
            sum = self.both(Arithmetic::Add, sum, part, kind);
            after = self.both(Arithmetic::Add, after, time, Kind::Duration);
        }
        Some(Value { kind, ..sum })
    }

    /// An effect of the piece inside a synth: its sound first, then its parameters.
    pub(super) fn effect(
        &mut self,
        frame: usize,
        name: &'a Name,
        arguments: &'a [Argument],
        place: Place,
    ) -> Option<Value> {
        let text = self.effects.get(&name.text)?;
        if self.inside.contains(&name.text) {
            let mut circle = self.inside.clone();
            circle.push(name.text.clone());
            return self.say(
                Diagnostic::error(
                    "circle",
                    name.place,
                    format!("an effect is made from itself: {}", circle.join(", ")),
                )
                .help("a loop of sound goes through `delay`"),
            );
        }
        if text.wrong {
            return None; // it has been said where it is written
        }
        let names = std::iter::once("in").chain(text.parameters.iter().map(|parameter| &*parameter.name));
        let slots = self.slots(&name.text, &names, arguments)?;
        let Some(sound) = slots[0] else {
            return self.say(
                Diagnostic::error("missing-argument", place, format!("`{}` wants a sound", name.text))
                    .help(format!("{}(saw(freq))", name.text)),
            );
        };
        let input = self.value(frame, sound)?;
        if input.kind != Kind::Number {
            return self.say(faults::input(sound.place, unit::of(UnitKind::Tanh), "x", Kind::Number, input.kind));
        }
        let mut bound = HashMap::new();
        for (parameter, slot) in text.parameters.iter().zip(&slots[1..]) {
            let kind = Kind::of(parameter.dimension);
            let value = match slot {
                Some(expr) => {
                    let value = self.value(frame, expr)?;
                    if value.kind != kind && value.kind != Kind::Number {
                        let message = format!(
                            "`{}` of `{}` is {}, not {}",
                            parameter.name,
                            name.text,
                            kind.name(),
                            value.kind.name()
                        );
                        return self.say(Diagnostic::error("wrong-kind", expr.place, message));
                    }
                    Value { kind, ..value }
                }
                None => Value::mono(self.nodes.constant(parameter.default), kind),
            };
            bound.insert(parameter.name.clone(), value);
        }
        let output = text.output?;
        let zero = self.nodes.constant(0.0);
        self.frames.push(Frame {
            effect: true,
            lines: text.lines.clone(),
            bound,
            known: HashMap::new(),
            input: Some(input),
            freq: zero,
            note: zero,
            phase: self.frames[frame].phase,
        });
        self.inside.push(name.text.clone());
        let value = self.value(self.frames.len() - 1, output);
        self.inside.pop();
        value
    }
}
