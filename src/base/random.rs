//! Chance that any machine repeats: hashes of names and times, no state.
//!
//! Invariant: a value depends on its key and its time only, never on what was asked before.

/// 64 bits mixed well (the finaliser of `SplitMix64`, Steele, Lea & Flood 2014).
pub const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Two hashes as one; order matters.
pub const fn join(a: u64, b: u64) -> u64 {
    mix(a ^ mix(b).rotate_left(23))
}

/// A name as a hash (FNV-1a, then mixed): the same on every machine and in every version.
pub const fn name(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    mix(hash)
}

/// The top bits of a hash as a number in [0, 1).
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_even() {
        let mut counts = [0; 10];
        for i in 0..100_000 {
            counts[(unit(join(7, i)) * 10.0) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
