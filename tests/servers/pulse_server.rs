//! A PulseAudio server with a null sink, and a recording of what reaches it.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Guard, wait_until};

/// A running server with the sink `talea`: 48 kHz, stereo, float.
pub struct PulseServer {
    process: Guard,
    folder: PathBuf,
}

impl PulseServer {
    /// Starts the server and waits until it answers.
    pub fn start() -> PulseServer {
        let folder = PathBuf::from(std::env::var_os("PULSE_RUNTIME_PATH").expect("only within `with_pulse`"));
        let socket = folder.join("native");
        let script = folder.join("pulse.pa");
        let text = format!(
            "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             load-module module-null-sink sink_name=talea format=float32le rate=48000 channels=2 norewinds=1\n\
             set-default-sink talea\n",
            socket.display()
        );
        std::fs::write(&script, text).expect("the server's script");
        let process = PulseServer::launch(&folder);
        let server = PulseServer { process, folder };
        server.wait();
        server
    }

    fn launch(folder: &std::path::Path) -> Guard {
        let script = folder.join("pulse.pa").display().to_string();
        let arguments = [
            "-n",
            "-F",
            &script,
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disable-shm=no",
            "--realtime=no",
            "--high-priority=no",
        ];
        Guard::start("pulseaudio", &arguments, &folder.join("pulse.log"))
    }

    fn wait(&self) {
        let up = wait_until(Duration::from_secs(10), || {
            let info = Command::new("pactl").arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
            info.is_ok_and(|status| status.success())
        });
        let log = std::fs::read_to_string(self.folder.join("pulse.log")).unwrap_or_default();
        assert!(up, "pulseaudio does not answer: {log}");
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
        let _ = std::fs::remove_file(self.folder.join("native"));
    }

    /// Starts it again after [`PulseServer::kill`].
    pub fn restart(&mut self) {
        self.process = PulseServer::launch(&self.folder);
        self.wait();
    }

    /// Begins to record what the sink plays.
    pub fn record(&self) -> PulseRecording {
        let path = self.folder.join("heard.raw");
        let out = File::create(&path).expect("a file for the recording");
        let child = Command::new("parec")
            .args(["--raw", "-d", "talea.monitor", "--format=float32le", "--rate=48000", "--channels=2"])
            .args(["--latency-msec=20"])
            .stdout(out)
            .stderr(Stdio::null())
            .spawn()
            .expect("parec starts");
        PulseRecording { process: Guard(child), path }
    }
}

impl Drop for PulseServer {
    fn drop(&mut self) {
        self.process.terminate();
    }
}

/// A recording in work.
pub struct PulseRecording {
    process: Guard,
    path: PathBuf,
}

impl PulseRecording {
    /// How many frames have arrived.
    pub fn frames(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len() / 8)
    }

    /// Stops, and hands over the samples of both channels.
    pub fn finish(mut self) -> [Vec<f32>; 2] {
        self.process.terminate();
        let bytes = std::fs::read(&self.path).expect("the recording");
        let samples: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect();
        [samples.iter().step_by(2).copied().collect(), samples.iter().skip(1).step_by(2).copied().collect()]
    }
}
