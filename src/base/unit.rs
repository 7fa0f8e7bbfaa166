//! The table of unit generators: what a `synth` or an `effect` is made of.
//!
//! Invariant: each unit stands here once, with its inputs in the order in which they are written; checker, help, manual
//! and engine read it. An input's default is in its base unit (Hz, seconds, linear).

use super::control::Dimension;

/// One input of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    /// Its name, as in `width: 0.3`.
    pub name: &'static str,
    /// Its kind of quantity.
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
    // Time, space.
    Delay,
    Unison,
    Pan,
    Mix,
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
