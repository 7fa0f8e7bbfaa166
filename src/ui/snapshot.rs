//! What the screen shows: plain data that the session fills several times a second.
//!
//! Invariant: no handle, no lock, no reference into the music; a snapshot can be made by hand, compared and kept.

use std::sync::Arc;

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::ink::Ink;
use crate::base::source::{FileId, LineColumn, Place};

/// One moment of a playing piece.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Snapshot {
    /// The title of the piece; where it has none, the name of its file.
    pub title: String,
    /// The path of its file, as the performer typed it.
    pub path: String,
    /// Tempo, meter, position.
    pub transport: Transport,
    /// The section that plays; `None` where the piece has none.
    pub section: Option<SectionNow>,
    /// The launch that waits for its quantum.
    pub queued: Option<Queued>,
    /// The version of the text that plays, from 1.
    pub version: u32,
    /// Items that are broken in this version and still play an earlier one.
    pub stale: Vec<Stale>,
    /// Tracks, groups, buses and the master, in the order of the desk.
    pub strips: Vec<Strip>,
    /// The text's `knob`s, as faders.
    pub knobs: Vec<Knob>,
    /// The text's `button`s with a key.
    pub buttons: Vec<Button>,
    /// Whether `fill` is held.
    pub fill: bool,
    /// The text and what sounds in it.
    pub source: SourceText,
    /// What is wrong with the text, errors first.
    pub problems: Vec<Problem>,
    /// What the machine said, oldest first.
    pub log: Vec<Message>,
    /// The machine.
    pub health: Health,
    /// All sections in the order of the text: the keys `1` to `9` launch them.
    pub sections: Vec<Section>,
    /// The song in playing order; empty without one.
    pub song: Vec<SongPart>,
    /// Which part of `song` plays; `None` while a launched section holds the stage.
    pub song_at: Option<usize>,
}

/// Tempo, meter and position.
#[derive(Clone, PartialEq, Debug)]
pub struct Transport {
    /// Whether time runs.
    pub playing: bool,
    /// Quarter notes per minute.
    pub tempo: f64,
    /// Numerator and denominator.
    pub meter: (u32, u32),
    /// The bar since the start, from 1.
    pub bar: u64,
    /// Quarter notes since the bar's start, from 0, with their fraction.
    pub beat: f64,
}

impl Default for Transport {
    fn default() -> Transport {
        Transport { playing: false, tempo: 120.0, meter: (4, 4), bar: 1, beat: 0.0 }
    }
}

/// The section that plays.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SectionNow {
    /// Its name.
    pub name: String,
    /// Its how-manieth time, from 1.
    pub occurrence: u32,
    /// The bar in it, from 1.
    pub bar: u32,
    /// Its length; `None` for a scene that loops.
    pub bars: Option<u32>,
    /// What comes after it.
    pub next: Option<String>,
}

/// A section that was launched and waits.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Queued {
    /// Its name.
    pub section: String,
    /// Quarter notes until it starts.
    pub beats: f64,
}

/// An item that plays an earlier version.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stale {
    /// Its name.
    pub name: String,
    /// The version it plays.
    pub version: u32,
}

/// What a strip stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Kind {
    /// A track.
    #[default]
    Track,
    /// A group of tracks.
    Group,
    /// A bus for sends.
    Bus,
    /// The sum of all.
    Master,
}

/// One strip of the desk.
#[expect(clippy::struct_excessive_bools, reason = "a strip's lamps, each lit for itself")]
#[derive(Clone, PartialEq, Debug)]
pub struct Strip {
    /// Its name, alone in its piece.
    pub name: String,
    /// What it stands for.
    pub kind: Kind,
    /// The highest absolute sample of left and right since the snapshot before; 1 is full scale.
    pub peak: [f32; 2],
    /// The fader in dB, −∞ for closed: the text's and the hand's together.
    pub gain: f32,
    /// 0 left, .5 middle, 1 right.
    pub pan: f32,
    /// Muted by hand.
    pub muted: bool,
    /// Muted in the text (a leading `_`, or another track's `solo`).
    pub muted_by_text: bool,
    /// Soloed, by hand or by text.
    pub soloed: bool,
    /// Its sound is made by an instrument at a MIDI port.
    pub midi: bool,
    /// It plays in the section that plays now.
    pub playing: bool,
    /// A colour of the palette, taken modulo its size; members of one group share one.
    pub hue: u8,
}

impl Default for Strip {
    fn default() -> Strip {
        Strip {
            name: String::new(),
            kind: Kind::Track,
            peak: [0.0; 2],
            gain: 0.0,
            pan: 0.5,
            muted: false,
            muted_by_text: false,
            soloed: false,
            midi: false,
            playing: true,
            hue: 0,
        }
    }
}

/// A value for the hand.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Knob {
    /// Its name.
    pub name: String,
    /// Where it stands between low (0) and high (1).
    pub at: f32,
    /// Its value with its unit, short: `1.2k`.
    pub value: String,
}

/// A button of the text that listens to a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Button {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: char,
    /// Whether it is down.
    pub held: bool,
}

/// The text on the screen.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceText {
    /// Which file of the piece it is.
    pub file: FileId,
    /// The whole text of the version that plays.
    pub text: Arc<str>,
    /// The atoms of the haps that sound now, in any order; places of other files are passed over.
    pub sounding: Vec<Lit>,
    /// Lines with problems.
    pub marks: Vec<Mark>,
}

impl Default for SourceText {
    fn default() -> SourceText {
        SourceText { file: FileId(0), text: Arc::from(""), sounding: Vec::new(), marks: Vec::new() }
    }
}

/// An atom of the text that sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lit {
    /// Where it stands.
    pub place: Place,
    /// The colour that the text gives it; else the screen's own.
    pub ink: Option<Ink>,
}

/// A line with a problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The line, from 1.
    pub line: u32,
    /// How bad.
    pub severity: Severity,
}

/// A diagnostic with its position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub diagnostic: Diagnostic,
    /// Where in the text on disk; `None` for trouble with the machine.
    pub at: Option<LineColumn>,
    /// The file, where it is not the one on the screen.
    pub file: Option<String>,
}

/// What the machine said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// How bad.
    pub severity: Severity,
    /// One sentence.
    pub text: String,
}

/// How the machine does.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Health {
    /// The share of the time between two callbacks that the engine uses, in %.
    pub load: f32,
    /// Gaps that the device reported.
    pub xruns: u64,
    /// Events that came after their frame and sounded at once.
    pub late: u64,
    /// Sounding voices.
    pub voices: u32,
    /// The device's name; empty while there is none.
    pub device: String,
    /// Frames per second.
    pub rate: u32,
    /// From the engine to the speakers, in milliseconds.
    pub latency: f32,
    /// Seconds recorded so far; `None` while nothing is recorded.
    pub recording: Option<f64>,
    /// The memory that the samples of the piece take, in bytes.
    pub samples: u64,
    /// The room on disk that its long samples play from, in bytes.
    pub on_disk: u64,
    /// What the load guard does: 0 nothing, 1 cuts releases short, 2 takes voices away.
    pub relief: u8,
    /// What a load guard did, so that a render of this will differ from what was heard.
    pub render_differs: bool,
}

/// A section that can be launched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its length; `None` for a scene.
    pub bars: Option<u32>,
    /// Whether it plays now.
    pub playing: bool,
}

/// A part of the song.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SongPart {
    /// The section's name.
    pub section: String,
    /// Its length.
    pub bars: u32,
}
