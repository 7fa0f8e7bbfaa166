//! How the outputs are doing, for the screen: numbers that any thread may read at any time.
//!
//! Invariant: callbacks write atomics only; the texts are written by ordinary threads.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the outputs are doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// A device plays.
    Playing,
    /// Without a device because that was asked for (`--audio null`).
    Silent,
    /// There is no device; musical time goes on and one is looked for.
    Looking,
}

/// The outputs' numbers.
#[derive(Debug, Default)]
pub struct Status {
    pub(super) state: AtomicU8,
    pub(super) rate: AtomicU32,
    pub(super) block: AtomicU32,
    pub(super) latency_micros: AtomicU32,
    pub(super) xruns: AtomicU64,
    pub(super) frame: AtomicI64,
    pub(super) freewheeling: AtomicBool,
    pub(super) midi_pending: AtomicBool,
    pub(super) midi_lost: AtomicU64,
    pub(super) midi_late: AtomicU64,
    pub(super) record_lost: AtomicU64,
    name: Mutex<String>,
}

impl Status {
    /// What the outputs are doing.
    pub fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            0 => State::Looking,
            1 => State::Playing,
            _ => State::Silent,
        }
    }

    pub(super) fn set_state(&self, state: State) {
        let code = match state {
            State::Looking => 0,
            State::Playing => 1,
            State::Silent => 2,
        };
        self.state.store(code, Ordering::Relaxed);
    }

    /// The device's name, as `JACK` or `PulseAudio: Built-in Audio`; empty while there is none.
    pub fn name(&self) -> String {
        self.lock_name().clone()
    }

    pub(super) fn set_name(&self, name: &str) {
        name.clone_into(&mut self.lock_name());
    }

    fn lock_name(&self) -> MutexGuard<'_, String> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The device's rate in frames a second; the engine's may differ (see [`super::Outputs::rate`]).
    pub fn rate(&self) -> u32 {
        self.rate.load(Ordering::Relaxed)
    }

    /// Frames in the last callback.
    pub fn block(&self) -> u32 {
        self.block.load(Ordering::Relaxed)
    }

    /// From the callback to the loudspeaker, in ms, as far as the system says.
    pub fn latency_ms(&self) -> f64 {
        f64::from(self.latency_micros.load(Ordering::Relaxed)) / 1000.0
    }

    /// How often the device ran dry since the start.
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Ordering::Relaxed)
    }

    /// Frames computed so far.
    pub fn frame(&self) -> i64 {
        self.frame.load(Ordering::Relaxed)
    }

    /// Whether JACK runs as fast as it can, so that the callback must pull the sequencer inline.
    pub fn is_freewheeling(&self) -> bool {
        self.freewheeling.load(Ordering::Acquire)
    }

    /// MIDI messages that found no room, or no port.
    pub fn midi_lost(&self) -> u64 {
        self.midi_lost.load(Ordering::Relaxed)
    }

    /// MIDI messages that were sent more than 5 ms after their time.
    pub fn midi_late(&self) -> u64 {
        self.midi_late.load(Ordering::Relaxed)
    }

    /// Frames that the recording misses because the disk was too slow.
    pub fn record_lost(&self) -> u64 {
        self.record_lost.load(Ordering::Relaxed)
    }
}
