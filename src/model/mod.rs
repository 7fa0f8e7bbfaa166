//! Floor 2: what the text means. Names are resolved, units typed, defaults filled in; what cannot play says so.
//!
//! Invariant: the same texts, catalog and earlier model give the same model; nothing here reads a clock or a disk.

mod arrange;
pub mod build;
pub mod collect;
mod draft;
mod instruments;
pub mod key;
pub mod mini;
mod mixer;
mod names;
mod order;
pub mod piece;
pub mod plain;
pub mod setting;
mod settings;
mod sounds;
pub mod window;
pub mod words;
mod apply;
pub mod call;
pub mod checks;
pub mod controls;
pub mod expression;
pub mod functions;
pub mod hand;
mod remarks;
pub mod scope;
pub mod thing;
