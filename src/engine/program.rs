//! An instrument in the engine: what its voices do, and how many of them may sound.
//!
//! Invariant: a voice names its program by slot; a program leaves its slot only when no voice names it.

use std::sync::Arc;

use crate::base::quality::Quality;
use crate::dsp::sinc::Kernels;
use crate::score::plan::{Loop, ProgramKind, Sample, Wave};

use super::lanes::{self, Ensemble};

/// What voices of a program play.
#[derive(Debug)]
pub(super) enum Sound {
    /// A generator.
    Wave(Wave),
    /// A sample, the note at which it plays at its own rate, what is repeated of it, and what reads it.
    Sample(Arc<Sample>, f32, Option<Loop>, &'static Kernels),
    /// A synth of the text, with all its voices.
    Graph(Box<Ensemble>),
}

/// A program in its slot.
#[derive(Debug)]
pub(super) struct ProgramNode {
    pub(super) sound: Sound,
    /// The most voices at once.
    pub(super) limit: u16,
    /// Voices that name it.
    pub(super) users: u32,
    /// Whether the rig still has it.
    pub(super) live: bool,
}

/// Voices of a graph that may fade at least, besides those that sound.
const SPARE: usize = 7;
/// The note at which an unpitched sample plays at its own rate: c3.
const MIDDLE: f32 = 48.0;

impl ProgramNode {
    pub(super) fn new(kind: &ProgramKind, limit: u16, rate: f32, quality: Quality) -> ProgramNode {
        let sound = match kind {
            ProgramKind::Wave(wave) => Sound::Wave(*wave),
            ProgramKind::Graph(graph, files) => {
                // Voices that were stolen fade beside those that count.
                let voices = usize::from(limit.max(1)) + SPARE.max(usize::from(limit) / 4);
                Sound::Graph(Box::new(lanes::ensemble(graph, files, voices, rate, quality)))
            }
            ProgramKind::Sample { sample, root, looped } => {
                let sample = kind.sample_at(rate as u32).unwrap_or_else(|| Arc::clone(sample));
                Sound::Sample(sample, root.unwrap_or(MIDDLE), *looped, Kernels::shared(quality))
            }
        };
        ProgramNode { sound, limit: limit.max(1), users: 0, live: true }
    }
}
