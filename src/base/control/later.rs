//! What is understood and does nothing yet, each with what to write until then.

use super::{Control, Dimension, later};
use Dimension::{Duration, Frequency, Number, Word};

/// What is understood and does nothing yet.
pub(super) const LATER: &[Control] = &[
    later(
        "distorttype",
        &[],
        Word,
        "The curve of `distort`.",
        ".shape(.5) is softer, and `synth` knows tanh fold clip",
    ),
    later(
        "fmwave",
        &[],
        Word,
        "The wave of the modulator.",
        "synth x { sine(freq, pm: saw(freq * 2) * .3) } modulates by any wave",
    ),
    later("roomlp", &["rlp"], Frequency, "The top of the room.", "bus room { reverb(decay: 2s), eq(highcut(6kHz)) }"),
    later("roomfade", &["rfade"], Duration, "How the room begins.", "bus room { reverb(predelay: 40ms) }"),
    later(
        "ir",
        &["iresponse"],
        Word,
        "A room from a sample.",
        "bus room { reverb(decay: 2s) } is the room that there is",
    ),
    later(
        "delayspeed",
        &[],
        Number,
        "The speed of the delay's tape.",
        "bus delay { tape(), echo(time: 3/16) } sounds like one",
    ),
    later(
        "compressor",
        &[],
        Number,
        "The threshold of a compressor.",
        "a strip has one: mix drums { comp(threshold: -20dB, ratio: 4) }",
    ),
    later("compressorRatio", &[], Number, "The ratio of a compressor.", "mix drums { comp(ratio: 4) }"),
    later("compressorKnee", &[], Number, "The knee of a compressor.", "mix drums { comp(knee: 6dB) }"),
    later("compressorAttack", &[], Duration, "The attack of a compressor.", "mix drums { comp(attack: 10ms) }"),
    later("compressorRelease", &[], Duration, "The release of a compressor.", "mix drums { comp(release: 120ms) }"),
    later("channels", &["channel", "ch"], Number, "The output channels.", "tracks play on the first two outputs"),
    later(
        "midiport",
        &[],
        Word,
        "A MIDI port for each note.",
        "midi juno { port 'Juno-6', channel 1 } names one for all its notes",
    ),
];
