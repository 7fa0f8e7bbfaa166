//! Floor 4: from a score to events on exact frames. Transport, lookahead, changes at the quantum, notes that end.
//!
//! Invariant: what is handed over is a function of the calls and the horizons at which they came, never of the clock or
//! of how time was cut: live and offline drive the same code.

use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use crate::base::event::{Event, Kind, MidiEvent, SlotValue};
use crate::base::ink::Ink;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::score::Score;
use crate::score::plan::Key;
use crate::score::tempo::{Anchor, FixedSeconds, TempoMap};

mod change;
mod clock;
mod crowd;
mod deliver;
mod fades;
mod follow;
mod foresight;
mod hands;
mod midi;
mod midi_notes;
mod moves;
mod notes;
mod plan;
pub mod position;
mod queue;
mod run;
mod slots;
mod struck;
#[cfg(test)]
mod tests;
mod values;
mod zoned;

pub use hands::Gesture;

pub use hands::Hand;
use hands::Hands;
use notes::End;
use queue::Queue;
use run::Run;

/// How far ahead of the horizon patterns are queried at least, so that early events (200 ms at most) find their place.
const AHEAD_SECONDS: f64 = 0.25;
/// They are queried up to an absolute multiple of so many frames: seldom, for a query has its price whatever it finds.
const STRIDE: i64 = 4096;

/// A change that is ready less than this before a boundary takes the next one, in seconds.
pub const READY_SECONDS: f64 = 0.03;

/// Where events go: rings to the audio thread and the ports, or straight into an offline engine.
pub trait Sink {
    /// An event for the engine, with its values.
    fn event(&mut self, event: Event, values: &[SlotValue]);
    /// A message for a MIDI port.
    fn midi(&mut self, event: MidiEvent);
    /// These places of the text sound in `[from, until)`, in frames.
    fn sounding(&mut self, _from: i64, _until: i64, _places: &[Place], _ink: Option<Ink>) {}
}

/// Counts of what a performer should know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cycles that were cut because a pattern asked for too much.
    pub too_dense: u64,
    /// MIDI keys struck while they were down.
    pub restruck: u64,
    /// Notes whose sound is unknown.
    pub unknown: u64,
}

/// The section that waits for its boundary.
#[derive(Clone, Debug)]
struct Launch {
    name: Arc<str>,
    at: Time,
}

/// A score that waits for its boundary.
#[derive(Clone, Debug)]
struct Pending {
    score: Arc<Score>,
    at: Time,
}

/// A plan that was taken back and is made again: what lies before `planned` was planned before, and of that what lies
/// before the frame `horizon` has gone out.
#[derive(Clone, Copy, Debug)]
struct Again {
    planned: Time,
    horizon: i64,
}

/// The transport: it plans notes ahead and hands them over frame by frame.
pub struct Sequencer {
    rate: u32,
    /// Everything before it has been handed over, in frames.
    horizon: i64,
    /// Everything before it has been planned, in cycles of the transport.
    planned: Time,
    /// The runs that can still be heard or shown, in order; the last is the one that is being planned.
    runs: VecDeque<Run>,
    /// The score without a run: before the start, after the end.
    resting: Option<Arc<Score>>,
    pending: Option<Pending>,
    launch: Option<Launch>,
    tempo: TempoMap,
    queue: Queue,
    again: Option<Again>,
    /// The frame at which playing began: nothing is earlier.
    began: i64,
    /// Values that sounding notes follow.
    follows: Vec<follow::Follow>,
    /// Notes whose end has not been planned yet, the earliest first.
    ends: BinaryHeap<End>,
    sounding: midi::Sounding,
    generation: u32,
    playing: bool,
    /// Where playing stopped, to go on from.
    paused_at: Option<Time>,
    hands: Hands,
    moved: moves::Moved,
    reader: values::Reader,
    counts: Counts,
    crowd: crowd::Crowd,
    /// The frame at which the song ended.
    ended: Option<i64>,
    /// Where a render of some cycles stops.
    stop: Option<Time>,
    /// A song that repeats ends at its end.
    once: bool,
    /// The rig before and the rig that plays, as handed over.
    rig: Option<(Arc<Score>, Arc<Score>)>,
    /// Tracks that are not heard: their MIDI notes are not sent.
    silent: Vec<Key>,
    /// The turns of zones.
    turns: zoned::Turns,
}

impl Sequencer {
    /// A stopped transport at frame 0, for frames of the given rate.
    pub fn new(rate: u32) -> Sequencer {
        Sequencer {
            rate,
            horizon: 0,
            planned: Time::ZERO,
            runs: VecDeque::new(),
            resting: None,
            pending: None,
            launch: None,
            tempo: TempoMap::new(Anchor { cycle: Time::ZERO, at: FixedSeconds(0), cycle_seconds: Time::int(2) }),
            queue: Queue::default(),
            again: None,
            began: 0,
            follows: Vec::new(),
            ends: BinaryHeap::new(),
            sounding: midi::Sounding::default(),
            generation: 0,
            playing: false,
            paused_at: None,
            hands: Hands::default(),
            moved: moves::Moved::default(),
            reader: values::Reader::default(),
            counts: Counts::default(),
            crowd: crowd::Crowd::default(),
            ended: None,
            stop: None,
            once: false,
            rig: None,
            silent: Vec::new(),
            turns: zoned::Turns::default(),
        }
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Everything before this frame has been handed over.
    pub fn horizon(&self) -> i64 {
        self.horizon
    }

    /// Whether the transport runs.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// The frame at which the song ended, if it did.
    pub fn ended(&self) -> Option<i64> {
        self.ended
    }

    /// What went wrong so far.
    pub fn counts(&self) -> Counts {
        Counts { restruck: self.sounding.restruck, ..self.counts }
    }

    /// How many MIDI notes are on.
    pub fn midi_notes(&self) -> usize {
        self.sounding.len()
    }

    /// The score that plays, or rests.
    pub fn score(&self) -> Option<&Arc<Score>> {
        self.runs.back().map(|run| &run.score).or(self.resting.as_ref())
    }

    /// Hands over everything before `until`.
    pub fn advance(&mut self, until: i64, sink: &mut impl Sink) {
        if until <= self.horizon {
            return;
        }
        if self.playing {
            let ahead = until + (AHEAD_SECONDS * f64::from(self.rate)) as i64;
            self.plan_until((ahead + STRIDE - 1).div_euclid(STRIDE) * STRIDE);
        }
        self.deliver(until, sink);
        self.horizon = until;
        self.forget();
    }

    /// The frame of a planned cycle.
    fn frame(&self, cycle: Time) -> i64 {
        self.tempo.frame(cycle, self.rate)
    }

    fn cycle_at(&self, frame: i64) -> Time {
        self.tempo.cycle_at(FixedSeconds::of_frame(frame, self.rate))
    }

    /// Drops what nobody can hear or see any more.
    fn forget(&mut self) {
        let past = self.cycle_at(self.horizon - 4 * i64::from(self.rate));
        while self.runs.len() > 1 && self.runs[1].since <= past {
            self.runs.pop_front();
        }
        self.tempo.forget_before(past);
    }

    fn event(&self, frame: i64, kind: Kind) -> Event {
        Event::new(frame, self.generation, kind)
    }
}
