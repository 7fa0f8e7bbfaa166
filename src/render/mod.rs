//! Floor 5: from the engine to files, and what can be measured on them.
//!
//! - [`offline`] plays without a device; [`log`] is what it can replay
//! - [`loudness`] is the meter of EBU R128; [`meter`] measures a file with it
//!
//! Invariant: nothing here changes what is heard.

pub mod log;
pub mod loudness;
pub mod meter;
pub mod offline;
