//! All commands of the screen: what each is called, which keys give it, what it does.
//!
//! One table for the keys, the help, the footer and the manual. Invariant: no key stands in it twice, and no command
//! does anything to the music but through the [`Action`] it returns.

use ratatui::crossterm::event::KeyCode;

use super::keys::Chord;
use super::state::{Item, Overlay, State};

/// What the performer wants from the session.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Start, or stop where it stands.
    PlayPause,
    /// End.
    Quit,
    /// Silence at once: all voices, tails and MIDI notes.
    Panic,
    /// Play the version of the text before this one.
    StepBack,
    /// Turn the hand's mute of a strip on or off.
    Mute {
        /// The strip's name.
        strip: String,
    },
    /// Turn the hand's solo of a strip on or off.
    Solo {
        /// The strip's name.
        strip: String,
    },
    /// Move a fader.
    Gain {
        /// The strip's name.
        strip: String,
        /// By how much, in dB.
        delta: f32,
    },
    /// Move a strip in the stereo field.
    Pan {
        /// The strip's name.
        strip: String,
        /// By how much; the whole way from left to right is 1.
        delta: f32,
    },
    /// Move a knob of the text.
    Knob {
        /// The knob's name.
        name: String,
        /// By how much; the whole way from low to high is 1.
        delta: f32,
    },
    /// A button of the text goes down or up.
    Button {
        /// The button's name.
        name: String,
        /// Whether it is down now.
        down: bool,
    },
    /// `fill` is held or let go.
    Fill {
        /// Whether it is held now.
        down: bool,
    },
    /// Queue a section for the next quantum.
    Launch {
        /// The section's name.
        section: String,
    },
    /// Forget the queued section.
    CancelLaunch,
    /// Take the song up again.
    ResumeSong,
}

/// Where a command stands in the help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Transport and safety.
    Play,
    /// Sections and the song.
    Sections,
    /// Strips and knobs.
    Desk,
    /// The text, its problems, the screen.
    Screen,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Group; 4] = [Group::Play, Group::Sections, Group::Desk, Group::Screen];

    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Play => "play",
            Group::Sections => "sections",
            Group::Desk => "desk",
            Group::Screen => "text and screen",
        }
    }
}

/// One command.
pub struct Command {
    /// Its name in the manual.
    pub name: &'static str,
    /// The keys that give it.
    pub keys: &'static [Chord],
    /// The keys as people read them.
    pub label: &'static str,
    /// What it does, in at most 26 characters: the help has two columns on 80.
    pub doc: &'static str,
    /// The word for it in the footer; empty where it does not stand there.
    pub short: &'static str,
    /// Where it stands in the help.
    pub group: Group,
    /// What it does.
    pub(super) run: fn(&mut State, Chord) -> Option<Action>,
}

use Chord as C;

/// How far the arrows move a fader, in dB, and its fine step.
const GAIN_STEP: f32 = 1.0;
const GAIN_FINE: f32 = 0.1;
/// How far a key moves pan, and a knob; the whole way is 1.
const PAN_STEP: f32 = 0.05;
const KNOB_STEP: f32 = 1.0 / 40.0;
const KNOB_FINE: f32 = 1.0 / 400.0;

/// All commands, in the order of the help and, those with a `short`, of the footer.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "play",
        keys: &[C::char(' ')],
        label: "space",
        doc: "start, or stop",
        short: "play/stop",
        group: Group::Play,
        run: |_, _| Some(Action::PlayPause),
    },
    Command {
        name: "panic",
        keys: &[C::char('!')],
        label: "!",
        doc: "silence everything at once",
        short: "",
        group: Group::Play,
        run: |state, _| {
            state.say("panic".to_owned());
            Some(Action::Panic)
        },
    },
    Command {
        name: "fill",
        keys: &[C::char('f')],
        label: "f",
        doc: "fill, while it is held",
        short: "",
        group: Group::Play,
        run: |state, _| state.hold('f'),
    },
    Command {
        name: "back",
        keys: &[C::char('u')],
        label: "u",
        doc: "play the version before",
        short: "",
        group: Group::Play,
        run: |state, _| {
            state.say("one version back".to_owned());
            Some(Action::StepBack)
        },
    },
    Command {
        name: "quit",
        keys: &[C::char('q'), C::ctrl('c')],
        label: "q  ctrl-c",
        doc: "quit, without asking",
        short: "",
        group: Group::Play,
        run: |_, _| Some(Action::Quit),
    },
    Command {
        name: "launch",
        keys: &[
            C::char('1'),
            C::char('2'),
            C::char('3'),
            C::char('4'),
            C::char('5'),
            C::char('6'),
            C::char('7'),
            C::char('8'),
            C::char('9'),
        ],
        label: "1 … 9",
        doc: "launch a section, in time",
        short: "section",
        group: Group::Sections,
        run: |state, chord| match chord.code {
            KeyCode::Char(digit) => launch(state, digit.to_digit(10)?.checked_sub(1)? as usize),
            _ => None,
        },
    },
    Command {
        name: "sections",
        keys: &[C::char('l')],
        label: "l",
        doc: "choose a section in a list",
        short: "",
        group: Group::Sections,
        run: |state, _| {
            let playing = state.snapshot.sections.iter().position(|section| section.playing).unwrap_or(0);
            state.overlay = match state.overlay {
                Overlay::Sections(_) => Overlay::None,
                _ => Overlay::Sections(playing),
            };
            None
        },
    },
    Command {
        name: "cancel",
        keys: &[C::char('c')],
        label: "c",
        doc: "cancel the queued section",
        short: "",
        group: Group::Sections,
        run: |_, _| Some(Action::CancelLaunch),
    },
    Command {
        name: "resume",
        keys: &[C::char('r')],
        label: "r",
        doc: "take the song up again",
        short: "",
        group: Group::Sections,
        run: |_, _| Some(Action::ResumeSong),
    },
    Command {
        name: "select",
        keys: &[C::plain(KeyCode::Left), C::plain(KeyCode::Right)],
        label: "← →",
        doc: "select a strip or knob",
        short: "strip",
        group: Group::Desk,
        run: |state, chord| {
            let last = state.desk().len().saturating_sub(1);
            let left = chord.code == KeyCode::Left;
            state.selected = if left { state.selected.saturating_sub(1) } else { (state.selected + 1).min(last) };
            None
        },
    },
    Command {
        name: "gain",
        keys: &[C::plain(KeyCode::Up), C::plain(KeyCode::Down)],
        label: "↑ ↓",
        doc: "gain by 1 dB, or the knob",
        short: "gain",
        group: Group::Desk,
        run: |state, chord| raise(state, chord.code == KeyCode::Up, GAIN_STEP, KNOB_STEP),
    },
    Command {
        name: "fine",
        keys: &[C::shift(KeyCode::Up), C::shift(KeyCode::Down)],
        label: "shift ↑ ↓",
        doc: "the same by a tenth",
        short: "",
        group: Group::Desk,
        run: |state, chord| raise(state, chord.code == KeyCode::Up, GAIN_FINE, KNOB_FINE),
    },
    Command {
        name: "pan",
        keys: &[C::char(','), C::char('.'), C::shift(KeyCode::Left), C::shift(KeyCode::Right)],
        label: ",  .",
        doc: "pan left, pan right",
        short: "",
        group: Group::Desk,
        run: |state, chord| {
            let left = matches!(chord.code, KeyCode::Char(',') | KeyCode::Left);
            let delta = if left { -PAN_STEP } else { PAN_STEP };
            strip(state).map(|strip| Action::Pan { strip, delta })
        },
    },
    Command {
        name: "mute",
        keys: &[C::char('m')],
        label: "m",
        doc: "mute on and off",
        short: "mute",
        group: Group::Desk,
        run: |state, _| strip(state).map(|strip| Action::Mute { strip }),
    },
    Command {
        name: "solo",
        keys: &[C::char('s')],
        label: "s",
        doc: "solo on and off",
        short: "solo",
        group: Group::Desk,
        run: |state, _| strip(state).map(|strip| Action::Solo { strip }),
    },
    Command {
        name: "scroll",
        keys: &[C::char('j'), C::char('k')],
        label: "j  k",
        doc: "scroll by a line",
        short: "",
        group: Group::Screen,
        run: |state, chord| {
            scroll(state, 1, chord.code == KeyCode::Char('j'));
            None
        },
    },
    Command {
        name: "page",
        keys: &[C::plain(KeyCode::PageDown), C::plain(KeyCode::PageUp)],
        label: "page ↑ ↓",
        doc: "scroll by a page",
        short: "",
        group: Group::Screen,
        run: |state, chord| {
            let rows = state.source_rows();
            scroll(state, rows, chord.code == KeyCode::PageDown);
            None
        },
    },
    Command {
        name: "follow",
        keys: &[C::char('g')],
        label: "g",
        doc: "go to what sounds",
        short: "",
        group: Group::Screen,
        run: |state, _| {
            let source = &state.snapshot.source;
            let places = || source.sounding.iter().map(|lit| lit.place).filter(|place| place.file == source.file);
            let first = places().map(|place| place.start).min();
            let last = places().map(|place| place.start).max();
            if let (Some(first), Some(last)) = (first, last) {
                let (first, last) = (state.lines.line_of(first as usize), state.lines.line_of(last as usize));
                state.show_lines(first, last);
            }
            None
        },
    },
    Command {
        name: "problem",
        keys: &[C::char('e')],
        label: "e",
        doc: "go to the next problem",
        short: "",
        group: Group::Screen,
        run: |state, _| {
            next_problem(state);
            None
        },
    },
    Command {
        name: "problems",
        keys: &[C::char('p')],
        label: "p",
        doc: "show or hide problems",
        short: "problems",
        group: Group::Screen,
        run: |state, _| {
            state.problems_shown = !state.problems_shown;
            None
        },
    },
    Command {
        name: "repaint",
        keys: &[C::ctrl('l')],
        label: "ctrl-l",
        doc: "paint the screen again",
        short: "",
        group: Group::Screen,
        run: |state, _| {
            state.repaint = true;
            None
        },
    },
    Command {
        name: "help",
        keys: &[C::char('?'), C::plain(KeyCode::F(1))],
        label: "?",
        doc: "these keys; esc closes",
        short: "help",
        group: Group::Screen,
        run: |state, _| {
            state.overlay = if state.overlay == Overlay::Help { Overlay::None } else { Overlay::Help };
            None
        },
    },
];

/// Queues the section at an index, where there is one.
pub(super) fn launch(state: &mut State, at: usize) -> Option<Action> {
    let section = state.snapshot.sections.get(at)?.name.clone();
    state.say(format!("launch {section}"));
    Some(Action::Launch { section })
}

/// The name of the selected strip; `None` on a knob.
fn strip(state: &State) -> Option<String> {
    match state.selected_item()? {
        Item::Strip(at) => state.snapshot.strips.get(at).map(|strip| strip.name.clone()),
        Item::Knob(_) => None,
    }
}

fn raise(state: &State, up: bool, gain: f32, knob: f32) -> Option<Action> {
    let signed = |step: f32| if up { step } else { -step };
    match state.selected_item()? {
        Item::Strip(_) => strip(state).map(|strip| Action::Gain { strip, delta: signed(gain) }),
        Item::Knob(at) => {
            let name = state.snapshot.knobs.get(at)?.name.clone();
            Some(Action::Knob { name, delta: signed(knob) })
        }
    }
}

fn scroll(state: &mut State, rows: usize, down: bool) {
    let last = state.lines.count().saturating_sub(state.source_rows());
    let to = if down {
        state.scroll.saturating_add(rows).min(last.max(state.scroll))
    } else {
        state.scroll.saturating_sub(rows)
    };
    state.scroll = to;
}

fn next_problem(state: &mut State) {
    let count = state.snapshot.problems.len();
    if count == 0 {
        return;
    }
    let at = state.problem_at.map_or(0, |at| at + 1) % count;
    state.problem_at = Some(at);
    state.problems_shown = true;
    let problem = &state.snapshot.problems[at];
    if let (Some(place), None) = (problem.at, &problem.file) {
        let line = place.line.saturating_sub(1) as usize;
        state.show_lines(line, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_in_the_table_twice() {
        let keys: Vec<_> = COMMANDS.iter().flat_map(|command| command.keys).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key:?} stands twice");
        }
    }
}
