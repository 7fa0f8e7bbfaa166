//! The kernel for rates up to a certain one, at each of its stored phases.
//!
//! Above rate 1 what the output cannot hold is taken off before it folds. What would fold to where nobody hears it may
//! stay: the stop band begins where a tone would fold to [`KEPT`] of the output's band, and the widest transition that ends
//! there leaves the most treble. A kernel of n taps under a Kaiser window of β has a transition whose half is
//! (A − 8) / (4.57 π (n − 1)) of the band, A = β / 0.1102 + 8.7 (J. F. Kaiser, 1974).

use crate::dsp::lanes::{BLOCK, Lanes};

use super::bessel;

/// The most taps of any kernel.
pub(super) const MOST_TAPS: usize = 512;
/// Where the stop band begins at rate 2 and above, over the band of the output: a tone there folds to 0.8 of it.
const KEPT: f64 = 1.2;
/// Places at which the window is sampled; every bank reads from them.
const FINE: usize = 1 << 14;

/// What all kernels of a quality share.
pub(super) struct Shape {
    /// Half the taps of the narrowest.
    pub(super) half: usize,
    /// Stored phases a frame, as a power of two.
    pub(super) phases: u32,
    /// Kaiser's β.
    pub(super) beta: f64,
    window: Vec<f64>,
}

impl Shape {
    pub(super) fn new(half: usize, phases: u32, beta: f64) -> Shape {
        let place = |i: usize| (i as f64 / FINE as f64).min(1.0);
        let window = (0..=FINE + 1).map(|i| bessel(beta * (1.0 - place(i) * place(i)).sqrt()) / bessel(beta)).collect();
        Shape { half, phases, beta, window }
    }

    /// From −1 to 1.
    fn window(&self, u: f64) -> f64 {
        let at = u.abs() * FINE as f64;
        let i = at as usize;
        if i >= FINE { 0.0 } else { self.window[i] + (self.window[i + 1] - self.window[i]) * (at - i as f64) }
    }

    /// Taps and cutoff (1 is the band of the sample) of the kernel for rates up to `rate`.
    fn kernel(&self, rate: f64) -> (usize, f64) {
        let wide = self.half as f64 * 2.0;
        // A little narrower than in proportion to the rate: it is the treble nearest to the end of the band that pays.
        let taps = ((wide * rate * 0.84).ceil().max(wide) as usize).next_multiple_of(8).min(MOST_TAPS);
        if rate <= 1.0 {
            return (taps, 1.0);
        }
        let half = |taps: f64| (self.beta / 0.1102 + 0.7) / (4.57 * std::f64::consts::PI * (taps - 1.0));
        let kept = 1.0 + half(wide) + (KEPT - 1.0 - half(wide)) * libm::log2(rate).min(1.0);
        (taps, (kept / rate - half(taps as f64)).max(0.1 / rate))
    }
}

/// Weights of one kernel: for each phase a row of them, then a row of what leads to the next phase's, over 2²⁴.
#[derive(Debug)]
pub(super) struct Bank {
    pub(super) taps: usize,
    phases: u32,
    rows: Vec<Lanes>,
}

/// Which row each frame of a block reads, and how far it goes towards the next, 0 to 2²⁴.
pub(super) struct Phases {
    pub(super) row: [u32; BLOCK],
    pub(super) between: [f32; BLOCK],
}

impl Bank {
    pub(super) fn new(rate: f64, shape: &Shape) -> Bank {
        let (taps, cutoff) = shape.kernel(rate);
        // A wider kernel changes less from phase to phase.
        let phases = (shape.phases - libm::log2(1.0 / cutoff) as u32).max(6);
        let row = |phase: usize| -> Vec<f64> {
            let fraction = phase as f64 / f64::from(1 << phases);
            let row: Vec<f64> = (0..taps)
                .map(|tap| {
                    let x = tap as f64 - (taps as f64 / 2.0 - 1.0) - fraction;
                    let place = std::f64::consts::PI * x * cutoff;
                    // Whole frames exactly.
                    let sinc = match x == 0.0 {
                        true => 1.0,
                        false if cutoff == 1.0 && fraction == 0.0 => 0.0,
                        false => libm::sin(place) / place,
                    };
                    sinc * shape.window(x / (taps as f64 / 2.0))
                })
                .collect();
            let sum: f64 = row.iter().sum();
            row.into_iter().map(|weight| weight / sum).collect()
        };
        let mut rows = Vec::with_capacity((taps / 4) << phases);
        let mut keep = |row: &[f64]| {
            rows.extend(row.as_chunks::<8>().0.iter().map(|eight| Lanes(eight.map(|weight| weight as f32))));
        };
        let mut now = row(0);
        for phase in 1..=1usize << phases {
            // The row of the next frame's phase 0 is this bank's first, a frame on.
            let next = row(phase);
            keep(&now);
            let lead: Vec<f64> = now.iter().zip(&next).map(|(now, next)| (next - now) / 16_777_216.0).collect();
            keep(&lead);
            now = next;
        }
        Bank { taps, phases, rows }
    }

    /// Where the fractions of a frame lie between the stored phases.
    #[inline(always)]
    pub(super) fn phases(&self, fractions: &[u32; BLOCK]) -> Phases {
        let mut phases = Phases { row: [0; BLOCK], between: [0.0; BLOCK] };
        for ((row, between), fraction) in phases.row.iter_mut().zip(&mut phases.between).zip(fractions) {
            *row = fraction >> (32 - self.phases);
            *between = ((fraction << self.phases) >> 8) as i32 as f32;
        }
        phases
    }

    /// The weights of a phase, then their leads; `taps` is this bank's own, known to the compiler where it can be.
    #[inline(always)]
    pub(super) fn row(&self, phase: u32, taps: usize) -> (&[Lanes], &[Lanes]) {
        let at = phase as usize * (taps / 4);
        self.rows[at..at + taps / 4].split_at(taps / 8)
    }
}
