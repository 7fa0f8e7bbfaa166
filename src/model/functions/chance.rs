//! Functions with dice. Each die has a key of its own, so several in one chain are independent.

use super::{Build, Function, Kind, NUMBER, Parameter, SHARE, method, need, or, start};
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::{Choice, Func, Join, Kind as Node, Pattern, Simple, Value, Wave};

const FUNCTION: Parameter = need("function", Kind::Function);

fn degrade_by(call: &mut Call<'_, '_>, amount: &Pattern, invert: bool) -> Pattern {
    let key = call.key();
    call.subject().degrade(key, amount, invert, false)
}

/// Events (or cycles) through a function by chance; the others stay.
fn sometimes_by(call: &mut Call<'_, '_>, amount: &Pattern, cycles: bool, function: usize) -> Pattern {
    let (key, subject) = (call.key(), call.subject());
    let changed = call.apply(function, subject.degrade(key, amount, true, cycles));
    Pattern::stack([subject.degrade(key, amount, false, cycles), changed])
}

fn share(percent: i64) -> Pattern {
    Pattern::pure(Value::Number(Time::new(percent, 100)))
}

/// A whole number from 0 to under `count`, a new one wherever it is read.
fn whole(key: u64, count: &Pattern) -> Pattern {
    use crate::pattern::Align;
    let rand = Pattern::signal(Wave::Rand(key));
    let scaled = match count.constant() {
        Some(value) => rand.map(Func::Right(Op::Mul, value.clone())),
        None => rand.combine(Op::Mul, Align::In, count),
    };
    scaled.map(Func::Plain(Simple::Floor))
}

fn irand(call: &mut Call<'_, '_>) -> Pattern {
    let (key, count) = (call.key(), call.pattern(0));
    whole(key, &count)
}

fn brand(call: &mut Call<'_, '_>, amount: &Pattern) -> Pattern {
    use crate::pattern::Align;
    let key = call.key();
    Pattern::signal(Wave::Rand(key)).combine(Op::Lt, Align::In, amount)
}

fn weighted(call: &mut Call<'_, '_>) -> Vec<(f64, Pattern)> {
    let pairs = call.pairs(0, true);
    pairs.into_iter().map(|(weight, pattern)| (weight.to_f64().max(0.0), pattern)).collect()
}

fn lottery(call: &mut Call<'_, '_>, patterns: Vec<(f64, Pattern)>) -> Pattern {
    let key = call.key();
    if patterns.is_empty() {
        return Pattern::silence();
    }
    Pattern::new(Node::Lottery { key, patterns: patterns.into() })
}

fn randcat(call: &mut Call<'_, '_>) -> Pattern {
    let patterns = call.patterns(0).into_iter().map(|pattern| (1.0, pattern)).collect();
    lottery(call, patterns)
}

fn wrandcat(call: &mut Call<'_, '_>) -> Pattern {
    let patterns = weighted(call);
    lottery(call, patterns)
}

/// One of several wherever it is read: by a pattern from 0 to 1 before the dot, else by chance.
fn choose(call: &mut Call<'_, '_>, join: Join) -> Pattern {
    let (key, mut patterns) = (call.key(), call.patterns(0));
    if !call.subject().is_silence() && !patterns.is_empty() {
        let at = patterns.remove(0);
        return chosen(&at, patterns, join);
    }
    chosen(&Pattern::signal(Wave::Rand(key)), patterns, join)
}

fn choose_with(call: &mut Call<'_, '_>, join: Join) -> Pattern {
    let at = call.raw(0);
    let patterns = call.patterns(1);
    chosen(&at, patterns, join)
}

fn chosen(at: &Pattern, patterns: Vec<Pattern>, join: Join) -> Pattern {
    let number = at.map(Func::Right(Op::Mul, Value::int(patterns.len() as i64))).map(Func::Plain(Simple::Floor));
    number.choose(join, Choice::Index(patterns.into(), false))
}

fn wchoose(call: &mut Call<'_, '_>) -> Pattern {
    let (key, weighted) = (call.key(), weighted(call));
    let total: f64 = weighted.iter().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return Pattern::silence();
    }
    let (shares, patterns): (Vec<f64>, Vec<Pattern>) =
        weighted.into_iter().map(|(weight, pattern)| (weight / total, pattern)).unzip();
    let number = Pattern::signal(Wave::Rand(key)).map(Func::Share(shares.into()));
    number.choose(Join::Outer, Choice::Index(patterns.into(), false))
}

fn shuffled(call: &mut Call<'_, '_>, again: bool) -> Pattern {
    let key = call.key();
    let subject = call.subject();
    call.each_case(0, &mut |_, value| {
        let Some(n) = value.time().map(Time::cycle).filter(|n| (1..=256).contains(n)) else {
            return Pattern::silence();
        };
        let parts: Vec<_> = (0..n)
            .map(|i| {
                let part = subject.zoom(Time::new(i, n), Time::new(i + 1, n));
                part.repeat_cycles(Time::int(n)).fast(Time::int(n))
            })
            .collect();
        let order = if again {
            whole(key, &Pattern::pure(Value::int(n))).segment(Time::int(n))
        } else {
            Pattern::new(Node::Shuffle { key, count: n })
        };
        order.choose(Join::Inner, Choice::Index(parts.into(), false))
    })
}

fn randrun(call: &mut Call<'_, '_>) -> Pattern {
    let key = call.key();
    let count = call.plain(0).map_or(0, Time::cycle);
    Pattern::new(Node::Shuffle { key, count })
}

fn humanise(call: &mut Call<'_, '_>) -> Pattern {
    let (key, seconds, share) = (call.key(), call.seconds(0), call.plain(1));
    let pattern = call.subject();
    Pattern::new(Node::Humanise { key, seconds, share: share.map_or(0.0, Time::to_f64), pattern })
}

macro_rules! by_chance {
    ($name:literal, $aliases:expr, $percent:literal, $doc:literal) => {
        method(
            $name,
            $aliases,
            &[FUNCTION],
            Build::Code(|c| sometimes_by(c, &share($percent), false, 0)),
            $doc,
            concat!("s(\"hh*8\").", $name, "(speed(2))"),
        )
    };
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "degradeBy",
        &[],
        &[need("chance", SHARE)],
        Build::Code(|c| {
            let amount = c.pattern(0);
            degrade_by(c, &amount, false)
        }),
        "Leaves out events by chance.",
        "s(\"hh*8\").degradeBy(.3)",
    )
    .instead(&["drop", "probability", "maybe", "chance"]),
    method(
        "degrade",
        &[],
        &[],
        Build::Code(|c| degrade_by(c, &share(50), false)),
        "Leaves out every second event, by chance.",
        "s(\"hh*8\").degrade",
    ),
    method(
        "undegradeBy",
        &["unDegradeBy"],
        &[need("chance", SHARE)],
        Build::Code(|c| {
            let amount = c.pattern(0);
            degrade_by(c, &amount, true)
        }),
        "Keeps events by chance.",
        "s(\"hh*8\").undegradeBy(.3)",
    ),
    method(
        "undegrade",
        &[],
        &[],
        Build::Code(|c| degrade_by(c, &share(50), true)),
        "Keeps every second event, by chance.",
        "s(\"hh*8\").undegrade",
    ),
    method(
        "sometimesBy",
        &[],
        &[need("chance", SHARE), FUNCTION],
        Build::Code(|c| {
            let amount = c.pattern(0);
            sometimes_by(c, &amount, false, 1)
        }),
        "Does something to events by chance.",
        "s(\"hh*8\").sometimesBy(.3, ply(2))",
    ),
    by_chance!("sometimes", &[], 50, "Does something to half of the events."),
    by_chance!("often", &[], 75, "Does something to three quarters of the events."),
    by_chance!("rarely", &[], 25, "Does something to a quarter of the events."),
    by_chance!("almostNever", &[], 10, "Does something to a tenth of the events."),
    by_chance!("almostAlways", &[], 90, "Does something to nine tenths of the events."),
    by_chance!("always", &[], 100, "Does something to all events."),
    by_chance!("never", &[], 0, "Does nothing, whatever the function."),
    method(
        "someCyclesBy",
        &["somecyclesBy"],
        &[need("chance", SHARE), FUNCTION],
        Build::Code(|c| {
            let amount = c.pattern(0);
            sometimes_by(c, &amount, true, 1)
        }),
        "Does something to whole cycles by chance.",
        "s(\"hh*8\").someCyclesBy(.3, ply(2))",
    ),
    method(
        "someCycles",
        &["somecycles"],
        &[FUNCTION],
        Build::Code(|c| sometimes_by(c, &share(50), true, 0)),
        "Does something to half of the cycles.",
        "s(\"hh*8\").someCycles(ply(2))",
    ),
    start(
        "irand",
        &[],
        &[need("count", NUMBER)],
        Build::Code(irand),
        "Whole numbers from 0 by chance.",
        "n(irand(8).segment(4)).scale(\"c:minor\")",
    )
    .instead(&["random", "randint"]),
    start(
        "brand",
        &[],
        &[],
        Build::Code(|c| brand(c, &share(50))),
        "True or false by chance.",
        "s(\"hh*8\").mask(brand.segment(8))",
    ),
    start(
        "brandBy",
        &[],
        &[need("chance", SHARE)],
        Build::Code(|c| {
            let amount = c.pattern(0);
            brand(c, &amount)
        }),
        "True by a chance.",
        "s(\"hh*8\").mask(brandBy(.8).segment(8))",
    ),
    start(
        "choose",
        &["chooseOut"],
        &[need("patterns", Kind::Patterns)],
        Build::Code(|c| choose(c, Join::Outer)),
        "One of several wherever it is read; after a dot by a number from 0 to 1.",
        "s(\"hh*8\").pan(choose(0, .5, 1))",
    ),
    start(
        "chooseIn",
        &[],
        &[need("patterns", Kind::Patterns)],
        Build::Code(|c| choose(c, Join::Inner)),
        "The same, with the structure of what is chosen.",
        "s(rand.segment(1).chooseIn(\"bd*4\", \"hh*8\"))",
    ),
    start(
        "chooseWith",
        &[],
        &[need("position", NUMBER), need("patterns", Kind::Patterns)],
        Build::Code(|c| choose_with(c, Join::Outer)),
        "One of several by a number from 0 to 1.",
        "s(\"hh*8\").pan(chooseWith(sine.slow(4), [0, .5, 1]))",
    ),
    start(
        "chooseInWith",
        &[],
        &[need("position", NUMBER), need("patterns", Kind::Patterns)],
        Build::Code(|c| choose_with(c, Join::Inner)),
        "The same, with the structure of what is chosen.",
        "s(chooseInWith(sine.slow(4).segment(1), [\"bd*4\", \"hh*8\"]))",
    ),
    start(
        "wchoose",
        &[],
        &[need("pairs", Kind::Patterns)],
        Build::Code(wchoose),
        "The same, by weights.",
        "s(\"hh*8\").pan(wchoose([0, 3], [1, 1]))",
    ),
    start(
        "randcat",
        &["chooseCycles"],
        &[need("patterns", Kind::Patterns)],
        Build::Code(randcat),
        "One of several each cycle, by chance.",
        "s(randcat(\"bd*4\", \"sd*2\"))",
    ),
    start(
        "wrandcat",
        &["wchooseCycles"],
        &[need("pairs", Kind::Patterns)],
        Build::Code(wrandcat),
        "One of several each cycle, by weights.",
        "s(wchooseCycles([\"bd*4\", 3], [\"sd*2\", 1]))",
    ),
    method(
        "shuffle",
        &[],
        &[need("parts", NUMBER)],
        Build::Code(|c| shuffled(c, false)),
        "Plays the parts of the cycle in another order.",
        "n(\"0 1 2 3\").shuffle(4)",
    ),
    method(
        "scramble",
        &[],
        &[need("parts", NUMBER)],
        Build::Code(|c| shuffled(c, true)),
        "Plays parts of the cycle by chance, some twice.",
        "n(\"0 1 2 3\").scramble(4)",
    ),
    start(
        "randrun",
        &[],
        &[need("count", Kind::Plain)],
        Build::Code(randrun),
        "The numbers below a count in a new order each cycle.",
        "n(randrun(8)).scale(\"c:minor\")",
    ),
    method(
        "humanise",
        &["humanize"],
        &[need("time", Kind::Number(crate::base::control::Dimension::Duration)), or("amount", Kind::Plain, "0")],
        Build::Code(humanise),
        "Loosens events in time and velocity by chance.",
        "s(\"hh*8\").humanise(8ms, 10%)",
    ),
];
