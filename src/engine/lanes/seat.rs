//! What a voice of the pool knows of its lane: it carries events to the graph, and the graph's sound into the chain.
//!
//! Invariant: events reach the lane before the frames that follow them are computed.

use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::graph::MOST_PARAMETERS;
use crate::dsp::BLOCK;

use super::super::program::Sound;
use super::super::values::Values;
use super::ensemble::{Ensemble, Onset};

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
    over: bool,
    moves: [Option<f32>; MOST_PARAMETERS],
    note: Option<f32>,
    moved: bool,
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
            over: false,
            moves: [None; MOST_PARAMETERS],
            note: None,
            moved: false,
        }
    }
}

impl Seat {
    /// A note takes a seat.
    pub(in crate::engine) fn taken(
        ensemble: &mut Ensemble,
        values: &Values,
        beat: f32,
        parameters: &[Option<f32>],
        seed: u64,
    ) -> Seat {
        let given = |at: u16| values.has(at).then(|| values.get(at));
        let onset = Onset {
            note: values.get(slot::NOTE) + values.get(slot::DETUNE),
            from: None,
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
            ..Seat::default()
        }
    }

    /// Whether this is a voice of a graph.
    pub(in crate::engine) fn is_taken(&self) -> bool {
        self.number.is_some()
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
                self.note = Some(*value);
                self.moved = true;
            }
        }
    }

    /// Brings what has happened to the graph.
    pub(in crate::engine) fn tell(&mut self, ensemble: &mut Ensemble) {
        let Some(number) = self.number else { return };
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
    }

    /// How loud it is now.
    pub(in crate::engine) fn hear(&mut self, ensemble: &Ensemble) {
        if let Some(number) = self.number {
            self.loudness = ensemble.loudness(number);
        }
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

    /// Whether it has fallen silent for good; looked at by absolute multiples of 64 frames only, so that no cut of blocks
    /// changes it.
    pub(in crate::engine) fn settle(&mut self, sound: &Sound) {
        if let (Some(number), Sound::Graph(ensemble)) = (self.number, sound) {
            self.over = ensemble.is_over(number);
        }
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
