//! How much arithmetic the sound is worth: `--quality` of a render.
//!
//! Invariant: only [`Quality::Best`] and [`Quality::Draft`] may sound different from what is played live.

/// How samples are read between their frames and how far drives are oversampled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub enum Quality {
    /// A cubic through four frames; nothing is taken off before it folds.
    Draft,
    /// What is played live: a windowed sinc of 16 taps, drives at four times the rate.
    #[default]
    Live,
    /// 32 taps, drives at eight times the rate.
    Best,
}
