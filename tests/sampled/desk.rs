//! A folder with tones and a piece in it, and what is heard of it.

use std::path::Path;

use talea::base::diagnostic::Diagnostic;
use talea::files::project::{Project, Version};
use talea::files::wav::{Bits, WavWriter};
use talea::render::offline::{self, Length};

pub(crate) const RATE: u32 = 48_000;

/// A tone of half a second.
pub(crate) fn tone(path: &Path, hz: f64, level: f64) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let angle = |at: u32| std::f64::consts::TAU * hz * f64::from(at) / f64::from(RATE);
    let audio: Vec<f32> = (0..RATE / 2).map(|at| (level * angle(at).sin()) as f32).collect();
    let mut file = WavWriter::create(path, RATE, 1, Bits::Float32, 0).unwrap();
    file.write(&[&audio]).unwrap();
    file.finish().unwrap();
}

/// A folder with tones by their paths, and a piece in it.
pub(crate) struct Desk {
    pub(crate) root: tempfile::TempDir,
    pub(crate) project: Project,
}

impl Desk {
    pub(crate) fn new(tones: &[(&str, f64, f64)]) -> Desk {
        let root = tempfile::tempdir().unwrap();
        for (path, hz, level) in tones {
            tone(&root.path().join(path), *hz, *level);
        }
        let project = Project::new(root.path().join("piece.talea"));
        Desk { root, project }
    }

    pub(crate) fn load(&mut self, text: &str) -> Version {
        std::fs::write(self.root.path().join("piece.talea"), text).unwrap();
        self.project.load().unwrap()
    }

    /// The left channel of a piece without anything to say against it.
    pub(crate) fn play(&mut self, text: &str, seconds: f64) -> Vec<f32> {
        let version = self.load(text);
        assert_eq!(version.said, [], "{text}");
        render(&version, seconds)
    }

    pub(crate) fn codes(&mut self, text: &str) -> Vec<&'static str> {
        self.load(text).said.iter().map(|said: &Diagnostic| said.code).collect()
    }
}

pub(crate) fn render(version: &Version, seconds: f64) -> Vec<f32> {
    let mut out = Vec::new();
    offline::render(&version.score, RATE, Length::Seconds(seconds), &mut |left, _| {
        out.extend_from_slice(left);
        true
    })
    .unwrap();
    out
}

/// The amplitude of a frequency in a stretch of 200 ms that begins 50 ms after `second`.
pub(crate) fn level(audio: &[f32], second: f64, hz: f64) -> f64 {
    let begin = ((second + 0.05) * f64::from(RATE)) as usize;
    let stretch = &audio[begin..begin + RATE as usize / 5];
    let (mut re, mut im) = (0.0, 0.0);
    for (at, x) in stretch.iter().enumerate() {
        let angle = std::f64::consts::TAU * hz * at as f64 / f64::from(RATE);
        re += f64::from(*x) * angle.cos();
        im += f64::from(*x) * angle.sin();
    }
    2.0 * re.hypot(im) / stretch.len() as f64
}

/// Which of the frequencies is heard from a second on.
pub(crate) fn heard(audio: &[f32], second: f64, among: &[f64]) -> f64 {
    let loudest = among.iter().max_by(|a, b| level(audio, second, **a).total_cmp(&level(audio, second, **b)));
    let loudest = *loudest.unwrap();
    assert!(level(audio, second, loudest) > 0.01, "silence at {second} s");
    loudest
}

pub(crate) const TONES: [f64; 6] = [200.0, 300.0, 400.0, 500.0, 600.0, 700.0];
