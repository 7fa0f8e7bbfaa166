//! Makes a sound wider without a change to its middle: all-passes of the middle become more side.
//!
//! M. Schroeder, "An artificial stereophonic effect obtained from a single audio signal" (JAES 6, 1958): what is added on
//! the left is taken from the right, so that both together are what they were.
//!
//! Invariant: left plus right is the sound's own left plus right.

use super::effect::Effect;
use super::math::{finite, flush};
use super::smooth::Smooth;

/// Lengths of the all-passes, seconds.
const LENGTHS: [f32; 4] = [0.0031, 0.0053, 0.0083, 0.0127];
/// Their gain.
const GAIN: f32 = 0.55;

/// A stereo widener.
#[derive(Debug)]
pub struct Widen {
    lines: [(Vec<f32>, usize); 4],
    amount: Smooth,
}

impl Widen {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Widen {
        Widen {
            lines: LENGTHS.map(|seconds| (vec![0.0; ((seconds * rate) as usize).max(1)], 0)),
            amount: Smooth::new(0.0, rate),
        }
    }
}

impl Effect for Widen {
    /// 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        self.amount.turn(p[0].clamp(0.0, 1.0), at_once);
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let mut x = finite((*l + *r) * 0.5);
            for (line, at) in &mut self.lines {
                let old = line[*at];
                let new = flush(x - GAIN * old);
                line[*at] = new;
                *at = if *at + 1 == line.len() { 0 } else { *at + 1 };
                x = old + GAIN * new;
            }
            let side = x * self.amount.step();
            *l += side;
            *r -= side;
        }
    }

    fn reset(&mut self) {
        for (line, _) in &mut self.lines {
            line.fill(0.0);
        }
    }

    fn patience(&self) -> f32 {
        LENGTHS[3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::noise;

    #[test]
    fn a_mono_sound_becomes_wide_and_its_sum_stays() {
        let mut widen = Widen::new(48_000.0);
        widen.set(&[0.8], true);
        let signal = noise(1, 48_000);
        let (mut l, mut r) = (signal.clone(), signal.clone());
        widen.process(&mut l, &mut r);
        for ((l, r), x) in l.iter().zip(&r).zip(&signal) {
            assert!((l + r - 2.0 * x).abs() < 1e-5);
        }
        let power = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let both: f64 = l.iter().zip(&r).map(|(l, r)| f64::from(l * r)).sum();
        let correlation = both / (power(&l) * power(&r)).sqrt();
        assert!(correlation < 0.4, "{correlation}");
    }
}
