//! Floor 4: everything that lies on a disk. Texts, samples, kits, recordings, and the news that one of them changed.
//!
//! - [`text`] reads a piece and what it uses
//! - [`kit`] finds the sounds of a folder; [`builtin`] holds the starter kit inside the program
//! - [`naming`] reads the names of files; `instruments` finds what a text wishes for
//! - [`bank`] loads each sample once; [`decode`] turns file formats into audio
//! - [`wav`] writes what was rendered or recorded
//! - [`watch`] tells when a file was saved
//!
//! Invariant: no file, however broken, makes this module panic or take memory without a bound; what is wrong becomes a
//! [`Diagnostic`] without a place, to which the caller adds the place in the text that named the file.

pub mod bank;
pub mod builtin;
pub mod decode;
mod gathering;
mod instruments;
pub mod kit;
mod mended;
pub mod naming;
mod parts;
pub mod project;
mod sf2;
mod sfz;
pub mod text;
pub mod watch;
pub mod wav;

use std::io;
use std::path::Path;

use crate::base::diagnostic::{Diagnostic, Severity, nearest};

/// An error about a file, without a place.
fn refuse(code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::machine(Severity::Error, code, message)
}

/// A warning about a file, without a place.
fn warn(code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::machine(Severity::Warning, code, message)
}

/// Why the system did not give us `path`, in words; a path that is missing is answered with the nearest that is there.
pub(crate) fn refused_by_system(
    missing: &'static str,
    unreadable: &'static str,
    path: &Path,
    error: &io::Error,
) -> Diagnostic {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            let said = refuse(missing, format!("there is no `{shown}`"));
            match beside(path) {
                Some(name) => said.help(format!("did you mean `{name}`?")),
                None if ["github:", "http:", "https:"].iter().any(|scheme| path.to_string_lossy().contains(scheme)) => {
                    said.help("sounds are files of this machine: load them down, and name their folder")
                }
                None => said.help("a path is relative to the file that names it"),
            }
        }
        io::ErrorKind::PermissionDenied => {
            refuse(unreadable, format!("`{shown}` may not be read")).help("give yourself the right to read it")
        }
        _ => refuse(unreadable, format!("`{shown}` cannot be read: {error}")),
    }
}

/// The name in the same folder that is nearest to the last part of `path`.
fn beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(kit::MOST_ENTRIES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}
