//! The compiler's end: a plan becomes a rig, by difference from what the engine has.
//!
//! A mirror of the engine's slots is kept here. What has the same key stays in its slot, with its state; what is
//! new is built here; what is gone rings out in the new rig, until it comes home and its slot is free again. Only what the
//! text changed is sent as a value, so a value that a pattern moves is not put back by a reload.
//!
//! Invariant: a slot is given away again only after its node came home.

use std::collections::HashMap;
use std::fmt;

use rtrb::{Consumer, Producer};

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::quality::Quality;
use crate::dsp::smooth::Smooth;
use crate::score::plan::{Insert, Key, Plan, Strip, StripKind};

use super::Config;
use super::inserts::{InsertNode, alike};
use super::program::ProgramNode;
use super::rig::{Rig, Step, Trash};
use super::strip::{SendState, StripNode};

/// Why a plan was not sent. The engine goes on with what it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RigError {
    /// Too many rigs wait for their swap; try again after the engine has run.
    Full,
    /// More strips than the engine was built for, those that ring out among them.
    TooManyStrips,
    /// More inserts than the engine was built for.
    TooManyInserts,
    /// More programs than the engine was built for.
    TooManyPrograms,
    /// A strip that feeds one before it, or one that is not there.
    BadOrder,
}

impl fmt::Display for RigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RigError::Full => "the engine has not taken up the versions before",
            RigError::TooManyStrips => "there are more tracks, groups and buses than the engine has room for",
            RigError::TooManyInserts => "there are more inserts than the engine has room for",
            RigError::TooManyPrograms => "there are more instruments and samples than the engine has room for",
            RigError::BadOrder => "a strip feeds one that comes before it",
        })
    }
}

impl std::error::Error for RigError {}

impl RigError {
    /// What the one who wrote the piece is told.
    pub fn said(self) -> Diagnostic {
        let help = match self {
            RigError::Full => "save again",
            RigError::TooManyStrips => "play fewer tracks and buses",
            RigError::TooManyInserts => "share inserts: put them on a group or a bus",
            RigError::TooManyPrograms => "play fewer sounds",
            RigError::BadOrder => "this is a mistake of talea's; please tell its makers",
        };
        Diagnostic::machine(Severity::Error, "rig-refused", format!("this version cannot play: {self}")).help(help)
    }
}

#[derive(Clone, Debug)]
struct MirrorInsert {
    key: Key,
    slot: u16,
    plan: Insert,
    retiring: bool,
}

#[derive(Clone, Debug)]
struct MirrorSend {
    key: Key,
    to: u16,
    pre: bool,
    level: f32,
}

#[derive(Clone, Debug)]
struct MirrorStrip {
    key: Key,
    slot: u16,
    gain: f32,
    pan: f32,
    width: f32,
    inserts: Vec<MirrorInsert>,
    sends: Vec<MirrorSend>,
    output: Option<u16>,
    retiring: bool,
}

/// Free places of an arena.
#[derive(Clone, Debug)]
struct Places(Vec<u16>);

impl Places {
    fn new(count: usize) -> Places {
        Places((0..count.min(usize::from(u16::MAX)) as u16).rev().collect())
    }
}

/// The compiler's end of the rings.
#[derive(Debug)]
pub struct RigSender {
    to_engine: Producer<Box<Rig>>,
    home: Consumer<Trash>,
    rate: f32,
    quality: Quality,
    strips: Vec<MirrorStrip>,
    programs: HashMap<Key, u16>,
    free_strips: Places,
    free_inserts: Places,
    free_programs: Places,
}

impl RigSender {
    pub(super) fn new(config: Config, to_engine: Producer<Box<Rig>>, home: Consumer<Trash>) -> RigSender {
        RigSender {
            to_engine,
            home,
            rate: config.rate.max(1) as f32,
            quality: config.quality,
            strips: Vec::new(),
            programs: HashMap::new(),
            free_strips: Places::new(config.most_strips),
            free_inserts: Places::new(config.most_inserts),
            free_programs: Places::new(config.most_programs),
        }
    }

    /// Frees what came home. Call it now and then; [`RigSender::prepare`] does too.
    pub fn collect(&mut self) {
        while let Ok(trash) = self.home.pop() {
            match trash {
                Trash::Rig(rig) => drop(rig),
                Trash::Strip(slot, node) => {
                    drop(node);
                    self.strips.retain(|strip| strip.slot != slot || !strip.retiring);
                    self.free_strips.0.push(slot);
                }
                Trash::Insert(slot, node) => {
                    drop(node);
                    for strip in &mut self.strips {
                        strip.inserts.retain(|insert| insert.slot != slot);
                    }
                    self.free_inserts.0.push(slot);
                }
                Trash::Program(slot, node) => {
                    drop(node);
                    self.free_programs.0.push(slot);
                }
            }
        }
    }

    /// Builds what the plan needs beside what the engine has, and sends it. It takes over at the event
    /// [`crate::base::event::Kind::Swap`] of the plan's generation. On an error nothing has changed.
    pub fn prepare(&mut self, plan: &Plan) -> Result<(), RigError> {
        self.collect();
        if self.to_engine.slots() == 0 {
            return Err(RigError::Full);
        }
        let well_ordered = plan.strips.iter().enumerate().all(|(i, strip)| {
            strip
                .output
                .into_iter()
                .chain(strip.sends.iter().map(|send| send.to))
                .all(|to| to > i && to < plan.strips.len())
        });
        if !well_ordered {
            return Err(RigError::BadOrder);
        }
        let mut draft = Draft {
            rate: self.rate,
            quality: self.quality,
            free_strips: self.free_strips.clone(),
            free_inserts: self.free_inserts.clone(),
            rig: Rig { generation: plan.generation, ..Rig::default() },
        };
        let mut free_programs = self.free_programs.clone();
        let programs = self.draft_programs(plan, &mut draft.rig, &mut free_programs)?;
        let strips = draft.strips(&self.strips, plan)?;
        self.strips = strips;
        self.programs = programs;
        self.free_strips = draft.free_strips;
        self.free_inserts = draft.free_inserts;
        self.free_programs = free_programs;
        self.to_engine.push(Box::new(draft.rig)).map_err(|_| RigError::Full)
    }

    fn draft_programs(&self, plan: &Plan, rig: &mut Rig, free: &mut Places) -> Result<HashMap<Key, u16>, RigError> {
        let mut programs = HashMap::new();
        for program in &plan.programs {
            let known = self.programs.get(&program.key).or_else(|| programs.get(&program.key)).copied();
            let slot = if let Some(slot) = known {
                slot
            } else {
                let slot = free.0.pop().ok_or(RigError::TooManyPrograms)?;
                let node = Box::new(ProgramNode::new(&program.kind, program.voices, self.rate, self.quality));
                rig.new_programs.push((slot, Some(node)));
                slot
            };
            programs.insert(program.key, slot);
            rig.programs.push((slot, program.voices.max(1)));
        }
        Ok(programs)
    }
}

/// A rig while it is made.
struct Draft {
    rate: f32,
    quality: Quality,
    free_strips: Places,
    free_inserts: Places,
    rig: Rig,
}

impl Draft {
    /// The new mirror: strips that ring out, then those of the plan.
    fn strips(&mut self, old: &[MirrorStrip], plan: &Plan) -> Result<Vec<MirrorStrip>, RigError> {
        let mut kept: HashMap<Key, &MirrorStrip> =
            old.iter().filter(|strip| !strip.retiring).map(|strip| (strip.key, strip)).collect();
        // A slot for each strip of the plan first, for outputs and sends name them.
        let mut slots = Vec::with_capacity(plan.strips.len());
        let mut before = Vec::with_capacity(plan.strips.len());
        for strip in &plan.strips {
            let known = kept.remove(&strip.key);
            let slot = match known {
                Some(known) => known.slot,
                None => self.free_strips.0.pop().ok_or(RigError::TooManyStrips)?,
            };
            slots.push(slot);
            before.push(known);
        }
        let master = slots.last().copied();
        let mut strips = Vec::new();
        for strip in old.iter().filter(|strip| strip.retiring || kept.contains_key(&strip.key)) {
            let mut strip = strip.clone();
            strip.retiring = true;
            // A master that is gone feeds the new one, and so does what fed a strip that has gone home since.
            let stays = strip.output.filter(|slot| old.iter().any(|other| other.slot == *slot));
            strip.output = stays.or(master.filter(|slot| *slot != strip.slot));
            self.rig.steps.push(Step {
                slot: strip.slot,
                retiring: true,
                new: false,
                inserts: strip.inserts.iter().map(|insert| (insert.slot, insert.retiring)).collect(),
                addressed: Vec::new(),
                sends: strip.sends.iter().map(|send| self.send(send, None)).collect(),
                output: strip.output,
                gain: None,
                pan: None,
                width: None,
            });
            strips.push(strip);
        }
        self.rig.retired = strips.len();
        for ((strip, slot), before) in plan.strips.iter().zip(&slots).zip(&before) {
            let strip = self.strip(strip, *slot, *before, plan, &slots)?;
            strips.push(strip);
        }
        Ok(strips)
    }

    fn strip(
        &mut self,
        plan: &Strip,
        slot: u16,
        before: Option<&MirrorStrip>,
        whole: &Plan,
        slots: &[u16],
    ) -> Result<MirrorStrip, RigError> {
        let (inserts, addressed) = self.inserts(plan, before)?;
        let mut sends = Vec::new();
        let mut states = Vec::new();
        let old: &[MirrorSend] = before.map_or(&[], |before| &before.sends);
        for send in &plan.sends {
            let key = whole.strips[send.to].key;
            let mirror = MirrorSend { key, to: slots[send.to], pre: send.pre, level: send.level };
            let known = old.iter().find(|old| old.key == key && old.pre == send.pre);
            let change = known.is_none_or(|known| known.level != send.level).then_some(send.level);
            states.push(self.send(&mirror, change));
            sends.push(mirror);
        }
        // A send that is gone falls to nothing; the rig after this leaves it out.
        for gone in old {
            if gone.level != 0.0 && !sends.iter().any(|send| send.key == gone.key && send.pre == gone.pre) {
                let gone = MirrorSend { level: 0.0, ..gone.clone() };
                states.push(self.send(&gone, Some(0.0)));
                sends.push(gone);
            }
        }
        let output = plan.output.map(|to| slots[to]);
        let changed = |old: Option<f32>, new: f32| old.is_none_or(|old| old != new).then_some(new);
        if before.is_none() {
            let node = StripNode::new(plan, self.rate);
            self.rig.new_strips.push((slot, Some(Box::new(node))));
        }
        self.rig.steps.push(Step {
            slot,
            retiring: false,
            new: before.is_none(),
            inserts: inserts.iter().map(|insert| (insert.slot, insert.retiring)).collect(),
            addressed,
            sends: states,
            output,
            gain: changed(before.map(|before| before.gain), plan.gain),
            pan: changed(before.map(|before| before.pan), plan.pan),
            width: changed(before.map(|before| before.width), plan.width),
        });
        Ok(MirrorStrip {
            key: plan.key,
            slot,
            gain: plan.gain,
            pan: plan.pan,
            width: plan.width,
            inserts,
            sends,
            output,
            retiring: false,
        })
    }

    /// The chain of a strip, with what rings out where it stood; and the slots that parameters address.
    fn inserts(
        &mut self,
        plan: &Strip,
        before: Option<&MirrorStrip>,
    ) -> Result<(Vec<MirrorInsert>, Vec<u16>), RigError> {
        let old: &[MirrorInsert] = before.map_or(&[], |before| &before.inserts);
        let mut chain = Vec::new();
        let mut addressed = Vec::new();
        for insert in &plan.inserts {
            let known = old.iter().find(|old| !old.retiring && old.key == insert.key && alike(&old.plan, insert));
            let slot = if let Some(known) = known {
                for (i, value) in insert.parameters.iter().enumerate() {
                    if known.plan.parameters.get(i) != Some(value) {
                        self.rig.changes.push((known.slot, i as u8, *value));
                    }
                }
                known.slot
            } else {
                let slot = self.free_inserts.0.pop().ok_or(RigError::TooManyInserts)?;
                let node =
                    InsertNode::new(insert, plan.kind == StripKind::Bus, before.is_some(), self.rate, self.quality);
                self.rig.new_inserts.push((slot, Some(Box::new(node))));
                slot
            };
            addressed.push(slot);
            chain.push(MirrorInsert { key: insert.key, slot, plan: insert.clone(), retiring: false });
        }
        if plan.kind == StripKind::Master {
            let late = |insert| InsertNode::new(insert, false, false, self.rate, self.quality).latency() as u32;
            self.rig.latency = plan.inserts.iter().map(late).sum();
        }
        for (at, gone) in old.iter().enumerate() {
            if !chain.iter().any(|insert| insert.slot == gone.slot) {
                let place = at.min(chain.len());
                chain.insert(place, MirrorInsert { retiring: true, ..gone.clone() });
            }
        }
        Ok((chain, addressed))
    }

    fn send(&self, send: &MirrorSend, change: Option<f32>) -> SendState {
        SendState { key: send.key, to: send.to, pre: send.pre, change, level: Smooth::new(0.0, self.rate) }
    }
}
