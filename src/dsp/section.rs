//! Sections of an equaliser: two integrators, and what is mixed of input, band and low-pass.
//!
//! A. Simper, "Solving the continuous SVF equations using trapezoidal integration and equivalent currents" (Cytomic,
//! 2013): the same section is a cut, a shelf or a bell. Cuts of higher order are Butterworth's (R. Bristow-Johnson's cookbook
//! has the same prototypes as biquads).
//!
//! A section that stands still gives eight frames at once: each is a sum of the eight frames that come in and the two
//! states, with weights found once (the block form of a state-space filter: C. Burrus, "Block realization of digital
//! filters", IEEE Trans. Audio 20, 1972). A group that a block cuts through is computed from its start again, with the same
//! operations, so where blocks are cut changes no bit. What moves is computed frame by frame.
//!
//! Invariant: stable for every setting and every move; the response is the bilinear prototype's.

use super::glide::Glide;
use super::lanes::{Kernel, Vector, dispatch};
use super::math::{flush, gain};
use super::svf::prewarp;

/// What a section mixes: prewarped gain g, damping k, and how much of input, band and low-pass.
pub(super) type Coefficients = [f32; 5];
/// It does nothing.
pub(super) const THROUGH: Coefficients = [0.5, 1.0, 1.0, 0.0, 0.0];
/// Frames of a group.
const GROUP: usize = 8;
/// The most sections of a band: 48 dB an octave.
const MOST_SECTIONS: usize = 4;

/// The kinds of bands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    LowCut,
    HighCut,
    Low,
    High,
    Bell,
    Notch,
    Tilt,
}

/// Both sides of a section; other effects use single ones.
#[derive(Clone, Debug)]
pub(super) struct Section {
    glide: Glide<5>,
    /// The states; where a group has begun, those at its start.
    first: [f32; 2],
    second: [f32; 2],
    /// What came in since the group began, and how many frames.
    held: [[f32; GROUP]; 2],
    at: usize,
    /// The weights of a group, and whether they are those of the coefficients.
    weights: Box<Weights>,
    ready: bool,
}

/// How a group's frames come out, and what becomes of the states.
#[derive(Clone, Debug, Default)]
struct Weights {
    /// What each frame that comes in adds to all that go out.
    of_frames: [[f32; GROUP]; GROUP],
    /// What each state adds to them.
    of_states: [[f32; GROUP]; 2],
    /// What each frame adds to each state.
    to_states: [[f32; GROUP]; 2],
    /// What each state becomes of each state.
    between: [[f32; 2]; 2],
}

/// One frame of a section, in double precision: what goes out, and the states after it.
fn exactly([g, k, m0, m1, m2]: [f64; 5], x: f64, [s1, s2]: [f64; 2]) -> (f64, [f64; 2]) {
    let a1 = 2.0 / (1.0 + g * (g + k));
    let v = x - s2;
    let (d1, d2) = (g * a1 * v - g * (g + k) * a1 * s1, g * a1 * s1 + g * g * a1 * v);
    (m0 * x + m1 * (s1 + 0.5 * d1) + m2 * (s2 + 0.5 * d2), [s1 + d1, s2 + d2])
}

impl Weights {
    /// For these coefficients: each column is what comes out where one number alone is 1.
    fn find(&mut self, coefficients: Coefficients) {
        let coefficients = coefficients.map(f64::from);
        for source in 0..GROUP + 2 {
            let mut states = [f64::from(u8::from(source == GROUP)), f64::from(u8::from(source == GROUP + 1))];
            for frame in 0..GROUP {
                let (out, after) = exactly(coefficients, f64::from(u8::from(frame == source)), states);
                states = after;
                match source {
                    source if source < GROUP => self.of_frames[source][frame] = out as f32,
                    source => self.of_states[source - GROUP][frame] = out as f32,
                }
            }
            for (state, value) in states.into_iter().enumerate() {
                match source {
                    source if source < GROUP => self.to_states[state][source] = value as f32,
                    source => self.between[state][source - GROUP] = value as f32,
                }
            }
        }
    }

    /// What comes out of a group.
    #[inline(always)]
    fn out(&self, x: &[f32; GROUP], s1: f32, s2: f32) -> [f32; GROUP] {
        let (mut even, mut odd) = ([0.0f32; GROUP], [0.0f32; GROUP]);
        for i in 0..GROUP {
            even[i] = self.of_states[0][i] * s1;
            odd[i] = self.of_states[1][i] * s2;
        }
        for k in 0..GROUP / 2 {
            for i in 0..GROUP {
                even[i] += self.of_frames[2 * k][i] * x[2 * k];
                odd[i] += self.of_frames[2 * k + 1][i] * x[2 * k + 1];
            }
        }
        std::array::from_fn(|i| even[i] + odd[i])
    }

    /// A state after a group.
    #[inline(always)]
    fn state(&self, which: usize, x: &[f32; GROUP], s1: f32, s2: f32) -> f32 {
        let w = &self.to_states[which];
        let p: [f32; GROUP] = std::array::from_fn(|i| w[i] * x[i]);
        let four: [f32; 4] = std::array::from_fn(|i| p[i] + p[i + 4]);
        let sum = (four[0] + four[2]) + (four[1] + four[3]);
        (self.between[which][0] * s1 + self.between[which][1] * s2) + sum
    }
}

impl Section {
    pub(super) fn new(coefficients: Coefficients, rate: f32) -> Section {
        Section {
            glide: Glide::new(coefficients, rate),
            first: [0.0; 2],
            second: [0.0; 2],
            held: [[0.0; GROUP]; 2],
            at: 0,
            weights: Box::default(),
            ready: false,
        }
    }

    /// A high shelf: dB, Hz.
    pub(super) fn shelf(db: f32, hz: f32, rate: f32) -> Section {
        Section::new(coefficients(Kind::High, &[db, hz], rate)[0], rate)
    }

    /// A bell: Hz, dB, Q.
    pub(super) fn bell(hz: f32, db: f32, q: f32, rate: f32) -> Section {
        Section::new(coefficients(Kind::Bell, &[hz, db, q], rate)[0], rate)
    }

    /// A low cut of second order: Hz.
    pub(super) fn low_cut(hz: f32, rate: f32) -> Section {
        Section::new(coefficients(Kind::LowCut, &[hz], rate)[0], rate)
    }

    /// A high cut of second order: Hz.
    pub(super) fn high_cut(hz: f32, rate: f32) -> Section {
        Section::new(coefficients(Kind::HighCut, &[hz], rate)[0], rate)
    }

    /// Moves a high cut: Hz.
    pub(super) fn turn_high_cut(&mut self, hz: f32, rate: f32, at_once: bool) {
        self.turn(coefficients(Kind::HighCut, &[hz], rate)[0], at_once);
    }

    /// Moves a low cut: Hz.
    pub(super) fn turn_low_cut(&mut self, hz: f32, rate: f32, at_once: bool) {
        self.turn(coefficients(Kind::LowCut, &[hz], rate)[0], at_once);
    }

    /// Becomes a band-pass: Hz, Q, and its level in the middle.
    pub(super) fn turn_band(&mut self, hz: f32, q: f32, level: f32, rate: f32, at_once: bool) {
        let k = 1.0 / q.max(0.05);
        self.turn([prewarp(hz, rate), k, 0.0, k * level, 0.0], at_once);
    }

    /// Moves it, or puts it there at once.
    pub(super) fn turn(&mut self, coefficients: Coefficients, at_once: bool) {
        if self.glide.goes_to(coefficients) && (self.glide.is_still() || !at_once) {
            return;
        }
        self.finish();
        self.glide.set(coefficients, at_once);
        self.ready = false;
    }

    /// Ends a group that has begun: its frames go through one by one.
    fn finish(&mut self) {
        let at = std::mem::take(&mut self.at);
        let coefficients = self.glide.values();
        let [left, right] = self.held;
        for (l, r) in left.into_iter().zip(right).take(at) {
            self.frame(coefficients, [l, r]);
        }
    }

    /// One frame.
    #[inline(always)]
    fn frame(&mut self, [g, k, m0, m1, m2]: Coefficients, mut x: [f32; 2]) -> [f32; 2] {
        let a1 = 2.0 / (1.0 + g * (g + k));
        let (a0, a2, a3) = (g * (g + k) * a1, g * a1, g * g * a1);
        for (side, x) in x.iter_mut().enumerate() {
            let (s1, s2) = (self.first[side], self.second[side]);
            let v = *x - s2;
            let (d1, d2) = (a2 * v - a0 * s1, a2 * s1 + a3 * v);
            *x = m0 * *x + m1 * (s1 + 0.5 * d1) + m2 * (s2 + 0.5 * d2);
            self.first[side] = s1 + d1;
            self.second[side] = s2 + d2;
        }
        x
    }

    /// Filters a block in place.
    pub(super) fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        dispatch(Filter { sections: std::slice::from_mut(self), left, right });
    }

    #[inline(always)]
    fn filter(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut done = 0;
        while done < left.len() && !self.glide.is_still() {
            let coefficients = self.glide.step();
            [left[done], right[done]] = self.frame(coefficients, [left[done], right[done]]);
            done += 1;
        }
        if done == left.len() {
            return;
        }
        if !self.ready {
            self.weights.find(self.glide.values());
            self.ready = true;
        }
        let weights = &*self.weights;
        let (mut first, mut second) = (self.first, self.second);
        while done < left.len() {
            if self.at == 0 {
                // Whole groups, straight from the block and back.
                for (side, sound) in [&mut *left, &mut *right].into_iter().enumerate() {
                    let (mut s1, mut s2) = (first[side], second[side]);
                    for group in sound[done..].as_chunks_mut::<GROUP>().0 {
                        let x = *group;
                        *group = weights.out(&x, s1, s2);
                        (s1, s2) = (weights.state(0, &x, s1, s2), weights.state(1, &x, s1, s2));
                    }
                    (first[side], second[side]) = (s1, s2);
                }
                done += (left.len() - done) / GROUP * GROUP;
                if done == left.len() {
                    break;
                }
            }
            let count = (GROUP - self.at).min(left.len() - done);
            for (side, sound) in [&mut *left, &mut *right].into_iter().enumerate() {
                let held = &mut self.held[side];
                let piece = &mut sound[done..done + count];
                held[self.at..self.at + count].copy_from_slice(piece);
                let out = weights.out(held, first[side], second[side]);
                piece.copy_from_slice(&out[self.at..self.at + count]);
                if self.at + count == GROUP {
                    let (s1, s2) = (first[side], second[side]);
                    first[side] = weights.state(0, held, s1, s2);
                    second[side] = weights.state(1, held, s1, s2);
                }
            }
            self.at = (self.at + count) % GROUP;
            done += count;
        }
        (self.first, self.second) = (first, second);
    }

    /// Forgets the sound.
    pub(super) fn reset(&mut self) {
        (self.first, self.second, self.at) = ([0.0; 2], [0.0; 2], 0);
    }

    /// Lets no denormal stay.
    pub(super) fn settle(&mut self) {
        (self.first, self.second) = (self.first.map(flush), self.second.map(flush));
    }
}

/// Sections one after the other over a block.
pub(super) struct Filter<'a> {
    pub sections: &'a mut [Section],
    pub left: &'a mut [f32],
    pub right: &'a mut [f32],
}

impl Kernel for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        for section in self.sections {
            section.filter(self.left, self.right);
        }
    }
}

/// The order of a cut: 12 dB an octave are 2.
pub(super) fn order(slope: f32) -> usize {
    match slope {
        s if s < 9.0 => 1,
        s if s < 18.0 => 2,
        s if s < 30.0 => 4,
        s if s < 42.0 => 6,
        _ => 8,
    }
}

/// The coefficients of a band's sections.
pub(super) fn coefficients(kind: Kind, p: &[f32], rate: f32) -> [Coefficients; MOST_SECTIONS] {
    let at = |index: usize, otherwise: f32| p.get(index).copied().filter(|x| x.is_finite()).unwrap_or(otherwise);
    let one = |c: Coefficients| [c, THROUGH, THROUGH, THROUGH];
    match kind {
        Kind::LowCut | Kind::HighCut => {
            let g = prewarp(at(0, 1000.0), rate);
            let q = at(1, std::f32::consts::FRAC_1_SQRT_2).max(0.05);
            let order = order(at(2, 12.0));
            let low = kind == Kind::HighCut;
            if order == 1 {
                // Of first order, as (s + 1) / (s + 1)² or s (s + 1) / (s + 1)².
                return one(if low { [g, 2.0, 0.0, 1.0, 1.0] } else { [g, 2.0, 1.0, -1.0, -1.0] });
            }
            std::array::from_fn(|section| {
                // Butterworth's poles; the sharpest pair takes the resonance.
                let angle = std::f32::consts::PI * (2 * section + 1) as f32 / (2 * order) as f32;
                let damping = 2.0 * libm::cosf(angle).max(1e-3);
                let sharpest = section + 1 == order / 2;
                let k = if sharpest { damping * std::f32::consts::FRAC_1_SQRT_2 / q } else { damping };
                if low { [g, k, 0.0, 0.0, 1.0] } else { [g, k, 1.0, -k, -1.0] }
            })
        }
        Kind::Low => {
            let (a, q) = (gain(at(0, 0.0) * 0.5), at(2, std::f32::consts::FRAC_1_SQRT_2).max(0.05));
            let k = 1.0 / q;
            one([prewarp(at(1, 120.0), rate) / a.sqrt(), k, 1.0, k * (a - 1.0), a * a - 1.0])
        }
        Kind::High => {
            let (a, q) = (gain(at(0, 0.0) * 0.5), at(2, std::f32::consts::FRAC_1_SQRT_2).max(0.05));
            let k = 1.0 / q;
            one([prewarp(at(1, 8000.0), rate) * a.sqrt(), k, a * a, k * (1.0 - a) * a, 1.0 - a * a])
        }
        Kind::Bell => {
            let (a, q) = (gain(at(1, 0.0) * 0.5), at(2, 1.0).max(0.05));
            let k = 1.0 / (q * a);
            one([prewarp(at(0, 1000.0), rate), k, 1.0, k * (a * a - 1.0), 0.0])
        }
        Kind::Notch => {
            let k = 1.0 / at(1, 8.0).max(0.05);
            one([prewarp(at(0, 1000.0), rate), k, 1.0, -k, 0.0])
        }
        Kind::Tilt => {
            // A high shelf of twice the gain, and all of it lower by the gain.
            let a = gain(at(0, 0.0));
            let k = 2.0;
            one([prewarp(at(1, 900.0), rate) * a.sqrt(), k, a, k * (1.0 - a), (1.0 - a * a) / a])
        }
    }
}
