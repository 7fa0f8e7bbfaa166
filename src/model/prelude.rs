//! The built-in synths: talea texts in `src/sounds`, which users can read and copy.
//!
//! Invariant: each text is read by the same code as a user's, once, and leaves nothing to say; a test holds it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::collect::told;
use super::plain::Pace;
use super::synth::{self, Around, text};
use crate::base::diagnostic::Diagnostic;
use crate::base::graph::Graph;
use crate::base::source::{FileId, Source};

/// The texts by family.
const TEXTS: &[(&str, &str)] = &[
    ("basses", include_str!("../sounds/basses.talea")),
    ("leads", include_str!("../sounds/leads.talea")),
    ("pads", include_str!("../sounds/pads.talea")),
    ("plucks", include_str!("../sounds/plucks.talea")),
    ("keys", include_str!("../sounds/keys.talea")),
    ("bells", include_str!("../sounds/bells.talea")),
    ("strings", include_str!("../sounds/strings.talea")),
    ("brass", include_str!("../sounds/brass.talea")),
    ("motion", include_str!("../sounds/motion.talea")),
    ("drums", include_str!("../sounds/drums.talea")),
];

/// A built-in synth.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name, which `s` takes.
    pub name: String,
    /// Where it belongs: basses, leads, pads and so on.
    pub family: &'static str,
    /// What it aims at, in words.
    pub doc: String,
    /// The whole `synth … { … }`, to be copied.
    pub text: String,
    /// What it does.
    pub graph: Arc<Graph>,
}

/// Every built-in synth, in the order of their texts.
pub fn all() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| read().0)
}

/// The built-in synth of a name.
pub fn find(name: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.name == name)
}

/// The presets of the texts, and what is to be said of them.
fn read() -> (Vec<Preset>, Vec<Diagnostic>) {
    let effects = HashMap::new();
    // Beats are as long as the tempo says at the onset, whatever this is.
    let pace = Pace { cycle: 2.0, quarters: 4.0 };
    let around = Around { effects: &effects, outside: &|_| false, pace, folder: Path::new("") };
    let (mut presets, mut said) = (Vec::new(), Vec::new());
    for (family, whole) in TEXTS {
        let source = Source::new(FileId(0), format!("{family}.talea"), *whole);
        let (file, problems) = crate::lang::parse(&source);
        said.extend(problems);
        let mut doc = String::new();
        for item in &file.items {
            let above = comment(&whole[..item.place.start as usize]);
            if !above.is_empty() {
                doc = above;
            }
            let Some(told) = told(item) else { continue };
            let Some(text) = text::read(&told, pace, &mut said) else { continue };
            let Some(graph) = synth::graph(&text, &around, &mut said) else { continue };
            presets.push(Preset {
                name: text.name.text.clone(),
                family,
                doc: doc.clone(),
                text: source.at(item.place).to_owned(),
                graph: Arc::new(graph),
            });
        }
    }
    (presets, said)
}

/// The comment that ends right before.
fn comment(before: &str) -> String {
    let lines: Vec<&str> = before.lines().rev().map_while(|line| line.strip_prefix("//")).collect();
    lines.iter().rev().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::functions;

    #[test]
    fn every_built_in_synth_is_without_fault_and_says_what_it_aims_at() {
        let (presets, said) = read();
        assert!(said.is_empty(), "{said:#?}");
        assert!(presets.len() >= 37);
        let names: HashSet<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
        assert_eq!(names.len(), presets.len(), "two presets have one name");
        for name in ["bass", "pad", "lead", "key", "bell", "string", "noise"] {
            assert!(names.contains(name), "{name}");
        }
        for drum in ["bd", "sd", "cp", "hh", "oh", "rim", "lt", "mt", "ht", "rd", "cr", "cb", "sh"] {
            assert!(names.contains(format!("synth{drum}").as_str()), "{drum}");
        }
        for preset in &presets {
            assert!(preset.doc.len() > 10 && !preset.graph.parameters.is_empty(), "{}", preset.name);
            for parameter in &preset.graph.parameters {
                let method = functions::find(&parameter.name);
                assert!(method.is_none(), "`{}` of {} is a function of patterns", parameter.name, preset.name);
            }
        }
    }
}
