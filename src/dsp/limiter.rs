//! Limiters: one that looks ahead and holds the true peak under its ceiling, and the safety behind the master.
//!
//! The gain that each frame needs (from true peaks) is held over the look-ahead and 12 ms more, so that
//! a bass note's gain does not breathe within its period; it is let go exponentially, then averaged over the
//! look-ahead by a running sum in integers: the average can never be above what the peak needs when the peak comes.
//!
//! Invariant: where nothing is above the ceiling the signal passes bit for bit, [`Limiter::latency`] frames late.

use super::effect::Effect;
use super::true_peak::TruePeak;

/// Look-ahead, seconds.
const AHEAD: f32 = 0.004;
/// Hold after it, seconds.
const HOLD: f32 = 0.012;
/// What the detector may miss, as a factor: 0.06 dB.
const MARGIN: f32 = 0.982;
/// Gains are summed as integers of this many steps, so that the running sum is exact.
const STEPS: f32 = 1_073_741_824.0;

/// A stereo-linked look-ahead limiter.
#[derive(Debug)]
pub struct Limiter {
    peaks: [TruePeak; 2],
    delay: Vec<[f32; 2]>,
    at: usize,
    gains: Vec<i64>,
    gain_at: usize,
    sum: i64,
    lows: Lows,
    held: f32,
    ceiling: f32,
    let_go: f32,
    rate: f32,
}

/// The least of the last values: a queue that only falls (D. Lemire, 2006).
#[derive(Debug)]
struct Lows {
    queue: Vec<(u64, f32)>,
    head: usize,
    count: usize,
    window: u64,
    now: u64,
}

impl Lows {
    fn new(window: usize) -> Lows {
        Lows { queue: vec![(0, 1.0); window + 1], head: 0, count: 0, window: window as u64, now: 0 }
    }

    fn push(&mut self, x: f32) -> f32 {
        let size = self.queue.len();
        while self.count > 0 && self.queue[(self.head + self.count - 1) % size].1 >= x {
            self.count -= 1;
        }
        self.queue[(self.head + self.count) % size] = (self.now, x);
        self.count += 1;
        while self.queue[self.head].0 + self.window <= self.now {
            self.head = (self.head + 1) % size;
            self.count -= 1;
        }
        self.now += 1;
        self.queue[self.head].1
    }
}

impl Limiter {
    /// With a ceiling in dBTP and a release in seconds, for `rate` frames a second.
    pub fn new(ceiling: f32, release: f32, rate: f32) -> Limiter {
        let ahead = ((AHEAD * rate) as usize).max(4);
        let mut limiter = Limiter {
            peaks: [TruePeak::default(), TruePeak::default()],
            delay: vec![[0.0; 2]; ahead + TruePeak::DELAY],
            at: 0,
            gains: vec![STEPS as i64; ahead],
            gain_at: 0,
            sum: STEPS as i64 * ahead as i64,
            lows: Lows::new(ahead + (HOLD * rate) as usize + 1),
            held: 1.0,
            ceiling: 1.0,
            let_go: 0.0,
            rate,
        };
        limiter.turn(ceiling, release);
        limiter
    }

    /// Moves ceiling (dBTP) and release (seconds).
    pub fn turn(&mut self, ceiling: f32, release: f32) {
        self.ceiling = super::math::gain(ceiling.clamp(-60.0, 0.0)) * MARGIN;
        self.let_go = 1.0 - libm::expf(-1.0 / (release.clamp(0.001, 5.0) * self.rate));
    }
}

impl Effect for Limiter {
    fn set(&mut self, p: &[f32], _at_once: bool) {
        if let [ceiling, release, ..] = *p {
            self.turn(ceiling, release);
        }
    }

    /// Frames by which the sound is late.
    fn latency(&self) -> usize {
        self.delay.len()
    }

    /// Forgets the sound.
    fn reset(&mut self) {
        self.delay.fill([0.0; 2]);
        self.peaks = [TruePeak::default(), TruePeak::default()];
    }

    /// Limits a block in place.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let peak = self.peaks[0].step(*l).max(self.peaks[1].step(*r));
            let need = if peak > self.ceiling { self.ceiling / peak } else { 1.0 };
            let low = self.lows.push(need);
            self.held = if low < self.held { low } else { self.held + (low - self.held) * self.let_go };
            if low - self.held < 1e-6 {
                self.held = low;
            }
            let gain = (self.held * STEPS) as i64;
            self.sum += gain - self.gains[self.gain_at];
            self.gains[self.gain_at] = gain;
            self.gain_at += 1;
            if self.gain_at == self.gains.len() {
                self.gain_at = 0;
            }
            let whole = STEPS as i64 * self.gains.len() as i64;
            let gain = if self.sum == whole { 1.0 } else { (self.sum as f64 / whole as f64) as f32 };
            let [x, y] = std::mem::replace(&mut self.delay[self.at], [*l, *r]);
            self.at += 1;
            if self.at == self.delay.len() {
                self.at = 0;
            }
            *l = x * gain;
            *r = y * gain;
        }
    }
}

/// The 0 dBFS limiter after the master: without latency, transparent under full scale.
#[derive(Clone, Copy, Debug)]
pub struct Safety {
    gain: f32,
    let_go: f32,
}

impl Safety {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Safety {
        Safety { gain: 1.0, let_go: 1.0 - libm::expf(-1.0 / (0.05 * rate)) }
    }

    /// Limits a block in place; what is not finite becomes 0.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            *l = super::math::finite(*l);
            *r = super::math::finite(*r);
            let peak = l.abs().max(r.abs());
            if self.gain < 1.0 {
                self.gain += (1.0 - self.gain) * self.let_go;
                if self.gain > 0.999_99 {
                    self.gain = 1.0;
                }
            }
            if peak * self.gain > 1.0 {
                self.gain = 1.0 / peak;
            }
            *l = (*l * self.gain).clamp(-1.0, 1.0);
            *r = (*r * self.gain).clamp(-1.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, spectrum};

    /// By sixteen-fold sinc interpolation, finer than the limiter's own detector.
    fn true_peak(signal: &[f32]) -> f64 {
        let mut peak = 0.0f64;
        for centre in 32..signal.len() - 32 {
            if f64::from(signal[centre].abs()) < 0.4 {
                continue;
            }
            for phase in 0..16 {
                let f = f64::from(phase) / 16.0;
                let y: f64 = (0..48)
                    .map(|k| {
                        let at = centre + k - 23;
                        f64::from(signal[at]) * crate::dsp::sinc::windowed_sinc(k as f64 - 23.0 - f, 24.0, 8.0)
                    })
                    .sum();
                peak = peak.max(y.abs());
            }
        }
        db(peak)
    }

    fn limited(signal: &[f32]) -> Vec<f32> {
        let mut limiter = Limiter::new(-1.0, 0.1, 48_000.0);
        let (mut left, mut right) = (signal.to_vec(), signal.to_vec());
        limiter.process(&mut left, &mut right);
        assert_eq!(left, right);
        left
    }

    #[test]
    fn noise_clicks_and_quarter_rate_sines_stay_under_the_ceiling() {
        let loud: Vec<f32> = noise(1, 6000).into_iter().map(|x| x * 10.0).collect();
        assert!(true_peak(&limited(&loud)) < -0.9, "noise {}", true_peak(&limited(&loud)));
        let mut clicks = vec![0.0; 4000];
        clicks[1000] = 4.0;
        clicks[1500] = -3.0;
        clicks[1501] = 3.0;
        assert!(true_peak(&limited(&clicks)) < -0.9, "clicks {}", true_peak(&limited(&clicks)));
        let sine: Vec<f32> =
            (0..4000).map(|i| 4.0 * libm::sin(std::f64::consts::FRAC_PI_2 * (f64::from(i) + 0.5)) as f32).collect();
        let peak = true_peak(&limited(&sine)[1000..]);
        assert!((-1.3..-0.9).contains(&peak), "sine {peak}");
    }

    #[test]
    fn a_bass_note_is_not_distorted() {
        let sine: Vec<f32> =
            (0..1 << 17).map(|i| (1.78 * libm::sin(std::f64::consts::TAU * f64::from(i) / 960.0)) as f32).collect();
        let out = limited(&sine);
        let bins = spectrum(&out[1 << 16..]);
        let at = |k: f64| {
            let bin = (k * 50.0 / 48_000.0 * f64::from(1 << 16)).round() as usize;
            bins[bin - 2..=bin + 2].iter().fold(0.0f64, |a, b| a.max(*b))
        };
        let harmonics = (2..20).map(|k| at(f64::from(k)).powi(2)).sum::<f64>().sqrt();
        assert!(db(harmonics / at(1.0)) < -60.0, "{}", db(harmonics / at(1.0)));
    }

    #[test]
    fn what_is_under_the_ceiling_passes_bit_for_bit() {
        let quiet: Vec<f32> = noise(2, 3000).into_iter().map(|x| x * 0.3).collect();
        let latency = Limiter::new(-1.0, 0.1, 48_000.0).latency();
        let out = limited(&quiet);
        assert_eq!(out[latency..], quiet[..3000 - latency]);
        let mut safe = (quiet.clone(), quiet.clone());
        Safety::new(48_000.0).process(&mut safe.0, &mut safe.1);
        assert_eq!(safe.0, quiet);
    }

    #[test]
    fn the_safety_never_lets_anything_above_full_scale() {
        let mut left: Vec<f32> = noise(4, 3000).into_iter().map(|x| x * 30.0).collect();
        left[500] = f32::NAN;
        left[600] = f32::INFINITY;
        let mut right = left.clone();
        Safety::new(48_000.0).process(&mut left, &mut right);
        assert!(left.iter().all(|x| x.abs() <= 1.0));
    }
}
