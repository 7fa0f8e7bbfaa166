//! Bad input while the music plays: each is said with a place, and the music goes on.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;
mod servers;

use std::fs;
use std::path::Path;
use std::time::Duration;

use program::{Folder, Playing, optimised, run};

const GOOD: &str = "tempo 240\ndrums: s(\"bd*4\")\n";

/// The samples of a small WAV file: a beep.
fn beep() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for frame in 0..4800i32 {
        wav.write_sample(((frame * 327) % 20_000 - 10_000) as i16).unwrap();
    }
    wav.finalize().unwrap();
    bytes.into_inner()
}

/// Plays a good text, saves a bad one over it and then a good one again. The bad one is said with these words, among
/// them a place; the music never stops.
#[track_caller]
fn goes_on(folder: &Folder, bad: &[u8], words: &[&str]) {
    let Some(talea) = optimised() else { return };
    let piece = folder.save("piece.talea", GOOD);
    let out = folder.path("take.wav").display().to_string();
    let mut playing = Playing::start(talea, folder, &piece, &["--audio", "null", "--record", &out]);
    playing.until_said("v1 plays", 1);
    folder.save("piece.talea", bad);
    for word in words {
        playing.until_said(word, 1);
    }
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(playing.ended(), None, "{}", playing.said());
    // Mended, it plays the mended text.
    folder.save("piece.talea", format!("{GOOD}more: s(\"hh*8\")\n"));
    let version = |said: &str| said.lines().filter(|line| line.ends_with(" plays")).count();
    let before = version(&playing.said());
    assert!(
        servers::wait_until(Duration::from_secs(15), || version(&playing.said()) > before),
        "the mended text never plays:\n{}",
        playing.said()
    );
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(playing.stop(), 0, "{}", playing.said());
    assert!(!playing.said().contains("panicked"), "{}", playing.said());
    assert_sounds_all_along(Path::new(&out), &playing.said());
}

/// Four kicks a second leave no half second silent.
#[track_caller]
fn assert_sounds_all_along(take: &Path, said: &str) {
    let take = program::sound::read(take);
    let from = program::sound::first(&take).expect("something was played");
    let parts = take[0][from..program::sound::length(&take)].chunks_exact(24_000);
    assert!(parts.len() >= 2, "{} frames were played", take[0].len());
    for (at, part) in parts.enumerate() {
        let peak = part.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        assert!(peak > 0.01, "the music stopped in half second {at}:\n{said}");
    }
}

#[test]
fn an_unknown_sound() {
    let folder = Folder::new();
    goes_on(&folder, b"tempo 240\ndrums: s(\"bd hhh\")\n", &["piece.talea:2:14", "did you mean `hh`"]);
}

#[test]
fn a_kit_whose_folder_is_missing() {
    let folder = Folder::new();
    let text = format!("{GOOD}kit mine 'samples/mine'\nperc: s(\"clap\").bank(\"mine\")\n");
    goes_on(&folder, text.as_bytes(), &["piece.talea:3:", "samples/mine"]);
}

#[test]
fn a_kit_without_sounds() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("empty")).unwrap();
    folder.save("empty/notes.txt", "no sound");
    let text = format!("{GOOD}kit mine 'empty'\n");
    goes_on(&folder, text.as_bytes(), &["piece.talea:3:", "no sounds in"]);
}

#[test]
fn a_wav_file_that_is_empty_cut_short_or_no_audio() {
    let beep = beep();
    let cut = &beep[..60];
    for (what, bytes) in
        [("empty", &[][..]), ("cut", cut), ("noise", b"this is no audio at all, whatever its name says")]
    {
        let folder = Folder::new();
        folder.save("mine/clap.wav", bytes);
        folder.save("mine/good.wav", &beep);
        let text = format!("{GOOD}kit mine 'mine'\nperc: s(\"clap good\").bank(\"mine\")\n");
        eprintln_what(what);
        goes_on(&folder, text.as_bytes(), &["piece.talea:3:", "clap.wav"]);
    }
}

#[test]
fn a_wav_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.save("mine/clap.wav", beep());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        // Root may read everything: a folder under a file's name cannot be read by anybody.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
    }
    folder.save("mine/good.wav", beep());
    let text = format!("{GOOD}kit mine 'mine'\nperc: s(\"good\").bank(\"mine\")\n");
    goes_on(&folder, text.as_bytes(), &["piece.talea:3:", "clap.wav"]);
}

#[test]
fn a_text_that_is_no_utf_8() {
    let folder = Folder::new();
    goes_on(&folder, b"tempo 240\ndrums: s(\"bd\xff*4\")\n", &["not UTF-8", "piece.talea:2:"]);
}

#[test]
fn a_text_with_the_line_ends_of_windows_plays() {
    let Some(talea) = optimised() else { return };
    let (folder, piece) = Folder::with("tempo 240\r\ndrums: s(\"bd*4\")\r\n  .gain(.5)\r\n");
    let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "null"]);
    playing.until_said("v1 plays", 1);
    folder.save("piece.talea", "tempo 240\r\ndrums: s(\"bd hhh\")\r\n");
    playing.until_said("piece.talea:2:14", 1);
    assert_eq!(playing.stop(), 0, "{}", playing.said());
}

#[test]
fn a_text_of_ten_megabytes() {
    let folder = Folder::new();
    let text = "// what a long comment this is\n".repeat((11 << 20) / 31);
    assert!(text.len() > 10 << 20);
    goes_on(&folder, text.as_bytes(), &["10 MB"]);
}

#[test]
fn a_text_of_nearly_ten_megabytes_is_answered() {
    let Some(talea) = optimised() else { return };
    let mut text = "// what a long comment this is\n".repeat(10_000_000 / 31 - 10);
    text.push_str(GOOD);
    let (_folder, piece) = Folder::with(&text);
    let mut code = -1;
    let took = program::seconds(|| code = run(talea, &["check", &piece.display().to_string()]).code);
    assert_eq!(code, 0);
    // The goal is one second; a busy machine takes longer.
    assert!(took < 5.0, "{took} s");
}

#[test]
fn a_piece_that_is_deleted_while_it_plays() {
    let Some(talea) = optimised() else { return };
    let (folder, piece) = Folder::with(GOOD);
    let out = folder.path("take.wav").display().to_string();
    let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "null", "--record", &out]);
    playing.until_said("v1 plays", 1);
    fs::remove_file(&piece).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(playing.ended(), None, "{}", playing.said());
    assert!(playing.said().contains("piece.talea"), "nothing is said:\n{}", playing.said());
    folder.save("piece.talea", format!("{GOOD}more: s(\"hh*8\")\n"));
    playing.until_said("v2 plays", 1);
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(playing.stop(), 0, "{}", playing.said());
    assert_sounds_all_along(Path::new(&out), &playing.said());
}

#[test]
fn a_sample_that_is_deleted_while_it_plays() {
    let Some(talea) = optimised() else { return };
    let folder = Folder::new();
    let sample = folder.save("mine/clap.wav", beep());
    folder.save("mine/good.wav", beep());
    let text = "tempo 240\nkit mine 'mine'\nperc: s(\"clap*4\").bank(\"mine\")\ndrums: s(\"bd*4\")\n";
    let piece = folder.save("piece.talea", text);
    let out = folder.path("take.wav").display().to_string();
    let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "null", "--record", &out]);
    playing.until_said("v1 plays", 1);
    fs::remove_file(&sample).unwrap();
    playing.until_said("piece.talea:3:", 1);
    playing.until_said("clap", 1);
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(playing.ended(), None, "{}", playing.said());
    assert_eq!(playing.stop(), 0, "{}", playing.said());
    assert_sounds_all_along(Path::new(&out), &playing.said());
}

#[test]
fn a_piece_that_cannot_be_read_at_the_start_waits_for_its_mending() {
    let Some(talea) = optimised() else { return };
    let folder = Folder::new();
    let piece = folder.save("piece.talea", b"drums: \xff");
    let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "null"]);
    playing.until_said("not UTF-8", 1);
    assert_eq!(playing.ended(), None, "{}", playing.said());
    folder.save("piece.talea", GOOD);
    let heard = servers::wait_until(Duration::from_secs(15), || playing.said().contains(" plays"));
    assert!(heard, "{}", playing.said());
    assert_eq!(playing.stop(), 0, "{}", playing.said());
}

/// Which case is on, for whoever reads a failure.
#[allow(clippy::print_stderr)]
fn eprintln_what(what: &str) {
    eprintln!("a file that is {what}");
}
