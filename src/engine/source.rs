//! What a voice begins with: a generator or a sample, over a block.
//!
//! Invariant: a source gives one or two channels, always the same number, and knows when it is over.

use crate::base::control::slot;
use crate::dsp::BLOCK;
use crate::dsp::math::step;
use crate::dsp::noise::{Colour, Noise};
use crate::dsp::oscillator::{self, Many, Phase, Seven, Width};
use crate::dsp::pluck::Pluck;
use crate::dsp::tables::Tables;
use crate::score::plan::{Sample, Wave};

use super::tape::Tape;
use super::values::Values;

/// How wide voices in unison stand where the text does not say, semitones.
const UNISON_WIDTH: f32 = 0.2;

/// How wide the seven of a supersaw stand, semitones: as far as [`oscillator::SPREAD`] detunes them.
const SEVEN_WIDTH: f32 = 0.38;

/// A source in flight.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// None: the voice is free.
    Idle,
    /// A phase through a wave.
    Wave(Wave, Phase),
    /// Seven saws.
    Seven(Seven, Phase),
    /// The same wave several times.
    Many(Wave, Many, Phase),
    /// Noise.
    Noise(Noise),
    /// The voice's own string.
    Pluck,
    /// A graph, which runs with all its voices at once; whether it gives two channels.
    Graph(bool),
    /// A sample.
    Sample(Tape),
}

impl Source {
    /// A generator; `seed` scatters noise and phases.
    pub(super) fn wave(wave: Wave, values: &Values, seed: u64, rate: f32) -> Source {
        let pitched = !matches!(wave, Wave::White | Wave::Pink | Wave::Brown | Wave::Pluck);
        if pitched && values.get(slot::UNISON) >= 2.0 {
            let width = if values.has(slot::DETUNE) { values.get(slot::DETUNE) } else { UNISON_WIDTH };
            let many = Many::new(values.get(slot::UNISON) as usize, width, values.get(slot::SPREAD), seed);
            return Source::Many(wave, many, Phase::default());
        }
        match wave {
            // Seven as they come stand at places of their own; asked how far apart, they stand evenly.
            Wave::Supersaw if values.has(slot::SPREAD) => {
                let many = Many::new(7, SEVEN_WIDTH, values.get(slot::SPREAD), seed);
                Source::Many(wave, many, Phase::default())
            }
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

    /// Whether it gives two channels.
    pub(super) fn is_stereo(&self) -> bool {
        match self {
            Source::Seven(..) | Source::Many(..) => true,
            Source::Sample(tape) => tape.stereo,
            Source::Graph(stereo) => *stereo,
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
            Source::Sample(tape) => tape.left(),
            _ => 1.0,
        }
    }

    /// Where its pitch goes within the next `frames`: Hz for generators, a rate of reading for samples. `start` sets
    /// where it comes from.
    pub(super) fn aim(&mut self, start: Option<f64>, target: f64, frames: u32, rate: f32) {
        let frames = frames.max(1);
        match self {
            // Seven saws step from tick to tick; each of them bends anyway.
            Source::Seven(_, phase) | Source::Many(_, _, phase) => {
                phase.step = step(start.unwrap_or(target) as f32, rate);
            }
            Source::Wave(_, phase) => {
                if let Some(start) = start {
                    phase.step = step(start as f32, rate);
                }
                phase.bend = (step(target as f32, rate).wrapping_sub(phase.step) as i32) / frames as i32;
            }
            Source::Sample(tape) => tape.aim(start, target, frames),
            Source::Idle | Source::Noise(_) | Source::Pluck | Source::Graph(_) => {}
        }
    }

    /// Keeps its pitch.
    pub(super) fn hold(&mut self) {
        match self {
            Source::Wave(_, phase) | Source::Seven(_, phase) | Source::Many(_, _, phase) => phase.bend = 0,
            Source::Sample(tape) => tape.hold(),
            Source::Idle | Source::Noise(_) | Source::Pluck | Source::Graph(_) => {}
        }
    }

    /// The next frames of a generator into `left` (and `right`, where it is stereo).
    pub(super) fn generate(
        &mut self,
        table: usize,
        width: &mut Width,
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
                *width = fill(*wave, tables, table, *width, phases, left);
            }
            Source::Seven(seven, phase) => seven.fill(tables.saw(table), phase.step, left, right),
            Source::Many(wave, many, phase) => {
                let mut end = *width;
                many.fill(phase.step, left, right, |phases, out| end = fill(*wave, tables, table, *width, phases, out));
                *width = end;
            }
            Source::Noise(noise) => noise.fill(left),
            Source::Pluck => string.fill(left),
            Source::Idle | Source::Sample(_) | Source::Graph(_) => left.fill(0.0),
        }
    }

    /// The next frames of a sample into `left` (and `right`, where it is stereo).
    pub(super) fn play(&mut self, sample: &Sample, left: &mut [f32], right: &mut [f32]) {
        if let Source::Sample(tape) = self {
            tape.play(sample, left, right);
        }
    }
}

/// A wave at each phase. The width that a pulse ends on.
fn fill(wave: Wave, tables: &Tables, table: usize, width: Width, phases: &[u32], out: &mut [f32]) -> Width {
    match wave {
        Wave::Sine => oscillator::sines(phases, out),
        Wave::Triangle => oscillator::wave(tables.triangle(table), phases, out),
        Wave::Square | Wave::Pulse => return oscillator::pulse(tables.saw(table), width, phases, out),
        _ => oscillator::wave(tables.saw(table), phases, out),
    }
    width
}
