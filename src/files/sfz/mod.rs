//! SFZ: a text that says which file plays on which keys, in a reader of our own.
//!
//! - `text` reads headers and opcodes, with includes and defines
//! - `region` makes a zone of a region
//!
//! Invariant: what a file says that talea cannot do is told once, by name, and the rest plays.

mod region;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use self::region::{Known, Opcodes, Region, left_out};
use self::text::Section;
use super::bank::{Bank, unreadable};
use super::{refuse, warn};
use crate::base::catalog::Variant;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::zone::Zone;

/// The most regions of a file.
const MOST_REGIONS: usize = 16_384;
/// No more missing files are told by name.
const MOST_MISSING: usize = 3;
/// No more opcodes are told by name.
const MOST_NAMES: usize = 12;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) zones: Vec<Zone<Variant>>,
    /// Without a place.
    pub(super) said: Vec<Diagnostic>,
}

/// Reads an SFZ file; the headers of its samples are read through the bank.
pub(super) fn read(path: &Path, bank: &mut Bank) -> Result<Read, Diagnostic> {
    let metadata = path.metadata().map_err(|error| unreadable(path, &error))?;
    let shown = path.display().to_string();
    if !metadata.is_file() {
        return Err(refuse("font-broken", format!("`{shown}` is no file")).help("name the .sfz file"));
    }
    if metadata.len() == 0 {
        return Err(refuse("font-broken", format!("`{shown}` is empty")).help("copy it again"));
    }
    let text = text::read(path).map_err(|error| unreadable(path, &error))?;
    let mut reader = Reader { folder: path.parent().map(Path::to_path_buf).unwrap_or_default(), ..Reader::default() };
    reader.read(&text.sections, bank);
    let mut out = Read { zones: reader.zones, said: Vec::new() };
    for said in text.said {
        out.said.push(warn("font-broken", format!("`{shown}`: {said}")));
    }
    if !reader.missing.is_empty() {
        let count = reader.missing.len();
        let mut message = format!("`{shown}` names files that cannot be played: ");
        message.push_str(&reader.missing[..count.min(MOST_MISSING)].join(", "));
        if count > MOST_MISSING {
            let _ = write!(message, " and {} more", count - MOST_MISSING);
        }
        out.said.push(warn("sample-missing", message).help("its samples lie beside the .sfz file"));
    }
    let names: Vec<&str> = reader.left_out.iter().map(String::as_str).collect();
    if !names.is_empty() {
        let more = names.len().saturating_sub(MOST_NAMES);
        let names = names[..names.len() - more].join(", ");
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("`{shown}` uses what talea leaves out: {names}{tail}");
        out.said.push(Diagnostic::machine(Severity::Hint, "font-left-out", message));
    }
    if out.zones.is_empty() {
        let mut said = refuse("font-broken", format!("`{shown}` has no region that can play"));
        said.help = out.said.first().map(|first| first.message.clone()).or(Some("a region names a sample".into()));
        return Err(said);
    }
    Ok(out)
}

#[derive(Default)]
struct Reader {
    folder: PathBuf,
    zones: Vec<Zone<Variant>>,
    missing: Vec<String>,
    left_out: BTreeSet<String>,
    /// By their names in small letters: what a folder of this file's samples holds.
    folders: BTreeMap<PathBuf, BTreeMap<String, PathBuf>>,
}

/// A region with all that it inherits.
struct Whole {
    opcodes: Opcodes,
    prefix: String,
    shift: i32,
}

impl Reader {
    fn read(&mut self, sections: &[Section], bank: &mut Bank) {
        let mut levels: [Opcodes; 3] = Default::default();
        let (mut prefix, mut shift) = (String::new(), 0);
        let mut controllers = BTreeMap::new();
        let mut wholes: Vec<Whole> = Vec::new();
        for section in sections {
            let own: Opcodes = section.opcodes.iter().cloned().collect();
            match section.header.as_str() {
                "control" => {
                    prefix = own.get("default_path").cloned().unwrap_or(prefix);
                    let number = |name: &str| own.get(name).and_then(|text| text.parse::<i32>().ok());
                    let octaves = number("octave_offset").unwrap_or(0).clamp(-10, 10);
                    shift = number("note_offset").unwrap_or(0).clamp(-127, 127) + 12 * octaves;
                    for (name, value) in &own {
                        let set = name.strip_prefix("set_cc").and_then(|number| number.parse::<u16>().ok());
                        if let Some((number, value)) = set.zip(value.parse::<f32>().ok()) {
                            controllers.insert(number, value);
                        }
                    }
                }
                "global" => levels = [own, Opcodes::new(), Opcodes::new()],
                "master" => (levels[1], levels[2]) = (own, Opcodes::new()),
                "group" => levels[2] = own,
                "region" if wholes.len() < MOST_REGIONS => {
                    let mut opcodes = Opcodes::new();
                    for level in levels.iter().chain([&own]) {
                        opcodes.extend(level.iter().map(|(name, value)| (name.clone(), value.clone())));
                    }
                    wholes.push(Whole { opcodes, prefix: prefix.clone(), shift });
                }
                // Curves shape controllers, effects are the desk's.
                "curve" | "effect" | "midi" => {
                    self.left_out.insert(format!("<{}>", section.header));
                }
                _ => {}
            }
        }
        self.regions(&wholes, &controllers, bank);
    }

    fn regions(&mut self, wholes: &[Whole], controllers: &BTreeMap<u16, f32>, bank: &mut Bank) {
        let group = |name: &str| {
            let found = wholes.iter().filter_map(|whole| whole.opcodes.get(name)?.parse::<i64>().ok());
            found.filter(|group| *group != 0).collect::<BTreeSet<i64>>()
        };
        let chokers = group("off_by");
        let switch = wholes.iter().find_map(|whole| region::key(whole.opcodes.get("sw_default")?));
        let first = wholes.iter().find_map(|whole| region::key(whole.opcodes.get("sw_last")?));
        let switch = switch.or(first).and_then(|key| u8::try_from(key).ok());
        if wholes.iter().any(|whole| whole.opcodes.contains_key("sw_last")) {
            self.left_out.insert("sw_last (keyswitches: the default one plays)".into());
        }
        for whole in wholes {
            left_out(&whole.opcodes, &mut self.left_out);
            let Some(sample) = whole.opcodes.get("sample") else { continue };
            let region = Region { opcodes: &whole.opcodes, shift: whole.shift, controllers, switch, chokers: &chokers };
            if !region.sounds() {
                continue;
            }
            if sample.starts_with('*') {
                if sample != "*silence" {
                    self.left_out.insert(format!("sample={sample}"));
                }
                continue;
            }
            let path = self.find(&format!("{}{sample}", whole.prefix));
            match bank.known(&path) {
                Ok(header) => {
                    let known = Known {
                        frames: header.frames.unwrap_or(0),
                        rate: header.rate,
                        root: header.root,
                        repeats: header.repeats,
                    };
                    let variant = Variant { seconds: header.seconds(), ..Variant::file(&path) };
                    self.zones.extend(region.zone(variant, known));
                }
                Err(_) if self.missing.contains(sample) => {}
                Err(_) => self.missing.push(sample.clone()),
            }
        }
    }

    /// The path of a sample; where letters differ in size only, the file that is there.
    fn find(&mut self, name: &str) -> PathBuf {
        let plain = self.folder.join(name.replace('\\', "/"));
        if plain.exists() {
            return plain;
        }
        let mut path = self.folder.clone();
        for part in name.replace('\\', "/").split('/').filter(|part| !part.is_empty()) {
            let exact = path.join(part);
            if part == ".." || exact.exists() {
                path = exact;
                continue;
            }
            let names = self.folders.entry(path.clone()).or_insert_with(|| {
                let entries = std::fs::read_dir(&path).into_iter().flatten().take(super::kit::MOST_ENTRIES);
                entries
                    .filter_map(|entry| {
                        let path = entry.ok()?.path();
                        Some((path.file_name()?.to_str()?.to_lowercase(), path))
                    })
                    .collect()
            });
            match names.get(&part.to_lowercase()) {
                Some(known) => path = known.clone(),
                None => return plain,
            }
        }
        path
    }
}
