//! Nodes that bend time: faster, later, mirrored, squeezed, zoomed, looped, cut into equal parts.
//!
//! Invariant: what goes in as a span comes out as a span by the inverse map, exactly.

use super::context::Context;
use super::hap::Hap;
use super::node::Pattern;
use super::query::{retain, warp};
use crate::base::time::{Span, Time};

pub(super) fn fast(factor: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let Some(slow) = factor.recip().filter(|slow| slow.signum() > 0) else {
        return;
    };
    let start = out.len();
    let chance = ctx.chance * factor;
    ctx.with_chance(chance, |ctx| p.query_into(span.map(|t| t * factor), ctx, out));
    for hap in &mut out[start..] {
        warp(hap, |t| t * slow);
    }
}

pub(super) fn late(by: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    p.query_into(span.map(|t| t - by), ctx, out);
    for hap in &mut out[start..] {
        warp(hap, |t| t + by);
    }
}

/// Each event by its own sample of `amount`, at most a cycle either way.
pub(super) fn late_by(amount: &Pattern, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    let (least, most) = super::literals::bounds(amount).unwrap_or((-1.0, 1.0));
    let (least, most) = (Time::from_f64(least.clamp(-1.0, 1.0)), Time::from_f64(most.clamp(-1.0, 1.0)));
    p.query_into(Span::new(span.begin - most, span.end - least), ctx, out);
    retain(out, start, |hap| {
        let by = amount.sample(hap.onset(), ctx).and_then(|value| value.time()).unwrap_or(Time::ZERO);
        let by = by.max(least).min(most);
        let Some(part) = hap.part.map(|t| t + by).meet(&span) else {
            return false;
        };
        hap.part = part;
        hap.whole = hap.whole.map(|whole| whole.map(|t| t + by));
        true
    });
}

pub(super) fn rev(p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    for part in ctx.cycles(span) {
        let cycle = part.begin.floor();
        let mirror = |span: Span| {
            let turn = cycle + cycle + Time::ONE;
            Span::new(turn - span.end, turn - span.begin)
        };
        let start = out.len();
        p.query_into(mirror(part), ctx, out);
        for hap in &mut out[start..] {
            hap.part = mirror(hap.part);
            hap.whole = hap.whole.map(mirror);
        }
    }
}

pub(super) fn compress(window: Span, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let length = window.len();
    if length.signum() <= 0 {
        return;
    }
    for part in ctx.cycles(span) {
        let cycle = part.begin.floor();
        let open = Span::new(cycle + window.begin, cycle + window.end.min(Time::ONE));
        let Some(part) = part.meet(&open) else {
            continue;
        };
        let start = out.len();
        p.query_into(part.map(|t| (t - open.begin) / length + cycle), ctx, out);
        for hap in &mut out[start..] {
            warp(hap, |t| (t - cycle) * length + open.begin);
        }
    }
}

pub(super) fn zoom(window: Span, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let length = window.len();
    if length.signum() <= 0 {
        return;
    }
    for part in ctx.cycles(span) {
        let cycle = part.begin.floor();
        let start = out.len();
        p.query_into(part.map(|t| (t - cycle) * length + window.begin + cycle), ctx, out);
        for hap in &mut out[start..] {
            warp(hap, |t| (t - cycle - window.begin) / length + cycle);
        }
    }
}

/// Turns of `length` cycles from `begin` on, over and over.
pub(super) fn ribbon(begin: Time, length: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    if length.signum() <= 0 {
        return;
    }
    let mut turn = (span.begin / length).floor();
    loop {
        let window = Span::new(turn * length, (turn + Time::ONE) * length);
        let Some(part) = span.meet(&window) else {
            return;
        };
        if !ctx.burn(1) {
            return;
        }
        let by = window.begin - begin;
        let start = out.len();
        p.query_into(part.map(|t| t - by), ctx, out);
        retain(out, start, |hap| {
            warp(hap, |t| t + by);
            match hap.whole {
                Some(whole) => {
                    hap.whole = whole.meet(&window);
                    hap.whole.is_some()
                }
                None => true,
            }
        });
        turn += Time::ONE;
        if window.end >= span.end {
            return;
        }
    }
}

pub(super) fn repeat_cycles(n: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    if n.signum() <= 0 {
        return;
    }
    for part in ctx.cycles(span) {
        let cycle = part.begin.floor();
        let by = cycle - (cycle / n).floor();
        let start = out.len();
        p.query_into(part.map(|t| t - by), ctx, out);
        for hap in &mut out[start..] {
            warp(hap, |t| t + by);
        }
    }
}

pub(super) fn segment(n: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let Some(step) = n.recip().filter(|step| step.signum() > 0) else {
        return;
    };
    let mut number = (span.begin * n).floor();
    loop {
        let whole = Span::new(number * step, (number + Time::ONE) * step);
        let Some(part) = whole.meet(&span) else {
            return;
        };
        if !ctx.burn(1) {
            return;
        }
        if p.node.pointwise {
            if let Some(value) = p.sample(whole.begin, ctx) {
                out.push(Hap::new(whole, part, value));
            }
            number += Time::ONE;
            if whole.end >= span.end {
                return;
            }
            continue;
        }
        let start = out.len();
        p.query_into(whole, ctx, out);
        retain(out, start, |hap| {
            hap.whole = Some(whole);
            match hap.part.meet(&part) {
                Some(part) => {
                    hap.part = part;
                    true
                }
                None => false,
            }
        });
        number += Time::ONE;
        if whole.end >= span.end {
            return;
        }
    }
}

/// Events whose onset lies in a stretch of its cycle (its end included, as people say "from … to"), or outside.
pub(super) fn within(window: Span, inside: bool, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    p.query_into(span, ctx, out);
    retain(out, start, |hap| {
        let at = hap.onset().fract();
        (at >= window.begin && at <= window.end) == inside
    });
}
