//! A sound through the response of a room, or of anything else: convolution without latency.
//!
//! The response is cut into parts of a block each. The first is applied frame by frame, the others as spectra, block by
//! block (W. G. Gardner, "Efficient convolution without input-output delay", 1995; parts of one length): the products of all
//! parts with the blocks that they meet are summed before one transform back.
//!
//! Invariant: blocks are counted from the first frame that comes, so that where calls are cut changes no bit; of the response
//! all is made ahead, so that processing only counts.

use super::BLOCK;
use super::convert::weighed;
use super::effect::Effect;
use super::fourier::{Complex, Fourier, pack, unpack};
use super::lanes::{Kernel, LANES, Lanes, Vector, dispatch};
use super::math::finite;
use super::smooth::Smooth;

/// What is longer is cut, seconds.
pub const LONGEST: f32 = 8.0;
/// Bins of a part that count, 0 to half the transform, filled up to whole vectors.
const BINS: usize = (BLOCK + 1).next_multiple_of(LANES);

/// The bins of a part: real, then imaginary, of the left channel and of the right.
type Part = [[Lanes; BINS / LANES]; 4];

/// A convolution with a response.
#[derive(Debug)]
pub struct Convolve {
    fourier: Fourier,
    /// The first part of the response, backwards.
    first: [[f32; BLOCK]; 2],
    /// The others.
    parts: Vec<Part>,
    /// Blocks that came, a ring.
    came: Vec<Part>,
    /// Where the next goes.
    at: usize,
    /// The block before this, and this one.
    near: [[f32; 2 * BLOCK]; 2],
    /// Frames of this block.
    filled: usize,
    /// What the other parts give in this block, and what they have given of the next.
    tail: [[f32; BLOCK]; 2],
    overlap: [[f32; BLOCK]; 2],
    bins: Vec<Complex>,
    /// Blocks since something was heard.
    silent: usize,
    level: Smooth,
    seconds: f32,
}

impl Convolve {
    /// With a response of one channel or two at `rate` frames a second: as loud as the sound itself, if that is noise.
    pub fn new(response: &[Vec<f32>], rate: f32) -> Convolve {
        let frames = response.iter().map(Vec::len).max().unwrap_or(0).min((LONGEST * rate) as usize);
        let energy =
            |channel: &Vec<f32>| channel.iter().take(frames).map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        let most = response.iter().map(energy).fold(0.0, f64::max);
        let scale = if most > 0.0 { 1.0 / most.sqrt() } else { 0.0 };
        let at = |side: usize, i: usize| {
            let channel = response.get(side).or(response.first());
            let x = channel.and_then(|channel| channel.get(i)).copied().filter(|_| i < frames);
            f64::from(x.map_or(0.0, finite)) * scale
        };
        let fourier = Fourier::new(2 * BLOCK);
        let count = frames.div_ceil(BLOCK).saturating_sub(1);
        let parts: Vec<Part> = (1..=count)
            .map(|part| {
                let mut bins: Vec<Complex> =
                    (0..BLOCK).map(|i| (at(0, part * BLOCK + i), at(1, part * BLOCK + i))).collect();
                bins.resize(2 * BLOCK, (0.0, 0.0));
                fourier.forward(&mut bins);
                spectrum(&bins)
            })
            .collect();
        Convolve {
            bins: vec![(0.0, 0.0); 2 * BLOCK],
            fourier,
            first: [0, 1].map(|side| std::array::from_fn(|i| at(side, BLOCK - 1 - i) as f32)),
            came: vec![NOTHING; parts.len()],
            silent: parts.len() + 1,
            parts,
            at: 0,
            near: [[0.0; 2 * BLOCK]; 2],
            filled: 0,
            tail: [[0.0; BLOCK]; 2],
            overlap: [[0.0; BLOCK]; 2],
            level: Smooth::new(1.0, rate),
            seconds: frames as f32 / rate,
        }
    }

    /// A block is complete: what it and those before it give in the next.
    fn turn(&mut self) {
        let loud = self.near.iter().any(|side| side[BLOCK..].iter().any(|x| *x != 0.0));
        self.silent = if loud { 0 } else { self.silent.saturating_add(1) };
        if self.parts.is_empty() {
            // The first part is all there is.
        } else if self.silent > self.parts.len() {
            // Nothing that is remembered sounds any more.
            (self.tail, self.overlap) = (self.overlap, [[0.0; BLOCK]; 2]);
            self.came[self.at] = NOTHING;
            self.at = (self.at + 1) % self.came.len();
        } else {
            for (i, bin) in self.bins.iter_mut().enumerate() {
                let frame = |side: usize| if i < BLOCK { f64::from(self.near[side][BLOCK + i]) } else { 0.0 };
                *bin = (frame(0), frame(1));
            }
            self.fourier.forward(&mut self.bins);
            self.came[self.at] = spectrum(&self.bins);
            // Part 1 meets the block that has just come, part 2 the one before it, and so on round the ring.
            let (young, old) = self.came.split_at(self.at + 1);
            let sum = dispatch(Products { parts: &self.parts, blocks: young.iter().rev().chain(old.iter().rev()) });
            self.at = (self.at + 1) % self.came.len();
            for bin in 0..=BLOCK {
                let number = |row: usize| f64::from(sum[row][bin / LANES].0[bin % LANES]);
                pack(&mut self.bins, bin, [(number(0), number(1)), (number(2), number(3))]);
            }
            self.fourier.backward(&mut self.bins);
            for i in 0..BLOCK {
                let (now, later) = (self.bins[i], self.bins[BLOCK + i]);
                self.tail[0][i] = self.overlap[0][i] + now.0 as f32;
                self.tail[1][i] = self.overlap[1][i] + now.1 as f32;
                (self.overlap[0][i], self.overlap[1][i]) = (later.0 as f32, later.1 as f32);
            }
        }
        for side in &mut self.near {
            side.copy_within(BLOCK.., 0);
        }
        self.filled = 0;
    }
}

const NOTHING: Part = [[Lanes::ZERO; BINS / LANES]; 4];

/// The bins of both channels.
fn spectrum(bins: &[Complex]) -> Part {
    let mut part = NOTHING;
    for bin in 0..=BLOCK {
        let [left, right] = unpack(bins, bin);
        for (row, number) in [left.0, left.1, right.0, right.1].into_iter().enumerate() {
            part[row][bin / LANES].0[bin % LANES] = number as f32;
        }
    }
    part
}

/// The sum of the products of parts with blocks, bin by bin, in the order of the parts.
struct Products<'a, I> {
    parts: &'a [Part],
    blocks: I,
}

impl<'a, I: Iterator<Item = &'a Part>> Kernel for Products<'_, I> {
    type Output = Part;

    #[inline(always)]
    fn run<V: Vector>(self) -> Part {
        let mut sum = NOTHING;
        for (part, block) in self.parts.iter().zip(self.blocks) {
            for (re, im) in [(0, 1), (2, 3)] {
                for k in 0..BINS / LANES {
                    let (a, b) = (V::from(part[re][k]), V::from(part[im][k]));
                    let (c, d) = (V::from(block[re][k]), V::from(block[im][k]));
                    sum[re][k] = (V::from(sum[re][k]) + (a * c - b * d)).into();
                    sum[im][k] = (V::from(sum[im][k]) + (a * d + b * c)).into();
                }
            }
        }
        sum
    }
}

impl Effect for Convolve {
    /// The name of the file, which is none of a running effect's affairs, and a factor in dB.
    fn set(&mut self, p: &[f32], at_once: bool) {
        self.level.turn(super::math::gain(p[1]), at_once);
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let now = self.filled;
            self.near[0][BLOCK + now] = finite(*l);
            self.near[1][BLOCK + now] = finite(*r);
            let level = self.level.step();
            let side = |side: usize| {
                let first = weighed(&self.first[side], &self.near[side][now + 1..now + 1 + BLOCK]);
                (first + self.tail[side][now]) * level
            };
            (*l, *r) = (side(0), side(1));
            self.filled += 1;
            if self.filled == BLOCK {
                self.turn();
            }
        }
    }

    fn reset(&mut self) {
        self.came.fill(NOTHING);
        self.silent = self.parts.len() + 1;
        (self.tail, self.overlap) = ([[0.0; BLOCK]; 2], [[0.0; BLOCK]; 2]);
        self.near = [[0.0; 2 * BLOCK]; 2];
    }

    fn patience(&self) -> f32 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms};

    fn run(response: &[Vec<f32>], left: &[f32], right: &[f32], cut: usize) -> [Vec<f32>; 2] {
        let mut convolve = Convolve::new(response, 48_000.0);
        let (mut left, mut right) = (left.to_vec(), right.to_vec());
        for (l, r) in left.chunks_mut(cut).zip(right.chunks_mut(cut)) {
            convolve.process(l, r);
        }
        [left, right]
    }

    #[test]
    fn it_is_the_sum_of_products() {
        // Lengths about a block, and of many blocks and a bit.
        for length in [1, 127, 128, 129, 1000] {
            let response = vec![noise(1, length), noise(2, length)];
            let (left, right) = (noise(3, 3000), noise(4, 3000));
            let out = run(&response, &left, &right, 100);
            let energy = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
            let scale = 1.0 / energy(&response[0]).max(energy(&response[1])).sqrt();
            for (side, sound) in [&left, &right].into_iter().enumerate() {
                for at in (0..3000).step_by(7) {
                    let right: f64 = (0..length.min(at + 1))
                        .map(|k| f64::from(response[side][k]) * f64::from(sound[at - k]) * scale)
                        .sum();
                    let is = f64::from(out[side][at]);
                    assert!((is - right).abs() < 2e-5, "{length}: frame {at} of side {side}: {is} {right}");
                }
            }
        }
    }

    #[test]
    fn no_cut_changes_a_bit_and_one_channel_serves_both_sides() {
        let response = vec![noise(5, 5000)];
        let sound = noise(6, 8000);
        let whole = run(&response, &sound, &sound, 128);
        assert_eq!(whole[0], whole[1]);
        for cut in [1, 37, 100] {
            assert_eq!(whole, run(&response, &sound, &sound, cut));
        }
        let level = db(rms(&whole[0][5000..]) / rms(&sound[5000..]));
        assert!(level.abs() < 0.5, "noise is as loud as it was: {level} dB");
    }

    #[test]
    fn its_tail_ends_exactly_and_nothing_is_no_harm() {
        let response = vec![noise(7, 20_000)];
        let mut sound = vec![0.0; 60_000];
        sound[..1000].copy_from_slice(&noise(8, 1000));
        let [left, _] = run(&response, &sound, &sound, 128);
        assert!(rms(&left[15_000..20_000]) > 0.01 && left[22_000..].iter().all(|x| *x == 0.0));
        for response in [vec![], vec![vec![]], vec![vec![0.0; 300]], vec![vec![f32::NAN; 300]]] {
            assert!(run(&response, &sound, &sound, 128)[0].iter().all(|x| *x == 0.0));
        }
    }
}
