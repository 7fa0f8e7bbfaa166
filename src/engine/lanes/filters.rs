//! Filters in lanes: the state-variable filter in all its answers, the ladder, one pole, formants.
//!
//! The state-variable filter is that of [`crate::dsp::svf`] (A. Simper, "Solving the continuous SVF equations using
//! trapezoidal integration and equivalent currents", 2013); bell and shelves follow its paper of 2014.
//! A slow cutoff's prewarped gain is computed each 16 frames and drawn as a line; a fast one's at each frame.
//!
//! Invariant: bounded for bounded input whatever moves; a state that is no number, or absurd, becomes 0.

use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, tan_pi, tanh};

use super::group::Group;
use super::program::{Input, Operation, Program};
use super::rows::{Piece, Register, Registers, Rows, View};

/// The prewarped gain of cutoffs, Hz; limited to 1 Hz … 0.49 of the rate.
#[inline(always)]
fn prewarp(hz: Lanes, rate: f32) -> Lanes {
    tan_pi((hz * Lanes::splat(1.0 / rate)).clamp(1.0 / rate, 0.49))
}

/// The gain as a line between where a slow cutoff starts and ends, or frame by frame.
#[inline(always)]
fn gains<'a>(registers: Registers<'a>, input: Input, rate: f32, piece: Piece, room: &'a mut Rows) -> View<'a> {
    match registers.view(input) {
        View::Still(hz) => View::Still(prewarp(hz, rate)),
        View::Ramp(..) => {
            let [start, end] = registers.ends(input);
            let (start, end) = (prewarp(start, rate), prewarp(end, rate));
            View::Ramp(start, (end - start) * Lanes::splat(1.0 / TICK as f32))
        }
        View::Rows(rows) => {
            for k in piece.frames() {
                room[k] = prewarp(rows[k], rate);
            }
            View::Rows(room)
        }
    }
}

/// What is in a state, or 0 where it is next to nothing, no number or absurd.
#[inline(always)]
pub(super) fn tame(x: Lanes) -> Lanes {
    let size = x.abs();
    let good = size.below(Lanes::splat(1e6)) & Lanes::splat(1e-20).below(size);
    good.select(x, Lanes::ZERO)
}

/// How the answer is put together: of the input, the band and the low; and what the gain is scaled by.
#[derive(Clone, Copy)]
struct Blend {
    scale: Lanes,
    damping: Lanes,
    dry: Lanes,
    band: Lanes,
    low: Lanes,
}

/// The blend of a kind, for a Q and a level.
#[inline(always)]
fn blend(kind: Kind, q: Lanes, level: Lanes) -> Blend {
    let damping = Lanes::ONE / q.clamp(0.1, 100.0);
    let (zero, one) = (Lanes::ZERO, Lanes::ONE);
    let plain = Blend { scale: one, damping, dry: zero, band: zero, low: zero };
    // The square root of a level is Simper's A.
    let a = level.clamp(1e-4, 32.0).sqrt_of_positive();
    match kind {
        Kind::Highpass => Blend { dry: one, band: -damping, low: -one, ..plain },
        Kind::Bandpass => Blend { band: damping, ..plain },
        Kind::Notch => Blend { dry: one, band: -damping, ..plain },
        Kind::Allpass => Blend { dry: one, band: -(damping + damping), ..plain },
        Kind::Peak => {
            let damping = damping / a;
            Blend { damping, dry: one, band: damping * (a * a - one), ..plain }
        }
        Kind::Lowshelf => {
            let scale = one / a.sqrt_of_positive();
            Blend { scale, dry: one, band: damping * (a - one), low: a * a - one, ..plain }
        }
        Kind::Highshelf => {
            let scale = a.sqrt_of_positive();
            Blend { scale, dry: a * a, band: damping * (one - a) * a, low: one - a * a, ..plain }
        }
        _ => Blend { low: one, ..plain },
    }
}

/// With g the gain, k the damping, a = 2/(1 + g(g + k)): the states move by a(g·v − g(g + k)·s₁) and a(g·s₁ + g²·v),
/// v = x − s₂; band and low-pass lie half way.
#[inline(always)]
fn coefficients(gain: Lanes, damping: Lanes) -> (Lanes, Lanes, Lanes) {
    let full = gain * (gain + damping);
    let a = Lanes::splat(2.0) / (Lanes::ONE + full);
    (full * a, gain * a, gain * gain * a)
}

/// The state-variable filter.
#[inline(always)]
pub(super) fn svf(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains(registers, operation.inputs[1], program.rate, piece, &mut room);
    let shelf = matches!(kind, Kind::Lowshelf | Kind::Highshelf);
    let (q, level) = if shelf { (3, 2) } else { (2, 3) };
    let q = registers.ends(operation.inputs[q]);
    let level = if shelf || kind == Kind::Peak { registers.ends(operation.inputs[level]) } else { [Lanes::ONE; 2] };
    let base = operation.state as usize;
    let (mut first, mut second) = (group.state[base], group.state[base + 1]);
    let half = Lanes::splat(0.5);
    let still = q[0].is(q[1]) && level[0].is(level[1]);
    let start = blend(kind, q[0], level[0]);
    if let View::Still(gain) = gain
        && still
    {
        let (a0, a2, a3) = coefficients(gain * start.scale, start.damping);
        for k in piece.frames() {
            let v = x[k] - second;
            let (d1, d2) = (a2 * v - a0 * first, a2 * first + a3 * v);
            let (band, low) = (first + half * d1, second + half * d2);
            out[k] = if kind == Kind::Lowpass { low } else { start.dry * x[k] + start.band * band + start.low * low };
            first += d1;
            second += d2;
        }
    } else if kind == Kind::Lowpass && still {
        let mut drawn = [Lanes::ZERO; TICK];
        let gain = gain.rows(&mut drawn);
        for k in piece.frames() {
            let (a0, a2, a3) = coefficients(gain[k], start.damping);
            let v = x[k] - second;
            let (d1, d2) = (a2 * v - a0 * first, a2 * first + a3 * v);
            out[k] = second + half * d2;
            first += d1;
            second += d2;
        }
    } else {
        let mut drawn = [Lanes::ZERO; TICK];
        let gain = gain.rows(&mut drawn);
        let end = blend(kind, q[1], level[1]);
        let step = Lanes::splat(1.0 / TICK as f32);
        for k in piece.frames() {
            let share = Lanes::splat(k as f32) * step;
            let between = |from: Lanes, to: Lanes| from + (to - from) * share;
            let scale = between(start.scale, end.scale);
            let (a0, a2, a3) = coefficients(gain[k] * scale, between(start.damping, end.damping));
            let v = x[k] - second;
            let (d1, d2) = (a2 * v - a0 * first, a2 * first + a3 * v);
            let (band, low) = (first + half * d1, second + half * d2);
            let (dry, in_band) = (between(start.dry, end.dry), between(start.band, end.band));
            out[k] = dry * x[k] + in_band * band + between(start.low, end.low) * low;
            first += d1;
            second += d2;
        }
    }
    group.state[base] = tame(first);
    group.state[base + 1] = tame(second);
}

/// Four poles in a loop, after V. Zavalishin, "The Art of VA Filter Design", chapter 5: the loop is solved without delay,
/// then bent by a tanh where it is summed, which bounds it when it sings. Its place in the loop moves no pitch.
#[inline(always)]
pub(super) fn ladder(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains(registers, operation.inputs[1], program.rate, piece, &mut room);
    let (mut drawn, mut third) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let gain = gain.rows(&mut drawn);
    let resonance = registers.view(operation.inputs[2]).rows(&mut third);
    let base = operation.state as usize;
    let mut state = [group.state[base], group.state[base + 1], group.state[base + 2], group.state[base + 3]];
    // What sings must have something to begin with.
    let spark = Lanes::splat(1e-6);
    for k in piece.frames() {
        let g = gain[k];
        // A loop of 4 sings; a little more than 4 at `res` 1 makes it start by itself.
        let around = resonance[k].clamp(0.0, 1.2) * Lanes::splat(4.2);
        let h = Lanes::ONE / (Lanes::ONE + g);
        let big = g * h;
        let (g2, h1) = (big * big, h);
        // What the four would give with no input now.
        let rest = ((state[0] * big + state[1]) * big + state[2]) * big + state[3];
        let rest = rest * h1;
        let last = (g2 * g2 * (x[k] + spark) + rest) / (Lanes::ONE + around * g2 * g2);
        let mut y = tanh(x[k] + spark - around * last);
        for s in &mut state {
            let v = (y - *s) * big;
            y = v + *s;
            *s = y + v;
        }
        out[k] = y;
    }
    for (at, s) in state.into_iter().enumerate() {
        group.state[base + at] = tame(s);
    }
}

/// One pole.
#[inline(always)]
pub(super) fn onepole(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains(registers, operation.inputs[1], program.rate, piece, &mut room);
    let base = operation.state as usize;
    let mut drawn = [Lanes::ZERO; TICK];
    let gain = gain.rows(&mut drawn);
    let mut s = group.state[base];
    for k in piece.frames() {
        let g = gain[k];
        let v = (x[k] - s) * (g / (Lanes::ONE + g));
        let y = v + s;
        s = y + v;
        out[k] = y;
    }
    group.state[base] = tame(s);
}

/// Centres, levels and widths of three formants of a, e, i, o, u: Hz, factor, Q. After the tenor of the tables in the
/// csound manual's appendix, rounded.
const VOWELS: [[(f32, f32, f32); 3]; 5] = [
    [(650.0, 1.0, 8.0), (1080.0, 0.5, 12.0), (2650.0, 0.45, 22.0)],
    [(400.0, 1.0, 6.0), (1700.0, 0.2, 21.0), (2600.0, 0.25, 26.0)],
    [(290.0, 1.0, 7.0), (1870.0, 0.18, 21.0), (2800.0, 0.13, 28.0)],
    [(400.0, 1.0, 10.0), (800.0, 0.32, 10.0), (2600.0, 0.25, 26.0)],
    [(350.0, 1.0, 9.0), (600.0, 0.1, 10.0), (2700.0, 0.14, 27.0)],
];

/// A mouth: three band-passes side by side.
#[inline(always)]
pub(super) fn formant(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let mut sound = [Lanes::ZERO; TICK];
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let [start, end] = registers.ends(operation.inputs[1]);
    let start = start.clamp(0.0, 1.0) * Lanes::splat(4.0);
    let end = end.clamp(0.0, 1.0) * Lanes::splat(4.0);
    for k in piece.frames() {
        out[k] = Lanes::ZERO;
    }
    let half = Lanes::splat(0.5);
    for formant in [0, 1, 2] {
        let at = |vowel: Lanes, take: fn((f32, f32, f32)) -> f32| {
            Lanes::from_fn(|lane| {
                let place = vowel.0[lane];
                let low = (place as usize).min(3);
                let (a, b) = (take(VOWELS[low][formant]), take(VOWELS[low + 1][formant]));
                a + (b - a) * (place - low as f32)
            })
        };
        let ramp = |from: Lanes, to: Lanes| (from, (to - from) * Lanes::splat(1.0 / TICK as f32));
        let (gain, gain_slope) =
            ramp(prewarp(at(start, |v| v.0), program.rate), prewarp(at(end, |v| v.0), program.rate));
        let (level, level_slope) = ramp(at(start, |v| v.1), at(end, |v| v.1));
        let damping = Lanes::ONE / at(end, |v| v.2);
        let base = operation.state as usize + formant * 2;
        let (mut first, mut second) = (group.state[base], group.state[base + 1]);
        for k in piece.frames() {
            let frame = Lanes::splat(k as f32);
            let g = gain + gain_slope * frame;
            let full = g * (g + damping);
            let a = Lanes::splat(2.0) / (Lanes::ONE + full);
            let v = x[k] - second;
            let (d1, d2) = (g * a * v - full * a * first, g * a * first + g * g * a * v);
            // A resonance of a wide sound is quiet; as loud as a mouth, it is raised.
            out[k] += damping * (first + half * d1) * ((level + level_slope * frame) * Lanes::splat(4.0));
            first += d1;
            second += d2;
        }
        group.state[base] = tame(first);
        group.state[base + 1] = tame(second);
    }
}
