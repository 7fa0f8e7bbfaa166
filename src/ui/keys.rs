//! From keys to commands.
//!
//! Invariant: the music's own keys (`button`) come first, then an overlay's, then the table's; whatever is open, every
//! key of the table that the overlay does not need still works, because the stage does not wait.

use std::ops::ControlFlow;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::commands::{Action, COMMANDS, launch};
use super::state::{Overlay, State};

/// A key with what is held beside it. Shift counts only for keys that are not characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// With control.
    pub ctrl: bool,
    /// With shift.
    pub shift: bool,
}

impl Chord {
    /// A character.
    pub const fn char(character: char) -> Chord {
        Chord { code: KeyCode::Char(character), ctrl: false, shift: false }
    }

    /// A character with control.
    pub const fn ctrl(character: char) -> Chord {
        Chord { code: KeyCode::Char(character), ctrl: true, shift: false }
    }

    /// A key alone.
    pub const fn plain(code: KeyCode) -> Chord {
        Chord { code, ctrl: false, shift: false }
    }

    /// A key with shift.
    pub const fn shift(code: KeyCode) -> Chord {
        Chord { code, ctrl: false, shift: true }
    }

    fn of(event: KeyEvent) -> Chord {
        let character = matches!(event.code, KeyCode::Char(_));
        Chord {
            code: event.code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            shift: !character && event.modifiers.contains(KeyModifiers::SHIFT),
        }
    }
}

/// What a key does: to the screen at once, to the music through the action it returns.
pub fn update(state: &mut State, event: KeyEvent) -> Option<Action> {
    let chord = Chord::of(event);
    if let (KeyCode::Char(key), false) = (chord.code, chord.ctrl) {
        let music = key == 'f' || state.snapshot.buttons.iter().any(|button| button.key == key);
        match event.kind {
            KeyEventKind::Release => return state.release(key),
            KeyEventKind::Repeat if music => return None,
            _ if music => return state.hold(key),
            _ => {}
        }
    }
    if event.kind == KeyEventKind::Release || event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER) {
        return None;
    }
    if event.kind == KeyEventKind::Repeat && !moves(chord) {
        return None;
    }
    match in_overlay(state, chord) {
        ControlFlow::Break(action) => action,
        ControlFlow::Continue(()) => COMMANDS
            .iter()
            .find(|command| command.keys.contains(&chord))
            .and_then(|command| (command.run)(state, chord)),
    }
}

/// Whether a held key goes on: what moves does, what switches does not.
fn moves(chord: Chord) -> bool {
    use KeyCode::{Char, Down, Left, PageDown, PageUp, Right, Up};
    matches!(chord.code, Up | Down | Left | Right | PageUp | PageDown | Char('j' | 'k' | ',' | '.'))
}

/// What the overlay makes of a key; it goes on to the table where the overlay does not want it.
fn in_overlay(state: &mut State, chord: Chord) -> ControlFlow<Option<Action>> {
    match (state.overlay, chord.code) {
        (Overlay::None, _) => ControlFlow::Continue(()),
        (_, KeyCode::Esc) => {
            state.overlay = Overlay::None;
            ControlFlow::Break(None)
        }
        (Overlay::Sections(row), KeyCode::Up) => {
            state.overlay = Overlay::Sections(row.saturating_sub(1));
            ControlFlow::Break(None)
        }
        (Overlay::Sections(row), KeyCode::Down) => {
            state.overlay = Overlay::Sections((row + 1).min(state.snapshot.sections.len().saturating_sub(1)));
            ControlFlow::Break(None)
        }
        (Overlay::Sections(row), KeyCode::Enter) => {
            state.overlay = Overlay::None;
            ControlFlow::Break(launch(state, row))
        }
        _ => ControlFlow::Continue(()),
    }
}
