//! Audio that stays on disk and is read as if it were in memory.
//!
//! A long sample is written down once, as it is decoded, into files without a name that are gone when the process ends, and
//! they are mapped. Live, nobody but the feeder (`session::feeder`) may wait for the disk: who is about to play a place says
//! so ([`Reel::want`]), the feeder reads what lies there and marks it, and the callback plays what is marked
//! ([`Reel::is_ready`]). A render has no feeder: it reads as it goes.
//!
//! Invariant: while a reel is fed, what is not marked is not read by the callback.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::{Deref, Range};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use super::system::Mapping;

/// Frames that are read and marked together: 0.7 s at 48 kHz.
pub const STRETCH: usize = 1 << 15;

/// Frames around a place that a voice may look at: as far as its kernel, a search for a zero crossing and a loop's
/// cross-fade reach, at paces up to 16.
pub const AROUND: i64 = 1 << 13;

/// A channel of a sample.
#[derive(Clone, Debug)]
pub enum Channel {
    /// In memory.
    Held(Vec<f32>),
    /// One of a reel's.
    OnDisk(Arc<Reel>, usize),
}

impl Deref for Channel {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Channel::Held(samples) => samples,
            Channel::OnDisk(reel, channel) => reel.channel(*channel),
        }
    }
}

impl From<Vec<f32>> for Channel {
    fn from(samples: Vec<f32>) -> Channel {
        Channel::Held(samples)
    }
}

impl PartialEq for Channel {
    fn eq(&self, other: &Channel) -> bool {
        **self == **other
    }
}

impl Channel {
    /// The memory that it takes, in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Channel::Held(samples) => (samples.capacity() * size_of::<f32>()) as u64,
            Channel::OnDisk(..) => 0,
        }
    }
}

/// All channels of a long sample, on disk.
#[derive(Debug)]
pub struct Reel {
    planes: Vec<Mapping>,
    frames: usize,
    /// A bit for each stretch that somebody is about to play.
    wanted: Box<[AtomicU64]>,
    /// A bit for each stretch that can be read without waiting.
    ready: Box<[AtomicU64]>,
    fed: AtomicBool,
    missed: AtomicU32,
}

impl Reel {
    /// The channels of a reel, as those of a sample.
    pub fn channels(self: Arc<Reel>) -> Vec<Channel> {
        (0..self.planes.len()).map(|at| Channel::OnDisk(Arc::clone(&self), at)).collect()
    }

    /// One channel.
    pub fn channel(&self, at: usize) -> &[f32] {
        self.planes.get(at).map_or(&[], Mapping::numbers)
    }

    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Whether somebody feeds it.
    pub fn is_fed(&self) -> bool {
        self.fed.load(Relaxed)
    }

    /// The room that it takes on disk, in bytes.
    pub fn bytes(&self) -> u64 {
        (self.frames * self.planes.len() * size_of::<f32>()) as u64
    }

    /// Somebody is about to play at a frame; what lies outside counts for nothing. Never waits.
    pub fn want(&self, frame: i64) {
        if let Some((word, bit)) = usize::try_from(frame).ok().filter(|at| *at < self.frames).map(place)
            && let Some(wanted) = self.wanted.get(word)
            && wanted.load(Relaxed) & bit == 0
        {
            wanted.fetch_or(bit, Relaxed);
        }
    }

    /// Whether frames can be read now without waiting; outside there is silence, which always can. Never waits.
    pub fn is_ready(&self, frames: Range<i64>) -> bool {
        if !self.is_fed() {
            return true;
        }
        let (from, to) = (frames.start.max(0) as usize, frames.end.clamp(0, self.frames as i64) as usize);
        let marked = |at: usize| {
            let (word, bit) = place(at);
            self.ready.get(word).is_none_or(|ready| ready.load(Acquire) & bit != 0)
        };
        from >= to || (from / STRETCH..=(to - 1) / STRETCH).all(|stretch| marked(stretch * STRETCH))
    }

    /// Counts a time at which what was to be played was not ready.
    pub fn miss(&self) {
        self.missed.fetch_add(1, Relaxed);
    }

    /// How often something was not ready since the last call.
    pub fn take_missed(&self) -> u32 {
        self.missed.swap(0, Relaxed)
    }

    /// From now on somebody feeds it. Its first stretch is read at once.
    pub fn begin_feeding(&self) {
        self.load(0);
        self.fed.store(true, Release);
    }

    /// The stretches that were wanted since the last call.
    pub fn take_wanted(&self) -> impl Iterator<Item = usize> + '_ {
        self.wanted.iter().enumerate().flat_map(|(word, wanted)| {
            let bits = if wanted.load(Relaxed) == 0 { 0 } else { wanted.swap(0, Relaxed) };
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        })
    }

    /// Reads a stretch from the disk, and marks it. It may wait as long as the disk does.
    pub fn load(&self, stretch: usize) {
        let from = stretch * STRETCH;
        for plane in &self.planes {
            plane.load(from.min(self.frames)..(from + STRETCH).min(self.frames));
        }
        let (word, bit) = place(from);
        if let Some(ready) = self.ready.get(word) {
            ready.fetch_or(bit, AcqRel);
        }
    }

    /// A stretch that nobody has wanted for long need not stay in memory.
    pub fn forget(&self, stretch: usize) {
        let from = (stretch * STRETCH).min(self.frames);
        let (word, bit) = place(from);
        if let Some(ready) = self.ready.get(word) {
            ready.fetch_and(!bit, AcqRel);
        }
        for plane in &self.planes {
            plane.forget(from..(from + STRETCH).min(self.frames));
        }
    }
}

/// The word and the bit of the stretch in which a frame lies.
fn place(frame: usize) -> (usize, u64) {
    let stretch = frame / STRETCH;
    (stretch / 64, 1 << (stretch % 64))
}

/// A reel that is being written.
#[derive(Debug)]
pub struct Writer {
    planes: Vec<BufWriter<File>>,
    frames: usize,
}

impl Writer {
    /// With so many channels.
    ///
    /// # Errors
    /// There is no folder to write to.
    pub fn new(channels: usize) -> io::Result<Writer> {
        let plane = |_| Ok(BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder())?));
        Ok(Writer { planes: (0..channels).map(plane).collect::<io::Result<_>>()?, frames: 0 })
    }

    /// The next frames: one slice a channel, all of the same length; channels beyond those of the reel are left out.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write<C: AsRef<[f32]>>(&mut self, block: &[C]) -> io::Result<()> {
        for (plane, samples) in self.planes.iter_mut().zip(block) {
            // As they stand in memory: nobody else reads them.
            plane.write_all(super::system::bytes_of(samples.as_ref()))?;
        }
        self.frames += block.first().map_or(0, |samples| samples.as_ref().len());
        Ok(())
    }

    /// All is written.
    ///
    /// # Errors
    /// The disk is full, or the system maps no files.
    pub fn finish(self) -> io::Result<Reel> {
        let frames = self.frames;
        let map = |plane: BufWriter<File>| Mapping::new(&plane.into_inner().map_err(io::IntoInnerError::into_error)?);
        let words = frames.div_ceil(STRETCH).div_ceil(64);
        Ok(Reel {
            planes: self.planes.into_iter().map(map).collect::<io::Result<_>>()?,
            frames,
            wanted: (0..words).map(|_| AtomicU64::new(0)).collect(),
            ready: (0..words).map(|_| AtomicU64::new(0)).collect(),
            fed: AtomicBool::new(false),
            missed: AtomicU32::new(0),
        })
    }
}

/// Where reels are written: where `TMPDIR` says, or where large temporary files belong; `/tmp` is memory on many systems.
fn folder() -> PathBuf {
    let large = PathBuf::from("/var/tmp");
    if cfg!(unix) && std::env::var_os("TMPDIR").is_none() && large.is_dir() { large } else { std::env::temp_dir() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reel(frames: usize) -> Reel {
        let ramp: Vec<f32> = (0..frames).map(|i| i as f32).collect();
        let mirrored: Vec<f32> = ramp.iter().map(|x| -x).collect();
        let mut writer = Writer::new(2).unwrap();
        for (left, right) in ramp.chunks(1000).zip(mirrored.chunks(1000)) {
            writer.write(&[left, right]).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let reel = Arc::new(reel(100_001));
        assert_eq!(reel.bytes(), 800_008);
        let channels = reel.channels();
        assert_eq!((channels.len(), channels[0].len()), (2, 100_001));
        assert!(
            channels[0].iter().zip(&*channels[1]).enumerate().all(|(i, (l, r))| (*l, *r) == (i as f32, -(i as f32)))
        );
        assert_eq!(channels[0].bytes(), 0);
    }

    #[test]
    fn a_fed_reel_is_ready_where_it_was_loaded() {
        let stretch = STRETCH as i64;
        let reel = reel(STRETCH * 70 + 5);
        assert!(reel.is_ready(0..stretch * 70), "nobody feeds it: whoever reads it may wait");
        reel.begin_feeding();
        assert!(reel.is_ready(-100..stretch));
        assert!(!reel.is_ready(0..stretch + 1));
        for frame in [-5, 3 * stretch, 3 * stretch + 1, 70 * stretch + 4, 70 * stretch + 5, i64::MAX] {
            reel.want(frame);
        }
        let wanted: Vec<usize> = reel.take_wanted().collect();
        assert_eq!(wanted, [3, 70]);
        assert_eq!(reel.take_wanted().count(), 0);
        for stretch in wanted {
            reel.load(stretch);
        }
        assert!(reel.is_ready(3 * stretch..4 * stretch) && reel.is_ready(70 * stretch..i64::MAX));
        reel.forget(3);
        assert!(!reel.is_ready(3 * stretch..3 * stretch + 1));
        assert_eq!(reel.channel(0)[3 * STRETCH], (3 * STRETCH) as f32, "what is forgotten is still there");
        assert!(reel.is_ready(i64::MAX - 1..i64::MAX));
        reel.load(1000);
        reel.forget(1000);
    }
}
