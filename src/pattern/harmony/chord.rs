//! Chords: their spellings, and how they are laid out for an instrument.
//!
//! Invariant: the same chord, anchor and mode give the same notes, whatever was played before.

use crate::pattern::value::{Controls, Value};

use super::note;

/// Spellings of a chord and its semitones above the root, bass first; the first spelling is the usual one.
pub const CHORDS: &[(&[&str], &[i64])] = &[
    (&["", "M", "maj", "major", "^"], &[0, 4, 7]),
    (&["m", "-", "min", "minor", "mi"], &[0, 3, 7]),
    (&["o", "dim", "°"], &[0, 3, 6]),
    (&["+", "aug", "+5", "^#5"], &[0, 4, 8]),
    (&["5"], &[0, 7]),
    (&["2", "sus2"], &[0, 2, 7]),
    (&["sus", "sus4", "4"], &[0, 5, 7]),
    (&["sus24", "sus4add9"], &[0, 2, 5, 7]),
    (&["6", "M6", "maj6", "add6", "add13"], &[0, 4, 7, 9]),
    (&["m6", "-6", "min6"], &[0, 3, 7, 9]),
    (&["69", "6/9", "M69", "6add9"], &[0, 4, 7, 9, 14]),
    (&["m69", "-69", "min69"], &[0, 3, 7, 9, 14]),
    (&["7", "dom", "dom7"], &[0, 4, 7, 10]),
    (&["^7", "maj7", "M7", "Δ", "Δ7", "ma7", "major7", "j7"], &[0, 4, 7, 11]),
    (&["m7", "-7", "min7", "mi7", "minor7"], &[0, 3, 7, 10]),
    (
        &["m^7", "-^7", "mM7", "mmaj7", "minmaj7", "-maj7", "m/maj7", "m/ma7", "m/M7", "mΔ7", "mΔ", "-Δ7"],
        &[0, 3, 7, 11],
    ),
    (&["o7", "dim7", "°7"], &[0, 3, 6, 9]),
    (&["h7", "h", "m7b5", "-7b5", "ø", "ø7", "min7b5", "half-dim"], &[0, 3, 6, 10]),
    (&["h9", "m9b5", "-9b5", "ø9"], &[0, 3, 6, 10, 14]),
    (&["o^7", "dimM7", "oM7"], &[0, 3, 6, 11]),
    (&["7#5", "+7", "aug7", "7+", "7aug", "7b13"], &[0, 4, 8, 10]),
    (&["^7#5", "+maj7", "maj7+5", "maj7#5", "M7#5", "augmaj7", "+M7"], &[0, 4, 8, 11]),
    (&["m#5", "-#5", "m+"], &[0, 3, 8]),
    (&["mb6", "-b6"], &[0, 3, 7, 8]),
    (&["m7#5", "-7#5"], &[0, 3, 8, 10]),
    (&["7b5"], &[0, 4, 6, 10]),
    (&["^7b5", "maj7b5", "M7b5"], &[0, 4, 6, 11]),
    (&["7sus", "7sus4", "sus7"], &[0, 5, 7, 10]),
    (&["7sus2"], &[0, 2, 7, 10]),
    (&["^7sus", "maj7sus4", "M7sus4"], &[0, 5, 7, 11]),
    (&["add9", "2add", "add2", "Madd9"], &[0, 4, 7, 14]),
    (&["madd9", "-add9", "madd2", "minadd9", "m2", "-2"], &[0, 3, 7, 14]),
    (&["add4", "add11"], &[0, 4, 7, 17]),
    (&["madd4", "madd11", "-add4", "m4", "-4"], &[0, 3, 7, 17]),
    (&["addb9"], &[0, 4, 7, 13]),
    (&["9", "dom9"], &[0, 4, 7, 10, 14]),
    (&["^9", "maj9", "M9", "Δ9", "ma9"], &[0, 4, 7, 11, 14]),
    (&["m9", "-9", "min9", "mi9"], &[0, 3, 7, 10, 14]),
    (&["m^9", "-^9", "mM9", "mmaj9"], &[0, 3, 7, 11, 14]),
    (&["9sus", "9sus4", "sus9"], &[0, 5, 7, 10, 14]),
    (&["9#5", "aug9", "+9", "9+"], &[0, 4, 8, 10, 14]),
    (&["9b5"], &[0, 4, 6, 10, 14]),
    (&["7b9"], &[0, 4, 7, 10, 13]),
    (&["7#9"], &[0, 4, 7, 10, 15]),
    (&["7b9b5", "7b5b9"], &[0, 4, 6, 10, 13]),
    (&["7b9#5", "7#5b9", "7b9b13", "7alt", "alt"], &[0, 4, 8, 10, 13]),
    (&["7#9#5", "7#5#9", "7#9b13"], &[0, 4, 8, 10, 15]),
    (&["7#9b5", "7b5#9"], &[0, 4, 6, 10, 15]),
    (&["7b9#9"], &[0, 4, 7, 10, 13, 15]),
    (&["7susadd3"], &[0, 4, 5, 7, 10]),
    (&["7b9sus", "7susb9", "7b9sus4", "phryg"], &[0, 5, 7, 10, 13]),
    (&["11"], &[0, 7, 10, 14, 17]),
    (&["^11", "maj11", "M11"], &[0, 4, 7, 11, 14, 17]),
    (&["m11", "-11", "min11", "mi11"], &[0, 3, 7, 10, 14, 17]),
    (&["7#11", "7#4", "7+11", "lydian7"], &[0, 4, 7, 10, 18]),
    (&["9#11", "9+4", "9#4"], &[0, 4, 7, 10, 14, 18]),
    (&["^7#11", "maj7#11", "M7#11", "maj#4", "Δ#4", "Δ#11"], &[0, 4, 7, 11, 18]),
    (&["^9#11", "maj9#11", "M9#11"], &[0, 4, 7, 11, 14, 18]),
    (&["7b9#11"], &[0, 4, 7, 10, 13, 18]),
    (&["7#9#11"], &[0, 4, 7, 10, 15, 18]),
    (&["7#11b13"], &[0, 4, 7, 10, 18, 20]),
    (&["13"], &[0, 4, 7, 10, 14, 21]),
    (&["^13", "maj13", "M13", "Δ13"], &[0, 4, 7, 11, 14, 21]),
    (&["m13", "-13", "min13"], &[0, 3, 7, 10, 14, 21]),
    (&["13sus", "13sus4"], &[0, 5, 7, 10, 14, 21]),
    (&["13b9"], &[0, 4, 7, 10, 13, 21]),
    (&["13#9"], &[0, 4, 7, 10, 15, 21]),
    (&["13#11", "13+4", "13#4"], &[0, 4, 7, 10, 14, 18, 21]),
    (&["7b13b9"], &[0, 4, 7, 10, 13, 20]),
    (&["7add6", "67", "7add13"], &[0, 4, 7, 9, 10]),
    (&["m7add11", "m7add4"], &[0, 3, 7, 10, 17]),
    (&["^7b6", "M7b6", "maj7b6"], &[0, 4, 8, 11]),
    (&["alt7"], &[0, 4, 10, 13]),
    (&["quartal"], &[0, 5, 10, 15]),
    (&["11b9"], &[0, 7, 10, 13, 17]),
    (&["^9#5", "maj9#5", "M9#5", "+maj9"], &[0, 4, 8, 11, 14]),
    (&["9#5#11"], &[0, 4, 8, 10, 14, 18]),
    (&["7#5b9#11"], &[0, 4, 8, 10, 13, 18]),
    (&["+add#9"], &[0, 4, 8, 15]),
    (&["+add9", "M#5add9"], &[0, 4, 8, 14]),
    (&["6#11", "6b5", "M6#11", "M6b5"], &[0, 4, 7, 9, 18]),
    (&["M7add13", "^7add13", "maj7add13"], &[0, 4, 7, 9, 11, 14]),
    (&["69#11"], &[0, 4, 7, 9, 14, 18]),
    (&["7b6"], &[0, 4, 7, 8, 10]),
    (&["^7#9#11", "maj7#9#11", "M7#9#11"], &[0, 4, 7, 11, 15, 18]),
    (&["^13#11", "maj13#11", "M13#11", "M13+4", "M13#4"], &[0, 4, 7, 11, 14, 18, 21]),
    (&["^7b9", "maj7b9", "M7b9"], &[0, 4, 7, 11, 13]),
    (&["13#9#11"], &[0, 4, 7, 10, 15, 18, 21]),
    (&["7#9#11b13"], &[0, 4, 7, 10, 15, 18, 20]),
    (&["13b9#11"], &[0, 4, 7, 10, 13, 18, 21]),
    (&["7b9b13#11", "7b9#11b13", "7b5b9b13"], &[0, 4, 7, 10, 13, 18, 20]),
    (&["Mb5", "majb5", "^b5"], &[0, 4, 6]),
    (&["13b5"], &[0, 4, 6, 9, 10, 14]),
    (&["^9b5", "maj9b5", "M9b5"], &[0, 4, 6, 11, 14]),
    (&["7no5"], &[0, 4, 10]),
    (&["9no5"], &[0, 4, 10, 14]),
    (&["13no5"], &[0, 4, 10, 14, 21]),
    (&["9b13"], &[0, 4, 7, 10, 14, 20]),
    (&["m^7b6", "mMaj7b6", "mM7b6"], &[0, 3, 7, 8, 11]),
    (&["m^9b6", "mMaj9b6", "mM9b6"], &[0, 3, 7, 8, 11, 14]),
    (&["o7M7", "dim7M7"], &[0, 3, 6, 9, 11]),
    (&["mb6M7", "mb6^7"], &[0, 3, 8, 11]),
    (&["m9#5", "-9#5"], &[0, 3, 8, 10, 14]),
    (&["m11#5", "m11A"], &[0, 3, 8, 10, 14, 17]),
    (&["mb6b9"], &[0, 3, 8, 13]),
    (&["^7#5sus", "maj7#5sus4", "M7#5sus4"], &[0, 5, 8, 11]),
    (&["^9#5sus", "maj9#5sus4", "M9#5sus4"], &[0, 5, 8, 11, 14]),
    (&["7#5sus", "7#5sus4"], &[0, 5, 8, 10]),
    (&["^9sus", "maj9sus4", "M9sus4"], &[0, 5, 7, 11, 14]),
    (&["7b9b13sus", "7b9b13sus4", "7sus4b9b13"], &[0, 5, 7, 10, 13, 20]),
];

/// A chord as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Chord {
    /// The pitch class of the root, 0 to 11.
    pub root: i64,
    /// Semitones above the root, from 0 up.
    pub tones: &'static [i64],
    /// The pitch class of another bass, after a `/`.
    pub bass: Option<i64>,
}

impl Chord {
    /// From `C`, `Am7`, `F#m7b5`, `Bb^7/D`.
    pub fn parse(text: &str) -> Option<Chord> {
        let mut letters = text.chars();
        if !matches!(letters.next()?, 'A'..='G' | 'a'..='g') {
            return None;
        }
        let accidentals = letters.take_while(|c| matches!(c, '#' | 'b')).count();
        let (name, rest) = text.split_at(1 + accidentals);
        let (root, _) = note::parse(name)?;
        let known = |quality: &str| CHORDS.iter().find(|(names, _)| names.contains(&quality)).map(|(_, tones)| *tones);
        // `CMaj7`, `Cmin(maj7)`, `C7(b9)`: the same without brackets and capitals.
        let exact = |quality: &str| {
            known(quality).or_else(|| {
                let plain = quality.replace(['(', ')', ' '], "").replace("Maj", "maj").replace("Min", "m");
                known(&plain)
            })
        };
        let whole = |tones, bass: Option<i64>| Chord { root: root.rem_euclid(12), tones, bass };
        if let Some(tones) = exact(rest) {
            return Some(whole(tones, None));
        }
        let (quality, bass) = rest.rsplit_once('/')?;
        let (bass, octave) = note::parse(bass)?;
        if octave.is_some() {
            return None;
        }
        Some(whole(exact(quality)?, Some(bass.rem_euclid(12))))
    }

    /// All its tones in close position, the lowest in `octave`.
    pub fn close(&self, octave: i64) -> Vec<i64> {
        let root = 12 * (octave + 1) + self.root;
        let mut notes: Vec<_> = self.tones.iter().map(|tone| root + tone).collect();
        if let Some(bass) = self.bass {
            let low = notes.first().copied().unwrap_or(root);
            notes.insert(0, low - (low - bass).rem_euclid(12));
            notes.dedup();
        }
        notes
    }
}

/// Where a voicing lies relative to its anchor, and how wide it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The top note at or below the anchor.
    Below,
    /// The lowest note at or above it.
    Above,
    /// The top note below the anchor and no anchor itself: as `Below`, without that note.
    Duck,
    /// As `Below`, with the root in the bass.
    Root,
    /// As `Below`, with these voices, counted from the top, an octave lower.
    Drop(&'static [usize]),
}

impl Mode {
    /// From its word.
    pub fn parse(word: &str) -> Option<Mode> {
        Some(match word {
            "below" => Mode::Below,
            "above" => Mode::Above,
            "duck" => Mode::Duck,
            "root" => Mode::Root,
            "drop2" => Mode::Drop(&[2]),
            "drop3" => Mode::Drop(&[3]),
            "drop24" | "open" => Mode::Drop(&[2, 4]),
            _ => return None,
        })
    }
}

/// The tones that a pair of hands would play: of five or more the fifth goes first, then the root.
pub(super) fn played(chord: &Chord) -> Vec<i64> {
    let mut tones = chord.tones.to_vec();
    if tones.len() > 4 {
        tones.retain(|tone| *tone != 7);
    }
    if tones.len() > 5 {
        tones.retain(|tone| *tone != 0);
    }
    tones
}

/// The tones that a dictionary keeps: `triads` the lowest three, `guidetones` the third and the seventh.
fn kept(chord: &Chord, dictionary: &str) -> Vec<i64> {
    match dictionary {
        "triads" => chord.tones.iter().copied().take(3).collect(),
        "guidetones" => {
            let guides: Vec<i64> = chord.tones.iter().copied().filter(|tone| matches!(tone, 3..=5 | 9..=11)).collect();
            if guides.is_empty() { chord.tones.to_vec() } else { guides }
        }
        _ => played(chord),
    }
}

/// Rising pitch classes of tones from the n-th of them on, in close position; the lowest is a class.
pub(super) fn close(root: i64, tones: &[i64], first: usize) -> Vec<i64> {
    let mut classes: Vec<i64> = tones.iter().map(|tone| (root + tone).rem_euclid(12)).collect();
    classes.sort_unstable();
    classes.dedup();
    let count = classes.len();
    let mut notes: Vec<i64> = Vec::with_capacity(count);
    for i in 0..count {
        let class = classes[(first + i) % count];
        let low = notes.last().copied().unwrap_or(class - 1);
        notes.push(low + 1 + (class - low - 1).rem_euclid(12));
    }
    notes
}

/// Voices, counted from the top, an octave lower.
pub(super) fn dropped(notes: &mut [i64], voices: &[usize]) {
    let count = notes.len();
    for voice in voices {
        if let Some(note) =
            count.checked_sub(*voice).filter(|at| *at > 0 || count == *voice).and_then(|at| notes.get_mut(at))
        {
            *note -= 12;
        }
    }
    notes.sort_unstable();
}

/// The notes of a chord around an anchor (a MIDI number), low to high.
pub fn layout(chord: &Chord, anchor: i64, mode: Mode) -> Vec<i64> {
    laid_out(chord, &played(chord), anchor, mode, None)
}

/// The same for some of its tones; with an inversion the lowest note is that tone, counted from the root.
fn laid_out(chord: &Chord, tones: &[i64], anchor: i64, mode: Mode, inversion: Option<i64>) -> Vec<i64> {
    // Every rotation in close position, its top (or bottom) note moved next to the anchor: the nearest wins.
    let count = close(chord.root, tones, 0).len();
    let lowest = inversion.map(|n| {
        let tone = tones[n.rem_euclid(tones.len().max(1) as i64) as usize];
        (chord.root + tone).rem_euclid(12)
    });
    let rotations = (0..count)
        .map(|first| close(chord.root, tones, first))
        .filter(|notes| lowest.is_none_or(|lowest| notes[0].rem_euclid(12) == lowest));
    let placed = rotations.map(|notes| {
        let (low, top) = (notes[0], notes[count - 1]);
        let by = match mode {
            Mode::Above => {
                let up = (low - anchor).rem_euclid(12);
                anchor + up - low
            }
            Mode::Duck => {
                let edge = anchor - 1;
                edge - (edge - top).rem_euclid(12) - top
            }
            Mode::Below | Mode::Root | Mode::Drop(_) => anchor - (anchor - top).rem_euclid(12) - top,
        };
        notes.iter().map(|note| note + by).collect::<Vec<i64>>()
    });
    let mut notes = placed
        .min_by_key(|notes| match mode {
            Mode::Above => notes[0] - anchor,
            _ => anchor - notes[count - 1],
        })
        .unwrap_or_default();
    if let Mode::Drop(voices) = mode {
        dropped(&mut notes, voices);
    }
    with_bass(chord, (mode == Mode::Root).then_some(chord.root), notes)
}

/// The bass of a slash chord (or another) under the notes; it is not doubled above.
pub(super) fn with_bass(chord: &Chord, bass: Option<i64>, mut notes: Vec<i64>) -> Vec<i64> {
    if let (Some(bass), Some(low)) = (chord.bass.or(bass), notes.first().copied()) {
        let bass = low - (low - bass).rem_euclid(12);
        if bass != low {
            notes.retain(|note| (note - bass) % 12 != 0);
            notes.insert(0, bass);
        }
    }
    notes
}

/// The notes of an event with a `chord`: its `anchor` (c5), `mode` (below), `inversion` (the nearest), `dictionary`;
/// `offset` turns so many notes up (or down) by an octave, and with `n` only the n-th note is left, counted on through
/// the octaves, `octaves` at a time.
pub fn voiced(controls: &Controls) -> Option<Vec<i64>> {
    let chord = Chord::parse(&controls.get("chord")?.to_string())?;
    let whole =
        |name: &str| controls.get(name).and_then(Value::number).map(|n| n.round().clamp(-1000.0, 1000.0) as i64);
    let anchor = controls
        .get("anchor")
        .and_then(crate::pattern::arithmetic::numeral)
        .and_then(|value| value.number())
        .map_or(72, |number| number.clamp(0.0, 127.0) as i64);
    let mode = controls.get("mode").and_then(Value::as_word).and_then(Mode::parse).unwrap_or(Mode::Below);
    let tones = kept(&chord, controls.get("dictionary").and_then(Value::as_word).unwrap_or(""));
    let mut notes = laid_out(&chord, &tones, anchor, mode, whole("inversion"));
    if notes.is_empty() {
        return None;
    }
    for _ in 0..whole("offset").unwrap_or(0).clamp(-64, 64).unsigned_abs() {
        if whole("offset") > Some(0) {
            notes[0] += 12;
        } else if let Some(top) = notes.last_mut() {
            *top -= 12;
        }
        notes.sort_unstable();
    }
    if let Some(n) = whole("n") {
        let count = notes.len() as i64;
        let octaves = whole("octaves").unwrap_or(1);
        notes = vec![notes[n.rem_euclid(count) as usize] + 12 * octaves * n.div_euclid(count)];
    }
    Some(notes)
}

/// The root of a chord (or its bass, after a `/`) as a note in an octave.
pub(in crate::pattern) fn root_note(value: &Value, octave: i64) -> Option<Value> {
    let name = match value {
        Value::Map(map) => map.get("chord")?.to_string(),
        other => other.to_string(),
    };
    let chord = Chord::parse(&name)?;
    let note = Value::int(12 * (octave + 1) + chord.bass.unwrap_or(chord.root));
    Some(match value {
        Value::Map(map) => {
            let mut map = map.clone();
            map.remove("chord");
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
    fn common_spellings_are_understood() {
        for (text, tones) in [
            ("C", &[0, 4, 7][..]),
            ("Am", &[0, 3, 7]),
            ("F#m7b5", &[0, 3, 6, 10]),
            ("Bb^7", &[0, 4, 7, 11]),
            ("Ebmaj7", &[0, 4, 7, 11]),
            ("G7sus4", &[0, 5, 7, 10]),
            ("Gadd9", &[0, 4, 7, 14]),
            ("D-7", &[0, 3, 7, 10]),
            ("Bdim", &[0, 3, 6]),
            ("C6/9", &[0, 4, 7, 9, 14]),
        ] {
            assert_eq!(Chord::parse(text).map(|chord| chord.tones), Some(tones), "{text}");
        }
        assert_eq!(Chord::parse("A/C#").and_then(|chord| chord.bass), Some(1));
        assert_eq!(Chord::parse("Xm"), None);
        assert_eq!(Chord::parse("Cfoo"), None);
    }

    #[test]
    fn a_voicing_lies_under_its_anchor() {
        for name in ["C", "Am7", "F^9", "Gb^7", "C13", "Dm/F"] {
            let notes = layout(&Chord::parse(name).unwrap(), 72, Mode::Below);
            assert!(notes.windows(2).all(|pair| pair[0] < pair[1]), "{name}: {notes:?}");
            assert!(*notes.last().unwrap() <= 72 && *notes.last().unwrap() > 60, "{name}: {notes:?}");
        }
    }

    #[test]
    fn every_chord_of_the_table_is_read_and_rises() {
        for (names, tones) in CHORDS {
            assert!(tones.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
            for name in *names {
                assert_eq!(Chord::parse(&format!("Eb{name}")).map(|chord| chord.tones), Some(*tones), "{name}");
            }
        }
    }

    #[test]
    fn drops_and_inversions_move_the_notes() {
        let c = Chord::parse("C^7").unwrap();
        assert_eq!(layout(&c, 72, Mode::Below), [64, 67, 71, 72]);
        assert_eq!(layout(&c, 72, Mode::Drop(&[2])), [59, 64, 67, 72]);
        let event = |more: &[(&'static str, i64)]| {
            let more = more.iter().map(|(name, value)| ((*name).into(), Value::int(*value)));
            let controls: Controls = more.chain([("chord".into(), Value::word("C"))]).collect();
            voiced(&controls).unwrap()
        };
        assert_eq!(event(&[("inversion", 0)]), [60, 64, 67]);
        assert_eq!(event(&[("inversion", 1)]), [64, 67, 72]);
        assert_eq!(event(&[("inversion", 0), ("offset", 1)]), [64, 67, 72]);
        assert_eq!(event(&[("inversion", 0), ("n", 3)]), [72]);
    }

    #[test]
    fn the_slash_bass_is_the_lowest_note() {
        let notes = layout(&Chord::parse("A/C#").unwrap(), 69, Mode::Below);
        assert_eq!(notes[0].rem_euclid(12), 1);
    }
}
