//! Units that calculate.
//!
//! Invariant: each gives a finite number for finite numbers.

use super::super::control::Dimension::Number;
use super::{Input, Kind, SOUND, Unit, need, unit};

const fn number(name: &'static str) -> Input {
    need(name, Number, f32::MIN, f32::MAX)
}

pub(super) const UNITS: &[Unit] = &[
    unit(
        ("abs", Kind::Abs),
        &[SOUND],
        "The value without its sign.",
        "abs(sine(freq)) * 2 * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("min", Kind::Min),
        &[SOUND, number("y")],
        "The lower of two.",
        "lowpass(saw(freq), min(freq * 8, 6kHz)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("max", Kind::Max),
        &[SOUND, number("y")],
        "The higher of two.",
        "lowpass(saw(freq), max(freq, 300Hz)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("clamp", Kind::Clamp),
        &[SOUND, number("low"), number("high")],
        "The value, held between two.",
        "lowpass(saw(freq), clamp(freq * 6, 200Hz, 5kHz)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("pow", Kind::Pow),
        &[SOUND, number("y")],
        "A power; a negative base counts without its sign.",
        "saw(freq) * pow(env(decay: 400ms), 3)",
    ),
    unit(
        ("exp2", Kind::Exp2),
        &[SOUND],
        "Two to the power of x: octaves to a ratio.",
        "lowpass(saw(freq), 300Hz * exp2(env(decay: 300ms) * 4)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("log2", Kind::Log2),
        &[SOUND],
        "The exponent that makes x of two; of 0 and less it is −100.",
        "saw(freq * (1 + log2(1 + velocity) * 0.1)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("floor", Kind::Floor),
        &[SOUND],
        "The whole number below.",
        "saw(freq * (1 + floor(lfo(2Hz) * 2 + 2))) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("sqrt", Kind::Sqrt),
        &[SOUND],
        "The square root; of less than 0 it is 0.",
        "saw(freq) * sqrt(env(decay: 400ms))",
    ),
];
