//! Reading patterns: values of haps as numbers in the base unit of their slot.
//!
//! Invariant: what cannot be a number is left out here; the checker has said so before.

use std::sync::Arc;

use super::run::Run;
use crate::base::control::Dimension;
use crate::base::time::{Span, Time};
use crate::base::units::Hz;
use crate::model::key;
use crate::model::plain::{Pace, convert};
use crate::pattern::harmony::interval;
use crate::pattern::{Context, Hap, Pattern, Value};

/// A query context that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Reader {
    context: Context,
    haps: Vec<Hap>,
    /// Stretches that were cut because they asked for too much.
    pub too_dense: u64,
}

impl Reader {
    /// The next queries are in this run, within the given window of it.
    pub(super) fn section(&mut self, run: &Run, window: Option<Span>) {
        self.context.chance = run.chance_offset();
        self.context.section = run.section(window);
        self.context.fill = run.fill();
        self.context.beats = run.scene().meter.quarters();
    }

    /// Cycles a second from here on.
    pub(super) fn pace(&mut self, cycles_a_second: f64) {
        self.context.cps = cycles_a_second;
    }

    /// A hand is moved.
    pub(super) fn hand(&mut self, name: &str, value: f64) {
        Arc::make_mut(&mut self.context.hands).insert(name.to_owned(), value);
    }

    /// Where a hand stands, if it was ever moved.
    pub(super) fn standing(&self, name: &str) -> Option<f64> {
        self.context.hands.get(name).copied()
    }

    /// The haps of a stretch of pattern time.
    pub(super) fn haps(&mut self, pattern: &Pattern, span: Span) -> std::vec::Drain<'_, Hap> {
        self.haps.clear();
        self.context.refuel(crate::pattern::FUEL);
        pattern.query_into(span, &mut self.context, &mut self.haps);
        if self.context.exhausted() {
            self.too_dense += 1;
        }
        self.haps.drain(..)
    }

    /// The first value at a point of pattern time.
    pub(super) fn value(&mut self, pattern: &Pattern, at: Time) -> Option<Value> {
        let first = self.haps(pattern, Span::new(at, at)).next();
        first.map(|hap| hap.value)
    }

    /// The number at a point of pattern time, its unit ignored.
    pub(super) fn number(&mut self, pattern: &Pattern, at: Time) -> Option<f64> {
        match self.value(pattern, at)? {
            Value::Quantity(number, _) => Some(number.to_f64()),
            value => value.number(),
        }
    }
}

/// A value in the base unit of its slot.
pub(super) fn in_unit(value: &Value, dimension: Dimension, pace: Pace) -> Option<f64> {
    match value {
        Value::Quantity(number, unit) => convert(number.to_f64(), Some(*unit), dimension, pace),
        Value::List(list) => in_unit(list.first()?, dimension, pace),
        Value::Live(live) => in_unit(&live.now, dimension, pace),
        // A note is a frequency where one is wanted, an interval's name its semitones.
        Value::Word(word) if dimension == Dimension::Frequency && value.number().is_none() => {
            key::note_number(word).map(|note| Hz::from_note(note).0)
        }
        Value::Word(word) if dimension == Dimension::Interval && value.number().is_none() => {
            interval::semitones(word).map(|semitones| semitones as f64)
        }
        value => value.number(),
    }
    .filter(|number| number.is_finite())
}

/// A note name or number as a MIDI note number: `c4` is 60, `c` alone is c3, `eb` and `f#` and `fs` too.
pub(super) fn pitch(value: &Value) -> Option<f64> {
    match value {
        Value::Word(word) => crate::model::key::note_number(word).or_else(|| value.number()),
        Value::List(list) => pitch(list.first()?),
        Value::Live(live) => pitch(&live.now),
        value => value.number(),
    }
    .filter(|number| number.is_finite())
}
