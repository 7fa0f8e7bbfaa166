//! Kits and samplers: which file plays at which pitch and level.

use crate::desk::{Desk, TONES, heard, level, render};

#[test]
fn a_bank_in_sub_folders_plays_by_its_own_and_by_its_short_name() {
    let mut desk = Desk::new(&[
        ("machines/RolandTR909/rolandtr909-bd/0.wav", 200.0, 0.5),
        ("machines/RolandTR909/rolandtr909-sd/0.wav", 300.0, 0.5),
        ("machines/RolandTR808/RolandTR808-bd/0.wav", 400.0, 0.5),
        ("machines/mfb_bd/0.wav", 500.0, 0.5),
    ]);
    for (bank, first) in [("RolandTR909", 200.0), ("tr909", 200.0), ("TR808", 400.0), ("mfb", 500.0)] {
        let text = format!("samples('machines')\n$: s(\"bd\").bank(\"{bank}\")\n");
        assert_eq!(heard(&desk.play(&text, 1.0), 0.0, &TONES), first, "{bank}");
    }
    let audio = desk.play("kit m 'machines'\n$: s(\"sd\").bank(\"tr909\")\n", 1.0);
    assert_eq!(heard(&audio, 0.0, &TONES), 300.0);
    let audio = desk.play("samples('machines')\n$: s(\"RolandTR909_sd\")\n", 1.0);
    assert_eq!(heard(&audio, 0.0, &TONES), 300.0);
    assert_eq!(desk.codes("samples('machines')\n$: s(\"bd\").bank(\"tr606\")\n"), ["unknown-bank"]);
    assert_eq!(desk.codes("samples('machines')\n$: s(\"xy\").bank(\"tr808\")\n"), ["unknown-sound"]);
}

#[test]
fn labels_in_a_kit_are_names_of_files_and_sounds() {
    let mut desk = Desk::new(&[("kit/hh/0.wav", 200.0, 0.5), ("kit/hh/1.wav", 300.0, 0.5), ("one.wav", 400.0, 0.5)]);
    let kit = "kit k { folder 'kit', hat: hh, open: \"hh:1\", zap: 'one.wav', far: 'hh/1.wav' }\n";
    for (name, hz) in [("hat", 200.0), ("open", 300.0), ("zap", 400.0), ("far", 300.0)] {
        let audio = desk.play(&format!("{kit}$: s(\"{name}\").bank(\"k\")\n"), 1.0);
        assert_eq!(heard(&audio, 0.0, &TONES), hz, "{name}");
    }
    assert_eq!(desk.codes("kit k { folder 'kit', hat: hx }\n"), ["unknown-sound"]);
    assert_eq!(desk.codes("kit k { folder 'kit', hat: 'no.wav' }\n"), ["sample-missing"]);
    assert_eq!(desk.codes("kit k { folder 'kit', hat: 3 }\n"), ["kit-label"]);
}

#[test]
fn velocity_layers_are_chosen_by_velocity_and_turns_in_turn() {
    let mut desk = Desk::new(&[
        ("kit/bd_v1_rr1.wav", 200.0, 0.5),
        ("kit/bd_v1_rr2.wav", 300.0, 0.5),
        ("kit/bd_v2.wav", 400.0, 0.5),
    ]);
    let audio =
        desk.play("tempo 60\nkit k 'kit'\n$: s(\"bd*8\").velocity(\"1 .4 .4 1 .4 .4 .4 1\").bank(\"k\")\n", 4.0);
    let hits: Vec<f64> = (0..8).map(|hit| heard(&audio, f64::from(hit) * 0.5, &TONES)).collect();
    assert_eq!(hits, [400.0, 200.0, 300.0, 400.0, 200.0, 300.0, 200.0, 400.0]);
}

#[test]
fn files_named_by_their_notes_are_an_instrument() {
    let mut desk = Desk::new(&[("samples/piano-c3.wav", 200.0, 0.5), ("samples/piano-c4.wav", 600.0, 0.5)]);
    let text = "tempo 60\nsamples('samples')\n$: note(\"c3 g3 c4 c5\").s(\"piano\")\n";
    let audio = desk.play(text, 4.0);
    let third = 2.0f64.powf(7.0 / 12.0);
    assert!(level(&audio, 0.0, 200.0) > 0.3);
    // g3 is nearer to c4.
    assert!(level(&audio, 1.0, 600.0 * third / 2.0) > 0.3, "{}", level(&audio, 1.0, 600.0 * third / 2.0));
    assert!(level(&audio, 2.0, 600.0) > 0.3);
    assert!(level(&audio, 3.0, 1200.0) > 0.3);
}

#[test]
fn a_sampler_plays_its_file_at_the_note() {
    let mut desk = Desk::new(&[("a.wav", 200.0, 0.5), ("b.wav", 600.0, 0.5)]);
    let audio = desk.play("tempo 60\nsampler bell { file 'a.wav', root 'c4' }\n$: note(\"c4 c5\").s(\"bell\")\n", 4.0);
    assert!(level(&audio, 0.0, 200.0) > 0.3 && level(&audio, 2.0, 400.0) > 0.3);
    let both = "sampler bell { file 'a.wav', root 'c4', file 'b.wav', root 'c5' }\n";
    let audio = desk.play(&format!("tempo 60\n{both}$: note(\"c4 c5\").s(\"bell\")\n"), 4.0);
    assert!(level(&audio, 0.0, 200.0) > 0.3 && level(&audio, 2.0, 600.0) > 0.3);
    assert_eq!(desk.codes("sampler bell { root 'c4' }\n"), ["instrument-file"]);
    assert_eq!(desk.codes("sampler bell { file 'a.wav', root 'h4' }\n"), ["not-a-note"]);
    assert_eq!(desk.codes("sampler bell { file 'a.wav', file 'b.wav' }\n"), ["not-a-note"]);
    assert_eq!(desk.codes("sampler bell { file 'a.wav', loop 0.4s 0.1s }\n"), ["loop-points"]);
    assert_eq!(desk.codes("sampler bell { file 'a.wav', loop 0.1s 0.9s }\n"), ["loop-points"]);
    assert_eq!(desk.codes("sampler bell { file 'c.wav' }\n$: s(\"bell\")\n"), ["sample-missing"]);
}

#[test]
fn a_sampler_that_loses_its_file_plays_on() {
    let mut desk = Desk::new(&[("a.wav", 200.0, 0.5)]);
    desk.play("sampler bell { file 'a.wav', root 'c3' }\n$: s(\"bell\")\n", 1.0);
    let version = desk.load("sampler bell { file 'b.wav', root 'c3' }\n$: s(\"bell\")\n");
    assert_eq!(version.said.len(), 1);
    assert!(level(&render(&version, 1.0), 0.0, 200.0) > 0.3);
}

#[test]
fn a_sound_of_the_text_comes_before_a_built_in_one_of_its_name() {
    let mut desk = Desk::new(&[("own/pluck/0.wav", 200.0, 0.5), ("own/bd/0.wav", 300.0, 0.5), ("a.wav", 400.0, 0.5)]);
    let audio = desk.play("tempo 60\nsamples('own')\n$: s(\"pluck bd\")\n", 4.0);
    assert_eq!((heard(&audio, 0.0, &TONES), heard(&audio, 2.0, &TONES)), (200.0, 300.0));
    let audio = desk.play("sampler supersaw { file 'a.wav', root 'c3' }\n$: s(\"supersaw\")\n", 1.0);
    assert_eq!(heard(&audio, 0.0, &TONES), 400.0);
}
