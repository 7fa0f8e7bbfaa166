//! What `talea meter FILE` measures.
//!
//! Invariant: a file is measured block by block, so that an hour takes no more memory than a second.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::loudness::LoudnessMeter;
use crate::base::diagnostic::Diagnostic;
use crate::files::bank::explain;
use crate::files::decode::{self, Refusal};
use crate::files::refused_by_system;

/// The figures, named as in the JSON; `None` (`null`) stands for silence, which has no level.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Report {
    /// LUFS.
    pub integrated: Option<f64>,
    /// LUFS.
    pub momentary_max: Option<f64>,
    /// LUFS.
    pub short_term_max: Option<f64>,
    /// LU.
    pub range: Option<f64>,
    /// dBTP.
    pub true_peak: Option<f64>,
    /// dBFS.
    pub sample_peak: Option<f64>,
}

impl Report {
    /// As an object of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As lines for people.
    pub fn lines(&self) -> String {
        let row = |name: &str, value: Option<f64>, unit: &str| match value {
            Some(value) => format!("{name:<16}{value:>7.1} {unit}\n"),
            None => format!("{name:<16}{:>7} {unit}\n", "-inf"),
        };
        [
            row("integrated", self.integrated, "LUFS"),
            row("momentary max", self.momentary_max, "LUFS"),
            row("short-term max", self.short_term_max, "LUFS"),
            row("range", self.range, "LU"),
            row("true peak", self.true_peak, "dBTP"),
            row("sample peak", self.sample_peak, "dBFS"),
        ]
        .concat()
    }
}

/// Measures an audio file.
///
/// # Errors
/// A [`Diagnostic`] without a place, as from [`crate::files::bank::Bank::load`].
pub fn measure(path: &Path) -> Result<Report, Diagnostic> {
    let file = File::open(path).map_err(|error| refused_by_system("file-missing", "file-unreadable", path, &error))?;
    if !file.metadata().is_ok_and(|known| known.is_file()) {
        return Err(explain(path, &Refusal::Format));
    }
    let mut meter = None;
    let extension = path.extension().and_then(|extension| extension.to_str());
    decode::stream(file, extension, &mut |rate, block| {
        if let Some(meter) = meter.get_or_insert_with(|| LoudnessMeter::new(rate, block.len())) {
            meter.add(block);
        }
    })
    .map_err(|refusal| explain(path, &refusal))?;
    let Some(Some(meter)) = meter else {
        return Err(explain(path, &Refusal::Broken("its rate or channels cannot be metered".into())));
    };
    let found = meter.figures();
    let level = |value: f64| value.is_finite().then_some(value);
    Ok(Report {
        integrated: level(found.integrated),
        momentary_max: level(found.momentary_max),
        short_term_max: level(found.short_term_max),
        range: level(found.range),
        true_peak: level(found.true_peak),
        sample_peak: level(found.sample_peak),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::wav::{Bits, WavWriter};

    #[test]
    fn a_file_is_measured_and_reported_in_json() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("tone.wav");
        let tone: Vec<f32> =
            (0..96_000).map(|i| 0.1 * libm::sinf(std::f32::consts::TAU * (i % 48) as f32 / 48.0)).collect();
        let mut file = WavWriter::create(&path, 48_000, 2, Bits::Int24, 0).unwrap();
        file.write(&[&tone, &tone]).unwrap();
        file.finish().unwrap();
        let report = measure(&path).unwrap();
        assert!((report.integrated.unwrap() + 20.0).abs() < 0.1, "{report:?}");
        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["integrated", "momentary_max", "range", "sample_peak", "short_term_max", "true_peak"]);
    }

    #[test]
    fn what_is_no_audio_is_said() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(measure(&root.path().join("none.wav")).unwrap_err().code, "file-missing");
        assert_eq!(measure(root.path()).unwrap_err().code, "sample-format");
    }
}
