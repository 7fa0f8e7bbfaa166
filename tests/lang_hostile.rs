//! The syntax against texts that nobody would write: they are refused in good order, and what is right is still read.

#![allow(clippy::unwrap_used, reason = "a file of the tests that is missing fails them")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use talea::base::source::{FileId, Source};
use talea::lang::lexer::tokens;
use talea::lang::{self, DEEPEST, LARGEST, LONGEST};

fn codes(text: &str) -> Vec<&'static str> {
    let source = Source::new(FileId(0), "x", text);
    let (file, said) = lang::parse(&source);
    drop(file);
    said.iter().map(|said| said.code).collect()
}

fn nested(opener: &str, inner: &str, closer: &str, depth: usize) -> String {
    format!("a: {}{inner}{}", opener.repeat(depth), closer.repeat(depth))
}

#[test]
fn brackets_nest_two_hundred_deep_and_no_deeper() {
    for (opener, closer) in
        [("(", ")"), ("[", "]"), ("f(", ")"), ("{a: ", "}"), ("x => x.f(", ")"), ("f(a: -[1].g(", "))")]
    {
        let brackets = opener.matches(['(', '[', '{']).count() - opener.matches(']').count();
        assert_eq!(codes(&nested(opener, "x", closer, DEEPEST / brackets)), [""; 0], "{opener}");
        assert_eq!(codes(&nested(opener, "x", closer, DEEPEST / brackets + 1)), ["too-deep"], "{opener}");
    }
    let blocks = format!("{}{}", "a b { ".repeat(DEEPEST), "} ".repeat(DEEPEST));
    assert_eq!(codes(&blocks), [""; 0]);
}

#[test]
fn brackets_in_strings_nest_two_hundred_deep_and_no_deeper() {
    for (opener, closer) in [("[", "]"), ("<a ", ">"), ("{a b, ", "}%4"), ("a(", ",8)"), ("a*<2 ", ">")] {
        let text = |depth| format!("a: \"{}3{}\"", opener.repeat(depth), closer.repeat(depth));
        assert_eq!(codes(&text(DEEPEST)), [""; 0], "{opener}");
        assert_eq!(codes(&text(DEEPEST + 1)), ["mini-too-deep"], "{opener}");
    }
}

#[test]
fn chains_have_a_thousand_links_and_no_more() {
    for link in [".rev", ".add(1)", " + 1", "*2", " * x", "/2"] {
        assert_eq!(codes(&format!("a: x{}", link.repeat(LONGEST))), [""; 0], "{link}");
        assert_eq!(codes(&format!("a: x{}", link.repeat(LONGEST + 1))), ["chain-too-long"], "{link}");
    }
    for link in ["*2", "/2", ":2", "?", "!", "@", " _", "(3,8)", "..3"] {
        assert_eq!(codes(&format!("a: \"a{}\"", link.repeat(LONGEST))), [""; 0], "{link}");
        assert_eq!(codes(&format!("a: \"a{}\"", link.repeat(LONGEST + 1))), ["mini-chain-too-long"], "{link}");
    }
}

#[test]
fn a_chain_in_a_chain_in_a_chain_makes_no_deeper_tree() {
    let links = ".rev".repeat(100);
    let text = format!("a: {}x{}", "(".repeat(100), format!("{links})").repeat(100));
    assert_eq!(codes(&text), ["chain-too-long"]);
    let text = format!("a: \"{}a{}\"", "[".repeat(100), format!("{}]", "*2".repeat(100)).repeat(100));
    assert_eq!(codes(&text), ["mini-chain-too-long"]);
}

#[test]
fn hundreds_of_thousands_of_anything_are_refused_in_good_order() {
    // A text has a million tokens at most, so the chains stay under that.
    let many = 300_000;
    assert_eq!(codes(&"[".repeat(many)), ["too-deep"]);
    assert_eq!(codes(&"[".repeat(LARGEST)), ["too-large"]);
    assert_eq!(codes(&"[".repeat(LARGEST + 1)), ["too-large"]);
    assert_eq!(codes(&format!("a: x{}", "*2".repeat(many))), ["chain-too-long"]);
    assert_eq!(codes(&format!("a: x{}", ".rev".repeat(many))), ["chain-too-long"]);
    assert_eq!(codes(&format!("a: {}x", "a=>".repeat(many))), ["chain-too-long"]);
    assert_eq!(codes(&"-".repeat(many)), ["chain-too-long"]);
    assert_eq!(codes(&format!("a: \"{}\"", "[".repeat(many))), ["mini-too-deep"]);
    assert_eq!(codes(&format!("a: \"{}\"", "a*".repeat(many))), ["mini-chain-too-long"]);
    assert_eq!(codes(&format!("a: \"{}\"", "a ".repeat(many))), ["mini-too-long"]);
    assert_eq!(codes(&"$: s(\"bd\")\n".repeat(10_000)), [""; 0]);
    for text in [
        "a: (\n", "a:\n", "\n", "§ ", "“", "a: )\n", "a \"", "a,", "{", "}", "a: {\n", "a: '\\", "'", "`", "/*",
        "\u{0}",
    ] {
        let said = codes(&text.repeat(200_000));
        assert!(said.len() <= 101, "{text:?}: {}", said.len());
    }
}

#[test]
fn a_nul_byte_is_named_wherever_it_stands() {
    for text in ["a: x\u{0}", "a: 'x\u{0}'", "a: \"x\u{0}\""] {
        assert_eq!(codes(text), ["nul-byte"], "{text:?}");
    }
}

#[test]
fn a_text_with_endless_problems_says_that_there_are_more() {
    let said = codes(&"a: )\n".repeat(1_000));
    assert_eq!(said.len(), 101);
    assert_eq!(said.last(), Some(&"too-many-problems"));
}

fn songs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/songs");
    fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

/// A bit of text that means something to the parser.
fn scrap() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "<",
            ">",
            "\"",
            "'",
            "`",
            "//",
            "/*",
            "*/",
            "\n",
            "\r\n",
            ";",
            ",",
            ":",
            "=",
            "=>",
            "==",
            ".",
            "..",
            "$",
            "$:",
            "_",
            "~",
            "-",
            "+",
            "*",
            "/",
            "%",
            "!",
            "@",
            "?",
            "|",
            "^",
            "a",
            "bd",
            "x =>",
            "3",
            ".5",
            "1e9",
            "4/4",
            "50%",
            "3dB",
            "beats",
            "let x =",
            "\nmix a {",
            "\ndrums: ",
            "\nx = ",
            "\u{feff}",
            "é",
            "(3,8)",
            "é\u{301}",
            "\u{0}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ]
}

fn whole(text: &str) -> bool {
    let source = Source::new(FileId(0), "x", text);
    let (file, said) = lang::parse(&source);
    let fits = |start: u32, end: u32| {
        start <= end
            && text.is_char_boundary(start as usize)
            && text.is_char_boundary(end as usize)
            && end as usize <= text.len()
    };
    let _ = lang::parse_expression(&source);
    file.items.iter().all(|item| fits(item.place.start, item.place.end))
        && said.iter().all(|said| said.place.is_some_and(|place| fits(place.start, place.end)))
        && said.iter().flat_map(|said| &said.labels).all(|label| fits(label.place.start, label.place.end))
        && (file.broken.is_empty() || said.iter().any(talea::base::diagnostic::Diagnostic::is_error))
        && said.iter().all(|said| lang::CODES.iter().any(|(code, _)| *code == said.code))
        && said.iter().all(|said| !said.message.is_empty() && !said.message.contains('\n'))
}

proptest! {
    #[test]
    fn tokens_join_to_the_text(text in any::<String>()) {
        let joined: String = tokens(&text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn scraps_are_read_without_a_panic(scraps in proptest::collection::vec(scrap(), 0..60)) {
        let text = scraps.concat();
        let joined: String = tokens(&text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        prop_assert_eq!(&joined, &text);
        prop_assert!(whole(&text));
        let inside = format!("a: \"{}\"", text.replace(['"', '\n'], " "));
        prop_assert!(whole(&inside));
    }

    #[test]
    fn a_mutated_piece_is_read_without_a_panic(
        song in 0..6_usize,
        cuts in proptest::collection::vec((0.0..1.0_f64, 0..12_usize, scrap()), 1..8),
    ) {
        let mut characters: Vec<char> = songs()[song].chars().collect();
        for (at, length, scrap) in cuts {
            let start = (at * characters.len() as f64) as usize;
            let end = (start + length).min(characters.len());
            characters.splice(start..end, scrap.chars());
        }
        prop_assert!(whole(&characters.into_iter().collect::<String>()));
    }
}
