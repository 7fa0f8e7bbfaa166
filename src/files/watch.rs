//! Tells when a file was saved.
//!
//! Each file's *folder* is watched, not the file: an editor that writes a new file and renames it over the old one
//! leaves a watch on the file pointing at what was thrown away. A save ends, on Linux, with the closing of a file that
//! was written or with a rename onto its name; other events (among them our own reading) are nobody's save. Elsewhere the systems do
//! not tell when a writer is done, so a file is looked at 10 ms after each sign of change.
//!
//! Invariant: a change is told only when the content differs from what was there before, and never lost between two
//! calls of [`Watcher::watch`]. So watch first, then read.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, Sender, unbounded};
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::bank::content_hash;
use super::kit::is_audio;
use super::text::LARGEST_TEXT;
use super::warn;
use crate::base::diagnostic::Diagnostic;

/// How long a file must have been left alone where the system does not tell that its writer is done.
const QUIET: Option<Duration> = if cfg!(target_os = "linux") { None } else { Some(Duration::from_millis(10)) };

/// What was saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A watched file has new content, or is gone; the path as it was given.
    File(PathBuf),
    /// Something in a watched folder, or the folder itself, has changed; the path as it was given.
    Folder(PathBuf),
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    system: RecommendedWatcher,
    shared: Arc<Mutex<Watched>>,
    /// The folders that the system watches for us, with what tells that a folder is still the same one.
    folders: HashMap<PathBuf, (RecursiveMode, Option<SystemTime>)>,
}

/// What is looked for, shared with the thread on which the system reports.
#[derive(Debug, Default)]
struct Watched {
    /// Absolute names (also of what a link points to) of files, with the path as given.
    files: HashMap<PathBuf, PathBuf>,
    /// Absolute names of folders, with the path as given.
    folders: HashMap<PathBuf, PathBuf>,
    /// The content that was told last, by the path as given.
    contents: HashMap<PathBuf, Option<u64>>,
}

impl Watcher {
    /// Watches files and folders (kits); what does not exist yet is told once it appears. The second value receives
    /// the changes, the third what could not be watched.
    ///
    /// # Errors
    /// The system offers no watching at all (`watch-unavailable`); playing goes on without.
    pub fn new<P: AsRef<Path>>(paths: &[P]) -> Result<(Watcher, Receiver<Change>, Vec<Diagnostic>), Diagnostic> {
        Watcher::with_quiet(paths, QUIET)
    }

    fn with_quiet<P: AsRef<Path>>(
        paths: &[P],
        quiet: Option<Duration>,
    ) -> Result<(Watcher, Receiver<Change>, Vec<Diagnostic>), Diagnostic> {
        let (send, receive) = unbounded();
        let shared = Arc::new(Mutex::new(Watched::default()));
        let theirs = Arc::clone(&shared);
        let system = notify::recommended_watcher(move |event: notify::Result<Event>| {
            hear(event, &theirs, &send, quiet);
        })
        .map_err(|error| warn("watch-unavailable", format!("changes of files are not noticed: {error}")))?;
        let mut watcher = Watcher { system, shared, folders: HashMap::new() };
        let said = watcher.watch(paths);
        Ok((watcher, receive, said))
    }

    /// Watches these from now on, and nothing else. Files that were watched before keep their content as known; a
    /// folder that was deleted and made anew is found again by this call. Returns what could not be watched.
    pub fn watch<P: AsRef<Path>>(&mut self, paths: &[P]) -> Vec<Diagnostic> {
        let mut next = Watched::default();
        let mut wanted: HashMap<PathBuf, RecursiveMode> = HashMap::new();
        let known = std::mem::take(&mut self.lock().contents);
        for given in paths {
            let given = given.as_ref();
            let Ok(absolute) = std::path::absolute(given) else { continue };
            let real = fs::canonicalize(&absolute).unwrap_or_else(|_| absolute.clone());
            if absolute.is_dir() {
                wanted.insert(real.clone(), RecursiveMode::Recursive);
                next.folders.insert(real.clone(), given.to_path_buf());
            } else {
                let content = known.get(given).copied().unwrap_or_else(|| content(&absolute));
                next.contents.insert(given.to_path_buf(), content);
            }
            for name in [absolute, real] {
                if let Some(folder) = name.parent() {
                    wanted.entry(folder.to_path_buf()).or_insert(RecursiveMode::NonRecursive);
                }
                next.files.insert(name, given.to_path_buf());
            }
        }
        *self.lock() = next;
        self.follow(&wanted)
    }

    /// Makes the system watch these folders.
    fn follow(&mut self, wanted: &HashMap<PathBuf, RecursiveMode>) -> Vec<Diagnostic> {
        let made = |folder: &Path| fs::metadata(folder).ok().and_then(|known| identity(&known));
        let stale: Vec<PathBuf> = self
            .folders
            .iter()
            .filter(|(folder, (mode, known))| wanted.get(*folder) != Some(mode) || made(folder) != *known)
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in stale {
            self.folders.remove(&folder);
            // The folder may be gone already, and its watch with it.
            let _ = self.system.unwatch(&folder);
        }
        let mut said = Vec::new();
        for (folder, mode) in wanted {
            if self.folders.contains_key(folder) || !folder.is_dir() {
                continue;
            }
            match self.system.watch(folder, *mode) {
                Ok(()) => {
                    self.folders.insert(folder.clone(), (*mode, made(folder)));
                }
                Err(error) => {
                    let message = format!("changes in `{}` are not noticed: {error}", folder.display());
                    said.push(match error.kind {
                        notify::ErrorKind::MaxFilesWatch => warn("watch-limit", message)
                            .help("raise the system's limit, e.g. `sysctl fs.inotify.max_user_watches=524288`"),
                        _ => warn("watch-failed", message),
                    });
                }
            }
        }
        said
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one folder from another that came later under its name.
fn identity(folder: &fs::Metadata) -> Option<SystemTime> {
    folder.created().ok()
}

/// On the system's thread: whether an event is a save, and of what.
fn hear(event: notify::Result<Event>, shared: &Mutex<Watched>, send: &Sender<Change>, quiet: Option<Duration>) {
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(event) = event else { return };
    // The system lost count of its events: everything may have changed.
    let lost = event.need_rescan();
    let save = ends_a_save(event.kind, quiet.is_some());
    let gone = leaves(event.kind);
    if !lost && !save && !changes_a_folder(event.kind) {
        return;
    }
    if let Some(quiet) = quiet {
        std::thread::sleep(quiet);
    }
    let (files, folders) = {
        let watched = lock();
        let mut files = HashSet::new();
        let mut folders = HashSet::new();
        if lost {
            files.extend(watched.contents.keys().cloned());
            folders.extend(watched.folders.values().cloned());
        }
        for path in &event.paths {
            match watched.files.get(path) {
                Some(given) if watched.folders.values().any(|folder| folder == given) => {
                    folders.insert(given.clone());
                }
                Some(given) if save || gone || path.is_dir() => {
                    files.insert(given.clone());
                }
                None if matters_to_a_kit(path, event.kind) => {
                    let around = path.ancestors().skip(1);
                    folders.extend(around.filter_map(|folder| watched.folders.get(folder)).cloned());
                }
                Some(_) => {}
                None => {}
            }
        }
        (files, folders)
    };
    // The disk is not waited for under the lock.
    for given in files {
        let found = content(&given);
        let appeared = found.is_none() && given.is_dir();
        let mut watched = lock();
        let Some(known) = watched.contents.get_mut(&given) else { continue };
        if appeared {
            let _ = send.send(Change::Folder(given));
        } else if (found.is_some() || gone) && *known != found {
            *known = found;
            let _ = send.send(Change::File(given));
        }
    }
    for given in folders {
        let _ = send.send(Change::Folder(given));
    }
}

/// Whether an event may be the end of a save. A file that was only created is still to be written.
fn ends_a_save(kind: EventKind, guess: bool) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => true,
        EventKind::Access(_) => false,
        _ => guess,
    }
}

/// Whether a name is gone. Some editors move the old file away before they write the new one; who reads waits for that.
fn leaves(kind: EventKind) -> bool {
    matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)))
}

/// Whether names came into a folder or left it.
fn changes_a_folder(kind: EventKind) -> bool {
    matches!(kind, EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
}

/// A new or lost folder, or an audio file that was written or lost.
fn matters_to_a_kit(path: &Path, kind: EventKind) -> bool {
    use notify::event::{CreateKind, RemoveKind};
    match kind {
        EventKind::Create(CreateKind::File) => false,
        EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => true,
        EventKind::Modify(ModifyKind::Name(_)) => is_audio(path) || path.extension().is_none(),
        _ => is_audio(path) || path.is_dir(),
    }
}

/// A hash of a file's content; `None` where there is none.
fn content(path: &Path) -> Option<u64> {
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|known| known.is_file()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST_TEXT + 1).read_to_end(&mut bytes).ok()?;
    Some(content_hash(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for any machine; a test that passes does not wait for it.
    const PATIENCE: Duration = Duration::from_secs(20);

    struct Desk {
        root: tempfile::TempDir,
        watcher: Watcher,
        changes: Receiver<Change>,
    }

    fn desk(quiet: Option<Duration>, watched: &[&str]) -> Desk {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("song.talea"), "one").unwrap();
        fs::create_dir_all(root.path().join("kit/bd")).unwrap();
        fs::write(root.path().join("kit/bd/0.wav"), "x").unwrap();
        let paths: Vec<_> = watched.iter().map(|name| root.path().join(name)).collect();
        let (watcher, changes, said) = Watcher::with_quiet(&paths, quiet).unwrap();
        assert_eq!(said, []);
        Desk { root, watcher, changes }
    }

    impl Desk {
        fn path(&self, name: &str) -> PathBuf {
            self.root.path().join(name)
        }

        fn hears_file(&self, name: &str) {
            assert_eq!(self.changes.recv_timeout(PATIENCE), Ok(Change::File(self.path(name))));
        }

        fn hears_folder(&self, name: &str) {
            assert_eq!(self.changes.recv_timeout(PATIENCE), Ok(Change::Folder(self.path(name))));
        }

        /// Nothing was told before this save of another file.
        fn hears_nothing_before(&self, name: &str) {
            fs::write(self.path(name), "a save that ends the waiting").unwrap();
            self.hears_file(name);
        }
    }

    fn modes() -> [Option<Duration>; 2] {
        [QUIET, Some(Duration::from_millis(10))]
    }

    #[test]
    fn a_save_in_place_is_told_once() {
        for quiet in modes() {
            let desk = desk(quiet, &["song.talea", "rig.talea"]);
            fs::write(desk.path("song.talea"), "two").unwrap();
            desk.hears_file("song.talea");
            desk.hears_nothing_before("rig.talea");
        }
    }

    #[test]
    fn every_one_of_many_saves_by_rename_is_told() {
        for quiet in modes() {
            let desk = desk(quiet, &["song.talea"]);
            for count in 0..20 {
                fs::write(desk.path(".song.swp"), format!("version {count}")).unwrap();
                fs::rename(desk.path(".song.swp"), desk.path("song.talea")).unwrap();
                desk.hears_file("song.talea");
            }
        }
    }

    #[test]
    fn a_file_that_is_deleted_and_made_anew_is_told() {
        for quiet in modes() {
            let desk = desk(quiet, &["song.talea"]);
            fs::remove_file(desk.path("song.talea")).unwrap();
            fs::write(desk.path("new"), "two").unwrap();
            fs::rename(desk.path("new"), desk.path("song.talea")).unwrap();
            desk.hears_file("song.talea");
        }
    }

    #[test]
    fn an_editor_that_moves_the_old_file_aside_is_followed() {
        for quiet in modes() {
            let desk = desk(quiet, &["song.talea"]);
            fs::write(desk.path("new"), "two").unwrap();
            fs::rename(desk.path("song.talea"), desk.path("song.talea~")).unwrap();
            fs::rename(desk.path("new"), desk.path("song.talea")).unwrap();
            desk.hears_file("song.talea");
        }
    }

    #[test]
    fn reading_and_saving_the_same_again_is_no_change() {
        let desk = desk(QUIET, &["song.talea", "rig.talea"]);
        fs::read(desk.path("song.talea")).unwrap();
        fs::write(desk.path("same"), "one").unwrap();
        fs::rename(desk.path("same"), desk.path("song.talea")).unwrap();
        fs::write(desk.path("other.talea"), "not ours").unwrap();
        desk.hears_nothing_before("rig.talea");
    }

    #[test]
    fn a_file_that_is_named_later_is_watched_from_then_on() {
        let mut desk = desk(QUIET, &["song.talea"]);
        let paths = [desk.path("song.talea"), desk.path("rig.talea")];
        assert_eq!(desk.watcher.watch(&paths), []);
        fs::write(desk.path("rig.talea"), "here").unwrap();
        desk.hears_file("rig.talea");
        fs::write(desk.path("song.talea"), "two").unwrap();
        desk.hears_file("song.talea");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_to_the_file_that_is_saved() {
        let desk = desk(QUIET, &[]);
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("real.talea"), "one").unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("real.talea"), desk.path("link.talea")).unwrap();
        let Desk { root, mut watcher, changes } = desk;
        let link = root.path().join("link.talea");
        watcher.watch(&[&link]);
        fs::write(elsewhere.path().join("real.talea"), "two").unwrap();
        assert_eq!(changes.recv_timeout(PATIENCE), Ok(Change::File(link)));
    }

    #[test]
    fn a_kit_tells_of_new_and_lost_samples() {
        let desk = desk(QUIET, &["kit"]);
        fs::write(desk.path("kit/bd/notes.txt"), "no sound").unwrap();
        fs::write(desk.path("kit/bd/1.wav"), "x").unwrap();
        desk.hears_folder("kit");
        while desk.changes.try_recv().is_ok() {}
        fs::remove_file(desk.path("kit/bd/0.wav")).unwrap();
        desk.hears_folder("kit");
    }

    #[test]
    fn a_kit_that_was_not_there_is_told_when_it_comes() {
        let mut desk = desk(QUIET, &["later"]);
        fs::create_dir(desk.path("later")).unwrap();
        desk.hears_folder("later");
        desk.watcher.watch(&[desk.path("later")]);
        fs::write(desk.path("later/bd.wav"), "x").unwrap();
        desk.hears_folder("later");
    }
}
