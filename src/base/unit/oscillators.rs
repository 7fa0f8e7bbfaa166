//! Units that make sound: oscillators, noise, a plucked string.
//!
//! Invariant: every oscillator gives −1 to 1 and has no alias above −80 dB.

use super::super::control::Dimension::{Duration, Frequency, Interval, Number, Share, Word};
use super::{FM, FREQ, Kind, PHASE, PM, Unit, fixed, input, stereo, unit};

pub(super) const UNITS: &[Unit] = &[
    unit(
        ("sine", Kind::Sine),
        &[FREQ, PHASE, input("feedback", Number, 0.0, -2.0, 2.0), PM, FM],
        "A sine. `feedback` pushes its phase by its own last value, 0 to 2 radians: towards a saw, then noise.",
        "sine(freq, pm: sine(freq * 2) * env(decay: 400ms)) * adsr(2ms, 300ms, 0.4, 200ms)",
    ),
    unit(
        ("saw", Kind::Saw),
        &[FREQ, PHASE, PM, FM],
        "A band-limited saw, bright and full.",
        "saw(freq) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("triangle", Kind::Triangle),
        &[FREQ, PHASE, PM, FM],
        "A band-limited triangle, soft and hollow.",
        "triangle(freq) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("square", Kind::Square),
        &[FREQ, PHASE, PM, FM],
        "A band-limited square, hollow and bright.",
        "square(freq) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("pulse", Kind::Pulse),
        &[FREQ, input("width", Share, 0.5, 0.01, 0.99), PHASE, PM, FM],
        "A band-limited pulse that is high for `width` of its period, 0.01 to 0.99; a moving width is PWM.",
        "pulse(freq, 0.5 + sine(0.7Hz) * 0.3) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    stereo(
        ("supersaw", Kind::Supersaw),
        &[
            FREQ,
            fixed("voices", Number, 7.0, 1.0, 16.0),
            input("detune", Interval, 0.15, 0.0, 12.0),
            input("spread", Share, 0.7, 0.0, 1.0),
        ],
        "Saws side by side, 1 to 16: the outermost are off by `detune`, and `spread` lays them out from left to right. As \
         loud as one saw.",
        "supersaw(freq, voices: 7, detune: 16ct, spread: 1) * adsr(20ms, 300ms, 0.7, 300ms)",
    ),
    unit(
        ("sync", Kind::Sync),
        &[FREQ, input("ratio", Number, 1.0, 1.0, 64.0)],
        "A saw at `ratio` times the frequency, 1 to 64, begun anew with each period of `freq`: hard sync.",
        "sync(freq, 1 + env(decay: 600ms) * 4) * adsr(2ms, 400ms, 0.4, 100ms)",
    ),
    unit(
        ("wavetable", Kind::Wavetable),
        &[FREQ, fixed("file", Word, 0.0, 0.0, 0.0), input("position", Share, 0.0, 0.0, 1.0), PHASE, PM, FM],
        "Single cycles of 2,048 samples from a file, side by side; `position` from 0 to 1 morphs through them.",
        "wavetable(freq, 'waves.wav', line(0, 1, dur)) * adsr(5ms, 200ms, 0.6, 100ms)",
    ),
    unit(
        ("pluck", Kind::Pluck),
        &[FREQ, input("decay", Duration, 2.0, 0.01, 60.0), input("damp", Share, 0.5, 0.0, 1.0)],
        "A plucked string that has fallen by 60 dB after `decay`; `damp` takes the brightness from it, 0 to 1.",
        "pluck(freq, 1.5s) * adsr(0.5ms, 0ms, 1, 150ms)",
    ),
    unit(("white", Kind::White), &[], "White noise: all frequencies alike.", "white * adsr(1ms, 80ms, 0, 20ms)"),
    unit(("pink", Kind::Pink), &[], "Pink noise, 3 dB less an octave.", "pink * adsr(1ms, 80ms, 0, 20ms)"),
    unit(("brown", Kind::Brown), &[], "Brown noise, 6 dB less an octave.", "brown * adsr(1ms, 80ms, 0, 20ms)"),
    unit(
        ("dust", Kind::Dust),
        &[input("rate", Frequency, 10.0, 0.0, 10_000.0)],
        "Single clicks by chance, `rate` of them a second on average, from 0 to 1.",
        "bandpass(dust(30Hz), 2kHz, 4) * adsr(1ms, 0ms, 1, 50ms)",
    ),
];
