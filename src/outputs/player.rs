//! What a driver plays: the engine with its MIDI, seen from the outer edge.
//!
//! Invariant: one player lives as long as the session; streams come and go around it.

/// Takes a MIDI message: its offset in the block in frames, the port's index (see
/// [`Outputs::set_ports`](super::Outputs::set_ports)) and at most three bytes.
pub type MidiSink<'a> = dyn FnMut(u32, u16, &[u8]) + 'a;

/// Something that computes sound and MIDI, block after block.
///
/// Every method runs in an audio callback: it neither allocates, frees, locks, blocks nor panics.
pub trait Player: Send {
    /// Computes the next frames: overwrites `left` and `right`, which are equally long, 1 to any number of frames, and
    /// hands over the MIDI that falls within them.
    fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>);

    /// How many frames were computed so far: the frame with which the next block begins.
    fn frame(&self) -> i64;

    /// A device came back: the next 10 ms fade in.
    fn fade_in(&mut self);

    /// Whether all that the next `frames` need is here. A driver without a deadline waits for it; one with a deadline
    /// does not ask.
    fn is_ready(&self, _frames: usize) -> bool {
        true
    }

    /// Whether MIDI is still queued; [`Outputs::shutdown`](super::Outputs::shutdown) waits for it (last note-offs).
    fn midi_pending(&self) -> bool {
        false
    }
}
