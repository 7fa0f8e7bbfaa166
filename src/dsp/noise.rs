//! White, pink and brown noise from a seed.
//!
//! Invariant: the same seed gives the same noise; the values are even between −1 and 1 (white), or scaled to the same
//! loudness.

use super::math::flush;

/// Stages of the pink filter.
const STAGES: usize = 6;

/// What a noise generator gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// The same power in every hertz.
    White,
    /// The same power in every octave.
    Pink,
    /// −6 dB an octave.
    Brown,
}

/// A noise generator.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    colour: Colour,
    state: u64,
    stages: [(f32, f32, f32, f32); STAGES],
    brown: f32,
    slow: f32,
    rate: f32,
}

impl Noise {
    /// From a seed, for `rate` frames a second.
    pub fn new(colour: Colour, seed: u64, rate: f32) -> Noise {
        let mut stages = [(0.0, 0.0, 0.0, 0.0); STAGES];
        // −3 dB an octave by poles a factor of 4 apart with zeros half way between (a staircase whose steps are
        // smaller than a decibel): poles from 5 Hz up.
        for (i, stage) in stages.iter_mut().enumerate() {
            let pole = 5.0 * libm::pow(4.0, i as f64);
            let turn = |hz: f64| libm::exp(-std::f64::consts::TAU * hz / f64::from(rate)).min(1.0) as f32;
            *stage = (turn(pole), turn((pole * 2.0).min(f64::from(rate) * 2.0)), 0.0, 0.0);
        }
        Noise { colour, state: seed | 1, stages, brown: 0.0, slow: 0.0, rate }
    }

    /// xorshift64* (Vigna 2016): 24 good bits a frame.
    #[inline]
    fn white(&mut self) -> f32 {
        let mut x = self.state;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.state = x;
        let bits = (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as i32;
        (bits - (1 << 23)) as f32 * (1.0 / 8_388_608.0)
    }

    /// The next frames.
    pub fn fill(&mut self, out: &mut [f32]) {
        match self.colour {
            Colour::White => {
                for value in out {
                    *value = self.white();
                }
            }
            Colour::Pink => {
                for value in out {
                    let mut x = self.white();
                    for (pole, zero, before, after) in &mut self.stages {
                        let y = x - *zero * *before + *pole * *after;
                        *before = x;
                        *after = flush(y);
                        x = y;
                    }
                    *value = x * 0.25;
                }
            }
            Colour::Brown => {
                // A leaky sum; the leak and a slow high-pass hold the lows.
                let leak = 1.0 - 60.0 / self.rate;
                for value in out {
                    self.brown = self.brown * leak + self.white() * 0.04;
                    self.slow += (self.brown - self.slow) * 0.001;
                    *value = self.brown - self.slow;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms, spectrum};

    fn slope(colour: Colour) -> f64 {
        let mut out = vec![0.0; 1 << 17];
        Noise::new(colour, 5, 48_000.0).fill(&mut out);
        let bins = spectrum(&out);
        let power = |low: f64, high: f64| {
            let at = |hz: f64| (hz / 48_000.0 * out.len() as f64) as usize;
            let bins = &bins[at(low)..at(high)];
            bins.iter().map(|b| b * b).sum::<f64>() / bins.len() as f64
        };
        // From 100..200 Hz to 6400..12800 Hz: six octaves.
        (db(power(6400.0, 12_800.0).sqrt()) - db(power(100.0, 200.0).sqrt())) / 6.0
    }

    #[test]
    fn colours_fall_as_they_should() {
        assert!(slope(Colour::White).abs() < 0.2);
        assert!((slope(Colour::Pink) + 3.0).abs() < 0.3, "{}", slope(Colour::Pink));
        assert!((slope(Colour::Brown) + 6.0).abs() < 0.5, "{}", slope(Colour::Brown));
    }

    #[test]
    fn a_seed_repeats_and_levels_are_alike() {
        for colour in [Colour::White, Colour::Pink, Colour::Brown] {
            let (mut a, mut b) = (vec![0.0; 48_000], vec![0.0; 48_000]);
            Noise::new(colour, 9, 48_000.0).fill(&mut a);
            let mut other = Noise::new(colour, 9, 48_000.0);
            b.chunks_mut(37).for_each(|piece| other.fill(piece));
            assert_eq!(a, b);
            assert!((0.1..0.7).contains(&rms(&a)), "{colour:?} {}", rms(&a));
        }
    }
}
