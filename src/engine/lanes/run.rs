//! Running a program over a group: the slow list at each 16th frame, the fast list over pieces in between.
//!
//! Invariant: a piece lies within one 16; what a lane gives depends on its own onset and the absolute frame, never on how
//! pieces are cut.

use crate::base::graph::{Arithmetic, Given};
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Kernel, Lanes, Vector, Words, dispatch};
use crate::dsp::oversample::{FINE, TIMES};

use super::delays;
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
use super::slow::{self, Pass};
use super::strings;
use super::sync;

/// One stretch of one group.
pub(super) struct Stretch<'a> {
    pub(super) program: &'a Program,
    pub(super) group: &'a mut Group,
    /// Fast registers, and two beside them that change places with those that are written.
    pub(super) fast: &'a mut Vec<Register>,
    pub(super) spare: &'a mut [Register; 2],
    /// Room for what an operation draws of its inputs.
    pub(super) rooms: &'a mut [Rows; 3],
    pub(super) files: &'a [Wavetable],
    /// What an effect is fed.
    pub(super) fed: Option<(&'a [f32], &'a [f32])>,
    pub(super) frame: i64,
    pub(super) frames: usize,
}

impl Stretch<'_> {
    /// Runs it.
    pub(super) fn run(mut self) {
        let mut at = 0;
        while at < self.frames {
            let now = self.frame + at as i64;
            let into = now.rem_euclid(TICK as i64) as usize;
            let ticks = self.batch(into, self.frames - at);
            if ticks > 1 {
                for tick in 0..ticks {
                    self.group.turn_to(self.program, tick);
                    self.group.frame = now + (tick * TICK) as i64;
                    self.tick(0);
                    self.group.advance(TICK);
                }
                self.pieces(ticks, Piece { from: 0, to: TICK }, at);
                at += ticks * TICK;
                continue;
            }
            self.group.turn_to(self.program, 0);
            self.group.frame = now;
            if into == 0 || self.group.fresh.any() {
                self.tick(into);
            }
            let end = TICK.min(into + self.frames - at);
            let longest = if self.program.loops.is_empty() {
                TICK
            } else {
                delays::longest_piece(self.program, self.group, Fast { registers: self.fast, tick: 0 })
            };
            let piece = Piece { from: into, to: end.min(into + longest) };
            self.pieces(1, piece, at);
            let count = piece.to - piece.from;
            self.group.advance(count);
            self.group.fresh = Words::ZERO;
            at += count;
        }
    }

    /// How many whole ticks are computed in one go, of so many frames that are left; 1 where what comes next is none.
    fn batch(&self, into: usize, left: usize) -> usize {
        let may = into == 0 && !self.group.fresh.any();
        if may { (left / TICK).clamp(1, self.program.batch) } else { 1 }
    }

    /// The slow lists.
    fn tick(&mut self, into: usize) {
        let program = self.program;
        let fresh = self.group.fresh;
        if fresh.any() {
            let begins = Pass { mask: fresh, frames: 0, begins: true };
            self.group.follow_bends(fresh, self.frame, None);
            self.slow(&program.event, begins);
            self.slow(&program.slow, begins);
            if into != 0 {
                let rest = Pass { mask: fresh, frames: TICK - into, begins: false };
                self.group.follow_bends(fresh, self.frame, Some(self.group.frame));
                self.slow(&program.event, rest);
                self.slow(&program.slow, rest);
            }
        }
        if into == 0 {
            let whole = Pass { mask: Words::ALL, frames: TICK, begins: false };
            self.group.follow_bends(Words::ALL, self.frame, Some(self.group.frame));
            if self.group.moving > 0 {
                self.group.moving -= 1;
                self.group.glide();
                self.slow(&program.event, whole);
                if self.group.moving == 0 {
                    // What has arrived stands still.
                    for operation in &program.event {
                        let register = &mut self.group.slow[self.group.plane + usize::from(operation.to)];
                        register[0] = register[1];
                    }
                }
            } else if fresh.any() {
                self.slow(&program.event, Pass { mask: fresh, ..whole });
            }
            self.slow(&program.slow, whole);
        }
    }

    fn slow(&mut self, list: &[Operation], pass: Pass) {
        dispatch(Slow { list, program: self.program, group: self.group, pass });
    }

    /// The fast list over a piece of each of some ticks; its output goes to the group's frames from `at` on.
    fn pieces(&mut self, ticks: usize, piece: Piece, at: usize) {
        let mut ended = Words::ALL;
        let mut loudest = Lanes::ZERO;
        let mut has_envelope = false;
        for operation in &self.program.fast {
            let to = usize::from(operation.to);
            let right = usize::from(operation.right);
            std::mem::swap(&mut self.fast[to], &mut self.spare[0]);
            if right != to {
                std::mem::swap(&mut self.fast[right], &mut self.spare[1]);
            }
            let [out, other] = &mut *self.spare;
            let work = Work {
                operation,
                program: self.program,
                group: &mut *self.group,
                fast: self.fast,
                files: self.files,
                fed: self.fed,
                ticks,
                piece,
                at,
                out,
                right: other,
                rooms: self.rooms,
            };
            let over = work.dispatch();
            if let What::Unit(Kind::Env | Kind::Adsr) = operation.what {
                ended = ended & over;
                loudest = loudest.max(self.spare[0][ticks - 1][piece.to - 1]);
                has_envelope = true;
            }
            std::mem::swap(&mut self.fast[to], &mut self.spare[0]);
            if right != to {
                std::mem::swap(&mut self.fast[right], &mut self.spare[1]);
            }
        }
        for (heard, register) in self.group.heard.iter_mut().zip(&self.program.heard) {
            *heard = self.fast[usize::from(*register)][ticks - 1][piece.to - 1];
        }
        self.group.ended = if has_envelope { ended } else { Words::ZERO };
        self.group.loudness = if has_envelope { loudest } else { Lanes::ONE };
        dispatch(Leaving { program: self.program, group: self.group, fast: self.fast, ticks, piece, at });
    }
}

/// A slow list.
struct Slow<'a> {
    list: &'a [Operation],
    program: &'a Program,
    group: &'a mut Group,
    pass: Pass,
}

impl Kernel for Slow<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        slow::run(self.list, self.program, self.group, self.pass);
    }
}

/// What leaves the fast registers.
struct Leaving<'a> {
    program: &'a Program,
    group: &'a mut Group,
    fast: &'a [Register],
    ticks: usize,
    piece: Piece,
    at: usize,
}

impl Kernel for Leaving<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.run_in::<Lanes>();
    }

    #[inline(always)]
    fn run_in<V: Vector>(self) {
        let Leaving { program, group, fast: registers, ticks, piece, at } = self;
        let mut at = at;
        for tick in 0..ticks {
            let registers = Registers::new(&group.slow, group.plane_of(tick), Fast { registers, tick });
            let to = at + piece.to - piece.from;
            take::<V>(registers.view(program.left), piece, &mut group.left[at..to]);
            if program.stereo {
                take::<V>(registers.view(program.right), piece, &mut group.right[at..to]);
            }
            at = to;
        }
    }
}

#[inline(always)]
fn take<V: Vector>(view: View<'_>, piece: Piece, out: &mut [Lanes]) {
    // Cleared only where it is needed: as a rule it is sound that leaves.
    let mut room: Rows;
    let rows = if let View::Rows(rows) = view {
        rows
    } else {
        room = [Lanes::ZERO; TICK];
        view.rows(&mut room)
    };
    let (most, least, endless) = (V::splat(LOUDEST), V::splat(-LOUDEST), V::splat(f32::INFINITY));
    for (k, out) in piece.frames().zip(out) {
        let x = V::from(rows[k]);
        *out = x.where_below(x.abs(), endless).max(least).min(most).into();
    }
}

/// One fast operation over a piece.
struct Work<'a> {
    operation: &'a Operation,
    program: &'a Program,
    group: &'a mut Group,
    fast: &'a [Register],
    files: &'a [Wavetable],
    fed: Option<(&'a [f32], &'a [f32])>,
    ticks: usize,
    piece: Piece,
    at: usize,
    out: &'a mut [Rows; BATCH],
    right: &'a mut [Rows; BATCH],
    rooms: &'a mut [Rows; 3],
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
struct Of<'a, const FAMILY: u8>(Work<'a>);

impl Work<'_> {
    /// Runs it; what an envelope says of its lanes.
    fn dispatch(self) -> Words {
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
                Kind::Lowpass
                | Kind::Highpass
                | Kind::Bandpass
                | Kind::Notch
                | Kind::Peak
                | Kind::Lowshelf
                | Kind::Highshelf
                | Kind::Allpass => dispatch(Of::<{ family::FILTER }>(self)),
                Kind::Ladder | Kind::Onepole => dispatch(Of::<{ family::LADDER }>(self)),
                Kind::Formant => dispatch(Of::<{ family::FORMANT }>(self)),
                Kind::Tanh | Kind::Fold | Kind::Clip => dispatch(Of::<{ family::SHAPE }>(self)),
                Kind::Crush | Kind::Coarse => dispatch(Of::<{ family::BREAK }>(self)),
                _ => dispatch(Of::<{ family::CALCULATION }>(self)),
            },
        }
    }
}

impl<const FAMILY: u8> Kernel for Of<'_, FAMILY> {
    type Output = Words;

    #[inline(always)]
    fn run(self) -> Words {
        self.run_in::<Lanes>()
    }

    #[inline(always)]
    fn run_in<V: Vector>(self) -> Words {
        let ticks = self.0.ticks;
        let mut work = self.0;
        let mut said = Words::ZERO;
        for tick in 0..ticks {
            work.group.plane = work.group.plane_of(tick);
            said = work.tick::<V, FAMILY>(tick);
            work.at += work.piece.to - work.piece.from;
        }
        said
    }
}

impl Work<'_> {
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
            family::OSCILLATOR => oscillators::run::<V>(kind, operation, program, group, fast, piece, out),
            family::SUPERSAW => saws::supersaw::<V>(operation, program, group, fast, piece, out, right),
            family::WAVETABLE => oscillators::wavetable(operation, program, group, files, fast, piece, out),
            family::SYNC => sync::run(operation, program, group, fast, piece, out),
            family::STRING if kind == Kind::Pluck => strings::pluck(operation, program, group, fast, piece, out),
            family::STRING => strings::comb(operation, program, group, fast, piece, out),
            family::NOISE => noises::run(kind, operation, program, group, fast, piece, out),
            family::HOLD => movement::hold_fast(operation, program, group, fast, piece, out),
            family::FILTER => filters::svf::<V>(kind, operation, program, group, fast, piece, out, self.rooms),
            family::LADDER if kind == Kind::Ladder => filters::ladder(operation, program, group, fast, piece, out),
            family::LADDER => filters::onepole(operation, program, group, fast, piece, out),
            family::FORMANT => filters::formant(operation, program, group, fast, piece, out),
            family::SHAPE if program.times == FINE => {
                shapes::run::<FINE>(kind, operation, group, fast, piece, out);
            }
            family::SHAPE => shapes::run::<TIMES>(kind, operation, group, fast, piece, out),
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

/// A voice is held within this on its way out: 24 dB over full scale.
const LOUDEST: f32 = 16.0;

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
