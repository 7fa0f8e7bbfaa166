//! The table of event controls: what `.name(value)` means to the built-in voice chain.
//!
//! Invariant: each control stands here once; the checker, the help, the manual and the engine read it. A slot is
//! an index into a voice's values, so slots never change their meaning within a session.

mod buses;
mod colour;
mod filters;
mod later;
mod midi;
mod movement;
mod notes;
mod samples;
pub mod slot;

use std::collections::HashMap;
use std::sync::OnceLock;

/// The kind of quantity a slot takes, which decides its units (LANGUAGE, "Slots and units").
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Dimension {
    /// A bare count or index.
    Number,
    /// Hz; takes `Hz kHz` and note names.
    Frequency,
    /// Seconds; takes `ms s beats bars`.
    Duration,
    /// Cycles; takes `ms s beats bars`.
    Span,
    /// A linear factor, never negative; takes `dB %`.
    Factor,
    /// Decibels; takes `dB dBTP LUFS`.
    Level,
    /// Semitones; takes `st ct`.
    Interval,
    /// 0 to 1; takes `%`.
    Share,
    /// A MIDI note number or a note name.
    Pitch,
    /// 0 to 127; takes `%`.
    Midi,
    /// A word: a sound, a bank, a vowel.
    Word,
}

/// One control of the built-in voice chain.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// Its name in the language.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// Where its value stands in an event; `None` for what the sequencer resolves (`s`, `bank`, `n`, `clip`) and for
    /// what is not built yet.
    pub slot: Option<u16>,
    /// Its kind of quantity.
    pub dimension: Dimension,
    /// What holds where the text is silent.
    pub default: f32,
    /// The lowest value that the engine takes; what is below is clamped.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// What a word means, by its place; empty where any word may stand.
    pub words: &'static [&'static str],
    /// Whether it plays now.
    pub plays: bool,
    /// One sentence, with the range.
    pub doc: &'static str,
    /// What to write instead where it does not play yet; else empty.
    pub instead: &'static str,
}

use Dimension::Word;

const fn control(
    name: &'static str,
    aliases: &'static [&'static str],
    slot: Option<u16>,
    dimension: Dimension,
    (default, low, high): (f32, f32, f32),
    doc: &'static str,
) -> Control {
    Control { name, aliases, slot, dimension, default, low, high, words: &[], plays: true, doc, instead: "" }
}

/// A control whose values are words, numbered from 0; the first is the default.
const fn word(
    name: &'static str,
    aliases: &'static [&'static str],
    slot: u16,
    words: &'static [&'static str],
    doc: &'static str,
) -> Control {
    let range = (0.0, 0.0, words.len() as f32 - 1.0);
    Control { words, ..control(name, aliases, Some(slot), Word, range, doc) }
}

const fn later(
    name: &'static str,
    aliases: &'static [&'static str],
    dimension: Dimension,
    doc: &'static str,
    instead: &'static str,
) -> Control {
    Control {
        name,
        aliases,
        slot: None,
        dimension,
        default: 0.0,
        low: f32::MIN,
        high: f32::MAX,
        words: &[],
        plays: false,
        doc,
        instead,
    }
}

/// What the tables hold together.
const COUNT: usize = count();

const TABLES: [&[Control]; 9] = [
    notes::NOTES,
    samples::SAMPLES,
    filters::FILTERS,
    movement::MOVEMENT,
    colour::COLOUR,
    buses::BUSES,
    midi::MIDI,
    DRAWN,
    later::LATER,
];

/// What only the screen shows.
const DRAWN: &[Control] = &[control(
    "color",
    &["colour"],
    None,
    Word,
    (0.0, 0.0, 0.0),
    "Colours the step on the screen while it sounds: a name of CSS (`tomato`) or `#ff6347`.",
)];

/// Every control that the built-in voice chain or the sequencer knows.
pub const CONTROLS: &[Control] = &joined();

const fn count() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < TABLES.len() {
        count += TABLES[at].len();
        at += 1;
    }
    count
}

const fn joined() -> [Control; COUNT] {
    let mut all = [TABLES[0][0]; COUNT];
    let (mut table, mut within, mut at) = (0, 0, 0);
    while at < COUNT {
        if within == TABLES[table].len() {
            table += 1;
            within = 0;
            continue;
        }
        all[at] = TABLES[table][within];
        within += 1;
        at += 1;
    }
    all
}

impl Control {
    /// The number of a word, where it is one of the control's own.
    pub fn word(&self, word: &str) -> Option<f32> {
        self.words.iter().position(|known| *known == word).map(|at| at as f32)
    }
}

/// What people type who do not know a control's name.
pub const INSTEAD: &[(&str, &str)] = &[
    ("volume", "gain"),
    ("vol", "gain"),
    ("amp", "gain"),
    ("level", "gain"),
    ("loud", "gain"),
    ("panning", "pan"),
    ("pitch", "note"),
    ("sound_name", "s"),
    ("sample_name", "s"),
    ("instrument", "s"),
    ("rate", "speed"),
    ("lowpass", "lpf"),
    ("lpfilter", "lpf"),
    ("highpass", "hpf"),
    ("bandpass", "bpf"),
    ("filter", "lpf"),
    ("reso", "lpq"),
    ("q", "lpq"),
    ("reverb", "room"),
    ("verb", "room"),
    ("bitcrush", "crush"),
    ("distortion", "distort"),
    ("overdrive", "distort"),
    ("length", "clip"),
    ("accent", "velocity"),
    ("kit", "bank"),
    ("choke", "cut"),
];

/// The control that people mean who type a word of other programs.
pub fn meant(word: &str) -> Option<&'static Control> {
    INSTEAD.iter().find(|(typed, _)| *typed == word).and_then(|(_, name)| find(name))
}

/// The control that a word names.
pub fn find(word: &str) -> Option<&'static Control> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Control>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let names = |c: &'static Control| std::iter::once(c.name).chain(c.aliases.iter().copied()).map(move |n| (n, c));
        CONTROLS.iter().flat_map(names).collect()
    });
    index.get(word).copied()
}

#[cfg(test)]
mod tests;
