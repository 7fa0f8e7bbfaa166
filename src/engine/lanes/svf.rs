//! The state-variable filter in lanes, in all its answers.
//!
//! It is that of [`crate::dsp::svf`] (A. Simper, "Solving the continuous SVF equations using trapezoidal integration and
//! equivalent currents", 2013); bell and shelves follow its paper of 2014.
//!
//! Invariant: bounded for bounded input whatever moves; a state that is no number, or absurd, becomes 0.

use crate::base::unit::Kind;
use crate::dsp::lanes::{Lanes, Number, Two, Vector};

use super::filters::{gains, prewarp, tame, tamed_at_end};
use super::group::Group;
use super::program::{Input, Operation, Program};
use super::rows::{Fast, Line, Piece, Register, Registers, Rows, View, WHOLE};

/// Whether a unit is one of its answers.
pub(super) fn answers(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Lowpass
            | Kind::Highpass
            | Kind::Bandpass
            | Kind::Notch
            | Kind::Peak
            | Kind::Lowshelf
            | Kind::Highshelf
            | Kind::Allpass
    )
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
fn coefficients<V: Number>(gain: V, damping: V) -> (V, V, V) {
    let full = gain * (gain + damping);
    let a = V::splat(2.0) / (V::splat(1.0) + full);
    (full * a, gain * a, gain * gain * a)
}

/// The two states while they move.
#[derive(Clone, Copy)]
struct States<V>(V, V);

impl<V: Number> States<V> {
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

impl<V: Vector> States<V> {
    #[inline(always)]
    fn of(rows: &[Lanes]) -> States<V> {
        States(V::from(rows[0]), V::from(rows[1]))
    }

    /// Two filters' side by side.
    #[inline(always)]
    fn beside(self, other: States<V>) -> States<Two<V>> {
        States(Two(self.0, other.0), Two(self.1, other.1))
    }

    /// Held within bounds.
    #[inline(always)]
    fn tamed(self) -> States<V> {
        States(tame(self.0), tame(self.1))
    }

    /// Into its rows; held within bounds where a tick ends, wherever pieces do.
    #[inline(always)]
    fn keep(self, piece: Piece, rows: &mut [Lanes; 2]) {
        *rows = [tamed_at_end(self.0, piece).into(), tamed_at_end(self.1, piece).into()];
    }
}

/// The state-variable filter; its inputs are drawn into the last argument, where they have to be.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "a kernel's, and room that would have to be cleared here")]
pub(super) fn run<V: Vector>(
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
            answer(
                kind,
                &start,
                states,
                x,
                #[inline(always)]
                |_| set,
                piece,
                out,
            );
        }
        View::Ramp(from, slope) if still && kind == Kind::Lowpass => {
            let gain = Line::<V>::new(from, slope);
            answer(
                kind,
                &start,
                states,
                x,
                #[inline(always)]
                |k| coefficients(gain.at(k), damping),
                piece,
                out,
            );
        }
        View::Rows(gain) if still && kind == Kind::Lowpass => {
            answer(
                kind,
                &start,
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
    for (states, rows) in both.iter().zip(group.state[base..].as_chunks_mut::<2>().0).take(count) {
        states.keep(piece, rows);
    }
}

/// A filter over some whole ticks, in which nothing but the cutoff moves, and that slowly: what holds for all of them.
struct Course<V> {
    sound: u16,
    cutoff: u16,
    rate: f32,
    blend: Blend,
    scale: V,
    damping: V,
    base: usize,
    count: usize,
    states: [States<V>; 2],
    /// A cutoff and its gain.
    known: (Lanes, V),
}

impl<V: Vector> Course<V> {
    /// `None` where more moves than that.
    #[inline(always)]
    fn new(kind: Kind, operation: &Operation, program: &Program, group: &Group, ticks: usize) -> Option<Course<V>> {
        let shelf = matches!(kind, Kind::Lowshelf | Kind::Highshelf);
        let (at_q, at_level) = if shelf { (3, 2) } else { (2, 3) };
        let (Input::Fast(sound), Input::Slow(cutoff), Input::Slow(at_q), Input::Slow(at_level)) =
            (operation.inputs[0], operation.inputs[1], operation.inputs[at_q], operation.inputs[at_level])
        else {
            return None;
        };
        let leveled = shelf || kind == Kind::Peak;
        let at = |tick: usize, register: u16| group.slow[group.plane_of(tick) + usize::from(register)];
        let (q, level) = (at(0, at_q)[0], if leveled { at(0, at_level)[0] } else { Lanes::ONE });
        let rests = |[start, end]: [Lanes; 2], value: Lanes| start.is(value) && end.is(value);
        for tick in 0..ticks {
            if !rests(at(tick, at_q), q) || (leveled && !rests(at(tick, at_level), level)) {
                return None;
            }
        }
        let blend = blend(kind, q, level);
        let base = operation.state as usize;
        let count = 1 + usize::from(operation.option == TWICE);
        let states = [States::of(&group.state[base..]), States::of(&group.state[base + 2 * (count - 1)..])];
        let (scale, damping) = (V::from(blend.scale), V::from(blend.damping));
        let start = at(0, cutoff)[0];
        let known = (start, prewarp(start, program.rate));
        Some(Course { sound, cutoff, rate: program.rate, blend, scale, damping, base, count, states, known })
    }

    /// How the gain goes in the next tick, and whether it moves at all.
    #[inline(always)]
    fn gain(&mut self, group: &Group, tick: usize) -> (Line<V>, bool) {
        let [start, end] = group.slow[group.plane_of(tick) + usize::from(self.cutoff)];
        let from = if start.is(self.known.0) { self.known.1 } else { prewarp(start, self.rate) };
        let moves = !start.is(end);
        let to = if moves { prewarp(end, self.rate) } else { from };
        self.known = (end, to);
        (Line::drawn(from, to), moves)
    }

    /// The states into their rows.
    #[inline(always)]
    fn keep(&self, group: &mut Group) {
        for (states, rows) in self.states.iter().zip(group.state[self.base..].as_chunks_mut::<2>().0).take(self.count) {
            *rows = [states.0.into(), states.1.into()];
        }
    }

    /// They are held within bounds where a tick ends.
    #[inline(always)]
    fn tame(&mut self) {
        // No `map`: what is not inlined is compiled for the plainest machine.
        self.states = [self.states[0].tamed(), self.states[1].tamed()];
    }
}

/// Some whole ticks in one go, as [`run`] does them. `false` where more than the cutoff moves, and nothing was done.
#[inline(always)]
pub(super) fn run_ticks<V: Vector>(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    out: &mut [Rows],
) -> bool {
    let Some(mut course) = Course::<V>::new(kind, operation, program, group, out.len()) else { return false };
    for (tick, out) in out.iter_mut().enumerate() {
        let x = &fast[usize::from(course.sound)][tick];
        let (gain, moves) = course.gain(group, tick);
        let (scale, damping) = (course.scale, course.damping);
        let states = &mut course.states[..course.count];
        if moves {
            answer(
                kind,
                &course.blend,
                states,
                x,
                #[inline(always)]
                |k| coefficients(gain.at(k) * scale, damping),
                WHOLE,
                out,
            );
        } else {
            let set = coefficients(gain.at(0) * scale, damping);
            answer(
                kind,
                &course.blend,
                states,
                x,
                #[inline(always)]
                |_| set,
                WHOLE,
                out,
            );
        }
        course.tame();
    }
    course.keep(group);
    true
}

/// The same low-pass of two groups side by side: each waits for its own sums, so both take little longer than one.
#[inline(always)]
pub(super) fn run_both<V: Vector>(
    operation: &Operation,
    program: &Program,
    groups: [&mut Group; 2],
    fast: [&[Register]; 2],
    out: [&mut [Rows]; 2],
) -> bool {
    let [one, other] = groups;
    let ticks = out[0].len().min(out[1].len());
    let (Some(mut first), Some(mut second)) = (
        Course::<V>::new(Kind::Lowpass, operation, program, one, ticks),
        Course::<V>::new(Kind::Lowpass, operation, program, other, ticks),
    ) else {
        return false;
    };
    let (scale, damping) = (Two(first.scale, second.scale), Two(first.damping, second.damping));
    let [out, other_out] = out;
    for (tick, (out, other_out)) in out.iter_mut().zip(other_out).enumerate() {
        let sound = usize::from(first.sound);
        let (x, y) = (&fast[0][sound][tick], &fast[1][sound][tick]);
        let ((gain, moves), (other_gain, other_moves)) = (first.gain(one, tick), second.gain(other, tick));
        let gain = gain.beside(other_gain);
        let mut states = [first.states[0].beside(second.states[0]), first.states[1].beside(second.states[1])];
        let states_now = &mut states[..first.count];
        if moves || other_moves {
            low_passes_of_both(
                states_now,
                [x, y],
                #[inline(always)]
                |k| coefficients(gain.at(k) * scale, damping),
                [out, other_out],
            );
        } else {
            let set = coefficients(gain.at(0) * scale, damping);
            low_passes_of_both(
                states_now,
                [x, y],
                #[inline(always)]
                |_| set,
                [out, other_out],
            );
        }
        for (i, States(Two(a, b), Two(c, d))) in states.into_iter().enumerate() {
            (first.states[i], second.states[i]) = (States(a, c).tamed(), States(b, d).tamed());
        }
    }
    first.keep(one);
    second.keep(other);
    true
}

/// A whole tick of both.
#[inline(always)]
fn low_passes_of_both<V: Vector>(
    states: &mut [States<Two<V>>],
    [x, y]: [&Rows; 2],
    set: impl Fn(usize) -> (Two<V>, Two<V>, Two<V>),
    [out, other_out]: [&mut Rows; 2],
) {
    low_passes(
        states,
        #[inline(always)]
        |k| Two(V::from(x[k]), V::from(y[k])),
        set,
        WHOLE,
        #[inline(always)]
        |k, Two(x, y)| {
            out[k] = x.into();
            other_out[k] = y.into();
        },
    );
}

/// A piece of one kind's answer, with coefficients for each frame, where the blend rests.
#[inline(always)]
fn answer<V: Vector>(
    kind: Kind,
    blend: &Blend,
    states: &mut [States<V>],
    x: &Rows,
    set: impl Fn(usize) -> (V, V, V),
    piece: Piece,
    out: &mut Rows,
) {
    if kind == Kind::Lowpass {
        return low_passes(
            states,
            #[inline(always)]
            |k| V::from(x[k]),
            set,
            piece,
            #[inline(always)]
            |k, y| out[k] = y.into(),
        );
    }
    let (dry, in_band, in_low) = (V::from(blend.dry), V::from(blend.band), V::from(blend.low));
    for k in piece.frames() {
        let x = V::from(x[k]);
        let (band, low) = states[0].step(x, set(k));
        out[k] = (dry * x + in_band * band + in_low * low).into();
    }
}

/// The option of a low-pass that stands for two in series, equal in all but their states.
pub(super) const TWICE: u16 = 1;

/// One low-pass, or two in series whose chains of sums then run side by side.
#[inline(always)]
fn low_passes<V: Number>(
    states: &mut [States<V>],
    read: impl Fn(usize) -> V,
    set: impl Fn(usize) -> (V, V, V),
    piece: Piece,
    mut write: impl FnMut(usize, V),
) {
    match states {
        [one, two] => {
            for k in piece.frames() {
                let set = set(k);
                let (_, low) = one.step(read(k), set);
                write(k, two.step(low, set).1);
            }
        }
        [one, ..] => {
            for k in piece.frames() {
                write(k, one.step(read(k), set(k)).1);
            }
        }
        [] => {}
    }
}
