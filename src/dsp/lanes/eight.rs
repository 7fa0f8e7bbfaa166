//! Eight numbers in the widest vectors that a machine has, for work along one voice: its frames, or the taps of a kernel.
//!
//! [`Lanes`](super::Lanes) stand for voices, and no operation of a [`Vector`](super::Vector) looks across them; what looks
//! across its numbers, as a dot product does, is written over [`Eight`] and compiled for each kind of vector.
//!
//! Invariant: every kind gives the same bits, for each operation is the same sum or product of the same two numbers.
#![allow(unsafe_code)]

use super::dispatch::{Instructions, chosen};

/// Eight numbers, in two halves of four where they are shuffled.
pub trait Eight: Copy {
    /// The same in each.
    fn splat(x: f32) -> Self;
    /// As they stand in memory.
    fn of(x: &[f32; 8]) -> Self;
    /// Four, and four from elsewhere.
    fn joined(low: &[f32; 4], high: &[f32; 4]) -> Self;
    /// Into memory.
    fn store(self, to: &mut [f32; 8]);
    /// Each and each.
    fn add(self, other: Self) -> Self;
    /// Each times each.
    fn mul(self, other: Self) -> Self;
    /// a0 b0 a1 b1 in each half.
    fn firsts(self, other: Self) -> Self;
    /// a2 b2 a3 b3 in each half.
    fn lasts(self, other: Self) -> Self;
    /// a0 a1 b0 b1 in each half.
    fn lows(self, other: Self) -> Self;
    /// a2 a3 b2 b3 in each half.
    fn highs(self, other: Self) -> Self;
    /// The two halves of this one added, then those of the other.
    fn folded(self, other: Self) -> Self;
    /// The halves woven: 0 4 1 5 2 6 3 7.
    fn woven(self) -> Self;
}

/// Work over [`Eight`]. Mark `run`, and what it calls in its loops, `#[inline(always)]`, and pass no closures to the
/// arrays of the standard library: what is not inlined is compiled for the plainest machine.
pub trait EightKernel {
    /// What it gives.
    type Output;
    /// Does it.
    fn run<V: Eight>(self) -> Self::Output;
}

/// Runs a kernel with the vectors of this process.
#[inline]
pub fn dispatch_eight<K: EightKernel>(kernel: K) -> K::Output {
    run(chosen(), kernel)
}

/// The instructions must be among those that the machine has.
#[inline]
fn run<K: EightKernel>(instructions: Instructions, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[cfg(any(test, not(debug_assertions)))]
        #[target_feature(enable = "avx2")]
        fn avx2<K: EightKernel>(kernel: K) -> K::Output {
            kernel.run::<x86::Wide>()
        }
        #[cfg(not(debug_assertions))]
        #[target_feature(enable = "avx2,avx512f,avx512vl,avx512bw,avx512dq")]
        fn avx512<K: EightKernel>(kernel: K) -> K::Output {
            kernel.run::<x86::Wide>()
        }
        match instructions {
            // SAFETY: `chosen` gives AVX2 only where the processor and the system have it.
            #[cfg(any(test, not(debug_assertions)))]
            Instructions::Avx2 => unsafe { avx2(kernel) },
            // SAFETY: as above; AVX-512 is given only where there are these parts of it, and AVX2.
            #[cfg(not(debug_assertions))]
            Instructions::Avx512 => unsafe { avx512(kernel) },
            _ => kernel.run::<x86::Pair>(),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = instructions;
        kernel.run::<Plain>()
    }
}

/// For machines without vectors of their own here.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Clone, Copy)]
struct Plain([f32; 8]);

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Plain {
    /// Number `i` of the result is number `from[i]` of both, one after the other.
    #[inline(always)]
    fn picked(self, other: Plain, from: [usize; 8]) -> Plain {
        let (a, b) = (self.0, other.0);
        Plain(from.map(|i| if i < 8 { a[i] } else { b[i - 8] }))
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Eight for Plain {
    #[inline(always)]
    fn splat(x: f32) -> Plain {
        Plain([x; 8])
    }

    #[inline(always)]
    fn of(x: &[f32; 8]) -> Plain {
        Plain(*x)
    }

    #[inline(always)]
    fn joined(low: &[f32; 4], high: &[f32; 4]) -> Plain {
        Plain([low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]])
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 8]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Plain) -> Plain {
        Plain(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }

    #[inline(always)]
    fn mul(self, other: Plain) -> Plain {
        Plain(std::array::from_fn(|i| self.0[i] * other.0[i]))
    }

    #[inline(always)]
    fn firsts(self, other: Plain) -> Plain {
        self.picked(other, [0, 8, 1, 9, 4, 12, 5, 13])
    }

    #[inline(always)]
    fn lasts(self, other: Plain) -> Plain {
        self.picked(other, [2, 10, 3, 11, 6, 14, 7, 15])
    }

    #[inline(always)]
    fn lows(self, other: Plain) -> Plain {
        self.picked(other, [0, 1, 8, 9, 4, 5, 12, 13])
    }

    #[inline(always)]
    fn highs(self, other: Plain) -> Plain {
        self.picked(other, [2, 3, 10, 11, 6, 7, 14, 15])
    }

    #[inline(always)]
    fn folded(self, other: Plain) -> Plain {
        self.picked(other, [0, 1, 2, 3, 8, 9, 10, 11]).add(self.picked(other, [4, 5, 6, 7, 12, 13, 14, 15]))
    }

    #[inline(always)]
    fn woven(self) -> Plain {
        self.picked(self, [0, 4, 1, 5, 2, 6, 3, 7])
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128, __m256, _mm_add_ps, _mm_loadu_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_mul_ps, _mm_set1_ps, _mm_storeu_ps,
        _mm_unpackhi_ps, _mm_unpacklo_ps, _mm256_add_ps, _mm256_castps128_ps256, _mm256_insertf128_ps, _mm256_loadu_ps,
        _mm256_mul_ps, _mm256_permute2f128_ps, _mm256_permutevar8x32_ps, _mm256_set1_ps, _mm256_setr_epi32,
        _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    };

    use super::Eight;

    /// Two vectors of four. SSE is part of every x86-64.
    #[derive(Clone, Copy)]
    pub(super) struct Pair(__m128, __m128);

    /// One vector of eight. Only [`super::run`] makes kernels of it, where there is AVX2.
    #[derive(Clone, Copy)]
    #[cfg_attr(all(debug_assertions, not(test)), expect(dead_code, reason = "such builds leave it out"))]
    pub(super) struct Wide(__m256);

    // SAFETY of what follows: SSE is there; what is read and written are whole arrays of four or eight.
    impl Eight for Pair {
        #[inline(always)]
        fn splat(x: f32) -> Pair {
            unsafe { Pair(_mm_set1_ps(x), _mm_set1_ps(x)) }
        }

        #[inline(always)]
        fn of(x: &[f32; 8]) -> Pair {
            unsafe { Pair(_mm_loadu_ps(x.as_ptr()), _mm_loadu_ps(x.as_ptr().add(4))) }
        }

        #[inline(always)]
        fn joined(low: &[f32; 4], high: &[f32; 4]) -> Pair {
            unsafe { Pair(_mm_loadu_ps(low.as_ptr()), _mm_loadu_ps(high.as_ptr())) }
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; 8]) {
            unsafe {
                _mm_storeu_ps(to.as_mut_ptr(), self.0);
                _mm_storeu_ps(to.as_mut_ptr().add(4), self.1);
            }
        }

        #[inline(always)]
        fn add(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_add_ps(self.0, other.0), _mm_add_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn mul(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_mul_ps(self.0, other.0), _mm_mul_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn firsts(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_unpacklo_ps(self.0, other.0), _mm_unpacklo_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn lasts(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_unpackhi_ps(self.0, other.0), _mm_unpackhi_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn lows(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_movelh_ps(self.0, other.0), _mm_movelh_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn highs(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_movehl_ps(other.0, self.0), _mm_movehl_ps(other.1, self.1)) }
        }

        #[inline(always)]
        fn folded(self, other: Pair) -> Pair {
            unsafe { Pair(_mm_add_ps(self.0, self.1), _mm_add_ps(other.0, other.1)) }
        }

        #[inline(always)]
        fn woven(self) -> Pair {
            unsafe { Pair(_mm_unpacklo_ps(self.0, self.1), _mm_unpackhi_ps(self.0, self.1)) }
        }
    }

    // SAFETY of what follows: there is AVX2 wherever a kernel of this kind runs; whole arrays are read and written.
    impl Eight for Wide {
        #[inline(always)]
        fn splat(x: f32) -> Wide {
            unsafe { Wide(_mm256_set1_ps(x)) }
        }

        #[inline(always)]
        fn of(x: &[f32; 8]) -> Wide {
            unsafe { Wide(_mm256_loadu_ps(x.as_ptr())) }
        }

        #[inline(always)]
        fn joined(low: &[f32; 4], high: &[f32; 4]) -> Wide {
            unsafe {
                let low = _mm256_castps128_ps256(_mm_loadu_ps(low.as_ptr()));
                Wide(_mm256_insertf128_ps::<1>(low, _mm_loadu_ps(high.as_ptr())))
            }
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; 8]) {
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn add(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_add_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn mul(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_mul_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn firsts(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_unpacklo_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn lasts(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_unpackhi_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn lows(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_shuffle_ps::<0b01_00_01_00>(self.0, other.0)) }
        }

        #[inline(always)]
        fn highs(self, other: Wide) -> Wide {
            unsafe { Wide(_mm256_shuffle_ps::<0b11_10_11_10>(self.0, other.0)) }
        }

        #[inline(always)]
        fn folded(self, other: Wide) -> Wide {
            unsafe {
                let low = _mm256_permute2f128_ps::<0x20>(self.0, other.0);
                Wide(_mm256_add_ps(low, _mm256_permute2f128_ps::<0x31>(self.0, other.0)))
            }
        }

        #[inline(always)]
        fn woven(self) -> Wide {
            unsafe { Wide(_mm256_permutevar8x32_ps(self.0, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Everything([[f32; 8]; 2]);

    impl EightKernel for Everything {
        type Output = Vec<[f32; 8]>;

        #[inline(always)]
        fn run<V: Eight>(self) -> Vec<[f32; 8]> {
            let (a, b) = (V::of(&self.0[0]), V::of(&self.0[1]));
            let [low, high] = [&self.0[1][..4], &self.0[0][4..]].map(|half| half.first_chunk::<4>().unwrap());
            let all = [
                V::splat(self.0[0][3]),
                V::joined(low, high),
                a.add(b),
                a.mul(b),
                a.firsts(b),
                a.lasts(b),
                a.lows(b),
                a.highs(b),
                a.folded(b),
                a.woven(),
            ];
            all.map(|eight| {
                let mut out = [0.0; 8];
                eight.store(&mut out);
                out
            })
            .to_vec()
        }
    }

    #[test]
    fn every_kind_of_vector_does_the_same() {
        let noise = crate::dsp::testing::noise(7, 16);
        let numbers = [0, 8].map(|at| *noise[at..].first_chunk::<8>().unwrap());
        let plain = Everything(numbers).run::<Plain>();
        assert_eq!(
            plain[4],
            [
                numbers[0][0],
                numbers[1][0],
                numbers[0][1],
                numbers[1][1],
                numbers[0][4],
                numbers[1][4],
                numbers[0][5],
                numbers[1][5]
            ]
        );
        for instructions in [Instructions::Plain, Instructions::Avx2, Instructions::Avx512] {
            let got = run(instructions.min(Instructions::best()), Everything(numbers));
            assert_eq!(plain, got, "{instructions:?}");
        }
    }
}
