//! How it looks: one palette, at three depths.
//!
//! A warm, nearly black page; one cool accent that means *now*; green, amber and red only for levels and trouble.
//! Invariant: without colour every difference that matters is still there as weight, underline or reverse.

use ratatui::style::{Color, Modifier, Style};

use crate::base::ink::Ink;

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

/// Red, green, blue, and the nearest in the 256 of xterm that keeps its meaning.
#[derive(Clone, Copy)]
struct Paint(u8, u8, u8, u8);

impl Paint {
    fn at(self, depth: Depth) -> Color {
        let Paint(r, g, b, index) = self;
        if depth == Depth::True { Color::Rgb(r, g, b) } else { Color::Indexed(index) }
    }
}

const PAGE: Paint = Paint(0x14, 0x12, 0x10, 233);
const WELL: Paint = Paint(0x1f, 0x1c, 0x19, 234);
const PANEL: Paint = Paint(0x1d, 0x1a, 0x17, 235);
const RAISED: Paint = Paint(0x33, 0x2e, 0x28, 237);
const FAINT: Paint = Paint(0x56, 0x4e, 0x46, 240);
const DIM: Paint = Paint(0x8d, 0x82, 0x76, 245);
const TEXT: Paint = Paint(0xcf, 0xc4, 0xb6, 252);
const STRONG: Paint = Paint(0xf7, 0xef, 0xe3, 231);
const ACCENT: Paint = Paint(0x6c, 0xc7, 0xd1, 80);
const ACCENT_DEEP: Paint = Paint(0x1f, 0x45, 0x4a, 23);
const GREEN: Paint = Paint(0x76, 0x95, 0x5c, 107);
const AMBER: Paint = Paint(0xdd, 0xa6, 0x3f, 178);
const RED: Paint = Paint(0xe5, 0x58, 0x41, 167);
const STRING: Paint = Paint(0xb9, 0xc2, 0x9a, 144);

const HUES: [Paint; 8] = [
    Paint(0xb0, 0x84, 0x5c, 137),
    Paint(0x6f, 0x93, 0xa3, 67),
    Paint(0x9b, 0x82, 0xa8, 97),
    Paint(0x8d, 0x9c, 0x66, 101),
    Paint(0xb0, 0x71, 0x68, 131),
    Paint(0x74, 0x88, 0xad, 68),
    Paint(0xa8, 0x9a, 0x62, 143),
    Paint(0x93, 0x80, 0x71, 102),
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
        let color = |paint: Paint| paint.at(depth);
        let fg = |ink| Style::new().fg(color(ink));
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

    /// A step that sounds, in the colour that the text gives it.
    pub(super) fn lit_in(&self, ink: Option<Ink>) -> Style {
        let Some(ink) = ink else { return self.lit };
        let letters = if ink.is_light() { PAGE } else { STRONG };
        let ground = match self.depth {
            Depth::True => Color::Rgb(ink.0, ink.1, ink.2),
            Depth::Indexed => Color::Indexed(ink.indexed()),
            Depth::Mono => return self.lit,
        };
        Style::new().fg(letters.at(self.depth)).bg(ground).add_modifier(Modifier::BOLD)
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
}
