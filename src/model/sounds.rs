//! Which names the text may use in `s` and `bank`, and what to say of the others.
//!
//! Invariant: an unknown name is said once, at its first place in a track.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lacks::Owned;
use super::piece::{Mapping, Midi};
use crate::base::catalog::{Catalog, Kit, bank_named};
use crate::base::control;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::base::wave::WAVES;
use crate::pattern::{Pattern, Value};

/// Every sound and bank of a piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    plain: BTreeSet<String>,
    banks: BTreeMap<String, BTreeSet<String>>,
    /// The controls of its own that a synth or a MIDI instrument plays.
    own: BTreeMap<String, BTreeSet<String>>,
    /// Instruments whose text cannot be read: that has been said.
    pub unread: BTreeSet<String>,
    /// MIDI instruments with their labels.
    pub owned: Owned,
}

/// What people call the sounds of a drum kit.
const INSTEAD: &[(&str, &str)] = &[
    ("kick", "bd"),
    ("bassdrum", "bd"),
    ("bass_drum", "bd"),
    ("snare", "sd"),
    ("sn", "sd"),
    ("hat", "hh"),
    ("hihat", "hh"),
    ("hats", "hh"),
    ("ch", "hh"),
    ("openhat", "oh"),
    ("ho", "oh"),
    ("clap", "cp"),
    ("rimshot", "rim"),
    ("rs", "rim"),
    ("tom", "mt"),
    ("lowtom", "lt"),
    ("hightom", "ht"),
    ("ride", "rd"),
    ("crash", "cr"),
    ("cymbal", "cr"),
    ("cowbell", "cb"),
    ("shaker", "sh"),
    ("noise", "white"),
];

impl Names {
    /// The built-in sounds, and those of the text.
    pub(super) fn of(
        catalog: &Catalog,
        kits: &[Arc<str>],
        instruments: &[Arc<str>],
        midis: &[Midi],
        later: &[Arc<str>],
    ) -> Names {
        let mut names = Names::default();
        names.plain.extend(WAVES.iter().map(|(name, ..)| (*name).to_owned()));
        names.plain.extend(catalog.builtin.sounds.keys().cloned());
        names.plain.extend(later.iter().chain(instruments).map(ToString::to_string));
        for name in kits {
            if let Some(kit) = catalog.kits.get(&**name) {
                names.kit(name, kit);
            } else {
                names.banks.entry(name.to_string()).or_default();
            }
        }
        for midi in midis {
            names.plain.insert(midi.name.to_string());
            names.plays(&midi.name, midi.mappings.iter().map(|(name, _)| &**name));
            let notes = midi.mappings.iter().filter(|(_, mapping)| matches!(mapping, Mapping::Note(_)));
            names.banks.insert(midi.name.to_string(), notes.map(|(name, _)| name.to_string()).collect());
            let controls = midi.mappings.iter().filter(|(_, mapping)| !matches!(mapping, Mapping::Note(_)));
            names.owned.midi.insert(midi.name.to_string(), controls.map(|(name, _)| name.to_string()).collect());
        }
        names
    }

    /// A sound plays controls of its own.
    pub(super) fn plays<'n>(&mut self, sound: &str, controls: impl Iterator<Item = &'n str>) {
        self.own.entry(sound.to_owned()).or_default().extend(controls.map(str::to_owned));
    }

    /// Controls that are some instrument's own, but of none that this pattern plays.
    fn unplayed(&self, used: &[(String, Place)], by: &[(String, Place)]) -> Vec<Diagnostic> {
        let plays = |name: &str, of: &str| self.own.get(of).is_some_and(|own| own.contains(name));
        let mut said: Vec<Diagnostic> = Vec::new();
        for (name, place) in used {
            if by.is_empty() || control::find(name).is_some() || by.iter().any(|(of, _)| plays(name, of)) {
                continue;
            }
            let owners: Vec<&str> =
                self.own.iter().filter(|(_, own)| own.contains(name)).map(|(of, _)| of.as_str()).collect();
            if owners.is_empty() {
                continue;
            }
            let message = format!("nothing here plays `{name}`");
            if !said.iter().any(|other| other.message == message) {
                said.push(
                    Diagnostic::warning("control-not-played", *place, message)
                        .label(format!("`{}` has no `{name}`", by[0].0))
                        .help(format!("it belongs to {}: .s(\"{}\")", owners.join(", "), owners[0])),
                );
            }
        }
        said
    }

    fn kit(&mut self, name: &str, kit: &Kit) {
        if name.is_empty() {
            self.plain.extend(kit.names().cloned());
        } else {
            self.banks.entry(name.to_owned()).or_default().extend(kit.names().cloned());
        }
        for (name, kit) in &kit.banks {
            self.kit(name, kit);
        }
    }

    /// The names of a bank: by its own name, by its end, or by the start of plain sounds (`tr909` of `tr909_bd`).
    fn bank(&self, word: &str) -> Option<BTreeSet<&str>> {
        if let Some(bank) = bank_named(self.banks.keys().map(String::as_str), word) {
            return self.banks.get(bank).map(|names| names.iter().map(String::as_str).collect());
        }
        let rest = |name: &'_ String| name.strip_prefix(word)?.strip_prefix('_').map(str::len);
        let names: BTreeSet<&str> =
            self.plain.iter().filter_map(|name| Some(&name[name.len() - rest(name)?..])).collect();
        (!names.is_empty()).then_some(names)
    }

    /// What is wrong with the names in a pattern. Names are looked for in the banks that the pattern uses, then
    /// among the plain ones.
    pub(super) fn check(&self, pattern: &Pattern) -> Vec<Diagnostic> {
        let mut sounds: Vec<(String, Place)> = Vec::new();
        let mut banks: Vec<(String, Place)> = Vec::new();
        let mut used: Vec<(String, Place)> = Vec::new();
        pattern.visit_literals(&mut |control, value, place| {
            if let Some(control) = control.filter(|control| !matches!(*control, "s" | "bank" | "note" | "n")) {
                used.push((control.to_owned(), place));
            }
            let Some(word) = word(value) else { return };
            match control {
                Some("s") => sounds.push((word, place)),
                Some("bank") => banks.push((word, place)),
                _ => {}
            }
        });
        sounds.sort_by_key(|(_, place)| *place);
        used.sort_by_key(|(_, place)| *place);
        let players: Vec<(String, Place)> = sounds.iter().chain(&banks).cloned().collect();
        let mut said = self.unplayed(&used, &players);
        said.extend(self.owned.check(pattern, &sounds, &banks));
        let mut told: BTreeSet<String> = BTreeSet::new();
        for (bank, place) in &banks {
            if self.bank(bank).is_none() && !self.unread.contains(bank) && told.insert(format!("bank {bank}")) {
                let error = Diagnostic::error("unknown-bank", *place, format!("unknown bank `{bank}`"));
                said.push(match nearest(bank, self.banks.keys().map(String::as_str)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("a bank is a kit or a MIDI instrument: kit {bank} 'folder'")),
                });
            }
        }
        let named: Vec<Option<BTreeSet<&str>>> = banks.iter().map(|(bank, _)| self.bank(bank)).collect();
        // A bank that is unknown has been said; its sounds cannot be judged.
        let judged = named.iter().all(Option::is_some);
        let named: Vec<&BTreeSet<&str>> = named.iter().flatten().collect();
        for (sound, place) in &sounds {
            let known = self.plain.contains(sound)
                || self.unread.contains(sound)
                || named.iter().any(|names| names.contains(sound.as_str()));
            if known || !judged || matches!(sound.as_str(), "~" | "-" | "silence") || !told.insert(sound.clone()) {
                continue;
            }
            let error = Diagnostic::error("unknown-sound", *place, format!("unknown sound `{sound}`"));
            let here = named.iter().copied().flatten().copied().chain(self.plain.iter().map(String::as_str));
            let parts: Vec<&str> = sound.split(['.', '-']).collect();
            if parts.len() > 1 && parts.iter().all(|part| self.plain.contains(*part)) {
                said.push(error.help(format!("steps have blanks between them: \"{}\"", parts.join(" "))));
                continue;
            }
            let meant = INSTEAD.iter().find(|(typed, _)| typed.eq_ignore_ascii_case(sound)).map(|(_, name)| *name);
            let meant = meant.filter(|name| self.plain.contains(*name));
            said.push(match meant.or_else(|| nearest(sound, here)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None if self.banks.values().any(|names| names.contains(sound)) => {
                    let bank = self.banks.iter().find(|(_, names)| names.contains(sound)).map_or("", |(bank, _)| bank);
                    error.help(format!("it is in the bank `{bank}`: .bank(\"{bank}\")"))
                }
                None => error
                    .help("sounds: bd sd hh oh cp rim lt mt ht rd cr cb sh, and sine triangle sawtooth square pluck …"),
            });
        }
        said
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::List(list) => word(list.first()?),
        Value::Word(word) => Some(word.to_string()),
        Value::Number(_) | Value::Float(_) => Some(value.to_string()),
        _ => None,
    }
}
