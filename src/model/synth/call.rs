//! Calls: arguments to inputs by name and order, kinds and ranges, and the nodes of units.
//!
//! Invariant: a unit's node has all its inputs, in the table's order; what the text leaves out is the table's default.

use std::sync::Arc;

use smallvec::SmallVec;

use super::evaluate::Drawing;
use super::faults;
use super::value::{Kind, Value};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::graph::{Arithmetic, NodeId, Op, SHAPES};
use crate::base::source::Place;
use crate::base::unit::{self, Input, Kind as UnitKind, Unit};
use crate::lang::syntax::{Argument, Expr, ExprKind, Name};

/// An argument for each input.
pub(super) type Slots<'a> = SmallVec<[Option<&'a Expr>; 8]>;

impl<'a> Drawing<'a> {
    pub(super) fn call(
        &mut self,
        frame: usize,
        name: &'a Name,
        arguments: &'a [Argument],
        place: Place,
    ) -> Option<Value> {
        let word = name.text.as_str();
        let own = self.frames[frame].lines.contains_key(word) || self.frames[frame].bound.contains_key(word);
        if own && unit::find(word).is_none() && !self.effects.contains_key(word) {
            return self.say(
                Diagnostic::error(
                    "unknown-signal",
                    name.place,
                    format!("`{word}` is a signal, and takes no arguments"),
                )
                .help(word),
            );
        }
        if self.effects.contains_key(word) {
            return self.effect(frame, name, arguments, place);
        }
        match unit::find(word) {
            Some(unit) => self.unit(frame, unit, arguments, place),
            None => self.unknown(frame, word, name.place, true),
        }
    }

    /// A unit or an effect by its name alone: `white`.
    pub(super) fn bare_call(&mut self, frame: usize, word: &'a str, place: Place) -> Option<Value> {
        match unit::find(word) {
            Some(unit) if !self.effects.contains_key(word) => self.unit(frame, unit, &[], place),
            _ => self.say(
                Diagnostic::error("missing-argument", place, format!("`{word}` wants a sound"))
                    .help(format!("{word}(saw(freq))")),
            ),
        }
    }

    /// Arguments by the names of inputs; the others fill free places in order.
    pub(super) fn slots<'n>(
        &mut self,
        owner: &str,
        names: &(impl Iterator<Item = &'n str> + Clone),
        arguments: &'a [Argument],
    ) -> Option<Slots<'a>> {
        let count = names.clone().count();
        let mut slots: Slots<'a> = SmallVec::from_elem(None, count);
        let mut good = true;
        for argument in arguments {
            let Some(label) = &argument.name else { continue };
            let at = names.clone().position(|name| name == label.text);
            match at {
                Some(at) if slots[at].is_none() => slots[at] = Some(&argument.value),
                Some(_) => {
                    good = false;
                    self.said.push(Diagnostic::error(
                        "name-twice",
                        label.place,
                        format!("`{}` is given twice", label.text),
                    ));
                }
                None => {
                    good = false;
                    let error = Diagnostic::error(
                        "unknown-parameter",
                        label.place,
                        format!("`{owner}` has no `{}`", label.text),
                    );
                    let all: Vec<&str> = names.clone().collect();
                    self.said.push(match nearest(&label.text, all.iter().copied()) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None if all.is_empty() => error.help(owner.to_owned()),
                        None => error.help(format!("it has {}", all.join(", "))),
                    });
                }
            }
        }
        for argument in arguments.iter().filter(|argument| argument.name.is_none()) {
            if let Some(free) = slots.iter_mut().find(|slot| slot.is_none()) {
                *free = Some(&argument.value);
            } else {
                let takes = if count == 0 { "no arguments".to_owned() } else { format!("{count} at most") };
                return self.say(Diagnostic::error(
                    "surplus-argument",
                    argument.value.place,
                    format!("`{owner}` takes {takes}; this is one too many"),
                ));
            }
        }
        good.then_some(slots)
    }

    fn unit(&mut self, frame: usize, unit: &'static Unit, arguments: &'a [Argument], place: Place) -> Option<Value> {
        if unit.kind == UnitKind::Mix {
            return self.mix(frame, arguments, place);
        }
        let slots = self.slots(unit.name, &unit.inputs.iter().map(|input| input.name), arguments)?;
        if let Some(missing) =
            unit.inputs.iter().zip(&slots).find(|(input, slot)| slot.is_none() && input.default.is_none())
        {
            return self.say(
                Diagnostic::error("missing-argument", place, format!("`{}` wants `{}`", unit.name, missing.0.name))
                    .help(unit.example.lines().next().unwrap_or("")),
            );
        }
        match unit.kind {
            UnitKind::Unison => return self.unison(frame, unit, &slots),
            UnitKind::Delay => return self.delay(frame, unit, &slots),
            UnitKind::Segments => return self.segments(frame, unit, &slots),
            _ => {}
        }
        let mut kind = Kind::Number;
        let mut inputs: SmallVec<[Value; 6]> = SmallVec::new();
        let mut option = 0;
        let mut good = true;
        for (input, slot) in unit.inputs.iter().zip(&slots) {
            if input.dimension == Dimension::Word {
                option = self.word(unit, *slot, place)?;
                continue;
            }
            match self.input(frame, unit, input, *slot, &mut kind) {
                Some(value) => inputs.push(value),
                None => good = false,
            }
        }
        if !good {
            return None;
        }
        let phased = matches!(
            unit.kind,
            UnitKind::Sine
                | UnitKind::Saw
                | UnitKind::Triangle
                | UnitKind::Square
                | UnitKind::Pulse
                | UnitKind::Wavetable
        );
        if phased && self.frames[frame].phase != 0.0 {
            let at = unit.inputs.iter().filter(|input| input.dimension != Dimension::Word);
            if let Some(at) = at.clone().position(|input| input.name == "phase") {
                let phase = Value::number(self.nodes.constant(self.frames[frame].phase));
                inputs[at] = self.both(Arithmetic::Add, inputs[at], phase, Kind::Number);
            }
        }
        let random = unit.kind == UnitKind::Lfo && option >= 5;
        let seeded = matches!(
            unit.kind,
            UnitKind::White | UnitKind::Pink | UnitKind::Brown | UnitKind::Dust | UnitKind::Pluck | UnitKind::Supersaw
        );
        if seeded || random {
            self.seeds = self.seeds.wrapping_add(1);
            option = if random { option + (self.seeds << 8) } else { self.seeds };
        }
        Some(match unit.kind {
            UnitKind::Pan => self.pan(inputs[0], inputs[1]),
            UnitKind::Ar => {
                let [decay, sustain] = [0.1, 1.0].map(|number| Value::number(self.nodes.constant(number)));
                self.wired(unit::of(UnitKind::Adsr), 0, &[inputs[0], decay, sustain, inputs[1]], Kind::Number)
            }
            _ => self.wired(unit, option, &inputs, if unit.follows() { kind } else { Kind::Number }),
        })
    }

    /// The nodes of a unit: one for each side, or one and what it gives on the right.
    pub(super) fn wired(&mut self, unit: &'static Unit, option: u16, inputs: &[Value], kind: Kind) -> Value {
        let side = |right| inputs.iter().map(|input| input.side(right)).collect::<SmallVec<[NodeId; 6]>>();
        let left = self.nodes.unit(unit, option, &side(false));
        if unit.channels == 2 {
            let right = self.nodes.add(Op::Right, &[left]);
            return Value { left, right, kind };
        }
        let stereo = inputs.iter().any(|input| input.is_stereo());
        let right = if stereo { self.nodes.unit(unit, option, &side(true)) } else { left };
        Value { left, right, kind }
    }

    /// One input: its value in its base unit, of its kind, within its range where it never moves.
    pub(super) fn input(
        &mut self,
        frame: usize,
        unit: &'static Unit,
        input: &Input,
        slot: Option<&'a Expr>,
        kind: &mut Kind,
    ) -> Option<Value> {
        let Some(expr) = slot else {
            return Some(Value::number(self.nodes.constant(input.default.unwrap_or(0.0))));
        };
        let mut value = self.value(frame, expr)?;
        let wanted = Kind::of(input.dimension);
        let place = expr.place;
        let period = input.name == "rate" && value.kind == Kind::Duration;
        if period {
            let one = Value::number(self.nodes.constant(1.0));
            value = self.both(Arithmetic::Div, one, value, Kind::Frequency);
        } else if unit.follows() && input.dimension == Dimension::Number && input.name != "curve" {
            match kind.sum(value.kind) {
                Some(sum) => *kind = sum,
                None => return self.say(faults::kinds(place, (place, *kind), (place, value.kind), "compared")),
            }
        } else if value.kind != wanted && value.kind != Kind::Number {
            return self.say(faults::input(place, unit, input.name, wanted, value.kind));
        }
        let numbers = [value.left, value.right].map(|node| self.nodes.number(node));
        if input.fixed && numbers.iter().any(Option::is_none) {
            return self.say(
                Diagnostic::error("fixed-slot", place, format!("`{}` of `{}` is a plain value", input.name, unit.name))
                    .label("a signal cannot stand here")
                    .help("room is made for it before the first note"),
            );
        }
        if numbers.iter().flatten().any(|number| !(input.low..=input.high).contains(number)) {
            return self.say(
                Diagnostic::error(
                    "out-of-range",
                    place,
                    format!("`{}` of `{}` runs from {} to {}", input.name, unit.name, input.low, input.high),
                )
                .help(unit.doc),
            );
        }
        Some(value)
    }

    /// A shape or a file: what stands in a node's option.
    fn word(&mut self, unit: &'static Unit, slot: Option<&'a Expr>, place: Place) -> Option<u16> {
        if unit.kind == UnitKind::Lfo {
            let Some(expr) = slot else { return Some(0) };
            let ExprKind::Name(word) = &expr.kind else {
                return self.say(
                    Diagnostic::error("wrong-kind", expr.place, "the shape of an lfo is a word")
                        .help("lfo(2Hz, triangle)"),
                );
            };
            if let Some(at) = SHAPES.iter().position(|shape| shape == word) {
                return Some(at as u16);
            }
            let error = Diagnostic::error("unknown-shape", expr.place, format!("no lfo has the shape `{word}`"));
            return self.say(match nearest(word, SHAPES.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(SHAPES.join(", ")),
            });
        }
        match slot.map(|expr| (&expr.kind, expr.place)) {
            Some((ExprKind::Text(file), _)) => {
                let file: Arc<str> = self.folder.join(file).to_string_lossy().into();
                let known = self.files.iter().position(|known| *known == file);
                Some(known.unwrap_or_else(|| {
                    self.files.push(file);
                    self.files.len() - 1
                }) as u16)
            }
            other => self.say(
                Diagnostic::error(
                    "text-expected",
                    other.map_or(place, |(_, place)| place),
                    "a wavetable is a file, as plain text",
                )
                .help("wavetable(freq, 'waves.wav', 0.5)"),
            ),
        }
    }
}
