//! What is said of names and chains: unknown words with what was meant, controls set twice, rests that take notes.
//!
//! Invariant: a remark never changes what plays.

use super::controls;
use super::expression::Evaluator;
use super::functions;
use super::thing::Locals;
use crate::base::control::{self, Dimension};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::insert;
use crate::base::source::Place;
use crate::base::time::{Span, Time};
use crate::base::unit;
use crate::base::units::Unit;
use crate::lang;
use crate::lang::syntax::{Argument, Expr, ExprKind, Mini, MiniKind, Name};
use crate::pattern::arithmetic::Op;
use crate::pattern::harmony::{note, numeral, scale};
use crate::pattern::{Align, Context, Func, Pattern, Simple, Value};

/// After so much was said of one line, unknown names get no suggestion.
const MOST_SUGGESTIONS: usize = 20;

impl<'a> Evaluator<'a> {
    /// A control that stands twice in one chain: the last one holds.
    pub(super) fn twice(&mut self, links: &[(Place, &'a Name, Option<&'a [Argument]>)]) {
        for (i, (_, name, arguments)) in links.iter().enumerate() {
            let Some(control) = arguments.and_then(|_| controls::find(self.scope, &name.text)) else {
                continue;
            };
            let again = links[i + 1..].iter().find(|(_, later, arguments)| {
                arguments.is_some()
                    && controls::find(self.scope, &later.text).is_some_and(|later| later.names[0] == control.names[0])
            });
            if let Some((_, later, _)) = again {
                let message = format!("`{}` is set again further on, which overrides this one", name.text);
                self.said.push(
                    Diagnostic::warning("control-twice", name.place, message)
                        .also(later.place, "this one holds")
                        .help(format!("take one of them out, or multiply: mul({}(…))", later.text)),
                );
            }
        }
    }

    /// Roman numerals among chords, as the chords that they are in the key (c major without one).
    pub(super) fn numerals(&self, value: &Pattern) -> Pattern {
        let mut any = false;
        value.visit_values(&mut |value, _| any |= value.as_word().is_some_and(numeral::is_numeral));
        if !any {
            return value.clone();
        }
        let key = self.scope.key().unwrap_or_else(|| Pattern::pure("c:major"));
        let Some(constant) = key.constant() else {
            let keys = key.map(Func::Plain(Simple::ToScale));
            return value.combine(Op::Numeral, Align::In, &keys);
        };
        match scale::numbered(&Value::word(&constant.to_string())) {
            Value::List(pair) => {
                let number = |at: usize| pair.get(at).and_then(Value::number).unwrap_or(0.0) as i64;
                value.map(Func::Numeral(number(0), number(1)))
            }
            _ => value.clone(),
        }
    }

    /// Rests in the values of a control take notes away, which is rarely meant.
    pub(super) fn rests(&mut self, name: &'a Name, arguments: &'a [Argument]) {
        fn rest(mini: &Mini) -> Option<Place> {
            match &mini.kind {
                MiniKind::Rest if mini.place.start < mini.place.end => Some(mini.place),
                MiniKind::Sequence(steps) => steps.iter().find_map(|step| rest(&step.mini)),
                MiniKind::Alternate(parts) => parts.iter().flatten().find_map(|step| rest(&step.mini)),
                _ => None,
            }
        }
        for argument in arguments {
            if let ExprKind::Mini(mini) = &argument.value.kind
                && let Some(place) = rest(mini)
            {
                let message = format!("a rest in `{}` takes the notes there away", name.text);
                self.said.push(
                    Diagnostic::warning("rest-in-control", place, message)
                        .help("write a value here, or the rest where the notes are"),
                );
            }
        }
    }

    /// `ccv(sine)`: Strudel counts controllers from 0 to 1, and here 1 is next to nothing.
    pub(super) fn shares_for_midi(&mut self, pattern: &Pattern, name: &str, place: Place) {
        if !matches!(name, "ccv" | "miditouch") {
            return;
        }
        let mut context = Context::default();
        let mut most: f64 = 0.0;
        for look in 0..64 {
            let at = Time::new(look, 16);
            for hap in pattern.query(Span::new(at, at), &mut context) {
                // A quantity says its own measure, `50%`.
                let number = if matches!(hap.value, Value::Quantity(..)) { Some(127.0) } else { hap.value.number() };
                most = most.max(number.unwrap_or(0.0));
            }
        }
        if most > 0.0 && most <= 1.0 {
            let message = format!("`{name}` goes from 0 to 127 here, and these values reach {most:.2}");
            self.said.push(Diagnostic::warning("out-of-range", place, message).help(".range(0, 127), or 50%"));
        }
    }

    /// `gain("0,5")`: in a string a comma plays both at once, and 0.5 was meant.
    pub(super) fn comma_in_string(&mut self, value: &Expr, dimension: Dimension, name: &str) {
        use Dimension::{Duration, Factor, Share, Span};
        let ExprKind::Mini(mini) = &value.kind else { return };
        let MiniKind::Stack(parts) = &mini.kind else { return };
        let whole = |mini: &Mini| {
            let mut inner = mini;
            while let MiniKind::Sequence(steps) = &inner.kind {
                let [step] = &steps[..] else { return None };
                inner = &step.mini;
            }
            match &inner.kind {
                MiniKind::Number(number) if number.exact.is_int() && number.unit.is_none() => {
                    Some((number.value, inner.place))
                }
                _ => None,
            }
        };
        let [left, right] = &parts[..] else { return };
        let (Some((left, before)), Some((right, after))) = (whole(left), whole(right)) else { return };
        let touching = before.end + 1 == after.start;
        // `pan("0,1")` is one on each side.
        if touching && right > 1.0 && matches!(dimension, Factor | Share | Duration | Span) {
            let place = before.to(after);
            let message = format!("in a string `{left},{right}` is {left} and {right} at once for `{name}`");
            let help = format!("a fraction has a point: {left}.{right}");
            self.said.push(Diagnostic::warning("decimal-comma", place, message).help(help));
        }
    }

    /// `off("<1/8 1/4>", f)`: in a string `/` slows a step down, and the number stays 1.
    pub(super) fn slowed_times(&mut self, value: &Expr) {
        fn slowed(mini: &Mini) -> Option<(&Mini, f64, f64)> {
            match &mini.kind {
                MiniKind::Slow(over, under) => match (&over.kind, &under.kind) {
                    (MiniKind::Number(a), MiniKind::Number(b)) => Some((mini, a.value, b.value)),
                    _ => None,
                },
                MiniKind::Sequence(steps) => steps.iter().find_map(|step| slowed(&step.mini)),
                MiniKind::Alternate(parts) => parts.iter().flatten().find_map(|step| slowed(&step.mini)),
                _ => None,
            }
        }
        if let ExprKind::Mini(mini) = &value.kind
            && let Some((mini, over, under)) = slowed(mini)
        {
            let message = format!("in a string `{over}/{under}` is the number {over}, slowed by {under}");
            self.said.push(
                Diagnostic::warning("slowed-time", mini.place, message).help(format!("the fraction is {over}%{under}")),
            );
        }
    }

    pub(super) fn meant_as_insert(&self, name: &Name, arguments: &[Argument]) -> Option<Diagnostic> {
        let band = |argument: &Argument| {
            matches!(&argument.value.kind, ExprKind::Call(band, _)
                if matches!(band.text.as_str(), "lowcut" | "highcut" | "low" | "high" | "bell" | "notch" | "tilt"))
        };
        let known = functions::find(&name.text).is_some() || controls::find(self.scope, &name.text).is_some();
        let strip = insert::find(&name.text).is_some() && (!known || arguments.iter().any(band));
        strip.then(|| {
            let owner = if self.owner().is_empty() { "track" } else { self.owner() };
            let strip = format!("mix {owner} {{ {}(…) }}", name.text);
            let help = match control::meant(&name.text) {
                Some(control) => format!("{strip}, or for each note .{}(…)", control.name),
                None => strip,
            };
            Diagnostic::error("insert-as-function", name.place, format!("`{}` is an insert of a strip", name.text))
                .help(help)
        })
    }

    pub(super) fn unknown(&self, word: &str, place: Place, called: bool, locals: &Locals<'a>) -> Diagnostic {
        let (code, what) = if called { ("unknown-function", "function") } else { ("unknown-name", "name") };
        if let Some(unit) = unit::find(word) {
            let message = format!("`{word}` makes sound in a `synth`, and this is a pattern");
            return Diagnostic::error("unit-outside-synth", place, message)
                .help(format!("synth x {{ {} }}, then s(\"x\")", unit.example.replace('\n', "; ")));
        }
        // A line with so many unknown names is no piece: suggestions would cost more than they help.
        if self.said.len() >= MOST_SUGGESTIONS {
            return Diagnostic::error(code, place, format!("unknown {what} `{word}`"));
        }
        if let Some(control) = control::meant(word).filter(|_| called) {
            let message = format!("unknown {what} `{word}`, did you mean `{}`?", control.name);
            return Diagnostic::error(code, place, message).help(format!(".{}(…): {}", control.name, control.doc));
        }
        if let Some(unit) = Unit::SPELLINGS.iter().find(|(name, _)| called && name.eq_ignore_ascii_case(word)) {
            return Diagnostic::error("unit-apart", place, "a unit touches its number, without a dot")
                .help(format!("as in 400{}", unit.0));
        }
        if let Some(function) = functions::meant(word) {
            return Diagnostic::error(
                code,
                place,
                format!("unknown {what} `{word}`, did you mean `{}`?", function.name),
            )
            .help(function.example);
        }
        if let Some(said) = lang::elsewhere::word(word, place).or_else(|| lang::elsewhere::method(word, place)) {
            return said;
        }
        let mut own = self.scope.names();
        let mut at = locals.as_deref();
        while let Some(local) = at {
            own.push(local.name.to_string());
            at = local.outer.as_deref();
        }
        if let Some(function) = self.in_words.filter(|_| !called) {
            return match nearest(word, own.iter().map(String::as_str)) {
                Some(near) => Diagnostic::error(code, place, format!("unknown name `{word}`, did you mean `{near}`?"))
                    .help(format!("or, as a word of a pattern: {function}(\"{word}\")")),
                None => Diagnostic::error("quotes-missing", place, format!("the word `{word}` wants quotes"))
                    .label("without quotes it is the name of something, and nothing has this name")
                    .help(format!("{function}(\"{word}\")")),
            };
        }
        let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
        for function in functions::table() {
            all.push(function.name);
            all.extend(function.aliases.iter().map(|alias| alias as &str));
        }
        for name in controls::names() {
            all.push(name);
        }
        match nearest(word, all) {
            Some(near) => {
                Diagnostic::error(code, place, format!("unknown {what} `{word}`, did you mean `{near}`?")).help(near)
            }
            None if !called && note::number(word).is_some() => {
                Diagnostic::error("quotes-missing", place, format!("the note `{word}` wants quotes"))
                    .help(format!("\"{word}\""))
            }
            None => {
                let help = if called {
                    "`talea help` lists all functions and controls".to_owned()
                } else {
                    format!("a name is defined by {word} = …, and a sound is s(\"{word}\")")
                };
                Diagnostic::error(code, place, format!("unknown {what} `{word}`")).help(help)
            }
        }
    }
}
