//! Samples made longer or shorter at their pitch (`stretch`, `pitchshift`): a program for each ratio that a text writes.
//!
//! Which sounds a track stretches, and how, is read from its literals, so everything is made before it is played. A value
//! that the text computes plays at the nearest ratio that it writes.
//!
//! Invariant: a ratio of 1 is the sample itself; the same sample and ratio are one program for all tracks.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Loader, Programs};
use super::plan::{Loop, ProgramKind};
use super::sounds::{Sound, Sounds};
use crate::base::control::{self, Dimension};
use crate::base::source::Place;
use crate::model::piece::{Piece, patterns};
use crate::pattern::{Pattern, Value};

/// The most ratios of a track.
const MOST: usize = 64;
/// The most sounds and banks of a track that are looked at.
const MOST_SOUNDS: usize = 1_000;
const MOST_BANKS: usize = 16;

/// What `stretch` and `pitchshift` ask for together: how many times as long the sample becomes before it is read faster by
/// `shift` semitones.
pub fn ratio(stretch: f64, shift: f64) -> f64 {
    stretch * libm::exp2(shift / 12.0)
}

/// How many times as long, within the control's range.
pub fn factor(value: &Value) -> Option<f64> {
    within("stretch", value.number()?)
}

/// A shift in semitones, within the control's range; `12ct` is one in hundredths.
pub fn semitones(value: &Value) -> Option<f64> {
    within("pitchshift", crate::pattern::convert(value, Dimension::Interval).number()?)
}

fn within(name: &str, value: f64) -> Option<f64> {
    let control = control::find(name)?;
    Some(value.clamp(f64::from(control.low), f64::from(control.high)))
}

/// Values by their bits, and where they are first written.
type Written = BTreeMap<u64, Place>;

/// What a track's literals ask for.
#[derive(Default)]
struct Wished {
    ratios: Written,
    sounds: BTreeSet<String>,
    banks: BTreeSet<String>,
}

impl Wished {
    fn of(pattern: &Pattern) -> Wished {
        let (mut stretches, mut shifts) = (Written::new(), Written::new());
        let mut wished = Wished::default();
        let write = |to: &mut Written, value: Option<f64>, place: Place| {
            if let Some(value) = value
                && to.len() < MOST
            {
                to.entry(value.to_bits()).or_insert(place);
            }
        };
        pattern.visit_literals(&mut |control, value, place| match control {
            Some("stretch") => write(&mut stretches, factor(value), place),
            Some("pitchshift") => write(&mut shifts, semitones(value), place),
            _ => {
                let (names, most) = match control {
                    Some("bank") => (&mut wished.banks, MOST_BANKS),
                    _ => (&mut wished.sounds, MOST_SOUNDS),
                };
                if let Some(word) = value.as_word()
                    && names.len() < most
                    && !names.contains(word)
                {
                    names.insert(word.to_owned());
                }
            }
        });
        if stretches.is_empty() && shifts.is_empty() {
            return wished;
        }
        // Either may be missing in an event.
        let plain = |value: f64| (value.to_bits(), Place::default());
        stretches.entry(plain(1.0).0).or_insert(plain(1.0).1);
        shifts.entry(plain(0.0).0).or_insert(plain(0.0).1);
        for (stretch, one) in &stretches {
            for (shift, other) in &shifts {
                let (stretch, shift) = (f64::from_bits(*stretch), f64::from_bits(*shift));
                let ratio = ratio(stretch, shift);
                if (ratio - 1.0).abs() > 1e-9 && wished.ratios.len() < MOST {
                    let place = if stretch == 1.0 { other } else { one };
                    wished.ratios.entry(ratio.to_bits()).or_insert(*place);
                }
            }
        }
        wished
    }
}

/// Makes the programs that the piece's tracks ask for.
pub(super) fn stretched(piece: &Piece, sounds: &mut Sounds, programs: &mut Programs, loader: &mut dyn Loader) {
    for pattern in patterns(&[], &piece.sections) {
        let wished = Wished::of(pattern);
        if wished.ratios.is_empty() {
            continue;
        }
        let banks = || std::iter::once(None).chain(wished.banks.iter().map(|bank| Some(bank.as_str())));
        let found = wished.sounds.iter().flat_map(|name| banks().filter_map(|bank| sounds.find(bank, name)));
        let played: BTreeSet<u32> = found.flat_map(played).collect();
        for program in played {
            for (bits, place) in &wished.ratios {
                if sounds.stretched.get(&program).is_some_and(|made| made.contains_key(bits)) {
                    continue;
                }
                let ratio = f64::from_bits(*bits);
                if let Some(other) = made(program, ratio, *place, programs, loader) {
                    sounds.stretched.entry(program).or_default().insert(*bits, other);
                }
            }
        }
    }
}

/// The programs of a sound that play samples.
fn played(sound: &Sound) -> Vec<u32> {
    match sound {
        Sound::Samples(programs) => programs.clone(),
        Sound::Zoned { sets, .. } => sets.iter().flat_map(|set| &set.zones).map(|zone| zone.audio).collect(),
        Sound::Pitched(_) | Sound::Synth(..) | Sound::Midi(..) => Vec::new(),
    }
}

/// The program of a sample at a ratio.
fn made(program: u32, ratio: f64, place: Place, programs: &mut Programs, loader: &mut dyn Loader) -> Option<u32> {
    let known = programs.get(program)?;
    let ProgramKind::Sample { sample, root, looped } = &known.kind else { return None };
    let (key, voices, root) = (known.key.within("stretch", ratio.to_bits() as usize), known.voices, *root);
    let frame = |at: u32| (f64::from(at) * ratio).round() as u32;
    let looped = looped.map(|Loop { begin, end }| Loop { begin: frame(begin), end: frame(end) });
    let sample = loader.stretched(&sample.clone(), ratio, place)?;
    Some(programs.add(key, ProgramKind::Sample { sample, root, looped }, voices))
}
