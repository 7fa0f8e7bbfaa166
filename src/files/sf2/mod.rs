//! `SoundFont` 2: presets of zones in one file, in a reader of our own.
//!
//! - `tables` reads the file's tables, with every offset checked
//! - `zones` turns a preset into zones
//!
//! Invariant: only the tables are read here; of the samples only those of the preset, when they are loaded.

mod tables;
mod zones;

use std::fs::File;
use std::path::Path;

use self::tables::{Preset as Found, Tables, Wrong};
use super::bank::unreadable;
use super::refuse;
use super::sfz::Read;
use crate::base::catalog::Variant;
use crate::base::diagnostic::{Diagnostic, Severity, nearest};
use crate::model::wishes::{Preset, Program};

/// No more presets are told by name.
const MOST_NAMES: usize = 12;

/// A preset of a font.
pub(super) fn read(path: &Path, preset: &Preset) -> Result<Read, Diagnostic> {
    let shown = path.display().to_string();
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if !file.metadata().is_ok_and(|known| known.is_file()) {
        return Err(refuse("font-broken", format!("`{shown}` is no file")).help("name an .sf2 or .sfz file"));
    }
    let tables = tables::read(&mut file).map_err(|wrong| match wrong {
        Wrong::System(error) => unreadable(path, &error),
        Wrong::Broken(why) => {
            let said = refuse("font-broken", format!("`{shown}` cannot be read: {why}"));
            said.help("a sound font is an .sf2 or an .sfz file; copy it again")
        }
    })?;
    let at = choose(&tables, preset).ok_or_else(|| no_preset(&tables, preset, &shown))?;
    let played = zones::played(&tables, at, &Variant::file(path));
    let name = &tables.presets[at].name;
    if played.zones.is_empty() {
        let said = refuse("font-broken", format!("nothing of `{name}` in `{shown}` can be played"));
        return Err(said.help("its samples are missing, compressed (.sf3), or lie outside the file"));
    }
    let mut said = Vec::new();
    if played.silent > 0 {
        let count = played.silent;
        let message = format!("{count} zones of `{name}` in `{shown}` have samples that cannot be played");
        said.push(super::warn("font-broken", message));
    }
    if !played.left_out.is_empty() {
        let names: Vec<&str> = played.left_out.iter().map(String::as_str).collect();
        let message = format!("`{name}` in `{shown}` uses what talea leaves out: {}", names.join(", "));
        said.push(Diagnostic::machine(Severity::Hint, "font-left-out", message));
    }
    Ok(Read { zones: played.zones, said })
}

/// The place of a preset: by number and bank, or by its name or a part of it.
fn choose(tables: &Tables, preset: &Preset) -> Option<usize> {
    let presets = tables.presets();
    let within = |found: &Found, name: &str| found.name.to_lowercase().contains(&name.to_lowercase());
    match &preset.program {
        Program::Number(number) => {
            presets.iter().position(|found| (found.program, found.bank) == (*number, preset.bank))
        }
        Program::Name(name) => presets
            .iter()
            .position(|found| found.name.eq_ignore_ascii_case(name))
            .or_else(|| presets.iter().position(|found| within(found, name))),
    }
}

fn no_preset(tables: &Tables, preset: &Preset, shown: &str) -> Diagnostic {
    let presets = tables.presets();
    let what = match &preset.program {
        Program::Number(number) => format!("no program {number} in bank {}", preset.bank),
        Program::Name(name) => format!("no program `{name}`"),
    };
    let said = refuse("no-preset", format!("`{shown}` has {what}"));
    if let Program::Name(name) = &preset.program
        && let Some(near) = nearest(name, presets.iter().map(|found| found.name.as_str()))
    {
        return said.help(format!("did you mean `{near}`?"));
    }
    let mut near: Vec<&Found> = presets.iter().collect();
    let wanted = if let Program::Number(number) = preset.program { number } else { 0 };
    near.sort_by_key(|found| (found.bank != preset.bank, found.program.abs_diff(wanted), found.program));
    near.truncate(MOST_NAMES);
    let names = near.iter().map(|found| match found.bank {
        0 => format!("{} {}", found.program, found.name),
        bank => format!("{} {} (bank {bank})", found.program, found.name),
    });
    said.help(format!("it has {}", names.collect::<Vec<_>>().join(", ")))
}
