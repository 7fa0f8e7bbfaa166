//! What the built-in waves have beside their pitch, as it sounds: the width of a pulse, noise, holds, levels.

use super::tests::{level, wave};
use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::dsp::testing::{db, energy_above, rms};
use crate::score::plan::Wave;

/// One held note of a wave, its left side.
fn held(of: Wave, values: &[SlotValue], frames: usize) -> Vec<f32> {
    super::tests::held(wave(of), values, frames)
}

#[test]
fn a_width_takes_out_the_partials_that_it_should() {
    // 100 Hz: a pulse a quarter wide has no fourth partial, one of a fifth no fifth.
    let note = (slot::NOTE, 43.349_958);
    let partial = |values: &[SlotValue], n: f64| {
        let signal = held(Wave::Pulse, values, 96_000);
        level(&signal[8000..8000 + 65_536], 100.0 * n - 10.0, 100.0 * n + 10.0)
    };
    let (own, fifth) = ([note], [note, (slot::PW, 0.2)]);
    assert!(partial(&own, 4.0) < partial(&own, 3.0) - 30.0);
    assert!(partial(&fifth, 5.0) < partial(&fifth, 4.0) - 20.0);
    assert!(partial(&fifth, 4.0) > partial(&own, 4.0) + 20.0);
}

#[test]
fn a_width_that_swings_moves_the_partials_without_a_click() {
    let values = [(slot::NOTE, 43.349_958), (slot::PW, 0.5), (slot::PWRATE, 1.0), (slot::PWSWEEP, 0.6)];
    let signal = held(Wave::Pulse, &values, 96_000);
    // A square has no second partial; a quarter of a second later it is .8 wide and has one.
    let second = |from: usize| level(&signal[from..from + 4096], 180.0, 220.0);
    assert!(second(12_000 - 2048) > second(24_000 - 2048) + 12.0, "{} {}", second(9952), second(21_952));
    let still = held(Wave::Pulse, &values[..2], 96_000);
    let above = |signal: &[f32]| db(energy_above(signal, 15_000.0, 48_000.0));
    assert!(above(&signal) < above(&still) + 4.0, "{} {}", above(&signal), above(&still));
}

#[test]
fn noise_lies_over_a_wave_as_much_as_it_should() {
    let tone = |share: f32| held(Wave::Sine, &[(slot::NOTE, 69.0), (slot::NOISE, share)], 96_000);
    let between = |signal: &[f32]| level(&signal[8000..8000 + 65_536], 1000.0, 4000.0);
    let peak = |signal: &[f32]| level(&signal[8000..8000 + 65_536], 430.0, 450.0);
    let (none, half, all) = (tone(0.0), tone(0.5), tone(1.0));
    assert!(between(&half) > between(&none) + 30.0);
    assert!((peak(&half) - peak(&none)).abs() < 1.0, "{} {}", peak(&half), peak(&none));
    assert!(peak(&all) < peak(&half) - 10.0);
}

#[test]
fn a_hold_keeps_the_peak_and_levels_multiply() {
    let values = [(slot::NOTE, 69.0), (slot::HOLD, 0.5), (slot::DECAY, 0.05), (slot::SUSTAIN, 0.0)];
    let signal = held(Wave::Sine, &values, 96_000);
    assert!(db(rms(&signal[2400..4800]) / rms(&signal[19_200..21_600])).abs() < 0.3);
    assert!(db(rms(&signal[33_600..36_000]) / rms(&signal[2400..4800])) < -50.0);
    let plain = held(Wave::Sine, &[(slot::NOTE, 69.0)], 48_000);
    for slot in [slot::POSTGAIN, slot::DRY] {
        let halved = held(Wave::Sine, &[(slot::NOTE, 69.0), (slot, 0.5)], 48_000);
        let ratio = rms(&halved[4800..24_000]) / rms(&plain[4800..24_000]);
        assert!((ratio - 0.5).abs() < 1e-3, "{ratio}");
    }
}

#[test]
fn one_filter_goes_from_low_to_high_and_is_open_in_the_middle() {
    let noise = |at: f32| held(Wave::White, &[(slot::DJF, at)], 48_000);
    let part = |signal: &[f32], from, to| level(&signal[8000..24_384], from, to);
    let (low, open, high) = (noise(0.2), noise(0.5), noise(0.8));
    let plain = held(Wave::White, &[], 48_000);
    assert_eq!(open[8000..9000], plain[8000..9000]);
    assert!(part(&low, 5000.0, 10_000.0) < part(&open, 5000.0, 10_000.0) - 25.0);
    assert!((part(&low, 50.0, 150.0) - part(&open, 50.0, 150.0)).abs() < 3.0);
    assert!(part(&high, 50.0, 150.0) < part(&open, 50.0, 150.0) - 25.0);
    assert!((part(&high, 8000.0, 12_000.0) - part(&open, 8000.0, 12_000.0)).abs() < 3.0);
}

#[test]
fn a_pitch_envelope_stands_about_the_note_and_falls_where_it_should() {
    let turns = |signal: &[f32]| {
        signal.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64 * 48_000.0 / signal.len() as f64
    };
    let values = [
        (slot::NOTE, 69.0),
        (slot::PENV, 12.0),
        (slot::PDECAY, 0.1),
        (slot::PSUSTAIN, 1.0),
        (slot::PANCHOR, 0.5),
        (slot::PRELEASE, 0.05),
        (slot::PCURVE, 0.0),
        (slot::RELEASE, 1.0),
    ];
    let signal = held(Wave::Sine, &values, 96_000);
    // Half an octave above while it is held, half an octave below when it was let go.
    assert!((turns(&signal[24_000..72_000]) / 622.25 - 1.0).abs() < 0.01, "{}", turns(&signal[24_000..72_000]));
    assert!((turns(&signal[90_000..96_000]) / 311.13 - 1.0).abs() < 0.05, "{}", turns(&signal[90_000..96_000]));
}

#[test]
fn shapes_of_a_tremolo_differ_and_none_clicks() {
    let shaken = |shape: f32, skew: f32, phase: f32| {
        let values = [
            (slot::NOTE, 43.35),
            (slot::TREMOLO, 2.0),
            (slot::TREMOLOSHAPE, shape),
            (slot::TREMOLOSKEW, skew),
            (slot::TREMOLOPHASE, phase),
            (slot::ATTACK, 0.01),
            (slot::RELEASE, 0.1),
        ];
        held(Wave::Sine, &values, 96_000)
    };
    let at = |signal: &[f32], seconds: f64| {
        let from = (seconds * 48_000.0) as usize;
        rms(&signal[from - 480..from + 480])
    };
    for shape in 0..5 {
        let signal = shaken(shape as f32, 0.5, 0.0);
        assert!(db(energy_above(&signal, 5000.0, 48_000.0)) < -60.0, "{shape}");
    }
    // A square is loud for its first half; a phase of half a turn begins in its second.
    let (square, late) = (shaken(2.0, 0.5, 0.0), shaken(2.0, 0.5, 0.5));
    assert!(db(at(&square, 0.375) / at(&square, 0.125)) < -40.0);
    assert!(db(at(&late, 0.125) / at(&late, 0.375)) < -40.0);
    // A saw falls over its whole turn, a ramp rises.
    let (saw, ramp) = (shaken(3.0, 0.5, 0.0), shaken(4.0, 0.5, 0.0));
    assert!(at(&saw, 0.6) > 2.0 * at(&saw, 0.9) && at(&ramp, 0.9) > 2.0 * at(&ramp, 0.6));
    // Falling for a fifth of its turn, a triangle is lowest there.
    let skewed = shaken(1.0, 0.2, 0.0);
    assert!(at(&skewed, 0.6) < 0.3 * at(&skewed, 0.95));
}
