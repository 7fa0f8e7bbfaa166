//! The desk: tracks, groups, buses, knobs and the master, side by side.
//!
//! Invariant: the master is always on the screen and the selected strip too; all strips are equally wide.

use super::canvas::Canvas;
use super::level;
use super::snapshot::Kind;
use super::state::{Item, State};
use super::strips::{self, Rows};

/// The column of the dB marks.
const SCALE: u16 = 4;

/// The least and the most a strip takes, with the blank after it.
const NARROW: u16 = 6;
const BROAD: u16 = 12;

/// The desk.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    let desk = state.desk();
    if canvas.height() < 3 || desk.is_empty() {
        return;
    }
    let rows = Rows::of(canvas.height());
    scale(canvas, state, rows);
    let masters = desk.iter().filter(|item| kind(state, **item) == Some(Kind::Master)).count();
    let (others, master) = desk.split_at(desk.len() - masters);
    let room = canvas.width().saturating_sub(SCALE + 1);
    // One column of air wherever the kind changes.
    let gaps = desk.windows(2).filter(|pair| kind(state, pair[0]) != kind(state, pair[1])).count() as u16;
    // Even widths only: then two meters and the gap between them fill a strip exactly.
    let width = (room.saturating_sub(gaps) / (desk.len() as u16).max(1) / 2 * 2).clamp(NARROW, BROAD);
    let height = canvas.height();

    let master_width = master.len() as u16 * width;
    let end = SCALE + room.saturating_sub(master_width);
    let first = first_shown(state, others, end.saturating_sub(SCALE), width);
    let mut x = SCALE;
    let mut before = None;
    let mut shown = 0;
    for (at, item) in others.iter().enumerate().skip(first) {
        if before.is_some_and(|before| before != kind(state, *item)) {
            x += 1;
        }
        before = Some(kind(state, *item));
        if x + width - 1 > end {
            break;
        }
        paint_item(&mut canvas.part(x, 0, width - 1, height), state, rows, *item, state.selected == at);
        x += width;
        shown += 1;
    }
    // The master follows the strips, a column apart, or stands at the edge while strips are left over.
    let left_over = others.len() - first - shown;
    let mut x = if left_over == 0 { (x + 1).min(end + 1) } else { end + 1 };
    if left_over > 0 {
        canvas.text(end.saturating_sub(1), 1, "›", state.theme.dim);
    }
    if first > 0 {
        canvas.text(SCALE - 1, 1, "‹", state.theme.dim);
    }
    for (at, item) in master.iter().enumerate() {
        let selected = state.selected == others.len() + at;
        paint_item(&mut canvas.part(x, 0, width - 1, height), state, rows, *item, selected);
        x += width;
    }
}

/// The first strip that is shown, so that the selected one is.
fn first_shown(state: &State, others: &[Item], room: u16, width: u16) -> usize {
    let selected = state.selected.min(others.len().saturating_sub(1));
    let mut first = 0;
    while first < selected {
        let gaps = others[first..=selected].windows(2).filter(|pair| kind(state, pair[0]) != kind(state, pair[1]));
        let needed = (selected - first + 1) as u32 * u32::from(width) + gaps.count() as u32;
        if needed <= u32::from(room) + 1 {
            break;
        }
        first += 1;
    }
    first
}

/// The kind of a strip; `None` for knobs.
fn kind(state: &State, item: Item) -> Option<Kind> {
    match item {
        Item::Strip(at) => state.snapshot.strips.get(at).map(|strip| strip.kind),
        Item::Knob(_) => None,
    }
}

fn paint_item(canvas: &mut Canvas, state: &State, rows: Rows, item: Item, selected: bool) {
    match item {
        Item::Strip(at) => {
            if let Some(strip) = state.snapshot.strips.get(at) {
                let meters = state.meters.get(at).copied().unwrap_or_default();
                strips::paint(canvas, state, rows, strip, meters, selected);
            }
        }
        Item::Knob(at) => {
            if let Some(knob) = state.snapshot.knobs.get(at) {
                strips::paint_knob(canvas, state, rows, knob, selected);
            }
        }
    }
}

/// The dB beside the meters: as many marks as have a row of their own, the important ones first.
fn scale(canvas: &mut Canvas, state: &State, rows: Rows) {
    let (top, height) = rows.meter;
    let mut taken: Vec<u16> = Vec::new();
    for db in level::MARKS {
        let up = (level::height(db) * f64::from(height)).ceil() as u16;
        let row = height.saturating_sub(up.max(1));
        let near = taken.iter().any(|other| other.abs_diff(row) < 1 + u16::from(height > 6));
        if near || height < 2 {
            continue;
        }
        taken.push(row);
        canvas.text_right(SCALE - 1, top + row, &format!("{}", -db as i32), state.theme.faint);
    }
    if let Some(y) = rows.gain {
        canvas.text_right(SCALE - 1, y, "dB", state.theme.faint);
    }
    if let Some(y) = rows.pan {
        canvas.text_right(SCALE - 1, y, "pan", state.theme.faint);
    }
}
