//! What a text wants from the disk for its instruments: kits, samplers, sound fonts.
//!
//! Invariant: reading the wishes touches no disk; `files` fulfils them before the piece is built.

use std::path::{Path, PathBuf};

use super::collect::{Told, told};
use super::key::note_number;
use super::plain::quantity;
use super::words::{self, Room};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::base::units::Unit;
use crate::lang::syntax::{Block, Expr, ExprKind, ItemKind, Mini, MiniKind};

/// A path as the text names it, resolved, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As written.
    pub written: String,
    /// Relative to the folder of the text.
    pub path: PathBuf,
    /// Where it is written.
    pub place: Place,
}

/// `kit tr 'folder'`, `kit tr { folder '…', hat: 'file.wav' }`, `samples('folder')`.
#[derive(Clone, Debug, PartialEq)]
pub struct KitWish {
    /// Empty for `samples`.
    pub name: String,
    /// Where the name is, or the command.
    pub place: Place,
    /// Its folder.
    pub folder: Option<Named>,
    /// Files that are sounds by their stems.
    pub files: Vec<Named>,
    /// Other names: a label and what it names.
    pub labels: Vec<(String, Labelled)>,
}

/// What a label in a kit names.
#[derive(Clone, Debug, PartialEq)]
pub enum Labelled {
    /// A file or a folder of files.
    File(Named),
    /// A sound of the kit, perhaps one of its variants.
    Sound(String, Option<usize>, Place),
}

/// `sampler`, `soundfont` or `sfz`.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentWish {
    /// Its name in `s`.
    pub name: String,
    /// Where the name is.
    pub place: Place,
    /// What it is made of.
    pub what: Wished,
}

/// What an instrument is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Wished {
    /// Files with their roots and loops, or a folder of files whose names tell them.
    Sampler(Vec<SamplerFile>, Option<Named>),
    /// A preset of an `.sf2`, or an `.sfz`.
    Font(Named, Preset),
}

/// A file of a sampler.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplerFile {
    /// The file.
    pub file: Named,
    /// The note at which it plays as it is.
    pub root: Option<f32>,
    /// What goes round, seconds.
    pub repeats: Option<(f64, f64)>,
}

/// Which preset of a font.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preset {
    /// Its number, 0 to 127, or its name.
    pub program: Program,
    /// Its bank; 128 holds drums.
    pub bank: u16,
    /// Where the program is written.
    pub place: Option<Place>,
}

/// How a preset is named.
#[derive(Clone, Debug, PartialEq)]
pub enum Program {
    /// By number.
    Number(u16),
    /// By name, or a part of it.
    Name(String),
}

impl Default for Program {
    fn default() -> Program {
        Program::Number(0)
    }
}

/// The folder of the file that names a path, and what is wrong with what it says.
struct Reader<'a> {
    folder: &'a Path,
    said: &'a mut Vec<Diagnostic>,
}

/// What a `kit` or `samples` command wants.
pub fn kit(told: &Told<'_>, folder: &Path, said: &mut Vec<Diagnostic>) -> Option<KitWish> {
    let mut reader = Reader { folder, said };
    let unnamed = told.name.text == "samples";
    let name = match told.argument(0).map(|expr| &expr.kind) {
        Some(ExprKind::Name(name)) if !unnamed => name.clone(),
        Some(ExprKind::Text(_)) if unnamed => String::new(),
        _ => return reader.kit_folder(told.place),
    };
    let at = usize::from(!unnamed);
    let mut wish = KitWish {
        place: told.argument(0).map_or(told.place, |expr| expr.place),
        folder: told.argument(at).and_then(|expr| reader.text(expr)),
        name,
        files: Vec::new(),
        labels: Vec::new(),
    };
    let before = reader.said.len();
    if let Some(block) = told.block {
        reader.kit_block(block, &mut wish);
    }
    if wish.folder.is_none() && wish.files.is_empty() && wish.labels.is_empty() && reader.said.len() == before {
        return reader.kit_folder(told.place);
    }
    Some(wish)
}

/// What a `sampler`, `soundfont` or `sfz` command wants.
pub fn instrument(told: &Told<'_>, folder: &Path, said: &mut Vec<Diagnostic>) -> Option<InstrumentWish> {
    let mut reader = Reader { folder, said };
    let form = words::find(&told.name.text, Room::Top).map_or("", |word| word.form);
    let word = told.name.text.as_str();
    let Some(Expr { kind: ExprKind::Name(name), place }) = told.argument(0) else {
        reader.said.push(Diagnostic::error("name-missing", told.place, format!("`{word}` wants a name")).help(form));
        return None;
    };
    let short = told.argument(1).and_then(|expr| reader.text(expr));
    let before = reader.said.len();
    let what = if word == "sampler" {
        let (files, folder) = reader.sampler(told.block, short);
        (!files.is_empty() || folder.is_some()).then_some(Wished::Sampler(files, folder))
    } else {
        let (file, preset) = reader.font(told.block, short);
        // A wrong number is not another program.
        file.filter(|_| reader.said.len() == before).map(|file| Wished::Font(file, preset))
    };
    if what.is_none() && reader.said.len() == before {
        let error = Diagnostic::error("instrument-file", told.place, format!("`{name}` needs a file"));
        reader.said.push(error.help(form));
    }
    Some(InstrumentWish { name: name.clone(), place: *place, what: what? })
}

impl Reader<'_> {
    fn kit_folder<T>(&mut self, place: Place) -> Option<T> {
        let error = Diagnostic::error("kit-folder", place, "a kit is a name and a folder, as plain text");
        self.said.push(error.help("kit tr 'samples/kit'"));
        None
    }

    fn text(&self, expr: &Expr) -> Option<Named> {
        match &expr.kind {
            ExprKind::Text(path) => {
                Some(Named { written: path.clone(), path: self.folder.join(path), place: expr.place })
            }
            _ => None,
        }
    }

    /// The path that a line gives.
    fn path(&mut self, told: &Told<'_>) -> Option<Named> {
        let found = told.argument(0).and_then(|expr| self.text(expr));
        if found.is_none() {
            let place = told.argument(0).map_or(told.place, |expr| expr.place);
            let word = &told.name.text;
            let error = Diagnostic::error("text-expected", place, format!("`{word}` wants a path as plain text"));
            self.said.push(error.help(format!("{word} 'samples/piano-c3.wav'")));
        }
        found
    }

    fn kit_block(&mut self, block: &Block, wish: &mut KitWish) {
        for item in &block.items {
            if let ItemKind::Label(label, expr) = &item.kind {
                if let Some(labelled) = self.labelled(expr) {
                    wish.labels.push((label.name.text.clone(), labelled));
                }
                continue;
            }
            let Some(line) = told(item) else {
                self.no_line(item.place, Room::Kit);
                continue;
            };
            match line.name.text.as_str() {
                "folder" => wish.folder = self.path(&line).or(wish.folder.take()),
                "file" => wish.files.extend(self.path(&line)),
                _ => self.unknown(&line, Room::Kit),
            }
        }
    }

    /// `hat: 'file.wav'`, `hat: hh`, `hat: "hh:2"`
    fn labelled(&mut self, expr: &Expr) -> Option<Labelled> {
        let sound = match &expr.kind {
            ExprKind::Text(_) => self.text(expr).map(Labelled::File),
            ExprKind::Name(name) => Some(Labelled::Sound(name.clone(), None, expr.place)),
            ExprKind::Mini(mini) => numbered(mini).map(|(name, n)| Labelled::Sound(name, n, expr.place)),
            _ => None,
        };
        if sound.is_none() {
            let error = Diagnostic::error("kit-label", expr.place, "a label in a kit names a file or a sound of it");
            self.said.push(error.help("hat: 'hats/closed.wav', or hat: hh, or hat: \"hh:2\""));
        }
        sound
    }

    fn sampler(&mut self, block: Option<&Block>, short: Option<Named>) -> (Vec<SamplerFile>, Option<Named>) {
        let plain = |file| SamplerFile { file, root: None, repeats: None };
        let mut files: Vec<SamplerFile> = short.map(plain).into_iter().collect();
        // A root or a loop belongs to the file before it; before the first file, to the first.
        let (mut root, mut repeats, mut folder) = (None, None, None);
        for line in self.lines(block, Room::Sampler) {
            match line.name.text.as_str() {
                "file" => files.extend(self.path(&line).map(plain)),
                "folder" => folder = self.path(&line),
                "root" => {
                    let note = self.root(&line);
                    match files.last_mut() {
                        Some(file) => file.root = note,
                        None => root = note,
                    }
                }
                "loop" => {
                    let points = self.points(&line);
                    match files.last_mut() {
                        Some(file) => file.repeats = points,
                        None => repeats = points,
                    }
                }
                _ => self.unknown(&line, Room::Sampler),
            }
        }
        if let Some(first) = files.first_mut() {
            first.root = first.root.or(root);
            first.repeats = first.repeats.or(repeats);
        }
        (files, folder)
    }

    fn font(&mut self, block: Option<&Block>, short: Option<Named>) -> (Option<Named>, Preset) {
        let (mut file, mut preset) = (short, Preset::default());
        for line in self.lines(block, Room::Font) {
            let number = line.argument(0).and_then(quantity).filter(|q| q.unit.is_none() && q.exact.is_int());
            let place = line.argument(0).map_or(line.place, |expr| expr.place);
            match (line.name.text.as_str(), line.argument(0).map(|expr| &expr.kind), number) {
                ("file", ..) => file = self.path(&line),
                ("program", Some(ExprKind::Text(name)), _) => {
                    preset = Preset { program: Program::Name(name.clone()), place: Some(place), ..preset };
                }
                ("program", _, Some(number)) if (0..=127).contains(&number.exact.num()) => {
                    let program = Program::Number(number.exact.num() as u16);
                    preset = Preset { program, place: Some(place), ..preset };
                }
                ("bank", _, Some(number)) if (0..=16_383).contains(&number.exact.num()) => {
                    preset.bank = number.exact.num() as u16;
                }
                (word @ ("program" | "bank"), ..) => {
                    let error = Diagnostic::error("out-of-range", place, format!("`{word}` is a number from 0"));
                    self.said.push(error.help("program 5, or program 'Grand Piano'; bank 128 holds drums"));
                }
                _ => self.unknown(&line, Room::Font),
            }
        }
        (file, preset)
    }

    /// The commands of a block.
    fn lines<'b>(&mut self, block: Option<&'b Block>, room: Room) -> Vec<Told<'b>> {
        let mut out = Vec::new();
        for item in block.iter().flat_map(|block| &block.items) {
            match told(item) {
                Some(line) => out.push(line),
                None => self.no_line(item.place, room),
            }
        }
        out
    }

    /// `root 'c3'`, `root 48`
    fn root(&mut self, line: &Told<'_>) -> Option<f32> {
        let expr = line.argument(0);
        let named = match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Text(word) | ExprKind::Name(word)) => note_number(word),
            Some(ExprKind::Mini(mini)) => match &mini.kind {
                MiniKind::Sequence(steps) if steps.len() == 1 => match &steps[0].mini.kind {
                    MiniKind::Word(word) => note_number(word),
                    _ => None,
                },
                MiniKind::Word(word) => note_number(word),
                _ => None,
            },
            _ => None,
        };
        let number = || expr.and_then(quantity).filter(|q| q.unit.is_none()).map(|q| q.value);
        let note = named.or_else(number).filter(|note| (0.0..=127.0).contains(note));
        if note.is_none() {
            let place = expr.map_or(line.place, |expr| expr.place);
            let error = Diagnostic::error("not-a-note", place, "`root` wants the note of the file");
            self.said.push(error.help("root 'c3', or a MIDI number: root 48"));
        }
        note.map(|note| note as f32)
    }

    /// `loop 0.4s 1.9s`
    fn points(&mut self, line: &Told<'_>) -> Option<(f64, f64)> {
        let seconds = |index: usize| {
            let number = line.argument(index).and_then(quantity)?;
            match number.unit {
                None | Some(Unit::Seconds) => Some(number.value),
                Some(Unit::Milliseconds) => Some(number.value / 1000.0),
                Some(_) => None,
            }
        };
        let points = seconds(0).zip(seconds(1)).filter(|(start, end)| *start >= 0.0 && end > start);
        if points.is_none() || line.arguments.len() > 2 {
            let error = Diagnostic::error("loop-points", line.place, "`loop` wants where it starts and where it ends");
            self.said.push(error.help("loop 0.4s 1.9s"));
        }
        points
    }

    fn no_line(&mut self, place: Place, room: Room) {
        let names: Vec<&str> = words::names(room).collect();
        let message = format!("{} stand lines like these: {}", room.phrase(), names.join(", "));
        self.said.push(Diagnostic::error("instrument-line", place, message));
    }

    fn unknown(&mut self, line: &Told<'_>, room: Room) {
        let name = &line.name.text;
        let message = format!("`{name}` means nothing {}", room.phrase());
        let error = Diagnostic::error("unknown-command", line.name.place, message);
        let names: Vec<&str> = words::names(room).collect();
        self.said.push(match nearest(name, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are {}", names.join(", "))),
        });
    }
}

/// `"hh:2"`: a sound and its number.
fn numbered(mini: &Mini) -> Option<(String, Option<usize>)> {
    match &mini.kind {
        MiniKind::Word(word) => Some((word.clone(), None)),
        MiniKind::Tail(name, number) => {
            let MiniKind::Number(number) = &number.kind else { return None };
            let (name, _) = numbered(name)?;
            (number.exact.is_int() && number.exact.num() >= 0).then(|| (name, Some(number.exact.num() as usize)))
        }
        MiniKind::Sequence(steps) if steps.len() == 1 => numbered(&steps[0].mini),
        _ => None,
    }
}
