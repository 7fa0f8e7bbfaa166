//! A level, smoothed.
//!
//! Invariant: at 0 dB it passes the sound bit for bit.

use super::effect::Effect;
use super::math::gain;
use super::smooth::Smooth;

/// A gain at its place in a chain.
#[derive(Debug)]
pub struct Trim {
    gain: Smooth,
}

impl Trim {
    /// At 0 dB, for `rate` frames a second.
    pub fn new(rate: f32) -> Trim {
        Trim { gain: Smooth::new(1.0, rate) }
    }
}

impl Effect for Trim {
    /// dB.
    fn set(&mut self, p: &[f32], at_once: bool) {
        self.gain.turn(gain(p[0].clamp(-120.0, 40.0)), at_once);
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.gain.is_still() && self.gain.value() == 1.0 {
            return;
        }
        for (l, r) in left.iter_mut().zip(right) {
            let gain = self.gain.step();
            *l *= gain;
            *r *= gain;
        }
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decibels_double_nearly() {
        let mut trim = Trim::new(48_000.0);
        trim.set(&[6.0], true);
        let (mut l, mut r) = (vec![0.25; 4], vec![-0.25; 4]);
        trim.process(&mut l, &mut r);
        assert!((l[0] - 0.4988).abs() < 1e-3 && (r[3] + 0.4988).abs() < 1e-3, "{l:?} {r:?}");
    }
}
