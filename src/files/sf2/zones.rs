//! A preset's zones: generators added up and turned into what the built-in voice understands.
//!
//! Chapter numbers are those of the *`SoundFont` Technical Specification*, version 2.04.
//!
//! - Attenuation counts 0.4 of what is written, as the hardware did for which fonts were made.
//! - An envelope that falls by so many dB a second is approached by the voice's own curve: at −20 dB they meet.
//! - The filter follows velocity (8.4.2) only where the zone has a filter, as the players that people compare with do.
//!
//! Invariant: whatever the numbers are, a zone's values are finite and its stretches lie in its sample.

use std::collections::BTreeSet;

use super::tables::{Generator, Modulator, SampleHeader, Tables, ZoneTables};
use crate::base::catalog::{Part, Plane, Variant};
use crate::base::control::slot;
use crate::base::zone::{Accent, Zone, ZoneEnvelope, ZoneFilter, ZoneLoop};

/// The most zones of a preset.
const MOST_ZONES: usize = 4_096;

/// How many zones of instruments are looked at for a preset: where each zone of it names an instrument of many, their
/// product has no bound.
const MOST_STEPS: usize = 200_000;

/// How many kinds of generators there are (8.1.2).
const KINDS: usize = 60;

/// The rates that are believed.
const RATES: std::ops::RangeInclusive<u32> = 400..=192_000;

/// The kinds of generators that are read here (8.1.2).
mod kind {
    pub(super) const START: usize = 0;
    pub(super) const END: usize = 1;
    pub(super) const LOOP_START: usize = 2;
    pub(super) const LOOP_END: usize = 3;
    pub(super) const START_COARSE: usize = 4;
    pub(super) const MODULATION_TO_PITCH: usize = 7;
    pub(super) const CUTOFF: usize = 8;
    pub(super) const RESONANCE: usize = 9;
    pub(super) const MODULATION_TO_CUTOFF: usize = 11;
    pub(super) const END_COARSE: usize = 12;
    pub(super) const PAN: usize = 17;
    pub(super) const MODULATION_ATTACK: usize = 26;
    pub(super) const MODULATION_HOLD: usize = 27;
    pub(super) const MODULATION_DECAY: usize = 28;
    pub(super) const MODULATION_SUSTAIN: usize = 29;
    pub(super) const ATTACK: usize = 34;
    pub(super) const HOLD: usize = 35;
    pub(super) const DECAY: usize = 36;
    pub(super) const SUSTAIN: usize = 37;
    pub(super) const RELEASE: usize = 38;
    pub(super) const DECAY_BY_KEY: usize = 40;
    pub(super) const INSTRUMENT: usize = 41;
    pub(super) const KEYS: usize = 43;
    pub(super) const VELOCITIES: usize = 44;
    pub(super) const LOOP_START_COARSE: usize = 45;
    pub(super) const KEY: usize = 46;
    pub(super) const ATTENUATION: usize = 48;
    pub(super) const LOOP_END_COARSE: usize = 50;
    pub(super) const COARSE_TUNE: usize = 51;
    pub(super) const FINE_TUNE: usize = 52;
    pub(super) const SAMPLE: usize = 53;
    pub(super) const LOOP_MODE: usize = 54;
    pub(super) const TRACK: usize = 56;
    pub(super) const CHOKE: usize = 57;
    pub(super) const ROOT: usize = 58;
}

/// Generators that are left out where they are given, and what they are called.
const LEFT_OUT: [(usize, &str); 8] = [
    (5, "modLfoToPitch"),
    (6, "vibLfoToPitch"),
    (10, "modLfoToFilterFc"),
    (13, "modLfoToVolume"),
    (25, "delayModEnv"),
    (33, "delayVolEnv"),
    (39, "keynumToVolEnvHold"),
    (47, "velocity"),
];

/// Every generator of a zone, as a number.
#[derive(Clone, Copy, PartialEq)]
struct Values {
    numbers: [i32; KINDS],
    keys: (u8, u8),
    velocities: (u8, u8),
}

impl Values {
    /// The defaults of an instrument's zone (8.1.3).
    fn of_instrument() -> Values {
        let mut numbers = [0; KINDS];
        numbers[kind::CUTOFF] = 13_500;
        for at in [21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38] {
            numbers[at] = -12_000;
        }
        for at in [kind::KEY, 47, kind::ROOT] {
            numbers[at] = -1;
        }
        numbers[kind::TRACK] = 100;
        Values { numbers, keys: (0, 127), velocities: (0, 127) }
    }

    /// What a preset's zone adds.
    fn of_preset() -> Values {
        Values { numbers: [0; KINDS], keys: (0, 127), velocities: (0, 127) }
    }

    fn set(&mut self, generators: &[Generator]) {
        for Generator { kind, amount } in generators {
            let range = ((amount & 0xff).min(127) as u8, (amount >> 8).min(127) as u8);
            match usize::from(*kind) {
                kind::KEYS => self.keys = range,
                kind::VELOCITIES => self.velocities = range,
                at if at < KINDS => self.numbers[at] = i32::from(*amount as i16),
                _ => {}
            }
        }
    }

    /// An instrument's zone under a preset's (9.4); `None` where they share no key or velocity.
    fn under(&self, preset: &Values) -> Option<Values> {
        let mut out = *self;
        for at in 0..KINDS {
            // What names or chooses things is the instrument's alone (8.5).
            let alone = matches!(at, 0..=4 | 12 | 41 | 45 | 46 | 47 | 50 | 53 | 54 | 57 | 58);
            if !alone {
                out.numbers[at] = self.numbers[at].saturating_add(preset.numbers[at]);
            }
        }
        let both = |a: (u8, u8), b: (u8, u8)| (a.0.max(b.0), a.1.min(b.1));
        out.keys = both(self.keys, preset.keys);
        out.velocities = both(self.velocities, preset.velocities);
        (out.keys.0 <= out.keys.1 && out.velocities.0 <= out.velocities.1).then_some(out)
    }

    fn get(&self, at: usize) -> f32 {
        self.numbers[at] as f32
    }

    /// Timecents as seconds.
    fn seconds(&self, at: usize) -> f32 {
        if self.numbers[at] <= -12_000 { 0.0 } else { exp2(self.get(at) / 1200.0).min(100.0) }
    }

    fn frames(&self, fine: usize, coarse: usize) -> i64 {
        i64::from(self.numbers[fine]) + 32_768 * i64::from(self.numbers[coarse])
    }
}

fn exp2(x: f32) -> f32 {
    libm::exp2f(x.clamp(-60.0, 60.0))
}

/// How velocity and key move a zone, from its modulators.
#[derive(Clone, Copy, PartialEq)]
struct Moves {
    /// Share of the default velocity to level.
    level: f32,
    /// Cents from velocity 0 to 127, and what is added at all.
    cutoff: (f32, f32),
    /// Cents a key, from key 0.
    key: f32,
}

impl Moves {
    /// 8.4: those that every zone has.
    const DEFAULT: Moves = Moves { level: 1.0, cutoff: (2400.0, -2400.0), key: 0.0 };

    fn set(&mut self, modulators: &[Modulator], left_out: &mut BTreeSet<String>) {
        const VELOCITY: u16 = 2;
        const KEY: u16 = 3;
        for modulator in modulators {
            // Bit 7 is a MIDI controller: nobody moves those here.
            let source = modulator.source & 0x00ff;
            if source != VELOCITY && source != KEY || modulator.amount_source & 0x00ff != 0 {
                continue;
            }
            let amount = f32::from(modulator.amount);
            let negative = modulator.source & 0x0100 != 0;
            match (source, usize::from(modulator.target)) {
                (VELOCITY, kind::ATTENUATION) if negative => self.level = (amount / 960.0).clamp(0.0, 1.0),
                (VELOCITY, kind::CUTOFF) if negative => self.cutoff = (-amount, amount),
                (VELOCITY, kind::CUTOFF) => self.cutoff = (amount, 0.0),
                (KEY, kind::CUTOFF) => self.key = if negative { -amount } else { amount } / 128.0,
                _ if amount == 0.0 => {}
                (VELOCITY, _) => {
                    left_out.insert("modulators of velocity".into());
                }
                _ => {
                    left_out.insert("modulators of keys".into());
                }
            }
        }
    }
}

/// What a preset plays.
#[derive(Default)]
pub(super) struct Played {
    pub(super) zones: Vec<Zone<Variant>>,
    /// Names of what is left out.
    pub(super) left_out: BTreeSet<String>,
    /// Zones whose samples cannot be played.
    pub(super) silent: usize,
}

/// A zone before it is turned into one of ours.
struct Whole {
    values: Values,
    moves: Moves,
    sample: usize,
}

/// Turns a preset, by its place, into zones.
pub(super) fn played(tables: &Tables, preset: usize, file: &Variant) -> Played {
    let mut out = Played::default();
    let mut wholes = Vec::new();
    let zones = tables.preset_zones(preset);
    let reference = |zone: &ZoneTables<'_>, kind: usize| {
        zone.generators
            .iter()
            .find(|generator| usize::from(generator.kind) == kind)
            .map(|found| usize::from(found.amount))
    };
    let mut common = Values::of_preset();
    let mut steps = 0;
    for (at, zone) in zones.iter().enumerate() {
        let Some(instrument) = reference(zone, kind::INSTRUMENT) else {
            if at == 0 {
                common.set(zone.generators);
            }
            continue;
        };
        let mut preset = common;
        preset.set(zone.generators);
        let mut shared = (Values::of_instrument(), Moves::DEFAULT);
        let inner = tables.instrument_zones(instrument);
        steps += inner.len();
        if steps > MOST_STEPS || wholes.len() >= MOST_ZONES {
            out.left_out.insert("zones beyond what a preset may have".into());
            break;
        }
        for (at, zone) in inner.iter().enumerate() {
            let (mut values, mut moves) = shared;
            values.set(zone.generators);
            moves.set(zone.modulators, &mut out.left_out);
            let Some(sample) = reference(zone, kind::SAMPLE) else {
                if at == 0 {
                    shared = (values, moves);
                }
                continue;
            };
            if wholes.len() >= MOST_ZONES {
                out.left_out.insert("zones beyond what a preset may have".into());
                break;
            }
            if let Some(values) = values.under(&preset) {
                wholes.push(Whole { values, moves, sample });
            }
        }
    }
    for whole in &wholes {
        let normal = Values::of_instrument();
        for (at, name) in LEFT_OUT {
            if whole.values.numbers[at] != normal.numbers[at] && (at < 25 || whole.values.numbers[at] > -7_000) {
                out.left_out.insert(name.into());
            }
        }
    }
    zones_of(tables, &wholes, file, &mut out);
    out
}

fn zones_of(tables: &Tables, wholes: &[Whole], file: &Variant, out: &mut Played) {
    let mut done = vec![false; wholes.len()];
    for at in 0..wholes.len() {
        if done[at] {
            continue;
        }
        let whole = &wholes[at];
        let Some(header) = tables.samples.get(whole.sample).filter(|header| plays(tables, header)) else {
            out.silent += 1;
            continue;
        };
        let other = (at + 1..wholes.len()).find(|other| !done[*other] && pair(tables, whole, &wholes[*other]));
        let mut planes = vec![plane(tables, header)];
        let mut values = whole.values;
        let mut gain = 1.0;
        if let Some(other) = other {
            done[other] = true;
            let second = plane(tables, &tables.samples[wholes[other].sample]);
            let left_first = whole.values.numbers[kind::PAN] <= wholes[other].values.numbers[kind::PAN];
            planes.insert(usize::from(left_first), second);
            values.numbers[kind::PAN] = 0;
            // Two halves on their sides are as loud as one voice of both in the middle times √2.
            gain = std::f32::consts::SQRT_2;
        }
        let part = Part { rate: header.rate, frames: header.end - header.start, planes };
        let seconds = Some(f64::from(part.frames) / f64::from(part.rate));
        let audio = Variant { seconds, part: Some(part), ..file.clone() };
        let mut zone = zone(&values, whole.moves, header, audio);
        zone.gain *= gain;
        out.zones.push(zone);
    }
}

/// Whether a sample lies in the file and is of a kind that we can play.
fn plays(tables: &Tables, header: &SampleHeader) -> bool {
    // 0x8000 is in a ROM that nobody has; 0x10 marks the compressed samples of .sf3.
    header.kind & 0x8010 == 0
        && header.start < header.end
        && u64::from(header.end) * 2 <= tables.coarse.length
        && RATES.contains(&header.rate)
}

fn plane(tables: &Tables, header: &SampleHeader) -> Plane {
    Plane {
        coarse: tables.coarse.start + u64::from(header.start) * 2,
        fine: tables.fine.map(|fine| fine.start + u64::from(header.start)),
    }
}

/// Whether two zones are the sides of one: linked samples that go together in everything but their pan (7.10).
fn pair(tables: &Tables, one: &Whole, two: &Whole) -> bool {
    let (Some(a), Some(b)) = (tables.samples.get(one.sample), tables.samples.get(two.sample)) else { return false };
    let linked = usize::from(a.link) == two.sample && usize::from(b.link) == one.sample && one.sample != two.sample;
    let alike = |a: u32, b: u32, c: u32, d: u32| a.wrapping_sub(b) == c.wrapping_sub(d);
    let same = a.rate == b.rate
        && alike(a.end, a.start, b.end, b.start)
        && alike(a.loop_start, a.start, b.loop_start, b.start)
        && alike(a.loop_end, a.start, b.loop_end, b.start)
        && (a.root, a.correction) == (b.root, b.correction);
    let sides =
        one.values.numbers[kind::PAN] == -two.values.numbers[kind::PAN] && one.values.numbers[kind::PAN].abs() >= 500;
    let mut other = two.values;
    other.numbers[kind::PAN] = one.values.numbers[kind::PAN];
    other.numbers[kind::SAMPLE] = one.values.numbers[kind::SAMPLE];
    linked && same && sides && plays(tables, b) && other == one.values && one.moves == two.moves
}

fn zone(values: &Values, moves: Moves, header: &SampleHeader, audio: Variant) -> Zone<Variant> {
    let frames = i64::from(header.end - header.start);
    let key = |at: usize| u8::try_from(values.numbers[at]).ok().filter(|key| *key <= 127).map(f32::from);
    let root = key(kind::ROOT).unwrap_or(if header.root <= 127 { f32::from(header.root) } else { 60.0 });
    let correction = f32::from(header.correction.clamp(-99, 99)) / 100.0;
    let mut tune = values.get(kind::COARSE_TUNE) + values.get(kind::FINE_TUNE) / 100.0 + correction;
    let mut track = (values.get(kind::TRACK) / 100.0).clamp(0.0, 12.0);
    if let Some(fixed) = key(kind::KEY) {
        tune += (fixed - root) * track;
        track = 0.0;
    }
    let share = |frame: i64| (frame.clamp(0, frames) as f32) / frames as f32;
    let begin = values.frames(kind::START, kind::START_COARSE);
    let end = frames + values.frames(kind::END, kind::END_COARSE);
    let (begin, end) = (share(begin), share(end));
    let window = if begin < end { (begin, end) } else { (0.0, 1.0) };
    let decibels = -0.04 * values.get(kind::ATTENUATION).clamp(0.0, 1440.0);
    let bend = values.get(kind::MODULATION_TO_PITCH).clamp(-12_000.0, 12_000.0) / 100.0;
    let rest = (1.0 - values.get(kind::MODULATION_SUSTAIN) / 1000.0).clamp(0.0, 1.0);
    let modulation_decay = (values.seconds(kind::MODULATION_HOLD) + values.seconds(kind::MODULATION_DECAY)).max(0.001);
    tune += bend * rest;
    Zone {
        keys: values.keys,
        velocities: values.velocities,
        root,
        track,
        tune: tune.clamp(-120.0, 120.0),
        gain: exp2(decibels / 6.0206),
        accent: Accent::Square(moves.level),
        pan: (values.get(kind::PAN) / 500.0).clamp(-1.0, 1.0),
        window,
        repeats: repeats(values, header, frames),
        held: true,
        envelope: Some(envelope(values)),
        filter: filter(values, moves, rest, modulation_decay),
        bend: (bend * (1.0 - rest) != 0.0).then(|| (bend * (1.0 - rest), modulation_decay.min(100.0))),
        choke: (values.numbers[kind::CHOKE].clamp(0, 0x3fff)) as u16,
        ..Zone::new(audio)
    }
}

fn repeats(values: &Values, header: &SampleHeader, frames: i64) -> Option<ZoneLoop> {
    let mode = values.numbers[kind::LOOP_MODE];
    if !matches!(mode, 1 | 3) {
        return None;
    }
    let within = |frame: u32, fine: usize, coarse: usize| {
        i64::from(frame) - i64::from(header.start) + values.frames(fine, coarse)
    };
    let start = within(header.loop_start, kind::LOOP_START, kind::LOOP_START_COARSE).clamp(0, frames);
    let end = within(header.loop_end, kind::LOOP_END, kind::LOOP_END_COARSE).clamp(0, frames);
    let seconds = |frame: i64| frame as f64 / f64::from(header.rate);
    (start < end).then(|| ZoneLoop { start: seconds(start), end: seconds(end), sustain: mode == 3 })
}

fn envelope(values: &Values) -> ZoneEnvelope {
    // In centibels below the peak; silence at 1000.
    let sustain = values.get(kind::SUSTAIN).clamp(0.0, 1440.0);
    // 8.1.2, 36: the time is that of a fall by 100 dB, which ends at the sustain on the way. The voice's curve is 20 dB down
    // at 0.56 of its time: to meet there, 36 of the 100 dB count where the fall is a long one.
    let share = sustain.min(360.0) / 1000.0;
    ZoneEnvelope {
        attack: values.seconds(kind::ATTACK),
        decay: values.seconds(kind::HOLD) + values.seconds(kind::DECAY) * share,
        sustain: if sustain >= 1000.0 { 0.0 } else { exp2(-sustain / 60.206) },
        // −60 of the 100 dB.
        release: (values.seconds(kind::RELEASE) * 0.6).max(0.005),
        decay_by_key: (values.get(kind::DECAY_BY_KEY) / 1200.0).clamp(-0.2, 0.2),
    }
}

fn filter(values: &Values, moves: Moves, rest: f32, decay: f32) -> Option<ZoneFilter> {
    let cutoff = values.get(kind::CUTOFF).clamp(1500.0, 13_500.0);
    let depth = values.get(kind::MODULATION_TO_CUTOFF).clamp(-12_000.0, 12_000.0);
    if cutoff >= 13_500.0 && depth >= 0.0 {
        return None;
    }
    let (velocity, always) = moves.cutoff;
    let cents = cutoff + always + depth * rest;
    Some(ZoneFilter {
        slot: slot::LPF,
        // 8.176 Hz is key 0.
        cutoff: 8.176 * exp2(cents / 1200.0),
        resonance: (values.get(kind::RESONANCE) / 10.0).clamp(0.0, 40.0),
        key: moves.key,
        centre: 0.0,
        velocity,
        envelope: (depth * (1.0 - rest) / 1200.0).clamp(-10.0, 10.0),
        times: (values.seconds(kind::MODULATION_ATTACK), decay.min(100.0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_of_a_preset_are_added_and_its_ranges_narrow() {
        let mut inner = Values::of_instrument();
        inner.set(&[
            Generator { kind: kind::ATTENUATION as u16, amount: 100 },
            Generator { kind: kind::KEYS as u16, amount: u16::from_le_bytes([40, 80]) },
            Generator { kind: kind::ROOT as u16, amount: 60 },
        ]);
        let mut outer = Values::of_preset();
        outer.set(&[
            Generator { kind: kind::ATTENUATION as u16, amount: 50 },
            Generator { kind: kind::KEYS as u16, amount: u16::from_le_bytes([60, 127]) },
            Generator { kind: kind::ROOT as u16, amount: 12 },
        ]);
        let both = inner.under(&outer).unwrap();
        assert_eq!((both.numbers[kind::ATTENUATION], both.numbers[kind::ROOT], both.keys), (150, 60, (60, 80)));
        outer.set(&[Generator { kind: kind::KEYS as u16, amount: u16::from_le_bytes([90, 127]) }]);
        assert!(inner.under(&outer).is_none());
    }

    #[test]
    fn no_number_makes_a_value_that_is_none() {
        for amount in [i16::MIN, -12_000, -1, 0, 1, 500, i16::MAX] {
            let mut values = Values::of_instrument();
            for at in 0..KINDS as u16 {
                values.set(&[Generator { kind: at, amount: amount as u16 }]);
            }
            let header = SampleHeader {
                start: 10,
                end: 1_000,
                loop_start: u32::MAX,
                loop_end: 0,
                rate: 44_100,
                root: 255,
                correction: -128,
                link: 0,
                kind: 1,
            };
            let zone = zone(&values, Moves::DEFAULT, &header, Variant::default());
            let envelope = zone.envelope.unwrap();
            let numbers = [zone.root, zone.track, zone.tune, zone.gain, zone.pan, zone.window.0, zone.window.1];
            let times = [envelope.attack, envelope.decay, envelope.sustain, envelope.release, envelope.decay_by_key];
            assert!(numbers.iter().chain(&times).all(|x| x.is_finite()), "{amount}: {zone:?}");
            assert!(zone.window.0 < zone.window.1 && zone.repeats.is_none());
        }
    }
}
