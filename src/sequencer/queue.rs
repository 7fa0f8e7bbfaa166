//! What is planned but not yet handed over, in the order in which it will be.
//!
//! Invariant: the order depends on frames, ranks and tracks only, never on how time was cut into queries, so that what
//! is played and what is rendered hand over the same things in the same order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use smallvec::SmallVec;

use super::notes::End;
use super::zoned::ZonedNote;
use crate::base::event::{Event, SlotValue};
use crate::base::ink::Ink;
use crate::base::source::Place;
use crate::score::plan::Key;

/// The order of what falls on the same frame: what ends comes before what begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Rank {
    /// MIDI clock, start, stop.
    Clock,
    /// Notes end.
    Off,
    /// Another rig takes over.
    Swap,
    /// The performer's faders.
    Hand,
    /// Strip parameters.
    Parameter,
    /// Controllers and programs, ahead of their note.
    Control,
    /// Notes begin.
    On,
    /// What the screen shows.
    Mark,
}

/// What is planned.
#[derive(Clone, Debug)]
pub(super) enum Planned {
    /// For the engine.
    Engine(Event, SmallVec<[SlotValue; 12]>),
    /// For the engine, once its zones are chosen: in the order of handing over, since they take turns.
    Zoned(Box<ZonedNote>),
    /// A MIDI note begins: port, channel, key, velocity, id.
    MidiOn {
        /// Index of the port.
        port: u16,
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// 1 to 127.
        velocity: u8,
        /// Which note, so that its own end finds it.
        note: u32,
        /// The track that plays it.
        track: Key,
    },
    /// A note ends.
    End(End),
    /// Another sound of a MIDI instrument, sent where it is another: port, channel, program.
    MidiProgram(u16, u8, u8),
    /// How far the notes of a channel stand from their keys, sent where it is another: port, channel, -8191 to 8191.
    MidiBend(u16, u8, i16),
    /// Any other MIDI message.
    Midi {
        /// Index of the port.
        port: u16,
        /// How many bytes count.
        length: u8,
        /// The message.
        bytes: [u8; 3],
    },
    /// These places of the text sound until a frame, in the colour that the text gives them.
    Mark(i64, SmallVec<[Place; 4]>, Option<Ink>),
}

/// Something with its time.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// When it is handed over, in frames.
    pub frame: i64,
    /// Among its like on the same frame.
    pub rank: Rank,
    /// The track that it belongs to.
    pub track: u16,
    /// Its order within the track at that frame.
    pub order: u64,
    /// Among the messages of one control, which must keep their order.
    pub part: u8,
    /// The frame at which the thing that it belongs to begins, before any shift: what is dropped at a reload.
    pub onset: i64,
    /// What.
    pub what: Planned,
}

impl Entry {
    const fn key(&self) -> (i64, Rank, u16, u64, u8) {
        (self.frame, self.rank, self.track, self.order, self.part)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reversed, since a [`BinaryHeap`] gives the greatest first.
impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// Planned entries, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Entry>,
}

impl Queue {
    /// Adds one.
    pub(super) fn push(&mut self, entry: Entry) {
        self.heap.push(entry);
    }

    /// The first one before `until`.
    pub(super) fn pop_before(&mut self, until: i64) -> Option<Entry> {
        if self.heap.peek()?.frame < until { self.heap.pop() } else { None }
    }

    /// Keeps what `keep` says, perhaps changed by it.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Entry) -> bool) {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.retain_mut(|entry| keep(entry));
        self.heap = entries.into();
    }
}
