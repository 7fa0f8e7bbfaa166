//! Asking a pattern: the walk over its nodes, and those that place cycles and steps.
//!
//! Invariant: haps are appended to one buffer and changed in place; a part never leaves the queried span.

use std::sync::Arc;

use super::context::Context;
use super::hap::{Hap, Places};
use super::node::{Kind, Pattern, Step, Table};
use super::signal::throw;
use super::value::{Live, Value};
use crate::base::time::{Span, Time};

impl Pattern {
    /// The haps whose part lies in `span`, in no particular order.
    pub fn query(&self, span: Span, ctx: &mut Context) -> Vec<Hap> {
        let mut out = Vec::new();
        self.query_into(span, ctx, &mut out);
        out
    }

    /// Appends the haps whose part lies in `span`. What the fuel cuts is missing, and the context says so.
    pub fn query_into(&self, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
        if span.end < span.begin || !ctx.enter() {
            return;
        }
        match &self.node.kind {
            Kind::Silence => {}
            Kind::Pure(value, places) => pure(value, places, span, ctx, out),
            Kind::Sequence(steps) => sequence(steps, span, ctx, out),
            Kind::Slowcat(patterns) => slowcat(patterns, span, ctx, out),
            Kind::Stack(patterns) => {
                for pattern in patterns {
                    pattern.query_into(span, ctx, out);
                }
            }
            Kind::Every { period, phase, yes, no } => {
                for cycle in ctx.cycles(span) {
                    let chosen = if cycle.begin.cycle().rem_euclid(*period) == *phase { yes } else { no };
                    chosen.query_into(cycle, ctx, out);
                }
            }
            Kind::Signal(wave) => wave.query(span, ctx, out),
            Kind::Steps(pattern) => pattern.query_into(span, ctx, out),
            Kind::Table(table) => written_out(table, span, ctx, out),
            Kind::Lottery { key, patterns } => lottery(*key, patterns, span, ctx, out),
            Kind::Shuffle { key, count } => shuffle(*key, *count, span, ctx, out),
            Kind::Hole(id) => {
                if let Some(at) = ctx.holes.iter().rposition(|(hole, _)| hole == id) {
                    // What fills a hole was built outside of it: inner holes are not its own.
                    let inner = ctx.holes.split_off(at);
                    inner[0].1.query_into(span, ctx, out);
                    ctx.holes.extend(inner);
                }
            }
            _ => self.query_further(span, ctx, out),
        }
        ctx.leave();
    }

    #[inline(never)]
    fn query_further(&self, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
        match &self.node.kind {
            Kind::Fast(factor, p) => super::warp::fast(*factor, p, span, ctx, out),
            Kind::Late(by, p) => super::warp::late(*by, p, span, ctx, out),
            Kind::LateBy(amount, p) => super::warp::late_by(amount, p, span, ctx, out),
            Kind::Rev(p) => super::warp::rev(p, span, ctx, out),
            Kind::Compress(window, p) => super::warp::compress(*window, p, span, ctx, out),
            Kind::Zoom(window, p) => super::warp::zoom(*window, p, span, ctx, out),
            Kind::Ribbon(begin, length, p) => super::warp::ribbon(*begin, *length, p, span, ctx, out),
            Kind::RepeatCycles(n, p) => super::warp::repeat_cycles(*n, p, span, ctx, out),
            Kind::Segment(n, p) => super::warp::segment(*n, p, span, ctx, out),
            Kind::Within { span: window, inside, pattern } => {
                super::warp::within(*window, *inside, pattern, span, ctx, out);
            }
            Kind::Shift(amount, p) => super::events::shift(amount, p, span, ctx, out),
            Kind::Ply(n, p) => super::events::ply(n, p, span, ctx, out),
            Kind::Press(at, p) => super::events::press(*at, p, span, ctx, out),
            Kind::Chop(n, p) => super::events::chop(*n, p, span, ctx, out),
            Kind::Only { control, value, inside, pattern } => {
                super::events::only(control, value, *inside, pattern, span, ctx, out);
            }
            Kind::Rot(n, p) => super::events::rot(*n, p, span, ctx, out),
            Kind::Smooth(p) => super::events::smooth(p, span, ctx, out),
            Kind::Live(_) => super::events::live(self, span, ctx, out),
            Kind::Each { hole, templates, pattern } => {
                super::events::each(*hole, templates, pattern, span, ctx, out);
            }
            Kind::Into { hole, template, flags, pattern } => {
                super::events::into(*hole, template, flags, pattern, span, ctx, out);
            }
            Kind::Map(func, p) => {
                let start = out.len();
                p.query_into(span, ctx, out);
                retain(out, start, |hap| func.apply(hap, ctx));
            }
            Kind::Combine { op, align, left, right } => {
                super::combine::combine(*op, *align, left, right, span, ctx, out);
            }
            Kind::Bind { join, selector, choice } => super::join::bind(*join, selector, choice, span, ctx, out),
            Kind::Patterned { function, join, arguments, inputs } => {
                super::join::patterned(function, *join, arguments, inputs, span, ctx, out);
            }
            Kind::Degrade { key, cycles, invert, amount, pattern } => {
                super::chance::degrade((*key, *cycles, *invert), amount, pattern, span, ctx, out);
            }
            Kind::Humanise { key, seconds, share, pattern } => {
                super::chance::humanise((*key, *seconds, *share), pattern, span, ctx, out);
            }
            Kind::Arp(indices, p) => super::harmony::arp::arp(indices, p, span, ctx, out),
            Kind::Voicing(p) => super::harmony::arp::voicing(p, span, ctx, out),
            Kind::Lead(range, p) => super::harmony::lead::lead(*range, p, span, ctx, out),
            Kind::Rolled(share, p) => super::harmony::arp::rolled(*share, p, span, ctx, out),
            Kind::Strum(seconds, p) => super::harmony::arp::strum(*seconds, p, span, ctx, out),
            _ => {}
        }
    }

    /// The value at one point of time, of whatever sounds there.
    pub fn sample(&self, at: Time, ctx: &mut Context) -> Option<Value> {
        match &self.node.kind {
            Kind::Pure(value, _) => Some(value.clone()),
            Kind::Signal(wave) => ctx.burn(1).then(|| wave.at(at, ctx)),
            Kind::Map(func, p) if self.node.pointwise => func.of(p.sample(at, ctx)?),
            Kind::Fast(factor, p) if self.node.pointwise => {
                let chance = ctx.chance * *factor;
                ctx.with_chance(chance, |ctx| p.sample(at * *factor, ctx))
            }
            Kind::Late(by, p) if self.node.pointwise => p.sample(at - *by, ctx),
            Kind::Live(p) => {
                let now = p.sample(at, ctx)?;
                Some(Value::Live(Arc::new(Live { now, pattern: p.clone(), at, length: Time::ZERO })))
            }
            Kind::Combine { op, left, right, .. } if self.node.pointwise => {
                let left = left.sample(at, ctx)?;
                op.apply(&left, &right.sample(at, ctx)?)
            }
            _ => {
                let mut haps = ctx.buffer();
                self.query_into(Span::new(at, at), ctx, &mut haps);
                let value = haps.first().map(|hap| hap.value.clone());
                ctx.give_back(haps);
                value
            }
        }
    }
}

/// Keeps the haps from `start` on that the function says true to; it may change them.
pub(super) fn retain(out: &mut Vec<Hap>, start: usize, mut keep: impl FnMut(&mut Hap) -> bool) {
    let mut to = start;
    for from in start..out.len() {
        if keep(&mut out[from]) {
            // A hap is large: it stays where it is while nothing before it went.
            if to != from {
                out.swap(to, from);
            }
            to += 1;
        }
    }
    out.truncate(to);
}

fn pure(value: &Value, places: &Places, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    for part in ctx.cycles(span) {
        if !ctx.burn(1) {
            return;
        }
        let whole = Span::cycle(part.begin.cycle());
        out.push(Hap { whole: Some(whole), part, value: value.clone(), places: places.clone(), shift: 0.0 });
    }
}

fn sequence(steps: &[Step], span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    for part in ctx.cycles(span) {
        let cycle = part.begin.floor();
        let (begin, end) = (part.begin - cycle, part.end - cycle);
        let first = steps.partition_point(|step| step.end <= begin);
        for step in &steps[first..] {
            if step.begin > end || (step.begin == end && begin < end) {
                break;
            }
            if !ctx.burn(1) {
                return;
            }
            let within = Span::new(begin.max(step.begin), end.min(step.end));
            match step.pattern.kind() {
                Kind::Silence => {}
                Kind::Pure(value, places) => out.push(Hap {
                    whole: Some(Span::new(cycle + step.begin, cycle + step.end)),
                    part: Span::new(cycle + within.begin, cycle + within.end),
                    value: value.clone(),
                    places: places.clone(),
                    shift: 0.0,
                }),
                _ => {
                    let length = step.end - step.begin;
                    let start = out.len();
                    step.pattern.query_into(within.map(|t| (t - step.begin) / length + cycle), ctx, out);
                    for hap in &mut out[start..] {
                        warp(hap, |t| (t - cycle) * length + step.begin + cycle);
                    }
                }
            }
        }
    }
}

/// Moves a hap's times by a rising map.
pub(super) fn warp(hap: &mut Hap, map: impl Fn(Time) -> Time) {
    let part = hap.part;
    hap.part = part.map(&map);
    if let Some(whole) = hap.whole {
        // Most haps are complete: two of the four ends are already known.
        let begin = if whole.begin == part.begin { hap.part.begin } else { map(whole.begin) };
        let end = if whole.end == part.end { hap.part.end } else { map(whole.end) };
        hap.whole = Some(Span::new(begin, end));
    }
}

fn slowcat(patterns: &[Pattern], span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let count = patterns.len() as i64;
    if count == 0 {
        return;
    }
    for part in ctx.cycles(span) {
        let cycle = part.begin.cycle();
        let pattern = &patterns[cycle.rem_euclid(count) as usize];
        cycle_of(pattern, cycle, cycle.div_euclid(count), count, part, ctx, out);
    }
}

/// Cycle `inner` of a pattern as cycle `outer`; chance counts on by `period` outer cycles to an inner one.
fn cycle_of(pattern: &Pattern, outer: i64, inner: i64, period: i64, part: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let by = Time::int(outer - inner);
    let start = out.len();
    let chance = if ctx.chance == Time::ZERO {
        Time::ZERO
    } else {
        let moved = (Time::int(outer) + ctx.chance.floor()).cycle();
        Time::int(moved.div_euclid(period) - inner) + ctx.chance.fract()
    };
    ctx.with_chance(chance, |ctx| pattern.query_into(part.map(|t| t - by), ctx, out));
    if by != Time::ZERO {
        for hap in &mut out[start..] {
            warp(hap, |t| t + by);
        }
    }
}

fn written_out(table: &Table, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let period = table.cycles.len() as i64;
    for part in ctx.cycles(span) {
        let cycle = part.begin.cycle();
        let by = Time::int(cycle - cycle.rem_euclid(period));
        let index = cycle.rem_euclid(period) as usize;
        let (haps, ends) = (&table.cycles[index], &table.ends[index]);
        let (begin, end) = (part.begin - by, part.end - by);
        let complete = begin.is_int() && end == begin + Time::ONE;
        let first = if complete { 0 } else { ends.partition_point(|latest| *latest <= begin) };
        for hap in &haps[first..] {
            if hap.part.begin > end || (hap.part.begin == end && begin < end) {
                break;
            }
            if hap.part.end <= begin {
                continue;
            }
            if !ctx.burn(1) {
                return;
            }
            let mut hap = hap.clone();
            if !complete {
                hap.part = Span::new(hap.part.begin.max(begin), hap.part.end.min(end));
            }
            if by != Time::ZERO {
                hap.part = hap.part.map(|t| t + by);
                hap.whole = hap.whole.map(|whole| whole.map(|t| t + by));
            }
            out.push(hap);
        }
    }
}

fn lottery(key: u64, patterns: &[(f64, Pattern)], span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let total: f64 = patterns.iter().map(|(weight, _)| weight.max(0.0)).sum();
    for part in ctx.cycles(span) {
        let mut ticket = throw(key, (part.begin + ctx.chance).floor()) * total;
        let won = patterns.iter().find(|(weight, _)| {
            ticket -= weight.max(0.0);
            ticket < 0.0
        });
        if let Some((_, pattern)) = won.or_else(|| patterns.last()) {
            pattern.query_into(part, ctx, out);
        }
    }
}

fn shuffle(key: u64, count: i64, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    if !(1..=4096).contains(&count) {
        return;
    }
    for part in ctx.cycles(span) {
        if !ctx.burn(count as u64) {
            return;
        }
        let cycle = part.begin.floor();
        let chance = cycle + ctx.chance.floor();
        let mut order: Vec<i64> = (0..count).collect();
        for i in (1..order.len()).rev() {
            // Fisher and Yates, with a throw for each place.
            let other = (throw(key, chance + Time::new(i as i64, count + 1)) * (i + 1) as f64) as usize;
            order.swap(i, other.min(i));
        }
        for (i, number) in order.into_iter().enumerate() {
            let step = |i: i64| cycle + Time::new(i, count);
            let whole = Span::new(step(i as i64), step(i as i64 + 1));
            if let Some(part) = whole.meet(&part) {
                out.push(Hap::new(whole, part, Value::int(number)));
            }
        }
    }
}
