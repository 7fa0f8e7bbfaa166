//! Plucked strings and combs in lanes: a delay of one period that feeds itself.
//!
//! K. Karplus, A. Strong, "Digital synthesis of plucked-string and drum timbres" (1983); D. Jaffe, J. Smith, "Extensions
//! of the Karplus-Strong plucked-string algorithm" (1983). Tuned by Lagrange's polynomial through four frames.
//!
//! Invariant: no loop has a gain of 1 or more, so all of them fade.

use crate::base::random;
use crate::dsp::TICK;
use crate::dsp::lanes::{LANES, Lanes, Words, exp2};

use super::delays::tap;
use super::filters::tame;
use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows};

/// The lowest string, Hz.
const LOWEST: f32 = 20.0;

/// Frames of a ring that holds a period of the lowest string.
pub(super) fn frames(rate: f32) -> usize {
    ((rate / LOWEST) as usize + 16).next_power_of_two()
}

/// A plucked string. State: the last frame of the loop.
#[inline(always)]
pub(super) fn pluck(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let [start, end] = registers.ends(operation.inputs[0]);
    let (start, end) = (start.clamp(LOWEST, program.rate / 5.0), end.clamp(LOWEST, program.rate / 5.0));
    let decay = registers.ends(operation.inputs[1])[1].clamp(0.01, 60.0);
    let damp = registers.ends(operation.inputs[2])[1].clamp(0.0, 1.0);
    let clock = group.clock;
    let Some(ring) = group.memories.get_mut(usize::from(operation.memory)) else { return };
    let mask = ring.len().wrapping_sub(1);
    for lane in 0..LANES {
        if group.fresh.0[lane] != 0 {
            let period = ((program.rate / start.0[lane]) as usize + 4).min(mask);
            strike(ring, lane, clock, period, group.seeds[lane], u64::from(operation.option), group.velocity.0[lane]);
        }
    }
    // Two frames averaged: their lean is the damping, and delays by as much.
    let lean = damp * Lanes::splat(0.5);
    let period = |hz: Lanes| Lanes::splat(program.rate) / hz;
    let (from, to) = (period(start), period(end));
    // −60 dB after `decay`: 10 to the power of −3 · period / (rate · decay).
    let loss = exp2(from * Lanes::splat(-9.965_784 / program.rate) / decay);
    let state = operation.state as usize;
    let mut last = group.state[state];
    let slope = (to - from) * Lanes::splat(1.0 / TICK as f32);
    for k in piece.frames() {
        let now = clock.wrapping_add((k - piece.from) as u32);
        let delay = from + slope * Lanes::splat(k as f32) - lean;
        // What was struck lies before the onset.
        let x = tap(ring, now, Words::splat(u32::MAX >> 1), delay.max(Lanes::splat(3.0)));
        let y = (x + (last - x) * lean) * loss;
        last = x;
        let y = tame(y);
        ring[now as usize & mask] = y;
        out[k] = x;
    }
    group.state[state] = last;
}

/// Fills a period of one lane with noise: without DC, of one loudness, duller where it is soft.
fn strike(ring: &mut [Lanes], lane: usize, clock: u32, period: usize, seed: u64, option: u64, velocity: f32) {
    let mask = ring.len().wrapping_sub(1);
    let dull = 0.85 - 0.75 * velocity.clamp(0.0, 1.0);
    let place = |i: usize| clock.wrapping_sub(1 + i as u32) as usize & mask;
    let (mut low, mut sum, mut power) = (0.0f32, 0.0f32, 0.0f32);
    for i in 0..period {
        let white = (random::unit(random::join(random::join(seed, option), i as u64)) * 2.0 - 1.0) as f32;
        low = white + (low - white) * dull;
        sum += low;
        power += low * low;
        ring[place(i)].0[lane] = low;
    }
    let mean = sum / period as f32;
    let level = 0.5 / (power / period as f32 - mean * mean).max(1e-6).sqrt();
    for i in 0..period {
        let value = &mut ring[place(i)].0[lane];
        *value = (*value - mean) * level;
    }
}

/// A comb: what comes in, and what came out a period ago. State: the damping's last value.
#[inline(always)]
pub(super) fn comb(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut room = [Lanes::ZERO; TICK];
    let x = registers.view(operation.inputs[0]).rows(&mut room);
    let [start, end] = registers.ends(operation.inputs[1]);
    let (start, end) = (start.clamp(LOWEST, program.rate / 5.0), end.clamp(LOWEST, program.rate / 5.0));
    let feedback = registers.ends(operation.inputs[2])[1].clamp(-0.999, 0.999);
    let damp = registers.ends(operation.inputs[3])[1].clamp(0.0, 1.0) * Lanes::splat(0.5);
    let clock = group.clock;
    let Some(ring) = group.memories.get_mut(usize::from(operation.memory)) else { return };
    let mask = ring.len().wrapping_sub(1);
    let (from, to) = (Lanes::splat(program.rate) / start, Lanes::splat(program.rate) / end);
    let slope = (to - from) * Lanes::splat(1.0 / TICK as f32);
    let state = operation.state as usize;
    let mut last = group.state[state];
    for k in piece.frames() {
        let since = (k - piece.from) as u32;
        let now = clock.wrapping_add(since);
        let delay = from + slope * Lanes::splat(k as f32) - damp;
        let back = tap(ring, now, group.age + Words::splat(since), delay.max(Lanes::splat(3.0)));
        let bent = back + (last - back) * damp;
        last = back;
        let y = tame(x[k] + bent * feedback);
        ring[now as usize & mask] = y;
        out[k] = y;
    }
    group.state[state] = last;
}
