//! A second JACK client that records: stereo sound, and MIDI with the frame of each message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use jack::{
    AsyncClient, AudioIn, Client, ClientOptions, ClientStatus, Control, MidiIn, NotificationHandler, Port,
    ProcessHandler, ProcessScope,
};

use super::wait_until;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// JACK's own time of the first recorded frame.
    pub start: u32,
    /// The samples of each channel.
    pub channels: Vec<Vec<f32>>,
    /// The messages of each MIDI port, with their frames counted from the first recorded frame.
    pub midi: Vec<Vec<(u32, Vec<u8>)>>,
    /// Frames that JACK's time jumped over between two callbacks: the recorder was not called.
    pub missed: u64,
}

impl Recording {
    /// The recording from its first frame in which any channel is not zero; that frame's number is the second value.
    pub fn without_lead_in(&self) -> (Vec<Vec<f32>>, usize) {
        let length = self.channels.first().map_or(0, Vec::len);
        let first = (0..length).find(|at| self.channels.iter().any(|channel| channel[*at] != 0.0)).unwrap_or(length);
        (self.channels.iter().map(|channel| channel[first..].to_vec()).collect(), first)
    }
}

/// What the callback and the test share.
#[derive(Default)]
struct Counters {
    running: AtomicBool,
    frames: AtomicUsize,
    last: AtomicU32,
    xruns: AtomicU64,
}

struct Tape {
    audio: Vec<Port<AudioIn>>,
    midi: Vec<Port<MidiIn>>,
    counters: Arc<Counters>,
    /// The callback's own until the client is closed: a lock held by a thread that is not real-time would cost an xrun.
    recording: Recording,
    next: Option<u32>,
}

impl ProcessHandler for Tape {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        if !self.counters.running.load(Ordering::Acquire) {
            return Control::Continue;
        }
        let (recording, now) = (&mut self.recording, scope.last_frame_time());
        match self.next {
            None => recording.start = now,
            Some(next) => recording.missed += u64::from(now.wrapping_sub(next)),
        }
        self.next = Some(now.wrapping_add(scope.n_frames()));
        let at = recording.channels.first().map_or(0, Vec::len);
        for (port, channel) in self.audio.iter().zip(&mut recording.channels) {
            channel.extend_from_slice(port.as_slice(scope));
        }
        for (port, messages) in self.midi.iter().zip(&mut recording.midi) {
            messages.extend(port.iter(scope).map(|message| (at as u32 + message.time, message.bytes.to_vec())));
        }
        let last = recording.channels[0].last().copied().unwrap_or(0.0);
        self.counters.last.store(last.to_bits(), Ordering::Relaxed);
        self.counters.frames.store(at + scope.n_frames() as usize, Ordering::Release);
        Control::Continue
    }
}

struct Notices {
    counters: Arc<Counters>,
}

impl NotificationHandler for Notices {
    #[allow(unsafe_code)] // The trait declares it so.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {}

    fn xrun(&mut self, _: &Client) -> Control {
        self.counters.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// Room whose pages the system has handed out already: that takes time, and the callback has none.
fn touched(room: usize) -> Vec<f32> {
    let mut samples = vec![1.0; room];
    samples.clear();
    samples
}

/// A recording client.
pub struct Recorder {
    client: AsyncClient<Notices, Tape>,
    name: String,
    counters: Arc<Counters>,
}

impl Recorder {
    /// A client with inputs `in_1` and `in_2` for sound and one input for each of the names for MIDI; room for a minute.
    pub fn open(midi: &[&str]) -> Recorder {
        let mut opened = None;
        // Opening fails now and then while a server starts.
        let up = wait_until(Duration::from_secs(5), || {
            opened = Client::new("recorder", ClientOptions::NO_START_SERVER).ok();
            opened.is_some()
        });
        assert!(up, "the recorder finds no JACK server");
        let (client, _) = opened.expect("just seen");
        let name = client.name().to_owned();
        let audio: Vec<_> = ["in_1", "in_2"]
            .iter()
            .map(|name| client.register_port(name, AudioIn::default()).expect("an audio port"))
            .collect();
        let inputs: Vec<_> =
            midi.iter().map(|name| client.register_port(name, MidiIn::default()).expect("a MIDI port")).collect();
        let room = client.sample_rate() as usize * 60;
        let recording = Recording {
            channels: (0..2).map(|_| touched(room)).collect(),
            midi: midi.iter().map(|_| Vec::with_capacity(100_000)).collect(),
            ..Recording::default()
        };
        let counters = Arc::new(Counters::default());
        let tape = Tape { audio, midi: inputs, counters: Arc::clone(&counters), recording, next: None };
        let notices = Notices { counters: Arc::clone(&counters) };
        let client = client.activate_async(notices, tape).expect("the recorder is activated");
        Recorder { client, name, counters }
    }

    /// Connects the output port with this full name to one of the recorder's inputs. A port appears before its client is
    /// active, so this tries again for a while.
    pub fn connect(&self, from: &str, input: &str) {
        let to = format!("{}:{input}", self.name);
        let client = self.client.as_client();
        let made = wait_until(Duration::from_secs(5), || {
            matches!(client.connect_ports_by_name(from, &to), Ok(()) | Err(jack::Error::PortAlreadyConnected(..)))
        });
        assert!(made, "cannot connect {from} to {to}");
    }

    /// Connects talea's audio outputs.
    pub fn connect_talea(&self) {
        self.connect("talea:out_1", "in_1");
        self.connect("talea:out_2", "in_2");
    }

    /// Begins to record.
    pub fn start(&self) {
        self.counters.xruns.store(0, Ordering::Relaxed);
        self.counters.running.store(true, Ordering::Release);
    }

    /// How many frames are recorded.
    pub fn frames(&self) -> usize {
        self.counters.frames.load(Ordering::Acquire)
    }

    /// The sample of the first channel that was recorded last.
    pub fn last_sample(&self) -> f32 {
        f32::from_bits(self.counters.last.load(Ordering::Relaxed))
    }

    /// How often the server reported since the start that it ran dry.
    pub fn xruns(&self) -> u64 {
        self.counters.xruns.load(Ordering::Relaxed)
    }

    /// Stops and hands over what was recorded.
    pub fn finish(self) -> Recording {
        self.counters.running.store(false, Ordering::Release);
        let (_, _, tape) = self.client.deactivate().expect("the recorder is closed");
        tape.recording
    }
}
