//! The synths and effects of a piece: each by its name, with its last good version where its text has an error.
//!
//! Invariant: a name that the text gives is known, even where it has no graph yet.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::build::Builder;
use super::collect::Told;
use super::piece::Instrument;
use super::synth::text::{self, Text};
use super::synth::{self, Around};
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::Graph;
use crate::base::source::Source;
use crate::base::{insert, unit};
use crate::lang::syntax::File;

impl<'a> Builder<'a> {
    /// Every synth of the text, then every effect.
    pub(super) fn graphs(&mut self, files: &'a [(Source, File)]) -> [Vec<Instrument>; 2] {
        let effects = self.texts("effect");
        let by_name: HashMap<String, Text<'a>> =
            effects.iter().map(|text| (text.name.text.clone(), text.clone())).collect();
        let synths = self.texts("synth");
        for text in &effects {
            let name = text.name.text.as_str();
            let what = if unit::find(name).is_some() {
                "unit"
            } else if insert::find(name).is_some() {
                "insert"
            } else {
                continue;
            };
            self.said.push(
                Diagnostic::hint("shadows-built-in", text.name.place, format!("there is a built-in {what} `{name}`"))
                    .label("this effect takes its place in this piece"),
            );
        }
        let previous = self.previous;
        let last = |name: &str| {
            let known = |list: &'a [Instrument]| list.iter().find(|one| *one.name == *name);
            previous.map(|piece| (known(&piece.synths), known(&piece.effects)))
        };
        let mut said = Vec::new();
        let definitions = &self.definitions;
        let tracks = &self.track_names;
        let outside = |name: &str| definitions.contains_key(name) || tracks.contains_key(name);
        let mut make = |texts: &[Text<'_>], effect: bool| -> Vec<Instrument> {
            let made = texts.iter().map(|text| {
                let source = files.iter().find(|(source, _)| source.id == text.name.place.file);
                let folder = source.and_then(|(source, _)| source.path.parent()).unwrap_or(Path::new(""));
                let around = Around { effects: &by_name, outside: &outside, pace: self.pace, folder };
                let graph = synth::graph(text, &around, &mut said).map(Arc::new);
                let kept = || -> Option<Arc<Graph>> {
                    let (synth, was_effect) = last(&text.name.text)?;
                    if effect { was_effect } else { synth }?.graph.clone()
                };
                Instrument { name: text.name.text.as_str().into(), graph: graph.or_else(kept) }
            });
            made.collect()
        };
        let mut synths = make(&synths, false);
        let mut effects = make(&effects, true);
        self.said.append(&mut said);
        // Texts that could not even be read are what they were.
        for (list, word) in [(&mut synths, "synth"), (&mut effects, "effect")] {
            let before =
                self.previous.map_or(&[][..], |piece| if word == "synth" { &piece.synths } else { &piece.effects });
            for one in before {
                let broken = self.collected.broken.contains_key(&format!("{word} {}", one.name));
                if broken && !list.iter().any(|known| known.name == one.name) {
                    list.push(one.clone());
                }
            }
        }
        [synths, effects]
    }

    fn texts(&mut self, word: &'static str) -> Vec<Text<'a>> {
        let told: Vec<Told<'a>> = self.collected.of(word).cloned().collect();
        let mut out: Vec<Text<'a>> = Vec::new();
        for told in told {
            let Some(text) = text::read(&told, self.pace, &mut self.said) else {
                let _ = self.name_argument(&told);
                continue;
            };
            if let Some(first) = out.iter().find(|other| other.name.text == text.name.text) {
                self.said.push(
                    Diagnostic::error(
                        "name-twice",
                        text.name.place,
                        format!("there is a {word} `{}` already", text.name.text),
                    )
                    .also(first.name.place, "the first one")
                    .help(format!("call this one `{}2`", text.name.text)),
                );
                continue;
            }
            out.push(text);
        }
        out
    }
}
