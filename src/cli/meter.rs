//! `talea meter FILE [--json]`: loudness and peaks of an audio file.

use std::path::Path;

use crate::base::diagnostic::Diagnostic;
use crate::render::meter;

/// Measures `file` and prints the figures, as JSON or as lines for people.
///
/// # Errors
/// Why the file could not be measured; the caller shows it and ends with code 2 where [`is_usage`] says so, else 3.
#[allow(clippy::print_stdout)]
pub(super) fn run(file: &Path, json: bool) -> Result<(), Diagnostic> {
    let report = meter::measure(file)?;
    if json {
        println!("{}", report.json());
    } else {
        print!("{}", report.lines());
    }
    Ok(())
}

/// Whether the wrong file was named (exit code 2), rather than the machine being at fault (3).
pub(super) fn is_usage(said: &Diagnostic) -> bool {
    matches!(said.code, "sample-format" | "file-missing" | "sample-is-folder")
}
