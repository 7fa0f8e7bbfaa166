//! A synth or an effect as data: what the checker makes of its text, and what the engine compiles to a program.
//!
//! Every node is mono; what is stereo in the text is two nodes. Constants are folded and equal nodes are one before a
//! graph gets here.
//!
//! Invariant: a node reads only nodes before it. The one way back is a delay line: its `Read` may stand before its
//! `Write`, and what is read is at least one frame old.

use std::sync::Arc;

use smallvec::SmallVec;

use super::control::Dimension;
use super::random;
use super::unit::Unit;

/// The index of a node.
pub type NodeId = u32;

/// The most nodes that a graph may have, after unisons were written out.
pub const MOST_NODES: usize = 1024;
/// The most parameters: their values travel with each note.
pub const MOST_PARAMETERS: usize = 24;
/// The longest delay line, seconds.
pub const LONGEST_DELAY: f32 = 10.0;

/// How often a value can change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Rate {
    /// Never.
    Constant,
    /// At note-on, at note-off and with `.live`: smoothed by the engine.
    Event,
    /// Slowly: computed each 16 frames and ramped between (envelopes, slow oscillators, what depends on them).
    Block,
    /// Each frame.
    Audio,
}

/// What the note or the strip gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Given {
    /// The frequency in Hz, after glide and bend.
    Freq,
    /// The MIDI note number, fractional, after glide and bend.
    Note,
    /// 1 from note-on to note-off, then 0.
    Gate,
    /// The accent, 0 to 1 and above.
    Velocity,
    /// The length of the note in seconds, as it is known at the onset.
    Dur,
    /// Seconds of one beat at the onset (`1 beat` in a synth, an lfo in beats).
    Beat,
    /// The left side of what an effect is fed.
    InLeft,
    /// The right side.
    InRight,
}

/// Arithmetic of signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Arithmetic {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient; a divisor nearer to 0 than 1e-9 counts as 1e-9 with its sign.
    Div,
    /// Remainder with the sign of the divisor; by 0 it is 0.
    Rem,
}

/// What a node does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Op {
    /// A number.
    Constant(f32),
    /// What the note or the strip gives.
    Given(Given),
    /// The value of a parameter, by its index.
    Parameter(u16),
    /// Two inputs.
    Arithmetic(Arithmetic),
    /// A unit; all its inputs but words are wired, in the table's order, defaults as constants. `option` is what the inputs
    /// cannot say: the shape of an lfo (index into [`SHAPES`]), the file of a wavetable (index into [`Graph::files`]), the
    /// seed of a noise (of each `white`, `pink`, `brown`, `dust`, `pluck`, `supersaw`, and of an lfo by chance, whose option is
    /// its shape and 256 times its seed).
    Unit(&'static Unit, u16),
    /// The right side of the two-channel unit before it, its one input.
    Right,
    /// What stands in a delay line so many seconds back: its one input. The line's index.
    Read(u16),
    /// Puts its one input into a delay line, and passes it on.
    Write(u16),
}

/// The shapes of an lfo, as [`Op::Unit`]'s option counts them.
pub const SHAPES: &[&str] = &["sine", "triangle", "saw", "ramp", "square", "random", "smooth"];

/// A node.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// What it reads.
    pub inputs: SmallVec<[NodeId; 4]>,
    /// How often its value changes.
    pub rate: Rate,
}

/// A parameter: a control of the synth, or of the insert that an effect is.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// The dimension of its default.
    pub dimension: Dimension,
    /// In its base unit.
    pub default: f32,
}

/// A synth or an effect.
#[derive(Clone, PartialEq, Debug)]
pub struct Graph {
    /// Its name.
    pub name: Arc<str>,
    /// In an order in which each comes after what it reads.
    pub nodes: Vec<Node>,
    /// What leaves it on the left.
    pub left: NodeId,
    /// What leaves it on the right; the same node where it is mono.
    pub right: NodeId,
    /// In the order of the text. Parameter `i` of a note is slot [`super::control::slot::COUNT`]` + i`.
    pub parameters: Vec<Parameter>,
    /// The longest time of each delay line, seconds.
    pub lines: Vec<f32>,
    /// The wavetables that it reads, as the text names them.
    pub files: Vec<Arc<str>>,
    /// How many voices sound at once at most; 1 is mono, legato where notes touch.
    pub voices: u16,
    /// Seconds from one pitch to the next, where notes touch (or always, in mono).
    pub glide: f32,
    /// Nothing in the graph falls silent at note-off, so the engine fades the voice with the chain's release.
    pub endless: bool,
}

/// The name of the parameter that carries the length of a beat into an insert; nobody can write it.
pub const BEAT: &str = "1 beat";

impl Graph {
    /// The same as an insert, which has no onset: where it asks for the length of a beat, that is a parameter more, the
    /// last, a span. The sequencer moves it with tempo and meter.
    pub fn as_insert(mut self: Arc<Graph>) -> Arc<Graph> {
        let asks = |node: &Node| node.op == Op::Given(Given::Beat);
        if !self.nodes.iter().any(asks) {
            return self;
        }
        let graph = Arc::make_mut(&mut self);
        let index = graph.parameters.len() as u16;
        graph.parameters.push(Parameter { name: BEAT.into(), dimension: Dimension::Span, default: 0.25 });
        for node in graph.nodes.iter_mut().filter(|node| asks(node)) {
            node.op = Op::Parameter(index);
        }
        self
    }

    /// A hash of all that it does (its name aside): an edited synth is another program.
    pub fn digest(&self) -> u64 {
        let mut digest = 0;
        let mut add = |value: u64| digest = random::join(digest, value);
        for node in &self.nodes {
            match node.op {
                Op::Constant(value) => add(u64::from(value.to_bits())),
                Op::Given(given) => add(0x100 + given as u64),
                Op::Parameter(index) => add(0x200 + u64::from(index)),
                Op::Arithmetic(op) => add(0x300 + op as u64),
                Op::Unit(unit, option) => add(0x1_0000_0000 + ((unit.kind as u64) << 16) + u64::from(option)),
                Op::Right => add(0x400),
                Op::Read(line) => add(0x500 + u64::from(line)),
                Op::Write(line) => add(0x600 + u64::from(line)),
            }
            add(node.inputs.len() as u64);
            node.inputs.iter().for_each(|input| add(u64::from(*input)));
        }
        for parameter in &self.parameters {
            add(random::name(&parameter.name));
            add(u64::from(parameter.default.to_bits()));
        }
        self.lines.iter().for_each(|line| add(u64::from(line.to_bits())));
        self.files.iter().for_each(|file| add(random::name(file)));
        for value in [self.left, self.right, u32::from(self.voices), self.glide.to_bits()] {
            add(u64::from(value));
        }
        digest
    }
}
