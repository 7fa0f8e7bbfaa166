//! The loudness of a note over time.
//!
//! Invariant: no step and no corner: every stage begins and ends with a slope of zero, and none is under half a
//! millisecond.

/// The shortest attack or release, seconds.
pub const SHORTEST: f32 = 0.0005;

/// Where a note is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Attack,
    Decay,
    Sustain,
    Release,
    Done,
}

/// Times in seconds, sustain from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From nothing to the peak.
    pub attack: f32,
    /// From the peak to the sustain.
    pub decay: f32,
    /// The level that is held.
    pub sustain: f32,
    /// From the held level to nothing.
    pub release: f32,
}

/// Attack, decay, sustain, release.
#[derive(Clone, Copy, Debug)]
pub struct Adsr {
    stage: Stage,
    /// Of the stage, 0 to 1.
    at: f32,
    step: f32,
    from: f32,
    level: f32,
    times: Times,
    rate: f32,
}

impl Adsr {
    /// A note that begins now.
    pub fn new(times: Times, rate: f32) -> Adsr {
        let step = 1.0 / (times.attack.max(SHORTEST) * rate).max(1.0);
        Adsr { stage: Stage::Attack, at: 0.0, step, from: 0.0, level: 0.0, times, rate }
    }

    /// The note ends now.
    pub fn release(&mut self) {
        self.release_within(self.times.release);
    }

    /// The note ends within a time in seconds; a release that is already shorter stays.
    pub fn release_within(&mut self, seconds: f32) {
        let step = 1.0 / (seconds.max(SHORTEST) * self.rate).max(1.0);
        if self.stage == Stage::Done || (self.stage == Stage::Release && step <= self.step) {
            return;
        }
        self.enter(Stage::Release, step);
    }

    /// Whether it has been released.
    pub fn released(&self) -> bool {
        matches!(self.stage, Stage::Release | Stage::Done)
    }

    /// Whether it is silent for good.
    pub fn done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Where it is, 0 to 1.
    pub fn level(&self) -> f32 {
        self.level
    }

    fn enter(&mut self, stage: Stage, step: f32) {
        self.stage = stage;
        self.step = step;
        self.at = 0.0;
        self.from = self.level;
    }

    /// One frame further.
    #[inline]
    pub fn tick(&mut self) -> f32 {
        match self.stage {
            Stage::Attack => {
                self.at = (self.at + self.step).min(1.0);
                self.level = self.at * self.at * (3.0 - 2.0 * self.at);
                if self.at >= 1.0 {
                    self.enter(Stage::Decay, 1.0 / (self.times.decay.max(SHORTEST) * self.rate).max(1.0));
                }
            }
            Stage::Decay => {
                self.at = (self.at + self.step).min(1.0);
                let sustain = self.times.sustain;
                self.level = sustain + (self.from - sustain) * fall(self.at);
                if self.at >= 1.0 {
                    self.level = sustain;
                    self.stage = if sustain <= 0.0 { Stage::Done } else { Stage::Sustain };
                }
            }
            Stage::Sustain => {}
            Stage::Release => {
                self.at = (self.at + self.step).min(1.0);
                self.level = self.from * fall(self.at);
                if self.at >= 1.0 {
                    self.level = 0.0;
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => self.level = 0.0,
        }
        self.level
    }
}

/// From 1 to 0 over 0 to 1: level at both ends, fast first and slow at last, as things fade.
#[inline]
pub fn fall(at: f32) -> f32 {
    let rest = 1.0 - at;
    rest * rest * rest * (1.0 + 3.0 * at)
}

/// An attack and a decay for a parameter, without a sustain: 0 to 1 to 0, at a time in seconds since the onset.
pub fn contour(at: f32, attack: f32, decay: f32) -> f32 {
    if at < attack {
        at / attack
    } else {
        let rest = 1.0 - ((at - attack) / decay.max(1e-4)).min(1.0);
        rest * rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times { attack: 0.01, decay: 0.1, sustain: 0.5, release: 0.05 };

    #[test]
    fn a_note_rises_falls_holds_and_fades() {
        let mut adsr = Adsr::new(TIMES, 1000.0);
        let peak = (0..10).map(|_| adsr.tick()).fold(0.0, f32::max);
        assert!((peak - 1.0).abs() < 1e-5);
        (0..101).for_each(|_| _ = adsr.tick());
        assert!((adsr.level() - 0.5).abs() < 1e-3);
        adsr.release();
        (0..52).for_each(|_| _ = adsr.tick());
        assert!(adsr.done() && adsr.level() == 0.0);
    }

    #[test]
    fn there_is_never_a_step() {
        let mut adsr = Adsr::new(Times { attack: 0.0, decay: 0.0, sustain: 1.0, release: 0.0 }, 48000.0);
        let mut last = 0.0;
        for frame in 0..300 {
            if frame == 130 {
                adsr.release();
            }
            let level = adsr.tick();
            assert!((level - last).abs() < 0.09, "{frame}");
            last = level;
        }
        assert!(adsr.done());
    }
}
