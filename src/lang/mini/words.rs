//! A string of mini-notation to tokens: numbers, words, marks.
//!
//! Invariant: every token has its place in the file; blanks (and comments in backticks) are between them.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Place, Source};
use crate::base::units::Unit;
use crate::lang::faults;
use crate::lang::lexer::{Token, is_word};
use crate::lang::numbers;

/// A token of mini-notation.
pub(super) type MiniToken = Token<Word>;

/// The kinds of tokens in a string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// `~` or `-` alone
    Rest,
    /// `3`, `-1.5`, `1%8`, `-6dB`
    Number,
    /// Any other run of letters and their like
    Atom,
    /// `.` alone
    Foot,
    /// `..`
    Range,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `:`
    Colon,
    /// `@`
    At,
    /// `!`
    Bang,
    /// `?`
    Question,
    /// `_`
    Underscore,
    /// `^`
    Caret,
    /// `%`
    Percent,
    /// `,`
    Comma,
    /// `|`
    Bar,
    /// `[`
    ListOpen,
    /// `]`
    ListClose,
    /// `<`
    AngleOpen,
    /// `>`
    AngleClose,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `(`
    ParenOpen,
    /// `)`
    ParenClose,
    /// The end of the string
    End,
}

impl Word {
    /// A step without brackets.
    pub(super) fn is_atom(self) -> bool {
        matches!(self, Word::Rest | Word::Number | Word::Atom)
    }

    /// `[`, `<`, `{` or `(`.
    pub(super) fn is_opener(self) -> bool {
        matches!(self, Word::ListOpen | Word::AngleOpen | Word::BraceOpen | Word::ParenOpen)
    }

    /// `]`, `>`, `}` or `)`.
    pub(super) fn is_closer(self) -> bool {
        matches!(self, Word::ListClose | Word::AngleClose | Word::BraceClose | Word::ParenClose)
    }
}

/// The tokens of the string at `place`, or the first character that means nothing.
pub(super) fn words(source: &Source, place: Place) -> Result<Vec<MiniToken>, Box<Diagnostic>> {
    let literal = source.at(place);
    let body = literal.get(..literal.len().saturating_sub(1)).unwrap_or("");
    let comments = literal.starts_with('`');
    let mut words = Vec::with_capacity(body.len() / 2);
    let mut at = 1;
    while let Some(character) = body.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &body[at..];
        if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        if comments && rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let start = place.start + at as u32;
        let Some((kind, length)) = word(rest) else {
            let place = Place { start, end: start + character.len_utf8() as u32, ..place };
            return Err(Box::new(unknown(rest, character, place)));
        };
        words.push(Token { kind, start, end: start + length as u32 });
        at += length;
    }
    Ok(words)
}

/// The token that `rest` starts with and its length.
fn word(rest: &str) -> Option<(Word, usize)> {
    let bytes = rest.as_bytes();
    let mark = match bytes[0] {
        b'.' if bytes.get(1) == Some(&b'.') => return Some((Word::Range, 2)),
        b'.' if rest[1..].chars().next().is_none_or(ends) => Some(Word::Foot),
        b'*' => Some(Word::Star),
        b'/' => Some(Word::Slash),
        b':' => Some(Word::Colon),
        b'@' => Some(Word::At),
        b'!' => Some(Word::Bang),
        b'?' => Some(Word::Question),
        b'_' => Some(Word::Underscore),
        b'^' => Some(Word::Caret),
        b'%' => Some(Word::Percent),
        b',' => Some(Word::Comma),
        b'|' => Some(Word::Bar),
        b'[' => Some(Word::ListOpen),
        b']' => Some(Word::ListClose),
        b'<' => Some(Word::AngleOpen),
        b'>' => Some(Word::AngleClose),
        b'{' => Some(Word::BraceOpen),
        b'}' => Some(Word::BraceClose),
        b'(' => Some(Word::ParenOpen),
        b')' => Some(Word::ParenClose),
        _ => None,
    };
    if let Some(mark) = mark {
        return Some((mark, 1));
    }
    if let Some(length) = number(rest) {
        return Some((Word::Number, length));
    }
    let mut length = run(rest);
    if length == 0 {
        return None;
    }
    if length == 1 && matches!(bytes[0], b'~' | b'-') {
        return Some((Word::Rest, 1));
    }
    // `C/E`: a `/` with a letter right after it stays in the word.
    while bytes.get(length) == Some(&b'/') && rest[length + 1..].chars().next().is_some_and(char::is_alphabetic) {
        length += 1 + run(&rest[length + 1..]);
    }
    Some((Word::Atom, length))
}

/// What may stand after a `.` that is a foot, or after a `%` that is a unit.
fn ends(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | '|' | ']' | '>' | '}' | ')')
}

/// How long the run of letters and their like is.
fn run(rest: &str) -> usize {
    let end = rest.char_indices().find(|(at, character)| {
        let fits = is_word(*character)
            || matches!(character, '~' | '-' | '#' | '^')
            || *character == '.' && rest.as_bytes().get(at + 1) != Some(&b'.');
        !fits
    });
    end.map_or(rest.len(), |(at, _)| at)
}

/// How long the number is that `rest` starts with, if it is one and not the start of a longer word.
fn number(rest: &str) -> Option<usize> {
    let signed = usize::from(matches!(rest.as_bytes()[0], b'-' | b'+'));
    let digits = numbers::length(&rest.as_bytes()[signed..]);
    if digits == 0 {
        return None;
    }
    let end = signed + digits;
    let after = &rest[end..];
    let suffix = if let Some(after) = after.strip_prefix('%') {
        let below = after.bytes().take_while(u8::is_ascii_digit).count();
        if below > 0 || after.chars().next().is_none_or(ends) { 1 + below } else { 0 }
    } else {
        let fits = |name: &&str| after.starts_with(*name) && run(&after[name.len()..]) == 0;
        Unit::SPELLINGS.iter().map(|(name, _)| *name).find(fits).map_or(0, str::len)
    };
    (run(&rest[end + suffix..]) == 0).then_some(end + suffix)
}

fn unknown(rest: &str, character: char, at: Place) -> Diagnostic {
    if character == '\0' {
        return Diagnostic::error("nul-byte", at, "there is a NUL byte here")
            .help("save the file again as plain UTF-8 text");
    }
    let shown = faults::quoted(&character.to_string());
    let said = Diagnostic::error("mini-unknown-character", at, format!("`{shown}` means nothing in mini-notation"));
    match character {
        '\'' => said.help("a chord is a word: chord(\"Cmaj7\"); plain text stands in '…' without `\"`"),
        '$' if rest.starts_with("${") => Diagnostic::error("template-string", at, "`${}` is not talea")
            .help("a string holds no values; combine patterns: n(\"0 2\").add(x)"),
        '+' => said.help("add outside of the string: n(\"0 2\").add(7); a sign touches its number: \"+2\""),
        '\\' => said.help("there are no escapes in mini-notation"),
        '&' => said.help("several at once are [a, b]"),
        ';' => said.help("steps are separated by blanks, parts by `,`"),
        '=' => said.help("values stand alone; names belong outside of the string"),
        '“' | '”' | '‘' | '’' => said.help("type `\"` around mini-notation"),
        '–' | '—' | '−' => said.help("type `-`"),
        _ => said.help("steps are words and numbers: \"bd hh*2 [sd cp] <a b> ~\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::FileId;

    fn cut(text: &str) -> Vec<String> {
        let source = Source::new(FileId(0), "x", format!("\"{text}\""));
        let place = Place::new(FileId(0), 0, source.text.len());
        let words = words(&source, place).unwrap();
        words.iter().map(|word| source.at(Place { start: word.start, end: word.end, ..place }).to_owned()).collect()
    }

    #[test]
    fn a_range_needs_no_blanks() {
        assert_eq!(cut("0..3"), ["0", "..", "3"]);
        assert_eq!(cut("0.5..3"), ["0.5", "..", "3"]);
    }

    #[test]
    fn a_slash_before_a_letter_stays_in_the_word() {
        assert_eq!(cut("C/E D/F# bd/2 bd/<2 3>"), ["C/E", "D/F#", "bd", "/", "2", "bd", "/", "<", "2", "3", ">"]);
    }

    #[test]
    fn a_point_is_a_foot_only_alone() {
        assert_eq!(cut("a . b"), ["a", ".", "b"]);
        assert_eq!(cut("a .b"), ["a", ".b"]);
        assert_eq!(cut("a. b"), ["a.", "b"]);
    }

    #[test]
    fn a_number_is_no_part_of_a_word() {
        assert_eq!(
            cut("808bd 1e 1e3 -1 -1q 1%8 54% -6dB 3dBx"),
            ["808bd", "1e", "1e3", "-1", "-1q", "1%8", "54%", "-6dB", "3dBx"]
        );
    }
}
