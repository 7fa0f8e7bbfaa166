//! Zones: which audio a key plays at which velocity and in which turn, and what it brings along.
//!
//! Layers and turns of a kit's files, roots of a pitched instrument, regions of an SFZ file and zones of a `SoundFont` are
//! all the same here: a note finds the zones that answer it, and each of them starts one voice of the built-in chain
//! with values of its own. What the text says of the same thing wins.
//!
//! Invariant: which zones answer is a function of the note, its velocity, its turn and its dice.

use smallvec::SmallVec;

use super::control::slot;
use super::event::SlotValue;

/// When a zone sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Trigger {
    /// As the note begins.
    #[default]
    Attack,
    /// As it ends.
    Release,
}

/// How velocity becomes level.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Accent {
    /// As everywhere in talea: a factor.
    Linear,
    /// By its square, as sound fonts do it; 1 is wholly, 0 not at all, below 0 the other way round.
    Square(f32),
}

/// A filter that a zone brings along.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ZoneFilter {
    /// The slot of its cutoff: low-pass, high-pass or band-pass.
    pub slot: u16,
    /// Hz at velocity 0 and the key `centre`.
    pub cutoff: f32,
    /// As `lpq` and its like count it.
    pub resonance: f32,
    /// Cents a key.
    pub key: f32,
    /// The key at which `key` adds nothing.
    pub centre: f32,
    /// Cents from velocity 0 to 127, nothing at 0.
    pub velocity: f32,
    /// Depth of its envelope, octaves.
    pub envelope: f32,
    /// Attack and decay of its envelope, seconds.
    pub times: (f32, f32),
}

/// The envelope of a zone, seconds and a share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ZoneEnvelope {
    /// To the peak.
    pub attack: f32,
    /// To the sustain.
    pub decay: f32,
    /// 0 to 1.
    pub sustain: f32,
    /// To −60 dB.
    pub release: f32,
    /// By how much the decay grows shorter towards higher keys, octaves of time a key; nothing at key 60.
    pub decay_by_key: f32,
}

/// A stretch that goes round, in seconds of the sample (its frames by its rate).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ZoneLoop {
    /// Where it begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Only while the note is held; then the sample plays to its end.
    pub sustain: bool,
}

/// One zone; `A` is what it plays: a file in a catalog, a program in a score.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone<A> {
    /// What it plays.
    pub audio: A,
    /// The lowest and the highest key.
    pub keys: (u8, u8),
    /// The lowest and the highest velocity, 0 to 127.
    pub velocities: (u8, u8),
    /// Which of how many turns, from 0.
    pub turn: (u16, u16),
    /// The share of chance in which it sounds.
    pub dice: (f32, f32),
    /// When.
    pub trigger: Trigger,
    /// The key at which it plays at its own rate.
    pub root: f32,
    /// Semitones a key, usually 1.
    pub track: f32,
    /// Semitones that are added.
    pub tune: f32,
    /// A factor.
    pub gain: f32,
    /// How velocity becomes level.
    pub accent: Accent,
    /// −1 left to 1 right, added to the event's.
    pub pan: f32,
    /// Where its audio begins and ends, shares of its length.
    pub window: (f32, f32),
    /// What goes round.
    pub repeats: Option<ZoneLoop>,
    /// Whether its note-off releases it; else it plays out, unless the text says otherwise.
    pub held: bool,
    /// Its envelope.
    pub envelope: Option<ZoneEnvelope>,
    /// Its filter.
    pub filter: Option<ZoneFilter>,
    /// Depth of its pitch envelope, semitones, and its decay, seconds.
    pub bend: Option<(f32, f32)>,
    /// Its choke group; 0 is none.
    pub choke: u16,
}

/// Choke groups of zones count from here, so that they meet those of the text only on purpose.
const FIRST_CHOKE: u16 = 0x4000;

impl<A> Zone<A> {
    /// A zone that plays its audio on every key as it is, at c3 at its own rate.
    pub fn new(audio: A) -> Zone<A> {
        Zone {
            audio,
            keys: (0, 127),
            velocities: (0, 127),
            turn: (0, 1),
            dice: (0.0, 1.0),
            trigger: Trigger::Attack,
            root: 48.0,
            track: 1.0,
            tune: 0.0,
            gain: 1.0,
            accent: Accent::Linear,
            pan: 0.0,
            window: (0.0, 1.0),
            repeats: None,
            held: false,
            envelope: None,
            filter: None,
            bend: None,
            choke: 0,
        }
    }

    /// The same for other audio.
    pub fn with<B>(&self, audio: B) -> Zone<B> {
        Zone {
            audio,
            keys: self.keys,
            velocities: self.velocities,
            turn: self.turn,
            dice: self.dice,
            trigger: self.trigger,
            root: self.root,
            track: self.track,
            tune: self.tune,
            gain: self.gain,
            accent: self.accent,
            pan: self.pan,
            window: self.window,
            repeats: self.repeats,
            held: self.held,
            envelope: self.envelope,
            filter: self.filter,
            bend: self.bend,
            choke: self.choke,
        }
    }

    /// Whether it answers a note of this key and velocity (0 to 127) and dice (0 to 1), when it is its turn.
    pub fn answers(&self, trigger: Trigger, key: u8, velocity: u8, dice: f32) -> bool {
        self.trigger == trigger
            && (self.keys.0..=self.keys.1).contains(&key)
            && (self.velocities.0..=self.velocities.1).contains(&velocity)
            && (self.dice.0..self.dice.1).contains(&dice)
    }

    /// Whether it is its turn, after as many notes that it answered.
    pub fn is_due(&self, before: u32) -> bool {
        before % u32::from(self.turn.1.max(1)) == u32::from(self.turn.0)
    }

    /// Adds what it brings along to the values that the text gave. `base` is the key at which the program plays its
    /// sample at the sample's rate, `velocity` 0 to 1.
    pub fn apply(&self, values: &mut SlotValues, note: f32, velocity: f32, base: f32) {
        values.put(slot::NOTE, base + (note - self.root) * self.track + self.tune);
        if self.gain != 1.0 {
            values.put(slot::ZONE_GAIN, self.gain);
        }
        if let Accent::Square(share) = self.accent {
            let level = velocity * velocity;
            values.put(slot::VELOCITY, if share < 0.0 { 1.0 + share * level } else { 1.0 - share + share * level });
        }
        if self.pan != 0.0 {
            values.put(slot::ZONE_PAN, self.pan);
        }
        if self.window != (0.0, 1.0) {
            let (first, last) = self.window;
            let within = |share: f32| first + (last - first) * share.clamp(0.0, 1.0);
            values.put(slot::BEGIN, within(values.value(slot::BEGIN).unwrap_or(0.0)));
            values.put(slot::END, within(values.value(slot::END).unwrap_or(1.0)));
        }
        if self.held {
            values.put(slot::GATED, 1.0);
        }
        if let Some(envelope) = &self.envelope {
            let shorter = exp2((60.0 - note) * envelope.decay_by_key);
            values.offer(slot::ATTACK, envelope.attack);
            values.offer(slot::DECAY, envelope.decay * shorter);
            values.offer(slot::SUSTAIN, envelope.sustain);
            values.offer(slot::RELEASE, envelope.release);
        }
        self.apply_filter(values, note, velocity);
        if let Some((depth, decay)) = self.bend
            && values.value(slot::PENV).is_none()
        {
            values.put(slot::PENV, depth);
            values.put(slot::PDECAY, decay);
        }
        if self.choke != 0 {
            values.offer(slot::CUT, f32::from(FIRST_CHOKE | self.choke & 0x3fff));
        }
    }

    fn apply_filter(&self, values: &mut SlotValues, note: f32, velocity: f32) {
        let Some(filter) = &self.filter else { return };
        // A cutoff in the text is another filter, not this one moved.
        if values.value(filter.slot).is_some() {
            return;
        }
        let cents = filter.key * (note - filter.centre) + filter.velocity * velocity;
        values.put(filter.slot, (filter.cutoff * exp2(cents / 1200.0)).clamp(20.0, 24_000.0));
        let resonance = match filter.slot {
            slot::LPF => slot::LPQ,
            slot::HPF => slot::HPQ,
            _ => slot::BPQ,
        };
        values.offer(resonance, filter.resonance);
        if filter.slot == slot::LPF && filter.envelope != 0.0 {
            values.offer(slot::LPENV, filter.envelope);
            values.offer(slot::LPATTACK, filter.times.0);
            values.offer(slot::LPDECAY, filter.times.1);
        }
    }
}

fn exp2(x: f32) -> f32 {
    libm::exp2f(x.clamp(-30.0, 30.0))
}

/// The values of an event; a slot stands once.
pub type SlotValues = SmallVec<[SlotValue; 12]>;

/// Reading and giving values by slot.
pub trait Slots {
    /// What stands in a slot.
    fn value(&self, slot: u16) -> Option<f32>;
    /// Puts a value in the place of what stands there.
    fn put(&mut self, slot: u16, value: f32);
    /// Puts a value where nothing stands.
    fn offer(&mut self, slot: u16, value: f32);
}

impl Slots for SlotValues {
    fn value(&self, slot: u16) -> Option<f32> {
        self.iter().find(|(other, _)| *other == slot).map(|(_, value)| *value)
    }

    fn put(&mut self, slot: u16, value: f32) {
        match self.iter_mut().find(|(other, _)| *other == slot) {
            Some(known) => known.1 = value,
            None => self.push((slot, value)),
        }
    }

    fn offer(&mut self, slot: u16, value: f32) {
        if self.value(slot).is_none() {
            self.push((slot, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(zone: &Zone<()>, given: &[SlotValue], note: f32, velocity: f32) -> SlotValues {
        let mut values = SlotValues::from_slice(given);
        zone.apply(&mut values, note, velocity, 48.0);
        values
    }

    #[test]
    fn a_note_is_counted_from_the_root() {
        let zone = Zone { root: 60.0, ..Zone::new(()) };
        assert_eq!(applied(&zone, &[], 67.0, 1.0).value(slot::NOTE), Some(55.0));
        let untuned = Zone { root: 60.0, track: 0.0, ..Zone::new(()) };
        assert_eq!(applied(&untuned, &[], 67.0, 1.0).value(slot::NOTE), Some(48.0));
    }

    #[test]
    fn what_the_text_says_wins() {
        let envelope = ZoneEnvelope { attack: 0.5, decay: 0.1, sustain: 0.5, release: 2.0, decay_by_key: 0.0 };
        let filter = ZoneFilter {
            slot: slot::LPF,
            cutoff: 1000.0,
            resonance: 3.0,
            key: 0.0,
            centre: 60.0,
            velocity: 0.0,
            envelope: 2.0,
            times: (0.0, 1.0),
        };
        let zone = Zone { envelope: Some(envelope), filter: Some(filter), pan: 1.0, gain: 0.5, ..Zone::new(()) };
        let plain = applied(&zone, &[], 60.0, 1.0);
        assert_eq!(plain.value(slot::LPF), Some(1000.0));
        assert_eq!(plain.value(slot::LPQ), Some(3.0));
        assert_eq!(plain.value(slot::LPENV), Some(2.0));
        assert_eq!((plain.value(slot::ZONE_PAN), plain.value(slot::ZONE_GAIN)), (Some(1.0), Some(0.5)));
        let said = applied(&zone, &[(slot::LPF, 300.0), (slot::RELEASE, 0.1), (slot::GAIN, 0.5)], 60.0, 1.0);
        assert_eq!(said.value(slot::LPF), Some(300.0));
        assert_eq!(said.value(slot::LPENV), None);
        assert_eq!((said.value(slot::RELEASE), said.value(slot::ATTACK)), (Some(0.1), Some(0.5)));
        assert_eq!((said.value(slot::GAIN), said.value(slot::ZONE_GAIN)), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn keys_velocities_turns_and_dice_choose() {
        let zone = Zone { keys: (60, 64), velocities: (64, 127), turn: (1, 3), dice: (0.0, 0.5), ..Zone::new(()) };
        let answers = |key, velocity, dice| zone.answers(Trigger::Attack, key, velocity, dice);
        assert!(answers(60, 64, 0.0) && answers(64, 127, 0.49));
        assert!(!answers(59, 64, 0.0) && !answers(60, 63, 0.0) && !answers(60, 64, 0.5));
        assert!(!zone.answers(Trigger::Release, 60, 64, 0.0));
        assert_eq!([0, 1, 2, 3, 4].map(|before| zone.is_due(before)), [false, true, false, false, true]);
    }

    #[test]
    fn velocity_is_linear_or_squared() {
        let level = |accent| {
            let zone = Zone { accent, ..Zone::new(()) };
            applied(&zone, &[(slot::VELOCITY, 0.5)], 60.0, 0.5).value(slot::VELOCITY)
        };
        assert_eq!(level(Accent::Linear), Some(0.5));
        assert_eq!(level(Accent::Square(1.0)), Some(0.25));
        assert_eq!(level(Accent::Square(0.0)), Some(1.0));
        assert_eq!(level(Accent::Square(-1.0)), Some(0.75));
    }
}
