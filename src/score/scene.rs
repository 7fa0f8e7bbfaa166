//! A scene: what plays in a section, or the whole text where no section does.
//!
//! Invariant: everything that a scene needs is in it; two scenes share patterns, never state.

use std::sync::Arc;

use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::model::setting::{Meter, Setting, Swing};
use crate::model::window::Layered;
use crate::pattern::Pattern;

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
    pub swing: Layered<Option<Swing>>,
    /// Its key, `a:minor`, for degrees without a scale.
    pub key: Layered<Option<Pattern>>,
    /// Semitones by which its pitches are moved.
    pub transpose: Layered<Setting>,
    /// What plays, a part a track.
    pub parts: Vec<Part>,
    /// What its strips do.
    pub moves: Vec<Move>,
    /// How long it fades in, in bars.
    pub fade: Time,
    /// How long `fill` is true at its end, in bars.
    pub fill: Time,
}
