//! A small Fourier transform for what is made ahead of time: the spectra of single cycles, stretched samples.
//!
//! Invariant: lengths are powers of two; the same bits on every machine.

/// A complex number.
pub type Complex = (f64, f64);

/// The transform of one length, with its factors.
#[derive(Clone, Debug)]
pub struct Fourier {
    count: usize,
    /// `e^(−iτk/count)` for the first half of a turn.
    factors: Vec<Complex>,
}

impl Fourier {
    /// For `count` bins, rounded up to a power of two.
    pub fn new(count: usize) -> Fourier {
        let count = count.max(2).next_power_of_two();
        let turn = -std::f64::consts::TAU / count as f64;
        let factors = (0..count / 2).map(|k| (libm::cos(turn * k as f64), libm::sin(turn * k as f64))).collect();
        Fourier { count, factors }
    }

    /// How many bins it has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// From a signal to its bins, in place; what is longer than the transform is left as it is.
    pub fn forward(&self, bins: &mut [Complex]) {
        self.turn(bins, 1.0);
    }

    /// From bins to their signal, in place.
    pub fn backward(&self, bins: &mut [Complex]) {
        self.turn(bins, -1.0);
        let share = 1.0 / self.count as f64;
        for bin in bins.iter_mut().take(self.count) {
            *bin = (bin.0 * share, bin.1 * share);
        }
    }

    /// Radix two (J. W. Cooley and J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series",
    /// 1965).
    fn turn(&self, bins: &mut [Complex], sign: f64) {
        let Some(bins) = bins.get_mut(..self.count) else { return };
        let bits = self.count.trailing_zeros();
        for i in 0..self.count {
            let j = i.reverse_bits() >> (usize::BITS - bits);
            if j > i {
                bins.swap(i, j);
            }
        }
        let mut length = 2;
        while length <= self.count {
            let stride = self.count / length;
            for piece in bins.chunks_exact_mut(length) {
                let (low, high) = piece.split_at_mut(length / 2);
                for ((a, b), factor) in low.iter_mut().zip(high).zip(self.factors.iter().step_by(stride)) {
                    let (cos, sin) = (factor.0, factor.1 * sign);
                    let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            length *= 2;
        }
    }
}

/// The bins of two real channels, of which one was the real part of the signal and one the imaginary part; `bin` up to half
/// of them.
pub fn unpack(packed: &[Complex], bin: usize) -> [Complex; 2] {
    let count = packed.len();
    let (a, b) = (packed[bin % count], packed[(count - bin) % count]);
    [(0.5 * (a.0 + b.0), 0.5 * (a.1 - b.1)), (0.5 * (a.1 + b.1), 0.5 * (b.0 - a.0))]
}

/// Puts bins of two real channels together again.
pub fn pack(packed: &mut [Complex], bin: usize, [left, right]: [Complex; 2]) {
    let count = packed.len();
    packed[bin] = (left.0 - right.1, left.1 + right.0);
    if bin != 0 && bin * 2 != count {
        packed[count - bin] = (left.0 + right.1, right.0 - left.1);
    }
}

/// The transform of a real signal whose length is a power of two: as many bins as it has frames.
pub fn forward(signal: &[f64]) -> Vec<Complex> {
    let fourier = Fourier::new(signal.len());
    let mut bins: Vec<Complex> = signal.iter().map(|x| (*x, 0.0)).collect();
    bins.resize(fourier.count(), (0.0, 0.0));
    fourier.forward(&mut bins);
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
    Fourier::new(count).backward(&mut bins);
    bins.iter().map(|(real, _)| *real).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_spectrum_holds_both_channels() {
        let mut packed = vec![(0.0, 0.0); 16];
        for bin in 0..=8 {
            let edge = bin == 0 || bin == 8;
            let left = (bin as f64, if edge { 0.0 } else { 2.0 });
            let right = (-3.0 * bin as f64, if edge { 0.0 } else { 7.0 });
            pack(&mut packed, bin, [left, right]);
        }
        for bin in 1..8 {
            assert_eq!(unpack(&packed, bin), [(bin as f64, 2.0), (-3.0 * bin as f64, 7.0)]);
        }
        assert_eq!(unpack(&packed, 0), [(0.0, 0.0), (0.0, 0.0)]);
        assert_eq!(unpack(&packed, 8), [(8.0, 0.0), (-24.0, 0.0)]);
    }

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
