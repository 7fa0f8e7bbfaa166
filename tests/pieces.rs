//! The pieces that teach, as they sound: near the loudness that each names, and nothing clipped.

#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

/// Twice the loudness goes by 10 LU; within this a listener reaches for no knob.
const NEAR: f64 = 2.5;

/// What the line `// loudness -14 LUFS` says in a text.
fn target(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix("// loudness ")).unwrap();
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
        let rendered = program::run(talea, &["render", piece.to_str().unwrap(), "-o", wav]);
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
