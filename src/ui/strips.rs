//! One strip of the desk: name, meters, gain, pan, switches.
//!
//! Invariant: a strip paints only its own columns, and its figures stand in the same columns in every state.

use ratatui::style::Style;

use super::canvas::{Canvas, clip};
use super::level::{self, Meter};
use super::snapshot::{Knob, Strip};
use super::state::State;

/// Blocks of an eighth of a cell, from none to seven.
const EIGHTHS: [&str; 8] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇"];

/// The widest bar of a meter, in cells.
const WIDEST_BAR: u16 = 4;

/// Which rows of the desk there are, from its height.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rows {
    /// The meters' first row and how many they have.
    pub(super) meter: (u16, u16),
    /// The fader's figure.
    pub(super) gain: Option<u16>,
    /// The pan.
    pub(super) pan: Option<u16>,
    /// The switches.
    pub(super) switches: Option<u16>,
}

impl Rows {
    /// The rows for a height: a rule with the family's colour, the name, meters, figures.
    pub(super) fn of(height: u16) -> Rows {
        let figures = match height {
            ..5 => 0,
            5 => 1,
            6 => 2,
            _ => 3,
        };
        let meter = height.saturating_sub(2 + figures);
        let below = 2 + meter;
        Rows {
            meter: (2, meter),
            gain: (figures >= 1).then_some(below),
            switches: (figures >= 2).then_some(below + 1),
            pan: (figures >= 3).then_some(below + 2),
        }
    }
}

/// A fader in five cells.
pub(super) fn gain(db: f32) -> String {
    if db.is_nan() || db <= -99.5 {
        "−∞".to_owned()
    } else if db.abs() < 0.05 {
        "0.0".to_owned()
    } else {
        format!("{:+.1}", db.min(99.0)).replace('-', "−")
    }
}

/// A place between left and right in three cells.
pub(super) fn pan(pan: f32) -> String {
    let side = if pan.is_nan() { 0 } else { ((pan.clamp(0.0, 1.0) - 0.5) * 200.0).round() as i32 };
    match side {
        0 => "C".to_owned(),
        ..0 => format!("L{}", -side),
        _ => format!("R{side}"),
    }
}

/// A strip of the mixer.
pub(super) fn paint(canvas: &mut Canvas, state: &State, rows: Rows, strip: &Strip, meters: [Meter; 2], selected: bool) {
    let theme = &state.theme;
    let width = canvas.width();
    let silent = strip.muted || strip.muted_by_text;
    if selected {
        canvas.wash(theme.selected);
    }
    canvas.row(0, 0, width, "▔", if selected { theme.accent } else { theme.hue(strip.hue) });
    let name = match (selected, silent || !strip.playing) {
        (true, _) => theme.selected_name,
        (false, true) => theme.faint,
        (false, false) => theme.strong,
    };
    canvas.text_middle(0, 1, width, &strip.name, name);
    let (top, height) = rows.meter;
    let bar = (width.saturating_sub(1) / 2).min(WIDEST_BAR);
    let margin = width.saturating_sub(2 * bar + 1) / 2;
    let [left, right] = meters;
    for (x, meter) in [(margin, left), (margin + bar + 1, right)] {
        column(&mut canvas.part(x, top, bar, height), state, meter, silent);
    }
    if let Some(y) = rows.gain {
        figure(canvas, y, &gain(strip.gain), theme.text);
    }
    if let Some(y) = rows.switches {
        let left = (width.saturating_sub(3)) / 2;
        // A block is the hand's, a coloured letter the text's.
        let off = if theme.is_mono() { ["·", "·"] } else { ["M", "S"] };
        let (letter, style) = match (strip.muted, strip.muted_by_text) {
            (true, _) => ("M", theme.mute_on),
            (false, true) => ("M", theme.bad),
            (false, false) => (off[0], theme.faint),
        };
        canvas.text(left, y, letter, style);
        let (letter, style) = if strip.soloed { ("S", theme.solo_on) } else { (off[1], theme.faint) };
        canvas.text(left + 2, y, letter, style);
    }
    if let Some(y) = rows.pan {
        let text = if strip.midi { "midi".to_owned() } else { pan(strip.pan) };
        canvas.text_middle(0, y, width, &text, theme.dim);
    }
}

/// A knob of the text, drawn as a fader.
pub(super) fn paint_knob(canvas: &mut Canvas, state: &State, rows: Rows, knob: &Knob, selected: bool) {
    let theme = &state.theme;
    let width = canvas.width();
    if selected {
        canvas.wash(theme.selected);
    }
    canvas.row(0, 0, width, "▔", if selected { theme.accent } else { theme.faint });
    let name = if selected { theme.selected_name } else { theme.accent };
    canvas.text_middle(0, 1, width, &knob.name, name);
    let (top, height) = rows.meter;
    let at = if knob.at.is_nan() { 0.0 } else { f64::from(knob.at.clamp(0.0, 1.0)) };
    let middle = width.saturating_sub(1) / 2;
    let eighths = (at * f64::from(height) * 8.0).round() as u16;
    for row in 0..height {
        let below = (height - 1 - row) * 8;
        let fill = eighths.saturating_sub(below).min(8);
        let symbol = if fill == 8 { "█" } else { EIGHTHS[usize::from(fill)] };
        let mut cell = canvas.part(middle, top + row, 1, 1);
        cell.wash(theme.well);
        cell.text(0, 0, symbol, theme.accent);
    }
    if let Some(y) = rows.gain {
        canvas.text_middle(0, y, width, &clip(&knob.value, usize::from(width)), theme.text);
    }
    if let Some(y) = rows.switches {
        canvas.text_middle(0, y, width, "knob", theme.faint);
    }
}

/// A figure with its point in the same column at every strip: right, with what is left over shared out.
fn figure(canvas: &mut Canvas, y: u16, text: &str, style: Style) {
    let width = canvas.width();
    let end = width - (width.saturating_sub(5)) / 2;
    canvas.text_right(end, y, text, style);
}

/// One channel: a bar in eighths of a cell, coloured by height, with its held peak.
fn column(canvas: &mut Canvas, state: &State, meter: Meter, silent: bool) {
    let theme = &state.theme;
    let (width, rows) = (canvas.width(), canvas.height());
    canvas.wash(theme.well);
    let eighths = (level::height(meter.level) * f64::from(rows) * 8.0).round() as u16;
    let held = (level::height(meter.held) * f64::from(rows) * 8.0).round() as u16;
    for row in 0..rows {
        let below = (rows - 1 - row) * 8;
        let fill = eighths.saturating_sub(below).min(8);
        let style = if silent { theme.faint } else { color(state, rows, row) };
        if fill > 0 {
            let symbol = if fill == 8 { "█" } else { EIGHTHS[usize::from(fill)] };
            canvas.row(0, row, width, symbol, style);
        } else if held > below && held <= below + 8 {
            let style = if meter.held > level::HIGH { theme.level_high } else { style };
            canvas.row(0, row, width, if held - below > 4 { "▔" } else { "▁" }, style);
        }
    }
}

/// The colour of a row: of the level in its middle.
fn color(state: &State, rows: u16, row: u16) -> Style {
    let theme = &state.theme;
    let height = (f64::from(rows - 1 - row) + 0.5) / f64::from(rows.max(1));
    match level::db_at(height) {
        db if db >= level::HIGH => theme.level_high,
        db if db >= level::MID => theme.level_mid,
        _ => theme.level_low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faders_and_pans_read_as_on_a_desk() {
        assert_eq!([gain(-3.0), gain(0.0), gain(2.5), gain(f32::NEG_INFINITY)], ["−3.0", "0.0", "+2.5", "−∞"]);
        assert_eq!([pan(0.5), pan(0.35), pan(1.0)], ["C", "L30", "R100"]);
    }

    #[test]
    fn a_low_desk_gives_up_its_figures_before_its_meters() {
        assert_eq!(Rows::of(3), Rows { meter: (2, 1), gain: None, pan: None, switches: None });
        assert_eq!(Rows::of(9), Rows { meter: (2, 4), gain: Some(6), pan: Some(8), switches: Some(7) });
    }
}
