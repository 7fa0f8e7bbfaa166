//! A hall: sixteen delay lines that feed each other, behind diffusers.
//!
//! J.-M. Jot, A. Chaigne, "Digital delay networks for designing artificial reverberators" (AES 90, 1991): each line loses
//! what its length owes to the decay. Lines are mixed by a Hadamard matrix (lossless, in 64 additions); series
//! all-passes before them (M. Schroeder, 1962) make it dense at once; eight lines breathe by a few frames against ringing.
//!
//! Invariant: lossless mixing and a loop gain under 1 keep it stable for every parameter.

use super::BLOCK;
use super::effect::Effect;
use super::lanes::{Kernel, Vector, dispatch};
use super::math::{finite, flush, sine};
use super::smooth::Smooth;

/// Lines.
const LINES: usize = 16;
/// All-passes in series, a side.
const DIFFUSERS: usize = 4;
/// Lengths of the lines at size 1, milliseconds: spread by a constant ratio, no two in a simple proportion.
const LENGTHS: [f32; LINES] =
    [21.31, 23.17, 26.83, 29.51, 31.97, 34.19, 37.73, 41.23, 43.91, 47.87, 51.13, 55.61, 59.93, 64.37, 69.11, 73.49];
/// Lengths of the diffusers, milliseconds, left and right.
const DIFFUSION: [[f32; DIFFUSERS]; 2] = [[2.91, 4.97, 8.83, 13.41], [3.23, 5.49, 8.11, 14.37]];
/// Gain of the diffusers.
const DIFFUSE: f32 = 0.62;
/// How far a line breathes, seconds.
const BREATH: f32 = 0.000_12;
/// Signs with which the lines reach the left; the right is orthogonal.
const LEFT: [f32; LINES] = [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0];
const RIGHT: [f32; LINES] = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];

/// No longer than the shortest line at size 0, breathing in, and than the shortest diffuser.
fn most(rate: f32) -> usize {
    let line = (LENGTHS[0] * 0.3 * 0.001 - BREATH) * rate - 4.0;
    let diffuser = DIFFUSION[0][0].min(DIFFUSION[1][0]) * 0.001 * rate;
    (line.min(diffuser) as usize).clamp(1, BLOCK)
}

/// A stereo reverb, wet only.
#[derive(Debug)]
pub struct Reverb {
    rate: f32,
    memory: Vec<f32>,
    stretch: usize,
    at: usize,
    /// Frames that one stretch may have.
    most: usize,
    gains: [f32; LINES],
    wanted: [f32; LINES],
    first: [f32; LINES],
    second: [f32; LINES],
    damping: (f32, f32, f32),
    diffusers: [[AllPass; DIFFUSERS]; 2],
    pre: Vec<[f32; 2]>,
    pre_at: usize,
    pre_frames: Smooth,
    size: Smooth,
    breath: [u32; LINES],
    breath_steps: [u32; LINES],
    set_before: bool,
}

#[derive(Debug)]
struct AllPass {
    line: Vec<f32>,
    at: usize,
}

impl AllPass {
    /// Works on a block that is no longer than the line: what is read was written before it.
    #[inline(always)]
    fn run(&mut self, block: &mut [f32]) {
        let (now, later) = block.split_at_mut(block.len().min(self.line.len() - self.at));
        for piece in [now, later] {
            let count = piece.len();
            for (x, old) in piece.iter_mut().zip(&mut self.line[self.at..]) {
                let new = flush(*x - DIFFUSE * *old);
                *x = *old + DIFFUSE * new;
                *old = new;
            }
            self.at += count;
            if self.at == self.line.len() {
                self.at = 0;
            }
        }
    }
}

impl Reverb {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Reverb {
        let stretch = ((LENGTHS[LINES - 1] * 1.3 * 0.001 * rate) as usize + 64).next_power_of_two();
        let all_pass = |ms: f32| AllPass { line: vec![0.0; ((ms * 0.001 * rate) as usize).max(1)], at: 0 };
        let mut reverb = Reverb {
            rate,
            memory: vec![0.0; stretch * LINES],
            stretch,
            at: 0,
            most: most(rate),
            gains: [0.0; LINES],
            wanted: [0.0; LINES],
            first: [0.0; LINES],
            second: [0.0; LINES],
            damping: (0.0, 0.0, 0.0),
            diffusers: DIFFUSION.map(|side| side.map(all_pass)),
            pre: vec![[0.0; 2]; ((0.5 * rate) as usize + 8).next_power_of_two()],
            pre_at: 0,
            pre_frames: Smooth::new(0.0, rate),
            size: Smooth::new(0.7, rate),
            breath: std::array::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9)),
            breath_steps: std::array::from_fn(|i| super::math::step(0.31 + 0.053 * i as f32, rate)),
            set_before: false,
        };
        reverb.turn(2.0, 0.7, 0.01, 6000.0);
        reverb.set_before = false;
        reverb
    }

    /// Moves it: seconds to −60 dB, 0 to 1, seconds, Hz above which it fades faster.
    pub fn turn(&mut self, decay: f32, size: f32, predelay: f32, damp: f32) {
        let size = size.clamp(0.0, 1.0);
        let pre = predelay.clamp(0.0, 0.5) * self.rate;
        if self.set_before {
            self.size.set(size);
            self.pre_frames.set(pre.round());
        } else {
            self.size.jump(size);
            self.pre_frames.jump(pre.round());
        }
        // A second-order Butterworth low-pass an octave above `damp`: flat below it.
        let g = super::svf::prewarp(damp.clamp(100.0, 20_000.0) * 2.0, self.rate);
        let a1 = 1.0 / (1.0 + g * (g + std::f32::consts::SQRT_2));
        self.damping = (a1, g * a1, g * g * a1);
        let decay = decay.clamp(0.05, 100.0);
        for (i, gain) in self.wanted.iter_mut().enumerate() {
            let seconds = LENGTHS[i] * 0.001 * scale(size);
            *gain = libm::exp10f(-3.0 * seconds / decay);
        }
        if !self.set_before {
            self.gains = self.wanted;
        }
        self.set_before = true;
    }
}

impl Effect for Reverb {
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [decay, size, predelay, damp, ..] = *p {
            self.set_before &= !at_once;
            self.turn(decay, size, predelay, damp);
        }
    }

    /// Replaces a block by its echo of the hall.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.chunks_mut(self.most).zip(right.chunks_mut(self.most)) {
            dispatch(Stretch { reverb: self, left, right });
        }
    }

    /// Empties it.
    fn reset(&mut self) {
        self.memory.fill(0.0);
        self.pre.fill([0.0; 2]);
        self.first = [0.0; LINES];
        self.second = [0.0; LINES];
        for all_pass in self.diffusers.iter_mut().flatten() {
            all_pass.line.fill(0.0);
        }
    }

    fn patience(&self) -> f32 {
        0.5
    }
}

/// Some frames, no more than the shortest line and the shortest diffuser have: so all that is read was written before.
struct Stretch<'a> {
    reverb: &'a mut Reverb,
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Kernel for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Stretch { reverb, left, right } = self;
        let frames = left.len().min(right.len()).min(BLOCK);
        let mut sides = [[0.0f32; BLOCK]; 2];
        reverb.wait(&left[..frames], &right[..frames], &mut sides);
        for (side, diffusers) in sides.iter_mut().zip(&mut reverb.diffusers) {
            for all_pass in diffusers {
                all_pass.run(&mut side[..frames]);
            }
        }
        let mut lines = [[0.0f32; LINES]; BLOCK];
        reverb.read(&mut lines, frames);
        let (a1, a2, a3) = reverb.damping;
        let (mut first, mut second, mut gains) = (reverb.first, reverb.second, reverb.gains);
        for (at, out) in lines[..frames].iter_mut().enumerate() {
            let (mut to_left, mut to_right) = ([0.0f32; LINES], [0.0f32; LINES]);
            for i in 0..LINES {
                let v3 = out[i] - second[i];
                let v1 = a1 * first[i] + a2 * v3;
                let v2 = second[i] + a2 * first[i] + a3 * v3;
                first[i] = flush(v1 + v1 - first[i]);
                second[i] = flush(v2 + v2 - second[i]);
                // Gains glide too: a twentieth of a second.
                gains[i] += (reverb.wanted[i] - gains[i]) * 0.0005;
                out[i] = v2 * gains[i];
                to_left[i] = out[i] * LEFT[i];
                to_right[i] = out[i] * RIGHT[i];
            }
            hadamard(out);
            for (i, out) in out.iter_mut().enumerate() {
                *out = flush(*out + sides[i % 2][at] * 0.5);
            }
            left[at] = sum(&to_left) * 0.5;
            right[at] = sum(&to_right) * 0.5;
        }
        (reverb.first, reverb.second, reverb.gains) = (first, second, gains);
        reverb.write(&lines, frames);
    }
}

/// A sum in a fixed order that vectors can follow.
#[inline(always)]
fn sum(x: &[f32; LINES]) -> f32 {
    let mut four = [0.0f32; 4];
    for i in 0..4 {
        four[i] = (x[i] + x[i + 4]) + (x[i + 8] + x[i + 12]);
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

impl Reverb {
    /// The sound, as late as the first reflection is.
    #[inline(always)]
    fn wait(&mut self, left: &[f32], right: &[f32], sides: &mut [[f32; BLOCK]; 2]) {
        let mask = self.pre.len() - 1;
        for (at, (l, r)) in left.iter().zip(right).enumerate() {
            self.pre[self.pre_at] = [finite(*l), finite(*r)];
            let late = self.pre_frames.step();
            let whole = late as usize;
            let part = late - whole as f32;
            let near = self.pre[self.pre_at.wrapping_sub(whole) & mask];
            let far = self.pre[self.pre_at.wrapping_sub(whole + 1) & mask];
            self.pre_at = (self.pre_at + 1) & mask;
            sides[0][at] = near[0] + part * (far[0] - near[0]);
            sides[1][at] = near[1] + part * (far[1] - near[1]);
        }
    }

    /// What comes out of the lines: a third-degree Lagrange polynomial through the frames around.
    #[inline(always)]
    fn read(&mut self, lines: &mut [[f32; LINES]; BLOCK], frames: usize) {
        let mask = self.stretch - 1;
        let still = self.size.is_still();
        let mut scales = [0.0f32; BLOCK];
        for value in &mut scales[..frames] {
            *value = scale(self.size.step()) * 0.001 * self.rate;
        }
        for i in 0..LINES {
            let line = &self.memory[i * self.stretch..(i + 1) * self.stretch];
            // Four frames around each place, and how far it lies between the middle two.
            let (mut taps, mut parts) = ([[0.0f32; BLOCK]; 4], [0.0f32; BLOCK]);
            let (phase, step) = (self.breath[i], self.breath_steps[i]);
            self.breath[i] = phase.wrapping_add(step.wrapping_mul(frames as u32));
            if i % 2 == 1 && still {
                // It neither breathes nor moves: one stretch of the line.
                let delay = LENGTHS[i] * scales[0];
                let whole = delay as usize;
                parts = [delay - whole as f32; BLOCK];
                let mut near = [0.0f32; BLOCK + 3];
                for (at, near) in near[..frames + 3].iter_mut().enumerate() {
                    *near = line[(self.at + at).wrapping_sub(whole + 2) & mask];
                }
                for (tap, taps) in taps.iter_mut().enumerate() {
                    taps.copy_from_slice(&near[3 - tap..3 - tap + BLOCK]);
                }
            } else {
                let deep = if i % 2 == 0 { BREATH * self.rate } else { 0.0 };
                let mut delays = [0.0f32; BLOCK];
                for (at, delay) in delays.iter_mut().enumerate() {
                    let phase = phase.wrapping_add(step.wrapping_mul(at as u32 + 1));
                    *delay = LENGTHS[i] * scales[at] + deep * sine(phase);
                }
                for (at, delay) in delays[..frames].iter().enumerate() {
                    let whole = *delay as usize;
                    parts[at] = *delay - whole as f32;
                    for (tap, taps) in taps.iter_mut().enumerate() {
                        taps[at] = line[(self.at + at + 1).wrapping_sub(whole + tap) & mask];
                    }
                }
            }
            let [a, b, c, d] = &taps;
            let mut out = [0.0f32; BLOCK];
            for at in 0..BLOCK {
                let (a, b, c, d, f) = (a[at], b[at], c[at], d[at], parts[at]);
                let third = (d - a) * (1.0 / 6.0) + (b - c) * 0.5;
                let second = (a + c) * 0.5 - b;
                let slope = c - a * (1.0 / 3.0) - b * 0.5 - d * (1.0 / 6.0);
                out[at] = b + f * (slope + f * (second + f * third));
            }
            for (lines, out) in lines[..frames].iter_mut().zip(&out) {
                lines[i] = *out;
            }
        }
    }

    /// What goes into the lines.
    #[inline(always)]
    fn write(&mut self, lines: &[[f32; LINES]; BLOCK], frames: usize) {
        let mask = self.stretch - 1;
        for i in 0..LINES {
            let line = &mut self.memory[i * self.stretch..(i + 1) * self.stretch];
            for (at, out) in lines[..frames].iter().enumerate() {
                line[(self.at + at) & mask] = out[i];
            }
        }
        self.at = (self.at + frames) & mask;
    }
}

/// How a size of 0 to 1 scales the lines.
#[inline(always)]
fn scale(size: f32) -> f32 {
    0.3 + 0.7 * size
}

#[inline(always)]
fn hadamard(x: &mut [f32; LINES]) {
    let mut span = 1;
    while span < LINES {
        let mut i = 0;
        while i < LINES {
            for j in i..i + span {
                let (a, b) = (x[j], x[j + span]);
                x[j] = a + b;
                x[j + span] = a - b;
            }
            i += span * 2;
        }
        span *= 2;
    }
    for value in x {
        *value *= 0.25;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::svf::{Mode, Setting, Svf, prewarp};
    use crate::dsp::testing::db;

    fn answer(decay: f32, size: f32, frames: usize) -> (Vec<f32>, Vec<f32>) {
        let mut reverb = Reverb::new(48_000.0);
        reverb.turn(decay, size, 0.0, 20_000.0);
        reverb.set_before = false;
        reverb.turn(decay, size, 0.0, 20_000.0);
        let (mut l, mut r) = (vec![0.0; frames], vec![0.0; frames]);
        l[0] = 1.0;
        r[0] = 1.0;
        reverb.process(&mut l, &mut r);
        (l, r)
    }

    /// Abel and Huang's normalised echo density at `ms`, in a window of 1024 frames.
    fn density(signal: &[f32], ms: usize) -> f64 {
        let at = ms * 48;
        let piece = &signal[at - 512..at + 512];
        let window = |i: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * i as f64 / 1024.0);
        let sum: f64 = (0..1024).map(window).sum();
        let deviation =
            (piece.iter().enumerate().map(|(i, x)| window(i) * f64::from(*x).powi(2)).sum::<f64>() / sum).sqrt();
        let outside: f64 =
            piece.iter().enumerate().filter(|(_, x)| f64::from(x.abs()) > deviation).map(|(i, _)| window(i)).sum();
        outside / sum / 0.3173
    }

    #[test]
    fn it_is_dense_by_a_tenth_of_a_second() {
        for size in [0.4, 0.7, 1.0] {
            let (l, _) = answer(2.0, size, 12_000);
            assert!(density(&l, 100) > 0.9, "{size}: {}", density(&l, 100));
        }
    }

    #[test]
    fn it_decays_as_fast_as_it_says_in_every_octave() {
        for decay in [1.0, 2.5] {
            let (l, _) = answer(decay, 0.7, (decay * 60_000.0) as usize);
            for hz in [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0] {
                let mut band = l.clone();
                for _ in 0..2 {
                    let mut setting = Setting { gain: prewarp(hz, 48_000.0), slope: 0.0, damping: 0.7 };
                    Svf::default().process(Mode::Band, &mut setting, &mut band);
                }
                // Schroeder's backward integral, −5 to −35 dB.
                let mut left: Vec<f64> = band.iter().map(|x| f64::from(x * x)).collect();
                for i in (0..left.len() - 1).rev() {
                    left[i] += left[i + 1];
                }
                let when = |level: f64| left.iter().position(|e| db((e / left[0]).sqrt()) < level).unwrap() as f64;
                let seconds = 2.0 * (when(-35.0) - when(-5.0)) / 48_000.0;
                let off = (seconds / f64::from(decay) - 1.0).abs();
                assert!(off < 0.1, "{hz} Hz: {seconds} s of {decay}");
            }
        }
    }

    #[test]
    fn its_sides_differ_and_mono_does_not_cancel() {
        let (l, r) = answer(2.0, 0.7, 96_000);
        let power = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let both: f64 = l.iter().zip(&r).map(|(l, r)| f64::from(l * r)).sum();
        let correlation = both / (power(&l) * power(&r)).sqrt();
        assert!(correlation.abs() < 0.2, "{correlation}");
        let middle: Vec<f32> = l.iter().zip(&r).map(|(l, r)| (l + r) * 0.5).collect();
        let loss = db((2.0 * power(&middle) / (power(&l) + power(&r)) * 2.0).sqrt());
        assert!(loss > -3.0, "{loss}");
    }
}
