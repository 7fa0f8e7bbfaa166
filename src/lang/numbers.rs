//! Numbers as they are written, in the text and in strings: digits, a fraction, an exponent, a unit.
//!
//! Invariant: a decimal is exact where it fits (`0.1` is 1/10, never the nearest float).

use super::syntax::Number;
use crate::base::time::Time;
use crate::base::units::Unit;

/// How many bytes of `text` are a number without sign and unit: `12`, `1.5`, `.5`, `2e3`; 0 where it starts with none.
pub(super) fn length(text: &[u8]) -> usize {
    let digits = |from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    if text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    if end > 0 && text.get(end) == Some(&b'e') {
        let from = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if text.get(from).is_some_and(u8::is_ascii_digit) {
            end = digits(from);
        }
    }
    end
}

/// The number that `text` is, with its unit; an unknown unit is none, a number too large for a float infinite.
pub(super) fn read(text: &str) -> Number {
    let (digits, unit) = text.split_at(length(text.as_bytes()));
    let value = digits.parse().unwrap_or(f64::INFINITY);
    Number { value, exact: exact(digits).unwrap_or_else(|| Time::from_f64(value)), unit: Unit::parse(unit) }
}

/// The exact value of a decimal, where it fits into `i64 / i64`.
fn exact(digits: &str) -> Option<Time> {
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut number: i64 = 0;
    for digit in whole.bytes().chain(part.bytes()) {
        number = number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    let shift = exponent.parse::<i64>().ok()?.checked_sub(part.len() as i64)?;
    let power = 10_i64.checked_pow(u32::try_from(shift.checked_abs()?).ok()?)?;
    if shift < 0 { Some(Time::new(number, power)) } else { Some(Time::int(number.checked_mul(power)?)) }
}

/// The same number with the other sign.
pub(super) fn negative(number: Number) -> Number {
    Number { value: -number.value, exact: -number.exact, unit: number.unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_an_exact_fraction() {
        assert_eq!(read("0.1").exact, Time::new(1, 10));
        assert_eq!(read(".25").exact, Time::new(1, 4));
        assert_eq!(read("2.5e2").exact, Time::int(250));
        assert_eq!(read("1e-3").exact, Time::new(1, 1000));
        assert_eq!(read("0.1234567890123456789").exact, Time::from_f64(0.123_456_789_012_345_68));
    }

    #[test]
    fn a_unit_touches_its_number() {
        assert_eq!(read("400Hz").unit, Some(Unit::Hertz));
        assert_eq!(read("54%").unit, Some(Unit::Percent));
        assert_eq!(read("4bars").unit, Some(Unit::Bars));
        assert_eq!(read("4").unit, None);
    }

    #[test]
    fn a_number_ends_where_its_digits_end() {
        assert_eq!(length(b"12.5x"), 4);
        assert_eq!(length(b"1..3"), 1);
        assert_eq!(length(b"1.rev"), 1);
        assert_eq!(length(b"1em"), 1);
        assert_eq!(length(b".x"), 0);
        assert_eq!(length(b"e5"), 0);
    }
}
