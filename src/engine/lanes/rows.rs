//! Sixteen frames of eight lanes, and how an operation reads its inputs.
//!
//! Invariant: the index into rows is the frame's place in its 16, so that no cut changes what is read.

use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Number, Two, Vector, Words};

use super::program::Input;

/// A value for each of 16 frames.
pub(super) type Rows = [Lanes; TICK];

/// Ticks that an operation computes in one go, where a program allows it.
pub(super) const BATCH: usize = 8;

/// A fast register, tick by tick; a write swaps its box, never its rows.
pub(super) type Register = Box<[Rows; BATCH]>;

/// The fast registers at one tick of a batch.
#[derive(Clone, Copy)]
pub(super) struct Fast<'a> {
    pub(super) registers: &'a [Register],
    pub(super) tick: usize,
}

impl<'a> Fast<'a> {
    /// The rows of a register.
    #[inline(always)]
    pub(super) fn rows(self, register: u16) -> &'a Rows {
        &self.registers[usize::from(register)][self.tick]
    }
}

/// One 16th: from a frame to the next.
const STEP: f32 = 1.0 / TICK as f32;

/// What an input is within the 16 frames.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    /// The same in all frames.
    Still(Lanes),
    /// A line: where it starts, and what it adds a frame.
    Ramp(Lanes, Lanes),
    /// Anything.
    Rows(&'a Rows),
}

impl<'a> View<'a> {
    /// All its frames: its own, or drawn into `room`.
    #[inline(always)]
    pub(super) fn rows(self, room: &'a mut Rows) -> &'a Rows {
        match self {
            View::Rows(rows) => rows,
            View::Still(x) => {
                *room = [x; TICK];
                room
            }
            View::Ramp(start, slope) => {
                for (k, row) in room.iter_mut().enumerate() {
                    *row = start + slope * Lanes::splat(k as f32);
                }
                room
            }
        }
    }

    /// Whether it is 0 and stays so.
    #[inline(always)]
    pub(super) fn is_nothing(self) -> bool {
        matches!(self, View::Still(x) if x.abs().is(Lanes::ZERO))
    }

    /// Lanes in which it does not move through the 16 frames, as a mask; none where it is anything.
    #[inline(always)]
    pub(super) fn rests(self) -> Words {
        match self {
            View::Still(_) => Words::ALL,
            View::Ramp(_, slope) => !Lanes::ZERO.below(slope.abs()),
            View::Rows(_) => Words::ZERO,
        }
    }

    /// The greatest size within the 16 frames, where it is still or a line.
    #[inline(always)]
    pub(super) fn most(self) -> Option<Lanes> {
        match self {
            View::Still(x) => Some(x.abs()),
            View::Ramp(start, slope) => Some(start.abs().max((start + slope * Lanes::splat((TICK - 1) as f32)).abs())),
            View::Rows(_) => None,
        }
    }

    /// The value where it does not move.
    #[inline(always)]
    pub(super) fn still(self) -> Option<Lanes> {
        if let View::Still(x) = self { Some(x) } else { None }
    }
}

/// The registers that a fast operation can see.
#[derive(Clone, Copy)]
pub(super) struct Registers<'a> {
    slow: &'a [[Lanes; 2]],
    fast: Fast<'a>,
}

impl<'a> Registers<'a> {
    /// The slow registers of a group from its `plane` on, and fast ones.
    #[inline(always)]
    pub(super) fn new(slow: &'a [[Lanes; 2]], plane: usize, fast: Fast<'a>) -> Registers<'a> {
        Registers { slow: &slow[plane..], fast }
    }

    #[inline(always)]
    pub(super) fn view(self, input: Input) -> View<'a> {
        match input {
            Input::Fast(at) => View::Rows(self.fast.rows(at)),
            Input::Slow(at) => {
                let [start, end] = self.slow[usize::from(at)];
                if start.is(end) { View::Still(end) } else { View::Ramp(start, (end - start) * Lanes::splat(STEP)) }
            }
        }
    }

    /// Where a slow input starts and ends; a fast one gives its first and last frame.
    #[inline(always)]
    pub(super) fn ends(self, input: Input) -> [Lanes; 2] {
        match input {
            Input::Slow(at) => self.slow[usize::from(at)],
            Input::Fast(at) => {
                let rows = self.fast.rows(at);
                [rows[0], rows[TICK - 1]]
            }
        }
    }
}

/// The frames of a piece, within the 16.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Piece {
    #[inline(always)]
    pub(super) fn frames(self) -> std::ops::Range<usize> {
        self.from..self.to.min(TICK)
    }
}

/// All frames of a tick.
pub(super) const WHOLE: Piece = Piece { from: 0, to: TICK };

/// A line over the 16 frames, in vectors.
#[derive(Clone, Copy)]
pub(super) struct Line<V> {
    start: V,
    slope: V,
}

impl<V: Number> Line<V> {
    /// A value in the frame.
    #[inline(always)]
    pub(super) fn at(self, frame: usize) -> V {
        self.start + self.slope * V::splat(frame as f32)
    }
}

impl<V: Vector> Line<V> {
    #[inline(always)]
    pub(super) fn new(start: Lanes, slope: Lanes) -> Line<V> {
        Line { start: V::from(start), slope: V::from(slope) }
    }

    /// From one value to another, both as vectors.
    #[inline(always)]
    pub(super) fn drawn(from: V, to: V) -> Line<V> {
        Line { start: from, slope: (to - from) * V::splat(STEP) }
    }

    /// Two of them side by side.
    #[inline(always)]
    pub(super) fn beside(self, other: Line<V>) -> Line<Two<V>> {
        Line { start: Two(self.start, other.start), slope: Two(self.slope, other.slope) }
    }

    /// From one value to another.
    #[inline(always)]
    pub(super) fn between(from: Lanes, to: Lanes) -> Line<V> {
        Line::new(from, (to - from) * Lanes::splat(STEP))
    }
}

/// One input, frame by frame.
#[inline(always)]
pub(super) fn map(a: View<'_>, piece: Piece, out: &mut Rows, f: impl Fn(Lanes) -> Lanes) {
    match a {
        View::Rows(a) => {
            for k in piece.frames() {
                out[k] = f(a[k]);
            }
        }
        View::Still(a) => {
            let x = f(a);
            for k in piece.frames() {
                out[k] = x;
            }
        }
        View::Ramp(start, slope) => {
            for k in piece.frames() {
                out[k] = f(start + slope * Lanes::splat(k as f32));
            }
        }
    }
}

/// Two inputs, frame by frame. A closure that is not marked `#[inline(always)]` is compiled for the plainest machine.
#[inline(always)]
pub(super) fn map2(a: View<'_>, b: View<'_>, piece: Piece, out: &mut Rows, f: impl Fn(Lanes, Lanes) -> Lanes) {
    map2_in::<Lanes>(a, b, piece, out, f);
}

/// The same over vectors.
#[inline(always)]
pub(super) fn map2_in<V: Vector>(a: View<'_>, b: View<'_>, piece: Piece, out: &mut Rows, f: impl Fn(V, V) -> V) {
    match (a, b) {
        (View::Rows(a), View::Rows(b)) => {
            for k in piece.frames() {
                out[k] = f(a[k].into(), b[k].into()).into();
            }
        }
        (View::Rows(a), View::Still(b)) => {
            let b = V::from(b);
            for k in piece.frames() {
                out[k] = f(a[k].into(), b).into();
            }
        }
        (View::Still(a), View::Rows(b)) => {
            let a = V::from(a);
            for k in piece.frames() {
                out[k] = f(a, b[k].into()).into();
            }
        }
        (View::Rows(a), View::Ramp(start, slope)) => {
            let b = Line::<V>::new(start, slope);
            for k in piece.frames() {
                out[k] = f(a[k].into(), b.at(k)).into();
            }
        }
        (View::Ramp(start, slope), View::Rows(b)) => {
            let a = Line::<V>::new(start, slope);
            for k in piece.frames() {
                out[k] = f(a.at(k), b[k].into()).into();
            }
        }
        (a, b) => {
            let (mut one, mut two) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
            let (a, b) = (a.rows(&mut one), b.rows(&mut two));
            for k in piece.frames() {
                out[k] = f(a[k].into(), b[k].into()).into();
            }
        }
    }
}
