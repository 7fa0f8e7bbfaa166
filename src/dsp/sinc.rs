//! Reading a sample between its frames: a windowed sinc of 16 taps, wider above rate 1 so that nothing folds.
//!
//! The kernel is a sinc under a Kaiser window (β = 9.2; J. O. Smith, "Digital Audio Resampling", 2002). Above rate 1 it is
//! stretched in quarter octaves: what the output cannot hold is taken off before it folds. Phases between the stored
//! ones are interpolated linearly.
//!
//! Invariant: at rate 1 on whole frames the samples come out as they are, bit for bit.

use std::sync::OnceLock;

/// Half the taps of the narrowest kernel.
const HALF: usize = 8;
/// Stored phases a frame.
const PHASES: usize = 512;
/// Stretches: none, then quarter octaves up to 16.
const BANKS: usize = 17;
/// Kaiser's β: side lobes of −92 dB.
const BETA: f64 = 9.2;
/// The most taps of any bank.
const MOST_TAPS: usize = 256;

/// Kernels for one stretch.
#[derive(Debug)]
struct Bank {
    taps: usize,
    phases: usize,
    weights: Vec<f32>,
}

/// All kernels.
#[derive(Debug)]
pub struct Kernels {
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
    pub fn shared() -> &'static Kernels {
        static KERNELS: OnceLock<Kernels> = OnceLock::new();
        KERNELS.get_or_init(|| {
            // One finely sampled side of the kernel, from which every bank reads.
            const FINE: usize = 2048;
            let side: Vec<f64> =
                (0..=HALF * FINE + 1).map(|i| windowed_sinc(i as f64 / FINE as f64, HALF as f64, BETA)).collect();
            let kernel = |x: f64| {
                let at = x.abs() * FINE as f64;
                let i = at as usize;
                if i >= HALF * FINE { 0.0 } else { side[i] + (side[i + 1] - side[i]) * (at - i as f64) }
            };
            Kernels { banks: (0..BANKS).map(|index| Bank::new(stretch(index), kernel)).collect() }
        })
    }

    /// Which kernel a rate of reading needs.
    pub fn bank(rate: f64) -> usize {
        let rate = rate.abs();
        if rate <= 1.000_001 {
            return 0;
        }
        // The kernel's slope is wide: it begins a sixth lower, so that its stop band begins near the fold.
        let wanted = libm::ceil(libm::log2(rate * 1.2) * 4.0 - 1e-6);
        (wanted.max(1.0) as usize).min(BANKS - 1)
    }

    /// The value of `samples` at `position` (32.32 fixed point, in frames); outside there is silence.
    #[inline]
    pub fn read(&self, bank: usize, samples: &[f32], position: i64) -> f32 {
        self.read_all(bank, [samples], position)[0]
    }

    /// The values of channels of equal length at `position`.
    #[inline]
    pub fn read_all<const N: usize>(&self, bank: usize, channels: [&[f32]; N], position: i64) -> [f32; N] {
        let bank = &self.banks[bank.min(BANKS - 1)];
        let frame = position >> 32;
        let fraction = (position as u32) as u64 * bank.phases as u64;
        let (phase, between) = ((fraction >> 32) as usize, (fraction as u32) as f32 * (1.0 / 4_294_967_296.0));
        let taps = bank.taps;
        let first = frame - (taps as i64 / 2 - 1);
        let Some(a) = bank.weights.get(phase * taps..(phase + 1) * taps) else { return [0.0; N] };
        let Some(b) = bank.weights.get((phase + 1) * taps..(phase + 2) * taps) else { return [0.0; N] };
        // The usual widths as constants, so that their loops are unrolled.
        match taps {
            16 => weigh::<N, 16>(a, b, between, channels, first),
            24 => weigh::<N, 24>(a, b, between, channels, first),
            32 => weigh::<N, 32>(a, b, between, channels, first),
            40 => weigh::<N, 40>(a, b, between, channels, first),
            _ => weigh::<N, MOST_TAPS>(a, b, between, channels, first),
        }
    }
}

/// The channels from frame `first` on under the weights between rows `a` and `b`, of at most `MOST` taps.
#[inline]
fn weigh<const N: usize, const MOST: usize>(
    a: &[f32],
    b: &[f32],
    between: f32,
    channels: [&[f32]; N],
    first: i64,
) -> [f32; N] {
    let taps = a.len().min(MOST);
    let mut weights = [0.0f32; MOST];
    for ((weight, a), b) in weights.iter_mut().zip(&a[..taps]).zip(b) {
        *weight = a + between * (b - a);
    }
    let weights = &weights[..taps];
    channels.map(|samples| {
        let whole = usize::try_from(first).ok().and_then(|first| samples.get(first..first + taps));
        if let Some(near) = whole {
            return dot(weights, near);
        }
        let mut near = [0.0f32; MOST];
        for (i, value) in near[..taps].iter_mut().enumerate() {
            *value = usize::try_from(first + i as i64).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
        }
        dot(weights, &near[..taps])
    })
}

/// Eight sums side by side, then added in a fixed order.
#[inline]
fn dot(weights: &[f32], near: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (weights, near) in weights.as_chunks::<8>().0.iter().zip(near.as_chunks::<8>().0) {
        for i in 0..8 {
            sums[i] += weights[i] * near[i];
        }
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}

fn stretch(index: usize) -> f64 {
    libm::exp2(index as f64 / 4.0)
}

impl Bank {
    fn new(stretch: f64, kernel: impl Fn(f64) -> f64) -> Bank {
        let taps = ((2.0 * HALF as f64 * stretch).ceil() as usize).next_multiple_of(8).min(MOST_TAPS);
        let phases = if stretch < 1.5 { PHASES } else { PHASES / 2 };
        let mut weights = Vec::with_capacity((phases + 1) * taps);
        for phase in 0..=phases {
            let fraction = phase as f64 / phases as f64;
            let row: Vec<f64> =
                (0..taps).map(|tap| kernel((tap as f64 - (taps as f64 / 2.0 - 1.0) - fraction) / stretch)).collect();
            let sum: f64 = row.iter().sum();
            weights.extend(row.iter().map(|weight| (weight / sum) as f32));
        }
        if stretch == 1.0 {
            // Whole frames exactly.
            for (phase, one) in [(0, taps / 2 - 1), (phases, taps / 2)] {
                for tap in 0..taps {
                    weights[phase * taps + tap] = if tap == one { 1.0 } else { 0.0 };
                }
            }
        }
        Bank { taps, phases, weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms, spectrum};

    fn resample(hz: f64, rate: f64, count: usize) -> Vec<f32> {
        let samples: Vec<f32> = (0..(count as f64 * rate) as usize + 400)
            .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32)
            .collect();
        let step = (rate * 4_294_967_296.0) as i64;
        let bank = Kernels::bank(rate);
        (0..count as i64).map(|i| Kernels::shared().read(bank, &samples, (200 << 32) + i * step)).collect()
    }

    #[test]
    fn a_sine_of_15_khz_at_rate_1_37_is_clean_to_90_db() {
        let signal = resample(15_000.0, 1.37, 1 << 15);
        let bins = spectrum(&signal);
        let at = (15_000.0 * 1.37 / 48_000.0 * signal.len() as f64).round() as usize;
        let tone: f64 = bins[at - 12..=at + 12].iter().map(|b| b * b).sum();
        let rest: f64 = bins[20..at - 12].iter().chain(&bins[at + 13..]).map(|b| b * b).sum();
        let ratio = db((tone / rest).sqrt());
        assert!(ratio > 90.0, "{ratio}");
    }

    #[test]
    fn slow_reading_is_clean_too() {
        for (hz, rate) in [(1000.0, 0.5), (10_000.0, 0.73), (14_000.0, 0.9)] {
            let signal = resample(hz, rate, 1 << 15);
            let bins = spectrum(&signal);
            let at = (hz * rate / 48_000.0 * signal.len() as f64).round() as usize;
            let tone: f64 = bins[at - 12..=at + 12].iter().map(|b| b * b).sum();
            let rest: f64 = bins[20..at - 12].iter().chain(&bins[at + 13..]).map(|b| b * b).sum();
            assert!(db((tone / rest).sqrt()) > 90.0, "{hz} {rate} {}", db((tone / rest).sqrt()));
        }
    }

    #[test]
    fn what_would_fold_is_gone() {
        let fold = db(rms(&resample(15_000.0, 2.0, 8192)) / rms(&resample(1000.0, 2.0, 8192)));
        assert!(fold < -90.0, "{fold}");
        // And the middle of the band stays.
        let middle = db(rms(&resample(5000.0, 2.0, 8192)) / rms(&resample(500.0, 2.0, 8192)));
        assert!(middle.abs() < 0.5, "{middle}");
    }

    #[test]
    fn rate_one_is_bit_exact() {
        let samples: Vec<f32> = crate::dsp::testing::noise(1, 100);
        for i in 0..100 {
            assert_eq!(Kernels::shared().read(0, &samples, (i as i64) << 32), samples[i]);
        }
        assert_eq!(Kernels::shared().read(0, &samples, -50 << 32), 0.0);
        assert_eq!(Kernels::shared().read(0, &samples, 500 << 32), 0.0);
    }
}
