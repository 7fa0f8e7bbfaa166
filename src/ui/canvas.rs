//! A stretch of the screen to paint on, with its own origin.
//!
//! Invariant: what lies outside the stretch is not painted, and never an error; text is cut at whole characters as
//! wide as the terminal shows them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A rectangle of a buffer; all coordinates count from its top left corner, in cells.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
}

impl<'a> Canvas<'a> {
    /// The part of `area` that lies in the buffer.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect) -> Canvas<'a> {
        let area = area.intersection(buffer.area);
        Canvas { buffer, area }
    }

    /// Cells from left to right.
    pub(super) fn width(&self) -> u16 {
        self.area.width
    }

    /// Cells from top to bottom.
    pub(super) fn height(&self) -> u16 {
        self.area.height
    }

    /// A part of this one.
    pub(super) fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Canvas<'_> {
        let x = x.min(self.area.width);
        let y = y.min(self.area.height);
        let area = Rect {
            x: self.area.x + x,
            y: self.area.y + y,
            width: width.min(self.area.width - x),
            height: height.min(self.area.height - y),
        };
        Canvas { buffer: self.buffer, area }
    }

    /// Empties all cells and gives them a style.
    pub(super) fn clear(&mut self, style: Style) {
        for y in 0..self.area.height {
            for x in 0..self.area.width {
                if let Some(cell) = self.buffer.cell_mut((self.area.x + x, self.area.y + y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// Lays a style over the cells that are there.
    pub(super) fn wash(&mut self, style: Style) {
        self.buffer.set_style(self.area, style);
    }

    /// Writes text and returns the column after it.
    pub(super) fn text(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let (end, _) = self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Writes text that ends before column `end`; what does not fit loses its end.
    pub(super) fn text_right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let end = end.min(self.area.width);
        let text = clip(text, usize::from(end));
        let x = end.saturating_sub(text.width() as u16);
        self.text(x, y, &text, style);
        x
    }

    /// Writes text in the middle of `width` cells from `x` on, a little to the left when it does not come out even.
    pub(super) fn text_middle(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let text = clip(text, usize::from(width));
        let before = (width - (text.width() as u16).min(width)) / 2;
        self.text(x.saturating_add(before), y, &text, style);
    }

    /// Repeats a character over a row.
    pub(super) fn row(&mut self, x: u16, y: u16, width: u16, symbol: &str, style: Style) {
        for x in x..x.saturating_add(width).min(self.area.width) {
            self.text(x, y, symbol, style);
        }
    }
}

/// The text itself where it fits into `width` cells, else its beginning with `…`.
pub(super) fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        clipped.push(character);
    }
    if width > 0 {
        clipped.push('…');
    }
    clipped
}

/// Breaks text into lines of at most `width` cells, at blanks where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let gap = usize::from(!line.is_empty());
        if !line.is_empty() && line.width() + gap + word.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if gap == 1 {
            line.push(' ');
        }
        line.push_str(&clip(word, width));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_ends_in_an_ellipsis_and_never_splits_a_wide_character() {
        assert_eq!(clip("rumble", 6), "rumble");
        assert_eq!(clip("rumble", 5), "rumb…");
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(clip("kick", 0), "");
    }

    #[test]
    fn long_sentences_break_at_blanks() {
        assert_eq!(wrap("did you mean fast", 9), ["did you", "mean fast"]);
    }
}
