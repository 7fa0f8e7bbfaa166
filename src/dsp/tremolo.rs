//! Levels that an oscillator moves: tremolo, autopan, ring modulation.
//!
//! Invariant: never louder than the sound; an oscillator's phase never jumps.

use super::effect::Effect;
use super::math::{sine, step};
use super::smooth::Smooth;

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swing {
    /// Both sides together.
    Tremolo,
    /// From side to side, by equal power.
    Autopan,
    /// Through nothing and back, at an audible rate.
    Ring,
}

/// A level that moves.
#[derive(Debug)]
pub struct Tremolo {
    kind: Swing,
    rate: f32,
    phase: u32,
    step: u32,
    depth: Smooth,
}

impl Tremolo {
    /// For `rate` frames a second.
    pub fn new(kind: Swing, rate: f32) -> Tremolo {
        Tremolo { kind, rate, phase: 0, step: 0, depth: Smooth::new(0.0, rate) }
    }
}

impl Effect for Tremolo {
    /// Hz, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [hz, depth, ..] = *p {
            self.step = step(hz.clamp(0.0, 20_000.0), self.rate);
            self.depth.turn(depth.clamp(0.0, 1.0), at_once);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let depth = self.depth.step();
            match self.kind {
                // From full level down: it begins where the sound is.
                Swing::Tremolo => {
                    let gain = 1.0 - depth * (0.5 - 0.5 * sine(self.phase.wrapping_add(1 << 30)));
                    *l *= gain;
                    *r *= gain;
                }
                Swing::Autopan => {
                    // The angle of equal power, an eighth of a turn in the middle; one side alone is at full level.
                    let angle = 0.125 - 0.125 * depth * sine(self.phase);
                    let angle = (angle * 4_294_967_296.0) as u32;
                    let level = std::f32::consts::SQRT_2 + depth * (1.0 - std::f32::consts::SQRT_2);
                    *l *= level * sine(angle);
                    *r *= level * sine((1u32 << 30).wrapping_sub(angle));
                }
                Swing::Ring => {
                    let gain = 1.0 - depth + depth * sine(self.phase);
                    *l *= gain;
                    *r *= gain;
                }
            }
            self.phase = self.phase.wrapping_add(self.step);
        }
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, spectrum};

    fn run(kind: Swing, p: &[f32], signal: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut tremolo = Tremolo::new(kind, 48_000.0);
        tremolo.set(p, true);
        let (mut l, mut r) = (signal.to_vec(), signal.to_vec());
        tremolo.process(&mut l, &mut r);
        (l, r)
    }

    #[test]
    fn a_tremolo_falls_as_deep_as_it_says_as_often_as_it_says() {
        let (l, r) = run(Swing::Tremolo, &[4.0, 0.25], &vec![1.0; 48_000]);
        assert_eq!(l, r);
        assert!((l[0] - 1.0).abs() < 1e-6 && (l[6000] - 0.75).abs() < 1e-5 && (l[12_000] - 1.0).abs() < 1e-5);
        let dips = (1..47_999).filter(|i| l[*i] < l[*i - 1] && l[*i] <= l[*i + 1] && l[*i] < 0.76).count();
        assert!((4..40).contains(&dips));
    }

    #[test]
    fn an_autopan_keeps_its_power_and_reaches_the_sides() {
        let (l, r) = run(Swing::Autopan, &[1.0, 1.0], &vec![1.0; 48_000]);
        for (l, r) in l.iter().zip(&r) {
            assert!((l * l + r * r - 1.0).abs() < 1e-4, "{l} {r}");
        }
        // It goes right first.
        assert!(l[12_000].abs() < 1e-3 && (r[12_000] - 1.0).abs() < 1e-3, "{} {}", l[12_000], r[12_000]);
        assert!((l[36_000] - 1.0).abs() < 1e-3 && r[36_000].abs() < 1e-3);
        let (l, r) = run(Swing::Autopan, &[1.0, 0.0], &vec![1.0; 4800]);
        assert!(l.iter().chain(&r).all(|x| (x - 1.0).abs() < 1e-5));
    }

    #[test]
    fn ring_modulation_leaves_sum_and_difference() {
        let signal: Vec<f32> =
            (0..48_000).map(|i| libm::sin(std::f64::consts::TAU * 1000.0 * f64::from(i) / 48_000.0) as f32).collect();
        let (l, _) = run(Swing::Ring, &[300.0, 1.0], &signal);
        let bins = spectrum(&l);
        assert!((bins[700] - 0.5).abs() < 0.01 && (bins[1300] - 0.5).abs() < 0.01 && bins[1000] < 1e-3);
    }

    #[test]
    fn what_is_turned_does_not_click() {
        for kind in [Swing::Tremolo, Swing::Autopan, Swing::Ring] {
            let mut tremolo = Tremolo::new(kind, 48_000.0);
            tremolo.set(&[3.0, 0.0], true);
            let mut out = Vec::new();
            for block in 0..900u32 {
                match block {
                    300 => tremolo.set(&[9.0, 1.0], false),
                    600 => tremolo.set(&[1.0, 0.2], false),
                    _ => {}
                }
                let mut l: Vec<f32> = (0..64).map(|i| 0.3 * sine((block * 64 + i).wrapping_mul(8_947_849))).collect();
                let mut r = l.clone();
                tremolo.process(&mut l, &mut r);
                out.extend(l);
            }
            assert!(db(energy_above(&out, 5000.0, 48_000.0)) < -80.0, "{kind:?}");
        }
    }
}
