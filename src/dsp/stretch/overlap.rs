//! What strikes, stretched: short pieces of it, moved. Around a hit time runs as it did, so the hit stays as it was.

use super::{Stereo, hann, scaled};

/// Frames of a piece at 48 kHz: 5 ms.
const PIECE: usize = 256;
/// Before a hit, seconds that keep their pace.
const BEFORE: f64 = 0.004;
/// After a hit.
const AFTER: f64 = 0.025;
/// The least time between hits, in seconds.
const APART: f64 = 0.04;
/// How many times louder a hit is than what was before it.
const RISE: f64 = 4.0;
/// Against the loudest piece, in energy: what is softer is no hit.
const FLOOR: f64 = 1e-5;

/// Adds the input to the output, in which its frame `t` comes at `t · ratio`.
pub(super) fn stretch(input: &Stereo, rate: u32, ratio: f64, out: &mut Stereo) {
    let count = scaled(PIECE, rate);
    let hop = count / 2;
    let window = hann(count);
    let even = vec![1.0; count];
    let map = Map::new(&hits(input, hop, rate), f64::from(rate), ratio);
    let mut piece = Vec::with_capacity(count);
    for step in 0..=out.0.len().div_ceil(hop) {
        let middle = (step * hop) as i64;
        let from = map.input(middle as f64).round() as i64 - hop as i64;
        input.windowed(from, &window, &mut piece);
        out.add(middle - hop as i64, &piece, &even);
    }
}

/// Where it strikes, in frames.
fn hits(input: &Stereo, hop: usize, rate: u32) -> Vec<f64> {
    let energies: Vec<f64> =
        input.0.chunks(hop / 2).map(|piece| piece.iter().map(|(l, r)| l * l + r * r).sum::<f64>()).collect();
    let loudest = energies.iter().copied().fold(0.0, f64::max);
    let apart = (APART * f64::from(rate) / (hop / 2) as f64) as usize;
    let mut hits: Vec<usize> = Vec::new();
    // What was before falls slowly, so that a beating decay is not taken for hits.
    let mut before = 0.0f64;
    for (at, energy) in energies.iter().enumerate() {
        let far = hits.last().is_none_or(|last| at - last >= apart);
        if far && *energy > FLOOR * loudest && *energy > RISE * before {
            hits.push(at);
        }
        before = (before * 0.8).max(*energy);
    }
    hits.iter().map(|hit| (hit * (hop / 2)) as f64).collect()
}

/// From output time to input time.
struct Map {
    /// Output and input frames that correspond, rising; a straight line between.
    points: Vec<(f64, f64)>,
    ratio: f64,
}

impl Map {
    fn new(hits: &[f64], rate: f64, ratio: f64) -> Map {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (i, hit) in hits.iter().enumerate() {
            // Hits that come too near each other keep less around them.
            let room = |other: Option<&f64>| other.map_or(f64::MAX, |other| (other - hit).abs() * ratio.min(1.0) * 0.9);
            let all = BEFORE + AFTER;
            let before = (BEFORE * rate).min(room(i.checked_sub(1).and_then(|i| hits.get(i))) * BEFORE / all);
            let after = (AFTER * rate).min(room(hits.get(i + 1)) * AFTER / all);
            points.push((hit * ratio - before, hit - before));
            points.push((hit * ratio + after, hit + after));
        }
        Map { points, ratio }
    }

    fn input(&self, output: f64) -> f64 {
        let next = self.points.partition_point(|(at, _)| *at <= output);
        match (next.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(next)) {
            (Some(a), Some(b)) => a.1 + (output - a.0) * (b.1 - a.1) / (b.0 - a.0).max(1e-9),
            (Some(a), None) => a.1 + (output - a.0) / self.ratio,
            // Before the first hit, from the very beginning.
            (None, Some(b)) if b.0 > 0.0 => output * b.1 / b.0,
            (None, _) => output / self.ratio,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_as_it_did_around_a_hit_and_makes_up_between() {
        let map = Map::new(&[4800.0, 24_000.0], 48_000.0, 2.0);
        for (output, input) in [(0.0, 0.0), (9600.0, 4800.0), (9600.0 - 100.0, 4700.0), (48_000.0 + 900.0, 24_900.0)] {
            assert!((map.input(output) - input).abs() < 1e-6, "{output}: {}", map.input(output));
        }
        let mut last = map.input(0.0);
        for output in 1..120_000 {
            let input = map.input(f64::from(output));
            assert!(input >= last, "{output}");
            last = input;
        }
        assert!(map.input(96_000.0) > 47_000.0);
    }
}
