//! What an event says to a MIDI instrument, beside the labels of its `midi`.

use super::{Control, Dimension, control};
use Dimension::{Midi, Number};

/// What an event says to a MIDI instrument, beside the labels of its `midi`.
pub(super) const MIDI: &[Control] = &[
    control(
        "program",
        &["progNum"],
        None,
        Number,
        (0.0, 0.0, 127.0),
        "The program of a MIDI instrument, 0 to 127, sent ahead of its note where it changes.",
    ),
    control(
        "midichan",
        &[],
        None,
        Number,
        (1.0, 1.0, 16.0),
        "The channel of a note over MIDI, 1 to 16, instead of the one of its `midi`.",
    ),
    control("midibend", &[], None, Number, (0.0, -1.0, 1.0), "Pitch bend over MIDI, -1 to 1."),
    control("miditouch", &[], None, Midi, (0.0, 0.0, 127.0), "Pressure of the channel over MIDI, 0 to 127."),
    control(
        "ccn",
        &[],
        None,
        Number,
        (0.0, 0.0, 127.0),
        "The number of the controller that `ccv` sets over MIDI; a label of `midi` gives it a name.",
    ),
    control("ccv", &[], None, Midi, (0.0, 0.0, 127.0), "The value of the controller `ccn`, 0 to 127 or in %."),
    control(
        "nrpnn",
        &[],
        None,
        Number,
        (0.0, 0.0, 16383.0),
        "The number of the long controller that `nrpv` sets over MIDI.",
    ),
    control("nrpv", &[], None, Number, (0.0, 0.0, 16383.0), "The value of the long controller `nrpnn`, 0 to 16383."),
];
