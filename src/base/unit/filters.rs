//! Filters: the sound first, then the frequency.
//!
//! Invariant: a filter stays bounded whatever moves its inputs.

use super::super::control::Dimension::{Factor, Frequency, Number, Share};
use super::{Input, Kind, SOUND, Unit, input, need, unit};

const CUTOFF: Input = need("cutoff", Frequency, 5.0, 24_000.0);
/// 0.707 is flat.
const Q: Input = input("q", Number, std::f32::consts::FRAC_1_SQRT_2, 0.1, 100.0);
const GAIN: Input = need("gain", Factor, 0.0, 32.0);

pub(super) const UNITS: &[Unit] = &[
    unit(
        ("lowpass", Kind::Lowpass),
        &[SOUND, CUTOFF, Q],
        "Takes away what is above the cutoff, 12 dB an octave; `q` of 0.707 is flat, more rings.",
        "lowpass(saw(freq), 800Hz, 2) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("highpass", Kind::Highpass),
        &[SOUND, CUTOFF, Q],
        "Takes away what is below the cutoff, 12 dB an octave.",
        "highpass(saw(freq), 800Hz) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("bandpass", Kind::Bandpass),
        &[SOUND, CUTOFF, Q],
        "Leaves what is around the cutoff, which passes as it is; a higher `q` leaves less.",
        "bandpass(white, freq, 30) * adsr(5ms, 200ms, 0.6, 100ms) * 4",
    ),
    unit(
        ("notch", Kind::Notch),
        &[SOUND, CUTOFF, Q],
        "Takes away what is around the cutoff.",
        "notch(saw(freq), 400Hz + lfo(0.5Hz) * 200Hz) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("peak", Kind::Peak),
        &[SOUND, CUTOFF, Q, input("gain", Factor, 2.0, 0.0, 32.0)],
        "A bell: raises or lowers what is around the cutoff by `gain`, as an equaliser's band does.",
        "peak(saw(freq), 1kHz, 2, 9dB) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("lowshelf", Kind::Lowshelf),
        &[SOUND, CUTOFF, GAIN, Q],
        "Raises or lowers what is below the cutoff by `gain`.",
        "lowshelf(saw(freq), 200Hz, 6dB) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("highshelf", Kind::Highshelf),
        &[SOUND, CUTOFF, GAIN, Q],
        "Raises or lowers what is above the cutoff by `gain`.",
        "highshelf(saw(freq), 3kHz, -9dB) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("ladder", Kind::Ladder),
        &[SOUND, CUTOFF, input("res", Share, 0.0, 0.0, 1.2)],
        "The low-pass of old synthesisers, 24 dB an octave; from `res` 1 on it sings by itself.",
        "ladder(saw(freq), 300Hz + env(decay: 200ms) * 3kHz, 0.7) * adsr(2ms, 200ms, 0.5, 80ms)",
    ),
    unit(
        ("onepole", Kind::Onepole),
        &[SOUND, CUTOFF],
        "A gentle low-pass, 6 dB an octave; it smooths any signal.",
        "onepole(white, 400Hz) * adsr(5ms, 200ms, 0.6, 100ms) * 3",
    ),
    unit(
        ("comb", Kind::Comb),
        &[
            SOUND,
            need("freq", Frequency, 20.0, 24_000.0),
            input("feedback", Share, 0.8, -0.999, 0.999),
            input("damp", Share, 0.2, 0.0, 1.0),
        ],
        "Rings at a frequency and all its multiples: what comes back each period, −0.999 to 0.999, and how dull it gets.",
        "comb(white * env(decay: 10ms), freq, 0.98) * adsr(1ms, 0ms, 1, 200ms)",
    ),
    unit(
        ("allpass", Kind::Allpass),
        &[SOUND, CUTOFF, Q],
        "Turns the phase around the cutoff and leaves all levels; beside the dry sound it makes notches, as a phaser.",
        "o = saw(freq)\n(o + allpass(o, 600Hz + lfo(0.3Hz) * 400Hz)) * 0.5 * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("formant", Kind::Formant),
        &[SOUND, input("vowel", Share, 0.0, 0.0, 1.0)],
        "A mouth: 0 is a, then e, i, o, and 1 is u; between them it glides.",
        "formant(saw(freq), lfo(0.5Hz) * 0.5 + 0.5) * adsr(20ms, 200ms, 0.8, 200ms)",
    ),
];
