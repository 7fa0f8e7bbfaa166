//! What rings, stretched: a phase vocoder with the phases of each peak's surroundings locked to it.
//!
//! After M. Puckette, "Phase-locked vocoder" (1995), and J. Laroche and M. Dolson, "Improved phase vocoder time-scale
//! modification of audio" (1999). The turn from one output frame to the next is that from an input frame a hop before to
//! the input frame itself, so that no phase is ever unwrapped; it is found for each peak and shared by the bins around
//! it.

use super::{Stereo, hann, scaled};
use crate::dsp::fourier::{Complex, Fourier, pack, unpack};

/// Frames of a window at 48 kHz: 85 ms, bins of 12 Hz.
const WINDOW: usize = 4096;
/// Windows that overlap everywhere.
const OVERLAP: usize = 4;

/// `length` frames of output, in which frame `t` of the input comes at `t · ratio`.
pub(super) fn stretch(input: &Stereo, rate: u32, ratio: f64, length: usize) -> Stereo {
    let count = scaled(WINDOW, rate);
    let (half, hop) = (count / 2, count / OVERLAP);
    let window = hann(count);
    let fourier = Fourier::new(count);
    let mut out = Stereo::silence(length);
    let (mut bins, mut earlier) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut last: Vec<[Complex; 2]> = Vec::new();
    let mut turned: Vec<[Complex; 2]> = Vec::with_capacity(half + 1);
    for step in 0..length.div_ceil(hop) + OVERLAP {
        // The windows' middles correspond.
        let middle = (step * hop) as i64 - half as i64;
        let from = (middle as f64 / ratio).round() as i64 - half as i64;
        input.windowed(from, &window, &mut bins);
        fourier.forward(&mut bins);
        turned.clear();
        turned.extend((0..=half).map(|bin| unpack(&bins, bin)));
        if !last.is_empty() {
            input.windowed(from - hop as i64, &window, &mut earlier);
            fourier.forward(&mut earlier);
            turn(&mut turned, &last, &earlier);
        }
        for (bin, value) in turned.iter().enumerate() {
            pack(&mut bins, bin, *value);
        }
        std::mem::swap(&mut last, &mut turned);
        fourier.backward(&mut bins);
        // Squared windows sum to 3/8 of their overlap.
        let share = 8.0 / (3.0 * OVERLAP as f64);
        for bin in &mut bins {
            *bin = (bin.0 * share, bin.1 * share);
        }
        out.add(middle - half as i64, &bins, &window);
    }
    out
}

/// Turns the bins around each peak as its phase went on since the output frame before.
fn turn(bins: &mut [[Complex; 2]], last: &[[Complex; 2]], earlier: &[Complex]) {
    let level = |bin: &[Complex; 2]| bin.iter().map(|(re, im)| re * re + im * im).sum::<f64>();
    let levels: Vec<f64> = bins.iter().map(level).collect();
    let at = |bin: usize| levels.get(bin).copied().unwrap_or(0.0);
    let is_peak = |bin: usize| {
        let here = at(bin);
        here > 0.0 && (1..=2).all(|by| here >= at(bin + by) && (bin < by || here > at(bin - by)))
    };
    let peaks: Vec<usize> = (0..levels.len()).filter(|bin| is_peak(*bin)).collect();
    let mut from = 0;
    for (i, peak) in peaks.iter().enumerate() {
        // Its surroundings end at the lowest bin before the next peak.
        let to = peaks
            .get(i + 1)
            .map_or(levels.len(), |next| (*peak..=*next).min_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap_or(*next));
        let (mut re, mut im) = (0.0, 0.0);
        for (was, before) in last[*peak].iter().zip(unpack(earlier, *peak)) {
            re += was.0 * before.0 + was.1 * before.1;
            im += was.1 * before.0 - was.0 * before.1;
        }
        let size = (re * re + im * im).sqrt();
        let (cos, sin) = if size > 1e-30 { (re / size, im / size) } else { (1.0, 0.0) };
        for bin in &mut bins[from..to] {
            *bin = bin.map(|(re, im)| (re * cos - im * sin, re * sin + im * cos));
        }
        from = to;
    }
}
