//! A four-pole low-pass as in synthesizers of old: four one-poles in a row, fed back, with the delay-free loop solved.
//!
//! After V. Zavalishin, "The Art of VA Filter Design" (2012), section 5.3; what goes in is bent as by a transistor pair, so
//! that resonance cannot run away.
//!
//! Invariant: bounded for any input and any cutoff; states never go denormal.

use super::math::flush;

/// One ladder, one channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ladder {
    stages: [f32; 4],
}

/// A rational tanh, ±1 from ±3 on.
#[inline]
fn bend(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

impl Ladder {
    /// At rest.
    pub const CLEAR: Ladder = Ladder { stages: [0.0; 4] };

    /// Filters a block in place: `gain` is the prewarped cutoff, `slope` what it adds a frame; `feedback` 0 to 4, where it
    /// begins to sing. The gain it ends on.
    pub fn process(&mut self, mut gain: f32, slope: f32, feedback: f32, block: &mut [f32]) -> f32 {
        for x in block {
            gain += slope;
            *x = self.step(*x, gain, feedback);
        }
        gain
    }

    /// Filters one frame: `gain` is the prewarped cutoff, `feedback` 0 to 4, where it begins to sing.
    #[inline]
    pub fn step(&mut self, x: f32, gain: f32, feedback: f32) -> f32 {
        // Half of what the feedback takes from the low end is given back.
        let level = 1.0 + 0.5 * feedback;
        let g = gain / (1.0 + gain);
        let rest = 1.0 - g;
        let [a, b, c, d] = self.stages;
        let past = (((a * g + b) * g + c) * g + d) * rest;
        let whole = (x * level - feedback * past) / (1.0 + feedback * g * g * g * g);
        let mut y = bend(whole);
        for state in &mut self.stages {
            let v = (y - *state) * g;
            y = v + *state;
            *state = y + v;
        }
        y
    }

    /// Lets no denormal stay.
    pub fn settle(&mut self) {
        for state in &mut self.stages {
            *state = flush(*state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::svf::prewarp;
    use crate::dsp::testing::{db, noise, rms};

    #[test]
    fn it_falls_by_24_db_an_octave() {
        let level = |hz: f32| {
            let step = crate::dsp::math::step(hz, 48_000.0);
            let mut tone: Vec<f32> =
                (0..24_000u32).map(|i| 0.05 * crate::dsp::math::sine(i.wrapping_mul(step))).collect();
            let mut ladder = Ladder::CLEAR;
            ladder.process(prewarp(500.0, 48_000.0), 0.0, 0.0, &mut tone);
            db(rms(&tone[12_000..]))
        };
        assert!((level(4000.0) - level(2000.0) + 24.0).abs() < 2.0, "{}", level(4000.0) - level(2000.0));
    }

    #[test]
    fn it_stays_bounded_under_everything() {
        let mut ladder = Ladder::CLEAR;
        let mut signal: Vec<f32> = noise(1, 96_000).into_iter().map(|x| x * 4.0).collect();
        for (i, piece) in signal.chunks_mut(3).enumerate() {
            let gain = prewarp(if i % 2 == 0 { 60.0 } else { 15_000.0 }, 48_000.0);
            ladder.process(gain, 0.0, 4.0, piece);
        }
        assert!(signal.iter().all(|x| x.is_finite() && x.abs() < 4.0));
    }
}
