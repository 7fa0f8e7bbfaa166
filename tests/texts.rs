//! Whole texts through the checker: the pieces that teach say nothing at all, songs of others have no error, and each bad
//! text is refused at its line.

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot read its texts has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use talea::base::diagnostic::{Diagnostic, Severity};
use talea::base::source::Source;
use talea::files::project::Project;

/// The texts of a folder, in order.
fn texts(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "talea"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn check(path: &Path) -> (Vec<Source>, Vec<Diagnostic>) {
    match Project::new(path).load() {
        Ok(version) => (version.sources, version.said),
        Err(refused) => (vec![refused.source], vec![refused.said]),
    }
}

/// What is said of these texts, but for what `allowed` lets pass, a line each.
fn complaints(paths: &[PathBuf], allowed: impl Fn(&Diagnostic) -> bool) -> String {
    let mut out = String::new();
    for path in paths {
        let (sources, said) = check(path);
        for diagnostic in said.iter().filter(|diagnostic| !allowed(diagnostic)) {
            out += &diagnostic.one_line(&sources);
            out.push('\n');
        }
    }
    out
}

#[test]
fn the_pieces_that_teach_leave_nothing_to_say() {
    let said = complaints(&texts("patterns"), |_| false);
    assert!(said.is_empty(), "\n{said}");
}

#[test]
fn songs_that_use_the_whole_language_have_no_error() {
    let said = complaints(&texts("tests/songs"), |diagnostic| diagnostic.severity != Severity::Error);
    assert!(said.is_empty(), "\n{said}");
}

/// A bad text opens with `// line 3: what is wrong`.
#[test]
fn each_bad_text_is_refused_at_its_line_and_nowhere_else() {
    let mut wrong = String::new();
    for path in texts("tests/bad") {
        let text = fs::read_to_string(&path).unwrap();
        let line: u32 = text.strip_prefix("// line ").and_then(|rest| rest.split(':').next()).unwrap().parse().unwrap();
        let (sources, said) = check(&path);
        let errors: Vec<&Diagnostic> = said.iter().filter(|diagnostic| diagnostic.is_error()).collect();
        let at = |diagnostic: &Diagnostic| diagnostic.place.map(|place| sources[0].line_column(place.start).line);
        // What is not built says so instead, where it begins.
        let later = said.iter().any(|diagnostic| diagnostic.code == "not-yet" && at(diagnostic) <= Some(line));
        if (errors.is_empty() && !later) || errors.iter().any(|error| at(error) != Some(line)) {
            wrong += &format!("{}\n    {}\n", path.display(), text.lines().next().unwrap());
            for error in &errors {
                wrong += &format!("    said: {}\n", error.one_line(&sources));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
