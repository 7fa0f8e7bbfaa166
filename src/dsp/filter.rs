//! A state-variable filter that stays stable while it moves (Zavalishin 2012; Simper 2013, its linear trapezoidal form).
//!
//! Invariant: finite and bounded for every cutoff and resonance, at any speed of change.

use super::math::flush;

/// What is taken from the filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Response {
    /// What is below the cutoff.
    Low,
    /// What is around it; 0 dB at the peak.
    Band,
    /// What is above it.
    High,
}

/// How far the coefficients move before they are reached, in frames.
pub const RAMP: usize = 16;

/// One filter for two channels, 12 dB an octave.
#[derive(Clone, Copy, Debug)]
pub struct Svf {
    g: f32,
    k: f32,
    g_step: f32,
    k_step: f32,
    left: u32,
    g_target: f32,
    k_target: f32,
    fresh: bool,
    states: [[f32; 2]; 2],
}

impl Default for Svf {
    fn default() -> Svf {
        Svf {
            g: 1.0,
            k: 1.0,
            g_step: 0.0,
            k_step: 0.0,
            left: 0,
            g_target: 1.0,
            k_target: 1.0,
            fresh: true,
            states: [[0.0; 2]; 2],
        }
    }
}

impl Svf {
    /// Moves to a cutoff in Hz and a quality within [`RAMP`] frames; at once the first time.
    pub fn set(&mut self, cutoff: f32, quality: f32, rate: f32) {
        let turn = (cutoff / rate).clamp(1e-5, 0.49);
        let g = libm::tanf(std::f32::consts::PI * turn);
        let k = 1.0 / quality.clamp(0.05, 400.0);
        if self.fresh {
            (self.g, self.k, self.fresh) = (g, k, false);
            self.left = 0;
        } else if g != self.g_target || k != self.k_target {
            self.g_step = (g - self.g) / RAMP as f32;
            self.k_step = (k - self.k) / RAMP as f32;
            self.left = RAMP as u32;
        }
        (self.g_target, self.k_target) = (g, k);
    }

    /// Filters a run of one or two channels.
    pub fn run(&mut self, response: Response, left: &mut [f32], right: Option<&mut [f32]>) {
        let begin = (self.g, self.k, self.left);
        self.channel(0, response, left);
        if let Some(right) = right {
            (self.g, self.k, self.left) = begin;
            self.channel(1, response, right);
        }
    }

    fn channel(&mut self, channel: usize, response: Response, run: &mut [f32]) {
        let [mut s1, mut s2] = self.states[channel];
        for frame in run {
            if self.left > 0 {
                self.left -= 1;
                if self.left == 0 {
                    (self.g, self.k) = (self.g_target, self.k_target);
                } else {
                    self.g += self.g_step;
                    self.k += self.k_step;
                }
            }
            let a1 = 1.0 / (1.0 + self.g * (self.g + self.k));
            let input = *frame;
            let v3 = input - s2;
            let band = a1 * (s1 + self.g * v3);
            let low = s2 + self.g * band;
            s1 = 2.0 * band - s1;
            s2 = 2.0 * low - s2;
            *frame = match response {
                Response::Low => low,
                Response::Band => self.k * band,
                Response::High => input - self.k * band - low,
            };
        }
        self.states[channel] = [flush(s1), flush(s2)];
    }
}

/// A first-order low-pass or high-pass, for what needs no more.
#[derive(Clone, Copy, Default, Debug)]
pub struct OnePole {
    state: f32,
}

impl OnePole {
    /// The coefficient for a cutoff in Hz.
    pub fn coefficient(cutoff: f32, rate: f32) -> f32 {
        1.0 - libm::expf(-std::f32::consts::TAU * (cutoff / rate).clamp(0.0, 0.49))
    }

    /// What is below the cutoff.
    #[inline]
    pub fn low(&mut self, input: f32, coefficient: f32) -> f32 {
        self.state = flush(self.state + (input - self.state) * coefficient);
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{math::sine, noise::Noise};

    fn level_at(frequency: f32, response: Response) -> f32 {
        let mut filter = Svf::default();
        filter.set(1000.0, std::f32::consts::FRAC_1_SQRT_2, 48000.0);
        let mut tone: Vec<f32> = (0..9600).map(|n| sine(frequency * n as f32 / 48000.0)).collect();
        filter.run(response, &mut tone, None);
        tone[4800..].iter().fold(0.0f32, |peak, x| peak.max(x.abs()))
    }

    #[test]
    fn the_cutoff_is_at_minus_three_decibels() {
        assert!((level_at(1000.0, Response::Low) - std::f32::consts::FRAC_1_SQRT_2).abs() < 0.005);
        assert!((level_at(1000.0, Response::Band) - 1.0).abs() < 0.005);
        assert!(level_at(8000.0, Response::Low) < 0.02);
        assert!(level_at(100.0, Response::High) < 0.011);
    }

    #[test]
    fn it_stays_bounded_while_its_cutoff_jumps() {
        let (mut filter, mut noise) = (Svf::default(), Noise::new(1));
        let mut peak = 0.0f32;
        for _ in 0..20_000 {
            let cutoff = 10.0 + 23_990.0 * (noise.white() * 0.5 + 0.5);
            filter.set(cutoff, 20.0, 48000.0);
            let mut run = [0.25 * noise.white(), 0.25 * noise.white()];
            filter.run(Response::Low, &mut run, None);
            peak = run.iter().fold(peak, |peak, x| peak.max(x.abs()));
        }
        assert!(peak.is_finite() && peak < 10.0, "{peak}");
    }
}
