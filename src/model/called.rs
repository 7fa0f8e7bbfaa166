//! A word with brackets: a function of the piece, a function of the table, or a control with its values.
//!
//! Invariant: the piece's own names come first; what a word cannot be called is said once, and what stands in its brackets
//! is read all the same.

use std::rc::Rc;

use super::checks;
use super::controls;
use super::expression::{Evaluator, Want, find_local, wants_pattern};
use super::functions::{self, Function};
use super::scope::ControlName;
use super::thing::{Closure, Given, Locals, Thing};
use crate::base::control::{self, Dimension};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::lang::elsewhere;
use crate::lang::syntax::{Argument, Expr, ExprKind, Name};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Func, Pattern};

impl<'a> Evaluator<'a> {
    /// The arguments of what cannot be called, for what is wrong in themselves.
    pub(super) fn read_only(&mut self, arguments: Option<&'a [Argument]>, locals: &Locals<'a>) {
        for argument in arguments.unwrap_or_default() {
            self.thing(&argument.value, Want::Any, locals);
        }
    }

    /// `base.name(arguments)`
    pub(super) fn method(
        &mut self,
        base: Pattern,
        name: &'a Name,
        arguments: Option<&'a [Argument]>,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        self.call(name, arguments.unwrap_or_default(), Some(base), Want::Pattern, locals)
    }

    /// `name(arguments)`, with the pattern before the dot if there was one.
    pub(super) fn call(
        &mut self,
        name: &'a Name,
        arguments: &'a [Argument],
        subject: Option<Pattern>,
        want: Want,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        let word = name.text.as_str();
        self.in_words = None;
        // A track of this name is no function: `s: n("0").s("bass")` calls the control.
        let built_in = functions::find(word).is_some() || controls::find(self.scope, word).is_some();
        let own = find_local(locals, word)
            .or_else(|| if built_in && self.scope.is_value(word) { None } else { self.defined(word, Want::Any) });
        match own {
            Some(Thing::Function(closure)) => {
                return self.call_closure(&closure, name, arguments, subject, want, locals);
            }
            Some(Thing::Wrong) => {
                self.read_only(Some(arguments), locals);
                return Thing::Wrong;
            }
            Some(_) if !built_in => {
                let message = format!("`{word}` is a pattern, not a function");
                return self.wrong(Diagnostic::error("wrong-kind", name.place, message));
            }
            _ => {}
        }
        if let Some(insert) = self.meant_as_insert(name, arguments) {
            return self.wrong(insert);
        }
        // Some synths have a `tune`, which takes a number; a name is Strudel's.
        if word == "tune"
            && let [Argument { value: Expr { kind: ExprKind::Text(_), .. }, .. }] = arguments
            && let Some(said) = elsewhere::method(word, name.place)
        {
            return self.wrong(said);
        }
        // Strudel's `spread(.5)` is how far voices stand apart, Tidal's `spread(fast, [1, 2])` a function.
        if word == "spread"
            && let [Argument { name: None, value }] = arguments
            && is_amount(value)
            && let Some(control) = controls::find(self.scope, "unisonspread")
        {
            return self.call_control(control, name, arguments, subject, want, locals);
        }
        if let Some(function) = functions::find(word) {
            return self.call_function(function, name.place, arguments, subject, want, locals);
        }
        if let Some(control) = controls::find(self.scope, word) {
            return self.call_control(control, name, arguments, subject, want, locals);
        }
        let diagnostic = self.unknown(word, name.place, true, locals);
        self.said.push(diagnostic);
        self.read_only(Some(arguments), locals);
        Thing::Wrong
    }

    fn call_function(
        &mut self,
        function: &'static Function,
        place: Place,
        arguments: &'a [Argument],
        subject: Option<Pattern>,
        want: Want,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        let had_subject = subject.is_some();
        let Some((slots, last)) = self.bind(function, arguments, place, subject.as_ref(), locals) else {
            return Thing::Wrong;
        };
        let subject = match (subject, last) {
            (Some(subject), _) => Some(subject),
            (None, Some(last)) => Some(self.as_pattern(last.thing, last.place)),
            (None, None) => None,
        };
        match subject {
            Some(subject) if function.method => Thing::Pattern(self.build(function, slots, subject, place)),
            None if function.method => {
                let closure = Closure::Partial { function, slots, place };
                if want == Want::Pattern {
                    let diagnostic = wants_pattern(&closure, place);
                    return self.wrong(diagnostic);
                }
                Thing::Function(closure)
            }
            // `x.stack(y)`: the pattern is one of them.
            subject => {
                let mut slots = slots;
                if let (Some(subject), true, true) = (subject.clone(), had_subject, function.variadic()) {
                    let first = Given { thing: Thing::Pattern(subject), place };
                    match slots.slots.last_mut() {
                        Some(Some(Given { thing: Thing::List(items), .. })) => items.insert(0, first),
                        Some(slot) => *slot = Some(Given { thing: Thing::List(vec![first]), place }),
                        None => {}
                    }
                }
                Thing::Pattern(self.build(function, slots, subject.unwrap_or_else(Pattern::silence), place))
            }
        }
    }

    fn call_control(
        &mut self,
        control: ControlName,
        name: &'a Name,
        arguments: &'a [Argument],
        subject: Option<Pattern>,
        want: Want,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        if !control.plays {
            let message = format!("`{}` does not sound yet", name.text);
            let instead = fixed_name(&control).and_then(control::find).map_or("", |known| known.instead);
            let help = if instead.is_empty() { "the rest of the line plays" } else { instead };
            self.said.push(Diagnostic::warning("not-yet", name.place, message).help(help));
        }
        if let Some(named) = arguments.iter().find_map(|argument| argument.name.as_ref()) {
            let message = format!("`{}` has no argument `{}`", name.text, named.text);
            return self.wrong(Diagnostic::error("unknown-argument", named.place, message));
        }
        let mut values = Vec::new();
        let words = matches!(control.dimension, Dimension::Word | Dimension::Pitch);
        let before = std::mem::replace(&mut self.in_words, fixed_name(&control).filter(|_| words));
        for argument in arguments {
            let thing = self.thing(&argument.value, Want::Pattern, locals);
            if matches!(thing, Thing::Wrong) {
                self.in_words = before;
                return Thing::Wrong;
            }
            values.push(self.as_pattern(thing, argument.value.place));
            self.comma_in_string(&argument.value, control.dimension, &name.text);
        }
        self.in_words = before;
        let structure = matches!(control.names[0].as_str(), "s" | "note" | "n" | "chord");
        if subject.is_some() && !structure {
            self.rests(name, arguments);
        }
        let value = match (values.len(), &subject) {
            (0, Some(base)) if !base.is_made_of_controls() => {
                return Thing::Pattern(self.controlled(base, &control, &name.text));
            }
            // `n("0 2").scale("c:minor").note()`: they are notes already.
            (0, Some(base)) if structure => return Thing::Pattern(base.clone()),
            (0, _) => {
                let message = format!("`{}` wants its values", name.text);
                let help = format!("{}(…)", name.text);
                return self.wrong(Diagnostic::error("missing-argument", name.place, message).help(help));
            }
            (1, _) => values.remove(0),
            (2, _) if decimal_comma(arguments) => {
                let place = arguments[0].value.place.to(arguments[1].value.place);
                let message = format!("these are two values for `{}`, one after the other", name.text);
                self.said
                    .push(Diagnostic::warning("decimal-comma", place, message).help("a fraction has a point: 0.5"));
                Pattern::fastcat(values)
            }
            _ => Pattern::fastcat(values),
        };
        self.shares_for_midi(&value, &name.text, name.place);
        if matches!(control.names[0].as_str(), "stretch" | "pitchshift") {
            checks::written(&value, &name.text, name.place, &mut self.said);
        }
        let value = self.controlled(&value, &control, &name.text);
        match subject {
            Some(base) => Thing::Pattern(base.combine(Op::Set, Align::In, &value)),
            None if want == Want::Function => {
                Thing::Function(Closure::Control { control: Rc::new(control), value, place: name.place })
            }
            None => Thing::Pattern(value),
        }
    }

    /// Values as a control, judged and converted to its kind of quantity.
    pub(super) fn controlled(&mut self, value: &Pattern, control: &ControlName, word: &str) -> Pattern {
        let chords = control.names[0].as_str() == "chord";
        let value = if chords { &self.numerals(value) } else { value };
        if chords {
            checks::chords(value, &mut self.said);
        } else {
            let before = self.said.len();
            checks::values(value, control.dimension, word, &mut self.said);
            if self.said.len() == before
                && let Some(known) = fixed_name(control).and_then(control::find)
            {
                match known.name {
                    "color" => checks::colours(value, word, &mut self.said),
                    _ => checks::range(value, known, word, &mut self.said),
                }
            }
        }
        if value.is_made_of_controls() {
            return value.clone();
        }
        value.map(Func::Control(control.names.clone().into(), control.dimension))
    }
}

/// Whether an expression is a number, a string or a signal rather than a function.
fn is_amount(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Number(_) | ExprKind::Ratio(..) | ExprKind::Mini(_) | ExprKind::Negative(_) => true,
        ExprKind::Paren(inner) => is_amount(inner),
        ExprKind::Link(..) => true,
        ExprKind::Name(name) => functions::find(name).is_some_and(|function| !function.method),
        _ => false,
    }
}

/// `gain(0,5)`: two whole numbers that touch their comma.
fn decimal_comma(arguments: &[Argument]) -> bool {
    let whole = |argument: &Argument| matches!(&argument.value.kind, ExprKind::Number(n) if n.exact.is_int() && n.unit.is_none());
    arguments.iter().all(whole) && arguments[0].value.place.end + 1 == arguments[1].value.place.start
}

/// The name of a control of the table.
fn fixed_name(control: &ControlName) -> Option<&'static str> {
    match control.names.first()? {
        crate::pattern::Name::Fixed(name) => Some(name),
        crate::pattern::Name::Shared(_) => None,
    }
}
