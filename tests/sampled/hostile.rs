//! Files that lie: whatever the bytes are, there is a diagnostic with a place or a bounded sound, and it takes no longer
//! than a moment.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::desk::{Desk, render};
use crate::sf2::font;

/// The longest that reading any small file may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is said of a text whose file has these bytes; every one of it has a place, and what plays is bounded.
fn survive(desk: &mut Desk, name: &str, bytes: &[u8], text: &str) -> Vec<&'static str> {
    std::fs::write(desk.root.path().join(name), bytes).unwrap();
    let started = Instant::now();
    let version = desk.load(text);
    assert!(version.said.len() <= 40, "a flood: {:?}", version.said);
    for said in &version.said {
        assert!(said.place.is_some() && said.message.len() < 1_000, "{said:?}");
    }
    let audio = render(&version, 0.2);
    assert!(audio.iter().all(|x| x.is_finite() && x.abs() <= 1.0));
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    version.said.iter().map(|said| said.code).collect()
}

const KIT: &str = "kit k { file 'x.wav' }\n$: s(\"x\").bank(\"k\")\n";
const MP3: &str = "kit k { file 'x.mp3' }\n$: s(\"x\").bank(\"k\")\n";
const FONT: &str = "soundfont f { file 'x.sf2', program 5 }\n$: note(\"c4\").s(\"f\")\n";
const SFZ: &str = "sfz f { file 'x.sfz' }\n$: note(\"c4\").s(\"f\")\n";

fn wav(desk: &Desk) -> Vec<u8> {
    std::fs::read(desk.root.path().join("a.wav")).unwrap()
}

#[test]
fn a_wav_whose_header_promises_4_gb_takes_no_such_memory() {
    let mut desk = Desk::new(&[("a.wav", 200.0, 0.5)]);
    let mut bytes = wav(&desk);
    let at = bytes.windows(4).position(|word| word == b"data").unwrap() + 4;
    bytes[at..at + 4].copy_from_slice(&0x7000_0000u32.to_le_bytes());
    assert_eq!(survive(&mut desk, "x.wav", &bytes, KIT), ["sample-too-long"]);
    // As a pipe leaves it, it plays to its end.
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(survive(&mut desk, "x.wav", &bytes, KIT), [""; 0]);
}

#[test]
fn empty_and_foreign_files_are_said() {
    let mut desk = Desk::new(&[]);
    assert_eq!(survive(&mut desk, "x.wav", b"", KIT), ["sample-empty"]);
    assert_eq!(survive(&mut desk, "x.wav", b"dear aunt", KIT), ["sample-format"]);
    assert_eq!(survive(&mut desk, "x.sf2", b"", FONT), ["font-broken"]);
    assert_eq!(survive(&mut desk, "x.sf2", b"RIFF\xff\xff\xff\xffsfbkLIST\xff\xff\xff\xffsdta", FONT), ["font-broken"]);
    assert_eq!(survive(&mut desk, "x.sfz", b"", SFZ), ["font-broken"]);
    std::fs::create_dir(desk.root.path().join("nothing")).unwrap();
    assert_eq!(desk.codes("kit k 'nothing'\n"), ["kit-empty"]);
    assert_eq!(desk.codes("samples('nothing')\n"), ["kit-empty"]);
    assert_eq!(desk.codes("sampler k { folder 'nothing' }\n"), ["kit-empty"]);
    assert_eq!(desk.codes("soundfont k { file 'nothing' }\n"), ["font-broken"]);
    assert_eq!(desk.codes("sfz k { file 'nothing' }\n"), ["font-broken"]);
}

#[test]
fn a_truncated_mp3_is_said_or_plays_what_is_there() {
    let whole = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/audio/tone.mp3")).unwrap();
    let mut desk = Desk::new(&[]);
    for length in [1, 10, whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        survive(&mut desk, "x.mp3", &whole[..length], MP3);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let mut desk = Desk::new(&[("a.wav", 200.0, 0.5)]);
    let path = desk.root.path().join("a.wav");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    // The superuser may read everything.
    if std::fs::read(&path).is_err() {
        assert_eq!(desk.codes("kit k { file 'a.wav' }\n$: s(\"a\").bank(\"k\")\n"), ["sample-unreadable"]);
    }
}

#[test]
fn a_font_of_endless_zones_ends() {
    // Each of many zones of the preset names an instrument of many zones.
    let mut font = crate::sf2::Font::default();
    font.tone(2_000, 0.5, 1, 0);
    let zone: &[(u16, u16)] = &[(53, 0)];
    font.instrument(&vec![zone; 60_000]);
    let zone: &[(u16, u16)] = &[(41, 0)];
    font.preset("Endless", 5, 0, &vec![zone; 60_000]);
    let mut desk = Desk::new(&[]);
    assert_eq!(survive(&mut desk, "x.sf2", &font.bytes(), FONT), ["font-left-out"]);
}

/// Bytes with a few of them changed, perhaps cut off.
fn mutated(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = good.len();
    // Headers and tables stand at both ends.
    let place = prop_oneof![0..length.min(200), length.saturating_sub(1_500)..length, 0..length];
    let change = (place, prop_oneof![Just(0u8), Just(0xff), Just(0x7f), Just(0x80), any::<u8>()]);
    (prop::collection::vec(change, 1..12), prop_oneof![4 => Just(length), 1 => 0..length]).prop_map(
        move |(changes, end)| {
            let mut bytes = good.clone();
            for (at, value) in changes {
                bytes[at] = value;
            }
            bytes.truncate(end);
            bytes
        },
    )
}

const TEXT: &str = "#define $A 60\n<control> default_path=./ note_offset=0\n<global> ampeg_release=0.1 cutoff=2000 fil_type=lpf_2p\n\
                    <group> seq_length=2 lovel=1\n<region> sample=a.wav key=$A seq_position=1 loop_mode=loop_continuous loop_start=10 \
                    loop_end=900 tune=-3 offset=3 end=20000\n<region> sample=a.wav lokey=c1 hikey=g9 pitch_keycenter=60 volume=-6\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_font_brings_us_down(bytes in mutated(font().bytes())) {
        survive(&mut Desk::new(&[]), "x.sf2", &bytes, FONT);
    }

    #[test]
    fn no_sfz_brings_us_down(bytes in mutated(TEXT.as_bytes().to_vec())) {
        survive(&mut Desk::new(&[("a.wav", 200.0, 0.5)]), "x.sfz", &bytes, SFZ);
    }

    #[test]
    fn no_wav_brings_us_down(bytes in mutated(wav(&Desk::new(&[("a.wav", 200.0, 0.5)])))) {
        survive(&mut Desk::new(&[]), "x.wav", &bytes, KIT);
    }
}
