//! The tables of a `SoundFont` 2 file: presets, instruments, their zones, generators and modulators, and where samples lie.
//!
//! Chapter numbers are those of the *`SoundFont` Technical Specification*, version 2.04.
//!
//! Invariant: every offset is checked against the file; no more than [`LARGEST_TABLES`] bytes are taken into memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// The most bytes of all tables; a font of a thousand presets has less than five million.
const LARGEST_TABLES: u64 = 64 << 20;
/// The most chunks that are looked at on a level.
const MOST_CHUNKS: usize = 256;

/// A stretch of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: u64,
    pub(super) length: u64,
}

/// What a font's file holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// The 16-bit samples.
    pub(super) coarse: Stretch,
    /// The eight bits below them.
    pub(super) fine: Option<Stretch>,
    pub(super) presets: Vec<Preset>,
    preset_bags: Vec<Bag>,
    preset_generators: Vec<Generator>,
    preset_modulators: Vec<Modulator>,
    instruments: Vec<u16>,
    instrument_bags: Vec<Bag>,
    instrument_generators: Vec<Generator>,
    instrument_modulators: Vec<Modulator>,
    pub(super) samples: Vec<SampleHeader>,
}

/// 7.2
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Preset {
    pub(super) name: String,
    pub(super) program: u16,
    pub(super) bank: u16,
    bag: u16,
}

#[derive(Clone, Copy, Debug)]
struct Bag {
    generator: u16,
    modulator: u16,
}

/// 7.5
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generator {
    pub(super) kind: u16,
    pub(super) amount: u16,
}

/// 7.4
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Modulator {
    pub(super) source: u16,
    pub(super) target: u16,
    pub(super) amount: i16,
    pub(super) amount_source: u16,
}

/// 7.10
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SampleHeader {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) loop_start: u32,
    pub(super) loop_end: u32,
    pub(super) rate: u32,
    pub(super) root: u8,
    pub(super) correction: i8,
    pub(super) link: u16,
    pub(super) kind: u16,
}

/// The generators and modulators of a zone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ZoneTables<'a> {
    pub(super) generators: &'a [Generator],
    pub(super) modulators: &'a [Modulator],
}

/// Why a file is no font for us.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The system did not give it.
    System(io::Error),
    /// In words.
    Broken(String),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Wrong {
        Wrong::System(error)
    }
}

fn broken(why: impl Into<String>) -> Wrong {
    Wrong::Broken(why.into())
}

/// A chunk's name and its contents.
type Chunk = ([u8; 4], Stretch);

/// The chunks within a stretch, as far as they lie in it.
fn chunks(file: &mut File, within: Stretch) -> Result<Vec<Chunk>, Wrong> {
    let mut out = Vec::new();
    let (mut at, end) = (within.start, within.start + within.length);
    while at + 8 <= end && out.len() < MOST_CHUNKS {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let name = [head[0], head[1], head[2], head[3]];
        let start = at + 8;
        if start + length > end {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(broken(format!("its part `{}` ends after the file", name.escape_default())));
        }
        out.push((name, Stretch { start, length }));
        at = start + length + (length & 1);
    }
    Ok(out)
}

fn find(chunks: &[Chunk], name: [u8; 4]) -> Option<Stretch> {
    chunks.iter().find(|(other, _)| *other == name).map(|(_, stretch)| *stretch)
}

/// The contents of the list of a kind.
fn list(file: &mut File, chunks: &[Chunk], kind: [u8; 4]) -> Result<Vec<Chunk>, Wrong> {
    for (name, stretch) in chunks {
        if name != b"LIST" || stretch.length < 4 {
            continue;
        }
        let mut found = [0; 4];
        file.seek(SeekFrom::Start(stretch.start))?;
        file.read_exact(&mut found)?;
        if found == kind {
            return self::chunks(file, Stretch { start: stretch.start + 4, length: stretch.length - 4 });
        }
    }
    Err(broken(format!("it has no part `{}`", String::from_utf8_lossy(&kind))))
}

/// Reads the tables of a font.
pub(super) fn read(file: &mut File) -> Result<Tables, Wrong> {
    let length = file.metadata()?.len();
    let mut head = [0; 12];
    if length < 12 {
        return Err(broken("it is too short for a sound font"));
    }
    file.read_exact(&mut head)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"sfbk" {
        return Err(broken("it is no SoundFont (.sf2)"));
    }
    let parts = chunks(file, Stretch { start: 12, length: length - 12 })?;
    let audio = list(file, &parts, *b"sdta")?;
    let data = list(file, &parts, *b"pdta")?;
    if data.iter().map(|(_, stretch)| stretch.length).sum::<u64>() > LARGEST_TABLES {
        return Err(broken("its tables are larger than 64 MB"));
    }
    let mut table = |name: &[u8; 4], size: usize| -> Result<Vec<u8>, Wrong> {
        let stretch =
            find(&data, *name).ok_or_else(|| broken(format!("it has no table `{}`", String::from_utf8_lossy(name))))?;
        if stretch.length % size as u64 != 0 {
            return Err(broken(format!("its table `{}` has a wrong length", String::from_utf8_lossy(name))));
        }
        let mut bytes = vec![0; stretch.length as usize];
        file.seek(SeekFrom::Start(stretch.start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    let presets = table(b"phdr", 38)?.chunks_exact(38).map(preset).collect();
    let bag = |bytes: &[u8]| Bag { generator: word(bytes, 0), modulator: word(bytes, 2) };
    let preset_bags = table(b"pbag", 4)?.chunks_exact(4).map(bag).collect();
    let preset_modulators = table(b"pmod", 10)?.chunks_exact(10).map(modulator).collect();
    let preset_generators = table(b"pgen", 4)?.chunks_exact(4).map(generator).collect();
    let instruments = table(b"inst", 22)?.chunks_exact(22).map(|bytes| word(bytes, 20)).collect();
    let instrument_bags = table(b"ibag", 4)?.chunks_exact(4).map(bag).collect();
    let instrument_modulators = table(b"imod", 10)?.chunks_exact(10).map(modulator).collect();
    let instrument_generators = table(b"igen", 4)?.chunks_exact(4).map(generator).collect();
    let samples = table(b"shdr", 46)?.chunks_exact(46).map(sample).collect();
    let coarse = find(&audio, *b"smpl").ok_or_else(|| broken("it has no samples"))?;
    // 5.2: where the lengths do not match, the lower bits are to be ignored.
    let fine = find(&audio, *b"sm24").filter(|fine| fine.length >= coarse.length / 2);
    Ok(Tables {
        coarse,
        fine,
        presets,
        preset_bags,
        preset_generators,
        preset_modulators,
        instruments,
        instrument_bags,
        instrument_generators,
        instrument_modulators,
        samples,
    })
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn preset(bytes: &[u8]) -> Preset {
    let name = bytes[..20].split(|byte| *byte == 0).next().unwrap_or_default();
    let name: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect();
    Preset { name: name.trim().to_owned(), program: word(bytes, 20), bank: word(bytes, 22), bag: word(bytes, 24) }
}

fn generator(bytes: &[u8]) -> Generator {
    Generator { kind: word(bytes, 0), amount: word(bytes, 2) }
}

fn modulator(bytes: &[u8]) -> Modulator {
    Modulator {
        source: word(bytes, 0),
        target: word(bytes, 2),
        amount: word(bytes, 4) as i16,
        amount_source: word(bytes, 6),
    }
}

fn sample(bytes: &[u8]) -> SampleHeader {
    SampleHeader {
        start: long(bytes, 20),
        end: long(bytes, 24),
        loop_start: long(bytes, 28),
        loop_end: long(bytes, 32),
        rate: long(bytes, 36),
        root: bytes[40],
        correction: bytes[41] as i8,
        link: word(bytes, 42),
        kind: word(bytes, 44),
    }
}

/// The zones between two bags, as far as the tables go.
fn zones<'a>(
    bags: &'a [Bag],
    generators: &'a [Generator],
    modulators: &'a [Modulator],
    first: u16,
    last: u16,
) -> Vec<ZoneTables<'a>> {
    let pairs = bags.get(usize::from(first)..=usize::from(last)).unwrap_or_default().windows(2);
    pairs
        .map(|pair| ZoneTables {
            generators: generators
                .get(usize::from(pair[0].generator)..usize::from(pair[1].generator))
                .unwrap_or_default(),
            modulators: modulators
                .get(usize::from(pair[0].modulator)..usize::from(pair[1].modulator))
                .unwrap_or_default(),
        })
        .collect()
}

impl Tables {
    /// The presets but the last, which ends the table (7.2).
    pub(super) fn presets(&self) -> &[Preset] {
        self.presets.split_last().map_or(&[], |(_, rest)| rest)
    }

    /// The zones of a preset by its place.
    pub(super) fn preset_zones(&self, at: usize) -> Vec<ZoneTables<'_>> {
        let bags = self.presets.get(at).zip(self.presets.get(at + 1));
        bags.map_or_else(Vec::new, |(first, last)| {
            zones(&self.preset_bags, &self.preset_generators, &self.preset_modulators, first.bag, last.bag)
        })
    }

    /// The zones of an instrument by its place.
    pub(super) fn instrument_zones(&self, at: usize) -> Vec<ZoneTables<'_>> {
        let bags = self.instruments.get(at).zip(self.instruments.get(at + 1));
        bags.map_or_else(Vec::new, |(first, last)| {
            zones(&self.instrument_bags, &self.instrument_generators, &self.instrument_modulators, *first, *last)
        })
    }
}
