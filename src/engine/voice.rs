//! One voice: source, filters, dirt, envelope, pan. The built-in voice chain.
//!
//! Order: source (with pitch envelope and frequency modulation) → low-pass (with its envelope) → high-pass →
//! band-pass → crush → distort → envelope and level → pan → its strip, and its own sends.
//!
//! Levels: a full-scale generator peaks at −9 dBFS on each side in the middle ([`LEVEL`] and the pan's −3 dB); a sample
//! plays at its own level, less the pan's −3 dB.
//! Distort is 0.33 ms late (its oversampling).
//!
//! Invariant: a voice's bits depend on its own values, its onset and the absolute frame, never on other voices.

use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::quality::Quality;
use crate::dsp::envelope::{Adsr, Envelope, Stage};
use crate::dsp::math;
use crate::dsp::oscillator::Phase;
use crate::dsp::pluck::Pluck;
use crate::dsp::shape::{self, Drive};
use crate::dsp::sinc::Kernels;
use crate::dsp::smooth::Smooth;
use crate::dsp::svf::{Mode, Setting, Svf, prewarp};
use crate::dsp::tables::Tables;
use crate::dsp::{BLOCK, TICK};
use crate::score::plan::Wave;

use super::program::Sound;
use super::source::Source;
use super::strip::{balance, equal_power};
use super::tape::{self, Tape};
use super::values::{MOST_SENDS, Values};

/// A generator's factor: a few of them together stay below full scale. Samples come with a level of their own.
pub(super) const LEVEL: f32 = 0.5;
/// A stolen or choked voice is 60 dB down after this, seconds.
pub(super) const FADE: f32 = 0.006;

/// How long filters ring after a sample's end, seconds to −60 dB.
const TAIL: f32 = 0.08;

/// A send of the voice: the strip's slot and its level.
pub(super) type VoiceSend = (u16, Smooth);

/// A filter of both channels whose cutoff may move.
#[derive(Clone, Copy, Debug)]
struct Filter {
    active: bool,
    sides: [Svf; 2],
    setting: Setting,
    /// Cutoff in octaves over 1 Hz, as it glides after a live value, and where to.
    octave: f32,
    wanted: f32,
}

impl Filter {
    const OFF: Filter = Filter {
        active: false,
        sides: [Svf::CLEAR; 2],
        setting: Setting { gain: 0.0, slope: 0.0, damping: 1.0 },
        octave: 0.0,
        wanted: 0.0,
    };

    fn process(&mut self, mode: Mode, left: &mut [f32], right: Option<&mut [f32]>) {
        if self.active {
            // Both sides start from the same gain.
            let mut other = self.setting;
            self.sides[0].process(mode, &mut self.setting, left);
            if let Some(right) = right {
                self.sides[1].process(mode, &mut other, right);
            }
        }
    }
}

/// A voice of the pool.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) note: u32,
    pub(super) program: u16,
    pub(super) strip: u16,
    pub(super) onset: i64,
    pub(super) cut: u16,
    values: Values,
    pub(super) envelope: Envelope,
    source: Source,
    string: Pluck,
    level: Smooth,
    sides: [Smooth; 2],
    pub(super) sends: [Option<VoiceSend>; MOST_SENDS],
    low: Filter,
    high: Filter,
    band: Filter,
    drives: [Drive; 2],
    modulator: Phase,
    depth: (f32, f32),
    table: usize,
    /// Whether something must be computed at each tick.
    moving: bool,
    /// Ticks for which live values still glide.
    gliding: u32,
    fresh: bool,
    gated: bool,
    /// Seconds over which `accelerate` acts.
    course: f32,
    rate: f32,
    kernels: &'static Kernels,
}

impl Voice {
    /// A free voice, with all the memory it will ever need.
    pub(super) fn new(rate: f32, quality: Quality) -> Voice {
        let silent = Adsr { attack: 0.0, decay: 0.0, sustain: 0.0, release: 0.0 };
        Voice {
            note: 0,
            program: 0,
            strip: 0,
            onset: 0,
            cut: 0,
            values: Values::new(),
            envelope: Envelope::new(silent, rate),
            source: Source::Idle,
            string: Pluck::default(),
            level: Smooth::new(0.0, rate),
            sides: [Smooth::new(0.0, rate); 2],
            sends: [None; MOST_SENDS],
            low: Filter::OFF,
            high: Filter::OFF,
            band: Filter::OFF,
            drives: [Drive::default(), Drive::default()],
            modulator: Phase::default(),
            depth: (0.0, 0.0),
            table: 0,
            moving: false,
            gliding: 0,
            fresh: false,
            gated: true,
            course: 0.0,
            rate,
            kernels: Kernels::shared(quality),
        }
    }

    /// Begins a note.
    pub(super) fn start(&mut self, sound: &Sound, values: &Values, seed: u64, frame: i64) {
        self.values = *values;
        self.onset = frame;
        self.cut = values.get(slot::CUT) as u16;
        let mut adsr = Adsr {
            attack: values.get(slot::ATTACK),
            decay: values.get(slot::DECAY),
            sustain: values.get(slot::SUSTAIN),
            release: values.get(slot::RELEASE),
        };
        // As in Strudel: a decay without a sustain falls to nothing.
        if values.has(slot::DECAY) && !values.has(slot::SUSTAIN) {
            adsr.sustain = 0.0;
        }
        self.course = values.get(slot::DUR);
        match sound {
            Sound::Wave(wave) => {
                adsr.attack = adsr.attack.max(0.001);
                self.gated = true;
                self.source = Source::wave(*wave, seed, self.rate);
                if *wave == Wave::Pluck {
                    let hz = math::frequency(values.get(slot::NOTE) + values.get(slot::DETUNE));
                    self.string.strike(hz, values.get(slot::VELOCITY), seed, self.rate);
                }
            }
            Sound::Sample(sample, _, looped) => {
                // A sample's attack is its own, unless the text asks for one.
                if !values.has(slot::ATTACK) {
                    adsr.attack = 0.0;
                }
                let tape = Tape::new(sample, *looped, values);
                self.gated = values.get(slot::GATED) >= 0.5 || tape.is_looped();
                if !self.gated {
                    // It plays out: the course is as long as it sounds.
                    let pace = tape::speed(sample, values).abs().max(1e-3);
                    let mean = (1.0 + 0.5 * values.get(slot::ACCELERATE)).max(0.05);
                    self.course = tape.length() / (sample.rate.max(1) as f32 * pace * mean);
                }
                self.source = Source::Sample(tape);
            }
        }
        self.envelope = Envelope::new(adsr, self.rate);
        let (left, right) = self.pans();
        self.sides[0].jump(left);
        self.sides[1].jump(right);
        self.level.jump(self.wanted_level());
        for (filter, cutoff, active) in [
            (&mut self.low, slot::LPF, values.has(slot::LPF)),
            (&mut self.high, slot::HPF, values.has(slot::HPF)),
            (&mut self.band, slot::BPF, values.has(slot::BPF)),
        ] {
            *filter = Filter::OFF;
            filter.active = active;
            filter.wanted = libm::log2f(values.get(cutoff).max(1.0));
            filter.octave = filter.wanted;
        }
        if values.get(slot::DISTORT) > 0.0 {
            self.drives = [Drive::default(), Drive::default()];
        }
        self.modulator = Phase::default();
        self.gliding = 0;
        self.fresh = true;
        self.find_moving();
    }

    fn find_moving(&mut self) {
        let given = |slot: u16| self.values.get(slot) != 0.0;
        self.moving = given(slot::PENV)
            || given(slot::ACCELERATE)
            || (given(slot::LPENV) && self.low.active)
            || (given(slot::FM) && given(slot::FMDECAY))
            || self.gliding > 0;
    }

    fn pans(&self) -> (f32, f32) {
        let pan = self.values.get(slot::PAN);
        if self.source.is_stereo() {
            let (left, right) = balance(pan);
            (left * std::f32::consts::FRAC_1_SQRT_2, right * std::f32::consts::FRAC_1_SQRT_2)
        } else {
            equal_power(pan)
        }
    }

    fn wanted_level(&self) -> f32 {
        let own = if self.source.is_sample() { 1.0 } else { LEVEL };
        self.values.get(slot::GAIN) * self.values.get(slot::VELOCITY) * own
    }

    /// Takes new values while it sounds; they glide over some 5 ms.
    pub(super) fn live(&mut self, values: &[SlotValue]) {
        for value in values {
            if self.values.set(*value) {
                match value.0 {
                    slot::LPF => self.low.active = true,
                    slot::HPF => self.high.active = true,
                    slot::BPF => self.band.active = true,
                    _ => {}
                }
            }
        }
        for (filter, cutoff) in [(&mut self.low, slot::LPF), (&mut self.high, slot::HPF), (&mut self.band, slot::BPF)] {
            filter.wanted = libm::log2f(self.values.get(cutoff).max(1.0));
        }
        let (left, right) = self.pans();
        self.sides[0].set(left);
        self.sides[1].set(right);
        self.level.set(self.wanted_level());
        self.gliding = 64;
        self.find_moving();
    }

    /// Note-off; `forced` for those that play out, too.
    pub(super) fn release(&mut self, forced: bool) {
        if self.gated || forced {
            self.envelope.release();
        }
    }

    /// The strip is gone: released, and what would play out may do so for two seconds.
    pub(super) fn orphan(&mut self) {
        self.envelope.release_within(if self.gated { self.values.get(slot::RELEASE) } else { 2.0 });
    }

    /// Whether it is on its way out and counts no more.
    pub(super) fn is_fading(&self) -> bool {
        matches!(self.envelope.stage(), Stage::Fade | Stage::Done)
    }

    /// Whether it was released.
    pub(super) fn is_released(&self) -> bool {
        self.envelope.stage() == Stage::Release
    }

    /// How loud it is, for stealing: by envelope, level and what is left of its sample.
    pub(super) fn loudness(&self) -> f32 {
        self.envelope.level() * self.level.target() * self.source.left()
    }

    /// Whether it will never sound again.
    pub(super) fn is_over(&self) -> bool {
        self.envelope.stage() == Stage::Done || (self.source.is_over() && !self.rings())
    }

    /// Comes to rest where it has; called at absolute multiples of 64 frames.
    pub(super) fn settle(&mut self) {
        if self.source.is_over() && self.rings() {
            self.envelope.fade(TAIL);
        }
        self.envelope.settle();
        for filter in [&mut self.low, &mut self.high, &mut self.band] {
            filter.sides.iter_mut().for_each(Svf::settle);
        }
    }

    /// Whether something after the source may sound on.
    fn rings(&self) -> bool {
        self.low.active || self.high.active || self.band.active || self.values.get(slot::DISTORT) > 0.0
    }

    /// Where pitch, cutoffs and modulation go within the next `frames`, at `age` frames from the onset.
    fn tick(&mut self, sound: &Sound, age: i64, frames: u32) {
        let start = self.fresh;
        let (now, then) = (age as f32 / self.rate, (age + i64::from(frames)) as f32 / self.rate);
        let values = self.values;
        let bend = |seconds: f32| {
            // The envelope's last 2 % are left out, so that it ends.
            let share = seconds / values.get(slot::PDECAY);
            if share >= 1.0 { 0.0 } else { values.get(slot::PENV) * (math::exp2(-5.644 * share) - 0.02) / 0.98 }
        };
        let note = values.get(slot::NOTE) + values.get(slot::DETUNE);
        let (rate, faster, course) = (self.rate, values.get(slot::ACCELERATE), self.course.max(1e-3));
        let hurry = |seconds: f32| if faster == 0.0 { 1.0 } else { 1.0 + faster * (seconds / course).min(1.0) };
        let pitch = |seconds: f32| match sound {
            Sound::Wave(_) => math::frequency(note + bend(seconds)) * hurry(seconds).max(0.0),
            Sound::Sample(sample, root, _) => {
                let transposed = note - root + bend(seconds);
                let ratio = if transposed == 0.0 { 1.0 } else { math::exp2(transposed / 12.0) };
                tape::speed(sample, &values) * hurry(seconds) * ratio * (sample.rate as f32 / rate)
            }
        };
        let target = pitch(then).clamp(-1e5, 1e5);
        self.source.aim(start.then(|| pitch(now)), target, frames, self.rate, self.kernels);
        if faster <= -1.0 && now > course {
            // It has come to a stand.
            self.release(true);
        }
        if !self.moving {
            self.source.hold();
        }
        let depth = values.get(slot::FM);
        if depth > 0.0 && matches!(sound, Sound::Wave(_)) {
            // `fm` is the index: the modulation swings the phase by as many radians.
            let fade = values.get(slot::FMDECAY);
            let depth = |seconds: f32| {
                depth / std::f32::consts::TAU
                    * if fade > 0.0 { math::exp2(-9.966 * (seconds / fade).min(12.0)) } else { 1.0 }
            };
            let from = if start { depth(now) } else { self.depth.0 };
            self.depth = (from, if self.moving { (depth(then) - from) / frames as f32 } else { 0.0 });
            let hz = pitch(if start { now } else { then }) * values.get(slot::FMH);
            self.modulator.step = math::step(hz.clamp(0.0, self.rate * 0.5), self.rate);
        } else {
            self.depth = (0.0, 0.0);
        }
        let bends = values.get(slot::PENV) != 0.0 || self.gliding > 0;
        if let Sound::Wave(_) = sound
            && (start || bends)
        {
            let widest = pitch(now).max(target);
            // A modulated wave reaches higher (Carson): its table leaves room for its sidebands.
            let room = 1.0 + depth * values.get(slot::FMH) * 0.5;
            self.table = Tables::index(widest * room, self.rate);
        }
        self.tick_filters(now, then, frames);
        self.fresh = false;
    }

    fn tick_filters(&mut self, now: f32, then: f32, frames: u32) {
        let values = self.values;
        let (start, moving, rate) = (self.fresh, self.moving, self.rate);
        let sweep = |seconds: f32| {
            let (attack, decay) = (values.get(slot::LPATTACK).max(0.0005), values.get(slot::LPDECAY));
            values.get(slot::LPENV)
                * if seconds < attack {
                    seconds / attack
                } else {
                    let share = (seconds - attack) / decay;
                    if share >= 1.0 { 0.0 } else { (math::exp2(-5.644 * share) - 0.02) / 0.98 }
                }
        };
        let resonance = |slot: u16| math::exp2(-values.get(slot) / 6.0206) * std::f32::consts::SQRT_2;
        let sweeps = [
            (&mut self.low, resonance(slot::LPQ), 1.0),
            (&mut self.high, resonance(slot::HPQ), 0.0),
            (&mut self.band, 1.0 / values.get(slot::BPQ).max(0.1), 0.0),
        ];
        for (filter, damping, swept) in sweeps {
            if !filter.active {
                continue;
            }
            let gain = |octave: f32, seconds: f32| prewarp(math::exp2(octave + swept * sweep(seconds)), rate);
            if start {
                filter.setting.gain = gain(filter.octave, now);
            } else {
                filter.octave += (filter.wanted - filter.octave) * 0.12;
            }
            filter.setting.damping = damping;
            let target = gain(filter.octave, then);
            filter.setting.slope = if moving { (target - filter.setting.gain) / frames as f32 } else { 0.0 };
        }
    }

    /// The next `count` frames, at absolute `frame`, into `left` and `right` (overwritten).
    pub(super) fn render(&mut self, sound: &Sound, frame: i64, count: usize, left: &mut [f32], right: &mut [f32]) {
        let count = count.min(BLOCK);
        let mut at = 0;
        while at < count {
            let now = frame + at as i64;
            let into = now.rem_euclid(TICK as i64) as usize;
            let whole = TICK - into;
            if self.fresh || (into == 0 && self.moving) {
                self.tick(sound, now - self.onset, whole as u32);
                if into == 0 && self.gliding > 0 {
                    self.gliding -= 1;
                    if self.gliding == 0 {
                        self.find_moving();
                        self.tick(sound, now - self.onset, whole as u32);
                    }
                }
            }
            // After live values a still voice starts to move at the next tick.
            let most = if self.moving { whole } else { BLOCK };
            let length = most.min(count - at);
            self.stretch(sound, &mut left[at..at + length], &mut right[at..at + length]);
            at += length;
        }
        let mut gains = [0.0f32; BLOCK];
        let gains = &mut gains[..count];
        self.envelope.fill(gains);
        if self.level.is_still() && self.sides.iter().all(Smooth::is_still) {
            let level = self.level.value();
            let (l, r) = (level * self.sides[0].value(), level * self.sides[1].value());
            for ((left, right), gain) in left[..count].iter_mut().zip(&mut right[..count]).zip(gains.iter()) {
                *left *= gain * l;
                *right *= gain * r;
            }
        } else {
            // The same order of factors as at rest, so that no cut changes a bit.
            for ((left, right), gain) in left[..count].iter_mut().zip(&mut right[..count]).zip(gains.iter()) {
                let level = self.level.step();
                *left *= gain * (level * self.sides[0].step());
                *right *= gain * (level * self.sides[1].step());
            }
        }
    }

    fn stretch(&mut self, sound: &Sound, left: &mut [f32], right: &mut [f32]) {
        let stereo = self.source.is_stereo();
        match sound {
            Sound::Wave(_) => {
                let (depth, slope) = &mut self.depth;
                let modulator = (*depth != 0.0 || *slope != 0.0).then_some((&mut self.modulator, depth, *slope));
                self.source.generate(self.table, modulator, &mut self.string, left, right);
            }
            Sound::Sample(sample, ..) => self.source.play(self.kernels, sample, left, right),
        }
        for (filter, mode) in [(&mut self.low, Mode::Low), (&mut self.high, Mode::High), (&mut self.band, Mode::Band)] {
            filter.process(mode, left, stereo.then_some(&mut *right));
        }
        let bits = self.values.get(slot::CRUSH);
        if bits > 0.0 && bits < 16.0 {
            shape::crush(bits, left);
            if stereo {
                shape::crush(bits, right);
            }
        }
        let drive = self.values.get(slot::DISTORT);
        if drive > 0.0 {
            self.drives[0].process(drive, left);
            if stereo {
                self.drives[1].process(drive, right);
            }
        }
        if !stereo {
            right.copy_from_slice(left);
        }
    }
}
