//! Four frames for each one, and back: for shapers that would fold.
//!
//! Polyphase windowed sincs (Kaiser, β = 8).
//!
//! Invariant: linear phase; the delay is [`Up::DELAY`] frames up, and as much again down.

use std::sync::OnceLock;

use super::sinc::windowed_sinc;

/// How many times the rate.
pub const TIMES: usize = 4;
/// Taps a phase.
pub const TAPS: usize = 16;

/// A row of weights for each phase.
pub type Phases = [[f32; TAPS]; TIMES];

/// The weights; the first call makes them, so make it outside the callback.
pub fn phases() -> &'static Phases {
    static PHASES: OnceLock<Phases> = OnceLock::new();
    PHASES.get_or_init(|| {
        let half = TAPS as f64 / 2.0;
        let mut rows = [[0.0; TAPS]; TIMES];
        for (phase, row) in rows.iter_mut().enumerate() {
            let fraction = phase as f64 / TIMES as f64;
            let exact: [f64; TAPS] =
                std::array::from_fn(|tap| windowed_sinc(tap as f64 - (half - 1.0) - fraction, half, 8.0));
            let sum: f64 = exact.iter().sum();
            *row = std::array::from_fn(|tap| (exact[tap] / sum) as f32);
        }
        rows
    })
}

/// The last frames, twice, so that a window of them is always in one piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct History<const N: usize, const TWICE: usize> {
    frames: [f32; TWICE],
    at: usize,
}

impl<const N: usize, const TWICE: usize> History<N, TWICE> {
    pub(super) fn new() -> Self {
        History { frames: [0.0; TWICE], at: 0 }
    }

    /// Puts a frame in; the last `N`, oldest first.
    #[inline]
    pub(super) fn push(&mut self, x: f32) -> &[f32] {
        self.frames[self.at] = x;
        self.frames[self.at + N] = x;
        self.at = (self.at + 1) % N;
        &self.frames[self.at..self.at + N]
    }
}

/// Up by four.
#[derive(Clone, Debug)]
pub struct Up {
    history: History<TAPS, { TAPS * 2 }>,
    phases: &'static Phases,
}

impl Default for Up {
    fn default() -> Up {
        Up { history: History::new(), phases: phases() }
    }
}

impl Up {
    /// Frames of delay.
    pub const DELAY: usize = TAPS / 2;

    /// The four frames that begin `DELAY` frames ago.
    #[inline]
    pub fn step(&mut self, x: f32) -> [f32; TIMES] {
        let near = self.history.push(x);
        let mut out = [0.0; TIMES];
        for (value, row) in out.iter_mut().zip(self.phases) {
            let mut sums = [0.0f32; 4];
            for (near, row) in near.as_chunks::<4>().0.iter().zip(row.as_chunks::<4>().0) {
                for i in 0..4 {
                    sums[i] += near[i] * row[i];
                }
            }
            *value = (sums[0] + sums[2]) + (sums[1] + sums[3]);
        }
        out
    }
}

/// Down by four.
#[derive(Clone, Debug)]
pub struct Down {
    histories: [History<TAPS, { TAPS * 2 }>; TIMES],
    phases: &'static Phases,
}

impl Default for Down {
    fn default() -> Down {
        Down { histories: [History::new(); TIMES], phases: phases() }
    }
}

impl Down {
    /// One frame of four.
    #[inline]
    pub fn step(&mut self, four: [f32; TIMES]) -> f32 {
        let mut sum = 0.0;
        // The prototype is symmetrical: phase p reads backwards as phase 4 − p of the frame after.
        for (p, x) in four.into_iter().enumerate() {
            let near = self.histories[p].push(x);
            let row = &self.phases[p];
            let mut part = 0.0;
            for (near, weight) in near.iter().zip(row.iter().rev()) {
                part += near * weight;
            }
            sum += part;
        }
        sum * (1.0 / TIMES as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms};

    #[test]
    fn up_and_down_gives_the_same_sine_later() {
        let (mut up, mut down) = (Up::default(), Down::default());
        let sine = |i: usize| libm::sin(i as f64 * 0.3) as f32;
        let out: Vec<f32> = (0..2000).map(|i| down.step(up.step(sine(i)))).collect();
        // Try the delays near to what is promised.
        let best = (10..20)
            .map(|delay| {
                let off: Vec<f32> = (100..2000).map(|i| out[i] - sine(i - delay)).collect();
                db(rms(&off))
            })
            .fold(0.0, f64::min);
        assert!(best < -50.0, "{best}");
    }

    #[test]
    fn a_quarter_rate_sine_between_its_frames_shows_its_true_peak() {
        let mut up = Up::default();
        let mut peak = 0.0f32;
        for i in 0..200 {
            // sin at 45°, 135° ...: samples of 0.707, true peak 1.
            let x = libm::sin(std::f64::consts::FRAC_PI_2 * (f64::from(i) + 0.5)) as f32;
            for y in up.step(x) {
                if i > 30 {
                    peak = peak.max(y.abs());
                }
            }
        }
        assert!((peak - 1.0).abs() < 0.01, "{peak}");
    }
}
