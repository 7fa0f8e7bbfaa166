//! A piece as the model knows it: everything by name, every pattern compiled, nothing placed in the engine yet.
//!
//! Invariant: a piece is complete in itself; an item that kept its last good version carries the patterns it was
//! compiled with.

use std::collections::HashSet;
use std::sync::Arc;

use super::hand::Hand;
use super::setting::{Meter, Setting, Swing};
use super::window::{Layered, Window};
use crate::base::control::Dimension;
use crate::base::graph::Graph;
use crate::base::insert::{Band, InsertInfo, Parameter};
use crate::base::time::Time;
use crate::pattern::Pattern;

/// A track of the top level.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its name; `$1` and so on for an anonymous one.
    pub name: Arc<str>,
    /// Who it is across reloads: its name, or the hash of its text.
    pub identity: Arc<str>,
    /// What it plays; `None` where no version of it was good yet.
    pub pattern: Option<Pattern>,
    /// The version of the text that it comes from.
    pub version: u32,
    /// Muted by `_` or `hush`.
    pub muted: bool,
    /// Named by `solo`.
    pub solo: bool,
}

/// What a strip is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Of a track.
    Track,
    /// Of a group.
    Group,
    /// Of a bus.
    Bus,
    /// The last.
    Master,
}

/// An insert with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Its label in the text.
    pub label: Option<Arc<str>>,
    /// What it is.
    pub info: &'static InsertInfo,
    /// The bands of an equaliser.
    pub bands: Vec<&'static Band>,
    /// A value for each parameter of the table, then for those of each band.
    pub parameters: Vec<Setting>,
    /// What its words name: the parameter, the word.
    pub words: Vec<(usize, Arc<str>)>,
    /// The graph of an effect of the text.
    pub effect: Option<Arc<Graph>>,
}

impl Insert {
    /// With what the table says of every value.
    pub fn new(label: Option<Arc<str>>, info: &'static InsertInfo, bands: Vec<&'static Band>) -> Insert {
        let parameters = info.with(&bands).map(|info| Setting::Plain(f64::from(info.default))).collect();
        Insert { label, info, bands, parameters, words: Vec::new(), effect: None }
    }

    /// What each of its values is.
    pub fn infos(&self) -> impl Iterator<Item = &'static Parameter> + use<'_> {
        self.info.with(&self.bands)
    }

    /// Where a parameter's value stands; of a band where one is named.
    pub fn index(&self, band: Option<usize>, parameter: usize) -> usize {
        let before = |at: usize| self.bands[..at].iter().map(|band| band.parameters.len()).sum::<usize>();
        band.map_or(0, |at| self.info.parameters.len() + before(at)) + parameter
    }

    /// The word of a parameter.
    pub fn word(&self, name: &str) -> Option<&Arc<str>> {
        let at = self.info.parameters.iter().position(|parameter| parameter.name == name)?;
        self.words.iter().find(|(index, _)| *index == at).map(|(_, word)| word)
    }
}

/// A send with its level.
#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// The bus.
    pub bus: Arc<str>,
    /// A linear factor.
    pub level: Setting,
    /// Before the fader.
    pub pre: bool,
}

/// A strip of the desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub role: Role,
    /// The tracks of a group.
    pub members: Vec<Arc<str>>,
    /// In the order of the text.
    pub inserts: Vec<Insert>,
    /// A linear factor.
    pub gain: Setting,
    /// 0 to 1.
    pub pan: Setting,
    /// A factor.
    pub width: Setting,
    /// In the order of the text.
    pub sends: Vec<Send>,
}

impl Strip {
    /// A strip that does nothing.
    pub fn new(name: &str, role: Role) -> Strip {
        Strip {
            name: name.into(),
            role,
            members: Vec::new(),
            inserts: Vec::new(),
            gain: Setting::Plain(1.0),
            pan: Setting::Plain(0.5),
            width: Setting::Plain(1.0),
            sends: Vec::new(),
        }
    }
}

/// Which value of a strip is meant.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Target {
    /// The fader.
    Gain,
    /// The pan.
    Pan,
    /// The width.
    Width,
    /// The send to a bus.
    Send(Arc<str>),
    /// A parameter of an insert: the insert's index, the parameter's index.
    Insert(usize, usize),
}

/// A value of a strip that a section gives anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The strip.
    pub strip: Arc<str>,
    /// Which value.
    pub target: Target,
    /// Its kind of quantity.
    pub dimension: Dimension,
    /// Where it holds: an empty list is the whole section.
    pub windows: Vec<Window>,
    /// The value.
    pub value: Setting,
}

/// A section.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its name; empty for the whole text.
    pub name: Arc<str>,
    /// Its length; `None` is a scene.
    pub bars: Option<Time>,
    /// Whether patterns run on.
    pub continues: bool,
    /// What each track that it mentions plays.
    pub tracks: Vec<(Arc<str>, Layered<Option<Pattern>>)>,
    /// Strip values given anew.
    pub overrides: Vec<Override>,
    /// Its tempo.
    pub tempo: Layered<Setting>,
    /// Its meter.
    pub meter: Meter,
    /// Its key.
    pub key: Layered<Option<Pattern>>,
    /// Its swing.
    pub swing: Layered<Option<Swing>>,
    /// Semitones by which its pitches are moved.
    pub transpose: Layered<Setting>,
    /// How long it fades in, in bars.
    pub fade: Time,
    /// How long `fill` is true at its end, in bars.
    pub fill: Time,
}

/// How a control or a sound reaches a MIDI instrument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mapping {
    /// A controller.
    Cc(u8),
    /// A pair of controllers.
    Cc14(u8),
    /// A numbered parameter.
    Nrpn(u16),
    /// Pitch bend.
    Bend,
    /// Channel pressure.
    Touch,
    /// A sound as a fixed key.
    Note(u8),
}

/// Every pattern that tracks play at the top or in a section, overlays too; those that play the same come once.
pub fn patterns<'a>(tracks: &'a [Track], sections: &'a [Section]) -> impl Iterator<Item = &'a Pattern> {
    let mut seen = HashSet::new();
    let layered = sections.iter().flat_map(|section| &section.tracks).map(|(_, layered)| layered);
    let layers = layered.flat_map(|layered| layered.overlays.iter().map(|(_, layer)| layer).chain([&layered.base]));
    let played = tracks.iter().filter_map(|track| track.pattern.as_ref()).chain(layers.flatten());
    played.filter(move |pattern| seen.insert(pattern.hash()))
}

/// A MIDI instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Midi {
    /// Its name.
    pub name: Arc<str>,
    /// A part of its port's name.
    pub port: Arc<str>,
    /// 0 to 15.
    pub channel: u8,
    /// Seconds later; negative is earlier.
    pub offset: f64,
    /// Labels to messages.
    pub mappings: Vec<(Arc<str>, Mapping)>,
}

/// A synth or an effect of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// Its name.
    pub name: Arc<str>,
    /// What it does; `None` where no version of it was good yet: then it is silent.
    pub graph: Option<Arc<Graph>>,
}

/// An instrument that is not built yet: its name is known, and its notes play on a plain wave.
pub type LaterSynth = Arc<str>;

/// `quantum 1 bar`, `quantum 2 beats`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantum {
    /// How many.
    pub length: Time,
    /// Of bars; else of quarter notes.
    pub bars: bool,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Which version of the text.
    pub version: u32,
    /// Its title, or the file's name.
    pub title: Arc<str>,
    /// Dice.
    pub seed: u64,
    /// When changes take effect.
    pub quantum: Quantum,
    /// The loudness that exported files are brought to, LUFS.
    pub target: Option<f64>,
    /// Where the keys stand; `None` is twelve equal steps.
    pub tuning: Option<Arc<crate::pattern::harmony::tuning::Tuning>>,
    /// In the order of the text.
    pub tracks: Vec<Track>,
    /// The strip of each track, then groups, buses and the master.
    pub strips: Vec<Strip>,
    /// The whole text, then each section.
    pub sections: Vec<Section>,
    /// Names of sections in their order, repeats written out.
    pub song: Option<(Vec<usize>, bool)>,
    /// Kits by name; the empty name is that of `samples('folder')`.
    pub kits: Vec<Arc<str>>,
    /// Samplers and sound fonts by name.
    pub instruments: Vec<Arc<str>>,
    /// MIDI instruments.
    pub midis: Vec<Midi>,
    /// Ports that get the clock.
    pub clocks: Vec<Arc<str>>,
    /// What the performer can move, by name.
    pub hands: Vec<(Arc<str>, Hand)>,
    /// The synths of the text.
    pub synths: Vec<Instrument>,
    /// Its effects.
    pub effects: Vec<Instrument>,
    /// Instruments that are not built yet.
    pub later_synths: Vec<LaterSynth>,
}

impl Piece {
    /// The track of a name.
    pub fn track(&self, name: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| *track.name == *name)
    }

    /// The strip of a name.
    pub fn strip(&self, name: &str) -> Option<&Strip> {
        self.strips.iter().find(|strip| *strip.name == *name)
    }

    /// The section of a name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| *section.name == *name)
    }
}
