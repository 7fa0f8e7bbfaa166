//! Floor 1: from text to syntax. Tokens that join to the text again, items that recover one by one, places everywhere.
//!
//! Invariant: parsing cannot fail; whatever the text, there is a [`syntax::File`] and a list of diagnostics.

pub mod syntax;
