//! Settings: values that hold for a scene, plain or as patterns.
//!
//! Invariant: a plain setting is in its slot's base unit; a pattern is converted when it is read.

use crate::base::time::Time;
use crate::pattern::Pattern;

/// The fastest tempo that plays, in quarter notes a minute, whatever a pattern says.
pub const FASTEST: f64 = 4000.0;

/// A value that a setting or a fader has: plain, or a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// The same always.
    Plain(f64),
    /// Read where the slot says (LANGUAGE, "When a value is read").
    Pattern(Pattern),
}

/// `meter 7/8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Meter {
    /// How many.
    pub count: u32,
    /// Of which notes: 4 is quarters.
    pub unit: u32,
}

impl Meter {
    /// 4/4.
    pub const COMMON: Meter = Meter { count: 4, unit: 4 };

    /// How many quarter notes a bar has.
    pub fn quarters(self) -> Time {
        Time::new(4 * i64::from(self.count), i64::from(self.unit.max(1)))
    }
}

/// `swing 54%` (of sixteenths) or `swing 60% 1/8`.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// How much of a pair its first half takes: .5 is straight.
    pub share: Setting,
    /// The length of one half of a pair, in quarter notes: 1/4 for sixteenths.
    pub grid: Time,
}
