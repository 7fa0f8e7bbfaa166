//! Values that move without a step.
//!
//! Invariant: a value that has arrived stays exactly where it is, so that what does not change costs nothing and keeps
//! its bits.

/// A one-pole smoother with a time constant of 5 ms.
#[derive(Clone, Copy, Debug)]
pub struct Smooth {
    value: f32,
    target: f32,
    factor: f32,
}

impl Smooth {
    /// At a value, at a rate in Hz.
    pub fn new(value: f32, rate: f32) -> Smooth {
        Smooth::with_time(value, 0.005, rate)
    }

    /// At a value, with a time constant in seconds.
    pub fn with_time(value: f32, seconds: f32, rate: f32) -> Smooth {
        Smooth { value, target: value, factor: 1.0 - libm::expf(-1.0 / (seconds * rate).max(1.0)) }
    }

    /// Where it goes from now on.
    pub fn set(&mut self, target: f32) {
        self.target = target;
    }

    /// There at once.
    pub fn jump(&mut self, value: f32) {
        self.value = value;
        self.target = value;
    }

    /// Where it is.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// Where it goes.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Whether it has arrived.
    pub fn still(&self) -> bool {
        self.value == self.target
    }

    /// One frame further.
    #[inline]
    pub fn tick(&mut self) -> f32 {
        let way = self.target - self.value;
        let step = way * self.factor;
        // Close enough that the rest is under −140 dB, or too small a step to move: there.
        if way.abs() < 1e-7 || self.value + step == self.value {
            self.value = self.target;
        } else {
            self.value += step;
        }
        self.value
    }

    /// As many frames further as the slice holds.
    pub fn fill(&mut self, out: &mut [f32]) {
        if self.still() {
            out.fill(self.value);
        } else {
            for frame in out {
                *frame = self.tick();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_value_arrives_and_stays() {
        let mut smooth = Smooth::new(0.0, 48000.0);
        smooth.set(0.5);
        let first = smooth.tick();
        assert!(first > 0.0 && first < 0.01);
        let mut out = vec![0.0; 48000];
        smooth.fill(&mut out);
        assert_eq!(out[47_999], 0.5);
        assert!(smooth.still());
    }
}
