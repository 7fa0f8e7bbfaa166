//! Saws as what they are: a ramp that falls, and what a band-limited fall has beside a plain one.
//!
//! A value depends on the phase and on what the phase adds a frame, and on nothing else; so it is right from the first
//! frame on, comes no frame late, and a pitch may move. A fall of [`SHAPE`] folds to under −105 dB beside the fundamental
//! and takes 0.1 dB off 18 kHz, at 44.1 kHz too.
//!
//! Where the pitch rests, the frames of a lane are written one after the other: the ramp in whole numbers, then one row of
//! the table for each fall that reaches into them. A fall stands in the first frame whose phase is less than a step, and
//! that phase says how far before the frame it was: both are whole numbers, so no rounding puts the ramp's corner and the
//! row's into different frames, and no cut of frames changes a bit.
//!
//! Invariant: only lanes whose period is [`SHORTEST`] frames or longer are drawn.

use std::sync::OnceLock;

use crate::dsp::TICK;
use crate::dsp::edge::Shape;
use crate::dsp::lanes::{LANES, Lanes, Vector, Words};

use super::rows::{BATCH, Rows};

const TAPS: usize = 32;
const SHAPE: Shape = Shape { taps: TAPS, places: 64 * FINER, cutoff: 0.47, beta: 8.0 };
/// The integral is summed in finer steps than the table has.
const FINER: usize = 4;
/// Places between two frames.
const PLACES: usize = 64;
/// Frames that a fall reaches to either side.
const REACH: usize = TAPS / 2;
/// The shortest period, frames.
const SHORTEST: u32 = 32;
/// A phase read with a sign, times this, is the ramp.
const TO_RAMP: f32 = 1.0 / 2_147_483_648.0;
/// Half a turn.
const HALF: Words = Words::splat(1 << 31);

/// The frames of one lane, with room before and behind for falls that reach in from there.
const ROOM: usize = TAPS;
const DRAWN: usize = BATCH * TICK;
type Drawing = [f32; ROOM + DRAWN + ROOM];
/// What lanes are drawn in. What is left in the rooms before and behind is never heard, and each frame is drawn anew.
pub(super) type Drawings = [Drawing; LANES];
/// Empty.
pub(super) const EMPTY: Drawings = [[0.0; ROOM + DRAWN + ROOM]; LANES];

/// What falls from 1 to −1 have beside plain ones.
#[derive(Debug)]
pub(super) struct Edges {
    /// For each place between two frames, and one more for the line to it: [`REACH`] frames before the fall and as many
    /// from it on.
    rows: Vec<[f32; TAPS]>,
}

impl Edges {
    /// The table of this process; the first call builds it, so make it outside the callback.
    pub(super) fn shared() -> &'static Edges {
        static EDGES: OnceLock<Edges> = OnceLock::new();
        EDGES.get_or_init(|| {
            let beside = SHAPE.beside();
            let row = |place: usize| std::array::from_fn(|tap| (-2.0 * beside(tap, place * FINER)) as f32);
            Edges { rows: (0..=PLACES).map(row).collect() }
        })
    }

    /// The lanes that can be drawn, as a mask: those that move forward, with periods long enough.
    #[inline(always)]
    pub(super) fn reach(by: Words) -> Words {
        Words::splat(1 << 12).is_under(by) & by.is_under(Words::splat((1 << 31) / (SHORTEST / 2) + 1))
    }

    /// Whole ticks of saws from −1 to 1, at most [`BATCH`] of them, whose phases are `phase` in the first frame and `by`
    /// more in each that follows; right where `reach` (of [`Edges::reach`]) says so.
    #[inline(always)]
    pub(super) fn draw<V: Vector>(
        &self,
        phase: Words,
        by: Words,
        reach: Words,
        out: &mut [Rows],
        lanes: &mut Drawings,
    ) {
        let frames = (out.len() * TICK).min(DRAWN);
        for (lane, drawing) in lanes.iter_mut().enumerate() {
            let (phase, by) = (phase.0[lane], by.0[lane]);
            ramp::<V>(phase, by, &mut drawing[ROOM..ROOM + frames]);
            if reach.0[lane] != 0 {
                self.add_falls::<V>(phase, by, frames, drawing);
            }
        }
        let rows = out.as_flattened_mut().as_chunks_mut::<LANES>().0;
        for (i, rows) in rows.iter_mut().enumerate().take(DRAWN / LANES) {
            let from = ROOM + i * LANES;
            let mut frames = [V::splat(0.0); LANES];
            for (frames, lane) in frames.iter_mut().zip(&*lanes) {
                if let Some(eight) = lane[from..].first_chunk::<LANES>() {
                    *frames = V::from(Lanes(*eight));
                }
            }
            for (row, lanes) in rows.iter_mut().zip(V::across(frames)) {
                *row = lanes.into();
            }
        }
    }

    /// Adds what the falls of some frames have beside plain ones.
    #[inline(always)]
    fn add_falls<V: Vector>(&self, phase: u32, by: u32, frames: usize, drawing: &mut Drawing) {
        let by = by.max(1);
        let to_place = PLACES as f32 / by as f32;
        // The first fall that reaches in comes after the frame from which it would not.
        let mut phase = phase.wrapping_sub(by.wrapping_mul(REACH as u32));
        let mut at = 0usize;
        loop {
            let steps = !phase / by + 1;
            at += steps as usize;
            if at >= frames + TAPS {
                return;
            }
            phase = phase.wrapping_add(steps.wrapping_mul(by));
            let place = phase as f32 * to_place;
            let row = (place as usize).min(PLACES - 1);
            // Frame `at` − REACH is the fall's first, and the middle of its row.
            let to = drawing[at..].first_chunk_mut::<TAPS>();
            let (Some(low), Some(high), Some(to)) = (self.rows.get(row), self.rows.get(row + 1), to) else { return };
            let share = V::splat(place - row as f32);
            for ((to, low), high) in to
                .as_chunks_mut::<LANES>()
                .0
                .iter_mut()
                .zip(low.as_chunks::<LANES>().0)
                .zip(high.as_chunks::<LANES>().0)
            {
                let (low, high) = (V::from(Lanes(*low)), V::from(Lanes(*high)));
                let sum: Lanes = (V::from(Lanes(*to)) + (low + (high - low) * share)).into();
                *to = sum.0;
            }
        }
    }

    /// One frame of saws, whose pitch may move.
    #[inline(always)]
    pub(super) fn at(&self, phase: Words, by: Words, reach: Words) -> Lanes {
        let mut out = (phase + HALF).to_numbers() * Lanes::splat(TO_RAMP);
        // From the nearest fall, in frames: before it or after it.
        let from = phase.to_numbers() / by.to_numbers();
        let near = from.abs().below(Lanes::splat(REACH as f32)) & reach;
        if near.any() {
            // Here the ramp runs on through the fall, and the row takes it down, so that where rounding puts a frame that
            // meets the fall is all one.
            let behind = near & !phase.highest_bit();
            out += behind.select(Lanes::splat(2.0), Lanes::ZERO);
            let at = (from + Lanes::splat(REACH as f32)) * Lanes::splat(PLACES as f32);
            let place = at.truncate();
            let share = at - place.to_numbers();
            for lane in 0..LANES {
                if near.0[lane] != 0 {
                    let place = place.0[lane] as usize;
                    let (row, frame) = (place % PLACES, place / PLACES);
                    let value = |row: usize| self.rows.get(row).and_then(|row| row.get(frame)).copied().unwrap_or(0.0);
                    let (low, high) = (value(row), value(row + 1));
                    let plain = if frame < REACH { 0.0 } else { -2.0 };
                    out.0[lane] += plain + (low + (high - low) * share.0[lane]);
                }
            }
        }
        out
    }
}

/// A ramp that falls from 1 to −1 where its phase begins anew.
#[inline(always)]
fn ramp<V: Vector>(phase: u32, by: u32, out: &mut [f32]) {
    let first = phase.wrapping_add(1 << 31);
    let mut phases = V::whole(Words::from_fn(|frame| first.wrapping_add(by.wrapping_mul(frame as u32))));
    let on = V::whole(Words::splat(by.wrapping_mul(LANES as u32)));
    let scale = V::splat(TO_RAMP);
    for eight in out.as_chunks_mut::<LANES>().0 {
        let numbers: Lanes = (V::numbers(phases) * scale).into();
        *eight = numbers.0;
        phases = V::add_whole(phases, on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Periods from two seconds down to the shortest, none of them a whole number of frames.
    fn steps() -> impl Iterator<Item = u32> {
        (0..400).map(|i| (libm::exp2(15.6 + f64::from(i) * 0.0285) as u32).min(1 << 27) - 7)
    }

    #[test]
    fn a_pitch_that_moves_and_one_that_rests_give_the_same_saw() {
        let edges = Edges::shared();
        let (mut out, mut drawings) = ([Lanes::ZERO; TICK], EMPTY);
        let mut falls = 0;
        for (i, by) in steps().enumerate() {
            // From just before a fall to just after it.
            let phase = Words::from_fn(|lane| by.wrapping_mul(lane as u32 * 6).wrapping_sub(by * 20 + i as u32));
            // A phase is whole: the slower, the coarser it says when it falls.
            let near = 2e-5 + 8.0 / by as f32;
            let by = Words::splat(by);
            let reach = Edges::reach(by);
            assert_eq!(reach, Words::ALL);
            edges.draw::<Lanes>(phase, by, reach, std::slice::from_mut(&mut out), &mut drawings);
            for (k, row) in out.iter().enumerate() {
                let one = edges.at(phase + by.times(k as u32), by, reach);
                for lane in 0..LANES {
                    let (a, b) = (row.0[lane], one.0[lane]);
                    assert!((a - b).abs() < near, "{by:?} frame {k} lane {lane}: {a} {b}");
                    assert!(a.abs() < 1.2);
                    falls += u32::from(a.abs() < 0.5);
                }
            }
        }
        assert!(falls > 1000, "falls are crossed: {falls}");
    }

    #[test]
    fn a_fall_that_meets_a_frame_is_no_spike() {
        let edges = Edges::shared();
        let (mut out, mut drawings) = ([Lanes::ZERO; TICK], EMPTY);
        for by in steps() {
            // As near to a frame as 32 bits can say, to either side, in each frame of the 16.
            for frame in 0..TICK as u32 {
                let meets = 0u32.wrapping_sub(by * frame);
                let phase = Words::from_fn(|lane| meets.wrapping_add(lane as u32).wrapping_sub(4));
                let by = Words::splat(by);
                edges.draw::<Lanes>(phase, by, Words::ALL, std::slice::from_mut(&mut out), &mut drawings);
                for lane in 0..LANES {
                    let x = out[frame as usize].0[lane];
                    assert!(x.abs() < 0.05, "{by:?} frame {frame} lane {lane}: {x}");
                    let one = edges.at(phase + by.times(frame), by, Words::ALL).0[lane];
                    assert!(one.abs() < 0.05, "{by:?} frame {frame} lane {lane}: {one}");
                }
            }
        }
    }

    #[test]
    fn what_is_too_fast_stands_or_goes_backwards_is_left_to_tables() {
        for by in [0, 1 << 11, (1 << 27) + 1, 1 << 31, u32::MAX] {
            assert_eq!(Edges::reach(Words::splat(by)), Words::ZERO, "{by}");
        }
        assert_eq!(Edges::reach(Words::splat(1 << 27)), Words::ALL);
    }
}
