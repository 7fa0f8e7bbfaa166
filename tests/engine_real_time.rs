//! The audio thread's promise: whatever happens, the engine neither allocates nor frees.
//!
//! The allocator of this binary stops the test at the first allocation inside of `process`.

use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use talea::base::control::slot;
use talea::base::event::{Event, Kind, address, hand};
use talea::engine::{Config, Engine, Parts, build};
use talea::score::plan::{Insert, Key, Plan, Program, ProgramKind, Sample, Send, Strip, StripKind, Wave};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

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

/// A plan that differs from the next in everything that may differ.
fn plan(generation: u32) -> Plan {
    let waves = [Wave::Sine, Wave::Saw, Wave::Supersaw, Wave::Pluck, Wave::Pink, Wave::Square];
    let mut programs: Vec<_> = waves
        .iter()
        .enumerate()
        .map(|(at, wave)| Program { key: Key(at as u64), kind: ProgramKind::Wave(*wave), voices: 20 })
        .collect();
    // A sample of its own in each version, so that the one before has to be freed.
    let channels = vec![vec![0.5; 20_000]; 1 + generation as usize % 2];
    let sample = Arc::new(Sample { rate: 44_100, channels, hash: u64::from(generation) });
    programs.push(Program {
        key: Key(1000 + u64::from(generation)),
        kind: ProgramKind::Sample { sample, root: None },
        voices: 20,
    });
    let mut strips: Vec<_> = (0..4).map(|at| strip(&format!("track {at}"), StripKind::Track, Some(6))).collect();
    strips.push(strip(&format!("passing {generation}"), StripKind::Track, Some(6)));
    strips.push(strip("hall", StripKind::Bus, Some(6)));
    strips.push(strip("master", StripKind::Master, None));
    let kinds = ["reverb", "echo", "limit", "trim", "comp"];
    for (at, strip) in strips.iter_mut().enumerate() {
        for step in 0..3 {
            let kind = kinds[(at + step + generation as usize) % kinds.len()];
            strip.inserts.push(Insert { key: Key::of(&[&strip.name, kind]), kind, parameters: vec![0.1; step] });
        }
        if at < 4 && (at + generation as usize).is_multiple_of(2) {
            strip.sends.push(Send { to: 5, level: 0.5, pre: at == 0 });
        }
    }
    Plan { generation, programs, strips }
}

fn render(engine: &mut Engine, frames: usize) -> f32 {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    assert_no_alloc(|| engine.process(&mut left, &mut right));
    assert!(left.iter().chain(&right).all(|frame| frame.is_finite() && frame.abs() <= 1.0));
    left.iter().fold(0.0, |most, frame| most.max(frame.abs()))
}

/// Notes of every program on every track, many more than there are voices.
fn crowd(parts: &mut Parts, generation: u32, count: u32) {
    let from = parts.engine.computed();
    for step in 0..count {
        let frame = from + i64::from(step * 7 % 900);
        let on = Event {
            note: generation * 100_000 + step,
            program: step % 7,
            track: (step % 5) as u16,
            ..Event::new(frame, generation, Kind::NoteOn)
        };
        let values = [
            (slot::NOTE, 30.0 + (step % 60) as f32),
            (slot::LPF, 500.0 + step as f32),
            (slot::LPENV, 2.0),
            (slot::DISTORT, (step % 3) as f32),
            (slot::FM, (step % 4) as f32),
            (slot::CUT, (step % 11) as f32),
            (slot::SPEED, (step % 9) as f32 - 4.0),
            (slot::SEND + 5, 0.3),
            (slot::GAIN, 0.1),
        ];
        let _ = parts.events.send(on, &values);
        let _ = parts.events.send(Event { note: on.note, ..Event::new(frame + 400, generation, Kind::NoteOff) }, &[]);
        let value = ((step % 10) as f32 / 10.0).to_bits();
        let moved = [address::GAIN, address::PAN, address::insert(0, 0), address::send(0)][step as usize % 4];
        let track = (step % 7) as u16;
        let moved = Event { note: value, program: moved, track, ..Event::new(frame, generation, Kind::Parameter) };
        let _ = parts.events.send(moved, &[]);
        let fader = Event { note: value, program: hand::GAIN, track, ..Event::new(frame, generation, Kind::Hand) };
        let _ = parts.events.send(fader, &[]);
    }
}

#[test]
fn swaps_steals_and_panics_do_not_allocate() {
    let mut parts = build(Config { rate: 48_000, voices: 24, ..Config::default() });
    let mut heard = 0.0f32;
    for generation in 1..20 {
        parts.rigs.prepare(&plan(generation)).expect("a rig fits");
        let at = parts.engine.computed() + 100;
        parts.events.send(Event::new(at, generation, Kind::Swap), &[]).expect("an event fits");
        heard = heard.max(render(&mut parts.engine, 500));
        crowd(&mut parts, generation, 300);
        if generation % 5 == 0 {
            let _ = parts.events.send(Event::new(at + 1500, generation, Kind::Panic), &[]);
            let _ = parts.events.send(Event { track: 1, ..Event::new(at + 1600, generation, Kind::Release) }, &[]);
        }
        heard = heard.max(render(&mut parts.engine, 4000));
        assert_eq!(parts.engine.generation(), Some(generation));
    }
    assert!(heard > 0.01, "{heard}");
    assert!(parts.meters.voices() <= 24);
}

#[test]
fn full_queues_and_cancellation_do_not_allocate() {
    let mut parts = build(Config::default());
    parts.rigs.prepare(&plan(1)).expect("a rig fits");
    parts.events.send(Event::new(0, 1, Kind::Swap), &[]).expect("an event fits");
    render(&mut parts.engine, 64);
    let fill = |parts: &mut Parts, from: u32| {
        // Backwards in time, which is the worst order for the inbox.
        (from..from + 100_000).find(|note| {
            let event = Event { note: *note, ..Event::new(900_000 - i64::from(*note), 1, Kind::NoteOn) };
            parts.events.send(event, &[(0, 60.0); 7]).is_err()
        })
    };
    // The inbox, then the ring behind it.
    let inbox = fill(&mut parts, 0).expect("the ring is bounded");
    render(&mut parts.engine, 256);
    let ring = fill(&mut parts, inbox).expect("the ring is bounded");
    render(&mut parts.engine, 256);
    assert_eq!(fill(&mut parts, ring), Some(ring), "nothing fits any more");
    // Nobody collects, and rigs come until there is no more room.
    let rigs = (2..100).find(|generation| parts.rigs.prepare(&plan(*generation)).is_err());
    assert!(rigs.is_some_and(|rigs| rigs > 10), "{rigs:?}");
    render(&mut parts.engine, 2000);
}

#[test]
fn what_is_cancelled_does_not_allocate() {
    let mut parts = build(Config::default());
    parts.rigs.prepare(&plan(1)).expect("a rig fits");
    parts.events.send(Event::new(0, 1, Kind::Swap), &[]).expect("an event fits");
    for note in 0..5000 {
        let event = Event { note, ..Event::new(1000 + i64::from(note), 1, Kind::NoteOn) };
        parts.events.send(event, &[(slot::NOTE, 60.0); 30]).ok();
    }
    render(&mut parts.engine, 256);
    parts.events.send(Event::new(1000, 2, Kind::Cancel), &[]).expect("an event fits");
    assert_eq!(render(&mut parts.engine, 2000), 0.0);
}

#[test]
fn a_late_rig_does_not_allocate() {
    let mut parts = build(Config::default());
    parts.events.send(Event::new(0, 1, Kind::Swap), &[]).expect("an event fits");
    render(&mut parts.engine, 640);
    parts.rigs.prepare(&plan(1)).expect("a rig fits");
    render(&mut parts.engine, 640);
    assert_eq!(parts.engine.generation(), Some(1));
    assert_eq!(parts.meters.late(), 1);
}
