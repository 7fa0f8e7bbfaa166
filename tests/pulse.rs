//! The real program through cpal's PulseAudio host and a null sink: the recording holds what `talea render` writes.
//! A busy machine may leave gaps; they are counted and said.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)] // Measured figures are printed.

mod program;
mod servers;

use std::time::Duration;

use program::sound::{self, Channels};
use program::{Folder, Playing, optimised};
use servers::{PulseServer, wait_until, with_pulse};

const PIECE: &str = r#"
tempo 120
drums: s("bd*4, ~ sd ~ sd, hh*8").room(.2)
bass:  note("<a1 f1 c2 g1>*4").s("sawtooth").lpf(sine.range(300, 2000).slow(4)).clip(.9)
pads:  note("<[a3,c4,e4] [f3,a3,c4]>").s("supersaw").release(.5).velocity(.5).delay(.3)
mix bass { gain -6dB }
mix pads { gain -14dB }
"#;

/// How many frames must fit after a gap before it counts as closed.
const ENOUGH: usize = 32;
/// The furthest that a gap may reach, in frames.
const FURTHEST: usize = 96_000;

/// How the recording fits the render.
#[derive(Debug, Default)]
struct Fit {
    /// Frames that are the same.
    same: usize,
    /// Places where frames are missing, or silence was put in.
    gaps: usize,
}

/// Follows the recording through the render; `None` where it holds something else than the render.
fn fit(heard: &Channels, rendered: &Channels) -> Option<Fit> {
    let (mut at, mut from) = (sound::first(heard)?, sound::first(rendered)?);
    let end = sound::length(heard);
    let same = |at: usize, from: usize| {
        at < end && from < rendered[0].len() && (0..2).all(|c| heard[c][at] == rendered[c][from])
    };
    let fits = |at: usize, from: usize| (0..ENOUGH).all(|more| same(at + more, from + more));
    let mut fit = Fit::default();
    while at < end && from < rendered[0].len() {
        if same(at, from) {
            (at, from, fit.same) = (at + 1, from + 1, fit.same + 1);
            continue;
        }
        if end - at < ENOUGH {
            break;
        }
        fit.gaps += 1;
        // Silence was put in: the recording goes on later. Or frames were lost: the render does.
        let silence = (at..end).take(FURTHEST).take_while(|at| heard[0][*at] == 0.0).count();
        let later = (0..=silence).find(|skip| fits(at + skip, from)).map(|skip| (at + skip, from));
        let lost =
            || (0..FURTHEST).find(|skip| fits(at + silence, from + skip)).map(|skip| (at + silence, from + skip));
        let Some(next) = later.or_else(lost) else {
            eprintln!("{fit:?}, then {:?} is heard, not {:?}", &heard[0][at..at + 4], &rendered[0][from..from + 4]);
            return None;
        };
        (at, from) = next;
    }
    Some(fit)
}

#[test]
fn what_pulse_hears_is_what_is_rendered() {
    let Some(talea) = optimised() else { return };
    with_pulse("what_pulse_hears_is_what_is_rendered", || {
        let server = PulseServer::start();
        let recording = server.record();
        assert!(wait_until(Duration::from_secs(5), || recording.frames() > 4800), "parec records nothing");
        let (folder, piece) = Folder::with(PIECE);
        let mut playing = Playing::start(talea, &folder, &piece, &["--audio", "pulse", "--for", "8s"]);
        assert_eq!(playing.finish(Duration::from_secs(30)), 0, "{}", playing.said());
        std::thread::sleep(Duration::from_millis(300));
        let heard = Vec::from(recording.finish());
        let rendered = sound::render(talea, &piece, &["--seconds", "8"]);
        // Near the end voices are let go; up to there all is the piece's.
        let most = sound::first(&heard).expect("something is heard") + 48_000 * 7;
        let heard: Channels = heard.into_iter().map(|channel| channel.into_iter().take(most).collect()).collect();
        let fit = fit(&heard, &rendered).expect("every stretch of the recording stands in the render");
        eprintln!("{} frames equal, {} gaps", fit.same, fit.gaps);
        if fit.gaps > 0 {
            eprintln!("\n*** PulseAudio left {} gaps: the machine was busy ***\n", fit.gaps);
        }
        assert!(fit.same > 48_000 * 5, "{fit:?}");
        assert!(fit.gaps <= 16, "{fit:?}");
        assert!(!playing.said().contains("error"), "{}", playing.said());
    });
}

#[test]
fn a_recording_with_gaps_fits_and_a_wrong_one_does_not() {
    let wave: Vec<f32> = (0..20_000).map(|frame| ((frame * frame) % 8191) as f32 + 1.0).collect();
    let rendered = vec![wave.clone(), wave.clone()];
    let with = |parts: &[&[f32]]| vec![parts.concat(), parts.concat()];
    let fitted = |heard: &Channels| fit(heard, &rendered).map(|fit| (fit.same, fit.gaps));
    assert_eq!(fitted(&with(&[&[0.0; 50], &wave])), Some((20_000, 0)));
    assert_eq!(fitted(&with(&[&wave[..5000], &[0.0; 700], &wave[5000..]])), Some((20_000, 1)));
    assert_eq!(fitted(&with(&[&wave[..5000], &wave[7000..]])), Some((18_000, 1)));
    assert_eq!(fitted(&with(&[&wave[..5000], &[0.5; 700], &wave[5000..]])), None);
}
