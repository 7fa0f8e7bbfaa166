//! File formats to audio: WAV, AIFF, FLAC, MP3 and Ogg Vorbis, through symphonia.
//!
//! Invariant: whatever the bytes are, the answer is audio of a sane rate, length and level, or a reason; the memory
//! taken is bounded by the length of the input and by [`HELD_SECONDS`].

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::audio::{AudioBuffer, AudioBufferRef};
use symphonia::core::codecs::{CODEC_TYPE_MP3, CODEC_TYPE_NULL, DecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::{Limit, MetadataOptions};
use symphonia::core::probe::Hint;

pub use super::gathering::Audio;
use super::gathering::Gathering;
use super::mended::Mended;

/// The longest audio that is taken, in seconds (2 hours).
pub const LONGEST_SECONDS: f64 = 2.0 * 3600.0;

/// The largest file that is opened, in bytes (4 GB).
pub const LARGEST_BYTES: u64 = 4 << 30;

/// Audio that is longer stays on disk, in seconds; above 48 kHz it is as many frames.
pub const HELD_SECONDS: f64 = 120.0;

/// The most frames that are taken: [`LONGEST_SECONDS`] at 192 kHz.
const MOST_FRAMES: u64 = 2 * 3600 * 192_000;

/// The names that audio files end in; what ends otherwise is no sound.
pub const EXTENSIONS: &[&str] = &["wav", "wave", "aif", "aiff", "aifc", "flac", "mp3", "ogg", "oga"];

/// The rates that are believed, in frames a second.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// The loudest sample that is believed (48 dB over full scale): more means that numbers are read in the wrong format.
const LOUDEST: f32 = 256.0;

/// How much may be missing at the end before a file counts as cut short, in seconds.
const FORGIVEN_SECONDS: f64 = 0.05;

/// Why a file holds no audio for us.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// No bytes, or a header without sound after it.
    Empty,
    /// No format that is known.
    Format,
    /// A known format that contradicts itself; the reason in words.
    Broken(String),
    /// Promised and found seconds.
    CutShort {
        /// What the header says.
        promised: f64,
        /// What is there.
        found: f64,
    },
    /// More than [`LONGEST_SECONDS`].
    TooLong,
    /// It is to be written down while it plays, and the disk has no room; what the system says.
    NoRoom(String),
}

/// All the audio of a file's bytes; of its channels at most the first `most_channels` are kept, and what is longer than
/// [`HELD_SECONDS`] stays on disk. `extension` helps where the first bytes leave a doubt.
pub fn decode(bytes: Vec<u8>, extension: Option<&str>, most_channels: usize) -> Result<Audio, Refusal> {
    gather(Mended::of_bytes(bytes)?, extension, most_channels)
}

/// The same of a file, without its bytes in memory.
pub fn decode_file(file: File, extension: Option<&str>, most_channels: usize) -> Result<Audio, Refusal> {
    gather(Mended::of_file(file)?, extension, most_channels)
}

fn gather(source: impl MediaSource + 'static, extension: Option<&str>, most_channels: usize) -> Result<Audio, Refusal> {
    let mut gathering = Gathering::new(most_channels.max(1), HELD_SECONDS);
    guarded(|| {
        run(Box::new(source), extension, true, &mut |rate, block| gathering.add(rate, block))?;
        gathering.finish()
    })
}

/// The audio of a file block by block, with all its channels and of any length: `sink` gets the rate and one slice a
/// channel.
pub fn stream(file: File, extension: Option<&str>, sink: &mut dyn FnMut(u32, &[&[f32]])) -> Result<(), Refusal> {
    let mut take = |rate: u32, block: &[&[f32]]| {
        sink(rate, block);
        Ok(())
    };
    guarded(|| run(Box::new(file), extension, false, &mut take))
}

/// The decoders are foreign code fed with foreign bytes: their panic is a broken file, not our end.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Refusal::Broken("the decoder gave up".into())))
}

/// What the header of a file tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Header {
    /// How many frames; `None` where only decoding would tell.
    pub frames: Option<u64>,
    /// Frames a second; 0 where it does not tell.
    pub rate: u32,
    /// The note at which it plays as it is, MIDI number, where a sampler wrote it down.
    pub root: Option<f32>,
    /// The first and the last frame of what goes round, where a sampler wrote them down.
    pub repeats: Option<(u64, u64)>,
}

impl Header {
    /// Whether it promises more than we take.
    pub fn is_too_long(&self) -> bool {
        self.frames.is_some_and(|frames| is_too_long(frames, self.rate))
    }

    /// The length in seconds.
    pub fn seconds(&self) -> Option<f64> {
        self.frames.filter(|_| self.rate > 0).map(|frames| frames as f64 / f64::from(self.rate))
    }
}

/// What the header of a file tells of length and rate.
pub fn header(file: File, extension: Option<&str>) -> Result<Header, Refusal> {
    header_of(Mended::of_file(file)?, extension)
}

/// The same of a file in memory.
pub fn header_of_bytes(bytes: Vec<u8>, extension: Option<&str>) -> Result<Header, Refusal> {
    header_of(Mended::of_bytes(bytes)?, extension)
}

fn header_of(source: impl MediaSource + 'static, extension: Option<&str>) -> Result<Header, Refusal> {
    let source = Box::new(source);
    guarded(|| {
        let format = open(source, extension)?;
        let track = format.tracks().iter().find(|track| track.codec_params.codec != CODEC_TYPE_NULL);
        let parameters = &track.ok_or(Refusal::Format)?.codec_params;
        Ok(match (parameters.n_frames, parameters.sample_rate) {
            (Some(0), _) => return Err(Refusal::Empty),
            (frames, Some(rate)) if RATES.contains(&rate) => Header { frames, rate, ..Header::default() },
            _ => Header::default(),
        })
    })
}

/// Root and loop from the `smpl` chunk of a WAV file, where there is one.
pub fn sampler_chunk(mut file: impl Read + Seek, header: &mut Header) {
    // Reading ends at a file's end, at the latest after so many chunks.
    const MOST_CHUNKS: usize = 64;
    let mut head = [0; 12];
    if file.read_exact(&mut head).is_err() || &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return;
    }
    for _ in 0..MOST_CHUNKS {
        let mut head = [0; 8];
        if file.read_exact(&mut head).is_err() {
            return;
        }
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        if &head[..4] != b"smpl" {
            let skip = i64::from(length) + i64::from(length & 1);
            if file.seek(SeekFrom::Current(skip)).is_err() {
                return;
            }
            continue;
        }
        // Manufacturer, product, period, root, fraction, SMPTE twice, how many loops, more data; then 24 bytes a loop.
        let mut body = [0; 60];
        let whole = file.read_exact(&mut body[..36]).is_ok();
        let looped = whole && length >= 60 && file.read_exact(&mut body[36..]).is_ok();
        let word = |at: usize| u32::from_le_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]]);
        // Many writers leave the root at 0 and mean nothing by it.
        if whole && (1..=127).contains(&word(12)) {
            header.root = Some(word(12) as f32 + word(16) as f32 / 4_294_967_296.0);
        }
        let (start, end) = (u64::from(word(44)), u64::from(word(48)));
        if looped && word(28) > 0 && start < end && header.frames.is_none_or(|frames| end < frames) {
            header.repeats = Some((start, end));
        }
        return;
    }
}

fn open(source: Box<dyn MediaSource>, extension: Option<&str>) -> Result<Box<dyn FormatReader>, Refusal> {
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, symphonia::core::io::MediaSourceStreamOptions::default());
    let options = FormatOptions { enable_gapless: true, ..FormatOptions::default() };
    let metadata =
        MetadataOptions { limit_metadata_bytes: Limit::Maximum(1 << 20), limit_visual_bytes: Limit::Maximum(1 << 20) };
    match symphonia::default::get_probe().format(&hint, stream, &options, &metadata) {
        Ok(probed) => Ok(probed.format),
        Err(Error::Unsupported(why)) if why.contains("probe") => Err(Refusal::Format),
        Err(Error::IoError(_)) => Err(Refusal::Format),
        Err(why) => Err(Refusal::Broken(why.to_string())),
    }
}

/// Whether so many frames are more than we take.
fn is_too_long(frames: u64, rate: u32) -> bool {
    frames > MOST_FRAMES || frames as f64 > LONGEST_SECONDS * f64::from(rate.max(1))
}

/// What takes the audio block by block: the rate, and a slice for each channel.
type Sink<'a> = dyn FnMut(u32, &[&[f32]]) -> Result<(), Refusal> + 'a;

fn run(
    source: Box<dyn MediaSource>,
    extension: Option<&str>,
    bounded: bool,
    sink: &mut Sink<'_>,
) -> Result<(), Refusal> {
    let mut format = open(source, extension)?;
    let track = format.tracks().iter().find(|track| track.codec_params.codec != CODEC_TYPE_NULL);
    let track = track.ok_or(Refusal::Format)?;
    let (id, parameters) = (track.id, track.codec_params.clone());
    // A decoder that warms up on its bit reservoir may refuse the first packets of an MP3; elsewhere a bad packet is
    // a hole in the sound.
    let lenient = parameters.codec == CODEC_TYPE_MP3;
    let promised = parameters.n_frames;
    let too_long = |frames: u64, rate: u32| bounded && is_too_long(frames, rate);
    if let (Some(frames), Some(rate)) = (promised, parameters.sample_rate)
        && too_long(frames, rate.max(1))
    {
        return Err(Refusal::TooLong);
    }
    let mut decoder = symphonia::default::get_codecs()
        .make(&parameters, &DecoderOptions::default())
        .map_err(|why| Refusal::Broken(why.to_string()))?;
    let mut shape = None;
    let mut found = 0u64;
    loop {
        let packet = match format.next_packet() {
            Ok(packet) => packet,
            Err(Error::IoError(_) | Error::ResetRequired) => break,
            Err(why) => return Err(Refusal::Broken(why.to_string())),
        };
        if packet.track_id() != id {
            continue;
        }
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(Error::DecodeError(_)) if lenient => continue,
            Err(Error::IoError(_)) => break,
            Err(why) => return Err(Refusal::Broken(why.to_string())),
        };
        let (rate, count) = (buffer.spec().rate, buffer.spec().channels.count());
        if !RATES.contains(&rate) || count == 0 {
            return Err(Refusal::Broken(format!("{count} channels at {rate} Hz")));
        }
        if *shape.get_or_insert((rate, count)) != (rate, count) {
            return Err(Refusal::Broken("its rate or channels change on the way".into()));
        }
        found += buffer.frames() as u64;
        if too_long(found, rate) {
            return Err(Refusal::TooLong);
        }
        hand_over(&buffer, rate, sink)?;
    }
    let rate = shape.map_or(1.0, |(rate, _)| f64::from(rate));
    match promised {
        _ if found == 0 => Err(Refusal::Empty),
        Some(frames) if frames as f64 - found as f64 > FORGIVEN_SECONDS * rate => {
            Err(Refusal::CutShort { promised: frames as f64 / rate, found: found as f64 / rate })
        }
        _ => Ok(()),
    }
}

/// One packet's audio as floats.
fn hand_over(buffer: &AudioBufferRef<'_>, rate: u32, sink: &mut Sink<'_>) -> Result<(), Refusal> {
    let mut floats: AudioBuffer<f32> = buffer.make_equivalent();
    buffer.convert(&mut floats);
    let planes = floats.planes();
    let block = planes.planes();
    // Written so that NaN is refused too.
    if block.iter().any(|channel| !channel.iter().all(|x| x.abs() <= LOUDEST)) {
        return Err(Refusal::Broken("it holds values that are no audio".into()));
    }
    sink(rate, block)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV of 16-bit samples, with the fields as a test wants them.
    fn wav(channels: u16, rate: u32, data_length: u32, samples: &[i16]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate.wrapping_mul(2 * u32::from(channels))).to_le_bytes());
        bytes.extend((channels.wrapping_mul(2)).to_le_bytes());
        bytes.extend(16u16.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(data_length.to_le_bytes());
        bytes.extend(samples.iter().flat_map(|x| x.to_le_bytes()));
        let length = bytes.len() as u32 - 8;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    #[test]
    fn a_plain_wav_keeps_its_samples() {
        let audio = decode(wav(2, 44_100, 8, &[16_384, -16_384, 0, 8_192]), Some("wav"), 2).unwrap();
        assert_eq!(audio, Audio { rate: 44_100, channels: vec![vec![0.5, 0.0].into(), vec![-0.5, 0.25].into()] });
    }

    #[test]
    fn of_many_channels_the_first_are_kept() {
        let audio = decode(wav(4, 48_000, 8, &[16_384, -16_384, 1, 2]), Some("wav"), 2).unwrap();
        assert_eq!(audio.channels, vec![vec![0.5].into(), vec![-0.5].into()]);
    }

    #[test]
    fn a_file_cut_short_says_how_much_is_there() {
        let refused = decode(wav(1, 48_000, 96_000, &vec![1; 24_000]), Some("wav"), 2);
        let Err(Refusal::CutShort { promised, found }) = refused else { panic!("{refused:?}") };
        assert_eq!(promised, 1.0);
        assert!((found - 0.5).abs() < 0.03, "{found}");
    }

    #[test]
    fn a_wav_from_a_pipe_plays_to_its_end() {
        let audio = decode(wav(1, 48_000, u32::MAX, &[1; 4_800]), Some("wav"), 2).unwrap();
        assert_eq!(audio.channels[0].len(), 4_800);
    }

    #[test]
    fn absurd_headers_are_refused() {
        assert_eq!(decode(Vec::new(), None, 2), Err(Refusal::Empty));
        assert_eq!(decode(wav(1, 48_000, 0, &[]), Some("wav"), 2), Err(Refusal::Empty));
        assert_eq!(decode(b"not a sound at all".to_vec(), Some("wav"), 2), Err(Refusal::Format));
        for (channels, rate) in [(0, 48_000), (65_535, 48_000), (1, 0), (1, 12), (2, u32::MAX)] {
            let refused = decode(wav(channels, rate, 64, &[1; 32]), Some("wav"), 2);
            assert!(refused.is_err(), "{channels} channels, {rate} Hz: {refused:?}");
        }
        let mut remarks = b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xf0INFO".to_vec();
        remarks.extend([0; 64]);
        assert!(matches!(decode(remarks, Some("wav"), 2), Err(Refusal::Broken(_))));
    }

    #[test]
    fn floats_that_are_no_audio_are_refused() {
        for wrong in [f32::NAN, f32::INFINITY, 1e30] {
            let mut bytes = wav(1, 48_000, 16, &[0; 8]);
            bytes[20] = 3;
            bytes[34] = 32;
            bytes[32] = 4;
            let at = bytes.len() - 16;
            bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
            assert!(matches!(decode(bytes, Some("wav"), 2), Err(Refusal::Broken(_))), "{wrong}");
        }
    }

    #[test]
    fn no_flipped_byte_brings_the_decoder_down() {
        let good = wav(2, 48_000, 400, &[1_000; 200]);
        for at in 0..60.min(good.len()) {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] = value;
                if let Ok(audio) = decode(bytes, Some("wav"), 2) {
                    assert!(audio.channels[0].len() <= 400, "byte {at} as {value}");
                }
            }
        }
    }
}
