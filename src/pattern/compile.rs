//! What repeats is written out once, so that playing it is a search in a table.
//!
//! Invariant: a compiled pattern answers every query as the tree it came from, and has its hash.

use super::context::Context;
use super::node::{Kind, Pattern, Table};
use crate::base::time::{Span, Time};

/// The most cycles that are written out.
const CYCLES: u32 = 128;
/// The most haps that are written out for one subtree.
const HAPS: usize = 16_384;
/// The most haps that are written out for a whole pattern: some 24 MB.
const ALL_HAPS: usize = 65_536;
/// What writing out one subtree may cost.
const COST: u64 = 400_000;

impl Pattern {
    /// The same pattern with every subtree that repeats within a few cycles written out.
    pub fn compiled(&self) -> Pattern {
        let mut left = ALL_HAPS;
        self.compiled_within(&mut left)
    }

    /// The same, with `left` haps at most for all that is written out; what was is taken from it. What finds no room
    /// stays a tree, which answers alike.
    pub fn compiled_within(&self, left: &mut usize) -> Pattern {
        let mut own = ALL_HAPS.min(*left);
        let before = own;
        let pattern = self.written(&mut own);
        *left -= before - own;
        pattern
    }

    fn written(&self, left: &mut usize) -> Pattern {
        let simple =
            matches!(self.kind(), Kind::Silence | Kind::Pure(..) | Kind::Signal(_) | Kind::Table(_) | Kind::Hole(_));
        if simple {
            return self.clone();
        }
        if let Some(table) = self.table(left) {
            return self.like(Kind::Table(table));
        }
        self.like(self.kind().map_children(&mut |child| child.written(left)))
    }

    fn table(&self, all: &mut usize) -> Option<Table> {
        let period = self.period().filter(|period| *period <= CYCLES && !self.is_continuous())?;
        let mut ctx = Context::new();
        ctx.refuel(COST);
        let most = HAPS.min(*all);
        let mut left = most;
        let mut cycles = Vec::new();
        let mut ends = Vec::new();
        for number in 0..i64::from(period) {
            let mut haps = self.query(Span::cycle(number), &mut ctx);
            if ctx.exhausted() || haps.len() > left || haps.iter().any(|hap| hap.whole.is_none()) {
                return None;
            }
            left -= haps.len();
            haps.sort_by_key(|a| a.part.begin);
            let mut latest = Time::int(i64::MIN >> 21);
            let running = haps.iter().map(|hap| {
                latest = latest.max(hap.part.end);
                latest
            });
            ends.push(running.collect());
            cycles.push(haps.into_boxed_slice());
        }
        *all -= most - left;
        Some(Table { cycles: cycles.into(), ends: ends.into(), origin: self.clone() })
    }
}
