//! What a voice begins with: a generator or a sample, over a block.
//!
//! Invariant: a source gives one or two channels, always the same number, and knows when it is over.

use crate::base::control::slot;
use crate::dsp::BLOCK;
use crate::dsp::math::step;
use crate::dsp::noise::{Colour, Noise};
use crate::dsp::oscillator::{self, Phase, Seven};
use crate::dsp::pluck::Pluck;
use crate::dsp::sinc::Kernels;
use crate::dsp::tables::Tables;
use crate::score::plan::{Sample, Wave};

use super::values::Values;

/// Where a sample begins or ends anew, it fades over this many frames of the output.
const EDGE: f32 = 72.0;
/// How much of a kernel may still sound after a sample's last frame.
const RING: i64 = 8 << 32;

/// A source in flight.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// None: the voice is free.
    Idle,
    /// A phase through a wave.
    Wave(Wave, Phase),
    /// Seven saws.
    Seven(Seven, Phase),
    /// Noise.
    Noise(Noise),
    /// The voice's own string.
    Pluck,
    /// A sample.
    Sample(Tape),
}

/// A place in a sample, in 32.32 fixed point.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(super) struct Tape {
    at: i64,
    step: i64,
    bend: i64,
    first: i64,
    last: i64,
    bank: usize,
    /// Whether it begins and ends where the sample does not.
    cut_in: bool,
    cut_out: bool,
    age: u32,
    stereo: bool,
    over: bool,
}

impl Source {
    /// A generator; `seed` scatters noise and phases.
    pub(super) fn wave(wave: Wave, seed: u64, rate: f32) -> Source {
        match wave {
            Wave::Supersaw => Source::Seven(Seven::new(seed), Phase::default()),
            Wave::White => Source::Noise(Noise::new(Colour::White, seed, rate)),
            Wave::Pink => Source::Noise(Noise::new(Colour::Pink, seed, rate)),
            Wave::Brown => Source::Noise(Noise::new(Colour::Brown, seed, rate)),
            Wave::Pluck => Source::Pluck,
            // A saw begins in the middle of its ramp and a pulse in the middle of its width, at their zero.
            Wave::Saw => Source::Wave(wave, Phase { at: 1 << 31, ..Phase::default() }),
            Wave::Sine | Wave::Triangle | Wave::Square | Wave::Pulse => Source::Wave(wave, Phase::default()),
        }
    }

    /// A sample between `begin` and `end`; backwards where `speed` is below 0.
    pub(super) fn sample(sample: &Sample, values: &Values) -> Source {
        let frames = sample.frames() as f64;
        let (begin, end) = (values.get(slot::BEGIN), values.get(slot::END));
        let fixed = |share: f32| (f64::from(share) * frames * 4_294_967_296.0) as i64;
        let (low, high) = (fixed(begin.min(end)), fixed(begin.max(end)));
        let backwards = values.get(slot::SPEED) < 0.0;
        let (cut_low, cut_high) = (begin.min(end) > 0.0, begin.max(end) < 1.0);
        Source::Sample(Tape {
            at: if backwards { high - (1 << 32) } else { low },
            step: 0,
            bend: 0,
            first: low,
            last: high,
            bank: 0,
            cut_in: if backwards { cut_high } else { cut_low },
            cut_out: if backwards { cut_low } else { cut_high },
            age: 0,
            stereo: sample.channels.len() > 1,
            over: high <= low || values.get(slot::SPEED) == 0.0,
        })
    }

    /// Whether it gives two channels.
    pub(super) fn is_stereo(&self) -> bool {
        match self {
            Source::Seven(..) => true,
            Source::Sample(tape) => tape.stereo,
            _ => false,
        }
    }

    /// Whether it is a sample, which comes with a level of its own.
    pub(super) fn is_sample(&self) -> bool {
        matches!(self, Source::Sample(_))
    }

    /// Whether it has nothing more to give.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Source::Idle => true,
            Source::Sample(tape) => tape.over,
            _ => false,
        }
    }

    /// How much of it is left, 0 to 1; generators never end.
    pub(super) fn left(&self) -> f32 {
        match self {
            Source::Sample(tape) => {
                let whole = (tape.last - tape.first).max(1) as f32;
                let left = if tape.step < 0 { tape.at - tape.first } else { tape.last - tape.at };
                (left as f32 / whole).clamp(0.0, 1.0)
            }
            _ => 1.0,
        }
    }

    /// Where its pitch goes within the next `frames`: Hz for generators, a rate of reading for samples. `start` sets
    /// where it comes from.
    pub(super) fn aim(&mut self, start: Option<f32>, target: f32, frames: u32, rate: f32) {
        let frames = frames.max(1);
        match self {
            // Seven saws step from tick to tick; each of them bends anyway.
            Source::Seven(_, phase) => phase.step = step(start.unwrap_or(target), rate),
            Source::Wave(_, phase) => {
                if let Some(start) = start {
                    phase.step = step(start, rate);
                }
                phase.bend = (step(target, rate).wrapping_sub(phase.step) as i32) / frames as i32;
            }
            Source::Sample(tape) => {
                let fixed = |rate: f32| (f64::from(rate) * 4_294_967_296.0) as i64;
                if let Some(start) = start {
                    tape.step = fixed(start);
                }
                let goal = fixed(target);
                tape.bend = (goal - tape.step) / i64::from(frames);
                tape.bank = Kernels::bank(tape.step.unsigned_abs().max(goal.unsigned_abs()) as f64 / 4_294_967_296.0);
            }
            Source::Idle | Source::Noise(_) | Source::Pluck => {}
        }
    }

    /// Keeps its pitch.
    pub(super) fn hold(&mut self) {
        match self {
            Source::Wave(_, phase) | Source::Seven(_, phase) => phase.bend = 0,
            Source::Sample(tape) => tape.bend = 0,
            Source::Idle | Source::Noise(_) | Source::Pluck => {}
        }
    }

    /// The next frames of a generator into `left` (and `right`, where it is stereo).
    pub(super) fn generate(
        &mut self,
        table: usize,
        modulator: Option<(&mut Phase, &mut f32, f32)>,
        string: &mut Pluck,
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let tables = Tables::shared();
        match self {
            Source::Wave(wave, phase) => {
                let mut phases = [0u32; BLOCK];
                let phases = &mut phases[..left.len().min(BLOCK)];
                phase.fill(phases);
                if let Some((modulator, depth, slope)) = modulator {
                    *depth = oscillator::modulate(phases, modulator, *depth, slope);
                }
                match wave {
                    Wave::Sine => oscillator::sines(phases, left),
                    Wave::Triangle => oscillator::wave(tables.triangle(table), phases, left),
                    Wave::Square => oscillator::pulse(tables.saw(table), 1 << 31, phases, left),
                    Wave::Pulse => oscillator::pulse(tables.saw(table), 1 << 30, phases, left),
                    _ => oscillator::wave(tables.saw(table), phases, left),
                }
            }
            Source::Seven(seven, phase) => seven.fill(tables.saw(table), phase.step, left, right),
            Source::Noise(noise) => noise.fill(left),
            Source::Pluck => string.fill(left),
            Source::Idle | Source::Sample(_) => left.fill(0.0),
        }
    }

    /// The next frames of a sample into `left` (and `right`, where it is stereo).
    pub(super) fn play(&mut self, sample: &Sample, left: &mut [f32], right: &mut [f32]) {
        let Source::Sample(tape) = self else { return };
        let kernels = Kernels::shared();
        let silence: &[f32] = &[];
        let one = sample.channels.first().map_or(silence, Vec::as_slice);
        let two = sample.channels.get(1).map_or(silence, Vec::as_slice);
        for (i, l) in left.iter_mut().enumerate() {
            if tape.over {
                *l = 0.0;
                if let Some(r) = right.get_mut(i) {
                    *r = 0.0;
                }
                continue;
            }
            let edge = tape.edge();
            if tape.stereo
                && let Some(r) = right.get_mut(i)
            {
                let [one, two] = kernels.read_all(tape.bank, [one, two], tape.at);
                *l = one * edge;
                *r = two * edge;
            } else {
                *l = kernels.read(tape.bank, one, tape.at) * edge;
            }
            tape.advance();
        }
    }
}

impl Tape {
    /// The fade at cut ends: a smoothstep.
    #[inline]
    fn edge(&self) -> f32 {
        let mut edge = 1.0f32;
        if self.cut_in && (self.age as f32) < EDGE {
            edge = edge.min(self.age as f32 / EDGE);
        }
        if self.cut_out {
            let left = if self.step < 0 { self.at - self.first } else { self.last - self.at };
            let near = EDGE as i64 * self.step.abs().max(1);
            if left < near {
                edge = edge.min((left as f64 / near as f64).max(0.0) as f32);
            }
        }
        if edge < 1.0 { edge * edge * (3.0 - 2.0 * edge) } else { 1.0 }
    }

    #[inline]
    fn advance(&mut self) {
        self.at = self.at.saturating_add(self.step);
        self.step += self.bend;
        self.age = self.age.saturating_add(1);
        let ring = if self.cut_out { 0 } else { RING };
        self.over = if self.step < 0 { self.at < self.first - ring } else { self.at >= self.last + ring };
    }
}
