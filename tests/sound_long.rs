//! Long samples play from the disk: live as they are rendered, from any place, in little memory.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)] // Measured figures are printed.

mod program;
mod servers;

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use program::sound;
use program::{Folder, Playing, optimised, run};

/// A kit `k` of one sound of so many seconds of noise, no two of them alike.
fn with_long(seconds: u32, text: &str) -> (Folder, PathBuf) {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("k")).unwrap();
    let mut state = 1u32;
    let noise = (0..seconds * 48_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as i32 as f32 / 8_589_934_592.0
    });
    sound::write(&folder.path("k/x.wav"), noise);
    let file = folder.save("piece.talea", format!("tempo 150\nkit k 'k'\n{text}\n"));
    (folder, file)
}

#[test]
fn a_long_sample_sounds_live_as_it_is_rendered() {
    let Some(program) = optimised() else { return };
    let text = "a: s(\"x*8\").bank(\"k\").begin(rand).speed(\"<1 -1 .5 2>\").clip(1).gain(.5)\n\
                b: s(\"x/4\").bank(\"k\").begin(.3).room(.2)\n\
                c: s(\"x*4\").bank(\"k\").loop(1).loopBegin(.5).loopEnd(.5005).begin(.5).clip(1).gain(.3)\n\
                d: s(\"x\").bank(\"k\").striate(8).slow(4)";
    let (folder, file) = with_long(150, text);
    let [take, log] = ["take.wav", "set.log"].map(|name| folder.path(name));
    let [take_name, log_name] = [&take, &log].map(|path| path.display().to_string());
    let arguments = ["--audio", "null", "--record", &take_name, "--log", &log_name, "--for", "8s"];
    // A machine that stands still for longer than is planned ahead makes anything late.
    let in_time = (0..3).any(|_| {
        let mut playing = Playing::start(program, &folder, &file, &arguments);
        assert_eq!(playing.finish(Duration::from_secs(60)), 0, "{}", playing.said());
        !playing.said().contains("late ")
    });
    assert!(in_time, "late at each attempt");
    let (take, replayed) = (sound::read(&take), sound::render(program, &log, &[]));
    let same = sound::assert_same(&take, &replayed, None, "the session");
    assert!(same > 7 * 48_000, "only {same} frames were compared");
    assert!(sound::peak(&replayed) > 0.1);
}

/// The most memory that a process of this program has taken, in bytes.
fn most_memory(program: &Path, arguments: &[&str]) -> u64 {
    let mut child = std::process::Command::new(program)
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        // What is mapped from the disk is the system's, to be let go of when it likes.
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    most
}

#[test]
fn a_long_sample_takes_little_memory() {
    let Some(program) = optimised() else { return };
    // 115 MB of audio, and as much again if it is converted.
    let (folder, file) = with_long(600, "a: s(\"x/8\").bank(\"k\").begin(.5)");
    for rate in ["48000", "44100"] {
        let (file, out) = (file.display().to_string(), folder.path("out.wav").display().to_string());
        let most = most_memory(program, &["render", &file, "-o", &out, "--seconds", "8", "--rate", rate]);
        eprintln!("{rate} Hz: {:.1} MB", most as f64 / 1e6);
        assert!((1 << 20..60 << 20).contains(&most), "{most} bytes at {rate} Hz");
    }
}

#[test]
fn what_is_absurdly_long_is_refused_at_once() {
    let Some(program) = optimised() else { return };
    let (folder, file) = with_long(1, "a: s(\"x\").bank(\"k\")");
    let whole = std::fs::read(folder.path("k/x.wav")).unwrap();
    let data = whole.windows(4).position(|name| name == b"data").unwrap();
    for (bytes, code) in [(3u64 << 30, "sample-too-long"), (5 << 30, "sample-too-large")] {
        let promised = u32::try_from(bytes - data as u64 - 8).unwrap_or(u32::MAX);
        // A file of holes: it takes no room.
        let path = folder.path("k/x.wav");
        std::fs::write(&path, &whole[..data + 8]).unwrap();
        let wav = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        wav.write_all_at(&promised.to_le_bytes(), data as u64 + 4).unwrap();
        wav.set_len(bytes).unwrap();
        let file = file.display().to_string();
        let mut ran = None;
        let took = program::seconds(|| ran = Some(run(program, &["check", &file, "--json"])));
        let ran = ran.unwrap();
        assert!(ran.out.contains(code) || ran.err.contains(code), "{bytes} bytes: {}{}", ran.out, ran.err);
        assert!(took < 5.0, "{took} s");
    }
}

#[test]
fn a_long_sample_without_room_on_disk_is_said_where_it_is_named() {
    let Some(program) = optimised() else { return };
    let (folder, file) = with_long(130, "a: s(\"x\").bank(\"k\")\nb: s(\"bd*4\")");
    let out = folder.path("out.wav");
    let ran = std::process::Command::new(program)
        .args([
            "render",
            &file.display().to_string(),
            "-o",
            &out.display().to_string(),
            "--bits",
            "32f",
            "--seconds",
            "2",
        ])
        .env("TMPDIR", folder.path("no such folder"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("sample-no-room") && said.contains("TMPDIR"), "{said}");
    assert!(said.contains("piece.talea:2"), "{said}");
    assert!(ran.status.code() == Some(1) && !out.exists(), "{:?}", ran.status);
}
