//! What the checker must know of sounds: names, variants, lengths. `files` fills it.
//!
//! Invariant: a catalog holds no audio, so that checking a text never waits for a disk twice.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One file of a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The audio file.
    pub path: PathBuf,
    /// Its length in seconds, where its header told.
    pub seconds: Option<f64>,
}

/// A folder of sounds: `bd` has three variants, and so on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kit {
    /// The variants of each sound, in the order of `n`.
    pub sounds: BTreeMap<String, Vec<Variant>>,
}

/// Every kit that a piece names, and the one that is built in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The built-in kit.
    pub builtin: Kit,
    /// The kits of the text, by their name there.
    pub kits: BTreeMap<String, Kit>,
    /// The steps of every `.scl` file that could be read, in semitones, by its path as written.
    pub tunings: BTreeMap<String, Vec<f64>>,
}
