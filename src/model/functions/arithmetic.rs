//! Functions of numbers: operators, ranges, rounding, comparisons.

use super::{Build, Function, Kind, NUMBER, method, need};
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Func, Pattern, Simple, Value};

fn operator(call: &mut Call<'_, '_>) -> Pattern {
    // Several values are a sequence: `add(0, .02)`.
    if !call.given(0) {
        let message = format!("`{}` wants `value`", call.name());
        call.refuse("missing-argument", &message, "n(\"0 2 4\").add(n(\"<0 1>\"))");
        return call.subject();
    }
    let op = Op::parse(call.name()).unwrap_or(Op::Add);
    call.operator(op, "in")
}

fn simple(call: &mut Call<'_, '_>, func: Simple) -> Pattern {
    call.subject().map(Func::Plain(func))
}

/// From 0…1 to two ends, which may be patterns.
fn ranged(call: &Call<'_, '_>, subject: &Pattern, low: &Pattern, high: &Pattern) -> Pattern {
    if let (Some(low), Some(high)) = (low.constant(), high.constant()) {
        let width = Op::Sub.apply(high, low).unwrap_or(Value::int(1));
        return subject.map(Func::Range(width, low.clone()));
    }
    let width = call.arithmetic(Op::Sub, high, low);
    subject.combine(Op::Mul, Align::In, &width).combine(Op::Add, Align::In, low)
}

fn range(call: &mut Call<'_, '_>) -> Pattern {
    let (low, high, subject) = (call.raw(0), call.raw(1), call.subject());
    ranged(call, &subject, &low, &high)
}

fn range2(call: &mut Call<'_, '_>) -> Pattern {
    let (low, high) = (call.raw(0), call.raw(1));
    let subject = call.subject().map(Func::Plain(Simple::FromBipolar));
    ranged(call, &subject, &low, &high)
}

fn rangex(call: &mut Call<'_, '_>) -> Pattern {
    let (low, high, subject) = (call.raw(0), call.raw(1), call.subject());
    if let (Some(low), Some(high)) = (low.constant(), high.constant()) {
        subject.map(Func::RangeX(low.clone(), high.clone()))
    } else {
        call.refuse("fixed-argument", "the ends of `rangex` are plain numbers", "rangex(100, 2000)");
        Pattern::silence()
    }
}

fn alias(call: &mut Call<'_, '_>) -> Pattern {
    let names = call.text(0);
    let names: Vec<crate::pattern::Name> =
        names.split(':').map(|name| crate::pattern::Name::Shared(name.into())).collect();
    call.subject().map(Func::As(names.into()))
}

/// `x.squeeze(y)` is `x.set.squeeze(y)`, and so on; `reset` and `restart` keep the left where the right is true.
fn aligned(call: &mut Call<'_, '_>) -> Pattern {
    let others = Pattern::fastcat(call.patterns(0));
    let name = call.name();
    let op = match name {
        "reset" | "restart" => Op::KeepIf,
        "structAll" | "maskAll" => Op::Keep,
        _ => Op::Set,
    };
    let align = match name {
        "structAll" => "out",
        "maskAll" => "in",
        _ => name,
    };
    call.aligned(op, align, &others)
}

macro_rules! alignments {
    ($($name:literal $aliases:expr, $doc:literal $example:literal)*) => { [$(
        method($name, $aliases, &[need("values", Kind::Patterns)], Build::Code(aligned), $doc, $example),
    )*] };
}

const ALIGNMENTS: [Function; 10] = alignments! {
    "in" &[], "Takes the other's values, in its own structure." "n(\"0 1\".in(\"10 20\"))"
    "out" &[], "Takes the other's values and structure." "n(\"0 1\".out(\"10 20\"))"
    "mix" &[], "Takes the other's values, in both structures." "n(\"0 1\".mix(\"10 20\"))"
    "squeeze" &[], "Each of its events becomes a cycle of the other." "n(\"0 1\".squeeze(\"10 20\"))"
    "squeezeout" &["squeezeOut"], "Each of the other's events becomes a cycle of itself." "n(\"0 1\".squeezeout(\"10 20\"))"
    "poly" &[], "Takes the other's values, step by step." "n(\"0 1\".poly(\"10 20\"))"
    "reset" &[], "Starts its cycle again at each true event." "s(\"bd sd ht lt\").reset(\"x x\")"
    "restart" &[], "Starts from its beginning at each true event." "s(\"bd sd ht lt\").restart(\"<x [x x]>\")"
    "structAll" &[], "Takes the other's structure, whatever its values." "note(\"c e\").structAll(\"0 0 0\")"
    "maskAll" &[], "Sounds where the other has any event." "s(\"hh*8\").maskAll(\"0 ~\")"
};

macro_rules! operators {
    ($($name:literal $doc:literal $example:literal)*) => { [$(
        method($name, &[], &[need("value", Kind::Patterns)], Build::Code(operator), $doc, $example),
    )*] };
}

const OPERATORS: [Function; 24] = operators! {
    "add" "Adds; control by control." "n(\"0 2 4\").add(n(\"<0 1>\"))"
    "sub" "Subtracts." "note(\"60 62\").sub(note(12))"
    "mul" "Multiplies." "s(\"hh*4\").gain(\"1 .5\".mul(.8))"
    "div" "Divides." "n(\"4 8\".div(2))"
    "mod" "The rest of a division." "n(run(8).mod(3))"
    "pow" "To a power." "n(\"2 3\".pow(2))"
    "set" "Takes the other's values." "n(\"0 1\").set(n(3))"
    "keep" "Keeps its values, with the other's cuts." "n(\"0 1\".keep(\"10 20\"))"
    "keepif" "Keeps its values where the other is true." "n(\"0 1\".keepif(\"1 0\"))"
    "lt" "Whether it is less." "s(\"hh*4\").mask(\"1 2 3\".lt(2))"
    "gt" "Whether it is more." "s(\"hh*4\").mask(\"1 2 3\".gt(2))"
    "lte" "Whether it is not more." "s(\"hh*4\").mask(\"1 2 3\".lte(2))"
    "gte" "Whether it is not less." "s(\"hh*4\").mask(\"1 2 3\".gte(2))"
    "eq" "Whether it is equal." "s(\"hh*4\").mask(\"1 2 3\".eq(2))"
    "ne" "Whether it is another." "s(\"hh*4\").mask(\"1 2 3\".ne(2))"
    "and" "Whether both are true." "s(\"hh*4\").mask(\"1 0\".and(\"1 1\"))"
    "or" "Whether one is true." "s(\"hh*4\").mask(\"1 0\".or(\"0 1\"))"
    "min" "The lesser of both." "n(\"0 4 8\".min(5))"
    "max" "The greater of both." "n(\"0 4 8\".max(5))"
    "band" "The bits that both have." "n(\"0 5 7\".band(6))"
    "bor" "The bits that one of both has." "n(\"0 5 7\".bor(8))"
    "bxor" "The bits that only one has." "n(\"0 5 7\".bxor(3))"
    "blshift" "Twice as much, so many times." "n(\"1 2 3\".blshift(2))"
    "brshift" "Half as much, so many times." "n(\"8 9 12\".brshift(2))"
};

const OTHERS: [Function; 13] = [
    method(
        "range",
        &[],
        &[need("low", NUMBER), need("high", NUMBER)],
        Build::Code(range),
        "Stretches 0…1 to a range.",
        "s(\"hh*8\").pan(sine.range(.2, .8))",
    )
    .instead(&["scaleTo", "between", "map"]),
    method(
        "range2",
        &[],
        &[need("low", NUMBER), need("high", NUMBER)],
        Build::Code(range2),
        "Stretches −1…1 to a range.",
        "s(\"hh*8\").pan(sine2.range2(.2, .8))",
    ),
    method(
        "rangex",
        &[],
        &[need("low", NUMBER), need("high", NUMBER)],
        Build::Code(rangex),
        "Stretches 0…1 to a range by equal factors, as pitch is heard.",
        "s(\"hh*8\").lpf(sine.rangex(200, 4000))",
    ),
    method(
        "toBipolar",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::ToBipolar)),
        "From 0…1 to −1…1.",
        "n(sine.toBipolar.segment(4))",
    ),
    method(
        "fromBipolar",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::FromBipolar)),
        "From −1…1 to 0…1.",
        "s(\"hh*4\").pan(sine2.fromBipolar)",
    ),
    method(
        "floor",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::Floor)),
        "Down to a whole number.",
        "n(saw.mul(8).floor.segment(4))",
    ),
    method(
        "ceil",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::Ceil)),
        "Up to a whole number.",
        "n(saw.mul(8).ceil.segment(4))",
    ),
    method(
        "round",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::Round)),
        "To the nearest whole number.",
        "n(saw.mul(8).round.segment(4))",
    ),
    method("abs", &[], &[], Build::Code(|c| simple(c, Simple::Abs)), "Without its sign.", "s(\"hh*4\").pan(sine2.abs)"),
    method(
        "inv",
        &["invert"],
        &[],
        Build::Code(|c| simple(c, Simple::Not)),
        "True becomes false.",
        "s(\"hh*4\").mask(\"1 0\".inv)",
    )
    .instead(&["not"]),
    method(
        "ratio",
        &[],
        &[],
        Build::Code(|c| simple(c, Simple::Ratio)),
        "Reads `3:2` as three halves.",
        "note(60).freq(\"1 3:2 5:4\".ratio.mul(220))",
    ),
    method(
        "as",
        &[],
        &[need("names", Kind::Text)],
        Build::Code(alias),
        "Values under the names of controls.",
        "\"0:.5 2:1\".as('n:velocity')",
    ),
    method(
        "toHertz",
        &["freqOf"],
        &[],
        Build::Code(|c| simple(c, Simple::ToFrequency)),
        "Notes as frequencies.",
        "s(\"sawtooth*4\").lpf(\"c4 e5\".toHertz)",
    ),
];

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &{
    let mut all = [OPERATORS[0]; 47];
    let mut at = 0;
    while at < 47 {
        all[at] = if at < 24 {
            OPERATORS[at]
        } else if at < 37 {
            OTHERS[at - 24]
        } else {
            ALIGNMENTS[at - 37]
        };
        at += 1;
    }
    all
};
