//! What constants come to, exactly as the engine would calculate them.
//!
//! Invariant: the answer is a finite number, and the same on every machine.

use crate::base::graph::Arithmetic;
use crate::base::unit::Kind;

/// Arithmetic of two numbers.
pub(super) fn arithmetic(op: Arithmetic, a: f32, b: f32) -> f32 {
    finite(match op {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => a / if b.abs() < 1e-9 { 1e-9f32.copysign(b) } else { b },
        Arithmetic::Rem if b == 0.0 => 0.0,
        Arithmetic::Rem => a - b * libm::floorf(a / b),
    })
}

/// A unit that only calculates; `None` for those that have a memory.
pub(super) fn unit(kind: Kind, x: &[f32]) -> Option<f32> {
    let at = |index: usize| x.get(index).copied().unwrap_or(0.0);
    Some(finite(match kind {
        Kind::Tanh => libm::tanhf(at(0)),
        Kind::Clip => at(0).clamp(-at(1).max(0.0), at(1).max(0.0)),
        Kind::Abs => at(0).abs(),
        Kind::Min => at(0).min(at(1)),
        Kind::Max => at(0).max(at(1)),
        Kind::Clamp => at(0).min(at(2)).max(at(1)),
        Kind::Pow => libm::powf(at(0).abs(), at(1)),
        Kind::Exp2 => libm::exp2f(at(0)),
        Kind::Log2 if at(0) <= 0.0 => -100.0,
        Kind::Log2 => libm::log2f(at(0)).max(-100.0),
        Kind::Floor => libm::floorf(at(0)),
        Kind::Sqrt => libm::sqrtf(at(0).max(0.0)),
        _ => return None,
    }))
}

fn finite(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(f32::MIN, f32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_no_number_comes_out() {
        assert_eq!(arithmetic(Arithmetic::Rem, -1.0, 3.0), 2.0);
        assert!(arithmetic(Arithmetic::Div, 1.0, 0.0).is_finite());
        assert!(arithmetic(Arithmetic::Mul, f32::MAX, f32::MAX).is_finite());
        assert_eq!(unit(Kind::Sqrt, &[-4.0]), Some(0.0));
        assert_eq!(unit(Kind::Log2, &[0.0]), Some(-100.0));
        assert_eq!(unit(Kind::Saw, &[440.0]), None);
    }
}
