//! The tokens of one item as nom sees them, and the few parsers that everything else is made of.
//!
//! Invariant: a soft error carries nothing and means "try another way"; a failure carries what is said.

use std::cell::{Cell, RefCell};

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Input, Needed};

use super::lexer::{Token, TokenKind};
use super::syntax::Name;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Place, Source};

/// What all parsers of a text share.
pub(super) struct Context<'a> {
    /// The text.
    pub(super) source: &'a Source,
    /// What was said, at most [`MOST`] errors and [`MOST`] lesser things.
    said: RefCell<Vec<Diagnostic>>,
    errors: Cell<usize>,
    others: Cell<usize>,
    /// Where the first error is that was not listed.
    unlisted: Cell<Option<Place>>,
}

/// The most errors that a text gets listed.
const MOST: usize = 100;

impl<'a> Context<'a> {
    /// Nothing said yet.
    pub(super) fn new(source: &'a Source) -> Context<'a> {
        Context {
            source,
            said: RefCell::default(),
            errors: Cell::new(0),
            others: Cell::new(0),
            unlisted: Cell::new(None),
        }
    }

    /// Notes a diagnostic and goes on.
    pub(super) fn say(&self, diagnostic: Diagnostic) {
        let count = if diagnostic.is_error() { &self.errors } else { &self.others };
        count.set(count.get() + 1);
        if count.get() <= MOST {
            self.said.borrow_mut().push(diagnostic);
        } else if diagnostic.is_error() && self.unlisted.get().is_none() {
            self.unlisted.set(diagnostic.place);
        }
    }

    /// How many errors there are so far, listed or not.
    pub(super) fn errors(&self) -> usize {
        self.errors.get()
    }

    /// All that was said, in the order of the text.
    pub(super) fn in_order(self) -> Vec<Diagnostic> {
        let mut said = self.said.into_inner();
        said.sort_by_key(|diagnostic| diagnostic.place.map_or(0, |place| place.start));
        if let Some(place) = self.unlisted.get() {
            let message = format!("there are {} more problems, from here on", self.errors.get() - MOST);
            said.push(Diagnostic::error("too-many-problems", place, message).help("mend the others first"));
        }
        said
    }
}

/// A kind of token: of the text, or of mini-notation.
pub(super) trait Kind: Copy + PartialEq {
    /// What stands after the last token.
    const END: Self;
}

impl Kind for TokenKind {
    const END: TokenKind = TokenKind::End;
}

/// The rest of an item, or of a string of mini-notation.
#[derive(Clone, Copy)]
pub(super) struct Stream<'a, K> {
    /// What all share.
    pub(super) context: &'a Context<'a>,
    list: &'a [Token<K>],
    /// Where the token before ends, in bytes.
    last: u32,
}

/// The rest of an item.
pub(super) type Tokens<'a> = Stream<'a, TokenKind>;

/// Why a parser did not succeed.
pub(super) enum Trouble {
    /// It does not start here.
    Nothing,
    /// It started and broke.
    Said(Box<Diagnostic>),
}

impl<I> ParseError<I> for Trouble {
    fn from_error_kind(_: I, _: ErrorKind) -> Trouble {
        Trouble::Nothing
    }

    fn append(_: I, _: ErrorKind, other: Trouble) -> Trouble {
        other
    }
}

/// What a parser answers: the rest and a result.
pub(super) type Answer<'a, T, K = TokenKind> = IResult<Stream<'a, K>, T, Trouble>;

impl<'a, K: Kind> Stream<'a, K> {
    /// All tokens of an item.
    pub(super) fn new(context: &'a Context<'a>, list: &'a [Token<K>]) -> Stream<'a, K> {
        let last = list.first().map_or(0, |token| token.start);
        Stream { context, list, last }
    }

    /// The kind of the token `ahead` of the next one.
    pub(super) fn kind(&self, ahead: usize) -> K {
        self.list.get(ahead).map_or(K::END, |token| token.kind)
    }

    /// The text of the token `ahead` of the next one; empty at the end.
    pub(super) fn text(&self, ahead: usize) -> &'a str {
        self.list.get(ahead).map_or("", |token| {
            let place = Place { file: self.context.source.id, start: token.start, end: token.end };
            self.context.source.at(place)
        })
    }

    /// Whether this is the end of the item.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where the next token starts; at the end, where the last one ends.
    pub(super) fn start(&self) -> u32 {
        self.list.first().map_or(self.last, |token| token.start)
    }

    /// Whether a blank, a comment or a newline stands before the token `ahead`.
    pub(super) fn apart(&self, ahead: usize) -> bool {
        let before = if ahead == 0 { self.last } else { self.list.get(ahead - 1).map_or(0, |token| token.end) };
        self.list.get(ahead).is_none_or(|token| token.start > before)
    }

    /// The place of the next token; of no length at the end.
    pub(super) fn here(&self) -> Place {
        let (start, end) = self.list.first().map_or((self.last, self.last), |token| (token.start, token.end));
        Place { file: self.context.source.id, start, end }
    }

    /// From byte `start` to the end of the last token that was taken.
    pub(super) fn since(&self, start: u32) -> Place {
        Place { file: self.context.source.id, start, end: self.last.max(start) }
    }
}

impl<'a, K: Kind> Input for Stream<'a, K> {
    type Item = Token<K>;
    type Iter = std::iter::Copied<std::slice::Iter<'a, Token<K>>>;
    type IterIndices = std::iter::Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.list.len()
    }

    fn take(&self, count: usize) -> Self {
        Stream { list: &self.list[..count], ..*self }
    }

    fn take_from(&self, count: usize) -> Self {
        let last = if count == 0 { self.last } else { self.list[count - 1].end };
        Stream { list: &self.list[count..], last, ..*self }
    }

    fn take_split(&self, count: usize) -> (Self, Self) {
        (self.take_from(count), self.take(count))
    }

    fn position<P: Fn(Token<K>) -> bool>(&self, predicate: P) -> Option<usize> {
        self.list.iter().position(|token| predicate(*token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.list.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.list.len() { Ok(count) } else { Err(Needed::new(count - self.list.len())) }
    }
}

/// It does not start here.
pub(super) fn nothing<'a, T, K>() -> Answer<'a, T, K> {
    Err(Err::Error(Trouble::Nothing))
}

/// It breaks here.
pub(super) fn fail<'a, T, K>(diagnostic: Diagnostic) -> Answer<'a, T, K> {
    Err(Err::Failure(Trouble::Said(Box::new(diagnostic))))
}

/// One token of a kind.
pub(super) fn token<'a, K: Kind + 'a>(kind: K) -> impl Fn(Stream<'a, K>) -> Answer<'a, Token<K>, K> {
    move |input| match input.list.first() {
        Some(token) if token.kind == kind => Ok((input.take_from(1), *token)),
        _ => nothing(),
    }
}

/// The rest after the next token, which the caller has seen.
pub(super) fn skip<K: Kind>(input: Stream<K>) -> Stream<K> {
    input.take_from(usize::from(!input.is_empty()))
}

/// A word.
pub(super) fn name(input: Tokens) -> Answer<Name> {
    let text = input.text(0);
    let place = input.here();
    let (input, _) = token(TokenKind::Name)(input)?;
    Ok((input, Name { text: text.to_owned(), place }))
}

/// The parser, or a failure that says what belongs here.
pub(super) fn must<'a, T, K: Kind + 'a>(
    parser: impl Fn(Stream<'a, K>) -> Answer<'a, T, K>,
    say: impl Fn(Stream<'a, K>) -> Diagnostic,
) -> impl Fn(Stream<'a, K>) -> Answer<'a, T, K> {
    move |input| match parser(input) {
        Err(Err::Error(Trouble::Nothing)) => fail(say(input)),
        answer => answer,
    }
}
