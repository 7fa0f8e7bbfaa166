//! Numbers in lanes, and masks.
//!
//! Invariant: a mask is all ones or all zeros in each lane.
#![allow(unsafe_code)]

use std::ops::{Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign};

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
    ($trait:ident, $method:ident, $operator:tt, $vector:ident) => {
        impl $trait for Lanes {
            type Output = Lanes;
            #[inline(always)]
            fn $method(self, other: Lanes) -> Lanes {
                #[cfg(target_arch = "x86_64")]
                return self.with(other, x86::$vector);
                #[cfg(not(target_arch = "x86_64"))]
                Lanes::from_fn(|i| self.0[i] $operator other.0[i])
            }
        }
    };
}
operator!(Add, add, +, add);
operator!(Sub, sub, -, sub);
operator!(Mul, mul, *, mul);
operator!(Div, div, /, div);

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
        (self.to_bits() ^ Words::splat(1 << 31)).to_lanes()
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
        #[cfg(target_arch = "x86_64")]
        return self.with(other, x86::min);
        #[cfg(not(target_arch = "x86_64"))]
        Lanes::from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] })
    }

    /// The greater; `other` where one is no number.
    #[inline(always)]
    pub fn max(self, other: Lanes) -> Lanes {
        #[cfg(target_arch = "x86_64")]
        return self.with(other, x86::max);
        #[cfg(not(target_arch = "x86_64"))]
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
        (self.to_bits() & Words::splat(0x7fff_ffff)).to_lanes()
    }

    /// The square root; 0 of what is below 0 or no number.
    #[inline(always)]
    pub fn sqrt_of_positive(self) -> Lanes {
        // A square root is exact by IEEE 754, on every machine.
        let tame = self.max(Lanes::ZERO);
        #[cfg(target_arch = "x86_64")]
        return tame.with(tame, |a, _| x86::sqrt(a));
        #[cfg(not(target_arch = "x86_64"))]
        Lanes::from_fn(|i| tame.0[i].sqrt())
    }

    /// Towards 0, as a whole number in two's complement. What is beyond ±2³¹ or no number gives an arbitrary one that is
    /// the same everywhere.
    #[inline(always)]
    pub fn truncate(self) -> Words {
        let tame = self.clamp(-2_147_483_648.0, 2_147_483_520.0);
        #[cfg(target_arch = "x86_64")]
        return Words::of(tame.halves().map(x86::truncate));
        #[cfg(not(target_arch = "x86_64"))]
        Words::from_fn(|i| tame.0[i] as i32 as u32)
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
        #[cfg(target_arch = "x86_64")]
        return self.with(other, x86::below).to_bits();
        #[cfg(not(target_arch = "x86_64"))]
        Words::from_fn(|i| if self.0[i] < other.0[i] { u32::MAX } else { 0 })
    }

    /// Whether all lanes have the same bits.
    #[inline(always)]
    pub fn is(self, other: Lanes) -> bool {
        !(self.to_bits() ^ other.to_bits()).any()
    }

    /// Its bits.
    #[inline(always)]
    pub fn to_bits(self) -> Words {
        // SAFETY: both are eight times 32 bits, and every pattern is a value of either.
        unsafe { std::mem::transmute::<Lanes, Words>(self) }
    }

    /// The number, or 0 where it is none or infinite.
    #[inline(always)]
    pub fn finite(self) -> Lanes {
        self.abs().below(Lanes::splat(f32::INFINITY)).select(self, Lanes::ZERO)
    }
}

macro_rules! words {
    ($trait:ident, $method:ident, $vector:ident, $function:expr) => {
        impl $trait for Words {
            type Output = Words;
            #[inline(always)]
            fn $method(self, other: Words) -> Words {
                #[cfg(target_arch = "x86_64")]
                return self.with(other, x86::$vector);
                #[cfg(not(target_arch = "x86_64"))]
                {
                    let function: fn(u32, u32) -> u32 = $function;
                    Words::from_fn(|i| function(self.0[i], other.0[i]))
                }
            }
        }
    };
}
words!(Add, add, add_words, u32::wrapping_add);
words!(Sub, sub, sub_words, u32::wrapping_sub);
words!(BitAnd, bitand, and, |a, b| a & b);
words!(BitOr, bitor, or, |a, b| a | b);
words!(BitXor, bitxor, xor, |a, b| a ^ b);

impl Not for Words {
    type Output = Words;
    #[inline(always)]
    fn not(self) -> Words {
        self ^ Words::ALL
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
        self.select_words(yes.to_bits(), no.to_bits()).to_lanes()
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
        #[cfg(target_arch = "x86_64")]
        return Lanes::of(self.halves().map(x86::to_numbers));
        #[cfg(not(target_arch = "x86_64"))]
        Lanes::from_fn(|i| self.0[i] as i32 as f32)
    }

    /// The number whose bits these are.
    #[inline(always)]
    pub fn to_lanes(self) -> Lanes {
        // SAFETY: both are eight times 32 bits, and every pattern is a value of either.
        unsafe { std::mem::transmute::<Words, Lanes>(self) }
    }

    /// Moved right by `by` bits, under 32.
    #[inline(always)]
    pub fn shift_right(self, by: u32) -> Words {
        #[cfg(target_arch = "x86_64")]
        return Words::of(self.halves().map(|half| x86::shift_right(half, by)));
        #[cfg(not(target_arch = "x86_64"))]
        Words::from_fn(|i| self.0[i] >> (by & 31))
    }

    /// As a mask: where the highest bit is set.
    #[inline(always)]
    pub fn highest_bit(self) -> Words {
        self.is_under(Words::ZERO)
    }

    /// As a mask: where it is less than `other`, both read in two's complement.
    #[inline(always)]
    pub fn is_under(self, other: Words) -> Words {
        #[cfg(target_arch = "x86_64")]
        return self.with(other, x86::less);
        #[cfg(not(target_arch = "x86_64"))]
        Words::from_fn(|i| if (self.0[i] as i32) < other.0[i] as i32 { u32::MAX } else { 0 })
    }

    /// Times a whole number; all but the lowest 32 bits are lost.
    #[inline(always)]
    pub fn times(self, by: u32) -> Words {
        let (mut sum, mut bit) = (Words::ZERO, 0);
        while by >> bit != 0 {
            if by >> bit & 1 == 1 {
                sum = sum + self.shift_left(bit);
            }
            bit += 1;
        }
        sum
    }

    /// Moved left by `by` bits, under 32.
    #[inline(always)]
    pub fn shift_left(self, by: u32) -> Words {
        #[cfg(target_arch = "x86_64")]
        return Words::of(self.halves().map(|half| x86::shift_left(half, by)));
        #[cfg(not(target_arch = "x86_64"))]
        Words::from_fn(|i| self.0[i] << (by & 31))
    }

    /// The next of a xorshift sequence (Marsaglia 2003, 13-17-5); 0 stays 0, so seed with something else.
    #[inline(always)]
    pub fn xorshift(self) -> Words {
        let x = self ^ self.shift_left(13);
        let x = x ^ x.shift_right(17);
        x ^ x.shift_left(5)
    }
}

/// Eight lanes as two vectors of four: what every x86-64 has. Left to itself the compiler makes worse of arrays.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64 as arch;
    pub(super) use std::arch::x86_64::{__m128, __m128i};

    macro_rules! plain {
        ($($name:ident($($x:ident: $type:ty),*) -> $out:ty = $instruction:ident;)*) => {
            $(#[inline(always)]
            pub(super) fn $name($($x: $type),*) -> $out {
                // SAFETY: SSE and SSE2 are part of every x86-64.
                unsafe { arch::$instruction($($x),*) }
            })*
        };
    }

    plain! {
        add(a: __m128, b: __m128) -> __m128 = _mm_add_ps;
        sub(a: __m128, b: __m128) -> __m128 = _mm_sub_ps;
        mul(a: __m128, b: __m128) -> __m128 = _mm_mul_ps;
        div(a: __m128, b: __m128) -> __m128 = _mm_div_ps;
        min(a: __m128, b: __m128) -> __m128 = _mm_min_ps;
        max(a: __m128, b: __m128) -> __m128 = _mm_max_ps;
        below(a: __m128, b: __m128) -> __m128 = _mm_cmplt_ps;
        sqrt(a: __m128) -> __m128 = _mm_sqrt_ps;
        truncate(a: __m128) -> __m128i = _mm_cvttps_epi32;
        to_numbers(a: __m128i) -> __m128 = _mm_cvtepi32_ps;
        add_words(a: __m128i, b: __m128i) -> __m128i = _mm_add_epi32;
        sub_words(a: __m128i, b: __m128i) -> __m128i = _mm_sub_epi32;
        and(a: __m128i, b: __m128i) -> __m128i = _mm_and_si128;
        or(a: __m128i, b: __m128i) -> __m128i = _mm_or_si128;
        xor(a: __m128i, b: __m128i) -> __m128i = _mm_xor_si128;
        less(a: __m128i, b: __m128i) -> __m128i = _mm_cmplt_epi32;
        count(by: i32) -> __m128i = _mm_cvtsi32_si128;
        left(x: __m128i, by: __m128i) -> __m128i = _mm_sll_epi32;
        right(x: __m128i, by: __m128i) -> __m128i = _mm_srl_epi32;
    }

    #[inline(always)]
    pub(super) fn shift_left(x: __m128i, by: u32) -> __m128i {
        left(x, count((by & 31) as i32))
    }

    #[inline(always)]
    pub(super) fn shift_right(x: __m128i, by: u32) -> __m128i {
        right(x, count((by & 31) as i32))
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes {
    #[inline(always)]
    fn halves(self) -> Halves<x86::__m128> {
        // SAFETY: eight numbers are two vectors of four, and every pattern is a value of either.
        unsafe { std::mem::transmute::<Lanes, Halves<x86::__m128>>(self) }
    }

    #[inline(always)]
    fn of(halves: Halves<x86::__m128>) -> Lanes {
        // SAFETY: as above.
        unsafe { std::mem::transmute::<Halves<x86::__m128>, Lanes>(halves) }
    }

    #[inline(always)]
    fn with(self, other: Lanes, f: impl Fn(x86::__m128, x86::__m128) -> x86::__m128) -> Lanes {
        let (a, b) = (self.halves(), other.halves());
        Lanes::of(Halves(f(a.0, b.0), f(a.1, b.1)))
    }
}

#[cfg(target_arch = "x86_64")]
impl Words {
    #[inline(always)]
    fn halves(self) -> Halves<x86::__m128i> {
        // SAFETY: eight words are two vectors of four, and every pattern is a value of either.
        unsafe { std::mem::transmute::<Words, Halves<x86::__m128i>>(self) }
    }

    #[inline(always)]
    fn of(halves: Halves<x86::__m128i>) -> Words {
        // SAFETY: as above.
        unsafe { std::mem::transmute::<Halves<x86::__m128i>, Words>(halves) }
    }

    #[inline(always)]
    fn with(self, other: Words, f: impl Fn(x86::__m128i, x86::__m128i) -> x86::__m128i) -> Words {
        let (a, b) = (self.halves(), other.halves());
        Words::of(Halves(f(a.0, b.0), f(a.1, b.1)))
    }
}

/// Two vectors, as they stand in eight lanes.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Halves<T>(T, T);

#[cfg(target_arch = "x86_64")]
impl<T: Copy> Halves<T> {
    #[inline(always)]
    fn map<U>(self, f: impl Fn(T) -> U) -> Halves<U> {
        Halves(f(self.0), f(self.1))
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
