//! Chords as events: picked apart by indices, laid out as notes, strummed.
//!
//! Invariant: the notes of a chord are haps with the same whole; they are grouped by it, low notes first.

use crate::base::time::{Span, Time};
use crate::pattern::arithmetic::numeral;
use crate::pattern::context::Context;
use crate::pattern::hap::Hap;
use crate::pattern::node::Pattern;
use crate::pattern::value::Value;

use super::chord;

fn pitch(value: &Value) -> f64 {
    let note = match value {
        Value::Map(map) => map.get("note").or_else(|| map.get("n")),
        other => Some(other),
    };
    note.and_then(numeral).and_then(|note| note.number()).unwrap_or(0.0)
}

/// Haps with the same whole and part, in the order in which they came.
fn chords(haps: &[Hap]) -> Vec<Vec<&Hap>> {
    let mut groups: Vec<Vec<&Hap>> = Vec::new();
    for hap in haps {
        match groups.iter_mut().rev().find(|group| group[0].whole == hap.whole && group[0].part == hap.part) {
            Some(group) => group.push(hap),
            None => groups.push(vec![hap]),
        }
    }
    groups
}

/// The order of a word like `up`, as indices into a chord of `count` notes.
fn order(word: &str, count: usize) -> Option<Vec<usize>> {
    let up: Vec<_> = (0..count).collect();
    let down: Vec<_> = (0..count).rev().collect();
    let inner = |notes: &[usize]| notes.get(1..notes.len().saturating_sub(1)).unwrap_or(&[]).to_vec();
    Some(match word {
        "up" => up,
        "down" => down,
        "updown" => [up, inner(&down)].concat(),
        "downup" => [down, inner(&up)].concat(),
        "up&down" => [up, down].concat(),
        "down&up" => [down, up].concat(),
        "converge" => (0..count).map(|i| if i % 2 == 0 { i / 2 } else { count - 1 - i / 2 }).collect(),
        "diverge" => {
            let mut all = order("converge", count)?;
            all.reverse();
            all
        }
        "pinkyup" => up.iter().take(count.saturating_sub(1)).flat_map(|i| [*i, count - 1]).collect(),
        "thumbup" => up.iter().skip(1).flat_map(|i| [0, *i]).collect(),
        _ => return None,
    })
}

/// The notes of each chord by the numbers of `indices`, whose structure it takes.
pub(in crate::pattern) fn arp(indices: &Pattern, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    p.query_into(span, ctx, &mut haps);
    let mut picks = ctx.buffer();
    for group in chords(&haps) {
        let part = group[0].part;
        picks.clear();
        indices.query_into(part, ctx, &mut picks);
        for pick in &picks {
            if let Some(order) = pick.value.as_word().and_then(|word| order(word, group.len())) {
                run(&order, &group, pick, out);
                continue;
            }
            let Some(number) = pick.value.number() else {
                continue;
            };
            let at = (number.floor().clamp(-1e9, 1e9) as i64).rem_euclid(group.len() as i64) as usize;
            let mut hap = group[at].clone();
            hap.whole = pick.whole;
            hap.part = pick.part;
            hap.add_places(&pick.places);
            out.push(hap);
        }
    }
    ctx.give_back(picks);
    ctx.give_back(haps);
}

/// All notes of an order, one after another within the event that named it.
fn run(order: &[usize], group: &[&Hap], pick: &Hap, out: &mut Vec<Hap>) {
    let whole = pick.whole_or_part();
    let count = order.len() as i64;
    for (i, index) in order.iter().enumerate() {
        let at = |i: i64| whole.begin + whole.len() * Time::new(i, count);
        let own = Span::new(at(i as i64), at(i as i64 + 1));
        if let Some(part) = own.meet(&pick.part) {
            let mut hap = group[*index].clone();
            hap.whole = Some(own);
            hap.part = part;
            hap.add_places(&pick.places);
            out.push(hap);
        }
    }
}

/// Each event with a chord becomes its notes; others stay.
pub(in crate::pattern) fn voicing(p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    p.query_into(span, ctx, &mut haps);
    for hap in haps.drain(..) {
        // A bare chord name counts as one, too.
        let controls = match &hap.value {
            Value::Map(map) => map.clone(),
            other => super::super::value::Controls::of("chord".into(), other.clone()),
        };
        let Some(notes) = chord::voiced(&controls) else {
            out.push(hap);
            continue;
        };
        for note in notes {
            if !ctx.burn(1) {
                break;
            }
            let mut map = controls.clone();
            for used in ["chord", "anchor", "mode", "dictionary", "dict", "offset", "inversion", "octaves", "n"] {
                map.remove(used);
            }
            map.set("note".into(), Value::int(note));
            out.push(Hap { value: Value::Map(map), places: hap.places.clone(), ..hap });
        }
    }
    ctx.give_back(haps);
}

/// The n-th note of each chord begins later by n steps, which fill `share` of the chord; a negative share begins with
/// the highest. A chord is rolled whole, so that a query's edge cuts no order.
pub(in crate::pattern) fn rolled(share: Time, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    p.query_into(span, ctx, &mut haps);
    for group in chords(&haps) {
        let count = group.len();
        for (i, hap) in group.into_iter().enumerate() {
            let nth = if share.signum() < 0 { count - 1 - i } else { i };
            let mut hap = hap.clone();
            if let Some(whole) = hap.whole {
                let begin = whole.begin + whole.len() * share.abs() * Time::new(nth as i64, count as i64);
                let whole = Span::new(begin, whole.end);
                let Some(part) = hap.part.meet(&whole) else { continue };
                (hap.whole, hap.part) = (Some(whole), part);
            }
            out.push(hap);
        }
    }
    ctx.give_back(haps);
}

/// The notes of each chord `seconds` apart, low notes first (with negative seconds high ones).
pub(in crate::pattern) fn strum(seconds: f64, p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    p.query_into(span, ctx, &mut haps);
    haps.sort_by(|a, b| a.part.cmp(&b.part).then(pitch(&a.value).total_cmp(&pitch(&b.value))));
    for group in chords(&haps) {
        let count = group.len();
        for (i, hap) in group.into_iter().enumerate() {
            let nth = if seconds < 0.0 { count - 1 - i } else { i };
            let mut hap = hap.clone();
            hap.shift += seconds.abs() * nth as f64;
            out.push(hap);
        }
    }
    ctx.give_back(haps);
}
