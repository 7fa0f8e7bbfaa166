//! The entries of effects that texts write, made as they come.

use std::sync::{Mutex, PoisonError};

use super::Dimension::{self, Duration, Frequency, Share};
use super::{InsertInfo, Parameter, insert, parameter};
use crate::base::graph::{self, BEAT};

/// The entry of an effect of a text, as if it stood in the table. Entries live as long as the program, one for each
/// signature that was ever written.
pub fn interned(name: &str, parameters: &[graph::Parameter]) -> &'static InsertInfo {
    static KNOWN: Mutex<Vec<&'static InsertInfo>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |entry: &&&InsertInfo| {
        let alike = |(a, b): (&Parameter, &graph::Parameter)| {
            *a.name == *b.name && a.dimension == b.dimension && a.default.to_bits() == b.default.to_bits()
        };
        entry.name == name
            && entry.parameters.len() == parameters.len()
            && entry.parameters.iter().zip(parameters).all(alike)
    };
    if let Some(entry) = known.iter().find(same) {
        return entry;
    }
    let word = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|own| {
            let (low, high) = match own.dimension {
                Frequency => (0.0, 24_000.0),
                Duration => (0.0, 600.0),
                Dimension::Factor => (0.0, 10_000.0),
                Share => (0.0, 1.0),
                _ => (-1e6, 1e6),
            };
            parameter(word(&own.name), own.dimension, (own.default, low, high), "A parameter of the effect.")
        })
        .collect();
    let entry =
        Box::leak(Box::new(insert(word(name), Box::leak(parameters.into_boxed_slice()), "An effect of the piece.")));
    known.push(entry);
    entry
}

impl InsertInfo {
    /// Those of its own parameters that a text can write.
    pub fn written(&self) -> &'static [Parameter] {
        match self.parameters.split_last() {
            Some((last, written)) if last.name == BEAT => written,
            _ => self.parameters,
        }
    }
}
