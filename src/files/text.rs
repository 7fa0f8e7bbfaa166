//! Reading a piece, and the files that it `use`s.
//!
//! Invariant: a text is taken as it lies on the disk, byte order mark and line ends included, and whole: a file that
//! is being saved is waited for, so that half of it is never played.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{refuse, refused_by_system};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{FileId, Place, Source};

/// The largest text, in bytes (10 MB).
pub const LARGEST_TEXT: u64 = 10 << 20;

/// How often a file that is just being saved is looked at again, and how long to wait in between.
const TRIES: usize = 8;
const PAUSE: Duration = Duration::from_millis(3);

/// A text that is refused whole.
#[derive(Clone, Debug)]
pub struct Refused {
    /// As much of the text as could be read, so that the place can be shown; often empty.
    pub source: Source,
    /// Why. It has a place only where the text itself is at fault; else the caller adds the place of the `use`.
    pub said: Diagnostic,
}

/// Reads a text file.
///
/// # Errors
/// The codes are `file-missing`, `file-unreadable`, `file-is-folder`, `file-too-large` and `not-utf8`; the last has the place of the
/// first byte that is wrong.
pub fn read(path: &Path, id: FileId) -> Result<Source, Box<Refused>> {
    let refused = |said| Box::new(Refused { source: Source::new(id, path, ""), said });
    let bytes = settled(path).map_err(refused)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(id, path, text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let start = String::from_utf8_lossy(&bytes[..good]).into_owned();
            let source = Source::new(id, path, start);
            let at = source.line_column(good as u32);
            let said = Diagnostic::error(
                "not-utf8",
                Place::new(id, good, good),
                format!("the text is not UTF-8: byte {:#04x} at line {}, column {}", bytes[good], at.line, at.column),
            );
            let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            let help = if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
            Err(Box::new(Refused { source, said: said.help(help) }))
        }
    }
}

/// The path that `name` means in the file at `from`: relative to that file's folder.
pub fn beside(from: &Path, name: &str) -> PathBuf {
    from.parent().map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// The bytes of a file that stood still while it was read.
fn settled(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let mut tries = 0;
    loop {
        tries += 1;
        match once(path) {
            Ok(Some(bytes)) => return Ok(bytes),
            // Some editors delete and create: between the two there is no file. A missing folder is no such moment.
            Err(Trouble::System(error))
                if tries < TRIES && error.kind() == io::ErrorKind::NotFound && has_folder(path) => {}
            Err(Trouble::System(error)) => {
                return Err(refused_by_system("file-missing", "file-unreadable", path, &error));
            }
            Err(Trouble::Said(said)) => return Err(*said),
            Ok(None) if tries < TRIES => {}
            Ok(None) => {
                return Err(refuse("file-unreadable", format!("`{}` does not stop changing", path.display())));
            }
        }
        std::thread::sleep(PAUSE);
    }
}

enum Trouble {
    System(io::Error),
    Said(Box<Diagnostic>),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::System(error)
    }
}

/// The bytes of the file, or `None` where it changed under our hands.
fn once(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let said = |code, message: String, help: &str| Trouble::Said(Box::new(refuse(code, message).help(help)));
    let before = fs::metadata(path)?;
    if before.is_dir() {
        let message = format!("`{}` is a folder, not a text", path.display());
        return Err(said("file-is-folder", message, "name a .talea file in it"));
    }
    if before.len() > LARGEST_TEXT {
        let message = format!("`{}` is larger than 10 MB", path.display());
        return Err(said("file-too-large", message, "a piece is text; audio is named, not pasted"));
    }
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(before.len() as usize);
    file.by_ref().take(LARGEST_TEXT + 1).read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    // What has no length of its own (a pipe, a file of the kernel's) has nothing to compare.
    let still = !before.is_file() || (same(&before, &after) && bytes.len() as u64 == after.len());
    if bytes.len() as u64 > LARGEST_TEXT {
        let message = format!("`{}` is larger than 10 MB", path.display());
        return Err(said("file-too-large", message, "a piece is text; audio is named, not pasted"));
    }
    Ok(still.then_some(bytes))
}

fn same(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len() && a.modified().ok() == b.modified().ok()
}

fn has_folder(path: &Path) -> bool {
    path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("song.talea");
        fs::write(&path, bytes).unwrap();
        (root, path)
    }

    #[test]
    fn a_text_is_taken_as_it_is() {
        let text = "\u{feff}$: s(\"bd*4\")\r\n// é\n";
        let (_root, path) = file(text.as_bytes());
        let source = read(&path, FileId(3)).unwrap();
        assert_eq!((&*source.text, source.id), (text, FileId(3)));
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_shown_where_it_stands() {
        let (_root, path) = file(b"tempo 120\n\xc3\xa9a: \xe9\n");
        let refused = read(&path, FileId(0)).unwrap_err();
        assert_eq!(refused.said.code, "not-utf8");
        let line = refused.said.one_line(std::slice::from_ref(&refused.source));
        assert!(line.contains("song.talea:2:5: error"), "{line}");
    }

    #[test]
    fn utf16_is_known_by_its_mark() {
        let (_root, path) = file(b"\xff\xfet\0e\0");
        assert!(read(&path, FileId(0)).unwrap_err().said.help.unwrap().contains("UTF-16"));
    }

    #[test]
    fn what_cannot_be_a_piece_is_refused() {
        let (root, path) = file(&vec![b' '; LARGEST_TEXT as usize + 1]);
        let code = |path: &Path| read(path, FileId(0)).unwrap_err().said.code;
        assert_eq!(code(&path), "file-too-large");
        assert_eq!(code(root.path()), "file-is-folder");
        assert_eq!(code(&root.path().join("x/none.talea")), "file-missing");
        let near = read(&root.path().join("sonf.talea"), FileId(0)).unwrap_err();
        assert_eq!(near.said.help.as_deref(), Some("did you mean `song.talea`?"));
    }

    #[test]
    fn used_files_lie_beside_the_file_that_names_them() {
        assert_eq!(beside(Path::new("pieces/song.talea"), "../rig.talea"), Path::new("pieces/../rig.talea"));
        assert_eq!(beside(Path::new("song.talea"), "rig.talea"), Path::new("rig.talea"));
        assert_eq!(beside(Path::new("a/b"), "/x/rig.talea"), Path::new("/x/rig.talea"));
    }
}
