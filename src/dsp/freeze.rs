//! Holds a sound: what was heard last goes on for as long as it is held, as grains that overlap.
//!
//! Grains of equal length begin every half of it, each somewhere in twice its length of what was heard (C. Roads,
//! "Microsound", 2001). They begin at places that have nothing to do with each other, so their windows are quarters of a
//! sine, whose squares sum to one.
//!
//! Invariant: which grain begins where depends on how many began since it was switched on, and on nothing else.

use super::effect::Effect;
use super::math::finite;
use super::smooth::Smooth;
use crate::base::random;

/// The longest grain, seconds.
pub const LONGEST: f32 = 2.0;
/// What is softer is not worth holding: −60 dBFS.
const SOFT: f32 = 0.001;

/// One grain: where it reads, and where it is in its window.
#[derive(Clone, Copy, Debug, Default)]
struct Grain {
    from: usize,
    at: usize,
    length: usize,
}

/// A sound that is held.
#[derive(Debug)]
pub struct Freeze {
    rate: f32,
    /// What was heard last, in a ring.
    heard: Vec<[f32; 2]>,
    /// Where the next frame is written.
    at: usize,
    /// How many frames were heard since the first that is worth holding.
    count: usize,
    on: bool,
    holds: bool,
    size: usize,
    /// How much of the held sound is heard.
    wet: Smooth,
    grains: [Grain; 2],
    begun: u64,
    /// Frames until the next grain begins.
    next: usize,
}

impl Freeze {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Freeze {
        Freeze {
            rate,
            heard: vec![[0.0; 2]; ((LONGEST * 2.0 * rate) as usize).max(4)],
            at: 0,
            count: 0,
            on: false,
            holds: false,
            size: 2,
            wet: Smooth::new(0.0, rate),
            grains: [Grain::default(); 2],
            begun: 0,
            next: 0,
        }
    }

    /// Begins to hold what was heard last.
    fn hold(&mut self) {
        (self.holds, self.begun, self.next) = (true, 0, 0);
        self.grains = [Grain::default(); 2];
        self.wet.set(1.0);
    }

    fn listen(&mut self, frame: [f32; 2]) {
        self.heard[self.at] = frame;
        self.at = if self.at + 1 == self.heard.len() { 0 } else { self.at + 1 };
        let loud = frame[0].abs().max(frame[1].abs()) >= SOFT;
        if loud || self.count > 0 {
            self.count = (self.count + 1).min(self.heard.len());
        }
    }

    /// The next frame of the grains.
    fn grains(&mut self) -> [f32; 2] {
        if self.next == 0 {
            let length = self.size;
            // Anywhere in twice its length; the first goes on where the sound was.
            let share = random::unit(random::join(0x6672_6565, self.begun));
            let back = if self.begun == 0 { length } else { length + (share * length as f64) as usize };
            let from = (self.at + self.heard.len() - back.min(self.heard.len())) % self.heard.len();
            self.grains[(self.begun % 2) as usize] = Grain { from, at: 0, length };
            self.begun += 1;
            self.next = length / 2;
        }
        self.next -= 1;
        let mut sum = [0.0f32; 2];
        for grain in &mut self.grains {
            if grain.at >= grain.length {
                continue;
            }
            let window = super::math::sine(((grain.at as u64 * (1 << 31)) / grain.length as u64) as u32);
            let [l, r] = self.heard[(grain.from + grain.at) % self.heard.len()];
            sum[0] += l * window;
            sum[1] += r * window;
            grain.at += 1;
        }
        sum
    }
}

impl Effect for Freeze {
    /// Whether it holds (from a half on), and the length of a grain, seconds.
    fn set(&mut self, p: &[f32], at_once: bool) {
        self.size = ((p[1].clamp(0.02, LONGEST) * self.rate) as usize).clamp(2, self.heard.len() / 2);
        let on = p[0] >= 0.5;
        if on && !self.on && at_once {
            // Nothing has been heard yet.
            self.count = 0;
        }
        self.on = on;
        if !on && self.holds {
            self.holds = false;
            self.wet.set(0.0);
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            let dry = [finite(*l), finite(*r)];
            if !self.holds {
                self.listen(dry);
                if self.on && self.count >= 2 * self.size {
                    self.hold();
                }
            }
            if self.wet.is_still() && self.wet.value() == 0.0 {
                continue;
            }
            let held = self.grains();
            let wet = self.wet.step();
            *l = dry[0] * (1.0 - wet) + held[0] * wet;
            *r = dry[1] * (1.0 - wet) + held[1] * wet;
        }
    }

    fn reset(&mut self) {
        self.heard.fill([0.0; 2]);
        (self.count, self.holds) = (0, false);
        self.wet.jump(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, energy_above, noise, rms};

    fn run(freeze: &mut Freeze, signal: &[f32]) -> Vec<f32> {
        let (mut left, mut right) = (signal.to_vec(), signal.to_vec());
        for (l, r) in left.chunks_mut(37).zip(right.chunks_mut(37)) {
            freeze.process(l, r);
        }
        assert_eq!(left, right);
        left
    }

    #[test]
    fn what_was_heard_goes_on_when_it_has_ended() {
        let mut freeze = Freeze::new(48_000.0);
        freeze.set(&[0.0, 0.25], true);
        let sound: Vec<f32> = noise(3, 48_000).iter().map(|x| x * 0.3).collect();
        assert_eq!(run(&mut freeze, &sound), sound, "off, it passes");
        freeze.set(&[1.0, 0.25], false);
        let held = run(&mut freeze, &vec![0.0; 5 * 48_000]);
        for second in 1..5 {
            let level = db(rms(&held[second * 48_000..(second + 1) * 48_000]) / rms(&sound));
            assert!(level.abs() < 1.0, "{level} dB in second {second}");
        }
        freeze.set(&[0.0, 0.25], false);
        let after = run(&mut freeze, &sound);
        assert_eq!(after[24_000..], sound[24_000..], "off again, it passes");
    }

    #[test]
    fn it_neither_clicks_nor_holds_silence() {
        let mut freeze = Freeze::new(48_000.0);
        freeze.set(&[1.0, 0.25], true);
        let silence = run(&mut freeze, &vec![0.0; 48_000]);
        assert!(silence.iter().all(|x| *x == 0.0));
        let tone: Vec<f32> = (0..96_000).map(|i| 0.3 * libm::sinf(i as f32 * 0.05)).collect();
        let mut all = run(&mut freeze, &tone);
        all.extend(run(&mut freeze, &vec![0.0; 96_000]));
        assert!(rms(&all[150_000..]) > 0.1, "a tone is held from its first half second on");
        let torn = db(energy_above(&all[4800..], 5000.0, 48_000.0));
        assert!(torn < -80.0, "{torn} dBFS above 5 kHz");
    }
}
