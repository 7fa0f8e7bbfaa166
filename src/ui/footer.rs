//! The last line: how the machine does, and the keys that matter most.
//!
//! Invariant: quiet while all is well; what is wrong is coloured, what is left out for want of room is the least
//! important.

use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, clip};
use super::commands::COMMANDS;
use super::state::State;
use super::transport::number;
use crate::base::diagnostic::Severity;

/// The line.
pub(super) fn paint(canvas: &mut Canvas, state: &State) {
    let theme = &state.theme;
    let width = canvas.width();
    let mut x = 1;
    for (word, style) in health(state) {
        let end = usize::from(x) + word.width();
        if end + 10 > usize::from(width) {
            break;
        }
        x = canvas.text(x, 0, &word, style) + 2;
    }
    let room = width.saturating_sub(x + 1);
    if let Some(echo) = &state.echo {
        canvas.text_right(width.saturating_sub(1), 0, &clip(echo, usize::from(room)), theme.accent);
    } else if let Some(news) = state.news() {
        let style = match news.severity {
            Severity::Error => theme.bad,
            Severity::Warning => theme.warn,
            Severity::Hint => theme.dim,
        };
        canvas.text_right(width.saturating_sub(1), 0, &clip(&news.text, usize::from(room)), style);
    } else {
        keys(canvas, state, x + 1);
    }
}

/// As many keys as fit, from the right; help always first.
fn keys(canvas: &mut Canvas, state: &State, from: u16) {
    let theme = &state.theme;
    let mut shown: Vec<_> = Vec::new();
    let mut room = usize::from(canvas.width().saturating_sub(from + 1));
    let cost = |label: &str, short: &str| label.width() + 1 + short.width() + 2;
    let footed = || COMMANDS.iter().filter(|command| !command.short.is_empty());
    let help = footed().filter(|command| command.name == "help");
    for command in help.chain(footed().filter(|command| command.name != "help")) {
        let cost = cost(command.label, command.short);
        if cost > room {
            break;
        }
        room -= cost;
        shown.push(command);
    }
    // Help was counted first, so that it is there; it stands last.
    if !shown.is_empty() {
        shown.rotate_left(1);
    }
    let mut end = canvas.width().saturating_sub(1);
    for command in shown.into_iter().rev() {
        end = canvas.text_right(end, 0, command.short, theme.faint);
        end = canvas.text_right(end.saturating_sub(1), 0, command.label, theme.dim).saturating_sub(2);
    }
}

/// The words of the machine's state with their styles, the most important first.
fn health(state: &State) -> Vec<(String, Style)> {
    let theme = &state.theme;
    let health = &state.snapshot.health;
    let mut words = Vec::new();
    if let Some(seconds) = health.recording {
        let seconds = if seconds.is_finite() { seconds.clamp(0.0, 1e7) as u64 } else { 0 };
        words.push((format!("● {:02}:{:02}", seconds / 60, seconds % 60), theme.bad));
    }
    if health.device.is_empty() {
        words.push(("no device".to_owned(), theme.warn));
    } else {
        words.push((clip(&health.device, 20), theme.dim));
    }
    let load = match health.load {
        load if load >= 90.0 => theme.bad,
        load if load >= 70.0 => theme.warn,
        _ => theme.dim,
    };
    words.push((format!("cpu {:>2}%", number(f64::from(health.load), 0)), load));
    let count = |count: u64, name: &str| (format!("{name} {count}"), if count > 0 { theme.warn } else { theme.faint });
    words.push(count(health.xruns, "xruns"));
    match health.relief {
        0 => {}
        1 => words.push(("short releases".to_owned(), theme.warn)),
        _ => words.push(("fewer voices".to_owned(), theme.bad)),
    }
    if health.render_differs {
        words.push(("render differs".to_owned(), theme.warn));
    }
    words.push((format!("{:>2} voices", health.voices), theme.faint));
    words.push(count(health.late, "late"));
    if health.samples >= 100_000 {
        let megabytes = health.samples as f64 / 1e6;
        words.push((format!("samples {} MB", number(megabytes, usize::from(megabytes < 10.0))), theme.faint));
    }
    if health.on_disk > 0 {
        words.push((format!("disk {} MB", number(health.on_disk as f64 / 1e6, 0)), theme.faint));
    }
    if health.rate > 0 {
        let rate = number(f64::from(health.rate) / 1000.0, usize::from(!health.rate.is_multiple_of(1000)));
        words.push((format!("{rate} kHz  {} ms", number(f64::from(health.latency), 1)), theme.faint));
    }
    words
}
