//! The house rules that no compiler holds: floors, file lengths, where crates and sounds' arithmetic may stand, the top level,
//! links. Each rule is a function from texts to complaints, tried on a bad example beside the rule, then on the repository.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the repository has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first. A module imports from lower floors only; on the highest, all may use each other.
const FLOORS: [&[&str]; 8] = [
    &["base"],
    &["pattern", "lang", "dsp"],
    &["model"],
    &["score"],
    &["sequencer", "engine", "files"],
    &["render", "outputs"],
    &["ui"],
    &["session", "cli", "main"],
];

/// Crates that one module alone may touch, so that another could take their place.
const KEPT_CRATES: [(&str, &str); 8] = [
    ("memmap2", "base"),
    ("nom", "lang"),
    ("cpal", "outputs"),
    ("midir", "outputs"),
    ("jack", "outputs"),
    ("notify", "files"),
    ("ratatui", "ui"),
    ("crossterm", "ui"),
];

/// Modules whose results must be the same bits on every machine.
const EXACT: [&str; 6] = ["base", "pattern", "dsp", "score", "sequencer", "engine"];

/// Functions of `f32` and `f64` that each platform rounds in its own way.
const INEXACT: [&str; 26] = [
    "sin", "cos", "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "cbrt", "hypot",
];

/// What may stand at the top of the repository, besides dotfiles and `target`.
const TOP: [&str; 14] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "patterns",
    "samples",
    "tests",
    "docs",
    "benches",
    "examples",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "CHANGELOG.md",
    "Makefile",
];

/// A file's lines at most; about 500 is the aim.
const LONGEST: usize = 600;

/// A file of the repository: its path from the top, with `/`, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// The module of the library that it belongs to: `src/lang/lexer.rs` to `lang`; none for `src/lib.rs` and tests.
    fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let first = inside.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (name != "lib").then_some(name)
    }

    /// The lines of code with their numbers: without comments, and without the test module at its end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let whole = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let end = if whole { 0 } else { self.text.find("#[cfg(test)]\nmod").unwrap_or(self.text.len()) };
        lines_without_comments(&self.text[..end])
    }
}

fn lines_without_comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(number, line)| (number + 1, line.split("//").next().unwrap_or("")))
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules named after `crate::` in a text without comments, groups opened: `crate::{base::time, lang}`.
fn crate_paths(text: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ if start && !c.is_whitespace() => {
                    found.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn floors(files: &[File]) -> Vec<String> {
    let mut said = Vec::new();
    for file in files {
        let Some(module) = file.module() else { continue };
        let Some(own) = floor(module) else {
            said.push(format!("{}: the module `{module}` stands on no floor; give it one in {}", file.path, file!()));
            continue;
        };
        let text: String = lines_without_comments(&file.text).flat_map(|(_, line)| [line, "\n"]).collect();
        for other in crate_paths(&text).iter().filter(|other| *other != module) {
            match floor(other) {
                Some(floor) if floor < own || own == FLOORS.len() - 1 => {}
                Some(floor) => said.push(format!(
                    "{}: `{module}` (floor {own}) imports `crate::{other}` (floor {floor}). Only lower floors may be used: move what \
                     both need down, or let the higher one call",
                    file.path
                )),
                None => said.push(format!("{}: `crate::{other}` is no module of the library", file.path)),
            }
        }
        // Enough `super::` climb out of the module, past this test's eyes.
        let depth = file.path.matches('/').count() - usize::from(file.path.ends_with("/mod.rs"));
        let climbs = "super::".repeat(depth.max(1));
        for (number, line) in file.code().filter(|(_, line)| line.contains(&climbs)) {
            said.push(format!("{}:{number}: leaves its module; write `crate::…`: {}", file.path, line.trim()));
        }
    }
    said
}

fn kept_crates(files: &[File]) -> Vec<String> {
    let mut said = Vec::new();
    for file in files {
        for (name, home) in KEPT_CRATES {
            if file.module() == Some(home) || !file.path.starts_with("src/") {
                continue;
            }
            for (number, line) in lines_without_comments(&file.text) {
                let used = line.match_indices(&format!("{name}::")).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if used || line.contains(&format!("use {name};")) {
                    said.push(format!(
                        "{}:{number}: the crate `{name}` is for `{home}` alone: {}",
                        file.path,
                        line.trim()
                    ));
                }
            }
        }
    }
    said
}

fn exact_arithmetic(files: &[File]) -> Vec<String> {
    let mut said = Vec::new();
    for file in files.iter().filter(|file| file.module().is_some_and(|module| EXACT.contains(&module))) {
        for (number, line) in file.code() {
            for function in INEXACT {
                let method = line.contains(&format!(".{function}("));
                if method || line.contains(&format!("f32::{function}")) || line.contains(&format!("f64::{function}")) {
                    said.push(format!(
                        "{}:{number}: `{function}` of the platform is not the same bits everywhere; take it from libm (or a polynomial \
                         of our own, under a name of its own): {}",
                        file.path,
                        line.trim()
                    ));
                }
            }
            if line.contains(".mul_add(") {
                said.push(format!("{}:{number}: a fused multiply-add rounds once where others round twice", file.path));
            }
        }
    }
    said
}

fn lengths(files: &[File]) -> Vec<String> {
    let long = |most: usize| files.iter().filter(move |file| file.text.lines().count() > most);
    if long(LONGEST).next().is_none() {
        return Vec::new();
    }
    let mut said =
        format!("A file is one idea, about 500 lines of it, {LONGEST} at the very most. Split along what it is about:");
    for file in long(500) {
        let lines = file.text.lines().count();
        let _ = write!(said, "\n    {lines} {}{}", file.path, if lines > LONGEST { "  <- too long" } else { "" });
    }
    vec![said]
}

fn openings(files: &[File]) -> Vec<String> {
    let opens = |file: &&File| !file.text.starts_with("//!");
    files
        .iter()
        .filter(opens)
        .map(|file| format!("{}: opens with no `//!`: what is it, where does it stand?", file.path))
        .collect()
}

fn loose_ends(files: &[File]) -> Vec<String> {
    let mut said = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("src/")) {
        for (number, line) in file.text.lines().enumerate() {
            for end in ["todo!(", "unimplemented!(", concat!("FIX", "ME"), concat!("XX", "X")] {
                if line.contains(end) {
                    said.push(format!("{}:{}: `{end}` is left", file.path, number + 1));
                }
            }
        }
        if !matches!(file.module(), Some("cli" | "main")) {
            for (number, line) in file.code() {
                if ["println!(", "print!(", "eprintln!(", "eprint!("].iter().any(|print| line.contains(print)) {
                    said.push(format!(
                        "{}:{number}: only `cli` prints; return a diagnostic: {}",
                        file.path,
                        line.trim()
                    ));
                }
                // In outputs/jack.rs it is one method, which the jack crate declares unsafe.
                let homes = ["src/base/system", "src/dsp/lanes", "src/outputs/jack.rs"];
                let home = homes.iter().any(|home| file.path.starts_with(home));
                if line.contains("allow(unsafe_code)") && !home {
                    said.push(format!("{}:{number}: unsafe code is for base/system and dsp/lanes alone", file.path));
                }
            }
        }
    }
    said
}

/// Paths of somebody's machine, and addresses of registries: whoever builds has their own.
fn places(files: &[File]) -> Vec<String> {
    let foreign = [
        concat!("/wo", "rk/"),
        concat!("/tmp/", "wt"),
        concat!("/ro", "ot/"),
        concat!("crates", ".io"),
        concat!("deb.", "debian"),
    ];
    let mut said = Vec::new();
    for file in files.iter().filter(|file| !file.path.ends_with("Cargo.lock")) {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(found) = foreign.iter().find(|place| line.contains(**place)) {
                said.push(format!("{}:{}: `{found}` is a place of one machine or network", file.path, number + 1));
            }
        }
    }
    said
}

fn top_level<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let stray = names.into_iter().filter(|name| !name.starts_with('.') && *name != "target" && !TOP.contains(name));
    stray.map(|name| format!("`{name}` has no place at the top level: a dotfile, or a folder that is there?")).collect()
}

fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "md")
}

/// The addresses of a Markdown text's links and pictures, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            found.extend(rest.find(')').map(|end| (number + 1, &rest[..end])));
        }
    }
    found
}

/// The anchors of a Markdown text, as its readers make them from headings.
fn anchors(text: &str) -> Vec<String> {
    let slug = |title: &str| {
        let kept = title.trim().to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#'))).collect()
}

fn broken_links(files: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut said = Vec::new();
    for file in files.iter().filter(|file| is_page(&file.path)) {
        for (number, link) in links(&file.text).into_iter().filter(|(_, link)| !link.contains("://")) {
            let (to, anchor) = link.split_once('#').map_or((link, None), |(to, anchor)| (to, Some(anchor)));
            let target = if to.is_empty() { file.path.clone() } else { beside(&file.path, to) };
            let text = files.iter().find(|file| file.path == target).map(|file| &file.text);
            let found = text.is_some() || exists(&target);
            let lost = anchor.is_some_and(|anchor| text.is_some_and(|text| !anchors(text).iter().any(|a| a == anchor)));
            if !found || lost {
                said.push(format!("{}:{number}: the link `{link}` leads nowhere", file.path));
            }
        }
    }
    said
}

/// The path that `link` means in the file `path`.
fn beside(path: &str, link: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files under a folder whose names end so, sorted; build products and other repositories' insides left out.
fn files_under(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![top().join(folder)];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !matches!(name.as_str(), "target" | ".git" | "golden-store") {
                folders.push(path);
            } else if path.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
                let inside = path.strip_prefix(top()).unwrap().to_string_lossy().replace('\\', "/");
                found.push(File { path: inside, text: fs::read_to_string(&path).unwrap_or_default() });
            }
        }
    }
    found
}

fn rust_files() -> Vec<File> {
    ["src", "tests", "benches"]
        .iter()
        .filter(|folder| top().join(folder).is_dir())
        .flat_map(|f| files_under(f, &[".rs"]))
        .collect()
}

#[track_caller]
fn none(said: &[String]) {
    assert!(said.is_empty(), "\n\n{}\n", said.join("\n"));
}

#[track_caller]
fn refused(said: &[String], words: &str) {
    assert!(said.iter().any(|said| said.contains(words)), "expected `{words}` among {said:?}");
}

#[test]
fn modules_import_from_lower_floors_only() {
    let up = File::new("src/dsp/svf.rs", "//! x\nuse crate::engine::Voice;\n");
    refused(&floors(&[up]), "`dsp` (floor 1) imports `crate::engine` (floor 4)");
    let sibling = File::new("src/lang/mini.rs", "use crate::{base::time::{Span, Time}, pattern};\n");
    refused(&floors(&[sibling]), "`lang` (floor 1) imports `crate::pattern`");
    refused(&floors(&[File::new("src/lang/x.rs", "use super::super::pattern::Hap;\n")]), "leaves its module");
    refused(&floors(&[File::new("src/helper/mod.rs", "")]), "stands on no floor");
    none(&floors(&[
        File::new(
            "src/score/mod.rs",
            "use crate::{\n    base::time::{Span, Time},\n    model,\n};\nuse crate::score::plan;\n",
        ),
        File::new("src/cli/play.rs", "use crate::session; // crate::nothing\n"),
        File::new("src/lang/mini.rs", "use super::syntax::Mini;\n"),
    ]));
    none(&floors(&files_under("src", &[".rs"])));
}

#[test]
fn each_kept_crate_stays_in_its_module() {
    refused(
        &kept_crates(&[File::new("src/session.rs", "let host = cpal::default_host();")]),
        "`cpal` is for `outputs`",
    );
    refused(&kept_crates(&[File::new("src/model/x.rs", "use nom;")]), "`nom` is for `lang`");
    none(&kept_crates(&[
        File::new("src/lang/lexer.rs", "use nom::IResult;"),
        File::new("src/session.rs", "crate::outputs::jack::open(); // cpal::Host"),
    ]));
    none(&kept_crates(&rust_files()));
}

#[test]
fn sound_is_computed_the_same_on_every_machine() {
    refused(&exact_arithmetic(&[File::new("src/dsp/osc.rs", "let y = phase.sin();")]), "`sin` of the platform");
    refused(&exact_arithmetic(&[File::new("src/engine/x.rs", "map(f32::exp)")]), "`exp` of the platform");
    refused(&exact_arithmetic(&[File::new("src/dsp/x.rs", "a.mul_add(b, c)")]), "fused");
    none(&exact_arithmetic(&[
        File::new(
            "src/dsp/osc.rs",
            "let y = libm::sinf(phase).sqrt(); // .sin()\n#[cfg(test)]\nmod tests { x.sin(); }",
        ),
        File::new("src/ui/meter.rs", "20.0 * level.log10()"),
    ]));
    none(&exact_arithmetic(&rust_files()));
}

#[test]
fn a_file_is_one_idea_long() {
    refused(
        &lengths(&[File::new("src/a.rs", &"x\n".repeat(601)), File::new("src/b.rs", &"x\n".repeat(501))]),
        "501 src/b.rs",
    );
    none(&lengths(&[File::new("src/a.rs", &"x\n".repeat(600))]));
    none(&lengths(&rust_files()));
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    refused(&openings(&[File::new("src/a.rs", "use std::fs;")]), "opens with no `//!`");
    none(&openings(&rust_files()));
}

#[test]
fn nothing_is_left_undone_and_only_the_command_line_prints() {
    refused(&loose_ends(&[File::new("src/model/a.rs", "fn a() { todo!() }")]), "`todo!(` is left");
    refused(&loose_ends(&[File::new("src/model/a.rs", "println!();")]), "only `cli` prints");
    refused(&loose_ends(&[File::new("src/ui/a.rs", "#![allow(unsafe_code)]")]), "unsafe code");
    none(&loose_ends(&[File::new("src/cli/a.rs", "println!();")]));
    none(&loose_ends(&rust_files()));
}

#[test]
fn no_text_names_somebodys_machine_or_network() {
    refused(&places(&[File::new("docs/a.md", concat!("see /wo", "rk/here"))]), "a place of one machine");
    none(&places(&files_under("", &[".rs", ".toml", ".md", ".talea", ".sh", "Makefile", "run", "system", "fresh"])));
}

#[test]
fn the_top_level_holds_what_belongs_there() {
    refused(&top_level(["src", "notes.txt"]), "`notes.txt`");
    let names: Vec<String> =
        fs::read_dir(top()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    none(&top_level(names.iter().map(String::as_str)));
}

#[test]
fn links_in_the_docs_lead_somewhere() {
    let page = File::new(
        "docs/a.md",
        "# One thing\n[x](b.md) [y](../c.md#two) [z](#one-thing) [w](#other)\n```\n[f](none)\n```\n",
    );
    let said = broken_links(&[page, File::new("c.md", "# Two\n")], |_| false);
    refused(&said, "`b.md`");
    refused(&said, "`#other`");
    assert_eq!(said.len(), 2, "{said:?}");
    none(&broken_links(&files_under("", &[".md"]), |path| top().join(path).exists()));
}
