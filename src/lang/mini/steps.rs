//! Groups and steps: sequences, stacks, choices, `[ ]`, `< >`, `{ }`, feet.
//!
//! Invariant: no part of a tree is an empty sequence; what is empty is a rest.

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::multi::separated_list1;
use nom::sequence::preceded;

use super::modifiers;
use super::words::Word;
use super::{Reply, Words};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::lang::faults::quoted;
use crate::lang::numbers;
use crate::lang::stream::{fail, must, nothing, skip, token};
use crate::lang::syntax::{Mini, MiniKind, Number, Step};

/// `[^] sequence { , sequence }` or with `|`.
pub(super) fn body(input: Words) -> Reply<Mini> {
    let start = input.start();
    let (input, _) = opt(token(Word::Caret)).parse(input)?;
    let (rest, mut parts) = parts(input, Word::Comma)?;
    let (rest, choice) = match (rest.kind(0), parts.pop()) {
        (Word::Bar, first) if parts.is_empty() => {
            let (rest, others) = preceded(token(Word::Bar), cut(|input| self::parts(input, Word::Bar))).parse(rest)?;
            parts = first.into_iter().chain(others).collect();
            (rest, true)
        }
        (_, last) => {
            parts.extend(last);
            (rest, false)
        }
    };
    let place = rest.since(start);
    let mut parts: Vec<Mini> = parts.into_iter().map(|steps| sequence(steps, place)).collect();
    let mini = match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            Mini { place, kind: if choice { MiniKind::Choice(parts) } else { MiniKind::Stack(parts) } }
        }
    };
    Ok((rest, mini))
}

fn parts(input: Words, joint: Word) -> Reply<Vec<Vec<Step>>> {
    separated_list1(token(joint), steps).parse(input)
}

/// Steps up to a joint or a closer, perhaps in feet; perhaps none.
pub(super) fn steps(mut input: Words) -> Reply<Vec<Step>> {
    let mut feet: Vec<Step> = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut foot = input.start();
    loop {
        match input.kind(0) {
            Word::Comma | Word::Bar | Word::End => break,
            kind if kind.is_closer() => break,
            Word::Foot => {
                feet.push(plain(sequence(std::mem::take(&mut steps), input.since(foot))));
                input = skip(input);
                foot = input.start();
            }
            _ => {
                let (rest, step) = modifiers::step(input)?;
                steps.push(step);
                input = rest;
            }
        }
    }
    if feet.is_empty() {
        return Ok((input, steps));
    }
    feet.push(plain(sequence(steps, input.since(foot))));
    Ok((input, feet))
}

fn plain(mini: Mini) -> Step {
    Step { mini, weight: Time::ONE, repeats: 1 }
}

/// Steps as one node; a single step is itself.
pub(super) fn sequence(mut steps: Vec<Step>, place: Place) -> Mini {
    match steps.pop() {
        None => Mini { place, kind: MiniKind::Rest },
        Some(only) if steps.is_empty() && only.repeats == 1 => only.mini,
        Some(last) => {
            let first = steps.first().map_or(last.mini.place, |step| step.mini.place);
            let place = first.to(last.mini.place);
            steps.push(last);
            Mini { place, kind: MiniKind::Sequence(steps) }
        }
    }
}

/// A step without its modifiers.
pub(super) fn slice(input: Words) -> Reply<Mini> {
    let place = input.here();
    let text = input.text(0);
    match input.kind(0) {
        Word::Rest => Ok((skip(input), Mini { place, kind: MiniKind::Rest })),
        Word::Number => {
            let (rest, number) = number(input)?;
            Ok((rest, Mini { place, kind: MiniKind::Number(number) }))
        }
        Word::Atom => {
            near_miss(input);
            Ok((skip(input), Mini { place, kind: MiniKind::Word(text.to_owned()) }))
        }
        Word::ListOpen => {
            let (rest, inner) = cut(body).parse(skip(input))?;
            let (rest, ()) = close(rest, Word::ListClose, place)?;
            let group =
                matches!(inner.kind, MiniKind::Sequence(_) | MiniKind::Stack(_) | MiniKind::Choice(_) | MiniKind::Rest);
            let place = if group { rest.since(place.start) } else { inner.place };
            Ok((rest, Mini { place, ..inner }))
        }
        Word::AngleOpen => {
            let (rest, inner) = poly(skip(input))?;
            let (rest, ()) = close(rest, Word::AngleClose, place)?;
            let kind = inner.map_or(MiniKind::Rest, MiniKind::Alternate);
            Ok((rest, Mini { place: rest.since(place.start), kind }))
        }
        Word::BraceOpen => {
            let (rest, inner) = poly(skip(input))?;
            let (rest, ()) = close(rest, Word::BraceClose, place)?;
            let (rest, pace) = if rest.kind(0) == Word::Percent && !rest.apart(0) {
                let (rest, pace) = modifiers::operand(rest)?;
                (rest, Some(Box::new(pace)))
            } else {
                (rest, None)
            };
            let kind = inner.map_or(MiniKind::Rest, |parts| MiniKind::Polymeter(parts, pace));
            Ok((rest, Mini { place: rest.since(place.start), kind }))
        }
        _ => nothing(),
    }
}

/// The parts of `< >` and `{ }`; `None` where all are empty.
fn poly(input: Words) -> Reply<Option<Vec<Vec<Step>>>> {
    let place = Place { end: input.start(), ..input.here() };
    let (rest, mut parts) = parts(input, Word::Comma)?;
    if parts.iter().all(Vec::is_empty) {
        return Ok((rest, None));
    }
    for part in &mut parts {
        if part.is_empty() {
            part.push(plain(Mini { place, kind: MiniKind::Rest }));
        }
    }
    Ok((rest, Some(parts)))
}

/// The closer of the bracket that was opened at `opener`.
pub(super) fn close(input: Words, closer: Word, opener: Place) -> Reply<()> {
    let (rest, _) = must(token(closer), |input| unclosed(input, closer, opener))(input)?;
    Ok((rest, ()))
}

fn unclosed(input: Words, closer: Word, opener: Place) -> Diagnostic {
    let (open, close) = match closer {
        Word::ListClose => ("[", "]"),
        Word::AngleClose => ("<", ">"),
        Word::BraceClose => ("{", "}"),
        _ => ("(", ")"),
    };
    if input.is_empty() {
        return Diagnostic::error("mini-unclosed", opener, format!("this `{open}` is not closed"))
            .label("opened here")
            .help(format!("type the `{close}` that closes it, before the string ends"));
    }
    if input.kind(0).is_closer() {
        return Diagnostic::error("mini-closer", input.here(), format!("`{}` closes a `{open}`", input.text(0)))
            .also(opener, "opened here")
            .help(format!("type `{close}` here"));
    }
    stray(input).also(opener, format!("in this `{open}`"))
}

/// What is said of a token that ends a sequence and belongs to nothing.
pub(super) fn stray(input: Words) -> Diagnostic {
    let (text, here) = (input.text(0), input.here());
    if input.kind(0).is_closer() {
        return Diagnostic::error("mini-closer", here, format!("`{text}` closes nothing"))
            .help("take it out, or type the opening bracket before");
    }
    Diagnostic::error("mini-joints", here, format!("`{text}` cannot stand here"))
        .help("one kind of joint a bracket: put one part in [ ], as in \"[a | b], c\"")
}

/// What is said where a step is missing.
pub(super) fn no_step(input: Words) -> Diagnostic {
    let text = quoted(input.text(0));
    if input.is_empty() {
        return Diagnostic::error("mini-expected-step", input.here(), "a step belongs here, but the string ends")
            .help("a rest is `~`");
    }
    let message = format!("a step belongs here, not `{text}`");
    let said = Diagnostic::error("mini-expected-step", input.here(), message);
    match input.kind(0) {
        Word::Underscore => said.help("`_` prolongs the step before it: \"a _ b\"; a rest is `~`"),
        Word::ParenOpen => said.help("`(` follows a step: \"bd(3,8)\"; a group is [a b]"),
        Word::Percent => said.help("`%` touches its group: \"{a b c}%4\""),
        Word::Caret => said.help("`^` is part of a word: \"Am^9\""),
        Word::Range => said.help("a range has two ends: \"0 .. 3\""),
        _ => said.help(format!("`{text}` follows a step: \"a{text}2\"")),
    }
}

/// A number, which the caller has seen.
pub(super) fn number(input: Words) -> Reply<Number> {
    let text = input.text(0);
    let (minus, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let fraction = digits.split_once('%').filter(|(_, below)| !below.is_empty());
    let mut number = numbers::read(fraction.map_or(digits, |(above, _)| above));
    if let Some((_, below)) = fraction {
        let below = numbers::read(below);
        number.value /= below.value;
        number.exact = number.exact.checked_div(below.exact).unwrap_or(Time::ZERO);
    }
    if !number.value.is_finite() {
        let message = format!("`{}` is no number that music has", quoted(text));
        return fail(Diagnostic::error("mini-number", input.here(), message).help("1%8 is an eighth"));
    }
    Ok((skip(input), if minus { numbers::negative(number) } else { number }))
}

/// Warns of words that are probably meant as something else.
fn near_miss(input: Words) {
    let text = input.text(0);
    let said = |message: String| Diagnostic::warning("mini-near-miss", input.here(), message);
    if let Some(rest) = text.strip_prefix('~') {
        let shown = quoted(rest);
        input.context.say(
            said(format!("`{}` is one word", quoted(text))).help(format!("a rest and then {shown} is `~ {shown}`")),
        );
    } else if let Some((from, to)) = text.split_once('-') {
        let whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if whole(from) && whole(to) {
            input.context.say(
                said(format!("`{}` is one word", quoted(text)))
                    .help(format!("from {from} to {to} is `{from} .. {to}`; two numbers are `{from} -{to}`")),
            );
        }
    }
}
