//! Running a program over a group: the slow list at each 16th frame, the fast list over pieces in between.
//!
//! Invariant: a piece lies within one 16; what a lane gives depends on its own onset and the absolute frame, never on how
//! pieces are cut.

use crate::base::graph::Given;
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Kernel, Lanes, Words};

use super::delays;
use super::envelopes;
use super::filters;
use super::group::Group;
use super::movement;
use super::noises;
use super::oscillators::{self, Wavetable};
use super::program::{Operation, Program, What};
use super::rows::{Piece, Registers, Rows, View, map, map2};
use super::shapes;
use super::slow::{self, Pass};
use super::strings;
use super::sync;

/// One stretch of one group.
pub(super) struct Stretch<'a> {
    pub(super) program: &'a Program,
    pub(super) group: &'a mut Group,
    /// Fast registers, and two beside them that change places with those that are written.
    pub(super) fast: &'a mut Vec<Box<Rows>>,
    pub(super) spare: &'a mut [Box<Rows>; 2],
    pub(super) files: &'a [Wavetable],
    /// What an effect is fed.
    pub(super) fed: Option<(&'a [f32], &'a [f32])>,
    pub(super) frame: i64,
    pub(super) frames: usize,
}

impl Kernel for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut at = 0;
        while at < self.frames {
            let now = self.frame + at as i64;
            let into = now.rem_euclid(TICK as i64) as usize;
            self.group.frame = now;
            if into == 0 || self.group.fresh.any() {
                self.tick(into);
            }
            let end = TICK.min(into + self.frames - at);
            let longest = if self.program.loops.is_empty() {
                TICK
            } else {
                delays::longest_piece(self.program, self.group, self.fast)
            };
            let piece = Piece { from: into, to: end.min(into + longest) };
            self.piece(piece, at);
            let count = piece.to - piece.from;
            self.group.advance(count);
            self.group.fresh = Words::ZERO;
            at += count;
        }
    }
}

impl Stretch<'_> {
    /// The slow lists.
    #[inline(always)]
    fn tick(&mut self, into: usize) {
        let program = self.program;
        let fresh = self.group.fresh;
        if fresh.any() {
            let begins = Pass { mask: fresh, frames: 0, begins: true };
            slow::run(&program.event, program, self.group, self.fast, begins);
            slow::run(&program.slow, program, self.group, self.fast, begins);
            if into != 0 {
                let rest = Pass { mask: fresh, frames: TICK - into, begins: false };
                slow::run(&program.event, program, self.group, self.fast, rest);
                slow::run(&program.slow, program, self.group, self.fast, rest);
            }
        }
        if into == 0 {
            let whole = Pass { mask: Words::ALL, frames: TICK, begins: false };
            if self.group.moving > 0 {
                self.group.moving -= 1;
                self.group.glide();
                slow::run(&program.event, program, self.group, self.fast, whole);
                if self.group.moving == 0 {
                    // What has arrived stands still.
                    for operation in &program.event {
                        let register = &mut self.group.slow[usize::from(operation.to)];
                        register[0] = register[1];
                    }
                }
            } else if fresh.any() {
                slow::run(&program.event, program, self.group, self.fast, Pass { mask: fresh, ..whole });
            }
            slow::run(&program.slow, program, self.group, self.fast, whole);
        }
    }

    /// The fast list over a piece; its output goes to the group's frames from `at` on.
    #[inline(always)]
    fn piece(&mut self, piece: Piece, at: usize) {
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
            if let What::Unit(kind @ (Kind::Env | Kind::Adsr)) = operation.what {
                let times = envelopes::times(operation, self.group, kind == Kind::Adsr);
                let [out, _] = &mut *self.spare;
                ended = ended & envelopes::run(operation, self.program, self.group, times, piece, out);
                loudest = loudest.max(out[piece.to - 1]);
                has_envelope = true;
            } else {
                self.operation(operation, piece, at);
            }
            std::mem::swap(&mut self.fast[to], &mut self.spare[0]);
            if right != to {
                std::mem::swap(&mut self.fast[right], &mut self.spare[1]);
            }
        }
        self.group.ended = if has_envelope { ended } else { Words::ZERO };
        self.group.loudness = if has_envelope { loudest } else { Lanes::ONE };
        let registers = Registers { slow: &self.group.slow, fast: self.fast };
        let count = piece.to - piece.from;
        let take = |view: View<'_>, out: &mut [Lanes]| {
            for (i, row) in out.iter_mut().enumerate() {
                *row = view.at(piece.from + i).finite().clamp(-LOUDEST, LOUDEST);
            }
        };
        take(registers.view(self.program.left), &mut self.group.left[at..at + count]);
        if self.program.stereo {
            take(registers.view(self.program.right), &mut self.group.right[at..at + count]);
        }
    }

    #[inline(always)]
    fn operation(&mut self, operation: &Operation, piece: Piece, at: usize) {
        let [out, right] = &mut *self.spare;
        let (out, right): (&mut Rows, &mut Rows) = (out, right);
        let (program, group, fast) = (self.program, &mut *self.group, &self.fast[..]);
        match operation.what {
            What::Given(given @ (Given::InLeft | Given::InRight)) => {
                let Some((left, other)) = self.fed else {
                    *out = [Lanes::ZERO; TICK];
                    return;
                };
                let side = if given == Given::InLeft { left } else { other };
                for (i, k) in piece.frames().enumerate() {
                    out[k] = Lanes::splat(side.get(at + i).copied().unwrap_or(0.0));
                }
            }
            What::Given(given) => *out = [slow::given_value(given, group); TICK],
            What::Parameter(index) => {
                *out = [group.parameters.get(usize::from(index)).copied().unwrap_or(Lanes::ZERO); TICK];
            }
            What::Arithmetic(op) => {
                let registers = Registers { slow: &group.slow, fast };
                let (a, b) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[1]));
                arithmetic(op, a, b, piece, out);
            }
            What::Read(line) => delays::read(line, operation, program, group, fast, piece, out),
            What::Write(line) => delays::write(line, operation, program, group, fast, piece, out),
            What::Unit(kind) => match kind {
                Kind::Sine | Kind::Saw | Kind::Triangle | Kind::Square | Kind::Pulse => {
                    oscillators::run(kind, operation, program, group, fast, piece, out);
                }
                Kind::Supersaw => oscillators::supersaw(operation, program, group, fast, piece, out, right),
                Kind::Wavetable => {
                    oscillators::wavetable(operation, program, group, self.files, fast, piece, out);
                }
                Kind::Sync => sync::run(operation, program, group, fast, piece, out),
                Kind::Pluck => strings::pluck(operation, program, group, fast, piece, out),
                Kind::Comb => strings::comb(operation, program, group, fast, piece, out),
                Kind::White | Kind::Pink | Kind::Brown | Kind::Dust => {
                    noises::run(kind, operation, program, group, fast, piece, out);
                }
                Kind::Hold => movement::hold_fast(operation, program, group, fast, piece, out),
                Kind::Lowpass
                | Kind::Highpass
                | Kind::Bandpass
                | Kind::Notch
                | Kind::Peak
                | Kind::Lowshelf
                | Kind::Highshelf
                | Kind::Allpass => filters::svf(kind, operation, program, group, fast, piece, out),
                Kind::Ladder => filters::ladder(operation, program, group, fast, piece, out),
                Kind::Onepole => filters::onepole(operation, program, group, fast, piece, out),
                Kind::Formant => filters::formant(operation, program, group, fast, piece, out),
                Kind::Tanh | Kind::Fold | Kind::Clip => shapes::run(kind, operation, group, fast, piece, out),
                Kind::Crush => shapes::crush_fast(operation, group, fast, piece, out),
                Kind::Coarse => shapes::coarse(operation, program, group, fast, piece, out),
                Kind::Pan => pan(operation, group, fast, piece, out, right),
                _ => calculate(kind, operation, group, fast, piece, out),
            },
        }
    }
}

/// A voice is held within this on its way out: 24 dB over full scale.
const LOUDEST: f32 = 16.0;

#[inline(always)]
fn arithmetic(op: crate::base::graph::Arithmetic, a: View<'_>, b: View<'_>, piece: Piece, out: &mut Rows) {
    use crate::base::graph::Arithmetic;
    match op {
        Arithmetic::Add => map2(a, b, piece, out, |a, b| a + b),
        Arithmetic::Sub => map2(a, b, piece, out, |a, b| a - b),
        Arithmetic::Mul => map2(a, b, piece, out, |a, b| a * b),
        Arithmetic::Div => map2(a, b, piece, out, |a, b| a / slow::divisor(b)),
        Arithmetic::Rem => map2(a, b, piece, out, slow::remainder),
    }
}

/// Units that calculate, frame by frame.
#[inline(always)]
fn calculate(kind: Kind, operation: &Operation, group: &Group, fast: &[Box<Rows>], piece: Piece, out: &mut Rows) {
    let registers = Registers { slow: &group.slow, fast };
    let [a, b, c] = [0, 1, 2].map(|at| registers.view(operation.inputs[at]));
    match kind {
        Kind::Min => map2(a, b, piece, out, Lanes::min),
        Kind::Max => map2(a, b, piece, out, Lanes::max),
        Kind::Pow => map2(a, b, piece, out, |a, b| slow::stateless(Kind::Pow, [a, b, b])),
        Kind::Clamp => {
            for k in piece.frames() {
                out[k] = a.at(k).max(b.at(k)).min(c.at(k));
            }
        }
        _ => map(a, piece, out, |a| slow::stateless(kind, [a, a, a])),
    }
}

/// Equal power: sin and cos of a quarter turn.
#[inline(always)]
fn pan(operation: &Operation, group: &Group, fast: &[Box<Rows>], piece: Piece, out: &mut Rows, right: &mut Rows) {
    let registers = Registers { slow: &group.slow, fast };
    let (x, place) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[1]));
    for k in piece.frames() {
        let quarter = (place.at(k).clamp(0.0, 1.0) * Lanes::splat((1u32 << 30) as f32)).truncate();
        let x = x.at(k);
        out[k] = x * crate::dsp::lanes::sine(Words::splat(1 << 30) - quarter);
        right[k] = x * crate::dsp::lanes::sine(quarter);
    }
}
