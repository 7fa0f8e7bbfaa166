//! What follows a step: `* / : ..` with an operand, `@ _ ! ?` with a number or without, euclids.
//!
//! Invariant: modifiers work from left to right, but for repeats: `a!2!3` is `a` four times (each `!n` adds n - 1),
//! `!` sets the weight to the repeats, and `@ _` after it add to that.

use nom::Parser;
use nom::combinator::cut;
use nom::multi::separated_list1;

use super::steps::{close, no_step, number, sequence, slice, steps};
use super::words::Word;
use super::{Reply, Words};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::lang::faults::quoted;
use crate::lang::stream::{fail, must, skip, token};
use crate::lang::syntax::{Mini, MiniKind, Number, Step};

/// The most repeats and the most room that a step may have.
const MOST: Time = Time::int(100_000);

/// One modifier, but for weights.
enum Modifier {
    Fast(Mini),
    Slow(Mini),
    Tail(Mini),
    Range(Mini),
    Degrade(Option<f64>),
    Euclid(Mini, Mini, Option<Mini>),
    Repeat(Time),
}

/// A step with all that follows it.
pub(super) fn step(input: Words) -> Reply<Step> {
    let start = input.start();
    let (mut input, first) = must(slice, no_step)(input)?;
    let mut modifiers: Vec<(Modifier, Place)> = Vec::new();
    let mut weight = Time::ONE;
    let mut repeats = Time::ONE;
    loop {
        let mark = input.kind(0);
        let (rest, modifier) = match mark {
            Word::Star => {
                let (rest, operand) = operand(input)?;
                never(&operand, input, rest.since(start));
                (rest, Modifier::Fast(operand))
            }
            Word::Slash => {
                let (rest, operand) = operand(input)?;
                six_nine(&first, &operand, input);
                never(&operand, input, rest.since(start));
                (rest, Modifier::Slow(operand))
            }
            Word::Colon => {
                let (rest, operand) = operand(input)?;
                (rest, Modifier::Tail(operand))
            }
            Word::Range => {
                let (rest, operand) = operand(input)?;
                three_dots(input);
                (rest, Modifier::Range(operand))
            }
            Word::Question => {
                let (rest, chance) = touching(input)?;
                if let Some(chance) = chance.filter(|chance| !(0.0..=1.0).contains(&chance.value)) {
                    let message = format!("a chance goes from 0 to 1, and {} does not", chance.value);
                    let said = Diagnostic::warning("mini-chance", rest.since(input.start()), message);
                    input.context.say(said.help("a?0.3 leaves out three of ten"));
                }
                (rest, Modifier::Degrade(chance.map(|chance| chance.value)))
            }
            Word::ParenOpen => euclid(input)?,
            Word::At | Word::Underscore => {
                let (rest, by) = touching(input)?;
                weight += by.map_or(Time::int(2), |by| by.exact) - Time::ONE;
                in_range(weight, input, rest)?;
                input = rest;
                continue;
            }
            Word::Bang => {
                let (rest, by) = touching(input)?;
                repeats += by.map_or(Time::int(2), |by| by.exact) - Time::ONE;
                in_range(repeats, input, rest)?;
                weight = repeats;
                modifiers.retain(|(modifier, _)| !matches!(modifier, Modifier::Repeat(_)));
                (rest, Modifier::Repeat(repeats))
            }
            _ => break,
        };
        modifiers.push((modifier, rest.since(start)));
        input = rest;
    }
    if weight == Time::ZERO {
        weight = Time::ONE;
    }
    Ok((input, modified(first, modifiers, weight)))
}

fn modified(first: Mini, modifiers: Vec<(Modifier, Place)>, weight: Time) -> Step {
    let mut mini = first;
    let mut last_repeats = 1;
    let last = modifiers.len().wrapping_sub(1);
    for (index, (modifier, place)) in modifiers.into_iter().enumerate() {
        let inner = |mini| Box::new(mini);
        let kind = match modifier {
            Modifier::Fast(by) => MiniKind::Fast(inner(mini), Box::new(by)),
            Modifier::Slow(by) => MiniKind::Slow(inner(mini), Box::new(by)),
            Modifier::Tail(with) => MiniKind::Tail(inner(mini), Box::new(with)),
            Modifier::Range(to) => MiniKind::Range(inner(mini), Box::new(to)),
            Modifier::Degrade(chance) => MiniKind::Degrade(inner(mini), chance),
            Modifier::Euclid(beats, steps, turn) => {
                MiniKind::Euclid(inner(mini), Box::new(beats), Box::new(steps), turn.map(Box::new))
            }
            Modifier::Repeat(times) if times == Time::ZERO => MiniKind::Rest,
            Modifier::Repeat(times) if times == Time::ONE => mini.kind,
            Modifier::Repeat(times) if !times.is_int() => MiniKind::Repeat(inner(mini), times),
            Modifier::Repeat(times) => {
                let repeats = times.num() as u32;
                if index == last {
                    last_repeats = repeats;
                    mini.kind
                } else {
                    MiniKind::Sequence(vec![Step { mini, weight: Time::ONE, repeats }])
                }
            }
        };
        mini = Mini { place, kind };
    }
    let weight = weight.checked_div(Time::int(i64::from(last_repeats))).unwrap_or(weight);
    Step { mini, weight, repeats: last_repeats }
}

/// What stands after `*`, `/`, `:`, `..` or `%`.
pub(super) fn operand(input: Words) -> Reply<Mini> {
    let (mark, text) = (input.kind(0), input.text(0));
    let number = matches!(mark, Word::Star | Word::Slash | Word::Percent);
    let rest = skip(input);
    if number && rest.kind(0) == Word::Atom {
        let word = quoted(rest.text(0));
        let message = format!("`{text}` wants a number, not `{word}`");
        let help =
            if mark == Word::Percent { "{a b c}%4" } else { "bd*2, bd*<2 3>; a step of its own has a blank before it" };
        return fail(Diagnostic::error("mini-not-a-number", rest.here(), message).help(help));
    }
    must(slice, |rest| {
        let end =
            if rest.is_empty() { "but the string ends".to_owned() } else { format!("not `{}`", quoted(rest.text(0))) };
        let wants = if number { "a number" } else { "a value" };
        Diagnostic::error("mini-operand", input.here(), format!("`{text}` wants {wants} after it, {end}")).help(
            match mark {
                Word::Star => "a*2 plays it twice as fast",
                Word::Slash => "a/2 plays it half as fast",
                Word::Colon => "bd:3 is the third file of bd",
                Word::Range if is_drawing(input) => {
                    "the drawing of a grid stands in single quotes: grid(bd: 'x... x...')"
                }
                Word::Range => "0 .. 3 is 0 1 2 3",
                _ => "{a b c}%4 plays four steps a cycle",
            },
        )
    })(rest)
}

/// Whether the string is the drawing of a drum grid, `x..x`.
fn is_drawing(input: Words) -> bool {
    let text = &input.context.source.text;
    let start = text[..input.start() as usize].rfind('"').map_or(0, |at| at + 1);
    let drawing = text[start..].split('"').next().unwrap_or("");
    drawing.contains(['x', 'X', 'o']) && drawing.chars().all(|c| matches!(c, 'x' | 'X' | 'o' | '.' | ' ' | '|'))
}

/// The number that touches `@`, `_`, `!` or `?`, if there is one.
fn touching(input: Words) -> Reply<Option<Number>> {
    let rest = skip(input);
    if rest.apart(0) || rest.is_empty() {
        return Ok((rest, None));
    }
    // A weight or repeat begins with a digit: the oracle reads `a@.5` as `a@ .5`.
    let dotted = rest.text(0).starts_with('.') && input.kind(0) != Word::Question;
    if rest.kind(0) == Word::Number && !dotted {
        let (rest, number) = number(rest)?;
        return Ok((rest, Some(number)));
    }
    let mark = input.text(0);
    if dotted && rest.kind(0) == Word::Number
        || rest.kind(0) == Word::Atom
        || rest.kind(0).is_opener() && rest.kind(0) != Word::ParenOpen
    {
        let what = quoted(rest.text(0));
        rest.context.say(
            Diagnostic::warning(
                "mini-near-miss",
                input.here().to(rest.here()),
                format!("`{mark}` takes a plain number only; `{what}` is a step of its own here"),
            )
            .help(match input.kind(0) {
                Word::At => "a weight is one number, \"a@3\"; a further step has a blank before it",
                Word::Bang => "to repeat by a pattern, write \"a*<2 3>\"; a further step has a blank before it",
                _ => "type a number, \"a?0.3\", or a blank",
            }),
        );
    }
    Ok((rest, None))
}

fn in_range<'a>(total: Time, mark: Words<'a>, rest: Words<'a>) -> Reply<'a, ()> {
    if total >= Time::ZERO && total <= MOST {
        return Ok((rest, ()));
    }
    let place = rest.since(mark.start());
    let what = if mark.kind(0) == Word::Bang { "repeats go" } else { "weights go" };
    fail(
        Diagnostic::error("mini-number", place, format!("{what} from 0 to 100,000"))
            .help(format!("a{}2", mark.text(0))),
    )
}

/// `bd*0` never plays.
fn never(by: &Mini, mark: Words, place: Place) {
    if matches!(&by.kind, MiniKind::Number(number) if number.value <= 0.0) {
        let message = format!("`{}` never plays", quoted(mark.context.source.at(place)));
        mark.context.say(Diagnostic::warning("mini-silent", place, message).help("a rest is `~`"));
    }
}

/// `0...7` is a range to .7.
fn three_dots(mark: Words) {
    let rest = skip(mark);
    if rest.text(0).starts_with('.') && !rest.apart(0) {
        let message = format!("this is a range to {}", quoted(rest.text(0)));
        let said = Diagnostic::warning("mini-near-miss", mark.here().to(rest.here()), message);
        mark.context.say(said.help("a range has two dots: 0 .. 7"));
    }
}

/// `C6/9` is no chord here.
fn six_nine(base: &Mini, by: &Mini, input: Words) {
    if let (MiniKind::Word(word), MiniKind::Number(number)) = (&base.kind, &by.kind) {
        let chord = word.starts_with(|letter: char| ('A'..='G').contains(&letter)) && word.ends_with('6');
        if chord && number.value == 9.0 && base.place.end == input.start() {
            let message = format!("`{word}/9` is `{word}` slowed by nine");
            input.context.say(
                Diagnostic::warning("mini-slash-chord", base.place.to(by.place), message)
                    .help(format!("the chord is `{word}9`")),
            );
        }
    }
}

/// `(beats, steps)`, `(beats, steps, turn)`
fn euclid(input: Words) -> Reply<Modifier> {
    let opener = input.here();
    let part = |input| {
        let (rest, part) = steps(input)?;
        let place = rest.since(input.start());
        Ok((rest, (part, place)))
    };
    let (rest, parts) = cut(separated_list1(token(Word::Comma), part)).parse(skip(input))?;
    let (rest, ()) = close(rest, Word::ParenClose, opener)?;
    let place = rest.since(opener.start);
    let said = |message: String| Diagnostic::error("mini-euclid", place, message);
    let help = "three beats in eight steps are bd(3,8), turned by two bd(3,8,2)";
    let count = parts.len();
    let mut parts = parts.into_iter();
    let (Some((beats, beats_place)), Some((slots, slots_place)), turn, None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return fail(said(format!("a euclid has two or three numbers, not {count}")).help(help));
    };
    if beats.is_empty() || slots.is_empty() {
        return fail(said("a number of this euclid is missing".into()).help(help));
    }
    let beats = sequence(beats, beats_place);
    let slots = sequence(slots, slots_place);
    let turn = turn.filter(|(turn, _)| !turn.is_empty()).map(|(turn, place)| sequence(turn, place));
    for part in [Some(&beats), Some(&slots), turn.as_ref()].into_iter().flatten() {
        if let MiniKind::Word(word) = &part.kind {
            let message = format!("a euclid wants numbers, not `{}`", quoted(word));
            return fail(Diagnostic::error("mini-euclid", part.place, message).help(help));
        }
    }
    for part in [&beats, &slots] {
        if matches!(&part.kind, MiniKind::Number(number) if !number.exact.is_int() || number.unit.is_some()) {
            return fail(Diagnostic::error("mini-euclid", part.place, "a euclid counts in whole numbers").help(help));
        }
    }
    if let MiniKind::Number(slots) = slots.kind {
        if slots.value < 1.0 {
            return fail(said("a euclid has one step or more".into()).help(help));
        }
        if let MiniKind::Number(beats) = beats.kind
            && beats.value.abs() > slots.value
        {
            let message = format!("{} beats do not fit into {} steps", beats.value, slots.value);
            let help = format!("type more steps, or bd*{} for beats without gaps", beats.value.abs());
            return fail(said(message).help(help));
        }
    }
    Ok((rest, Modifier::Euclid(beats, slots, turn)))
}
