//! Values that sounding notes follow (`.live`): read while a note sounds, sent where they changed.
//!
//! A value is read on a grid of 256 frames from the transport's zero, in its own pattern's time: what stretches the notes
//! after `.live` was written stretches what they follow.
//!
//! Invariant: a note is followed from the grid's first point after its onset until its end, and no further.

use smallvec::SmallVec;

use super::Sequencer;
use super::queue::{Entry, Planned, Rank};
use super::run::Run;
use super::slots::{Slot, control_messages};
use super::values::in_unit;
use crate::base::control::Dimension;
use crate::base::event::{Event, Kind};
use crate::base::time::{Span, Time};
use crate::model::plain::Pace;
use crate::pattern::{Live, Pattern};
use crate::score::sounds::MidiControl;

/// The grid on which values are read, in frames.
const GRID: i64 = 256;

/// Where a followed value goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Target {
    /// A slot of a voice.
    Voice(Slot),
    /// A control of a MIDI instrument: port, channel.
    Midi(u16, u8, MidiControl),
}

/// A value that a note follows.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    /// Where the note began, before swing and shift, and where it ends, in cycles.
    pub onset: Time,
    pub end: Time,
    /// Where it ends, which may be earlier: with its section.
    pub until: Time,
    /// The frame at which it began.
    pub began: i64,
    /// By how many frames it was shifted.
    pub shift: i64,
    pub note: u32,
    pub target: Target,
    pattern: Pattern,
    /// The pattern's own time at the onset, and how much of it passes in a cycle of the transport.
    at: Time,
    pace: Time,
    /// The last value that was sent.
    last: Option<u32>,
}

impl Follow {
    /// Of a note that lasts `whole` cycles as it was written out in the end.
    pub(super) fn new(live: &Live, (onset, end, whole): (Time, Time, Time), note: u32, target: Target) -> Follow {
        // What came after `.live` made the note longer or shorter, and its pattern with it.
        let pace = if live.length > Time::ZERO && whole > Time::ZERO { live.length / whole } else { Time::ONE };
        let pattern = live.pattern.clone();
        Follow { onset, end, until: end, began: 0, shift: 0, note, target, pattern, at: live.at, pace, last: None }
    }

    /// What was planned from a cycle on was taken back: the next value is sent, whatever it is.
    pub(super) fn forget(&mut self, at: Time) {
        self.last = None;
        if self.until >= at {
            self.until = self.end;
        }
    }
}

impl Sequencer {
    /// Plans what notes follow in a stretch.
    pub(super) fn plan_follows(&mut self, run: &Run, span: Span) {
        if self.follows.is_empty() {
            return;
        }
        let seconds = self.tempo.cycle_seconds(span.begin).to_f64();
        let pace = Pace { cycle: seconds, quarters: run.scene().meter.quarters().to_f64() };
        self.reader.section(run, None);
        let mut follows = std::mem::take(&mut self.follows);
        for follow in &mut follows {
            let end = follow.until.min(span.end);
            let from = (self.frame(span.begin) + follow.shift).max(follow.began + 1);
            let until = self.frame(end) + follow.shift;
            let mut frame = (from + GRID - 1).div_euclid(GRID) * GRID;
            while frame < until {
                self.plan_follow(follow, frame, pace);
                frame += GRID;
            }
        }
        // What is planned may be taken back as far as the horizon.
        let horizon = self.cycle_at(self.horizon);
        follows.retain(|follow| follow.until > span.end.min(horizon));
        self.follows = follows;
    }

    fn plan_follow(&mut self, follow: &mut Follow, frame: i64, pace: Pace) {
        let passed = self.cycle_at(frame - follow.shift) - follow.onset;
        let Some(value) = self.reader.value(&follow.pattern, follow.at + passed * follow.pace) else { return };
        let dimension = match &follow.target {
            Target::Voice(slot) => slot.dimension,
            Target::Midi(..) => Dimension::Midi,
        };
        let Some(value) = in_unit(&value, dimension, pace) else { return };
        let went_out = self.again.is_some_and(|again| frame < again.horizon);
        // It is taken back with the place where it was read.
        let onset = frame - follow.shift;
        let mut push = |order: u64, part: u8, what: Planned| {
            self.queue.push(Entry { frame, rank: Rank::Control, track: 0, order, part, onset, what });
        };
        match follow.target {
            Target::Voice(slot) => {
                let value = (value as f32).clamp(slot.low, slot.high);
                if follow.last.replace(value.to_bits()) != Some(value.to_bits()) && !went_out {
                    let event = Event { note: follow.note, count: 1, ..Event::new(frame, 0, Kind::Live) };
                    let order = u64::from(follow.note) << 16 | u64::from(slot.at);
                    push(order, 0, Planned::Engine(event, SmallVec::from_slice(&[(slot.at, value)])));
                }
            }
            Target::Midi(port, channel, control) => {
                let messages = control_messages(control, channel, value);
                let bits = messages
                    .iter()
                    .fold(0, |bits: u32, (_, bytes)| bits << 7 ^ u32::from(bytes[1]) << 7 ^ u32::from(bytes[2]));
                if follow.last.replace(bits) != Some(bits) && !went_out {
                    for (part, (length, bytes)) in messages.into_iter().enumerate() {
                        push(u64::from(follow.note) << 16, part as u8, Planned::Midi { port, length, bytes });
                    }
                }
            }
        }
    }
}
