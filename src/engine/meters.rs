//! What the engine shows: peaks, counts.
//!
//! Invariant: atomics only; a reader never waits and never makes the engine wait.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// What is shown.
#[derive(Debug)]
pub struct Meters {
    strips: Vec<[AtomicU32; 2]>,
    master: [AtomicU32; 2],
    pub(super) voices: AtomicU32,
    pub(super) late: AtomicU64,
    pub(super) dropped: AtomicU64,
}

impl Meters {
    pub(super) fn new(strips: usize) -> Meters {
        Meters {
            strips: (0..strips).map(|_| Default::default()).collect(),
            master: Default::default(),
            voices: AtomicU32::new(0),
            late: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// The peaks of a strip, left and right, since they were last taken; 1 is full scale. `strip` is its index in the
    /// plan of the rig that plays.
    pub fn take(&self, strip: usize) -> (f32, f32) {
        self.strips.get(strip).map_or((0.0, 0.0), take)
    }

    /// The peaks of what goes to the speakers since they were last taken.
    pub fn take_master(&self) -> (f32, f32) {
        take(&self.master)
    }

    /// How many voices sound.
    pub fn voices(&self) -> u32 {
        self.voices.load(Relaxed)
    }

    /// How many events and rigs came after their frame.
    pub fn late(&self) -> u64 {
        self.late.load(Relaxed)
    }

    /// How many events were dropped, because they named nothing in the rig.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    pub(super) fn count_late(&self) {
        self.late.fetch_add(1, Relaxed);
    }

    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Relaxed);
    }

    pub(super) fn show(&self, strip: usize, left: &[f32], right: &[f32]) {
        if let Some(meter) = self.strips.get(strip) {
            show(meter, left, right);
        }
    }

    pub(super) fn show_master(&self, left: &[f32], right: &[f32]) {
        show(&self.master, left, right);
    }
}

fn take(meter: &[AtomicU32; 2]) -> (f32, f32) {
    (f32::from_bits(meter[0].swap(0, Relaxed)), f32::from_bits(meter[1].swap(0, Relaxed)))
}

fn show(meter: &[AtomicU32; 2], left: &[f32], right: &[f32]) {
    for (peak, channel) in meter.iter().zip([left, right]) {
        // Bits of floats that are not negative are in the order of the floats.
        let most = channel.iter().fold(0.0f32, |most, frame| most.max(frame.abs()));
        if most > 0.0 {
            peak.fetch_max(most.to_bits(), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_held_until_it_is_taken() {
        let meters = Meters::new(2);
        meters.show(1, &[0.1, -0.7], &[0.2, 0.0]);
        meters.show(1, &[0.3], &[0.1]);
        assert_eq!(meters.take(1), (0.7, 0.2));
        assert_eq!(meters.take(1), (0.0, 0.0));
        assert_eq!(meters.take(9), (0.0, 0.0));
    }
}
