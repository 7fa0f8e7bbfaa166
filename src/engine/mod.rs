//! Floor 4: the engine. Events and rigs go in, samples come out; the same for the callback and for the render.
//!
//! ```text
//! EventSender ──ring──▶ inbox ─┐
//! RigSender ───ring──▶ rigs ───┼─▶ Engine::process ─▶ pool of voices ─▶ desk (strips, inserts, sends) ─▶ out
//!     ▲────────trash ring──────┘                                               └─▶ Meters (atomics)
//! ```
//!
//! A call of [`Engine::process`] may have any length. Inside, a stretch ends at the next event, at each absolute multiple
//! of a block (128 frames) and at the end of the call; every unit keeps its state per frame, control values are computed at absolute
//! multiples of 16 frames, so that the cuts change no bit.
//!
//! Invariants:
//! - The callback neither allocates, frees, locks, blocks nor panics: what is new was built by [`RigSender::prepare`],
//!   what is old goes home to [`RigSender::collect`].
//! - A strip adds its voices in the order of their onsets, so a note of one track never changes the bits of another.
//! - Latency inside strips is not compensated: an insert with look-ahead (`limit`) or oversampling (`drive`) makes its strip late by
//!   its latency. The master's is known: [`Engine::latency`].

mod colour;
mod compile;
mod desk;
mod effects;
mod inbox;
mod inserts;
mod lanes;
mod machine;
mod meters;
mod pitch;
mod pool;
mod program;
mod reeling;
mod relief;
mod rig;
mod source;
mod strip;
mod sweep;
mod tape;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_controls;
#[cfg(test)]
mod tests_reels;
#[cfg(test)]
mod tests_samples;
#[cfg(test)]
mod tests_waves;
mod values;
mod voice;
mod wave;

use std::sync::Arc;

use crate::base::quality::Quality;

pub use compile::{RigError, RigSender};
pub use inbox::{EventSender, Full};
pub use machine::Engine;
pub use meters::{Meters, StripMeter};

/// How large an engine is; nothing of it changes while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Frames a second.
    pub rate: u32,
    /// Voices that sound at once, besides those that fade because they were stolen.
    pub most_voices: usize,
    /// Strips, those that ring out among them.
    pub most_strips: usize,
    /// Inserts of all strips, those that ring out among them.
    pub most_inserts: usize,
    /// Programs, those whose last voices sound among them.
    pub most_programs: usize,
    /// Events on their way, and as many again waiting in the engine.
    pub most_events: usize,
    /// How much arithmetic the sound is worth; anything but [`Quality::Live`] is for renders.
    pub quality: Quality,
    /// Threads that compute, the caller's among them. More than one are for renders: the caller waits for the others.
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            rate: 48_000,
            most_voices: 256,
            most_strips: 512,
            most_inserts: 512,
            most_programs: 1024,
            most_events: 8192,
            quality: Quality::Live,
            threads: 1,
        }
    }
}

/// What [`build`] gives: each part goes to the thread that owns it.
#[derive(Debug)]
pub struct Parts {
    /// For the callback, or the renderer.
    pub engine: Engine,
    /// For the sequencer.
    pub events: EventSender,
    /// For the compiler.
    pub rigs: RigSender,
    /// For the screen.
    pub meters: Arc<Meters>,
}

/// An engine and the ends of its rings.
pub fn build(config: Config) -> Parts {
    let meters = Arc::new(Meters::new(config.most_strips));
    let (events, inbox) = inbox::rings(config.most_events);
    let (to_engine, rigs) = rtrb::RingBuffer::new(rig::PENDING);
    let (trash, home) =
        rtrb::RingBuffer::new(config.most_strips + config.most_inserts + config.most_programs + rig::PENDING * 4);
    let engine = Engine::new(config, inbox, rigs, trash, Arc::clone(&meters));
    Parts { engine, events, rigs: RigSender::new(config, to_engine, home), meters }
}
