//! Shifts every frequency by the same number of Hz, as a ring modulator with one side band.
//!
//! The sound and its copy a quarter turn later come from two chains of all-passes (O. Niemitalo, "Hilbert transform",
//! 2003; four of second order a chain, within 0.7° from 20 Hz up to 0.99 of half the rate); multiplied by sine and cosine
//! they add to one side band (H. Bode, "Solid-state frequency spectrum shifter", AES 1965).
//!
//! Invariant: never more than twice as loud as the sound.

use super::effect::Effect;
use super::math::{equal_power, finite, flush, sine, step};
use super::smooth::Smooth;

/// The coefficients of both chains, a in y = a²(x + y₂) − x₂.
const CHAINS: [[f32; 4]; 2] =
    [[0.692_387_8, 0.936_065_43, 0.988_229_5, 0.998_748_84], [0.402_192_1, 0.856_171_1, 0.972_290_95, 0.995_288_5]];

/// One all-pass of second order.
#[derive(Clone, Copy, Debug, Default)]
struct AllPass {
    x: [f32; 2],
    y: [f32; 2],
}

impl AllPass {
    #[inline]
    fn run(&mut self, a: f32, x: f32) -> f32 {
        let y = a * a * (x + self.y[1]) - self.x[1];
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}

/// A stereo frequency shifter.
#[derive(Debug)]
pub struct Shift {
    rate: f32,
    chains: [[[AllPass; 4]; 2]; 2],
    last: [f32; 2],
    phase: u32,
    step: u32,
    dry: Smooth,
    wet: Smooth,
}

impl Shift {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Shift {
        Shift {
            rate,
            chains: [[[AllPass::default(); 4]; 2]; 2],
            last: [0.0; 2],
            phase: 0,
            step: 0,
            dry: Smooth::new(0.0, rate),
            wet: Smooth::new(1.0, rate),
        }
    }
}

impl Effect for Shift {
    /// Hz up or down, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [hz, mix, ..] = *p {
            self.step = step(hz, self.rate);
            let (dry, wet) = equal_power(mix);
            self.dry.turn(dry, at_once);
            self.wet.turn(wet, at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let (dry, wet) = (self.dry.step(), self.wet.step());
            let (cos, sin) = (sine(self.phase.wrapping_add(1 << 30)), sine(self.phase));
            self.phase = self.phase.wrapping_add(self.step);
            for (side, x) in [l, r].into_iter().enumerate() {
                let input = finite(*x);
                let mut out = [input, input];
                for ((out, chain), row) in out.iter_mut().zip(&mut self.chains[side]).zip(&CHAINS) {
                    for (all_pass, a) in chain.iter_mut().zip(row) {
                        *out = all_pass.run(*a, *out);
                    }
                }
                // The first chain is one frame early.
                let early = std::mem::replace(&mut self.last[side], out[0]);
                *x = input * dry + (early * cos + out[1] * sin) * wet;
            }
        }
    }

    fn reset(&mut self) {
        self.chains = [[[AllPass::default(); 4]; 2]; 2];
        self.last = [0.0; 2];
    }

    fn settle(&mut self) {
        for all_pass in self.chains.iter_mut().flatten().flatten() {
            all_pass.x = all_pass.x.map(flush);
            all_pass.y = all_pass.y.map(flush);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, spectrum};

    #[test]
    fn one_side_band_comes_out_and_the_other_hardly() {
        for hz in [100.0f32, -37.0] {
            let mut shift = Shift::new(48_000.0);
            shift.set(&[hz, 1.0], true);
            let mut l: Vec<f32> =
                (0..96_000).map(|i| (0.5 * libm::sin(std::f64::consts::TAU * f64::from(i) / 48.0)) as f32).collect();
            let mut r = l.clone();
            shift.process(&mut l, &mut r);
            let bins = spectrum(&l[48_000..]);
            let (wanted, other) = ((1000.0 + hz) as usize, (1000.0 - hz) as usize);
            assert!(db(bins[wanted] / 0.5).abs() < 0.1, "{hz}: {}", db(bins[wanted] / 0.5));
            assert!(db(bins[other] / bins[wanted]) < -38.0, "{hz}: {}", db(bins[other] / bins[wanted]));
            assert!(db(bins[1000] / bins[wanted]) < -60.0);
        }
    }
}
