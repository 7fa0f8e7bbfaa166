//! The controls of the voice chain as they sound: each does what it says, without a click and within bounds.

use super::tests::{Rig, held, level, sample, small, wave};
use crate::base::control::{CONTROLS, slot};
use crate::base::event::{Event, Kind, SlotValue};
use crate::dsp::math::{sine, step};
use crate::dsp::testing::{db, energy_above, rms, spectrum};
use crate::score::plan::Wave;

/// Upward zero crossings a second.
fn crossings(signal: &[f32]) -> f64 {
    signal.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64 * 48_000.0 / signal.len() as f64
}

#[test]
fn a_vowel_and_filters_shape_what_is_heard() {
    let noise = |values: &[SlotValue]| held(wave(Wave::White), values, 48_000);
    let part = |signal: &[f32], from, to| level(&signal[8000..24_384], from, to);
    let ah = noise(&[(slot::VOWEL, 0.0)]);
    assert!(part(&ah, 650.0, 1200.0) > part(&ah, 3500.0, 8000.0) + 15.0);
    let ee = noise(&[(slot::VOWEL, 2.0)]);
    assert!(part(&ee, 200.0, 340.0) > part(&ee, 700.0, 1200.0) + 6.0);
    // 12 dB and 24 dB an octave, and a ladder.
    let fall = |kind: f32| {
        let signal = noise(&[(slot::LPF, 1000.0), (slot::FTYPE, kind)]);
        part(&signal, 3800.0, 4200.0) - part(&signal, 7600.0, 8400.0) + 3.0
    };
    assert!((fall(0.0) - 12.0).abs() < 2.0, "{}", fall(0.0));
    assert!((fall(1.0) - 24.0).abs() < 3.0, "{}", fall(1.0));
    assert!((fall(2.0) - 24.0).abs() < 4.0, "{}", fall(2.0));
}

#[test]
fn envelopes_of_filters_hold_their_sustain_and_fall_at_the_release() {
    let values = [
        (slot::HPF, 100.0),
        (slot::HPENV, 5.0),
        (slot::HPDECAY, 0.05),
        (slot::HPSUSTAIN, 1.0),
        (slot::HPRELEASE, 0.02),
        (slot::RELEASE, 0.5),
    ];
    let signal = held(wave(Wave::White), &values, 48_000);
    let low = |from: usize| level(&signal[from..from + 4096], 150.0, 600.0);
    // Held at 3,200 Hz the low end is gone; after the release it comes back.
    assert!(low(40_500) > low(30_000) + 15.0, "{} {}", low(40_500), low(30_000));
}

#[test]
fn vibrato_sways_by_its_depth() {
    let signal = held(wave(Wave::Sine), &[(slot::NOTE, 81.0), (slot::VIB, 1.0), (slot::VIBMOD, 2.0)], 96_000);
    // Over the first quarter of a turn it rises by two semitones.
    let at = |from: usize| crossings(&signal[from..from + 2400]);
    assert!((at(10_800) / 880.0 - 1.1225).abs() < 0.03, "{}", at(10_800));
    assert!((at(34_800) / 880.0 - 0.891).abs() < 0.03, "{}", at(34_800));
}

#[test]
fn tremolo_and_phaser_move_without_a_click() {
    let values = [(slot::NOTE, 43.35), (slot::TREMOLO, 4.0), (slot::ATTACK, 0.01), (slot::RELEASE, 0.1)];
    let signal = held(wave(Wave::Sine), &values, 96_000);
    let loud = rms(&signal[12_000 - 500..12_000 + 500]);
    let quiet = rms(&signal[18_000 - 500..18_000 + 500]);
    assert!(db(quiet / loud) < -20.0, "{}", db(quiet / loud));
    assert!(db(energy_above(&signal, 5000.0, 48_000.0)) < -80.0);
    let values = [(slot::NOTE, 43.35), (slot::PHASER, 2.0), (slot::ATTACK, 0.01), (slot::RELEASE, 0.1)];
    let signal = held(wave(Wave::Sine), &values, 96_000);
    assert!(db(energy_above(&signal, 5000.0, 48_000.0)) < -80.0);
    // Notches sway through noise.
    let signal = held(wave(Wave::White), &[(slot::PHASER, 0.5), (slot::PHASERDEPTH, 1.0)], 96_000);
    let depths: Vec<f64> =
        (0..8).map(|i| level(&signal[i * 8192 + 4000..(i + 1) * 8192 + 4000], 900.0, 1000.0)).collect();
    let (least, most) = depths.iter().fold((0.0f64, -200.0f64), |(a, b), x| (a.min(*x), b.max(*x)));
    assert!(most - least > 6.0, "{depths:?}");
}

#[test]
fn coarse_and_shape_do_what_they_say() {
    let tone: Vec<f32> = (0..48_000u32).map(|i| 0.5 * sine(i.wrapping_mul(step(100.0, 48_000.0)))).collect();
    let coarse = held(sample(48_000, tone.clone()), &[(slot::COARSE, 4.0), (slot::PAN, 0.0)], 57_600);
    for (i, four) in coarse[..8000].chunks(4).enumerate() {
        assert!(four.iter().all(|x| *x == tone[i * 4]), "frame {i}");
    }
    let shaped = held(sample(48_000, tone), &[(slot::SHAPE, 0.8), (slot::PAN, 0.0)], 57_600);
    let peak = shaped.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    // (1 + 8) · .5 / (1 + 8 · .5) = .9
    assert!((peak - 0.9).abs() < 0.02, "{peak}");
    assert!(level(&shaped[8000..24_384], 290.0, 310.0) > -40.0);
}

#[test]
fn squiz_raises_a_sample_without_shortening_it() {
    let tone: Vec<f32> = (0..48_000u32).map(|i| 0.5 * sine(i.wrapping_mul(step(200.0, 48_000.0)))).collect();
    for speed in [1.0f32, -1.0] {
        let signal = held(sample(48_000, tone.clone()), &[(slot::SQUIZ, 3.0), (slot::SPEED, speed)], 57_600);
        let heard = crossings(&signal[4000..44_000]);
        assert!((heard - 600.0).abs() < 12.0, "{heard}");
        assert!(rms(&signal[46_000..47_900]) > 0.1 && rms(&signal[48_200..]) < 1e-5);
    }
}

#[test]
fn voices_in_unison_are_wide_and_about_as_loud_as_one() {
    let mut rig = Rig::new(&small(wave(Wave::Saw)), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 45.0), (slot::UNISON, 5.0), (slot::DETUNE, 0.3)]);
    let (left, right) = rig.run(96_000, 512);
    let one = held(wave(Wave::Saw), &[(slot::NOTE, 45.0)], 96_000);
    let louder = db(rms(&left[9600..]) / rms(&one[9600..80_000]));
    assert!(louder.abs() < 3.0, "{louder}");
    let product: f64 = left.iter().zip(&right).map(|(l, r)| f64::from(l * r)).sum::<f64>() / 96_000.0;
    assert!(product / (rms(&left) * rms(&right)) < 0.95);
    // The outermost stand .3 semitones apart: ±.87 % of 110 Hz.
    let bins = spectrum(&left[9600..9600 + 65_536]);
    let bin = 48_000.0 / 65_536.0;
    let tallest =
        |from: f64, to: f64| bins[(from / bin) as usize..(to / bin) as usize].iter().fold(0.0f64, |a, b| a.max(*b));
    let tenth = 1100.0;
    assert!(db(tallest(tenth * 1.0075, tenth * 1.0099) / tallest(tenth * 1.012, tenth * 1.03)) > 20.0);
}

#[test]
fn frequency_modulation_rises_and_rests_where_it_should() {
    let values =
        [(slot::NOTE, 57.0), (slot::FM, 4.0), (slot::FMATTACK, 0.3), (slot::FMDECAY, 0.1), (slot::FMSUSTAIN, 0.5)];
    let signal = held(wave(Wave::Sine), &values, 96_000);
    let bright = |from: usize| level(&signal[from..from + 4096], 800.0, 3000.0);
    assert!(
        bright(12_000) > bright(480) + 10.0 && bright(60_000) > bright(480) + 3.0 && bright(12_400) > bright(60_000)
    );
}

/// Every control at the ends of its range, on a wave and on a sample, alone and all together.
#[test]
fn every_control_at_its_ends_stays_within_bounds() {
    let slots: Vec<(u16, f32, f32)> =
        CONTROLS.iter().filter_map(|control| Some((control.slot?, control.low, control.high))).collect();
    let mut plans: Vec<Vec<SlotValue>> = Vec::new();
    for (slot, low, high) in &slots {
        plans.push(vec![(*slot, *low)]);
        plans.push(vec![(*slot, *high)]);
    }
    plans.push(slots.iter().map(|(slot, low, _)| (*slot, *low)).collect());
    plans.push(slots.iter().map(|(slot, _, high)| (*slot, *high)).collect());
    for values in plans {
        for program in [wave(Wave::Saw), sample(44_100, crate::dsp::testing::noise(1, 9000))] {
            let mut rig = Rig::new(&small(program), 48_000);
            rig.on(3, 0, 0, 1, &values);
            rig.send(Event { note: 1, ..Event::new(2000, 1, Kind::Live) }, &values);
            rig.off(4000, 1);
            let (left, right) = rig.run(6000, 100);
            assert!(left.iter().chain(&right).all(|x| x.is_finite() && x.abs() <= 1.0), "{values:?}");
        }
    }
}

#[test]
fn live_values_of_every_control_leave_no_click() {
    let moves: &[(u16, f32, f32)] = &[
        (slot::GAIN, 1.0, 0.1),
        (slot::PAN, 0.5, 0.0),
        (slot::LPF, 4000.0, 300.0),
        (slot::HPF, 20.0, 400.0),
        (slot::VOWEL, 0.0, 4.0),
        (slot::TREMOLODEPTH, 0.2, 1.0),
        (slot::PHASERDEPTH, 0.1, 1.0),
        (slot::NOTE, 43.35, 50.0),
    ];
    for (slot, from, to) in moves {
        let mut values = vec![(slot::NOTE, 43.35), (slot::TREMOLO, 3.0), (slot::PHASER, 1.0), (slot::ATTACK, 0.02)];
        values.retain(|(other, _)| other != slot);
        values.push((*slot, *from));
        let mut rig = Rig::new(&small(wave(Wave::Sine)), 48_000);
        rig.on(0, 0, 0, 1, &values);
        rig.send(Event { note: 1, ..Event::new(24_003, 1, Kind::Live) }, &[(*slot, *to)]);
        let (left, _) = rig.run(72_000, 512);
        let above = db(energy_above(&left, 5000.0, 48_000.0));
        assert!(above < -80.0, "slot {slot}: {above} dBFS above 5 kHz");
    }
}

#[test]
fn a_machine_that_cannot_keep_up_loses_tails_then_voices_without_a_click() {
    let mut rig = Rig::new(&small(wave(Wave::Sine)), 48_000);
    for i in 0..8u32 {
        rig.on(0, 0, 0, i, &[(slot::NOTE, 43.35), (slot::RELEASE, 20.0), (slot::GAIN, 0.05 + 0.01 * i as f32)]);
    }
    for i in 0..4 {
        rig.off(12_000, i);
    }
    let relieve = |step: u32, frame: i64| Event { program: step, ..Event::new(frame, 1, Kind::Relieve) };
    rig.send(relieve(1, 24_000), &[]);
    let (mut all, _) = rig.run(24_000, 512);
    assert_eq!(rig.parts.engine.voices(), 8);
    all.extend(rig.run(12_000, 512).0);
    assert_eq!(rig.parts.engine.voices(), 4, "the tails are over");
    rig.send(relieve(2, 36_000), &[]);
    all.extend(rig.run(12_000, 512).0);
    assert_eq!(rig.parts.engine.voices(), 3, "a quarter is taken away");
    rig.send(relieve(0, 48_000), &[]);
    rig.off(50_000, 7);
    all.extend(rig.run(24_000, 512).0);
    assert_eq!(rig.parts.engine.voices(), 3, "its release is its own again");
    assert!(db(energy_above(&all, 5000.0, 48_000.0)) < -80.0);
}
