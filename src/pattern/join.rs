//! Patterns that choose patterns: the joins, and constructors whose numbers are patterned.
//!
//! Invariant: parts are cut where the outer pattern's parts are; wholes come from where the join says.

use super::context::Context;
use super::hap::Hap;
use super::node::{Align, Choice, Join, Kind, Pattern, Patterned};
use super::query::{retain, warp};
use super::value::Value;
use crate::base::time::Span;

pub(super) fn bind(join: Join, selector: &Pattern, choice: &Choice, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut outers = ctx.buffer();
    selector.query_into(span, ctx, &mut outers);
    for outer in &outers {
        match choice {
            Choice::Arithmetic(op, other, flip) => {
                let constant = Pattern::new(Kind::Pure(outer.value.clone(), outer.places.clone()));
                let (left, right) = if *flip { (constant, other.clone()) } else { (other.clone(), constant) };
                let align = if *flip { Align::Out } else { Align::In };
                let inner = Pattern::new(Kind::Combine { op: *op, align, left, right });
                joined(join, outer, &inner, span, ctx, out);
            }
            _ => {
                if let Some(inner) = choice.pick(&outer.value) {
                    joined(join, outer, inner, span, ctx, out);
                }
            }
        }
    }
    ctx.give_back(outers);
}

impl Choice {
    fn pick(&self, value: &Value) -> Option<&Pattern> {
        match self {
            Choice::Index(list, wrap) => {
                let count = list.len() as i64;
                let number = value.number()?;
                if count == 0 {
                    return None;
                }
                let at = (number + 0.5).floor().clamp(-1e15, 1e15) as i64;
                let at = if *wrap { at.rem_euclid(count) } else { at.clamp(0, count - 1) };
                list.get(at as usize)
            }
            Choice::Word(map) => {
                let key = value.to_string();
                map.iter().find(|(word, _)| **word == *key).map(|(_, pattern)| pattern)
            }
            Choice::Truth(no, yes) => Some(if value.truth() { yes } else { no }),
            Choice::Cases(cases) => cases.iter().find(|(case, _)| case == value).map(|(_, pattern)| pattern),
            Choice::Arithmetic(..) => None,
        }
    }
}

fn joined(join: Join, outer: &Hap, inner: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    match join {
        Join::Inner | Join::Outer | Join::Mix => {
            inner.query_into(outer.part, ctx, out);
            for hap in &mut out[start..] {
                match join {
                    Join::Outer => hap.whole = outer.whole,
                    Join::Mix => {
                        hap.whole = match (outer.whole, hap.whole) {
                            (Some(a), Some(b)) => a.meet(&b),
                            _ => None,
                        }
                    }
                    _ => {}
                }
            }
        }
        Join::Squeeze => {
            let Some(whole) = outer.whole.filter(|whole| !whole.is_empty()) else {
                return;
            };
            let (cycle, length) = (whole.begin.floor(), whole.len());
            inner.query_into(outer.part.map(|t| (t - whole.begin) / length + cycle), ctx, out);
            for hap in &mut out[start..] {
                warp(hap, |t| (t - cycle) * length + whole.begin);
            }
            clip(whole, outer.part, start, out);
        }
        Join::Reset | Join::Restart => {
            let Some(whole) = outer.whole else {
                return;
            };
            let by = if join == Join::Restart { whole.begin } else { whole.begin.fract() };
            inner.query_into(span.map(|t| t - by), ctx, out);
            for hap in &mut out[start..] {
                warp(hap, |t| t + by);
            }
            clip(whole, outer.part, start, out);
        }
    }
    for hap in &mut out[start..] {
        hap.add_places(&outer.places);
        hap.shift += outer.shift;
    }
}

/// Cuts wholes at `whole` and parts at `part`; what lies outside goes.
fn clip(whole: Span, part: Span, start: usize, out: &mut Vec<Hap>) {
    retain(out, start, |hap| {
        let Some(part) = hap.part.meet(&part) else {
            return false;
        };
        hap.part = part;
        match hap.whole {
            Some(own) => {
                hap.whole = own.meet(&whole);
                hap.whole.is_some()
            }
            None => true,
        }
    });
}

pub(super) fn patterned(
    function: &Patterned,
    join: Join,
    arguments: &[Pattern],
    inputs: &[Pattern],
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    let Some((first, rest)) = arguments.split_first() else {
        return;
    };
    let mut outers = ctx.buffer();
    first.query_into(span, ctx, &mut outers);
    for outer in &outers {
        let mut values = vec![outer.value.clone()];
        further(function, join, rest, inputs, outer, &mut values, span, ctx, out);
    }
    ctx.give_back(outers);
}

/// The remaining arguments, each with the structure of those before it.
#[allow(clippy::too_many_arguments)]
fn further(
    function: &Patterned,
    join: Join,
    rest: &[Pattern],
    inputs: &[Pattern],
    outer: &Hap,
    values: &mut Vec<Value>,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    let Some((next, rest)) = rest.split_first() else {
        if ctx.burn(4) {
            let inner = (function.build)(values, inputs);
            // What is built anew for each value is paid by its nodes, beside those of the inputs, which it shares.
            let shared = inputs.iter().map(|input| u64::from(input.size())).sum();
            if ctx.burn(u64::from(inner.size()).saturating_sub(shared)) {
                joined(join, outer, &inner, span, ctx, out);
            }
        }
        return;
    };
    let mut haps = ctx.buffer();
    next.query_into(outer.whole_or_part(), ctx, &mut haps);
    for hap in &haps {
        if let Some(part) = outer.part.meet(&hap.part) {
            let mut outer = outer.clone();
            outer.part = part;
            outer.add_places(&hap.places);
            values.push(hap.value.clone());
            further(function, join, rest, inputs, &outer, values, span, ctx, out);
            values.pop();
        }
    }
    ctx.give_back(haps);
}
