//! Synths and effects of the text: graphs compiled to programs that run over eight voices side by side.
//!
//! ```text
//! Graph ──compile──▶ Program (lists of operations) ──▶ Ensemble: groups of eight lanes, each lane a voice
//! ```
//!
//! A program has two lists. *Slow* operations (parameters, envelopes that move a cutoff, lfos, their arithmetic) run once
//! in 16 frames, at absolute multiples of 16, and give where the value stands at the start and at the end of the 16
//! frames; who needs it in between draws a line. *Fast* operations run over pieces of at most 16 frames. An envelope that
//! shapes sound is fast; one that moves a cutoff is slow; the same node may be both.
//!
//! Invariants:
//! - No lane looks at another, and each operation has its order: a voice's bits depend on its own values, its onset and the
//!   absolute frame.
//! - Nothing here allocates after it was built; what runs is chosen by [`crate::dsp::lanes::dispatch()`].

mod compile;
mod crew;
mod delays;
mod edges;
mod ensemble;
mod envelopes;
mod facts;
mod filters;
mod group;
mod insert;
mod movement;
mod noises;
mod oscillators;
mod program;
mod rows;
mod run;
mod saws;
mod seat;
mod shapes;
mod slow;
mod span;
mod strings;
mod svf;
mod sync;
#[cfg(test)]
mod tests;
mod waves;
mod work;

use std::sync::Arc;

use crate::base::graph::Graph;
use crate::base::quality::Quality;
use crate::dsp::oversample::times;
use crate::score::plan::Sample;

pub(super) use crew::Crew;
pub(super) use ensemble::Ensemble;
pub(super) use group::Bends;
pub(super) use insert::GraphEffect;
pub(super) use seat::{Dropped, Seat};

/// A graph with room for `voices`, and its wavetables in the graph's order.
pub(super) fn ensemble(graph: &Graph, files: &[Arc<Sample>], voices: usize, rate: f32, quality: Quality) -> Ensemble {
    let tables = files.iter().map(|file| {
        let audio = file.channel(0);
        oscillators::Wavetable::new(audio)
    });
    Ensemble::new(compile::compile(graph, rate, times(quality)), tables.collect(), voices)
}
