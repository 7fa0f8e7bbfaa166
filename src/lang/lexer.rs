//! Text to tokens. What no token fits is a token too, with the reason, so that the help can be exact.
//!
//! Invariant: lossless and total; the tokens of any text, joined, are the text.

use super::numbers;
use crate::base::units::Unit;

/// A stretch of the text, in bytes, half open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<K = TokenKind> {
    /// What it is.
    pub kind: K,
    /// The first byte.
    pub start: u32,
    /// The first byte after.
    pub end: u32,
}

/// The kinds of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// Spaces, tabs, carriage returns, no-break spaces, a byte order mark
    Blank,
    /// `// …` to the line's end, `/* … */`
    Comment,
    /// A line feed
    Newline,
    /// `;`
    Semicolon,
    /// A word: letters, digits and `_`
    Name,
    /// A number with the unit that touches it
    Number,
    /// `"…"` or backticks
    Mini,
    /// `'…'`
    Text,
    /// `=>`
    Arrow,
    /// `=`
    Equals,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`, where it is no unit
    Percent,
    /// `(`
    ParenOpen,
    /// `)`
    ParenClose,
    /// `[`
    ListOpen,
    /// `]`
    ListClose,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `$`
    Dollar,
    /// What is not in the language
    Wrong(Wrong),
    /// The end of the text, of no length
    End,
}

/// What is not in the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Wrong {
    /// `"…` without its end, up to the line's end
    UnclosedString,
    /// `'…` without its end, up to the line's end
    UnclosedText,
    /// A backtick without its end, up to the line's end
    UnclosedBacktick,
    /// `/*` without its end, up to the text's end
    UnclosedComment,
    /// A number with a word after it that is no unit
    UnknownUnit,
    /// A number too large for a float
    Infinite,
    /// A backslash in a text before another character than `'` and `\`
    Escape,
    /// `==`, `===`
    DoubleEquals,
    /// `!=`, `!==`, `!`
    Unequal,
    /// `&&`, `||`
    Logic,
    /// `<`, `>`
    Angle,
    /// `?`
    Question,
    /// Typographic quotes
    CurlyQuote,
    /// A NUL byte
    Nul,
    /// Any other character
    Character,
}

impl TokenKind {
    /// Blanks and comments, which mean nothing.
    pub fn is_trivia(self) -> bool {
        matches!(self, TokenKind::Blank | TokenKind::Comment)
    }

    /// A newline or `;`.
    pub fn ends_line(self) -> bool {
        matches!(self, TokenKind::Newline | TokenKind::Semicolon)
    }

    /// The closer that an opener wants.
    pub fn closer(self) -> Option<TokenKind> {
        match self {
            TokenKind::ParenOpen => Some(TokenKind::ParenClose),
            TokenKind::ListOpen => Some(TokenKind::ListClose),
            TokenKind::BraceOpen => Some(TokenKind::BraceClose),
            _ => None,
        }
    }

    /// `)`, `]` or `}`.
    pub fn is_closer(self) -> bool {
        matches!(self, TokenKind::ParenClose | TokenKind::ListClose | TokenKind::BraceClose)
    }
}

/// All tokens of a text, blanks and comments among them; joined, they are the text.
///
/// ```
/// use talea::lang::lexer::tokens;
/// let text = "drums: s(\"bd*4\") // four";
/// let joined: String = tokens(text).iter().map(|t| &text[t.start as usize..t.end as usize]).collect();
/// assert_eq!(joined, text);
/// ```
pub fn tokens(text: &str) -> Vec<Token> {
    Lexer::new(text).collect()
}

/// The tokens of a text, one after another.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The token before, for `.5` that touches a value.
    last: TokenKind,
}

impl<'a> Lexer<'a> {
    /// From the start of a text of less than 4 GB.
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, at: 0, last: TokenKind::Newline }
    }

    /// Where the run of characters that fit ends, from `from` on.
    fn run(&self, from: usize, fits: impl Fn(char) -> bool) -> usize {
        self.text[from..].find(|character| !fits(character)).map_or(self.text.len(), |length| from + length)
    }

    /// Where the line ends that `from` is in.
    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |length| from + length)
    }

    /// The token at `self.at`, which is before the end, and where it ends.
    fn token(&self) -> (TokenKind, usize) {
        let rest = &self.text.as_bytes()[self.at..];
        let next = rest.get(1).copied().unwrap_or(0);
        let one = |kind| (kind, self.at + 1);
        match rest[0] {
            b' ' | b'\t' | b'\r' => self.blank(),
            b'\n' => one(TokenKind::Newline),
            b';' => one(TokenKind::Semicolon),
            b'/' if next == b'/' => (TokenKind::Comment, self.line_end(self.at)),
            b'/' if next == b'*' => match self.text[self.at + 2..].find("*/") {
                Some(length) => (TokenKind::Comment, self.at + 2 + length + 2),
                None => (TokenKind::Wrong(Wrong::UnclosedComment), self.text.len()),
            },
            b'.' if next.is_ascii_digit() && self.touches_value() => one(TokenKind::Dot),
            b'0'..=b'9' => self.number(),
            b'.' if next.is_ascii_digit() => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => (TokenKind::Name, self.run(self.at, is_word)),
            b'"' => self.string(),
            b'`' => match self.text[self.at + 1..].find('`') {
                Some(length) => (TokenKind::Mini, self.at + 1 + length + 1),
                None => (TokenKind::Wrong(Wrong::UnclosedBacktick), self.line_end(self.at)),
            },
            b'\'' => self.plain(),
            b'=' => match next {
                b'>' if rest.get(2) != Some(&b'=') => (TokenKind::Arrow, self.at + 2),
                b'=' => (TokenKind::Wrong(Wrong::DoubleEquals), self.run(self.at, |character| character == '=')),
                _ => one(TokenKind::Equals),
            },
            b'+' => one(TokenKind::Plus),
            b'-' => one(TokenKind::Minus),
            b'*' => one(TokenKind::Star),
            b'/' => one(TokenKind::Slash),
            b'%' => one(TokenKind::Percent),
            b'(' => one(TokenKind::ParenOpen),
            b')' => one(TokenKind::ParenClose),
            b'[' => one(TokenKind::ListOpen),
            b']' => one(TokenKind::ListClose),
            b'{' => one(TokenKind::BraceOpen),
            b'}' => one(TokenKind::BraceClose),
            b':' => one(TokenKind::Colon),
            b',' => one(TokenKind::Comma),
            b'.' => one(TokenKind::Dot),
            b'$' => one(TokenKind::Dollar),
            b'!' => {
                let equals = self.run(self.at + 1, |character| character == '=');
                (TokenKind::Wrong(Wrong::Unequal), equals)
            }
            b'&' if next == b'&' => (TokenKind::Wrong(Wrong::Logic), self.at + 2),
            b'|' if next == b'|' => (TokenKind::Wrong(Wrong::Logic), self.at + 2),
            b'<' | b'>' => {
                let equals = self.run(self.at + 1, |character| character == '=');
                (TokenKind::Wrong(Wrong::Angle), equals)
            }
            b'?' => one(TokenKind::Wrong(Wrong::Question)),
            0 => one(TokenKind::Wrong(Wrong::Nul)),
            byte if byte.is_ascii() => one(TokenKind::Wrong(Wrong::Character)),
            _ => self.beyond_ascii(),
        }
    }

    fn blank(&self) -> (TokenKind, usize) {
        (
            TokenKind::Blank,
            self.run(self.at, |character| matches!(character, ' ' | '\t' | '\r' | '\u{a0}' | '\u{feff}')),
        )
    }

    fn beyond_ascii(&self) -> (TokenKind, usize) {
        let Some(character) = self.text[self.at..].chars().next() else {
            return (TokenKind::End, self.text.len());
        };
        match character {
            '\u{a0}' | '\u{feff}' => self.blank(),
            '\u{2018}'..='\u{201f}' | '«' | '»' => {
                (TokenKind::Wrong(Wrong::CurlyQuote), self.at + character.len_utf8())
            }
            _ if character.is_alphabetic() => (TokenKind::Name, self.run(self.at, is_word)),
            _ => (TokenKind::Wrong(Wrong::Character), self.at + character.len_utf8()),
        }
    }

    /// Whether the token before is a value that touches this one: `lpf.5` is a link without a name.
    fn touches_value(&self) -> bool {
        matches!(
            self.last,
            TokenKind::Name | TokenKind::ParenClose | TokenKind::ListClose | TokenKind::Mini | TokenKind::Text
        )
    }

    fn number(&self) -> (TokenKind, usize) {
        let end = self.at + numbers::length(&self.text.as_bytes()[self.at..]);
        let after = &self.text[end..];
        let percent = after.strip_prefix('%').is_some_and(|after| {
            after.chars().next().is_none_or(|next| next.is_whitespace() || matches!(next, ',' | ';' | ')' | ']' | '}'))
        });
        let unit_end = if percent { end + 1 } else { self.run(end, is_word) };
        let unit = &self.text[end..unit_end];
        let kind = if !unit.is_empty() && Unit::parse(unit).is_none() {
            TokenKind::Wrong(Wrong::UnknownUnit)
        } else if self.text[self.at..end].parse().is_ok_and(f64::is_finite) {
            TokenKind::Number
        } else {
            TokenKind::Wrong(Wrong::Infinite)
        };
        (kind, unit_end)
    }

    fn string(&self) -> (TokenKind, usize) {
        match self.text[self.at + 1..].find(['"', '\n']) {
            Some(length) if self.text.as_bytes()[self.at + 1 + length] == b'"' => {
                (TokenKind::Mini, self.at + 1 + length + 1)
            }
            Some(length) => (TokenKind::Wrong(Wrong::UnclosedString), self.at + 1 + length),
            None => (TokenKind::Wrong(Wrong::UnclosedString), self.text.len()),
        }
    }

    fn plain(&self) -> (TokenKind, usize) {
        let bytes = self.text.as_bytes();
        let (mut at, mut kind) = (self.at + 1, TokenKind::Text);
        loop {
            match bytes.get(at) {
                None | Some(b'\n') => return (TokenKind::Wrong(Wrong::UnclosedText), at),
                Some(b'\'') => return (kind, at + 1),
                Some(b'\\') if matches!(bytes.get(at + 1), Some(b'\'' | b'\\')) => at += 2,
                Some(b'\\') => {
                    kind = TokenKind::Wrong(Wrong::Escape);
                    at += 1;
                }
                Some(0) => {
                    kind = TokenKind::Wrong(Wrong::Nul);
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.at >= self.text.len() {
            return None;
        }
        let (kind, end) = self.token();
        let token = Token { kind, start: self.at as u32, end: end as u32 };
        (self.at, self.last) = (end, kind);
        Some(token)
    }
}

/// A letter, digit or `_` of any script.
pub(super) fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::TokenKind::{Blank, Comment, Dot, Mini, Name, Newline, Number, ParenClose, ParenOpen, Percent, Text};
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_are_blanks() {
        assert_eq!(kinds("\u{feff}a\r\n"), [Blank, Name, Blank, Newline]);
    }

    #[test]
    fn a_percent_sign_before_a_blank_is_the_unit_and_else_modulo() {
        assert_eq!(kinds("54%"), [Number]);
        assert_eq!(kinds("5%3"), [Number, Percent, Number]);
        assert_eq!(kinds("(54%)"), [ParenOpen, Number, ParenClose]);
    }

    #[test]
    fn a_point_that_touches_a_value_is_a_link() {
        assert_eq!(kinds("lpf.5"), [Name, Dot, Number]);
        assert_eq!(kinds("(.5)"), [ParenOpen, Number, ParenClose]);
        assert_eq!(kinds("'a'.5"), [Text, Dot, Number]);
        assert_eq!(kinds("5.5"), [Number]);
    }

    #[test]
    fn a_string_ends_on_its_line_and_backticks_do_not() {
        assert_eq!(kinds("\"a\n"), [TokenKind::Wrong(Wrong::UnclosedString), Newline]);
        assert_eq!(kinds("`a\nb`"), [Mini]);
        assert_eq!(kinds("'it\\'s'"), [Text]);
        assert_eq!(kinds("'a\\n'"), [TokenKind::Wrong(Wrong::Escape)]);
    }

    #[test]
    fn comments_are_tokens() {
        assert_eq!(kinds("// x\n/* y\n */"), [Comment, Newline, Comment]);
        assert_eq!(kinds("/* y"), [TokenKind::Wrong(Wrong::UnclosedComment)]);
    }

    #[test]
    fn a_number_with_a_strange_word_is_one_wrong_token() {
        assert_eq!(kinds("4khz"), [TokenKind::Wrong(Wrong::UnknownUnit)]);
        assert_eq!(kinds("1e999"), [TokenKind::Wrong(Wrong::Infinite)]);
    }
}
