//! How fast the engine is: ten seconds of pieces, without files. Also, from the start of the program to its first sample
//! (goal: under 150 ms with a kit loaded).
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use talea::files::project::Project;
use talea::render::offline::{self, Length};

/// How much is rendered, in seconds; the throughput is in seconds of audio.
const SECONDS: f64 = 10.0;

fn render(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("seconds of audio a second");
    group.throughput(Throughput::Elements(SECONDS as u64));
    for piece in ["patterns/1-first-beat.talea", "patterns/5-effects-and-buses.talea", "patterns/8-night-bus.talea"] {
        let version = Project::new(piece).load().unwrap();
        group.bench_function(piece, |bencher| {
            bencher.iter(|| {
                let mut peak = 0f32;
                offline::render(&version.score, 48_000, Length::Seconds(SECONDS), &mut |left, _| {
                    peak = left.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
                    true
                })
                .unwrap();
                black_box(peak)
            });
        });
    }
    group.finish();
}

/// From the start of the process until the recording holds its first frames. The header comes with the file; what is
/// longer than it was played. The recorder writes a few times a second, so this is an upper bound by that much; the
/// program itself says `v1 plays` as soon as the transport runs.
fn start(bench: &mut Criterion) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/talea");
    if !program.is_file() {
        return;
    }
    bench.bench_function("from the start to the first sound", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| first_sound(&program)).sum());
    });
}

fn first_sound(program: &Path) -> Duration {
    use std::io::{BufRead, BufReader};
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["play", "patterns/1-first-beat.talea", "--headless", "--audio", "null"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines.map_while(Result::ok).any(|line| line.ends_with(" plays"));
    let took = began.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(found, "it never plays");
    took
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(10));
    targets = render, start
}
criterion_main!(benches);
