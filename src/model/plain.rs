//! Plain values: numbers with units, texts and lengths, for the slots where no pattern may stand.
//!
//! Invariant: a quantity is converted to its slot's base unit here and nowhere else.

use crate::base::control::Dimension;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::units::{Db, Unit};
use crate::lang::syntax::{Expr, ExprKind, Mini, MiniKind, Operator};

/// A number with the unit that it was written with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// The same, exactly (decimals and fractions are exact).
    pub exact: Time,
    /// Its unit.
    pub unit: Option<Unit>,
}

impl Quantity {
    /// A number without a unit.
    pub fn bare(exact: Time) -> Quantity {
        Quantity { value: exact.to_f64(), exact, unit: None }
    }
}

/// The number that an expression is, where it needs no pattern: literals, signs, brackets and arithmetic.
pub fn quantity(expr: &Expr) -> Option<Quantity> {
    match &expr.kind {
        ExprKind::Number(number) => Some(Quantity { value: number.value, exact: number.exact, unit: number.unit }),
        ExprKind::Ratio(a, b) => Some(Quantity::bare(a.exact.checked_div(b.exact)?)),
        ExprKind::Negative(inner) => {
            let inner = quantity(inner)?;
            Some(Quantity { value: -inner.value, exact: -inner.exact, unit: inner.unit })
        }
        ExprKind::Paren(inner) => quantity(inner),
        ExprKind::Mini(mini) => mini_quantity(mini),
        ExprKind::Binary(operator, a, b) => {
            let (a, b) = (quantity(a)?, quantity(b)?);
            let unit = if a.unit == b.unit { a.unit } else { a.unit.or(b.unit) };
            let (value, exact) = match operator {
                Operator::Add => (a.value + b.value, a.exact + b.exact),
                Operator::Sub => (a.value - b.value, a.exact - b.exact),
                Operator::Mul => (a.value * b.value, a.exact * b.exact),
                Operator::Div => (a.value / b.value, a.exact.checked_div(b.exact)?),
                Operator::Mod => (a.value.rem_euclid(b.value), a.exact % b.exact),
            };
            Some(Quantity { value, exact, unit })
        }
        _ => None,
    }
}

/// A string that holds one number only, `"3"`.
fn mini_quantity(mini: &Mini) -> Option<Quantity> {
    match &mini.kind {
        MiniKind::Number(number) => Some(Quantity { value: number.value, exact: number.exact, unit: number.unit }),
        MiniKind::Sequence(steps) if steps.len() == 1 && steps[0].repeats == 1 && steps[0].weight == Time::ONE => {
            mini_quantity(&steps[0].mini)
        }
        _ => None,
    }
}

/// Whether an expression holds a pattern where a plain value belongs, for the words of the error.
pub fn is_pattern(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Mini(_) | ExprKind::Call(..) | ExprKind::Link(..) | ExprKind::Name(_))
}

/// What a dimension is called and what units it takes, for errors.
const fn words(dimension: Dimension) -> (&'static str, &'static str) {
    match dimension {
        Dimension::Number => ("a number", "none"),
        Dimension::Frequency => ("a frequency", "Hz or kHz"),
        Dimension::Duration => ("a duration", "ms, s, beats or bars"),
        Dimension::Span => ("a length of time", "bars, beats, ms or s"),
        Dimension::Factor => ("a factor", "dB or %"),
        Dimension::Level => ("a level", "dB"),
        Dimension::Interval => ("an interval", "st or ct"),
        Dimension::Share => ("a share from 0 to 1", "%"),
        Dimension::Pitch => ("a pitch", "none"),
        Dimension::Midi => ("a MIDI value", "%"),
        Dimension::Word => ("a word", "none"),
    }
}

/// How long a cycle and a beat last, for units that need the tempo.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pace {
    /// Seconds a cycle.
    pub cycle: f64,
    /// Quarter notes a cycle.
    pub quarters: f64,
}

/// A number in the base unit of its slot (Hz, seconds, cycles, factor, dB, semitones, 0…1); `None` where the unit
/// does not belong there.
pub fn convert(value: f64, unit: Option<Unit>, dimension: Dimension, pace: Pace) -> Option<f64> {
    use Dimension::{Duration, Factor, Frequency, Interval, Level, Midi, Share, Span};
    let Some(unit) = unit else { return Some(value) };
    Some(match (dimension, unit) {
        (Frequency, Unit::Hertz) => value,
        (Frequency, Unit::Kilohertz) => value * 1000.0,
        (Duration, Unit::Seconds) => value,
        (Duration, Unit::Milliseconds) => value / 1000.0,
        (Duration, Unit::Bars) => value * pace.cycle,
        (Duration, Unit::Beats) => value * pace.cycle / pace.quarters,
        (Span, Unit::Bars) => value,
        (Span, Unit::Beats) => value / pace.quarters,
        (Span, Unit::Seconds) => value / pace.cycle,
        (Span, Unit::Milliseconds) => value / 1000.0 / pace.cycle,
        (Factor, Unit::Decibels) => Db(value).to_gain(),
        (Factor | Share, Unit::Percent) => value / 100.0,
        (Level, Unit::Decibels | Unit::TruePeak | Unit::Lufs) => value,
        (Interval, Unit::Semitones) => value,
        (Interval, Unit::Cents) => value / 100.0,
        (Midi, Unit::Percent) => value * 1.27,
        _ => return None,
    })
}

/// The error of a unit that does not belong to its slot.
pub fn wrong_unit(place: Place, unit: Unit, dimension: Dimension, slot: &str) -> Diagnostic {
    let (what, units) = words(dimension);
    Diagnostic::error("wrong-unit", place, format!("`{slot}` is {what}, not {}", unit.name()))
        .label(format!("`{}` does not fit here", unit.name()))
        .help(if units == "none" { "write the number alone".to_owned() } else { format!("it takes {units}") })
}

/// The error of a pattern in a slot that is fixed.
pub fn fixed_slot(place: Place, slot: &str, why: &str) -> Diagnostic {
    Diagnostic::error("fixed-slot", place, format!("`{slot}` is a plain value, not a pattern"))
        .label("a pattern cannot stand here")
        .help(why)
}
