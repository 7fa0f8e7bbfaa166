//! What plays, prepared off the audio thread: the difference between two plans, and everything that it needs, built.
//!
//! Invariant: the audio thread allocates and frees nothing. It swaps boxes; what it no longer needs comes back by a
//! ring. A place is used again only after what stood there came back.

use super::effect::Unit;
use super::inbox::Full;
use super::strip::{SPARE, Strip, Tap, Text};
use crate::dsp::smooth::Smooth;
use crate::score::plan::{Key, Plan, Program, ProgramKind};

/// How many programs there are at most, those on their way out included.
pub(super) const PROGRAMS: usize = 4096;
/// How many rigs may be on their way.
pub(super) const RIGS: usize = 16;
/// How many things may be on their way back.
pub(super) const TRASH: usize = 2048;

/// A program in its place.
#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) kind: ProgramKind,
    pub(super) voices: u16,
    pub(super) place: u32,
}

/// What comes back to be freed.
#[derive(Debug)]
pub(super) enum Trash {
    Swap(Box<Swap>),
    Strip(u16, Box<Strip>),
    Unit(Unit),
    Program(Box<Instrument>),
}

/// A strip of the new rig: built, or kept and told what changed.
#[derive(Debug)]
pub(super) struct Placing {
    pub(super) slot: u16,
    pub(super) fresh: Option<Box<Strip>>,
    pub(super) text: Text,
    /// One for each insert that sounds, in order.
    pub(super) units: Vec<UnitPlacing>,
    /// Room for the kept and the new together, swapped against the old one's.
    pub(super) room: Vec<Unit>,
    pub(super) taps: Vec<Tap>,
    pub(super) output: Option<u16>,
}

/// An insert of the new rig.
#[derive(Debug)]
pub(super) struct UnitPlacing {
    pub(super) key: Key,
    pub(super) kind: &'static str,
    pub(super) parameters: Vec<f32>,
    /// Only where the rig before had none of this key and kind.
    pub(super) fresh: Option<Unit>,
}

/// From one rig to the next.
#[derive(Debug)]
pub(super) struct Swap {
    pub(super) generation: u32,
    /// New programs, to be put in their places.
    pub(super) programs: Vec<Option<Box<Instrument>>>,
    /// Their places, by index in the plan.
    pub(super) program_places: Vec<u32>,
    pub(super) programs_leaving: Vec<u32>,
    /// Strips in the order of the plan.
    pub(super) placings: Vec<Placing>,
    /// Their slots, by index in the plan.
    pub(super) order: Vec<u16>,
    pub(super) strips_leaving: Vec<u16>,
}

/// What the control thread knows of the last rig that it sent.
#[derive(Debug, Default)]
struct Mirror {
    programs: Vec<(Key, u32)>,
    strips: Vec<MirrorStrip>,
}

#[derive(Debug)]
struct MirrorStrip {
    key: Key,
    slot: u16,
    units: Vec<(Key, &'static str)>,
}

/// Prepares rigs for the engine, from one thread.
#[derive(Debug)]
pub struct RigSender {
    rigs: rtrb::Producer<Box<Swap>>,
    trash: rtrb::Consumer<Trash>,
    mirror: Mirror,
    free_strips: Vec<u16>,
    free_programs: Vec<u32>,
    most_strips: usize,
    rate: f32,
}

impl RigSender {
    pub(super) fn new(
        rigs: rtrb::Producer<Box<Swap>>,
        trash: rtrb::Consumer<Trash>,
        (most_strips, slots): (usize, usize),
        rate: f32,
    ) -> RigSender {
        RigSender {
            rigs,
            trash,
            mirror: Mirror::default(),
            free_strips: (0..slots as u16).rev().collect(),
            free_programs: (0..PROGRAMS as u32).rev().collect(),
            most_strips,
            rate,
        }
    }

    /// Builds what a plan needs beyond the one before and sends it; it takes over at the event
    /// [`Swap`](crate::base::event::Kind::Swap) of its generation. Rigs take over in the order in which they were
    /// prepared. Full means that too many are on their way, or that the plan has more strips or programs than the
    /// engine was built for.
    pub fn prepare(&mut self, plan: &Plan) -> Result<(), Full> {
        self.collect();
        if self.rigs.is_full() || plan.strips.len() > self.most_strips {
            return Err(Full);
        }
        // Counted before anything is taken, so that a plan that does not fit leaves the mirror as it was.
        let known = |key: Key| self.mirror.programs.iter().any(|(other, _)| *other == key);
        let new_programs = plan.programs.iter().filter(|program| !known(program.key)).count();
        let kept = |key: Key| self.mirror.strips.iter().any(|other| other.key == key);
        let new_strips = plan.strips.iter().filter(|strip| !kept(strip.key)).count();
        if new_programs > self.free_programs.len() || new_strips > self.free_strips.len() {
            return Err(Full);
        }
        let swap = self.swap(plan)?;
        self.rigs.push(Box::new(swap)).map_err(|_| Full)
    }

    fn swap(&mut self, plan: &Plan) -> Result<Swap, Full> {
        let mut before = std::mem::take(&mut self.mirror);
        let mut programs = Vec::new();
        let mut program_places = Vec::with_capacity(plan.programs.len());
        for program in &plan.programs {
            let place = self.program(program, &mut before, &mut programs)?;
            program_places.push(place);
        }
        let mut kept = Vec::with_capacity(plan.strips.len());
        for strip in &plan.strips {
            let old = before.strips.iter().position(|other| other.key == strip.key);
            let old = old.map(|at| before.strips.swap_remove(at));
            let slot = old.as_ref().map(|old| old.slot).or_else(|| self.free_strips.pop()).ok_or(Full)?;
            kept.push((slot, old));
        }
        let order: Vec<u16> = kept.iter().map(|(slot, _)| *slot).collect();
        let placings = kept
            .into_iter()
            .zip(&plan.strips)
            .map(|((slot, old), strip)| self.placing(slot, old.as_ref(), strip, &order))
            .collect();
        Ok(Swap {
            generation: plan.generation,
            programs,
            program_places,
            programs_leaving: before.programs.iter().map(|(_, place)| *place).collect(),
            placings,
            order,
            strips_leaving: before.strips.iter().map(|strip| strip.slot).collect(),
        })
    }

    fn program(
        &mut self,
        program: &Program,
        before: &mut Mirror,
        fresh: &mut Vec<Option<Box<Instrument>>>,
    ) -> Result<u32, Full> {
        if let Some((_, place)) = self.mirror.programs.iter().find(|(key, _)| *key == program.key) {
            return Ok(*place);
        }
        let old = before.programs.iter().position(|(key, _)| *key == program.key);
        let place = if let Some(at) = old {
            before.programs.swap_remove(at).1
        } else {
            let place = self.free_programs.pop().ok_or(Full)?;
            let (kind, voices) = (program.kind.clone(), program.voices);
            fresh.push(Some(Box::new(Instrument { kind, voices, place })));
            place
        };
        self.mirror.programs.push((program.key, place));
        Ok(place)
    }

    fn placing(
        &mut self,
        slot: u16,
        old: Option<&MirrorStrip>,
        strip: &crate::score::plan::Strip,
        order: &[u16],
    ) -> Placing {
        let text = Text { gain: strip.gain, pan: strip.pan, width: strip.width };
        let mut known: Vec<(Key, &'static str)> = old.map_or_else(Vec::new, |old| old.units.clone());
        let mut units = Vec::with_capacity(strip.inserts.len());
        for insert in &strip.inserts {
            let id = (insert.key, insert.kind);
            let fresh = match known.iter().position(|other| *other == id) {
                Some(at) => {
                    known.swap_remove(at);
                    None
                }
                None => Some(Unit::build(insert, self.rate)),
            };
            units.push(UnitPlacing { key: id.0, kind: id.1, parameters: insert.parameters.clone(), fresh });
        }
        let tap = |send: &crate::score::plan::Send| {
            let to = *order.get(send.to)?;
            Some(Tap { to, level: Smooth::new(0.0, self.rate), pre: send.pre, text: send.level })
        };
        let taps: Vec<Tap> = strip.sends.iter().filter_map(tap).collect();
        let fresh = if old.is_some() { None } else { Some(Box::new(Strip::new(text, self.rate, taps.len()))) };
        let mut room = Vec::new();
        room.reserve_exact(units.len() + SPARE);
        let known = units.iter().map(|unit| (unit.key, unit.kind)).collect();
        self.mirror.strips.push(MirrorStrip { key: strip.key, slot, units: known });
        let mut spare_taps = Vec::with_capacity(taps.len() + SPARE);
        spare_taps.extend(taps);
        let output = strip.output.and_then(|to| order.get(to).copied());
        Placing { slot, fresh, text, units, room, taps: spare_taps, output }
    }

    /// Frees what the engine no longer needs. Called by [`RigSender::prepare`]; worth calling now and then besides.
    pub fn collect(&mut self) {
        while let Ok(trash) = self.trash.pop() {
            match trash {
                Trash::Strip(slot, strip) => {
                    drop(strip);
                    self.free_strips.push(slot);
                }
                Trash::Program(program) => self.free_programs.push(program.place),
                Trash::Swap(swap) => drop(swap),
                Trash::Unit(unit) => drop(unit),
            }
        }
    }
}

#[cfg(test)]
impl RigSender {
    /// How many places are free: of strips, of programs.
    pub(super) fn free(&self) -> (usize, usize) {
        (self.free_strips.len(), self.free_programs.len())
    }
}
