//! From the text to a score that is ready, as after a save: for a page (goal: under 1 ms) and for 1,000 lines (10 ms).
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use talea::files::project::Project;

/// A page: what fits on a screen or two.
const PAGE: &str = include_str!("../patterns/6-sections-and-song.talea");

/// The most tracks of a piece.
const TRACKS: usize = 200;

/// A text of 1,000 lines: tracks as they are written, each with its strip, in a few sections.
fn thousand_lines() -> String {
    let mut text = String::from("tempo 124\nkey \"a:minor\"\nseed 3\n");
    // As many tracks as a piece may have, each over a few lines.
    for track in 0..TRACKS {
        let _ = match track % 3 {
            0 => writeln!(
                text,
                "drums{track}: s(\"bd*4, [~ sd]*2, hh(5,8,<0 2>)\")\n  .velocity(\"1 .8 .9 .8\")\n  .every(4, x => x.fast(2))"
            ),
            1 => writeln!(
                text,
                "bass{track}: n(\"0 ~ 3 <5 7>*2\").scale(\"a1:minor\")\n  .s(\"sawtooth\")\n  .lpf(sine.range(200, 2000).slow(8))"
            ),
            _ => writeln!(
                text,
                "lead{track}: note(\"<a4 c5 e5 [g5 d5]>*4\").s(\"pluck\")\n  .off(1/8, x => x.add(note(12)))\n  .room(.3).delay(.2)"
            ),
        };
    }
    for track in 0..TRACKS {
        let name = ["drums", "bass", "lead"][track % 3];
        let _ = writeln!(text, "mix {name}{track} {{ gain \"<-4dB -6dB>\", pan .4, send room -18dB }}");
    }
    while text.lines().count() < 990 {
        text.push_str("// a note to myself: this is where the song turns\n");
    }
    for section in 0..10 {
        let _ = writeln!(text, "section part{section} 8 {{ all but drums0, mix bass1 {{ gain -{section}dB }} }}");
    }
    assert_eq!(text.lines().count(), 1000);
    text
}

/// A project whose text stands in memory, with its kit loaded.
fn loaded(text: &str) -> (Project, std::path::PathBuf) {
    let path = std::path::absolute("bench.talea").unwrap();
    let mut project = Project::new(&path);
    project.stand_in(BTreeMap::from([(path.clone(), Arc::from(text))]));
    let version = project.load().unwrap();
    let errors: Vec<_> = version.said.iter().filter(|said| said.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    (project, path)
}

/// What a save changed: nothing that plays, a line, or the length of a line at the top, which moves all below it.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Line,
    Moved,
    All,
}

impl Edit {
    /// The text after the n-th save.
    fn of(self, text: &str, count: u32) -> String {
        match self {
            Edit::Line => format!("{text}\nanother: s(\"bd*{}\").gain(.{count})\n", count % 16 + 1),
            Edit::Moved => format!("//{}\n{text}", "-".repeat(count as usize % 40)),
            Edit::All => format!("seed {count}\nall(x => x.late({count}/1000000))\n{text}"),
        }
    }
}

fn reload(bench: &mut Criterion) {
    for (name, text) in [("a page", PAGE.to_owned()), ("1,000 lines", thousand_lines())] {
        for (what, edit) in [("a line", Edit::Line), ("all moved", Edit::Moved), ("all changed", Edit::All)] {
            let (mut project, path) = loaded(&text);
            let mut count = 0u32;
            bench.bench_function(&format!("from the save to the score: {name}, {what}"), |bencher| {
                bencher.iter_custom(|rounds| {
                    let mut taken = Duration::ZERO;
                    for _ in 0..rounds {
                        count += 1;
                        project.stand_in(BTreeMap::from([(path.clone(), Arc::from(edit.of(&text, count)))]));
                        let start = Instant::now();
                        let version = project.load();
                        taken += start.elapsed();
                        // What is let go of afterwards keeps nobody waiting.
                        drop(black_box(version.unwrap()));
                    }
                    taken
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = reload
}
criterion_main!(benches);
