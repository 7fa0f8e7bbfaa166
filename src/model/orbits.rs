//! Orbits: `.orbit(2)` gives a track a `room` and a `delay` of its own, copies of the two that are there.
//!
//! Invariant: orbit 1 is the pair itself; a copy differs from its original in its name and in nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::piece::{self, Role, Section, Strip, Track};
use crate::pattern::Value;

/// The highest orbit.
pub const MOST: i64 = 16;

/// The built-in buses, which orbits copy.
pub const PAIR: [&str; 2] = ["room", "delay"];

/// What an orbit's copy of a bus is called.
pub fn name(bus: &str, orbit: i64) -> String {
    if orbit == 1 { bus.to_owned() } else { format!("{bus} {orbit}") }
}

/// The orbit that a value means; what is no orbit is the first.
pub fn number(value: &Value) -> i64 {
    value.number().map_or(1, |number| number.round() as i64).clamp(1, MOST)
}

/// Adds the buses of every orbit that a pattern names, before the master.
pub(super) fn add(strips: &mut Vec<Strip>, tracks: &[Track], sections: &[Section]) {
    let mut orbits = BTreeSet::new();
    for pattern in piece::patterns(tracks, sections) {
        pattern.visit_literals(&mut |control, value, _| {
            if control == Some("orbit") {
                orbits.insert(number(value));
            }
        });
    }
    let master = strips.iter().position(|strip| strip.role == Role::Master).unwrap_or(strips.len());
    let mut copies = Vec::new();
    for orbit in orbits.into_iter().filter(|orbit| *orbit != 1) {
        for bus in PAIR {
            let Some(original) = strips.iter().find(|strip| *strip.name == *bus) else { continue };
            let mut copy = Strip { name: Arc::from(name(bus, orbit)), ..original.clone() };
            for send in copy.sends.iter_mut().filter(|send| PAIR.contains(&&*send.bus)) {
                send.bus = Arc::from(name(&send.bus, orbit));
            }
            copies.push(copy);
        }
    }
    strips.splice(master..master, copies);
}
