//! What a query carries besides its span: fuel, chance time, the hands, the section, the tempo.
//!
//! Invariant: a query never runs longer than its fuel, and says when it was cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Pattern;
use super::hap::Hap;
use super::value::Value;
use crate::base::time::{Span, Time};

/// Enough for a cycle of the densest track that may play, through a long chain; little enough that running out of it
/// takes less than a second and some 200 MB.
pub const FUEL: u64 = 500_000;

/// The live hands: knobs, buttons and `fill` by name.
pub type Hands = Arc<BTreeMap<String, f64>>;

/// What a query is asked with. One context serves many queries; its buffers are kept.
#[derive(Clone, Debug)]
pub struct Context {
    /// How many nodes and haps it may still cost.
    pub fuel: u64,
    /// Chance time is pattern time plus this, in cycles: a section restarts the first only.
    pub chance: Time,
    /// The enclosing section in pattern time, for `ramp`; `None` outside of one.
    pub section: Option<Span>,
    /// From where to where `fill` is true without a hand, in pattern time: the end of a section.
    pub fill: Option<Span>,
    /// The values of the hands; a missing one has its start value.
    pub hands: Hands,
    /// Cycles per second at the start of the query, where milliseconds must become structure.
    pub cps: f64,
    /// Quarter notes in a cycle.
    pub beats: Time,
    exhausted: bool,
    level: u32,
    buffers: Vec<Vec<Hap>>,
    pub(super) holes: Vec<(u32, Pattern)>,
}

impl Default for Context {
    fn default() -> Context {
        Context {
            fuel: FUEL,
            chance: Time::ZERO,
            section: None,
            fill: None,
            hands: Hands::default(),
            cps: 0.5,
            beats: Time::int(4),
            exhausted: false,
            level: 0,
            buffers: Vec::new(),
            holes: Vec::new(),
        }
    }
}

impl Context {
    /// At the defaults: half a cycle a second, four beats, no section, no hands.
    pub fn new() -> Context {
        Context::default()
    }

    /// Fills the tank and forgets that the last query was cut.
    pub fn refuel(&mut self, fuel: u64) {
        self.fuel = fuel;
        self.exhausted = false;
    }

    /// Whether a query ran out of fuel: the pattern is too dense.
    pub fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// The value of a hand.
    pub fn hand(&self, name: &str) -> Option<Value> {
        self.hands.get(name).map(|value| Value::Float(*value))
    }

    /// Pays; false when the tank is empty.
    pub(super) fn burn(&mut self, cost: u64) -> bool {
        if self.fuel < cost {
            self.fuel = 0;
            self.exhausted = true;
            return false;
        }
        self.fuel -= cost;
        true
    }

    /// The cycles of a span, each of which will cost something; none, and exhausted, where the fuel cannot pay for all.
    pub(super) fn cycles(&mut self, span: Span) -> impl Iterator<Item = Span> + use<> {
        let paid = span.len() <= Time::int(i64::try_from(self.fuel).unwrap_or(i64::MAX)) + Time::ONE;
        if !paid {
            self.fuel = 0;
            self.exhausted = true;
        }
        span.cycles().take(if paid { usize::MAX } else { 0 })
    }

    /// One level down; false when that is too deep.
    pub(super) fn enter(&mut self) -> bool {
        if self.level >= 2 * super::MAX_DEPTH || !self.burn(1) {
            self.exhausted = true;
            return false;
        }
        self.level += 1;
        true
    }

    /// One level up.
    pub(super) fn leave(&mut self) {
        self.level -= 1;
    }

    /// An empty buffer, used before.
    pub(super) fn buffer(&mut self) -> Vec<Hap> {
        self.buffers.pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    pub(super) fn give_back(&mut self, mut buffer: Vec<Hap>) {
        buffer.clear();
        self.buffers.push(buffer);
    }

    /// Runs with chance time moved, and puts it back.
    pub(super) fn with_chance<R>(&mut self, chance: Time, run: impl FnOnce(&mut Context) -> R) -> R {
        let before = std::mem::replace(&mut self.chance, chance);
        let result = run(self);
        self.chance = before;
        result
    }
}
