//! What `talea render` writes of samples: clean between their frames, right in time and pitch, the same bits with every
//! kind of vectors, and untouched by what other tracks play.
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::path::Path;
use std::time::Duration;

use program::measure::{RATE, above, clean, clean_over, db, pitch, rms, tone};
use program::sound::{self, Channels};
use program::{Folder, Playing, optimised};

/// A folder with a kit `k` of one sample, and a piece that plays it.
fn piece(sample: &[f32], text: &str) -> (Folder, std::path::PathBuf) {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("k")).unwrap();
    sound::write(&folder.path("k/x.wav"), sample.iter().copied());
    let file = folder.save("piece.talea", format!("kit k 'k'\n{text}\n"));
    (folder, file)
}

fn rendered(program: &Path, sample: &[f32], text: &str, arguments: &[&str]) -> Channels {
    let (_folder, file) = piece(sample, text);
    sound::render(program, &file, arguments)
}

#[test]
fn a_sample_between_its_frames_is_clean() {
    let Some(program) = optimised() else { return };
    let sample = tone(15_000.0, 10.0);
    let play = |speed: &str, arguments: &[&str]| {
        let text = format!("a: s(\"x/8\").bank(\"k\").speed({speed})");
        rendered(program, &sample, &text, &[&["--seconds", "3"], arguments].concat()).swap_remove(0)
    };
    let snr = |arguments: &[&str]| clean(&play("1.37", arguments), 15_000.0 * 1.37);
    let (live, best, draft) = (snr(&[]), snr(&["--quality", "best"]), snr(&["--quality", "draft"]));
    assert!(live >= 90.0 && best >= 120.0 && draft < 60.0, "{live} {best} {draft} dB");
    // At rate 2 it would be 30 kHz, and fold to 18.
    for arguments in [&[][..], &["--quality", "best"]] {
        let folded = db(rms(&play("2", arguments)[24_000..120_000]) / (0.5 * 0.5));
        assert!(folded <= -90.0, "{folded} dB");
    }
}

#[test]
fn a_pace_is_exact_over_a_minute() {
    let Some(program) = optimised() else { return };
    // A step kept to 2⁻³³ of a frame would leave less than 110 dB.
    let sample = tone(8000.0, 66.0);
    for (how, rate) in [("speed(1.1)", 1.1), ("note(\"g3\")", 2f64.powf(7.0 / 12.0))] {
        let text = format!("a: s(\"x/32\").bank(\"k\").{how}");
        let channels = rendered(program, &sample, &text, &["--seconds", "40", "--quality", "best"]);
        let found = clean_over(&channels[0][24_000..39 * 48_000], 8000.0 * rate);
        assert!(found > 120.0, "{how}: {found} dB");
    }
}

#[test]
fn a_break_plays_in_time_and_pitch_whatever_its_length() {
    let Some(program) = optimised() else { return };
    // 1.7 seconds; each eighth has a pitch of its own, 300 Hz and 100 more for each.
    let eighth = 0.2125;
    let sample: Vec<f32> = (0..8).flat_map(|i| tone(300.0 + 100.0 * f64::from(i), eighth)).collect();
    // A cycle is two seconds.
    let play = |chain: &str| {
        let text = format!("tempo 120\na: {chain}");
        rendered(program, &sample, &text, &["--seconds", "8"]).swap_remove(0)
    };
    let near = |signal: &[f32], from: f64, to: f64, hz: f64, what: &str| {
        let heard = pitch(signal, from, to);
        assert!((heard / hz - 1.0).abs() < 0.01, "{what}: {heard} Hz instead of {hz} at {from} s");
    };
    let part = |i: u32| 300.0 + 100.0 * f64::from(i);
    // Over two cycles, four seconds: each eighth takes half a second.
    let signal = play("s(\"x\").bank(\"k\").loopAt(2)");
    for i in 0..16u32 {
        let from = f64::from(i) * 0.5;
        near(&signal, from + 0.05, from + 0.45, part(i % 8) * 1.7 / 4.0, "loopAt");
    }
    // Half a cycle, a second.
    let signal = play("s(\"x*2\").bank(\"k\").fit");
    for i in 0..16u32 {
        let from = f64::from(i) * 0.125;
        near(&signal, from + 0.02, from + 0.11, part(i % 8) * 1.7, "fit");
    }
    let signal = play("s(\"x\").bank(\"k\").splice(8, \"0 3 2 <1 5>\")");
    for (i, slice) in [0, 3, 2, 1, 0, 3, 2, 5].into_iter().enumerate() {
        let from = i as f64 * 0.5;
        near(&signal, from + 0.05, from + 0.45, part(slice) * eighth / 0.5, "splice");
    }
    let signal = play("s(\"x\").bank(\"k\").slice(8, \"6 [3 2] ~ 5\")");
    for (from, slice) in [(0.0, 6), (0.5, 3), (0.75, 2), (1.5, 5)] {
        near(&signal, from + 0.02, from + 0.19, part(slice), "slice");
        // It plays its part and no more.
        assert!(rms(&signal[((from + 0.216) * RATE) as usize..((from + 0.24) * RATE) as usize]) < 1e-4, "slice {from}");
    }
    let signal = play("s(\"x\").bank(\"k\").loopAt(1).chop(4).rev");
    for (i, slices) in [[6, 7], [4, 5], [2, 3], [0, 1]].into_iter().enumerate() {
        let from = i as f64 * 0.5;
        near(&signal, from + 0.02, from + 0.23, part(slices[0]) * 1.7 / 2.0, "chop");
        near(&signal, from + 0.27, from + 0.48, part(slices[1]) * 1.7 / 2.0, "chop");
    }
    let signal = play("s(\"x\").bank(\"k\").striate(8)");
    for i in 0..8u32 {
        near(&signal, f64::from(i) * 0.25 + 0.02, f64::from(i) * 0.25 + 0.19, part(i), "striate");
    }
    let signal = play("s(\"x\").bank(\"k\").scrub(\"0.25 0.5 0 0.75\")");
    for (i, slice) in [2, 4, 0, 6].into_iter().enumerate() {
        near(&signal, i as f64 * 0.5 + 0.02, i as f64 * 0.5 + 0.2, part(slice), "scrub");
    }
    // Backwards, twice as fast.
    let signal = play("s(\"x\").bank(\"k\").speed(-2)");
    for i in 0..8u32 {
        let from = f64::from(i) * eighth / 2.0;
        near(&signal, from + 0.02, from + 0.09, part(7 - i) * 2.0, "backwards");
    }
    // Round and round for as long as its step lasts.
    let signal = play("s(\"x ~\").bank(\"k\").begin(.25).end(.375).loop(1)");
    near(&signal, 0.4, 0.99, part(2), "loop");
    assert!(rms(&signal[(1.1 * RATE) as usize..(1.9 * RATE) as usize]) < 1e-4, "the loop goes on after its step");
}

#[test]
fn a_sample_is_stretched_at_its_pitch_and_shifted_in_its_time() {
    let Some(program) = optimised() else { return };
    // A second of 440 Hz, then a second of 660.
    let sample = [tone(440.0, 1.0), tone(660.0, 1.0)].concat();
    let play = |chain: &str| {
        let text = format!("tempo 240\na: s(\"x/16\").bank(\"k\"){chain}");
        rendered(program, &sample, &text, &["--seconds", "8"]).swap_remove(0)
    };
    let fifth = 2f64.powf(7.0 / 12.0);
    for (chain, ratio, factor) in [
        (".stretch(2)", 2.0, 1.0),
        (".stretch(.5)", 0.5, 1.0),
        (".pitchshift(12)", 1.0, 2.0),
        (".pitchshift(-5st)", 1.0, 1.0 / 2f64.powf(5.0 / 12.0)),
        (".stretch(1.5).pitchshift(700ct)", 1.5, fifth),
        (".stretch(2).speed(2)", 1.0, 2.0),
        // Changed by a pattern, within one note that takes the first of them.
        (".stretch(\"<3 2>/16\")", 3.0, 1.0),
    ] {
        let signal = play(chain);
        for (from, to, hz) in [(0.1, 0.9, 440.0), (1.1, 1.9, 660.0)] {
            let heard = pitch(&signal, from * ratio, to * ratio);
            assert!((heard / (hz * factor) - 1.0).abs() < 0.002, "{chain}: {heard} Hz at {from} s of the sample");
        }
        let end = (2.0 * ratio * RATE) as usize;
        assert!(rms(&signal[end - 4800..end - 480]) > 0.1, "{chain}: it ends too early");
        assert!(rms(&signal[end + 480..end + 4800]) < 1e-4, "{chain}: it ends too late");
    }
    // What no line writes plays at the nearest that is written.
    let signal = play(".stretch(\"2\".add(.1))");
    assert!((pitch(&signal, 0.2, 1.8) / 440.0 - 1.0).abs() < 0.002);
}

#[test]
fn a_pitch_is_shifted_within_the_zone_that_its_note_chose() {
    let Some(program) = optimised() else { return };
    let (folder, file) = piece(&tone(300.0, 1.0), "");
    folder.save("p.sfz", "<region> sample=k/x.wav key=36\n<region> sample=k/x.wav key=48 transpose=7 end=9600\n");
    let play = |text: &str| {
        std::fs::write(&file, format!("tempo 240\nsfz p {{ file 'p.sfz' }}\n{text}\n")).unwrap();
        sound::render(program, &file, &["--seconds", "2"]).swap_remove(0)
    };
    let shifted = play("a: note(\"c2/8\").s(\"p\").pitchshift(12)");
    assert!((pitch(&shifted, 0.1, 0.9) / 600.0 - 1.0).abs() < 0.003, "{} Hz", pitch(&shifted, 0.1, 0.9));
    assert!(rms(&shifted[48_480..52_000]) < 1e-4, "it keeps its time");
    // An unpitched sample does not follow a section's transposition, shifted or not.
    let text = "x: s(\"x/8\").bank(\"k\").pitchshift(5)\nsection up 8 { x, transpose 3 }\nsong \"up\"";
    std::fs::write(&file, format!("tempo 240\nkit k 'k'\n{text}\n")).unwrap();
    let signal = sound::render(program, &file, &["--seconds", "1"]).swap_remove(0);
    let hz = 300.0 * 2f64.powf(5.0 / 12.0);
    assert!((pitch(&signal, 0.1, 0.9) / hz - 1.0).abs() < 0.003, "{} Hz", pitch(&signal, 0.1, 0.9));
}

#[test]
fn a_note_that_starts_ends_or_is_stolen_leaves_nothing_above() {
    let Some(program) = optimised() else { return };
    let play = |text: &str| {
        let (_folder, file) = Folder::with(text);
        sound::render(program, &file, &["--seconds", "6"]).swap_remove(0)
    };
    for text in [
        "a: s(\"sine*3\").freq(100)",
        "a: s(\"sine*7\").freq(100).attack(0).release(0)",
        "a: s(\"sine*16\").freq(100).clip(40).release(2).gain(.05)",
    ] {
        let level = db(above(&play(text), 5000.0));
        assert!(level <= -80.0, "{text}: {level} dBFS above 5 kHz");
    }
}

#[test]
fn a_fader_that_moves_leaves_nothing_beside_the_sound() {
    let Some(program) = optimised() else { return };
    for moves in ["gain \"<0dB -40dB>*4\"", "pan \"<0 1 .3>*4\"", "width \"<0 1>*4\""] {
        let (_folder, file) = Folder::with(&format!("a: s(\"sine/16\").freq(997).attack(.1)\nmix a {{ {moves} }}"));
        let signal = sound::render(program, &file, &["--seconds", "8"]).swap_remove(0);
        assert!(rms(&signal[48_000..]) > 0.01);
        let level = db(above(&signal[48_000..], 8000.0));
        assert!(level <= -100.0, "{moves}: {level} dBFS");
    }
}

#[test]
fn every_kind_of_vectors_gives_the_same_bits() {
    let Some(program) = optimised() else { return };
    let text = "tempo 140\na: s(\"x*4\").bank(\"k\").speed(\"1 1.37 .7 -2.3\").loop(1).begin(.1)\n\
                b: s(\"x(5,8)\").bank(\"k\").vowel(\"<a o>\").room(.3)\n\
                c: note(\"c2 e3 g4*2\").s(\"sawtooth\").unison(5).lpf(900).ftype(\"24db\").delay(.2)";
    let sample: Vec<f32> = (0..8u32).flat_map(|i| tone(300.0 + 100.0 * f64::from(i), 0.2)).collect();
    let (_folder, file) = piece(&sample, text);
    for quality in [&[][..], &["--quality", "draft"], &["--quality", "best"]] {
        let all: Vec<Vec<u8>> = ["sse2", "avx2", "avx512"]
            .iter()
            .map(|vectors| {
                let folder = Folder::new();
                let out = folder.path("out.wav");
                let status = std::process::Command::new(program)
                    .arg("render")
                    .args([&file, Path::new("-o"), &out])
                    .args(["--seconds", "5", "--bits", "32f"])
                    .args(quality)
                    .env("TALEA_SIMD", vectors)
                    .status();
                assert!(status.unwrap().success());
                std::fs::read(&out).unwrap()
            })
            .collect();
        assert!(all[0].len() > 1_000_000);
        assert!(all[0] == all[1] && all[0] == all[2], "{quality:?}");
    }
}

/// Layers by velocity, turns, dice, and a sound at the end of each note.
const SFZ: &str = "<global> ampeg_release=0.1
<group> hivel=70
<region> sample=k/x.wav seq_length=2 seq_position=1 pitch_keycenter=60
<region> sample=k/x.wav seq_length=2 seq_position=2 pitch_keycenter=55 cutoff=900
<group> lovel=71
<region> sample=k/x.wav hirand=0.5 pitch_keycenter=48 pan=-60
<region> sample=k/x.wav lorand=0.5 pitch_keycenter=52 pan=60 loop_mode=loop_continuous loop_start=2000 loop_end=9000
<group> trigger=release
<region> sample=k/x.wav end=4000 volume=-12
";

#[test]
fn zones_stretched_samples_and_bent_synths_sound_live_as_they_are_rendered() {
    let Some(program) = optimised() else { return };
    let text = |more: &str| {
        format!(
            "tempo 150\nkit k 'k'\nsfz p {{ file 'p.sfz' }}\n\
             zones: note(\"<c3 e3 g3 b3>*8\").s(\"p\").velocity(\"<.3 1 .6 .9 .5>*8\").clip(.8).room(.2)\n\
             break: s(\"x*2\").bank(\"k\").stretch(\"<.5 1.5>\").pitchshift(\"<0 5>\").clip(1)\n\
             synth: note(\"c2 [e3 g3]\").s(\"acid\").vib(5).penv(\"<0 7>\"){more}\n\
             slide: note(\"a3 c4 e4 a4\").s(\"lead\").gain(.5)\n"
        )
    };
    let (folder, file) = piece(&tone(300.0, 0.4), "");
    folder.save("p.sfz", SFZ);
    let [take, log] = ["take.wav", "set.log"].map(|name| folder.path(name));
    let [take_name, log_name] = [&take, &log].map(|path| path.display().to_string());
    let arguments = ["--audio", "null", "--record", &take_name, "--log", &log_name, "--for", "9s"];
    // A machine that stands still for longer than is handed over ahead makes anything late.
    let in_time = (0..3).any(|_| {
        folder.save("piece.talea", text(""));
        let mut playing = Playing::start(program, &folder, &file, &arguments);
        std::thread::sleep(Duration::from_millis(3500));
        folder.save("piece.talea", text(".accelerate(.3).room(.3)"));
        assert_eq!(playing.finish(Duration::from_secs(60)), 0, "{}", playing.said());
        !playing.said().contains("late ")
    });
    assert!(in_time, "late at each attempt");
    let (take, replayed) = (sound::read(&take), sound::render(program, &log, &[]));
    assert!(std::fs::read_to_string(&log).unwrap().contains("accelerate(.3)"));
    let same = sound::assert_same(&take, &replayed, None, "the session");
    assert!(same > 8 * 48_000, "only {same} frames were compared");
    assert!(replayed == sound::render(program, &log, &["--threads", "2"]), "another thread, other bits");
}

#[test]
fn a_note_added_to_one_track_leaves_every_other_stem_as_it_was() {
    let Some(program) = optimised() else { return };
    let text = |more: &str| {
        format!(
            "tempo 130\nkit k 'k'\na: s(\"x*4 {more}\").bank(\"k\").degradeBy(.3).speed(rand.range(.5, 2)).room(.3)\n\
             b: s(\"white*8\").decay(.1).pan(rand).delay(.3)\n\
             c: note(\"c2 e3 g4*2\").s(\"supersaw\").lpf(rand.range(300, 3000)).room(.2)"
        )
    };
    let stems = |more: &str| {
        let (folder, file) = piece(&tone(500.0, 0.7), "");
        std::fs::write(&file, text(more)).unwrap();
        let stems = folder.path("stems").display().to_string();
        sound::render(program, &file, &["--cycles", "0..4", "--stems", &stems]);
        ["a", "b", "c"].map(|name| std::fs::read(folder.path(&format!("stems/{name}.wav"))).unwrap())
    };
    let (before, after) = (stems(""), stems("x"));
    assert!(before[0] != after[0] && before[1].len() > 100_000);
    assert!(before[1] == after[1] && before[2] == after[2]);
}
