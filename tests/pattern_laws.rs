//! Laws of patterns, held with expressions made at random.

use std::collections::BTreeMap;

use proptest::prelude::*;
use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::model::scope::EmptyScope;
use talea::pattern::{Context, Hap, Pattern};

fn read(text: &str) -> Option<Pattern> {
    query::pattern(text, &EmptyScope, 7).0
}

/// Haps with touching fragments joined, as words that can be compared.
fn joined(haps: &[Hap]) -> BTreeMap<String, Vec<(Time, Time)>> {
    let mut groups: BTreeMap<String, Vec<(Time, Time)>> = BTreeMap::new();
    for hap in haps {
        let key = format!("{:?} {} {}", hap.whole, hap.value, hap.shift);
        groups.entry(key).or_default().push((hap.part.begin, hap.part.end));
    }
    for parts in groups.values_mut() {
        parts.sort();
        let mut done: Vec<(Time, Time)> = Vec::new();
        for (begin, end) in parts.drain(..) {
            match done.iter_mut().find(|last| last.1 == begin) {
                Some(last) => last.1 = end,
                None => done.push((begin, end)),
            }
        }
        done.sort();
        *parts = done;
    }
    groups
}

fn asked(pattern: &Pattern, begin: Time, end: Time) -> Vec<Hap> {
    pattern.query(Span::new(begin, end), &mut Context::new())
}

fn mini() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("0".to_string()),
        Just("1".to_string()),
        Just("3".to_string()),
        Just("~".to_string()),
        Just("2?".to_string()),
    ];
    atom.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("[{}]", parts.join(" "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("<{}>", parts.join(" "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("{{{}}}%4", parts.join(" "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("[{}]", parts.join(", "))),
            (inner.clone(), 1..5u8).prop_map(|(part, n)| format!("{part}*{n}")),
            (inner.clone(), 1..4u8).prop_map(|(part, n)| format!("{part}/{n}")),
            (inner.clone(), 1..5u8).prop_map(|(part, n)| format!("{part}({n},5)")),
        ]
    })
}

/// Links of a chain that keep events events.
fn link() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ".fast(2)",
        ".slow(1.5)",
        ".rev",
        ".iter(3)",
        ".ply(2)",
        ".ply(\"1 2\")",
        ".early(1/8)",
        ".late(\"<0 .25>\")",
        ".every(3, rev)",
        ".every(\"<2 3>\", fast(2))",
        ".off(1/8, add(7))",
        ".superimpose(fast(2))",
        ".degradeBy(.3)",
        ".sometimes(fast(2))",
        ".struct(\"x ~ x x\")",
        ".mask(\"<1 0>\")",
        ".euclid(3, 8)",
        ".add(\"0 10\")",
        ".add.mix(\"0 1 2\")",
        ".add.squeeze(\"0 1\")",
        ".range(1, 5)",
        ".segment(4)",
        ".chunk(4, add(10))",
        ".linger(.25)",
        ".ribbon(1, 2)",
        ".zoom(.25, .75)",
        ".compress(.25, .75)",
        ".fastGap(2)",
        ".inside(2, rev)",
        ".brak",
        ".press",
        ".palindrome",
        ".swingBy(1/3, 4)",
        ".shuffle(4)",
        ".scramble(3)",
        ".within(0, .5, ply(2))",
        ".when(\"<0 1>\", rev)",
        ".bite(4, \"0 2\")",
        ".pace(5)",
        ".take(2)",
        ".echoWith(2, 1/8, (p, i) => p.add(i))",
        ".plyWith(2, add(1))",
        ".add(irand(4))",
        ".mul(sine)",
        ".late(rand)",
        ".someCyclesBy(.4, ply(2))",
        ".repeatCycles(2)",
        ".focus(.25, .75)",
        ".reset(\"x x\")",
        ".restart(\"<x [x x]>\")",
        ".into(\"1 0\", rev)",
        ".nthOf(2, 3, rev)",
        ".notLastOf(\"<2 3>\", fast(2))",
        ".firstTime(rev)",
        ".whenmod(4, 2, rev)",
        ".stutter(3, 1/8)",
        ".rot(1)",
        ".wedge(1/4, \"0 1\")",
        ".euclidish(3, 8, .5)",
        ".replicate(2)",
        ".rolledBy(.5)",
        ".chunkBack(3, add(5))",
        ".add(wchoose([0, 1], [5, 2]))",
        ".band(\"1 3\")",
    ])
}

fn chain() -> impl Strategy<Value = String> {
    (mini(), prop::collection::vec(link(), 0..5)).prop_map(|(mini, links)| format!("\"{mini}\"{}", links.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn slow_and_fast_by_the_same_number_change_nothing(text in chain(), n in 1..6i64) {
        let Some(pattern) = read(&text) else { return Ok(()) };
        let there = pattern.slow(Time::int(n)).fast(Time::int(n));
        prop_assert_eq!(joined(&asked(&there, Time::ZERO, Time::int(3))), joined(&asked(&pattern, Time::ZERO, Time::int(3))));
    }

    #[test]
    fn chains_made_at_random_are_read(text in chain()) {
        prop_assert!(read(&text).is_some(), "{}", text);
    }

    #[test]
    fn backwards_twice_is_forwards(text in chain()) {
        let Some(pattern) = read(&text) else { return Ok(()) };
        // Through a map that changes nothing, so that the tree cannot cancel the two.
        let once = Pattern::new(talea::pattern::Kind::Rev(pattern.clone()));
        let twice = Pattern::new(talea::pattern::Kind::Rev(once));
        prop_assert_eq!(joined(&asked(&twice, Time::ZERO, Time::int(3))), joined(&asked(&pattern, Time::ZERO, Time::int(3))));
    }

    #[test]
    fn a_query_is_the_sum_of_its_halves(text in chain(), cut in 1..48i64) {
        let Some(pattern) = read(&text) else { return Ok(()) };
        let (end, cut) = (Time::int(3), Time::new(cut, 16));
        let mut halves = asked(&pattern, Time::ZERO, cut);
        halves.extend(asked(&pattern, cut, end));
        prop_assert_eq!(joined(&halves), joined(&asked(&pattern, Time::ZERO, end)), "{}", text);
    }

    #[test]
    fn a_compiled_pattern_plays_the_same(text in chain(), begin in 0..40i64) {
        let Some(pattern) = read(&text) else { return Ok(()) };
        let (begin, compiled) = (Time::new(begin, 7), pattern.compiled());
        prop_assert_eq!(compiled.hash(), pattern.hash());
        let end = begin + Time::new(13, 5);
        prop_assert_eq!(joined(&asked(&compiled, begin, end)), joined(&asked(&pattern, begin, end)), "{}", text);
    }

    #[test]
    fn a_part_lies_within_its_whole_and_its_query(text in chain()) {
        let Some(pattern) = read(&text) else { return Ok(()) };
        let span = Span::new(Time::new(1, 3), Time::new(5, 2));
        for hap in asked(&pattern, span.begin, span.end) {
            prop_assert!(hap.part.begin >= span.begin && hap.part.end <= span.end, "{}: {:?}", text, hap);
            let whole = hap.whole_or_part();
            prop_assert!(hap.part.begin >= whole.begin && hap.part.end <= whole.end, "{}: {:?}", text, hap);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_haps(text in chain()) {
        let (Some(a), Some(b)) = (read(&text), read(&text)) else { return Ok(()) };
        prop_assert_eq!(a.hash(), b.hash());
        prop_assert_eq!(asked(&a, Time::ZERO, Time::int(4)), asked(&b, Time::ZERO, Time::int(4)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z0-9()\\[\\]<>.,~*/!@?:\"' =+-]{0,60}") {
        if let Some(pattern) = read(&text) {
            asked(&pattern, Time::ZERO, Time::int(2));
        }
    }

    #[test]
    fn no_chain_makes_it_panic(text in (mini(), prop::collection::vec(link(), 0..14)).prop_map(|(m, l)| format!("\"{m}\"{}", l.concat()))) {
        if let Some(pattern) = read(&text) {
            let mut ctx = Context::new();
            ctx.refuel(20_000);
            pattern.query(Span::new(Time::new(-7, 3), Time::int(1000)), &mut ctx);
        }
    }
}
