//! Where the music is, for the screen.
//!
//! Invariant: a position is computed for a frame that was handed over; it never looks ahead of what is heard.

use std::sync::Arc;

use super::Sequencer;
use crate::base::time::Time;
use crate::model::setting::Meter;

/// A place in the music.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Whether the transport runs.
    pub playing: bool,
    /// Cycles since the transport's zero.
    pub cycle: Time,
    /// The bar, from 0: of the section, or of the piece where no section runs.
    pub bar: i64,
    /// Quarter notes into the bar.
    pub beat: f64,
    /// The meter.
    pub meter: Meter,
    /// Quarter notes a minute.
    pub tempo: f64,
    /// The section; empty for the whole text.
    pub section: Arc<str>,
    /// Its length in bars.
    pub bars: Option<i64>,
    /// The song's entry, and how many there are.
    pub entry: Option<(usize, usize)>,
    /// The name of the section that comes after this one.
    pub next: Option<Arc<str>>,
    /// The version that sounds.
    pub version: u32,
}

impl Sequencer {
    /// Where the music is at a frame.
    pub fn position(&self, frame: i64) -> Option<Position> {
        let cycle = if self.playing {
            self.cycle_at(frame)
        } else {
            self.paused_at.unwrap_or(self.planned).min(self.cycle_at(frame))
        };
        let run = self.runs.iter().rev().find(|run| run.since <= cycle).or(self.runs.front())?;
        let scene = run.scene();
        let into = (cycle - run.start).max(Time::ZERO);
        let quarters = scene.meter.quarters();
        let seconds = self.tempo.cycle_seconds(cycle).to_f64();
        let song = run.score.song.as_ref();
        let next = song
            .zip(run.entry.or(run.resume))
            .and_then(|(song, entry)| song.after(entry).map(|at| song.entries[at].scene));
        Some(Position {
            playing: self.playing,
            cycle,
            bar: into.cycle(),
            beat: (into.fract() * quarters).to_f64(),
            meter: scene.meter,
            tempo: quarters.to_f64() * 60.0 / seconds.max(1e-9),
            section: Arc::clone(&scene.name),
            bars: scene.bars.map(|bars| bars.ceil().num()),
            entry: song.and_then(|song| run.entry.map(|entry| (entry, song.entries.len()))),
            next: next.map(|scene| Arc::clone(&run.score.scenes[scene].name)),
            version: run.score.version,
        })
    }

    /// Quarter notes from one frame to another.
    pub fn beats_between(&self, frame: i64, later: i64) -> f64 {
        let Some(run) = self.runs.back() else { return 0.0 };
        ((self.cycle_at(later) - self.cycle_at(frame)) * run.scene().meter.quarters()).to_f64()
    }

    /// The tracks that the scene at a frame plays, by index.
    pub fn playing_tracks(&self, frame: i64) -> Vec<usize> {
        let cycle = self.cycle_at(frame);
        let run = self.runs.iter().rev().find(|run| run.since <= cycle).or(self.runs.front());
        run.map(|run| run.scene().parts.iter().map(|part| part.track).collect()).unwrap_or_default()
    }
}
