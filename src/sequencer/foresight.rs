//! What a note will play of a long sample is asked for when the note is planned, so that the disk has time.
//!
//! Invariant: it changes no event; a render without a feeder plays the same.

use super::Sequencer;
use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::reel::STRETCH;
use crate::score::Score;

impl Sequencer {
    /// A note is planned for a program, with its values.
    pub(super) fn foresee(&self, score: &Score, program: u32, values: &[SlotValue]) {
        let program = score.plan.programs.get(program as usize);
        let Some(reel) = program.and_then(|program| program.kind.reel_at(self.rate)).filter(|reel| reel.is_fed())
        else {
            return;
        };
        let value = |slot: u16| values.iter().find(|(at, _)| *at == slot).map(|(_, value)| *value);
        let place = |slot: u16, or: f32| {
            let share = value(slot).unwrap_or(or);
            (f64::from(share.clamp(0.0, 1.0)) * reel.frames() as f64) as i64
        };
        let (begin, end) = (place(slot::BEGIN, 0.0), place(slot::END, 1.0));
        let backwards = value(slot::SPEED).is_some_and(|speed| speed < 0.0);
        let (first, stride) =
            if backwards { (begin.max(end) - 1, -(STRETCH as i64)) } else { (begin.min(end), STRETCH as i64) };
        reel.want(first - stride.signum());
        reel.want(first);
        reel.want(first + stride);
        if value(slot::LOOP).is_some_and(|on| on >= 0.5) {
            for seam in [begin, end, place(slot::LOOPBEGIN, 0.0), place(slot::LOOPEND, 1.0)] {
                // Those beside it, where it lies near a stretch's end.
                for beside in [-1, 0, 1] {
                    reel.want(seam + beside * STRETCH as i64 / 8);
                }
            }
        }
    }
}
