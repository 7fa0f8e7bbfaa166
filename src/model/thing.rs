//! What an expression is worth before it is a pattern: a pattern, a function, a list, a map, a text.
//!
//! Invariant: a thing knows nothing of time; functions are data until they are applied.

use std::rc::Rc;

use super::functions::Function;
use super::scope::ControlName;
use crate::base::source::Place;
use crate::lang::syntax::{Argument, Expr, Name, ParameterSyntax};
use crate::pattern::arithmetic::Op;
use crate::pattern::{Align, Pattern};

/// The value of an expression.
#[derive(Clone, Debug)]
pub enum Thing<'a> {
    /// A pattern, which may be one number.
    Pattern(Pattern),
    /// A function from patterns to a pattern.
    Function(Closure<'a>),
    /// `[a, b]`
    List(Vec<Given<'a>>),
    /// `{a: b}`
    Map(Vec<(String, Given<'a>)>),
    /// `'text'`
    Text(Rc<str>),
    /// What an error left; nothing more is said of it.
    Wrong,
}

/// A thing and where it was written.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// What.
    pub thing: Thing<'a>,
    /// Where.
    pub place: Place,
}

/// The names of lambda and function parameters, innermost first.
pub type Locals<'a> = Option<Rc<Local<'a>>>;

/// One name and those around it.
#[derive(Debug)]
pub struct Local<'a> {
    /// The name.
    pub name: &'a str,
    /// Its value.
    pub thing: Thing<'a>,
    /// Those around it.
    pub outer: Locals<'a>,
}

/// A function that waits for its pattern.
#[derive(Clone, Debug)]
pub enum Closure<'a> {
    /// `x => body`
    Lambda {
        /// Its parameters.
        parameters: &'a [Name],
        /// Its value.
        body: &'a Expr,
        /// What it sees.
        locals: Locals<'a>,
    },
    /// A function of the table, with its arguments.
    Partial {
        /// Which.
        function: &'static Function,
        /// A slot for each parameter, then the rest.
        slots: Slots<'a>,
        /// The name in the text.
        place: Place,
    },
    /// `speed(-1)`: puts a control in.
    Control {
        /// Which.
        control: Rc<ControlName>,
        /// Its values.
        value: Pattern,
        /// The name in the text.
        place: Place,
    },
    /// `add.squeeze("1 2")`
    Operator {
        /// Which.
        op: Op,
        /// How both sides meet.
        align: Aligned,
        /// The right side.
        value: Pattern,
    },
    /// A function of the piece, with its first arguments.
    User {
        /// Its name.
        name: Rc<str>,
        /// Its parameters.
        parameters: &'a [ParameterSyntax],
        /// Its value.
        body: &'a Expr,
        /// The arguments so far.
        slots: Vec<Option<Thing<'a>>>,
    },
    /// A lambda of several parameters that has its first ones: a registered `f(2)`.
    Bound(Rc<Closure<'a>>, Vec<Thing<'a>>),
    /// `fast(2).rev`: one after the other.
    Then(Rc<Closure<'a>>, &'a Name, Option<&'a [Argument]>, Locals<'a>),
}

/// The arguments of a call, by parameter.
#[derive(Clone, Debug, Default)]
pub struct Slots<'a> {
    /// One for each parameter; a variadic last one holds a list.
    pub slots: Vec<Option<Given<'a>>>,
}

/// How both sides of an operator meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aligned {
    /// By structure.
    Structure(Align),
    /// Each cycle of the right in each event of the left.
    Squeeze,
    /// Each cycle of the left in each event of the right.
    SqueezeOut,
    /// The left's cycle starts again at each event of the right.
    Reset,
    /// The left starts again at each event of the right.
    Restart,
    /// Both at the same count of steps.
    Poly,
}

impl Aligned {
    /// By its word.
    pub fn parse(word: &str) -> Option<Aligned> {
        Some(match word {
            "in" => Aligned::Structure(Align::In),
            "out" => Aligned::Structure(Align::Out),
            "mix" => Aligned::Structure(Align::Mix),
            "squeeze" => Aligned::Squeeze,
            "squeezeout" | "squeezeOut" => Aligned::SqueezeOut,
            "reset" => Aligned::Reset,
            "restart" => Aligned::Restart,
            "poly" => Aligned::Poly,
            _ => return None,
        })
    }

    /// Both sides by an operator.
    pub fn apply(self, op: Op, left: &Pattern, right: &Pattern) -> Pattern {
        use crate::pattern::{Choice, Join, steps};
        let by = |selector: &Pattern, other: &Pattern, flip, join| {
            selector.choose(join, Choice::Arithmetic(op, other.clone(), flip))
        };
        match self {
            Aligned::Structure(align) => left.combine(op, align, right),
            Aligned::Squeeze => by(left, right, true, Join::Squeeze),
            Aligned::SqueezeOut => by(right, left, false, Join::Squeeze),
            Aligned::Reset => by(right, left, false, Join::Reset),
            Aligned::Restart => by(right, left, false, Join::Restart),
            Aligned::Poly => {
                let count = |p: &Pattern| p.steps().unwrap_or(crate::base::time::Time::ONE);
                let left = match count(right).checked_div(count(left)) {
                    Some(factor) => steps::extend(left, factor),
                    None => left.clone(),
                };
                left.combine(op, Align::Mix, right)
            }
        }
    }
}
