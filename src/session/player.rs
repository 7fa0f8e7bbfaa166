//! The engine on stage: what the audio callback runs.
//!
//! Invariant: nothing here allocates, frees, locks or blocks; only under freewheel, where nobody listens, it waits for
//! the conductor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rtrb::Consumer;

use crate::base::event::MidiEvent;
use crate::engine::Engine;
use crate::outputs::Player;
use crate::outputs::player::MidiSink;

/// What the callback and the conductor tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Frames computed by the callback.
    pub frame: AtomicI64,
    /// The length of the last callback, in frames.
    pub block: AtomicU32,
    /// Everything before it has been handed to the callback; all time, once the session is over.
    pub horizon: AtomicI64,
    /// Faster than time, and exact: the callback waits for the conductor.
    pub freewheel: AtomicBool,
    /// The share of the callback's time that the engine used, in thousandths, smoothed.
    pub load: AtomicU32,
    /// What the load guard does: 0 nothing, 1 cuts releases short, 2 takes voices away.
    pub relief: AtomicU32,
    /// Messages that came after their frame.
    pub late_midi: AtomicU64,
}

/// How long the fade is after a device came back, in seconds.
const FADE: f64 = 0.01;

/// The engine with its MIDI.
pub(super) struct EnginePlayer {
    engine: Engine,
    midi: Consumer<MidiEvent>,
    shared: Arc<Shared>,
    rate: u32,
    frame: i64,
    /// Frames of the fade that are left, and its length.
    fade: (u32, u32),
}

impl EnginePlayer {
    pub(super) fn new(engine: Engine, midi: Consumer<MidiEvent>, shared: Arc<Shared>, rate: u32) -> EnginePlayer {
        let fade = ((f64::from(rate) * FADE) as u32).max(1);
        EnginePlayer { engine, midi, shared, rate, frame: 0, fade: (0, fade) }
    }

    /// Under freewheel: until the conductor has planned what this block needs, or for a second.
    fn wait_for(&self, frames: usize) {
        let start = Instant::now();
        while !self.is_ready(frames) && start.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

impl Player for EnginePlayer {
    fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>) {
        let begun = Instant::now();
        let count = left.len() as i64;
        if self.shared.freewheel.load(Ordering::Relaxed) {
            self.wait_for(left.len());
        }
        self.engine.process(left, right);
        while self.midi.peek().is_ok_and(|event| event.frame < self.frame + count) {
            let Ok(event) = self.midi.pop() else { break };
            if event.frame < self.frame {
                self.shared.late_midi.fetch_add(1, Ordering::Relaxed);
            }
            let offset = (event.frame - self.frame).max(0) as u32;
            midi(offset, event.port, &event.bytes[..usize::from(event.length.min(3))]);
        }
        if self.fade.0 > 0 {
            for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                let gain = 1.0 - self.fade.0 as f32 / self.fade.1 as f32;
                *l *= gain;
                *r *= gain;
                self.fade.0 = self.fade.0.saturating_sub(1);
            }
        }
        self.frame += count;
        self.shared.block.store(count as u32, Ordering::Relaxed);
        self.shared.frame.store(self.frame, Ordering::Release);
        let share = begun.elapsed().as_secs_f64() * f64::from(self.rate) / count.max(1) as f64 * 1000.0;
        let before = f64::from(self.shared.load.load(Ordering::Relaxed));
        self.shared.load.store((before + (share - before) * 0.05).clamp(0.0, 1e6) as u32, Ordering::Relaxed);
    }

    fn frame(&self) -> i64 {
        self.frame
    }

    fn fade_in(&mut self) {
        self.fade.0 = self.fade.1;
    }

    fn is_ready(&self, frames: usize) -> bool {
        self.shared.horizon.load(Ordering::Acquire) >= self.frame + frames as i64
    }

    fn midi_pending(&self) -> bool {
        !self.midi.is_empty()
    }
}
