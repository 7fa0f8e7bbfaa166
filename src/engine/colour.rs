//! What a voice does to its sound after its filters: vowel, coarse, crush, shape, distort, and the tremolo and phaser
//! that come with the note.
//!
//! Invariant: each part costs nothing where the text does not ask for it, starts anew with the note, and is bounded.

use crate::base::control::slot;
use crate::base::quality::Quality;
use crate::dsp::TICK;
use crate::dsp::formant::Formants;
use crate::dsp::math::{exp2, flush, sine, step};
use crate::dsp::shape::{self, Drive};
use crate::dsp::smooth::Smooth;
use crate::dsp::svf::prewarp;

use super::sweep::Moment;
use super::values::Values;

/// Stages of the phaser: two notches.
const STAGES: usize = 4;

/// A phase that goes round as often a second as the text says.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    at: u32,
    step: u32,
}

/// A tremolo: its turn, its depth, and the corners of its shape taken off.
#[derive(Clone, Copy, Debug)]
struct Tremolo {
    turn: Turn,
    depth: Smooth,
    /// Its shape by the words of `tremoloshape`.
    shape: usize,
    /// Which share of a turn it falls, as a phase.
    skew: f32,
    low: f32,
    keep: f32,
}

impl Tremolo {
    fn new(values: &Values, rate: f32) -> Tremolo {
        let at = (f64::from(values.get(slot::TREMOLOPHASE)) * 4_294_967_296.0) as u64 as u32;
        let mut tremolo = Tremolo {
            turn: Turn { at, step: 0 },
            depth: Smooth::new(values.get(slot::TREMOLODEPTH), rate),
            shape: values.get(slot::TREMOLOSHAPE) as usize,
            skew: values.get(slot::TREMOLOSKEW).clamp(0.001, 0.999),
            low: 0.0,
            // Corners within a millisecond, so that none clicks.
            keep: libm::exp(-1.0 / f64::from((0.001 * rate).max(0.5))) as f32,
        };
        tremolo.low = tremolo.shaped();
        tremolo
    }

    /// How low it is, 0 to 1, by its shape alone.
    fn shaped(&self) -> f32 {
        let share = self.turn.at as f32 * (1.0 / 4_294_967_296.0);
        // So far through the half in which it falls, or back through the one in which it rises.
        let way = if share < self.skew { share / self.skew } else { (1.0 - share) / (1.0 - self.skew) };
        match self.shape {
            1 => way,
            2 => f32::from(u8::from(share >= self.skew)),
            3 => share,
            4 => 1.0 - share,
            _ if self.skew == 0.5 => 0.5 - 0.5 * sine(self.turn.at.wrapping_add(1 << 30)),
            // A cosine over the way.
            _ => 0.5 - 0.5 * sine(((way * 0.5 + 0.25) * 4_294_967_296.0) as u32),
        }
    }

    fn shake(&mut self, gains: &mut [f32]) {
        for gain in gains {
            let shaped = self.shaped();
            self.low = if self.shape == 0 { shaped } else { shaped + (self.low - shaped) * self.keep };
            *gain *= 1.0 - self.depth.step() * self.low;
            self.turn.at = self.turn.at.wrapping_add(self.turn.step);
        }
    }
}

/// Four all-passes whose corner sways.
#[derive(Clone, Copy, Debug)]
struct Phaser {
    turn: Turn,
    states: [[f32; STAGES]; 2],
    gain: f32,
    slope: f32,
    /// How much of the all-passes is mixed in, 0 to 1.
    share: f32,
}

/// The parts in flight.
#[derive(Debug)]
pub(super) struct Colour {
    vowel: Option<Formants>,
    held: [f32; 2],
    count: u32,
    shapes: [Drive; 2],
    drives: [Drive; 2],
    tremolo: Option<Tremolo>,
    phaser: Option<Phaser>,
    rate: f32,
}

impl Colour {
    pub(super) fn new(rate: f32, quality: Quality) -> Colour {
        let drives = || [Drive::new(quality), Drive::new(quality)];
        Colour {
            vowel: None,
            held: [0.0; 2],
            count: 0,
            shapes: drives(),
            drives: drives(),
            tremolo: None,
            phaser: None,
            rate,
        }
    }

    /// For a new note.
    pub(super) fn start(&mut self, values: &Values) {
        self.vowel = values.has(slot::VOWEL).then(|| Formants::new(values.get(slot::VOWEL) as usize, self.rate));
        self.count = 0;
        for (slot, drives) in [(slot::SHAPE, &mut self.shapes), (slot::DISTORT, &mut self.drives)] {
            if values.get(slot) > 0.0 {
                drives.iter_mut().for_each(Drive::reset);
            }
        }
        self.tremolo = None;
        self.phaser = None;
        self.follow(values);
    }

    /// After live values.
    pub(super) fn follow(&mut self, values: &Values) {
        if values.has(slot::VOWEL) {
            let vowel = values.get(slot::VOWEL) as usize;
            self.vowel.get_or_insert_with(|| Formants::new(vowel, self.rate)).glide(vowel);
        }
        if values.get(slot::TREMOLO) > 0.0 {
            let tremolo = self.tremolo.get_or_insert_with(|| Tremolo::new(values, self.rate));
            tremolo.turn.step = step(values.get(slot::TREMOLO), self.rate);
            tremolo.depth.set(values.get(slot::TREMOLODEPTH));
        }
        if values.get(slot::PHASER) > 0.0 {
            let fresh = || Phaser {
                turn: Turn::default(),
                states: [[0.0; STAGES]; 2],
                gain: 0.0,
                slope: 0.0,
                share: 0.5 * values.get(slot::PHASERDEPTH),
            };
            self.phaser.get_or_insert_with(fresh).turn.step = step(values.get(slot::PHASER), self.rate);
        }
    }

    /// Whether something must be computed at each tick.
    pub(super) fn moves(&self) -> bool {
        self.phaser.is_some()
    }

    /// Whether something rings on after the source.
    pub(super) fn rings(&self, values: &Values) -> bool {
        self.vowel.is_some()
            || self.phaser.is_some()
            || values.get(slot::DISTORT) > 0.0
            || values.get(slot::SHAPE) > 0.0
    }

    /// Whether it leaves every sound as it is.
    pub(super) fn is_clear(&self, values: &Values) -> bool {
        let bits = values.get(slot::CRUSH);
        !self.rings(values) && self.tremolo.is_none() && values.get(slot::COARSE) < 1.5 && !(bits > 0.0 && bits < 16.0)
    }

    /// Where the moving parts go until the next tick.
    pub(super) fn tick(&mut self, values: &Values, moment: Moment) {
        if let Some(vowel) = &mut self.vowel {
            vowel.tick();
        }
        if let Some(phaser) = &mut self.phaser {
            // From the lowest to the highest corner as notes, up and down.
            let (centre, sweep) = (values.get(slot::PHASERCENTER), values.get(slot::PHASERSWEEP) * 0.5);
            let (low, high) = ((centre - sweep).max(60.0), (centre + sweep).clamp(60.0, 0.45 * moment.rate));
            let corner = |at: u32| {
                let place = 0.5 + 0.5 * sine(at);
                prewarp(low * exp2(place * libm::log2f((high / low).max(1.0))), moment.rate)
            };
            if moment.start {
                phaser.gain = corner(phaser.turn.at);
            }
            phaser.turn.at = phaser.turn.at.wrapping_add(phaser.turn.step.wrapping_mul(moment.frames));
            phaser.slope = (corner(phaser.turn.at) - phaser.gain) / moment.frames.max(1) as f32;
            phaser.share += (0.5 * values.get(slot::PHASERDEPTH) - phaser.share) * 0.12;
        }
    }

    /// A block in place, before the envelope.
    pub(super) fn process(&mut self, values: &Values, left: &mut [f32], mut right: Option<&mut [f32]>) {
        if let Some(vowel) = &mut self.vowel {
            vowel.process(0, left);
            if let Some(right) = right.as_deref_mut() {
                vowel.process(1, right);
            }
        }
        self.coarse(values.get(slot::COARSE), left, right.as_deref_mut());
        let bits = values.get(slot::CRUSH);
        if bits > 0.0 && bits < 16.0 {
            shape::crush(bits, left);
            if let Some(right) = right.as_deref_mut() {
                shape::crush(bits, right);
            }
        }
        // As much as 1 would be without end.
        let bent = values.get(slot::SHAPE).min(0.99);
        let hard = values.get(slot::DISTORT);
        let amounts = [2.0 * bent / (1.0 - bent), libm::expm1f(hard)];
        let levels = [values.get(slot::SHAPEVOL), values.get(slot::DISTORTVOL)];
        for ((drives, amount), level) in [&mut self.shapes, &mut self.drives].into_iter().zip(amounts).zip(levels) {
            if amount > 0.0 {
                for (drive, block) in drives.iter_mut().zip([Some(&mut *left), right.as_deref_mut()]) {
                    let Some(block) = block else { continue };
                    drive.bend(amount, block);
                    if level != 1.0 {
                        for x in block.iter_mut() {
                            *x *= level;
                        }
                    }
                }
            }
        }
        if let Some(phaser) = &mut self.phaser {
            let (gain, slope, share) = (phaser.gain, phaser.slope, phaser.share);
            for (states, block) in phaser.states.iter_mut().zip([Some(left), right]) {
                if let Some(block) = block {
                    phaser.gain = sway(states, gain, slope, share, block);
                }
            }
        }
    }

    /// Every so many frames one is held.
    fn coarse(&mut self, amount: f32, left: &mut [f32], mut right: Option<&mut [f32]>) {
        let hold = (amount + 0.5) as u32;
        if hold < 2 {
            return;
        }
        for i in 0..left.len() {
            if self.count == 0 {
                self.held = [left[i], right.as_ref().map_or(0.0, |right| right[i])];
            }
            self.count = if self.count + 1 >= hold { 0 } else { self.count + 1 };
            left[i] = self.held[0];
            if let Some(right) = right.as_deref_mut() {
                right[i] = self.held[1];
            }
        }
    }

    /// Whether there is a tremolo.
    pub(super) fn shakes(&self) -> bool {
        self.tremolo.is_some()
    }

    /// The tremolo, over the gains of the next frames: from the top at the onset.
    pub(super) fn shake(&mut self, gains: &mut [f32]) {
        if let Some(tremolo) = &mut self.tremolo {
            tremolo.shake(gains);
        }
    }

    /// Lets no denormal stay.
    pub(super) fn settle(&mut self) {
        if let Some(vowel) = &mut self.vowel {
            vowel.settle();
        }
        if let Some(phaser) = &mut self.phaser {
            for state in phaser.states.iter_mut().flatten() {
                *state = flush(*state);
            }
        }
    }
}

/// First-order all-passes in a row (trapezoidal one-poles, low-pass twice less the input), mixed with what came in. The
/// gain it ends on.
fn sway(states: &mut [f32; STAGES], gain: f32, slope: f32, share: f32, block: &mut [f32]) -> f32 {
    let mut gain = gain;
    for piece in block.chunks_mut(TICK) {
        for x in piece {
            gain += slope;
            let g = gain / (1.0 + gain);
            let mut y = *x;
            for state in states.iter_mut() {
                let v = (y - *state) * g;
                let low = v + *state;
                *state = low + v;
                y = 2.0 * low - y;
            }
            *x += (y - *x) * share;
        }
    }
    gain
}
