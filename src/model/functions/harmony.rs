//! Functions of scales and chords.

use super::{Build, Function, Kind, NUMBER, method, need, or};
use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Func, Kind as Node, Pattern, Simple, Value};

fn scale(call: &mut Call<'_, '_>) -> Pattern {
    let name = call.pattern(0);
    call.check_scale(&name);
    let name = name.map(Func::Plain(Simple::ToScale));
    call.subject().combine(Op::Scale, Align::In, &name)
}

fn scale_transpose(call: &mut Call<'_, '_>) -> Pattern {
    let by = call.pattern(0);
    let Some(scale) = call.subject().scale_names() else {
        call.refuse(
            "no-scale",
            "`scaleTranspose` wants a scale before it",
            "n(\"0 2 4\").scale(\"c:major\").scaleTranspose(1)",
        );
        return call.subject();
    };
    let by = by.combine(Op::Tail, Align::In, &scale);
    call.subject().combine(Op::ScaleTranspose, Align::In, &by)
}

fn transpose(call: &mut Call<'_, '_>) -> Pattern {
    let by = call.raw(0);
    call.subject().combine(Op::Transpose, Align::In, &by)
}

fn octave(call: &mut Call<'_, '_>) -> Pattern {
    let octaves = call.pattern(0).map(Func::Right(Op::Mul, Value::int(12)));
    call.subject().combine(Op::Transpose, Align::In, &octaves)
}

fn root_notes(call: &mut Call<'_, '_>) -> Pattern {
    let octave = call.plain(0).map_or(2, Time::cycle);
    call.subject().map(Func::RootNotes(octave.clamp(-2, 12)))
}

fn arp(call: &mut Call<'_, '_>) -> Pattern {
    let indices = call.pattern(0);
    Pattern::new(Node::Arp(indices, call.subject()))
}

fn voicing(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::new(Node::Voicing(call.subject()))
}

fn lead(call: &mut Call<'_, '_>) -> Pattern {
    let mut note = |at: usize, or: i64| {
        let value = call.raw(at);
        let number = value.constant().and_then(crate::pattern::arithmetic::numeral).and_then(|value| value.time());
        number.map_or(or, Time::cycle).clamp(0, 127)
    };
    let (low, high) = (note(0, 48), note(1, 76));
    if low + 12 > high {
        call.refuse(
            "fixed-argument",
            "the range of `lead` is an octave at least",
            "chord(\"<C Am F G>\").lead('c3', 'e5')",
        );
    }
    let subject = call.subject();
    let subject = call.default_control(&subject, "chord");
    Pattern::new(Node::Lead((low, high), subject))
}

fn voicings(call: &mut Call<'_, '_>) -> Pattern {
    let subject = call.subject();
    Pattern::new(Node::Voicing(call.as_control(&subject, "chord"))).map(Func::Field("note".into()))
}

fn strum(call: &mut Call<'_, '_>) -> Pattern {
    let seconds = call.seconds(0);
    Pattern::new(Node::Strum(seconds, call.subject()))
}

const INTERVAL: Kind = Kind::Number(Dimension::Interval);

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "scale",
        &[],
        &[need("name", Kind::Values)],
        Build::Code(scale),
        "Makes degrees notes of a scale, and moves notes into it.",
        "n(\"0 2 4 7\").scale(\"c4:minor\")",
    )
    .instead(&["tonality", "inKey"]),
    method(
        "scaleTranspose",
        &["scaleTrans", "strans"],
        &[need("steps", NUMBER)],
        Build::Code(scale_transpose),
        "Moves notes by steps of their scale.",
        "n(\"0 2 4\").scale(\"c:major\").scaleTranspose(\"<0 1>\")",
    ),
    method(
        "transpose",
        &["trans", "up"],
        &[need("interval", INTERVAL)],
        Build::Code(transpose),
        "Moves notes by semitones or an interval.",
        "note(\"c3 e3\").transpose(\"<0 7 5P>\")",
    )
    .instead(&["pitch", "shiftNotes"]),
    method(
        "octave",
        &["oct"],
        &[need("octaves", NUMBER)],
        Build::Code(octave),
        "Moves notes by octaves.",
        "note(\"c3 e3\").octave(\"<0 1>\")",
    ),
    method(
        "rootNotes",
        &["rootnotes"],
        &[or("octave", Kind::Plain, "2")],
        Build::Code(root_notes),
        "The root (or bass) of each chord, in an octave.",
        "chord(\"<C Am F G>\").rootNotes(2)",
    )
    .instead(&["roots", "bassNotes"]),
    method(
        "arp",
        &[],
        &[need("indices", Kind::Values)],
        Build::Code(arp),
        "Picks the notes of chords by number.",
        "note(\"[c3,e3,g3]\").arp(\"0 1 2 1\")",
    )
    .instead(&["arpeggio", "arpeggiate"]),
    method(
        "voicing",
        &[],
        &[],
        Build::Code(voicing),
        "Lays chords out as notes below the anchor.",
        "chord(\"<C Am F G>\").voicing",
    )
    .instead(&["chordNotes"]),
    method(
        "lead",
        &["voiceLeading"],
        &[or("low", Kind::Values, "48"), or("high", Kind::Values, "76")],
        Build::Code(lead),
        "Lays chords out so that the voices move as little as they can.",
        "chord(\"<C Am F G>\").lead('c3', 'e5')",
    ),
    method(
        "voicings",
        &[],
        &[or("dictionary", Kind::Text, "'ireal'")],
        Build::Code(voicings),
        "Chord names as notes.",
        "note(\"<C Am>\".voicings('lefthand'))",
    ),
    method(
        "strum",
        &[],
        &[need("time", Kind::Number(Dimension::Duration))],
        Build::Code(strum),
        "Spreads the notes of a chord by some milliseconds.",
        "note(\"[c3,e3,g3]\").strum(22ms)",
    ),
];
