//! Saws, alone and many: drawn as ramps with rounded edges where their pitch allows, read from tables where it does not.
//!
//! What decides is how the pitch moves and the phase's own step; so neither a cut nor a neighbour changes a bit.

use crate::base::random;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Vector, Words, exp2};

use super::edges::{Drawings, Edges};
use super::group::Group;
use super::oscillators::step;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows, View};
use super::waves::{Choice, Wave, Waves};

/// The most saws of a supersaw.
pub(super) const MOST_SAWS: usize = 16;

/// A pulse's width, as a share of a turn.
#[inline(always)]
pub(super) fn share(width: Lanes) -> Words {
    (width.clamp(0.01, 0.99) * Lanes::splat(2_147_483_648.0)).truncate().shift_left(1)
}

/// The pace and the phases of a pulse's falls, whose width moves: what the width adds a frame is taken off the pace.
#[inline(always)]
pub(super) fn behind(
    pace: &Pace,
    phases: &[Words; TICK],
    width: View<'_>,
    piece: Piece,
    room: &mut Rows,
) -> (Pace, [Words; TICK]) {
    let slope = if let View::Ramp(_, slope) = width { Some(slope) } else { None };
    let still = width.rests();
    let width = width.rows(room);
    let mut fall = *phases;
    for k in piece.frames() {
        fall[k] = fall[k] - share(width[k]);
    }
    let Some(slope) = slope else { return (Pace::Modulated, fall) };
    let (mut steps, rests) = match pace {
        Pace::Still(by) => ([*by; TICK], Words::ALL),
        Pace::Moves(steps, rests) => (*steps, *rests),
        Pace::Modulated => return (Pace::Modulated, fall),
    };
    for k in piece.frames() {
        steps[k] = steps[k] - (share(width[k] + slope) - share(width[k]));
    }
    (Pace::Moves(steps, rests & still), fall)
}

/// What phases add a frame.
#[expect(clippy::large_enum_variant, reason = "it stays on the stack, for nothing here may allocate")]
pub(super) enum Pace {
    /// The same in all 16.
    Still(Words),
    /// It moves slowly, but in the lanes of the mask.
    Moves([Words; TICK], Words),
    /// It moves as fast as sound does: no step is where the pace of a frame would have it.
    Modulated,
}

/// Saws, drawn each way that a pitch allows.
pub(super) struct Saws<'a, F> {
    pub(super) wave: &'a Wave,
    pub(super) edges: &'a Edges,
    /// Lanes that sound; the others need no tables.
    pub(super) live: Words,
    pub(super) drawings: &'a mut Drawings,
    /// Finds the tables, where they are needed.
    pub(super) choose: F,
    pub(super) choice: Option<Choice>,
}

impl<F: FnMut() -> Choice> Saws<'_, F> {
    /// Saws at phases, all of them `turned` on.
    #[inline(always)]
    pub(super) fn draw<V: Vector>(
        &mut self,
        pace: &Pace,
        phases: &[Words; TICK],
        turned: Words,
        piece: Piece,
        out: &mut Rows,
    ) {
        match pace {
            Pace::Still(by) => {
                let reach = Edges::reach(*by) & self.live;
                if reach.any() {
                    // From the first of the 16 frames, wherever the piece begins.
                    let first = phases[piece.from & (TICK - 1)] - by.times(piece.from as u32);
                    self.edges.draw::<V>(first + turned, *by, reach, std::slice::from_mut(out), self.drawings);
                }
                if (self.live & !reach).any() {
                    let choice = self.choice();
                    for k in piece.frames() {
                        out[k] = reach.select(out[k], self.wave.at(choice, phases[k] + turned));
                    }
                }
            }
            Pace::Moves(steps, rests) => {
                // What rests is drawn as if all others did, so that it does not hear its neighbours.
                let first = piece.from & (TICK - 1);
                let by = steps[first];
                let drawn = *rests & Edges::reach(by) & self.live;
                if drawn.any() {
                    let phase = phases[first] - by.times(piece.from as u32) + turned;
                    self.edges.draw::<V>(phase, by, drawn, std::slice::from_mut(out), self.drawings);
                }
                for k in piece.frames() {
                    let reach = Edges::reach(steps[k]) & self.live;
                    let phase = phases[k] + turned;
                    out[k] = drawn.select(out[k], self.edges.at(phase, steps[k], reach));
                    if (self.live & !reach).any() {
                        let choice = self.choice();
                        out[k] = reach.select(out[k], self.wave.at(choice, phase));
                    }
                }
            }
            Pace::Modulated => {
                let choice = self.choice();
                for k in piece.frames() {
                    out[k] = self.wave.at(choice, phases[k] + turned);
                }
            }
        }
    }

    #[inline(always)]
    fn choice(&mut self) -> Choice {
        if let Some(choice) = self.choice {
            return choice;
        }
        let choice = (self.choose)();
        self.choice = Some(choice);
        choice
    }
}

/// How the outermost and the inner saws of a supersaw are detuned: as those of [`crate::dsp::oscillator`], drawn out to
/// any number.
fn detuning(index: usize, count: usize) -> f32 {
    const SEVEN: [f32; 7] = [-1.0, -0.572, -0.177, 0.0, 0.181, 0.565, 0.976];
    if count <= 1 {
        return 0.0;
    }
    let place = index as f32 / (count - 1) as f32 * 6.0;
    let low = (place as usize).min(5);
    SEVEN[low] + (SEVEN[low + 1] - SEVEN[low]) * (place - low as f32)
}

/// Saws side by side, in stereo.
#[inline(always)]
pub(super) fn supersaw<V: Vector>(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    [out, right]: [&mut Rows; 2],
    drawings: &mut Drawings,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let view = registers.view(operation.inputs[0]);
    let mut room = [Lanes::ZERO; TICK];
    let hz = view.rows(&mut room);
    let [_, count] = registers.ends(operation.inputs[1]);
    let count = (count.0[0] as usize).clamp(1, MOST_SAWS);
    let [_, detune] = registers.ends(operation.inputs[2]);
    let [_, spread] = registers.ends(operation.inputs[3]);
    let detune = detune.clamp(0.0, 12.0);
    let spread = spread.clamp(0.0, 1.0);
    let wave = &Waves::shared().saw;
    let level = Lanes::splat(1.0 / (count as f32).sqrt());
    for k in piece.frames() {
        out[k] = Lanes::ZERO;
        right[k] = Lanes::ZERO;
    }
    let fresh = group.fresh.any();
    let live = group.sounding();
    let mut phases = [Words::ZERO; TICK];
    let mut saw_rows = [Lanes::ZERO; TICK];
    for saw in 0..count {
        let ratio = exp2(detune * Lanes::splat(detuning(saw, count) / 12.0));
        // They alternate between the sides, so that both beat; each side gets the same power in all.
        let place = if count == 1 { 0.0 } else { saw as f32 / (count - 1) as f32 * 2.0 - 1.0 };
        let place = if saw % 2 == 0 { place } else { -place };
        let lean = spread * Lanes::splat(place);
        let left_gain = V::from((Lanes::ONE - lean).sqrt_of_positive() * level);
        let right_gain = V::from((Lanes::ONE + lean).sqrt_of_positive() * level);
        let at = operation.state as usize + saw;
        let mut phase = group.state[at].to_bits();
        if fresh {
            let seeds = group.seeds;
            let begin =
                Words::from_fn(|lane| random::join(seeds[lane], u64::from(operation.option) << 8 | saw as u64) as u32);
            phase = group.fresh.select_words(begin, phase);
        }
        let pace = match view {
            View::Still(hz) => Pace::Still(step(hz * ratio, program.rate)),
            View::Ramp(..) => {
                let mut steps = [Words::ZERO; TICK];
                for k in piece.frames() {
                    steps[k] = step(hz[k] * ratio, program.rate);
                }
                Pace::Moves(steps, view.rests())
            }
            View::Rows(_) => Pace::Modulated,
        };
        for k in piece.frames() {
            phases[k] = phase;
            phase = phase
                + match &pace {
                    Pace::Still(by) => *by,
                    Pace::Moves(steps, _) => steps[k],
                    Pace::Modulated => step(hz[k] * ratio, program.rate),
                };
        }
        let ends = || hz[piece.from & (TICK - 1)].max(hz[(piece.to.max(1) - 1) & (TICK - 1)]);
        let top = view.most().unwrap_or_else(ends) * ratio;
        let choose = || wave.choose(top, program.rate);
        let mut saws = Saws { wave, edges: Edges::shared(), live, drawings: &mut *drawings, choose, choice: None };
        saws.draw::<V>(&pace, &phases, Words::ZERO, piece, &mut saw_rows);
        for k in piece.frames() {
            let y = V::from(saw_rows[k]);
            out[k] = (V::from(out[k]) + y * left_gain).into();
            right[k] = (V::from(right[k]) + y * right_gain).into();
        }
        group.state[at] = phase.to_lanes();
    }
}
