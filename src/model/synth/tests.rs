//! Texts of synths and what comes of them, through the whole checker.

use std::fmt::Write as _;

use crate::base::catalog::Catalog;
use crate::base::control::Dimension;
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::{Arithmetic, Given, Graph, Op, Rate};
use crate::base::source::{FileId, Source};
use crate::base::unit::{self, Kind};
use crate::model::build;
use crate::model::known::Known;
use crate::model::piece::Piece;

fn piece(text: &str) -> (Piece, Vec<Diagnostic>) {
    let source = Source::new(FileId(0), "piece.talea", text);
    let (file, mut said) = crate::lang::parse(&source);
    let (piece, more) = build::build(&[(source, file)], &Catalog::default(), None, 1, &mut Known::default());
    said.extend(more);
    (piece, said)
}

/// The graph of a synth with this body, which must be without fault.
fn body(body: &str) -> Graph {
    let (piece, said) = piece(&format!("synth x(cutoff: 400Hz, amount: 0.5, time: 2s) {{\n{body}\n}}"));
    assert!(said.is_empty(), "{body}: {said:?}");
    (**piece.synths[0].graph.as_ref().unwrap()).clone()
}

fn of(graph: &Graph, kind: Kind) -> usize {
    graph.nodes.iter().filter(|node| matches!(node.op, Op::Unit(unit, _) if unit.kind == kind)).count()
}

/// The codes of what is said of a synth with this body.
fn said(body: &str) -> Vec<&'static str> {
    let (_, said) = piece(&format!("synth x(cutoff: 400Hz) {{\n{body}\n}}"));
    said.iter().map(|said| said.code).collect()
}

fn constant(graph: &Graph, value: f32) -> bool {
    graph
        .nodes
        .iter()
        .any(|node| matches!(node.op, Op::Constant(number) if (number - value).abs() < 1e-3 * value.abs()))
}

#[test]
fn every_unit_of_the_table_builds_its_example() {
    for unit in unit::all() {
        let graph = body(unit.example);
        assert!(!graph.nodes.is_empty(), "{}", unit.name);
        for (at, node) in graph.nodes.iter().enumerate() {
            assert!(node.inputs.iter().all(|input| (*input as usize) < at), "{} reads forward", unit.name);
            let lower = node.inputs.iter().all(|input| graph.nodes[*input as usize].rate <= node.rate);
            assert!(lower, "{}: a node is slower than its inputs", unit.name);
            if let Op::Unit(unit, _) = node.op {
                let wired = unit.inputs.iter().filter(|input| input.dimension != Dimension::Word).count();
                assert_eq!(node.inputs.len(), wired, "{}", unit.name);
            }
        }
    }
}

#[test]
fn the_acid_of_the_reference_has_its_parameters_voices_and_glide() {
    let (piece, said) = piece(
        "synth acid(cutoff: 400Hz, res: 0.7) {\n  voices 1, glide 40ms\n  o = saw(freq) + square(freq / 2) * 0.4\n\
         e = env(attack: 1ms, decay: 180ms)\n  ladder(o, cutoff + e * 3kHz, res) * adsr(2ms, 120ms, 0.4, 60ms)\n}",
    );
    assert!(said.is_empty(), "{said:?}");
    let graph = piece.synths[0].graph.clone().unwrap();
    assert_eq!((graph.voices, graph.glide), (1, 0.04));
    let parameters: Vec<_> = graph.parameters.iter().map(|p| (&*p.name, p.dimension, p.default)).collect();
    assert_eq!(parameters, [("cutoff", Dimension::Frequency, 400.0), ("res", Dimension::Number, 0.7)]);
    assert_eq!((of(&graph, Kind::Saw), of(&graph, Kind::Ladder), of(&graph, Kind::Adsr)), (1, 1, 1));
    assert!(!graph.endless && graph.left == graph.right);
}

#[test]
fn constants_are_folded_and_equal_parts_are_one() {
    let graph = body("saw(freq * 2 * 3 * (1 + 1)) + saw(freq * 2 * 3 * (4 - 2))");
    assert_eq!(of(&graph, Kind::Saw), 1);
    let graph = body("lowpass(white, 100Hz * exp2(3)) * adsr()");
    assert!(constant(&graph, 800.0) && of(&graph, Kind::Exp2) == 0);
    assert_eq!(of(&body("(white + white) * adsr()"), Kind::White), 2, "each noise is its own");
    let graph = body("n = white\n(n + n) * adsr()");
    assert_eq!(of(&graph, Kind::White), 1, "a line is one signal");
}

#[test]
fn an_interval_moves_a_frequency_and_a_beat_is_as_long_as_the_tempo_says() {
    let graph = body("saw(freq + 12st) * adsr()");
    assert!(constant(&graph, 2.0));
    let graph = body("saw(440Hz - 12st) * adsr()");
    assert!(constant(&graph, 220.0));
    let graph = body("saw(freq) * lfo(2 beats) * adsr()");
    assert!(graph.nodes.iter().any(|node| node.op == Op::Given(Given::Beat)));
}

#[test]
fn what_is_slow_is_computed_slowly() {
    let rate = |text: &str| {
        let graph = body(text);
        graph.nodes[graph.left as usize].rate
    };
    assert_eq!(rate("sine(0.2Hz)"), Rate::Block);
    assert_eq!(rate("sine(freq)"), Rate::Audio);
    assert_eq!(rate("adsr() * velocity"), Rate::Block);
}

#[test]
fn a_unison_is_written_out_with_its_own_frequencies_left_and_right() {
    let graph = body("o = saw(freq) + square(freq / 2)\nunison(o, 5, 14ct, 1) * adsr()");
    assert_eq!((of(&graph, Kind::Saw), of(&graph, Kind::Square)), (5, 5));
    assert_ne!(graph.left, graph.right);
    assert_eq!(of(&graph, Kind::Adsr), 1);
}

#[test]
fn a_delay_closes_a_loop_and_nothing_else_does() {
    let graph = body("y = saw(freq) * env() + delay(y, 100ms) * 0.5\ny * adsr()");
    assert_eq!(graph.lines, [0.1, 0.1]);
    let writes = graph.nodes.iter().filter(|node| matches!(node.op, Op::Write(_))).count();
    assert_eq!(writes, 2);
    assert_eq!(said("y = saw(freq) + y * 0.5\ny * adsr()"), ["loop-without-delay"]);
    assert_eq!(said("a = b + saw(freq)\nb = a * 0.5\nb * adsr()"), ["loop-without-delay"]);
}

#[test]
fn a_synth_without_an_envelope_is_faded_by_the_engine() {
    assert!(body("saw(freq)").endless);
    assert!(body("up = line(0, 1, dur)\nwhite * up").endless);
    assert!(!body("white * line(1, 0, 300ms)").endless);
    assert!(!body("white * segments([0, 1, 0.2, 0], [5ms, 60ms, 1s])").endless);
    assert!(!body("lowpass(saw(freq) * adsr(), 800Hz)").endless);
    assert!(body("saw(freq) * adsr() + white * 0.1").endless);
}

#[test]
fn kinds_of_quantities_are_held_apart() {
    assert_eq!(said("saw(400Hz + 2s) * adsr()"), ["kinds-differ"]);
    assert_eq!(said("saw(freq) * adsr(cutoff)"), ["wrong-kind"]);
    assert_eq!(said("freq"), ["synth-without-sound"]);
    assert_eq!(said("0.5"), ["synth-without-sound"]);
    assert_eq!(said("saw(freq) / 0 * adsr()"), ["division-by-zero"]);
    assert_eq!(said("ladder(saw(freq), 400Hz, 7) * adsr()"), ["out-of-range"]);
    assert!(said("delay(saw(freq), 1 / freq) * adsr()").is_empty());
    assert!(said("lowpass(saw(freq), min(cutoff + env() * 3kHz, 18kHz)) * adsr()").is_empty());
}

#[test]
fn what_belongs_elsewhere_says_where() {
    assert_eq!(said("o = saw('a4')\no * adsr()"), ["text-in-synth"]);
    assert_eq!(said("o = saw(freq).every(4, rev)\no * adsr()"), ["pattern-in-synth"]);
    assert_eq!(said("sine(freq) * eq(100Hz)"), ["unknown-signal"]);
    assert_eq!(said("swa(freq) * adsr()"), ["unknown-signal"]);
    assert_eq!(said("saw(freq, widht: 3) * adsr()"), ["unknown-parameter"]);
    assert_eq!(said("saw() * adsr()"), ["missing-argument"]);
    assert_eq!(said("pulse(freq, 0.5, 0, 0, 0Hz, 1) * adsr()"), ["surplus-argument"]);
    assert_eq!(said("supersaw(freq, voices: 5 + lfo(1Hz)) * adsr()"), ["fixed-slot"]);
    assert_eq!(said("o = saw(freq) * adsr()"), ["synth-without-sound"]);
    assert_eq!(said("saw(freq)\nsaw(freq) * adsr()"), ["stray-signal"]);
    assert_eq!(said("voices 1, glide 2Hz\nsaw(freq) * adsr()"), ["wrong-unit"]);
}

#[test]
fn an_effect_serves_in_synths_and_wants_its_in() {
    let (piece, said) = piece(
        "effect dirt(drive: 6dB) { tanh(in * drive) / drive }\nsynth x { dirt(saw(freq), drive: 12dB) * adsr() }",
    );
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(piece.effects[0].graph.as_ref().unwrap().parameters[0].dimension, Dimension::Factor);
    assert!(constant(piece.synths[0].graph.as_ref().unwrap(), 3.981));
    let codes = |text: &str| super::tests::piece(text).1.iter().map(|said| said.code).collect::<Vec<_>>();
    assert_eq!(codes("effect dirt { white }"), ["effect-without-in"]);
    assert_eq!(codes("effect a { b(in) }\neffect b { a(in) }"), ["circle", "circle"]);
    assert_eq!(codes("effect a { in * velocity }"), ["unknown-signal"]);
}

#[test]
fn no_text_makes_a_graph_without_bounds() {
    let nested = "unison(".repeat(6) + "saw(freq)" + &", 16)".repeat(6);
    assert_eq!(said(&format!("{nested} * adsr()")), ["graph-too-large"]);
    let mut lines = String::from("a0 = saw(freq)\n");
    for at in 1..40 {
        let _ = writeln!(lines, "a{at} = a{} + a{} * 0.5", at - 1, at - 1);
    }
    assert!(said(&format!("{lines}a39 * adsr()")).is_empty(), "what is used twice is read once");
    assert_eq!(said("delay(saw(freq), 6s) * adsr()"), ["graph-too-large"]);
}

#[test]
fn another_text_is_another_program_and_another_name_is_not() {
    let digest = |text: &str| body(text).digest();
    assert_eq!(digest("saw(freq) * adsr()"), digest("o = saw(freq)\no * adsr()"));
    assert_ne!(digest("saw(freq) * adsr()"), digest("saw(freq) * adsr(3ms)"));
    let ops = body("saw(freq) * 2 * adsr()").nodes;
    assert!(ops.iter().any(|node| node.op == Op::Arithmetic(Arithmetic::Mul)));
}
