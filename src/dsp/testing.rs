//! What the tests of sound measure with: spectra, levels, noise.

use rustfft::{FftPlanner, num_complex::Complex};

/// dB of an amplitude.
pub(crate) fn db(x: f64) -> f64 {
    20.0 * libm::log10(x.max(1e-12))
}

/// Amplitudes of the bins from 0 to half the rate; a sine of amplitude 1 in the middle of a bin reads 1.
///
/// Blackman-Harris with seven terms' little brother, a Kaiser window with β = 20 (side lobes under −150 dB).
pub(crate) fn spectrum(signal: &[f32]) -> Vec<f64> {
    let n = signal.len();
    let window: Vec<f64> = (0..n)
        .map(|i| {
            let x = 2.0 * i as f64 / (n - 1) as f64 - 1.0;
            crate::dsp::sinc::bessel(20.0 * (1.0 - x * x).max(0.0).sqrt()) / crate::dsp::sinc::bessel(20.0)
        })
        .collect();
    let sum: f64 = window.iter().sum();
    let mut bins: Vec<Complex<f64>> =
        signal.iter().zip(&window).map(|(x, w)| Complex::new(f64::from(*x) * w, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    bins[..=n / 2].iter().map(|bin| bin.norm() * 2.0 / sum).collect()
}

/// The RMS of what is above `hz`, by brick wall, over the whole signal (which should begin and end in silence or be
/// long).
pub(crate) fn energy_above(signal: &[f32], hz: f64, rate: f64) -> f64 {
    let n = signal.len();
    let window = |i: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * i as f64 / n as f64);
    let mut bins: Vec<Complex<f64>> =
        signal.iter().enumerate().map(|(i, x)| Complex::new(f64::from(*x) * window(i), 0.0)).collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    let first = (hz * n as f64 / rate) as usize;
    let sum: f64 = bins[first..n / 2].iter().map(|bin| 2.0 * bin.norm_sqr()).sum();
    // Parseval; the Hann window takes 3/8 of the power.
    (sum / (n as f64 * n as f64) / 0.375).sqrt()
}

/// RMS.
pub(crate) fn rms(signal: &[f32]) -> f64 {
    (signal.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / signal.len().max(1) as f64).sqrt()
}

/// White noise, −1 to 1, the same for the same seed.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<f32> {
    (0..count as u64)
        .map(|i| (crate::base::random::unit(crate::base::random::join(seed, i)) * 2.0 - 1.0) as f32)
        .collect()
}
