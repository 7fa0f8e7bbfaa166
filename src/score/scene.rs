//! A scene: what plays in a section, or the whole text where no section does.
//!
//! Invariant: everything that a scene needs is in it; two scenes share patterns, never state.

use std::sync::Arc;

use super::window::Layered;
use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::pattern::Pattern;

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

/// What a track plays in a scene; `None` is silence.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The track, as an index into the score's tracks.
    pub track: usize,
    /// Its pattern, and what overlays it.
    pub pattern: Layered<Option<Pattern>>,
}

/// A strip's parameter that moves, or that a scene sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The strip, as an index into the plan's strips.
    pub strip: usize,
    /// Its parameter ([`crate::base::event::address`]).
    pub address: u32,
    /// How its values are read.
    pub dimension: Dimension,
    /// What it is, and what overlays it.
    pub value: Layered<Setting>,
}

/// What plays while a section runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The section's name; empty for the whole text.
    pub name: Arc<str>,
    /// Its length; without one it loops until another is launched.
    pub bars: Option<Time>,
    /// Whether patterns run on through its start.
    pub continues: bool,
    /// Quarter notes a minute.
    pub tempo: Layered<Setting>,
    /// Its meter.
    pub meter: Meter,
    /// Its swing.
    pub swing: Option<Swing>,
    /// What plays, a part a track.
    pub parts: Vec<Part>,
    /// What its strips do.
    pub moves: Vec<Move>,
    /// How long it fades in, in bars.
    pub fade: Time,
    /// How long `fill` is true at its end, in bars.
    pub fill: Time,
}
