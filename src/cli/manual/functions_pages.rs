//! The pages of functions: a family each, a section for each function with its example and four cycles of it drawn.

use std::fmt::Write as _;

use crate::cli::words::{self, Entry, FAMILIES};
use crate::model::functions;

/// Each page by the name of its file in `docs/manual/functions`; `README.md` lists them.
pub fn pages() -> Vec<(String, String)> {
    let mut index = String::from(
        "# Functions\n\nThese pages are written by the program from its own table (`make manual`); `talea help WORD` shows the \
         same in the terminal. Each example is checked and played by a test.\n",
    );
    let mut pages = Vec::new();
    for (family, doc) in FAMILIES {
        let entries: Vec<Entry> =
            functions::table().iter().filter(|function| function.family == *family).map(words::function).collect();
        let links: Vec<String> =
            entries.iter().map(|entry| format!("[{0}]({family}.md#{1})", entry.word, anchor(entry.word))).collect();
        let _ = write!(index, "\n## [{family}]({family}.md)\n\n{doc}\n\n{}\n", links.join(" "));
        let mut page = format!("# Functions: {family}\n\n{doc} `●` is where an event begins, `─` how long it lasts.\n");
        for entry in &entries {
            section(&mut page, entry);
        }
        pages.push((format!("{family}.md"), page));
    }
    pages.push(("README.md".to_owned(), index));
    pages
}

fn anchor(word: &str) -> String {
    word.to_lowercase()
}

fn section(page: &mut String, entry: &Entry) {
    let forms: Vec<String> = entry.forms.iter().map(|form| format!("`{form}`")).collect();
    let _ = write!(page, "\n## {}\n\n{}", entry.word, forms.join(" or "));
    if !entry.aliases.is_empty() {
        let aliases: Vec<String> = entry.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = write!(page, ", also {}", aliases.join(" "));
    }
    let later = if entry.plays { "" } else { " *Not yet.*" };
    let _ = write!(page, "\n\n{}{later}\n", entry.doc);
    if !entry.arguments.is_empty() {
        page.push_str("\n| argument | takes | without it |\n| --- | --- | --- |\n");
        for argument in &entry.arguments {
            let default = if argument.default.is_empty() { String::new() } else { format!("`{}`", argument.default) };
            super::row(page, &[&format!("`{}`", argument.name), &argument.takes, &default]);
        }
    }
    let _ = write!(page, "\n```\n{}\n```\n", entry.example);
    if entry.plays {
        match words::draw(&entry.example) {
            Ok(drawn) => {
                let _ = write!(page, "\n```text\n{drawn}```\n");
            }
            Err(why) => {
                let _ = write!(page, "\nIt is {why}.\n");
            }
        }
    }
}
