//! Handing over: from the queue to the engine and the ports.
//!
//! Invariant: an index into a rig is sent only to the rig that it counts in; the MIDI notes that are on are known.

use std::sync::Arc;

use super::notes::Held;
use super::queue::{Entry, Planned};
use super::{Sequencer, Sink};
use crate::base::event::{Event, Kind, MidiEvent};
use crate::score::Score;

impl Sequencer {
    pub(super) fn deliver(&mut self, until: i64, sink: &mut impl Sink) {
        while let Some(entry) = self.queue.pop_before(until) {
            self.hand_over(entry, sink);
        }
    }

    fn hand_over(&mut self, entry: Entry, sink: &mut impl Sink) {
        let frame = entry.frame;
        match entry.what {
            Planned::Engine(event, values) => match event.kind {
                Kind::Swap => {
                    self.swapped(event.generation);
                    sink.event(event, &[]);
                }
                Kind::NoteOn if event.generation != self.rig_generation() => {
                    // A late onset of the version before: it finds its track in the rig that plays now, or is dropped.
                    if let Some(event) = self.translated(event) {
                        sink.event(event, &values);
                    }
                }
                Kind::Parameter | Kind::Strike if event.generation != self.rig_generation() => {}
                _ => sink.event(Event { frame, ..event }, &values),
            },
            Planned::Zoned(note) => {
                let late = note.event.generation != self.rig_generation();
                let mut turns = std::mem::take(&mut self.turns);
                turns.begin(note, |event, values| {
                    let event = if late { self.translated(event) } else { Some(Event { frame, ..event }) };
                    if let Some(event) = event {
                        if let Some((_, score)) = &self.rig {
                            self.foresee(score, event.program, values);
                        }
                        sink.event(event, values);
                    }
                });
                self.turns = turns;
            }
            Planned::End(end) => match end.held {
                Held::Voice => {
                    let generation = self.rig_generation();
                    let event = Event { note: end.note, generation, ..Event::new(frame, 0, Kind::NoteOff) };
                    sink.event(event, &[]);
                    self.turns.end(end.note, frame, generation, |event, values| sink.event(event, values));
                }
                Held::Midi(port, channel, key) => {
                    if let Some(message) = self.sounding.off((port, channel, key), end.note) {
                        sink.midi(MidiEvent { frame, port, length: message.0, bytes: message.1 });
                    }
                }
            },
            Planned::MidiOn { port, channel, key, velocity, note, track } => {
                if self.silent.contains(&track) {
                    return;
                }
                let (before, on) = self.sounding.on((port, channel, key), velocity, note, track.0);
                for message in before.into_iter().chain([on]) {
                    sink.midi(MidiEvent { frame, port, length: message.0, bytes: message.1 });
                }
            }
            Planned::MidiProgram(port, channel, program) => {
                if let Some(message) = self.sounding.program(port, channel, program) {
                    sink.midi(MidiEvent { frame, port, length: message.0, bytes: message.1 });
                }
            }
            Planned::MidiBend(port, channel, steps) => {
                if let Some(message) = self.sounding.bend(port, channel, steps) {
                    sink.midi(MidiEvent { frame, port, length: message.0, bytes: message.1 });
                }
            }
            Planned::Midi { port, length, bytes } => sink.midi(MidiEvent { frame, port, length, bytes }),
            Planned::Mark(until, places, ink) => sink.sounding(frame, until, &places, ink),
        }
    }

    fn rig_generation(&self) -> u32 {
        self.rig.as_ref().map_or(0, |(_, rig)| rig.plan.generation)
    }

    /// Another rig plays from here on.
    fn swapped(&mut self, generation: u32) {
        let scores = self.runs.iter().map(|run| &run.score).chain(&self.resting);
        let Some(score) = scores.into_iter().find(|score| score.plan.generation == generation).cloned() else { return };
        let before = self.rig.take().map_or_else(|| Arc::clone(&score), |(_, rig)| rig);
        self.rig = Some((before, score));
    }

    /// An onset of the rig before, in the numbers of the one that plays.
    fn translated(&self, event: Event) -> Option<Event> {
        let (before, now): &(Arc<Score>, Arc<Score>) = self.rig.as_ref()?;
        if before.plan.generation != event.generation {
            return None;
        }
        let strip = before.plan.strips.get(usize::from(event.track))?.key;
        let program = before.plan.programs.get(event.program as usize)?.key;
        Some(Event {
            generation: now.plan.generation,
            track: now.plan.strips.iter().position(|other| other.key == strip)? as u16,
            program: now.plan.programs.iter().position(|other| other.key == program)? as u32,
            ..event
        })
    }

    /// MIDI notes of the tracks that `which` names end now.
    pub(super) fn end_midi(&mut self, which: impl Fn(u64) -> bool, frame: i64, sink: &mut impl Sink) {
        for (port, message) in self.sounding.end(which) {
            sink.midi(MidiEvent { frame, port, length: message.0, bytes: message.1 });
        }
    }
}
