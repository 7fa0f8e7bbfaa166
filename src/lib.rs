//! talea: music as text, from the text to the sound.
//!
//! The modules stand in the order in which the music goes. A module uses only those on lower floors; a test holds it.
//!
//! ```text
//! text → lang → model (with pattern) → score → sequencer → engine (with dsp) → outputs, render
//! ```

pub mod base;
pub mod dsp;
pub mod lang;
pub mod pattern;

pub mod model;

pub mod score;

pub mod engine;
pub mod files;
pub mod sequencer;

pub mod outputs;
pub mod render;

pub mod ui;

pub mod cli;
pub mod session;
