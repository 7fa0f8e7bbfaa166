//! A value that never jumps: a straight line of 64 frames, then two one-poles.
//!
//! The line makes a target that moves on a grid of 64 frames continuous; the poles round its corners, so that a move
//! leaves less than −100 dB beside the sound. A jump has arrived (to 1 %) after about 5 ms.
//!
//! Invariant: once it has arrived it is exactly its target, and costs nothing.

/// Frames of the line.
const LINE: u32 = 64;
/// What counts as arrived.
const NEAR: f64 = 1e-7;

/// A smoothed parameter.
#[derive(Clone, Copy, Debug)]
pub struct Smooth {
    target: f64,
    line: f64,
    slope: f64,
    left: u32,
    first: f64,
    second: f64,
    pole: f64,
    still: bool,
}

impl Smooth {
    /// At rest on `value`, for `rate` frames a second.
    pub fn new(value: f32, rate: f32) -> Smooth {
        let value = f64::from(value);
        // Two poles of 0.8 ms, about 3.7 ms to 5 % more after the line.
        let pole = 1.0 - libm::exp(-1.0 / (0.0008 * f64::from(rate)).max(1.0));
        Smooth { target: value, line: value, slope: 0.0, left: 0, first: value, second: value, pole, still: true }
    }

    /// Where it goes; what is not finite is ignored.
    pub fn set(&mut self, target: f32) {
        let target = f64::from(target);
        if !target.is_finite() || target == self.target {
            return;
        }
        self.target = target;
        self.left = LINE;
        self.slope = (target - self.line) / f64::from(LINE);
        self.still = false;
    }

    /// Goes there at once.
    pub fn jump(&mut self, value: f32) {
        let value = f64::from(value);
        if value.is_finite() {
            *self = Smooth { target: value, line: value, left: 0, first: value, second: value, still: true, ..*self };
        }
    }

    /// Goes there: smoothly, or `at_once`.
    pub fn turn(&mut self, target: f32, at_once: bool) {
        if at_once {
            self.jump(target);
        } else {
            self.set(target);
        }
    }

    /// Where it goes.
    pub fn target(&self) -> f32 {
        self.target as f32
    }

    /// Where it is.
    pub fn value(&self) -> f32 {
        self.second as f32
    }

    /// Whether it has arrived.
    pub fn is_still(&self) -> bool {
        self.still
    }

    /// The next frame's value.
    #[inline]
    pub fn step(&mut self) -> f32 {
        if self.still {
            return self.second as f32;
        }
        if self.left > 0 {
            self.left -= 1;
            self.line = if self.left == 0 { self.target } else { self.line + self.slope };
        }
        self.first += (self.line - self.first) * self.pole;
        self.second += (self.first - self.second) * self.pole;
        if self.left == 0 && (self.second - self.target).abs() < NEAR && (self.first - self.target).abs() < NEAR {
            self.first = self.target;
            self.second = self.target;
            self.still = true;
        }
        self.second as f32
    }

    /// The next frames' values.
    pub fn fill(&mut self, out: &mut [f32]) {
        if self.still {
            out.fill(self.second as f32);
        } else {
            for value in out {
                *value = self.step();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above};

    #[test]
    fn a_jump_arrives_within_five_milliseconds_and_then_exactly() {
        let mut smooth = Smooth::new(0.0, 48_000.0);
        smooth.set(1.0);
        let mut values = vec![0.0; 2400];
        smooth.fill(&mut values);
        assert!(values[0] < 0.01 && values[300] > 0.985, "{}", values[300]);
        assert!(values.windows(2).all(|pair| pair[1] >= pair[0]));
        assert!(smooth.is_still() && smooth.value() == 1.0);
    }

    #[test]
    fn a_fader_move_leaves_nothing_beside_the_sound() {
        // 997 Hz, from 0 to −40 dB and back.
        let mut smooth = Smooth::new(1.0, 48_000.0);
        let mut signal = Vec::new();
        for i in 0..48_000u32 {
            if i == 16_000 {
                smooth.set(0.01);
            } else if i == 32_000 {
                smooth.set(1.0);
            }
            signal.push(
                smooth.step()
                    * crate::dsp::math::sine((997.0 / 48_000.0 * f64::from(i) * 4_294_967_296.0) as u64 as u32),
            );
        }
        assert!(db(energy_above(&signal, 8_000.0, 48_000.0)) < -100.0);
    }
}
