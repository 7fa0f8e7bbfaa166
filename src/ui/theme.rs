//! How it looks: one palette, at three depths.
//!
//! A warm, nearly black page; one cool accent that means *now*; green, amber and red only for levels and trouble.
//! Invariant: without colour every difference that matters is still there as weight, underline or reverse.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// 24 bits.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// None: bold, dim, underline, reverse.
    Mono,
}

impl Depth {
    /// What the variables `NO_COLOR`, `COLORTERM` and `TERM` say.
    pub fn from_variables(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Depth {
        let term = term.unwrap_or("");
        if no_color.is_some_and(|value| !value.is_empty()) || matches!(term, "" | "dumb" | "linux" | "vt100" | "vt220")
        {
            Depth::Mono
        } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            Depth::True
        } else {
            Depth::Indexed
        }
    }

    /// What this process's environment says.
    pub fn from_environment() -> Depth {
        let read = |name| std::env::var(name).ok();
        Depth::from_variables(read("NO_COLOR").as_deref(), read("COLORTERM").as_deref(), read("TERM").as_deref())
    }
}

type Rgb = (u8, u8, u8);

const PAGE: Rgb = (0x14, 0x12, 0x10);
const WELL: Rgb = (0x1f, 0x1c, 0x19);
const PANEL: Rgb = (0x1d, 0x1a, 0x17);
const RAISED: Rgb = (0x33, 0x2e, 0x28);
const FAINT: Rgb = (0x56, 0x4e, 0x46);
const DIM: Rgb = (0x8d, 0x82, 0x76);
const TEXT: Rgb = (0xcf, 0xc4, 0xb6);
const STRONG: Rgb = (0xf7, 0xef, 0xe3);
const ACCENT: Rgb = (0x6c, 0xc7, 0xd1);
const ACCENT_DEEP: Rgb = (0x1f, 0x45, 0x4a);
const GREEN: Rgb = (0x76, 0x95, 0x5c);
const AMBER: Rgb = (0xdd, 0xa6, 0x3f);
const RED: Rgb = (0xe5, 0x58, 0x41);
const STRING: Rgb = (0xb9, 0xc2, 0x9a);

const HUES: [Rgb; 8] = [
    (0xb0, 0x84, 0x5c),
    (0x6f, 0x93, 0xa3),
    (0x9b, 0x82, 0xa8),
    (0x8d, 0x9c, 0x66),
    (0xb0, 0x71, 0x68),
    (0x74, 0x88, 0xad),
    (0xa8, 0x9a, 0x62),
    (0x93, 0x80, 0x71),
];

/// A style for each role on the screen.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    pub(super) depth: Depth,
    /// The ground that everything stands on.
    pub(super) page: Style,
    pub(super) text: Style,
    pub(super) strong: Style,
    pub(super) dim: Style,
    pub(super) faint: Style,
    /// What happens now.
    pub(super) accent: Style,
    /// The same as a block with dark letters on it.
    pub(super) accent_block: Style,
    /// What has been played of a bar or section.
    pub(super) progress: Style,
    /// A step that sounds.
    pub(super) lit: Style,
    /// The empty part of a meter.
    pub(super) well: Style,
    pub(super) level_low: Style,
    pub(super) level_mid: Style,
    pub(super) level_high: Style,
    pub(super) bad: Style,
    pub(super) warn: Style,
    /// The switches of a strip, on.
    pub(super) mute_on: Style,
    pub(super) solo_on: Style,
    /// The ground of the selected strip or row.
    pub(super) selected: Style,
    /// The name on it.
    pub(super) selected_name: Style,
    /// The ground of an overlay.
    pub(super) panel: Style,
    pub(super) string: Style,
    pub(super) comment: Style,
    pub(super) head: Style,
    hues: [Style; 8],
}

impl Theme {
    /// The theme at a depth.
    pub fn new(depth: Depth) -> Theme {
        if depth == Depth::Mono {
            return Theme::mono();
        }
        let color = |rgb: Rgb| if depth == Depth::True { Color::Rgb(rgb.0, rgb.1, rgb.2) } else { indexed(rgb) };
        let fg = |rgb| Style::new().fg(color(rgb));
        let bold = Modifier::BOLD;
        Theme {
            depth,
            page: fg(TEXT).bg(color(PAGE)),
            text: fg(TEXT),
            strong: fg(STRONG).add_modifier(bold),
            dim: fg(DIM),
            faint: fg(FAINT),
            accent: fg(ACCENT),
            accent_block: fg(PAGE).bg(color(ACCENT)).add_modifier(bold),
            progress: fg(STRONG).bg(color(ACCENT_DEEP)).add_modifier(bold),
            lit: fg(PAGE).bg(color(ACCENT)).add_modifier(bold),
            well: Style::new().bg(color(WELL)),
            level_low: fg(GREEN),
            level_mid: fg(AMBER),
            level_high: fg(RED),
            bad: fg(RED),
            warn: fg(AMBER),
            mute_on: fg(PAGE).bg(color(RED)).add_modifier(bold),
            solo_on: fg(PAGE).bg(color(AMBER)).add_modifier(bold),
            selected: Style::new().bg(color(RAISED)),
            selected_name: fg(STRONG).bg(color(RAISED)).add_modifier(bold),
            panel: fg(TEXT).bg(color(PANEL)),
            string: fg(STRING),
            comment: fg(FAINT),
            head: fg(STRONG),
            hues: HUES.map(fg),
        }
    }

    fn mono() -> Theme {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Theme {
            depth: Depth::Mono,
            page: plain,
            text: plain,
            strong: bold,
            dim: plain,
            faint: dim,
            accent: bold,
            accent_block: reversed.add_modifier(Modifier::BOLD),
            progress: reversed,
            lit: reversed.add_modifier(Modifier::BOLD),
            well: plain,
            level_low: plain,
            level_mid: plain,
            level_high: bold,
            bad: bold.add_modifier(Modifier::UNDERLINED),
            warn: plain.add_modifier(Modifier::UNDERLINED),
            mute_on: reversed,
            solo_on: reversed.add_modifier(Modifier::BOLD),
            selected: plain,
            selected_name: reversed,
            panel: plain,
            string: plain,
            comment: dim,
            head: bold,
            hues: [dim; 8],
        }
    }

    /// The colour of a family of tracks.
    pub(super) fn hue(&self, hue: u8) -> Style {
        self.hues[usize::from(hue) % self.hues.len()]
    }

    /// Whether only weight and reverse tell things apart.
    pub(super) fn is_mono(&self) -> bool {
        self.depth == Depth::Mono
    }
}

/// The nearest of xterm's cube and greys.
fn indexed((r, g, b): Rgb) -> Color {
    const STEPS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |value: u8| (0..6).min_by_key(|&i| (STEPS[i] - i32::from(value)).abs()).unwrap_or(0);
    let square = |a: i32, b: u8| (a - i32::from(b)).pow(2);
    let distance = |x: i32, y: i32, z: i32| square(x, r) + square(y, g) + square(z, b);
    let (i, j, k) = (nearest(r), nearest(g), nearest(b));
    let cube = distance(STEPS[i], STEPS[j], STEPS[k]);
    let mean = (i32::from(r) + i32::from(g) + i32::from(b)) / 3;
    let grey = ((mean - 3) / 10).clamp(0, 23);
    let level = 8 + 10 * grey;
    if distance(level, level, level) <= cube {
        Color::Indexed(232 + grey as u8)
    } else {
        Color::Indexed((16 + 36 * i + 6 * j + k) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth() {
        assert_eq!(Depth::from_variables(Some("1"), Some("truecolor"), Some("xterm-256color")), Depth::Mono);
        assert_eq!(Depth::from_variables(Some(""), Some("truecolor"), Some("xterm-256color")), Depth::True);
        assert_eq!(Depth::from_variables(None, None, Some("screen-256color")), Depth::Indexed);
        assert_eq!(Depth::from_variables(None, None, Some("dumb")), Depth::Mono);
    }

    #[test]
    fn the_page_becomes_a_dark_grey_of_the_256() {
        assert_eq!(indexed(PAGE), Color::Indexed(233));
        assert_eq!(indexed((255, 0, 0)), Color::Indexed(196));
    }
}
