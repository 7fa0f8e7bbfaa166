//! What crosses from the compiler to the engine and back: rigs one way, trash the other.
//!
//! Invariant: a rig names nodes by slot; a slot changes its node only at a swap, and only after the old node came home.

use super::inserts::InsertNode;
use super::program::ProgramNode;
use super::strip::{SendState, StripNode};

/// Rigs that may wait for their swap.
pub(super) const PENDING: usize = 8;

/// One strip in the order of processing.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) slot: u16,
    pub(super) retiring: bool,
    /// Whether the strip comes with this rig.
    pub(super) new: bool,
    /// Inserts in order, those that ring out among them: slot, and whether it retires.
    pub(super) inserts: Vec<(u16, bool)>,
    /// The inserts of the plan, as parameters address them.
    pub(super) addressed: Vec<u16>,
    /// Sends with their states; at the swap the states of the old rig's sends go on.
    pub(super) sends: Vec<SendState>,
    /// The slot it feeds.
    pub(super) output: Option<u16>,
    /// What the text changed on the fader.
    pub(super) gain: Option<f32>,
    pub(super) pan: Option<f32>,
    pub(super) width: Option<f32>,
}

/// A version of the desk and its instruments.
#[derive(Debug, Default)]
pub(super) struct Rig {
    pub(super) generation: u32,
    /// For each program of the plan its slot and its voices.
    pub(super) programs: Vec<(u16, u16)>,
    /// Strips that ring out, then those of the plan in its order.
    pub(super) steps: Vec<Step>,
    /// How many steps ring out.
    pub(super) retired: usize,
    /// Slot, parameter, value of inserts that the text changed.
    pub(super) changes: Vec<(u16, u8, f32)>,
    /// Frames by which the master is late.
    pub(super) latency: u32,
    pub(super) new_programs: Vec<(u16, Option<Box<ProgramNode>>)>,
    pub(super) new_strips: Vec<(u16, Option<Box<StripNode>>)>,
    pub(super) new_inserts: Vec<(u16, Option<Box<InsertNode>>)>,
}

impl Rig {
    /// The step of a strip of the plan.
    pub(super) fn track(&self, index: u16) -> Option<&Step> {
        self.steps.get(self.retired + usize::from(index))
    }
}

/// What comes home to be freed.
#[derive(Debug)]
pub(super) enum Trash {
    /// An old version.
    Rig(Box<Rig>),
    /// A strip that has rung out.
    Strip(u16, Box<StripNode>),
    /// An insert that has rung out.
    Insert(u16, Box<InsertNode>),
    /// A program without voices.
    Program(u16, Box<ProgramNode>),
}
