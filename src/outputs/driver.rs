//! What every driver has in common: a life sign, a description, and a way to be tended.
//!
//! Invariant: a driver's callbacks tell the supervisor what happened through [`Signs`] only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::base::diagnostic::Diagnostic;

/// Signs of life, from callbacks to the supervisor.
#[derive(Debug, Default)]
pub(super) struct Signs {
    beats: AtomicU64,
    failed: AtomicBool,
}

impl Signs {
    /// From the callback: another block.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Release);
    }

    /// How many blocks so far.
    pub(super) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Acquire)
    }

    /// From the error callback: the stream is lost.
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// Whether the stream is lost.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

/// An open stream. Dropping it closes it, which may hang: only on a spare thread.
pub(super) trait Driver: Send {
    /// Its seat's number on the stage.
    fn seat(&self) -> u64;

    /// Its signs of life.
    fn signs(&self) -> &Arc<Signs>;

    /// What to call it: `JACK`, `PulseAudio: Built-in Audio`.
    fn name(&self) -> &str;

    /// Frames a second.
    fn rate(&self) -> u32;

    /// From the callback to the loudspeaker, in microseconds; `None` when a callback reports it.
    fn latency_micros(&self) -> Option<u32> {
        None
    }

    /// Whether it carries MIDI itself.
    fn carries_midi(&self) -> bool {
        false
    }

    /// The names of the MIDI ports, in the order of their indices.
    fn set_ports(&mut self, _names: &[String]) {}

    /// Now and then: connects what has come up since, and says what there is to say.
    fn tend(&mut self) -> Vec<Diagnostic> {
        Vec::new()
    }
}
