//! Kinds of quantity and of argument, in words.
//!
//! Invariant: each dimension and each kind of argument has words here, by an exhaustive `match`.

use crate::base::control::Dimension;
use crate::base::units::Unit;
use crate::model::functions::Kind;

/// Every dimension, in the order of the manual.
pub const DIMENSIONS: [Dimension; 11] = [
    Dimension::Number,
    Dimension::Frequency,
    Dimension::Duration,
    Dimension::Span,
    Dimension::Factor,
    Dimension::Level,
    Dimension::Interval,
    Dimension::Share,
    Dimension::Pitch,
    Dimension::Midi,
    Dimension::Word,
];

/// What it is called.
pub const fn name(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Number => "number",
        Dimension::Frequency => "frequency",
        Dimension::Duration => "duration",
        Dimension::Span => "span",
        Dimension::Factor => "factor",
        Dimension::Level => "level",
        Dimension::Interval => "interval",
        Dimension::Share => "share",
        Dimension::Pitch => "pitch",
        Dimension::Midi => "MIDI value",
        Dimension::Word => "word",
    }
}

/// What a bare number is.
pub const fn bare(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Number => "as it is",
        Dimension::Frequency => "Hz",
        Dimension::Duration => "seconds",
        Dimension::Span => "bars",
        Dimension::Factor => "linear",
        Dimension::Level => "dB",
        Dimension::Interval => "semitones",
        Dimension::Share => "0 to 1",
        Dimension::Pitch => "a MIDI number, 60 is c4",
        Dimension::Midi => "0 to 127",
        Dimension::Word => "none",
    }
}

/// The units that it takes.
pub(super) const fn units_of(dimension: Dimension) -> &'static [Unit] {
    match dimension {
        Dimension::Frequency => &[Unit::Hertz, Unit::Kilohertz],
        Dimension::Duration | Dimension::Span => &[Unit::Milliseconds, Unit::Seconds, Unit::Beats, Unit::Bars],
        Dimension::Factor => &[Unit::Decibels, Unit::Percent],
        Dimension::Level => &[Unit::Decibels, Unit::TruePeak, Unit::Lufs],
        Dimension::Interval => &[Unit::Semitones, Unit::Cents],
        Dimension::Share | Dimension::Midi => &[Unit::Percent],
        Dimension::Number | Dimension::Pitch | Dimension::Word => &[],
    }
}

/// The units as code, for the manual.
pub fn unit_list(dimension: Dimension) -> String {
    let units: Vec<String> = units_of(dimension).iter().map(|unit| format!("`{}`", unit.name())).collect();
    match dimension {
        Dimension::Frequency => format!("{}, a note `'a4'`", units.join(" ")),
        Dimension::Pitch => "a note name: `c4 eb3 f#`".to_owned(),
        _ => units.join(" "),
    }
}

/// A kind of quantity with its units: `frequency in Hz (takes Hz kHz)`.
pub fn takes(dimension: Dimension) -> String {
    let units: Vec<&str> = units_of(dimension).iter().map(|unit| unit.name()).collect();
    let units = units.join(" ");
    match dimension {
        Dimension::Number => "a number".to_owned(),
        Dimension::Word => "a word".to_owned(),
        Dimension::Pitch => "a note: c4, eb3, or its MIDI number".to_owned(),
        Dimension::Factor => format!("a factor, or {units}"),
        Dimension::Share => "0 to 1, or %".to_owned(),
        Dimension::Midi => "0 to 127, or %".to_owned(),
        Dimension::Interval => format!("semitones, or {units}, or a name like 3m"),
        Dimension::Frequency => "Hz, or kHz, or a note 'a4'".to_owned(),
        Dimension::Duration => format!("seconds, or {units}"),
        Dimension::Span => format!("bars (cycles), or {units}"),
        Dimension::Level => format!("dB, or {units}"),
    }
}

/// What an argument of a function may be.
pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Number(dimension) => takes(dimension),
        Kind::Time => takes(Dimension::Span),
        Kind::Flags => "a pattern of truths: \"1 0\", \"x ~ x\"".to_owned(),
        Kind::Values => "a pattern".to_owned(),
        Kind::Plain => "a plain number, no pattern".to_owned(),
        Kind::Text => "plain text: 'sd'".to_owned(),
        Kind::Function => "a function: rev, fast(2), x => x.rev".to_owned(),
        Kind::Choices => "a list [a, b] or a map {a: b}".to_owned(),
        Kind::Patterns => "patterns, as many as you like".to_owned(),
        Kind::Functions => "functions, as many as you like".to_owned(),
    }
}

/// A number as a person would write it: no noise of the binary fraction, and four digits after the point.
pub fn number(value: f32) -> String {
    let rounded = (f64::from(value) * 1e4).round() / 1e4;
    if rounded == 0.0 || value.abs() > 1e6 { value.to_string() } else { rounded.to_string() }
}
