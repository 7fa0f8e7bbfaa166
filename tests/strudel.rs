//! Expressions written the way live coders write Strudel and Tidal: each is read without an edit, answers, and sounds.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use talea::base::diagnostic::Diagnostic;
use talea::base::time::{Span, Time};
use talea::files::project::Project;
use talea::pattern::Context;
use talea::render::offline::{self, Length};

/// At least so many tracks stand in the texts.
const EXPRESSIONS: usize = 200;

fn texts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strudel");
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "talea"));
    all.sort();
    all
}

#[test]
fn what_live_coders_write_is_read_and_answers() {
    let (mut count, mut wrong) = (0, Vec::new());
    for path in texts() {
        let version = Project::new(&path).load().unwrap();
        let errors = version.said.iter().filter(|said| Diagnostic::is_error(said));
        wrong.extend(errors.map(|said| said.one_line(&version.sources)));
        for track in &version.piece.tracks {
            count += 1;
            let span = Span::new(Time::ZERO, Time::int(8));
            let haps = track.pattern.as_ref().map_or(0, |pattern| pattern.query(span, &mut Context::new()).len());
            if haps == 0 {
                wrong.push(format!("{}: {} is silent", path.display(), track.name));
            }
        }
    }
    assert!(count >= EXPRESSIONS, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_live_coders_write_sounds() {
    for path in texts() {
        let version = Project::new(&path).load().unwrap();
        let mut peak = 0f32;
        offline::render(&version.score, 8_000, Length::Seconds(4.0), &mut |left, right| {
            peak = left.iter().chain(right).fold(peak, |peak, sample| peak.max(sample.abs()));
            true
        })
        .unwrap();
        assert!(peak > 0.01 && peak <= 1.0, "{}: {peak}", path.display());
    }
}
