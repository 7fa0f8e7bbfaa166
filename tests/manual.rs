//! The manual explains each diagnostic that the program can say, and none that it cannot.

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot read the repository has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a code of a diagnostic stands behind in the source.
const OPENERS: [&str; 11] = [
    "error(",
    "warning(",
    "hint(",
    "Severity::Error,",
    "Severity::Warning,",
    "Severity::Hint,",
    "refuse(",
    "warn(",
    "refuse_at(place,",
    "refused_by_system(",
    "unreadable(",
];

/// The codes that a source text gives its diagnostics: the first argument, where it is a literal in lower case and dashes.
fn codes(source: &str) -> BTreeSet<String> {
    let code = source.find("#[cfg(test)]\nmod").map_or(source, |end| &source[..end]);
    let mut found = BTreeSet::new();
    for opener in OPENERS {
        for (at, _) in code.match_indices(opener) {
            let rest = code[at + opener.len()..].trim_start();
            let Some(word) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            if !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

fn under(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            under(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // Examples in the docs of `Diagnostic` say nothing themselves.
            texts.push(
                text.lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .map(|line| format!("{line}\n"))
                    .collect(),
            );
        }
    }
}

#[test]
fn a_code_is_found_where_a_diagnostic_is_made() {
    let source = "Diagnostic::error(\n    \"wrong-unit\", place, \"x\")\nDiagnostic::machine(Severity::Warning, \"no-device\", x)\n\
                  log::error(\"Not a code\")\n#[cfg(test)]\nmod tests { hint(\"only-here\") }";
    assert_eq!(codes(source), BTreeSet::from(["no-device".to_owned(), "wrong-unit".to_owned()]));
}

#[test]
fn the_manual_has_a_section_for_each_code() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    under(&top.join("src"), &mut texts);
    let mut said: BTreeSet<String> = texts.iter().flat_map(|text| codes(text)).collect();
    said.extend(talea::lang::CODES.iter().map(|(code, _)| (*code).to_owned()));
    let page = fs::read_to_string(top.join("docs/manual/errors.md")).unwrap();
    let explained: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    let missing: Vec<&String> = said.difference(&explained).collect();
    let stale: Vec<&String> =
        explained.iter().filter(|code| !texts.iter().any(|text| text.contains(&format!("\"{code}\"")))).collect();
    assert!(
        missing.is_empty(),
        "docs/manual/errors.md has no section `## {missing:?}`: what is wrong, and what to type?"
    );
    assert!(stale.is_empty(), "docs/manual/errors.md explains {stale:?}, which nothing says any more");
}
