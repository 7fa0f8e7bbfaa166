//! What was planned and is taken back leaves nothing behind.

use super::*;

/// A section of two bars, once.
fn song(pattern: Pattern) -> Arc<Score> {
    let mut score = score(1, vec![scene("", None, vec![]), scene("one", Some(2), vec![part(0, pattern)])]);
    score.song = Some(Song::new([1], false));
    Arc::new(score)
}

/// A song at frame 3300 of 4000: its end is planned, and has not come.
fn shortly_before_its_end() -> (Sequencer, Written) {
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(song(notes("triangle", 4)), 0);
    sequencer.advance(3300, &mut written);
    (sequencer, written)
}

#[test]
fn a_change_shortly_before_the_end_loses_no_note() {
    let (mut sequencer, mut written) = shortly_before_its_end();
    sequencer.gesture(&Gesture::CancelLaunch, 3300, &mut written);
    sequencer.advance(3600, &mut written);
    sequencer.gesture(&Gesture::CancelLaunch, 3600, &mut written);
    sequencer.advance(5000, &mut written);
    assert_eq!(written.starts(), [0, 500, 1000, 1500, 2000, 2500, 3000, 3500]);
    assert_eq!(written.ends(), [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000]);
    assert!(!sequencer.playing());
    assert_eq!(sequencer.ended(), Some(4000));
}

#[test]
fn shortly_before_the_end_a_pause_is_a_pause() {
    let (mut sequencer, mut written) = shortly_before_its_end();
    sequencer.gesture(&Gesture::PlayPause, 3300, &mut written);
    sequencer.advance(5300, &mut written);
    assert_eq!(written.starts().last(), Some(&3000));
    sequencer.gesture(&Gesture::PlayPause, 5300, &mut written);
    sequencer.advance(8000, &mut written);
    // It goes on where it stopped: 200 frames before its last note.
    assert_eq!(written.starts()[6..], [3000, 5500]);
    assert_eq!(sequencer.ended(), Some(6000));
}

#[test]
fn what_a_note_follows_is_sent_once_however_often_it_is_planned() {
    use crate::pattern::{Cyclic, Func, Wave};
    // A note of three bars whose cutoff rises in each; in a section it is cut after two of them.
    let rise = Pattern::signal(Wave::Cyclic(Cyclic::Saw)).map(Func::Right(Op::Mul, Value::int(1000))).live();
    let cutoff = rise.map(Func::Control([Name::from("lpf")].into(), Dimension::Frequency));
    let pattern = notes("triangle", 1).combine(Op::Set, Align::In, &cutoff).slow(Time::int(3));
    for (score, length) in [(plain(1, pattern.clone()), 6000), (song(pattern), 4000)] {
        let heard = |gestures: &[i64]| {
            let (mut sequencer, mut heard) = (Sequencer::new(RATE), Heard::default());
            sequencer.set_score(Arc::clone(&score), 0);
            for at in gestures {
                sequencer.advance(*at, &mut heard);
                sequencer.gesture(&Gesture::CancelLaunch, *at, &mut heard);
            }
            sequencer.advance(5900, &mut heard);
            heard.0
        };
        let at_once = heard(&[]);
        assert_eq!(at_once.len() as i64, (length - 1) / 256, "each 256 frames of it");
        let again = heard(&[1000, 1100, 3500]);
        let frames = |heard: &[(i64, f32)]| heard.iter().map(|(frame, _)| *frame).collect::<Vec<_>>();
        assert_eq!(frames(&again), frames(&at_once));
        assert!(again.iter().zip(&at_once).all(|(a, b)| (a.1 - b.1).abs() < 0.01));
    }
}
