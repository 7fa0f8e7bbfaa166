//! Floor 0: what everything else stands on. Time, units, text positions, diagnostics, events, chance.
//!
//! Invariant: nothing here knows of patterns, sound or screens.

pub mod catalog;
pub mod control;
pub mod diagnostic;
pub mod event;
pub mod graph;
pub mod ink;
pub mod insert;
pub mod quality;
pub mod random;
pub mod reel;
pub mod source;
pub mod system;
pub mod time;
pub mod unit;
pub mod units;
pub mod wave;
pub mod zone;
