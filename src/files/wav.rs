//! Writing WAV: 16 and 24 bits with dither, or 32-bit floats.
//!
//! The header is the plain one that every program reads (`WAVE_FORMAT_PCM` also at 24 bits, where many writers use the
//! extensible form that some readers refuse).
//!
//! Dither is TPDF: the sum of two uniform values of one step each (Lipshitz, Wannamaker & Vanderkooy 1992, "Quantization
//! and Dither: A Theoretical Survey"), which leaves an error whose mean and power do not depend on the music.
//!
//! Invariant: the same audio, seed and bits give the same bytes, in whatever blocks it comes.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::slice::ChunksExactMut;

use super::refuse;
use crate::base::diagnostic::Diagnostic;
use crate::base::random;
use crate::dsp::lanes::{Kernel, Vector, dispatch};

/// How a sample is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bits {
    /// 16-bit integers, dithered.
    Int16,
    /// 24-bit integers, dithered.
    Int24,
    /// 32-bit floats, as they are.
    Float32,
}

impl Bits {
    /// The bytes of one sample.
    pub const fn bytes(self) -> u32 {
        match self {
            Bits::Int16 => 2,
            Bits::Int24 => 3,
            Bits::Float32 => 4,
        }
    }

    /// As the command line names them: `16`, `24`, `32f`.
    pub fn parse(text: &str) -> Option<Bits> {
        match text {
            "16" => Some(Bits::Int16),
            "24" => Some(Bits::Int24),
            "32f" => Some(Bits::Float32),
            _ => None,
        }
    }
}

/// A silence of this many frames is written as plain zeros, without dither.
const BLACK_FRAMES: u32 = 4_800;

/// How many frames are made into numbers at once.
const PIECE: usize = 64;

/// The most bytes of audio that the header can tell.
const LARGEST_DATA: u64 = u32::MAX as u64 - 64;

/// A WAV file being written.
#[derive(Debug)]
pub struct WavWriter {
    file: BufWriter<File>,
    path: PathBuf,
    rate: u32,
    channels: u16,
    bits: Bits,
    seed: u64,
    frames: u64,
    silent: u32,
    bytes: Vec<u8>,
}

impl WavWriter {
    /// A new file, or an old one overwritten: `rate` in frames a second, 1 channel or more.
    ///
    /// # Errors
    /// A [`Diagnostic`] without a place: `disk-full`, `no-permission`, `folder-missing`, `write-failed`.
    pub fn create(path: &Path, rate: u32, channels: u16, bits: Bits, seed: u64) -> Result<WavWriter, Diagnostic> {
        let file = File::create(path).map_err(|error| failed(path, &error))?;
        let mut writer = WavWriter {
            file: BufWriter::with_capacity(1 << 16, file),
            path: path.to_path_buf(),
            rate,
            channels: channels.max(1),
            bits,
            seed,
            frames: 0,
            silent: BLACK_FRAMES,
            bytes: Vec::new(),
        };
        let header = writer.header();
        writer.put(&header)?;
        Ok(writer)
    }

    /// Appends a block: one slice a channel, of equal lengths. Values beyond full scale are clipped, unless floats are
    /// written.
    pub fn write(&mut self, block: &[&[f32]]) -> Result<(), Diagnostic> {
        debug_assert_eq!(block.len(), usize::from(self.channels), "one slice a channel");
        let length = block.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let frame_bytes = u64::from(self.bits.bytes()) * u64::from(self.channels);
        if (self.frames + length as u64) * frame_bytes > LARGEST_DATA {
            let said = refuse("wav-too-long", format!("`{}` would be larger than 4 GB", self.path.display()));
            return Err(said.help("render it in parts, or with fewer bits"));
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        bytes.resize(length * frame_bytes as usize, 0);
        let (size, frame) = (self.bits.bytes() as usize, frame_bytes as usize);
        if self.bits == Bits::Float32 {
            self.frames += length as u64;
            interleave(block, &mut bytes);
            let done = self.put(&bytes);
            self.bytes = bytes;
            return done;
        }
        for (at, out) in (0..length).step_by(PIECE).zip(bytes.chunks_mut(PIECE * frame)) {
            let count = (length - at).min(PIECE);
            let dithered = self.dithered(block, at, count);
            for (index, channel) in block.iter().enumerate() {
                let channel = &channel[at..at + count];
                let values = self.values(channel, index, &dithered);
                let frames = out.chunks_exact_mut(frame);
                match size {
                    2 => place::<2>(values, frames, index),
                    _ => place::<3>(values, frames, index),
                }
            }
            self.frames += count as u64;
        }
        let done = self.put(&bytes);
        self.bytes = bytes;
        done
    }

    /// How many frames were written.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Writes the header anew, so that the file can be read as it is now: a recording survives a lost machine.
    pub fn flush(&mut self) -> Result<(), Diagnostic> {
        let header = self.header();
        let file = &mut self.file;
        let done = (|| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)?;
            file.seek(SeekFrom::End(0))?;
            file.flush()
        })();
        done.map_err(|error: io::Error| failed(&self.path, &error))
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<(), Diagnostic> {
        if self.frames * u64::from(self.bits.bytes()) * u64::from(self.channels) % 2 == 1 {
            self.put(&[0])?;
        }
        self.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Diagnostic> {
        self.file.write_all(bytes).map_err(|error| failed(&self.path, &error))
    }

    /// Which of the next frames are dithered, 1 or 0: a long silence is not.
    fn dithered(&mut self, block: &[&[f32]], at: usize, count: usize) -> [f64; PIECE] {
        let mut dithered = [1.0; PIECE];
        for (i, dithered) in dithered.iter_mut().enumerate().take(count) {
            let black = block.iter().all(|channel| channel[at + i] == 0.0);
            self.silent = if black { self.silent.saturating_add(1) } else { 0 };
            if self.silent >= BLACK_FRAMES {
                *dithered = 0.0;
            }
        }
        dithered
    }

    /// The next samples of a channel as whole numbers, as they are stored in the lowest bytes of each.
    fn values(&self, channel: &[f32], index: usize, dithered: &[f64; PIECE]) -> [u32; PIECE] {
        let scale = match self.bits {
            Bits::Int16 => 32_768.0,
            // Floats are written as they are.
            Bits::Int24 | Bits::Float32 => 8_388_608.0,
        };
        let mut x = [0.0; PIECE];
        x[..channel.len()].copy_from_slice(channel);
        dispatch(Quantised { x, dithered, scale, seed: self.seed ^ (index as u64) << 56, frame: self.frames })
    }

    fn header(&self) -> Vec<u8> {
        let frame = u32::from(self.channels) * self.bits.bytes();
        let data = (self.frames * u64::from(frame)).min(LARGEST_DATA) as u32;
        let float = self.bits == Bits::Float32;
        let mut header = Vec::with_capacity(58);
        header.extend(b"RIFF");
        header.extend((if float { 50 } else { 36 } + data + (data & 1)).to_le_bytes());
        header.extend(b"WAVEfmt ");
        // A float file has the extended form with no extension, and tells its length in frames.
        header.extend((if float { 18u32 } else { 16 }).to_le_bytes());
        header.extend((if float { 3u16 } else { 1 }).to_le_bytes());
        header.extend(self.channels.to_le_bytes());
        header.extend(self.rate.to_le_bytes());
        header.extend(self.rate.wrapping_mul(frame).to_le_bytes());
        header.extend((frame as u16).to_le_bytes());
        header.extend((self.bits.bytes() as u16 * 8).to_le_bytes());
        if float {
            header.extend(0u16.to_le_bytes());
            header.extend(b"fact\x04\0\0\0");
            header.extend((self.frames.min(u64::from(u32::MAX)) as u32).to_le_bytes());
        }
        header.extend(b"data");
        header.extend(data.to_le_bytes());
        header
    }
}

/// Channels side by side, frame by frame, as floats.
fn interleave(block: &[&[f32]], bytes: &mut [u8]) {
    const SIZE: usize = size_of::<f32>();
    if let [left, right] = block {
        let frames = bytes.as_chunks_mut::<{ 2 * SIZE }>().0;
        for ((frame, left), right) in frames.iter_mut().zip(*left).zip(*right) {
            let both = u64::from(left.to_bits()) | u64::from(right.to_bits()) << 32;
            *frame = both.to_le_bytes();
        }
        return;
    }
    for (index, channel) in block.iter().enumerate() {
        let values = bytes.as_chunks_mut::<SIZE>().0.iter_mut().skip(index).step_by(block.len());
        values.zip(*channel).for_each(|(value, x)| *value = x.to_le_bytes());
    }
}

/// Samples with dither to whole numbers: the sum of two independent uniform values, −1 to 1 step, for each frame.
struct Quantised<'a> {
    x: [f32; PIECE],
    dithered: &'a [f64; PIECE],
    scale: f64,
    /// Of the channel.
    seed: u64,
    /// The first.
    frame: u64,
}

impl Kernel for Quantised<'_> {
    type Output = [u32; PIECE];

    #[inline(always)]
    fn run<V: Vector>(self) -> [u32; PIECE] {
        let mut out = [0; PIECE];
        for (i, out) in out.iter_mut().enumerate() {
            let hash = random::join(self.seed, self.frame + i as u64);
            let (high, low) = ((hash >> 32) as i64, (hash & 0xffff_ffff) as i64);
            let dither = (high - low) as f64 / 4_294_967_296.0 * self.dithered[i];
            // NaN becomes 0 here; the limiter before has to see to it that there is none.
            let value = (f64::from(self.x[i]) * self.scale + dither).clamp(-self.scale, self.scale - 1.0) + 0.5;
            // The nearest whole number, halves upwards.
            let whole = value as i32;
            *out = (whole - i32::from(f64::from(whole) > value)) as u32;
        }
        out
    }
}

/// The lowest bytes of values at a channel's place in each frame. Their number is known to the compiler, for a copy of a
/// few bytes must not be a call.
fn place<const SIZE: usize>(values: [u32; PIECE], frames: ChunksExactMut<'_, u8>, channel: usize) {
    for (frame, value) in frames.zip(values) {
        if let Some(to) = frame.as_chunks_mut::<SIZE>().0.get_mut(channel) {
            to.copy_from_slice(&value.to_le_bytes()[..SIZE]);
        }
    }
}

/// Why the system did not take what we wrote.
fn failed(path: &Path, error: &io::Error) -> Diagnostic {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            refuse("disk-full", format!("no space left for `{shown}`")).help("free some, or write to another disk")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            refuse("no-permission", format!("`{shown}` may not be written")).help("choose another folder")
        }
        io::ErrorKind::NotFound => {
            refuse("folder-missing", format!("the folder of `{shown}` is missing")).help("make it first")
        }
        io::ErrorKind::IsADirectory => {
            refuse("write-failed", format!("`{shown}` is a folder")).help("give the name of a file")
        }
        _ => refuse("write-failed", format!("`{shown}` cannot be written: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::decode;

    fn write(bits: Bits, blocks: &[&[f32]]) -> Vec<u8> {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.wav");
        let mut file = WavWriter::create(&path, 48_000, 1, bits, 7).unwrap();
        for block in blocks {
            file.write(&[block]).unwrap();
        }
        file.finish().unwrap();
        std::fs::read(path).unwrap()
    }

    fn read(bytes: Vec<u8>) -> Vec<f32> {
        decode::decode(bytes, Some("wav"), 2).unwrap().channels[0].to_vec()
    }

    fn tone(length: usize, level: f64, period: f64) -> Vec<f32> {
        (0..length).map(|i| (level * libm::sin(std::f64::consts::TAU * i as f64 / period)) as f32).collect()
    }

    /// The level of one frequency in dBFS, by correlation.
    fn level(x: &[f32], cycles_per_frame: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, x) in x.iter().enumerate() {
            let angle = std::f64::consts::TAU * cycles_per_frame * i as f64;
            re += f64::from(*x) * libm::cos(angle);
            im += f64::from(*x) * libm::sin(angle);
        }
        20.0 * libm::log10(2.0 * (re * re + im * im).sqrt() / x.len() as f64)
    }

    #[test]
    fn floats_come_back_as_they_were() {
        let audio = tone(1_000, 3.0, 50.0);
        assert_eq!(read(write(Bits::Float32, &[&audio])), audio);
    }

    #[test]
    fn the_same_bytes_in_whatever_blocks() {
        let audio = tone(1_001, 0.5, 37.0);
        for bits in [Bits::Int16, Bits::Int24, Bits::Float32] {
            assert_eq!(write(bits, &[&audio]), write(bits, &[&audio[..1], &audio[1..64], &[], &audio[64..]]));
        }
    }

    #[test]
    fn a_quiet_tone_at_16_bits_has_no_harmonics_above_130_db_down() {
        // −90 dBFS is about one step: without dither its harmonics would lie 14 dB under it.
        let (length, period) = (1 << 20, 64.0);
        let audio = tone(length, 3.162_277_66e-5, period);
        let out = read(write(Bits::Int16, &[&audio]));
        assert!((level(&out, 1.0 / period) + 90.0).abs() < 0.1);
        for harmonic in 2..=9 {
            let found = level(&out, f64::from(harmonic) / period);
            assert!(found < -130.0, "harmonic {harmonic}: {found:.1} dBFS");
        }
        let error = out.iter().zip(&audio).map(|(a, b)| f64::from(a - b)).map(|e| e * e).sum::<f64>() / length as f64;
        // Three times the power of plain rounding: a twelfth of a step squared, and twice that from the dither.
        let db = 10.0 * libm::log10(error);
        assert!((db + 96.33).abs() < 0.1, "{db:.2} dBFS");
    }

    #[test]
    fn at_24_bits_the_error_is_at_most_one_step_and_a_half() {
        let audio = tone(10_000, 0.9, 123.4);
        let out = read(write(Bits::Int24, &[&audio]));
        assert!(out.iter().zip(&audio).all(|(a, b)| (a - b).abs() <= 1.6 / 8_388_608.0));
    }

    #[test]
    fn silence_is_written_as_silence() {
        assert!(read(write(Bits::Int16, &[&vec![0.0; 20_000]])).iter().all(|x| *x == 0.0));
        let mut audio = tone(100, 0.5, 10.0);
        audio.extend(vec![0.0; 20_000]);
        assert!(read(write(Bits::Int16, &[&audio]))[100 + BLACK_FRAMES as usize..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn what_is_too_loud_is_clipped_not_wrapped() {
        let out = read(write(Bits::Int16, &[&[2.0, -2.0, f32::NAN]]));
        assert!(out[0] > 0.99 && out[1] < -0.99 && out[2].abs() < 0.001, "{out:?}");
    }

    #[test]
    fn a_recording_that_is_cut_off_can_be_read_up_to_the_last_flush() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.wav");
        let mut file = WavWriter::create(&path, 48_000, 1, Bits::Int24, 0).unwrap();
        file.write(&[&tone(3_000, 0.5, 10.0)]).unwrap();
        file.flush().unwrap();
        assert_eq!(read(std::fs::read(&path).unwrap()).len(), 3_000);
        file.write(&[&tone(3_000, 0.5, 10.0)]).unwrap();
        file.finish().unwrap();
        assert_eq!(read(std::fs::read(&path).unwrap()).len(), 6_000);
    }

    #[test]
    fn trouble_with_the_disk_is_said() {
        let root = tempfile::tempdir().unwrap();
        let code = |path: &Path| WavWriter::create(path, 48_000, 2, Bits::Int16, 0).map(|_| ()).unwrap_err().code;
        assert_eq!(code(&root.path().join("none/x.wav")), "folder-missing");
        assert_eq!(code(root.path()), "write-failed");
        assert_eq!(failed(root.path(), &io::ErrorKind::StorageFull.into()).code, "disk-full");
        assert_eq!(failed(root.path(), &io::ErrorKind::PermissionDenied.into()).code, "no-permission");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_fills_up_is_noticed() {
        use std::os::unix::fs::FileTypeExt;
        // Only the real device: where it is missing, this would make an ordinary file in its place.
        let full = Path::new("/dev/full");
        if std::fs::metadata(full).is_ok_and(|known| known.file_type().is_char_device()) {
            let mut file = WavWriter::create(full, 48_000, 1, Bits::Int16, 0).unwrap();
            let result = file.write(&[&tone(100_000, 0.5, 10.0)]).and_then(|()| file.finish());
            assert_eq!(result.unwrap_err().code, "disk-full");
        }
    }
}
