//! Texts and places in them.
//!
//! Invariant: every later stage points back into the text with a [`Place`], never with a line number of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which file of a piece (0 is the piece itself, then what it `use`s).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default)]
pub struct FileId(pub u16);

/// A stretch of a file, in bytes, half open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The first byte after.
    pub end: u32,
}

impl Place {
    /// `[start, end)` of `file`, in bytes.
    pub const fn new(file: FileId, start: usize, end: usize) -> Place {
        Place { file, start: start as u32, end: end as u32 }
    }

    /// From the start of this to the end of `other`.
    pub fn to(self, other: Place) -> Place {
        Place { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text with its name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    /// Which file of the piece.
    pub id: FileId,
    /// Where it came from; relative paths in the text start at its folder.
    pub path: Arc<PathBuf>,
    /// The whole text, as it is on disk (CRLF and a byte order mark included).
    pub text: Arc<str>,
}

/// A position for people: both count from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl Source {
    /// A text under the given name.
    pub fn new(id: FileId, path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> Source {
        Source { id, path: Arc::new(path.as_ref().to_path_buf()), text: text.into() }
    }

    /// The position of a byte for people; past the end it is the end.
    pub fn line_column(&self, byte: u32) -> LineColumn {
        let mut byte = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line = before.bytes().filter(|b| *b == b'\n').count() as u32 + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        LineColumn { line, column: before[start..].chars().count() as u32 + 1 }
    }

    /// The text at a place; empty where the place does not fit.
    pub fn at(&self, place: Place) -> &str {
        self.text.get(place.start as usize..place.end as usize).unwrap_or("")
    }
}
