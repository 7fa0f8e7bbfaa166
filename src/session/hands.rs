//! The text's own hands on the screen: knobs, buttons and `fill`, where they stand and how a key moves them.
//!
//! Invariant: a value stays between the ends that the text gives it, whatever was asked.

use crate::model::hand::{Control, Hand};
use crate::ui::{Button, Knob};

/// A knob whose high end is so many times its low end, or more, moves by ratios, as pitch and level are heard.
const WIDE: f64 = 8.0;

/// A hand of the text and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub name: String,
    pub hand: Hand,
    pub value: f64,
}

impl Standing {
    /// Of a hand that was perhaps moved before its ends changed.
    pub(super) fn new(name: &str, hand: &Hand, moved: Option<f64>) -> Standing {
        let value = moved.unwrap_or(hand.start).clamp(hand.low, hand.high);
        Standing { name: name.to_owned(), hand: hand.clone(), value }
    }

    /// Where it stands between low (0) and high (1).
    fn at(&self) -> f64 {
        let Hand { low, high, .. } = self.hand;
        if by_ratio(&self.hand) {
            libm::log(self.value / low) / libm::log(high / low)
        } else {
            (self.value - low) / (high - low)
        }
    }

    /// Where it goes when it is moved by a share of the whole way.
    pub(super) fn moved(&self, delta: f64) -> f64 {
        value_at(&self.hand, self.at() + delta)
    }
}

/// The value at a place between low (0) and high (1).
fn value_at(hand: &Hand, at: f64) -> f64 {
    let (low, high, at) = (hand.low, hand.high, at.clamp(0.0, 1.0));
    let value = if by_ratio(hand) { low * libm::pow(high / low, at) } else { low + (high - low) * at };
    value.clamp(low, high)
}

/// Where a message of a MIDI input puts a hand, if it means this one. A port without a name may be any.
pub(super) fn heard(hand: &Hand, from: Option<&str>, message: [u8; 3]) -> Option<f64> {
    let [status, number, value] = message;
    let at = f64::from(value & 0x7f) / 127.0;
    let is_controller = status & 0xf0 == 0xb0;
    match &hand.control {
        Control::Knob { cc: Some(cc) } if is_controller && *cc == number => Some(value_at(hand, at)),
        Control::Midi { port, cc } if is_controller && *cc == number => {
            let same = from.is_none_or(|from| from.to_lowercase().contains(&port.to_lowercase()));
            same.then(|| value_at(hand, at))
        }
        Control::Button { note: Some(note), .. } if !is_controller && *note == number => {
            Some(f64::from(u8::from(status & 0xf0 == 0x90 && value > 0)))
        }
        _ => None,
    }
}

fn by_ratio(hand: &Hand) -> bool {
    hand.low > 0.0 && hand.high >= WIDE * hand.low
}

/// The knobs as the desk shows them.
pub(super) fn knobs(hands: &[Standing]) -> Vec<Knob> {
    let knobs = hands.iter().filter(|hand| matches!(hand.hand.control, Control::Knob { .. }));
    knobs.map(|hand| Knob { name: hand.name.clone(), at: hand.at() as f32, value: short(hand.value) }).collect()
}

/// The buttons that listen to a key.
pub(super) fn buttons(hands: &[Standing]) -> Vec<Button> {
    let button = |hand: &Standing| match hand.hand.control {
        Control::Button { key: Some(key), .. } => {
            Some(Button { name: hand.name.clone(), key, held: hand.value != 0.0 })
        }
        _ => None,
    };
    hands.iter().filter_map(button).collect()
}

/// A value in five characters: `1.25k`, `440`, `0.30`.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 10_000.0 {
        format!("{:.1}k", value / 1000.0)
    } else if size >= 1000.0 {
        format!("{:.2}k", value / 1000.0)
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knob(start: f64, low: f64, high: f64) -> Standing {
        Standing::new("tone", &Hand { start, low, high, control: Control::Knob { cc: None } }, None)
    }

    #[test]
    fn a_knob_of_frequencies_moves_by_octaves_and_stops_at_its_ends() {
        let mut tone = knob(400.0, 200.0, 3200.0);
        assert!((tone.at() - 0.25).abs() < 1e-12);
        tone.value = tone.moved(0.25);
        assert!((tone.value - 800.0).abs() < 1e-9, "{}", tone.value);
        tone.value = tone.moved(7.0);
        assert_eq!(tone.value, 3200.0);
    }

    #[test]
    fn a_knob_around_zero_moves_evenly() {
        let mut pan = knob(0.0, -1.0, 1.0);
        pan.value = pan.moved(0.25);
        assert!((pan.value - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_value_that_is_out_of_the_ends_of_a_new_text_stands_at_the_nearer() {
        let hand = Hand { start: 1.0, low: 0.0, high: 2.0, control: Control::Knob { cc: None } };
        assert_eq!(Standing::new("tone", &hand, Some(9.0)).value, 2.0);
    }

    #[test]
    fn a_controller_moves_its_knob_and_a_pad_holds_its_button() {
        let hand = |control| Hand { start: 0.0, low: 0.0, high: 1.0, control };
        let knob = hand(Control::Knob { cc: Some(21) });
        assert_eq!(heard(&knob, None, [0xb3, 21, 127]), Some(1.0));
        assert_eq!(heard(&knob, None, [0xb3, 22, 127]), None);
        assert_eq!(heard(&knob, None, [0x93, 21, 127]), None);
        let pad = hand(Control::Button { key: None, note: Some(36) });
        assert_eq!(heard(&pad, None, [0x90, 36, 90]), Some(1.0));
        assert_eq!(heard(&pad, None, [0x90, 36, 0]), Some(0.0));
        assert_eq!(heard(&pad, None, [0x80, 36, 64]), Some(0.0));
        let fader = hand(Control::Midi { port: "nano".into(), cc: 7 });
        assert_eq!(heard(&fader, Some("nanoKONTROL2"), [0xb0, 7, 0]), Some(0.0));
        assert_eq!(heard(&fader, Some("Launchpad"), [0xb0, 7, 0]), None);
    }

    #[test]
    fn values_are_short() {
        assert_eq!([12_345.0, 1250.0, 440.0, 99.0, 0.3].map(short), ["12.3k", "1.25k", "440", "99.0", "0.30"]);
    }
}
