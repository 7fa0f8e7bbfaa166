//! The table of inserts: what may stand in a strip.
//!
//! Invariant: each insert stands here once, with its parameters in the order of its slots; checker, help, manual and
//! engine read it.

use std::f32::consts::FRAC_1_SQRT_2;

use super::control::Dimension;

mod interned;

pub use interned::interned;

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

/// A call inside an insert: a band of an equaliser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
    /// One sentence.
    pub doc: &'static str,
}

/// The most bands of one insert.
pub const MOST_BANDS: usize = 16;

/// One insert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InsertInfo {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in order; a parameter whose dimension is a word names something and never moves.
    pub parameters: &'static [Parameter],
    /// The calls that may stand in it, `eq(bell(220Hz, -2dB))`.
    pub bands: &'static [Band],
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

const fn insert(name: &'static str, parameters: &'static [Parameter], doc: &'static str) -> InsertInfo {
    InsertInfo { name, parameters, bands: &[], doc }
}

/// A parameter that names something.
const fn word(name: &'static str, doc: &'static str) -> Parameter {
    fixed(parameter(name, Dimension::Word, (0.0, 0.0, 0.0), doc))
}

/// A parameter that may not move while it sounds.
const fn fixed(parameter: Parameter) -> Parameter {
    Parameter { fixed: true, ..parameter }
}

use Dimension::{Duration, Frequency, Level, Number, Share, Span};

/// The bands of an equaliser.
pub const BANDS: &[Band] = &[
    Band {
        name: "lowcut",
        parameters: &[
            parameter(
                "frequency",
                Frequency,
                (80.0, 10.0, 20000.0),
                "Below it the sound falls, Hz; there it is 3 dB down.",
            ),
            RESONANCE,
            SLOPE,
        ],
        doc: "Takes off the lows.",
    },
    Band {
        name: "highcut",
        parameters: &[
            parameter(
                "frequency",
                Frequency,
                (12000.0, 20.0, 22000.0),
                "Above it the sound falls, Hz; there it is 3 dB down.",
            ),
            RESONANCE,
            SLOPE,
        ],
        doc: "Takes off the highs.",
    },
    Band {
        name: "low",
        parameters: &[
            parameter("gain", Level, (0.0, -40.0, 40.0), "How much the lows rise or fall, dB."),
            parameter("frequency", Frequency, (120.0, 10.0, 20000.0), "Where half of it is reached, Hz."),
            parameter("q", Number, (FRAC_1_SQRT_2, 0.1, 4.0), "How steep: above 0.71 it overshoots."),
        ],
        doc: "A shelf for the lows.",
    },
    Band {
        name: "high",
        parameters: &[
            parameter("gain", Level, (0.0, -40.0, 40.0), "How much the highs rise or fall, dB."),
            parameter("frequency", Frequency, (8000.0, 20.0, 22000.0), "Where half of it is reached, Hz."),
            parameter("q", Number, (FRAC_1_SQRT_2, 0.1, 4.0), "How steep: above 0.71 it overshoots."),
        ],
        doc: "A shelf for the highs.",
    },
    Band {
        name: "bell",
        parameters: &[
            parameter("frequency", Frequency, (1000.0, 10.0, 22000.0), "Its middle, Hz."),
            parameter("gain", Level, (0.0, -40.0, 40.0), "How much the middle rises or falls, dB."),
            parameter("q", Number, (1.0, 0.1, 24.0), "How narrow: 1.4 is an octave, 4.3 a third of one."),
        ],
        doc: "Raises or lowers what lies around a frequency.",
    },
    Band {
        name: "notch",
        parameters: &[
            parameter("frequency", Frequency, (1000.0, 10.0, 22000.0), "What it takes out, Hz."),
            parameter("q", Number, (8.0, 0.1, 100.0), "How narrow."),
        ],
        doc: "Takes one frequency out.",
    },
    Band {
        name: "tilt",
        parameters: &[
            parameter("gain", Level, (0.0, -20.0, 20.0), "How much the highs rise and the lows fall, dB."),
            parameter("frequency", Frequency, (900.0, 20.0, 20000.0), "What stays as it is, Hz."),
        ],
        doc: "Leans the whole sound towards the highs, or the lows.",
    },
];

const SLOPE: Parameter =
    fixed(parameter("slope", Number, (12.0, 6.0, 48.0), "dB an octave: 6, 12, 24, 36 or 48, whichever is nearest."));
const RESONANCE: Parameter =
    parameter("q", Number, (FRAC_1_SQRT_2, 0.1, 24.0), "Resonance: above 0.71 it peaks at its edge.");

/// Every insert of the language.
pub const INSERTS: &[InsertInfo] = &[
    insert(
        "reverb",
        &[
            parameter("decay", Duration, (2.0, 0.1, 60.0), "Seconds until it has fallen by 60 dB."),
            parameter("size", Share, (0.7, 0.0, 1.0), "How large the room is, 0 to 1."),
            parameter("predelay", Duration, (0.01, 0.0, 0.5), "Seconds before the first reflection."),
            parameter("damp", Frequency, (6000.0, 200.0, 20000.0), "Above this frequency it fades faster."),
        ],
        "A hall: late reflections of a room that does not exist.",
    ),
    insert(
        "echo",
        &[
            parameter("time", Span, (0.1875, 0.0, 16.0), "Between two repeats, in bars."),
            parameter("feedback", Share, (0.5, 0.0, 0.98), "How much of each repeat comes back."),
            parameter("pingpong", Number, (0.0, 0.0, 1.0), "Whether repeats change sides."),
            parameter("lowcut", Frequency, (20.0, 10.0, 20000.0), "Takes off the lows of each repeat."),
            parameter("highcut", Frequency, (20000.0, 20.0, 20000.0), "Takes off the highs of each repeat."),
        ],
        "Repeats the sound in time.",
    ),
    insert(
        "limit",
        &[
            parameter("ceiling", Level, (-1.0, -60.0, 0.0), "No true peak comes above this level, dBTP."),
            parameter("release", Duration, (0.1, 0.001, 5.0), "How fast it lets go, seconds."),
        ],
        "A look-ahead limiter that holds the true peak under its ceiling.",
    ),
    insert(
        "trim",
        &[parameter("gain", Level, (0.0, -120.0, 40.0), "The level, dB.")],
        "A level at its place in the chain.",
    ),
    InsertInfo {
        name: "eq",
        parameters: &[],
        bands: BANDS,
        doc: "An equaliser of as many bands as it is given, in their order: `eq(lowcut(30Hz), bell(220Hz, -2dB, q: 1.2))`.",
    },
    insert(
        "comp",
        &[
            parameter("ratio", Number, (2.0, 1.0, 100.0), "So many dB above the threshold become one."),
            parameter("threshold", Level, (-18.0, -80.0, 0.0), "What is louder becomes quieter, dBFS."),
            parameter("attack", Duration, (0.01, 0.0001, 1.0), "How fast it acts, seconds."),
            parameter("release", Duration, (0.12, 0.005, 5.0), "How fast it lets go, seconds."),
            parameter("knee", Level, (6.0, 0.0, 40.0), "Over how many dB around the threshold it sets in."),
            parameter("makeup", Level, (0.0, -24.0, 40.0), "A level after it, dB."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "A compressor: what is loud becomes quieter, by the louder of both sides.",
    ),
    insert(
        "multiband",
        &[
            parameter("low", Frequency, (200.0, 40.0, 2000.0), "Where lows and middle part, Hz."),
            parameter("high", Frequency, (2500.0, 200.0, 16000.0), "Where middle and highs part, Hz."),
            parameter("threshold", Level, (-24.0, -80.0, 0.0), "What is louder in a band becomes quieter there, dBFS."),
            parameter("ratio", Number, (2.0, 1.0, 100.0), "So many dB above the threshold become one."),
            parameter("attack", Duration, (0.01, 0.0001, 1.0), "How fast it acts, seconds."),
            parameter("release", Duration, (0.12, 0.005, 5.0), "How fast it lets go, seconds."),
        ],
        "A compressor for lows, middle and highs each.",
    ),
    insert(
        "expand",
        &[
            parameter("ratio", Number, (2.0, 1.0, 20.0), "So many dB below the threshold one becomes."),
            parameter("threshold", Level, (-40.0, -90.0, 0.0), "What is quieter becomes quieter still, dBFS."),
            parameter("attack", Duration, (0.005, 0.0001, 1.0), "How fast it comes back, seconds."),
            parameter("release", Duration, (0.1, 0.002, 5.0), "How fast it falls, seconds."),
            parameter("range", Level, (40.0, 0.0, 120.0), "How much quieter it becomes at most, dB."),
        ],
        "Makes what is quiet quieter, gently.",
    ),
    insert(
        "gate",
        &[
            parameter("threshold", Level, (-40.0, -90.0, 0.0), "What is quieter is shut out, dBFS."),
            parameter("attack", Duration, (0.001, 0.0001, 1.0), "How fast it opens, seconds."),
            parameter("hold", Duration, (0.02, 0.0, 5.0), "How long it stays open at least, seconds."),
            parameter("release", Duration, (0.1, 0.002, 5.0), "How fast it shuts, seconds."),
            parameter("range", Level, (60.0, 0.0, 120.0), "How much quieter what is shut out becomes, dB."),
        ],
        "Shuts out what is quiet.",
    ),
    insert(
        "deess",
        &[
            parameter("frequency", Frequency, (6000.0, 2000.0, 16000.0), "From where on it listens, Hz."),
            parameter("threshold", Level, (-30.0, -80.0, 0.0), "What is louder up there becomes quieter, dBFS."),
            parameter("ratio", Number, (4.0, 1.0, 100.0), "So many dB above the threshold become one."),
        ],
        "Tames sibilants.",
    ),
    insert(
        "transient",
        &[
            parameter("attack", Level, (0.0, -24.0, 24.0), "How much louder attacks become, dB."),
            parameter("sustain", Level, (0.0, -24.0, 24.0), "How much louder what follows them becomes, dB."),
        ],
        "Shapes attack and sustain.",
    ),
    insert(
        "clip",
        &[
            parameter("ceiling", Level, (0.0, -60.0, 0.0), "Where peaks are cut off, dBFS."),
            parameter("softness", Share, (0.2, 0.0, 1.0), "How early they begin to bend."),
        ],
        "Cuts peaks off.",
    ),
    insert(
        "drive",
        &[
            parameter("amount", Level, (6.0, 0.0, 48.0), "How hot it goes in, dB; half of it is taken back."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Soft distortion, as of a valve driven hard.",
    ),
    insert(
        "tape",
        &[
            parameter("amount", Level, (6.0, 0.0, 30.0), "How hot it is recorded, dB; half of it is taken back."),
            parameter("highs", Frequency, (16000.0, 2000.0, 20000.0), "Above this frequency the tape is deaf, Hz."),
        ],
        "A tape: it leans, rounds off the highs first and is a little warm below.",
    ),
    insert(
        "crush",
        &[
            parameter("bits", Number, (8.0, 1.0, 24.0), "How many bits are left."),
            parameter("rate", Frequency, (48000.0, 100.0, 48000.0), "How often the sound is looked at, Hz."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Fewer bits and fewer frames.",
    ),
    insert(
        "chorus",
        &[
            parameter("rate", Frequency, (0.6, 0.01, 20.0), "How often it moves, Hz."),
            parameter("depth", Share, (0.5, 0.0, 1.0), "How far it moves: 1 is 4 ms each way."),
            parameter("delay", Duration, (0.012, 0.001, 0.05), "Around which delay, seconds."),
            parameter("mix", Share, (0.5, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Several of the same, each a little out of time and tune.",
    ),
    insert(
        "flanger",
        &[
            parameter("rate", Frequency, (0.2, 0.01, 20.0), "How often it moves, Hz."),
            parameter("depth", Share, (0.7, 0.0, 1.0), "How far it moves: 1 is 5 ms."),
            parameter("delay", Duration, (0.0005, 0.0001, 0.02), "From which delay on, seconds."),
            parameter("feedback", Number, (0.4, -0.95, 0.95), "How sharply it rings; below 0 hollow."),
            parameter("mix", Share, (0.5, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "A delay so short that it combs the sound, on its way up and down.",
    ),
    insert(
        "phaser",
        &[
            parameter("rate", Frequency, (0.3, 0.01, 20.0), "How often it moves, Hz."),
            parameter("depth", Share, (0.6, 0.0, 1.0), "How far it moves: 1 is two octaves each way."),
            parameter("centre", Frequency, (800.0, 50.0, 8000.0), "Around which frequency, Hz."),
            parameter("feedback", Number, (0.3, -0.95, 0.95), "How sharply it rings."),
            parameter("mix", Share, (0.5, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Three notches that wander.",
    ),
    insert(
        "tremolo",
        &[
            parameter("rate", Frequency, (5.0, 0.01, 40.0), "How often it moves, Hz."),
            parameter("depth", Share, (0.5, 0.0, 1.0), "How far the level falls: 1 is to nothing."),
        ],
        "Moves the level.",
    ),
    insert(
        "autopan",
        &[
            parameter("rate", Frequency, (0.5, 0.01, 40.0), "How often it moves, Hz."),
            parameter("depth", Share, (1.0, 0.0, 1.0), "How far to the sides."),
        ],
        "Moves the sound from side to side.",
    ),
    insert(
        "rotary",
        &[
            parameter("rate", Frequency, (0.8, 0.0, 12.0), "How fast it turns, Hz: 0.8 is slow, 6.7 is fast."),
            parameter("depth", Share, (1.0, 0.0, 1.0), "How much of it is heard."),
        ],
        "A rotating loudspeaker; it takes its time to change its speed.",
    ),
    insert(
        "ring",
        &[
            parameter("frequency", Frequency, (440.0, 0.1, 16000.0), "What it is multiplied by, Hz."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Ring modulation: sums and differences of frequencies, as of a bell or a robot.",
    ),
    insert(
        "vibrato",
        &[
            parameter("rate", Frequency, (5.0, 0.1, 20.0), "How often it moves, Hz."),
            parameter("depth", Dimension::Interval, (0.3, 0.0, 2.0), "How far the pitch bends each way, semitones."),
        ],
        "Moves the pitch.",
    ),
    insert(
        "shift",
        &[
            parameter("frequency", Frequency, (100.0, -5000.0, 5000.0), "By how much every frequency moves, Hz."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Shifts the frequencies, so that harmony is lost.",
    ),
    insert(
        "pitch",
        &[
            parameter("interval", Dimension::Interval, (12.0, -24.0, 24.0), "By how much the pitch moves, semitones."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "Shifts the pitch and keeps the time; it is up to 70 ms late.",
    ),
    insert(
        "lowpass",
        &[parameter("cutoff", Frequency, (2000.0, 10.0, 22000.0), "Where it sets in, Hz."), RESONANCE, SLOPE],
        "A filter that takes off the highs.",
    ),
    insert(
        "highpass",
        &[parameter("cutoff", Frequency, (200.0, 10.0, 22000.0), "Where it sets in, Hz."), RESONANCE, SLOPE],
        "A filter that takes off the lows.",
    ),
    insert(
        "ladder",
        &[
            parameter("cutoff", Frequency, (1000.0, 20.0, 20000.0), "Above it the sound falls by 24 dB an octave, Hz."),
            parameter("res", Share, (0.2, 0.0, 1.1), "Resonance; at 1 it begins to sing."),
            parameter("drive", Level, (0.0, -24.0, 36.0), "How hot it goes in, dB."),
        ],
        "The low-pass filter of a famous synthesiser, saturated.",
    ),
    insert(
        "vowel",
        &[
            parameter("vowel", Number, (0.0, 0.0, 4.0), "0 a, 1 e, 2 i, 3 o, 4 u, and all between."),
            parameter("mix", Share, (1.0, 0.0, 1.0), "How much of it, beside the sound as it was."),
        ],
        "The resonances of a mouth.",
    ),
    insert(
        "convolve",
        &[
            word("file", "The response of a room or of anything else, up to eight seconds: 'hall.wav'."),
            parameter("gain", Level, (0.0, -60.0, 24.0), "How loud it answers; at 0 dB as loud as noise comes in."),
        ],
        "The sound of a room, or of any other thing, from a file; on a track beside the sound as it was.",
    ),
    insert(
        "widen",
        &[parameter("amount", Share, (0.5, 0.0, 1.0), "How much side is made of the middle.")],
        "Makes it wider, and leaves it alone in mono.",
    ),
    insert(
        "duck",
        &[
            word("by", "The track or group whose notes it makes way for."),
            word("sound", "Only for this sound of it, `'bd'`."),
            parameter("amount", Level, (6.0, 0.0, 80.0), "How far it goes down, dB."),
            parameter("attack", Duration, (0.003, 0.0005, 1.0), "How fast it goes down, seconds."),
            parameter("release", Duration, (0.15, 0.005, 10.0), "How long it takes to come back, seconds."),
        ],
        "Makes way for the notes of another track, muted or not: for a hit at once, for a held note as long as it is held.",
    ),
    insert(
        "freeze",
        &[
            parameter("on", Share, (1.0, 0.0, 1.0), "From a half on it holds what was heard last."),
            parameter("size", Duration, (0.25, 0.02, 2.0), "The length of the grains that it is held by, seconds."),
        ],
        "Holds a sound for as long as it is on; from the start on, the first that it hears.",
    ),
];

impl InsertInfo {
    /// The band that a word names.
    pub fn band(&self, word: &str) -> Option<&'static Band> {
        self.bands.iter().find(|band| band.name == word)
    }

    /// Its own parameters, then those of its bands: what the values of an insert with these bands are, in order.
    pub fn with<'a>(&self, bands: &'a [&'static Band]) -> impl Iterator<Item = &'static Parameter> + use<'a> {
        self.parameters.iter().chain(bands.iter().flat_map(|band| band.parameters))
    }
}

/// The insert that a word names.
pub fn find(word: &str) -> Option<&'static InsertInfo> {
    INSERTS.iter().find(|insert| insert.name == word)
}
