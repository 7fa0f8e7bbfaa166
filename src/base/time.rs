//! Musical time as exact rationals.
//!
//! Invariant: no operation panics or wraps. A result that does not fit into `i64 / i64` is rounded to the
//! nearest 2^-20 (and saturates far outside of any piece), the same on every machine.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Rem, Sub, SubAssign};

/// The grid on which floats, and results that do not fit, are rounded: 2^-20 of a cycle.
const GRID: i128 = 1 << 20;
/// The largest whole number of cycles; beyond it time saturates.
const FAR: i128 = 1 << 42;

/// A point or a length of musical time, in cycles, as a reduced fraction with a positive denominator.
///
/// ```
/// use talea::base::time::Time;
/// assert_eq!(Time::new(1, 3) + Time::new(1, 6), Time::new(1, 2));
/// assert_eq!(Time::new(7, 2).floor(), Time::int(3));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    num: i64,
    den: i64,
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Time {
    /// The start of everything.
    pub const ZERO: Time = Time { num: 0, den: 1 };
    /// One cycle.
    pub const ONE: Time = Time { num: 1, den: 1 };

    /// `num / den` cycles; a zero denominator gives zero.
    pub fn new(num: i64, den: i64) -> Time {
        Time::reduce(num as i128, den as i128)
    }

    /// A whole number of cycles.
    pub const fn int(num: i64) -> Time {
        Time { num, den: 1 }
    }

    fn reduce(num: i128, den: i128) -> Time {
        if den == 0 || num == 0 {
            return Time::ZERO;
        }
        let (num, den) = if den < 0 { (-num, -den) } else { (num, den) };
        // Most fractions are small: 64-bit division is several times faster than 128-bit.
        if let (Ok(num), Ok(den)) = (i64::try_from(num), i64::try_from(den)) {
            return Time::reduce64(num, den);
        }
        let g = gcd(num.unsigned_abs(), den as u128) as i128;
        let (num, den) = (num / g, den / g);
        match (i64::try_from(num), i64::try_from(den)) {
            (Ok(num), Ok(den)) => Time { num, den },
            _ => Time::on_grid(num, den),
        }
    }

    /// `num / den` (den > 0) in lowest terms.
    fn reduce64(num: i64, den: i64) -> Time {
        let g = gcd64(num.unsigned_abs(), den.unsigned_abs());
        if g == 1 {
            return Time { num, den };
        }
        match i64::try_from(g) {
            Ok(g) => Time { num: num / g, den: den / g },
            Err(_) => Time { num: num.signum(), den: 1 },
        }
    }

    /// Whether products of both fit into 64 bits with room for a sum.
    fn is_small(self, other: Time) -> bool {
        const EDGE: u64 = 1 << 30;
        (self.num.unsigned_abs() | self.den as u64 | other.num.unsigned_abs() | other.den as u64) < EDGE
    }

    /// `num / den` (den > 0) rounded to the grid, saturating.
    fn on_grid(num: i128, den: i128) -> Time {
        let whole = num.div_euclid(den);
        if whole.abs() >= FAR {
            return Time { num: (FAR * whole.signum()) as i64, den: 1 };
        }
        let rest = num.rem_euclid(den);
        // rest < den; where den is too large for `rest * GRID`, both lose low bits, far under the grid.
        let shift = (128u32.saturating_sub(den.leading_zeros())).saturating_sub(100);
        let part = ((rest >> shift) * GRID + (den >> shift) / 2) / (den >> shift).max(1);
        Time::reduce(whole * GRID + part, GRID)
    }

    /// A float as time: the nearest 2^-20; not-a-number is zero.
    pub fn from_f64(value: f64) -> Time {
        if value.is_nan() {
            return Time::ZERO;
        }
        let scaled = (value.clamp(-(FAR as f64), FAR as f64) * GRID as f64).round();
        Time::reduce(scaled as i128, GRID)
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// The numerator of the reduced fraction.
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator of the reduced fraction, above zero.
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The start of the cycle that this point lies in.
    pub fn floor(self) -> Time {
        Time::int(self.num.div_euclid(self.den))
    }

    /// The first cycle start at or after this point.
    pub fn ceil(self) -> Time {
        Time::int(self.num.div_euclid(self.den) + i64::from(self.num.rem_euclid(self.den) != 0))
    }

    /// The number of the cycle that this point lies in.
    pub fn cycle(self) -> i64 {
        self.num.div_euclid(self.den)
    }

    /// The position within its cycle, in [0, 1).
    pub fn fract(self) -> Time {
        Time { num: self.num.rem_euclid(self.den), den: self.den }
    }

    /// Whether this is a whole number of cycles.
    pub fn is_int(self) -> bool {
        self.den == 1
    }

    /// The earlier of the two.
    pub fn min(self, other: Time) -> Time {
        if other < self { other } else { self }
    }

    /// The later of the two.
    pub fn max(self, other: Time) -> Time {
        if other > self { other } else { self }
    }

    /// The distance from zero.
    pub fn abs(self) -> Time {
        if self.num < 0 { -self } else { self }
    }

    /// −1, 0 or 1.
    pub const fn signum(self) -> i64 {
        self.num.signum()
    }

    /// `1 / self`, or `None` for zero.
    pub fn recip(self) -> Option<Time> {
        (self.num != 0).then(|| Time::reduce(self.den as i128, self.num as i128))
    }

    /// `self / other`, or `None` where `other` is zero.
    pub fn checked_div(self, other: Time) -> Option<Time> {
        (other.num != 0).then(|| self / other)
    }
}

/// Stein's binary algorithm: shifts and differences instead of divisions; denominators are mostly powers of two.
fn gcd64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    b >>= b.trailing_zeros();
    while a != b {
        if a == 1 || b == 1 {
            return 1 << twos;
        }
        if a < b {
            (a, b) = (b, a);
        }
        a -= b;
        a >>= a.trailing_zeros();
    }
    a << twos
}

impl Add for Time {
    type Output = Time;
    fn add(self, other: Time) -> Time {
        if self.den == other.den {
            if self.den == 1
                && let Some(num) = self.num.checked_add(other.num)
            {
                return Time { num, den: 1 };
            }
            return Time::reduce(self.num as i128 + other.num as i128, self.den as i128);
        }
        if self.is_small(other) {
            // A whole number leaves the other fraction in lowest terms.
            if self.den == 1 || other.den == 1 {
                return Time { num: self.num * other.den + other.num * self.den, den: self.den * other.den };
            }
            return Time::reduce64(self.num * other.den + other.num * self.den, self.den * other.den);
        }
        let (a, b) = (self.num as i128 * other.den as i128, other.num as i128 * self.den as i128);
        Time::reduce(a.saturating_add(b), self.den as i128 * other.den as i128)
    }
}

impl Sub for Time {
    type Output = Time;
    fn sub(self, other: Time) -> Time {
        self + -other
    }
}

impl Mul for Time {
    type Output = Time;
    fn mul(self, other: Time) -> Time {
        if self.is_small(other) {
            return Time::reduce64(self.num * other.num, self.den * other.den);
        }
        Time::reduce(self.num as i128 * other.num as i128, self.den as i128 * other.den as i128)
    }
}

/// Division by zero gives zero; see [`Time::checked_div`].
impl Div for Time {
    type Output = Time;
    fn div(self, other: Time) -> Time {
        if self.is_small(other) && other.num != 0 {
            let sign = other.num.signum();
            return Time::reduce64(self.num * other.den * sign, self.den * other.num.abs());
        }
        Time::reduce(self.num as i128 * other.den as i128, self.den as i128 * other.num as i128)
    }
}

/// The remainder with the sign of the divisor, as for positions in a loop; by zero it is zero.
impl Rem for Time {
    type Output = Time;
    fn rem(self, other: Time) -> Time {
        if other.num == 0 {
            return Time::ZERO;
        }
        self - other * (self / other).floor()
    }
}

impl Neg for Time {
    type Output = Time;
    fn neg(self) -> Time {
        Time { num: self.num.checked_neg().unwrap_or(i64::MAX), den: self.den }
    }
}

impl AddAssign for Time {
    fn add_assign(&mut self, other: Time) {
        *self = *self + other;
    }
}

impl SubAssign for Time {
    fn sub_assign(&mut self, other: Time) {
        *self = *self - other;
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Time) -> Ordering {
        if self.den == other.den {
            return self.num.cmp(&other.num);
        }
        if self.is_small(*other) {
            return (self.num * other.den).cmp(&(other.num * self.den));
        }
        (self.num as i128 * other.den as i128).cmp(&(other.num as i128 * self.den as i128))
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Time) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Time {
    fn from(value: i64) -> Time {
        Time::int(value)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Default for Time {
    fn default() -> Time {
        Time::ZERO
    }
}

/// A half-open stretch of musical time, `[begin, end)`. Where both are equal it is a point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Span {
    /// The first point inside.
    pub begin: Time,
    /// The first point after.
    pub end: Time,
}

impl Span {
    /// `[begin, end)`, in cycles.
    pub const fn new(begin: Time, end: Time) -> Span {
        Span { begin, end }
    }

    /// The whole of one cycle.
    pub const fn cycle(number: i64) -> Span {
        Span { begin: Time::int(number), end: Time::int(number + 1) }
    }

    /// Its length.
    pub fn len(&self) -> Time {
        self.end - self.begin
    }

    /// Whether it is a point or turned round.
    pub fn is_empty(&self) -> bool {
        self.end <= self.begin
    }

    /// What both share; `None` where they do not meet. A point meets what contains it; two stretches that only
    /// touch do not meet.
    pub fn meet(&self, other: &Span) -> Option<Span> {
        let begin = self.begin.max(other.begin);
        let end = self.end.min(other.end);
        if begin > end {
            return None;
        }
        if begin == end
            && ((begin == self.end && self.begin < self.end) || (begin == other.end && other.begin < other.end))
        {
            return None;
        }
        Some(Span { begin, end })
    }

    /// The same stretch with both ends mapped.
    pub fn map(&self, f: impl Fn(Time) -> Time) -> Span {
        Span { begin: f(self.begin), end: f(self.end) }
    }

    /// The stretch cut at the starts of cycles; a point comes back as itself.
    pub fn cycles(self) -> impl Iterator<Item = Span> {
        let mut at = self.begin;
        let mut done = false;
        std::iter::from_fn(move || {
            if done || (at >= self.end && at != self.begin) {
                return None;
            }
            let end = self.end.min(at.floor() + Time::ONE);
            let span = Span { begin: at, end };
            done = end >= self.end;
            at = end;
            Some(span)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_add_up_to_exactly_one() {
        let third = Time::new(1, 3);
        assert_eq!(third + third + third, Time::ONE);
    }

    #[test]
    fn huge_fractions_round_to_the_grid_and_never_panic() {
        let odd = Time::new(i64::MAX, i64::MAX - 2);
        let near = odd * odd * odd;
        assert!((near.to_f64() - 1.0).abs() < 1e-6);
        let far = Time::int(i64::MAX) * Time::int(i64::MAX);
        assert_eq!(far, Time::int(1 << 42));
        assert_eq!(Time::new(i64::MIN, -1).signum(), 1);
        assert!((Time::new(1, i64::MAX) + Time::new(1, i64::MAX - 1)).to_f64().abs() < 1e-6);
        assert!((Time::new(-7, 3) * Time::new(1, i64::MAX)).to_f64().abs() < 1e-6);
    }

    #[test]
    fn a_negative_position_lies_in_the_cycle_below() {
        assert_eq!(Time::new(-1, 4).floor(), Time::int(-1));
        assert_eq!(Time::new(-1, 4).fract(), Time::new(3, 4));
        assert_eq!(Time::new(-1, 4) % Time::ONE, Time::new(3, 4));
    }

    #[test]
    fn a_span_is_cut_at_cycle_starts() {
        let cut: Vec<_> = Span::new(Time::new(1, 2), Time::new(9, 4)).cycles().collect();
        assert_eq!(cut.len(), 3);
        assert_eq!(cut[1], Span::cycle(1));
        assert_eq!(Span::new(Time::ONE, Time::ONE).cycles().count(), 1);
    }

    #[test]
    fn touching_spans_do_not_meet_but_a_point_does() {
        assert_eq!(Span::cycle(0).meet(&Span::cycle(1)), None);
        let point = Span::new(Time::ONE, Time::ONE);
        assert_eq!(Span::cycle(1).meet(&point), Some(point));
        assert_eq!(Span::cycle(0).meet(&point), None);
    }
}
