//! An effect of the text in a strip: its graph runs in one lane, fed with both sides.
//!
//! Invariant: its frames are counted from the absolute multiples of a block at which it is settled, so that no cut of blocks
//! changes a bit.

use crate::base::graph::MOST_PARAMETERS;
use crate::dsp::BLOCK;
use crate::dsp::effect::Effect;

use super::ensemble::{Ensemble, Onset};

/// A graph as an insert.
#[derive(Debug)]
pub(in crate::engine) struct GraphEffect {
    ensemble: Ensemble,
    /// Those of the text, and the length of a beat.
    parameters: [Option<f32>; MOST_PARAMETERS + 1],
    seat: Option<u16>,
    frame: i64,
}

impl GraphEffect {
    /// Over an ensemble of its own.
    pub(in crate::engine) fn new(ensemble: Ensemble) -> GraphEffect {
        GraphEffect { ensemble, parameters: [None; MOST_PARAMETERS + 1], seat: None, frame: 0 }
    }

    fn begin(&mut self) {
        self.seat = self.ensemble.start(&Onset {
            note: 60.0,
            from: None,
            velocity: 1.0,
            dur: 1.0,
            beat: 0.5,
            seed: 1,
            parameters: &self.parameters,
            envelope: [None; 4],
        });
    }
}

impl Effect for GraphEffect {
    fn set(&mut self, parameters: &[f32], at_once: bool) {
        if at_once {
            // It begins anew with these, before anything has sounded.
            self.reset();
        }
        for (index, (held, value)) in self.parameters.iter_mut().zip(parameters).enumerate() {
            if *held != Some(*value) {
                *held = Some(*value);
                if let Some(seat) = self.seat {
                    self.ensemble.move_parameter(seat, index, *value);
                }
            }
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.seat.is_none() {
            self.begin();
        }
        self.ensemble.pass(self.frame, left, right);
        self.frame += left.len() as i64;
    }

    fn reset(&mut self) {
        if let Some(seat) = self.seat.take() {
            self.ensemble.leave(seat);
        }
    }

    fn settle(&mut self) {
        let block = BLOCK as i64;
        self.frame = (self.frame + block - 1) / block * block;
    }

    fn patience(&self) -> f32 {
        self.ensemble.program().patience()
    }
}
