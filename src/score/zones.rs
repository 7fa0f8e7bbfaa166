//! From zones of files to zones of programs.
//!
//! Invariant: zones whose files cannot be loaded are left out; the others keep their order.

use std::sync::Arc;

use super::compile::{Loader, Programs, VOICES};
use super::plan::{Key, Loop, ProgramKind};
use super::sounds::{BASE, Sound, Zones};
use crate::base::catalog::{Variant, Zoned};
use crate::base::zone::{Accent, Zone};

/// The velocity of a note without one on an instrument whose layers and levels follow velocity, as over MIDI.
const TOUCH: f32 = 0.8;

/// What a zoned sound plays; `None` where none of its files can be loaded.
pub(super) fn zoned(found: &Zoned, name: &str, programs: &mut Programs, loader: &mut dyn Loader) -> Option<Sound> {
    let mut sets = Vec::new();
    for (at, set) in found.sets.iter().enumerate() {
        let zones: Vec<Zone<u32>> = set.iter().filter_map(|zone| program(zone, programs, loader)).collect();
        // The number of a variant stays though it is silent.
        let first = zones.first().map_or(BASE, |zone| zone.root);
        let lone = found.pitched && zones.iter().all(|zone| zone.root == first);
        sets.push(Arc::new(Zones {
            key: Key::of(&["zones", name]).within("set", at),
            rest: if lone { first } else { BASE },
            velocity: if zones.iter().any(|zone| zone.accent != Accent::Linear) { TOUCH } else { 1.0 },
            zones,
        }));
    }
    sets.iter().any(|set| !set.zones.is_empty()).then_some(Sound::Zoned { sets, pitched: found.pitched })
}

fn program(zone: &Zone<Variant>, programs: &mut Programs, loader: &mut dyn Loader) -> Option<Zone<u32>> {
    let sample = loader.load(&zone.audio)?;
    let mut key = Key::of(&["sample"]).within("content", sample.hash as usize);
    let looped = zone.repeats.and_then(|repeats| {
        let frame = |seconds: f64| (seconds * f64::from(sample.rate)).round().clamp(0.0, sample.frames() as f64) as u32;
        Some(Loop { begin: frame(repeats.start), end: frame(repeats.end) }).filter(|looped| looped.begin < looped.end)
    });
    if let Some(Loop { begin, end }) = looped {
        key = key.within("loop", begin as usize).within("end", end as usize);
    }
    Some(zone.with(programs.add(key, ProgramKind::Sample { sample, root: None, looped }, VOICES)))
}
