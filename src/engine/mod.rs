//! Floor 4: events and rigs in, frames out. The same engine plays live and renders.
//!
//! ```text
//! EventSender → inbox → quantum (64 frames): events → voices → strips in the order of the plan → master → out
//! RigSender   → rigs  ↗                                        trash → RigSender::collect
//! ```
//!
//! Invariant: [`Engine::process`] neither allocates, frees, locks nor panics; the frames do not depend on the sizes of
//! the blocks that are asked for. Everything is computed in quanta at multiples of [`QUANTUM`] of the engine's clock,
//! so an event must have come before the quantum of its frame is computed; [`Engine::computed`] says how far that is.

mod effect;
mod inbox;
mod meters;
mod pool;
mod quantum;
mod rig;
mod source;
mod strip;
mod swap;
mod values;
mod voice;

use std::sync::Arc;

pub use inbox::{EVENTS, EventSender, Full, VALUES};
pub use meters::Meters;
pub use rig::RigSender;

use crate::dsp::sinc::Sinc;
use crate::dsp::tables::Tables;
use inbox::Inbox;
use pool::Pool;
use rig::{Instrument, PROGRAMS, RIGS, Swap, TRASH, Trash};
use source::Shared;
use strip::Strip;
use values::Bounds;

/// How many frames are computed at once.
pub const QUANTUM: usize = 64;
/// How often values that move are read, in frames.
pub const CONTROL: usize = 16;

/// What an engine is built for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Frames a second.
    pub rate: u32,
    /// How many voices sound at once; who comes beyond takes another's place.
    pub voices: usize,
    /// How many strips a plan has at most.
    pub strips: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { rate: 48_000, voices: 256, strips: 256 }
    }
}

/// An engine and its ends.
#[derive(Debug)]
pub struct Parts {
    /// For the thread that fills the output.
    pub engine: Engine,
    /// For the thread that sequences.
    pub events: EventSender,
    /// For the thread that compiles.
    pub rigs: RigSender,
    /// For the screen.
    pub meters: Arc<Meters>,
}

/// Builds an engine. This is where everything is allocated.
pub fn build(config: Config) -> Parts {
    let rate = config.rate.max(1000) as f32;
    let strips = config.strips.clamp(1, 8192);
    let slots = 2 * strips;
    let (events, inbox) = inbox::queues();
    let (rig_in, rig_out) = rtrb::RingBuffer::new(RIGS);
    let (trash_in, trash_out) = rtrb::RingBuffer::new(TRASH);
    let meters = Arc::new(Meters::new(strips));
    let shared = Shared { tables: Tables::new(rate), sinc: Sinc::new(), rate };
    let bounds = Bounds::new();
    let engine = Engine {
        pool: Pool::new(config.voices, &bounds, &shared),
        inbox,
        rigs: rig_out,
        trash: trash_in,
        meters: Arc::clone(&meters),
        shared,
        bounds,
        programs: (0..PROGRAMS).map(|_| None).collect(),
        programs_leaving: Vec::with_capacity(PROGRAMS),
        strips: (0..slots).map(|_| None).collect(),
        strips_leaving: Vec::with_capacity(slots),
        blocks: vec![Block::default(); slots],
        rig: None,
        wanted: None,
        hush: Hush::Open,
        out: Block::default(),
        given: 0,
        computed: 0,
    };
    let rigs = RigSender::new(rig_in, trash_out, (strips, slots), rate);
    Parts { engine, events, rigs, meters }
}

/// One quantum of two channels.
#[derive(Clone, Copy, Debug)]
struct Block {
    left: [f32; QUANTUM],
    right: [f32; QUANTUM],
}

impl Default for Block {
    fn default() -> Block {
        Block { left: [0.0; QUANTUM], right: [0.0; QUANTUM] }
    }
}

impl Block {
    fn add(&mut self, other: &Block) {
        for at in 0..QUANTUM {
            self.left[at] += other.left[at];
            self.right[at] += other.right[at];
        }
    }
}

/// What a panic does to the output.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Hush {
    /// Nothing.
    Open,
    /// It closes, from this level.
    Closing(f32),
    /// It opens again.
    Opening(f32),
}

/// Renders; owned by the thread that fills the output.
#[derive(Debug)]
pub struct Engine {
    inbox: Inbox,
    rigs: rtrb::Consumer<Box<Swap>>,
    trash: rtrb::Producer<Trash>,
    meters: Arc<Meters>,
    shared: Shared,
    bounds: Bounds,
    pool: Pool,
    /// Programs by their place, and those that only wait for their last voice.
    programs: Vec<Option<Box<Instrument>>>,
    programs_leaving: Vec<u32>,
    /// Strips by their slot, and those that fade out.
    strips: Vec<Option<Box<Strip>>>,
    strips_leaving: Vec<u16>,
    /// What comes into each strip in this quantum.
    blocks: Vec<Block>,
    /// The last swap; its orders are read, and what it took out waits in it until the next.
    rig: Option<Box<Swap>>,
    /// A swap's generation that came before its rig.
    wanted: Option<u32>,
    hush: Hush,
    out: Block,
    given: i64,
    computed: i64,
}

impl Engine {
    /// Fills both channels, of equal lengths; what is longer than the other is left silent.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len());
        left[frames..].fill(0.0);
        right[frames..].fill(0.0);
        let mut at = 0;
        while at < frames {
            if self.given == self.computed {
                self.compute();
            }
            let from = QUANTUM - (self.computed - self.given) as usize;
            let count = (QUANTUM - from).min(frames - at);
            left[at..at + count].copy_from_slice(&self.out.left[from..from + count]);
            right[at..at + count].copy_from_slice(&self.out.right[from..from + count]);
            at += count;
            self.given += count as i64;
        }
    }

    /// How many frames were given out: the clock that events count by.
    pub fn frame(&self) -> i64 {
        self.given
    }

    /// How many frames were computed. An event for a frame before this is late.
    pub fn computed(&self) -> i64 {
        self.computed
    }

    /// Frames by which the master chain delays the sound.
    pub fn latency(&self) -> usize {
        let master = self.rig.as_ref().and_then(|rig| rig.order.last());
        master.and_then(|slot| self.strips[usize::from(*slot)].as_ref()).map_or(0, |strip| strip.latency())
    }

    /// The version of the rig that plays.
    pub fn generation(&self) -> Option<u32> {
        self.rig.as_ref().map(|rig| rig.generation)
    }
}

#[cfg(test)]
mod tests;
