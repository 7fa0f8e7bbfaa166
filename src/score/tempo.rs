//! Cycles to seconds to frames: the tempo map.
//!
//! Invariant: a frame is computed from an anchor, never from the frame before it, and no rate changes an anchor. Seconds
//! are fixed-point, 2^-32 s, so that a map of many anchors (a ramped tempo) adds up to the same on every machine.

use crate::base::time::Time;

/// Seconds in fixed point: one is 2^-32 s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct FixedSeconds(pub i64);

const ONE: f64 = 4_294_967_296.0;

impl FixedSeconds {
    /// The nearest fixed-point value.
    pub fn from_f64(seconds: f64) -> FixedSeconds {
        FixedSeconds((seconds * ONE).round() as i64)
    }

    /// As a float.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE
    }

    /// The nearest frame at a rate.
    pub fn frame(self, rate: u32) -> i64 {
        ((i128::from(self.0) * i128::from(rate) + (1 << 31)) >> 32) as i64
    }

    /// The start of a frame at a rate.
    pub fn of_frame(frame: i64, rate: u32) -> FixedSeconds {
        let rate = i128::from(rate.max(1));
        FixedSeconds((((i128::from(frame) << 32) + rate / 2).div_euclid(rate)) as i64)
    }
}

/// From here on a cycle lasts `cycle_seconds`, until the next anchor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Anchor {
    /// Where, in cycles.
    pub cycle: Time,
    /// When.
    pub at: FixedSeconds,
    /// How long a cycle lasts, in seconds, exactly.
    pub cycle_seconds: Time,
}

impl Anchor {
    /// How long it takes from the anchor to a cycle, fixed-point; rounded once.
    fn after(&self, cycle: Time) -> i64 {
        let past = cycle - self.cycle;
        let num = i128::from(past.num()).checked_mul(i128::from(self.cycle_seconds.num()));
        let den = i128::from(past.den()).checked_mul(i128::from(self.cycle_seconds.den()));
        let exact = num
            .and_then(|num| num.checked_mul(1 << 33))
            .zip(den)
            .map(|(num, den)| (num.div_euclid(den) + 1) >> 1)
            .and_then(|fixed| i64::try_from(fixed).ok());
        // Only absurd fractions come here: their product does not fit 128 bits.
        exact.unwrap_or_else(|| FixedSeconds::from_f64(past.to_f64() * self.cycle_seconds.to_f64()).0)
    }

    /// When a cycle at or after the anchor comes.
    pub fn seconds(&self, cycle: Time) -> FixedSeconds {
        FixedSeconds(self.at.0.saturating_add(self.after(cycle)))
    }

    /// Which cycle stands at a time, to the grid of 2^-20 cycle.
    pub fn cycle_at(&self, at: FixedSeconds) -> Time {
        let past = (at.0 - self.at.0) as f64 / ONE;
        self.cycle + Time::from_f64(past / self.cycle_seconds.to_f64().max(1e-9))
    }
}

/// Anchors in their order; there is always one, and time before the first is read as if it were earlier.
#[derive(Clone, PartialEq, Debug)]
pub struct TempoMap {
    anchors: Vec<Anchor>,
}

impl TempoMap {
    /// A constant tempo from a place on.
    pub fn new(anchor: Anchor) -> TempoMap {
        TempoMap { anchors: vec![anchor] }
    }

    /// The last anchor.
    pub fn last(&self) -> &Anchor {
        &self.anchors[self.anchors.len() - 1]
    }

    /// Another tempo from `cycle` on. What was planned at or after it is forgotten.
    pub fn change(&mut self, cycle: Time, cycle_seconds: Time) {
        let at = self.seconds(cycle);
        while self.anchors.len() > 1 && self.last().cycle >= cycle {
            self.anchors.pop();
        }
        let anchor = Anchor { cycle, at, cycle_seconds };
        if self.last().cycle >= cycle {
            self.anchors[0] = anchor;
        } else if self.last().cycle_seconds != cycle_seconds {
            self.anchors.push(anchor);
        }
    }

    /// Forgets what comes after `cycle`: from there on it goes on as it goes there.
    pub fn forget_after(&mut self, cycle: Time) {
        let keep = self.anchors.partition_point(|anchor| anchor.cycle <= cycle).max(1);
        self.anchors.truncate(keep);
    }

    /// Forgets anchors that end before `cycle`; the map from there on stays as it is.
    pub fn forget_before(&mut self, cycle: Time) {
        let keep = self.anchors.partition_point(|anchor| anchor.cycle <= cycle).saturating_sub(1);
        self.anchors.drain(..keep);
    }

    fn by_cycle(&self, cycle: Time) -> &Anchor {
        &self.anchors[self.anchors.partition_point(|anchor| anchor.cycle <= cycle).max(1) - 1]
    }

    fn by_seconds(&self, at: FixedSeconds) -> &Anchor {
        &self.anchors[self.anchors.partition_point(|anchor| anchor.at <= at).max(1) - 1]
    }

    /// When a cycle comes.
    pub fn seconds(&self, cycle: Time) -> FixedSeconds {
        self.by_cycle(cycle).seconds(cycle)
    }

    /// The frame of a cycle.
    pub fn frame(&self, cycle: Time, rate: u32) -> i64 {
        self.seconds(cycle).frame(rate)
    }

    /// Which cycle stands at a time, to the grid of 2^-20 cycle.
    pub fn cycle_at(&self, at: FixedSeconds) -> Time {
        self.by_seconds(at).cycle_at(at)
    }

    /// How long a cycle lasts there, in seconds.
    pub fn cycle_seconds(&self, cycle: Time) -> Time {
        self.by_cycle(cycle).cycle_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tempo: i64) -> TempoMap {
        TempoMap::new(Anchor {
            cycle: Time::ZERO,
            at: FixedSeconds(0),
            cycle_seconds: Time::int(240) / Time::int(tempo),
        })
    }

    #[test]
    fn a_bar_at_120_is_two_seconds_and_never_drifts() {
        let map = at(120);
        assert_eq!(map.frame(Time::int(1_000_000), 48_000), 96_000_000_000);
        assert_eq!(map.frame(Time::new(1, 16), 48_000), 6_000);
    }

    #[test]
    fn an_odd_tempo_lands_on_the_nearest_frame_far_away() {
        let map = at(127);
        let exact: f64 = (240.0 / 127.0) * 100_003.0 / 3.0 * 44_100.0;
        assert_eq!(map.frame(Time::new(100_003, 3), 44_100), exact.round() as i64);
    }

    #[test]
    fn a_change_of_tempo_keeps_what_was_before_it() {
        let mut map = at(120);
        map.change(Time::int(4), Time::ONE);
        assert_eq!(map.frame(Time::int(4), 48_000), 4 * 96_000);
        assert_eq!(map.frame(Time::int(5), 48_000), 4 * 96_000 + 48_000);
        map.change(Time::int(3), Time::int(2));
        assert_eq!(map.frame(Time::int(5), 48_000), 5 * 96_000);
        assert_eq!(map.cycle_at(FixedSeconds::of_frame(3 * 96_000 + 48_000, 48_000)), Time::new(7, 2));
    }

    #[test]
    fn a_tempo_that_is_taken_back_does_not_come() {
        let mut map = at(120);
        map.change(Time::int(4), Time::ONE);
        map.change(Time::int(5), Time::int(3));
        map.forget_after(Time::int(4));
        assert_eq!(map.frame(Time::int(6), 48_000), 4 * 96_000 + 2 * 48_000);
        map.forget_after(Time::int(2));
        assert_eq!((map.frame(Time::int(6), 48_000), map.last().cycle), (6 * 96_000, Time::ZERO));
    }

    #[test]
    fn frames_and_seconds_are_inverse() {
        for frame in [0, 1, 47, 48_001, 123_456_789] {
            assert_eq!(FixedSeconds::of_frame(frame, 44_100).frame(44_100), frame);
        }
    }
}
