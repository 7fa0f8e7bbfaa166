//! The reference of the manual and a page for each family of functions, written from the tables that the program itself reads.
//!
//! Invariant: `docs/manual/reference.md` equals [`reference()`], and each page of `docs/manual/functions` that of
//! [`pages()`]; a test holds it, and `make manual` writes them anew.

use std::fmt::Write as _;

use super::words::{DIMENSIONS, bare, name, number, unit_list};
use crate::base::control::{CONTROLS, Control, Dimension};
use crate::base::insert::{INSERTS, Parameter};
use crate::base::unit;
use crate::model::controls;
use crate::model::functions::{self, Build};
use crate::model::prelude;
use crate::model::words::{Room, WORDS};
use crate::ui;

mod functions_pages;

pub use functions_pages::pages;

/// The whole page, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Reference\n\nThis page is written by the program from its own tables (`make manual`). What is marked *not yet* is \
         understood and does nothing so far; the program says so at its place.\n",
    );
    commands(&mut page);
    functions(&mut page);
    controls(&mut page);
    inserts(&mut page);
    generators(&mut page);
    presets(&mut page);
    units(&mut page);
    keys(&mut page);
    page
}

fn commands(page: &mut String) {
    page.push_str("\n## Commands\n\nA command is a word, its arguments, and perhaps a block.\n");
    for room in [
        Room::Top,
        Room::Section,
        Room::Strip,
        Room::Synth,
        Room::Midi,
        Room::Kit,
        Room::Sampler,
        Room::Font,
        Room::Piece,
    ] {
        let _ = write!(page, "\n### Commands {}\n\n| command | what it does |\n| --- | --- |\n", room.phrase());
        for word in WORDS.iter().filter(|word| word.rooms.contains(&room)) {
            row(page, &[&code(word.form), &doc(word.doc, word.plays)]);
        }
    }
}

fn functions(page: &mut String) {
    page.push_str(
        "\n## Functions\n\nA function is a method of a pattern, `x.fast(2)`; the same without a pattern is a function to hand on: \
         `every(4, fast(2))`. A number may be a pattern: `fast(\"<1 2>\")`.\n",
    );
    let mut family = "";
    for function in functions::table() {
        if function.family != family {
            family = function.family;
            let _ =
                write!(page, "\n### Functions: {family}\n\n[Each with its cycles drawn](functions/{family}.md).\n\n");
            page.push_str("| function | also | what it does | example |\n| --- | --- | --- | --- |\n");
        }
        let aliases: Vec<String> = function.aliases.iter().map(|alias| code(alias)).collect();
        let signature = if function.method { format!(".{}", function.signature()) } else { function.signature() };
        let doc = doc(function.doc, !matches!(function.build, Build::Later));
        row(page, &[&code(&signature), &aliases.join(" "), &doc, &code(function.example)]);
    }
}

fn controls(page: &mut String) {
    page.push_str(
        "\n## Controls\n\nA control is a method of a pattern: `.lpf(800)`. Each event carries its own value; a pattern may stand \
         where a number may. A parameter of the instrument that plays wins over a control of the same name.\n\n\
         | control | also | takes | without it | range | what it does |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for control in CONTROLS {
        let aliases: Vec<String> = control.aliases.iter().map(|alias| code(alias)).collect();
        let (default, range) = values(control);
        let takes = name(control.dimension).to_owned();
        row(
            page,
            &[&code(control.name), &aliases.join(" "), &takes, &default, &range, &doc(control.doc, control.plays)],
        );
    }
    for special in controls::specials() {
        let aliases: Vec<String> = special.aliases.iter().map(|alias| code(alias)).collect();
        let takes = name(special.dimension).to_owned();
        row(page, &[&code(special.name), &aliases.join(" "), &takes, "", "", &doc(special.doc, true)]);
    }
}

/// What holds where the text is silent, and the range; both empty where the table has no numbers.
fn values(control: &Control) -> (String, String) {
    if !control.plays || control.dimension == Dimension::Word {
        return (String::new(), String::new());
    }
    // A filter's frequency of 0 says that it is not there.
    let off = control.default < control.low;
    let default = if off { "off".to_owned() } else { number(control.default) };
    (default, format!("{} to {}", number(control.low), number(control.high)))
}

fn inserts(page: &mut String) {
    page.push_str(
        "\n## Inserts\n\nAn insert stands in a strip (`mix`, `bus`, `master`), in the order in which the sound passes. Its arguments \
         may be named or stand in this order; one with a unit goes to the first that takes it.\n",
    );
    for insert in INSERTS {
        let _ = write!(page, "\n### {}\n\n{}\n\n", code(insert.name), insert.doc);
        parameters(page, insert.parameters);
        for band in insert.bands {
            let _ = write!(page, "\nBand {}: {}\n\n", code(band.name), band.doc);
            parameters(page, band.parameters);
        }
    }
}

fn parameters(page: &mut String, parameters: &[Parameter]) {
    if parameters.is_empty() {
        return;
    }
    page.push_str("| argument | takes | without it | range | what it is |\n| --- | --- | --- | --- | --- |\n");
    for parameter in parameters {
        let word = parameter.dimension == Dimension::Word;
        let range = format!("{} to {}", number(parameter.low), number(parameter.high));
        let (default, range) = if word { (String::new(), String::new()) } else { (number(parameter.default), range) };
        let doc = if parameter.fixed { format!("{} *Fixed.*", parameter.doc) } else { parameter.doc.to_owned() };
        row(page, &[&code(parameter.name), name(parameter.dimension), &default, &range, &doc]);
    }
}

fn generators(page: &mut String) {
    page.push_str(
        "\n## Unit generators\n\nWhat a `synth` or an `effect` is made of. A signal is a number a frame; a filter's or a shape's \
         sound comes first.\n",
    );
    for (family, units) in unit::FAMILIES {
        let _ = write!(page, "\n### Unit generators: {family}\n\n");
        page.push_str("| generator | what it does | example |\n| --- | --- | --- |\n");
        for unit in *units {
            row(page, &[&code(&unit.signature()), unit.doc, &code(unit.example)]);
        }
    }
}

fn presets(page: &mut String) {
    page.push_str(
        "\n## Built-in synths\n\nThese play without any file: `note(\"c3 eb3 g3\").s(\"pad\")`. Each is a text of talea; `talea help acid` \
         shows it, to be copied into a piece and changed there. The texts stand in `src/sounds`.\n",
    );
    let mut family = "";
    for preset in prelude::all() {
        if preset.family != family {
            family = preset.family;
            let _ = write!(page, "\n### Built-in synths: {family}\n\n| sound | what it aims at | its own controls |\n");
            page.push_str("| --- | --- | --- |\n");
        }
        let own: Vec<String> = preset.graph.parameters.iter().map(|parameter| code(&parameter.name)).collect();
        row(page, &[&code(&preset.name), &preset.doc, &own.join(" ")]);
    }
}

fn units(page: &mut String) {
    page.push_str(
        "\n## Units\n\nA unit touches its number: `-3dB`, `\"<200Hz 2kHz>\"`. Only bars, beats and cycles may follow a blank.\n\n\
         | kind | a bare number is | takes also |\n| --- | --- | --- |\n",
    );
    for dimension in DIMENSIONS {
        row(page, &[name(dimension), bare(dimension), &unit_list(dimension)]);
    }
}

fn keys(page: &mut String) {
    page.push_str(
        "\n## Keys\n\nWhat a hand does lies over the text; a save leaves it as it is. Keys of `button` and `knob` in the text come on \
         top.\n\n| keys | what they do |\n| --- | --- |\n",
    );
    for group in ui::Group::ALL {
        for command in ui::COMMANDS.iter().filter(|command| command.group == group) {
            let keys: Vec<String> = command.label.split_whitespace().map(code).collect();
            row(page, &[&keys.join(" "), command.doc]);
        }
    }
}

fn doc(doc: &str, plays: bool) -> String {
    if plays { doc.to_owned() } else { format!("{doc} *Not yet.*") }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A row of a table; a bar inside a cell is escaped.
fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(page, "| {} ", cell.replace('|', "\\|"));
    }
    page.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    /// Holds a page of the manual to what the tables say, or writes it.
    fn hold(path: &Path, text: &str) {
        if std::env::var_os("TALEA_WRITE_MANUAL").is_some() {
            std::fs::write(path, text).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == text, "{} is not what the tables say: `make manual` writes it anew", path.display());
    }

    fn manual() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/manual")
    }

    #[test]
    fn the_manual_is_what_the_tables_say() {
        hold(&manual().join("reference.md"), &reference());
    }

    #[test]
    fn each_function_has_a_section_with_its_cycles_drawn() {
        let folder = manual().join("functions");
        let pages = pages();
        for (name, page) in &pages {
            hold(&folder.join(name), page);
        }
        for function in functions::table() {
            let page = pages.iter().find(|(name, _)| *name == format!("{}.md", function.family)).map(|(_, page)| page);
            assert!(page.is_some_and(|page| page.contains(&format!("\n## {}\n", function.name))), "{}", function.name);
        }
        let stale = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let stale: Vec<_> = stale.filter(|name| !pages.iter().any(|(known, _)| known == name)).collect();
        assert!(stale.is_empty(), "{stale:?} belong to no family");
    }

    #[test]
    fn each_entry_stands_in_the_page() {
        let page = reference();
        for name in CONTROLS.iter().map(|c| c.name).chain(INSERTS.iter().map(|i| i.name)) {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
        for word in WORDS {
            assert!(page.contains(&code(word.form)), "{}", word.name);
        }
    }
}
