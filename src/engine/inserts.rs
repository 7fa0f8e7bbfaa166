//! Effects in strips: built by name off the thread, moved by parameter, faded in and out.
//!
//! On a bus `reverb` and `echo` give only their wet sound; elsewhere the dry sound goes on beside it, and the wet
//! is 6 dB lower.
//!
//! Invariant: an insert that comes or goes is cross-faded; one that goes is fed silence and rings out.

use crate::base::insert;
use crate::dsp::BLOCK;
use crate::dsp::echo::Echo;
use crate::dsp::limiter::Limiter;
use crate::dsp::math;
use crate::dsp::reverb::Reverb;
use crate::dsp::smooth::Smooth;
use crate::score::plan::Insert;

/// Parameters of one insert.
const MOST_PARAMETERS: usize = 8;
/// How long an echo may become while it sounds, seconds, where the text asks for less.
const LEAST_ECHO: f32 = 4.0;
/// How loud the wet sound is beside the dry.
const BESIDE: f32 = 0.5;

#[derive(Debug)]
enum Effect {
    Through,
    Trim(Smooth),
    Reverb(Box<Reverb>),
    Echo(Box<Echo>),
    Limit(Box<Limiter>),
}

/// An insert in its slot.
#[derive(Debug)]
pub(super) struct InsertNode {
    effect: Effect,
    parameters: [f32; MOST_PARAMETERS],
    count: usize,
    mix: Smooth,
    wet_only: bool,
    quiet: i64,
    patience: i64,
}

impl InsertNode {
    /// From the plan, for a bus or another strip; `fades` where the strip sounds already.
    pub(super) fn new(plan: &Insert, bus: bool, fades: bool, rate: f32) -> InsertNode {
        let mut parameters = [0.0; MOST_PARAMETERS];
        let table = insert::find(plan.kind).map_or(&[][..], |info| info.parameters);
        let count = table.len().min(MOST_PARAMETERS);
        for (i, (value, info)) in parameters.iter_mut().zip(table).enumerate() {
            let given = plan.parameters.get(i).copied().filter(|value| value.is_finite());
            *value = given.unwrap_or(info.default);
        }
        let mut longest = 0.5;
        let effect = match plan.kind {
            "trim" => Effect::Trim(Smooth::new(math::gain(parameters[0].clamp(-120.0, 40.0)), rate)),
            "reverb" => Effect::Reverb(Box::new(Reverb::new(rate))),
            "echo" => {
                longest = (parameters[0] * 2.0).clamp(LEAST_ECHO, 60.0);
                Effect::Echo(Box::new(Echo::new(longest, rate)))
            }
            "limit" => Effect::Limit(Box::new(Limiter::new(parameters[0], parameters[1], rate))),
            _ => Effect::Through,
        };
        let mut mix = Smooth::new(if fades { 0.0 } else { 1.0 }, rate);
        mix.set(1.0);
        let patience = ((0.2 + longest) * rate) as i64;
        let mut node = InsertNode { effect, parameters, count, mix, wet_only: bus, quiet: 0, patience };
        node.move_effect();
        node
    }

    /// Frames by which it makes its strip late.
    pub(super) fn latency(&self) -> usize {
        match &self.effect {
            Effect::Limit(limiter) => limiter.latency(),
            _ => 0,
        }
    }

    /// Moves a parameter, in its base unit.
    pub(super) fn set(&mut self, parameter: usize, value: f32) {
        if parameter < self.count && value.is_finite() && self.parameters[parameter] != value {
            self.parameters[parameter] = value;
            self.move_effect();
        }
    }

    fn move_effect(&mut self) {
        let p = &self.parameters;
        match &mut self.effect {
            Effect::Through => {}
            Effect::Trim(gain) => gain.set(math::gain(p[0].clamp(-120.0, 40.0))),
            Effect::Reverb(reverb) => reverb.set(p[0], p[1], p[2], p[3]),
            Effect::Echo(echo) => echo.set(p[0], p[1], p[2], p[3], p[4]),
            Effect::Limit(limiter) => limiter.set(p[0], p[1]),
        }
    }

    /// It is fed no more.
    pub(super) fn retire(&mut self) {
        self.mix.set(0.0);
    }

    /// Frames of silence after which nothing more can come.
    pub(super) fn patience(&self) -> i64 {
        self.patience
    }

    /// Whether it was retired and has rung out.
    pub(super) fn is_silent(&self) -> bool {
        self.mix.is_still() && self.mix.value() == 0.0 && self.quiet > self.patience
    }

    /// Forgets its tail.
    pub(super) fn reset(&mut self) {
        match &mut self.effect {
            Effect::Through | Effect::Trim(_) => {}
            Effect::Reverb(reverb) => reverb.reset(),
            Effect::Echo(echo) => echo.reset(),
            Effect::Limit(limiter) => limiter.reset(),
        }
    }

    /// Works on a block in place.
    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.mix.is_still() && self.mix.value() == 1.0 {
            self.apply(left, right);
            return;
        }
        let retiring = self.mix.target() == 0.0;
        let count = left.len().min(BLOCK);
        let mut mix = [0.0f32; BLOCK];
        self.mix.fill(&mut mix[..count]);
        let (mut dry_left, mut dry_right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        dry_left[..count].copy_from_slice(&left[..count]);
        dry_right[..count].copy_from_slice(&right[..count]);
        if retiring {
            for i in 0..count {
                left[i] *= mix[i];
                right[i] *= mix[i];
            }
        }
        self.apply(left, right);
        // What rings out keeps its level; what comes in rises.
        for i in 0..count {
            let wet = if retiring { 1.0 } else { mix[i] };
            let loud = left[i].abs().max(right[i].abs());
            self.quiet = if loud < 1e-5 { self.quiet + 1 } else { 0 };
            left[i] = left[i] * wet + dry_left[i] * (1.0 - mix[i]);
            right[i] = right[i] * wet + dry_right[i] * (1.0 - mix[i]);
        }
    }

    fn apply(&mut self, left: &mut [f32], right: &mut [f32]) {
        match &mut self.effect {
            Effect::Through => {}
            Effect::Trim(gain) => {
                for (l, r) in left.iter_mut().zip(right) {
                    let gain = gain.step();
                    *l *= gain;
                    *r *= gain;
                }
            }
            Effect::Limit(limiter) => limiter.process(left, right),
            Effect::Reverb(reverb) => beside(self.wet_only, left, right, |l, r| reverb.process(l, r)),
            Effect::Echo(echo) => beside(self.wet_only, left, right, |l, r| echo.process(l, r)),
        }
    }
}

fn beside(wet_only: bool, left: &mut [f32], right: &mut [f32], effect: impl FnOnce(&mut [f32], &mut [f32])) {
    if wet_only {
        effect(left, right);
        return;
    }
    let count = left.len().min(right.len()).min(BLOCK);
    let (mut wet_left, mut wet_right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
    wet_left[..count].copy_from_slice(&left[..count]);
    wet_right[..count].copy_from_slice(&right[..count]);
    effect(&mut wet_left[..count], &mut wet_right[..count]);
    for i in 0..count {
        left[i] += wet_left[i] * BESIDE;
        right[i] += wet_right[i] * BESIDE;
    }
}
