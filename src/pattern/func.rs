//! Functions of one value, as data: what `Map` nodes do to each hap.
//!
//! Invariant: a function reads its value, the hap's length and the tempo, nothing else.

use std::sync::Arc;

use super::arithmetic::{Op, numeral};
use super::context::Context;
use super::hap::Hap;
use super::harmony;
use super::value::{Controls, Name, Value};
use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::base::units::{Db, Hz, Unit};

/// Functions without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Simple {
    Floor,
    Ceil,
    Round,
    Abs,
    /// From 0…1 to −1…1.
    ToBipolar,
    /// From −1…1 to 0…1.
    FromBipolar,
    /// True becomes false.
    Not,
    /// `3:2` as three halves.
    Ratio,
    /// Fits a sample to its event.
    Fit,
    /// Note names and numbers to frequencies.
    ToFrequency,
    /// The name of a scale as two numbers.
    ToScale,
    /// Milliseconds, seconds, beats and bars to cycles, at the query's tempo.
    ToCycles,
}

/// A function of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Func {
    /// The value becomes a control; a list fills the names in order.
    Control(Arc<[Name]>, Dimension),
    /// `value op constant`
    Right(Op, Value),
    /// `constant op value`
    Left(Op, Value),
    /// `value * width + low`
    Range(Value, Value),
    /// From 0…1 to a range, exponentially.
    RangeX(Value, Value),
    /// From 0…1 to the number of the share that it falls into; the shares add up to 1.
    Share(Arc<[f64]>),
    /// A slice number becomes begin and end, for a count or a list of points.
    Slices(Value),
    /// A sample over this many cycles; with a tempo given, at that tempo.
    LoopAt(Time, Option<f64>),
    /// The speed that fits a slice of so many to its event.
    Splice(Value),
    /// The root of a chord in an octave.
    RootNotes(i64),
    /// Moves `pan`, from the middle where there is none.
    Pan(f64),
    /// A roman numeral as the chord of a key: its root and the line of its scale.
    Numeral(i64, i64),
    /// One control by a factor; where there is none it is the factor.
    Scaled(Name, f64),
    /// One control's value.
    Field(Name),
    /// A list as several controls.
    As(Arc<[Name]>),
    /// Without arguments.
    Plain(Simple),
}

impl Func {
    /// Whether the result depends on the tempo, so that it cannot be written out.
    pub(super) fn reads_tempo(&self) -> bool {
        matches!(self, Func::LoopAt(_, None) | Func::Splice(_) | Func::Plain(Simple::Fit | Simple::ToCycles))
    }

    /// The control that it makes.
    pub(super) fn control_name(&self) -> Option<&str> {
        match self {
            Func::Control(names, _) => names.first().map(Name::as_str),
            _ => None,
        }
    }

    /// Whether it reads its value only, not the hap around it.
    pub(super) fn is_pure(&self) -> bool {
        match self {
            Func::Right(..) | Func::Left(..) | Func::Range(..) | Func::RangeX(..) | Func::Share(_) => true,
            Func::Plain(simple) => !matches!(simple, Simple::Fit | Simple::ToCycles),
            _ => false,
        }
    }

    /// The function of a value, where it is pure; `None` is no value.
    pub(super) fn of(&self, value: Value) -> Option<Value> {
        let mut value = value;
        match self {
            Func::Right(op, right) => op.apply_to(&mut value, right).then_some(value),
            Func::Left(op, left) => op.apply(left, &value),
            Func::Range(width, low) => {
                (Op::Mul.apply_to(&mut value, width) && Op::Add.apply_to(&mut value, low)).then_some(value)
            }
            Func::RangeX(low, high) => {
                let (Some(x), Some(low), Some(high)) = (value.number(), frequency(low), frequency(high)) else {
                    return Some(value);
                };
                let (low, high) = (low.max(1e-9), high.max(1e-9));
                Some(Value::Float(low * libm::pow(high / low, x)))
            }
            Func::Share(shares) => {
                let mut at = value.number()?;
                let found = shares.iter().position(|share| {
                    at -= share;
                    at < 0.0
                });
                Some(Value::int(found.unwrap_or(shares.len().saturating_sub(1)) as i64))
            }
            Func::Plain(simple) => simple.of(&value),
            _ => None,
        }
    }

    /// Changes the hap's value; false removes the hap.
    pub(super) fn apply(&self, hap: &mut Hap, ctx: &Context) -> bool {
        if self.is_pure() {
            let value = std::mem::replace(&mut hap.value, Value::Bool(false));
            return match self.of(value) {
                Some(value) => {
                    hap.value = value;
                    true
                }
                None => false,
            };
        }
        let value = &hap.value;
        let result = match self {
            Func::Control(names, dimension) => control(names, *dimension, value),
            Func::Slices(count) => match super::events::slices(count, value) {
                Some(controls) => Value::Map(controls),
                None => return false,
            },
            Func::LoopAt(factor, cps) => {
                let speed = cps.unwrap_or(ctx.cps) / factor.to_f64();
                let mut map = as_map(value);
                map.set("speed".into(), Value::Float(speed));
                map.set("unit".into(), "c".into());
                Value::Map(map)
            }
            Func::Splice(count) => splice(hap, count, ctx.cps),
            Func::RootNotes(octave) => match harmony::chord::root_note(value, *octave) {
                Some(value) => value,
                None => return false,
            },
            Func::Pan(by) => {
                let mut map = as_map(value);
                let pan = map.get("pan").and_then(Value::number).unwrap_or(0.5);
                map.set("pan".into(), Value::Float((pan + by).clamp(0.0, 1.0)));
                Value::Map(map)
            }
            Func::Numeral(root, line) => {
                let key = Value::List([Value::int(*root), Value::int(*line)].into());
                harmony::numeral::value(value, &key)
            }
            Func::Scaled(name, by) => {
                let mut map = as_map(value);
                let before = map.get(name.as_str()).and_then(Value::number).unwrap_or(1.0);
                map.set(name.clone(), Value::Float(before * by));
                Value::Map(map)
            }
            Func::Field(name) => match value.controls().and_then(|map| map.get(name.as_str())) {
                Some(value) => value.clone(),
                None => return false,
            },
            Func::As(names) => control(names, Dimension::Number, value),
            Func::Plain(simple) => return simple.apply(hap, ctx),
            Func::Right(..) | Func::Left(..) | Func::Range(..) | Func::RangeX(..) | Func::Share(_) => return true,
        };
        hap.value = result;
        true
    }
}

impl Simple {
    /// Of a value alone.
    fn of(self, value: &Value) -> Option<Value> {
        let half = || Value::Number(Time::new(1, 2));
        match self {
            Simple::Floor => rounded(value, Time::floor, f64::floor),
            Simple::Ceil => rounded(value, Time::ceil, f64::ceil),
            Simple::Round => rounded(value, |t| (t + Time::new(1, 2)).floor(), |x| (x + 0.5).floor()),
            Simple::Abs => rounded(value, Time::abs, f64::abs),
            Simple::ToBipolar => {
                Op::Mul.apply(value, &Value::int(2)).and_then(|value| Op::Sub.apply(&value, &Value::int(1)))
            }
            Simple::FromBipolar => {
                Op::Add.apply(value, &Value::int(1)).and_then(|value| Op::Mul.apply(&value, &half()))
            }
            Simple::Ratio => match value {
                Value::List(list) => {
                    let mut numbers = list.iter();
                    let first = numbers.next()?.clone();
                    numbers.try_fold(first, |sum, number| Op::Div.apply(&sum, number))
                }
                other => Some(other.clone()),
            },
            Simple::Not => Some(Value::Bool(!value.truth())),
            Simple::ToScale => Some(harmony::scale::numbered(value)),
            Simple::ToFrequency => numeral(value).and_then(|n| n.number()).map(|n| Value::Float(Hz::from_note(n).0)),
            Simple::Fit | Simple::ToCycles => None,
        }
    }

    /// Of a hap at a tempo.
    fn apply(self, hap: &mut Hap, ctx: &Context) -> bool {
        let value = &hap.value;
        let done = match self {
            Simple::Fit => {
                let mut map = as_map(value);
                let number = |name: &str, or: f64| map.get(name).and_then(Value::number).unwrap_or(or);
                let share = number("end", 1.0) - number("begin", 0.0);
                let length = hap.whole_or_part().len().to_f64();
                let speed = if length > 0.0 { ctx.cps / length * share } else { 1.0 };
                map.set("speed".into(), Value::Float(speed));
                map.set("unit".into(), "c".into());
                Some(Value::Map(map))
            }
            Simple::ToCycles => match value {
                Value::Quantity(number, Unit::Beats) => number.checked_div(ctx.beats).map(Value::Number),
                Value::Quantity(number, Unit::Bars) => Some(Value::Number(*number)),
                Value::Quantity(..) => {
                    Some(Value::Number(Time::from_f64(super::events::seconds(value, ctx) * ctx.cps)))
                }
                other => Some(other.clone()),
            },
            simple => simple.of(value),
        };
        match done {
            Some(value) => {
                hap.value = value;
                true
            }
            None => false,
        }
    }
}

fn rounded(value: &Value, exact: impl Fn(Time) -> Time, float: impl Fn(f64) -> f64) -> Option<Value> {
    match numeral(value)? {
        Value::Number(number) => Some(Value::Number(exact(number))),
        other => other.number().map(|number| Value::Float(float(number))),
    }
}

fn as_map(value: &Value) -> Controls {
    match value {
        Value::Map(map) => map.clone(),
        other => Controls::of("value".into(), other.clone()),
    }
}

fn splice(hap: &Hap, count: &Value, cps: f64) -> Value {
    let mut map = as_map(&hap.value);
    let slices = match count {
        Value::List(list) => list.len() as f64,
        other => other.number().unwrap_or(1.0),
    };
    let length = hap.whole_or_part().len().to_f64();
    let before = map.get("speed").and_then(Value::number).unwrap_or(1.0);
    if slices > 0.0 && length > 0.0 {
        map.set("speed".into(), Value::Float(cps / slices / length * before));
    }
    map.set("unit".into(), "c".into());
    Value::Map(map)
}

/// Puts a value into a map under the names of controls, without a map of its own.
pub(super) fn put(target: &mut Value, names: &[Name], dimension: Dimension, value: &Value) -> bool {
    match (&mut *target, value, names.first()) {
        (Value::Map(map), value, Some(name)) if !matches!(value, Value::List(_) | Value::Map(_)) => {
            map.set(name.clone(), convert(value, dimension));
            true
        }
        _ => Op::Set.apply_to(target, &control(names, dimension, value)),
    }
}

/// A value under the names of controls, its units converted to the first one's kind of quantity.
fn control(names: &[Name], dimension: Dimension, value: &Value) -> Value {
    match value {
        Value::Map(_) => {
            // `note(n("0"))`: the control of that name, or the map as it is.
            value.clone()
        }
        // All that it names are struck.
        Value::List(_) if matches!(names, [Name::Fixed("duck")]) => {
            Value::Map(Controls::of(Name::Fixed("duck"), value.clone()))
        }
        Value::List(list) => {
            let mut map = Controls::default();
            for (i, (name, value)) in names.iter().zip(list.iter()).enumerate() {
                map.set(name.clone(), if i == 0 { convert(value, dimension) } else { value.clone() });
            }
            Value::Map(map)
        }
        other => match names.first() {
            Some(name) => Value::Map(Controls::of(name.clone(), convert(other, dimension))),
            None => other.clone(),
        },
    }
}

fn frequency(value: &Value) -> Option<f64> {
    match value {
        Value::Quantity(number, Unit::Kilohertz) => Some(number.to_f64() * 1000.0),
        Value::Quantity(number, _) => Some(number.to_f64()),
        other => other.number(),
    }
}

/// A value in the bare unit of a kind of quantity; what depends on the tempo stays a quantity.
pub fn convert(value: &Value, dimension: Dimension) -> Value {
    let (number, unit) = match value {
        Value::Quantity(number, unit) => (*number, *unit),
        Value::Word(word) if dimension == Dimension::Frequency => {
            return match harmony::note::number(word) {
                Some(note) => Value::Float(Hz::from_note(note as f64).0),
                None => value.clone(),
            };
        }
        _ => return value.clone(),
    };
    let by = |num: i64, den: i64| Value::Number(number * Time::new(num, den));
    match (dimension, unit) {
        (Dimension::Duration, Unit::Milliseconds) => by(1, 1000),
        (Dimension::Duration, Unit::Beats | Unit::Bars) => value.clone(),
        (Dimension::Span, Unit::Milliseconds | Unit::Seconds | Unit::Beats) => value.clone(),
        (Dimension::Frequency, Unit::Kilohertz) => by(1000, 1),
        (Dimension::Factor, Unit::Decibels) => Value::Float(Db(number.to_f64()).to_gain()),
        (Dimension::Midi, Unit::Percent) => by(127, 100),
        (_, Unit::Percent | Unit::Cents) => by(1, 100),
        _ => Value::Number(number),
    }
}

/// Whether a unit fits a kind of quantity.
pub fn fits(dimension: Dimension, unit: Unit) -> bool {
    match dimension {
        Dimension::Number | Dimension::Word => false,
        Dimension::Frequency => matches!(unit, Unit::Hertz | Unit::Kilohertz),
        Dimension::Duration | Dimension::Span => {
            matches!(unit, Unit::Milliseconds | Unit::Seconds | Unit::Beats | Unit::Bars)
        }
        Dimension::Factor => matches!(unit, Unit::Decibels | Unit::Percent),
        Dimension::Level => matches!(unit, Unit::Decibels | Unit::TruePeak | Unit::Lufs),
        Dimension::Interval | Dimension::Pitch => matches!(unit, Unit::Semitones | Unit::Cents),
        Dimension::Share | Dimension::Midi => unit == Unit::Percent,
    }
}
