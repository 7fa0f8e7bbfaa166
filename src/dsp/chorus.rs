//! Delays that an oscillator moves: chorus, flanger, vibrato.
//!
//! J. Dattorro, "Effect design, part 2: delay-line modulation and chorus" (JAES 45, 1997).
//!
//! Invariant: a delay never jumps; feedback stays under 1, so it is bounded.

use super::effect::Effect;
use super::line::Line;
use super::math::{finite, flush, sine, step};
use super::smooth::Smooth;

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moved {
    /// Four voices around a delay, beside the sound.
    Chorus,
    /// One voice a side close to the sound, fed back.
    Flanger,
    /// One voice alone: the pitch moves.
    Vibrato,
}

/// How far a chorus moves at most, seconds.
const CHORUS: f32 = 0.004;
/// How far a flanger moves at most, seconds.
const FLANGER: f32 = 0.005;
/// How far a vibrato moves at most, seconds.
const VIBRATO: f32 = 0.02;
/// The longest delay, seconds.
const LONGEST: f32 = 0.06;
/// How slowly a delay follows its setting, seconds.
const SLEW: f32 = 0.05;

/// A stereo delay that moves.
#[derive(Debug)]
pub struct Chorus {
    kind: Moved,
    rate: f32,
    lines: [Line; 2],
    phase: u32,
    step: u32,
    depth: Smooth,
    delay: f32,
    wanted: f32,
    slew: f32,
    feedback: Smooth,
    dry: Smooth,
    wet: Smooth,
}

impl Chorus {
    /// For `rate` frames a second.
    pub fn new(kind: Moved, rate: f32) -> Chorus {
        let line = Line::new((LONGEST * rate) as usize);
        Chorus {
            kind,
            rate,
            lines: [line.clone(), line],
            phase: 0,
            step: 0,
            depth: Smooth::new(0.0, rate),
            delay: 0.0,
            wanted: 0.0,
            slew: 1.0 - libm::expf(-1.0 / (SLEW * rate)),
            feedback: Smooth::new(0.0, rate),
            dry: Smooth::new(1.0, rate),
            wet: Smooth::new(0.0, rate),
        }
    }

    fn mix(&mut self, mix: f32, at_once: bool) {
        // Equal power: the voices are other sounds than the sound.
        let (dry, wet) = super::math::equal_power(mix);
        self.dry.turn(dry, at_once);
        self.wet.turn(wet, at_once);
    }
}

impl Effect for Chorus {
    /// Chorus: Hz, 0 to 1, seconds, 0 to 1. Flanger: Hz, 0 to 1, seconds, −1 to 1, 0 to 1. Vibrato: Hz, semitones.
    fn set(&mut self, p: &[f32], at_once: bool) {
        self.step = step(p[0].clamp(0.0, 100.0), self.rate);
        match (self.kind, p) {
            (Moved::Chorus, [_, depth, delay, mix, ..]) => {
                self.depth.turn(depth * CHORUS * self.rate, at_once);
                self.wanted = delay.max(depth * CHORUS) * self.rate;
                self.mix(*mix, at_once);
            }
            (Moved::Flanger, [_, depth, delay, feedback, mix, ..]) => {
                self.depth.turn(depth * FLANGER * 0.5 * self.rate, at_once);
                self.wanted = (delay + depth * FLANGER * 0.5) * self.rate;
                self.feedback.turn(feedback.clamp(-0.95, 0.95), at_once);
                self.mix(*mix, at_once);
            }
            (_, [rate, depth, ..]) => {
                // A pitch that is off by r comes of a delay that moves by r a frame: its sine is r / 2πf high.
                let off = super::math::exp2(depth / 12.0) - 1.0;
                let far = (off / (std::f32::consts::TAU * rate.max(0.1))).min(VIBRATO);
                self.depth.turn(far * self.rate, at_once);
                self.wanted = far * self.rate;
                self.dry.turn(0.0, at_once);
                self.wet.turn(1.0, at_once);
            }
            _ => {}
        }
        self.wanted += 2.0;
        if at_once {
            self.delay = self.wanted;
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            self.delay += (self.wanted - self.delay) * self.slew;
            let depth = self.depth.step();
            let (dry, wet, feedback) = (self.dry.step(), self.wet.step(), self.feedback.step());
            for (side, x) in [l, r].into_iter().enumerate() {
                let line = &mut self.lines[side];
                let quarter = (side as u32) << 30;
                let at = |phase: u32| self.delay + depth * sine(phase);
                let heard = match self.kind {
                    Moved::Chorus => {
                        line.push(flush(finite(*x)));
                        let phase = self.phase.wrapping_add(quarter);
                        let (one, other) = (line.read(at(phase)), line.read(at(phase.wrapping_add(1 << 31))));
                        (one + other) * std::f32::consts::FRAC_1_SQRT_2
                    }
                    Moved::Flanger => {
                        let heard = line.read(at(self.phase.wrapping_add(quarter)) - 1.0);
                        line.push(flush(finite(*x + feedback * heard)));
                        heard
                    }
                    Moved::Vibrato => {
                        line.push(flush(finite(*x)));
                        line.read(at(self.phase))
                    }
                };
                *x = *x * dry + heard * wet;
            }
            self.phase = self.phase.wrapping_add(self.step);
        }
    }

    fn reset(&mut self) {
        for line in &mut self.lines {
            line.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, spectrum};

    fn run(kind: Moved, settings: &[(usize, &[f32])], signal: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut chorus = Chorus::new(kind, 48_000.0);
        chorus.set(settings[0].1, true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        for (block, (l, r)) in l.chunks_mut(64).zip(r.chunks_mut(64)).enumerate() {
            for (_, p) in settings[1..].iter().filter(|(at, _)| *at == block) {
                chorus.set(p, false);
            }
            chorus.process(l, r);
        }
        (l, r)
    }

    fn tone(hz: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| (0.25 * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32).collect()
    }

    #[test]
    fn a_chorus_spreads_a_tone_and_keeps_its_power() {
        let signal = noise(1, 96_000);
        let (l, r) = run(Moved::Chorus, &[(0, &[0.6, 0.5, 0.012, 0.5])], &signal);
        let power = |x: &[f32]| x[4800..].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        for side in [&l, &r] {
            assert!((10.0 * libm::log10(power(side) / power(&signal))).abs() < 1.0);
        }
        let both: f64 = l[4800..].iter().zip(&r[4800..]).map(|(l, r)| f64::from(l * r)).sum();
        let correlation = both / (power(&l) * power(&r)).sqrt();
        assert!(correlation < 0.75, "{correlation}");
        assert_eq!(run(Moved::Chorus, &[(0, &[0.6, 0.5, 0.012, 0.0])], &signal).0, signal);
    }

    #[test]
    fn a_vibrato_bends_the_pitch_as_far_as_it_says() {
        let (l, _) = run(Moved::Vibrato, &[(0, &[5.0, 0.5])], &tone(1000.0, 96_000));
        // The time between rising zeros is the pitch.
        let zeros: Vec<f64> = (9600..95_000)
            .filter(|i| l[*i] <= 0.0 && l[*i + 1] > 0.0)
            .map(|i| i as f64 - f64::from(l[i]) / f64::from(l[i + 1] - l[i]))
            .collect();
        let cents = |gap: f64| 1200.0 * libm::log2(48.0 / gap);
        let gaps: Vec<f64> = zeros.windows(2).map(|pair| cents(pair[1] - pair[0])).collect();
        let (low, high) = gaps.iter().fold((0.0f64, 0.0f64), |(a, b), x| (a.min(*x), b.max(*x)));
        assert!((high - 50.0).abs() < 5.0 && (low + 50.0).abs() < 5.0, "{low} {high}");
    }

    #[test]
    fn a_flanger_digs_notches_and_stays_bounded() {
        let (l, _) = run(Moved::Flanger, &[(0, &[0.0, 0.0, 0.001, 0.0, 0.5])], &noise(2, 1 << 16));
        let bins = spectrum(&l);
        // Delayed by 50 frames: notches at odd multiples of 480 Hz, peaks at even ones.
        let around = |hz: f64| {
            let bin = (hz * 65_536.0 / 48_000.0) as usize;
            bins[bin - 20..bin + 20].iter().map(|x| x * x).sum::<f64>().sqrt()
        };
        assert!(db(around(480.0) / around(960.0)) < -12.0, "{}", db(around(480.0) / around(960.0)));
        let (l, _) = run(Moved::Flanger, &[(0, &[2.0, 1.0, 0.001, 0.95, 1.0])], &noise(3, 96_000));
        assert!(l.iter().all(|x| x.abs() < 30.0));
    }

    #[test]
    fn what_is_turned_does_not_click() {
        for (kind, from, to) in [
            (Moved::Chorus, [0.5, 0.2, 0.01, 0.2, 0.0], [4.0, 0.9, 0.03, 0.8, 0.0]),
            (Moved::Flanger, [0.2, 0.2, 0.001, -0.7, 0.5], [3.0, 1.0, 0.006, 0.7, 0.9]),
            (Moved::Vibrato, [4.0, 0.1, 0.0, 0.0, 0.0], [7.0, 1.0, 0.0, 0.0, 0.0]),
        ] {
            let (l, _) = run(kind, &[(0, &from), (500, &to), (900, &from)], &tone(100.0, 96_000));
            let beside = db(energy_above(&l, 5000.0, 48_000.0));
            assert!(beside < -80.0, "{kind:?}: {beside}");
        }
    }
}
