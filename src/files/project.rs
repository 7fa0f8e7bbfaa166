//! A piece on the disk: its texts, kits and samples, and the score that they make.
//!
//! Invariant: a text that cannot be read changes nothing but what is said; a sample is decoded once, however often the
//! piece is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bank::Bank;
use super::instruments::{Shelf, Supply};
use super::{builtin, refuse, text};
use crate::base::catalog::{Catalog, Kit, Variant};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::{FileId, Place, Source};
use crate::lang::{self, syntax::File};
use crate::model::build;
use crate::model::collect::told;
use crate::model::known::Known;
use crate::model::piece::{Piece, patterns};
use crate::pattern::Value;
use crate::pattern::harmony::tuning::parse_scl;
use crate::score::Score;
use crate::score::compile::{self, Loader};
use crate::score::plan::Sample;

/// No more diagnostics of one severity are told of a version.
const MOST_SAID: usize = 200;
/// Items whose inside may name a file.
const FILES_IN: &[&str] = &["synth", "effect", "mix", "bus", "group", "master", "section"];
/// No version stretches more than this, in frames before and after together: two minutes at 48 kHz, some two seconds of work.
const MOST_STRETCHED: f64 = 120.0 * 48_000.0;
/// Nor more samples and ratios than this: the engine has room for so many programs besides.
const MOST_RATIOS: usize = 256;
/// No piece uses more files than this.
const MOST_FILES: usize = 64;

/// One version of a piece, ready to play.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its texts: the piece, then what it uses.
    pub sources: Vec<Source>,
    /// What it means.
    pub piece: Arc<Piece>,
    /// What it plays.
    pub score: Arc<Score>,
    /// What there is to say.
    pub said: Vec<Diagnostic>,
    /// The files and folders that it depends on.
    pub watched: Vec<PathBuf>,
}

impl Version {
    /// Whether anything in it is an error.
    pub fn has_errors(&self) -> bool {
        self.said.iter().any(Diagnostic::is_error)
    }
}

/// A piece that is read again and again.
pub struct Project {
    path: PathBuf,
    bank: Bank,
    builtin: Kit,
    shelf: Shelf,
    last: Option<Arc<Piece>>,
    known: Known,
    version: u32,
    /// The MIDI ports of all versions so far: the list only grows, so that queued messages keep their meaning.
    ports: Vec<Arc<str>>,
    /// Texts that stand for files, as a log has them; none for the disk.
    texts: Option<BTreeMap<PathBuf, Arc<str>>>,
}

impl Project {
    /// The piece at a path.
    pub fn new(path: impl Into<PathBuf>) -> Project {
        Project {
            path: path.into(),
            bank: Bank::new(),
            builtin: builtin::kit(),
            shelf: Shelf::default(),
            last: None,
            known: Known::default(),
            version: 0,
            ports: Vec::new(),
            texts: None,
        }
    }

    /// The piece's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on these texts stand for the files of their paths.
    pub fn stand_in(&mut self, texts: BTreeMap<PathBuf, Arc<str>>) {
        self.texts = Some(texts);
    }

    /// From now on texts are read from the disk.
    pub fn follow_disk(&mut self) {
        self.texts = None;
    }

    /// Folders of kits are looked through again at the next load.
    pub fn forget_kits(&mut self) {
        self.shelf.forget();
    }

    /// Reads the piece as it is now.
    ///
    /// # Errors
    /// The piece's own text cannot be read at all; the version before goes on.
    pub fn load(&mut self) -> Result<Version, Box<text::Refused>> {
        let main = self.read(&self.path.clone(), FileId(0))?;
        Ok(self.compile(main))
    }

    fn read(&self, path: &Path, id: FileId) -> Result<Source, Box<text::Refused>> {
        // Texts that stand in are known by absolute paths.
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        match self.texts.as_ref().and_then(|texts| texts.get(&absolute)) {
            Some(known) => Ok(Source::new(id, path, Arc::clone(known))),
            None => text::read(path, id),
        }
    }

    fn compile(&mut self, main: Source) -> Version {
        self.version += 1;
        let mut said = Vec::new();
        let (file, mut problems) = lang::parse(&main);
        said.append(&mut problems);
        let mut files = vec![(main, file)];
        let mut watched = vec![self.path.clone()];
        let catalog = Catalog { builtin: self.builtin.clone(), ..Catalog::default() };
        let mut supply = Supply { catalog, ..Supply::default() };
        let mut seen: BTreeSet<PathBuf> = watched.iter().cloned().collect();
        let mut at = 0;
        while at < files.len() {
            let wants = build::wants(&files[at].0, &files[at].1);
            self.shelf.fulfil(&wants, &mut self.bank, &mut supply);
            for (written, path, place) in wants.texts {
                watched.push(path.clone());
                if seen.insert(path.clone()) && files.len() < MOST_FILES {
                    self.use_file(&written, &path, place, &mut files, &mut said);
                }
            }
            for (written, path, place) in wants.tunings {
                watched.push(path.clone());
                match std::fs::read(&path).map(|bytes| parse_scl(&String::from_utf8_lossy(&bytes))) {
                    Ok(Ok(steps)) => {
                        supply.catalog.tunings.insert(written, steps);
                    }
                    Ok(Err(problem)) => said.push(
                        Diagnostic::error("file-missing", place, format!("`{written}` is no tuning: {problem}"))
                            .help("a description, the count of steps, then a step a line"),
                    ),
                    Err(_) => said.push(
                        Diagnostic::error("file-missing", place, format!("there is no `{written}`"))
                            .help("paths are relative to the text that names them"),
                    ),
                }
            }
            at += 1;
        }
        watched.append(&mut supply.watched);
        said.append(&mut supply.said);
        // A text that was refused whole changes nothing.
        let refused = files[0].1.refused;
        let last = self.last.as_deref().filter(|_| refused);
        let (piece, mut problems) = last.map_or_else(
            || build::build(&files, &supply.catalog, self.last.as_deref(), self.version, &mut self.known),
            |last| (last.clone(), Vec::new()),
        );
        said.append(&mut problems);
        let used = used_sounds(&piece);
        self.shelf.keep(&piece.instruments, &mut supply.catalog);
        let ports = &mut self.ports;
        let mut audio =
            Audio { bank: &mut self.bank, failed: Vec::new(), left: MOST_STRETCHED, stretched: 0, said: Vec::new() };
        let score = compile::compile(&piece, &supply.catalog, &used, self.version, ports, &mut audio);
        said.append(&mut audio.said);
        for (path, mut problem) in audio.failed {
            // A file of a kit has no place of its own in the text: it is said at the kit.
            let first = || files[0].1.items.first().map_or_else(Place::default, |item| item.place);
            let place = supply.place(&path).or_else(|| wavetable(&files, &path));
            problem.place = Some(place.unwrap_or_else(first));
            // What is wrong with a file was said when it was looked for.
            if !supply.unreadable.contains(&path) {
                said.push(problem);
            }
        }
        build::settle(&mut said);
        enough(&mut said);
        let piece = Arc::new(piece);
        self.last = Some(Arc::clone(&piece));
        let sources = files.into_iter().map(|(source, _)| source).collect();
        Version { sources, piece, score: Arc::new(score), said, watched }
    }

    fn use_file(
        &self,
        written: &str,
        path: &Path,
        place: Place,
        files: &mut Vec<(Source, File)>,
        said: &mut Vec<Diagnostic>,
    ) {
        let id = FileId(files.len() as u16);
        match self.read(path, id) {
            Ok(source) => {
                let (file, mut problems) = lang::parse(&source);
                said.append(&mut problems);
                files.push((source, file));
            }
            Err(refused) => {
                let mut problem = refused.said;
                if problem.code == "file-missing" {
                    problem = Diagnostic::error(
                        "file-missing",
                        place,
                        format!("there is no file `{written}` beside this one"),
                    );
                }
                if problem.place.is_none_or(|at| at.file == id) {
                    problem.place = Some(place);
                }
                said.push(problem);
            }
        }
    }

    /// Lets go of samples that no score plays any more.
    pub fn forget_unused(&mut self) {
        self.bank.forget_unused();
    }
}

/// The audio of a score from the bank, and what was wrong with it.
struct Audio<'a> {
    bank: &'a mut Bank,
    /// Files that could not be loaded.
    failed: Vec<(PathBuf, Diagnostic)>,
    /// How many frames may still be stretched for this version, and how many samples were.
    left: f64,
    stretched: usize,
    said: Vec<Diagnostic>,
}

impl Loader for Audio<'_> {
    fn load(&mut self, variant: &Variant) -> Option<Arc<Sample>> {
        let loaded = self.bank.load(variant);
        loaded
            .map_err(|problem| {
                if !self.failed.iter().any(|(_, other)| other.message == problem.message) {
                    self.failed.push((variant.path.clone(), problem));
                }
            })
            .ok()
    }

    fn stretched(&mut self, sample: &Arc<Sample>, ratio: f64, place: Place) -> Option<Arc<Sample>> {
        self.stretched += 1;
        let made = if self.stretched > MOST_RATIOS {
            let message = format!("no more than {MOST_RATIOS} samples are stretched in a piece");
            Err(refuse("samples-too-large", message).help("stretch fewer sounds, or by fewer ratios"))
        } else {
            self.bank.stretched(sample, ratio, &mut self.left)
        };
        made.map_err(|mut problem| {
            if !self.said.iter().any(|other| other.place == Some(place)) {
                problem.place = Some(place);
                self.said.push(problem);
            }
        })
        .ok()
    }
}

/// Where a synth, an effect or a strip names a file.
fn wavetable(files: &[(Source, File)], path: &Path) -> Option<Place> {
    let name = path.file_name()?.to_str()?;
    files.iter().find_map(|(source, file)| {
        let mut graphs =
            file.items.iter().filter(|item| told(item).is_some_and(|told| FILES_IN.contains(&told.name.text.as_str())));
        graphs.find_map(|item| {
            let at = item.place.start as usize + source.at(item.place).find(name)?;
            Some(Place::new(source.id, at, at + name.len()))
        })
    })
}

/// Every word and number that the patterns of a piece hold: the sounds they can name are among them.
fn used_sounds(piece: &Piece) -> Vec<String> {
    let mut out = BTreeSet::new();
    for pattern in patterns(&[], &piece.sections) {
        pattern.visit_literals(&mut |_, value, _| {
            let mut value = value;
            while let Value::List(list) = value {
                let Some(first) = list.first() else { return };
                value = first;
            }
            match value {
                Value::Word(word) if out.contains(&**word) => {}
                value => {
                    out.insert(value.to_string());
                }
            }
        });
    }
    out.into_iter().collect()
}

/// As many of each severity as anybody may want to read.
fn enough(said: &mut Vec<Diagnostic>) {
    let whole = said.len();
    for severity in [Severity::Error, Severity::Warning, Severity::Hint] {
        let mut count = 0;
        said.retain(|diagnostic| {
            count += usize::from(diagnostic.severity == severity);
            diagnostic.severity != severity || count <= MOST_SAID
        });
    }
    let left_out = whole - said.len();
    if left_out > 0 {
        let message = format!("and {left_out} more like these");
        said.push(Diagnostic::machine(Severity::Hint, "more", message));
    }
}
