//! Numbers in lanes, and masks.
//!
//! Invariant: a mask is all ones or all zeros in each lane.
#![allow(unsafe_code)]

use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign};

/// How many voices stand side by side, on every machine.
pub const LANES: usize = 8;

/// A number for each lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[repr(C, align(32))]
pub struct Lanes(pub [f32; LANES]);

/// A whole number for each lane: a phase of which all 32 bits are one turn, a count, or a mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C, align(32))]
pub struct Words(pub [u32; LANES]);

macro_rules! operator {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl $trait for Lanes {
            type Output = Lanes;
            #[inline(always)]
            fn $method(self, other: Lanes) -> Lanes {
                Lanes::from_fn(|i| self.0[i] $operator other.0[i])
            }
        }
    };
}
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Lanes) {
        *self = *self + other;
    }
}

impl SubAssign for Lanes {
    #[inline(always)]
    fn sub_assign(&mut self, other: Lanes) {
        *self = *self - other;
    }
}

impl MulAssign for Lanes {
    #[inline(always)]
    fn mul_assign(&mut self, other: Lanes) {
        *self = *self * other;
    }
}

impl Neg for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn neg(self) -> Lanes {
        Lanes::from_fn(|i| -self.0[i])
    }
}

impl Lanes {
    /// 0 in each.
    pub const ZERO: Lanes = Lanes([0.0; LANES]);
    /// 1 in each.
    pub const ONE: Lanes = Lanes([1.0; LANES]);

    /// The same in each.
    #[inline(always)]
    pub const fn splat(x: f32) -> Lanes {
        Lanes([x; LANES])
    }

    /// From each lane's index.
    #[inline(always)]
    pub fn from_fn(mut make: impl FnMut(usize) -> f32) -> Lanes {
        let (mut all, mut i) = ([0.0; LANES], 0);
        // Plain, for this is compiled a thousand times over.
        while i < LANES {
            all[i] = make(i);
            i += 1;
        }
        Lanes(all)
    }

    /// The lesser; `other` where one is no number.
    #[inline(always)]
    pub fn min(self, other: Lanes) -> Lanes {
        Lanes::from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] })
    }

    /// The greater; `other` where one is no number.
    #[inline(always)]
    pub fn max(self, other: Lanes) -> Lanes {
        Lanes::from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] })
    }

    /// Within `low` to `high`; `low` where it is no number.
    #[inline(always)]
    pub fn clamp(self, low: f32, high: f32) -> Lanes {
        self.max(Lanes::splat(low)).min(Lanes::splat(high))
    }

    /// Without its sign.
    #[inline(always)]
    pub fn abs(self) -> Lanes {
        Lanes::from_fn(|i| f32::from_bits(self.0[i].to_bits() & 0x7fff_ffff))
    }

    /// The square root; 0 of what is below 0 or no number.
    #[inline(always)]
    pub fn sqrt_of_positive(self) -> Lanes {
        // A square root is exact by IEEE 754, on every machine.
        let tame = self.max(Lanes::ZERO);
        Lanes::from_fn(|i| tame.0[i].sqrt())
    }

    /// Towards 0, as a whole number in two's complement. What is beyond ±2³¹ or no number gives an arbitrary one that is
    /// the same everywhere.
    #[inline(always)]
    pub fn truncate(self) -> Words {
        let tame = self.clamp(-2_147_483_648.0, 2_147_483_520.0);
        // SAFETY: `clamp` leaves numbers from −2³¹ to 2³¹ − 128 and no NaN, all of which fit.
        Words::from_fn(|i| unsafe { tame.0[i].to_int_unchecked::<i32>() } as u32)
    }

    /// The whole number at or below; what is beyond ±2²³ is whole already.
    #[inline(always)]
    pub fn floor(self) -> Lanes {
        let whole = self.truncate().to_numbers();
        let lower = whole - self.below(whole).select(Lanes::ONE, Lanes::ZERO);
        self.abs().below(Lanes::splat(8_388_608.0)).select(lower, self)
    }

    /// Where it is less than `other`.
    #[inline(always)]
    pub fn below(self, other: Lanes) -> Words {
        Words::from_fn(|i| if self.0[i] < other.0[i] { u32::MAX } else { 0 })
    }

    /// Whether all lanes have the same bits.
    #[inline(always)]
    pub fn is(self, other: Lanes) -> bool {
        !Words::from_fn(|i| self.0[i].to_bits() ^ other.0[i].to_bits()).any()
    }

    /// Its bits.
    #[inline(always)]
    pub fn to_bits(self) -> Words {
        Words::from_fn(|i| self.0[i].to_bits())
    }

    /// The number, or 0 where it is none or infinite.
    #[inline(always)]
    pub fn finite(self) -> Lanes {
        self.abs().below(Lanes::splat(f32::INFINITY)).select(self, Lanes::ZERO)
    }
}

macro_rules! words {
    ($trait:ident, $method:ident, $function:expr) => {
        impl $trait for Words {
            type Output = Words;
            #[inline(always)]
            fn $method(self, other: Words) -> Words {
                let function: fn(u32, u32) -> u32 = $function;
                Words::from_fn(|i| function(self.0[i], other.0[i]))
            }
        }
    };
}
words!(Add, add, u32::wrapping_add);
words!(Sub, sub, u32::wrapping_sub);
words!(BitAnd, bitand, |a, b| a & b);
words!(BitOr, bitor, |a, b| a | b);

impl Not for Words {
    type Output = Words;
    #[inline(always)]
    fn not(self) -> Words {
        Words::from_fn(|i| !self.0[i])
    }
}

impl Words {
    /// 0 in each; as a mask, none.
    pub const ZERO: Words = Words([0; LANES]);
    /// As a mask, all.
    pub const ALL: Words = Words([u32::MAX; LANES]);

    /// The same in each.
    #[inline(always)]
    pub const fn splat(x: u32) -> Words {
        Words([x; LANES])
    }

    /// From each lane's index.
    #[inline(always)]
    pub fn from_fn(mut make: impl FnMut(usize) -> u32) -> Words {
        let (mut all, mut i) = ([0; LANES], 0);
        while i < LANES {
            all[i] = make(i);
            i += 1;
        }
        Words(all)
    }

    /// A mask of one lane.
    #[inline(always)]
    pub fn only(lane: usize) -> Words {
        Words::from_fn(|i| if i == lane { u32::MAX } else { 0 })
    }

    /// As a mask: `yes` where it is set, `no` elsewhere.
    #[inline(always)]
    pub fn select(self, yes: Lanes, no: Lanes) -> Lanes {
        Lanes::from_fn(|i| f32::from_bits((yes.0[i].to_bits() & self.0[i]) | (no.0[i].to_bits() & !self.0[i])))
    }

    /// As a mask over whole numbers.
    #[inline(always)]
    pub fn select_words(self, yes: Words, no: Words) -> Words {
        (yes & self) | (no & !self)
    }

    /// As a mask: whether any lane is set.
    #[inline(always)]
    pub fn any(self) -> bool {
        let [a, b, c, d, e, f, g, h] = self.0;
        a | b | c | d | e | f | g | h != 0
    }

    /// As numbers, read in two's complement.
    #[inline(always)]
    pub fn to_numbers(self) -> Lanes {
        Lanes::from_fn(|i| self.0[i] as i32 as f32)
    }

    /// The number whose bits these are.
    #[inline(always)]
    pub fn to_lanes(self) -> Lanes {
        Lanes::from_fn(|i| f32::from_bits(self.0[i]))
    }

    /// Moved right by as many bits as each lane of `by` says, under 32.
    #[inline(always)]
    pub fn shift_right(self, by: Words) -> Words {
        Words::from_fn(|i| self.0[i] >> (by.0[i] & 31))
    }

    /// Moved left by `by` bits, under 32.
    #[inline(always)]
    pub fn shift_left(self, by: u32) -> Words {
        Words::from_fn(|i| self.0[i] << (by & 31))
    }

    /// The next of a xorshift sequence (Marsaglia 2003, 13-17-5); 0 stays 0, so seed with something else.
    #[inline(always)]
    pub fn xorshift(self) -> Words {
        Words::from_fn(|i| {
            let x = self.0[i] ^ (self.0[i] << 13);
            let x = x ^ (x >> 17);
            x ^ (x << 5)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_rounded_down_and_chosen_between() {
        let x = Lanes([-1.5, -1.0, -0.25, 0.0, 0.25, 1.0, 1.75, 1e9]);
        assert_eq!(x.floor().0, [-2.0, -1.0, -1.0, 0.0, 0.0, 1.0, 1.0, 1e9]);
        assert_eq!(x.below(Lanes::ZERO).select(Lanes::ONE, Lanes::ZERO).0[..4], [1.0, 1.0, 1.0, 0.0]);
        let wild = Lanes([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(wild.finite().0[..4], [0.0, 0.0, 0.0, 2.0]);
        assert_eq!(wild.clamp(-3.0, 3.0).0[..4], [-3.0, 3.0, -3.0, 2.0]);
    }
}
