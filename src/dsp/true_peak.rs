//! The peaks between the samples, by fourfold oversampling (ITU-R BS.1770-5, annex 2).
//!
//! Invariant: a peak is told [`TruePeak::LATENCY`] frames after its sample came.

/// Frames on either side of the point.
const HALF: usize = 32;

/// A detector for one channel.
#[derive(Debug, Clone)]
pub struct TruePeak {
    /// The last frames twice over, so that a window is always one slice.
    frames: [f32; 4 * HALF],
    at: usize,
    phases: [[f32; 2 * HALF]; 3],
}

impl Default for TruePeak {
    fn default() -> TruePeak {
        TruePeak { frames: [0.0; 4 * HALF], at: 0, phases: phases() }
    }
}

impl TruePeak {
    /// Frames from a sample to its peak.
    pub const LATENCY: usize = HALF;

    /// Takes a sample; gives the peak between the frames [`TruePeak::LATENCY`] ago and the one after it, both included.
    #[inline]
    pub fn next(&mut self, value: f32) -> f32 {
        self.frames[self.at] = value;
        self.frames[self.at + 2 * HALF] = value;
        self.at = (self.at + 1) % (2 * HALF);
        let window = &self.frames[self.at..self.at + 2 * HALF];
        let mut peak = window[HALF - 1].abs().max(window[HALF].abs());
        for phase in &self.phases {
            let mut sums = [0.0f32; 4];
            for tap in 0..2 * HALF {
                sums[tap % 4] += window[tap] * phase[tap];
            }
            peak = peak.max(((sums[0] + sums[1]) + (sums[2] + sums[3])).abs());
        }
        peak
    }
}

/// The kernels for a quarter, a half and three quarters of a frame: a sinc under a raised cosine.
fn phases() -> [[f32; 2 * HALF]; 3] {
    let mut phases = [[0.0; 2 * HALF]; 3];
    for (quarter, phase) in phases.iter_mut().enumerate() {
        for (tap, value) in phase.iter_mut().enumerate() {
            let distance = tap as f64 - (HALF as f64 - 1.0) - (quarter as f64 + 1.0) / 4.0;
            let turn = std::f64::consts::PI * distance;
            let window = 0.5 + 0.5 * libm::cos(turn / (HALF as f64 + 0.5));
            *value = (libm::sin(turn) / turn * window) as f32;
        }
    }
    phases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::sine;

    #[test]
    fn a_peak_between_two_samples_is_found() {
        let mut detector = TruePeak::default();
        // A quarter of the rate, sampled at 45 degrees: the samples never exceed 0.707.
        let peak = (0..400).map(|n| detector.next(sine(0.25 * n as f32 + 0.125))).skip(60).fold(0.0, f32::max);
        assert!((peak - 1.0).abs() < 0.01, "{peak}");
    }
}
