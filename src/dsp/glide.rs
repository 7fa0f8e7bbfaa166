//! Several values that never jump, side by side: [`super::smooth::Smooth`] for the coefficients of a filter.
//!
//! Invariant: the values arrive together, and then are exactly their targets.

/// Frames of the line.
const LINE: u32 = 64;
/// What counts as arrived, relative to the target (and to 1).
const NEAR: f64 = 1e-7;

/// `N` smoothed parameters.
#[derive(Clone, Copy, Debug)]
pub struct Glide<const N: usize> {
    target: [f64; N],
    line: [f64; N],
    slope: [f64; N],
    first: [f64; N],
    second: [f64; N],
    left: u32,
    pole: f64,
    still: bool,
}

impl<const N: usize> Glide<N> {
    /// At rest on `values`, for `rate` frames a second.
    pub fn new(values: [f32; N], rate: f32) -> Glide<N> {
        let values = values.map(f64::from);
        let pole = 1.0 - libm::exp(-1.0 / (0.0008 * f64::from(rate)).max(1.0));
        Glide {
            target: values,
            line: values,
            slope: [0.0; N],
            first: values,
            second: values,
            left: 0,
            pole,
            still: true,
        }
    }

    /// Where they go; at once where nothing has sounded yet. What is not finite is ignored.
    pub fn set(&mut self, targets: [f32; N], at_once: bool) {
        let targets = targets.map(f64::from);
        if targets.iter().any(|target| !target.is_finite()) || (targets == self.target && (self.still || !at_once)) {
            return;
        }
        self.target = targets;
        if at_once {
            (self.line, self.first, self.second, self.left, self.still) = (targets, targets, targets, 0, true);
            return;
        }
        self.left = LINE;
        self.slope = std::array::from_fn(|i| (targets[i] - self.line[i]) / f64::from(LINE));
        self.still = false;
    }

    /// Whether they go there, or are there.
    pub fn goes_to(&self, targets: [f32; N]) -> bool {
        targets.map(f64::from) == self.target
    }

    /// Whether they have arrived.
    pub fn is_still(&self) -> bool {
        self.still
    }

    /// Where they are.
    pub fn values(&self) -> [f32; N] {
        self.second.map(|value| value as f32)
    }

    /// The next frame's values.
    #[inline]
    pub fn step(&mut self) -> [f32; N] {
        if self.still {
            return self.values();
        }
        if self.left > 0 {
            self.left -= 1;
            for i in 0..N {
                self.line[i] = if self.left == 0 { self.target[i] } else { self.line[i] + self.slope[i] };
            }
        }
        for i in 0..N {
            self.first[i] += (self.line[i] - self.first[i]) * self.pole;
            self.second[i] += (self.first[i] - self.second[i]) * self.pole;
        }
        if self.left == 0 {
            let near = |value: f64, target: f64| (value - target).abs() < NEAR * target.abs().max(1e-3);
            if (0..N).all(|i| near(self.first[i], self.target[i]) && near(self.second[i], self.target[i])) {
                self.first = self.target;
                self.second = self.target;
                self.still = true;
            }
        }
        self.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_arrive_together_and_exactly() {
        let mut glide = Glide::new([0.0, 5.0, 1.0], 48_000.0);
        glide.set([1.0, 5.0, 0.001], false);
        let mut frames = 0;
        while !glide.is_still() {
            let before = glide.values();
            let now = glide.step();
            assert!(now[0] >= before[0] && now[1] == 5.0 && now[2] <= before[2]);
            frames += 1;
            assert!(frames < 2400, "{now:?}");
        }
        assert_eq!(glide.values(), [1.0, 5.0, 0.001]);
    }

    #[test]
    fn it_moves_as_one_smooth_value_does() {
        let mut one = crate::dsp::smooth::Smooth::new(0.25, 48_000.0);
        let mut many = Glide::new([0.25, 0.5], 48_000.0);
        one.set(0.75);
        many.set([0.75, 0.5], false);
        for _ in 0..400 {
            assert_eq!(one.step(), many.step()[0]);
        }
    }
}
