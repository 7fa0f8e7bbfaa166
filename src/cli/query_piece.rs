//! `talea query FILE | -e EXPR | --batch`: the arguments, and the haps of a whole piece.
//!
//! Invariant: expressions are answered by [`super::query`]; a piece is asked track by track, as its top level says.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Exit, paint, query};
use crate::base::time::Span;
use crate::pattern::{Context, Hap};

/// Arguments of `talea query`.
#[derive(Args)]
pub(super) struct QueryArgs {
    /// The piece
    #[arg(required_unless_present_any = ["expression", "batch"])]
    file: Option<PathBuf>,
    /// One expression instead of a piece
    #[arg(short, long, conflicts_with_all = ["file", "batch"])]
    expression: Option<String>,
    /// An expression a line on standard input, a JSON object a line on standard output
    #[arg(long, conflicts_with = "file")]
    batch: bool,
    /// Which cycles, half open
    #[arg(long, default_value = "0..1", value_parser = span)]
    cycles: Span,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn span(text: &str) -> Result<Span, String> {
    query::cycles(text).ok_or_else(|| "write A..B with A before B, such as 0..4".to_owned())
}

/// Answers.
pub(super) fn run(args: QueryArgs) -> Exit {
    if let Some(file) = &args.file {
        return piece(file, args.cycles, args.json);
    }
    let options =
        query::Options { expression: args.expression, batch: args.batch, cycles: args.cycles, json: args.json };
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    match query::run(&options, std::io::stdin().lock(), &mut output) {
        Ok(0) => Exit::Done,
        Ok(1) => Exit::Music,
        Ok(_) => Exit::Usage,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(_) => Exit::Machine,
    }
}

fn piece(file: &Path, cycles: Span, as_json: bool) -> Exit {
    let version = match super::render::load(file) {
        Ok(version) => version,
        Err(exit) => return exit,
    };
    paint::diagnostics(&version.sources, &version.said);
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for track in &version.piece.tracks {
        let Some(pattern) = &track.pattern else { continue };
        let mut context = Context::default();
        let mut haps: Vec<Hap> = Vec::new();
        // Cycle by cycle, each with fuel of its own.
        for span in cycles.cycles() {
            context.refuel(crate::pattern::FUEL);
            pattern.query_into(span, &mut context, &mut haps);
        }
        haps.retain(|hap| hap.part.begin < cycles.end || cycles.begin == cycles.end);
        haps.sort_by_key(|hap| hap.part.begin);
        let written = if as_json {
            let haps: Vec<_> = haps.iter().map(query::hap_json).collect();
            writeln!(output, "{}", json!({ "track": &*track.name, "haps": haps }))
        } else {
            write!(output, "{}\n{}", track.name, query::table(&haps))
        };
        if written.is_err() {
            return Exit::Done;
        }
    }
    if version.has_errors() { Exit::Music } else { Exit::Done }
}
