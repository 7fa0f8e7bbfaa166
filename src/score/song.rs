//! The order of the sections.
//!
//! Invariant: a song is flat: repeats and alternations are written out, at most [`LONGEST`] entries.

use std::collections::HashMap;

/// No song has more sections than this, written out.
pub const LONGEST: usize = 10_000;

/// One section in its turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The scene, as an index into the score's scenes.
    pub scene: usize,
    /// How often this section came before it in the song.
    pub occurrence: usize,
}

/// `song "intro [verse drop]*2" loop`
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Song {
    /// In order.
    pub entries: Vec<Entry>,
    /// Whether it starts again at its end.
    pub repeats: bool,
}

impl Song {
    /// From scenes in their order.
    pub fn new(scenes: impl IntoIterator<Item = usize>, repeats: bool) -> Song {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        let entries = scenes.into_iter().take(LONGEST).map(|scene| {
            let count = counts.entry(scene).or_default();
            *count += 1;
            Entry { scene, occurrence: *count - 1 }
        });
        Song { entries: entries.collect(), repeats }
    }

    /// Where the given occurrence of a scene stands.
    pub fn find(&self, scene: usize, occurrence: usize) -> Option<usize> {
        self.entries.iter().position(|entry| entry.scene == scene && entry.occurrence == occurrence)
    }

    /// The entry after one; `None` at the end.
    pub fn after(&self, entry: usize) -> Option<usize> {
        match entry + 1 {
            next if next < self.entries.len() => Some(next),
            _ => (self.repeats && !self.entries.is_empty()).then_some(0),
        }
    }
}
