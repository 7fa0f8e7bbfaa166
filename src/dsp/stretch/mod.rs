//! A sample made longer or shorter at its pitch, once and for all: ahead of need, never while it plays.
//!
//! What rings and what strikes are parted first and stretched each in its own way, after J. Driedger, M.
//! Müller and S. Ewert, "Improving time-scale modification of music signals using harmonic-percussive separation"
//! (2014): the ringing part by a phase vocoder whose bins keep their phases around each peak, so that
//! chords do not blur; the striking part by moving short pieces of it, so that a hit keeps its edge. Here a
//! hit is also moved as a whole: time runs at its own pace around it, and makes up for that between hits.
//!
//! Invariants: a ratio of 1 gives the sample as it was; what is at frame `t` comes at frame `t · ratio`; two channels
//! keep their phases to each other; the same bits on every machine.

mod overlap;
mod parts;
mod vocoder;

use std::ops::Deref;

use super::fourier::Complex;

/// The least and the greatest ratio: eight times, and two octaves.
pub const RATIOS: (f64, f64) = (1.0 / 32.0, 32.0);

/// One channel or two of the same length, at `rate` frames a second, made `ratio` times as long.
///
/// ```
/// use talea::dsp::stretch::stretch;
/// let tone: Vec<f32> = (0..48_000).map(|i| (i as f32 * 0.05).sin()).collect();
/// assert_eq!(stretch(&[tone], 48_000, 1.5)[0].len(), 72_000);
/// ```
pub fn stretch<C: Deref<Target = [f32]>>(channels: &[C], rate: u32, ratio: f64) -> Vec<Vec<f32>> {
    let ratio = ratio.clamp(RATIOS.0, RATIOS.1);
    let frames = channels.iter().map(|channel| channel.len()).max().unwrap_or(0);
    let length = (frames as f64 * ratio).round() as usize;
    if frames == 0 || length == 0 || (ratio - 1.0).abs() < 1e-9 {
        return channels.iter().map(|channel| channel.to_vec()).collect();
    }
    let whole = Stereo::new(channels);
    let (ringing, striking) = parts::part(&whole, rate);
    let mut out = vocoder::stretch(&ringing, rate, ratio, length);
    overlap::stretch(&striking, rate, ratio, &mut out);
    (0..channels.len()).map(|channel| out.channel(channel)).collect()
}

/// Two channels as one complex signal, which one transform carries: left is real, right imaginary.
#[derive(Clone, Debug)]
struct Stereo(Vec<Complex>);

impl Stereo {
    fn new<C: Deref<Target = [f32]>>(channels: &[C]) -> Stereo {
        let frames = channels.iter().map(|channel| channel.len()).max().unwrap_or(0);
        let at = |channel: usize, i: usize| channels.get(channel).and_then(|c| c.get(i)).map_or(0.0, |x| f64::from(*x));
        Stereo((0..frames).map(|i| (at(0, i), at(1, i))).collect())
    }

    fn silence(frames: usize) -> Stereo {
        Stereo(vec![(0.0, 0.0); frames])
    }

    fn channel(&self, channel: usize) -> Vec<f32> {
        self.0.iter().map(|(left, right)| if channel == 0 { *left as f32 } else { *right as f32 }).collect()
    }

    /// A window's length of it from frame `from`, weighed; silence outside.
    fn windowed(&self, from: i64, window: &[f64], out: &mut Vec<Complex>) {
        out.clear();
        out.extend((from..).zip(window).map(|(i, weight)| {
            let (left, right) = usize::try_from(i).ok().and_then(|i| self.0.get(i)).copied().unwrap_or((0.0, 0.0));
            (left * weight, right * weight)
        }));
    }

    /// Adds a weighed piece from frame `from`.
    fn add(&mut self, from: i64, piece: &[Complex], window: &[f64]) {
        for ((i, (left, right)), weight) in (from..).zip(piece).zip(window) {
            if let Some(out) = usize::try_from(i).ok().and_then(|i| self.0.get_mut(i)) {
                out.0 += left * weight;
                out.1 += right * weight;
            }
        }
    }
}

/// Hann's window; pieces that overlap by a half sum to 1.
fn hann(count: usize) -> Vec<f64> {
    (0..count).map(|i| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * i as f64 / count as f64)).collect()
}

/// A power of two that lasts about as long at any rate as `frames` do at 48 kHz.
fn scaled(frames: usize, rate: u32) -> usize {
    let wished = frames as f64 * f64::from(rate.max(1)) / 48_000.0;
    let above = (wished.max(16.0) as usize).next_power_of_two();
    if above as f64 > wished * std::f64::consts::SQRT_2 { above / 2 } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms, spectrum};

    fn tone(hz: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| (0.4 * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32).collect()
    }

    fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    }

    #[test]
    fn a_chord_keeps_its_pitch_and_is_clean() {
        // Tones in the middle of bins of the half second that is measured; near each other their windows touch.
        for (tones, most) in [([220, 330, 440], -44.0), ([220, 276, 330], -40.0), ([220, 660, 1500], -66.0)] {
            let chord = tones.iter().fold(vec![0.0; 96_000], |all, hz| sum(&all, &tone(f64::from(*hz), 96_000)));
            for ratio in [0.5, 0.8, 1.25, 2.0, 3.0] {
                let out = stretch(std::slice::from_ref(&chord), 48_000, ratio);
                assert_eq!(out[0].len(), (96_000.0 * ratio) as usize);
                let middle = out[0].len() / 2 - 12_000..out[0].len() / 2 + 12_000;
                let bins = spectrum(&out[0][middle]);
                let near = |bin: usize| tones.iter().any(|hz| bin.abs_diff(*hz as usize / 2) <= 8);
                let spur = bins.iter().enumerate().filter(|(bin, _)| !near(*bin)).map(|(_, x)| *x).fold(0.0, f64::max);
                for hz in tones {
                    let level = db(bins[hz as usize / 2]) - db(0.4);
                    assert!(level.abs() < 0.5, "{tones:?} by {ratio}: {hz} Hz is off by {level} dB");
                }
                assert!(db(spur) < most, "{tones:?} by {ratio}: {} dB beside them", db(spur));
            }
        }
    }

    #[test]
    fn hits_come_in_their_time_and_stay_hits() {
        // Bursts of noise that fall by 60 dB in 50 ms, ten a second at uneven places.
        let starts: Vec<usize> = (0..10).map(|i| 2400 + i * 4800 + (i * i * 37) % 900).collect();
        let mut hits = vec![0.0f32; 52_000];
        for (i, start) in starts.iter().enumerate() {
            for (at, x) in noise(i as u64, 2400).into_iter().enumerate() {
                hits[start + at] += 0.5 * x * libm::exp(-6.9 * at as f64 / 2400.0) as f32;
            }
        }
        for ratio in [0.75, 1.5, 2.0] {
            let out = stretch(std::slice::from_ref(&hits), 48_000, ratio).remove(0);
            for start in &starts {
                let to = (*start as f64 * ratio) as usize;
                let before = rms(&out[to - 480..to - 72]);
                let after = rms(&out[to..to + 480]);
                let was = rms(&hits[*start..start + 480]);
                assert!((db(after) - db(was)).abs() < 1.5, "{ratio}: {:.1} dB, was {:.1}", db(after), db(was));
                assert!(db(before) < db(after) - 20.0, "{ratio}: {:.1} dB before {:.1}", db(before), db(after));
            }
        }
    }

    #[test]
    fn two_channels_keep_their_phases() {
        // A tone to the left, and a quarter of a turn later to the right.
        let left = tone(440.0, 48_000);
        let right: Vec<f32> = (0..48_000)
            .map(|i| (0.4 * libm::cos(std::f64::consts::TAU * 440.0 * f64::from(i) / 48_000.0)) as f32)
            .collect();
        let out = stretch(&[left, right], 48_000, 1.7);
        let middle = 30_000..50_000;
        let level = rms(&sum(&out[0][middle.clone()], &out[1][middle.clone()]));
        assert!((db(level) - db(0.4)).abs() < 0.3, "{} dB", db(level));
    }

    #[test]
    fn a_ratio_of_one_changes_nothing_and_odd_samples_do_no_harm() {
        let odd = vec![noise(1, 777)];
        assert_eq!(stretch(&odd, 48_000, 1.0), odd);
        for (frames, rate, ratio) in [(1, 48_000, 2.0), (3, 8_000, 8.0), (100, 192_000, 0.0), (5000, 1, f64::MAX)] {
            let out = stretch(&[noise(2, frames), noise(3, frames)], rate, ratio);
            assert_eq!(out[0].len(), out[1].len());
            assert!(out.iter().flatten().all(|x| x.is_finite() && x.abs() < 4.0), "{frames} {rate} {ratio}");
        }
        assert!(stretch::<Vec<f32>>(&[], 48_000, 2.0).is_empty());
        assert!(stretch(&[vec![]], 48_000, 2.0)[0].is_empty());
    }
}
