//! MIDI ports through midir: a thread that sends each message when its frame is heard.
//!
//! For ALSA, `CoreMIDI` and `WinMM`; under JACK the client there carries MIDI and this thread rests. No backend takes
//! timestamps, so messages wait here, not in a queue of the system, and can still be thrown away.
//!
//! Invariant: this thread does nothing that takes the system long; ports are found beside it, in `midi_ports`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use rtrb::Consumer;

use super::clock::Clock;
use super::midi_ports::{Line, Looker, Ports};
use super::status::Status;
use crate::base::diagnostic::Diagnostic;
use crate::base::event::MidiEvent;
use crate::base::system;

/// The longest sleep while ports are in use: new messages are found this late, and they come a block early.
const TICK: Duration = Duration::from_millis(1);
/// The sleep while there is nothing to send to.
const REST: Duration = Duration::from_millis(20);
/// From here a message counts as late.
const LATE: Duration = Duration::from_millis(5);
/// A note this late is not begun any more: a device stalled, and its time has passed.
const TOO_LATE: Duration = Duration::from_millis(250);

/// What the looking thread found out.
pub(super) enum Change {
    /// These are the ports' names, by index.
    Places(Vec<String>),
    /// The port at this index has a line, or has lost it.
    Line(usize, Option<Box<dyn Line>>),
    /// A look is finished.
    Looked,
}

/// What the threads are told.
#[derive(Default)]
pub(super) struct Orders {
    pub(super) names: Mutex<Vec<String>>,
    pub(super) active: AtomicBool,
    release: AtomicBool,
    stop: Mutex<Option<Instant>>,
    /// Looks that the sending thread knows of.
    looks: AtomicU64,
}

impl Orders {
    fn deadline(&self) -> Option<Instant> {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.deadline().is_some()
    }
}

/// The running MIDI threads.
pub(super) struct Midi {
    orders: Arc<Orders>,
    post: Option<JoinHandle<()>>,
    /// Not waited for at the end: the system can hang.
    looker: Option<JoinHandle<()>>,
}

impl Midi {
    /// Starts the threads. They rest until they are told to carry MIDI.
    pub(super) fn start(
        ports: Box<dyn Ports>,
        events: Consumer<MidiEvent>,
        clock: Arc<Clock>,
        status: Arc<Status>,
        say: Sender<Diagnostic>,
    ) -> Midi {
        let orders = Arc::new(Orders::default());
        let (send, changes) = unbounded();
        let mut post =
            Post { changes, places: Vec::new(), waiting: BinaryHeap::new(), order: 0, events, clock, status };
        let mut looker = Looker::new(ports, send, say);
        let (told, asked) = (Arc::clone(&orders), Arc::clone(&orders));
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        // Without a thread there is no MIDI; nothing else depends on it.
        let post = thread("talea-midi").spawn(move || post.run(&told)).ok();
        let looker = thread("talea-midi-look").spawn(move || looker.run(&asked)).ok();
        Midi { orders, post, looker }
    }

    /// Whether the thread carries MIDI, or a driver does.
    pub(super) fn carry(&self, on: bool) {
        self.orders.active.store(on, Ordering::Release);
        if !on {
            self.orders.release.store(true, Ordering::Release);
        }
        self.wake();
    }

    /// The names to look for, in the order of the ports' indices: parts of the system's names, in any case.
    pub(super) fn set_ports(&self, names: &[String]) {
        names.clone_into(&mut self.orders.names.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake();
    }

    fn wake(&self) {
        if let Some(looker) = &self.looker {
            looker.thread().unpark();
        }
    }

    /// Sends what waits, at its time but no later than `deadline`, ends what still sounds, and stops.
    pub(super) fn shutdown(&mut self, deadline: Instant) {
        *self.orders.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
        self.wake();
        if let Some(post) = self.post.take() {
            let _ = post.join();
        }
    }
}

impl Drop for Midi {
    fn drop(&mut self) {
        self.shutdown(Instant::now());
    }
}

/// A message in the order of time; what came first goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    frame: i64,
    order: u64,
    port: u16,
    length: u8,
    bytes: [u8; 3],
}

/// A port that was asked for.
struct Place {
    name: String,
    line: Option<Box<dyn Line>>,
    /// For each channel the keys that sound.
    sounding: [u128; 16],
}

impl Place {
    fn new(name: String) -> Place {
        Place { name, line: None, sounding: [0; 16] }
    }

    fn send(&mut self, message: &[u8]) -> bool {
        let Some(line) = &mut self.line else { return false };
        line.send(message);
        if let [status, key, velocity] = message {
            let (channel, key) = (usize::from(status & 0x0f), 1 << (key & 0x7f));
            match status & 0xf0 {
                0x90 if *velocity > 0 => self.sounding[channel] |= key,
                0x80 | 0x90 => self.sounding[channel] &= !key,
                _ => {}
            }
        }
        true
    }

    /// Ends every note that sounds.
    fn release(&mut self) {
        for channel in 0..16u8 {
            let keys = self.sounding[usize::from(channel)];
            for key in (0..128u8).filter(|key| keys >> key & 1 == 1) {
                self.send(&[0x80 | channel, key, 0]);
            }
        }
    }
}

/// The thread's own things.
struct Post {
    changes: Receiver<Change>,
    places: Vec<Place>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    order: u64,
    events: Consumer<MidiEvent>,
    clock: Arc<Clock>,
    status: Arc<Status>,
}

impl Post {
    fn run(&mut self, orders: &Orders) {
        system::raise_priority();
        loop {
            while let Ok(MidiEvent { frame, port, length, bytes }) = self.events.pop() {
                self.order += 1;
                self.waiting.push(Reverse(Waiting { frame, order: self.order, port, length, bytes }));
            }
            while let Ok(change) = self.changes.try_recv() {
                self.change(change, orders);
            }
            if orders.release.swap(false, Ordering::Acquire) {
                self.places.iter_mut().for_each(Place::release);
            }
            let now = Instant::now();
            let next = self.send_due(now);
            let stop = orders.deadline();
            if stop.is_some_and(|deadline| now >= deadline || (next.is_none() && self.events.is_empty())) {
                self.places.iter_mut().for_each(Place::release);
                return;
            }
            let silent = self.places.iter().all(|place| place.line.is_none());
            let tick = if silent && stop.is_none() { REST } else { TICK };
            std::thread::sleep(next.map_or(tick, |due| due.saturating_duration_since(Instant::now()).min(tick)));
        }
    }

    fn change(&mut self, change: Change, orders: &Orders) {
        match change {
            Change::Places(names) => {
                let mut before = std::mem::take(&mut self.places);
                for name in names {
                    let old = before.iter().position(|place| place.name == name);
                    self.places.push(old.map_or_else(|| Place::new(name), |old| before.swap_remove(old)));
                }
                before.iter_mut().for_each(Place::release);
            }
            Change::Line(index, line) => {
                if let Some(place) = self.places.get_mut(index) {
                    (place.line, place.sounding) = (line, [0; 16]);
                }
            }
            Change::Looked => {
                orders.looks.fetch_add(1, Ordering::Release);
            }
        }
    }

    /// Sends what is due; says when the next message is.
    fn send_due(&mut self, now: Instant) -> Option<Instant> {
        while let Some(Reverse(message)) = self.waiting.peek() {
            let due = self.clock.instant(message.frame).unwrap_or(now);
            if due > now {
                return Some(due);
            }
            if let Some(Reverse(message)) = self.waiting.pop() {
                self.send(&message, now.duration_since(due));
            }
        }
        None
    }

    fn send(&mut self, message: &Waiting, late: Duration) {
        if late > LATE {
            self.status.midi_late.fetch_add(1, Ordering::Relaxed);
        }
        let bytes = &message.bytes[..usize::from(message.length.min(3))];
        let begins = bytes.len() == 3 && bytes[0] & 0xf0 == 0x90 && bytes[2] > 0;
        let place = self.places.get_mut(usize::from(message.port));
        let sent = !(begins && late > TOO_LATE) && place.is_some_and(|place| place.send(bytes));
        if !sent {
            self.status.midi_lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Heard = Arc<Mutex<Vec<(Instant, String, Vec<u8>)>>>;

    struct Fake {
        names: Arc<Mutex<Option<Vec<String>>>>,
        heard: Heard,
    }

    impl Ports for Fake {
        fn names(&mut self) -> Option<Vec<String>> {
            self.names.lock().unwrap().clone()
        }
        fn connect(&mut self, name: &str) -> Option<Box<dyn Line>> {
            Some(Box::new(FakeLine(name.to_owned(), Arc::clone(&self.heard))))
        }
    }

    struct FakeLine(String, Heard);

    impl Line for FakeLine {
        fn send(&mut self, message: &[u8]) {
            self.1.lock().unwrap().push((Instant::now(), self.0.clone(), message.to_vec()));
        }
    }

    struct Bench {
        midi: Midi,
        ring: rtrb::Producer<MidiEvent>,
        heard: Heard,
        names: Arc<Mutex<Option<Vec<String>>>>,
        said: crossbeam_channel::Receiver<Diagnostic>,
        clock: Arc<Clock>,
        status: Arc<Status>,
    }

    fn bench(names: Option<&[&str]>, wanted: &[&str]) -> Bench {
        let names = Arc::new(Mutex::new(names.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>())));
        let heard = Heard::default();
        let fake = Fake { names: Arc::clone(&names), heard: Arc::clone(&heard) };
        let (ring, events) = rtrb::RingBuffer::new(64);
        let (say, said) = crossbeam_channel::unbounded();
        let (clock, status) = (Arc::new(Clock::new()), Arc::new(Status::default()));
        clock.settle_rate(1000);
        clock.anchor(0, Instant::now());
        let midi = Midi::start(Box::new(fake), events, Arc::clone(&clock), Arc::clone(&status), say);
        midi.set_ports(&wanted.iter().map(ToString::to_string).collect::<Vec<_>>());
        midi.carry(true);
        while midi.orders.looks.load(Ordering::Acquire) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        Bench { midi, ring, heard, names, said, clock, status }
    }

    impl Bench {
        fn queue(&mut self, frame: i64, message: &[u8]) {
            self.ring.push(super::super::stage::short(frame, 0, message).unwrap()).unwrap();
        }
        fn end(mut self) -> Vec<(Instant, String, Vec<u8>)> {
            self.midi.shutdown(Instant::now() + Duration::from_secs(5));
            std::mem::take(&mut *self.heard.lock().unwrap())
        }
    }

    #[test]
    fn messages_go_out_in_the_order_of_their_frames_and_never_early() {
        let mut bench = bench(Some(&["Roland JUNO-6 MIDI 1"]), &["juno-6"]);
        bench.queue(80, &[0x80, 60, 0]);
        bench.queue(40, &[0x90, 60, 100]);
        let due = [bench.clock.instant(40).unwrap(), bench.clock.instant(80).unwrap()];
        let heard = bench.end();
        assert_eq!(heard.iter().map(|(_, _, bytes)| bytes[0]).collect::<Vec<_>>(), [0x90, 0x80]);
        assert!(heard.iter().zip(due).all(|((at, name, _), due)| *at >= due && name == "Roland JUNO-6 MIDI 1"));
    }

    #[test]
    fn what_still_sounds_at_the_end_is_released() {
        let mut bench = bench(Some(&["A"]), &["A"]);
        bench.queue(0, &[0x93, 64, 1]);
        let heard = bench.end();
        assert_eq!(heard.iter().map(|(_, _, bytes)| bytes.clone()).collect::<Vec<_>>(), [[0x93, 64, 1], [0x83, 64, 0]]);
    }

    #[test]
    fn a_missing_system_and_a_missing_port_are_told_once_and_the_port_is_found_when_it_comes() {
        let mut bench = bench(None, &["A", "B"]);
        assert!(bench.said.recv_timeout(Duration::from_secs(5)).unwrap().message.contains("no MIDI system"));
        *bench.names.lock().unwrap() = Some(vec!["A".into()]);
        assert!(bench.said.recv_timeout(Duration::from_secs(5)).unwrap().message.contains("`B`"));
        let looks = bench.midi.orders.looks.load(Ordering::Acquire);
        while bench.midi.orders.looks.load(Ordering::Acquire) == looks {
            std::thread::sleep(Duration::from_millis(1));
        }
        bench.queue(bench.clock.frame_at(Instant::now()).unwrap(), &[0xb0, 7, 9]);
        while bench.heard.lock().unwrap().is_empty() && bench.status.midi_lost() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(bench.said.try_recv().is_err());
        assert_eq!(bench.end().len(), 1);
    }

    #[test]
    fn a_note_whose_time_has_long_passed_is_not_begun_but_its_end_is_sent() {
        let mut bench = bench(Some(&["A"]), &["A"]);
        bench.queue(-1000, &[0x90, 60, 100]);
        bench.queue(-990, &[0x80, 60, 0]);
        let status = Arc::clone(&bench.status);
        assert_eq!(bench.end().len(), 1);
        assert_eq!((status.midi_lost(), status.midi_late()), (1, 2));
    }
}
