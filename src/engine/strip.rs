//! One channel of the desk: inserts, sends, fader, pan, width.
//!
//! Invariant: nothing on a strip steps, and what does not move keeps its bits. The performer's hand lies over the
//! text and outlives reloads.

use super::effect::Unit;
use super::{Block, QUANTUM};
use crate::base::event::{address, hand};
use crate::dsp::math::{equal_power, tame};
use crate::dsp::smooth::Smooth;

/// How many sends and inserts may be on their way out of a strip while others stand in it.
pub(super) const SPARE: usize = 8;
/// How long a strip fades that is no longer in the text, seconds.
const LEAVING: f32 = 0.03;

/// A tap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    /// Slot of the bus.
    pub(super) to: u16,
    pub(super) level: Smooth,
    pub(super) pre: bool,
    /// What the text said last.
    pub(super) text: f32,
}

/// What the text says of a strip.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Text {
    pub(super) gain: f32,
    pub(super) pan: f32,
    pub(super) width: f32,
}

/// A strip.
#[derive(Debug)]
pub(super) struct Strip {
    /// The order of the text; those that leave come after.
    pub(super) units: Vec<Unit>,
    /// The same for sends.
    pub(super) taps: Vec<Tap>,
    /// Slot of where it goes; `None` is the speakers.
    pub(super) output: Option<u16>,
    text: Text,
    gain: f32,
    pan: f32,
    hand_gain: f32,
    hand_pan: f32,
    muted: bool,
    fader: Smooth,
    sides: [Smooth; 2],
    width: Smooth,
    /// The fader in this quantum.
    pub(super) faded: [f32; QUANTUM],
    /// 1 while it stays; falls to 0 where it leaves.
    presence: f32,
    pub(super) leaving: bool,
    fall: f32,
}

impl Strip {
    pub(super) fn new(text: Text, rate: f32, taps: usize) -> Strip {
        let mut strip = Strip {
            units: Vec::new(),
            taps: Vec::with_capacity(taps + SPARE),
            output: None,
            text,
            gain: tame(text.gain, 1.0, 0.0, 100.0),
            pan: tame(text.pan, 0.5, 0.0, 1.0),
            hand_gain: 1.0,
            hand_pan: 0.0,
            muted: false,
            fader: Smooth::new(0.0, rate),
            sides: [Smooth::new(0.0, rate); 2],
            width: Smooth::new(tame(text.width, 1.0, 0.0, 4.0), rate),
            faded: [0.0; QUANTUM],
            presence: 1.0,
            leaving: false,
            fall: 1.0 / (LEAVING * rate),
        };
        strip.retarget();
        strip.fader.jump(strip.fader.target());
        for side in &mut strip.sides {
            side.jump(side.target());
        }
        strip
    }

    fn retarget(&mut self) {
        self.fader.set(if self.muted { 0.0 } else { self.gain * self.hand_gain });
        let (left, right) = equal_power(self.pan + self.hand_pan);
        // Unity in the middle: a strip is panned by turning it, not by making it softer. Exactly one where it stands
        // in the middle, so that a strip that does nothing changes nothing.
        let middle = self.pan + self.hand_pan == 0.5;
        for (side, gain) in self.sides.iter_mut().zip([left, right]) {
            side.set(if middle { 1.0 } else { gain * std::f32::consts::SQRT_2 });
        }
    }

    /// What another version of the text says: only what it changed moves.
    pub(super) fn retext(&mut self, text: Text) {
        if text.gain != self.text.gain {
            self.gain = tame(text.gain, 1.0, 0.0, 100.0);
        }
        if text.pan != self.text.pan {
            self.pan = tame(text.pan, 0.5, 0.0, 1.0);
        }
        if text.width != self.text.width {
            self.width.set(tame(text.width, 1.0, 0.0, 4.0));
        }
        self.text = text;
        self.retarget();
    }

    /// A parameter moves.
    pub(super) fn parameter(&mut self, at: u32, value: f32) {
        match at {
            address::GAIN => self.gain = tame(value, self.gain, 0.0, 100.0),
            address::PAN => self.pan = tame(value, self.pan, 0.0, 1.0),
            address::WIDTH => self.width.set(tame(value, self.width.target(), 0.0, 4.0)),
            at if at >> 16 == 0xfffe => {
                if let Some(tap) = self.taps.get_mut((at & 0xffff) as usize) {
                    tap.level.set(tame(value, tap.level.target(), 0.0, 100.0));
                }
            }
            at => {
                if let Some(unit) = self.units.get_mut((at >> 8) as usize).filter(|unit| !unit.leaving) {
                    unit.set((at & 0xff) as usize, value);
                }
            }
        }
        self.retarget();
    }

    /// The performer moves something.
    pub(super) fn hand(&mut self, what: u32, value: f32) {
        match what {
            hand::GAIN => self.hand_gain = tame(value, self.hand_gain, 0.0, 100.0),
            hand::PAN => self.hand_pan = tame(value, self.hand_pan, -1.0, 1.0),
            hand::MUTE => self.muted = value >= 0.5,
            _ => {}
        }
        self.retarget();
    }

    /// Frames of the chain's delay.
    pub(super) fn latency(&self) -> usize {
        self.units.iter().filter(|unit| !unit.leaving).map(Unit::latency).sum()
    }

    /// Whether it has faded out.
    pub(super) fn gone(&self) -> bool {
        self.leaving && self.presence <= 0.0
    }

    /// Forgets what its effects heard.
    pub(super) fn clear(&mut self) {
        self.units.iter_mut().for_each(Unit::clear);
    }

    /// The fader's way through this quantum, before anything that follows it.
    pub(super) fn begin_quantum(&mut self) {
        self.fader.fill(&mut self.faded);
        if self.leaving {
            for frame in &mut self.faded {
                self.presence = (self.presence - self.fall).max(0.0);
                *frame *= self.presence;
            }
        }
    }

    /// Runs the quantum that came in, and hands the taps to `send`: slot and frames. What is left in `block` is what
    /// goes out.
    pub(super) fn run(&mut self, block: &mut Block, mut send: impl FnMut(u16, &Block)) {
        for unit in &mut self.units {
            unit.run(&mut block.left, &mut block.right);
        }
        let mut taps = std::mem::take(&mut self.taps);
        for tap in taps.iter_mut().filter(|tap| tap.pre) {
            send(tap.to, &tapped(block, tap));
        }
        if !(self.width.still() && self.width.value() == 1.0) {
            for (left, right) in block.left.iter_mut().zip(&mut block.right) {
                let middle = 0.5 * (*left + *right);
                let side = 0.5 * (*left - *right) * self.width.tick();
                (*left, *right) = (middle + side, middle - side);
            }
        }
        for at in 0..QUANTUM {
            let fader = self.faded[at];
            block.left[at] *= fader * self.sides[0].tick();
            block.right[at] *= fader * self.sides[1].tick();
        }
        for tap in taps.iter_mut().filter(|tap| !tap.pre) {
            send(tap.to, &tapped(block, tap));
        }
        // Nothing is allocated: the vector comes back.
        self.taps = taps;
    }
}

fn tapped(block: &Block, tap: &mut Tap) -> Block {
    let mut out = Block::default();
    for at in 0..QUANTUM {
        let level = tap.level.tick();
        out.left[at] = block.left[at] * level;
        out.right[at] = block.right[at] * level;
    }
    out
}
