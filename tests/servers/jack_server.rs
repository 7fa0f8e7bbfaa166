//! `jackd -R -d dummy`: a JACK server that keeps time without a sound card.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{Guard, wait_until};

/// A running server; it ends with this value and leaves nothing in `/dev/shm`.
pub struct JackServer {
    process: Guard,
    log: PathBuf,
    period: u32,
    rate: u32,
    patient: bool,
}

impl JackServer {
    /// Starts a server with `rate` frames a second in periods of `period` frames, and waits until it answers.
    pub fn start(rate: u32, period: u32) -> JackServer {
        JackServer::open(rate, period, false)
    }

    /// Such a server that waits for its clients in each period, at most five seconds: on a machine that stands still for
    /// a while the music does too, and no client loses what it had to say.
    pub fn start_patient(rate: u32, period: u32) -> JackServer {
        JackServer::open(rate, period, true)
    }

    fn open(rate: u32, period: u32, patient: bool) -> JackServer {
        let log = std::env::temp_dir().join(format!("{}-{period}.log", server_name()));
        let process = JackServer::launch(rate, period, patient, &log);
        let server = JackServer { process, log, period, rate, patient };
        server.wait();
        server
    }

    fn launch(rate: u32, period: u32, patient: bool, log: &std::path::Path) -> Guard {
        let (rate, period, name) = (rate.to_string(), period.to_string(), server_name());
        let mut arguments = vec!["-R", "-n", &name];
        if patient {
            arguments.extend(["--sync", "--timeout", "5000"]);
        }
        arguments.extend(["-d", "dummy", "-r", &rate, "-p", &period]);
        Guard::start("jackd", &arguments, log)
    }

    fn wait(&self) {
        let up = wait_until(Duration::from_secs(10), probe);
        assert!(up, "jackd does not answer: {}", std::fs::read_to_string(&self.log).unwrap_or_default());
    }

    /// What the server wrote about clients that were late.
    pub fn complaints(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| line.contains("XRun") || line.contains("finished")).collect::<Vec<_>>().join("\n")
    }

    /// How often a client had not finished in time (it loses a cycle), by its name; and how often the server itself came
    /// late, on a machine that stood still for a period.
    pub fn xruns(&self) -> (BTreeMap<String, usize>, usize) {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut late = BTreeMap::new();
        for line in said.lines() {
            let name = line.split_once("client = ").and_then(|(_, rest)| rest.split_once(" was not finished"));
            if let Some((name, _)) = name {
                *late.entry(name.to_owned()).or_default() += 1;
            }
        }
        (late, said.matches("Process XRun").count())
    }

    /// Makes the server stand still, as one that hangs: it answers nothing and reports nothing.
    pub fn hold(&self) {
        self.process.signal("-STOP");
    }

    /// Lets it go on after a `hold`.
    pub fn let_go(&self) {
        self.process.signal("-CONT");
    }

    /// Ends the server as a crash does.
    pub fn kill(&mut self) {
        self.process.kill();
        clean();
    }

    /// Starts it again after [`JackServer::kill`], without waiting for it to answer.
    pub fn restart(&mut self) {
        self.process = JackServer::launch(self.rate, self.period, self.patient, &self.log);
    }
}

impl Drop for JackServer {
    fn drop(&mut self) {
        self.process.terminate();
        clean();
        let _ = std::fs::remove_file(&self.log);
    }
}

fn server_name() -> String {
    std::env::var("JACK_DEFAULT_SERVER").expect("only within `with_jack`")
}

/// Whether a client can be opened. In a process of its own, because libjack's state belongs to the whole process.
fn probe() -> bool {
    std::process::Command::new("jack_bufsize")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A killed server leaves its semaphores and sockets behind.
fn clean() {
    let name = server_name();
    for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with("jack") && file.contains(&name) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
