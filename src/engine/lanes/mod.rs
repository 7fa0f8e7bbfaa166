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
mod delays;
mod ensemble;
mod envelopes;
mod filters;
mod group;
mod movement;
mod noises;
mod oscillators;
mod program;
mod rows;
mod run;
mod seat;
mod shapes;
mod slow;
mod strings;
mod sync;
#[cfg(test)]
mod tests;
mod waves;

pub(super) use compile::compile;
pub(super) use ensemble::{Ensemble, Onset};
pub(super) use oscillators::Wavetable;
pub(super) use seat::Seat;
