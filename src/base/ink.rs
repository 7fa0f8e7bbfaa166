//! Colours as a text names them.

use csscolorparser::NAMED_COLORS;

/// A colour of the screen: red, green and blue, 0 to 255 each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Ink {
    /// The colour that a word means: a name of CSS, `#` and three or six hexadecimal digits, `rgb(…)` or `hsl(…)`
    /// (CSS Color Module Level 4). How much shines through is left aside: a step is lit or it is not.
    ///
    /// ```
    /// use talea::base::ink::Ink;
    /// assert_eq!(Ink::named("tomato"), Some(Ink(255, 99, 71)));
    /// assert_eq!(Ink::named("#08f"), Some(Ink(0, 136, 255)));
    /// assert_eq!(Ink::named("bluish"), None);
    /// ```
    pub fn named(word: &str) -> Option<Ink> {
        let [r, g, b, _] = csscolorparser::parse(word).ok()?.to_rgba8();
        Some(Ink(r, g, b))
    }

    /// The names of CSS.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED_COLORS.keys().copied()
    }

    /// Whether dark letters are read better on it than light ones: its relative luminance (WCAG 2.2), without the
    /// curve of the screen, is above that of middle grey.
    pub fn is_light(self) -> bool {
        let Ink(r, g, b) = self;
        2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b) > 10_000 * 110
    }

    /// The nearest of the 256 colours of xterm: a step of its 6 x 6 x 6 cube, or a grey.
    pub fn indexed(self) -> u8 {
        let Ink(r, g, b) = self;
        let channels = [r, g, b];
        // The cube's levels are 0, 95, 135, 175, 215, 255.
        let level = |value: u8| if value < 48 { 0 } else { (u32::from(value).max(75) - 35) / 40 };
        let shade = |level: u32| if level == 0 { 0 } else { 55 + 40 * level };
        let cube = channels.map(level);
        let mean = channels.iter().map(|value| u32::from(*value)).sum::<u32>() / 3;
        let grey = (mean.saturating_sub(3) / 10).min(23);
        let far = |other: [u32; 3]| -> u32 {
            channels.iter().zip(other).map(|(value, other)| u32::from(*value).abs_diff(other).pow(2)).sum()
        };
        if far([8 + 10 * grey; 3]) < far(cube.map(shade)) {
            232 + grey as u8
        } else {
            (16 + 36 * cube[0] + 6 * cube[1] + cube[2]) as u8
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_256_is_nearest() {
        let all = |index: u32| {
            let at = index - 16;
            let cube = [at / 36, at / 6 % 6, at % 6].map(|level| if level == 0 { 0 } else { 55 + 40 * level });
            if index < 232 { cube } else { [8 + 10 * (index - 232); 3] }
        };
        let far = |Ink(r, g, b): Ink, index: u32| -> u32 {
            [r, g, b].iter().zip(all(index)).map(|(value, other)| u32::from(*value).abs_diff(other).pow(2)).sum()
        };
        for code in (0..0x0100_0000_u32).step_by(4099) {
            let ink = Ink((code >> 16) as u8, (code >> 8) as u8, code as u8);
            let best = (16..=255).map(|index| far(ink, index)).min().unwrap_or(0);
            assert_eq!(far(ink, u32::from(ink.indexed())), best, "{ink:?}");
        }
    }

    #[test]
    fn letters_stand_out() {
        for (name, light) in [("yellow", true), ("navy", false), ("white", true), ("red", false), ("cyan", true)] {
            assert_eq!(Ink::named(name).map(Ink::is_light), Some(light), "{name}");
        }
    }
}
