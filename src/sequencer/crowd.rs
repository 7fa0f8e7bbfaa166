//! How many notes of a track begin in a cycle while it plays.
//!
//! Invariant: whatever later cycles of a pattern ask for, what is planned stays within what the checker lets pass; it is
//! cut in the order of the onsets, so that where stretches are cut changes no note.

use crate::model::density::{MOST_A_SECOND, MOST_ONSETS};

/// Counts the onsets of the cycle that is being planned.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// For each track the cycle and the onsets in it.
    tracks: Vec<(i64, usize)>,
}

impl Crowd {
    /// Whether one more note of a track may begin in a cycle that lasts so many seconds; `cut` counts the cycles in which
    /// one may not.
    pub(super) fn admits(&mut self, track: usize, cycle: i64, seconds: f64, cut: &mut u64) -> bool {
        if self.tracks.len() <= track {
            self.tracks.resize(track + 1, (i64::MIN, 0));
        }
        let counted = &mut self.tracks[track];
        if counted.0 != cycle {
            *counted = (cycle, 0);
        }
        counted.1 = counted.1.saturating_add(1);
        let most = MOST_ONSETS.min((MOST_A_SECOND as f64 * seconds) as usize).max(1);
        if counted.1 == most + 1 {
            *cut += 1;
        }
        counted.1 <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_cut_at_its_ten_thousandth_note_and_the_next_one_plays() {
        let (mut crowd, mut cut) = (Crowd::default(), 0);
        let admitted = (0..30_000).filter(|_| crowd.admits(3, 7, 2.0, &mut cut)).count();
        assert_eq!((admitted, cut), (MOST_ONSETS, 1));
        assert!(crowd.admits(3, 8, 2.0, &mut cut) && crowd.admits(2, 7, 2.0, &mut cut));
    }

    #[test]
    fn a_cycle_of_ten_milliseconds_holds_a_hundredth_of_a_second_of_notes() {
        let (mut crowd, mut cut) = (Crowd::default(), 0);
        let admitted = (0..30_000).filter(|_| crowd.admits(0, 0, 0.01, &mut cut)).count();
        assert_eq!((admitted, cut), (MOST_A_SECOND / 100, 1));
    }
}
