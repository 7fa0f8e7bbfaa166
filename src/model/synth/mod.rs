//! Synths and effects: from the text of `synth name(parameters) { … }` to a checked graph.
//!
//! Invariant: a graph that leaves here is whole (see [`crate::base::graph`]); of a text with an error nothing leaves.

mod call;
mod evaluate;
mod faults;
mod fold;
mod nodes;
mod silence;
#[cfg(test)]
mod tests;
pub(in crate::model) mod text;
mod value;
mod written;

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use self::evaluate::{Drawing, Frame};
use self::text::Text;
use self::value::{Kind, Value};
use super::plain::Pace;
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::{Given, Graph, MOST_NODES, Op, Rate};

/// The most seconds of delay that the lines of one voice, or of one effect, may hold together.
const MOST_DELAY: [f32; 2] = [4.0, 60.0];

/// What surrounds a synth.
pub(super) struct Around<'a> {
    /// The effects of the piece by name.
    pub effects: &'a HashMap<String, Text<'a>>,
    /// Whether a name is a track or a definition of the piece.
    pub outside: &'a dyn Fn(&str) -> bool,
    /// For bars and beats.
    pub pace: Pace,
    /// Where relative paths start.
    pub folder: &'a Path,
}

/// The graph of a text; `None` where it has an error. All that is to be said is added to `said`.
pub(super) fn graph<'a>(text: &Text<'a>, around: &Around<'a>, said: &mut Vec<Diagnostic>) -> Option<Graph> {
    let mut drawing = Drawing::new(around.effects, around.outside, around.pace, around.folder);
    let frame = first_frame(text, &mut drawing);
    drawing.frames.push(frame);
    if text.effect {
        drawing.inside.push(text.name.text.clone());
    }
    for line in &text.order {
        drawing.line(0, line, text.name.place);
    }
    let output = text.output.and_then(|output| Some((drawing.value(0, output)?, output.place)));
    drawing.close_loops();
    let wrong = text.wrong || drawing.said.iter().any(Diagnostic::is_error);
    if drawing.nodes.overflow && !drawing.said.iter().any(|said| said.code == "graph-too-large") {
        drawing.said.push(faults::too_large(text.name.place, &format!("it comes to more than {MOST_NODES} units")));
    }
    said.append(&mut drawing.said);
    let (value, place) = output?;
    if wrong || drawing.nodes.overflow {
        return None;
    }
    let graph = finished(text, drawing, value);
    let error = if value.kind != Kind::Number {
        faults::no_sound(place, value.kind)
    } else if [graph.left, graph.right].iter().all(|node| graph.nodes[*node as usize].rate <= Rate::Event) {
        faults::no_sound(place, Kind::Number)
    } else if text.effect
        && !graph.nodes.iter().any(|node| matches!(node.op, Op::Given(Given::InLeft | Given::InRight)))
    {
        Diagnostic::error("effect-without-in", place, "an effect does something to `in`, and this one does not")
            .help("tanh(in * 2)")
    } else if graph.nodes.len() > MOST_NODES {
        faults::too_large(text.name.place, &format!("it has {} units; {MOST_NODES} is the most", graph.nodes.len()))
    } else {
        let most = MOST_DELAY[usize::from(text.effect)];
        let seconds: f32 = graph.lines.iter().sum();
        if seconds <= most {
            return Some(graph);
        }
        faults::too_large(text.name.place, &format!("its delays hold {seconds} s; {most} s is the most"))
    };
    said.push(error);
    None
}

/// The reading of the text itself.
fn first_frame<'a>(text: &Text<'a>, drawing: &mut Drawing<'a>) -> Frame<'a> {
    let nodes = &mut drawing.nodes;
    let bound = text.parameters.iter().enumerate().map(|(index, parameter)| {
        let node = nodes.add(Op::Parameter(index as u16), &[]);
        (parameter.name.clone(), Value::mono(node, Kind::of(parameter.dimension)))
    });
    let bound = bound.collect();
    let input = text.effect.then(|| Value {
        left: nodes.given(Given::InLeft),
        right: nodes.given(Given::InRight),
        kind: Kind::Number,
    });
    let [freq, note] =
        if text.effect { [nodes.constant(0.0); 2] } else { [Given::Freq, Given::Note].map(|given| nodes.given(given)) };
    Frame {
        effect: text.effect,
        lines: Rc::clone(&text.lines),
        bound,
        known: HashMap::new(),
        input,
        freq,
        note,
        phase: 0.0,
    }
}

/// Only what sounds, in its final form.
fn finished(text: &Text<'_>, drawing: Drawing<'_>, output: Value) -> Graph {
    let count = drawing.lines.len();
    let (nodes, [left, right], renamed) = drawing.nodes.pruned([output.left, output.right], count);
    let lines = drawing.lines.iter().zip(&renamed).filter(|(_, new)| new.is_some()).map(|(seconds, _)| *seconds);
    Graph {
        name: text.name.text.as_str().into(),
        endless: !text.effect && !silence::falls_silent(&nodes, [left, right]),
        left,
        right,
        parameters: text.parameters.clone(),
        lines: lines.collect(),
        files: drawing.files,
        voices: if text.effect { 1 } else { text.voices },
        glide: text.glide,
        nodes,
    }
}
