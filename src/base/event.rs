//! What the sequencer tells the engine and the MIDI ports, at a frame.
//!
//! Invariant: an event is `Copy` and 32 bytes; its frame comes from the tempo map's anchor and is never accumulated.
//! Frames count from the start of the session, at the engine's rate.

/// A value for a slot of a voice (see [`super::control::slot`]).
pub type SlotValue = (u16, f32);

/// The most values that one event carries.
pub const MOST_VALUES: usize = 64;

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A note begins: `note`, `program` and `track` name it; its values follow.
    NoteOn,
    /// The note `note` ends (it is released; a sample that is not gated plays on).
    NoteOff,
    /// The sounding note `note` takes new values.
    Live,
    /// A parameter of the strip `track` moves: `program` is its [`address`], `note` holds the bits of the `f32`.
    Parameter,
    /// A note that the insert at the [`address`] `program` of the strip `track` listens for begins: `note` holds the bits
    /// of the seconds for which it is held.
    Strike,
    /// The performer's fader of the strip `track`: `program` is a [`hand`] parameter, `note` the bits of the `f32`.
    Hand,
    /// The rig that was prepared for `generation` takes over.
    Swap,
    /// Every queued event at or after `frame` with a generation below `generation` is dropped.
    Cancel,
    /// Every voice of the strip `track` is released.
    Release,
    /// Everything stops at once, under a short fade; effects are emptied.
    Panic,
    /// The machine cannot keep up: `program` 1 cuts releases short from here on, 2 takes the quietest quarter of the voices
    /// away as well, 0 ends it.
    Relieve,
}

/// One event.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Event {
    /// When, in frames of the engine's clock.
    pub frame: i64,
    /// Of which version of the schedule; what is older can be cancelled.
    pub generation: u32,
    /// The note's number, unique in the session; or the bits of a value.
    pub note: u32,
    /// The program's index in the rig; or a parameter's address.
    pub program: u32,
    /// Free for the ring that carries the values.
    pub values: u32,
    /// The strip's index in the rig's plan.
    pub track: u16,
    /// What happens.
    pub kind: Kind,
    /// How many values belong to it, at most [`MOST_VALUES`].
    pub count: u8,
}

const _: () = assert!(std::mem::size_of::<Event>() == 32);

impl Event {
    /// An event without values; the rest is filled in with struct update.
    pub const fn new(frame: i64, generation: u32, kind: Kind) -> Event {
        Event { frame, generation, note: 0, program: 0, values: 0, track: 0, kind, count: 0 }
    }
}

/// Addresses of strip parameters, as an event's `program` carries them.
pub mod address {
    /// The strip's gain, linear factor.
    pub const GAIN: u32 = 0xffff_0000;
    /// The strip's pan, 0 to 1.
    pub const PAN: u32 = 0xffff_0001;
    /// The strip's width, factor.
    pub const WIDTH: u32 = 0xffff_0002;
    /// How far the strip has faded in or out with its section, linear factor.
    pub const FADE: u32 = 0xffff_0003;
    /// The level of the strip's send number `index`, linear factor.
    pub const fn send(index: usize) -> u32 {
        0xfffe_0000 | index as u32
    }
    /// Parameter `parameter` of the strip's insert number `insert`.
    pub const fn insert(insert: usize, parameter: usize) -> u32 {
        (insert as u32) << 8 | parameter as u32
    }
}

/// What the performer's hand moves on a strip, over what the text says.
pub mod hand {
    /// Linear factor on the fader.
    pub const GAIN: u32 = 0;
    /// Added to the pan, −1 to 1.
    pub const PAN: u32 = 1;
    /// 1 is silent, 0 sounds; mute and solo both come out as this.
    pub const MUTE: u32 = 2;
}

/// A MIDI message at its frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MidiEvent {
    /// When, in frames of the engine's clock; the port's offset is in it.
    pub frame: i64,
    /// Index into the rig's list of ports.
    pub port: u16,
    /// How many bytes count.
    pub length: u8,
    /// The message.
    pub bytes: [u8; 3],
}
