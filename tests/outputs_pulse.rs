//! The real cpal driver at a real PulseAudio server with a null sink.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)] // Measured times are printed.

mod servers;

use std::time::{Duration, Instant};

use servers::{PulseServer, wait_until, with_pulse};
use talea::outputs::player::MidiSink;
use talea::outputs::{Outputs, Player, Settings, State};

/// Plays each frame's own number, so that a sample tells where it came from.
#[derive(Default)]
struct Ramp(i64);

/// The sample of frame `frame`: exact in 24 bits, and never 0.
fn sample(frame: i64) -> f32 {
    (frame + 1) as f32 / 16_777_216.0
}

/// The frame that a sample came from.
fn frame(sample: f32) -> i64 {
    (f64::from(sample) * 16_777_216.0) as i64 - 1
}

impl Player for Ramp {
    fn process(&mut self, left: &mut [f32], right: &mut [f32], _: &mut MidiSink<'_>) {
        for (left, right) in left.iter_mut().zip(right) {
            *left = sample(self.0);
            *right = -sample(self.0);
            self.0 += 1;
        }
    }

    fn frame(&self) -> i64 {
        self.0
    }

    fn fade_in(&mut self) {}
}

fn open(choice: &str) -> Outputs {
    let settings =
        Settings { choice: choice.parse().expect("a choice"), latency: None, say: crossbeam_channel::unbounded().0 };
    Outputs::open(settings).unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn what_pulse_hears_is_what_was_computed() {
    with_pulse("what_pulse_hears_is_what_was_computed", || {
        let server = PulseServer::start();
        let recording = server.record();
        assert!(wait_until(Duration::from_secs(5), || recording.frames() > 4800), "parec records nothing");
        // By the default route: no JACK server answers, so PulseAudio is found.
        let mut outputs = open("default");
        assert_eq!(outputs.rate(), 48_000);
        outputs.play(Box::<Ramp>::default());
        let status = outputs.status();
        assert!(status.name().starts_with("PulseAudio: "), "{}", status.name());
        let (began, start) = (Instant::now(), recording.frames());
        assert!(wait_until(Duration::from_secs(20), || recording.frames() > start + 48_000 * 4));
        let pace = status.frame() as f64 / began.elapsed().as_secs_f64();
        let [left, right] = recording.finish();
        outputs.shutdown(Duration::from_secs(1)).unwrap();
        assert!((pace - 48_000.0).abs() < 4_000.0, "{pace} frames a second");

        // Every sample that was heard was computed, whole, in order and on both sides; a busy server may leave gaps.
        let heard: Vec<(i64, f32)> =
            left.iter().zip(&right).filter(|(l, _)| **l != 0.0).map(|(l, r)| (frame(*l), *r)).collect();
        assert!(heard.len() > 48_000 * 3, "{} frames were heard", heard.len());
        assert!(heard.iter().all(|(frame, right)| *right == -sample(*frame)));
        assert_eq!(heard[0].0, 0);
        let gaps = heard.windows(2).filter(|pair| pair[1].0 != pair[0].0 + 1).count();
        assert!(heard.windows(2).all(|pair| pair[1].0 > pair[0].0));
        eprintln!("{} frames, {gaps} gaps, {} xruns, latency {} ms", heard.len(), status.xruns(), status.latency_ms());
        assert!(gaps <= 8, "{gaps} gaps");
    });
}

#[test]
fn when_pulse_dies_time_goes_on_and_the_music_comes_back_with_it() {
    with_pulse("when_pulse_dies_time_goes_on_and_the_music_comes_back_with_it", || {
        let mut server = PulseServer::start();
        let mut outputs = open("pulse");
        outputs.play(Box::<Ramp>::default());
        let status = outputs.status();
        assert!(wait_until(Duration::from_secs(5), || status.frame() > 24_000));
        let (time, start) = (Instant::now(), status.frame());
        let off = || (status.frame() - start) as f64 / 48_000.0 - time.elapsed().as_secs_f64();
        server.kill();
        assert!(wait_until(Duration::from_secs(3), || status.state() == State::Looking), "the loss was not noticed");
        eprintln!("noticed after {:.3} s", time.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_secs(1));
        assert!(off().abs() < 0.15, "{:.3} s off while missing", off());
        server.restart();
        let answered = Instant::now();
        assert!(wait_until(Duration::from_secs(5), || status.state() == State::Playing), "playing did not resume");
        eprintln!("playing {:.3} s after the server answered", answered.elapsed().as_secs_f64());
        let recording = server.record();
        assert!(wait_until(Duration::from_secs(5), || recording.frames() > 24_000));
        assert!(off().abs() < 0.2, "{:.3} s off after the return", off());
        let [left, _] = recording.finish();
        assert!(left.iter().filter(|sample| **sample != 0.0).count() > 12_000);
        outputs.shutdown(Duration::from_secs(1)).unwrap();
    });
}

#[test]
fn a_named_sink_is_found_and_a_missing_one_is_an_error() {
    with_pulse("a_named_sink_is_found_and_a_missing_one_is_an_error", || {
        let _server = PulseServer::start();
        let missing =
            Settings { choice: "pulse:nowhere".parse().unwrap(), latency: None, say: crossbeam_channel::unbounded().0 };
        assert_eq!(Outputs::open(missing).err().map(|said| said.code), Some("no-device"));
        open("pulse:talea").shutdown(Duration::from_millis(100)).unwrap();
        let found = talea::outputs::devices::find();
        let pulse = found.hosts.iter().find(|host| host.name == "PulseAudio").unwrap();
        let sink = pulse.devices.iter().find(|device| device.id == "talea").unwrap();
        assert!(sink.default && sink.rate == 48_000 && sink.channels == 2);
        assert_eq!(found.jack, None);
    });
}

#[test]
fn a_server_that_hangs_is_noticed_and_played_through_again_when_it_goes_on() {
    with_pulse("a_server_that_hangs_is_noticed_and_played_through_again_when_it_goes_on", || {
        let server = PulseServer::start();
        let mut outputs = open("pulse");
        let status = outputs.status();
        outputs.play(Box::<Ramp>::default());
        assert!(wait_until(Duration::from_secs(5), || status.frame() > 24_000));
        let (time, start) = (Instant::now(), status.frame());
        let off = || (status.frame() - start) as f64 / 48_000.0 - time.elapsed().as_secs_f64();
        server.hold();
        assert!(wait_until(Duration::from_secs(2), || status.state() == State::Looking), "the stall was not noticed");
        eprintln!("noticed after {:.3} s", time.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_millis(700));
        assert!(off().abs() < 0.15, "{:.3} s off while it hangs", off());
        server.let_go();
        let went_on = Instant::now();
        assert!(wait_until(Duration::from_secs(20), || status.state() == State::Playing), "playing did not resume");
        eprintln!("playing {:.3} s after the server went on", went_on.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_millis(300));
        assert!(off().abs() < 0.2, "{:.3} s off after the return", off());
        outputs.shutdown(Duration::from_secs(1)).unwrap();
    });
}
