//! The log of a session: every version's text and every gesture, with the frame at which it came.
//!
//! One JSON object a line, written as it happens, so that a log that was cut off is good up to its last whole line.
//!
//! Invariant: playing a log offline makes the same calls at the same horizons as the session did, and so the same
//! samples.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sequencer::Gesture;

/// The first line of every log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    #[serde(rename = "talea-log")]
    pub format: u32,
    /// Frames a second.
    pub rate: u32,
    /// The piece's path, absolute, so that its kits are found.
    pub piece: PathBuf,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A version of the text was ready: its files' texts by their paths.
    Version(BTreeMap<PathBuf, Arc<str>>),
    /// The performer did something.
    Gesture(Gesture),
    /// The session was over.
    End,
}

/// One line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The horizon at which it came, in frames.
    pub at: i64,
    /// It takes effect at the first boundary whose frame is not before this one.
    pub not_before: i64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// A log that was read.
#[derive(Clone, PartialEq, Debug)]
pub struct Log {
    /// Its header.
    pub header: Header,
    /// Its lines, in order.
    pub lines: Vec<Line>,
}

/// Writes a log as things happen.
#[derive(Debug)]
pub struct Writer {
    file: File,
}

impl Writer {
    /// A new log; one that is there already is begun anew.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn create(path: &Path, rate: u32, piece: &Path) -> io::Result<Writer> {
        let mut writer = Writer { file: File::create(path)? };
        let piece = std::path::absolute(piece)?;
        writer.line(&Header { format: 1, rate, piece })?;
        Ok(writer)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// The disk is full, or gone.
    pub fn add(&mut self, line: &Line) -> io::Result<()> {
        self.line(line)
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(value)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.flush()
    }
}

/// Whether a file begins like a log.
pub fn is_log(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut start = Vec::new();
    let mut reader = io::Read::take(BufReader::new(file), 4096);
    reader.read_until(b'\n', &mut start).is_ok() && start.starts_with(b"{\"talea-log\"")
}

/// Reads a log, up to its last whole line.
///
/// # Errors
/// The file cannot be read, or is no log of a known format.
pub fn read(path: &Path) -> io::Result<Log> {
    let mut lines = BufReader::new(File::open(path)?).lines();
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let first = lines.next().ok_or_else(|| bad("the log is empty".to_owned()))??;
    let header: Header = serde_json::from_str(&first).map_err(|error| bad(format!("this is no log: {error}")))?;
    if header.format != 1 {
        return Err(bad(format!("this talea knows logs of format 1, not {}", header.format)));
    }
    let mut out = Vec::new();
    for line in lines {
        match serde_json::from_str(&line?) {
            Ok(line) => out.push(line),
            Err(_) => break,
        }
    }
    Ok(Log { header, lines: out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_cut_off_is_read_up_to_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.log");
        let mut writer = Writer::create(&path, 48_000, Path::new("piece.talea")).unwrap();
        let texts = BTreeMap::from([(PathBuf::from("piece.talea"), Arc::from("$: s(\"bd\")"))]);
        let version = Line { at: 0, not_before: 0, event: Event::Version(texts) };
        writer.add(&version).unwrap();
        let gesture = Line { at: 512, not_before: 2000, event: Event::Gesture(Gesture::Mute("drums".into(), true)) };
        writer.add(&gesture).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"at\": 10").unwrap();
        assert!(is_log(&path));
        let log = read(&path).unwrap();
        assert_eq!(log.header.rate, 48_000);
        assert_eq!(log.lines, [version, gesture]);
    }
}
