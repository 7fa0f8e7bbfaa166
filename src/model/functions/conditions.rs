//! Functions that do something only now and then, and rhythms from truths.

use super::{Build, Function, Kind, NUMBER, method, need, numbers, or};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::patterned as p;
use crate::pattern::{Join, Kind as Node, Pattern};

const FUNCTION: super::Parameter = need("function", Kind::Function);

fn every(call: &mut Call<'_, '_>, last: bool) -> Pattern {
    let (count, subject) = (call.pattern(0), call.subject());
    let changed = call.apply(1, subject.clone());
    let function = if last { &p::LAST_OF } else { &p::EVERY };
    Pattern::patterned(function, &[count], &[changed, subject], Join::Inner, true)
}

fn fold_every(call: &mut Call<'_, '_>) -> Pattern {
    let mut values = call.list_of_numbers(0);
    values.truncate(64);
    let mut subject = call.subject();
    for count in values {
        let changed = call.apply(1, subject.clone());
        subject = subject.every(count.cycle(), 0, &changed);
    }
    subject
}

fn whenmod(call: &mut Call<'_, '_>) -> Pattern {
    let (Some(period), Some(from)) = (call.plain(0), call.plain(1)) else {
        return Pattern::silence();
    };
    let subject = call.subject();
    let changed = call.apply(2, subject.clone());
    let period = period.cycle().clamp(1, 4096);
    let flags = Pattern::slowcat((0..period).map(|i| Pattern::pure(i >= from.cycle())));
    flags.if_else(changed, subject)
}

fn when(call: &mut Call<'_, '_>) -> Pattern {
    let (flags, subject) = (call.pattern(0), call.subject());
    let changed = call.apply(1, subject.clone());
    flags.if_else(changed, subject)
}

fn bypass(call: &mut Call<'_, '_>) -> Pattern {
    let (flags, subject) = (call.pattern(0), call.subject());
    flags.if_else(Pattern::silence(), subject)
}

fn structured(call: &mut Call<'_, '_>) -> Pattern {
    let flags = call.pattern(0);
    call.subject().structured(&flags)
}

fn masked(call: &mut Call<'_, '_>) -> Pattern {
    let flags = call.pattern(0);
    call.subject().masked(&flags)
}

fn within(call: &mut Call<'_, '_>) -> Pattern {
    let (from, to, subject) = (call.pattern(0), call.pattern(1), call.subject());
    let changed = call.apply(2, subject.clone());
    Pattern::patterned(&p::WITHIN, &[from, to], &[changed, subject], Join::Inner, true)
}

/// True in one of n parts of the cycle: the next each cycle, or the one before.
fn wandering(n: i64, back: bool) -> Pattern {
    let parts = (0..n).map(|i| Pattern::pure(i == 0));
    Pattern::fastcat(parts).turning(n, !back)
}

fn chunk(call: &mut Call<'_, '_>, back: bool, fast: bool) -> Pattern {
    let subject = call.subject();
    call.each_case(0, &mut |call, value| {
        let Some(n) = value.time().map(Time::cycle).filter(|n| (1..=256).contains(n)) else {
            return Pattern::silence();
        };
        let subject = if fast { subject.clone() } else { subject.repeat_cycles(Time::int(n)) };
        let changed = call.apply(1, subject.clone());
        wandering(n, back).if_else(changed, subject)
    })
}

fn into(call: &mut Call<'_, '_>) -> Pattern {
    let flags = call.pattern(0);
    into_parts(call, flags)
}

fn into_parts(call: &mut Call<'_, '_>, flags: Pattern) -> Pattern {
    let (hole, inside) = call.hole();
    let template = call.apply(1, inside);
    Pattern::new(Node::Into { hole, template, flags, pattern: call.subject() })
}

fn chunk_into(call: &mut Call<'_, '_>, back: bool) -> Pattern {
    call.each_case(0, &mut |call, value| {
        let Some(n) = value.time().map(Time::cycle).filter(|n| (1..=256).contains(n)) else {
            return Pattern::silence();
        };
        let flags = wandering(n, back);
        let flags = if back { flags.early(Time::ONE) } else { flags };
        into_parts(call, flags)
    })
}

fn only(call: &mut Call<'_, '_>) -> Pattern {
    let value = crate::pattern::Value::word(&call.text(0));
    let subject = call.subject();
    let part = |inside| {
        let (control, value) = ("s".into(), value.clone());
        Pattern::new(Node::Only { control, value, inside, pattern: subject.clone() })
    };
    let changed = call.apply(1, part(true));
    Pattern::stack([changed, part(false)])
}

const BEATS: super::Parameter = need("beats", NUMBER);
const STEPS: super::Parameter = need("steps", NUMBER);
const TURN: super::Parameter = need("rotation", NUMBER);

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "every",
        &["firstOf"],
        &[need("cycles", NUMBER), FUNCTION],
        Build::Code(|c| every(c, false)),
        "Does something in the first of every so many cycles.",
        "s(\"bd sd\").every(4, rev)",
    ),
    method(
        "lastOf",
        &[],
        &[need("cycles", NUMBER), FUNCTION],
        Build::Code(|c| every(c, true)),
        "Does something in the last of every so many cycles.",
        "s(\"bd sd\").lastOf(4, ply(2))",
    ),
    method(
        "foldEvery",
        &[],
        &[need("cycles", Kind::Choices), FUNCTION],
        Build::Code(fold_every),
        "Does something every so many cycles, for several counts.",
        "n(\"0 2 4\").foldEvery([2, 3], rev)",
    ),
    method(
        "whenmod",
        &[],
        &[need("cycles", Kind::Plain), need("from", Kind::Plain), FUNCTION],
        Build::Code(whenmod),
        "Does something where the cycle's number modulo the first is at least the second.",
        "s(\"bd sd\").whenmod(4, 2, fast(2))",
    ),
    method(
        "when",
        &["while"],
        &[need("flags", Kind::Flags), FUNCTION],
        Build::Code(when),
        "Does something where a pattern is true.",
        "s(\"bd sd\").when(\"<0 1>\", ply(2))",
    )
    .instead(&["if"]),
    method(
        "bypass",
        &[],
        &[need("flags", Kind::Flags)],
        Build::Code(bypass),
        "Is silent where a pattern is true.",
        "s(\"bd sd\").bypass(\"<0 1>\")",
    )
    .instead(&["mute"]),
    method(
        "struct",
        &[],
        &[need("flags", Kind::Flags)],
        Build::Code(structured),
        "Takes its onsets from a pattern of truths.",
        "note(\"c e\").struct(\"x ~ x x\")",
    )
    .instead(&["rhythm"]),
    method(
        "mask",
        &[],
        &[need("flags", Kind::Flags)],
        Build::Code(masked),
        "Sounds only where a pattern is true.",
        "s(\"hh*8\").mask(\"<1 0>\")",
    )
    .instead(&["gate", "filter"]),
    method(
        "within",
        &[],
        &[need("from", Kind::Time), need("to", Kind::Time), FUNCTION],
        Build::Code(within),
        "Does something to what begins in a part of the cycle.",
        "s(\"bd*4\").within(0, .5, ply(2))",
    ),
    method(
        "euclid",
        &[],
        &[BEATS, STEPS, or("rotation", NUMBER, "0")],
        numbers(&p::EUCLID_ROT),
        "Beats spread evenly over steps, perhaps turned.",
        "s(\"bd\").euclid(3, 8)",
    ),
    method(
        "euclidRot",
        &["euclidrot"],
        &[BEATS, STEPS, TURN],
        numbers(&p::EUCLID_ROT),
        "Beats spread evenly over steps, turned.",
        "s(\"bd\").euclidRot(3, 8, 2)",
    ),
    method(
        "euclidLegato",
        &["euclidlegato"],
        &[BEATS, STEPS],
        numbers(&p::EUCLID_LEGATO),
        "Beats spread evenly, each held until the next.",
        "note(\"c2\").euclidLegato(3, 8)",
    ),
    method(
        "euclidLegatoRot",
        &["euclidlegatorot"],
        &[BEATS, STEPS, TURN],
        numbers(&p::EUCLID_LEGATO_ROT),
        "Beats spread evenly and held, turned.",
        "note(\"c2\").euclidLegatoRot(3, 8, 2)",
    ),
    method(
        "chunk",
        &["slowchunk", "slowChunk"],
        &[need("parts", NUMBER), FUNCTION],
        Build::Code(|c| chunk(c, false, false)),
        "Does something to one part of the cycle: the next each cycle.",
        "n(\"0 2 4 7\").chunk(4, add(n(7)))",
    ),
    method(
        "chunkBack",
        &["chunkback"],
        &[need("parts", NUMBER), FUNCTION],
        Build::Code(|c| chunk(c, true, false)),
        "The same, backwards through the parts.",
        "n(\"0 2 4 7\").chunkBack(4, add(n(7)))",
    ),
    method(
        "fastChunk",
        &["fastchunk"],
        &[need("parts", NUMBER), FUNCTION],
        Build::Code(|c| chunk(c, false, true)),
        "The same, while the pattern's cycles go on.",
        "n(\"<0 8> 2 4 7\").fastChunk(4, add(n(7)))",
    ),
    method(
        "chunkInto",
        &["chunkinto"],
        &[need("parts", NUMBER), FUNCTION],
        Build::Code(|c| chunk_into(c, false)),
        "One part of the cycle after the other as a cycle of its own.",
        "s(\"bd sd ht lt\").chunkInto(4, hurry(2))",
    ),
    method(
        "chunkBackInto",
        &["chunkbackinto"],
        &[need("parts", NUMBER), FUNCTION],
        Build::Code(|c| chunk_into(c, true)),
        "The same, backwards through the parts.",
        "s(\"bd sd ht lt\").chunkBackInto(4, hurry(2))",
    ),
    method(
        "into",
        &[],
        &[need("flags", Kind::Flags), FUNCTION],
        Build::Code(into),
        "Does something to each true part as if it were a cycle.",
        "s(\"bd sd ht lt\").into(\"1 0\", hurry(2))",
    ),
    method(
        "only",
        &[],
        &[need("sound", Kind::Text), FUNCTION],
        Build::Code(only),
        "Does something to one sound of a track.",
        "s(\"bd sd\").only('sd', late(12ms))",
    ),
];
