//! From the engine's rate to a device's: a windowed sinc with one row of the table for each phase that occurs.
//!
//! Only for a device whose rate is not the session's; else samples go through untouched. The position is a fraction of
//! integers, so hours later it is still exact. The window is Kaiser's (J. F. Kaiser, "Nonrecursive digital filter
//! design using the I0-sinh window function", 1974), with beta for 90 dB.
//!
//! Invariant: after `new` nothing is allocated.

use std::f64::consts::PI;

/// Taps on each side of the centre when the rate goes up; more when it goes down, so that the band stays clean.
const HALF: usize = 32;
/// Engine frames computed at a time.
const CHUNK: usize = 64;
/// The most rows in the table; ratios with more phases take the nearest row.
const MOST_PHASES: u64 = 2048;
/// Kaiser's beta for a stop band of 90 dB.
const BETA: f64 = 8.96;

/// Asked for the next engine frames: `(left, right, at, place)`. `at` is when the first of them sounds, in the device's
/// frames from the start of the block; `place` turns an offset into the engine's frames into one into the device's.
pub(super) type Pull<'a> = dyn FnMut(&mut [f32], &mut [f32], f64, &dyn Fn(u32) -> u32) + 'a;

/// A stereo converter of rates.
pub(super) struct Resampler {
    /// Input frames per output frame is `step / unit`.
    step: u64,
    unit: u64,
    /// The next output frame stands at input frame `whole + part / unit` of the buffer.
    whole: usize,
    part: u64,
    half: usize,
    phases: u64,
    table: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
    filled: usize,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Resampler {
        let divisor = gcd(u64::from(from), u64::from(to)).max(1);
        let (step, unit) = (u64::from(from) / divisor, (u64::from(to) / divisor).max(1));
        let cutoff = (unit as f64 / step.max(1) as f64).min(1.0);
        let half = (HALF as f64 / cutoff) as usize;
        let phases = unit.min(MOST_PHASES);
        let mut table = Vec::with_capacity(phases as usize * 2 * half);
        for phase in 0..phases {
            let shift = phase as f64 / phases as f64;
            let row: Vec<f64> =
                (0..2 * half).map(|tap| kernel(tap as f64 + 1.0 - half as f64 - shift, half, cutoff)).collect();
            // Every row passes a constant signal unchanged, or the phases would be heard as a tone.
            let sum: f64 = row.iter().sum();
            table.extend(row.iter().map(|tap| (tap / sum) as f32));
        }
        let room = 2 * half + CHUNK + step.div_ceil(unit) as usize + 1;
        Resampler {
            step,
            unit,
            whole: half - 1,
            part: 0,
            half,
            phases,
            table,
            left: vec![0.0; room],
            right: vec![0.0; room],
            filled: half - 1,
        }
    }

    /// Fills `left` and `right`, asking `pull` for engine frames when they are needed.
    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32], pull: &mut Pull<'_>) {
        for (at, (left, right)) in left.iter_mut().zip(right).enumerate() {
            while self.whole + self.half >= self.filled {
                self.fill(at, pull);
            }
            let row = (self.part * self.phases / self.unit) as usize * 2 * self.half;
            let taps = &self.table[row..row + 2 * self.half];
            let from = self.whole + 1 - self.half;
            *left = dot(taps, &self.left[from..]);
            *right = dot(taps, &self.right[from..]);
            self.part += self.step;
            self.whole += (self.part / self.unit) as usize;
            self.part %= self.unit;
        }
    }

    /// Moves what is still needed to the front and asks for a chunk behind it.
    fn fill(&mut self, at: usize, pull: &mut Pull<'_>) {
        let done = (self.whole + 1).saturating_sub(self.half).min(self.filled);
        self.left.copy_within(done..self.filled, 0);
        self.right.copy_within(done..self.filled, 0);
        self.whole -= done;
        self.filled -= done;
        let (start, end) = (self.filled, self.filled + CHUNK);
        let here = self.whole as f64 + self.part as f64 / self.unit as f64;
        let (step, unit) = (self.step as f64, self.unit as f64);
        let sounds = move |frame: f64| at as f64 + (frame - here) * unit / step;
        pull(&mut self.left[start..end], &mut self.right[start..end], sounds(start as f64), &|offset| {
            sounds((start + offset as usize) as f64).max(0.0) as u32
        });
        self.filled = end;
    }
}

fn dot(taps: &[f32], samples: &[f32]) -> f32 {
    taps.iter().zip(samples).map(|(tap, sample)| tap * sample).sum()
}

fn kernel(x: f64, half: usize, cutoff: f64) -> f64 {
    let inside = 1.0 - (x / half as f64) * (x / half as f64);
    if inside <= 0.0 {
        return 0.0;
    }
    // The pass band ends a little under the lower of the two Nyquist frequencies, or the transition would fold.
    let x = PI * x * cutoff * 0.95;
    let sinc = if x.abs() < 1e-9 { 1.0 } else { libm::sin(x) / x };
    sinc * bessel(BETA * inside.sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..40 {
        let factor = x / (2.0 * f64::from(n));
        term *= factor * factor;
        sum += term;
    }
    sum
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a sine of `hz` at `from` through the converter, in blocks of uneven size; the output without its start.
    fn convert(from: u32, to: u32, hz: f64) -> Vec<f64> {
        let mut resampler = Resampler::new(from, to);
        let mut frame = 0u64;
        let mut out = Vec::new();
        for block in (0..40).map(|n| 100 + n * 7) {
            let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
            resampler.process(&mut left, &mut right, &mut |left, right, _, _| {
                for (left, right) in left.iter_mut().zip(right) {
                    *left = libm::sin(2.0 * PI * hz * frame as f64 / f64::from(from)) as f32;
                    *right = -*left;
                    frame += 1;
                }
            });
            assert!(left.iter().zip(&right).all(|(left, right)| *left == -*right));
            out.extend(left.iter().map(|sample| f64::from(*sample)));
        }
        out.split_off(500)
    }

    /// Energy that is left, in dB, once the best fitting sine of `hz` is taken away.
    fn error_db(out: &[f64], hz: f64, rate: u32) -> f64 {
        let phase = |n: usize| 2.0 * PI * hz * n as f64 / f64::from(rate);
        let scale = 2.0 / out.len() as f64;
        let s = scale * out.iter().enumerate().map(|(n, x)| x * libm::sin(phase(n))).sum::<f64>();
        let c = scale * out.iter().enumerate().map(|(n, x)| x * libm::cos(phase(n))).sum::<f64>();
        let rest = out.iter().enumerate().map(|(n, x)| x - s * libm::sin(phase(n)) - c * libm::cos(phase(n)));
        10.0 * libm::log10(rest.map(|x| x * x).sum::<f64>() / (out.len() as f64 * 0.5))
    }

    #[test]
    fn a_sine_stays_a_sine_at_its_pitch() {
        for (from, to) in [(44_100, 48_000), (48_000, 44_100), (48_000, 96_000), (96_000, 44_100)] {
            for hz in [1000.0, 9000.0] {
                // Whole periods, so that the fit is exact.
                let mut out = convert(from, to, hz);
                out.truncate(out.len() / 480 * 480);
                let whole = (f64::from(to) / 1000.0 * 10.0) as usize;
                out.truncate(out.len() / whole * whole);
                let error = error_db(&out, hz, to);
                assert!(error < -80.0, "{from} to {to}, {hz} Hz: {error:.1} dB");
            }
        }
    }

    #[test]
    fn the_rates_keep_step_for_ever() {
        let mut resampler = Resampler::new(44_100, 48_000);
        let mut pulled = 0;
        let (mut left, mut right) = (vec![0.0; 480], vec![0.0; 480]);
        for _ in 0..1000 {
            resampler.process(&mut left, &mut right, &mut |left, _, _, _| pulled += left.len());
        }
        let exact = 441 * 1000;
        assert!(pulled >= exact && pulled < exact + 3 * CHUNK, "{pulled}");
    }

    #[test]
    fn an_event_keeps_its_place_in_the_sound() {
        let mut resampler = Resampler::new(500, 1000);
        let (mut left, mut right) = (vec![0.0; 400], vec![0.0; 400]);
        let mut frame = 0;
        let mut place = 0;
        resampler.process(&mut left, &mut right, &mut |left, _, _, to_device| {
            for (offset, sample) in left.iter_mut().enumerate() {
                *sample = f32::from(frame == 100);
                if frame == 100 {
                    place = to_device(offset as u32) as usize;
                }
                frame += 1;
            }
        });
        let loudest = (0..400).max_by(|a, b| left[*a].total_cmp(&left[*b])).unwrap();
        assert!(loudest.abs_diff(place) <= 1, "sounds at {loudest}, told {place}");
    }
}
