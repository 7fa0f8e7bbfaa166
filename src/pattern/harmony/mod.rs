//! Notes, intervals, scales, chords and how they are laid out.
//!
//! Invariant: pitch is a MIDI number (c4 is 60, c alone is c3); names are for reading and writing only.

pub mod arp;
pub mod chord;
pub mod interval;
pub mod lead;
pub mod note;
pub mod numeral;
pub mod scale;
pub mod tuning;
