//! `talea check FILE... [--json]`: what is wrong with pieces, and nothing else.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Exit, paint};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::files::project::Project;

/// Arguments of `talea check`.
#[derive(Args)]
pub(super) struct CheckArgs {
    /// The pieces
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Checks each file.
pub(super) fn run(args: &CheckArgs) -> Exit {
    let mut errors = false;
    let mut missing = false;
    for file in &args.files {
        let (sources, said) = match Project::new(file).load() {
            Ok(version) => (version.sources, version.said),
            Err(refused) => {
                missing |= refused.said.code.starts_with("file-");
                (vec![refused.source], vec![refused.said])
            }
        };
        errors |= said.iter().any(Diagnostic::is_error);
        for diagnostic in &said {
            if args.json {
                paint::line(&as_json(&sources, diagnostic, file).to_string());
            } else {
                paint::line(&one(&sources, diagnostic));
            }
        }
    }
    match (missing, errors) {
        (true, _) => Exit::Usage,
        (_, true) => Exit::Music,
        _ => Exit::Done,
    }
}

/// `file:line:column: …` first, so that an editor finds it, then the text with its source lines.
fn one(sources: &[Source], diagnostic: &Diagnostic) -> String {
    let picture = paint::picture(sources, diagnostic);
    let body: Vec<&str> = picture.lines().skip(1).collect();
    format!("{}\n{}", diagnostic.one_line(sources), body.join("\n").trim_end())
}

fn as_json(sources: &[Source], diagnostic: &Diagnostic, file: &std::path::Path) -> serde_json::Value {
    let place = diagnostic.place;
    let source = place.and_then(|place| sources.iter().find(|source| source.id == place.file));
    let at = |byte: u32| source.map(|source| source.line_column(byte));
    let (start, end) = (place.and_then(|p| at(p.start)), place.and_then(|p| at(p.end)));
    json!({
        "severity": diagnostic.severity.name(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": source.map_or_else(|| file.display().to_string(), |source| source.path.display().to_string()),
        "line": start.map(|at| at.line),
        "column": start.map(|at| at.column),
        "end_line": end.map(|at| at.line),
        "end_column": end.map(|at| at.column),
        "help": diagnostic.help,
    })
}
