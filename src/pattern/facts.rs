//! What is known of a node without a query: its steps, after how many cycles it repeats, whether it has events.
//!
//! Invariant: a fact follows from the node and the facts of its children; it is found once, when the node is made.

use super::Value;
use super::node::{Align, Choice, Join, Kind, Pattern};
use super::signal::{Cyclic, Wave};
use crate::base::time::Time;

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The least common multiple; `None` where it is beyond what is worth writing out.
pub(super) fn lcm(a: u32, b: u32) -> Option<u32> {
    let multiple = u64::from(a) / gcd(u64::from(a), u64::from(b)).max(1) * u64::from(b);
    u32::try_from(multiple).ok().filter(|multiple| (1..=4096).contains(multiple))
}

fn lcm_all(periods: impl IntoIterator<Item = Option<u32>>) -> Option<u32> {
    periods.into_iter().try_fold(1, |all, period| lcm(all, period?))
}

/// The least common multiple of two step counts.
pub(super) fn lcm_steps(a: Time, b: Time) -> Option<Time> {
    if a.signum() <= 0 || b.signum() <= 0 {
        return None;
    }
    let num = u64::try_from(a.num()).ok()? / gcd(a.num() as u64, b.num() as u64) * b.num() as u64;
    Some(Time::new(i64::try_from(num).ok()?, gcd(a.den() as u64, b.den() as u64) as i64))
}

impl Kind {
    /// The step count that follows from the node itself.
    pub(super) fn natural_steps(&self) -> Option<Time> {
        match self {
            Kind::Pure(..) | Kind::Silence => Some(Time::ONE),
            Kind::Sequence(steps) => Some(Time::int(steps.len() as i64)),
            Kind::Slowcat(patterns) | Kind::Stack(patterns) => {
                let mut all = patterns.iter().map(Pattern::steps);
                let first = all.next()??;
                all.try_fold(first, |sum, steps| lcm_steps(sum, steps?))
            }
            Kind::Every { no: p, .. }
            | Kind::Fast(_, p)
            | Kind::Late(_, p)
            | Kind::LateBy(_, p)
            | Kind::Shift(_, p)
            | Kind::Rev(p)
            | Kind::Compress(_, p)
            | Kind::RepeatCycles(_, p)
            | Kind::Press(_, p)
            | Kind::Map(_, p)
            | Kind::Degrade { pattern: p, .. }
            | Kind::Within { pattern: p, .. }
            | Kind::Only { pattern: p, .. }
            | Kind::Voicing(p)
            | Kind::Lead(_, p)
            | Kind::Strum(_, p)
            | Kind::Rolled(_, p)
            | Kind::Humanise { pattern: p, .. }
            | Kind::Steps(p) => p.steps(),
            Kind::Zoom(span, p) => p.steps().map(|steps| steps * span.len()),
            Kind::Ply(n, p) => match n.constant().and_then(Value::time) {
                Some(n) => p.steps().map(|steps| steps * n),
                None => None,
            },
            Kind::Chop(n, p) => p.steps().map(|steps| steps * Time::int(*n)),
            Kind::Segment(n, _) => Some(*n),
            Kind::Combine { align: Align::In, left, .. } => left.steps(),
            Kind::Combine { align: Align::Out, right, .. } => right.steps(),
            Kind::Combine { align: Align::Mix, left, right, .. } => lcm_steps(left.steps()?, right.steps()?),
            Kind::Table(table) => table.origin.steps(),
            _ => None,
        }
    }

    /// After how many cycles the node repeats, from its children's periods.
    pub(super) fn period(&self) -> Option<u32> {
        match self {
            Kind::Silence | Kind::Pure(..) => Some(1),
            Kind::Signal(Wave::Cyclic(_)) => Some(1),
            Kind::Signal(_)
            | Kind::Degrade { .. }
            | Kind::Lottery { .. }
            | Kind::Shuffle { .. }
            | Kind::Humanise { .. }
            | Kind::LateBy(..)
            | Kind::Smooth(_)
            | Kind::Live(_)
            | Kind::Hole(_)
            | Kind::Each { .. }
            | Kind::Into { .. } => None,
            // Built anew for values that the tree does not tell: a factor of 0.82 moves each cycle to another place.
            Kind::Patterned { .. } => None,
            Kind::Map(func, p) => {
                if func.reads_tempo() {
                    None
                } else {
                    p.period()
                }
            }
            Kind::Slowcat(patterns) => {
                let inner = lcm_all(patterns.iter().map(Pattern::period))?;
                u32::try_from(patterns.len()).ok()?.checked_mul(inner).filter(|period| *period <= 4096)
            }
            Kind::Every { period, yes, no, .. } => lcm(u32::try_from(*period).ok()?, lcm(yes.period()?, no.period()?)?),
            Kind::Fast(factor, p) => {
                // The least n with n · factor a multiple of the inner period.
                let inner = u64::from(p.period()?).checked_mul(u64::try_from(factor.den()).ok()?)?;
                let num = u64::try_from(factor.num()).ok()?;
                u32::try_from(inner / gcd(inner, num)).ok().filter(|period| *period <= 4096)
            }
            Kind::Ribbon(begin, length, _) if length.is_int() && begin.is_int() => {
                u32::try_from(length.num()).ok().filter(|period| (1..=4096).contains(period))
            }
            Kind::Ribbon(..) => None,
            Kind::RepeatCycles(n, p) if n.is_int() && n.signum() > 0 => {
                u32::try_from(n.num()).ok()?.checked_mul(p.period()?).filter(|period| *period <= 4096)
            }
            Kind::RepeatCycles(..) => None,
            Kind::Lead(_, p) => lcm(p.period()?, super::harmony::lead::BLOCK as u32),
            Kind::Segment(n, p) => lcm(p.period()?, u32::try_from(n.den()).ok()?),
            Kind::Ply(n, p) => match n.constant().and_then(Value::time) {
                Some(times) => lcm(p.period()?, u32::try_from(times.den()).ok()?),
                // Copies of a broken number of repeats lie elsewhere in each cycle; a signal may give any.
                None => n.possible_values(64)?.iter().try_fold(lcm(n.period()?, p.period()?)?, |all, times| {
                    lcm(all, u32::try_from(times.time()?.den()).ok()?)
                }),
            },
            Kind::Table(table) => u32::try_from(table.cycles.len()).ok(),
            Kind::Bind { join: Join::Restart, selector, choice } => {
                // Restarted patterns count from each onset; the written-out inner still has to be periodic.
                Kind::restarted_period(selector, choice)
            }
            Kind::Zoom(span, p) if span.begin.signum() < 0 || span.end > Time::ONE => {
                let _ = p;
                None
            }
            _ => {
                let mut all = Some(1);
                self.children(&mut |child| all = all.and_then(|all| lcm(all, child.period()?)));
                all
            }
        }
    }

    fn restarted_period(selector: &Pattern, choice: &Choice) -> Option<u32> {
        let mut all = selector.period();
        choice.each(&mut |child| {
            if child.period().is_none() {
                all = None;
            }
        });
        all
    }

    /// Whether it is one value at each point of time: a signal bent and calculated with, nothing cut or stacked.
    pub(super) fn is_pointwise(&self) -> bool {
        match self {
            Kind::Signal(Wave::Cyclic(Cyclic::Tri | Cyclic::Itri)) => false,
            Kind::Signal(_) | Kind::Live(_) => true,
            Kind::Map(func, p) => p.node.pointwise && func.is_pure(),
            Kind::Fast(_, p) | Kind::Late(_, p) | Kind::Steps(p) => p.node.pointwise,
            Kind::Combine { align: Align::In, left, right, .. } => {
                left.node.pointwise && (right.node.pointwise || right.constant().is_some())
            }
            _ => false,
        }
    }

    /// Whether the node has no events of its own.
    pub(super) fn is_continuous(&self) -> bool {
        match self {
            Kind::Signal(_) => true,
            Kind::Stack(patterns) | Kind::Slowcat(patterns) => patterns.iter().any(Pattern::is_continuous),
            Kind::Sequence(steps) => steps.iter().any(|step| step.pattern.is_continuous()),
            Kind::Every { yes, no, .. } => yes.is_continuous() || no.is_continuous(),
            Kind::Fast(_, p)
            | Kind::Late(_, p)
            | Kind::LateBy(_, p)
            | Kind::Shift(_, p)
            | Kind::Rev(p)
            | Kind::Compress(_, p)
            | Kind::Zoom(_, p)
            | Kind::Ribbon(_, _, p)
            | Kind::RepeatCycles(_, p)
            | Kind::Map(_, p)
            | Kind::Degrade { pattern: p, .. }
            | Kind::Steps(p) => p.is_continuous(),
            Kind::Smooth(_) | Kind::Live(_) => true,
            Kind::Lottery { patterns, .. } => patterns.iter().any(|(_, p)| p.is_continuous()),
            Kind::Combine { align: Align::In, left, .. } => left.is_continuous(),
            Kind::Combine { align: Align::Out, right, .. } => right.is_continuous(),
            Kind::Combine { align: Align::Mix, left, right, .. } => left.is_continuous() && right.is_continuous(),
            Kind::Bind { join: Join::Outer, selector, .. } => selector.is_continuous(),
            Kind::Bind { join: Join::Inner, choice, .. } => {
                let mut any = false;
                choice.each(&mut |p| any |= p.is_continuous());
                any
            }
            Kind::Patterned { join: Join::Inner, inputs, .. } => inputs.iter().any(Pattern::is_continuous),
            _ => false,
        }
    }
}
