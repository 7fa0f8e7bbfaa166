//! Where the values of an event go: slots of a voice, controllers of a MIDI instrument.
//!
//! Invariant: an instrument's own parameter comes first, then the sends, then the built-in voice chain.

use smallvec::SmallVec;

use super::values::in_unit;
use crate::base::control::{self, Dimension, slot};
use crate::base::event::SlotValue;
use crate::base::graph::Graph;
use crate::model::orbits;
use crate::model::plain::Pace;
use crate::pattern::Controls;
use crate::score::Score;
use crate::score::sounds::MidiControl;

/// A slot of a voice, what its values are measured in, and between which ends they lie.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Slot {
    pub at: u16,
    pub dimension: Dimension,
    pub low: f32,
    pub high: f32,
}

impl Slot {
    /// The slot that a control fills in a voice of this instrument.
    pub(super) fn of(score: &Score, graph: Option<&Graph>, name: &str) -> Option<Slot> {
        let own = graph.map_or(&[][..], |graph| &graph.parameters);
        // A synth's `cutoff` is what the chain calls `lpf`: one control, whichever of its names stands where.
        let same =
            |word: &str| control::find(name).is_some_and(|known| known.name == word || known.aliases.contains(&word));
        let at = own.iter().position(|parameter| *parameter.name == *name);
        if let Some(at) = at.or_else(|| own.iter().position(|parameter| same(&parameter.name))) {
            let (low, high) = (f32::MIN, f32::MAX);
            return Some(Slot { at: (slot::COUNT + at) as u16, dimension: own[at].dimension, low, high });
        }
        if let Some((_, strip)) = score.sends.iter().find(|(send, _)| **send == *name) {
            return Some(Slot { at: slot::SEND + *strip as u16, dimension: Dimension::Factor, low: 0.0, high: 8.0 });
        }
        let known = control::find(name)?;
        let at = known.slot.filter(|at| *at != slot::NOTE)?;
        Some(Slot { at, dimension: known.dimension, low: known.low, high: known.high })
    }
}

/// The values of an event, in their slots' base units.
pub(super) fn voice_values(
    score: &Score,
    controls: &Controls,
    graph: Option<&Graph>,
    pace: Pace,
    values: &mut SmallVec<[SlotValue; 12]>,
) {
    let orbit = controls.get("orbit").map_or(1, orbits::number);
    for (name, value) in controls.iter() {
        // What is sent to the built-in buses goes to the orbit's own.
        let bus = (orbit != 1 && orbits::PAIR.contains(&name.as_str())).then(|| orbits::name(name.as_str(), orbit));
        if name.as_str() == "tremolosync"
            && let Some(turns) = in_unit(value, Dimension::Number, pace)
        {
            values.push((slot::TREMOLO, (turns / pace.cycle) as f32));
            continue;
        }
        let Some(slot) = Slot::of(score, graph, bus.as_deref().unwrap_or(name.as_str())) else { continue };
        let built_in = (slot.at as usize) < slot::COUNT;
        let named = value.as_word().filter(|_| built_in).and_then(|word| control::find(name.as_str())?.word(word));
        if let Some(number) = named.map(f64::from).or_else(|| in_unit(value, slot.dimension, pace)) {
            values.push((slot.at, (number as f32).clamp(slot.low, slot.high)));
            if slot.at == slot::SPEED {
                values.push((slot::SPEED_REST, (number - f64::from(number as f32)) as f32));
            }
        }
    }
}

/// The messages of a control: one, or two or four for 14 bits.
pub(super) fn control_messages(control: MidiControl, channel: u8, value: f64) -> SmallVec<[(u8, [u8; 3]); 4]> {
    let mut out = SmallVec::new();
    let cc = |number: u8, value: u8| (3, [0xb0 | channel, number, value]);
    let seven = value.round().clamp(0.0, 127.0) as u8;
    let fourteen = value.round().clamp(0.0, 16383.0) as u16;
    let (high, low) = ((fourteen >> 7) as u8, (fourteen & 0x7f) as u8);
    match control {
        MidiControl::Cc(number) => out.push(cc(number, seven)),
        MidiControl::Cc14(number) => {
            out.push(cc(number, high));
            out.push(cc(number + 32, low));
        }
        MidiControl::Nrpn(number) => {
            out.push(cc(99, (number >> 7) as u8));
            out.push(cc(98, (number & 0x7f) as u8));
            out.push(cc(6, high));
            out.push(cc(38, low));
        }
        MidiControl::Bend => {
            let bend = ((value.clamp(-1.0, 1.0) * 8191.0).round() as i32 + 8192).clamp(0, 16383) as u16;
            out.push((3, [0xe0 | channel, (bend & 0x7f) as u8, (bend >> 7) as u8]));
        }
        MidiControl::Touch => out.push((2, [0xd0 | channel, seven, 0])),
    }
    out
}
