//! A piece in the middle of its show: the snapshots that the pictures and the tests of the screen are made of.

use std::sync::Arc;

use talea::base::diagnostic::{Diagnostic, Severity};
use talea::base::source::{FileId, LineColumn, Place, Source};
use talea::ui::{
    Button, Health, Kind, Knob, Lit, Mark, Message, Problem, Queued, Section, SectionNow, Snapshot, SongPart,
    SourceText, Stale, Strip, Transport,
};

const TEXT: &str = include_str!("night-bus.talea");

/// Name, kind, peaks in dB, gain, pan, family.
type Row = (&'static str, Kind, [f32; 2], f32, f32, u8);

const DESK: [Row; 12] = [
    ("drums", Kind::Track, [-5.0, -5.5], -3.0, 0.5, 0),
    ("hats", Kind::Track, [-19.0, -15.5], -9.5, 0.6, 0),
    ("perc", Kind::Track, [-24.0, -31.0], -12.0, 0.35, 0),
    ("clap", Kind::Track, [-40.0, -41.0], -10.0, 0.5, 0),
    ("bass", Kind::Track, [-9.0, -9.0], -4.0, 0.5, 1),
    ("pads", Kind::Track, [-60.0, -60.0], -6.0, 0.5, 2),
    ("fx", Kind::Track, [-90.0, -90.0], 0.0, 0.5, 3),
    ("lead", Kind::Track, [-12.5, -17.0], -7.5, 0.41, 4),
    ("rhythm", Kind::Group, [-4.0, -4.5], 0.0, 0.5, 0),
    ("room", Kind::Bus, [-27.0, -26.0], 0.0, 0.5, 7),
    ("delay", Kind::Bus, [-33.0, -22.0], 0.0, 0.5, 7),
    ("master", Kind::Master, [-1.6, -2.0], 0.0, 0.5, 6),
];

const SECTIONS: [(&str, Option<u32>); 6] =
    [("intro", Some(8)), ("verse", Some(16)), ("drop", Some(16)), ("turn", Some(8)), ("out", Some(4)), ("loop", None)];

const SONG: [usize; 8] = [0, 1, 2, 1, 2, 3, 2, 4];

/// A word of the text that sounds, the first after an item's start.
fn lit(item: &str, word: &str) -> Lit {
    Lit { place: place(item, word), ink: None }
}

/// The place of it.
fn place(item: &str, word: &str) -> Place {
    let from = TEXT.find(item).unwrap_or(0);
    let start = from + TEXT[from..].find(word).unwrap_or(0);
    Place::new(FileId(0), start, start + word.len())
}

/// The second drop, bar 5.
pub(crate) fn playing() -> Snapshot {
    let strips = DESK.iter().map(|&(name, kind, peak, gain, pan, hue)| Strip {
        name: name.into(),
        kind,
        peak: peak.map(|db| 10f32.powf(db / 20.0)),
        gain,
        pan,
        hue,
        playing: name != "pads",
        midi: name == "pads",
        muted_by_text: name == "fx",
        ..Strip::default()
    });
    Snapshot {
        title: "Night Bus".into(),
        path: "pieces/night-bus.talea".into(),
        transport: Transport { playing: true, tempo: 124.0, meter: (4, 4), bar: 53, beat: 2.2 },
        section: Some(SectionNow {
            name: "drop".into(),
            occurrence: 2,
            bar: 5,
            bars: Some(16),
            next: Some("turn".into()),
        }),
        version: 13,
        strips: strips.collect(),
        knobs: vec![Knob { name: "tone".into(), at: 0.62, value: "2.0k".into() }],
        buttons: vec![Button { name: "hold".into(), key: 'h', held: false }],
        source: SourceText {
            text: Arc::from(TEXT),
            sounding: vec![
                lit("drums: s", "bd"),
                lit("hats: ", "hh"),
                lit("perc: ", "rim"),
                lit("bass: ", "3"),
                lit("lead: ", "4"),
                lit("prog ", "Am"),
            ],
            ..SourceText::default()
        },
        health: Health {
            load: 12.0,
            voices: 37,
            device: "JACK".into(),
            rate: 48_000,
            latency: 5.3,
            ..Health::default()
        },
        sections: SECTIONS.map(|(name, bars)| Section { name: name.into(), bars, playing: name == "drop" }).into(),
        song: SONG.map(|at| SongPart { section: SECTIONS[at].0.into(), bars: SECTIONS[at].1.unwrap_or(8) }).into(),
        song_at: Some(4),
        ..Snapshot::default()
    }
}

fn problem(diagnostic: Diagnostic) -> Problem {
    let source = Source::new(FileId(0), "night-bus.talea", TEXT);
    let at = diagnostic.place.map(|place| source.line_column(place.start));
    Problem { diagnostic, at, file: None }
}

/// The same with two mistakes just saved, and a device that coughed.
pub(crate) fn with_problems() -> Snapshot {
    let mut shown = playing();
    let errors = [
        Diagnostic::error("unknown-function", place("bass: ", "scale"), "unknown function `scael`")
            .help("did you mean `scale`?"),
        Diagnostic::error("unknown-sound", place("hats: ", "oh"), "no sound is called `ohh`")
            .help("did you mean `oh`?"),
        Diagnostic::warning("absent-port", place("pads: ", "juno"), "no MIDI port is called ‘Juno-6’")
            .help("the track plays on when it appears; `talea devices` lists the ports"),
    ];
    shown.problems = errors.map(problem).into();
    let mark = |problem: &Problem| {
        let line = problem.at.unwrap_or(LineColumn { line: 1, column: 1 }).line;
        Mark { line, severity: problem.diagnostic.severity }
    };
    shown.source.marks = shown.problems.iter().map(mark).collect();
    shown.version = 14;
    shown.stale = vec![Stale { name: "bass".into(), version: 13 }, Stale { name: "hats".into(), version: 13 }];
    shown.log = vec![Message { severity: Severity::Warning, text: "the device was lost for 0.4 s and is back".into() }];
    shown.health.xruns = 2;
    shown.health.load = 74.0;
    shown
}

/// A mute and a solo by hand, a knob turned up, fill held, a recording.
pub(crate) fn with_hands() -> Snapshot {
    let mut shown = playing();
    shown.strips[1].muted = true;
    shown.strips[4].soloed = true;
    shown.knobs[0].at = 0.9;
    shown.fill = true;
    shown.health.recording = Some(192.0);
    shown
}

/// `out` was launched and waits for its bar.
pub(crate) fn with_countdown() -> Snapshot {
    let mut shown = playing();
    shown.queued = Some(Queued { section: "out".into(), beats: 1.8 });
    shown
}
