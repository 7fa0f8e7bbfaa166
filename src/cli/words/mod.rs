//! Every word of the language with all that its table says of it: what `talea help` and the manual show.
//!
//! Invariant: nothing is said here that a table does not say; a word that means several things has several entries.

use std::fmt::Write as _;

mod drawing;
mod entries;
mod quantities;
mod search;

pub use drawing::draw;
pub use entries::{FAMILIES, all, function, insert};
pub use quantities::{DIMENSIONS, bare, kind, name, number, takes, unit_list};
pub use search::{find, near};

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// A function of patterns.
    Function,
    /// A control of events.
    Control,
    /// An insert of a strip.
    Insert,
    /// A unit generator of synths and effects.
    Generator,
    /// A built-in synth.
    Synth,
    /// A command of the file or of a block.
    Command,
    /// A unit of numbers.
    Unit,
}

impl Sort {
    /// All of them, in the order of the help.
    pub const ALL: [Sort; 7] =
        [Sort::Function, Sort::Control, Sort::Insert, Sort::Generator, Sort::Synth, Sort::Command, Sort::Unit];

    /// The heading of the list.
    pub const fn title(self) -> &'static str {
        match self {
            Sort::Function => "Functions of patterns",
            Sort::Control => "Controls of events",
            Sort::Insert => "Inserts of strips",
            Sort::Generator => "Unit generators of synths and effects",
            Sort::Synth => "Built-in synths",
            Sort::Command => "Commands",
            Sort::Unit => "Units",
        }
    }
}

/// One argument, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What it takes, with its units.
    pub takes: String,
    /// What holds without it; empty where it is needed.
    pub default: String,
    /// From the lowest to the highest value; may be empty.
    pub range: String,
    /// What it is; may be empty.
    pub doc: String,
}

/// A word's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub word: &'static str,
    /// What it is.
    pub sort: Sort,
    /// Where it belongs, in words: `time`, `in a strip`, `frequency`.
    pub family: &'static str,
    /// How it is written, in each of its forms.
    pub forms: Vec<String>,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// What people type who do not know its name.
    pub instead: &'static [&'static str],
    /// One sentence.
    pub doc: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Text to type; empty where the form is one.
    pub example: String,
    /// Whether the example is a pattern whose cycles can be drawn.
    pub pattern: bool,
    /// Whether it does something now.
    pub plays: bool,
}

impl Entry {
    /// What kind of word it is, in a few words.
    pub fn what(&self) -> String {
        match self.sort {
            Sort::Function => format!("a function ({})", self.family),
            Sort::Control => "a control of events".to_owned(),
            Sort::Insert if self.family == "in a strip" => "an insert of a strip".to_owned(),
            Sort::Insert => format!("a band of {}", self.family),
            Sort::Generator => format!("a unit generator of synths and effects ({})", self.family),
            Sort::Synth => format!("a built-in synth ({})", self.family),
            Sort::Command => format!("a command {}", self.family),
            Sort::Unit => format!("a unit of {}", self.family),
        }
    }
}

/// Text in lines of at most `width` columns, each after `indent` blanks.
pub fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let long = indent + line.chars().count() + 1 + word.chars().count() > width;
        if long && !line.is_empty() {
            let _ = writeln!(out, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{:indent$}{line}", "");
    out
}
