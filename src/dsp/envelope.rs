//! ADSR without corners: each segment is the answer of two equal one-poles to a step.
//!
//! Such an answer, 1 − (1 + t/τ)e^(−t/τ), starts and ends with slope 0, so no segment's start is heard as a click
//! (a straight or simply exponential segment has a corner whose spectrum falls by only 12 dB an octave).
//!
//! Invariant: the level is continuous whatever happens, and at rest on the sustain it costs nothing.

/// How long a stage takes, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adsr {
    /// Seconds to the peak; 0 starts on the peak (for samples, whose onset is their own).
    pub attack: f32,
    /// Seconds from the peak to the sustain.
    pub decay: f32,
    /// 0 to 1.
    pub sustain: f32,
    /// Seconds from note-off to −60 dB.
    pub release: f32,
}

/// The shortest attack that is not 0, and the shortest release, seconds.
pub const SHORTEST: f32 = 0.002;

/// What the envelope is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Rising.
    Attack,
    /// Falling to the sustain, or resting on it.
    Decay,
    /// Falling to nothing.
    Release,
    /// Falling fast: stolen or choked; nothing can stop it.
    Fade,
    /// Silent for good.
    Done,
}

/// An envelope in flight.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    stage: Stage,
    adsr: Adsr,
    rate: f32,
    target: f32,
    // How far the two poles are from the target.
    first: f32,
    second: f32,
    keep: f32,
    left: u32,
    /// Frames that the peak is held before the decay.
    held: u32,
    still: bool,
}

impl Envelope {
    /// At its start, for `rate` frames a second.
    pub fn new(adsr: Adsr, rate: f32) -> Envelope {
        let mut envelope = Envelope {
            stage: Stage::Attack,
            adsr,
            rate,
            target: 1.0,
            first: -1.0,
            second: -1.0,
            keep: 0.0,
            left: 0,
            held: 0,
            still: false,
        };
        if adsr.attack <= 0.0 {
            envelope.first = 0.0;
            envelope.second = 0.0;
            envelope.decay();
        } else {
            // (1 + 6)e^-6 = 0.017: at the attack's end it is within 2 % of the peak, and turns round without a corner.
            envelope.keep = keep(adsr.attack.max(0.0005) / 6.0, rate);
            envelope.left = (adsr.attack.max(0.0005) * rate) as u32 + 1;
        }
        envelope
    }

    /// Stays on its peak for so many seconds before it decays; to be told at its start.
    pub fn hold(&mut self, seconds: f32) {
        let frames = (seconds.max(0.0) * self.rate) as u32;
        if frames == 0 {
            return;
        }
        if self.stage == Stage::Attack {
            self.held = frames;
        } else if self.adsr.attack <= 0.0 {
            self.stage = Stage::Attack;
            self.target = 1.0;
            (self.first, self.second, self.still) = (0.0, 0.0, false);
            self.left = frames;
        }
    }

    /// What it is doing.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Its level now, 0 to 1.
    pub fn level(&self) -> f32 {
        self.target + self.second
    }

    /// Whether it will not move until it is told to.
    pub fn is_still(&self) -> bool {
        self.still
    }

    fn decay(&mut self) {
        self.stage = Stage::Decay;
        self.aim(self.adsr.sustain);
        // (1 + 7)e^-7 = 0.007
        self.keep = keep(self.adsr.decay.max(SHORTEST) / 7.0, self.rate);
        self.still = self.first == 0.0 && self.second == 0.0;
    }

    fn aim(&mut self, target: f32) {
        self.first += self.target - target;
        self.second += self.target - target;
        self.target = target;
    }

    /// Note-off.
    pub fn release(&mut self) {
        self.release_within(self.adsr.release);
    }

    /// Note-off with another release, seconds.
    pub fn release_within(&mut self, seconds: f32) {
        if matches!(self.stage, Stage::Attack | Stage::Decay) {
            self.fall(Stage::Release, seconds);
        }
    }

    /// Fades within `seconds` to −60 dB, whatever it was doing.
    pub fn fade(&mut self, seconds: f32) {
        if !matches!(self.stage, Stage::Fade | Stage::Done) {
            self.fall(Stage::Fade, seconds);
        }
    }

    /// Where it falls already, it does so within `seconds` at most from here on.
    pub fn hurry(&mut self, seconds: f32) {
        if self.stage == Stage::Release {
            self.keep = self.keep.min(keep(seconds.max(SHORTEST) / 9.23, self.rate));
        }
    }

    fn fall(&mut self, stage: Stage, seconds: f32) {
        self.stage = stage;
        self.aim(0.0);
        self.still = false;
        // (1 + 9.23)e^-9.23 = 0.001: −60 dB.
        self.keep = keep(seconds.max(SHORTEST) / 9.23, self.rate);
    }

    /// The next frames' levels.
    pub fn fill(&mut self, out: &mut [f32]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.still {
                rest.fill(self.target);
                return;
            }
            let count = if self.stage == Stage::Attack { rest.len().min(self.left as usize) } else { rest.len() };
            let (now, later) = rest.split_at_mut(count);
            let (target, keep) = (self.target, self.keep);
            let (mut first, mut second) = (self.first, self.second);
            let pass = 1.0 - keep;
            for value in now {
                first *= keep;
                second = second * keep + first * pass;
                *value = target + second;
            }
            self.first = first;
            self.second = second;
            if self.stage == Stage::Attack {
                self.left -= count as u32;
                if self.left == 0 {
                    self.left = std::mem::take(&mut self.held);
                    if self.left == 0 {
                        self.decay();
                    }
                }
            }
            rest = later;
        }
    }

    /// Comes to rest if it has arrived. Call it at absolute ticks only, so that no cut of blocks changes a bit.
    pub fn settle(&mut self) {
        let near = 3e-6;
        if self.still || self.stage == Stage::Attack {
            return;
        }
        if self.first.abs() < near && self.second.abs() < near {
            self.first = 0.0;
            self.second = 0.0;
            self.still = true;
            if matches!(self.stage, Stage::Release | Stage::Fade) || self.target == 0.0 {
                self.stage = Stage::Done;
            }
        }
    }
}

fn keep(seconds: f32, rate: f32) -> f32 {
    libm::exp(-1.0 / f64::from((seconds * rate).max(0.5))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 48_000.0;

    fn run(envelope: &mut Envelope, frames: usize, block: usize) -> Vec<f32> {
        let mut out = vec![0.0; frames];
        for piece in out.chunks_mut(block) {
            envelope.fill(piece);
        }
        out
    }

    #[test]
    fn it_rises_falls_to_the_sustain_and_dies() {
        let mut envelope = Envelope::new(Adsr { attack: 0.01, decay: 0.05, sustain: 0.5, release: 0.1 }, RATE);
        let held = run(&mut envelope, 9600, 64);
        assert!(held[0] < 0.01);
        assert!(held[480] > 0.97, "{}", held[480]);
        assert!((held[480 + 2400] - 0.5).abs() < 0.01, "{}", held[2880]);
        envelope.settle();
        assert!(envelope.is_still() && envelope.level() == 0.5);
        envelope.release();
        let falling = run(&mut envelope, 9600, 16);
        assert!((0.0003..0.0007).contains(&falling[4800]), "{}", falling[4800]);
        envelope.settle();
        assert_eq!(envelope.stage(), Stage::Done);
    }

    #[test]
    fn it_holds_its_peak_with_and_without_an_attack() {
        for attack in [0.0, 0.01] {
            let mut envelope = Envelope::new(Adsr { attack, decay: 0.01, sustain: 0.0, release: 0.1 }, RATE);
            envelope.hold(0.05);
            let out = run(&mut envelope, 9600, 64);
            let (start, end) = ((attack * RATE) as usize + 10, ((attack + 0.05) * RATE) as usize - 10);
            assert!(out[start..end].iter().all(|level| *level > 0.97), "{attack}");
            assert!(out[end + 1000] < 0.01, "{attack}: {}", out[end + 1000]);
        }
    }

    #[test]
    fn no_cut_changes_a_bit() {
        let adsr = Adsr { attack: 0.003, decay: 0.02, sustain: 0.3, release: 0.1 };
        let whole = run(&mut Envelope::new(adsr, RATE), 4000, 4000);
        for block in [1, 7, 64, 511] {
            assert_eq!(whole, run(&mut Envelope::new(adsr, RATE), 4000, block));
        }
    }

    #[test]
    fn no_stage_has_a_step() {
        let mut envelope = Envelope::new(Adsr { attack: 0.0, decay: 0.0, sustain: 0.7, release: 0.0 }, RATE);
        let mut all = run(&mut envelope, 300, 64);
        envelope.release();
        all.extend(run(&mut envelope, 300, 64));
        // The shortest fall takes 2 ms, 96 frames: no step is near to a tenth.
        assert!(all.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.08));
        assert!(all[599].abs() < 1e-4);
    }
}
