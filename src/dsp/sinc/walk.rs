//! A way through a sample, in fixed point.

/// One frame in 64.64 fixed point: fine enough that a step's rounding is not heard over hours.
pub const FRAME: i128 = 1 << 64;

/// Where a reading is, by how much it moves on, and how that changes a frame, in 64.64 fixed point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Walk {
    /// The place, in frames.
    pub at: i128,
    /// What is added a frame.
    pub step: i128,
    /// What is added to `step` a frame.
    pub bend: i128,
}

impl Walk {
    /// On to the next frame.
    #[inline(always)]
    pub fn advance(&mut self) {
        // Far from the ends of the numbers: no pace is over 10⁵ frames a frame.
        self.at = self.at.wrapping_add(self.step);
        self.step = self.step.wrapping_add(self.bend);
    }

    /// The whole frame at or before the place.
    #[inline(always)]
    pub fn frame(&self) -> i64 {
        (self.at >> 64) as i64
    }

    /// How far it is towards the next, in the upper half of 64 bits.
    #[inline(always)]
    pub fn fraction(&self) -> u32 {
        (self.at as u64 >> 32) as u32
    }
}

/// A number of frames in fixed point; what is no number is 0.
#[inline]
pub fn fixed(frames: f64) -> i128 {
    (frames * FRAME as f64) as i128
}
