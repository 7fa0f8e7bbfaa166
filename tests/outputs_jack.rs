//! The real JACK driver at a real server: what is computed is what arrives, sample for sample and frame for frame.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)] // Measured times are printed.

mod servers;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use servers::{JackServer, Recorder, wait_until, with_jack};
use talea::base::diagnostic::Diagnostic;
use talea::outputs::player::MidiSink;
use talea::outputs::{Outputs, Player, Settings, State};

/// Frames between two notes of the [`Ramp`]; no multiple of a period, so that every offset occurs.
const BETWEEN: i64 = 1009;

/// Plays each frame's own number, so that a sample tells where it came from, and now and then a note.
#[derive(Default)]
struct Ramp {
    frame: i64,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    frame: AtomicI64,
    fades: AtomicU32,
}

/// The sample of frame `frame`: exact in 24 bits, and never 0.
fn sample(frame: i64) -> f32 {
    (frame + 1) as f32 / 16_777_216.0
}

/// The frame that a sample came from.
fn frame(sample: f32) -> i64 {
    (f64::from(sample) * 16_777_216.0) as i64 - 1
}

impl Player for Ramp {
    fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>) {
        for (offset, (left, right)) in left.iter_mut().zip(right).enumerate() {
            if self.frame % BETWEEN == 0 {
                // Two at a time, the second port first: each port keeps its own order.
                midi(offset as u32, 1, &[0xb0, 7, 64]);
                midi(offset as u32, 0, &[0x90, 60, 100]);
                midi(offset as u32, 0, &[0x80, 60, 0]);
            }
            *left = sample(self.frame);
            *right = -sample(self.frame);
            self.frame += 1;
        }
        self.told.frame.store(self.frame, Ordering::Relaxed);
    }

    fn frame(&self) -> i64 {
        self.frame
    }

    fn fade_in(&mut self) {
        self.told.fades.fetch_add(1, Ordering::Relaxed);
    }
}

fn open(choice: &str) -> (Outputs, Receiver<Diagnostic>) {
    let (say, said) = crossbeam_channel::unbounded();
    let settings = Settings { choice: choice.parse().expect("a choice"), latency: None, say };
    (Outputs::open(settings).unwrap_or_else(|error| panic!("{error:?}")), said)
}

#[test]
fn what_jack_hears_is_what_was_computed_and_midi_stands_on_its_frame() {
    with_jack("what_jack_hears_is_what_was_computed_and_midi_stands_on_its_frame", || {
        // A virtual machine whose host or neighbours are busy stands still for longer than a period now and then; any
        // JACK client has xruns there, and an xrun leaves nothing to compare. One go must be without, and is exact.
        let clean = [256, 256, 256, 1024, 1024, 1024].into_iter().any(|period| {
            let xruns = play_and_compare(period);
            eprintln!("period {period}: xruns, the recorder's xruns, missed frames: {xruns:?}");
            xruns == (0, 0, 0)
        });
        assert!(clean, "xruns in every go");
    });
}

/// Plays three seconds and compares what was heard, unless the server ran dry meanwhile; says how often it did.
fn play_and_compare(period: u32) -> (u64, u64, u64) {
    let server = JackServer::start(48_000, period);
    let (mut outputs, said) = open("jack");
    assert_eq!(outputs.rate(), 48_000);
    outputs.set_ports(&["juno".into(), "drums".into()]);
    let recorder = Recorder::open(&["juno", "drums"]);
    recorder.connect_talea();
    recorder.connect("talea:juno", "juno");
    recorder.connect("talea:drums", "drums");
    recorder.start();
    let before = outputs.status().xruns();
    outputs.play(Box::new(Ramp::default()));
    let began = Instant::now();
    assert!(wait_until(Duration::from_secs(20), || recorder.frames() > 48_000 * 3));
    let seconds = began.elapsed().as_secs_f64();
    let status = outputs.status();
    assert_eq!(status.state(), State::Playing);
    assert_eq!((status.name().as_str(), status.rate(), status.block()), ("JACK", 48_000, period));
    let computed = status.frame();
    let (xruns, recorders) = (status.xruns() - before, recorder.xruns());
    let recording = recorder.finish();
    outputs.shutdown(Duration::from_secs(1)).expect("no recording that could fail");

    let dry = (xruns, recorders, recording.missed);
    if dry != (0, 0, 0) {
        eprintln!("{}", server.complaints());
        return dry;
    }
    let (channels, first) = recording.without_lead_in();
    let heard = channels[0].len() as i64;
    assert!(heard > 48_000 * 2, "{heard} frames were heard");
    for (at, (left, right)) in channels[0].iter().zip(&channels[1]).enumerate() {
        assert_eq!((*left, *right), (sample(at as i64), -sample(at as i64)), "at frame {at}");
    }
    let pace = computed as f64 / seconds;
    assert!((pace - 48_000.0).abs() < 2_000.0, "{pace} frames a second");

    let notes: Vec<_> = recording.midi[0].iter().map(|(at, bytes)| (i64::from(*at) - first as i64, bytes[0])).collect();
    assert!(notes.len() as i64 >= 2 * (heard / BETWEEN), "{} messages", notes.len());
    for (index, pair) in notes.chunks(2).enumerate() {
        let at = index as i64 * BETWEEN;
        assert_eq!(pair, [(at, 0x90), (at, 0x80)]);
    }
    let turns: Vec<_> = recording.midi[1].iter().map(|(at, _)| i64::from(*at) - first as i64).collect();
    assert!(turns.iter().enumerate().all(|(index, at)| *at == index as i64 * BETWEEN));
    assert!(!said.try_iter().any(|diagnostic| diagnostic.is_error()));
    dry
}

#[test]
fn when_the_server_dies_time_goes_on_and_the_music_is_back_as_soon_as_it_is() {
    with_jack("when_the_server_dies_time_goes_on_and_the_music_is_back_as_soon_as_it_is", || {
        let mut server = JackServer::start(48_000, 256);
        let (mut outputs, said) = open("jack");
        let told = Arc::new(Told::default());
        let status = outputs.status();
        outputs.set_ports(&["juno".into()]);
        outputs.play(Box::new(Ramp { frame: 0, told: Arc::clone(&told) }));
        assert!(wait_until(Duration::from_secs(5), || status.frame() > 24_000));
        let position = || told.frame.load(Ordering::Relaxed) as f64 / 48_000.0;
        let (time, start) = (Instant::now(), position());
        let off = || position() - start - time.elapsed().as_secs_f64();

        server.kill();
        assert!(wait_until(Duration::from_secs(2), || status.state() == State::Looking), "the loss was not noticed");
        eprintln!("noticed {:.3} s after the start of the kill", time.elapsed().as_secs_f64());
        assert!(wait_until(Duration::from_secs(1), || off().abs() < 0.03), "{:.3} s off while missing", off());
        std::thread::sleep(Duration::from_millis(1200));
        assert!(off().abs() < 0.03, "{:.3} s off while missing", off());

        server.restart();
        // The server answers the recorder about when it answers talea.
        let recorder = Recorder::open(&["juno"]);
        let answered = Instant::now();
        assert!(wait_until(Duration::from_secs(3), || status.state() == State::Playing), "playing did not resume");
        let resumed = answered.elapsed();
        eprintln!("playing {:.3} s after the server answered", resumed.as_secs_f64());
        assert!(resumed < Duration::from_millis(500), "{resumed:?}");
        recorder.connect_talea();
        recorder.connect("talea:juno", "juno");
        recorder.start();
        assert!(wait_until(Duration::from_secs(5), || recorder.frames() > 24_000));
        let (heard, now) = (frame(recorder.last_sample()) as f64 / 48_000.0, time.elapsed().as_secs_f64());
        let difference = heard - start - now;
        eprintln!("{:.1} ms off after the return", difference * 1000.0);
        assert!(difference.abs() < 0.05, "{difference} s off after the return");
        assert_eq!(told.fades.load(Ordering::Relaxed), 1);
        let recording = recorder.finish();
        let (channels, _) = recording.without_lead_in();
        let first = frame(channels[0][0]);
        assert!(channels[0].iter().enumerate().all(|(at, heard)| *heard == sample(first + at as i64)));
        assert!(recording.midi[0].len() > 20);
        let codes: Vec<_> = said.try_iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes.iter().filter(|code| **code == "device-lost").count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == "device-found").count(), 1, "{codes:?}");
        outputs.shutdown(Duration::from_secs(1)).unwrap();
    });
}

#[test]
fn without_a_server_the_music_plays_silently_and_is_heard_when_one_starts() {
    with_jack("without_a_server_the_music_plays_silently_and_is_heard_when_one_starts", || {
        let refused = Outputs::open(Settings {
            choice: "jack".parse().unwrap(),
            latency: None,
            say: crossbeam_channel::unbounded().0,
        });
        assert_eq!(refused.err().map(|said| said.code), Some("no-device"));
        let (mut outputs, said) = open("default");
        assert_eq!(said.recv().unwrap().message, "no audio device; playing silently, and looking for one");
        let status = outputs.status();
        outputs.play(Box::<Ramp>::default());
        assert!(wait_until(Duration::from_secs(5), || status.frame() > 10_000));
        assert_eq!(status.state(), State::Looking);
        // Its rate is another than the session's, so it is resampled.
        let _server = JackServer::start(44_100, 128);
        assert!(wait_until(Duration::from_secs(5), || status.state() == State::Playing));
        assert_eq!((outputs.rate(), status.rate()), (48_000, 44_100));
        let recorder = Recorder::open(&[]);
        recorder.connect_talea();
        recorder.start();
        assert!(wait_until(Duration::from_secs(5), || recorder.frames() > 22_050));
        let (channels, _) = recorder.finish().without_lead_in();
        outputs.shutdown(Duration::from_secs(1)).unwrap();
        // The ramp climbs 48000/44100 as fast, up to the rounding of its own steps.
        let step = f64::from(sample(1) - sample(0)) * 48_000.0 / 44_100.0;
        let climbed = f64::from(channels[0][20_000] - channels[0][10_000]);
        assert!((climbed / step - 10_000.0).abs() < 2.0, "{}", climbed / step);
    });
}

#[test]
fn a_queued_note_off_is_still_delivered_when_the_program_ends() {
    /// Sends its note-off half a second after it is told to end.
    struct Ending {
        ramp: Ramp,
        left: i64,
    }
    impl Player for Ending {
        fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>) {
            let frames = left.len() as i64;
            if (0..frames).contains(&self.left) {
                midi(self.left as u32, 0, &[0x80, 60, 0]);
            }
            self.left -= frames;
            self.ramp.process(left, right, &mut |_, _, _| {});
        }
        fn frame(&self) -> i64 {
            self.ramp.frame
        }
        fn fade_in(&mut self) {}
        fn midi_pending(&self) -> bool {
            self.left >= 0
        }
    }
    with_jack("a_queued_note_off_is_still_delivered_when_the_program_ends", || {
        let _server = JackServer::start(48_000, 256);
        let (mut outputs, _said) = open("jack");
        outputs.set_ports(&["juno".into()]);
        let recorder = Recorder::open(&["juno"]);
        recorder.connect("talea:juno", "juno");
        recorder.start();
        outputs.play(Box::new(Ending { ramp: Ramp::default(), left: 24_000 }));
        outputs.shutdown(Duration::from_secs(3)).unwrap();
        let recording = recorder.finish();
        assert_eq!(recording.midi[0].iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>(), [[0x80, 60, 0]]);
    });
}

#[test]
fn a_server_that_hangs_is_noticed_and_played_through_again_when_it_goes_on() {
    with_jack("a_server_that_hangs_is_noticed_and_played_through_again_when_it_goes_on", || {
        let server = JackServer::start(48_000, 256);
        let (mut outputs, _said) = open("jack");
        let status = outputs.status();
        outputs.play(Box::<Ramp>::default());
        assert!(wait_until(Duration::from_secs(5), || status.frame() > 24_000));
        let (time, start) = (Instant::now(), status.frame());
        let off = || (status.frame() - start) as f64 / 48_000.0 - time.elapsed().as_secs_f64();
        server.hold();
        assert!(wait_until(Duration::from_secs(2), || status.state() == State::Looking), "the stall was not noticed");
        eprintln!("noticed after {:.3} s", time.elapsed().as_secs_f64());
        assert!(wait_until(Duration::from_secs(1), || off().abs() < 0.03), "{:.3} s off while it hangs", off());
        std::thread::sleep(Duration::from_millis(700));
        server.let_go();
        let went_on = Instant::now();
        assert!(wait_until(Duration::from_secs(20), || status.state() == State::Playing), "playing did not resume");
        eprintln!("playing {:.3} s after the server went on", went_on.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_millis(300));
        assert!(off().abs() < 0.05, "{:.3} s off after the return", off());
        outputs.shutdown(Duration::from_secs(1)).unwrap();
    });
}

#[test]
fn while_jack_freewheels_the_player_is_told_and_pulled_faster_than_time() {
    with_jack("while_jack_freewheels_the_player_is_told_and_pulled_faster_than_time", || {
        if !servers::installed(&["jack_freewheel"]) {
            return;
        }
        let freewheel = |on: &str| {
            let status = std::process::Command::new("jack_freewheel").arg(on).status().unwrap();
            assert!(status.success(), "jack_freewheel {on}");
        };
        let _server = JackServer::start(48_000, 256);
        let (mut outputs, _said) = open("jack");
        let status = outputs.status();
        let recorder = Recorder::open(&[]);
        recorder.connect_talea();
        recorder.start();
        outputs.play(Box::<Ramp>::default());
        assert!(!status.is_freewheeling());
        freewheel("y");
        let (time, start) = (Instant::now(), status.frame());
        assert!(wait_until(Duration::from_secs(5), || status.is_freewheeling()));
        assert!(wait_until(Duration::from_secs(20), || status.frame() - start > 48_000 * 20));
        let speed = (status.frame() - start) as f64 / 48_000.0 / time.elapsed().as_secs_f64();
        freewheel("n");
        eprintln!("{speed:.0} times real time");
        assert!(wait_until(Duration::from_secs(5), || !status.is_freewheeling()));
        assert_eq!(status.state(), State::Playing);
        let (channels, _) = recorder.finish().without_lead_in();
        assert!(channels[0].len() > 48_000 * 20 && speed > 2.0);
        assert!(channels[0].iter().enumerate().all(|(at, heard)| *heard == sample(at as i64)));
        outputs.shutdown(Duration::from_secs(1)).unwrap();
    });
}
