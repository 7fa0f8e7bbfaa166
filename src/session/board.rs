//! What the threads of a session write up for the screen: positions, versions, problems, what sounds.
//!
//! Invariant: a lock is held for copying only; the audio thread never comes here.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::hands::Standing;
use super::player::Shared;
use crate::base::diagnostic::Diagnostic;
use crate::base::ink::Ink;
use crate::base::source::{Place, Source};
use crate::engine::Meters;
use crate::files::project::Version;
use crate::outputs::Status;
use crate::pattern::FILL;
use crate::score::Score;
use crate::sequencer::position::Position;
use crate::sequencer::{Counts, Hand, Sequencer};

/// How many messages of the machine are kept.
const MOST_MESSAGES: usize = 200;
/// How many sounding hits are kept.
const MOST_SOUNDING: usize = 4096;
/// How many versions' texts are kept for the screen.
const MOST_TEXTS: usize = 8;

/// Something that a session without a screen tells in a line.
#[derive(Clone, Debug)]
pub enum News {
    /// A version was read: its number, its problems with their sources.
    Version(u32, Vec<Source>, Vec<Diagnostic>),
    /// A version plays from now on.
    Playing(u32),
    /// A section began.
    Section(Arc<str>, u32),
    /// The machine said something.
    Machine(Diagnostic),
    /// The song is over.
    End,
}

/// Places of the text that sound for a while.
#[derive(Clone, Debug)]
pub(super) struct Lit {
    pub from: i64,
    pub until: i64,
    pub places: SmallVec<[Place; 4]>,
    /// The colour that the text gives them.
    pub ink: Option<Ink>,
}

/// What the screen reads; a copy of it is made for each picture.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub position: Option<Position>,
    pub score: Option<Arc<Score>>,
    pub hands: Vec<Hand>,
    /// The knobs and buttons of the text.
    pub values: Vec<Standing>,
    /// Whether `fill` is held.
    pub fill: bool,
    /// Muted and soloed, the hand over the text, by track.
    pub marks: Vec<(bool, bool)>,
    pub playing_tracks: Vec<usize>,
    pub launching: Option<(String, f64)>,
    pub counts: Counts,
    pub lost: u64,
    pub load: u32,
    pub relief: u32,
    /// Whether it ever did something.
    pub relieved: bool,
    pub frame: i64,
    pub lit: VecDeque<Lit>,
    pub texts: HashMap<u32, Arc<str>>,
    pub newest: u32,
    pub sources: Vec<Source>,
    pub problems: Vec<Diagnostic>,
    pub messages: VecDeque<Diagnostic>,
    pub ended: bool,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    news: Vec<News>,
    ports: Vec<String>,
    ports_changed: bool,
    section: Option<(Arc<str>, Option<usize>)>,
    playing: u32,
}

/// The board.
pub struct Board {
    pub(super) path: PathBuf,
    pub(super) meters: Arc<Meters>,
    pub(super) status: Arc<Status>,
    pub(super) recording: bool,
    written: AtomicI64,
    inner: Mutex<Inner>,
}

impl Board {
    pub(super) fn new(path: &Path, meters: Arc<Meters>, status: Arc<Status>, recording: bool) -> Board {
        let inner = Mutex::new(Inner::default());
        Board { path: path.to_path_buf(), meters, status, recording, written: AtomicI64::new(i64::MIN / 2), inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A version was read and compiled.
    pub(super) fn version(&self, version: &Version) {
        let mut inner = self.lock();
        let number = version.score.version;
        inner.state.newest = number;
        inner.state.sources.clone_from(&version.sources);
        inner.state.problems.clone_from(&version.said);
        if let Some(source) = version.sources.first() {
            inner.state.texts.insert(number, Arc::clone(&source.text));
        }
        let oldest = number.saturating_sub(MOST_TEXTS as u32);
        let playing = inner.playing;
        inner.state.texts.retain(|version, _| *version >= oldest || *version == playing);
        let ports: Vec<String> = version.score.ports.iter().map(ToString::to_string).collect();
        if inner.ports != ports {
            inner.ports = ports;
            inner.ports_changed = true;
        }
        inner.news.push(News::Version(number, version.sources.clone(), version.said.clone()));
    }

    /// A text was refused whole; the version before plays on.
    pub(super) fn refused(&self, source: Source, said: Diagnostic) {
        let mut inner = self.lock();
        inner.state.sources = vec![source.clone()];
        inner.state.problems = vec![said.clone()];
        let newest = inner.state.newest;
        inner.news.push(News::Version(newest, vec![source], vec![said]));
    }

    /// The machine said something.
    pub(super) fn say(&self, said: Diagnostic) {
        let mut inner = self.lock();
        inner.state.messages.push_back(said.clone());
        if inner.state.messages.len() > MOST_MESSAGES {
            inner.state.messages.pop_front();
        }
        inner.news.push(News::Machine(said));
    }

    /// These places sound in `[from, until)`.
    pub(super) fn sounding(&self, from: i64, until: i64, places: &[Place], ink: Option<Ink>) {
        let mut inner = self.lock();
        if inner.state.lit.len() < MOST_SOUNDING {
            inner.state.lit.push_back(Lit { from, until, places: places.into(), ink });
        }
    }

    /// Where the music is; written some sixty times a second.
    pub(super) fn position(&self, sequencer: &Sequencer, frame: i64, lost: u64, shared: &Shared) {
        if frame - self.written.load(Ordering::Relaxed) < i64::from(sequencer.rate()) / 60 {
            return;
        }
        self.written.store(frame, Ordering::Relaxed);
        let position = sequencer.position(frame);
        let score = sequencer.score().cloned();
        let mut inner = self.lock();
        let state = &mut inner.state;
        state.frame = frame;
        state.lost = lost;
        state.load = shared.load.load(Ordering::Relaxed);
        state.relief = shared.relief.load(Ordering::Relaxed);
        state.relieved |= state.relief > 0;
        state.counts = sequencer.counts();
        state.launching =
            sequencer.launching().map(|(name, at)| (name.to_owned(), sequencer.beats_between(frame, at).max(0.0)));
        if let Some(score) = &score {
            state.hands = score.plan.strips.iter().map(|strip| sequencer.hand(&strip.name)).collect();
            let standing = |(name, hand): &(Arc<str>, _)| Standing::new(name, hand, sequencer.value(name));
            state.values = score.hands.iter().map(standing).collect();
            state.fill = sequencer.value(FILL).is_some_and(|value| value != 0.0);
            state.marks = score.tracks.iter().map(|track| sequencer.marks(track)).collect();
        }
        state.playing_tracks = sequencer.playing_tracks(frame);
        state.lit.retain(|lit| lit.until > frame);
        let ended = sequencer.ended().is_some_and(|end| end <= frame);
        if ended && !state.ended {
            inner.news.push(News::End);
        }
        inner.state.ended = ended;
        inner.state.score = score;
        if let Some(position) = &position {
            if position.version != inner.playing {
                inner.playing = position.version;
                inner.news.push(News::Playing(position.version));
            }
            let section = (Arc::clone(&position.section), position.entry.map(|(at, _)| at));
            if !position.section.is_empty() && inner.section.as_ref() != Some(&section) {
                inner.news.push(News::Section(Arc::clone(&position.section), position.bars.unwrap_or(0) as u32));
            }
            inner.section = Some(section);
        }
        inner.state.position = position;
    }

    /// What the screen shows.
    pub(super) fn state(&self) -> State {
        self.lock().state.clone()
    }

    /// What happened since the last call.
    pub fn news(&self) -> Vec<News> {
        std::mem::take(&mut self.lock().news)
    }

    /// How much was not there in time: events, and blocks of long samples.
    pub fn late(&self) -> u64 {
        self.meters.late.load(Ordering::Relaxed)
    }

    /// Whether the song is over.
    pub fn ended(&self) -> bool {
        self.lock().state.ended
    }

    /// The MIDI ports of all versions so far.
    pub fn ports(&self) -> Vec<String> {
        self.lock().ports.clone()
    }

    /// Whether ports came since the last call.
    pub(super) fn take_new_ports(&self) -> bool {
        std::mem::take(&mut self.lock().ports_changed)
    }
}
