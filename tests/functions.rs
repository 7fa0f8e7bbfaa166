//! The table of functions: every example can be read, is a track that leaves nothing to say, and sounds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::cli::words::{self, Sort};
use talea::files::project::Project;
use talea::model::functions;

/// What is said of a text as a piece.
fn said_of(project: &mut Project, text: &str) -> Vec<String> {
    let path = std::path::absolute("example.talea").unwrap_or_else(|_| PathBuf::from("example.talea"));
    project.stand_in(BTreeMap::from([(path, text.into())]));
    match project.load() {
        Ok(version) => version.said.iter().map(|said| said.one_line(&version.sources)).collect(),
        Err(refused) => vec![refused.said.message.clone()],
    }
}

#[test]
fn every_example_is_a_track_that_leaves_nothing_to_say() {
    let mut project = Project::new(Path::new("example.talea"));
    let mut wrong = Vec::new();
    for entry in words::all().iter().filter(|entry| entry.plays && !entry.example.is_empty()) {
        let example = &entry.example;
        let text = match entry.sort {
            Sort::Function | Sort::Control => format!("track: {example}\n"),
            Sort::Generator | Sort::Synth => continue, // the graphs' own tests play these
            _ => format!("drums: s(\"bd*4\")\n{example}\n"),
        };
        let mut said = said_of(&mut project, &text);
        // What a hand does is not all built; a picture is what the hint of its example is about.
        said.retain(|said| !said.ends_with("[not-yet]") && !said.ends_with("[drawn-by-itself]"));
        // The file of an example is the reader's own.
        said.retain(|said| !(said.contains("hall.wav") && said.ends_with("[sample-missing]")));
        if !said.is_empty() {
            wrong.push((entry.word, entry.example.clone(), said));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_example_sounds() {
    let span = Span::new(Time::ZERO, Time::int(8));
    let mut silent = Vec::new();
    for function in functions::table() {
        match query::haps(function.example, span) {
            Ok(haps) if !haps.is_empty() => {}
            Ok(_) if matches!(function.name, "never" | "fill" | "button" | "lastBar" | "cc" | "bypass") => {}
            other => silent.push((function.name, function.example, other.map(|haps| haps.len()))),
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn what_people_type_elsewhere_finds_its_function() {
    for (typed, meant) in
        [("speedup", "fast"), ("reverse", "rev"), ("repeat", "ply"), ("fst", "fast"), ("rnage", "range")]
    {
        let said = query::pattern(&format!("s(\"bd\").{typed}(2)"), &talea::model::scope::EmptyScope, 0).1;
        assert!(said[0].message.contains(&format!("`{meant}`")), "{typed}: {}", said[0].message);
    }
}

#[test]
fn one_mistake_is_said_once_and_two_are_said_both() {
    let codes = |text: &str| -> Vec<&str> {
        query::pattern(text, &talea::model::scope::EmptyScope, 0).1.iter().map(|d| d.code).collect()
    };
    assert_eq!(codes("s(\"bd\").fst(2).slow(2)"), ["unknown-function"]);
    assert_eq!(codes("stack(s(\"bd\").fst(2), s(\"sd\").gain(-3))"), ["unknown-function", "negative-factor"]);
    assert_eq!(codes("note(\"c2\").slow(2, 4)"), ["surplus-argument"]);
    assert_eq!(codes("note(\"c2\").off(1/8)"), ["missing-argument"]);
    assert_eq!(codes("knob(2kHz)"), ["missing-argument"]);
    assert_eq!(codes("note(\"c2\").eq(lowcut(30Hz))"), ["insert-as-function"]);
    assert_eq!(codes("n(\"0 2\").scale(\"c4:majr\")"), ["unknown-scale"]);
    assert_eq!(codes("chord(\"<C Xm7>\").voicing"), ["unknown-chord"]);
    assert_eq!(codes("s(\"bd\").lpf(\"400ms\")"), ["wrong-unit"]);
    assert_eq!(codes("s(\"bd sd\").every(4, \"1 2\")"), ["wrong-kind"]);
    assert_eq!(codes("s(\"bd sd\").gain(\"1 ~\")"), ["rest-in-control"]);
    assert_eq!(codes("s(\"bd sd\").gain(.5).gain(1)"), ["control-twice"]);
    assert_eq!(codes("note(\"c e\").add(7)"), ["which-control"]);
}
