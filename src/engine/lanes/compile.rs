//! From a graph to a program: which nodes are slow, which fast, which both; registers; room for state.
//!
//! A node is *slow* if nothing it depends on is sound. What an operation needs decides what it gets: a cutoff or a
//! frequency is read from slow registers; sound needs sound, and an envelope that multiplies sound runs fast.
//!
//! Invariant: the program's order is the graph's order, so a node is computed after what it reads.

use crate::base::graph::{Given, Graph, NodeId, Op};
use crate::base::unit::Kind;

use super::program::{Input, Line, MOST_INPUTS, Operation, Program, What};

/// Rows of state that an operation keeps, and frames of memory of its own (strings, rings).
fn needs(what: What, rate: f32) -> (usize, usize) {
    match what {
        What::Given(Given::Freq | Given::Note) => (0, 0),
        What::Given(_) | What::Arithmetic(_) | What::Write(_) => (0, 0),
        What::Parameter(_) => (4, 0),
        What::Read(_) => (1, 0),
        What::Unit(kind) => match kind {
            Kind::Sine => (2, 0),
            Kind::Saw | Kind::Triangle | Kind::Square | Kind::Pulse => (4, 0),
            Kind::Wavetable => (1, 0),
            Kind::Supersaw => (17, 0),
            Kind::Sync => (4, super::sync::TAPS * 2),
            Kind::Pluck => (8, super::strings::frames(rate)),
            Kind::White => (1, 0),
            Kind::Pink => (13, 0),
            Kind::Brown => (3, 0),
            Kind::Dust => (1, 0),
            Kind::Lfo => (6, 0),
            Kind::Hold => (2, 0),
            Kind::Line => (1, 0),
            Kind::Env | Kind::Adsr => (super::envelopes::STATES, 0),
            Kind::Lowpass
            | Kind::Highpass
            | Kind::Bandpass
            | Kind::Notch
            | Kind::Peak
            | Kind::Lowshelf
            | Kind::Highshelf
            | Kind::Allpass => (2, 0),
            Kind::Ladder => (4, 0),
            Kind::Onepole => (1, 0),
            Kind::Formant => (6, 0),
            Kind::Comb => (2, super::strings::frames(rate)),
            Kind::Tanh | Kind::Fold | Kind::Clip => (super::shapes::STATES, 0),
            Kind::Coarse => (2, 0),
            _ => (0, 0),
        },
    }
}

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
fn reads_each_frame(kind: Kind, at: usize) -> bool {
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
fn carries_sound(op: &Op, at: usize) -> bool {
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
struct Facts {
    /// Depends on sound.
    fast: bool,
    /// Depends on an envelope, by arithmetic alone.
    enveloped: bool,
    /// Moves only with the note.
    event: bool,
    /// Somebody needs where it starts and ends.
    slow_wanted: bool,
    /// Somebody needs it frame by frame.
    fast_wanted: bool,
}

/// Compiles a graph for `rate` frames a second.
pub(in crate::engine) fn compile(graph: &Graph, rate: f32) -> Program {
    let facts = find_facts(graph);
    Writer::new(graph, facts, rate).write()
}

fn find_facts(graph: &Graph) -> Vec<Facts> {
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

struct Writer<'a> {
    graph: &'a Graph,
    facts: Vec<Facts>,
    program: Program,
    slow: Vec<Option<u16>>,
    fast: Vec<Option<u16>>,
    /// The last fast operation that reads a node.
    last_use: Vec<usize>,
    free: Vec<u16>,
}

impl<'a> Writer<'a> {
    fn new(graph: &'a Graph, facts: Vec<Facts>, rate: f32) -> Writer<'a> {
        let count = graph.nodes.len();
        let mut last_use = vec![0; count];
        for (i, node) in graph.nodes.iter().enumerate() {
            for input in &node.inputs {
                last_use[*input as usize] = last_use[*input as usize].max(i);
                // A slow operation reads what sound was when the last piece ended.
                if !facts[i].fast && facts[*input as usize].fast {
                    last_use[*input as usize] = usize::MAX;
                }
            }
            // The right side of a unit lives as long as its left's register might be wanted.
            if matches!(node.op, Op::Right)
                && let Some(unit) = node.inputs.first()
            {
                last_use[*unit as usize] = last_use[*unit as usize].max(i);
            }
        }
        for side in [graph.left, graph.right] {
            last_use[side as usize] = usize::MAX;
        }
        let longest = graph.lines.iter().copied().fold(0.0f32, f32::max).clamp(0.0, 10.0);
        let takes_velocity = graph.nodes.iter().any(|node| node.op == Op::Given(Given::Velocity));
        let program = Program {
            event: Vec::new(),
            slow: Vec::new(),
            fast: Vec::new(),
            constants: Vec::new(),
            registers: 0,
            states: 0,
            memories: Vec::new(),
            lines: graph.lines.iter().map(|seconds| line(*seconds, rate)).collect(),
            loops: Vec::new(),
            left: Input::Slow(0),
            right: Input::Slow(0),
            stereo: graph.left != graph.right,
            defaults: graph.parameters.iter().map(|parameter| parameter.default).collect(),
            enveloped: !graph.endless,
            takes_velocity,
            glide: graph.glide.clamp(0.0, 60.0),
            patience: ((0.01 + longest) * rate) as u32,
            rate,
        };
        Writer { graph, facts, program, slow: vec![None; count], fast: vec![None; count], last_use, free: Vec::new() }
    }

    fn write(mut self) -> Program {
        for i in 0..self.graph.nodes.len() {
            let facts = self.facts[i];
            let node = &self.graph.nodes[i];
            let writes = matches!(node.op, Op::Write(_));
            if facts.slow_wanted && !facts.fast {
                self.write_slow(i);
            }
            if writes || (facts.fast_wanted && (facts.fast || facts.enveloped)) {
                self.write_fast(i);
            } else if facts.fast_wanted && self.slow[i].is_none() {
                self.write_slow(i);
            }
            // Registers whose last reader this was are free for the next.
            let inputs = node.inputs.clone();
            for input in inputs {
                let input = input as usize;
                if self.last_use[input] == i
                    && let Some(register) = self.fast[input]
                    && !self.free.contains(&register)
                    && !matches!(self.graph.nodes[i].op, Op::Right | Op::Write(_))
                {
                    self.free.push(register);
                }
            }
        }
        self.program.left = self.output(self.graph.left);
        self.program.right = self.output(self.graph.right);
        self.find_loops();
        self.program
    }

    fn output(&mut self, node: NodeId) -> Input {
        let node = node as usize;
        match (self.fast[node], self.slow[node]) {
            (Some(register), _) => Input::Fast(register),
            (None, Some(register)) => Input::Slow(register),
            (None, None) => Input::Slow(self.constant(0.0)),
        }
    }

    fn constant(&mut self, value: f32) -> u16 {
        let value = if value.is_finite() { value } else { 0.0 };
        self.program.constants.push(value);
        (self.program.constants.len() - 1) as u16
    }

    fn what(op: &Op) -> Option<(What, u16)> {
        Some(match *op {
            Op::Constant(_) | Op::Right => return None,
            Op::Given(given) => (What::Given(given), 0),
            Op::Parameter(index) => (What::Parameter(index), 0),
            Op::Arithmetic(op) => (What::Arithmetic(op), 0),
            Op::Unit(unit, option) => (What::Unit(unit.kind), option),
            Op::Read(line) => (What::Read(line), 0),
            Op::Write(line) => (What::Write(line), 0),
        })
    }

    fn write_slow(&mut self, i: usize) {
        if self.slow[i].is_some() {
            return;
        }
        let node = &self.graph.nodes[i];
        if let Op::Constant(value) = node.op {
            self.slow[i] = Some(self.constant(value));
            return;
        }
        let Some((what, option)) = Self::what(&node.op) else { return };
        let to = self.constant(0.0);
        let mut inputs = [Input::Slow(0); MOST_INPUTS];
        for (input, from) in inputs.iter_mut().zip(&node.inputs) {
            let from = *from as usize;
            *input = match (self.slow[from], self.fast[from]) {
                (Some(register), _) => Input::Slow(register),
                (None, Some(register)) => Input::Fast(register),
                (None, None) => Input::Slow(self.constant(0.0)),
            };
        }
        let operation = self.operation(what, option, inputs, to);
        self.slow[i] = Some(to);
        if self.facts[i].event {
            self.program.event.push(operation);
        } else {
            self.program.slow.push(operation);
        }
    }

    fn write_fast(&mut self, i: usize) {
        let node = &self.graph.nodes[i];
        if let Op::Right = node.op {
            // The unit before it has written it already.
            let unit = node.inputs.first().map_or(0, |input| *input as usize);
            let right = self
                .program
                .fast
                .iter()
                .rev()
                .find(|operation| Some(operation.to) == self.fast[unit])
                .map(|operation| operation.right);
            self.fast[i] = right;
            return;
        }
        let Some((what, option)) = Self::what(&node.op) else { return };
        let mut inputs = [Input::Slow(0); MOST_INPUTS];
        for (at, (input, from)) in inputs.iter_mut().zip(&node.inputs).enumerate() {
            let from = *from as usize;
            let prefers_fast = match &node.op {
                Op::Unit(unit, _) => {
                    carries_sound(&node.op, at) || (self.facts[from].fast && reads_each_frame(unit.kind, at))
                }
                _ => true,
            };
            *input = match (self.slow[from], self.fast[from]) {
                (_, Some(register)) if prefers_fast => Input::Fast(register),
                (Some(register), _) => Input::Slow(register),
                (None, Some(register)) => Input::Fast(register),
                (None, None) => Input::Slow(self.constant(0.0)),
            };
        }
        let to = self.register();
        let mut operation = self.operation(what, option, inputs, to);
        let stereo = matches!(what, What::Unit(Kind::Supersaw | Kind::Pan));
        if stereo {
            // Nobody else writes there, for the right side may be read at any time after.
            self.program.registers += 1;
            operation.right = (self.program.registers - 1) as u16;
        }
        self.fast[i] = Some(to);
        self.program.fast.push(operation);
    }

    fn register(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| {
            self.program.registers += 1;
            (self.program.registers - 1) as u16
        })
    }

    fn operation(&mut self, what: What, option: u16, inputs: [Input; MOST_INPUTS], to: u16) -> Operation {
        let (mut states, memory) = needs(what, self.program.rate);
        if what == What::Unit(Kind::Supersaw) {
            states = super::oscillators::MOST_SAWS;
        }
        let state = self.program.states as u32;
        self.program.states += states;
        let index = self.program.memories.len() as u16;
        if memory > 0 {
            self.program.memories.push(memory);
        }
        Operation { what, inputs, to, right: to, state, memory: index, option }
    }

    /// Which lines close loops, and how short their loops may be.
    fn find_loops(&mut self) {
        let mut written = vec![false; self.program.lines.len()];
        for operation in &self.program.fast {
            match operation.what {
                What::Write(line) => {
                    if let Some(written) = written.get_mut(usize::from(line)) {
                        *written = true;
                    }
                }
                What::Read(at) if written.get(usize::from(at)) == Some(&false) => {
                    if let Some(line) = self.program.lines.get_mut(usize::from(at)) {
                        line.loops = true;
                    }
                    self.program.loops.push(operation.inputs[0]);
                }
                _ => {}
            }
        }
    }
}

fn line(seconds: f32, rate: f32) -> Line {
    let frames = (seconds.clamp(0.0, crate::base::graph::LONGEST_DELAY) * rate) as usize;
    Line { frames: (frames + 64).next_power_of_two(), loops: false }
}
