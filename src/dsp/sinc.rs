//! Reading a sample between its frames: a windowed sinc of 16 taps (32 for the best), wider above rate 1 so that nothing
//! folds; a cubic for drafts.
//!
//! The kernel is a sinc under a Kaiser window (J. O. Smith, "Digital Audio Resampling", 2002). Above rate 1 it is
//! stretched, in eighths of an octave and then quarters: what the output cannot hold is taken off before it folds. Phases
//! between the stored ones are interpolated linearly. The cubic is Catmull and Rom's (1974).
//!
//! Invariant: at rate 1 on whole frames the samples come out as they are, bit for bit; where a reading is cut into
//! pieces, and which vectors the machine has, changes no bit.

use std::sync::OnceLock;

use super::lanes::{self, Kernel};
use crate::base::quality::Quality;

/// Stretches: none, eighths of an octave up to 2, then quarters up to 16.
const BANKS: usize = 9 + 12;
/// The most taps of any bank.
const MOST_TAPS: usize = 512;
/// Frames whose sums wait to be added up.
const FEW: usize = 16;
/// One frame in 32.32 fixed point.
pub const FRAME: i64 = 1 << 32;

/// Kernels for one stretch: for each phase a row of weights, then a row of what leads to the next phase's.
#[derive(Debug)]
struct Bank {
    taps: usize,
    phases: usize,
    rows: Vec<f32>,
}

/// All kernels of one quality.
#[derive(Debug)]
pub struct Kernels {
    /// Empty where a cubic is read.
    banks: Vec<Bank>,
}

/// A way through a sample, in 32.32 fixed point: where it is, by how much it moves on, and how that changes a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Walk {
    /// The place, in frames.
    pub at: i64,
    /// What is added a frame.
    pub step: i64,
    /// What is added to `step` a frame.
    pub bend: i64,
}

impl Walk {
    /// On to the next frame.
    #[inline(always)]
    pub fn advance(&mut self) {
        // Far from the ends of the numbers: no pace is over 10⁵ frames a frame.
        self.at = self.at.wrapping_add(self.step);
        self.step = self.step.wrapping_add(self.bend);
    }
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

/// Places at which the window is sampled; every bank reads from them.
const FINE: usize = 1 << 14;

/// Half the taps of the narrowest kernel, stored phases a frame, and Kaiser's β: side lobes of −92 and −125 dB.
fn shape(quality: Quality) -> (usize, usize, f64) {
    match quality {
        Quality::Best => (16, 2048, 12.6),
        Quality::Draft | Quality::Live => (8, 512, 9.2),
    }
}

impl Kernels {
    /// The kernels of this process; the first call builds them, so make it outside the callback.
    pub fn shared(quality: Quality) -> &'static Kernels {
        static KERNELS: [OnceLock<Kernels>; 3] = [const { OnceLock::new() }; 3];
        KERNELS[quality as usize].get_or_init(|| {
            if quality == Quality::Draft {
                return Kernels { banks: Vec::new() };
            }
            let (half, phases, beta) = shape(quality);
            let window: Vec<f64> = (0..=FINE + 1)
                .map(|i| {
                    let u = (i as f64 / FINE as f64).min(1.0);
                    bessel(beta * (1.0 - u * u).sqrt()) / bessel(beta)
                })
                .collect();
            let window = |u: f64| {
                let at = u.abs() * FINE as f64;
                let i = at as usize;
                if i >= FINE { 0.0 } else { window[i] + (window[i + 1] - window[i]) * (at - i as f64) }
            };
            Kernels { banks: (0..BANKS).map(|index| Bank::new(stretch(index), half, phases, &window)).collect() }
        })
    }

    /// Which kernel a rate of reading needs.
    pub fn bank(&self, rate: f64) -> usize {
        let rate = rate.abs();
        if rate <= 1.000_001 || self.banks.is_empty() {
            return 0;
        }
        // The kernel's slope is wide: from an octave up it begins a sixth lower, so that its stop band begins near the
        // fold. Nearer to rate 1 only what nobody hears would fold, and less is taken off.
        let octaves = libm::log2(rate);
        let wanted = octaves + 0.263 * octaves.min(1.0) - 1e-6;
        let at = if wanted <= 1.0 { libm::ceil(wanted * 8.0) } else { 8.0 + libm::ceil((wanted - 1.0) * 4.0) };
        (at.max(1.0) as usize).min(self.banks.len() - 1)
    }

    /// How far around a place a kernel reaches, in frames.
    pub fn reach(&self, bank: usize) -> i64 {
        self.banks.get(bank).map_or(2, |bank| bank.taps as i64 / 2)
    }

    /// Reads channels of equal length on a way through them, a frame of `out` after the other; outside there is silence.
    #[inline]
    pub fn fill<const N: usize>(&self, bank: usize, channels: [&[f32]; N], walk: &mut Walk, out: [&mut [f32]; N]) {
        *walk = lanes::dispatch(Reading { bank: self.banks.get(bank), channels, walk: *walk, out });
    }

    /// The values of channels of equal length at `at`, where frame `i` is what `frame` gives.
    pub fn read_mapped<const N: usize>(
        &self,
        bank: usize,
        at: i64,
        channels: [&[f32]; N],
        frame: impl Fn(i64) -> i64,
    ) -> [f32; N] {
        let reach = self.reach(bank);
        let taps = reach as usize * 2;
        let first = (at >> 32) - (reach - 1);
        let mut near = [[0.0f32; MOST_TAPS]; N];
        for (near, samples) in near.iter_mut().zip(channels) {
            for (i, value) in near[..taps.min(MOST_TAPS)].iter_mut().enumerate() {
                let wanted = frame(first + i as i64);
                *value = usize::try_from(wanted).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
            }
        }
        let mut out = [[0.0f32; 1]; N];
        let mut walk = Walk { at: (reach - 1) << 32 | (at & (FRAME - 1)), ..Walk::default() };
        let channels = near.each_ref().map(|near| &near[..taps.min(MOST_TAPS)]);
        self.fill(bank, channels, &mut walk, out.each_mut().map(|one| &mut one[..]));
        out.map(|[one]| one)
    }
}

/// A stretch of reading.
struct Reading<'a, const N: usize> {
    /// None reads a cubic.
    bank: Option<&'a Bank>,
    channels: [&'a [f32]; N],
    walk: Walk,
    out: [&'a mut [f32]; N],
}

impl<const N: usize> Kernel for Reading<'_, N> {
    type Output = Walk;

    #[inline(always)]
    fn run(self) -> Walk {
        // The usual widths as constants, so that their loops are unrolled.
        match self.bank {
            None => self.cubic(),
            Some(bank) => match bank.taps {
                16 => self.sinc::<16>(bank),
                24 => self.sinc::<24>(bank),
                32 => self.sinc::<32>(bank),
                40 => self.sinc::<40>(bank),
                48 => self.sinc::<48>(bank),
                _ => self.sinc_of(bank),
            },
        }
    }
}

#[expect(clippy::needless_range_loop, reason = "loops that the compiler makes vectors of")]
impl<const N: usize> Reading<'_, N> {
    #[inline(always)]
    fn sinc<const TAPS: usize>(self, bank: &Bank) -> Walk {
        let Reading { channels, mut walk, out, .. } = self;
        let rows = bank.rows.as_chunks::<TAPS>().0;
        let count = out.iter().map(|out| out.len()).min().unwrap_or(0);
        // Eight sums a frame, kept until a few frames are there: adding them up at once would keep the compiler from making
        // vectors of all this.
        let mut sums = [[[0.0f32; 8]; FEW]; N];
        let mut at = 0;
        while at < count {
            let length = (count - at).min(FEW);
            for i in 0..length {
                let (phase, between) = bank.phase(walk.at);
                let Some([row, next]) = rows.get(phase * 2..phase * 2 + 2) else { continue };
                let mut weights = [0.0f32; TAPS];
                for tap in 0..TAPS {
                    weights[tap] = row[tap] + between * next[tap];
                }
                let first = (walk.at >> 32) - (TAPS as i64 / 2 - 1);
                for channel in 0..N {
                    let samples = channels[channel];
                    let near =
                        usize::try_from(first).ok().and_then(|first| samples.get(first..)?.first_chunk::<TAPS>());
                    sums[channel][i] = match near {
                        Some(near) => products(&weights, near),
                        None => products(&weights, &outside(samples, first)),
                    };
                }
                walk.advance();
            }
            for channel in 0..N {
                for (out, sums) in out[channel][at..at + length].iter_mut().zip(&sums[channel]) {
                    *out = added(sums);
                }
            }
            at += length;
        }
        walk
    }

    /// Of any width.
    #[inline(always)]
    fn sinc_of(self, bank: &Bank) -> Walk {
        let Reading { channels, mut walk, out, .. } = self;
        let taps = bank.taps.min(MOST_TAPS);
        let count = out.iter().map(|out| out.len()).min().unwrap_or(0);
        let mut weights = [0.0f32; MOST_TAPS];
        for i in 0..count {
            let (phase, between) = bank.phase(walk.at);
            let row = bank.rows.get(phase * 2 * taps..(phase + 1) * 2 * taps).unwrap_or(&[]);
            let (row, next) = row.split_at(row.len() / 2);
            for ((weight, row), next) in weights[..taps].iter_mut().zip(row).zip(next) {
                *weight = row + between * next;
            }
            let first = (walk.at >> 32) - (taps as i64 / 2 - 1);
            for channel in 0..N {
                let samples = channels[channel];
                let near = usize::try_from(first).ok().and_then(|first| samples.get(first..first + taps));
                let sums = match near {
                    Some(near) => products_of(&weights[..taps], near),
                    None => products_of(&weights[..taps], &outside::<MOST_TAPS>(samples, first)[..taps]),
                };
                out[channel][i] = added(&sums);
            }
            walk.advance();
        }
        walk
    }

    #[inline(always)]
    fn cubic(self) -> Walk {
        let Reading { channels, mut walk, out, .. } = self;
        let count = out.iter().map(|out| out.len()).min().unwrap_or(0);
        let mut fours = [[[0.0f32; 4]; FEW]; N];
        let mut at = 0;
        while at < count {
            let length = (count - at).min(FEW);
            for i in 0..length {
                let f = ((walk.at as u32) >> 8) as f32 * (1.0 / 16_777_216.0);
                // Weights of the frames −1, 0, 1, 2 as polynomials of the place between.
                let mut weights = [0.0f32; 4];
                for tap in 0..4 {
                    weights[tap] = ((CUBIC[3][tap] * f + CUBIC[2][tap]) * f + CUBIC[1][tap]) * f + CUBIC[0][tap];
                }
                let first = (walk.at >> 32) - 1;
                for channel in 0..N {
                    let samples = channels[channel];
                    let near = if let Some(near) = samples.get(first as usize..)
                        && let Some(near) = near.first_chunk::<4>()
                    {
                        *near
                    } else {
                        outside(samples, first)
                    };
                    for tap in 0..4 {
                        fours[channel][i][tap] = weights[tap] * near[tap];
                    }
                }
                walk.advance();
            }
            for channel in 0..N {
                for (out, four) in out[channel][at..at + length].iter_mut().zip(&fours[channel]) {
                    *out = (four[0] + four[2]) + (four[1] + four[3]);
                }
            }
            at += length;
        }
        walk
    }
}

/// Catmull and Rom's weights by powers of the place between two frames.
const CUBIC: [[f32; 4]; 4] =
    [[0.0, 1.0, 0.0, 0.0], [-0.5, 0.0, 0.5, 0.0], [1.0, -2.5, 2.0, -0.5], [-0.5, 1.5, -1.5, 0.5]];

/// What a kernel meets that reaches beyond the sample: silence there.
#[cold]
#[inline(never)]
fn outside<const TAPS: usize>(samples: &[f32], first: i64) -> [f32; TAPS] {
    std::array::from_fn(|i| {
        usize::try_from(first + i as i64).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0)
    })
}

/// Eight sums side by side of what is weighed.
#[inline(always)]
fn products<const TAPS: usize>(weights: &[f32; TAPS], near: &[f32; TAPS]) -> [f32; 8] {
    // −0 and x are x, whatever x is.
    let mut sums = [-0.0f32; 8];
    let mut chunk = 0;
    while chunk + 8 <= TAPS {
        for i in 0..8 {
            sums[i] += weights[chunk + i] * near[chunk + i];
        }
        chunk += 8;
    }
    sums
}

/// The same of any width.
#[inline(always)]
fn products_of(weights: &[f32], near: &[f32]) -> [f32; 8] {
    // −0 and x are x, whatever x is.
    let mut sums = [-0.0f32; 8];
    for (weights, near) in weights.as_chunks::<8>().0.iter().zip(near.as_chunks::<8>().0) {
        for i in 0..8 {
            sums[i] += weights[i] * near[i];
        }
    }
    sums
}

/// Eight sums added in a fixed order.
#[inline(always)]
fn added(sums: &[f32; 8]) -> f32 {
    let four = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    (four[0] + four[2]) + (four[1] + four[3])
}

fn stretch(index: usize) -> f64 {
    libm::exp2(if index <= 8 { index as f64 / 8.0 } else { 1.0 + (index - 8) as f64 / 4.0 })
}

impl Bank {
    fn new(stretch: f64, half: usize, phases: usize, window: &dyn Fn(f64) -> f64) -> Bank {
        let taps = ((2.0 * half as f64 * stretch).ceil() as usize).next_multiple_of(8).min(MOST_TAPS);
        // A wider kernel changes less from phase to phase.
        let phases = (phases >> (libm::log2(stretch) as usize)).max(64);
        let row = |phase: usize| -> Vec<f64> {
            let fraction = phase as f64 / phases as f64;
            let row: Vec<f64> = (0..taps)
                .map(|tap| {
                    let x = tap as f64 - (taps as f64 / 2.0 - 1.0) - fraction;
                    let place = std::f64::consts::PI * x / stretch;
                    // Whole frames exactly.
                    let sinc = match x == 0.0 {
                        true => 1.0,
                        false if stretch == 1.0 && fraction == 0.0 => 0.0,
                        false => libm::sin(place) / place,
                    };
                    sinc * window(x / (taps as f64 / 2.0))
                })
                .collect();
            let sum: f64 = row.iter().sum();
            row.into_iter().map(|weight| weight / sum).collect()
        };
        let mut rows = Vec::with_capacity(phases * 2 * taps);
        let mut now = row(0);
        for phase in 1..=phases {
            // The row of the next frame's phase 0 is this bank's first, a frame on.
            let next = row(phase);
            rows.extend(now.iter().map(|weight| *weight as f32));
            rows.extend(now.iter().zip(&next).map(|(now, next)| (next - now) as f32));
            now = next;
        }
        Bank { taps, phases, rows }
    }

    /// The stored phase at or before a place, and how far it lies towards the next.
    #[inline(always)]
    fn phase(&self, at: i64) -> (usize, f32) {
        let fraction = (at as u32) as u64 * self.phases as u64;
        ((fraction >> 32) as usize, (fraction as u32) as f32 * (1.0 / 4_294_967_296.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::lanes::Instructions;
    use crate::dsp::testing::{db, rms, spectrum};

    fn resample(quality: Quality, hz: f64, rate: f64, count: usize) -> Vec<f32> {
        let samples: Vec<f32> = (0..(count as f64 * rate) as usize + 400)
            .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32)
            .collect();
        let kernels = Kernels::shared(quality);
        let mut walk = Walk { at: 200 * FRAME, step: (rate * 4_294_967_296.0) as i64, bend: 0 };
        let mut out = vec![0.0; count];
        kernels.fill(kernels.bank(rate), [&samples], &mut walk, [&mut out]);
        out
    }

    /// The tone of 15 kHz and the like over everything else, dB.
    fn clean(quality: Quality, hz: f64, rate: f64) -> f64 {
        let signal = resample(quality, hz, rate, 1 << 15);
        let bins = spectrum(&signal);
        let at = (hz * rate / 48_000.0 * signal.len() as f64).round() as usize;
        let tone: f64 = bins[at - 12..=at + 12].iter().map(|b| b * b).sum();
        let rest: f64 = bins[20..at - 12].iter().chain(&bins[at + 13..]).map(|b| b * b).sum();
        db((tone / rest).sqrt())
    }

    #[test]
    fn a_sine_of_15_khz_at_rate_1_37_is_clean_to_90_db_and_at_best_to_120() {
        let (live, best) = (clean(Quality::Live, 15_000.0, 1.37), clean(Quality::Best, 15_000.0, 1.37));
        assert!(live > 90.0 && best > 120.0, "{live} {best}");
    }

    #[test]
    fn slow_reading_is_clean_too() {
        for (hz, rate) in [(1000.0, 0.5), (10_000.0, 0.73), (14_000.0, 0.9)] {
            let (live, best) = (clean(Quality::Live, hz, rate), clean(Quality::Best, hz, rate));
            assert!(live > 90.0 && best > 120.0, "{hz} {rate}: {live} {best}");
        }
    }

    #[test]
    fn what_would_fold_is_gone() {
        for quality in [Quality::Live, Quality::Best] {
            let level = |hz| rms(&resample(quality, hz, 2.0, 8192));
            let fold = db(level(15_000.0) / level(1000.0));
            assert!(fold < -90.0, "{fold}");
            // And the middle of the band stays.
            let middle = db(level(5000.0) / level(500.0));
            assert!(middle.abs() < 0.5, "{middle}");
        }
    }

    #[test]
    fn a_sample_a_little_faster_keeps_its_treble() {
        for (rate, most) in [(1.01, 3.0), (1.06, 4.0), (1.12, 5.0)] {
            let level = |hz| rms(&resample(Quality::Live, hz, rate, 8192));
            let treble = db(level(17_000.0) / level(1000.0));
            assert!(treble.abs() < most, "rate {rate}: {treble}");
        }
    }

    #[test]
    fn rate_one_is_bit_exact() {
        let samples: Vec<f32> = crate::dsp::testing::noise(1, 100);
        for quality in [Quality::Draft, Quality::Live, Quality::Best] {
            let mut out = [0.0; 300];
            let mut walk = Walk { at: -100 * FRAME, step: FRAME, bend: 0 };
            Kernels::shared(quality).fill(0, [&samples], &mut walk, [&mut out]);
            assert_eq!(out[100..200], samples);
            assert!(out[..100].iter().chain(&out[200..]).all(|x| *x == 0.0));
        }
    }

    #[test]
    fn no_cut_and_no_vector_changes_a_bit() {
        let (left, right) = (crate::dsp::testing::noise(1, 900), crate::dsp::testing::noise(2, 900));
        for quality in [Quality::Draft, Quality::Live, Quality::Best] {
            let kernels = Kernels::shared(quality);
            for rate in [0.3, 1.05, 1.2, 1.41, 1.7, 1.99, 2.4, 7.9, 30.0, -1.3] {
                let bank = kernels.bank(rate);
                let start =
                    Walk { at: if rate < 0.0 { 890 << 32 } else { 0 }, step: (rate * FRAME as f64) as i64, bend: 7 };
                let whole = [Instructions::Plain, Instructions::Avx2, Instructions::Avx512].map(|instructions| {
                    let (mut one, mut two) = (vec![0.0; 700], vec![0.0; 700]);
                    let reading = Reading {
                        bank: kernels.banks.get(bank),
                        channels: [&left, &right],
                        walk: start,
                        out: [&mut one, &mut two],
                    };
                    lanes::dispatch_with(instructions, reading);
                    (one, two)
                });
                assert!(whole[0] == whole[1] && whole[0] == whole[2], "{quality:?} {rate}");
                let (mut one, mut walk) = (vec![0.0; 700], start);
                for piece in one.chunks_mut(13) {
                    kernels.fill(bank, [&left], &mut walk, [piece]);
                }
                assert_eq!(one, whole[0].0);
                // A map of frames that changes nothing gives the same.
                let mut walk = start;
                for value in &one[..80] {
                    assert_eq!(kernels.read_mapped(bank, walk.at, [&left], |i| i), [*value]);
                    walk.advance();
                }
            }
        }
    }
}
