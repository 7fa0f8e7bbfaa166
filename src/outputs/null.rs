//! No device: a timer that keeps musical time, for `--audio null` and while a device is missing.
//!
//! It computes a block when the block's first frame is due by the clock's line, so it goes on exactly where wall time
//! says, catches up what a stalled device left undone, and never drifts.
//!
//! On a busy machine the sequencer can be late. Nobody hears the timer, so it waits for it: what is recorded is what the
//! text says, and MIDI comes late rather than wrong.
//!
//! Invariant: it draws a line only where there is none (or after the whole program was stopped).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::stage::{Seat, Stage};
use crate::base::system;

/// Frames a block; also how early MIDI is known, in frames.
const BLOCK: usize = 256;
/// Behind by more than this the program itself was stopped, and music goes on from where it was.
const MOST_BEHIND: Duration = Duration::from_secs(5);

/// It waits no longer than this for what a block needs.
const PATIENCE: Duration = Duration::from_secs(1);

/// The running timer.
pub(super) struct Timer {
    stop: Arc<AtomicBool>,
    number: u64,
    thread: Option<JoinHandle<()>>,
}

impl Timer {
    /// Starts a timer that plays whenever the stage is given to it.
    pub(super) fn start(stage: &Arc<Stage>) -> Option<Timer> {
        let seat = stage.seat();
        let stop = Arc::new(AtomicBool::new(false));
        let (number, told) = (seat.number(), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("talea-timer".into()).spawn(move || run(&seat, &told)).ok()?;
        Some(Timer { stop, number, thread: Some(thread) })
    }

    /// Takes the stage over.
    pub(super) fn take_over(&self, stage: &Stage) {
        stage.give(self.number, false);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It sleeps no longer than a block and holds nothing that could fail.
            let _ = thread.join();
        }
    }
}

fn run(seat: &Seat, stop: &AtomicBool) {
    system::raise_priority();
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    let mut waiting: Option<Instant> = None;
    while !stop.load(Ordering::Relaxed) {
        let stage = seat.stage();
        let now = Instant::now();
        let frame = stage.status.frame();
        let due = stage.clock.instant(frame);
        if due.is_none_or(|due| now.saturating_duration_since(due) > MOST_BEHIND) && seat.is_in_turn() {
            stage.clock.anchor(frame, now);
        }
        let wait = due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now));
        if !seat.is_in_turn() {
            std::thread::park_timeout(Duration::from_millis(100));
        } else if wait > Duration::ZERO {
            std::thread::sleep(wait.min(Duration::from_millis(5)));
        } else if !seat.is_ready(BLOCK) && waiting.get_or_insert(now).elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_micros(500));
        } else if seat.play(&mut left, &mut right, None, None) {
            stage.status.block.store(BLOCK as u32, Ordering::Relaxed);
            waiting = None;
        } else {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::tests::{Counter, stage};
    use super::*;

    #[test]
    fn music_goes_on_where_wall_time_says() {
        let (stage, _events) = stage();
        let timer = Timer::start(&stage).unwrap();
        stage.enter(Box::new(Counter::at(100)));
        // A device played frame 100 two seconds ago and has been silent since: at 1000 frames a second.
        stage.clock.anchor(100, Instant::now().checked_sub(Duration::from_secs(2)).unwrap());
        timer.take_over(&stage);
        while stage.clock.frame_at(Instant::now()).unwrap() >= stage.status.frame() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let ahead = stage.status.frame() - stage.clock.frame_at(Instant::now()).unwrap();
        assert!(stage.status.frame() >= 2100 && ahead <= BLOCK as i64, "{} {ahead}", stage.status.frame());
    }

    #[test]
    fn what_is_not_ready_is_waited_for() {
        let (stage, _events) = stage();
        let timer = Timer::start(&stage).unwrap();
        stage.enter(Box::new(Counter { ready: 2 * BLOCK as i64 + 1, ..Counter::at(0) }));
        stage.clock.anchor(0, Instant::now().checked_sub(Duration::from_secs(2)).unwrap());
        let begun = Instant::now();
        timer.take_over(&stage);
        while stage.status.frame() < 3 * BLOCK as i64 {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Two blocks were ready; the third was waited for as long as patience lasts.
        assert!(begun.elapsed() >= PATIENCE, "{:?}", begun.elapsed());
    }

    #[test]
    fn a_timer_out_of_turn_computes_nothing() {
        let (stage, _events) = stage();
        let timer = Timer::start(&stage).unwrap();
        stage.enter(Box::new(Counter::at(0)));
        drop(timer);
        assert_eq!(stage.status.frame(), 0);
        assert!(!stage.clock.is_known());
    }
}
