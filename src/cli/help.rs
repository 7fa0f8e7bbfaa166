//! `talea help WORD`: a word's page in the terminal; without a word, all words by family.
//!
//! Invariant: no line is wider than 79 columns; a word that is unknown is wrong usage, and the nearest ones are named.

use std::fmt::Write as _;

use clap::Args;

use super::words::{self, Entry, FAMILIES, Sort, wrapped};
use super::{Exit, paint};
use crate::base::diagnostic::Severity;
use crate::model::functions;
use crate::pattern::harmony::{chord, scale};

/// The widest line.
const WIDTH: usize = 79;

/// Arguments of `talea help`.
#[derive(Args)]
pub(super) struct HelpArgs {
    /// A function, control, insert, command or unit; without it all are listed
    #[arg(allow_hyphen_values = true)]
    word: Option<String>,
}

/// Prints the page.
pub(super) fn run(args: &HelpArgs) -> Exit {
    let Some(word) = args.word.as_deref().map(bare) else {
        paint::line(families().trim_end());
        return Exit::Done;
    };
    match page(word) {
        Ok(page) => {
            paint::line(page.trim_end());
            Exit::Done
        }
        Err(said) => {
            paint::note(said.trim_end());
            Exit::Usage
        }
    }
}

/// `.fast(2)` asks for `fast`.
fn bare(word: &str) -> &str {
    let word = word.trim().trim_start_matches('.');
    word.split('(').next().filter(|head| !head.is_empty()).unwrap_or(word)
}

/// The page of a word, or what was perhaps meant.
pub fn page(word: &str) -> Result<String, String> {
    let found = words::find(word);
    if found.is_empty() {
        return explained(word).ok_or_else(|| unknown(word));
    }
    let mut page = String::new();
    for entry in &found {
        if !page.is_empty() {
            page.push('\n');
        }
        one(&mut page, entry, word);
    }
    Ok(page)
}

fn one(page: &mut String, entry: &Entry, typed: &str) {
    let _ = writeln!(page, "{} — {}", entry.word, entry.what());
    if entry.word != typed {
        let _ = writeln!(page, "{typed} is another name for it");
    }
    page.push('\n');
    for form in &entry.forms {
        page.push_str(&wrapped(form, 2, WIDTH));
    }
    page.push('\n');
    page.push_str(&wrapped(&entry.doc, 2, WIDTH));
    if !entry.plays {
        page.push_str("  Not yet: it is read, and does nothing so far.\n");
    }
    if !entry.aliases.is_empty() {
        page.push_str(&wrapped(&format!("Also: {}", entry.aliases.join(" ")), 2, WIDTH));
    }
    arguments(page, entry);
    match (entry.sort, entry.word) {
        (Sort::Function, "scale") => list(page, "Scales", scale::names()),
        (_, "chord" | "voicing") => {
            list(
                page,
                "Chords are a root and one of",
                chord::CHORDS.iter().filter_map(|(names, _)| names.first().copied()),
            );
        }
        _ => {}
    }
    if entry.sort == Sort::Synth {
        page.push_str("\nIt is made so; copied into a piece, it may be changed\n\n");
        for line in entry.example.lines() {
            let indent = line.chars().take_while(|c| *c == ' ').count();
            page.push_str(&wrapped(line, indent + 2, WIDTH));
        }
    } else if !entry.example.is_empty() {
        // A line may break at any blank of an expression: an operator or a comma stands there.
        let _ = write!(page, "\nFor example\n\n{}", wrapped(&entry.example, 2, WIDTH));
    }
    if entry.pattern && entry.plays && !entry.example.is_empty() {
        match words::draw(&entry.example) {
            Ok(drawn) => {
                page.push('\n');
                page.push_str(&drawn);
            }
            Err(why) => {
                let _ = writeln!(page, "\n  ({why})");
            }
        }
    }
}

fn arguments(page: &mut String, entry: &Entry) {
    if entry.arguments.is_empty() {
        return;
    }
    page.push('\n');
    let width = entry.arguments.iter().map(|argument| argument.name.chars().count()).max().unwrap_or(0);
    for argument in &entry.arguments {
        let mut text = argument.takes.clone();
        if !argument.default.is_empty() {
            let _ = write!(text, "; {} if left out", argument.default);
        }
        if !argument.range.is_empty() {
            let _ = write!(text, "; {}", argument.range);
        }
        if !argument.doc.is_empty() {
            let _ = write!(text, ". {}", argument.doc);
        }
        let lines = wrapped(&text, width + 4, WIDTH);
        let _ = writeln!(page, "  {:<width$}  {}", argument.name, lines.trim_start().trim_end());
    }
}

fn list<'a>(page: &mut String, title: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<String> = names.filter(|name| !name.is_empty()).map(|name| name.replace(' ', ":")).collect();
    let _ = write!(page, "\n  {title}:\n\n{}", wrapped(&names.join("  "), 4, WIDTH));
}

/// A code of a diagnostic, from the manual.
fn explained(code: &str) -> Option<String> {
    let pages = include_str!("../../docs/manual/errors.md");
    let (_, rest) = pages.split_once(&format!("\n## {code}\n"))?;
    let text = rest.split("\n## ").next()?.trim();
    let mut page = format!("[{code}] — what talea says of a text\n");
    for paragraph in text.split("\n\n") {
        page.push('\n');
        page.push_str(&wrapped(&paragraph.replace('`', ""), 2, WIDTH));
    }
    Some(page)
}

fn unknown(word: &str) -> String {
    let mut said = format!("{}: `{word}` is no word of talea\n", Severity::Error.name());
    let near = words::near(word);
    if near.is_empty() {
        said.push_str("`talea help` lists all words\n");
        return said;
    }
    said.push_str("did you mean one of these?\n");
    for entry in near {
        let _ = writeln!(said, "  talea help {:<12} {}", entry.word, entry.doc);
    }
    said
}

/// Every word, by what it is.
pub fn families() -> String {
    let mut page = String::from("talea help WORD explains one of these words.\n");
    let all = words::all();
    for sort in Sort::ALL {
        let _ = write!(page, "\n{}\n\n", sort.title());
        if sort == Sort::Function {
            for (family, _) in FAMILIES {
                let names = functions::table().iter().filter(|function| function.family == *family);
                let names: Vec<&str> = names.map(|function| function.name).collect();
                let lines = wrapped(&names.join(" "), 14, WIDTH);
                let _ = writeln!(page, "  {family:<11} {}", lines.trim_start().trim_end());
            }
            continue;
        }
        let mut names: Vec<&str> = Vec::new();
        for entry in all.iter().filter(|entry| entry.sort == sort) {
            if !names.contains(&entry.word) {
                names.push(entry.word);
            }
        }
        page.push_str(&wrapped(&names.join(" "), 2, WIDTH));
    }
    page.push_str("\nA code in brackets that talea said, such as [wrong-unit], is a word too.\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_every_table_has_a_page_that_fits_a_terminal() {
        for entry in words::all() {
            let page = page(entry.word).unwrap();
            assert!(page.starts_with(&format!("{} — ", entry.word)), "{page}");
            for line in page.lines() {
                assert!(line.chars().count() <= WIDTH, "{}: {line}", entry.word);
            }
            for alias in entry.aliases {
                assert!(page.contains(alias), "{}: {alias}", entry.word);
            }
        }
        assert!(families().lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn the_list_names_every_word() {
        let list = families();
        for entry in words::all() {
            assert!(list.split_whitespace().any(|word| word == entry.word), "{}", entry.word);
        }
    }

    #[test]
    fn a_word_may_be_asked_for_as_it_is_written() {
        assert_eq!(bare(".fast(2)"), "fast");
        assert_eq!(bare("%"), "%");
        assert!(page("every").unwrap().contains("s(\"bd sd\").every(4, rev)"));
        assert!(page("scale").unwrap().contains("minor:pentatonic"));
        assert!(page("wrong-unit").unwrap().contains("The unit does not fit"));
        assert!(page("speedup").unwrap_err().contains("talea help fast"));
    }
}
