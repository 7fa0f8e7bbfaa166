//! Tunings as they sound: a key of a Scala file beside the piece has the frequency that the file says.

#![allow(clippy::unwrap_used)]

use std::fs;

use talea::base::diagnostic::Diagnostic;
use talea::files::project::Project;
use talea::render::offline::{self, Length};

const RATE: u32 = 48_000;

/// How often a piece of one held sine swings in a second.
fn frequency(text: &str, scala: &str) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.scl"), scala).unwrap();
    let path = folder.path().join("piece.talea");
    fs::write(&path, text).unwrap();
    let version = Project::new(&path).load().unwrap();
    let errors: Vec<_> = version.said.iter().filter(|said| Diagnostic::is_error(said)).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let (mut last, mut rises, mut first, mut at, mut end) = (0f32, 0u32, 0u64, 0u64, 0u64);
    offline::render(&version.score, RATE, Length::Seconds(1.0), &mut |left, _| {
        for sample in left {
            if last < 0.0 && *sample >= 0.0 {
                if rises == 0 {
                    first = at;
                }
                (rises, end) = (rises + 1, at);
            }
            (last, at) = (*sample, at + 1);
        }
        true
    })
    .unwrap();
    f64::from(rises - 1) * f64::from(RATE) / (end - first) as f64
}

#[test]
fn a_key_of_a_scala_file_sounds_where_the_file_says() {
    let scala = "! own.scl\nThree steps\n3\n5/4\n3/2\n2/1\n";
    let c4 = 261.625_565;
    for (key, ratio) in [(60, 1.0), (61, 1.25), (62, 1.5), (63, 2.0), (59, 0.75)] {
        let found = frequency(&format!("tuning 'own.scl'\na: note({key}).s(\"sine\").release(1)"), scala);
        assert!((found / (c4 * ratio) - 1.0).abs() < 0.002, "{key}: {found} Hz");
    }
    let found = frequency("tuning '19edo'\na: note(79).s(\"sine\")", scala);
    assert!((found / (2.0 * c4) - 1.0).abs() < 0.002, "{found} Hz");
}
