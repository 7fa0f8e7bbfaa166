//! What the performer can move: the knobs, buttons and controllers that a text names.
//!
//! Invariant: a hand's name is the definition that it stands in, so that it keeps its value over a reload.

/// How a hand is moved.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// A fader on the screen, perhaps a MIDI controller.
    Knob {
        /// The controller's number.
        cc: Option<u8>,
    },
    /// True while it is held.
    Button {
        /// The key of the computer.
        key: Option<char>,
        /// The MIDI note.
        note: Option<u8>,
    },
    /// A controller of a port, 0 to 1.
    Midi {
        /// A part of the port's name.
        port: String,
        /// The controller's number.
        cc: u8,
    },
}

/// A value that the performer moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Hand {
    /// Its value before anybody touches it, in the bare unit of its quantity.
    pub start: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// How it is moved.
    pub control: Control,
}
