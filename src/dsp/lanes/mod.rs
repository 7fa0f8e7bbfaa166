//! Eight voices side by side: numbers in lanes, their arithmetic, and the choice of the machine's vector instructions.
//!
//! A kernel is ordinary Rust over eight lanes, compiled once for each set of instructions ([`dispatch()`]). How many lanes fit into a register of the machine changes nothing: there are always eight, each
//! lane's operations stand in the order of the text, nothing is fused, so the bits are the same everywhere.
//!
//! Work along one voice, as reading a sample is, has [`Eight`] taps or frames side by side instead.
//!
//! Invariants:
//! - No operation on [`Lanes`] looks across them: what sounds in one never changes the bits of another.
//! - This module and `base::system` alone lift the denial of `unsafe`; each block says why it is sound.

mod dispatch;
mod eight;
mod math;
mod number;
mod table;
mod vector;
mod windows;

#[cfg(test)]
pub(crate) use dispatch::with_instructions;
pub use dispatch::{Instructions, Kernel, dispatch, dispatch_with, instructions};
pub use eight::{Eight, EightKernel, dispatch_eight};
pub use math::{exp2, flush, log2, power, sine, tan_pi, tanh};
pub use number::{LANES, Lanes, Words};
pub use table::gather;
pub use vector::{Number, Two, Vector};
pub use windows::{BLOCK, Windows};
