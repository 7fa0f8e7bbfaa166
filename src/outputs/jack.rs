//! JACK: one client that carries the sound and all MIDI.
//!
//! Audio goes out of `out_1` and `out_2`, which are connected to the system's playback ports if there are any. Each MIDI
//! port in use is a port of the client; its messages are written inside the process callback at their exact frame. A
//! JACK input with a fitting name is connected to it. What the machine's controllers send comes in at `midi_in`.
//!
//! Invariant: a server is never started, and that none answers is no error.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ::jack::{
    AsyncClient, AudioOut, Client, ClientOptions, ClientStatus, Control, Frames, LatencyType, MidiIn, MidiOut,
    NotificationHandler, Port, PortFlags, PortSpec, ProcessHandler, ProcessScope, RawMidi,
};
use rtrb::{Consumer, Producer, RingBuffer};

use super::driver::{Driver, Signs};
use super::ears::Mouth;
use super::stage::{Edge, Stage};
use super::status::Status;
use crate::base::diagnostic::{Diagnostic, Severity};

/// The most MIDI ports; what a rig asks for beyond is lost and counted.
pub const MOST_PORTS: usize = 64;
/// The most MIDI messages in one callback.
const MOST_MESSAGES: usize = 8192;

/// One short message on its way into a port.
#[derive(Clone, Copy)]
struct Message {
    port: u16,
    length: u8,
    bytes: [u8; 3],
    offset: u32,
    order: u32,
}

/// The process callback's own things.
struct Process {
    edge: Edge,
    left: Port<AudioOut>,
    right: Port<AudioOut>,
    arrivals: Consumer<(usize, Port<MidiOut>)>,
    ports: Vec<Option<Port<MidiOut>>>,
    messages: Vec<Message>,
    hears: Port<MidiIn>,
    mouth: Mouth,
    signs: Arc<Signs>,
    status: Arc<Status>,
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let now = Instant::now();
        self.signs.beat();
        while let Ok((index, port)) = self.arrivals.pop() {
            // The place was empty: nothing is dropped here.
            self.ports[index] = Some(port);
        }
        let frames = scope.n_frames();
        let late = f64::from(scope.frames_since_cycle_start().min(frames)) / f64::from(self.edge.rate().max(1));
        let start = now.checked_sub(Duration::from_secs_f64(late)).unwrap_or(now);
        self.messages.clear();
        let (messages, status) = (&mut self.messages, &self.status);
        let (left, right) = (self.left.as_mut_slice(scope), self.right.as_mut_slice(scope));
        let mut collect = |offset: u32, port: u16, message: &[u8]| {
            let order = messages.len() as u32;
            let length = message.len();
            if (1..=3).contains(&length) && messages.len() < MOST_MESSAGES {
                let mut bytes = [0; 3];
                bytes[..length].copy_from_slice(message);
                let offset = offset.min(frames.saturating_sub(1));
                messages.push(Message { port, length: length as u8, bytes, offset, order });
            } else {
                status.midi_lost.fetch_add(1, Ordering::Relaxed);
            }
        };
        if self.edge.play(left, right, start, Some(&mut collect)) {
            self.status.block.store(frames, Ordering::Relaxed);
        }
        self.write_midi(scope);
        for message in self.hears.iter(scope) {
            self.mouth.tell(message.bytes);
        }
        Control::Continue
    }
}

impl Process {
    /// Writes the messages: JACK wants those of a port in the order of their time.
    fn write_midi(&mut self, scope: &ProcessScope) {
        self.messages.sort_unstable_by_key(|message| (message.port, message.offset, message.order));
        let mut rest = &self.messages[..];
        for (index, port) in self.ports.iter_mut().enumerate() {
            let count = rest.partition_point(|message| usize::from(message.port) <= index);
            let (mine, others) = rest.split_at(count);
            rest = others;
            let Some(port) = port else {
                self.status.midi_lost.fetch_add(mine.len() as u64, Ordering::Relaxed);
                continue;
            };
            // Making the writer empties the port, so it is made even for nothing.
            let mut writer = port.writer(scope);
            for message in mine {
                let bytes = &message.bytes[..usize::from(message.length)];
                if writer.write(&RawMidi { time: message.offset, bytes }).is_err() {
                    self.status.midi_lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        self.status.midi_lost.fetch_add(rest.len() as u64, Ordering::Relaxed);
    }
}

/// The server's notifications.
struct Notices {
    signs: Arc<Signs>,
    status: Arc<Status>,
    rate: u32,
}

impl NotificationHandler for Notices {
    #[allow(unsafe_code)] // The trait declares it so, because it runs like a signal handler: two atomic stores do.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.status.freewheeling.store(false, Ordering::Release);
        self.signs.fail();
    }

    fn freewheel(&mut self, _: &Client, on: bool) {
        self.status.freewheeling.store(on, Ordering::Release);
    }

    fn sample_rate(&mut self, _: &Client, rate: Frames) -> Control {
        if rate != self.rate {
            self.signs.fail();
        }
        Control::Continue
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.status.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// A MIDI port that the rig asked for.
struct Wanted {
    name: String,
    full_name: Option<String>,
    /// It was connected once (or cannot be); after that its connections are the performer's.
    settled: bool,
    /// That nothing matches was told.
    told: bool,
}

/// The open client.
pub(super) struct Jack {
    client: AsyncClient<Notices, Process>,
    signs: Arc<Signs>,
    seat: u64,
    rate: u32,
    outputs: [String; 2],
    hears: Option<String>,
    departures: Producer<(usize, Port<MidiOut>)>,
    wanted: Vec<Wanted>,
    /// Controllers that were connected once.
    seen: Vec<String>,
    connected: bool,
    said_too_many: bool,
}

/// Opens a client at the server that answers (`JACK_DEFAULT_SERVER` chooses among several).
pub(super) fn open(stage: &Arc<Stage>) -> Result<Box<dyn Driver>, String> {
    let (client, _) = Client::new("talea", ClientOptions::NO_START_SERVER).map_err(|error| match error {
        ::jack::Error::LibraryError(_) => "the JACK library is not installed".to_owned(),
        _ => "no JACK server answers".to_owned(),
    })?;
    let rate = client.sample_rate();
    let port = |name| client.register_port(name, AudioOut::default()).map_err(|error| format!("JACK: {error}"));
    let (left, right) = (port("out_1")?, port("out_2")?);
    let name = |port: &Port<AudioOut>| port.name().map_err(|error| format!("JACK: {error}"));
    let outputs = [name(&left)?, name(&right)?];
    let hears = client.register_port("midi_in", MidiIn::default()).map_err(|error| format!("JACK: {error}"))?;
    let hears_name = hears.name().ok();
    let signs = Arc::new(Signs::default());
    let status = Arc::clone(&stage.status);
    let seat = stage.seat();
    let number = seat.number();
    let (departures, arrivals) = RingBuffer::new(MOST_PORTS);
    let process = Process {
        edge: Edge::new(seat, rate),
        left,
        right,
        arrivals,
        ports: (0..MOST_PORTS).map(|_| None).collect(),
        messages: Vec::with_capacity(MOST_MESSAGES),
        hears,
        mouth: stage.ears.open(None),
        signs: Arc::clone(&signs),
        status: Arc::clone(&status),
    };
    let notices = Notices { signs: Arc::clone(&signs), status, rate };
    let client = client.activate_async(notices, process).map_err(|error| format!("JACK: {error}"))?;
    let mut jack = Jack {
        client,
        signs,
        seat: number,
        rate,
        outputs,
        hears: hears_name,
        departures,
        wanted: Vec::new(),
        seen: Vec::new(),
        connected: false,
        said_too_many: false,
    };
    jack.connect_audio();
    Ok(Box::new(jack))
}

impl Jack {
    /// Connects to the first two physical playback ports, until it has worked once.
    fn connect_audio(&mut self) {
        if self.connected {
            return;
        }
        let client = self.client.as_client();
        let inputs = PortFlags::IS_INPUT | PortFlags::IS_PHYSICAL;
        let found = client.ports(None, Some(AudioOut::default().jack_port_type()), inputs);
        let pairs = self.outputs.iter().zip(&found);
        // A mono device gets both.
        let second = self.outputs.get(1).zip(found.first()).filter(|_| found.len() == 1);
        let made = pairs.chain(second).map(|(from, to)| client.connect_ports_by_name(from, to));
        self.connected = made
            .map(|made| matches!(made, Ok(()) | Err(::jack::Error::PortAlreadyConnected(..))))
            .fold(!found.is_empty(), |all, made| all && made);
    }

    /// Connects the machine's controllers that were not seen before; one that the performer took off stays off.
    fn connect_controllers(&mut self) {
        let Some(hears) = &self.hears else { return };
        let client = self.client.as_client();
        let outputs = PortFlags::IS_OUTPUT | PortFlags::IS_PHYSICAL;
        for name in client.ports(None, Some(MidiIn::default().jack_port_type()), outputs) {
            if !self.seen.contains(&name) {
                let _ = client.connect_ports_by_name(&name, hears);
                self.seen.push(name);
            }
        }
    }

    /// Connects MIDI ports whose partner has come up; tells once of those without one.
    fn connect_midi(&mut self) -> Vec<Diagnostic> {
        if self.wanted.iter().all(|wanted| wanted.settled) {
            return Vec::new();
        }
        let client = self.client.as_client();
        let inputs = client.ports(None, Some(MidiOut::default().jack_port_type()), PortFlags::IS_INPUT);
        let mut said = Vec::new();
        for wanted in self.wanted.iter_mut().filter(|wanted| !wanted.settled) {
            let Some(full_name) = &wanted.full_name else { continue };
            let search = wanted.name.to_lowercase();
            let partner = inputs.iter().find(|name| name.to_lowercase().contains(&search));
            let Some(partner) = partner else {
                if std::mem::replace(&mut wanted.told, true) {
                    continue;
                }
                let message = format!("no MIDI port matches `{}`", wanted.name);
                let help = format!("`{full_name}` waits to be connected in JACK");
                said.push(Diagnostic::machine(Severity::Warning, "no-midi-port", message).help(help));
                continue;
            };
            let made = client.connect_ports_by_name(full_name, partner);
            wanted.settled = matches!(made, Ok(()) | Err(::jack::Error::PortAlreadyConnected(..)));
        }
        said
    }
}

impl Driver for Jack {
    fn seat(&self) -> u64 {
        self.seat
    }

    fn signs(&self) -> &Arc<Signs> {
        &self.signs
    }

    fn name(&self) -> &'static str {
        "JACK"
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn latency_micros(&self) -> Option<u32> {
        let port = self.client.as_client().port_by_name(&self.outputs[0])?;
        let (_, frames) = port.get_latency_range(LatencyType::Playback);
        Some((u64::from(frames) * 1_000_000 / u64::from(self.rate.max(1))) as u32)
    }

    fn carries_midi(&self) -> bool {
        true
    }

    fn set_ports(&mut self, names: &[String]) {
        for name in names.iter().skip(self.wanted.len()) {
            let index = self.wanted.len();
            let mut full_name = None;
            if index < MOST_PORTS
                && let Ok(port) = self.client.as_client().register_port(&port_name(name), MidiOut::default())
            {
                full_name = port.name().ok();
                // There is room: the ring has a place for each index.
                let _ = self.departures.push((index, port));
            }
            self.wanted.push(Wanted { name: name.clone(), settled: full_name.is_none(), full_name, told: false });
        }
    }

    fn tend(&mut self) -> Vec<Diagnostic> {
        self.connect_audio();
        self.connect_controllers();
        let mut said = self.connect_midi();
        if self.wanted.len() > MOST_PORTS && !std::mem::replace(&mut self.said_too_many, true) {
            let message = format!("more than {MOST_PORTS} MIDI ports; those beyond are silent");
            said.push(Diagnostic::machine(Severity::Warning, "no-midi-port", message));
        }
        said
    }
}

/// A name as JACK can have it: without the colon that ends a client's name, and not too long.
fn port_name(name: &str) -> String {
    name.chars().map(|c| if c == ':' || c.is_control() { ' ' } else { c }).take(60).collect()
}

/// Whether a JACK server answers, and its rate in frames a second and block size in frames.
pub(super) fn server() -> Option<(u32, u32)> {
    let (client, _) = Client::new("talea-probe", ClientOptions::NO_START_SERVER).ok()?;
    Some((client.sample_rate(), client.buffer_size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_name_is_what_jack_can_have() {
        assert_eq!(port_name("Juno-6"), "Juno-6");
        assert_eq!(port_name("a:b\0c"), "a b c");
        assert_eq!(port_name(&"x".repeat(500)).len(), 60);
    }
}
