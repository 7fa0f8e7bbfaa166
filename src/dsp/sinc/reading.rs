//! Frames along a way through channels: dot products of weights with what lies around each place.
//!
//! What does not change from frame to frame is done for a block at once: where the windows lie (checked once), which phases
//! they meet. Then eight frames at a time have their eight sums each, and these are added to eight frames.
//!
//! Invariant: a frame's bits depend on its place alone, and the order of every sum is fixed.

use crate::dsp::lanes::{BLOCK, Eight, EightKernel, Lanes, Windows};

use super::bank::{Bank, MOST_TAPS};
use super::walk::Walk;

/// A stretch of reading.
pub(super) struct Reading<'a, const N: usize> {
    /// None reads a cubic.
    pub(super) bank: Option<&'a Bank>,
    pub(super) channels: [&'a [f32]; N],
    pub(super) walk: Walk,
    pub(super) out: [&'a mut [f32]; N],
}

/// Where the frames of a block lie.
struct Places {
    /// The first frame of each window.
    firsts: [i64; BLOCK],
    /// How far each is from its frame to the next, in all 32 bits.
    fractions: [u32; BLOCK],
}

impl Places {
    #[inline(always)]
    fn new() -> Places {
        Places { firsts: [0; BLOCK], fractions: [0; BLOCK] }
    }

    /// The next `count` (1 to [`BLOCK`]) on a walk; windows begin `before` frames before the place. Places past the last
    /// repeat the first.
    #[inline(always)]
    fn go(&mut self, walk: &mut Walk, count: usize, before: i64) {
        if walk.bend == 0 && count == BLOCK {
            return self.go_evenly(walk, before);
        }
        self.firsts.fill(walk.frame().wrapping_sub(before));
        for (first, fraction) in self.firsts.iter_mut().zip(&mut self.fractions).take(count) {
            *first = walk.frame().wrapping_sub(before);
            *fraction = walk.fraction();
            walk.advance();
        }
    }

    /// A whole block at an even pace: eight places side by side go on by eight steps, in halves of 64 bits.
    #[inline(always)]
    fn go_evenly(&mut self, walk: &mut Walk, before: i64) {
        let (mut high, mut low) = ([0i64; 8], [0u64; 8]);
        for (high, low) in high.iter_mut().zip(&mut low) {
            (*high, *low) = (walk.frame().wrapping_sub(before), walk.at as u64);
            walk.advance();
        }
        let eight = walk.step.wrapping_mul(8);
        let (step_high, step_low) = ((eight >> 64) as i64, eight as u64);
        let fractions = self.fractions.as_chunks_mut::<8>().0;
        for (firsts, fractions) in self.firsts.as_chunks_mut::<8>().0.iter_mut().zip(fractions) {
            for i in 0..8 {
                firsts[i] = high[i];
                fractions[i] = (low[i] >> 32) as u32;
                low[i] = low[i].wrapping_add(step_low);
                high[i] = high[i].wrapping_add(step_high).wrapping_add(i64::from(low[i] < step_low));
            }
        }
        walk.at = walk.at.wrapping_add(eight.wrapping_mul(BLOCK as i128 / 8 - 1));
    }
}

impl<const N: usize> EightKernel for Reading<'_, N> {
    type Output = Walk;

    #[inline(always)]
    fn run<V: Eight>(self) -> Walk {
        // The usual widths as constants, so that their loops are unrolled.
        match self.bank {
            None => self.cubic::<V>(),
            Some(bank) => match bank.taps {
                16 => self.sinc::<V, 16>(bank),
                24 => self.sinc::<V, 24>(bank),
                32 => self.sinc::<V, 32>(bank),
                40 => self.sinc::<V, 40>(bank),
                _ => self.sinc::<V, 0>(bank),
            },
        }
    }
}

#[expect(clippy::needless_range_loop, reason = "closures would not be compiled for the machine's vectors")]
impl<const N: usize> Reading<'_, N> {
    /// A dot product a frame; 0 `TAPS` is any number of them.
    #[inline(always)]
    fn sinc<V: Eight, const TAPS: usize>(self, bank: &Bank) -> Walk {
        let Reading { channels, mut walk, out, .. } = self;
        let taps = if TAPS == 0 { bank.taps } else { TAPS };
        let count = shortest(&out);
        let mut places = Places::new();
        let mut at = 0;
        while at < count {
            let length = (count - at).min(BLOCK);
            places.go(&mut walk, length, taps as i64 / 2 - 1);
            let phases = bank.phases(&places.fractions);
            if let Some(windows) = Windows::new(channels, &places.firsts, taps) {
                let mut i = 0;
                while i < length {
                    let mut pairs = [[V::splat(0.0); 4]; N];
                    for pair in 0..4 {
                        let mut both = [[V::splat(0.0); 2]; N];
                        for half in 0..2 {
                            let frame = i + pair * 2 + half;
                            let row = bank.row(phases.row[frame], taps);
                            let between = V::splat(phases.between[frame]);
                            let mut near = [&[][..]; N];
                            for channel in 0..N {
                                near[channel] = windows.at(channel, frame);
                            }
                            let sums = weighed(row, between, near);
                            for channel in 0..N {
                                both[channel][half] = sums[channel];
                            }
                        }
                        for channel in 0..N {
                            pairs[channel][pair] = both[channel][0].folded(both[channel][1]);
                        }
                    }
                    for channel in 0..N {
                        put(added(pairs[channel]), &mut out[channel][at..at + length], i);
                    }
                    i += 8;
                }
            } else {
                for i in 0..length {
                    let row = bank.row(phases.row[i], taps);
                    for channel in 0..N {
                        let mut around = [0.0; MOST_TAPS];
                        outside(channels[channel], places.firsts[i], &mut around[..taps]);
                        let [sums] = weighed(row, V::splat(phases.between[i]), [&around[..taps]]);
                        put(added([sums.folded(sums); 4]), &mut out[channel][at + i..=at + i], 0);
                    }
                }
            }
            at += length;
        }
        walk
    }

    /// Catmull and Rom's cubic: eight frames side by side.
    #[inline(always)]
    fn cubic<V: Eight>(self) -> Walk {
        let Reading { channels, mut walk, out, .. } = self;
        let count = shortest(&out);
        let mut places = Places::new();
        let mut at = 0;
        while at < count {
            let length = (count - at).min(BLOCK);
            places.go(&mut walk, length, 1);
            let mut between = [[0.0f32; 8]; BLOCK / 8];
            for i in 0..BLOCK {
                between[i / 8][i % 8] = (places.fractions[i] >> 8) as i32 as f32 * (1.0 / 16_777_216.0);
            }
            let windows = Windows::new(channels, &places.firsts, 4);
            let mut i = 0;
            while i < length {
                let f = V::of(&between[i / 8 % (BLOCK / 8)]);
                // Weights of the frames −1, 0, 1, 2 as polynomials of the place between.
                let mut weights = [f; 4];
                for tap in 0..4 {
                    let mut weight = V::splat(CUBIC[3][tap]);
                    for power in [2, 1, 0] {
                        weight = weight.mul(f).add(V::splat(CUBIC[power][tap]));
                    }
                    weights[tap] = weight;
                }
                for channel in 0..N {
                    let mut rows = [f; 4];
                    match &windows {
                        Some(windows) => {
                            for k in 0..4 {
                                let (low, high) = (windows.at(channel, i + k), windows.at(channel, i + k + 4));
                                if let (Some(low), Some(high)) = (low.first_chunk(), high.first_chunk()) {
                                    rows[k] = V::joined(low, high);
                                }
                            }
                        }
                        None => {
                            for k in 0..4 {
                                let (mut low, mut high) = ([0.0; 4], [0.0; 4]);
                                outside(channels[channel], places.firsts[(i + k) % BLOCK], &mut low);
                                outside(channels[channel], places.firsts[(i + k + 4) % BLOCK], &mut high);
                                rows[k] = V::joined(&low, &high);
                            }
                        }
                    }
                    let near = turned(rows);
                    let even = weights[0].mul(near[0]).add(weights[2].mul(near[2]));
                    let odd = weights[1].mul(near[1]).add(weights[3].mul(near[3]));
                    put(even.add(odd), &mut out[channel][at..at + length], i);
                }
                i += 8;
            }
            at += length;
        }
        walk
    }
}

/// Catmull and Rom's weights by powers of the place between two frames.
const CUBIC: [[f32; 4]; 4] =
    [[0.0, 1.0, 0.0, 0.0], [-0.5, 0.0, 0.5, 0.0], [1.0, -2.5, 2.0, -0.5], [-0.5, 1.5, -1.5, 0.5]];

#[inline(always)]
fn shortest<const N: usize>(out: &[&mut [f32]; N]) -> usize {
    let mut count = usize::MAX;
    for out in out {
        count = count.min(out.len());
    }
    count
}

/// Eight sums for each channel, of a row of weights on the way to the next row.
#[inline(always)]
fn weighed<V: Eight, const N: usize>(row: (&[Lanes], &[Lanes]), between: V, near: [&[f32]; N]) -> [V; N] {
    let mut sums = [V::splat(0.0); N];
    for k in 0..row.0.len() {
        let weights = V::of(&row.1[k].0).mul(between).add(V::of(&row.0[k].0));
        for channel in 0..N {
            let product = weights.mul(V::of(&near[channel].as_chunks::<8>().0[k]));
            sums[channel] = if k == 0 { product } else { sums[channel].add(product) };
        }
    }
    sums
}

/// The sums of eight frames, of which two by two were folded to four numbers each, as eight numbers.
#[inline(always)]
fn added<V: Eight>([a, b, c, d]: [V; 4]) -> V {
    let (ab, cd) = (a.firsts(b).add(a.lasts(b)), c.firsts(d).add(c.lasts(d)));
    // The low half is of the frames 0, 2, 4, 6, the high half of those between.
    ab.lows(cd).add(ab.highs(cd)).woven()
}

/// Rows to columns: rows 0 to 3 in the low halves, 4 to 7 in the high ones.
#[inline(always)]
fn turned<V: Eight>([a, b, c, d]: [V; 4]) -> [V; 4] {
    let (ab, cd) = (a.firsts(b), c.firsts(d));
    let (ab_last, cd_last) = (a.lasts(b), c.lasts(d));
    [ab.lows(cd), ab.highs(cd), ab_last.lows(cd_last), ab_last.highs(cd_last)]
}

/// Up to eight frames of `out` from `at` on.
#[inline(always)]
fn put<V: Eight>(eight: V, out: &mut [f32], at: usize) {
    let to = &mut out[at..];
    if let Some(to) = to.first_chunk_mut() {
        eight.store(to);
    } else {
        let mut all = [0.0; 8];
        eight.store(&mut all);
        for (to, x) in to.iter_mut().zip(all) {
            *to = x;
        }
    }
}

/// What a kernel meets that reaches beyond the sample: silence there.
#[cold]
#[inline(never)]
fn outside(samples: &[f32], first: i64, to: &mut [f32]) {
    for (i, to) in to.iter_mut().enumerate() {
        let at = first.checked_add(i as i64).and_then(|at| usize::try_from(at).ok());
        *to = at.and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
    }
}
