//! Shapes, delays and space.
//!
//! Invariant: a shape gives numbers for any number.

use super::super::control::Dimension::{Duration, Interval, Number, Share};
use super::{Kind, SOUND, Unit, fixed, input, need, stereo, unit};

pub(super) const UNITS: &[Unit] = &[
    unit(
        ("tanh", Kind::Tanh),
        &[SOUND],
        "Bends what is loud, softly: never beyond −1 and 1. Make it louder before, for more.",
        "tanh(sine(freq) * 4) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("fold", Kind::Fold),
        &[SOUND],
        "Folds what is beyond −1 and 1 back in, again and again.",
        "fold(sine(freq) * (1 + env(decay: 500ms) * 4)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("clip", Kind::Clip),
        &[SOUND, input("level", Number, 1.0, 0.0, 1e3)],
        "Cuts off what is beyond `level`, hard.",
        "clip(sine(freq) * 2, 0.7) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("crush", Kind::Crush),
        &[SOUND, input("bits", Number, 8.0, 1.0, 16.0)],
        "Rounds to so many bits, 1 to 16.",
        "crush(saw(freq), 4) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("coarse", Kind::Coarse),
        &[SOUND, input("factor", Number, 4.0, 1.0, 256.0)],
        "Holds each value for `factor` frames, 1 to 256: a low sample rate.",
        "coarse(saw(freq), 12) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("delay", Kind::Delay),
        &[SOUND, need("time", Duration, 0.0, 10.0), fixed("longest", Duration, 0.0, 0.0, 10.0)],
        "The sound as it was `time` ago, 10 s at most, one frame at least. A line may use itself through a delay, and only \
         so; where the time moves beyond a second, `longest` says how far.",
        "y = saw(freq) * env(decay: 80ms) + delay(y, 90ms) * 0.6\ny * adsr(1ms, 0ms, 1, 600ms)",
    ),
    stereo(
        ("unison", Kind::Unison),
        &[
            SOUND,
            fixed("voices", Number, 3.0, 1.0, 16.0),
            input("detune", Interval, 0.12, 0.0, 12.0),
            input("spread", Share, 0.7, 0.0, 1.0),
        ],
        "The whole sound several times, 1 to 16: the outermost are off by `detune`, and `spread` lays them out from left to \
         right. About as loud as one.",
        "unison(saw(freq) + square(freq / 2), 5, 14ct, 0.9) * adsr(20ms, 300ms, 0.7, 300ms)",
    ),
    stereo(
        ("pan", Kind::Pan),
        &[SOUND, input("position", Share, 0.5, 0.0, 1.0)],
        "Lays a sound between left, 0, and right, 1, with equal power; of a sound in stereo it is the balance.",
        "pan(saw(freq), 0.5 + lfo(1 beat) * 0.4) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("mix", Kind::Mix),
        &[SOUND],
        "Adds up as many sounds as you like.",
        "mix(saw(freq), square(freq / 2), sine(freq * 2) * 0.5) * 0.4 * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
];
