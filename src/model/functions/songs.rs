//! Functions that lay out patterns over many cycles, and that choose between two by a pattern of truths.

use super::{Build, Function, Kind, NUMBER, Parameter, method, need, or, start};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::patterned as p;
use crate::pattern::{Choice, Join, Pattern, Value, steps};

const PARTS: Parameter = need("parts", Kind::Patterns);
const FLAGS: Parameter = need("flags", Kind::Flags);

/// Each part from its begin to its end, in the piece's own cycles, over and over.
fn looped_parts(call: &mut Call<'_, '_>) -> Pattern {
    let parts = call.stretches(0);
    let total = parts.iter().fold(Time::ZERO, |latest, (_, end, _)| latest.max(*end));
    if total.signum() <= 0 {
        return Pattern::silence();
    }
    Pattern::stack(parts.into_iter().map(|(begin, end, part)| {
        let open = Pattern::pure(true).compress(begin / total, end / total).slow(total);
        open.choose(Join::Inner, Choice::Index([part].into(), false))
    }))
}

/// Each part once, from its own beginning.
fn parts_once(call: &mut Call<'_, '_>) -> Pattern {
    let parts = call.stretches(0);
    Pattern::stack(parts.into_iter().map(|(begin, end, part)| part.late(begin).window(begin, end)))
}

/// A pattern of names over so many cycles, each name a pattern that begins with it, `name:change` through a function.
fn ur(call: &mut Call<'_, '_>) -> Pattern {
    let (length, names) = (call.plain(0).unwrap_or(Time::ONE), call.raw(1));
    let Some(values) = names.possible_values(64) else {
        call.refuse(
            "fixed-argument",
            "the names of `ur` are written out",
            "ur(4, \"a b\", {a: s(\"bd*4\"), b: s(\"hh*8\")})",
        );
        return Pattern::silence();
    };
    let patterns = call.named_patterns(2);
    let mut cases = Vec::new();
    for value in values {
        let words: Vec<String> = match &value {
            Value::List(list) => list.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        };
        let Some((name, changes)) = words.split_first() else { continue };
        let Some((_, pattern)) = patterns.iter().find(|(known, _)| known == name) else {
            call.refuse("unknown-name", &format!("`ur` has no pattern called `{name}`"), "{name: s(\"bd*4\")}");
            continue;
        };
        let pattern = changes.iter().fold(pattern.clone(), |pattern, change| call.named_function(3, change, pattern));
        cases.push((value, pattern));
    }
    names.slow(length).choose(Join::Restart, Choice::Cases(cases.into()))
}

fn sew(call: &mut Call<'_, '_>) -> Pattern {
    let (flags, on, off) = (call.pattern(0), call.raw(1), call.raw(2));
    flags.if_else(on, off)
}

fn stitch(call: &mut Call<'_, '_>) -> Pattern {
    let (flags, on, off) = (call.pattern(0), call.raw(1), call.raw(2));
    Pattern::stack([on.structured(&flags), off.structured(&flags.inverted())])
}

fn wedge(call: &mut Call<'_, '_>) -> Pattern {
    let (share, other) = (call.pattern(0), call.raw(1));
    Pattern::patterned(&p::WEDGE, &[share], &[other, call.subject()], Join::Inner, false)
}

/// Where the shorter patterns of a stack stand beside the longest.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
    Middle,
}

/// All at once at the pace of the longest, the others with silence beside them.
fn stacked(call: &mut Call<'_, '_>, side: Side) -> Pattern {
    let patterns = call.patterns(0);
    let by = match side {
        Side::Left => Time::ZERO,
        Side::Middle => Time::new(1, 2),
        Side::Right => Time::ONE,
    };
    steps::stack_by(&patterns, by)
}

fn stack_by(call: &mut Call<'_, '_>) -> Pattern {
    let by = match call.text(0).as_str() {
        "left" => Time::ZERO,
        "right" => Time::ONE,
        _ => Time::new(1, 2),
    };
    steps::stack_by(&call.patterns(1), by)
}

fn alternate(call: &mut Call<'_, '_>) -> Pattern {
    let groups = call.groups(0);
    let Some(turns) = groups.iter().map(Vec::len).filter(|count| *count > 0).try_fold(1usize, |all, count| {
        let (mut a, mut b) = (all, count);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Some(all / a * count).filter(|all| *all <= 1024)
    }) else {
        return Pattern::silence();
    };
    let nth = |turn: usize| groups.iter().filter_map(move |group| group.get(turn % group.len().max(1)).cloned());
    steps::stepcat((0..turns).flat_map(nth))
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    start(
        "seqPLoop",
        &["seqploop"],
        &[PARTS],
        Build::Code(looped_parts),
        "Plays each part from one cycle to another, over and over.",
        "seqPLoop([0, 2, s(\"bd*2\")], [1, 4, s(\"hh*4\")])",
    ),
    start(
        "seqP",
        &["seqp"],
        &[PARTS],
        Build::Code(parts_once),
        "Plays each part once, from its beginning, from one cycle to another.",
        "seqP([0, 8, s(\"bd*2\")], [1, 8, s(\"hh*4\")])",
    ),
    start(
        "ur",
        &[],
        &[
            need("cycles", Kind::Plain),
            need("names", Kind::Values),
            need("patterns", Kind::Choices),
            or("functions", Kind::Choices, "0"),
        ],
        Build::Code(ur),
        "Plays patterns by name over so many cycles; `name:change` goes through a function.",
        "ur(4, \"a [a b] a b:quick\", {a: s(\"bd*4\"), b: s(\"hh*8\")}, {quick: fast(2)})",
    ),
    start(
        "sew",
        &[],
        &[FLAGS, need("on", Kind::Values), need("off", Kind::Values)],
        Build::Code(sew),
        "One pattern where a third is true, the other where it is false.",
        "s(sew(\"<1 0>\", \"bd*4\", \"sd*2\"))",
    ),
    start(
        "stitch",
        &[],
        &[FLAGS, need("on", Kind::Values), need("off", Kind::Values)],
        Build::Code(stitch),
        "The same, with an event for each truth.",
        "s(stitch(\"1 0 1 1\", \"bd\", \"sd\"))",
    ),
    method(
        "wedge",
        &[],
        &[need("share", NUMBER), need("other", Kind::Values)],
        Build::Code(wedge),
        "Squeezed into a share of the cycle, the other pattern into the rest.",
        "s(\"bd*2\").wedge(1/4, s(\"hh*4\"))",
    ),
    start(
        "stackLeft",
        &["stackleft"],
        &[PARTS],
        Build::Code(|c| stacked(c, Side::Left)),
        "Stacks patterns step by step; shorter ones stand at the beginning.",
        "s(stackLeft(\"bd sd\", \"hh hh hh hh\"))",
    ),
    start(
        "stackRight",
        &["stackright"],
        &[PARTS],
        Build::Code(|c| stacked(c, Side::Right)),
        "The same; shorter ones stand at the end.",
        "s(stackRight(\"bd sd\", \"hh hh hh hh\"))",
    ),
    start(
        "stackCentre",
        &["stackCenter", "stackcentre"],
        &[PARTS],
        Build::Code(|c| stacked(c, Side::Middle)),
        "The same; shorter ones stand in the middle.",
        "s(stackCentre(\"bd sd\", \"hh hh hh hh\"))",
    ),
    start(
        "stackBy",
        &["stackby"],
        &[need("side", Kind::Text), PARTS],
        Build::Code(stack_by),
        "The same by a word: left, right or centre.",
        "s(stackBy('left', \"bd sd\", \"hh hh hh hh\"))",
    ),
    start(
        "stepalt",
        &["s_alt"],
        &[need("groups", Kind::Patterns)],
        Build::Code(alternate),
        "One after another by steps; each list gives another of its patterns each time.",
        "s(stepalt([\"bd sd\", \"cp\"], \"hh hh\"))",
    ),
];
