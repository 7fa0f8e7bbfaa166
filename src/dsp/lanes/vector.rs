//! Eight lanes as the instructions at hand hold them: two vectors of four, or one of eight.
//!
//! [`Lanes`] are memory, and arithmetic of two vectors of four on x86-64; a kernel's inner loop that is worth it is written
//! over a [`Vector`], and [`super::dispatch()`] gives it the widest. Each operation is one of IEEE 754 in each lane, so the
//! bits are those of [`Lanes`].
//!
//! Invariant: `Avx` is named by `dispatch` alone, where the machine has AVX2.
#![allow(unsafe_code)]

use std::ops::{Add, Div, Mul, Sub};

use super::number::{LANES, Lanes, Words};

/// What is calculated with: eight numbers side by side, or twice as many.
pub trait Number: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// The same in each lane.
    fn splat(x: f32) -> Self;
}

/// Two that are calculated with side by side, where each for itself waits for its own sums.
#[derive(Clone, Copy)]
pub struct Two<V>(pub V, pub V);

macro_rules! twice {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl<V: Number> $trait for Two<V> {
            type Output = Two<V>;
            #[inline(always)]
            fn $method(self, other: Two<V>) -> Two<V> {
                Two(self.0 $operator other.0, self.1 $operator other.1)
            }
        }
    };
}
twice!(Add, add, +);
twice!(Sub, sub, -);
twice!(Mul, mul, *);
twice!(Div, div, /);

impl<V: Number> Number for Two<V> {
    #[inline(always)]
    fn splat(x: f32) -> Two<V> {
        Two(V::splat(x), V::splat(x))
    }
}

/// Eight numbers side by side.
pub trait Vector: Number + From<Lanes> + Into<Lanes> {
    /// As [`Lanes::min`].
    fn min(self, other: Self) -> Self;
    /// As [`Lanes::max`].
    fn max(self, other: Self) -> Self;
    /// Itself where `test` is less than `other`, 0 elsewhere.
    fn where_below(self, test: Self, other: Self) -> Self;
    /// `yes` where it is less than `other`, `no` elsewhere.
    fn if_below(self, other: Self, yes: Self, no: Self) -> Self;
    /// As [`Lanes::abs`].
    fn abs(self) -> Self;
    /// As [`Lanes::floor`].
    fn floor(self) -> Self;
    /// 2 to its power, where it is a whole number from −126 to 127.
    fn power_of_two(self) -> Self;
    /// Its size with the sign of `other`, where it is not below 0.
    fn with_sign_of(self, other: Self) -> Self;
    /// Eight by eight numbers, rows for columns.
    fn across(rows: [Self; LANES]) -> [Self; LANES];

    /// Eight whole numbers side by side.
    type Whole: Copy;
    /// From memory.
    fn whole(words: Words) -> Self::Whole;
    /// As the sum of [`Words`].
    fn add_whole(one: Self::Whole, other: Self::Whole) -> Self::Whole;
    /// As [`Words::to_numbers`].
    fn numbers(whole: Self::Whole) -> Self;
}

impl Number for Lanes {
    #[inline(always)]
    fn splat(x: f32) -> Lanes {
        Lanes::splat(x)
    }
}

impl Vector for Lanes {
    #[inline(always)]
    fn min(self, other: Lanes) -> Lanes {
        Lanes::min(self, other)
    }

    #[inline(always)]
    fn max(self, other: Lanes) -> Lanes {
        Lanes::max(self, other)
    }

    #[inline(always)]
    fn where_below(self, test: Lanes, other: Lanes) -> Lanes {
        (self.to_bits() & test.below(other)).to_lanes()
    }

    #[inline(always)]
    fn if_below(self, other: Lanes, yes: Lanes, no: Lanes) -> Lanes {
        self.below(other).select(yes, no)
    }

    #[inline(always)]
    fn abs(self) -> Lanes {
        Lanes::abs(self)
    }

    #[inline(always)]
    fn floor(self) -> Lanes {
        Lanes::floor(self)
    }

    #[inline(always)]
    fn power_of_two(self) -> Lanes {
        (self.truncate() + Words::splat(127)).shift_left(23).to_lanes()
    }

    #[inline(always)]
    fn with_sign_of(self, other: Lanes) -> Lanes {
        (self.to_bits() | (other.to_bits() & Words::splat(1 << 31))).to_lanes()
    }

    #[inline(always)]
    fn across(rows: [Lanes; LANES]) -> [Lanes; LANES] {
        super::table::across(&rows)
    }

    type Whole = Words;

    #[inline(always)]
    fn whole(words: Words) -> Words {
        words
    }

    #[inline(always)]
    fn add_whole(one: Words, other: Words) -> Words {
        one + other
    }

    #[inline(always)]
    fn numbers(whole: Words) -> Lanes {
        whole.to_numbers()
    }
}

// As `Instructions::best` says.
#[cfg(all(target_arch = "x86_64", any(test, not(debug_assertions))))]
pub(super) use avx::Avx;

#[cfg(all(target_arch = "x86_64", any(test, not(debug_assertions))))]
mod avx {
    use std::arch::x86_64 as arch;

    use super::{Add, Div, LANES, Lanes, Mul, Number, Sub, Vector, Words};

    /// One vector of 256 bits.
    #[derive(Clone, Copy)]
    #[repr(transparent)]
    pub(in crate::dsp::lanes) struct Avx(arch::__m256);

    macro_rules! operator {
        ($trait:ident, $method:ident, $instruction:ident) => {
            impl $trait for Avx {
                type Output = Avx;
                #[inline(always)]
                fn $method(self, other: Avx) -> Avx {
                    // SAFETY: AVX is there, or nobody would have named this type (see the top of the file).
                    Avx(unsafe { arch::$instruction(self.0, other.0) })
                }
            }
        };
    }
    operator!(Add, add, _mm256_add_ps);
    operator!(Sub, sub, _mm256_sub_ps);
    operator!(Mul, mul, _mm256_mul_ps);
    operator!(Div, div, _mm256_div_ps);

    impl From<Lanes> for Avx {
        #[inline(always)]
        fn from(lanes: Lanes) -> Avx {
            // SAFETY: both are eight times 32 bits, and every pattern is a value of either.
            unsafe { std::mem::transmute::<Lanes, Avx>(lanes) }
        }
    }

    impl From<Avx> for Lanes {
        #[inline(always)]
        fn from(vector: Avx) -> Lanes {
            // SAFETY: as above.
            unsafe { std::mem::transmute::<Avx, Lanes>(vector) }
        }
    }

    impl Number for Avx {
        #[inline(always)]
        fn splat(x: f32) -> Avx {
            Avx::from(Lanes::splat(x))
        }
    }

    impl Vector for Avx {
        #[inline(always)]
        fn min(self, other: Avx) -> Avx {
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_min_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn max(self, other: Avx) -> Avx {
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_max_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn where_below(self, test: Avx, other: Avx) -> Avx {
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_and_ps(self.0, arch::_mm256_cmp_ps::<{ arch::_CMP_LT_OS }>(test.0, other.0)) })
        }

        #[inline(always)]
        fn if_below(self, other: Avx, yes: Avx, no: Avx) -> Avx {
            // SAFETY: as for the operators.
            Avx(unsafe {
                let below = arch::_mm256_cmp_ps::<{ arch::_CMP_LT_OS }>(self.0, other.0);
                arch::_mm256_blendv_ps(no.0, yes.0, below)
            })
        }

        #[inline(always)]
        fn abs(self) -> Avx {
            let mask = Avx::from(Words::splat(0x7fff_ffff).to_lanes());
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_and_ps(self.0, mask.0) })
        }

        #[inline(always)]
        fn floor(self) -> Avx {
            // SAFETY: as for the operators. What is added makes −0 a 0.
            Avx(unsafe { arch::_mm256_add_ps(arch::_mm256_floor_ps(self.0), arch::_mm256_setzero_ps()) })
        }

        #[inline(always)]
        fn power_of_two(self) -> Avx {
            // SAFETY: as for the operators, of AVX2.
            Avx(unsafe {
                let exponent = arch::_mm256_add_epi32(arch::_mm256_cvttps_epi32(self.0), arch::_mm256_set1_epi32(127));
                arch::_mm256_castsi256_ps(arch::_mm256_slli_epi32::<23>(exponent))
            })
        }

        #[inline(always)]
        fn with_sign_of(self, other: Avx) -> Avx {
            let sign = Avx::from(Words::splat(1 << 31).to_lanes());
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_or_ps(self.0, arch::_mm256_and_ps(other.0, sign.0)) })
        }

        #[inline(always)]
        fn across(rows: [Avx; LANES]) -> [Avx; LANES] {
            let [Avx(a), Avx(b), Avx(c), Avx(d), Avx(e), Avx(f), Avx(g), Avx(h)] = rows;
            // SAFETY: as for the operators.
            unsafe {
                // Pairs, then fours within each half, then the halves.
                let (ab, ab_high) = (arch::_mm256_unpacklo_ps(a, b), arch::_mm256_unpackhi_ps(a, b));
                let (cd, cd_high) = (arch::_mm256_unpacklo_ps(c, d), arch::_mm256_unpackhi_ps(c, d));
                let (ef, ef_high) = (arch::_mm256_unpacklo_ps(e, f), arch::_mm256_unpackhi_ps(e, f));
                let (gh, gh_high) = (arch::_mm256_unpacklo_ps(g, h), arch::_mm256_unpackhi_ps(g, h));
                let low = |one, other| arch::_mm256_shuffle_ps::<0b01_00_01_00>(one, other);
                let high = |one, other| arch::_mm256_shuffle_ps::<0b11_10_11_10>(one, other);
                let near = [low(ab, cd), high(ab, cd), low(ab_high, cd_high), high(ab_high, cd_high)];
                let far = [low(ef, gh), high(ef, gh), low(ef_high, gh_high), high(ef_high, gh_high)];
                let firsts = |i: usize| Avx(arch::_mm256_permute2f128_ps::<0x20>(near[i], far[i]));
                let seconds = |i: usize| Avx(arch::_mm256_permute2f128_ps::<0x31>(near[i], far[i]));
                [firsts(0), firsts(1), firsts(2), firsts(3), seconds(0), seconds(1), seconds(2), seconds(3)]
            }
        }

        type Whole = arch::__m256i;

        #[inline(always)]
        fn whole(words: Words) -> arch::__m256i {
            // SAFETY: both are eight times 32 bits, and every pattern is a value of either.
            unsafe { std::mem::transmute::<Words, arch::__m256i>(words) }
        }

        #[inline(always)]
        fn add_whole(one: arch::__m256i, other: arch::__m256i) -> arch::__m256i {
            // SAFETY: as for the operators, of AVX2.
            unsafe { arch::_mm256_add_epi32(one, other) }
        }

        #[inline(always)]
        fn numbers(whole: arch::__m256i) -> Avx {
            // SAFETY: as for the operators.
            Avx(unsafe { arch::_mm256_cvtepi32_ps(whole) })
        }
    }
}
