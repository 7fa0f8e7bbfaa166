//! Which names are controls of events: the voice chain's, those of chords, and what the scope adds.
//!
//! Invariant: an alias becomes the control's own name here, so that later stages know one name.

use super::scope::{ControlName, Scope};
use crate::base::control::{self, Dimension};
use crate::pattern::Name;

/// Controls that are gone before an event reaches an instrument.
const OF_CHORDS: &[(&str, &[&str], Dimension)] = &[
    ("chord", &[], Dimension::Word),
    ("anchor", &[], Dimension::Pitch),
    ("mode", &[], Dimension::Word),
    ("octaves", &[], Dimension::Number),
    ("dictionary", &["dict"], Dimension::Word),
    ("offset", &[], Dimension::Number),
    ("inversion", &[], Dimension::Number),
];

/// What the further values of a list mean: `s("bd:3:.5")`, `lpf("800:10")`.
const LISTS: &[(&str, &[&str])] = &[
    ("s", &["n", "gain"]),
    ("note", &["n"]),
    ("lpf", &["lpq", "lpenv"]),
    ("hpf", &["hpq", "hpenv"]),
    ("bpf", &["bpq", "bpenv"]),
    ("distort", &["distortvol", "distorttype"]),
    ("shape", &["shapevol"]),
    ("phaser", &["phaserdepth", "phasercenter", "phasersweep"]),
    ("compressor", &["compressorRatio", "compressorKnee", "compressorAttack", "compressorRelease"]),
    ("delay", &["delaytime", "delayfeedback"]),
    ("room", &["roomsize"]),
    ("vib", &["vibmod"]),
];

/// Controls of several values at once.
const ENVELOPES: &[(&str, &[&str])] = &[
    ("adsr", &["attack", "decay", "sustain", "release"]),
    ("ad", &["attack", "decay"]),
    ("ar", &["attack", "release"]),
    ("ds", &["decay", "sustain"]),
];

/// The control that a word means.
pub fn find(scope: &dyn Scope, word: &str) -> Option<ControlName> {
    if let Some(own) = scope.control(word) {
        return Some(own);
    }
    let fixed = |names: &[&'static str]| names.iter().map(|name| Name::Fixed(name)).collect::<Vec<_>>();
    if let Some((_, names)) = ENVELOPES.iter().find(|(name, _)| *name == word) {
        return Some(ControlName { names: fixed(names), dimension: Dimension::Duration, plays: true });
    }
    if let Some((name, _, dimension)) =
        OF_CHORDS.iter().find(|(name, aliases, _)| *name == word || aliases.contains(&word))
    {
        // `mode("root:g2")` says where as well.
        let names: &[&'static str] = if *name == "mode" { &["mode", "anchor"] } else { &[name] };
        return Some(ControlName { names: fixed(names), dimension: *dimension, plays: true });
    }
    let control = control::find(word)?;
    let mut names = fixed(&[control.name]);
    if let Some((_, more)) = LISTS.iter().find(|(name, _)| *name == control.name) {
        names.extend(fixed(more));
    }
    Some(ControlName { names, dimension: control.dimension, plays: control.plays })
}

/// All names of controls, for "did you mean".
pub fn names() -> impl Iterator<Item = &'static str> {
    control::CONTROLS
        .iter()
        .flat_map(|control| std::iter::once(control.name).chain(control.aliases.iter().copied()))
        .chain(OF_CHORDS.iter().map(|(name, _, _)| *name))
        .chain(ENVELOPES.iter().map(|(name, _)| *name))
}
