//! Where a voice's pitch is: its note with envelope, vibrato and acceleration.
//!
//! Invariant: the pitch is a function of the time since the onset, so that no cut of blocks changes it.

use crate::base::control::slot;
use crate::dsp::math;

use super::program::Sound;
use super::sweep::fall;
use super::tape;
use super::values::Values;

/// The note at the onset, in semitones. Where voices sound in unison, `detune` is how wide they stand.
pub(super) fn note(values: &Values) -> f32 {
    let detune = if values.get(slot::UNISON) >= 2.0 { 0.0 } else { values.get(slot::DETUNE) };
    values.get(slot::NOTE) + detune
}

/// The pitch of a note over its time.
pub(super) struct Pitch<'a> {
    values: &'a Values,
    /// Hz of a note, or frames of a sample at its root a frame.
    scale: f64,
    /// Semitones over which the scale stands.
    note: f32,
    /// Whether the scale is a frequency.
    wave: bool,
    /// Seconds over which `accelerate` acts.
    course: f32,
    /// When it was released, in seconds from the onset.
    released: Option<f32>,
}

impl<'a> Pitch<'a> {
    pub(super) fn of(
        sound: &Sound,
        values: &'a Values,
        (course, released): (f32, Option<f32>),
        rate: f32,
    ) -> Pitch<'a> {
        let note = note(values);
        let squiz = values.get(slot::SQUIZ);
        match sound {
            // A periodic wave crosses zero once a turn: squeezing it is transposing it.
            Sound::Wave(_) => Pitch { values, scale: f64::from(squiz), note, wave: true, course, released },
            Sound::Graph(_) => Pitch::of_graph(values, (course, released)),
            Sound::Sample(sample, root, ..) => {
                let scale = tape::speed(sample, values) * (f64::from(sample.rate) / f64::from(rate));
                Pitch { values, scale, note: note - root, wave: false, course, released }
            }
        }
    }

    /// The same of a graph.
    pub(super) fn of_graph(values: &'a Values, (course, released): (f32, Option<f32>)) -> Pitch<'a> {
        let scale = f64::from(values.get(slot::SQUIZ));
        Pitch { values, scale, note: note(values), wave: true, course, released }
    }

    /// Whether it ever changes.
    pub(super) fn moves(&self) -> bool {
        [slot::PENV, slot::VIB, slot::ACCELERATE].iter().any(|slot| self.values.get(*slot) != 0.0)
    }

    /// At so many seconds from the onset: Hz for generators, frames of the sample a frame for samples.
    pub(super) fn at(&self, seconds: f32) -> f64 {
        let note = self.note + self.bend(seconds) + self.vibrato(seconds);
        let hurry = self.hurry(seconds);
        if self.wave {
            f64::from(math::frequency(note)) * self.scale * f64::from(hurry.max(0.0))
        } else {
            // To 53 bits, as the way through the sample is kept: over minutes the pitch of 24 would be heard as noise.
            let ratio = if note == 0.0 { 1.0 } else { libm::exp2(f64::from(note) / 12.0) };
            self.scale * f64::from(hurry) * ratio
        }
    }

    /// How far a graph's pitch stands from its note, in semitones.
    pub(super) fn beside(&self, seconds: f32) -> f32 {
        let factor = self.hurry(seconds) * self.scale as f32;
        let faster = if factor == 1.0 { 0.0 } else { 12.0 * libm::log2f(factor.max(1e-3)) };
        self.bend(seconds) + self.vibrato(seconds) + faster
    }

    /// How many times faster it is by `accelerate`.
    fn hurry(&self, seconds: f32) -> f32 {
        let faster = self.values.get(slot::ACCELERATE);
        if faster == 0.0 { 1.0 } else { 1.0 + faster * (seconds / self.course).min(1.0) }
    }

    /// The pitch envelope, in semitones.
    fn bend(&self, seconds: f32) -> f32 {
        let depth = self.values.get(slot::PENV);
        if depth == 0.0 {
            return 0.0;
        }
        let held = |seconds: f32| {
            let attack = self.values.get(slot::PATTACK);
            if seconds < attack {
                return seconds / attack;
            }
            let share = (seconds - attack) / self.values.get(slot::PDECAY);
            let rest = self.values.get(slot::PSUSTAIN);
            rest + (1.0 - rest) * self.curved(share)
        };
        let level = match self.released {
            Some(released) if seconds > released => {
                held(released) * self.curved((seconds - released) / self.values.get(slot::PRELEASE))
            }
            _ => held(seconds),
        };
        depth * (level - self.values.get(slot::PANCHOR))
    }

    /// What is left of a fall after a share of its time, by the curve that the text asks for.
    fn curved(&self, share: f32) -> f32 {
        let curve = self.values.get(slot::PCURVE);
        if curve >= 1.0 { fall(share) } else { curve * fall(share) + (1.0 - curve) * (1.0 - share).max(0.0) }
    }

    /// The vibrato, in semitones: a sine from the note's own pitch.
    fn vibrato(&self, seconds: f32) -> f32 {
        let turns = f64::from(self.values.get(slot::VIB)) * f64::from(seconds);
        if turns == 0.0 {
            return 0.0;
        }
        // Wrapping by design: the phase is modulo one turn.
        self.values.get(slot::VIBMOD) * math::sine((turns * 4_294_967_296.0) as i64 as u32)
    }
}
