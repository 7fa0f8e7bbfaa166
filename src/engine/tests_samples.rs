//! Samples as they sound: loops without a click, paces, places.

use std::sync::Arc;

use super::tests::{Rig, sample, small};
use crate::base::control::slot;
use crate::base::event::{Event, Kind};
use crate::dsp::math::{sine, step};
use crate::dsp::testing::{db, energy_above, rms, spectrum};
use crate::score::plan::{Key, Loop, Program, ProgramKind, Sample};

/// A sine of `hz` for a second.
fn tone(hz: f32) -> Vec<f32> {
    (0..48_000u32).map(|i| sine(i.wrapping_mul(step(hz, 48_000.0)))).collect()
}

/// The strongest frequency of a signal at 48 kHz, to a fraction of a bin.
fn pitch(signal: &[f32]) -> f64 {
    let bins = spectrum(signal);
    let (at, _) = bins.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    let near: f64 = bins[at - 3..=at + 3].iter().map(|b| b * b).sum();
    let mean: f64 = (at - 3..=at + 3).map(|i| i as f64 * bins[i] * bins[i]).sum::<f64>() / near;
    mean * 48_000.0 / signal.len() as f64
}

/// When the last sound is heard, in frames.
fn end(signal: &[f32]) -> usize {
    signal.iter().rposition(|x| x.abs() > 1e-4).unwrap_or(0)
}

#[test]
fn a_loop_goes_on_without_a_click_wherever_its_points_lie() {
    // Points in the middle of the wave: before the loop there is something to cross-fade with, after it, or nothing.
    for (begin, end) in [(0.3013, 0.6127), (0.0, 0.4321), (0.0, 1.0), (0.05, 0.0713)] {
        for speed in [1.0f32, 1.37, -0.8] {
            let mut rig = Rig::new(&small(sample(48_000, tone(100.0))), 48_000);
            let values = [
                (slot::LOOP, 1.0),
                (slot::LOOPBEGIN, begin),
                (slot::LOOPEND, end),
                (slot::SPEED, speed),
                (slot::ATTACK, 0.01),
                (slot::RELEASE, 0.05),
            ];
            rig.on(0, 0, 0, 1, &values);
            rig.off(240_000, 1);
            let (left, _) = rig.run(260_000, 512);
            assert!(rms(&left[200_000..240_000]) > 0.2, "{begin}..{end} at {speed} has ended");
            assert!(left[258_000..].iter().all(|x| x.abs() < 1e-6), "it goes on after its note");
            let above = db(energy_above(&left, 5000.0, 48_000.0));
            assert!(above < -80.0, "{begin}..{end} at {speed}: {above} dBFS above 5 kHz");
        }
    }
}

#[test]
fn a_loop_whose_wave_runs_on_is_left_as_it_is() {
    // A hundred turns: the second after the loop equals the first.
    let mut rig = Rig::new(&small(sample(48_000, tone(100.0))), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::LOOP, 1.0), (slot::PAN, 0.0)]);
    let (left, _) = rig.run(144_000, 512);
    for i in 0..48_000 {
        assert!((left[i] - left[i + 48_000]).abs() < 1e-5 && (left[i] - left[i + 96_000]).abs() < 1e-5, "{i}");
    }
}

#[test]
fn an_instrument_with_a_loop_sounds_as_long_as_its_note() {
    let sample = Arc::new(Sample { rate: 48_000, channels: vec![tone(200.0).into()], hash: 1, ..Sample::default() });
    let looped = Some(Loop { begin: 24_000, end: 36_000 });
    let kind = ProgramKind::Sample { sample, root: Some(60.0), looped };
    let mut rig = Rig::new(&small(Program { key: Key::of(&["held"]), kind, voices: 8 }), 48_000);
    // An octave above its root: 400 Hz.
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 72.0)]);
    rig.off(150_000, 1);
    // And one that the text plays through.
    rig.on(170_000, 0, 0, 2, &[(slot::NOTE, 60.0), (slot::LOOP, 0.0)]);
    rig.off(240_000, 2);
    let (left, _) = rig.run(300_000, 512);
    let heard = pitch(&left[100_000..132_768]);
    assert!((heard - 400.0).abs() < 0.2, "{heard} Hz");
    assert!(rms(&left[148_000..150_000]) > 0.2 && left[160_000..170_000].iter().all(|x| x.abs() < 1e-5));
    assert!((217_950..218_050).contains(&end(&left)), "{}", end(&left));
}

#[test]
fn a_pace_in_cycles_fits_the_sample_whatever_its_length() {
    // A second of sample, twice a second; backwards too.
    for speed in [2.0f32, -2.0] {
        let mut rig = Rig::new(&small(sample(48_000, tone(300.0))), 48_000);
        rig.on(0, 0, 0, 1, &[(slot::SPEED, speed), (slot::UNIT, 1.0)]);
        let (left, _) = rig.run(40_000, 512);
        assert!((23_900..24_100).contains(&end(&left)), "{}", end(&left));
        assert!((pitch(&left[4000..12_192]) - 600.0).abs() < 0.5);
    }
    // Half a second of it, to be heard in a second and a half.
    let mut rig = Rig::new(&small(sample(48_000, tone(300.0)[..24_000].to_vec())), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::SPEED, 1.0 / 1.5), (slot::UNIT, 1.0)]);
    let (left, _) = rig.run(100_000, 512);
    assert!((71_900..72_100).contains(&end(&left)), "{}", end(&left));
}

#[test]
fn accelerate_ends_at_the_pace_it_says() {
    for (by, first, last) in [(1.0f32, 400.0, 800.0), (-0.5, 400.0, 200.0)] {
        let mut rig = Rig::new(&small(sample(48_000, tone(400.0))), 48_000);
        rig.on(0, 0, 0, 1, &[(slot::ACCELERATE, by)]);
        let (left, _) = rig.run(96_000, 512);
        // It plays out at its mean pace.
        let length = (48_000.0 / (1.0 + by / 2.0)) as usize;
        assert!(end(&left).abs_diff(length) < 100, "{} {length}", end(&left));
        assert!((pitch(&left[200..1224]) / first - 1.0).abs() < 0.06, "{}", pitch(&left[200..1224]));
        let late = pitch(&left[length - 1200..length - 176]);
        assert!((late / last - 1.0).abs() < 0.06, "{late}");
    }
    // To a stand: it ends, and its voice is free again.
    let mut rig = Rig::new(&small(sample(48_000, tone(400.0))), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::ACCELERATE, -1.0)]);
    rig.run(110_000, 512);
    assert_eq!(rig.parts.engine.voices(), 0);
}

#[test]
fn slices_lie_where_they_should_to_the_frame() {
    // Every eighth has a level of its own.
    let steps: Vec<f32> = (0..48_000).map(|i| 0.1 * (1 + i / 6000) as f32).collect();
    for part in 0..8u16 {
        let mut rig = Rig::new(&small(sample(48_000, steps.clone())), 48_000);
        let (begin, end_at) = (f32::from(part) / 8.0, f32::from(part + 1) / 8.0);
        rig.on(100, 0, 0, 1, &[(slot::BEGIN, begin), (slot::END, end_at), (slot::PAN, 0.0)]);
        let (left, _) = rig.run(8000, 512);
        let level = 0.1 * f32::from(part + 1);
        assert!(left[200..6000].iter().all(|x| (x - level).abs() < 1e-4), "slice {part}");
        assert!(end(&left) <= 6100 && end(&left) > 6050, "slice {part}: {}", end(&left));
    }
}

#[test]
fn a_sample_of_another_rate_keeps_its_treble_its_length_and_its_pitch() {
    for rate in [44_100u32, 96_000, 32_000] {
        let hz = 0.42 * f64::from(rate.min(48_000));
        let turn = std::f64::consts::TAU * hz / f64::from(rate);
        let tone: Vec<f32> = (0..rate).map(|i| libm::sin(turn * f64::from(i)) as f32).collect();
        let mut rig = Rig::new(&small(sample(rate, tone)), 48_000);
        rig.on(0, 0, 0, 1, &[(slot::PAN, 0.0)]);
        let (left, _) = rig.run(60_000, 512);
        let level = db(rms(&left[1000..47_000]) * std::f64::consts::SQRT_2);
        assert!(level.abs() < 0.05, "{rate}: {level} dB at {hz} Hz");
        assert!((pitch(&left[8000..40_768]) - hz).abs() < 0.1, "{rate}");
        assert!(end(&left).abs_diff(48_000) < 60, "{rate}: {}", end(&left));
    }
}

#[test]
fn a_loop_of_an_instrument_stays_where_its_points_are_at_any_rate() {
    // A hundred frames of a sine are repeated: 441 Hz.
    let wave: Vec<f32> = (0..8820).map(|i| libm::sin(std::f64::consts::TAU * f64::from(i) / 100.0) as f32).collect();
    let sample = Arc::new(Sample { rate: 44_100, channels: vec![wave.into()], hash: 1, ..Sample::default() });
    let kind = ProgramKind::Sample { sample, root: Some(60.0), looped: Some(Loop { begin: 4400, end: 4500 }) };
    let mut rig = Rig::new(&small(Program { key: Key::of(&["held"]), kind, voices: 8 }), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 60.0)]);
    let (left, _) = rig.run(96_000, 512);
    assert!((pitch(&left[40_000..72_768]) - 441.0).abs() < 0.05, "{}", pitch(&left[40_000..72_768]));
}

#[test]
fn a_gain_and_a_pan_that_move_keep_the_gain_and_the_pan_of_their_zone() {
    let mut rig = Rig::new(&small(sample(48_000, vec![0.5; 96_000])), 48_000);
    // A zone 6 dB down, half to the left.
    rig.on(0, 0, 0, 1, &[(slot::ZONE_GAIN, 0.5), (slot::ZONE_PAN, -0.5), (slot::GAIN, 1.0)]);
    rig.send(Event { note: 1, ..Event::new(24_000, 1, Kind::Live) }, &[(slot::GAIN, 0.25)]);
    rig.send(Event { note: 1, ..Event::new(48_000, 1, Kind::Live) }, &[(slot::PAN, 0.75)]);
    let (left, right) = rig.run(72_000, 512);
    let middle = std::f32::consts::FRAC_1_SQRT_2;
    let quarter = (libm::cosf(std::f32::consts::FRAC_PI_8), libm::sinf(std::f32::consts::FRAC_PI_8));
    for (at, wanted) in [
        (20_000, (0.25 * quarter.0, 0.25 * quarter.1)),
        (44_000, (0.0625 * quarter.0, 0.0625 * quarter.1)),
        (70_000, (0.0625 * middle, 0.0625 * middle)),
    ] {
        let found = (left[at], right[at]);
        assert!((found.0 - wanted.0).abs() < 1e-4 && (found.1 - wanted.1).abs() < 1e-4, "{at}: {found:?} {wanted:?}");
    }
}
