//! Keys and note names, as the checker and the sequencer read them.
//!
//! Invariant: pitch is a MIDI number; c4 is 60, c alone is c3.

use crate::pattern::harmony::{note, scale};

/// The pitch of a degree of a key such as `a:minor`, with degree 0 from c3 up; `None` where the key is unknown. A
/// fraction counts as the degree above it.
///
/// ```
/// use talea::model::key::degree;
/// assert_eq!(degree("a:minor", 0.0), Some(57.0));
/// assert_eq!(degree("c:major", 7.0), Some(60.0));
/// assert_eq!(degree("c:majr", 0.0), None);
/// ```
pub fn degree(key: &str, degree: f64) -> Option<f64> {
    let scale = scale::Scale::parse(key).ok()?;
    Some(scale.pitch(degree.ceil().clamp(-1e6, 1e6) as i64))
}

/// The MIDI number of a note's name.
pub fn note_number(word: &str) -> Option<f64> {
    note::number(word).map(|number| number as f64)
}
