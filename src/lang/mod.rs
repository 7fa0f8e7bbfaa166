//! Floor 1: from text to syntax. Tokens that join to the text again, items that recover one by one, places everywhere.
//!
//! In the order of the way: `lexer` (text to tokens), `layout` (tokens to items with balanced brackets), `stream`
//! (tokens as nom sees them), `expressions`, `items`, `mini` (the inside of strings), `faults` and `elsewhere` (what is said),
//! `syntax` (the tree).
//!
//! Invariant: parsing cannot fail; whatever the text, there is a [`syntax::File`] and a list of diagnostics.

pub mod elsewhere;
mod expressions;
mod faults;
mod items;
mod layout;
pub mod lexer;
mod mini;
mod numbers;
mod stream;
pub mod syntax;

pub use faults::CODES;
pub use items::{LARGEST, parse, parse_expression};
pub use layout::{DEEPEST, LONGEST};
