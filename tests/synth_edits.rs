//! A synth is edited while its voices sound: nobody hears it, no voice is lost, and the callback never touches the heap.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use talea::base::control::slot;
use talea::base::event::{Event, Kind};
use talea::base::random;
use talea::engine::{Config, build};
use talea::files::project::Project;
use talea::score::plan::ProgramKind;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const EDITS: u32 = 1000;
const VOICES: usize = 32;
/// Frames between two edits.
const BETWEEN: usize = 700;
const RATE: f64 = 48_000.0;

/// A synth as somebody might make it next: always of low partials, so that what is above 5 kHz is a click.
fn text(edit: u32) -> String {
    let throw = |what: u64, most: u64| random::join(random::join(7, u64::from(edit)), what) % most;
    let wave = ["sine(freq)", "triangle(freq)", "sine(freq + 30Hz * sine(freq))"][throw(0, 3) as usize];
    let second = throw(1, 100) as f64 / 200.0;
    let filter = ["lowpass", "bandpass", "onepole"][throw(2, 3) as usize];
    let cutoff = 200 + throw(3, 800);
    let filter = if filter == "onepole" {
        format!("onepole(o, {cutoff}Hz)")
    } else {
        format!("{filter}(o, {cutoff}Hz, 0.{})", 6 + throw(4, 3))
    };
    let rest = throw(5, 3);
    let more = ["", " * (1 + lfo(3Hz, sine) * 0.2)", " + lowpass(white(), 100Hz) * 0.01"][rest as usize];
    format!(
        "synth pad {{\n  voices 64\n  o = {wave} * 0.5 + sine(freq * 2) * {second}\n  ({filter}{more}) * adsr({}ms, 200ms, 0.7, {}ms)\n}}\n\
         a: note(\"a2\").s(\"pad\")\n",
        20 + throw(6, 40),
        60 + throw(7, 100),
    )
}

/// Above 5 kHz, by two high-passes of second order in series (a Butterworth filter of fourth order).
struct Above([Biquad; 2]);

struct Biquad {
    feed: [f64; 3],
    back: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// A high-pass (R. Bristow-Johnson's cookbook).
    fn high(hz: f64, q: f64) -> Biquad {
        let w = std::f64::consts::TAU * hz / RATE;
        let (cos, alpha) = (w.cos(), w.sin() / (2.0 * q));
        let a = 1.0 + alpha;
        let half = (0.5 + 0.5 * cos) / a;
        let feed = [half, -2.0 * half, half];
        Biquad { feed, back: [-2.0 * cos / a, (1.0 - alpha) / a], state: [0.0; 2] }
    }

    fn step(&mut self, x: f64) -> f64 {
        let y = self.feed[0] * x + self.state[0];
        self.state[0] = self.feed[1] * x - self.back[0] * y + self.state[1];
        self.state[1] = self.feed[2] * x - self.back[1] * y;
        y
    }
}

impl Above {
    fn new() -> Above {
        Above([Biquad::high(5000.0, 0.541_196), Biquad::high(5000.0, 1.306_563)])
    }

    fn step(&mut self, x: f64) -> f64 {
        self.0.iter_mut().fold(x, |x, filter| filter.step(x))
    }
}

fn db(rms: f64) -> f64 {
    20.0 * rms.max(1e-12).log10()
}

#[test]
fn a_thousand_edits_while_32_voices_sound_are_not_heard() {
    let path = std::path::absolute("edits.talea").unwrap();
    let mut project = Project::new(&path);
    let mut parts = build(Config::default());
    let mut programs = std::collections::BTreeSet::new();
    let (mut left, mut right) = (vec![0.0f32; 256], vec![0.0f32; 256]);
    let (mut note, mut oldest) = (0u32, 1u32);
    let (mut above, mut worst, mut level) = (Above::new(), 0.0f64, 0.0f64);
    for edit in 1..=EDITS {
        project.stand_in(BTreeMap::from([(path.clone(), Arc::from(text(edit)))]));
        let version = project.load().unwrap();
        assert!(version.said.is_empty(), "{}\n{:?}", text(edit), version.said);
        let plan = &version.score.plan;
        let program = plan.programs.iter().position(|one| matches!(one.kind, ProgramKind::Graph(..))).unwrap() as u32;
        programs.insert(plan.programs[program as usize].key.0);
        parts.rigs.prepare(plan).unwrap();
        let now = parts.engine.frame();
        let generation = plan.generation;
        parts.events.send(Event::new(now + 5, generation, Kind::Swap), &[]).unwrap();
        // The oldest goes, a new one begins on the new program; at first, all begin.
        let begin = if edit == 1 { VOICES } else { 1 };
        for _ in 0..begin {
            note += 1;
            let pitch = 43.0 + (note % 5) as f32;
            let values = [(slot::NOTE, pitch), (slot::GAIN, 0.08), (slot::DUR, 100.0)];
            let on = Event { note, program, track: 0, ..Event::new(now + 9, generation, Kind::NoteOn) };
            parts.events.send(on, &values).unwrap();
        }
        if edit > 1 {
            parts.events.send(Event { note: oldest, ..Event::new(now + 9, generation, Kind::NoteOff) }, &[]).unwrap();
            oldest += 1;
        }
        let (mut rest, mut clicks) = (BETWEEN, 0.0);
        while rest > 0 {
            let count = rest.min(256);
            assert_no_alloc(|| parts.engine.process(&mut left[..count], &mut right[..count]));
            for x in &left[..count] {
                let x = f64::from(*x);
                let click = above.step(x);
                clicks += click * click;
                level += x * x;
            }
            rest -= count;
        }
        worst = worst.max(clicks / BETWEEN as f64);
        let sounding = parts.engine.voices();
        assert!((VOICES..VOICES + 24).contains(&sounding), "{sounding} voices after edit {edit}");
        parts.rigs.collect();
    }
    let meters = &parts.meters;
    for (what, count) in [
        ("dropped", &meters.dropped),
        ("stolen", &meters.stolen),
        ("overflows", &meters.overflows),
        ("late", &meters.late),
        ("late swaps", &meters.late_swaps),
    ] {
        assert_eq!(count.load(Relaxed), 0, "{what}");
    }
    assert!(programs.len() > 900, "{} different programs", programs.len());
    let level = db((level / f64::from(EDITS) / BETWEEN as f64).sqrt());
    let clicks = db(worst.sqrt());
    assert!(level > -30.0, "{level} dBFS");
    assert!(clicks < -80.0, "{clicks} dBFS above 5 kHz at the worst edit, under {level} dBFS");
}
