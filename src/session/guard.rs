//! The load guard: what is given up while the machine cannot keep up, and when it comes back.
//!
//! First releases are cut short, then voices are taken away, the quietest released ones first. A step up is a gesture of
//! the session: it takes effect on its frame and stands in the log, so that a render of the log is what was heard.
//!
//! Invariant: for live play only; a machine that keeps up never hears of it.

/// The share of a callback's time that is too much.
const TOO_MUCH: f32 = 0.85;
/// The share at which all is well.
const WELL: f32 = 0.6;
/// What is looked at together, seconds.
const WINDOW: f64 = 0.05;
/// So many windows in a row are no hiccup.
const PATIENCE: u32 = 4;
/// How long all has to be well before everything comes back, seconds.
const CALM: f64 = 2.0;
/// The last step: voices are taken away.
const LAST: u8 = 2;

/// What the guard has seen.
#[derive(Debug, Default)]
pub(super) struct Guard {
    step: u8,
    /// The highest load of the window that began at a frame.
    highest: f32,
    since: i64,
    /// Windows in a row that were too much.
    over: u32,
    calm: f64,
}

impl Guard {
    /// The share of its time that the last callback took, at a frame. The step that is to be taken, if one is: 0 nothing, 1
    /// shorter releases, 2 fewer voices (each time it is said anew).
    pub(super) fn look(&mut self, load: f32, frame: i64, rate: u32) -> Option<u8> {
        if load.is_finite() {
            self.highest = self.highest.max(load);
        }
        let seconds = (frame - self.since) as f64 / f64::from(rate.max(1));
        if (0.0..WINDOW).contains(&seconds) {
            return None;
        }
        let highest = std::mem::take(&mut self.highest);
        self.since = frame;
        if highest > TOO_MUCH {
            self.calm = 0.0;
            self.over += 1;
            // A few windows may be a moment's bad luck.
            if self.over < PATIENCE {
                return None;
            }
            self.step = (self.step + 1).min(LAST);
            return Some(self.step);
        }
        self.over = 0;
        self.calm = if highest < WELL { self.calm + seconds.clamp(0.0, 1.0) } else { 0.0 };
        if self.step > 0 && self.calm >= CALM {
            self.step = 0;
            return Some(0);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done under loads of so many windows each.
    fn steps(loads: &[(f32, usize)]) -> Vec<u8> {
        let mut guard = Guard::default();
        let mut frame = 0;
        let mut steps = Vec::new();
        for (load, windows) in loads {
            for _ in 0..windows * 4 {
                frame += 600;
                steps.extend(guard.look(*load, frame, 48_000));
            }
        }
        steps
    }

    #[test]
    fn a_machine_that_keeps_up_hears_nothing_of_it() {
        assert!(steps(&[(0.8, 100)]).is_empty());
        assert!(steps(&[(0.2, 40), (2.0, 3), (0.2, 40), (2.0, 3), (0.2, 40)]).is_empty(), "single hiccups");
    }

    #[test]
    fn releases_go_first_then_voices_and_all_comes_back() {
        let taken = steps(&[(0.3, 20), (1.2, 7), (0.3, 60)]);
        assert_eq!(taken, [1, 2, 2, 2, 0]);
    }

    #[test]
    fn nothing_comes_back_while_it_is_close() {
        assert_eq!(steps(&[(1.2, 4), (0.7, 200)]), [1]);
    }
}
