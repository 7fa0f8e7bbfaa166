//! Noise in lanes: each lane its own sequence, from the note's seed.
//!
//! Invariant: the same seed gives the same noise, whatever the other lanes do.

use crate::base::random;
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Words, flush};

use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows};

/// Stages of the pink filter, as in [`crate::dsp::noise`].
const STAGES: usize = 6;

/// The state of a noise at an onset: never 0.
#[inline(always)]
pub(super) fn seeds(group: &Group, option: u16) -> Words {
    Words::from_fn(|lane| (random::join(group.seeds[lane], u64::from(option) + 1) >> 16) as u32 | 1)
}

/// White noise, −1 to 1.
#[inline(always)]
pub(super) fn white(state: &mut Words) -> Lanes {
    *state = state.xorshift();
    state.to_numbers() * Lanes::splat(1.0 / 2_147_483_648.0)
}

/// A state after a piece: no denormal stays in it beyond a tick's end, so that no cut of pieces changes a bit.
#[inline(always)]
fn flushed_at_end(x: Lanes, piece: Piece) -> Lanes {
    if piece.to == TICK { flush(x) } else { x }
}

/// White, pink, brown, dust.
#[inline(always)]
pub(super) fn run(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let base = operation.state as usize;
    let mut state = group.state[base].to_bits();
    if group.fresh.any() {
        state = group.fresh.select_words(seeds(group, operation.option), state);
    }
    match kind {
        Kind::White => {
            for k in piece.frames() {
                out[k] = white(&mut state);
            }
        }
        Kind::Pink => {
            for k in piece.frames() {
                out[k] = white(&mut state) * Lanes::splat(0.25);
            }
            for stage in 0..STAGES {
                let pole = 5.0 * libm::pow(4.0, stage as f64);
                let turn = |hz: f64| libm::exp(-std::f64::consts::TAU * hz / f64::from(program.rate)).min(1.0) as f32;
                let (pole, zero) = (turn(pole), turn((pole * 2.0).min(f64::from(program.rate) * 2.0)));
                let (pole, zero) = (Lanes::splat(pole), Lanes::splat(zero));
                let at = base + 1 + stage * 2;
                let (mut before, mut after) = (group.state[at], group.state[at + 1]);
                for k in piece.frames() {
                    let x = out[k];
                    after = x - zero * before + pole * after;
                    before = x;
                    out[k] = after;
                }
                group.state[at] = before;
                group.state[at + 1] = flushed_at_end(after, piece);
            }
        }
        Kind::Brown => {
            // A leaky sum; the leak and a slow high-pass hold the lows.
            let leak = Lanes::splat(1.0 - 60.0 / program.rate);
            let (mut brown, mut slow) = (group.state[base + 1], group.state[base + 2]);
            for k in piece.frames() {
                brown = brown * leak + white(&mut state) * Lanes::splat(0.04);
                slow += (brown - slow) * Lanes::splat(0.001);
                out[k] = brown - slow;
            }
            group.state[base + 1] = flushed_at_end(brown, piece);
            group.state[base + 2] = flushed_at_end(slow, piece);
        }
        _ => {
            let registers = Registers::new(&group.slow, group.plane, fast);
            let mut room = [Lanes::ZERO; TICK];
            let rate = registers.view(operation.inputs[0]).rows(&mut room);
            for k in piece.frames() {
                let dice = white(&mut state) * Lanes::splat(0.5) + Lanes::splat(0.5);
                let chance = rate[k] * Lanes::splat(1.0 / program.rate);
                let chance = chance.clamp(0.0, 1.0);
                // How far below its chance the die fell is the click's height, evenly 0 to 1.
                let height = Lanes::ONE - dice / chance.max(Lanes::splat(1e-12));
                out[k] = dice.below(chance).select(height, Lanes::ZERO);
            }
        }
    }
    group.state[base] = state.to_lanes();
}
