//! The first two lines: what plays, which version, where in the bar.
//!
//! Invariant: each figure keeps its column while it counts, so nothing on the line moves but what changes.

use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, clip};
use super::state::State;
use crate::base::diagnostic::Severity;

/// The most pulses of a bar that are drawn.
const MOST_PULSES: u32 = 16;

/// A float for the eye: nothing that is no number, and no longer than it can be read.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() && value.abs() < 1e7 { format!("{value:.decimals$}") } else { "–".to_owned() }
}

/// Both lines.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    if canvas.height() < 2 {
        return smallest(canvas, state);
    }
    title(&mut canvas.part(0, 0, canvas.width(), 1), state);
    position(&mut canvas.part(0, 1, canvas.width(), 1), state);
}

/// All there is room for: whether it plays, and where.
pub(super) fn smallest(canvas: &mut Canvas, state: &State) {
    let theme = &state.theme;
    let mut x = glyph(canvas, state);
    x = canvas.text(x, 0, &place(state), theme.strong) + 2;
    let beat = format!("{}", state.snapshot.transport.beat.clamp(0.0, 99.0) as u32 + 1);
    canvas.text(x, 0, &beat, theme.accent);
    if canvas.height() > 2 {
        canvas.text(1, 2, "small window: 40×10 shows more", theme.faint);
    }
}

fn glyph(canvas: &mut Canvas, state: &State) -> u16 {
    let theme = &state.theme;
    let (symbol, style) = if state.snapshot.transport.playing { ("▶", theme.accent) } else { ("■", theme.dim) };
    canvas.text(1, 0, symbol, style);
    3
}

fn place(state: &State) -> String {
    match &state.snapshot.section {
        Some(section) => {
            let bars = section.bars.map(|bars| format!("/{bars}")).unwrap_or_default();
            format!("{} {}{bars}", clip(&section.name, 24), section.bar)
        }
        None => format!("bar {}", state.snapshot.transport.bar),
    }
}

fn title(canvas: &mut Canvas, state: &State) {
    let theme = &state.theme;
    let shown = &state.snapshot;
    let width = canvas.width();
    // From the right: problems, stale items, the version; each only where it leaves the title its room.
    let mut end = width.saturating_sub(1);
    let errors = shown.problems.iter().filter(|problem| problem.diagnostic.is_error()).count();
    // A hint is no problem: the pane shows it, the title does not count it.
    let count = shown.problems.iter().filter(|problem| problem.diagnostic.severity != Severity::Hint).count();
    if count > 0 {
        let text = format!("{count} problem{}", if count == 1 { "" } else { "s" });
        end = canvas.text_right(end, 0, &text, if errors > 0 { theme.bad } else { theme.warn });
        end = canvas.text_right(end, 0, " · ", theme.faint);
    }
    for stale in shown.stale.iter().rev() {
        let text = format!("{} still v{}", clip(&stale.name, 16), stale.version);
        if usize::from(end) < text.width() + 24 {
            end = canvas.text_right(end, 0, "…", theme.warn);
            end = canvas.text_right(end, 0, " · ", theme.faint);
            break;
        }
        end = canvas.text_right(end, 0, &text, theme.warn);
        end = canvas.text_right(end, 0, " · ", theme.faint);
    }
    end = canvas.text_right(end, 0, &format!("v{}", shown.version), theme.dim);
    let x = glyph(canvas, state);
    let room = end.saturating_sub(x + 2);
    let x = canvas.text(x, 0, &clip(&shown.title, usize::from(room)), theme.strong);
    let room = end.saturating_sub(x + 4);
    if usize::from(room) >= shown.path.width() && shown.path != shown.title {
        canvas.text(x + 2, 0, &shown.path, theme.faint);
    }
}

fn position(canvas: &mut Canvas, state: &State) {
    let theme = &state.theme;
    let shown = &state.snapshot;
    let width = canvas.width();
    let mut x = 3;
    if let Some(section) = &shown.section {
        x = canvas.text(x, 0, &clip(&section.name, 16), theme.accent);
        if section.occurrence > 1 {
            x = canvas.text(x, 0, &format!(" ×{}", section.occurrence), theme.dim);
        }
        x += 2;
        let figures = section.bars.map_or(2, |bars| bars.to_string().len());
        x = canvas.text(x, 0, &format!("{:>figures$}", section.bar), theme.strong);
        if let Some(bars) = section.bars {
            x = canvas.text(x, 0, &format!("/{bars}"), theme.dim);
        }
    } else {
        x = canvas.text(x, 0, "bar ", theme.dim);
        x = canvas.text(x, 0, &format!("{:>3}", shown.transport.bar), theme.strong);
    }
    let x = pulses(canvas, state, x + 3) + 3;
    // From the right: what comes, then tempo and meter where there is still room.
    let mut end = width.saturating_sub(1);
    if let Some(queued) = &shown.queued {
        let beats = number(queued.beats.max(0.0).ceil(), 0);
        let text = format!(" {} in {beats:>2} ", clip(&queued.section, 16));
        end = canvas.text_right(end, 0, &text, theme.accent_block);
    } else if let Some(next) = shown.section.as_ref().and_then(|section| section.next.as_ref()) {
        end = canvas.text_right(end, 0, &clip(next, 16), theme.text);
        end = canvas.text_right(end, 0, "next ", theme.faint);
    }
    if shown.fill {
        end = canvas.text_right(end.saturating_sub(2), 0, " fill ", theme.accent_block);
    }
    for button in shown.buttons.iter().filter(|button| button.held) {
        end = canvas.text_right(end.saturating_sub(2), 0, &format!(" {} ", clip(&button.name, 10)), theme.accent_block);
    }
    let tempo = number(shown.transport.tempo, 1);
    let (beats, unit) = shown.transport.meter;
    let meter = format!("{beats}/{unit}");
    if usize::from(end) > usize::from(x) + tempo.width() + 4 + 2 + meter.width() {
        let x = canvas.text(x, 0, &format!("{tempo:>5}"), theme.text);
        let x = canvas.text(x, 0, " bpm", theme.faint);
        canvas.text(x + 2, 0, &meter, theme.dim);
    }
}

/// The bar as a row of pulses, the present one lit, brightest as it begins.
fn pulses(canvas: &mut Canvas, state: &State, x: u16) -> u16 {
    let theme = &state.theme;
    let transport = &state.snapshot.transport;
    let (count, unit) = (transport.meter.0.clamp(1, MOST_PULSES), transport.meter.1.max(1));
    let pulse = if transport.beat.is_finite() { (transport.beat * f64::from(unit) / 4.0).clamp(0.0, 1e6) } else { 0.0 };
    let now = (pulse as u32).min(count - 1);
    let fresh = pulse.fract() < 0.5;
    let (long, short) = if count <= 5 { ("━━━", "───") } else { ("━", "─") };
    let mut x = x;
    for at in 0..count {
        let (symbol, style) = match at.cmp(&now) {
            std::cmp::Ordering::Equal if transport.playing && fresh => (long, theme.accent),
            std::cmp::Ordering::Equal => (long, theme.dim),
            std::cmp::Ordering::Less => (short, theme.dim),
            std::cmp::Ordering::Greater => (short, theme.faint),
        };
        x = canvas.text(x, 0, symbol, style) + 1;
    }
    x - 1
}
