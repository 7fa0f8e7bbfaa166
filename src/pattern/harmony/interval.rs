//! Intervals: semitones, or names like `3m` and `5P`.
//!
//! Invariant: an interval is a number of semitones; what has none leaves the note as it is.

use crate::base::units::Unit;
use crate::pattern::arithmetic::{Op, numeral};
use crate::pattern::value::Value;

/// The semitones of a name: `3m`, `-2M`, `5P`, `4A`, also `m3`, `P5`.
pub fn semitones(word: &str) -> Option<i64> {
    let (sign, word) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word),
    };
    let (digits, quality) = if word.starts_with(|c: char| c.is_ascii_digit()) {
        word.split_at(word.find(|c: char| !c.is_ascii_digit())?)
    } else {
        let at = word.find(|c: char| c.is_ascii_digit() || c == '-')?;
        (&word[at..], &word[..at])
    };
    let number: i64 = digits.parse().ok().filter(|number: &i64| (1..=99).contains(number))?;
    let step = (number - 1) % 7;
    let major = [0, 2, 4, 5, 7, 9, 11][step as usize] + (number - 1) / 7 * 12;
    let perfect = matches!(step, 0 | 3 | 4);
    let by = match (quality, perfect) {
        ("P", true) | ("M", false) => 0,
        ("m", false) => -1,
        ("d", true) => -1,
        ("d", false) => -2,
        ("A", _) => 1,
        ("dd", true) => -2,
        ("dd", false) => -3,
        ("AA", _) => 2,
        _ => return None,
    };
    Some(sign * (major + by))
}

/// An interval as a number value of semitones.
fn amount(value: &Value) -> Option<Value> {
    match value {
        Value::Quantity(number, Unit::Cents) => Some(Value::Float(number.to_f64() / 100.0)),
        Value::Quantity(number, _) => Some(Value::Number(*number)),
        Value::Word(word) => value.number().map(Value::Float).or_else(|| semitones(word).map(Value::int)),
        other => numeral(other),
    }
}

/// A note, or the note of a control map, moved.
pub(in crate::pattern) fn transpose(value: &Value, by: &Value) -> Value {
    let Some(by) = amount(by) else {
        return value.clone();
    };
    match value {
        Value::Map(map) => {
            let mut map = map.clone();
            if let Some(note) = map.get("note").and_then(|note| Op::Add.apply(note, &by)) {
                map.set("note".into(), note);
            }
            Value::Map(map)
        }
        other => numeral(other).and_then(|note| Op::Add.apply(&note, &by)).unwrap_or_else(|| other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_third_has_three_semitones() {
        for (name, count) in [("3m", 3), ("5P", 7), ("-2M", -2), ("8P", 12), ("4A", 6), ("P4", 5), ("1P", 0)] {
            assert_eq!(semitones(name), Some(count), "{name}");
        }
        assert_eq!(semitones("5m"), None);
    }
}
