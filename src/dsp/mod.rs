//! Floor 1: the arithmetic of sound. Oscillators, envelopes, filters, delays, without voices, strips or events.
//!
//! Invariant: the same input gives the same bits on every machine: no platform mathematics, no fused multiply-add, sums
//! in a fixed order. Nothing here allocates once it is built.

pub mod delay;
pub mod envelope;
pub mod filter;
pub mod limiter;
pub mod math;
pub mod noise;
pub mod reverb;
pub mod sinc;
pub mod smooth;
pub mod tables;
pub mod true_peak;
