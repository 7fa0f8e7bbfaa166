//! Two patterns by an operator, with the structure of one of them or of both.
//!
//! Invariant: the right side is read where the left's whole is, so that a fragment never changes a value.

use std::sync::Arc;

use super::arithmetic::Op;
use super::context::Context;
use super::func::{Func, put};
use super::hap::Hap;
use super::node::{Align, Kind, Pattern};
use super::query::retain;
use super::value::Value;
use crate::base::time::Span;

pub(super) fn combine(
    op: Op,
    align: Align,
    left: &Pattern,
    right: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    // Putting a control in is most of what happens: its values go straight into the map of the left.
    if let (Op::Set, Align::In, Kind::Map(Func::Control(names, dimension), values)) = (op, align, right.kind()) {
        structured(left, values, span, ctx, out, |a, b| put(&mut a.value, names, *dimension, &b.value));
        return;
    }
    match align {
        Align::In => structured(left, right, span, ctx, out, |a, b| op.apply_to(&mut a.value, &b.value)),
        Align::Out => structured(right, left, span, ctx, out, |a, b| match op.apply(&b.value, &a.value) {
            Some(value) => {
                a.value = value;
                true
            }
            None => false,
        }),
        Align::Mix => {
            for part in ctx.cycles(span) {
                mix(op, left, right, part, ctx, out);
            }
        }
    }
}

/// The haps of `main`, each with what `other` has in its whole.
fn structured(
    main: &Pattern,
    other: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
    mut join: impl FnMut(&mut Hap, &Hap) -> bool,
) {
    let start = out.len();
    main.query_into(span, ctx, out);
    // One value for all time needs no query and cuts nothing.
    if let Kind::Pure(value, places) = other.kind() {
        let constant = Hap { whole: None, part: span, value: value.clone(), places: places.clone(), shift: 0.0 };
        retain(out, start, |hap| {
            hap.add_places(&constant.places);
            join(hap, &constant)
        });
        return;
    }
    if other.node.pointwise {
        let mut sampled =
            Hap { whole: None, part: span, value: Value::Bool(false), places: super::Places::new(), shift: 0.0 };
        retain(out, start, |hap| match other.sample(hap.onset(), ctx) {
            Some(mut value) => {
                if let Value::Live(live) = &mut value
                    && let Some(live) = Arc::get_mut(live)
                {
                    live.length = hap.whole_or_part().len();
                }
                sampled.value = value;
                join(hap, &sampled)
            }
            None => false,
        });
        return;
    }
    let mut others = ctx.buffer();
    let mut more = ctx.buffer();
    retain(out, start, |hap| {
        others.clear();
        other.query_into(hap.whole_or_part(), ctx, &mut others);
        // Nearly always one value holds for all of the event, which is changed in place.
        if let [other] = &others[..]
            && other.part.begin <= hap.part.begin
            && other.part.end >= hap.part.end
        {
            hap.shift += other.shift;
            hap.add_places(&other.places);
            return join(hap, other);
        }
        let mut found: Option<Hap> = None;
        for other in &others {
            let Some(part) = hap.part.meet(&other.part) else {
                continue;
            };
            let mut joined = hap.clone();
            joined.part = part;
            joined.shift += other.shift;
            joined.add_places(&other.places);
            if !join(&mut joined, other) {
                continue;
            }
            if let Some(previous) = found.replace(joined) {
                more.push(previous);
            }
        }
        match found {
            Some(joined) => {
                *hap = joined;
                true
            }
            None => false,
        }
    });
    out.append(&mut more);
    ctx.give_back(others);
    ctx.give_back(more);
}

/// Where the wholes of both meet.
fn mix(op: Op, left: &Pattern, right: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut lefts = ctx.buffer();
    let mut rights = ctx.buffer();
    left.query_into(span, ctx, &mut lefts);
    right.query_into(span, ctx, &mut rights);
    for a in &lefts {
        for b in &rights {
            if !ctx.burn(1) {
                break;
            }
            let Some(part) = a.part.meet(&b.part) else {
                continue;
            };
            let whole = match (a.whole, b.whole) {
                (Some(x), Some(y)) => x.meet(&y),
                _ => None,
            };
            let Some(value) = op.apply(&a.value, &b.value) else {
                continue;
            };
            let mut places = a.places.clone();
            places.extend(b.places.iter().copied().filter(|place| !a.places.contains(place)));
            out.push(Hap { whole, part, value, places, shift: a.shift + b.shift });
        }
    }
    ctx.give_back(lefts);
    ctx.give_back(rights);
}
