//! Words on the terminal: lines, errors, diagnostics with their source in view.
//!
//! Invariant: the only place that prints; a closed pipe ends the printing, not the program.

use std::io::{IsTerminal, Write};

use codespan_reporting::diagnostic as painted;
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term;

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Source;

/// A line on stdout.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line on stderr.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A sentence of what failed, on stderr.
pub(super) fn error(text: &str) {
    note(&format!("talea: {text}"));
}

/// Diagnostics with the text around them, on stderr.
pub(super) fn diagnostics(sources: &[Source], said: &[Diagnostic]) {
    let mut stderr = std::io::stderr();
    let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for diagnostic in said {
        let text = picture(sources, diagnostic);
        let text = if colour { coloured(&text, diagnostic.severity) } else { text };
        let _ = stderr.write_all(text.as_bytes());
    }
}

/// The heading in the colour of the severity; the rest stays quiet.
fn coloured(text: &str, severity: Severity) -> String {
    let code = match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Hint => "1;36",
    };
    let (head, rest) = text.split_once(':').unwrap_or((text, ""));
    format!("\x1b[{code}m{head}\x1b[0m:{rest}")
}

/// One diagnostic as text, with its source lines.
pub(super) fn picture(sources: &[Source], diagnostic: &Diagnostic) -> String {
    let Some(place) = diagnostic.place else {
        return format!("{}\n", diagnostic.one_line(sources));
    };
    let mut files = SimpleFiles::new();
    let ids: Vec<_> =
        sources.iter().map(|s| (s.id, files.add(s.path.display().to_string(), s.text.to_string()))).collect();
    let id = |file| ids.iter().find(|(id, _)| *id == file).map(|(_, index)| *index);
    let Some(main) = id(place.file) else {
        return format!("{}\n", diagnostic.one_line(sources));
    };
    let severity = match diagnostic.severity {
        Severity::Error => painted::Severity::Error,
        Severity::Warning => painted::Severity::Warning,
        Severity::Hint => painted::Severity::Help,
    };
    let mut labels = vec![
        painted::Label::primary(main, place.start as usize..place.end as usize).with_message(diagnostic.label.clone()),
    ];
    for label in &diagnostic.labels {
        if let Some(file) = id(label.place.file) {
            let range = label.place.start as usize..label.place.end as usize;
            labels.push(painted::Label::secondary(file, range).with_message(label.text.clone()));
        }
    }
    let mut shown = painted::Diagnostic::new(severity)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message)
        .with_labels(labels);
    if let Some(help) = &diagnostic.help {
        shown = shown.with_notes(vec![format!("help: {help}")]);
    }
    let mut out = String::new();
    match term::emit_to_string(&mut out, &term::Config::default(), &files, &shown) {
        Ok(()) => out,
        Err(_) => format!("{}\n", diagnostic.one_line(sources)),
    }
}
