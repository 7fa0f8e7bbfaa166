//! The real program in a real pseudo-terminal, playing: a break in one track, its mending, a step back, help, the end.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::path::Path;
use std::time::Duration;

use program::terminal::Stage;
use program::{Folder, optimised};

/// A bar lasts a second.
const PIECE: &str = "tempo 240\ndrums: s(\"bd*4\")\nbass: note(\"c2*2\").s(\"sine\")\n";

/// A piece that plays in a terminal, and what it is recorded to.
fn playing(talea: &Path) -> (Folder, Stage) {
    let (folder, piece) = Folder::with(PIECE);
    let take = folder.path("take.wav").display().to_string();
    let log = folder.path("set.log").display().to_string();
    let piece = piece.display().to_string();
    let mut stage = Stage::open(talea, &["play", &piece, "--audio", "null", "--record", &take, "--log", &log]);
    stage.until("the piece plays", |screen| {
        let shown = screen.contents();
        screen.alternate_screen() && shown.contains("▶") && shown.contains(" v1") && shown.contains("bass")
    });
    (folder, stage)
}

/// Ends by the key, and gives back what was recorded.
fn quit(folder: &Folder, mut stage: Stage) -> Vec<Vec<f32>> {
    stage.press("q");
    stage.until_given_back();
    assert_eq!(stage.finish(), 0, "{}", stage.shown());
    program::sound::read(&folder.path("take.wav"))
}

/// How strongly a frequency sounds in a stretch (Goertzel), against its power as a whole.
fn share(samples: &[f32], hertz: f64) -> f64 {
    let turn = 2.0 * std::f64::consts::PI * hertz / 48_000.0;
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        (one, two) = (f64::from(*sample) + 2.0 * turn.cos() * one - two, one);
    }
    let power = one * one + two * two - 2.0 * turn.cos() * one * two;
    let all: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if all == 0.0 { 0.0 } else { 2.0 * power / (all * samples.len() as f64) }
}

#[test]
fn a_broken_track_keeps_its_last_good_version_while_the_rest_goes_ahead() {
    let Some(talea) = optimised() else { return };
    let (folder, mut stage) = playing(talea);
    // One save: the bass gets a typo, the drums another rhythm.
    let broken = PIECE.replace(".s(\"sine\")", ".s(\"sine\").fst(2)").replace("bd*4", "bd sd");
    folder.save("piece.talea", &broken);
    stage.until("the drums are new, the bass is still the old one", |screen| {
        let shown = screen.contents();
        shown.contains(" v2") && shown.contains("bass still v1") && shown.contains("1 problem")
    });
    stage.until("the problem is shown with its place and what to type", |screen| {
        let shown = screen.contents();
        shown.contains("3:30") && shown.contains("unknown function `fst`") && shown.contains("did you mean `fast`")
    });
    // Its line is marked, and the text on the screen is the new one.
    stage.until("the line is marked", |screen| {
        screen.contents().lines().any(|line| line.trim_start().starts_with("3 ●") && line.contains(".fst(2)"))
    });
    stage.read_for(Duration::from_millis(1500));
    // Mended, it lands at the next bar.
    folder.save("piece.talea", broken.replace(".fst(2)", ".fast(2)"));
    stage.until("all is well again", |screen| {
        let shown = screen.contents();
        shown.contains(" v3") && !shown.contains("still v1") && !shown.contains("problem")
    });
    stage.read_for(Duration::from_millis(1500));
    let take = quit(&folder, stage);

    // What the screen says is what sounds: the log's versions give the bars at which each began.
    let log = talea::render::log::read(&folder.path("set.log")).unwrap();
    let starts: Vec<usize> = log
        .lines
        .iter()
        .filter(|line| matches!(line.event, talea::render::log::Event::Version(_)))
        .map(|line| (line.not_before.max(0) as usize).div_ceil(48_000) * 48_000)
        .collect();
    assert_eq!(starts.len(), 3, "{starts:?}");
    assert!(starts[2] + 48_000 < take[0].len());
    let replayed = program::sound::render(talea, &folder.path("set.log"), &[]);
    program::sound::assert_same(&take, &replayed, None, "the session");
    // Bars of the second version: the bass sounds on, two notes of c2 a bar (65.4 Hz), and there is a snare in the middle.
    let bar = &replayed[0][starts[1]..starts[1] + 48_000];
    assert!(share(&bar[12_000..24_000], 65.406) > 0.2, "the bass is gone: {}", share(&bar[12_000..24_000], 65.406));
    let before = &replayed[0][starts[1] - 48_000..starts[1]];
    assert_ne!(before, bar, "the drums did not go ahead");
}

#[test]
fn a_step_lights_up_in_its_colour() {
    let Some(talea) = optimised() else { return };
    let (folder, mut stage) = playing(talea);
    folder.save("piece.talea", PIECE.replace("bd*4\")", "bd*4\").color(\"<tomato #ff0>\")"));
    // The nearest to both of the 256 colours that this terminal has.
    for index in [203, 226] {
        stage.until("the kick is lit in its colour", |screen| {
            let (rows, columns) = screen.size();
            let mut cells = (0..rows).flat_map(|y| (0..columns).filter_map(move |x| screen.cell(y, x)));
            cells.any(|cell| cell.contents() == "b" && cell.bgcolor() == vt100::Color::Idx(index))
        });
    }
    assert!(!stage.shown().contains("problem"), "{}", stage.shown());
    quit(&folder, stage);
}

#[test]
fn a_step_back_plays_the_version_before() {
    let Some(talea) = optimised() else { return };
    let (folder, mut stage) = playing(talea);
    folder.save("piece.talea", PIECE.replace("bd*4", "hh*4"));
    stage.until_shown(" v2");
    stage.until_shown("hh*4");
    stage.press("u");
    stage.until("the first text plays and is shown", |screen| {
        let shown = screen.contents();
        shown.contains("bd*4") && !shown.contains("hh*4")
    });
    // There is none before it: that is said, and nothing changes.
    stage.press("u");
    stage.until_shown("no version before");
    assert!(stage.shown().contains("bd*4") && stage.shown().contains("▶"), "{}", stage.shown());
    // The file was not touched; the next save goes on from it.
    let saved = std::fs::read_to_string(folder.path("piece.talea")).unwrap();
    assert!(saved.contains("hh*4"));
    folder.save("piece.talea", PIECE.replace("bd*4", "cp*4"));
    stage.until_shown("cp*4");
    quit(&folder, stage);
}

#[test]
fn keys_are_helped_with_and_answered_and_q_gives_the_terminal_back() {
    let Some(talea) = optimised() else { return };
    let (folder, mut stage) = playing(talea);
    stage.press("?");
    stage.until("help is shown", |screen| screen.contents().contains("mute on and off"));
    stage.press("?");
    stage.until("help is gone", |screen| !screen.contents().contains("mute on and off"));
    // Stop and go.
    stage.press(" ");
    stage.until_shown("■");
    stage.press(" ");
    stage.until_shown("▶");
    // A fader, and the log of it.
    stage.press("\u{1b}[B\u{1b}[B\u{1b}[B");
    stage.until_shown("−3.0");
    quit(&folder, stage);
    let log = std::fs::read_to_string(folder.path("set.log")).unwrap();
    assert_eq!(log.matches("\"gain\"").count(), 3, "{log}");
    assert_eq!(log.matches("play-pause").count(), 2, "{log}");
}

#[test]
fn a_session_that_stops_pauses_and_panics_is_what_its_log_renders() {
    let Some(talea) = optimised() else { return };
    let (folder, mut stage) = playing(talea);
    for key in [" ", " ", "!", "m", "s", "m", "s", "\u{1b}[C", "m", "."] {
        stage.read_for(Duration::from_millis(300));
        stage.press(key);
    }
    stage.read_for(Duration::from_millis(700));
    let take = quit(&folder, stage);
    let replayed = program::sound::render(talea, &folder.path("set.log"), &[]);
    let same = program::sound::assert_same(&take, &replayed, None, "the session");
    assert!(same > 48_000 * 2, "{same} frames");
}

#[test]
fn a_terminal_signal_ends_it_in_good_order() {
    let Some(talea) = optimised() else { return };
    for signal in ["-TERM", "-HUP", "-INT"] {
        let (folder, mut stage) = playing(talea);
        stage.signal(signal);
        stage.until_given_back();
        assert_eq!(stage.finish(), 0, "after {signal}");
        // The recording was closed: it can be read.
        assert!(!program::sound::read(&folder.path("take.wav"))[0].is_empty(), "after {signal}");
    }
}

#[test]
fn a_terminal_that_is_closed_ends_it_in_good_order() {
    let Some(talea) = optimised() else { return };
    let (folder, piece) = Folder::with(PIECE);
    let log = folder.path("set.log");
    let code = program::terminal::closed_while_it_plays(
        talea,
        &["play", piece.to_str().unwrap(), "--audio", "null", "--log", log.to_str().unwrap()],
    );
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().last().is_some_and(|line| line.contains("\"end\"")), "{code:?}: {log}");
}
