//! A text that was edited above a pattern moves its places and nothing else: what was written out moves along.
//!
//! Invariant: the answer is what the tree with the new places would be, written out anew.

use std::collections::HashMap;
use std::sync::Arc;

use super::hap::{Hap, Places};
use super::node::{Kind, Node, Pattern, Table};
use crate::base::source::Place;

/// Where places went.
enum Moves {
    /// All of them by so many bytes.
    By(i64),
    /// Each on its own.
    Each(HashMap<Place, Place>),
}

impl Moves {
    fn of(before: &[Place], now: &[Place]) -> Option<Moves> {
        let by = i64::from(now[0].start) - i64::from(before[0].start);
        if before.iter().zip(now).all(|(old, new)| shifted(*old, by) == *new) {
            return Some(Moves::By(by));
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
        Some(Moves::Each(moves))
    }

    fn there(&self, place: Place) -> Place {
        match self {
            Moves::By(by) => shifted(place, *by),
            Moves::Each(moves) => moves.get(&place).copied().unwrap_or(place),
        }
    }
}

fn shifted(place: Place, by: i64) -> Place {
    let there = |at: u32| (i64::from(at) + by) as u32;
    Place { start: there(place.start), end: there(place.end), ..place }
}

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
    /// `None`
    /// where one place became two, or two became one.
    pub fn moved(&self, before: &[Place], now: &[Place]) -> Option<Pattern> {
        if before == now {
            return Some(self.clone());
        }
        if before.len() != now.len() {
            return None;
        }
        Some(self.at(&Moves::of(before, now)?))
    }

    fn at(&self, moves: &Moves) -> Pattern {
        let there = |places: &Places| places.iter().map(|place| moves.there(*place)).collect();
        let kind = match self.kind() {
            Kind::Pure(value, places) => Kind::Pure(value.clone(), there(places)),
            Kind::Table(table) => {
                let hap = |hap: &Hap| Hap { places: there(&hap.places), value: hap.value.clone(), ..*hap };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::FileId;
    use crate::base::time::{Span, Time};
    use crate::pattern::{Context, Value};

    fn atom(number: i64, at: usize) -> Pattern {
        Pattern::atom(Value::Number(Time::int(number)), Place::new(FileId(0), at, at + 1))
    }

    /// Two atoms a cycle and a third slower one, added to each other.
    fn tree(at: [usize; 3]) -> Pattern {
        let pair = Pattern::fastcat(vec![atom(1, at[0]), atom(2, at[1])]);
        pair.combine(crate::pattern::arithmetic::Op::Add, crate::pattern::Align::In, &atom(10, at[2]))
    }

    fn haps(pattern: &Pattern) -> Vec<Hap> {
        pattern.query(Span::new(Time::ZERO, Time::int(3)), &mut Context::new())
    }

    #[test]
    fn what_was_written_out_moves_along() {
        for now in [[3, 5, 9], [4, 6, 10], [5, 3, 20]] {
            let old = tree([3, 5, 9]);
            let new = tree(now);
            let moved = old.compiled().moved(&old.places(), &new.places()).unwrap();
            assert!(matches!(moved.kind(), Kind::Table(_)));
            assert_eq!(haps(&moved), haps(&new), "{now:?}");
            assert_eq!(moved.places(), new.places());
        }
    }

    #[test]
    fn places_that_part_or_meet_cannot_be_moved() {
        let (apart, together) = (tree([3, 5, 9]), tree([3, 5, 5]));
        assert!(apart.moved(&apart.places(), &together.places()).is_none());
        assert!(together.moved(&together.places(), &apart.places()).is_none());
    }
}
