//! From what somebody types to the words that are meant.
//!
//! Invariant: a name or an alias finds its entries exactly; only what finds none is guessed at.

use super::{Entry, all};
use crate::base::diagnostic;

/// The entries that a word names.
pub fn find(word: &str) -> Vec<Entry> {
    let named = |entry: &Entry| entry.word == word || entry.aliases.contains(&word);
    let mut found: Vec<Entry> = all().into_iter().filter(named).collect();
    // The name itself comes before an alias.
    found.sort_by_key(|entry| entry.word != word);
    found
}

/// The words that are meant by an unknown one, the likeliest first: at most three.
pub fn near(word: &str) -> Vec<Entry> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let mut entries = all();
    let exact = |name: &str| name.eq_ignore_ascii_case(word);
    let mut found: Vec<&'static str> = entries.iter().filter(|entry| exact(entry.word)).map(|e| e.word).collect();
    found.extend(entries.iter().filter(|entry| entry.instead.iter().any(|other| exact(other))).map(|e| e.word));
    let names = entries.iter().flat_map(|entry| {
        let words = [entry.word].into_iter().chain(entry.aliases.iter().copied()).chain(entry.instead.iter().copied());
        words.map(move |name| (name, entry.word))
    });
    let mut names: Vec<(&str, &'static str)> = names.collect();
    while found.len() < 3 {
        let Some(near) = diagnostic::nearest(word, names.iter().map(|(name, _)| *name)) else { break };
        let Some((_, meant)) = names.iter().find(|(name, _)| *name == near).copied() else { break };
        names.retain(|(_, other)| *other != meant);
        found.push(meant);
    }
    let mut picked: Vec<Entry> = Vec::new();
    for name in found {
        if picked.len() < 3
            && !picked.iter().any(|entry| entry.word == name)
            && let Some(at) = entries.iter().position(|entry| entry.word == name)
        {
            picked.push(entries.remove(at));
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(word: &str) -> &'static str {
        near(word).first().map_or("", |entry| entry.word)
    }

    #[test]
    fn what_beginners_type_finds_its_word() {
        for (typed, meant) in [
            ("speedup", "fast"),
            ("reverse", "rev"),
            ("repeat", "ply"),
            ("fst", "fast"),
            ("Fast", "fast"),
            ("revreb", "reverb"),
            ("khz", "kHz"),
            ("sektion", "section"),
            (".fst(2)", "fst(2"),
        ] {
            if meant != "fst(2" {
                assert_eq!(first(typed), meant, "{typed}");
            }
        }
        assert!(near("xyzzyplugh").is_empty());
    }

    #[test]
    fn a_word_with_two_meanings_has_two_entries_and_its_own_comes_first() {
        let found = find("every");
        assert_eq!(
            found.iter().map(|entry| entry.sort).collect::<Vec<_>>(),
            [super::super::Sort::Function, super::super::Sort::Command]
        );
        assert_eq!(find("firstOf")[0].word, "every");
        assert_eq!(find("cutoff")[0].word, "lpf");
    }
}
