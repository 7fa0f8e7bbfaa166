//! A plucked string: noise that goes round a delay line and loses its highs.
//!
//! K. Karplus, A. Strong, "Digital synthesis of plucked-string and drum timbres" (1983), tuned by an all-pass as in
//! D. Jaffe, J. Smith, "Extensions of the Karplus-Strong plucked-string algorithm" (1983).
//!
//! Invariant: the line is allocated when the pool is; a pluck only fills it.

use super::math::flush;
use super::noise::{Colour, Noise};

/// The longest line, frames: 23 Hz at 48 kHz.
const LONGEST: usize = 2048;

/// A string.
#[derive(Debug)]
pub struct Pluck {
    line: Vec<f32>,
    length: usize,
    at: usize,
    last: f32,
    all_pass: (f32, f32, f32),
    loss: f32,
    bright: f32,
}

impl Default for Pluck {
    fn default() -> Pluck {
        Pluck {
            line: vec![0.0; LONGEST],
            length: 64,
            at: 0,
            last: 0.0,
            all_pass: (0.0, 0.0, 0.0),
            loss: 0.0,
            bright: 0.5,
        }
    }
}

impl Pluck {
    /// Plucks it: `hz`, `hardness` 0 to 1 (how bright the pluck is), `rate` frames a second.
    pub fn strike(&mut self, hz: f32, hardness: f32, seed: u64, rate: f32) {
        let period = (rate / hz.max(1.0)).clamp(4.0, LONGEST as f32 - 2.0);
        // The average of two frames delays by half a frame, the all-pass by its fraction (0.2 to 1.2).
        let whole = (period - 0.5 - 0.2).floor();
        let fraction = period - 0.5 - whole;
        self.length = (whole as usize).clamp(2, LONGEST);
        self.all_pass = ((1.0 - fraction) / (1.0 + fraction), 0.0, 0.0);
        self.at = 0;
        self.last = 0.0;
        // Low strings ring longer: −60 dB after about 6 s at 55 Hz, 1.5 s at 880 Hz.
        let seconds = 6.0 * libm::powf(55.0 / hz.clamp(20.0, 8000.0), 0.5);
        self.loss = libm::exp10f(-3.0 * period / (rate * seconds.clamp(0.2, 8.0)));
        self.bright = 0.5;
        let mut noise = Noise::new(Colour::White, seed, rate);
        let line = &mut self.line[..self.length];
        noise.fill(line);
        // A soft pluck is a dull one; and without DC, which the loop would keep.
        let dull = 0.85 - 0.75 * hardness.clamp(0.0, 1.0);
        let mut low = line[line.len() - 1];
        for value in line.iter_mut() {
            low = *value + (low - *value) * dull;
            *value = low;
        }
        let mean = line.iter().sum::<f32>() / line.len() as f32;
        let power = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / line.len() as f32;
        let level = 0.5 / power.sqrt().max(1e-3);
        for value in line.iter_mut() {
            *value = (*value - mean) * level;
        }
    }

    /// The next frames.
    pub fn fill(&mut self, out: &mut [f32]) {
        let (gain, mut before, mut after) = self.all_pass;
        let Some(line) = self.line.get_mut(..self.length) else { return };
        let mut at = self.at;
        for value in out {
            let Some(cell) = line.get_mut(at) else { return };
            let x = *cell;
            let averaged = self.loss * (self.bright * x + (1.0 - self.bright) * self.last);
            self.last = x;
            let passed = gain * (averaged - after) + before;
            before = averaged;
            after = flush(passed);
            *cell = after;
            *value = x;
            at += 1;
            if at == self.length {
                at = 0;
            }
        }
        self.at = at;
        self.all_pass = (gain, before, after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{rms, spectrum};

    #[test]
    fn a_string_is_in_tune_and_fades() {
        for hz in [82.4, 220.0, 659.3, 1500.0] {
            let mut string = Pluck::default();
            string.strike(hz, 0.7, 11, 48_000.0);
            let mut out = vec![0.0; 1 << 16];
            string.fill(&mut out);
            assert!(rms(&out[60_000..]) < rms(&out[..5_000]) * 0.7);
            let bins = spectrum(&out[..1 << 15]);
            let bin = 48_000.0 / f64::from(1 << 15);
            let at = (f64::from(hz) / bin) as usize;
            let near = at.saturating_sub(8)..at + 9;
            let sum: f64 = bins[near.clone()].iter().map(|b| b * b).sum();
            let centre: f64 = near.map(|i| i as f64 * bin * bins[i] * bins[i]).sum::<f64>() / sum;
            let cents = 1200.0 * libm::log2(centre / f64::from(hz));
            assert!(cents.abs() < 8.0, "{hz} Hz is off by {cents} ct");
        }
    }
}
