//! One voice: source, filters, dirt, envelope, pan. The built-in voice chain.
//!
//! Order: source (with pitch envelope, vibrato and frequency modulation) → low-pass → high-pass → band-pass, each with its
//! envelope → vowel → coarse → crush → shape → distort → phaser → envelope, tremolo and level → pan → its strip, and its
//! own sends.
//!
//! Levels: a full-scale generator peaks at −9 dBFS on each side in the middle ([`LEVEL`] and the pan's −3 dB); a sample
//! plays at its own level, less the pan's −3 dB.
//! Shape and distort are 0.33 ms late each (their oversampling).
//!
//! Invariant: a voice's bits depend on its own values, its onset and the absolute frame, never on other voices.

mod bend;

use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::quality::Quality;
use crate::base::random;
use crate::dsp::envelope::{Adsr, Envelope, Stage};
use crate::dsp::math;
use crate::dsp::oscillator::{Phase, Width};
use crate::dsp::pluck::Pluck;
use crate::dsp::smooth::Smooth;
use crate::dsp::tables::Tables;
use crate::dsp::{BLOCK, TICK};
use crate::score::plan::Wave;

use super::colour::Colour;
use super::lanes::Seat;
use super::pitch::Pitch;
use super::program::Sound;
use super::relief::SHORT;
use super::source::Source;
use super::strip::{balance, equal_power};
use super::sweep::{FILTERS, Filter, Moment};
use super::tape::{self, Tape};
use super::values::{MOST_SENDS, Values};
use super::wave::{self, Hiss};

/// A generator's factor: a few of them together stay below full scale. Samples come with a level of their own.
pub(super) const LEVEL: f32 = 0.5;
/// A stolen or choked voice is 60 dB down after this, seconds.
pub(super) const FADE: f32 = 0.006;

/// How long filters ring after a sample's end, seconds to −60 dB.
const TAIL: f32 = 0.08;

/// A send of the voice: the strip's slot and its level.
pub(super) type VoiceSend = (u16, Smooth);

/// A voice of the pool.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(super) struct Voice {
    pub(super) note: u32,
    pub(super) program: u16,
    pub(super) strip: u16,
    pub(super) onset: i64,
    /// Where the pitch of its last note began to move: a mono voice has many.
    bends_from: i64,
    pub(super) cut: u16,
    values: Values,
    pub(super) envelope: Envelope,
    source: Source,
    string: Pluck,
    level: Smooth,
    sides: [Smooth; 2],
    /// What reaches its own strip.
    pub(super) dry: Smooth,
    pub(super) sends: [Option<VoiceSend>; MOST_SENDS],
    filters: [Filter; 3],
    colour: Colour,
    modulator: Phase,
    depth: (f32, f32),
    width: Width,
    hiss: Option<Hiss>,
    wave: Option<Wave>,
    table: usize,
    /// Whether something must be computed at each tick.
    moving: bool,
    /// Ticks for which live values still glide.
    gliding: u32,
    fresh: bool,
    gated: bool,
    relieved: bool,
    /// Whether its graph was told of a bent pitch.
    bent: bool,
    /// When it was released, in seconds from its onset, as the ticks have seen it.
    released: Option<f32>,
    /// Seconds over which `accelerate` acts.
    course: f32,
    /// Its place among the voices of a graph.
    pub(super) seat: Seat,
    rate: f32,
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
            bends_from: 0,
            cut: 0,
            values: Values::new(),
            envelope: Envelope::new(silent, rate),
            source: Source::Idle,
            string: Pluck::default(),
            level: Smooth::new(0.0, rate),
            sides: [Smooth::new(0.0, rate); 2],
            dry: Smooth::new(1.0, rate),
            sends: [None; MOST_SENDS],
            filters: FILTERS.map(Filter::off),
            colour: Colour::new(rate, quality),
            modulator: Phase::default(),
            depth: (0.0, 0.0),
            width: Width::default(),
            hiss: None,
            wave: None,
            table: 0,
            moving: false,
            gliding: 0,
            fresh: false,
            gated: true,
            relieved: false,
            bent: false,
            released: None,
            course: 0.0,
            seat: Seat::default(),
            rate,
        }
    }

    /// Begins a note.
    pub(super) fn start(&mut self, sound: &Sound, values: &Values, seed: u64, frame: i64) {
        self.values = *values;
        self.onset = frame;
        self.bends_from = frame;
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
        (self.wave, self.hiss) = (None, None);
        match sound {
            Sound::Wave(wave) => {
                self.wave = Some(*wave);
                self.hiss = Hiss::new(values, random::join(seed, 1), self.rate);
                adsr.attack = adsr.attack.max(0.001);
                self.gated = true;
                self.source = Source::wave(*wave, values, seed, self.rate);
                if *wave == Wave::Pluck {
                    let hz = math::frequency(super::pitch::note(values));
                    self.string.strike(hz, values.get(slot::VELOCITY), seed, self.rate);
                }
            }
            Sound::Graph(ensemble) => {
                self.gated = true;
                self.source = Source::Graph(ensemble.program().is_stereo());
                if ensemble.program().is_enveloped() {
                    // Its own envelope is enough; this one is for fading when the voice is stolen.
                    adsr = Adsr { attack: 0.0, decay: 0.0, sustain: 1.0, release: 0.0 };
                } else {
                    adsr.attack = adsr.attack.max(0.001);
                }
            }
            Sound::Sample(sample, _, looped, kernels) => {
                // A sample's attack is its own, unless the text asks for one.
                if !values.has(slot::ATTACK) {
                    adsr.attack = 0.0;
                }
                let tape = Tape::new(sample, *looped, values, kernels);
                self.gated = values.get(slot::GATED) >= 0.5 || tape.is_looped();
                if !self.gated {
                    // It plays out: the course is as long as it sounds.
                    let pace = (tape::speed(sample, values) as f32).abs().max(1e-3);
                    let mean = (1.0 + 0.5 * values.get(slot::ACCELERATE)).max(0.05);
                    self.course = tape.length() / (sample.rate.max(1) as f32 * pace * mean);
                }
                self.source = Source::Sample(tape);
            }
        }
        self.envelope = Envelope::new(adsr, self.rate);
        self.envelope.hold(values.get(slot::HOLD));
        let (left, right) = self.pans();
        self.sides[0].jump(left);
        self.sides[1].jump(right);
        self.level.jump(self.wanted_level());
        self.dry.jump(values.get(slot::DRY));
        for filter in &mut self.filters {
            filter.start(values);
        }
        self.colour.start(values);
        self.released = None;
        self.bent = false;
        self.modulator = Phase::default();
        self.gliding = 0;
        self.fresh = true;
        self.find_moving();
    }

    fn find_moving(&mut self) {
        let values = &self.values;
        let given = |slot: u16| values.get(slot) != 0.0;
        self.moving = given(slot::PENV)
            || given(slot::ACCELERATE)
            || given(slot::VIB)
            || self.filters.iter().any(|filter| filter.moves(values))
            || wave::depth_moves(values)
            || wave::width_moves(self.wave, values)
            || self.colour.moves()
            || self.gliding > 0;
    }

    fn pans(&self) -> (f32, f32) {
        let pan = self.values.get(slot::PAN) + self.values.get(slot::ZONE_PAN) * 0.5;
        if self.source.is_stereo() {
            let (left, right) = balance(pan);
            (left * std::f32::consts::FRAC_1_SQRT_2, right * std::f32::consts::FRAC_1_SQRT_2)
        } else {
            equal_power(pan)
        }
    }

    fn wanted_level(&self) -> f32 {
        let own = if self.source.is_sample() { 1.0 } else { LEVEL };
        let accent = if self.seat.takes_velocity { 1.0 } else { self.values.get(slot::VELOCITY) };
        let level = self.values.get(slot::GAIN) * self.values.get(slot::ZONE_GAIN) * self.values.get(slot::POSTGAIN);
        level * accent * own
    }

    /// Takes new values while it sounds; they glide over some 5 ms.
    pub(super) fn live(&mut self, values: &[SlotValue]) {
        self.seat.live(values);
        for value in values {
            self.values.set(*value);
        }
        for filter in &mut self.filters {
            filter.follow(&self.values);
        }
        self.colour.follow(&self.values);
        let (left, right) = self.pans();
        self.sides[0].set(left);
        self.sides[1].set(right);
        self.level.set(self.wanted_level());
        self.dry.set(self.values.get(slot::DRY));
        self.gliding = 64;
        self.find_moving();
    }

    /// Note-off; `forced` for those that play out, too.
    pub(super) fn release(&mut self, forced: bool) {
        if self.gated || forced {
            self.seat.released = true;
            if !self.seat.is_taken() {
                let release = self.values.get(slot::RELEASE);
                self.envelope.release_within(if self.relieved { release.min(SHORT) } else { release });
            }
        }
    }

    /// Releases are cut short from here on, or no more. A graph's own envelopes go on as they do.
    pub(super) fn relieve(&mut self, relieved: bool) {
        self.relieved = relieved;
        if relieved {
            self.envelope.hurry(SHORT);
        }
    }

    /// The strip is gone: released, and what would play out may do so for two seconds.
    pub(super) fn orphan(&mut self) {
        self.seat.released = true;
        if self.seat.enveloped {
            return;
        }
        self.envelope.release_within(if self.gated { self.values.get(slot::RELEASE) } else { 2.0 });
    }

    /// Whether it is on its way out and counts no more.
    pub(super) fn is_fading(&self) -> bool {
        matches!(self.envelope.stage(), Stage::Fade | Stage::Done)
    }

    /// Whether it was released.
    pub(super) fn is_released(&self) -> bool {
        self.envelope.stage() == Stage::Release || self.seat.released
    }

    /// How loud it is, for stealing: by envelope, level and what is left of its sample.
    pub(super) fn loudness(&self) -> f32 {
        self.envelope.level() * self.level.target() * self.source.left() * self.seat.loudness
    }

    /// Whether it will never sound again.
    pub(super) fn is_over(&self) -> bool {
        self.envelope.stage() == Stage::Done || (self.gives_nothing() && !self.rings())
    }

    /// Comes to rest where it has; called at absolute multiples of a block.
    pub(super) fn settle(&mut self) {
        if self.gives_nothing() && self.rings() {
            self.envelope.fade(TAIL);
        }
        self.envelope.settle();
        self.filters.iter_mut().for_each(Filter::settle);
        self.colour.settle();
    }

    /// Whether nothing comes from its source any more.
    fn gives_nothing(&self) -> bool {
        self.seat.is_over() || self.source.is_over()
    }

    /// Whether something after the source may sound on.
    fn rings(&self) -> bool {
        self.filters.iter().any(|filter| filter.active) || self.colour.rings(&self.values)
    }

    /// Where pitch, cutoffs and modulation go within the next `frames`, at `age` frames from the onset.
    fn tick(&mut self, sound: &Sound, age: i64, frames: u32) {
        let start = self.fresh;
        let (now, then) = (age as f32 / self.rate, (age + i64::from(frames)) as f32 / self.rate);
        if self.released.is_none() && self.is_released() {
            self.released = Some(now);
        }
        let course = self.course.max(1e-3);
        if self.values.get(slot::ACCELERATE) <= -1.0 && now > course && !self.seat.is_taken() {
            // It has come to a stand.
            self.release(true);
        }
        let values = &self.values;
        let pitch = Pitch::of(sound, values, (course, self.released), self.rate);
        let target = pitch.at(then).clamp(-1e5, 1e5);
        self.source.aim(start.then(|| pitch.at(now)), target, frames, self.rate);
        if !self.moving {
            self.source.hold();
        }
        let depth = values.get(slot::FM);
        if depth > 0.0 && matches!(sound, Sound::Wave(_)) {
            let depth = |seconds: f32| wave::depth(values, seconds, self.released);
            let from = if start { depth(now) } else { self.depth.0 };
            self.depth = (from, if self.moving { (depth(then) - from) / frames as f32 } else { 0.0 });
            let hz = pitch.at(if start { now } else { then }) as f32 * values.get(slot::FMH);
            self.modulator.step = math::step(hz.clamp(0.0, self.rate * 0.5), self.rate);
        } else {
            self.depth = (0.0, 0.0);
        }
        if let Sound::Wave(_) = sound
            && (start || pitch.moves() || self.gliding > 0)
        {
            let widest = pitch.at(now).max(target) as f32;
            // A modulated wave reaches higher (Carson): its table leaves room for its sidebands.
            let room = 1.0 + depth * values.get(slot::FMH) * 0.5;
            self.table = Tables::index(widest * room, self.rate);
        }
        let (moving, released, rate) = (self.moving, self.released, self.rate);
        let moment = Moment { now, then, frames, start, moving, released, rate };
        if let Some(wave @ (Wave::Pulse | Wave::Square)) = self.wave {
            wave::aim_width(&mut self.width, wave, values, moment);
        }
        for filter in &mut self.filters {
            filter.tick(values, moment);
        }
        self.colour.tick(values, moment);
        self.fresh = false;
    }

    /// The factors of left and right, where nothing of the chain moves or bends what a graph gives; so the pool may add it
    /// as it is.
    pub(super) fn factors(&self) -> Option<(f32, f32)> {
        let rests = self.seat.is_taken()
            && !self.moving
            && self.envelope.is_still()
            && self.envelope.level() == 1.0
            && self.level.is_still()
            && self.sides.iter().all(Smooth::is_still)
            && self.dry.is_still()
            && self.dry.value() == 1.0
            && !self.filters.iter().any(|filter| filter.active)
            && self.colour.is_clear(&self.values);
        let level = self.level.value();
        rests.then(|| (level * self.sides[0].value(), level * self.sides[1].value()))
    }

    /// The next `count` frames, at absolute `frame`, into `left` and `right` (overwritten). What it gives is still to be
    /// multiplied with: the factors of left and right, which rest, or 1.
    pub(super) fn render(
        &mut self,
        sound: &Sound,
        frame: i64,
        count: usize,
        left: &mut [f32],
        right: &mut [f32],
    ) -> (f32, f32) {
        let count = count.min(BLOCK);
        self.seat.taken = 0;
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
        let at_rest = self.level.is_still() && self.sides.iter().all(Smooth::is_still);
        let level = self.level.value();
        let (l, r) = (level * self.sides[0].value(), level * self.sides[1].value());
        if at_rest && self.envelope.is_still() && !self.colour.shakes() {
            return (self.envelope.level() * l, self.envelope.level() * r);
        }
        let mut gains = [0.0f32; BLOCK];
        let gains = &mut gains[..count];
        self.envelope.fill(gains);
        self.colour.shake(gains);
        if at_rest {
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
        (1.0, 1.0)
    }

    fn stretch(&mut self, sound: &Sound, left: &mut [f32], right: &mut [f32]) {
        let stereo = self.source.is_stereo();
        match sound {
            Sound::Wave(_) => {
                let (depth, slope) = &mut self.depth;
                let modulator = (*depth != 0.0 || *slope != 0.0).then_some((&mut self.modulator, depth, *slope));
                self.source.generate(self.table, &mut self.width, modulator, &mut self.string, left, right);
                if let Some(hiss) = &mut self.hiss {
                    hiss.add(left, stereo.then_some(&mut *right));
                }
            }
            Sound::Sample(sample, ..) => self.source.play(sample, left, right),
            Sound::Graph(ensemble) => self.seat.take(ensemble, left, right),
        }
        for filter in &mut self.filters {
            filter.process(left, stereo.then_some(&mut *right));
        }
        self.colour.process(&self.values, left, stereo.then_some(&mut *right));
        if !stereo {
            right.copy_from_slice(left);
        }
    }
}
