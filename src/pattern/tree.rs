//! Walks over a tree: children, steps, period, literals.
//!
//! Invariant: whatever a node holds that is a pattern is among its children.

use super::Value;
use super::arithmetic::Op;
use super::func::Func;
use super::node::{Align, Choice, Join, Kind, Pattern};
use super::signal::{Cyclic, Wave};
use crate::base::source::Place;
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

impl Choice {
    fn each(&self, visit: &mut dyn FnMut(&Pattern)) {
        match self {
            Choice::Index(list, _) => list.iter().for_each(visit),
            Choice::Word(map) => map.iter().for_each(|(_, pattern)| visit(pattern)),
            Choice::Arithmetic(_, other, _) => visit(other),
            Choice::Truth(no, yes) => {
                visit(no);
                visit(yes);
            }
            Choice::Cases(cases) => cases.iter().for_each(|(_, pattern)| visit(pattern)),
        }
    }

    fn map(&self, change: &mut dyn FnMut(&Pattern) -> Pattern) -> Choice {
        match self {
            Choice::Index(list, wrap) => Choice::Index(list.iter().map(change).collect(), *wrap),
            Choice::Word(map) => Choice::Word(map.iter().map(|(word, p)| (word.clone(), change(p))).collect()),
            Choice::Arithmetic(op, other, flip) => Choice::Arithmetic(*op, change(other), *flip),
            Choice::Truth(no, yes) => Choice::Truth(change(no), change(yes)),
            Choice::Cases(cases) => Choice::Cases(cases.iter().map(|(v, p)| (v.clone(), change(p))).collect()),
        }
    }
}

impl Kind {
    /// Calls with each child, in order.
    pub fn children(&self, visit: &mut dyn FnMut(&Pattern)) {
        match self {
            Kind::Silence
            | Kind::Pure(..)
            | Kind::Signal(_)
            | Kind::Shuffle { .. }
            | Kind::Hole(_)
            | Kind::Table(_) => {}
            Kind::Sequence(steps) => steps.iter().for_each(|step| visit(&step.pattern)),
            Kind::Slowcat(patterns) | Kind::Stack(patterns) => patterns.iter().for_each(visit),
            Kind::Every { yes: a, no: b, .. }
            | Kind::LateBy(a, b)
            | Kind::Shift(a, b)
            | Kind::Ply(a, b)
            | Kind::Arp(a, b)
            | Kind::Combine { left: a, right: b, .. }
            | Kind::Degrade { amount: a, pattern: b, .. } => {
                visit(a);
                visit(b);
            }
            Kind::Fast(_, p)
            | Kind::Late(_, p)
            | Kind::Rev(p)
            | Kind::Compress(_, p)
            | Kind::Zoom(_, p)
            | Kind::Ribbon(_, _, p)
            | Kind::RepeatCycles(_, p)
            | Kind::Press(_, p)
            | Kind::Chop(_, p)
            | Kind::Segment(_, p)
            | Kind::Map(_, p)
            | Kind::Within { pattern: p, .. }
            | Kind::Voicing(p)
            | Kind::Strum(_, p)
            | Kind::Humanise { pattern: p, .. }
            | Kind::Smooth(p)
            | Kind::Only { pattern: p, .. }
            | Kind::Steps(p) => visit(p),
            Kind::Bind { selector, choice, .. } => {
                visit(selector);
                choice.each(visit);
            }
            Kind::Patterned { arguments, inputs, .. } => arguments.iter().chain(inputs.iter()).for_each(visit),
            Kind::Lottery { patterns, .. } => patterns.iter().for_each(|(_, pattern)| visit(pattern)),
            Kind::Each { templates, pattern, .. } => {
                templates.iter().for_each(&mut *visit);
                visit(pattern);
            }
            Kind::Into { template, flags, pattern, .. } => {
                visit(template);
                visit(flags);
                visit(pattern);
            }
        }
    }

    /// The same node with each child changed.
    pub(super) fn map_children(&self, change: &mut dyn FnMut(&Pattern) -> Pattern) -> Kind {
        match self {
            Kind::Silence => Kind::Silence,
            Kind::Pure(value, places) => Kind::Pure(value.clone(), places.clone()),
            Kind::Signal(wave) => Kind::Signal(wave.clone()),
            Kind::Shuffle { key, count } => Kind::Shuffle { key: *key, count: *count },
            Kind::Hole(id) => Kind::Hole(*id),
            Kind::Table(table) => table.origin.kind().map_children(change),
            Kind::Sequence(steps) => Kind::Sequence(
                steps.iter().map(|s| super::Step { begin: s.begin, end: s.end, pattern: change(&s.pattern) }).collect(),
            ),
            Kind::Slowcat(patterns) => Kind::Slowcat(patterns.iter().map(change).collect()),
            Kind::Stack(patterns) => Kind::Stack(patterns.iter().map(change).collect()),
            Kind::Every { period, phase, yes, no } => {
                Kind::Every { period: *period, phase: *phase, yes: change(yes), no: change(no) }
            }
            Kind::Fast(f, p) => Kind::Fast(*f, change(p)),
            Kind::Late(t, p) => Kind::Late(*t, change(p)),
            Kind::LateBy(a, p) => Kind::LateBy(change(a), change(p)),
            Kind::Shift(a, p) => Kind::Shift(change(a), change(p)),
            Kind::Rev(p) => Kind::Rev(change(p)),
            Kind::Compress(s, p) => Kind::Compress(*s, change(p)),
            Kind::Zoom(s, p) => Kind::Zoom(*s, change(p)),
            Kind::Ribbon(b, l, p) => Kind::Ribbon(*b, *l, change(p)),
            Kind::RepeatCycles(n, p) => Kind::RepeatCycles(*n, change(p)),
            Kind::Ply(n, p) => Kind::Ply(change(n), change(p)),
            Kind::Press(r, p) => Kind::Press(*r, change(p)),
            Kind::Chop(n, p) => Kind::Chop(*n, change(p)),
            Kind::Segment(n, p) => Kind::Segment(*n, change(p)),
            Kind::Map(func, p) => Kind::Map(func.clone(), change(p)),
            Kind::Combine { op, align, left, right } => {
                Kind::Combine { op: *op, align: *align, left: change(left), right: change(right) }
            }
            Kind::Bind { join, selector, choice } => {
                Kind::Bind { join: *join, selector: change(selector), choice: choice.map(change) }
            }
            Kind::Patterned { function, join, arguments, inputs } => Kind::Patterned {
                function,
                join: *join,
                arguments: arguments.iter().map(&mut *change).collect(),
                inputs: inputs.iter().map(change).collect(),
            },
            Kind::Degrade { key, cycles, invert, amount, pattern } => Kind::Degrade {
                key: *key,
                cycles: *cycles,
                invert: *invert,
                amount: change(amount),
                pattern: change(pattern),
            },
            Kind::Lottery { key, patterns } => {
                Kind::Lottery { key: *key, patterns: patterns.iter().map(|(w, p)| (*w, change(p))).collect() }
            }
            Kind::Within { span, inside, pattern } => {
                Kind::Within { span: *span, inside: *inside, pattern: change(pattern) }
            }
            Kind::Arp(a, p) => Kind::Arp(change(a), change(p)),
            Kind::Voicing(p) => Kind::Voicing(change(p)),
            Kind::Strum(t, p) => Kind::Strum(*t, change(p)),
            Kind::Humanise { key, seconds, share, pattern } => {
                Kind::Humanise { key: *key, seconds: *seconds, share: *share, pattern: change(pattern) }
            }
            Kind::Smooth(p) => Kind::Smooth(change(p)),
            Kind::Each { hole, templates, pattern } => Kind::Each {
                hole: *hole,
                templates: templates.iter().map(&mut *change).collect(),
                pattern: change(pattern),
            },
            Kind::Into { hole, template, flags, pattern } => {
                Kind::Into { hole: *hole, template: change(template), flags: change(flags), pattern: change(pattern) }
            }
            Kind::Only { control, word, inside, pattern } => {
                Kind::Only { control: control.clone(), word: word.clone(), inside: *inside, pattern: change(pattern) }
            }
            Kind::Steps(p) => Kind::Steps(change(p)),
        }
    }

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
            | Kind::Strum(_, p)
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
            | Kind::Hole(_)
            | Kind::Each { .. }
            | Kind::Into { .. } => None,
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
            Kind::Segment(n, p) => lcm(p.period()?, u32::try_from(n.den()).ok()?),
            Kind::Ply(n, p) => match n.constant().and_then(Value::time) {
                Some(times) => lcm(p.period()?, u32::try_from(times.den()).ok()?),
                None => lcm(n.period()?, p.period()?),
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
            Kind::Signal(_) => true,
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
            Kind::Smooth(_) => true,
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

/// The least and the greatest number that a signal can be, where the tree tells.
pub(super) fn bounds(pattern: &Pattern) -> Option<(f64, f64)> {
    let through = |op: Op, value: &Value, (low, high): (f64, f64)| {
        let by = |x: f64| op.apply(&Value::Float(x), value).and_then(|value| value.number());
        let (a, b) = (by(low)?, by(high)?);
        Some((a.min(b), a.max(b)))
    };
    match pattern.kind() {
        Kind::Signal(Wave::Cyclic(_) | Wave::Rand(_) | Wave::Perlin(_)) => Some((0.0, 1.0)),
        Kind::Pure(value, _) => value.number().map(|number| (number, number)),
        Kind::Map(Func::Right(op @ (Op::Add | Op::Sub | Op::Mul | Op::Div), value), p) => {
            through(*op, value, bounds(p)?)
        }
        Kind::Map(Func::Range(width, low), p) => through(Op::Add, low, through(Op::Mul, width, bounds(p)?)?),
        Kind::Fast(_, p) | Kind::Late(_, p) => bounds(p),
        _ => None,
    }
}

/// The distinct values that a pattern can have, where the tree tells them; at most `limit`.
pub(super) fn possible_values(pattern: &Pattern, limit: usize, found: &mut Vec<Value>) -> bool {
    match pattern.kind() {
        Kind::Pure(value, _) => {
            if !found.contains(value) {
                found.push(value.clone());
            }
            found.len() <= limit
        }
        Kind::Silence => true,
        Kind::Table(table) => possible_values(&table.origin, limit, found),
        Kind::Map(..) | Kind::Combine { .. } | Kind::Signal(_) | Kind::Smooth(_) | Kind::Voicing(_) | Kind::Hole(_) => {
            false
        }
        Kind::Shuffle { .. } | Kind::Arp(..) | Kind::Chop(..) | Kind::Humanise { .. } => false,
        Kind::Each { .. } | Kind::Into { .. } => false,
        Kind::Bind { choice, .. } => {
            if matches!(choice, Choice::Arithmetic(..)) {
                return false;
            }
            let mut all = true;
            choice.each(&mut |p| all = all && possible_values(p, limit, found));
            all
        }
        Kind::Patterned { inputs, .. } => inputs.iter().all(|p| possible_values(p, limit, found)),
        Kind::Degrade { pattern, .. } => possible_values(pattern, limit, found),
        Kind::LateBy(_, p) | Kind::Shift(_, p) | Kind::Ply(_, p) => possible_values(p, limit, found),
        kind => {
            let mut all = true;
            kind.children(&mut |p| all = all && possible_values(p, limit, found));
            all
        }
    }
}

/// Calls with each child that values come from, and then with those that only say when, how often or which.
fn by_role(kind: &Kind, values: &mut dyn FnMut(&Pattern), others: &mut dyn FnMut(&Pattern)) {
    match kind {
        Kind::Combine {
            op: Op::KeepIf | Op::Keep | Op::Tail | Op::Scale | Op::ScaleTranspose, left, right, ..
        }
        | Kind::Combine { op: Op::Transpose | Op::Slice, left, right, .. } => {
            values(left);
            others(right);
        }
        Kind::Combine { op: Op::Set, left, right, .. } => {
            // Only control maps keep anything of the left.
            if makes_controls(left) {
                values(left);
            } else {
                others(left);
            }
            values(right);
        }
        Kind::LateBy(a, p)
        | Kind::Shift(a, p)
        | Kind::Ply(a, p)
        | Kind::Arp(a, p)
        | Kind::Degrade { amount: a, pattern: p, .. } => {
            values(p);
            others(a);
        }
        Kind::Bind { selector, choice, .. } => {
            choice.each(values);
            if matches!(choice, Choice::Arithmetic(..)) { values(selector) } else { others(selector) }
        }
        Kind::Patterned { arguments, inputs, .. } => {
            inputs.iter().for_each(values);
            arguments.iter().for_each(others);
        }
        Kind::Each { templates, pattern, .. } => {
            values(pattern);
            templates.iter().for_each(values);
        }
        Kind::Into { template, flags, pattern, .. } => {
            values(pattern);
            values(template);
            others(flags);
        }
        Kind::Table(table) => values(&table.origin),
        kind => kind.children(values),
    }
}

/// Calls with each literal of the text below `pattern` and the control that it feeds.
pub(super) fn visit_literals(
    pattern: &Pattern,
    control: Option<&str>,
    visit: &mut dyn FnMut(Option<&str>, &Value, Place),
) {
    match pattern.kind() {
        Kind::Pure(Value::Map(map), places) => {
            for (i, (name, value)) in map.iter().enumerate() {
                // A constant control keeps the places of its atoms, one after another.
                if let Some(place) = places.get(i).or(places.first()) {
                    visit(Some(name.as_str()), value, *place);
                }
            }
        }
        Kind::Pure(value, places) => {
            for place in places {
                visit(control, value, *place);
            }
        }
        Kind::Map(func @ Func::Control(..), p) => visit_literals(p, func.control_name(), visit),
        kind => {
            let (mut values, mut others) = (Vec::new(), Vec::new());
            by_role(kind, &mut |p| values.push(p.clone()), &mut |p| others.push(p.clone()));
            for p in &values {
                visit_literals(p, control, visit);
            }
            for p in &others {
                visit_literals(p, None, visit);
            }
        }
    }
}

/// Calls with each literal that the pattern's own values come from.
pub(super) fn visit_values(pattern: &Pattern, visit: &mut dyn FnMut(&Value, Place)) {
    match pattern.kind() {
        Kind::Pure(value, places) => {
            if let Some(place) = places.first() {
                visit(value, *place);
            }
        }
        Kind::Map(Func::Right(..) | Func::Left(..) | Func::Range(..) | Func::RangeX(..), p) => visit_values(p, visit),
        Kind::Map(..) => {}
        kind => by_role(kind, &mut |p| visit_values(p, visit), &mut |_| {}),
    }
}

/// The right side of the first `scale` that the values pass through.
pub(super) fn scale_names(pattern: &Pattern) -> Option<Pattern> {
    match pattern.kind() {
        Kind::Combine { op: Op::Scale, right, .. } => Some(right.clone()),
        kind => {
            let mut found = None;
            by_role(kind, &mut |p| found = found.take().or_else(|| scale_names(p)), &mut |_| {});
            found
        }
    }
}

/// Whether its values are controls of events, as far as the tree tells.
pub(super) fn makes_controls(pattern: &Pattern) -> bool {
    match pattern.kind() {
        Kind::Pure(value, _) => matches!(value, Value::Map(_)),
        Kind::Map(Func::Control(..) | Func::Slices(_) | Func::LoopAt(..) | Func::Splice(_), _) => true,
        Kind::Map(Func::Pan(_) | Func::As(_), _) | Kind::Voicing(_) | Kind::Chop(..) => true,
        Kind::Map(Func::Plain(super::func::Simple::Fit), _) => true,
        Kind::Map(Func::Field(_), _) => false,
        kind => {
            let mut any = false;
            by_role(kind, &mut |p| any = any || makes_controls(p), &mut |_| {});
            any
        }
    }
}
