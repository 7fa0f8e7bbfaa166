//! cli

pub mod meter;
