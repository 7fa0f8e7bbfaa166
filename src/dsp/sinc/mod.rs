//! Reading a sample between its frames: a windowed sinc of 16 taps (32 for the best), wider above rate 1 so that nothing
//! folds that is heard; a cubic for drafts.
//!
//! The kernel is a sinc under a Kaiser window (J. O. Smith, "Digital Audio Resampling", 2002). Above rate 1 there is one
//! for each eighth of an octave, then for each quarter. Phases between the stored ones are interpolated linearly. The
//! cubic is Catmull and Rom's (1974).
//!
//! Invariant: at rate 1 on whole frames the samples come out as they are, bit for bit; where a reading is cut into
//! pieces, and which vectors the machine has, changes no bit.

mod bank;
mod reading;
mod walk;

use std::sync::OnceLock;

use super::lanes;
use crate::base::quality::Quality;
use bank::{Bank, MOST_TAPS, Shape};
use reading::Reading;
pub use walk::{FRAME, Walk, fixed};

/// Rates: 1, eighths of an octave up to 2, then quarters up to 16.
const BANKS: usize = 9 + 12;

/// All kernels of one quality.
#[derive(Debug)]
pub struct Kernels {
    /// Empty where a cubic is read.
    banks: Vec<Bank>,
}

/// The modified Bessel function of order 0, by its series.
pub fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-16 {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// sinc(x) under a Kaiser window of `half` on each side.
pub fn windowed_sinc(x: f64, half: f64, beta: f64) -> f64 {
    let u = x / half;
    if u.abs() >= 1.0 {
        return 0.0;
    }
    let sinc = if x == 0.0 { 1.0 } else { libm::sin(std::f64::consts::PI * x) / (std::f64::consts::PI * x) };
    sinc * bessel(beta * (1.0 - u * u).sqrt()) / bessel(beta)
}

impl Kernels {
    /// The kernels of this process; the first call builds them, so make it outside the callback.
    pub fn shared(quality: Quality) -> &'static Kernels {
        static KERNELS: [OnceLock<Kernels>; 3] = [const { OnceLock::new() }; 3];
        KERNELS[quality as usize].get_or_init(|| {
            // Side lobes of −92 and −125 dB. Few phases, so that a kernel stays in the nearest memory: what lies between them
            // is off by −92 and −140 dB at most, and its noise is far under that.
            let shape = match quality {
                Quality::Draft => return Kernels { banks: Vec::new() },
                Quality::Live => Shape::new(8, 7, 9.2),
                Quality::Best => Shape::new(16, 11, 12.6),
            };
            Kernels { banks: (0..BANKS).map(|index| Bank::new(fastest(index), &shape)).collect() }
        })
    }

    /// Which kernel a rate of reading needs.
    pub fn bank(&self, rate: f64) -> usize {
        let rate = rate.abs();
        if rate <= 1.000_001 || self.banks.is_empty() {
            return 0;
        }
        let octaves = libm::log2(rate) - 1e-6;
        let at = if octaves <= 1.0 { libm::ceil(octaves * 8.0) } else { 8.0 + libm::ceil((octaves - 1.0) * 4.0) };
        (at.max(1.0) as usize).min(self.banks.len() - 1)
    }

    /// How far around a place a kernel reaches, in frames.
    pub fn reach(&self, bank: usize) -> i64 {
        self.banks.get(bank).map_or(2, |bank| bank.taps as i64 / 2)
    }

    /// Reads channels of equal length on a way through them, a frame of `out` after the other; outside there is silence.
    #[inline]
    pub fn fill<const N: usize>(&self, bank: usize, channels: [&[f32]; N], walk: &mut Walk, out: [&mut [f32]; N]) {
        *walk = lanes::dispatch_eight(Reading { bank: self.banks.get(bank), channels, walk: *walk, out });
    }

    /// The values of channels of equal length at `at`, where frame `i` is what `frame` gives.
    pub fn read_mapped<const N: usize>(
        &self,
        bank: usize,
        at: i128,
        channels: [&[f32]; N],
        frame: impl Fn(i64) -> i64,
    ) -> [f32; N] {
        let reach = self.reach(bank);
        let taps = (reach as usize * 2).min(MOST_TAPS);
        let first = (at >> 64) as i64 - (reach - 1);
        let mut near = [[0.0f32; MOST_TAPS]; N];
        for (near, samples) in near.iter_mut().zip(channels) {
            for (i, value) in near[..taps].iter_mut().enumerate() {
                let wanted = frame(first + i as i64);
                *value = usize::try_from(wanted).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
            }
        }
        let mut out = [[0.0f32; 1]; N];
        let mut walk = Walk { at: (i128::from(reach) - 1) << 64 | (at & (FRAME - 1)), ..Walk::default() };
        self.fill(bank, near.each_ref().map(|near| &near[..taps]), &mut walk, out.each_mut().map(|one| &mut one[..]));
        out.map(|[one]| one)
    }
}

/// The fastest rate that a kernel is for.
fn fastest(index: usize) -> f64 {
    libm::exp2(if index <= 8 { index as f64 / 8.0 } else { 1.0 + (index - 8) as f64 / 4.0 })
}

#[cfg(test)]
mod tests;
