//! The nodes of a graph while it grows: constants are folded, equal nodes are one, each knows how often it changes.
//!
//! Invariant: a node comes after what it reads, and its rate is no lower than those of its inputs.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::fold;
use crate::base::graph::{Arithmetic, Given, MOST_NODES, Node, NodeId, Op, Rate};
use crate::base::unit::{Kind, Unit};

/// What a node is, as a key.
type Key = (u32, u32, u16, SmallVec<[NodeId; 4]>);

/// The nodes so far.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub(super) list: Vec<Node>,
    known: HashMap<Key, NodeId>,
    /// More were wanted than a graph may have.
    pub(super) overflow: bool,
}

/// Before what is not needed is taken out, there may be more.
const MOST: usize = MOST_NODES * 4;
/// An oscillator that never goes faster is slow enough to be ramped from block to block.
const SLOW: f32 = 10.0;

impl Nodes {
    pub(super) fn constant(&mut self, value: f32) -> NodeId {
        // Zero has one sign, and what is no number cannot come from a text.
        let value = if value == 0.0 || value.is_nan() { 0.0 } else { value.clamp(f32::MIN, f32::MAX) };
        self.add(Op::Constant(value), &[])
    }

    /// The number that a node is, where it never changes.
    pub(super) fn number(&self, node: NodeId) -> Option<f32> {
        match self.list.get(node as usize)?.op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn given(&mut self, given: Given) -> NodeId {
        self.add(Op::Given(given), &[])
    }

    pub(super) fn arithmetic(&mut self, op: Arithmetic, a: NodeId, b: NodeId) -> NodeId {
        let (x, y) = (self.number(a), self.number(b));
        match (op, x, y) {
            (_, Some(x), Some(y)) => return self.constant(fold::arithmetic(op, x, y)),
            (Arithmetic::Add, Some(0.0), _) => return b,
            (Arithmetic::Add | Arithmetic::Sub, _, Some(0.0)) => return a,
            (Arithmetic::Mul, Some(1.0), _) => return b,
            (Arithmetic::Mul | Arithmetic::Div, _, Some(1.0)) => return a,
            (Arithmetic::Mul, Some(0.0), _) | (Arithmetic::Mul, _, Some(0.0)) => return self.constant(0.0),
            (Arithmetic::Div, _, Some(y)) if y.abs() > 1e-9 => {
                let inverse = self.constant(1.0 / y);
                return self.arithmetic(Arithmetic::Mul, a, inverse);
            }
            _ => {}
        }
        let order = matches!(op, Arithmetic::Add | Arithmetic::Mul) && b < a;
        let (a, b) = if order { (b, a) } else { (a, b) };
        self.add(Op::Arithmetic(op), &[a, b])
    }

    /// A unit with all its inputs.
    pub(super) fn unit(&mut self, unit: &'static Unit, option: u16, inputs: &[NodeId]) -> NodeId {
        let numbers: Option<SmallVec<[f32; 4]>> = inputs.iter().map(|input| self.number(*input)).collect();
        if let Some(value) = numbers.and_then(|numbers| fold::unit(unit.kind, &numbers)) {
            return self.constant(value);
        }
        self.add(Op::Unit(unit, option), inputs)
    }

    /// Any node; an equal one that stands already is it.
    pub(super) fn add(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let (tag, bits, option) = match op {
            Op::Constant(value) => (0, value.to_bits(), 0),
            Op::Given(given) => (1, given as u32, 0),
            Op::Parameter(index) => (2, u32::from(index), 0),
            Op::Arithmetic(op) => (3, op as u32, 0),
            Op::Unit(unit, option) => (4, unit.kind as u32, option),
            Op::Right => (5, 0, 0),
            Op::Read(line) => (6, u32::from(line), 0),
            Op::Write(line) => (7, u32::from(line), 0),
        };
        let key = (tag, bits, option, SmallVec::from_slice(inputs));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.list.len() >= MOST {
            self.overflow = true;
            return 0;
        }
        let node = Node { op, inputs: SmallVec::from_slice(inputs), rate: self.rate(op, inputs) };
        let at = self.list.len() as NodeId;
        self.list.push(node);
        self.known.insert(key, at);
        at
    }

    fn rate(&self, op: Op, inputs: &[NodeId]) -> Rate {
        let inputs_rate = inputs.iter().map(|input| self.list[*input as usize].rate).max().unwrap_or(Rate::Constant);
        let own = match op {
            Op::Constant(_) => Rate::Constant,
            Op::Given(Given::Freq | Given::Note | Given::Gate) => Rate::Block,
            Op::Given(Given::InLeft | Given::InRight) | Op::Read(_) | Op::Write(_) => Rate::Audio,
            Op::Given(_) | Op::Parameter(_) => Rate::Event,
            Op::Arithmetic(_) | Op::Right => Rate::Constant,
            Op::Unit(unit, _) => match unit.kind {
                Kind::Sine | Kind::Saw | Kind::Triangle | Kind::Square | Kind::Pulse => {
                    let slow = inputs.first().and_then(|freq| self.number(*freq)).is_some_and(|freq| freq <= SLOW);
                    if slow { Rate::Block } else { Rate::Audio }
                }
                Kind::Lfo | Kind::Line | Kind::Env | Kind::Adsr | Kind::Hold | Kind::Onepole => Rate::Block,
                Kind::Tanh | Kind::Fold | Kind::Clip | Kind::Crush | Kind::Pan => Rate::Constant,
                Kind::Abs | Kind::Min | Kind::Max | Kind::Clamp | Kind::Pow => Rate::Constant,
                Kind::Exp2 | Kind::Log2 | Kind::Floor | Kind::Sqrt => Rate::Constant,
                _ => Rate::Audio,
            },
        };
        own.max(inputs_rate)
    }

    /// Leaves only what the outputs need, in the same order; gives the outputs and, for each delay line, its new index.
    pub(super) fn pruned(self, outputs: [NodeId; 2], lines: usize) -> (Vec<Node>, [NodeId; 2], Vec<Option<u16>>) {
        let count = self.list.len();
        let mut needed = vec![false; count];
        let mut used = vec![false; lines];
        let mut waiting: Vec<NodeId> = outputs.to_vec();
        while let Some(at) = waiting.pop() {
            if std::mem::replace(&mut needed[at as usize], true) {
                continue;
            }
            let node = &self.list[at as usize];
            waiting.extend_from_slice(&node.inputs);
            if let Op::Read(line) = node.op
                && !std::mem::replace(&mut used[usize::from(line)], true)
            {
                let writes = self.list.iter().position(|node| node.op == Op::Write(line));
                waiting.extend(writes.map(|at| at as NodeId));
            }
        }
        let mut next = 0;
        let new_lines: Vec<Option<u16>> = used
            .iter()
            .map(|used| {
                next += u16::from(*used);
                used.then(|| next - 1)
            })
            .collect();
        let renamed = |line: u16| new_lines.get(usize::from(line)).copied().flatten().unwrap_or(0);
        let mut places = vec![0; count];
        let mut list = Vec::with_capacity(count);
        for (at, mut node) in self.list.into_iter().enumerate() {
            if !needed[at] {
                continue;
            }
            for input in &mut node.inputs {
                *input = places[*input as usize];
            }
            node.op = match node.op {
                Op::Read(line) => Op::Read(renamed(line)),
                Op::Write(line) => Op::Write(renamed(line)),
                op => op,
            };
            places[at] = list.len() as NodeId;
            list.push(node);
        }
        (list, outputs.map(|output| places[output as usize]), new_lines)
    }
}
