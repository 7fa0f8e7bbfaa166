//! The engine as the drivers see it: plans and events in, samples out.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::{Config, Parts, build};
use crate::base::control::slot;
use crate::base::event::{Event, Kind, SlotValue, address, hand};
use crate::dsp::testing::{db, energy_above, noise, rms, spectrum};
use crate::score::plan::{Insert, Key, Plan, Program, ProgramKind, Sample, Send, Strip, StripKind, Wave};

fn strip(name: &str, kind: StripKind, output: Option<usize>) -> Strip {
    Strip {
        key: Key::of(&[name]),
        name: name.into(),
        kind,
        inserts: Vec::new(),
        gain: 1.0,
        pan: 0.5,
        width: 1.0,
        sends: Vec::new(),
        output,
    }
}

pub(super) fn wave(wave: Wave) -> Program {
    Program { key: Key::of(&[&format!("{wave:?}")]), kind: ProgramKind::Wave(wave), voices: 16 }
}

pub(super) fn sample(rate: u32, left: Vec<f32>) -> Program {
    let sample = Arc::new(Sample { rate, channels: vec![left.into()], hash: 1, ..Sample::default() });
    Program { key: Key::of(&["sample"]), kind: ProgramKind::Sample { sample, root: None, looped: None }, voices: 16 }
}

fn insert(name: &str, kind: &'static str, parameters: &[f32]) -> Insert {
    Insert {
        key: Key::of(&[name, kind]),
        kind,
        effect: None,
        file: None,
        bands: Vec::new(),
        parameters: parameters.to_vec(),
    }
}

/// Tracks `a` and `b` (0, 1), bus `room` (2), master (3); programs sine, saw, noise, and a sample.
fn plan(generation: u32) -> Plan {
    let mut room = strip("room", StripKind::Bus, Some(3));
    room.inserts.push(insert("room", "reverb", &[1.0, 0.5, 0.01, 6000.0]));
    let mut a = strip("a", StripKind::Track, Some(3));
    a.sends.push(Send { to: 2, level: 0.2, pre: false });
    let mut ramp = noise(5, 4000);
    ramp[0] = 1.0;
    Plan {
        generation,
        programs: vec![wave(Wave::Sine), wave(Wave::Saw), wave(Wave::White), sample(48_000, ramp)],
        strips: vec![a, strip("b", StripKind::Track, Some(3)), room, strip("master", StripKind::Master, None)],
    }
}

/// A plan of one track into the master.
pub(super) fn small(program: Program) -> Plan {
    Plan {
        generation: 1,
        programs: vec![program],
        strips: vec![strip("a", StripKind::Track, Some(1)), strip("master", StripKind::Master, None)],
    }
}

pub(super) struct Rig {
    pub(super) parts: Parts,
}

impl Rig {
    pub(super) fn new(plan: &Plan, rate: u32) -> Rig {
        let mut parts = build(Config { rate, most_voices: 32, ..Config::default() });
        parts.rigs.prepare(plan).unwrap();
        parts.events.send(Event::new(0, plan.generation, Kind::Swap), &[]).unwrap();
        Rig { parts }
    }

    pub(super) fn send(&mut self, event: Event, values: &[SlotValue]) {
        self.parts.events.send(event, values).unwrap();
    }

    pub(super) fn on(&mut self, frame: i64, track: u16, program: u32, note: u32, values: &[SlotValue]) {
        self.send(Event { note, program, track, ..Event::new(frame, 1, Kind::NoteOn) }, values);
    }

    pub(super) fn off(&mut self, frame: i64, note: u32) {
        self.send(Event { note, ..Event::new(frame, 1, Kind::NoteOff) }, &[]);
    }

    pub(super) fn run(&mut self, frames: usize, block: usize) -> (Vec<f32>, Vec<f32>) {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        for (l, r) in left.chunks_mut(block).zip(right.chunks_mut(block)) {
            self.parts.engine.process(l, r);
        }
        (left, right)
    }
}

/// Half a minute of everything, in small.
fn busy(rig: &mut Rig) {
    for i in 0..60u32 {
        let frame = i64::from(i) * 331 + 5;
        let values = [
            (slot::NOTE, 40.0 + (i * 7 % 40) as f32),
            (slot::VELOCITY, 0.6),
            (slot::PAN, i as f32 / 60.0),
            (slot::LPF, 300.0 + 50.0 * i as f32),
            (slot::LPENV, if i % 2 == 0 { 3.0 } else { 0.0 }),
            (slot::PENV, if i % 3 == 0 { 12.0 } else { 0.0 }),
            (slot::FM, if i % 5 == 0 { 2.0 } else { 0.0 }),
            (slot::FMDECAY, if i % 10 == 0 { 0.1 } else { 0.0 }),
            (slot::DISTORT, if i % 7 == 0 { 1.5 } else { 0.0 }),
            (slot::CUT, if i % 4 == 3 { 1.0 } else { 0.0 }),
            (slot::SPEED, if i % 8 == 7 { -1.3 } else { 1.1 }),
            (slot::BEGIN, if i % 9 == 0 { 0.25 } else { 0.0 }),
            (slot::SEND + 2, 0.3),
        ];
        rig.on(frame, (i % 2) as u16, i % 4, i, &values);
        rig.off(frame + 900, i);
        if i % 6 == 0 {
            rig.send(
                Event { note: i, ..Event::new(frame + 403, 1, Kind::Live) },
                &[(slot::LPF, 2000.0), (slot::GAIN, 0.5)],
            );
        }
        if i % 4 == 0 {
            let level = 0.3 + 0.01 * i as f32;
            let moved =
                Event { program: address::GAIN, note: level.to_bits(), ..Event::new(frame + 17, 1, Kind::Parameter) };
            rig.send(moved, &[]);
        }
    }
}

/// One held note of a program, its left side.
pub(super) fn held(program: Program, values: &[SlotValue], frames: usize) -> Vec<f32> {
    let mut rig = Rig::new(&small(program), 48_000);
    rig.on(0, 0, 0, 1, values);
    rig.off(frames as i64 - 9600, 1);
    rig.run(frames, 512).0
}

/// The level of a stretch of a spectrum, dB.
pub(super) fn level(signal: &[f32], from: f64, to: f64) -> f64 {
    let bins = spectrum(signal);
    let bin = 48_000.0 / signal.len() as f64;
    db(bins[(from / bin) as usize..(to / bin) as usize].iter().map(|b| b * b).sum::<f64>().sqrt())
}

#[test]
fn a_sample_starts_on_its_frame_and_comes_out_as_it_is() {
    let samples = noise(1, 300);
    for rate in [1, 8, 48_000] {
        for onset in [0, 1, 5, 64, 100] {
            let mut rig = Rig::new(&small(sample(rate, samples.clone())), rate);
            rig.on(onset, 0, 0, 1, &[(slot::PAN, 0.0)]);
            let (left, right) = rig.run(500, 64);
            let onset = onset as usize;
            assert!(left[..onset].iter().all(|x| *x == 0.0));
            assert_eq!(left[onset..onset + 300], samples, "rate {rate}, onset {onset}");
            assert!(left[onset + 300..].iter().chain(&right).all(|x| *x == 0.0));
        }
    }
}

#[test]
fn a_sample_at_speed_minus_one_plays_backwards() {
    let samples = noise(2, 300);
    let mut rig = Rig::new(&small(sample(48_000, samples.clone())), 48_000);
    rig.on(10, 0, 0, 1, &[(slot::PAN, 0.0), (slot::SPEED, -1.0)]);
    let (left, _) = rig.run(400, 400);
    let expected: Vec<f32> = samples.iter().rev().copied().collect();
    assert_eq!(left[10..310], expected);
}

#[test]
fn no_block_size_changes_a_bit() {
    let render = |block: usize| {
        let mut rig = Rig::new(&plan(1), 48_000);
        busy(&mut rig);
        rig.run(24_000, block)
    };
    let whole = render(24_000);
    assert!(rms(&whole.0) > 0.01);
    for block in [1, 64, 511] {
        assert_eq!(render(block), whole, "blocks of {block}");
    }
}

#[test]
fn a_reload_without_a_change_changes_no_bit() {
    let render = |swaps: bool| {
        let mut rig = Rig::new(&plan(1), 48_000);
        busy(&mut rig);
        let (mut left, mut right) = rig.run(5000, 512);
        for generation in 2..6 {
            if swaps {
                rig.parts.rigs.prepare(&plan(generation)).unwrap();
                let at = rig.parts.engine.frame() + 77;
                rig.send(Event::new(at, generation, Kind::Swap), &[]);
            }
            let (l, r) = rig.run(4000, 512);
            left.extend(l);
            right.extend(r);
        }
        (left, right)
    };
    assert_eq!(render(true), render(false));
}

#[test]
fn a_note_of_one_track_never_changes_the_bits_of_another() {
    // Track b goes hard left, track a hard right.
    let render = |other: bool| {
        let mut plan = plan(1);
        plan.strips[0].sends.clear();
        plan.strips[0].pan = 1.0;
        let mut rig = Rig::new(&plan, 48_000);
        for i in 0..20u32 {
            let values = [(slot::NOTE, 50.0 + i as f32), (slot::PAN, 0.0), (slot::LPF, 900.0), (slot::LPENV, 2.0)];
            rig.on(i64::from(i) * 200, 1, i % 3, 100 + i, &values);
            rig.off(i64::from(i) * 200 + 333, 100 + i);
            if other {
                rig.on(i64::from(i) * 200 - 3, 0, i % 4, 200 + i, &[(slot::PAN, 1.0), (slot::GAIN, 0.05)]);
                rig.off(i64::from(i) * 171, 200 + i);
            }
        }
        rig.run(6000, 256).0
    };
    let (with, without) = (render(true), render(false));
    assert!(rms(&without) > 0.01);
    assert_eq!(with, without);
}

#[test]
fn a_full_sine_peaks_at_minus_nine() {
    let mut rig = Rig::new(&small(wave(Wave::Sine)), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 69.0)]);
    let (left, right) = rig.run(9600, 480);
    let peak = db(f64::from(left.iter().fold(0.0f32, |a, x| a.max(x.abs()))));
    assert!((peak + 9.03).abs() < 0.1, "{peak}");
    assert_eq!(left, right);
    let (l, _) = rig.parts.meters.take_strip(Key::of(&["a"])).unwrap();
    assert!((db(f64::from(l)) - peak).abs() < 0.01);
}

#[test]
fn notes_start_end_and_are_stolen_without_a_click() {
    let mut one = wave(Wave::Sine);
    one.voices = 1;
    let mut rig = Rig::new(&small(one), 48_000);
    let note = 69.0 + 12.0 * libm::log2f(100.0 / 440.0);
    for i in 0..8u32 {
        rig.on(i64::from(i) * 5000 + 100, 0, 0, i, &[(slot::NOTE, note), (slot::RELEASE, 0.0), (slot::ATTACK, 0.0)]);
        if i % 2 == 0 {
            rig.off(i64::from(i) * 5000 + 3333, i);
        }
    }
    let (left, _) = rig.run(48_000, 480);
    assert_eq!(rig.parts.meters.stolen.load(Relaxed), 3);
    let above = db(energy_above(&left, 5000.0, 48_000.0));
    assert!(above < -80.0, "{above} dBFS above 5 kHz");
}

#[test]
fn a_choke_group_ends_what_sounds_in_its_track() {
    let mut rig = Rig::new(&small(sample(48_000, vec![0.5; 40_000])), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::CUT, 1.0)]);
    rig.on(2000, 0, 0, 2, &[(slot::CUT, 1.0), (slot::GAIN, 0.0)]);
    let (left, _) = rig.run(4000, 100);
    assert!(left[1999] > 0.1 && left[2100] > 0.001 && left[3000].abs() < 1e-4);
}

#[test]
fn samples_play_out_unless_they_are_gated() {
    for (gated, sounds) in [(0.0, true), (1.0, false)] {
        let mut rig = Rig::new(&small(sample(48_000, vec![0.5; 40_000])), 48_000);
        rig.on(0, 0, 0, 1, &[(slot::GATED, gated)]);
        rig.off(1000, 1);
        let (left, _) = rig.run(8000, 100);
        assert_eq!(left[7000].abs() > 0.1, sounds);
    }
}

#[test]
fn a_cut_sample_has_soft_edges() {
    let tone: Vec<f32> = (0..48_000u32).map(|i| crate::dsp::math::sine(i.wrapping_mul(8_947_849))).collect();
    let mut rig = Rig::new(&small(sample(48_000, tone)), 48_000);
    rig.on(1000, 0, 0, 1, &[(slot::BEGIN, 0.3021), (slot::END, 0.4567)]);
    let (left, _) = rig.run(16_000, 512);
    assert!(left[1000 + 7400..1000 + 7410].iter().any(|x| x.abs() > 0.0) && left[9000] == 0.0);
    assert!(db(energy_above(&left, 5000.0, 48_000.0)) < -75.0);
}

#[test]
fn hands_and_parameters_move_a_fader_without_a_click() {
    let mut rig = Rig::new(&small(wave(Wave::Sine)), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 43.0)]);
    rig.send(Event { program: address::GAIN, note: 0.1f32.to_bits(), ..Event::new(9000, 1, Kind::Parameter) }, &[]);
    rig.send(Event { program: address::PAN, note: 0.0f32.to_bits(), ..Event::new(15_000, 1, Kind::Parameter) }, &[]);
    rig.send(Event { program: hand::MUTE, note: 1.0f32.to_bits(), ..Event::new(30_000, 1, Kind::Hand) }, &[]);
    let (left, right) = rig.run(48_000, 512);
    let loud = |x: &[f32]| db(rms(x));
    assert!((loud(&left[12_000..14_000]) - loud(&left[5000..7000]) + 20.0).abs() < 0.3);
    assert!(loud(&right[20_000..25_000]) < -100.0 && loud(&left[20_000..25_000]) > -60.0);
    assert!(loud(&left[32_000..]) < -120.0);
    assert!(db(energy_above(&left, 5000.0, 48_000.0)) < -80.0);
}

#[test]
fn a_strip_that_is_gone_rings_out_and_comes_home() {
    let mut rig = Rig::new(&plan(1), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::SEND + 2, 1.0), (slot::RELEASE, 0.2)]);
    rig.run(4800, 480);
    let mut fewer = plan(2);
    // Without track a and without the reverb.
    fewer.strips.remove(0);
    fewer.strips[1].inserts.clear();
    for strip in &mut fewer.strips {
        strip.output = strip.output.map(|to| to - 1);
    }
    rig.parts.rigs.prepare(&fewer).unwrap();
    rig.send(Event::new(4800, 2, Kind::Swap), &[]);
    let (left, _) = rig.run(4800, 480);
    assert!(rms(&left[..480]) > 0.05 && rms(&left[4000..]) > 1e-5);
    assert!(left.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.03));
    rig.run(48_000 * 5, 480);
    assert_eq!(rig.parts.engine.voices(), 0);
    // Everything that was taken away came home: the whole desk can be built anew again and again.
    for generation in 3..80 {
        let plan = if generation % 2 == 0 { plan(generation) } else { Plan { generation, ..fewer.clone() } };
        rig.parts.rigs.prepare(&plan).unwrap();
        rig.send(Event::new(0, generation, Kind::Swap), &[]);
        rig.run(1024 * 16, 1024 * 16);
    }
    assert_eq!(rig.parts.meters.generation.load(Relaxed), 79);
}

#[test]
fn a_swap_whose_rig_is_late_happens_when_it_comes() {
    let mut rig = Rig::new(&plan(1), 48_000);
    rig.send(Event::new(100, 2, Kind::Swap), &[]);
    rig.run(1000, 100);
    assert_eq!(rig.parts.meters.late_swaps.load(Relaxed), 1);
    rig.parts.rigs.prepare(&plan(2)).unwrap();
    rig.run(100, 100);
    assert_eq!(rig.parts.meters.generation.load(Relaxed), 2);
}

#[test]
fn a_late_event_sounds_at_once_and_is_counted() {
    let mut rig = Rig::new(&small(sample(48_000, vec![1.0; 100])), 48_000);
    rig.run(1000, 100);
    rig.on(500, 0, 0, 1, &[]);
    let (left, _) = rig.run(100, 100);
    assert!(left[0] > 0.1);
    assert_eq!(rig.parts.meters.late.load(Relaxed), 1);
}

#[test]
fn panic_is_silence_within_ten_milliseconds() {
    let mut rig = Rig::new(&plan(1), 48_000);
    busy(&mut rig);
    rig.run(6000, 480);
    rig.send(Event::new(6000, 2, Kind::Cancel), &[]);
    rig.send(Event::new(6100, 2, Kind::Panic), &[]);
    let (left, _) = rig.run(48_000, 480);
    assert!(rms(&left[..100]) > 0.001);
    assert!(left[580..].iter().all(|x| *x == 0.0));
    assert_eq!(rig.parts.engine.voices(), 0);
}

#[test]
fn the_master_limiter_tells_its_latency_and_holds_its_ceiling() {
    let mut plan = small(sample(48_000, noise(3, 20_000)));
    plan.strips[1].inserts.push(insert("master", "limit", &[-1.0, 0.1]));
    let mut rig = Rig::new(&plan, 48_000);
    for i in 0..6 {
        rig.on(100, 0, 0, i, &[(slot::GAIN, 3.0)]);
    }
    let (left, _) = rig.run(16_000, 512);
    let latency = rig.parts.engine.latency();
    assert!((100..400).contains(&latency));
    assert!(left[..100 + latency].iter().all(|x| *x == 0.0) && left[100 + latency] != 0.0);
    assert!(left.iter().all(|x| db(f64::from(x.abs())) < -0.9));
}

#[test]
fn numbers_that_are_none_do_no_harm() {
    let mut rig = Rig::new(&plan(1), 48_000);
    for (i, bad) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30].into_iter().enumerate() {
        let values: Vec<SlotValue> = (0..40).chain([slot::SEND + 2]).map(|slot| (slot, bad)).collect();
        for program in 0..4 {
            rig.on(i as i64 * 50, (i % 2) as u16, program, i as u32 * 10 + program, &values);
        }
        rig.send(Event { note: i as u32, ..Event::new(i as i64 * 50 + 9, 1, Kind::Live) }, &values);
        for at in [address::GAIN, address::PAN, address::WIDTH, address::send(0), address::insert(0, 0), 77] {
            rig.send(Event { program: at, note: bad.to_bits(), track: 2, ..Event::new(200, 1, Kind::Parameter) }, &[]);
        }
    }
    rig.on(300, 99, 0, 1, &[]);
    rig.on(300, 0, 99, 1, &[]);
    let (left, right) = rig.run(9600, 333);
    assert!(left.iter().chain(&right).all(|x| x.is_finite() && x.abs() <= 1.0));
    assert_eq!(rig.parts.meters.dropped.load(Relaxed), 2);
    rig.on(9600, 0, 0, 500, &[]);
    let (left, _) = rig.run(4800, 480);
    assert!(left.iter().all(|x| x.is_finite()));
}

#[test]
fn a_filter_rings_on_after_its_sample_has_ended() {
    let mut rig = Rig::new(&small(sample(48_000, vec![1.0; 8])), 48_000);
    rig.on(3, 0, 0, 1, &[(slot::LPF, 500.0), (slot::LPQ, 20.0)]);
    let (left, _) = rig.run(12_000, 7);
    assert!(rms(&left[100..300]) > 1e-4);
    assert_eq!(rig.parts.engine.voices(), 0);
}
