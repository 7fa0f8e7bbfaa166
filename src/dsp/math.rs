//! Sines, powers and tangents that give the same bits on every machine, and what keeps numbers tame.
//!
//! Invariant: only additions, multiplications, divisions and comparisons in a fixed order; no platform functions.

/// What is smaller than this in a recursive state becomes 0, so that no denormal ever slows a filter.
const TINY: f32 = 1e-20;

/// The value, or 0 where it is too small to matter.
#[inline]
pub fn flush(x: f32) -> f32 {
    if x.abs() < TINY { 0.0 } else { x }
}

/// The value, or 0 where it is not a number or infinite.
#[inline]
pub fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}

/// sin(2π·phase) where all 32 bits are one turn. Error under 3e-7.
///
/// Folded to a quarter turn, then the odd Taylor polynomial of degree 11 of sin(πx), |x| ≤ 1/2.
#[inline]
pub fn sine(phase: u32) -> f32 {
    // In half turns, -1 to 1; the fold keeps the sine: sin(π(1 − x)) = sin(πx).
    let signed = phase as i32;
    let folded = if signed.unsigned_abs() > 1 << 30 { i32::MIN.wrapping_sub(signed) } else { signed };
    let x = folded as f32 * (1.0 / 2_147_483_648.0);
    let y = x * x;
    let p = -0.007_370_431;
    let p = p * y + 0.082_145_89;
    let p = p * y - 0.599_264_5;
    let p = p * y + 2.550_164;
    let p = p * y - 5.167_712_8;
    x * (p * y + std::f32::consts::PI)
}

/// 2^x for −120 < x < 120; relative error under 1e-6.
#[inline]
pub fn exp2(x: f32) -> f32 {
    let x = x.clamp(-120.0, 120.0);
    let whole = (x + 0.5).floor();
    let f = (x - whole) * std::f32::consts::LN_2;
    let p = 1.0 / 5040.0;
    let p = p * f + 1.0 / 720.0;
    let p = p * f + 1.0 / 120.0;
    let p = p * f + 1.0 / 24.0;
    let p = p * f + 1.0 / 6.0;
    let p = p * f + 0.5;
    let p = p * f + 1.0;
    let p = p * f + 1.0;
    p * f32::from_bits((((whole as i32) + 127) << 23) as u32)
}

/// The logarithm to base 2, of at least 1e-30 and at most 1e30; absolute error under 2e-6.
///
/// The mantissa within √½ to √2, then the series of the inverse hyperbolic tangent.
#[inline]
pub fn log2(x: f32) -> f32 {
    let bits = x.clamp(1e-30, 1e30).to_bits();
    // What is added moves the fold of the mantissa to √2.
    let whole = ((bits + (0x3f80_0000 - 0x3f35_04f3)) >> 23) as i32 - 127;
    let m = f32::from_bits(bits.wrapping_sub((whole as u32) << 23));
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    let p = 2.0 / 9.0;
    let p = p * t2 + 2.0 / 7.0;
    let p = p * t2 + 2.0 / 5.0;
    let p = p * t2 + 2.0 / 3.0;
    let p = p * t2 + 2.0;
    whole as f32 + p * t * std::f32::consts::LOG2_E
}

/// tan(πx) for 0 ≤ x < 1/2: the prewarped gain of a filter at `x` times the rate (Padé approximant of order 5/4).
#[inline]
pub fn tan_pi(x: f32) -> f32 {
    // Above a quarter turn through tan(π/2 − y) = 1/tan(y), so that the approximant stays in its best range.
    let far = x > 0.25;
    let t = std::f32::consts::PI * if far { 0.5 - x } else { x };
    let t2 = t * t;
    let above = t * (945.0 + t2 * (t2 - 105.0));
    let below = 945.0 + t2 * (15.0 * t2 - 420.0);
    if far { below / above.max(1e-9) } else { above / below }
}

/// tanh(x), error under 1e-6.
#[inline]
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-15.0, 15.0);
    // Near 0 the difference of exponentials would lose what matters: there the odd Taylor polynomial of degree 7.
    let x2 = x * x;
    let near = x * (1.0 + x2 * (-1.0 / 3.0 + x2 * (2.0 / 15.0 - x2 * (17.0 / 315.0))));
    let e = exp2(x * (2.0 * std::f32::consts::LOG2_E));
    if x2 < 0.01 { near } else { (e - 1.0) / (e + 1.0) }
}

/// Equal power: the factors of two sounds, −3 dB each at 0.5; exact at the ends.
pub fn equal_power(x: f32) -> (f32, f32) {
    let quarter = |x: f32| match x {
        x if x <= 0.0 => 0.0,
        x if x >= 1.0 => 1.0,
        x => libm::sinf(x * std::f32::consts::FRAC_PI_2),
    };
    (quarter(1.0 - x), quarter(x))
}

/// The linear factor of a level in dB.
pub fn gain(db: f32) -> f32 {
    libm::exp10f(db / 20.0)
}

/// The frequency of a MIDI note number, Hz.
#[inline]
pub fn frequency(note: f32) -> f32 {
    440.0 * exp2((note - 69.0) / 12.0)
}

/// The step a frame of a 32-bit phase at `hz`, for `rate` frames a second; a negative frequency runs backwards.
#[inline]
pub fn step(hz: f32, rate: f32) -> u32 {
    // Wrapping by design: the phase is modulo one turn.
    (f64::from(hz) / f64::from(rate) * 4_294_967_296.0) as i64 as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_powers_and_tangents_are_right() {
        for i in 0..4096u32 {
            let phase = i << 20;
            let right = libm::sin(f64::from(i) / 4096.0 * std::f64::consts::TAU);
            assert!((f64::from(sine(phase)) - right).abs() < 3e-7, "sine at {i}: {} {right}", sine(phase));
        }
        for i in -400..400 {
            let x = i as f32 * 0.1;
            assert!((f64::from(exp2(x)) / libm::exp2(f64::from(x)) - 1.0).abs() < 1e-6, "exp2 {x}");
        }
        for i in 1..2000 {
            let x = libm::expf((i as f32 - 1000.0) * 0.03);
            assert!((f64::from(log2(x)) - libm::log2(f64::from(x))).abs() < 4e-6, "log2 {x}");
        }
        for i in -2000..2000 {
            let x = i as f32 * 0.005;
            assert!((f64::from(tanh(x)) - libm::tanh(f64::from(x))).abs() < 1e-6, "tanh {x}");
        }
        for i in 1..499 {
            let x = i as f32 * 0.001;
            let right = libm::tan(f64::from(x) * std::f64::consts::PI);
            assert!((f64::from(tan_pi(x)) / right - 1.0).abs() < 2e-5, "tan {x}");
        }
    }

    #[test]
    fn concert_pitch_is_note_69() {
        assert!((frequency(69.0) - 440.0).abs() < 1e-3);
        assert!((frequency(60.0) - 261.625_57).abs() < 1e-3);
    }
}
