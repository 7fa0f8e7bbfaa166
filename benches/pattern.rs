//! How fast patterns answer: cycles and haps a second of an eight-track piece on one core (goal: 3 million haps a
//! second), whether the cost is linear in the haps, and whether memory stays flat over a million cycles.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use talea::base::time::Span;
use talea::cli::query;
use talea::model::scope::EmptyScope;
use talea::pattern::{Context, FUEL, Hap, Pattern};

/// Drums in stacks, euclids, `every`, `off`, `jux`, slices, dice that are segmented, signals.
const TRACKS: [&str; 8] = [
    "stack(s(\"bd*4\"), s(\"~ sd ~ [sd sd?]\"), s(\"hh*16\").gain(saw.range(.3, .9).fast(4)), s(\"[~ oh]*4\").cut(1)).every(4, fast(2))",
    "s(\"bd(3,8), rim(5,16,<0 2>), cp(2,8,3)\").jux(rev).velocity(\"[1 .7]*8\")",
    "n(\"0 ~ 3 <5 7>*2\").scale(\"a1:minor\").s(\"sawtooth\").lpf(sine.range(200, 2000).slow(8)).every(4, rev)",
    "n(\"<0 2 [4 6] [3 5 1]>*8\").scale(\"<c4:minor d4:dorian>/4\").off(1/8, x => x.add(n(7)).gain(.5)).s(\"triangle\")",
    "s(\"break\").slice(8, \"0 3 2 <1 5> 4 [6 7] 2 1\").every(\"<3 4>\", rev).clip(1).chop(2)",
    "n(irand(8).segment(16)).scale(\"c5:minor:pentatonic\").s(\"pluck\").pan(rand).degradeBy(.2)",
    "note(\"[c3,eb3,g3]*4\").struct(\"x(5,8)\").superimpose(add(note(12))).lpf(perlin.range(300, 3000)).room(.4)",
    "s(\"hh*32\").euclid(\"<11 13>\", 16).sometimesBy(.3, speed(2)).gain(rand.range(.4, .9)).pan(sine.slow(4))",
];

/// How many cycles are asked for in one go of the bench.
const CYCLES: i64 = 64;
/// How many cycles the memory is watched over.
const MANY: i64 = 1_000_000;

fn compiled(text: &str) -> Pattern {
    let (pattern, said) = query::pattern(text, &EmptyScope, 1);
    pattern.unwrap_or_else(|| panic!("{text}: {said:?}")).compiled()
}

/// Asks cycle by cycle, as the sequencer does; returns the count of haps.
fn ask(patterns: &[Pattern], cycles: std::ops::Range<i64>, context: &mut Context, haps: &mut Vec<Hap>) -> usize {
    let mut count = 0;
    for cycle in cycles {
        for pattern in patterns {
            context.refuel(FUEL);
            haps.clear();
            pattern.query_into(Span::cycle(cycle), context, haps);
            count += black_box(&haps).len();
        }
    }
    count
}

fn piece(bench: &mut Criterion) {
    let patterns = TRACKS.map(compiled);
    let (mut context, mut haps) = (Context::new(), Vec::new());
    let count = ask(&patterns, 0..CYCLES, &mut context, &mut haps);
    assert!(!context.exhausted());
    let mut group = bench.benchmark_group("eight tracks");
    group.throughput(Throughput::Elements(count as u64));
    let mut from = 0;
    group.bench_function("haps", |bencher| {
        bencher.iter(|| {
            from += CYCLES;
            ask(&patterns, from..from + CYCLES, &mut context, &mut haps)
        });
    });
    group.finish();
    for (text, pattern) in TRACKS.iter().zip(&patterns) {
        say(&text[..text.len().min(48)], std::slice::from_ref(pattern), 2_000);
    }
    say("all eight", &patterns, 2_000);
}

/// The time that this thread has had a core: what other programs take counts for nothing. The wall's clock where the
/// system does not tell.
fn busy() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|word| word.parse().ok());
    nanoseconds.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// Prints how fast patterns answer over so many cycles on one core.
fn say(name: &str, patterns: &[Pattern], cycles: i64) {
    let (mut context, mut haps) = (Context::new(), Vec::new());
    let began = busy();
    let count = ask(patterns, 0..cycles, &mut context, &mut haps);
    let took = busy().saturating_sub(began).as_secs_f64();
    println!("{name:<50} {:>9.0} cycles/s {:>6.2} million haps/s", cycles as f64 / took, count as f64 / took / 1e6);
}

/// The time for a hap of a sequence of 16 to 4096 steps: linear cost is the same time for each.
fn linear(_: &mut Criterion) {
    for steps in [16, 256, 4096] {
        let pattern = compiled(&format!("s(\"hh*{steps}\").gain(rand).pan(sine)"));
        let (mut context, mut haps) = (Context::new(), Vec::new());
        let cycles = 200_000 / steps;
        let began = busy();
        let count = ask(std::slice::from_ref(&pattern), 0..cycles, &mut context, &mut haps);
        let took = busy().saturating_sub(began).as_nanos() as f64;
        println!("{steps:>5} steps a cycle: {:>6.0} ns a hap", took / count as f64);
    }
}

/// The resident memory, in kilobytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn memory(_: &mut Criterion) {
    let patterns = [TRACKS[5], TRACKS[1]].map(compiled);
    let (mut context, mut haps) = (Context::new(), Vec::new());
    ask(&patterns, 0..1_000, &mut context, &mut haps);
    let before = resident();
    ask(&patterns, 1_000..MANY, &mut context, &mut haps);
    println!("memory over a million cycles: {before} kB before, {} kB after", resident());
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(8));
    targets = piece, linear, memory
}
criterion_main!(benches);
