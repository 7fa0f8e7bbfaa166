//! Which vector instructions a kernel is compiled to: chosen once, at the first call.
//!
//! Invariant: the choice changes how fast a kernel is, never its bits.
#![allow(unsafe_code)]

use std::sync::OnceLock;

use super::number::Lanes;
#[cfg(all(target_arch = "x86_64", any(test, not(debug_assertions))))]
use super::vector::Avx;
use super::vector::Vector;

/// Sets of instructions, each with what the one before has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Instructions {
    /// What every machine of the architecture has: SSE2 on x86-64, NEON on `AArch64`.
    Plain,
    /// 256-bit vectors.
    Avx2,
    /// AVX-512 with its 256-bit forms, 32 registers and masks.
    Avx512,
}

impl Instructions {
    /// The best that this machine has.
    pub fn best() -> Instructions {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq");
            // Builds with debug assertions leave out what takes them a third of their time each: the third always, the second
            // but for this crate's own tests.
            if avx2 && avx512 && !cfg!(debug_assertions) {
                return Instructions::Avx512;
            }
            if avx2 && cfg!(any(test, not(debug_assertions))) {
                return Instructions::Avx2;
            }
        }
        Instructions::Plain
    }

    fn named(name: &str) -> Option<Instructions> {
        match name {
            "sse2" | "neon" | "plain" => Some(Instructions::Plain),
            "avx2" => Some(Instructions::Avx2),
            "avx512" => Some(Instructions::Avx512),
            _ => None,
        }
    }
}

/// What this process uses: the best, or what the environment variable `TALEA_SIMD` asks for (`sse2`, `avx2`, `avx512`) as
/// far as the machine has it. Made at the first call, so call it outside the callback first.
pub fn instructions() -> Instructions {
    static CHOICE: OnceLock<Instructions> = OnceLock::new();
    *CHOICE.get_or_init(|| {
        let best = Instructions::best();
        let wanted = std::env::var("TALEA_SIMD").ok();
        wanted.and_then(|name| Instructions::named(&name)).map_or(best, |wanted| wanted.min(best))
    })
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Instructions>> = const { std::cell::Cell::new(None) };
}

/// Does something on this thread with certain instructions, as far as the machine has them.
#[cfg(test)]
pub(crate) fn with_instructions<T>(instructions: Instructions, act: impl FnOnce() -> T) -> T {
    FORCED.set(Some(instructions.min(Instructions::best())));
    let out = act();
    FORCED.set(None);
    out
}

/// Work to be compiled for each set of instructions. Mark `run`, and what it calls in its loops, `#[inline(always)]`:
/// what is not inlined is compiled for the plainest machine.
pub trait Kernel {
    /// What it gives.
    type Output;
    /// Does it, with a vector for inner loops that are worth it.
    fn run<V: Vector>(self) -> Self::Output;
}

/// The instructions of this process, or what a test forces on its thread; never more than the machine has.
#[inline]
pub(super) fn chosen() -> Instructions {
    #[cfg(test)]
    if let Some(forced) = FORCED.get() {
        return forced;
    }
    instructions()
}

/// Runs a kernel with the instructions of this process.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    run(chosen(), kernel)
}

/// Runs a kernel with certain instructions, or the best that the machine has where those are beyond it.
#[inline]
pub fn dispatch_with<K: Kernel>(instructions: Instructions, kernel: K) -> K::Output {
    run(instructions.min(Instructions::best()), kernel)
}

/// The instructions must be among those that the machine has.
#[inline]
fn run<K: Kernel>(instructions: Instructions, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[cfg(any(test, not(debug_assertions)))]
        #[target_feature(enable = "avx2")]
        fn avx2<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Avx>()
        }
        #[cfg(not(debug_assertions))]
        #[target_feature(enable = "avx2,avx512f,avx512vl,avx512bw,avx512dq")]
        fn avx512<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<Avx>()
        }
        match instructions {
            // SAFETY: both callers took the lesser of a choice and `best`, which says so only where the processor and the
            // system have AVX2.
            #[cfg(any(test, not(debug_assertions)))]
            Instructions::Avx2 => return unsafe { avx2(kernel) },
            // SAFETY: as above; `best` says so only where there are these parts of AVX-512, and AVX2.
            #[cfg(not(debug_assertions))]
            Instructions::Avx512 => return unsafe { avx512(kernel) },
            _ => {}
        }
    }
    let _ = instructions;
    kernel.run::<Lanes>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::lanes::{Lanes, Words, exp2, log2, power, sine, tan_pi, tanh};

    struct Inner([f32; 8]);

    impl Kernel for Inner {
        type Output = Vec<[u32; 8]>;

        #[inline(always)]
        fn run<V: Vector>(self) -> Vec<[u32; 8]> {
            let x = V::from(Lanes(self.0));
            let y = x * V::splat(0.3) - V::splat(7.0);
            let all = [
                x + y,
                x - y,
                x * y,
                x / y,
                x.min(y),
                y.max(x),
                x.where_below(y, x),
                x.if_below(y, y, x),
                tan_pi(x),
                y.abs(),
                x.floor(),
                exp2(x),
                exp2(x).floor(),
                tanh(x),
                x.abs().with_sign_of(y),
                y.max(V::splat(-126.0)).min(V::splat(127.0)).floor().power_of_two(),
                V::numbers(V::add_whole(V::whole(x.into().to_bits()), V::whole(y.into().to_bits()))),
            ];
            let across = V::across([x, y, x + y, x - y, x * y, y, x, y - x]);
            all.into_iter().chain(across).map(|vector| vector.into().0.map(f32::to_bits)).collect()
        }
    }

    struct Everything([f32; 8]);

    impl Kernel for Everything {
        type Output = Vec<[u32; 8]>;

        #[inline(always)]
        fn run<V: Vector>(self) -> Vec<[u32; 8]> {
            let x = Lanes(self.0);
            let turns = Words(self.0.map(f32::to_bits));
            let all = [
                x * x + x / (x + Lanes::splat(3.7)) - x,
                exp2(x),
                log2(x.abs()),
                power(x.abs(), Lanes::splat(0.3)),
                sine(turns),
                tan_pi(x.abs() - x.abs().floor()),
                tanh(x),
                x.floor(),
                x.sqrt_of_positive(),
                x.below(Lanes::splat(0.5)).select(x, x * x),
            ];
            all.map(|lanes| lanes.0.map(f32::to_bits)).to_vec()
        }
    }

    #[test]
    fn every_set_of_instructions_gives_the_same_bits() {
        for i in 0..4000u32 {
            let numbers = std::array::from_fn(|lane| {
                let whole = crate::base::random::join(u64::from(i), lane as u64) as i32;
                whole as f32 / (1u64 << (8 + i % 28)) as f32
            });
            let plain = dispatch_with(Instructions::Plain, Everything(numbers));
            for other in [Instructions::Avx2, Instructions::Avx512] {
                assert_eq!(plain, dispatch_with(other, Everything(numbers)), "{other:?}: {numbers:?}");
            }
        }
    }

    #[test]
    fn a_wide_vector_gives_the_bits_of_two_halves() {
        let odd = [0.0, -0.0, 1e-40, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1.5, 3.0];
        for turn in 0..8 {
            for by in [1.0, -7.3, 1e-30, 1e30] {
                let mut numbers = odd.map(|x| x * by);
                numbers.rotate_left(turn);
                let plain = dispatch_with(Instructions::Plain, Inner(numbers));
                for other in [Instructions::Avx2, Instructions::Avx512] {
                    assert_eq!(plain, dispatch_with(other, Inner(numbers)), "{other:?}: {numbers:?}");
                }
            }
        }
        // What is no number gives way to the other, as in `Lanes`.
        let plain = dispatch_with(Instructions::Plain, Inner([f32::NAN; 8]));
        let wide = dispatch(Inner([f32::NAN; 8]));
        assert_eq!(plain[6..8], wide[6..8]);
    }

    #[test]
    fn a_choice_is_read_by_its_name() {
        assert_eq!(Instructions::named("avx2"), Some(Instructions::Avx2));
        assert_eq!(Instructions::named("mmx"), None);
        assert!(instructions() <= Instructions::best());
    }
}
