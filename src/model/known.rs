//! What the versions of a piece so far have taught: patterns that were tried, and what was written out of them.
//!
//! Invariant: a piece is the same with and without it, only sooner.

use std::collections::HashMap;

use crate::base::source::Place;
use crate::pattern::Pattern;

/// The patterns of the last version, by their hashes: what a save did not change needs no second trial.
#[derive(Debug, Default)]
pub struct Known {
    before: Patterns,
    now: Patterns,
}

#[derive(Debug, Default)]
struct Patterns {
    /// How many notes begin in the densest cycle of a pattern, by its hash.
    tried: HashMap<u64, usize>,
    /// By hash and first place: the same line can stand at several.
    written: HashMap<(u64, Place), Written>,
    /// The first place of one for each hash.
    somewhere: HashMap<u64, Place>,
}

/// A pattern as it was written out.
#[derive(Clone, Debug)]
struct Written {
    places: Vec<Place>,
    pattern: Pattern,
    haps: usize,
}

impl Known {
    /// A new version begins: what the last one did not use is forgotten.
    pub(super) fn begin(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// How many notes begin in the densest cycle of a pattern, where it was tried and found good.
    pub(super) fn onsets(&mut self, hash: u64) -> Option<usize> {
        let onsets = self.now.tried.get(&hash).or_else(|| self.before.tried.get(&hash)).copied()?;
        self.now.tried.insert(hash, onsets);
        Some(onsets)
    }

    /// A pattern was tried and found good.
    pub(super) fn found_good(&mut self, hash: u64, onsets: usize) {
        self.now.tried.insert(hash, onsets);
    }

    /// A pattern with all that repeats in it written out, with `left` haps at most, which are taken from it.
    pub(super) fn written(&mut self, pattern: &Pattern, left: &mut usize) -> Pattern {
        let places = pattern.places();
        let key = (pattern.hash(), places.first().copied().unwrap_or_default());
        let all = [&self.now, &self.before];
        let here = all.iter().find_map(|patterns| patterns.written.get(&key));
        let known = here.or_else(|| all.iter().find_map(|patterns| patterns.elsewhere(key.0)));
        let known = known.filter(|known| known.haps <= *left);
        let moved = known.and_then(|known| Some((known.pattern.moved(&known.places, &places)?, known.haps)));
        let (pattern, haps) = moved.unwrap_or_else(|| {
            let mut own = *left;
            let pattern = pattern.compiled_within(&mut own);
            (pattern, *left - own)
        });
        *left -= haps;
        self.now.somewhere.insert(key.0, key.1);
        self.now.written.insert(key, Written { places, pattern: pattern.clone(), haps });
        pattern
    }
}

impl Patterns {
    /// A pattern of this hash, wherever it stands.
    fn elsewhere(&self, hash: u64) -> Option<&Written> {
        self.written.get(&(hash, *self.somewhere.get(&hash)?))
    }
}
