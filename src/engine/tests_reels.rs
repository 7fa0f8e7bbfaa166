//! Long samples, which stay on disk: they sound as in memory, and what is not there yet is silence.

use std::sync::Arc;

use super::tests::{Rig, small};
use crate::base::control::slot;
use crate::base::event::SlotValue;
use crate::base::reel::{Reel, STRETCH, Writer};
use crate::dsp::testing::noise;
use crate::score::plan::{Key, Loop, Program, ProgramKind, Sample};

const FRAMES: usize = STRETCH * 5 + 777;

fn program(sample: Sample, looped: Option<Loop>) -> Program {
    let kind = ProgramKind::Sample { sample: Arc::new(sample), root: Some(60.0), looped };
    Program { key: Key::of(&["long"]), kind, voices: 8 }
}

fn reel(channels: &[Vec<f32>]) -> Arc<Reel> {
    let mut writer = Writer::new(channels.len()).unwrap();
    writer.write(channels).unwrap();
    Arc::new(writer.finish().unwrap())
}

/// The same audio in memory and on disk.
fn both(rate: u32, looped: Option<Loop>) -> [Program; 2] {
    let channels = [noise(5, FRAMES), noise(6, FRAMES)].to_vec();
    let on_disk = reel(&channels).channels();
    let held = channels.into_iter().map(Into::into).collect();
    [held, on_disk].map(|channels| program(Sample { rate, channels, hash: 1, ..Sample::default() }, looped))
}

#[test]
fn what_is_on_disk_sounds_as_if_it_were_in_memory() {
    let place = |stretches: f32| stretches * STRETCH as f32 / FRAMES as f32;
    let ways: [&[SlotValue]; 7] = [
        &[],
        &[(slot::NOTE, 67.0)],
        &[(slot::SPEED, -1.3)],
        &[(slot::BEGIN, place(1.9)), (slot::END, place(2.1)), (slot::SPEED, 0.5)],
        &[(slot::BEGIN, place(3.99)), (slot::SPEED, 9.0)],
        &[(slot::LOOP, 1.0), (slot::LOOPBEGIN, place(0.999)), (slot::LOOPEND, place(1.1)), (slot::SPEED, 2.0)],
        &[(slot::SQUIZ, 2.0), (slot::BEGIN, place(0.98))],
    ];
    for rate in [48_000, 44_100] {
        for looped in [None, Some(Loop { begin: 30_000, end: 40_000 })] {
            for way in ways {
                let [held, on_disk] = both(rate, looped).map(|program| {
                    let mut rig = Rig::new(&small(program), 48_000);
                    rig.on(0, 0, 0, 1, &[&[(slot::NOTE, 60.0)], way].concat());
                    rig.run(90_000, 480)
                });
                assert!(held.0.iter().any(|x| x.abs() > 0.01), "{way:?}");
                assert!(held == on_disk, "{rate} Hz, loop {looped:?}, {way:?}");
            }
        }
    }
}

#[test]
fn what_the_disk_has_not_given_is_silent_and_counted_and_then_goes_on() {
    let reel = reel(&[vec![0.5; FRAMES]]);
    reel.begin_feeding();
    let sample = Sample { rate: 48_000, channels: Arc::clone(&reel).channels(), hash: 1, ..Sample::default() };
    let mut rig = Rig::new(&small(program(sample, None)), 48_000);
    rig.on(0, 0, 0, 1, &[(slot::NOTE, 60.0), (slot::PAN, 0.0)]);
    // The first stretch is there; the second is wanted, and nobody reads it.
    let (first, _) = rig.run(STRETCH + 4_000, 480);
    assert!(first[..STRETCH - 4_000].iter().skip(500).all(|x| (x - 0.5).abs() < 1e-3));
    assert!(first[STRETCH..].iter().all(|x| *x == 0.0));
    assert!(reel.take_missed() > 0);
    let wanted: Vec<usize> = reel.take_wanted().collect();
    assert_eq!(wanted, [0, 1, 2, 3], "a second ahead and a stretch");
    for stretch in wanted {
        reel.load(stretch);
    }
    let (second, _) = rig.run(10_000, 480);
    assert!(second.iter().skip(500).all(|x| (x - 0.5).abs() < 1e-3));
    assert_eq!(reel.take_missed(), 0);
}
