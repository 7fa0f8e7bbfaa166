//! The callback never allocates, frees or blocks: an allocator that aborts where it is used holds that.

use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use talea::base::control::slot;
use talea::base::event::{Event, Kind, address};
use talea::base::insert::INSERTS;
use talea::base::reel::{Channel, STRETCH, Writer};
use talea::engine::{Config, build};
use talea::score::plan::{Insert, Key, Plan, Program, ProgramKind, Response, Sample, Send, Strip, StripKind, Wave};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn strip(name: &str, kind: StripKind, output: Option<usize>, inserts: &[(&'static str, &[f32])]) -> Strip {
    Strip {
        key: Key::of(&[name]),
        name: name.into(),
        kind,
        inserts: inserts
            .iter()
            .map(|(kind, parameters)| Insert {
                key: Key::of(&[name, kind]),
                kind,
                effect: None,
                file: None,
                bands: Vec::new(),
                parameters: parameters.to_vec(),
            })
            .collect(),
        gain: 1.0,
        pan: 0.5,
        width: 1.0,
        sends: Vec::new(),
        output,
    }
}

/// A rig that changes with its generation: other samples, strips, inserts, sends.
fn plan(generation: u32) -> Plan {
    let odd = generation % 2 == 1;
    let wave =
        |wave: Wave, voices| Program { key: Key::of(&[&format!("{wave:?}")]), kind: ProgramKind::Wave(wave), voices };
    // Of what is on disk only the first stretch is there, as nobody reads the rest.
    let frames = if odd { 3 * STRETCH } else { 9000 };
    let channels = [vec![0.3; frames], vec![-0.3; frames]];
    let on_disk = || {
        let mut writer = Writer::new(2).expect("a folder for large files");
        writer.write(&channels).expect("room on disk");
        let reel = writer.finish().expect("room on disk");
        reel.begin_feeding();
        Arc::new(reel).channels()
    };
    let sample = Arc::new(Sample {
        rate: if odd { 48_000 } else { 44_100 },
        channels: if odd { on_disk() } else { channels.clone().map(Channel::from).to_vec() },
        hash: u64::from(generation),
        ..Sample::default()
    });
    let programs = vec![
        wave(Wave::Saw, 3),
        wave(Wave::Supersaw, 4),
        wave(Wave::Pluck, 4),
        wave(Wave::Pink, 2),
        Program {
            key: Key::of(&["sample", &(generation / 3).to_string()]),
            kind: ProgramKind::Sample { sample, root: None, looped: None },
            voices: 6,
        },
    ];
    let mut first = strip("first", StripKind::Track, Some(2), if odd { &[("trim", &[-3.0])] } else { &[] });
    first.gain = 0.5 + 0.1 * (generation % 4) as f32;
    let to = 3;
    first.sends.push(Send { to, level: 0.3, pre: odd });
    let second = strip(if generation.is_multiple_of(3) { "second" } else { "other" }, StripKind::Track, Some(4), &[]);
    let group =
        strip("group", StripKind::Group, Some(4), if odd { &[("echo", &[0.1, 0.3, 1.0, 20.0, 9000.0])] } else { &[] });
    let room = strip("room", StripKind::Bus, Some(4), &[("reverb", &[0.3, 0.5, 0.01, 6000.0])]);
    let master = strip("master", StripKind::Master, None, &[("limit", &[-1.0, 0.1])]);
    Plan { generation, programs, strips: vec![first, second, group, room, master] }
}

#[test]
fn reloads_full_queues_stolen_voices_and_panic_never_touch_the_heap() {
    let mut parts = build(Config { most_voices: 8, most_events: 256, ..Config::default() });
    parts.rigs.prepare(&plan(1)).unwrap();
    parts.events.send(Event::new(0, 1, Kind::Swap), &[]).unwrap();
    let (mut left, mut right) = (vec![0.0f32; 250], vec![0.0f32; 250]);
    let mut note = 0u32;
    let mut refused = 0;
    for block in 0..800u32 {
        let now = parts.engine.frame();
        let generation = 1 + block / 4;
        // A swap every thousand frames; every seventh rig comes after its event.
        let late = generation % 7 == 0;
        if block % 4 == 3 && !late {
            parts.rigs.prepare(&plan(generation + 1)).unwrap();
        }
        if block % 4 == 0 && generation > 1 {
            parts.events.send(Event::new(now + 13, generation, Kind::Swap), &[]).ok();
        }
        if block % 4 == 1 && (generation - 1) % 7 == 0 && generation > 1 {
            parts.rigs.prepare(&plan(generation)).unwrap();
        }
        for i in 0..12u32 {
            note += 1;
            let values = [
                (slot::NOTE, 30.0 + (note % 50) as f32),
                (slot::LPF, 500.0),
                (slot::LPENV, 2.0),
                (slot::DISTORT, if note.is_multiple_of(5) { 2.0 } else { 0.0 }),
                (slot::CRUSH, if note.is_multiple_of(3) { 4.0 } else { 0.0 }),
                (slot::HPF, 100.0),
                (slot::CUT, (note % 4) as f32),
                (slot::SPEED, if note.is_multiple_of(2) { -1.4 } else { 0.7 }),
                (slot::SEND + 3, 0.4),
                (slot::GAIN, if note.is_multiple_of(97) { f32::NAN } else { 0.7 }),
            ];
            let on = Event {
                note,
                program: note % 5,
                track: (note % 2) as u16,
                ..Event::new(now + i64::from(i) * 20, generation, Kind::NoteOn)
            };
            refused += u32::from(parts.events.send(on, &values).is_err());
            let off = Event { note, ..Event::new(now + i64::from(i) * 20 + 700, generation, Kind::NoteOff) };
            refused += u32::from(parts.events.send(off, &[]).is_err());
            let at = [address::GAIN, address::PAN, address::WIDTH, address::send(0), address::insert(0, 0)]
                [(i % 5) as usize];
            let moved = Event {
                program: at,
                note: 0.7f32.to_bits(),
                track: (i % 5) as u16,
                ..Event::new(now + 50, generation, Kind::Parameter)
            };
            refused += u32::from(parts.events.send(moved, &[]).is_err());
        }
        if block % 50 == 49 {
            // Until nothing goes in any more.
            while parts.events.send(Event::new(now + 100_000, generation, Kind::NoteOff), &[(0, 1.0); 64]).is_ok() {}
            refused += 1;
        }
        if block % 50 == 0 {
            parts.events.send(Event::new(now + 400, generation, Kind::Cancel), &[]).ok();
        }
        if block % 120 == 70 {
            parts.events.send(Event::new(now + 100, generation, Kind::Panic), &[]).ok();
        }
        assert_no_alloc(|| parts.engine.process(&mut left, &mut right));
        assert!(left.iter().chain(&right).all(|x| x.is_finite() && x.abs() <= 1.0));
        if block % 4 == 2 {
            // What was cancelled far away must make room again.
            parts.events.send(Event::new(now + 1000, generation + 1000, Kind::Cancel), &[]).ok();
        }
    }
    let stolen = parts.meters.stolen.load(std::sync::atomic::Ordering::Relaxed);
    assert!(stolen > 1000, "{stolen} stolen");
    assert!(refused > 0);
    assert!(parts.meters.generation.load(std::sync::atomic::Ordering::Relaxed) > 150);
    assert!(parts.meters.late_swaps.load(std::sync::atomic::Ordering::Relaxed) > 10);
}

/// Every insert of the table, alone in a strip, with every value at its ends, at no number, and struck.
#[test]
fn no_insert_touches_the_heap_whatever_is_turned() {
    let response: Vec<f32> = (0..9600).map(|i| (i % 7) as f32 * 0.1 - 0.3).collect();
    for info in INSERTS {
        let bands: Vec<_> = info.bands.iter().collect();
        let infos: Vec<_> = info.with(&bands).collect();
        let mut track = strip("track", StripKind::Track, Some(1), &[]);
        track.inserts.push(Insert {
            key: Key::of(&[info.name]),
            kind: info.name,
            effect: None,
            file: (info.name == "convolve").then(|| {
                let (rate, channels) = (48_000, vec![response.clone().into()]);
                Response(Arc::new(Sample { rate, channels, hash: 1, ..Sample::default() }))
            }),
            bands: bands.iter().map(|band| band.name).collect(),
            parameters: infos.iter().map(|info| info.default).collect(),
        });
        let programs = vec![Program { key: Key::of(&["saw"]), kind: ProgramKind::Wave(Wave::Saw), voices: 4 }];
        let strips = vec![track, strip("master", StripKind::Master, None, &[])];
        let mut parts = build(Config { most_voices: 8, most_events: 256, ..Config::default() });
        parts.rigs.prepare(&Plan { generation: 1, programs, strips }).unwrap();
        parts.events.send(Event::new(0, 1, Kind::Swap), &[]).unwrap();
        let on = Event { note: 1, ..Event::new(0, 1, Kind::NoteOn) };
        parts.events.send(on, &[(slot::NOTE, 40.0), (slot::DUR, 10.0)]).unwrap();
        let (mut left, mut right) = (vec![0.0f32; 250], vec![0.0f32; 250]);
        for block in 0..60usize {
            let now = parts.engine.frame();
            for (index, parameter) in infos.iter().enumerate() {
                let value = [parameter.low, parameter.high, f32::NAN, 1e30, parameter.default][(block + index) % 5];
                let moved = Event {
                    program: address::insert(0, index),
                    note: value.to_bits(),
                    ..Event::new(now + 10 * (index as i64 % 20), 1, Kind::Parameter)
                };
                parts.events.send(moved, &[]).unwrap();
            }
            let strike = Event {
                program: address::insert(0, 0),
                note: 0.01f32.to_bits(),
                ..Event::new(now + 99, 1, Kind::Strike)
            };
            parts.events.send(strike, &[]).unwrap();
            assert_no_alloc(|| parts.engine.process(&mut left, &mut right));
            assert!(left.iter().chain(&right).all(|x| x.is_finite() && x.abs() <= 1.0), "{}", info.name);
        }
    }
}
