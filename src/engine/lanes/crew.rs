//! Helping hands for a render: groups of voices run on several threads at once.
//!
//! A group is moved to its thread and comes back when it has run: as a rule to the same one, in whose cache its state is. The
//! caller, who has more to do than groups, keeps as many as let it wait for nobody. No group looks at another, and voices
//! are added up afterwards in their own order, so the samples are the same whoever ran what.
//!
//! Invariant: every group is at home whenever something is told to it. The callback has no crew: waiting is for renders.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::group::Group;
use super::oscillators::Wavetable;
use super::program::Program;
use super::span::{Scratch, Span};

/// More groups than any engine has.
const MOST_ERRANDS: usize = 8192;
/// How often who waits looks before it lets others have the core: a few microseconds.
const SPINS: usize = 100;
/// How often a hand looks for work before it goes to sleep: longer than the desk takes over an errand's blocks.
const PATIENCE: usize = 5_000;

/// A group with what it needs to run.
#[derive(Debug)]
pub(in crate::engine) struct Errand {
    /// The slot of its program, and its number there: where it belongs.
    pub(in crate::engine) home: (u16, usize),
    pub(super) group: Box<Group>,
    pub(super) program: Arc<Program>,
    pub(super) files: Arc<[Wavetable]>,
    pub(super) frame: i64,
    pub(super) frames: usize,
}

impl Errand {
    /// Runs it, and another beside it.
    fn run(&mut self, other: Option<&mut Errand>, scratch: &mut [Scratch; 2]) {
        let Errand { group, program, files, frame, frames, .. } = self;
        let other = other.map(|other| other.group.as_mut());
        Span { program, files, frame: *frame, frames: *frames }.render_all(group, other, scratch);
    }

    /// Whether they may run side by side.
    fn goes_with(&self, other: &Errand) -> bool {
        Arc::ptr_eq(&self.program, &other.program) && (self.frame, self.frames) == (other.frame, other.frames)
    }
}

/// Another thread.
#[derive(Debug)]
struct Hand {
    todo: Sender<Errand>,
    /// The same queue's other end: the caller takes over what the hand does not get to.
    open: Receiver<Errand>,
    thread: JoinHandle<()>,
}

/// The threads of a render, the caller's among them.
#[derive(Debug)]
pub(in crate::engine) struct Crew {
    hands: Vec<Hand>,
    done: Receiver<Errand>,
    scratch: [Scratch; 2],
    /// Groups that are not at home.
    away: usize,
    /// How many of [`PARTS`] groups the caller keeps.
    share: usize,
    /// Errands gathered since the share was last looked at, and those among them that ended with a wait.
    errands: u32,
    waits: u32,
}

/// Groups are dealt out in so many parts.
const PARTS: usize = 16;
/// After so many errands the caller's share is looked at again.
const REVIEW: u32 = 24;
/// So many looks are no wait yet.
const SHORT: usize = 40;

impl Crew {
    /// A crew of so many threads, the caller's among them; none for one.
    pub(in crate::engine) fn new(threads: usize) -> Option<Crew> {
        let (give, done) = bounded::<Errand>(MOST_ERRANDS);
        let hands: Vec<Hand> = (1..threads)
            .filter_map(|_| {
                let (todo, open) = bounded::<Errand>(MOST_ERRANDS);
                let (give, hands) = (give.clone(), open.clone());
                let hand = std::thread::Builder::new().name("talea-render".to_owned());
                Some(Hand { todo, open, thread: hand.spawn(move || work(&hands, &give)).ok()? })
            })
            .collect();
        let share = PARTS / (hands.len() + 2);
        (!hands.is_empty()).then_some(Crew {
            hands,
            done,
            scratch: Default::default(),
            away: 0,
            share,
            errands: 0,
            waits: 0,
        })
    }

    /// Sends a group to its thread; back it comes where that is the caller's.
    pub(in crate::engine) fn send(&mut self, errand: Errand) -> Option<Errand> {
        let number = usize::from(errand.home.0) + errand.home.1;
        // Eleven and sixteen have no common factor: neighbours fall far apart.
        if number * 11 % PARTS < self.share {
            return Some(errand);
        }
        match self.hands[number % self.hands.len()].todo.try_send(errand) {
            Ok(()) => {
                self.away += 1;
                None
            }
            Err(refused) => Some(refused.into_inner()),
        }
    }

    /// Hands every group to `welcome`, until all are at home.
    pub(in crate::engine) fn gather(&mut self, mut welcome: impl FnMut(Errand)) {
        if self.away == 0 {
            return;
        }
        let (mut idle, mut looks) = (0, 0);
        while self.away > 0 {
            if let Ok(errand) = self.done.try_recv() {
                self.away -= 1;
                idle = 0;
                welcome(errand);
            } else if let Some(mut errand) = self.hands.iter().find_map(|hand| hand.open.try_recv().ok()) {
                errand.run(None, &mut self.scratch);
                self.away -= 1;
                idle = 0;
                looks += SHORT;
                welcome(errand);
            } else {
                // A thread that panicked has said so; without its group there is nothing to wait for.
                let ended = idle > SPINS && self.hands.iter().any(|hand| hand.thread.is_finished());
                assert!(!ended, "a thread of the render has ended");
                pause(idle);
                idle += 1;
                looks += 1;
            }
        }
        self.errands += 1;
        self.waits += u32::from(looks > SHORT);
        if self.errands == REVIEW {
            if self.waits > REVIEW * 3 / 4 {
                self.share = (self.share + 1).min(PARTS - 1);
            } else if self.waits < REVIEW / 4 {
                self.share = self.share.saturating_sub(1);
            }
            (self.errands, self.waits) = (0, 0);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for Hand { todo, thread, .. } in self.hands.drain(..) {
            drop(todo);
            let _ = thread.join();
        }
    }
}

/// Waits a moment; after a while, others may have the core meanwhile.
fn pause(idle: usize) {
    if idle < SPINS {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

/// What a hand does until the crew is gone.
fn work(open: &Receiver<Errand>, give: &Sender<Errand>) {
    let mut scratch = Default::default();
    let mut idle = 0;
    loop {
        let errand = match open.try_recv() {
            Ok(errand) => Some(errand),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) if idle < PATIENCE => {
                pause(idle);
                idle += 1;
                None
            }
            Err(TryRecvError::Empty) => match open.recv() {
                Ok(errand) => Some(errand),
                Err(_) => return,
            },
        };
        let Some(mut errand) = errand else { continue };
        idle = 0;
        let mut other = open.try_recv().ok();
        if other.as_ref().is_some_and(|other| errand.goes_with(other)) {
            errand.run(other.as_mut(), &mut scratch);
        } else {
            errand.run(None, &mut scratch);
            if let Some(other) = &mut other {
                other.run(None, &mut scratch);
            }
        }
        if [Some(errand), other].into_iter().flatten().any(|errand| give.send(errand).is_err()) {
            return;
        }
    }
}
