//! A rotating loudspeaker: a horn for the highs and a drum for the lows, each with its doppler and its shadow.
//!
//! J. O. Smith, S. Serafin, J. Abel, D. Berners, "Doppler simulation and the Leslie" (`DAFx` 2002): a source that turns
//! comes nearer and goes away from two microphones at the sides.
//!
//! Invariant: the speed glides, as the weight of the rotor makes it.

use super::BLOCK;
use super::effect::Effect;
use super::line::Line;
use super::math::{finite, flush, sine};
use super::section::Section;
use super::smooth::Smooth;

/// Where horn and drum part, Hz.
const CROSSOVER: f32 = 800.0;
/// How far the mouths turn, as seconds of sound: 18 cm and 15 cm.
const RADII: [f32; 2] = [0.000_53, 0.000_44];
/// How much quieter they are when they face away.
const SHADOWS: [f32; 2] = [0.6, 0.25];
/// How long each takes to reach a new speed, seconds.
const WEIGHTS: [f32; 2] = [0.6, 1.8];
/// The drum turns a little slower than the horn.
const DRUM: f32 = 0.83;

/// One rotor.
#[derive(Debug)]
struct Rotor {
    lines: [Line; 1],
    phase: u32,
    speed: f32,
    pole: f32,
}

/// A stereo rotary speaker.
#[derive(Debug)]
pub struct Rotary {
    rate: f32,
    low: [Section; 2],
    high: [Section; 2],
    rotors: [Rotor; 2],
    wanted: f32,
    depth: Smooth,
}

impl Rotary {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Rotary {
        let rotor = |i: usize| Rotor {
            lines: [Line::new((0.003 * rate) as usize)],
            phase: 0,
            speed: 0.0,
            pole: 1.0 - libm::expf(-1.0 / (WEIGHTS[i] * rate)),
        };
        Rotary {
            rate,
            low: [Section::high_cut(CROSSOVER, rate), Section::high_cut(CROSSOVER, rate)],
            high: [Section::low_cut(CROSSOVER, rate), Section::low_cut(CROSSOVER, rate)],
            rotors: [rotor(0), rotor(1)],
            wanted: 0.0,
            depth: Smooth::new(1.0, rate),
        }
    }
}

impl Effect for Rotary {
    /// Hz, 0 to 1.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [speed, depth, ..] = *p {
            self.wanted = speed;
            self.depth.turn(depth, at_once);
            if at_once {
                for (rotor, ratio) in self.rotors.iter_mut().zip([1.0, DRUM]) {
                    rotor.speed = speed * ratio;
                }
            }
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        // One box, one sound: the sides are the microphones.
        let (mut horn, mut drum) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        for i in 0..frames {
            horn[i] = finite((left[i] + right[i]) * 0.5);
            drum[i] = horn[i];
        }
        let mut other = drum;
        for section in &mut self.low {
            section.run(&mut drum[..frames], &mut other[..frames]);
        }
        let mut other = horn;
        for section in &mut self.high {
            section.run(&mut horn[..frames], &mut other[..frames]);
        }
        for i in 0..frames {
            let depth = self.depth.step();
            let mut out = [0.0f32; 2];
            for (at, (rotor, x)) in self.rotors.iter_mut().zip([horn[i], drum[i]]).enumerate() {
                let ratio = if at == 0 { 1.0 } else { DRUM };
                rotor.speed += (self.wanted * ratio - rotor.speed) * rotor.pole;
                // The drum turns the other way.
                let turn = (rotor.speed / self.rate * 4_294_967_296.0) as u32;
                rotor.phase = if at == 0 { rotor.phase.wrapping_add(turn) } else { rotor.phase.wrapping_sub(turn) };
                rotor.lines[0].push(flush(x));
                for (side, out) in out.iter_mut().enumerate() {
                    // Towards this microphone or away from it: −1 to 1.
                    let facing = sine(rotor.phase.wrapping_add((side as u32) << 31)) * depth;
                    let radius = RADII[at] * self.rate;
                    let heard = rotor.lines[0].read(2.0 + radius * (1.0 - facing));
                    *out += heard * (1.0 - SHADOWS[at] * 0.5 * (1.0 - facing) * depth);
                }
            }
            left[i] = out[0];
            right[i] = out[1];
        }
    }

    fn reset(&mut self) {
        for section in self.low.iter_mut().chain(&mut self.high) {
            section.reset();
        }
        for rotor in &mut self.rotors {
            rotor.lines[0].reset();
        }
    }

    fn settle(&mut self) {
        for section in self.low.iter_mut().chain(&mut self.high) {
            section.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::rms;

    #[test]
    fn the_sides_take_turns_as_often_as_it_turns() {
        let mut rotary = Rotary::new(48_000.0);
        rotary.set(&[5.0, 1.0], true);
        let mut l: Vec<f32> =
            (0..96_000).map(|i| (0.5 * libm::sin(std::f64::consts::TAU * f64::from(i) / 16.0)) as f32).collect();
        let mut r = l.clone();
        for (l, r) in l.chunks_mut(64).zip(r.chunks_mut(64)) {
            rotary.settle();
            rotary.process(l, r);
        }
        // In tenths of a turn: which side is louder changes ten times a second.
        let louder: Vec<bool> = l.chunks(480).zip(r.chunks(480)).skip(10).map(|(l, r)| rms(l) > rms(r)).collect();
        let changes = louder.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!((17..=21).contains(&changes), "{changes}");
        assert!(l.iter().chain(&r).all(|x| x.abs() < 1.2));
    }
}
