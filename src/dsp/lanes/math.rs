//! Sines, powers, logarithms and tangents of eight lanes.
//!
//! Invariant: lane for lane the same bits on every machine; bounded for every input, no number included.

use super::number::{Lanes, Words};
use super::vector::Vector;

/// The numbers, 0 where they are too small to matter: no denormal stays in a recursive state.
#[inline(always)]
pub fn flush(x: Lanes) -> Lanes {
    x.abs().below(Lanes::splat(1e-20)).select(Lanes::ZERO, x)
}

/// sin(2π·phase) where all 32 bits are one turn; as [`crate::dsp::math::sine`]. Error under 3e-7.
#[inline(always)]
pub fn sine(phase: Words) -> Lanes {
    // Beyond a quarter turn to either side: half a turn less it.
    let far = (phase + Words::splat(1 << 30)).highest_bit();
    let folded = far.select_words(Words::splat(1 << 31) - phase, phase);
    let x = folded.to_numbers() * Lanes::splat(1.0 / 2_147_483_648.0);
    let y = x * x;
    let p = Lanes::splat(-0.007_370_431);
    let p = p * y + Lanes::splat(0.082_145_89);
    let p = p * y - Lanes::splat(0.599_264_5);
    let p = p * y + Lanes::splat(2.550_164);
    let p = p * y - Lanes::splat(5.167_712_8);
    x * (p * y + Lanes::splat(std::f32::consts::PI))
}

/// 2^x, x limited to ±120; relative error under 1e-6.
#[inline(always)]
pub fn exp2<V: Vector>(x: V) -> V {
    let x = x.max(V::splat(-120.0)).min(V::splat(120.0));
    let whole = (x + V::splat(0.5)).floor();
    let f = (x - whole) * V::splat(std::f32::consts::LN_2);
    let p = V::splat(1.0 / 5040.0);
    let p = p * f + V::splat(1.0 / 720.0);
    let p = p * f + V::splat(1.0 / 120.0);
    let p = p * f + V::splat(1.0 / 24.0);
    let p = p * f + V::splat(1.0 / 6.0);
    let p = p * f + V::splat(0.5);
    let p = p * f + V::splat(1.0);
    let p = p * f + V::splat(1.0);
    p * whole.power_of_two()
}

/// The logarithm to base 2 of x, at least 1e-30; absolute error under 2e-6.
///
/// The mantissa within √½ to √2, then the series of the inverse hyperbolic tangent.
#[inline(always)]
pub fn log2(x: Lanes) -> Lanes {
    let x = x.clamp(1e-30, 1e30);
    let bits = x.to_bits();
    // What is added moves the fold of the mantissa to √2.
    let whole = (bits + Words::splat(0x3f80_0000 - 0x3f35_04f3)).shift_right(23) - Words::splat(127);
    let m = (bits - whole.shift_left(23)).to_lanes();
    let t = (m - Lanes::ONE) / (m + Lanes::ONE);
    let t2 = t * t;
    let p = Lanes::splat(2.0 / 9.0);
    let p = p * t2 + Lanes::splat(2.0 / 7.0);
    let p = p * t2 + Lanes::splat(2.0 / 5.0);
    let p = p * t2 + Lanes::splat(2.0 / 3.0);
    let p = p * t2 + Lanes::splat(2.0);
    whole.to_numbers() + p * t * Lanes::splat(std::f32::consts::LOG2_E)
}

/// x to the power y for x at or above 0; 0 to any power is next to 0.
#[inline(always)]
pub fn power(x: Lanes, y: Lanes) -> Lanes {
    let small = x.below(Lanes::splat(1e-30));
    small.select(Lanes::ZERO, exp2(log2(x) * y))
}

/// tan(πx) for 0 ≤ x < 1/2; as [`crate::dsp::math::tan_pi`].
#[inline(always)]
pub fn tan_pi<V: Vector>(x: V) -> V {
    let quarter = V::splat(0.25);
    let t = quarter.if_below(x, V::splat(0.5) - x, x) * V::splat(std::f32::consts::PI);
    let t2 = t * t;
    let above = t * (t2 * (t2 - V::splat(105.0)) + V::splat(945.0));
    let below = t2 * (t2 * V::splat(15.0) - V::splat(420.0)) + V::splat(945.0);
    quarter.if_below(x, below, above) / quarter.if_below(x, above.max(V::splat(1e-9)), below)
}

/// tanh x; error under 2e-6.
///
/// Through (1 − e)/(1 + e) with e = exp(−2|x|), and by its series where that would lose digits.
#[inline(always)]
pub fn tanh<V: Vector>(x: V) -> V {
    let one = V::splat(1.0);
    let size = x.abs().min(V::splat(10.0));
    let e = exp2(size * V::splat(-2.0 * std::f32::consts::LOG2_E));
    let far = (one - e) / (one + e);
    let s2 = size * size;
    let p = V::splat(62.0 / 2835.0) * s2 - V::splat(17.0 / 315.0);
    let p = p * s2 + V::splat(2.0 / 15.0);
    let p = p * s2 - V::splat(1.0 / 3.0);
    let near = size + size * s2 * p;
    size.if_below(V::splat(0.15), near, far).with_sign_of(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math;

    #[test]
    fn lanes_are_as_right_as_the_numbers_alone() {
        for i in 0..20_000u32 {
            let x = (i as f32 - 10_000.0) * 0.003;
            let lanes = Lanes::splat(x);
            let near = |is: Lanes, right: f64, most: f64, what: &str| {
                assert!((f64::from(is.0[3]) - right).abs() <= most, "{what} {x}: {} {right}", is.0[3]);
            };
            assert_eq!(exp2(lanes).0[0], math::exp2(x), "exp2 {x}");
            assert_eq!(sine(Words::splat(i << 17)).0[5], math::sine(i << 17));
            near(tanh(lanes), libm::tanh(f64::from(x)), 2e-6, "tanh");
            let above = x.abs() + 1e-3;
            near(log2(Lanes::splat(above)), libm::log2(f64::from(above)), 2e-6, "log2");
            let turn = i as f32 / 41_000.0;
            assert_eq!(tan_pi(Lanes::splat(turn)).0[0], math::tan_pi(turn));
        }
        assert!(tanh(Lanes::splat(f32::NAN)).0[0].abs() <= 1.0);
        assert!(exp2(Lanes::splat(f32::INFINITY)).0[0].is_finite());
        assert_eq!(power(Lanes::ZERO, Lanes::splat(0.5)).0[0], 0.0);
        let root = power(Lanes::splat(2.0), Lanes::splat(0.5)).0[0];
        assert!((root - std::f32::consts::SQRT_2).abs() < 3e-6, "{root}");
    }
}
