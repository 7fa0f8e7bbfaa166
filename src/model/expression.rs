//! The evaluator: an expression of the text becomes a pattern.
//!
//! Invariant: one mistake is said once, where it stands; what follows from it is silent.

use std::rc::Rc;
use std::sync::Arc;

use super::checks;
use super::controls;
use super::functions::{self, Function};
use super::hand::Hand;
use super::mini::{self, Dice};
use super::scope::{ControlName, Defined, Scope};
use super::thing::{Closure, Given, Local, Locals, Slots, Thing};
use crate::base::control::Dimension;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::lang::syntax::{Argument, Expr, ExprKind, Name, Operator};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Func, Pattern, Value};

/// Calls of the piece's functions within each other, at most.
const CALLS: usize = 60;
/// Brackets and lambdas within each other, at most, over all calls.
const LEVELS: usize = 400;

/// What the place of an expression wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A pattern.
    Pattern,
    /// A function: `fast(2)`, `speed(-1)`, `rev`.
    Function,
    /// Whatever it is by itself.
    Any,
}

/// Reads expressions in a scope. One evaluator reads one item.
pub struct Evaluator<'a> {
    pub(super) scope: &'a dyn Scope,
    pub(super) said: Vec<Diagnostic>,
    pub(super) dice: Dice,
    /// The last name of the path, for hands.
    owner: String,
    pub(super) hands: Vec<(Arc<str>, Hand)>,
    pub(super) holes: u32,
    /// The control or function whose argument is being read, where that is made of words: `s(bd)` lacks its quotes.
    pub(super) in_words: Option<&'static str>,
    calls: usize,
    level: usize,
}

impl<'a> Evaluator<'a> {
    /// In a scope, with dice by the seed and the names that lead here: the section that gives the line anew, if one
    /// does, then the track or value.
    pub fn new(scope: &'a dyn Scope, seed: u64, path: &[&str]) -> Evaluator<'a> {
        Evaluator {
            scope,
            said: Vec::new(),
            dice: Dice::new(seed, path),
            owner: path.last().filter(|name| is_name(name)).map_or_else(String::new, |name| (*name).to_string()),
            hands: Vec::new(),
            holes: 0,
            in_words: None,
            calls: 0,
            level: 0,
        }
    }

    /// The pattern of an expression; `None` where it has an error, which `diagnostics` tells.
    pub fn pattern(&mut self, expr: &'a Expr) -> Option<Pattern> {
        let before = self.errors();
        let thing = self.thing(expr, Want::Pattern, &None);
        let pattern = self.as_pattern(thing, expr.place);
        if pattern.is_refused() && self.errors() == before {
            self.said.push(
                Diagnostic::error("too-large", expr.place, "this pattern is larger or deeper than what may play")
                    .help("at most 100,000 nodes and 500 levels, after expansion"),
            );
        }
        (self.errors() == before).then_some(pattern)
    }

    /// A pattern through the function that an expression is; where it is none, the expression itself. `None` where it
    /// has an error.
    pub fn through(&mut self, expr: &'a Expr, pattern: Pattern) -> Option<Pattern> {
        let before = self.errors();
        let thing = match self.thing(expr, Want::Function, &None) {
            Thing::Function(closure) => self.apply(&closure, vec![Thing::Pattern(pattern)], expr.place),
            thing => thing,
        };
        let pattern = self.as_pattern(thing, expr.place);
        (self.errors() == before).then_some(pattern)
    }

    /// Whether an expression is a function, a list or a text rather than a pattern, so that a definition of it is
    /// kept as it is written.
    pub fn is_pattern(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Lambda(..) | ExprKind::List(_) | ExprKind::Map(_) | ExprKind::Text(_) => false,
            ExprKind::Paren(inner) => Evaluator::is_pattern(inner),
            _ => true,
        }
    }

    /// What there is to say, in the order of the text as far as it was read.
    pub fn diagnostics(self) -> Vec<Diagnostic> {
        self.said
    }

    /// The same without giving the evaluator up; they are gone from it afterwards.
    pub fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.said)
    }

    /// The knobs, buttons and controllers that the expressions named; they are gone from it afterwards.
    pub fn take_hands(&mut self) -> Vec<(Arc<str>, Hand)> {
        std::mem::take(&mut self.hands)
    }

    fn errors(&self) -> usize {
        self.said.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn wrong(&mut self, diagnostic: Diagnostic) -> Thing<'a> {
        self.said.push(diagnostic);
        Thing::Wrong
    }

    /// A thing where a pattern is wanted.
    pub(super) fn as_pattern(&mut self, thing: Thing<'a>, place: Place) -> Pattern {
        match thing {
            Thing::Pattern(pattern) => pattern,
            Thing::Text(text) => Pattern::atom(Value::word(&text), place),
            Thing::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.as_pattern(item.thing, item.place)).collect();
                Pattern::fastcat(items)
            }
            Thing::Function(closure) => {
                self.said.push(wants_pattern(&closure, place));
                Pattern::silence()
            }
            Thing::Map(_) => {
                self.said.push(
                    Diagnostic::error("wrong-kind", place, "a map is no pattern").help("\"a b\".pick({a: …, b: …})"),
                );
                Pattern::silence()
            }
            Thing::Wrong => Pattern::silence(),
        }
    }

    pub(super) fn thing(&mut self, expr: &'a Expr, want: Want, locals: &Locals<'a>) -> Thing<'a> {
        if self.level >= LEVELS {
            return self.wrong(Diagnostic::error("too-deep", expr.place, "this is nested too deeply"));
        }
        self.level += 1;
        let thing = self.thing_within(expr, want, locals);
        self.level -= 1;
        thing
    }

    fn thing_within(&mut self, expr: &'a Expr, want: Want, locals: &Locals<'a>) -> Thing<'a> {
        match &expr.kind {
            ExprKind::Number(number) => Thing::Pattern(Pattern::atom(mini::number(number), expr.place)),
            ExprKind::Ratio(over, under) => {
                let ratio = over.exact.checked_div(under.exact).unwrap_or(Time::ZERO);
                Thing::Pattern(Pattern::atom(Value::Number(ratio), expr.place))
            }
            ExprKind::Text(text) => Thing::Text(text.as_str().into()),
            ExprKind::Mini(mini) => Thing::Pattern(mini::pattern(mini, &mut self.dice)),
            ExprKind::Name(name) => self.name(name, expr.place, want, locals),
            ExprKind::Call(name, arguments) => self.call(name, arguments, None, want, locals),
            ExprKind::Link(..) => {
                self.in_words = None;
                self.chain(expr, want, locals)
            }
            ExprKind::Lambda(parameters, body) => {
                Thing::Function(Closure::Lambda { parameters, body, locals: locals.clone() })
            }
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, locals),
            ExprKind::Negative(inner) => {
                let value = self.thing(inner, Want::Pattern, locals);
                let value = self.as_pattern(value, inner.place);
                Thing::Pattern(arithmetic(Op::Mul, &Pattern::atom(Value::int(-1), expr.place), &value))
            }
            ExprKind::Paren(inner) => self.thing(inner, want, locals),
            ExprKind::List(items) => Thing::List(
                items
                    .iter()
                    .map(|e| {
                        let want = if want == Want::Function { want } else { Want::Any };
                        Given { thing: self.thing(e, want, locals), place: e.place }
                    })
                    .collect(),
            ),
            ExprKind::Map(pairs) => Thing::Map(
                pairs
                    .iter()
                    .map(|(key, e)| {
                        let given = Given { thing: self.thing(e, Want::Any, locals), place: e.place };
                        (key.text.clone(), given)
                    })
                    .collect(),
            ),
        }
    }

    fn binary(&mut self, operator: Operator, left: &'a Expr, right: &'a Expr, locals: &Locals<'a>) -> Thing<'a> {
        let op = match operator {
            Operator::Add => Op::Add,
            Operator::Sub => Op::Sub,
            Operator::Mul => Op::Mul,
            Operator::Div => Op::Div,
            Operator::Mod => Op::Mod,
        };
        let mut side = |expr: &'a Expr| {
            let thing = self.thing(expr, Want::Pattern, locals);
            self.as_pattern(thing, expr.place)
        };
        let (divisor, left, right) = (right.place, side(left), side(right));
        let zero = right.constant().and_then(Value::number) == Some(0.0);
        if zero && matches!(op, Op::Div | Op::Mod) {
            let error = Diagnostic::error("division-by-zero", divisor, "nothing can be divided by 0");
            return self.wrong(error.help("take another number"));
        }
        Thing::Pattern(arithmetic(op, &left, &right))
    }

    fn name(&mut self, name: &'a str, place: Place, want: Want, locals: &Locals<'a>) -> Thing<'a> {
        if let Some(thing) = find_local(locals, name) {
            return thing;
        }
        if let Some(thing) = self.defined(name, want) {
            return thing;
        }
        if let Some(function) = functions::find(name) {
            let optional = function.needed() == 0 || function.variadic();
            if function.method && want != Want::Pattern || !optional && want == Want::Function {
                let slots = Slots { slots: vec![None; function.parameters.len()] };
                return Thing::Function(Closure::Partial { function, slots, place });
            }
            if function.method {
                return Thing::Function(Closure::Partial { function, slots: Slots::default(), place });
            }
            let name = self.bind(function, &[], place, None, locals);
            return match name {
                Some((slots, _)) => Thing::Pattern(self.build(function, slots, Pattern::silence(), place)),
                None => Thing::Wrong,
            };
        }
        if controls::find(self.scope, name).is_some() {
            let message = format!("`{name}` wants its values");
            return self.wrong(Diagnostic::error("missing-argument", place, message).help(format!("{name}(…)")));
        }
        let diagnostic = if want == Want::Function && name.len() == 1 {
            Diagnostic::error("unknown-name", place, format!("unknown name `{name}`"))
                .help(format!("a function says what it calls its pattern: {name} => {name}.fast(2)"))
        } else {
            self.unknown(name, place, false, locals)
        };
        self.wrong(diagnostic)
    }

    /// What the piece says of a name.
    fn defined(&mut self, name: &str, want: Want) -> Option<Thing<'a>> {
        let scope: &'a dyn Scope = self.scope;
        Some(match scope.define(name)? {
            Defined::Pattern(pattern) => Thing::Pattern(pattern),
            Defined::Broken => Thing::Wrong,
            Defined::Function { parameters, body } => {
                let slots = vec![None; parameters.len()];
                Thing::Function(Closure::User { name: name.into(), parameters, body, slots })
            }
            Defined::Expression(expr) => {
                // A value has its own dice, which all that use it share.
                let dice = self.dice.shared(name);
                let before = std::mem::replace(&mut self.dice, dice);
                self.calls += 1;
                let thing = if self.calls > CALLS {
                    self.wrong(Diagnostic::error("circle", expr.place, format!("`{name}` uses itself")))
                } else {
                    self.thing(expr, want, &None)
                };
                self.calls -= 1;
                self.dice = before;
                thing
            }
        })
    }

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
        let own = find_local(locals, word).or_else(|| self.defined(word, Want::Any));
        match own {
            Some(Thing::Function(closure)) => {
                return self.call_closure(&closure, name, arguments, subject, want, locals);
            }
            Some(Thing::Wrong) => {
                self.read_only(Some(arguments), locals);
                return Thing::Wrong;
            }
            Some(_) if functions::find(word).is_none() && controls::find(self.scope, word).is_none() => {
                let message = format!("`{word}` is a pattern, not a function");
                return self.wrong(Diagnostic::error("wrong-kind", name.place, message));
            }
            _ => {}
        }
        if let Some(insert) = self.meant_as_insert(name, arguments) {
            return self.wrong(insert);
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
        if control.names[0].as_str() == "color" {
            self.said.push(Diagnostic::hint("drawn-by-itself", name.place, "the screen picks its colours by itself"));
        } else if !control.plays {
            let message = format!("`{}` does not sound yet", name.text);
            self.said.push(Diagnostic::warning("not-yet", name.place, message).help("the rest of the line plays"));
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
                && let Some(known) = fixed_name(control).and_then(crate::base::control::find)
            {
                checks::range(value, known, word, &mut self.said);
            }
        }
        if value.is_made_of_controls() {
            return value.clone();
        }
        value.map(Func::Control(control.names.clone().into(), control.dimension))
    }

    /// One level of calls deeper; false (and said) where the piece's functions go round in a circle.
    pub(super) fn enter_call(&mut self, name: &str, place: Place) -> bool {
        if self.calls >= CALLS {
            let known = self.said.iter().any(|diagnostic| diagnostic.code == "circle");
            if !known {
                self.said.push(Diagnostic::error("circle", place, format!("`{name}` calls itself")));
            }
            return false;
        }
        self.calls += 1;
        true
    }

    pub(super) fn leave_call(&mut self) {
        self.calls -= 1;
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
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

/// Whether a name is a parameter here.
pub(super) fn is_local(locals: &Locals<'_>, name: &str) -> bool {
    find_local(locals, name).is_some()
}

/// The innermost parameter of a name.
fn find_local<'a>(locals: &Locals<'a>, name: &str) -> Option<Thing<'a>> {
    let mut at = locals.as_deref();
    while let Some(local) = at {
        if local.name == name {
            return Some(local.thing.clone());
        }
        at = local.outer.as_deref();
    }
    None
}

/// One more name around an expression.
pub(super) fn with_local<'a>(locals: &Locals<'a>, name: &'a str, thing: Thing<'a>) -> Rc<Local<'a>> {
    Rc::new(Local { name, thing, outer: locals.clone() })
}

/// Both sides by an operator: at once where both are one value, else with structure from the left; a single value on
/// the left has none of its own.
pub(super) fn arithmetic(op: Op, left: &Pattern, right: &Pattern) -> Pattern {
    match (left.constant(), right.constant()) {
        (Some(a), Some(b)) if !left.is_made_of_controls() && !right.is_made_of_controls() => {
            let mut place = None;
            let mut widen = |_: &Value, at: Place| place = Some(place.map_or(at, |place: Place| place.to(at)));
            left.visit_values(&mut widen);
            right.visit_values(&mut widen);
            let value = op.apply(a, b).unwrap_or(Value::int(0));
            match place {
                Some(place) => Pattern::atom(value, place),
                None => Pattern::pure(value),
            }
        }
        (Some(value), None) => right.map(Func::Left(op, value.clone())),
        (None, Some(value)) if !matches!(value, Value::Map(_)) => left.map(Func::Right(op, value.clone())),
        _ => left.combine(op, Align::In, right),
    }
}

fn wants_pattern(closure: &Closure<'_>, place: Place) -> Diagnostic {
    match closure {
        Closure::Partial { function, .. } => {
            let message = format!("a pattern belongs here; `{}` is a function that wants one", function.name);
            Diagnostic::error("wrong-kind", place, message).help(function.example)
        }
        _ => Diagnostic::error("wrong-kind", place, "a pattern belongs here, this is a function"),
    }
}
