//! Floor 6: the screen and the keys of `talea play`.
//!
//! The session fills a [`Snapshot`] some thirty times a second and receives [`Action`]s; nothing else passes. [`update`]
//! turns a key into an action, [`fn@view`] paints a [`State`]; both are pure, so every screen and every key has its test.
//! [`terminal`] is the only file that touches a real terminal; [`picture`] makes an SVG of a painted screen.
//!
//! Invariant: the screen only shows and asks; it changes nothing in the music by itself, and no size, text or number
//! makes it panic.

mod canvas;
mod commands;
mod footer;
mod help;
mod keys;
mod level;
mod mixer;
pub mod picture;
mod problems;
mod snapshot;
mod source;
mod state;
mod strips;
pub mod terminal;
mod theme;
mod timeline;
mod tint;
mod transport;
mod view;

pub use commands::{Action, COMMANDS, Command, Group};
pub use keys::{Chord, update};
pub use snapshot::{
    Button, Health, Kind, Knob, Lit, Mark, Message, Problem, Queued, Section, SectionNow, Snapshot, SongPart,
    SourceText, Stale, Strip, Transport,
};
pub use state::State;
pub use theme::{Depth, Theme};
pub use view::view;
