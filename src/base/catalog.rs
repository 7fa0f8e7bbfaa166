//! What the checker must know of sounds: names, variants, lengths. `files` fills it.
//!
//! Invariant: a catalog holds no audio, so that checking a text never waits for a disk twice.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::zone::Zone;

/// One file of a sound, or a part of a file that holds many.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variant {
    /// The audio file.
    pub path: PathBuf,
    /// Its length in seconds, where its header told.
    pub seconds: Option<f64>,
    /// Which part of it; `None` is all.
    pub part: Option<Part>,
}

impl Variant {
    /// A whole file of unknown length.
    pub fn file(path: impl Into<PathBuf>) -> Variant {
        Variant { path: path.into(), seconds: None, part: None }
    }
}

/// Audio inside a file of another kind (a `SoundFont`): 16-bit samples, little-endian, one run of them a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Frames a second.
    pub rate: u32,
    /// How many frames.
    pub frames: u32,
    /// A plane a channel, one or two.
    pub planes: Vec<Plane>,
}

/// Where the samples of a channel lie, in bytes from the file's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
    /// The 16-bit samples.
    pub coarse: u64,
    /// The eight bits below them, where the file has 24.
    pub fine: Option<u64>,
}

/// Audio that is chosen by pitch, velocity and turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zoned {
    /// A set of zones for each `n`; a pitched instrument has one.
    pub sets: Vec<Vec<Zone<Variant>>>,
    /// Whether `n` is a degree of the scale and not a number of a variant.
    pub pitched: bool,
}

/// A folder of sounds: `bd` has three variants, and so on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kit {
    /// The variants of each sound, in the order of `n`.
    pub sounds: BTreeMap<String, Vec<Variant>>,
    /// Sounds with velocity layers, turns or roots.
    pub zoned: BTreeMap<String, Zoned>,
    /// Folders of folders: a kit each, by name.
    pub banks: BTreeMap<String, Kit>,
}

impl Kit {
    /// Every name of a sound.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.sounds.keys().chain(self.zoned.keys())
    }

    /// Whether it has no sound, not even in a bank.
    pub fn is_empty(&self) -> bool {
        self.sounds.is_empty() && self.zoned.is_empty() && self.banks.values().all(Kit::is_empty)
    }

    /// Takes in another kit; what both have is what the other says.
    pub fn merge(&mut self, other: Kit) {
        for name in other.names() {
            self.sounds.remove(name);
            self.zoned.remove(name);
        }
        self.sounds.extend(other.sounds);
        self.zoned.extend(other.zoned);
        for (name, kit) in other.banks {
            self.banks.entry(name).or_default().merge(kit);
        }
    }
}

/// Every kit and instrument that a piece names, and the kit that is built in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The built-in kit.
    pub builtin: Kit,
    /// The kits of the text, by their name there; those without a name are in one kit of the empty name.
    pub kits: BTreeMap<String, Kit>,
    /// The steps of every `.scl` file that could be read, in semitones, by its path as written.
    pub tunings: BTreeMap<String, Vec<f64>>,
    /// `sampler`, `soundfont` and `sfz` of the text, by their name there.
    pub instruments: BTreeMap<String, Zoned>,
}

/// The bank that a word names: as it is, or without regard to case, or by its end where only one ends so (`tr909` for
/// `RolandTR909`).
pub fn bank_named<'a>(banks: impl Iterator<Item = &'a str>, word: &str) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let (mut alike, mut endings, mut ends) = (None, 0, None);
    for bank in banks {
        if bank == word {
            return Some(bank);
        }
        let name = bank.to_lowercase();
        if name == lower {
            alike = alike.or(Some(bank));
        } else if lower.len() >= 3 && name.ends_with(&lower) {
            endings += 1;
            ends = Some(bank);
        }
    }
    alike.or(ends.filter(|_| endings == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_is_known_by_its_end_where_only_one_ends_so() {
        let banks = ["RolandTR808", "RolandTR909", "LinnDrum", "linn9000", "RhythmAce"];
        let named = |word: &str| bank_named(banks.iter().copied(), word);
        assert_eq!(named("RolandTR909"), Some("RolandTR909"));
        assert_eq!(named("rolandtr909"), Some("RolandTR909"));
        assert_eq!(named("tr909"), Some("RolandTR909"));
        assert_eq!(named("linndrum"), Some("LinnDrum"));
        assert_eq!(named("909"), Some("RolandTR909"));
        assert_eq!(named("9"), None);
        assert_eq!(named("tr606"), None);
    }
}
