//! The syntax against real texts: pieces that are right, pieces that are wrong, strings whose meaning is known.

#![allow(clippy::unwrap_used, reason = "a file of the tests that is missing fails them")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use talea::base::diagnostic::{Diagnostic, Severity};
use talea::base::source::{FileId, Source};
use talea::lang;

fn read(path: &Path) -> Source {
    Source::new(FileId(0), path, fs::read_to_string(path).unwrap())
}

fn pieces(folder: &str) -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn line(source: &Source, said: &Diagnostic) -> u32 {
    source.line_column(said.place.unwrap().start).line
}

fn lines(text: &str) -> Vec<String> {
    let source = Source::new(FileId(0), "x", text);
    let said = lang::parse(&source).1;
    said.iter().map(|said| format!("{}:{}", line(&source, said), said.code)).collect()
}

#[test]
fn every_piece_is_read_without_a_word() {
    let pieces = pieces("songs");
    assert_eq!(pieces.len(), 6);
    for source in pieces {
        let (file, said) = lang::parse(&source);
        let said: Vec<_> = said.iter().map(|said| said.one_line(std::slice::from_ref(&source))).collect();
        assert!(said.is_empty(), "{said:#?}");
        assert!(file.broken.is_empty() && !file.refused && file.items.len() > 2);
    }
}

/// The broken texts whose fault is one of syntax, with the line that their first comment names.
#[test]
fn a_broken_text_is_reported_on_its_line_and_nowhere_else() {
    let syntax = ["01", "02", "03", "04", "19", "28", "29"];
    let mut seen = Vec::new();
    for source in pieces("bad") {
        let name = source.path.file_name().unwrap().to_str().unwrap();
        let (file, said) = lang::parse(&source);
        let errors: Vec<u32> =
            said.iter().filter(|said| said.severity > Severity::Hint).map(|said| line(&source, said)).collect();
        if !errors.is_empty() || syntax.contains(&&name[..2]) {
            let wanted: u32 = source.text["// line ".len()..].split(':').next().unwrap().parse().unwrap();
            assert_eq!(errors, [wanted], "{name}");
            assert_eq!(file.broken.len(), 1, "{name}");
            seen.push(name[..2].to_owned());
        } else {
            assert!(file.broken.is_empty(), "{name}");
        }
    }
    assert!(syntax.iter().all(|name| seen.iter().any(|other| other == name)), "{seen:?}");
}

#[test]
fn the_line_after_an_open_bracket_is_read_as_if_nothing_had_happened() {
    let source = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/01-paren-open.talea"));
    let (file, said) = lang::parse(&source);
    assert_eq!(source.line_column(said[0].place.unwrap().start).column, 9);
    assert_eq!(file.items.len(), 1);
    assert_eq!(file.broken[0].0, "drums");
    assert!(source.at(file.items[0].place).starts_with("bass:"));
}

/// Expressions that Strudel understands are read; strings that it refuses are refused.
#[test]
fn strings_are_refused_exactly_where_they_should_be() {
    let mut wrong = Vec::new();
    for (name, quote) in [("mini", true), ("functions", false)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name).with_extension("jsonl");
        for case in fs::read_to_string(path).unwrap().lines() {
            let case: Value = serde_json::from_str(case).unwrap();
            let text = case["src"].as_str().unwrap();
            let text = if quote { format!("\"{text}\"") } else { text.to_owned() };
            let source = Source::new(FileId(0), "x", text.as_str());
            let (found, said) = lang::parse_expression(&source);
            assert_eq!(found.is_none(), said.iter().any(Diagnostic::is_error), "{text}");
            if found.is_none() != (case["error"] == true) {
                wrong.push((text, said.iter().map(|said| said.message.clone()).collect::<Vec<_>>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn several_faults_are_reported_at_once() {
    let text =
        "a: s(\"bd\"\nb: x == 1\nc: n(\"0 2\").fast(2)\nd: \"bd [sd\"\nmix a { gain -3dB, eq(low }\ne: s(\"hh\")";
    assert_eq!(lines(text), ["1:unclosed-bracket", "2:double-equals", "4:mini-unclosed", "5:unclosed-bracket"]);
}
