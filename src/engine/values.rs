//! The values of a note: what it said, within the bounds of the table, and the table's defaults for the rest.
//!
//! Invariant: every value is finite and in the range of its control, whatever an event carried.

use crate::base::control::{CONTROLS, slot};
use crate::base::event::SlotValue;
use crate::dsp::math::tame;

/// How many buses a voice sends to at most; what comes after is left out.
pub(super) const SENDS: usize = 6;

/// Default, lowest and highest of each slot.
#[derive(Debug)]
pub(super) struct Bounds([(f32, f32, f32); slot::COUNT]);

impl Bounds {
    pub(super) fn new() -> Bounds {
        let mut bounds = [(0.0, f32::MIN, f32::MAX); slot::COUNT];
        for control in CONTROLS {
            if let Some(bound) = control.slot.and_then(|slot| bounds.get_mut(usize::from(slot))) {
                *bound = (control.default, control.low, control.high);
            }
        }
        bounds[usize::from(slot::GATED)] = (0.0, 0.0, 1.0);
        bounds[usize::from(slot::DUR)] = (0.0, 0.0, 1e6);
        Bounds(bounds)
    }
}

/// The values of one note.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    numbers: [f32; slot::COUNT],
    given: u64,
    /// Index of a strip in the plan, and a linear factor.
    pub(super) sends: [(u16, f32); SENDS],
    pub(super) send_count: usize,
}

impl Values {
    pub(super) fn new(bounds: &Bounds, values: &[SlotValue]) -> Values {
        let numbers = bounds.0.map(|(default, _, _)| default);
        let mut new = Values { numbers, given: 0, sends: [(0, 0.0); SENDS], send_count: 0 };
        new.change(bounds, values);
        new
    }

    /// Takes other values; what is not named stays.
    pub(super) fn change(&mut self, bounds: &Bounds, values: &[SlotValue]) {
        for &(at, value) in values {
            // A default may lie outside of the range where it means that a part of the chain is off.
            if let Some(&(default, low, high)) = bounds.0.get(usize::from(at)) {
                self.numbers[usize::from(at)] = if value == default { value } else { tame(value, default, low, high) };
                self.given |= 1 << at;
            } else if at >= slot::SEND {
                self.change_send(at - slot::SEND, tame(value, 0.0, 0.0, 8.0));
            }
        }
    }

    fn change_send(&mut self, strip: u16, level: f32) {
        let known = self.sends[..self.send_count].iter().position(|send| send.0 == strip);
        if let Some(at) = known {
            self.sends[at].1 = level;
        } else if self.send_count < SENDS {
            self.sends[self.send_count] = (strip, level);
            self.send_count += 1;
        }
    }

    pub(super) fn get(&self, at: u16) -> f32 {
        self.numbers[usize::from(at)]
    }

    pub(super) fn given(&self, at: u16) -> bool {
        self.given & (1 << at) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wild_gets_in() {
        let bounds = Bounds::new();
        let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];
        for value in wild {
            let all: Vec<_> = (0..slot::COUNT as u16).map(|at| (at, value)).chain([(slot::SEND + 2, value)]).collect();
            let values = Values::new(&bounds, &all);
            assert!(values.numbers.iter().all(|number| number.is_finite()));
            assert!((0.0..=8.0).contains(&values.sends[0].1));
        }
    }

    #[test]
    fn what_is_not_given_is_the_default() {
        let values = Values::new(&Bounds::new(), &[(slot::GAIN, 0.5)]);
        assert_eq!((values.get(slot::GAIN), values.get(slot::PAN)), (0.5, 0.5));
        assert!(values.given(slot::GAIN) && !values.given(slot::PAN));
    }
}
