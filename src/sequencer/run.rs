//! A section while it runs: which scene of which score, since when, until when.
//!
//! Invariant: a run is a value; the list of runs says for any planned cycle what played there.

use std::sync::Arc;

use crate::base::time::{Span, Time};
use crate::score::Score;
use crate::score::scene::Scene;

/// Why a run began, so that it can be taken back.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// The one before was over, or nothing played.
    Section,
    /// Another version of the text.
    Reload,
    /// The performer's hand.
    Launch(Arc<str>),
}

/// One pass through a scene.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The score that it plays from.
    pub score: Arc<Score>,
    /// The scene, as an index into the score's.
    pub scene: usize,
    /// The song's entry that it is; `None` for the whole text or a section launched by hand.
    pub entry: Option<usize>,
    /// The entry after which the song is taken up again, where the run was launched by hand.
    pub resume: Option<usize>,
    /// Where the section began, in cycles of the transport.
    pub start: Time,
    /// From where on this run was planned: after a reload it is later than `start`.
    pub since: Time,
    /// Where it ends; `None` for what loops.
    pub end: Option<Time>,
    /// Why it began.
    pub cause: Cause,
    /// What played before it, where it cross-fades: it goes on until it has faded.
    pub before: Option<Arc<Run>>,
}

impl Run {
    /// A scene from its start.
    pub(super) fn new(score: Arc<Score>, scene: usize, entry: Option<usize>, start: Time) -> Run {
        let mut run = Run {
            score,
            scene,
            entry,
            resume: None,
            start,
            since: start,
            end: None,
            cause: Cause::Section,
            before: None,
        };
        run.end = run.scene().bars.map(|bars| start + bars);
        run
    }

    /// The scene.
    pub(super) fn scene(&self) -> &Scene {
        &self.score.scenes[self.scene]
    }

    /// What is taken from a transport cycle to get the time that patterns see.
    pub(super) fn pattern_origin(&self) -> Time {
        if self.scene().continues { Time::ZERO } else { self.start }
    }

    /// Chance time is pattern time plus this: it runs on where patterns begin again.
    pub(super) fn chance_offset(&self) -> Time {
        self.pattern_origin()
    }

    /// The section in pattern time, or the window of it that holds there: what `ramp` runs over.
    pub(super) fn section(&self, window: Option<Span>) -> Option<Span> {
        let local = window.or_else(|| Some(Span::new(Time::ZERO, self.scene().bars?)))?;
        let shift = self.start - self.pattern_origin();
        Some(local.map(|at| at + shift))
    }

    /// Until when it cross-fades, in cycles of the transport; `None` where it does not.
    pub(super) fn fading(&self) -> Option<Time> {
        let before = self.before.as_ref()?;
        // Another version of the text brings what it brings by the fade at its top.
        let scene = if Arc::ptr_eq(&before.score, &self.score) { self.scene() } else { &self.score.scenes[0] };
        let fade = scene.fade;
        (fade > Time::ZERO).then(|| self.since.max(self.start) + fade)
    }

    /// Where `fill` is true by itself, in pattern time.
    pub(super) fn fill(&self) -> Option<Span> {
        let fill = self.scene().fill;
        let section = self.section(None).filter(|_| fill > Time::ZERO)?;
        Some(Span::new((section.end - fill).max(section.begin), section.end))
    }

    /// A transport stretch in bars from the section's start.
    pub(super) fn local(&self, span: Span) -> Span {
        span.map(|at| at - self.start)
    }

    /// The first boundary of the quantum at or after a cycle, counted from the section's start.
    pub(super) fn boundary(&self, quantum: Time, at: Time) -> Time {
        if quantum <= Time::ZERO {
            return at;
        }
        self.start + ((at - self.start) / quantum).ceil() * quantum
    }
}
