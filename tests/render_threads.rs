//! A render is the same file with any number of threads.

#![allow(clippy::unwrap_used)]

use talea::base::quality::Quality;
use talea::files::project::Project;
use talea::render::offline::{self, Format, Length};

/// Two synths with more voices than a group has, one of them in stereo and with a delay, notes that end and steal, a
/// sample, an effect on a strip, sends; and what is slow and follows sound.
const PIECE: &str = r#"tempo 150
synth glass(bright: 3kHz) {
  voices 20
  a = unison(saw(freq), voices: 3, detune: 9ct, spread: 0.8)
  lowpass(a, bright * (1 + lfo(3Hz, sine) * 0.3), 2) * adsr(5ms, 200ms, 0.4, 400ms)
}
synth echoing { voices 12, x = pulse(freq, 0.3) * env(2ms, 90ms, 0, 20ms), x + delay(x, 90ms) * 0.5 }
synth wah { voices 20, saw(freq) * (0.5 + 0.5 * lfo(3Hz + sine(freq) * 2Hz)) * adsr() }
effect warm(amount: 2) { tanh(in * amount) }
high: note("<[c4,e4,g4,b4,d5] [a3,c4,e4,g4,b4]>*4").s("glass").gain(.2).room(.2).bright("2kHz 5kHz".slow(2))
low: note("a1*8 [e2 g2]*2").s("echoing").gain(.4)
wide: note("[c3,e3,g3,b3,d4,f4,a4,c5,e5,g5,b5,d6]*2").s("wah").gain(.05)
beat: s("bd*4, hh*8").sometimes(x => x.fast(2))
mix low { warm(1.5), gain -3dB }
"#;

#[test]
fn any_number_of_threads_gives_the_same_samples() {
    let folder = std::env::temp_dir().join(format!("talea-threads-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("piece.talea");
    std::fs::write(&path, PIECE).unwrap();
    let version = Project::new(&path).load().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(version.said.is_empty(), "{:?}", version.said);
    let [one, two, three] = [1, 2, 3].map(|threads| {
        let mut out: Vec<u32> = Vec::new();
        let format = Format { rate: 48_000, quality: Quality::Live, threads };
        offline::render(&version.score, format, Length::Cycles(0, 3), &mut |left, right| {
            out.extend(left.iter().zip(right).flat_map(|(left, right)| [left.to_bits(), right.to_bits()]));
            true
        })
        .unwrap();
        out
    });
    assert!(one.len() > 400_000 && one.iter().any(|bits| f32::from_bits(*bits).abs() > 0.1));
    assert!(one == two, "two threads differ from one");
    assert!(one == three, "three threads differ from one");
}

#[test]
fn a_render_that_is_ended_asks_no_more() {
    let version = Project::new("patterns/1-first-beat.talea").load().unwrap();
    for threads in [1, 2] {
        let mut calls = 0;
        let format = Format { rate: 48_000, quality: Quality::Live, threads };
        offline::render(&version.score, format, Length::Seconds(3.0), &mut |_, _| {
            calls += 1;
            calls < 5
        })
        .unwrap();
        assert_eq!(calls, 5, "{threads} threads");
    }
}
