//! Slow operations: once in 16 frames, where a value will stand at their end.
//!
//! Invariant: only the lanes of the mask move; an operation reads the ends of its inputs.

use crate::base::graph::{Arithmetic, Given};
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{Lanes, Vector, Words, exp2, log2, power, tanh};

use super::envelopes;
use super::group::Group;
use super::movement;
use super::program::{Input, Operation, Program, What};
use super::shapes;

/// What a pass does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// The lanes that it is for.
    pub(super) mask: Words,
    /// Frames by which what moves by itself moves on; 0 at an onset.
    pub(super) frames: usize,
    /// Whether the lanes begin.
    pub(super) begins: bool,
}

/// Runs a list of slow operations.
#[inline(always)]
pub(super) fn run<V: Vector>(list: &[Operation], program: &Program, group: &mut Group, pass: Pass) {
    let all = pass.mask == Words::ALL && !pass.begins;
    for operation in list {
        let value = evaluate::<V>(operation, program, group, pass);
        let [start, end] = &mut group.slow[group.plane + usize::from(operation.to)];
        if all {
            // As below, the short way.
            (*start, *end) = (*end, value);
            continue;
        }
        *start = pass.mask.select(if pass.begins { value } else { *end }, *start);
        *end = pass.mask.select(value, *end);
    }
}

/// Runs the slow list over some whole ticks, for all lanes. Each operation computes all of them before the next does: what
/// it reads of others is as it stood at the same tick.
#[inline(always)]
pub(super) fn run_ticks<V: Vector>(program: &Program, group: &mut Group, ticks: usize) {
    let now = group.plane;
    let whole = Pass { mask: Words::ALL, frames: TICK, begins: false };
    for operation in &program.slow {
        let to = usize::from(operation.to);
        let mut start = group.slow[now + to][1];
        for tick in 0..ticks {
            group.plane = group.plane_of(tick);
            let end = evaluate::<V>(operation, program, group, whole);
            let at = group.plane + to;
            group.slow[at] = [start, end];
            start = end;
        }
    }
    group.plane = group.plane_of(ticks - 1);
}

#[inline(always)]
fn evaluate<V: Vector>(operation: &Operation, program: &Program, group: &mut Group, pass: Pass) -> Lanes {
    let read = |group: &Group, at: usize| match operation.inputs[at] {
        Input::Slow(register) => group.slow[group.plane + usize::from(register)][1],
        Input::Fast(at) => group.heard[usize::from(at)],
    };
    match operation.what {
        What::Given(given) => given_value(given, group),
        What::Parameter(index) => parameter(operation, group, index, pass),
        What::Arithmetic(op) => {
            let (a, b) = (read(group, 0), read(group, 1));
            arithmetic::<V>(op, a.into(), b.into()).into()
        }
        What::Unit(kind) => match kind {
            Kind::Env | Kind::Adsr => {
                let times = envelopes::times(operation, group, kind == Kind::Adsr);
                envelopes::tick(operation, program, group, times, pass)
            }
            Kind::Lfo => {
                let inputs = [read(group, 0), read(group, 1), read(group, 2), read(group, 3)];
                movement::lfo(operation, program, group, inputs, pass)
            }
            Kind::Line => {
                let inputs = [read(group, 0), read(group, 1), read(group, 2), read(group, 3), read(group, 4)];
                movement::line(operation, program, group, inputs, pass)
            }
            Kind::Hold => {
                let inputs = [read(group, 0), read(group, 1)];
                movement::hold(operation, program, group, inputs, pass)
            }
            _ => stateless::<V>(kind, [read(group, 0).into(), read(group, 1).into(), read(group, 2).into()]).into(),
        },
        What::Read(_) | What::Write(_) => Lanes::ZERO,
    }
}

/// What the note gives.
#[inline(always)]
pub(super) fn given_value(given: Given, group: &Group) -> Lanes {
    match given {
        Given::Freq => frequency(group.note + group.bend),
        Given::Note => group.note + group.bend,
        Given::Gate => group.released.select(Lanes::ZERO, Lanes::ONE),
        Given::Velocity => group.velocity,
        Given::Dur => group.dur,
        Given::Beat => group.beat,
        Given::InLeft | Given::InRight => Lanes::ZERO,
    }
}

/// The frequency of note numbers, Hz.
#[inline(always)]
fn frequency(note: Lanes) -> Lanes {
    exp2((note - Lanes::splat(69.0)) / Lanes::splat(12.0)) * Lanes::splat(440.0)
}

/// Three poles behind the wanted value, so that no move is heard; at the onset it is there at once.
#[inline(always)]
fn parameter(operation: &Operation, group: &mut Group, index: u16, pass: Pass) -> Lanes {
    let wanted = group.parameters.get(usize::from(index)).copied().unwrap_or(Lanes::ZERO);
    let base = operation.state as usize;
    let Some([a, b, c, d]) = group.state.get_mut(base..base + 4) else { return wanted };
    if pass.begins {
        for row in [&mut *a, &mut *b, &mut *c, &mut *d] {
            *row = pass.mask.select(wanted, *row);
        }
        return wanted;
    }
    let pole = Lanes::splat(0.3);
    let mut from = wanted;
    for row in [&mut *a, &mut *b, &mut *c, &mut *d] {
        let next = *row + (from - *row) * pole;
        // What has nearly arrived is there: an exact value costs nothing.
        let near = (from - next).abs().below(from.abs() * Lanes::splat(2e-7) + Lanes::splat(1e-12));
        let next = near.select(from, next);
        *row = pass.mask.select(next, *row);
        from = next;
    }
    from
}

/// Two numbers.
#[inline(always)]
fn arithmetic<V: Vector>(op: Arithmetic, a: V, b: V) -> V {
    match op {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => a / V::from(divisor(b.into())),
        Arithmetic::Rem => remainder(a.into(), b.into()).into(),
    }
}

/// A divisor that is never 0: 1e-9 with its sign, where it is nearer.
#[inline(always)]
pub(super) fn divisor(b: Lanes) -> Lanes {
    let least = (Lanes::splat(1e-9).to_bits() | (b.to_bits() & Words::splat(1 << 31))).to_lanes();
    b.abs().below(Lanes::splat(1e-9)).select(least, b)
}

/// With the sign of the divisor; 0 by 0.
#[inline(always)]
pub(super) fn remainder(a: Lanes, b: Lanes) -> Lanes {
    let rest = a - (a / divisor(b)).floor() * b;
    b.abs().below(Lanes::splat(1e-9)).select(Lanes::ZERO, rest)
}

/// Units that calculate.
#[inline(always)]
pub(super) fn stateless<V: Vector>(kind: Kind, [a, b, c]: [V; 3]) -> V {
    match kind {
        Kind::Abs => a.abs(),
        Kind::Min => a.min(b),
        Kind::Max => a.max(b),
        Kind::Clamp => a.max(b).min(c),
        Kind::Pow => power(Lanes::abs(a.into()), b.into()).into(),
        Kind::Exp2 => exp2(a),
        Kind::Log2 => {
            let a: Lanes = a.into();
            let none = Lanes::splat(1e-30).below(a);
            none.select(log2(a), Lanes::splat(-100.0)).into()
        }
        Kind::Floor => a.floor(),
        Kind::Sqrt => Lanes::sqrt_of_positive(a.into()).into(),
        Kind::Clip => a.min(b.abs()).max(V::splat(0.0) - b.abs()),
        Kind::Tanh => tanh(a),
        Kind::Fold => shapes::fold(a),
        Kind::Crush => shapes::crush(a.into(), b.into()).into(),
        _ => a,
    }
}
