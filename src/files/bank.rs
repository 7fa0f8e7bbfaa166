//! The samples in memory, each loaded once.
//!
//! Invariant: two loads of the same bytes give the same [`Sample`], also under two names or after a reload; a file is
//! read again only when its length or time of change differs.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::decode::{self, Audio, Header, LARGEST_BYTES, LONGEST_SECONDS, Refusal};
use super::kit::{self, Scan};
use super::{builtin, parts, refuse, refused_by_system};
use crate::base::catalog::{Part, Variant};
use crate::base::diagnostic::Diagnostic;
use crate::base::random;
use crate::base::reel::Channel;
use crate::dsp::stretch::stretch;
use crate::score::plan::Sample;

/// Larger files are decoded without their bytes in memory.
const READ_WHOLE: u64 = 8 << 20;

/// The most memory that all samples together take, in bytes.
const MOST_BYTES: u64 = 3 << 30;

/// The most room on disk that long samples take while they play, in bytes.
const MOST_ON_DISK: u64 = 32 << 30;

/// What tells that a file is still the one that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    length: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    /// Of a file; `None` where there is none.
    pub(super) fn of_path(path: &Path) -> Option<Stamp> {
        path.metadata().ok().map(|metadata| Stamp::of(&metadata))
    }

    fn of(metadata: &Metadata) -> Stamp {
        Stamp { length: metadata.len(), changed: metadata.modified().ok() }
    }
}

/// Every sample that was loaded, and every header that was read.
#[derive(Debug, Default)]
pub struct Bank {
    samples: HashMap<u64, Arc<Sample>>,
    loaded: HashMap<PathBuf, (Stamp, u64)>,
    parts: HashMap<(PathBuf, u64, u32), (Stamp, u64)>,
    headers: HashMap<PathBuf, (Stamp, Result<Header, Diagnostic>)>,
}

impl Bank {
    /// With nothing in it.
    pub fn new() -> Bank {
        Bank::default()
    }

    /// Looks through the folder of a `kit` (see [`kit`]). Headers that were read before are not read again.
    pub fn kit(&mut self, folder: &Path) -> Scan {
        kit::scan(folder, |path| self.seconds(path))
    }

    /// The audio of a sound's file, mono or stereo (of more channels the first two).
    ///
    /// # Errors
    /// A [`Diagnostic`] without a place: the file is missing, unreadable, no audio, cut short, too large or too long.
    ///
    /// ```
    /// use talea::files::{bank::Bank, builtin};
    /// let mut bank = Bank::new();
    /// let kick = bank.load(&builtin::kit().sounds["bd"][0])?;
    /// assert_eq!(kick.rate, 48_000);
    /// # Ok::<(), talea::base::diagnostic::Diagnostic>(())
    /// ```
    pub fn load(&mut self, variant: &Variant) -> Result<Arc<Sample>, Diagnostic> {
        let path = &variant.path;
        if let Some(part) = &variant.part {
            return self.part(path, part);
        }
        let inside = builtin::bytes(path);
        let stamp = match inside {
            Some(bytes) => Stamp { length: bytes.len() as u64, changed: None },
            None => Stamp::of(&checked_metadata(path)?),
        };
        if let Some((_, hash)) = self.loaded.get(path).filter(|(known, _)| *known == stamp)
            && let Some(sample) = self.samples.get(hash)
        {
            return Ok(Arc::clone(sample));
        }
        // What is refused anyway is not read first.
        if inside.is_none() && stamp.length > READ_WHOLE && self.known(path)?.is_too_long() {
            return Err(explain(path, &Refusal::TooLong));
        }
        let whole = match inside {
            Some(bytes) => Some(bytes.to_vec()),
            None if stamp.length <= READ_WHOLE => Some(read(path)?),
            None => None,
        };
        let hash = match &whole {
            Some(bytes) => content_hash(bytes),
            None => hash_of_file(path, stamp.length)?,
        };
        let sample = if let Some(sample) = self.samples.get(&hash) {
            Arc::clone(sample)
        } else {
            let open = || File::open(path).map_err(|error| unreadable(path, &error));
            let audio = match whole {
                Some(bytes) => decode::decode(bytes, extension(path), 2),
                None => decode::decode_file(open()?, extension(path), 2),
            };
            let Audio { rate, channels } = audio.map_err(|refusal| explain(path, &refusal))?;
            self.keep(path, Sample { rate, channels, hash, ..Sample::default() })?
        };
        self.loaded.insert(path.clone(), (stamp, hash));
        Ok(sample)
    }

    /// The audio of a part of a file. Only its own bytes are read.
    fn part(&mut self, path: &Path, part: &Part) -> Result<Arc<Sample>, Diagnostic> {
        let stamp = Stamp::of(&checked_metadata(path)?);
        let name = (path.to_path_buf(), part.planes.first().map_or(0, |plane| plane.coarse), part.frames);
        if let Some((_, hash)) = self.parts.get(&name).filter(|(known, _)| *known == stamp)
            && let Some(sample) = self.samples.get(hash)
        {
            return Ok(Arc::clone(sample));
        }
        let channels = parts::read(path, part)?;
        let mut hash = random::join(u64::from(part.rate), channels.len() as u64);
        for channel in &channels {
            hash = channel.iter().fold(hash, |hash, x| random::join(hash, u64::from(x.to_bits())));
        }
        let sample = if let Some(sample) = self.samples.get(&hash) {
            Arc::clone(sample)
        } else {
            let channels = channels.into_iter().map(Channel::from).collect();
            self.keep(path, Sample { rate: part.rate, channels, hash, ..Sample::default() })?
        };
        self.parts.insert(name, (stamp, hash));
        Ok(sample)
    }

    /// A sample `ratio` times as long at its pitch; its frames, before and after together, are taken from
    /// `left`, whether it is at hand or not, so that the text alone decides what is stretched.
    ///
    /// # Errors
    /// A [`Diagnostic`] without a place: it would take too long, or too much memory.
    pub fn stretched(&mut self, sample: &Arc<Sample>, ratio: f64, left: &mut f64) -> Result<Arc<Sample>, Diagnostic> {
        let hash = random::join(random::join(sample.hash, random::name("stretch")), ratio.to_bits());
        // What is written costs about as much as what is read.
        let frames = sample.frames() as f64 * (1.0 + ratio);
        if frames > *left {
            let message = "these samples are too long to stretch them all in time";
            return Err(refuse("samples-too-large", message.to_owned()).help("stretch fewer or shorter ones at a time"));
        }
        *left -= frames;
        if let Some(known) = self.samples.get(&hash) {
            return Ok(Arc::clone(known));
        }
        let channels = stretch(&sample.channels, sample.rate, ratio).into_iter().map(Channel::from).collect();
        self.keep(Path::new("a stretched sample"), Sample { rate: sample.rate, channels, hash, ..Sample::default() })
    }

    /// Takes in a new sample, while there is room.
    fn keep(&mut self, path: &Path, sample: Sample) -> Result<Arc<Sample>, Diagnostic> {
        if self.bytes() + sample.bytes() > MOST_BYTES {
            let shown = path.display();
            let message = format!("with `{shown}` the samples would take more than {} GB of memory", MOST_BYTES >> 30);
            return Err(refuse("samples-too-large", message).help("play fewer or shorter files"));
        }
        let on_disk: u64 = self.samples.values().map(|other| other.disk_bytes()).sum();
        if on_disk + sample.disk_bytes() > MOST_ON_DISK {
            let shown = path.display();
            let message = format!("with `{shown}` the samples would take more than {} GB of disk", MOST_ON_DISK >> 30);
            return Err(refuse("samples-too-large", message).help("play fewer or shorter files"));
        }
        let sample = Arc::new(sample);
        self.samples.insert(sample.hash, Arc::clone(&sample));
        Ok(sample)
    }

    /// The memory of all samples, those of the version before among them, in bytes.
    pub fn bytes(&self) -> u64 {
        self.samples.values().map(|sample| sample.bytes()).sum()
    }

    /// Lets go of every sample that nobody else holds; to be called when a new score has taken over.
    pub fn forget_unused(&mut self) {
        self.samples.retain(|_, sample| Arc::strong_count(sample) > 1);
        let samples = &self.samples;
        self.loaded.retain(|_, (_, hash)| samples.contains_key(hash));
        self.parts.retain(|_, (_, hash)| samples.contains_key(hash));
    }

    /// How many samples are held.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether no sample is held.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The length of an audio file in seconds, where its header tells.
    pub(super) fn seconds(&mut self, path: &Path) -> Result<Option<f64>, Diagnostic> {
        self.known(path).map(|header| header.seconds())
    }

    /// What the header of an audio file tells.
    pub(super) fn known(&mut self, path: &Path) -> Result<Header, Diagnostic> {
        let stamp = Stamp::of(&checked_metadata(path)?);
        if let Some((_, known)) = self.headers.get(path).filter(|(known, _)| *known == stamp) {
            return known.clone();
        }
        let header = header(path, stamp.length);
        self.headers.insert(path.to_path_buf(), (stamp, header.clone()));
        header
    }
}

fn header(path: &Path, length: u64) -> Result<Header, Diagnostic> {
    if length == 0 {
        return Err(explain(path, &Refusal::Empty));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let found = decode::header(file, extension(path));
    let mut header = found.map_err(|refusal| explain(path, &refusal))?;
    if let Ok(file) = File::open(path) {
        decode::sampler_chunk(file, &mut header);
    }
    Ok(header)
}

/// What the system knows of a file that we are willing to read.
fn checked_metadata(path: &Path) -> Result<Metadata, Diagnostic> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let shown = path.display();
    if metadata.is_dir() {
        return Err(refuse("sample-is-folder", format!("`{shown}` is a folder, not audio")).help("name a file in it"));
    }
    // A pipe or a device has no end: reading it could wait for ever.
    if !metadata.is_file() {
        return Err(refuse("sample-unreadable", format!("`{shown}` is not an ordinary file")));
    }
    if metadata.len() > LARGEST_BYTES {
        return Err(refuse("sample-too-large", format!("`{shown}` is larger than 4 GB")).help("cut it into pieces"));
    }
    Ok(metadata)
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut bytes = Vec::new();
    // The bound holds also for a file that grows while it is read.
    file.take(LARGEST_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    refused_by_system("sample-missing", "sample-unreadable", path, error)
}

/// A refusal as a sentence about the file.
pub fn explain(path: &Path, refusal: &Refusal) -> Diagnostic {
    let shown = path.display();
    match refusal {
        Refusal::Empty => {
            refuse("sample-empty", format!("`{shown}` holds no sound")).help("record or export it again, or remove it")
        }
        Refusal::Format => refuse("sample-format", format!("`{shown}` is no audio that talea can read"))
            .help("convert it to WAV, AIFF, FLAC, MP3 or Ogg Vorbis"),
        Refusal::Broken(why) => {
            refuse("sample-broken", format!("`{shown}` is damaged: {why}")).help("export it again, or remove it")
        }
        Refusal::CutShort { promised, found } => refuse(
            "sample-cut-short",
            format!("`{shown}` is cut short: its header promises {promised:.2} s, it holds {found:.2} s"),
        )
        .help("copy it again, or export it again"),
        Refusal::TooLong => {
            let hours = LONGEST_SECONDS / 3600.0;
            refuse("sample-too-long", format!("`{shown}` is longer than {hours} hours")).help("cut it into pieces")
        }
        Refusal::NoRoom(why) => {
            refuse("sample-no-room", format!("`{shown}` is long, and there is no room on disk to play it from: {why}"))
                .help("free some disk, or name a folder that has room by the environment variable TMPDIR")
        }
    }
}

fn extension(path: &Path) -> Option<&str> {
    path.extension().and_then(|extension| extension.to_str())
}

/// A hash of the bytes, the same on every machine.
pub(crate) fn content_hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    end_of_hash(hash_of_words(random::mix(bytes.len() as u64), words), rest)
}

fn hash_of_words(hash: u64, words: &[[u8; 8]]) -> u64 {
    words.iter().fold(hash, |hash, word| random::mix(hash ^ u64::from_le_bytes(*word)))
}

fn end_of_hash(hash: u64, rest: &[u8]) -> u64 {
    random::mix(hash ^ rest.iter().rev().fold(1, |word, byte| word << 8 | u64::from(*byte)))
}

/// The same of a file, a piece at a time.
fn hash_of_file(path: &Path, length: u64) -> Result<u64, Diagnostic> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?.take(length);
    let mut hash = random::mix(length);
    let mut piece = Vec::with_capacity(READ_WHOLE as usize);
    loop {
        piece.clear();
        file.by_ref().take(READ_WHOLE).read_to_end(&mut piece).map_err(|error| unreadable(path, &error))?;
        let (words, rest) = piece.as_chunks::<8>();
        hash = hash_of_words(hash, words);
        if piece.len() < READ_WHOLE as usize {
            return Ok(end_of_hash(hash, rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::wav::{Bits, WavWriter};

    fn write(path: &Path, samples: &[f32]) {
        let mut file = WavWriter::create(path, 48_000, 1, Bits::Float32, 0).unwrap();
        file.write(&[samples]).unwrap();
        file.finish().unwrap();
    }

    fn variant(path: &Path) -> Variant {
        Variant::file(path)
    }

    #[test]
    fn the_same_sound_is_loaded_once_under_any_name() {
        let root = tempfile::tempdir().unwrap();
        let (a, b) = (root.path().join("a.wav"), root.path().join("b.wav"));
        write(&a, &[0.1, 0.2]);
        write(&b, &[0.1, 0.2]);
        let mut bank = Bank::new();
        let first = bank.load(&variant(&a)).unwrap();
        assert!(Arc::ptr_eq(&first, &bank.load(&variant(&a)).unwrap()));
        assert!(Arc::ptr_eq(&first, &bank.load(&variant(&b)).unwrap()));
        assert_eq!(bank.len(), 1);
    }

    #[test]
    fn a_changed_file_is_loaded_anew_and_the_old_one_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.wav");
        write(&path, &[0.1, 0.2]);
        let mut bank = Bank::new();
        let old = bank.load(&variant(&path)).unwrap();
        write(&path, &[0.1, 0.2, 0.3]);
        let new = bank.load(&variant(&path)).unwrap();
        assert_eq!((old.frames(), new.frames()), (2, 3));
        assert_ne!(old.hash, new.hash);
        drop(old);
        bank.forget_unused();
        assert_eq!(bank.len(), 1);
        assert!(Arc::ptr_eq(&new, &bank.load(&variant(&path)).unwrap()));
    }

    #[test]
    fn every_bad_file_is_a_diagnostic() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("empty.wav"), b"").unwrap();
        fs::write(at("text.wav"), b"this is a letter to my aunt").unwrap();
        fs::create_dir(at("folder.wav")).unwrap();
        write(&at("cut.wav"), &vec![0.5; 48_000]);
        let whole = fs::read(at("cut.wav")).unwrap();
        fs::write(at("cut.wav"), &whole[..whole.len() / 2]).unwrap();
        let mut bank = Bank::new();
        let mut code = |name: &str| bank.load(&variant(&at(name))).map_or_else(|said| said.code, |_| "plays");
        assert_eq!(code("empty.wav"), "sample-empty");
        assert_eq!(code("text.wav"), "sample-format");
        assert_eq!(code("folder.wav"), "sample-is-folder");
        assert_eq!(code("cut.wav"), "sample-cut-short");
        assert_eq!(code("cut.wav/x.wav"), "sample-missing");
        assert_eq!(code("gone.wav"), "sample-missing");
    }

    #[test]
    fn a_file_deleted_after_the_scan_is_missing_at_the_load() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("bd")).unwrap();
        let path = root.path().join("bd/0.wav");
        write(&path, &[0.5; 480]);
        let mut bank = Bank::new();
        let kit = bank.kit(root.path()).kit;
        assert_eq!(kit.sounds["bd"][0].seconds, Some(0.01));
        fs::remove_file(&path).unwrap();
        assert_eq!(bank.load(&kit.sounds["bd"][0]).unwrap_err().code, "sample-missing");
        assert_eq!(bank.kit(root.path()).said[0].code, "kit-empty");
    }

    #[test]
    fn a_broken_file_in_a_kit_is_a_warning() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("good.wav"), &[0.5; 480]);
        fs::write(root.path().join("bad.wav"), b"").unwrap();
        let scan = Bank::new().kit(root.path());
        assert_eq!(scan.kit.sounds.len(), 2);
        assert_eq!(scan.said.len(), 1);
        assert!(!scan.said[0].is_error());
    }

    #[test]
    fn every_byte_counts_in_the_hash() {
        let bytes = [0u8; 19];
        let plain = content_hash(&bytes);
        for at in 0..bytes.len() {
            let mut other = bytes;
            other[at] = 1;
            assert_ne!(content_hash(&other), plain);
        }
        assert_ne!(content_hash(&bytes[..18]), plain);
    }
}
