//! The peak between the frames, as ITU-R BS.1770-5 annex 2 asks, and finer.
//!
//! Four phases of a windowed sinc of 32 taps (flat to 0.95 of half the rate), then a parabola through the highest point
//! and its neighbours, for what lies between the four.
//!
//! Invariant: reads [`TruePeak::DELAY`] frames late, never less than the frames themselves.

use std::sync::OnceLock;

use super::BLOCK;
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
    last: [f32; TAPS - 1],
    phases: &'static Phases,
    before: [f32; 2],
}

impl Default for TruePeak {
    fn default() -> TruePeak {
        TruePeak { last: [0.0; TAPS - 1], phases: phases(), before: [0.0; 2] }
    }
}

impl TruePeak {
    /// Frames between a frame and its reading; the reading covers the frame after it too.
    pub const DELAY: usize = TAPS / 2;

    /// For each of the frames, at most [`BLOCK`], the peak around the frame that came `DELAY` frames before it.
    #[inline(always)]
    pub fn run(&mut self, x: &[f32], peaks: &mut [f32; BLOCK]) {
        let mut near = [0.0f32; TAPS - 1 + BLOCK];
        near[..TAPS - 1].copy_from_slice(&self.last);
        near[TAPS - 1..TAPS - 1 + x.len()].copy_from_slice(x);
        self.last.copy_from_slice(&near[x.len()..x.len() + TAPS - 1]);
        // Each phase, with the last of the block before in front.
        let mut points = [[0.0f32; BLOCK + 1]; 3];
        (points[1][0], points[2][0]) = (self.before[0], self.before[1]);
        for first in (0..x.len()).step_by(8) {
            let mut sums = [[0.0f32; 8]; 3];
            for tap in 0..TAPS {
                let frames = &near[first + tap..first + tap + 8];
                for (sums, row) in sums.iter_mut().zip(self.phases) {
                    for (sum, x) in sums.iter_mut().zip(frames) {
                        *sum += x * row[tap];
                    }
                }
            }
            for (points, sums) in points.iter_mut().zip(&sums) {
                points[first + 1..first + 9].copy_from_slice(sums);
            }
        }
        for (i, peak) in peaks[..x.len()].iter_mut().enumerate() {
            let centre = near[i + TAPS / 2 - 1];
            let around = [points[1][i], points[2][i], centre, points[0][i + 1], points[1][i + 1], points[2][i + 1]]
                .map(f32::abs);
            let mut most = 0.0f32;
            for j in 1..5 {
                let (a, b, c) = (around[j - 1], around[j], around[j + 1]);
                most = most.max(b).max(c);
                let bend = a - 2.0 * b + c;
                let tip = if b >= a && b >= c && bend < 0.0 { b - (a - c) * (a - c) / (8.0 * bend) } else { 0.0 };
                most = most.max(tip);
            }
            *peak = most;
        }
        (self.before[0], self.before[1]) = (points[1][x.len()], points[2][x.len()]);
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
            let signal: Vec<f32> =
                (0..400).map(|i| libm::sin(std::f64::consts::TAU * (step * f64::from(i) + phase)) as f32).collect();
            for (block, x) in signal.chunks(40).enumerate() {
                let mut read = [0.0; BLOCK];
                detector.run(x, &mut read);
                if block > 1 {
                    peak = read[..x.len()].iter().fold(peak, |peak, x| peak.max(*x));
                }
            }
            assert!((0.99..1.03).contains(&peak), "{step} {phase}: {peak}");
        }
    }
}
