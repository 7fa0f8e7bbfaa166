//! Sections: overlays of the file. What each track plays in them, and the values they give anew.
//!
//! Invariant: a named line beats `all`, the innermost overlay wins, `like` copies and the section's own lines win.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::{Builder, Environment};
use super::collect::Told;
use super::draft::{Draft, Layer, Playing};
use super::insert_line::InsertLine;
use super::mixer::{Fader, Line};
use super::names::Names;
use super::piece::{Override, Section, Strip, Target, Track};
use super::plain::fixed_slot;
use super::setting::Setting;
use super::window::{Layered, Window};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::time::Time;
use crate::lang::syntax::Expr;
use crate::pattern::Pattern;

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
            key: Layered::plain(self.settings.key.clone()),
            swing: Layered::plain(self.settings.swing.clone()),
            transpose: Layered::plain(Setting::Plain(0.0)),
            fade: self.top_fade(),
            fill: Time::ZERO,
        }
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
            fade: Time::ZERO,
            ..whole.clone()
        };
        let base = &layers[0];
        for told in &base.settings {
            self.section_setting(told, &mut section, &[]);
        }
        let key = section.key.base.clone();
        let mut environment = Environment { section: dice.to_owned(), key, in_section: true, ..Environment::default() };
        for (name, expr) in &base.definitions {
            self.redefine(name, expr, &mut environment);
        }
        let changed = !base.definitions.is_empty() || section.key != whole.key;
        let names = self.names(&environment);
        let mut playing: HashMap<&str, Playing<'a>> = HashMap::new();
        for (name, line) in &base.tracks {
            playing.insert(name, *line);
        }
        for track in tracks {
            let Some(line) = playing.get(&*track.name) else { continue };
            let lines = (*line, Playing::Plays);
            let pattern = self.section_pattern(lines, track, (dice, &names), changed, &draft.name, &[]);
            section.tracks.push((Arc::clone(&track.name), Layered::plain(pattern)));
        }
        for layer in &layers[1..] {
            self.overlay_layer(layer, &environment, &playing, tracks, &draft.name, &mut section);
        }
        self.in_section = true;
        for layer in layers {
            for told in &layer.mixes {
                self.section_mix(told, strips, &layer.windows, &mut section);
            }
        }
        self.in_section = false;
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
        let names = self.names(&environment);
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
            // What all play otherwise is meant of those that play.
            let under = playing.get(&*track.name).copied();
            if matches!(line, Playing::Through(_)) && under.is_none() {
                continue;
            }
            let lines = (*line, under.unwrap_or(Playing::Plays));
            let pattern = self.section_pattern(lines, track, (&outer.section, &names), changed, name, &layer.windows);
            let at = section.tracks.iter().position(|(name, _)| *name == track.name).unwrap_or_else(|| {
                section.tracks.push((Arc::clone(&track.name), Layered::plain(None)));
                section.tracks.len() - 1
            });
            section.tracks[at].1.overlays.push((layer.windows.clone(), pattern));
        }
    }

    /// What a track plays by its line; the second line is what plays beneath it.
    fn section_pattern(
        &mut self,
        (line, under): (Playing<'a>, Playing<'a>),
        track: &Track,
        (dice, names): (&str, &Names<'a>),
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
                    .and_then(|item| self.section_track_pattern(names, item.expr, &[&item.dice]))
                    .or_else(|| track.pattern.clone())
            }
            Playing::Through(expr) => {
                let beneath = if matches!(under, Playing::Through(_)) { Playing::Plays } else { under };
                let inner =
                    self.section_pattern((beneath, Playing::Plays), track, (dice, names), changed, section, windows)?;
                self.through(names, expr, inner, &[dice, &track.name])
            }
            Playing::Given(expr) => self.section_track_pattern(names, expr, &[dice, &track.name]).or_else(|| {
                let last = self.previous?.section(section)?;
                let (_, layered) = last.tracks.iter().find(|(name, _)| *name == track.name)?;
                if windows.is_empty() {
                    return layered.base.clone();
                }
                layered.overlays.iter().find(|(other, _)| *other == windows)?.1.clone()
            }),
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
                self.in_section = true;
                let tempo = self.tempo(told);
                self.in_section = false;
                if let Some(tempo) = tempo {
                    section.tempo.lay(windows, tempo);
                }
            }
            "key" => {
                if let Some(key) = self.key(told) {
                    section.key.lay(windows, Some(key));
                }
            }
            "swing" => {
                if let Some(swing) = self.swing(told) {
                    section.swing.lay(windows, Some(swing));
                }
            }
            "transpose" => {
                let place = told.place;
                let Some(by) = told.argument(0) else {
                    let error = Diagnostic::error("missing-argument", place, "`transpose` wants semitones");
                    self.said.push(error.help("transpose 2"));
                    return;
                };
                self.in_section = true;
                let by = self.setting(by, Dimension::Interval, "transpose");
                self.in_section = false;
                if let Some(by) = by {
                    section.transpose.lay(windows, by);
                }
                self.too_many(told, 1);
            }
            word if !windows.is_empty() => self.said.push(
                Diagnostic::error(
                    "section-line",
                    told.name.place,
                    format!("`{word}` holds for a whole section, not for some of its bars"),
                )
                .help("write it at the top of the section, or make a section of these bars"),
            ),
            "meter" => section.meter = self.meter(told).unwrap_or(section.meter),
            word => {
                if let Some(bars) = self.bars(told, section.meter) {
                    *(if word == "fade" { &mut section.fade } else { &mut section.fill }) = bars;
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
        self.strip = strip.name.to_string();
        let lines = told.block.map(|block| self.strip_lines(block, Some(strip))).unwrap_or_default();
        self.strip.clear();
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
                        Some(at) => self.section_insert(line, at, strip, &mut add),
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

    /// Values of an insert given anew: of its bands, each the one of its kind and count that the strip has.
    fn section_insert(
        &mut self,
        line: InsertLine,
        at: usize,
        strip: &Strip,
        add: &mut impl FnMut(Target, Dimension, Setting),
    ) {
        let insert = &strip.inserts[at];
        let mut found: Vec<Option<usize>> = Vec::new();
        for (index, (band, place)) in line.bands.iter().enumerate() {
            let count = line.bands[..index].iter().filter(|(other, _)| other.name == band.name).count();
            let mut same = insert.bands.iter().enumerate().filter(|(_, other)| other.name == band.name);
            let here = same.nth(count).map(|(at, _)| at);
            if here.is_none() {
                self.said.push(
                    Diagnostic::error(
                        "no-such-band",
                        *place,
                        format!("this `{}` has no `{}` that a section could move", insert.info.name, band.name),
                    )
                    .help(format!("write {}() into it at the top of the file", band.name)),
                );
            }
            found.push(here);
        }
        if let Some((_, word)) = line.words.first() {
            self.said.push(fixed_slot(line.place, word, "it names something, and holds in every section"));
            return;
        }
        let infos: Vec<_> = insert.infos().collect();
        for (band, parameter, value) in line.given {
            let band = match band {
                None => None,
                Some(band) => match found[band] {
                    Some(band) => Some(band),
                    None => continue,
                },
            };
            let index = insert.index(band, parameter);
            if infos[index].fixed {
                self.said.push(fixed_slot(line.place, infos[index].name, "it holds in every section"));
                continue;
            }
            add(Target::Insert(at, index), infos[index].dimension, value);
        }
    }
}
