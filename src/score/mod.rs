//! Floor 3: the model made playable. Tracks, sections, tempo map and the rig to build, each comparable with its
//! like in the version before.
//!
//! Invariant: a score is a value; nothing in it is changed after it was made.

pub mod plan;
pub mod tempo;
