//! Strip parameters that move: faders, pans, sends, arguments of inserts.
//!
//! Invariant: a continuous value is read on a grid of 64 frames from the transport's zero, a discrete one is set exactly
//! on its frame; an unchanged value is not sent again.

use std::collections::HashMap;

use super::Sequencer;
use super::queue::{Entry, Planned, Rank};
use super::run::Run;
use super::values::in_unit;
use crate::base::control::Dimension;
use crate::base::event::{Event, Kind};
use crate::base::time::Span;
use crate::model::plain::Pace;
use crate::model::setting::Setting;
use crate::score::scene::Move;

/// The grid of continuous values, in frames.
const GRID: i64 = 64;

/// The last value of each parameter, by strip and address.
#[derive(Debug, Default)]
pub(super) struct Moved(HashMap<(usize, u32), u32>);

impl Moved {
    /// Every value is sent again.
    pub(super) fn all_again(&mut self) {
        self.0.clear();
    }

    fn is_new(&mut self, strip: usize, address: u32, value: f32) -> bool {
        self.0.insert((strip, address), value.to_bits()) != Some(value.to_bits())
    }
}

impl Sequencer {
    /// Plans the values of a stretch.
    pub(super) fn plan_moves(&mut self, run: &Run, span: Span) {
        let scene = run.scene();
        let seconds = self.tempo.cycle_seconds(span.begin).to_f64();
        let pace = Pace { cycle: seconds, quarters: scene.meter.quarters().to_f64() };
        let shift = run.start - run.pattern_origin();
        for moving in &scene.moves {
            for slice in moving.value.slices(run.local(span), scene.bars) {
                let transport = slice.span.map(|at| at + run.start);
                match slice.layer {
                    Setting::Plain(value) => {
                        let value = settle(*value, moving.dimension, pace);
                        self.plan_move(run, moving, self.frame(transport.begin), value);
                    }
                    Setting::Pattern(pattern) => {
                        self.reader.section(run, slice.window);
                        let mut signal = false;
                        let haps: Vec<_> = self.reader.haps(pattern, slice.span.map(|at| at + shift)).collect();
                        for hap in haps {
                            if hap.whole.is_none() {
                                signal = true;
                            } else if let Some(value) = in_unit(&hap.value, moving.dimension, pace) {
                                let at = hap.part.begin + run.pattern_origin();
                                self.plan_move(run, moving, self.frame(at), settle(value, moving.dimension, pace));
                            }
                        }
                        if signal {
                            self.plan_signal(run, moving, pattern, transport, pace);
                        }
                    }
                }
            }
        }
    }

    fn plan_signal(&mut self, run: &Run, moving: &Move, pattern: &crate::pattern::Pattern, span: Span, pace: Pace) {
        let (first, end) = (self.frame(span.begin), self.frame(span.end));
        // The first value of a run stands at its start, wherever that lies on the grid.
        let mut frame = if span.begin == run.since { first } else { (first + GRID - 1).div_euclid(GRID) * GRID };
        while frame < end {
            let at = self.cycle_at(frame).max(span.begin) - run.pattern_origin();
            if let Some(value) = self.reader.value(pattern, at)
                && let Some(value) = in_unit(&value, moving.dimension, pace)
            {
                self.plan_move(run, moving, frame, settle(value, moving.dimension, pace));
            }
            frame = (frame + 1 + GRID - 1).div_euclid(GRID) * GRID;
        }
    }

    fn plan_move(&mut self, run: &Run, moving: &Move, frame: i64, value: f32) {
        self.plan_value(run, moving.strip, moving.address, frame, value);
    }

    /// A parameter of a strip takes a value, unless it has it.
    pub(super) fn plan_value(&mut self, run: &Run, strip: usize, address: u32, frame: i64, value: f32) {
        self.plan_ranked(run, (strip, address), frame, value, Rank::Parameter);
    }

    /// The same among what has this rank on its frame.
    pub(super) fn plan_ranked(
        &mut self,
        run: &Run,
        (strip, address): (usize, u32),
        frame: i64,
        value: f32,
        rank: Rank,
    ) {
        let went_out = self.again.is_some_and(|again| frame < again.horizon);
        if !self.moved.is_new(strip, address, value) || went_out {
            return;
        }
        let event = Event {
            track: strip as u16,
            program: address,
            note: value.to_bits(),
            generation: run.score.plan.generation,
            ..Event::new(frame, 0, Kind::Parameter)
        };
        self.queue.push(Entry {
            frame,
            rank,
            track: strip as u16,
            order: u64::from(address),
            part: 0,
            onset: frame,
            what: Planned::Engine(event, smallvec::SmallVec::new()),
        });
    }
}

/// A span parameter reaches the engine in seconds.
fn settle(value: f64, dimension: Dimension, pace: Pace) -> f32 {
    match dimension {
        Dimension::Span => (value * pace.cycle) as f32,
        _ => value as f32,
    }
}
