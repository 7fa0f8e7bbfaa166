//! `talea render FILE -o OUT.wav`: the same samples as live, as fast as the machine can.
//!
//! Invariant: the file that was there is replaced only by a whole new one.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Exit, paint};
use crate::base::diagnostic::Diagnostic;
use crate::base::quality::Quality;
use crate::base::units::{Db, LOUDNESS};
use crate::files::project::{Project, Version};
use crate::files::wav::{Bits, WavWriter};
use crate::render::log;
use crate::render::loudness::LoudnessMeter;
use crate::render::offline::{self, Format, Length};

/// Arguments of `talea render`.
#[derive(Args)]
pub(super) struct RenderArgs {
    /// The piece, or the log of a session
    file: PathBuf,
    /// The file to write
    #[arg(short, long)]
    output: PathBuf,
    /// Only these cycles, half open: 0..8
    #[arg(long, value_parser = cycles)]
    cycles: Option<(i64, i64)>,
    /// Exactly so many seconds, without tails
    #[arg(long, conflicts_with = "cycles")]
    seconds: Option<f64>,
    /// Frames a second
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    rate: u32,
    /// 16, 24 or 32f
    #[arg(long, default_value = "24", value_parser = bits)]
    bits: Bits,
    /// A file for each track as well, in this folder: what the desk lets through of it
    #[arg(long)]
    stems: Option<PathBuf>,
    /// The loudness of the file: LUFS, a platform (spotify, youtube, apple, broadcast) or `off`; else a whole piece is
    /// brought to its `target`
    #[arg(long, value_parser = loudness, allow_hyphen_values = true)]
    loudness: Option<Wanted>,
    /// draft (cubic, quick) or best (32 taps); without it, as it is played
    #[arg(long, value_parser = quality)]
    quality: Option<Quality>,
    /// How many threads compute; the file is the same with any number
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
}

/// `A..B`
pub(super) fn cycles(text: &str) -> Result<(i64, i64), String> {
    let (from, to) = text.split_once("..").ok_or("write A..B, such as 0..8")?;
    let number = |word: &str| word.trim().parse::<i64>().map_err(|_| format!("`{word}` is no whole number"));
    let (from, to) = (number(from)?, number(to)?);
    if from < to { Ok((from, to)) } else { Err("the second number must be the greater".to_owned()) }
}

fn bits(text: &str) -> Result<Bits, String> {
    Bits::parse(text).ok_or_else(|| "16, 24 or 32f".to_owned())
}

fn quality(text: &str) -> Result<Quality, String> {
    match text {
        "draft" => Ok(Quality::Draft),
        "best" => Ok(Quality::Best),
        _ => Err("draft or best".to_owned()),
    }
}

impl RenderArgs {
    fn format(&self) -> Format {
        Format { rate: self.rate, quality: self.quality.unwrap_or_default(), threads: self.threads.into() }
    }
}

/// How loud the file is to be.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Wanted {
    /// As it is heard.
    Heard,
    /// LUFS.
    Lufs(f64),
}

/// `-14`, `-14LUFS`, `spotify`, `off`
fn loudness(text: &str) -> Result<Wanted, String> {
    let known = match text {
        "off" => return Ok(Wanted::Heard),
        "spotify" | "youtube" | "tidal" | "amazon" => -14.0,
        "apple" => -16.0,
        "deezer" => -15.0,
        "broadcast" => -23.0,
        number => number
            .trim_end_matches("LUFS")
            .parse()
            .map_err(|_| format!("`{text}` is neither a loudness (-14) nor a platform (spotify, apple, broadcast)"))?,
    };
    if LOUDNESS.contains(&known) { Ok(Wanted::Lufs(known)) } else { Err("a loudness is −60 to 0 LUFS".to_owned()) }
}

/// The true peak that a file brought to a loudness keeps under, in dBTP.
const PEAK: f64 = -1.0;

/// The factor that brings a piece to a loudness. Where its true peak would come above −1 dBTP it is brought only as
/// far as that, and this is said.
fn to_loudness(target: f64, version: &Version, format: Format, length: Length) -> Result<f32, Box<Diagnostic>> {
    let Some(mut meter) = LoudnessMeter::new(format.rate, 2) else { return Ok(1.0) };
    offline::render(&version.score, format, length, &mut |left, right| {
        meter.add(&[left, right]);
        true
    })?;
    let figures = meter.figures();
    if !figures.integrated.is_finite() {
        return Ok(1.0);
    }
    let wanted = target - figures.integrated;
    let most = PEAK - figures.true_peak;
    if wanted > most {
        paint::note(&format!(
            "talea: {:.1} LUFS instead of {target}: more would lift the true peak above {PEAK} dBTP; a limit in the master makes room",
            figures.integrated + most
        ));
    }
    Ok(Db(wanted.min(most)).to_gain() as f32)
}

/// Renders.
pub(super) fn run(args: &RenderArgs) -> Exit {
    if args.seconds.is_some_and(|seconds| !seconds.is_finite() || !(0.0..=360_000.0).contains(&seconds)) {
        paint::error("--seconds runs from 0 to 360000");
        return Exit::Usage;
    }
    let result = if log::is_log(&args.file) { replay(args) } else { piece(args) };
    match result {
        Ok(exit) => exit,
        Err(said) => {
            paint::diagnostics(&[], &[*said]);
            Exit::Machine
        }
    }
}

fn piece(args: &RenderArgs) -> Result<Exit, Box<Diagnostic>> {
    let version = match load(&args.file) {
        Ok(version) => version,
        Err(exit) => return Ok(exit),
    };
    paint::diagnostics(&version.sources, &version.said);
    if version.has_errors() {
        return Ok(Exit::Music);
    }
    let length = match (args.seconds, args.cycles) {
        (Some(seconds), _) => Length::Seconds(seconds),
        (_, Some((from, to))) => Length::Cycles(from, to),
        _ => Length::Song,
    };
    if let Some(folder) = &args.stems {
        if let Err(error) = std::fs::create_dir_all(folder) {
            paint::error(&format!("cannot make {}: {error}", folder.display()));
            return Ok(Exit::Machine);
        }
        for track in &version.score.tracks {
            let path = folder.join(format!("{}.wav", track.name.replace(['/', '\\'], "_")));
            let mut output = Output::create(&path, args.rate, args.bits)?;
            let name = &track.name;
            offline::render_stem(&version.score, name, args.format(), length, &mut |l, r| output.write(l, r))?;
            output.finish()?;
        }
    }
    // A part of a piece stays at its level: the target is one for the whole.
    let target = match args.loudness {
        Some(Wanted::Heard) => None,
        Some(Wanted::Lufs(target)) => Some(target),
        None => version.score.target.filter(|_| length == Length::Song),
    };
    let gain = target.map_or(Ok(1.0), |target| to_loudness(target, &version, args.format(), length))?;
    let mut output = Output::create(&args.output, args.rate, args.bits)?;
    output.gain = gain;
    offline::render(&version.score, args.format(), length, &mut |left, right| output.write(left, right))?;
    output.finish()
}

fn replay(args: &RenderArgs) -> Result<Exit, Box<Diagnostic>> {
    let log = match log::read(&args.file) {
        Ok(log) => log,
        Err(error) => {
            paint::error(&format!("{}: {error}", args.file.display()));
            return Ok(Exit::Usage);
        }
    };
    // A session is replayed at its own rate: another one would be another performance.
    if args.stems.is_some() || args.loudness.is_some() {
        paint::error("--stems and --loudness go with a piece, not with a log");
        return Ok(Exit::Usage);
    }
    let mut output = Output::create(&args.output, log.header.rate, args.bits)?;
    let said = offline::replay(&log, args.quality.unwrap_or_default(), args.threads.into(), &mut |left, right| {
        output.write(left, right)
    })?;
    paint::diagnostics(&[], &said);
    output.finish()
}

/// Reads a piece. Where it cannot be read it says why, and how to end: a file that is not there is wrong usage.
pub(super) fn load(file: &std::path::Path) -> Result<Version, Exit> {
    Project::new(file).load().map_err(|refused| {
        let missing = refused.said.code.starts_with("file-");
        paint::diagnostics(&[refused.source], &[refused.said]);
        if missing { Exit::Usage } else { Exit::Music }
    })
}

/// The file being written, with a line of progress on long renders.
struct Output {
    writer: Option<WavWriter>,
    failed: Option<Diagnostic>,
    part: PathBuf,
    path: PathBuf,
    rate: u32,
    frames: u64,
    shown: u64,
    visible: bool,
    /// What every sample is multiplied by; 1 leaves the bits alone.
    gain: f32,
    scaled: [Vec<f32>; 2],
}

impl Output {
    fn create(path: &std::path::Path, rate: u32, bits: Bits) -> Result<Output, Box<Diagnostic>> {
        let path = path.to_path_buf();
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        // A device or a pipe (`/dev/stdout`) is written as it is.
        let part = if path.exists() && !path.is_file() { path.clone() } else { part };
        let writer = WavWriter::create(&part, rate, 2, bits, 1)?;
        let visible = std::io::stderr().is_terminal();
        Ok(Output {
            writer: Some(writer),
            failed: None,
            part,
            path,
            rate,
            frames: 0,
            shown: 0,
            visible,
            gain: 1.0,
            scaled: [Vec::new(), Vec::new()],
        })
    }

    fn write(&mut self, left: &[f32], right: &[f32]) -> bool {
        let Some(writer) = &mut self.writer else { return false };
        let written = if self.gain == 1.0 {
            writer.write(&[left, right])
        } else {
            for (scaled, side) in self.scaled.iter_mut().zip([left, right]) {
                scaled.clear();
                scaled.extend(side.iter().map(|x| x * self.gain));
            }
            writer.write(&[&self.scaled[0], &self.scaled[1]])
        };
        if let Err(error) = written {
            self.failed = Some(error);
            self.writer = None;
            return false;
        }
        self.frames += left.len() as u64;
        let seconds = self.frames / u64::from(self.rate);
        if self.visible && seconds >= self.shown + 10 {
            self.shown = seconds;
            let _ = write!(std::io::stderr(), "\r  {}:{:02} written", seconds / 60, seconds % 60);
        }
        true
    }

    fn finish(mut self) -> Result<Exit, Box<Diagnostic>> {
        if self.visible && self.shown > 0 {
            let _ = write!(std::io::stderr(), "\r                        \r");
        }
        if let Some(failed) = self.failed {
            // A device or a pipe was written as it is, and is not ours to remove.
            if self.part != self.path {
                let _ = std::fs::remove_file(&self.part);
            }
            return Err(failed.into());
        }
        if let Some(writer) = self.writer.take() {
            writer.finish()?;
        }
        if self.part != self.path
            && let Err(error) = std::fs::rename(&self.part, &self.path)
        {
            paint::error(&format!("cannot write {}: {error}", self.path.display()));
            return Ok(Exit::Machine);
        }
        Ok(Exit::Done)
    }
}
