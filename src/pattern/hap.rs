//! A hap: something that happens in a stretch of time.
//!
//! Invariant: the part lies within the whole.

use smallvec::SmallVec;

use super::value::Value;
use crate::base::source::Place;
use crate::base::time::{Span, Time};

/// The ranges of the text that made a hap.
pub type Places = SmallVec<[Place; 3]>;

/// An event, or the fragment of one that lies in the queried span.
#[derive(Clone, Debug, PartialEq)]
pub struct Hap {
    /// All of the event; `None` where it is sampled from a signal.
    pub whole: Option<Span>,
    /// What of it lies in the query.
    pub part: Span,
    /// What happens.
    pub value: Value,
    /// The atoms of the text that made it.
    pub places: Places,
    /// Moved by this many seconds, after swing and tempo map; late is positive.
    pub shift: f64,
}

impl Hap {
    /// An event with its whole.
    pub fn new(whole: Span, part: Span, value: Value) -> Hap {
        Hap { whole: Some(whole), part, value, places: Places::new(), shift: 0.0 }
    }

    /// Whether the event begins here, so that it triggers.
    pub fn has_onset(&self) -> bool {
        self.whole.is_some_and(|whole| whole.begin == self.part.begin)
    }

    /// The whole, or the part of a signal.
    pub fn whole_or_part(&self) -> Span {
        self.whole.unwrap_or(self.part)
    }

    /// Where it begins, in cycles.
    pub fn onset(&self) -> Time {
        self.whole_or_part().begin
    }

    /// Adds the places of another that took part, each once.
    pub fn add_places(&mut self, places: &[Place]) {
        for place in places {
            if !self.places.contains(place) {
                self.places.push(*place);
            }
        }
    }
}
