//! What `talea render` writes of synths and effects: every harmonic and no alias, filters as their prototypes and within
//! bounds, distortion that folds little, and moves that are not heard.
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use program::measure::{RATE, above, alias, db, pitch, rms, second};
use program::{Folder, optimised, sound};

/// The left channel of a held note of the synth `t`, from its second second on.
fn held(text: &str, hz: usize, arguments: &[&str]) -> Option<Vec<f32>> {
    let program = optimised()?;
    let note = format!("{text}\ntempo 240\na: s(\"t/16\").freq({hz}).gain(.25)\n");
    let (_folder, file) = Folder::with(&note);
    let whole = sound::render(program, &file, &[&["--seconds", "3"], arguments].concat()).swap_remove(0);
    Some(whole[48_000..].to_vec())
}

#[test]
fn oscillators_have_every_harmonic_and_no_alias() {
    // Primes, so that what folds meets no harmonic.
    for hz in [29, 113, 443, 1567, 4987, 7901] {
        for wave in ["saw(freq)", "square(freq)", "pulse(freq, .3)", "triangle(freq)"] {
            let Some(signal) = held(&format!("synth t {{ {wave} * .5 }}"), hz, &[]) else { return };
            let worst = alias(&signal, hz);
            assert!(worst <= -100.0, "{wave} at {hz} Hz: alias {worst} dB");
        }
        let Some(signal) = held("synth t { saw(freq) * .5 }", hz, &[]) else { return };
        let bins = second(&signal);
        for k in (1..).take_while(|k| k * hz < 18_000) {
            let missing = db(bins[k * hz] * k as f64 / bins[hz]);
            assert!(missing.abs() < 1.0, "harmonic {k} of {hz} Hz is off by {missing} dB");
        }
    }
}

#[test]
fn synced_and_modulated_waves_fold_little() {
    for hz in [443, 997, 2099] {
        let Some(synced) = held("synth t { sync(freq, 2.37) * .5 }", hz, &[]) else { return };
        let worst = alias(&synced, hz);
        assert!(worst <= -80.0, "sync at {hz} Hz: alias {worst} dB");
        // A modulator at the same pitch: all sidebands are harmonics.
        let Some(modulated) = held("synth t { sine(freq, pm: sine(freq) * .4) * .5 }", hz, &[]) else { return };
        let worst = alias(&modulated, hz);
        assert!(worst <= -80.0, "phase modulation at {hz} Hz: alias {worst} dB");
    }
}

#[test]
fn a_low_pass_is_its_prototype() {
    for q in [0.707, 4.0] {
        for hz in [101, 499, 1000, 3001, 11_003] {
            let Some(plain) = held("synth t { sine(freq) * .1 }", hz, &[]) else { return };
            let Some(filtered) = held(&format!("synth t {{ lowpass(sine(freq) * .1, 1kHz, {q}) }}"), hz, &[]) else {
                return;
            };
            let is = db(second(&filtered)[hz] / second(&plain)[hz]);
            let warped = |hz: f64| (std::f64::consts::PI * hz / 48_000.0).tan();
            let w = warped(hz as f64) / warped(1000.0);
            let right = -10.0 * ((1.0 - w * w).powi(2) + (w / q).powi(2)).log10();
            assert!((is - right).abs() < 0.1, "Q {q} at {hz} Hz: {is} dB, should be {right}");
        }
    }
}

#[test]
fn a_filter_that_is_shaken_stays_within_bounds() {
    for kind in ["lowpass", "highpass", "bandpass", "notch"] {
        for q in [0.707, 20.0] {
            for shake in ["white() * 8kHz", "sine(5kHz) * 7kHz", "square(700Hz) * 7kHz"] {
                let text = format!("synth t {{ {kind}(white() * .02, 8kHz + {shake}, {q}) }}");
                let Some(signal) = held(&text, 100, &[]) else { return };
                let peak = signal.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
                // The noise peaks at 0.02 · 0.25, and a Q of 20 rings.
                assert!(peak > 1e-5 && peak < 0.02 * 0.25 * 20.0, "{text}: {peak}");
            }
        }
    }
}

#[test]
fn a_ladder_sings_in_tune() {
    for hz in [50, 220, 1000, 4000, 8000] {
        let Some(signal) = held("synth t { ladder(white() * .00001, freq, 1.1) * .2 }", hz, &[]) else { return };
        let is = pitch(&signal, 0.5, 1.9);
        let cents = 1200.0 * (is / hz as f64).log2();
        assert!(rms(&signal) > 1e-4 && cents.abs() < 5.0, "{hz} Hz sings at {is} Hz, {cents} ct off");
    }
}

#[test]
fn a_drive_folds_little() {
    for text in [
        "synth t { sine(freq) }\nmix a { drive(24dB), gain -12dB }",
        "synth t { tanh(sine(freq) * .5 * 24dB) }",
        "effect hot { tanh(in * 36dB) }\nsynth t { sine(freq) }\nmix a { hot(), gain -12dB }",
    ] {
        let worst = |arguments: &[&str]| held(text, 4987, arguments).map(|signal| alias(&signal, 4987));
        let (Some(live), Some(best)) = (worst(&[]), worst(&["--quality", "best"])) else { return };
        // A sine of half of full scale, 24 dB hotter: without any filter, four times the rate leaves −68 dB.
        assert!(live <= -67.0 && best <= -95.0, "{text}: 4x {live} dB, 8x {best} dB");
    }
}

#[test]
fn a_graph_s_pitch_bends_as_a_built_in_wave_s_does() {
    let Some(program) = optimised() else { return };
    for chain in [
        ".vib(5).vibmod(1.5)",
        ".penv(12).pattack(.3)",
        ".penv(-7).pdecay(.5).panchor(0)",
        ".penv(12).pattack(.1).prelease(.4).clip(.5).release(.5)",
        ".accelerate(1)",
        ".accelerate(-.5).vib(3).vibmod(.5)",
        ".squiz(2)",
    ] {
        let play = |sound: &str, more: &[&str]| {
            let text = format!(
                "synth t {{ sine(freq) * adsr(5ms, 10ms, 1, .5s) }}\ntempo 240\n\
                 a: note(\"a4 e5\").slow(2).s(\"{sound}\").attack(.005).decay(.01).sustain(1).release(.02){chain}\n"
            );
            let (_folder, file) = Folder::with(&text);
            sound::render(program, &file, &[&["--seconds", "2"], more].concat()).swap_remove(0)
        };
        let (graph, wave) = (play("t", &[]), play("sine", &[]));
        assert!(graph == play("t", &["--threads", "2"]), "{chain}: another thread, other bits");
        let mut moved = 0.0f64;
        for window in 1..80 {
            let (from, to) = (f64::from(window) * 0.02 + 0.01, f64::from(window) * 0.02 + 0.03);
            let part = &wave[(from * RATE) as usize..(to * RATE) as usize];
            // Where a note begins or is soft, zero crossings say nothing.
            if (49..51).contains(&window) || rms(part) < 0.02 {
                continue;
            }
            let (is, should) = (pitch(&graph, from, to), pitch(&wave, from, to));
            assert!((is / should - 1.0).abs() < 0.005, "{chain}: {is} Hz at {from} s, not {should}");
            let plain = if from < 1.0 { 440.0 } else { 659.255 };
            moved = moved.max((should / plain).log2().abs());
        }
        assert!(moved > 0.03, "{chain} moves nothing");
    }
}

#[test]
fn a_moving_neighbour_in_the_same_synth_leaves_a_stem_as_it_was() {
    let Some(program) = optimised() else { return };
    let stem = |chain: &str| {
        let text = format!(
            "synth t {{ lowpass(saw(freq) + pulse(freq, .3), 900Hz, 2) * adsr() }}\n\
             a: note(\"c3 e3 g3\").s(\"t\")\nb: note(\"e2*4\").s(\"t\"){chain}\n"
        );
        let (folder, file) = Folder::with(&text);
        let stems = folder.path("stems").display().to_string();
        sound::render(program, &file, &["--seconds", "4", "--stems", &stems]);
        std::fs::read(folder.path("stems/a.wav")).unwrap()
    };
    let plain = stem("");
    assert!(plain.len() > 100_000);
    for chain in [".vib(6)", ".penv(7)", ".note(saw.range(30, 50).live)", ".gain(sine.live)"] {
        assert!(plain == stem(chain), "{chain}");
    }
}

#[test]
fn no_built_in_synth_has_dc_or_sounds_on_for_ever() {
    let Some(program) = optimised() else { return };
    let names: Vec<&str> = talea::model::prelude::all().iter().map(|preset| preset.name.as_str()).collect();
    assert!(names.len() > 40);
    for name in &names {
        let text = format!("tempo 120\na: note(\"c2/8\").s(\"{name}\").gain(.5)");
        let (_folder, file) = Folder::with(&text);
        let channels = sound::render(program, &file, &["--seconds", "10"]);
        for channel in &channels {
            let part = &channel[2 * 48_000..10 * 48_000];
            let window = |i: usize| 1.0 - (std::f64::consts::TAU * i as f64 / part.len() as f64).cos();
            let sum: f64 = part.iter().enumerate().map(|(i, x)| f64::from(*x) * window(i)).sum();
            let dc = db((sum / part.len() as f64).abs());
            assert!(dc <= -80.0, "{name}: DC of {dc} dBFS");
        }
    }
    // A note of each, then half a minute in which all of them must come to rest: exactly, or denormals would slow it down.
    let tracks: Vec<String> =
        names.iter().map(|name| format!("{name}_x: note(\"<c3 ~!99>\").s(\"{name}\").gain(.02)")).collect();
    let (_folder, file) = Folder::with(&format!("tempo 240\n{}\n", tracks.join("\n")));
    for channel in sound::render(program, &file, &["--seconds", "40"]) {
        assert!(rms(&channel[..48_000]) > 0.01);
        assert!(channel[39 * 48_000..].iter().all(|x| *x == 0.0), "something sounds on");
    }
}

#[test]
fn a_mono_voice_glides_from_note_to_note() {
    let Some(program) = optimised() else { return };
    let text = "synth t { voices 1, glide 200ms\n sine(freq) * adsr(5ms, 0ms, 1, 20ms) }\ntempo 240\n\
                a: note(\"a3 a4\").s(\"t\").clip(1.05)\n";
    let (_folder, file) = Folder::with(text);
    let signal = sound::render(program, &file, &["--seconds", "2"]).swap_remove(0);
    // The first note begins where it is; the second is slid to, in octaves evenly over time.
    for (from, to, hz) in [(0.1, 0.4, 220.0), (0.58, 0.62, 311.1), (0.75, 0.95, 440.0), (1.08, 1.12, 311.1)] {
        let is = pitch(&signal, from, to);
        assert!((is / hz - 1.0).abs() < 0.02, "{is} Hz from {from} to {to} s, not {hz}");
    }
}

#[test]
fn each_note_of_a_mono_voice_bends_as_it_says() {
    let Some(program) = optimised() else { return };
    let play = |chain: &str| {
        let text = format!(
            "synth t {{ voices 1\n sine(freq) * adsr(5ms, 0ms, 1, 20ms) }}\ntempo 240\n\
             a: note(\"a3 a4\").s(\"t\"){chain}\n"
        );
        let (_folder, file) = Folder::with(&text);
        sound::render(program, &file, &["--seconds", "2"]).swap_remove(0)
    };
    // Twice as fast at the end of each note.
    let faster = play(".accelerate(1)");
    for (from, hz) in [(0.04, 220.0), (0.54, 440.0), (1.04, 220.0), (1.54, 440.0)] {
        for (at, factor) in [(0.0, 1.12), (0.2, 1.52), (0.4, 1.92)] {
            let is = pitch(&faster, from + at, from + at + 0.04);
            assert!((is / (hz * factor) - 1.0).abs() < 0.02, "{is} Hz at {} s, not {}", from + at, hz * factor);
        }
    }
    // Only the first of two trembles.
    let first = play(".vib(\"9 0\").vibmod(2)");
    let swing = |from: f64| {
        let pitches = (0..12).map(|i| pitch(&first, from + f64::from(i) * 0.02, from + f64::from(i) * 0.02 + 0.03));
        let (low, high) = pitches.fold((f64::MAX, 0.0f64), |(low, high), hz| (low.min(hz), high.max(hz)));
        high / low
    };
    assert!(swing(0.1) > 1.1 && swing(0.6) < 1.001, "{} {}", swing(0.1), swing(0.6));
}

#[test]
fn a_string_and_a_comb_ring_at_their_pitch() {
    for hz in [110, 441, 1201] {
        let Some(program) = optimised() else { return };
        for synth in ["pluck(freq, 4s)", "comb(white() * env(attack: 1ms, decay: 5ms), freq, .995, 0)"] {
            let text = format!("synth t {{ {synth} * .5 }}\ntempo 240\na: s(\"t/16\").freq({hz})\n");
            let (_folder, file) = Folder::with(&text);
            let signal = sound::render(program, &file, &["--seconds", "3"]).swap_remove(0);
            let bins = second(&signal[24_000..]);
            // The partial nearest to the pitch stands within three cents, which is one bin of its eighth harmonic.
            let eighth = (1..=8).rev().find(|k| k * hz < 4000).unwrap();
            let near = eighth * hz - eighth * hz / 50..eighth * hz + eighth * hz / 50;
            let peak = near.max_by(|a, b| bins[*a].total_cmp(&bins[*b])).unwrap();
            let cents = 1200.0 * (peak as f64 / (eighth * hz) as f64).log2();
            assert!(cents.abs() < 4.0, "{synth} at {hz} Hz: partial {eighth} is {cents} ct off");
        }
    }
}

#[test]
fn a_wavetable_is_read_without_alias_and_morphs() {
    let Some(program) = optimised() else { return };
    // Two cycles: a sine, then a saw.
    let cycle = |i: usize| i as f64 / 2048.0;
    let frames = (0..2048)
        .map(|i| (std::f64::consts::TAU * cycle(i)).sin() * 0.8)
        .chain((0..2048).map(|i| 0.8 - 1.6 * cycle(i)));
    let play = |position: &str, hz: usize| {
        let text = format!(
            "synth t {{ wavetable(freq, 'table.wav', {position}) * .5 }}\ntempo 240\na: s(\"t/16\").freq({hz}).gain(.5)\n"
        );
        let (folder, file) = Folder::with(&text);
        sound::write(&folder.path("table.wav"), frames.clone().map(|x| x as f32));
        sound::render(program, &file, &["--seconds", "3"]).swap_remove(0)[48_000..].to_vec()
    };
    for hz in [113, 997, 4987] {
        let (sine, half, saw) = (play("0", hz), play(".5", hz), play("1", hz));
        assert!(alias(&saw, hz) <= -80.0, "{hz} Hz: alias {} dB", alias(&saw, hz));
        let [sine, half, saw] = [sine, half, saw].map(|signal| second(&signal)[2 * hz]);
        assert!(db(sine / saw) < -60.0 && (db(half / saw) + 6.0).abs() < 0.5, "{hz} Hz: {sine} {half} {saw}");
    }
}

#[test]
fn what_moves_leaves_nothing_beside_the_sound() {
    let Some(program) = optimised() else { return };
    // Nothing is above 8 kHz but what a move tears.
    for (synth, chain, mix) in [
        ("sine(freq)", ".gain(\"<1 .01>*4\".live)", ""),
        ("sine(freq)", ".pan(\"<0 1 .3>*4\".live)", ""),
        ("lowpass(sine(freq), cut, 2)", ".cut(\"<400 4000>*8\".live)", ""),
        ("highpass(sine(freq), cut, 2)", ".cut(\"<40 2000>*8\".live)", ""),
        ("sine(freq)", "", "bus side { trim(-6dB) }\nmix a { send side \"<-60dB 0dB>*4\" }"),
    ] {
        let text = format!("synth t(cut: 1kHz) {{ {synth} * .5 }}\ntempo 240\na: s(\"t/32\").freq(997){chain}\n{mix}");
        let (_folder, file) = Folder::with(&text);
        let signal = sound::render(program, &file, &["--seconds", "8"]).swap_remove(0);
        let level = db(above(&signal[48_000..7 * 48_000], 8000.0));
        assert!(rms(&signal[48_000..]) > 0.01 && level <= -100.0, "{text}: {level} dBFS");
    }
}
