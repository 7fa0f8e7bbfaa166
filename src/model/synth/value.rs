//! What an expression of a synth is worth: one or two nodes, and what kind of quantity they carry.
//!
//! Invariant: a bare number goes with everything, as the base unit of what it meets; two kinds that differ never add up.

use crate::base::control::Dimension;
use crate::base::graph::NodeId;
use crate::base::units::Unit;

/// The kind of quantity that a signal carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Sound, a factor, a share.
    Number,
    /// Hz.
    Frequency,
    /// Seconds.
    Duration,
    /// Semitones.
    Interval,
}

impl Kind {
    /// Of an input or a parameter.
    pub(super) const fn of(dimension: Dimension) -> Kind {
        match dimension {
            Dimension::Frequency => Kind::Frequency,
            Dimension::Duration | Dimension::Span => Kind::Duration,
            Dimension::Interval => Kind::Interval,
            _ => Kind::Number,
        }
    }

    /// With its article, for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Number => "a number",
            Kind::Frequency => "a frequency",
            Kind::Duration => "a length of time",
            Kind::Interval => "an interval",
        }
    }

    /// The kind of a sum, where there is one; a frequency and an interval are not added but transposed.
    pub(super) fn sum(self, other: Kind) -> Option<Kind> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Kind::Number, kind) | (kind, Kind::Number) => Some(kind),
            _ => None,
        }
    }

    /// The kind of a product: seconds of Hz are a number, and an interval knows only numbers.
    pub(super) fn product(self, other: Kind) -> Option<Kind> {
        match (self, other) {
            (Kind::Number, kind) | (kind, Kind::Number) => Some(kind),
            (Kind::Frequency, Kind::Duration) | (Kind::Duration, Kind::Frequency) => Some(Kind::Number),
            _ => None,
        }
    }

    /// The kind of a quotient: one over a frequency is its period.
    pub(super) fn quotient(self, other: Kind) -> Option<Kind> {
        match (self, other) {
            (a, b) if a == b => Some(Kind::Number),
            (kind, Kind::Number) => Some(kind),
            (Kind::Number, Kind::Frequency) => Some(Kind::Duration),
            (Kind::Number, Kind::Duration) => Some(Kind::Frequency),
            _ => None,
        }
    }
}

/// The kind of quantity that a parameter has by the unit of its default.
pub(super) const fn dimension_of(unit: Option<Unit>) -> Option<Dimension> {
    Some(match unit {
        None => Dimension::Number,
        Some(Unit::Hertz | Unit::Kilohertz) => Dimension::Frequency,
        Some(Unit::Milliseconds | Unit::Seconds | Unit::Beats | Unit::Bars) => Dimension::Duration,
        Some(Unit::Decibels) => Dimension::Factor,
        Some(Unit::Percent) => Dimension::Share,
        Some(Unit::Semitones | Unit::Cents) => Dimension::Interval,
        Some(Unit::TruePeak | Unit::Lufs | Unit::Bpm) => return None,
    })
}

/// The nodes of both sides; of what is mono they are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Value {
    pub left: NodeId,
    pub right: NodeId,
    pub kind: Kind,
}

impl Value {
    pub(super) const fn mono(node: NodeId, kind: Kind) -> Value {
        Value { left: node, right: node, kind }
    }

    pub(super) const fn number(node: NodeId) -> Value {
        Value::mono(node, Kind::Number)
    }

    pub(super) fn is_stereo(self) -> bool {
        self.left != self.right
    }

    pub(super) const fn side(self, right: bool) -> NodeId {
        if right { self.right } else { self.left }
    }
}
