//! The screens and keys of `talea play`, without a terminal.

#[path = "../examples/screens/stage.rs"]
mod stage;

use std::fmt::Write as _;

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::style::Color;
use talea::base::diagnostic::Diagnostic;
use talea::base::ink::Ink;
use talea::base::source::{FileId, LineColumn, Place};
use talea::ui::{Action, Depth, Kind, Knob, Lit, Mark, Problem, Snapshot, State, Strip, Theme, picture, update};

/// The state after a snapshot and keys: characters, or names in `<>`.
fn state(depth: Depth, size: (u16, u16), snapshot: Snapshot, keys: &str) -> (State, Vec<Action>) {
    let mut state = State::new(Theme::new(depth));
    state.resize(size.0, size.1);
    state.receive(snapshot, 0.0);
    let actions = keys_of(keys).into_iter().filter_map(|key| update(&mut state, key)).collect();
    (state, actions)
}

fn keys_of(keys: &str) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut rest = keys;
    while let Some(character) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (event, after) = match named {
            Some((name, after)) => (named_key(name), after),
            None => (KeyEvent::from(KeyCode::Char(character)), &rest[character.len_utf8()..]),
        };
        events.push(event);
        rest = after;
    }
    events
}

fn named_key(name: &str) -> KeyEvent {
    let (modifiers, name) = match name.split_once('-') {
        Some(("ctrl", name)) => (KeyModifiers::CONTROL, name),
        Some(("shift", name)) => (KeyModifiers::SHIFT, name),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "pagedown" => KeyCode::PageDown,
        "pageup" => KeyCode::PageUp,
        other => KeyCode::Char(other.chars().next().expect("a key has a name")),
    };
    KeyEvent::new(code, modifiers)
}

/// The text of a screen; under it the same screen with a letter for each style, and what the letters mean.
fn dump(buffer: &Buffer) -> String {
    let mut styles: Vec<String> = Vec::new();
    let (mut text, mut letters) = (String::new(), String::new());
    for y in 0..buffer.area.height {
        let (mut line, mut style_line) = (String::new(), String::new());
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            line.push_str(cell.symbol());
            let style = style_of(cell);
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            style_line.push(
                char::from_u32('a' as u32 + at as u32)
                    .filter(|_| at < 26)
                    .unwrap_or_else(|| char::from_u32('A' as u32 + (at as u32 - 26)).expect("fewer than 52 styles")),
            );
            x += 1;
        }
        let _ = writeln!(text, "{}", line.trim_end());
        let _ = writeln!(letters, "{style_line}");
    }
    let meanings = styles.iter().enumerate().fold(String::new(), |mut out, (at, style)| {
        let letter = if at < 26 { (b'a' + at as u8) as char } else { (b'A' + (at - 26) as u8) as char };
        let _ = writeln!(out, "{letter}  {style}");
        out
    });
    format!("{text}\n{letters}\n{meanings}")
}

fn style_of(cell: &Cell) -> String {
    let color = |color: Color| match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{} on {} {:?}", color(cell.fg), color(cell.bg), cell.modifier)
}

#[test]
fn the_screens_look_as_they_did() {
    let scenes: [(&str, Depth, Snapshot, &str); 8] = [
        ("playing", Depth::True, stage::playing(), "g"),
        ("problems", Depth::True, stage::with_problems(), "e"),
        ("hands", Depth::True, stage::with_hands(), "<right><right>"),
        ("countdown", Depth::True, stage::with_countdown(), ""),
        ("help", Depth::True, stage::playing(), "?"),
        ("sections", Depth::True, stage::playing(), "l<down>"),
        ("monochrome", Depth::Mono, stage::with_hands(), "g"),
        ("monochrome problems", Depth::Mono, stage::with_problems(), "e"),
    ];
    for (name, depth, snapshot, keys) in scenes {
        for size in [(80, 24), (120, 40)] {
            let (mut state, _) = state(depth, size, snapshot.clone(), keys);
            let name = format!("{} {}x{}", name, size.0, size.1).replace(' ', "_");
            insta::assert_snapshot!(name, dump(&picture::paint(&mut state, size.0, size.1)));
        }
    }
}

#[test]
fn a_step_is_lit_in_the_colour_that_the_text_gives_it() {
    let ground = |depth, ink| {
        let mut shown = stage::playing();
        shown.source.sounding.truncate(1);
        shown.source.sounding[0].ink = ink;
        let (mut state, _) = state(depth, (80, 24), shown, "g");
        let buffer = picture::paint(&mut state, 80, 24);
        let at = (0..buffer.area.height).find_map(|y| {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            Some((line.find("s(\"bd").map(|byte| line[..byte].chars().count())? as u16 + 3, y))
        });
        style_of(&buffer[at.expect("the drums' line")])
    };
    let tomato = Ink::named("tomato");
    assert_eq!(ground(Depth::True, Ink::named("navy")), "#f7efe3 on #000080 BOLD");
    assert_eq!(ground(Depth::True, Ink::named("khaki")), "#141210 on #f0e68c BOLD");
    assert_eq!(ground(Depth::Indexed, tomato), "indexed(233) on indexed(203) BOLD");
    assert_eq!(ground(Depth::Mono, tomato), ground(Depth::Mono, None));
    assert_eq!(ground(Depth::True, None), "#141210 on #6cc7d1 BOLD");
}

/// The screen's text at 80×24 after keys, and what they asked for.
fn after(snapshot: Snapshot, keys: &str) -> (String, Vec<Action>) {
    let (mut state, actions) = state(Depth::Mono, (80, 24), snapshot, keys);
    let shown = dump(&picture::paint(&mut state, 80, 24));
    (shown.split("\n\n").next().unwrap_or("").to_owned(), actions)
}

#[test]
fn keys_ask_for_what_the_table_says() {
    let strip = |name: &str| name.to_owned();
    let launch = |name: &str| Action::Launch { section: name.to_owned() };
    let cases: [(&str, Vec<Action>); 25] = [
        (" ", vec![Action::PlayPause]),
        ("q", vec![Action::Quit]),
        ("<ctrl-c>", vec![Action::Quit]),
        ("!", vec![Action::Panic]),
        ("u", vec![Action::StepBack]),
        ("m", vec![Action::Mute { strip: strip("drums") }]),
        ("<right>m", vec![Action::Mute { strip: strip("hats") }]),
        ("<right><left><left>s", vec![Action::Solo { strip: strip("drums") }]),
        ("<up>", vec![Action::Gain { strip: strip("drums"), delta: 1.0 }]),
        ("<shift-down>", vec![Action::Gain { strip: strip("drums"), delta: -0.1 }]),
        (",", vec![Action::Pan { strip: strip("drums"), delta: -0.05 }]),
        ("<shift-right>", vec![Action::Pan { strip: strip("drums"), delta: 0.05 }]),
        ("3", vec![launch("drop")]),
        ("9", vec![]),
        ("l<down><enter>", vec![launch("turn")]),
        ("l<up><up><up><up><enter>", vec![launch("intro")]),
        ("l<esc><enter>", vec![]),
        ("l ", vec![Action::PlayPause]),
        ("?m", vec![Action::Mute { strip: strip("drums") }]),
        ("c", vec![Action::CancelLaunch]),
        ("r", vec![Action::ResumeSong]),
        ("h", vec![Action::Button { name: "hold".to_owned(), down: true }]),
        ("ff", vec![Action::Fill { down: true }]),
        ("jkpge?<esc>", vec![]),
        ("<ctrl-m>x", vec![]),
    ];
    for (keys, wanted) in cases {
        assert_eq!(after(stage::playing(), keys).1, wanted, "after {keys}");
    }
}

#[test]
fn the_arrows_reach_knobs_and_the_master_and_stop_there() {
    let eleven = "<right>".repeat(11);
    let knob = Action::Knob { name: "tone".to_owned(), delta: 0.025 };
    assert_eq!(after(stage::playing(), &format!("{eleven}<up>m,")).1, [knob]);
    let many = "<right>".repeat(40);
    assert_eq!(after(stage::playing(), &format!("{many}m")).1, [Action::Mute { strip: "master".to_owned() }]);
}

/// A hint is shown in the pane and is no problem.
fn with_a_hint() -> Snapshot {
    let mut shown = stage::with_problems();
    let said = Diagnostic::hint("strudel-form", Place::new(FileId(0), 0, 0), "`setcpm` is Strudel's word");
    shown.problems.push(Problem { diagnostic: said, at: Some(LineColumn { line: 1, column: 1 }), file: None });
    shown
}

#[test]
fn keys_change_what_is_on_the_screen() {
    // Before, keys, what stands there after, what does not.
    let cases: [(Snapshot, &str, &str, &str); 10] = [
        (stage::playing(), "?", "silence everything at once", "┌"),
        (stage::playing(), "??", "NIGHT BUS", "silence everything"),
        (stage::playing(), "j", "  2   talea 1", "NIGHT BUS"),
        (stage::playing(), "jjjkkkk", "NIGHT BUS", "of 47"),
        (stage::playing(), "<pagedown>", " 11     o = saw", "NIGHT BUS"),
        (stage::playing(), "<pagedown><pagedown><pagedown><pagedown><pagedown><pagedown>", "of 48", "11     o"),
        (stage::playing(), "g", "drums: s(\"bd", "NIGHT BUS"),
        (stage::with_problems(), "p", "3 problems", "unknown function"),
        (with_a_hint(), "p", "3 problems", "unknown function"),
        (stage::with_problems(), "e", "● bass", "NIGHT BUS"),
    ];
    for (before, keys, there, gone) in cases {
        let (shown, _) = after(before, keys);
        assert!(shown.contains(there), "after {keys}: no `{there}` in\n{shown}");
        assert!(!shown.contains(gone), "after {keys}: `{gone}` in\n{shown}");
    }
}

#[test]
fn the_help_shows_every_command_at_80_by_24() {
    let (shown, _) = after(stage::playing(), "?");
    for command in talea::ui::COMMANDS {
        assert!(shown.contains(command.doc), "`{}` is not in the help:\n{shown}", command.doc);
    }
}

#[test]
fn a_selected_strip_stays_selected_when_an_edit_moves_it() {
    let (mut state, _) = state(Depth::True, (80, 24), stage::playing(), "<right><right>");
    let mut edited = stage::playing();
    edited.strips.insert(0, Strip { name: "new".to_owned(), ..Strip::default() });
    state.receive(edited, 0.03);
    let muted = update(&mut state, KeyEvent::from(KeyCode::Char('m')));
    assert_eq!(muted, Some(Action::Mute { strip: "perc".to_owned() }));
}

#[test]
fn a_held_key_is_let_go_when_its_repeats_stop() {
    let (mut state, _) = state(Depth::True, (80, 24), stage::playing(), "f");
    assert_eq!(state.let_go(0.5), []);
    update(&mut state, KeyEvent::from(KeyCode::Char('f')));
    assert_eq!(state.let_go(0.1), [], "a repeat keeps it down");
    assert_eq!(state.let_go(0.1), [Action::Fill { down: false }]);
    assert_eq!(state.let_go(9.0), []);
}

#[test]
fn a_terminal_that_reports_releases_decides_itself() {
    let (mut state, _) = state(Depth::True, (80, 24), stage::playing(), "h");
    let up = KeyEvent::new_with_kind(KeyCode::Char('h'), KeyModifiers::NONE, KeyEventKind::Release);
    assert_eq!(update(&mut state, up), Some(Action::Button { name: "hold".to_owned(), down: false }));
    update(&mut state, KeyEvent::from(KeyCode::Char('h')));
    assert_eq!(state.let_go(60.0), []);
    assert_eq!(update(&mut state, up), Some(Action::Button { name: "hold".to_owned(), down: false }));
}

#[test]
fn a_still_screen_need_not_be_painted_again() {
    let mut quiet = stage::playing();
    quiet.strips.iter_mut().for_each(|strip| strip.peak = [0.0; 2]);
    let (mut state, _) = state(Depth::True, (80, 24), quiet.clone(), "");
    assert!(!state.receive(quiet.clone(), 0.03));
    quiet.strips[0].peak = [0.5; 2];
    assert!(state.receive(quiet.clone(), 0.03));
    quiet.strips[0].peak = [0.0; 2];
    state.receive(quiet.clone(), 0.03);
    assert!(state.receive(quiet, 0.03), "the meters still fall");
}

#[test]
fn below_forty_by_ten_only_the_position_is_left() {
    let (mut state, _) = state(Depth::True, (30, 5), stage::playing(), "");
    let shown = dump(&picture::paint(&mut state, 30, 5));
    assert!(shown.starts_with(" ▶ drop 5/16  3\n"), "{shown}");
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{0,12}", "\\PC{0,20}", "[日本語e\u{301}🥁\t\u{200d}\"'`/\n\r\u{7}]{0,30}"]
}

prop_compose! {
    fn odd_strip()(
        name in odd_text(), kind in 0..4, peak in any::<[f32; 2]>(), gain in any::<f32>(), pan in any::<f32>(),
        flags in any::<[bool; 5]>(), hue in any::<u8>(),
    ) -> Strip {
        let kind = [Kind::Track, Kind::Group, Kind::Bus, Kind::Master][kind as usize];
        let [muted, muted_by_text, soloed, midi, playing] = flags;
        Strip { name, kind, peak, gain, pan, muted, muted_by_text, soloed, midi, playing, hue }
    }
}

prop_compose! {
    fn odd_snapshot()(
        strips in prop::collection::vec(odd_strip(), 0..40),
        text in prop::collection::vec(odd_text(), 0..30),
        places in prop::collection::vec(any::<(u32, u32)>(), 0..10),
        near in prop::collection::vec((0u32..200, 0u32..200), 0..10),
        meter in any::<(u32, u32)>(), figures in any::<[f64; 4]>(), bars in any::<[u32; 5]>(),
        names in prop::collection::vec(odd_text(), 5),
        hand in any::<f32>(), song_at in prop::option::of(any::<usize>()),
    ) -> Snapshot {
        let mut shown = stage::with_problems();
        shown.strips = strips;
        shown.title.clone_from(&names[0]);
        shown.source.text = text.concat().into();
        shown.source.sounding = places
            .iter()
            .chain(&near)
            .map(|&(start, end)| Lit {
                place: Place { file: FileId(0), start, end },
                ink: (start % 2 == 0).then_some(Ink(start as u8, end as u8, 0)),
            })
            .collect();
        shown.source.marks.push(Mark { line: bars[0], severity: talea::base::diagnostic::Severity::Hint });
        shown.transport.meter = meter;
        shown.transport.beat = figures[0];
        shown.transport.tempo = figures[1];
        if let Some(section) = &mut shown.section {
            section.bar = bars[1];
            section.bars = Some(bars[2]);
            section.name.clone_from(&names[1]);
        }
        shown.queued = Some(talea::ui::Queued { section: names[2].clone(), beats: figures[2] });
        shown.knobs = vec![Knob { name: names[3].clone(), at: hand, value: names[4].clone() }];
        shown.health.recording = Some(figures[3]);
        shown.health.load = hand;
        shown.song_at = song_at;
        shown.song[0].bars = bars[3];
        shown.sections[0].bars = Some(bars[4]);
        let said = Diagnostic::error("odd", Place::new(FileId(0), 0, 0), names[1].clone()).help(names[2].clone());
        shown.problems.push(Problem { diagnostic: said, at: Some(LineColumn { line: bars[0], column: 1 }), file: None });
        shown
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_size_no_text_and_no_key_makes_the_screen_panic(
        width in 1u16..230, height in 1u16..70, snapshot in odd_snapshot(), next in odd_snapshot(),
        keys in prop::collection::vec(prop::sample::select(vec![
            "<left>", "<right>", "<up>", "<down>", "<enter>", "<esc>", "<pagedown>", "<pageup>", "j", "k", "l", "?",
            "p", "e", "g", "m", "9", "f", "h", " ",
        ]), 0..30),
    ) {
        let (mut state, _) = state(Depth::True, (width, height), snapshot, &keys.concat());
        picture::paint(&mut state, width, height);
        state.receive(next, 0.05);
        for key in keys_of(&keys.concat()) {
            update(&mut state, key);
        }
        state.let_go(1.0);
        picture::paint(&mut state, height, width.min(100));
    }
}

#[test]
fn the_smallest_screens_of_all_can_be_painted() {
    for (width, height) in (1..45).flat_map(|width| (1..14).map(move |height| (width, height))) {
        let (mut state, _) = state(Depth::True, (width, height), stage::with_problems(), "?l");
        picture::paint(&mut state, width, height);
    }
}
