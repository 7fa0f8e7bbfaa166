//! Mini-notation: the inside of `"…"` and of backticks.
//!
//! `words` cuts the string into tokens, `steps` reads groups and steps, `modifiers` what follows a step.
//!
//! Invariant: a string with an error is said once and reads as a rest; its item is left out because of the error.

mod modifiers;
mod steps;
mod words;

use nom::Err;

use self::words::{MiniToken, Word};
use super::faults::quoted;
use super::layout::{DEEPEST, Gauge};
use super::stream::{Answer, Context, Kind, Stream, Trouble};
use super::syntax::{Mini, MiniKind};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;

/// The most tokens of one string.
const LONGEST_STRING: usize = 100_000;

/// The rest of a string.
type Words<'a> = Stream<'a, Word>;
/// What a parser of mini-notation answers.
type Reply<'a, T> = Answer<'a, T, Word>;

impl Kind for Word {
    const END: Word = Word::End;
}

/// The string at `place`, which has its quotes or backticks around it.
pub(super) fn read(context: &Context, place: Place) -> Mini {
    let silent = Mini { place, kind: MiniKind::Rest };
    match words::words(context.source, place).and_then(|list| {
        not_too_deep(context, &list)?;
        whole(context, &list)
    }) {
        Ok(mini) => mini.unwrap_or(silent),
        Err(said) => {
            context.say(*said);
            silent
        }
    }
}

fn whole(context: &Context, list: &[MiniToken]) -> Result<Option<Mini>, Box<Diagnostic>> {
    if list.is_empty() {
        return Ok(None);
    }
    let input = Stream::new(context, list);
    match steps::body(input) {
        Ok((rest, mini)) if rest.is_empty() => Ok(Some(mini)),
        Ok((rest, _)) => Err(Box::new(steps::stray(rest))),
        Err(Err::Failure(Trouble::Said(said)) | Err::Error(Trouble::Said(said))) => Err(said),
        Err(_) => Err(Box::new(steps::no_step(input))),
    }
}

/// Bounds the depth of the tree, so that neither reading nor dropping it recurses too far.
fn not_too_deep(context: &Context, list: &[MiniToken]) -> Result<(), Box<Diagnostic>> {
    let at = |token: &MiniToken| Place { file: context.source.id, start: token.start, end: token.end };
    let mut gauge = Gauge::default();
    let mut operand = false;
    for token in list.iter().take(LONGEST_STRING) {
        if (token.kind.is_atom() || token.kind.is_opener() && token.kind != Word::ParenOpen) && !operand {
            gauge.part();
        }
        operand = matches!(token.kind, Word::Star | Word::Slash | Word::Colon | Word::Range | Word::Percent);
        if operand || matches!(token.kind, Word::Question | Word::Bang | Word::At | Word::Underscore | Word::ParenOpen)
        {
            gauge.link();
        }
        if token.kind.is_opener() {
            gauge.open();
            if gauge.brackets() > DEEPEST {
                let said = Diagnostic::error("mini-too-deep", at(token), "brackets nest deeper than 200");
                return Err(Box::new(said.help("give a part a name of its own")));
            }
        } else if token.kind.is_closer() {
            gauge.close();
        }
        if gauge.is_full() {
            let said = Diagnostic::error("mini-chain-too-long", at(token), "this step has more than 1,000 modifiers");
            return Err(Box::new(
                said.help(format!("take out some of the `{}`", quoted(context.source.at(at(token))))),
            ));
        }
    }
    if let Some(token) = list.get(LONGEST_STRING) {
        let message = "this string has more than 100,000 parts";
        return Err(Box::new(
            Diagnostic::error("mini-too-long", at(token), message).help("give its parts names of their own"),
        ));
    }
    Ok(())
}
