//! What functions answer where no other implementation is asked: those of talea's own, and of Tidal's.

use talea::base::time::{Span, Time};
use talea::cli::query;

/// The onsets of each cycle with their values, cycles apart by `|`.
fn drawn(text: &str, cycles: i64) -> String {
    let haps = match query::haps(text, Span::new(Time::ZERO, Time::int(cycles))) {
        Ok(haps) => haps,
        Err(message) => return message,
    };
    let mut lines = Vec::new();
    for cycle in 0..cycles {
        let mut events: Vec<_> = haps
            .iter()
            .filter(|hap| hap.has_onset() && hap.onset().cycle() == cycle)
            .map(|hap| (hap.onset().fract(), hap.value.to_string()))
            .collect();
        events.sort();
        let events: Vec<_> = events
            .into_iter()
            .map(|(at, value)| if at.is_int() { format!("0:{value}") } else { format!("{at}:{value}") })
            .collect();
        lines.push(events.join(" "));
    }
    lines.join(" | ")
}

fn each_is_drawn_so(table: &[(&str, &str)]) {
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, answer)| (text, drawn(text, answer.split(" | ").count() as i64), answer))
        .filter(|(_, drawn, answer)| drawn != *answer)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn times_round_are_counted() {
    each_is_drawn_so(&[
        ("\"a b\".nthOf(2, 3, rev)", "0:a 1/2:b | 0:b 1/2:a | 0:a 1/2:b | 0:a 1/2:b | 0:b 1/2:a"),
        ("\"a b\".notNthOf(2, 3, rev)", "0:b 1/2:a | 0:a 1/2:b | 0:b 1/2:a"),
        ("\"a b\".firstTime(rev)", "0:b 1/2:a | 0:a 1/2:b | 0:a 1/2:b"),
        ("\"a b\".notFirstTime(rev)", "0:a 1/2:b | 0:b 1/2:a | 0:b 1/2:a"),
        ("\"a b\".notFirstOf(2, rev)", "0:a 1/2:b | 0:b 1/2:a"),
        ("\"a b\".notLastOf(2, rev)", "0:b 1/2:a | 0:a 1/2:b"),
        ("\"a b\".whenmod(4, 3, rev)", "0:a 1/2:b | 0:a 1/2:b | 0:a 1/2:b | 0:b 1/2:a"),
        ("\"a b\".foldEvery([2, 3], rev)", "0:a 1/2:b | 0:a 1/2:b | 0:b 1/2:a | 0:b 1/2:a"),
        ("\"a b\".cpm(60)", "0:a 1/4:b 1/2:a 3/4:b"),
    ]);
}

#[test]
fn tidal_words_do_what_they_do_there() {
    each_is_drawn_so(&[
        ("\"0 1 ~ 2\".rot(1)", "0:1 1/4:2 3/4:0"),
        ("\"a b\".spread(fast, [1, 2])", "0:a 1/2:b | 0:a 1/4:b 1/2:a 3/4:b"),
        ("\"a\".stutter(3, 1/8)", "0:a 1/8:a 1/4:a"),
        ("\"a\".wedge(1/4, \"b c\")", "0:a 1/4:b 5/8:c"),
        ("s(\"a\").echo(\"<1 2>\", 1/4, .5)", "0:gain:1 s:a | 0:gain:1 s:a 1/4:gain:0.5 s:a"),
        ("s(\"a\").echo(2, 1/4, \"<.5 .25>\")", "0:gain:1 s:a 1/4:gain:0.5 s:a | 0:gain:1 s:a 1/4:gain:0.25 s:a"),
        ("\"0\".plyWith(\"<1 2>\", add(7))", "0:0 | 0:0 1/2:7"),
        ("\"a\".euclid(3, 8, 2)", "0:a 1/4:a 5/8:a"),
        ("\"a\".euclidInv(3, 8)", "1/8:a 1/4:a 1/2:a 5/8:a 7/8:a"),
        ("\"a\".euclidFull(3, 8, \"b\")", "0:a 1/8:b 1/4:b 3/8:a 1/2:b 5/8:b 3/4:a 7/8:b"),
        ("\"a\".euclidOff(3, 8, 1)", "1/8:a 1/2:a 7/8:a"),
        ("\"a\".euclidish(3, 8, 0)", "0:a 3/8:a 3/4:a"),
        ("\"a\".euclidish(3, 8, 1)", "0:a 1/3:a 2/3:a"),
        ("sew(\"<1 0>\", \"a*2\", \"b\")", "0:a 1/2:a | 0:b"),
        ("stitch(\"1 0 1 1\", \"a\", \"b\")", "0:a 1/4:b 1/2:a 3/4:a"),
        ("seqPLoop([0, 1, \"a b\"], [1, 2, \"c\"])", "0:a 1/2:b | 0:c | 0:a 1/2:b"),
        ("seqP([1, 3, \"<a b>\"])", " | 0:a | 0:b | "),
        ("ur(2, \"a [b a:q]\", {a: \"0 1\", b: \"<2 3>\"}, {q: fast(2)})", "0:0 1/2:1 | 0:2 1/2:0 3/4:1"),
        ("note(\"[0,3,7]\").rolledBy(.75)", "0:note:0 1/4:note:3 1/2:note:7"),
        ("note(\"[0,3,7]\").rolledBy(-.75)", "0:note:7 1/4:note:3 1/2:note:0"),
        ("s(\"a b\").fix(ply(2), s(\"b\"))", "0:s:a 1/2:s:b 3/4:s:b"),
        ("s(\"a b\").unfix(ply(2), s(\"b\"))", "0:s:a 1/4:s:a 1/2:s:b"),
        ("\"a b\".while(\"1 0\", fast(2))", "0:a 1/4:b 1/2:b"),
        (
            "\"0 1\".striateBy(.5, 2)",
            "0:begin:0 end:0.5 value:0 1/4:begin:0 end:0.5 value:1 1/2:begin:0.5 end:1 value:0 3/4:begin:0.5 end:1 value:1",
        ),
    ]);
}

#[test]
fn steps_are_counted_and_laid_side_by_side() {
    each_is_drawn_so(&[
        ("stackLeft(\"a b\", \"c d e f\")", "0:a 0:c 1/4:b 1/4:d 1/2:e 3/4:f"),
        ("stackRight(\"a b\", \"c d e f\")", "0:c 1/4:d 1/2:a 1/2:e 3/4:b 3/4:f"),
        ("stackCentre(\"a b\", \"c d e f\")", "0:c 1/4:a 1/4:d 1/2:b 1/2:e 3/4:f"),
        ("stackBy('left', \"a\", \"c d\")", "0:a 0:c 1/2:d"),
        ("stepalt([\"a b\", \"c\"], \"d\")", "0:a 1/5:b 2/5:d 3/5:c 4/5:d"),
        ("stepcat(\"a b\".replicate(2), \"c d\")", "0:a 1/6:b 1/3:a 1/2:b 2/3:c 5/6:d"),
        ("binary(5)", "0:1 1/3:0 2/3:1"),
        ("chooseWith(saw, [\"a\", \"b\"]).segment(4)", "0:a 1/4:a 1/2:b 3/4:b"),
        ("\"0 .6\".choose(\"a\", \"b*2\")", "0:a 1/2:b"),
        ("n(\"0 19\").scale(\"c4:19edo\")", "0:note:60 1/2:note:72"),
        ("chord(\"C\").mode(\"root:c4\").voicing", "0:note:48 0:note:52 0:note:55"),
        ("n(\"0 3\").chord(\"C\").inversion(0).voicing", "0:note:60 1/2:note:72"),
    ]);
}

#[test]
fn repeats_by_a_signal_are_not_written_out_as_if_they_came_back() {
    let scope = talea::model::scope::EmptyScope;
    for (text, comes_back) in
        [("s(\"bd\").ply(1).ply(sine.slow(3).range(.1, 2)).fast(1)", false), ("s(\"bd\").ply(\"<2 3>\")", true)]
    {
        let (pattern, said) = query::pattern(text, &scope, 7);
        assert!(said.is_empty(), "{said:?}");
        assert_eq!(pattern.unwrap().period().is_some(), comes_back, "{text}");
    }
}
