//! Eight lanes as the instructions at hand hold them: two vectors of four, or one of eight.
//!
//! [`Lanes`] are memory, and arithmetic of two vectors of four on x86-64; a kernel's inner loop that is worth it is written
//! over a [`Vector`], and [`super::dispatch()`] gives it the widest. Each operation is one of IEEE 754 in each lane, so the
//! bits are those of [`Lanes`].
//!
//! Invariant: [`Avx`] is named by `dispatch` alone, where the machine has AVX2.
#![allow(unsafe_code)]

use std::ops::{Add, Div, Mul, Sub};

use super::number::Lanes;

/// Eight numbers side by side.
pub trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + From<Lanes> + Into<Lanes>
{
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

    /// The same in each lane.
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self::from(Lanes::splat(x))
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
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx::Avx;

#[cfg(target_arch = "x86_64")]
mod avx {
    use std::arch::x86_64 as arch;

    use super::super::number::Words;
    use super::{Add, Div, Lanes, Mul, Sub, Vector};

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
    }
}
