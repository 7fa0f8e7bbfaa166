//! Items: labels, definitions, functions, commands with their blocks; and the whole text.
//!
//! Invariant: an item with an error is left out and named in [`File::broken`]; the items after it are read as if
//! nothing had happened.

use nom::Err;

use super::elsewhere;
use super::expressions::{self, call, expression, in_braces, infix_after, links, no_value, operand};
use super::faults;
use super::layout::{Cut, Layout};
use super::lexer::{Token, TokenKind, Wrong};
use super::stream::{Answer, Context, Tokens, Trouble, fail, must, name, skip, token};
use super::syntax::{
    Argument, Block, Command, Expr, ExprKind, File, Item, ItemKind, Label, Name, Operator, ParameterSyntax,
};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Place, Source};

/// The largest text that is read, in bytes.
pub const LARGEST: usize = 10_000_000;
/// The most tokens of a text: their tree stays under 500 MB.
const MOST_TOKENS: usize = 1_000_000;

/// The items of a text, and what is to be said of it, in the order of the text.
///
/// ```
/// use talea::base::source::{FileId, Source};
/// let source = Source::new(FileId(0), "a.talea", "drums: s(\"bd*4\")\nbass: s(");
/// let (file, said) = talea::lang::parse(&source);
/// assert_eq!(file.items.len(), 1);
/// assert_eq!(file.broken[0].0, "bass");
/// assert_eq!(said[0].code, "unclosed-bracket");
/// ```
pub fn parse(source: &Source) -> (File, Vec<Diagnostic>) {
    let mut file = File::default();
    if source.text.len() > LARGEST {
        file.refused = true;
        return (file, vec![faults::too_large(source)]);
    }
    let context = Context::new(source);
    let mut layout = Layout::new(source);
    if layout.tokens.len() > MOST_TOKENS {
        file.refused = true;
        return (file, vec![faults::too_many_tokens(source, layout.tokens[MOST_TOKENS])]);
    }
    let mut kept = Vec::new();
    let mut index = 0;
    while layout.tokens[index].kind != TokenKind::End {
        if layout.tokens[index].kind.ends_line() {
            index += 1;
            continue;
        }
        let first = index;
        match read(&context, &mut layout, &mut index, &mut kept, item) {
            Reading::Whole(item) => file.items.push(item),
            Reading::Broken => file.broken.push(broken(source, &layout.tokens[first..index])),
            Reading::TooDeep(said) => {
                return (File { refused: true, ..File::default() }, vec![*said]);
            }
        }
    }
    (file, context.in_order())
}

/// The one expression that a text is, for `talea query -e`; `None` where something is wrong.
pub fn parse_expression(source: &Source) -> (Option<Expr>, Vec<Diagnostic>) {
    if source.text.len() > LARGEST {
        return (None, vec![faults::too_large(source)]);
    }
    let context = Context::new(source);
    let mut layout = Layout::new(source);
    if layout.tokens.len() > MOST_TOKENS {
        return (None, vec![faults::too_many_tokens(source, layout.tokens[MOST_TOKENS])]);
    }
    let mut index = usize::from(layout.tokens[0].kind == TokenKind::Newline);
    let reading = read(&context, &mut layout, &mut index, &mut Vec::new(), expression);
    while layout.tokens[index].kind.ends_line() {
        index += 1;
    }
    let rest = layout.tokens[index];
    let found = match reading {
        Reading::Whole(_) if rest.kind != TokenKind::End => {
            let place = faults::place(source, rest);
            context.say(Diagnostic::error("surplus", place, "one expression belongs here, and this is a second"));
            None
        }
        Reading::Whole(found) => Some(found),
        Reading::Broken => None,
        Reading::TooDeep(said) => return (None, vec![*said]),
    };
    (found, context.in_order())
}

enum Reading<T> {
    Whole(T),
    /// The diagnostics are in the context.
    Broken,
    TooDeep(Box<Diagnostic>),
}

/// Reads what stands at `index` of the layout, and sets `index` after it.
fn read<T>(
    context: &Context,
    layout: &mut Layout,
    index: &mut usize,
    kept: &mut Vec<Token>,
    rule: impl Fn(Tokens) -> Answer<T>,
) -> Reading<T> {
    let first = *index;
    let (end, cut) = layout.cut(first, kept);
    *index = end;
    if let Cut::TooDeep(said) = cut {
        return Reading::TooDeep(said);
    }
    let (wrong, unclear) = say_wrong(context, &layout.tokens[first..end]);
    if let Cut::Unbalanced(said) = cut {
        if !unclear {
            for said in said {
                context.say(said);
            }
        }
        return Reading::Broken;
    }
    if wrong {
        return Reading::Broken;
    }
    if let Some(said) = layout.too_long(kept) {
        context.say(said);
        return Reading::Broken;
    }
    let before = context.errors();
    let trouble = match rule(Tokens::new(context, kept)) {
        Ok((rest, _)) if !rest.is_empty() => surplus(rest),
        Ok((_, value)) => {
            return if context.errors() > before { Reading::Broken } else { Reading::Whole(value) };
        }
        Err(Err::Failure(Trouble::Said(said)) | Err::Error(Trouble::Said(said))) => *said,
        Err(_) => no_value(Tokens::new(context, kept)),
    };
    context.say(trouble);
    Reading::Broken
}

/// Says what is not in the language, each kind once a line. Returns whether there was any, and whether brackets cannot
/// be judged because of it. After a quote that is not closed the rest of its line is no news.
fn say_wrong(context: &Context, tokens: &[Token]) -> (bool, bool) {
    let (mut any, mut unclear) = (false, false);
    let mut line: Vec<(Wrong, Token)> = Vec::new();
    let say = |line: &mut Vec<(Wrong, Token)>| {
        let quote = line.iter().find(|(fault, _)| is_unclosed(*fault)).copied();
        for (fault, token) in line.drain(..).filter(|wrong| quote.is_none_or(|quote| quote == *wrong)) {
            context.say(faults::wrong(context.source, token, fault));
        }
    };
    for token in tokens {
        if token.kind == TokenKind::Newline {
            say(&mut line);
        }
        if let TokenKind::Wrong(fault) = token.kind {
            any = true;
            unclear |= is_unclosed(fault) || fault == Wrong::CurlyQuote;
            if line.iter().all(|(seen, _)| *seen != fault) {
                line.push((fault, *token));
            }
        }
    }
    say(&mut line);
    (any, unclear)
}

fn is_unclosed(fault: Wrong) -> bool {
    matches!(fault, Wrong::UnclosedString | Wrong::UnclosedText | Wrong::UnclosedBacktick | Wrong::UnclosedComment)
}

/// The name under which later stages know an item that cannot be read, and where it is.
fn broken(source: &Source, tokens: &[Token]) -> (String, Place) {
    let kind = |index: usize| tokens.get(index).map_or(TokenKind::End, |token| token.kind);
    let text = |index: usize| tokens.get(index).map_or("", |token| source.at(faults::place(source, *token)));
    let end = tokens.iter().rposition(|token| !token.kind.ends_line()).unwrap_or(0);
    let place = faults::place(source, tokens[0]).to(faults::place(source, tokens[end]));
    let from = usize::from(matches!(text(0), "let" | "const" | "var") && kind(1) == TokenKind::Name);
    let function = || {
        let close = tokens.iter().position(|token| token.kind == TokenKind::ParenClose);
        close.is_some_and(|close| kind(close + 1) == TokenKind::Equals)
    };
    let name = match (kind(from), kind(from + 1)) {
        (TokenKind::Dollar, TokenKind::Name) => text(from + 1).to_owned(),
        (TokenKind::Name, TokenKind::Dollar) if kind(from + 2) == TokenKind::Name => text(from + 2).to_owned(),
        (TokenKind::Name, TokenKind::Colon) => unmarked(text(from)).0.to_owned(),
        (TokenKind::Name, TokenKind::Equals) => text(from).to_owned(),
        (TokenKind::Name, TokenKind::ParenOpen) if function() => text(from).to_owned(),
        (TokenKind::Name, TokenKind::Name) => format!("{} {}", text(from), text(from + 1)),
        (TokenKind::Name, TokenKind::Number | TokenKind::Mini | TokenKind::Text | TokenKind::BraceOpen) => {
            format!("{} ", text(from))
        }
        _ => String::new(),
    };
    (name, place)
}

/// A label's name without the `_` that mutes, and whether it mutes.
fn unmarked(word: &str) -> (&str, bool) {
    match word.strip_prefix('_') {
        Some(name) if !name.is_empty() => (name, true),
        _ => (word, false),
    }
}

/// An item of the file or of a block.
fn item(input: Tokens) -> Answer<Item> {
    let start = input.start();
    let (rest, kind) = item_kind(input)?;
    Ok((rest, Item { place: rest.since(start), kind }))
}

fn item_kind(input: Tokens) -> Answer<ItemKind> {
    use TokenKind::{Arrow, Colon, Dollar, Dot, Equals, ParenOpen, Percent, Slash, Star};
    match (input.kind(0), input.kind(1)) {
        (Dollar, _) => dollar_label(input),
        (TokenKind::Name, Dollar) if input.text(0) == "_" => dollar_label(input),
        (TokenKind::Name, Dot | Star | Slash | Percent | Arrow) => whole_expression(input),
        (TokenKind::Name, Colon) => label(input),
        (TokenKind::Name, TokenKind::Name)
            if input.kind(2) == Equals && matches!(input.text(0), "let" | "const" | "var") =>
        {
            let word = input.text(0);
            input.context.say(
                Diagnostic::hint("strudel-let", input.here(), format!("`{word}` is not needed"))
                    .help(format!("type {} = …", input.text(1))),
            );
            definition(skip(input))
        }
        (TokenKind::Name, Equals) => definition(input),
        (TokenKind::Name, ParenOpen) => called(input),
        (TokenKind::Name, _) => command(input),
        _ => whole_expression(input),
    }
}

fn whole_expression(input: Tokens) -> Answer<ItemKind> {
    let (input, value) = expression(input)?;
    Ok((input, ItemKind::Expr(value)))
}

/// `$:`, `_$:`, `$name:`, `_$name:`
fn dollar_label(input: Tokens) -> Answer<ItemKind> {
    let start = input.start();
    let muted = input.kind(0) == TokenKind::Name;
    let rest = skip(if muted { skip(input) } else { input });
    let marks = rest.since(start);
    if rest.kind(0) == TokenKind::BraceOpen {
        return fail(faults::template(marks));
    }
    let (rest, name) = if rest.kind(0) == TokenKind::Name {
        let (rest, name) = name(rest)?;
        if rest.kind(0) == TokenKind::Colon {
            let said = Diagnostic::hint("strudel-name", marks.to(name.place), format!("`${0}:` is `{0}:`", name.text));
            rest.context.say(said.help(format!("type {}{}:", if muted { "_" } else { "" }, name.text)));
        }
        (rest, name)
    } else {
        (rest, Name { text: String::new(), place: marks })
    };
    let (rest, _) = must(token(TokenKind::Colon), |input: Tokens| {
        Diagnostic::error("expected-colon", input.here(), "`:` belongs after `$`")
            .help("a track without a name is $: s(\"bd\")")
    })(rest)?;
    let (rest, value) = expression(rest)?;
    Ok((rest, ItemKind::Label(Label { name, muted, dollar: true }, value)))
}

fn label(input: Tokens) -> Answer<ItemKind> {
    // `live_loop :drums do`
    if input.apart(1)
        && !input.apart(2)
        && let Some(said) = elsewhere::symbol(input.text(0), input.here())
    {
        return fail(said);
    }
    let (rest, written) = name(input)?;
    let (text, muted) = unmarked(&written.text);
    let place = Place { start: written.place.start + u32::from(muted), ..written.place };
    let name = Name { text: text.to_owned(), place };
    let (rest, value) = expression(skip(rest))?;
    Ok((rest, ItemKind::Label(Label { name, muted, dollar: false }, value)))
}

fn definition(input: Tokens) -> Answer<ItemKind> {
    let (rest, name) = name(input)?;
    let (rest, value) = expression(skip(rest))?;
    Ok((rest, ItemKind::Define(name, value)))
}

/// `name(…) = …`, `name(…) { … }` or an expression that starts with a call.
fn called(input: Tokens) -> Answer<ItemKind> {
    let start = input.start();
    let (rest, name) = name(input)?;
    let (rest, arguments) = call(rest)?;
    match rest.kind(0) {
        TokenKind::Equals => {
            let parameters = parameters(rest, arguments)?.1;
            let (rest, body) = expression(skip(rest))?;
            Ok((rest, ItemKind::Function { name, parameters, body }))
        }
        TokenKind::BraceOpen => {
            if let Some(said) = elsewhere::word(&name.text, name.place) {
                return fail(said);
            }
            let (rest, block) = block_of(&name)(rest)?;
            Ok((rest, ItemKind::Command(Command { name, arguments, block: Some(block) })))
        }
        _ => {
            let value = Expr { place: rest.since(start), kind: ExprKind::Call(name, arguments) };
            let (rest, value) = links(value, rest)?;
            let (rest, value) = infix_after(value, rest)?;
            Ok((rest, ItemKind::Expr(value)))
        }
    }
}

/// Arguments as the parameters of a function.
fn parameters(input: Tokens, arguments: Vec<Argument>) -> Answer<Vec<ParameterSyntax>> {
    let mut parameters = Vec::with_capacity(arguments.len());
    for argument in arguments {
        parameters.push(match (argument.name, argument.value) {
            (Some(name), value) => ParameterSyntax { name, default: Some(value) },
            (None, Expr { place, kind: ExprKind::Name(text) }) => {
                ParameterSyntax { name: Name { text, place }, default: None }
            }
            (None, value) => {
                return fail(
                    Diagnostic::error("bad-parameter", value.place, "a function has names as parameters")
                        .help("hook(lift: 12, x) = …"),
                );
            }
        });
    }
    Ok((input, parameters))
}

fn block(input: Tokens) -> Answer<Block> {
    let start = input.start();
    let (rest, items) = in_braces(input, item)?;
    Ok((rest, Block { place: rest.since(start), items }))
}

/// The block of a `synth` or an `effect`: lines that are signals, so `a + b` is a sum there.
fn signals(input: Tokens) -> Answer<Block> {
    let start = input.start();
    let (rest, items) = in_braces(input, signal)?;
    Ok((rest, Block { place: rest.since(start), items }))
}

fn signal(input: Tokens) -> Answer<Item> {
    let ends = ends_arguments(input.kind(1)) && input.kind(1) != TokenKind::BraceOpen;
    let sum = matches!(input.kind(1), TokenKind::Plus | TokenKind::Minus);
    if input.kind(0) != TokenKind::Name || !(ends || sum) {
        return item(input);
    }
    let start = input.start();
    let (rest, kind) = whole_expression(input)?;
    Ok((rest, Item { place: rest.since(start), kind }))
}

fn block_of(name: &Name) -> fn(Tokens) -> Answer<Block> {
    if matches!(name.text.as_str(), "synth" | "effect") { signals } else { block }
}

/// `word arguments { … }`
fn command(input: Tokens) -> Answer<ItemKind> {
    let (mut input, name) = name(input)?;
    if let Some(said) = elsewhere::word(&name.text, name.place) {
        return fail(said);
    }
    if input.kind(0) == TokenKind::Dollar {
        return fail(elsewhere::tidal(&name.text, input.here()));
    }
    if matches!(name.text.as_str(), "let" | "const" | "var") {
        return fail(
            Diagnostic::error("expected-value", input.here(), format!("`{}` wants a name and a value", name.text))
                .help("lead = n(\"0 2 4\")"),
        );
    }
    let mut arguments = Vec::new();
    while !ends_arguments(input.kind(0)) {
        let (rest, value) = argument(input, arguments.is_empty())?;
        arguments.push(Argument { name: None, value });
        input = rest;
    }
    let (input, block) = if input.kind(0) == TokenKind::BraceOpen {
        let (input, block) = block_of(&name)(input)?;
        (input, Some(block))
    } else {
        (input, None)
    };
    Ok((input, ItemKind::Command(Command { name, arguments, block })))
}

fn ends_arguments(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::End | TokenKind::Comma | TokenKind::BraceOpen | TokenKind::BraceClose) || kind.ends_line()
}

/// An operand of a command: a sign, no infix operator but the `/` of two numbers, no map.
fn argument(input: Tokens, first: bool) -> Answer<Expr> {
    let start = input.start();
    let operator = match input.kind(0) {
        TokenKind::Minus => Some(Operator::Sub),
        TokenKind::Plus => Some(Operator::Add),
        // `54 %`
        TokenKind::Percent if !first && ends_arguments(input.kind(1)) => {
            return fail(faults::unit_apart("54", "%", input.here()));
        }
        TokenKind::Star | TokenKind::Slash | TokenKind::Percent => return fail(infix(input)),
        _ => None,
    };
    if operator.is_some() && !first && input.apart(0) && input.apart(1) {
        return fail(infix(input));
    }
    let rest = if operator.is_some() { skip(input) } else { input };
    let ratio = (rest.kind(0), rest.kind(1)) == (TokenKind::Number, TokenKind::Slash);
    let (rest, value) = if ratio { must(fraction, no_value)(rest)? } else { must(operand, no_argument)(rest)? };
    let place = rest.since(start);
    Ok((rest, if let Some(operator) = operator { expressions::signed(operator, value, place) } else { value }))
}

/// `7/8`
fn fraction(input: Tokens) -> Answer<Expr> {
    let start = input.start();
    let above = super::numbers::read(input.text(0));
    let rest = skip(skip(input));
    let below = super::numbers::read(rest.text(0));
    let (rest, _) = must(token(TokenKind::Number), |input| {
        Diagnostic::error("infix-in-argument", input.here(), "a number belongs after the `/`")
            .help("meter 7/8; calculate inside brackets: tempo (bpm / 2)")
    })(rest)?;
    links(Expr { place: rest.since(start), kind: ExprKind::Ratio(above, below) }, rest)
}

fn infix(input: Tokens) -> Diagnostic {
    Diagnostic::error("infix-in-argument", input.here(), "the arguments of a command hold no calculation")
        .label("an operator")
        .help("calculate inside brackets: tempo (60 * 2)")
}

fn no_argument(input: Tokens) -> Diagnostic {
    match input.kind(0) {
        TokenKind::Equals | TokenKind::Colon => surplus(input),
        _ => no_value(input),
    }
}

/// What is said of text after the end of an item.
fn surplus(input: Tokens) -> Diagnostic {
    let (found, place) = (faults::quoted(input.text(0)), input.here());
    let does_not_belong = || Diagnostic::error("surplus", place, format!("`{found}` does not belong here"));
    match input.kind(0) {
        TokenKind::Comma => Diagnostic::error("comma-at-top", place, "a comma separates items only inside `{ }`")
            .help("put the next item on a line of its own, or type `;`"),
        TokenKind::Equals => does_not_belong().help("`=` defines a name: lead = n(\"0 2 4\")"),
        TokenKind::Colon => faults::name_in_pieces(input.context.source, place)
            .unwrap_or_else(|| does_not_belong().help("`:` follows the one name of a track or slot: drums: s(\"bd\")")),
        TokenKind::Arrow => does_not_belong().help("the names of a function stand before `=>`: x => x.rev"),
        TokenKind::BraceOpen => does_not_belong().help("a block follows a command: mix drums { gain -3dB }"),
        TokenKind::Dollar => does_not_belong().help("a track `$:` starts a line"),
        _ => does_not_belong().label("the item has ended before this").help("type `.` before it, or begin a new line"),
    }
}
