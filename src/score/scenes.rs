//! Sections as scenes: what each track plays in them, and every value of the desk that does not rest.
//!
//! Invariant: a scene says of everything that moves where it is, so that what a section does not mention is as the top
//! level says.

use std::collections::HashMap;
use std::sync::Arc;

use super::scene::{Move, Part, Scene};
use crate::base::control::Dimension;
use crate::base::event::address;
use crate::base::graph::BEAT;
use crate::base::time::Time;
use crate::model::piece::{self, Piece, Section, Target};
use crate::model::setting::Setting;
use crate::model::window::Layered;

/// A section as a scene.
pub(super) fn scene(piece: &Piece, section: &Section, movable: &[Movable<'_>]) -> Scene {
    let tracks: HashMap<&str, &Layered<_>> =
        section.tracks.iter().rev().map(|(name, layered)| (&**name, layered)).collect();
    let parts = piece
        .tracks
        .iter()
        .enumerate()
        .filter_map(|(track, named)| {
            let pattern = *tracks.get(&*named.name)?;
            Some(Part { track, pattern: pattern.clone() })
        })
        .collect();
    Scene {
        name: Arc::clone(&section.name),
        bars: section.bars,
        continues: section.continues,
        tempo: section.tempo.clone(),
        meter: section.meter,
        swing: section.swing.clone(),
        key: section.key.clone(),
        transpose: section.transpose.clone(),
        parts,
        moves: moves(section, movable),
        fade: section.fade,
        fill: section.fill,
    }
}

/// A value of a strip that does not rest at what the plan says.
pub(super) struct Movable<'a> {
    name: &'a str,
    strip: usize,
    target: Target,
    dimension: Dimension,
    address: u32,
    base: &'a Setting,
    /// Whether it is the length of a beat, which the meter decides.
    beat: bool,
}

/// Every value that some section gives anew, that is a pattern, or that depends on the tempo.
pub(super) fn movable<'a>(piece: &'a Piece, index: &HashMap<Arc<str>, usize>) -> Vec<Movable<'a>> {
    let mut anew: HashMap<&str, Vec<&Target>> = HashMap::new();
    for over in piece.sections.iter().flat_map(|section| &section.overrides) {
        anew.entry(&over.strip).or_default().push(&over.target);
    }
    let mut out = Vec::new();
    for strip in &piece.strips {
        let anew = anew.get(&*strip.name);
        for (target, dimension, address, base, beat) in values(strip) {
            let named = anew.is_some_and(|anew| anew.contains(&&target));
            if named || !matches!(base, Setting::Plain(_)) || dimension == Dimension::Span {
                let (name, strip) = (&*strip.name, index[&*strip.name]);
                out.push(Movable { name, strip, target, dimension, address, base, beat });
            }
        }
    }
    out
}

/// All that moves, in each scene, so that what a section does not mention is what the top level says.
fn moves(section: &Section, movable: &[Movable<'_>]) -> Vec<Move> {
    let there = |at: &Movable<'_>| {
        let beat = || Setting::Plain((Time::ONE / section.meter.quarters()).to_f64());
        let mut value = Layered::plain(if at.beat { beat() } else { at.base.clone() });
        for over in section.overrides.iter().filter(|over| over.target == at.target && *over.strip == *at.name) {
            value.lay(&over.windows, over.value.clone());
        }
        Move { strip: at.strip, address: at.address, dimension: at.dimension, value }
    };
    movable.iter().map(there).collect()
}

/// Every value of a strip: which, of what kind, at which address, what the top level says, and whether it is a beat.
fn values(strip: &piece::Strip) -> Vec<(Target, Dimension, u32, &Setting, bool)> {
    let mut out = vec![
        (Target::Gain, Dimension::Factor, address::GAIN, &strip.gain, false),
        (Target::Pan, Dimension::Share, address::PAN, &strip.pan, false),
        (Target::Width, Dimension::Factor, address::WIDTH, &strip.width, false),
    ];
    for (at, send) in strip.sends.iter().enumerate() {
        out.push((Target::Send(Arc::clone(&send.bus)), Dimension::Factor, address::send(at), &send.level, false));
    }
    for (at, insert) in strip.inserts.iter().enumerate() {
        for (index, (value, info)) in insert.parameters.iter().zip(insert.infos()).enumerate() {
            let (target, address) = (Target::Insert(at, index), address::insert(at, index));
            out.push((target, info.dimension, address, value, info.name == BEAT));
        }
    }
    out
}
