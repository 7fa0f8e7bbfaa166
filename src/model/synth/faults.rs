//! What is said of the texts of synths and effects.
//!
//! Invariant: each error says what to type, at the smallest place.

use super::super::{controls, functions};
use super::text::{GIVEN, Text};
use super::value::Kind;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::insert;
use crate::base::source::Place;
use crate::base::unit::{self, Unit};
use crate::lang::syntax::{Item, ItemKind};

/// More than a graph may hold.
pub(super) fn too_large(place: Place, why: &str) -> Diagnostic {
    Diagnostic::error("graph-too-large", place, format!("this is too much for one synth: {why}"))
        .help("fewer voices in `unison`, shorter delays, or two synths in a stack")
}

/// The last line is no signal.
pub(super) fn no_output(place: Place, text: &Text<'_>, last: Option<&Item>) -> Diagnostic {
    let what = if text.effect { "effect" } else { "synth" };
    let error = Diagnostic::error(
        "synth-without-sound",
        last.map_or(place, |item| item.place),
        format!("the last line of the {what} is what sounds, and there is none"),
    );
    match last.map(|item| &item.kind) {
        Some(ItemKind::Define(name, _)) => error
            .label("this names a signal, and nobody hears it")
            .help(format!("add a line with `{}` alone, or with what comes of it", name.text)),
        _ if text.effect => error.help("tanh(in * 2)"),
        _ => error.help("saw(freq) * adsr(5ms, 200ms, 0.6, 100ms)"),
    }
}

/// The last line is a frequency, a time, an interval.
pub(super) fn no_sound(place: Place, kind: Kind) -> Diagnostic {
    Diagnostic::error("synth-without-sound", place, format!("what sounds is a signal, and this is {}", kind.name()))
        .help(if kind == Kind::Frequency {
            "an oscillator makes sound of it: sine(freq)"
        } else {
            "end with a sound: … * adsr()"
        })
}

/// A text or a string.
pub(super) fn text(place: Place) -> Diagnostic {
    Diagnostic::error("text-in-synth", place, "no strings in a synth: its lines are signals")
        .label("a pitch comes in through `freq` or a parameter")
        .help("saw(freq), or a parameter: synth pad(root: 'a4') { saw(root) }")
}

/// Something that belongs to patterns: a method, a function, a track.
pub(super) fn pattern(place: Place, word: &str, what: &str) -> Diagnostic {
    Diagnostic::error(
        "pattern-in-synth",
        place,
        format!("`{word}` is {what}; a pattern enters a synth through its parameters"),
    )
    .help("synth pad(cutoff: 400Hz) { … } takes .cutoff(sine.range(200, 2000)) in the track")
}

/// A name that no synth knows.
pub(super) fn unknown(place: Place, word: &str, called: bool, effect: bool, own: &[&str], outside: bool) -> Diagnostic {
    if word == "in" {
        return Diagnostic::error("unknown-signal", place, "`in` is what an effect is fed, and this is a synth")
            .help("saw(freq) makes sound of a note");
    }
    if effect && GIVEN.contains(&word) {
        return Diagnostic::error("unknown-signal", place, format!("an effect has no `{word}`: it plays no notes"))
            .help(format!("make it a parameter, and give it in the synth: dirt(saw(freq), {word})"));
    }
    if outside {
        return pattern(place, word, "a pattern of the piece");
    }
    let units = unit::all().map(|unit| unit.name);
    let given: &[&str] = if effect { &["in"] } else { GIVEN };
    let near = nearest(word, own.iter().copied().chain(units).chain(given.iter().copied()));
    if near.is_none() && insert::find(word).is_some() {
        return Diagnostic::error("unknown-signal", place, format!("`{word}` is an insert of a strip"))
            .help(format!("mix bass {{ {word}(…) }}; units are saw, ladder, adsr and so on"));
    }
    if let Some(function) = functions::find(word) {
        return pattern(place, word, if function.method { "a pattern function" } else { "a pattern" });
    }
    let what = if called { "unit" } else { "signal" };
    let error = Diagnostic::error(
        "unknown-signal",
        place,
        match near {
            Some(near) => format!("unknown {what} `{word}`, did you mean `{near}`?"),
            None => format!("unknown {what} `{word}`"),
        },
    );
    match near {
        Some(near) => error.help(near),
        None if controls::names().any(|name| name == word) => {
            error.help(format!("make it a parameter: synth name({word}: 0.5) {{ … }}"))
        }
        None => error.help("name a signal with `=`: o = saw(freq); `talea help synth` lists the units"),
    }
}

/// `saw(freq).every(4, rev)`
pub(super) fn link(place: Place, word: &str) -> Diagnostic {
    if unit::find(word).is_some() && functions::find(word).is_none() {
        return Diagnostic::error(
            "pattern-in-synth",
            place,
            format!("in a synth the input of `{word}` stands in its brackets"),
        )
        .help(format!("{word}(x, …)"));
    }
    let what = if functions::find(word).is_some() { "a pattern function" } else { "a method of a pattern" };
    pattern(place, word, what)
}

/// Two kinds of quantity that do not go together.
pub(super) fn kinds(place: Place, a: (Place, Kind), b: (Place, Kind), what: &str) -> Diagnostic {
    let message = format!("{} and {} cannot be {what}", a.1.name(), b.1.name());
    let error = Diagnostic::error("kinds-differ", place, message);
    let error = error.also(a.0, a.1.name()).also(b.0, b.1.name());
    match (a.1, b.1) {
        (Kind::Frequency, Kind::Duration) | (Kind::Duration, Kind::Frequency) => error.help("1 / time is a frequency"),
        (Kind::Interval, _) | (_, Kind::Interval) => error.help("an interval moves a frequency: freq + 7ct"),
        _ => error.help("divide one by a quantity of its kind: x / 1Hz is a number"),
    }
}

/// An input of the wrong kind.
pub(super) fn input(place: Place, unit: &Unit, name: &str, wanted: Kind, got: Kind) -> Diagnostic {
    let message = format!("`{name}` of `{}` is {}, not {}", unit.name, wanted.name(), got.name());
    let error = Diagnostic::error("wrong-kind", place, message);
    match (wanted, got) {
        (Kind::Number, Kind::Frequency) if name == "x" => error.help("an oscillator makes sound of it: sine(freq)"),
        (Kind::Frequency, Kind::Interval) => error.help("freq + 7ct"),
        (Kind::Duration, Kind::Frequency) => error.help("1 / freq is its period"),
        _ => error.help(unit.signature()),
    }
}
