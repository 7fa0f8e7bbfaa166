//! The table of unit generators: what a `synth` or an `effect` is made of.
//!
//! What holds for all: a signal is a number a frame, sound lies within −1 and 1; a filter's or a shape's sound comes
//! first. Phases run from 0 to 1. `pm` pushes the phase by radians, `fm` adds Hz to the frequency (through zero).
//!
//! Invariant: each unit stands here once, with its inputs in the order in which they are written; checker, help, manual
//! and engine read it. An input's default is in its base unit (Hz, seconds, linear).

use super::control::Dimension;

mod filters;
mod movement;
mod numbers;
mod oscillators;
mod shapes;

/// One input of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    /// Its name, as in `width: 0.3`.
    pub name: &'static str,
    /// Its kind of quantity; a `Word` (a shape, a file) is no input of a node, it is in the node's option.
    pub dimension: Dimension,
    /// What holds where the text is silent; `None` where it is needed.
    pub default: Option<f32>,
    /// The lowest value; the engine clamps what a signal brings.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// Whether it is a plain number that cannot move (a count, a longest time).
    pub fixed: bool,
}

/// What a unit is, for the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the table says what each is")]
pub enum Kind {
    // Oscillators: the frequency first; `pm` is the last input but one and `fm` the last where they are taken.
    Sine,
    Saw,
    Triangle,
    Square,
    Pulse,
    Supersaw,
    Sync,
    Wavetable,
    Pluck,
    // Noise and slow movement.
    White,
    Pink,
    Brown,
    Dust,
    Lfo,
    Hold,
    Line,
    Env,
    Adsr,
    // Filters: the sound first.
    Lowpass,
    Highpass,
    Bandpass,
    Notch,
    Peak,
    Lowshelf,
    Highshelf,
    Ladder,
    Onepole,
    Comb,
    Allpass,
    Formant,
    // Shapes.
    Tanh,
    Fold,
    Clip,
    Crush,
    Coarse,
    // Space: pan gives two channels.
    Pan,
    // Numbers.
    Abs,
    Min,
    Max,
    Clamp,
    Pow,
    Exp2,
    Log2,
    Floor,
    Sqrt,
    // The checker writes these out: no graph holds them.
    Ar,
    Segments,
    Delay,
    Unison,
    Mix,
}

/// A unit generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it takes, in order.
    pub inputs: &'static [Input],
    /// 1, or 2 where it gives left and right.
    pub channels: u8,
    /// One sentence, with ranges.
    pub doc: &'static str,
    /// The body of a synth that sounds (or of an effect, where it needs `in`).
    pub example: &'static str,
}

impl Unit {
    /// Whether it gives the kind of quantity that its first inputs have: the lower of two frequencies is a frequency.
    pub const fn follows(&self) -> bool {
        matches!(
            self.kind,
            Kind::Hold | Kind::Line | Kind::Segments | Kind::Onepole | Kind::Abs | Kind::Min | Kind::Max | Kind::Clamp
        )
    }

    /// As it is written, `pulse(freq, width: 0.5)`.
    pub fn signature(&self) -> String {
        let inputs = self.inputs.iter().map(|input| match input.default {
            Some(default) if input.dimension != Dimension::Word => format!("{}: {default}", input.name),
            _ => input.name.to_owned(),
        });
        let inputs: Vec<_> = inputs.collect();
        if inputs.is_empty() { self.name.to_owned() } else { format!("{}({})", self.name, inputs.join(", ")) }
    }
}

/// The families of units, in the order in which a sound is made.
pub static FAMILIES: &[(&str, &[Unit])] = &[
    ("oscillators and noise", oscillators::UNITS),
    ("movement", movement::UNITS),
    ("filters", filters::UNITS),
    ("shapes, time and space", shapes::UNITS),
    ("numbers", numbers::UNITS),
];

/// Every unit.
pub fn all() -> impl Iterator<Item = &'static Unit> {
    FAMILIES.iter().flat_map(|(_, units)| units.iter())
}

/// The unit of a name.
pub fn find(name: &str) -> Option<&'static Unit> {
    all().find(|unit| unit.name == name)
}

/// The unit of a kind; the table has one for each (a test holds it).
pub fn of(kind: Kind) -> &'static Unit {
    all().find(|unit| unit.kind == kind).unwrap_or(&oscillators::UNITS[0])
}

/// An input with a default.
const fn input(name: &'static str, dimension: Dimension, default: f32, low: f32, high: f32) -> Input {
    Input { name, dimension, default: Some(default), low, high, fixed: false }
}

/// An input that must be given.
const fn need(name: &'static str, dimension: Dimension, low: f32, high: f32) -> Input {
    Input { name, dimension, default: None, low, high, fixed: false }
}

/// A plain number that cannot move.
const fn fixed(name: &'static str, dimension: Dimension, default: f32, low: f32, high: f32) -> Input {
    Input { name, dimension, default: Some(default), low, high, fixed: true }
}

/// Any number: sound, most often.
const SOUND: Input = need("x", Dimension::Number, f32::MIN, f32::MAX);
/// The frequency of an oscillator.
const FREQ: Input = need("freq", Dimension::Frequency, 0.0, 24_000.0);
/// Where an oscillator begins, read at the onset.
const PHASE: Input = input("phase", Dimension::Share, 0.0, -1e3, 1e3);
/// Radians.
const PM: Input = input("pm", Dimension::Number, 0.0, -1e3, 1e3);
/// Hz.
const FM: Input = input("fm", Dimension::Frequency, 0.0, -48_000.0, 48_000.0);

const fn unit(
    (name, kind): (&'static str, Kind),
    inputs: &'static [Input],
    doc: &'static str,
    example: &'static str,
) -> Unit {
    Unit { name, kind, inputs, channels: 1, doc, example }
}

/// A unit that gives left and right.
const fn stereo(
    (name, kind): (&'static str, Kind),
    inputs: &'static [Input],
    doc: &'static str,
    example: &'static str,
) -> Unit {
    Unit { name, kind, inputs, channels: 2, doc, example }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_and_every_kind_stands_once() {
        let (mut names, mut kinds): (Vec<_>, Vec<_>) = all().map(|unit| (unit.name, unit.kind)).unzip();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        kinds.sort_by_key(|kind| format!("{kind:?}"));
        kinds.dedup();
        assert_eq!((names.len(), kinds.len()), (count, count));
        assert_eq!(of(Kind::Mix).name, "mix");
    }

    #[test]
    fn every_default_lies_in_its_range() {
        for unit in all() {
            for input in unit.inputs {
                let default = input.default.unwrap_or(input.low);
                assert!((input.low..=input.high).contains(&default), "{} {}", unit.name, input.name);
            }
        }
    }
}
