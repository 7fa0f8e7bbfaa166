//! Expressions: chains, infix operators, functions, lists and maps.
//!
//! Invariant: recursion goes by brackets only (chains and `a => b => c` are loops), so that the depth that
//! [`super::layout`] allows bounds the stack.

use nom::Parser;
use nom::combinator::{cut, map, opt};
use nom::multi::{many0, separated_list0};
use nom::sequence::{delimited, terminated};

use super::elsewhere;
use super::faults;
use super::lexer::TokenKind;
use super::mini;
use super::numbers;
use super::stream::{Answer, Tokens, fail, must, name, nothing, skip, token};
use super::syntax::{Argument, Expr, ExprKind, Name, Operator};
use crate::base::diagnostic::Diagnostic;
use crate::base::units::Unit;

/// An expression, which must stand here.
pub(super) fn expression(input: Tokens) -> Answer<Expr> {
    must(maybe_expression, no_value)(input)
}

/// What is said where a value is missing.
pub(super) fn no_value(input: Tokens) -> Diagnostic {
    if (input.kind(0), input.kind(1)) == (TokenKind::Dollar, TokenKind::BraceOpen) {
        return faults::template(input.here());
    }
    if input.kind(0) == TokenKind::Dollar {
        return elsewhere::tidal("", input.here());
    }
    let found = if input.kind(0).ends_line() { "" } else { input.text(0) };
    faults::expected_value(input.here(), found)
}

fn maybe_expression(input: Tokens) -> Answer<Expr> {
    let (rest, heads) = many0(lambda_head).parse(input)?;
    if heads.is_empty() {
        return infix(input);
    }
    if rest.kind(0) == TokenKind::BraceOpen {
        return fail(
            Diagnostic::error("lambda-in-braces", rest.here(), "a function is one expression, without braces")
                .label("this brace")
                .help("x => x.rev"),
        );
    }
    let (rest, body) = must(infix, no_value)(rest)?;
    let whole = heads.into_iter().rev().fold(body, |body, (start, names)| {
        let place = rest.since(start);
        Expr { place, kind: ExprKind::Lambda(names, Box::new(body)) }
    });
    Ok((rest, whole))
}

/// `x =>` or `(a, b) =>`, and where it starts.
fn lambda_head(input: Tokens) -> Answer<(u32, Vec<Name>)> {
    let start = input.start();
    match (input.kind(0), input.kind(1)) {
        (TokenKind::Name, TokenKind::Arrow) => {
            map(terminated(name, token(TokenKind::Arrow)), |name| (start, vec![name])).parse(input)
        }
        (TokenKind::ParenOpen, TokenKind::Name | TokenKind::ParenClose) => {
            let names = delimited(
                token(TokenKind::ParenOpen),
                separated_list0(token(TokenKind::Comma), name),
                token(TokenKind::ParenClose),
            );
            map(terminated(names, token(TokenKind::Arrow)), |names| (start, names)).parse(input)
        }
        _ => nothing(),
    }
}

/// `a + b * c`
fn infix(input: Tokens) -> Answer<Expr> {
    let (input, first) = unary(input)?;
    infix_after(first, input)
}

/// What may follow an operand that has been read already.
pub(super) fn infix_after(first: Expr, input: Tokens) -> Answer<Expr> {
    let (mut input, mut sum) = product_after(first, input)?;
    while let Some(operator) = sign(input.kind(0)) {
        let (rest, right) = must(product, no_value)(skip(input))?;
        (input, sum) = (rest, binary(operator, sum, right));
    }
    Ok((input, sum))
}

fn product(input: Tokens) -> Answer<Expr> {
    let (input, first) = unary(input)?;
    product_after(first, input)
}

fn product_after(first: Expr, mut input: Tokens) -> Answer<Expr> {
    let mut product = first;
    while let Some(operator) = factor(input.kind(0)) {
        let (rest, right) = must(unary, no_value)(skip(input))?;
        (input, product) = (rest, binary(operator, product, right));
    }
    Ok((input, product))
}

fn sign(kind: TokenKind) -> Option<Operator> {
    match kind {
        TokenKind::Plus => Some(Operator::Add),
        TokenKind::Minus => Some(Operator::Sub),
        _ => None,
    }
}

fn factor(kind: TokenKind) -> Option<Operator> {
    match kind {
        TokenKind::Star => Some(Operator::Mul),
        TokenKind::Slash => Some(Operator::Div),
        TokenKind::Percent => Some(Operator::Mod),
        _ => None,
    }
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr { place: left.place.to(right.place), kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)) }
}

fn unary(input: Tokens) -> Answer<Expr> {
    let start = input.start();
    match sign(input.kind(0)) {
        None => operand(input),
        Some(operator) => {
            let (rest, value) = must(operand, no_value)(skip(input))?;
            let place = rest.since(start);
            Ok((rest, signed(operator, value, place)))
        }
    }
}

/// A value with a sign before it; the sign of a plain number is in the number.
pub(super) fn signed(operator: Operator, value: Expr, place: crate::base::source::Place) -> Expr {
    let kind = match (operator, value.kind) {
        (Operator::Sub, ExprKind::Number(number)) => ExprKind::Number(numbers::negative(number)),
        (Operator::Sub, ExprKind::Ratio(above, below)) => ExprKind::Ratio(numbers::negative(above), below),
        (Operator::Sub, kind) => ExprKind::Negative(Box::new(Expr { place: value.place, kind })),
        (_, kind) => kind,
    };
    Expr { place, kind }
}

/// A value with its links.
pub(super) fn operand(input: Tokens) -> Answer<Expr> {
    let (input, value) = single(input)?;
    links(value, input)
}

/// `.name`, `.name(…)`, again and again.
pub(super) fn links(first: Expr, mut input: Tokens) -> Answer<Expr> {
    let mut value = first;
    while input.kind(0) == TokenKind::Dot {
        let (rest, name) = must(name, no_link)(skip(input))?;
        let (rest, arguments) = opt(call).parse(rest)?;
        let place = rest.since(value.place.start);
        (input, value) = (rest, Expr { place, kind: ExprKind::Link(Box::new(value), name, arguments) });
    }
    Ok((input, value))
}

fn no_link(input: Tokens) -> Diagnostic {
    let said = Diagnostic::error("expected-name", input.here(), "a function or a control belongs after the `.`");
    match input.kind(0) {
        TokenKind::Number => said.help(format!("type .gain(.{}) with the name of a control", input.text(0))),
        _ => said.help("type its name: .fast(2), .gain(.8)"),
    }
}

/// A value without links.
fn single(input: Tokens) -> Answer<Expr> {
    let start = input.start();
    let (rest, kind) = match input.kind(0) {
        TokenKind::Number => number(input),
        TokenKind::Name if input.kind(1) == TokenKind::ParenOpen => {
            if input.text(0) == "function"
                && let Some(said) = elsewhere::word("function", input.here())
            {
                return fail(said);
            }
            let (input, name) = name(input)?;
            let (input, arguments) = call(input)?;
            Ok((input, ExprKind::Call(name, arguments)))
        }
        TokenKind::Name => word(input),
        TokenKind::Text => Ok((skip(input), ExprKind::Text(unescaped(input.text(0))))),
        TokenKind::Mini => {
            let read = mini::read(input.context, input.here());
            Ok((skip(input), ExprKind::Mini(Box::new(read))))
        }
        TokenKind::ParenOpen => paren(input),
        TokenKind::ListOpen => {
            map(|input| bracketed(input, TokenKind::ListOpen, TokenKind::ListClose, "]", expression), ExprKind::List)
                .parse(input)
        }
        TokenKind::BraceOpen => map(braces, ExprKind::Map).parse(input),
        _ => nothing(),
    }?;
    Ok((rest, Expr { place: rest.since(start), kind }))
}

fn word(input: Tokens) -> Answer<ExprKind> {
    let text = input.text(0);
    let after = input.kind(1);
    if matches!(after, TokenKind::Name | TokenKind::BraceOpen)
        && let Some(said) = elsewhere::word(text, input.here())
    {
        return fail(said);
    }
    Ok((skip(input), ExprKind::Name(text.to_owned())))
}

/// `3`, `3ms`, `3 bars`
pub(super) fn number(input: Tokens) -> Answer<ExprKind> {
    let mut number = numbers::read(input.text(0));
    let (mut rest, _) = token(TokenKind::Number)(input)?;
    if rest.kind(0) == TokenKind::Name
        && number.unit.is_none()
        && let Some(unit @ (Unit::Bars | Unit::Beats)) = Unit::parse(rest.text(0))
    {
        number.unit = Some(unit);
        rest = skip(rest);
    } else if let Some((unit, name)) = number.unit.is_none().then(|| unit_after(rest)).flatten() {
        let at = input.here().to(rest.here());
        rest.context.say(faults::unit_apart(input.text(0), name, at));
        number.unit = Some(unit);
        rest = skip(rest);
    }
    Ok((rest, ExprKind::Number(number)))
}

/// The unit that stands apart from its number, in any case of its letters. `s` alone may be a name that follows.
fn unit_after(rest: Tokens) -> Option<(Unit, &'static str)> {
    let word = rest.text(0);
    let ends =
        matches!(rest.kind(1), TokenKind::ParenClose | TokenKind::Comma | TokenKind::End) || rest.kind(1).ends_line();
    let is_unit = rest.kind(0) == TokenKind::Name && (word.len() > 1 || ends);
    let same = |(name, _): &&(&'static str, Unit)| name.eq_ignore_ascii_case(word);
    Unit::SPELLINGS.iter().find(same).filter(|_| is_unit).map(|(name, unit)| (*unit, *name))
}

fn unescaped(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

fn paren(input: Tokens) -> Answer<ExprKind> {
    let place = input.here();
    let (rest, mut values) = bracketed(input, TokenKind::ParenOpen, TokenKind::ParenClose, ")", expression)?;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok((rest, ExprKind::Paren(Box::new(value)))),
        (last, _) => {
            let what = if last.is_none() { "nothing" } else { "several values" };
            let message = format!("these brackets hold {what}; one value belongs in brackets");
            fail(
                Diagnostic::error("one-value-in-brackets", rest.since(place.start), message)
                    .help("several values in a list are [a, b]; several patterns at once are stack(a, b)"),
            )
        }
    }
}

/// `(arguments)`
pub(super) fn call(input: Tokens) -> Answer<Vec<Argument>> {
    bracketed(input, TokenKind::ParenOpen, TokenKind::ParenClose, ")", given)
}

/// `value` or `name: value`
fn given(input: Tokens) -> Answer<Argument> {
    if input.kind(0) == TokenKind::Name && input.kind(1) == TokenKind::Colon {
        let (rest, name) = name(input)?;
        let (rest, value) = expression(skip(rest))?;
        return Ok((rest, Argument { name: Some(name), value }));
    }
    map(expression, |value| Argument { name: None, value }).parse(input)
}

/// Parts with commas between them, in brackets; a last comma may stand.
fn bracketed<'a, T>(
    input: Tokens<'a>,
    open: TokenKind,
    close: TokenKind,
    mark: &'static str,
    part: fn(Tokens<'a>) -> Answer<'a, T>,
) -> Answer<'a, Vec<T>> {
    let each = |input: Tokens<'a>| if input.kind(0) == close { nothing() } else { part(input) };
    let parts = terminated(separated_list0(token(TokenKind::Comma), each), opt(token(TokenKind::Comma)));
    delimited(token(open), cut(parts), must(token(close), |input| no_comma(input, mark))).parse(input)
}

/// What is said where neither a comma nor the closer stands.
pub(super) fn no_comma(input: Tokens, closer: &str) -> Diagnostic {
    let (found, here) = (input.text(0), input.here());
    if input.kind(0) == TokenKind::Comma {
        return faults::expected_value(here, ",");
    }
    if input.kind(0) == TokenKind::Semicolon {
        return Diagnostic::error("surplus", here, format!("`;` ends the item before its `{closer}`"))
            .help("take the `;` out");
    }
    let message = format!("a comma or `{closer}` belongs before `{}`", faults::quoted(found));
    let said = Diagnostic::error("expected-comma", here, message);
    match input.kind(0) {
        TokenKind::Equals => said.help("`:` fills a slot: comp(ratio: 2); `=` defines a name, on a line of its own"),
        TokenKind::Colon => said.help("`:` follows the name of a slot: comp(ratio: 2)"),
        TokenKind::Arrow => said.help("the names of a function stand before `=>`: x => x.rev, (a, b) => a.add(b)"),
        TokenKind::Dollar => said.help("a track `$:` starts a line"),
        TokenKind::BraceOpen => said.help("a block follows a command: mix drums { gain -3dB }"),
        TokenKind::Name if input.kind(1) != TokenKind::ParenOpen && after_word(input) => {
            said.help("the steps of a pattern stand in quotes: s(\"bd sd\"); several values have commas")
        }
        _ => said.help(format!("type `,` between two values, or `{closer}` at the end")),
    }
}

/// Whether a word ends right before.
fn after_word(input: Tokens) -> bool {
    let before = input.context.source.text[..input.start() as usize].trim_end();
    let word = before.rsplit(|c: char| !super::lexer::is_word(c)).next().unwrap_or("");
    word.starts_with(|c: char| c.is_alphabetic())
}

/// `{a: b, 'c': d}`
fn braces(input: Tokens) -> Answer<Vec<(Name, Expr)>> {
    in_braces(input, pair)
}

/// Parts in braces; commas, newlines and `;` stand between them, before and after, as many as you like.
pub(super) fn in_braces<'a, T>(input: Tokens<'a>, part: impl Fn(Tokens<'a>) -> Answer<'a, T>) -> Answer<'a, Vec<T>> {
    let each = |input: Tokens<'a>| if input.kind(0) == TokenKind::BraceClose { nothing() } else { part(input) };
    let parts = delimited(separators, separated_list0(separators_1, each), separators);
    let close = must(token(TokenKind::BraceClose), |input| no_comma(input, "}"));
    delimited(token(TokenKind::BraceOpen), cut(parts), close).parse(input)
}

fn is_separator(kind: TokenKind) -> bool {
    kind == TokenKind::Comma || kind.ends_line()
}

#[expect(clippy::unnecessary_wraps, reason = "it is a parser")]
fn separators(mut input: Tokens) -> Answer<()> {
    while is_separator(input.kind(0)) {
        input = skip(input);
    }
    Ok((input, ()))
}

fn separators_1(input: Tokens) -> Answer<()> {
    if is_separator(input.kind(0)) { separators(input) } else { nothing() }
}

fn pair(input: Tokens) -> Answer<(Name, Expr)> {
    let text = input.text(0);
    let text = match input.kind(0) {
        TokenKind::Name | TokenKind::Number => text.to_owned(),
        TokenKind::Text => unescaped(text),
        TokenKind::Mini => text.get(1..text.len().saturating_sub(1)).unwrap_or("").to_owned(),
        _ => {
            return fail(
                Diagnostic::error(
                    "expected-name",
                    input.here(),
                    format!("a name belongs here, not `{}`", faults::quoted(text)),
                )
                .help("a map is {name: value, other: value}"),
            );
        }
    };
    let name = Name { text, place: input.here() };
    let (rest, _) = must(token(TokenKind::Colon), no_colon)(skip(input))?;
    let (rest, value) = expression(rest)?;
    Ok((rest, (name, value)))
}

/// What is said where a `:` is missing.
pub(super) fn no_colon(input: Tokens) -> Diagnostic {
    Diagnostic::error("expected-colon", input.here(), "`:` belongs here")
        .help("a map is {name: value}; a track is name: s(\"bd\")")
}
