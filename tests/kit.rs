//! What the starter kit promises: every sound, matched levels, clean starts and ends, and a size that fits the program.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use talea::base::catalog::Kit;
use talea::files::bank::Bank;
use talea::files::builtin;
use talea::render::loudness::measure;
use talea::score::plan::Sample;

/// How many variants each sound has at least.
const SOUNDS: [(&str, usize); 13] = [
    ("bd", 3),
    ("sd", 3),
    ("cp", 2),
    ("hh", 3),
    ("oh", 2),
    ("rim", 2),
    ("lt", 2),
    ("mt", 2),
    ("ht", 2),
    ("rd", 2),
    ("cr", 2),
    ("cb", 2),
    ("sh", 2),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/kit")
}

/// Every sample with its name, as `bd:0`.
fn samples(kit: &Kit) -> BTreeMap<String, std::sync::Arc<Sample>> {
    let mut bank = Bank::new();
    let all = kit.sounds.iter().flat_map(|(name, variants)| {
        variants.iter().enumerate().map(move |(count, variant)| (format!("{name}:{count}"), variant))
    });
    all.map(|(name, variant)| (name, bank.load(variant).unwrap())).collect()
}

fn decibels(x: f32) -> f32 {
    20.0 * x.abs().max(1e-9).log10()
}

fn peak(sample: &Sample) -> f32 {
    decibels(sample.channels.iter().flat_map(|channel| channel.iter()).fold(0.0f32, |peak, x| peak.max(x.abs())))
}

/// The loudest 400 ms, with silence around, as a hit stands in a pattern.
fn loudness(sample: &Sample) -> f64 {
    let rest = vec![0.0; sample.rate as usize / 2];
    let channels: Vec<Vec<f32>> = sample.channels.iter().map(|x| [&rest[..], &x[..], &rest].concat()).collect();
    // A mono sample sounds from both sides.
    let planes = [&channels[0][..], channels.last().unwrap()];
    measure(sample.rate, &planes).unwrap().momentary_max
}

#[test]
fn every_sound_is_there_and_the_program_carries_the_same_files() {
    let scan = Bank::new().kit(&folder());
    assert_eq!(scan.said, []);
    let inside = builtin::kit();
    let names: Vec<_> = inside.sounds.keys().collect();
    assert_eq!(names, scan.kit.sounds.keys().collect::<Vec<_>>());
    for (name, count) in SOUNDS {
        assert!(scan.kit.sounds[name].len() >= count, "{name}");
    }
    let on_disk = samples(&scan.kit);
    let inside = samples(&inside);
    assert_eq!(inside.len(), on_disk.len());
    for (name, sample) in inside {
        assert_eq!(sample.hash, on_disk[&name].hash, "{name}");
    }
}

#[test]
fn the_kit_is_smaller_than_four_megabytes() {
    let kit = builtin::kit();
    let bytes: usize = kit.sounds.values().flatten().map(|variant| builtin::bytes(&variant.path).unwrap().len()).sum();
    assert!(bytes < 4_000_000, "{bytes}");
}

#[test]
fn every_sample_is_clean() {
    for (name, sample) in samples(&builtin::kit()) {
        assert_eq!(sample.rate, 48_000, "{name}");
        let (low, high) = (-16.0, -3.0);
        assert!((low..=high).contains(&peak(&sample)), "{name}: peak {:.1} dBFS", peak(&sample));
        for channel in sample.channels.iter().map(|channel| &channel[..]) {
            let start = channel.iter().position(|x| x.abs() > 0.001).unwrap();
            assert!(start <= 48, "{name} starts after {start} frames");
            // 0.5 ms: the shortest attack of a voice.
            assert!(decibels(channel[0]) < -30.0, "{name} starts with a step of {:.1} dBFS", decibels(channel[0]));
            let end = channel.iter().rev().take(8).fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(decibels(end) < -90.0, "{name} ends at {:.1} dBFS", decibels(end));
            let mean = channel.iter().sum::<f32>() / channel.len() as f32;
            assert!(decibels(mean) < -80.0, "{name}: DC of {:.1} dBFS", decibels(mean));
        }
    }
}

#[test]
fn only_what_is_wide_is_stereo() {
    for (name, sample) in samples(&builtin::kit()) {
        assert_eq!(sample.channels.len(), if name.starts_with("cr") { 2 } else { 1 }, "{name}");
    }
}

#[test]
fn variants_are_as_loud_as_each_other_and_the_kit_is_balanced() {
    let mut loud: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (name, sample) in samples(&builtin::kit()) {
        loud.entry(name.split(':').next().unwrap().to_owned()).or_default().push(loudness(&sample));
    }
    for (name, variants) in &loud {
        let spread =
            variants.iter().fold(f64::MIN, |a, b| a.max(*b)) - variants.iter().fold(f64::MAX, |a, b| a.min(*b));
        assert!(spread < 3.0, "{name}: {variants:.1?} LUFS");
    }
    let first = |name: &str| loud[name][0];
    assert!((2.0..7.0).contains(&(first("bd") - first("sd"))), "{loud:.1?}");
    assert!((6.0..13.0).contains(&(first("sd") - first("hh"))), "{loud:.1?}");
    assert!((2.0..8.0).contains(&(first("oh") - first("hh"))), "{loud:.1?}");
    assert!((-2.0..5.0).contains(&(first("mt") - first("sd"))), "{loud:.1?}");
}

#[test]
fn hats_are_made_of_one_metal_and_kicks_are_low() {
    // Zero crossings a second: a rough pitch of what is heard most.
    let crossings = |sample: &Sample| {
        let x = &sample.channels[0][..2_400.min(sample.frames())];
        let count = x.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
        count as f64 * f64::from(sample.rate) / x.len() as f64 / 2.0
    };
    let all = samples(&builtin::kit());
    let (closed, open) = (crossings(&all["hh:0"]), crossings(&all["oh:0"]));
    assert!(closed > 5_000.0 && (closed / open - 1.0).abs() < 0.15, "{closed:.0} Hz, {open:.0} Hz");
    for kick in ["bd:0", "bd:1", "bd:2"] {
        assert!(crossings(&all[kick]) < 200.0, "{kick}");
    }
    let toms = ["lt:0", "mt:0", "ht:0"].map(|tom| crossings(&all[tom]));
    assert!(toms[0] < toms[1] && toms[1] < toms[2], "{toms:.0?}");
}
