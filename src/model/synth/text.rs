//! The text of a synth or an effect, sorted: parameters, lines, the output, voices and glide.
//!
//! Invariant: each name stands once; nothing is evaluated here but the defaults of parameters, which are plain values.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::collect::{Told, told};
use super::super::key;
use super::super::plain::{Pace, convert, quantity};
use super::super::words::{self, Room};
use super::faults;
use super::value::dimension_of;
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::graph::{MOST_PARAMETERS, Parameter};
use crate::base::source::Place;
use crate::base::units::Hz;
use crate::lang::syntax::{Argument, Expr, ExprKind, Item, ItemKind, Name};

/// The names that a synth is given.
pub(super) const GIVEN: &[&str] = &["freq", "note", "gate", "velocity", "dur"];
/// How many voices a synth has where its text is silent.
const VOICES: u16 = 32;
/// The most that it may ask for.
const MOST_VOICES: i64 = 128;

/// A `synth` or an `effect` as written.
#[derive(Clone, Debug)]
pub(in crate::model) struct Text<'a> {
    pub name: Name,
    pub effect: bool,
    pub parameters: Vec<Parameter>,
    pub lines: Rc<HashMap<&'a str, &'a Expr>>,
    /// The lines' names in the order of the text.
    pub order: Vec<&'a str>,
    pub output: Option<&'a Expr>,
    pub voices: u16,
    pub glide: f32,
    /// Its text has an error, which has been said.
    pub wrong: bool,
}

/// The name and the parameters of `synth name(parameters)`.
fn head<'a>(told: &Told<'a>) -> Option<(&'a str, Place, &'a [Argument])> {
    match told.argument(0) {
        Some(Expr { kind: ExprKind::Name(name), place }) => Some((name, *place, &[])),
        Some(Expr { kind: ExprKind::Call(name, arguments), .. }) => Some((&name.text, name.place, arguments)),
        _ => None,
    }
}

/// The parameters that a text names, with the dimensions of their defaults; what is wrong with them is not said here.
pub(in crate::model) fn parameters_of(told: &Told<'_>, pace: Pace) -> Vec<Parameter> {
    let arguments = head(told).map_or(&[][..], |(_, _, arguments)| arguments);
    arguments.iter().filter_map(|argument| parameter(argument, pace).ok()).collect()
}

/// Sorts a text; what is wrong is said.
pub(in crate::model) fn read<'a>(told: &Told<'a>, pace: Pace, said: &mut Vec<Diagnostic>) -> Option<Text<'a>> {
    let before = said.len();
    let (name, place, arguments) = head(told)?;
    let name = Name { text: name.to_owned(), place };
    let effect = told.name.text == "effect";
    let mut text = Text {
        name: name.clone(),
        effect,
        parameters: Vec::new(),
        lines: Rc::default(),
        order: Vec::new(),
        output: None,
        voices: VOICES,
        glide: 0.0,
        wrong: false,
    };
    let mut names: HashMap<&'a str, Place> = HashMap::new();
    for argument in arguments {
        match (parameter(argument, pace), &argument.name) {
            (Ok(parameter), Some(name)) if taken(&mut names, name, effect, said) => text.parameters.push(parameter),
            (Err(error), _) => said.push(*error),
            _ => {}
        }
    }
    if text.parameters.len() > MOST_PARAMETERS {
        said.push(faults::too_large(
            name.place,
            &format!("{MOST_PARAMETERS} parameters at most travel with a note, and this has {}", text.parameters.len()),
        ));
    }
    if let Some(extra) = told.arguments.get(1) {
        said.push(
            Diagnostic::error(
                "surplus-argument",
                extra.value.place,
                "a name and its parameters stand before the block",
            )
            .help(format!("{} {}(cutoff: 400Hz) {{ … }}", told.name.text, name.text)),
        );
    }
    match told.block {
        Some(block) => {
            let mut lines = HashMap::new();
            for (at, item) in block.items.iter().enumerate() {
                let last = at + 1 == block.items.len();
                line(&mut text, &mut lines, &mut names, item, last, said);
            }
            text.lines = Rc::new(lines);
            if text.output.is_none() && said.len() == before {
                said.push(faults::no_output(block.place, &text, block.items.last()));
            }
        }
        None => said.push(
            Diagnostic::error("block-missing", told.place, format!("what does `{}` sound like?", name.text)).help(
                format!(
                    "{} {} {{ {} }}",
                    told.name.text,
                    name.text,
                    if effect { "tanh(in * 2)" } else { "saw(freq) * adsr()" }
                ),
            ),
        ),
    }
    text.wrong = said[before..].iter().any(Diagnostic::is_error);
    Some(text)
}

fn line<'a>(
    text: &mut Text<'a>,
    lines: &mut HashMap<&'a str, &'a Expr>,
    names: &mut HashMap<&'a str, Place>,
    item: &'a Item,
    last: bool,
    said: &mut Vec<Diagnostic>,
) {
    match &item.kind {
        ItemKind::Define(name, expr) => {
            if taken(names, name, text.effect, said) {
                lines.insert(&name.text, expr);
                text.order.push(&name.text);
            }
        }
        ItemKind::Expr(expr) if last => text.output = Some(expr),
        ItemKind::Expr(expr) => said.push(
            Diagnostic::error(
                "stray-signal",
                expr.place,
                "only the last line is what sounds, and this is not the last",
            )
            .help("give it a name and add it up in the last line: a = …, b = …, a + b"),
        ),
        ItemKind::Label(label, expr) => said.push(
            Diagnostic::error(
                "label-in-synth",
                label.name.place,
                format!("`{}:` is no line of a synth", label.name.text),
            )
            .label("a line that names a signal has `=`")
            .help(if matches!(expr.kind, ExprKind::Number(_)) {
                format!("a parameter stands behind the name: {}({}: …)", text.name.text, label.name.text)
            } else {
                format!("{} = …", label.name.text)
            }),
        ),
        ItemKind::Function { name, .. } => {
            said.push(Diagnostic::error("definition-here", name.place, "a synth holds no functions").help(format!(
                "write it beside the synth, as an effect: effect {}(amount: 1) {{ in * amount }}",
                name.text
            )));
        }
        ItemKind::Command(_) => {
            if let Some(told) = told(item) {
                command(text, &told, said);
            }
        }
    }
}

fn command(text: &mut Text<'_>, told: &Told<'_>, said: &mut Vec<Diagnostic>) {
    let name = told.name.text.as_str();
    if words::find(name, Room::Synth).is_none() || text.effect {
        let place = told.name.place;
        let error = Diagnostic::error("unknown-command", place, format!("`{name}` is no line of a synth"));
        said.push(if text.effect && words::find(name, Room::Synth).is_some() {
            Diagnostic::error("unknown-command", place, format!("an effect has no `{name}`")).help("take it out")
        } else {
            match nearest(name, words::names(Room::Synth)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("a line names a signal: {name} = saw(freq)")),
            }
        });
        return;
    }
    let Some(value) = told.argument(0) else {
        said.push(
            Diagnostic::error("missing-argument", told.place, format!("`{name}` wants a value"))
                .help(words::find(name, Room::Synth).map_or("", |word| word.form)),
        );
        return;
    };
    let Some(number) = quantity(value) else {
        said.push(super::super::plain::fixed_slot(value.place, name, "how many voices there are cannot move"));
        return;
    };
    if name == "voices" {
        match (number.unit, number.exact.is_int(), number.exact.num()) {
            (None, true, count @ 1..=MOST_VOICES) => text.voices = count as u16,
            _ => said.push(
                Diagnostic::error(
                    "out-of-range",
                    value.place,
                    format!("`voices` is a whole number from 1 to {MOST_VOICES}"),
                )
                .help("voices 1 is mono"),
            ),
        }
        return;
    }
    match convert(number.value, number.unit, Dimension::Duration, Pace { cycle: 2.0, quarters: 4.0 }) {
        Some(seconds) if (0.0..=10.0).contains(&seconds) => text.glide = seconds as f32,
        Some(_) => {
            said.push(Diagnostic::error("out-of-range", value.place, "a glide lasts up to 10s").help("glide 40ms"));
        }
        None => {
            said.push(Diagnostic::error("wrong-unit", value.place, "a glide is a length of time").help("glide 40ms"));
        }
    }
}

/// Whether a name is free, and takes it; else it says so.
fn taken<'a>(names: &mut HashMap<&'a str, Place>, name: &'a Name, effect: bool, said: &mut Vec<Diagnostic>) -> bool {
    let given = if effect { name.text == "in" } else { GIVEN.contains(&name.text.as_str()) };
    if given {
        let message = format!("`{}` is given already", name.text);
        said.push(Diagnostic::error("name-twice", name.place, message).help("call this one by another name"));
        return false;
    }
    if let Some(before) = names.insert(&name.text, name.place) {
        said.push(
            Diagnostic::error("name-twice", name.place, format!("there is a `{}` already", name.text))
                .also(before, "the first one")
                .help(format!("call this one `{}2`", name.text)),
        );
        return false;
    }
    true
}

fn parameter(argument: &Argument, pace: Pace) -> Result<Parameter, Box<Diagnostic>> {
    let Some(name) = &argument.name else {
        let word = match &argument.value.kind {
            ExprKind::Name(word) => word.as_str(),
            _ => "cutoff",
        };
        return Err(Box::new(
            Diagnostic::error("parameter-without-default", argument.value.place, "a parameter has a default")
                .label("which also says what kind of quantity it is")
                .help(format!("{word}: 400Hz, or {word}: 0.5")),
        ));
    };
    let place = argument.value.place;
    if let ExprKind::Text(word) = &argument.value.kind
        && let Some(note) = key::note_number(word)
    {
        let default = Hz::from_note(note).0 as f32;
        return Ok(Parameter { name: Arc::from(name.text.as_str()), dimension: Dimension::Frequency, default });
    }
    let Some(number) = quantity(&argument.value) else {
        return Err(Box::new(
            Diagnostic::error("fixed-slot", place, format!("the default of `{}` is a plain value", name.text))
                .label("patterns come with the notes")
                .help(format!("{}: 400Hz here, .{}(sine.range(200, 2000)) in the track", name.text, name.text)),
        ));
    };
    let wrong = || {
        Box::new(
            Diagnostic::error("wrong-unit", place, format!("`{}` cannot have this unit", name.text))
                .help("Hz kHz ms s beats bars dB % st ct, or a bare number"),
        )
    };
    let dimension = dimension_of(number.unit).ok_or_else(wrong)?;
    let default = convert(number.value, number.unit, dimension, pace).ok_or_else(wrong)? as f32;
    Ok(Parameter { name: Arc::from(name.text.as_str()), dimension, default })
}
