//! Euclidean rhythms: beats spread as evenly as they go (Bjorklund 2003; Toussaint 2005).
//!
//! Invariant: the result has `steps` entries, of which |beats| (at most all) are set.

/// `beats` over `steps`, turned right by `rotation`. Negative beats swap hits and rests. A turn by all the steps or
/// more is none, as it is in Strudel.
pub fn euclid(beats: i64, steps: i64, rotation: i64) -> Vec<bool> {
    if !(1..=65_536).contains(&steps) {
        return Vec::new();
    }
    let hits = beats.unsigned_abs().min(steps as u64) as usize;
    let mut pattern = bjorklund(hits, steps as usize);
    if beats < 0 {
        for hit in &mut pattern {
            *hit = !*hit;
        }
    }
    if rotation.unsigned_abs() < steps as u64 {
        pattern.rotate_right(rotation.rem_euclid(steps) as usize);
    }
    pattern
}

/// Pairs of unequal groups are joined until at most one group of the lesser kind is left.
fn bjorklund(hits: usize, steps: usize) -> Vec<bool> {
    let mut more = vec![vec![true]; hits];
    let mut less = vec![vec![false]; steps - hits];
    while more.len().min(less.len()) > 1 {
        let pairs = more.len().min(less.len());
        let rest = if more.len() > less.len() { more.split_off(pairs) } else { less.split_off(pairs) };
        for (group, tail) in more.iter_mut().zip(&less) {
            group.extend(tail);
        }
        less = rest;
    }
    more.into_iter().chain(less).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(beats: i64, steps: i64, rotation: i64) -> String {
        euclid(beats, steps, rotation).into_iter().map(|hit| if hit { 'x' } else { '.' }).collect()
    }

    #[test]
    fn three_over_eight_is_a_tresillo() {
        assert_eq!(drawn(3, 8, 0), "x..x..x.");
        assert_eq!(drawn(3, 8, 1), ".x..x..x");
        assert_eq!(drawn(5, 8, 0), "x.xx.xx.");
        assert_eq!(drawn(-3, 8, 0), ".xx.xx.x");
    }

    #[test]
    fn too_many_beats_fill_all_steps() {
        assert_eq!(drawn(12, 4, 0), "xxxx");
        assert_eq!(drawn(0, 4, 0), "....");
        assert!(euclid(3, 0, 0).is_empty());
    }
}
