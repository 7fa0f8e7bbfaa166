//! What bends sound, at four times the rate (eight for the best), so that little folds; crush and coarse, which are meant to fold.
//!
//! Up and down are the filters of [`crate::dsp::oversample`], in lanes: what is bent comes 15 frames late.
//!
//! Invariant: bounded for every number; nothing else than the last 16 frames is remembered.

use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Vector, exp2, tanh};
use crate::dsp::oversample::{TAPS, rows};

use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows, map2};

/// Rows of state of a shape: what came in last, and what was bent, four or eight a frame.
pub(super) fn states(times: usize) -> usize {
    TAPS + TAPS * times
}

/// Folds what is beyond −1 and 1 back in.
#[inline(always)]
pub(super) fn fold<V: Vector>(x: V) -> V {
    let one = V::splat(1.0);
    let quarter = (bounded(x) + one) * V::splat(0.25);
    let within = (quarter - quarter.floor()) * V::splat(4.0);
    one - (within - V::splat(2.0)).abs()
}

/// Within ±10⁶.
#[inline(always)]
fn bounded<V: Vector>(x: V) -> V {
    x.max(V::splat(-1e6)).min(V::splat(1e6))
}

/// Rounds to so many bits.
#[inline(always)]
pub(super) fn crush(x: Lanes, bits: Lanes) -> Lanes {
    let steps = exp2(bits.clamp(1.0, 16.0) - Lanes::ONE);
    (x * steps + Lanes::splat(0.5)).floor() / steps
}

/// Tanh, fold, clip.
#[inline(always)]
pub(super) fn run<V: Vector, const TIMES: usize>(
    kind: Kind,
    operation: &Operation,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut rooms = [[Lanes::ZERO; TICK]; 2];
    let [one, two] = &mut rooms;
    let (x, level) = (registers.view(operation.inputs[0]).rows(one), registers.view(operation.inputs[1]).rows(two));
    let weights = rows(TIMES);
    let base = operation.state as usize;
    // The history and what comes, in one row: the window of frame k begins at k.
    let mut near: Near = [Lanes::ZERO; TAPS + TICK + ABREAST];
    near[..TAPS].copy_from_slice(&group.state[base..base + TAPS]);
    let mut count = 0;
    for k in piece.frames() {
        near[TAPS + count] = bounded(V::from(x[k])).into();
        count += 1;
    }
    let mut bent: [Near; TIMES] = [[Lanes::ZERO; TAPS + TICK + ABREAST]; TIMES];
    for (phase, bent) in bent.iter_mut().enumerate() {
        let from = base + TAPS + phase * TAPS;
        bent[..TAPS].copy_from_slice(&group.state[from..from + TAPS]);
    }
    for (phase, bent) in bent.iter_mut().enumerate() {
        for i in (0..count).step_by(ABREAST) {
            // Those beyond `count` are computed along, and left out.
            let sounds = weighed::<V>(&near, i, weights.get(phase), false);
            for (step, x) in sounds.into_iter().enumerate().take(count - i) {
                let level = V::from(level[(piece.from + i + step) & (TICK - 1)]).abs();
                bent[TAPS + i + step] = bend(kind, x, level).into();
            }
        }
    }
    for i in (0..count).step_by(ABREAST) {
        let mut sums = [V::splat(0.0); ABREAST];
        for (phase, bent) in bent.iter().enumerate() {
            for (sum, x) in sums.iter_mut().zip(weighed::<V>(bent, i, weights.get(phase), true)) {
                *sum = *sum + x;
            }
        }
        for (step, sum) in sums.into_iter().enumerate().take(count - i) {
            out[piece.from + i + step] = (sum * V::splat(1.0 / TIMES as f32)).into();
        }
    }
    group.state[base..base + TAPS].copy_from_slice(&near[count..count + TAPS]);
    for (phase, bent) in bent.iter().enumerate() {
        let to = base + TAPS + phase * TAPS;
        group.state[to..to + TAPS].copy_from_slice(&bent[count..count + TAPS]);
    }
}

#[inline(always)]
fn bend<V: Vector>(kind: Kind, x: V, level: V) -> V {
    match kind {
        Kind::Tanh => tanh(x),
        Kind::Fold => fold(x),
        _ => x.min(level).max(V::splat(0.0) - level),
    }
}

/// Frames that are weighed side by side, so that each weight is read once for all of them.
const ABREAST: usize = 4;
/// What came and what comes, and room for frames beyond the last that are computed along.
type Near = [Lanes; TAPS + TICK + ABREAST];

/// The sums of the taps whose last are the frames from `i` on; a phase's weights, or backwards.
#[inline(always)]
fn weighed<V: Vector>(near: &Near, i: usize, weights: Option<&[f32; TAPS]>, backwards: bool) -> [V; ABREAST] {
    let (mut even, mut odd) = ([V::splat(0.0); ABREAST], [V::splat(0.0); ABREAST]);
    let (Some(window), Some(weights)) = (near[i + 1..].first_chunk::<{ TAPS + ABREAST - 1 }>(), weights) else {
        return even;
    };
    for pair in 0..TAPS / 2 {
        for (sums, tap) in [(&mut even, pair * 2), (&mut odd, pair * 2 + 1)] {
            let weight = V::splat(weights[if backwards { TAPS - 1 - tap } else { tap }]);
            for (step, sum) in sums.iter_mut().enumerate() {
                *sum = *sum + V::from(window[tap + step]) * weight;
            }
        }
    }
    for (even, odd) in even.iter_mut().zip(odd) {
        *even = *even + odd;
    }
    even
}

/// Fewer bits.
#[inline(always)]
pub(super) fn crush_fast(operation: &Operation, group: &Group, fast: Fast<'_>, piece: Piece, out: &mut Rows) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    map2(registers.view(operation.inputs[0]), registers.view(operation.inputs[1]), piece, out, crush);
}

/// Holds each value for some frames. State: frames that the value has been held, the value.
#[inline(always)]
pub(super) fn coarse(
    operation: &Operation,
    _program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut rooms = [[Lanes::ZERO; TICK]; 2];
    let [one, two] = &mut rooms;
    let (x, factor) = (registers.view(operation.inputs[0]).rows(one), registers.view(operation.inputs[1]).rows(two));
    let base = operation.state as usize;
    let (mut held, mut value) = (group.state[base], group.state[base + 1]);
    if group.fresh.any() {
        held = group.fresh.select(Lanes::splat(1e6), held);
    }
    for k in piece.frames() {
        let factor = factor[k].clamp(1.0, 256.0);
        let anew = !held.below(factor);
        value = anew.select(x[k], value);
        // What is over is kept, so that factors between whole numbers hold on average.
        let rest = (held - factor).clamp(0.0, 1.0);
        held = anew.select(held.below(Lanes::splat(1e5)).select(rest, Lanes::ZERO), held) + Lanes::ONE;
        out[k] = value;
    }
    group.state[base] = held;
    group.state[base + 1] = value;
}
