//! What is said of each mistake, as a person sees it: a small text for each code, and a snapshot of the painted words.

#![allow(clippy::unwrap_used, reason = "a text that cannot be read fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Codes without a small text: the machine says them, or a text that is large.
const ELSEWHERE: &[&str] = &[
    // the machine
    "device-found",
    "device-lost",
    "disk-full",
    "folder-missing",
    "log-unwritable",
    "no-device",
    "no-midi-port",
    "no-permission",
    "no-thread",
    "no-version-before",
    "recording",
    "rig-refused",
    "wav-too-long",
    "watch-failed",
    "watch-limit",
    "watch-unavailable",
    "write-failed",
    "xrun",
    // files that are there and wrong: `tests/bad_input.rs`
    "file-is-folder",
    "file-too-large",
    "file-unreadable",
    "kit-empty",
    "kit-not-folder",
    "kit-too-large",
    "kit-unreadable",
    "sample-broken",
    "sample-cut-short",
    "sample-empty",
    "sample-format",
    "sample-is-folder",
    "sample-missing",
    "sample-no-room",
    "sample-too-large",
    "sample-too-long",
    "sample-unreadable",
    // sound fonts: `tests/sampled`
    "font-broken",
    "font-left-out",
    "no-preset",
    "samples-too-large",
    // large texts: `tests/hostile`
    "chain-too-long",
    "graph-too-large",
    "mini-chain-too-long",
    "mini-too-deep",
    "mini-too-long",
    "more",
    "too-deep",
    "too-large",
    "too-many-inserts",
    "too-many-problems",
    "too-many-tracks",
];

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics"))
}

/// The codes that have a text, in the order of the alphabet.
fn codes() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut codes: Vec<String> = names.filter_map(|name| name.strip_suffix(".talea").map(str::to_owned)).collect();
    codes.sort();
    codes
}

/// The text, and what `talea check` prints of it.
fn painted(code: &str) -> String {
    let name = format!("{code}.talea");
    let ran = Command::new(env!("CARGO_BIN_EXE_talea")).current_dir(folder()).args(["check", &name]).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn each_mistake_says_where_why_and_what_to_type() {
    let settings = {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("diagnostics");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    let mut other = Vec::new();
    for code in codes() {
        let painted = painted(&code);
        if !painted.contains(&format!("[{code}]")) {
            other.push(format!("{code} is not said, but:\n{painted}"));
        }
        settings.bind(|| insta::assert_snapshot!(code.as_str(), painted));
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
}

#[test]
fn each_code_of_the_manual_has_its_text() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/manual/errors.md")).unwrap();
    let explained: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes = codes();
    let shown: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().copied().collect();
    let missing: Vec<_> = explained.difference(&shown).filter(|code| !elsewhere.contains(*code)).collect();
    assert!(missing.is_empty(), "tests/diagnostics has no text for {missing:?}");
    let stale: Vec<_> = shown.union(&elsewhere).filter(|code| !explained.contains(*code)).collect();
    assert!(stale.is_empty(), "docs/manual/errors.md does not explain {stale:?}");
    assert!(shown.len() >= 40);
}
