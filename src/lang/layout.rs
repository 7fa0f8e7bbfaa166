//! Tokens to items: which newlines count, where an item ends, which bracket closes which.
//!
//! Invariant: an item that is handed on has balanced brackets at most [`DEEPEST`] deep and chains of at most
//! [`LONGEST`] links, so that reading it and dropping its tree recurse only so far. What does not balance is reported
//! at its opener and ends where the next item starts in column 1: one broken item never swallows the file.

use super::faults;
use super::lexer::{Lexer, Token, TokenKind};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;

/// How deep brackets may nest.
pub const DEEPEST: usize = 200;
/// How many links (`.f`, an infix operator, `=>`) a chain may have.
pub const LONGEST: usize = 1_000;
/// How deep a tree may be altogether: chains within brackets within chains.
const DEEPEST_TREE: usize = 1_200;
/// After so many tokens looked at in vain the search for distant closers stops: a text like this is broken anyway.
const PATIENCE: usize = 4_000_000;

/// Words that start an item where they stand in column 1 and brackets do not balance.
const COMMANDS: &str = " talea piece use tempo meter key swing seed tuning quantum fade target song solo all setcpm setcps samples \
    register hush kit sampler soundfont synth effect midi osc input takes bus group mix master section sync clock ";

/// What became of a stretch of tokens.
pub(super) enum Cut {
    /// The tokens of an item, without trivia; the brackets balance.
    Balanced,
    /// Brackets do not balance; the diagnostics say where.
    Unbalanced(Vec<Diagnostic>),
    /// Brackets nest too deep: the text is refused whole.
    TooDeep(Box<Diagnostic>),
}

/// The tokens that mean something, and where items start and end among them.
pub(super) struct Layout<'a> {
    source: &'a Source,
    /// Without trivia; a run of newlines is one; the last is [`TokenKind::End`].
    pub(super) tokens: Vec<Token>,
    /// How many tokens were looked at in vain.
    wasted: usize,
}

impl<'a> Layout<'a> {
    /// The tokens of a text.
    pub(super) fn new(source: &'a Source) -> Layout<'a> {
        let mut tokens: Vec<Token> = Vec::with_capacity(source.text.len() / 4 + 1);
        for token in Lexer::new(&source.text) {
            let again = token.kind == TokenKind::Newline
                && tokens.last().is_some_and(|last: &Token| last.kind == TokenKind::Newline);
            if !token.kind.is_trivia() && !again {
                tokens.push(token);
            }
        }
        let end = source.text.len() as u32;
        tokens.push(Token { kind: TokenKind::End, start: end, end });
        Layout { source, tokens, wasted: 0 }
    }

    /// Cuts out the item at `first`: its tokens without the newlines that do not count go to `kept`. Returns the index
    /// after it and what became of it.
    pub(super) fn cut(&mut self, first: usize, kept: &mut Vec<Token>) -> (usize, Cut) {
        if self.wasted < PATIENCE {
            match self.balanced(first, kept) {
                Ok(end) => return (end, Cut::Balanced),
                Err(at) => self.wasted += at - first,
            }
        }
        self.recovered(first, kept)
    }

    fn kind(&self, index: usize) -> TokenKind {
        self.tokens.get(index).map_or(TokenKind::End, |token| token.kind)
    }

    /// The item at `first` if its brackets balance, and the index after it; else where that became clear.
    fn balanced(&self, first: usize, kept: &mut Vec<Token>) -> Result<usize, usize> {
        let mut stack: Vec<TokenKind> = Vec::new();
        kept.clear();
        let mut index = first;
        loop {
            let token = self.tokens[index];
            if token.kind == TokenKind::End {
                return if stack.is_empty() { Ok(index) } else { Err(index) };
            }
            match self.line_end(index, stack.last().copied(), kept) {
                LineEnd::Item => return Ok(index),
                LineEnd::Trivia => {}
                LineEnd::Kept => kept.push(token),
            }
            index += 1;
            if token.kind.closer().is_some() {
                stack.push(token.kind);
                if stack.len() > DEEPEST {
                    return Err(index);
                }
            } else if token.kind.is_closer() && stack.pop().and_then(TokenKind::closer) != Some(token.kind) {
                return Err(index);
            }
        }
    }

    /// The item at `first`, whose brackets do not balance: every opener without an end and every closer without a
    /// start is reported, and what starts an item in column 1 ends them all.
    fn recovered(&self, first: usize, kept: &mut Vec<Token>) -> (usize, Cut) {
        let mut stack: Vec<Token> = Vec::new();
        let mut said = Vec::new();
        kept.clear();
        let mut index = first;
        loop {
            let token = self.tokens[index];
            if token.kind == TokenKind::End || !stack.is_empty() && self.starts_item(index) {
                break;
            }
            match self.line_end(index, stack.last().map(|opener| opener.kind), kept) {
                LineEnd::Item => break,
                LineEnd::Trivia => {}
                LineEnd::Kept => kept.push(token),
            }
            index += 1;
            if token.kind.closer().is_some() {
                if stack.len() >= DEEPEST {
                    let outermost = stack.first().copied().unwrap_or(token);
                    return (index, Cut::TooDeep(Box::new(faults::too_deep(self.source, token, outermost))));
                }
                stack.push(token);
            } else if token.kind.is_closer() {
                match stack.iter().rposition(|opener| opener.kind.closer() == Some(token.kind)) {
                    Some(opener) => {
                        said.extend(stack.drain(opener + 1..).map(|open| faults::unclosed(self.source, open)));
                        stack.pop();
                    }
                    None => said.push(faults::wrong_closer(self.source, token, stack.pop())),
                }
            }
        }
        said.extend(stack.iter().map(|opener| faults::unclosed(self.source, *opener)));
        (index, if said.is_empty() { Cut::Balanced } else { Cut::Unbalanced(said) })
    }

    /// What the token at `index` is to the item whose innermost open bracket is `open`.
    fn line_end(&self, index: usize, open: Option<TokenKind>, kept: &[Token]) -> LineEnd {
        let kind = self.tokens[index].kind;
        if !kind.ends_line() {
            return LineEnd::Kept;
        }
        let last = kept.last().map_or(TokenKind::Newline, |token| token.kind);
        let layout = kind == TokenKind::Newline
            && (matches!(open, Some(TokenKind::ParenOpen | TokenKind::ListOpen))
                || goes_on_before(self.kind(index + 1))
                || goes_on_after(last) && !(open.is_none() && self.must_be_new(index + 1)));
        if layout || last.ends_line() && open.is_some() {
            LineEnd::Trivia
        } else if open.is_none() {
            LineEnd::Item
        } else {
            LineEnd::Kept
        }
    }

    fn in_column_1(&self, index: usize) -> bool {
        let before = &self.source.text[..self.tokens[index].start as usize];
        before.is_empty() || before.ends_with('\n') || before == "\u{feff}"
    }

    fn word(&self, index: usize) -> &str {
        let token = self.tokens[index];
        &self.source.text[token.start as usize..token.end as usize]
    }

    /// `name:`, `name =`, `$:` or a command in column 1.
    fn starts_item(&self, index: usize) -> bool {
        let after = self.kind(index + 1);
        self.in_column_1(index)
            && match self.kind(index) {
                TokenKind::Dollar => true,
                TokenKind::Name => {
                    let word = self.word(index);
                    matches!(after, TokenKind::Colon | TokenKind::Equals)
                        || word == "_" && after == TokenKind::Dollar
                        || is_command(word)
                            && !matches!(after, TokenKind::Dot | TokenKind::Comma | TokenKind::ParenClose)
                        || matches!(word, "let" | "const" | "var") && after == TokenKind::Name
                }
                _ => false,
            }
    }

    /// Whether a line after an operator or a colon is a new item for certain: no expression could go on like this.
    fn must_be_new(&self, index: usize) -> bool {
        let after = self.kind(index + 1);
        self.starts_item(index)
            && (!is_command(self.word(index))
                || matches!(
                    after,
                    TokenKind::Colon
                        | TokenKind::Equals
                        | TokenKind::Name
                        | TokenKind::Number
                        | TokenKind::Text
                        | TokenKind::Mini
                        | TokenKind::BraceOpen
                ))
    }

    /// Whether the item in `kept` (balanced) would make too deep a tree; the diagnostic says where.
    pub(super) fn too_long(&self, kept: &[Token]) -> Option<Diagnostic> {
        let mut gauge = Gauge::default();
        for token in kept {
            match token.kind {
                kind if kind.closer().is_some() => gauge.open(),
                kind if kind.is_closer() => gauge.close(),
                TokenKind::Comma | TokenKind::Colon | TokenKind::Equals => gauge.part(),
                kind if kind.ends_line() => gauge.part(),
                kind if kind == TokenKind::Dot || is_operator(kind) => gauge.link(),
                _ => {}
            }
            if gauge.is_full() {
                return Some(faults::chain_too_long(self.source, *token));
            }
        }
        None
    }
}

/// How deep the tree of some tokens will be at most.
#[derive(Default)]
pub(super) struct Gauge {
    /// The same of each open bracket: links of the chain so far, depth of the tree so far, depth of the deepest part.
    open: Vec<[usize; 3]>,
    links: usize,
    depth: usize,
    deepest: usize,
}

impl Gauge {
    /// A bracket opens.
    pub(super) fn open(&mut self) {
        self.open.push([self.links, self.depth, self.deepest]);
        (self.links, self.depth, self.deepest) = (0, 0, 0);
    }

    /// A bracket closes.
    pub(super) fn close(&mut self) {
        let inner = self.deepest.max(self.depth) + 1;
        let [links, depth, deepest] = self.open.pop().unwrap_or_default();
        (self.links, self.depth, self.deepest) = (links, depth.max(inner), deepest);
    }

    /// The next part of the same bracket starts.
    pub(super) fn part(&mut self) {
        self.deepest = self.deepest.max(self.depth);
        (self.links, self.depth) = (0, 0);
    }

    /// A chain gets longer by one.
    pub(super) fn link(&mut self) {
        self.links += 1;
        self.depth += 1;
    }

    /// How many brackets are open.
    pub(super) fn brackets(&self) -> usize {
        self.open.len()
    }

    /// Whether it is too much.
    pub(super) fn is_full(&self) -> bool {
        self.links > LONGEST || self.depth > DEEPEST_TREE
    }
}

enum LineEnd {
    /// It ends the item.
    Item,
    /// It does not count.
    Trivia,
    /// It is no line's end, or one inside braces, which separates items.
    Kept,
}

fn is_command(word: &str) -> bool {
    COMMANDS.split_ascii_whitespace().any(|command| command == word)
}

/// Whether a newline before this does not count.
fn goes_on_before(kind: TokenKind) -> bool {
    kind == TokenKind::Dot || is_operator(kind)
}

/// Whether a newline after this does not count.
fn goes_on_after(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Dot | TokenKind::Comma | TokenKind::Colon) || is_operator(kind)
}

fn is_operator(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::Percent
            | TokenKind::Equals
            | TokenKind::Arrow
    )
}
