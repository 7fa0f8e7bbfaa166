//! Filters in lanes: the state-variable filter in all its answers, the ladder, one pole, formants.
//!
//! The state-variable filter is that of [`crate::dsp::svf`] (A. Simper, "Solving the continuous SVF equations using
//! trapezoidal integration and equivalent currents", 2013); bell and shelves follow its paper of 2014.
//! A slow cutoff's prewarped gain is computed each 16 frames and drawn as a line; a fast one's at each frame.
//!
//! Invariant: bounded for bounded input whatever moves; a state that is no number, or absurd, becomes 0.

use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Vector, tan_pi, tanh};

use super::group::Group;
use super::program::{Input, Operation, Program};
use super::rows::{Fast, Line, Piece, Registers, Rows, View};

/// The prewarped gain of cutoffs, Hz; limited to 1 Hz … 0.49 of the rate.
#[inline(always)]
fn prewarp<V: Vector>(hz: Lanes, rate: f32) -> Lanes {
    let share = V::from(hz) * V::splat(1.0 / rate);
    tan_pi(share.max(V::splat(1.0 / rate)).min(V::splat(0.49))).into()
}

/// The gain as a line between where a slow cutoff starts and ends, or frame by frame.
#[inline(always)]
fn gains<'a, V: Vector>(
    registers: Registers<'a>,
    input: Input,
    rate: f32,
    piece: Piece,
    room: &'a mut Rows,
) -> View<'a> {
    match registers.view(input) {
        View::Still(hz) => View::Still(prewarp::<V>(hz, rate)),
        View::Ramp(..) => {
            let [start, end] = registers.ends(input);
            let (start, end) = (prewarp::<V>(start, rate), prewarp::<V>(end, rate));
            View::Ramp(start, (end - start) * Lanes::splat(1.0 / TICK as f32))
        }
        View::Rows(rows) => {
            for k in piece.frames() {
                room[k] = prewarp::<V>(rows[k], rate);
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
fn coefficients<V: Vector>(gain: V, damping: V) -> (V, V, V) {
    let full = gain * (gain + damping);
    let a = V::splat(2.0) / (V::splat(1.0) + full);
    (full * a, gain * a, gain * gain * a)
}

/// The two states while they move.
#[derive(Clone, Copy)]
struct States<V>(V, V);

impl<V: Vector> States<V> {
    #[inline(always)]
    fn of(rows: &[Lanes]) -> States<V> {
        States(V::from(rows[0]), V::from(rows[1]))
    }

    /// One frame: band and low-pass. Summed so that the way from a state to the next is as short as it can be, for nothing
    /// else waits.
    #[inline(always)]
    fn step(&mut self, x: V, (a0, a2, a3): (V, V, V)) -> (V, V) {
        let States(first, second) = *self;
        let v = x - second;
        let next = States((first - a0 * first) + a2 * v, (second + a2 * first) + a3 * v);
        let half = V::splat(0.5);
        let out = ((first + next.0) * half, (second + next.1) * half);
        *self = next;
        out
    }
}

/// The state-variable filter; its inputs are drawn into the last argument, where they have to be.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "a kernel's, and room that would have to be cleared here")]
pub(super) fn svf<V: Vector>(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
    [sound, room, drawn]: &mut [Rows; 3],
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let x = registers.view(operation.inputs[0]).rows(sound);
    let gain = gains::<V>(registers, operation.inputs[1], program.rate, piece, room);
    let shelf = matches!(kind, Kind::Lowshelf | Kind::Highshelf);
    let (q, level) = if shelf { (3, 2) } else { (2, 3) };
    let q = registers.ends(operation.inputs[q]);
    let level = if shelf || kind == Kind::Peak { registers.ends(operation.inputs[level]) } else { [Lanes::ONE; 2] };
    let base = operation.state as usize;
    let count = 1 + usize::from(operation.option == TWICE);
    let rows = &group.state[base..];
    let mut both = [States::of(rows), States::of(&rows[2 * (count - 1)..])];
    let states = &mut both[..count];
    let still = q[0].is(q[1]) && level[0].is(level[1]);
    let start = blend(kind, q[0], level[0]);
    let damping = V::from(start.damping);
    match gain {
        View::Still(gain) if still => {
            let set = coefficients(V::from(gain * start.scale), damping);
            if kind == Kind::Lowpass {
                low_passes(
                    states,
                    x,
                    #[inline(always)]
                    |_| set,
                    piece,
                    out,
                );
            } else {
                let (dry, in_band, in_low) = (V::from(start.dry), V::from(start.band), V::from(start.low));
                for k in piece.frames() {
                    let x = V::from(x[k]);
                    let (band, low) = states[0].step(x, set);
                    out[k] = (dry * x + in_band * band + in_low * low).into();
                }
            }
        }
        View::Ramp(from, slope) if still && kind == Kind::Lowpass => {
            let gain = Line::<V>::new(from, slope);
            low_passes(
                states,
                x,
                #[inline(always)]
                |k| coefficients(gain.at(k), damping),
                piece,
                out,
            );
        }
        View::Rows(gain) if still && kind == Kind::Lowpass => {
            low_passes(
                states,
                x,
                #[inline(always)]
                |k| coefficients(gain[k].into(), damping),
                piece,
                out,
            );
        }
        gain => {
            let gain = gain.rows(drawn);
            let end = blend(kind, q[1], level[1]);
            let (scale, damping) =
                (Line::<V>::between(start.scale, end.scale), Line::<V>::between(start.damping, end.damping));
            let (dry, in_band) = (Line::<V>::between(start.dry, end.dry), Line::<V>::between(start.band, end.band));
            let in_low = Line::<V>::between(start.low, end.low);
            for k in piece.frames() {
                let set = coefficients(V::from(gain[k]) * scale.at(k), damping.at(k));
                let mut x = V::from(x[k]);
                for states in &mut *states {
                    let (band, low) = states.step(x, set);
                    x = dry.at(k) * x + in_band.at(k) * band + in_low.at(k) * low;
                }
                out[k] = x.into();
            }
        }
    }
    for (at, States(first, second)) in both.into_iter().enumerate().take(count) {
        group.state[base + 2 * at] = tame(first.into());
        group.state[base + 2 * at + 1] = tame(second.into());
    }
}

/// The option of a low-pass that stands for two in series, equal in all but their states.
pub(super) const TWICE: u16 = 1;

/// One low-pass, or two in series whose chains of sums then run side by side.
#[inline(always)]
fn low_passes<V: Vector>(
    states: &mut [States<V>],
    x: &Rows,
    set: impl Fn(usize) -> (V, V, V),
    piece: Piece,
    out: &mut Rows,
) {
    match states {
        [one, two] => {
            for k in piece.frames() {
                let set = set(k);
                let (_, low) = one.step(x[k].into(), set);
                out[k] = two.step(low, set).1.into();
            }
        }
        [one, ..] => {
            for k in piece.frames() {
                out[k] = one.step(x[k].into(), set(k)).1.into();
            }
        }
        [] => {}
    }
}

/// Four poles in a loop, after V. Zavalishin, "The Art of VA Filter Design", chapter 5: the loop is solved without delay,
/// then bent by a tanh where it is summed, which bounds it when it sings. Its place in the loop moves no pitch.
#[inline(always)]
pub(super) fn ladder(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains::<Lanes>(registers, operation.inputs[1], program.rate, piece, &mut room);
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
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (mut sound, mut room) = ([Lanes::ZERO; TICK], [Lanes::ZERO; TICK]);
    let x = registers.view(operation.inputs[0]).rows(&mut sound);
    let gain = gains::<Lanes>(registers, operation.inputs[1], program.rate, piece, &mut room);
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
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
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
            ramp(prewarp::<Lanes>(at(start, |v| v.0), program.rate), prewarp::<Lanes>(at(end, |v| v.0), program.rate));
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
