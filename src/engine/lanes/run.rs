//! Running a program over a group: the slow list at each 16th frame, the fast list over pieces in between.
//!
//! Invariant: a piece lies within one 16; what a lane gives depends on its own onset and the absolute frame, never on how
//! pieces are cut.

use crate::base::unit::Kind;
use crate::dsp::lanes::{Kernel, LANES, Lanes, Vector, Words, dispatch};
use crate::dsp::{BLOCK, TICK};

use super::delays;
use super::edges::Drawings;
use super::group::Group;
use super::oscillators::Wavetable;
use super::program::{Operation, Program, What};
use super::rows::{Fast, Piece, Register, Registers, Rows, View, WHOLE};
use super::slow::{self, Pass};
use super::work::{Both, Work};

/// One stretch of one group.
pub(super) struct Stretch<'a> {
    pub(super) program: &'a Program,
    pub(super) group: &'a mut Group,
    /// Fast registers, and two beside them that change places with those that are written.
    pub(super) fast: &'a mut Vec<Register>,
    pub(super) spare: &'a mut [Register; 2],
    /// Room for what an operation draws of its inputs.
    pub(super) rooms: &'a mut [Rows; 3],
    pub(super) drawings: &'a mut Drawings,
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
            let ticks = self.batch(at);
            at += if ticks > 1 { self.run_ticks(ticks, at) } else { self.run_piece(at) };
        }
    }

    /// Runs two of one program over the same frames, each operation of both before the next, where that may be.
    pub(super) fn run_both(mut one: Stretch<'_>, mut other: Stretch<'_>) {
        if !one.program.loops.is_empty() {
            // Each is cut where its own loops are short.
            one.run();
            return other.run();
        }
        let mut at = 0;
        while at < one.frames {
            let ticks = one.batch(at).min(other.batch(at));
            at += if ticks > 1 {
                one.ticks(ticks, at);
                other.ticks(ticks, at);
                Stretch::pieces_of_both(&mut one, &mut other, ticks, at);
                ticks * TICK
            } else {
                // To the tick's end, both of them.
                other.run_piece(at);
                one.run_piece(at)
            };
        }
    }

    /// Some whole ticks from `at` on; how many frames.
    fn run_ticks(&mut self, ticks: usize, at: usize) -> usize {
        self.ticks(ticks, at);
        self.pieces(ticks, WHOLE, at);
        ticks * TICK
    }

    /// What is left of a tick, or less where loops are short; how many frames.
    fn run_piece(&mut self, at: usize) -> usize {
        let now = self.frame + at as i64;
        let into = now.rem_euclid(TICK as i64) as usize;
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
        count
    }

    /// How many whole ticks are computed in one go; 1 where what comes next is none.
    fn batch(&self, at: usize) -> usize {
        let begins = (self.frame + at as i64).rem_euclid(TICK as i64) == 0;
        let may = begins && !self.group.fresh.any();
        if may { ((self.frames - at) / TICK).clamp(1, self.program.batch) } else { 1 }
    }

    /// The slow lists of some whole ticks.
    fn ticks(&mut self, ticks: usize, at: usize) {
        let now = self.frame + at as i64;
        if self.group.moving == 0 {
            self.group.spread(self.program);
            dispatch(SlowTicks { program: self.program, group: self.group, ticks });
        } else {
            for tick in 0..ticks {
                self.group.turn_to(self.program, tick);
                self.group.frame = now + (tick * TICK) as i64;
                self.tick(0);
            }
        }
        self.group.frame = now + ((ticks - 1) * TICK) as i64;
        self.group.advance(ticks * TICK);
    }

    /// The slow lists.
    fn tick(&mut self, into: usize) {
        let program = self.program;
        let fresh = self.group.fresh;
        self.group.is_spread &= self.group.moving == 0 && !fresh.any();
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
        let mut tally = Tally::default();
        for operation in &self.program.fast {
            let over = self.work(operation, (ticks, piece, at)).dispatch();
            self.put_back(operation, (ticks, piece), over, &mut tally);
        }
        self.leave((ticks, piece, at), &tally);
    }

    /// The same of two groups, over whole ticks.
    fn pieces_of_both(one: &mut Stretch<'_>, other: &mut Stretch<'_>, ticks: usize, at: usize) {
        let mut tallies = [Tally::default(), Tally::default()];
        for operation in &one.program.fast {
            let span = (ticks, WHOLE, at);
            let [over, other_over] = Both(one.work(operation, span), other.work(operation, span)).dispatch();
            one.put_back(operation, (ticks, WHOLE), over, &mut tallies[0]);
            other.put_back(operation, (ticks, WHOLE), other_over, &mut tallies[1]);
        }
        one.leave((ticks, WHOLE, at), &tallies[0]);
        other.leave((ticks, WHOLE, at), &tallies[1]);
    }

    /// An operation with what it reads, and the spare registers in the place of those that it writes.
    fn work<'b>(&'b mut self, operation: &'b Operation, (ticks, piece, at): (usize, Piece, usize)) -> Work<'b> {
        self.change_registers(operation);
        let [out, right] = &mut *self.spare;
        Work {
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
            right,
            rooms: self.rooms,
            drawings: self.drawings,
        }
    }

    fn change_registers(&mut self, operation: &Operation) {
        let (to, right) = (usize::from(operation.to), usize::from(operation.right));
        std::mem::swap(&mut self.fast[to], &mut self.spare[0]);
        if right != to {
            std::mem::swap(&mut self.fast[right], &mut self.spare[1]);
        }
    }

    /// What an operation wrote goes to its place.
    fn put_back(&mut self, operation: &Operation, (ticks, piece): (usize, Piece), over: Words, tally: &mut Tally) {
        if let What::Unit(Kind::Env | Kind::Adsr) = operation.what {
            let last = self.spare[0][ticks - 1][piece.to - 1];
            tally.ended = Some(tally.ended.map_or(over, |ended| ended & over));
            tally.loudest = tally.loudest.max(last);
        }
        self.change_registers(operation);
    }

    /// After the last operation.
    fn leave(&mut self, (ticks, piece, at): (usize, Piece, usize), tally: &Tally) {
        for (heard, register) in self.group.heard.iter_mut().zip(&self.program.heard) {
            *heard = self.fast[usize::from(*register)][ticks - 1][piece.to - 1];
        }
        self.group.ended = tally.ended.unwrap_or(Words::ZERO);
        self.group.loudness = if tally.ended.is_some() { tally.loudest } else { Lanes::ONE };
        dispatch(Leaving { program: self.program, group: self.group, fast: self.fast, ticks, piece, at });
    }
}

/// What the envelopes of a fast list have said.
#[derive(Default)]
struct Tally {
    /// Lanes in which all are over; none where there is no envelope.
    ended: Option<Words>,
    loudest: Lanes,
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
    fn run<V: Vector>(self) {
        slow::run::<V>(self.list, self.program, self.group, self.pass);
    }
}

/// The slow list of some ticks, operation by operation; nothing of the note moves.
struct SlowTicks<'a> {
    program: &'a Program,
    group: &'a mut Group,
    ticks: usize,
}

impl Kernel for SlowTicks<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        slow::run_ticks::<V>(self.program, self.group, self.ticks);
    }
}

/// A voice is held within this on its way out: 24 dB over full scale.
const LOUDEST: f32 = 16.0;

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
    fn run<V: Vector>(self) {
        let Leaving { program, group, fast: registers, ticks, piece, at } = self;
        let mut at = at;
        for tick in 0..ticks {
            let plane = group.plane_of(tick);
            let registers = Registers::new(&group.slow, plane, Fast { registers, tick });
            take::<V>(registers.view(program.left), piece, at, &mut group.given.left);
            if program.stereo {
                take::<V>(registers.view(program.right), piece, at, &mut group.given.right);
            }
            at += piece.to - piece.from;
        }
    }
}

/// Lane by lane, to the frames from `at` on.
#[inline(always)]
fn take<V: Vector>(view: View<'_>, piece: Piece, at: usize, out: &mut [[f32; BLOCK]; LANES]) {
    // Cleared only where it is needed: as a rule it is sound that leaves.
    let mut room: Rows;
    let rows = if let View::Rows(rows) = view {
        rows
    } else {
        room = [Lanes::ZERO; TICK];
        view.rows(&mut room)
    };
    let (most, least, endless) = (V::splat(LOUDEST), V::splat(-LOUDEST), V::splat(f32::INFINITY));
    for (i, rows) in rows.as_chunks::<LANES>().0.iter().enumerate() {
        let from = i * LANES;
        let first = piece.from.max(from);
        let count = piece.to.min(from + LANES).saturating_sub(first);
        let mut eight = [V::splat(0.0); LANES];
        for (x, row) in eight.iter_mut().zip(rows) {
            let row = V::from(*row);
            *x = row.where_below(row.abs(), endless).max(least).min(most);
        }
        let to = at + first - piece.from;
        for (frames, out) in V::across(eight).into_iter().zip(out.iter_mut()) {
            let frames: Lanes = frames.into();
            if count == LANES {
                out[to..to + LANES].copy_from_slice(&frames.0);
            } else if count > 0 {
                out[to..to + count].copy_from_slice(&frames.0[first - from..first - from + count]);
            }
        }
    }
}
