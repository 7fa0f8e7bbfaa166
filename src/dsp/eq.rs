//! An equaliser: bands in series, each one or more state-variable sections.
//!
//! The sections and their sources are those of [`super::section`].
//!
//! Invariant: stable for every setting and every move; the response is the bilinear prototype's.

use super::BLOCK;
use super::effect::Effect;
use super::lanes::dispatch;
use super::section::{Filter, Kind, Section, THROUGH, coefficients, order};
use crate::base::insert::Band;

/// A band: what it is, where its values stand, and its sections.
#[derive(Clone, Debug)]
struct BandState {
    kind: Kind,
    first: usize,
    count: usize,
    sections: usize,
}

/// The equaliser.
#[derive(Debug)]
pub struct Eq {
    rate: f32,
    bands: Vec<BandState>,
    sections: Vec<Section>,
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
}

impl Effect for Eq {
    fn set(&mut self, parameters: &[f32], at_once: bool) {
        let mut at = 0;
        for band in &self.bands {
            let values = parameters.get(band.first..(band.first + band.count).min(parameters.len())).unwrap_or(&[]);
            let all = coefficients(band.kind, values, self.rate);
            for (section, coefficients) in self.sections[at..at + band.sections].iter_mut().zip(all) {
                section.turn(coefficients, at_once);
            }
            at += band.sections;
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let (left, right) = (&mut left[..frames], &mut right[..frames]);
        dispatch(Filter { sections: &mut self.sections, left, right });
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
