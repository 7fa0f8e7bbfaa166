//! What talea has to say about a text or the machine: data, painted elsewhere.
//!
//! Invariant: no crate in its signature; a diagnostic about a text always has a place.

use super::source::{Place, Source};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice; nothing is wrong.
    Hint,
    /// Doubtful or not built yet; the music plays.
    Warning,
    /// The item is left out, or keeps its last good version.
    Error,
}

impl Severity {
    /// `error`, `warning` or `hint`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A second place with a remark: the opener, the first definition.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// Why here, in a few words.
    pub text: String,
}

/// One thing to say.
///
/// ```
/// use talea::base::{diagnostic::Diagnostic, source::{FileId, Place}};
/// let place = Place::new(FileId(0), 3, 6);
/// let d = Diagnostic::error("unknown-function", place, "unknown function `fst`").help("did you mean `fast`?");
/// assert_eq!(d.code, "unknown-function");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// A stable name with a page in the manual: `unknown-function`, `not-yet`.
    pub code: &'static str,
    /// One sentence of what.
    pub message: String,
    /// Where; `None` only for trouble with the machine.
    pub place: Option<Place>,
    /// What stands at the place, or why here; may be empty.
    pub label: String,
    /// Further places.
    pub labels: Vec<Label>,
    /// What to type instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Of any severity.
    pub fn new(severity: Severity, code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity,
            code,
            message: message.into(),
            place: Some(place),
            label: String::new(),
            labels: Vec::new(),
            help: None,
        }
    }

    /// An error at a place.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, place, message)
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, place, message)
    }

    /// A hint at a place.
    pub fn hint(code: &'static str, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Hint, code, place, message)
    }

    /// Trouble with the machine (a lost device, a missing port): it has no place in the text.
    pub fn machine(severity: Severity, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let mut said = Diagnostic::new(severity, code, Place::default(), message);
        said.place = None;
        said
    }

    /// With words beside the place.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = text.into();
        self
    }

    /// With a second place.
    pub fn also(mut self, place: Place, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// With what to type.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Whether the item cannot play.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `file:line:column: severity: message (help) [code]`, in one line.
    pub fn one_line(&self, sources: &[Source]) -> String {
        let place = self.place.and_then(|place| {
            let source = sources.iter().find(|source| source.id == place.file)?;
            let at = source.line_column(place.start);
            Some(format!("{}:{}:{}: ", source.path.display(), at.line, at.column))
        });
        let help = self.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}{}: {}{help} [{}]", place.unwrap_or_default(), self.severity.name(), self.message, self.code)
    }
}

/// The nearest of `names` to `word`, for "did you mean": at most a third of the letters differ.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    // Letters that were left out are a smaller slip than wrong ones; two letters say little.
    let most = |name: &str| match length {
        0..=2 => usize::from(holds(name, word) || holds(word, name) || same_letters(name, word)),
        _ => limit + usize::from(length > 3 && holds(name, word) || length > 6 && name.starts_with(first(word))),
    };
    // Each letter more or less is a difference: most names need no closer look.
    names
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= limit + 1)
        .map(|name| (distance(word, name), name))
        .filter(|(distance, name)| *distance <= most(name) && *distance < name.chars().count())
        .min_by_key(|(distance, name)| (*distance, !holds(name, word), name.len(), *name))
        .map(|(_, name)| name)
}

/// Whether all letters of `word` stand in `name` in their order: a letter was left out rather than mistaken.
fn holds(name: &str, word: &str) -> bool {
    let mut letters = name.chars();
    word.chars().all(|letter| letters.any(|other| other.eq_ignore_ascii_case(&letter)))
}

/// Whether both have the same letters, perhaps in another order.
fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

/// The first letter: it is seldom mistaken.
fn first(word: &str) -> char {
    word.chars().next().unwrap_or(' ')
}

/// Damerau-Levenshtein distance (adjacent swaps count once), ignoring case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(64).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name() {
        assert_eq!(nearest("fst", ["fit", "fast", "slow", "rev"]), Some("fast"));
        assert_eq!(nearest("hhh", ["hh", "bd", "sh"]), Some("hh"));
        assert_eq!(nearest("rooom", ["room", "delay"]), Some("room"));
        assert_eq!(nearest("xyzzy", ["room", "delay"]), None);
        assert_eq!(nearest("revreb", ["rev", "reverb"]), Some("reverb"));
        assert_eq!(nearest("velcty", ["velocity", "vel"]), Some("velocity"));
    }

    #[test]
    fn what_shares_little_is_no_typo() {
        assert_eq!(nearest("bd", ["ad", "bp", "ds"]), None);
        assert_eq!(nearest("db", ["bd", "sd"]), Some("bd"));
        assert_eq!(nearest("unknownthing", ["nothing"]), None);
        assert_eq!(nearest("minor", ["min", "inv"]), None);
    }
}
