//! The table of functions: each stands once, with its name, arguments, doc, example and builder.
//!
//! A file per family: `time`, `turns`, `conditions`, `chance`, `stacking`, `songs`, `copies`, `arithmetic`, `harmony`,
//! `samples`, `steps`, `picking`, `signals`, `hands`, `screen`. The checker, "did you mean", `talea help`, the manual and the tests read [`table`].
//!
//! Invariant: every name and alias means one function; every example sounds or says why not.

mod arithmetic;
mod chance;
mod conditions;
mod copies;
mod hands;
mod harmony;
mod picking;
mod samples;
mod screen;
mod signals;
mod songs;
mod stacking;
mod steps;
mod time;
mod turns;

use std::sync::OnceLock;

use super::call::Call;
use crate::base::control::Dimension;
use crate::pattern::{Join, Pattern, Patterned};

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number or a pattern of numbers, with the units of a dimension.
    Number(Dimension),
    /// A length in cycles, or a pattern of them.
    Time,
    /// A pattern of truths.
    Flags,
    /// Any pattern.
    Values,
    /// One plain number, written out.
    Plain,
    /// Plain text, or a string of one word.
    Text,
    /// A function: `rev`, `fast(2)`, `x => x.fast(2)`.
    Function,
    /// `[a, b]` or `{a: b}` of patterns.
    Choices,
    /// Any number of patterns: the rest of the arguments.
    Patterns,
    /// Any number of functions: the rest of the arguments.
    Functions,
}

/// An argument of a function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name, as in `name: value`.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is where it is left out; `None` where it is needed.
    pub default: Option<&'static str>,
}

/// How a function makes its pattern.
#[derive(Clone, Copy)]
pub enum Build {
    /// From numbers that may be patterned. `true` keeps the count of steps.
    Numbers(&'static Patterned, Join, bool),
    /// By code.
    Code(fn(&mut Call<'_, '_>) -> Pattern),
    /// Not yet: an error of its item.
    Later,
}

/// A function of the language.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The family, for the manual: the name of its file.
    pub family: &'static str,
    /// Its arguments, without the pattern.
    pub parameters: &'static [Parameter],
    /// Whether it takes a pattern last: `x.fast(2)` is `fast(2, x)`.
    pub method: bool,
    /// One sentence.
    pub doc: &'static str,
    /// A line that sounds.
    pub example: &'static str,
    /// What people type who do not know its name.
    pub instead: &'static [&'static str],
    /// The builder.
    pub build: Build,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// How it is written: `off(time, function)`.
    pub fn signature(&self) -> String {
        if self.parameters.is_empty() {
            return self.name.to_string();
        }
        let parameters: Vec<_> = self.parameters.iter().map(|parameter| parameter.name).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }

    /// How many arguments it needs at least.
    pub fn needed(&self) -> usize {
        self.parameters.iter().filter(|parameter| parameter.default.is_none()).count()
    }

    /// Whether its last parameter takes all further arguments.
    pub fn variadic(&self) -> bool {
        matches!(self.parameters.last(), Some(Parameter { kind: Kind::Patterns | Kind::Functions, .. }))
    }
}

/// A needed parameter.
const fn need(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, default: None }
}

/// A parameter with a default.
const fn or(name: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter { name, kind, default: Some(default) }
}

/// A method: the pattern comes last.
const fn method(
    name: &'static str,
    aliases: &'static [&'static str],
    parameters: &'static [Parameter],
    build: Build,
    doc: &'static str,
    example: &'static str,
) -> Function {
    Function { name, aliases, family: "", parameters, method: true, doc, example, instead: &[], build }
}

/// A function that starts a pattern.
const fn start(
    name: &'static str,
    aliases: &'static [&'static str],
    parameters: &'static [Parameter],
    build: Build,
    doc: &'static str,
    example: &'static str,
) -> Function {
    Function { name, aliases, family: "", parameters, method: false, doc, example, instead: &[], build }
}

impl Function {
    /// With the words that beginners type for it.
    const fn instead(mut self, words: &'static [&'static str]) -> Function {
        self.instead = words;
        self
    }
}

/// A bare number, its share, a count.
const NUMBER: Kind = Kind::Number(Dimension::Number);
/// 0 to 1.
const SHARE: Kind = Kind::Number(Dimension::Share);

/// Numbers whose wholes come from the built pattern.
const fn numbers(function: &'static Patterned) -> Build {
    Build::Numbers(function, Join::Inner, false)
}

/// The same, and the count of steps stays.
const fn numbers_keep(function: &'static Patterned) -> Build {
    Build::Numbers(function, Join::Inner, true)
}

/// Every function, family by family.
pub fn table() -> &'static [Function] {
    static TABLE: OnceLock<Vec<Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let families: [(&'static str, &[Function]); 15] = [
            ("time", time::FUNCTIONS),
            ("turns", turns::FUNCTIONS),
            ("conditions", conditions::FUNCTIONS),
            ("chance", chance::FUNCTIONS),
            ("stacking", stacking::FUNCTIONS),
            ("songs", songs::FUNCTIONS),
            ("copies", copies::FUNCTIONS),
            ("arithmetic", arithmetic::FUNCTIONS),
            ("harmony", harmony::FUNCTIONS),
            ("samples", samples::FUNCTIONS),
            ("steps", steps::FUNCTIONS),
            ("picking", picking::FUNCTIONS),
            ("signals", signals::FUNCTIONS),
            ("hands", hands::FUNCTIONS),
            ("screen", screen::FUNCTIONS),
        ];
        let named = |(family, functions): (&'static str, &'static [Function])| {
            functions.iter().map(move |function| Function { family, ..*function })
        };
        families.into_iter().flat_map(named).collect()
    })
}

/// The function that a word names.
pub fn find(word: &str) -> Option<&'static Function> {
    static INDEX: OnceLock<std::collections::HashMap<&'static str, &'static Function>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let names =
            |f: &'static Function| std::iter::once(f.name).chain(f.aliases.iter().copied()).map(move |n| (n, f));
        table().iter().flat_map(names).collect()
    });
    index.get(word).copied()
}

/// The function that people mean who type a word of other programs.
pub fn meant(word: &str) -> Option<&'static Function> {
    table().iter().find(|function| function.instead.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_means_one_function() {
        let mut names: Vec<_> =
            table().iter().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
        let controls = names.iter().filter(|name| crate::base::control::find(name).is_some());
        assert_eq!(controls.collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn every_function_is_documented() {
        for function in table() {
            assert!(function.doc.ends_with('.') && !function.example.is_empty(), "{}", function.name);
        }
    }
}
