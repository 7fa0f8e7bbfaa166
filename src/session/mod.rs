//! The wiring of a live session: every thread and channel, and nothing else.
//!
//! ```text
//!              saves                    rig (ring)
//!   watcher ─────────▶ compiler ─────────────────────────▶ audio callback ──▶ device
//!                         │  ▲ trash (ring)                  ▲   │ (player)
//!                   score │  │                events (ring)  │   │ meters, frames (atomics)
//!     feeder ◀── reels ──┤  │                MIDI (ring)    │   ▼
//!   ui ──── actions ───▶ conductor ──────────────────────────┘  status
//!    ▲                    │   │
//!    └──── board ─────────┘   └── log lines ──▶ compiler ──▶ file
//! ```
//!
//! Invariant: the audio callback hears of the world through rings and atomics only.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::engine::{self, Config};
use crate::files::project::Project;
use crate::outputs::{Choice, Outputs, Settings};
use crate::render::log;
use crate::sequencer::Gesture;

mod board;
mod compiler;
mod conductor;
mod feeder;
mod guard;
mod hands;
mod player;
mod snapshot;

pub use board::{Board, News};
pub use snapshot::Screen;

use compiler::Compiler;
use conductor::{Conductor, Order};
use feeder::Nursery;
use player::{EnginePlayer, Shared};

/// How much MIDI may wait for its frame.
const MIDI_RING: usize = 16_384;

/// What a session is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The piece.
    pub file: PathBuf,
    /// Which audio system.
    pub audio: Choice,
    /// From the callback to the loudspeaker.
    pub latency: Option<Duration>,
    /// Where to record what is played.
    pub record: Option<PathBuf>,
    /// Where to write the log.
    pub log: Option<PathBuf>,
}

/// A running session. Dropping it ends it, with every note let go.
pub struct Session {
    board: Arc<Board>,
    orders: Sender<Order>,
    quit: Arc<AtomicBool>,
    outputs: Option<Outputs>,
    threads: Vec<std::thread::JoinHandle<()>>,
    audio: Option<engine::Engine>,
}

impl Session {
    /// Opens the device, compiles the piece and starts to play.
    ///
    /// # Errors
    /// A device asked for by name that is not there, a recording or a log that cannot be written, a piece that does
    /// not exist.
    pub fn start(options: &Options, quit: Arc<AtomicBool>) -> Result<Session, Box<Diagnostic>> {
        let (say, said) = unbounded();
        let choice = Settings { choice: options.audio.clone(), latency: options.latency, say };
        let mut outputs = Outputs::open(choice)?;
        let rate = outputs.rate();
        if let Some(path) = &options.record {
            outputs.record(path)?;
        }
        let log = options.log.as_ref().map(|path| log::Writer::create(path, rate, &options.file));
        let log = log.transpose().map_err(|error| {
            Diagnostic::machine(Severity::Error, "log-unwritable", format!("the log cannot be written: {error}"))
        })?;

        let parts = engine::build(Config { rate, ..Config::default() });
        let (midi_out, midi_in) = rtrb::RingBuffer::new(MIDI_RING);
        let shared = Arc::new(Shared::default());
        let board =
            Arc::new(Board::new(&options.file, Arc::clone(&parts.meters), outputs.status(), options.record.is_some()));
        let (orders, conductor_in) = bounded(1024);
        let (log_lines, log_in) = unbounded();
        let (wishes, compiler_in) = unbounded();

        let (reels, fed) = unbounded();
        let meters = Arc::clone(&parts.meters);

        let project = Project::new(&options.file);
        let reels = Nursery::new(rate, reels);
        let mut compiler = Compiler::new(project, parts.rigs, reels, orders.clone(), Arc::clone(&board), log);
        let mut conductor =
            Conductor::new(rate, parts.events, midi_out, Arc::clone(&shared), Arc::clone(&board), outputs.status());
        conductor.connect(log_lines, wishes, outputs.listen());

        let mut threads = Vec::new();
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(run).map_err(|error| {
                Diagnostic::machine(Severity::Error, "no-thread", format!("the system gives no thread: {error}"))
            })
        };
        // The first version is ready and the first events are queued before the first callback.
        compiler.first()?;
        conductor.prepare(&conductor_in);
        compiler.read_ahead();
        // It ends when the compiler does; what the first notes want was read here, not there.
        threads.push(spawn("talea-feeder", Box::new(move || feeder::run(&fed, &meters)))?);
        outputs.set_ports(&board.ports());
        outputs.play(Box::new(EnginePlayer::new(parts.engine, midi_in, Arc::clone(&shared), rate)));

        threads.push(spawn(
            "talea-compiler",
            Box::new({
                let quit = Arc::clone(&quit);
                move || compiler.run(&compiler_in, &log_in, &said, &quit)
            }),
        )?);
        threads.push(spawn("talea-sequencer", Box::new(move || conductor.run(&conductor_in)))?);
        Ok(Session { board, orders, quit, outputs: Some(outputs), threads, audio: None })
    }

    /// What the screen and the log of a headless session read.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// A gesture, as soon as it can be.
    pub fn gesture(&self, gesture: Gesture) {
        let _ = self.orders.send(Order::Gesture(gesture));
    }

    /// The version before this one.
    pub fn step_back(&self) {
        let _ = self.orders.send(Order::StepBack);
    }

    /// Keeps the outputs' list of ports as long as the piece's; to be called now and then.
    pub fn tend(&self) {
        if let Some(outputs) = &self.outputs
            && self.board.take_new_ports()
        {
            outputs.set_ports(&self.board.ports());
        }
    }

    /// Ends: every note is let go and sent, the recording is closed.
    ///
    /// # Errors
    /// What went wrong with the recording.
    pub fn end(mut self) -> Result<(), Box<Diagnostic>> {
        self.close()
    }

    fn close(&mut self) -> Result<(), Box<Diagnostic>> {
        let (done, ended) = bounded(1);
        let _ = self.orders.send(Order::End(done));
        let _ = ended.recv_timeout(Duration::from_millis(500));
        self.quit.store(true, Ordering::SeqCst);
        let result = self.outputs.take().map_or(Ok(()), |outputs| outputs.shutdown(Duration::from_millis(400)));
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        self.audio = None;
        result
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.outputs.is_some() {
            let _ = self.close();
        }
    }
}

/// What the compiler is asked by the performer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    /// Play the version before.
    StepBack,
}

type Wishes = Receiver<Wish>;
