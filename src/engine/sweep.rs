//! What moves in a voice besides its level: envelopes of cutoffs and depths, and the filters that they move.
//!
//! Invariant: an envelope is a function of the time since the onset and the time of the release, so that no cut of
//! blocks changes it.

use crate::base::control::slot;
use crate::dsp::ladder::Ladder;
use crate::dsp::math;
use crate::dsp::svf::{Mode, Setting, Svf, prewarp};

use super::values::Values;

/// What is left of a fall after a share of its time; the last 2 % are left out, so that it ends.
pub(super) fn fall(share: f32) -> f32 {
    if share >= 1.0 { 0.0 } else { (math::exp2(-5.644 * share) - 0.02) / 0.98 }
}

/// Attack, decay and release in seconds, and the sustain: 0 to 1, as a function of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) attack: f32,
    pub(super) decay: f32,
    pub(super) sustain: f32,
    pub(super) release: f32,
}

impl Course {
    /// At so many seconds from the onset, for a note released at another.
    pub(super) fn at(&self, seconds: f32, released: Option<f32>) -> f32 {
        match released {
            Some(released) if seconds > released => {
                self.held(released) * fall((seconds - released) / self.release.max(0.001))
            }
            _ => self.held(seconds),
        }
    }

    fn held(&self, seconds: f32) -> f32 {
        let attack = self.attack.max(0.0005);
        if seconds < attack {
            seconds / attack
        } else {
            self.sustain + (1.0 - self.sustain) * fall((seconds - attack) / self.decay.max(0.001))
        }
    }
}

/// The slots of a filter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) mode: Mode,
    pub(super) cutoff: u16,
    pub(super) resonance: u16,
    pub(super) depth: u16,
    /// Attack, decay, sustain, release.
    pub(super) course: [u16; 4],
}

/// The low-pass, the high-pass and the band-pass.
pub(super) const FILTERS: [Places; 3] = [
    Places {
        mode: Mode::Low,
        cutoff: slot::LPF,
        resonance: slot::LPQ,
        depth: slot::LPENV,
        course: [slot::LPATTACK, slot::LPDECAY, slot::LPSUSTAIN, slot::LPRELEASE],
    },
    Places {
        mode: Mode::High,
        cutoff: slot::HPF,
        resonance: slot::HPQ,
        depth: slot::HPENV,
        course: [slot::HPATTACK, slot::HPDECAY, slot::HPSUSTAIN, slot::HPRELEASE],
    },
    Places {
        mode: Mode::Band,
        cutoff: slot::BPF,
        resonance: slot::BPQ,
        depth: slot::BPENV,
        course: [slot::BPATTACK, slot::BPDECAY, slot::BPSUSTAIN, slot::BPRELEASE],
    },
];

/// How a filter falls, by the words of `ftype`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// 12 dB an octave.
    One,
    /// 24 dB: two in a row, together flat.
    Two,
    /// Four one-poles with feedback; of the low-pass alone.
    Ladder,
}

/// Where a filter lets everything pass, Hz: the high-pass and the low-pass of `djf` in its middle.
const LOWEST: f32 = 20.0;
const HIGHEST: f32 = 20_000.0;

/// The cutoff that an event asks of a filter: its own, else what `djf` makes of it. `djf` goes three decades down from
/// the middle with the low-pass, and three decades up with the high-pass.
fn cutoff(values: &Values, places: &Places) -> Option<f32> {
    if values.has(places.cutoff) {
        return Some(values.get(places.cutoff));
    }
    let turned = if values.has(slot::DJF) { 2.0 * values.get(slot::DJF) - 1.0 } else { 0.0 };
    let octaves = libm::log2f(HIGHEST / LOWEST);
    match places.mode {
        Mode::Low if turned < 0.0 => Some(HIGHEST * math::exp2(octaves * turned)),
        Mode::High if turned > 0.0 => Some(LOWEST * math::exp2(octaves * turned)),
        _ => None,
    }
}

/// A filter of both channels whose cutoff may move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    places: Places,
    kind: Kind,
    pub(super) active: bool,
    sides: [[Svf; 2]; 2],
    ladders: [Ladder; 2],
    setting: Setting,
    feedback: f32,
    /// Cutoff in octaves over 1 Hz, as it glides after a live value, and where to.
    octave: f32,
    wanted: f32,
}

/// The moment of a tick, in seconds from the onset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: f32,
    pub(super) then: f32,
    pub(super) frames: u32,
    /// The first of the note.
    pub(super) start: bool,
    /// Whether anything moves.
    pub(super) moving: bool,
    pub(super) released: Option<f32>,
    pub(super) rate: f32,
}

impl Filter {
    pub(super) const fn off(places: Places) -> Filter {
        Filter {
            places,
            kind: Kind::One,
            active: false,
            sides: [[Svf::CLEAR; 2]; 2],
            ladders: [Ladder::CLEAR; 2],
            setting: Setting { gain: 0.0, slope: 0.0, damping: 1.0 },
            feedback: 0.0,
            octave: 0.0,
            wanted: 0.0,
        }
    }

    /// For a new note.
    pub(super) fn start(&mut self, values: &Values) {
        *self = Filter::off(self.places);
        self.active = cutoff(values, &self.places).is_some();
        self.kind = match values.get(slot::FTYPE) {
            kind if kind >= 1.5 && self.places.mode == Mode::Low => Kind::Ladder,
            kind if kind >= 0.5 => Kind::Two,
            _ => Kind::One,
        };
        self.follow(values);
        self.octave = self.wanted;
    }

    /// After live values: where its cutoff goes.
    pub(super) fn follow(&mut self, values: &Values) {
        let cutoff = cutoff(values, &self.places);
        self.active |= cutoff.is_some();
        let open = if self.places.mode == Mode::High { LOWEST } else { HIGHEST };
        self.wanted = libm::log2f(cutoff.unwrap_or(open).max(1.0));
    }

    /// Whether an envelope moves it.
    pub(super) fn moves(&self, values: &Values) -> bool {
        self.active && values.get(self.places.depth) != 0.0
    }

    /// Where it goes until the next tick.
    pub(super) fn tick(&mut self, values: &Values, moment: Moment) {
        if !self.active {
            return;
        }
        let [attack, decay, sustain, release] = self.places.course.map(|slot| values.get(slot));
        let course = Course { attack, decay, sustain, release };
        let depth = values.get(self.places.depth);
        let anchor = values.get(slot::FANCHOR);
        let sweep =
            |seconds: f32| if depth == 0.0 { 0.0 } else { depth * (course.at(seconds, moment.released) - anchor) };
        let gain = |octave: f32, seconds: f32| prewarp(math::exp2(octave + sweep(seconds)), moment.rate);
        if moment.start {
            self.setting.gain = gain(self.octave, moment.now);
        } else {
            self.octave += (self.wanted - self.octave) * 0.12;
        }
        let resonance = values.get(self.places.resonance);
        self.setting.damping = if self.places.mode == Mode::Band {
            1.0 / resonance.max(0.1)
        } else {
            math::exp2(-resonance / 6.0206) * std::f32::consts::SQRT_2
        };
        self.feedback = 3.98 * (1.0 - math::exp2(-resonance / 12.0));
        let target = gain(self.octave, moment.then);
        self.setting.slope =
            if moment.moving { (target - self.setting.gain) / moment.frames.max(1) as f32 } else { 0.0 };
    }

    /// A block in place.
    pub(super) fn process(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        if !self.active {
            return;
        }
        let (start, mode) = (self.setting, self.places.mode);
        for (side, block) in [Some(left), right].into_iter().enumerate() {
            let Some(block) = block else { continue };
            // Both sides start from the same gain.
            let mut setting = start;
            match self.kind {
                Kind::One => self.sides[side][0].process(mode, &mut setting, block),
                Kind::Two => {
                    // Butterworth's two pairs of poles; resonance lifts the second.
                    let mut flat = Setting { damping: 1.848, ..start };
                    if mode == Mode::Band {
                        flat.damping = start.damping;
                    } else {
                        setting.damping = start.damping * 0.5412;
                    }
                    self.sides[side][0].process(mode, &mut flat, block);
                    self.sides[side][1].process(mode, &mut setting, block);
                }
                Kind::Ladder => {
                    setting.gain = self.ladders[side].process(start.gain, start.slope, self.feedback, block);
                }
            }
            self.setting.gain = setting.gain;
        }
    }

    /// Lets no denormal stay.
    pub(super) fn settle(&mut self) {
        if !self.active {
            return;
        }
        self.sides.iter_mut().flatten().for_each(Svf::settle);
        self.ladders.iter_mut().for_each(Ladder::settle);
    }
}
