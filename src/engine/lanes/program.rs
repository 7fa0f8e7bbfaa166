//! A compiled graph: lists of operations over registers.
//!
//! Invariant: an operation reads registers that were written before it in its list (or slow ones); its output is no
//! register that it reads.

use crate::base::graph::{Arithmetic, Given};
use crate::base::unit::Kind;

/// The most inputs of an operation.
pub(super) const MOST_INPUTS: usize = 6;

/// What an operation reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Input {
    /// A slow register: where it starts and ends within the 16 frames.
    Slow(u16),
    /// A fast register: a value for each frame. To a slow operation, a place in [`Program::heard`].
    Fast(u16),
}

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum What {
    /// What the note gives.
    Given(Given),
    /// A parameter of the note.
    Parameter(u16),
    /// Two inputs.
    Arithmetic(Arithmetic),
    /// A unit with one output.
    Unit(Kind),
    /// Reads a delay line.
    Read(u16),
    /// Writes a delay line.
    Write(u16),
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) what: What,
    /// What it reads, in the order of the unit's table.
    pub(super) inputs: [Input; MOST_INPUTS],
    /// The register that it writes.
    pub(super) to: u16,
    /// The register of the right side, of a unit in stereo.
    pub(super) right: u16,
    /// Its first row of state.
    pub(super) state: u32,
    /// Its string, its ring of frames or its table, by index.
    pub(super) memory: u16,
    /// The graph's option: shape, file, seed.
    pub(super) option: u16,
}

/// A delay line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Frames that it holds, a power of two.
    pub(super) frames: usize,
    /// Whether it is read before it is written: then what it holds stays within bounds.
    pub(super) loops: bool,
}

/// A compiled graph.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(in crate::engine) struct Program {
    /// Slow operations that move only with the note and its live values.
    pub(super) event: Vec<Operation>,
    /// Slow operations that move by themselves.
    pub(super) slow: Vec<Operation>,
    /// Fast operations.
    pub(super) fast: Vec<Operation>,
    /// The start of each slow register: constants stand there for good.
    pub(super) constants: Vec<f32>,
    /// How many fast registers.
    pub(super) registers: usize,
    /// Fast registers that slow operations read, as they stood when the last piece ended; nothing else is written there.
    pub(super) heard: Vec<u16>,
    /// How many rows of state.
    pub(super) states: usize,
    /// Memories of operations, in frames.
    pub(super) memories: Vec<usize>,
    pub(super) lines: Vec<Line>,
    /// How many ticks each operation may compute before the next does. More than one where nothing slow reads what is
    /// fast, and nothing but its own state and the slow values changes what an operation does.
    pub(super) batch: usize,
    /// The times of what reads before it is written: no piece may be longer.
    pub(super) loops: Vec<Input>,
    pub(super) left: Input,
    pub(super) right: Input,
    pub(super) stereo: bool,
    /// What parameters are where the note says nothing.
    pub(super) defaults: Vec<f32>,
    /// Whether something in it falls silent by itself.
    pub(super) enveloped: bool,
    /// Whether it gives nothing any more as soon as all its envelopes are over.
    pub(super) cut_off: bool,
    /// Whether it takes the note's velocity into its own hands.
    pub(super) takes_velocity: bool,
    /// Seconds from one pitch to the next.
    pub(super) glide: f32,
    /// How long silence may last before a voice that was let go is over, frames.
    pub(super) patience: u32,
    pub(super) rate: f32,
    /// How many times the rate sound is bent at.
    pub(super) times: usize,
}

impl Program {
    /// Whether pitches glide.
    pub(in crate::engine) fn glides(&self) -> bool {
        self.glide > 0.0
    }

    /// Whether it gives two channels.
    pub(in crate::engine) fn is_stereo(&self) -> bool {
        self.stereo
    }

    /// Whether it falls silent by itself, so that it needs no envelope of the chain.
    pub(in crate::engine) fn is_enveloped(&self) -> bool {
        self.enveloped
    }

    /// How long it may be silent before its tail comes, seconds.
    pub(in crate::engine) fn patience(&self) -> f32 {
        self.patience as f32 / self.rate
    }

    /// Whether the accent is its own affair.
    pub(in crate::engine) fn takes_velocity(&self) -> bool {
        self.takes_velocity
    }
}
