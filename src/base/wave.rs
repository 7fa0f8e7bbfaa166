//! The table of built-in generators: what `s("sine")` and its like play.
//!
//! Invariant: each name stands here once; the checker, the help, the manual and the score read it.

/// What a built-in voice's source is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Wave {
    /// A sine.
    Sine,
    /// A triangle.
    Triangle,
    /// A band-limited saw.
    Saw,
    /// A band-limited square.
    Square,
    /// A narrow band-limited pulse (a quarter).
    Pulse,
    /// Seven detuned saws.
    Supersaw,
    /// White noise.
    White,
    /// Pink noise, −3 dB an octave.
    Pink,
    /// Brown noise, −6 dB an octave.
    Brown,
    /// A plucked string.
    Pluck,
}

/// Every generator by its name, with one sentence.
pub const WAVES: &[(&str, Wave, &str)] = &[
    ("sine", Wave::Sine, "A sine, the purest tone."),
    ("fm", Wave::Sine, "A sine for the controls fm, fmh and fmdecay."),
    ("triangle", Wave::Triangle, "A triangle, soft and hollow."),
    ("tri", Wave::Triangle, "The same as triangle."),
    ("sawtooth", Wave::Saw, "A saw, bright and full."),
    ("saw", Wave::Saw, "The same as sawtooth."),
    ("square", Wave::Square, "A square, hollow and bright."),
    ("pulse", Wave::Pulse, "A narrow pulse, nasal."),
    ("supersaw", Wave::Supersaw, "Seven saws side by side."),
    ("white", Wave::White, "White noise."),
    ("pink", Wave::Pink, "Pink noise, 3 dB less an octave."),
    ("brown", Wave::Brown, "Brown noise, 6 dB less an octave."),
    ("pluck", Wave::Pluck, "A plucked string."),
];
