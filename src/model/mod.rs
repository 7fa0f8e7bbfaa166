//! Floor 2: what a text means. Expressions become patterns; names, units and counts are checked here.
//!
//! Invariant: whatever cannot be understood has a diagnostic with a place; nothing is guessed in silence.

mod apply;
pub mod call;
pub mod checks;
pub mod controls;
pub mod expression;
pub mod functions;
pub mod hand;
pub mod mini;
mod remarks;
pub mod scope;
pub mod thing;
