//! Levels: how high a peak stands on a meter, and how it falls.
//!
//! Invariant: heights run from 0 to 1, whatever comes in (NaN and infinity too).

use crate::base::units::Db;

/// The scale: (dB, height). Denser below, as on a desk's peak programme meter (after IEC 60268-18), with 6 dB above full scale, because the
/// strips before the master may go there.
const SCALE: [(f64, f64); 7] =
    [(-60.0, 0.0), (-48.0, 0.10), (-36.0, 0.24), (-24.0, 0.42), (-12.0, 0.66), (0.0, 0.90), (6.0, 1.0)];

/// The marks beside the meters, in dB, the most important first.
pub(super) const MARKS: [f64; 6] = [0.0, -12.0, -24.0, -6.0, -36.0, -48.0];

/// Where amber begins, in dB.
pub(super) const MID: f64 = -12.0;

/// Where red begins, in dB.
pub(super) const HIGH: f64 = -1.0;

/// How fast a meter falls, in dB per second.
const FALL: f64 = 24.0;

/// How long a peak stays, in seconds.
const HOLD: f64 = 1.5;

/// The height of a level in dB.
pub(super) fn height(db: f64) -> f64 {
    if db.is_nan() || db <= SCALE[0].0 {
        return 0.0;
    }
    SCALE
        .windows(2)
        .find(|pair| db <= pair[1].0)
        .map_or(1.0, |pair| pair[0].1 + (pair[1].1 - pair[0].1) * (db - pair[0].0) / (pair[1].0 - pair[0].0))
}

/// The level at a height, in dB: the inverse of [`height`].
pub(super) fn db_at(height: f64) -> f64 {
    SCALE.windows(2).find(|pair| height <= pair[1].1).map_or(SCALE[SCALE.len() - 1].0, |pair| {
        pair[0].0 + (pair[1].0 - pair[0].0) * (height - pair[0].1) / (pair[1].1 - pair[0].1)
    })
}

/// One channel's meter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Meter {
    /// What the bar shows, in dB.
    pub(super) level: f64,
    /// The highest of late, in dB.
    pub(super) held: f64,
    /// How long it has been held, in seconds.
    age: f64,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { level: -200.0, held: -200.0, age: 0.0 }
    }
}

impl Meter {
    /// After `seconds` in which the highest absolute sample was `peak`: up at once, down by degrees.
    pub(super) fn after(self, peak: f32, seconds: f64) -> Meter {
        let peak = if peak.is_nan() { 1000.0 } else { peak.clamp(0.0, 1000.0) };
        let now = Db::from_gain(f64::from(peak)).0;
        let level = now.max(self.level - FALL * seconds).max(-200.0);
        let age = self.age + seconds;
        if now >= self.held {
            Meter { level, held: now, age: 0.0 }
        } else if age > HOLD {
            Meter { level, held: level.max(self.held - 2.0 * FALL * seconds), age }
        } else {
            Meter { level, held: self.held, age }
        }
    }

    /// Whether it still falls, so that the screen must be painted again.
    pub(super) fn moves(self) -> bool {
        self.held > SCALE[0].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_rises_from_minus_60_to_plus_6() {
        assert_eq!(height(-90.0), 0.0);
        assert_eq!(height(f64::NAN), 0.0);
        assert_eq!(height(0.0), 0.9);
        assert_eq!(height(40.0), 1.0);
        assert!((db_at(height(-17.5)) + 17.5).abs() < 1e-9);
    }

    #[test]
    fn a_meter_jumps_up_and_falls_24_db_in_a_second() {
        let hit = Meter::default().after(1.0, 0.03);
        assert_eq!(hit.level, 0.0);
        let later = hit.after(0.0, 1.0);
        assert_eq!((later.level, later.held), (-24.0, 0.0));
        assert!(later.after(0.0, 1.0).held < 0.0, "after a second and a half the held peak falls too");
    }

    #[test]
    fn broken_samples_show_as_the_highest_level() {
        assert_eq!(height(Meter::default().after(f32::NAN, 0.1).level), 1.0);
        assert_eq!(height(Meter::default().after(f32::INFINITY, 0.1).level), 1.0);
    }
}
