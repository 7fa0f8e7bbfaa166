//! What rings and what strikes: a tone is a line along time in a spectrogram, a hit is a line across it.
//!
//! Medians along each tell them apart (D. `FitzGerald`, "Harmonic/percussive separation using median filtering", 2010).
//!
//! Invariant: the two parts sum to the whole.

use std::collections::VecDeque;

use super::{Stereo, hann, scaled};
use crate::dsp::fourier::{Complex, Fourier, pack, unpack};

/// Frames of a window at 48 kHz: 43 ms, bins of 23 Hz.
const WINDOW: usize = 2048;
/// Windows that a median along time looks at: 0.2 s.
const ALONG: usize = 19;
/// Bins that a median across time looks at: 500 Hz.
const ACROSS: usize = 21;
/// What strikes is so much above what rings where it gets half of a bin.
const LEAN: f64 = 2.0;

/// The ringing part and the striking part.
pub(super) fn part(whole: &Stereo, rate: u32) -> (Stereo, Stereo) {
    let count = scaled(WINDOW, rate);
    let (half, hop) = (count / 2, count / 4);
    let window = hann(count);
    let fourier = Fourier::new(count);
    let mut striking = Stereo::silence(whole.0.len());
    // Spectra that wait until the windows after them are known, and what was last along each bin.
    let mut waiting: VecDeque<Vec<Complex>> = VecDeque::new();
    let mut along = vec![Median::new(ALONG); half + 1];
    let steps = whole.0.len().div_ceil(hop) + 3;
    for step in 0..steps + ALONG / 2 {
        let mut bins = Vec::with_capacity(count);
        whole.windowed((step * hop) as i64 - 3 * hop as i64, &window, &mut bins);
        fourier.forward(&mut bins);
        for (bin, median) in along.iter_mut().enumerate() {
            median.push(level(&bins, bin));
        }
        waiting.push_back(bins);
        if step < ALONG / 2 {
            continue;
        }
        let Some(mut bins) = waiting.pop_front() else { continue };
        mask(&mut bins, &along);
        fourier.backward(&mut bins);
        // Squared windows a quarter apart sum to 3/2.
        for bin in &mut bins {
            *bin = (bin.0 / 1.5, bin.1 / 1.5);
        }
        striking.add(((step - ALONG / 2) * hop) as i64 - 3 * hop as i64, &bins, &window);
    }
    let rest = whole.0.iter().zip(&striking.0).map(|(all, part)| (all.0 - part.0, all.1 - part.1)).collect();
    (Stereo(rest), striking)
}

/// Leaves the share of each bin that strikes: all where the median across is well above that along, nothing where it is
/// well below, for tones that stand close together look like a line across.
fn mask(bins: &mut [Complex], along: &[Median]) {
    let half = bins.len() / 2;
    let mut across = Median::new(ACROSS);
    let levels: Vec<f32> = (0..=half).map(|bin| level(bins, bin)).collect();
    for value in &levels[..(ACROSS / 2).min(levels.len())] {
        across.push(*value);
    }
    for (bin, along) in along.iter().enumerate().take(half + 1) {
        across.push(levels.get(bin + ACROSS / 2).copied().unwrap_or(0.0));
        let (rings, strikes) = (f64::from(along.middle()), f64::from(across.middle()));
        let fourth = |x: f64| x * x * (x * x);
        let (rings, strikes) = (fourth(LEAN * rings), fourth(strikes));
        let share = if rings + strikes > 0.0 { strikes / (rings + strikes) } else { 0.0 };
        let parts = unpack(bins, bin).map(|part| (part.0 * share, part.1 * share));
        pack(bins, bin, parts);
    }
}

/// The level of a bin, of both channels.
fn level(bins: &[Complex], bin: usize) -> f32 {
    let energy: f64 = unpack(bins, bin).iter().map(|(re, im)| re * re + im * im).sum();
    energy.sqrt() as f32
}

/// The median of the last values.
#[derive(Clone, Debug)]
struct Median {
    /// In the order in which they came.
    came: VecDeque<f32>,
    sorted: Vec<f32>,
}

impl Median {
    /// Of `count` values, zeros at first.
    fn new(count: usize) -> Median {
        Median { came: vec![0.0; count].into(), sorted: vec![0.0; count] }
    }

    fn push(&mut self, value: f32) {
        let value = if value.is_finite() { value } else { 0.0 };
        self.came.push_back(value);
        let Some(old) = self.came.pop_front() else { return };
        let from = self.sorted.partition_point(|other| *other < old);
        let to = self.sorted.partition_point(|other| *other < value);
        // The one that leaves makes room, and what stands between moves up by one place.
        if to > from {
            self.sorted.copy_within(from + 1..to, from);
            self.sorted[to - 1] = value;
        } else {
            self.sorted.copy_within(to..from, to + 1);
            self.sorted[to] = value;
        }
    }

    fn middle(&self) -> f32 {
        self.sorted[self.sorted.len() / 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms};

    #[test]
    fn a_running_median_is_the_median() {
        let mut median = Median::new(7);
        let values = noise(5, 500);
        for (at, value) in values.iter().enumerate() {
            median.push(*value);
            let mut last: Vec<f32> = (0..7).map(|back| if at >= back { values[at - back] } else { 0.0 }).collect();
            last.sort_by(f32::total_cmp);
            assert_eq!(median.middle(), last[3]);
        }
    }

    #[test]
    fn a_tone_rings_and_a_click_strikes() {
        let tone: Vec<f32> = (0..48_000).map(|i| 0.3 * libm::sinf(i as f32 * 0.05)).collect();
        let mut clicks = vec![0.0f32; 48_000];
        for at in (4000..48_000).step_by(8000) {
            clicks[at] = 0.9;
        }
        let both: Vec<f32> = tone.iter().zip(&clicks).map(|(a, b)| a + b).collect();
        let (ringing, striking) = part(&Stereo::new(&[both]), 48_000);
        let off = |part: Stereo, ideal: &[f32]| -> Vec<f32> {
            part.channel(0).iter().zip(ideal).map(|(a, b)| a - b).collect()
        };
        let middle = 12_000..36_000;
        let rest = db(rms(&off(ringing, &tone)[middle.clone()]) / rms(&tone[middle.clone()]));
        assert!(rest < -30.0, "{rest} dB of the click ring");
        let peak = striking.channel(0)[20_000];
        assert!(peak > 0.8, "a click of 0.9 strikes with {peak}");
    }
}
