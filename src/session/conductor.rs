//! The sequencer's thread: keeps the rings filled a little ahead of what is heard, and lets gestures and versions take
//! effect.
//!
//! Invariant: it never blocks on anything but its own short sleep; what it does is logged with the horizon at which it
//! did it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use rtrb::Producer;

use super::Wish;
use super::board::Board;
use super::guard::Guard;
use super::hands;
use super::player::Shared;
use crate::base::event::{Event, MidiEvent, SlotValue};
use crate::base::ink::Ink;
use crate::base::source::Place;
use crate::base::system;
use crate::engine::EventSender;
use crate::outputs::{Ear, Status};
use crate::render::log::{self, Line};
use crate::score::Score;
use crate::sequencer::{Gesture, READY_SECONDS, Sequencer, Sink};

/// How far ahead of the callback events are queued, besides two blocks.
const LOOKAHEAD: f64 = 0.025;
/// How far ahead of the start events are queued before the first callback, in seconds.
const FIRST: f64 = 0.25;
/// How long the thread sleeps between two looks.
const NAP: Duration = Duration::from_micros(1500);
/// The room that is left in the rings before the conductor waits.
const MOST_FAST: i64 = 1 << 14;

/// What the conductor is told.
pub(super) enum Order {
    /// A version is ready, with the texts that it came from (for the log).
    Score(Arc<Score>, log::Event),
    /// The performer did something.
    Gesture(Gesture),
    /// The version before is wanted.
    StepBack,
    /// The session is over; answer when every note was let go.
    End(Sender<()>),
}

/// The sequencer's way to the audio thread.
struct Rings {
    events: EventSender,
    midi: Producer<MidiEvent>,
    board: Arc<Board>,
    lost: u64,
}

impl Sink for Rings {
    fn event(&mut self, event: Event, values: &[SlotValue]) {
        if self.events.send(event, values).is_err() {
            self.lost += 1;
        }
    }

    fn midi(&mut self, event: MidiEvent) {
        if self.midi.push(event).is_err() {
            self.lost += 1;
        }
    }

    fn sounding(&mut self, from: i64, until: i64, places: &[Place], ink: Option<Ink>) {
        self.board.sounding(from, until, places, ink);
    }
}

/// The thread's state.
pub(super) struct Conductor {
    rate: u32,
    sequencer: Sequencer,
    rings: Rings,
    shared: Arc<Shared>,
    board: Arc<Board>,
    status: Arc<Status>,
    guard: Guard,
    log: Option<Sender<Line>>,
    wishes: Option<Sender<Wish>>,
    /// The MIDI inputs that came, and where they come from.
    ears: Vec<Ear>,
    inputs: Option<Receiver<Ear>>,
}

impl Conductor {
    pub(super) fn new(
        rate: u32,
        events: EventSender,
        midi: Producer<MidiEvent>,
        shared: Arc<Shared>,
        board: Arc<Board>,
        status: Arc<Status>,
    ) -> Conductor {
        let rings = Rings { events, midi, board: Arc::clone(&board), lost: 0 };
        Conductor {
            rate,
            sequencer: Sequencer::new(rate),
            rings,
            shared,
            board,
            status,
            log: None,
            wishes: None,
            ears: Vec::new(),
            inputs: None,
            guard: Guard::default(),
        }
    }

    pub(super) fn connect(&mut self, log: Sender<Line>, wishes: Sender<Wish>, inputs: Receiver<Ear>) {
        self.log = Some(log);
        self.wishes = Some(wishes);
        self.inputs = Some(inputs);
    }

    /// Controllers and pads move the hands that the text gave them.
    fn hear(&mut self) {
        self.ears.extend(self.inputs.iter().flat_map(Receiver::try_iter));
        if self.ears.is_empty() {
            return;
        }
        let mut moved: Vec<(Arc<str>, f64)> = Vec::new();
        if let Some(score) = self.sequencer.score() {
            for ear in &mut self.ears {
                while let Some(message) = ear.hear() {
                    let named = |(name, hand): &(Arc<str>, _)| {
                        Some((Arc::clone(name), hands::heard(hand, ear.port.as_deref(), message)?))
                    };
                    for (name, value) in score.hands.iter().filter_map(named) {
                        // Of a movement within one look only where it ends is played.
                        moved.retain(|(other, _)| *other != name);
                        moved.push((name, value));
                    }
                }
            }
        }
        self.ears.retain(|ear| !ear.is_over());
        for (name, value) in moved {
            if self.sequencer.value(&name) != Some(value) {
                self.obey(Order::Gesture(Gesture::Value(name, value)));
            }
        }
    }

    /// Takes what is there, and queues the first events before the first callback.
    pub(super) fn prepare(&mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.try_recv() {
            self.obey(order);
        }
        // A device takes as much as its buffer holds at once when it starts.
        self.advance_to((FIRST * f64::from(self.rate)) as i64);
    }

    /// Until the session ends.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        system::raise_priority();
        loop {
            loop {
                match orders.try_recv() {
                    Ok(Order::End(done)) => {
                        self.end();
                        let _ = done.send(());
                        return;
                    }
                    Ok(order) => self.obey(order),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.end();
                        return;
                    }
                }
            }
            let freewheel = self.status.is_freewheeling();
            self.shared.freewheel.store(freewheel, Ordering::Relaxed);
            self.hear();
            self.advance();
            if freewheel {
                std::thread::yield_now();
            } else {
                std::thread::sleep(NAP);
            }
        }
    }

    /// Fills the rings up to the lookahead.
    fn advance(&mut self) {
        let frame = self.shared.frame.load(Ordering::Acquire);
        // A device asks for its whole buffer at once; the player is asked for it in parts.
        let block = self.shared.block.load(Ordering::Relaxed).max(self.status.block());
        let block = i64::from(block).clamp(64, MOST_FAST);
        if !self.status.is_freewheeling() {
            let load = self.shared.load.load(Ordering::Relaxed) as f32 / 1000.0;
            if let Some(step) = self.guard.look(load, frame, self.rate) {
                self.shared.relief.store(u32::from(step), Ordering::Relaxed);
                self.obey(Order::Gesture(Gesture::Relieve(step)));
            }
        }
        let ahead = 2 * block + (LOOKAHEAD * f64::from(self.rate)) as i64;
        self.advance_to(frame + ahead);
        self.board.position(&self.sequencer, frame, self.rings.lost, &self.shared);
    }

    fn advance_to(&mut self, until: i64) {
        self.sequencer.advance(until, &mut self.rings);
        self.shared.horizon.store(self.sequencer.horizon(), Ordering::Release);
    }

    fn not_before(&self) -> i64 {
        let frame = self.shared.frame.load(Ordering::Acquire);
        let ready = frame + (READY_SECONDS * f64::from(self.rate)) as i64;
        ready.max(self.sequencer.horizon())
    }

    fn obey(&mut self, order: Order) {
        let not_before = self.not_before();
        let at = self.sequencer.horizon();
        match order {
            Order::Score(score, texts) => {
                self.note(Line { at, not_before, event: texts });
                self.sequencer.set_score(score, not_before);
            }
            Order::Gesture(gesture) => {
                self.note(Line { at, not_before, event: log::Event::Gesture(gesture.clone()) });
                self.sequencer.gesture(&gesture, not_before, &mut self.rings);
            }
            Order::StepBack => {
                if let Some(wishes) = &self.wishes {
                    let _ = wishes.send(Wish::StepBack);
                }
            }
            Order::End(_) => {}
        }
    }

    fn end(&mut self) {
        let at = self.sequencer.horizon();
        self.note(Line { at, not_before: at, event: log::Event::End });
        self.sequencer.shut_down(&mut self.rings);
        // Nothing more comes: nobody has to wait for it.
        self.shared.horizon.store(i64::MAX, Ordering::Release);
        self.log = None;
    }

    fn note(&self, line: Line) {
        if let Some(log) = &self.log {
            let _ = log.send(line);
        }
    }
}
