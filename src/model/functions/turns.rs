//! Functions that count the times round: the n-th of m, the first time only, and all but these.

use super::{Build, Function, Kind, NUMBER, Parameter, method, need};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::patterned as p;
use crate::pattern::{Func, Join, Pattern, Patterned, Value};

const FUNCTION: Parameter = need("function", Kind::Function);
const CYCLES: Parameter = need("cycles", NUMBER);

/// The pattern through the function in the cycles that `times` says, or in all others.
fn counted(call: &mut Call<'_, '_>, times: &'static Patterned, numbers: usize, others: bool) -> Pattern {
    let arguments: Vec<_> = (0..numbers).map(|at| call.pattern(at)).collect();
    let subject = call.subject();
    let changed = call.apply(numbers, subject.clone());
    let inputs = if others { [subject, changed] } else { [changed, subject] };
    Pattern::patterned(times, &arguments, &inputs, Join::Inner, true)
}

/// No piece has so many cycles that its first one comes again.
const NEVER_AGAIN: i64 = 1 << 40;

fn first_time(call: &mut Call<'_, '_>, others: bool) -> Pattern {
    let subject = call.subject();
    let changed = call.apply(0, subject.clone());
    if others { changed.every(NEVER_AGAIN, 0, &subject) } else { subject.every(NEVER_AGAIN, 0, &changed) }
}

/// At 120 quarter notes a minute, or as the piece says, so many cycles a minute.
fn cycles_a_minute(call: &mut Call<'_, '_>) -> Pattern {
    let cps = call.cps();
    let factor = call.pattern(0).map(Func::Right(Op::Div, Value::Number(cps * Time::int(60))));
    Pattern::patterned(&p::FAST, &[factor], &[call.subject()], Join::Inner, true)
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "nthOf",
        &["nthof"],
        &[need("number", NUMBER), CYCLES, FUNCTION],
        Build::Code(|c| counted(c, &p::NTH_OF, 2, false)),
        "Does something in the n-th of every so many cycles.",
        "s(\"bd sd\").nthOf(2, 4, ply(2))",
    )
    .instead(&["nth", "ratioOf", "cond"]),
    method(
        "notNthOf",
        &["notnthof"],
        &[need("number", NUMBER), CYCLES, FUNCTION],
        Build::Code(|c| counted(c, &p::NTH_OF, 2, true)),
        "Does something in all but the n-th of every so many cycles.",
        "s(\"bd sd\").notNthOf(2, 4, ply(2))",
    ),
    method(
        "notFirstOf",
        &["notfirstof", "notEvery"],
        &[CYCLES, FUNCTION],
        Build::Code(|c| counted(c, &p::EVERY, 1, true)),
        "Does something in all but the first of every so many cycles.",
        "s(\"bd sd\").notFirstOf(4, ply(2))",
    ),
    method(
        "notLastOf",
        &["notlastof"],
        &[CYCLES, FUNCTION],
        Build::Code(|c| counted(c, &p::LAST_OF, 1, true)),
        "Does something in all but the last of every so many cycles.",
        "s(\"bd sd\").notLastOf(4, ply(2))",
    ),
    method(
        "firstTime",
        &["firsttime"],
        &[FUNCTION],
        Build::Code(|c| first_time(c, false)),
        "Does something in the very first cycle only; a section begins anew.",
        "s(\"bd sd\").firstTime(ply(2))",
    ),
    method(
        "notFirstTime",
        &["notfirsttime"],
        &[FUNCTION],
        Build::Code(|c| first_time(c, true)),
        "Does something from the second cycle on.",
        "s(\"bd sd\").notFirstTime(ply(2))",
    ),
    method(
        "cpm",
        &[],
        &[need("cycles", NUMBER)],
        Build::Code(cycles_a_minute),
        "Plays so many cycles a minute, whatever the tempo was at the top.",
        "s(\"bd sd\").cpm(45)",
    )
    .instead(&["bpm"]),
];
