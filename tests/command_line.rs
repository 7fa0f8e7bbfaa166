//! The command line: its forms, its exit codes, and the texts that every talea must accept or refuse. `LANGUAGE.md` of the
//! design fixes them, and checks outside of the project rely on them.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use program::{Folder, Playing, Ran, run, run_with, top};
use serde_json::Value as Json;

/// Built with this test, so never old; not optimised.
fn talea() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_talea"))
}

fn ran(arguments: &[&str]) -> Ran {
    run(talea(), arguments)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// The pieces of a folder of the repository, in order.
fn pieces(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(top().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut pieces: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "talea")).collect();
    pieces.sort();
    assert!(pieces.len() > 5, "{folder}");
    pieces
}

/// What `check --json` says of a file, a line each.
fn checked(path: &Path) -> (i32, Vec<Json>) {
    let ran = ran(&["check", "--json", &name(path)]);
    let said = ran.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    (ran.code, said)
}

fn errors(said: &[Json]) -> Vec<String> {
    let errors = said.iter().filter(|said| said["severity"] == "error");
    errors.map(|said| format!("{}:{}: {}", said["file"], said["line"], said["message"])).collect()
}

#[test]
fn check_says_where_and_exits_with_1_where_there_is_an_error() {
    let (_folder, piece) = Folder::with("drums: s(\"bd*4\")\nbass: note(\"c2\").s(\"sine\").fst(2)\n");
    let checked = ran(&["check", &name(&piece)]);
    assert_eq!(checked.code, 1);
    assert!(checked.out.starts_with(&format!("{}:2:28: error: ", name(&piece))), "{}", checked.out);
    assert!(checked.out.contains("did you mean `fast`"), "{}", checked.out);

    let (_folder, good) = Folder::with("drums: s(\"bd*4\")\n");
    assert_eq!(ran(&["check", &name(&good)]).code, 0);
    // One of several is enough.
    assert_eq!(ran(&["check", &name(&good), &name(&piece)]).code, 1);
    // Warnings alone are no failure.
    let (_folder, doubtful) = Folder::with("drums: s(\"bd*4\").gain(.5).gain(.8)\n");
    let checked = ran(&["check", &name(&doubtful)]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    assert!(checked.out.contains(": warning: "), "{}", checked.out);
}

#[test]
fn check_in_json_has_exactly_the_named_keys() {
    let (_folder, piece) = Folder::with("// é\ndrums: s(\"bd hhh\")\n");
    let (code, said) = checked(&piece);
    assert_eq!((code, said.len()), (1, 1), "{said:?}");
    let keys: BTreeSet<&str> = said[0].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["severity", "code", "message", "file", "line", "column", "end_line", "end_column", "help"];
    assert_eq!(keys, BTreeSet::from(wanted));
    let place = |key: &str| said[0][key].as_u64().unwrap();
    assert_eq!((place("line"), place("column"), place("end_line"), place("end_column")), (2, 14, 2, 17));
    assert_eq!((said[0]["severity"].as_str(), said[0]["file"].as_str()), (Some("error"), Some(&*name(&piece))));
    assert!(said[0]["message"].as_str().unwrap().contains("hhh"));
    assert!(said[0]["help"].as_str().unwrap().contains("hh"));
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = Folder::new();
    let out = name(&folder.path("out.wav"));
    for wrong in [
        &["rendr"][..],
        &["rendr", "x.talea"],
        &[],
        &["check"],
        &["check", "--loud", "x.talea"],
        &["render", "x.talea"],
        &["play", "no-such-piece.talea", "--headless", "--audio", "null", "--for", "1s"],
        &["no-such-piece.talea"],
        &["render", "no-such-piece.talea", "-o", &out],
        &["check", "no-such-piece.talea"],
        &["query", "no-such-piece.talea"],
        &["meter", "no-such-sound.wav"],
        &["query", "-e", "s(\"bd\")", "--cycles", "4"],
        &["play", "x.talea", "--audio", "loud"],
    ] {
        let ran = ran(wrong);
        assert_eq!(ran.code, 2, "talea {wrong:?}: {}{}", ran.out, ran.err);
        assert!(!ran.err.is_empty() || !ran.out.is_empty(), "talea {wrong:?} says nothing");
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
    for right in [&["--help"][..], &["--version"], &["render", "--help"]] {
        assert_eq!(ran(right).code, 0, "talea {right:?}");
    }
}

#[test]
fn what_the_machine_refuses_exits_with_3() {
    let (folder, piece) = Folder::with("drums: s(\"bd*4\")\n");
    let piece = name(&piece);
    for out in [folder.path("nowhere/out.wav"), PathBuf::from("/proc/out.wav"), folder.path("")] {
        let ran = ran(&["render", &piece, "-o", &name(&out), "--seconds", "1"]);
        assert_eq!(ran.code, 3, "-o {}: {}", out.display(), ran.err);
        assert!(!ran.err.is_empty() && !ran.err.contains("panicked"), "{}", ran.err);
    }
    // A device that was asked for by name.
    let ran = ran(&["play", &piece, "--headless", "--audio", "alsa:no_such_device", "--for", "1s"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
}

#[test]
fn a_full_disk_leaves_no_half_file_and_exits_with_3() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let (_folder, piece) = Folder::with("drums: s(\"bd*4\")\n");
    let ran = ran(&["render", &name(&piece), "-o", "/dev/full", "--seconds", "2"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
}

#[test]
fn a_render_is_as_long_as_was_asked_for() {
    let (folder, piece) = Folder::with("tempo 240\n$: s(\"hh*4\")\n");
    let piece = name(&piece);
    let out = folder.path("out.wav");
    let frames = |arguments: &[&str]| {
        let out_name = name(&out);
        let all = [&["render", &piece, "-o", &out_name], arguments].concat();
        let ran = ran(&all);
        assert_eq!(ran.code, 0, "talea {all:?}: {}", ran.err);
        let wav = hound::WavReader::open(&out).unwrap();
        (wav.duration(), wav.spec())
    };
    for (seconds, length) in [("1", 48_000), ("0.5", 24_000), ("1.25", 60_000), ("0.00003", 1), ("0", 0)] {
        assert_eq!(frames(&["--seconds", seconds]).0, length, "--seconds {seconds}");
    }
    assert_eq!(frames(&["--seconds", "1", "--rate", "44100"]).0, 44_100);
    // Two cycles of a second, and then the tail.
    let (two, spec) = frames(&["--cycles", "0..2"]);
    assert!((96_000..48_000 * 6).contains(&two), "{two}");
    assert_eq!((spec.bits_per_sample, spec.channels, spec.sample_rate), (24, 2, 48_000));
    let (later, spec) = frames(&["--cycles", "6..8", "--bits", "16"]);
    assert_eq!((later, spec.bits_per_sample), (two, 16));
    assert!(frames(&[]).0 >= 8 * 48_000, "eight cycles without a song");
    let (_, spec) = frames(&["--seconds", "0.1", "--bits", "32f", "--threads", "2"]);
    assert_eq!((spec.bits_per_sample, spec.sample_format), (32, hound::SampleFormat::Float));
}

#[test]
fn a_piece_with_errors_is_not_rendered() {
    let (folder, piece) = Folder::with("drums: s(\"bd*4\").fst(2)\n");
    let out = folder.path("out.wav");
    let ran = ran(&["render", &name(&piece), "-o", &name(&out), "--seconds", "1"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!out.exists() && ran.err.contains("fast"), "{}", ran.err);
}

#[test]
fn a_new_piece_checks_clean_and_overwrites_nothing() {
    let folder = Folder::new();
    let dir = folder.path("mine");
    assert_eq!(ran(&["new", &name(&dir)]).code, 0);
    let (code, said) = checked(&dir.join("piece.talea"));
    assert_eq!((code, said), (0, vec![]));
    fs::write(dir.join("piece.talea"), "mine").unwrap();
    assert_ne!(ran(&["new", &name(&dir)]).code, 0);
    assert_eq!(fs::read_to_string(dir.join("piece.talea")).unwrap(), "mine");
}

#[test]
fn completions_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = ran(&["completions", shell]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("talea") && ran.out.contains("render"), "{shell}");
    }
    assert_eq!(ran(&["completions", "tin"]).code, 2);
}

#[test]
fn query_shows_haps_of_an_expression_and_of_a_piece() {
    let shown = ran(&["query", "-e", "s(\"bd sd\")"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("bd") && shown.out.contains("sd"), "{}", shown.out);
    let (_folder, piece) = Folder::with("drums: s(\"bd*4\")\nbass: note(\"c2\").s(\"sine\")\n");
    let shown = ran(&["query", &name(&piece), "--cycles", "0..2"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("drums") && shown.out.contains("sine"), "{}", shown.out);
    assert_eq!(ran(&["query", "-e", "s(\"bd\").fst(2)"]).code, 1);
}

#[test]
fn query_in_batches_answers_each_line_with_a_line() {
    let input = "\"a b\"\ns(\"bd*\")\nn(\"0 [1 2]\").fast(2)\n";
    let ran = run_with(talea(), &["query", "--batch", "--cycles", "0..2", "--json"], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let answers: Vec<Json> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3);
    for (answer, line) in answers.iter().zip(input.lines()) {
        let keys: BTreeSet<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["src", "haps", "error"]));
        assert_eq!(answer["src"], line);
    }
    let haps = answers[0]["haps"].as_array().unwrap();
    assert_eq!((haps.len(), answers[2]["haps"].as_array().unwrap().len()), (4, 12));
    let keys: BTreeSet<&str> = haps[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["begin", "end", "whole_begin", "whole_end", "value"]));
    assert_eq!((haps[1]["begin"].as_str(), haps[1]["value"].as_str()), (Some("1/2"), Some("b")));
    assert!(answers[0]["error"].is_null() && answers[1]["haps"] == Json::Array(vec![]));
    assert!(answers[1]["error"].as_str().is_some_and(|said| !said.is_empty()));
}

#[test]
fn a_file_alone_plays_without_a_screen_where_there_is_no_terminal() {
    let (folder, piece) = Folder::with("drums: s(\"bd*4\")\n");
    let log = folder.path("set.log");
    let ran = ran(&[&name(&piece), "--audio", "null", "--for", "1s", "--log", &name(&log)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("v1 plays") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    assert!(fs::read_to_string(&log).unwrap().lines().count() >= 3);
}

#[test]
fn playing_ends_by_itself_or_when_it_is_told_to() {
    let (folder, piece) = Folder::with("drums: s(\"bd*4\")\n");
    let took = program::seconds(|| {
        let mut playing = Playing::start(talea(), &folder, &piece, &["--audio", "null", "--for", "1s"]);
        assert_eq!(playing.finish(Duration::from_secs(20)), 0, "{}", playing.said());
    });
    assert!(took >= 1.0, "{took}");
    let mut playing = Playing::start(talea(), &folder, &piece, &["--audio", "null"]);
    playing.until_said("v1 plays", 1);
    assert_eq!(playing.stop(), 0, "{}", playing.said());
}

#[test]
fn what_is_recorded_is_what_was_played() {
    let (folder, piece) = Folder::with("tempo 240\n$: s(\"bd*4\")\n");
    let out = folder.path("take.wav");
    let mut playing =
        Playing::start(talea(), &folder, &piece, &["--audio", "null", "--for", "2s", "--record", &name(&out)]);
    assert_eq!(playing.finish(Duration::from_secs(30)), 0, "{}", playing.said());
    let recorded = program::sound::read(&out);
    let rendered = program::sound::render(talea(), &piece, &["--seconds", "2"]);
    let same = program::sound::assert_same(&recorded, &rendered, Some(48_000 * 3 / 2), "the take");
    assert!(same > 48_000, "{same} frames");
}

#[test]
fn every_piece_checks_without_an_error() {
    for piece in pieces("patterns").into_iter().chain(pieces("tests/songs")) {
        let (code, said) = checked(&piece);
        assert_eq!(errors(&said), [] as [String; 0], "{}", piece.display());
        assert_eq!(code, 0, "{}", piece.display());
    }
    // The lessons use nothing that is not built.
    for piece in pieces("patterns") {
        let (_, said) = checked(&piece);
        let not_yet: Vec<_> = said.iter().filter(|said| said["code"] == "not-yet").collect();
        assert!(not_yet.is_empty(), "{}: {not_yet:?}", piece.display());
    }
}

#[test]
fn every_bad_text_is_refused_on_its_line() {
    for piece in pieces("tests/bad") {
        let (code, said) = checked(&piece);
        let file = piece.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&piece).unwrap();
        let wanted: u64 = text["// line ".len()..].split(':').next().unwrap().parse().unwrap();
        let lines: Vec<u64> =
            said.iter().filter(|said| said["severity"] == "error").filter_map(|said| said["line"].as_u64()).collect();
        assert_eq!(code, 1, "{file}: {said:#?}");
        assert!(lines.contains(&wanted), "{file}: an error on line {wanted}, not {lines:?}: {:?}", errors(&said));
        // Few errors that follow from others.
        assert!(lines.len() <= 2, "{file}: {:?}", errors(&said));
        let columns = said.iter().all(|said| said["column"].as_u64() >= Some(1));
        assert!(columns, "{file}: {said:#?}");
    }
}
