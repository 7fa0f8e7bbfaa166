//! A compressor: feed-forward, in decibels, with a soft knee.
//!
//! D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis" (JAES 60,
//! 2012): the gain computer is their equation 4, the detector the smooth decoupled one, equation 17, on the gain that it
//! asks for. Both sides share one gain, from the louder of them.
//!
//! Invariant: what stays under the knee passes bit for bit; the gain never rises above the makeup.

use super::BLOCK;
use super::effect::Effect;
use super::glide::Glide;
use super::lanes::{Kernel, LANES, Lanes, Vector, dispatch, exp2, log2};
use super::math::flush;

/// dB of a power of two.
const DB: f32 = 6.020_6;
/// dB as a power of two.
const OCTAVES: f32 = std::f32::consts::LOG2_10 / 20.0;

/// How fast something falls to 1/e: its factor a frame.
pub(super) fn pole(seconds: f32, rate: f32) -> f32 {
    libm::expf(-1.0 / (seconds * rate).max(0.5))
}

/// What a level above the threshold loses, dB: equation 4, with the knee as one square and without a branch.
#[inline(always)]
pub(super) fn reduction(over: f32, slope: f32, knee: f32) -> f32 {
    let knee = knee.max(1e-3);
    let bent = (over + 0.5 * knee).clamp(0.0, knee);
    slope * (bent * bent / (2.0 * knee) + (over - 0.5 * knee).max(0.0))
}

/// The smooth decoupled peak detector: it holds and lets go, then is smoothed by the attack.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Detector {
    held: f32,
    smooth: f32,
}

impl Detector {
    /// What is asked for becomes what is done, in place.
    #[inline(always)]
    pub(super) fn follow(&mut self, wanted: &mut [f32], attack: f32, release: f32) {
        let (mut held, mut smooth) = (self.held, self.smooth);
        let (into_held, into_smooth) = (1.0 - release, 1.0 - attack);
        for x in wanted {
            held = x.max(*x * into_held + held * release);
            smooth = held * into_smooth + smooth * attack;
            *x = smooth;
        }
        (self.held, self.smooth) = (held, smooth);
    }

    /// Lets no denormal stay.
    pub(super) fn settle(&mut self) {
        (self.held, self.smooth) = (flush(self.held), flush(self.smooth));
    }
}

/// A stereo-linked compressor.
#[derive(Debug)]
pub struct Comp {
    rate: f32,
    /// Threshold, slope (1 − 1/ratio), knee, makeup, mix.
    values: Glide<5>,
    attack: f32,
    release: f32,
    detector: Detector,
}

impl Comp {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Comp {
        let values = Glide::new([0.0, 0.0, 1.0, 0.0, 1.0], rate);
        Comp { rate, values, attack: 0.0, release: 0.0, detector: Detector::default() }
    }
}

/// A block of a compressor, eight frames side by side but for the detector.
struct Squeeze<'a> {
    comp: &'a mut Comp,
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Kernel for Squeeze<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Squeeze { comp, left, right } = self;
        let frames = left.len();
        let mut peaks = [0.0f32; BLOCK];
        for ((peak, l), r) in peaks.iter_mut().zip(left.iter()).zip(right.iter()) {
            *peak = l.abs().max(r.abs());
        }
        // Frames beyond the block's end are computed along, and left out.
        let groups = frames.div_ceil(LANES);
        let mut values = [[0.0f32; BLOCK]; 5];
        let still = comp.values.is_still();
        if still {
            for (row, value) in values.iter_mut().zip(comp.values.values()) {
                *row = [value; BLOCK];
            }
        } else {
            for i in 0..frames {
                for (row, value) in values.iter_mut().zip(comp.values.step()) {
                    row[i] = value;
                }
            }
        }
        let of = |row: &[f32; BLOCK], group: usize| Lanes::from_fn(|i| row[group * LANES + i]);
        let mut wanted = [0.0f32; BLOCK];
        for group in 0..groups {
            let level = log2(of(&peaks, group)) * Lanes::splat(DB);
            let over = level - of(&values[0], group);
            let knee = of(&values[2], group).max(Lanes::splat(1e-3));
            let half = knee * Lanes::splat(0.5);
            let bent = (over + half).max(Lanes::ZERO).min(knee);
            let above = (over - half).max(Lanes::ZERO);
            let down = of(&values[1], group) * (bent * bent / (knee + knee) + above);
            wanted[group * LANES..(group + 1) * LANES].copy_from_slice(&down.0);
        }
        comp.detector.follow(&mut wanted[..frames], comp.attack, comp.release);
        for group in 0..groups {
            let gain = exp2((of(&values[3], group) - of(&wanted, group)) * Lanes::splat(OCTAVES));
            let gain = Lanes::ONE + of(&values[4], group) * (gain - Lanes::ONE);
            wanted[group * LANES..(group + 1) * LANES].copy_from_slice(&gain.0);
        }
        for ((l, r), gain) in left.iter_mut().zip(right.iter_mut()).zip(wanted) {
            *l *= gain;
            *r *= gain;
        }
    }
}

impl Effect for Comp {
    /// Ratio, dB, seconds, seconds, dB, dB, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [ratio, threshold, attack, release, knee, makeup, mix, ..] = *p {
            self.values.set([threshold, 1.0 - 1.0 / ratio.max(1.0), knee, makeup, mix], at_once);
            self.attack = pole(attack, self.rate);
            self.release = pole(release, self.rate);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        dispatch(Squeeze { comp: self, left: &mut left[..frames], right: &mut right[..frames] });
    }

    fn reset(&mut self) {
        self.detector = Detector::default();
    }

    fn settle(&mut self) {
        self.detector.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, rms, spectrum};

    fn tone(amplitude: f64, hz: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| (amplitude * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32).collect()
    }

    fn run(parameters: &[f32], signal: &[f32]) -> Vec<f32> {
        let mut comp = Comp::new(48_000.0);
        comp.set(parameters, true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            comp.settle();
            comp.process(l, r);
        }
        assert_eq!(l, r);
        l
    }

    #[test]
    fn a_steady_tone_loses_what_ratio_and_threshold_say() {
        for (level, ratio, knee) in
            [(-6.0, 4.0, 0.0), (-12.0, 2.0, 6.0), (-20.0, 4.0, 12.0), (-17.0, 3.0, 12.0), (-40.0, 8.0, 6.0)]
        {
            let threshold = -20.0;
            let out =
                run(&[ratio, threshold, 0.005, 0.2, knee, 0.0, 1.0], &tone(libm::exp10(level / 20.0), 1000.0, 96_000));
            let measured = db(rms(&out[48_000..]) * std::f64::consts::SQRT_2);
            let over = level as f32 - threshold;
            let wanted = level - f64::from(reduction(over, 1.0 - 1.0 / ratio, knee));
            // A detector of peaks sees a little less than the peak between them.
            assert!((measured - wanted).abs() < 0.3, "{level} {ratio} {knee}: {measured}, not {wanted}");
        }
    }

    #[test]
    fn the_knee_is_that_of_the_paper() {
        let right = |x: f32, ratio: f32, knee: f32| {
            let y = if 2.0 * x < -knee {
                x
            } else if 2.0 * x.abs() <= knee {
                x + (1.0 / ratio - 1.0) * (x + knee / 2.0).powi(2) / (2.0 * knee)
            } else {
                x / ratio
            };
            x - y
        };
        for i in -300..300 {
            let x = i as f32 * 0.1;
            assert!((reduction(x, 0.75, 10.0) - right(x, 4.0, 10.0)).abs() < 1e-4, "{x}");
        }
    }

    #[test]
    fn it_reaches_its_gain_within_the_attack_and_lets_go_within_the_release() {
        let mut signal = tone(0.05, 2000.0, 24_000);
        signal.extend(tone(0.5, 2000.0, 24_000));
        signal.extend(tone(0.05, 2000.0, 48_000));
        let out = run(&[4.0, -20.0, 0.01, 0.1, 0.0, 0.0, 1.0], &signal);
        let at = |frame: usize| db(rms(&out[frame..frame + 240]) * std::f64::consts::SQRT_2);
        // −6 dBFS is 14 above: it loses 10.5 dB, two thirds of it in the attack.
        let (first, later, last) = (at(24_000), at(24_000 + 480), at(24_000 + 4800));
        assert!(first > -9.0 && later < -11.5 && (last + 16.5).abs() < 0.3, "{first} {later} {last}");
        // Then −26 dBFS again: the gain is back to a third after the release.
        let (before, after, end) = (at(48_050), at(48_000 + 4800), at(90_000));
        assert!(
            before < -35.5 && (-31.5..-28.5).contains(&after) && (end + 26.0).abs() < 0.1,
            "{before} {after} {end}"
        );
    }

    #[test]
    fn what_is_under_the_knee_passes_bit_for_bit() {
        let quiet: Vec<f32> = noise(1, 4800).into_iter().map(|x| x * 0.05).collect();
        assert_eq!(run(&[4.0, -20.0, 0.005, 0.1, 6.0, 0.0, 1.0], &quiet), quiet);
    }

    #[test]
    fn a_bass_note_is_hardly_distorted() {
        let out = run(&[4.0, -12.0, 0.02, 0.15, 6.0, 0.0, 1.0], &tone(0.5, 50.0, 1 << 17));
        let bins = spectrum(&out[1 << 16..]);
        let at = |k: f64| {
            let bin = (k * 50.0 / 48_000.0 * f64::from(1 << 16)).round() as usize;
            bins[bin - 2..=bin + 2].iter().fold(0.0f64, |a, b| a.max(*b))
        };
        let harmonics = (2..20).map(|k| at(f64::from(k)).powi(2)).sum::<f64>().sqrt();
        assert!(db(harmonics / at(1.0)) < -45.0, "{}", db(harmonics / at(1.0)));
    }

    #[test]
    fn values_that_move_leave_nothing_beside_the_sound() {
        let mut comp = Comp::new(48_000.0);
        comp.set(&[2.0, -30.0, 0.01, 0.1, 6.0, 0.0, 1.0], true);
        let signal = tone(0.25, 997.0, 96_000);
        let mut out = Vec::new();
        for (block, x) in signal.chunks(64).enumerate() {
            match block {
                500 => comp.set(&[8.0, -24.0, 0.01, 0.1, 0.0, 12.0, 1.0], false),
                1000 => comp.set(&[2.0, -30.0, 0.01, 0.1, 6.0, 0.0, 0.3], false),
                _ => {}
            }
            let (mut l, mut r) = (x.to_vec(), x.to_vec());
            comp.settle();
            comp.process(&mut l, &mut r);
            out.extend(l);
        }
        let beside = db(energy_above(&out, 12_000.0, 48_000.0));
        assert!(beside < -95.0, "{beside}");
    }

    #[test]
    fn where_blocks_are_cut_changes_no_bit() {
        let signal = noise(2, 6400);
        let whole = run(&[4.0, -20.0, 0.001, 0.05, 6.0, 3.0, 0.8], &signal);
        let mut comp = Comp::new(48_000.0);
        comp.set(&[4.0, -20.0, 0.001, 0.05, 6.0, 3.0, 0.8], true);
        let (mut l, mut r) = (signal.clone(), signal);
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            comp.settle();
            for (l, r) in l.chunks_mut(5).zip(r.chunks_mut(5)) {
                comp.process(l, r);
            }
        }
        assert_eq!(l, whole);
    }
}
