//! Windows of one length into channels of one length, checked once for all frames of a block.
//!
//! Invariant: every window lies within its channel.
#![allow(unsafe_code)]

/// The most frames of a block.
pub const BLOCK: usize = 128;

/// A window for each frame, in each channel.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a, const N: usize> {
    channels: [&'a [f32]; N],
    firsts: &'a [i64; BLOCK],
    length: usize,
}

impl<'a, const N: usize> Windows<'a, N> {
    /// Of `length` samples each from the frames `firsts` on; none where one would leave its channel.
    #[inline(always)]
    pub fn new(channels: [&'a [f32]; N], firsts: &'a [i64; BLOCK], length: usize) -> Option<Windows<'a, N>> {
        let mut shortest = usize::MAX;
        for channel in channels {
            shortest = shortest.min(channel.len());
        }
        // No slice of numbers is longer than a sixteenth of what an i64 counts.
        let last = shortest.min(1 << 60) as i64 - length.min(1 << 60) as i64;
        let mut signs = last;
        for first in firsts {
            // Either is negative where a window begins too early or too late.
            signs |= first | last.wrapping_sub(*first);
        }
        (signs >= 0).then_some(Windows { channels, firsts, length })
    }

    /// The window of a frame (counted round the block) in a channel.
    #[inline(always)]
    pub fn at(&self, channel: usize, frame: usize) -> &'a [f32] {
        let first = self.firsts[frame % BLOCK] as usize;
        // SAFETY: `new` found 0 <= first <= shortest channel - length for each first. (Where first is negative and `last -
        // first` wraps, first's own sign is seen.)
        unsafe { self.channels[channel].get_unchecked(first..first + self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_would_leave_a_channel_are_refused() {
        let (long, short) = ([1.0f32; 100], [2.0f32; 90]);
        let with = |at: usize, first: i64| {
            let mut firsts = [3; BLOCK];
            firsts[at] = first;
            Windows::new([&long[..], &short[..]], &firsts, 16).is_some()
        };
        for at in [0, 31, BLOCK - 1] {
            assert!(with(at, 0) && with(at, 74));
            assert!(![-1, 75, 1000, i64::MIN, i64::MAX].into_iter().any(|first| with(at, first)));
        }
        assert!(Windows::new([&long[..8]], &[0; BLOCK], 16).is_none());
        assert!(Windows::new([&long[..0]], &[0; BLOCK], usize::MAX).is_none());
    }

    #[test]
    fn a_window_is_where_it_should_be() {
        let samples: Vec<f32> = (0..2 * BLOCK + 16).map(|i| i as f32).collect();
        let firsts = std::array::from_fn(|i| 2 * i as i64);
        let windows = Windows::new([&samples[..]], &firsts, 16).unwrap();
        assert_eq!(windows.at(0, 40), &samples[80..96]);
        assert_eq!(windows.at(0, 40 + BLOCK), &samples[80..96]);
    }
}
