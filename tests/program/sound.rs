//! Rendered sound, and how a recording is held against it.

use std::path::Path;

use super::{Folder, run};

/// The channels of a sound.
pub type Channels = Vec<Vec<f32>>;

/// `talea render FILE --bits 32f`, with what else is asked for.
#[track_caller]
pub fn render(program: &Path, file: &Path, arguments: &[&str]) -> Channels {
    let folder = Folder::new();
    let (file, out) = (file.display().to_string(), folder.path("out.wav"));
    let out_name = out.display().to_string();
    let all: Vec<&str> =
        ["render", &file, "-o", &out_name, "--bits", "32f"].into_iter().chain(arguments.iter().copied()).collect();
    let ran = run(program, &all);
    assert_eq!(ran.code, 0, "talea {all:?}:\n{}{}", ran.out, ran.err);
    read(&out)
}

/// The samples of a WAV file of floats.
pub fn read(path: &Path) -> Channels {
    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!(wav.spec().sample_format, hound::SampleFormat::Float);
    let count = usize::from(wav.spec().channels);
    let samples: Vec<f32> = wav.samples::<f32>().map(Result::unwrap).collect();
    (0..count).map(|channel| samples.iter().skip(channel).step_by(count).copied().collect()).collect()
}

/// A mono WAV file of floats at 48 kHz.
pub fn write(path: &Path, samples: impl Iterator<Item = f32>) {
    let (sample_rate, sample_format) = (48_000, hound::SampleFormat::Float);
    let spec = hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 32, sample_format };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    samples.for_each(|sample| wav.write_sample(sample).unwrap());
    wav.finalize().unwrap();
}

/// The first frame that is not silent.
pub fn first(channels: &[Vec<f32>]) -> Option<usize> {
    channels.iter().filter_map(|channel| channel.iter().position(|sample| *sample != 0.0)).min()
}

/// How many frames there are until nothing sounds any more.
pub fn length(channels: &[Vec<f32>]) -> usize {
    channels.iter().filter_map(|channel| channel.iter().rposition(|sample| *sample != 0.0)).max().map_or(0, |at| at + 1)
}

/// The peak.
pub fn peak(channels: &[Vec<f32>]) -> f32 {
    channels.iter().flatten().fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// Holds a recording against a render, sample for sample, from the first sound of both on and for `most` frames of the
/// render or as long as both last; says for how many frames they are the same.
#[track_caller]
pub fn assert_same(heard: &[Vec<f32>], rendered: &[Vec<f32>], most: Option<usize>, what: &str) -> usize {
    let (at, from) = (first(heard).expect("something is heard"), first(rendered).expect("something is rendered"));
    let end = most.unwrap_or(usize::MAX).min(rendered[0].len());
    let count = (length(heard) - at).min(end.saturating_sub(from));
    let same = |frame: usize| (0..2).all(|channel| heard[channel][at + frame] == rendered[channel][from + frame]);
    if let Some(wrong) = (0..count).find(|frame| !same(*frame)) {
        let wrongs = (wrong..count).filter(|frame| !same(*frame)).count();
        let again = (wrong..count).find(|frame| same(*frame));
        let differs = (wrong..count)
            .map(|frame| (0..2).map(|c| (heard[c][at + frame] - rendered[c][from + frame]).abs()).fold(0.0, f32::max))
            .fold(0.0, f32::max);
        panic!(
            "{what}: frame {} of the render differs: {} heard, {} rendered; {wrongs} of {count} frames differ, by \
             {differs} at most, the same again at {:?}",
            from + wrong,
            heard[0][at + wrong],
            rendered[0][from + wrong],
            again.map(|frame| from + frame),
        );
    }
    count
}
