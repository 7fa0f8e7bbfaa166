//! What rendered sound is measured with, at 48 kHz: levels, spectra, pitch.

use rustfft::{FftPlanner, num_complex::Complex};

/// Frames a second.
pub const RATE: f64 = 48_000.0;

/// A sine of half amplitude, seconds long.
pub fn tone(hz: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * RATE) as usize)
        .map(|i| (0.5 * (std::f64::consts::TAU * hz * i as f64 / RATE).sin()) as f32)
        .collect()
}

/// dB of an amplitude.
pub fn db(x: f64) -> f64 {
    20.0 * x.max(1e-15).log10()
}

/// A sine of `hz` over everything else, dB: by least squares over 8,192 frames from the first half second on.
pub fn clean(signal: &[f32], hz: f64) -> f64 {
    clean_over(&signal[24_000..24_000 + 8192], hz)
}

/// The same over the whole of a signal: the least difference of pitch is read as noise.
pub fn clean_over(signal: &[f32], hz: f64) -> f64 {
    let part: Vec<f64> = signal.iter().map(|x| f64::from(*x)).collect();
    let (mut ss, mut sc, mut cc, mut sx, mut cx) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let at = |i: usize| (std::f64::consts::TAU * hz * i as f64 / RATE).sin_cos();
    for (i, x) in part.iter().enumerate() {
        let (s, c) = at(i);
        ss += s * s;
        sc += s * c;
        cc += c * c;
        sx += s * x;
        cx += c * x;
    }
    let det = ss * cc - sc * sc;
    let (a, b) = ((sx * cc - cx * sc) / det, (cx * ss - sx * sc) / det);
    let rest: f64 = part.iter().enumerate().map(|(i, x)| (x - a * at(i).0 - b * at(i).1).powi(2)).sum();
    10.0 * (f64::midpoint(a * a, b * b) / (rest / part.len() as f64)).log10()
}

/// RMS.
pub fn rms(signal: &[f32]) -> f64 {
    (signal.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / signal.len() as f64).sqrt()
}

/// The RMS above a frequency, under a Hann window.
pub fn above(signal: &[f32], hz: f64) -> f64 {
    let n = signal.len();
    let mut bins: Vec<Complex<f64>> = signal
        .iter()
        .enumerate()
        .map(|(i, x)| {
            Complex::new(f64::from(*x) * (0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n as f64).cos()), 0.0)
        })
        .collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    let sum: f64 = bins[(hz * n as f64 / RATE) as usize..n / 2].iter().map(|bin| 2.0 * bin.norm_sqr()).sum();
    (sum / (n as f64 * n as f64) / 0.375).sqrt()
}

/// The pitch of a stretch of seconds, by its upward zero crossings.
pub fn pitch(signal: &[f32], from: f64, to: f64) -> f64 {
    let part = &signal[(from * RATE) as usize..(to * RATE) as usize];
    let places: Vec<f64> = part
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(i, pair)| i as f64 + f64::from(pair[0] / (pair[0] - pair[1])))
        .collect();
    (places.len() - 1) as f64 * RATE / (places[places.len() - 1] - places[0])
}

/// Amplitudes of a second's bins of 1 Hz: a sine of amplitude 1 in the middle of one reads 1. The window is Kaiser's with
/// side lobes under −150 dB; a line is seven bins wide to each side.
pub fn second(signal: &[f32]) -> Vec<f64> {
    let n = RATE as usize;
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..60 {
            term *= (x / 2.0 / f64::from(k)).powi(2);
            sum += term;
        }
        sum
    };
    let window: Vec<f64> = (0..n)
        .map(|i| bessel(20.0 * (1.0 - (2.0 * i as f64 / (n - 1) as f64 - 1.0).powi(2)).max(0.0).sqrt()) / bessel(20.0))
        .collect();
    let sum: f64 = window.iter().sum();
    let mut bins: Vec<Complex<f64>> =
        signal[..n].iter().zip(&window).map(|(x, w)| Complex::new(f64::from(*x) * w, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    bins[..=n / 2].iter().map(|bin| bin.norm() * 2.0 / sum).collect()
}

/// The loudest line under 20 kHz that is no multiple of `hz`, against the one at `hz`, in dB.
pub fn alias(signal: &[f32], hz: usize) -> f64 {
    let bins = second(signal);
    let foreign = |bin: &usize| (bin % hz).min(hz - bin % hz) > 8;
    let worst = (20..20_000).filter(foreign).map(|bin| bins[bin]).fold(0.0, f64::max);
    db(worst / bins[hz])
}
