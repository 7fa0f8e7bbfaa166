//! The evaluator: an expression of the text becomes a pattern.
//!
//! Invariant: one mistake is said once, where it stands; what follows from it is silent.

use std::rc::Rc;
use std::sync::Arc;

use super::controls;
use super::functions;
use super::hand::Hand;
use super::mini::{self, Dice};
use super::scope::{Defined, Scope};
use super::thing::{Closure, Given, Local, Locals, Slots, Thing};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::base::time::Time;
use crate::lang::syntax::{Expr, ExprKind, Operator};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Func, Pattern, Value};

/// Calls of the piece's functions within each other, at most.
const CALLS: usize = 60;
/// Calls of the piece's functions in one expression.
const MOST_CALLS: usize = 20_000;
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
    /// All calls so far; more than [`MOST_CALLS`] after it was stopped.
    called: usize,
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
            called: 0,
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

    /// Hands that stand here have this name.
    pub(super) fn own(&mut self, name: String) {
        self.owner = name;
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
    pub(super) fn defined(&mut self, name: &str, want: Want) -> Option<Thing<'a>> {
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

    /// One level of calls deeper; false (and said) where the piece's functions go round in a circle.
    pub(super) fn enter_call(&mut self, name: &str, place: Place) -> bool {
        if self.called > MOST_CALLS {
            return false;
        }
        self.called += 1;
        if self.called > MOST_CALLS || !self.scope.call() {
            self.called = MOST_CALLS + 1;
            let message = format!("`{name}` is called more than {MOST_CALLS} times here");
            self.said.push(
                Diagnostic::error("too-large", place, message)
                    .help("functions that call each other twice or more double with each step: take a few out"),
            );
            return false;
        }
        if self.calls >= CALLS {
            // What goes round in a circle twice each time would not end within any hour.
            self.called = MOST_CALLS + 1;
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
/// Whether a name is a parameter here.
pub(super) fn is_local(locals: &Locals<'_>, name: &str) -> bool {
    find_local(locals, name).is_some()
}

/// The innermost parameter of a name.
pub(super) fn find_local<'a>(locals: &Locals<'a>, name: &str) -> Option<Thing<'a>> {
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

pub(super) fn wants_pattern(closure: &Closure<'_>, place: Place) -> Diagnostic {
    match closure {
        Closure::Partial { function, .. } => {
            let message = format!("a pattern belongs here; `{}` is a function that wants one", function.name);
            Diagnostic::error("wrong-kind", place, message).help(function.example)
        }
        _ => Diagnostic::error("wrong-kind", place, "a pattern belongs here, this is a function"),
    }
}
