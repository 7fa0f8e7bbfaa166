//! What the screen reads while the engine runs: peaks, counters, the frame.
//!
//! Invariant: atomics only. A peak is the bits of a positive float, so that an unsigned maximum is the maximum.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::score::plan::Key;

/// The meter of one strip.
#[derive(Debug, Default)]
pub struct StripMeter {
    key: AtomicU64,
    left: AtomicU32,
    right: AtomicU32,
}

impl StripMeter {
    pub(super) fn name(&self, key: Option<Key>) {
        self.key.store(key.map_or(0, |key| key.0), Relaxed);
    }

    pub(super) fn peak(&self, left: f32, right: f32) {
        raise(&self.left, left);
        raise(&self.right, right);
    }

    fn take(&self) -> (f32, f32) {
        (f32::from_bits(self.left.swap(0, Relaxed)), f32::from_bits(self.right.swap(0, Relaxed)))
    }
}

fn raise(meter: &AtomicU32, level: f32) {
    // NaN's bits would be above every number's. A look first: only a new peak needs the bus.
    let bits = level.abs().to_bits();
    if !level.is_nan() && bits > meter.load(Relaxed) {
        meter.fetch_max(bits, Relaxed);
    }
}

/// The meters of an engine.
#[derive(Debug)]
pub struct Meters {
    strips: Vec<StripMeter>,
    output: StripMeter,
    /// The next frame to be computed.
    pub frame: AtomicI64,
    /// Which version of the rig sounds.
    pub generation: AtomicU32,
    /// Frames by which the master path is late.
    pub latency: AtomicU32,
    /// Voices that sound.
    pub voices: AtomicU32,
    /// Voices that were stolen.
    pub stolen: AtomicU64,
    /// Events that came after their frame, which sounded at once; and blocks of long samples that were not read in time,
    /// which were silent.
    pub late: AtomicU64,
    /// Swaps whose rig was not there yet.
    pub late_swaps: AtomicU64,
    /// Events that could not be played: of a program or strip that is not there.
    pub dropped: AtomicU64,
    /// Voices cut without a fade, because even the spare ones were fading.
    pub overflows: AtomicU64,
}

impl Meters {
    pub(super) fn new(strips: usize) -> Meters {
        Meters {
            strips: (0..strips).map(|_| StripMeter::default()).collect(),
            output: StripMeter::default(),
            frame: AtomicI64::new(0),
            generation: AtomicU32::new(0),
            latency: AtomicU32::new(0),
            voices: AtomicU32::new(0),
            stolen: AtomicU64::new(0),
            late: AtomicU64::new(0),
            late_swaps: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            overflows: AtomicU64::new(0),
        }
    }

    pub(super) fn strip(&self, slot: usize) -> Option<&StripMeter> {
        self.strips.get(slot)
    }

    pub(super) fn output(&self) -> &StripMeter {
        &self.output
    }

    /// The strip's peaks (linear, left and right, after the fader) since the last time it was asked.
    pub fn take_strip(&self, key: Key) -> Option<(f32, f32)> {
        self.strips.iter().find(|strip| strip.key.load(Relaxed) == key.0).map(StripMeter::take)
    }

    /// The peaks of what goes to the speakers since the last time it was asked.
    pub fn take_output(&self) -> (f32, f32) {
        self.output.take()
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
