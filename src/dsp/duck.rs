//! Makes way for another strip: a dip of the level, struck by that strip's notes.
//!
//! The dip follows smoothsteps in dB, so that it neither clicks nor has corners: down within the attack, held as long as
//! the note is held, back within the release. A note during a dip goes down from where the level is.
//!
//! Invariant: it begins on the frame of the note; where nothing has struck the sound passes bit for bit.

use super::effect::Effect;
use super::math::exp2;
use super::smooth::Smooth;

/// dB as a power of two.
const OCTAVES: f32 = std::f32::consts::LOG2_10 / 20.0;

/// What the dip is doing.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Rest,
    /// From this depth, this far (0 to 1).
    Falls(f32, f32),
    /// For so many frames more.
    Holds(u32),
    /// This far back.
    Rises(f32),
}

/// The dip.
#[derive(Debug)]
pub struct Duck {
    rate: f32,
    amount: Smooth,
    attack: f32,
    release: f32,
    phase: Phase,
    depth: f32,
    held: u32,
}

impl Duck {
    /// At rest, for `rate` frames a second.
    pub fn new(rate: f32) -> Duck {
        Duck {
            rate,
            amount: Smooth::new(0.0, rate),
            attack: 0.0,
            release: 0.0,
            phase: Phase::Rest,
            depth: 0.0,
            held: 0,
        }
    }

    /// How deep it is at the next frame, 0 to 1.
    #[inline]
    fn step(&mut self) -> f32 {
        self.held = self.held.saturating_sub(1);
        match self.phase {
            Phase::Rest => return 0.0,
            Phase::Falls(from, far) => {
                let far = far + self.attack;
                self.depth = from + (1.0 - from) * smoothstep(far.min(1.0));
                self.phase = if far < 1.0 { Phase::Falls(from, far) } else { Phase::Holds(self.held) };
            }
            Phase::Holds(0) => self.phase = Phase::Rises(0.0),
            Phase::Holds(left) => self.phase = Phase::Holds(left - 1),
            Phase::Rises(far) => {
                let far = far + self.release;
                self.depth = 1.0 - smoothstep(far.min(1.0));
                self.phase = if far < 1.0 { Phase::Rises(far) } else { Phase::Rest };
            }
        }
        self.depth
    }
}

#[inline]
fn smoothstep(x: f32) -> f32 {
    x * x * (3.0 - 2.0 * x)
}

impl Effect for Duck {
    /// Two words, then dB, seconds, seconds.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [_, _, amount, attack, release, ..] = *p {
            self.amount.turn(amount, at_once);
            self.attack = 1.0 / (attack * self.rate).max(1.0);
            self.release = 1.0 / (release * self.rate).max(1.0);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.phase == Phase::Rest && self.amount.is_still() {
            return;
        }
        for (l, r) in left.iter_mut().zip(right) {
            let gain = exp2(-OCTAVES * self.amount.step() * self.step());
            *l *= gain;
            *r *= gain;
        }
    }

    fn reset(&mut self) {
        (self.phase, self.depth, self.held) = (Phase::Rest, 0.0, 0);
    }

    fn strike(&mut self, held: f32) {
        self.held = self.held.max((held.clamp(0.0, 3600.0) * self.rate) as u32);
        let from = if self.phase == Phase::Rest { 0.0 } else { self.depth };
        self.phase = Phase::Falls(from, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above};

    fn run(strikes: &[(usize, f32)], amount: f32, frames: usize) -> Vec<f32> {
        let mut duck = Duck::new(48_000.0);
        duck.set(&[0.0, 0.0, amount, 0.003, 0.1], true);
        let mut out = Vec::new();
        for frame in 0..frames {
            for (_, held) in strikes.iter().filter(|(at, _)| *at == frame) {
                duck.strike(*held);
            }
            let mut x = [0.5 * crate::dsp::math::sine((frame as u32).wrapping_mul(8_947_849))];
            let mut y = x;
            duck.process(&mut x, &mut y);
            out.push(x[0]);
        }
        out
    }

    #[test]
    fn a_note_dips_on_its_frame_and_lets_go_within_the_release() {
        let (plain, ducked) = (run(&[], 12.0, 12_000), run(&[(1000, 0.0)], 12.0, 12_000));
        assert_eq!(plain[..1000], ducked[..1000]);
        let first = plain.iter().zip(&ducked).position(|(a, b)| a != b).unwrap();
        assert!((1000..1004).contains(&first), "{first}");
        let at = |frame: usize| {
            let peak = |x: &[f32]| x[frame..frame + 480].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            db(f64::from(peak(&ducked) / peak(&plain)))
        };
        assert!(at(1200) < -11.0 && at(3200) > -7.0 && at(3200) < -4.0, "{} {}", at(1200), at(3200));
        assert_eq!(plain[1000 + 144 + 4810..], ducked[1000 + 144 + 4810..]);
    }

    #[test]
    fn a_held_note_holds_it() {
        let ducked = run(&[(0, 0.2)], 20.0, 20_000);
        let peak = |from: usize| ducked[from..from + 960].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!(peak(8000) < 0.0501 && peak(15_000) > 0.49, "{} {}", peak(8000), peak(15_000));
    }

    #[test]
    fn it_does_not_click() {
        let ducked = run(&[(5000, 0.0), (9000, 0.0), (10_000, 0.05), (10_100, 0.0)], 24.0, 24_000);
        let beside = db(energy_above(&ducked, 5000.0, 48_000.0));
        assert!(beside < -80.0, "{beside}");
    }
}
