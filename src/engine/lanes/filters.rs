//! Filters in lanes: the ladder, one pole, formants; and what they have in common with the state-variable filter.
//!
//! A slow cutoff's prewarped gain is computed each 16 frames and drawn as a line; a fast one's at each frame.
//!
//! Invariant: bounded for bounded input whatever moves; a state that is no number, or absurd, becomes 0.

use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Vector, tan_pi, tanh};

use super::group::Group;
use super::program::{Input, Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows, View};

/// The prewarped gain of cutoffs, Hz; limited to 1 Hz … 0.49 of the rate.
#[inline(always)]
pub(super) fn prewarp<V: Vector>(hz: Lanes, rate: f32) -> V {
    let share = V::from(hz) * V::splat(1.0 / rate);
    tan_pi(share.max(V::splat(1.0 / rate)).min(V::splat(0.49)))
}

/// The gain as a line between where a slow cutoff starts and ends, or frame by frame.
#[inline(always)]
pub(super) fn gains<'a, V: Vector>(
    registers: Registers<'a>,
    input: Input,
    rate: f32,
    piece: Piece,
    room: &'a mut Rows,
) -> View<'a> {
    match registers.view(input) {
        View::Still(hz) => View::Still(prewarp::<V>(hz, rate).into()),
        View::Ramp(..) => {
            let [start, end] = registers.ends(input);
            let (start, end): (Lanes, Lanes) = (prewarp::<V>(start, rate).into(), prewarp::<V>(end, rate).into());
            View::Ramp(start, (end - start) * Lanes::splat(1.0 / TICK as f32))
        }
        View::Rows(rows) => {
            for k in piece.frames() {
                room[k] = prewarp::<V>(rows[k], rate).into();
            }
            View::Rows(room)
        }
    }
}

/// What is in a state, or 0 where it is next to nothing, no number or absurd.
#[inline(always)]
pub(super) fn tame<V: Vector>(x: V) -> V {
    let size = x.abs();
    x.where_below(size, V::splat(1e6)).where_below(V::splat(1e-20), size)
}

/// A state after a piece: held within bounds where a tick ends, so that no cut of pieces changes a bit.
#[inline(always)]
pub(super) fn tamed_at_end<V: Vector>(x: V, piece: Piece) -> V {
    if piece.to == TICK { tame(x) } else { x }
}

/// Four poles in a loop, after V. Zavalishin, "The Art of VA Filter Design", chapter 5: the loop is solved without delay,
/// then bent by a tanh where it is summed, which bounds it when it sings. Its place in the loop moves no pitch.
#[inline(always)]
pub(super) fn ladder<V: Vector>(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains::<V>(registers, operation.inputs[1], program.rate, piece, &mut room);
    let (mut drawn, mut third) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let gain = gain.rows(&mut drawn);
    let resonance = registers.view(operation.inputs[2]).rows(&mut third);
    let base = operation.state as usize;
    let Some([a, b, c, d]) = group.state[base..].first_chunk::<4>() else { return };
    let mut poles = [V::from(*a), V::from(*b), V::from(*c), V::from(*d)];
    // What sings must have something to begin with.
    let (spark, one) = (V::splat(1e-6), V::splat(1.0));
    for k in piece.frames() {
        let (x, g) = (V::from(x[k]) + spark, V::from(gain[k]));
        // A loop of 4 sings; a little more than 4 at `res` 1 makes it start by itself.
        let around = V::from(resonance[k]).max(V::splat(0.0)).min(V::splat(1.2)) * V::splat(4.2);
        let h = one / (one + g);
        let big = g * h;
        let g2 = big * big;
        // What the four would give with no input now.
        let rest = ((poles[0] * big + poles[1]) * big + poles[2]) * big + poles[3];
        let last = (g2 * g2 * x + rest * h) / (one + around * g2 * g2);
        let mut y = tanh(x - around * last);
        for s in &mut poles {
            let v = (y - *s) * big;
            y = v + *s;
            *s = y + v;
        }
        out[k] = y.into();
    }
    for (at, s) in poles.into_iter().enumerate() {
        group.state[base + at] = tamed_at_end(s, piece).into();
    }
}

/// One pole.
#[inline(always)]
pub(super) fn onepole<V: Vector>(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains::<V>(registers, operation.inputs[1], program.rate, piece, &mut room);
    let base = operation.state as usize;
    let mut drawn = [Lanes::ZERO; TICK];
    let gain = gain.rows(&mut drawn);
    let mut s = V::from(group.state[base]);
    for k in piece.frames() {
        let g = V::from(gain[k]);
        let v = (V::from(x[k]) - s) * (g / (V::splat(1.0) + g));
        let y = v + s;
        s = y + v;
        out[k] = y.into();
    }
    group.state[base] = tamed_at_end(s, piece).into();
}

/// Centres, levels and widths of three formants of a, e, i, o, u: Hz, factor, Q. After the tenor of the tables in the
/// csound manual's appendix, rounded.
const VOWELS: [[(f32, f32, f32); 3]; 5] = [
    [(650.0, 1.0, 8.0), (1080.0, 0.5, 12.0), (2650.0, 0.45, 22.0)],
    [(400.0, 1.0, 6.0), (1700.0, 0.2, 21.0), (2600.0, 0.25, 26.0)],
    [(290.0, 1.0, 7.0), (1870.0, 0.18, 21.0), (2800.0, 0.13, 28.0)],
    [(400.0, 1.0, 10.0), (800.0, 0.32, 10.0), (2600.0, 0.25, 26.0)],
    [(350.0, 1.0, 9.0), (600.0, 0.1, 10.0), (2700.0, 0.14, 27.0)],
];

/// A mouth: three band-passes side by side.
#[inline(always)]
pub(super) fn formant(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut sound = [Lanes::ZERO; TICK];
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let [start, end] = registers.ends(operation.inputs[1]);
    let start = start.clamp(0.0, 1.0) * Lanes::splat(4.0);
    let end = end.clamp(0.0, 1.0) * Lanes::splat(4.0);
    for k in piece.frames() {
        out[k] = Lanes::ZERO;
    }
    let half = Lanes::splat(0.5);
    for formant in [0, 1, 2] {
        let at = |vowel: Lanes, take: fn((f32, f32, f32)) -> f32| {
            Lanes::from_fn(|lane| {
                let place = vowel.0[lane];
                let low = (place as usize).min(3);
                let (a, b) = (take(VOWELS[low][formant]), take(VOWELS[low + 1][formant]));
                a + (b - a) * (place - low as f32)
            })
        };
        let ramp = |from: Lanes, to: Lanes| (from, (to - from) * Lanes::splat(1.0 / TICK as f32));
        let (gain, gain_slope) =
            ramp(prewarp(at(start, |v| v.0), program.rate), prewarp(at(end, |v| v.0), program.rate));
        let (level, level_slope) = ramp(at(start, |v| v.1), at(end, |v| v.1));
        let damping = Lanes::ONE / at(end, |v| v.2);
        let base = operation.state as usize + formant * 2;
        let (mut first, mut second) = (group.state[base], group.state[base + 1]);
        for k in piece.frames() {
            let frame = Lanes::splat(k as f32);
            let g = gain + gain_slope * frame;
            let full = g * (g + damping);
            let a = Lanes::splat(2.0) / (Lanes::ONE + full);
            let v = x[k] - second;
            let (d1, d2) = (g * a * v - full * a * first, g * a * first + g * g * a * v);
            // A resonance of a wide sound is quiet; as loud as a mouth, it is raised.
            out[k] += damping * (first + half * d1) * ((level + level_slope * frame) * Lanes::splat(4.0));
            first += d1;
            second += d2;
        }
        group.state[base] = tamed_at_end(first, piece);
        group.state[base + 1] = tamed_at_end(second, piece);
    }
}
