//! A voice's mouth: three resonances that make a vowel.
//!
//! The vowels are those of [`super::formant`], a e i o u; between two of them formants move evenly in pitch.
//!
//! Invariant: a change of the vowel glides.

use super::BLOCK;
use super::effect::Effect;
use super::formant::{VOWELS, WIDTHS};
use super::math::{equal_power, exp2, log2};
use super::section::Section;
use super::smooth::Smooth;

/// What makes up for what lies between the formants, dB.
const LOUDER: f32 = 6.0;

/// A stereo vowel filter.
#[derive(Debug)]
pub struct Vowel {
    rate: f32,
    formants: [Section; 3],
    dry: Smooth,
    wet: Smooth,
}

impl Vowel {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Vowel {
        Vowel {
            rate,
            formants: std::array::from_fn(|_| Section::high_cut(1000.0, rate)),
            dry: Smooth::new(0.0, rate),
            wet: Smooth::new(1.0, rate),
        }
    }
}

impl Effect for Vowel {
    /// 0 to 4, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        let [vowel, mix, ..] = *p else { return };
        let vowel = vowel.clamp(0.0, 4.0);
        let (from, far) = (vowel as usize, vowel - vowel.floor());
        let (one, other) = (&VOWELS[from], &VOWELS[(from + 1).min(4)]);
        for (i, formant) in self.formants.iter_mut().enumerate() {
            let ((low, from), (high, to)) = (one[i], other[i]);
            let hz = exp2(log2(low) + far * (log2(high) - log2(low)));
            let db = from + far * (to - from);
            let q = hz / WIDTHS[i];
            formant.turn_band(hz, q, super::math::gain(db + LOUDER), self.rate, at_once);
        }
        let (dry, wet) = equal_power(mix);
        self.dry.turn(dry, at_once);
        self.wet.turn(wet, at_once);
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let (mut sum_left, mut sum_right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        for formant in &mut self.formants {
            let (mut l, mut r) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
            l[..frames].copy_from_slice(&left[..frames]);
            r[..frames].copy_from_slice(&right[..frames]);
            formant.run(&mut l[..frames], &mut r[..frames]);
            for i in 0..frames {
                sum_left[i] += l[i];
                sum_right[i] += r[i];
            }
        }
        for i in 0..frames {
            let (dry, wet) = (self.dry.step(), self.wet.step());
            left[i] = left[i] * dry + sum_left[i] * wet;
            right[i] = right[i] * dry + sum_right[i] * wet;
        }
    }

    fn reset(&mut self) {
        for formant in &mut self.formants {
            formant.reset();
        }
    }

    fn settle(&mut self) {
        for formant in &mut self.formants {
            formant.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::spectrum;

    #[test]
    fn its_first_two_resonances_are_those_of_the_table() {
        for (vowel, formants) in VOWELS.iter().take(5).enumerate() {
            let mut filter = Vowel::new(48_000.0);
            filter.set(&[vowel as f32, 1.0], true);
            let mut l = vec![0.0; 1 << 15];
            l[1 << 14] = 1.0;
            let mut r = l.clone();
            for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
                filter.settle();
                filter.process(l, r);
            }
            let bins = spectrum(&l);
            let bin = |hz: f32| (hz * 32_768.0 / 48_000.0) as usize;
            for (hz, _) in &formants[..2] {
                let near = (bin(hz * 0.85)..bin(hz * 1.15)).max_by(|a, b| bins[*a].total_cmp(&bins[*b])).unwrap();
                let found = near as f32 * 48_000.0 / 32_768.0;
                assert!((found / hz - 1.0).abs() < 0.06, "vowel {vowel}: {found}, not {hz}");
            }
        }
    }
}
