//! The keys, over the screen, from the table of commands.
//!
//! Invariant: every command of the table stands here, and every key of the text's buttons.

use super::canvas::{Canvas, clip};
use super::commands::{COMMANDS, Group};
use super::state::State;

/// The width of the keys' column, and of a column with what they do.
const KEYS: u16 = 10;
const COLUMN: u16 = KEYS + 26;

/// A line of the help: a heading, or keys and what they do.
enum Line {
    Heading(String),
    Keys(String, String),
    Gap,
}

fn column(state: &State, groups: &[Group]) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in groups {
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::Heading(group.name().to_owned()));
        for command in COMMANDS.iter().filter(|command| command.group == *group) {
            lines.push(Line::Keys(command.label.to_owned(), command.doc.to_owned()));
        }
        if *group == Group::Play {
            for button in &state.snapshot.buttons {
                lines.push(Line::Keys(button.key.to_string(), format!("{}, while it is held", clip(&button.name, 12))));
            }
        }
    }
    lines
}

/// The frame of an overlay with its title.
pub(super) fn frame(panel: &mut Canvas, state: &State, title: &str) {
    let theme = &state.theme;
    let (width, height) = (panel.width(), panel.height());
    if width < 2 || height < 2 {
        return;
    }
    for y in [0, height - 1] {
        panel.row(0, y, width, "─", theme.faint);
    }
    for y in 0..height {
        for (x, symbol) in [(0, "│"), (width - 1, "│")] {
            panel.text(x, y, symbol, theme.faint);
        }
    }
    for (x, y, corner) in [(0, 0, "╭"), (width - 1, 0, "╮"), (0, height - 1, "╰"), (width - 1, height - 1, "╯")]
    {
        panel.text(x, y, corner, theme.faint);
    }
    panel.text(2, 0, &format!(" {title} "), theme.strong);
}

/// The help, in two columns where there is room.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    let columns: Vec<Vec<Line>> = if canvas.width() >= 2 * COLUMN + 6 {
        vec![column(state, &[Group::Play, Group::Sections]), column(state, &[Group::Desk, Group::Screen])]
    } else {
        vec![column(state, &Group::ALL)]
    };
    // The air grows with the screen; without room between the groups it goes first.
    let gap = if canvas.width() >= 100 { 5 } else { 2 };
    let count = columns.len() as u16;
    let width = (COLUMN * count + gap * (count - 1) + 2 * gap.min(4)).min(canvas.width());
    let rows = |tight: bool| {
        let count = |lines: &Vec<Line>| lines.iter().filter(|line| !(tight && matches!(line, Line::Gap))).count();
        columns.iter().map(count).max().unwrap_or(0) as u16
    };
    let tight = rows(false) + 2 > canvas.height();
    let air = u16::from(rows(tight) + 4 <= canvas.height());
    let height = (rows(tight) + 2 + 2 * air).min(canvas.height());
    let (x, y) = ((canvas.width() - width) / 2, (canvas.height() - height) / 2);
    let mut panel = canvas.part(x, y, width, height);
    panel.clear(state.theme.panel);
    frame(&mut panel, state, "keys");
    for (at, lines) in columns.iter().enumerate() {
        let left = gap.min(4) + at as u16 * (COLUMN + gap);
        let room = COLUMN.min(width.saturating_sub(left + 1));
        let mut inner = panel.part(left, 1 + air, room, height.saturating_sub(2 + 2 * air));
        paint_lines(&mut inner, state, lines, tight);
    }
}

fn paint_lines(inner: &mut Canvas, state: &State, lines: &[Line], tight: bool) {
    let theme = &state.theme;
    let width = usize::from(inner.width());
    let shown = lines.iter().filter(|line| !(tight && matches!(line, Line::Gap)));
    for (y, line) in shown.enumerate() {
        let y = y as u16;
        match line {
            Line::Gap => {}
            Line::Heading(name) => {
                inner.text(0, y, name, theme.dim);
            }
            Line::Keys(keys, doc) => {
                inner.text(0, y, &clip(keys, usize::from(KEYS) - 1), theme.accent);
                inner.text(KEYS, y, &clip(doc, width.saturating_sub(usize::from(KEYS))), theme.text);
            }
        }
    }
}
