//! Functions that repeat a pattern within itself: stutters, ghosts, rolls; and those that change some of its events.

use super::{Build, Function, Kind, NUMBER, Parameter, method, need, numbers, numbers_keep, or};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::patterned as p;
use crate::pattern::{Controls, Func, Join, Kind as Node, Pattern, Value};

const FUNCTION: Parameter = need("function", Kind::Function);

/// So many copies, each later than the last.
fn stutter(call: &mut Call<'_, '_>) -> Pattern {
    let (count, time) = (call.plain(0).map_or(0, Time::cycle).clamp(0, 256), call.pattern(1));
    let subject = call.subject();
    Pattern::stack((0..count).map(|i| {
        let time = time.map(Func::Right(Op::Mul, Value::int(i)));
        Pattern::patterned(&p::LATE, &[time], std::slice::from_ref(&subject), Join::Inner, true)
    }))
}

/// Softer, shorter, brighter copies an eighth and a half and two and a half of them late.
fn ghosts(call: &mut Call<'_, '_>, own: bool) -> Pattern {
    let eighth = if own { call.plain(0).unwrap_or(Time::new(1, 8)) } else { Time::new(1, 8) };
    let mut all = call.subject();
    for halves in [3, 5] {
        let late = all.late(eighth * Time::new(halves, 2));
        let changed = if own { call.apply(1, late) } else { ghost(&late) };
        all = Pattern::stack([all, changed]);
    }
    all
}

fn ghost(pattern: &Pattern) -> Pattern {
    let scaled = |name: &'static str, by: f64| Func::Scaled(name.into(), by);
    let end = Value::Map(Controls::of("end".into(), Value::Number(Time::new(1, 5))));
    pattern.map(scaled("gain", 0.7)).map(scaled("speed", 1.25)).map(Func::Right(Op::Set, end))
}

fn rolled(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::new(Node::Rolled(Time::new(1, 4), call.subject()))
}

/// Cut into pieces that play interleaved, slower and slower.
fn smash(call: &mut Call<'_, '_>) -> Pattern {
    let cut = call.subject().striate(call.plain(0).map_or(1, Time::cycle));
    Pattern::slowcat(call.list_of_numbers(1).into_iter().map(|by| cut.slow(by)))
}

/// Those events that have the controls of a pattern through the function, the rest as they are; or the other way.
fn fix(call: &mut Call<'_, '_>, others: bool) -> Pattern {
    let wanted = call.raw(1);
    let Some(Value::Map(map)) = wanted.constant_controls() else {
        call.refuse("wrong-kind", "`fix` wants the controls of the events that it changes", "fix(fast(2), s(\"sd\"))");
        return call.subject();
    };
    let controls: Vec<(std::sync::Arc<str>, Value)> =
        map.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
    let part = |control: &(std::sync::Arc<str>, Value), inside, pattern: &Pattern| {
        let (control, value) = control.clone();
        Pattern::new(Node::Only { control, value, inside, pattern: pattern.clone() })
    };
    // What lacks the first control, what has it and lacks the second, and so on; what has all is left.
    let (mut has, mut lacks) = (call.subject(), Vec::new());
    for control in &controls {
        lacks.push(part(control, false, &has));
        has = part(control, true, &has);
    }
    let lacks = Pattern::stack(lacks);
    if others {
        let changed = call.apply(0, lacks);
        return Pattern::stack([has, changed]);
    }
    let changed = call.apply(0, has);
    Pattern::stack([changed, lacks])
}

fn euclid_full(call: &mut Call<'_, '_>) -> Pattern {
    let (beats, steps, other) = (call.pattern(0), call.pattern(1), call.raw(2));
    let hits = Pattern::patterned(&p::EUCLID, &[beats.clone(), steps.clone()], &[call.subject()], Join::Inner, false);
    let rests = Pattern::patterned(&p::EUCLID_INVERSE, &[beats, steps], &[other], Join::Inner, false);
    Pattern::stack([hits, rests])
}

const BEATS: Parameter = need("beats", NUMBER);
const STEPS: Parameter = need("steps", NUMBER);

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "stutter",
        &[],
        &[need("times", Kind::Plain), need("time", Kind::Time)],
        Build::Code(stutter),
        "So many copies, each a time later than the one before.",
        "s(\"bd sd\").stutter(4, 1/16)",
    ),
    method(
        "ghost",
        &[],
        &[],
        Build::Code(|c| ghosts(c, false)),
        "Adds soft, short copies between the hits.",
        "s(\"~ sd\").ghost",
    ),
    method(
        "ghostWith",
        &["ghostwith"],
        &[need("time", Kind::Plain), FUNCTION],
        Build::Code(|c| ghosts(c, true)),
        "Adds copies one and a half and two and a half times late, changed.",
        "s(\"~ sd\").ghostWith(1/16, gain(.4))",
    ),
    method(
        "rolled",
        &[],
        &[],
        Build::Code(rolled),
        "Begins the notes of a chord one after another.",
        "note(\"[c3,e3,g3]\").rolled",
    ),
    method(
        "rolledBy",
        &["rolledby"],
        &[need("share", NUMBER)],
        numbers_keep(&p::ROLLED),
        "The same within a share of the chord's time; below 0 from the top.",
        "note(\"[c3,e3,g3]\").rolledBy(\"<.25 -.5>\")",
    ),
    method(
        "smash",
        &[],
        &[need("parts", Kind::Plain), need("factors", Kind::Choices)],
        Build::Code(smash),
        "Interleaves pieces of the samples, slower by another factor each cycle.",
        "s(\"bd sd\").smash(3, [2, 3, 4])",
    ),
    method(
        "fix",
        &[],
        &[FUNCTION, need("controls", Kind::Values)],
        Build::Code(|c| fix(c, false)),
        "Does something to the events that have some controls.",
        "s(\"bd sd\").fix(ply(2), s(\"sd\"))",
    ),
    method(
        "unfix",
        &[],
        &[FUNCTION, need("controls", Kind::Values)],
        Build::Code(|c| fix(c, true)),
        "Does something to the events that have them not.",
        "s(\"bd sd\").unfix(ply(2), s(\"sd\"))",
    ),
    method(
        "euclidish",
        &["eish"],
        &[BEATS, STEPS, or("even", NUMBER, "0")],
        numbers(&p::EUCLIDISH),
        "A Euclidean rhythm, moved towards even spacing: 0 as it is, 1 even.",
        "s(\"hh\").euclidish(7, 12, sine.slow(8))",
    ),
    method(
        "euclidInv",
        &["euclidinv"],
        &[BEATS, STEPS],
        numbers(&p::EUCLID_INVERSE),
        "The rests of a Euclidean rhythm.",
        "s(\"hh\").euclidInv(3, 8)",
    ),
    method(
        "euclidFull",
        &["euclidfull"],
        &[BEATS, STEPS, need("other", Kind::Values)],
        Build::Code(euclid_full),
        "A Euclidean rhythm, and the other pattern in its rests.",
        "s(\"bd\").euclidFull(3, 8, s(\"hh\"))",
    ),
    method(
        "euclidOff",
        &["euclidoff"],
        &[BEATS, STEPS, need("later", NUMBER)],
        numbers(&p::EUCLID_OFF),
        "A Euclidean rhythm some steps later.",
        "s(\"cp\").euclidOff(3, 8, 2)",
    ),
];
