//! What a note does to the desk, and the section to the note: strikes of what makes way, controls of buses, transposition.
//!
//! Invariant: what is planned here stands on the frame of its note, and goes with it where that is planned again.

use smallvec::SmallVec;

use super::Sequencer;
use super::notes::Coming;
use super::queue::{Planned, Rank};
use super::values::in_unit;
use crate::base::control;
use crate::base::event::{Event, Kind};
use crate::base::insert;
use crate::base::time::Time;
use crate::base::units::Db;
use crate::model::orbits;
use crate::model::setting::Setting;
use crate::pattern::Controls;
use crate::score::Duck;
use crate::score::sounds::Sound;

impl Sequencer {
    /// What the event says of the built-in buses, or of its orbit's, holds from its onset on.
    pub(super) fn plan_bus_controls(&mut self, coming: &Coming<'_>, controls: &Controls) {
        let orbit = controls.get("orbit").map_or(1, orbits::number);
        for moved in coming.run.score.bus_controls.iter().filter(|moved| moved.orbit == orbit) {
            let value = controls.get(moved.name).and_then(|value| in_unit(value, moved.dimension, coming.pace));
            // The one that counts in cycles.
            let scale = if moved.name == "delaysync" { coming.pace.cycle } else { 1.0 };
            let value = value.map(|value| value * scale);
            if let Some(value) = value {
                // After what the text sets on the same frame.
                let at = (moved.strip, moved.address);
                self.plan_ranked(coming.run, at, coming.frame, value as f32, Rank::Control);
            }
        }
    }

    /// How far the section moves pitches here, semitones.
    pub(super) fn transposed(&mut self, coming: &Coming<'_>) -> f64 {
        let run = coming.run;
        let (by, window) = run.scene().transpose.at(coming.span.begin - run.start, run.scene().bars);
        match by {
            Setting::Plain(by) => *by,
            Setting::Pattern(pattern) => {
                self.reader.section(run, window);
                let value = self.reader.value(pattern, coming.span.begin - run.pattern_origin());
                value.and_then(|value| in_unit(&value, control::Dimension::Interval, coming.pace)).unwrap_or(0.0)
            }
        }
    }

    /// What makes way for this note is struck: for a hit at once, for a note as long as it is held.
    pub(super) fn plan_strikes(
        &mut self,
        coming: &Coming<'_>,
        controls: &Controls,
        name: &str,
        gated: bool,
        sound: &Sound,
        end: Time,
    ) {
        let score = &coming.run.score;
        let silent = |name| {
            let value = controls.get(name).and_then(|value| in_unit(value, control::Dimension::Factor, coming.pace));
            value.is_some_and(|value| value <= 0.0)
        };
        if score.ducks.is_empty() || silent("velocity") || silent("gain") {
            return;
        }
        let held = match sound {
            Sound::Samples(_) | Sound::Zoned { pitched: false, .. } if !gated => 0.0,
            Sound::Midi(_, Some(_)) if !gated => 0.0,
            _ => (end - coming.span.begin).to_f64() * coming.pace.cycle,
        };
        let ducks = score.ducks.iter().filter(|duck| duck.track == coming.track);
        for duck in ducks.filter(|duck| duck.sound.as_ref().is_none_or(|sound| **sound == *name)) {
            if let Some(orbit) = duck.orbit {
                if !controls.get("duck").is_some_and(|value| orbits::strikes(value, orbit)) {
                    continue;
                }
                self.plan_ducking(coming, controls, duck);
            }
            let event = Event {
                note: (held as f32).to_bits(),
                program: duck.address,
                track: duck.strip as u16,
                generation: score.plan.generation,
                ..Event::new(coming.frame, 0, Kind::Strike)
            };
            self.push(coming, Rank::On, coming.frame, Planned::Engine(event, SmallVec::new()));
        }
    }

    /// How far and how fast an orbit gives way to this hit: what the event does not say is as the table has it.
    fn plan_ducking(&mut self, coming: &Coming<'_>, controls: &Controls, duck: &Duck) {
        let Some(info) = insert::find("duck") else { return };
        for (name, parameter) in [("duckdepth", "amount"), ("duckonset", "attack"), ("duckattack", "release")] {
            let Some(control) = control::find(name) else { continue };
            let Some(at) = info.parameters.iter().position(|known| known.name == parameter) else { continue };
            let value = controls.get(name).and_then(|value| in_unit(value, control.dimension, coming.pace));
            let value = value.unwrap_or(f64::from(control.default));
            let (low, high) = (f64::from(info.parameters[at].low), f64::from(info.parameters[at].high));
            // A depth is the share that goes; the insert takes dB.
            let value = if parameter == "amount" { -Db::from_gain(1.0 - value.clamp(0.0, 1.0)).0 } else { value };
            let place = (duck.strip, duck.address + at as u32);
            self.plan_ranked(coming.run, place, coming.frame, value.clamp(low, high) as f32, Rank::Control);
        }
    }
}
