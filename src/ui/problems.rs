//! What is wrong with the text, and what the machine said: a pane, never a modal.
//!
//! Invariant: it takes only the rows it needs, and none while there is nothing to say.

use ratatui::style::Style;

use super::canvas::{Canvas, wrap};
use super::state::State;
use super::theme::Theme;
use crate::base::diagnostic::Severity;

/// How many of the machine's messages are shown.
const MESSAGES: usize = 3;

/// Where messages begin, after the place.
const INDENT: u16 = 11;

/// A row of the pane.
struct Row {
    place: String,
    text: String,
    place_style: Style,
    style: Style,
    chosen: bool,
}

fn severity_style(theme: &Theme, severity: Severity) -> Style {
    match severity {
        Severity::Error => theme.bad,
        Severity::Warning => theme.warn,
        Severity::Hint => theme.dim,
    }
}

fn rows(state: &State, width: u16) -> Vec<Row> {
    let theme = &state.theme;
    let room = usize::from(width.saturating_sub(INDENT + 1));
    let mut rows = Vec::new();
    for (at, problem) in state.snapshot.problems.iter().enumerate() {
        let said = &problem.diagnostic;
        let place = problem.at.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
        let mut message = said.message.clone();
        if let Some(file) = &problem.file {
            message = format!("{file}: {message}");
        }
        let chosen = state.problem_at == Some(at);
        for (line, text) in wrap(&message, room).into_iter().enumerate() {
            rows.push(Row {
                place: if line == 0 { place.clone() } else { String::new() },
                text,
                place_style: severity_style(theme, said.severity),
                style: if chosen { theme.strong } else { theme.text },
                chosen,
            });
        }
        for text in said.help.iter().flat_map(|help| wrap(help, room)) {
            rows.push(Row { place: String::new(), text, place_style: theme.dim, style: theme.dim, chosen });
        }
    }
    let log = &state.snapshot.log;
    for message in &log[log.len().saturating_sub(MESSAGES)..] {
        for (line, text) in wrap(&message.text, room).into_iter().enumerate() {
            rows.push(Row {
                place: if line == 0 { "machine".to_owned() } else { String::new() },
                text,
                place_style: severity_style(theme, message.severity),
                style: theme.dim,
                chosen: false,
            });
        }
    }
    rows
}

/// How many rows the pane needs at a width, with its rule; 0 where it has nothing to say.
pub(super) fn needed(state: &State, width: u16) -> u16 {
    match rows(state, width).len() {
        0 => 0,
        rows => rows.min(1000) as u16 + 1,
    }
}

/// A rule, then a problem after the other: place, message, help.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    if canvas.height() == 0 || canvas.width() == 0 {
        return;
    }
    let theme = &state.theme;
    let width = canvas.width();
    let rows = rows(state, width);
    let room = usize::from(canvas.height() - 1);
    let chosen = rows.iter().position(|row| row.chosen).unwrap_or(0);
    let first = if chosen < room { 0 } else { chosen };
    canvas.row(0, 0, width, "─", theme.faint);
    canvas.text(2, 0, " problems ", theme.dim);
    if rows.len() > first + room {
        let more = format!(" {} more rows ", rows.len() - first - room);
        canvas.text_right(width.saturating_sub(2), 0, &more, theme.faint);
    }
    for (y, row) in rows.iter().skip(first).take(room).enumerate() {
        let y = y as u16 + 1;
        canvas.text_right(INDENT - 2, y, &row.place, row.place_style);
        canvas.text(INDENT, y, &row.text, row.style);
    }
}
