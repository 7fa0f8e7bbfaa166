//! Opens a device, watches it, and replaces it when it is lost.
//!
//! A stream is lost when its error flag is set or when its callback stood still for half a second (a stalled server
//! reports nothing). It is dropped on a spare thread (a vanished sink makes that hang for ever), the timer takes over at
//! once so that musical time goes on, and every 250 ms a device is looked for: the same first, then the default.
//!
//! Invariant: the player outlives every stream and is never without a driver while it plays.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::choice::{Attempt, Route, Running, Settings, Source, first_sources, next_sources, open_one_of};
use super::clock::Clock;
use super::ears::Ear;
use super::midi::Midi;
use super::midi_ports::System;
use super::null::Timer;
use super::player::Player;
use super::record::Recorder;
use super::stage::Stage;
use super::status::{State, Status};
use crate::base::diagnostic::{Diagnostic, Severity};

/// A callback that stands still for so long is lost.
const STALL: Duration = Duration::from_millis(500);
/// How often a device is looked for.
const RETRY: Duration = Duration::from_millis(250);
/// How often the supervisor looks at the signs of life.
const GLANCE: Duration = Duration::from_millis(20);
/// How often a driver is tended.
const TEND: Duration = Duration::from_secs(1);
/// An attempt to open that takes longer hangs and is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// The engine's rate when no device has settled one, in frames a second.
const USUAL_RATE: u32 = 48_000;
/// MIDI messages between a callback and the MIDI thread.
const MIDI_RING: usize = 8192;

/// What the supervisor's thread and the session's own share.
struct Wiring {
    settings: Settings,
    stage: Arc<Stage>,
    running: Mutex<Option<Running>>,
    ports: Mutex<Vec<String>>,
    midi: Mutex<Midi>,
    timer: Timer,
    stop: AtomicBool,
    /// How many xruns were told last.
    told_xruns: AtomicU64,
    /// JACK clients that are being opened or closed.
    jack_busy: Arc<AtomicUsize>,
}

/// The outputs of a session: devices, MIDI ports, recording.
///
/// [`open`](Outputs::open) finds a device and with it the rate; with that the engine is made;
/// [`play`](Outputs::play) puts it on stage; [`shutdown`](Outputs::shutdown) ends in good order.
pub struct Outputs {
    wiring: Arc<Wiring>,
    watch: Option<JoinHandle<()>>,
    recorder: Option<Recorder>,
}

impl Outputs {
    /// Opens the device that was chosen.
    ///
    /// # Errors
    /// When a device or system that was asked for by name is not there. Without such a wish the missing device is told
    /// as a diagnostic, and the outputs play silently and look for one.
    pub fn open(settings: Settings) -> Result<Outputs, Box<Diagnostic>> {
        let (clock, status) = (Arc::new(Clock::new()), Arc::new(Status::default()));
        let (producer, events) = rtrb::RingBuffer::new(MIDI_RING);
        let stage = Stage::new(Arc::clone(&clock), Arc::clone(&status), producer);
        let jack_busy = Arc::new(AtomicUsize::new(0));
        let sources = first_sources(&settings);
        let running = if sources.is_empty() {
            status.set_state(State::Silent);
            None
        } else {
            match open_one_of(&stage, &sources, &jack_busy).recv_timeout(PATIENCE) {
                Ok(Ok(running)) => Some(running),
                Ok(Err(said)) if settings.choice.route != Route::Default => return Err(no_device(&said)),
                Err(_) if settings.choice.route != Route::Default => return Err(no_device("it does not answer")),
                _ => {
                    let message = "no audio device; playing silently, and looking for one";
                    let _ = settings.say.send(Diagnostic::machine(Severity::Warning, "no-device", message));
                    None
                }
            }
        };
        if running.is_none() {
            clock.settle_rate(USUAL_RATE);
        }
        let timer = Timer::start(&stage).ok_or_else(|| no_device("the system gives no thread"))?;
        let system = System::new(stage.ears.clone());
        let midi = Midi::start(Box::new(system), events, clock, status, settings.say.clone());
        let wiring = Wiring {
            settings,
            stage,
            running: Mutex::new(running),
            ports: Mutex::new(Vec::new()),
            midi: Mutex::new(midi),
            timer,
            stop: AtomicBool::new(false),
            told_xruns: AtomicU64::new(0),
            jack_busy,
        };
        Ok(Outputs { wiring: Arc::new(wiring), watch: None, recorder: None })
    }

    /// The engine's rate for the session, in frames a second.
    pub fn rate(&self) -> u32 {
        self.wiring.stage.clock.rate()
    }

    /// How the outputs are doing.
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.wiring.stage.status)
    }

    /// When frames are heard.
    pub fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.wiring.stage.clock)
    }

    /// The MIDI inputs, each as it comes.
    pub fn listen(&self) -> Receiver<Ear> {
        self.wiring.stage.ears.listen()
    }

    /// Records what is played from now on. To be called before [`play`](Outputs::play).
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn record(&mut self, path: &Path) -> Result<(), Box<Diagnostic>> {
        let (tap, recorder) = Recorder::start(path, self.rate())?;
        self.wiring.stage.tap(Some(tap));
        self.recorder = Some(recorder);
        Ok(())
    }

    /// The names of the MIDI ports in use; the index that a message carries is the place in this list. Within a session
    /// the list should only grow, because queued messages still mean the places they were queued with.
    pub fn set_ports(&self, names: &[String]) {
        names.clone_into(&mut lock(&self.wiring.ports));
        lock(&self.wiring.midi).set_ports(names);
        if let Some(running) = lock(&self.wiring.running).as_mut() {
            running.driver.set_ports(names);
        }
    }

    /// Puts the player on stage and starts.
    pub fn play(&mut self, player: Box<dyn Player>) {
        let wiring = &self.wiring;
        wiring.stage.enter(player);
        match lock(&wiring.running).as_ref() {
            Some(running) => wiring.hand_over(running, false),
            None => wiring.stand_in(),
        }
        let watched = Arc::clone(wiring);
        // Without the thread a lost device would not be replaced; what plays plays on.
        self.watch = std::thread::Builder::new().name("talea-outputs".into()).spawn(move || watched.watch()).ok();
    }

    /// The recording's trouble with the disk, if there is any.
    pub fn recording_trouble(&self) -> Option<Box<Diagnostic>> {
        self.recorder.as_ref()?.trouble()
    }

    /// Ends in good order within `patience`: MIDI that is queued is still sent, the recording is closed.
    ///
    /// # Errors
    /// What went wrong with the recording.
    pub fn shutdown(mut self, patience: Duration) -> Result<(), Box<Diagnostic>> {
        let deadline = Instant::now() + patience;
        if self.watch.is_some() {
            self.wiring.drain(deadline);
        }
        self.wiring.end(deadline);
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
        self.recorder.take().map_or(Ok(()), Recorder::finish)
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        self.wiring.end(Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_device(said: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::machine(Severity::Error, "no-device", format!("cannot play: {said}"))
            .help("`talea devices` lists what there is"),
    )
}

/// What the supervisor is about.
enum Watch {
    /// A device plays; it was last heard of with so many beats at that time.
    Over { beats: u64, since: Instant, tended: Instant },
    /// There is none: the next attempt is at that time, or one is under way since then.
    Hunt { lost: Option<Source>, attempt: Option<Attempt>, since: Instant },
    /// One was opened, and has to show that it lives.
    Trial { lost: Option<Source>, running: Running, since: Instant },
}

impl Wiring {
    fn watch(&self) {
        if self.settings.choice.route == Route::Null {
            return;
        }
        let now = Instant::now();
        let mut watch = if lock(&self.running).is_some() {
            Watch::Over { beats: 0, since: now, tended: now }
        } else {
            Watch::Hunt { lost: None, attempt: None, since: now }
        };
        while !self.stop.load(Ordering::Acquire) {
            watch = self.step(watch);
            std::thread::sleep(GLANCE);
        }
        match watch {
            Watch::Trial { running, .. } => drop(self.discard(running)),
            Watch::Hunt { attempt: Some(attempt), .. } => Wiring::abandon(attempt),
            _ => {}
        }
    }

    fn step(&self, watch: Watch) -> Watch {
        let now = Instant::now();
        match watch {
            Watch::Over { beats, since, tended } => {
                let mut held = lock(&self.running);
                let Some(running) = held.as_mut() else {
                    return Watch::Hunt { lost: None, attempt: None, since: now };
                };
                let heard = running.driver.signs().beats();
                let stalled = heard == beats && now.duration_since(since) >= STALL;
                if running.driver.signs().has_failed() || stalled {
                    let lost = held.take();
                    drop(held);
                    return self.lose(lost);
                }
                let due = now.duration_since(tended) >= TEND;
                if due {
                    self.tend(running);
                }
                let since = if heard == beats { since } else { now };
                Watch::Over { beats: heard, since, tended: if due { now } else { tended } }
            }
            Watch::Hunt { lost, attempt: None, since } if now >= since => {
                let sources = next_sources(&self.settings, lost.as_ref());
                let attempt = Some(open_one_of(&self.stage, &sources, &self.jack_busy));
                Watch::Hunt { lost, attempt, since: now }
            }
            Watch::Hunt { lost, attempt: Some(attempt), since } => match attempt.recv_timeout(GLANCE) {
                Ok(Ok(running)) => Watch::Trial { lost, running, since: now },
                Err(RecvTimeoutError::Timeout) if since.elapsed() < PATIENCE => {
                    Watch::Hunt { lost, attempt: Some(attempt), since }
                }
                Err(RecvTimeoutError::Timeout) => {
                    Wiring::abandon(attempt);
                    Watch::Hunt { lost, attempt: None, since: now }
                }
                _ => Watch::Hunt { lost, attempt: None, since: since + RETRY },
            },
            Watch::Trial { lost, running, since } => {
                if running.driver.signs().has_failed() || now.duration_since(since) > STALL * 2 {
                    self.discard(running);
                    return Watch::Hunt { lost, attempt: None, since: now + RETRY };
                }
                if running.driver.signs().beats() == 0 || self.is_behind() {
                    return Watch::Trial { lost, running, since };
                }
                self.take_up(running);
                Watch::Over { beats: 0, since: now, tended: now }
            }
            hunt @ Watch::Hunt { .. } => hunt,
        }
    }

    /// Whether the timer still catches up what a lost device left undone.
    fn is_behind(&self) -> bool {
        let due = self.stage.clock.frame_at(Instant::now());
        due.is_some_and(|due| due - self.stage.status.frame() > i64::from(self.stage.clock.rate() / 10))
    }

    /// A device was lost: the timer takes over.
    fn lose(&self, lost: Option<Running>) -> Watch {
        self.stand_in();
        let source = lost.map(|running| {
            self.say(
                Severity::Warning,
                "device-lost",
                format!("lost {}; playing silently, and looking for it", running.driver.name()),
            );
            let source = running.source.clone();
            self.discard(running);
            source
        });
        Watch::Hunt { lost: source, attempt: None, since: Instant::now() }
    }

    /// A device is back.
    fn take_up(&self, mut running: Running) {
        running.driver.set_ports(&lock(&self.ports));
        self.hand_over(&running, true);
        self.say(Severity::Hint, "device-found", format!("playing through {}", running.driver.name()));
        *lock(&self.running) = Some(running);
    }

    /// The driver plays from now on.
    fn hand_over(&self, running: &Running, fade: bool) {
        let (status, driver) = (&self.stage.status, &running.driver);
        lock(&self.midi).carry(!driver.carries_midi());
        status.set_name(driver.name());
        status.rate.store(driver.rate(), Ordering::Relaxed);
        if let Some(latency) = driver.latency_micros() {
            status.latency_micros.store(latency, Ordering::Relaxed);
        }
        self.stage.give(driver.seat(), fade);
        status.set_state(State::Playing);
    }

    /// The timer plays from now on.
    fn stand_in(&self) {
        let status = &self.stage.status;
        let silent = self.settings.choice.route == Route::Null;
        status.set_state(if silent { State::Silent } else { State::Looking });
        status.set_name("");
        status.freewheeling.store(false, Ordering::Release);
        status.rate.store(self.stage.clock.rate(), Ordering::Relaxed);
        status.latency_micros.store(0, Ordering::Relaxed);
        lock(&self.midi).carry(true);
        self.timer.take_over(&self.stage);
    }

    fn tend(&self, running: &mut Running) {
        for said in running.driver.tend() {
            let _ = self.settings.say.send(said);
        }
        // Told at the first, and whenever there are twice as many: a machine in trouble should not be talked over.
        let xruns = self.stage.status.xruns();
        if xruns > 0 && xruns >= self.told_xruns.load(Ordering::Relaxed) * 2 {
            self.told_xruns.store(xruns, Ordering::Relaxed);
            self.say(Severity::Warning, "xrun", format!("{} ran dry ({xruns} times so far)", running.driver.name()));
        }
        if let Some(latency) = running.driver.latency_micros() {
            self.stage.status.latency_micros.store(latency, Ordering::Relaxed);
        }
    }

    /// Closes a stream on a spare thread.
    fn discard(&self, running: Running) -> Option<JoinHandle<()>> {
        let busy = Arc::clone(&self.jack_busy);
        // Counted before the thread runs, so that no new client slips in between.
        let counted = usize::from(running.source == Source::Jack);
        busy.fetch_add(counted, Ordering::AcqRel);
        let close = move || {
            drop(running);
            busy.fetch_sub(counted, Ordering::AcqRel);
        };
        std::thread::Builder::new().name("talea-close".into()).spawn(close).ok()
    }

    /// Waits on a spare thread for an attempt that hangs, and closes what comes of it.
    fn abandon(attempt: Attempt) {
        let close = move || drop(attempt.recv());
        // Without a thread the attempt is dropped here, and closes itself.
        let _ = std::thread::Builder::new().name("talea-close".into()).spawn(close);
    }

    fn say(&self, severity: Severity, code: &'static str, message: String) {
        // Nobody listens any more when the session ends.
        let _ = self.settings.say.send(Diagnostic::machine(severity, code, message));
    }

    /// Lets the driver play until no MIDI is queued, and its last block has gone out.
    fn drain(&self, deadline: Instant) {
        let status = &self.stage.status;
        let mut last = status.frame();
        let mut quiet = 0;
        // What was queued just now is known after the next block; one more and that block has been taken.
        while quiet < 3 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
            let frame = status.frame();
            if frame != last {
                last = frame;
                quiet = if status.midi_pending.load(Ordering::Relaxed) { 0 } else { quiet + 1 };
            }
        }
    }

    fn end(&self, deadline: Instant) {
        if self.stop.swap(true, Ordering::AcqRel) {
            return;
        }
        lock(&self.midi).shutdown(deadline);
        drop(self.stage.leave());
        drop(self.stage.tap(None));
        let Some(running) = lock(&self.running).take() else { return };
        if let Some(closed) = self.discard(running) {
            let limit = Instant::now() + Duration::from_millis(500);
            while !closed.is_finished() && Instant::now() < limit {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::tests::Counter;
    use super::*;
    use crossbeam_channel::Receiver;

    fn settings(choice: &str) -> (Settings, Receiver<Diagnostic>) {
        let (say, said) = crossbeam_channel::unbounded();
        (Settings { choice: choice.parse().unwrap(), latency: None, say }, said)
    }

    #[test]
    fn a_device_asked_for_by_name_that_is_missing_is_an_error() {
        let said = Outputs::open(settings("alsa:no such device").0).err().unwrap();
        assert_eq!((said.severity, said.code), (Severity::Error, "no-device"));
    }

    #[test]
    fn without_a_device_the_music_still_moves_and_is_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let (settings, _said) = settings("null");
        let mut outputs = Outputs::open(settings).unwrap();
        assert_eq!(outputs.rate(), 48_000);
        outputs.record(&path).unwrap();
        outputs.play(Box::new(Counter::at(0)));
        let status = outputs.status();
        while status.frame() < 2000 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(status.state(), State::Silent);
        outputs.shutdown(Duration::from_secs(1)).unwrap();
        let written: Vec<f32> = hound::WavReader::open(&path).unwrap().samples::<f32>().map(Result::unwrap).collect();
        assert!(written.len() >= 4000);
        assert!(written.chunks(2).enumerate().all(|(n, frame)| frame[0] == (n + 1) as f32 && frame[1] == -frame[0]));
    }
}
