//! Sections: overlays of the file. What each track plays in them, and the values they give anew.
//!
//! Invariant: a named line beats `all`, the innermost overlay wins, `like` copies and the section's own lines win.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::{Builder, Environment};
use super::collect::{Told, told};
use super::mixer::{Fader, Line};
use super::piece::{Override, Section, Strip, Target, Track};
use super::plain::quantity;
use super::setting::{Meter, Setting, Swing};
use super::window::{Layered, Window};
use super::words::{self, Room};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::units::Unit;
use crate::lang::syntax::{Block, Expr, ExprKind, ItemKind, Label};
use crate::pattern::Pattern;

/// What a layer says of a track.
#[derive(Clone, Copy, Debug)]
enum Playing<'a> {
    /// It plays what the file says.
    Plays,
    /// It plays this.
    Given(&'a Expr),
    /// It is silent.
    Silent,
}

/// One block of a section: the base, or a `last`, or an `every`.
#[derive(Clone, Debug, Default)]
struct Layer<'a> {
    windows: Vec<Window>,
    tracks: Vec<(String, Playing<'a>)>,
    definitions: Vec<(String, &'a Expr)>,
    settings: Vec<Told<'a>>,
    mixes: Vec<Told<'a>>,
}

/// The header and all blocks of a section, before anything is evaluated.
struct Draft<'a> {
    name: String,
    place: Place,
    bars: Option<Time>,
    continues: bool,
    like: Option<(String, Place)>,
    layers: Vec<Layer<'a>>,
}

impl<'a> Builder<'a> {
    /// The whole text as a section of its own, then every section of the text.
    pub(super) fn sections(&mut self, tracks: &[Track], strips: &[Strip]) -> Vec<Section> {
        let mut out = vec![self.whole_text(tracks)];
        let told: Vec<Told<'a>> = self.collected.of("section").cloned().collect();
        let names: Vec<Arc<str>> = tracks.iter().map(|track| Arc::clone(&track.name)).collect();
        let mut drafts: Vec<Draft<'a>> = Vec::new();
        for told in &told {
            let before = self.said.len();
            let Some(draft) = self.draft(told, &names) else { continue };
            if let Some(first) = drafts.iter().find(|other| other.name == draft.name) {
                self.said.push(
                    Diagnostic::error(
                        "name-twice",
                        draft.place,
                        format!("there is a section `{}` already", draft.name),
                    )
                    .also(first.place, "the first one")
                    .help(format!("call this one `{}2`", draft.name)),
                );
                continue;
            }
            let failed = self.said[before..].iter().any(Diagnostic::is_error);
            if failed {
                self.last_good_section(&draft.name, &mut out);
            }
            drafts.push(draft);
        }
        let broken: Vec<String> = self.collected.broken.keys().cloned().collect();
        for name in broken.iter().filter_map(|name| name.strip_prefix("section ")) {
            self.last_good_section(name, &mut out);
        }
        for at in 0..drafts.len() {
            if out.iter().any(|section| *section.name == *drafts[at].name) {
                continue; // its last good version stands there already
            }
            let Some((layers, dice)) = self.with_like(&drafts, at) else {
                self.last_good_section(&drafts[at].name.clone(), &mut out);
                continue;
            };
            let section = self.section(&drafts[at], &layers, &dice, tracks, strips, &out[0].clone());
            out.push(section);
        }
        out
    }

    fn last_good_section(&mut self, name: &str, out: &mut Vec<Section>) {
        out.extend(self.previous.and_then(|piece| piece.section(name)).cloned());
    }

    fn whole_text(&mut self, tracks: &[Track]) -> Section {
        Section {
            name: Arc::from(""),
            bars: None,
            continues: true,
            tracks: tracks
                .iter()
                .map(|track| (Arc::clone(&track.name), Layered::plain(track.pattern.clone())))
                .collect(),
            overrides: Vec::new(),
            tempo: Layered::plain(self.settings.tempo.clone()),
            meter: self.settings.meter,
            key: self.settings.key.clone(),
            swing: self.settings.swing.clone(),
            fade: Time::ZERO,
            fill: Time::ZERO,
        }
    }

    fn draft(&mut self, told: &Told<'a>, tracks: &[Arc<str>]) -> Option<Draft<'a>> {
        let name = self.name_argument(told)?;
        let mut draft =
            Draft { name: name.text, place: name.place, bars: None, continues: false, like: None, layers: Vec::new() };
        let mut arguments = told.arguments[1..].iter().map(|argument| &argument.value);
        while let Some(argument) = arguments.next() {
            match &argument.kind {
                ExprKind::Name(word) if word == "continue" => draft.continues = true,
                ExprKind::Name(word) if word == "like" => match arguments.next().map(|expr| (&expr.kind, expr.place)) {
                    Some((ExprKind::Name(other), place)) => draft.like = Some((other.clone(), place)),
                    _ => self.said.push(
                        Diagnostic::error("argument-missing", argument.place, "`like` wants a section")
                            .help("section verse2 8 like verse { top }"),
                    ),
                },
                ExprKind::Name(word) => {
                    self.said.push(
                        Diagnostic::error("section-header", argument.place, format!("`{word}` does not belong here"))
                            .help("section name bars [continue] [like other] { … }"),
                    );
                }
                _ => draft.bars = self.section_length(argument),
            }
        }
        if let Some(block) = told.block {
            draft.layers.push(Layer::default());
            self.layer(block, 0, &mut draft.layers, tracks);
        }
        Some(draft)
    }

    fn section_length(&mut self, expr: &Expr) -> Option<Time> {
        let Some(length) = quantity(expr) else {
            self.said.push(super::plain::fixed_slot(
                expr.place,
                "a section's length",
                "write a number of bars: section verse 16 { … }",
            ));
            return None;
        };
        if length.exact < Time::ONE || !matches!(length.unit, None | Some(Unit::Bars)) {
            self.said.push(
                Diagnostic::error("section-length", expr.place, "a section has 1 bar or more")
                    .help("write its bars, `section intro 4 { … }`, or no number for a scene that loops"),
            );
            return None;
        }
        Some(length.exact.min(Time::int(1_000_000)))
    }

    /// Reads a block into `layers[at]`; `last` and `every` inside it become layers of their own.
    fn layer(&mut self, block: &'a Block, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        for item in &block.items {
            match &item.kind {
                ItemKind::Label(label, expr) => self.section_track(label, expr, &mut layers[at], tracks),
                ItemKind::Define(name, expr) => layers[at].definitions.push((name.text.clone(), expr)),
                ItemKind::Function { name, .. } => self.not_yet(name.place, "a function in a section"),
                _ => match told(item) {
                    Some(told) => self.section_line(&told, at, layers, tracks),
                    None => self.said.push(
                        Diagnostic::error(
                            "section-line",
                            item.place,
                            "a section lists tracks, and lines that are different in it",
                        )
                        .help("section verse 8 { drums, bass: bass.fast(2) }"),
                    ),
                },
            }
        }
    }

    fn section_track(&mut self, label: &'a Label, expr: &'a Expr, layer: &mut Layer<'a>, tracks: &[Arc<str>]) {
        let name = &label.name;
        let silence = matches!(&expr.kind, ExprKind::Name(word) if word == "silence");
        let line = if silence || label.muted { Playing::Silent } else { Playing::Given(expr) };
        if name.text == "all" {
            if !silence {
                self.not_yet(name.place, "a pattern for all tracks of a section");
                return;
            }
            for track in tracks {
                layer.tracks.push((track.to_string(), line));
            }
            return;
        }
        if !self.is_track(&name.text, tracks, name.place) {
            return;
        }
        layer.tracks.push((name.text.clone(), line));
    }

    fn is_track(&mut self, name: &str, tracks: &[Arc<str>], place: Place) -> bool {
        if tracks.iter().any(|track| **track == *name) {
            return true;
        }
        if !self.is_broken(name) {
            let error = Diagnostic::error("unknown-track", place, format!("no track is called `{name}`"));
            let mut all: Vec<&str> = tracks.iter().map(|track| &**track).collect();
            for word in words::names(Room::Section) {
                all.push(word);
            }
            self.said.push(match nearest(name, all) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("tracks here: {}", tracks.join(", "))),
            });
        }
        false
    }

    fn section_line(&mut self, told: &Told<'a>, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        let name = &told.name.text;
        match words::find(name, Room::Section).map(|word| (word.name, word.plays)) {
            None if told.arguments.is_empty() && told.block.is_none() => {
                if self.is_track(name, tracks, told.name.place) {
                    layers[at].tracks.push((name.clone(), Playing::Plays));
                }
            }
            None => {
                let error = Diagnostic::error(
                    "unknown-command",
                    told.name.place,
                    format!("`{name}` is no command of a section"),
                );
                self.said.push(match nearest(name, words::names(Room::Section)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("a track's own line is written with a colon: {name}: …")),
                });
            }
            Some(("all", _)) => self.all_tracks(told, &mut layers[at], tracks),
            Some(("last" | "every", _)) => self.overlay(told, at, layers, tracks),
            Some(("mix", _)) => layers[at].mixes.push(told.clone()),
            Some(("tempo" | "meter" | "key" | "swing", _)) => layers[at].settings.push(told.clone()),
            Some((word, _)) => self.not_yet(told.name.place, &format!("`{word}` in a section")),
        }
    }

    fn all_tracks(&mut self, told: &Told<'a>, layer: &mut Layer<'a>, tracks: &[Arc<str>]) {
        let mut but: Vec<&str> = Vec::new();
        for (index, argument) in told.arguments.iter().enumerate() {
            match &argument.value.kind {
                ExprKind::Name(word) if index == 0 && word == "but" => {}
                ExprKind::Name(word) if index > 0 => {
                    if self.is_track(word, tracks, argument.value.place) {
                        but.push(word);
                    }
                }
                _ => self.said.push(
                    Diagnostic::error("section-line", argument.value.place, "`all` stands alone, or before `but`")
                        .help("all but pads"),
                ),
            }
        }
        // Named lines beat it wherever they stand, so it goes to the front.
        let all =
            tracks.iter().filter(|track| !but.contains(&&***track)).map(|track| (track.to_string(), Playing::Plays));
        layer.tracks.splice(0..0, all);
    }

    fn overlay(&mut self, told: &Told<'a>, at: usize, layers: &mut Vec<Layer<'a>>, tracks: &[Arc<str>]) {
        let Some(block) = told.block else {
            self.said.push(
                Diagnostic::error("block-missing", told.place, format!("what is different in `{}`?", told.name.text))
                    .help("last 1 { drums: s(\"sd*8\") }"),
            );
            return;
        };
        let length = match told.argument(0) {
            Some(expr) => match quantity(expr) {
                Some(length) => length,
                None => {
                    self.said.push(super::plain::fixed_slot(expr.place, &told.name.text, "write a number of bars"));
                    return;
                }
            },
            None => super::plain::Quantity::bare(Time::ONE),
        };
        let window = if told.name.text == "every" {
            Window::Every(length.exact.cycle().clamp(1, 1_000_000))
        } else {
            Window::Last(match length.unit {
                Some(Unit::Beats) => length.exact / self.settings.meter.quarters(),
                _ => length.exact,
            })
        };
        let mut windows = layers[at].windows.clone();
        windows.push(window);
        layers.push(Layer { windows, ..Layer::default() });
        let inner = layers.len() - 1;
        self.layer(block, inner, layers, tracks);
    }

    /// A section's layers with those of what it is like before them; and the name whose dice it plays with.
    fn with_like(&mut self, drafts: &[Draft<'a>], at: usize) -> Option<(Vec<Layer<'a>>, String)> {
        let mut chain = vec![at];
        while let Some((like, place)) = &drafts[chain[chain.len() - 1]].like {
            let Some(next) = drafts.iter().position(|draft| draft.name == *like) else {
                let error = Diagnostic::error("unknown-section", *place, format!("no section is called `{like}`"));
                self.said.push(match nearest(like, drafts.iter().map(|draft| &*draft.name)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
                return None;
            };
            if chain.contains(&next) {
                self.said.push(Diagnostic::error(
                    "circle",
                    *place,
                    format!("`{}` would be like itself", drafts[at].name),
                ));
                return None;
            }
            chain.push(next);
        }
        // One base layer of all, then the overlays of each, the outermost source first.
        let mut base = Layer::default();
        let mut overlays = Vec::new();
        for draft in chain.iter().rev().map(|at| &drafts[*at]) {
            for (index, layer) in draft.layers.iter().enumerate() {
                if index == 0 {
                    base.tracks.extend(layer.tracks.iter().cloned());
                    base.definitions.extend(layer.definitions.iter().cloned());
                    base.settings.extend(layer.settings.iter().cloned());
                    base.mixes.extend(layer.mixes.iter().cloned());
                } else {
                    overlays.push(layer.clone());
                }
            }
        }
        let dice = drafts[chain[chain.len() - 1]].name.clone();
        Some((std::iter::once(base).chain(overlays).collect(), dice))
    }

    fn section(
        &mut self,
        draft: &Draft<'a>,
        layers: &[Layer<'a>],
        dice: &str,
        tracks: &[Track],
        strips: &[Strip],
        whole: &Section,
    ) -> Section {
        let mut section = Section {
            name: draft.name.as_str().into(),
            bars: draft.bars,
            continues: draft.continues,
            tracks: Vec::new(),
            overrides: Vec::new(),
            ..whole.clone()
        };
        let base = &layers[0];
        for told in &base.settings {
            self.section_setting(told, &mut section, &[]);
        }
        let mut environment =
            Environment { section: dice.to_owned(), key: section.key.clone(), ..Environment::default() };
        for (name, expr) in &base.definitions {
            self.redefine(name, expr, &mut environment);
        }
        let changed = !base.definitions.is_empty() || section.key != whole.key;
        let mut playing: HashMap<&str, Playing<'a>> = HashMap::new();
        for (name, line) in &base.tracks {
            playing.insert(name, *line);
        }
        for track in tracks {
            let Some(line) = playing.get(&*track.name) else { continue };
            let pattern = self.section_pattern(*line, track, &environment, changed, &draft.name, &[]);
            section.tracks.push((Arc::clone(&track.name), Layered::plain(pattern)));
        }
        for layer in &layers[1..] {
            self.overlay_layer(layer, &environment, &playing, tracks, &draft.name, &mut section);
        }
        for layer in layers {
            for told in &layer.mixes {
                self.section_mix(told, strips, &layer.windows, &mut section);
            }
        }
        section
    }

    fn overlay_layer(
        &mut self,
        layer: &Layer<'a>,
        outer: &Environment<'a>,
        playing: &HashMap<&str, Playing<'a>>,
        tracks: &[Track],
        name: &str,
        section: &mut Section,
    ) {
        let mut environment = outer.clone();
        for (name, expr) in &layer.definitions {
            self.redefine(name, expr, &mut environment);
        }
        for told in &layer.settings {
            self.section_setting(told, section, &layer.windows);
        }
        let mut lines: HashMap<&str, Playing<'a>> = HashMap::new();
        if !layer.definitions.is_empty() {
            lines.extend(playing.iter().map(|(name, line)| (*name, *line)));
        }
        for (name, line) in &layer.tracks {
            lines.insert(name, *line);
        }
        for track in tracks {
            let Some(line) = lines.get(&*track.name) else { continue };
            let changed = !layer.definitions.is_empty() || !environment.definitions.is_empty();
            let pattern = self.section_pattern(*line, track, &environment, changed, name, &layer.windows);
            let at = section.tracks.iter().position(|(name, _)| *name == track.name).unwrap_or_else(|| {
                section.tracks.push((Arc::clone(&track.name), Layered::plain(None)));
                section.tracks.len() - 1
            });
            section.tracks[at].1.overlays.push((layer.windows.clone(), pattern));
        }
    }

    fn section_pattern(
        &mut self,
        line: Playing<'a>,
        track: &Track,
        environment: &Environment<'a>,
        changed: bool,
        section: &str,
        windows: &[Window],
    ) -> Option<Pattern> {
        match line {
            Playing::Silent => None,
            Playing::Plays if !changed => track.pattern.clone(),
            Playing::Plays => {
                let item = self.collected.tracks.iter().find(|item| *item.name == *track.name).cloned();
                // A track that has an error keeps its last good version in the section, too.
                item.filter(|_| track.version == self.version)
                    .and_then(|item| self.track_pattern(item.expr, &item.dice, environment))
                    .or_else(|| track.pattern.clone())
            }
            Playing::Given(expr) => {
                let dice = format!("{}/{}", environment.section, track.name);
                self.track_pattern(expr, &dice, environment).or_else(|| {
                    let last = self.previous?.section(section)?;
                    let (_, layered) = last.tracks.iter().find(|(name, _)| *name == track.name)?;
                    if windows.is_empty() {
                        return layered.base.clone();
                    }
                    layered.overlays.iter().find(|(other, _)| *other == windows)?.1.clone()
                })
            }
        }
    }

    fn redefine(&mut self, name: &str, expr: &'a Expr, environment: &mut Environment<'a>) {
        if !self.collected.definitions.contains_key(name) {
            self.said.push(
                Diagnostic::warning(
                    "unknown-definition",
                    expr.place,
                    format!("nothing at the top of the file is called `{name}`"),
                )
                .help(format!("a section gives anew what the file defines: write {name} = … at the top")),
            );
        }
        environment.definitions.insert(name.to_owned(), expr);
    }

    fn section_setting(&mut self, told: &Told<'a>, section: &mut Section, windows: &[Window]) {
        match told.name.text.as_str() {
            "tempo" => {
                if let Some(tempo) = self.tempo(told) {
                    if windows.is_empty() {
                        section.tempo.base = tempo;
                    } else {
                        section.tempo.overlays.push((windows.to_vec(), tempo));
                    }
                }
            }
            _ if !windows.is_empty() => {
                self.not_yet(told.name.place, &format!("`{}` in `last` or `every`", told.name.text))
            }
            "meter" => section.meter = self.meter(told).unwrap_or(section.meter),
            "key" => {
                if let Some(key) = self.key(told) {
                    section.key = Some(key);
                }
            }
            _ => {
                if let Some(swing) = self.swing(told) {
                    section.swing = Some(swing);
                }
            }
        }
    }

    fn section_mix(&mut self, told: &Told<'a>, strips: &[Strip], windows: &[Window], section: &mut Section) {
        let Some(name) = self.name_argument(told) else { return };
        let Some(strip) = strips.iter().find(|strip| *strip.name == name.text) else {
            if !self.is_broken(&name.text) {
                let error =
                    Diagnostic::error("unknown-strip", name.place, format!("no strip is called `{}`", name.text));
                self.said.push(match nearest(&name.text, strips.iter().map(|strip| &*strip.name)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
            return;
        };
        let lines = told.block.map(|block| self.strip_lines(block)).unwrap_or_default();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let mut add = |target: Target, dimension: Dimension, value: Setting| {
            let strip = Arc::clone(&strip.name);
            section.overrides.push(Override { strip, target, dimension, windows: windows.to_vec(), value });
        };
        for line in lines {
            match line {
                Line::Fader(Fader::Gain, value) => add(Target::Gain, Dimension::Factor, value),
                Line::Fader(Fader::Pan, value) => add(Target::Pan, Dimension::Share, value),
                Line::Fader(Fader::Width, value) => add(Target::Width, Dimension::Factor, value),
                Line::Send(send, place) => {
                    if strip.sends.iter().any(|other| other.bus == send.bus) {
                        add(Target::Send(send.bus), Dimension::Factor, send.level);
                    } else {
                        self.said.push(
                            Diagnostic::error(
                                "no-such-send",
                                place,
                                format!("`{}` has no send to `{}` that a section could move", strip.name, send.bus),
                            )
                            .help(format!("mix {} {{ send {} -60dB }} at the top makes one", strip.name, send.bus)),
                        );
                    }
                }
                Line::Insert(line) => {
                    let count = counts.entry(line.info.name).or_default();
                    let found = strip.inserts.iter().enumerate().filter(|(_, insert)| match &line.label {
                        Some(label) => insert.label.as_ref() == Some(label),
                        None => insert.info.name == line.info.name,
                    });
                    let at = found.map(|(at, _)| at).nth(*count);
                    *count += 1;
                    match at {
                        Some(at) => {
                            for (index, value) in line.given {
                                add(Target::Insert(at, index), line.info.parameters[index].dimension, value);
                            }
                        }
                        None => self.said.push(
                            Diagnostic::error(
                                "no-such-insert",
                                line.place,
                                format!("`{}` has no `{}` that a section could move", strip.name, line.info.name),
                            )
                            .help("a section moves inserts that the strip has at the top of the file"),
                        ),
                    }
                }
            }
        }
    }

    /// `swing 54%`, `swing 60% 1/8`
    pub(super) fn swing(&mut self, told: &Told<'a>) -> Option<Swing> {
        let share = told.argument(0).or_else(|| {
            self.said
                .push(Diagnostic::error("argument-missing", told.place, "`swing` wants a share").help("swing 54%"));
            None
        })?;
        let share = self.setting(share, Dimension::Share, "swing")?;
        let grid = match told.argument(1).map(|expr| (quantity(expr), expr.place)) {
            None => Time::new(1, 4),
            Some((Some(note), _)) if note.exact > Time::ZERO && note.exact <= Time::ONE => note.exact * Time::int(4),
            Some((_, place)) => {
                self.said.push(
                    Diagnostic::error("wrong-argument", place, "swing moves notes of this length")
                        .help("swing 60% 1/8"),
                );
                return None;
            }
        };
        Some(Swing { share, grid })
    }

    /// `meter 7/8`
    pub(super) fn meter(&mut self, told: &Told<'a>) -> Option<Meter> {
        let expr = told.argument(0);
        let place = expr.map_or(told.place, |expr| expr.place);
        let (count, unit) = match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Ratio(a, b)) => (a.exact, b.exact),
            Some(ExprKind::Binary(crate::lang::syntax::Operator::Div, a, b)) => {
                (quantity(a)?.exact, quantity(b)?.exact)
            }
            Some(ExprKind::Number(number)) => (number.exact, Time::int(4)),
            Some(_) => {
                self.said.push(super::plain::fixed_slot(place, "meter", "write it as a fraction: meter 7/8"));
                return None;
            }
            None => (Time::ZERO, Time::ZERO),
        };
        let whole = count.is_int() && unit.is_int() && count >= Time::ONE && count <= Time::int(64);
        if !whole || ![1, 2, 4, 8, 16, 32].contains(&unit.num()) {
            self.said.push(
                Diagnostic::error("wrong-meter", place, "a meter is a number of notes over their kind")
                    .help("meter 4/4, meter 7/8"),
            );
            return None;
        }
        Some(Meter { count: count.num() as u32, unit: unit.num() as u32 })
    }
}
