//! Sines and levels by polynomial, and what keeps numbers sane.
//!
//! Invariant: only additions, multiplications and rounding in a fixed order, so every machine gives the same bits.

use std::f64::consts::TAU;

/// The terms of the Taylor series of `sin(2πx)`.
const SINE: [f32; 6] = {
    let square = TAU * TAU;
    let (t1, t3) = (TAU, TAU * square / 6.0);
    let t5 = t3 * square / 20.0;
    let t7 = t5 * square / 42.0;
    let t9 = t7 * square / 72.0;
    let t11 = t9 * square / 110.0;
    [t1 as f32, -t3 as f32, t5 as f32, -t7 as f32, t9 as f32, -t11 as f32]
};

/// The sine of a phase in turns from −0.5 to 0.5; within 2e−7.
#[inline]
pub fn sine_turn(turns: f32) -> f32 {
    // Folded to a quarter turn on either side of zero, where the series converges fast.
    let folded = if turns > 0.25 {
        0.5 - turns
    } else if turns < -0.25 {
        -0.5 - turns
    } else {
        turns
    };
    let square = folded * folded;
    let high = SINE[3] + square * (SINE[4] + square * SINE[5]);
    folded * (SINE[0] + square * (SINE[1] + square * (SINE[2] + square * high)))
}

/// The sine of any phase in turns.
#[inline]
pub fn sine(turns: f32) -> f32 {
    sine_turn(turns - (turns + 0.5).floor())
}

/// A phase that wraps by itself, as turns from −0.5 to 0.5.
#[inline]
pub fn turns(phase: u32) -> f32 {
    (phase as i32) as f32 * (1.0 / 4_294_967_296.0)
}

/// Turns as a phase that wraps by itself.
#[inline]
pub fn phase(turns: f64) -> u32 {
    ((turns - turns.floor()) * 4_294_967_296.0) as u64 as u32
}

/// Gains of the left and the right for a pan from 0 to 1; equal power, 0.707 each in the middle.
pub fn equal_power(pan: f32) -> (f32, f32) {
    let quarter = 0.25 * pan.clamp(0.0, 1.0);
    (sine_turn(0.25 - quarter), sine_turn(quarter))
}

/// A factor for a ratio in semitones.
pub fn semitones(interval: f32) -> f32 {
    libm::exp2f(interval * (1.0 / 12.0))
}

/// A factor for decibels.
pub fn decibels(level: f32) -> f32 {
    libm::exp10f(level * 0.05)
}

/// Zero where a number is too small to be heard, before it gets so small that processors slow down.
#[inline]
pub fn flush(value: f32) -> f32 {
    if value.abs() < 1e-18 { 0.0 } else { value }
}

/// A number that may be anything, within bounds; what is not a number is `default`.
pub fn tame(value: f32, default: f32, low: f32, high: f32) -> f32 {
    if value.is_nan() { default } else { value.clamp(low, high) }
}

/// Bends what is above 0.95 so that it never leaves −1 to 1; below it is left as it is. What is not a number is silent.
#[inline]
pub fn safe(value: f32) -> f32 {
    const KNEE: f32 = 0.95;
    let size = value.abs();
    if size <= KNEE {
        value
    } else if size.is_nan() {
        0.0
    } else {
        let over = (size - KNEE) / (1.0 - KNEE);
        let bent = if over > 1e6 { 1.0 } else { over / (1.0 + over) };
        (KNEE + (1.0 - KNEE) * bent).copysign(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_a_sine() {
        for step in -4000..4000 {
            let turns = step as f32 / 1000.0;
            let exact = libm::sin(TAU * f64::from(turns)) as f32;
            assert!((sine(turns) - exact).abs() < 2e-6, "{turns}: {} for {exact}", sine(turns));
        }
        assert!((sine_turn(0.125) - std::f32::consts::FRAC_1_SQRT_2).abs() < 2e-7);
    }

    #[test]
    fn pan_keeps_the_power() {
        for step in 0..=100 {
            let (left, right) = equal_power(step as f32 / 100.0);
            assert!((left * left + right * right - 1.0).abs() < 1e-6);
        }
        assert_eq!(equal_power(0.0).1, 0.0);
    }

    #[test]
    fn the_safe_range_is_never_left() {
        for value in [0.3, 0.96, 1.5, 40.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -3.0] {
            assert!(safe(value).abs() <= 1.0);
        }
        assert_eq!(safe(-0.9), -0.9);
        assert!(safe(1.2) > safe(1.1));
    }
}
