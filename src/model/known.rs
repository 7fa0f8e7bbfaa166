//! What the versions of a piece so far have taught: patterns that were tried, and what was written out of them.
//!
//! Invariant: a piece is the same with and without it, only sooner.

use std::collections::{HashMap, HashSet};

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
    tried: HashSet<u64>,
    written: HashMap<u64, Written>,
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

    /// Whether a pattern was tried and found good.
    pub(super) fn is_good(&mut self, hash: u64) -> bool {
        let known = self.now.tried.contains(&hash) || self.before.tried.contains(&hash);
        if known {
            self.now.tried.insert(hash);
        }
        known
    }

    /// A pattern was tried and found good.
    pub(super) fn found_good(&mut self, hash: u64) {
        self.now.tried.insert(hash);
    }

    /// A pattern with all that repeats in it written out, with `left` haps at most, which are taken from it.
    pub(super) fn written(&mut self, pattern: &Pattern, left: &mut usize) -> Pattern {
        let places = pattern.places();
        let hash = pattern.hash();
        let known = self.now.written.get(&hash).cloned().or_else(|| self.before.written.remove(&hash));
        let reused = known.filter(|known| known.haps <= *left).and_then(|known| {
            let pattern = known.pattern.moved(&known.places, &places)?;
            *left -= known.haps;
            Some(Written { places: places.clone(), pattern, haps: known.haps })
        });
        let written = reused.unwrap_or_else(|| {
            let before = *left;
            let pattern = pattern.compiled_within(left);
            Written { places, pattern, haps: before - *left }
        });
        self.now.written.insert(hash, written.clone());
        written.pattern
    }
}
