//! The place where the player stands, and the seats from which drivers use it.
//!
//! A stream can hang for ever and come back when another has long taken over. So a driver never owns the player: it has
//! a [`Seat`] with a number, the stage knows whose turn it is, and whoever is not in turn outputs silence.
//!
//! Invariant: exactly one seat at a time computes; a callback never waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rtrb::Producer;

use super::clock::Clock;
use super::ears::Ears;
use super::player::{MidiSink, Player};
use super::record::Tap;
use super::resample::Resampler;
use super::status::Status;
use crate::base::event::MidiEvent;

/// Nobody's turn.
const NOBODY: u64 = 0;

/// The player and what belongs to it, whoever drives.
struct Performance {
    player: Option<Box<dyn Player>>,
    /// To the MIDI thread, for drivers that carry no MIDI themselves.
    midi: Producer<MidiEvent>,
    tap: Option<Tap>,
}

/// Holds the player while devices come and go.
pub struct Stage {
    performance: Mutex<Performance>,
    turn: AtomicU64,
    seats: AtomicU64,
    /// When frames are heard.
    pub clock: Arc<Clock>,
    /// How the outputs are doing.
    pub status: Arc<Status>,
    /// Where inputs announce themselves.
    pub(super) ears: Ears,
}

impl Stage {
    /// An empty stage; `midi` leads to the MIDI thread.
    pub fn new(clock: Arc<Clock>, status: Arc<Status>, midi: Producer<MidiEvent>) -> Arc<Stage> {
        let performance = Mutex::new(Performance { player: None, midi, tap: None });
        let (turn, seats) = (AtomicU64::new(NOBODY), AtomicU64::new(1));
        Arc::new(Stage { performance, turn, seats, clock, status, ears: Ears::new() })
    }

    /// A new seat. It is silent until the stage is [given](Stage::give) to it.
    pub fn seat(self: &Arc<Stage>) -> Seat {
        Seat { stage: Arc::clone(self), number: self.seats.fetch_add(1, Ordering::Relaxed) }
    }

    /// Puts the player on stage.
    pub fn enter(&self, player: Box<dyn Player>) {
        self.status.frame.store(player.frame(), Ordering::Relaxed);
        self.wait().player = Some(player);
    }

    /// Takes the player off the stage; every seat is silent from then on.
    pub fn leave(&self) -> Option<Box<dyn Player>> {
        self.take_away();
        self.wait().player.take()
    }

    /// What is played goes to `tap` too. To be called before [`Stage::give`], else a block may fall silent.
    pub fn tap(&self, tap: Option<Tap>) -> Option<Tap> {
        std::mem::replace(&mut self.wait().tap, tap)
    }

    /// Whether a player stands here.
    pub fn has_player(&self) -> bool {
        self.wait().player.is_some()
    }

    /// Gives the turn to the seat with this number, once the block in work is done; `fade` lets it fade in.
    ///
    /// For ordinary threads: it waits for that block. The new driver's callback does not meet the lock, because it is
    /// free again before the turn is the driver's.
    pub fn give(&self, number: u64, fade: bool) {
        self.take_away();
        let mut performance = self.wait();
        if let Some(player) = performance.player.as_mut().filter(|_| fade) {
            player.fade_in();
        }
        drop(performance);
        self.turn.store(number, Ordering::Release);
    }

    /// From now on it is nobody's turn.
    pub fn take_away(&self) {
        self.turn.store(NOBODY, Ordering::Release);
    }

    fn wait(&self) -> MutexGuard<'_, Performance> {
        self.performance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A driver's claim to the stage.
#[derive(Clone)]
pub struct Seat {
    stage: Arc<Stage>,
    number: u64,
}

impl Seat {
    /// The number to give the turn to.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The stage it belongs to.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Whether it is this seat's turn.
    pub fn is_in_turn(&self) -> bool {
        self.stage.turn.load(Ordering::Acquire) == self.number
    }

    /// Whether the player has all that the next `frames` need (see [`Player::is_ready`]); not for callbacks.
    pub(super) fn is_ready(&self, frames: usize) -> bool {
        self.stage.wait().player.as_ref().is_none_or(|player| player.is_ready(frames))
    }

    /// Computes the next frames into `left` and `right`, or fills them with silence and answers `false` when it is not
    /// this seat's turn. `heard` is when the first frame leaves the loudspeaker; a driver that only stands in has none.
    /// MIDI goes to `midi`, or without one to the MIDI thread.
    pub fn play(
        &self,
        left: &mut [f32],
        right: &mut [f32],
        heard: Option<Instant>,
        midi: Option<&mut MidiSink<'_>>,
    ) -> bool {
        if self.is_in_turn() {
            // Trying a lock does not wait, and by construction it is free: the turn is given only after the one before
            // has let go. What fails the try is a hung callback that woke up between the turn's test and here, or a
            // recording that begins.
            let held = match self.stage.performance.try_lock() {
                Ok(held) => Some(held),
                Err(TryLockError::Poisoned(held)) => Some(held.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(mut performance) = held
                && self.is_in_turn()
                && perform(&mut performance, &self.stage, left, right, heard, midi)
            {
                return true;
            }
        }
        left.fill(0.0);
        right.fill(0.0);
        false
    }
}

fn perform(
    performance: &mut Performance,
    stage: &Stage,
    left: &mut [f32],
    right: &mut [f32],
    heard: Option<Instant>,
    midi: Option<&mut MidiSink<'_>>,
) -> bool {
    let Performance { player: Some(player), midi: ring, tap } = performance else { return false };
    let start = player.frame();
    if let Some(heard) = heard {
        stage.clock.report(start, heard);
    }
    if let Some(midi) = midi {
        player.process(left, right, midi);
    } else {
        player.process(left, right, &mut |offset, port, bytes| {
            if short(start + i64::from(offset), port, bytes).is_none_or(|event| ring.push(event).is_err()) {
                stage.status.midi_lost.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    if let Some(tap) = tap {
        tap.take(left, right, &stage.status);
    }
    stage.status.frame.store(player.frame(), Ordering::Relaxed);
    stage.status.midi_pending.store(player.midi_pending(), Ordering::Relaxed);
    true
}

/// A message of 1 to 3 bytes as an event.
pub(super) fn short(frame: i64, port: u16, message: &[u8]) -> Option<MidiEvent> {
    if message.is_empty() || message.len() > 3 {
        return None;
    }
    let mut bytes = [0; 3];
    bytes[..message.len()].copy_from_slice(message);
    Some(MidiEvent { frame, port, length: message.len() as u8, bytes })
}

/// A seat behind a converter of rates: what a device's callback plays.
pub struct Edge {
    seat: Seat,
    resampler: Option<Resampler>,
    rate: u32,
}

impl Edge {
    /// For a device of `rate` frames a second. The first device settles the engine's rate; another is resampled.
    pub fn new(seat: Seat, rate: u32) -> Edge {
        let engine = seat.stage.clock.settle_rate(rate);
        let resampler = (engine != rate).then(|| Resampler::new(engine, rate));
        Edge { seat, resampler, rate }
    }

    /// The device's rate.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// As [`Seat::play`], at the device's rate; the offsets of MIDI are the device's, too.
    pub fn play(
        &mut self,
        left: &mut [f32],
        right: &mut [f32],
        heard: Instant,
        mut midi: Option<&mut MidiSink<'_>>,
    ) -> bool {
        let Some(resampler) = &mut self.resampler else { return self.seat.play(left, right, Some(heard), midi) };
        let mut played = self.seat.is_in_turn();
        let (seat, rate) = (&self.seat, f64::from(self.rate));
        let last = left.len().saturating_sub(1);
        resampler.process(left, right, &mut |left, right, at, place| {
            // `at` counts the device's frames from the block's start to the sound of these; they may lie before it.
            let shift = Duration::from_secs_f64(at.abs() / rate);
            let heard = if at < 0.0 { heard.checked_sub(shift).unwrap_or(heard) } else { heard + shift };
            played &= match midi.as_deref_mut() {
                Some(midi) => seat.play(
                    left,
                    right,
                    Some(heard),
                    Some(&mut |offset, port, bytes: &[u8]| midi(place(offset).min(last as u32), port, bytes)),
                ),
                None => seat.play(left, right, Some(heard), None),
            };
        });
        played
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Plays the number of each frame (from 1), and a note every ten frames.
    pub(in super::super) struct Counter {
        pub(in super::super) frame: i64,
        pub(in super::super) faded: u32,
        /// It has what it needs up to this frame.
        pub(in super::super) ready: i64,
    }

    impl Counter {
        pub(in super::super) fn at(frame: i64) -> Counter {
            Counter { frame, faded: 0, ready: i64::MAX }
        }
    }

    impl Player for Counter {
        fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>) {
            for (offset, (left, right)) in left.iter_mut().zip(right).enumerate() {
                if self.frame % 10 == 0 {
                    midi(offset as u32, 0, &[0x90, (self.frame / 10 % 128) as u8, 100]);
                }
                self.frame += 1;
                *left = self.frame as f32;
                *right = -(self.frame as f32);
            }
        }
        fn frame(&self) -> i64 {
            self.frame
        }
        fn fade_in(&mut self) {
            self.faded += 1;
        }
        fn is_ready(&self, frames: usize) -> bool {
            self.frame + frames as i64 <= self.ready
        }
    }

    pub(in super::super) fn stage() -> (Arc<Stage>, rtrb::Consumer<MidiEvent>) {
        let (midi, events) = rtrb::RingBuffer::new(64);
        let stage = Stage::new(Arc::new(Clock::new()), Arc::new(Status::default()), midi);
        stage.clock.settle_rate(1000);
        (stage, events)
    }

    fn play(seat: &Seat, frames: usize) -> Option<Vec<f32>> {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        let played = seat.play(&mut left, &mut right, None, None);
        assert!(played || left.iter().chain(&right).all(|sample| *sample == 0.0));
        played.then_some(left)
    }

    #[test]
    fn a_stream_that_was_given_up_is_silent_and_the_next_goes_on_where_it_stopped() {
        let (stage, _events) = stage();
        let (old, new) = (stage.seat(), stage.seat());
        stage.enter(Box::new(Counter::at(0)));
        assert_eq!(play(&old, 2), None);
        stage.give(old.number(), false);
        assert_eq!(play(&old, 3), Some(vec![1.0, 2.0, 3.0]));
        stage.give(new.number(), true);
        assert_eq!(play(&old, 3), None);
        assert_eq!(play(&new, 2), Some(vec![4.0, 5.0]));
        assert!(stage.leave().is_some());
        assert_eq!(play(&new, 2), None);
    }

    #[test]
    fn a_held_stage_makes_a_callback_silent_and_never_makes_it_wait() {
        let (stage, _events) = stage();
        let seat = stage.seat();
        stage.enter(Box::new(Counter::at(0)));
        stage.give(seat.number(), false);
        let held = stage.wait();
        assert_eq!(play(&seat, 2), None);
        drop(held);
        assert_eq!(play(&seat, 2), Some(vec![1.0, 2.0]));
    }

    #[test]
    fn midi_reaches_the_thread_with_its_frame() {
        let (stage, mut events) = stage();
        let seat = stage.seat();
        stage.enter(Box::new(Counter::at(5)));
        stage.give(seat.number(), false);
        play(&seat, 20);
        let first = events.pop().unwrap();
        assert_eq!((first.frame, first.length, first.bytes), (10, 3, [0x90, 1, 100]));
        assert_eq!(events.pop().unwrap().frame, 20);
        assert!(events.pop().is_err());
    }
}
