//! What bends a wave: drive, clip, tape. All at four times the rate (eight for the best), so that little folds.
//!
//! Invariant: bounded for every input; the dry sound beside it has the same delay.

use super::effect::Effect;
use super::math::{finite, gain, tanh};
use super::oversample::Oversampled;
use super::section::Section;
use super::smooth::Smooth;
use crate::base::quality::Quality;

/// Which curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// tanh, at about the level that it was.
    Drive,
    /// Straight, then flat, with a corner as soft as is asked for.
    Clip,
    /// tanh that leans to one side, with highs that bend first: what a tape does.
    Tape,
}

/// How far a tape leans.
const BIAS: f32 = 0.12;

/// A stereo shaper.
#[derive(Debug)]
pub struct Drive {
    curve: Curve,
    rate: f32,
    over: [Oversampled; 2],
    dry: [[f32; Drive::DELAY]; 2],
    at: usize,
    /// dB, or the ceiling.
    first: Smooth,
    /// Mix, softness, or nothing.
    second: Smooth,
    emphasis: Section,
    tone: [Section; 4],
}

impl Drive {
    /// Frames by which it is late.
    pub const DELAY: usize = Oversampled::DELAY;

    /// For `rate` frames a second.
    pub fn new(curve: Curve, rate: f32, quality: Quality) -> Drive {
        let tone = [
            Section::shelf(-6.0, 3500.0, rate),
            Section::low_cut(16.0, rate),
            Section::bell(75.0, 1.5, 0.8, rate),
            Section::high_cut(16_000.0, rate),
        ];
        Drive {
            curve,
            rate,
            over: [Oversampled::new(quality), Oversampled::new(quality)],
            dry: [[0.0; Drive::DELAY]; 2],
            at: 0,
            first: Smooth::new(0.0, rate),
            second: Smooth::new(1.0, rate),
            emphasis: Section::shelf(6.0, 3500.0, rate),
            tone,
        }
    }
}

impl Effect for Drive {
    /// Drive: dB, 0 to 1. Clip: dBFS, 0 to 1. Tape: dB, Hz.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [first, second, ..] = *p {
            // As factors, so that moving is linear in what is heard.
            self.first.turn(gain(first), at_once);
            if self.curve == Curve::Tape {
                self.tone[3].turn_high_cut(second, self.rate, at_once);
            } else {
                self.second.turn(second, at_once);
            }
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.curve == Curve::Tape {
            self.emphasis.run(left, right);
        }
        for (l, r) in left.iter_mut().zip(right.iter_mut()) {
            let (first, second) = (self.first.step(), self.second.step());
            for (side, x) in [l, r].into_iter().enumerate() {
                let dry = std::mem::replace(&mut self.dry[side][self.at], finite(*x));
                let over = &mut self.over[side];
                let x_in = finite(*x);
                // Half of the gain is taken back.
                let level = 1.0 / first.max(1e-6).sqrt();
                let wet = match self.curve {
                    Curve::Drive => over.step(x_in, |x| level * tanh(first * x)),
                    Curve::Clip => {
                        let bend = first * (1.0 - second);
                        let above = (first - bend).max(1e-6);
                        over.step(x_in, |x| {
                            let far = x.abs();
                            let bent = if far <= bend { far } else { bend + above * tanh((far - bend) / above) };
                            let hard = far.min(first);
                            (if second < 1e-3 { hard } else { bent }).copysign(x)
                        })
                    }
                    Curve::Tape => {
                        let rest = tanh(BIAS);
                        over.step(x_in, |x| level * (tanh(first * x + BIAS) - rest))
                    }
                };
                *x = if self.curve == Curve::Drive { dry + second * (wet - dry) } else { wet };
            }
            self.at = (self.at + 1) % Drive::DELAY;
        }
        if self.curve == Curve::Tape {
            for section in &mut self.tone {
                section.run(left, right);
            }
        }
    }

    fn reset(&mut self) {
        self.over.iter_mut().for_each(Oversampled::reset);
        self.dry = [[0.0; Drive::DELAY]; 2];
        for section in self.tone.iter_mut().chain([&mut self.emphasis]) {
            section.reset();
        }
    }

    fn settle(&mut self) {
        for section in self.tone.iter_mut().chain([&mut self.emphasis]) {
            section.settle();
        }
    }

    fn latency(&self) -> usize {
        Drive::DELAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, rms, spectrum};

    fn run(curve: Curve, p: &[f32], signal: &[f32]) -> Vec<f32> {
        let mut drive = Drive::new(curve, 48_000.0, Quality::Live);
        drive.set(p, true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            drive.settle();
            drive.process(l, r);
        }
        l
    }

    /// 4988 Hz in the middle of a bin of a spectrum of 2^15.
    fn high_tone(amplitude: f32) -> (Vec<f32>, usize) {
        let turns = 3405u32;
        let signal = (0..1u32 << 15).map(|i| amplitude * crate::dsp::math::sine(i.wrapping_mul(turns << 17))).collect();
        (signal, turns as usize)
    }

    #[test]
    fn drive_at_24_db_folds_less_than_minus_66() {
        let (signal, turns) = high_tone(0.5);
        let doubled: Vec<f32> = signal.iter().chain(&signal).copied().collect();
        let bins = spectrum(&run(Curve::Drive, &[24.0, 1.0], &doubled)[1 << 15..]);
        let tone = bins[turns];
        let worst = (20..13_600)
            .filter(|i| {
                let from = (*i + 20) % turns;
                from > 40 && from < turns - 1
            })
            .fold(0.0f64, |a, i| a.max(bins[i]));
        assert!(db(worst / tone) < -66.0, "{}", db(worst / tone));
    }

    #[test]
    fn drive_bends_a_tone_into_odd_harmonics_and_keeps_about_its_level() {
        let signal: Vec<f32> = (0..1 << 16)
            .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * f64::from(i) * 512.0 / 65_536.0)) as f32)
            .collect();
        let out = run(Curve::Drive, &[12.0, 1.0], &signal);
        let bins = spectrum(&out);
        assert!(db(bins[1536] / bins[512]) > -20.0 && db(bins[1024] / bins[512]) < -80.0);
        let rise = db(rms(&out) / rms(&signal));
        assert!(rise.abs() < 6.0, "{rise}");
    }

    #[test]
    fn the_dry_sound_comes_as_late_as_the_driven() {
        let quiet: Vec<f32> = (0..4800).map(|i| libm::sinf(i as f32 * 0.05) * 0.001).collect();
        let dry = run(Curve::Drive, &[0.0, 0.0], &quiet);
        assert_eq!(dry[Drive::DELAY..], quiet[..4800 - Drive::DELAY]);
        let wet = run(Curve::Drive, &[0.0, 1.0], &quiet);
        let off = wet.iter().zip(&dry).skip(100).fold(0.0f32, |off, (a, b)| off.max((a - b).abs()));
        assert!(off < 2e-6, "{off}");
    }

    #[test]
    fn a_clip_holds_its_ceiling_nearly_and_leaves_the_rest_alone() {
        let loud: Vec<f32> = (0..9600).map(|i| libm::sinf(i as f32 * 0.02)).collect();
        for softness in [0.0, 0.5, 1.0] {
            let out = run(Curve::Clip, &[-6.0, softness], &loud);
            let peak = out.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!((0.35..0.56).contains(&peak), "{softness}: {peak}");
        }
        let quiet: Vec<f32> = loud.iter().map(|x| x * 0.2).collect();
        let out = run(Curve::Clip, &[-6.0, 0.2], &quiet);
        let off = out[Drive::DELAY..].iter().zip(&quiet).skip(100).fold(0.0f32, |off, (a, b)| off.max((a - b).abs()));
        assert!(off < 2e-4, "{off}");
    }

    #[test]
    fn tape_has_even_harmonics_and_no_dc() {
        let signal: Vec<f32> = (0..1 << 16)
            .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * f64::from(i) * 512.0 / 65_536.0)) as f32)
            .collect();
        let out = run(Curve::Tape, &[9.0, 15_000.0], &signal);
        let bins = spectrum(&out[..1 << 15]);
        assert!(db(bins[512] / bins[256]) > -50.0, "{}", db(bins[512] / bins[256]));
        let late = &out[1 << 15..];
        let dc = late.iter().map(|x| f64::from(*x)).sum::<f64>() / late.len() as f64;
        assert!(db(dc.abs()) < -80.0, "{}", db(dc.abs()));
    }

    #[test]
    fn what_is_turned_does_not_click_and_what_is_wild_stays_bounded() {
        for curve in [Curve::Drive, Curve::Clip, Curve::Tape] {
            let mut drive = Drive::new(curve, 48_000.0, Quality::Live);
            drive.set(&[0.0, 0.5], true);
            let mut out = Vec::new();
            for block in 0..600u32 {
                if block == 300 {
                    let to = if curve == Curve::Clip { [-3.0, 1.0] } else { [6.0, 0.9] };
                    drive.set(&to, false);
                }
                let mut l: Vec<f32> =
                    (0..64).map(|i| 0.1 * crate::dsp::math::sine((block * 64 + i).wrapping_mul(8_947_849))).collect();
                let mut r = l.clone();
                drive.process(&mut l, &mut r);
                out.extend(l);
            }
            let beside = db(energy_above(&out[4000..], 5000.0, 48_000.0));
            assert!(beside < -80.0, "{curve:?}: {beside}");
            let wild: Vec<f32> = noise(5, 9600).into_iter().map(|x| x * 1000.0).collect();
            assert!(run(curve, &[20.0, 1.0], &wild).iter().all(|x| x.abs() < 40.0), "{curve:?}");
        }
    }
}
