//! What the values of a pattern can be, as far as the tree tells: literals with their places, ranges, controls, scales.
//!
//! Invariant: only what the text wrote out is told; what is computed is not guessed at.

use super::Value;
use super::arithmetic::Op;
use super::func::Func;
use super::node::{Choice, Kind, Pattern};
use super::signal::Wave;
use crate::base::source::Place;

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
        Kind::Map(..)
        | Kind::Combine { .. }
        | Kind::Signal(_)
        | Kind::Smooth(_)
        | Kind::Voicing(_)
        | Kind::Lead(..)
        | Kind::Hole(_) => false,
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

/// What a node takes from a child.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Values of its own.
    Value,
    /// Only when, how often or which.
    Other,
}

/// Calls with each child and its role.
fn by_role(kind: &Kind, visit: &mut dyn FnMut(&Pattern, Role)) {
    let mut value = |p: &Pattern| visit(p, Role::Value);
    match kind {
        Kind::Combine {
            op: Op::KeepIf | Op::Keep | Op::Tail | Op::Scale | Op::ScaleTranspose, left, right, ..
        }
        | Kind::Combine { op: Op::Transpose | Op::Slice, left, right, .. } => {
            value(left);
            visit(right, Role::Other);
        }
        Kind::Combine { op: Op::Set, left, right, .. } => {
            // Only control maps keep anything of the left.
            visit(left, if makes_controls(left) { Role::Value } else { Role::Other });
            visit(right, Role::Value);
        }
        Kind::LateBy(a, p)
        | Kind::Shift(a, p)
        | Kind::Ply(a, p)
        | Kind::Arp(a, p)
        | Kind::Degrade { amount: a, pattern: p, .. } => {
            value(p);
            visit(a, Role::Other);
        }
        Kind::Bind { selector, choice, .. } => {
            choice.each(&mut value);
            visit(selector, if matches!(choice, Choice::Arithmetic(..)) { Role::Value } else { Role::Other });
        }
        Kind::Patterned { arguments, inputs, .. } => {
            inputs.iter().for_each(value);
            arguments.iter().for_each(|p| visit(p, Role::Other));
        }
        Kind::Each { templates, pattern, .. } => {
            value(pattern);
            templates.iter().for_each(value);
        }
        Kind::Into { template, flags, pattern, .. } => {
            value(pattern);
            value(template);
            visit(flags, Role::Other);
        }
        Kind::Table(table) => value(&table.origin),
        kind => kind.children(&mut value),
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
        kind => by_role(kind, &mut |p, role| {
            visit_literals(p, control.filter(|_| role == Role::Value), visit);
        }),
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
        kind => by_role(kind, &mut |p, role| {
            if role == Role::Value {
                visit_values(p, visit);
            }
        }),
    }
}

/// The right side of the first `scale` that the values pass through.
pub(super) fn scale_names(pattern: &Pattern) -> Option<Pattern> {
    match pattern.kind() {
        Kind::Combine { op: Op::Scale, right, .. } => Some(right.clone()),
        kind => {
            let mut found = None;
            by_role(kind, &mut |p, role| {
                if role == Role::Value && found.is_none() {
                    found = scale_names(p);
                }
            });
            found
        }
    }
}

/// Whether its values are controls of events, as far as the tree tells.
pub(super) fn makes_controls(pattern: &Pattern) -> bool {
    match pattern.kind() {
        Kind::Pure(value, _) => matches!(value, Value::Map(_)),
        Kind::Map(Func::Control(..) | Func::Slices(_) | Func::LoopAt(..) | Func::Splice(_), _) => true,
        Kind::Map(Func::Pan(_) | Func::Scaled(..) | Func::As(_), _)
        | Kind::Voicing(_)
        | Kind::Lead(..)
        | Kind::Chop(..) => true,
        Kind::Map(Func::Plain(super::func::Simple::Fit), _) => true,
        Kind::Map(Func::Field(_), _) => false,
        // As `by_role` has it, and without asking the left twice: that would double at each link of a chain.
        Kind::Combine { op: Op::Set, left, right, .. } => makes_controls(right) || makes_controls(left),
        kind => {
            let mut any = false;
            by_role(kind, &mut |p, role| any = any || role == Role::Value && makes_controls(p));
            any
        }
    }
}
