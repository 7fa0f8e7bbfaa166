//! The desk as a text moves it: inserts, groups, ducking, fades, measured on what is rendered.

#![allow(clippy::unwrap_used)]

use talea::files::project::Project;
use talea::render::offline::{Length, render};

/// What a text says and how it sounds.
struct Heard {
    said: Vec<String>,
    left: Vec<f32>,
    right: Vec<f32>,
}

/// Renders so many seconds of a text at 48 kHz.
fn heard(text: &str, seconds: f64) -> Heard {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.talea");
    std::fs::write(&path, text).unwrap();
    let version = Project::new(&path).load().unwrap();
    let said = version.said.iter().map(|said| format!("{} {}", said.code, said.message)).collect();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    render(&version.score, 48_000, Length::Seconds(seconds), &mut |l, r| {
        left.extend_from_slice(l);
        right.extend_from_slice(r);
        true
    })
    .unwrap();
    assert!(left.iter().chain(&right).all(|x| x.is_finite()), "not finite");
    Heard { said, left, right }
}

/// As [`heard`], of a text that nothing is said of.
#[track_caller]
fn clean(text: &str, seconds: f64) -> Heard {
    let heard = heard(text, seconds);
    assert!(heard.said.is_empty(), "{:?}", heard.said);
    heard
}

/// The level of a stretch in seconds, dBFS (RMS).
fn level(signal: &[f32], from: f64, to: f64) -> f64 {
    let piece = &signal[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
    let power: f64 = piece.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / piece.len() as f64;
    10.0 * power.max(1e-20).log10()
}

#[test]
fn an_eq_raises_and_takes_off_what_its_bands_say() {
    let with = |eq: &str| {
        let text = format!("a: note(\"a5\").slow(4).s(\"sine\")\nmix a {{ {eq} }}\nmaster {{ }}\n");
        let heard = clean(&text, 1.5);
        let (left, right) = (level(&heard.left, 0.5, 1.4), level(&heard.right, 0.5, 1.4));
        assert!((left - right).abs() < 1e-3 || eq == "pan 0", "{eq}: {left} {right}");
        left
    };
    let plain = with("gain 0dB");
    for (eq, wanted) in [
        ("eq(bell(880Hz, +6dB))", 6.0),
        ("eq(bell(880Hz, -3dB, q: 2), bell(880Hz, -2dB))", -5.0),
        ("eq(low(+4dB, 8kHz))", 4.0),
        ("eq(high(100Hz, -6dB))", -6.0),
        ("eq(lowcut(880Hz))", -3.01),
        ("eq(highcut(440Hz, slope: 24))", -24.1),
        ("pan 0", 0.0),
    ] {
        let rise = with(eq) - plain;
        assert!((rise - wanted).abs() < 0.3, "{eq}: {rise} dB, not {wanted}");
    }
}

#[test]
fn a_section_moves_the_band_of_a_named_insert() {
    let text = "tempo 240\na: note(\"a3\").slow(8).s(\"sine\")\nmix a { thin: eq(high(0dB), lowcut(20Hz)) }\n\
                section one 2 { a }\nsection two 2 { a, mix a { thin(lowcut(ramp(20Hz, 880Hz))) } }\nsection three 2 { a, mix a { thin(lowcut(880Hz), high(+3dB)) } }\n\
                song \"one two three\"\n";
    let heard = clean(text, 6.0);
    let (first, last) = (level(&heard.left, 1.0, 1.9), level(&heard.left, 4.5, 5.9));
    assert!((last - first + 24.1).abs() < 0.5, "{first} {last}");
    let (early, late) = (level(&heard.left, 2.1, 2.3), level(&heard.left, 3.7, 3.9));
    assert!(early > first - 2.0 && late < first - 15.0, "{first} {early} {late}");
}

#[test]
fn what_is_wrong_in_an_eq_is_said() {
    let said = |mix: &str| heard(&format!("a: s(\"bd\")\n{mix}\n"), 0.1).said.join("; ");
    assert!(said("mix a { eq(bel(220Hz)) }").contains("unknown-band"), "{}", said("mix a { eq(bel(220Hz)) }"));
    assert!(said("mix a { eq(220Hz) }").contains("band-expected"));
    assert!(said("mix a { eq(bell(220Hz, 99dB)) }").contains("out-of-range"));
    assert!(said("mix a { eq(lowcut(220Hz, slope: sine)) }").contains("fixed-slot"));
    assert!(said("mix a { eq(bell(220Hz)) }\nsection x 4 { a, mix a { eq(high(2dB)) } }").contains("no-such-band"));
    assert!(
        said("mix a { warm: eq(bell(220Hz)) }\nsection x 4 { a, mix a { warn(bell(2dB)) } }")
            .contains("unknown-insert")
    );
}
