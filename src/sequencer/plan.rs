//! Planning: from the planned cycle onwards, boundary by boundary.
//!
//! Invariant: a stretch that is planned lies in one run, between two boundaries; tempo anchors stand on a fixed grid.

use std::sync::Arc;

use super::notes::End;
use super::queue::Planned;
use super::run::{Cause, Run};
use super::{Again, Launch, Pending, Sequencer};
use crate::base::time::{Span, Time};
use crate::model::setting::{FASTEST, Setting};
use crate::score::Score;
use crate::score::tempo::FixedSeconds;

/// A patterned tempo is constant within each step of this size, in cycles.
const TEMPO_STEP: Time = Time::int(96);

impl Sequencer {
    /// Plans until a frame is passed.
    pub(super) fn plan_until(&mut self, frame: i64) {
        while self.playing {
            let Some(run) = self.runs.back() else { break };
            let target = self.tempo.cycle_at(FixedSeconds::of_frame(frame, self.rate));
            let boundary =
                [run.end, self.pending.as_ref().map(|p| p.at), self.launch.as_ref().map(|l| l.at), self.stop]
                    .into_iter()
                    .flatten()
                    .min();
            if boundary.is_some_and(|at| at <= self.planned) {
                self.cross();
                continue;
            }
            if self.planned >= target {
                break;
            }
            // A tempo that moves is read step by step, so the target is looked at again after each.
            let moving =
                matches!(run.scene().tempo.at(self.planned - run.start, run.scene().bars).0, Setting::Pattern(_))
                    || !run.scene().tempo.overlays.is_empty();
            let mut end = boundary.map_or(target, |at| at.min(target));
            if moving {
                end = end.min(((self.planned * TEMPO_STEP).floor() + Time::ONE) / TEMPO_STEP);
            }
            self.plan_stretch(Span::new(self.planned, end));
            self.planned = end;
        }
    }

    fn plan_stretch(&mut self, span: Span) {
        let Some(run) = self.runs.back().cloned() else { return };
        self.plan_tempo(&run, span);
        self.plan_notes(&run, span);
        self.plan_fades(&run, span);
        self.plan_follows(&run, span);
        self.plan_ends(span.end);
        self.plan_moves(&run, span);
        self.plan_clock(&run, span);
    }

    /// Sets the tempo where the stretch begins, if it begins on the grid or with the run.
    fn plan_tempo(&mut self, run: &Run, span: Span) {
        let on_grid = (span.begin * TEMPO_STEP).is_int();
        if on_grid || span.begin == run.since {
            let seconds = self.cycle_seconds(run, span.begin);
            if seconds != self.tempo.cycle_seconds(span.begin) {
                self.tempo.change(span.begin, seconds);
            }
        }
    }

    /// How long a cycle lasts at a place of a run, in seconds.
    pub(super) fn cycle_seconds(&mut self, run: &Run, at: Time) -> Time {
        let local = at - run.start;
        let (setting, window) = run.scene().tempo.at(local, run.scene().bars);
        let tempo = match setting {
            Setting::Plain(tempo) => *tempo,
            Setting::Pattern(pattern) => {
                self.reader.section(run, window);
                self.reader.number(pattern, at - run.pattern_origin()).unwrap_or(120.0)
            }
        };
        // The tempo is exact where the text is (decimals are), and within bounds whatever the pattern says.
        let tempo = decimal(tempo.clamp(1.0, FASTEST));
        run.scene().meter.quarters() * Time::int(60) / tempo
    }

    /// Something ends or begins at the planned cycle: a change of score first, then a launch, then the section's end.
    fn cross(&mut self) {
        let at = self.planned;
        if self.pending.as_ref().is_some_and(|pending| pending.at <= at) {
            if let Some(pending) = self.pending.take() {
                self.take_over(pending.score, at);
            }
            return;
        }
        if self.launch.as_ref().is_some_and(|launch| launch.at <= at) {
            if let Some(launch) = self.launch.take() {
                self.begin_launched(&launch.name, at);
            }
            return;
        }
        if self.stop.is_some_and(|stop| stop <= at) {
            if let Some(score) = self.score().cloned() {
                self.finish(score, at);
            }
            return;
        }
        self.next_section(at);
    }

    /// The section is over: the song goes on, or what loops begins again, or all is over.
    fn next_section(&mut self, at: Time) {
        let Some(run) = self.runs.back() else { return };
        let score = Arc::clone(&run.score);
        let song = score.song.as_ref();
        let next = match (run.entry.or(run.resume), song) {
            (Some(entry), Some(song)) => song.after(entry).filter(|next| *next > entry || !self.once),
            (None, Some(_)) => Some(0),
            _ => None,
        };
        match (next, song) {
            (Some(entry), Some(song)) => {
                let scene = song.entries[entry].scene;
                self.begin(Run::new(score, scene, Some(entry), at));
            }
            // A section launched by hand where there is no song goes round until another is launched.
            (_, None) => {
                let scene = run.scene;
                self.begin(Run::new(score, scene, None, at));
            }
            (None, Some(_)) => self.finish(score, at),
        }
    }

    /// A run begins at the planned cycle.
    pub(super) fn begin(&mut self, mut run: Run) {
        self.end_notes_at(run.since);
        self.fade_from_before(&mut run);
        self.moved.all_again();
        self.runs.push_back(run);
    }

    /// The song is over.
    fn finish(&mut self, score: Arc<Score>, at: Time) {
        self.end_notes_at(at);
        self.plan_clock_stop(at);
        self.playing = false;
        self.ended = Some(self.frame(at));
        self.resting = Some(score);
        self.paused_at = None;
    }

    /// Whether it plays at the horizon: the end may be planned, and not have come.
    pub(super) fn goes_on(&self) -> bool {
        self.playing || self.ended.is_some_and(|end| end > self.horizon)
    }

    /// What has not gone out yet is planned again.
    pub(super) fn plan_anew(&mut self) {
        // From a frame earlier, for a cycle found by its frame may lie a hair late; what is there already went out.
        self.rewind(self.cycle_at(self.horizon - 1));
    }

    /// Un-plans everything from a cycle on, as if it had never been queried.
    pub(super) fn rewind(&mut self, at: Time) {
        if at >= self.planned {
            return;
        }
        let frame = self.frame(at);
        while self.runs.len() > 1 && self.runs.back().is_some_and(|run| run.since >= at) {
            if let Some(run) = self.runs.pop_back() {
                match run.cause {
                    Cause::Section => {}
                    Cause::Reload => {
                        self.pending.get_or_insert(Pending { score: run.score, at: run.since });
                    }
                    Cause::Launch(name) => {
                        self.launch.get_or_insert(Launch { name, at: run.since });
                    }
                }
            }
        }
        if let Some(run) = self.runs.back() {
            self.generation = run.score.plan.generation;
        }
        // What was early has gone out already; its end waits for it.
        let horizon = self.horizon;
        let out = |end: &End| end.earliest <= horizon;
        self.queue.retain(|entry| entry.onset < frame || matches!(&entry.what, Planned::End(end) if out(end)));
        let ends = std::mem::take(&mut self.ends).into_vec();
        self.ends = ends.into_iter().filter(|end| end.onset < at || out(end)).collect();
        let planned = self.again.map_or(self.planned, |again| again.planned.max(self.planned));
        self.again = Some(Again { planned, horizon });
        self.follows.retain(|follow| follow.onset < at || follow.began < horizon);
        for follow in &mut self.follows {
            follow.forget(at);
        }
        self.restore_ends(frame);
        self.moved.all_again();
        self.tempo.forget_after(at);
        if self.ended.take().is_some() {
            // The end had only been planned.
            (self.playing, self.resting) = (true, None);
        }
        self.planned = at;
    }
}

/// The start of a piece.
impl Sequencer {
    /// Starts the transport at the horizon: the song from its first section, or all tracks.
    pub(super) fn start(&mut self, score: Arc<Score>) {
        let at = self.planned;
        let run = first_run(score, at);
        self.playing = true;
        self.ended = None;
        self.resting = None;
        (self.again, self.began) = (None, self.horizon);
        let seconds = self.cycle_seconds(&run, at);
        self.tempo = super::TempoMap::new(super::Anchor {
            cycle: at,
            at: FixedSeconds::of_frame(self.horizon, self.rate),
            cycle_seconds: seconds,
        });
        self.runs.clear();
        self.begin(run);
        self.plan_clock_start(at);
    }
}

impl Sequencer {
    /// The next start is at a cycle of the piece, and it ends after so many cycles; with `once` a song that repeats
    /// ends at its end.
    pub fn play_range(&mut self, from: i64, cycles: Option<i64>, once: bool) {
        self.planned = Time::int(from);
        self.stop = cycles.map(|cycles| Time::int(from.saturating_add(cycles)));
        self.once = once;
    }
}

/// The run that a start at a cycle falls into: a song's section, or the whole text.
fn first_run(score: Arc<Score>, at: Time) -> Run {
    let Some(song) = score.song.as_ref().filter(|song| !song.entries.is_empty()) else {
        return Run { since: at, ..Run::new(score, 0, None, Time::ZERO) };
    };
    let mut start = Time::ZERO;
    let mut found = (0, Time::ZERO);
    for (index, entry) in song.entries.iter().enumerate() {
        found = (index, start);
        match score.scenes[entry.scene].bars {
            Some(bars) if start + bars <= at => start += bars,
            _ => break,
        }
    }
    let scene = song.entries[found.0].scene;
    Run { since: at, ..Run::new(score, scene, Some(found.0), found.1) }
}

/// A float as the fraction that was written: to a millionth.
fn decimal(value: f64) -> Time {
    Time::new((value * 1e6).round() as i64, 1_000_000)
}
