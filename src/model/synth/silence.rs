//! Whether a synth falls silent by itself, so that its voices can end; where not, the engine fades them at note-off.
//!
//! Invariant: what is called silent comes to rest at 0 after note-off, if its feedback does not grow.

use crate::base::graph::{Arithmetic, Given, Node, NodeId, Op};
use crate::base::unit::Kind;

/// Whether neither output sounds on for ever.
pub(super) fn falls_silent(nodes: &[Node], outputs: [NodeId; 2]) -> bool {
    // A delay line is taken for silent at first; a second walk finds whether what is written to it is.
    let mut silent = vec![false; nodes.len()];
    let mut rest: Vec<Option<f32>> = vec![None; nodes.len()];
    let mut written = true;
    for (at, node) in nodes.iter().enumerate() {
        rest[at] = rests_at(node, &rest);
        silent[at] = rest[at].is_some_and(|level| level.abs() < 1e-5) || is_silent(node, &silent);
        if matches!(node.op, Op::Write(_)) {
            written &= silent[at];
        }
    }
    let reads = nodes.iter().any(|node| matches!(node.op, Op::Read(_)));
    outputs.iter().all(|output| silent[*output as usize]) && (written || !reads)
}

/// The level at which a node comes to rest, where it is known.
fn rests_at(node: &Node, rest: &[Option<f32>]) -> Option<f32> {
    let at = |input: usize| node.inputs.get(input).and_then(|node| rest[*node as usize]);
    match node.op {
        Op::Constant(value) => Some(value),
        Op::Given(Given::Gate) => Some(0.0),
        Op::Unit(unit, _) => match unit.kind {
            Kind::Adsr | Kind::Env => Some(0.0),
            Kind::Line => at(1),
            _ => None,
        },
        Op::Arithmetic(op) => {
            let (a, b) = (at(0)?, at(1)?);
            Some(super::fold::arithmetic(op, a, b))
        }
        _ => None,
    }
}

fn is_silent(node: &Node, silent: &[bool]) -> bool {
    let at = |input: usize| node.inputs.get(input).is_some_and(|node| silent[*node as usize]);
    match node.op {
        Op::Read(_) => true,
        Op::Write(_) | Op::Right => at(0),
        Op::Arithmetic(op) => match op {
            Arithmetic::Mul => at(0) || at(1),
            Arithmetic::Add | Arithmetic::Sub => at(0) && at(1),
            Arithmetic::Div | Arithmetic::Rem => at(0),
        },
        Op::Unit(unit, _) => match unit.kind {
            Kind::Lowpass | Kind::Highpass | Kind::Bandpass | Kind::Notch | Kind::Peak => at(0),
            Kind::Lowshelf | Kind::Highshelf | Kind::Onepole | Kind::Comb | Kind::Allpass | Kind::Formant => at(0),
            Kind::Tanh | Kind::Fold | Kind::Clip | Kind::Crush | Kind::Coarse | Kind::Pan => at(0),
            Kind::Abs | Kind::Sqrt | Kind::Pow | Kind::Hold | Kind::Ladder => at(0),
            Kind::Min | Kind::Max => at(0) && at(1),
            Kind::Pluck => true,
            _ => false,
        },
        _ => false,
    }
}
