//! Floor 2: what the text means. Names are resolved, units typed, defaults filled in; what cannot play says so.
//!
//! Invariant: the same texts, catalog and earlier model give the same model; nothing here reads a clock or a disk.

pub mod collect;
pub mod plain;
pub mod words;
