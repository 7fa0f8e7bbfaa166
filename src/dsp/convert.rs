//! From one rate to another, once and for all of a sample: a windowed sinc of 96 taps, longer where the rate falls.
//!
//! The window is Kaiser's (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974)
//! with side lobes of −108 dB; 0.93 of the narrower band is left as it is. Places are fractions of whole numbers, so nothing
//! drifts; where they have too many phases, rows of the table are interpolated.
//!
//! Invariant: a constant stays what it is, and the bits are the same on every machine.

use super::sinc::windowed_sinc;

/// Taps on each side where the rate rises.
const HALF: f64 = 48.0;
/// The most taps on each side, whatever the rates.
const MOST_HALF: f64 = 4096.0;
/// Kaiser's β.
const BETA: f64 = 11.0;
/// Rows of the table where the rates have more phases than that; what lies between is interpolated (−143 dB).
const MOST_PHASES: u64 = 4096;

/// How many frames at the rate `to` last as long as `frames` at the rate `from` (frames a second), rounded up.
pub fn converted_length(frames: usize, from: u32, to: u32) -> usize {
    (frames as u128 * u128::from(to)).div_ceil(u128::from(from.max(1))) as usize
}

/// A channel at the rate `to`, which was at the rate `from` (frames a second); outside it there is silence.
pub fn convert(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let converter = Converter::new(from, to);
    let mut out = vec![0.0; converter.length(samples.len())];
    converter.fill(samples, 0, &mut out);
    out
}

/// From one rate to another, a stretch at a time.
pub struct Converter {
    from: u32,
    to: u32,
    /// What a frame at the new rate is in frames at the old one: `step / unit`.
    step: u64,
    unit: u64,
    table: Table,
}

impl Converter {
    /// Between two rates, frames a second.
    pub fn new(from: u32, to: u32) -> Converter {
        let (from, to) = (from.max(1), to.max(1));
        let divisor = gcd(u64::from(from), u64::from(to));
        let (step, unit) = (u64::from(from) / divisor, u64::from(to) / divisor);
        Converter { from, to, step, unit, table: Table::new(step, unit) }
    }

    /// How many frames become of so many.
    pub fn length(&self, frames: usize) -> usize {
        converted_length(frames, self.from, self.to)
    }

    /// The converted frames from `first` on, of a channel as a whole; the same wherever it is cut.
    pub fn fill(&self, samples: &[f32], first: usize, out: &mut [f32]) {
        let half = self.table.half;
        let place = |frame: usize| {
            let at = frame as u128 * u128::from(self.step);
            ((at / u128::from(self.unit)) as usize, (at % u128::from(self.unit)) as u64)
        };
        // What is read around the first and the last frame; outside the channel there is silence.
        let (begin, end) = (place(first).0, place(first + out.len()).0 + 2 * half);
        let mut around = vec![0.0; end - begin];
        let from = begin.max(half - 1);
        let there = samples.get(from - (half - 1)..(end - (half - 1)).min(samples.len())).unwrap_or(&[]);
        around[from - begin..from - begin + there.len()].copy_from_slice(there);
        for (frame, out) in out.iter_mut().enumerate() {
            let (whole, part) = place(first + frame);
            let near = around.get(whole - begin..whole - begin + 2 * half);
            *out = near.map_or(0.0, |near| self.table.weigh(part, self.unit, near));
        }
    }
}

/// The weights at each phase that occurs, and after the last those of the next frame's first.
struct Table {
    half: usize,
    phases: u64,
    rows: Vec<f32>,
}

impl Table {
    fn new(step: u64, unit: u64) -> Table {
        let cutoff = (unit as f64 / step as f64).min(1.0);
        let half = ((HALF / cutoff).min(MOST_HALF) as usize).next_multiple_of(4);
        let phases = unit.min(MOST_PHASES);
        let mut rows = Vec::with_capacity((phases as usize + 1) * half * 2);
        for phase in 0..=phases {
            let fraction = phase as f64 / phases as f64;
            let row: Vec<f64> = (0..2 * half)
                .map(|tap| {
                    let x = tap as f64 - (half as f64 - 1.0) - fraction;
                    windowed_sinc(x * cutoff, half as f64 * cutoff, BETA)
                })
                .collect();
            // Every row passes a constant unchanged, or the phases would be heard as a tone.
            let sum: f64 = row.iter().sum();
            rows.extend(row.iter().map(|weight| (weight / sum) as f32));
        }
        Table { half, phases, rows }
    }

    /// The value `part / unit` of a frame after the middle of what is near.
    fn weigh(&self, part: u64, unit: u64, near: &[f32]) -> f32 {
        let taps = self.half * 2;
        let at = part * self.phases;
        let (row, between) = ((at / unit) as usize, (at % unit) as f32 / unit as f32);
        let row_at = |row: usize| self.rows.get(row * taps..(row + 1) * taps).unwrap_or(&[]);
        let here = weighed(row_at(row), near);
        if between == 0.0 { here } else { here + between * (weighed(row_at(row + 1), near) - here) }
    }
}

/// The sum of products, as eight sums side by side, in a fixed order.
#[inline]
pub(super) fn weighed(row: &[f32], near: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (weights, near) in row.as_chunks::<8>().0.iter().zip(near.as_chunks::<8>().0) {
        for i in 0..8 {
            sums[i] += weights[i] * near[i];
        }
    }
    let four = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    (four[0] + four[2]) + (four[1] + four[3])
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, rms};

    fn tone(hz: f64, rate: u32, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| (0.5 * libm::sin(std::f64::consts::TAU * hz * i as f64 / f64::from(rate))) as f32).collect()
    }

    /// How far a tone that was converted is from the tone at its new rate, dB, away from the ends.
    fn error(hz: f64, from: u32, to: u32) -> f64 {
        let got = convert(&tone(hz, from, from as usize / 4), from, to);
        let ideal = tone(hz, to, got.len());
        let rest: Vec<f32> = got.iter().zip(&ideal).map(|(a, b)| a - b).collect();
        let middle = got.len() / 4..got.len() * 3 / 4;
        db(rms(&rest[middle.clone()]) / rms(&ideal[middle]))
    }

    #[test]
    fn a_tone_comes_out_as_if_it_had_been_made_at_the_new_rate() {
        // The last has more phases than the table has rows.
        for (from, to) in [(44_100, 48_000), (48_000, 44_100), (22_050, 48_000), (96_000, 48_000), (44_101, 48_000)] {
            for share in [0.02, 0.4, 0.9] {
                let hz = share * f64::from(from.min(to)) / 2.0;
                let error = error(hz, from, to);
                assert!(error < -95.0, "{hz} Hz from {from} to {to}: {error} dB");
            }
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        for hz in [26_500.0, 33_000.0, 45_000.0] {
            let got = convert(&tone(hz, 96_000, 24_000), 96_000, 48_000);
            let level = db(rms(&got[2000..10_000]) / rms(&tone(hz, 96_000, 24_000)));
            assert!(level < -100.0, "{hz} Hz: {level} dB");
        }
    }

    #[test]
    fn a_constant_stays_and_a_length_is_kept() {
        let got = convert(&vec![0.25; 4410], 44_100, 48_000);
        assert_eq!(got.len(), 4800);
        assert!(got[200..4600].iter().all(|x| (x - 0.25).abs() < 1e-6));
        assert_eq!(convert(&[0.1, 0.2], 48_000, 48_000), [0.1, 0.2]);
        assert!(convert(&[], 44_100, 48_000).is_empty());
        assert_eq!(converted_length(3, 44_100, 48_000), 4);
        // A rate that only a broken header tells takes no more memory than its taps.
        assert_eq!(convert(&[0.0; 768], 768_000, 1000).len(), 1);
    }
}
