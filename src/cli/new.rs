//! `talea new DIR`: a folder with a first piece that plays at once.
//!
//! Invariant: nothing that exists is overwritten.

use std::path::Path;

use super::{Exit, paint};

/// The piece, which teaches as it plays.
const PIECE: &str = include_str!("new/piece.talea");

/// Makes the folder and says what to type next.
pub(super) fn run(dir: &Path) -> Exit {
    let piece = dir.join("piece.talea");
    if piece.exists() {
        paint::error(&format!("{} is there already; nothing was changed", piece.display()));
        return Exit::Usage;
    }
    let written = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&piece, PIECE));
    if let Err(error) = written {
        paint::error(&format!("cannot write {}: {error}", piece.display()));
        return Exit::Machine;
    }
    paint::line(&format!("{} is ready. To hear it: talea {}", piece.display(), piece.display()));
    paint::line("Open it in your editor, change something, save: the change lands on the next bar.");
    Exit::Done
}
