//! An equaliser: bands in series, each one or more state-variable sections.
//!
//! A. Simper, "Solving the continuous SVF equations using trapezoidal integration and equivalent currents" (Cytomic,
//! 2013): a section is two integrators, and what is mixed from input, band and low-pass makes it a cut, a shelf or a
//! bell. Cuts of higher order are Butterworth's (R. Bristow-Johnson's cookbook has the same prototypes as biquads).
//!
//! Up to four sections of both sides run side by side: at step t section b works on frame t − b, so that a chain of four
//! takes as long as one. What moves is computed section by section with the same operations, so it gives the same bits.
//!
//! Invariant: stable for every setting and every move; the response is the bilinear prototype's.

use super::BLOCK;
use super::effect::Effect;
use super::glide::Glide;
use super::lanes::{Kernel, dispatch};
use super::math::{flush, gain};
use super::svf::prewarp;
use crate::base::insert::Band;

/// What a section mixes: prewarped gain g, damping k, and how much of input, band and low-pass.
type Coefficients = [f32; 5];
/// It does nothing.
const THROUGH: Coefficients = [0.5, 1.0, 1.0, 0.0, 0.0];
/// Sections that run side by side.
const WIDE: usize = 4;
/// The most sections of a band: 48 dB an octave.
const MOST_SECTIONS: usize = 4;

/// The kinds of bands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    LowCut,
    HighCut,
    Low,
    High,
    Bell,
    Notch,
    Tilt,
}

/// A band: what it is, where its values stand, and its sections.
#[derive(Clone, Debug)]
struct BandState {
    kind: Kind,
    first: usize,
    count: usize,
    sections: usize,
}

/// Both sides of a section; other effects use single ones.
#[derive(Clone, Debug)]
pub(super) struct Section {
    glide: Glide<5>,
    first: [f32; 2],
    second: [f32; 2],
}

impl Section {
    fn new(coefficients: Coefficients, rate: f32) -> Section {
        Section { glide: Glide::new(coefficients, rate), first: [0.0; 2], second: [0.0; 2] }
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
        self.glide.set(coefficients(Kind::HighCut, &[hz], rate)[0], at_once);
    }

    /// Moves a low cut: Hz.
    pub(super) fn turn_low_cut(&mut self, hz: f32, rate: f32, at_once: bool) {
        self.glide.set(coefficients(Kind::LowCut, &[hz], rate)[0], at_once);
    }

    /// Becomes a band-pass: Hz, Q, and its level in the middle.
    pub(super) fn turn_band(&mut self, hz: f32, q: f32, level: f32, rate: f32, at_once: bool) {
        let k = 1.0 / q.max(0.05);
        self.glide.set([prewarp(hz, rate), k, 0.0, k * level, 0.0], at_once);
    }

    /// Filters a block in place.
    pub(super) fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.glide.is_still() {
            Eq::still::<1, 2>(std::slice::from_mut(self), left, right);
        } else {
            Eq::moving(self, left, right);
        }
    }

    /// Forgets the sound.
    pub(super) fn reset(&mut self) {
        (self.first, self.second) = ([0.0; 2], [0.0; 2]);
    }

    /// Lets no denormal stay.
    pub(super) fn settle(&mut self) {
        (self.first, self.second) = (self.first.map(flush), self.second.map(flush));
    }
}

/// The equaliser.
#[derive(Debug)]
pub struct Eq {
    rate: f32,
    bands: Vec<BandState>,
    sections: Vec<Section>,
}

/// The order of a cut: 12 dB an octave are 2.
fn order(slope: f32) -> usize {
    match slope {
        s if s < 9.0 => 1,
        s if s < 18.0 => 2,
        s if s < 30.0 => 4,
        s if s < 42.0 => 6,
        _ => 8,
    }
}

impl Eq {
    /// With these bands, whose values follow each other in `parameters`; `rate` frames a second.
    pub fn new(bands: &[&'static Band], parameters: &[f32], rate: f32) -> Eq {
        let mut eq = Eq { rate, bands: Vec::new(), sections: Vec::new() };
        let mut first = 0;
        for band in bands {
            let kind = match band.name {
                "lowcut" => Kind::LowCut,
                "highcut" => Kind::HighCut,
                "low" => Kind::Low,
                "high" => Kind::High,
                "bell" => Kind::Bell,
                "notch" => Kind::Notch,
                _ => Kind::Tilt,
            };
            let slope = parameters.get(first + 2).copied().unwrap_or(12.0);
            let cut = matches!(kind, Kind::LowCut | Kind::HighCut);
            let sections = if cut { order(slope).div_ceil(2) } else { 1 };
            let count = band.parameters.len();
            eq.bands.push(BandState { kind, first, count, sections });
            for _ in 0..sections {
                eq.sections.push(Section::new(THROUGH, rate));
            }
            first += count;
        }
        eq.set(parameters, true);
        eq
    }

    /// Runs one section whose coefficients move.
    fn moving(section: &mut Section, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let [g, k, m0, m1, m2] = section.glide.step();
            let a1 = 2.0 / (1.0 + g * (g + k));
            let (a0, a2, a3) = (g * (g + k) * a1, g * a1, g * g * a1);
            for (side, x) in [l, r].into_iter().enumerate() {
                let (s1, s2) = (section.first[side], section.second[side]);
                let v = *x - s2;
                let (d1, d2) = (a2 * v - a0 * s1, a2 * s1 + a3 * v);
                *x = m0 * *x + m1 * (s1 + 0.5 * d1) + m2 * (s2 + 0.5 * d2);
                section.first[side] = s1 + d1;
                section.second[side] = s2 + d2;
            }
        }
    }

    /// Runs up to `N` sections that stand still, side by side; `LANES` is twice `N`.
    fn still<const N: usize, const LANES: usize>(sections: &mut [Section], left: &mut [f32], right: &mut [f32]) {
        dispatch(Still::<'_, N, LANES> { sections, left, right });
    }
}

/// Up to `N` sections that stand still; `LANES` is twice `N`.
struct Still<'a, const N: usize, const LANES: usize> {
    sections: &'a mut [Section],
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl<const N: usize, const LANES: usize> Kernel for Still<'_, N, LANES> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Still { sections, left, right } = self;
        let mut c = [[0.0f32; LANES]; 6];
        let (mut first, mut second) = ([0.0f32; LANES], [0.0f32; LANES]);
        for lane in 0..LANES {
            let section = sections.get(lane / 2);
            let [g, k, m0, m1, m2] = section.map_or(THROUGH, |section| section.glide.values());
            let a1 = 2.0 / (1.0 + g * (g + k));
            for (row, value) in c.iter_mut().zip([g * (g + k) * a1, g * a1, g * g * a1, m0, m1, m2]) {
                row[lane] = value;
            }
            if let Some(section) = section {
                first[lane] = section.first[lane % 2];
                second[lane] = section.second[lane % 2];
            }
        }
        let [a0, a2, a3, m0, m1, m2] = c;
        // What each lane gives at a step is what the lane two further takes at the next.
        let mut x = [0.0f32; LANES];
        let frames = left.len();
        let step = |x: &mut [f32; LANES], first: &mut [f32; LANES], second: &mut [f32; LANES]| {
            for i in 0..LANES {
                let v = x[i] - second[i];
                let (d1, d2) = (a2[i] * v - a0[i] * first[i], a2[i] * first[i] + a3[i] * v);
                x[i] = m0[i] * x[i] + m1[i] * (first[i] + 0.5 * d1) + m2[i] * (second[i] + 0.5 * d2);
                first[i] += d1;
                second[i] += d2;
            }
        };
        for t in 0..frames + N - 1 {
            for lane in (2..LANES).rev() {
                x[lane] = x[lane - 2];
            }
            if t < frames {
                x[0] = left[t];
                x[1] = right[t];
            }
            if t + 1 >= N && t < frames {
                step(&mut x, &mut first, &mut second);
            } else {
                // At the ends of the block only some sections have a frame to work on.
                let (old_first, old_second, old_x) = (first, second, x);
                step(&mut x, &mut first, &mut second);
                for lane in 0..LANES {
                    let section = lane / 2;
                    if section > t || t - section >= frames {
                        (first[lane], second[lane], x[lane]) = (old_first[lane], old_second[lane], old_x[lane]);
                    }
                }
            }
            if t + 1 >= N {
                left[t + 1 - N] = x[LANES - 2];
                right[t + 1 - N] = x[LANES - 1];
            }
        }
        for (at, section) in sections.iter_mut().enumerate() {
            section.first = [first[at * 2], first[at * 2 + 1]];
            section.second = [second[at * 2], second[at * 2 + 1]];
        }
    }
}

/// The coefficients of a band's sections.
fn coefficients(kind: Kind, p: &[f32], rate: f32) -> [Coefficients; MOST_SECTIONS] {
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

impl Effect for Eq {
    fn set(&mut self, parameters: &[f32], at_once: bool) {
        let mut at = 0;
        for band in &self.bands {
            let values = parameters.get(band.first..(band.first + band.count).min(parameters.len())).unwrap_or(&[]);
            let all = coefficients(band.kind, values, self.rate);
            for (section, coefficients) in self.sections[at..at + band.sections].iter_mut().zip(all) {
                section.glide.set(coefficients, at_once);
            }
            at += band.sections;
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let (left, right) = (&mut left[..frames], &mut right[..frames]);
        let mut rest = &mut self.sections[..];
        while !rest.is_empty() {
            let still = rest.iter().take(WIDE).take_while(|section| section.glide.is_still()).count();
            let (now, later) = rest.split_at_mut(still.max(1));
            match still {
                0 => Eq::moving(&mut now[0], left, right),
                1 => Eq::still::<1, 2>(now, left, right),
                2 => Eq::still::<2, 4>(now, left, right),
                _ => Eq::still::<4, 8>(now, left, right),
            }
            rest = later;
        }
    }

    fn reset(&mut self) {
        for section in &mut self.sections {
            section.reset();
        }
    }

    fn settle(&mut self) {
        for section in &mut self.sections {
            section.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::insert::BANDS;
    use crate::dsp::testing::{db, energy_above, noise, rms};
    use rustfft::num_complex::Complex;

    const RATE: f32 = 48_000.0;

    fn eq(bands: &[(&str, &[f32])]) -> Eq {
        let found: Vec<_> =
            bands.iter().map(|(name, _)| BANDS.iter().find(|band| band.name == *name).unwrap()).collect();
        let parameters: Vec<f32> = bands.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        Eq::new(&found, &parameters, RATE)
    }

    fn level(eq: &mut Eq, hz: f64) -> f64 {
        let mut left: Vec<f32> =
            (0..48_000).map(|i| 0.5 * libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 48_000.0) as f32).collect();
        let mut right = left.clone();
        for (l, r) in left.chunks_mut(64).zip(right.chunks_mut(64)) {
            eq.settle();
            eq.process(l, r);
        }
        assert_eq!(left, right);
        db(rms(&left[24_000..]) * std::f64::consts::SQRT_2 * 2.0)
    }

    /// The analogue prototype at the frequency that the bilinear transform puts there.
    fn prototype(name: &str, p: &[f64], hz: f64) -> f64 {
        let warp = |f: f64| libm::tan(std::f64::consts::PI * f / 48_000.0);
        let amp = |gain: f64| libm::exp10(gain / 40.0);
        let s = |centre: f64| Complex::new(0.0, warp(hz) / warp(centre));
        let one = Complex::new(1.0, 0.0);
        let h = match name {
            "lowcut" | "highcut" => {
                let s = s(p[0]);
                let order = (p[2] / 6.0) as usize;
                let mut h = if order == 1 { one / (s + 1.0) } else { one };
                for i in 0..order / 2 {
                    let damping = 2.0 * libm::cos(std::f64::consts::PI * (2 * i + 1) as f64 / (2 * order) as f64);
                    let k = if i + 1 == order / 2 { damping * std::f64::consts::FRAC_1_SQRT_2 / p[1] } else { damping };
                    h /= s * s + s * k + 1.0;
                }
                if name == "lowcut" { h * s.powu(order as u32) } else { h }
            }
            "bell" => {
                let (s, a) = (s(p[0]), amp(p[1]));
                (s * s + s * (a / p[2]) + 1.0) / (s * s + s / (a * p[2]) + 1.0)
            }
            "low" => {
                let (s, a) = (s(p[1]), amp(p[0]));
                a * (s * s + s * (a.sqrt() / p[2]) + a) / (s * s * a + s * (a.sqrt() / p[2]) + 1.0)
            }
            "high" => {
                let (s, a) = (s(p[1]), amp(p[0]));
                a * (s * s * a + s * (a.sqrt() / p[2]) + 1.0) / (s * s + s * (a.sqrt() / p[2]) + a)
            }
            "notch" => {
                let s = s(p[0]);
                (s * s + 1.0) / (s * s + s / p[1] + 1.0)
            }
            _ => {
                let (s, a) = (s(p[1]), amp(p[0] * 2.0));
                (s * s * a + s * (a.sqrt() * 2.0) + 1.0) / (s * s + s * (a.sqrt() * 2.0) + a)
            }
        };
        db(h.norm())
    }

    #[test]
    fn each_band_answers_as_its_prototype() {
        let cases: [(&str, &[f64]); 14] = [
            ("lowcut", &[80.0, 0.707, 12.0]),
            ("lowcut", &[400.0, 0.707, 24.0]),
            ("lowcut", &[1000.0, 0.707, 6.0]),
            ("lowcut", &[250.0, 0.707, 48.0]),
            ("highcut", &[9000.0, 2.0, 12.0]),
            ("highcut", &[3000.0, 0.707, 24.0]),
            ("highcut", &[2000.0, 0.707, 6.0]),
            ("low", &[6.0, 120.0, 0.707]),
            ("low", &[-12.0, 500.0, 0.5]),
            ("high", &[4.0, 8000.0, 0.707]),
            ("high", &[-9.0, 2000.0, 1.0]),
            ("bell", &[220.0, -6.0, 1.2]),
            ("bell", &[7000.0, 12.0, 4.0]),
            ("tilt", &[3.0, 900.0]),
        ];
        for (name, p) in cases {
            let values: Vec<f32> = p.iter().map(|x| *x as f32).collect();
            for hz in [40.0, 110.0, 220.0, 900.0, 2500.0, 7000.0, 15_000.0] {
                let (is, right) = (level(&mut eq(&[(name, &values)]), hz), prototype(name, p, hz));
                assert!((is - right).abs() < 0.1 || right < -80.0, "{name} {p:?} at {hz} Hz: {is}, not {right}");
            }
        }
        assert!(level(&mut eq(&[("notch", &[1000.0, 8.0])]), 1000.0) < -60.0);
        let (is, right) =
            (level(&mut eq(&[("notch", &[1000.0, 8.0])]), 1100.0), prototype("notch", &[1000.0, 8.0], 1100.0));
        assert!((is - right).abs() < 0.1, "{is} {right}");
    }

    #[test]
    fn bands_add_up() {
        let all: [(&str, &[f32]); 5] = [
            ("lowcut", &[60.0, 0.707, 12.0]),
            ("bell", &[400.0, -4.0, 0.7]),
            ("bell", &[2500.0, 3.0, 0.7]),
            ("high", &[2.0, 8000.0, 0.707]),
            ("highcut", &[16_000.0, 0.707, 12.0]),
        ];
        for hz in [50.0, 400.0, 3000.0, 12_000.0] {
            let single: f64 = all.iter().map(|band| level(&mut eq(&[*band]), hz)).sum();
            let together = level(&mut eq(&all), hz);
            assert!((single - together).abs() < 0.01, "{hz}: {single} {together}");
        }
    }

    #[test]
    fn where_blocks_are_cut_and_whether_it_moves_changes_no_bit() {
        let bands: [(&str, &[f32]); 4] = [
            ("lowcut", &[60.0, 0.707, 12.0]),
            ("bell", &[400.0, -4.0, 0.7]),
            ("bell", &[2500.0, 3.0, 0.7]),
            ("high", &[2.0, 8000.0, 0.707]),
        ];
        let run = |cut: usize| {
            let mut eq = eq(&bands);
            let mut out = Vec::new();
            for (block, (l, r)) in noise(1, 6400).chunks(64).zip(noise(2, 6400).chunks(64)).enumerate() {
                eq.settle();
                if block == 20 {
                    eq.set(&[60.0, 0.707, 12.0, 700.0, 6.0, 0.7, 2500.0, 3.0, 0.7, 2.0, 8000.0, 0.707], false);
                }
                let (mut l, mut r) = (l.to_vec(), r.to_vec());
                for (l, r) in l.chunks_mut(cut).zip(r.chunks_mut(cut)) {
                    eq.process(l, r);
                }
                out.extend(l);
                out.extend(r);
            }
            out
        };
        let whole = run(64);
        for cut in [1, 2, 3, 7, 50] {
            assert_eq!(run(cut), whole, "{cut}");
        }
    }

    #[test]
    fn a_band_that_moves_leaves_nothing_beside_the_sound() {
        for (name, from, to) in [
            ("bell", [1000.0, -12.0, 1.0], [1000.0, 12.0, 1.0]),
            ("bell", [200.0, 6.0, 2.0], [5000.0, 6.0, 2.0]),
            ("lowcut", [20.0, 0.707, 12.0], [2000.0, 0.707, 12.0]),
            ("highcut", [200.0, 0.707, 12.0], [18_000.0, 0.707, 12.0]),
            ("low", [-12.0, 2000.0, 0.707], [12.0, 2000.0, 0.707]),
        ] {
            let mut eq = eq(&[(name, &from)]);
            let mut out = Vec::new();
            for block in 0..1500u32 {
                if block == 500 {
                    eq.set(&to, false);
                } else if block == 1000 {
                    eq.set(&from, false);
                }
                let mut l: Vec<f32> = (0..64)
                    .map(|i| {
                        0.25 * crate::dsp::math::sine(
                            (f64::from(block * 64 + i) * 997.0 / 48_000.0 * 4_294_967_296.0) as u64 as u32,
                        )
                    })
                    .collect();
                let mut r = l.clone();
                eq.settle();
                eq.process(&mut l, &mut r);
                out.extend(l);
            }
            let beside = db(energy_above(&out, 8_000.0, 48_000.0));
            assert!(beside < -100.0, "{name} {from:?} {to:?}: {beside}");
        }
    }

    #[test]
    fn it_stays_bounded_when_every_value_jumps() {
        let mut eq =
            eq(&[("lowcut", &[60.0, 20.0, 48.0]), ("bell", &[400.0, -4.0, 0.7]), ("high", &[2.0, 8000.0, 0.707])]);
        let (x, dice) = (noise(3, 64_000), noise(4, 64_000));
        let mut peak = 0.0f32;
        for (block, (x, dice)) in x.chunks(64).zip(dice.chunks(64)).enumerate() {
            let at = |i: usize, low: f32, high: f32| low + (high - low) * (dice[i] * 0.5 + 0.5);
            if block % 2 == 0 {
                let hz = |i: usize| 20.0 * libm::powf(1000.0, dice[i] * 0.5 + 0.5);
                eq.set(
                    &[
                        hz(0),
                        at(1, 0.5, 4.0),
                        48.0,
                        hz(2),
                        at(3, -24.0, 24.0),
                        at(4, 0.3, 10.0),
                        at(5, -24.0, 24.0),
                        hz(6),
                        0.7,
                    ],
                    false,
                );
            }
            let (mut l, mut r) = (x.to_vec(), x.to_vec());
            eq.process(&mut l, &mut r);
            peak = l.iter().fold(peak, |peak, x| peak.max(x.abs()));
        }
        assert!(peak.is_finite() && peak < 1000.0, "{peak}");
    }
}
