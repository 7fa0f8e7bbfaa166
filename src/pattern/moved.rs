//! A text that was edited above a pattern moves its places and nothing else: what was written out moves along.
//!
//! Invariant: the answer is what the tree with the new places would be, written out anew.

use std::collections::HashMap;
use std::sync::Arc;

use super::hap::{Hap, Places};
use super::node::{Kind, Node, Pattern, Table};
use crate::base::source::Place;

impl Pattern {
    /// Every place in the text that the tree holds, in the order of the tree.
    pub fn places(&self) -> Vec<Place> {
        fn collect(pattern: &Pattern, out: &mut Vec<Place>) {
            match pattern.kind() {
                Kind::Pure(_, places) => out.extend_from_slice(places),
                Kind::Table(table) => collect(&table.origin, out),
                kind => kind.children(&mut |child| collect(child, out)),
            }
        }
        let mut out = Vec::new();
        collect(self, &mut out);
        out
    }

    /// The same pattern, which stood at the places `before` (as [`Pattern::places`] tells them), at the places `now`;
    /// `None` where one place became two,
    /// or two became one.
    pub fn moved(&self, before: &[Place], now: &[Place]) -> Option<Pattern> {
        if before == now {
            return Some(self.clone());
        }
        if before.len() != now.len() {
            return None;
        }
        let mut moves: HashMap<Place, Place> = HashMap::with_capacity(now.len());
        let mut back: HashMap<Place, Place> = HashMap::with_capacity(now.len());
        for (old, new) in before.iter().zip(now) {
            let two = moves.insert(*old, *new).is_some_and(|other| other != *new);
            // Haps hold each place once: two that become one would have to be told apart no more.
            let one = back.insert(*new, *old).is_some_and(|other| other != *old);
            if two || one {
                return None;
            }
        }
        Some(self.at(&moves))
    }

    fn at(&self, moves: &HashMap<Place, Place>) -> Pattern {
        let there = |places: &Places| places.iter().map(|place| moves.get(place).copied().unwrap_or(*place)).collect();
        let kind = match self.kind() {
            Kind::Pure(value, places) => Kind::Pure(value.clone(), there(places)),
            Kind::Table(table) => {
                let hap = |hap: &Hap| Hap { places: there(&hap.places), ..hap.clone() };
                let cycles = table.cycles.iter().map(|haps| haps.iter().map(hap).collect()).collect();
                Kind::Table(Table { cycles, ends: Arc::clone(&table.ends), origin: table.origin.at(moves) })
            }
            kind => kind.map_children(&mut |child| child.at(moves)),
        };
        self.like(kind)
    }

    /// A node of another kind that plays the same.
    pub(super) fn like(&self, kind: Kind) -> Pattern {
        let node = &self.node;
        Pattern {
            node: Arc::new(Node {
                kind,
                size: node.size,
                depth: node.depth,
                hash: node.hash,
                steps: node.steps,
                period: node.period,
                continuous: node.continuous,
                pointwise: node.pointwise,
            }),
        }
    }
}
