//! The file formats that samples come in, whole and damaged. Each file in `tests/audio` holds a tone of 441 Hz at
//! 44.1 kHz, half of full scale on the left, a quarter on the right.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::path::Path;

use talea::files::decode::{Audio, decode};

const FORMATS: [&str; 5] = ["tone.flac", "tone.mp3", "tone.ogg", "tone.aiff", "tone-8.wav"];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio").join(name)).unwrap()
}

fn read(name: &str, bytes: Vec<u8>) -> Option<Audio> {
    decode(bytes, name.rsplit('.').next(), 2).ok()
}

/// The amplitude of 441 Hz: whole periods of 100 frames from the middle.
fn tone(channel: &[f32]) -> f64 {
    let middle = &channel[channel.len() / 2 - 1_000..][..2_000];
    let (mut re, mut im) = (0.0, 0.0);
    for (at, x) in middle.iter().enumerate() {
        let angle = std::f64::consts::TAU * at as f64 / 100.0;
        re += f64::from(*x) * angle.cos();
        im += f64::from(*x) * angle.sin();
    }
    2.0 * re.hypot(im) / middle.len() as f64
}

#[test]
fn every_format_is_read() {
    for name in FORMATS {
        let audio = decode(bytes(name), name.rsplit('.').next(), 2).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        assert_eq!((audio.rate, audio.channels.len()), (44_100, 2), "{name}");
        let (left, right) = (tone(&audio.channels[0]), tone(&audio.channels[1]));
        assert!((left - 0.5).abs() < 0.03 && (right - 0.25).abs() < 0.03, "{name}: {left:.3} {right:.3}");
    }
}

#[test]
fn the_first_bytes_tell_the_format_when_the_name_lies() {
    for name in FORMATS {
        let audio = decode(bytes(name), Some("wav"), 2);
        assert!(audio.is_ok(), "{name}: {audio:?}");
    }
}

#[test]
fn damaged_files_never_bring_us_down() {
    for name in FORMATS {
        let good = bytes(name);
        // Headers byte by byte, the rest in strides.
        let places = (0..good.len().min(128)).chain((128..good.len()).step_by(97));
        for at in places {
            for value in [0x00, 0xff, good[at] ^ 0x10] {
                let mut bytes = good.clone();
                bytes[at] = value;
                if let Some(audio) = read(name, bytes) {
                    assert!(
                        audio.channels.iter().flat_map(|channel| channel.iter()).all(|x| x.is_finite()),
                        "{name}, byte {at} as {value}"
                    );
                }
            }
        }
        for length in (0..good.len()).step_by(good.len() / 40) {
            let _ = read(name, good[..length].to_vec());
        }
    }
}
