//! Continuous values: waves of the cycle, chance without steps, hands, ramps.
//!
//! Invariant: a signal is sampled at the begin of the queried span; the same time gives the same value.

use std::sync::Arc;

use super::context::Context;
use super::hap::Hap;
use super::value::Value;
use crate::base::random;
use crate::base::time::{Span, Time};

/// The waves that repeat each cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Cyclic {
    Saw,
    Isaw,
    Sine,
    Cosine,
    Tri,
    Itri,
    Square,
}

/// What a signal is.
#[derive(Clone, Debug, PartialEq)]
pub enum Wave {
    /// A wave from 0 to 1.
    Cyclic(Cyclic),
    /// Pattern time itself, in cycles.
    Time,
    /// Even chance in [0, 1), by a key.
    Rand(u64),
    /// Smooth chance in [0, 1), a new goal each cycle.
    Perlin(u64),
    /// A hand's value by name, and what holds while nobody touches it.
    Hand(Arc<str>, f64),
    /// From one number to another, over the section, or over a length in cycles from pattern time 0.
    Ramp(Box<(Value, Value)>, Option<Time>),
    /// True while the performer holds fill, and in the section's fill bars.
    Fill,
    /// True in the first (or last) cycle of the section.
    Edge {
        /// The last instead of the first.
        last: bool,
    },
}

/// The name under which the hands hold fill.
pub const FILL: &str = "fill";

const TAU: f64 = std::f64::consts::TAU;

/// The dice of one key at one chance time, in [0, 1).
pub(super) fn throw(key: u64, time: Time) -> f64 {
    random::unit(random::join(key, random::join(time.num() as u64, time.den() as u64)))
}

impl Cyclic {
    /// The value at a position, which counts modulo one cycle.
    pub fn at(self, time: Time) -> Value {
        let x = time.fract();
        let half = Time::new(1, 2);
        let two = Time::int(2);
        match self {
            Cyclic::Saw => Value::Number(x),
            Cyclic::Isaw => Value::Number(Time::ONE - x),
            Cyclic::Sine => Value::Float(libm::sin(x.to_f64() * TAU) * 0.5 + 0.5),
            Cyclic::Cosine => Value::Float(libm::cos(x.to_f64() * TAU) * 0.5 + 0.5),
            Cyclic::Tri => Value::Number(if x < half { x * two } else { two - x * two }),
            Cyclic::Itri => Value::Number(if x < half { Time::ONE - x * two } else { x * two - Time::ONE }),
            Cyclic::Square => Value::int(i64::from(x >= half)),
        }
    }
}

impl Wave {
    /// The value at a time.
    pub(super) fn at(&self, time: Time, ctx: &Context) -> Value {
        match self {
            Wave::Cyclic(cyclic) => cyclic.at(time),
            Wave::Time => Value::Number(time),
            Wave::Rand(key) => Value::Float(throw(*key, time + ctx.chance)),
            Wave::Perlin(key) => {
                let time = time + ctx.chance;
                let (from, to) = (throw(*key, time.floor()), throw(*key, time.floor() + Time::ONE));
                // Perlin's quintic: level at both ends, so that cycles join smoothly.
                let x = time.fract().to_f64();
                let blend = x * x * x * (x * (x * 6.0 - 15.0) + 10.0);
                Value::Float(from + blend * (to - from))
            }
            Wave::Hand(name, start) => ctx.hand(name).unwrap_or(Value::Float(*start)),
            Wave::Fill => {
                let held = ctx.hand(FILL).and_then(|value| value.number()).is_some_and(|value| value != 0.0);
                Value::Bool(held || ctx.fill.is_some_and(|fill| time >= fill.begin && time < fill.end))
            }
            Wave::Ramp(ends, length) => {
                let (begin, length) = match (length, ctx.section) {
                    (Some(length), _) => (Time::ZERO, *length),
                    (None, Some(section)) => (section.begin, section.len()),
                    (None, None) => (Time::ZERO, Time::ONE),
                };
                let at = (time - begin).checked_div(length).unwrap_or(Time::ONE).max(Time::ZERO).min(Time::ONE);
                ramp(&ends.0, &ends.1, at)
            }
            Wave::Edge { last } => {
                Value::Bool(edge(*last, ctx).is_some_and(|edge| time >= edge.begin && time < edge.end))
            }
        }
    }

    /// The stretch in which a truth holds, where it holds for a stretch only.
    fn stretch(&self, ctx: &Context) -> Option<Span> {
        match self {
            Wave::Fill => ctx.fill,
            Wave::Edge { last } => edge(*last, ctx),
            _ => None,
        }
    }

    pub(super) fn query(&self, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
        // A triangle is made of a rise and a fall, which are two pieces.
        let split = matches!(self, Wave::Cyclic(Cyclic::Tri | Cyclic::Itri));
        if split && !span.is_empty() {
            let two = Time::int(2);
            for half in span.map(|t| t * two).cycles() {
                if !ctx.burn(1) {
                    return;
                }
                let part = half.map(|t| t / two);
                out.push(sampled(part, self.at(part.begin, ctx)));
            }
            return;
        }
        // What is true for a stretch is in pieces where that begins and ends.
        let mut from = span.begin;
        if let Some(stretch) = self.stretch(ctx) {
            for cut in [stretch.begin, stretch.end] {
                if from < cut && cut < span.end {
                    out.push(sampled(Span::new(from, cut), self.at(from, ctx)));
                    from = cut;
                }
            }
        }
        out.push(sampled(Span::new(from, span.end), self.at(from, ctx)));
    }
}

/// The first or last cycle of the section; without one time has a first cycle and no last.
fn edge(last: bool, ctx: &Context) -> Option<Span> {
    match ctx.section {
        Some(section) if last => Some(Span::new(section.end - Time::ONE, section.end)),
        Some(section) => Some(Span::new(section.begin, section.begin + Time::ONE)),
        None => (!last).then(|| Span::cycle(0)),
    }
}

fn sampled(part: Span, value: Value) -> Hap {
    Hap { whole: None, part, value, places: super::Places::new(), shift: 0.0 }
}

/// Between two values that may have a unit.
fn ramp(from: &Value, to: &Value, at: Time) -> Value {
    use super::arithmetic::Op;
    let rise = Op::Sub.apply(to, from).unwrap_or(Value::int(0));
    let part = Op::Mul.apply(&rise, &Value::Number(at)).unwrap_or(Value::int(0));
    Op::Add.apply(from, &part).unwrap_or_else(|| from.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_in_decibels_stays_in_decibels() {
        use crate::base::units::Unit;
        let ends = (Value::Quantity(Time::int(-40), Unit::Decibels), Value::Quantity(Time::ZERO, Unit::Decibels));
        let wave = Wave::Ramp(Box::new(ends), Some(Time::int(4)));
        let at = wave.at(Time::int(2), &Context::new());
        assert_eq!(at, Value::Quantity(Time::int(-20), Unit::Decibels));
    }

    #[test]
    fn perlin_joins_at_cycle_starts() {
        let wave = Wave::Perlin(5);
        let ctx = Context::new();
        let near = |t: Time| wave.at(t, &ctx).number().unwrap();
        assert!((near(Time::new(999_999, 1_000_000)) - near(Time::ONE)).abs() < 1e-6);
    }
}
