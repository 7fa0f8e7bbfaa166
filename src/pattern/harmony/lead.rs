//! Voice leading: each chord laid out so that its voices move as little as they can from the chord before.
//!
//! Every eight cycles it begins anew from the middle of its range, so that a query looks back no further, and the same
//! text gives the same notes wherever it is asked. Among equally near layouts the narrower one wins, then the one
//! nearer the middle, then the lower one. A bass after a slash stands below and takes no part.
//!
//! Invariant: all notes but such a bass lie within the range, where the range has room for them.

use super::chord::{self, Chord};
use crate::base::time::{Span, Time};
use crate::pattern::context::Context;
use crate::pattern::hap::Hap;
use crate::pattern::node::Pattern;
use crate::pattern::value::Value;

/// After so many cycles it begins anew.
pub(in crate::pattern) const BLOCK: i64 = 8;

/// Every layout of a chord within a range: each inversion in close position and with its second voice dropped.
fn layouts(chord: &Chord, (low, high): (i64, i64)) -> Vec<Vec<i64>> {
    let tones = chord::played(chord);
    let count = chord::close(chord.root, &tones, 0).len();
    let mut all = Vec::new();
    for first in 0..count {
        for voices in [&[][..], &[2]] {
            let mut notes = chord::close(chord.root, &tones, first);
            chord::dropped(&mut notes, voices);
            let from = low + (notes[0] - low).rem_euclid(12) - notes[0];
            let mut by = from;
            while notes.last().is_some_and(|top| top + by <= high) {
                all.push(notes.iter().map(|note| note + by).collect());
                by += 12;
            }
        }
    }
    if all.is_empty() {
        // The range is narrower than the chord.
        all.push(chord::layout(chord, high, chord::Mode::Below));
    }
    all
}

/// How far the voices move; where their number changes, each note counts from the nearest one.
fn motion(from: &[i64], to: &[i64]) -> i64 {
    if from.len() == to.len() {
        return from.iter().zip(to).map(|(a, b)| 2 * (a - b).abs()).sum();
    }
    let nearest = |note: &i64, others: &[i64]| others.iter().map(|other| (note - other).abs()).min().unwrap_or(0);
    let there: i64 = to.iter().map(|note| nearest(note, from)).sum();
    there + from.iter().map(|note| nearest(note, to)).sum::<i64>()
}

/// The layout after another, or the first.
fn next(before: Option<&[i64]>, chord: &Chord, range: (i64, i64)) -> Vec<i64> {
    let off_middle = |notes: &[i64]| {
        let sum: i64 = notes.iter().sum();
        (2 * sum - (range.0 + range.1) * notes.len() as i64).abs()
    };
    let best = layouts(chord, range).into_iter().min_by(|a, b| {
        let moved = |notes: &[i64]| before.map_or(0, |before| motion(before, notes));
        let width = |notes: &[i64]| notes.last().zip(notes.first()).map_or(0, |(top, low)| top - low);
        (moved(a), width(a), off_middle(a)).cmp(&(moved(b), width(b), off_middle(b))).then_with(|| a.cmp(b))
    });
    best.unwrap_or_default()
}

fn named(value: &Value) -> Option<Chord> {
    let name = match value {
        Value::Map(map) => map.get("chord")?.to_string(),
        other => other.to_string(),
    };
    Chord::parse(&name)
}

/// Each event with a chord becomes its notes, led from the chord before; others stay.
pub(in crate::pattern) fn lead(range: (i64, i64), p: &Pattern, span: Span, ctx: &mut Context, out: &mut Vec<Hap>) {
    let mut haps = ctx.buffer();
    let mut all = ctx.buffer();
    for part in span.cycles() {
        let cycle = part.begin.cycle();
        let begin = Time::int(cycle - cycle.rem_euclid(BLOCK));
        all.clear();
        p.query_into(Span::new(begin, Time::int(cycle + 1)), ctx, &mut all);
        all.retain(|hap| hap.has_onset() && named(&hap.value).is_some());
        all.sort_by_key(Hap::onset);
        let mut chain: Vec<(Option<Span>, String, Vec<i64>)> = Vec::with_capacity(all.len());
        for hap in &all {
            let Some(chord) = named(&hap.value).filter(|_| ctx.burn(8)) else { break };
            let before = chain.last().map(|(_, _, notes)| &notes[..]);
            let notes = next(before, &chord, range);
            chain.push((hap.whole, hap.value.to_string(), notes));
        }
        haps.clear();
        p.query_into(part, ctx, &mut haps);
        for hap in haps.drain(..) {
            let Some(chord) = named(&hap.value) else {
                out.push(hap);
                continue;
            };
            let text = hap.value.to_string();
            let led = chain.iter().find(|(whole, value, _)| *whole == hap.whole && *value == text);
            // What began before the block is as if it were its first chord.
            let notes = led.map_or_else(|| next(None, &chord, range), |(_, _, notes)| notes.clone());
            for note in chord::with_bass(&chord, None, notes) {
                if !ctx.burn(1) {
                    break;
                }
                let mut map = hap.value.controls().cloned().unwrap_or_default();
                map.remove("chord");
                map.set("note".into(), Value::int(note));
                out.push(Hap { value: Value::Map(map), places: hap.places.clone(), ..hap });
            }
        }
    }
    ctx.give_back(all);
    ctx.give_back(haps);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::value::Controls;

    fn played(names: &[&str]) -> Vec<Vec<i64>> {
        let chords =
            names.iter().map(|name| Pattern::pure(Value::Map(Controls::of("chord".into(), Value::word(name)))));
        let pattern = Pattern::slowcat(chords);
        let mut ctx = Context::new();
        let cycle = |at: i64| {
            let mut haps = Vec::new();
            lead((48, 76), &pattern, Span::cycle(at), &mut ctx, &mut haps);
            haps.iter().map(|hap| hap.value.controls().unwrap().get("note").unwrap().number().unwrap() as i64).collect()
        };
        (0..names.len() as i64).map(cycle).collect()
    }

    #[test]
    fn voices_move_as_little_as_they_can() {
        let chords = played(&["C", "Am", "F", "G"]);
        // Two tones are common to neighbours, the third moves by a step; the last three have none in common.
        assert_eq!(motion(&chords[0], &chords[1]), 4);
        assert_eq!(motion(&chords[1], &chords[2]), 2);
        assert!(motion(&chords[2], &chords[3]) <= 12);
        for chord in &chords {
            assert!(chord.iter().all(|note| (48..=76).contains(note)), "{chord:?}");
        }
    }

    #[test]
    fn a_later_query_gives_the_same_notes() {
        let names = ["Dm7", "G7", "C^7", "A7b9"];
        assert_eq!(played(&names), played(&names));
    }
}
