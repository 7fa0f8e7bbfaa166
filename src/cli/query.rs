//! `talea query`: the haps of an expression, as a table or as JSON, one expression or a line each of many.
//!
//! Invariant: the JSON form is fixed; checks outside of the project read it.

use std::fmt::Write as _;
use std::io::{BufRead, Write};

use serde_json::{Value as Json, json};

use crate::base::diagnostic::Diagnostic;
use crate::base::source::{FileId, Source};
use crate::base::time::{Span, Time};
use crate::model::expression::Evaluator;
use crate::model::scope::{EmptyScope, Scope};
use crate::pattern::{Context, Controls, Hap, Pattern, Value};

/// What a query asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// One expression; without it (and with `batch`) a line each from standard input.
    pub expression: Option<String>,
    /// Many expressions.
    pub batch: bool,
    /// Which cycles, half open.
    pub cycles: Span,
    /// As JSON.
    pub json: bool,
}

/// `A..B` as cycles; decimals and fractions are exact.
pub fn cycles(text: &str) -> Option<Span> {
    let (begin, end) = text.split_once("..")?;
    let span = Span::new(time(begin)?, time(end)?);
    (span.begin < span.end).then_some(span)
}

fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    if let Some((over, under)) = text.split_once('/') {
        return Time::int(over.parse().ok()?).checked_div(Time::int(under.parse().ok()?));
    }
    match text.parse::<i64>() {
        Ok(number) => Some(Time::int(number)),
        Err(_) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Time::from_f64),
    }
}

/// The pattern of an expression, or what is wrong with it.
pub fn pattern(text: &str, scope: &dyn Scope, seed: u64) -> (Option<Pattern>, Vec<Diagnostic>) {
    let source = Source::new(FileId(0), "query", text);
    let (expr, mut said) = crate::lang::parse_expression(&source);
    let Some(expr) = expr.filter(|_| !said.iter().any(Diagnostic::is_error)) else {
        return (None, said);
    };
    let mut evaluator = Evaluator::new(scope, seed, &["$", text]);
    let pattern = evaluator.pattern(&expr);
    said.extend(evaluator.diagnostics());
    crate::model::build::settle(&mut said);
    (pattern, said)
}

/// The haps of an expression, sorted, or one sentence of what is wrong.
pub fn haps(text: &str, span: Span) -> Result<Vec<Hap>, String> {
    let (pattern, said) = pattern(text, &EmptyScope, 0);
    let pattern = pattern.ok_or_else(|| {
        said.iter().find(|d| d.is_error()).map_or_else(|| "nothing to play".to_string(), |d| d.message.clone())
    })?;
    let mut ctx = Context::new();
    let mut haps = pattern.compiled().query(span, &mut ctx);
    if ctx.exhausted() {
        return Err("too dense: more events than can be played".to_string());
    }
    haps.sort_by(|a, b| a.part.cmp(&b.part).then(a.whole.cmp(&b.whole)));
    Ok(haps)
}

/// Controls under the names that the form has always had.
fn outside(name: &str) -> &str {
    match name {
        "lpf" => "cutoff",
        "hpf" => "hcutoff",
        "lpq" => "resonance",
        "hpq" => "hresonance",
        "bpf" => "bandf",
        "bpq" => "bandq",
        "fm" => "fmi",
        other => other,
    }
}

fn number(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

fn controls(map: &Controls) -> Json {
    let visible = map.iter().filter(|(name, _)| !name.as_str().starts_with('_'));
    Json::Object(visible.map(|(name, value)| (outside(name.as_str()).to_string(), value_json(value))).collect())
}

/// A value in the fixed form.
pub fn value_json(value: &Value) -> Json {
    match value {
        Value::Number(time) => number(time.to_f64()),
        Value::Float(float) => number(*float),
        Value::Quantity(..) => json!(value.to_string()),
        Value::Word(word) => json!(&**word),
        Value::Bool(flag) => json!(flag),
        Value::Live(live) => value_json(&live.now),
        Value::List(list) => Json::Array(list.iter().map(value_json).collect()),
        Value::Map(map) => controls(map),
    }
}

/// A hap in the fixed form; `shift` only where there is one.
pub fn hap_json(hap: &Hap) -> Json {
    let mut json = json!({
        "begin": hap.part.begin.to_string(),
        "end": hap.part.end.to_string(),
        "whole_begin": hap.whole.map(|whole| whole.begin.to_string()),
        "whole_end": hap.whole.map(|whole| whole.end.to_string()),
        "value": value_json(&hap.value),
    });
    if let (true, Some(object)) = (hap.shift != 0.0, json.as_object_mut()) {
        object.insert("shift".to_string(), json!(hap.shift));
    }
    json
}

/// One expression and its answer, as a line of JSON. It is written hap by hap: a tree of them all would be large.
pub fn answer(text: &str, span: Span) -> String {
    let (haps, error) = match haps(text, span) {
        Ok(haps) => (haps, Json::Null),
        Err(message) => (Vec::new(), json!(message)),
    };
    let mut line = format!("{{\"error\":{error},\"haps\":[");
    for (at, hap) in haps.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(line, "{comma}{}", hap_json(hap));
    }
    let _ = write!(line, "],\"src\":{}}}", json!(text));
    line
}

/// The haps as a table for people.
pub fn table(haps: &[Hap]) -> String {
    let mut text = String::new();
    for hap in haps {
        let whole = hap.whole.map_or_else(|| "~".to_string(), |whole| format!("{} .. {}", whole.begin, whole.end));
        let part = format!("{} .. {}", hap.part.begin, hap.part.end);
        let mark = if hap.has_onset() { ' ' } else { '(' };
        let shift = if hap.shift == 0.0 { String::new() } else { format!("  {:+.1} ms", hap.shift * 1000.0) };
        let _ = writeln!(text, "{mark}{part:<20} {whole:<20} {}{shift}", hap.value);
    }
    text
}

/// Runs the command; the exit code is 0, or 1 where the expression has errors.
pub fn run(options: &Options, input: impl BufRead, output: &mut impl Write) -> std::io::Result<i32> {
    if options.batch {
        for line in input.lines() {
            writeln!(output, "{}", answer(&line?, options.cycles))?;
        }
        return Ok(0);
    }
    let text = options.expression.as_deref().unwrap_or_default();
    if options.json {
        writeln!(output, "{}", answer(text, options.cycles))?;
        return Ok(i32::from(haps(text, options.cycles).is_err()));
    }
    let source = Source::new(FileId(0), "query", text);
    let (pattern, said) = pattern(text, &EmptyScope, 0);
    for diagnostic in said {
        writeln!(output, "{}", diagnostic.one_line(std::slice::from_ref(&source)))?;
    }
    if pattern.is_none() {
        return Ok(1);
    }
    match haps(text, options.cycles) {
        Ok(haps) => {
            write!(output, "{}", table(&haps))?;
            Ok(0)
        }
        Err(message) => {
            writeln!(output, "error: {message}")?;
            Ok(1)
        }
    }
}
