//! A way through a sample: from its begin to its end or backwards, looped, with soft edges where the sample has none.
//!
//! A loop's seam is left alone where the wave runs on smoothly; else what lies before the loop (or after it) is
//! cross-faded in, and where nothing lies there the seam fades out and in.
//!
//! Invariant: what sounds at a frame depends on the place in the sample, its pace and whether it went round, never on
//! how the frames are cut into blocks.

use crate::base::control::slot;
use crate::dsp::sinc::{FRAME, Kernels, Walk, fixed};
use crate::score::plan::{Loop, Sample};

use super::reeling;
use super::values::Values;

/// Where a sample begins or ends anew, it fades over this many frames of the output.
const EDGE: f32 = 72.0;
/// A loop's cross-fade at most, seconds.
const CROSS: f32 = 0.01;
/// The least that is worth a cross-fade, frames of the sample.
const LEAST: i64 = 64;

/// How the end of a loop meets its begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seam {
    /// The wave runs on.
    Smooth,
    /// Towards the end, what lies before the begin comes in.
    Before,
    /// From the begin on, what lies after the end goes out.
    After,
    /// It fades out, and in.
    Dip,
}

/// A number of frames in 64.64 fixed point, as [`Walk`] counts.
pub(super) type Place = i128;

/// What is repeated, in 64.64 fixed point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) begin: Place,
    pub(super) end: Place,
    seam: Seam,
    /// How far from the seam it is felt.
    pub(super) width: Place,
    /// Whether it went round.
    went: bool,
}

/// A stretch between zero crossings that is played faster, and again.
#[derive(Clone, Copy, Debug)]
struct Squeeze {
    /// How many times faster.
    ratio: f64,
    /// The stretch, in 64.64 fixed point, in the direction of the way; empty before the first.
    from: Place,
    to: Place,
}

/// A place in a sample.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(super) struct Tape {
    walk: Walk,
    first: Place,
    last: Place,
    bank: usize,
    /// How much of a kernel may still sound after a sample's last frame.
    ring: Place,
    round: Option<Round>,
    squeeze: Option<Squeeze>,
    /// Whether it begins and ends where the sample does not.
    cut_in: bool,
    cut_out: bool,
    age: u32,
    /// What reads between its frames.
    kernels: &'static Kernels,
    pub(super) stereo: bool,
    pub(super) over: bool,
}

/// How often a second of the sample passes in a second of its own, by the event's `speed` and `unit`.
pub(super) fn speed(sample: &Sample, values: &Values) -> f64 {
    let speed = f64::from(values.get(slot::SPEED)) + f64::from(values.get(slot::SPEED_REST));
    if values.get(slot::UNIT) >= 0.5 {
        // In cycles: how often the whole sample passes in a second.
        speed * (sample.frames() as f64 / f64::from(sample.rate.max(1)))
    } else {
        speed
    }
}

impl Tape {
    /// Between `begin` and `end`; backwards where `speed` is below 0; round and round where the event or the instrument
    /// says so.
    pub(super) fn new(sample: &Sample, looped: Option<Loop>, values: &Values, kernels: &'static Kernels) -> Tape {
        let frames = sample.frames() as f64;
        let (begin, end) = (values.get(slot::BEGIN), values.get(slot::END));
        let place = |share: f32| fixed(f64::from(share) * frames);
        let (low, high) = (place(begin.min(end)), place(begin.max(end)));
        let backwards = values.get(slot::SPEED) < 0.0;
        let (cut_low, cut_high) = (begin.min(end) > 0.0, begin.max(end) < 1.0);
        let round = if !values.has(slot::LOOP) {
            looped.map(|points| (i64::from(points.begin), i64::from(points.end)))
        } else if values.get(slot::LOOP) >= 0.5 {
            let point = |slot: u16, or: f32| {
                let share = if values.has(slot) { values.get(slot) } else { or };
                (f64::from(share) * frames + 0.5) as i64
            };
            let (begin, end) = (begin.min(end), begin.max(end));
            match (values.has(slot::LOOPBEGIN) || values.has(slot::LOOPEND), looped) {
                (false, Some(points)) => Some((i64::from(points.begin), i64::from(points.end))),
                _ => Some((point(slot::LOOPBEGIN, begin), point(slot::LOOPEND, end))),
            }
        } else {
            None
        };
        let round = round.and_then(|(from, to)| Round::new(sample, from, to));
        let ratio = f64::from(values.get(slot::SQUIZ));
        let squeeze = (ratio > 1.001).then_some(Squeeze { ratio, from: 0, to: 0 });
        Tape {
            walk: Walk { at: if backwards { high - FRAME } else { low }, step: 0, bend: 0 },
            first: low,
            last: high,
            bank: 0,
            ring: 0,
            round,
            squeeze,
            cut_in: if backwards { cut_high } else { cut_low },
            cut_out: round.is_none() && if backwards { cut_low } else { cut_high },
            age: 0,
            stereo: sample.channels.len() > 1,
            kernels,
            over: high <= low || values.get(slot::SPEED) == 0.0,
        }
    }

    /// Whether it goes round and round.
    pub(super) fn is_looped(&self) -> bool {
        self.round.is_some()
    }

    /// How much of it is left, 0 to 1.
    pub(super) fn left(&self) -> f32 {
        if self.round.is_some() {
            return 1.0;
        }
        let whole = (self.last - self.first).max(1) as f32;
        let left = if self.walk.step < 0 { self.walk.at - self.first } else { self.last - self.walk.at };
        (left as f32 / whole).clamp(0.0, 1.0)
    }

    /// The frames that it plays from begin to end, of the sample.
    pub(super) fn length(&self) -> f32 {
        ((self.last - self.first) as f64 / FRAME as f64) as f32
    }

    /// Where its rate of reading goes within the next `frames`.
    pub(super) fn aim(&mut self, start: Option<f64>, target: f64, frames: u32) {
        let kernels = self.kernels;
        if let Some(start) = start {
            self.walk.step = fixed(start);
        }
        let goal = fixed(target);
        self.walk.bend = (goal - self.walk.step) / Place::from(frames.max(1));
        let fastest = self.walk.step.unsigned_abs().max(goal.unsigned_abs());
        let squeezed = self.squeeze.map_or(1.0, |squeeze| squeeze.ratio);
        self.bank = kernels.bank(fastest as f64 / FRAME as f64 * squeezed);
        self.ring = if self.cut_out { 0 } else { Place::from(kernels.reach(self.bank)) << 64 };
    }

    /// Keeps its pace.
    pub(super) fn hold(&mut self) {
        self.walk.bend = 0;
    }

    /// The next frames into `left` (and `right`, where it is stereo). What the disk has not given yet is silent.
    pub(super) fn play(&mut self, sample: &Sample, left: &mut [f32], right: &mut [f32]) {
        let kernels = self.kernels;
        if let Some(reel) = sample.reel()
            && !self.over
            && !reeling::is_at_hand(reel, self.walk, kernels.reach(self.bank), left.len(), self.round.as_ref())
        {
            reel.miss();
            return self.pass_in_silence(left, right);
        }
        let (one, two) = (sample.channel(0), sample.channel(1));
        let mut at = 0;
        while at < left.len() {
            if self.over {
                left[at..].fill(0.0);
                if self.stereo {
                    right[at..].fill(0.0);
                }
                return;
            }
            if self.squeeze.is_some() {
                let out = [&mut left[at..=at], if self.stereo { &mut right[at..=at] } else { &mut [][..] }];
                self.squeezed(kernels, [one, two], out);
                self.age = self.age.saturating_add(1);
                self.meet_the_end();
                at += 1;
                continue;
            }
            let clear = self.clear(left.len() - at, kernels);
            let count = clear.max(1);
            let to = at..at + count;
            match (self.stereo, clear > 0) {
                (true, true) => {
                    let out = [&mut left[to.clone()], &mut right[to]];
                    kernels.fill(self.bank, [one, two], &mut self.walk, out);
                }
                (false, true) => kernels.fill(self.bank, [one], &mut self.walk, [&mut left[to]]),
                (true, false) => [left[at], right[at]] = self.near_an_edge(kernels, [one, two]),
                (false, false) => [left[at]] = self.near_an_edge(kernels, [one]),
            }
            self.age = self.age.saturating_add(count as u32);
            self.meet_the_end();
            at += count;
        }
    }

    /// Goes on without a sound.
    fn pass_in_silence(&mut self, left: &mut [f32], right: &mut [f32]) {
        for _ in 0..left.len() {
            if !self.over {
                self.walk.advance();
                self.age = self.age.saturating_add(1);
                self.meet_the_end();
            }
        }
        left.fill(0.0);
        if self.stereo {
            right.fill(0.0);
        }
    }

    /// For how many of the next frames nothing is near: no edge, no seam, no end.
    fn clear(&self, most: usize, kernels: &Kernels) -> usize {
        let Walk { at, step, bend } = self.walk;
        let later = step.saturating_add(bend.saturating_mul(most as Place));
        if (self.cut_in && (self.age as f32) < EDGE) || (step < 0) != (later < 0) {
            return 0;
        }
        let pace = step.saturating_abs().max(later.saturating_abs()).max(1);
        let to_the_end = if step < 0 { at - self.first } else { self.last - at };
        let room = match self.round {
            Some(round) => {
                let width = round.reach(kernels, self.bank);
                let (low, high) = (round.begin + width, round.end - width);
                // On the first way to the loop its begin is not felt.
                let low = if step >= 0 && !round.went { Place::MIN / 2 } else { low };
                let high = if step < 0 && !round.went { Place::MAX / 2 } else { high };
                if at < low || at >= high {
                    return 0;
                }
                if step < 0 { at - low } else { high - at }
            }
            None if self.cut_out => to_the_end.saturating_sub((EDGE as Place + 1).saturating_mul(pace)),
            None => to_the_end.saturating_add(self.ring),
        };
        // In half the bits, whose division is fast, and rounded down: at worst the last frame is read by itself.
        let half = |place: Place| (place >> 32).min(i64::MAX as Place - 1) as i64;
        usize::try_from(half(room) / (half(pace) + 1)).unwrap_or(0).min(most)
    }

    /// One frame with everything that may be near.
    #[inline(never)]
    fn near_an_edge<const N: usize>(&mut self, kernels: &Kernels, channels: [&[f32]; N]) -> [f32; N] {
        let edge = self.edge();
        let at = self.walk.at;
        let plain = |at: Place| kernels.read_mapped(self.bank, at, channels, |i| i);
        let value = match self.round {
            None => plain(at),
            Some(round) => round.read(kernels, self.bank, self.walk, channels),
        };
        self.walk.advance();
        value.map(|x| x * edge)
    }

    /// One frame of a stretch between zero crossings, faster than the way goes.
    fn squeezed(&mut self, kernels: &Kernels, channels: [&[f32]; 2], out: [&mut [f32]; 2]) {
        let Walk { at, step, .. } = self.walk;
        let Some(squeeze) = &mut self.squeeze else { return };
        let (low, high) = (squeeze.from.min(squeeze.to), squeeze.from.max(squeeze.to));
        if at < low || at >= high {
            squeeze.from = at;
            squeeze.to = next_crossing(channels[0], at, step < 0);
        }
        let length = (squeeze.to - squeeze.from).unsigned_abs().max(1);
        let passed = ((at - squeeze.from).unsigned_abs() as f64 * squeeze.ratio) as u128 % length;
        let place = if step < 0 { squeeze.from - passed as Place } else { squeeze.from + passed as Place };
        let edge = self.edge();
        for (out, samples) in out.into_iter().zip(channels) {
            kernels.fill(self.bank, [samples], &mut Walk { at: place, step: 0, bend: 0 }, [&mut *out]);
            for x in out {
                *x *= edge;
            }
        }
        self.walk.advance();
    }

    /// The fade at cut ends: a smoothstep.
    fn edge(&self) -> f32 {
        let mut edge = 1.0f32;
        if self.cut_in && (self.age as f32) < EDGE {
            edge = edge.min(self.age as f32 / EDGE);
        }
        if self.cut_out {
            let Walk { at, step, .. } = self.walk;
            let left = if step < 0 { at - self.first } else { self.last - at };
            let near = (EDGE as Place).saturating_mul(step.saturating_abs().max(1));
            if left < near {
                edge = edge.min((left as f64 / near as f64).max(0.0) as f32);
            }
        }
        smoothstep(edge)
    }

    fn meet_the_end(&mut self) {
        let Walk { at, step, .. } = self.walk;
        if let Some(round) = &mut self.round {
            let length = round.end - round.begin;
            if step >= 0 && at >= round.end {
                self.walk.at = round.begin + (at - round.begin) % length;
                round.went = true;
            } else if step < 0 && at < round.begin {
                self.walk.at = round.end - 1 - (round.begin - 1 - at) % length;
                round.went = true;
            }
            return;
        }
        self.over = if step < 0 { at < self.first - self.ring } else { at >= self.last + self.ring };
    }
}

impl Round {
    /// From frame to frame, half open; none where too little is left of it.
    fn new(sample: &Sample, from: i64, to: i64) -> Option<Round> {
        let count = sample.frames() as i64;
        let (from, to) = (from.min(to).clamp(0, count), from.max(to).clamp(0, count));
        let length = to - from;
        if length < 2 {
            return None;
        }
        let most = (CROSS * sample.rate as f32) as i64;
        let (before, after) = (from.min(length / 2).min(most), (count - to).min(length / 2).min(most));
        let at_hand = sample.reel().is_none_or(|reel| {
            let at_hand = reeling::is_seam_at_hand(reel, from, to);
            if !at_hand {
                // It may sound otherwise than in a render.
                reel.miss();
            }
            at_hand
        });
        let smooth = || sample.channels.iter().all(|channel| is_smooth(channel, from as usize, to as usize));
        let (seam, width) = if at_hand && smooth() {
            (Seam::Smooth, 0)
        } else if before >= LEAST {
            (Seam::Before, before)
        } else if after >= LEAST {
            (Seam::After, after)
        } else {
            (Seam::Dip, (EDGE as i64).min(length / 4).max(1))
        };
        Some(Round {
            begin: Place::from(from) << 64,
            end: Place::from(to) << 64,
            seam,
            width: Place::from(width) << 64,
            went: false,
        })
    }

    /// How far from the seam it is felt with a kernel.
    fn reach(&self, kernels: &Kernels, bank: usize) -> Place {
        if self.seam == Seam::Smooth { Place::from(kernels.reach(bank)) << 64 } else { self.width }
    }

    fn read<const N: usize>(&self, kernels: &Kernels, bank: usize, walk: Walk, channels: [&[f32]; N]) -> [f32; N] {
        let Walk { at, step, .. } = walk;
        let length = self.end - self.begin;
        // What the way there has not met yet is not felt.
        let (near_end, near_begin) = (step >= 0 || self.went, step < 0 || self.went);
        let plain = |at: Place| kernels.read_mapped(bank, at, channels, |i| i);
        let share = |distance: Place| smoothstep((distance as f64 / self.width.max(1) as f64) as f32);
        let mix =
            |one: [f32; N], two: [f32; N], share: f32| std::array::from_fn(|i| one[i] + (two[i] - one[i]) * share);
        match self.seam {
            Seam::Smooth => {
                let (begin, end, frames) = ((self.begin >> 64) as i64, (self.end >> 64) as i64, (length >> 64) as i64);
                kernels.read_mapped(bank, at, channels, |i| {
                    if near_end && i >= end {
                        begin + (i - begin) % frames
                    } else if near_begin && i < begin {
                        end - 1 - (begin - 1 - i) % frames
                    } else {
                        i
                    }
                })
            }
            Seam::Before if near_end && at >= self.end - self.width && at < self.end => {
                mix(plain(at), plain(at - length), share(at - (self.end - self.width)))
            }
            Seam::After if near_begin && at >= self.begin && at < self.begin + self.width => {
                mix(plain(at + length), plain(at), share(at - self.begin))
            }
            Seam::Dip => {
                let from_end = if near_end { share((self.end - at).max(0)) } else { 1.0 };
                let from_begin = if near_begin { share((at - self.begin).max(0)) } else { 1.0 };
                plain(at).map(|x| x * from_end.min(from_begin))
            }
            Seam::Before | Seam::After => plain(at),
        }
    }
}

/// The next place at which the wave rises through zero (or, backwards, fell through it); not nearer than a few frames, and
/// not further than a fortieth of a second or so.
fn next_crossing(samples: &[f32], at: Place, backwards: bool) -> Place {
    let start = (at >> 64) as i64;
    let value = |i: i64| usize::try_from(i).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
    let found = (8..1200).find(|i| {
        let place = if backwards { start - i } else { start + i };
        value(place - 1) < 0.0 && value(place) >= 0.0
    });
    let distance = found.unwrap_or(1200);
    Place::from(if backwards { start - distance } else { start + distance }) << 64
}

/// Whether the wave runs on from frame `to − 1` to frame `from`: it bends there no more than near it.
fn is_smooth(channel: &[f32], from: usize, to: usize) -> bool {
    let at = |i: usize| channel.get(i).copied().unwrap_or(0.0);
    let bend = |a: f32, b: f32, c: f32| (a - 2.0 * b + c).abs();
    let length = to - from;
    let mut usual = 0.0f32;
    for i in 0..8.min(length.saturating_sub(2)) {
        let last = to - 1 - i;
        usual = usual.max(bend(at(last), at(last - 1), at(last - 2)));
        usual = usual.max(bend(at(from + i), at(from + i + 1), at(from + i + 2)));
    }
    let seam = bend(at(to - 2.min(length)), at(to - 1), at(from)).max(bend(at(to - 1), at(from), at(from + 1)));
    seam <= 2.0 * usual + 1e-4
}

fn smoothstep(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    if x < 1.0 { x * x * (3.0 - 2.0 * x) } else { 1.0 }
}
