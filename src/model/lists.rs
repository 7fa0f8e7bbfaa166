//! What a builder sees of arguments that are lists and maps: patterns, pairs, stretches, names, choices.
//!
//! Invariant: an item of the wrong kind is said where it stands, and the others count.

use std::sync::Arc;

use super::call::Call;
use super::thing::{Given, Thing};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::pattern::{Choice, Pattern, Value, choice_by_word};

impl<'a> Call<'_, 'a> {
    /// The items of a list argument (or the one thing that it is).
    pub(super) fn items(&mut self, at: usize) -> Vec<Given<'a>> {
        match self.slot(at) {
            Some(Given { thing: Thing::List(items), .. }) => items,
            Some(given) => vec![given],
            None => Vec::new(),
        }
    }

    /// Plain numbers of a list.
    pub fn list_of_numbers(&mut self, at: usize) -> Vec<Time> {
        let items = self.items(at);
        items
            .into_iter()
            .filter_map(|item| self.evaluator.as_pattern(item.thing, item.place).constant().and_then(Value::time))
            .collect()
    }

    /// The patterns of a variadic argument, or of the one list that it is.
    pub fn patterns(&mut self, at: usize) -> Vec<Pattern> {
        let mut items = self.items(at);
        if let ([Given { thing: Thing::List(_), .. }], "chooseWith" | "chooseInWith") = (&items[..], self.function.name)
            && let Some(Given { thing: Thing::List(inner), .. }) = items.pop()
        {
            items = inner;
        }
        items.into_iter().map(|item| self.evaluator.as_pattern(item.thing, item.place)).collect()
    }

    /// Whether the first of the patterns is a pair `[number, pattern]`.
    pub fn has_pairs(&mut self, at: usize) -> bool {
        matches!(self.items(at).first(), Some(Given { thing: Thing::List(_), .. }))
    }

    /// Pairs of a number and a pattern; where `behind`, the number comes second.
    pub fn pairs(&mut self, at: usize, behind: bool) -> Vec<(Time, Pattern)> {
        let mut pairs = Vec::new();
        for item in self.items(at) {
            let Thing::List(pair) = item.thing else {
                self.not_a_pair(item.place, behind);
                continue;
            };
            let [first, second] = &pair[..] else {
                self.not_a_pair(item.place, behind);
                continue;
            };
            let (number, pattern) = if behind { (second, first) } else { (first, second) };
            let number = self.evaluator.as_pattern(number.thing.clone(), number.place);
            let Some(number) = number.constant().and_then(Value::time) else {
                self.not_a_pair(item.place, behind);
                continue;
            };
            let pattern = self.evaluator.as_pattern(pattern.thing.clone(), pattern.place);
            pairs.push((number, pattern));
        }
        pairs
    }

    /// Triples `[begin, end, pattern]`; of `[end, pattern]` the begin is where the part before it ended.
    pub fn stretches(&mut self, at: usize) -> Vec<(Time, Time, Pattern)> {
        let mut parts = Vec::new();
        let mut before = Time::ZERO;
        for item in self.items(at) {
            let Thing::List(list) = item.thing else {
                self.not_a_stretch(item.place);
                continue;
            };
            let Some((pattern, numbers)) = list.split_last() else { continue };
            let numbers: Option<Vec<Time>> = numbers
                .iter()
                .map(|given| self.evaluator.as_pattern(given.thing.clone(), given.place).constant()?.time())
                .collect();
            let (begin, end) = match numbers.as_deref() {
                Some([begin, end]) => (*begin, *end),
                Some([end]) => (before, *end),
                _ => {
                    self.not_a_stretch(item.place);
                    continue;
                }
            };
            before = end;
            if begin.signum() >= 0 && begin < end {
                parts.push((begin, end, self.evaluator.as_pattern(pattern.thing.clone(), pattern.place)));
            }
        }
        parts
    }

    fn not_a_stretch(&mut self, place: Place) {
        let message = format!("`{}` takes parts here: [begin, end, pattern]", self.function.name);
        self.evaluator.said.push(Diagnostic::error("wrong-kind", place, message).help(self.function.example));
    }

    /// The patterns of a map by their names.
    pub fn named_patterns(&mut self, at: usize) -> Vec<(String, Pattern)> {
        let Some(Given { thing: Thing::Map(pairs), .. }) = self.slot(at) else {
            let place = self.place_of(at);
            let message = format!("`{}` takes a map of names and patterns", self.function.name);
            self.evaluator.said.push(Diagnostic::error("wrong-kind", place, message).help(self.function.example));
            return Vec::new();
        };
        let pattern = |(name, given): (String, Given<'a>)| (name, self.evaluator.as_pattern(given.thing, given.place));
        pairs.into_iter().map(pattern).collect()
    }

    /// A pattern through the function of a map that a name says.
    pub fn named_function(&mut self, at: usize, name: &str, pattern: Pattern) -> Pattern {
        let found = match self.slot(at) {
            Some(Given { thing: Thing::Map(pairs), .. }) => pairs.into_iter().find(|(known, _)| known == name),
            _ => None,
        };
        match found {
            Some((_, Given { thing: Thing::Function(closure), place })) => {
                let thing = self.evaluator.apply(&closure, vec![Thing::Pattern(pattern)], place);
                self.evaluator.as_pattern(thing, place)
            }
            Some((_, given)) => {
                self.not_a_function(given.place);
                pattern
            }
            None => {
                let message = format!("`{}` has no function called `{name}`", self.function.name);
                self.refuse("unknown-name", &message, "{name: fast(2)}");
                pattern
            }
        }
    }

    /// The items of a variadic argument, each a list of patterns or one alone.
    pub fn groups(&mut self, at: usize) -> Vec<Vec<Pattern>> {
        let items = self.items(at);
        let group = |item: Given<'a>| match item.thing {
            Thing::List(inner) => {
                inner.into_iter().map(|item| self.evaluator.as_pattern(item.thing, item.place)).collect()
            }
            thing => vec![self.evaluator.as_pattern(thing, item.place)],
        };
        items.into_iter().map(group).collect()
    }

    fn not_a_pair(&mut self, place: Place, behind: bool) {
        let pair = if behind { "[pattern, weight]" } else { "[number, pattern]" };
        let message = format!("`{}` takes pairs here: {pair}", self.function.name);
        self.evaluator.said.push(Diagnostic::error("wrong-kind", place, message).help(self.function.example));
    }

    /// A list or map as something to choose from.
    pub fn choices(&mut self, at: usize, wrap: bool) -> Choice {
        match self.slot(at).map(|given| given.thing) {
            Some(Thing::Map(pairs)) => {
                let pairs: Vec<_> = pairs
                    .into_iter()
                    .map(|(key, given)| (key, self.evaluator.as_pattern(given.thing, given.place)))
                    .collect();
                choice_by_word(pairs)
            }
            Some(Thing::List(items)) => {
                let items: Vec<_> =
                    items.into_iter().map(|item| self.evaluator.as_pattern(item.thing, item.place)).collect();
                Choice::Index(items.into(), wrap)
            }
            Some(Thing::Wrong) | None => Choice::Index(Arc::new([]), wrap),
            Some(_) => {
                let message = format!("`{}` takes a list or a map", self.function.name);
                let diagnostic =
                    Diagnostic::error("wrong-kind", self.place_of(at), message).help(self.function.example);
                self.evaluator.said.push(diagnostic);
                Choice::Index(Arc::new([]), wrap)
            }
        }
    }
}
