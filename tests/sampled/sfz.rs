//! SFZ files as they are heard.

use crate::desk::{Desk, TONES, heard, level, render};

const SFZ: &str = "#define $SOFT 63
<control> default_path=piano/
<global> ampeg_release=0.05
<group> hivel=$SOFT
<region> sample=Soft C3.wav key=48 lokey=0 hikey=127
<group> lovel=64
<region> sample=hard.wav lokey=c-1 hikey=59 pitch_keycenter=48 volume=-6.0206
<region> sample=hard.wav lokey=60 hikey=g9 pitch_keycenter=60 transpose=12 pan=-100 eq1_freq=100
";

#[test]
fn an_sfz_plays_by_key_and_velocity() {
    let mut desk = Desk::new(&[("piano/Soft C3.wav", 200.0, 0.5), ("piano/hard.wav", 300.0, 0.5)]);
    std::fs::write(desk.root.path().join("p.sfz"), SFZ).unwrap();
    let piece = |word: &str| {
        format!("tempo 60\n{word} p {{ file 'p.sfz' }}\n$: note(\"c3 c4 c3 c4\").s(\"p\").velocity(\".4 .4 1 1\")\n")
    };
    let version = desk.load(&piece("sfz"));
    assert_eq!(version.said.iter().map(|said| said.code).collect::<Vec<_>>(), ["font-left-out"]);
    assert!(version.said[0].message.contains("eqN_freq"), "{}", version.said[0].message);
    let audio = render(&version, 4.0);
    let middle = std::f64::consts::FRAC_1_SQRT_2;
    let soft = 0.5 * middle * 0.4 * 0.4;
    let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 0.02, "{found} {wanted}");
    near(level(&audio, 0.0, 200.0), soft);
    near(level(&audio, 1.0, 400.0), soft);
    near(level(&audio, 2.0, 300.0), 0.5 * middle * 0.5);
    // An octave up at the root, and on the left alone.
    near(level(&audio, 3.0, 600.0), 0.5);
    assert_eq!(render(&desk.load(&piece("soundfont")), 4.0), audio);
}

#[test]
fn what_is_wrong_with_an_sfz_is_said_where_the_text_names_it() {
    let mut desk = Desk::new(&[("a.wav", 200.0, 0.5)]);
    let mut codes = |text: &str| {
        std::fs::write(desk.root.path().join("p.sfz"), text).unwrap();
        let version = desk.load("sfz p { file 'p.sfz' }\n$: s(\"p\")\n");
        assert!(
            version.said.iter().all(|said| said.place.is_some_and(|place| place.start == 13)),
            "{:?}",
            version.said
        );
        version.said.iter().map(|said| (said.code, said.is_error())).collect::<Vec<_>>()
    };
    assert_eq!(codes(""), [("font-broken", true)]);
    assert_eq!(codes("<region> sample=b.wav"), [("font-broken", true)]);
    assert_eq!(codes("<region> sample=A.WAV <region> sample=b.wav"), [("sample-missing", false)]);
    assert_eq!(codes("rubbish <region> sample=a.wav"), [("font-broken", true)]);
    assert_eq!(codes("\0\u{1}<<<>>>=="), [("font-broken", true)]);
    assert_eq!(desk.codes("sfz q { file 'q.sfz' }\n"), ["sample-missing"]);
}

#[test]
fn turns_chokes_and_ends_of_an_sfz() {
    let tones = [("a.wav", 200.0, 0.5), ("b.wav", 300.0, 0.5), ("c.wav", 400.0, 0.5), ("d.wav", 500.0, 0.5)];
    let mut desk = Desk::new(&tones);
    let sfz = "<group> seq_length=3 key=60 loop_mode=one_shot
<region> sample=a.wav seq_position=1 <region> sample=b.wav seq_position=2 <region> sample=c.wav seq_position=3
<region> key=62 sample=a.wav <region> key=62 trigger=release sample=d.wav
";
    std::fs::write(desk.root.path().join("p.sfz"), sfz).unwrap();
    let audio = desk.play("tempo 60\nsfz p { file 'p.sfz' }\n$: note(\"c4*4 [d4 ~]\").s(\"p\")\n", 4.0);
    let turns: Vec<f64> = (0..4).map(|hit| heard(&audio, f64::from(hit) * 0.5, &TONES)).collect();
    assert_eq!(turns, [200.0, 300.0, 400.0, 200.0]);
    assert_eq!((heard(&audio, 2.0, &TONES), heard(&audio, 3.0, &TONES)), (200.0, 500.0));
}
