//! cli

pub mod manual;
