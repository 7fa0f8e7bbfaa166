//! Controls of the voice chain on a track over MIDI, which nothing plays unless a label maps them.
//!
//! Invariant: a control is said once in a track; what the track plays is judged by the sounds that its text names.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::control;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::pattern::Pattern;

/// What every MIDI instrument understands, without a label of its own.
const OVER_MIDI: &[&str] = &[
    "s",
    "bank",
    "n",
    "note",
    "velocity",
    "clip",
    "freq",
    "dur",
    "program",
    "midichan",
    "midibend",
    "miditouch",
    "ccn",
    "ccv",
    "nrpnn",
    "nrpv",
    "duck",
    "duckdepth",
    "duckattack",
    "duckonset",
    "chord",
    "anchor",
    "mode",
    "octaves",
    "dictionary",
    "offset",
    "color",
    "pitchshift",
];

/// The MIDI instruments of a piece, each with the controls that its labels map.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned {
    /// By name.
    pub midi: BTreeMap<String, BTreeSet<String>>,
}

impl Owned {
    /// Warnings about the controls of a pattern that plays these sounds and banks.
    pub(super) fn check(
        &self,
        pattern: &Pattern,
        sounds: &[(String, Place)],
        banks: &[(String, Place)],
    ) -> Vec<Diagnostic> {
        let is_midi = |(name, _): &&(String, Place)| self.midi.contains_key(name);
        let Some((instrument, _)) = banks.iter().chain(sounds).find(is_midi) else { return Vec::new() };
        // A bank that is a MIDI instrument plays all of the track's sounds.
        if !banks.iter().any(|bank| is_midi(&bank)) && !sounds.iter().all(|sound| is_midi(&sound)) {
            return Vec::new();
        }
        let mut used: BTreeMap<String, Place> = BTreeMap::new();
        pattern.visit_literals(&mut |control, _, place| {
            if let Some(control) = control {
                used.entry(control.to_owned()).or_insert(place);
            }
        });
        let playing = || sounds.iter().chain(banks).filter_map(|(name, _)| self.midi.get(name));
        let unmapped = |control: &str| !playing().any(|labels| labels.contains(control));
        used.iter()
            .filter(|(name, _)| control::find(name).is_some() && !OVER_MIDI.contains(&name.as_str()) && unmapped(name))
            .map(|(name, place)| self.not_mapped(name, instrument, *place))
            .collect()
    }

    fn not_mapped(&self, control: &str, instrument: &str, place: Place) -> Diagnostic {
        let message = format!("`{instrument}` plays over MIDI and has no `{control}`");
        let said = Diagnostic::warning("control-not-played", place, message).label("nothing plays this");
        let labels = self.midi.get(instrument).into_iter().flatten().map(String::as_str);
        match (control, nearest(control, labels)) {
            ("gain", _) => said.help("how hard a note is struck is .velocity(.8)"),
            (_, Some(near)) => said.help(format!("did you mean `{near}`?")),
            _ => said.help(format!("map it: midi {instrument} {{ {control}: cc(74) }}")),
        }
    }
}
