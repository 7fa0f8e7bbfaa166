//! The nodes of a pattern, and what is known of each without a query: size, depth, hash, steps, period.
//!
//! Invariant: a node is immutable, and no tree is deeper than [`MAX_DEPTH`], so that dropping one never
//! overflows the stack.

use std::fmt;
use std::sync::Arc;

use super::arithmetic::Op;
use super::func::Func;
use super::hap::{Hap, Places};
use super::signal::Wave;
use super::value::Value;
use crate::base::source::Place;
use crate::base::time::{Span, Time};

/// The deepest tree that may play; what would be deeper becomes silence, and `is_refused` says so.
pub const MAX_DEPTH: u32 = 500;
/// The largest tree that may play, in nodes after expansion.
pub const MAX_SIZE: u32 = 100_000;

/// A pattern: a function from time to haps, as a tree. Cheap to clone, immutable, comparable by its hash.
#[derive(Clone)]
pub struct Pattern {
    pub(super) node: Arc<Node>,
}

pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) size: u32,
    pub(super) depth: u32,
    pub(super) hash: u64,
    pub(super) steps: Option<Time>,
    /// After how many cycles it repeats exactly; `None` for chance, hands and signals.
    pub(super) period: Option<u32>,
    pub(super) continuous: bool,
    /// Whether it is one value at each point of time, which `sample` tells without a hap.
    pub(super) pointwise: bool,
}

/// One step of a sequence: where it stands in the cycle, and what sounds.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it begins, 0 to 1.
    pub begin: Time,
    /// Where it ends, 0 to 1.
    pub end: Time,
    /// What sounds; its whole cycle fills the step.
    pub pattern: Pattern,
}

/// Whose structure a combination has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Align {
    /// The left side's.
    In,
    /// The right side's.
    Out,
    /// Both: where their wholes meet.
    Mix,
}

/// How a pattern of patterns becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Join {
    /// Wholes from the inner pattern.
    Inner,
    /// Wholes from the outer.
    Outer,
    /// Where both meet.
    Mix,
    /// A cycle of the inner fills each outer event.
    Squeeze,
    /// The inner cycle starts again at each outer onset.
    Reset,
    /// The inner starts from cycle 0 at each outer onset.
    Restart,
}

/// What a selector's value chooses.
#[derive(Clone, Debug)]
pub enum Choice {
    /// One of a list by number; past its ends it wraps (`true`) or stays at the end.
    Index(Arc<[Pattern]>, bool),
    /// One of a map by word.
    Word(Arc<[(Arc<str>, Pattern)]>),
    /// `other op value`, or `value op other` where flipped.
    Arithmetic(Op, Pattern, bool),
    /// Of two: false, true.
    Truth(Pattern, Pattern),
    /// Prebuilt by value.
    Cases(Arc<[(Value, Pattern)]>),
}

/// A constructor whose numbers come from patterns: built anew for each value.
pub struct Patterned {
    /// Its name, which is its identity.
    pub name: &'static str,
    /// Makes the pattern from its numbers and its inputs.
    pub build: fn(&[Value], &[Pattern]) -> Pattern,
}

impl fmt::Debug for Patterned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A pattern that repeats, written out: the haps of each of its cycles, in the order of their parts.
#[derive(Debug)]
pub struct Table {
    /// One list a cycle; times are within the period.
    pub cycles: Box<[Box<[Hap]>]>,
    /// The latest end among the haps before and with each one, for the search.
    pub ends: Arc<[Box<[Time]>]>,
    /// The tree that it stands for.
    pub origin: Pattern,
}

/// The kinds of nodes.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Kind {
    /// Nothing.
    Silence,
    /// One event a cycle.
    Pure(Value, Places),
    /// Steps that fill a cycle.
    Sequence(Box<[Step]>),
    /// One pattern a cycle, none skipped.
    Slowcat(Box<[Pattern]>),
    /// All at once.
    Stack(Box<[Pattern]>),
    /// `yes` in the cycles whose number modulo `period` is `phase`, `no` in the others.
    Every { period: i64, phase: i64, yes: Pattern, no: Pattern },
    /// Faster by a factor above zero.
    Fast(Time, Pattern),
    /// Later by cycles.
    Late(Time, Pattern),
    /// Later by a sampled amount of cycles, at most one either way.
    LateBy(Pattern, Pattern),
    /// Later by seconds, which only the shift of a hap tells. The second pattern gives them.
    Shift(Pattern, Pattern),
    /// Each cycle mirrored.
    Rev(Pattern),
    /// Each cycle squeezed into a stretch of the cycle.
    Compress(Span, Pattern),
    /// A stretch of each cycle made as long as the cycle.
    Zoom(Span, Pattern),
    /// The same cycles from a point on, over and over: begin, length.
    Ribbon(Time, Time, Pattern),
    /// Each cycle this many times.
    RepeatCycles(Time, Pattern),
    /// Each event repeated within itself.
    Ply(Pattern, Pattern),
    /// Each event within a stretch of itself.
    Press(Time, Pattern),
    /// Each event cut into pieces of its sample.
    Chop(i64, Pattern),
    /// What sounds in each of n equal parts of the cycle.
    Segment(Time, Pattern),
    /// Each value through a function.
    Map(Func, Pattern),
    /// Two patterns by an operator.
    Combine { op: Op, align: Align, left: Pattern, right: Pattern },
    /// A pattern that chooses patterns.
    Bind { join: Join, selector: Pattern, choice: Choice },
    /// A constructor with patterns for numbers.
    Patterned { function: &'static Patterned, join: Join, arguments: Box<[Pattern]>, inputs: Box<[Pattern]> },
    /// A continuous value.
    Signal(Wave),
    /// Removes events by dice: those whose throw is under the amount (or, inverted, those that are not).
    Degrade { key: u64, cycles: bool, invert: bool, amount: Pattern, pattern: Pattern },
    /// One of several a cycle, by dice and weights.
    Lottery { key: u64, patterns: Box<[(f64, Pattern)]> },
    /// The numbers below n in another order each cycle.
    Shuffle { key: u64, count: i64 },
    /// Events whose onset lies within a stretch of the cycle, or outside of it.
    Within { span: Span, inside: bool, pattern: Pattern },
    /// The notes of each chord in the order of the indices.
    Arp(Pattern, Pattern),
    /// Chords as notes.
    Voicing(Pattern),
    /// Chords as notes within a range (lowest and highest MIDI number), led from one to the next.
    Lead((i64, i64), Pattern),
    /// The notes of a chord one after another, seconds apart.
    Strum(f64, Pattern),
    /// The notes of a chord one after another within a share of their time.
    Rolled(Time, Pattern),
    /// Shift by dice of up to some seconds, velocity by up to a share.
    Humanise { key: u64, seconds: f64, share: f64, pattern: Pattern },
    /// The values of each cycle moved on by so many events, in the same rhythm.
    Rot(i64, Pattern),
    /// Numbers glide to the next.
    Smooth(Pattern),
    /// Values that sounding notes follow.
    Live(Pattern),
    /// Stands for the pattern that the number names, within a `Fill`.
    Hole(u32),
    /// A template with a hole, for each event of a pattern: the n-th takes the n-th part of it.
    Each { hole: u32, templates: Box<[Pattern]>, pattern: Pattern },
    /// A template with a hole, for each event of the flags: true events are one cycle of what the template makes of
    /// the pattern there.
    Into { hole: u32, template: Pattern, flags: Pattern, pattern: Pattern },
    /// Events whose control has a value through one pattern, the rest through the other.
    Only { control: Arc<str>, value: Value, inside: bool, pattern: Pattern },
    /// The same pattern with a step count of its own.
    Steps(Pattern),
    /// A repeating pattern written out.
    Table(Table),
}

impl Pattern {
    /// A node; deeper than [`MAX_DEPTH`] it is refused and silent.
    pub fn new(kind: Kind) -> Pattern {
        let steps = kind.natural_steps();
        Pattern::with_steps(kind, steps)
    }

    pub(super) fn with_steps(kind: Kind, steps: Option<Time>) -> Pattern {
        let (mut size, mut depth, mut hash) = (1u32, 0u32, super::digest::digest(&kind));
        kind.children(&mut |child| {
            size = size.saturating_add(child.node.size);
            depth = depth.max(child.node.depth);
            hash = crate::base::random::join(hash, child.node.hash);
        });
        let depth = depth + 1;
        if depth > MAX_DEPTH {
            let node = Node {
                kind: Kind::Silence,
                size: u32::MAX,
                depth: 1,
                hash,
                steps: None,
                period: Some(1),
                continuous: false,
                pointwise: false,
            };
            return Pattern { node: Arc::new(node) };
        }
        if let Some(steps) = steps {
            hash = crate::base::random::join(hash, Value::Number(steps).digest());
        }
        let (period, continuous, pointwise) = (kind.period(), kind.is_continuous(), kind.is_pointwise());
        Pattern { node: Arc::new(Node { kind, size, depth, hash, steps, period, continuous, pointwise }) }
    }

    /// What kind of node it is.
    pub fn kind(&self) -> &Kind {
        &self.node.kind
    }

    /// How many nodes it has, shared ones counted each time.
    pub fn size(&self) -> u32 {
        self.node.size
    }

    /// How many levels it has.
    pub fn depth(&self) -> u32 {
        self.node.depth
    }

    /// Whether it is larger or deeper than what may play.
    pub fn is_refused(&self) -> bool {
        self.node.size > MAX_SIZE || self.node.depth > MAX_DEPTH
    }

    /// A number for what it plays: equal patterns have equal hashes; places in the text do not count.
    pub fn hash(&self) -> u64 {
        self.node.hash
    }

    /// How many steps a cycle of it has, where that is known.
    pub fn steps(&self) -> Option<Time> {
        self.node.steps
    }

    /// After how many cycles it repeats exactly; `None` for chance, hands and signals.
    pub fn period(&self) -> Option<u32> {
        self.node.period
    }

    /// Whether it has no events of its own: a signal, which is sampled.
    pub fn is_continuous(&self) -> bool {
        self.node.continuous
    }

    /// Its value, where it is one value for all time.
    pub fn constant(&self) -> Option<&Value> {
        match &self.node.kind {
            Kind::Pure(value, _) => Some(value),
            _ => None,
        }
    }

    /// Its value, where it is one for all time, and that of a control (`s("sd")`) as well.
    pub fn constant_controls(&self) -> Option<Value> {
        match &self.node.kind {
            Kind::Pure(value, _) => Some(value.clone()),
            Kind::Map(func @ Func::Control(..), inner) => {
                let mut hap = Hap::new(
                    crate::base::time::Span::cycle(0),
                    crate::base::time::Span::cycle(0),
                    inner.constant_controls()?,
                );
                func.apply(&mut hap, &super::context::Context::new()).then_some(hap.value)
            }
            Kind::Combine { op: Op::Set, align: Align::In, left, right } => {
                Op::Set.apply(&left.constant_controls()?, &right.constant_controls()?)
            }
            _ => None,
        }
    }

    /// Whether it never sounds.
    pub fn is_silence(&self) -> bool {
        matches!(self.node.kind, Kind::Silence)
    }

    /// Calls with every literal that its own values come from: not what only says when, how often or which.
    pub fn visit_values(&self, visit: &mut dyn FnMut(&Value, Place)) {
        super::literals::visit_values(self, visit);
    }

    /// The distinct values that it can have, where the tree tells them and they are at most `limit`.
    pub fn possible_values(&self, limit: usize) -> Option<Vec<Value>> {
        let mut found = Vec::new();
        super::literals::possible_values(self, limit, &mut found).then_some(found)
    }

    /// The names of the scale that its notes are in, as far as the tree tells.
    pub fn scale_names(&self) -> Option<Pattern> {
        super::literals::scale_names(self)
    }

    /// Whether its values are controls of events (`s("bd")`), as far as the tree tells.
    pub fn is_made_of_controls(&self) -> bool {
        super::literals::makes_controls(self)
    }

    /// Calls with every value that the text wrote out, the control that it feeds, and its place.
    pub fn visit_literals(&self, visit: &mut dyn FnMut(Option<&str>, &Value, Place)) {
        super::literals::visit_literals(self, None, visit);
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        Arc::ptr_eq(&self.node, &other.node) || (self.hash() == other.hash() && self.size() == other.size())
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.kind.fmt(f)
    }
}
