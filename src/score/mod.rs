//! Floor 3: the model made playable. Tracks, scenes, the song, and the rig to build, each comparable with its
//! like in the version before.
//!
//! Invariant: a score is a value; nothing in it is changed after it was made.

use std::sync::Arc;

use crate::base::time::Time;

pub mod compile;
pub mod plan;
pub mod scene;
mod scenes;
pub mod song;
pub mod sounds;
pub mod stretched;
pub mod tempo;
mod zones;

/// A track as the sequencer and the screen know it.
#[derive(Clone, PartialEq, Debug)]
pub struct Track {
    /// Its name; `$1` and so on for an anonymous one.
    pub name: Arc<str>,
    /// Who it is across reloads.
    pub key: plan::Key,
    /// Its strip, as an index into the plan's strips.
    pub strip: usize,
    /// The version of the text that it comes from; older than the score's where its line has an error.
    pub version: u32,
    /// Muted by the text.
    pub muted: bool,
    /// Soloed by the text.
    pub solo: bool,
    /// Whether its notes go to a MIDI instrument, as far as the text says.
    pub over_midi: bool,
}

/// An insert that makes way for the notes of a track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duck {
    /// The track that strikes it, as an index into the score's tracks.
    pub track: usize,
    /// Only hits that say `.duck(orbit)`.
    pub orbit: Option<i64>,
    /// Only this sound of it.
    pub sound: Option<Arc<str>>,
    /// The strip of the insert, as an index into the plan's strips.
    pub strip: usize,
    /// The insert ([`crate::base::event::address`]).
    pub address: u32,
}

/// A control of events that moves an insert of a built-in bus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BusControl {
    /// The orbit whose bus it is.
    pub orbit: i64,
    /// Its name.
    pub name: &'static str,
    /// The strip of the bus, as an index into the plan's strips.
    pub strip: usize,
    /// The parameter ([`crate::base::event::address`]).
    pub address: u32,
    /// How its values are read.
    pub dimension: crate::base::control::Dimension,
}

/// Everything that one version of the text plays.
#[derive(Clone, Debug)]
pub struct Score {
    /// Which version.
    pub version: u32,
    /// The piece's title, or the file's name.
    pub title: Arc<str>,
    /// In the order of the text.
    pub tracks: Vec<Track>,
    /// The whole text, then each section.
    pub scenes: Vec<scene::Scene>,
    /// The order of the sections.
    pub song: Option<song::Song>,
    /// On which boundary a change takes effect: in quarter notes or, where `quantum_bars`, in bars.
    pub quantum: Time,
    /// Whether the quantum counts bars.
    pub quantum_bars: bool,
    /// What the performer can move, by name.
    pub hands: Vec<(Arc<str>, crate::model::hand::Hand)>,
    /// The loudness that exported files are brought to, LUFS.
    pub target: Option<f64>,
    /// Where the keys of pitched instruments stand; `None` is twelve equal steps.
    pub tuning: Option<Arc<crate::pattern::harmony::tuning::Tuning>>,
    /// What names play.
    pub sounds: sounds::Sounds,
    /// The MIDI ports, by a part of their names.
    pub ports: Vec<Arc<str>>,
    /// The ports that get the clock.
    pub clocks: Vec<u16>,
    /// The strips that an event can be sent to: the name of the control, and the strip.
    pub sends: Vec<(Arc<str>, usize)>,
    /// The controls of events that move the built-in buses, and those of orbits.
    pub bus_controls: Vec<BusControl>,
    /// What makes way for what.
    pub ducks: Vec<Duck>,
    /// The rig to build.
    pub plan: Arc<plan::Plan>,
}

impl Score {
    /// The quantum in bars of a meter.
    pub fn quantum_in(&self, meter: crate::model::setting::Meter) -> Time {
        if self.quantum_bars { self.quantum } else { self.quantum / meter.quarters() }
    }

    /// The scene of a name.
    pub fn scene(&self, name: &str) -> Option<usize> {
        self.scenes.iter().position(|scene| *scene.name == *name)
    }
}
