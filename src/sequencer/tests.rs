//! The sequencer alone, with scores made by hand and a sink that writes down what it gets.

mod rewind;

use std::sync::Arc;

use super::*;
use crate::base::control::Dimension;
use crate::base::event::{MidiEvent, SlotValue};
use crate::model::setting::{Meter, Setting, Swing};
use crate::model::window::{Layered, Window};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Controls, Name, Pattern, Value};
use crate::score::Track;
use crate::score::plan::{Key, Plan, Strip, StripKind};
use crate::score::scene::{Part, Scene};
use crate::score::song::Song;
use crate::score::sounds::{MidiInstrument, Sound, Sounds};

/// 1,000 frames a second and 120 beats a minute: a bar is 2,000 frames, a quarter 500.
const RATE: u32 = 1000;

#[derive(Default, Debug)]
struct Written {
    events: Vec<(i64, Kind, u32, u32)>,
    midi: Vec<(i64, [u8; 3])>,
}

impl Sink for Written {
    fn event(&mut self, event: Event, _values: &[SlotValue]) {
        if event.kind != Kind::Hand {
            self.events.push((event.frame, event.kind, event.note, event.generation));
        }
    }

    fn midi(&mut self, event: MidiEvent) {
        self.midi.push((event.frame, event.bytes));
    }
}

impl Written {
    fn starts(&self) -> Vec<i64> {
        self.events.iter().filter(|event| event.1 == Kind::NoteOn).map(|event| event.0).collect()
    }

    fn ends(&self) -> Vec<i64> {
        self.events.iter().filter(|event| event.1 == Kind::NoteOff).map(|event| event.0).collect()
    }
}

/// `count` notes a bar of a sound.
fn notes(sound: &str, count: i64) -> Pattern {
    let controls: Controls = [("note".into(), Value::int(60)), ("s".into(), Value::word(sound))].into_iter().collect();
    Pattern::pure(Value::Map(controls)).fast(Time::int(count))
}

fn scene(name: &str, bars: Option<i64>, parts: Vec<Part>) -> Scene {
    Scene {
        name: name.into(),
        bars: bars.map(Time::int),
        continues: false,
        tempo: Layered::plain(Setting::Plain(120.0)),
        meter: Meter::COMMON,
        swing: Layered::plain(None),
        key: Layered::plain(None),
        transpose: Layered::plain(Setting::Plain(0.0)),
        parts,
        moves: Vec::new(),
        fade: Time::ZERO,
        fill: Time::ZERO,
    }
}

fn part(track: usize, pattern: Pattern) -> Part {
    Part { track, pattern: Layered::plain(Some(pattern)) }
}

fn score(version: u32, scenes: Vec<Scene>) -> Score {
    let strip = |name: &str, kind| Strip {
        key: Key::of(&["strip", name]),
        name: name.into(),
        kind,
        inserts: Vec::new(),
        gain: 1.0,
        pan: 0.5,
        width: 1.0,
        sends: Vec::new(),
        output: (kind == StripKind::Track).then_some(2),
    };
    let strips = vec![strip("a", StripKind::Track), strip("b", StripKind::Track), strip("master", StripKind::Master)];
    let track = |name: &str, strip| Track {
        name: name.into(),
        key: Key::of(&["track", name]),
        strip,
        version,
        muted: false,
        solo: false,
        over_midi: false,
    };
    let mut sounds = Sounds::default();
    sounds.insert("", "triangle", Sound::Pitched(0));
    sounds.insert("", "box", Sound::Midi(0, None));
    sounds.midi.push(MidiInstrument { name: "box".into(), port: 0, channel: 2, offset: 0.0, controls: Vec::new() });
    let program = crate::score::plan::Program {
        key: Key::of(&["wave"]),
        kind: crate::score::plan::ProgramKind::Wave(crate::score::plan::Wave::Triangle),
        voices: 8,
    };
    Score {
        version,
        title: "test".into(),
        tracks: vec![track("a", 0), track("b", 1)],
        scenes,
        song: None,
        quantum: Time::ONE,
        quantum_bars: true,
        tuning: None,
        target: None,
        hands: Vec::new(),
        sounds,
        ports: vec!["box".into()],
        clocks: Vec::new(),
        sends: Vec::new(),
        bus_controls: Vec::new(),
        ducks: Vec::new(),
        plan: Arc::new(Plan { generation: version, programs: vec![program], strips }),
    }
}

fn plain(version: u32, pattern: Pattern) -> Arc<Score> {
    Arc::new(score(version, vec![scene("", None, vec![part(0, pattern)])]))
}

fn played(score: Arc<Score>, steps: &[i64]) -> Written {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(score, 0);
    for until in steps {
        sequencer.advance(*until, &mut written);
    }
    written
}

#[test]
fn four_notes_a_bar_stand_on_the_quarters_and_end_where_the_next_begins() {
    let written = played(plain(1, notes("triangle", 4)), &[2100]);
    assert_eq!(written.starts(), [0, 500, 1000, 1500, 2000]);
    assert_eq!(written.ends(), [500, 1000, 1500, 2000]);
    assert_eq!(written.events[0].1, Kind::Swap, "the rig comes before the first note");
}

#[test]
fn how_time_is_cut_changes_nothing() {
    let score = plain(1, notes("triangle", 7));
    let whole = played(Arc::clone(&score), &[9000]);
    let fine = played(score, &(1..=9000).collect::<Vec<_>>());
    assert_eq!(whole.events, fine.events);
}

#[test]
fn a_change_takes_over_exactly_on_the_bar_and_held_notes_end_by_themselves() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("triangle", 1).late(Time::new(1, 2))), 0);
    sequencer.advance(2500, &mut written);
    // Ready in time for bar 2: the note that began at 3000 is held over the change at 4000 until 5000.
    sequencer.set_score(plain(2, notes("triangle", 2)), 2530);
    sequencer.advance(6500, &mut written);
    assert_eq!(written.starts(), [1000, 3000, 4000, 5000, 6000]);
    assert_eq!(written.ends(), [3000, 5000, 5000, 6000]);
    let swap = written.events.iter().find(|event| event.1 == Kind::Swap && event.3 == 2).unwrap();
    assert_eq!(swap.0, 4000);
}

#[test]
fn a_change_that_is_late_takes_the_next_bar() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("triangle", 1)), 0);
    sequencer.advance(1980, &mut written);
    let frame = sequencer.set_score(plain(2, notes("triangle", 2)), 2010);
    assert_eq!(frame, 4000);
}

#[test]
fn two_saves_before_the_bar_leave_only_the_second() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("triangle", 1)), 0);
    sequencer.advance(1900, &mut written);
    sequencer.set_score(plain(2, notes("triangle", 2)), 1930);
    sequencer.advance(1950, &mut written);
    sequencer.set_score(plain(3, notes("triangle", 4)), 1980);
    sequencer.advance(4000, &mut written);
    assert_eq!(written.starts(), [0, 2000, 2500, 3000, 3500]);
    let swaps: Vec<_> = written.events.iter().filter(|event| event.1 == Kind::Swap).map(|e| (e.0, e.3)).collect();
    assert_eq!(swaps, [(0, 1), (2000, 3)]);
}

#[test]
fn an_unchanged_reload_plays_the_same_notes() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("triangle", 3)), 0);
    sequencer.advance(1000, &mut written);
    sequencer.set_score(plain(2, notes("triangle", 3)), 1030);
    sequencer.advance(9000, &mut written);
    let once = played(plain(1, notes("triangle", 3)), &[9000]);
    assert_eq!(written.starts(), once.starts());
    assert_eq!(written.ends(), once.ends());
}

#[test]
fn sections_follow_the_song_and_cut_what_is_held_at_their_end() {
    let mut score = score(
        1,
        vec![
            scene("", None, vec![]),
            scene("one", Some(2), vec![part(0, notes("triangle", 1).slow(Time::int(4)))]),
            scene("two", Some(1), vec![part(1, notes("triangle", 2))]),
        ],
    );
    score.song = Some(Song::new([1, 2, 1], false));
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    sequencer.advance(20_000, &mut written);
    assert_eq!(written.starts(), [0, 4000, 5000, 6000]);
    assert_eq!(written.ends(), [4000, 5000, 6000, 10_000]);
    assert_eq!(sequencer.ended(), Some(10_000));
    assert!(!sequencer.playing());
}

#[test]
fn the_last_bar_is_overlaid_and_cuts_what_began_before_it() {
    let mut section = scene("one", Some(3), vec![part(0, notes("triangle", 1).slow(Time::int(3)))]);
    section.parts[0].pattern.overlays.push((vec![Window::Last(Time::ONE)], Some(notes("triangle", 2))));
    let mut score = score(1, vec![scene("", None, vec![]), section]);
    score.song = Some(Song::new([1], true));
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    sequencer.advance(6500, &mut written);
    assert_eq!(written.starts(), [0, 4000, 5000, 6000]);
    assert_eq!(written.ends(), [4000, 5000, 6000]);
}

#[test]
fn a_section_is_launched_on_the_bar_and_the_song_taken_up_again() {
    let mut score = score(
        1,
        vec![
            scene("", None, vec![]),
            scene("long", Some(8), vec![part(0, notes("triangle", 1))]),
            scene("short", Some(1), vec![part(1, notes("triangle", 4))]),
        ],
    );
    score.song = Some(Song::new([1, 1], false));
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    sequencer.advance(2500, &mut written);
    sequencer.gesture(&Gesture::Launch("short".into()), 2530, &mut written);
    assert_eq!(sequencer.launching(), Some(("short", 4000)));
    sequencer.advance(8500, &mut written);
    assert_eq!(written.starts(), [0, 2000, 4000, 4500, 5000, 5500, 6000, 8000]);
    assert_eq!(sequencer.position(6100).unwrap().entry, Some((1, 2)));
}

#[test]
fn a_launch_that_is_cancelled_leaves_no_trace() {
    let mut score = score(1, vec![scene("", None, vec![part(0, notes("triangle", 2))]), scene("x", Some(1), vec![])]);
    score.song = None;
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    sequencer.advance(1900, &mut written);
    sequencer.gesture(&Gesture::Launch("x".into()), 1930, &mut written);
    sequencer.advance(1950, &mut written);
    sequencer.gesture(&Gesture::CancelLaunch, 1950, &mut written);
    sequencer.advance(4500, &mut written);
    assert_eq!(written.starts(), [0, 1000, 2000, 3000, 4000]);
}

#[test]
fn every_midi_note_ends_over_a_reload_a_pause_and_the_end() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("box", 3)), 0);
    sequencer.advance(1500, &mut written);
    sequencer.set_score(plain(2, notes("box", 5)), 1530);
    sequencer.advance(3333, &mut written);
    sequencer.gesture(&Gesture::PlayPause, 3333, &mut written);
    assert_eq!(sequencer.midi_notes(), 0);
    sequencer.advance(5000, &mut written);
    sequencer.gesture(&Gesture::PlayPause, 5000, &mut written);
    sequencer.advance(7777, &mut written);
    sequencer.shut_down(&mut written);
    let mut down = 0;
    for (_, bytes) in &written.midi {
        match bytes[0] & 0xf0 {
            0x90 => down += 1,
            0x80 => down -= 1,
            _ => {}
        }
        assert!((0..=1).contains(&down), "one key: on, off, on, off");
    }
    assert_eq!(down, 0);
    assert!(written.midi.len() > 12);
}

#[test]
fn a_muted_midi_track_is_let_go_and_sends_nothing() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("box", 2)), 0);
    sequencer.advance(1200, &mut written);
    sequencer.gesture(&Gesture::Mute("a".into(), true), 1200, &mut written);
    assert_eq!(sequencer.midi_notes(), 0);
    let before = written.midi.len();
    sequencer.advance(5000, &mut written);
    assert_eq!(written.midi.len(), before);
    sequencer.gesture(&Gesture::Mute("a".into(), false), 5000, &mut written);
    sequencer.advance(6500, &mut written);
    assert!(written.midi.len() > before);
}

#[test]
fn a_pause_keeps_the_place() {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(plain(1, notes("triangle", 4)), 0);
    sequencer.advance(750, &mut written);
    sequencer.gesture(&Gesture::PlayPause, 750, &mut written);
    sequencer.advance(3000, &mut written);
    sequencer.gesture(&Gesture::PlayPause, 3000, &mut written);
    sequencer.advance(4000, &mut written);
    assert_eq!(written.starts(), [0, 500, 3250, 3750]);
}

#[test]
fn swing_makes_the_second_of_each_two_sixteenths_late() {
    let mut swung = scene("", None, vec![part(0, notes("triangle", 16))]);
    swung.swing.base = Some(Swing { share: Setting::Plain(0.6), grid: Time::new(1, 4) });
    let written = played(Arc::new(score(1, vec![swung])), &[600]);
    assert_eq!(written.starts(), [0, 150, 250, 400, 500]);
}

#[test]
fn the_clock_ticks_24_times_a_quarter_on_exact_frames() {
    let mut score = score(1, vec![scene("", None, vec![])]);
    score.clocks = vec![0];
    let (mut sequencer, mut written) = (Sequencer::new(48_000), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    sequencer.advance(48_000, &mut written);
    assert_eq!(written.midi[0], (0, [0xfa, 0, 0]));
    let ticks: Vec<i64> = written.midi.iter().filter(|(_, b)| b[0] == 0xf8).map(|(frame, _)| *frame).collect();
    assert_eq!(ticks, (0..48).map(|tick| tick * 1000).collect::<Vec<_>>());
}

#[test]
fn a_ramped_tempo_is_the_same_however_time_is_cut() {
    let mut ramped = scene("", Some(4), vec![part(0, notes("triangle", 4))]);
    let ends = Box::new((Value::int(60), Value::int(240)));
    let tempo = Pattern::signal(crate::pattern::Wave::Ramp(ends, None));
    ramped.tempo = Layered::plain(Setting::Pattern(tempo));
    let score = Arc::new(score(1, vec![ramped]));
    let whole = played(Arc::clone(&score), &[9000]);
    let fine = played(score, &(1..=9000).collect::<Vec<_>>());
    assert_eq!(whole.events, fine.events);
    let starts = whole.starts();
    let gaps: Vec<i64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.first() > gaps.get(12), "it gets faster: {gaps:?}");
}

/// `count` notes a bar, all of them early by some milliseconds.
fn early(count: i64, milliseconds: i64) -> Pattern {
    let amount = Value::Quantity(Time::int(-milliseconds), crate::base::units::Unit::Milliseconds);
    Pattern::new(crate::pattern::Kind::Shift(Pattern::pure(amount), notes("triangle", count)))
}

#[test]
fn a_hand_that_moves_between_an_early_note_and_its_beat_strikes_it_once() {
    for moved_at in [1900, 1949, 1950, 1951, 1990, 1999, 2000, 2001] {
        let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
        sequencer.set_score(plain(1, early(4, 50)), 0);
        sequencer.advance(moved_at, &mut written);
        sequencer.gesture(&Gesture::Value("tone".into(), 0.5), 0, &mut written);
        sequencer.advance(4000, &mut written);
        // At the very start there is no time to be early in.
        assert_eq!(written.starts(), [0, 450, 950, 1450, 1950, 2450, 2950, 3450, 3950], "moved at {moved_at}");
        assert_eq!(written.ends(), [500, 950, 1450, 1950, 2450, 2950, 3450, 3950], "moved at {moved_at}");
    }
}

#[test]
fn an_early_note_that_the_hand_takes_away_still_ends() {
    use crate::pattern::{FILL, Wave};
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    // Notes sound while fill is not held.
    let pattern = Pattern::signal(Wave::Fill).if_else(Pattern::silence(), early(4, 50));
    sequencer.set_score(plain(1, pattern), 0);
    sequencer.advance(1970, &mut written);
    sequencer.gesture(&Gesture::Value(FILL.into(), 1.0), 0, &mut written);
    sequencer.advance(4000, &mut written);
    assert_eq!(written.starts(), [0, 450, 950, 1450, 1950]);
    assert_eq!(written.ends(), [500, 950, 1450, 1950, 2450]);
    sequencer.gesture(&Gesture::Value(FILL.into(), 0.0), 0, &mut written);
    sequencer.advance(5000, &mut written);
    assert_eq!(written.starts()[5..], [4450, 4950]);
}

#[test]
fn fill_is_true_in_the_fill_bars_of_a_section() {
    use crate::pattern::Wave;
    let pattern = Pattern::signal(Wave::Fill).if_else(notes("triangle", 4), notes("triangle", 1));
    let mut verse = scene("verse", Some(3), vec![part(0, pattern)]);
    verse.fill = Time::new(1, 2);
    let mut score = score(1, vec![scene("", None, Vec::new()), verse]);
    score.song = Some(Song::new([1], false));
    let written = played(Arc::new(score), &[7000]);
    assert_eq!(written.starts(), [0, 2000, 4000, 5000, 5500]);
}

#[test]
fn a_sounding_note_follows_what_is_live_until_it_ends() {
    use crate::pattern::{Cyclic, Func, Wave};
    // A note a bar whose cutoff rises over the bar from 0 to 1000, played at twice the speed.
    let rise = Pattern::signal(Wave::Cyclic(Cyclic::Saw)).map(Func::Right(Op::Mul, Value::int(1000))).live();
    let cutoff = rise.map(Func::Control([Name::from("lpf")].into(), Dimension::Frequency));
    let pattern = notes("triangle", 1).combine(Op::Set, Align::In, &cutoff).fast(Time::int(2));
    let (mut sequencer, mut heard) = (Sequencer::new(RATE), Heard::default());
    sequencer.set_score(plain(1, pattern), 0);
    for until in [700, 1500, 4100] {
        sequencer.advance(until, &mut heard);
    }
    // A note is a second long; each 256 frames its cutoff has risen by 256.
    let first: Vec<_> = heard.0.iter().filter(|(frame, _)| *frame < 1000).copied().collect();
    assert_eq!(first, [(256, 256.0), (512, 512.0), (768, 768.0)]);
    // Those of the second note stand on the same grid: 24 frames after its onset it is at 24.
    let second: Vec<_> = heard.0.iter().filter(|(frame, _)| (1000..2000).contains(frame)).copied().collect();
    assert_eq!(second, [(1024, 24.0), (1280, 280.0), (1536, 536.0), (1792, 792.0)]);
}

#[test]
fn a_program_goes_ahead_of_its_note_and_only_where_it_changes() {
    let programs = Pattern::slowcat([14, 14, 31].map(|n| Pattern::pure(Value::int(n))));
    let program = programs.map(crate::pattern::Func::Control([Name::from("program")].into(), Dimension::Number));
    let pattern = notes("box", 1).combine(Op::Set, Align::In, &program);
    let written = played(plain(1, pattern), &[5000]);
    let ahead: Vec<_> =
        written.midi.iter().filter(|(_, bytes)| matches!(bytes[0] & 0xf0, 0x90 | 0xc0)).copied().collect();
    assert_eq!(
        ahead,
        [
            (0, [0xc2, 14, 0]),
            (0, [0x92, 60, 102]),
            (2000, [0x92, 60, 102]),
            (4000, [0xc2, 31, 0]),
            (4000, [0x92, 60, 102])
        ]
    );
}

/// A note of the box with more controls.
fn boxed(controls: &[(&'static str, Value)]) -> Vec<(i64, [u8; 3])> {
    let more: Controls = controls.iter().map(|(name, value)| (Name::Fixed(name), value.clone())).collect();
    let pattern = notes("box", 1).combine(Op::Set, Align::In, &Pattern::pure(Value::Map(more)));
    let sent = played(plain(1, pattern), &[1900]).midi.into_iter();
    sent.filter(|(_, bytes)| bytes[0] & 0xf0 != 0x80 && bytes[0] < 0xf0).collect()
}

#[test]
fn a_note_says_its_channel_and_controllers_by_number() {
    let sent = boxed(&[
        ("midichan", Value::int(5)),
        ("ccn", Value::int(74)),
        ("ccv", Value::int(99)),
        ("miditouch", Value::int(7)),
        ("midibend", Value::int(1)),
    ]);
    let wanted = [[0xb4, 74, 99], [0xe4, 127, 127], [0xd4, 7, 0], [0x94, 60, 102]];
    assert_eq!(sent, wanted.map(|bytes| (0, bytes)));
}

#[test]
fn what_lies_between_two_keys_is_bent_from_the_nearer_one() {
    // A quarter tone of a bend that goes over two semitones is a quarter of its way up.
    let sent = boxed(&[("note", Value::Number(Time::new(121, 2)))]);
    assert_eq!(sent, [(0, [0xe2, 0, 48]), (0, [0x92, 61, 102])]);
    let third = boxed(&[("note", Value::Number(Time::new(604, 10)))]);
    assert_eq!(third[1], (0, [0x92, 60, 102]));
    assert!(third[0].1[2] > 64, "{third:?}");
}

/// The values that voices follow.
#[derive(Default)]
struct Heard(Vec<(i64, f32)>);

impl Sink for Heard {
    fn event(&mut self, event: Event, values: &[SlotValue]) {
        if event.kind == Kind::Live {
            // A cycle found by its frame lies within 2^-20 of it.
            self.0.push((event.frame, values[0].1.round()));
        }
    }

    fn midi(&mut self, _: MidiEvent) {}
}
