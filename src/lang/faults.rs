//! What is said of a text that is not talea: a sentence, a place, a second place, and the text to type.
//!
//! Invariant: every code of this floor stands in [`CODES`]; messages quote at most a few characters of the text.

use super::lexer::{Token, TokenKind, Wrong};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::{Place, Source};
use crate::base::units::Unit;

/// Every code of the syntax with what it stands for, in the order of the alphabet.
pub const CODES: [(&str, &str); 48] = [
    ("bad-parameter", "a parameter of a function is no name"),
    ("chain-too-long", "a chain has more than 1,000 links"),
    ("comma-at-top", "a comma stands between items outside of braces"),
    ("curly-quote", "a typographic quote stands where a plain one is meant"),
    ("double-equals", "`==` compares; talea has no comparisons"),
    ("expected-colon", "a `:` is missing after a name"),
    ("expected-comma", "a comma or a closing bracket is missing"),
    ("expected-name", "a name is missing"),
    ("expected-value", "a value is missing"),
    ("infix-in-argument", "a calculation stands bare in the arguments of a command"),
    ("javascript", "a word of JavaScript that talea does not have"),
    ("lambda-in-braces", "the body of a function stands in braces"),
    ("logic-operator", "`&&` and `||` are not in the language"),
    ("mini-chain-too-long", "a step of mini-notation has more than 1,000 modifiers"),
    ("mini-chance", "a chance in mini-notation is not from 0 to 1"),
    ("mini-closer", "a bracket in mini-notation closes another one, or nothing"),
    ("mini-euclid", "a euclid has impossible counts"),
    ("mini-expected-step", "a step is missing in mini-notation"),
    ("mini-joints", "`,` and `|` are mixed in one bracket, or stand where they cannot"),
    ("mini-near-miss", "playable mini-notation that is probably meant differently"),
    ("mini-not-a-number", "a word stands where mini-notation wants a number"),
    ("mini-number", "a number in mini-notation is out of range"),
    ("mini-operand", "a modifier in mini-notation has nothing after it"),
    ("mini-silent", "a step of mini-notation never plays"),
    ("mini-slash-chord", "a chord with `6/9` reads as slowed by nine"),
    ("mini-too-deep", "brackets in mini-notation nest deeper than 200"),
    ("mini-too-long", "a string of mini-notation has more than 100,000 parts"),
    ("mini-unclosed", "a bracket in mini-notation is not closed"),
    ("mini-unknown-character", "a character means nothing in mini-notation"),
    ("not-a-comparison", "`<`, `>`, `!` and `!=` are not in the language"),
    ("nul-byte", "there is a NUL byte in the text"),
    ("number-too-large", "a number is too large"),
    ("one-value-in-brackets", "brackets hold no value, or several"),
    ("other-language", "a word or form of another language than talea"),
    ("stray-closer", "a bracket closes nothing, or another kind"),
    ("strudel-let", "`let`, `const` and `var` are not needed"),
    ("strudel-name", "`$name:` is `name:`"),
    ("surplus", "there is text after the end of an item"),
    ("template-string", "`${}` is not in the language"),
    ("ternary", "`a ? b : c` is not in the language"),
    ("too-deep", "brackets nest deeper than 200"),
    ("too-large", "the text is larger than 10 MB, or a million tokens"),
    ("too-many-problems", "further problems are not listed"),
    ("unclosed-bracket", "a bracket is not closed"),
    ("unclosed-quote", "a string, text or comment is not closed"),
    ("unit-apart", "a blank stands between a number and its unit"),
    ("unknown-character", "a character, or an escape in a text, means nothing"),
    ("unknown-unit", "a number touches a word that is no unit"),
];

/// Where a token is.
pub(super) fn place(source: &Source, token: Token) -> Place {
    Place { file: source.id, start: token.start, end: token.end }
}

/// A piece of the text for a message: short, and without control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(20) {
        if character.is_control() {
            shown.push('\u{fffd}');
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(20).is_some() {
        shown.push('…');
    }
    shown
}

/// How an opener is written, and its closer.
fn brackets(kind: TokenKind) -> (&'static str, &'static str) {
    match kind {
        TokenKind::ParenOpen | TokenKind::ParenClose => ("(", ")"),
        TokenKind::ListOpen | TokenKind::ListClose => ("[", "]"),
        _ => ("{", "}"),
    }
}

/// The text is refused whole: too large.
pub(super) fn too_large(source: &Source) -> Diagnostic {
    Diagnostic::error("too-large", Place::new(source.id, 0, 0), "this text is larger than 10 MB and was not read")
        .help("a piece is text; put samples and data into files of their own")
}

/// The text is refused whole: so many tokens would make a tree of gigabytes.
pub(super) fn too_many_tokens(source: &Source, token: Token) -> Diagnostic {
    let message = "this text has more than a million words and signs, and was not read";
    Diagnostic::error("too-large", place(source, token), message)
        .label("here it gets too long")
        .help("a piece is text; put samples and data into files of their own")
}

/// The text is refused whole: brackets too deep.
pub(super) fn too_deep(source: &Source, token: Token, outermost: Token) -> Diagnostic {
    Diagnostic::error("too-deep", place(source, token), "brackets nest deeper than 200; the text was not read")
        .also(place(source, outermost), "the outermost of them")
        .help("give a part a name of its own: part = …")
}

/// A chain is too long.
pub(super) fn chain_too_long(source: &Source, token: Token) -> Diagnostic {
    Diagnostic::error("chain-too-long", place(source, token), "this chain has more than 1,000 links")
        .label("here it gets too long")
        .help("give a part a name of its own: part = …")
}

/// An opener without an end.
pub(super) fn unclosed(source: &Source, opener: Token) -> Diagnostic {
    let (open, close) = brackets(opener.kind);
    Diagnostic::error("unclosed-bracket", place(source, opener), format!("this `{open}` is not closed"))
        .label("opened here")
        .help(format!("type the `{close}` that closes it"))
}

/// A closer without a start, or of another kind than `opener`.
pub(super) fn wrong_closer(source: &Source, closer: Token, opener: Option<Token>) -> Diagnostic {
    let (wrong_open, wrong) = brackets(closer.kind);
    let at = place(source, closer);
    match opener {
        Some(opener) => {
            let (open, close) = brackets(opener.kind);
            Diagnostic::error("stray-closer", at, format!("`{wrong}` closes a `{open}`"))
                .also(place(source, opener), "opened here")
                .help(format!("type `{close}` here"))
        }
        None => Diagnostic::error("stray-closer", at, format!("`{wrong}` closes nothing"))
            .help(format!("take it out, or type a `{wrong_open}` before")),
    }
}

/// What is not in the language.
pub(super) fn wrong(source: &Source, token: Token, fault: Wrong) -> Diagnostic {
    let at = place(source, token);
    let opening = |length: usize| Place { end: (at.start + length as u32).min(at.end), ..at };
    let text = source.at(at);
    let said = |code, message: String| Diagnostic::error(code, at, message);
    match fault {
        Wrong::UnclosedString => Diagnostic::error("unclosed-quote", opening(1), "this `\"` is not closed on its line")
            .label("the string starts here")
            .help("type the closing `\"`; a string over several lines stands in backticks"),
        Wrong::UnclosedText => Diagnostic::error("unclosed-quote", opening(1), "this `'` is not closed on its line")
            .label("the text starts here")
            .help("type the closing `'`; inside a text an apostrophe is `\\'`"),
        Wrong::UnclosedBacktick => Diagnostic::error("unclosed-quote", opening(1), "this backtick is never closed")
            .label("the string starts here")
            .help("type the closing backtick"),
        Wrong::UnclosedComment => Diagnostic::error("unclosed-quote", opening(2), "this `/*` is never closed")
            .label("the comment starts here")
            .help("type the closing `*/`; a comment to the line's end starts with `//`"),
        Wrong::UnknownUnit => unknown_unit(text, at),
        Wrong::Infinite => said("number-too-large", "this number is too large".into()),
        Wrong::Escape => said("unknown-character", "this text holds an escape that means nothing".into())
            .help("only `\\'` and `\\\\` are escapes; in paths write `/`"),
        Wrong::DoubleEquals => said("double-equals", format!("`{}` is not talea", quoted(text)))
            .help("flags come from fill, firstBar, lastBar or a pattern: .when(fill, rev), .when(\"<1 0>\", rev)"),
        Wrong::Unequal => said("not-a-comparison", format!("`{}` is not talea", quoted(text)))
            .help("turn a pattern of flags round in its text: .when(\"<0 1>\", rev)"),
        Wrong::Logic => said("logic-operator", format!("`{text}` is not talea"))
            .help("nest the conditions: .when(a, x => x.when(b, rev))"),
        Wrong::Angle if source.text[..at.start as usize].ends_with('-') => {
            Diagnostic::error("not-a-comparison", Place { start: at.start - 1, ..at }, "`->` is written `=>`")
                .help("a function is x => x.rev")
        }
        Wrong::Angle => said("not-a-comparison", format!("`{}` means nothing here", quoted(text)))
            .help("alternation stands in a string: \"<a b>\"; talea has no comparisons"),
        Wrong::Question => said("ternary", "`a ? b : c` is not talea".into())
            .help("choose with .when(fill, rev), .mask(\"<1 0>\") or a pattern"),
        Wrong::CurlyQuote => said("curly-quote", format!("`{text}` is a typographic quote"))
            .help("type `\"` around mini-notation and `'` around plain text"),
        Wrong::Nul => {
            said("nul-byte", "there is a NUL byte here".into()).help("save the file again as plain UTF-8 text")
        }
        Wrong::Character => character(text, at),
    }
}

fn unknown_unit(text: &str, at: Place) -> Diagnostic {
    let unit = &text[super::numbers::length(text.as_bytes())..];
    let start = at.end - unit.len() as u32;
    let names = Unit::SPELLINGS.iter().map(|(name, _)| *name);
    let same = names.clone().find(|name| name.eq_ignore_ascii_case(unit));
    let near = same.or_else(|| match unit {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "msec" | "millis" | "msecs" => Some("ms"),
        "hertz" | "hz" => Some("Hz"),
        "semitones" | "semitone" | "semis" => Some("st"),
        "cent" | "cents" => Some("ct"),
        _ => nearest(unit, names).filter(|_| unit.len() > 1),
    });
    let said = Diagnostic::error(
        "unknown-unit",
        Place { start, ..at },
        format!("unknown unit `{}`", quoted(unit))
            + &near.map_or(String::new(), |name| format!(", did you mean `{name}`?")),
    );
    match near {
        Some(name) => said.help(format!("type {}{name}", quoted(&text[..text.len() - unit.len()]))),
        None => said.help("units are Hz kHz ms s dB dBTP LUFS % st ct BPM bars beats cycles"),
    }
}

fn character(text: &str, at: Place) -> Diagnostic {
    let said = Diagnostic::error("unknown-character", at, format!("`{}` means nothing here", quoted(text)));
    match text {
        "#" => said.help("a comment starts with `//`; Tidal's `#` is a dot: s(\"bd\").gain(.8)"),
        "~" => said.help("a rest stands in a string: \"bd ~\"; an empty pattern is `silence`"),
        "|" | "&" => said.help("choice stands in a string: \"[a | b]\"; several at once are stack(a, b)"),
        "@" => said.help("weights stand in a string: \"a@3 b\""),
        "^" => said.help("a power is .pow(2)"),
        "\\" => said.help("take it out; a function is x => x.rev"),
        "–" | "—" | "−" => said.help("type `-`"),
        "×" | "·" => said.help("type `*`"),
        "÷" => said.help("type `/`"),
        other if !other.is_ascii() => said.help("names are letters, digits and `_`: drums2"),
        _ => said,
    }
}

/// `10 kHz`: a blank before the unit.
pub(super) fn unit_apart(number: &str, unit: &str, at: Place) -> Diagnostic {
    Diagnostic::error("unit-apart", at, "a unit touches its number")
        .label("take the blank out")
        .help(format!("type {}{unit}", quoted(number)))
}

/// A name of several words: `my drums:`, `my-drums:`, `1:`.
pub(super) fn name_in_pieces(source: &Source, colon: Place) -> Option<Diagnostic> {
    let before = &source.text[..colon.start as usize];
    let line = before.rsplit(['\n', ';', '{', ',']).next()?.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
    if line.is_empty() || line.chars().count() > 40 || !line.chars().all(fits) {
        return None;
    }
    let mut name: String = line.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c }).collect();
    let end = before.trim_end().len();
    let place = Place { start: (end - line.len()) as u32, end: end as u32, ..colon };
    let what = if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 't');
        "a name begins with a letter"
    } else {
        "a name is one word, of letters, digits and `_`"
    };
    Some(Diagnostic::error("expected-name", place, what).help(format!("type {name}:")))
}

/// `${…}` outside of a string.
pub(super) fn template(at: Place) -> Diagnostic {
    Diagnostic::error("template-string", at, "`${}` is not talea")
        .help("name the parts: prog = \"<Am F>\", then chord(prog)")
}

/// A value is missing before `found` (empty at the end of the item).
pub(super) fn expected_value(at: Place, found: &str) -> Diagnostic {
    if found.is_empty() {
        return Diagnostic::error("expected-value", at, "a value belongs here, but the line ends")
            .help("type a number, a name or a pattern such as s(\"bd*4\")");
    }
    let said = Diagnostic::error("expected-value", at, format!("a value belongs here, not `{}`", quoted(found)));
    match found {
        "=>" => said.help("the names of a function stand before: x => x.rev, (a, b) => a.add(b)"),
        "." => said.help("a chain starts with a pattern: s(\"bd\").fast(2)"),
        "," => said.help("take one comma out"),
        "-" => said.help("one sign is enough; a comment starts with `//`"),
        "+" => said.help("one sign is enough"),
        _ => said.help("type a number, a name or a pattern such as s(\"bd*4\")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_the_order_of_the_alphabet() {
        assert!(CODES.is_sorted());
    }
}
