//! Envelopes in lanes: attack, decay to the sustain, release; as [`crate::dsp::envelope`], each segment is the answer of
//! two equal one-poles to a step, so that none has a corner.
//!
//! Fast, its level is computed frame by frame; slow, in steps of 16 frames by the closed form of the same poles.
//!
//! Invariant: the level is continuous whatever happens; a lane whose level has arrived rests exactly there.

use crate::dsp::TICK;
use crate::dsp::lanes::{LANES, Lanes, Number, Two, Vector, Words};

use super::group::Group;
use super::program::{Input, Operation, Program};
use super::rows::{Piece, Rows};
use super::slow::Pass;

/// Rows of state: stage, target, the two poles' distances, their factor, frames left of the attack, and that factor's
/// 16th power.
pub(super) const STATES: usize = 7;
const STAGE: usize = 0;
const TARGET: usize = 1;
const FIRST: usize = 2;
const SECOND: usize = 3;
const KEEP: usize = 4;
const LEFT: usize = 5;
const KEEP_TICK: usize = 6;

/// Stages, as numbers in a row.
const DONE: f32 = 0.0;
const ATTACK: f32 = 1.0;
const DECAY: f32 = 2.0;
const RELEASE: f32 = 3.0;

/// The shortest attack and release, seconds: no click.
const SHORTEST: f32 = 0.001;
/// What has come so near to its target is there: −110 dB.
const NEAR: f32 = 3e-6;

/// Attack, decay, sustain, release of each lane; the event's own take their places, where it is the note's envelope.
#[inline(always)]
pub(super) fn times(operation: &Operation, group: &Group, note: bool) -> [Lanes; 4] {
    let mut times = [Lanes::ZERO; 4];
    for (at, time) in times.iter_mut().enumerate() {
        if let Input::Slow(register) = operation.inputs[at] {
            *time = group.slow[group.plane + usize::from(register)][1];
        }
        if note {
            let given = group.envelope[at];
            *time = given.below(Lanes::ZERO).select(*time, given);
        }
    }
    times
}

fn keep(seconds: f32, rate: f32) -> f32 {
    libm::exp(-1.0 / f64::from((seconds * rate).max(0.5))) as f32
}

/// The state of one envelope.
struct Parts<'a>(&'a mut [Lanes]);

impl Parts<'_> {
    fn set_keep(&mut self, lane: usize, seconds: f32, rate: f32) {
        let keep = keep(seconds, rate);
        self.0[KEEP].0[lane] = keep;
        let four = keep * keep * (keep * keep);
        self.0[KEEP_TICK].0[lane] = four * four * (four * four);
    }

    fn aim(&mut self, lane: usize, target: f32) {
        let move_by = self.0[TARGET].0[lane] - target;
        self.0[FIRST].0[lane] += move_by;
        self.0[SECOND].0[lane] += move_by;
        self.0[TARGET].0[lane] = target;
    }

    fn begin(&mut self, lane: usize, attack: f32, rate: f32) {
        let attack = bounded(attack, SHORTEST);
        self.0[STAGE].0[lane] = ATTACK;
        self.0[TARGET].0[lane] = 1.0;
        self.0[FIRST].0[lane] = -1.0;
        self.0[SECOND].0[lane] = -1.0;
        // (1 + 6)e^-6 = 0.017: at the attack's end it is within 2 % of the peak, and turns round without a corner.
        self.set_keep(lane, attack / 6.0, rate);
        self.0[LEFT].0[lane] = (attack * rate).floor() + 1.0;
    }

    #[cold]
    #[inline(never)]
    fn decay(&mut self, lane: usize, decay: f32, sustain: f32, rate: f32) {
        self.0[STAGE].0[lane] = DECAY;
        self.aim(lane, bounded(sustain, 0.0).min(1.0));
        self.set_keep(lane, bounded(decay, 0.002) / 7.0, rate);
    }

    fn release(&mut self, lane: usize, release: f32, rate: f32) {
        self.0[STAGE].0[lane] = RELEASE;
        self.aim(lane, 0.0);
        // (1 + 9.23)e^-9.23 = 0.001: −60 dB.
        self.set_keep(lane, bounded(release, 0.002) / 9.23, rate);
    }
}

/// Seconds within bounds; `least` where it is no number.
fn bounded(seconds: f32, least: f32) -> f32 {
    if seconds > least { seconds.min(100.0) } else { least }
}

/// Where a number lies between two.
#[inline(always)]
fn between(x: Lanes, low: f32, high: f32) -> Words {
    Lanes::splat(low).below(x) & x.below(Lanes::splat(high))
}

/// Lanes are let go.
#[inline(always)]
fn turn(parts: &mut Parts<'_>, released: Words, times: &[Lanes; 4], rate: f32) {
    let falling = between(parts.0[STAGE], 0.5, 2.5) & released;
    if falling.any() {
        release(parts, falling, times, rate);
    }
}

#[cold]
#[inline(never)]
fn release(parts: &mut Parts<'_>, falling: Words, times: &[Lanes; 4], rate: f32) {
    for lane in 0..LANES {
        if falling.0[lane] != 0 {
            parts.release(lane, times[3].0[lane], rate);
        }
    }
}

#[cold]
#[inline(never)]
fn begin(parts: &mut Parts<'_>, fresh: Words, times: &[Lanes; 4], rate: f32) {
    for lane in 0..LANES {
        if fresh.0[lane] != 0 {
            parts.begin(lane, times[0].0[lane], rate);
        }
    }
}

/// Lanes that have arrived rest; those that rest on nothing are over.
#[inline(always)]
fn settle(parts: &mut Parts<'_>) {
    let moving = Lanes::splat(1.5).below(parts.0[STAGE]);
    let near =
        parts.0[FIRST].abs().below(Lanes::splat(NEAR)) & parts.0[SECOND].abs().below(Lanes::splat(NEAR)) & moving;
    for at in [FIRST, SECOND] {
        parts.0[at] = near.select(Lanes::ZERO, parts.0[at]);
    }
    let silent = near & parts.0[TARGET].below(Lanes::splat(1e-9));
    parts.0[STAGE] = silent.select(Lanes::splat(DONE), parts.0[STAGE]);
}

/// A slow envelope's level at the end of a pass.
#[inline(always)]
pub(super) fn tick(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    times: [Lanes; 4],
    pass: Pass,
) -> Lanes {
    let released = group.released;
    let base = operation.state as usize;
    let Some(state) = group.state.get_mut(base..base + STATES) else { return Lanes::ZERO };
    let mut parts = Parts(state);
    if pass.begins {
        begin(&mut parts, pass.mask, &times, program.rate);
        return parts.0[TARGET] + parts.0[SECOND];
    }
    turn(&mut parts, released & pass.mask, &times, program.rate);
    // An attack that ends within the pass turns where it ends.
    let whole = Lanes::splat(pass.frames as f32);
    let attacking = between(parts.0[STAGE], 0.5, 1.5) & pass.mask;
    let ending = attacking & !whole.below(parts.0[LEFT]);
    if ending.any() {
        turn_round(&mut parts, ending, &times, pass.frames, program.rate);
    }
    let others = pass.mask & !ending;
    parts.0[LEFT] = (attacking & others).select(parts.0[LEFT] - whole, parts.0[LEFT]);
    if pass.frames == TICK {
        // k¹⁶ of both poles: second' = k¹⁶(second + 16(1 − k)·first).
        let (keep, all) = (parts.0[KEEP], parts.0[KEEP_TICK]);
        let (first, second) = (parts.0[FIRST], parts.0[SECOND]);
        let lean = (Lanes::ONE - keep) * Lanes::splat(TICK as f32);
        parts.0[FIRST] = others.select(first * all, first);
        parts.0[SECOND] = others.select((second + lean * first) * all, second);
    } else {
        for lane in 0..LANES {
            if others.0[lane] != 0 {
                step_lane(&mut parts, lane, pass.frames);
            }
        }
    }
    settle(&mut parts);
    parts.0[TARGET] + parts.0[SECOND]
}

/// Attacks that end within some frames go over into the decay, where they end.
#[cold]
#[inline(never)]
fn turn_round(parts: &mut Parts<'_>, ending: Words, times: &[Lanes; 4], frames: usize, rate: f32) {
    for lane in 0..LANES {
        if ending.0[lane] != 0 {
            let left = (parts.0[LEFT].0[lane] as usize).min(frames);
            step_lane(parts, lane, left);
            parts.decay(lane, times[1].0[lane], times[2].0[lane], rate);
            step_lane(parts, lane, frames - left);
        }
    }
}

/// Some frames of one lane.
#[inline(never)]
fn step_lane(parts: &mut Parts<'_>, lane: usize, frames: usize) {
    let keep = parts.0[KEEP].0[lane];
    let pass = 1.0 - keep;
    let (mut first, mut second) = (parts.0[FIRST].0[lane], parts.0[SECOND].0[lane]);
    for _ in 0..frames {
        first *= keep;
        second = second * keep + first * pass;
    }
    parts.0[FIRST].0[lane] = first;
    parts.0[SECOND].0[lane] = second;
}

/// A fast envelope over a piece; lanes whose envelope is over are set in what it gives.
#[inline(always)]
pub(super) fn run<V: Vector>(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    times: [Lanes; 4],
    piece: Piece,
    out: &mut Rows,
) -> Words {
    let (fresh, released) = (group.fresh, group.released);
    let base = operation.state as usize;
    let Some(state) = group.state.get_mut(base..base + STATES) else { return Words::ALL };
    let mut parts = Parts(state);
    if fresh.any() {
        begin(&mut parts, fresh, &times, program.rate);
    }
    turn(&mut parts, released, &times, program.rate);
    if piece.from == 0 {
        settle(&mut parts);
    }
    let mut at = piece.from;
    let to = piece.to.min(TICK);
    while at < to {
        let attacking = between(parts.0[STAGE], 0.5, 1.5);
        let mut count = to - at;
        if attacking.any() {
            for lane in 0..LANES {
                if attacking.0[lane] != 0 {
                    count = count.min((parts.0[LEFT].0[lane] as usize).max(1));
                }
            }
        }
        let target = parts.0[TARGET];
        if (parts.0[FIRST].abs() + parts.0[SECOND].abs()).is(Lanes::ZERO) {
            for row in &mut out[at..at + count] {
                *row = target;
            }
        } else {
            let (mut first, mut second) = (V::from(parts.0[FIRST]), V::from(parts.0[SECOND]));
            let keep = V::from(parts.0[KEEP]);
            let pass = V::splat(1.0) - keep;
            let target = V::from(target);
            for row in &mut out[at..at + count] {
                first = first * keep;
                second = second * keep + first * pass;
                *row = (target + second).into();
            }
            parts.0[FIRST] = first.into();
            parts.0[SECOND] = second.into();
        }
        if attacking.any() {
            for lane in 0..LANES {
                if attacking.0[lane] != 0 {
                    parts.0[LEFT].0[lane] -= count as f32;
                    if parts.0[LEFT].0[lane] <= 0.0 {
                        parts.decay(lane, times[1].0[lane], times[2].0[lane], program.rate);
                    }
                }
            }
        }
        at += count;
    }
    parts.0[STAGE].below(Lanes::splat(0.5))
}

/// A fast envelope over some whole ticks in which no segment begins.
#[derive(Clone, Copy)]
struct Course<V> {
    stage: V,
    target: V,
    first: V,
    second: V,
    keep: V,
}

impl<V: Vector> Course<V> {
    /// `None` where a segment may begin.
    #[inline(always)]
    fn new(operation: &Operation, group: &Group) -> Option<Course<V>> {
        let rows = &group.state[operation.state as usize..];
        let stage = rows[STAGE];
        let turns = between(stage, ATTACK - 0.5, ATTACK + 0.5) | (between(stage, 0.5, DECAY + 0.5) & group.released);
        let at = |row: usize| V::from(rows[row]);
        let course =
            Course { stage: stage.into(), target: at(TARGET), first: at(FIRST), second: at(SECOND), keep: at(KEEP) };
        (!turns.any()).then_some(course)
    }

    /// What has arrived rests, and what rests on nothing is over; whether anything moves still.
    #[inline(always)]
    fn settle(&mut self) -> bool {
        let (near, zero) = (V::splat(NEAR), V::splat(0.0));
        let far = self.first.abs().max(self.second.abs());
        let silent = self.target.if_below(V::splat(1e-9), V::splat(DONE), self.stage);
        self.stage = far.if_below(near, silent, self.stage);
        self.first = far.if_below(near, zero, self.first);
        self.second = far.if_below(near, zero, self.second);
        let moves: Lanes = (self.first.abs() + self.second.abs()).into();
        !moves.is(Lanes::ZERO)
    }

    /// The states into their rows; lanes that are over.
    #[inline(always)]
    fn keep(self, operation: &Operation, group: &mut Group) -> Words {
        let rows = &mut group.state[operation.state as usize..];
        (rows[STAGE], rows[FIRST], rows[SECOND]) = (self.stage.into(), self.first.into(), self.second.into());
        rows[STAGE].below(Lanes::splat(0.5))
    }
}

/// A tick of levels: the two poles one after the other.
#[inline(always)]
fn fall<V: Number>(first: &mut V, second: &mut V, (keep, target): (V, V), mut write: impl FnMut(usize, V)) {
    let pass = V::splat(1.0) - keep;
    for k in 0..TICK {
        *first = *first * keep;
        *second = *second * keep + *first * pass;
        write(k, target + *second);
    }
}

/// A fast envelope over some whole ticks in one go, as [`run`] does it. `None` where a segment may begin in them, and nothing
/// was done.
#[inline(always)]
pub(super) fn run_ticks<V: Vector>(operation: &Operation, group: &mut Group, out: &mut [Rows]) -> Option<Words> {
    let mut course = Course::<V>::new(operation, group)?;
    for rows in out {
        if course.settle() {
            let (first, second) = (&mut course.first, &mut course.second);
            fall(
                first,
                second,
                (course.keep, course.target),
                #[inline(always)]
                |k, level| rows[k] = level.into(),
            );
        } else {
            *rows = [course.target.into(); TICK];
        }
    }
    Some(course.keep(operation, group))
}

/// The same envelope of two groups side by side: each waits for its own sums, so both take little longer than one.
#[inline(always)]
pub(super) fn run_both<V: Vector>(
    operation: &Operation,
    groups: [&mut Group; 2],
    out: [&mut [Rows]; 2],
) -> Option<[Words; 2]> {
    let [one, other] = groups;
    let (mut a, mut b) = (Course::<V>::new(operation, one)?, Course::<V>::new(operation, other)?);
    let [out, other_out] = out;
    for (rows, other_rows) in out.iter_mut().zip(other_out) {
        let moves = [a.settle(), b.settle()];
        if moves == [false; 2] {
            *rows = [a.target.into(); TICK];
            *other_rows = [b.target.into(); TICK];
            continue;
        }
        let (mut first, mut second) = (Two(a.first, b.first), Two(a.second, b.second));
        fall(
            &mut first,
            &mut second,
            (Two(a.keep, b.keep), Two(a.target, b.target)),
            #[inline(always)]
            |k, Two(level, other_level)| {
                rows[k] = level.into();
                other_rows[k] = other_level.into();
            },
        );
        (a.first, b.first) = (first.0, first.1);
        (a.second, b.second) = (second.0, second.1);
    }
    Some([a.keep(operation, one), b.keep(operation, other)])
}
