//! The song as a row of blocks, as long as their sections, and the list to launch from.
//!
//! Invariant: the blocks fill the row from end to end; a section's digit is the key that launches it.

use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, clip};
use super::state::State;

/// A block of the row.
struct Block<'a> {
    name: &'a str,
    bars: u32,
    now: bool,
    past: bool,
}

fn blocks(state: &State) -> Vec<Block<'_>> {
    let shown = &state.snapshot;
    if shown.song.is_empty() {
        let of = |section: &'_ super::Section| (section.bars.unwrap_or(8), section.playing);
        shown
            .sections
            .iter()
            .map(|section| Block { name: &section.name, bars: of(section).0, now: of(section).1, past: false })
            .collect()
    } else {
        let block = |(at, part): (usize, &'_ super::SongPart)| (part.bars, shown.song_at == Some(at), at);
        shown
            .song
            .iter()
            .enumerate()
            .map(|(at, part)| {
                let (bars, now, at) = block((at, part));
                Block { name: &part.section, bars, now, past: shown.song_at.is_some_and(|song_at| at < song_at) }
            })
            .collect()
    }
}

/// The row of blocks; with a second row, a line of air above it.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    let theme = &state.theme;
    let blocks = blocks(state);
    let y = canvas.height().saturating_sub(1);
    let room = u64::from(canvas.width().saturating_sub(2));
    let total: u64 = blocks.iter().map(|block| u64::from(block.bars.clamp(1, 10_000))).sum();
    let mut before = 0;
    for (at, block) in blocks.iter().enumerate() {
        let x = 1 + (before * room / total.max(1)) as u16;
        before += u64::from(block.bars.clamp(1, 10_000));
        let end = 1 + (before * room / total.max(1)) as u16;
        let last = at + 1 == blocks.len();
        let width = (end - x).saturating_sub(u16::from(!last));
        let mut cells = canvas.part(x, y, width, 1);
        let (ground, letters) = match (block.now, block.past) {
            (true, _) => (theme.selected, theme.strong),
            (false, true) => (theme.well, theme.faint),
            (false, false) => (theme.well, theme.dim),
        };
        cells.wash(ground);
        let key = state.snapshot.sections.iter().position(|section| section.name == block.name);
        let mut from = u16::from(usize::from(width) > block.name.width());
        if let Some(digit) = key.filter(|digit| *digit < 9 && usize::from(width) >= block.name.width() + 4) {
            from = cells.text(from, 0, &format!("{} ", digit + 1), theme.faint);
        }
        if width > 2 {
            cells.text(from, 0, &clip(block.name, usize::from(width.saturating_sub(from))), letters);
        } else if theme.is_mono() {
            cells.row(0, 0, width, "─", letters);
        }
        if block.now {
            let done = (f64::from(width) * played(state)).round() as u16;
            cells.part(0, 0, done.clamp(1, width.max(1)), 1).wash(theme.progress);
        }
    }
}

/// How much of the present section has been played, from 0 to 1; a scene shows its bar.
fn played(state: &State) -> f64 {
    let shown = &state.snapshot;
    let (beats, unit) = shown.transport.meter;
    let bar = f64::from(beats.max(1)) * 4.0 / f64::from(unit.max(1));
    let within = if shown.transport.beat.is_finite() { (shown.transport.beat / bar).clamp(0.0, 1.0) } else { 0.0 };
    match &shown.section {
        Some(section) => match section.bars {
            Some(bars) if bars > 0 => {
                ((f64::from(section.bar.saturating_sub(1)) + within) / f64::from(bars)).clamp(0.0, 1.0)
            }
            _ => within,
        },
        None => 0.0,
    }
}

/// The list of sections over the screen.
pub(super) fn list(canvas: &mut Canvas, state: &State, row: usize) {
    let theme = &state.theme;
    let sections = &state.snapshot.sections;
    let widest = sections.iter().map(|section| section.name.width()).max().unwrap_or(0).clamp(10, 30) as u16;
    let width = (widest + 20).min(canvas.width().saturating_sub(2));
    let rows = (sections.len() as u16).max(1).min(canvas.height().saturating_sub(4));
    let (x, y) = ((canvas.width().saturating_sub(width)) / 2, (canvas.height().saturating_sub(rows + 4)) / 2);
    let mut panel = canvas.part(x, y, width, rows + 4);
    panel.clear(theme.panel);
    super::help::frame(&mut panel, state, "sections");
    let first = row.saturating_sub(usize::from(rows).saturating_sub(1));
    if sections.is_empty() {
        panel.text(3, 2, "no sections in this text", theme.dim);
    }
    for (line, (at, section)) in sections.iter().enumerate().skip(first).take(usize::from(rows)).enumerate() {
        let y = line as u16 + 2;
        let chosen = at == row;
        if chosen {
            panel.part(1, y, width.saturating_sub(2), 1).wash(theme.selected);
        }
        if at < 9 {
            panel.text(3, y, &(at + 1).to_string(), theme.dim);
        }
        let style = if chosen { theme.selected_name } else { theme.text };
        panel.text(5, y, &clip(&section.name, usize::from(widest)), style);
        let bars = section.bars.map_or("scene".to_owned(), |bars| format!("{bars} bars"));
        panel.text_right(width.saturating_sub(4), y, &bars, theme.dim);
        if section.playing {
            panel.text(width.saturating_sub(3), y, "▶", theme.accent);
        } else if state.snapshot.queued.as_ref().is_some_and(|queued| queued.section == section.name) {
            panel.text(width.saturating_sub(3), y, "…", theme.accent);
        }
    }
}
