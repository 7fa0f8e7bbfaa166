//! A tape that runs off a disk: what it is about to play is wanted ahead of time, and played when it is there.
//!
//! Invariant: nothing here waits, and nothing reads what may have to come from the disk.

use crate::base::reel::{Reel, STRETCH};
use crate::dsp::sinc::Walk;

use super::tape::{Place, Round};

/// So many frames of the output are wanted ahead: a second at 48 kHz.
const AHEAD: Place = 48_000;
/// Stretches that are wanted ahead at most, at however fast a pace.
const MOST_AHEAD: usize = 32;
/// Frames around a place that may be looked at: a search for a zero crossing goes furthest.
const NEAR: i64 = 1_300;
/// Frames around a seam that tell whether it is smooth.
const BENDS: i64 = 16;

/// Whether the next `frames` can be played; what comes after them is wanted.
pub(super) fn is_at_hand(reel: &Reel, walk: Walk, reach: i64, frames: usize, round: Option<&Round>) -> bool {
    let later = walk.step.saturating_add(walk.bend.saturating_mul(frames as Place));
    let pace = walk.step.saturating_abs().max(later.saturating_abs());
    let backwards = walk.step < 0;
    let frame = |place: Place| (place >> 64).clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let there = |count: Place| {
        let way = pace.saturating_mul(count);
        frame(if backwards { walk.at.saturating_sub(way) } else { walk.at.saturating_add(way) })
    };
    let (now, far) = (frame(walk.at), there(AHEAD));
    let stride = if backwards { -(STRETCH as i64) } else { STRETCH as i64 };
    for at in 0..MOST_AHEAD as i64 {
        let ahead = now.saturating_add(stride.saturating_mul(at));
        reel.want(ahead);
        if (ahead > far) != backwards {
            break;
        }
    }
    let end = there(frames as Place + 1);
    let (around, way) = (reach + NEAR, end.saturating_sub(now).saturating_abs());
    let (low, high) = (now.min(end).saturating_sub(around), now.max(end).saturating_add(around));
    let mut at_hand = reel.is_ready(low..high);
    if !at_hand {
        reel.want(low);
        reel.want(high);
    }
    if let Some(round) = round {
        let around = around + frame(round.width) + way;
        // Where it goes on after a turn.
        reel.want(frame(if backwards { round.end } else { round.begin }).saturating_add(stride));
        for seam in [frame(round.begin), frame(round.end)] {
            let (low, high) = (seam.saturating_sub(around), seam.saturating_add(around));
            for place in [low, seam, high] {
                reel.want(place);
            }
            at_hand &= reel.is_ready(low..high);
        }
    }
    at_hand
}

/// Whether the frames around the ends of what goes round can be looked at.
pub(super) fn is_seam_at_hand(reel: &Reel, from: i64, to: i64) -> bool {
    [from, to].into_iter().all(|seam| reel.is_ready(seam - BENDS..seam + BENDS))
}
