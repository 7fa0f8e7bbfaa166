//! A band-limited step: the integral of a Kaiser-windowed sinc (E. Brandt, "Hard sync without aliasing", ICMC 2001, with a
//! linear phase).
//!
//! Invariant: built outside the callback.

/// What a step is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Frames that it is spread over, even; its middle is the step's place.
    pub taps: usize,
    /// Places between two frames.
    pub places: usize,
    /// The sinc's cutoff, as a share of the rate.
    pub cutoff: f64,
    /// The window's β.
    pub beta: f64,
}

impl Shape {
    /// The step, from 0 to 1, `tap − taps/2` frames and `place` places after its middle.
    pub fn step(self) -> impl Fn(usize, usize) -> f64 {
        let half = self.taps as f64 / 2.0;
        let grid = self.taps * self.places;
        let mut integral = vec![0.0f64; grid + 1];
        let mut sum = 0.0;
        for (i, value) in integral.iter_mut().enumerate() {
            *value = sum;
            let x = (i as f64 + 0.5) / self.places as f64 - half;
            let window = 1.0 - (x / half) * (x / half);
            let window = super::sinc::bessel(self.beta * window.max(0.0).sqrt()) / super::sinc::bessel(self.beta);
            let turn = std::f64::consts::TAU * self.cutoff * x;
            sum += window * if turn.abs() < 1e-9 { 1.0 } else { libm::sin(turn) / turn };
        }
        let whole = integral[grid];
        move |tap, place| integral[(tap * self.places + place).min(grid)] / whole
    }

    /// What the step has beside a plain one. `place` may be as large as `places`: the limit from within the frame, so that no
    /// line between two places crosses the plain step.
    pub fn beside(self) -> impl Fn(usize, usize) -> f64 {
        let step = self.step();
        move |tap, place| step(tap, place) - if tap >= self.taps / 2 { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_rises_from_nothing_to_one_about_its_place() {
        let beside = Shape { taps: 32, places: 64, cutoff: 0.47, beta: 8.0 }.beside();
        assert_eq!(beside(0, 0), 0.0);
        assert!(beside(31, 64).abs() < 1e-12);
        // Half way at its place, from either side.
        assert!((beside(16, 0) + 0.5).abs() < 1e-6, "{}", beside(16, 0));
        assert!((beside(15, 64) - 0.5).abs() < 1e-6);
        let step = Shape { taps: 32, places: 64, cutoff: 0.47, beta: 8.0 }.step();
        assert_eq!((step(0, 0), step(32, 0), step(40, 3)), (0.0, 1.0, 1.0));
        // As far beside it before as after.
        for place in 0..=64 {
            for tap in 0..16 {
                let (before, after) = (beside(tap, place), beside(31 - tap, 64 - place));
                assert!((before + after).abs() < 1e-9, "{tap} {place}: {before} {after}");
            }
        }
    }
}
