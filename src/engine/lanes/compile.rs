//! From a graph to a program: which nodes are slow, which fast, which both; registers; room for state.
//!
//! A node is *slow* if nothing it depends on is sound. What an operation needs decides what it gets: a cutoff or a
//! frequency is read from slow registers; sound needs sound, and an envelope that multiplies sound runs fast.
//!
//! Invariant: the program's order is the graph's order, so a node is computed after what it reads.

use crate::base::graph::{Given, Graph, NodeId, Op};
use crate::base::unit::Kind;

use super::facts::{Facts, carries_sound, ends_with_envelopes, find_facts, find_twins, reads_each_frame};
use super::program::{Input, Line, MOST_INPUTS, Operation, Program, What};
use super::rows::BATCH;

/// Rows of state that an operation keeps, and frames of memory of its own (strings, rings).
fn needs(what: What, rate: f32, times: usize) -> (usize, usize) {
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
            kind if super::svf::answers(kind) => (2, 0),
            Kind::Ladder => (4, 0),
            Kind::Onepole => (1, 0),
            Kind::Formant => (6, 0),
            Kind::Comb => (2, super::strings::frames(rate)),
            Kind::Tanh | Kind::Fold | Kind::Clip => (super::shapes::states(times), 0),
            Kind::Coarse => (2, 0),
            _ => (0, 0),
        },
    }
}

/// Compiles a graph for `rate` frames a second, which bends sound at so many `times` the rate.
pub(in crate::engine) fn compile(graph: &Graph, rate: f32, times: usize) -> Program {
    let facts = find_facts(graph);
    Writer::new(graph, facts, (rate, times)).write()
}

struct Writer<'a> {
    graph: &'a Graph,
    facts: Vec<Facts>,
    program: Program,
    slow: Vec<Option<u16>>,
    fast: Vec<Option<u16>>,
    /// The last fast operation that reads a node.
    last_use: Vec<usize>,
    /// The low-pass before a low-pass that runs with it.
    twins: Vec<Option<usize>>,
    free: Vec<u16>,
}

impl<'a> Writer<'a> {
    fn new(graph: &'a Graph, facts: Vec<Facts>, (rate, times): (f32, usize)) -> Writer<'a> {
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
        let twins = find_twins(graph);
        for (i, twin) in twins.iter().enumerate() {
            if let Some(twin) = *twin {
                // What the first would read is read where the second stands.
                let read = graph.nodes[twin].inputs[0] as usize;
                last_use[read] = last_use[read].max(i);
            }
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
            heard: Vec::new(),
            lines: graph.lines.iter().map(|seconds| line(*seconds, rate)).collect(),
            batch: 1,
            loops: Vec::new(),
            left: Input::Slow(0),
            right: Input::Slow(0),
            stereo: graph.left != graph.right,
            defaults: graph.parameters.iter().map(|parameter| parameter.default).collect(),
            enveloped: !graph.endless,
            cut_off: ends_with_envelopes(graph),
            takes_velocity,
            glide: graph.glide.clamp(0.0, 60.0),
            patience: ((0.01 + longest) * rate) as u32,
            rate,
            times,
        };
        Writer {
            graph,
            facts,
            program,
            slow: vec![None; count],
            fast: vec![None; count],
            last_use,
            twins,
            free: Vec::new(),
        }
    }

    fn write(mut self) -> Program {
        for i in 0..self.graph.nodes.len() {
            let facts = self.facts[i];
            let node = &self.graph.nodes[i];
            let writes = matches!(node.op, Op::Write(_));
            if facts.slow_wanted && !facts.fast {
                self.write_slow(i);
            }
            if self.twins.contains(&Some(i)) {
                // Its twin runs it.
            } else if writes || (facts.fast_wanted && (facts.fast || facts.enveloped)) {
                self.write_fast(i);
            } else if facts.fast_wanted && self.slow[i].is_none() {
                self.write_slow(i);
            }
            // Registers whose last reader this was are free for the next.
            let mut inputs = node.inputs.clone();
            if let Some(twin) = self.twins[i] {
                inputs.extend(self.graph.nodes[twin].inputs.first().copied());
            }
            for input in inputs {
                let input = input as usize;
                if self.last_use[input] == i
                    && let Some(register) = self.fast[input]
                    && !self.free.contains(&register)
                    // What is heard from outside the list stays to its end.
                    && !self.program.heard.contains(&register)
                    && !matches!(self.graph.nodes[i].op, Op::Right | Op::Write(_))
                {
                    self.free.push(register);
                }
            }
        }
        self.program.left = self.output(self.graph.left);
        self.program.right = self.output(self.graph.right);
        self.find_loops();
        self.program.batch = if batches(&self.program) { BATCH } else { 1 };
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

    /// The place at which a slow operation finds what stood last in a fast register.
    fn heard(&mut self, register: u16) -> u16 {
        let heard = &mut self.program.heard;
        let at = heard.iter().position(|known| *known == register).unwrap_or_else(|| {
            heard.push(register);
            heard.len() - 1
        });
        at as u16
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
                (None, Some(register)) => Input::Fast(self.heard(register)),
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
        let Some((what, mut option)) = Self::what(&node.op) else { return };
        // Two in series differ in what they are fed only.
        let mut reads = node.inputs.clone();
        if let Some(twin) = self.twins[i] {
            option = super::svf::TWICE;
            reads[0] = self.graph.nodes[twin].inputs[0];
        }
        let mut inputs = [Input::Slow(0); MOST_INPUTS];
        for (at, (input, from)) in inputs.iter_mut().zip(&reads).enumerate() {
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
        let (mut states, memory) = needs(what, self.program.rate, self.program.times);
        if what == What::Unit(Kind::Supersaw) {
            states = super::saws::MOST_SAWS;
        }
        if what == What::Unit(Kind::Lowpass) && option == super::svf::TWICE {
            states *= 2;
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

/// Whether the fast list may run operation by operation over several ticks.
fn batches(program: &Program) -> bool {
    let follows = |operation: &Operation| match operation.what {
        What::Given(given) => !matches!(given, Given::InLeft | Given::InRight),
        What::Parameter(_) => true,
        _ => false,
    };
    let rings = !program.memories.is_empty() || !program.lines.is_empty();
    !rings && program.heard.is_empty() && !program.fast.iter().any(follows)
}

fn line(seconds: f32, rate: f32) -> Line {
    let frames = (seconds.clamp(0.0, crate::base::graph::LONGEST_DELAY) * rate) as usize;
    Line { frames: (frames + 64).next_power_of_two(), loops: false }
}
