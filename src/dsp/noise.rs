//! Noise that repeats for the same seed.
//!
//! Invariant: a source depends on its seed only, never on a clock or on other sources.

use crate::base::random;

/// How the noise is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// Equal power at every frequency.
    White,
    /// −3 dB an octave.
    Pink,
    /// −6 dB an octave.
    Brown,
}

/// A source of noise, −1 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    state: u64,
    rows: [f32; 6],
}

/// Poles, zeros' gains of six first-order sections whose sum falls by 3 dB an octave from 20 Hz on: corners two octaves
/// apart, each half as strong as the last.
const CORNERS: [(f32, f32); 6] =
    [(15.0, 1.0), (60.0, 0.5), (240.0, 0.25), (960.0, 0.125), (3840.0, 0.0625), (15360.0, 0.03125)];

impl Noise {
    /// From a seed.
    pub fn new(seed: u64) -> Noise {
        Noise { state: random::mix(seed) | 1, rows: [0.0; 6] }
    }

    /// White noise, −1 to 1.
    #[inline]
    pub fn white(&mut self) -> f32 {
        // xorshift64* (Vigna 2016), its upper bits.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((bits >> 32) as i32) as f32 * (1.0 / 2_147_483_648.0)
    }

    /// A run of noise of one colour, at a rate in Hz.
    pub fn fill(&mut self, colour: Colour, rate: f32, out: &mut [f32]) {
        match colour {
            Colour::White => {
                for frame in out {
                    *frame = self.white();
                }
            }
            Colour::Pink => {
                let poles = CORNERS.map(|(corner, _)| (std::f32::consts::TAU * corner / rate).min(1.0));
                for frame in out {
                    let white = self.white();
                    let mut sum = 0.0;
                    for ((row, pole), (_, weight)) in self.rows.iter_mut().zip(poles).zip(CORNERS) {
                        *row += (white - *row) * pole;
                        sum += *row * weight;
                    }
                    *frame = (sum * 14.0).clamp(-1.0, 1.0);
                }
            }
            Colour::Brown => {
                let pole = std::f32::consts::TAU * 12.0 / rate;
                for frame in out {
                    let white = self.white();
                    self.rows[0] += (white - self.rows[0]) * pole;
                    *frame = (self.rows[0] * 12.0).clamp(-1.0, 1.0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean power of the difference of neighbours against the power: 2 for white, less the darker.
    fn brightness(colour: Colour) -> f32 {
        let mut out = vec![0.0; 96_000];
        Noise::new(7).fill(colour, 48000.0, &mut out);
        let power: f32 = out.iter().map(|x| x * x).sum();
        let change: f32 = out.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
        assert!(power > 0.01 * 96_000.0 && out.iter().all(|x| x.abs() <= 1.0), "{colour:?} {power}");
        change / power
    }

    #[test]
    fn colours_darken_in_order() {
        assert!(brightness(Colour::White) > 1.9);
        assert!(brightness(Colour::Pink) < 0.8);
        assert!(brightness(Colour::Brown) < 0.05);
    }

    #[test]
    fn the_same_seed_gives_the_same_noise() {
        let (mut one, mut other) = (Noise::new(3), Noise::new(3));
        assert!((0..100).all(|_| one.white() == other.white()));
        assert_ne!(Noise::new(4).white(), Noise::new(3).white());
    }
}
