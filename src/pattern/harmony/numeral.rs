//! Roman numerals as chords of a key: `i iv V7 bVII`.
//!
//! A numeral by itself stands on a degree of the key; with an accidental before it, it counts from the major scale on
//! the key's root, so that `VII` and `bVII` of a minor key are the same chord. Capitals are major, small ones minor;
//! what follows is the quality as after any root: `V7`, `IM7`, `viio7`, `iiø`.
//!
//! Invariant: what is no numeral stays as it is.

use super::scale::{Scale, Steps, from_value};
use crate::pattern::value::Value;

/// The numerals, longest first where one begins another.
const NUMERALS: [(&str, i64); 7] = [("VII", 6), ("III", 2), ("VI", 5), ("IV", 3), ("II", 1), ("V", 4), ("I", 0)];

/// The pitch classes as they are mostly written.
const CLASSES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

const MAJOR: [i64; 7] = [0, 2, 4, 5, 7, 9, 11];

/// A numeral taken apart: its accidentals, degree, whether it is major, what follows.
fn parse(word: &str) -> Option<(i64, i64, bool, &str)> {
    let bare = word.trim_start_matches(['b', '#']);
    let by = word[..word.len() - bare.len()].bytes().map(|sign| if sign == b'#' { 1 } else { -1 }).sum();
    for (numeral, degree) in NUMERALS {
        if let Some(rest) = bare.strip_prefix(numeral) {
            return Some((by, degree, true, rest));
        }
        if let Some(rest) = bare.strip_prefix(&*numeral.to_ascii_lowercase()) {
            return Some((by, degree, false, rest));
        }
    }
    None
}

/// Whether a word is one.
pub fn is_numeral(word: &str) -> bool {
    super::chord::Chord::parse(word).is_none() && parse(word).is_some()
}

/// The symbol of a numeral's chord in a key; `None` where it is no numeral.
pub fn symbol(word: &str, key: &Scale) -> Option<String> {
    if super::chord::Chord::parse(word).is_some() {
        return None;
    }
    let (by, degree, major, quality) = parse(word)?;
    let step = match key.steps {
        Steps::Semitones(steps) if by == 0 && steps.len() == 7 => steps[degree as usize],
        _ => MAJOR[degree as usize] + by,
    };
    let root = CLASSES[(key.root + step).rem_euclid(12) as usize];
    let (quality, bass) = quality.split_once('/').unwrap_or((quality, ""));
    let own = ["o", "dim", "h", "ø", "°", "+", "aug", "m", "-"].iter().any(|sign| quality.starts_with(sign));
    // These have no third that could be minor.
    let own = own || quality.starts_with("sus") || matches!(quality.split('/').next(), Some("2" | "4" | "5"));
    let third = if major || own { "" } else { "m" };
    let bass = if bass.is_empty() {
        String::new()
    } else {
        // `V/2` is its third degree's place in the text of a bass: a numeral or a note.
        let class = parse(bass)
            .map(|(by, degree, ..)| CLASSES[(key.root + MAJOR[degree as usize] + by).rem_euclid(12) as usize]);
        format!("/{}", class.unwrap_or(bass))
    };
    Some(format!("{root}{third}{quality}{bass}"))
}

/// A numeral as the symbol of its chord in a key; anything else as it is.
pub fn value(numeral: &Value, key: &Value) -> Value {
    let symbol = |word: &str| from_value(key).ok().and_then(|key| symbol(word, &key));
    numeral.as_word().and_then(symbol).map_or_else(|| numeral.clone(), |symbol| Value::word(&symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_chords_of_their_key() {
        let minor = Scale::parse("a:minor").unwrap();
        let all =
            ["i", "iv", "v7", "VI", "VII", "bVII", "iio", "V7", "III^7"].map(|word| symbol(word, &minor).unwrap());
        assert_eq!(all, ["Am", "Dm", "Em7", "F", "G", "G", "Bo", "E7", "C^7"]);
        let major = Scale::parse("eb:major").unwrap();
        assert_eq!(
            ["I", "vi", "ii7", "V7sus", "viih7"].map(|word| symbol(word, &major).unwrap()),
            ["Eb", "Cm", "Fm7", "Bb7sus", "Dh7"]
        );
        assert_eq!(
            ["i4", "iv2", "vsus", "i5/5"].map(|word| symbol(word, &minor).unwrap()),
            ["A4", "D2", "Esus", "A5/5"]
        );
        assert_eq!(symbol("Am7", &minor), None);
        assert_eq!(symbol("xyz", &minor), None);
    }
}
