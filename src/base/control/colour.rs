//! What colours a voice after its filters.

use super::{Control, Dimension, control, slot, word};
use Dimension::{Factor, Frequency, Number, Share};

/// What colours a voice after its filters.
pub(super) const COLOUR: &[Control] = &[
    word(
        "vowel",
        &[],
        slot::VOWEL,
        &["a", "e", "i", "o", "u", "ae", "ih", "oo", "uh", "er"],
        "Speaks a vowel: a e i o u, or ae ih oo uh er as in bat, bit, book, but, bird.",
    ),
    control(
        "coarse",
        &[],
        Some(slot::COARSE),
        Number,
        (1.0, 1.0, 256.0),
        "Holds each frame for so many: 2 halves the sample rate.",
    ),
    control("crush", &[], Some(slot::CRUSH), Number, (0.0, 0.0, 16.0), "Bits, 1 to 16; 16 is clean."),
    control("shape", &[], Some(slot::SHAPE), Share, (0.0, 0.0, 1.0), "Soft distortion, 0 to 1."),
    control("distort", &["dist"], Some(slot::DISTORT), Number, (0.0, 0.0, 10.0), "Drive, 0 to 10."),
    control(
        "phaser",
        &["ph", "phaserrate"],
        Some(slot::PHASER),
        Number,
        (0.0, 0.0, 100.0),
        "Turns of a phaser a second.",
    ),
    control(
        "phaserdepth",
        &["phd", "phasdp"],
        Some(slot::PHASERDEPTH),
        Share,
        (0.75, 0.0, 1.0),
        "How much of the phaser is heard, 0 to 1.",
    ),
    control(
        "phasercenter",
        &["phc"],
        Some(slot::PHASERCENTER),
        Frequency,
        (1000.0, 100.0, 16000.0),
        "Around which frequency the phaser sways, Hz.",
    ),
    control(
        "phasersweep",
        &["phs"],
        Some(slot::PHASERSWEEP),
        Frequency,
        (2000.0, 0.0, 16000.0),
        "How far the phaser sways, Hz.",
    ),
    control("shapevol", &[], Some(slot::SHAPEVOL), Factor, (1.0, 0.0, 8.0), "The level after `shape`."),
    control("distortvol", &[], Some(slot::DISTORTVOL), Factor, (1.0, 0.0, 8.0), "The level after `distort`."),
];
