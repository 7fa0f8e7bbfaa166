//! The tables of [`crate::dsp::tables`] in one piece, for lanes whose pitches need different ones.
//!
//! Invariant: built once in a process, outside the callback; read-only after.

use std::sync::OnceLock;

use crate::dsp::lanes::{Lanes, Words, gather, log2};
use crate::dsp::tables::{self, Tables};

/// All tables of one wave, one behind the other.
#[derive(Debug)]
pub(super) struct Wave {
    points: Vec<f32>,
    /// Where each table starts.
    starts: Vec<u32>,
    /// The points of each table.
    sizes: Vec<f32>,
}

/// The waves of this process.
#[derive(Debug)]
pub(super) struct Waves {
    pub(super) saw: Wave,
    pub(super) triangle: Wave,
}

/// Which table each lane reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    start: Words,
    /// What a phase of 24 bits is multiplied by to give its place among the points.
    scale: Lanes,
}

impl Waves {
    pub(super) fn shared() -> &'static Waves {
        static WAVES: OnceLock<Waves> = OnceLock::new();
        WAVES.get_or_init(|| {
            let tables = Tables::shared();
            Waves {
                saw: Wave::of((0..tables::COUNT).map(|index| tables.saw(index).points())),
                triangle: Wave::of((0..tables::COUNT).map(|index| tables.triangle(index).points())),
            }
        })
    }
}

impl Wave {
    /// From tables with a guard point before and two behind.
    pub(super) fn of<'a>(tables: impl Iterator<Item = &'a [f32]>) -> Wave {
        let mut wave = Wave { points: Vec::new(), starts: Vec::new(), sizes: Vec::new() };
        for points in tables {
            wave.starts.push(wave.points.len() as u32);
            wave.sizes.push((points.len() - 3) as f32);
            wave.points.extend_from_slice(points);
        }
        wave
    }

    /// Which tables frequencies need, as [`Tables::index`] says.
    #[inline(always)]
    pub(super) fn choose(&self, hz: Lanes, rate: f32) -> Choice {
        let usual = (44_000.0..50_000.0).contains(&rate);
        let scale = if usual { 1.0 } else { 48_000.0 / rate } / tables::LOWEST as f32;
        let thirds = log2((hz.abs() * Lanes::splat(scale)).max(Lanes::splat(0.5))) * Lanes::splat(3.0);
        // Rounded up: minus the floor of the negative.
        let index = -(Lanes::splat(1e-4) - thirds).floor();
        let last = self.starts.len().saturating_sub(1);
        let index = index.clamp(0.0, last as f32).truncate();
        self.table(index)
    }

    /// The same, remembered in three rows while the frequencies stay as they are.
    #[inline(always)]
    pub(super) fn recall(&self, hz: Lanes, rate: f32, memory: &mut [Lanes]) -> Choice {
        let [known, start, scale] = memory else { return self.choose(hz, rate) };
        // A lane that has just begun has no table yet.
        let none = !Lanes::ZERO.below(*scale);
        if none.any() || !known.is(hz) {
            let choice = self.choose(hz, rate);
            (*known, *start, *scale) = (hz, choice.start.to_lanes(), choice.scale);
        }
        Choice { start: start.to_bits(), scale: *scale }
    }

    /// Tables by index.
    #[inline(always)]
    pub(super) fn table(&self, index: Words) -> Choice {
        let last = self.starts.len().saturating_sub(1);
        let (mut start, mut scale) = (Words::ZERO, Lanes::ZERO);
        for lane in 0..8 {
            let at = (index.0[lane] as usize).min(last);
            start.0[lane] = self.starts.get(at).copied().unwrap_or(0);
            scale.0[lane] = self.sizes.get(at).copied().unwrap_or(0.0) * (1.0 / 16_777_216.0);
        }
        Choice { start, scale }
    }

    /// The values at phases: Lagrange's polynomial through four neighbours, as [`tables::Table::at`].
    #[inline(always)]
    pub(super) fn at(&self, choice: Choice, phase: Words) -> Lanes {
        let place = phase.shift_right(8).to_numbers() * choice.scale;
        let whole = place.truncate();
        let f = place - whole.to_numbers();
        let [a, b, c, d] = gather(&self.points, choice.start + whole);
        let (sixth, third, half) = (Lanes::splat(1.0 / 6.0), Lanes::splat(1.0 / 3.0), Lanes::splat(0.5));
        let cubic = (d - a) * sixth + (b - c) * half;
        let square = (a + c) * half - b;
        let slope = c - a * third - b * half - d * sixth;
        b + f * (slope + f * (square + f * cubic))
    }
}
