//! Chains: `a.b(c).d`, link by link, with the alignments of operators.
//!
//! Invariant: a chain of a thousand links needs no deeper stack than one of two.

use std::rc::Rc;

use super::expression::{Evaluator, Want};
use super::thing::{Aligned, Closure, Locals, Thing};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;
use crate::lang::syntax::{Argument, Expr, ExprKind, Name};
use crate::pattern::arithmetic::Op;

impl<'a> Evaluator<'a> {
    /// `a.b(c).d`, link by link from the left, so that long chains need no deep stack.
    pub(super) fn chain(&mut self, expr: &'a Expr, want: Want, locals: &Locals<'a>) -> Thing<'a> {
        let mut links = Vec::new();
        let mut at = expr;
        while let ExprKind::Link(base, name, arguments) = &at.kind {
            links.push((base.place, name, arguments.as_deref()));
            at = base;
        }
        links.reverse();
        self.twice(&links);
        // A chain that starts with a function is a function of its own where one is wanted.
        let first = self.thing(at, if want == Want::Function { Want::Function } else { Want::Any }, locals);
        let mut place = at.place;
        let mut thing = self.operator_start(at, first, &mut links, locals);
        let mut links = links.into_iter().peekable();
        while let Some((_, name, arguments)) = links.next() {
            // `.add.squeeze(…)`
            if let (None, Some(op), Some((_, word, Some(values)))) = (arguments, Op::parse(&name.text), links.peek())
                && let Some(align) = Aligned::parse(&word.text)
            {
                let values: &'a [Argument] = values;
                let word = *word;
                links.next();
                thing = self.aligned(thing, place, (op, align), word, values, locals);
                place = place.to(word.place);
                continue;
            }
            thing = match thing {
                Thing::Wrong => {
                    self.read_only(arguments, locals);
                    Thing::Wrong
                }
                Thing::Function(closure) => {
                    Thing::Function(Closure::Then(Rc::new(closure), name, arguments, locals.clone()))
                }
                Thing::Map(_) => self.wrong(Diagnostic::error("wrong-kind", place, "a map has no methods")),
                base => {
                    let base = self.as_pattern(base, place);
                    self.method(base, name, arguments, locals)
                }
            };
            place = place.to(name.place);
        }
        thing
    }

    /// `add.squeeze("1 2")` as a function: `add` alone is a function of the table, the next link its alignment.
    fn operator_start(
        &mut self,
        first: &'a Expr,
        thing: Thing<'a>,
        links: &mut Vec<(Place, &'a Name, Option<&'a [Argument]>)>,
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        if let (ExprKind::Name(name), Thing::Function(_)) = (&first.kind, &thing)
            && let (Some(op), Some((_, word, Some(values)))) = (Op::parse(name), links.first().copied())
            && let (Some(align), [value]) = (Aligned::parse(&word.text), values)
        {
            links.remove(0);
            let value_thing = self.thing(&value.value, Want::Pattern, locals);
            let value = self.as_pattern(value_thing, value.value.place);
            return Thing::Function(Closure::Operator { op, align, value });
        }
        thing
    }

    fn aligned(
        &mut self,
        thing: Thing<'a>,
        place: Place,
        (op, align): (Op, Aligned),
        word: &'a Name,
        values: &'a [Argument],
        locals: &Locals<'a>,
    ) -> Thing<'a> {
        let [value] = values else {
            let message = format!("`{}` takes one value", word.text);
            return self.wrong(Diagnostic::error("missing-argument", word.place, message));
        };
        let right = self.thing(&value.value, Want::Pattern, locals);
        let right = self.as_pattern(right, value.value.place);
        match thing {
            Thing::Wrong => Thing::Wrong,
            Thing::Function(_) => self.wrong(Diagnostic::error("wrong-kind", place, "a pattern belongs before this")),
            base => {
                let left = self.as_pattern(base, place);
                Thing::Pattern(align.apply(op, &left, &right))
            }
        }
    }
}
