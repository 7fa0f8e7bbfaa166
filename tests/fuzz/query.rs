//! The fuzz target: bytes as choices, which make an expression over the table of functions; its haps are asked for. A
//! panic, haps outside of their spans, another answer when asked again or compiled, eight seconds (of traced code, which
//! is three to four times as slow) or 500 MB are findings.

#![no_main]

#[path = "../hostile/expressions.rs"]
mod expressions;

/// Bytes as choices; 0 when they have run out.
struct Bytes<'a>(&'a [u8]);

impl expressions::Choose for Bytes<'_> {
    fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        if end <= 256 {
            return usize::from(*first) % end.max(1);
        }
        let Some((second, rest)) = rest.split_first() else { return usize::from(*first) };
        self.0 = rest;
        (usize::from(*first) << 8 | usize::from(*second)) % end
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = expressions::expression(&mut Bytes(bytes));
    if std::env::var_os("TALEA_FUZZ_SHOW").is_some() {
        eprintln!("{text}");
    }
    expressions::run(&text);
});
