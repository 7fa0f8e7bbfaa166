//! Notes over MIDI: controllers and programs ahead of the note, its key, its tuning, its end.
//!
//! Invariant: what a note sends stands on its own frame, ahead of the note and in a fixed order.

use super::Sequencer;
use super::follow::Target;
use super::notes::{Coming, Held, hertz, tuned};
use super::queue::{Planned, Rank};
use super::slots::control_messages;
use super::values::in_unit;
use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::pattern::{Controls, Value};
use crate::score::sounds::MidiControl;

/// By how many semitones a whole pitch bend moves a note, in most instruments as they come (MIDI 1.0, RPN 0).
const BEND_RANGE: f64 = 2.0;

impl Sequencer {
    pub(super) fn plan_midi_note(
        &mut self,
        coming: &Coming<'_>,
        controls: &Controls,
        (instrument, key): (usize, Option<u8>),
        moved: f64,
        end: Time,
    ) {
        let score = &coming.run.score;
        let Some(midi) = score.sounds.midi.get(instrument) else { return };
        let frame = (coming.frame + (midi.offset * f64::from(self.rate)).round() as i64).max(self.began);
        let number = |name: &str, dimension| controls.get(name).and_then(|v| in_unit(v, dimension, coming.pace));
        let channel = number("midichan", Dimension::Number).map_or(midi.channel, |channel| {
            // Channels count from 1 in the text and from 0 on the wire.
            (channel.round().clamp(1.0, 16.0) - 1.0) as u8
        });
        let port = midi.port;
        let mut part = 0;
        if let Some(program) = controls.get("program").and_then(Value::number) {
            let program = Planned::MidiProgram(port, channel, program.round().clamp(0.0, 127.0) as u8);
            self.push_part(coming, Rank::Control, frame, part, program);
        }
        let mut sent = Vec::new();
        for (name, value) in controls.iter() {
            let mapped = midi.controls.iter().find(|(control, _)| **control == *name.as_str());
            if let Some((_, control)) = mapped
                && let Some(value) = in_unit(value, Dimension::Midi, coming.pace)
            {
                sent.push((*control, value));
            }
        }
        let mapped = sent.len();
        sent.extend(numbered(&number));
        // Controllers without a pitch move the instrument and strike nothing.
        let bare =
            sent.len() > mapped && key.is_none() && !["note", "n", "freq"].iter().any(|n| controls.get(n).is_some());
        let bent = sent.iter().any(|(control, _)| matches!(control, MidiControl::Bend));
        for (control, value) in sent {
            for (length, bytes) in control_messages(control, channel, value) {
                part = part.saturating_add(1);
                self.push_part(coming, Rank::Control, frame, part, Planned::Midi { port, length, bytes });
            }
        }
        if bare {
            return;
        }
        let note = if let Some(key) = key {
            f64::from(key)
        } else {
            let own = self.resolve_pitch(controls, coming.run, coming.span.begin).unwrap_or(48.0);
            hertz(controls, coming.pace).or_else(|| tuned(score, Some(own))).unwrap_or(own) + moved
        };
        let velocity = number("velocity", Dimension::Factor).unwrap_or(0.8).clamp(0.0, 1.0);
        if velocity <= 0.0 {
            return;
        }
        let key = note.round().clamp(0.0, 127.0);
        if !bent {
            // What lies between two keys is bent from the nearer one.
            let bend = ((note - key) / BEND_RANGE).clamp(-1.0, 1.0);
            let bend = if bend.abs() < 1e-6 { 0.0 } else { bend };
            part = part.saturating_add(1);
            let steps = (bend * 8191.0).round() as i16;
            self.push_part(coming, Rank::Control, frame, part, Planned::MidiBend(port, channel, steps));
        }
        let (key, velocity) = (key as u8, (velocity * 127.0).round() as u8);
        let track = score.tracks[coming.track].key;
        self.push(coming, Rank::On, frame, Planned::MidiOn { port, channel, key, velocity, note: coming.note, track });
        self.plan_end(coming, &score.tracks[coming.track], end, frame, Held::Midi(port, channel, key));
        self.follow(coming, controls, end, frame, &|name| {
            let named = || midi.controls.iter().find(|(control, _)| **control == *name).map(|(_, control)| *control);
            let control = match name {
                "midibend" => MidiControl::Bend,
                "miditouch" => MidiControl::Touch,
                "ccv" => MidiControl::Cc(seven(number("ccn", Dimension::Number)?)),
                _ => named()?,
            };
            Some(Target::Midi(port, channel, control))
        });
    }
}

fn seven(number: f64) -> u8 {
    number.round().clamp(0.0, 127.0) as u8
}

/// The controllers that an event names by number, with their values.
fn numbered(number: &dyn Fn(&str, Dimension) -> Option<f64>) -> Vec<(MidiControl, f64)> {
    let plain = |name| number(name, Dimension::Number);
    let mut out = Vec::new();
    if let (Some(n), Some(value)) = (plain("ccn"), number("ccv", Dimension::Midi)) {
        out.push((MidiControl::Cc(seven(n)), value));
    }
    if let (Some(n), Some(value)) = (plain("nrpnn"), plain("nrpv")) {
        out.push((MidiControl::Nrpn(n.round().clamp(0.0, 16383.0) as u16), value));
    }
    if let Some(bend) = plain("midibend") {
        out.push((MidiControl::Bend, bend));
    }
    if let Some(touch) = number("miditouch", Dimension::Midi) {
        out.push((MidiControl::Touch, touch));
    }
    out
}
