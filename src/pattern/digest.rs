//! Hashes of nodes without their children: what they are and their numbers.
//!
//! Invariant: places in the text never count, so that a moved line plays the same pattern.

use super::func::Func;
use super::node::{Choice, Kind};
use super::signal::Wave;
use super::value::Value;
use crate::base::random::{join, name};
use crate::base::time::{Span, Time};

fn time(value: Time) -> u64 {
    Value::Number(value).digest()
}

fn span(value: Span) -> u64 {
    join(time(value.begin), time(value.end))
}

fn list(items: impl IntoIterator<Item = u64>) -> u64 {
    items.into_iter().fold(11, join)
}

/// The hash of the node itself.
pub(super) fn digest(kind: &Kind) -> u64 {
    let word = |text: &str, more: u64| join(name(text), more);
    match kind {
        Kind::Silence => name("silence"),
        Kind::Pure(value, _) => word("pure", value.digest()),
        Kind::Sequence(steps) => word("sequence", list(steps.iter().map(|s| join(time(s.begin), time(s.end))))),
        Kind::Slowcat(patterns) => word("slowcat", patterns.len() as u64),
        Kind::Stack(patterns) => word("stack", patterns.len() as u64),
        Kind::Every { period, phase, .. } => word("every", join(*period as u64, *phase as u64)),
        Kind::Fast(factor, _) => word("fast", time(*factor)),
        Kind::Late(by, _) => word("late", time(*by)),
        Kind::LateBy(..) => name("late-by"),
        Kind::Shift(..) => name("shift"),
        Kind::Rev(_) => name("rev"),
        Kind::Compress(s, _) => word("compress", span(*s)),
        Kind::Zoom(s, _) => word("zoom", span(*s)),
        Kind::Ribbon(begin, length, _) => word("ribbon", join(time(*begin), time(*length))),
        Kind::RepeatCycles(n, _) => word("repeat", time(*n)),
        Kind::Ply(..) => name("ply"),
        Kind::Press(at, _) => word("press", time(*at)),
        Kind::Chop(n, _) => word("chop", *n as u64),
        Kind::Segment(n, _) => word("segment", time(*n)),
        Kind::Map(func, _) => word("map", function(func)),
        Kind::Combine { op, align, .. } => word("combine", join(*op as u64, *align as u64)),
        Kind::Bind { join: how, choice, .. } => word("bind", join(*how as u64, chosen(choice))),
        Kind::Patterned { function, join: how, arguments, .. } => {
            word(function.name, join(*how as u64, arguments.len() as u64))
        }
        Kind::Signal(wave) => word("signal", wave_digest(wave)),
        Kind::Degrade { key, cycles, invert, .. } => {
            word("degrade", join(*key, u64::from(*cycles) * 2 + u64::from(*invert)))
        }
        Kind::Lottery { key, patterns } => {
            word("lottery", join(*key, list(patterns.iter().map(|(weight, _)| weight.to_bits()))))
        }
        Kind::Shuffle { key, count } => word("shuffle", join(*key, *count as u64)),
        Kind::Within { span: s, inside, .. } => word("within", join(span(*s), u64::from(*inside))),
        Kind::Arp(..) => name("arp"),
        Kind::Voicing(_) => name("voicing"),
        Kind::Lead((low, high), _) => word("lead", join(*low as u64, *high as u64)),
        Kind::Strum(seconds, _) => word("strum", seconds.to_bits()),
        Kind::Humanise { key, seconds, share, .. } => {
            word("humanise", list([*key, seconds.to_bits(), share.to_bits()]))
        }
        Kind::Rolled(share, _) => word("rolled", time(*share)),
        Kind::Rot(n, _) => word("rot", *n as u64),
        Kind::Smooth(_) => name("smooth"),
        Kind::Live(_) => name("live"),
        // A hole's number only tells holes apart; equal templates have equal nesting.
        Kind::Hole(_) => name("hole"),
        Kind::Each { templates, .. } => word("each", templates.len() as u64),
        Kind::Into { .. } => name("into"),
        Kind::Only { control, value, inside, .. } => {
            word("only", list([name(control), value.digest(), u64::from(*inside)]))
        }
        Kind::Steps(_) => name("steps"),
        // A table is what it was written out from.
        Kind::Table(table) => join(name("table"), table.origin.hash()),
    }
}

fn chosen(choice: &Choice) -> u64 {
    match choice {
        Choice::Index(patterns, wrap) => join(1, join(patterns.len() as u64, u64::from(*wrap))),
        Choice::Word(map) => join(2, list(map.iter().map(|(word, _)| name(word)))),
        Choice::Arithmetic(op, _, flip) => join(3, join(*op as u64, u64::from(*flip))),
        Choice::Truth(..) => 4,
        Choice::Cases(cases) => join(5, list(cases.iter().map(|(value, _)| value.digest()))),
    }
}

fn wave_digest(wave: &Wave) -> u64 {
    match wave {
        Wave::Cyclic(cyclic) => join(1, *cyclic as u64),
        Wave::Time => 2,
        Wave::Rand(key) => join(3, *key),
        Wave::Perlin(key) => join(4, *key),
        Wave::Hand(hand, start) => join(5, join(name(hand), start.to_bits())),
        Wave::Ramp(ends, length) => join(6, list([ends.0.digest(), ends.1.digest(), length.map_or(0, time)])),
        Wave::Fill => 8,
        Wave::Edge { last } => join(7, u64::from(*last)),
    }
}

fn function(func: &Func) -> u64 {
    match func {
        Func::Control(names, dimension) => {
            join(*dimension as u64, list(names.iter().map(|control| name(control.as_str()))))
        }
        Func::Right(op, value) => join(101, join(*op as u64, value.digest())),
        Func::Left(op, value) => join(102, join(*op as u64, value.digest())),
        Func::Range(width, low) => join(112, join(width.digest(), low.digest())),
        Func::RangeX(low, high) => join(103, join(low.digest(), high.digest())),
        Func::Share(shares) => join(115, list(shares.iter().map(|share| share.to_bits()))),
        Func::Slices(n) => join(104, n.digest()),
        Func::LoopAt(n, cps) => join(105, join(time(*n), cps.map_or(0, f64::to_bits))),
        Func::Splice(n) => join(106, n.digest()),
        Func::RootNotes(octave) => join(107, *octave as u64),
        Func::Pan(by) => join(108, by.to_bits()),
        Func::Numeral(root, line) => join(114, join(*root as u64, *line as u64)),
        Func::Scaled(control, by) => join(113, join(name(control.as_str()), by.to_bits())),
        Func::Field(control) => join(109, name(control.as_str())),
        Func::As(names) => join(110, list(names.iter().map(|control| name(control.as_str())))),
        Func::Plain(simple) => join(111, *simple as u64),
    }
}
