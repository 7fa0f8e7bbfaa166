//! Floor 1: patterns, which are data: a tree of nodes that answers what happens in a stretch of time.
//!
//! A [`Pattern`] is built by its constructors, queried with a [`Context`], and answers [`Hap`]s.
//!
//! Invariant: `query` is pure. The same pattern, span and chance time give the same haps on every machine.

pub mod arithmetic;
mod build;
mod chance;
mod combine;
mod compile;
mod context;
mod digest;
pub mod euclid;
mod events;
mod facts;
mod func;
mod hap;
pub mod harmony;
mod join;
mod literals;
mod moved;
mod node;
pub mod patterned;
mod query;
mod signal;
pub mod steps;
mod tree;
mod value;
mod warp;

pub use build::choice_by_word;
pub use context::{Context, FUEL, Hands};
pub use func::{Func, Simple, convert, fits};
pub use hap::{Hap, Places};
pub use node::{Align, Choice, Join, Kind, MAX_DEPTH, MAX_SIZE, Pattern, Patterned, Step, Table};
pub use signal::{Cyclic, FILL, Wave};
pub use value::{Controls, Live, Name, Value};
