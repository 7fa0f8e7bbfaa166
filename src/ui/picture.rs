//! A painted screen as an SVG picture, for the README and for looking at one's work.
//!
//! Blocks and rules are drawn as rectangles, so they join as in a terminal whatever the font. Invariant: each cell
//! stands on its grid; the same screen gives the same bytes.

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::state::State;
use super::view::view;

/// A cell in units of the picture.
const CELL: (u32, u32) = (10, 21);
/// The air around the screen.
const MARGIN: u32 = 14;
const PAPER: &str = "#141210";
const INK: &str = "#cfc4b6";

/// The screen of a state at a size in cells, as SVG.
///
/// ```
/// use talea::ui::{Depth, Snapshot, State, Theme, picture};
/// let mut state = State::new(Theme::new(Depth::True));
/// state.receive(Snapshot { title: "Lathe".into(), ..Snapshot::default() }, 0.0);
/// assert!(picture::screen(&mut state, 80, 24).contains(">Lathe<"));
/// ```
pub fn screen(state: &mut State, width: u16, height: u16) -> String {
    svg(&paint(state, width, height))
}

/// The cells of a state at a size.
pub fn paint(state: &mut State, width: u16, height: u16) -> Buffer {
    state.resize(width, height);
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| view(frame, state));
    terminal.backend().buffer().clone()
}

/// Cells as SVG.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n\
         <rect width=\"{0}\" height=\"{1}\" rx=\"10\" fill=\"{PAPER}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" \
         font-size=\"16.61\" xml:space=\"preserve\">\n",
        width + 2 * MARGIN,
        height + 2 * MARGIN,
    );
    for row in 0..area.height {
        row_svg(&mut out, buffer, row);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A row: the grounds first, then blocks, then runs of text in one style.
fn row_svg(out: &mut String, buffer: &Buffer, row: u16) {
    let area = buffer.area;
    let cell = |column: u16| &buffer[(area.x + column, area.y + row)];
    let y = u32::from(row) * CELL.1;
    let mut column = 0;
    while column < area.width {
        let ground = colors(cell(column)).1;
        let start = column;
        while column < area.width && colors(cell(column)).1 == ground {
            column += 1;
        }
        if ground != PAPER {
            rect(out, [f64::from(start) * 10.0, f64::from(y), f64::from(column - start) * 10.0, 21.0], &ground, false);
        }
    }
    let mut column = 0;
    while column < area.width {
        let this = cell(column);
        let symbol = this.symbol();
        let x = f64::from(column) * 10.0;
        if symbol.trim().is_empty() {
            column += 1;
        } else if let Some(shapes) = block(symbol) {
            let (ink, _) = colors(this);
            for [left, top, width, height] in shapes {
                let place = [x + left * 10.0, f64::from(y) + top * 21.0, width * 10.0, height * 21.0];
                rect(out, place, &ink, this.modifier.contains(Modifier::DIM));
            }
            column += 1;
        } else {
            let start = column;
            let mut text = String::new();
            let mut places = String::new();
            while column < area.width {
                let next = cell(column);
                let symbol = next.symbol();
                let same = colors(next).0 == colors(this).0 && next.modifier == this.modifier;
                if !same || symbol.trim().is_empty() || block(symbol).is_some() {
                    break;
                }
                let _ = write!(places, "{} ", u32::from(column) * CELL.0);
                text.push_str(symbol);
                column += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
            }
            write_text(out, this, &text, places.trim_end(), y);
            if this.modifier.contains(Modifier::UNDERLINED) {
                let place = [x, f64::from(y) + 18.0, f64::from(column - start) * 10.0, 1.0];
                rect(out, place, &colors(this).0, false);
            }
        }
    }
}

fn write_text(out: &mut String, cell: &Cell, text: &str, places: &str, y: u32) {
    let (ink, _) = colors(cell);
    let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let dim = if cell.modifier.contains(Modifier::DIM) { " opacity=\".5\"" } else { "" };
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // One place is enough for a font whose letters are as wide as a cell, but nobody knows the reader's font.
    let _ = writeln!(out, "<text x=\"{places}\" y=\"{}\" fill=\"{ink}\"{weight}{dim}>{text}</text>", y + 16);
}

fn rect(out: &mut String, [x, y, width, height]: [f64; 4], color: &str, dim: bool) {
    let dim = if dim { " opacity=\".5\"" } else { "" };
    let _ = writeln!(
        out,
        "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{color}\"{dim}/>"
    );
}

/// The rectangles of a block or rule, in shares of the cell: left, top, width, height.
fn block(symbol: &str) -> Option<Vec<[f64; 4]>> {
    let character = symbol.chars().next()?;
    let thin = 1.0 / 21.0;
    Some(match character {
        '▁'..='█' => {
            let eighths = f64::from(character as u32 - 0x2580) / 8.0;
            vec![[0.0, 1.0 - eighths, 1.0, eighths]]
        }
        '▎' => vec![[0.0, 0.0, 0.25, 1.0]],
        '▔' => vec![[0.0, 0.0, 1.0, 0.125]],
        '─' => vec![[0.0, 0.5, 1.0, thin]],
        '━' => vec![[0.0, 0.5 - thin, 1.0, 3.0 * thin]],
        '│' => vec![[0.45, 0.0, 0.1, 1.0]],
        '╭' => vec![[0.45, 0.5, 0.55, thin], [0.45, 0.5, 0.1, 0.5]],
        '╮' => vec![[0.0, 0.5, 0.55, thin], [0.45, 0.5, 0.1, 0.5]],
        '╰' => vec![[0.45, 0.5, 0.55, thin], [0.45, 0.0, 0.1, 0.5]],
        '╯' => vec![[0.0, 0.5, 0.55, thin], [0.45, 0.0, 0.1, 0.5]],
        _ => return None,
    })
}

/// Ink and ground, with reverse applied.
fn colors(cell: &Cell) -> (String, String) {
    let ink = hex(cell.fg).unwrap_or_else(|| INK.to_owned());
    let ground = hex(cell.bg).unwrap_or_else(|| PAPER.to_owned());
    if cell.modifier.contains(Modifier::REVERSED) { (ground, ink) } else { (ink, ground) }
}

fn hex(color: Color) -> Option<String> {
    match color {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(index @ 16..=231) => {
            const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
            let at = |power: u8| STEPS[usize::from((index - 16) / power % 6)];
            Some(format!("#{:02x}{:02x}{:02x}", at(36), at(6), at(1)))
        }
        Color::Indexed(index @ 232..) => Some(format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (index - 232))),
        _ => None,
    }
}
