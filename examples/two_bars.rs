//! Renders two bars of a bass, a lead and a kit of noise and sines, and writes them as WAV.
//!
//! `cargo run --example two_bars -- OUT.wav`

use talea::base::control::slot;
use talea::base::event::{Event, Kind, SlotValue};
use talea::engine::{Config, build};
use talea::score::plan::{Insert, Key, Plan, Program, ProgramKind, Send, Strip, StripKind, Wave};

fn strip(name: &str, kind: StripKind, output: Option<usize>, inserts: Vec<Insert>, sends: Vec<Send>) -> Strip {
    Strip { key: Key::of(&[name]), name: name.into(), kind, inserts, gain: 1.0, pan: 0.5, width: 1.0, sends, output }
}

fn insert(kind: &'static str, parameters: &[f32]) -> Insert {
    Insert { key: Key::of(&[kind]), kind, effect: None, file: None, bands: Vec::new(), parameters: parameters.to_vec() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "two_bars.wav".into());
    let waves = [Wave::Sine, Wave::White, Wave::Saw, Wave::Supersaw, Wave::Pluck];
    let plan = Plan {
        generation: 1,
        programs: waves
            .into_iter()
            .map(|wave| Program { key: Key::of(&[&format!("{wave:?}")]), kind: ProgramKind::Wave(wave), voices: 16 })
            .collect(),
        strips: vec![
            strip("kit", StripKind::Track, Some(3), vec![], vec![]),
            strip("bass", StripKind::Track, Some(3), vec![], vec![]),
            strip("room", StripKind::Bus, Some(3), vec![insert("reverb", &[1.6, 0.7, 0.01, 6000.0])], vec![]),
            strip("master", StripKind::Master, None, vec![insert("limit", &[-1.0, 0.1])], vec![]),
        ],
    };
    let mut parts = build(Config::default());
    parts.rigs.prepare(&plan)?;
    // The swap comes first: events of one frame are met in the order of their arrival.
    parts.events.send(Event::new(0, 1, Kind::Swap), &[]).map_err(|_| "the ring is full")?;
    let mut note = 0;
    let mut play = |beat: f64, beats: f64, track: u16, program: u32, values: &[SlotValue]| {
        note += 1;
        let frame = |beat: f64| (beat * 48_000.0 * 60.0 / 120.0) as i64;
        let on = Event { note, program, track, ..Event::new(frame(beat), 1, Kind::NoteOn) };
        let off = Event { note, ..Event::new(frame(beat + beats), 1, Kind::NoteOff) };
        let _ = parts.events.send(on, values);
        let _ = parts.events.send(off, &[]);
    };
    for i in 0..8 {
        let beat = f64::from(i);
        // A kick: a sine that falls. A hat: white noise above 7 kHz.
        let kick =
            [(slot::NOTE, 31.0), (slot::PENV, 36.0), (slot::PDECAY, 0.06), (slot::DECAY, 0.3), (slot::GAIN, 1.4)];
        play(beat, 0.5, 0, 0, &kick);
        for (at, level) in [(0.0, 0.2), (0.5, 0.5)] {
            play(
                beat + at,
                0.2,
                0,
                1,
                &[(slot::HPF, 7000.0), (slot::DECAY, 0.06), (slot::GAIN, level), (slot::PAN, 0.6)],
            );
        }
        if i % 2 == 1 {
            let snare = [(slot::BPF, 1800.0), (slot::DECAY, 0.18), (slot::GAIN, 1.5), (slot::SEND + 2, 0.3)];
            play(beat, 0.3, 0, 1, &snare);
        }
        for k in 0..2 {
            let bass = [
                (slot::NOTE, [33.0, 33.0, 36.0, 31.0][(i / 2) as usize]),
                (slot::LPF, 250.0),
                (slot::LPENV, 3.0),
                (slot::LPQ, 8.0),
                (slot::GAIN, 0.6),
            ];
            play(beat + f64::from(k) * 0.5, 0.4, 1, 2, &bass);
        }
        let chord = [[57.0, 60.0, 64.0], [60.0, 64.0, 67.0]][(i / 4) as usize];
        if i % 4 == 0 {
            for tone in chord {
                let pad = [
                    (slot::NOTE, tone),
                    (slot::ATTACK, 0.1),
                    (slot::RELEASE, 0.4),
                    (slot::LPF, 3000.0),
                    (slot::GAIN, 0.25),
                    (slot::SEND + 2, 0.5),
                ];
                play(beat, 3.6, 1, 3, &pad);
            }
        }
        let pluck = [
            (slot::NOTE, chord[(i % 3) as usize] + 12.0),
            (slot::GAIN, 0.5),
            (slot::SEND + 2, 0.4),
            (slot::RELEASE, 0.3),
        ];
        play(beat + 0.25, 0.7, 1, 4, &pluck);
    }
    let frames = 48_000 * 6;
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    parts.engine.process(&mut left, &mut right);
    let format = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = hound::WavWriter::create(path, format)?;
    for (l, r) in left.iter().zip(&right) {
        file.write_sample(*l)?;
        file.write_sample(*r)?;
    }
    file.finalize()?;
    Ok(())
}
