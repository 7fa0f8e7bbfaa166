//! Reading four neighbours of a table in each lane, what an interpolation of the third degree needs; and rows for columns.
//!
//! Invariant: an index past the end reads the last four; nothing is read outside the table.
#![allow(unsafe_code)]

use super::number::{LANES, Lanes, Words};

/// The points `at`, `at + 1`, `at + 2` and `at + 3` of each lane; 0 where the table has no four points.
#[inline(always)]
pub fn gather(table: &[f32], at: Words) -> [Lanes; 4] {
    let Some(last) = table.len().checked_sub(4) else { return [Lanes::ZERO; 4] };
    let last = last.min(i32::MAX as usize) as u32;
    // Compared as numbers with a sign, for that is what every machine's vectors can do.
    let last = Words::splat(last);
    let at = at.is_under(last).select_words(at, last);
    let at = at & !at.highest_bit();
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128, _mm_loadu_ps, _mm_storeu_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
        use std::arch::x86_64::{_mm_movehl_ps, _mm_movelh_ps};
        let mut out = [Lanes::ZERO; 4];
        for half in 0..2 {
            // SAFETY: SSE is part of every x86-64. `at` is at most `last`, four before the table's end, so four points
            // can be read there. Each of the four lanes written at `half * 4` lies within the eight of its `Lanes`.
            unsafe {
                let row = |lane: usize| -> __m128 { _mm_loadu_ps(table.as_ptr().add(at.0[half * 4 + lane] as usize)) };
                let (a, b, c, d) = (row(0), row(1), row(2), row(3));
                let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
                let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
                _mm_storeu_ps(out[0].0.as_mut_ptr().add(half * 4), _mm_movelh_ps(ab, cd));
                _mm_storeu_ps(out[1].0.as_mut_ptr().add(half * 4), _mm_movehl_ps(cd, ab));
                _mm_storeu_ps(out[2].0.as_mut_ptr().add(half * 4), _mm_movelh_ps(ab_high, cd_high));
                _mm_storeu_ps(out[3].0.as_mut_ptr().add(half * 4), _mm_movehl_ps(cd_high, ab_high));
            }
        }
        out
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let mut out = [Lanes::ZERO; 4];
        for lane in 0..LANES {
            let at = at.0[lane] as usize;
            for (k, out) in out.iter_mut().enumerate() {
                out.0[lane] = table[at + k];
            }
        }
        out
    }
}

/// Eight by eight numbers, rows for columns.
#[inline(always)]
pub(super) fn across(rows: &[Lanes; LANES]) -> [Lanes; LANES] {
    let mut out = [Lanes::ZERO; LANES];
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_loadu_ps, _mm_storeu_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
        use std::arch::x86_64::{_mm_movehl_ps, _mm_movelh_ps};
        for (half, quarter) in [(0, 0), (0, 4), (4, 0), (4, 4)] {
            // SAFETY: SSE is part of every x86-64. Rows `quarter` to `quarter + 3` are among the eight, and the four lanes
            // from `half` among a row's eight; so it is with what is written.
            unsafe {
                let row = |i: usize| _mm_loadu_ps(rows[quarter + i].0.as_ptr().add(half));
                let (a, b, c, d) = (row(0), row(1), row(2), row(3));
                let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
                let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
                let mut put = |i: usize, x| _mm_storeu_ps(out[half + i].0.as_mut_ptr().add(quarter), x);
                put(0, _mm_movelh_ps(ab, cd));
                put(1, _mm_movehl_ps(cd, ab));
                put(2, _mm_movelh_ps(ab_high, cd_high));
                put(3, _mm_movehl_ps(cd_high, ab_high));
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    for (i, row) in rows.iter().enumerate() {
        for (lane, out) in out.iter_mut().enumerate() {
            out.0[i] = row.0[lane];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_change_places() {
        let rows = std::array::from_fn(|row| Lanes::from_fn(|lane| (row * 100 + lane) as f32));
        for (lane, column) in across(&rows).iter().enumerate() {
            for (row, x) in column.0.iter().enumerate() {
                assert_eq!(*x, (row * 100 + lane) as f32);
            }
        }
    }

    #[test]
    fn each_lane_reads_its_four_neighbours_and_nothing_outside() {
        let table: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let at = Words([0, 7, 50, 96, 97, 1000, u32::MAX, 3]);
        let four = gather(&table, at);
        for (k, lanes) in four.iter().enumerate() {
            let k = k as f32;
            assert_eq!(lanes.0, [k, 7.0 + k, 50.0 + k, 96.0 + k, 96.0 + k, 96.0 + k, k, 3.0 + k]);
        }
        assert_eq!(gather(&table[..3], at), [Lanes::ZERO; 4]);
    }
}
