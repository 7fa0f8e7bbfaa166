//! A look-ahead limiter that holds the true peak.
//!
//! Invariant: the gain reaches what a peak needs before the peak comes out, and never moves faster than the look-ahead
//! lets it; no sample, nor any point of four between two, comes above the ceiling but for the interpolator's error.

use super::delay::Line;
use super::true_peak::TruePeak;

/// What a limiter does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LimiterSettings {
    /// Linear factor.
    pub ceiling: f32,
    /// Seconds in which the gain comes back by two thirds.
    pub release: f32,
}

/// How far it looks ahead, seconds.
const AHEAD: f32 = 0.002;
/// How long a peak holds the gain before it is let go, seconds: over half a period of 50 Hz, so that a low tone is not
/// bent within its periods.
const HOLD: f32 = 0.012;

/// A limiter for two channels.
#[derive(Debug)]
pub struct Limiter {
    settings: LimiterSettings,
    rate: f32,
    peaks: [TruePeak; 2],
    lines: [Line; 2],
    ahead: usize,
    hold: u64,
    /// The needed gains of the window, smallest kept in front: place and gain, as a ring of falling minima.
    minima: Vec<(u64, f32)>,
    first: usize,
    count: usize,
    clock: u64,
    /// What the release has reached.
    held: f32,
    /// Means of the window, twice, which round the corners off.
    means: [Mean; 2],
    back: f32,
    ceiling: f32,
}

/// A running mean.
#[derive(Debug, Clone)]
struct Mean {
    frames: Vec<f32>,
    at: usize,
    /// In 1/2³⁰, so that what is added is taken away exactly.
    sum: i64,
}

impl Mean {
    fn new(length: usize) -> Mean {
        Mean { frames: vec![1.0; length], at: 0, sum: length as i64 * (1 << 30) }
    }

    fn next(&mut self, value: f32) -> f32 {
        let fixed = |gain: f32| (f64::from(gain) * f64::from(1 << 30)) as i64;
        self.sum += fixed(value) - fixed(self.frames[self.at]);
        self.frames[self.at] = value;
        self.at = (self.at + 1) % self.frames.len();
        (self.sum as f64 / f64::from(1 << 30) / self.frames.len() as f64) as f32
    }
}

impl Limiter {
    /// With settings, at a rate in Hz.
    pub fn new(settings: LimiterSettings, rate: f32) -> Limiter {
        let half = ((AHEAD * rate * 0.5) as usize).max(4);
        let ahead = 2 * half;
        let mut limiter = Limiter {
            settings,
            rate,
            peaks: Default::default(),
            lines: [Line::new(ahead + 32), Line::new(ahead + 32)],
            ahead,
            hold: (HOLD * rate) as u64,
            minima: vec![(0, 1.0); ahead + (HOLD * rate) as usize + 2],
            first: 0,
            count: 0,
            clock: 0,
            held: 1.0,
            means: [Mean::new(half), Mean::new(half)],
            back: 0.0,
            ceiling: settings.ceiling,
        };
        limiter.set(settings);
        limiter.ceiling = settings.ceiling;
        limiter
    }

    /// Moves to other settings.
    pub fn set(&mut self, settings: LimiterSettings) {
        self.settings = settings;
        self.back = 1.0 - libm::expf(-1.0 / (settings.release * self.rate).max(1.0));
    }

    /// How many frames later the sound comes out.
    pub fn latency(&self) -> usize {
        self.ahead + TruePeak::LATENCY
    }

    /// The smallest of the needed gains in the window, with this one.
    fn least(&mut self, gain: f32) -> f32 {
        let size = self.minima.len();
        while self.count > 0 && self.minima[(self.first + self.count - 1) % size].1 >= gain {
            self.count -= 1;
        }
        self.minima[(self.first + self.count) % size] = (self.clock, gain);
        self.count += 1;
        while self.minima[self.first].0 + self.ahead as u64 + self.hold < self.clock {
            self.first = (self.first + 1) % size;
            self.count -= 1;
        }
        self.clock += 1;
        self.minima[self.first].1
    }

    /// Limits a run.
    pub fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        // What it moves to, it moves to within some milliseconds.
        let latency = self.latency();
        for (left, right) in left.iter_mut().zip(right) {
            if self.ceiling != self.settings.ceiling {
                let step = (self.settings.ceiling - self.ceiling) * 0.01;
                let near = step.abs() < 1e-7;
                self.ceiling = if near { self.settings.ceiling } else { self.ceiling + step };
            }
            let peak = self.peaks[0].next(*left).max(self.peaks[1].next(*right));
            // A little under the ceiling: noise up to half the rate peaks higher than the detector can tell.
            let ceiling = self.ceiling * 0.98;
            let needed = if peak > ceiling { ceiling / peak } else { 1.0 };
            let least = self.least(needed);
            self.held = if least < self.held { least } else { (self.held + (1.0 - self.held) * self.back).min(least) };
            let once = self.means[0].next(self.held);
            let gain = self.means[1].next(once);
            self.lines[0].push(*left);
            self.lines[1].push(*right);
            *left = self.lines[0].back(latency) * gain;
            *right = self.lines[1].back(latency) * gain;
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.lines.iter_mut().for_each(Line::clear);
        self.peaks = Default::default();
        self.count = 0;
        self.first = 0;
        self.held = 1.0;
        for mean in &mut self.means {
            mean.frames.fill(1.0);
            mean.sum = mean.frames.len() as i64 * (1 << 30);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::sine;
    use crate::dsp::noise::Noise;

    const SETTINGS: LimiterSettings = LimiterSettings { ceiling: 0.891_25, release: 0.1 };

    /// The peak of four points a frame, by a long windowed sinc.
    fn true_peak(sound: &[f32]) -> f32 {
        let mut most = 0.0f64;
        for at in 64..sound.len() - 64 {
            if sound[at - 2..at + 3].iter().all(|x| x.abs() < 0.6) {
                continue;
            }
            for step in 0..4 {
                let mut sum = 0.0;
                for tap in -48i32..=48 {
                    let distance = f64::from(tap) - f64::from(step) / 4.0;
                    let turn = std::f64::consts::PI * distance;
                    let window = 0.5 + 0.5 * libm::cos(turn / 49.0);
                    let sinc = if distance == 0.0 { 1.0 } else { libm::sin(turn) / turn };
                    sum += f64::from(sound[(at as i32 + tap) as usize]) * sinc * window;
                }
                most = most.max(sum.abs());
            }
        }
        most as f32
    }

    #[test]
    fn no_true_peak_comes_above_the_ceiling() {
        let mut noise = Noise::new(5);
        let sounds: [Vec<f32>; 4] = [
            (0..9600).map(|_| 10.0 * noise.white()).collect(),
            (0..9600).map(|n| if n % 700 == 650 { 4.0 } else { 0.0 }).collect(),
            (0..9600).map(|n| 4.0 * sine(0.25 * n as f32 + 0.125)).collect(),
            (0..9600).map(|n| if n > 2000 { 4.0 * sine(n as f32 / 6.0) } else { 0.0 }).collect(),
        ];
        for (index, sound) in sounds.into_iter().enumerate() {
            let mut limiter = Limiter::new(SETTINGS, 48000.0);
            let (mut left, mut right) = (sound.clone(), sound);
            limiter.run(&mut left, &mut right);
            let peak = true_peak(&left);
            assert!(peak < 0.9015 && peak > 0.6, "{index}: {peak}");
        }
    }

    #[test]
    fn what_is_under_the_ceiling_comes_out_as_it_was() {
        let mut limiter = Limiter::new(SETTINGS, 48000.0);
        let tone: Vec<f32> = (0..2000).map(|n| 0.5 * sine(n as f32 / 100.0)).collect();
        let (mut left, mut right) = (tone.clone(), tone.clone());
        limiter.run(&mut left, &mut right);
        assert_eq!(left[limiter.latency()..], tone[..2000 - limiter.latency()]);
    }

    #[test]
    fn a_low_tone_stays_clean_while_it_is_held_down() {
        let mut limiter = Limiter::new(LimiterSettings { ceiling: 0.5, release: 0.1 }, 48000.0);
        // 50 Hz, 6 dB over the ceiling: fifty whole periods after the limiter has settled.
        let tone: Vec<f32> = (0..96_000).map(|n| sine(n as f32 / 960.0)).collect();
        let (mut left, mut right) = (tone.clone(), tone);
        limiter.run(&mut left, &mut right);
        let level = |harmonic: u32| {
            let (mut inner, mut cross) = (0.0, 0.0);
            for (n, x) in left[48_000..].iter().enumerate() {
                let angle = std::f64::consts::TAU * f64::from(harmonic) * n as f64 / 960.0;
                inner += f64::from(*x) * libm::cos(angle);
                cross += f64::from(*x) * libm::sin(angle);
            }
            libm::sqrt(inner * inner + cross * cross)
        };
        let distortion = (2..40).map(|harmonic| level(harmonic) * level(harmonic)).sum::<f64>();
        let distortion = 20.0 * libm::log10(libm::sqrt(distortion) / level(1));
        assert!(distortion < -60.0, "{distortion} dB");
    }
}
