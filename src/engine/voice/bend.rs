//! How `vib`, `penv`, `accelerate` and `squiz` bend the pitch of a graph, which has no pitch of the voice's own.
//!
//! Invariant: the bend is a function of the time since its note began, so that no cut of blocks changes it.

use super::super::lanes::{Bends, Ensemble};
use super::super::pitch::Pitch;
use super::super::values::Values;
use super::Voice;
use crate::base::control::slot;

/// What moves a pitch beside its note.
const BENDING: &[u16] = &[
    slot::VIB,
    slot::VIBMOD,
    slot::ACCELERATE,
    slot::SQUIZ,
    slot::PENV,
    slot::PATTACK,
    slot::PDECAY,
    slot::PSUSTAIN,
    slot::PRELEASE,
    slot::PANCHOR,
    slot::PCURVE,
];

impl Voice {
    /// A note takes over this voice of a mono graph: its pitch moves as that note says.
    pub(in crate::engine) fn take_over(&mut self, values: &Values, frame: i64) {
        for slot in BENDING {
            self.values.copy(*slot, values);
        }
        self.course = values.get(slot::DUR);
        (self.bends_from, self.released) = (frame, None);
        self.find_moving();
    }

    /// Tells a graph where its pitch goes in the next frames, as far as `vib`, `penv`, `accelerate` and `squiz` move it.
    pub(in crate::engine) fn bend(&mut self, ensemble: &mut Ensemble, frame: i64, frames: usize) {
        let bends = self.bends();
        if !bends && !self.bent {
            return;
        }
        self.bent = bends;
        let seconds = |frame: i64| (frame - self.bends_from) as f32 / self.rate;
        if self.released.is_none() && self.is_released() {
            // Stretches are cut at events: this is the very frame.
            self.released = Some(seconds(frame));
        }
        let mut path = Bends::none(frame);
        if bends {
            let course = self.course.max(1e-3);
            let pitch = Pitch::of_graph(&self.values, (course, self.released));
            path.draw(frames, |frame| pitch.beside(seconds(frame)));
        }
        self.seat.bend(ensemble, &path);
    }

    /// Whether the pitch of a graph moves beside its note.
    pub(in crate::engine) fn bends(&self) -> bool {
        let values = &self.values;
        let given = |slot: u16| values.get(slot) != 0.0;
        self.seat.is_taken()
            && (given(slot::PENV) || given(slot::VIB) || given(slot::ACCELERATE) || values.get(slot::SQUIZ) != 1.0)
    }
}
