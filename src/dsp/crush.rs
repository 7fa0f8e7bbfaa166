//! Fewer bits and fewer frames, on purpose with all that folds.
//!
//! Invariant: bounded by what comes in and half a step.

use super::effect::Effect;
use super::math::{equal_power, exp2, finite};
use super::smooth::Smooth;

/// A stereo bit crusher.
#[derive(Debug)]
pub struct Crush {
    rate: f32,
    steps: Smooth,
    far: f32,
    step: f32,
    held: [f32; 2],
    dry: Smooth,
    wet: Smooth,
}

impl Crush {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Crush {
        Crush {
            rate,
            steps: Smooth::new(128.0, rate),
            far: 1.0,
            step: 1.0,
            held: [0.0; 2],
            dry: Smooth::new(0.0, rate),
            wet: Smooth::new(1.0, rate),
        }
    }
}

impl Effect for Crush {
    /// Bits, Hz, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [bits, rate, mix, ..] = *p {
            self.steps.turn(exp2(bits.clamp(1.0, 24.0) - 1.0), at_once);
            self.step = (rate / self.rate).min(1.0);
            if at_once {
                self.far = 1.0 - self.step;
            }
            let (dry, wet) = equal_power(mix);
            self.dry.turn(dry, at_once);
            self.wet.turn(wet, at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let steps = self.steps.step();
            self.far += self.step;
            if self.far >= 1.0 {
                self.far -= 1.0;
                for (held, x) in self.held.iter_mut().zip([*l, *r]) {
                    *held = (finite(x) * steps + 0.5).floor() / steps;
                }
            }
            let (dry, wet) = (self.dry.step(), self.wet.step());
            *l = *l * dry + self.held[0] * wet;
            *r = *r * dry + self.held[1] * wet;
        }
    }

    fn reset(&mut self) {
        self.held = [0.0; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bits_leave_four_steps_and_a_low_rate_holds() {
        let mut crush = Crush::new(48_000.0);
        crush.set(&[2.0, 12_000.0, 1.0], true);
        let mut l: Vec<f32> = (0..480).map(|i| libm::sinf(i as f32 * 0.05)).collect();
        let mut r = l.clone();
        crush.process(&mut l, &mut r);
        assert!(l.iter().all(|x| (x * 2.0).fract() == 0.0 && x.abs() <= 1.0));
        assert!(l.chunks(4).all(|four| four.iter().all(|x| *x == four[0])));
    }
}
