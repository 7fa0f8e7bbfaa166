//! What is heard live is what `talea render` writes: the real program at a real JACK server, recorded by a second client.
//! Sound sample for sample; MIDI frame for frame, over reloads, gestures, a section launched by hand and the end.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)] // Measured figures are printed.

mod program;
mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use program::sound::{self, assert_same};
use program::terminal::Stage;
use program::{Folder, Playing, optimised};
use servers::{JackServer, Recorder, Recording, wait_until, with_jack};
use talea::base::event::{Event, MidiEvent, SlotValue};
use talea::files::project::Project;
use talea::sequencer::{Sequencer, Sink};

/// Frames of a sixteenth and of a clock tick at 150 quarters a minute and 48 kHz.
const SIXTEENTH: i64 = 4800;
const TICK: i64 = 800;
/// Frames of a bar.
const BAR: i64 = 16 * SIXTEENTH;

/// The first bar is silent, so that the recorder is connected before anything sounds.
const PIECE: &str = r#"
tempo 150
seed 3
quantum 1 bar
midi juno { port 'juno', channel 3, bright: cc(74) }
midi box { port 'box', channel 10, offset -4ms, bd: note(36), hh: note(42) }
clock 'box'

drums: s("bd*4, ~ sd ~ sd, hh*8").velocity("1 .7 .9 .8").mask("<0 1!31>")
loose: s("[cp | rim | ~]*8").degradeBy(.3).pan(rand).room(.3).mask("<0 1!31>")
bass:  note("<a1 f1 c2 g1>*4").s("sawtooth").lpf(sine.range(300, 2000).slow(4)).lpq(5).clip(.7).mask("<0 1!31>")
lead:  note("<a4 c5 e5 [g5 d5]>*4").s("pluck").delay(.4).room(.3).mask("<0 1!31>")
pads:  note("<[a3,c4,e4] [f3,a3,c4]>").s("supersaw").attack(.2).release(.5).velocity(.5).mask("<0 1!31>")
keys:  note("<a3 c4>*8").s("juno").clip(.5).bright("<20 90>")
beat:  s("bd*4, hh*16").bank("box")

mix drums { gain "<-4dB -9dB>*2", send delay -14dB }
mix bass  { gain -6dB, pan .4 }
mix lead  { gain sine.range(.3, .7).slow(3), send room -12dB }
mix pads  { gain -14dB }
bus room  { reverb(decay: 1.4s) }
bus delay { echo(time: 3/16, feedback: 0.4, pingpong: true), send room -12dB }
master    { limit(ceiling: -1dBTP) }
section drop 4 { drums, bass: bass.lpf(ramp(200, 4000)), keys, beat, mix drums { gain -2dB } }
"#;

/// A recorder with a MIDI input for each port, connected to the program as soon as that is there.
fn recorder() -> Recorder {
    let recorder = Recorder::open(&["in_juno", "in_box"]);
    recorder.start();
    recorder
}

fn connect(recorder: &Recorder) {
    recorder.connect_talea();
    recorder.connect("talea:juno", "in_juno");
    recorder.connect("talea:box", "in_box");
}

/// The MIDI that the sequencer plans, without an engine and without time.
#[derive(Default)]
struct Planned(Vec<MidiEvent>);

impl Sink for Planned {
    fn event(&mut self, _: Event, _: &[SlotValue]) {}

    fn midi(&mut self, event: MidiEvent) {
        self.0.push(event);
    }
}

/// What the sequencer says: the messages of each port with their frames. What would be before the start comes with it.
fn planned(piece: &Path, frames: i64) -> Vec<Vec<(i64, Vec<u8>)>> {
    let version = Project::new(piece).load().unwrap();
    let mut sequencer = Sequencer::new(48_000);
    let mut sink = Planned::default();
    sequencer.set_score(Arc::clone(&version.score), 0);
    sequencer.advance(frames, &mut sink);
    (0..version.score.ports.len())
        .map(|port| {
            let mut mine: Vec<_> = sink.0.iter().filter(|event| usize::from(event.port) == port).collect();
            mine.sort_by_key(|event| event.frame);
            mine.into_iter()
                .map(|event| (event.frame.max(0), event.bytes[..usize::from(event.length)].to_vec()))
                .collect()
        })
        .collect()
}

/// Every note-on has its note-off before the next on of its key and at the end; says how many notes there were. An off
/// at the start may belong to a note from before the recording.
#[track_caller]
fn assert_notes_end(messages: &[(u32, Vec<u8>)], what: &str) -> usize {
    let mut on: BTreeMap<(u8, u8), u32> = BTreeMap::new();
    let mut notes = 0;
    let mut struck = BTreeSet::new();
    for (at, bytes) in messages.iter().filter(|(_, bytes)| bytes.len() == 3) {
        let key = (bytes[0] & 15, bytes[1]);
        match bytes[0] & 0xf0 {
            0x90 if bytes[2] > 0 => {
                let before = on.insert(key, *at);
                assert_eq!(before, None, "{what}: the key {key:?} is struck again at {at} while it is down");
                struck.insert(key);
                notes += 1;
            }
            0x80 | 0x90 => {
                let held = on.remove(&key);
                assert!(held.is_some() || !struck.contains(&key), "{what}: {key:?} is let go twice, at {at}");
            }
            _ => {}
        }
    }
    assert!(on.is_empty(), "{what}: never let go: {on:?}");
    notes
}

/// Clock ticks stand one exact tick apart, from the first to the last; note-ons stand on sixteenths of the same grid,
/// `early` frames before it. Says how many ticks there were.
#[track_caller]
fn assert_on_the_grid(recording: &Recording) -> usize {
    let of = |port: usize, byte: u8, mask: u8| -> Vec<i64> {
        let mine = recording.midi[port].iter().filter(move |(_, bytes)| bytes[0] & mask == byte);
        mine.map(|(at, _)| i64::from(*at)).collect()
    };
    let ticks = of(1, 0xf8, 0xff);
    for pair in ticks.windows(2) {
        assert_eq!(pair[1] - pair[0], TICK, "between the ticks at {} and {}", pair[0], pair[1]);
    }
    let phase = ticks[0].rem_euclid(TICK);
    // What would be before the start comes with it.
    let start = of(1, 0xfa, 0xff).first().copied();
    // 4 ms is 192 frames: the box hears its notes so much earlier.
    for (port, early) in [(0, 0), (1, 192)] {
        let mut notes = of(port, 0x90, 0xf0);
        notes.retain(|at| Some(*at) != start);
        assert!(notes.len() > 20, "{} notes on port {port}", notes.len());
        let grid: BTreeSet<i64> = notes.iter().map(|at| (at + early - phase).rem_euclid(TICK)).collect();
        assert_eq!(grid, BTreeSet::from([0]), "port {port}: frames after a tick");
        let sixteenths: BTreeSet<i64> = notes.iter().map(|at| (at - notes[0]).rem_euclid(SIXTEENTH)).collect();
        assert_eq!(sixteenths, BTreeSet::from([0]), "port {port}: frames after a sixteenth");
    }
    ticks.len()
}

/// Plays until no client was late: one that is loses a cycle, and then nothing can be compared. A machine that stands
/// still for a period may take more than one attempt, a longer period, and at last a server that waits for its clients.
fn undisturbed(play: impl Fn(&Folder) -> Recording) -> (Folder, Recording) {
    for (period, patient) in [(256, false), (512, false), (512, true), (1024, true)] {
        let server =
            if patient { JackServer::start_patient(48_000, period) } else { JackServer::start(48_000, period) };
        let (folder, _) = Folder::with(PIECE);
        let recording = play(&folder);
        let (late, own) = server.xruns();
        if own > 0 || !late.is_empty() {
            eprintln!("\n*** late with periods of {period}: clients {late:?}, the server {own} times ***\n");
        }
        if late.is_empty() {
            if patient {
                eprintln!(
                    "\n*** only a server that waits was met in time: this machine says nothing of lateness ***\n"
                );
            }
            return (folder, recording);
        }
    }
    panic!("clients were late in every attempt");
}

#[test]
fn what_jack_hears_is_what_is_rendered() {
    let Some(talea) = optimised() else { return };
    with_jack("what_jack_hears_is_what_is_rendered", || {
        let (folder, recording) = undisturbed(|folder| {
            let recorder = recorder();
            let log = folder.path("set.log").display().to_string();
            let arguments = ["--audio", "jack", "--log", &log, "--for", "12s"];
            let mut playing = Playing::start(talea, folder, &folder.path("piece.talea"), &arguments);
            connect(&recorder);
            assert_eq!(playing.finish(Duration::from_secs(40)), 0, "{}", playing.said());
            recorder.finish()
        });
        let (piece, log) = (folder.path("piece.talea"), folder.path("set.log"));

        // The piece itself, up to the frame at which the session let its voices go.
        let end = session_end(&log);
        let rendered = sound::render(talea, &piece, &["--seconds", "12"]);
        let same = assert_same(&recording.channels, &rendered, Some(end as usize), "the piece");
        assert!(same > 48_000 * 8, "only {same} frames were compared");
        assert!(sound::peak(&rendered) > 0.1 && sound::peak(&rendered) < 1.0, "{}", sound::peak(&rendered));
        // And its log, with the end.
        let replayed = sound::render(talea, &log, &[]);
        let same = assert_same(&recording.channels, &replayed, None, "the log");
        assert!(same as i64 > end - 2 * BAR, "only {same} of {end} frames were compared");

        // MIDI: the same messages on the same frames as the sequencer says, all moved by one and the same time.
        let shift = sound::first(&recording.channels).unwrap() as i64 - sound::first(&rendered).unwrap() as i64;
        let planned = planned(&piece, end);
        let mut moved = BTreeSet::new();
        for (port, wanted) in planned.iter().enumerate() {
            let heard = &recording.midi[port];
            let skipped = wanted.len().saturating_sub(heard.len());
            let first = heard.iter().find(|(_, bytes)| bytes[0] & 0xf0 == 0x90).expect("a note is heard");
            let at = (0..wanted.len())
                .filter(|at| wanted[*at].1 == first.1)
                .min_by_key(|at| (wanted[*at].0 + shift - i64::from(first.0)).abs())
                .unwrap();
            let from = heard.iter().position(|message| message == first).unwrap();
            let heard: Vec<_> =
                heard[from..].iter().map(|(at, bytes)| (i64::from(*at) - shift, bytes.clone())).collect();
            let count = (wanted.len() - at).min(heard.len());
            assert!(count > 80, "port {port}: {count} messages, {skipped} skipped");
            for (heard, wanted) in heard.iter().zip(&wanted[at..]).take(count) {
                assert_eq!(heard.1, wanted.1, "port {port} at frame {}", wanted.0);
                moved.insert(heard.0 - wanted.0);
            }
        }
        assert_eq!(moved.len(), 1, "frames between sound and MIDI: {moved:?}");
        assert!(moved.iter().all(|frames| frames.abs() <= 512), "frames between sound and MIDI: {moved:?}");
        let ticks = assert_on_the_grid(&recording);
        let notes: usize = (0..2).map(|port| assert_notes_end(&recording.midi[port], "the end")).sum();
        eprintln!("{same} frames equal, {notes} notes and {ticks} ticks exact, sound later than MIDI by {moved:?}");
    });
}

/// Three reloads, a fader, a pan, a mute, a solo and a section, all by the screen's keys; then TERM.
fn perform(talea: &Path, folder: &Folder) -> Recording {
    let recorder = recorder();
    let log = folder.path("set.log");
    let (piece_name, log_name) = (folder.path("piece.talea").display().to_string(), log.display().to_string());
    let mut stage = Stage::open(talea, &["play", &piece_name, "--audio", "jack", "--log", &log_name]);
    connect(&recorder);
    let wait_for_sound = || wait_until(Duration::from_secs(20), || recorder.last_sample() != 0.0);
    assert!(wait_for_sound(), "nothing sounds:\n{}", stage.shown());
    let pause = |stage: &mut Stage, bars: f64| stage.read_for(Duration::from_secs_f64(bars * 1.6));
    pause(&mut stage, 1.2);

    // Another rhythm and another filter; a name in the middle of a fader.
    let second = PIECE.replace("bd*4, ~ sd ~ sd, hh*8", "bd(5,8), ~ sd, hh*16").replace(".lpq(5)", ".lpq(12)");
    folder.save("piece.talea", &second);
    stage.until_shown(" v2");
    pause(&mut stage, 0.7);
    stage.press("m");
    until_logged(&mut stage, &log, "mute", 1);
    pause(&mut stage, 1.0);
    stage.press("m\u{1b}[C\u{1b}[C\u{1b}[A\u{1b}[A\u{1b}[A,");
    until_logged(&mut stage, &log, "gain", 3);
    until_logged(&mut stage, &log, "pan", 1);

    // A new track, an effect more, another bus, one track gone; MIDI on other keys.
    let third = second
        .replace("pads:", "_pads:")
        .replace("mix pads", "bells: note(\"<e6 b5>*2\").s(\"sine\").decay(.3).room(.5)\nmix pads")
        .replace("reverb(decay: 1.4s)", "reverb(decay: 3s, size: 0.9)")
        .replace("mix bass  {", "mix bass  { drive(6dB), eq(lowcut(60Hz)),")
        .replace("<a3 c4>*8", "<a3 e4 b4>*16");
    let third = if checks(talea, folder, &third) { third } else { third.replace("drive(6dB), eq(lowcut(60Hz)),", "") };
    folder.save("piece.talea", &third);
    stage.until_shown(" v3");
    pause(&mut stage, 1.3);
    stage.press("1");
    until_logged(&mut stage, &log, "launch", 1);
    stage.until_shown("drop  ");
    pause(&mut stage, 1.5);
    stage.press("\u{1b}[D\u{1b}[Ds");
    until_logged(&mut stage, &log, "solo", 1);
    pause(&mut stage, 0.4);
    stage.press("s");

    // The section itself changes while it plays.
    let fourth = third.replace("ramp(200, 4000)", "ramp(4000, 200)").replace("tempo 150", "tempo 150\nswing 50%");
    folder.save("piece.talea", &fourth);
    stage.until_shown(" v4");
    pause(&mut stage, 2.2);
    let shown = stage.shown();
    stage.signal("-TERM");
    stage.until_given_back();
    assert_eq!(stage.finish(), 0);
    assert!(shown.contains("late 0") && !shown.contains("render differs"), "the screen says:\n{shown}");
    recorder.finish()
}

#[test]
fn a_session_with_reloads_and_gestures_is_what_its_log_renders() {
    let Some(talea) = optimised() else { return };
    with_jack("a_session_with_reloads_and_gestures_is_what_its_log_renders", || {
        let (folder, recording) = undisturbed(|folder| perform(talea, folder));
        let log = folder.path("set.log");
        let replayed = sound::render(talea, &log, &[]);
        let same = assert_same(&recording.channels, &replayed, None, "the session");
        assert!(same as i64 > session_end(&log) - 2 * BAR, "only {same} frames were compared");
        assert!(same as i64 > 9 * BAR, "only {same} frames were compared");
        let ticks = assert_on_the_grid(&recording);
        let notes: usize = (0..2).map(|port| assert_notes_end(&recording.midi[port], "the session")).sum();
        eprintln!("{same} frames equal over 3 reloads, 8 gestures and a section; {notes} notes, {ticks} ticks exact");
    });
}

/// Whether a text has no errors.
fn checks(talea: &Path, folder: &Folder, text: &str) -> bool {
    let path = folder.save("other.talea", text);
    program::run(talea, &["check", &path.display().to_string()]).code == 0
}

/// The frame at which a session ended, from its log.
fn session_end(log: &Path) -> i64 {
    let log = talea::render::log::read(log).unwrap();
    log.lines.last().expect("the log has lines").at
}

/// Waits until a gesture stands in the log so many times.
#[track_caller]
fn until_logged(stage: &mut Stage, log: &Path, word: &str, times: usize) {
    let word = format!("\"{word}\"");
    for _ in 0..400 {
        if std::fs::read_to_string(log).unwrap_or_default().matches(&word).count() >= times {
            return;
        }
        stage.read_for(Duration::from_millis(20));
    }
    panic!("{word} is not in the log {times} times:\n{}", stage.shown());
}
