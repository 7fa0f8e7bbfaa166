//! `song`: the order of the sections, written out.
//!
//! Invariant: a song names only sections that exist, and has at most ten thousand entries.

use super::build::Builder;
use super::piece::Section;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::lang::syntax::{Expr, ExprKind, Mini, MiniKind, Step};

/// No song is longer, written out.
const LONGEST: usize = 10_000;

/// A song being written out.
struct Writing<'s> {
    sections: &'s [Section],
    /// Sections whose text has an error, which has been said.
    broken: Vec<String>,
    /// How often each alternation has been passed, by its place.
    rounds: Vec<(Place, usize)>,
    out: Vec<usize>,
    /// Whether a broken section was named, so that the order is not whole.
    unsure: bool,
    said: Vec<Diagnostic>,
}

impl Builder<'_> {
    pub(super) fn song(&mut self, sections: &[Section]) -> Option<(Vec<usize>, bool)> {
        let Some(told) = self.collected.of("song").last().cloned() else {
            return if self.is_broken("song ") { self.last_song(sections) } else { None };
        };
        let repeats = match told.argument(1).map(|expr| (&expr.kind, expr.place)) {
            None => false,
            Some((ExprKind::Name(word), _)) if word == "loop" => true,
            Some((_, place)) => {
                self.said.push(
                    Diagnostic::error("surplus-argument", place, "after the string only `loop` may stand")
                        .help("song \"intro verse\" loop"),
                );
                false
            }
        };
        let Some(Expr { kind: ExprKind::Mini(mini), place }) = told.argument(0) else {
            let place = told.argument(0).map_or(told.place, |expr| expr.place);
            self.said.push(
                Diagnostic::error("song-string", place, "a song is a string of section names")
                    .help("song \"intro [verse drop]*2 out\""),
            );
            return self.last_song(sections);
        };
        let broken = self.broken_sections(sections);
        let mut writing =
            Writing { sections, broken, unsure: false, rounds: Vec::new(), out: Vec::new(), said: Vec::new() };
        writing.mini(mini, 0);
        if writing.out.len() >= LONGEST {
            writing.said.push(Diagnostic::error(
                "too-long",
                *place,
                format!("this song has more than {LONGEST} sections"),
            ));
        }
        let failed = writing.unsure || !writing.said.is_empty();
        writing.said.dedup();
        self.said.append(&mut writing.said);
        if failed {
            return self.last_song(sections);
        }
        Some((writing.out, repeats))
    }

    /// The sections of the text that are not among those that can play: their errors have been said.
    fn broken_sections(&self, sections: &[Section]) -> Vec<String> {
        let unread = self.collected.broken.keys().filter_map(|name| name.strip_prefix("section "));
        let named = self.collected.of("section").filter_map(|told| match &told.argument(0)?.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        });
        let missing = |name: &&str| !sections.iter().any(|section| *section.name == **name);
        unread.chain(named).filter(missing).map(str::to_owned).collect()
    }

    /// The song of the last good version, by the names of its sections.
    fn last_song(&self, sections: &[Section]) -> Option<(Vec<usize>, bool)> {
        let last = self.previous?;
        let (order, repeats) = last.song.as_ref()?;
        let find = |at: &usize| sections.iter().position(|section| section.name == last.sections[*at].name);
        let order: Option<Vec<usize>> = order.iter().map(find).collect();
        Some((order?, *repeats))
    }
}

impl Writing<'_> {
    fn steps(&mut self, steps: &[Step], depth: usize) {
        for step in steps {
            for _ in 0..step.repeats {
                self.mini(&step.mini, depth + 1);
            }
        }
    }

    fn mini(&mut self, mini: &Mini, depth: usize) {
        if self.out.len() >= LONGEST || depth > 200 {
            return;
        }
        match &mini.kind {
            MiniKind::Rest => {}
            MiniKind::Word(name) => match self.sections.iter().position(|section| *section.name == **name) {
                Some(at) => self.out.push(at),
                None if self.broken.iter().any(|broken| **broken == **name) => self.unsure = true,
                None => self.unknown(name, mini.place),
            },
            MiniKind::Sequence(steps) => self.steps(steps, depth),
            MiniKind::Fast(inner, count) => {
                let MiniKind::Number(number) = &unwrapped(count).kind else { return self.wrong(count.place) };
                for _ in 0..number.exact.cycle().clamp(0, LONGEST as i64) {
                    self.mini(inner, depth + 1);
                }
            }
            MiniKind::Alternate(parts) => {
                let at = if let Some(at) = self.rounds.iter().position(|(place, _)| *place == mini.place) {
                    at
                } else {
                    self.rounds.push((mini.place, 0));
                    self.rounds.len() - 1
                };
                let round = self.rounds[at].1;
                self.rounds[at].1 += 1;
                let flat: Vec<&Step> = parts
                    .iter()
                    .take(1)
                    .flatten()
                    .flat_map(|step| std::iter::repeat_n(step, step.repeats as usize))
                    .collect();
                if let Some(step) = flat.get(round % flat.len().max(1)) {
                    self.mini(&step.mini, depth + 1);
                }
            }
            _ => self.wrong(mini.place),
        }
    }

    fn unknown(&mut self, name: &str, place: Place) {
        let names: Vec<&str> =
            self.sections.iter().map(|section| &*section.name).filter(|name| !name.is_empty()).collect();
        let error = Diagnostic::error("unknown-section", place, format!("no section is called `{name}`"));
        self.said.push(match nearest(name, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => error.help(format!("write one: section {name} 8 {{ all }}")),
            None => error.help(format!("there is {}", names.join(", "))),
        });
    }

    fn wrong(&mut self, place: Place) {
        self.said.push(
            Diagnostic::error("song-string", place, "a song knows sequences, [ ], < >, * and !")
                .help("song \"intro [verse drop]*2 <end fade>\""),
        );
    }
}

fn unwrapped(mini: &Mini) -> &Mini {
    match &mini.kind {
        MiniKind::Sequence(steps) if steps.len() == 1 => unwrapped(&steps[0].mini),
        _ => mini,
    }
}
