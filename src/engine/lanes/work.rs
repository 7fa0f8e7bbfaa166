//! One fast operation: which family of kernels runs it, over a piece of each tick or over whole ticks at once.
//!
//! Invariant: whole ticks at once give the bits of each tick by itself.

use crate::base::graph::{Arithmetic, Given};
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Kernel, Lanes, Vector, Words, dispatch};
use crate::dsp::oversample::{FINE, TIMES};

use super::delays;
use super::edges::Drawings;
use super::envelopes;
use super::filters;
use super::group::Group;
use super::movement;
use super::noises;
use super::oscillators::{self, Wavetable};
use super::program::{Operation, Program, What};
use super::rows::{BATCH, Fast, Piece, Register, Registers, Rows, View, map, map2, map2_in};
use super::saws;
use super::shapes;
use super::slow;
use super::strings;
use super::svf;
use super::sync;

/// One fast operation over a piece.
pub(super) struct Work<'a> {
    pub(super) operation: &'a Operation,
    pub(super) program: &'a Program,
    pub(super) group: &'a mut Group,
    pub(super) fast: &'a [Register],
    pub(super) files: &'a [Wavetable],
    pub(super) fed: Option<(&'a [f32], &'a [f32])>,
    pub(super) ticks: usize,
    pub(super) piece: Piece,
    pub(super) at: usize,
    pub(super) out: &'a mut [Rows; BATCH],
    pub(super) right: &'a mut [Rows; BATCH],
    pub(super) rooms: &'a mut [Rows; 3],
    pub(super) drawings: &'a mut Drawings,
}

/// The same operation of two groups, over the same whole ticks.
pub(super) struct Both<'a>(pub(super) Work<'a>, pub(super) Work<'a>);

impl Both<'_> {
    /// Runs it for both, side by side where that is quicker; what envelopes say of the lanes of each.
    pub(super) fn dispatch(&mut self) -> [Words; 2] {
        let said = match self.0.operation.what {
            What::Unit(Kind::Env | Kind::Adsr) => dispatch(BothOf::<{ family::ENVELOPE }>(self)),
            What::Unit(Kind::Lowpass) => dispatch(BothOf::<{ family::FILTER }>(self)),
            _ => None,
        };
        said.unwrap_or_else(|| [self.0.dispatch(), self.1.dispatch()])
    }
}

/// Two operations of one family.
struct BothOf<'a, 'b, const FAMILY: u8>(&'b mut Both<'a>);

impl<const FAMILY: u8> Kernel for BothOf<'_, '_, FAMILY> {
    type Output = Option<[Words; 2]>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Self::Output {
        let Both(one, other) = self.0;
        let (operation, program, ticks) = (one.operation, one.program, one.ticks);
        let groups = [&mut *one.group, &mut *other.group];
        let out = [&mut one.out[..ticks], &mut other.out[..ticks]];
        if FAMILY == family::ENVELOPE {
            return envelopes::run_both::<V>(operation, groups, out);
        }
        let done = svf::run_both::<V>(operation, program, groups, [one.fast, other.fast], out);
        done.then_some([Words::ZERO; 2])
    }
}

/// The families of operations: each is compiled by itself, for each set of instructions.
mod family {
    pub(super) const GIVEN: u8 = 0;
    pub(super) const ARITHMETIC: u8 = 1;
    pub(super) const DELAY: u8 = 2;
    pub(super) const ENVELOPE: u8 = 3;
    pub(super) const OSCILLATOR: u8 = 4;
    pub(super) const SUPERSAW: u8 = 5;
    pub(super) const WAVETABLE: u8 = 6;
    pub(super) const SYNC: u8 = 7;
    pub(super) const STRING: u8 = 8;
    pub(super) const NOISE: u8 = 9;
    pub(super) const HOLD: u8 = 10;
    pub(super) const FILTER: u8 = 11;
    pub(super) const LADDER: u8 = 12;
    pub(super) const FORMANT: u8 = 13;
    pub(super) const SHAPE: u8 = 14;
    pub(super) const BREAK: u8 = 15;
    pub(super) const CALCULATION: u8 = 16;
}

/// An operation of one family.
struct Of<'a, 'b, const FAMILY: u8>(&'b mut Work<'a>);

impl Work<'_> {
    /// Runs it; what an envelope says of its lanes.
    pub(super) fn dispatch(&mut self) -> Words {
        match self.operation.what {
            What::Given(_) | What::Parameter(_) => dispatch(Of::<{ family::GIVEN }>(self)),
            What::Arithmetic(_) => dispatch(Of::<{ family::ARITHMETIC }>(self)),
            What::Read(_) | What::Write(_) => dispatch(Of::<{ family::DELAY }>(self)),
            What::Unit(kind) => match kind {
                Kind::Env | Kind::Adsr => dispatch(Of::<{ family::ENVELOPE }>(self)),
                Kind::Sine | Kind::Saw | Kind::Triangle | Kind::Square | Kind::Pulse => {
                    dispatch(Of::<{ family::OSCILLATOR }>(self))
                }
                Kind::Supersaw => dispatch(Of::<{ family::SUPERSAW }>(self)),
                Kind::Wavetable => dispatch(Of::<{ family::WAVETABLE }>(self)),
                Kind::Sync => dispatch(Of::<{ family::SYNC }>(self)),
                Kind::Pluck | Kind::Comb => dispatch(Of::<{ family::STRING }>(self)),
                Kind::White | Kind::Pink | Kind::Brown | Kind::Dust => dispatch(Of::<{ family::NOISE }>(self)),
                Kind::Hold => dispatch(Of::<{ family::HOLD }>(self)),
                kind if svf::answers(kind) => dispatch(Of::<{ family::FILTER }>(self)),
                Kind::Ladder | Kind::Onepole => dispatch(Of::<{ family::LADDER }>(self)),
                Kind::Formant => dispatch(Of::<{ family::FORMANT }>(self)),
                Kind::Tanh | Kind::Fold | Kind::Clip => dispatch(Of::<{ family::SHAPE }>(self)),
                Kind::Crush | Kind::Coarse => dispatch(Of::<{ family::BREAK }>(self)),
                _ => dispatch(Of::<{ family::CALCULATION }>(self)),
            },
        }
    }
}

impl<const FAMILY: u8> Kernel for Of<'_, '_, FAMILY> {
    type Output = Words;

    #[inline(always)]
    fn run<V: Vector>(self) -> Words {
        let work = self.0;
        if let Some(said) = work.in_one_go::<V, FAMILY>() {
            return said;
        }
        let mut said = Words::ZERO;
        for tick in 0..work.ticks {
            work.group.plane = work.group.plane_of(tick);
            said = work.tick::<V, FAMILY>(tick);
            work.at += work.piece.to - work.piece.from;
        }
        said
    }
}

impl Work<'_> {
    /// All ticks at once, where they are whole and nothing happens in them that a tick must look for.
    #[inline(always)]
    fn in_one_go<V: Vector, const FAMILY: u8>(&mut self) -> Option<Words> {
        let Work { operation, program, fast, ticks, piece, .. } = *self;
        if piece.from != 0 || piece.to != TICK || self.group.fresh.any() {
            return None;
        }
        let (group, out) = (&mut *self.group, &mut self.out[..ticks]);
        let done = match operation.what {
            What::Unit(Kind::Env | Kind::Adsr) if FAMILY == family::ENVELOPE => {
                return envelopes::run_ticks::<V>(operation, group, out);
            }
            What::Unit(Kind::Saw) if FAMILY == family::OSCILLATOR => {
                oscillators::resting_saw::<V>(operation, program, group, fast, out, self.drawings)
            }
            What::Unit(kind) if FAMILY == family::FILTER => {
                svf::run_ticks::<V>(kind, operation, program, group, fast, out)
            }
            _ => false,
        };
        done.then_some(Words::ZERO)
    }

    /// One tick of one family.
    #[inline(always)]
    fn tick<V: Vector, const FAMILY: u8>(&mut self, tick: usize) -> Words {
        let Work { operation, program, files, fed, piece, at, .. } = *self;
        let group = &mut *self.group;
        let (out, right) = (&mut self.out[tick], &mut self.right[tick]);
        let fast = Fast { registers: self.fast, tick };
        let kind = if let What::Unit(kind) = operation.what { kind } else { Kind::Mix };
        match FAMILY {
            family::GIVEN => given(operation, group, fed, piece, at, out),
            family::ARITHMETIC => {
                if let What::Arithmetic(op) = operation.what {
                    let registers = Registers::new(&group.slow, group.plane, fast);
                    let (a, b) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[1]));
                    arithmetic::<V>(op, a, b, piece, out);
                }
            }
            family::DELAY => match operation.what {
                What::Read(line) => delays::read(line, operation, program, group, fast, piece, out),
                What::Write(line) => delays::write(line, operation, program, group, fast, piece, out),
                _ => {}
            },
            family::ENVELOPE => {
                let times = envelopes::times(operation, group, kind == Kind::Adsr);
                return envelopes::run::<V>(operation, program, group, times, piece, out);
            }
            family::OSCILLATOR => {
                oscillators::run::<V>(kind, operation, program, group, fast, piece, out, self.drawings);
            }
            family::SUPERSAW => {
                saws::supersaw::<V>(operation, program, group, fast, piece, [out, right], self.drawings);
            }
            family::WAVETABLE => oscillators::wavetable(operation, program, group, files, fast, piece, out),
            family::SYNC => sync::run(operation, program, group, fast, piece, out),
            family::STRING if kind == Kind::Pluck => strings::pluck(operation, program, group, fast, piece, out),
            family::STRING => strings::comb(operation, program, group, fast, piece, out),
            family::NOISE => noises::run(kind, operation, program, group, fast, piece, out),
            family::HOLD => movement::hold_fast(operation, program, group, fast, piece, out),
            family::FILTER => svf::run::<V>(kind, operation, program, group, fast, piece, out, self.rooms),
            family::LADDER if kind == Kind::Ladder => filters::ladder::<V>(operation, program, group, fast, piece, out),
            family::LADDER => filters::onepole::<V>(operation, program, group, fast, piece, out),
            family::FORMANT => filters::formant(operation, program, group, fast, piece, out),
            family::SHAPE if program.times == FINE => {
                shapes::run::<V, FINE>(kind, operation, group, fast, piece, out);
            }
            family::SHAPE => shapes::run::<V, TIMES>(kind, operation, group, fast, piece, out),
            family::BREAK if kind == Kind::Coarse => shapes::coarse(operation, program, group, fast, piece, out),
            family::BREAK => shapes::crush_fast(operation, group, fast, piece, out),
            _ if kind == Kind::Pan => pan(operation, group, fast, piece, out, right),
            _ => calculate(kind, operation, group, fast, piece, out),
        }
        Words::ZERO
    }
}

/// What the note or the strip gives, frame by frame.
#[inline(always)]
fn given(operation: &Operation, group: &Group, fed: Option<(&[f32], &[f32])>, piece: Piece, at: usize, out: &mut Rows) {
    let side = match (operation.what, fed) {
        (What::Given(Given::InLeft), Some((left, _))) => left,
        (What::Given(Given::InRight), Some((_, right))) => right,
        (What::Given(given), _) => return *out = [slow::given_value(given, group); TICK],
        (What::Parameter(index), _) => {
            return *out = [group.parameters.get(usize::from(index)).copied().unwrap_or(Lanes::ZERO); TICK];
        }
        _ => return,
    };
    for (i, k) in piece.frames().enumerate() {
        out[k] = Lanes::splat(side.get(at + i).copied().unwrap_or(0.0));
    }
}

#[inline(always)]
fn arithmetic<V: Vector>(op: Arithmetic, a: View<'_>, b: View<'_>, piece: Piece, out: &mut Rows) {
    match op {
        Arithmetic::Add => map2_in::<V>(
            a,
            b,
            piece,
            out,
            #[inline(always)]
            |a, b| a + b,
        ),
        Arithmetic::Sub => map2_in::<V>(
            a,
            b,
            piece,
            out,
            #[inline(always)]
            |a, b| a - b,
        ),
        Arithmetic::Mul => map2_in::<V>(
            a,
            b,
            piece,
            out,
            #[inline(always)]
            |a, b| a * b,
        ),
        Arithmetic::Div => map2(a, b, piece, out, |a, b| a / slow::divisor(b)),
        Arithmetic::Rem => map2(a, b, piece, out, slow::remainder),
    }
}

/// Units that calculate, frame by frame.
#[inline(always)]
fn calculate(kind: Kind, operation: &Operation, group: &Group, fast: Fast<'_>, piece: Piece, out: &mut Rows) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (a, b) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[1]));
    let c = registers.view(operation.inputs[2]);
    match kind {
        Kind::Min => map2(a, b, piece, out, Lanes::min),
        Kind::Max => map2(a, b, piece, out, Lanes::max),
        Kind::Pow => map2(a, b, piece, out, |a, b| slow::stateless(Kind::Pow, [a, b, b])),
        Kind::Clamp => {
            let mut rooms = [[Lanes::ZERO; TICK]; 3];
            let [one, two, three] = &mut rooms;
            let (a, b, c) = (a.rows(one), b.rows(two), c.rows(three));
            for k in piece.frames() {
                out[k] = a[k].max(b[k]).min(c[k]);
            }
        }
        _ => map(a, piece, out, |a| slow::stateless(kind, [a, a, a])),
    }
}

/// Equal power: sin and cos of a quarter turn.
#[inline(always)]
fn pan(operation: &Operation, group: &Group, fast: Fast<'_>, piece: Piece, out: &mut Rows, right: &mut Rows) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (x, place) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[1]));
    let mut rooms = [[Lanes::ZERO; TICK]; 2];
    let [one, two] = &mut rooms;
    let (x, place) = (x.rows(one), place.rows(two));
    for k in piece.frames() {
        let quarter = (place[k].clamp(0.0, 1.0) * Lanes::splat((1u32 << 30) as f32)).truncate();
        let x = x[k];
        out[k] = x * crate::dsp::lanes::sine(Words::splat(1 << 30) - quarter);
        right[k] = x * crate::dsp::lanes::sine(quarter);
    }
}
