//! What is known of a graph's nodes before it is compiled: which depend on sound, who needs what of them, which run together.
//!
//! Invariant: facts are found from the graph alone, so that equal graphs give equal programs.

use crate::base::graph::{Arithmetic, Given, Graph, Node, Op};
use crate::base::unit::Kind;

/// Whether a unit makes or carries sound whatever it is fed; the others are as fast as their inputs.
fn sounds(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Lfo
            | Kind::Hold
            | Kind::Line
            | Kind::Env
            | Kind::Adsr
            | Kind::Clip
            | Kind::Tanh
            | Kind::Fold
            | Kind::Crush
            | Kind::Abs
            | Kind::Min
            | Kind::Max
            | Kind::Clamp
            | Kind::Pow
            | Kind::Exp2
            | Kind::Log2
            | Kind::Floor
            | Kind::Sqrt
    )
}

/// Which inputs of a unit are read frame by frame where they are fast at all; the others where they start and end.
pub(super) fn reads_each_frame(kind: Kind, at: usize) -> bool {
    match kind {
        Kind::Env | Kind::Adsr | Kind::Line | Kind::Lfo => false,
        Kind::Supersaw => at == 0,
        Kind::Pluck => false,
        // Where it begins is read once.
        Kind::Sine | Kind::Saw | Kind::Triangle | Kind::Square => at != 1,
        Kind::Pulse | Kind::Wavetable => at != 2,
        Kind::Comb => at == 0,
        Kind::Formant => at == 0,
        _ => true,
    }
}

/// Whether an envelope at this input shapes sound, so that it must run fast: the sound itself, and its factors.
pub(super) fn carries_sound(op: &Op, at: usize) -> bool {
    match op {
        Op::Arithmetic(_) | Op::Write(_) | Op::Right => true,
        Op::Unit(unit, _) => match unit.kind {
            Kind::Abs
            | Kind::Min
            | Kind::Max
            | Kind::Clamp
            | Kind::Pow
            | Kind::Exp2
            | Kind::Log2
            | Kind::Floor
            | Kind::Sqrt => true,
            Kind::Clip | Kind::Tanh | Kind::Fold | Kind::Crush => at == 0,
            Kind::Sine => at >= 2,
            Kind::Saw | Kind::Triangle | Kind::Square => at >= 2,
            Kind::Pulse | Kind::Wavetable => at >= 3,
            _ => at == 0 && sounds(unit.kind) && !is_oscillator(unit.kind),
        },
        _ => false,
    }
}

fn is_oscillator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Sine
            | Kind::Saw
            | Kind::Triangle
            | Kind::Square
            | Kind::Pulse
            | Kind::Supersaw
            | Kind::Sync
            | Kind::Wavetable
            | Kind::Pluck
            | Kind::Dust
    )
}

/// What is known of a node.
#[derive(Clone, Copy, Default, Debug)]
#[expect(clippy::struct_excessive_bools)]
pub(super) struct Facts {
    /// Depends on sound.
    pub(super) fast: bool,
    /// Depends on an envelope, by arithmetic alone.
    pub(super) enveloped: bool,
    /// Moves only with the note.
    pub(super) event: bool,
    /// Somebody needs where it starts and ends.
    pub(super) slow_wanted: bool,
    /// Somebody needs it frame by frame.
    pub(super) fast_wanted: bool,
}

/// Finds them, from the inputs on and from the outputs back.
pub(super) fn find_facts(graph: &Graph) -> Vec<Facts> {
    let mut facts: Vec<Facts> = vec![Facts::default(); graph.nodes.len()];
    for (i, node) in graph.nodes.iter().enumerate() {
        let any = |test: &dyn Fn(&Facts) -> bool| {
            node.inputs.iter().any(|input| facts.get(*input as usize).is_some_and(test))
        };
        let fast = any(&|facts| facts.fast);
        let enveloped = any(&|facts| facts.enveloped);
        let moves = any(&|facts| !facts.event);
        let mut own = Facts { fast, enveloped, event: !moves && !fast, ..Facts::default() };
        match &node.op {
            Op::Constant(_) | Op::Parameter(_) | Op::Arithmetic(_) | Op::Right => {}
            Op::Given(Given::InLeft | Given::InRight) => own = Facts { fast: true, event: false, ..own },
            Op::Given(_) => {}
            Op::Read(_) | Op::Write(_) => own = Facts { fast: true, event: false, ..own },
            Op::Unit(unit, _) => {
                if sounds(unit.kind) {
                    own = Facts { fast: true, event: false, ..own };
                }
                match unit.kind {
                    // They have a life of their own, and read what moves them where it starts and ends.
                    Kind::Env | Kind::Adsr => own = Facts { fast: false, enveloped: true, event: false, ..own },
                    Kind::Lfo | Kind::Line => own = Facts { fast: false, enveloped: false, event: false, ..own },
                    Kind::Hold => own.event = false,
                    _ => {}
                }
            }
        }
        facts[i] = own;
    }
    // Who needs what, from the outputs back.
    for side in [graph.left, graph.right] {
        if let Some(facts) = facts.get_mut(side as usize) {
            facts.fast_wanted = true;
        }
    }
    for (i, node) in graph.nodes.iter().enumerate().rev() {
        let own = facts[i];
        let wanted = own.fast_wanted || own.slow_wanted || matches!(node.op, Op::Write(_));
        if !wanted {
            continue;
        }
        let runs_fast = own.fast || (own.fast_wanted && own.enveloped) || matches!(node.op, Op::Write(_));
        for (at, input) in node.inputs.iter().enumerate() {
            let Some(theirs) = facts.get_mut(*input as usize) else { continue };
            if runs_fast && carries_sound(&node.op, at) {
                theirs.fast_wanted = true;
            }
            // A slow input of a fast operation is read from its slow register, unless it runs fast for this very use.
            let reads_fast = runs_fast && carries_sound(&node.op, at) && (theirs.fast || theirs.enveloped);
            if theirs.fast {
                theirs.fast_wanted = true;
            } else if !reads_fast {
                theirs.slow_wanted = true;
            }
            if own.slow_wanted && !own.fast {
                theirs.slow_wanted = true;
            }
        }
    }
    facts
}

/// Whether a graph gives nothing from the frame on at which its last envelope is over: what it gives is a product with one.
pub(super) fn ends_with_envelopes(graph: &Graph) -> bool {
    let mut nothing = vec![false; graph.nodes.len()];
    for (i, node) in graph.nodes.iter().enumerate() {
        let at = |input: usize| node.inputs.get(input).is_some_and(|input| nothing[*input as usize]);
        nothing[i] = match node.op {
            Op::Unit(unit, _) => match unit.kind {
                Kind::Env | Kind::Adsr => true,
                Kind::Pan => at(0),
                _ => false,
            },
            Op::Arithmetic(Arithmetic::Mul) => at(0) || at(1),
            Op::Arithmetic(Arithmetic::Add | Arithmetic::Sub) => at(0) && at(1),
            Op::Right => at(0),
            _ => false,
        };
    }
    [graph.left, graph.right].iter().all(|side| nothing[*side as usize])
}

/// For each low-pass, the one before it if they are equal and nobody else hears that: a steeper filter, whose
/// coefficients are computed once. Of three in series, the last two are no pair.
pub(super) fn find_twins(graph: &Graph) -> Vec<Option<usize>> {
    let mut readers = vec![0; graph.nodes.len()];
    let outputs = [graph.left, graph.right];
    for read in graph.nodes.iter().flat_map(|node| &node.inputs).chain(&outputs) {
        readers[*read as usize] += 1;
    }
    let mut twins: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let is_low = |node: &Node| matches!(node.op, Op::Unit(unit, _) if unit.kind == Kind::Lowpass);
    for (i, node) in graph.nodes.iter().enumerate() {
        let Some(before) = node.inputs.first().map(|input| *input as usize) else { continue };
        let other = &graph.nodes[before];
        let equal = is_low(node) && is_low(other) && node.inputs[1..] == other.inputs[1..];
        if equal && readers[before] == 1 && twins[before].is_none() {
            twins[i] = Some(before);
        }
    }
    twins
}
