//! The entries that the tables make.
//!
//! Invariant: each line of each table is one entry.

use super::quantities::{self, kind, number, takes};
use super::{Argument, Entry, Sort};
use crate::base::control::{CONTROLS, Control, Dimension};
use crate::base::graph;
use crate::base::insert::{Band, INSERTS, InsertInfo, Parameter};
use crate::base::unit as generators;
use crate::base::units::Unit;
use crate::model::controls::{self, Special};
use crate::model::functions::{self, Build, Function};
use crate::model::prelude::{self, Preset};
use crate::model::words::{WORDS, Word};

/// The families of functions, each with a sentence for its page.
pub const FAMILIES: &[(&str, &str)] = &[
    ("time", "Faster, slower, later, backwards: what bends the time of a pattern."),
    ("turns", "What counts the times round: the n-th of m, the first time only, and all but these."),
    ("conditions", "Something now and then: every fourth cycle, where a pattern is true, in a part of the bar."),
    ("chance", "Dice. They fall the same way each time the piece plays, until its seed changes."),
    ("stacking", "Several patterns at once or one after the other, and copies of a pattern over itself."),
    ("songs", "Patterns laid out over many cycles, and one of two where a third says so."),
    ("copies", "Stutters, ghosts and rolls, and what changes some events of a pattern only."),
    ("arithmetic", "Sums and comparisons of patterns, and what decides whose rhythm the result has."),
    ("harmony", "Scales, chords, and notes that move."),
    ("samples", "Samples cut into parts, and fitted to the time."),
    ("steps", "Patterns by their steps: longer, shorter, one after the other."),
    ("picking", "Patterns that pick from others by number or name."),
    ("signals", "Values without events, which are read where events are."),
    ("hands", "Values that a hand moves while the music plays."),
    ("screen", "What other programs draw; the screen shows every track by itself."),
];

/// Every entry, table by table.
pub fn all() -> Vec<Entry> {
    let mut entries: Vec<Entry> = functions::table().iter().map(function).collect();
    entries.extend(CONTROLS.iter().map(control));
    entries.extend(controls::specials().map(special));
    entries.extend(INSERTS.iter().map(insert));
    entries.extend(INSERTS.iter().flat_map(|insert| insert.bands.iter().map(|band| self::band(insert, band))));
    let generator = |(family, units): &(&'static str, &'static [generators::Unit])| {
        let family = *family;
        units.iter().map(move |unit| generator(family, unit))
    };
    entries.extend(generators::FAMILIES.iter().flat_map(generator));
    entries.extend(prelude::all().iter().map(preset));
    entries.extend(WORDS.iter().map(command));
    entries.extend(units());
    entries
}

/// Of a function.
pub fn function(function: &Function) -> Entry {
    let argument = |parameter: &functions::Parameter| Argument {
        name: parameter.name.to_owned(),
        takes: kind(parameter.kind),
        default: parameter.default.unwrap_or_default().to_owned(),
        range: String::new(),
        doc: String::new(),
    };
    let signature = function.signature();
    let forms = if function.method {
        let inner = signature.strip_suffix(')').map_or_else(|| format!("{signature}(x)"), |head| format!("{head}, x)"));
        vec![format!("x.{signature}"), inner]
    } else {
        vec![signature]
    };
    Entry {
        word: function.name,
        sort: Sort::Function,
        family: function.family,
        forms,
        aliases: function.aliases,
        instead: function.instead,
        doc: function.doc.to_owned(),
        arguments: function.parameters.iter().map(argument).collect(),
        example: function.example.to_owned(),
        pattern: true,
        plays: !matches!(function.build, Build::Later),
    }
}

fn control(control: &'static Control) -> Entry {
    let numbers = control.plays && control.dimension != Dimension::Word;
    // A filter's frequency of 0 says that it is not there.
    let default = if control.default < control.low { "off".to_owned() } else { number(control.default) };
    let argument = Argument {
        name: "value".to_owned(),
        takes: takes(control.dimension),
        default: if numbers { default } else { String::new() },
        range: if numbers { format!("{} to {}", number(control.low), number(control.high)) } else { String::new() },
        doc: String::new(),
    };
    Entry {
        word: control.name,
        sort: Sort::Control,
        family: quantities::name(control.dimension),
        forms: vec![format!("x.{}(value)", control.name)],
        aliases: control.aliases,
        instead: &[],
        doc: control.doc.to_owned(),
        arguments: vec![argument],
        example: control_example(control),
        pattern: true,
        plays: control.plays,
    }
}

fn special(special: &'static Special) -> Entry {
    let argument = Argument {
        name: "value".to_owned(),
        takes: takes(special.dimension),
        default: String::new(),
        range: String::new(),
        doc: String::new(),
    };
    Entry {
        word: special.name,
        sort: Sort::Control,
        family: quantities::name(special.dimension),
        forms: vec![format!("x.{}(value)", special.name)],
        aliases: special.aliases,
        instead: &[],
        doc: special.doc.to_owned(),
        arguments: vec![argument],
        example: special.example.to_owned(),
        pattern: true,
        plays: true,
    }
}

/// A line in which a control moves, from its kind of quantity and its range.
fn control_example(control: &Control) -> String {
    let name = control.name;
    match name {
        "s" => return "s(\"bd sd [hh hh] sd\")".to_owned(),
        "note" => return "note(\"c3 eb3 g3 bb3\").s(\"triangle\")".to_owned(),
        "n" => return "n(\"0 2 4 <7 9>\").scale(\"c4:minor\").s(\"triangle\")".to_owned(),
        "color" => return "s(\"bd sd hh sd\").color(\"<tomato khaki>\")".to_owned(),
        "stretch" => return "s(\"bd sd cp sd\").stretch(\"<1 2 .5>\")".to_owned(),
        "pitchshift" => return "s(\"bd sd cp sd\").pitchshift(\"<0 7 -5>\")".to_owned(),
        "bank" | "unit" => return String::new(),
        _ => {}
    }
    if let [first, second, ..] = control.words {
        return format!("s(\"sawtooth*4\").{name}(\"<{first} {second}>\")");
    }
    let (low, high) = (f64::from(control.low), f64::from(control.high));
    let within = |values: [f64; 2]| values.map(|value| value.clamp(low, high).to_string());
    let [a, b] = match control.dimension {
        Dimension::Frequency => ["300".to_owned(), "2kHz".to_owned()],
        Dimension::Duration | Dimension::Span => ["20ms".to_owned(), "200ms".to_owned()],
        Dimension::Factor => within([0.4, 1.0]),
        Dimension::Level => ["-12dB".to_owned(), "-3dB".to_owned()],
        Dimension::Interval => within([0.0, 12.0]),
        Dimension::Share => within([0.25, 0.75]),
        Dimension::Midi => within([20.0, 100.0]),
        Dimension::Number if control.plays && high <= 16.0 => within([high / 4.0, high / 2.0]),
        Dimension::Number => within([1.0, 2.0]),
        Dimension::Pitch => ["c3".to_owned(), "g3".to_owned()],
        Dimension::Word => ["a".to_owned(), "b".to_owned()],
    };
    let sampled =
        matches!(name, "speed" | "begin" | "end" | "cut" | "loop" | "accelerate" | "coarse" | "squiz" | "crush");
    let base = if sampled { "s(\"bd sd hh sd\")" } else { "note(\"c3 eb3 g3 bb3\").s(\"sawtooth\")" };
    format!("{base}.{name}(\"<{a} {b}>\")")
}

/// The arguments of an insert or a band.
fn parameters(parameters: &[Parameter]) -> Vec<Argument> {
    let argument = |parameter: &Parameter| {
        let word = parameter.dimension == Dimension::Word;
        let range = format!("{} to {}", number(parameter.low), number(parameter.high));
        Argument {
            name: parameter.name.to_owned(),
            takes: takes(parameter.dimension),
            default: if word { String::new() } else { number(parameter.default) },
            range: if word { String::new() } else { range },
            doc: if parameter.fixed {
                format!("{} It does not move.", parameter.doc)
            } else {
                parameter.doc.to_owned()
            },
        }
    };
    parameters.iter().map(argument).collect()
}

/// `name(first, second)`
fn form(name: &str, parameters: &[Parameter]) -> String {
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    if names.is_empty() { name.to_owned() } else { format!("{name}({})", names.join(", ")) }
}

/// Of an insert.
pub fn insert(insert: &'static InsertInfo) -> Entry {
    let inner = match insert.bands.first() {
        Some(band) => format!("{}({})", insert.name, call(band.name, band.parameters)),
        None => call(insert.name, insert.parameters),
    };
    let bands: Vec<&str> = insert.bands.iter().map(|band| band.name).collect();
    let doc = if bands.is_empty() {
        insert.doc.to_owned()
    } else {
        format!("{} Its bands: {}.", insert.doc, bands.join(" "))
    };
    Entry {
        word: insert.name,
        sort: Sort::Insert,
        family: "in a strip",
        forms: vec![form(insert.name, insert.parameters)],
        aliases: &[],
        instead: &[],
        doc,
        arguments: parameters(insert.parameters),
        example: format!("mix drums {{ {inner} }}"),
        pattern: false,
        plays: true,
    }
}

/// Of a band of an insert.
fn band(insert: &'static InsertInfo, band: &'static Band) -> Entry {
    Entry {
        word: band.name,
        sort: Sort::Insert,
        family: insert.name,
        forms: vec![format!("{}({})", insert.name, form(band.name, band.parameters))],
        aliases: &[],
        instead: &[],
        doc: band.doc.to_owned(),
        arguments: parameters(band.parameters),
        example: format!("mix drums {{ {}({}) }}", insert.name, call(band.name, band.parameters)),
        pattern: false,
        plays: true,
    }
}

/// A call with its first arguments written out.
fn call(name: &str, parameters: &[Parameter]) -> String {
    let unit = |dimension: Dimension| quantities::units_of(dimension).first().map_or("", |unit| unit.name());
    let written = |parameter: &Parameter| match parameter.dimension {
        Dimension::Frequency => format!("{}{}", number(parameter.default), unit(parameter.dimension)),
        Dimension::Duration => format!("{}ms", number((parameter.default * 1000.0).round())),
        Dimension::Level => format!("{}dB", number(parameter.default)),
        _ => number(parameter.default),
    };
    let numbers = parameters.iter().filter(|parameter| parameter.dimension != Dimension::Word);
    let numbers = numbers.take(3).map(|parameter| format!("{}: {}", parameter.name, written(parameter)));
    let file = parameters.iter().any(|parameter| parameter.name == "file").then(|| "'hall.wav'".to_owned());
    let arguments: Vec<String> = file.into_iter().chain(numbers).collect();
    if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(", ")) }
}

fn generator(family: &'static str, unit: &'static generators::Unit) -> Entry {
    let argument = |input: &generators::Input| {
        let bounded = input.dimension != Dimension::Word && input.low > f32::MIN;
        let takes = if input.fixed { "plain: ".to_owned() } else { String::new() } + &takes(input.dimension);
        Argument {
            name: input.name.to_owned(),
            takes,
            default: input.default.filter(|_| input.dimension != Dimension::Word).map(number).unwrap_or_default(),
            range: if bounded { format!("{} to {}", number(input.low), number(input.high)) } else { String::new() },
            doc: String::new(),
        }
    };
    Entry {
        word: unit.name,
        sort: Sort::Generator,
        family,
        forms: vec![unit.signature()],
        aliases: &[],
        instead: &[],
        doc: unit.doc.to_owned(),
        arguments: unit.inputs.iter().map(argument).collect(),
        example: unit.example.to_owned(),
        pattern: false,
        plays: WORDS.iter().any(|word| word.name == "synth" && word.plays),
    }
}

fn preset(preset: &'static Preset) -> Entry {
    let argument = |parameter: &graph::Parameter| Argument {
        name: parameter.name.to_string(),
        takes: takes(parameter.dimension),
        default: number(parameter.default),
        range: String::new(),
        doc: String::new(),
    };
    Entry {
        word: &preset.name,
        sort: Sort::Synth,
        family: preset.family,
        forms: vec![format!("note(\"c3\").s(\"{}\")", preset.name)],
        aliases: &[],
        instead: &[],
        doc: preset.doc.clone(),
        arguments: preset.graph.parameters.iter().map(argument).collect(),
        example: preset.text.clone(),
        pattern: false,
        plays: true,
    }
}

fn command(word: &'static Word) -> Entry {
    Entry {
        word: word.name,
        sort: Sort::Command,
        family: word.rooms[0].phrase(),
        forms: vec![word.form.to_owned()],
        aliases: &[],
        instead: &[],
        doc: word.doc.to_owned(),
        arguments: Vec::new(),
        example: String::new(),
        pattern: false,
        plays: word.plays,
    }
}

fn units() -> impl Iterator<Item = Entry> {
    let names = Unit::SPELLINGS.iter().copied().chain([("%", Unit::Percent)]);
    names.map(|(name, unit)| {
        let (family, doc, example) = of_unit(unit);
        Entry {
            word: name,
            sort: Sort::Unit,
            family,
            forms: vec![example.to_owned()],
            aliases: &[],
            instead: &[],
            doc: doc.to_owned(),
            arguments: Vec::new(),
            example: String::new(),
            pattern: false,
            plays: true,
        }
    })
}

/// What a unit measures, a sentence, and a place where it stands.
const fn of_unit(unit: Unit) -> (&'static str, &'static str, &'static str) {
    match unit {
        Unit::Hertz => ("frequency", "Swings a second; it touches its number.", "lpf(800Hz)"),
        Unit::Kilohertz => ("frequency", "Thousands of swings a second; it touches its number.", "lpf(2kHz)"),
        Unit::Milliseconds => ("time", "Thousandths of a second; it touches its number.", "late(18ms)"),
        Unit::Seconds => ("time", "Seconds; it touches its number.", "release(2s)"),
        Unit::Decibels => ("level", "Decibels: -6dB is half the amplitude, 0dB is as it is.", "gain -6dB"),
        Unit::TruePeak => ("level", "Decibels of true peak, between the samples too.", "limit(ceiling: -1dBTP)"),
        Unit::Lufs => ("loudness", "Loudness of a whole piece as broadcasters measure it.", "target -14LUFS"),
        Unit::Percent => ("shares", "Hundredths; it touches its number, else it is modulo.", "swing 54%"),
        Unit::Semitones => ("interval", "Semitones: 12st is an octave.", "transpose(7st)"),
        Unit::Cents => ("interval", "Hundredths of a semitone.", "detune(7ct)"),
        Unit::Bpm => ("tempo", "Quarter notes a minute.", "tempo 124BPM"),
        Unit::Bars => ("time", "Bars; a bar is a cycle. It may follow a blank.", "quantum 1 bar"),
        Unit::Beats => {
            ("time", "Beats; a beat is a quarter note in every meter. It may follow a blank.", "off(1 beat, rev)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_sentence_and_no_sentence_lacks_its_family() {
        for function in functions::table() {
            assert!(FAMILIES.iter().any(|(name, _)| *name == function.family), "{}", function.family);
        }
        for (name, _) in FAMILIES {
            assert!(functions::table().iter().any(|function| function.family == *name), "{name}");
        }
    }
}
