//! The way of a text until something could sound.

use talea::base::source::{FileId, Source};
use talea::lang;

/// From the text to its syntax, as a file and as an expression.
pub(crate) fn run(text: &str) {
    let source = Source::new(FileId(0), "hostile.talea", text);
    let (file, said) = lang::parse(&source);
    assert!(said.iter().all(|said| !said.message.is_empty()));
    std::hint::black_box(file);
    std::hint::black_box(lang::parse_expression(&source));
}
