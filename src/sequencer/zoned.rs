//! Notes that choose among zones: by key, velocity, dice and turn.
//!
//! Turns are counted as notes are handed over, which happens in the same order live and in a render; a note that was
//! planned and taken back has no turn. Each track has its own.
//!
//! Invariant: the dice of a note are its number, so that notes elsewhere do not change them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::control::slot;
use crate::base::event::{Event, MOST_VALUES, SlotValue};
use crate::base::random;
use crate::base::zone::{SlotValues, Slots, Trigger};
use crate::score::plan::Key;
use crate::score::sounds::{BASE, Zones};

/// The most voices that one note starts.
const MOST_LAYERS: usize = 32;

/// Ends that are waited for; a stop leaves some behind.
const MOST_ENDING: usize = 4_096;

/// A note whose zones are not chosen yet.
#[derive(Clone, Debug)]
pub(super) struct ZonedNote {
    /// Its event; the program is the zone's.
    pub event: Event,
    /// What the text gave.
    pub values: SlotValues,
    /// The zones to choose from.
    pub zones: Arc<Zones>,
    /// MIDI note number.
    pub note: f32,
    /// What its pitch is shifted by once the zones are chosen, in semitones.
    pub shift: f32,
    /// 0 to 1.
    pub velocity: f32,
    /// The track that plays it.
    pub track: Key,
}

/// How many notes each zone answered, by track and zones, and what sounds at the ends of those that are on.
#[derive(Debug, Default)]
pub(super) struct Turns {
    counts: HashMap<(Key, Key), Vec<u32>>,
    ending: HashMap<u32, Box<ZonedNote>>,
}

impl Turns {
    /// The events of a note's beginning.
    pub(super) fn begin(&mut self, note: Box<ZonedNote>, mut each: impl FnMut(Event, &[SlotValue])) {
        let counts = self.counts.entry((note.track, note.zones.key)).or_default();
        counts.resize(note.zones.zones.len(), 0);
        note.voices(Trigger::Attack, counts, &mut each);
        if note.zones.release() && self.ending.len() < MOST_ENDING {
            self.ending.insert(note.event.note, note);
        }
    }

    /// The events of a note's end.
    pub(super) fn end(&mut self, number: u32, frame: i64, generation: u32, mut each: impl FnMut(Event, &[SlotValue])) {
        let Some(mut note) = self.ending.remove(&number) else { return };
        if note.event.generation == generation {
            note.event.frame = frame;
            // What sounds at the end is a note of its own: it does not end again.
            note.event.note = random::join(u64::from(number), 1) as u32;
            let counts = self.counts.entry((note.track, note.zones.key)).or_default();
            counts.resize(note.zones.zones.len(), 0);
            note.voices(Trigger::Release, counts, &mut each);
        }
    }
}

impl ZonedNote {
    fn voices(&self, trigger: Trigger, counts: &mut [u32], each: &mut impl FnMut(Event, &[SlotValue])) {
        let key = self.note.round().clamp(0.0, 127.0) as u8;
        let velocity = (self.velocity * 127.0).round().clamp(1.0, 127.0) as u8;
        let dice = random::unit(random::join(u64::from(self.event.note), 0x7a6f_6e65)) as f32;
        let mut voices = 0;
        for (zone, count) in self.zones.zones.iter().zip(counts) {
            if !zone.answers(trigger, key, velocity, dice) {
                continue;
            }
            let due = zone.is_due(*count);
            *count = count.wrapping_add(1);
            if due && voices < MOST_LAYERS {
                voices += 1;
                let mut values = self.values.clone();
                zone.apply(&mut values, self.note, self.velocity, BASE);
                if self.shift != 0.0 {
                    let note = values.value(slot::NOTE).unwrap_or(BASE);
                    values.put(slot::NOTE, note + self.shift);
                }
                values.truncate(MOST_VALUES);
                each(Event { program: zone.audio, count: values.len() as u8, ..self.event }, &values);
            }
        }
    }
}
