//! Delay lines, and an echo made of them.
//!
//! Invariant: a delay time never steps: another time is cross-faded in.

use super::filter::OnePole;
use super::math::flush;

/// Memory of a number of frames.
#[derive(Debug, Clone)]
pub struct Line {
    frames: Vec<f32>,
    at: usize,
}

impl Line {
    /// That holds at least `longest` frames.
    pub fn new(longest: usize) -> Line {
        Line { frames: vec![0.0; (longest + 4).next_power_of_two()], at: 0 }
    }

    /// Takes a frame.
    #[inline]
    pub fn push(&mut self, value: f32) {
        self.at = (self.at + 1) & (self.frames.len() - 1);
        self.frames[self.at] = flush(value);
    }

    /// The frame that came `delay` frames before the last one.
    #[inline]
    pub fn back(&self, delay: usize) -> f32 {
        self.frames[self.at.wrapping_sub(delay) & (self.frames.len() - 1)]
    }

    /// Between frames, linearly.
    #[inline]
    pub fn between(&self, delay: f32) -> f32 {
        let whole = delay as usize;
        let (near, far) = (self.back(whole), self.back(whole + 1));
        near + (delay - whole as f32) * (far - near)
    }

    /// Between frames, by a cubic through four, which keeps the highs; `delay` is at least 1.
    #[inline]
    pub fn curved(&self, delay: f32) -> f32 {
        let whole = delay as usize;
        let fraction = delay - whole as f32;
        let (a, b) = (self.back(whole.wrapping_sub(1)), self.back(whole));
        let (c, d) = (self.back(whole + 1), self.back(whole + 2));
        let twist = (1.0 / 6.0) * (d - a + 3.0 * (b - c));
        let middle = 0.5 * (c - a) - twist;
        b + fraction * (middle + fraction * (0.5 * (a + c) - b + fraction * twist))
    }

    /// The longest delay.
    pub fn longest(&self) -> usize {
        self.frames.len() - 2
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.frames.fill(0.0);
    }
}

/// What an echo does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EchoSettings {
    /// Between two repeats, seconds.
    pub time: f32,
    /// How much of each repeat comes back, 0 to 0.98.
    pub feedback: f32,
    /// Repeats change sides where this is 0.5 or more.
    pub pingpong: f32,
    /// Takes off what is below, Hz.
    pub lowcut: f32,
    /// Takes off what is above, Hz.
    pub highcut: f32,
}

/// Repeats without the sound itself.
#[derive(Debug)]
pub struct Echo {
    lines: [Line; 2],
    lows: [OnePole; 2],
    highs: [OnePole; 2],
    rate: f32,
    settings: EchoSettings,
    delay: usize,
    /// The delay that is faded out, and how far that is, 0 to 1.
    before: usize,
    faded: f32,
    feedback: f32,
    low: f32,
    high: f32,
}

/// The longest echo, seconds.
const LONGEST: f32 = 16.0;

impl Echo {
    /// With settings, at a rate in Hz.
    pub fn new(settings: EchoSettings, rate: f32) -> Echo {
        let longest = (LONGEST.min(settings.time.max(4.0)) * rate) as usize + 2;
        let mut echo = Echo {
            lines: [Line::new(longest), Line::new(longest)],
            lows: Default::default(),
            highs: Default::default(),
            rate,
            settings,
            delay: 1,
            before: 1,
            faded: 1.0,
            feedback: settings.feedback,
            low: 0.0,
            high: 1.0,
        };
        echo.set(settings);
        echo.delay = echo.wanted();
        echo
    }

    fn wanted(&self) -> usize {
        ((self.settings.time * self.rate + 0.5) as usize).clamp(1, self.lines[0].longest())
    }

    /// Moves to other settings. A time beyond the memory that was built is shortened to it.
    pub fn set(&mut self, settings: EchoSettings) {
        self.settings = settings;
        self.low = OnePole::coefficient(settings.lowcut, self.rate);
        self.high = if settings.highcut >= 20_000.0 { 1.0 } else { OnePole::coefficient(settings.highcut, self.rate) };
    }

    /// Replaces the sound by its repeats.
    pub fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        let crossed = self.settings.pingpong >= 0.5;
        for (left, right) in left.iter_mut().zip(right) {
            if self.faded >= 1.0 {
                let wanted = self.wanted();
                if wanted != self.delay {
                    (self.before, self.delay, self.faded) = (self.delay, wanted, 0.0);
                }
            }
            // What was pushed last is one frame old.
            let mut out = [self.lines[0].back(self.delay - 1), self.lines[1].back(self.delay - 1)];
            if self.faded < 1.0 {
                for (out, line) in out.iter_mut().zip(&self.lines) {
                    let before = line.back(self.before - 1);
                    *out = before + self.faded * (*out - before);
                }
                self.faded += 1.0 / (0.02 * self.rate);
            }
            for ((out, highs), lows) in out.iter_mut().zip(&mut self.highs).zip(&mut self.lows) {
                let high = highs.low(*out, self.high);
                *out = high - lows.low(high, self.low);
            }
            self.feedback += (self.settings.feedback.clamp(0.0, 0.98) - self.feedback) * 0.002;
            let back = [out[0] * self.feedback, out[1] * self.feedback];
            if crossed {
                self.lines[0].push(0.5 * (*left + *right) + back[1]);
                self.lines[1].push(back[0]);
            } else {
                self.lines[0].push(*left + back[0]);
                self.lines[1].push(*right + back[1]);
            }
            (*left, *right) = (out[0], out[1]);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.lines.iter_mut().for_each(Line::clear);
        self.lows = Default::default();
        self.highs = Default::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: EchoSettings =
        EchoSettings { time: 0.1, feedback: 0.5, pingpong: 0.0, lowcut: 10.0, highcut: 20_000.0 };

    fn click(settings: EchoSettings) -> (Vec<f32>, Vec<f32>) {
        let mut echo = Echo::new(settings, 1000.0);
        let (mut left, mut right) = (vec![0.0; 500], vec![0.0; 500]);
        left[0] = 1.0;
        right[0] = 1.0;
        echo.run(&mut left, &mut right);
        (left, right)
    }

    #[test]
    fn repeats_come_in_time_and_get_softer() {
        let (left, _) = click(SETTINGS);
        assert_eq!(left[0], 0.0);
        assert!(left[100] > 0.9 && left[200] > 0.4 && left[200] < 0.5 && left[150].abs() < 0.1);
    }

    #[test]
    fn ping_pong_changes_sides() {
        let (left, right) = click(EchoSettings { pingpong: 1.0, ..SETTINGS });
        assert!(left[100] > 0.9 && right[100].abs() < 0.01);
        assert!(right[200] > 0.4 && left[200].abs() < 0.1);
    }
}
