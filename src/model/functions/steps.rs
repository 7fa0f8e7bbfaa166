//! Functions that count steps.

use super::{Build, Function, Kind, NUMBER, method, need, numbers, start};
use crate::model::call::Call;
use crate::pattern::patterned as p;
use crate::pattern::{Pattern, steps};

fn zip(call: &mut Call<'_, '_>) -> Pattern {
    steps::zip(&call.patterns(0))
}

fn tour(call: &mut Call<'_, '_>) -> Pattern {
    let patterns = call.patterns(0);
    match patterns.split_first() {
        Some((first, rest)) => steps::tour(first, rest),
        None => Pattern::silence(),
    }
}

const STEPS: super::Parameter = need("steps", NUMBER);
const FACTOR: super::Parameter = need("factor", NUMBER);

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method("pace", &["steps"], &[STEPS], numbers(&p::PACE), "Plays so many steps a cycle.", "s(\"bd sd cp\").pace(8)"),
    method(
        "expand",
        &["s_expand"],
        &[FACTOR],
        numbers(&p::EXPAND),
        "Counts as so many times as many steps.",
        "s(stepcat(\"bd sd\".expand(2), \"hh cp\"))",
    ),
    method(
        "contract",
        &["s_contract"],
        &[FACTOR],
        numbers(&p::CONTRACT),
        "Counts as so many times fewer steps.",
        "s(stepcat(\"bd sd\".contract(2), \"hh cp\"))",
    ),
    method(
        "extend",
        &["s_extend"],
        &[FACTOR],
        numbers(&p::EXTEND),
        "Repeats its steps, so that it is longer.",
        "s(stepcat(\"bd sd\".extend(2), \"hh cp\"))",
    ),
    method("take", &["s_add"], &[STEPS], numbers(&p::TAKE), "Its first steps only.", "s(\"bd sd cp hh\".take(2))"),
    method("drop", &["s_sub"], &[STEPS], numbers(&p::DROP), "All but its first steps.", "s(\"bd sd cp hh\".drop(1))"),
    method(
        "shrink",
        &["s_taper"],
        &[STEPS],
        numbers(&p::SHRINK),
        "Shorter by some steps each time round.",
        "s(\"bd sd cp hh\".shrink(1))",
    ),
    method(
        "grow",
        &[],
        &[STEPS],
        numbers(&p::GROW),
        "Longer by some steps each time round.",
        "s(\"bd sd cp hh\".grow(1))",
    ),
    method(
        "replicate",
        &[],
        &[need("times", NUMBER)],
        numbers(&p::REPLICATE),
        "Repeats each cycle, and takes as much more room beside others.",
        "s(stepcat(\"bd sd\".replicate(2), \"hh cp\"))",
    ),
    start(
        "zip",
        &["s_zip"],
        &[need("patterns", Kind::Patterns)],
        Build::Code(zip),
        "A step of each in turn.",
        "s(zip(\"bd sd\", \"hh cp rim\"))",
    ),
    start(
        "tour",
        &["s_tour"],
        &[need("patterns", Kind::Patterns)],
        Build::Code(tour),
        "The first wanders through the others.",
        "s(tour(\"bd sd\", \"hh cp\"))",
    ),
];
