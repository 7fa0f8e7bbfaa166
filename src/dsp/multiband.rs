//! Compression in bands: three of them, or the sibilants alone.
//!
//! Bands are split by fourth-order crossovers (S. Linkwitz, E. Riembauer, "Active crossover networks for noncoincident
//! drivers", JAES 24, 1976) whose sum is an all-pass; the low band goes through the upper crossover's all-pass too, so that all
//! three add up flat. Each band's compressor is [`super::comp`]'s.
//!
//! Invariant: where no band is compressed, the sum has the level of the sound at every frequency.

use super::BLOCK;
use super::comp::{Detector, pole, reduction};
use super::effect::Effect;
use super::glide::Glide;
use super::math::{exp2, log2};
use super::section::Section;

/// dB of a power of two.
const DB: f32 = 6.020_6;
/// dB as a power of two.
const OCTAVES: f32 = std::f32::consts::LOG2_10 / 20.0;
/// Over how many dB around its threshold a band's compressor sets in.
const KNEE: f32 = 6.0;

type Side = [f32; BLOCK];
type Stereo = [Side; 2];

/// A crossover: two sections for the low side, two for the high.
#[derive(Debug)]
struct Crossover {
    low: [Section; 2],
    high: [Section; 2],
}

impl Crossover {
    fn new(hz: f32, rate: f32) -> Crossover {
        Crossover {
            low: [Section::high_cut(hz, rate), Section::high_cut(hz, rate)],
            high: [Section::low_cut(hz, rate), Section::low_cut(hz, rate)],
        }
    }

    fn turn(&mut self, hz: f32, rate: f32, at_once: bool) {
        for section in &mut self.low {
            section.turn_high_cut(hz, rate, at_once);
        }
        for section in &mut self.high {
            section.turn_low_cut(hz, rate, at_once);
        }
    }

    /// The low side stays, the high one comes back.
    fn split(&mut self, sound: &mut Stereo, frames: usize) -> Stereo {
        let mut high = *sound;
        run(&mut self.low, sound, frames);
        run(&mut self.high, &mut high, frames);
        high
    }

    fn sections(&mut self) -> impl Iterator<Item = &mut Section> {
        self.low.iter_mut().chain(&mut self.high)
    }
}

fn run(sections: &mut [Section], sound: &mut Stereo, frames: usize) {
    let [left, right] = sound;
    for section in sections {
        section.run(&mut left[..frames], &mut right[..frames]);
    }
}

fn add(to: &mut Stereo, from: &Stereo, frames: usize) {
    for (to, from) in to.iter_mut().zip(from) {
        for (to, from) in to[..frames].iter_mut().zip(&from[..frames]) {
            *to += from;
        }
    }
}

/// One band's compressor.
#[derive(Debug, Default)]
struct Squeeze {
    detector: Detector,
}

impl Squeeze {
    fn run(&mut self, sound: &mut Stereo, frames: usize, values: &[[f32; 2]; BLOCK], attack: f32, release: f32) {
        let mut gains = [0.0f32; BLOCK];
        let [left, right] = sound;
        for (i, gain) in gains[..frames].iter_mut().enumerate() {
            let [threshold, slope] = values[i];
            *gain = reduction(DB * log2(left[i].abs().max(right[i].abs())) - threshold, slope, KNEE);
        }
        self.detector.follow(&mut gains[..frames], attack, release);
        for (i, gain) in gains[..frames].iter().enumerate() {
            let gain = exp2(-OCTAVES * gain);
            left[i] *= gain;
            right[i] *= gain;
        }
    }
}

/// A compressor in three bands, or a de-esser.
#[derive(Debug)]
pub struct Multiband {
    rate: f32,
    deess: bool,
    /// Threshold and slope.
    values: Glide<2>,
    attack: f32,
    release: f32,
    lower: Crossover,
    upper: Crossover,
    /// What the low band goes through, so that it meets the others in phase.
    level: Crossover,
    bands: [Squeeze; 3],
}

impl Multiband {
    /// In three bands, or for sibilants alone; for `rate` frames a second.
    pub fn new(deess: bool, rate: f32) -> Multiband {
        Multiband {
            rate,
            deess,
            values: Glide::new([0.0, 0.0], rate),
            attack: 0.0,
            release: 0.0,
            lower: Crossover::new(200.0, rate),
            upper: Crossover::new(2500.0, rate),
            level: Crossover::new(2500.0, rate),
            bands: std::array::from_fn(|_| Squeeze::default()),
        }
    }
}

impl Effect for Multiband {
    /// Multiband: Hz, Hz, dB, ratio, seconds, seconds. De-esser: Hz, dB, ratio.
    fn set(&mut self, p: &[f32], at_once: bool) {
        let slope = |ratio: f32| 1.0 - 1.0 / ratio.max(1.0);
        match (self.deess, p) {
            (false, [low, high, threshold, ratio, attack, release, ..]) => {
                self.lower.turn(*low, self.rate, at_once);
                self.upper.turn(high.max(low * 1.5), self.rate, at_once);
                self.level.turn(high.max(low * 1.5), self.rate, at_once);
                self.values.set([*threshold, slope(*ratio)], at_once);
                self.attack = pole(*attack, self.rate);
                self.release = pole(*release, self.rate);
            }
            (true, [hz, threshold, ratio, ..]) => {
                self.upper.turn(*hz, self.rate, at_once);
                self.values.set([*threshold, slope(*ratio)], at_once);
                self.attack = pole(0.001, self.rate);
                self.release = pole(0.05, self.rate);
            }
            _ => {}
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let mut values = [[0.0f32; 2]; BLOCK];
        for value in &mut values[..frames] {
            *value = self.values.step();
        }
        let mut sound: Stereo = [[0.0; BLOCK]; 2];
        sound[0][..frames].copy_from_slice(&left[..frames]);
        sound[1][..frames].copy_from_slice(&right[..frames]);
        if self.deess {
            let mut high = self.upper.split(&mut sound, frames);
            self.bands[2].run(&mut high, frames, &values, self.attack, self.release);
            add(&mut sound, &high, frames);
        } else {
            let mut middle = self.lower.split(&mut sound, frames);
            let mut high = self.upper.split(&mut middle, frames);
            let level = self.level.split(&mut sound, frames);
            add(&mut sound, &level, frames);
            for (band, sound) in self.bands.iter_mut().zip([&mut sound, &mut middle, &mut high]) {
                band.run(sound, frames, &values, self.attack, self.release);
            }
            add(&mut sound, &middle, frames);
            add(&mut sound, &high, frames);
        }
        left[..frames].copy_from_slice(&sound[0][..frames]);
        right[..frames].copy_from_slice(&sound[1][..frames]);
    }

    fn reset(&mut self) {
        for section in [&mut self.lower, &mut self.upper, &mut self.level].into_iter().flat_map(Crossover::sections) {
            section.reset();
        }
        self.bands = std::array::from_fn(|_| Squeeze::default());
    }

    fn settle(&mut self) {
        for section in [&mut self.lower, &mut self.upper, &mut self.level].into_iter().flat_map(Crossover::sections) {
            section.settle();
        }
        for band in &mut self.bands {
            band.detector.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms};

    fn level(deess: bool, p: &[f32], hz: f64, amplitude: f64) -> f64 {
        let mut multiband = Multiband::new(deess, 48_000.0);
        multiband.set(p, true);
        let mut l: Vec<f32> = (0..48_000)
            .map(|i| (amplitude * libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 48_000.0)) as f32)
            .collect();
        let mut r = l.clone();
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            multiband.settle();
            multiband.process(l, r);
        }
        db(rms(&l[24_000..]) * std::f64::consts::SQRT_2 / amplitude)
    }

    #[test]
    fn without_compression_it_is_flat() {
        for hz in [50.0, 150.0, 200.0, 300.0, 900.0, 2000.0, 2500.0, 4000.0, 12_000.0] {
            let flat = level(false, &[200.0, 2500.0, 0.0, 1.0, 0.01, 0.1], hz, 0.1);
            assert!(flat.abs() < 0.02, "{hz}: {flat}");
            let flat = level(true, &[6000.0, 0.0, 1.0], hz, 0.1);
            assert!(flat.abs() < 0.02, "{hz}: {flat}");
        }
    }

    #[test]
    fn a_loud_band_falls_and_a_sibilant_too() {
        let p = [200.0, 2500.0, -20.0, 4.0, 0.005, 0.2];
        for hz in [60.0, 800.0, 9000.0] {
            let fell = level(false, &p, hz, 0.5);
            assert!((fell + 10.5).abs() < 0.7, "{hz}: {fell}");
        }
        assert!((level(true, &[5000.0, -30.0, 4.0], 16_000.0, 0.5) + 18.0).abs() < 1.5);
        assert!(level(true, &[5000.0, -30.0, 4.0], 500.0, 0.5).abs() < 0.1);
    }
}
