//! The text with what sounds in it.
//!
//! Invariant: the text stands still; only the performer scrolls it. A column is a terminal cell, so wide characters
//! and tabs keep what follows in its place.

use unicode_width::UnicodeWidthChar;

use super::canvas::{Canvas, clip};
use super::state::State;
use super::tint::{Tint, runs};
use crate::base::diagnostic::Severity;
use crate::base::ink::Ink;

/// The bytes of an atom that sounds, of the text or of a line, and the colour that the text gives it.
type Range = (usize, usize, Option<Ink>);

/// How far apart tab stops are, in cells.
const TAB: usize = 4;

/// A rule with the file's name, then the text.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    if canvas.height() == 0 {
        return;
    }
    let theme = &state.theme;
    let width = canvas.width();
    let rows = usize::from(canvas.height() - 1);
    let count = state.lines.count();
    let figures = count.max(99).to_string().len();
    let last = (state.scroll + rows).min(count);
    canvas.row(0, 0, width, "─", theme.faint);
    let name = state.snapshot.path.rsplit('/').next().unwrap_or("");
    if !name.is_empty() {
        canvas.text(2, 0, &format!(" {} ", clip(name, usize::from(width / 2))), theme.dim);
    }
    let range = format!(" {}–{last} of {count} ", state.scroll + 1);
    canvas.text_right(width.saturating_sub(2), 0, &range, theme.faint);

    // Only the places of the visible lines, in order.
    let source = &state.snapshot.source;
    let start = state.lines.range(state.scroll).map_or(0, |range| range.start);
    let end = state.lines.range(last.saturating_sub(1)).map_or(0, |range| range.end);
    let mut lit: Vec<Range> = source
        .sounding
        .iter()
        .filter(|lit| lit.place.file == source.file)
        .map(|lit| (lit.place.start as usize, lit.place.end as usize, lit.ink))
        .filter(|(from, to, _)| *from < end && *to > start)
        .collect();
    lit.sort_by_key(|(from, to, _)| (*from, *to));

    for row in 0..rows {
        let line = state.scroll + row;
        let Some(range) = state.lines.range(line) else { break };
        let y = row as u16 + 1;
        let Some(text) = source.text.get(range.clone()) else { continue };
        let lit: Vec<Range> = lit
            .iter()
            .filter(|(from, to, _)| *from < range.end && *to > range.start)
            .map(|(from, to, ink)| (from.saturating_sub(range.start), to - range.start, *ink))
            .collect();
        gutter(canvas, state, y, line, figures, !lit.is_empty());
        let x = figures as u16 + 4;
        let mut cells = canvas.part(x, y, width.saturating_sub(x), 1);
        write_line(&mut cells, state, text, state.lines.is_inside(line), &lit);
    }
}

/// The line's number, with a mark for a problem or for what plays.
fn gutter(canvas: &mut Canvas, state: &State, y: u16, line: usize, figures: usize, plays: bool) {
    let theme = &state.theme;
    let marks = state.snapshot.source.marks.iter().filter(|mark| mark.line as usize == line + 1);
    let worst = marks.map(|mark| mark.severity).max();
    let number = format!("{:>figures$}", line + 1);
    let (style, mark, mark_style) = match worst {
        Some(Severity::Error) => (theme.bad, "●", theme.bad),
        Some(Severity::Warning) => (theme.warn, "●", theme.warn),
        _ if plays => (theme.accent, "▎", theme.accent),
        Some(Severity::Hint) => (theme.dim, "·", theme.dim),
        None => (theme.faint, " ", theme.faint),
    };
    canvas.text(1, y, &number, style);
    canvas.text(figures as u16 + 2, y, mark, mark_style);
}

/// One line of text with its colours and its lit steps (in bytes of the line, in order).
fn write_line(cells: &mut Canvas, state: &State, text: &str, inside: bool, lit: &[Range]) {
    let theme = &state.theme;
    let text = text.trim_end_matches(['\n', '\r']);
    let (runs, _) = runs(text, inside);
    let width = usize::from(cells.width());
    let mut column = 0;
    let mut piece = String::new();
    let mut piece_at = 0;
    let mut piece_style = theme.text;
    let mut cut = None;
    'line: for (range, tint) in runs {
        let base = match tint {
            Tint::Plain => theme.text,
            Tint::Head => theme.head,
            Tint::Quoted => theme.string,
            Tint::Comment => theme.comment,
        };
        for (at, character) in text[range.clone()].char_indices() {
            let byte = range.start + at;
            // Where several sound, the latest in the list is on top.
            let sounds = lit.iter().rfind(|(from, to, _)| (*from..*to).contains(&byte));
            let style = sounds.map_or(base, |(.., ink)| theme.lit_in(*ink));
            let (shown, wide) = match character {
                '\t' => (' ', TAB - column % TAB),
                '\u{feff}' => continue,
                other => match other.width() {
                    Some(wide) => (other, wide),
                    None => ('·', 1),
                },
            };
            if column + wide > width {
                cut = Some(byte);
                break 'line;
            }
            if style != piece_style {
                cells.text(piece_at as u16, 0, &piece, piece_style);
                piece.clear();
                piece_at = column;
                piece_style = style;
            }
            if character == '\t' {
                piece.extend(std::iter::repeat_n(' ', wide));
            } else {
                piece.push(shown);
            }
            column += wide;
        }
    }
    cells.text(piece_at as u16, 0, &piece, piece_style);
    if let (Some(byte), true) = (cut, width > 0) {
        // What sounds beyond the edge lights the edge.
        let beyond = lit.iter().find(|(_, to, _)| *to > byte);
        let style = beyond.map_or(theme.faint, |(.., ink)| theme.lit_in(*ink));
        cells.text(width as u16 - 1, 0, "›", style);
    }
}
