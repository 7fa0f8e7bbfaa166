//! A controller at a real JACK server moves the knobs and buttons of a playing text; the log replays what was heard.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::fs;
use std::time::Duration;

use program::sound::{self, assert_same};
use program::{Folder, Playing, optimised};
use servers::{Controller, JackServer, wait_until, with_jack};

const PIECE: &str = r#"
tempo 240
tone = knob(800Hz, 200Hz, 3200Hz, cc: 21)
more = button('h', note: 36)
bass: note("c2*4").s("sawtooth").lpf(tone).release(.02)
hats: s("hh*4").when(more, ply(2)).nudge(-20ms)
"#;

#[test]
fn a_fader_and_a_pad_play_the_text_and_the_log_plays_them_again() {
    let Some(talea) = optimised() else { return };
    with_jack("a_fader_and_a_pad_play_the_text_and_the_log_plays_them_again", || {
        let _server = JackServer::start(48_000, 256);
        let (folder, piece) = Folder::with(PIECE);
        let (take, log) = (folder.path("take.wav"), folder.path("set.log"));
        let arguments =
            ["--audio", "jack", "--record", &take.display().to_string(), "--log", &log.display().to_string()];
        let mut playing = Playing::start(talea, &folder, &piece, &arguments);
        let mut controller = Controller::open("talea:midi_in");
        let logged = |words: &str| fs::read_to_string(&log).unwrap_or_default().contains(words);
        let steps: [([u8; 3], &str); 5] = [
            ([0xb0, 21, 127], r#""value":["tone",3200.0]"#),
            ([0x90, 36, 100], r#""value":["more",1.0]"#),
            ([0xb0, 21, 0], r#""value":["tone",200.0]"#),
            ([0x80, 36, 0], r#""value":["more",0.0]"#),
            ([0xb0, 22, 64], ""),
        ];
        for (message, words) in steps {
            std::thread::sleep(Duration::from_millis(330));
            controller.send(message);
            assert!(
                wait_until(Duration::from_secs(5), || logged(words)),
                "{words} is not in the log:\n{}",
                playing.said()
            );
        }
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(playing.stop(), 0, "{}", playing.said());
        assert_eq!(fs::read_to_string(&log).unwrap().matches(r#""value""#).count(), 4);
        let (take, replayed) = (sound::read(&take), sound::render(talea, &log, &[]));
        let same = assert_same(&take, &replayed, None, "the session");
        assert!(same > 48_000 * 2, "{same} frames");
    });
}
