//! What a voice of the pool knows of its lane: it carries events to the graph, and the graph's sound into the chain.
//!
//! Invariant: events reach the lane before the frames that follow them are computed.

use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::graph::MOST_PARAMETERS;
use crate::dsp::BLOCK;

use super::super::values::Values;
use super::ensemble::{Ensemble, Onset};
use super::group::Bends;

/// What the end of a note means to a mono voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine) enum Dropped {
    /// It is none of its notes.
    Foreign,
    /// It goes on with this one, which is still held.
    BackTo(u32),
    /// None is held any more.
    Last,
}

/// Notes that a mono voice remembers.
const MOST_HELD: usize = 8;

/// A voice's place among the voices of a graph; none for other sounds.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(in crate::engine) struct Seat {
    number: Option<u16>,
    /// Frames of this stretch that the chain has taken.
    pub(in crate::engine) taken: usize,
    /// It was let go.
    pub(in crate::engine) released: bool,
    told: bool,
    /// Whether the graph falls silent by itself.
    pub(in crate::engine) enveloped: bool,
    /// Whether the accent is the graph's own affair.
    pub(in crate::engine) takes_velocity: bool,
    /// The level of the graph's own envelope; 1 for other sounds.
    pub(in crate::engine) loudness: f32,
    /// Whether it has run at all.
    heard: bool,
    over: bool,
    moves: [Option<f32>; MOST_PARAMETERS],
    note: Option<f32>,
    moved: bool,
    pitch: f32,
    /// The notes that hold a mono voice, the last one last.
    held: [(u32, f32); MOST_HELD],
    holds: usize,
}

impl Default for Seat {
    fn default() -> Seat {
        Seat {
            number: None,
            taken: 0,
            released: false,
            told: false,
            enveloped: false,
            takes_velocity: false,
            loudness: 1.0,
            heard: false,
            over: false,
            moves: [None; MOST_PARAMETERS],
            note: None,
            moved: false,
            pitch: 48.0,
            held: [(0, 0.0); MOST_HELD],
            holds: 0,
        }
    }
}

impl Seat {
    /// A note takes a seat.
    pub(in crate::engine) fn taken(
        ensemble: &mut Ensemble,
        values: &Values,
        (from, beat): (Option<f32>, f32),
        parameters: &[Option<f32>],
        seed: u64,
    ) -> Seat {
        let given = |at: u16| values.has(at).then(|| values.get(at));
        let onset = Onset {
            note: values.get(slot::NOTE) + values.get(slot::DETUNE),
            from: from.filter(|_| ensemble.program().glides()),
            velocity: values.get(slot::VELOCITY),
            dur: values.get(slot::DUR),
            beat,
            seed,
            parameters,
            envelope: [given(slot::ATTACK), given(slot::DECAY), given(slot::SUSTAIN), given(slot::RELEASE)],
        };
        Seat {
            number: ensemble.start(&onset),
            enveloped: ensemble.program().is_enveloped(),
            takes_velocity: ensemble.program().takes_velocity(),
            pitch: onset.note,
            ..Seat::default()
        }
    }

    /// Whether this is a voice of a graph.
    pub(in crate::engine) fn is_taken(&self) -> bool {
        self.number.is_some()
    }

    /// The seat of a mono voice, held by one note.
    pub(in crate::engine) fn mono(mut self, note: u32) -> Seat {
        self.held[0] = (note, self.pitch);
        self.holds = 1;
        self
    }

    /// The pitch of its note.
    pub(in crate::engine) fn pitch(&self) -> f32 {
        self.pitch
    }

    /// Whether a note that begins now touches it: it was not let go before this frame.
    pub(in crate::engine) fn is_held(&self) -> bool {
        self.number.is_some() && !self.told
    }

    /// A note takes over a mono voice.
    pub(in crate::engine) fn hold(&mut self, note: u32, pitch: f32) {
        self.released = false;
        if self.holds == MOST_HELD {
            self.held.rotate_left(1);
            self.holds -= 1;
        }
        self.held[self.holds] = (note, pitch);
        self.holds += 1;
        self.slide(pitch);
    }

    fn slide(&mut self, pitch: f32) {
        self.pitch = pitch;
        self.note = Some(pitch);
        self.moved = true;
    }

    /// A note ends that may hold a mono voice.
    pub(in crate::engine) fn drop_note(&mut self, note: u32) -> Dropped {
        let Some(at) = self.held[..self.holds].iter().position(|(held, _)| *held == note) else {
            return Dropped::Foreign;
        };
        let was_last = at + 1 == self.holds;
        self.held.copy_within(at + 1..self.holds, at);
        self.holds -= 1;
        let last = self.holds.checked_sub(1).map(|last| self.held[last]);
        if let Some((_, pitch)) = last
            && was_last
        {
            self.slide(pitch);
        }
        last.map_or(Dropped::Last, |(note, _)| Dropped::BackTo(note))
    }

    /// Takes new values while it sounds.
    pub(in crate::engine) fn live(&mut self, values: &[SlotValue]) {
        if self.number.is_none() {
            return;
        }
        for (at, value) in values {
            if let Some(place) = self.moves.get_mut(usize::from(*at).wrapping_sub(slot::COUNT)) {
                *place = Some(*value);
                self.moved = true;
            } else if *at == slot::NOTE {
                self.slide(*value);
            }
        }
    }

    /// Brings what has happened to the graph; whether the chain's envelope is let go with it.
    pub(in crate::engine) fn tell(&mut self, ensemble: &mut Ensemble) -> bool {
        let Some(number) = self.number else { return false };
        let let_go = self.released && !self.told;
        if self.released && !self.told {
            self.told = true;
            ensemble.release(number);
        }
        if self.moved {
            self.moved = false;
            for (index, value) in self.moves.iter_mut().enumerate() {
                if let Some(value) = value.take() {
                    ensemble.move_parameter(number, index, value);
                }
            }
            if let Some(note) = self.note.take() {
                ensemble.move_note(number, note);
            }
        }
        let_go && !self.enveloped
    }

    /// Where the pitch goes beside the note.
    pub(in crate::engine) fn bend(&self, ensemble: &mut Ensemble, bends: &Bends) {
        if let Some(number) = self.number {
            ensemble.bend(number, bends);
        }
    }

    /// How loud it is now.
    pub(in crate::engine) fn hear(&mut self, ensemble: &Ensemble) {
        if let Some(number) = self.number {
            self.heard = true;
            self.loudness = ensemble.loudness(number);
        }
    }

    /// The graph's sound of this stretch, both sides.
    pub(in crate::engine) fn sound<'a>(&self, ensemble: &'a Ensemble) -> Option<(&'a [f32; BLOCK], &'a [f32; BLOCK])> {
        ensemble.sound(self.number?)
    }

    /// The next frames of the graph's sound.
    pub(in crate::engine) fn take(&mut self, ensemble: &Ensemble, left: &mut [f32], right: &mut [f32]) {
        let from = self.taken.min(BLOCK);
        let to = (from + left.len()).min(BLOCK);
        self.taken = to;
        match self.number.and_then(|number| ensemble.sound(number)) {
            Some((one, two)) => {
                left.copy_from_slice(&one[from..to]);
                right.copy_from_slice(&two[from..to]);
            }
            None => left.fill(0.0),
        }
    }

    /// Whether it has fallen silent for good; looked at by absolute multiples of a block only, so that no cut of blocks
    /// changes it.
    pub(in crate::engine) fn settle(&mut self, ensemble: &Ensemble) {
        self.over |= self.is_silent(ensemble);
    }

    /// Whether it had fallen silent for good where the last stretch ended.
    pub(in crate::engine) fn is_silent(&self, ensemble: &Ensemble) -> bool {
        self.heard && self.number.is_some_and(|number| ensemble.is_over(number))
    }

    /// Whether it has fallen silent for good.
    pub(in crate::engine) fn is_over(&self) -> bool {
        self.over
    }

    /// The voice is gone.
    pub(in crate::engine) fn leave(&self, ensemble: &mut Ensemble) {
        if let Some(number) = self.number {
            ensemble.leave(number);
        }
    }
}
