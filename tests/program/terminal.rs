//! A program in a real pseudo-terminal, its screen read back with a terminal emulator.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The screen's rows and columns.
pub const SIZE: (u16, u16) = (40, 120);

/// How long the screen may take to show what it should.
const SOON: Duration = Duration::from_secs(20);

/// A program in a terminal; it ends with this value.
pub struct Stage {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _pty: Box<dyn MasterPty + Send>,
}

impl Stage {
    /// Starts a program.
    pub fn open(program: &Path, arguments: &[&str]) -> Stage {
        let (rows, cols) = SIZE;
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env_remove("COLORTERM");
        command.env_remove("NO_COLOR");
        let child = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().expect("its output");
        let keys = pty.master.take_writer().expect("its input");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Stage { child, keys, bytes, screen: vt100::Parser::new(rows, cols, 0), _pty: pty.master }
    }

    /// Reads until the screen is as wished.
    #[track_caller]
    pub fn until(&mut self, what: &str, wished: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + SOON;
        while !wished(self.screen.screen()) {
            match self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("{what}: {error}, but\n{}", self.shown()),
            }
        }
    }

    /// Reads until these words are on the screen.
    #[track_caller]
    pub fn until_shown(&mut self, words: &str) {
        self.until(&format!("`{words}` is shown"), |screen| screen.contents().contains(words));
    }

    /// Reads for a while.
    pub fn read_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            match self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(end.saturating_duration_since(Instant::now()));
                    return;
                }
            }
        }
    }

    /// What is on the screen now.
    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the program listens");
    }

    /// Sends the program a signal, such as `-TERM`.
    pub fn signal(&self, signal: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let _ = std::process::Command::new("kill").args([signal, &id]).status();
    }

    /// The terminal as it was found: the first screen, with a cursor.
    #[track_caller]
    pub fn until_given_back(&mut self) {
        self.until("the terminal is given back", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    }

    /// Its exit code once it has ended.
    pub fn finish(&mut self) -> u32 {
        let end = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().expect("the program's state") {
                return status.exit_code();
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.shown());
            self.read_for(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program in a terminal, closes that once there is something on the screen, and waits for its end: its exit
/// code.
pub fn closed_while_it_plays(program: &Path, arguments: &[&str]) -> u32 {
    let pty = native_pty_system().openpty(PtySize::default()).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env("TERM", "xterm-256color");
    let mut child = pty.slave.spawn_command(command).expect("the program starts");
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().expect("its output");
    let mut screen = vt100::Parser::new(24, 80, 0);
    let end = Instant::now() + SOON;
    while !screen.screen().contents().contains('▶') {
        assert!(Instant::now() < end, "nothing is shown:\n{}", screen.screen().contents());
        let mut buffer = [0; 4096];
        let count = reader.read(&mut buffer).expect("it draws");
        screen.process(&buffer[..count]);
    }
    drop(reader);
    drop(pty.master);
    let end = Instant::now() + SOON;
    loop {
        if let Some(status) = child.try_wait().expect("the program's state") {
            return status.exit_code();
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("it plays on although its terminal is closed");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
