//! What is quiet becomes quieter: a gate with hold, and an expander.
//!
//! The expander is the compressor's mirror (Giannoulis, Massberg, Reiss, JAES 60, 2012, section 1): below the threshold
//! so many dB become one more. The gate opens at its threshold, closes 3 dB below it, and stays open for its hold.
//!
//! Invariant: never louder than the sound; an open gate passes it bit for bit.

use super::BLOCK;
use super::comp::pole;
use super::effect::Effect;
use super::math::{exp2, flush, log2};
use super::smooth::Smooth;

/// dB of a power of two.
const DB: f32 = 6.020_6;
/// dB as a power of two.
const OCTAVES: f32 = std::f32::consts::LOG2_10 / 20.0;
/// How fast the level that is looked at falls, seconds.
const FALL: f32 = 0.01;
/// How far below its threshold a gate closes, dB.
const HYSTERESIS: f32 = 3.0;

/// A gate, or an expander where it has a ratio.
#[derive(Debug)]
pub struct Gate {
    rate: f32,
    expands: bool,
    threshold: Smooth,
    slope: Smooth,
    range: Smooth,
    hold: u32,
    attack: f32,
    release: f32,
    fall: f32,
    level: f32,
    open: u32,
    /// How much is taken off, dB.
    down: f32,
}

impl Gate {
    /// A gate, or an expander; for `rate` frames a second.
    pub fn new(expands: bool, rate: f32) -> Gate {
        let still = |value| Smooth::new(value, rate);
        Gate {
            rate,
            expands,
            threshold: still(-40.0),
            slope: still(1.0),
            range: still(0.0),
            hold: 0,
            attack: 0.0,
            release: 0.0,
            fall: pole(FALL, rate),
            level: 0.0,
            open: 0,
            down: 0.0,
        }
    }

    /// How much should be taken off at this level, dB.
    fn wanted(&mut self, level: f32, threshold: f32, slope: f32, range: f32) -> f32 {
        if self.expands {
            return ((threshold - level).max(0.0) * slope).min(range);
        }
        if level >= threshold || (self.open > 0 && level >= threshold - HYSTERESIS) {
            self.open = self.hold + 1;
        }
        self.open = self.open.saturating_sub(1);
        if self.open > 0 { 0.0 } else { range }
    }
}

impl Effect for Gate {
    /// Gate: dBFS, seconds, seconds, seconds, dB. Expander: ratio, dBFS, seconds, seconds, dB.
    fn set(&mut self, p: &[f32], at_once: bool) {
        let [first, second, third, fourth, range, ..] = *p else { return };
        let (ratio, threshold, attack, release) =
            if self.expands { (first, second, third, fourth) } else { (2.0, first, second, fourth) };
        self.threshold.turn(threshold, at_once);
        self.slope.turn(ratio - 1.0, at_once);
        self.range.turn(range, at_once);
        self.attack = pole(attack, self.rate);
        self.release = pole(release, self.rate);
        self.hold = if self.expands { 0 } else { (third * self.rate) as u32 };
        if at_once {
            self.down = range;
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        for (l, r) in left[..frames].iter_mut().zip(&mut right[..frames]) {
            let peak = l.abs().max(r.abs());
            self.level = peak.max(self.level * self.fall);
            let (threshold, slope, range) = (self.threshold.step(), self.slope.step(), self.range.step());
            let wanted = self.wanted(DB * log2(self.level), threshold, slope, range);
            let pole = if wanted < self.down { self.attack } else { self.release };
            self.down = wanted + (self.down - wanted) * pole;
            if self.down < 1e-5 {
                self.down = 0.0;
            }
            let gain = exp2(-OCTAVES * self.down);
            *l *= gain;
            *r *= gain;
        }
    }

    fn reset(&mut self) {
        (self.level, self.open) = (0.0, 0);
    }

    fn settle(&mut self) {
        self.level = flush(self.level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, rms};

    fn run(expands: bool, p: &[f32], signal: &[f32]) -> Vec<f32> {
        let mut gate = Gate::new(expands, 48_000.0);
        gate.set(p, true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            gate.settle();
            gate.process(l, r);
        }
        l
    }

    fn tone(amplitude: f32, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| amplitude * crate::dsp::math::sine((i as u32).wrapping_mul(44_739_243))).collect()
    }

    #[test]
    fn a_gate_lets_the_loud_pass_and_shuts_the_quiet_out() {
        let mut signal = tone(0.5, 24_000);
        signal.extend(tone(0.003, 48_000));
        let out = run(false, &[-30.0, 0.001, 0.02, 0.05, 60.0], &signal);
        assert_eq!(out[12_000..24_000], signal[12_000..24_000]);
        assert!(db(rms(&out[60_000..]) / rms(&signal[60_000..])) < -55.0);
        let beside = db(energy_above(&out, 6000.0, 48_000.0));
        assert!(beside < -75.0, "{beside}");
    }

    #[test]
    fn an_expander_makes_so_many_db_of_one() {
        let signal = tone(libm::exp10f(-40.0 / 20.0), 48_000);
        let out = run(true, &[3.0, -30.0, 0.005, 0.1, 60.0], &signal);
        let fell = db(rms(&out[24_000..]) / rms(&signal[24_000..]));
        assert!((fell + 20.0).abs() < 1.0, "{fell}");
    }
}
