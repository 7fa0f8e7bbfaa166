//! What is said of a text that is wrong, as a reader sees it; and the shape of the tree, as later stages see it.

#![allow(clippy::unwrap_used, reason = "what is missing fails the test")]

use std::fmt::Write as _;

use talea::base::source::{FileId, Source};
use talea::base::time::Time;
use talea::lang;
use talea::lang::syntax::{Expr, ExprKind, ItemKind, Mini, MiniKind, Step};

/// Each text with what is said of it.
fn said(texts: &[&str]) -> String {
    let mut shown = String::new();
    for text in texts {
        let source = Source::new(FileId(0), "", *text);
        let (_, said) = lang::parse(&source);
        let _ = writeln!(shown, "{text}");
        assert!(!said.is_empty(), "{text}");
        for said in said {
            let at = source.line_column(said.place.unwrap().start);
            let _ = writeln!(
                shown,
                "  {}:{} {} [{}] {}",
                at.line,
                at.column,
                said.severity.name(),
                said.code,
                said.message
            );
            let at = source.at(said.place.unwrap());
            let label = if said.label.is_empty() { String::new() } else { format!(": {}", said.label) };
            let _ = writeln!(shown, "    at `{at}`{label}");
            for label in &said.labels {
                let _ = writeln!(shown, "    and `{}`: {}", source.at(label.place), label.text);
            }
            if let Some(help) = &said.help {
                let _ = writeln!(shown, "    help: {help}");
            }
        }
    }
    shown
}

/// Holds the texts against the snapshot named like the test.
fn hold(name: &str, texts: &[&str]) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, said(texts)) });
}

#[test]
fn brackets_and_quotes() {
    hold(
        "brackets_and_quotes",
        &[
            "a: s(\"bd\"",
            "a: s(\"bd\"]",
            "a: s(\"bd\"))",
            "mix a { gain -3dB\nb: s(\"hh\")",
            "a: s(\"bd)\nb: s('hh')",
            "a: s('bd)",
            "a: `bd\n  sd",
            "/* a",
            "a: s(“bd”)",
            "use 'C:\\samples'",
            "a: ()",
            "a: (1, 2)",
        ],
    );
}

#[test]
fn habits_from_elsewhere() {
    hold(
        "habits_from_elsewhere",
        &[
            "a: s(\"bd\").when(fill == 1, rev)",
            "a: x != 1",
            "a: x && y",
            "a: x ? 1 : 2",
            "a: x < 3",
            "a: every(4, x => { return x.rev })",
            "a: ${x}",
            "${x}",
            "a: n(`${x}`)",
            "await samples('kit')",
            "a = await f(2)",
            "function f(x) { return x }",
            "if (x) { a }",
            "let a = 3",
            "$bass: s(\"bd\")",
            "_$bass: s(\"bd\")",
            "a: s(\"bd\") # gain 1",
            "a: ~",
        ],
    );
}

#[test]
fn items_and_expressions() {
    hold(
        "items_and_expressions",
        &[
            "a:",
            "a: s(\"bd\").",
            "a: s(\"bd\").lpf.5",
            "a: .fast(2)",
            "a: s(\"bd\",, \"sd\")",
            "a: s(\"bd\" \"sd\")",
            "a: comp(ratio = 2)",
            "a: --3",
            "a: 3 4",
            "tempo 60 * 2",
            "tempo 60 - 2",
            "meter 7/x",
            "tempo 120, meter 4/4",
            "tempo 400khz",
            "tempo 120bmp",
            "a: lpf(3seconds)",
            "a: 1e999",
            "hook(2) = x",
            "a = b = c",
            "a: b: c",
            "a: {x 3}",
            "a: {(x): 3}",
            "master { gain 3 } x",
            "a: s(\"bd\"; x)",
            "$ s(\"bd\")",
        ],
    );
}

#[test]
fn mini_notation() {
    hold(
        "mini_notation",
        &[
            "a: \"bd [sd, hh*8\"",
            "a: \"bd <sd hh]\"",
            "a: \"bd]\"",
            "a: \"bd*\"",
            "a: \"bd**2\"",
            "a: \"bd*x\"",
            "a: \"bd / x\"",
            "a: \"{a b}%x\"",
            "a: \"{a b} %4\"",
            "a: \"a(9,8)\"",
            "a: \"a(3.5,8)\"",
            "a: \"a(3)\"",
            "a: \"a(3,8,2,1)\"",
            "a: \"a(,8)\"",
            "a: \"a(x,8)\"",
            "a: \"a(0,0)\"",
            "a: \"a(3,8\"",
            "a: \"(a b)\"",
            "a: \"_ a\"",
            "a: \"!2\"",
            "a: \":a\"",
            "a: \"a | b, c\"",
            "a: \"<a | b>\"",
            "a: \"a4'major\"",
            "a: \"a § b\"",
            "a: \"a + b\"",
            "a: \"a@-3 b\"",
            "a: \"a!200000\"",
            "a: \"1%0\"",
            "a: \"a@<1 2> b\"",
            "a: \"a!<1 2> b!x\"",
            "a: \"~a 4-7\"",
            "a: \"D6/9\"",
        ],
    );
}

fn expression(text: &str) -> Expr {
    let source = Source::new(FileId(0), "", text);
    let (found, said) = lang::parse_expression(&source);
    assert!(said.is_empty(), "{said:?}");
    found.unwrap()
}

/// An expression with brackets around every node.
fn shape(text: &str) -> String {
    fn show(expr: &Expr) -> String {
        let all = |list: &[Expr]| list.iter().map(show).collect::<Vec<_>>().join(" ");
        let arguments = |list: &[talea::lang::syntax::Argument]| {
            list.iter()
                .map(|argument| {
                    argument.name.as_ref().map_or(String::new(), |name| name.text.clone() + ":")
                        + &show(&argument.value)
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        match &expr.kind {
            ExprKind::Number(number) => {
                format!("{}{}", number.exact, number.unit.map_or("", talea::base::units::Unit::name))
            }
            ExprKind::Ratio(above, below) => format!("{}:{}", above.exact, below.exact),
            ExprKind::Text(text) => format!("'{text}'"),
            ExprKind::Mini(mini) => format!("\"{}\"", mini_shape(mini)),
            ExprKind::Name(name) => name.clone(),
            ExprKind::Call(name, list) => format!("{}({})", name.text, arguments(list)),
            ExprKind::Link(base, name, None) => format!("{}.{}", show(base), name.text),
            ExprKind::Link(base, name, Some(list)) => format!("{}.{}({})", show(base), name.text, arguments(list)),
            ExprKind::Lambda(names, body) => {
                let names: Vec<_> = names.iter().map(|name| name.text.as_str()).collect();
                format!("({} => {})", names.join(" "), show(body))
            }
            ExprKind::Binary(operator, left, right) => format!("({operator:?} {} {})", show(left), show(right)),
            ExprKind::Negative(inner) => format!("(Neg {})", show(inner)),
            ExprKind::Paren(inner) => format!("({})", show(inner)),
            ExprKind::List(list) => format!("[{}]", all(list)),
            ExprKind::Map(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(name, value)| format!("{}={}", name.text, show(value))).collect();
                format!("{{{}}}", pairs.join(" "))
            }
        }
    }
    show(&expression(text))
}

fn mini_shape(mini: &Mini) -> String {
    fn steps(list: &[Step]) -> String {
        list.iter()
            .map(|step| {
                let weight = if step.weight == Time::ONE { String::new() } else { format!("@{}", step.weight) };
                let repeats = if step.repeats == 1 { String::new() } else { format!("!{}", step.repeats) };
                mini_shape(&step.mini) + &weight + &repeats
            })
            .collect::<Vec<_>>()
            .join(" ")
    }
    let parts = |parts: &[Vec<Step>]| parts.iter().map(|part| steps(part)).collect::<Vec<_>>().join(", ");
    let minis = |list: &[Mini], joint: &str| list.iter().map(mini_shape).collect::<Vec<_>>().join(joint);
    let two = |name: &str, a: &Mini, b: &Mini| format!("({name} {} {})", mini_shape(a), mini_shape(b));
    match &mini.kind {
        MiniKind::Rest => "~".into(),
        MiniKind::Number(number) => {
            format!("{}{}", number.exact, number.unit.map_or("", talea::base::units::Unit::name))
        }
        MiniKind::Word(word) => word.clone(),
        MiniKind::Sequence(list) => format!("[{}]", steps(list)),
        MiniKind::Stack(list) => format!("[{}]", minis(list, ", ")),
        MiniKind::Choice(list) => format!("[{}]", minis(list, " | ")),
        MiniKind::Alternate(list) => format!("<{}>", parts(list)),
        MiniKind::Polymeter(list, pace) => {
            format!(
                "{{{}}}{}",
                parts(list),
                pace.as_ref().map_or(String::new(), |pace| "%".to_owned() + &mini_shape(pace))
            )
        }
        MiniKind::Fast(a, b) => two("*", a, b),
        MiniKind::Slow(a, b) => two("/", a, b),
        MiniKind::Tail(a, b) => two(":", a, b),
        MiniKind::Range(a, b) => two("..", a, b),
        MiniKind::Repeat(a, times) => format!("(! {} {times})", mini_shape(a)),
        MiniKind::Degrade(a, chance) => format!("(? {} {chance:?})", mini_shape(a)),
        MiniKind::Euclid(a, beats, slots, turn) => {
            let turn = turn.as_ref().map_or(String::new(), |turn| " ".to_owned() + &mini_shape(turn));
            format!("(euclid {} {} {}{turn})", mini_shape(a), mini_shape(beats), mini_shape(slots))
        }
    }
}

fn mini(text: &str) -> String {
    let ExprKind::Mini(mini) = expression(&format!("`{text}`")).kind else { panic!("{text} is no string") };
    mini_shape(&mini)
}

#[test]
fn a_chain_binds_closer_than_a_sign_and_a_sign_closer_than_a_product() {
    assert_eq!(shape("-a.b(2).c"), "(Neg a.b(2/1).c)");
    assert_eq!(shape("1 + 2 * 3 - 4"), "(Sub (Add 1/1 (Mul 2/1 3/1)) 4/1)");
    assert_eq!(shape("-3dB * -x"), "(Mul -3/1dB (Neg x))");
    assert_eq!(shape("a => b => a.c(b)"), "(a => (b => a.c(b)))");
    assert_eq!(shape("(a, b) => a + b"), "(a b => (Add a b))");
    assert_eq!(shape("() => 3"), "( => 3/1)");
    assert_eq!(shape("f(x: 1, y, (a))"), "f(x:1/1 y (a))");
    assert_eq!(shape("[1/8, 2 bars, .5]"), "[(Div 1/1 8/1) 2/1bars 1/2]");
    assert_eq!(shape("{a: 1, 'b c': 2\n \"<x y>\": 3, 4: 5}"), "{a=1/1 b c=2/1 <x y>=3/1 4=5/1}");
    assert_eq!(shape("'it\\'s \\\\'"), "'it's \\'");
}

#[test]
fn lines_that_go_on_are_one_item_and_lines_that_start_anew_are_two() {
    let items = |text: &str| {
        let (file, said) = lang::parse(&Source::new(FileId(0), "", text));
        assert!(said.is_empty(), "{text}: {said:?}");
        file.items.len()
    };
    assert_eq!(items("a: s(\"bd\")\n   .fast(2)\n\n  // .rev\n   .slow(2)\n"), 1);
    assert_eq!(items("a:\n\n  s(\"bd\")\n + n(3)"), 1);
    assert_eq!(items("a = 1; b = 2\r\nc = 3"), 3);
    assert_eq!(items("hook(x)\n= x.rev\na: s(\n\n\"bd\"\n)"), 2);
    assert_eq!(items("\u{feff}tempo: s(\"bd*4\")\ntempo 120"), 2);
    assert_eq!(items("mix a {\n gain -3dB, pan .5\n\n eq(low(3dB))\n}\n"), 1);
}

#[test]
fn a_command_takes_operands() {
    let (file, said) = lang::parse(&Source::new(FileId(0), "", "section turn 8 continue like verse { fade 1 beat }"));
    assert!(said.is_empty());
    let ItemKind::Command(command) = &file.items[0].kind else { panic!("no command") };
    assert_eq!(command.arguments.len(), 5);
    let ItemKind::Command(fade) = &command.block.as_ref().unwrap().items[0].kind else { panic!("no command") };
    assert_eq!(fade.arguments.len(), 1);
}

#[test]
fn labels_tell_their_marks() {
    let label = |text: &str| {
        let (file, _) = lang::parse(&Source::new(FileId(0), "", text));
        let ItemKind::Label(label, _) = &file.items[0].kind else { panic!("no label") };
        (label.name.text.clone(), label.muted, label.dollar)
    };
    assert_eq!(label("a: x"), ("a".into(), false, false));
    assert_eq!(label("_a: x"), ("a".into(), true, false));
    assert_eq!(label("$: x"), (String::new(), false, true));
    assert_eq!(label("_$: x"), (String::new(), true, true));
    assert_eq!(label("_$a: x"), ("a".into(), true, true));
}

#[test]
fn broken_items_keep_their_names() {
    let broken = |text: &str| lang::parse(&Source::new(FileId(0), "", text)).0.broken[0].0.clone();
    assert_eq!(broken("drums: s("), "drums");
    assert_eq!(broken("_drums: s("), "drums");
    assert_eq!(broken("$: s("), "");
    assert_eq!(broken("$bass: s("), "bass");
    assert_eq!(broken("let x = s("), "x");
    assert_eq!(broken("hook(x) = x."), "hook");
    assert_eq!(broken("mix drums { gain"), "mix drums");
    assert_eq!(broken("tempo 3 * 4"), "tempo ");
    assert_eq!(broken("s(\"bd*\")"), "");
}

#[test]
fn repeats_and_weights_combine_as_in_strudel() {
    assert_eq!(mini("a!2 b"), "[a!2 b]");
    assert_eq!(mini("a! b"), "[a!2 b]");
    assert_eq!(mini("a!!3 b"), "[a!4 b]");
    assert_eq!(mini("a!2@3 b"), "[a@2/1!2 b]");
    assert_eq!(mini("a@3!2 b"), "[a!2 b]");
    assert_eq!(mini("a!2*3 b"), "[(* [a!2] 3/1)@2/1 b]");
    assert_eq!(mini("a*3!2 b"), "[(* a 3/1)!2 b]");
    assert_eq!(mini("a!2*3!2"), "[(* a 3/1)!3]");
    assert_eq!(mini("a!1.5"), "(! a 3/2)");
    assert_eq!(mini("a!0 b"), "[~ b]");
    assert_eq!(mini("a@0 b"), "[a b]");
    assert_eq!(mini("a _@2 b"), "[a@3/1 b]");
    assert_eq!(mini("a _ _ b"), "[a@3/1 b]");
    assert_eq!(mini("a@ b"), "[a@2/1 b]");
    assert_eq!(mini("a@1.5 b"), "[a@3/2 b]");
}

#[test]
fn groups_hold_sequences_stacks_choices_and_feet() {
    assert_eq!(mini(""), "~");
    assert_eq!(mini("[a]"), "a");
    assert_eq!(mini("[] a"), "[~ a]");
    assert_eq!(mini("<> {}"), "[~ ~]");
    assert_eq!(mini("a b, c"), "[[a b], c]");
    assert_eq!(mini("a | b c"), "[a | [b c]]");
    assert_eq!(mini("a . b c"), "[a [b c]]");
    assert_eq!(mini("<a b . c>"), "<[a b] c>");
    assert_eq!(mini("{a@3 b!2, c}%<4 3>"), "{a@3/1 b!2, c}%<4/1 3/1>");
    assert_eq!(mini("a (3,8)?.3"), "(? (euclid a 3/1 8/1) Some(0.3))");
    assert_eq!(mini("bd:3:x 0..3"), "[(: (: bd 3/1) x) (.. 0/1 3/1)]");
    assert_eq!(mini("a(3,8,)"), "(euclid a 3/1 8/1)");
    assert_eq!(mini("a(<3 5>,8,<0 2>)"), "(euclid a <3/1 5/1> 8/1 <0/1 2/1>)");
    assert_eq!(mini("1%8 54% -6dB - -1 1e3"), "[1/8 54/1% -6/1dB ~ -1/1 1000/1]");
    assert_eq!(mini("bd // [ comment\n sd"), "[bd sd]");
}

#[test]
fn atoms_know_their_place_in_the_file() {
    let text = "a: `bd // one\n  <sd hh>*2`";
    let source = Source::new(FileId(0), "", text);
    let (file, _) = lang::parse(&source);
    let ItemKind::Label(_, Expr { kind: ExprKind::Mini(mini), .. }) = &file.items[0].kind else { panic!("no string") };
    let MiniKind::Sequence(steps) = &mini.kind else { panic!("no sequence") };
    assert_eq!(source.at(steps[0].mini.place), "bd");
    assert_eq!(source.at(steps[1].mini.place), "<sd hh>*2");
    let MiniKind::Fast(group, _) = &steps[1].mini.kind else { panic!("not fast") };
    let MiniKind::Alternate(parts) = &group.kind else { panic!("no alternation") };
    assert_eq!(source.at(parts[0][1].mini.place), "hh");
}
