//! The four-pole low-pass of [`super::ladder`] for a strip: both sides, with drive, its values smoothed frame by frame.
//!
//! Invariant: bounded for every cutoff, resonance and input.

use super::effect::Effect;
use super::glide::Glide;
use super::ladder::Ladder;
use super::math::{finite, gain};
use super::svf::prewarp;

/// A stereo ladder.
#[derive(Debug)]
pub struct LadderStrip {
    rate: f32,
    /// Prewarped gain, feedback, drive.
    values: Glide<3>,
    sides: [Ladder; 2],
}

impl LadderStrip {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> LadderStrip {
        LadderStrip { rate, values: Glide::new([0.1, 0.0, 1.0], rate), sides: [Ladder::CLEAR; 2] }
    }
}

impl Effect for LadderStrip {
    /// Hz, 0 to 1, dB.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [cutoff, res, drive, ..] = *p {
            self.values.set([prewarp(cutoff, self.rate), 4.0 * res, gain(drive)], at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let [g, k, drive] = self.values.step();
            for (side, x) in self.sides.iter_mut().zip([l, r]) {
                *x = side.step(finite(*x) * drive, g, k) / drive;
            }
        }
    }

    fn reset(&mut self) {
        self.sides = [Ladder::CLEAR; 2];
    }

    fn settle(&mut self) {
        for side in &mut self.sides {
            side.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, rms, spectrum};

    #[test]
    fn it_falls_by_24_db_an_octave() {
        let level = |hz: f64| {
            let mut ladder = LadderStrip::new(48_000.0);
            ladder.set(&[500.0, 0.0, 0.0], true);
            let mut l: Vec<f32> = (0..24_000)
                .map(|i| (0.01 * libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 48_000.0)) as f32)
                .collect();
            let mut r = l.clone();
            ladder.process(&mut l, &mut r);
            db(rms(&l[12_000..]) * std::f64::consts::SQRT_2 / 0.01)
        };
        assert!(level(50.0).abs() < 0.3 && (level(500.0) + 12.0).abs() < 0.3, "{} {}", level(50.0), level(500.0));
        let slope = level(4000.0) - level(2000.0);
        assert!((slope + 23.0).abs() < 1.5, "{slope}");
    }

    #[test]
    fn at_full_resonance_it_sings_its_cutoff() {
        for hz in [110.0f32, 1000.0, 4000.0] {
            let mut ladder = LadderStrip::new(48_000.0);
            ladder.set(&[hz, 1.1, 0.0], true);
            let mut l = vec![0.0; 1 << 16];
            l[0] = 0.5;
            let mut r = l.clone();
            ladder.process(&mut l, &mut r);
            let bins = spectrum(&l[1 << 15..]);
            let loudest = (1..bins.len()).max_by(|a, b| bins[*a].total_cmp(&bins[*b])).unwrap();
            let found = loudest as f32 * 48_000.0 / 32_768.0;
            assert!((found - hz).abs() < 2.0 + hz * 0.004, "{hz}: {found}");
            assert!(rms(&l[1 << 15..]) > 0.02);
        }
    }

    #[test]
    fn it_is_bounded_and_turning_does_not_click() {
        let mut ladder = LadderStrip::new(48_000.0);
        ladder.set(&[300.0, 1.0, 24.0], true);
        let mut out = Vec::new();
        for (block, x) in noise(1, 64_000).chunks(64).enumerate() {
            let wild = [20.0, 20_000.0, 700.0][block % 3];
            ladder.set(&[wild, (block % 2) as f32, 24.0], false);
            let (mut l, mut r) = (x.to_vec(), x.to_vec());
            ladder.process(&mut l, &mut r);
            out.extend(l);
        }
        assert!(out.iter().all(|x| x.abs() < 4.0));
        let mut ladder = LadderStrip::new(48_000.0);
        ladder.set(&[200.0, 0.2, 0.0], true);
        let mut out = Vec::new();
        for block in 0..900u32 {
            match block {
                300 => ladder.set(&[8000.0, 0.6, 0.0], false),
                600 => ladder.set(&[100.0, 0.0, 0.0], false),
                _ => {}
            }
            let mut l: Vec<f32> =
                (0..64).map(|i| 0.05 * crate::dsp::math::sine((block * 64 + i).wrapping_mul(8_947_849))).collect();
            let mut r = l.clone();
            ladder.process(&mut l, &mut r);
            out.extend(l);
        }
        assert!(db(energy_above(&out, 5000.0, 48_000.0)) < -80.0);
    }
}
