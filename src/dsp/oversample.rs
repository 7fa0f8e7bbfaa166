//! Four frames for each one, and back: for shapers that would fold.
//!
//! Polyphase windowed sincs (Kaiser, β = 8).
//!
//! Invariant: linear phase; the delay is [`Up::DELAY`] frames up, and as much again down.

use std::sync::OnceLock;

use super::sinc::windowed_sinc;
use crate::base::quality::Quality;

/// How many times the rate.
pub const TIMES: usize = 4;
/// For the best.
pub const FINE: usize = 8;

/// How many times the rate a quality bends at.
pub fn times(quality: Quality) -> usize {
    if quality == Quality::Best { FINE } else { TIMES }
}
/// Taps a phase.
pub const TAPS: usize = 16;

/// A row of weights for each phase.
pub type Phases = [[f32; TAPS]; TIMES];

/// The weights for four times; the first call makes them, so make it outside the callback.
pub fn phases() -> &'static Phases {
    static PHASES: OnceLock<Phases> = OnceLock::new();
    PHASES.get_or_init(|| std::array::from_fn(|phase| weights(phase, TIMES)))
}

/// The weights for so many times, four or eight; the first call makes them, so make it outside the callback.
pub fn rows(times: usize) -> &'static [[f32; TAPS]] {
    static EIGHT: OnceLock<[[f32; TAPS]; 8]> = OnceLock::new();
    if times == TIMES { phases() } else { EIGHT.get_or_init(|| std::array::from_fn(|phase| weights(phase, 8))) }
}

fn weights(phase: usize, times: usize) -> [f32; TAPS] {
    let half = TAPS as f64 / 2.0;
    let fraction = phase as f64 / times as f64;
    let exact: [f64; TAPS] = std::array::from_fn(|tap| windowed_sinc(tap as f64 - (half - 1.0) - fraction, half, 8.0));
    let sum: f64 = exact.iter().sum();
    std::array::from_fn(|tap| (exact[tap] / sum) as f32)
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

/// Up by four, or as many times as it says.
#[derive(Clone, Debug)]
pub struct Up<const TIMES: usize = 4> {
    history: History<TAPS, { TAPS * 2 }>,
    phases: &'static [[f32; TAPS]],
}

impl<const TIMES: usize> Default for Up<TIMES> {
    fn default() -> Self {
        Up { history: History::new(), phases: rows(TIMES) }
    }
}

impl<const TIMES: usize> Up<TIMES> {
    /// Frames of delay.
    pub const DELAY: usize = TAPS / 2;

    /// The frames that begin `DELAY` frames ago.
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

/// Down by as many.
#[derive(Clone, Debug)]
pub struct Down<const TIMES: usize = 4> {
    histories: [History<TAPS, { TAPS * 2 }>; TIMES],
    phases: &'static [[f32; TAPS]],
}

impl<const TIMES: usize> Default for Down<TIMES> {
    fn default() -> Self {
        Down { histories: [History::new(); TIMES], phases: rows(TIMES) }
    }
}

impl<const TIMES: usize> Down<TIMES> {
    /// One frame of so many.
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

/// A shaper's way up and down: four times the rate, and eight for the best.
#[derive(Clone, Debug)]
pub enum Oversampled {
    /// As it is played live.
    Four(Box<(Up<4>, Down<4>)>),
    /// In the best quality.
    Eight(Box<(Up<8>, Down<8>)>),
}

impl Oversampled {
    /// Frames by which it is late.
    pub const DELAY: usize = TAPS - 1;

    /// At rest.
    pub fn new(quality: Quality) -> Oversampled {
        match quality {
            Quality::Best => Oversampled::Eight(Box::default()),
            Quality::Draft | Quality::Live => Oversampled::Four(Box::default()),
        }
    }

    /// One frame through `bend`, which shapes each of those between.
    #[inline]
    pub fn step(&mut self, x: f32, mut bend: impl FnMut(f32) -> f32) -> f32 {
        match self {
            Oversampled::Four(both) => {
                let (up, down) = &mut **both;
                down.step(up.step(x).map(&mut bend))
            }
            Oversampled::Eight(both) => {
                let (up, down) = &mut **both;
                down.step(up.step(x).map(&mut bend))
            }
        }
    }

    /// At rest again, in its own memory.
    pub fn reset(&mut self) {
        match self {
            Oversampled::Four(both) => **both = (Up::default(), Down::default()),
            Oversampled::Eight(both) => **both = (Up::default(), Down::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms};

    #[test]
    fn up_and_down_gives_the_same_sine_later() {
        let (mut up, mut down) = (Up::<4>::default(), Down::<4>::default());
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
        let mut up = Up::<4>::default();
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
