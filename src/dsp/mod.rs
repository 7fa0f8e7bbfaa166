//! Floor 1: the units of sound. A file is one generator, filter or effect, with its tests and its source cited.
//!
//! Invariants, for every unit here:
//! - **No cut is heard.** A unit keeps its state per frame, so the samples do not depend on how a stretch is cut into
//!   blocks.
//! - **The same bits everywhere.** Sums have a fixed order, there is no fused multiply-add, and sines and powers come
//!   from [`math`] or `libm`.
//! - **Real time.** What runs per block neither allocates, frees, locks nor panics.

pub mod chorus;
pub mod comp;
pub mod convert;
pub mod convolve;
pub mod crush;
pub mod drive;
pub mod duck;
pub mod echo;
pub mod edge;
pub mod effect;
pub mod envelope;
pub mod eq;
pub mod formant;
pub mod fourier;
pub mod freeze;
pub mod gate;
pub mod glide;
pub mod ladder;
pub mod ladder_strip;
pub mod lanes;
pub mod limiter;
pub mod line;
pub mod math;
pub mod multiband;
pub mod noise;
pub mod oscillator;
pub mod oversample;
pub mod phaser;
pub mod pitch;
pub mod pluck;
pub mod reverb;
pub mod rotary;
pub mod section;
pub mod shape;
pub mod shift;
pub mod sinc;
pub mod smooth;
pub mod stretch;
pub mod svf;
pub mod tables;
#[cfg(test)]
pub(crate) mod testing;
pub mod transient;
pub mod tremolo;
pub mod trim;
pub mod true_peak;
pub mod vowel;
pub mod widen;

/// The most frames that one call of a block operation gets.
pub const BLOCK: usize = 128;

/// Control values (cutoff, pitch) are computed at absolute multiples of this many frames and ramped between.
pub const TICK: usize = 16;
