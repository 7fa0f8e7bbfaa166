//! Samples made longer or shorter at their pitch (`stretch`, `pitchshift`): a program for each ratio that a text writes.
//!
//! Which sounds a track stretches, and how, is read from its literals, so everything is made before it is played. A value
//! that the text computes plays at the nearest ratio that it writes.
//!
//! Invariant: a ratio of 1 is the sample itself; the same sample and ratio are one program for all tracks.

use std::collections::BTreeMap;

use super::compile::{Loader, Programs};
use super::plan::{Loop, ProgramKind};
use super::sounds::{Sound, Sounds};
use crate::base::source::Place;
use crate::dsp::stretch::RATIOS;
use crate::model::piece::{Piece, patterns};
use crate::pattern::{Pattern, Value};

/// The most ratios of a track.
const MOST: usize = 64;

/// What `stretch` and `pitchshift` ask for together: how many times as long the sample becomes before it is read faster by
/// `shift` semitones.
pub fn ratio(stretch: f64, shift: f64) -> f64 {
    (stretch * libm::exp2(shift / 12.0)).clamp(RATIOS.0, RATIOS.1)
}

/// What a track's literals ask for.
#[derive(Default)]
struct Wished {
    /// Ratios by their bits, and where they are written.
    ratios: BTreeMap<u64, Place>,
    sounds: Vec<String>,
    banks: Vec<String>,
}

impl Wished {
    fn of(pattern: &Pattern) -> Wished {
        let (mut stretches, mut shifts) = (vec![(1.0, Place::default())], vec![(0.0, Place::default())]);
        let mut wished = Wished::default();
        pattern.visit_literals(&mut |control, value, place| match control {
            Some("stretch") => stretches.extend(value.number().map(|value| (value, place))),
            Some("pitchshift") => shifts.extend(semitones(value).map(|value| (value, place))),
            Some("bank") => wished.banks.extend(value.as_word().map(str::to_owned)),
            _ => wished.sounds.extend(value.as_word().map(str::to_owned)),
        });
        for (stretch, one) in &stretches {
            for (shift, other) in &shifts {
                let ratio = ratio(*stretch, *shift);
                if (ratio - 1.0).abs() > 1e-9 && wished.ratios.len() < MOST {
                    let place = if *stretch == 1.0 { other } else { one };
                    wished.ratios.entry(ratio.to_bits()).or_insert(*place);
                }
            }
        }
        wished
    }
}

/// A shift in semitones; `12ct` is one in hundredths.
pub fn semitones(value: &Value) -> Option<f64> {
    crate::pattern::convert(value, crate::base::control::Dimension::Interval).number()
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
        let mut played: Vec<u32> = found.flat_map(played).collect();
        played.sort_unstable();
        played.dedup();
        for program in played {
            for (bits, place) in &wished.ratios {
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
