//! The inserts of the table as things that sound.
//!
//! Invariant: every insert has the same shape, is built off the audio thread, and is tamed before it hears a value.

use crate::base::control::Dimension;
use crate::base::insert::{self, Parameter};
use crate::dsp::delay::{Echo, EchoSettings};
use crate::dsp::limiter::{Limiter, LimiterSettings};
use crate::dsp::math::{decibels, tame};
use crate::dsp::reverb::{Reverb, ReverbSettings};
use crate::dsp::smooth::Smooth;
use crate::score::plan::{Insert, Key};

/// What stands in a strip.
pub(super) trait Effect: Send + std::fmt::Debug {
    /// Moves a parameter, by its place in the table; the value is within its range.
    fn set(&mut self, parameter: usize, value: f32);
    /// Replaces the sound by what comes out.
    fn run(&mut self, left: &mut [f32], right: &mut [f32]);
    /// Forgets everything that was heard.
    fn clear(&mut self);
    /// How many frames later the sound comes out.
    fn latency(&self) -> usize {
        0
    }
}

/// An effect in its strip, with a fade for when it comes and goes.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) key: Key,
    pub(super) kind: &'static str,
    effect: Box<dyn Effect>,
    parameters: &'static [Parameter],
    /// What the text said last, so that only what it changes moves.
    text: [f32; MOST],
    /// 0 passed by, 1 heard.
    mix: f32,
    pub(super) leaving: bool,
    /// Frames in which it comes or goes.
    fade: f32,
}

/// The most parameters of an insert.
const MOST: usize = 8;

impl Unit {
    /// Builds an insert. What does not sound yet passes the sound by, so that inserts keep their numbers.
    pub(super) fn build(insert: &Insert, rate: f32) -> Unit {
        let parameters = insert::find(insert.kind).filter(|info| info.plays).map_or(&[][..], |info| info.parameters);
        let mut text = [0.0; MOST];
        for (at, (parameter, text)) in parameters.iter().zip(&mut text).enumerate() {
            let value = insert.parameters.get(at).copied().unwrap_or(parameter.default);
            *text = bounded(value, parameter);
        }
        let effect: Box<dyn Effect> = match insert.kind {
            "reverb" => {
                let settings = ReverbSettings { decay: text[0], size: text[1], predelay: text[2], damp: text[3] };
                Box::new(Hall { reverb: Reverb::new(settings, rate), settings })
            }
            "echo" => {
                let settings = EchoSettings {
                    time: text[0],
                    feedback: text[1],
                    pingpong: text[2],
                    lowcut: text[3],
                    highcut: text[4],
                };
                Box::new(Repeats { echo: Echo::new(settings, rate), settings })
            }
            "limit" => {
                let settings = LimiterSettings { ceiling: decibels(text[0]), release: text[1] };
                Box::new(Ceiling { limiter: Limiter::new(settings, rate), settings })
            }
            "trim" => Box::new(Trim { gain: Smooth::new(decibels(text[0]), rate) }),
            _ => Box::new(Through),
        };
        Unit {
            key: insert.key,
            kind: insert.kind,
            effect,
            parameters,
            text,
            mix: 1.0,
            leaving: false,
            fade: 0.01 * rate,
        }
    }

    /// It came while the strip sounds: it fades in.
    pub(super) fn enter(&mut self) {
        self.mix = 0.0;
    }

    /// The text's values; what it did not change stays where it was moved to.
    pub(super) fn retext(&mut self, values: &[f32]) {
        for (at, value) in values.iter().enumerate().take(self.parameters.len().min(MOST)) {
            if self.text[at].to_bits() != value.to_bits() {
                let before = self.text[at];
                self.text[at] = *value;
                if before != self.tamed(at, *value) {
                    self.set(at, *value);
                }
            }
        }
    }

    fn tamed(&self, at: usize, value: f32) -> f32 {
        let parameter = &self.parameters[at];
        bounded(value, parameter)
    }

    /// Moves a parameter.
    pub(super) fn set(&mut self, at: usize, value: f32) {
        if at < self.parameters.len() {
            let value = self.tamed(at, value);
            self.effect.set(at, value);
        }
    }

    pub(super) fn latency(&self) -> usize {
        self.effect.latency()
    }

    pub(super) fn clear(&mut self) {
        self.effect.clear();
    }

    /// Whether it has left.
    pub(super) fn gone(&self) -> bool {
        self.leaving && self.mix <= 0.0
    }

    pub(super) fn run(&mut self, left: &mut [f32; 64], right: &mut [f32; 64]) {
        let towards = if self.leaving { -1.0 / self.fade } else { 1.0 / self.fade };
        if self.mix >= 1.0 && !self.leaving {
            self.effect.run(left, right);
            return;
        }
        if self.gone() {
            return;
        }
        let (dry_left, dry_right) = (*left, *right);
        self.effect.run(left, right);
        for at in 0..left.len() {
            self.mix = (self.mix + towards).clamp(0.0, 1.0);
            left[at] = dry_left[at] + self.mix * (left[at] - dry_left[at]);
            right[at] = dry_right[at] + self.mix * (right[at] - dry_right[at]);
        }
    }
}

/// Within the table's range. A span is in bars there and in seconds here, where only the sign is known to be wrong.
fn bounded(value: f32, parameter: &Parameter) -> f32 {
    match parameter.dimension {
        Dimension::Span => tame(value, parameter.default, 0.0, 1000.0),
        _ => tame(value, parameter.default, parameter.low, parameter.high),
    }
}

#[derive(Debug)]
struct Hall {
    reverb: Reverb,
    settings: ReverbSettings,
}

impl Effect for Hall {
    fn set(&mut self, parameter: usize, value: f32) {
        match parameter {
            0 => self.settings.decay = value,
            1 => self.settings.size = value,
            2 => self.settings.predelay = value,
            _ => self.settings.damp = value,
        }
        self.reverb.set(self.settings);
    }

    fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.reverb.run(left, right);
    }

    fn clear(&mut self) {
        self.reverb.clear();
    }
}

#[derive(Debug)]
struct Repeats {
    echo: Echo,
    settings: EchoSettings,
}

impl Effect for Repeats {
    fn set(&mut self, parameter: usize, value: f32) {
        match parameter {
            0 => self.settings.time = value,
            1 => self.settings.feedback = value,
            2 => self.settings.pingpong = value,
            3 => self.settings.lowcut = value,
            _ => self.settings.highcut = value,
        }
        self.echo.set(self.settings);
    }

    fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.echo.run(left, right);
    }

    fn clear(&mut self) {
        self.echo.clear();
    }
}

#[derive(Debug)]
struct Ceiling {
    limiter: Limiter,
    settings: LimiterSettings,
}

impl Effect for Ceiling {
    fn set(&mut self, parameter: usize, value: f32) {
        match parameter {
            0 => self.settings.ceiling = decibels(value),
            _ => self.settings.release = value,
        }
        self.limiter.set(self.settings);
    }

    fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.limiter.run(left, right);
    }

    fn clear(&mut self) {
        self.limiter.clear();
    }

    fn latency(&self) -> usize {
        self.limiter.latency()
    }
}

#[derive(Debug)]
struct Trim {
    gain: Smooth,
}

impl Effect for Trim {
    fn set(&mut self, _: usize, value: f32) {
        self.gain.set(decibels(value));
    }

    fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.iter_mut().zip(right) {
            let gain = self.gain.tick();
            *left *= gain;
            *right *= gain;
        }
    }

    fn clear(&mut self) {}
}

/// What is not built yet: it changes nothing.
#[derive(Debug)]
struct Through;

impl Effect for Through {
    fn set(&mut self, _: usize, _: f32) {}

    fn run(&mut self, _: &mut [f32], _: &mut [f32]) {}

    fn clear(&mut self) {}
}
