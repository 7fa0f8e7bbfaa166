//! The haps of every string of the oracle, against what Strudel 1.2.6 answers.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::Value as Json;
use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::pattern::harmony::note;

type Key = (Option<(Time, Time)>, String);

fn time(text: &Json) -> Option<Time> {
    let (over, under) = text.as_str()?.split_once('/')?;
    Some(Time::new(over.parse().ok()?, under.parse().ok()?))
}

/// Note names as numbers, truths as 1, numbers to nine places, hidden keys left out.
fn plain(value: &Json, key: &str) -> String {
    match value {
        Json::Object(map) => {
            let visible = map.iter().filter(|(key, _)| !key.starts_with('_'));
            let parts: BTreeMap<_, _> = visible.map(|(key, value)| (key, plain(value, key))).collect();
            format!("{parts:?}")
        }
        Json::Array(items) => items.iter().map(|item| plain(item, "")).collect::<Vec<_>>().join(":"),
        Json::String(word) => match note::number(word) {
            Some(number) if matches!(key, "note" | "value") => format!("{:.9}", number as f64),
            _ => word.clone(),
        },
        Json::Bool(flag) => format!("{:.9}", f64::from(u8::from(*flag))),
        Json::Number(number) => {
            let number = (number.as_f64().unwrap() * 1e9).round() / 1e9;
            format!("{:.9}", if number == 0.0 { 0.0 } else { number })
        }
        Json::Null => "null".to_string(),
    }
}

/// Fragments that touch are joined.
fn haps(line: &Json) -> Vec<(Key, Time, Time)> {
    let mut groups: BTreeMap<Key, Vec<(Time, Time)>> = BTreeMap::new();
    for hap in line["haps"].as_array().unwrap() {
        let whole = time(&hap["whole_begin"]).zip(time(&hap["whole_end"]));
        let key = (whole, plain(&hap["value"], "value"));
        groups.entry(key).or_default().push((time(&hap["begin"]).unwrap(), time(&hap["end"]).unwrap()));
    }
    let mut all = Vec::new();
    for (key, mut parts) in groups {
        parts.sort();
        let mut joined: Vec<(Time, Time)> = Vec::new();
        for (begin, end) in parts {
            match joined.last_mut() {
                Some(last) if last.1 == begin => last.1 = end,
                _ => joined.push((begin, end)),
            }
        }
        all.extend(joined.into_iter().map(|(begin, end)| (key.clone(), begin, end)));
    }
    all
}

/// The sources whose answers differ.
fn differing(text: &str, quoted: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let source = case["src"].as_str().unwrap();
        let sent = if quoted { format!("\"{source}\"") } else { source.to_string() };
        let span = Span::new(Time::ZERO, Time::int(4));
        let answer: Json = serde_json::from_str(&query::answer(&sent, span)).unwrap();
        let refused = !answer["error"].is_null();
        let wanted = case["error"].as_bool().unwrap_or(false);
        if refused != wanted || (!wanted && haps(&answer) != haps(&case)) {
            wrong.push(source.to_string());
        }
    }
    wrong
}

#[test]
fn every_mini_notation_string_sounds_as_in_strudel() {
    assert_eq!(differing(include_str!("oracle/mini.jsonl"), true), Vec::<String>::new());
}

#[test]
fn every_function_answers_as_in_strudel() {
    // Strudel's oracle has the innards of a JavaScript object where `pure` has a value.
    assert_eq!(differing(include_str!("oracle/functions.jsonl"), false), ["pure(\"a\")"]);
}
