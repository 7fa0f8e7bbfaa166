//! Hostile texts: pieces cut, spliced and blown up by dice with a fixed seed. None may panic, hang or cost more than its
//! limits. The same way into the program as in `tests/fuzz`, which searches with the compiler's help.

#![allow(
    clippy::print_stderr,
    clippy::format_collect,
    clippy::unwrap_used,
    reason = "a test that cannot read its corpus has failed"
)]

mod expressions;
mod mutate;
mod pipeline;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use mutate::{Dice, mutate};

/// CPU time that a text may take, seconds: five times the goal of one.
const SECONDS: f64 = 5.0;
/// Memory of the whole run, bytes: the goal of 500 MB for one text holds for all of them together.
const MEMORY: u64 = 500 << 20;
/// After so long a run hangs: no machine is so busy.
const HANGS: Duration = Duration::from_secs(120);

/// Every text of the kept corpus and every piece.
fn corpus() -> Vec<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = ["tests/fuzz/corpus", "tests/songs", "tests/bad", "patterns"]
        .iter()
        .flat_map(|folder| fs::read_dir(top.join(folder)).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.iter().map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect()
}

/// CPU time of this thread in seconds; wall time where the system does not say.
fn cpu_seconds(start: Instant) -> f64 {
    let said = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|said| said.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.map_or(start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds as f64 * 1e-9)
}

/// The most memory that this process ever held, bytes; zero where the system does not say.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

/// One test at a time: the memory of a process is counted as a whole.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs each text in a thread with an ordinary stack. The text under test stands in a file, in case the process dies of it.
fn survives_all(name: &str, texts: impl Iterator<Item = String> + Send + 'static) {
    survives_with(name, texts, pipeline::run);
}

fn survives_with(name: &str, texts: impl Iterator<Item = String> + Send + 'static, run: fn(&str)) {
    let _alone = ALONE.lock();
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.talea"));
    let (send, receive) = mpsc::channel();
    let file = left.clone();
    let worker = thread::spawn(move || {
        let mut slowest: f64 = 0.0;
        for text in texts {
            fs::write(&file, &text).unwrap();
            let start = Instant::now();
            let before = cpu_seconds(start);
            let survived = catch_unwind(AssertUnwindSafe(|| run(&text))).is_ok();
            let took = cpu_seconds(start) - before;
            slowest = slowest.max(took);
            assert!(survived, "panics: {}\n{}", file.display(), text.chars().take(2000).collect::<String>());
            assert!(took < SECONDS, "takes {took:.1} s: {}", file.display());
            let memory = peak_memory();
            assert!(memory < MEMORY, "takes {} MB: {}", memory >> 20, file.display());
            if send.send(()).is_err() {
                break;
            }
        }
        slowest
    });
    let mut count = 0;
    loop {
        match receive.recv_timeout(HANGS) {
            Ok(()) => count += 1,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs: {}", left.display()),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    match worker.join() {
        Ok(slowest) => {
            assert!(count > 0, "there was no text");
            eprintln!("{count} texts, the slowest took {slowest:.3} s, {} MB in all", peak_memory() >> 20);
        }
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[test]
fn random_expressions_neither_panic_nor_hang_and_answer_alike() {
    let runs = std::env::var("TALEA_HOSTILE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(1000);
    let mut dice = Dice::new(0x7a1e_a000_0000_0002);
    let texts: Vec<String> = (0..runs).map(|_| expressions::expression(&mut dice)).collect();
    survives_with("expression", texts.into_iter(), |text| {
        expressions::run(text);
    });
}

#[test]
fn the_kept_corpus_neither_panics_nor_hangs() {
    survives_all("corpus", corpus().into_iter());
}

#[test]
fn mutations_of_the_corpus_neither_panic_nor_hang() {
    let runs = std::env::var("TALEA_HOSTILE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2000);
    let corpus = corpus();
    let mut dice = Dice::new(0x7a1e_a000_0000_0001);
    survives_all(
        "mutation",
        (0..runs).map(move |_| {
            let mut text = corpus[dice.below(corpus.len())].clone();
            for _ in 0..=dice.below(6) {
                let other = &corpus[dice.below(corpus.len())];
                text = mutate(&text, other, &mut dice);
            }
            text
        }),
    );
}

#[test]
fn texts_blown_up_neither_panic_nor_hang() {
    let mut texts: Vec<String> = Vec::new();
    for opener in ["(", "[", "{", "<", "x(", "x.", "-", "x => ", "s(\"", "\"[", "section a 1 {", "a: ", "/*", "`"] {
        texts.extend([150, 250, 100_000].map(|count| format!("$: {}", opener.repeat(count))));
    }
    for inside in ["[", "<", "{", "a*2 ", "a(3,8)", "a b, ", "a!", "a@", "[a]*", "a?", "a|"] {
        texts.extend([150, 250, 100_000].map(|count| format!("$: s(\"{}\")", inside.repeat(count))));
    }
    for link in [".fast(2)", ".ply(2)", ".off(1/8, x => x.fast(2))", ".every(2, rev)", ".superimpose(rev)", ".jux(rev)"]
    {
        texts.extend([10, 100, 2000].map(|count| format!("$: s(\"bd*4\"){}", link.repeat(count))));
    }
    for dense in [
        "s(\"bd*1000000\")",
        "s(\"bd*1000*1000*1000\")",
        "s(\"[[[[bd*99]*99]*99]*99]*99\")",
        "s(\"bd\").fast(1e18)",
        "s(\"bd\").fast(\"1e18\").slow(1e-18)",
        "s(\"bd!100000\")",
        "s(\"bd@100000000000 sd\")",
        "n(\"0..100000000\")",
        "s(\"bd(1000000,1000000)\")",
        "s(\"bd*4\").ply(1000).ply(1000)",
        "s(\"bd\").segment(1000000)",
        "sine.segment(1e9).s(\"sine\")",
        "s(\"<bd*1000000 sd>/1000\")",
        "s(\"bd*4\").every(0, rev).iter(0).chop(100000)",
        "s(\"bd\").late(1e300).early(-1e300)",
        "s(\"bd\").inside(1e9, rev)",
        "s(\"bd*64\").linger(\"<.001 1e-9>\")",
        "n(sine.segment(1e9)).rev.palindrome.fast(1e9)",
        "n(\"0 .. 2000\").rot(\"<1e9 -1e9>\")",
        "s(\"bd*4\").plyWith(5000, x => x.speed(2))",
        "n(randrun(1e9))",
        "n(run(1e9))",
        "s(\"bd\").struct(binaryN(1e18, 1e9))",
        "s(\"bd\").echo(1e9, 1/1000, .9)",
    ] {
        texts.push(format!("$: {dense}\n"));
    }
    texts.push("a = b\nb = c\nc = a\n$: s(a)\n".to_owned());
    texts.push("f(x) = f(x.fast(2))\n$: s(\"bd\").f\n".to_owned());
    texts.push("f(x) = stack(x, x)\n$: s(\"bd\")".to_owned() + &".f".repeat(60));
    texts.push(
        "a0 = s(\"bd\")\n".to_owned()
            + &(1..64).map(|i| format!("a{i} = stack(a{0}, a{0})\n", i - 1)).collect::<String>()
            + "$: a63\n",
    );
    texts.push(
        (1..5000).map(|i| format!("section s{i} 1 like s{} {{ last 1 {{ all }} }}\n", i - 1)).collect::<String>()
            + "section s0 1 { all }\n$: s(\"bd\")\n",
    );
    let counts: Vec<String> = (1..2000).map(|count: i32| count.to_string()).collect();
    texts.push(format!("$: s(\"bd*4\").spread(fast, [{}])\n", counts.join(", ")));
    texts.push("section a 1 like b { all }\nsection b 1 like a { all }\nsong \"a b\"\n".to_owned());
    texts.push("section a 1000000000000 { all }\n$: s(\"bd\")\nsong \"[a!1000]*1000\"\n".to_owned());
    texts.push("tempo \"<1e-300 1e300 0 -1>\"\n$: s(\"bd\")\n".to_owned());
    texts.push("bus a { send b 0dB }\nbus b { send a 0dB }\n$: s(\"bd\").a(1)\n".to_owned());
    texts.push((0..20_000).map(|i| format!("t{i}: s(\"bd*4\")\n")).collect());
    texts.push("\u{feff}$: s(\"bd\")\r\n\r\n\0\u{2028}é: s(\"𝄞\")\r".to_owned());
    texts.push("x".repeat(9 << 20));
    for dense in ["a b ", "a\n", "a=1\n", "$:a\n", "mix a{gain 1}\n", "$: [a,b,1,2,\"x\"]\n", ";", "\n", "é"] {
        texts.push(dense.repeat((9 << 20) / dense.len()));
        texts.push(dense.repeat(999_000 / 4));
    }
    for (opener, inside) in
        [("$: s(", "1,"), ("$: [", "a,"), ("a {", "b,"), ("$: {", "a:1,"), ("$: stack(", "s(\"bd\"),")]
    {
        texts.push(format!("{opener}{}", inside.repeat(300_000)));
        texts.push(format!("{opener}{}{}", inside.repeat(100_000), ["\n)", "\n]", "\n}"][opener.len() % 3]));
    }
    texts.push(format!("$: s(\"{}\")", "a ".repeat(1 << 20)));
    survives_all("blown-up", texts.into_iter());
}
