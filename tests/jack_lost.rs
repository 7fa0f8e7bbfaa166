//! The JACK server dies under the real program and comes back: the music is where wall time says it is.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)] // Measured times are printed.

mod program;
mod servers;

use std::time::{Duration, Instant};

use program::{Folder, Playing, optimised};
use servers::{JackServer, Recorder, wait_until, with_jack};

/// A drone to hear, and notes that count: each is one higher and 125 ms later, for 15 s.
const PIECE: &str = r#"
tempo 240
midi counter { port 'counter', channel 1 }
drone: note("c3*8").s("sawtooth").release(.1)
count: note("0..119").slow(15).s("counter").clip(.5)
"#;

/// Seconds between two of the counting notes, and their number.
const STEP: f64 = 0.125;
const COUNT: f64 = 120.0;

/// Waits for a note, and says when the piece would have begun if its first frame had been heard through this recorder.
fn origin(recorder: &Recorder) -> (Instant, Recorded) {
    let start = recorder.frames();
    assert!(wait_until(Duration::from_secs(10), || recorder.frames() > start + 24_000), "nothing is recorded");
    // The clock is read between two callbacks: the recorder has just grown.
    let before = recorder.frames();
    assert!(wait_until(Duration::from_secs(1), || recorder.frames() != before));
    (Instant::now(), Recorded { frames: recorder.frames() })
}

struct Recorded {
    frames: usize,
}

/// Seconds of the piece at the end of the recording, by the last counting note; within the fifteen that they count.
fn position(messages: &[(u32, Vec<u8>)], frames: usize) -> f64 {
    let mut within = messages.iter().filter(|(at, bytes)| (*at as usize) < frames && bytes[0] & 0xf0 == 0x90);
    let (at, bytes) = within.next_back().expect("a note is heard");
    f64::from(bytes[1]) * STEP + (frames - *at as usize) as f64 / 48_000.0
}

#[test]
fn after_a_killed_server_the_music_is_where_wall_time_says() {
    let Some(talea) = optimised() else { return };
    with_jack("after_a_killed_server_the_music_is_where_wall_time_says", || {
        let mut server = JackServer::start(48_000, 256);
        let (folder, piece) = Folder::with(PIECE);
        let recorder = Recorder::open(&["in"]);
        let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "jack"]);
        recorder.connect_talea();
        recorder.connect("talea:counter", "in");
        recorder.start();
        let (then, recorded) = origin(&recorder);
        let before = position(&recorder.finish().midi[0], recorded.frames);

        server.kill();
        playing.until_said("lost JACK", 1);
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(playing.ended(), None, "{}", playing.said());
        server.restart();
        // The server answers the recorder about when it answers talea.
        let recorder = Recorder::open(&["in"]);
        let answered = Instant::now();
        recorder.start();
        recorder.connect_talea();
        assert!(wait_until(Duration::from_secs(5), || recorder.last_sample() != 0.0), "{}", playing.said());
        let resumed = answered.elapsed();
        recorder.connect("talea:counter", "in");
        let (now, recorded) = origin(&recorder);
        let recording = recorder.finish();
        let after = position(&recording.midi[0], recorded.frames);
        assert_eq!(playing.stop(), 0, "{}", playing.said());

        let wall = now.duration_since(then).as_secs_f64();
        let whole = STEP * COUNT;
        let off = (after - before - wall + whole / 2.0).rem_euclid(whole) - whole / 2.0;
        eprintln!("sounding {:.3} s after the server answered, {:.1} ms off", resumed.as_secs_f64(), off * 1000.0);
        assert!(resumed < Duration::from_millis(500), "sounding {resumed:?} after the server answered");
        assert!(off.abs() < 0.02, "{:.1} ms off the position that wall time says", off * 1000.0);
        // What was missed is not played now: the notes are still an eighth of a bar apart, and each has its end.
        let ons: Vec<_> = recording.midi[0].iter().filter(|(_, bytes)| bytes[0] & 0xf0 == 0x90).collect();
        assert!(ons.windows(2).all(|pair| pair[1].0 - pair[0].0 == 6000), "{ons:?}");
        assert_eq!(playing.said().matches("lost JACK").count(), 1, "{}", playing.said());
    });
}
