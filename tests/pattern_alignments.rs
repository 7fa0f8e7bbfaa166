//! Laws of the alignments: whose structure a combination has, and whose values.

use proptest::prelude::*;
use talea::base::time::{Span, Time};
use talea::cli::query;
use talea::model::scope::EmptyScope;
use talea::pattern::{Context, Hap, Pattern};

fn read(text: &str) -> Pattern {
    let (pattern, said) = query::pattern(text, &EmptyScope, 0);
    assert!(pattern.is_some(), "{text}: {said:?}");
    pattern.unwrap_or_else(Pattern::silence)
}

fn asked(text: &str) -> Vec<Hap> {
    let mut haps = read(text).query(Span::new(Time::ZERO, Time::int(4)), &mut Context::new());
    haps.sort_by(|a, b| (a.whole, a.part).cmp(&(b.whole, b.part)).then(a.value.to_string().cmp(&b.value.to_string())));
    haps
}

/// The wholes, each once.
fn wholes(haps: &[Hap]) -> Vec<Span> {
    let mut all: Vec<_> = haps.iter().filter_map(|hap| hap.whole).collect();
    all.sort();
    all.dedup();
    all
}

/// Whether a stretch lies within one of several.
fn lies_within(stretch: Span, any: &[Span]) -> bool {
    any.iter().any(|outer| stretch.begin >= outer.begin && stretch.end <= outer.end)
}

/// Numbers in sequences, alternations and subdivisions, without rests or dice.
fn full() -> impl Strategy<Value = String> {
    let atom = (0..9u8).prop_map(|number| number.to_string());
    atom.prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("[{}]", parts.join(" "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("<{}>", parts.join(" "))),
            (inner.clone(), 1..4u8).prop_map(|(part, n)| format!("{part}*{n}")),
        ]
    })
}

/// The same with rests and fifths.
fn gapped() -> impl Strategy<Value = String> {
    (full(), full()).prop_map(|(a, b)| format!("{a} ~ [{b}](3,5)"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn in_has_the_wholes_of_the_left(a in gapped(), b in full()) {
        let left = wholes(&asked(&format!("\"{a}\"")));
        let both = asked(&format!("\"{a}\".add(\"{b}\")"));
        prop_assert_eq!(wholes(&both), left);
        // The same but for the places in the text, which lie further on.
        let bare = |haps: Vec<Hap>| haps.into_iter().map(|hap| (hap.whole, hap.part, hap.value)).collect::<Vec<_>>();
        prop_assert_eq!(bare(both), bare(asked(&format!("\"{a}\".add.in(\"{b}\")"))));
    }

    #[test]
    fn out_has_the_wholes_of_the_right(a in full(), b in gapped()) {
        prop_assert_eq!(wholes(&asked(&format!("\"{a}\".add.out(\"{b}\")"))), wholes(&asked(&format!("\"{b}\""))));
    }

    #[test]
    fn in_and_out_mirror_each_other(a in gapped(), b in gapped()) {
        let parts = |haps: Vec<Hap>| haps.into_iter().map(|hap| (hap.whole, hap.part, hap.value.to_string())).collect::<Vec<_>>();
        prop_assert_eq!(
            parts(asked(&format!("\"{a}\".add(\"{b}\")"))),
            parts(asked(&format!("\"{b}\".add.out(\"{a}\")")))
        );
    }

    #[test]
    fn mix_has_what_both_wholes_share(a in gapped(), b in gapped()) {
        let (left, right) = (wholes(&asked(&format!("\"{a}\""))), wholes(&asked(&format!("\"{b}\""))));
        let shared: Vec<_> = left.iter().flat_map(|x| right.iter().filter_map(move |y| x.meet(y))).collect();
        for whole in wholes(&asked(&format!("\"{a}\".add.mix(\"{b}\")"))) {
            prop_assert!(shared.contains(&whole), "{whole:?}");
        }
        let sorted = |text: String| asked(&text).into_iter().map(|hap| (hap.part, hap.value.to_string())).collect::<Vec<_>>();
        let (mut there, mut back) = (sorted(format!("\"{a}\".add.mix(\"{b}\")")), sorted(format!("\"{b}\".add.mix(\"{a}\")")));
        there.sort();
        back.sort();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn squeezed_events_lie_within_those_that_hold_them(a in gapped(), b in gapped()) {
        let (left, right) = (wholes(&asked(&format!("\"{a}\""))), wholes(&asked(&format!("\"{b}\""))));
        for whole in wholes(&asked(&format!("\"{a}\".add.squeeze(\"{b}\")"))) {
            prop_assert!(lies_within(whole, &left), "{whole:?}");
        }
        for whole in wholes(&asked(&format!("\"{a}\".add.squeezeout(\"{b}\")"))) {
            prop_assert!(lies_within(whole, &right), "{whole:?}");
        }
    }

    #[test]
    fn a_squeezed_cycle_is_the_same_in_each_event(a in full()) {
        // One event a cycle holds one cycle of the other, which is no change at all.
        let times = |text: String| asked(&text).into_iter().map(|hap| (hap.whole, hap.part)).collect::<Vec<_>>();
        prop_assert_eq!(times(format!("\"0\".add.squeeze(\"{a}\")")), times(format!("\"{a}\"")));
    }

    #[test]
    fn resets_begin_where_the_right_says(a in full(), b in gapped()) {
        let right = wholes(&asked(&format!("\"{b}\"")));
        for word in ["reset", "restart"] {
            let haps = asked(&format!("\"{a}\".add.{word}(\"{b}\")"));
            for whole in wholes(&haps) {
                prop_assert!(lies_within(whole, &right), "{word} {whole:?}");
            }
            // Without rests on the left, each event of the right begins something.
            for begin in right.iter().filter(|whole| whole.end <= Time::int(4)) {
                prop_assert!(haps.iter().any(|hap| hap.part.begin == begin.begin), "{word} {begin:?}");
            }
        }
    }

    #[test]
    fn set_has_the_values_of_the_right_and_keep_of_the_left(a in gapped(), b in full()) {
        let values = |text: &str| asked(text).into_iter().map(|hap| hap.value.to_string()).collect::<Vec<_>>();
        let (left, right) = (values(&format!("\"{a}\"")), values(&format!("\"{b}\"")));
        let set = values(&format!("\"{a}\".set(\"{b}\")"));
        prop_assert!(set.iter().all(|value| right.contains(value)));
        let keep = values(&format!("\"{a}\".keep(\"{b}\")"));
        prop_assert!(keep.iter().all(|value| left.contains(value)));
        prop_assert_eq!(values(&format!("\"{a}\".keep(\"0\")")), left);
    }

    #[test]
    fn poly_has_as_many_steps_as_both_fit_into(a in prop::collection::vec(0..9u8, 1..5), b in prop::collection::vec(0..9u8, 1..5)) {
        let text = |numbers: &[u8]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let pattern = read(&format!("\"{}\".add.poly(\"{}\")", text(&a), text(&b)));
        let haps = pattern.query(Span::cycle(0), &mut Context::new());
        // Step by step: the n-th event is the sum of the n-th of each.
        let mut onsets: Vec<_> = haps.iter().map(|hap| (hap.part, hap.value.number().unwrap_or(-1.0))).collect();
        onsets.sort_by_key(|(part, _)| *part);
        for (i, (_, sum)) in onsets.iter().enumerate() {
            prop_assert_eq!(*sum, f64::from(a[i % a.len()]) + f64::from(b[i % b.len()]));
        }
    }
}
