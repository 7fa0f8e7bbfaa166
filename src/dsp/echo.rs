//! Repeats: a delay with feedback, filters in the loop, and sides that may change.
//!
//! Invariant: a change of time cross-fades between two taps over 40 ms, so it neither clicks nor bends the pitch;
//! emptying it costs nothing, for it only forgets how much was written.

use super::effect::Effect;
use super::math::{finite, flush};
use super::smooth::Smooth;

/// Length of the cross-fade between two times, seconds.
const FADE: f32 = 0.04;

/// A stereo echo.
#[derive(Debug)]
pub struct Echo {
    line: Vec<[f32; 2]>,
    mask: usize,
    at: usize,
    written: usize,
    rate: f32,
    tap: usize,
    next: usize,
    wanted: usize,
    fade: f32,
    feedback: Smooth,
    pingpong: Smooth,
    low_cut: f32,
    high_cut: f32,
    states: [[f32; 2]; 2],
}

impl Echo {
    /// With memory for `longest` seconds, at `rate` frames a second.
    pub fn new(longest: f32, rate: f32) -> Echo {
        let frames = ((longest.clamp(0.1, 60.0) * rate) as usize + 8).next_power_of_two();
        Echo {
            line: vec![[0.0; 2]; frames],
            mask: frames - 1,
            at: 0,
            written: 0,
            rate,
            tap: 0,
            next: 0,
            wanted: 0,
            fade: 0.0,
            feedback: Smooth::new(0.0, rate),
            pingpong: Smooth::new(0.0, rate),
            low_cut: 0.0,
            high_cut: 1.0,
            states: [[0.0; 2]; 2],
        }
    }

    /// Moves it: seconds, 0 to 0.98, 0 or 1, Hz, Hz; at once where nothing has sounded yet.
    pub fn turn(&mut self, time: f32, feedback: f32, pingpong: f32, low_cut: f32, high_cut: f32, at_once: bool) {
        let first = self.tap == 0 || at_once;
        // Whole frames keep the repeats as bright as the sound.
        self.wanted = (finite(time) * self.rate).round().clamp(1.0, (self.mask - 4) as f32) as usize;
        let turn = |hz: f32| 1.0 - libm::expf(-std::f32::consts::TAU * hz.clamp(1.0, self.rate * 0.49) / self.rate);
        self.low_cut = turn(low_cut);
        // At the top of its range it is open.
        self.high_cut = if high_cut >= 19_999.0 { 1.0 } else { turn(high_cut) };
        if first {
            self.tap = self.wanted;
            self.next = self.wanted;
            self.feedback.jump(feedback.clamp(0.0, 0.98));
            self.pingpong.jump(pingpong.clamp(0.0, 1.0));
        } else {
            self.feedback.set(feedback.clamp(0.0, 0.98));
            self.pingpong.set(pingpong.clamp(0.0, 1.0));
        }
    }

    #[inline]
    fn read(&self, frames: usize) -> [f32; 2] {
        if frames > self.written {
            return [0.0; 2];
        }
        // `at` is the frame before this one.
        self.line[self.at.wrapping_sub(frames - 1) & self.mask]
    }
}

impl Effect for Echo {
    /// Seconds, 0 to 0.98, 0 or 1, Hz, Hz.
    fn set(&mut self, p: &[f32], at_once: bool) {
        if let [time, feedback, pingpong, low, high, ..] = *p {
            self.turn(time, feedback, pingpong, low, high, at_once);
        }
    }

    /// Replaces a block by its repeats.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let slope = 1.0 / (FADE * self.rate);
        for (l, r) in left.iter_mut().zip(right) {
            if self.fade == 0.0 && self.wanted != self.next {
                self.next = self.wanted;
                self.fade = slope;
            }
            let mut out = self.read(self.tap);
            if self.fade > 0.0 {
                let new = self.read(self.next);
                // Smoothstep: no corner at either end.
                let f = self.fade * self.fade * (3.0 - 2.0 * self.fade);
                out = [out[0] + f * (new[0] - out[0]), out[1] + f * (new[1] - out[1])];
                self.fade += slope;
                if self.fade >= 1.0 {
                    self.tap = self.next;
                    self.fade = 0.0;
                }
            }
            for (value, [low, high]) in out.iter_mut().zip(&mut self.states) {
                *high = flush(*high + (*value - *high) * self.high_cut);
                *low = flush(*low + (*high - *low) * self.low_cut);
                *value = *high - *low;
            }
            let (feedback, cross) = (self.feedback.step(), self.pingpong.step());
            // In ping-pong the sound enters on the left and every repeat changes sides.
            let middle = (*l + *r) * 0.5;
            let into = [*l + cross * (middle - *l), *r * (1.0 - cross)];
            let back = [out[0] + cross * (out[1] - out[0]), out[1] + cross * (out[0] - out[1])];
            self.at = (self.at + 1) & self.mask;
            self.line[self.at] =
                [flush(finite(into[0] + feedback * back[0])), flush(finite(into[1] + feedback * back[1]))];
            self.written = (self.written + 1).min(self.mask);
            *l = out[0];
            *r = out[1];
        }
    }

    fn reset(&mut self) {
        self.written = 0;
        self.states = [[0.0; 2]; 2];
    }

    fn patience(&self) -> f32 {
        self.mask as f32 / self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above};

    #[test]
    fn a_click_comes_back_in_time_and_weaker() {
        let mut echo = Echo::new(1.0, 1000.0);
        echo.turn(0.1, 0.5, 0.0, 1.0, 20_000.0, false);
        let (mut l, mut r) = (vec![0.0; 400], vec![0.0; 400]);
        l[0] = 1.0;
        r[0] = 1.0;
        echo.process(&mut l, &mut r);
        assert_eq!(l[..100], vec![0.0; 100]);
        assert!((l[100] - 1.0).abs() < 0.02, "{}", l[100]);
        assert!((l[200] - 0.5).abs() < 0.02 && (l[300] - 0.25).abs() < 0.02);
    }

    #[test]
    fn ping_pong_changes_sides() {
        let mut echo = Echo::new(1.0, 1000.0);
        echo.turn(0.1, 0.5, 1.0, 1.0, 20_000.0, false);
        let (mut l, mut r) = (vec![0.0; 400], vec![0.0; 400]);
        l[0] = 1.0;
        r[0] = 1.0;
        echo.process(&mut l, &mut r);
        assert!(l[100] > 0.9 && r[100].abs() < 0.02);
        assert!(r[200] > 0.4 && l[200].abs() < 0.05);
    }

    #[test]
    fn a_change_of_time_does_not_click() {
        let mut echo = Echo::new(1.0, 48_000.0);
        echo.turn(0.25, 0.3, 0.0, 10.0, 20_000.0, false);
        let mut out = Vec::new();
        for block in 0..1500u32 {
            if block == 700 {
                echo.turn(0.31, 0.3, 0.0, 10.0, 20_000.0, false);
            }
            let mut l: Vec<f32> =
                (0..64).map(|i| 0.3 * crate::dsp::math::sine((block * 64 + i).wrapping_mul(8_947_849))).collect();
            let mut r = l.clone();
            echo.process(&mut l, &mut r);
            out.extend(l);
        }
        assert!(db(energy_above(&out[40_000..], 5000.0, 48_000.0)) < -80.0);
    }
}
