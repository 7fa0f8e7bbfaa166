//! The thread that reads ahead of the music: what is wanted of long samples comes from the disk here.
//!
//! Invariant: only this thread and the compiler's ever wait for the disk.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::base::reel::Reel;
use crate::engine::Meters;
use crate::score::plan::Plan;

/// How often it looks what is wanted.
const PERIOD: Duration = Duration::from_millis(5);
/// What is still wanted is looked at again after so long, so that the system keeps it.
const AGAIN: Duration = Duration::from_secs(1);
/// What nobody has wanted for so long may leave memory.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// A reel that is fed, and when each of its stretches was last read.
struct Fed {
    reel: Weak<Reel>,
    read: BTreeMap<usize, Instant>,
}

/// Where reels come from: long samples that are new are fed before the engine sees them.
pub(super) struct Nursery {
    rate: u32,
    fed: Sender<Arc<Reel>>,
    known: Vec<Weak<Reel>>,
}

impl Nursery {
    /// For an engine of a rate; what is new goes to the feeder.
    pub(super) fn new(rate: u32, fed: Sender<Arc<Reel>>) -> Nursery {
        Nursery { rate, fed, known: Vec::new() }
    }

    /// The long samples of a rig that is about to be made.
    pub(super) fn take_in(&mut self, plan: &Plan) {
        self.known.retain(|reel| reel.strong_count() > 0);
        for sample in plan.programs.iter().filter_map(|program| program.kind.sample_at(self.rate)) {
            if let Some(reel) = sample.reel().filter(|reel| !reel.is_fed()) {
                reel.begin_feeding();
                self.known.push(Arc::downgrade(reel));
                let _ = self.fed.send(Arc::clone(reel));
            }
        }
    }

    /// Reads what is wanted now, and waits for it.
    pub(super) fn read_ahead(&self) {
        for reel in self.known.iter().filter_map(Weak::upgrade) {
            reel.take_wanted().for_each(|stretch| reel.load(stretch));
        }
    }
}

/// Feeds the reels that come in, until nobody sends any more.
pub(super) fn run(reels: &Receiver<Arc<Reel>>, meters: &Meters) {
    let mut fed: Vec<Fed> = Vec::new();
    loop {
        let new = if fed.is_empty() {
            reels.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            reels.recv_timeout(PERIOD)
        };
        match new {
            Ok(reel) => fed.push(Fed { reel: Arc::downgrade(&reel), read: BTreeMap::new() }),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = Instant::now();
        fed.retain_mut(|fed| fed.tend(now, meters));
    }
}

impl Fed {
    /// Reads what is wanted; whether the reel is still there.
    fn tend(&mut self, now: Instant, meters: &Meters) -> bool {
        let Some(reel) = self.reel.upgrade() else { return false };
        for stretch in reel.take_wanted() {
            if self.read.get(&stretch).is_none_or(|read| now - *read > AGAIN) {
                reel.load(stretch);
                self.read.insert(stretch, now);
            }
        }
        let missed = reel.take_missed();
        if missed > 0 {
            meters.late.fetch_add(u64::from(missed), Relaxed);
        }
        // The first stays: whatever plays the whole of it begins there.
        self.read.retain(|stretch, read| {
            let keeps = *stretch == 0 || now - *read < FORGOTTEN;
            if !keeps {
                reel.forget(*stretch);
            }
            keeps
        });
        true
    }
}
