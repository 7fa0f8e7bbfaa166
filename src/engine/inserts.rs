//! Effects in strips: built by name off the thread, moved by parameter, faded in and out.
//!
//! On a bus `reverb` and `echo` give only their wet sound; elsewhere the dry sound goes on beside it, and the wet
//! is 6 dB lower.
//!
//! Invariant: an insert that comes or goes is cross-faded; one that goes is fed silence and rings out.

use crate::base::insert;
use crate::base::quality::Quality;
use crate::dsp::BLOCK;
use crate::dsp::effect::Effect;
use crate::dsp::smooth::Smooth;
use crate::score::plan::Insert;

use super::effects;

/// How loud the wet sound is beside the dry.
const BESIDE: f32 = 0.5;

/// An insert in its slot.
#[derive(Debug)]
pub(super) struct InsertNode {
    effect: Option<Box<dyn Effect>>,
    parameters: Vec<f32>,
    ranges: Vec<(f32, f32)>,
    mix: Smooth,
    /// Whether the dry sound goes on beside it.
    beside: bool,
    /// It has not sounded yet: what is set now holds from the first frame.
    fresh: bool,
    /// Nothing has come in since it was empty, so nothing comes out, and nothing needs to be computed.
    asleep: bool,
    /// For how many frames it has slept since the last multiple of [`BLOCK`].
    slept: usize,
    quiet: i64,
    patience: i64,
}

impl InsertNode {
    /// From the plan, for a bus or another strip; `fades` where the strip sounds already.
    pub(super) fn new(plan: &Insert, bus: bool, fades: bool, rate: f32, quality: Quality) -> InsertNode {
        let bands = bands(plan);
        let infos: Vec<_> = plan.info().into_iter().flat_map(|info| info.with(&bands)).collect();
        let value = |(i, info): (usize, &&insert::Parameter)| {
            let given = plan.parameters.get(i).copied().filter(|value| value.is_finite());
            given.unwrap_or(info.default)
        };
        let parameters: Vec<f32> = infos.iter().enumerate().map(value).collect();
        let ranges = infos.iter().map(|info| range(info)).collect();
        let effect = effects::effect(plan, &parameters, rate, quality);
        let mut mix = Smooth::new(if fades { 0.0 } else { 1.0 }, rate);
        mix.set(1.0);
        let patience = effect.as_ref().map_or(0.0, |effect| effect.patience());
        InsertNode {
            effect,
            parameters,
            ranges,
            mix,
            beside: !bus && effects::goes_beside(plan.kind),
            fresh: true,
            asleep: sleeps(plan.kind),
            slept: 0,
            quiet: 0,
            patience: ((0.7 + patience) * rate) as i64,
        }
    }

    /// Frames by which it makes its strip late.
    pub(super) fn latency(&self) -> usize {
        self.effect.as_ref().map_or(0, |effect| effect.latency())
    }

    /// Moves a parameter, in its base unit.
    pub(super) fn set(&mut self, parameter: usize, value: f32) {
        let Some((held, (low, high))) = self.parameters.get_mut(parameter).zip(self.ranges.get(parameter)) else {
            return;
        };
        let value = value.clamp(*low, *high);
        if value.is_finite() && *held != value {
            *held = value;
            if let Some(effect) = &mut self.effect {
                effect.set(&self.parameters, self.fresh);
            }
        }
    }

    /// A note that it listens for begins, held for so many seconds.
    pub(super) fn strike(&mut self, held: f32) {
        if held.is_finite()
            && let Some(effect) = &mut self.effect
        {
            effect.strike(held);
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
        if let Some(effect) = &mut self.effect {
            effect.reset();
        }
    }

    /// An absolute multiple of [`BLOCK`] frames comes.
    pub(super) fn settle(&mut self) {
        self.slept = 0;
        if let Some(effect) = &mut self.effect {
            effect.settle();
        }
    }

    /// Works on a block in place.
    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.asleep {
            let silent = left.iter().chain(right.iter()).all(|x| *x == 0.0);
            if silent && self.mix.is_still() && self.mix.value() == 1.0 {
                self.slept += left.len();
                return;
            }
            // It has run since the last multiple of a block, however the frames were cut.
            self.asleep = false;
            let count = self.slept.min(BLOCK);
            let (mut left, mut right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
            if count > 0 {
                self.apply(&mut left[..count], &mut right[..count]);
            }
        }
        self.fresh = false;
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
        let Some(effect) = &mut self.effect else { return };
        if !self.beside {
            effect.process(left, right);
            return;
        }
        let count = left.len().min(right.len()).min(BLOCK);
        let (mut wet_left, mut wet_right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        wet_left[..count].copy_from_slice(&left[..count]);
        wet_right[..count].copy_from_slice(&right[..count]);
        effect.process(&mut wet_left[..count], &mut wet_right[..count]);
        for i in 0..count {
            left[i] += wet_left[i] * BESIDE;
            right[i] += wet_right[i] * BESIDE;
        }
    }
}

/// Whether it gives nothing until something comes in, and costs enough to wait for that.
fn sleeps(kind: &str) -> bool {
    matches!(kind, "reverb" | "echo")
}

/// The bands of an insert, from the table.
pub(super) fn bands(plan: &Insert) -> Vec<&'static insert::Band> {
    let info = plan.info();
    plan.bands.iter().filter_map(|name| info?.band(name)).collect()
}

/// Whether one insert can become the other by moving its values.
pub(super) fn alike(one: &Insert, other: &Insert) -> bool {
    let bands = bands(one);
    let infos = one.info().into_iter().flat_map(|info| info.with(&bands)).enumerate();
    let mut fixed = infos.filter(|(_, info)| info.fixed);
    one.kind == other.kind
        && one.effect == other.effect
        && one.file == other.file
        && one.bands == other.bands
        && fixed.all(|(i, _)| one.parameters.get(i) == other.parameters.get(i))
}

/// A span has become seconds: its highest is not the table's.
fn range(info: &insert::Parameter) -> (f32, f32) {
    match info.dimension {
        crate::base::control::Dimension::Span => (info.low, f32::MAX),
        _ => (info.low, info.high),
    }
}
