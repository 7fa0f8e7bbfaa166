//! How clean a reading is, and that nothing but its place changes its bits.

use super::*;
use crate::dsp::lanes::Instructions;
use crate::dsp::testing::{db, rms, spectrum};

fn resample(quality: Quality, hz: f64, rate: f64, count: usize) -> Vec<f32> {
    let samples: Vec<f32> = (0..(count as f64 * rate) as usize + 400)
        .map(|i| (0.5 * libm::sin(std::f64::consts::TAU * hz * i as f64 / 48_000.0)) as f32)
        .collect();
    let kernels = Kernels::shared(quality);
    let mut walk = Walk { at: 200 * FRAME, step: fixed(rate), bend: 0 };
    let mut out = vec![0.0; count];
    kernels.fill(kernels.bank(rate), [&samples], &mut walk, [&mut out]);
    out
}

/// The tone of 15 kHz and the like over everything else, dB.
fn clean(quality: Quality, hz: f64, rate: f64) -> f64 {
    let signal = resample(quality, hz, rate, 1 << 15);
    let bins = spectrum(&signal);
    let at = (hz * rate / 48_000.0 * signal.len() as f64).round() as usize;
    let tone: f64 = bins[at - 12..=at + 12].iter().map(|b| b * b).sum();
    let rest: f64 = bins[20..at - 12].iter().chain(&bins[at + 13..]).map(|b| b * b).sum();
    db((tone / rest).sqrt())
}

#[test]
fn a_sine_of_15_khz_at_rate_1_37_is_clean_to_90_db_and_at_best_to_120() {
    let (live, best) = (clean(Quality::Live, 15_000.0, 1.37), clean(Quality::Best, 15_000.0, 1.37));
    assert!(live > 90.0 && best > 120.0, "{live} {best}");
}

#[test]
fn slow_reading_is_clean_too() {
    for (hz, rate) in [(1000.0, 0.5), (10_000.0, 0.73), (14_000.0, 0.9)] {
        let (live, best) = (clean(Quality::Live, hz, rate), clean(Quality::Best, hz, rate));
        assert!(live > 90.0 && best > 120.0, "{hz} {rate}: {live} {best}");
    }
}

#[test]
fn what_would_fold_is_gone() {
    for quality in [Quality::Live, Quality::Best] {
        let level = |hz| rms(&resample(quality, hz, 2.0, 8192));
        let fold = db(level(15_000.0) / level(1000.0));
        assert!(fold < -90.0, "{fold}");
        // And the middle of the band stays.
        let middle = db(level(5000.0) / level(500.0));
        assert!(middle.abs() < 0.5, "{middle}");
    }
}

#[test]
fn a_sample_a_little_faster_keeps_its_treble() {
    for (rate, most) in [(1.01, 3.0), (1.06, 4.0), (1.12, 5.0)] {
        let level = |hz| rms(&resample(Quality::Live, hz, rate, 8192));
        let treble = db(level(17_000.0) / level(1000.0));
        assert!(treble.abs() < most, "rate {rate}: {treble}");
    }
}

#[test]
fn rate_one_is_bit_exact() {
    let samples: Vec<f32> = crate::dsp::testing::noise(1, 100);
    for quality in [Quality::Draft, Quality::Live, Quality::Best] {
        let mut out = [0.0; 300];
        let mut walk = Walk { at: -100 * FRAME, step: FRAME, bend: 0 };
        Kernels::shared(quality).fill(0, [&samples], &mut walk, [&mut out]);
        assert_eq!(out[100..200], samples);
        assert!(out[..100].iter().chain(&out[200..]).all(|x| *x == 0.0));
    }
}

#[test]
fn no_cut_and_no_vector_changes_a_bit() {
    let (left, right) = (crate::dsp::testing::noise(1, 900), crate::dsp::testing::noise(2, 900));
    for quality in [Quality::Draft, Quality::Live, Quality::Best] {
        let kernels = Kernels::shared(quality);
        // Even and bending: the first has a way of its own through whole blocks.
        for (rate, bend) in
            [0.3, 1.05, 1.2, 1.41, 1.7, 1.99, 2.4, 7.9, 30.0, -1.3].into_iter().flat_map(|r| [(r, 0), (r, 7)])
        {
            let bank = kernels.bank(rate);
            let start = Walk { at: if rate < 0.0 { 890 * FRAME } else { 0 }, step: fixed(rate), bend };
            let whole = [Instructions::Plain, Instructions::Avx2, Instructions::Avx512].map(|instructions| {
                let (mut one, mut two) = (vec![0.0; 700], vec![0.0; 700]);
                let reading = Reading {
                    bank: kernels.banks.get(bank),
                    channels: [&left, &right],
                    walk: start,
                    out: [&mut one, &mut two],
                };
                lanes::with_instructions(instructions, || lanes::dispatch_eight(reading));
                (one, two)
            });
            assert!(whole[0] == whole[1] && whole[0] == whole[2], "{quality:?} {rate}");
            let (mut one, mut walk) = (vec![0.0; 700], start);
            for piece in one.chunks_mut(13) {
                kernels.fill(bank, [&left], &mut walk, [piece]);
            }
            assert_eq!(one, whole[0].0);
            // A map of frames that changes nothing gives the same.
            let mut walk = start;
            for value in &one[..80] {
                assert_eq!(kernels.read_mapped(bank, walk.at, [&left], |i| i), [*value]);
                walk.advance();
            }
        }
    }
}

#[test]
fn a_rate_is_exact_over_minutes() {
    // A third of a frame a frame: after ten minutes the place is right to a millionth of a frame.
    let mut walk = Walk { at: 0, step: fixed(1.0 / 3.0), bend: 0 };
    for _ in 0..48_000 * 600 {
        walk.advance();
    }
    let place = walk.at as f64 / FRAME as f64;
    assert!((place - 9_600_000.0).abs() < 1e-6, "{place}");
}

#[test]
fn a_kernel_keeps_the_treble_and_drops_what_folds_into_it() {
    for quality in [Quality::Live, Quality::Best] {
        for rate in [1.0, 1.09, 1.19, 1.41, 1.83, 2.0, 2.7, 4.0, 8.0] {
            let level = |hz: f64| rms(&resample(quality, hz, rate, 8192));
            let low = level(400.0 / rate);
            // Tones that come out at 10 and 15 kHz, and one that folds to 15 kHz.
            let (ten, fifteen) = (db(level(10_000.0 / rate) / low), db(level(15_000.0 / rate) / low));
            assert!(ten.abs() < 0.7 && fifteen > -4.0, "{quality:?} {rate}: {ten} dB at 10 kHz, {fifteen} at 15");
            if rate > 1.5 {
                let fold = db(level(33_000.0 / rate) / low);
                assert!(fold < -88.0, "{quality:?} {rate}: {fold} dB fold to 15 kHz");
            }
        }
    }
}
