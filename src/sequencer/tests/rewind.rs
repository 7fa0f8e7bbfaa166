//! What was planned and is taken back leaves nothing behind.

use super::*;

#[test]
fn a_change_shortly_before_the_end_loses_no_note() {
    let mut score = score(1, vec![scene("", None, vec![]), scene("one", Some(2), vec![part(0, notes("triangle", 4))])]);
    score.song = Some(Song::new([1], false));
    let (mut sequencer, mut written) = (Sequencer::new(RATE), Written::default());
    sequencer.set_score(Arc::new(score), 0);
    // The end is planned, and it has not come.
    sequencer.advance(3300, &mut written);
    sequencer.gesture(&Gesture::CancelLaunch, 3300, &mut written);
    sequencer.advance(3600, &mut written);
    sequencer.gesture(&Gesture::CancelLaunch, 3600, &mut written);
    sequencer.advance(5000, &mut written);
    assert_eq!(written.starts(), [0, 500, 1000, 1500, 2000, 2500, 3000, 3500]);
    assert_eq!(written.ends(), [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000]);
    assert!(!sequencer.playing());
    assert_eq!(sequencer.ended(), Some(4000));
}
