//! Dice by statistics: even, independent of each other and of the time, and untouched by other lines of the text.

#![allow(clippy::unwrap_used)]

use talea::base::catalog::Catalog;
use talea::base::source::{FileId, Source};
use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::model::build::build;
use talea::model::known::Known;
use talea::model::scope::EmptyScope;
use talea::pattern::{Context, Hap};

const CYCLES: i64 = 2_000;

fn asked(text: &str, seed: u64, cycles: i64) -> Vec<Hap> {
    let pattern = query::pattern(text, &EmptyScope, seed).0.unwrap();
    let (mut ctx, mut all) = (Context::new(), Vec::new());
    for cycle in 0..cycles {
        ctx.refuel(1_000_000);
        let mut haps = pattern.query(Span::cycle(cycle), &mut ctx);
        haps.sort_by_key(|hap| hap.part);
        all.extend(haps);
    }
    all
}

/// The numbers of a control, in order.
fn numbers(text: &str, control: &str, seed: u64) -> Vec<f64> {
    let value = |hap: Hap| match hap.value.controls() {
        Some(map) => map.get(control).unwrap().number().unwrap(),
        None => hap.value.number().unwrap(),
    };
    asked(text, seed, CYCLES).into_iter().map(value).collect()
}

/// Pearson's statistic of counts that should be even, over its degrees of freedom: near 1 where they are, and above 2
/// for fifteen or more classes in less than one of a hundred thousand trials.
fn unevenness(values: impl IntoIterator<Item = usize>, classes: usize) -> f64 {
    let mut counts = vec![0f64; classes];
    for value in values {
        counts[value] += 1.0;
    }
    let expected = counts.iter().sum::<f64>() / classes as f64;
    assert!(expected > 20.0);
    counts.iter().map(|count| (count - expected).powi(2) / expected).sum::<f64>() / (classes as f64 - 1.0)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn chance_is_even() {
    for seed in 0..8 {
        let values = numbers("rand.segment(16)", "value", seed);
        assert_eq!(values.len(), CYCLES as usize * 16);
        assert!(values.iter().all(|value| (0.0..1.0).contains(value)));
        let uneven = unevenness(values.iter().map(|value| (value * 32.0) as usize), 32);
        assert!(uneven < 2.0, "seed {seed}: {uneven}");
        let whole = numbers("irand(16).segment(16)", "value", seed);
        let uneven = unevenness(whole.iter().map(|value| *value as usize), 16);
        assert!(uneven < 2.5, "seed {seed}: {uneven}");
    }
}

#[test]
fn the_next_throw_does_not_know_the_last() {
    for (text, steps) in [("rand.segment(16)", 16), ("rand.segment(1)", 1), ("rand.fast(3).segment(7)", 7)] {
        let values = numbers(text, "value", 3);
        for apart in [1, 2, steps, 4 * steps] {
            let r = correlation(&values[apart..], &values[..values.len() - apart]);
            assert!(r.abs() < 5.0 / (values.len() as f64).sqrt(), "{text}, {apart} apart: {r}");
        }
        let pairs = values.windows(2).map(|pair| (pair[0] * 6.0) as usize * 6 + (pair[1] * 6.0) as usize);
        assert!(unevenness(pairs, 36) < 2.2, "{text}");
    }
}

#[test]
fn two_dice_of_a_chain_are_independent() {
    // In Strudel they share their dice, and only 6 and 7 play.
    let kept = numbers("n(irand(8).segment(16)).degradeBy(.8)", "n", 1);
    assert!((kept.len() as f64 / (CYCLES as f64 * 16.0) - 0.2).abs() < 0.015, "{}", kept.len());
    assert!(unevenness(kept.iter().map(|n| *n as usize), 8) < 4.0);
    let haps = asked("s(\"hh*16\").pan(rand).gain(rand)", 1, CYCLES);
    let of = |name: &str| -> Vec<f64> {
        haps.iter().map(|hap| hap.value.controls().unwrap().get(name).unwrap().number().unwrap()).collect()
    };
    let r = correlation(&of("pan"), &of("gain"));
    assert!(r.abs() < 5.0 / (haps.len() as f64).sqrt(), "{r}");
    // Two degrades take away as their product says.
    let left = asked("s(\"hh*16\").degradeBy(.5).degradeBy(.5)", 1, CYCLES).len() as f64 / (CYCLES as f64 * 16.0);
    assert!((left - 0.25).abs() < 0.015, "{left}");
}

#[test]
fn shares_come_out_as_they_are_written() {
    for (text, share) in [
        ("s(\"hh*16\").degradeBy(.3)", 0.7),
        ("s(\"hh*16?\")", 0.5),
        ("s(\"hh*16?0.1\")", 0.9),
        ("s(\"hh*16\").undegradeBy(.2)", 0.2),
        ("s(\"hh*16\").mask(brandBy(.35).segment(16))", 0.35),
    ] {
        let left = asked(text, 5, CYCLES).len() as f64 / (CYCLES as f64 * 16.0);
        assert!((left - share).abs() < 0.015, "{text}: {left}");
    }
    for (word, share) in
        [("rarely", 0.25), ("sometimes", 0.5), ("often", 0.75), ("almostNever", 0.1), ("almostAlways", 0.9)]
    {
        let haps = asked(&format!("s(\"hh*16\").{word}(speed(2))"), 5, CYCLES);
        let changed = haps.iter().filter(|hap| hap.value.controls().unwrap().get("speed").is_some()).count();
        let found = changed as f64 / haps.len() as f64;
        assert!((found - share).abs() < 0.015, "{word}: {found}");
    }
    let weighted = numbers("wchoose([0, 1], [1, 2], [2, 5]).segment(16)", "value", 9);
    for (value, share) in [(0.0, 0.125), (1.0, 0.25), (2.0, 0.625)] {
        let found = weighted.iter().filter(|other| **other == value).count() as f64 / weighted.len() as f64;
        assert!((found - share).abs() < 0.02, "{value}: {found}");
    }
}

#[test]
fn every_order_of_a_shuffle_is_as_likely() {
    let values = numbers("n(\"0 1 2\").shuffle(3)", "n", 2);
    let orders = values.chunks(3).map(|order| {
        let mut sorted = order.to_vec();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(sorted, [0.0, 1.0, 2.0]);
        (order[0] * 2.0 + f64::from(u8::from(order[1] > order[2]))) as usize
    });
    assert!(unevenness(orders, 6) < 4.0);
}

/// The haps of a track of a piece, without their places in the text.
fn track(text: &str, name: &str) -> Vec<(Span, String)> {
    let source = Source::new(FileId(0), "piece", text);
    let (file, said) = talea::lang::parse(&source);
    assert!(said.is_empty(), "{said:?}");
    let catalog = Catalog { builtin: talea::files::builtin::kit(), ..Catalog::default() };
    let (piece, _) = build(&[(source, file)], &catalog, None, 1, &mut Known::default());
    let track = piece.tracks.iter().find(|track| *track.name == *name).unwrap();
    let haps = track.pattern.as_ref().unwrap().query(Span::new(Time::ZERO, Time::int(64)), &mut Context::new());
    let mut all: Vec<_> = haps.into_iter().map(|hap| (hap.part, hap.value.to_string())).collect();
    all.sort();
    all
}

#[test]
fn other_lines_change_no_choice() {
    let line = "a: s(\"hh*8?\").pan(rand).sometimes(speed(2)).n(irand(3))";
    let alone = track(line, "a");
    assert!(alone.len() > 100);
    for text in [
        format!("b: s(\"bd*4?\")\n{line}"),
        format!("{line}\nb: s(\"bd*4?\")\nc: s(\"sd\").degradeBy(rand)"),
        format!("f(x) = x.degradeBy(.5)\nb: s(\"bd*8\").f\n\n// moved\n{line}"),
        format!("x = irand(4).segment(2)\nb: n(x).s(\"sine\")\n{line}\nsection one 4 {{ b }}"),
    ] {
        assert_eq!(track(&text, "a"), alone, "{text}");
    }
    assert_ne!(track(&format!("seed 2\n{line}"), "a"), alone);
    assert_ne!(track(&line.replacen("a:", "b:", 1), "b"), alone);
}
