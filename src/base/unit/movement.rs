//! Units that move others: envelopes, lines, slow oscillators, sample and hold.
//!
//! Invariant: an envelope begins at the onset of its voice.

use super::super::control::Dimension::{Duration, Frequency, Number, Share, Word};
use super::{Kind, SOUND, Unit, fixed, input, need, unit};

/// Any quantity: the unit gives the same kind.
const ANY: (f32, f32) = (f32::MIN, f32::MAX);

pub(super) const UNITS: &[Unit] = &[
    unit(
        ("adsr", Kind::Adsr),
        &[
            input("attack", Duration, 0.002, 0.0, 100.0),
            input("decay", Duration, 0.1, 0.0, 100.0),
            input("sustain", Share, 1.0, 0.0, 1.0),
            input("release", Duration, 0.05, 0.0, 100.0),
        ],
        "The envelope of the note, 0 to 1: it rises, falls to `sustain`, and fades from note-off on. An event's own \
         `attack`, `decay`, `sustain` and `release` take the place of these.",
        "saw(freq) * adsr(5ms, 200ms, 0.6, 300ms)",
    ),
    unit(
        ("ar", Kind::Ar),
        &[input("attack", Duration, 0.002, 0.0, 100.0), input("release", Duration, 0.05, 0.0, 100.0)],
        "The envelope of a note that is held: it rises to 1, and fades from note-off on.",
        "triangle(freq) * ar(30ms, 400ms)",
    ),
    unit(
        ("env", Kind::Env),
        &[
            input("attack", Duration, 0.001, 0.0, 100.0),
            input("decay", Duration, 0.1, 0.0, 100.0),
            input("sustain", Share, 0.0, 0.0, 1.0),
            input("release", Duration, 0.1, 0.0, 100.0),
        ],
        "An envelope for anything else, 0 to 1: a brightness, a pitch, an index.",
        "ladder(saw(freq), 200Hz + env(decay: 180ms) * 3kHz, 0.5) * adsr(2ms, 200ms, 0.5, 80ms)",
    ),
    unit(
        ("line", Kind::Line),
        &[
            need("from", Number, ANY.0, ANY.1),
            need("to", Number, ANY.0, ANY.1),
            need("time", Duration, 0.0, 600.0),
            input("after", Duration, 0.0, 0.0, 600.0),
            input("curve", Number, 0.0, -20.0, 20.0),
        ],
        "Runs from one value to another once, beginning `after` the onset, and stays. A `curve` below 0 moves fast at \
         first, one above 0 at last; 0 is straight.",
        "saw(line(freq * 2, freq, 50ms)) * adsr(2ms, 200ms, 0.5, 80ms)",
    ),
    unit(
        ("segments", Kind::Segments),
        &[
            need("levels", Number, ANY.0, ANY.1),
            need("times", Duration, 0.0, 600.0),
            input("curve", Number, 0.0, -20.0, 20.0),
        ],
        "An envelope of as many parts as you like: a list of levels and a list of the times between them, one less.",
        "white * segments([0, 1, 0.2, 0.6, 0], [5ms, 60ms, 80ms, 300ms], -3)",
    ),
    unit(
        ("lfo", Kind::Lfo),
        &[
            input("rate", Frequency, 1.0, 0.0, 1_000.0),
            fixed("shape", Word, 0.0, 0.0, 0.0),
            input("phase", Share, 0.0, -1e3, 1e3),
            input("fade", Duration, 0.0, 0.0, 600.0),
            fixed("free", Number, 0.0, 0.0, 1.0),
        ],
        "A slow wave, −1 to 1: sine, triangle, saw, ramp, square, random or smooth. The rate may be a length, `lfo(2 beats)`. \
         It begins with each note at `phase` and comes in over `fade`; with `free: 1` it runs through all notes.",
        "lowpass(saw(freq), 800Hz + lfo(1 beat, triangle) * 500Hz) * adsr(5ms, 200ms, 0.8, 200ms)",
    ),
    unit(
        ("hold", Kind::Hold),
        &[SOUND, input("rate", Frequency, 8.0, 0.0, 24_000.0)],
        "Takes a value `rate` times a second, and holds it in between; the first at the onset.",
        "saw(freq * (1 + hold(white, 8Hz) * 0.1)) * adsr(5ms, 200ms, 0.8, 200ms)",
    ),
];
