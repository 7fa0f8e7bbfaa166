//! What an expression can see around it: tracks, definitions, functions and controls of the piece.
//!
//! Invariant: a scope answers by name only; the same name gives the same answer while an expression is read.

use crate::base::control::Dimension;
use crate::base::time::Time;
use crate::lang::syntax::{Expr, ParameterSyntax};
use crate::pattern::{Name, Pattern};

/// What a name of the piece stands for.
#[derive(Clone, Debug)]
pub enum Defined<'a> {
    /// A track or a definition, already a pattern.
    Pattern(Pattern),
    /// A definition that is no pattern: a lambda, a list, a text; it is read where it is used.
    Expression(&'a Expr),
    /// `name(a, b: 2, x) = body`
    Function {
        /// Its parameters; the pattern comes last.
        parameters: &'a [ParameterSyntax],
        /// Its value.
        body: &'a Expr,
    },
    /// Known, but its own text has an error, which has been said.
    Broken,
}

/// A control that a name means.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlName {
    /// The name under which events carry it; a list of values fills these in order.
    pub names: Vec<Name>,
    /// Its kind of quantity.
    pub dimension: Dimension,
    /// Whether something plays it.
    pub plays: bool,
}

/// What surrounds an expression.
pub trait Scope {
    /// What a name of the piece stands for.
    fn define(&self, name: &str) -> Option<Defined<'_>>;
    /// A control that the piece adds: a bus, a synth's parameter, a MIDI label.
    fn control(&self, name: &str) -> Option<ControlName>;
    /// All names that it knows, for "did you mean".
    fn names(&self) -> Vec<String>;
    /// Quarter notes in a cycle.
    fn beats(&self) -> Time {
        Time::int(4)
    }
    /// Cycles a second at the top of the piece, where the tempo is one number.
    fn cps(&self) -> Time {
        Time::new(1, 2)
    }
    /// The key here, as `a:minor`, where there is one; a pattern where it moves.
    fn key(&self) -> Option<Pattern> {
        None
    }
    /// Whether a name is a track or a value of the piece that is no function; nothing is evaluated for it.
    fn is_value(&self, _name: &str) -> bool {
        false
    }
    /// Counts a call of a function of the piece; false where there were more than a piece may hold.
    fn call(&self) -> bool {
        true
    }
    /// Whether the expression stands in a section, so that a ramp has a length.
    fn in_section(&self) -> bool {
        false
    }
}

/// A scope without any names, for single expressions.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyScope;

impl Scope for EmptyScope {
    fn define(&self, _: &str) -> Option<Defined<'_>> {
        None
    }

    fn control(&self, _: &str) -> Option<ControlName> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
