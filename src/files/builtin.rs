//! The starter kit inside the program, so that `s("bd hh sd hh")` plays on any machine.
//!
//! Invariant: the table names every file of `samples/kit` (a test compares), and its variants count from 0.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::catalog::{Kit, Variant};

/// What the paths of built-in samples begin with.
const PREFIX: &str = "builtin:";

macro_rules! table {
    ($($sound:literal: $($count:literal)*;)*) => {
        /// The sounds, each with the bytes of its variants.
        const SOUNDS: &[(&str, &[&[u8]])] = &[
            $(($sound, &[$(include_bytes!(concat!("../../samples/kit/", $sound, "/", $count, ".wav"))),*])),*
        ];
    };
}

table! {
    "bd": 0 1 2;
    "cb": 0 1;
    "cp": 0 1;
    "cr": 0 1;
    "hh": 0 1 2;
    "ht": 0 1;
    "lt": 0 1;
    "mt": 0 1;
    "oh": 0 1;
    "rd": 0 1;
    "rim": 0 1;
    "sd": 0 1 2;
    "sh": 0 1 2;
}

/// The kit as a catalog entry; its paths are known to [`super::bank::Bank::load`] only.
pub fn kit() -> Kit {
    let variants = |name: &str, files: &[&[u8]]| {
        let variant = |count: usize| Variant {
            path: PathBuf::from(format!("{PREFIX}{name}/{count}.wav")),
            part: None,
            seconds: super::decode::header_of_bytes(files[count].to_vec(), Some("wav"))
                .ok()
                .and_then(|header| header.seconds()),
        };
        (0..files.len()).map(variant).collect::<Vec<_>>()
    };
    let sounds: BTreeMap<_, _> =
        SOUNDS.iter().map(|(name, files)| ((*name).to_owned(), variants(name, files))).collect();
    Kit { sounds, ..Kit::default() }
}

/// The bytes behind a path of [`kit`]; `None` for files on the disk.
pub fn bytes(path: &Path) -> Option<&'static [u8]> {
    let (sound, file) = path.to_str()?.strip_prefix(PREFIX)?.split_once('/')?;
    let count: usize = file.strip_suffix(".wav")?.parse().ok()?;
    let (_, files) = SOUNDS.iter().find(|(name, _)| *name == sound)?;
    files.get(count).copied()
}
