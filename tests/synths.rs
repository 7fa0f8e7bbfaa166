//! Synths and effects from their text to the events that the engine gets.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use talea::base::control::slot;
use talea::base::event::{Event, Kind, MidiEvent, SlotValue};
use talea::files::project::{Project, Version};
use talea::model::setting::Setting;
use talea::render::offline::{self, Length};
use talea::score::plan::ProgramKind;
use talea::sequencer::{Sequencer, Sink};

/// The values of each note-on.
#[derive(Default)]
struct Notes(Vec<Vec<SlotValue>>);

impl Sink for Notes {
    fn event(&mut self, event: Event, values: &[SlotValue]) {
        if event.kind == Kind::NoteOn {
            self.0.push(values.to_vec());
        }
    }

    fn midi(&mut self, _: MidiEvent) {}
}

fn version(text: &str) -> Version {
    let path = std::env::temp_dir().join(format!("talea-synths-{}", std::process::id()));
    let _ = std::fs::create_dir_all(&path);
    let path = path.join(format!("{:016x}.talea", talea::base::random::name(text)));
    std::fs::write(&path, text).unwrap();
    let version = Project::new(Path::new(&path)).load().unwrap();
    std::fs::remove_file(&path).unwrap();
    version
}

/// The values of the first notes of a text that must be without fault.
fn notes(text: &str) -> Vec<Vec<SlotValue>> {
    let version = version(text);
    assert!(version.said.is_empty(), "{:?}", version.said);
    let mut sequencer = Sequencer::new(48_000);
    sequencer.set_score(version.score, 0);
    let mut notes = Notes::default();
    sequencer.advance(96_000, &mut notes);
    notes.0
}

fn value(note: &[SlotValue], slot: usize) -> Option<f32> {
    note.iter().find(|(at, _)| usize::from(*at) == slot).map(|(_, value)| *value)
}

const ACID: &str =
    "synth acid(cutoff: 400Hz, bend: 1st, bright: 0.5) { ladder(saw(freq + bend), cutoff, bright) * adsr() }\n";

#[test]
fn a_synths_own_parameters_travel_with_its_notes() {
    let notes =
        notes(&format!("{ACID}a: note(\"c3*2\").s(\"acid\").cutoff(\"800Hz 2kHz\").bend(\"50ct\").bright(\".25\")"));
    let own: Vec<_> = notes.iter().map(|note| [0, 1, 2].map(|at| value(note, slot::COUNT + at))).collect();
    assert_eq!(own[0], [Some(800.0), Some(0.5), Some(0.25)]);
    assert_eq!(own[1][0], Some(2000.0));
}

#[test]
fn a_signal_and_a_note_move_a_frequency_too() {
    let signal = notes(&format!("{ACID}a: note(\"c3*4\").s(\"acid\").cutoff(saw.range(200, 1000))"));
    assert_eq!(value(&signal[0], slot::COUNT), Some(200.0));
    assert_eq!(value(&signal[1], slot::COUNT), Some(400.0));
    let note = notes(&format!("{ACID}a: note(\"c3\").s(\"acid\").cutoff(\"a4\")"));
    assert_eq!(value(&note[0], slot::COUNT), Some(440.0));
}

#[test]
fn the_chain_s_word_for_a_control_reaches_the_synth_s_own() {
    let notes = notes(&format!("{ACID}a: note(\"c3\").s(\"acid\").lpf(900).gain(.5)"));
    assert_eq!(value(&notes[0], slot::COUNT), Some(900.0));
    assert_eq!(value(&notes[0], usize::from(slot::LPF)), None);
    assert_eq!(value(&notes[0], usize::from(slot::GAIN)), Some(0.5));
}

#[test]
fn a_control_that_nothing_plays_is_said_once() {
    let said = version(&format!("{ACID}a: note(\"c3*2\").s(\"sine\").bright(\".5 .6\")")).said;
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), ["control-not-played"]);
    assert!(said[0].help.as_ref().unwrap().contains(".s(\"acid\")"), "{said:?}");
}

#[test]
fn an_edited_synth_is_another_program_and_the_rest_stay() {
    let keys = |text: &str| -> Vec<_> {
        let plan = &version(text).score.plan;
        plan.programs.iter().filter(|p| matches!(p.kind, ProgramKind::Graph(..))).map(|p| p.key).collect()
    };
    let other = "synth b { sine(freq) * adsr() }\na: note(\"c3\").s(\"acid\")\n";
    let before = keys(&format!("{ACID}{other}"));
    let after = keys(&format!("{}{other}", ACID.replace("0.5", "0.6")));
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
}

#[test]
fn an_effect_of_the_text_stands_in_a_strip_moved_by_patterns_and_sections() {
    let version = version(
        "effect dirt(drive: 6dB, tone: 4kHz) { lowpass(tanh(in * drive) / drive, tone) }\n\
         d: s(\"bd*4\")\nmix d { dirt(drive: \"<6dB 9dB>\"), warm: dirt(tone: 2kHz) }\n\
         section a 4 { all, mix d { warm(tone: 500Hz) } }\nsong \"a\"",
    );
    assert!(version.said.is_empty(), "{:?}", version.said);
    let strip = version.piece.strip("d").unwrap();
    assert!(matches!(strip.inserts[0].parameters[0], Setting::Pattern(_)));
    assert_eq!(strip.inserts[1].parameters[1], Setting::Plain(2000.0));
    assert_eq!(version.piece.section("a").unwrap().overrides.len(), 1);
    let inserts = &version.score.plan.strips[0].inserts;
    assert!(inserts.iter().all(|insert| insert.effect.as_ref().is_some_and(|effect| &*effect.graph.name == "dirt")));
    assert_ne!(inserts[0].key, inserts[1].key);
}

#[test]
fn more_inserts_than_the_engine_has_room_for_are_refused_where_they_stand() {
    let strips = |count: usize| {
        let strip = |i| format!("t{i}: s(\"bd\")\nmix t{i} {{ {} }}\n", ["crush(8)"; 40].join(", "));
        (0..count).map(strip).collect::<Vec<_>>().concat()
    };
    assert!(version(&strips(5)).said.is_empty());
    let said = version(&strips(6)).said;
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), ["too-many-inserts"]);
    let text = strips(6);
    let place = said[0].place.unwrap();
    assert_eq!(text[..place.start as usize].lines().count(), 12, "in the sixth `mix`");
}

#[test]
fn a_beat_in_an_effect_is_as_long_as_the_tempo_says() {
    let text = |tempo: &str, more: &str| {
        format!(
            "tempo {tempo}\neffect later(by: 1) {{ delay(in, 1 beat) * by }}\na: s(\"rim/4\")\nmix a {{ later({more}) }}\n"
        )
    };
    let tempos = [
        ("150", 19_200),
        ("96", 30_000),
        ("120\nmeter 3/4", 24_000),
        ("\"<120 90>\"\nmeter 3/4", 24_000),
        ("\"<96 90>\"\nmeter 6/8", 30_000),
    ];
    for (tempo, frames) in tempos {
        let version = version(&text(tempo, ""));
        assert!(version.said.is_empty(), "{:?}", version.said);
        let (mut at, mut heard) = (0, None);
        offline::render(&version.score, 48_000, Length::Seconds(1.0), &mut |left, _| {
            heard = heard.or(left.iter().position(|x| x.abs() > 1e-4).map(|i| at + i));
            at += left.len();
            true
        })
        .unwrap();
        assert_eq!(heard, Some(frames), "at {tempo}");
    }
    // The beat is no argument that a text could give.
    let said = version(&text("120", "1, 2")).said;
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), ["surplus-argument"]);
}

#[test]
fn a_synth_with_an_error_keeps_its_last_good_version() {
    let path = std::env::temp_dir().join(format!("talea-synths-kept-{}.talea", std::process::id()));
    let track = "a: note(\"c3\").s(\"acid\")\n";
    std::fs::write(&path, format!("{ACID}{track}")).unwrap();
    let mut project = Project::new(&path);
    let before = project.load().unwrap();
    std::fs::write(&path, format!("{}{track}", ACID.replace("saw(freq", "swa(freq"))).unwrap();
    project.follow_disk();
    let after = project.load().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(after.said.iter().map(|said| said.code).collect::<Vec<_>>(), ["unknown-signal"]);
    assert_eq!(before.piece.synths, after.piece.synths);
}

#[test]
fn a_wavetable_that_is_not_there_is_said_where_it_is_named() {
    let said = version("a: note(\"c3\").s(\"w\")\nsynth w { wavetable(freq, 'none.wav', 0.5) * adsr() }\n").said;
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), ["sample-missing"]);
    assert!(said[0].place.unwrap().start > 30, "{said:?}");
}

#[test]
fn the_built_in_synths_play_without_a_file_and_give_way_to_the_text() {
    let builtin = version("a: note(\"c3\").s(\"acid\").depth(1000)\n");
    assert!(builtin.said.is_empty(), "{:?}", builtin.said);
    let graphs = |version: &Version| {
        version.score.plan.programs.iter().filter(|p| matches!(p.kind, ProgramKind::Graph(..))).count()
    };
    assert_eq!(graphs(&builtin), 1, "only what is used");
    let own = version("synth acid { sine(freq) * adsr() }\na: note(\"c3\").s(\"acid\")\n");
    assert!(own.said.is_empty(), "{:?}", own.said);
    let parameters = own.piece.synths[0].graph.as_ref().unwrap().parameters.len();
    assert_eq!(parameters, 0);
}

/// The left side of two seconds of a text, in calls of these lengths, over and over.
fn played(text: &str, calls: &[usize]) -> Vec<f32> {
    let mut offline = offline::Offline::new(48_000);
    offline.set_score(&version(text).score, 0).unwrap();
    let (mut out, mut calls) = (Vec::new(), calls.iter().cycle());
    while out.len() < 96_000 {
        let count = *calls.next().unwrap();
        let (mut left, mut right) = (vec![0.0; count], vec![0.0; count]);
        offline.process(&mut left, &mut right);
        out.extend_from_slice(&left);
    }
    out.truncate(96_000);
    out
}

#[test]
fn when_a_voice_is_over_depends_on_no_cut() {
    // One voice, whose envelope is over about when the next note comes; and what rings on after it.
    for (decay, chain) in [(12, ""), (15, ""), (17, ""), (15, ".lpf(900).lpq(20)"), (15, ".distort(2)")] {
        let text = format!(
            "tempo 120\nsynth ping {{\n  voices 1\n  saw(freq) * env(1ms, {decay}ms, 0, 5ms)\n}}\n\
             a: note(\"[36 43 48 41]*12\").s(\"ping\"){chain}\n"
        );
        let whole = played(&text, &[512]);
        assert!(whole.iter().any(|x| x.abs() > 0.05), "{text}");
        for calls in [&[64][..], &[37], &[100, 28], &[1, 127]] {
            assert!(whole == played(&text, calls), "{calls:?} of {text}");
        }
    }
}
