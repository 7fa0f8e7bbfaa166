//! A hall: a feedback delay network of sixteen lines (Jot & Chaigne 1991), slowly modulated.
//!
//! Invariant: every way around the network loses the same decibels a second, so that the decay is what it says; the
//! matrix keeps the energy, so nothing but the losses decides.

use super::delay::Line;
use super::filter::OnePole;
use super::math::{flush, sine_turn, turns};

/// What a reverb does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReverbSettings {
    /// Seconds until it has fallen by 60 dB.
    pub decay: f32,
    /// 0 to 1.
    pub size: f32,
    /// Seconds before the first reflection.
    pub predelay: f32,
    /// Above this frequency it fades faster, Hz.
    pub damp: f32,
}

const LINES: usize = 16;

/// Lengths of the lines at full size, seconds: no small ratios between any two.
const LENGTHS: [f32; LINES] = [
    0.023_1, 0.026_7, 0.029_3, 0.032_9, 0.035_3, 0.038_1, 0.041_9, 0.044_3, 0.047_7, 0.051_1, 0.054_7, 0.058_3,
    0.061_9, 0.066_7, 0.071_3, 0.076_9,
];
/// Delays of the diffusers before the network, seconds; two channels.
const DIFFUSERS: [[f32; 4]; 2] = [[0.0047, 0.0036, 0.0127, 0.0093], [0.0051, 0.0033, 0.0119, 0.0101]];
/// How far the lines are moved, seconds.
const DEPTH: f32 = 0.000_15;

/// An all-pass (Schroeder 1962).
#[derive(Debug, Clone)]
struct Diffuser {
    line: Line,
    delay: usize,
}

impl Diffuser {
    #[inline]
    fn next(&mut self, input: f32) -> f32 {
        const GAIN: f32 = 0.6;
        let delayed = self.line.back(self.delay - 1);
        let fed = input - GAIN * delayed;
        self.line.push(fed);
        delayed + GAIN * fed
    }
}

/// The reverb, without the sound itself.
#[derive(Debug)]
pub struct Reverb {
    rate: f32,
    predelay: [Line; 2],
    wait: usize,
    diffusers: [Vec<Diffuser>; 2],
    lines: Vec<Line>,
    dampers: [OnePole; LINES],
    lengths: [f32; LINES],
    wanted: [f32; LINES],
    gains: [f32; LINES],
    dark: f32,
    phases: [u32; 4],
    settings: ReverbSettings,
}

impl Reverb {
    /// With settings, at a rate in Hz.
    pub fn new(settings: ReverbSettings, rate: f32) -> Reverb {
        let longest = (LENGTHS[LINES - 1] * 1.1 * rate) as usize + 16;
        let line = || Line::new((0.5 * rate) as usize + 2);
        let diffuser = |seconds: &f32| {
            let delay = ((seconds * rate) as usize).max(1);
            Diffuser { line: Line::new(delay + 1), delay }
        };
        let mut reverb = Reverb {
            rate,
            predelay: [line(), line()],
            wait: 0,
            diffusers: DIFFUSERS.map(|channel| channel.iter().map(diffuser).collect()),
            lines: vec![Line::new(longest); LINES],
            dampers: [OnePole::default(); LINES],
            lengths: [0.0; LINES],
            wanted: [0.0; LINES],
            gains: [0.0; LINES],
            dark: 1.0,
            phases: [0, 1 << 30, 1 << 31, 3 << 30],
            settings,
        };
        reverb.apply();
        reverb.lengths = reverb.wanted;
        reverb
    }

    /// Moves to other settings.
    pub fn set(&mut self, settings: ReverbSettings) {
        self.settings = settings;
        self.apply();
    }

    fn apply(&mut self) {
        let settings = &self.settings;
        let scale = 0.35 + 0.65 * settings.size.clamp(0.0, 1.0);
        for ((wanted, gain), length) in self.wanted.iter_mut().zip(&mut self.gains).zip(LENGTHS) {
            *wanted = (length * scale * self.rate + 0.5).floor().max(8.0);
            *gain = libm::exp10f(-3.0 * *wanted / (settings.decay.max(0.05) * self.rate));
        }
        self.wait = ((settings.predelay * self.rate) as usize).min(self.predelay[0].longest());
        self.dark = if settings.damp >= 19_999.0 { 1.0 } else { OnePole::coefficient(settings.damp, self.rate) };
    }

    /// Replaces the sound by its hall.
    pub fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        let steps = [0.31f32, 0.43, 0.57, 0.71].map(|hertz| (hertz / self.rate * 4_294_967_296.0) as u32);
        let depth = DEPTH * self.rate;
        for (left, right) in left.iter_mut().zip(right) {
            let mut inputs = [*left, *right];
            for (channel, input) in inputs.iter_mut().enumerate() {
                self.predelay[channel].push(*input);
                *input = self.predelay[channel].back(self.wait);
                for diffuser in &mut self.diffusers[channel] {
                    *input = diffuser.next(*input);
                }
            }
            let mut moved = [0.0; 4];
            for ((phase, step), moved) in self.phases.iter_mut().zip(steps).zip(&mut moved) {
                *phase = phase.wrapping_add(step);
                *moved = depth * (1.0 + sine_turn(turns(*phase)));
            }
            let mut outs = [0.0; LINES];
            for (at, out) in outs.iter_mut().enumerate() {
                // Another size is reached slowly, as a change of pitch rather than a click.
                let away = self.wanted[at] - self.lengths[at];
                self.lengths[at] += away.clamp(-0.05, 0.05);
                // Four lines move; the others are read on whole frames and so keep their highs.
                let read = if at % 4 == 1 {
                    self.lines[at].curved(self.lengths[at] - 1.0 + moved[at / 4])
                } else if away == 0.0 {
                    self.lines[at].back(self.lengths[at] as usize - 1)
                } else {
                    self.lines[at].curved(self.lengths[at] - 1.0)
                };
                *out = self.dampers[at].low(read, self.dark) * self.gains[at];
            }
            let mut sums = [0.0; 2];
            for pair in 0..LINES / 2 {
                let sign = if pair % 2 == 0 { 1.0 } else { -1.0 };
                sums[0] += sign * outs[2 * pair];
                sums[1] += sign * outs[2 * pair + 1];
            }
            hadamard(&mut outs);
            for (at, out) in outs.iter().enumerate() {
                let sign = if (at / 2) % 2 == 0 { 0.5 } else { -0.5 };
                self.lines[at].push(flush(out + sign * inputs[at % 2]));
            }
            (*left, *right) = (0.6 * sums[0], 0.6 * sums[1]);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.predelay.iter_mut().for_each(Line::clear);
        self.diffusers.iter_mut().flatten().for_each(|diffuser| diffuser.line.clear());
        self.lines.iter_mut().for_each(Line::clear);
        self.dampers = [OnePole::default(); LINES];
    }
}

/// Mixes all with all and keeps the energy.
fn hadamard(values: &mut [f32; LINES]) {
    let mut half = 1;
    while half < LINES {
        for block in (0..LINES).step_by(2 * half) {
            for at in block..block + half {
                let (a, b) = (values[at], values[at + half]);
                values[at] = a + b;
                values[at + half] = a - b;
            }
        }
        half *= 2;
    }
    for value in values {
        *value *= 0.25;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(settings: ReverbSettings, frames: usize) -> (Vec<f32>, Vec<f32>) {
        let mut reverb = Reverb::new(settings, 48000.0);
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        left[0] = 1.0;
        right[0] = 1.0;
        reverb.run(&mut left, &mut right);
        (left, right)
    }

    const SETTINGS: ReverbSettings = ReverbSettings { decay: 2.0, size: 0.7, predelay: 0.01, damp: 20_000.0 };

    fn energy(sound: &[f32]) -> f64 {
        sound.iter().map(|x| f64::from(*x) * f64::from(*x)).sum()
    }

    #[test]
    fn it_falls_by_sixty_decibels_in_its_decay() {
        for decay in [0.8f32, 2.0, 4.0] {
            let (left, _) = response(ReverbSettings { decay, ..SETTINGS }, (decay * 48000.0) as usize);
            // Schroeder's backward integral, from −5 to −35 dB.
            let mut rest: Vec<f64> = left
                .iter()
                .rev()
                .scan(0.0, |sum, x| {
                    *sum += f64::from(*x) * f64::from(*x);
                    Some(*sum)
                })
                .collect();
            rest.reverse();
            let at = |level: f64| rest.iter().position(|e| 10.0 * libm::log10(e / rest[0]) < level).unwrap();
            let measured = (at(-35.0) - at(-5.0)) as f64 / 48000.0 * 2.0;
            assert!((measured / f64::from(decay) - 1.0).abs() < 0.1, "{decay}: {measured}");
        }
    }

    #[test]
    fn both_sides_differ() {
        let (left, right) = response(SETTINGS, 96_000);
        let cross: f64 = left.iter().zip(&right).map(|(l, r)| f64::from(*l) * f64::from(*r)).sum();
        let correlation = cross / libm::sqrt(energy(&left) * energy(&right));
        assert!(correlation.abs() < 0.2, "{correlation}");
    }

    #[test]
    fn it_ends_in_silence() {
        let (left, _) = response(ReverbSettings { decay: 0.1, ..SETTINGS }, 96_000);
        assert!(left[90_000..].iter().all(|x| x.abs() < 1e-12));
        assert!(left[..400].iter().all(|x| *x == 0.0));
    }
}
