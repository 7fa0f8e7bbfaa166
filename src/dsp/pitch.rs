//! Shifts the pitch and keeps the time: two taps of a delay line that run at another speed, spliced where they match.
//!
//! A tap that has run out jumps to where the sound of the last period is most like what it would have gone on with: the
//! greatest normalised correlation (after S. Roucos, A. Wilgus, "High quality time-scale modification for speech", ICASSP
//! 1985; K. Lent, "An efficient method for pitch shifting digitally sampled sounds", CMJ 13, 1989), and cross-fades there.
//!
//! Invariant: the sound comes out at most `LONGEST` late; both sides jump together, so the image stays.

use super::effect::Effect;
use super::line::Line;
use super::math::{equal_power, exp2, finite, flush};
use super::smooth::Smooth;

/// The longest delay, seconds.
const LONGEST: f32 = 0.09;
/// Where a tap that catches up begins, and where one that falls behind ends, seconds.
const FAR: f32 = 0.05;
/// The shortest delay, seconds.
const NEAR: f32 = 0.002;
/// Over how much a jump looks for its place, seconds: a period of 50 Hz.
const SEARCH: f32 = 0.02;
/// What is compared, seconds.
const TEMPLATE: f32 = 0.008;
/// How long a splice fades, seconds.
const SPLICE: f32 = 0.01;
/// Frames between those that are compared at first.
const COARSE: usize = 4;

/// A stereo pitch shifter.
#[derive(Debug)]
pub struct Pitch {
    rate: f32,
    lines: [Line; 2],
    middle: Line,
    ratio: Smooth,
    delay: f32,
    /// The tap that fades out, and how far the fade has come (1 is over).
    old: f32,
    fade: f32,
    wet: Smooth,
    dry: Smooth,
}

impl Pitch {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Pitch {
        let line = Line::new((LONGEST * rate) as usize);
        Pitch {
            rate,
            lines: [line.clone(), line.clone()],
            middle: line,
            ratio: Smooth::new(1.0, rate),
            delay: FAR * 0.5 * rate,
            old: 0.0,
            fade: 1.0,
            wet: Smooth::new(1.0, rate),
            dry: Smooth::new(0.0, rate),
        }
    }

    /// How alike the sound is at two delays, going back from each: −1 to 1.
    fn likeness(&self, one: usize, other: usize, step: usize) -> f32 {
        let count = (TEMPLATE * self.rate) as usize / step;
        let (mut both, mut first, mut second) = (0.0f32, 1e-12f32, 1e-12f32);
        for i in 0..count {
            let (a, b) = (self.middle.tap(one + i * step), self.middle.tap(other + i * step));
            both += a * b;
            first += a * a;
            second += b * b;
        }
        both / (first * second).sqrt()
    }

    /// The best delay within the search from `from` on, for a tap that is at `now`.
    fn best(&self, now: usize, from: usize) -> usize {
        let reach = (SEARCH * self.rate) as usize;
        let mut best = (from, f32::MIN);
        let mut look = |at: usize, step: usize| {
            let likeness = self.likeness(now, at, step);
            if likeness > best.1 {
                best = (at, likeness);
            }
            best.0
        };
        let mut found = from;
        for at in (from..from + reach).step_by(COARSE) {
            found = look(at, COARSE);
        }
        let mut best = (found, f32::MIN);
        for at in found.saturating_sub(COARSE - 1)..found + COARSE {
            let likeness = self.likeness(now, at, 2);
            if likeness > best.1 {
                best = (at, likeness);
            }
        }
        best.0
    }

    /// Jumps where the tap leaves its range.
    fn splice(&mut self) {
        let (near, far) = (NEAR * self.rate, FAR * self.rate);
        let out = self.delay < near + SPLICE * self.rate * (self.ratio.value() - 1.0).max(0.0)
            || self.delay > far + SEARCH * self.rate;
        if self.fade < 1.0 || !out {
            return;
        }
        let catches_up = self.delay < far;
        let from = if catches_up { far } else { near + SPLICE * self.rate };
        self.old = self.delay;
        let whole = self.delay.max(1.0) as usize;
        self.delay = self.best(whole, from as usize) as f32 + (self.delay - self.delay.floor());
        self.fade = 0.0;
    }
}

impl Effect for Pitch {
    /// Semitones, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [interval, mix, ..] = *p {
            self.ratio.turn(exp2(interval.clamp(-24.0, 24.0) / 12.0), at_once);
            let (dry, wet) = equal_power(mix);
            self.dry.turn(dry, at_once);
            self.wet.turn(wet, at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let slope = 1.0 / (SPLICE * self.rate);
        for (l, r) in left.iter_mut().zip(right) {
            let (x, y) = (flush(finite(*l)), flush(finite(*r)));
            self.lines[0].push(x);
            self.lines[1].push(y);
            self.middle.push((x + y) * 0.5);
            let moved = 1.0 - self.ratio.step();
            self.delay = (self.delay + moved).clamp(1.0, LONGEST * self.rate);
            self.old = (self.old + moved).clamp(1.0, LONGEST * self.rate);
            self.splice();
            let (dry, wet) = (self.dry.step(), self.wet.step());
            let mut out = [self.lines[0].read(self.delay), self.lines[1].read(self.delay)];
            if self.fade < 1.0 {
                self.fade = (self.fade + slope).min(1.0);
                let f = self.fade * self.fade * (3.0 - 2.0 * self.fade);
                for (out, line) in out.iter_mut().zip(&self.lines) {
                    let old = line.read(self.old);
                    *out = old + f * (*out - old);
                }
            }
            *l = x * dry + out[0] * wet;
            *r = y * dry + out[1] * wet;
        }
    }

    fn reset(&mut self) {
        for line in self.lines.iter_mut().chain([&mut self.middle]) {
            line.reset();
        }
    }

    fn patience(&self) -> f32 {
        LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms, spectrum};

    fn run(interval: f32, signal: &[f32]) -> Vec<f32> {
        let mut pitch = Pitch::new(48_000.0);
        pitch.set(&[interval, 1.0], true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            pitch.process(l, r);
        }
        assert_eq!(l, r);
        l
    }

    #[test]
    fn a_tone_comes_out_at_its_new_pitch_and_clean() {
        for (interval, ratio) in [(12.0f32, 2.0f64), (7.0, 1.498_307), (-12.0, 0.5), (-5.0, 0.749_154)] {
            let hz = 330.0;
            let signal: Vec<f32> = (0..1 << 17)
                .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 48_000.0)) as f32)
                .collect();
            let out = run(interval, &signal);
            let bins = spectrum(&out[1 << 16..]);
            let loudest = (1..bins.len()).max_by(|a, b| bins[*a].total_cmp(&bins[*b])).unwrap();
            let found = loudest as f64 * 48_000.0 / 65_536.0;
            assert!((found / (hz * ratio) - 1.0).abs() < 0.004, "{interval}: {found} Hz");
            let tone: f64 = bins[loudest - 6..=loudest + 6].iter().map(|x| x * x).sum();
            let all: f64 = bins[10..].iter().map(|x| x * x).sum();
            assert!(
                10.0 * libm::log10((all - tone) / tone) < -30.0,
                "{interval}: {}",
                10.0 * libm::log10((all - tone) / tone)
            );
            assert!(db(rms(&out[1 << 16..]) / rms(&signal)).abs() < 1.0);
        }
    }

    #[test]
    fn it_keeps_its_place_at_no_interval_and_is_bounded() {
        let signal = noise(1, 9600);
        let out = run(0.0, &signal);
        let late = (FAR * 0.5 * 48_000.0) as usize;
        assert_eq!(out[late..], signal[..9600 - late]);
        for interval in [-24.0, 24.0, 0.1] {
            assert!(run(interval, &signal).iter().all(|x| x.abs() < 3.0), "{interval}");
        }
    }
}
