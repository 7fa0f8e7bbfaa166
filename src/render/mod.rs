//! Floor 5: from the engine to files, and what can be measured on them.
//!
//! - [`loudness`] is the meter of EBU R128; [`meter`] measures a file with it
//!
//! Invariant: nothing here changes what is heard.

pub mod loudness;
pub mod meter;
