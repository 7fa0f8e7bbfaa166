//! Free sounds that distributions carry, as they are heard. Where they are not installed these tests say so, and pass.

use std::path::Path;

use crate::desk::{Desk, level, render};

/// Whether something is there; else says loudly that a test was skipped.
#[allow(clippy::print_stderr, reason = "a skipped test must not look like one that passed")]
fn installed(path: &str, package: &str) -> bool {
    let there = Path::new(path).exists();
    if !there {
        eprintln!("\n!!! SKIPPED: `{path}` is not there; install `{package}` to run this test !!!\n");
    }
    there
}

/// The root mean square of a stretch, in dB.
fn loudness(audio: &[f32]) -> f64 {
    let power = audio.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / audio.len() as f64;
    10.0 * power.max(1e-12).log10()
}

const SONIC_PI: &str = "/usr/share/sonic-pi/samples";
const FLUID: &str = "/usr/share/sounds/sf2/FluidR3_GM.sf2";

#[test]
fn the_samples_of_sonic_pi_play() {
    if !installed(SONIC_PI, "sonic-pi-samples") {
        return;
    }
    let mut desk = Desk::new(&[]);
    let names = "bd_haus sn_dub drum_cymbal_closed loop_amen bass_hard_c ambi_choir tabla_ghe1 perc_bell";
    for name in names.split(' ') {
        let audio = desk.play(&format!("samples('{SONIC_PI}')\n$: s(\"{name}\")\n"), 1.0);
        let found = loudness(&audio);
        assert!((-60.0..-3.0).contains(&found), "{name}: {found:.1} dB");
    }
}

#[test]
fn the_general_midi_set_of_fluid_plays_in_tune() {
    if !installed(FLUID, "fluid-soundfont-gm") {
        return;
    }
    let mut desk = Desk::new(&[]);
    for program in [0, 4, 11, 16, 24, 33, 40, 48, 52, 56, 60, 65, 68, 73, 79, 80, 88] {
        let text = format!(
            "tempo 60\nsoundfont f {{ file '{FLUID}', program {program} }}\n$: note(\"a4\").s(\"f\").velocity(.8)\n"
        );
        let version = desk.load(&text);
        assert!(!version.has_errors(), "{program}: {:?}", version.said);
        let audio = render(&version, 2.0);
        let found = loudness(&audio);
        assert!((-60.0..-6.0).contains(&found), "program {program}: {found:.1} dB");
        // The partials of a4, in octaves of each other, stand out over what lies a quarter tone beside them.
        let partials = [220.0, 440.0, 880.0, 1760.0];
        let sum = |factor: f64| partials.iter().map(|hz| level(&audio, 0.3, hz * factor)).sum::<f64>();
        assert!(sum(1.0) > 2.0 * sum(1.03).max(sum(0.97)), "program {program} is out of tune");
    }
    let drums = format!("soundfont d {{ file '{FLUID}', bank 128 }}\n$: note(\"36 38 42 46\").s(\"d\")\n");
    assert!((-60.0..-3.0).contains(&loudness(&render(&desk.load(&drums), 2.0))));
}
