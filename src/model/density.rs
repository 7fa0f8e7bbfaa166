//! How dense music may be: events in a cycle of a track, and events a second of all tracks together.
//!
//! Invariant: what passes here can be planned and played far faster than it sounds; what does not is said with its
//! count, and stays out.

use super::build::Builder;
use super::piece::{Section, Track};
use super::setting::{FASTEST, Setting};
use super::window::Layered;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::{Span, Time};
use crate::pattern::{Context, Hap, Pattern, Value};

/// No track may have more onsets in a cycle.
pub const MOST_ONSETS: usize = 10_000;
/// No piece may have more onsets a second. An event costs some 4 µs to plan and to begin: this is a sixth of a core.
pub const MOST_A_SECOND: usize = 40_000;
/// What a cycle of the trial may cost: forty steps for each onset. The haps of so many steps stay far under 500 MB.
const TRIAL_FUEL: u64 = 40 * MOST_ONSETS as u64;
/// How many cycles of a track are tried before it may play.
const TRIAL: i64 = 4;
/// How often in a cycle a tempo that moves is looked at.
const LOOKS: i64 = 16;

/// How many notes a hap begins: a bare chord is laid out by the instrument, in about so many.
fn notes(hap: &Hap) -> usize {
    let bare = |controls: &crate::pattern::Controls| controls.get("chord").is_some() && controls.get("note").is_none();
    if hap.value.controls().is_some_and(bare) { 5 } else { 1 }
}

impl Builder<'_> {
    /// Four cycles under a fuel: what is too dense, bare or a mere signal cannot be a track. How many notes begin in the
    /// densest of them, else what is wrong.
    pub(super) fn trial(&mut self, pattern: &Pattern, place: Place) -> Result<usize, Diagnostic> {
        let hash = pattern.hash();
        if let Some(onsets) = self.known.onsets(hash) {
            return Ok(onsets);
        }
        let mut context = Context::default();
        context.section = Some(Span::new(Time::ZERO, Time::int(TRIAL)));
        let mut haps = Vec::new();
        let mut most = 0;
        for cycle in 0..TRIAL {
            haps.clear();
            context.refuel(TRIAL_FUEL);
            pattern.query_into(Span::cycle(cycle), &mut context, &mut haps);
            let onsets: usize = haps.iter().filter(|hap| hap.has_onset()).map(notes).sum();
            if onsets > MOST_ONSETS || context.exhausted() {
                let count = if onsets > MOST_ONSETS {
                    format!("{onsets} events")
                } else {
                    "more events than can be counted".to_owned()
                };
                let message = format!("too dense: {count} in cycle {cycle}; {MOST_ONSETS} can be played");
                return Err(Diagnostic::error("too-dense", place, message).help("make the factors smaller"));
            }
            most = most.max(onsets);
            if let Some(hap) = haps.first() {
                let bare = !matches!(hap.value, Value::Map(_));
                if hap.whole.is_none() && haps.iter().all(|hap| hap.whole.is_none()) {
                    let error = Diagnostic::error("no-onsets", place, "this is a signal: nothing in it begins a note");
                    return Err(error.help(if bare {
                        "n(… .segment(8)).scale(\"c:minor\")"
                    } else {
                        "add .segment(8)"
                    }));
                }
                if bare {
                    let shown = hap.value.to_string();
                    let help = if hap.value.number().is_some() {
                        "n(…) or note(…) makes pitches of numbers"
                    } else {
                        "s(…) makes sounds of words, note(…) pitches"
                    };
                    let message = format!("`{shown}` alone plays nothing");
                    return Err(Diagnostic::error("bare-values", place, message).help(help));
                }
            }
        }
        self.known.found_good(hash, most);
        Ok(most)
    }

    /// Takes out of each section what would bring it over [`MOST_A_SECOND`], in the order of the tracks.
    pub(super) fn within_a_second(&mut self, tracks: &mut [Track], sections: &mut [Section]) {
        for section in sections {
            let cycle = shortest_cycle(section);
            let mut sum = 0.0;
            for (name, layers) in &mut section.tracks {
                let patterns = layers.overlays.iter().map(|(_, pattern)| pattern).chain([&layers.base]);
                let onsets = patterns.flatten().filter_map(|pattern| self.known.onsets(pattern.hash())).max();
                let here = onsets.unwrap_or(0) as f64 / cycle;
                if sum + here <= MOST_A_SECOND as f64 {
                    sum += here;
                    continue;
                }
                *layers = Layered::plain(None);
                if section.name.is_empty()
                    && let Some(track) = tracks.iter_mut().find(|track| track.name == *name)
                {
                    track.pattern = None;
                }
                let diagnostic = self.too_many_a_second(name, &section.name, (sum, here), cycle);
                self.said.extend(diagnostic);
            }
        }
    }

    fn too_many_a_second(
        &self,
        track: &str,
        section: &str,
        (before, here): (f64, f64),
        cycle: f64,
    ) -> Option<Diagnostic> {
        let place = self.collected.tracks.iter().find(|item| *item.name == *track)?.expr.place;
        let within = if section.is_empty() { String::new() } else { format!(" in section `{section}`") };
        let count = if before >= 1.0 {
            format!("{here:.0} events a second{within} beside {before:.0} of other tracks")
        } else {
            format!("{here:.0} events a second{within}")
        };
        let message = format!("too dense: {count}; {MOST_A_SECOND} can be played");
        let help = if cycle < 0.5 {
            format!("a bar lasts {:.1} ms here: make the tempo slower, or the factors smaller", cycle * 1000.0)
        } else {
            "make the factors smaller".to_owned()
        };
        Some(Diagnostic::error("too-dense", place, message).help(help))
    }
}

/// The seconds of a section's shortest cycle, as far as its tempo is known before it plays.
fn shortest_cycle(section: &Section) -> f64 {
    let tempi = section.tempo.overlays.iter().map(|(_, tempo)| tempo).chain([&section.tempo.base]);
    let fastest = tempi.map(fastest).fold(1.0, f64::max);
    section.meter.quarters().to_f64() * 60.0 / fastest
}

/// The highest value of a tempo in the cycles of the trial.
fn fastest(tempo: &Setting) -> f64 {
    let pattern = match tempo {
        Setting::Plain(tempo) => return *tempo,
        Setting::Pattern(pattern) => pattern,
    };
    let mut context = Context::default();
    context.section = Some(Span::new(Time::ZERO, Time::int(TRIAL)));
    let mut most = 0.0;
    for look in 0..TRIAL * LOOKS {
        let at = Time::new(look, LOOKS);
        context.refuel(TRIAL_FUEL);
        for hap in pattern.query(Span::new(at, at), &mut context) {
            most = f64::max(most, number(&hap.value).unwrap_or(0.0));
        }
    }
    most.min(FASTEST)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Quantity(number, _) => Some(number.to_f64()),
        value => value.number(),
    }
}
