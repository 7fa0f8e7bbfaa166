//! Operators on values: exact where both sides are, note names as numbers, control maps control by control.
//!
//! Invariant: the result depends on the values only; what cannot be computed is `None`, never a panic.

use super::harmony;
use super::value::{Controls, Value};
use crate::base::time::Time;
use crate::base::units::Unit;

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    /// The right side's, over the left's.
    Set,
    /// The left side's, over the right's.
    Keep,
    /// The left where the right is true.
    KeepIf,
    Lt,
    Gt,
    Lte,
    Gte,
    Eq,
    Ne,
    And,
    Or,
    Min,
    Max,
    /// Bit by bit, as whole numbers.
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    /// `a:b`: a list one longer.
    Tail,
    /// Degrees of a scale: the right side names it.
    Scale,
    /// Moved by steps of the scale that the left remembers.
    ScaleTranspose,
    /// Moved by an interval or semitones.
    Transpose,
    /// A roman numeral as the chord that it is in the key on the right.
    Numeral,
    /// Slice number (right) of the left's sample, in the count that a list or number says.
    Slice,
    /// The right side as a control of the left, without its own kind.
    Union,
}

impl Op {
    /// The operator that a method name means.
    pub fn parse(name: &str) -> Option<Op> {
        Some(match name {
            "add" => Op::Add,
            "sub" => Op::Sub,
            "mul" => Op::Mul,
            "div" => Op::Div,
            "mod" => Op::Mod,
            "pow" => Op::Pow,
            "set" => Op::Set,
            "keep" => Op::Keep,
            "keepif" => Op::KeepIf,
            "lt" => Op::Lt,
            "gt" => Op::Gt,
            "lte" => Op::Lte,
            "gte" => Op::Gte,
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "and" => Op::And,
            "or" => Op::Or,
            "min" => Op::Min,
            "max" => Op::Max,
            "band" => Op::BitAnd,
            "bor" => Op::BitOr,
            "bxor" => Op::BitXor,
            "blshift" => Op::ShiftLeft,
            "brshift" => Op::ShiftRight,
            _ => return None,
        })
    }

    /// `a op b`; `None` removes the hap.
    pub fn apply(self, a: &Value, b: &Value) -> Option<Value> {
        match self {
            Op::KeepIf => b.truth().then(|| a.clone()),
            Op::Tail => Some(tail(a, b)),
            Op::Scale => harmony::scale::apply(a, b),
            Op::ScaleTranspose => harmony::scale::transpose(a, b),
            Op::Transpose => Some(harmony::interval::transpose(a, b)),
            Op::Numeral => Some(harmony::numeral::value(a, b)),
            Op::Slice => super::events::slice(a, b),
            _ => match (a, b) {
                (Value::Map(a), Value::Map(b)) => Some(Value::Map(self.union(a, b))),
                (Value::Map(a), b) => Some(Value::Map(Op::mixed(a, b, false))),
                (a, Value::Map(b)) => Some(Value::Map(Op::mixed(b, a, true))),
                _ => self.scalar(a, b),
            },
        }
    }

    /// Like [`Op::apply`], changing the left in place where that is cheaper; false removes the hap.
    pub(super) fn apply_to(self, a: &mut Value, b: &Value) -> bool {
        if let (Op::Set | Op::Union, Value::Map(map), Value::Map(more)) = (self, &mut *a, b) {
            for (name, value) in more.iter() {
                map.set(name.clone(), value.clone());
            }
            return true;
        }
        if self == Op::Scale
            && let Value::Map(map) = a
        {
            return harmony::scale::apply_to(map, b);
        }
        match self.apply(a, b) {
            Some(value) => {
                *a = value;
                true
            }
            None => false,
        }
    }

    fn union(self, a: &Controls, b: &Controls) -> Controls {
        let mut out = a.clone();
        for (name, right) in b.iter() {
            let value = match a.get(name.as_str()) {
                Some(left) => self.scalar(left, right).unwrap_or_else(|| left.clone()),
                None => right.clone(),
            };
            out.set(name.clone(), value);
        }
        out
    }

    /// A map and a bare value, which counts as the control `value`.
    fn mixed(map: &Controls, bare: &Value, bare_left: bool) -> Controls {
        if !bare_left {
            // `note("c").add(7)`: a bare number says nothing about which control; the checker has said so.
            return map.clone();
        }
        let mut out = map.clone();
        out.set("value".into(), bare.clone());
        out
    }

    fn scalar(self, a: &Value, b: &Value) -> Option<Value> {
        match self {
            Op::Set | Op::Union => Some(b.clone()),
            Op::Keep => Some(a.clone()),
            Op::Eq => Some(Value::Bool(same(a, b))),
            Op::Ne => Some(Value::Bool(!same(a, b))),
            Op::And => Some(if a.truth() { b.clone() } else { a.clone() }),
            Op::Or => Some(if a.truth() { a.clone() } else { b.clone() }),
            _ => self.numeric(a, b),
        }
    }

    fn numeric(self, a: &Value, b: &Value) -> Option<Value> {
        if matches!(a, Value::Live(_)) || matches!(b, Value::Live(_)) {
            return self.numeric(a.now(), b.now());
        }
        if let (Value::Number(_) | Value::Float(_), Value::Number(_) | Value::Float(_)) = (a, b) {
            return self.number(a, b);
        }
        if let (Value::List(list), b) = (a, b) {
            // `bd:3` plus a number moves its first value, as the list stands for it.
            let mut items = list.to_vec();
            let first = self.numeric(items.first()?, b)?;
            items[0] = first;
            return Some(Value::List(items.into()));
        }
        if let (Value::Word(x), Value::Word(y), Op::Add) = (a, b, self)
            && (numeral(a).is_none() || numeral(b).is_none())
        {
            return Some(Value::word(&format!("{x}{y}")));
        }
        let (x, unit_x) = split(a)?;
        let (y, unit_y) = split(b)?;
        let unit = unit_x.or(unit_y);
        let result = self.number(&x, &y)?;
        Some(match (unit, &result) {
            (_, Value::Bool(_)) | (None, _) => result,
            (Some(unit), _) => Value::Quantity(result.time().unwrap_or(Time::ZERO), unit),
        })
    }

    fn number(self, a: &Value, b: &Value) -> Option<Value> {
        if let (Value::Number(x), Value::Number(y)) = (a, b)
            && let Some(exact) = self.exact(*x, *y)
        {
            return Some(exact);
        }
        let (x, y) = (a.number()?, b.number()?);
        Some(match self {
            Op::Add => Value::Float(x + y),
            Op::Sub => Value::Float(x - y),
            Op::Mul => Value::Float(x * y),
            Op::Div if y == 0.0 => Value::Float(0.0),
            Op::Div => Value::Float(x / y),
            Op::Mod if y == 0.0 => Value::Float(0.0),
            Op::Mod => Value::Float(x - y * (x / y).floor()),
            Op::Pow => {
                let power = libm::pow(x, y);
                Value::Float(if power.is_finite() { power } else { 0.0 })
            }
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::ShiftLeft | Op::ShiftRight => self.bits(x, y),
            Op::Lt => Value::Bool(x < y),
            Op::Gt => Value::Bool(x > y),
            Op::Lte => Value::Bool(x <= y),
            Op::Gte => Value::Bool(x >= y),
            Op::Min => Value::Float(x.min(y)),
            Op::Max => Value::Float(x.max(y)),
            _ => return None,
        })
    }

    /// Of whole numbers of 32 bits, as everywhere on the web.
    fn bits(self, x: f64, y: f64) -> Value {
        let whole = |x: f64| x.clamp(i64::MIN as f64, i64::MAX as f64) as i64 as i32;
        let (x, y) = (whole(x), whole(y));
        Value::int(i64::from(match self {
            Op::BitAnd => x & y,
            Op::BitOr => x | y,
            Op::BitXor => x ^ y,
            Op::ShiftLeft => x.wrapping_shl(y as u32),
            _ => x.wrapping_shr(y as u32),
        }))
    }

    fn exact(self, x: Time, y: Time) -> Option<Value> {
        // Of numbers this small nothing can overflow, nor be rounded.
        const SMALL: u64 = 1 << 26;
        if (x.num().unsigned_abs() | x.den() as u64 | y.num().unsigned_abs() | y.den() as u64) < SMALL {
            match self {
                Op::Add => return Some(Value::Number(x + y)),
                Op::Sub => return Some(Value::Number(x - y)),
                Op::Mul => return Some(Value::Number(x * y)),
                Op::Div => return Some(Value::Number(x / y)),
                _ => {}
            }
        }
        let (a, b, c, d) = (x.num() as i128, x.den() as i128, y.num() as i128, y.den() as i128);
        let small = |num: i128, den: i128| -> Option<Value> {
            // Beyond this a float is as good and never rounds to the grid of time.
            const EDGE: i128 = 1 << 53;
            (num.abs() < EDGE && den.abs() < EDGE).then(|| Value::Number(Time::new(num as i64, den as i64)))
        };
        match self {
            Op::Add => small(a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b.checked_mul(d)?),
            Op::Sub => small(a.checked_mul(d)?.checked_sub(c.checked_mul(b)?)?, b.checked_mul(d)?),
            Op::Mul => small(a.checked_mul(c)?, b.checked_mul(d)?),
            Op::Div if c == 0 => Some(Value::int(0)),
            Op::Div => small(a.checked_mul(d)?, b.checked_mul(c)?),
            Op::Mod => Some(Value::Number(x % y)),
            Op::Lt => Some(Value::Bool(x < y)),
            Op::Gt => Some(Value::Bool(x > y)),
            Op::Lte => Some(Value::Bool(x <= y)),
            Op::Gte => Some(Value::Bool(x >= y)),
            Op::Min => Some(Value::Number(x.min(y))),
            Op::Max => Some(Value::Number(x.max(y))),
            _ => None,
        }
    }
}

/// A value as a bare number and its unit; note names are MIDI numbers.
fn split(value: &Value) -> Option<(Value, Option<Unit>)> {
    match value {
        Value::Quantity(number, unit) => Some((Value::Number(*number), Some(*unit))),
        other => Some((numeral(other)?, None)),
    }
}

/// A number, or a word that is a number or a note name.
pub fn numeral(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) | Value::Float(_) => Some(value.clone()),
        Value::Bool(flag) => Some(Value::int(i64::from(*flag))),
        Value::Word(word) => value.number().map(Value::Float).or_else(|| harmony::note::number(word).map(Value::int)),
        Value::List(list) => numeral(list.first()?),
        Value::Live(live) => numeral(&live.now),
        Value::Quantity(..) | Value::Map(_) => None,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

fn tail(a: &Value, b: &Value) -> Value {
    let mut items = match a {
        Value::List(list) => list.to_vec(),
        other => vec![other.clone()],
    };
    items.push(b.clone());
    Value::List(items.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_plus_a_sixth_is_exactly_a_half() {
        let sum = Op::Add.apply(&Value::Number(Time::new(1, 3)), &Value::Number(Time::new(1, 6)));
        assert_eq!(sum, Some(Value::Number(Time::new(1, 2))));
    }

    #[test]
    fn a_note_name_plus_seven_is_a_number() {
        assert_eq!(Op::Add.apply(&"c4".into(), &Value::int(7)), Some(Value::int(67)));
    }

    #[test]
    fn controls_that_both_have_are_added_and_others_kept() {
        let a: Controls = [("note".into(), Value::int(60)), ("s".into(), "bd".into())].into_iter().collect();
        let b = Controls::of("note".into(), Value::int(7));
        let sum = Op::Add.apply(&Value::Map(a), &Value::Map(b)).unwrap();
        assert_eq!(sum.controls().unwrap().get("note"), Some(&Value::int(67)));
        assert_eq!(sum.controls().unwrap().get("s"), Some(&Value::word("bd")));
    }

    #[test]
    fn nothing_overflows() {
        let big = Value::Number(Time::new(i64::MAX, 1));
        for op in [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Mod, Op::Pow] {
            assert!(op.apply(&big, &big).is_some());
            assert!(op.apply(&big, &Value::int(0)).is_some());
        }
    }
}
