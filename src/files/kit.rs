//! A folder of sounds as a kit: `bd/0.wav` is `bd:0`.
//!
//! - A folder in the folder is a sound; its audio files are the variants, in natural order (`2.wav` before `10.wav`).
//! - A file in the folder is a sound by its stem: `clap.wav` is `clap`. Where the stem ends in a separator and a number
//!   (`bd_1.wav`, `bd-2.wav`, `bd 3.wav`), it is a variant of what stands before: the separator says that the number
//!   counts. Without one the number belongs to the name: `bd2.wav` is `bd2`, as in `808.wav` or `tom2.wav`.
//! - Both for one sound: the folder's files come first.
//! - A sound's name must be a word of mini-notation: other characters become `_` (`Bass Drum` is `Bass_Drum`).
//! - Names that begin with a dot and files that are no audio are passed over; an audio file that cannot be read keeps
//!   its number and is warned of, so that the numbers of the others stay.
//!
//! Invariant: scanning reads headers only, one level deep, at most [`MOST_ENTRIES`] names a folder.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use super::decode::EXTENSIONS;
use super::{refuse, refused_by_system, warn};
use crate::base::catalog::{Kit, Variant};
use crate::base::diagnostic::Diagnostic;

/// The most names of a folder that are looked at.
pub const MOST_ENTRIES: usize = 10_000;

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
    let mut found = Scan::default();
    let entries = match entries(folder, &mut found.said) {
        Ok(entries) => entries,
        Err(said) => {
            found.said.push(said);
            return found;
        }
    };
    let mut deeper = None;
    // Folders first, so that the files of a folder `bd` come before a `bd.wav` beside it.
    for entry in entries.iter().filter(|entry| entry.is_folder) {
        let inside = match self::entries(&entry.path, &mut found.said) {
            Ok(inside) => inside,
            Err(said) => {
                found.said.push(said);
                continue;
            }
        };
        let mut files = 0;
        for file in inside {
            if file.is_audio() && !file.is_folder {
                files += 1;
                add(&mut found, word(&entry.name), file.path, &mut seconds);
            } else if file.is_audio() {
                found.said.push(warn("sample-is-folder", format!("`{}` is a folder, not audio", file.path.display())));
            } else if file.is_folder {
                deeper = deeper.or(Some(&entry.name));
            }
        }
        if files == 0 && entry.is_audio() {
            found.said.push(warn("sample-is-folder", format!("`{}` is a folder, not audio", entry.path.display())));
        }
    }
    for entry in entries.iter().filter(|entry| !entry.is_folder && entry.is_audio()) {
        add(&mut found, word(without_count(entry.stem())), entry.path.clone(), &mut seconds);
    }
    if found.kit.sounds.is_empty() {
        let said = refuse("kit-empty", format!("no sounds in `{}`", folder.display()));
        found.said.push(match deeper {
            Some(name) => {
                said.help(format!("the sounds may lie deeper: name the folder `{}`", folder.join(name).display()))
            }
            None => said.help(format!(
                "a kit holds audio files ({}), or a folder of them for each sound",
                EXTENSIONS.join(" ")
            )),
        });
    }
    found
}

fn add(
    found: &mut Scan,
    name: String,
    path: PathBuf,
    seconds: &mut impl FnMut(&Path) -> Result<Option<f64>, Diagnostic>,
) {
    let length = seconds(&path).unwrap_or_else(|mut said| {
        said.severity = crate::base::diagnostic::Severity::Warning;
        found.said.push(said);
        None
    });
    found.kit.sounds.entry(name).or_default().push(Variant { path, seconds: length });
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

/// `bd_12` without its count: `bd`.
fn without_count(stem: &str) -> &str {
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let bare = name.trim_end_matches(['_', '-', ' ']);
    if name.len() < stem.len() && bare.len() < name.len() && !bare.is_empty() { bare } else { stem }
}

/// A name as a word of mini-notation.
fn word(name: &str) -> String {
    name.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

/// As people sort: numbers by value, letters without case; bytes decide what is left.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (digits_left, digits_right) = (leading_digits(left), leading_digits(right));
        if !digits_left.is_empty() && !digits_right.is_empty() {
            let (x, y) = (digits_left.trim_start_matches('0'), digits_right.trim_start_matches('0'));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order.is_ne() {
                return order;
            }
            left = &left[digits_left.len()..];
            right = &right[digits_right.len()..];
            continue;
        }
        let (mut chars_left, mut chars_right) = (left.chars(), right.chars());
        match (chars_left.next(), chars_right.next()) {
            (Some(x), Some(y)) => {
                let order = x.to_lowercase().cmp(y.to_lowercase());
                if order.is_ne() {
                    return order;
                }
            }
            (x, y) => return x.is_some().cmp(&y.is_some()).then_with(|| a.cmp(b)),
        }
        left = chars_left.as_str();
        right = chars_right.as_str();
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()]
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
        let deeper = scan(root.path().join("samples").as_path(), |_| Ok(None)).said.remove(0);
        assert_eq!(deeper.code, "kit-empty");
        assert!(deeper.help.unwrap().contains("samples/kit"));
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

    #[test]
    fn numbers_sort_by_value() {
        let mut names = ["a10", "A2", "a02", "b", "a", "1", "01x", "é"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["1", "01x", "a", "A2", "a02", "a10", "b", "é"]);
    }
}
