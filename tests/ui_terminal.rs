//! The screen in a real terminal: a child of this test in a pseudo-terminal, read back with a terminal emulator.
#![cfg(unix)]

#[path = "../examples/screens/stage.rs"]
#[expect(dead_code, reason = "one of its scenes is enough here")]
mod stage;

use std::io::{Read as _, Write};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use talea::ui::{Action, Snapshot, terminal};

/// What the child is to do.
const ROLE: &str = "TALEA_TEST_SCREEN";

/// The child: a session whose only music is the hand's mute.
#[test]
#[ignore = "the other tests run it as their child"]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (actions, asked) = crossbeam_channel::unbounded();
    let shown = Arc::new(Mutex::new(stage::playing()));
    let session = Arc::clone(&shown);
    std::thread::spawn(move || {
        for action in asked {
            if let Action::Mute { strip } = action {
                assert!(role != "panic", "the session fell over");
                let mut shown: std::sync::MutexGuard<Snapshot> = session.lock().expect("nobody panics with it");
                shown.strips.iter_mut().filter(|one| one.name == strip).for_each(|one| one.muted = !one.muted);
            }
        }
    });
    let quit = Arc::new(AtomicBool::new(false));
    terminal::run(|| shown.lock().expect("nobody panics with it").clone(), actions, quit).expect("a terminal");
    std::io::stdout().write_all(b"the end\n").expect("the terminal is still there");
}

/// A child in a terminal of 80×24.
struct Stage {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _pty: Box<dyn portable_pty::MasterPty + Send>,
}

impl Stage {
    fn open(role: &str) -> Stage {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(std::env::current_exe().expect("this test has a path"));
        command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads", "1"]);
        command.env(ROLE, role);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).expect("the child starts");
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
        Stage { child, keys, bytes, screen: vt100::Parser::new(24, 80, 0), _pty: pty.master }
    }

    /// Reads until the screen is as wished, for at most twenty seconds.
    fn until(&mut self, what: &str, wished: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !wished(self.screen.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("{what}: {error}, but\n{}", self.screen.screen().contents()),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the child listens");
    }

    fn until_playing(&mut self) {
        self.until("the piece is on the screen", |screen| {
            screen.alternate_screen() && screen.contents().contains("Night Bus") && screen.contents().contains("? help")
        });
    }

    /// The terminal as it was found: the first screen, with a cursor.
    fn until_given_back(&mut self) {
        self.until("the terminal is given back", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    }
}

/// The ground of the M of `hats` in the row of switches.
fn mute_ground(screen: &vt100::Screen) -> Option<vt100::Color> {
    screen.cell(21, 11).map(vt100::Cell::bgcolor)
}

#[test]
fn a_key_is_answered_and_q_gives_the_terminal_back() {
    let mut stage = Stage::open("play");
    stage.until_playing();
    let before = mute_ground(stage.screen.screen());
    stage.press("\u{1b}[Cm");
    stage.until("hats are muted", |screen| mute_ground(screen) != before && screen.contents().contains("M S"));
    stage.press("q");
    stage.until_given_back();
    stage.until("the child ends well", |screen| screen.contents().contains("the end"));
    assert!(stage.child.wait().expect("it ends").success());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut stage = Stage::open("play");
        stage.until_playing();
        let id = stage.child.process_id().expect("it runs").to_string();
        std::process::Command::new("kill").args([signal, &id]).status().expect("kill is there");
        stage.until_given_back();
        assert!(stage.child.wait().expect("it ends").success(), "after {signal}");
    }
}

#[test]
fn a_panic_in_another_thread_gives_the_terminal_back_before_its_message() {
    let mut stage = Stage::open("panic");
    stage.until_playing();
    stage.press("m");
    stage.until_given_back();
    stage.until("its message can be read", |screen| {
        !screen.alternate_screen() && screen.contents().contains("the session fell over")
    });
    stage.child.wait().expect("it ends");
}
