//! Note names: `c`, `eb4`, `f#-1`, `cs3`.
//!
//! Invariant: a name is a letter, accidentals, perhaps an octave, and nothing else; without octave it is the third.

/// The semitones of the letters above c.
fn letter(byte: u8) -> Option<i64> {
    Some(match byte.to_ascii_lowercase() {
        b'c' => 0,
        b'd' => 2,
        b'e' => 4,
        b'f' => 5,
        b'g' => 7,
        b'a' => 9,
        b'b' => 11,
        _ => return None,
    })
}

/// The pitch class with its accidentals (may lie outside of 0 to 11), the octave where one is written.
pub fn parse(word: &str) -> Option<(i64, Option<i64>)> {
    let bytes = word.as_bytes();
    let mut class = letter(*bytes.first()?)?;
    let mut at = 1;
    while let Some(sign) = bytes.get(at) {
        match sign {
            b'#' | b's' => class += 1,
            b'b' | b'f' => class -= 1,
            _ => break,
        }
        at += 1;
    }
    let rest = word.get(at..)?;
    if rest.is_empty() {
        return Some((class, None));
    }
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((class, Some(rest.parse().ok()?)))
}

/// The MIDI number of a name; c4 is 60.
pub fn number(word: &str) -> Option<i64> {
    let (class, octave) = parse(word)?;
    Some(12 * (octave.unwrap_or(3) + 1) + class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_midi_numbers() {
        assert_eq!(number("c4"), Some(60));
        assert_eq!(number("c"), Some(48));
        assert_eq!(number("Eb2"), Some(39));
        assert_eq!(number("f#-1"), Some(6));
        assert_eq!(number("bb"), Some(58));
    }

    #[test]
    fn sounds_are_no_notes() {
        for word in ["bd", "hh", "c4x", "e-", "", "808", "db4d"] {
            assert_eq!(number(word), None, "{word}");
        }
    }
}
