//! Real sound servers for tests: JACK and PulseAudio without a sound card, and clients that record.
//!
//! A test that needs a server calls [`with_jack`] or [`with_pulse`]. The test then runs again in a process of its own,
//! whose environment names a server that nobody else has; only one such process runs at a time, on the whole machine.
//! Where the programs are not installed the test says so loudly and ends.
//!
//! Invariant: every wait is bounded, and what was started is ended.
#![allow(dead_code, unused_imports, unreachable_pub, clippy::print_stderr)] // Each test program uses its own part.

pub mod controller;
pub mod jack_server;
pub mod pulse_server;
pub mod recorder;

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use controller::Controller;
pub use jack_server::JackServer;
pub use pulse_server::PulseServer;
pub use recorder::{Recorder, Recording};

/// Set in the process that runs the test's body.
const INSIDE: &str = "TALEA_TEST_SERVER";
/// Servers that this process has given a folder.
static SERVERS: AtomicU32 = AtomicU32::new(0);
/// How long one test may take once it is its turn.
const LIMIT: Duration = Duration::from_secs(240);

/// Whether these programs are installed; says loudly which is not.
pub fn installed(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    programs.iter().all(|program| {
        let found = folders.iter().any(|folder| folder.join(program).is_file());
        if !found {
            eprintln!("\n*** SKIPPED: `{program}` is not installed, so nothing was tested here ***\n");
        }
        found
    })
}

/// Runs `body` with an environment in which the JACK server's name is its own. `test` is the test's full name.
pub fn with_jack(test: &str, body: impl FnOnce()) {
    if installed(&["jackd"]) {
        let name = format!("talea_{}", std::process::id());
        let settings = [
            ("JACK_DEFAULT_SERVER", name.as_str()),
            ("JACK_NO_START_SERVER", "1"),
            ("JACK_NO_AUDIO_RESERVATION", "1"),
            // No other system may answer in its place.
            ("PULSE_SERVER", "unix:/nowhere"),
        ];
        in_its_own_process(test, &settings, body);
    }
}

/// Runs `body` with an environment in which the PulseAudio server is its own. `test` is the test's full name.
pub fn with_pulse(test: &str, body: impl FnOnce()) {
    if installed(&["pulseaudio", "parec"]) {
        // Short, because the path of a socket has at most 107 bytes.
        let number = SERVERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("talea-pulse-{}-{number}", std::process::id()));
        let text = folder.display().to_string();
        let server = format!("unix:{text}/native");
        let settings = [
            ("XDG_RUNTIME_DIR", text.as_str()),
            ("PULSE_RUNTIME_PATH", text.as_str()),
            ("PULSE_SERVER", server.as_str()),
            ("DBUS_SESSION_BUS_ADDRESS", "disabled:"),
            ("HOME", text.as_str()),
            ("JACK_DEFAULT_SERVER", "talea_no_such_server"),
            ("JACK_NO_START_SERVER", "1"),
        ];
        if std::env::var_os(INSIDE).is_none() {
            std::fs::create_dir_all(&folder).expect("a folder for the server");
        }
        in_its_own_process(test, &settings, body);
        if std::env::var_os(INSIDE).is_none() {
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

/// Runs `body` in this process if it is the inner one, else starts this test again with these settings and waits.
pub fn in_its_own_process(test: &str, settings: &[(&str, &str)], body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return;
    }
    let _turn = wait_for_turn();
    let program = std::env::current_exe().expect("the test program's path");
    let mut command = Command::new(program);
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1").envs(settings.iter().copied());
    let mut inner = Guard(command.spawn().expect("the test program starts again"));
    let status = inner.wait(LIMIT);
    assert!(status.is_some_and(|status| status.success()), "the test's own process: {status:?} (none: it hung)");
}

/// Two servers at once make the opening of clients fail now and then. A name in the system's abstract space is held by
/// one process at a time and is free again however that one ends.
fn wait_for_turn() -> UnixListener {
    let address = SocketAddr::from_abstract_name("talea-test-sound-server").expect("a valid name");
    let limit = Instant::now() + Duration::from_secs(900);
    loop {
        match UnixListener::bind_addr(&address) {
            Ok(turn) => return turn,
            Err(error) if Instant::now() > limit => panic!("another test holds the sound server: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Waits until `done`, at most `limit`; says whether it came true.
pub fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A process that ends with this value.
pub struct Guard(pub Child);

impl Guard {
    /// Starts a program with its output in a file.
    pub fn start(program: &str, arguments: &[&str], log: &Path) -> Guard {
        let out = std::fs::File::create(log).expect("a log file");
        let err = out.try_clone().expect("the log file twice");
        let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        Guard(child.unwrap_or_else(|error| panic!("{program}: {error}")))
    }

    /// Its end, if that comes within `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<std::process::ExitStatus> {
        let mut status = None;
        wait_until(limit, || {
            status = self.0.try_wait().expect("the process's state");
            status.is_some()
        });
        status
    }

    /// Sends it a signal: `-STOP`, `-CONT`.
    pub fn signal(&self, signal: &str) {
        let _ = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
    }

    /// Asks it to end with TERM, as a user would, and waits.
    pub fn terminate(&mut self) {
        self.signal("-TERM");
        if self.wait(Duration::from_secs(5)).is_none() {
            self.kill();
        }
    }

    /// Ends it at once with KILL, and waits.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}
