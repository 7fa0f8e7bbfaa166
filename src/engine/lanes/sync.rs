//! Hard sync in lanes: a saw begun anew with each period of another, each of its steps rounded by the band-limited step
//! that fits its place between two frames.
//!
//! The step ([`crate::dsp::edge`]) has a linear phase; so the sound comes 16 frames late.
//!
//! Invariant: only the ring of the lane's own steps is written ahead.

use std::sync::OnceLock;

use crate::dsp::TICK;
use crate::dsp::edge::Shape;
use crate::dsp::lanes::{LANES, Lanes};

use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Registers, Rows};

/// Frames that a step is spread over.
pub(super) const TAPS: usize = 32;
/// Places between two frames.
const PHASES: usize = 256;
/// Its cutoff, as a share of the rate.
const CUTOFF: f64 = 0.44;

/// What a band-limited step has beside a plain one, for each place and frame; one place more, for the line between.
type Steps = Vec<[f32; TAPS]>;

pub(super) fn steps() -> &'static Steps {
    static STEPS: OnceLock<Steps> = OnceLock::new();
    STEPS.get_or_init(|| {
        let beside = Shape { taps: TAPS, places: PHASES, cutoff: CUTOFF, beta: 9.5 }.beside();
        let row = |phase: usize| std::array::from_fn(|tap| beside(tap, phase) as f32);
        (0..=PHASES).map(row).collect()
    })
}

/// A saw at `ratio` times the frequency, begun anew with each of its periods. State: both phases.
#[inline(always)]
pub(super) fn run(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let steps = steps();
    let registers = Registers::new(&group.slow, group.plane, fast);
    let mut rooms = [[Lanes::ZERO; TICK]; 2];
    let [one, two] = &mut rooms;
    let (hz, ratio) = (registers.view(operation.inputs[0]).rows(one), registers.view(operation.inputs[1]).rows(two));
    let base = operation.state as usize;
    let (mut master, mut slave) = (group.state[base], group.state[base + 1]);
    let clock = group.clock;
    let Some(ring) = group.memories.get_mut(usize::from(operation.memory)) else { return };
    let Some((spread, plain)) = ring.split_at_mut_checked(TAPS) else { return };
    for lane in 0..LANES {
        if group.fresh.0[lane] != 0 {
            for row in spread.iter_mut().chain(plain.iter_mut()) {
                row.0[lane] = 0.0;
            }
            slave.0[lane] = 0.5;
        }
    }
    for k in piece.frames() {
        let now = clock.wrapping_add((k - piece.from) as u32) as usize % TAPS;
        let ratio = ratio[k].clamp(1.0, 64.0);
        let by = (hz[k] * Lanes::splat(1.0 / program.rate)).clamp(1e-6, 0.45);
        let slave_by = (by * ratio).min(Lanes::splat(0.45));
        for lane in 0..LANES {
            let (by, slave_by) = (by.0[lane], slave_by.0[lane]);
            // The row of this frame is read before the steps of this frame reach round to it.
            let sound = spread[now].0[lane] + plain[(now + TAPS - 16) % TAPS].0[lane];
            out[k].0[lane] = sound;
            spread[now].0[lane] = 0.0;
            let mut step = |height: f32, ago: f32| {
                let place = ago.clamp(0.0, 1.0) * PHASES as f32;
                let low = (place as usize).min(PHASES - 1);
                let f = place - low as f32;
                // The first lies in this frame's row, which is read already; it is next to nothing.
                for tap in 1..TAPS {
                    let value = steps[low][tap] + (steps[low + 1][tap] - steps[low][tap]) * f;
                    spread[(now + tap) % TAPS].0[lane] += height * value;
                }
            };
            let (mut m, mut s) = (master.0[lane] + by, slave.0[lane] + slave_by);
            if m >= 1.0 {
                m -= 1.0;
                let ago = m / by;
                let mut before = s - slave_by * ago;
                if before >= 1.0 {
                    before -= 1.0;
                    step(-2.0, ago + before / slave_by);
                }
                step(-2.0 * before, ago);
                s = slave_by * ago;
            } else if s >= 1.0 {
                s -= 1.0;
                step(-2.0, s / slave_by);
            }
            master.0[lane] = m;
            slave.0[lane] = s;
            plain[now].0[lane] = s * 2.0 - 1.0;
        }
        // A last tooth that is cut off leaves DC: its mean is known.
        let rest = ratio - ratio.floor();
        out[k] -= (rest * rest - rest) / ratio;
    }
    group.state[base] = master;
    group.state[base + 1] = slave;
}
