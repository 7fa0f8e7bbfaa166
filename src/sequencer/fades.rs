//! Cross-fades between sections: what ends goes on beneath what begins, until it has faded.
//!
//! Tracks that only the old section plays fade out and go on playing; those that only the new one plays fade in; what
//! both play takes over at the boundary. By a `fade` at the top of the text, tracks that a save brings fade in. The factors are of equal power, on the grid of 64 frames, like any fader.
//!
//! Invariant: a piece without fades plans nothing here.

use std::sync::Arc;

use super::Sequencer;
use super::run::Run;
use crate::base::event::address;
use crate::base::time::{Span, Time};
use crate::score::Score;

/// The grid of continuous values, in frames.
const GRID: i64 = 64;

impl Sequencer {
    /// A run takes what plays before it along, where its section fades in.
    pub(super) fn fade_from_before(&mut self, run: &mut Run) {
        if run.scene().fade <= Time::ZERO {
            return;
        }
        let Some(before) = self.runs.back().filter(|before| Arc::ptr_eq(&before.score, &run.score)) else { return };
        // It goes on in its own time, beyond its end.
        let end = Some(run.since + run.scene().fade);
        run.before = Some(Arc::new(Run { end, before: None, ..before.clone() }));
    }

    /// The factors of a stretch, and the notes of what fades out.
    pub(super) fn plan_fades(&mut self, run: &Run, span: Span) {
        if !fades(&run.score) {
            return;
        }
        let end = run.fading();
        if let (Some(before), Some(end)) = (&run.before, end)
            && Arc::ptr_eq(&before.score, &run.score)
            && span.begin < end
        {
            let leaving = |track: usize| !plays(run, track);
            self.plan_notes_of(before, Span::new(span.begin, span.end.min(end)), &leaving);
        }
        for track in 0..run.score.tracks.len() {
            let (here, earlier) =
                (plays(run, track), run.before.as_ref().is_some_and(|before| played(before, run, track)));
            let strip = run.score.tracks[track].strip;
            match end {
                Some(end) if here != earlier => self.plan_fade(run, strip, here, (run.since, end), span),
                _ if here => self.plan_value(run, strip, address::FADE, self.frame(span.begin), 1.0),
                // What does not play keeps what it has: its tail goes on as it was.
                _ => {}
            }
        }
    }

    fn plan_fade(&mut self, run: &Run, strip: usize, rises: bool, (begin, end): (Time, Time), span: Span) {
        let factor = |at: Time| {
            let far = (at - begin).checked_div(end - begin).map_or(1.0, Time::to_f64).clamp(0.0, 1.0);
            match far {
                _ if far <= 0.0 => f32::from(u8::from(!rises)),
                _ if far >= 1.0 => f32::from(u8::from(rises)),
                _ => {
                    let turn = if rises { far } else { 1.0 - far };
                    libm::sin(turn * std::f64::consts::FRAC_PI_2) as f32
                }
            }
        };
        self.plan_value(run, strip, address::FADE, self.frame(span.begin), factor(span.begin));
        let (mut frame, last) = (self.frame(span.begin), self.frame(span.end.min(end)));
        loop {
            frame = (frame + 1 + GRID - 1).div_euclid(GRID) * GRID;
            if frame >= last {
                break;
            }
            let at = self.cycle_at(frame);
            self.plan_value(run, strip, address::FADE, frame, factor(at));
        }
        if span.begin < end && end <= span.end {
            self.plan_value(run, strip, address::FADE, last, factor(end));
        }
    }
}

/// Whether any section of a score fades in.
fn fades(score: &Score) -> bool {
    score.scenes.iter().any(|scene| scene.fade > Time::ZERO)
}

/// Whether a track of a run had a part in the run before it, perhaps of another version.
fn played(before: &Run, run: &Run, track: usize) -> bool {
    let key = run.score.tracks[track].key;
    before.score.tracks.iter().position(|other| other.key == key).is_some_and(|track| plays(before, track))
}

/// Whether a track has a part in a run's scene.
fn plays(run: &Run, track: usize) -> bool {
    run.scene().parts.iter().any(|part| part.track == track && part.pattern.base.is_some())
}
