//! Waves without aliases: one table for each third of an octave, with the harmonics that fit.
//!
//! Invariant: no harmonic of a table comes back under 20 kHz at the highest frequency that the table serves, and none
//! under 18 kHz is missing at the lowest.

use std::f64::consts::{PI, TAU};

/// The highest frequency of the lowest table, Hz.
const LOWEST: f64 = 20.0;
/// How many tables: eleven octaves.
const COUNT: usize = 33;

/// One wave at one third of an octave.
#[derive(Debug, Clone)]
pub struct Table {
    /// One period, with a frame before it and two after it for the interpolation.
    frames: Vec<f32>,
    bits: u32,
}

impl Table {
    fn new(harmonics: usize, amplitude: impl Fn(usize) -> f64) -> Table {
        let size = (harmonics * 8).clamp(2048, 16384).next_power_of_two();
        let mut real = vec![0.0; size];
        let mut imaginary = vec![0.0; size];
        for (harmonic, part) in imaginary.iter_mut().enumerate().take(size / 2).skip(1).take(harmonics) {
            *part = -amplitude(harmonic);
        }
        transform(&mut real, &mut imaginary);
        let frame = |at: usize| real[at % size] as f32;
        let frames = (0..size + 3).map(|at| frame(at + size - 1)).collect();
        Table { frames, bits: size.trailing_zeros() }
    }

    /// The wave at a phase that wraps by itself, by cubic interpolation.
    #[inline]
    pub fn at(&self, phase: u32) -> f32 {
        let index = (phase >> (32 - self.bits)) as usize;
        let fraction = (phase << self.bits) as f32 * (1.0 / 4_294_967_296.0);
        let Some(&[a, b, c, d]) = self.frames.get(index..index + 4) else { return 0.0 };
        // Lagrange through four frames, around the middle two.
        let middle = 0.5 * (c - a) - (1.0 / 6.0) * (d - a + 3.0 * (b - c));
        let bend = 0.5 * (a + c) - b;
        let twist = (1.0 / 6.0) * (d - a + 3.0 * (b - c));
        b + fraction * (middle + fraction * (bend + fraction * twist))
    }
}

/// The tables of all built-in waves.
#[derive(Debug)]
pub struct Tables {
    saws: Vec<Table>,
    triangles: Vec<Table>,
    rate: f32,
}

impl Tables {
    /// For a rate in Hz.
    pub fn new(rate: f32) -> Tables {
        // What lies above the half of the rate comes back mirrored: it may, as long as it stays above 20 kHz.
        let limit = (f64::from(rate) - 20_000.0).max(f64::from(rate) * 0.5);
        let harmonics = |table: usize| ((limit / highest(table)).floor() as usize).clamp(1, 2000);
        let saw = |harmonic: usize| 2.0 / (PI * harmonic as f64);
        let triangle = |harmonic: usize| match harmonic % 4 {
            1 => 8.0 / (PI * PI * (harmonic * harmonic) as f64),
            3 => -8.0 / (PI * PI * (harmonic * harmonic) as f64),
            _ => 0.0,
        };
        Tables {
            saws: (0..COUNT).map(|table| Table::new(harmonics(table), saw)).collect(),
            triangles: (0..COUNT).map(|table| Table::new(harmonics(table), triangle)).collect(),
            rate,
        }
    }

    /// A falling saw for a frequency in Hz.
    pub fn saw(&self, frequency: f32) -> &Table {
        &self.saws[index(frequency)]
    }

    /// A triangle for a frequency in Hz.
    pub fn triangle(&self, frequency: f32) -> &Table {
        &self.triangles[index(frequency)]
    }

    /// The rate that the tables are for, Hz.
    pub fn rate(&self) -> f32 {
        self.rate
    }
}

/// The table that serves a frequency in Hz.
fn index(frequency: f32) -> usize {
    let thirds = libm::ceilf(libm::log2f(frequency.max(1.0) * (1.0 / LOWEST as f32)) * 3.0 - 1e-4);
    (thirds.max(0.0) as usize).min(COUNT - 1)
}

/// The highest frequency that a table serves, Hz.
fn highest(table: usize) -> f64 {
    LOWEST * libm::exp2(table as f64 / 3.0)
}

/// The discrete Fourier transform in place, `Σ x[k]·e^(2πikn/N)`, radix two (Cooley & Tukey 1965).
fn transform(real: &mut [f64], imaginary: &mut [f64]) {
    let size = real.len();
    let bits = size.trailing_zeros();
    for at in 0..size {
        let other = at.reverse_bits() >> (usize::BITS - bits);
        if other > at {
            real.swap(at, other);
            imaginary.swap(at, other);
        }
    }
    let mut half = 1;
    while half < size {
        for step in 0..half {
            let angle = TAU * step as f64 / (2 * half) as f64;
            let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
            for low in (step..size).step_by(2 * half) {
                let high = low + half;
                let (re, im) =
                    (real[high] * cosine - imaginary[high] * sine, real[high] * sine + imaginary[high] * cosine);
                (real[high], imaginary[high]) = (real[low] - re, imaginary[low] - im);
                (real[low], imaginary[low]) = (real[low] + re, imaginary[low] + im);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::phase;

    #[test]
    fn a_low_saw_falls_from_one_to_minus_one() {
        let tables = Tables::new(48000.0);
        let saw = tables.saw(30.0);
        for (turns, level) in [(0.1, 0.8), (0.25, 0.5), (0.5, 0.0), (0.9, -0.8)] {
            assert!((saw.at(phase(turns)) - level).abs() < 0.01, "{turns}: {}", saw.at(phase(turns)));
        }
    }

    #[test]
    fn a_triangle_peaks_at_its_quarter() {
        let tables = Tables::new(48000.0);
        assert!((tables.triangle(100.0).at(phase(0.25)) - 1.0).abs() < 0.01);
        assert!((tables.triangle(100.0).at(phase(0.125)) - 0.5).abs() < 0.01);
    }

    #[test]
    fn a_high_saw_is_a_sine() {
        let tables = Tables::new(48000.0);
        let saw = tables.saw(19_000.0);
        let level = 2.0 / std::f32::consts::PI;
        assert!((saw.at(phase(0.25)) - level).abs() < 1e-5);
        assert!((saw.at(phase(0.125)) - level * std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-5);
    }

    /// The spectrum of a wave that repeats `cycles` times in 2¹⁶ frames, so that nothing leaks; levels of the bins.
    fn spectrum(cycles: u32, wave: impl Fn(u32) -> f32) -> Vec<f64> {
        let size = 1u32 << 16;
        let mut real: Vec<f64> = (0..size).map(|n| f64::from(wave((n * cycles) << 16))).collect();
        let mut imaginary = vec![0.0; size as usize];
        transform(&mut real, &mut imaginary);
        real.iter().zip(&imaginary).map(|(re, im)| libm::sqrt(re * re + im * im)).take(1 << 15).collect()
    }

    #[test]
    fn no_alias_is_heard_and_no_harmonic_is_missing() {
        let tables = Tables::new(48000.0);
        for frequency in [27.5, 61.0, 110.0, 233.0, 440.0, 997.0, 1760.0, 2999.0, 4987.0, 8000.0] {
            let cycles = (frequency / 48000.0 * 65536.0) as u32 | 1;
            let saw = tables.saw(frequency);
            let levels = spectrum(cycles, |phase| saw.at(phase));
            let bin = |hertz: f64| (hertz / 48000.0 * 65536.0) as usize;
            let first = levels[cycles as usize];
            let alias =
                (1..bin(20_000.0)).filter(|at| at % cycles as usize != 0).map(|at| levels[at]).fold(0.0, f64::max);
            let alias = 20.0 * libm::log10(alias / first);
            assert!(alias < -100.0, "{frequency} Hz: {alias} dB");
            for harmonic in 1..=bin(18_000.0) / cycles as usize {
                let level = 20.0 * libm::log10(levels[harmonic * cycles as usize] * harmonic as f64 / first);
                assert!(level.abs() < 1.0, "{frequency} Hz, harmonic {harmonic}: {level} dB");
            }
        }
    }
}
