//! The checker: from syntax to a piece, with everything it has to say.
//!
//! Invariant: an item with an error is what it was in the last good version; the others go ahead. Nothing panics on any
//! text.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::collect::{Collected, Definition, Told, TrackItem, collect};
use super::hand::Hand;
use super::known::Known;
use super::piece::{Instrument, Piece, Quantum, Role, Track};
use super::plain::Pace;
use super::prelude;
use super::setting::{Meter, Setting, Swing};
use super::wishes::{self, InstrumentWish, KitWish};
use super::words;
use crate::base::catalog::Catalog;
use crate::base::diagnostic::{Diagnostic, Severity, nearest};
use crate::base::source::{Place, Source};
use crate::base::time::Time;
use crate::lang::syntax::{Expr, ExprKind, File};
use crate::pattern::Pattern;
use crate::pattern::harmony::tuning::Tuning;

/// So many calls of its functions a piece may make, in all its texts: a few that call each other twice are soon more.
const MOST_CALLS: u32 = 200_000;

/// What the settings at the top say.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub title: Arc<str>,
    pub tempo: Setting,
    pub meter: Meter,
    pub key: Option<Pattern>,
    pub swing: Option<Swing>,
    pub seed: u64,
    pub quantum: Quantum,
    pub target: Option<f64>,
    pub tuning: Option<Arc<Tuning>>,
}

/// Where an expression is evaluated: at the top, or in a section that gives some definitions anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment<'a> {
    /// The section whose dice are thrown; empty at the top.
    pub section: String,
    /// The section's own key.
    pub key: Option<Pattern>,
    /// Definitions given anew.
    pub definitions: HashMap<String, &'a Expr>,
    /// Whether it is in a section: there a track's name means the top's, and a ramp has a length.
    pub in_section: bool,
}

/// The state of one check.
pub(super) struct Builder<'a> {
    pub collected: Collected<'a>,
    pub catalog: &'a Catalog,
    pub previous: Option<&'a Piece>,
    pub version: u32,
    pub said: Vec<Diagnostic>,
    /// The knobs, buttons and controllers that the text names.
    pub hands: Vec<(Arc<str>, Hand)>,
    pub settings: Settings,
    pub pace: Pace,
    pub strip_names: Vec<(Arc<str>, Role)>,
    /// The folder of each text, by its number.
    pub folders: Vec<PathBuf>,
    /// Sounds of the text, for names in `s` and `bank`.
    pub sounds: super::sounds::Names,
    /// Values and functions by name.
    pub definitions: Rc<HashMap<&'a str, Definition<'a>>>,
    /// The tracks by name: their dice, what they play, where they are.
    pub track_names: Rc<HashMap<String, (String, &'a Expr, Place)>>,
    /// Names of tracks and definitions whose text cannot be read.
    pub broken_names: Rc<Vec<String>>,
    /// Controls that the piece adds.
    pub controls: Rc<HashMap<String, super::scope::ControlName>>,
    /// How many haps may still be written out for all tracks: some 200 MB.
    pub written_out: usize,
    /// What the versions before have taught.
    pub known: &'a mut Known,
    /// The calls of its functions that the piece may still make.
    pub calls: Rc<Cell<u32>>,
    /// Whether what is evaluated now stands in a section.
    pub in_section: bool,
    /// The strip whose lines are being read; else empty.
    pub strip: String,
    /// The effects of the text, which may stand in strips.
    pub effects: Vec<Instrument>,
    /// What is meant of all tracks.
    pub all: Arc<[&'a Expr]>,
    /// How often each not-yet was said.
    pub later: HashMap<String, usize>,
}

/// The files that a text names, relative to the text that names them: what the caller has to read and scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wants {
    /// Texts that are `use`d: the path as written, the path resolved, where it is written.
    pub texts: Vec<(String, PathBuf, Place)>,
    /// Folders and files of kits.
    pub kits: Vec<KitWish>,
    /// Samplers and sound fonts.
    pub instruments: Vec<InstrumentWish>,
    /// Tunings: the path as written, the path resolved, where it is written.
    pub tunings: Vec<(String, PathBuf, Place)>,
}

/// Whether a tuning is a file, and no name.
pub(super) fn is_scala(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("scl"))
}

/// What a text wants from the disk.
pub fn wants(source: &Source, file: &File) -> Wants {
    let mut out = Wants::default();
    let folder = source.path.parent().map(Path::to_path_buf).unwrap_or_default();
    for told in file.items.iter().filter_map(super::collect::told) {
        match told.name.text.as_str() {
            "use" => {
                if let Some(Expr { kind: ExprKind::Text(path), place }) = told.argument(0) {
                    out.texts.push((path.clone(), folder.join(path), *place));
                }
            }
            "tuning" => {
                if let Some(Expr { kind: ExprKind::Text(path), place }) = told.argument(0)
                    && is_scala(path)
                {
                    out.tunings.push((path.clone(), folder.join(path), *place));
                }
            }
            // What is wrong with them is said when the piece is built.
            "kit" | "samples" => out.kits.extend(wishes::kit(&told, &folder, &mut Vec::new())),
            "sampler" | "soundfont" | "sfz" => {
                out.instruments.extend(wishes::instrument(&told, &folder, &mut Vec::new()));
            }
            _ => {}
        }
    }
    out
}

/// Checks and compiles the files of a piece: the first is the piece, the others are what it uses. `previous` is the
/// last good version of each item, `version` the number of this one; `known` is what the versions before have taught.
pub fn build(
    files: &[(Source, File)],
    catalog: &Catalog,
    previous: Option<&Piece>,
    version: u32,
    known: &mut Known,
) -> (Piece, Vec<Diagnostic>) {
    known.begin();
    let mut said = Vec::new();
    let collected = collect(files, &mut said);
    let title = files
        .first()
        .and_then(|(source, _)| source.path.file_stem())
        .map_or_else(|| Arc::from("untitled"), |stem| Arc::from(stem.to_string_lossy().as_ref()));
    let definitions = Rc::new(collected.definitions.clone());
    let names = collected.tracks.iter().map(|item| (item.name.clone(), (item.dice.clone(), item.expr, item.place)));
    let track_names = Rc::new(names.collect());
    let broken_names = Rc::new(collected.broken.keys().cloned().collect());
    let all = collected.of("all").filter_map(|told| told.argument(0)).collect();
    let mut builder = Builder {
        collected,
        catalog,
        previous,
        version,
        said,
        hands: Vec::new(),
        settings: Settings {
            title,
            tempo: Setting::Plain(120.0),
            meter: Meter::COMMON,
            key: None,
            swing: None,
            seed: 0,
            quantum: Quantum { length: Time::ONE, bars: true },
            tuning: None,
            target: None,
        },
        pace: Pace { cycle: 2.0, quarters: 4.0 },
        strip_names: Vec::new(),
        folders: files
            .iter()
            .map(|(source, _)| source.path.parent().map(Path::to_path_buf).unwrap_or_default())
            .collect(),
        sounds: super::sounds::Names::default(),
        definitions,
        track_names,
        broken_names,
        controls: Rc::default(),
        written_out: 500_000,
        known,
        calls: Rc::new(Cell::new(MOST_CALLS)),
        in_section: false,
        strip: String::new(),
        effects: Vec::new(),
        all,
        later: HashMap::new(),
    };
    let piece = builder.piece(files);
    builder.nothing_plays(files);
    let mut said = builder.said;
    said.sort_by_key(|d| (d.place.map(|place| (place.file, place.start)), d.severity));
    said.dedup();
    (piece, said)
}

/// A word that is nearly something else and for this reason unknown is one mistake: the error takes over what to type.
pub fn settle(said: &mut Vec<Diagnostic>) {
    let near: Vec<Diagnostic> = said.iter().filter(|said| said.code == "mini-near-miss").cloned().collect();
    for near in near {
        let error = said.iter_mut().find(|said| said.is_error() && said.place.is_some() && said.place == near.place);
        if let Some(error) = error {
            error.help.clone_from(&near.help);
            said.retain(|said| *said != near);
        }
    }
}

impl<'a> Builder<'a> {
    fn piece(&mut self, files: &'a [(Source, File)]) -> Piece {
        self.read_settings();
        let kits = self.kits();
        let instruments = self.instruments();
        let midis = self.midis();
        let clocks = self.clocks();
        let later_synths = self.later_instruments();
        let [synths, effects] = self.graphs(files);
        let mut named: Vec<Arc<str>> =
            synths.iter().map(|synth| &synth.name).chain(&later_synths).map(Arc::clone).collect();
        named.extend(prelude::all().iter().map(|preset| Arc::from(preset.name.as_str())));
        self.sounds = super::sounds::Names::of(self.catalog, &kits, &instruments, &midis, &named);
        for preset in prelude::all().iter().filter(|preset| !synths.iter().any(|synth| *synth.name == preset.name)) {
            self.sounds.plays(&preset.name, preset.graph.parameters.iter().map(|parameter| &*parameter.name));
        }
        for synth in &synths {
            let parameters = synth.graph.iter().flat_map(|graph| &graph.parameters);
            self.sounds.plays(&synth.name, parameters.map(|parameter| &*parameter.name));
        }
        self.effects.clone_from(&effects);
        let unread = self.collected.broken.keys().filter_map(|name| {
            let (word, name) = name.split_once(' ')?;
            matches!(word, "midi" | "kit" | "synth" | "sampler" | "soundfont" | "osc").then(|| name.to_owned())
        });
        self.sounds.unread = unread.collect();
        let items = self.collected.tracks.clone();
        // Strips are known by name before tracks are evaluated: a bus is a control of every event.
        let kept = self.unreadable_tracks(&items);
        let names: Vec<Arc<str>> =
            items.iter().map(|item| Arc::from(item.name.as_str())).chain(kept.iter().map(|t| t.name.clone())).collect();
        self.controls = Rc::new(self.added_controls(&midis, &synths));
        let strips = self.strips(&names);
        self.check_definitions();
        let mut tracks = self.tracks(&items);
        tracks.extend(kept);
        let mut sections = self.sections(&tracks, &strips);
        self.within_a_second(&mut tracks, &mut sections);
        let mut strips = strips;
        super::orbits::add(&mut strips, &tracks, &sections);
        let song = self.song(&sections);
        Piece {
            version: self.version,
            title: Arc::clone(&self.settings.title),
            seed: self.settings.seed,
            quantum: self.settings.quantum,
            target: self.settings.target,
            tuning: self.settings.tuning.clone(),
            tracks,
            strips,
            sections,
            song,
            kits,
            instruments,
            midis,
            clocks,
            synths,
            effects,
            later_synths,
            hands: self.named_hands(),
        }
    }

    /// Every hand once, in the order of the text; an item that keeps an older version keeps its hands.
    fn named_hands(&mut self) -> Vec<(Arc<str>, Hand)> {
        let mut hands: Vec<(Arc<str>, Hand)> = Vec::new();
        let broken = self.said.iter().any(Diagnostic::is_error);
        let older = self.previous.filter(|_| broken).map(|piece| piece.hands.clone()).unwrap_or_default();
        for (name, hand) in std::mem::take(&mut self.hands).into_iter().chain(older) {
            if !hands.iter().any(|(known, _)| *known == name) {
                hands.push((name, hand));
            }
        }
        hands
    }

    fn tracks(&mut self, items: &[TrackItem<'a>]) -> Vec<Track> {
        let solo = self.solo(items);
        let hush = self.collected.of("hush").next().is_some();
        let names = self.names(&Environment::default());
        items
            .iter()
            .map(|item| {
                let pattern = self.top_track(&names, item);
                let last =
                    self.previous.and_then(|piece| piece.tracks.iter().find(|track| *track.identity == *item.dice));
                let kept = last.filter(|_| pattern.is_none());
                Track {
                    name: item.name.as_str().into(),
                    identity: item.dice.as_str().into(),
                    version: kept.map_or(self.version, |track| track.version),
                    pattern: pattern.or_else(|| kept.and_then(|track| track.pattern.clone())),
                    muted: item.muted || hush,
                    solo: solo.contains(&item.name),
                }
            })
            .collect()
    }

    /// Tracks whose text could not even be read: they are what they were.
    fn unreadable_tracks(&self, items: &[TrackItem<'a>]) -> Vec<Track> {
        let last = self.previous.into_iter().flat_map(|piece| &piece.tracks);
        let broken = |track: &&Track| self.collected.broken.contains_key(&*track.name);
        last.filter(broken).filter(|track| !items.iter().any(|item| *item.name == *track.name)).cloned().collect()
    }

    fn solo(&mut self, items: &[TrackItem<'a>]) -> Vec<String> {
        let told: Vec<Told<'a>> = self.collected.of("solo").cloned().collect();
        let mut out = Vec::new();
        for argument in told.iter().flat_map(|told| told.arguments) {
            match &argument.value.kind {
                ExprKind::Name(name) if items.iter().any(|item| item.name == *name) => out.push(name.clone()),
                ExprKind::Name(name) => {
                    let error = Diagnostic::error(
                        "unknown-track",
                        argument.value.place,
                        format!("no track is called `{name}`"),
                    );
                    self.said.push(match nearest(name, items.iter().map(|item| &*item.name)) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error,
                    });
                }
                _ => self.said.push(
                    Diagnostic::error("unknown-track", argument.value.place, "`solo` wants names of tracks")
                        .help("solo drums bass"),
                ),
            }
        }
        out
    }

    /// Whether an item that could not be read has this name, or makes something of this name.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.collected.broken.contains_key(name)
            || ["bus", "group", "section"]
                .iter()
                .any(|word| self.collected.broken.contains_key(&format!("{word} {name}")))
    }

    /// Names alone make no sound: a first piece of them would be silent without a word.
    fn nothing_plays(&mut self, files: &[(Source, File)]) {
        let silent = self.collected.tracks.is_empty() && self.collected.broken.is_empty();
        let own = files.first().map(|(source, _)| source.id);
        let names = self.collected.definitions.iter().filter(|(_, named)| Some(named.place.file) == own);
        let made = |named: &Definition<'_>| {
            matches!(named.body.kind, ExprKind::Call(..) | ExprKind::Link(..) | ExprKind::Mini(_))
        };
        let named = names.filter(|(_, named)| named.parameters.is_none() && made(named));
        let first = named.min_by_key(|(_, named)| named.order);
        if let Some((name, named)) = first.filter(|_| silent && self.collected.of("section").next().is_none()) {
            let message = format!("`{name} =` names a pattern, and no track plays here");
            self.said.push(
                Diagnostic::hint("no-track", named.place, message)
                    .help(format!("a track has a colon: {name}: s(\"bd*4\")")),
            );
        }
    }

    /// Something of the language that is not built yet: a warning on the smallest node.
    pub(super) fn not_yet(&mut self, place: Place, what: &str) {
        let count = self.later.entry(what.to_owned()).or_default();
        *count += 1;
        self.said.push(
            Diagnostic::new(Severity::Warning, "not-yet", place, format!("{what} is not built yet"))
                .label("left out for now")
                .help("the rest of the line plays"),
        );
    }

    /// More arguments than a command takes.
    pub(super) fn too_many(&mut self, told: &Told<'_>, most: usize) {
        if let Some(extra) = told.arguments.get(most) {
            let form = words::WORDS.iter().find(|word| word.name == told.name.text).map_or("", |word| word.form);
            self.said.push(
                Diagnostic::error(
                    "surplus-argument",
                    extra.value.place,
                    format!("`{}` takes {}; this is one too many", told.name.text, values(most)),
                )
                .help(form),
            );
        }
    }
}

/// How many values, in words.
fn values(count: usize) -> String {
    match count {
        0 => "no value".to_owned(),
        1 => "one value".to_owned(),
        2 => "two values".to_owned(),
        count => format!("{count} values"),
    }
}
