//! How a sample is read: where from, how fast, round and round.

use super::{Control, Dimension, control, slot, word};
use Dimension::{Interval, Number, Share};

/// How a sample is read: where from, how fast, round and round.
pub(super) const SAMPLES: &[Control] = &[
    control("speed", &[], Some(slot::SPEED), Number, (1.0, -64.0, 64.0), "How fast a sample plays; below 0 backwards."),
    control("begin", &[], Some(slot::BEGIN), Share, (0.0, 0.0, 1.0), "Where in the sample it begins, 0 to 1."),
    control("end", &[], Some(slot::END), Share, (1.0, 0.0, 1.0), "Where in the sample it ends, 0 to 1."),
    control(
        "loop",
        &[],
        Some(slot::LOOP),
        Number,
        (0.0, 0.0, 1.0),
        "1 repeats the sample until the note ends, 0 plays it through.",
    ),
    control(
        "loopBegin",
        &["loopb", "loopbegin"],
        Some(slot::LOOPBEGIN),
        Share,
        (0.0, 0.0, 1.0),
        "Where in the sample its loop begins, 0 to 1; else at `begin`.",
    ),
    control(
        "loopEnd",
        &["loope", "loopend"],
        Some(slot::LOOPEND),
        Share,
        (1.0, 0.0, 1.0),
        "Where in the sample its loop ends, 0 to 1; else at `end`.",
    ),
    control(
        "stretch",
        &["timescale"],
        None,
        Number,
        (1.0, 0.125, 8.0),
        "How many times as long a sample plays, at its pitch: written numbers, made when the text is read.",
    ),
    control(
        "pitchshift",
        &[],
        None,
        Interval,
        (0.0, -24.0, 24.0),
        "How much higher a sample plays, in its own time: written numbers, made when the text is read.",
    ),
    word(
        "unit",
        &[],
        slot::UNIT,
        &["r", "c"],
        "What `speed` counts in: \"r\" the sample's own rate, \"c\" whole samples a second.",
    ),
    control(
        "accelerate",
        &[],
        Some(slot::ACCELERATE),
        Number,
        (0.0, -16.0, 16.0),
        "By which share of itself the pace changes over the note: 1 ends twice as fast.",
    ),
    control(
        "squiz",
        &[],
        Some(slot::SQUIZ),
        Number,
        (1.0, 1.0, 64.0),
        "Plays each stretch between zero crossings so many times faster, and again.",
    ),
];
