//! The rig to build, as data: programs that voices run, strips that sum them, inserts in the strips.
//!
//! Invariant: every node has a [`Key`] that depends on names and roles, never on a position, so that a reload keeps
//! what did not change. Strips stand in the order in which they are summed: what feeds another comes before it; the
//! master is the last.

use std::sync::{Arc, OnceLock};

use crate::base::graph::Graph;
use crate::base::insert::{self, InsertInfo};
use crate::base::random;
use crate::base::reel::{self, Channel, Reel};
pub use crate::base::wave::Wave;
use crate::dsp::convert::{Converter, convert};

/// Who a node is across reloads: a hash of (track name, role, label or ordinal of its kind).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Key(pub u64);

impl Key {
    /// Of a path of names.
    pub fn of(path: &[&str]) -> Key {
        Key(path.iter().fold(0, |key, name| random::join(key, random::name(name))))
    }

    /// Of something inside this node.
    pub fn within(self, name: &str, ordinal: usize) -> Key {
        Key(random::join(random::join(self.0, random::name(name)), ordinal as u64))
    }
}

/// Audio at its own rate, in memory or on disk.
#[derive(Debug, Default)]
pub struct Sample {
    /// Frames a second.
    pub rate: u32,
    /// One or two channels, of equal lengths.
    pub channels: Vec<Channel>,
    /// A hash of the content, for keys.
    pub hash: u64,
    /// The same at the rate of the engine that plays it, made when a rig first wants it.
    pub converted: OnceLock<Option<Arc<Sample>>>,
}

/// Shorter samples stay at their rate, in frames: a single cycle would not keep its length to a fraction of a frame.
const SHORTEST: usize = 4096;

impl Sample {
    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.channel(0).len()
    }

    /// The audio of a channel; none where it has none.
    pub fn channel(&self, at: usize) -> &[f32] {
        self.channels.get(at).map_or(&[], |channel| channel)
    }

    /// Where it is on disk, for it is long.
    pub fn reel(&self) -> Option<&Arc<Reel>> {
        match self.channels.first()? {
            Channel::OnDisk(reel, _) => Some(reel),
            Channel::Held(_) => None,
        }
    }

    /// The memory that its audio takes at all its rates, in bytes.
    pub fn bytes(&self) -> u64 {
        let own: u64 = self.channels.iter().map(Channel::bytes).sum();
        own + self.converted.get().and_then(Option::as_ref).map_or(0, |converted| converted.bytes())
    }

    /// The room on disk that its audio takes at all its rates, in bytes.
    pub fn disk_bytes(&self) -> u64 {
        let converted = self.converted.get().and_then(Option::as_ref);
        self.reel().map_or(0, |reel| reel.bytes()) + converted.map_or(0, |converted| converted.disk_bytes())
    }

    /// The same at another rate, frames a second: read at its own pace it then comes out as it is. Itself where it has
    /// that rate, or is very short. It takes its time and memory: not for the audio thread.
    pub fn at_rate(self: &Arc<Sample>, rate: u32) -> Arc<Sample> {
        if rate == 0 || rate == self.rate || self.frames() < SHORTEST {
            return Arc::clone(self);
        }
        let make = || {
            let channels = match self.reel() {
                None => self.channels.iter().map(|channel| convert(channel, self.rate, rate).into()).collect(),
                // Without room on disk it plays at its own rate.
                Some(reel) => match convert_reel(reel, self.channels.len(), self.rate, rate) {
                    Ok(reel) => Arc::new(reel).channels(),
                    Err(_) => return None,
                },
            };
            Some(Arc::new(Sample {
                rate,
                channels,
                hash: random::join(self.hash, u64::from(rate)),
                ..Sample::default()
            }))
        };
        let converted = match self.converted.get_or_init(make) {
            Some(kept) if kept.rate == rate => Some(Arc::clone(kept)),
            // A process has one engine; in tests another may come with its own rate.
            Some(_) => make(),
            None => None,
        };
        converted.unwrap_or_else(|| Arc::clone(self))
    }
}

impl ProgramKind {
    /// What an engine of this rate plays of a sample; it is made, if need be. Not for the audio thread.
    pub fn sample_at(&self, rate: u32) -> Option<Arc<Sample>> {
        match self {
            // The points of a loop are frames of the sample as it is.
            ProgramKind::Sample { sample, looped: Some(_), .. } => Some(Arc::clone(sample)),
            ProgramKind::Sample { sample, looped: None, .. } => Some(sample.at_rate(rate)),
            _ => None,
        }
    }

    /// The reel that an engine of this rate plays, where its sample is long; nothing is made for the answer.
    pub fn reel_at(&self, rate: u32) -> Option<&Arc<Reel>> {
        let ProgramKind::Sample { sample, looped, .. } = self else { return None };
        let converted = sample.converted.get().and_then(Option::as_ref).filter(|converted| converted.rate == rate);
        converted.filter(|_| looped.is_none()).unwrap_or(sample).reel()
    }
}

/// Frames that are converted at once.
const CONVERTED: usize = 1 << 18;

/// A reel at another rate: a stretch after the other, its channels side by side.
fn convert_reel(reel: &Reel, channels: usize, from: u32, to: u32) -> std::io::Result<Reel> {
    let converter = Converter::new(from, to);
    let length = converter.length(reel.channel(0).len());
    let mut writer = reel::Writer::new(channels)?;
    let mut block = vec![vec![0.0; CONVERTED.min(length)]; channels];
    for first in (0..length).step_by(CONVERTED) {
        let count = CONVERTED.min(length - first);
        std::thread::scope(|threads| {
            for (at, out) in block.iter_mut().enumerate() {
                out.truncate(count);
                let converter = &converter;
                threads.spawn(move || converter.fill(reel.channel(at), first, out));
            }
        });
        writer.write(&block)?;
    }
    writer.finish()
}

/// The part of a sample that is repeated, in its own frames, half open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Loop {
    /// The first frame that is repeated.
    pub begin: u32,
    /// The first frame after.
    pub end: u32,
}

/// What a program does.
#[derive(Clone, Debug)]
pub enum ProgramKind {
    /// The built-in voice chain on a generator.
    Wave(Wave),
    /// The built-in voice chain on a sample; `root` is the note at which it plays at its own rate, where it is pitched.
    Sample {
        /// The audio.
        sample: Arc<Sample>,
        /// MIDI note number, or `None` where `note` counts from c3 as a transposition.
        root: Option<f32>,
        /// What is repeated while the note is held and while it is released; `None` plays through.
        looped: Option<Loop>,
    },
    /// A synth of the text, and the wavetables that its graph names, in its order.
    Graph(Arc<Graph>, Vec<Arc<Sample>>),
}

/// An instrument as the engine sees it: many voices run one program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its key; another content is another key.
    pub key: Key,
    /// What its voices do.
    pub kind: ProgramKind,
    /// How many voices sound at once at most.
    pub voices: u16,
}

/// What a strip is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum StripKind {
    /// Voices of a track.
    Track,
    /// Other strips that belong together.
    Group,
    /// What is sent to it.
    Bus,
    /// The last one.
    Master,
}

/// What an effect of the text does.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Its graph.
    pub graph: Arc<Graph>,
    /// The wavetables that the graph names, in its order.
    pub tables: Vec<Arc<Sample>>,
    /// Its entry, as if it stood in the table.
    pub info: &'static InsertInfo,
    /// A hash of all this.
    pub digest: u64,
}

impl PartialEq for Effect {
    fn eq(&self, other: &Effect) -> bool {
        self.digest == other.digest && self.info == other.info
    }
}

impl Insert {
    /// Its entry: the effect's, or the table's.
    pub fn info(&self) -> Option<&'static InsertInfo> {
        self.effect.as_ref().map(|effect| effect.info).or_else(|| insert::find(self.kind))
    }
}

/// What a file answers with, for an insert that names one.
#[derive(Clone, Debug, Default)]
pub struct Response(pub Arc<Sample>);

impl PartialEq for Response {
    fn eq(&self, other: &Response) -> bool {
        self.0.hash == other.0.hash
    }
}

/// One effect in a strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Its key.
    pub key: Key,
    /// Its name in [`crate::base::insert::INSERTS`], or that of the effect.
    pub kind: &'static str,
    /// What an effect of the text does, where it is one; it wins over the table.
    pub effect: Option<Effect>,
    /// The file that it names.
    pub file: Option<Response>,
    /// The names of its bands.
    pub bands: Vec<&'static str>,
    /// A value for each parameter of the table and of the bands, in its base unit (spans already in seconds).
    pub parameters: Vec<f32>,
}

/// A tap of a strip that feeds a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// The bus, as an index into [`Plan::strips`].
    pub to: usize,
    /// Linear factor.
    pub level: f32,
    /// Before the fader.
    pub pre: bool,
}

/// One channel of the desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Its key.
    pub key: Key,
    /// Its name in the text.
    pub name: Arc<str>,
    /// What it is.
    pub kind: StripKind,
    /// In the order of the text.
    pub inserts: Vec<Insert>,
    /// The fader, linear factor.
    pub gain: f32,
    /// 0 left, .5 middle, 1 right.
    pub pan: f32,
    /// 0 mono, 1 as it is.
    pub width: f32,
    /// In the order of the text.
    pub sends: Vec<Send>,
    /// Where it goes, as an index into [`Plan::strips`]; `None` for the master.
    pub output: Option<usize>,
}

/// The whole rig of one version of the text.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Which version of the schedule it belongs to.
    pub generation: u32,
    /// What [`crate::base::event::Event::program`] counts.
    pub programs: Vec<Program>,
    /// What [`crate::base::event::Event::track`] counts.
    pub strips: Vec<Strip>,
}

impl Plan {
    /// The memory that the samples of its programs take, in bytes; one that several play counts once.
    pub fn sample_bytes(&self) -> u64 {
        self.each_sample().map(|sample| sample.bytes()).sum()
    }

    /// The room on disk that they take, in bytes.
    pub fn disk_bytes(&self) -> u64 {
        self.each_sample().map(|sample| sample.disk_bytes()).sum()
    }

    fn each_sample(&self) -> impl Iterator<Item = &Arc<Sample>> {
        let mut seen = std::collections::HashSet::new();
        let samples = self.programs.iter().filter_map(|program| match &program.kind {
            ProgramKind::Sample { sample, .. } => Some(sample),
            _ => None,
        });
        samples.filter(move |sample| seen.insert(sample.hash))
    }
}
