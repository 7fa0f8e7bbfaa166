//! A phaser: six all-passes a side whose corner an oscillator moves, added to the sound.
//!
//! All-passes of first order with trapezoidal integration (V. Zavalishin, "The Art of VA Filter Design", 2012, chapter 10):
//! each is bounded whatever its corner does. The corner is computed every 16 frames and ramped between.
//!
//! Invariant: the feedback stays under 1.

use super::TICK;
use super::effect::Effect;
use super::math::{equal_power, exp2, finite, flush, sine, step};
use super::smooth::Smooth;
use super::svf::prewarp;

/// All-passes in series: three notches.
const STAGES: usize = 6;
/// How far the corner moves at most, octaves each way.
const OCTAVES: f32 = 2.0;

/// A stereo phaser.
#[derive(Debug)]
pub struct Phaser {
    rate: f32,
    states: [[f32; STAGES]; 2],
    last: [f32; 2],
    phase: u32,
    step: u32,
    depth: Smooth,
    centre: Smooth,
    feedback: Smooth,
    dry: Smooth,
    wet: Smooth,
    /// Gain of each side's integrators, what it adds a frame, and frames until it is computed anew.
    gains: [f32; 2],
    slopes: [f32; 2],
    left: usize,
}

impl Phaser {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Phaser {
        let still = |value| Smooth::new(value, rate);
        Phaser {
            rate,
            states: [[0.0; STAGES]; 2],
            last: [0.0; 2],
            phase: 0,
            step: 0,
            depth: still(0.0),
            centre: still(0.0),
            feedback: still(0.0),
            dry: still(1.0),
            wet: still(0.0),
            gains: [0.5; 2],
            slopes: [0.0; 2],
            left: 0,
        }
    }

    /// The integrators' gain of a side, now.
    fn gain(&self, side: u32) -> f32 {
        let swing = sine(self.phase.wrapping_add(side << 30));
        let hz = exp2(self.centre.value() + OCTAVES * self.depth.value() * swing);
        let g = prewarp(hz.clamp(20.0, 0.45 * self.rate), self.rate);
        g / (1.0 + g)
    }
}

impl Effect for Phaser {
    /// Hz, 0 to 1, Hz, −1 to 1, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [hz, depth, centre, feedback, mix, ..] = *p {
            self.step = step(hz.clamp(0.0, 50.0), self.rate);
            self.depth.turn(depth, at_once);
            // In octaves, so that it moves as it is heard.
            self.centre.turn(super::math::log2(centre.max(20.0)), at_once);
            self.feedback.turn(feedback.clamp(-0.95, 0.95), at_once);
            let (dry, wet) = equal_power(mix);
            self.dry.turn(dry, at_once);
            self.wet.turn(wet, at_once);
            if at_once {
                self.gains = [self.gain(0), self.gain(1)];
                self.left = 0;
            }
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            self.depth.step();
            self.centre.step();
            self.phase = self.phase.wrapping_add(self.step);
            if self.left == 0 {
                self.left = TICK;
                for side in 0..2 {
                    self.slopes[side] = (self.gain(side as u32) - self.gains[side]) / TICK as f32;
                }
            }
            self.left -= 1;
            let (dry, wet, feedback) = (self.dry.step(), self.wet.step(), self.feedback.step());
            for (side, x) in [l, r].into_iter().enumerate() {
                self.gains[side] += self.slopes[side];
                let gain = self.gains[side];
                let mut y = finite(*x) + feedback * self.last[side];
                for state in &mut self.states[side] {
                    let v = (y - *state) * gain;
                    let low = v + *state;
                    *state = low + v;
                    y = low + low - y;
                }
                self.last[side] = flush(y);
                *x = *x * dry + y * wet;
            }
        }
    }

    fn reset(&mut self) {
        (self.states, self.last) = ([[0.0; STAGES]; 2], [0.0; 2]);
    }

    fn settle(&mut self) {
        for state in self.states.iter_mut().flatten() {
            *state = flush(*state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, spectrum};

    #[test]
    fn it_has_three_notches_around_its_centre() {
        let mut phaser = Phaser::new(48_000.0);
        phaser.set(&[0.0, 0.0, 1000.0, 0.0, 0.5], true);
        let mut l = vec![0.0; 1 << 15];
        l[0] = 1.0;
        let mut r = l.clone();
        phaser.process(&mut l, &mut r);
        let mut l2 = l.clone();
        l2.rotate_right(1 << 14);
        let bins = spectrum(&l2);
        let (mut notches, whole) = (0, bins.iter().fold(0.0f64, |a, b| a.max(*b)));
        for i in 2..bins.len() - 2 {
            if bins[i] < bins[i - 1] && bins[i] <= bins[i + 1] && db(bins[i] / whole) < -20.0 {
                notches += 1;
            }
        }
        assert_eq!(notches, 3);
    }

    #[test]
    fn it_stays_bounded_and_does_not_click() {
        let mut phaser = Phaser::new(48_000.0);
        phaser.set(&[9.0, 1.0, 800.0, 0.9, 1.0], true);
        let (mut l, mut r) = (noise(1, 96_000), noise(2, 96_000));
        phaser.process(&mut l, &mut r);
        assert!(l.iter().all(|x| x.abs() < 30.0));
        let mut phaser = Phaser::new(48_000.0);
        phaser.set(&[0.3, 0.2, 400.0, 0.0, 0.3], true);
        let mut out = Vec::new();
        for block in 0..900u32 {
            match block {
                300 => phaser.set(&[2.0, 0.9, 2000.0, 0.6, 0.7], false),
                600 => phaser.set(&[0.3, 0.1, 300.0, -0.6, 0.2], false),
                _ => {}
            }
            let mut l: Vec<f32> = (0..64).map(|i| 0.3 * sine((block * 64 + i).wrapping_mul(8_947_849))).collect();
            let mut r = l.clone();
            phaser.process(&mut l, &mut r);
            out.extend(l);
        }
        let beside = db(energy_above(&out, 5000.0, 48_000.0));
        assert!(beside < -80.0, "{beside}");
    }
}
