//! A small Fourier transform for what is made ahead of time: the spectra of single cycles.
//!
//! Invariant: lengths are powers of two; the same bits on every machine.

/// A complex number.
pub type Complex = (f64, f64);

/// The transform of a real signal whose length is a power of two: as many bins as it has frames.
pub fn forward(signal: &[f64]) -> Vec<Complex> {
    let mut bins: Vec<Complex> = signal.iter().map(|x| (*x, 0.0)).collect();
    transform(&mut bins, -1.0);
    bins
}

/// The signal of a spectrum's harmonics 1 to `highest`: without DC.
pub fn harmonics(spectrum: &[Complex], highest: usize) -> Vec<f64> {
    let count = spectrum.len();
    let kept = |bin: usize| {
        let harmonic = bin.min(count - bin);
        harmonic > 0 && harmonic <= highest
    };
    let mut bins: Vec<Complex> =
        spectrum.iter().enumerate().map(|(bin, value)| if kept(bin) { *value } else { (0.0, 0.0) }).collect();
    transform(&mut bins, 1.0);
    bins.iter().map(|(real, _)| real / count as f64).collect()
}

/// In place, radix two (Cooley and Tukey 1965); `sign` −1 is forward, 1 backward without the division.
fn transform(bins: &mut [Complex], sign: f64) {
    let count = bins.len();
    if !count.is_power_of_two() || count < 2 {
        return;
    }
    let bits = count.trailing_zeros();
    for i in 0..count {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if j > i {
            bins.swap(i, j);
        }
    }
    let mut length = 2;
    while length <= count {
        let turn = sign * std::f64::consts::TAU / length as f64;
        let factors: Vec<Complex> =
            (0..length / 2).map(|k| (libm::cos(turn * k as f64), libm::sin(turn * k as f64))).collect();
        for piece in bins.chunks_exact_mut(length) {
            let (low, high) = piece.split_at_mut(length / 2);
            for ((a, b), factor) in low.iter_mut().zip(high).zip(&factors) {
                let turned = (b.0 * factor.0 - b.1 * factor.1, b.0 * factor.1 + b.1 * factor.0);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        length *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_comes_back_and_loses_what_is_above() {
        let wave = |i: usize, harmonic: f64| libm::sin(std::f64::consts::TAU * harmonic * i as f64 / 256.0);
        let cycle: Vec<f64> = (0..256).map(|i| wave(i, 1.0) + 0.5 * wave(i, 9.0) + 0.3).collect();
        let spectrum = forward(&cycle);
        let (all, low) = (harmonics(&spectrum, 127), harmonics(&spectrum, 8));
        for i in 0..256 {
            assert!((all[i] - (cycle[i] - 0.3)).abs() < 1e-12);
            assert!((low[i] - wave(i, 1.0)).abs() < 1e-12);
        }
    }
}
