//! The real program, as its users run it: the optimised binary, pieces in folders of their own, what it says.
//!
//! The binary is `$TALEA_BIN`, else `target/release/talea`, which is built where it is missing. Where that fails the
//! test says so loudly and ends.
//!
//! Invariant: every wait is bounded, and what was started is ended.
#![allow(dead_code, unreachable_pub, clippy::print_stderr, clippy::unwrap_used)] // Each test uses its own part.

pub mod measure;
pub mod sound;
pub mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::servers::{Guard, wait_until};

/// How long a program may take for what it should do at once; generous, because machines that test are busy.
const SOON: Duration = Duration::from_secs(15);

/// The top of the repository.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The optimised program. `None` where it cannot be built; that is said.
pub fn optimised() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(find).as_deref()
}

fn find() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TALEA_BIN") {
        return Some(PathBuf::from(path));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), PathBuf::from);
    let program = target.join("release/talea");
    if !program.is_file() {
        // cargo itself waits for other builds.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "--release", "--locked"]).current_dir(top()).status();
        if !built.is_ok_and(|status| status.success()) {
            eprintln!("\n*** SKIPPED: the optimised program cannot be built, so nothing was tested here ***\n");
            return None;
        }
    }
    let age = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let newest = sources(&top().join("src")).iter().filter_map(|path| age(path)).max();
    if newest > age(&program) {
        eprintln!("\n*** {} is older than the sources: `make build` makes it anew ***\n", program.display());
    }
    Some(program)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// A folder for a piece; it goes with this value.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// An empty folder.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A folder with a piece, and the piece's path.
    pub fn with(text: &str) -> (Folder, PathBuf) {
        let folder = Folder::new();
        let piece = folder.save("piece.talea", text);
        (folder, piece)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Saves as editors do: another file is written, and takes the name.
    pub fn save(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let (path, new) = (self.path(name), self.path(&format!(".{}.new", name.replace('/', "-"))));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
        path
    }
}

/// What a finished program left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs a program to its end. It has no terminal.
pub fn run(program: &Path, arguments: &[&str]) -> Ran {
    run_with(program, arguments, "")
}

/// The same with something on its standard input.
pub fn run_with(program: &Path, arguments: &[&str], input: &str) -> Ran {
    let folder = Folder::new();
    let input = folder.save("in", input);
    let mut command = Command::new(program);
    command.args(arguments).stdin(fs::File::open(input).unwrap()).env_remove("JACK_DEFAULT_SERVER");
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ran {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// A program that plays, and what it has said so far.
pub struct Playing {
    pub process: Guard,
    said: PathBuf,
}

impl Playing {
    /// Plays a piece without a screen; what it says goes to a file in the folder.
    pub fn start(program: &Path, folder: &Folder, piece: &Path, arguments: &[&str]) -> Playing {
        let said = folder.path("said.txt");
        let piece = piece.display().to_string();
        let all: Vec<&str> = ["play", &piece, "--headless"].into_iter().chain(arguments.iter().copied()).collect();
        Playing { process: Guard::start(&program.display().to_string(), &all, &said), said }
    }

    /// Everything on its two outputs.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap()).into_owned()
    }

    /// Waits until it has said these words, as often as that.
    #[track_caller]
    pub fn until_said(&mut self, words: &str, times: usize) {
        let heard = wait_until(SOON, || self.said().matches(words).count() >= times || self.ended().is_some());
        assert!(heard && self.said().matches(words).count() >= times, "it never says `{words}`:\n{}", self.said());
    }

    /// Its exit code, if it has ended.
    pub fn ended(&mut self) -> Option<i32> {
        self.process.0.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    /// Ends it as the system would, with TERM, and gives its exit code.
    pub fn stop(&mut self) -> i32 {
        self.process.signal("-TERM");
        let status = self.process.wait(SOON).expect("it ends when it is told to");
        status.code().unwrap_or(-1)
    }

    /// Waits for its own end.
    pub fn finish(&mut self, limit: Duration) -> i32 {
        let status = self.process.wait(limit).unwrap_or_else(|| panic!("it does not end:\n{}", self.said()));
        status.code().unwrap_or(-1)
    }
}

/// How long something took, in seconds.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
