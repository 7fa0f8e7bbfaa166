//! The table of inserts: what may stand in a strip.
//!
//! Invariant: each insert stands here once, with its parameters in the order of its slots; checker, help, manual and
//! engine read it.

use super::control::Dimension;

/// One parameter of an insert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its kind of quantity.
    pub dimension: Dimension,
    /// What holds where the text is silent, in the base unit (a span in cycles, a duration in seconds, a level in dB).
    pub default: f32,
    /// The lowest value that is allowed.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// Whether it may not change while it sounds.
    pub fixed: bool,
    /// One sentence, with the unit.
    pub doc: &'static str,
}

/// One insert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InsertInfo {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
    /// Whether it sounds now; else it is bypassed with a `not-yet`.
    pub plays: bool,
    /// One sentence.
    pub doc: &'static str,
}

const fn parameter(
    name: &'static str,
    dimension: Dimension,
    (default, low, high): (f32, f32, f32),
    doc: &'static str,
) -> Parameter {
    Parameter { name, dimension, default, low, high, fixed: false, doc }
}

const fn later(name: &'static str, doc: &'static str) -> InsertInfo {
    InsertInfo { name, parameters: &[], plays: false, doc }
}

use Dimension::{Duration, Frequency, Level, Number, Share, Span};

/// Every insert of the language.
pub const INSERTS: &[InsertInfo] = &[
    InsertInfo {
        name: "reverb",
        parameters: &[
            parameter("decay", Duration, (2.0, 0.1, 60.0), "Seconds until it has fallen by 60 dB."),
            parameter("size", Share, (0.7, 0.0, 1.0), "How large the room is, 0 to 1."),
            parameter("predelay", Duration, (0.01, 0.0, 0.5), "Seconds before the first reflection."),
            parameter("damp", Frequency, (6000.0, 200.0, 20000.0), "Above this frequency it fades faster."),
        ],
        plays: true,
        doc: "A hall: late reflections of a room that does not exist.",
    },
    InsertInfo {
        name: "echo",
        parameters: &[
            parameter("time", Span, (0.1875, 0.0, 16.0), "Between two repeats, in bars."),
            parameter("feedback", Share, (0.5, 0.0, 0.98), "How much of each repeat comes back."),
            parameter("pingpong", Number, (0.0, 0.0, 1.0), "Whether repeats change sides."),
            parameter("lowcut", Frequency, (20.0, 10.0, 20000.0), "Takes off the lows of each repeat."),
            parameter("highcut", Frequency, (20000.0, 20.0, 20000.0), "Takes off the highs of each repeat."),
        ],
        plays: true,
        doc: "Repeats the sound in time.",
    },
    InsertInfo {
        name: "limit",
        parameters: &[
            parameter("ceiling", Level, (-1.0, -60.0, 0.0), "No true peak comes above this level, dBTP."),
            parameter("release", Duration, (0.1, 0.001, 5.0), "How fast it lets go, seconds."),
        ],
        plays: true,
        doc: "A look-ahead limiter that holds the true peak under its ceiling.",
    },
    InsertInfo {
        name: "trim",
        parameters: &[parameter("gain", Level, (0.0, -120.0, 40.0), "The level, dB.")],
        plays: true,
        doc: "A level at its place in the chain.",
    },
    later("eq", "Bands: lowcut highcut low high bell notch tilt."),
    later("comp", "A compressor."),
    later("multiband", "A compressor in bands."),
    later("expand", "An expander."),
    later("gate", "A gate."),
    later("deess", "Tames sibilants."),
    later("transient", "Shapes attack and sustain."),
    later("clip", "A clipper."),
    later("drive", "Soft distortion."),
    later("tape", "Tape saturation."),
    later("crush", "Fewer bits."),
    later("chorus", "A chorus."),
    later("flanger", "A flanger."),
    later("phaser", "A phaser."),
    later("tremolo", "Moves the level."),
    later("autopan", "Moves the pan."),
    later("rotary", "A rotating speaker."),
    later("ring", "Ring modulation."),
    later("vibrato", "Moves the pitch."),
    later("shift", "Shifts the frequencies."),
    later("pitch", "Shifts the pitch."),
    later("lowpass", "A low-pass filter."),
    later("highpass", "A high-pass filter."),
    later("ladder", "A ladder filter."),
    later("vowel", "A vowel filter."),
    later("convolve", "The sound of a room from a file."),
    later("widen", "Makes it wider."),
    later("duck", "Makes way for another strip."),
    later("freeze", "Holds the sound."),
];

/// The insert that a word names.
pub fn find(word: &str) -> Option<&'static InsertInfo> {
    INSERTS.iter().find(|insert| insert.name == word)
}
