//! Oscillators over a block: a 32-bit phase, a step that glides, a phase modulation.
//!
//! Invariant: the phase is an integer, so it never drifts and no cut of blocks changes it.

use super::BLOCK;
use super::math::sine;
use super::tables::Table;

/// The detunings of the seven saws, relative to the outermost: measured on a Roland JP-8000 by A. Szabo, "How to
/// emulate the super saw" (KTH, 2010).
const SEVEN: [f32; 7] = [-1.0, -0.572, -0.177, 0.0, 0.181, 0.565, 0.976];
/// How the seven stand between left and right; they alternate, so that both sides beat.
const PLACES: [(f32, f32); 7] = [(1.0, 0.3), (0.3, 1.0), (0.8, 0.6), (0.75, 0.75), (0.6, 0.8), (1.0, 0.3), (0.3, 1.0)];

/// How the outermost of seven saws is detuned, as a share of the frequency: about 19 cents.
pub const SPREAD: f32 = 0.011;

/// A phase that steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phase {
    /// Where it is; all 32 bits are one turn.
    pub at: u32,
    /// What it adds a frame.
    pub step: u32,
    /// What its step adds a frame, for glides.
    pub bend: i32,
}

impl Phase {
    /// The phases of the next frames.
    #[inline]
    pub fn fill(&mut self, out: &mut [u32]) {
        let Phase { mut at, mut step, bend } = *self;
        if bend == 0 {
            for phase in out {
                *phase = at;
                at = at.wrapping_add(step);
            }
        } else {
            for phase in out {
                *phase = at;
                at = at.wrapping_add(step);
                step = step.wrapping_add_signed(bend);
            }
        }
        *self = Phase { at, step, bend };
    }
}

/// A sine at each phase.
pub fn sines(phases: &[u32], out: &mut [f32]) {
    for (value, phase) in out.iter_mut().zip(phases) {
        *value = sine(*phase);
    }
}

/// A table at each phase.
pub fn wave(table: &Table, phases: &[u32], out: &mut [f32]) {
    for (value, phase) in out.iter_mut().zip(phases) {
        *value = table.at(*phase);
    }
}

/// The width of a pulse, and what it adds a frame; all 32 bits are a whole turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Width {
    /// How long it is high.
    pub at: u32,
    /// What that adds a frame.
    pub bend: i32,
}

/// A pulse as the difference of two saws, without DC. The width that it ends on.
pub fn pulse(table: &Table, width: Width, phases: &[u32], out: &mut [f32]) -> Width {
    let Width { mut at, bend } = width;
    for (value, phase) in out.iter_mut().zip(phases) {
        *value = table.at(*phase) - table.at(phase.wrapping_sub(at));
        at = at.wrapping_add_signed(bend);
    }
    Width { at, bend }
}

/// Seven saws, detuned and spread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seven {
    phases: [u32; 7],
}

impl Seven {
    /// With scattered phases, so that no two notes begin alike.
    pub fn new(seed: u64) -> Seven {
        Seven { phases: std::array::from_fn(|i| crate::base::random::join(seed, i as u64) as u32) }
    }

    /// The next frames: `step` is the middle saw's, as a phase a frame.
    pub fn fill(&mut self, table: &Table, step: u32, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
        for ((phase, detune), place) in self.phases.iter_mut().zip(SEVEN).zip(PLACES) {
            let step = (f64::from(step) * (1.0 + f64::from(detune * SPREAD))) as u32;
            // Seven saws of random phase are √7 times as loud as one.
            let (l, r) = (place.0 * 0.45, place.1 * 0.45);
            let mut at = *phase;
            for (left, right) in left.iter_mut().zip(right.iter_mut()) {
                let value = table.at(at);
                *left += value * l;
                *right += value * r;
                at = at.wrapping_add(step);
            }
            *phase = at;
        }
    }
}

/// The most voices in unison.
pub const MOST_IN_UNISON: usize = 8;

/// One wave several times, detuned evenly and spread evenly between the sides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Many {
    count: usize,
    phases: [u32; MOST_IN_UNISON],
    ratios: [f32; MOST_IN_UNISON],
    levels: [(f32, f32); MOST_IN_UNISON],
}

impl Many {
    /// `count` of them, 2 to 8, over `width` semitones; `spread` 0 to 1 from the middle to the sides. Their phases are
    /// scattered, so that no two notes begin alike.
    pub fn new(count: usize, width: f32, spread: f32, seed: u64) -> Many {
        let count = count.clamp(2, MOST_IN_UNISON);
        let mut many = Many { count, ..Many::default() };
        for i in 0..count {
            let place = 2.0 * i as f32 / (count - 1) as f32 - 1.0;
            many.phases[i] = crate::base::random::join(seed, i as u64) as u32;
            many.ratios[i] = super::math::exp2(place * width * (0.5 / 12.0));
            // Neighbours in pitch stand on opposite sides.
            let side = if i % 2 == 0 { spread } else { -spread };
            // Voices of random phase add up as the root of their count.
            let level = 1.0 / libm::sqrtf(count as f32);
            many.levels[i] = (level * libm::sqrtf(1.0 - side), level * libm::sqrtf(1.0 + side));
        }
        many
    }

    /// The next frames: `step` is the middle's, as a phase a frame; `wave` gives the wave at phases.
    pub fn fill(&mut self, step: u32, left: &mut [f32], right: &mut [f32], mut wave: impl FnMut(&[u32], &mut [f32])) {
        left.fill(0.0);
        right.fill(0.0);
        let count = left.len().min(BLOCK);
        for i in 0..self.count {
            let own = (f64::from(step) * f64::from(self.ratios[i])) as u32;
            let mut phase = Phase { at: self.phases[i], step: own, bend: 0 };
            let (mut phases, mut out) = ([0u32; BLOCK], [0.0f32; BLOCK]);
            phase.fill(&mut phases[..count]);
            wave(&phases[..count], &mut out[..count]);
            self.phases[i] = phase.at;
            let (l, r) = self.levels[i];
            for ((left, right), x) in left.iter_mut().zip(right.iter_mut()).zip(&out[..count]) {
                *left += x * l;
                *right += x * r;
            }
        }
    }
}

/// Adds a modulation to phases: `depth` in turns at each frame times a sine of `modulator`. The depth that it ends on.
pub fn modulate(phases: &mut [u32], modulator: &mut Phase, depth: f32, slope: f32) -> f32 {
    let mut own = [0u32; BLOCK];
    let count = phases.len().min(BLOCK);
    modulator.fill(&mut own[..count]);
    let mut depth = depth;
    for (phase, own) in phases.iter_mut().zip(&own[..count]) {
        let turns = f64::from(sine(*own) * depth);
        depth += slope;
        // Wrapping by design: the phase is modulo one turn.
        *phase = phase.wrapping_add((turns * 4_294_967_296.0) as i64 as u32);
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::step;
    use crate::dsp::tables::Tables;
    use crate::dsp::testing::rms;

    #[test]
    fn a_square_has_no_dc_and_is_as_high_as_low() {
        let mut phase = Phase { at: 0, step: step(100.0, 48_000.0), bend: 0 };
        let mut phases = vec![0; 4800];
        phase.fill(&mut phases);
        let mut out = vec![0.0; 4800];
        pulse(Tables::shared().saw(Tables::index(100.0, 48_000.0)), Width { at: 1 << 31, bend: 0 }, &phases, &mut out);
        let mean: f32 = out.iter().sum::<f32>() / 4800.0;
        assert!(mean.abs() < 1e-3, "{mean}");
        assert!((rms(&out) - 1.0).abs() < 0.02, "{}", rms(&out));
    }

    #[test]
    fn seven_saws_are_about_as_loud_as_one_and_differ_between_the_sides() {
        let (mut left, mut right) = (vec![0.0; 48_000], vec![0.0; 48_000]);
        Seven::new(3).fill(Tables::shared().saw(12), step(220.0, 48_000.0), &mut left, &mut right);
        let level = rms(&left);
        assert!((0.35..0.9).contains(&level), "{level}");
        let product: f32 = left.iter().zip(&right).map(|(l, r)| l * r).sum::<f32>() / 48_000.0;
        assert!(f64::from(product) / (rms(&left) * rms(&right)) < 0.9);
    }
}
