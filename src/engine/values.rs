//! The values of a voice, tamed: finite, within the ranges of the table of controls.
//!
//! Invariant: whatever an event carried, what is read here is a number that the voice chain can bear.

use std::sync::OnceLock;

use crate::base::control::{CONTROLS, slot};
use crate::base::event::SlotValue;

/// Sends of one voice.
pub(super) const MOST_SENDS: usize = 4;

/// Values by slot, and which of them the event gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    slots: [f32; slot::COUNT],
    given: u128,
}

struct Ranges {
    defaults: [f32; slot::COUNT],
    low: [f32; slot::COUNT],
    high: [f32; slot::COUNT],
}

fn ranges() -> &'static Ranges {
    static RANGES: OnceLock<Ranges> = OnceLock::new();
    RANGES.get_or_init(|| {
        let mut ranges = Ranges { defaults: [0.0; slot::COUNT], low: [0.0; slot::COUNT], high: [1e6; slot::COUNT] };
        for control in CONTROLS {
            if let Some(slot) = control.slot {
                let at = usize::from(slot);
                ranges.defaults[at] = control.default;
                ranges.low[at] = control.low;
                ranges.high[at] = control.high;
            }
        }
        ranges.low[usize::from(slot::SPEED_REST)] = -1.0;
        ranges.defaults[usize::from(slot::ZONE_GAIN)] = 1.0;
        ranges.low[usize::from(slot::ZONE_PAN)] = -1.0;
        ranges.high[usize::from(slot::ZONE_PAN)] = 1.0;
        ranges
    })
}

impl Values {
    /// The defaults; the first call builds the table, so make it outside the callback.
    pub(super) fn new() -> Values {
        Values { slots: ranges().defaults, given: 0 }
    }

    /// As in other values, given or not.
    pub(super) fn copy(&mut self, slot: u16, from: &Values) {
        let at = usize::from(slot);
        if let (Some(to), Some(from_value)) = (self.slots.get_mut(at), from.slots.get(at)) {
            *to = *from_value;
            self.given = self.given & !(1 << at) | from.given & 1 << at;
        }
    }

    /// Takes a value, or nothing where it is no number; whether the slot is one of the chain.
    pub(super) fn set(&mut self, (slot, value): SlotValue) -> bool {
        let at = usize::from(slot);
        if at >= slot::COUNT || value.is_nan() {
            return false;
        }
        let ranges = ranges();
        self.slots[at] = value.clamp(ranges.low[at], ranges.high[at]);
        self.given |= 1 << at;
        true
    }

    /// The value of a slot.
    pub(super) fn get(&self, slot: u16) -> f32 {
        self.slots.get(usize::from(slot)).copied().unwrap_or(0.0)
    }

    /// Whether the event gave it.
    pub(super) fn has(&self, slot: u16) -> bool {
        self.given & (1 << u128::from(slot)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_out_of_range_is_tamed() {
        let mut values = Values::new();
        assert_eq!(values.get(slot::NOTE), 48.0);
        assert!(!values.set((slot::NOTE, f32::NAN)));
        values.set((slot::GAIN, f32::INFINITY));
        values.set((slot::PAN, -4.0));
        assert_eq!((values.get(slot::NOTE), values.get(slot::GAIN), values.get(slot::PAN)), (48.0, 8.0, 0.0));
        assert!(!values.has(slot::NOTE) && values.has(slot::PAN));
        assert!(!values.set((slot::SEND, 1.0)));
    }
}
