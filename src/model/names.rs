//! What names mean in a piece: tracks and definitions as values, functions, the controls that buses and instruments add.
//!
//! Invariant: a name is evaluated once in an environment, with dice of its own; a circle is said once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::build::{Builder, Environment};
use super::collect::{Definition, TrackItem};
use super::expression::Evaluator;
use super::hand::Hand;
use super::piece::{Instrument, Mapping, Midi};
use super::prelude;
use super::scope::{ControlName, Defined, Scope};
use super::setting::Setting;
use super::synth::text;
use crate::base::control::{self, Dimension};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::lang::syntax::{Expr, ExprKind};
use crate::pattern::{Name, Pattern};

/// The names of one environment.
pub(super) struct Names<'a> {
    definitions: Rc<HashMap<&'a str, Definition<'a>>>,
    /// What a section gives anew.
    anew: HashMap<String, &'a Expr>,
    section: String,
    /// The tracks by name: their dice and what they play.
    tracks: Rc<HashMap<String, (String, &'a Expr, Place)>>,
    broken: Rc<Vec<String>>,
    controls: Rc<HashMap<String, ControlName>>,
    seed: u64,
    beats: Time,
    cps: Time,
    key: Option<Pattern>,
    in_section: bool,
    known: RefCell<HashMap<String, Option<Pattern>>>,
    stack: RefCell<Vec<(String, Place)>>,
    said: RefCell<Vec<Diagnostic>>,
    hands: RefCell<Vec<(Arc<str>, Hand)>>,
    /// The calls that all texts of the piece may still make.
    calls: Rc<Cell<u32>>,
}

impl<'a> Names<'a> {
    /// The pattern of a name, evaluated in its own right; `None` where it has an error.
    fn value(&self, name: &str, place: Place, expr: &'a Expr, path: &[&str]) -> Option<Pattern> {
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone();
        }
        let circle = {
            let stack = self.stack.borrow();
            stack.iter().position(|(other, _)| other == name).map(|at| stack[at..].to_vec())
        };
        if let Some(circle) = circle {
            self.say_circle(&circle);
            return None;
        }
        self.stack.borrow_mut().push((name.to_owned(), place));
        let mut evaluator = Evaluator::new(self, self.seed, path);
        let pattern = evaluator.pattern(expr);
        self.said.borrow_mut().extend(evaluator.take_diagnostics());
        self.hands.borrow_mut().extend(evaluator.take_hands());
        self.stack.borrow_mut().pop();
        // A member of a circle may have been settled by the circle's own error.
        let pattern = if self.known.borrow().get(name) == Some(&None) { None } else { pattern };
        self.known.borrow_mut().insert(name.to_owned(), pattern.clone());
        pattern
    }

    fn say_circle(&self, circle: &[(String, Place)]) {
        let needs: Vec<String> = (0..circle.len())
            .map(|at| format!("{} needs {}", circle[at].0, circle[(at + 1) % circle.len()].0))
            .collect();
        let first = circle.iter().map(|(_, place)| *place).min().unwrap_or_default();
        let mut error =
            Diagnostic::error("circle", first, format!("this goes round in a circle: {}", needs.join(", ")))
                .help("give one of them a value of its own");
        for (name, place) in circle.iter().filter(|(_, place)| *place != first) {
            error = error.also(*place, format!("`{name}` is here"));
        }
        self.said.borrow_mut().push(error);
        for (name, _) in circle {
            self.known.borrow_mut().insert(name.clone(), None);
        }
    }
}

impl Scope for Names<'_> {
    fn define(&self, name: &str) -> Option<Defined<'_>> {
        let settle = |pattern: Option<Pattern>| Some(pattern.map_or(Defined::Broken, Defined::Pattern));
        if let Some(expr) = self.anew.get(name) {
            if !Evaluator::is_pattern(expr) {
                return Some(Defined::Expression(expr));
            }
            return settle(self.value(name, expr.place, expr, &[&self.section, name]));
        }
        if let Some(definition) = self.definitions.get(name) {
            if let Some(parameters) = definition.parameters {
                return Some(Defined::Function { parameters, body: definition.body });
            }
            if !Evaluator::is_pattern(definition.body) || is_function(definition.body) {
                return Some(Defined::Expression(definition.body));
            }
            return settle(self.value(name, definition.place, definition.body, &[name]));
        }
        if let Some((dice, expr, place)) = self.tracks.get(name) {
            return settle(self.value(name, *place, expr, &[dice]));
        }
        self.broken.iter().any(|broken| broken == name).then_some(Defined::Broken)
    }

    fn is_value(&self, name: &str) -> bool {
        let value = |expr: &Expr| Evaluator::is_pattern(expr) && !is_function(expr);
        match (self.anew.get(name), self.definitions.get(name)) {
            (Some(expr), _) => value(expr),
            (None, Some(definition)) => definition.parameters.is_none() && value(definition.body),
            (None, None) => self.tracks.contains_key(name),
        }
    }

    fn call(&self) -> bool {
        let left = self.calls.get().checked_sub(1);
        self.calls.set(left.unwrap_or(0));
        left.is_some()
    }

    fn control(&self, name: &str) -> Option<ControlName> {
        self.controls.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.definitions.keys().map(|name| (*name).to_owned()).collect();
        names.extend(self.tracks.keys().cloned());
        names.extend(self.controls.keys().cloned());
        names.sort();
        names
    }

    fn beats(&self) -> Time {
        self.beats
    }

    fn cps(&self) -> Time {
        self.cps
    }

    fn key(&self) -> Option<Pattern> {
        self.key.clone()
    }

    fn in_section(&self) -> bool {
        self.in_section
    }
}

/// A definition such as `up = add(note(12))` is a function, though it looks like any call.
fn is_function(expr: &Expr) -> bool {
    let named = |word: &str| super::functions::find(word).is_some_and(|function| function.method);
    match &expr.kind {
        ExprKind::Call(name, arguments) => super::functions::find(&name.text).is_some_and(|f| {
            let closed = !f.variadic() || f.family == "arithmetic";
            f.method && arguments.len() <= f.parameters.len() && closed
        }),
        ExprKind::Name(name) => named(name),
        ExprKind::Paren(inner) => is_function(inner),
        _ => false,
    }
}

impl<'a> Builder<'a> {
    /// The controls that buses, MIDI instruments and synths add to events.
    pub(super) fn added_controls(&mut self, midis: &[Midi], synths: &[Instrument]) -> HashMap<String, ControlName> {
        let mut out = HashMap::new();
        let mut add = |name: &str, dimension| {
            let names = vec![Name::Shared(Arc::from(name))];
            out.entry(name.to_owned()).or_insert(ControlName { names, dimension, plays: true });
        };
        let named = self.collected.of("bus").filter_map(|told| match &told.argument(0)?.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        });
        let kept = self.broken_names.iter().filter_map(|name| name.strip_prefix("bus "));
        for name in named.chain(kept) {
            // A built-in control of a bus's name (`room`, `delay`) is that bus's already.
            if control::find(name).is_none() {
                add(name, Dimension::Factor);
            }
        }
        for midi in midis {
            for (label, mapping) in &midi.mappings {
                if !matches!(mapping, Mapping::Note(_)) {
                    add(label, Dimension::Midi);
                }
            }
        }
        for told in self.collected.of("synth") {
            for parameter in text::parameters_of(told, self.pace) {
                add(&parameter.name, parameter.dimension);
            }
        }
        for parameter in synths.iter().filter_map(|synth| synth.graph.as_ref()).flat_map(|graph| &graph.parameters) {
            add(&parameter.name, parameter.dimension);
        }
        for parameter in prelude::all().iter().flat_map(|preset| &preset.graph.parameters) {
            // `cutoff` is the chain's word already, and the sequencer finds the synth's own by it.
            if control::find(&parameter.name).is_none() {
                add(&parameter.name, parameter.dimension);
            }
        }
        out
    }

    /// The names of an environment.
    pub(super) fn names(&self, environment: &Environment<'a>) -> Names<'a> {
        Names {
            definitions: Rc::clone(&self.definitions),
            anew: environment.definitions.clone(),
            section: environment.section.clone(),
            tracks: Rc::clone(&self.track_names),
            broken: Rc::clone(&self.broken_names),
            controls: Rc::clone(&self.controls),
            seed: self.settings.seed,
            beats: self.settings.meter.quarters(),
            cps: self.cycles_a_second(),
            key: environment.key.clone().or_else(|| self.settings.key.clone()),
            in_section: environment.in_section,
            known: RefCell::default(),
            stack: RefCell::default(),
            said: RefCell::default(),
            hands: RefCell::default(),
            calls: Rc::clone(&self.calls),
        }
    }

    /// The tempo at the top, exactly where it is a number of few digits.
    fn cycles_a_second(&self) -> Time {
        let tempo = match self.settings.tempo {
            Setting::Plain(tempo) => Time::from_f64(tempo),
            Setting::Pattern(_) => Time::int(120),
        };
        tempo / (self.settings.meter.quarters() * Time::int(60))
    }

    /// The pattern of a track of the top level, checked so that it can play; `None` where it has an error, which is
    /// said.
    pub(super) fn top_track(&mut self, names: &Names<'a>, item: &TrackItem<'a>) -> Option<Pattern> {
        let pattern = names.value(&item.name, item.place, item.expr, &[&item.dice]);
        self.take_said(names, None);
        let pattern = self.playable(&pattern?, item.expr.place)?;
        self.through_all(names, pattern, &[&item.dice])
    }

    /// The same for a line that a section gives anew: there a track's own name means the top's.
    pub(super) fn section_track_pattern(
        &mut self,
        names: &Names<'a>,
        expr: &'a Expr,
        path: &[&str],
    ) -> Option<Pattern> {
        let mut evaluator = Evaluator::new(names, self.settings.seed, path);
        let pattern = evaluator.pattern(expr);
        self.take_said(names, Some(evaluator));
        let pattern = self.playable(&pattern?, expr.place)?;
        self.through_all(names, pattern, path)
    }

    /// A track through what is meant of all, `all(x => x.lpf(900))`.
    fn through_all(&mut self, names: &Names<'a>, pattern: Pattern, path: &[&str]) -> Option<Pattern> {
        let path: Vec<&str> = path.iter().copied().chain(["all"]).collect();
        let all = Arc::clone(&self.all);
        all.iter().try_fold(pattern, |pattern, expr| self.through(names, expr, pattern, &path))
    }

    /// A pattern through a function; an expression that is no function takes its place.
    pub(super) fn through(
        &mut self,
        names: &Names<'a>,
        expr: &'a Expr,
        pattern: Pattern,
        path: &[&str],
    ) -> Option<Pattern> {
        let mut evaluator = Evaluator::new(names, self.settings.seed, path);
        let pattern = evaluator.through(expr, pattern);
        self.take_said(names, Some(evaluator));
        self.playable(&pattern?, expr.place)
    }

    /// A pattern that can play as a track.
    fn playable(&mut self, pattern: &Pattern, place: Place) -> Option<Pattern> {
        let mut problems = self.sounds.check(pattern);
        let onsets = self.trial(pattern, place).map_err(|problem| problems.push(problem)).ok();
        let onsets = onsets.filter(|_| !problems.iter().any(Diagnostic::is_error));
        self.said.extend(problems);
        onsets.map(|onsets| {
            // What repeats is written out once, so that playing it is a look-up.
            let written = self.known.written(pattern, &mut self.written_out);
            self.known.found_good(written.hash(), onsets);
            written
        })
    }

    /// A pattern that is no track: a fader's, a tempo's.
    pub(super) fn signal(&mut self, expr: &Expr, slot: &str) -> Option<Pattern> {
        self.signal_of("", expr, slot)
    }

    /// The same of a strip: a knob that stands in its line belongs to this line alone.
    pub(super) fn signal_of(&mut self, strip: &str, expr: &Expr, slot: &str) -> Option<Pattern> {
        let environment = Environment { in_section: self.in_section, ..Environment::default() };
        let names = self.names(&environment);
        let path: &[&str] = if strip.is_empty() { &[slot] } else { &[strip, slot] };
        let mut evaluator = Evaluator::new(&names, self.settings.seed, path);
        if !strip.is_empty() {
            let own = format!("{strip}.{}", slot.trim_start_matches("mix "));
            let taken = |name: &str| self.hands.iter().any(|(known, _)| **known == *name);
            let (mut name, mut count) = (own.clone(), 1);
            while taken(&name) {
                count += 1;
                name = format!("{own}.{count}");
            }
            evaluator.own(name);
        }
        let pattern = evaluator.pattern(expr);
        let (said, hands) = (evaluator.take_diagnostics(), evaluator.take_hands());
        self.said.extend(said);
        self.hands.extend(hands);
        self.take_said(&names, None);
        pattern
    }

    /// Takes what evaluating names, and perhaps an expression, had to say, and the hands that it found.
    fn take_said(&mut self, names: &Names<'_>, evaluator: Option<Evaluator<'_>>) {
        if let Some(mut evaluator) = evaluator {
            self.said.extend(evaluator.take_diagnostics());
            self.hands.extend(evaluator.take_hands());
        }
        self.said.extend(names.said.take());
        self.hands.extend(names.hands.take());
    }

    /// Evaluates every definition once, so that what is wrong in it is said even where nothing uses it.
    pub(super) fn check_definitions(&mut self) {
        let environment = Environment { in_section: true, ..Environment::default() };
        let names = self.names(&environment);
        let mut sorted: Vec<_> = self.definitions.iter().map(|(name, definition)| (*name, definition.order)).collect();
        sorted.sort_by_key(|(_, order)| *order);
        for (name, _) in sorted {
            let _ = names.define(name);
        }
        self.take_said(&names, None);
    }
}
