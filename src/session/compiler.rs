//! The compiler's thread: reads saves, makes scores, hands rigs to the audio thread, takes its trash, writes the log.
//!
//! Invariant: a rig is on its way to the engine before its score is on its way to the conductor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, never, select};

use super::board::Board;
use super::conductor::Order;
use super::feeder::Nursery;
use super::{Wish, Wishes};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::engine::RigSender;
use crate::files::project::{Project, Version};
use crate::files::watch::{Change, Watcher};
use crate::render::log::{self, Line};

/// How often trash is collected while nothing happens.
const TIDY: Duration = Duration::from_millis(100);
/// How long the end of the log is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How many versions one can step back.
const MOST_VERSIONS: usize = 1000;

type Texts = BTreeMap<PathBuf, Arc<str>>;

/// The thread's state.
pub(super) struct Compiler {
    project: Project,
    rigs: RigSender,
    reels: Nursery,
    orders: Sender<Order>,
    board: Arc<Board>,
    log: Option<log::Writer>,
    watcher: Option<Watcher>,
    changes: Receiver<Change>,
    /// The texts of every version so far.
    history: Vec<Texts>,
}

impl Compiler {
    pub(super) fn new(
        project: Project,
        rigs: RigSender,
        reels: Nursery,
        orders: Sender<Order>,
        board: Arc<Board>,
        log: Option<log::Writer>,
    ) -> Compiler {
        let (watcher, changes) = match Watcher::new(&[project.path()]) {
            Ok((watcher, changes, said)) => {
                for problem in said {
                    board.say(problem);
                }
                (Some(watcher), changes)
            }
            Err(said) => {
                board.say(said);
                (None, never())
            }
        };
        Compiler { project, rigs, reels, orders, board, log, watcher, changes, history: Vec::new() }
    }

    /// The first version. A text with errors is one, too: it waits for its mending.
    ///
    /// # Errors
    /// The file does not exist.
    pub(super) fn first(&mut self) -> Result<(), Box<Diagnostic>> {
        match self.project.load() {
            Ok(version) => self.publish(&version),
            Err(refused) if refused.said.code == "file-missing" => return Err(refused.said.into()),
            Err(refused) => {
                self.board.refused(refused.source, refused.said);
                // There is nothing to go on with: an empty piece plays until the text can be read.
                let mut empty = Texts::new();
                empty.insert(absolute(self.project.path()), Arc::from(""));
                self.project.stand_in(empty);
                if let Ok(version) = self.project.load() {
                    self.send(&version);
                }
                self.project.follow_disk();
            }
        }
        Ok(())
    }

    /// What the first notes play of long samples is read, before anything sounds.
    pub(super) fn read_ahead(&self) {
        self.reels.read_ahead();
    }

    /// Until the session ends.
    pub(super) fn run(mut self, wishes: &Wishes, log: &Receiver<Line>, said: &Receiver<Diagnostic>, quit: &AtomicBool) {
        let changes = self.changes.clone();
        let mut lines = log.clone();
        let mut said = said.clone();
        loop {
            select! {
                recv(changes) -> change => match change {
                    Ok(change) => self.changed(&change, &changes),
                    Err(_) => std::thread::sleep(TIDY),
                },
                recv(wishes) -> wish => if wish == Ok(Wish::StepBack) { self.step_back() },
                recv(lines) -> line => match line {
                    Ok(line) => self.write(&line),
                    Err(_) => lines = never(),
                },
                recv(said) -> diagnostic => match diagnostic {
                    Ok(diagnostic) => self.board.say(diagnostic),
                    Err(_) => said = never(),
                },
                default(TIDY) => {}
            }
            self.rigs.collect();
            if quit.load(Ordering::SeqCst) {
                break;
            }
        }
        // A signal ends this loop before the conductor has said what it did last; it hangs up when it has.
        while let Ok(line) = log.recv_timeout(LAST_WORDS) {
            self.write(&line);
        }
    }

    /// Something was saved; what was saved with it is read at once.
    fn changed(&mut self, change: &Change, more: &Receiver<Change>) {
        let mut kits = matches!(change, Change::Folder(_));
        while let Ok(next) = more.try_recv() {
            kits |= matches!(next, Change::Folder(_));
        }
        if kits {
            self.project.forget_kits();
        }
        self.project.follow_disk();
        match self.project.load() {
            Ok(version) => self.publish(&version),
            Err(refused) => self.board.refused(refused.source, refused.said),
        }
    }

    fn publish(&mut self, version: &Version) {
        if let Some(watcher) = &mut self.watcher {
            let said = watcher.watch(&version.watched);
            for problem in said {
                self.board.say(problem);
            }
        }
        let texts = texts(version);
        if self.history.len() == MOST_VERSIONS {
            self.history.remove(0);
        }
        self.history.push(texts);
        self.send(version);
        self.project.forget_unused();
    }

    fn send(&mut self, version: &Version) {
        self.rigs.collect();
        self.reels.take_in(&version.score.plan);
        if let Err(error) = self.rigs.prepare(&version.score.plan) {
            return self.board.say(error.said());
        }
        self.board.version(version);
        let order = Order::Score(Arc::clone(&version.score), log::Event::Version(texts(version)));
        let _ = self.orders.send(order);
    }

    /// The version before this one plays; the file is not touched.
    fn step_back(&mut self) {
        if self.history.len() < 2 {
            self.board.say(Diagnostic::machine(
                Severity::Hint,
                "no-version-before",
                "there is no version before this one",
            ));
            return;
        }
        self.history.pop();
        if let Some(texts) = self.history.pop() {
            self.project.stand_in(texts);
            if let Ok(version) = self.project.load() {
                self.publish(&version);
            }
        }
    }

    fn write(&mut self, line: &Line) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.add(line)
        {
            self.board.say(Diagnostic::machine(
                Severity::Error,
                "log-unwritable",
                format!("the log cannot be written any more: {error}"),
            ));
            self.log = None;
        }
    }
}

/// The texts of a version by their paths; relative paths stay as the piece names them, made absolute for the log.
fn texts(version: &Version) -> Texts {
    version.sources.iter().map(|source| (absolute(&source.path), Arc::clone(&source.text))).collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
