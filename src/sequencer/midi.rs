//! Which MIDI notes sound, so that every one of them ends.
//!
//! Invariant: a port never hears two note-ons of one key without the note-off between them, and after [`Sounding::end`]
//! none is left on.

use std::collections::BTreeMap;

/// A key of a channel of a port.
type Key = (u16, u8, u8);

/// A MIDI message: how many bytes count, and the bytes.
pub(super) type Message = (u8, [u8; 3]);

/// The notes that are on.
#[derive(Clone, Debug, Default)]
pub(super) struct Sounding {
    /// Which note holds each key, and the track that played it.
    notes: BTreeMap<Key, (u32, u64)>,
    /// The program of each channel of a port, as it was sent last.
    programs: BTreeMap<(u16, u8), u8>,
    /// How far the notes of a channel of a port are bent from their keys, as it was sent last.
    bends: BTreeMap<(u16, u8), i16>,
    /// How often a key was struck while it was down.
    pub restruck: u64,
}

impl Sounding {
    /// A note begins. The same key still down ends first: then two messages come back.
    pub(super) fn on(
        &mut self,
        (port, channel, key): Key,
        velocity: u8,
        note: u32,
        track: u64,
    ) -> (Option<Message>, Message) {
        let before = self.notes.insert((port, channel, key), (note, track));
        if before.is_some() {
            self.restruck += 1;
        }
        (before.map(|_| off(channel, key)), (3, [0x90 | channel, key, velocity.clamp(1, 127)]))
    }

    /// Another program, where it is another than the last.
    pub(super) fn program(&mut self, port: u16, channel: u8, program: u8) -> Option<Message> {
        let before = self.programs.insert((port, channel), program);
        (before != Some(program)).then_some((2, [0xc0 | channel, program, 0]))
    }

    /// Another pitch bend for notes between two keys, where it is another than the last; at first there is none.
    pub(super) fn bend(&mut self, port: u16, channel: u8, steps: i16) -> Option<Message> {
        let before = self.bends.insert((port, channel), steps).unwrap_or(0);
        let bend = (i32::from(steps) + 8192).clamp(0, 16383) as u16;
        (before != steps).then_some((3, [0xe0 | channel, (bend & 0x7f) as u8, (bend >> 7) as u8]))
    }

    /// A note ends, unless its key belongs to a later note by now.
    pub(super) fn off(&mut self, (port, channel, key): Key, note: u32) -> Option<Message> {
        let held = self.notes.get(&(port, channel, key))?;
        if held.0 != note {
            return None;
        }
        self.notes.remove(&(port, channel, key));
        Some(off(channel, key))
    }

    /// Ends the notes of the tracks that `which` names: their ports and messages.
    pub(super) fn end(&mut self, which: impl Fn(u64) -> bool) -> Vec<(u16, Message)> {
        let ending: Vec<Key> = self.notes.iter().filter(|(_, (_, track))| which(*track)).map(|(key, _)| *key).collect();
        ending
            .into_iter()
            .map(|key| {
                self.notes.remove(&key);
                (key.0, off(key.1, key.2))
            })
            .collect()
    }

    /// How many are on.
    pub(super) fn len(&self) -> usize {
        self.notes.len()
    }
}

const fn off(channel: u8, key: u8) -> Message {
    (3, [0x80 | channel, key, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_struck_twice_is_let_go_between() {
        let mut sounding = Sounding::default();
        assert_eq!(sounding.on((0, 2, 60), 100, 1, 0), (None, (3, [0x92, 60, 100])));
        assert_eq!(sounding.on((0, 2, 60), 90, 2, 0), (Some((3, [0x82, 60, 0])), (3, [0x92, 60, 90])));
        assert_eq!(sounding.off((0, 2, 60), 1), None, "the first note's end must not cut the second");
        assert!(sounding.off((0, 2, 60), 2).is_some());
        assert_eq!(sounding.len(), 0);
        assert_eq!(sounding.restruck, 1);
    }

    #[test]
    fn a_program_is_sent_only_where_it_changes() {
        let mut sounding = Sounding::default();
        assert_eq!(sounding.program(0, 2, 14), Some((2, [0xc2, 14, 0])));
        assert_eq!(sounding.program(0, 2, 14), None);
        assert!(sounding.program(0, 3, 14).is_some() && sounding.program(0, 2, 15).is_some());
    }

    #[test]
    fn a_bend_is_sent_where_it_changes_and_never_to_those_who_play_keys() {
        let mut sounding = Sounding::default();
        assert_eq!(sounding.bend(0, 2, 0), None);
        assert_eq!(sounding.bend(0, 2, 2048), Some((3, [0xe2, 0, 80])));
        assert_eq!(sounding.bend(0, 2, 2048), None);
        assert_eq!(sounding.bend(0, 2, 0), Some((3, [0xe2, 0, 64])));
    }

    #[test]
    fn ending_a_track_leaves_the_others_on() {
        let mut sounding = Sounding::default();
        sounding.on((0, 0, 60), 100, 1, 0);
        sounding.on((0, 0, 64), 100, 2, 1);
        assert_eq!(sounding.end(|track| track == 0), vec![(0, (3, [0x80, 60, 0]))]);
        assert_eq!(sounding.len(), 1);
    }
}
