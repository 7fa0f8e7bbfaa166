//! When a frame is heard: the line between the engine's frames and the machine's time.
//!
//! Drivers report once a callback, readers convert at any time. The rate is known and fixed, so the whole line is one
//! number, the time of frame 0, and one atomic holds it.
//!
//! Invariant: reading never waits and never sees half an update.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The line is unknown: no driver has reported yet.
const UNKNOWN: i64 = i64::MIN;
/// A report that is off by more than this starts the line anew (a device came back, JACK left freewheel), in ns.
const JUMP: i64 = 30_000_000;
/// One report in this many counts: callbacks wake late by a random amount, and the line should not shake with them.
const SMOOTHING: i64 = 16;

/// The line between frames and time.
#[derive(Debug)]
pub struct Clock {
    base: Instant,
    rate: AtomicU32,
    zero: AtomicI64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new()
    }
}

impl Clock {
    /// A clock without a rate and without a line.
    pub fn new() -> Clock {
        Clock { base: Instant::now(), rate: AtomicU32::new(0), zero: AtomicI64::new(UNKNOWN) }
    }

    /// Frames a second; 0 until a device has settled it.
    pub fn rate(&self) -> u32 {
        self.rate.load(Ordering::Relaxed)
    }

    /// Settles the rate for the session. Only the first call counts; answers what holds.
    pub fn settle_rate(&self, rate: u32) -> u32 {
        match self.rate.compare_exchange(0, rate, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => rate,
            Err(settled) => settled,
        }
    }

    /// Whether any driver has reported.
    pub fn is_known(&self) -> bool {
        self.zero.load(Ordering::Relaxed) != UNKNOWN
    }

    /// A driver says that `frame` is heard at `at`. Small differences are smoothed, large ones taken at once.
    pub fn report(&self, frame: i64, at: Instant) {
        let measured = self.nanos(at) - self.duration(frame);
        let zero = self.zero.load(Ordering::Relaxed);
        let next = if zero == UNKNOWN || (measured - zero).abs() > JUMP {
            measured
        } else {
            zero + (measured - zero) / SMOOTHING
        };
        self.zero.store(next, Ordering::Relaxed);
    }

    /// The line goes through `frame` at `at`, whatever was reported before.
    pub fn anchor(&self, frame: i64, at: Instant) {
        self.zero.store(self.nanos(at) - self.duration(frame), Ordering::Relaxed);
    }

    /// When `frame` is heard; `None` while that is unknown.
    pub fn instant(&self, frame: i64) -> Option<Instant> {
        let zero = self.zero.load(Ordering::Relaxed);
        if zero == UNKNOWN {
            return None;
        }
        let nanos = zero.saturating_add(self.duration(frame));
        let distance = Duration::from_nanos(nanos.unsigned_abs());
        if nanos < 0 { self.base.checked_sub(distance) } else { self.base.checked_add(distance) }
    }

    /// The frame that is heard at `at`; `None` while that is unknown.
    pub fn frame_at(&self, at: Instant) -> Option<i64> {
        let zero = self.zero.load(Ordering::Relaxed);
        if zero == UNKNOWN {
            return None;
        }
        let nanos = i128::from(self.nanos(at)) - i128::from(zero);
        Some((nanos * i128::from(self.rate())).div_euclid(1_000_000_000) as i64)
    }

    fn nanos(&self, at: Instant) -> i64 {
        match at.checked_duration_since(self.base) {
            Some(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            None => -i64::try_from(self.base.duration_since(at).as_nanos()).unwrap_or(i64::MAX),
        }
    }

    /// How long `frames` last, in ns, without adding up errors.
    fn duration(&self, frames: i64) -> i64 {
        (i128::from(frames) * 1_000_000_000 / i128::from(self.rate().max(1))) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_and_its_time_are_inverse_even_after_a_week() {
        let clock = Clock::new();
        clock.settle_rate(44_100);
        let start = Instant::now();
        clock.anchor(0, start);
        let week = 7 * 24 * 3600 * 44_100;
        let heard = clock.instant(week).unwrap();
        assert_eq!(heard.duration_since(start).as_secs(), 7 * 24 * 3600);
        assert_eq!(clock.frame_at(heard), Some(week));
    }

    #[test]
    fn the_first_rate_holds() {
        let clock = Clock::new();
        assert_eq!(clock.settle_rate(44_100), 44_100);
        assert_eq!(clock.settle_rate(48_000), 44_100);
    }

    #[test]
    fn a_late_callback_hardly_moves_the_line_but_a_jump_does() {
        let clock = Clock::new();
        clock.settle_rate(1000);
        let start = Instant::now();
        assert_eq!(clock.instant(5), None);
        clock.report(0, start);
        clock.report(100, start + Duration::from_millis(116));
        assert_eq!(clock.instant(0).unwrap().duration_since(start), Duration::from_millis(1));
        clock.report(100, start + Duration::from_millis(1100));
        assert_eq!(clock.instant(0).unwrap().duration_since(start), Duration::from_secs(1));
    }
}
