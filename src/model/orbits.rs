//! Orbits: `.orbit(2)` gives a track a `room` and a `delay` of its own, copies of the two that are there.
//!
//! Invariant: orbit 1 is the pair itself; a copy differs from its original in its name and in nothing else.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::piece::{Insert, Role, Section, Strip, Track};
use crate::base::insert;
use crate::pattern::{Pattern, Value};

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

/// The word that stands where a `duck` names who strikes it, for one that hits strike by `.duck(2)`.
pub fn struck_by(orbit: i64) -> String {
    format!("orbit {orbit}")
}

/// Whether an event that carries this value of `duck` strikes an orbit.
pub fn strikes(value: &Value, orbit: i64) -> bool {
    match value {
        Value::List(list) => list.iter().any(|value| strikes(value, orbit)),
        value => value.number().is_some_and(|number| number.round() as i64 == orbit),
    }
}

/// The orbits that patterns of a track name, and those whose tracks they duck.
fn named(patterns: &[&Pattern]) -> [BTreeSet<i64>; 2] {
    fn add(value: &Value, out: &mut BTreeSet<i64>) {
        match value {
            Value::List(list) => list.iter().for_each(|value| add(value, out)),
            value => out.extend(value.number().map(|number| number.round() as i64)),
        }
    }
    let mut out = [BTreeSet::new(), BTreeSet::new()];
    for pattern in patterns {
        pattern.visit_literals(&mut |control, value, _| match control {
            Some("orbit") => add(value, &mut out[0]),
            Some("duck") => add(value, &mut out[1]),
            _ => {}
        });
    }
    for numbers in &mut out {
        numbers.retain(|number| (1..=MOST).contains(number));
    }
    out
}

/// What each track plays anywhere; what plays the same comes once.
fn patterns<'a>(tracks: &'a [Track], sections: &'a [Section]) -> HashMap<&'a str, Vec<&'a Pattern>> {
    let mut out: HashMap<&str, Vec<&Pattern>> = HashMap::new();
    let mut add = |name: &'a str, pattern: &'a Pattern| {
        let known = out.entry(name).or_default();
        if !known.iter().any(|other| other.hash() == pattern.hash()) {
            known.push(pattern);
        }
    };
    for (name, layers) in sections.iter().flat_map(|section| &section.tracks) {
        let layers = layers.overlays.iter().map(|(_, layer)| layer).chain([&layers.base]);
        layers.flatten().for_each(|pattern| add(name, pattern));
    }
    for track in tracks {
        track.pattern.iter().for_each(|pattern| add(&track.name, pattern));
    }
    out
}

/// Adds the buses of every orbit that a pattern names, before the master; and to the strips of an orbit that some
/// pattern ducks, what gives way.
pub(super) fn add(strips: &mut Vec<Strip>, tracks: &[Track], sections: &[Section]) {
    let mut orbits = BTreeSet::new();
    let mut ducked = BTreeSet::new();
    let mut members: Vec<(&str, BTreeSet<i64>)> = Vec::new();
    let played = patterns(tracks, sections);
    for track in tracks {
        let [own, ducks] = named(played.get(&*track.name).map_or(&[], Vec::as_slice));
        ducked.extend(ducks);
        orbits.extend(own.iter().copied());
        members.push((&track.name, if own.is_empty() { BTreeSet::from([1]) } else { own }));
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
            if ducked.contains(&orbit) {
                copy.inserts.extend(giving_way(orbit));
            }
            copies.push(copy);
        }
    }
    for (member, own) in members {
        let Some(strip) = strips.iter_mut().find(|strip| *strip.name == *member) else { continue };
        for orbit in own.intersection(&ducked) {
            strip.inserts.extend(giving_way(*orbit));
        }
    }
    strips.splice(master..master, copies);
}

/// The insert that hits with `.duck(orbit)` strike.
fn giving_way(orbit: i64) -> Option<Insert> {
    let word: Arc<str> = struck_by(orbit).into();
    let mut insert = Insert::new(Some(Arc::clone(&word)), insert::find("duck")?, Vec::new());
    let by = insert.info.parameters.iter().position(|parameter| parameter.name == "by")?;
    insert.words.push((by, word));
    Some(insert)
}
