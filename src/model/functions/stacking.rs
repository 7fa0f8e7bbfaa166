//! Functions that put patterns together, and copies of one over itself.

use super::{Build, Function, Kind, NUMBER, Parameter, SHARE, method, need, or, start};
use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::model::call::Call;
use crate::pattern::arithmetic::Op;
use crate::pattern::patterned as p;
use crate::pattern::{Align, Func, Join, Kind as Node, Pattern, Value, steps};

const FUNCTION: Parameter = need("function", Kind::Function);
const PATTERNS: Parameter = need("patterns", Kind::Patterns);

fn stack(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::stack(call.patterns(0))
}

fn cat(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::slowcat(call.patterns(0))
}

fn seq(call: &mut Call<'_, '_>) -> Pattern {
    Pattern::fastcat(call.patterns(0))
}

fn timecat(call: &mut Call<'_, '_>) -> Pattern {
    if call.has_pairs(0) {
        return Pattern::timecat(call.pairs(0, false));
    }
    steps::stepcat(call.patterns(0))
}

fn arrange(call: &mut Call<'_, '_>) -> Pattern {
    let parts = call.pairs(0, false);
    let total = parts.iter().fold(Time::ZERO, |sum, (cycles, _)| sum + *cycles);
    Pattern::timecat(parts.into_iter().map(|(cycles, part)| (cycles, part.fast(cycles)))).slow(total)
}

fn polymeter(call: &mut Call<'_, '_>) -> Pattern {
    steps::polymeter(&call.patterns(0), None)
}

fn pure(call: &mut Call<'_, '_>) -> Pattern {
    call.pattern(0)
}

fn off(call: &mut Call<'_, '_>) -> Pattern {
    let (time, subject) = (call.pattern(0), call.subject());
    let late = Pattern::patterned(&p::LATE, &[time], std::slice::from_ref(&subject), Join::Inner, true);
    let changed = call.apply(1, late);
    Pattern::stack([subject, changed])
}

fn superimpose(call: &mut Call<'_, '_>, own: bool) -> Pattern {
    let subject = call.subject();
    let mut all = if own { vec![subject.clone()] } else { Vec::new() };
    all.extend(call.apply_all(0, &subject));
    Pattern::stack(all)
}

fn jux_by(call: &mut Call<'_, '_>, by: &Value, function: usize) -> Pattern {
    let by = by.number().unwrap_or(1.0) / 2.0;
    let subject = call.subject();
    let right = call.apply(function, subject.map(Func::Pan(by)));
    Pattern::stack([subject.map(Func::Pan(-by)), right])
}

fn jux_by_pattern(call: &mut Call<'_, '_>) -> Pattern {
    call.each_case(0, &mut |call, by| jux_by(call, by, 1))
}

/// Copies later and later, the n-th through `change`.
fn copies(
    call: &mut Call<'_, '_>,
    count: i64,
    time: &Pattern,
    mut change: impl FnMut(&mut Call<'_, '_>, Pattern, i64) -> Pattern,
) -> Pattern {
    let subject = call.subject();
    let mut all = Vec::new();
    for i in 0..count {
        let late = if let Some(time) = time.constant().and_then(Value::time) {
            subject.late(time * Time::int(i))
        } else {
            let time = time.map(Func::Right(Op::Mul, Value::int(i)));
            Pattern::patterned(&p::LATE, &[time], std::slice::from_ref(&subject), Join::Inner, true)
        };
        all.push(change(call, late, i));
    }
    Pattern::stack(all)
}

/// Builds for each number of times that the first argument can be.
fn by_count(call: &mut Call<'_, '_>, build: impl Fn(&mut Call<'_, '_>, i64) -> Pattern) -> Pattern {
    call.each_case(0, &mut |call, count| build(call, count.time().map_or(0, Time::cycle).clamp(0, 256)))
}

fn echo(call: &mut Call<'_, '_>, stut: bool) -> Pattern {
    let (time, feedback) = if stut { (2, 1) } else { (1, 2) };
    let (time, feedback) = (call.pattern(time), call.pattern(feedback));
    by_count(call, |call, count| {
        copies(call, count, &time, |call, late, i| {
            if let Some(feedback) = feedback.constant().and_then(Value::number) {
                let gain = crate::pattern::Controls::of("gain".into(), Value::Float(libm::pow(feedback, i as f64)));
                return late.map(Func::Right(Op::Set, Value::Map(gain)));
            }
            let gain = call.as_control(&feedback.map(Func::Right(Op::Pow, Value::int(i))), "gain");
            late.combine(Op::Set, Align::In, &gain)
        })
    })
}

fn echo_with(call: &mut Call<'_, '_>) -> Pattern {
    let time = call.pattern(1);
    by_count(call, |call, count| copies(call, count, &time, |call, late, i| call.apply_numbered(2, late, i)))
}

fn ply_with(call: &mut Call<'_, '_>) -> Pattern {
    by_count(call, |call, count| {
        let (hole, first) = call.hole();
        let mut templates = Vec::new();
        let mut next = first;
        for _ in 0..count {
            templates.push(next.clone());
            next = call.apply(1, next);
        }
        Pattern::new(Node::Each { hole, templates: templates.into(), pattern: call.subject() })
    })
}

fn ply_for_each(call: &mut Call<'_, '_>) -> Pattern {
    by_count(call, |call, count| {
        let (hole, first) = call.hole();
        let template = |i| if i == 0 { first.clone() } else { call.apply_numbered(1, first.clone(), i) };
        let templates: Vec<_> = (0..count).map(template).collect();
        Pattern::new(Node::Each { hole, templates: templates.into(), pattern: call.subject() })
    })
}

fn apply(call: &mut Call<'_, '_>) -> Pattern {
    let subject = call.subject();
    call.apply(0, subject)
}

fn run(call: &mut Call<'_, '_>) -> Pattern {
    let count = call.pattern(0);
    Pattern::patterned(&p::RUN, &[count], &[], Join::Inner, false)
}

fn bits(call: &mut Call<'_, '_>) -> Pattern {
    let number = call.pattern(0);
    Pattern::patterned(&p::BITS, &[number], &[], Join::Inner, false)
}

fn binary(call: &mut Call<'_, '_>) -> Pattern {
    let (number, bits) = (call.pattern(0), call.pattern(1));
    Pattern::patterned(&p::BINARY, &[number, bits], &[], Join::Inner, false)
}

/// From one pattern to another: both are whole in the middle.
fn xfade(call: &mut Call<'_, '_>) -> Pattern {
    // `x.xfade(position, to)` or `xfade(x, position, to)`.
    let method = !call.given(2);
    if method && call.subject().is_silence() {
        call.refuse("missing-argument", "`xfade` wants `to` as well", "xfade(s(\"bd*4\"), \"<0 .5 1>\", s(\"hh*8\"))");
    }
    let (from, at, to) =
        if method { (call.subject(), call.raw(0), call.raw(1)) } else { (call.raw(0), call.pattern(1), call.raw(2)) };
    let level = |by: i64, add: i64| {
        at.map(Func::Right(Op::Mul, Value::int(by)))
            .map(Func::Right(Op::Add, Value::int(add)))
            .map(Func::Right(Op::Min, Value::int(1)))
    };
    let (out, in_) = (call.as_control(&level(-2, 2), "gain"), call.as_control(&level(2, 0), "gain"));
    Pattern::stack([from.combine(Op::Mul, Align::In, &out), to.combine(Op::Mul, Align::In, &in_)])
}

fn spread(call: &mut Call<'_, '_>, fast: bool) -> Pattern {
    let patterns = call.spread(0, 1);
    if fast { Pattern::fastcat(patterns) } else { Pattern::slowcat(patterns) }
}

/// A drum grid: each row a sound and its hits, `X` loud, `x` a hit, `o` soft, `.` a rest.
fn grid(call: &mut Call<'_, '_>) -> Pattern {
    let rows = call.drawings(0);
    let mut all = Vec::new();
    for (sound, drawing) in rows {
        let mut steps = Vec::new();
        for (hit, place) in drawing {
            let velocity = match hit {
                'X' => Time::ONE,
                'x' => Time::new(8, 10),
                'o' => Time::new(35, 100),
                '.' => {
                    steps.push(Pattern::silence());
                    continue;
                }
                other => {
                    let message = format!("`{other}` means nothing in a grid");
                    call.refuse_at(place, "wrong-kind", &message, "X loud, x hit, o soft, . rest");
                    continue;
                }
            };
            let controls = crate::pattern::Controls::from_iter([
                ("s".into(), sound.clone()),
                ("velocity".into(), Value::Number(velocity)),
            ]);
            steps.push(Pattern::atom(Value::Map(controls), place));
        }
        all.push(Pattern::fastcat(steps));
    }
    Pattern::stack(all)
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    start(
        "stack",
        &["polyrhythm", "pr", "overlay"],
        &[PATTERNS],
        Build::Code(stack),
        "Plays patterns at the same time.",
        "stack(s(\"bd*4\"), s(\"hh*8\"))",
    )
    .instead(&["together", "layers", "parallel"]),
    start(
        "cat",
        &["slowcat", "slowcatPrime"],
        &[PATTERNS],
        Build::Code(cat),
        "Plays patterns one after another, one a cycle.",
        "s(cat(\"bd*4\", \"sd*2\"))",
    )
    .instead(&["concat", "then", "append"]),
    start(
        "seq",
        &["sequence", "fastcat"],
        &[PATTERNS],
        Build::Code(seq),
        "Plays patterns one after another in one cycle.",
        "s(seq(\"bd\", \"sd*2\"))",
    ),
    start(
        "stepcat",
        &["timeCat", "timecat", "s_cat"],
        &[PATTERNS],
        Build::Code(timecat),
        "Plays patterns one after another, each as long as its steps or its number.",
        "s(timecat([3, \"bd*3\"], [1, \"sd*2\"]))",
    ),
    start(
        "arrange",
        &[],
        &[need("parts", Kind::Patterns)],
        Build::Code(arrange),
        "Plays each pattern for so many cycles.",
        "arrange([4, s(\"bd*2\")], [2, s(\"hh*4\")])",
    )
    .instead(&["song", "timeline"]),
    start(
        "polymeter",
        &["pm", "s_polymeter"],
        &[PATTERNS],
        Build::Code(polymeter),
        "Plays patterns at the pace of the first.",
        "s(polymeter(\"bd sd hh\", \"cp rim\"))",
    ),
    start("pure", &[], &[need("value", Kind::Values)], Build::Code(pure), "One value a cycle.", "s(pure('bd'))"),
    start(
        "run",
        &[],
        &[need("count", NUMBER)],
        Build::Code(run),
        "The numbers below a count, in order.",
        "n(run(8)).scale(\"c:minor\")",
    ),
    start(
        "binary",
        &[],
        &[need("number", NUMBER)],
        Build::Code(bits),
        "A number as its bits, as many as it has.",
        "s(\"hh\").struct(binary(55532))",
    ),
    start(
        "binaryN",
        &[],
        &[need("number", NUMBER), or("bits", NUMBER, "16")],
        Build::Code(binary),
        "A number as a row of bits.",
        "s(\"hh\").struct(binaryN(55532, 16))",
    ),
    method(
        "off",
        &[],
        &[need("time", Kind::Time), FUNCTION],
        Build::Code(off),
        "Adds a later copy that is changed.",
        "n(\"0 2 4\").scale(\"c:minor\").off(1/8, add(note(12)))",
    ),
    method(
        "superimpose",
        &[],
        &[need("functions", Kind::Functions)],
        Build::Code(|c| superimpose(c, true)),
        "Adds a changed copy.",
        "n(\"0 2 4\").superimpose(fast(2))",
    ),
    method(
        "layer",
        &[],
        &[need("functions", Kind::Functions)],
        Build::Code(|c| superimpose(c, false)),
        "Plays changed copies instead of itself.",
        "n(\"0 2 4\").layer(rev, fast(2))",
    ),
    method(
        "jux",
        &[],
        &[FUNCTION],
        Build::Code(|c| jux_by(c, &Value::int(1), 0)),
        "A changed copy on the right, itself on the left.",
        "s(\"hh*8\").jux(rev)",
    ),
    method(
        "juxBy",
        &["juxby"],
        &[need("width", Kind::Number(Dimension::Share)), FUNCTION],
        Build::Code(jux_by_pattern),
        "The same, by a width.",
        "s(\"hh*8\").juxBy(.5, rev)",
    ),
    method(
        "echo",
        &[],
        &[need("times", NUMBER), need("time", Kind::Time), need("feedback", Kind::Number(Dimension::Factor))],
        Build::Code(|c| echo(c, false)),
        "Copies, later and softer.",
        "s(\"cp\").echo(3, 1/6, .8)",
    ),
    method(
        "stut",
        &[],
        &[need("times", NUMBER), need("feedback", Kind::Number(Dimension::Factor)), need("time", Kind::Time)],
        Build::Code(|c| echo(c, true)),
        "Copies, later and softer, in Tidal's order.",
        "s(\"cp\").stut(3, .8, 1/6)",
    ),
    method(
        "echoWith",
        &["stutWith", "echowith", "stutwith"],
        &[need("times", NUMBER), need("time", Kind::Time), FUNCTION],
        Build::Code(echo_with),
        "Copies, later and each through a function of its number.",
        "n(\"0 2\").echoWith(3, 1/8, (p, i) => p.add(n(i)))",
    ),
    method(
        "plyWith",
        &["plywith"],
        &[need("times", NUMBER), FUNCTION],
        Build::Code(ply_with),
        "Repeats events within their time, each through the function once more.",
        "n(\"0 2\").plyWith(3, add(n(1)))",
    ),
    method(
        "plyForEach",
        &["plyforeach"],
        &[need("times", NUMBER), FUNCTION],
        Build::Code(ply_for_each),
        "Repeats events within their time, each through a function of its number.",
        "n(\"0 2\").plyForEach(3, (p, i) => p.add(n(i)))",
    ),
    start(
        "xfade",
        &[],
        &[need("from", Kind::Values), need("position", SHARE), or("to", Kind::Values, "0")],
        Build::Code(xfade),
        "Fades from one pattern to another, 0 to 1.",
        "xfade(s(\"bd*4\"), \"<0 .5 1>\", s(\"hh*8\"))",
    ),
    method(
        "spread",
        &["slowspread", "slowSpread"],
        &[FUNCTION, need("values", Kind::Choices)],
        Build::Code(|c| spread(c, false)),
        "A function with another argument each cycle.",
        "s(\"bd sd\").spread(fast, [1, 2, 4])",
    ),
    method(
        "fastspread",
        &["fastSpread"],
        &[FUNCTION, need("values", Kind::Choices)],
        Build::Code(|c| spread(c, true)),
        "A function with several arguments in one cycle.",
        "s(\"bd sd\").fastspread(fast, [1, 2])",
    ),
    start(
        "grid",
        &[],
        &[need("rows", Kind::Patterns)],
        Build::Code(grid),
        "A drum grid: X is loud, x a hit, o soft, a dot a rest.",
        "grid(bd: 'X..o x...', sd: '..x. ..x.')",
    )
    .instead(&["drums", "drumgrid"]),
    method(
        "apply",
        &["fmap", "withValue"],
        &[FUNCTION],
        Build::Code(apply),
        "Does something.",
        "s(\"bd sd\").apply(fast(2))",
    ),
];
