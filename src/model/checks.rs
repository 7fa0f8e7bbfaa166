//! What is said of the values of arguments: units, words for numbers, negative factors, unknown scales and chords.
//!
//! Invariant: only what the text wrote out is judged, at its place; what is computed is not guessed at.

use std::collections::BTreeSet;

use crate::base::control::{self, Control, Dimension};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::ink::Ink;
use crate::base::source::Place;
use crate::base::time::Span;
use crate::base::units::Unit;
use crate::pattern::harmony::{chord, interval, note, scale};
use crate::pattern::{Context, Pattern, Value, convert, fits};

/// The units of a kind of quantity, for people.
fn units(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Number | Dimension::Word => "no unit",
        Dimension::Frequency => "Hz or kHz",
        Dimension::Duration | Dimension::Span => "ms, s, beats or bars",
        Dimension::Factor => "dB or %",
        Dimension::Level => "dB",
        Dimension::Interval | Dimension::Pitch => "st or ct",
        Dimension::Share | Dimension::Midi => "%",
    }
}

/// Judges the literals that the values of an argument come from.
pub fn values(pattern: &Pattern, dimension: Dimension, name: &str, said: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    pattern.visit_values(&mut |value, place| {
        if let Some(diagnostic) = value_of(value, dimension, name, place) {
            found.push(diagnostic);
        }
    });
    // One of a kind is enough: the others are mended like it.
    let mut kinds: Vec<&str> = Vec::new();
    found.retain(|said| match said.code {
        "wrong-unit" | "negative-factor" => {
            let new = !kinds.contains(&said.code);
            kinds.push(said.code);
            new
        }
        _ => true,
    });
    found.dedup_by(|a, b| a.place == b.place);
    said.extend(found);
}

/// Warns of the first literal that lies outside of what a control takes, where the engine would clamp it.
pub fn range(pattern: &Pattern, control: &Control, name: &str, said: &mut Vec<Diagnostic>) {
    if !control.plays || control.low >= control.high || matches!(control.dimension, Dimension::Word | Dimension::Pitch)
    {
        return;
    }
    let (low, high) = (f64::from(control.low), f64::from(control.high));
    // A filter at 0 is off.
    let off = control.default < control.low;
    let mut first = None;
    pattern.visit_values(&mut |value, place| {
        let Some(number) = convert(value, control.dimension).number() else { return };
        let slack = (high - low) * 1e-6;
        if (number < low - slack || number > high + slack) && !(off && number == 0.0) {
            first.get_or_insert((number, place));
        }
    });
    if let Some((number, place)) = first {
        let message =
            format!("`{name}` goes from {} to {}; {number} is taken as the nearest", control.low, control.high);
        let help = if control.dimension == Dimension::Share && number > 1.0 && number <= 100.0 {
            format!("did you mean {number}%?")
        } else {
            control.doc.to_owned()
        };
        said.push(Diagnostic::warning("out-of-range", place, message).help(help));
    }
}

/// Warns of a word that is no colour; the step is lit as any other then.
pub fn colours(pattern: &Pattern, name: &str, said: &mut Vec<Diagnostic>) {
    let mut odd = BTreeSet::new();
    pattern.visit_values(&mut |value, place| {
        let word = value.to_string();
        // A few are enough: the others are mended like them.
        if odd.len() < 8 && Ink::named(&word).is_none() && odd.insert(word.clone()) {
            let help = match nearest(&word.to_lowercase(), Ink::names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{name}(\"tomato\") or {name}(\"#ff6347\")"),
            };
            said.push(Diagnostic::warning("wrong-kind", place, format!("`{word}` is no colour")).help(help));
        }
    });
}

/// Warns where nothing is written that samples could be stretched by before they play.
pub fn written(pattern: &Pattern, name: &str, place: Place, said: &mut Vec<Diagnostic>) {
    let mut any = false;
    pattern.visit_values(&mut |_, _| any = true);
    if !any {
        let message = format!("`{name}` takes written numbers: samples are stretched before they play");
        said.push(Diagnostic::warning("wrong-kind", place, message).help(format!("{name}(\"<1 2>\")")));
    }
}

/// Functions whose number is above 0, or they are silent.
const ABOVE_ZERO: &[&str] = &[
    "fast",
    "slow",
    "hurry",
    "ply",
    "segment",
    "chop",
    "striate",
    "slice",
    "splice",
    "bite",
    "every",
    "lastOf",
    "iter",
    "iterBack",
    "chunk",
    "chunkBack",
    "fastGap",
    "linger",
    "loopAt",
    "shuffle",
    "scramble",
    "echo",
    "stut",
    "run",
    "irand",
];

/// Warns of what a function takes and makes nothing of: a factor of 0, a chance of 50, a nudge of a second.
pub fn amounts(pattern: &Pattern, function: &str, at: usize, dimension: Dimension, said: &mut Vec<Diagnostic>) {
    let Some(value) = pattern.constant() else { return };
    let mut places = Vec::new();
    pattern.visit_values(&mut |_, place| places.push(place));
    let Some(place) = places.first().copied() else { return };
    let Some(number) = convert(value, dimension).number() else { return };
    let mut warn = |message: String, help: String| {
        said.push(Diagnostic::warning("out-of-range", place, message).help(help));
    };
    match function {
        _ if at == 0 && number <= 0.0 && ABOVE_ZERO.contains(&function) => {
            warn(format!("`{function}` takes a number above 0; with {value} nothing plays"), format!("{function}(2)"));
        }
        "nudge" | "humanise" | "strum" if at == 0 && number.abs() > 0.2 => {
            let help = if number >= 1.0 { format!("did you mean {number}ms?") } else { format!("{function}(12ms)") };
            warn(format!("`{function}` moves by 200 ms at most"), help);
        }
        _ if dimension == Dimension::Share && !(0.0..=1.0).contains(&number) => {
            let help = if number > 1.0 { format!("did you mean {number}%?") } else { format!("{function}(.3)") };
            warn(format!("a share goes from 0 to 1, and {number} does not"), help);
        }
        _ => {}
    }
}

fn value_of(value: &Value, dimension: Dimension, name: &str, place: Place) -> Option<Diagnostic> {
    match value {
        Value::Quantity(number, unit) if !fits(dimension, *unit) => {
            let message = format!("`{name}` takes {}, not {}", units(dimension), unit.name());
            Some(
                Diagnostic::error("wrong-unit", place, message)
                    .help(format!("type {} or a bare number", example(dimension, number.to_f64()))),
            )
        }
        Value::Number(_) | Value::Float(_) if dimension == Dimension::Factor => {
            let number = value.number().filter(|number| *number < 0.0)?;
            let message = format!("a {name} is a factor; did you mean {number}dB?");
            Some(Diagnostic::error("negative-factor", place, message).help(format!("{name}({number}dB)")))
        }
        Value::Word(word) if value.number().is_none() => {
            let known = match dimension {
                Dimension::Word => {
                    let control = control::find(name).filter(|control| !control.words.is_empty());
                    let control = control.filter(|control| control.word(word).is_none())?;
                    let message = format!("`{name}` knows no `{word}`");
                    let help = format!("it knows {}", control.words.join(" "));
                    return Some(Diagnostic::error("wrong-kind", place, message).help(help));
                }
                Dimension::Interval => interval::semitones(word).is_some() || note::number(word).is_some(),
                _ => note::number(word).is_some() || degree(word),
            };
            if known {
                return None;
            }
            if let Some(said) = slipped_unit(word, place) {
                return Some(said);
            }
            let what = match dimension {
                Dimension::Pitch => "is no note",
                Dimension::Interval => "is no interval",
                _ => "is no number",
            };
            let help = match dimension {
                Dimension::Pitch => near_note(word).map_or_else(
                    || "notes are c4, eb3, f#, or MIDI numbers".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
                Dimension::Interval => "intervals are semitones or names like 3m and 5P".to_owned(),
                _ => match spelled(word) {
                    Some(number) => format!("type {number}"),
                    None => format!("`{name}` takes {}", words(dimension)),
                },
            };
            let code = if dimension == Dimension::Pitch { "unknown-note" } else { "wrong-kind" };
            Some(Diagnostic::error(code, place, format!("`{word}` {what}")).help(help))
        }
        _ => None,
    }
}

/// What a slot takes, for people.
fn words(dimension: Dimension) -> String {
    match dimension {
        Dimension::Number => "numbers".to_owned(),
        Dimension::Share => "numbers from 0 to 1".to_owned(),
        other => format!("numbers, or {}", units(other)),
    }
}

/// `"20 ms"`, `"500Hzz"`: a unit that stands apart, or is none.
fn slipped_unit(word: &str, place: Place) -> Option<Diagnostic> {
    let same = |text: &str| Unit::SPELLINGS.iter().map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(text));
    if let Some(unit) = same(word).filter(|_| word.len() > 1) {
        return Some(
            Diagnostic::error("unit-apart", place, format!("`{unit}` alone is no number; a unit touches its number"))
                .help(format!("type 20{unit}, without a blank")),
        );
    }
    let digits = word.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'))?;
    let (number, unit) = word.split_at(digits);
    number.parse::<f64>().ok()?;
    let near = same(unit).or_else(|| nearest(unit, Unit::SPELLINGS.iter().map(|(name, _)| *name)))?;
    let message = format!("unknown unit `{unit}`, did you mean `{near}`?");
    Some(Diagnostic::error("unknown-unit", place, message).help(format!("type {number}{near}")))
}

/// A number that was spelled out.
fn spelled(word: &str) -> Option<usize> {
    const NUMBERS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    NUMBERS.iter().position(|number| number.eq_ignore_ascii_case(word))
}

/// The note that a word is nearly: `h` of German, `c44`, `g9x`.
fn near_note(word: &str) -> Option<String> {
    if let Some(rest) = word.strip_prefix(['h', 'H']) {
        let near = format!("b{rest}");
        return note::number(&near).map(|_| near);
    }
    let shorter = (1..word.len()).rev().filter_map(|end| word.get(..end));
    shorter.map(str::to_owned).find(|short| note::number(short).is_some())
}

/// A degree with accidentals, `3#`, or a flag.
fn degree(word: &str) -> bool {
    let bare = word.trim_end_matches(['#', 'b']);
    matches!(word, "t" | "f" | "x" | "true" | "false") || bare.parse::<i64>().is_ok()
}

fn example(dimension: Dimension, number: f64) -> String {
    match dimension {
        Dimension::Frequency => "800Hz".to_string(),
        Dimension::Duration | Dimension::Span => "400ms".to_string(),
        Dimension::Factor | Dimension::Level => "-3dB".to_string(),
        Dimension::Interval | Dimension::Pitch => "7st".to_string(),
        Dimension::Share | Dimension::Midi => "50%".to_string(),
        Dimension::Number | Dimension::Word => format!("{number}"),
    }
}

/// Calls with each distinct value of the first cycles and the place it came from.
pub(super) fn each_value(pattern: &Pattern, visit: &mut dyn FnMut(&Value, Place)) {
    let cycles = pattern.period().unwrap_or(1).clamp(1, 64);
    let mut ctx = Context::new();
    ctx.refuel(20_000);
    let mut seen: Vec<Value> = Vec::new();
    for cycle in 0..i64::from(cycles) {
        for hap in pattern.query(Span::cycle(cycle), &mut ctx) {
            let Some(place) = hap.places.iter().copied().reduce(|a, b| if a.file == b.file { a.to(b) } else { a })
            else {
                continue;
            };
            if !seen.contains(&hap.value) {
                visit(&hap.value, place);
                seen.push(hap.value);
            }
        }
    }
}

/// Scales that do not exist, and `c minor`, which is two of them.
pub fn scales(pattern: &Pattern, said: &mut Vec<Diagnostic>) {
    let mut root: Option<(String, Place)> = None;
    let mut name: Option<(String, Place)> = None;
    each_value(pattern, &mut |value, place| {
        if let Value::Word(word) = value {
            let word = word.to_string();
            if note::number(&word).is_some() {
                root = Some((word, place));
            } else if scale::names().any(|known| known == word) {
                name = Some((word, place));
            }
        }
        let Err(unknown) = scale::from_value(value) else {
            return;
        };
        said.push(match unknown {
            scale::Unknown::Root(root) => {
                Diagnostic::error("unknown-scale", place, format!("`{root}` is no note, so no scale starts there"))
                    .help("scales are written c4:minor")
            }
            scale::Unknown::Name(name) => {
                let names = scale::SCALES.iter().flat_map(|(names, _)| names.iter().copied());
                match nearest(&name, names) {
                    Some(near) => Diagnostic::error(
                        "unknown-scale",
                        place,
                        format!("unknown scale `{name}`, did you mean `{near}`?"),
                    )
                    .help(near.replace(' ', ":")),
                    None => Diagnostic::error("unknown-scale", place, format!("unknown scale `{name}`"))
                        .help("c4:minor, d:dorian, a:minor:pentatonic; `talea help scale` lists all"),
                }
            }
        });
    });
    if let (Some((root, at)), Some((name, _))) = (root, name) {
        said.push(
            Diagnostic::warning("mini-near-miss", at, format!("`{root} {name}` is two scales, one after the other"))
                .help(format!("one scale is {root}:{name}")),
        );
    }
}

/// The chord that a name is nearly.
fn near_chord(name: &str) -> Option<String> {
    let root = name.find(|c: char| !matches!(c, 'A'..='G' | 'a'..='g' | '#')).unwrap_or(name.len()).min(2);
    let ends = [root, 1];
    ends.into_iter().find_map(|end| {
        let (root, kind) = (name.get(..end)?, name.get(end..)?);
        if let Some(rest) = name.strip_prefix('H') {
            return chord::Chord::parse(&format!("B{rest}")).map(|_| format!("B{rest}"));
        }
        let kinds = chord::CHORDS.iter().flat_map(|(kinds, _)| kinds.iter().copied()).filter(|kind| !kind.is_empty());
        let near = format!("{root}{}", nearest(kind, kinds)?);
        chord::Chord::parse(&near).map(|_| near)
    })
}

/// Chords that do not exist.
pub fn chords(pattern: &Pattern, said: &mut Vec<Diagnostic>) {
    each_value(pattern, &mut |value, place| {
        let name = value.to_string();
        if chord::Chord::parse(&name).is_none() {
            let help = near_chord(&name).map_or_else(
                || "chords are written C, Am7, F#m7b5, Bb^7, C/E".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            said.push(Diagnostic::error("unknown-chord", place, format!("unknown chord `{name}`")).help(help));
        }
    });
}
