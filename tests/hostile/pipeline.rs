//! The way of a text until something could sound, without disk and sound.

use std::collections::BTreeMap;

use talea::base::catalog::{Catalog, Kit, Variant};
use talea::base::source::{FileId, Source};
use talea::base::time::{Span, Time};
use talea::lang;
use talea::model::build;
use talea::pattern::Context;
use talea::score::compile;

/// A kit with names and no audio.
fn catalog() -> Catalog {
    let sounds = ["bd", "sd", "cp", "hh", "oh", "rim", "lt", "mt", "ht", "rd", "cr", "cb", "sh"];
    let variants = || (0..3).map(|n| Variant { path: format!("{n}.wav").into(), seconds: Some(0.5) }).collect();
    let builtin = Kit { sounds: sounds.iter().map(|name| ((*name).to_owned(), variants())).collect() };
    Catalog { builtin, kits: BTreeMap::new() }
}

/// From the text to syntax, model and score, and to the haps of its first cycles; then the same text as one expression.
pub(crate) fn run(text: &str) {
    let source = Source::new(FileId(0), "hostile.talea", text);
    std::hint::black_box(lang::parse_expression(&source));
    let (file, said) = lang::parse(&source);
    assert!(said.iter().all(|said| !said.message.is_empty()));
    let catalog = catalog();
    let (piece, _) = build::build(&[(source, file)], &catalog, None, 1);
    std::hint::black_box(compile::compile(&piece, &catalog, &[], 1, &mut Vec::new(), &mut |_| None));
    for pattern in piece.tracks.iter().filter_map(|track| track.pattern.as_ref()) {
        let mut context = Context::new();
        for cycle in [0, 1, 1_000_003] {
            context.refuel(400_000);
            let span = Span::new(Time::int(cycle), Time::int(cycle + 1));
            std::hint::black_box(pattern.query(span, &mut context));
        }
    }
}
