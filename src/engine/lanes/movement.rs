//! What moves slowly: lfos, lines, sample and hold.
//!
//! Invariant: only the lanes of the pass's mask move.

use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Words, exp2, sine};

use super::group::Group;
use super::noises;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows};
use super::slow::Pass;

/// All 32 bits of a phase are one turn.
const TURN: f32 = 4_294_967_296.0;

/// What some frames add to a phase at `hz`.
#[inline(always)]
fn turn_by(hz: Lanes, frames: usize, rate: f32) -> Words {
    let turns = hz * Lanes::splat(frames as f32 / rate);
    ((turns - turns.floor()) * Lanes::splat(65_536.0 * 256.0)).truncate().shift_left(8)
}

/// Where the phase began anew.
#[inline(always)]
fn wrapped(before: Words, after: Words) -> Words {
    Words::from_fn(|lane| if after.0[lane] < before.0[lane] { u32::MAX } else { 0 })
}

/// A slow wave, −1 to 1. State: phase, the random values before and after, their generator, frames since the onset.
#[inline(always)]
pub(super) fn lfo(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    [hz, start, fade, free]: [Lanes; 4],
    pass: Pass,
) -> Lanes {
    let base = operation.state as usize;
    let (shape, seed) = (operation.option & 0xff, operation.option >> 8);
    let mut phase = group.state[base].to_bits();
    let (mut before, mut after) = (group.state[base + 1], group.state[base + 2]);
    let mut dice = group.state[base + 3].to_bits();
    let mut age = group.state[base + 4].to_bits();
    let hz = hz.clamp(0.0, 1000.0);
    if pass.begins {
        let begin = (start - start.floor()) * Lanes::splat(16_777_216.0);
        let mut begin = begin.truncate().shift_left(8);
        if free.0.iter().any(|free| *free >= 0.5) {
            // A free one stands where it would stand had it run from the start of all.
            for lane in 0..8 {
                if free.0[lane] >= 0.5 {
                    let turns = group.frame as f64 / f64::from(program.rate) * f64::from(hz.0[lane]);
                    let within = turns - turns.floor();
                    begin.0[lane] = begin.0[lane].wrapping_add((within * f64::from(TURN)) as u64 as u32);
                }
            }
        }
        let mut fresh = noises::seeds(group, seed);
        let (one, two) = (noises::white(&mut fresh), noises::white(&mut fresh));
        phase = pass.mask.select_words(begin, phase);
        dice = pass.mask.select_words(fresh, dice);
        before = pass.mask.select(one, before);
        after = pass.mask.select(two, after);
        age = pass.mask.select_words(Words::ZERO, age);
    } else {
        let next = phase + turn_by(hz, pass.frames, program.rate);
        let anew = wrapped(phase, next) & pass.mask;
        if anew.any() {
            let mut next_dice = dice;
            let value = noises::white(&mut next_dice);
            before = anew.select(after, before);
            after = anew.select(value, after);
            dice = anew.select_words(next_dice, dice);
        }
        phase = pass.mask.select_words(next, phase);
        age = pass.mask.select_words(age + Words::splat(pass.frames as u32), age);
    }
    group.state[base] = phase.to_lanes();
    group.state[base + 1] = before;
    group.state[base + 2] = after;
    group.state[base + 3] = dice.to_lanes();
    group.state[base + 4] = age.to_lanes();
    // 0 to 1.
    let place = phase.shift_right(8).to_numbers() * Lanes::splat(1.0 / 16_777_216.0);
    let two = Lanes::splat(2.0);
    let value = match shape {
        0 => sine(phase),
        1 => {
            // From 0 up, as the sine.
            let quarter = place + Lanes::splat(0.25);
            let moved = quarter - quarter.floor();
            Lanes::ONE - (moved * two - Lanes::ONE).abs() * two
        }
        2 => place * two - Lanes::ONE,
        3 => Lanes::ONE - place * two,
        4 => place.below(Lanes::splat(0.5)).select(Lanes::ONE, Lanes::splat(-1.0)),
        5 => before,
        _ => {
            let bent = place * place * (Lanes::splat(3.0) - two * place);
            before + (after - before) * bent
        }
    };
    let seconds = age.to_numbers() * Lanes::splat(1.0 / program.rate);
    let come = (seconds / fade.max(Lanes::splat(1e-6))).min(Lanes::ONE);
    value * Lanes::splat(1e-6).below(fade).select(come, Lanes::ONE)
}

/// From one value to another, once. State: frames since the onset.
#[inline(always)]
pub(super) fn line(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    [from, to, time, after, curve]: [Lanes; 5],
    pass: Pass,
) -> Lanes {
    let row = &mut group.state[operation.state as usize];
    let age = if pass.begins { Words::ZERO } else { row.to_bits() + Words::splat(pass.frames as u32) };
    let kept = pass.mask.select_words(age, row.to_bits());
    *row = kept.to_lanes();
    let seconds = kept.to_numbers() * Lanes::splat(1.0 / program.rate);
    let mut share = ((seconds - after.max(Lanes::ZERO)) / time.max(Lanes::splat(1e-6))).clamp(0.0, 1.0);
    let bend = curve.clamp(-20.0, 20.0);
    let straight = bend.abs().below(Lanes::splat(1e-3));
    if (!straight).any() {
        let power = straight.select(Lanes::ONE, bend) * Lanes::splat(std::f32::consts::LOG2_E);
        let bent = (exp2(power * share) - Lanes::ONE) / (exp2(power) - Lanes::ONE);
        share = straight.select(share, bent);
    }
    let there = share.below(Lanes::ONE);
    there.select(from + (to - from) * share, to)
}

/// Takes a value now and then. State: the value, the phase.
#[inline(always)]
pub(super) fn hold(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    [x, hz]: [Lanes; 2],
    pass: Pass,
) -> Lanes {
    let base = operation.state as usize;
    let (value, phase) = (group.state[base], group.state[base + 1].to_bits());
    let (value, phase) = if pass.begins {
        (pass.mask.select(x, value), pass.mask.select_words(Words::ZERO, phase))
    } else {
        let hz = hz.clamp(0.0, 24_000.0);
        let next = phase + turn_by(hz, pass.frames, program.rate);
        let often = Lanes::splat(program.rate / pass.frames.max(1) as f32).below(hz);
        let anew = (wrapped(phase, next) | often) & pass.mask;
        (anew.select(x, value), pass.mask.select_words(next, phase))
    };
    group.state[base] = value;
    group.state[base + 1] = phase.to_lanes();
    value
}

/// The same, frame by frame, of sound.
#[inline(always)]
pub(super) fn hold_fast(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut rooms = [[Lanes::ZERO; TICK]; 2];
    let [one, two] = &mut rooms;
    let (x, hz) = (registers.view(operation.inputs[0]).rows(one), registers.view(operation.inputs[1]).rows(two));
    let base = operation.state as usize;
    let (mut value, mut phase) = (group.state[base], group.state[base + 1].to_bits());
    if group.fresh.any() {
        value = group.fresh.select(x[piece.from & (TICK - 1)], value);
        phase = group.fresh.select_words(Words::ZERO, phase);
    }
    for k in piece.frames() {
        let by = (hz[k].clamp(0.0, program.rate * 0.49) * Lanes::splat(TURN / program.rate)).truncate();
        out[k] = value;
        let next = phase + by;
        value = wrapped(phase, next).select(x[k], value);
        phase = next;
    }
    group.state[base] = value;
    group.state[base + 1] = phase.to_lanes();
}
