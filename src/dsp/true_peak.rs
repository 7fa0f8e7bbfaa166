//! The peak between the frames, as ITU-R BS.1770-5 annex 2 asks, and finer.
//!
//! Four phases of a windowed sinc of 32 taps (flat to 0.95 of half the rate), then a parabola through the highest point
//! and its neighbours, for what lies between the four.
//!
//! Invariant: reads [`TruePeak::DELAY`] frames late, never less than the frames themselves.

use std::sync::OnceLock;

use super::oversample::History;
use super::sinc::windowed_sinc;

const TAPS: usize = 32;

type Phases = [[f32; TAPS]; 3];

fn phases() -> &'static Phases {
    static PHASES: OnceLock<Phases> = OnceLock::new();
    PHASES.get_or_init(|| {
        let half = TAPS as f64 / 2.0;
        std::array::from_fn(|phase| {
            let fraction = (phase + 1) as f64 / 4.0;
            std::array::from_fn(|tap| windowed_sinc(tap as f64 - (half - 1.0) - fraction, half, 4.5) as f32)
        })
    })
}

/// A detector for one channel.
#[derive(Clone, Debug)]
pub struct TruePeak {
    history: History<TAPS, { TAPS * 2 }>,
    phases: &'static Phases,
    before: [f32; 2],
}

impl Default for TruePeak {
    fn default() -> TruePeak {
        TruePeak { history: History::new(), phases: phases(), before: [0.0; 2] }
    }
}

impl TruePeak {
    /// Frames between a frame and its reading; the reading covers the frame after it too.
    pub const DELAY: usize = TAPS / 2;

    /// Puts a frame in: the peak around the frame that came `DELAY` frames ago.
    #[inline]
    pub fn step(&mut self, x: f32) -> f32 {
        let near = self.history.push(x);
        let centre = near[TAPS / 2 - 1];
        let mut points = [self.before[0], self.before[1], centre, 0.0, 0.0, 0.0];
        for (value, row) in points[3..].iter_mut().zip(self.phases) {
            let mut sums = [0.0f32; 8];
            for (near, row) in near.as_chunks::<8>().0.iter().zip(row.as_chunks::<8>().0) {
                for i in 0..8 {
                    sums[i] += near[i] * row[i];
                }
            }
            *value = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
        }
        self.before = [points[4], points[5]];
        let mut peak = 0.0f32;
        for i in 1..5 {
            let (a, b, c) = (points[i - 1].abs(), points[i].abs(), points[i + 1].abs());
            peak = peak.max(b).max(c);
            let bend = a - 2.0 * b + c;
            if b >= a && b >= c && bend < 0.0 {
                peak = peak.max(b - (a - c) * (a - c) / (8.0 * bend));
            }
        }
        peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_reads_its_amplitude_wherever_its_frames_fall() {
        for (step, phase) in [(0.25, 0.125), (0.25, 0.06), (0.4, 0.1), (0.1234, 0.3), (1.0 / 6.0, 0.5 / 6.0)] {
            let mut detector = TruePeak::default();
            let mut peak = 0.0f32;
            for i in 0..400 {
                let x = libm::sin(std::f64::consts::TAU * (step * f64::from(i) + phase)) as f32;
                let read = detector.step(x);
                if i > 60 {
                    peak = peak.max(read);
                }
            }
            assert!((0.99..1.03).contains(&peak), "{step} {phase}: {peak}");
        }
    }
}
