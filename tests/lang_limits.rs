//! What a piece may ask for, and what names and values mean where two readings are near: each as its texts say it.

#![allow(clippy::unwrap_used)]

use std::fs;

use talea::base::diagnostic::{Diagnostic, Severity};
use talea::base::time::{Span, Time};
use talea::files::project::{Project, Version};
use talea::model::piece::Piece;
use talea::pattern::{Context, Value};

fn load(text: &str) -> Version {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piece.talea");
    fs::write(&path, text).unwrap();
    Project::new(&path).load().unwrap()
}

/// So many lines, each from its number.
fn lines(count: usize, line: &dyn Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// The codes of what is said, the hints left out.
fn codes(text: &str) -> Vec<&'static str> {
    load(text).said.iter().filter(|said| said.severity != Severity::Hint).map(|said| said.code).collect()
}

/// The values of a control in the first cycles of a track.
fn values(piece: &Piece, track: &str, control: &str, cycles: i64) -> Vec<String> {
    let pattern = piece.track(track).unwrap().pattern.clone().unwrap();
    let mut haps = pattern.query(Span::new(Time::ZERO, Time::int(cycles)), &mut Context::new());
    haps.sort_by_key(|hap| hap.part.begin);
    let of = |value: &Value| value.controls().and_then(|map| map.get(control)).map(ToString::to_string);
    haps.iter().filter_map(|hap| of(&hap.value)).collect()
}

#[test]
fn more_events_a_second_than_can_be_played_are_refused_and_the_rest_plays() {
    let version = load("tempo 1000\nmeter 1/32\nmany: s(\"bd*9999\")\nfew: s(\"bd*2\")\n");
    let said: Vec<_> = version.said.iter().filter(|said| Diagnostic::is_error(said)).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].code, "too-dense");
    assert!(said[0].message.contains("a second") && said[0].help.as_ref().unwrap().contains("7.5 ms"), "{:?}", said[0]);
    assert!(version.piece.track("many").unwrap().pattern.is_none());
    assert!(version.piece.track("few").unwrap().pattern.is_some());
}

#[test]
fn the_densest_bar_plays_at_any_usual_tempo_and_tracks_share_a_second() {
    assert_eq!(codes("tempo 300\na: s(\"bd*9999\")"), [""; 0]);
    let many = lines(10, &|at| format!("t{at}: s(\"bd*9000\")\n"));
    // 4,500 a second each: the ninth and the tenth are too many.
    assert_eq!(codes(&many), ["too-dense"; 2]);
}

#[test]
fn a_section_that_is_faster_says_which_it_is() {
    let version = load("a: s(\"bd*5000\")\nsection slow 1 { a }\nsection rush 1 { tempo 1000, a }\n");
    let said: Vec<_> = version.said.iter().filter(|said| Diagnostic::is_error(said)).collect();
    assert_eq!(said.len(), 0, "{said:?}");
    let version =
        load("a: s(\"bd*5000\")\nsection slow 1 { a }\nsection rush 1 { tempo \"<900 1000>\", meter 1/4, a }\n");
    let said: Vec<_> = version.said.iter().filter(|said| Diagnostic::is_error(said)).collect();
    assert!(said.len() == 1 && said[0].message.contains("section `rush`"), "{said:?}");
    assert!(version.piece.track("a").unwrap().pattern.is_some());
}

#[test]
fn functions_that_double_with_each_call_are_refused() {
    let doubling = lines(40, &|at| format!("f{at}(x) = f{}(f{}(x))\n", at + 1, at + 1));
    assert_eq!(codes(&format!("{doubling}f40(x) = x.fast(1)\na: s(\"bd\").f0")), ["too-large"]);
    assert_eq!(codes("f(x) = g(x)\ng(x) = stack(f(x), f(x))\na: s(\"bd\").f"), ["circle"]);
    // Twenty calls of a function that calls ten others are no such thing.
    let helpers = lines(10, &|at| format!("h{at}(x) = x.speed({at})\n"));
    let chain = lines(10, &|at| format!(".h{at}"));
    let calls = ".all10".repeat(20);
    assert_eq!(codes(&format!("{helpers}all10(x) = x{chain}\na: s(\"bd\"){calls}")), [""; 0]);
}

#[test]
fn a_track_may_be_called_like_a_control() {
    let version = load("s: n(\"0 2\").scale(\"c:minor\").s(\"sawtooth\")\nnote: note(\"c e\").s(\"sine\")\nb: s\n");
    assert_eq!(version.said.iter().filter(|said| said.is_error()).count(), 0, "{:?}", version.said);
    assert_eq!(values(&version.piece, "b", "s", 1), ["sawtooth", "sawtooth"]);
    assert_eq!(codes("a: b.fast(2)\nb: a.slow(2)"), ["circle"]);
}

#[test]
fn spread_with_a_number_is_how_far_voices_stand_apart() {
    let version = load("a: note(\"c\").s(\"supersaw\").spread(.3)\nb: s(\"bd sd\").spread(fast, [1, 2])\n");
    assert_eq!(values(&version.piece, "a", "unisonspread", 1), ["0.3"]);
    assert_eq!(values(&version.piece, "b", "s", 2).len(), 6);
}

#[test]
fn a_decimal_comma_in_a_string_is_warned_and_a_chord_is_not() {
    assert_eq!(codes("a: s(\"bd\").gain(\"0,5\")"), ["decimal-comma"]);
    assert_eq!(codes("a: s(\"bd\").pan(\"0,1\")\nb: note(\"0,7\").s(\"sine\")\nc: s(\"bd\").room(\"0, 5\")"), [""; 0]);
}

#[test]
fn numerals_and_degrees_follow_a_key_that_moves() {
    let version = load("key \"<a:minor c:major>\"\na: chord(\"i V\")\nb: chord(\"i4 v7\")\n");
    assert_eq!(version.said.iter().filter(|said| said.is_error()).count(), 0, "{:?}", version.said);
    assert_eq!(values(&version.piece, "a", "chord", 2), ["Am", "E", "Cm", "G"]);
    assert_eq!(values(&version.piece, "b", "chord", 2), ["A4", "Em7", "C4", "Gm7"]);
    assert_eq!(codes("key \"<a:minor c:majr>\"\na: s(\"bd\")"), ["unknown-scale"]);
    assert_eq!(codes("key \"c minor\"\na: s(\"bd\")"), ["mini-near-miss"]);
}

#[test]
fn knobs_in_two_strips_are_two_knobs_and_a_definition_is_one() {
    let names =
        |text: &str| -> Vec<String> { load(text).piece.hands.iter().map(|(name, _)| name.to_string()).collect() };
    let tracks = "a: s(\"bd\")\nb: s(\"sd\")\n";
    let apart =
        format!("{tracks}mix a {{ gain knob(.5, 0, 1) }}\nmix b {{ gain knob(.7, 0, 1), pan knob(.5, 0, 1) }}\n");
    assert_eq!(names(&apart), ["a.gain", "b.gain", "b.pan"]);
    let shared = format!("tone = knob(.5, 0, 1)\n{tracks}mix a {{ gain tone }}\nmix b {{ gain tone }}\n");
    assert_eq!(names(&shared), ["tone"]);
}

#[test]
fn names_that_have_no_place_here_say_what_to_write() {
    for (text, help) in [
        ("chord(\"C\").arpWith(x => x)", "arp("),
        ("n(\"0 1\").xen(\"31edo\")", "scale(\"c:31edo\")"),
        ("n(\"0 1\").tune('hexany15')", "tuning 'just'"),
        ("s(\"bd\").withHap(x => x)", ".apply("),
        ("note(\"c\").midi()", "port 'Juno-6'"),
    ] {
        let version = load(&format!("a: {text}"));
        let said = version.said.iter().find(|said| said.is_error()).unwrap();
        assert!(said.code == "other-language" && said.help.as_ref().unwrap().contains(help), "{text}: {said:?}");
    }
    assert_eq!(codes("a: s(\"bd\").backgroundImage('x.png')"), [""; 0]);
}
