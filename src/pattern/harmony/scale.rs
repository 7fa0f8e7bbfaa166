//! Scales: names, degrees, steps.
//!
//! Invariant: a scale is a root and rising semitones that begin with 0 and stay under 12.

use crate::pattern::value::{Controls, Value};

use super::note;

/// The scales by name; the first name of a line is the usual one.
pub const SCALES: &[(&[&str], &[i64])] = &[
    (&["major", "ionian"], &[0, 2, 4, 5, 7, 9, 11]),
    (&["minor", "aeolian"], &[0, 2, 3, 5, 7, 8, 10]),
    (&["dorian"], &[0, 2, 3, 5, 7, 9, 10]),
    (&["phrygian"], &[0, 1, 3, 5, 7, 8, 10]),
    (&["lydian"], &[0, 2, 4, 6, 7, 9, 11]),
    (&["mixolydian", "dominant"], &[0, 2, 4, 5, 7, 9, 10]),
    (&["locrian"], &[0, 1, 3, 5, 6, 8, 10]),
    (&["harmonic minor"], &[0, 2, 3, 5, 7, 8, 11]),
    (&["melodic minor"], &[0, 2, 3, 5, 7, 9, 11]),
    (&["harmonic major"], &[0, 2, 4, 5, 7, 8, 11]),
    (&["major pentatonic", "pentatonic"], &[0, 2, 4, 7, 9]),
    (&["minor pentatonic", "vietnamese 2"], &[0, 3, 5, 7, 10]),
    (&["major blues"], &[0, 2, 3, 4, 7, 9]),
    (&["minor blues", "blues"], &[0, 3, 5, 6, 7, 10]),
    (&["composite blues"], &[0, 2, 3, 4, 5, 6, 7, 9, 10]),
    (&["whole tone", "messiaen's mode #1", "wholetone", "whole"], &[0, 2, 4, 6, 8, 10]),
    (&["chromatic"], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    (&["diminished", "whole-half diminished"], &[0, 2, 3, 5, 6, 8, 9, 11]),
    (&["half-whole diminished", "dominant diminished", "messiaen's mode #2"], &[0, 1, 3, 4, 6, 7, 9, 10]),
    (&["augmented"], &[0, 3, 4, 7, 8, 11]),
    (&["augmented heptatonic"], &[0, 3, 4, 5, 7, 8, 11]),
    (&["altered", "super locrian", "diminished whole tone", "pomeroy"], &[0, 1, 3, 4, 6, 8, 10]),
    (&["lydian dominant", "lydian b7", "overtone"], &[0, 2, 4, 6, 7, 9, 10]),
    (&["lydian augmented"], &[0, 2, 4, 6, 8, 9, 11]),
    (&["lydian diminished"], &[0, 2, 3, 6, 7, 9, 11]),
    (&["lydian minor"], &[0, 2, 4, 6, 7, 8, 10]),
    (&["lydian #9"], &[0, 3, 4, 6, 7, 9, 11]),
    (&["lydian dominant pentatonic"], &[0, 4, 6, 7, 10]),
    (&["lydian pentatonic", "chinese"], &[0, 4, 6, 7, 11]),
    (&["lydian #5p pentatonic"], &[0, 4, 6, 8, 11]),
    (&["mixolydian b6", "melodic minor fifth mode", "hindu"], &[0, 2, 4, 5, 7, 8, 10]),
    (&["mixolydian pentatonic", "indian"], &[0, 4, 5, 7, 10]),
    (&["phrygian dominant", "spanish", "phrygian major"], &[0, 1, 4, 5, 7, 8, 10]),
    (&["dorian b2", "phrygian #6", "melodic minor second mode"], &[0, 1, 3, 5, 7, 9, 10]),
    (&["dorian #4", "ukrainian dorian", "romanian minor", "altered dorian"], &[0, 2, 3, 6, 7, 9, 10]),
    (&["locrian #2", "half-diminished", "aeolian b5"], &[0, 2, 3, 5, 6, 8, 10]),
    (&["locrian 6", "locrian natural 6", "locrian sharp 6"], &[0, 1, 3, 5, 6, 9, 10]),
    (&["locrian major", "arabian"], &[0, 2, 4, 5, 6, 8, 10]),
    (&["locrian pentatonic", "minor seven flat five pentatonic"], &[0, 3, 5, 6, 10]),
    (&["ultralocrian", "superlocrian bb7", "superlocrian diminished"], &[0, 1, 3, 4, 6, 8, 9]),
    (&["super locrian pentatonic"], &[0, 3, 4, 6, 10]),
    (&["ionian augmented"], &[0, 2, 4, 5, 8, 9, 11]),
    (&["ionian pentatonic"], &[0, 4, 5, 7, 11]),
    (&["major augmented", "major #5"], &[0, 2, 4, 5, 8, 9, 11]),
    (&["double harmonic major", "gypsy", "byzantine"], &[0, 1, 4, 5, 7, 8, 11]),
    (&["double harmonic lydian"], &[0, 1, 4, 6, 7, 8, 11]),
    (&["hungarian minor", "double harmonic minor"], &[0, 2, 3, 6, 7, 8, 11]),
    (&["hungarian major"], &[0, 3, 4, 6, 7, 9, 10]),
    (&["neapolitan major"], &[0, 1, 3, 5, 7, 9, 11]),
    (&["neapolitan minor"], &[0, 1, 3, 5, 7, 8, 11]),
    (&["neapolitan major pentatonic"], &[0, 4, 5, 6, 10]),
    (&["leading whole tone"], &[0, 2, 4, 6, 8, 10, 11]),
    (&["enigmatic"], &[0, 1, 4, 6, 8, 10, 11]),
    (&["persian"], &[0, 1, 4, 5, 6, 8, 11]),
    (&["oriental"], &[0, 1, 4, 5, 6, 9, 10]),
    (&["flamenco"], &[0, 1, 3, 4, 6, 7, 10]),
    (&["spanish heptatonic"], &[0, 1, 3, 4, 5, 6, 8, 10]),
    (&["todi raga"], &[0, 1, 3, 6, 7, 8, 11]),
    (&["malkos raga"], &[0, 3, 5, 8, 10]),
    (&["kafi raga"], &[0, 3, 4, 5, 7, 9, 10]),
    (&["purvi raga"], &[0, 1, 4, 5, 6, 7, 8, 11]),
    (&["piongio"], &[0, 2, 5, 7, 9, 10]),
    (&["prometheus"], &[0, 2, 4, 6, 9, 10]),
    (&["prometheus neapolitan"], &[0, 1, 4, 6, 9, 10]),
    (&["mystery #1"], &[0, 1, 4, 6, 8, 10]),
    (&["balinese"], &[0, 1, 3, 5, 7, 8, 11]),
    (&["pelog"], &[0, 1, 3, 7, 8]),
    (&["hirajoshi"], &[0, 2, 3, 7, 8]),
    (&["in-sen"], &[0, 1, 5, 7, 10]),
    (&["iwato"], &[0, 1, 5, 6, 10]),
    (&["kumoijoshi"], &[0, 1, 5, 7, 8]),
    (&["vietnamese 1"], &[0, 3, 5, 7, 8]),
    (&["egyptian"], &[0, 2, 5, 7, 10]),
    (&["ritusen"], &[0, 2, 5, 7, 9]),
    (&["scriabin"], &[0, 1, 4, 7, 9]),
    (&["flat three pentatonic", "kumoi"], &[0, 2, 3, 7, 9]),
    (&["flat six pentatonic"], &[0, 2, 4, 7, 8]),
    (&["minor #7m pentatonic"], &[0, 3, 5, 7, 11]),
    (&["minor six pentatonic"], &[0, 3, 5, 7, 9]),
    (&["minor hexatonic"], &[0, 2, 3, 5, 7, 11]),
    (&["whole tone pentatonic"], &[0, 4, 6, 8, 10]),
    (&["six tone symmetric"], &[0, 1, 4, 5, 8, 9]),
    (&["messiaen's mode #3"], &[0, 2, 3, 4, 6, 7, 8, 10, 11]),
    (&["messiaen's mode #4"], &[0, 1, 2, 5, 6, 7, 8, 11]),
    (&["messiaen's mode #5"], &[0, 1, 5, 6, 7, 11]),
    (&["messiaen's mode #6"], &[0, 2, 4, 5, 6, 8, 10, 11]),
    (&["messiaen's mode #7"], &[0, 1, 2, 3, 5, 6, 7, 8, 9, 11]),
    (&["bebop", "bebop dominant"], &[0, 2, 4, 5, 7, 9, 10, 11]),
    (&["bebop major"], &[0, 2, 4, 5, 7, 8, 9, 11]),
    (&["bebop minor"], &[0, 2, 3, 4, 5, 7, 9, 10]),
    (&["bebop locrian"], &[0, 1, 3, 5, 6, 7, 8, 10]),
    (&["minor bebop"], &[0, 2, 3, 5, 7, 8, 10, 11]),
    (&["ichikosucho"], &[0, 2, 4, 5, 6, 7, 9, 11]),
    (&["minor six diminished"], &[0, 2, 3, 5, 7, 8, 9, 11]),
];

/// A root and its semitones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The MIDI number of degree 0.
    pub root: i64,
    /// Rising from 0, under 12.
    pub steps: &'static [i64],
}

/// Why a text names no scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Unknown {
    /// The root is no note.
    Root(String),
    /// No scale has this name.
    Name(String),
}

fn find(words: &[&str]) -> Option<&'static [i64]> {
    let fits = |name: &str| {
        let mut parts = name.split(' ');
        words.iter().all(|word| parts.next().is_some_and(|part| part.eq_ignore_ascii_case(word)))
            && parts.next().is_none()
    };
    SCALES.iter().find(|(names, _)| names.iter().any(|name| fits(name))).map(|(_, steps)| *steps)
}

/// The names of all scales.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCALES.iter().flat_map(|(names, _)| names.iter().copied())
}

impl Scale {
    /// From `c4:minor`, `A:minor:pentatonic`, `f phrygian`, `minor` (on c3), or a bare root (major).
    pub fn parse(text: &str) -> Result<Scale, Unknown> {
        let words: smallvec::SmallVec<[&str; 6]> =
            text.split([':', ' ', '_']).filter(|word| !word.is_empty()).collect();
        let Some((first, rest)) = words.split_first() else {
            return Err(Unknown::Name(text.to_string()));
        };
        match note::number(first) {
            Some(root) if rest.is_empty() => Ok(Scale { root, steps: SCALES[0].1 }),
            Some(root) => find(rest).map(|steps| Scale { root, steps }).ok_or_else(|| Unknown::Name(rest.join(" "))),
            None => match find(&words) {
                Some(steps) => Ok(Scale { root: 48, steps }),
                None if !rest.is_empty() && find(rest).is_some() => Err(Unknown::Root((*first).to_string())),
                None => Err(Unknown::Name(words.join(" "))),
            },
        }
    }

    /// The note of a degree, which may be negative or beyond the octave.
    pub fn degree(&self, degree: i64) -> i64 {
        let count = self.steps.len() as i64;
        self.root + 12 * degree.div_euclid(count) + self.steps[degree.rem_euclid(count) as usize]
    }

    /// The degree of the nearest note of the scale; of two equally near the lower.
    pub fn nearest(&self, pitch: f64) -> i64 {
        let octave = ((pitch - self.root as f64) / 12.0).floor() as i64;
        let count = self.steps.len() as i64;
        (octave * count..=(octave + 1) * count)
            .min_by(|a, b| {
                let far = |degree: i64| (self.degree(degree) as f64 - pitch).abs();
                far(*a).total_cmp(&far(*b))
            })
            .unwrap_or(0)
    }
}

/// A scale from a value: a word, or the list that `c4:minor` is in mini-notation.
pub fn from_value(value: &Value) -> Result<Scale, Unknown> {
    match value {
        Value::Word(word) => Scale::parse(word),
        Value::List(pair) if pair.len() == 2 => match (&pair[0], &pair[1]) {
            (Value::Number(root), Value::Number(line)) if root.is_int() && line.is_int() => {
                match usize::try_from(line.num()).ok().and_then(|line| SCALES.get(line)) {
                    Some((_, steps)) => Ok(Scale { root: root.num(), steps }),
                    None => Err(Unknown::Name(value.to_string())),
                }
            }
            _ => Scale::parse(&value.to_string()),
        },
        other => Scale::parse(&other.to_string()),
    }
}

/// A degree as written: a number (rounded up, as halves lie above), perhaps with accidentals: `3#`, `6b`.
fn degree(value: &Value) -> Option<(i64, i64)> {
    match value {
        Value::Number(number) => Some((number.ceil().num(), 0)),
        Value::Word(word) if value.number().is_none() => {
            let bare = word.trim_end_matches(['#', 'b', 's', 'f']);
            let by: i64 = word[bare.len()..].bytes().map(|b| if matches!(b, b'#' | b's') { 1 } else { -1 }).sum();
            Some((bare.parse().ok()?, by))
        }
        other => Some((other.number()?.ceil().clamp(-1e6, 1e6) as i64, 0)),
    }
}

/// A scale as two numbers, its root and its line of the table, which are found faster than words.
pub(in crate::pattern) fn numbered(value: &Value) -> Value {
    match from_value(value) {
        Ok(scale) => {
            let line = SCALES.iter().position(|(_, steps)| std::ptr::eq(*steps, scale.steps)).unwrap_or(0);
            Value::List([Value::int(scale.root), Value::int(line as i64)].into())
        }
        Err(_) => value.clone(),
    }
}

/// `n` becomes a `note` of the scale; a note is moved to the nearest one. False removes the event.
pub(in crate::pattern) fn apply_to(map: &mut Controls, name: &Value) -> bool {
    let Ok(scale) = from_value(name) else {
        return true;
    };
    if let Some(step) = map.get("n") {
        let note = match degree(step) {
            Some((degree, by)) => Value::int(scale.degree(degree) + by),
            None => match step.as_word().and_then(note::number) {
                Some(note) => Value::int(note),
                None => return false,
            },
        };
        return map.replace("n", "note".into(), note);
    }
    if let Some(note) = map.get("note") {
        let Some(pitch) = crate::pattern::arithmetic::numeral(note).and_then(|note| note.number()) else {
            return false;
        };
        map.set("note".into(), Value::int(scale.degree(scale.nearest(pitch))));
    }
    true
}

/// The same for a value of any kind.
pub(in crate::pattern) fn apply(value: &Value, name: &Value) -> Option<Value> {
    match value {
        Value::Map(map) => {
            let mut map = map.clone();
            apply_to(&mut map, name).then_some(Value::Map(map))
        }
        Value::Word(word) if value.number().is_none() && note::number(word).is_some() => {
            let Ok(scale) = from_value(name) else {
                return Some(value.clone());
            };
            let pitch = note::number(word)? as f64;
            Some(Value::int(scale.degree(scale.nearest(pitch))))
        }
        other => {
            let Ok(scale) = from_value(name) else {
                return Some(value.clone());
            };
            degree(other).map(|(degree, by)| Value::int(scale.degree(degree) + by))
        }
    }
}

/// The note moved by steps of a scale: the right side is a list of the steps and the scale.
pub(in crate::pattern) fn transpose(value: &Value, by: &Value) -> Option<Value> {
    let Value::List(pair) = by else {
        return Some(value.clone());
    };
    let [steps, name] = &pair[..] else {
        return Some(value.clone());
    };
    let (scale, by) = (from_value(name).ok()?, degree(steps)?.0);
    let note = match value {
        Value::Map(map) => map.get("note"),
        bare => Some(bare),
    };
    let Some(pitch) = note.and_then(crate::pattern::arithmetic::numeral).and_then(|note| note.number()) else {
        return Some(value.clone());
    };
    let note = Value::int(scale.degree(scale.nearest(pitch) + by));
    Some(match value {
        Value::Map(map) => {
            let mut map = map.clone();
            map.set("note".into(), note);
            Value::Map(map)
        }
        _ => note,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_wrap_into_other_octaves() {
        let scale = Scale::parse("C4:minor").unwrap();
        assert_eq!([0, 2, 7, -1].map(|degree| scale.degree(degree)), [60, 63, 72, 58]);
    }

    #[test]
    fn a_name_of_several_words_is_found() {
        assert_eq!(Scale::parse("A:minor:pentatonic").unwrap().steps.len(), 5);
        assert_eq!(Scale::parse("d dorian").unwrap().root, 50);
        assert_eq!(Scale::parse("c4:majr"), Err(Unknown::Name("majr".into())));
    }

    #[test]
    fn every_scale_rises_from_its_root_within_an_octave() {
        for (names, steps) in SCALES {
            assert_eq!(steps[0], 0, "{names:?}");
            assert!(steps.windows(2).all(|pair| pair[0] < pair[1]) && steps.iter().all(|s| *s < 12), "{names:?}");
        }
    }
}
