//! The MIDI ports of the machine, and the thread that looks for those a piece asks for.
//!
//! Looking takes the system milliseconds, so it is done beside the thread that sends, which gets finished lines.
//!
//! Invariant: a port or a whole MIDI system that is missing is told once.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use midir::{Ignore, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

use super::ears::{Ears, Mouth};
use super::midi::{Change, Orders};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::system;

/// How often missing and vanished ports are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A MIDI system: its ports and a way to reach one.
pub(super) trait Ports: Send {
    /// The names of the ports one can send to; `None` when there is no MIDI system.
    fn names(&mut self) -> Option<Vec<String>>;
    /// Listens to every port that sends and is not listened to yet, and no more to those that are gone.
    fn listen(&mut self) {}
    /// A line to the port with this full name.
    fn connect(&mut self, name: &str) -> Option<Box<dyn Line>>;
}

/// A line to one port.
pub(super) trait Line: Send {
    /// Sends a message at once.
    fn send(&mut self, message: &[u8]);
}

/// The machine's own MIDI system.
pub(super) struct System {
    scan: Option<MidiOutput>,
    inputs: Option<MidiInput>,
    heard: Vec<(String, MidiInputConnection<Mouth>)>,
    ears: Ears,
}

impl System {
    /// What its inputs hear goes to `ears`.
    pub(super) fn new(ears: Ears) -> System {
        System { scan: None, inputs: None, heard: Vec::new(), ears }
    }

    fn listen_to(&self, name: &str) -> Option<MidiInputConnection<Mouth>> {
        let mut input = MidiInput::new("talea").ok()?;
        input.ignore(Ignore::All);
        let port = input.ports().into_iter().find(|port| input.port_name(port).is_ok_and(|found| found == name))?;
        let mouth = self.ears.open(Some(name));
        input.connect(&port, "in", |_, message, mouth| mouth.tell(message), mouth).ok()
    }
}

impl Ports for System {
    fn names(&mut self) -> Option<Vec<String>> {
        if self.scan.is_none() {
            system::quiet_alsa();
            self.scan = MidiOutput::new("talea").ok();
        }
        let scan = self.scan.as_ref()?;
        Some(scan.ports().iter().filter_map(|port| scan.port_name(port).ok()).collect())
    }

    fn listen(&mut self) {
        if self.inputs.is_none() {
            system::quiet_alsa();
            self.inputs = MidiInput::new("talea").ok();
        }
        let Some(inputs) = &self.inputs else { return };
        let names: Vec<String> = inputs.ports().iter().filter_map(|port| inputs.port_name(port).ok()).collect();
        self.heard.retain(|(name, _)| names.contains(name));
        for name in names {
            // Its own outputs, and the system's silent through port, are no controllers.
            let other = !name.starts_with("talea") && !name.starts_with("Midi Through");
            if other
                && !self.heard.iter().any(|(heard, _)| *heard == name)
                && let Some(line) = self.listen_to(&name)
            {
                self.heard.push((name, line));
            }
        }
    }

    fn connect(&mut self, name: &str) -> Option<Box<dyn Line>> {
        let output = MidiOutput::new("talea").ok()?;
        let port = output.ports().into_iter().find(|port| output.port_name(port).is_ok_and(|found| found == name))?;
        Some(Box::new(output.connect(&port, "out").ok()?))
    }
}

impl Line for MidiOutputConnection {
    fn send(&mut self, message: &[u8]) {
        // What the system refuses now is found at the next look at the ports.
        let _ = MidiOutputConnection::send(self, message);
    }
}

/// The names of the ports one can send to; `None` when there is no MIDI system.
pub(super) fn output_names() -> Option<Vec<String>> {
    System::new(Ears::new()).names()
}

/// The names of the ports one can receive from; `None` when there is no MIDI system.
pub(super) fn input_names() -> Option<Vec<String>> {
    system::quiet_alsa();
    let input = MidiInput::new("talea").ok()?;
    Some(input.ports().iter().filter_map(|port| input.port_name(port).ok()).collect())
}

/// A port that was asked for.
struct Wanted {
    name: String,
    found: Option<String>,
    told: bool,
}

/// The looking thread's own things.
pub(super) struct Looker {
    ports: Box<dyn Ports>,
    wanted: Vec<Wanted>,
    changes: Sender<Change>,
    say: Sender<Diagnostic>,
    told: bool,
    looked: Option<Instant>,
}

impl Looker {
    pub(super) fn new(ports: Box<dyn Ports>, changes: Sender<Change>, say: Sender<Diagnostic>) -> Looker {
        Looker { ports, wanted: Vec::new(), changes, say, told: false, looked: None }
    }

    /// Looks when the names have changed, and each second for what came and went. Orders wake it.
    pub(super) fn run(&mut self, orders: &Arc<Orders>) {
        while !orders.is_stopping() {
            if orders.active.load(Ordering::Acquire) {
                self.look(orders);
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    fn look(&mut self, orders: &Orders) {
        let names = orders.names.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let same = names.iter().eq(self.wanted.iter().map(|wanted| &wanted.name));
        let recent = self.looked.is_some_and(|looked| looked.elapsed() < LOOK_EVERY);
        if same && recent {
            return;
        }
        self.ports.listen();
        if same && names.is_empty() {
            self.looked = Some(Instant::now());
            return;
        }
        if !same {
            let mut before = std::mem::take(&mut self.wanted);
            for name in &names {
                let old = before.iter().position(|wanted| wanted.name == *name);
                let new = || Wanted { name: name.clone(), found: None, told: false };
                self.wanted.push(old.map_or_else(new, |old| before.swap_remove(old)));
            }
            let _ = self.changes.send(Change::Places(names));
        }
        self.looked = Some(Instant::now());
        if let Some(found) = self.ports.names() {
            for index in 0..self.wanted.len() {
                self.look_at(index, &found);
            }
        } else if !std::mem::replace(&mut self.told, true) {
            self.warn("this machine has no MIDI system; MIDI ports stay silent".into());
        }
        let _ = self.changes.send(Change::Looked);
    }

    fn look_at(&mut self, index: usize, found: &[String]) {
        let wanted = &mut self.wanted[index];
        if let Some(full_name) = &wanted.found {
            if !found.contains(full_name) {
                let message = format!("the MIDI port `{full_name}` went away; looking for it");
                (wanted.found, wanted.told) = (None, true);
                let _ = self.changes.send(Change::Line(index, None));
                self.warn(message);
            }
            return;
        }
        let search = wanted.name.to_lowercase();
        let partner = found.iter().find(|name| name.to_lowercase().contains(&search));
        if let Some((name, line)) = partner.and_then(|name| Some((name, self.ports.connect(name)?))) {
            (wanted.found, wanted.told) = (Some(name.clone()), false);
            let _ = self.changes.send(Change::Line(index, Some(line)));
        } else if !std::mem::replace(&mut wanted.told, true) {
            let message = format!("no MIDI port matches `{}`; looking for it", wanted.name);
            self.warn(message);
        }
    }

    fn warn(&self, message: String) {
        // Nobody listens any more when the session ends.
        let _ = self.say.send(Diagnostic::machine(Severity::Warning, "no-midi-port", message));
    }
}
