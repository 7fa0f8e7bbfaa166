//! Band-limited tables of a saw and a triangle, a third of an octave apart.
//!
//! A table holds the harmonics that stay under 23.5 kHz at the top of its third; at its bottom they still reach
//! 18.6 kHz. So at 44.1 and 48 kHz nothing folds to below 20 kHz and nothing under 18 kHz is missing, without any
//! cross-fade. The third-degree Lagrange interpolation needs at least eight points for the highest harmonic.
//!
//! Invariant: built once in a process, before any callback runs; read-only after.

use std::sync::OnceLock;

/// Tables to an octave.
const THIRDS: usize = 3;
/// The top of the lowest table, Hz.
pub const LOWEST: f64 = 25.0;
/// How many tables: from 25 Hz to past 23.5 kHz.
pub const COUNT: usize = 31;
/// No harmonic of a table goes above, Hz.
const TOP: f64 = 23_500.0;
/// Points of the largest table.
const LARGE: usize = 8192;
/// Points of the others.
const SMALL: usize = 2048;
/// Guard points before the first; after the last there are two.
const BEFORE: usize = 1;

/// One cycle, with guard points.
#[derive(Debug)]
pub struct Table {
    points: Vec<f32>,
    shift: u32,
    scale: f32,
}

impl Table {
    fn new(cycle: impl Fn(usize) -> f32, points: usize) -> Table {
        let bits = points.trailing_zeros();
        Table {
            points: (0..points + BEFORE + 2).map(|i| cycle((i + points - BEFORE) % points)).collect(),
            shift: 32 - bits,
            scale: 1.0 / (1u64 << (32 - bits)) as f32,
        }
    }

    /// Its points: a guard before the first, two after the last.
    pub fn points(&self) -> &[f32] {
        &self.points
    }

    /// The value at a phase of which all 32 bits are one turn.
    #[inline]
    pub fn at(&self, phase: u32) -> f32 {
        let i = (phase >> self.shift) as usize;
        let f = (phase & ((1 << self.shift) - 1)) as f32 * self.scale;
        let Some(&[a, b, c, d]) = self.points.get(i..i + 4) else { return 0.0 };
        // Lagrange through −1, 0, 1, 2, in Horner's form.
        let third = (d - a) * (1.0 / 6.0) + (b - c) * 0.5;
        let second = (a + c) * 0.5 - b;
        let slope = c - a * (1.0 / 3.0) - b * 0.5 - d * (1.0 / 6.0);
        b + f * (slope + f * (second + f * third))
    }
}

/// All tables.
#[derive(Debug)]
pub struct Tables {
    saws: Vec<Table>,
    triangles: Vec<Table>,
}

impl Tables {
    /// The tables of this process; the first call builds them, so make it outside the callback.
    pub fn shared() -> &'static Tables {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(Tables::build)
    }

    fn build() -> Tables {
        let sine: Vec<f64> = (0..LARGE).map(|i| libm::sin(i as f64 / LARGE as f64 * std::f64::consts::TAU)).collect();
        let (mut saw, mut triangle) = (vec![0.0f64; LARGE], vec![0.0f64; LARGE]);
        let (mut saws, mut triangles) = (Vec::new(), Vec::new());
        let mut have = 0;
        // From the highest table down: each has the harmonics of the one above it, and more.
        for index in (0..COUNT).rev() {
            let harmonics = (TOP / top(index)).floor() as usize;
            for k in have + 1..=harmonics {
                // Rising saw, −1 to 1: the phase starts at the jump's foot.
                let level = -2.0 / (std::f64::consts::PI * k as f64);
                for (i, value) in saw.iter_mut().enumerate() {
                    *value += level * sine[(k * i) % LARGE];
                }
                if k % 2 == 1 {
                    let sign = if k % 4 == 1 { 1.0 } else { -1.0 };
                    let place = std::f64::consts::PI * k as f64;
                    let level = sign * 8.0 / (place * place);
                    for (i, value) in triangle.iter_mut().enumerate() {
                        *value += level * sine[(k * i) % LARGE];
                    }
                }
            }
            have = have.max(harmonics);
            let points = if harmonics * 8 > SMALL { LARGE } else { SMALL };
            let stride = LARGE / points;
            saws.push(Table::new(|i| saw[i * stride] as f32, points));
            triangles.push(Table::new(|i| triangle[i * stride] as f32, points));
        }
        saws.reverse();
        triangles.reverse();
        Tables { saws, triangles }
    }

    /// Which table a frequency needs. At rates beside the usual the tables move with the rate.
    pub fn index(hz: f32, rate: f32) -> usize {
        let hz = if (44_000.0..50_000.0).contains(&rate) { hz } else { hz * 48_000.0 / rate };
        if hz <= LOWEST as f32 {
            return 0;
        }
        let thirds = libm::ceilf(libm::log2f(hz / LOWEST as f32) * THIRDS as f32 - 1e-4);
        (thirds.max(0.0) as usize).min(COUNT - 1)
    }

    /// A saw's table, rising from −1 to 1.
    pub fn saw(&self, index: usize) -> &Table {
        &self.saws[index.min(COUNT - 1)]
    }

    /// A triangle's table, −1 to 1, rising through 0 at phase 0.
    pub fn triangle(&self, index: usize) -> &Table {
        &self.triangles[index.min(COUNT - 1)]
    }
}

fn top(index: usize) -> f64 {
    LOWEST * libm::exp2(index as f64 / THIRDS as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::step;
    use crate::dsp::testing::{db, spectrum};

    /// The frequency that fits `turns` turns into the spectrum, near `hz`: harmonics fall on bins.
    fn render(hz: f64, rate: f64, size: usize) -> (f64, Vec<f64>) {
        // Odd, so that aliases do not hide under harmonics.
        let turns = ((hz * size as f64 / rate) as usize) | 1;
        let hz = turns as f64 * rate / size as f64;
        let table = Tables::shared().saw(Tables::index(hz as f32, rate as f32));
        let step = step(hz as f32, rate as f32);
        let signal: Vec<f32> = (0..size as u32).map(|i| table.at(step.wrapping_mul(i))).collect();
        (hz, spectrum(&signal))
    }

    #[test]
    fn a_saw_has_every_harmonic_and_no_alias() {
        let size = 1 << 16;
        for rate in [48_000.0, 44_100.0] {
            for hz in [27.5, 55.1, 110.0, 261.6, 440.0, 997.0, 1318.5, 2093.0, 3001.0, 4987.0, 6500.0, 8000.0] {
                let (hz, bins) = render(hz, rate, size);
                let bin = rate / size as f64;
                let fundamental = 2.0 / std::f64::consts::PI;
                // The window's main lobe is eight bins wide.
                let mut worst = 0.0f64;
                for (i, level) in bins.iter().enumerate() {
                    let f = i as f64 * bin;
                    let from = (f / hz - (f / hz).round().max(1.0)).abs() * hz / bin;
                    if f > 20.0 && f < 20_000.0 && from > 9.0 {
                        worst = worst.max(*level);
                    }
                }
                assert!(db(worst / fundamental) < -100.0, "alias at {hz} Hz, {rate}: {}", db(worst / fundamental));
                for k in 1..=(18_000.0 / hz) as usize {
                    let at = (k as f64 * hz / bin).round() as usize;
                    let level = bins[at - 2..=at + 2].iter().fold(0.0f64, |a, b| a.max(*b));
                    let off = db(level * k as f64 / fundamental);
                    assert!(off.abs() < 1.0, "harmonic {k} of {hz} Hz, {rate}: {off} dB");
                }
            }
        }
    }
}
