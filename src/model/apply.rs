//! Arguments to parameters, and functions to patterns.
//!
//! Invariant: arguments are read once, in the order of the text; a missing or surplus one is said once.

use std::rc::Rc;

use super::call::Call;
use super::expression::{Evaluator, Want, is_local, with_local};
use super::functions::{Build, Function, Kind, Parameter};
use super::thing::{Closure, Given, Locals, Slots, Thing};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::lang::syntax::{Argument, Expr, ExprKind, Name, ParameterSyntax};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Pattern};

const fn wanted(kind: Kind) -> Want {
    match kind {
        Kind::Function | Kind::Functions => Want::Function,
        Kind::Choices => Want::Any,
        _ => Want::Pattern,
    }
}

fn counted(count: usize) -> String {
    match count {
        0 => "no argument".to_string(),
        1 => "one argument".to_string(),
        2 => "two arguments".to_string(),
        3 => "three arguments".to_string(),
        count => format!("{count} arguments"),
    }
}

impl<'a> Evaluator<'a> {
    /// The arguments of a call by parameter, and the pattern where it came last; `None` where one is wrong.
    pub(super) fn bind(
        &mut self,
        function: &'static Function,
        arguments: &'a [Argument],
        place: Place,
        subject: Option<&Pattern>,
        locals: &Locals<'a>,
    ) -> Option<(Slots<'a>, Option<Given<'a>>)> {
        let parameters = function.parameters;
        if function.name == "grid" {
            return self.grid(arguments, locals).map(|slots| (slots, None));
        }
        // `pick("<0 1>", [a, b])` is `pick([a, b], "<0 1>")`, as people write both.
        let listed = |argument: &Argument| matches!(argument.value.kind, ExprKind::List(_) | ExprKind::Map(_));
        if let ([selector, choices], "picking", None) = (arguments, function.family, subject)
            && parameters.len() == 1
            && listed(choices)
            && !listed(selector)
        {
            let choices = self.given(&choices.value, Want::Any, locals);
            let selector = self.given(&selector.value, Want::Pattern, locals);
            return Some((Slots { slots: vec![Some(choices)] }, Some(selector)));
        }
        if let Some(said) = self.out_of_order(function, arguments, locals) {
            self.said.push(said);
            return None;
        }
        let mut slots: Vec<Option<Given<'a>>> = vec![None; parameters.len()];
        let mut rest: Vec<Given<'a>> = Vec::new();
        let mut last = None;
        let mut good = true;
        for argument in arguments {
            let target = match &argument.name {
                Some(name) => {
                    if let Some(at) = parameters.iter().position(|parameter| parameter.name == name.text) {
                        Some(at)
                    } else {
                        let diagnostic = unknown_argument(function, name);
                        self.said.push(diagnostic);
                        good = false;
                        continue;
                    }
                }
                None => slots.iter().position(Option::is_none),
            };
            let variadic = function.variadic();
            match target {
                Some(at) if !(variadic && at + 1 == parameters.len()) => {
                    if parameters[at].kind == Kind::Time {
                        self.slowed_times(&argument.value);
                    }
                    let words = matches!(parameters[at].kind, Kind::Values | Kind::Text | Kind::Flags);
                    let before = std::mem::replace(&mut self.in_words, words.then_some(function.name));
                    let given = self.given(&argument.value, wanted(parameters[at].kind), locals);
                    self.in_words = before;
                    slots[at] = Some(given);
                }
                _ if variadic => {
                    let kind = parameters[parameters.len() - 1].kind;
                    let want = if kind == Kind::Functions { Want::Function } else { Want::Any };
                    rest.push(self.given(&argument.value, want, locals));
                }
                _ if function.method && subject.is_none() && last.is_none() => {
                    last = Some(self.given(&argument.value, Want::Pattern, locals));
                }
                _ => {
                    let count = parameters.len();
                    let message = format!("`{}` takes {}; this is one too many", function.name, counted(count));
                    let help = surplus_help(function, arguments);
                    self.said.push(Diagnostic::error("surplus-argument", argument.value.place, message).help(help));
                    return None;
                }
            }
        }
        if function.variadic() {
            let place = rest.first().map_or(place, |given| given.place);
            if let Some(slot) = slots.last_mut() {
                *slot = (!rest.is_empty()).then_some(Given { thing: Thing::List(rest), place });
            }
        }
        // A partial function may be called without its pattern, but never without its other arguments.
        let is_missing = |(at, parameter): &(usize, &Parameter)| {
            parameter.default.is_none()
                && slots[*at].is_none()
                && !matches!(parameter.kind, Kind::Patterns | Kind::Functions)
        };
        let missing: Vec<_> =
            parameters.iter().enumerate().filter(is_missing).map(|(_, parameter)| parameter).collect();
        if good && !missing.is_empty() {
            let early = arguments.first().filter(|argument| argument.name.is_none());
            if let Some(early) = early.filter(|early| {
                parameters[0].kind != Kind::Function && self.looks_like_a_function(&early.value, locals)
            }) {
                let message = format!("`{}` wants `{}` before the function", function.name, parameters[0].name);
                let error = Diagnostic::error("missing-argument", early.value.place, message);
                self.said.push(error.help(function.example));
                return None;
            }
            self.said.push(missing_arguments(function, &missing, slots.iter().any(Option::is_some), place));
            return None;
        }
        good.then_some((Slots { slots }, last))
    }

    /// `every(rev, 4)`: a function where a number belongs, and a number where the function belongs.
    fn out_of_order(
        &self,
        function: &'static Function,
        arguments: &'a [Argument],
        locals: &Locals<'a>,
    ) -> Option<Diagnostic> {
        let at = function.parameters.iter().position(|parameter| parameter.kind == Kind::Function)?;
        let is_function = |argument: &Argument| self.looks_like_a_function(&argument.value, locals);
        let is_plain = |argument: &Argument| {
            matches!(argument.value.kind, ExprKind::Number(_) | ExprKind::Ratio(..) | ExprKind::Mini(_))
        };
        let named = arguments.iter().any(|argument| argument.name.is_some());
        let first = arguments.iter().take(at).find(|argument| is_function(argument)).filter(|_| !named)?;
        if !is_plain(arguments.get(at)?) {
            return None;
        }
        let message = format!("the function comes last: {}", function.signature());
        Some(
            Diagnostic::error("argument-order", first.value.place, message)
                .label("this is a function")
                .also(arguments[at].value.place, "the function belongs here")
                .help(function.example),
        )
    }

    /// A lambda, or a function of the table without its pattern.
    fn looks_like_a_function(&self, expr: &Expr, locals: &Locals<'a>) -> bool {
        let of_table = |word: &str, count: usize| {
            !is_local(locals, word)
                && self.scope.define(word).is_none()
                && super::functions::find(word)
                    .is_some_and(|f| f.method && count <= f.parameters.len() && !f.variadic())
        };
        match &expr.kind {
            ExprKind::Lambda(..) => true,
            ExprKind::Name(word) => of_table(word, 0),
            ExprKind::Call(name, arguments) => of_table(&name.text, arguments.len()),
            ExprKind::Paren(inner) => self.looks_like_a_function(inner, locals),
            _ => false,
        }
    }

    fn given(&mut self, expr: &'a Expr, want: Want, locals: &Locals<'a>) -> Given<'a> {
        Given { thing: self.thing(expr, want, locals), place: expr.place }
    }

    /// The rows of a drum grid, each a name and its drawing.
    fn grid(&mut self, arguments: &'a [Argument], locals: &Locals<'a>) -> Option<Slots<'a>> {
        let mut rows = Vec::new();
        for argument in arguments {
            let Some(name) = &argument.name else {
                let message = "each row of a grid begins with its sound";
                self.said.push(
                    Diagnostic::error("unknown-argument", argument.value.place, message).help("grid(bd: 'X... x...')"),
                );
                return None;
            };
            let thing = self.thing(&argument.value, Want::Any, locals);
            let row = Thing::List(vec![
                Given { thing: Thing::Text(name.text.as_str().into()), place: name.place },
                Given { thing, place: argument.value.place },
            ]);
            rows.push(Given { thing: row, place: name.place.to(argument.value.place) });
        }
        let place = rows.first().map(|row| row.place).unwrap_or_default();
        Some(Slots { slots: vec![Some(Given { thing: Thing::List(rows), place })] })
    }

    /// A function of a first argument and a pattern: `fast` of 2 and x, `(n, x) => x.fast(n)`.
    pub(super) fn apply_with(
        &mut self,
        closure: &Closure<'a>,
        first: Given<'a>,
        pattern: Pattern,
        place: Place,
    ) -> Thing<'a> {
        match closure {
            Closure::Partial { function, slots, place } => {
                let mut slots = slots.clone();
                slots.slots.resize(function.parameters.len(), None);
                if let Some(slot) = slots.slots.iter_mut().find(|slot| slot.is_none()) {
                    *slot = Some(first);
                }
                let closure = Closure::Partial { function, slots, place: *place };
                self.apply(&closure, vec![Thing::Pattern(pattern)], *place)
            }
            other => self.apply(other, vec![first.thing, Thing::Pattern(pattern)], place),
        }
    }

    /// The pattern that a function of the table makes.
    pub(super) fn build(
        &mut self,
        function: &'static Function,
        slots: Slots<'a>,
        subject: Pattern,
        place: Place,
    ) -> Pattern {
        let wrong = slots.slots.iter().flatten().any(|given| matches!(given.thing, Thing::Wrong));
        if wrong {
            return Pattern::silence();
        }
        let mut call = Call { evaluator: self, function, slots, subject, place };
        match function.build {
            Build::Code(build) => build(&mut call),
            Build::Numbers(patterned, join, keep_steps) => {
                let numbers: Vec<_> = (0..function.parameters.len()).map(|at| call.pattern(at)).collect();
                Pattern::patterned(patterned, &numbers, &[call.subject()], join, keep_steps)
            }
            Build::Later => {
                let message = format!("`{}` is not built yet", function.name);
                self.said.push(Diagnostic::error("not-yet", place, message));
                Pattern::silence()
            }
        }
    }

    /// A function of things, the pattern first.
    pub(super) fn apply(&mut self, closure: &Closure<'a>, mut things: Vec<Thing<'a>>, place: Place) -> Thing<'a> {
        match closure {
            Closure::Lambda { parameters, body, locals } => {
                if things.len() < parameters.len() {
                    let message =
                        format!("this function takes {}, and gets {}", counted(parameters.len()), things.len());
                    return self.wrong(Diagnostic::error("wrong-kind", place, message));
                }
                if !self.enter_call("a lambda", place) {
                    return Thing::Wrong;
                }
                let mut inner = locals.clone();
                for (parameter, thing) in parameters.iter().zip(things) {
                    inner = Some(with_local(&inner, &parameter.text, thing));
                }
                let thing = self.thing(body, Want::Pattern, &inner);
                self.leave_call();
                thing
            }
            Closure::Partial { function, slots, place } => {
                let first = if things.is_empty() { Thing::Wrong } else { things.remove(0) };
                let subject = self.as_pattern(first, *place);
                let mut slots = slots.clone();
                slots.slots.resize(function.parameters.len(), None);
                let missing: Vec<_> = function
                    .parameters
                    .iter()
                    .enumerate()
                    .filter(|(at, p)| {
                        p.default.is_none()
                            && slots.slots[*at].is_none()
                            && !matches!(p.kind, Kind::Patterns | Kind::Functions)
                    })
                    .map(|(_, p)| p)
                    .collect();
                if !missing.is_empty() {
                    let any = slots.slots.iter().any(Option::is_some);
                    let diagnostic = missing_arguments(function, &missing, any, *place);
                    return self.wrong(diagnostic);
                }
                Thing::Pattern(self.build(function, slots, subject, *place))
            }
            Closure::Control { value, place, .. } => {
                let first = if things.is_empty() { Thing::Wrong } else { things.remove(0) };
                let subject = self.as_pattern(first, *place);
                Thing::Pattern(subject.combine(Op::Set, Align::In, value))
            }
            Closure::Operator { op, align, value } => {
                let first = if things.is_empty() { Thing::Wrong } else { things.remove(0) };
                let subject = self.as_pattern(first, place);
                Thing::Pattern(align.apply(*op, &subject, value))
            }
            Closure::User { name, parameters, body, slots } => {
                let mut slots = slots.clone();
                // The pattern comes last.
                let last = slots.len().saturating_sub(1);
                if let (Some(slot), false) = (slots.get_mut(last), things.is_empty())
                    && slot.is_none()
                {
                    *slot = Some(things.remove(0));
                }
                self.user_call(name, parameters, body, slots, place)
            }
            Closure::Bound(function, first) => {
                let all = first.iter().cloned().chain(things).collect();
                self.apply(function, all, place)
            }
            Closure::Then(first, name, arguments, locals) => {
                let base = self.apply(first, things, place);
                let base = self.as_pattern(base, place);
                self.method(base, name, *arguments, locals)
            }
        }
    }

    /// A call of a function that the piece defines, or of a parameter.
    pub(super) fn call_closure(
        &mut self,
        closure: &Closure<'a>,
        name: &'a Name,
        arguments: &'a [Argument],
        subject: Option<Pattern>,
        want: Want,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        let Closure::User { name: word, parameters, body, slots } = closure else {
            // `register('f', (a, x) => …)` and lambdas by name: the pattern comes last.
            let mut things: Vec<_> = Vec::new();
            for argument in arguments {
                things.push(self.thing(&argument.value, Want::Any, locals));
            }
            let waits = subject.is_none() && want != Want::Pattern;
            things.extend(subject.map(Thing::Pattern));
            if let (Closure::Lambda { parameters, .. }, true) = (closure, waits)
                && things.len() < parameters.len()
            {
                return Thing::Function(Closure::Bound(Rc::new(closure.clone()), things));
            }
            return self.apply(closure, things, name.place);
        };
        let mut slots = slots.clone();
        let open = if subject.is_some() { slots.len().saturating_sub(1) } else { slots.len() };
        let mut good = true;
        for argument in arguments {
            let at = match &argument.name {
                Some(label) => parameters.iter().position(|parameter| parameter.name.text == label.text),
                None => slots[..open].iter().position(Option::is_none),
            };
            if let Some(at) = at {
                slots[at] = Some(self.thing(&argument.value, Want::Any, locals));
            } else {
                let message = match &argument.name {
                    Some(label) => format!("`{word}` has no parameter `{}`", label.text),
                    None => format!("`{word}` takes {}; this is one too many", counted(open)),
                };
                let code = if argument.name.is_some() { "unknown-argument" } else { "surplus-argument" };
                self.said.push(Diagnostic::error(code, argument.value.place, message));
                good = false;
            }
        }
        if !good {
            return Thing::Wrong;
        }
        let waits = subject.is_none() && slots.last().is_some_and(Option::is_none);
        if let (Some(subject), Some(slot)) = (subject, slots.last_mut()) {
            *slot = Some(Thing::Pattern(subject));
        }
        let partial = want == Want::Function || want == Want::Any;
        if waits && partial && parameters.last().is_some_and(|parameter| parameter.default.is_none()) {
            return Thing::Function(Closure::User { name: word.clone(), parameters, body, slots });
        }
        self.user_call(word, parameters, body, slots, name.place)
    }

    fn user_call(
        &mut self,
        name: &Rc<str>,
        parameters: &'a [ParameterSyntax],
        body: &'a Expr,
        slots: Vec<Option<Thing<'a>>>,
        place: Place,
    ) -> Thing<'a> {
        if !self.enter_call(name, place) {
            return Thing::Wrong;
        }
        // Each call has dice of its own.
        let dice = self.dice.call(name);
        let before = std::mem::replace(&mut self.dice, dice);
        let mut locals = None;
        let mut missing = Vec::new();
        for (parameter, slot) in parameters.iter().zip(slots) {
            let thing = match (slot, &parameter.default) {
                (Some(thing), _) => thing,
                (None, Some(default)) => self.thing(default, Want::Any, &locals),
                (None, None) => {
                    missing.push(parameter.name.text.as_str());
                    Thing::Wrong
                }
            };
            locals = Some(with_local(&locals, &parameter.name.text, thing));
        }
        let thing = if missing.is_empty() {
            self.thing(body, Want::Pattern, &locals)
        } else {
            let message = format!("`{name}` wants `{}` as well", missing.join("` and `"));
            self.wrong(Diagnostic::error("missing-argument", place, message))
        };
        self.dice = before;
        self.leave_call();
        thing
    }
}

/// What was meant by more arguments than there are.
fn surplus_help(function: &Function, arguments: &[Argument]) -> String {
    let by = format!("{}By", function.name);
    if let Some(by) = super::functions::find(&by) {
        return by.example.to_string();
    }
    if function.family == "signals" && function.parameters.is_empty() {
        return match arguments.len() {
            1 => format!(
                "`{0}` is a slow signal: {0}.range(0, 1); a tone is note(\"c3\").s(\"sawtooth\")",
                function.name
            ),
            _ => format!("its ends are set by {}.range(0.5, 1)", function.name),
        };
    }
    function.example.to_string()
}

fn unknown_argument(function: &Function, name: &Name) -> Diagnostic {
    let names = function.parameters.iter().map(|parameter| parameter.name);
    let near = nearest(&name.text, names.clone());
    let mut message = format!("`{}` has no argument `{}`", function.name, name.text);
    if let Some(near) = near {
        message = format!("{message}, did you mean `{near}`?");
    }
    let all: Vec<_> = names.collect();
    let help = if all.is_empty() { function.example.to_string() } else { format!("its arguments: {}", all.join(", ")) };
    Diagnostic::error("unknown-argument", name.place, message).help(help)
}

fn missing_arguments(function: &Function, missing: &[&Parameter], any: bool, place: Place) -> Diagnostic {
    if function.name == "knob" {
        return Diagnostic::error("missing-argument", place, "a knob has a start, a low and a high end")
            .help("knob(2kHz, 200Hz, 8kHz)");
    }
    let what = |parameter: &&Parameter| match parameter.kind {
        Kind::Function => "a function".to_string(),
        Kind::Time => format!("a time (`{}`)", parameter.name),
        _ => format!("`{}`", parameter.name),
    };
    let list: Vec<_> = missing.iter().map(what).collect();
    let also = if any { " as well" } else { "" };
    Diagnostic::error("missing-argument", place, format!("`{}` wants {}{also}", function.name, list.join(" and ")))
        .help(function.example)
}
