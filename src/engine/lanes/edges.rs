//! Saws as what they are: a ramp, and where it falls a band-limited step.
//!
//! A value depends on the phase and on what the phase adds a frame, and on nothing else; so it is right from the first
//! frame on, comes no frame late, and a pitch may move. Where the pitch stands still through 16 frames, each fall within
//! reach is one row of the table over all of them. A step of [`SHAPE`] folds to under −105 dB beside the fundamental and
//! takes 0.1 dB off 18 kHz, at 44.1 kHz too.
//!
//! The ramp runs on through a fall, and the step takes it down: nothing here has a corner that rounding could put into
//! another frame than its counterpart.
//!
//! Invariant: only lanes whose period is [`SHORTEST`] frames or longer are drawn, so that at most two falls are in reach.

use std::sync::OnceLock;

use crate::dsp::TICK;
use crate::dsp::edge::Shape;
use crate::dsp::lanes::{LANES, Lanes, Vector, Words, transpose_back};

use super::rows::Rows;

const SHAPE: Shape = Shape { taps: 32, places: 64 * FINER, cutoff: 0.47, beta: 8.0 };
/// The integral is summed in finer steps than the table has.
const FINER: usize = 4;
/// Places between two frames.
const PLACES: usize = 64;
/// Frames that a fall reaches to either side.
const REACH: f32 = 16.0;
/// A row begins with 16 frames before the fall and ends with 16 after it, so that any 16 frames of it can be added.
const ROW: usize = TICK + SHAPE.taps + TICK;
/// The shortest period, frames.
const SHORTEST: u32 = 32;
/// Half a turn as a number: a phase read with a sign is this many times its value as a saw.
const HALF_TURN: f32 = 2_147_483_648.0;

/// Falls from 0 to −2.
#[derive(Debug)]
pub(super) struct Edges {
    /// For each place between two frames, and one more for the line to it.
    rows: Vec<[f32; ROW]>,
}

impl Edges {
    /// The table of this process; the first call builds it, so make it outside the callback.
    pub(super) fn shared() -> &'static Edges {
        static EDGES: OnceLock<Edges> = OnceLock::new();
        EDGES.get_or_init(|| {
            let step = SHAPE.step();
            let row = |place: usize| {
                let value = |at: usize| match at.checked_sub(TICK) {
                    None => 0.0,
                    Some(tap) => (-2.0 * step(tap, place * FINER)) as f32,
                };
                std::array::from_fn(value)
            };
            Edges { rows: (0..=PLACES).map(row).collect() }
        })
    }

    /// The lanes that can be drawn, as a mask: those that move forward, with periods long enough.
    #[inline(always)]
    pub(super) fn reach(by: Words) -> Words {
        Words::splat(1 << 12).is_under(by) & by.is_under(Words::splat((1 << 31) / (SHORTEST / 2) + 1))
    }

    /// Sixteen frames of saws from −1 to 1, whose phases are `phase` in the first and `by` more in each that follows;
    /// right where [`Edges::reach`] says so.
    #[inline(always)]
    pub(super) fn draw<V: Vector>(&self, phase: Words, by: Words, reach: Words, out: &mut Rows) {
        let steps = by.to_numbers();
        // Frames since the last fall, and until the next; all 32 bits but the lowest, for they are read with a sign.
        let pace = Lanes::splat(2.0) / steps;
        let since = phase.shift_right(1).to_numbers() * pace;
        let until = (!phase).shift_right(1).to_numbers() * pace;
        let behind = since.below(Lanes::splat(REACH)) & reach;
        let ahead = until.below(Lanes::splat(REACH + (TICK - 1) as f32)) & reach;
        let places = Lanes::splat(PLACES as f32);
        let middle = Lanes::splat(TICK as f32 + REACH);
        let (behind_at, ahead_at) = ((middle + since) * places, (middle - until) * places);
        let (behind_place, ahead_place) = (behind_at.truncate(), ahead_at.truncate());
        let behind_share = behind_at - behind_place.to_numbers();
        let ahead_share = ahead_at - ahead_place.to_numbers();
        // The fall behind stands in the ramp already: there it is the way back up that is added.
        let from = (phase + Words::splat(1 << 31)).to_numbers() * Lanes::splat(1.0 / HALF_TURN);
        let from = from + behind.select(Lanes::splat(2.0), Lanes::ZERO);
        let slope = steps * Lanes::splat(1.0 / HALF_TURN);
        // Lane by lane, for a row of the table holds frames.
        let mut lanes = [[0.0f32; TICK]; LANES];
        for (lane, out) in lanes.iter_mut().enumerate() {
            let (from, slope) = (V::splat(from.0[lane]), V::splat(slope.0[lane]));
            let mut sum = [from + slope * V::from(FRAMES[0]), from + slope * V::from(FRAMES[1])];
            if behind.0[lane] != 0 {
                self.add(behind_place.0[lane], behind_share.0[lane], &mut sum);
            }
            if ahead.0[lane] != 0 {
                self.add(ahead_place.0[lane], ahead_share.0[lane], &mut sum);
            }
            let (first, second) = out.split_at_mut(LANES);
            let (one, two): (Lanes, Lanes) = (sum[0].into(), sum[1].into());
            first.copy_from_slice(&one.0);
            second.copy_from_slice(&two.0);
        }
        transpose_back(&lanes, out);
    }

    /// Adds 16 frames of a fall.
    #[inline(always)]
    fn add<V: Vector>(&self, place: u32, share: f32, sum: &mut [V; 2]) {
        let (row, from) = (place as usize % PLACES, place as usize / PLACES);
        let (Some(low), Some(high)) = (self.rows.get(row), self.rows.get(row + 1)) else { return };
        let (Some(low), Some(high)) = (low.get(from..from + TICK), high.get(from..from + TICK)) else { return };
        let (low, high) = (low.as_chunks::<LANES>().0, high.as_chunks::<LANES>().0);
        let share = V::splat(share);
        for ((sum, low), high) in sum.iter_mut().zip(low).zip(high) {
            let (low, high) = (V::from(Lanes(*low)), V::from(Lanes(*high)));
            *sum = *sum + (low + (high - low) * share);
        }
    }

    /// One frame of saws, whose pitch may move.
    #[inline(always)]
    pub(super) fn at(&self, phase: Words, by: Words, reach: Words) -> Lanes {
        let mut out = (phase + Words::splat(1 << 31)).to_numbers() * Lanes::splat(1.0 / HALF_TURN);
        // From the nearest fall, in frames: before it or after it.
        let from = phase.to_numbers() / by.to_numbers();
        let near = from.abs().below(Lanes::splat(REACH)) & reach;
        if near.any() {
            let behind = near & !phase.highest_bit();
            out += behind.select(Lanes::splat(2.0), Lanes::ZERO);
            let at = (from + Lanes::splat(TICK as f32 + REACH)) * Lanes::splat(PLACES as f32);
            let place = at.truncate();
            let share = at - place.to_numbers();
            for lane in 0..LANES {
                if near.0[lane] != 0 {
                    let place = place.0[lane] as usize;
                    let (row, frame) = (place % PLACES, place / PLACES);
                    let value = |row: usize| self.rows.get(row).and_then(|row| row.get(frame)).copied().unwrap_or(0.0);
                    let (low, high) = (value(row), value(row + 1));
                    out.0[lane] += low + (high - low) * share.0[lane];
                }
            }
        }
        out
    }
}

/// The numbers of 16 frames.
const FRAMES: [Lanes; 2] =
    [Lanes([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), Lanes([8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0])];

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
        let mut out = [Lanes::ZERO; TICK];
        let mut falls = 0;
        for (i, by) in steps().enumerate() {
            // From just before a fall to just after it.
            let phase = Words::from_fn(|lane| by.wrapping_mul(lane as u32 * 6).wrapping_sub(by * 20 + i as u32));
            // A phase is whole: the slower, the coarser it says when it falls.
            let near = 2e-5 + 8.0 / by as f32;
            let by = Words::splat(by);
            let reach = Edges::reach(by);
            assert_eq!(reach, Words::ALL);
            edges.draw::<Lanes>(phase, by, reach, &mut out);
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
        let mut out = [Lanes::ZERO; TICK];
        for by in steps() {
            // As near to a frame as 32 bits can say, to either side, in each frame of the 16.
            for frame in 0..TICK as u32 {
                let meets = 0u32.wrapping_sub(by * frame);
                let phase = Words::from_fn(|lane| meets.wrapping_add(lane as u32).wrapping_sub(4));
                let by = Words::splat(by);
                edges.draw::<Lanes>(phase, by, Words::ALL, &mut out);
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
