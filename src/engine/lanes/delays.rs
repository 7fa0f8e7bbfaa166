//! Delay lines in lanes: written and read frame by frame, their times slewed.
//!
//! A line's frames stand in a ring that all lanes share in step. What lies before a lane's onset reads as silence, so
//! nothing is cleared when a note begins.
//!
//! Invariant: a time that jumps glides there by at most half a frame a frame; what goes round stays within bounds.

use crate::dsp::TICK;
use crate::dsp::lanes::{LANES, Lanes, Words};

use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows};

/// How fast a delay's time may move, frames a frame.
const SLEW: f32 = 0.5;
/// What goes round a loop is held within this.
const LOUDEST: f32 = 8.0;

/// What stood in a ring `delay` frames before frame `now`: Lagrange's polynomial through four neighbours from three frames
/// on, a straight line below.
#[inline(always)]
pub(super) fn tap(ring: &[Lanes], now: u32, age: Words, delay: Lanes) -> Lanes {
    let mask = ring.len().wrapping_sub(1);
    let whole = delay.floor();
    let f = delay - whole;
    let back = whole.truncate();
    let mut points = [Lanes::ZERO; 4];
    for lane in 0..LANES {
        for (i, point) in points.iter_mut().enumerate() {
            // One frame nearer than the whole delay, then it, then two behind.
            let ago = back.0[lane].wrapping_add(i as u32).wrapping_sub(1);
            let place = now.wrapping_sub(ago) as usize & mask;
            if ago <= age.0[lane] && ago as usize <= mask {
                point.0[lane] = ring[place].0[lane];
            }
        }
    }
    let [a, b, c, d] = points;
    let straight = b + (c - b) * f;
    let cubic = (d - a) * Lanes::splat(1.0 / 6.0) + (b - c) * Lanes::splat(0.5);
    let square = (a + c) * Lanes::splat(0.5) - b;
    let slope = c - a * Lanes::splat(1.0 / 3.0) - b * Lanes::splat(0.5) - d * Lanes::splat(1.0 / 6.0);
    let bent = b + f * (slope + f * (square + f * cubic));
    whole.below(Lanes::splat(3.0)).select(straight, bent)
}

/// How long a piece may be, so that what loops has been written before it is read.
#[inline(always)]
pub(super) fn longest_piece(program: &Program, group: &Group, fast: Fast<'_>) -> usize {
    let mut least = TICK;
    for time in &program.loops {
        let ends = Registers::new(&group.slow, group.plane, fast).ends(*time);
        for lane in 0..LANES {
            if group.live[lane] {
                // The time may still be gliding there: half a frame a frame.
                let frames = ends[0].0[lane].min(ends[1].0[lane]) * program.rate - 8.0;
                least = least.min(if frames > 3.0 { frames as usize - 2 } else { 1 });
            }
        }
    }
    least.max(1)
}

/// Reads a line.
#[inline(always)]
pub(super) fn read(
    line: u16,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut room = [Lanes::ZERO; TICK];
    let time = registers.view(operation.inputs[0]).rows(&mut room);
    let Some(ring) = group.lines.get(usize::from(line)) else { return };
    let longest = ring.len() as f32 - 8.0;
    let state = operation.state as usize;
    let mut delay = group.state[state];
    let frames = |k: usize| (time[k & (TICK - 1)] * Lanes::splat(program.rate)).clamp(1.0, longest);
    if group.fresh.any() {
        delay = group.fresh.select(frames(piece.from), delay);
    }
    for k in piece.frames() {
        let wanted = frames(k);
        delay += (wanted - delay).clamp(-SLEW, SLEW);
        delay = delay.max(Lanes::ONE);
        let since = (k - piece.from) as u32;
        out[k] = tap(ring, group.clock.wrapping_add(since), group.age + Words::splat(since), delay);
    }
    group.state[state] = delay;
}

/// Writes a line, and passes on what it wrote.
#[inline(always)]
pub(super) fn write(
    line: u16,
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
    let loops = program.lines.get(usize::from(line)).is_some_and(|line| line.loops);
    for k in piece.frames() {
        let x = x[k].finite();
        out[k] = if loops { x.clamp(-LOUDEST, LOUDEST) } else { x };
    }
    let clock = group.clock;
    let Some(ring) = group.lines.get_mut(usize::from(line)) else { return };
    let mask = ring.len().wrapping_sub(1);
    for k in piece.frames() {
        ring[clock.wrapping_add((k - piece.from) as u32) as usize & mask] = out[k];
    }
}
