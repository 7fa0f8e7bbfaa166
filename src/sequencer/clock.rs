//! MIDI clock: 24 ticks a quarter note, start, stop, continue.
//!
//! Invariant: a tick's frame comes from the tempo map, as a note's does.

use super::queue::{Entry, Planned, Rank};
use super::run::Run;
use super::{Sequencer, Sink};
use crate::base::event::MidiEvent;
use crate::base::time::{Span, Time};

const TICK: u8 = 0xf8;
const START: u8 = 0xfa;
const CONTINUE: u8 = 0xfb;
const STOP: u8 = 0xfc;

impl Sequencer {
    /// The ticks of a stretch.
    pub(super) fn plan_clock(&mut self, run: &Run, span: Span) {
        if run.score.clocks.is_empty() {
            return;
        }
        let tick = Time::ONE / (run.scene().meter.quarters() * Time::int(24));
        let mut count = ((span.begin - run.start) / tick).ceil();
        loop {
            let at = run.start + count * tick;
            if at >= span.end {
                break;
            }
            let frame = self.frame(at);
            // What is planned once more may have gone out.
            if self.again.is_none_or(|again| at >= again.planned || frame >= again.horizon) {
                for port in &run.score.clocks {
                    self.plan_message(frame, *port, TICK);
                }
            }
            count += Time::ONE;
        }
    }

    fn plan_clock_message(&mut self, at: Time, byte: u8) {
        let clocks = self.score().map(|score| score.clocks.clone()).unwrap_or_default();
        for port in clocks {
            self.plan_message(self.frame(at), port, byte);
        }
    }

    pub(super) fn plan_clock_start(&mut self, at: Time) {
        self.plan_clock_message(at, START);
    }

    pub(super) fn plan_clock_continue(&mut self, at: Time) {
        self.plan_clock_message(at, CONTINUE);
    }

    pub(super) fn plan_clock_stop(&mut self, at: Time) {
        self.plan_clock_message(at, STOP);
    }

    fn plan_message(&mut self, frame: i64, port: u16, byte: u8) {
        // Start stands before the first tick of its frame.
        let order = u64::from(byte == TICK);
        self.queue.push(Entry {
            frame,
            rank: Rank::Clock,
            track: port,
            order,
            part: 0,
            onset: frame,
            what: Planned::Midi { port, length: 1, bytes: [byte, 0, 0] },
        });
    }

    /// Sends the stop at once.
    pub(super) fn send_clock_stop(&mut self, sink: &mut impl Sink) {
        if !self.playing {
            return;
        }
        let clocks = self.score().map(|score| score.clocks.clone()).unwrap_or_default();
        for port in clocks {
            sink.midi(MidiEvent { frame: self.horizon, port, length: 1, bytes: [STOP, 0, 0] });
        }
    }
}
