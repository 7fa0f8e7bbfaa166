//! What a sound's name plays: a sample of a kit, a built-in wave, a MIDI instrument.
//!
//! Invariant: every name that the text may use is here; the sequencer only looks up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::plan::Key;
use crate::base::graph::Graph;
use crate::base::zone::{Trigger, Zone};

/// How a control reaches a MIDI instrument.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum MidiControl {
    /// A controller, 0 to 127.
    Cc(u8),
    /// A pair of controllers, 14 bits.
    Cc14(u8),
    /// A numbered parameter, 14 bits.
    Nrpn(u16),
    /// Pitch bend, −1 to 1.
    Bend,
    /// Channel pressure.
    Touch,
}

/// An instrument that is played over MIDI.
#[derive(Clone, PartialEq, Debug)]
pub struct MidiInstrument {
    /// Its name in the text.
    pub name: Arc<str>,
    /// Index of its port in the score's ports.
    pub port: u16,
    /// 0 to 15.
    pub channel: u8,
    /// Sent this much later, in seconds; negative is earlier.
    pub offset: f64,
    /// Its own controls.
    pub controls: Vec<(Arc<str>, MidiControl)>,
}

/// The key at which a program without a root plays its sample at the sample's own rate: c3.
pub const BASE: f32 = 48.0;

/// Zones whose audio are programs.
#[derive(Clone, PartialEq, Debug)]
pub struct Zones {
    /// Who they are across versions: their turns are counted by it.
    pub key: Key,
    /// The zones.
    pub zones: Vec<Zone<u32>>,
    /// The note of an event without a pitch.
    pub rest: f32,
    /// The velocity of an event without one.
    pub velocity: f32,
}

impl Zones {
    /// The same on samples that are `ratio` times as long.
    pub fn stretched(&self, sounds: &Sounds, ratio: f64) -> Zones {
        let zones = self.zones.iter().map(|zone| zone.with(sounds.stretched(zone.audio, ratio))).collect();
        Zones { key: self.key, zones, rest: self.rest, velocity: self.velocity }
    }

    /// Whether some of them sound when a note ends.
    pub fn release(&self) -> bool {
        self.zones.iter().any(|zone| zone.trigger == Trigger::Release)
    }
}

/// What a name plays.
#[derive(Clone, PartialEq, Debug)]
pub enum Sound {
    /// Programs by `n`, which wraps.
    Samples(Vec<u32>),
    /// Zones by `n`, which wraps; a pitched instrument has one set, and `n` is a degree of the scale.
    Zoned {
        /// A set for each `n`.
        sets: Vec<Arc<Zones>>,
        /// Whether it is an instrument.
        pitched: bool,
    },
    /// A pitched program.
    Pitched(u32),
    /// A synth's program; its graph names the controls of its own.
    Synth(u32, Arc<Graph>),
    /// A MIDI instrument by its index, at a fixed key or at the note.
    Midi(usize, Option<u8>),
}

/// Names to sounds: in a bank, or in the file and the built-ins.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sounds {
    banks: HashMap<Arc<str>, HashMap<Arc<str>, Sound>>,
    /// Other names of banks.
    aliases: HashMap<Arc<str>, Arc<str>>,
    plain: HashMap<Arc<str>, Sound>,
    /// Programs that play another's sample longer or shorter, by its number and the ratio's bits.
    pub(super) stretched: HashMap<u32, BTreeMap<u64, u32>>,
    /// The MIDI instruments, which [`Sound::Midi`] counts.
    pub midi: Vec<MidiInstrument>,
}

impl Sounds {
    /// Adds a name to a bank; the empty bank is the file's own names and the built-ins.
    pub fn insert(&mut self, bank: &str, name: &str, sound: Sound) {
        if bank.is_empty() {
            self.plain.insert(name.into(), sound);
        } else {
            self.banks.entry(bank.into()).or_default().insert(name.into(), sound);
        }
    }

    /// Gives a bank another name.
    pub fn alias(&mut self, name: &str, bank: &str) {
        self.aliases.insert(name.into(), bank.into());
    }

    /// Whether there is a bank of this name.
    pub fn has_bank(&self, bank: &str) -> bool {
        self.banks.contains_key(bank)
    }

    /// What a name plays: the bank's own first (`bd` of the bank `tr`, or `tr_bd`), then the file's and the built-ins.
    pub fn find(&self, bank: Option<&str>, name: &str) -> Option<&Sound> {
        bank.and_then(|bank| self.within(bank, name)).or_else(|| self.plain.get(name))
    }

    fn within(&self, bank: &str, name: &str) -> Option<&Sound> {
        let bank = self.aliases.get(bank).map_or(bank, |bank| bank);
        match self.banks.get(bank) {
            Some(sounds) => sounds.get(name),
            None => self.plain.get(format!("{bank}_{name}").as_str()),
        }
    }

    /// The program that plays a sample `ratio` times as long; where there is none of that ratio, the nearest.
    pub fn stretched(&self, program: u32, ratio: f64) -> u32 {
        let Some(made) = self.stretched.get(&program) else { return program };
        let far = |other: f64| libm::log(other / ratio).abs();
        made.iter()
            .map(|(bits, other)| (far(f64::from_bits(*bits)), *other))
            .fold((far(1.0), program), |best, next| if next.0 < best.0 { next } else { best })
            .1
    }

    /// Every name of a bank, or of the file and the built-ins.
    pub fn names(&self, bank: Option<&str>) -> Vec<&str> {
        let table = match bank {
            Some(bank) => self.banks.get(bank),
            None => Some(&self.plain),
        };
        table.into_iter().flatten().map(|(name, _)| &**name).collect()
    }

    /// Every bank.
    pub fn banks(&self) -> impl Iterator<Item = &str> {
        self.banks.keys().map(|name| &**name)
    }
}
