//! The lines of the text, and which of their bytes are words, strings or comments.
//!
//! Only for the eye: the screen shows texts that do not parse, too. Invariant: the runs of a line, joined, are the line.

use std::ops::Range;

/// What a stretch of a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tint {
    /// Words, numbers, brackets.
    Plain,
    /// The name or command that an item in the first column starts with.
    Head,
    /// Mini-notation or plain text in quotes.
    Quoted,
    /// `//` to the end.
    Comment,
}

/// Where the lines of a text are, and which of them begin inside backticks.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Lines {
    starts: Vec<usize>,
    inside: Vec<bool>,
    length: usize,
}

impl Lines {
    /// The lines of a text; there is always one.
    pub(super) fn of(text: &str) -> Lines {
        let mut lines = Lines { starts: vec![0], inside: vec![false], length: text.len() };
        let mut start = 0;
        let mut inside = false;
        for line in text.split_inclusive('\n') {
            inside = runs(line, inside).1;
            start += line.len();
            if line.ends_with('\n') {
                lines.starts.push(start);
                lines.inside.push(inside);
            }
        }
        lines
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line, from 0, with its end of line.
    pub(super) fn range(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line)?;
        Some(start..self.starts.get(line + 1).copied().unwrap_or(self.length))
    }

    /// Whether a line begins inside backticks.
    pub(super) fn is_inside(&self, line: usize) -> bool {
        self.inside.get(line).copied().unwrap_or(false)
    }

    /// The line, from 0, that holds a byte.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }
}

/// The runs of a line that begins inside backticks or not, and whether the next one does.
pub(super) fn runs(line: &str, mut inside: bool) -> (Vec<(Range<usize>, Tint)>, bool) {
    let bytes = line.as_bytes();
    let mut runs = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut push = |range: Range<usize>, tint| {
        if !range.is_empty() {
            runs.push((range, tint));
        }
    };
    if !inside {
        let head = head_length(line);
        push(0..head, Tint::Head);
        start = head;
        at = head;
    }
    while at < bytes.len() {
        if inside {
            let end = line[at..].find('`').map_or(bytes.len(), |found| at + found + 1);
            inside = !line[at..end].ends_with('`');
            push(at..end, Tint::Quoted);
            start = end;
            at = end;
        } else if line[at..].starts_with("//") {
            push(start..at, Tint::Plain);
            push(at..bytes.len(), Tint::Comment);
            return (runs, false);
        } else if matches!(bytes[at], b'"' | b'\'') {
            push(start..at, Tint::Plain);
            let end = closing(bytes, at);
            push(at..end, Tint::Quoted);
            start = end;
            at = end;
        } else if bytes[at] == b'`' {
            push(start..at, Tint::Plain);
            start = at;
            let end = line[at + 1..].find('`').map(|found| at + 1 + found + 1);
            inside = end.is_none();
            at = end.unwrap_or(bytes.len());
            push(start..at, Tint::Quoted);
            start = at;
        } else {
            at += 1;
            while at < bytes.len() && !line.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    push(start..bytes.len(), Tint::Plain);
    (runs, inside)
}

/// The byte after the quote that closes the one at `open`; the end of the line where none does.
fn closing(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if bytes[open] == b'\'' => at += 1,
            b'\n' | b'\r' => return at,
            quote if quote == bytes[open] => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// How long the word in the first column is: a name, `$`, or a command.
fn head_length(line: &str) -> usize {
    line.find(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '$')))
        .unwrap_or(line.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Vec<(&str, Tint)> {
        runs(line, false).0.into_iter().map(|(range, tint)| (&line[range], tint)).collect()
    }

    #[test]
    fn heads_strings_and_comments_are_told_apart() {
        assert_eq!(
            seen("bd: s(\"bd // x\") // é"),
            [
                ("bd", Tint::Head),
                (": s(", Tint::Plain),
                ("\"bd // x\"", Tint::Quoted),
                (") ", Tint::Plain),
                ("// é", Tint::Comment)
            ]
        );
        assert_eq!(seen("'it\\'s' é"), [("'it\\'s'", Tint::Quoted), (" é", Tint::Plain)]);
    }

    #[test]
    fn backticks_run_over_lines() {
        let text = "a: `bd\nsd`.x\n";
        let lines = Lines::of(text);
        assert_eq!((lines.is_inside(0), lines.is_inside(1), lines.is_inside(2)), (false, true, false));
        assert_eq!((lines.count(), lines.line_of(8)), (3, 1));
    }
}
