//! Kits, samplers and sound fonts from the disk, as they are heard: which file plays at which pitch and level.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its own files has failed")]

mod desk;
mod hostile;
mod installed;
mod kits;
mod sf2;
mod sfz;
