//! Floor 5: the outer edge. Where the computed sound and MIDI meet the machine.
//!
//! ```text
//!                       ┌ jack   one client, audio and MIDI
//!   player ── stage ────┼ audio  cpal: PulseAudio, ALSA, CoreAudio, WASAPI      supervisor: opens, watches, replaces
//!   (engine) │  │       └ null   a timer, when there is no device
//!            │  └ record (what was played, to a WAV file)
//!            └ ring → midi (midir), timed by clock
//! ```
//!
//! The [`player`] outlives every stream: it stands on the [`stage`], and exactly one driver at a time may use it. A
//! driver that was given up finds itself disowned and outputs silence.
//!
//! Invariant: cpal, midir and jack are used here only. Callbacks neither allocate, free, lock, block nor log; they tell
//! what they have to tell through atomics in [`status`].

pub mod audio;
pub mod choice;
pub mod clock;
pub mod devices;
mod driver;
pub mod ears;
#[cfg(unix)]
pub mod jack;
mod midi;
mod midi_ports;
mod null;
pub mod player;
pub mod record;
mod resample;
pub mod stage;
pub mod status;
pub mod supervisor;

pub use choice::{Choice, Route, Settings};
pub use ears::Ear;
pub use player::Player;
pub use status::{State, Status};
pub use supervisor::Outputs;
