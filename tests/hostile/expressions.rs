//! Random expressions over the whole table of functions and controls: what the table gains is tried by itself.
//!
//! Invariant: a choice of 0 always ends a branch, so that choices that run out end the expression.

use std::fmt::Write as _;

use talea::base::control::{CONTROLS, Dimension};
use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::model::functions::{self, Function, Kind};
use talea::model::scope::EmptyScope;
use talea::pattern::{Context, FUEL, Hap, Pattern};

/// Where choices come from: dice with a seed, or the bytes of a fuzzer.
pub(crate) trait Choose {
    /// A number in `0..end`; 0 when there are no more choices.
    fn below(&mut self, end: usize) -> usize;
}

/// No expression is longer, in bytes.
const LONGEST: usize = 1500;

/// A random expression.
pub(crate) fn expression(choose: &mut dyn Choose) -> String {
    let mut text = String::new();
    pattern(&mut text, choose, 5);
    text
}

fn pattern(text: &mut String, choose: &mut dyn Choose, depth: usize) {
    if depth == 0 || text.len() > LONGEST {
        text.push_str("s(\"bd\")");
        return;
    }
    match choose.below(12) {
        0 => {
            let word = ["s", "n", "note", "s", "chord"][choose.below(5)];
            let _ = write!(text, "{word}(");
            mini(text, choose, if word == "chord" { "Am7" } else { "bd" });
            text.push(')');
        }
        1 => mini(text, choose, "0"),
        2 => signal(text, choose),
        3 => {
            let starts: Vec<&Function> = functions::table().iter().filter(|f| !f.method && named(f)).collect();
            let function = starts[choose.below(starts.len())];
            text.push_str(function.name);
            arguments(text, choose, function, depth - 1);
        }
        4 => {
            text.push('(');
            pattern(text, choose, depth - 1);
            text.push_str([" + ", " - ", " * ", " / ", " % "][choose.below(5)]);
            pattern(text, choose, depth - 1);
            text.push(')');
        }
        5 => {
            pattern(text, choose, depth - 1);
            let control = &CONTROLS[choose.below(CONTROLS.len())];
            let _ = write!(text, ".{}(", control.name);
            number(text, choose, control.dimension, depth - 1);
            text.push(')');
        }
        6 => {
            pattern(text, choose, depth - 1);
            let align = ["in", "out", "mix", "squeeze", "squeezeout", "reset", "restart", "poly"][choose.below(8)];
            let _ = write!(text, ".{}.{align}(", ["add", "sub", "mul", "set", "keep"][choose.below(5)]);
            pattern(text, choose, depth - 1);
            text.push(')');
        }
        _ => {
            pattern(text, choose, depth - 1);
            method(text, choose, depth - 1);
        }
    }
}

/// Functions whose call is a plain list of arguments.
fn named(function: &Function) -> bool {
    function.name != "grid"
}

fn method(text: &mut String, choose: &mut dyn Choose, depth: usize) {
    let methods: Vec<&Function> = functions::table().iter().filter(|function| function.method).collect();
    let function = methods[choose.below(methods.len())];
    let _ = write!(text, ".{}", function.name);
    arguments(text, choose, function, depth);
}

fn arguments(text: &mut String, choose: &mut dyn Choose, function: &Function, depth: usize) {
    if function.parameters.is_empty() {
        return;
    }
    text.push('(');
    for (at, parameter) in function.parameters.iter().enumerate() {
        if parameter.default.is_some() && choose.below(2) == 0 {
            break;
        }
        if at > 0 {
            text.push_str(", ");
        }
        let times = if matches!(parameter.kind, Kind::Patterns | Kind::Functions) { 1 + choose.below(3) } else { 1 };
        for time in 0..times {
            if time > 0 {
                text.push_str(", ");
            }
            // Now and then something of another kind.
            if choose.below(25) == 24 {
                pattern(text, choose, depth);
            } else {
                argument(text, choose, parameter.kind, depth);
            }
        }
    }
    text.push(')');
}

fn argument(text: &mut String, choose: &mut dyn Choose, kind: Kind, depth: usize) {
    match kind {
        Kind::Number(dimension) => number(text, choose, dimension, depth),
        Kind::Time => number(text, choose, Dimension::Span, depth),
        Kind::Plain => plain(text, choose),
        Kind::Text => text.push_str(["'sd'", "'h'", "'x y'", "''"][choose.below(4)]),
        Kind::Flags => mini(text, choose, "1"),
        Kind::Values | Kind::Patterns => match choose.below(4) {
            0 => mini(text, choose, "0"),
            1 => {
                text.push('[');
                plain(text, choose);
                text.push_str(", ");
                pattern(text, choose, depth.saturating_sub(1));
                text.push(']');
            }
            2 => text.push_str(["\"c4:minor\"", "\"<c:major a2:dorian>\"", "\"up\"", "\"0 [1,2] 3\""][choose.below(4)]),
            _ => pattern(text, choose, depth.saturating_sub(1)),
        },
        Kind::Choices => {
            text.push('[');
            for at in 0..=choose.below(3) {
                if at > 0 {
                    text.push_str(", ");
                }
                pattern(text, choose, depth.saturating_sub(1));
            }
            text.push(']');
        }
        Kind::Function | Kind::Functions => function(text, choose, depth),
    }
}

fn function(text: &mut String, choose: &mut dyn Choose, depth: usize) {
    match choose.below(5) {
        0 => text.push_str("rev"),
        1 => text.push_str(["fast(2)", "add(note(7))", "speed(-1)", "late(1/8)", "ply(\"<1 2>\")"][choose.below(5)]),
        2 => text.push_str("x => x"),
        _ if depth == 0 => text.push_str("rev"),
        _ => {
            text.push_str("(x => x");
            for _ in 0..=choose.below(2) {
                method(text, choose, depth - 1);
            }
            text.push(')');
        }
    }
}

fn plain(text: &mut String, choose: &mut dyn Choose) {
    let numbers = ["1", "2", "4", "0", "3", "8", "-1", "0.5", "1.5", "16", "100", "1e9", "-0.25", "7", "1/3", "(1/7)"];
    text.push_str(numbers[choose.below(numbers.len())]);
}

fn number(text: &mut String, choose: &mut dyn Choose, dimension: Dimension, depth: usize) {
    match choose.below(8) {
        0..=2 => plain(text, choose),
        3 | 4 => mini(text, choose, "2"),
        5 => signal(text, choose),
        6 => {
            plain(text, choose);
            text.push_str(match dimension {
                Dimension::Frequency => ["Hz", "kHz"][choose.below(2)],
                Dimension::Duration | Dimension::Span => ["ms", "s", " beats", " bars"][choose.below(4)],
                Dimension::Factor | Dimension::Level => "dB",
                Dimension::Interval => ["st", "ct"][choose.below(2)],
                Dimension::Share | Dimension::Midi => "%",
                _ => "",
            });
        }
        _ if depth == 0 => plain(text, choose),
        _ => pattern(text, choose, depth - 1),
    }
}

fn signal(text: &mut String, choose: &mut dyn Choose) {
    let signals = ["sine", "saw", "rand", "perlin", "tri", "square2", "irand(8)", "time", "cosine2", "isaw"];
    text.push_str(signals[choose.below(signals.len())]);
    match choose.below(4) {
        0 => {}
        1 => text.push_str(".range(0, 4)"),
        2 => text.push_str(".segment(8)"),
        _ => text.push_str(".slow(3).range(.1, 2)"),
    }
}

/// A string of mini-notation; `atom` is what stands in it most often.
fn mini(text: &mut String, choose: &mut dyn Choose, atom: &str) {
    text.push('"');
    steps(text, choose, atom, 3);
    text.push('"');
}

fn steps(text: &mut String, choose: &mut dyn Choose, atom: &str, depth: usize) {
    for at in 0..=choose.below(4) {
        if at > 0 {
            text.push_str([" ", " ", " ", ", ", " . "][choose.below(5)]);
        }
        step(text, choose, atom, depth);
    }
}

fn step(text: &mut String, choose: &mut dyn Choose, atom: &str, depth: usize) {
    match choose.below(9) {
        _ if depth == 0 || text.len() > LONGEST => text.push_str(atom),
        0..=2 => text.push_str(atom),
        3 => text.push_str(["~", "sd", "c4", "3", "-1", "0.5", "1%3", "e", "bd:2", "0 .. 3"][choose.below(10)]),
        4 | 5 => {
            text.push('[');
            steps(text, choose, atom, depth - 1);
            text.push(']');
        }
        6 | 7 => {
            text.push('<');
            steps(text, choose, atom, depth - 1);
            text.push('>');
        }
        _ => {
            text.push('{');
            steps(text, choose, atom, depth - 1);
            text.push_str(["}", "}%4", "}%<3 5>"][choose.below(3)]);
        }
    }
    match choose.below(12) {
        0..=5 => {}
        6 => text.push_str(["*2", "*3", "*1.5", "*<1 2 3>", "*0", "*[2 3]"][choose.below(6)]),
        7 => text.push_str(["/2", "/3", "/1.5", "/<1 2>"][choose.below(4)]),
        8 => text.push_str(["!2", "@3", "!3", "@0.5"][choose.below(4)]),
        9 => text.push_str(["?", "?0.3"][choose.below(2)]),
        10 => text.push_str(["(3,8)", "(5,8,2)", "(<3 5>,8)", "(-3,8)", "(3,8,<0 2>)"][choose.below(5)]),
        _ => text.push_str(":2"),
    }
}

/// Reads an expression and asks for its haps here and there: they lie in their spans, and are the same when asked again
/// and when the pattern was compiled. Returns how many there were.
pub(crate) fn run(text: &str) -> usize {
    let (pattern, said) = query::pattern(text, &EmptyScope, 7);
    assert!(said.iter().all(|said| !said.message.is_empty()));
    let Some(pattern) = pattern else { return 0 };
    let compiled = pattern.compiled();
    let (mut count, mut cut) = (0, 0);
    for (begin, end) in [
        (Time::ZERO, Time::ONE),
        (Time::new(1, 3), Time::new(7, 3)),
        (Time::int(-1), Time::new(-1, 2)),
        (Time::int(1_000_003), Time::int(1_000_004)),
    ] {
        let span = Span::new(begin, end);
        let (haps, whole) = ask(&pattern, span);
        for hap in &haps {
            assert!(hap.part.begin <= hap.part.end, "a part ends before it begins: {hap:?}");
            assert!(
                span.begin <= hap.part.begin && hap.part.end <= span.end,
                "a part lies outside of {span:?}: {hap:?}"
            );
            if let Some(around) = hap.whole {
                let inside = around.begin <= hap.part.begin && hap.part.end <= around.end;
                assert!(inside, "a part lies outside of its whole: {hap:?}");
            }
        }
        count += haps.len();
        if !whole {
            // Cut by the fuel, so anything may be missing; and what costs all of it twice has cost enough.
            cut += 1;
            if cut == 2 {
                break;
            }
            continue;
        }
        let (again, _) = ask(&pattern, span);
        assert!(haps == again, "asked again, the answer is another one");
        // What a signal gives an argument depends on the stretch that is asked for; what is written out was asked cycle
        // by cycle, as playing asks.
        let (fast, whole) = ask(&compiled, span);
        if whole && span == Span::cycle(begin.cycle()) {
            assert_eq!(onsets(&haps), onsets(&fast), "compiled, the pattern means something else in {span:?}");
        }
    }
    count
}

/// The haps, and whether the fuel sufficed.
fn ask(pattern: &Pattern, span: Span) -> (Vec<Hap>, bool) {
    let mut context = Context::new();
    context.refuel(FUEL);
    let haps = pattern.query(span, &mut context);
    (haps, !context.exhausted())
}

/// What begins, a line each; where fragments are cut is no part of the meaning.
fn onsets(haps: &[Hap]) -> Vec<String> {
    let line = |hap: &Hap| format!("{:?} {} {}", hap.whole, hap.value, hap.shift);
    let mut lines: Vec<String> = haps.iter().filter(|hap| hap.has_onset()).map(line).collect();
    lines.sort();
    lines
}
