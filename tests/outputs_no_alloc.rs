//! The way from a callback to the player and back takes and gives no memory.

use std::sync::Arc;
use std::time::Instant;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use talea::outputs::clock::Clock;
use talea::outputs::player::MidiSink;
use talea::outputs::record::Recorder;
use talea::outputs::stage::{Edge, Stage};
use talea::outputs::{Player, Status};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// A note with every frame: more than any queue holds.
struct Chatter(i64);

impl Player for Chatter {
    fn process(&mut self, left: &mut [f32], right: &mut [f32], midi: &mut MidiSink<'_>) {
        for (offset, (left, right)) in left.iter_mut().zip(right).enumerate() {
            midi(offset as u32, 0, &[0x90, 60, 100]);
            (*left, *right) = (0.5, -0.5);
            self.0 += 1;
        }
    }

    fn frame(&self) -> i64 {
        self.0
    }

    fn fade_in(&mut self) {}
}

#[test]
fn a_callback_allocates_nothing_whether_in_turn_or_not_and_with_full_queues() {
    for device_rate in [48_000, 44_100, 96_000] {
        let folder = tempfile::tempdir().unwrap();
        let (midi, _events) = rtrb::RingBuffer::new(64);
        let clock = Arc::new(Clock::new());
        clock.settle_rate(48_000);
        let stage = Stage::new(clock, Arc::new(Status::default()), midi);
        let (tap, _recorder) = Recorder::start(&folder.path().join("take.wav"), 100).unwrap();
        stage.tap(Some(tap));
        stage.enter(Box::new(Chatter(0)));
        let seat = stage.seat();
        let number = seat.number();
        let mut edge = Edge::new(seat, device_rate);
        let (mut left, mut right) = (vec![0.0; 4096], vec![0.0; 4096]);
        let mut heard = 0;
        for turn in [false, true, false] {
            if turn {
                stage.give(number, true);
            } else {
                stage.take_away();
            }
            for block in [1, 64, 511, 4096] {
                let played = assert_no_alloc(|| {
                    edge.play(&mut left[..block], &mut right[..block], Instant::now(), None)
                        & edge.play(
                            &mut left[..block],
                            &mut right[..block],
                            Instant::now(),
                            Some(&mut |_, _, _| heard += 1),
                        )
                });
                assert_eq!(played, turn);
            }
        }
        assert!(heard > 0 && stage.status.midi_lost() > 0);
    }
}
