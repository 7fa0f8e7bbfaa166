//! What a note will play of a long sample is asked for when the note is planned, so that the disk has time.
//!
//! Invariant: it changes no event; a render without a feeder plays the same.

use super::Sequencer;
use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::reel::{AROUND, STRETCH};
use crate::score::Score;
use crate::score::plan::ProgramKind;

impl Sequencer {
    /// A note is planned for a program, with its values.
    pub(super) fn foresee(&self, score: &Score, program: u32, values: &[SlotValue]) {
        let Some(program) = score.plan.programs.get(program as usize) else { return };
        let Some(reel) = program.kind.reel_at(self.rate).filter(|reel| reel.is_fed()) else { return };
        let value = |slot: u16| values.iter().find(|(at, _)| *at == slot).map(|(_, value)| *value);
        let place = |slot: u16, or: f32| {
            let share = value(slot).unwrap_or(or);
            (f64::from(share.clamp(0.0, 1.0)) * reel.frames() as f64) as i64
        };
        let near = |place: i64| [-AROUND, 0, AROUND].into_iter().for_each(|by| reel.want(place + by));
        let (begin, end) = (place(slot::BEGIN, 0.0), place(slot::END, 1.0));
        let backwards = value(slot::SPEED).is_some_and(|speed| speed < 0.0);
        let (first, stride) =
            if backwards { (begin.max(end) - 1, -(STRETCH as i64)) } else { (begin.min(end), STRETCH as i64) };
        near(first);
        reel.want(first + stride);
        if let ProgramKind::Sample { looped: Some(points), .. } = &program.kind {
            near(i64::from(points.begin));
            near(i64::from(points.end));
        }
        if value(slot::LOOP).is_some_and(|on| on >= 0.5) {
            for seam in [begin, end, place(slot::LOOPBEGIN, 0.0), place(slot::LOOPEND, 1.0)] {
                near(seam);
            }
        }
    }
}
