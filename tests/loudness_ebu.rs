//! The loudness meter against every signal of EBU Tech 3341 (2023) and Tech 3342 that a formula defines. Cases 7 and 8
//! are recordings that the EBU distributes; they are not here.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its signal has failed")]

use std::f64::consts::{PI, TAU};

use talea::render::loudness::{Loudness, LoudnessMeter, measure};

const RATE: u32 = 48_000;

/// A tone of 1 kHz in parts: its peak level in dBFS (or silence), and seconds. The phase runs on.
fn tones(parts: &[(Option<f64>, f64)]) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::new();
    for (level, seconds) in parts {
        let gain = level.map_or(0.0, |level| 10f64.powf(level / 20.0));
        for _ in 0..(seconds * f64::from(RATE)).round() as usize {
            out.push((gain * (TAU * 1_000.0 * out.len() as f64 / f64::from(RATE)).sin()) as f32);
        }
    }
    out
}

fn heard(parts: &[(f64, f64)]) -> Vec<f32> {
    tones(&parts.iter().map(|(level, seconds)| (Some(*level), *seconds)).collect::<Vec<_>>())
}

/// The same on both sides.
fn stereo(mono: &[f32]) -> Loudness {
    measure(RATE, &[mono, mono]).unwrap()
}

#[track_caller]
fn near(case: &str, found: f64, wanted: f64, most: f64) {
    assert!((found - wanted).abs() <= most, "case {case}: {found:.3}, not {wanted}");
}

#[test]
fn cases_1_and_2_a_steady_tone_reads_its_level_on_every_meter() {
    for (case, level) in [("1", -23.0), ("2", -33.0)] {
        let found = stereo(&heard(&[(level, 20.0)]));
        near(case, found.momentary_max, level, 0.1);
        near(case, found.short_term_max, level, 0.1);
        near(case, found.integrated, level, 0.1);
    }
}

#[test]
fn cases_3_to_5_the_gates_leave_out_what_is_quiet() {
    let three = [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)];
    let four = [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)];
    let five = [(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)];
    near("3", stereo(&heard(&three)).integrated, -23.0, 0.1);
    near("4", stereo(&heard(&four)).integrated, -23.0, 0.1);
    near("5", stereo(&heard(&five)).integrated, -23.0, 0.1);
}

#[test]
fn case_6_five_channels_are_weighed() {
    let planes = [-28.0, -28.0, -24.0, -30.0, -30.0].map(|level| heard(&[(level, 20.0)]));
    near("6", measure(RATE, &planes.each_ref().map(Vec::as_slice)).unwrap().integrated, -23.0, 0.1);
}

/// Feeds `signal` and asks at each tenth of a second from `from` seconds on.
fn steady(signal: &[f32], from: f64, ask: impl Fn(&LoudnessMeter) -> f64) -> Vec<f64> {
    let mut meter = LoudnessMeter::new(RATE, 2).unwrap();
    let step = RATE as usize / 10;
    let mut found = Vec::new();
    for (count, block) in signal.chunks(step).enumerate() {
        meter.add(&[block, block]);
        if (count + 1) as f64 / 10.0 >= from {
            found.push(ask(&meter));
        }
    }
    found
}

#[test]
fn cases_9_and_12_alternating_levels_read_as_one() {
    let nine = heard(&[(-20.0, 1.34), (-30.0, 1.66)].repeat(5));
    for found in steady(&nine, 3.0, LoudnessMeter::short_term) {
        near("9", found, -23.0, 0.1);
    }
    let twelve = heard(&[(-20.0, 0.18), (-30.0, 0.22)].repeat(25));
    for found in steady(&twelve, 1.0, LoudnessMeter::momentary) {
        near("12", found, -23.0, 0.1);
    }
}

#[test]
fn cases_10_and_13_a_burst_is_found_wherever_it_begins() {
    for i in 0..20 {
        let offset = f64::from(i);
        let ten = tones(&[(None, offset * 0.15), (Some(-23.0), 3.0), (None, 1.0)]);
        near("10", stereo(&ten).short_term_max, -23.0, 0.1);
        let thirteen = tones(&[(None, offset * 0.02), (Some(-23.0), 0.4), (None, 1.0)]);
        near("13", stereo(&thirteen).momentary_max, -23.0, 0.1);
    }
}

/// Twenty bursts, each a dB louder than the one before and a little later in its stretch; the maximum after each.
fn successive(offset: f64, length: f64, maximum: impl Fn(&Loudness) -> f64) -> Vec<f64> {
    let parts: Vec<_> = (0..20)
        .map(f64::from)
        .map(|i| [(None, i * offset), (Some(-38.0 + i), length), (None, length - i * offset)])
        .collect();
    let signal = tones(&parts.concat());
    let mut meter = LoudnessMeter::new(RATE, 2).unwrap();
    let stretch = (2.0 * length * f64::from(RATE)).round() as usize;
    signal
        .chunks(stretch)
        .map(|block| {
            meter.add(&[block, block]);
            maximum(&meter.figures())
        })
        .collect()
}

#[test]
fn cases_11_and_14_the_maxima_follow_each_louder_burst() {
    for (i, found) in successive(0.15, 3.0, |figures| figures.short_term_max).into_iter().enumerate() {
        near("11", found, -38.0 + i as f64, 0.1);
    }
    for (i, found) in successive(0.02, 0.4, |figures| figures.momentary_max).into_iter().enumerate() {
        near("14", found, -38.0 + i as f64, 0.1);
    }
}

/// Fades in and out over 10 ms.
fn tapered(mut x: Vec<f64>, rate: usize) -> Vec<f64> {
    let length = x.len();
    let edge = rate / 100;
    for i in 0..edge {
        let gain = i as f64 / (edge - 1) as f64;
        x[i] *= gain;
        x[length - 1 - i] *= gain;
    }
    x
}

#[track_caller]
fn peaks_at(case: &str, signal: &[f64], wanted: f64) {
    let signal: Vec<f32> = signal.iter().map(|x| *x as f32).collect();
    let found = stereo(&signal).true_peak;
    assert!((wanted - 0.4..=wanted + 0.2).contains(&found), "case {case}: {found:.3} dBTP, not {wanted}");
}

#[test]
fn cases_15_to_19_peaks_between_the_samples_are_seen() {
    let cases = [
        ("15", 4.0, 0.5, 0.0, -6.0),
        ("16", 4.0, 0.5, 45.0, -6.0),
        ("17", 6.0, 0.5, 60.0, -6.0),
        ("18", 8.0, 0.5, 67.5, -6.0),
        ("19", 4.0, 1.41, 45.0, 3.0),
    ];
    for (case, period, gain, degrees, wanted) in cases {
        let tone = (0..RATE).map(|t| gain * (TAU * f64::from(t) / period + f64::to_radians(degrees)).sin()).collect();
        peaks_at(case, &tapered(tone, RATE as usize), wanted);
    }
}

#[test]
fn cases_20_to_23_a_short_peak_is_seen_at_every_offset() {
    // Made at four times the rate (a sixth of the rate, one period of a quarter of it, a sixth again), band-limited by a
    // windowed sinc, and every fourth sample taken from each of four starts.
    let long: Vec<f64> = (0..24_000).map(|t| 0.5 * (TAU * f64::from(t) / 24.0).sin()).collect();
    let short: Vec<f64> = (0..16).map(|t| (TAU * f64::from(t) / 16.0).sin()).collect();
    let signal = tapered([&long[..], &short, &long].concat(), 4 * RATE as usize);
    let half = 400;
    let kernel: Vec<f64> = (-half..=half)
        .map(|i| {
            let (t, angle) = (f64::from(i) * 0.245, PI * f64::from(i) / f64::from(half));
            let sinc = if i == 0 { 1.0 } else { (PI * t).sin() / (PI * t) };
            0.245 * sinc * (0.42 + 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos())
        })
        .collect();
    let at = |middle: usize| -> f64 {
        let taps = kernel.iter().enumerate();
        taps.filter_map(|(k, gain)| Some(gain * signal.get((middle + k).checked_sub(half as usize)?)?)).sum()
    };
    for start in 0..4 {
        let taken: Vec<f64> = (start..signal.len()).step_by(4).map(at).collect();
        peaks_at(["20", "21", "22", "23"][start], &taken, 0.0);
    }
}

#[test]
fn tech_3342_the_range_is_that_of_the_levels() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (case, (levels, wanted)) in cases.into_iter().enumerate() {
        let parts: Vec<_> = levels.iter().map(|level| (*level, 20.0)).collect();
        near(&format!("{} of 3342", case + 1), stereo(&heard(&parts)).range, wanted, 1.0);
    }
}
