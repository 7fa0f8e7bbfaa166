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

/// A steady tone beside a kick on every beat of a bar of two seconds; what the tone's strip does is given.
fn beside_a_kick(mix: &str, kick: &str) -> Heard {
    clean(
        &format!(
            "tempo 120\nkick: {kick}\ntone: note(\"a4\").slow(4).s(\"sine\")\nmix kick {{ gain 0 }}\nmix tone {{ {mix} }}\n"
        ),
        4.0,
    )
}

#[test]
fn a_track_makes_way_for_the_kick_of_another_even_where_it_is_not_heard() {
    let plain = beside_a_kick("gain 0dB", "s(\"bd sd bd sd\")");
    let all = beside_a_kick("duck(by: kick, amount: 12dB, release: 100ms)", "s(\"bd sd bd sd\")");
    let only = beside_a_kick("duck(by: kick, sound: 'bd', amount: 12dB, release: 100ms)", "s(\"bd sd bd sd\")");
    let down =
        |heard: &Heard, at: f64| level(&heard.left, at + 0.01, at + 0.02) - level(&plain.left, at + 0.01, at + 0.02);
    for bar in [0.0, 2.0] {
        for (beat, hits) in [(0.0, true), (0.5, false), (1.0, true), (1.5, false)] {
            let at = bar + beat;
            assert!((-12.5..-9.0).contains(&down(&all, at)), "{at}: {}", down(&all, at));
            let wanted = if hits { -12.5..-9.0 } else { -0.01..0.01 };
            assert!(wanted.contains(&down(&only, at)), "{at}: {}", down(&only, at));
            assert!(down(&all, at + 0.2).abs() < 0.01, "{}", down(&all, at + 0.2));
        }
    }
    // On its very frame: half a second is a beat.
    let first = (24_000..48_000).find(|i| plain.left[*i] != all.left[*i]).unwrap();
    assert!((24_000..24_004).contains(&first), "{first}");
    // A muted kick strikes as well.
    let muted = clean(
        "tempo 120\n_kick: s(\"bd sd bd sd\")\ntone: note(\"a4\").slow(4).s(\"sine\")\nmix tone { duck(by: kick, amount: 12dB, release: 100ms) }\n",
        4.0,
    );
    assert!((-12.5..-9.0).contains(&down(&muted, 2.5)), "{}", down(&muted, 2.5));
}

#[test]
fn a_group_strikes_with_all_of_its_members_and_a_held_note_holds() {
    let text = |by: &str| {
        format!(
            "tempo 120\n_a: s(\"bd ~ ~ ~\")\n_b: note(\"~ c3 ~ ~\").s(\"sawtooth\")\ntone: note(\"a4\").slow(4).s(\"sine\")\n\
             group band [a, b] {{ gain 0 }}\nmix tone {{ {by} }}\n"
        )
    };
    let plain = clean(&text("gain 0dB"), 2.0);
    let ducked = clean(&text("duck(by: band, amount: 10dB, release: 50ms)"), 2.0);
    let down = |at: f64| level(&ducked.left, at, at + 0.02) - level(&plain.left, at, at + 0.02);
    assert!(down(0.01) < -6.0 && down(0.3).abs() < 0.01, "{} {}", down(0.01), down(0.3));
    assert!((down(0.55) + 10.0).abs() < 0.1 && (down(0.95) + 10.0).abs() < 0.1, "{} {}", down(0.55), down(0.95));
    assert!(down(1.2).abs() < 0.01, "{}", down(1.2));
}

#[test]
fn hits_make_way_for_themselves_in_the_orbits_that_they_name() {
    let text = |kick: &str| {
        format!(
            "tempo 120\n_kick: s(\"bd ~ bd ~\"){kick}\ntone: note(\"a4\").slow(4).s(\"sine\").orbit(2)\n\
             other: note(\"a6\").slow(4).s(\"sine\").gain(0)\n"
        )
    };
    let plain = clean(&text(""), 2.0);
    let deep = clean(&text(".duck(2).duckdepth(.75).duckattack(.2)"), 2.0);
    let listed = clean(&text(".duckorbit(\"3:2\").duckdepth(\"<.5>\").duckattack(.2)"), 2.0);
    let elsewhere = clean(&text(".duck(3)"), 2.0);
    let down = |heard: &Heard, at: f64| {
        level(&heard.left, at + 0.008, at + 0.014) - level(&plain.left, at + 0.008, at + 0.014)
    };
    for at in [0.0, 1.0] {
        assert!((down(&deep, at) + 12.0).abs() < 1.0, "{at}: {}", down(&deep, at));
        assert!((down(&listed, at) + 6.0).abs() < 0.6, "{at}: {}", down(&listed, at));
        assert!(down(&deep, at + 0.4).abs() < 0.01 && down(&elsewhere, at).abs() < 0.01);
    }
}

#[test]
fn a_strip_sounds_through_the_response_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    // A tenth of a second later on the left, a fifth on the right, half as loud there.
    let mut sides = [vec![0.0f32; 12_000], vec![0.0f32; 12_000]];
    (sides[0][4800], sides[1][9600]) = (0.8, 0.4);
    let file = folder.path().join("echo.wav");
    let mut wav = talea::files::wav::WavWriter::create(&file, 48_000, 2, talea::files::wav::Bits::Float32, 0).unwrap();
    wav.write(&[&sides[0], &sides[1]]).unwrap();
    wav.finish().unwrap();
    let text = |strips: &str| {
        format!("tempo 60\na: s(\"rim/4\").gain(.5)\n{}\n", strips.replace("FILE", &file.display().to_string()))
    };
    let plain = clean(&text(""), 1.0);
    let wet = clean(&text("mix a { send far 0dB, gain 0 }\nbus far { convolve('FILE') }"), 1.0);
    assert!(wet.left.iter().all(|x| *x == 0.0), "behind a closed fader nothing is sent");
    let wet = clean(&text("mix a { send pre far 0dB, gain 0 }\nbus far { convolve('FILE', gain: -6dB) }"), 1.0);
    for i in 0..9600 {
        let half = 10f32.powf(-0.3);
        assert!((wet.left[i + 4800] - plain.left[i] * half).abs() < 1e-5, "{i} left");
        assert!((wet.right[i + 9600] - plain.right[i] * half * 0.5).abs() < 1e-5, "{i} right");
    }
    // On a track it stands beside the sound.
    let beside = clean(&text("mix a { convolve('FILE') }"), 1.0);
    assert!((0..4800).all(|i| (beside.left[i] - plain.left[i]).abs() < 1e-6));
    let said = |insert: &str| heard(&text(&format!("mix a {{ {insert} }}")), 0.1).said.join("; ");
    assert!(said("convolve()").contains("missing-argument"), "{}", said("convolve()"));
    assert!(said("convolve(\"x.wav\")").contains("text-expected"), "{}", said("convolve(\"x.wav\")"));
    assert!(said("convolve('gone.wav')").contains("sample-missing"), "{}", said("convolve('gone.wav')"));
}

#[test]
fn what_is_ducked_by_nothing_is_said() {
    let said = |mix: &str| heard(&format!("drums: s(\"bd\")\nmix drums {{ {mix} }}\n"), 0.1).said.join("; ");
    assert!(
        said("duck(by: drumz)").contains("unknown-track no track or group is called `drumz`"),
        "{}",
        said("duck(by: drumz)")
    );
    assert!(said("duck(by: room)").contains("`room` plays no notes"));
    assert!(said("duck(by: drums, sound: bd)").contains("name-missing"));
    assert!(said("duck(by: drums, sound: 'bd', amount: 400dB)").contains("out-of-range"));
}

#[test]
fn a_compressor_of_the_text_holds_a_loud_tone_down() {
    let with = |mix: &str| {
        let text = format!("a: note(\"a4\").slow(4).s(\"sine\").gain(2)\nmix a {{ {mix} }}\n");
        level(&clean(&text, 1.5).left, 1.0, 1.4)
    };
    let (plain, held) = (with("gain 0dB"), with("comp(4, -30dB, 5ms, 200ms, knee: 0dB)"));
    let peak = plain + 3.01;
    let wanted = plain - (peak + 30.0) * 0.75;
    assert!((held - wanted).abs() < 0.4, "{plain}: {held}, not {wanted}");
}

#[test]
fn a_section_fades_in_over_the_one_before() {
    let text = "tempo 120\na: note(\"a3*16\").s(\"sine\").release(.05)\nb: note(\"a5*16\").s(\"sine\").release(.05)\n\
                mix a { pan 0 }\nmix b { pan 1 }\n\
                section one 2 { a }\nsection two 3 { b, fade 2 bars }\nsong \"one two\"\n";
    let heard = clean(text, 10.0);
    let (a, b) = (|at: f64| level(&heard.left, at, at + 0.5), |at: f64| level(&heard.right, at, at + 0.5));
    // Section two begins after four seconds; in the middle of its fade both are 3 dB down.
    assert!(b(3.0) < -90.0 && (a(5.75) - a(3.0) + 3.0).abs() < 0.7, "{} {}", a(5.75), a(3.0));
    assert!((b(5.75) - b(9.0) + 3.0).abs() < 0.7, "{} {}", b(5.75), b(9.0));
    assert!(a(4.25) - a(3.0) > -1.0 && b(4.25) - b(9.0) < -10.0);
    assert!(a(8.5) < -90.0, "{}", a(8.5));
    // What both play goes on.
    let both = clean(&text.replace("{ b, fade", "{ a, b, fade"), 10.0);
    assert!((level(&both.left, 5.0, 5.5) - level(&both.left, 3.0, 3.5)).abs() < 0.1);
}

#[test]
fn a_section_transposes_and_fills() {
    let text = "tempo 120\na: note(\"a3*8\").s(\"sine\").when(fill, x => x.add(note(24)))\nd: s(\"bd\")\nmix d { gain -80dB }\n\
                section one 1 { a, d }\nsection two 2 { a, d, transpose 12, fill 1 bar }\nsong \"one two\"\n";
    let heard = heard(text, 6.0);
    let zeros = |from: f64| {
        let piece = &heard.left[(from * 48_000.0) as usize..((from + 0.2) * 48_000.0) as usize];
        piece.windows(2).filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0).count() as f64 * 5.0
    };
    assert!((zeros(1.0) - 220.0).abs() < 10.0, "{}", zeros(1.0));
    assert!((zeros(3.0) - 440.0).abs() < 10.0, "{}", zeros(3.0));
    assert!((zeros(5.0) - 1760.0).abs() < 10.0, "{}", zeros(5.0));
}

#[test]
fn all_goes_through_a_function_at_the_top_and_in_a_section() {
    let text = "tempo 120\nall(x => x.add(note(12)))\na: note(\"a3*8\").s(\"sine\")\nb: note(\"a3*8\").s(\"sine\")\nmix a { pan 0 }\nmix b { pan 1 }\n\
                section one 2 { a, last 1 { all: add(note(12)) } }\nsection two 1 { all: add(note(-12)), b: note(\"a4*8\").s(\"sine\") }\nsong \"one two\"\n";
    let heard = clean(text, 6.0);
    let zeros = |side: &[f32], from: f64| {
        let piece = &side[(from * 48_000.0) as usize..((from + 0.2) * 48_000.0) as usize];
        piece.windows(2).filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0).count() as f64 * 5.0
    };
    let (a, b) = (|from| zeros(&heard.left, from), |from| zeros(&heard.right, from));
    assert!((a(1.0) - 440.0).abs() < 10.0 && b(1.0) < 1.0, "{} {}", a(1.0), b(1.0));
    assert!((a(3.0) - 880.0).abs() < 10.0 && b(3.0) < 1.0, "{} {}", a(3.0), b(3.0));
    assert!((a(5.0) - 220.0).abs() < 10.0 && (b(5.0) - 880.0).abs() < 10.0, "{} {}", a(5.0), b(5.0));
}

#[test]
fn every_insert_of_the_table_plays_in_a_strip_and_does_no_harm() {
    let response = concat!("'", env!("CARGO_MANIFEST_DIR"), "/samples/kit/bd/0.wav'");
    for info in talea::base::insert::INSERTS {
        let arguments = match info.name {
            "duck" => "by: a",
            "convolve" => response,
            _ => "",
        };
        let text = format!(
            "tempo 120\na: s(\"bd*4\")\nb: note(\"<a2 e3>*8\").s(\"sawtooth\")\nmix b {{ {}({arguments}) }}\n",
            info.name
        );
        let heard = clean(&text, 1.0);
        let loud = level(&heard.left, 0.1, 1.0);
        assert!((-50.0..-3.0).contains(&loud), "{}: {loud}", info.name);
    }
}

#[test]
fn an_orbit_has_a_delay_of_its_own_and_events_set_it() {
    let text = "tempo 120\na: s(\"<bd ~ ~ ~>\").delay(1).delaytime(.4).delayfeedback(0)\nb: s(\"<bd ~ ~ ~>\").delay(1).orbit(2).delaytime(.7)\n\
                mix a { pan 0 }\nmix b { pan 1 }\nbus delay { echo(time: 1/8, feedback: 0) }\n";
    let heard = clean(text, 2.0);
    let (dry, a, b) = (
        |side: &[f32]| level(side, 0.0, 0.05),
        |side: &[f32]| level(side, 0.4, 0.45),
        |side: &[f32]| level(side, 0.7, 0.75),
    );
    assert!((a(&heard.left) - dry(&heard.left)).abs() < 4.0, "{} {}", a(&heard.left), dry(&heard.left));
    assert!((b(&heard.right) - dry(&heard.right)).abs() < 4.0, "{} {}", b(&heard.right), dry(&heard.right));
    assert!(b(&heard.left) - a(&heard.left) < -15.0 && a(&heard.right) - b(&heard.right) < -15.0);
    // The text's own time is not heard any more.
    assert!(level(&heard.left, 0.25, 0.3) - a(&heard.left) < -6.0);
}

#[test]
fn a_send_before_the_fader_is_heard_where_the_fader_is_down() {
    let with = |send: &str| {
        let text = format!("a: note(\"a4\").slow(4).s(\"sine\")\nbus x {{ }}\nmix a {{ gain 0, {send} }}\n");
        level(&clean(&text, 1.0).left, 0.3, 0.9)
    };
    assert!(with("send pre x 0dB") > -20.0 && with("send x 0dB") < -150.0);
}

#[test]
fn a_group_is_a_strip_of_its_own_and_a_track_is_in_one() {
    let text = |group: &str| {
        format!(
            "a: note(\"a4\").slow(4).s(\"sine\")\nb: note(\"a5\").slow(4).s(\"sine\")\n{group}\nsection one 2 {{ a, b, mix both {{ gain -6dB }} }}\nsong \"one\"\n"
        )
    };
    let plain = clean(&text("group both [a, b] { gain 0dB }").replace("gain -6dB", "pan .5"), 1.0);
    let down = clean(&text("group both [a, b] { gain 0dB }"), 1.0);
    assert!((level(&down.left, 0.3, 0.9) - level(&plain.left, 0.3, 0.9) + 6.0).abs() < 0.01);
    let narrow = clean(&text("group both [a, b] { eq(highcut(50Hz, slope: 48)) }"), 1.0);
    assert!(level(&narrow.left, 0.3, 0.9) < level(&plain.left, 0.3, 0.9) - 100.0);
    let said = heard("a: s(\"bd\")\ngroup x [a] { gain 0 }\ngroup y [a] { gain 0 }\n", 0.1).said.join("; ");
    assert!(said.contains("two-groups"), "{said}");
}
