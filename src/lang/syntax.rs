//! The syntax tree: what `grammar.ebnf` describes, with a place on every node. Mini-notation is in [`Mini`].
//!
//! Invariant: the tree says what was written, not what it means; no name is looked up here.

use crate::base::source::Place;
use crate::base::time::Time;
use crate::base::units::Unit;

/// A text, item by item; items with a syntax error are left out (their diagnostics say so).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// In the order of the text.
    pub items: Vec<Item>,
    /// Items that could not be read, so that later stages keep their last good version: a name and the item's place.
    /// The name of a label, definition or function is its own (empty for an anonymous track); that of a command is its
    /// word and its first argument where that is a word, with a blank between (`mix drums`, `tempo `), so it never
    /// equals the name of a track.
    pub broken: Vec<(String, Place)>,
    /// The text was refused whole (over 10 MB, or brackets deeper than 200); there are no items, one diagnostic says why.
    pub refused: bool,
}

/// A word with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// An item of the file or of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The whole item.
    pub place: Place,
    /// What it is.
    pub kind: ItemKind,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `name: expression`, `$: expression`
    Label(Label, Expr),
    /// `name = expression`
    Define(Name, Expr),
    /// `name(a, b: 2) = expression`
    Function {
        /// Its name.
        name: Name,
        /// Its parameters.
        parameters: Vec<ParameterSyntax>,
        /// Its value.
        body: Expr,
    },
    /// `word arguments { … }`, `word(arguments) { … }`
    Command(Command),
    /// A bare expression: an anonymous track, or a command in brackets (`tempo(120)`).
    Expr(Expr),
}

/// What stands before a colon.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The name without marks; empty for `$:`.
    pub name: Name,
    /// `_` before it: muted (`_fx:`, `_$:`). A label `_x` is muted `x`.
    pub muted: bool,
    /// `$` in it: `$:` (no name) or `$name:`.
    pub dollar: bool,
}

/// A parameter of a user's function, with its default.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterSyntax {
    /// Its name.
    pub name: Name,
    /// Its default.
    pub default: Option<Expr>,
}

/// A word with arguments and perhaps a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The word.
    pub name: Name,
    /// Its arguments, with or without labels.
    pub arguments: Vec<Argument>,
    /// `{ … }`
    pub block: Option<Block>,
}

/// `{ items }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// With its braces.
    pub place: Place,
    /// Inside.
    pub items: Vec<Item>,
}

/// `value` or `name: value`
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The label.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// From its first to its last byte.
    pub place: Place,
    /// What it is.
    pub kind: ExprKind,
}

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value as a float.
    pub value: f64,
    /// Its value as an exact fraction (decimals are exact).
    pub exact: Time,
    /// The unit that touches it.
    pub unit: Option<Unit>,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `3`, `-3dB` (a sign of an argument is in it), `1 beat`
    Number(Number),
    /// `7/8` as an argument of a command
    Ratio(Number, Number),
    /// `'text'`, unescaped
    Text(String),
    /// `"mini"` or backticks
    Mini(Box<Mini>),
    /// `name`
    Name(String),
    /// `name(arguments)`
    Call(Name, Vec<Argument>),
    /// `base.name` or `base.name(arguments)`; `None` without brackets
    Link(Box<Expr>, Name, Option<Vec<Argument>>),
    /// `x => body`, `(a, b) => body`
    Lambda(Vec<Name>, Box<Expr>),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `-a`
    Negative(Box<Expr>),
    /// `( a )`
    Paren(Box<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a: b}`; a key is a name, a text, a mini-notation string (its body) or a number, as written
    Map(Vec<(Name, Expr)>),
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
}

/// A node of mini-notation.
#[derive(Clone, Debug, PartialEq)]
pub struct Mini {
    /// From its first to its last byte in the file.
    pub place: Place,
    /// What it is.
    pub kind: MiniKind,
}

/// The kinds of mini-notation.
#[derive(Clone, Debug, PartialEq)]
pub enum MiniKind {
    /// `~` or `-`, and an empty group
    Rest,
    /// A number, perhaps with a unit; `1%8` is exact
    Number(Number),
    /// Any other atom
    Word(String),
    /// Steps one after another, each with its weight; also what stands in `[ ]`
    Sequence(Vec<Step>),
    /// `a b, c d` in `[ ]` or at the top: all at once, each filling the cycle
    Stack(Vec<Mini>),
    /// `a | b`: one a cycle, by chance
    Choice(Vec<Mini>),
    /// `< >`: one step a cycle; several parts are stacked, each with its own length
    Alternate(Vec<Vec<Step>>),
    /// `{ }`, `{ }%n`: steps at a common pace; without `%` the pace of the first part
    Polymeter(Vec<Vec<Step>>, Option<Box<Mini>>),
    /// `a*n`
    Fast(Box<Mini>, Box<Mini>),
    /// `a/n`
    Slow(Box<Mini>, Box<Mini>),
    /// `a:b`, `a:b:c`
    Tail(Box<Mini>, Box<Mini>),
    /// `a .. b`
    Range(Box<Mini>, Box<Mini>),
    /// `a!1.5`: `n` cycles of it, each cycle of the source that many times, in one; a whole number of repeats is in
    /// [`Step::repeats`] instead
    Repeat(Box<Mini>, Time),
    /// `a?`, `a?0.3`
    Degrade(Box<Mini>, Option<f64>),
    /// `a(k,n)`, `a(k,n,r)`
    Euclid(Box<Mini>, Box<Mini>, Box<Mini>, Option<Box<Mini>>),
}

/// A step of a sequence. `a!3` is one step with three repeats; `a _` is one step with weight 2. Feet (` . `) are
/// already sequences. It takes `weight * repeats` of the room: `a!2@3` is two repeats of weight 2, `a!2*3` a
/// sequence of two made three times as fast, with weight 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What sounds.
    pub mini: Mini,
    /// How much room each repeat takes, 1 unless `@` or `_` say so; above 0.
    pub weight: Time,
    /// How often it stands, 1 unless `!` says so; above 0 (`a!0` is a rest).
    pub repeats: u32,
}
