//! What the names of audio files tell: `piano-c3_v2_rr1.wav` is the note c3 of `piano`, its second velocity layer, first
//! turn.
//!
//! A name is read in words between `_`, `-`, blanks and dots:
//!
//! - a note, `c3 F#2 eb4 As1` (60 is c4), is the root of a pitched instrument where all files of a sound have one;
//! - `v1 v2 …` (also `vel` and `vl`), or `ppp pp p mp mf f ff fff`, is a velocity layer where there are two or more of
//!   them. Numbers over 16 are the highest velocity of their layer; lower ones share the 127 evenly;
//! - `rr1 rr2 …` is the turn of a round robin.
//!
//! They may stand together as in `A0v8`. What is left is the sound's name.
//!
//! Invariant: a word that is no mark stays in the name, so that no two sounds fall together by accident.

use std::cmp::Ordering;
use std::path::Path;

use crate::base::catalog::{Variant, Zoned};
use crate::base::zone::Zone;

/// What the name of a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The name without its marks.
    pub base: String,
    /// MIDI number of its note.
    pub note: Option<u8>,
    /// Its velocity layer.
    pub layer: Option<Layer>,
    /// Its turn.
    pub turn: Option<u32>,
}

/// A velocity layer; the lower ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// By number.
    Number(u32),
    /// By dynamics, 0 is `ppp`.
    Dynamic(u8),
}

const DYNAMICS: [&str; 8] = ["ppp", "pp", "p", "mp", "mf", "f", "ff", "fff"];

/// Layers with numbers over this are counted in velocities.
const MOST_COUNTED: u32 = 16;

/// Reads the stem of a file's name.
pub fn marks(stem: &str) -> Marks {
    let mut out = Marks::default();
    let mut base: Vec<&str> = Vec::new();
    for word in stem.split(['_', '-', ' ', '.']).filter(|word| !word.is_empty()) {
        let mut read = Marks { note: out.note, layer: out.layer, turn: out.turn, base: String::new() };
        if mark(word, &mut read) {
            out = Marks { base: String::new(), ..read };
        } else {
            base.push(word);
        }
    }
    let marked = out.note.is_some() || out.layer.is_some() || out.turn.is_some();
    out.base = if marked { base.join("_") } else { stem.to_owned() };
    out
}

/// Whether a word holds marks only; each may stand once in a name.
fn mark(word: &str, into: &mut Marks) -> bool {
    if word.is_empty() {
        return true;
    }
    let lower = word.to_ascii_lowercase();
    if into.layer.is_none()
        && let Some(at) = DYNAMICS.iter().position(|name| *name == lower)
    {
        into.layer = Some(Layer::Dynamic(at as u8));
        return true;
    }
    if into.note.is_none()
        && let Some((note, rest)) = note(word)
    {
        into.note = Some(note);
        return mark(rest, into);
    }
    for prefix in ["vel", "vl", "v"] {
        if into.layer.is_none()
            && let Some((number, rest)) = numbered(&lower, prefix)
        {
            into.layer = Some(Layer::Number(number));
            return mark(&word[word.len() - rest.len()..], into);
        }
    }
    if into.turn.is_none()
        && let Some((number, rest)) = numbered(&lower, "rr")
    {
        into.turn = Some(number);
        return mark(&word[word.len() - rest.len()..], into);
    }
    false
}

fn numbered<'a>(word: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let rest = word.strip_prefix(prefix)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (1..=3).contains(&digits).then(|| (rest[..digits].parse().unwrap_or(0), &rest[digits..]))
}

/// A note with its octave, one digit, at the start of a word: `c3`, `F#2`, `eb4`.
fn note(word: &str) -> Option<(u8, &str)> {
    let mut chars = word.chars();
    let step = match chars.next()?.to_ascii_lowercase() {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' => 11,
        _ => return None,
    };
    let mut rest = chars.as_str();
    let mut shift = 0;
    for (sign, by) in [("#", 1), ("s", 1), ("S", 1), ("b", -1)] {
        if let Some(after) = rest.strip_prefix(sign) {
            (rest, shift) = (after, by);
            break;
        }
    }
    let octave = rest.chars().next()?.to_digit(10)? as i32;
    let rest = &rest[1..];
    // `c30` is no note.
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    u8::try_from((octave + 1) * 12 + step + shift).ok().filter(|note| *note <= 127).map(|note| (note, rest))
}

/// A file of a sound.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) marks: Marks,
    pub(super) variant: Variant,
}

/// What the files of one sound are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A variant each.
    Variants(Vec<Variant>),
    /// Chosen by more than a number.
    Zoned(Zoned),
}

/// What files mean together, in natural order as they come.
pub(super) fn meaning(files: Vec<Found>) -> Meaning {
    let groups = groups(files);
    if let [group] = &groups[..]
        && is_pitched(group)
    {
        return Meaning::Zoned(Zoned { sets: vec![pitched_zones(group)], pitched: true });
    }
    if groups.iter().all(|group| group.len() == 1) {
        return Meaning::Variants(groups.into_iter().flatten().map(|file| file.variant).collect());
    }
    let sets = groups.iter().map(|group| layers(group, (0, 127))).collect();
    Meaning::Zoned(Zoned { sets, pitched: false })
}

/// Whether files are the keys of one instrument.
fn is_pitched(files: &[Found]) -> bool {
    let alike = |file: &Found| file.marks.note.is_some() && file.marks.base == files[0].marks.base;
    files.iter().all(alike)
}

/// Files that sound in each other's place. Where a mark does not choose (one layer, one turn), it counts for a name.
fn groups(files: Vec<Found>) -> Vec<Vec<Found>> {
    let mut bases: Vec<Vec<Found>> = Vec::new();
    let pitched = is_pitched(&files);
    for file in files {
        let alike = |other: &Marks| other.base == file.marks.base && (pitched || other.note == file.marks.note);
        match bases.iter_mut().find(|group| alike(&group[0].marks)) {
            Some(group) => group.push(file),
            None => bases.push(vec![file]),
        }
    }
    let mut out = Vec::new();
    for group in bases {
        if pitched {
            out.push(group);
            continue;
        }
        let choose = |of: &dyn Fn(&Marks) -> Option<u32>, every: bool| {
            let mut seen: Vec<u32> = group.iter().filter_map(|file| of(&file.marks)).collect();
            seen.sort_unstable();
            seen.dedup();
            seen.len() > 1 && (!every || group.iter().all(|file| of(&file.marks).is_some()))
        };
        let layered = choose(&|marks| marks.layer.map(order), true);
        // A layer may have one file only, without a turn.
        let turned = choose(&|marks| marks.turn, !layered);
        if layered || turned {
            let mut parts: Vec<Vec<Found>> = Vec::new();
            for file in group {
                let same = |other: &Marks| {
                    (layered || other.layer == file.marks.layer) && (turned || other.turn == file.marks.turn)
                };
                match parts.iter_mut().find(|part| same(&part[0].marks)) {
                    Some(part) => part.push(file),
                    None => parts.push(vec![file]),
                }
            }
            out.extend(parts);
        } else {
            out.extend(group.into_iter().map(|file| vec![file]));
        }
    }
    out
}

fn order(layer: Layer) -> u32 {
    match layer {
        Layer::Number(number) => number,
        Layer::Dynamic(at) => u32::from(at),
    }
}

/// Zones for roots: each plays the keys that are nearest to it.
fn pitched_zones(files: &[Found]) -> Vec<Zone<Variant>> {
    let mut notes: Vec<u8> = files.iter().filter_map(|file| file.marks.note).collect();
    notes.sort_unstable();
    notes.dedup();
    let mut out = Vec::new();
    for (at, note) in notes.iter().enumerate() {
        let low = at.checked_sub(1).map_or(0, |before| (u16::from(notes[before]) + u16::from(*note)).div_ceil(2) as u8);
        let high =
            notes.get(at + 1).map_or(127, |after| ((u16::from(*note) + u16::from(*after)).div_ceil(2) - 1) as u8);
        let here: Vec<Found> = files.iter().filter(|file| file.marks.note == Some(*note)).cloned().collect();
        let zones = layers(&here, (low, high.max(low)));
        out.extend(zones.into_iter().map(|zone| Zone { root: f32::from(*note), ..zone }));
    }
    out
}

/// Zones for layers and turns on the same keys.
fn layers(files: &[Found], keys: (u8, u8)) -> Vec<Zone<Variant>> {
    let mut known: Vec<Option<Layer>> = files.iter().map(|file| file.marks.layer).collect();
    known.sort_unstable();
    known.dedup();
    let counted = known.iter().flatten().all(|layer| order(*layer) <= MOST_COUNTED);
    let mut out = Vec::new();
    let mut low = 0u32;
    for (at, layer) in known.iter().enumerate() {
        let last = at + 1 == known.len();
        let high = match layer {
            _ if last => 127,
            Some(layer) if !counted => order(*layer).min(127),
            _ => (at as u32 + 1) * 128 / known.len() as u32 - 1,
        };
        let mut turns: Vec<&Found> = files.iter().filter(|file| file.marks.layer == *layer).collect();
        turns.sort_by_key(|file| file.marks.turn);
        for (turn, file) in turns.iter().enumerate() {
            out.push(Zone {
                keys,
                velocities: (low.min(127) as u8, high as u8),
                turn: (turn as u16, turns.len() as u16),
                ..Zone::new(file.variant.clone())
            });
        }
        low = high + 1;
    }
    out
}

/// A name as a word of mini-notation.
pub(super) fn word(name: &str) -> String {
    name.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

/// `bd_12` without its count: `bd`.
pub(super) fn without_count(stem: &str) -> &str {
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let bare = name.trim_end_matches(['_', '-', ' ']);
    if name.len() < stem.len() && bare.len() < name.len() && !bare.is_empty() { bare } else { stem }
}

/// The stem of a file's path.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// As people sort: numbers by value, letters without case; bytes decide what is left.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (digits_left, digits_right) = (leading_digits(left), leading_digits(right));
        if !digits_left.is_empty() && !digits_right.is_empty() {
            let (x, y) = (digits_left.trim_start_matches('0'), digits_right.trim_start_matches('0'));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order.is_ne() {
                return order;
            }
            left = &left[digits_left.len()..];
            right = &right[digits_right.len()..];
            continue;
        }
        let (mut chars_left, mut chars_right) = (left.chars(), right.chars());
        match (chars_left.next(), chars_right.next()) {
            (Some(x), Some(y)) => {
                let order = x.to_lowercase().cmp(y.to_lowercase());
                if order.is_ne() {
                    return order;
                }
            }
            (x, y) => return x.is_some().cmp(&y.is_some()).then_with(|| a.cmp(b)),
        }
        left = chars_left.as_str();
        right = chars_right.as_str();
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(stems: &[&str]) -> Vec<Found> {
        stems.iter().map(|stem| Found { marks: marks(stem), variant: Variant::file(format!("{stem}.wav")) }).collect()
    }

    fn zoned(stems: &[&str]) -> Zoned {
        match meaning(found(stems)) {
            Meaning::Zoned(zoned) => zoned,
            Meaning::Variants(variants) => panic!("{variants:?}"),
        }
    }

    fn told(stem: &str) -> (String, Option<u8>, Option<Layer>, Option<u32>) {
        let marks = marks(stem);
        (marks.base, marks.note, marks.layer, marks.turn)
    }

    #[test]
    fn names_tell_roots_layers_and_turns() {
        assert_eq!(told("piano-c3"), ("piano".into(), Some(48), None, None));
        assert_eq!(told("Grand Piano F#2 v3"), ("Grand_Piano".into(), Some(42), Some(Layer::Number(3)), None));
        assert_eq!(told("bd_v1_rr2"), ("bd".into(), None, Some(Layer::Number(1)), Some(2)));
        assert_eq!(told("vln.Eb4.mf"), ("vln".into(), Some(63), Some(Layer::Dynamic(4)), None));
        assert_eq!(told("A0v8"), (String::new(), Some(21), Some(Layer::Number(8)), None));
        assert_eq!(told("snare-vel127-rr1"), ("snare".into(), None, Some(Layer::Number(127)), Some(1)));
    }

    #[test]
    fn other_words_stay_in_the_name() {
        for stem in ["BT0A0A7", "808", "tom2", "_1", "c30", "bd_01", "verb", "Room-2", "h3", "rr"] {
            assert_eq!(marks(stem), Marks { base: stem.into(), ..Marks::default() });
        }
    }

    #[test]
    fn roots_share_the_keys_between_them() {
        let zoned = zoned(&["piano-c3", "piano-c4", "piano-g4"]);
        assert!(zoned.pitched);
        let keys: Vec<_> = zoned.sets[0].iter().map(|zone| (zone.root, zone.keys)).collect();
        assert_eq!(keys, [(48.0, (0, 53)), (60.0, (54, 63)), (67.0, (64, 127))]);
    }

    #[test]
    fn layers_share_the_velocities_and_turns_take_turns() {
        let zoned = zoned(&["bd_v1_rr1", "bd_v1_rr2", "bd_v2_rr1", "bd_v2_rr2"]);
        assert!(!zoned.pitched);
        let zones: Vec<_> = zoned.sets[0].iter().map(|zone| (zone.velocities, zone.turn)).collect();
        assert_eq!(zones, [((0, 63), (0, 2)), ((0, 63), (1, 2)), ((64, 127), (0, 2)), ((64, 127), (1, 2))]);
        let zoned = self::zoned(&["sd_ff", "sd_p", "sd_mf"]);
        let zones: Vec<_> = zoned.sets[0]
            .iter()
            .map(|zone| (&*zone.audio.path.to_string_lossy() == "sd_ff.wav", zone.velocities))
            .collect();
        assert_eq!(zones, [(false, (0, 41)), (false, (42, 84)), (true, (85, 127))]);
        let zoned = self::zoned(&["sd_v40", "sd_v90", "sd_v127"]);
        let bounds: Vec<_> = zoned.sets[0].iter().map(|zone| zone.velocities).collect();
        assert_eq!(bounds, [(0, 40), (41, 90), (91, 127)]);
    }

    #[test]
    fn a_mark_that_does_not_choose_is_a_name() {
        let Meaning::Variants(variants) = meaning(found(&["kick", "kick_v2", "kick_p", "loop_a1"])) else { panic!() };
        assert_eq!(variants.len(), 4);
    }

    #[test]
    fn layered_files_are_one_variant_beside_others() {
        let zoned = zoned(&["bd_rr1", "bd_rr2", "deep"]);
        assert_eq!(zoned.sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn numbers_sort_by_value() {
        let mut names = ["a10", "A2", "a02", "b", "a", "1", "01x", "é"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["1", "01x", "a", "A2", "a02", "a10", "b", "é"]);
    }
}
