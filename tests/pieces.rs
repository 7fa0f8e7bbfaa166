//! The pieces that teach, as they sound: near the loudness that each names, and nothing clipped.

#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

/// Twice the loudness goes by 10 LU; within this a listener reaches for no knob.
const NEAR: f64 = 2.5;

/// What the line `target -14LUFS` says in a text.
fn target(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix("target ")).unwrap();
    line.split("LUFS").next().unwrap().trim().parse().unwrap()
}

#[test]
fn each_piece_is_near_its_loudness_and_clips_nothing() {
    let Some(talea) = program::optimised() else { return };
    let folder = program::Folder::new();
    let wav = folder.path("piece.wav");
    let wav = wav.to_str().unwrap();
    let mut wrong = String::new();
    let mut pieces: Vec<_> =
        fs::read_dir(program::top().join("patterns")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pieces.retain(|path| path.extension().is_some_and(|extension| extension == "talea"));
    pieces.sort();
    assert!(pieces.len() >= 8);
    for piece in pieces {
        let rendered = program::run(talea, &["render", piece.to_str().unwrap(), "-o", wav, "--loudness", "off"]);
        // As it is heard: a piece leaves its file little to do.
        assert_eq!(rendered.code, 0, "{}: {}", piece.display(), rendered.err);
        let measured = program::run(talea, &["meter", wav, "--json"]);
        let measured: Value = serde_json::from_str(&measured.out).unwrap();
        let (loudness, peak) = (measured["integrated"].as_f64().unwrap(), measured["true_peak"].as_f64().unwrap());
        let target = target(&fs::read_to_string(&piece).unwrap());
        if (loudness - target).abs() > NEAR || peak > -0.9 {
            writeln!(wrong, "{}: {loudness:.1} LUFS for {target}, peak {peak:.2} dBTP", piece.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_whole_piece_is_brought_to_its_target_and_a_part_of_it_is_left_alone() {
    let Some(talea) = program::optimised() else { return };
    let (folder, piece) =
        program::Folder::with("target -23LUFS\nsong \"a\"\nsection a 2 { beat }\nbeat: s(\"bd*4, hh*8\")\n");
    let wav = folder.path("piece.wav");
    let (piece, wav) = (piece.to_str().unwrap(), wav.to_str().unwrap());
    let integrated = |arguments: &[&str]| {
        let all: Vec<&str> = ["render", piece, "-o", wav].into_iter().chain(arguments.iter().copied()).collect();
        let rendered = program::run(talea, &all);
        assert_eq!(rendered.code, 0, "{}", rendered.err);
        let measured = program::run(talea, &["meter", wav, "--json"]);
        let measured: Value = serde_json::from_str(&measured.out).unwrap();
        measured["integrated"].as_f64().unwrap()
    };
    let heard = integrated(&["--loudness", "off"]);
    assert!((heard + 23.0).abs() > 2.0, "the test piece is at its target already: {heard}");
    assert!((integrated(&[]) + 23.0).abs() < 0.1);
    assert!((integrated(&["--loudness", "-30"]) + 30.0).abs() < 0.1);
    assert!((integrated(&["--cycles", "0..2"]) - heard).abs() < 0.1);
}
