//! Functions that bend time.

use super::{Build, Function, Kind, NUMBER, method, need, numbers, numbers_keep, or};
use crate::model::call::Call;
use crate::pattern::patterned as p;
use crate::pattern::{Join, Kind as Node, Pattern, Value};

const CYCLES: Kind = Kind::Time;

/// Later by a number, a pattern of numbers, or milliseconds that no structure sees.
fn moved(call: &mut Call<'_, '_>, back: bool) -> Pattern {
    let (amount, subject) = (call.raw(0), call.subject());
    if call.in_seconds(&amount) {
        let amount = if back { call.negative(&amount) } else { amount };
        return Pattern::new(Node::Shift(amount, subject));
    }
    let amount = call.cycles(&amount);
    if amount.is_continuous() {
        let amount = if back { call.negative(&amount) } else { amount };
        return Pattern::new(Node::LateBy(amount, subject));
    }
    let function = if back { &p::EARLY } else { &p::LATE };
    Pattern::patterned(function, &[amount], &[subject], Join::Inner, true)
}

fn ply(call: &mut Call<'_, '_>) -> Pattern {
    let (times, subject) = (call.pattern(0), call.subject());
    if times.is_continuous() {
        // Each event by its own dice.
        return subject.ply(&times);
    }
    Pattern::patterned(&p::PLY, &[times], &[subject], Join::Inner, false)
}

fn hurry(call: &mut Call<'_, '_>) -> Pattern {
    use crate::pattern::{Align, arithmetic::Op};
    let (factor, subject) = (call.pattern(0), call.subject());
    let fast = Pattern::patterned(&p::FAST, std::slice::from_ref(&factor), &[subject], Join::Inner, true);
    let fast = if fast.is_made_of_controls() { fast } else { call.as_control(&fast, "value") };
    fast.combine(Op::Mul, Align::In, &call.as_control(&factor, "speed"))
}

fn inside(call: &mut Call<'_, '_>, out: bool) -> Pattern {
    let subject = call.subject();
    call.each_case(0, &mut |call, value| {
        let Some(n) = value.time().filter(|n| n.signum() > 0) else {
            return Pattern::silence();
        };
        let inner = if out { subject.fast(n) } else { subject.slow(n) };
        let changed = call.apply(1, inner);
        if out { changed.slow(n) } else { changed.fast(n) }
    })
}

fn palindrome(call: &mut Call<'_, '_>) -> Pattern {
    let subject = call.subject();
    subject.every(2, 1, &subject.rev())
}

fn press(call: &mut Call<'_, '_>) -> Pattern {
    call.subject().press(crate::base::time::Time::new(1, 2))
}

fn swing(call: &mut Call<'_, '_>) -> Pattern {
    let third = Pattern::pure(Value::Number(crate::base::time::Time::new(1, 3)));
    let (n, subject) = (call.pattern(0), call.subject());
    Pattern::patterned(&p::SWING, &[third, n], &[subject], Join::Inner, true)
}

fn brak(call: &mut Call<'_, '_>) -> Pattern {
    use crate::base::time::Time;
    let subject = call.subject();
    let broken = Pattern::fastcat([subject.clone(), Pattern::silence()]).late(Time::new(1, 4));
    subject.every(2, 1, &broken)
}

fn rev(call: &mut Call<'_, '_>) -> Pattern {
    call.subject().rev()
}

fn nudge(call: &mut Call<'_, '_>) -> Pattern {
    let (amount, subject) = (call.raw(0), call.subject());
    Pattern::new(Node::Shift(amount, subject))
}

fn smooth(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::new(Node::Smooth(call.subject()))
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "fast",
        &["density"],
        &[need("factor", NUMBER)],
        numbers_keep(&p::FAST),
        "Plays so many times as fast.",
        "s(\"bd sd\").fast(2)",
    )
    .instead(&["speedup", "faster", "quick", "double"]),
    method(
        "slow",
        &["sparsity"],
        &[need("factor", NUMBER)],
        numbers_keep(&p::SLOW),
        "Plays so many times as slowly.",
        "s(\"bd sd\").slow(2)",
    )
    .instead(&["slower", "slowdown", "half", "stretch"]),
    method(
        "hurry",
        &[],
        &[need("factor", NUMBER)],
        Build::Code(hurry),
        "Plays faster, and its samples faster too.",
        "s(\"bd sd\").hurry(2)",
    ),
    method(
        "early",
        &["rotL"],
        &[need("time", CYCLES)],
        Build::Code(|c| moved(c, true)),
        "Moves everything earlier, in cycles or ms.",
        "s(\"bd sd\").early(1/8)",
    ),
    method(
        "late",
        &["rotR"],
        &[need("time", CYCLES)],
        Build::Code(|c| moved(c, false)),
        "Moves everything later, in cycles or ms.",
        "s(\"bd sd\").late(18ms)",
    )
    .instead(&["shift", "wait", "move"]),
    method(
        "nudge",
        &[],
        &[need("time", Kind::Number(crate::base::control::Dimension::Duration))],
        Build::Code(nudge),
        "Moves each event by up to 200 ms; the structure does not see it.",
        "s(\"hh*8\").nudge(\"[0 12ms]*4\")",
    ),
    method("rev", &[], &[], Build::Code(rev), "Plays each cycle backwards.", "n(\"0 2 4 7\").rev").instead(&[
        "reverse",
        "backwards",
        "retrograde",
    ]),
    method(
        "palindrome",
        &[],
        &[],
        Build::Code(palindrome),
        "Forwards, then backwards, cycle by cycle.",
        "n(\"0 2 4 7\").palindrome",
    ),
    method(
        "iter",
        &[],
        &[need("parts", NUMBER)],
        numbers_keep(&p::ITER),
        "Starts a part later each cycle.",
        "n(\"0 2 4 7\").iter(4)",
    ),
    method(
        "iterBack",
        &["iterback"],
        &[need("parts", NUMBER)],
        numbers_keep(&p::ITER_BACK),
        "Starts a part earlier each cycle.",
        "n(\"0 2 4 7\").iterBack(4)",
    ),
    method(
        "ply",
        &[],
        &[need("times", NUMBER)],
        Build::Code(ply),
        "Repeats each event within its own time.",
        "s(\"bd sd\").ply(\"1 2\")",
    )
    .instead(&["repeat", "roll", "stutter", "ratchet", "double"]),
    method(
        "segment",
        &["seg", "discretise"],
        &[need("parts", NUMBER)],
        numbers(&p::SEGMENT),
        "Reads a pattern or signal so many times a cycle.",
        "note(sine.range(48, 60).segment(8))",
    )
    .instead(&["sample", "quantise"]),
    method(
        "compress",
        &[],
        &[need("begin", CYCLES), need("end", CYCLES)],
        numbers_keep(&p::COMPRESS),
        "Squeezes the cycle between two points of it.",
        "s(\"bd sd\").compress(.25, .75)",
    ),
    method(
        "fastGap",
        &["fastgap"],
        &[need("factor", NUMBER)],
        numbers_keep(&p::FAST_GAP),
        "Plays faster, then leaves a gap.",
        "s(\"bd sd\").fastGap(2)",
    ),
    method(
        "focus",
        &[],
        &[need("begin", CYCLES), need("end", CYCLES)],
        numbers_keep(&p::FOCUS),
        "Squeezes the cycle between two points, repeated all around.",
        "s(\"bd sd\").focus(.25, .75)",
    ),
    method(
        "zoom",
        &["zoomArc", "zoomarc"],
        &[need("begin", CYCLES), need("end", CYCLES)],
        numbers(&p::ZOOM),
        "Stretches a part of the cycle over the whole.",
        "s(\"bd sd hh cp\").zoom(.25, .75)",
    ),
    method(
        "ribbon",
        &["rib"],
        &[need("from", CYCLES), need("cycles", CYCLES)],
        numbers_keep(&p::RIBBON),
        "Loops a few cycles from a point on; it freezes dice, too.",
        "n(irand(8).segment(4)).ribbon(3, 1)",
    )
    .instead(&["loop", "freeze"]),
    method(
        "repeatCycles",
        &[],
        &[need("times", NUMBER)],
        numbers_keep(&p::REPEAT_CYCLES),
        "Plays each cycle several times.",
        "n(\"<0 2 4>\").repeatCycles(2)",
    ),
    method(
        "linger",
        &[],
        &[need("share", NUMBER)],
        numbers_keep(&p::LINGER),
        "Repeats the first share of each cycle.",
        "s(\"bd sd hh cp\").linger(.25)",
    ),
    method(
        "rot",
        &[],
        &[need("events", NUMBER)],
        numbers_keep(&p::ROT),
        "Moves the values on by some events and keeps the rhythm.",
        "n(\"0 2 ~ 4\").rot(1)",
    ),
    method(
        "inside",
        &[],
        &[need("factor", NUMBER), need("function", Kind::Function)],
        Build::Code(|c| inside(c, false)),
        "Does something as if the cycle were so many times longer.",
        "n(\"0 1 2 3\").inside(2, rev)",
    ),
    method(
        "outside",
        &[],
        &[need("factor", NUMBER), need("function", Kind::Function)],
        Build::Code(|c| inside(c, true)),
        "Does something as if the cycle were so many times shorter.",
        "n(\"<0 1 2 3>\").outside(4, rev)",
    ),
    method(
        "swingBy",
        &[],
        &[need("amount", NUMBER), need("parts", NUMBER)],
        numbers_keep(&p::SWING),
        "Makes the second half of each part late.",
        "s(\"hh*8\").swingBy(1/3, 4)",
    ),
    method("swing", &[], &[need("parts", NUMBER)], Build::Code(swing), "Swings by a third.", "s(\"hh*8\").swing(4)")
        .instead(&["shuffleBeat", "groove"]),
    method(
        "brak",
        &[],
        &[],
        Build::Code(brak),
        "Every other cycle squeezed to a half and a quarter late.",
        "s(\"bd sd\").brak",
    ),
    method(
        "press",
        &[],
        &[],
        Build::Code(press),
        "Each event a half of itself late: off the beat.",
        "s(\"bd sd\").press",
    ),
    method(
        "pressBy",
        &[],
        &[need("share", NUMBER)],
        numbers_keep(&p::PRESS),
        "Each event late by a share of itself.",
        "s(\"bd sd\").pressBy(.25)",
    ),
    method(
        "beat",
        &[],
        &[need("at", NUMBER), or("parts", NUMBER, "16")],
        numbers(&p::BEAT),
        "Onsets at the listed parts of the cycle.",
        "s(\"bd\").beat(\"0,7,10\", 16)",
    ),
    method(
        "smooth",
        &[],
        &[],
        Build::Code(smooth),
        "Glides from each number to the next.",
        "s(\"saw*8\").lpf(\"300 8000@3\".smooth)",
    )
    .instead(&["slide", "lag", "interpolate"]),
];
