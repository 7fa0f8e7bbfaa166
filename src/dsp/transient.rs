//! Shapes attack and sustain without a threshold: what rises faster than it usually does is an attack.
//!
//! Two envelopes of the same level, one fast and one slow: their distance in dB is how much of an attack there is; the
//! other way round, how much of a decay (the differential envelopes of SPL's Transient Designer, 1998).
//!
//! Invariant: the gain stays within what was asked for.

use super::comp::pole;
use super::effect::Effect;
use super::math::{exp2, log2};
use super::smooth::Smooth;

/// dB of a power of two.
const DB: f32 = 6.020_6;
/// dB as a power of two.
const OCTAVES: f32 = std::f32::consts::LOG2_10 / 20.0;
/// A distance that counts as a whole attack or a whole decay, dB.
const WHOLE: f32 = 12.0;
/// What is softer than this is silence, dBFS.
const FLOOR: f32 = -70.0;

/// A stereo-linked transient shaper.
#[derive(Debug)]
pub struct Transient {
    attack: Smooth,
    sustain: Smooth,
    /// dB above the floor: the level, fast, slow to rise, slow to fall.
    level: f32,
    fast: f32,
    lazy: f32,
    long: f32,
    gain: f32,
    poles: [f32; 5],
}

impl Transient {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Transient {
        Transient {
            attack: Smooth::new(0.0, rate),
            sustain: Smooth::new(0.0, rate),
            level: 0.0,
            fast: 0.0,
            lazy: 0.0,
            long: 0.0,
            gain: 0.0,
            poles: [0.02, 0.001, 0.025, 0.4, 0.0007].map(|seconds| pole(seconds, rate)),
        }
    }
}

impl Effect for Transient {
    /// dB, dB.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [attack, sustain, ..] = *p {
            self.attack.turn(attack, at_once);
            self.sustain.turn(sustain, at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let [fall, quick, lazy, long, soft] = self.poles;
        for (l, r) in left.iter_mut().zip(right) {
            let now = (DB * log2(l.abs().max(r.abs())) - FLOOR).max(0.0);
            // The level follows peaks and falls evenly.
            self.level = now.max(now + (self.level - now) * fall);
            self.fast = self.level + (self.fast - self.level) * quick;
            let rises = if self.level > self.lazy { lazy } else { quick };
            self.lazy = self.level + (self.lazy - self.level) * rises;
            let falls = if self.level < self.long { long } else { quick };
            self.long = self.level + (self.long - self.level) * falls;
            let attacks = ((self.fast - self.lazy) / WHOLE).clamp(0.0, 1.0);
            // What rises does not decay, whatever came before it.
            let decays = ((self.long - self.fast) / WHOLE).clamp(0.0, 1.0) * (1.0 - attacks);
            let wanted = self.attack.step() * attacks + self.sustain.step() * decays;
            self.gain = wanted + (self.gain - wanted) * soft;
            if self.gain.abs() < 1e-5 {
                self.gain = 0.0;
            }
            let gain = exp2(OCTAVES * self.gain);
            *l *= gain;
            *r *= gain;
        }
    }

    fn reset(&mut self) {
        (self.level, self.fast, self.lazy, self.long, self.gain) = (0.0, 0.0, 0.0, 0.0, 0.0);
    }

    fn settle(&mut self) {
        for value in [&mut self.level, &mut self.fast, &mut self.lazy, &mut self.long] {
            *value = super::math::flush(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms};

    fn hit(frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|i| {
                let t = (i % 24_000) as f32;
                0.4 * libm::expf(-t / 4800.0) * crate::dsp::math::sine((i as u32).wrapping_mul(17_895_697))
            })
            .collect()
    }

    fn run(attack: f32, sustain: f32) -> Vec<f32> {
        let mut transient = Transient::new(48_000.0);
        transient.set(&[attack, sustain], true);
        let (mut l, mut r) = (hit(96_000), hit(96_000));
        transient.process(&mut l, &mut r);
        l
    }

    #[test]
    fn attack_and_sustain_move_apart() {
        let plain = hit(96_000);
        let rise = |out: &[f32], from: usize, count: usize| {
            db(rms(&out[48_000 + from..][..count]) / rms(&plain[48_000 + from..][..count]))
        };
        let harder = run(9.0, 0.0);
        assert!(rise(&harder, 0, 960) > 3.0 && rise(&harder, 12_000, 4800).abs() < 1.0);
        let longer = run(0.0, 9.0);
        let (early, late) = (rise(&longer, 0, 960), rise(&longer, 12_000, 4800));
        assert!(early.abs() < 2.5 && late > 3.0, "{early} {late}");
        let shorter = run(0.0, -12.0);
        assert!(rise(&shorter, 12_000, 4800) < -4.0);
        assert_eq!(run(0.0, 0.0), plain);
    }
}
