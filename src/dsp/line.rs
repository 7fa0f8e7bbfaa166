//! A delay line that is read between its frames.
//!
//! Reading is a third-degree Lagrange polynomial (T. Laakso and others, "Splitting the unit delay", IEEE SPM 13, 1996).
//!
//! Invariant: never reads outside of its memory, whatever delay is asked for.

/// A mono delay line.
#[derive(Clone, Debug)]
pub struct Line {
    frames: Vec<f32>,
    mask: usize,
    at: usize,
}

impl Line {
    /// With memory for so many frames at least.
    pub fn new(frames: usize) -> Line {
        let size = (frames + 8).next_power_of_two();
        Line { frames: vec![0.0; size], mask: size - 1, at: 0 }
    }

    /// Puts a frame in.
    #[inline]
    pub fn push(&mut self, x: f32) {
        self.at = (self.at + 1) & self.mask;
        self.frames[self.at] = x;
    }

    /// The frame that was put in so many frames before the last one.
    #[inline]
    pub fn tap(&self, back: usize) -> f32 {
        self.frames[self.at.wrapping_sub(back.min(self.mask)) & self.mask]
    }

    /// What was put in so many frames before the last one, at least one frame.
    #[inline]
    pub fn read(&self, delay: f32) -> f32 {
        let delay = delay.clamp(1.0, (self.mask - 4) as f32);
        let whole = delay as usize;
        let f = delay - whole as f32;
        let tap = |back: usize| self.frames[self.at.wrapping_sub(back) & self.mask];
        let (a, b, c, d) = (tap(whole - 1), tap(whole), tap(whole + 1), tap(whole + 2));
        let third = (d - a) * (1.0 / 6.0) + (b - c) * 0.5;
        let second = (a + c) * 0.5 - b;
        let slope = c - a * (1.0 / 3.0) - b * 0.5 - d * (1.0 / 6.0);
        b + f * (slope + f * (second + f * third))
    }

    /// Forgets what it holds.
    pub fn reset(&mut self) {
        self.frames.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_between_its_frames() {
        let mut line = Line::new(64);
        for i in 0..64 {
            line.push(libm::sinf(i as f32 * 0.1));
        }
        for delay in [1.0f32, 2.5, 10.25, 31.9] {
            let right = libm::sinf((63.0 - delay) * 0.1);
            assert!((line.read(delay) - right).abs() < 1e-4, "{delay}");
        }
        assert_eq!(line.tap(0), libm::sinf(6.3));
        assert!(line.read(-5.0).is_finite() && line.read(1e9).is_finite());
    }
}
