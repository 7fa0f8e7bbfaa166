//! Changes: another score at its boundary, sections launched by hand, stop and go.
//!
//! Invariant: a change takes effect exactly on its boundary's frame; what sounded before it rings out, and every note
//! that was begun is ended.

use std::sync::Arc;

use super::queue::{Entry, Planned, Rank};
use super::run::{Cause, Run};
use super::{Launch, Pending, Sequencer, Sink};
use crate::base::event::Kind;
use crate::base::time::Time;
use crate::score::Score;
use crate::score::tempo::{Anchor, FixedSeconds, TempoMap};

impl Sequencer {
    /// Another version takes over at the first boundary of the quantum whose frame is not before `not_before`, or at
    /// once where nothing plays. The frame of the change comes back.
    pub fn set_score(&mut self, score: Arc<Score>, not_before: i64) -> i64 {
        let Some(run) = self.runs.back().filter(|_| self.playing) else {
            self.generation = score.plan.generation;
            self.hands.reload(&score);
            self.plan_swap(self.horizon);
            let first = self.resting.is_none() && self.runs.is_empty();
            self.runs.clear();
            self.resting = Some(Arc::clone(&score));
            if first {
                self.start(score);
            }
            self.plan_hands(self.horizon);
            return self.horizon;
        };
        let quantum = score.quantum_in(run.scene().meter);
        let at = self.boundary(quantum, not_before);
        self.rewind(at);
        self.pending = Some(Pending { score, at });
        self.frame(at)
    }

    /// The score that waits, and the frame at which it takes over.
    pub fn pending(&self) -> Option<(u32, i64)> {
        self.pending.as_ref().map(|pending| (pending.score.version, self.frame(pending.at)))
    }

    /// The first boundary of a quantum, in the run that plays there, whose frame is not before a frame.
    fn boundary(&self, quantum: Time, not_before: i64) -> Time {
        let earliest = self.cycle_at(not_before.max(self.horizon));
        let run = self.runs.iter().rev().find(|run| run.since <= earliest).or(self.runs.back());
        let Some(run) = run else { return earliest };
        let mut at = run.boundary(quantum, earliest);
        // The grid of `cycle_at` may lie a hair after the frame.
        while self.frame(at) < not_before.max(self.horizon) && quantum > Time::ZERO {
            at += quantum;
        }
        match run.end {
            Some(end) => at.min(end.max(earliest)),
            None => at,
        }
    }

    /// The score that waited takes over at the planned cycle.
    pub(super) fn take_over(&mut self, score: Arc<Score>, at: Time) {
        let Some(run) = self.runs.back().cloned() else { return };
        let before = Arc::clone(&run.score);
        // A section that is gone plays to its end from the version that had it.
        let scene = score.scene(&run.scene().name);
        let in_song = run.entry.is_none_or(|entry| {
            let occurrence = before.song.as_ref().and_then(|song| song.entries.get(entry)).map_or(0, |e| e.occurrence);
            scene.is_some_and(|scene| score.song.as_ref().is_some_and(|song| song.find(scene, occurrence).is_some()))
        });
        if (scene.is_none() || !in_song) && run.end.is_some_and(|end| end > at) {
            self.pending = run.end.map(|at| Pending { score, at });
            return;
        }
        let frame = self.frame(at);
        self.generation = score.plan.generation;
        self.hands.reload(&score);
        self.plan_swap(frame);
        let entry = run.entry.and_then(|entry| {
            let occurrence = before.song.as_ref()?.entries.get(entry)?.occurrence;
            score.song.as_ref()?.find(scene?, occurrence)
        });
        let mut next = match (scene, &score.song) {
            (Some(0), Some(song)) if before.song.is_none() && !song.entries.is_empty() => {
                Run::new(Arc::clone(&score), song.entries[0].scene, Some(0), at)
            }
            (Some(scene), _) => {
                Run { entry, resume: run.resume, ..Run::new(Arc::clone(&score), scene, entry, run.start) }
            }
            (None, Some(song)) if !song.entries.is_empty() => {
                let entry = run.entry.map_or(0, |entry| (entry + 1).min(song.entries.len() - 1));
                Run::new(Arc::clone(&score), song.entries[entry].scene, Some(entry), at)
            }
            (None, _) => Run::new(Arc::clone(&score), 0, None, at),
        };
        if score.song.is_none() && run.entry.is_some() {
            // The song was taken out of the text: everything plays.
            next = Run::new(Arc::clone(&score), 0, None, at);
        }
        next.since = at;
        next.cause = Cause::Reload;
        if next.score.scenes[0].fade > Time::ZERO {
            next.before = Some(Arc::new(Run { before: None, ..run }));
        }
        next.end = next.end.map(|end| end.max(at));
        let seconds = self.cycle_seconds(&next, at);
        self.tempo.change(at, seconds);
        self.moved.all_again();
        self.runs.push_back(next);
        self.plan_hands(frame);
    }

    pub(super) fn plan_swap(&mut self, frame: i64) {
        let event = self.event(frame, Kind::Swap);
        self.queue.push(Entry {
            frame,
            rank: Rank::Swap,
            track: 0,
            order: u64::from(self.generation),
            part: 0,
            onset: frame,
            what: Planned::Engine(event, smallvec::SmallVec::new()),
        });
    }

    /// A section (or, by an empty name, the song) comes at the next boundary.
    pub(super) fn queue_launch(&mut self, name: &Arc<str>, not_before: i64) {
        let Some(run) = self.runs.back() else { return };
        if !name.is_empty() && run.score.scene(name).is_none() {
            return;
        }
        let quantum = run.score.quantum_in(run.scene().meter);
        let at = self.boundary(quantum, not_before);
        self.rewind(at);
        self.launch = Some(Launch { name: Arc::clone(name), at });
    }

    /// The section that waits does not come.
    pub(super) fn cancel_launch(&mut self) {
        self.plan_anew();
        self.launch = None;
    }

    /// The section that waits, and the frame at which it comes.
    pub fn launching(&self) -> Option<(&str, i64)> {
        self.launch.as_ref().map(|launch| (&*launch.name, self.frame(launch.at)))
    }

    pub(super) fn begin_launched(&mut self, name: &str, at: Time) {
        let Some(run) = self.runs.back().cloned() else { return };
        let score = Arc::clone(&run.score);
        let playing = run.entry.or(run.resume);
        let next = if name.is_empty() {
            let entry = match (&score.song, run.entry) {
                (Some(song), None) => {
                    run.resume.and_then(|entry| song.after(entry)).or(Some(0)).filter(|_| !song.entries.is_empty())
                }
                _ => None,
            };
            match (&score.song, entry) {
                (Some(song), Some(entry)) => Run::new(Arc::clone(&score), song.entries[entry].scene, Some(entry), at),
                _ => return,
            }
        } else {
            let Some(scene) = score.scene(name) else { return };
            Run { resume: playing, ..Run::new(Arc::clone(&score), scene, None, at) }
        };
        self.begin(Run { cause: Cause::Launch(Arc::from(name)), ..next });
    }

    /// Stops at the horizon and keeps the place.
    pub(super) fn pause(&mut self, sink: &mut impl Sink) {
        let at = self.cycle_at(self.horizon);
        self.rewind(at);
        self.queue.retain(|entry| matches!(entry.rank, Rank::Swap | Rank::Hand));
        self.ends.clear();
        self.follows.clear();
        self.release_everything(sink);
        self.end_midi(|_| true, self.horizon, sink);
        self.send_clock_stop(sink);
        self.playing = false;
        self.paused_at = Some(at);
        if let Some(pending) = self.pending.take() {
            self.resting = Some(pending.score);
        }
    }

    fn release_everything(&mut self, sink: &mut impl Sink) {
        let Some(score) = self.score() else { return };
        for strip in 0..score.plan.strips.len() {
            let event = crate::base::event::Event { track: strip as u16, ..self.event(self.horizon, Kind::Release) };
            sink.event(event, &[]);
        }
    }

    /// Goes on where it stopped; after the end, from the start.
    pub(super) fn resume(&mut self) {
        let resting = self.resting.take();
        match (self.paused_at.take(), resting) {
            (Some(at), None) => {
                let Some(run) = self.runs.back().cloned() else { return };
                self.go_on(run, at);
            }
            (paused, Some(score)) => {
                let place = paused.zip(self.runs.back().cloned());
                match place {
                    Some((at, run)) if score.scene(&run.scene().name) == Some(run.scene) => {
                        self.go_on(Run { score, ..run }, at);
                    }
                    _ => self.start(score),
                }
            }
            (None, None) => {}
        }
    }

    fn go_on(&mut self, mut run: Run, at: Time) {
        self.planned = at;
        (self.again, self.began) = (None, self.horizon);
        run.since = at;
        let seconds = self.cycle_seconds(&run, at);
        self.tempo = TempoMap::new(Anchor {
            cycle: at,
            at: FixedSeconds::of_frame(self.horizon, self.rate),
            cycle_seconds: seconds,
        });
        self.playing = true;
        self.moved.all_again();
        self.runs.clear();
        self.runs.push_back(run);
        self.plan_clock_continue(at);
    }

    /// Ends everything for good: notes off, clock stopped. Nothing is handed over after it.
    pub fn shut_down(&mut self, sink: &mut impl Sink) {
        self.queue = super::Queue::default();
        self.ends.clear();
        self.follows.clear();
        self.pending = None;
        self.launch = None;
        self.release_everything(sink);
        self.end_midi(|_| true, self.horizon, sink);
        self.send_clock_stop(sink);
        self.playing = false;
    }
}
