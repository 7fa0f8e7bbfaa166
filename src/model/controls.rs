//! Which names are controls of events: the voice chain's, those of chords, and what the scope adds.
//!
//! Invariant: an alias becomes the control's own name here, so that later stages know one name.

use super::scope::{ControlName, Scope};
use crate::base::control::{self, Dimension};
use crate::pattern::Name;

/// A control that stands for others, or is gone before an event reaches an instrument.
#[derive(Clone, Copy, Debug)]
pub struct Special {
    /// Its name.
    pub name: &'static str,
    /// Its other names.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub dimension: Dimension,
    /// The controls that it sets.
    pub sets: &'static [&'static str],
    /// What it does.
    pub doc: &'static str,
    /// A line that sounds.
    pub example: &'static str,
}

const fn of_chords(name: &'static str, dimension: Dimension, doc: &'static str, example: &'static str) -> Special {
    Special { name, aliases: &[], dimension, sets: &[], doc, example }
}

/// Controls of chords, which `voicing` uses up.
pub const OF_CHORDS: &[Special] = &[
    of_chords(
        "chord",
        Dimension::Word,
        "The chord that `voicing` and `rootNotes` make notes of.",
        "chord(\"<Am7 Dm7 G7 C^7>\").voicing().s(\"triangle\")",
    ),
    of_chords(
        "anchor",
        Dimension::Pitch,
        "The note near which `voicing` lays a chord out; c5 without it.",
        "chord(\"<Am7 Dm7>\").anchor(\"<c4 c5>\").voicing().s(\"triangle\")",
    ),
    Special {
        sets: &["mode", "anchor"],
        ..of_chords(
            "mode",
            Dimension::Word,
            "Where `voicing` lays a chord out: `below` its anchor, `above`, `duck`, `root`, `drop2`, `drop3`, `drop24`; `root:g2` \
             names the anchor as well.",
            "chord(\"<Am7 Dm7>\").mode(\"<below root:g2>\").voicing().s(\"triangle\")",
        )
    },
    of_chords(
        "octaves",
        Dimension::Number,
        "With `n`, how many octaves the notes of a chord go up each time they begin again; 1 without it.",
        "n(\"0 1 2 3 4\").chord(\"Am\").octaves(2).voicing().s(\"triangle\")",
    ),
    Special {
        aliases: &["dict"],
        ..of_chords(
            "dictionary",
            Dimension::Word,
            "Which tones of a chord `voicing` keeps: `triads` the lowest three, `guidetones` the third and the seventh.",
            "chord(\"<Am7 Dm7>\").dictionary(\"guidetones\").voicing().s(\"triangle\")",
        )
    },
    of_chords(
        "offset",
        Dimension::Number,
        "So many of the lowest notes of a chord move up an octave; below 0, of the highest down.",
        "chord(\"Am7\").offset(\"<0 1 2>\").voicing().s(\"triangle\")",
    ),
    of_chords(
        "inversion",
        Dimension::Number,
        "Which tone of a chord is its lowest note: 0 the root, 1 the third.",
        "chord(\"Am7\").inversion(\"<0 1 2>\").voicing().s(\"triangle\")",
    ),
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

const fn of_several(
    name: &'static str,
    sets: &'static [&'static str],
    doc: &'static str,
    example: &'static str,
) -> Special {
    Special { name, aliases: &[], dimension: Dimension::Duration, sets, doc, example }
}

/// Controls of several values at once.
pub const ENVELOPES: &[Special] = &[
    of_several(
        "adsr",
        &["attack", "decay", "sustain", "release"],
        "Attack, decay, sustain and release in one: `.01:.1:.5:.2`.",
        "note(\"c3 eb3 g3\").s(\"sawtooth\").adsr(\".01:.1:.5:.2\")",
    ),
    of_several(
        "ad",
        &["attack", "decay"],
        "Attack and decay in one: `.01:.1`.",
        "note(\"c3 eb3 g3\").s(\"sawtooth\").ad(\".01:.1\")",
    ),
    of_several(
        "ar",
        &["attack", "release"],
        "Attack and release in one: `.01:.3`.",
        "note(\"c3 eb3 g3\").s(\"sawtooth\").ar(\".01:.3\")",
    ),
    of_several(
        "ds",
        &["decay", "sustain"],
        "Decay and sustain in one: `.1:.4`.",
        "note(\"c3 eb3 g3\").s(\"sawtooth\").ds(\".1:.4\")",
    ),
];

/// The control that a word means.
pub fn find(scope: &dyn Scope, word: &str) -> Option<ControlName> {
    if let Some(own) = scope.control(word) {
        return Some(own);
    }
    let fixed = |names: &[&'static str]| names.iter().map(|name| Name::Fixed(name)).collect::<Vec<_>>();
    let special = specials().find(|special| special.name == word || special.aliases.contains(&word));
    if let Some(special) = special {
        let own = [special.name];
        let names = if special.sets.is_empty() { &own } else { special.sets };
        return Some(ControlName { names: fixed(names), dimension: special.dimension, plays: true });
    }
    let control = control::find(word)?;
    let mut names = fixed(&[control.name]);
    if let Some((_, more)) = LISTS.iter().find(|(name, _)| *name == control.name) {
        names.extend(fixed(more));
    }
    Some(ControlName { names, dimension: control.dimension, plays: control.plays })
}

/// The controls that no instrument sees.
pub fn specials() -> impl Iterator<Item = &'static Special> {
    OF_CHORDS.iter().chain(ENVELOPES)
}

/// All names of controls, for "did you mean".
pub fn names() -> impl Iterator<Item = &'static str> {
    control::CONTROLS
        .iter()
        .flat_map(|control| std::iter::once(control.name).chain(control.aliases.iter().copied()))
        .chain(specials().map(|special| special.name))
}
