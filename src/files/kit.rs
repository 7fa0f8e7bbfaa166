//! A folder of sounds as a kit: `bd/0.wav` is `bd:0`.
//!
//! - A folder in the folder is a sound; its audio files are the variants, in natural order (`2.wav` before `10.wav`).
//! - A file in the folder is a sound by its stem: `clap.wav` is `clap`. Where the stem ends in a separator and a number
//!   (`bd_1.wav`, `bd-2.wav`, `bd 3.wav`), it is a variant of what stands before: the separator says that the number
//!   counts. Without one the number belongs to the name: `bd2.wav` is `bd2`, as in `808.wav` or `tom2.wav`.
//! - Both for one sound: the folder's files come first.
//! - A folder of folders is a bank: `RolandTR909/RolandTR909-bd/0.wav` is `bd` of the bank `RolandTR909`, and
//!   `RolandTR909_bd` as well. The bank's name before a sound's is left out.
//! - Names tell of velocity layers, turns and roots (see [`naming`]); such files are one variant together.
//! - A sound's name must be a word of mini-notation: other characters become `_` (`Bass Drum` is `Bass_Drum`).
//! - Names that begin with a dot and files that are no audio are passed over; an audio file that cannot be read keeps
//!   its number and is warned of, so that the numbers of the others stay.
//!
//! Invariant: scanning reads headers only, two levels deep, at most [`MOST_ENTRIES`] names a folder and [`MOST_FILES`]
//! in all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::decode::EXTENSIONS;
use super::naming::{self, Found, Meaning, marks, natural, word};
use super::{refuse, refused_by_system, warn};
use crate::base::catalog::{Kit, Variant};
use crate::base::diagnostic::{Diagnostic, Severity};

/// The most names of a folder that are looked at.
pub const MOST_ENTRIES: usize = 10_000;

/// The most files of a kit.
pub const MOST_FILES: usize = 30_000;

/// No more files of a kit are told to be broken.
const MOST_SAID: usize = 20;

/// What a folder held.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The sounds; empty where there is an error.
    pub kit: Kit,
    /// What is wrong with the folder or some of its files, without a place.
    pub said: Vec<Diagnostic>,
}

/// Looks through a folder. `seconds` tells the length of an audio file from its header.
pub fn scan(folder: &Path, mut seconds: impl FnMut(&Path) -> Result<Option<f64>, Diagnostic>) -> Scan {
    let mut scanner = Scanner { seconds: &mut seconds, said: Vec::new(), broken: 0, left: MOST_FILES };
    let mut kit = Kit::default();
    match entries(folder, &mut scanner.said) {
        Ok(entries) => {
            let deeper = scanner.kit(folder, &entries, &mut kit);
            if kit.is_empty() {
                scanner.said.push(empty(folder, deeper.as_deref()));
            }
        }
        Err(said) => scanner.said.push(said),
    }
    if scanner.left == 0 {
        let said = format!("`{}` has more than {MOST_FILES} sounds; the rest is left out", folder.display());
        scanner.said.push(warn("kit-too-large", said));
    }
    if scanner.broken > MOST_SAID {
        let more = scanner.broken - MOST_SAID;
        scanner.said.push(warn("sample-broken", format!("and {more} more files of `{}`", folder.display())));
    }
    Scan { kit, said: scanner.said }
}

fn empty(folder: &Path, deeper: Option<&str>) -> Diagnostic {
    let said = refuse("kit-empty", format!("no sounds in `{}`", folder.display()));
    match deeper {
        Some(name) => {
            said.help(format!("the sounds may lie deeper: name the folder `{}`", folder.join(name).display()))
        }
        None => {
            said.help(format!("a kit holds audio files ({}), or a folder of them for each sound", EXTENSIONS.join(" ")))
        }
    }
}

struct Scanner<'a> {
    seconds: &'a mut dyn FnMut(&Path) -> Result<Option<f64>, Diagnostic>,
    said: Vec<Diagnostic>,
    broken: usize,
    left: usize,
}

/// Files by the name of their sound, in natural order.
type Sounds = BTreeMap<String, Vec<Found>>;

impl Scanner<'_> {
    /// The sounds of a folder; the name of a folder in it that holds only deeper folders, if there is one.
    fn kit(&mut self, folder: &Path, entries: &[Entry], kit: &mut Kit) -> Option<String> {
        let mut sounds = Sounds::new();
        let mut deeper = None;
        // Folders first, so that the files of a folder `bd` come before a `bd.wav` beside it.
        for entry in entries.iter().filter(|entry| entry.is_folder) {
            let Some(inside) = self.entries(&entry.path) else { continue };
            let files = self.folder(entry, &inside, &mut sounds);
            let bank = self.bank(entry, &inside);
            if !bank.is_empty() {
                for (name, variants) in &bank.sounds {
                    kit.sounds.insert(format!("{}_{name}", word(&entry.name)), variants.clone());
                }
                for (name, zoned) in &bank.zoned {
                    kit.zoned.insert(format!("{}_{name}", word(&entry.name)), zoned.clone());
                }
                kit.banks.insert(word(&entry.name), bank);
            } else if files == 0 && inside.iter().any(|inner| inner.is_folder) {
                deeper = deeper.or(Some(entry.name.clone()));
            }
        }
        self.flat(folder, entries, &mut sounds, kit);
        settle(sounds, kit);
        deeper
    }

    /// The files of a folder as one sound; how many there are.
    fn folder(&mut self, entry: &Entry, inside: &[Entry], sounds: &mut Sounds) -> usize {
        let mut files = 0;
        for file in inside {
            if file.is_audio() && file.is_folder {
                self.is_folder(&file.path);
            } else if file.is_audio() {
                files += 1;
                let found = self.found(file, true);
                sounds.entry(word(&entry.name)).or_default().extend(found);
            }
        }
        alone(sounds.get_mut(&word(&entry.name)));
        if files == 0 && entry.is_audio() {
            self.is_folder(&entry.path);
        }
        files
    }

    /// The folders of a folder as sounds of a bank.
    fn bank(&mut self, entry: &Entry, inside: &[Entry]) -> Kit {
        let mut sounds = Sounds::new();
        for sound in inside.iter().filter(|inner| inner.is_folder && !inner.is_audio()) {
            let Some(files) = self.entries(&sound.path) else { continue };
            let name = word(without_bank(&sound.name, &entry.name));
            for file in files.iter().filter(|file| file.is_audio() && !file.is_folder) {
                let found = self.found(file, false);
                sounds.entry(name.clone()).or_default().extend(found);
            }
            alone(sounds.get_mut(&name));
        }
        let mut kit = Kit::default();
        settle(sounds, &mut kit);
        kit
    }

    /// The files beside the folders, as sounds by their stems.
    fn flat(&mut self, folder: &Path, entries: &[Entry], sounds: &mut Sounds, kit: &mut Kit) {
        // `c3.wav c4.wav …` alone are the keys of an instrument that is called as the folder is.
        let mut keys = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.is_folder && entry.is_audio()) {
            let Some(found) = self.found(entry, true) else { continue };
            let stem = entry.stem();
            if found.marks.base.is_empty() {
                sounds.entry(word(stem)).or_default().push(Found {
                    marks: naming::Marks { base: stem.to_owned(), ..naming::Marks::default() },
                    variant: found.variant.clone(),
                });
                keys.push(found);
                continue;
            }
            let name = word(naming::without_count(&found.marks.base));
            sounds.entry(name).or_default().push(found);
        }
        if keys.len() > 1
            && let Meaning::Zoned(zoned) = naming::meaning(keys)
            && let Some(name) = folder.file_name().and_then(|name| name.to_str())
        {
            kit.zoned.insert(word(name), zoned);
        }
        // A lone `loop_a1.wav` may mean a note or not: both of its names are known.
        for (name, files) in sounds.iter().filter(|(_, files)| files.len() == 1) {
            let own = word(&naming::stem(&files[0].variant.path));
            if own != *name && files[0].marks.note.is_some() && !kit.sounds.contains_key(&own) {
                kit.sounds.insert(own, vec![files[0].variant.clone()]);
            }
        }
    }

    fn found(&mut self, file: &Entry, header: bool) -> Option<Found> {
        self.left = self.left.checked_sub(1)?;
        let length = if header { (self.seconds)(&file.path) } else { Ok(None) };
        let seconds = length.unwrap_or_else(|mut said| {
            said.severity = Severity::Warning;
            self.broken += 1;
            if self.broken <= MOST_SAID {
                self.said.push(said);
            }
            None
        });
        Some(Found { marks: marks(file.stem()), variant: Variant { seconds, ..Variant::file(&file.path) } })
    }

    fn entries(&mut self, folder: &Path) -> Option<Vec<Entry>> {
        entries(folder, &mut self.said)
            .map_err(|mut said| {
                said.severity = Severity::Warning;
                self.said.push(said);
            })
            .ok()
    }

    fn is_folder(&mut self, path: &Path) {
        self.said.push(warn("sample-is-folder", format!("`{}` is a folder, not audio", path.display())));
    }
}

fn settle(sounds: Sounds, kit: &mut Kit) {
    for (name, files) in sounds {
        match naming::meaning(files) {
            Meaning::Variants(variants) => {
                kit.sounds.insert(name, variants);
            }
            Meaning::Zoned(zoned) => {
                kit.zoned.insert(name, zoned);
            }
        }
    }
}

/// The only file of a folder is the sound as it is, though its name ends in a note.
fn alone(files: Option<&mut Vec<Found>>) {
    if let Some([file]) = files.map(Vec::as_mut_slice)
        && !file.marks.base.is_empty()
    {
        file.marks = naming::Marks { base: naming::stem(&file.variant.path), ..naming::Marks::default() };
    }
}

/// `rolandtr909-bd` in `RolandTR909` is `bd`.
fn without_bank<'a>(sound: &'a str, bank: &str) -> &'a str {
    let rest = sound.get(..bank.len()).filter(|start| start.eq_ignore_ascii_case(bank)).map(|_| &sound[bank.len()..]);
    rest.and_then(|rest| rest.strip_prefix(['-', '_', ' '])).filter(|rest| !rest.is_empty()).unwrap_or(sound)
}

/// A name in a folder.
struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
}

impl Entry {
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    fn is_audio(&self) -> bool {
        is_audio(Path::new(&self.name))
    }
}

/// Whether a path ends as audio files do.
pub fn is_audio(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

/// The names of a folder that may matter, in natural order.
fn entries(folder: &Path, said: &mut Vec<Diagnostic>) -> Result<Vec<Entry>, Diagnostic> {
    let read = fs::read_dir(folder).map_err(|error| {
        if folder.is_file() {
            refuse("kit-not-folder", format!("`{}` is a file, not a folder", folder.display()))
                .help("a kit is a folder; for one file write `sampler name { file '…' }`")
        } else {
            refused_by_system("kit-missing", "kit-unreadable", folder, &error)
        }
    })?;
    let mut entries = Vec::new();
    for (count, entry) in read.enumerate() {
        if count >= MOST_ENTRIES {
            said.push(warn(
                "kit-too-large",
                format!("`{}` has more than {MOST_ENTRIES} names; the rest is left out", folder.display()),
            ));
            break;
        }
        let Ok(entry) = entry else { continue };
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            if is_audio(&path) || path.is_dir() {
                let shown = path.display();
                said.push(
                    warn("file-name-not-utf8", format!("the name of `{shown}` is not UTF-8; it is left out"))
                        .help("rename it"),
                );
            }
            continue;
        };
        if !name.starts_with('.') {
            // Follows links; a link to nowhere counts as a file, and its header will say what is wrong.
            entries.push(Entry { is_folder: path.is_dir(), name, path });
        }
    }
    entries.sort_by(|a, b| natural(&a.name, &b.name));
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        root
    }

    fn sounds(files: &[&str]) -> Vec<(String, Vec<String>)> {
        let root = folder(files);
        let found = scan(root.path(), |_| Ok(Some(1.0)));
        assert_eq!(found.said, []);
        let shown = |v: &Variant| v.path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned();
        found.kit.sounds.iter().map(|(name, files)| (name.clone(), files.iter().map(shown).collect())).collect()
    }

    fn codes(folder: &Path) -> Vec<&'static str> {
        scan(folder, |_| Ok(None)).said.iter().map(|said| said.code).collect()
    }

    #[test]
    fn folders_are_sounds_and_their_files_variants_in_natural_order() {
        let found = sounds(&["bd/10.wav", "bd/2.wav", "bd/1.WAV", "sd/a.flac", "sd/notes.txt", "README.md"]);
        assert_eq!(
            found,
            [
                ("bd".into(), vec!["bd/1.WAV".into(), "bd/2.wav".into(), "bd/10.wav".into()]),
                ("sd".into(), vec!["sd/a.flac".into()])
            ]
        );
    }

    #[test]
    fn files_are_sounds_by_stem_and_a_separated_number_counts_variants() {
        let found = sounds(&["bd_2.wav", "bd_10.wav", "bd.wav", "tom2.wav", "808.wav", "Bass Drum 1.wav", "_1.wav"]);
        let names: Vec<_> = found.iter().map(|(name, files)| (name.as_str(), files.len())).collect();
        assert_eq!(names, [("808", 1), ("Bass_Drum", 1), ("_1", 1), ("bd", 3), ("tom2", 1)]);
        assert_eq!(found[3].1, ["bd.wav", "bd_2.wav", "bd_10.wav"]);
    }

    #[test]
    fn a_folder_comes_before_a_file_of_its_name() {
        assert_eq!(sounds(&["bd.wav", "bd/0.wav"])[0].1, ["bd/0.wav", "bd.wav"]);
    }

    #[test]
    fn hidden_files_are_passed_over() {
        assert_eq!(sounds(&["bd/._0.wav", "bd/0.wav", ".cache/x.wav"]).len(), 1);
    }

    #[test]
    fn a_wrong_folder_says_what_to_type() {
        let root = folder(&["samples/kit/bd/0.wav", "song.talea"]);
        let missing = scan(&root.path().join("sampels"), |_| Ok(None)).said.remove(0);
        assert_eq!((missing.code, missing.help.as_deref()), ("kit-missing", Some("did you mean `samples`?")));
        assert_eq!(codes(&root.path().join("song.talea")), ["kit-not-folder"]);
        let deeper = scan(root.path(), |_| Ok(None)).said.remove(0);
        assert_eq!(deeper.code, "kit-empty");
        assert!(deeper.help.unwrap().contains("samples"));
    }

    #[test]
    fn a_folder_named_like_audio_is_warned_of() {
        let root = folder(&["bd/0.wav", "bd/1.wav/deep.txt", "x.wav/readme"]);
        assert_eq!(codes(root.path()), ["sample-is-folder", "sample-is-folder"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_warned_of() {
        use std::os::unix::ffi::OsStrExt;
        let root = folder(&["bd/0.wav"]);
        fs::write(root.path().join("bd").join(std::ffi::OsStr::from_bytes(b"\xff.wav")), b"x").unwrap();
        assert_eq!(codes(root.path()), ["file-name-not-utf8"]);
    }

    #[test]
    fn an_unreadable_file_keeps_its_number() {
        let root = folder(&["bd/0.wav", "bd/1.wav", "bd/2.wav"]);
        let found = scan(root.path(), |path| {
            if path.ends_with("1.wav") { Err(refuse("sample-empty", "empty")) } else { Ok(Some(0.5)) }
        });
        assert_eq!(found.kit.sounds["bd"].len(), 3);
        assert_eq!(found.said.len(), 1);
        assert!(!found.said[0].is_error());
    }

    fn names(kit: &Kit) -> Vec<&str> {
        let mut names: Vec<&str> = kit.names().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_folder_of_folders_is_a_bank() {
        let root = folder(&[
            "RolandTR909/rolandtr909-bd/1.wav",
            "RolandTR909/rolandtr909-bd/2.wav",
            "RolandTR909/hh/a.wav",
            "tr808_bd/0.wav",
            "clap.wav",
        ]);
        let found = scan(root.path(), |_| Ok(None));
        assert_eq!(found.said, []);
        assert_eq!(names(&found.kit), ["RolandTR909_bd", "RolandTR909_hh", "clap", "tr808_bd"]);
        let bank = &found.kit.banks["RolandTR909"];
        assert_eq!((names(bank), bank.sounds["bd"].len()), (vec!["bd", "hh"], 2));
    }

    #[test]
    fn names_of_files_make_layers_and_instruments() {
        let root = folder(&[
            "piano/A0v1.wav",
            "piano/A0v2.wav",
            "piano/C4v1.wav",
            "piano/C4v2.wav",
            "bd/bd_v1.wav",
            "bd/bd_v2.wav",
            "bd/deep.wav",
            "bass-c2.wav",
            "bass-c3.wav",
            "loop_a1.wav",
            "solo/solo_e4.wav",
        ]);
        let found = scan(root.path(), |_| Ok(Some(1.0)));
        assert_eq!(names(&found.kit), ["bass", "bd", "loop", "loop_a1", "piano", "solo"]);
        let zoned = &found.kit.zoned;
        assert!(zoned["piano"].pitched && zoned["piano"].sets[0].len() == 4);
        assert!(zoned["bass"].pitched && zoned["loop"].pitched);
        assert_eq!(zoned["bd"].sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(found.kit.sounds["solo"].len(), 1);
    }

    #[test]
    fn keys_alone_are_an_instrument_named_as_their_folder() {
        let root = folder(&["piano/c3.wav", "piano/c4.wav"]);
        let found = scan(&root.path().join("piano"), |_| Ok(None));
        assert_eq!(names(&found.kit), ["c3", "c4", "piano"]);
    }

    #[test]
    fn many_broken_files_are_told_a_few_times() {
        let files: Vec<String> = (0..100).map(|n| format!("bd/{n}.wav")).collect();
        let root = folder(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let found = scan(root.path(), |_| Err(refuse("sample-empty", "empty")));
        assert_eq!((found.kit.sounds["bd"].len(), found.said.len()), (100, MOST_SAID + 1));
    }
}
