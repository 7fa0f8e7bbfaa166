//! Scales: names, degrees, steps.
//!
//! Invariant: a scale is a root and rising steps that begin with 0 and stay under its period, which is an octave but
//! for `bohlen-pierce`. Only equal divisions and just intonations leave the semitones.

use crate::base::time::Time;
use crate::pattern::arithmetic::Op;
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
    (&["kafi raga"], &[0, 3, 4, 5, 7, 9, 10, 11]),
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

/// Scales in just intonation: the ratios of their steps to the root, then that of their period.
pub const JUST: &[(&str, &[(i64, i64)])] = &[
    ("just major", &[(1, 1), (9, 8), (5, 4), (4, 3), (3, 2), (5, 3), (15, 8), (2, 1)]),
    ("just minor", &[(1, 1), (9, 8), (6, 5), (4, 3), (3, 2), (8, 5), (9, 5), (2, 1)]),
    ("just pentatonic", &[(1, 1), (9, 8), (5, 4), (3, 2), (5, 3), (2, 1)]),
    (
        "just chromatic",
        &[(1, 1), (16, 15), (9, 8), (6, 5), (5, 4), (4, 3), (45, 32), (3, 2), (8, 5), (5, 3), (9, 5), (15, 8), (2, 1)],
    ),
    ("pythagorean", &[(1, 1), (9, 8), (81, 64), (4, 3), (3, 2), (27, 16), (243, 128), (2, 1)]),
    ("harmonic series", &[(1, 1), (9, 8), (5, 4), (11, 8), (3, 2), (13, 8), (7, 4), (15, 8), (2, 1)]),
    ("septimal", &[(1, 1), (8, 7), (7, 6), (4, 3), (3, 2), (12, 7), (7, 4), (2, 1)]),
    (
        "bohlen-pierce",
        &[
            (1, 1),
            (27, 25),
            (25, 21),
            (9, 7),
            (7, 5),
            (75, 49),
            (5, 3),
            (9, 5),
            (49, 25),
            (15, 7),
            (7, 3),
            (63, 25),
            (25, 9),
            (3, 1),
        ],
    ),
];

/// The most equal parts of an octave that have a name, `311edo`.
const MOST_PARTS: i64 = 311;

/// What the degrees of a scale are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// Semitones, rising from 0, under 12.
    Semitones(&'static [i64]),
    /// So many equal parts of the octave: `19edo`.
    Equal(i64),
    /// A line of [`JUST`].
    Just(usize),
}

/// A root and its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The MIDI number of degree 0.
    pub root: i64,
    /// What its degrees are.
    pub steps: Steps,
}

/// Why a text names no scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Unknown {
    /// The root is no note.
    Root(String),
    /// No scale has this name.
    Name(String),
}

fn find(words: &[&str]) -> Option<Steps> {
    if let [word] = words
        && let Some(parts) = word.to_ascii_lowercase().strip_suffix("edo").and_then(|parts| parts.parse().ok())
    {
        return (1..=MOST_PARTS).contains(&parts).then_some(Steps::Equal(parts));
    }
    let fits = |name: &str| {
        let mut parts = name.split(' ');
        words.iter().all(|word| parts.next().is_some_and(|part| part.eq_ignore_ascii_case(word)))
            && parts.next().is_none()
    };
    let even = SCALES.iter().find(|(names, _)| names.iter().any(|name| fits(name)));
    let just = || JUST.iter().position(|(name, _)| fits(name)).map(Steps::Just);
    even.map(|(_, steps)| Steps::Semitones(steps)).or_else(just)
}

/// The names of all scales.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCALES.iter().flat_map(|(names, _)| names.iter().copied()).chain(JUST.iter().map(|(name, _)| *name))
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
            Some(root) if rest.is_empty() => Ok(Scale { root, steps: Steps::Semitones(SCALES[0].1) }),
            Some(root) => find(rest).map(|steps| Scale { root, steps }).ok_or_else(|| Unknown::Name(rest.join(" "))),
            None => match find(&words) {
                Some(steps) => Ok(Scale { root: 48, steps }),
                None if !rest.is_empty() && find(rest).is_some() => Err(Unknown::Root((*first).to_string())),
                None => Err(Unknown::Name(words.join(" "))),
            },
        }
    }

    /// How many degrees its period has.
    pub fn count(&self) -> i64 {
        match self.steps {
            Steps::Semitones(steps) => steps.len() as i64,
            Steps::Equal(parts) => parts,
            Steps::Just(line) => JUST[line].1.len() as i64 - 1,
        }
    }

    /// The pitch of a degree, which may be negative or beyond the octave: a MIDI number, exact where it can be.
    pub fn note(&self, degree: i64) -> Value {
        match self.steps {
            Steps::Semitones(steps) => {
                let count = steps.len() as i64;
                Value::int(self.root + 12 * degree.div_euclid(count) + steps[degree.rem_euclid(count) as usize])
            }
            Steps::Equal(parts) => Value::Number(Time::int(self.root) + Time::new(12, parts) * Time::int(degree)),
            Steps::Just(_) => Value::Float(self.pitch(degree)),
        }
    }

    /// The same as a float.
    pub fn pitch(&self, degree: i64) -> f64 {
        let Steps::Just(line) = self.steps else {
            return self.note(degree).number().unwrap_or(self.root as f64);
        };
        let (steps, count) = (JUST[line].1, self.count());
        let cents = |(over, under): (i64, i64)| 12.0 * libm::log2(over as f64 / under as f64);
        let periods = degree.div_euclid(count) as f64;
        self.root as f64 + periods * cents(steps[count as usize]) + cents(steps[degree.rem_euclid(count) as usize])
    }

    /// The degree of the nearest note of the scale; of two equally near the lower.
    pub fn nearest(&self, pitch: f64) -> i64 {
        let count = self.count();
        let period = self.pitch(count) - self.root as f64;
        let octave = ((pitch - self.root as f64) / period).floor() as i64;
        (octave * count..=(octave + 1) * count)
            .min_by(|a, b| {
                let far = |degree: i64| (self.pitch(degree) - pitch).abs();
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
                match from_line(line.num()) {
                    Some(steps) => Ok(Scale { root: root.num(), steps }),
                    None => Err(Unknown::Name(value.to_string())),
                }
            }
            _ => Scale::parse(&value.to_string()),
        },
        other => Scale::parse(&other.to_string()),
    }
}

/// Steps as one number: a line of the table; equal parts below 0; just intonations from here on.
const JUST_LINES: i64 = 10_000;

fn from_line(line: i64) -> Option<Steps> {
    match line {
        ..0 => Some(Steps::Equal(-line)),
        JUST_LINES.. => {
            Some(Steps::Just((line - JUST_LINES) as usize)).filter(|_| line - JUST_LINES < JUST.len() as i64)
        }
        _ => SCALES.get(line as usize).map(|(_, steps)| Steps::Semitones(steps)),
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
pub fn numbered(value: &Value) -> Value {
    match from_value(value) {
        Ok(scale) => {
            let line = match scale.steps {
                Steps::Semitones(own) => {
                    SCALES.iter().position(|(_, steps)| std::ptr::eq(*steps, own)).unwrap_or(0) as i64
                }
                Steps::Equal(parts) => -parts,
                Steps::Just(line) => JUST_LINES + line as i64,
            };
            Value::List([Value::int(scale.root), Value::int(line)].into())
        }
        Err(_) => value.clone(),
    }
}

/// A note by semitones higher.
fn raised(note: Value, by: i64) -> Value {
    if by == 0 { note } else { Op::Add.apply(&note, &Value::int(by)).unwrap_or(note) }
}

/// `n` becomes a `note` of the scale; a note is moved to the nearest one. False removes the event.
pub(in crate::pattern) fn apply_to(map: &mut Controls, name: &Value) -> bool {
    let Ok(scale) = from_value(name) else {
        return true;
    };
    if let Some(step) = map.get("n") {
        let note = match degree(step) {
            Some((degree, by)) => raised(scale.note(degree), by),
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
        map.set("note".into(), scale.note(scale.nearest(pitch)));
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
            Some(scale.note(scale.nearest(pitch)))
        }
        other => {
            let Ok(scale) = from_value(name) else {
                return Some(value.clone());
            };
            degree(other).map(|(degree, by)| raised(scale.note(degree), by))
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
    let note = scale.note(scale.nearest(pitch) + by);
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
        assert_eq!([0, 2, 7, -1].map(|degree| scale.pitch(degree)), [60.0, 63.0, 72.0, 58.0]);
    }

    #[test]
    fn a_name_of_several_words_is_found() {
        assert_eq!(Scale::parse("A:minor:pentatonic").unwrap().count(), 5);
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

    #[test]
    fn equal_parts_and_just_ratios_leave_the_semitones() {
        let parts = Scale::parse("c4:19edo").unwrap();
        assert_eq!(parts.note(19), Value::Number(Time::int(72)));
        assert_eq!(parts.note(1), Value::Number(Time::int(60) + Time::new(12, 19)));
        let just = Scale::parse("c4:just:major").unwrap();
        assert!((just.pitch(4) - 67.019_55).abs() < 1e-5 && (just.pitch(7) - 72.0).abs() < 1e-12);
        for name in ["c:19edo", "c:just:minor", "c:bohlen-pierce", "c:minor"] {
            let scale = Scale::parse(name).unwrap();
            assert_eq!(from_value(&numbered(&Value::word(name))), Ok(scale));
            assert_eq!(
                (-20..20).map(|at| scale.nearest(scale.pitch(at))).collect::<Vec<_>>(),
                (-20..20).collect::<Vec<_>>()
            );
        }
    }
}
