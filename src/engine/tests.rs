//! The engine as a whole: starts, ends, blocks, swaps.

use std::sync::Arc;

use super::{Config, Engine, Parts, build};
use crate::base::control::slot;
use crate::base::event::{Event, Kind, SlotValue, address, hand};
use crate::score::plan::{Insert, Key, Plan, Program, ProgramKind, Sample, Send, Strip, StripKind, Wave};

const RATE: u32 = 48_000;

fn strip(name: &str, kind: StripKind, output: Option<usize>) -> Strip {
    Strip {
        key: Key::of(&[name]),
        name: Arc::from(name),
        kind,
        inserts: Vec::new(),
        gain: 1.0,
        pan: 0.5,
        width: 1.0,
        sends: Vec::new(),
        output,
    }
}

fn insert(kind: &'static str, parameters: &[f32]) -> Insert {
    Insert { key: Key::of(&["insert", kind]), kind, parameters: parameters.to_vec() }
}

/// A lead, drums, a hall, a master.
fn plan(generation: u32) -> Plan {
    let wave = |name: &str, wave| Program { key: Key::of(&[name]), kind: ProgramKind::Wave(wave), voices: 64 };
    let sample = Sample { rate: RATE, channels: vec![vec![1.0; 4800]], hash: 1 };
    let sample = ProgramKind::Sample { sample: Arc::new(sample), root: None };
    let mut hall = strip("hall", StripKind::Bus, Some(3));
    hall.inserts.push(insert("reverb", &[1.0, 0.7, 0.01, 6000.0]));
    let mut lead = strip("lead", StripKind::Track, Some(3));
    lead.sends.push(Send { to: 2, level: 0.3, pre: false });
    Plan {
        generation,
        programs: vec![
            wave("sine", Wave::Sine),
            wave("saw", Wave::Saw),
            Program { key: Key::of(&["kit"]), kind: sample, voices: 16 },
            wave("pluck", Wave::Pluck),
            wave("supersaw", Wave::Supersaw),
        ],
        strips: vec![lead, strip("drums", StripKind::Track, Some(3)), hall, strip("master", StripKind::Master, None)],
    }
}

/// Just a track and a master.
fn dry(generation: u32) -> Plan {
    let whole = plan(generation);
    Plan { strips: vec![strip("lead", StripKind::Track, Some(1)), strip("master", StripKind::Master, None)], ..whole }
}

fn playing(plan: &Plan) -> Parts {
    let mut parts = build(Config { rate: RATE, ..Config::default() });
    parts.rigs.prepare(plan).unwrap();
    parts.events.send(Event::new(0, plan.generation, Kind::Swap), &[]).unwrap();
    parts
}

fn on(frame: i64, note: u32, track: u16, program: u32) -> Event {
    Event { note, program, track, ..Event::new(frame, 1, Kind::NoteOn) }
}

fn off(frame: i64, note: u32) -> Event {
    Event { note, ..Event::new(frame, 1, Kind::NoteOff) }
}

fn play(engine: &mut Engine, frames: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    engine.process(&mut left, &mut right);
    (left, right)
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |most, frame| most.max(frame.abs()))
}

/// A busy second: every kind of voice, every filter, sends, moves.
fn busy(parts: &mut Parts) {
    let filters: &[SlotValue] = &[
        (slot::LPF, 900.0),
        (slot::LPQ, 12.0),
        (slot::LPENV, 3.0),
        (slot::HPF, 80.0),
        (slot::BPF, 0.0),
        (slot::DISTORT, 0.5),
        (slot::CRUSH, 8.0),
        (slot::SEND + 2, 0.5),
        (slot::FM, 2.0),
        (slot::PENV, 12.0),
    ];
    for step in 0..24u32 {
        let frame = i64::from(step) * 1993 + 37;
        let note = [(slot::NOTE, 40.0 + step as f32), (slot::PAN, (step % 5) as f32 / 4.0)];
        let values: Vec<_> = note.iter().chain(filters).copied().collect();
        parts.events.send(on(frame, step, (step % 2) as u16, step % 5), &values).unwrap();
        parts.events.send(off(frame + 1501, step), &[]).unwrap();
        let live = Event { note: step, ..Event::new(frame + 700, 1, Kind::Live) };
        parts.events.send(live, &[(slot::GAIN, 0.3), (slot::LPF, 2000.0)]).unwrap();
        let gain = 0.5 + step as f32 / 48.0;
        let moved =
            Event { track: 0, program: address::GAIN, note: gain.to_bits(), ..Event::new(frame, 1, Kind::Parameter) };
        parts.events.send(moved, &[]).unwrap();
    }
}

#[test]
fn a_note_begins_and_ends_on_its_frames() {
    let mut parts = playing(&dry(1));
    parts.events.send(on(1001, 1, 0, 2), &[]).unwrap();
    let (left, _) = play(&mut parts.engine, 8000);
    assert!(left[..1001].iter().all(|frame| *frame == 0.0));
    assert!(left[1001] > 0.0);
    assert!(peak(&left) > 0.45);
    // The sample is 4,800 frames long.
    assert!(left[1001 + 4800 + 64..].iter().all(|frame| *frame == 0.0));
    assert_eq!(parts.meters.late(), 0);
}

#[test]
fn a_sine_at_full_velocity_peaks_at_minus_nine_decibels() {
    let mut parts = playing(&dry(1));
    parts.events.send(on(0, 1, 0, 0), &[(slot::NOTE, 57.0)]).unwrap();
    let (left, right) = play(&mut parts.engine, 24_000);
    for side in [left, right] {
        let level = 20.0 * libm::log10f(peak(&side));
        assert!((level + 9.0).abs() < 0.2, "{level}");
    }
}

#[test]
fn the_size_of_blocks_changes_nothing() {
    let render = |size: usize| {
        let mut parts = playing(&plan(1));
        busy(&mut parts);
        let (mut left, mut right) = (vec![0.0; 48_000], vec![0.0; 48_000]);
        for (left, right) in left.chunks_mut(size).zip(right.chunks_mut(size)) {
            parts.engine.process(left, right);
        }
        (left, right)
    };
    let one = render(1);
    assert!(peak(&one.0) > 0.1);
    assert!(one == render(64));
    assert!(one == render(511));
}

#[test]
fn other_tracks_do_not_touch_a_voice() {
    let render = |others: bool| {
        let mut two = dry(1);
        let mut other = strip("other", StripKind::Track, Some(2));
        other.gain = 0.0;
        two.strips = vec![strip("lead", StripKind::Track, Some(2)), other, strip("master", StripKind::Master, None)];
        let mut parts = playing(&two);
        for step in 0..20u32 {
            let frame = i64::from(step) * 811;
            if others {
                parts.events.send(on(frame + 13, 1000 + step, 1, 1), &[]).unwrap();
                parts.events.send(off(frame + 409, 1000 + step), &[]).unwrap();
            }
            let values = [(slot::NOTE, 50.0 + step as f32), (slot::LPF, 800.0), (slot::LPENV, 2.0)];
            parts.events.send(on(frame + 17, step, 0, step % 2), &values).unwrap();
            parts.events.send(off(frame + 1700, step), &[]).unwrap();
        }
        play(&mut parts.engine, 20_000)
    };
    assert!(render(false) == render(true));
}

#[test]
fn a_swap_that_changes_nothing_is_not_heard() {
    let render = |swaps: bool| {
        let mut parts = playing(&plan(1));
        busy(&mut parts);
        if swaps {
            for generation in 2..6 {
                let at = i64::from(generation) * 7001;
                parts.rigs.prepare(&plan(generation)).unwrap();
                parts.events.send(Event::new(at, generation, Kind::Swap), &[]).unwrap();
            }
        }
        let out = play(&mut parts.engine, 48_000);
        assert_eq!(parts.engine.generation(), Some(if swaps { 5 } else { 1 }));
        out
    };
    assert!(render(false) == render(true));
}

#[test]
fn another_track_may_change_without_a_trace_in_this_one() {
    let render = |swap: bool| {
        let mut parts = playing(&plan(1));
        parts.events.send(on(100, 1, 0, 1), &[(slot::NOTE, 50.0)]).unwrap();
        if swap {
            let mut other = plan(2);
            other.strips[1].inserts.push(insert("echo", &[0.1, 0.5, 0.0, 20.0, 20_000.0]));
            other.strips[1].gain = 0.2;
            parts.rigs.prepare(&other).unwrap();
            parts.events.send(Event::new(5000, 2, Kind::Swap), &[]).unwrap();
        }
        play(&mut parts.engine, 20_000)
    };
    assert!(render(false) == render(true));
}

/// The peak of what is above 5 kHz, by a steep filter run twice.
fn harshness(sound: &[f32]) -> f32 {
    use crate::dsp::filter::{Response, Svf};
    let mut high = sound.to_vec();
    for quality in [0.518, 0.707, 1.932, 0.518, 0.707, 1.932] {
        let mut filter = Svf::default();
        filter.set(5000.0, quality, RATE as f32);
        filter.run(Response::High, &mut high, None);
    }
    let windows = high.chunks(2048).map(|window| window.iter().map(|x| x * x).sum::<f32>() / 2048.0);
    windows.fold(0.0, f32::max).sqrt()
}

#[test]
fn beginning_ending_and_stealing_do_not_click() {
    let mut plan = dry(1);
    plan.programs[0].voices = 1;
    let mut parts = playing(&plan);
    for step in 0..12u32 {
        let frame = 1000 + i64::from(step) * 3917;
        parts.events.send(on(frame, step, 0, 0), &[(slot::NOTE, 43.35)]).unwrap();
        if step % 3 == 2 {
            parts.events.send(off(frame + 2003, step), &[]).unwrap();
        }
    }
    let (left, _) = play(&mut parts.engine, 50_000);
    let harsh = 20.0 * libm::log10f(harshness(&left));
    assert!(peak(&left) > 0.3 && harsh < -80.0, "{harsh}");
}

#[test]
fn a_swap_that_takes_a_track_away_does_not_click() {
    let mut parts = playing(&plan(1));
    parts.events.send(on(0, 1, 0, 0), &[(slot::NOTE, 43.35)]).unwrap();
    parts.events.send(on(0, 2, 1, 0), &[(slot::NOTE, 43.35)]).unwrap();
    let mut less = plan(2);
    less.strips.remove(1);
    for strip in &mut less.strips {
        strip.output = strip.output.map(|_| 2);
        strip.sends.clear();
    }
    parts.rigs.prepare(&less).unwrap();
    parts.events.send(Event::new(20_011, 2, Kind::Swap), &[]).unwrap();
    let (left, _) = play(&mut parts.engine, 48_000);
    let harsh = 20.0 * libm::log10f(harshness(&left));
    assert!(harsh < -80.0, "{harsh}");
    assert!(peak(&left[20_000..]) < peak(&left[..20_000]));
    // What left came back: its strip, no program.
    let before = parts.rigs.free();
    parts.rigs.collect();
    assert_eq!(parts.rigs.free(), (before.0 + 1, before.1));
}

#[test]
fn a_program_that_left_comes_back_when_its_last_voice_ends() {
    let mut parts = playing(&dry(1));
    parts.events.send(on(0, 1, 0, 2), &[]).unwrap();
    let mut less = dry(2);
    less.programs.remove(2);
    parts.rigs.prepare(&less).unwrap();
    parts.events.send(Event::new(100, 2, Kind::Swap), &[]).unwrap();
    let (left, _) = play(&mut parts.engine, 4000);
    assert!(left[3900] > 0.4, "the sample plays out");
    let before = parts.rigs.free().1;
    parts.rigs.collect();
    assert_eq!(parts.rigs.free().1, before);
    play(&mut parts.engine, 4000);
    parts.rigs.collect();
    assert_eq!(parts.rigs.free().1, before + 1);
}

#[test]
fn a_rig_that_comes_late_takes_over_when_it_comes() {
    let mut parts = playing(&dry(1));
    parts.events.send(Event::new(500, 2, Kind::Swap), &[]).unwrap();
    parts.events.send(Event { generation: 2, ..on(600, 1, 0, 0) }, &[]).unwrap();
    play(&mut parts.engine, 1000);
    assert_eq!((parts.engine.generation(), parts.meters.late(), parts.meters.dropped()), (Some(1), 1, 1));
    parts.rigs.prepare(&dry(2)).unwrap();
    play(&mut parts.engine, 128);
    assert_eq!(parts.engine.generation(), Some(2));
}

#[test]
fn a_late_event_sounds_at_once_and_is_counted() {
    let mut parts = playing(&dry(1));
    play(&mut parts.engine, 640);
    parts.events.send(on(10, 1, 0, 2), &[]).unwrap();
    let (left, _) = play(&mut parts.engine, 64);
    assert!(left[0] > 0.0);
    assert_eq!(parts.meters.late(), 1);
}

#[test]
fn a_panic_ends_everything_at_once() {
    let mut parts = playing(&plan(1));
    parts.events.send(on(0, 1, 0, 0), &[(slot::SEND + 2, 1.0), (slot::NOTE, 43.0)]).unwrap();
    parts.events.send(Event::new(10_000, 1, Kind::Panic), &[]).unwrap();
    let (left, _) = play(&mut parts.engine, 20_000);
    assert!(peak(&left[9000..9900]) > 0.2);
    assert_eq!(peak(&left[10_200..]), 0.0);
    assert!(harshness(&left) < 1e-4, "{}", harshness(&left));
    assert_eq!(parts.meters.voices(), 0);
}

#[test]
fn a_mute_reaches_the_hall_too() {
    let mut parts = playing(&plan(1));
    let mute = Event { track: 0, program: hand::MUTE, note: 1f32.to_bits(), ..Event::new(0, 1, Kind::Hand) };
    parts.events.send(mute, &[]).unwrap();
    parts.events.send(on(9600, 1, 0, 1), &[(slot::SEND + 2, 1.0)]).unwrap();
    let (left, _) = play(&mut parts.engine, 20_000);
    assert!(peak(&left) < 1e-6, "{}", peak(&left));
}

#[test]
fn a_choke_group_ends_the_hit_before() {
    let mut parts = playing(&dry(1));
    let cut = [(slot::CUT, 1.0)];
    parts.events.send(on(0, 1, 0, 2), &cut).unwrap();
    parts.events.send(on(1000, 2, 0, 2), &cut).unwrap();
    parts.events.send(on(2000, 3, 0, 2), &[]).unwrap();
    play(&mut parts.engine, 1280);
    assert_eq!(parts.meters.voices(), 1);
    play(&mut parts.engine, 1280);
    assert_eq!(parts.meters.voices(), 2);
}

#[test]
fn meters_show_the_strips_of_the_plan() {
    let mut parts = playing(&plan(1));
    parts.events.send(on(0, 1, 1, 0), &[(slot::PAN, 0.0)]).unwrap();
    play(&mut parts.engine, 4800);
    let (left, right) = parts.meters.take(1);
    assert!((left - 0.5).abs() < 0.01 && right < 1e-6, "{left} {right}");
    assert_eq!(parts.meters.take(0), (0.0, 0.0));
    assert!(parts.meters.take_master().0 > 0.4);
}

#[test]
fn wild_values_do_no_harm() {
    let mut parts = playing(&plan(1));
    for (index, value) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38].into_iter().enumerate() {
        for program in 0..5 {
            let values: Vec<_> = (0..32).map(|at| (at, value)).chain([(slot::SEND + 2, value)]).collect();
            parts.events.send(on(index as i64 * 500, index as u32 * 10 + program, 0, program), &values).unwrap();
        }
        for at in [address::GAIN, address::PAN, address::WIDTH, address::send(0), address::insert(0, 1)] {
            let moved = Event { track: 2, program: at, note: value.to_bits(), ..Event::new(100, 1, Kind::Parameter) };
            parts.events.send(moved, &[]).unwrap();
        }
    }
    let (left, right) = play(&mut parts.engine, 9600);
    assert!(left.iter().chain(&right).all(|frame| frame.is_finite() && frame.abs() <= 1.0));
}

#[test]
fn waves_and_strings_are_in_tune() {
    for program in [0, 1, 3] {
        let mut parts = playing(&dry(1));
        let long = [(slot::NOTE, 57.0), (slot::LPF, 300.0), (slot::LPQ, 0.0)];
        parts.events.send(on(0, 1, 0, program), &long).unwrap();
        let (left, _) = play(&mut parts.engine, 96_000);
        // The lag at which the sound is most like itself, between frames by a parabola.
        let sound = &left[24_000..72_000];
        let like = |lag: usize| sound.iter().zip(&left[24_000 + lag..]).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let period = 48_000.0 / 220.0;
        let around: Vec<f64> = (2170..2195).map(like).collect();
        let best = (1..24).max_by(|a, b| around[*a].total_cmp(&around[*b])).unwrap();
        let (a, b, c) = (around[best - 1], around[best], around[best + 1]);
        let lag = 2170.0 + best as f64 + 0.5 * (a - c) / (a - 2.0 * b + c);
        let cents = 1200.0 * libm::log2(10.0 * period / lag);
        assert!(cents.abs() < 3.0, "{program}: {cents} cents");
    }
}
