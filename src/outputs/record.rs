//! `--record OUT.wav`: what was played, written while it is played.
//!
//! The callback puts frames into a ring, a thread writes them: 32-bit float, two channels, the engine's rate. The header
//! is brought up to date every half second, so that a killed program leaves a file that plays.
//!
//! Invariant: the callback never waits for the disk; frames that find no room are counted.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hound::{SampleFormat, WavSpec, WavWriter};
use rtrb::{Consumer, Producer, RingBuffer};

use super::status::Status;
use crate::base::diagnostic::{Diagnostic, Severity};

/// How many seconds the ring holds while the disk is busy.
const RING_SECONDS: usize = 4;
/// How often the header is brought up to date.
const HEADER_EVERY: Duration = Duration::from_millis(500);
/// A WAV file's length has 32 bits: after this many frames the recording goes on in a file `OUT-2.wav`.
const MOST_FRAMES: u64 = (u32::MAX as u64 - 1024) / 8;

/// The callback's end of a recording.
pub struct Tap(Producer<[f32; 2]>);

impl Tap {
    /// Takes what was played; counts what finds no room.
    pub(super) fn take(&mut self, left: &[f32], right: &[f32], status: &Status) {
        let room = self.0.slots().min(left.len());
        for (left, right) in left.iter().zip(right).take(room) {
            // There is room: this is the only producer.
            let _ = self.0.push([*left, *right]);
        }
        if room < left.len() {
            status.record_lost.fetch_add((left.len() - room) as u64, Ordering::Relaxed);
        }
    }
}

/// A recording in work.
pub struct Recorder {
    stop: Arc<AtomicBool>,
    failed: Arc<Mutex<Option<String>>>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Makes the file and starts its thread. `rate` in frames a second.
    pub fn start(path: &Path, rate: u32) -> Result<(Tap, Recorder), Box<Diagnostic>> {
        Recorder::with_limit(path, rate, MOST_FRAMES)
    }

    fn with_limit(path: &Path, rate: u32, most: u64) -> Result<(Tap, Recorder), Box<Diagnostic>> {
        let take = Take::create(path.to_owned(), rate, most).map_err(|error| trouble(path, &error.to_string()))?;
        let (producer, consumer) = RingBuffer::new(RING_SECONDS * rate.max(1) as usize);
        let stop = Arc::new(AtomicBool::new(false));
        let failed = Arc::new(Mutex::new(None));
        let (told, tell) = (Arc::clone(&stop), Arc::clone(&failed));
        let thread = std::thread::Builder::new()
            .name("talea-record".into())
            .spawn(move || {
                if let Err(error) = write(take, consumer, &told) {
                    *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                }
            })
            .map_err(|error| trouble(path, &error.to_string()))?;
        Ok((Tap(producer), Recorder { stop, failed, path: path.to_owned(), thread: Some(thread) }))
    }

    /// What went wrong with the disk, once.
    pub fn trouble(&self) -> Option<Box<Diagnostic>> {
        let said = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(trouble(&self.path, &said))
    }

    /// Writes what is left and closes the file.
    pub fn finish(mut self) -> Result<(), Box<Diagnostic>> {
        self.stop_and_wait();
        self.trouble().map_or(Ok(()), Err)
    }

    fn stop_and_wait(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop_and_wait();
    }
}

fn trouble(path: &Path, said: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::machine(Severity::Error, "recording", format!("cannot record to {}: {said}", path.display())))
}

fn write(mut take: Take, mut ring: Consumer<[f32; 2]>, stop: &AtomicBool) -> hound::Result<()> {
    let mut header = Instant::now();
    loop {
        let last = stop.load(Ordering::Relaxed);
        while let Ok(frame) = ring.pop() {
            take.write(frame)?;
        }
        if last {
            return take.writer.finalize();
        }
        if header.elapsed() >= HEADER_EVERY {
            take.writer.flush()?;
            header = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One file after the other.
struct Take {
    path: PathBuf,
    number: u32,
    spec: WavSpec,
    writer: WavWriter<BufWriter<File>>,
    frames: u64,
    most: u64,
}

impl Take {
    fn create(path: PathBuf, rate: u32, most: u64) -> hound::Result<Take> {
        let spec = WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let mut writer = WavWriter::create(&path, spec)?;
        writer.flush()?;
        Ok(Take { path, number: 1, spec, writer, frames: 0, most })
    }

    fn write(&mut self, [left, right]: [f32; 2]) -> hound::Result<()> {
        if self.frames == self.most {
            self.number += 1;
            let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
            let next = self.path.with_file_name(format!("{stem}-{}.wav", self.number));
            let full = std::mem::replace(&mut self.writer, WavWriter::create(next, self.spec)?);
            full.finalize()?;
            self.frames = 0;
        }
        self.frames += 1;
        self.writer.write_sample(left)?;
        self.writer.write_sample(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(path: &Path) -> Vec<f32> {
        hound::WavReader::open(path).unwrap().samples::<f32>().map(Result::unwrap).collect()
    }

    #[test]
    fn the_file_holds_what_was_played() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let (mut tap, recorder) = Recorder::start(&path, 1000).unwrap();
        tap.take(&[0.5, -1.5], &[0.25, 2.0], &Status::default());
        recorder.finish().unwrap();
        assert_eq!(frames(&path), [0.5, 0.25, -1.5, 2.0]);
    }

    #[test]
    fn a_killed_program_leaves_a_file_that_plays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let (mut tap, _recorder) = Recorder::start(&path, 1000).unwrap();
        assert!(frames(&path).is_empty());
        tap.take(&[0.5], &[0.25], &Status::default());
        let mut seen = Vec::new();
        while seen.is_empty() {
            std::thread::sleep(Duration::from_millis(20));
            seen = frames(&path);
        }
        assert_eq!(seen, [0.5, 0.25]);
    }

    #[test]
    fn a_recording_too_long_for_one_file_goes_on_in_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let (mut tap, recorder) = Recorder::with_limit(&path, 1000, 2).unwrap();
        tap.take(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], &Status::default());
        recorder.finish().unwrap();
        assert_eq!(frames(&path).len(), 4);
        assert_eq!(frames(&folder.path().join("take-2.wav")), [3.0, 3.0]);
    }

    #[test]
    fn frames_without_room_are_counted() {
        let (producer, _consumer) = RingBuffer::new(2);
        let status = Status::default();
        Tap(producer).take(&[0.0; 5], &[0.0; 5], &status);
        assert_eq!(status.record_lost(), 3);
    }
}
