//! A state-variable filter that may be modulated by anything: trapezoidal integration with the delay-free loop solved.
//!
//! After A. Simper, "Solving the continuous SVF equations using trapezoidal integration and equivalent currents"
//! (Cytomic, 2013) and V. Zavalishin, "The Art of VA Filter Design" (2012), chapter 4.
//!
//! Invariant: bounded for bounded input whatever its cutoff does; states never go denormal.

use super::TICK;
use super::math::{flush, tan_pi};

/// What is taken from the filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Below the cutoff.
    Low,
    /// Above the cutoff.
    High,
    /// Around the cutoff, 0 dB at the centre.
    Band,
}

/// One filter, one channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Svf {
    first: f32,
    second: f32,
}

/// Its setting: prewarped gain with a slope a frame, and damping.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// tan(π · cutoff / rate)
    pub gain: f32,
    /// What `gain` adds a frame.
    pub slope: f32,
    /// 1 / Q
    pub damping: f32,
}

/// The prewarped gain of a cutoff, Hz; limited to 1 Hz … 0.49 of the rate.
#[inline]
pub fn prewarp(hz: f32, rate: f32) -> f32 {
    tan_pi((hz.max(1.0) / rate).min(0.49))
}

impl Svf {
    /// At rest.
    pub const CLEAR: Svf = Svf { first: 0.0, second: 0.0 };

    /// Filters a block in place; a gain with a slope ends where the next block begins.
    pub fn process(&mut self, mode: Mode, setting: &mut Setting, block: &mut [f32]) {
        match mode {
            Mode::Low => self.run(setting, block, |_, _, low, _| low),
            Mode::High => self.run(setting, block, |x, band, low, damping| x - damping * band - low),
            Mode::Band => self.run(setting, block, |_, band, _, damping| damping * band),
        }
    }

    /// Lets no denormal stay; called now and then, at frames that no cut of blocks changes.
    pub fn settle(&mut self) {
        self.first = flush(self.first);
        self.second = flush(self.second);
    }

    /// With g the gain, k the damping, a = 1/(1 + g(g + k)): the states s move by
    /// 2a(g·v − g(g + k)·s₁) and 2a(g·s₁ + g²·v), v = x − s₂; band and low-pass lie half way. Written as differences, so
    /// that low cutoffs keep their precision, and with the coefficients of a stretch computed side by side.
    #[inline]
    fn run(&mut self, setting: &mut Setting, block: &mut [f32], take: impl Fn(f32, f32, f32, f32) -> f32) {
        let Setting { mut gain, slope, damping } = *setting;
        let (mut first, mut second) = (self.first, self.second);
        let mut step = |x: &mut f32, a0: f32, a2: f32, a3: f32| {
            let v = *x - second;
            let (d1, d2) = (a2 * v - a0 * first, a2 * first + a3 * v);
            *x = take(*x, first + 0.5 * d1, second + 0.5 * d2, damping);
            first += d1;
            second += d2;
        };
        if slope == 0.0 {
            let a1 = 2.0 / (1.0 + gain * (gain + damping));
            let (a0, a2, a3) = (gain * (gain + damping) * a1, gain * a1, gain * gain * a1);
            for x in block {
                step(x, a0, a2, a3);
            }
        } else {
            for piece in block.chunks_mut(TICK) {
                let (mut a0, mut a2, mut a3) = ([0.0f32; TICK], [0.0f32; TICK], [0.0f32; TICK]);
                let mut gains = [0.0f32; TICK];
                for g in &mut gains[..piece.len()] {
                    gain += slope;
                    *g = gain;
                }
                for i in 0..TICK {
                    let g = gains[i];
                    let a1 = 2.0 / (1.0 + g * (g + damping));
                    a0[i] = g * (g + damping) * a1;
                    a2[i] = g * a1;
                    a3[i] = g * g * a1;
                }
                for (((x, a0), a2), a3) in piece.iter_mut().zip(a0).zip(a2).zip(a3) {
                    step(x, a0, a2, a3);
                }
            }
        }
        self.first = first;
        self.second = second;
        setting.gain = gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms};

    const RATE: f32 = 48_000.0;

    fn level(mode: Mode, cutoff: f32, q: f32, hz: f64) -> f64 {
        let mut block: Vec<f32> =
            (0..48_000).map(|i| libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 48_000.0) as f32).collect();
        let mut setting = Setting { gain: prewarp(cutoff, RATE), slope: 0.0, damping: 1.0 / q };
        Svf::default().process(mode, &mut setting, &mut block);
        db(rms(&block[24_000..]) * std::f64::consts::SQRT_2)
    }

    /// What the bilinear transform of the analogue prototype gives.
    fn prototype(mode: Mode, cutoff: f64, q: f64, hz: f64) -> f64 {
        let warp = |f: f64| libm::tan(std::f64::consts::PI * f / 48_000.0);
        let w = warp(hz) / warp(cutoff);
        let below = ((1.0 - w * w).powi(2) + (w / q).powi(2)).sqrt();
        db(match mode {
            Mode::Low => 1.0,
            Mode::High => w * w,
            Mode::Band => w / q,
        } / below)
    }

    #[test]
    fn it_answers_as_its_prototype() {
        for mode in [Mode::Low, Mode::High, Mode::Band] {
            for (cutoff, q) in [(300.0, 0.707), (1000.0, 4.0), (8000.0, 1.0), (15_000.0, 0.707)] {
                for hz in [100.0, 300.0, 990.0, 3000.0, 9000.0, 16_000.0] {
                    let (is, right) =
                        (level(mode, cutoff, q, hz), prototype(mode, f64::from(cutoff), f64::from(q), hz));
                    assert!((is - right).abs() < 0.1 || right < -80.0, "{mode:?} {cutoff} {q} {hz}: {is} {right}");
                }
            }
        }
    }

    #[test]
    fn it_stays_bounded_when_its_cutoff_jumps_every_sample() {
        for q in [0.707, 20.0] {
            for wild in 0..3 {
                let dice = noise(7, 96_000);
                let mut filter = Svf::default();
                let mut peak = 0.0f32;
                for (i, x) in noise(3, 48_000).into_iter().enumerate() {
                    let cutoff = match wild {
                        0 => 20.0 * libm::powf(1000.0, dice[i] * 0.5 + 0.5),
                        1 => 1000.0 + 900.0 * crate::dsp::math::sine((i as u32).wrapping_mul(447_392_426)),
                        _ => {
                            if (i / 34) % 2 == 0 {
                                100.0
                            } else {
                                15_000.0
                            }
                        }
                    };
                    let mut one = [x * 0.43];
                    let mut setting = Setting { gain: prewarp(cutoff, RATE), slope: 0.0, damping: 1.0 / q };
                    filter.process(Mode::Low, &mut setting, &mut one);
                    peak = peak.max(one[0].abs());
                }
                assert!(peak.is_finite() && peak < 12.0, "{wild} {q}: {peak}");
            }
        }
    }
}
