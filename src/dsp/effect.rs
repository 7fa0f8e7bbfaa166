//! What every effect in a strip can do.
//!
//! Invariant: a call of [`Effect::process`] has at most [`super::BLOCK`] frames and lies between two absolute multiples
//! of as many; at each of those [`Effect::settle`] is called first. So an effect may count ticks from there, and where
//! calls are cut changes no bit.

/// A stereo effect, moved by parameters in the order of its entry in [`crate::base::insert::INSERTS`].
pub trait Effect: Send + std::fmt::Debug {
    /// Moves it: every parameter in its base unit and range. Smoothly, or `at_once` where nothing has sounded yet.
    fn set(&mut self, parameters: &[f32], at_once: bool);

    /// Works on a block in place; both sides have the same length.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]);

    /// Forgets what it holds of the sound.
    fn reset(&mut self);

    /// An absolute multiple of [`super::BLOCK`] frames comes: ticks are counted from here, denormals are flushed.
    fn settle(&mut self) {}

    /// A note of the strip that it listens to begins; it is held for so many seconds.
    fn strike(&mut self, _held: f32) {}

    /// Frames by which it makes its strip late.
    fn latency(&self) -> usize {
        0
    }

    /// Seconds for which it may be silent before its tail comes.
    fn patience(&self) -> f32 {
        0.0
    }
}
