//! Nodes that work event by event: repeat, press, cut a sample, shift, choose one sound, glide.
//!
//! Invariant: what comes of an event lies within that event's whole.

use super::context::Context;
use super::func::convert;
use super::hap::Hap;
use super::node::{Kind, Pattern};
use super::query::{retain, warp};
use super::value::{Controls, Value};
use crate::base::control::Dimension;
use crate::base::time::{Span, Time};
use crate::base::units::Unit;

/// Replaces each event by pieces of itself: `piece(i)` in units of the event, which begins at 0 and ends at 1.
fn pieces(
    p: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
    mut cut: impl FnMut(&Hap, Span, &mut Context, &mut Vec<Hap>),
) {
    let mut events = ctx.buffer();
    p.query_into(span, ctx, &mut events);
    for event in &events {
        if let Some(whole) = event.whole.filter(|whole| !whole.is_empty()) {
            cut(event, whole, ctx, out);
        }
    }
    ctx.give_back(events);
}

pub(super) fn ply(n: &Pattern, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    pieces(p, span, ctx, out, |event, whole, ctx, out| {
        let Some(times) = n.sample(whole.begin, ctx).and_then(|value| value.time()) else {
            return;
        };
        let Some(step) = times.recip().filter(|step| step.signum() > 0) else {
            return;
        };
        // Fractions go on counting over the cycles, as `fast` does.
        let cycle = whole.begin.floor();
        let mut number = (cycle * times).floor();
        let step = step * whole.len();
        let origin = whole.begin - cycle * whole.len();
        loop {
            let own = Span::new(number * step + origin, (number + Time::ONE) * step + origin);
            if own.begin >= whole.end || !ctx.burn(1) {
                return;
            }
            number += Time::ONE;
            if let (Some(own), Some(part)) = (own.meet(&whole), own.meet(&event.part)) {
                let mut hap = event.clone();
                hap.whole = Some(own);
                hap.part = part;
                out.push(hap);
            }
        }
    });
}

pub(super) fn press(at: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    p.query_into(span, ctx, out);
    retain(out, start, |hap| {
        let Some(whole) = hap.whole else {
            return false;
        };
        let whole = Span::new(whole.begin + whole.len() * at, whole.end);
        let Some(part) = hap.part.meet(&whole) else {
            return false;
        };
        hap.part = part;
        hap.whole = Some(whole);
        true
    });
}

pub(super) fn chop(n: i64, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    if n < 1 {
        return;
    }
    pieces(p, span, ctx, out, |event, whole, ctx, out| {
        let base = match &event.value {
            Value::Map(map) => map.clone(),
            other => Controls::of("value".into(), other.clone()),
        };
        let (begin, share) = match (base.get("begin").and_then(Value::number), base.get("end").and_then(Value::number))
        {
            (Some(begin), Some(end)) => (begin, end - begin),
            _ => (0.0, 1.0),
        };
        for i in 0..n {
            if !ctx.burn(1) {
                return;
            }
            let at = |i: i64| whole.begin + whole.len() * Time::new(i, n);
            let own = Span::new(at(i), at(i + 1));
            let Some(part) = own.meet(&event.part) else {
                continue;
            };
            let mut map = base.clone();
            map.set("begin".into(), Value::Float(begin + share * i as f64 / n as f64));
            map.set("end".into(), Value::Float(begin + share * (i + 1) as f64 / n as f64));
            out.push(Hap {
                whole: Some(own),
                part,
                value: Value::Map(map),
                places: event.places.clone(),
                shift: event.shift,
            });
        }
    });
}

/// Where a slice of a sample begins and ends, for a count of slices or a list of their begins.
pub(super) fn slices(count: &Value, number: &Value) -> Option<Controls> {
    let index = number.number()?;
    let (begin, end) = match count {
        Value::List(points) => {
            let at = (index.floor() as i64).rem_euclid(points.len().max(1) as i64) as usize;
            let begin = points.get(at)?.clone();
            (begin, points.get(at + 1).cloned().unwrap_or(Value::int(1)))
        }
        count => {
            let count = count.number().filter(|count| *count > 0.0)?;
            (Value::Float(index / count), Value::Float((index + 1.0) / count))
        }
    };
    Some([("begin".into(), begin), ("end".into(), end)].into_iter().collect())
}

/// A sample (left) with the begin and end that a slice gave (right); what the sample says itself wins.
pub(super) fn slice(sample: &Value, cut: &Value) -> Option<Value> {
    let mut map = cut.controls()?.clone();
    match sample {
        Value::Map(own) => {
            for (name, value) in own.iter() {
                map.set(name.clone(), value.clone());
            }
        }
        other => map.set("s".into(), other.clone()),
    }
    Some(Value::Map(map))
}

/// Seconds from a value: of a duration's units, else bare cycles at the context's tempo.
pub(super) fn seconds(value: &Value, ctx: &Context) -> f64 {
    let bar = if ctx.cps > 0.0 { 1.0 / ctx.cps } else { 0.0 };
    match convert(value, Dimension::Duration) {
        Value::Quantity(number, Unit::Beats) => number.to_f64() / ctx.beats.to_f64().max(1e-9) * bar,
        Value::Quantity(number, Unit::Bars) => number.to_f64() * bar,
        other => other.number().unwrap_or(0.0),
    }
}

pub(super) fn shift(amount: &Pattern, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let start = out.len();
    p.query_into(span, ctx, out);
    for hap in &mut out[start..] {
        if let Some(value) = amount.sample(hap.onset(), ctx) {
            hap.shift += seconds(&value, ctx);
        }
    }
}

/// One value for the whole of the span: it is read at onsets.
pub(super) fn live(pattern: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    if let Some(value) = pattern.sample(span.begin, ctx) {
        out.push(Hap { whole: None, part: span, value, places: super::Places::new(), shift: 0.0 });
    }
}

pub(super) fn only(
    control: &str,
    wanted: &Value,
    inside: bool,
    p: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    let start = out.len();
    p.query_into(span, ctx, out);
    retain(out, start, |hap| {
        let value = hap.value.controls().and_then(|map| map.get(control));
        let same = |value: &Value| match (value.as_word(), wanted.as_word()) {
            (Some(a), Some(b)) => a == b,
            _ => value.number().is_some() && value.number() == wanted.number(),
        };
        value.is_some_and(same) == inside
    });
}

/// The onsets of each cycle keep their places, their values move on by `n`.
pub(super) fn rot(n: i64, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    for part in ctx.cycles(span) {
        haps.clear();
        p.query_into(Span::cycle(part.begin.cycle()), ctx, &mut haps);
        haps.retain(Hap::has_onset);
        haps.sort_by_key(|hap| hap.part);
        let count = haps.len() as i64;
        for (i, place) in haps.iter().enumerate() {
            let Some(part) = place.part.meet(&part) else {
                continue;
            };
            let mut hap = haps[(i as i64 + n).rem_euclid(count.max(1)) as usize].clone();
            hap.whole = place.whole;
            hap.part = part;
            out.push(hap);
        }
    }
    ctx.give_back(haps);
}

/// From each event's number in a line to the next one's.
pub(super) fn smooth(p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    p.query_into(Span::new(span.begin, span.begin), ctx, &mut haps);
    if let Some(hap) = haps.first() {
        let mut hap = hap.clone();
        if let (Some(whole), Some(from)) = (hap.whole.filter(|whole| !whole.is_empty()), hap.value.number()) {
            let to = p.sample(whole.end, ctx).and_then(|value| value.number()).unwrap_or(from);
            let at = ((span.begin - whole.begin) / whole.len()).to_f64();
            let value = from + (to - from) * at;
            hap.value = match hap.value {
                Value::Quantity(_, unit) => Value::Quantity(Time::from_f64(value), unit),
                _ => Value::Float(value),
            };
        }
        hap.whole = None;
        hap.part = span;
        out.push(hap);
    }
    ctx.give_back(haps);
}

/// The n-th part of each event is what the n-th template makes of its value.
pub(super) fn each(hole: u32, templates: &[Pattern], p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let count = templates.len() as i64;
    pieces(p, span, ctx, out, |event, whole, ctx, out| {
        let (cycle, length) = (whole.begin.floor(), whole.len() * Time::new(1, count.max(1)));
        ctx.holes.push((hole, Pattern::new(Kind::Pure(event.value.clone(), event.places.clone()))));
        for (i, template) in templates.iter().enumerate() {
            let begin = whole.begin + length * Time::int(i as i64);
            let own = Span::new(begin, begin + length);
            let Some(part) = own.meet(&event.part) else {
                continue;
            };
            let start = out.len();
            template.query_into(part.map(|t| (t - begin) / length + cycle), ctx, out);
            for hap in &mut out[start..] {
                warp(hap, |t| (t - cycle) * length + begin);
                hap.shift += event.shift;
            }
        }
        ctx.holes.pop();
    });
}

/// Where the flag is true, the pattern there as one cycle through the template; elsewhere itself.
pub(super) fn into(
    hole: u32,
    template: &Pattern,
    flags: &Pattern,
    p: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    pieces(flags, span, ctx, out, |flag, whole, ctx, out| {
        if !flag.value.truth() {
            p.query_into(flag.part, ctx, out);
            return;
        }
        let (cycle, length) = (whole.begin.floor(), whole.len());
        let from = whole.begin - cycle;
        let zoomed = Pattern::new(Kind::Zoom(Span::new(from, from + length), p.clone()));
        ctx.holes.push((hole, zoomed));
        let start = out.len();
        template.query_into(flag.part.map(|t| (t - whole.begin) / length + cycle), ctx, out);
        for hap in &mut out[start..] {
            warp(hap, |t| (t - cycle) * length + whole.begin);
        }
        ctx.holes.pop();
    });
}
