//! Graphs drawn by hand, through the ensemble: sound, bounds, and that no cut of blocks changes a bit.

mod cuts;

use std::sync::Arc;

use smallvec::SmallVec;

use super::compile::compile;
use super::ensemble::{Ensemble, Onset};
use super::program::{Operation, What};
use crate::base::control::Dimension;
use crate::base::graph::{Arithmetic, Given, Graph, Node, NodeId, Op, Parameter, Rate};
use crate::base::unit::{self, Kind};
use crate::dsp::BLOCK;
use crate::dsp::lanes::{Instructions, with_instructions};
use crate::dsp::testing::{db, rms, spectrum};

/// A graph while it is drawn.
#[derive(Default)]
struct Draw {
    nodes: Vec<Node>,
    lines: Vec<f32>,
    parameters: Vec<Parameter>,
}

impl Draw {
    fn add(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        self.nodes.push(Node { op, inputs: SmallVec::from_slice(inputs), rate: Rate::Audio });
        (self.nodes.len() - 1) as NodeId
    }

    fn number(&mut self, x: f32) -> NodeId {
        self.add(Op::Constant(x), &[])
    }

    fn freq(&mut self) -> NodeId {
        self.add(Op::Given(Given::Freq), &[])
    }

    fn parameter(&mut self, default: f32) -> NodeId {
        let name = format!("p{}", self.parameters.len()).into();
        self.parameters.push(Parameter { name, dimension: Dimension::Number, default });
        self.add(Op::Parameter(self.parameters.len() as u16 - 1), &[])
    }

    /// A unit with its first inputs given, the others by default.
    fn unit(&mut self, kind: Kind, inputs: &[NodeId]) -> NodeId {
        let unit = unit::of(kind);
        let mut all: Vec<NodeId> = inputs.to_vec();
        let signals = unit.inputs.iter().filter(|input| input.dimension != Dimension::Word);
        let defaults: Vec<f32> = signals.skip(all.len()).map(|input| input.default.unwrap_or(0.0)).collect();
        for default in defaults {
            all.push(self.number(default));
        }
        self.add(Op::Unit(unit, 0), &all)
    }

    fn times(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.add(Op::Arithmetic(Arithmetic::Mul), &[a, b])
    }

    fn plus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.add(Op::Arithmetic(Arithmetic::Add), &[a, b])
    }

    fn adsr(&mut self, times: [f32; 4]) -> NodeId {
        let inputs = times.map(|time| self.number(time));
        self.unit(Kind::Adsr, &inputs)
    }

    fn graph(self, out: NodeId) -> Graph {
        Graph {
            name: "test".into(),
            nodes: self.nodes,
            left: out,
            right: out,
            parameters: self.parameters,
            lines: self.lines,
            files: Vec::<Arc<str>>::new(),
            voices: 16,
            glide: 0.0,
            endless: false,
        }
    }
}

fn onset(note: f32) -> Onset<'static> {
    Onset { note, from: None, velocity: 1.0, dur: 1.0, beat: 0.5, seed: 7, parameters: &[], envelope: [None; 4] }
}

fn note_of(hz: f64) -> f32 {
    (69.0 + 12.0 * libm::log2(hz / 440.0)) as f32
}

fn ensemble(graph: &Graph) -> Ensemble {
    Ensemble::new(compile(graph, 48_000.0, 4), Vec::new(), 16)
}

/// One note of a graph, let go at `off`, in blocks cut where `cuts` says.
fn play(graph: &Graph, note: f32, begin: i64, frames: usize, off: usize, cuts: &[usize]) -> Vec<f32> {
    let mut ensemble = ensemble(graph);
    let mut seat = None;
    let mut out = Vec::new();
    let mut frame = 0i64;
    let mut cut = cuts.iter().cycle();
    while out.len() < frames {
        if frame == begin {
            seat = ensemble.start(&onset(note));
        }
        if let Some(seat) = seat
            && out.len() == off
        {
            ensemble.release(seat);
        }
        let mut count = (*cut.next().unwrap()).min(BLOCK - frame.rem_euclid(BLOCK as i64) as usize);
        for stop in [begin - frame, begin + off as i64 - frame] {
            if stop > 0 {
                count = count.min(stop as usize);
            }
        }
        ensemble.render(frame, count);
        if let Some(seat) = seat {
            out.extend_from_slice(&ensemble.sound(seat).unwrap().0[..count]);
        }
        frame += count as i64;
    }
    out.truncate(frames);
    out
}

fn held(graph: &Graph, note: f32, frames: usize) -> Vec<f32> {
    play(graph, note, 0, frames, usize::MAX >> 1, &[BLOCK])
}

fn plain(kind: Kind) -> Graph {
    let mut draw = Draw::default();
    let freq = draw.freq();
    let out = draw.unit(kind, &[freq]);
    draw.graph(out)
}

/// The worst level between the harmonics, and the worst missing harmonic under 18 kHz against `right`, both in dB.
fn purity(signal: &[f32], hz: f64, right: impl Fn(usize) -> f64) -> (f64, f64) {
    let bins = spectrum(signal);
    let bin = 48_000.0 / signal.len() as f64;
    let fundamental = right(1);
    let mut worst = 0.0f64;
    for (i, level) in bins.iter().enumerate() {
        let f = i as f64 * bin;
        let from = (f / hz - (f / hz).round().max(1.0)).abs() * hz / bin;
        if f > 20.0 && f < 20_000.0 && from > 9.0 {
            worst = worst.max(*level);
        }
    }
    let mut missing = 0.0f64;
    for k in 1..=(18_000.0 / hz) as usize {
        if right(k) == 0.0 {
            continue;
        }
        let at = (k as f64 * hz / bin).round() as usize;
        let level = bins[at - 2..=at + 2].iter().fold(0.0f64, |a, b| a.max(*b));
        missing = missing.max(db(level / right(k)).abs());
    }
    (db(worst / fundamental), missing)
}

#[test]
fn oscillators_have_every_harmonic_and_no_alias() {
    let size = 1 << 16;
    for hz in [27.5, 110.0, 440.0, 997.0, 1318.5, 1497.0, 2093.0, 4987.0, 8000.0] {
        let turns = ((hz * f64::from(size) / 48_000.0) as usize) | 1;
        let hz = turns as f64 * 48_000.0 / f64::from(size);
        for kind in [Kind::Saw, Kind::Square, Kind::Triangle] {
            let signal = held(&plain(kind), note_of(hz), size as usize + 64);
            let right = |k: usize| {
                let k = k as f64;
                match kind {
                    Kind::Saw => 2.0 / (std::f64::consts::PI * k),
                    Kind::Square if k % 2.0 == 1.0 => 4.0 / (std::f64::consts::PI * k),
                    // Past the 30th the triangle's are under −60 dB.
                    Kind::Triangle if k % 2.0 == 1.0 && k < 30.0 => {
                        8.0 / (std::f64::consts::PI * std::f64::consts::PI * k * k)
                    }
                    _ => 0.0,
                }
            };
            let (alias, missing) = purity(&signal[64..], hz, right);
            assert!(alias < -100.0, "{kind:?} at {hz} Hz: alias {alias} dB");
            assert!(missing < 1.0, "{kind:?} at {hz} Hz: a harmonic is off by {missing} dB");
        }
    }
}

#[test]
fn two_equal_low_passes_are_one_operation_and_give_the_same_bits() {
    let draw_both = |apart: bool, moved: bool| {
        let mut draw = Draw::default();
        let freq = draw.freq();
        let saw = draw.unit(Kind::Saw, &[freq]);
        let mut cutoff = draw.number(900.0);
        if moved {
            let lfo = draw.unit(Kind::Lfo, &[]);
            let depth = draw.number(500.0);
            let wave = draw.times(lfo, depth);
            cutoff = draw.plus(cutoff, wave);
        }
        let q = draw.number(2.0);
        let once = draw.unit(Kind::Lowpass, &[saw, cutoff, q]);
        let twice = draw.unit(Kind::Lowpass, &[once, cutoff, q]);
        let silent = draw.number(0.0);
        // Somebody else listens to the first, so that it runs by itself.
        let rest = draw.times(if apart { once } else { saw }, silent);
        let out = draw.plus(twice, rest);
        draw.graph(out)
    };
    for moved in [false, true] {
        let (one, two) = (draw_both(false, moved), draw_both(true, moved));
        let filters = |graph: &Graph| {
            let program = compile(graph, 48_000.0, 4);
            let is_low = |operation: &&Operation| operation.what == What::Unit(Kind::Lowpass);
            program.fast.iter().filter(is_low).count()
        };
        assert_eq!((filters(&one), filters(&two)), (1, 2));
        let (one, two) = (held(&one, 40.0, 9600), held(&two, 40.0, 9600));
        assert!(rms(&one) > 0.05 && one == two);
    }
}

#[test]
fn a_saw_with_vibrato_folds_little() {
    // 40 Hz of swing about 1,000 Hz, five times a second: what lies beside the harmonics' sidebands is folded.
    let mut draw = Draw::default();
    let (speed, depth, middle) = (draw.number(5.0), draw.number(40.0), draw.number(1000.0));
    let lfo = draw.unit(Kind::Lfo, &[speed]);
    let swing = draw.times(lfo, depth);
    let hz = draw.plus(middle, swing);
    let out = draw.unit(Kind::Saw, &[hz]);
    let signal = held(&draw.graph(out), 60.0, (1 << 16) + 64);
    let bins = spectrum(&signal[64..]);
    let bin = 48_000.0 / f64::from(1 << 16);
    let worst = |k: f64| {
        let (from, to) = ((k * 1000.0 + k * 40.0 + 150.0) / bin, ((k + 1.0) * 1000.0 - (k + 1.0) * 40.0 - 150.0) / bin);
        bins[from as usize..to as usize].iter().fold(0.0f64, |a, b| a.max(*b))
    };
    let between = (1..8).map(|k| worst(f64::from(k))).fold(0.0f64, f64::max);
    assert!(db(between * std::f64::consts::PI / 2.0) < -90.0, "{}", db(between * std::f64::consts::PI / 2.0));
}

#[test]
fn hard_sync_folds_little() {
    let size = 1 << 16;
    for (hz, ratio) in [(440.0, 2.37), (997.0, 3.7), (2093.0, 1.5)] {
        let turns = ((hz * f64::from(size) / 48_000.0) as usize) | 1;
        let hz = turns as f64 * 48_000.0 / f64::from(size);
        let mut draw = Draw::default();
        let freq = draw.freq();
        let ratio = draw.number(ratio);
        let out = draw.unit(Kind::Sync, &[freq, ratio]);
        let signal = held(&draw.graph(out), note_of(hz), size as usize + 960);
        let (alias, _) = purity(&signal[960..], hz, |k| if k == 1 { 0.6 } else { 0.0 });
        assert!(alias < -80.0, "{hz} Hz: {alias} dB");
    }
}

#[test]
fn a_ladder_sings_in_tune() {
    for hz in [50.0, 220.0, 1000.0, 4000.0, 8000.0] {
        let mut draw = Draw::default();
        let (silence, cutoff, res) = (draw.number(0.0), draw.number(hz), draw.number(1.1));
        let out = draw.unit(Kind::Ladder, &[silence, cutoff, res]);
        let signal = held(&draw.graph(out), 60.0, 48_000 * 6);
        let tail = &signal[48_000 * 5..];
        assert!(rms(tail) > 0.05, "{hz}: {}", rms(tail));
        // Zero crossings, placed between frames.
        let crossings: Vec<f64> = tail
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
            .map(|(i, pair)| i as f64 + f64::from(pair[0] / (pair[0] - pair[1])))
            .collect();
        let periods = crossings.len() - 1;
        let is = 48_000.0 * periods as f64 / (crossings[periods] - crossings[0]);
        let cents = 1200.0 * libm::log2(is / f64::from(hz));
        assert!(cents.abs() < 5.0, "{hz} Hz sings at {is} Hz, {cents} ct off");
    }
}

/// A voice with something of everything, its cutoff moved by an envelope and an lfo.
fn rich() -> Graph {
    let mut draw = Draw::default();
    let freq = draw.freq();
    let (saw, pulse) = (draw.unit(Kind::Saw, &[freq]), draw.unit(Kind::Pulse, &[freq]));
    let noise = draw.unit(Kind::Pink, &[]);
    let sum = draw.plus(saw, pulse);
    let sum = draw.plus(sum, noise);
    let (attack, decay) = (draw.number(0.004), draw.number(0.05));
    let env = draw.unit(Kind::Env, &[attack, decay]);
    let lfo = draw.unit(Kind::Lfo, &[]);
    let (depth, base) = (draw.number(3000.0), draw.parameter(500.0));
    let moved = draw.times(env, depth);
    let wave = draw.times(lfo, base);
    let cutoff = draw.plus(moved, base);
    let cutoff = draw.plus(cutoff, wave);
    let low = draw.unit(Kind::Lowpass, &[sum, cutoff]);
    let ladder = draw.unit(Kind::Ladder, &[low, cutoff]);
    let bent = draw.unit(Kind::Tanh, &[ladder]);
    let adsr = draw.adsr([0.003, 0.02, 0.5, 0.05]);
    let out = draw.times(bent, adsr);
    draw.graph(out)
}

#[test]
fn a_voice_is_over_when_its_envelope_is() {
    let graph = rich();
    let mut ensemble = ensemble(&graph);
    let seat = ensemble.start(&onset(50.0)).unwrap();
    let mut ended = None;
    for block in 0..1000i64 {
        if block == 100 {
            ensemble.release(seat);
        }
        ensemble.render(block * 64, 64);
        if ensemble.is_over(seat) && ended.is_none() {
            ended = Some(block);
        }
    }
    let ended = ended.expect("it ends");
    // 50 ms to −60 dB, then to −100 dB and ten milliseconds of silence.
    assert!((137..250).contains(&ended), "{ended}");
}

#[test]
fn filters_stay_bounded_when_their_cutoff_moves_at_audio_rate() {
    for kind in [Kind::Lowpass, Kind::Highpass, Kind::Bandpass, Kind::Notch, Kind::Ladder] {
        for q in [0.707, 20.0] {
            for modulator in [Kind::White, Kind::Sine, Kind::Square] {
                let mut draw = Draw::default();
                let sound = draw.unit(Kind::White, &[]);
                let quiet = draw.number(0.43);
                let sound = draw.times(sound, quiet);
                let hz = draw.number(if modulator == Kind::Sine { 5000.0 } else { 700.0 });
                let inputs: &[NodeId] = if modulator == Kind::White { &[] } else { &[hz] };
                let wave = draw.unit(modulator, inputs);
                let (depth, middle) = (draw.number(7400.0), draw.number(7600.0));
                let wave = draw.times(wave, depth);
                let cutoff = draw.plus(wave, middle);
                let q = draw.number(if kind == Kind::Ladder { 1.0 } else { q });
                let out = draw.unit(kind, &[sound, cutoff, q]);
                let signal = held(&draw.graph(out), 60.0, 96_000);
                let peak = signal.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
                assert!(peak.is_finite() && peak < 12.0, "{kind:?} {q} by {modulator:?}: {peak}");
            }
        }
    }
}

#[test]
fn whatever_a_unit_is_fed_it_stays_bounded_and_comes_back() {
    for unit in unit::all() {
        for wild in [f32::NAN, 1e9, -1e9, f32::INFINITY, 0.0, 1e-30] {
            let mut draw = Draw::default();
            if matches!(unit.kind, Kind::Ar | Kind::Segments | Kind::Delay | Kind::Unison | Kind::Mix) {
                continue;
            }
            // Wild through a parameter at first, then something sane.
            let inputs: Vec<NodeId> = unit
                .inputs
                .iter()
                .filter(|input| input.dimension != Dimension::Word)
                .map(|input| {
                    if input.fixed {
                        draw.number(input.default.unwrap_or(1.0))
                    } else {
                        draw.parameter(input.default.unwrap_or(0.5))
                    }
                })
                .collect();
            let out = draw.add(Op::Unit(unit, 0), &inputs);
            let graph = draw.graph(out);
            let mut ensemble = ensemble(&graph);
            let values = vec![Some(wild); 8];
            let seat = ensemble.start(&Onset { parameters: &values, ..onset(60.0) }).unwrap();
            for block in 0..200i64 {
                ensemble.render(block * 64, 64);
                let sound = ensemble.sound(seat).unwrap().0;
                assert!(sound.iter().all(|x| x.abs() <= 16.0), "{} fed {wild}", unit.name);
            }
        }
    }
}

#[test]
fn a_loop_with_too_much_feedback_stays_within_bounds() {
    for seconds in [0.0, 1.0 / 48_000.0, 0.0005, 0.01] {
        let mut draw = Draw { lines: vec![0.1], ..Draw::default() };
        let freq = draw.freq();
        let saw = draw.unit(Kind::Saw, &[freq]);
        let (time, gain) = (draw.number(seconds), draw.number(1.5));
        let back = draw.add(Op::Read(0), &[time]);
        let back = draw.times(back, gain);
        let sum = draw.plus(saw, back);
        let out = draw.add(Op::Write(0), &[sum]);
        let signal = held(&draw.graph(out), 60.0, 9600);
        assert!(signal.iter().all(|x| x.abs() <= 8.0), "{seconds}");
        assert!(rms(&signal[4800..]) > 0.1);
    }
}

#[test]
fn a_delay_in_a_loop_repeats_after_its_time() {
    let mut draw = Draw { lines: vec![0.1], ..Draw::default() };
    let (attack, decay) = (draw.number(0.001), draw.number(0.002));
    let click = draw.unit(Kind::Env, &[attack, decay]);
    let noise = draw.unit(Kind::White, &[]);
    let click = draw.times(click, noise);
    let (time, gain) = (draw.number(0.05), draw.number(0.5));
    let back = draw.add(Op::Read(0), &[time]);
    let back = draw.times(back, gain);
    let sum = draw.plus(click, back);
    let out = draw.add(Op::Write(0), &[sum]);
    let signal = held(&draw.graph(out), 60.0, 9600);
    for k in 0..400 {
        assert!((signal[2400 + k] - signal[k] * 0.5).abs() < 1e-6, "{k}");
    }
}

#[test]
fn a_parameter_moves_without_a_sound_of_its_own() {
    let mut draw = Draw::default();
    let freq = draw.number(997.0);
    let sine = draw.unit(Kind::Sine, &[freq]);
    let gain = draw.parameter(1.0);
    let out = draw.times(sine, gain);
    let graph = draw.graph(out);
    let mut ensemble = ensemble(&graph);
    let seat = ensemble.start(&onset(60.0)).unwrap();
    let mut signal = Vec::new();
    for block in 0..750i64 {
        match block {
            250 => ensemble.move_parameter(seat, 0, 0.01),
            500 => ensemble.move_parameter(seat, 0, 1.0),
            _ => {}
        }
        ensemble.render(block * 64, 64);
        signal.extend_from_slice(&ensemble.sound(seat).unwrap().0[..64]);
    }
    let beside = db(crate::dsp::testing::energy_above(&signal, 8000.0, 48_000.0));
    assert!(beside < -100.0, "{beside}");
}
