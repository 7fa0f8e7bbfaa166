//! Floor 2: what the text means. Names are resolved, units typed, defaults filled in; what cannot play says so.
//!
//! Invariant: the same texts, catalog and earlier model give the same model; nothing here reads a clock or a disk.

mod apply;
mod arrange;
pub mod build;
pub mod call;
mod called;
mod chain;
pub mod checks;
pub mod collect;
pub mod controls;
pub mod density;
mod draft;
pub mod expression;
pub mod functions;
pub mod hand;
mod insert_line;
mod instruments;
pub mod key;
pub mod known;
mod lacks;
mod lists;
pub mod mini;
mod mixer;
mod names;
pub mod orbits;
mod order;
pub mod piece;
pub mod plain;
pub mod prelude;
mod remarks;
pub mod scope;
pub mod setting;
mod settings;
mod sounds;
pub mod synth;
mod synths;
pub mod thing;
pub mod window;
pub mod wishes;
pub mod words;
