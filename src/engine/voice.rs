//! One voice: a note on its way from the source to its strip.
//!
//! Invariant: a voice's frames depend on its own events only. Values that move are read at multiples of
//! [`CONTROL`] frames of the engine's clock and at its own onset, never at other voices' events.

use super::source::{Generator, Pitch, Player, Shared};
use super::values::Values;
use super::{CONTROL, QUANTUM};
use crate::base::control::slot;
use crate::base::units::Hz;
use crate::dsp::envelope::{Adsr, Times, contour};
use crate::dsp::filter::{RAMP, Response, Svf};
use crate::dsp::math::{equal_power, semitones};
use crate::dsp::smooth::Smooth;
use crate::score::plan::{ProgramKind, Wave};

const _: () = assert!(RAMP == CONTROL);

/// What a generator at full level comes to before the pan: −6 dBFS, and −9 dBFS a side in the middle.
const GENERATED: f32 = 0.5;
/// The same for samples.
const SAMPLED: f32 = std::f32::consts::FRAC_1_SQRT_2;
/// How long a voice that is taken away fades, seconds.
pub(super) const FADE: f32 = 0.003;

/// A voice.
#[derive(Debug)]
pub(super) struct Voice {
    /// It was taken away and fades.
    pub(super) dying: bool,
    pub(super) note: u32,
    /// Slots of its strip and its program.
    pub(super) strip: u16,
    pub(super) program: u32,
    pub(super) values: Values,
    /// Slots of the buses that it sends to, and how much.
    pub(super) sends: [(u16, Smooth); super::values::SENDS],
    pub(super) send_count: usize,
    /// How many frames of the quantum are written.
    pub(super) done: usize,
    /// The frames of the quantum.
    pub(super) left: [f32; QUANTUM],
    pub(super) right: [f32; QUANTUM],
    /// The peak of the last quantum.
    pub(super) level: f32,
    generator: Generator,
    player: Player,
    envelope: Adsr,
    /// Its sample is about to end.
    ending: bool,
    wave: Option<Wave>,
    stereo: bool,
    /// A sample's own rate against the engine's, and its root.
    ratio: f32,
    root: f32,
    age: u64,
    gains: [Smooth; 2],
    low: Svf,
    high: Svf,
    band: Svf,
    uses: Uses,
    pitch: Pitch,
    speed: f32,
}

/// Which parts of the chain a note uses; decided at its onset, and when it takes new values.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Uses {
    low: bool,
    high: bool,
    band: bool,
    crush: bool,
    distort: bool,
}

impl Voice {
    pub(super) fn new(rate: f32, values: Values) -> Voice {
        Voice {
            dying: false,
            note: 0,
            strip: 0,
            program: 0,
            values,
            sends: [(0, Smooth::new(0.0, rate)); super::values::SENDS],
            send_count: 0,
            done: 0,
            left: [0.0; QUANTUM],
            right: [0.0; QUANTUM],
            level: 0.0,
            generator: Generator::new(rate),
            player: Player::default(),
            envelope: Adsr::new(Times { attack: 0.0, decay: 0.0, sustain: 1.0, release: 0.0 }, rate),
            ending: false,
            wave: None,
            stereo: false,
            ratio: 1.0,
            root: 48.0,
            age: 0,
            gains: [Smooth::new(0.0, rate); 2],
            low: Svf::default(),
            high: Svf::default(),
            band: Svf::default(),
            uses: Uses::default(),
            pitch: Pitch::default(),
            speed: 1.0,
        }
    }

    /// Begins a note at `offset` of the quantum.
    pub(super) fn start(&mut self, kind: &ProgramKind, note: u32, values: &Values, offset: usize, shared: &Shared) {
        let rate = shared.rate;
        self.dying = false;
        self.note = note;
        self.values = *values;
        self.left[..offset].fill(0.0);
        self.right[..offset].fill(0.0);
        self.done = offset;
        self.age = 0;
        self.ending = false;
        self.level = 1.0;
        (self.low, self.high, self.band) = Default::default();
        // As in Strudel: a note that says its decay only falls to nothing.
        let falls = values.given(slot::DECAY) && !values.given(slot::SUSTAIN);
        self.envelope = Adsr::new(
            Times {
                attack: values.get(slot::ATTACK),
                decay: values.get(slot::DECAY),
                sustain: if falls { 0.0 } else { values.get(slot::SUSTAIN) },
                release: values.get(slot::RELEASE),
            },
            rate,
        );
        match kind {
            ProgramKind::Wave(wave) => {
                self.wave = Some(*wave);
                self.stereo = false;
            }
            ProgramKind::Sample { sample, root } => {
                self.wave = None;
                self.stereo = sample.channels.len() > 1;
                self.ratio = sample.rate as f32 / rate;
                self.root = root.unwrap_or(48.0);
                let backwards = values.get(slot::SPEED) < 0.0;
                self.player = Player::new(sample, values.get(slot::BEGIN), values.get(slot::END), backwards);
            }
        }
        self.retarget();
        for gain in &mut self.gains {
            gain.jump(gain.target());
        }
        self.move_pitch(rate);
        if let Some(wave) = self.wave {
            self.generator.start(wave, note, self.pitch, rate);
        }
    }

    /// Takes new values.
    pub(super) fn change(&mut self) {
        self.retarget();
    }

    fn retarget(&mut self) {
        let values = &self.values;
        let source = if self.wave.is_some() { GENERATED } else { SAMPLED };
        let level = source * values.get(slot::VELOCITY) * values.get(slot::GAIN);
        let (left, right) = equal_power(values.get(slot::PAN));
        self.gains[0].set(level * left);
        self.gains[1].set(level * right);
        self.uses = Uses {
            low: values.given(slot::LPF) && values.get(slot::LPF) > 0.0,
            high: values.given(slot::HPF) && values.get(slot::HPF) > 0.0,
            band: values.given(slot::BPF) && values.get(slot::BPF) > 0.0,
            crush: values.get(slot::CRUSH) >= 1.0 && values.get(slot::CRUSH) < 16.0,
            distort: values.get(slot::DISTORT) > 0.0,
        };
    }

    /// The note ends. A sample that is not gated plays on.
    pub(super) fn release(&mut self) {
        if self.wave.is_some() || self.values.get(slot::GATED) >= 0.5 {
            self.envelope.release();
        }
    }

    /// The note ends, whatever it is.
    pub(super) fn end(&mut self) {
        self.envelope.release();
    }

    /// It is taken away, under a short fade.
    pub(super) fn kill(&mut self) {
        self.dying = true;
        self.envelope.release_within(FADE);
    }

    pub(super) fn released(&self) -> bool {
        self.envelope.released()
    }

    /// How loud it is now, for the choice of whom to take away.
    pub(super) fn loudness(&self) -> f32 {
        self.level
    }

    fn move_pitch(&mut self, rate: f32) {
        let values = &self.values;
        let seconds = self.age as f32 / rate;
        let bend = values.get(slot::PENV);
        let bent = if bend == 0.0 { 0.0 } else { bend * contour(seconds, 0.0, values.get(slot::PDECAY)) };
        let note = values.get(slot::NOTE) + values.get(slot::DETUNE) + bent;
        if self.wave.is_some() {
            let frequency = (Hz::from_note(f64::from(note)).0 as f32).clamp(0.01, 0.49 * rate);
            let decay = values.get(slot::FMDECAY);
            let fall = if decay > 0.0 { contour(seconds, 0.0, decay) } else { 1.0 };
            self.pitch = Pitch {
                frequency,
                depth: values.get(slot::FM) * fall,
                modulator: (frequency * values.get(slot::FMH)).min(0.49 * rate),
            };
        } else {
            self.speed = (values.get(slot::SPEED) * self.ratio * semitones(note - self.root)).clamp(-256.0, 256.0);
        }
    }

    fn move_filters(&mut self, rate: f32) {
        let values = &self.values;
        if self.uses.low {
            let depth = values.get(slot::LPENV);
            let seconds = self.age as f32 / rate;
            let attack = values.get(slot::LPATTACK).max(0.0005);
            let open = if depth == 0.0 { 0.0 } else { depth * contour(seconds, attack, values.get(slot::LPDECAY)) };
            let cutoff = values.get(slot::LPF) * if open == 0.0 { 1.0 } else { libm::exp2f(open) };
            self.low.set(cutoff, quality(values.get(slot::LPQ)), rate);
        }
        if self.uses.high {
            self.high.set(values.get(slot::HPF), quality(values.get(slot::HPQ)), rate);
        }
        if self.uses.band {
            self.band.set(values.get(slot::BPF), values.get(slot::BPQ).max(0.1), rate);
        }
    }

    /// Writes the frames of the quantum up to `until`. `clock` is the frame at which the quantum begins.
    pub(super) fn advance(&mut self, until: usize, kind: &ProgramKind, clock: i64, shared: &Shared) {
        while self.done < until {
            let from = self.done;
            // Quanta begin at multiples of the control period, so a place in one is a place on the clock.
            debug_assert!(clock % CONTROL as i64 == 0);
            let to = until.min((from / CONTROL + 1) * CONTROL);
            if self.age == 0 || from.is_multiple_of(CONTROL) {
                self.move_pitch(shared.rate);
                self.move_filters(shared.rate);
            }
            self.write(from, to, kind, shared);
            self.age += (to - from) as u64;
            self.done = to;
        }
    }

    fn write(&mut self, from: usize, to: usize, kind: &ProgramKind, shared: &Shared) {
        let left = &mut self.left[from..to];
        let right = &mut self.right[from..to];
        if self.envelope.done() {
            left.fill(0.0);
            right.fill(0.0);
            return;
        }
        match (self.wave, kind) {
            (Some(wave), _) => self.generator.fill(wave, self.pitch, shared, left),
            (None, ProgramKind::Sample { sample, .. }) => {
                let rest = self.player.rest(self.speed);
                if !self.ending && rest < FADE * shared.rate + CONTROL as f32 {
                    // Fades over what is left, so that a slice ends without a click.
                    self.ending = true;
                    self.envelope.release_within(rest / shared.rate);
                }
                self.player.fill(sample, self.speed, shared, left, right);
            }
            (None, ProgramKind::Wave(_)) => left.fill(0.0),
        }
        let mut other = if self.stereo { Some(&mut *right) } else { None };
        for (used, filter, response) in [
            (self.uses.low, &mut self.low, Response::Low),
            (self.uses.high, &mut self.high, Response::High),
            (self.uses.band, &mut self.band, Response::Band),
        ] {
            if used {
                filter.run(response, left, other.as_deref_mut());
            }
        }
        if self.uses.crush {
            let steps = libm::exp2f(self.values.get(slot::CRUSH) - 1.0);
            for channel in [Some(&mut *left), other.as_deref_mut()].into_iter().flatten() {
                for frame in channel {
                    *frame = (*frame * steps + 0.5).floor() / steps;
                }
            }
        }
        if self.uses.distort {
            let drive = libm::expf(self.values.get(slot::DISTORT)) - 1.0;
            for channel in [Some(&mut *left), other].into_iter().flatten() {
                for frame in channel {
                    *frame = (1.0 + drive) * *frame / (1.0 + drive * frame.abs());
                }
            }
        }
        for at in 0..left.len() {
            let envelope = self.envelope.tick();
            let second = if self.stereo { right[at] } else { left[at] };
            left[at] = left[at] * envelope * self.gains[0].tick();
            right[at] = second * envelope * self.gains[1].tick();
        }
    }

    /// The quantum is over; says whether the voice goes on.
    pub(super) fn finish_quantum(&mut self) -> bool {
        self.done = 0;
        self.level = self.left.iter().chain(&self.right).fold(0.0, |most: f32, frame| most.max(frame.abs()));
        !self.envelope.done()
    }
}

/// A quality for a resonance in dB, flat at 0.
fn quality(resonance: f32) -> f32 {
    std::f32::consts::FRAC_1_SQRT_2 * libm::exp10f(resonance * 0.05)
}
