//! Functions that cut and fit samples.

use super::{Build, Function, Kind, NUMBER, method, need, numbers, numbers_keep};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::patterned as p;
use crate::pattern::{Align, Choice, Func, Join, Pattern, Simple, Value};

fn sliced(call: &mut Call<'_, '_>, count: &Value) -> Pattern {
    let cuts = call.pattern(1).map(Func::Slices(count.clone()));
    call.subject().combine(Op::Slice, Align::Out, &cuts)
}

fn slice(call: &mut Call<'_, '_>) -> Pattern {
    call.each_case(0, &mut |call, count| sliced(call, count))
}

fn splice(call: &mut Call<'_, '_>) -> Pattern {
    call.each_case(0, &mut |call, count| sliced(call, count).map(Func::Splice(count.clone())))
}

fn striate_by(call: &mut Call<'_, '_>) -> Pattern {
    let (Some(share), Some(n)) = (call.plain(0), call.plain(1)) else {
        return Pattern::silence();
    };
    let n = n.cycle().clamp(1, 1024);
    let subject = call.subject();
    let step = (Time::ONE - share) / Time::int((n - 1).max(1));
    Pattern::fastcat((0..n).map(|i| {
        let begin = step * Time::int(i);
        let cut: crate::pattern::Controls =
            [("begin".into(), Value::Number(begin)), ("end".into(), Value::Number(begin + share))]
                .into_iter()
                .collect();
        subject.map(Func::Right(Op::Set, Value::Map(cut)))
    }))
}

fn fit(call: &mut Call<'_, '_>) -> Pattern {
    call.subject().map(Func::Plain(Simple::Fit))
}

fn bite(call: &mut Call<'_, '_>) -> Pattern {
    let subject = call.subject();
    call.each_case(0, &mut |call, value| {
        let Some(n) = value.time().map(Time::cycle).filter(|n| (1..=256).contains(n)) else {
            return Pattern::silence();
        };
        let parts: Vec<_> = (0..n).map(|i| subject.zoom(Time::new(i, n), Time::new(i + 1, n))).collect();
        call.pattern(1).choose(Join::Squeeze, Choice::Index(parts.into(), true))
    })
}

fn scrub(call: &mut Call<'_, '_>) -> Pattern {
    let at = call.pattern(0).map(Func::As(["begin".into(), "speed".into()].into()));
    let at = call.default_control(&at, "begin");
    let placed = call.subject().combine(Op::Set, Align::Out, &at);
    let clip = crate::pattern::Controls::of("clip".into(), Value::int(1));
    placed.map(Func::Right(Op::Set, Value::Map(clip)))
}

const COUNT: super::Parameter = need("parts", NUMBER);

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method("chop", &[], &[COUNT], numbers(&p::CHOP), "Cuts each sample into equal parts.", "s(\"bd sd\").chop(2)"),
    method(
        "striate",
        &[],
        &[COUNT],
        numbers(&p::STRIATE),
        "Plays the first parts of all samples, then the second ones, and so on.",
        "s(\"bd sd\").striate(2)",
    ),
    method(
        "striateBy",
        &["striateby"],
        &[need("share", Kind::Plain), need("parts", Kind::Plain)],
        Build::Code(striate_by),
        "The same with parts of a given share, which may overlap.",
        "s(\"bd sd\").striateBy(.5, 2)",
    ),
    method(
        "slice",
        &[],
        &[COUNT, need("indices", Kind::Values)],
        Build::Code(slice),
        "Plays parts of a sample by number.",
        "s(\"cr\").slice(8, \"0 3 2 <1 5>\")",
    )
    .instead(&["cutup"]),
    method(
        "splice",
        &[],
        &[COUNT, need("indices", Kind::Values)],
        Build::Code(splice),
        "The same, each part fitted to its event.",
        "s(\"cr\").splice(8, \"0 3 2 <1 5>\")",
    ),
    method(
        "bite",
        &[],
        &[COUNT, need("indices", Kind::Values)],
        Build::Code(bite),
        "Plays parts of the cycle by number.",
        "n(\"0 1 2 3\").bite(4, \"0 2*2\")",
    ),
    method(
        "loopAt",
        &["loopat"],
        &[need("cycles", Kind::Time)],
        numbers_keep(&p::LOOP_AT),
        "Fits a sample to so many cycles.",
        "s(\"cr\").loopAt(2)",
    ),
    method(
        "loopAtCps",
        &["loopatcps"],
        &[need("cycles", Kind::Time), need("cps", NUMBER)],
        numbers_keep(&p::LOOP_AT_CPS),
        "The same, for a tempo in cycles a second.",
        "s(\"cr\").loopAtCps(2, .5)",
    ),
    method("fit", &[], &[], Build::Code(fit), "Fits a sample to its event.", "s(\"cr\").fit"),
    method(
        "scrub",
        &[],
        &[need("at", Kind::Values)],
        Build::Code(scrub),
        "Plays a sample from points in it.",
        "s(\"cr\").scrub(\"0 .25 .5\")",
    ),
];
