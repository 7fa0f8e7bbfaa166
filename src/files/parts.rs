//! Reading a stretch of 16-bit or 24-bit samples out of a larger file, without the rest of it.
//!
//! Invariant: what lies outside the file is refused, however far; no more memory is taken than there are bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::bank::{explain, unreadable};
use super::decode::{LONGEST_SECONDS, Refusal};
use crate::base::catalog::{Part, Plane};
use crate::base::diagnostic::Diagnostic;

/// The channels of a part.
pub(super) fn read(path: &Path, part: &Part) -> Result<Vec<Vec<f32>>, Diagnostic> {
    let refuse = |refusal: Refusal| explain(path, &refusal);
    if part.frames == 0 || part.planes.is_empty() {
        return Err(refuse(Refusal::Empty));
    }
    if f64::from(part.frames) > LONGEST_SECONDS * f64::from(part.rate.max(1)) {
        return Err(refuse(Refusal::TooLong));
    }
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    let outside = || refuse(Refusal::Broken("a sample lies outside the file".into()));
    let frames = u64::from(part.frames);
    let mut bytes = |at: u64, count: u64| -> Result<Vec<u8>, Diagnostic> {
        if at.checked_add(count).is_none_or(|end| end > length) {
            return Err(outside());
        }
        let mut bytes = vec![0; count as usize];
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| unreadable(path, &error))?;
        Ok(bytes)
    };
    let mut channels = Vec::new();
    for Plane { coarse, fine } in &part.planes {
        let coarse = bytes(*coarse, frames * 2)?;
        let fine = match fine {
            Some(at) => bytes(*at, frames)?,
            None => Vec::new(),
        };
        let pairs = coarse.as_chunks::<2>().0.iter().enumerate();
        let value = |(at, pair): (usize, &[u8; 2])| {
            let low = fine.get(at).copied().unwrap_or(0);
            (i32::from(i16::from_le_bytes(*pair)) * 256 + i32::from(low)) as f32 / 8_388_608.0
        };
        channels.push(pairs.map(value).collect());
    }
    Ok(channels)
}
