//! What bends or breaks a wave: drive and bit crush.
//!
//! Invariant: output is bounded for bounded input; drive runs at four or eight times the rate, so that little folds.

use super::oversample::Oversampled;
use crate::base::quality::Quality;

/// A soft clipper, as `distort` of the voice chain: (1 + k)x / (1 + k|x|), k = e^d − 1.
#[derive(Clone, Debug)]
pub struct Drive(Oversampled);

impl Drive {
    /// At rest.
    pub fn new(quality: Quality) -> Drive {
        Drive(Oversampled::new(quality))
    }

    /// At rest again.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// Shapes a block in place; `drive` 0 to 10.
    pub fn process(&mut self, drive: f32, block: &mut [f32]) {
        self.bend(libm::expm1f(drive.clamp(0.0, 10.0)), block);
    }

    /// The same by its own amount `k`.
    pub fn bend(&mut self, k: f32, block: &mut [f32]) {
        for x in block {
            *x = self.0.step(*x, |x| (1.0 + k) * x / (1.0 + k * x.abs()));
        }
    }
}

/// Fewer bits: rounds to 2^(bits − 1) steps a side.
pub fn crush(bits: f32, block: &mut [f32]) {
    let steps = libm::exp2f(bits.clamp(1.0, 16.0) - 1.0);
    for x in block {
        *x = (*x * steps + 0.5).floor() / steps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, spectrum};

    #[test]
    fn drive_folds_little_and_at_best_less() {
        let size = 1 << 15;
        let turns = 3405u32; // 4988 Hz
        let fold = |quality: Quality| {
            let mut block: Vec<f32> =
                (0..size).map(|i| 0.5 * crate::dsp::math::sine((i as u32).wrapping_mul(turns << 17))).collect();
            Drive::new(quality).process(3.0, &mut block);
            let bins = spectrum(&block);
            let tone = bins[turns as usize];
            let worst = bins[20..13_600]
                .iter()
                .enumerate()
                .filter(|(i, _)| {
                    let from = (*i as u32 + 20) % turns;
                    from > 12 && from < turns - 12
                })
                .fold(0.0f64, |a, (_, b)| a.max(*b));
            db(worst / tone)
        };
        let (live, best) = (fold(Quality::Live), fold(Quality::Best));
        assert!(live < -50.0 && best < live - 6.0, "{live} {best}");
    }

    #[test]
    fn one_bit_leaves_three_levels() {
        let mut block = [-1.0, -0.4, 0.1, 0.6, 1.0];
        crush(1.0, &mut block);
        assert_eq!(block, [-1.0, 0.0, 0.0, 1.0, 1.0]);
    }
}
