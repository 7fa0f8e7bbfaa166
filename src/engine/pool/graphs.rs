//! How the pool has graphs run: told what happened to their voices, then stretch by stretch, or by a crew as far as nothing
//! happens.
//!
//! Invariant: what a crew has begun is gathered before anything is told to it.

use crate::dsp::BLOCK;

use super::super::program::Sound;
use super::super::voice::Voice;
use super::{Arenas, Pool};

/// How far a crew has run the graphs.
#[derive(Debug)]
pub(super) struct Course {
    /// Up to this frame.
    until: i64,
    /// The stretch of the last errands that is added up now.
    nth: usize,
    /// Frames from there on that were begun.
    begun: Option<usize>,
}

impl Default for Course {
    fn default() -> Course {
        Course { until: i64::MIN, nth: 0, begun: None }
    }
}

/// A crew's errand reaches to an absolute multiple of so many frames.
const ERRAND: i64 = 4 * BLOCK as i64;

/// How long an errand from a frame on is, where nothing happens for `free` frames.
fn errand(frame: i64, free: usize) -> usize {
    free.min((ERRAND - frame.rem_euclid(ERRAND)) as usize)
}

impl Pool {
    /// Has the graphs run these frames, and hears how loud they are.
    pub(super) fn run_graphs(&mut self, frame: i64, frames: usize, free: usize, arenas: &mut Arenas) {
        if self.crew.is_none() {
            self.tell_graphs(frame, frames, arenas);
        } else if frame < self.course.until {
            self.course.nth += 1;
        } else {
            self.tell_graphs(frame, frames, arenas);
            self.have_run(frame, frames, free, arenas);
        }
        for lane in &self.active {
            let Some(voice) = self.voices.get_mut(usize::from(*lane)) else { continue };
            if voice.seat.is_taken()
                && let Some(ensemble) = arenas.ensemble(voice.program)
            {
                if self.crew.is_some() {
                    ensemble.turn_to(self.course.nth);
                } else {
                    ensemble.render(frame, frames);
                }
                voice.seat.hear(ensemble);
            }
        }
    }

    /// Tells the graphs what happened to their voices.
    fn tell_graphs(&mut self, frame: i64, frames: usize, arenas: &mut Arenas) {
        for lane in &self.active {
            let Some(voice) = self.voices.get_mut(usize::from(*lane)) else { continue };
            if voice.seat.is_taken()
                && let Some(Sound::Graph(ensemble)) = arenas.program(voice.program).map(|node| &mut node.sound)
            {
                let let_go = voice.seat.tell(ensemble);
                if let_go {
                    voice.envelope.release();
                }
                voice.bend(ensemble, frame, frames);
            }
        }
    }

    /// Has the crew run the graphs from `frame` on, as far as nothing happens, and begin what comes after.
    fn have_run(&mut self, frame: i64, frames: usize, free: usize, arenas: &mut Arenas) {
        let bends = self.looks_ahead();
        let length = self.course.begun.take().unwrap_or(if bends { frames } else { errand(frame, free.max(frames)) });
        self.send_out(frame, length, arenas);
        self.gather(frame, length, arenas);
        let until = frame + length as i64;
        self.course = Course { until, nth: 0, begun: None };
        let after = errand(until, free.saturating_sub(length));
        if after > 0 && !bends {
            self.send_out(until, after, arenas);
            self.course.begun = Some(after);
        }
    }

    /// Whether what a graph is told depends on the frames to come: then none are begun ahead.
    fn looks_ahead(&self) -> bool {
        let sounding = self.active.iter().filter_map(|lane| self.voices.get(usize::from(*lane)));
        sounding.filter(|voice| voice.seat.is_taken()).any(Voice::bends)
    }

    /// The crew begins these frames of all graphs, if it has not begun them.
    fn send_out(&mut self, frame: i64, frames: usize, arenas: &mut Arenas) {
        let Some(crew) = &mut self.crew else { return };
        for lane in &self.active {
            if let Some(voice) = self.voices.get(usize::from(*lane)).filter(|voice| voice.seat.is_taken())
                && let Some(ensemble) = arenas.ensemble(voice.program)
            {
                ensemble.send_out(voice.program, frame, frames, crew);
            }
        }
    }

    /// The caller runs its share of what was sent out, and waits for the rest.
    fn gather(&mut self, frame: i64, frames: usize, arenas: &mut Arenas) {
        let Some(crew) = &mut self.crew else { return };
        for lane in &self.active {
            if let Some(voice) = self.voices.get(usize::from(*lane))
                && let Some(ensemble) = arenas.ensemble(voice.program)
            {
                ensemble.run_rest(frame, frames);
            }
        }
        crew.gather(|errand| {
            if let Some(ensemble) = arenas.ensemble(errand.home.0) {
                ensemble.take_back(errand);
            }
        });
        for lane in &self.active {
            if let Some(voice) = self.voices.get(usize::from(*lane))
                && let Some(ensemble) = arenas.ensemble(voice.program)
            {
                ensemble.keep(frame + frames as i64);
            }
        }
    }
}
