//! Cuts a rendered hit to its length and stores it as a sample: `cut_hit RENDERED.wav SAMPLE.wav`. The starter kit is
//! made with it (`samples/make-kit.sh`).
//!
//! - What lies under 20 Hz goes, and with it any DC.
//! - The end is where the hit has fallen under −84 dBFS for good; the last 10 ms (an eighth of a very short hit) fade to nothing.
//! - Equal channels become one.
//! - 24 bits; 16 where it is long, for there a megabyte is saved and the tail is under the room's noise anyway.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use talea::base::diagnostic::Diagnostic;
use talea::files::bank::explain;
use talea::files::decode::{Audio, decode};
use talea::files::wav::{Bits, WavWriter};

/// Below this nothing is heard, Hz.
const LOWEST: f64 = 20.0;

/// −84 dBFS.
const SILENT: f32 = 6.3e-5;

/// How long the last fade is at most, in seconds.
const FADE: f64 = 0.01;

/// More samples than this are stored with 16 bits.
const MANY: usize = 40_000;

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let names: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [rendered, sample] = names.as_slice() else {
        eprintln!("usage: cut_hit RENDERED.wav SAMPLE.wav");
        return ExitCode::from(2);
    };
    match cut(rendered, sample) {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{}", said.one_line(&[]));
            ExitCode::from(3)
        }
    }
}

fn cut(rendered: &Path, sample: &Path) -> Result<(), Diagnostic> {
    let bytes = std::fs::read(rendered).unwrap_or_default();
    let Audio { rate, channels } = decode(bytes, Some("wav"), 2).map_err(|refusal| explain(rendered, &refusal))?;
    let mut channels: Vec<Vec<f32>> = channels.iter().map(|channel| channel.to_vec()).collect();
    if channels.windows(2).all(|pair| pair[0] == pair[1]) {
        channels.truncate(1);
    }
    for channel in &mut channels {
        high_pass(channel, f64::from(rate));
    }
    let last = |channel: &Vec<f32>| channel.iter().rposition(|x| x.abs() > SILENT).map_or(1, |at| at + 1);
    let length = channels.iter().map(last).max().unwrap_or(1);
    let fade = ((FADE * f64::from(rate)) as usize).min(length / 8).max(1);
    for channel in &mut channels {
        channel.truncate(length);
        for (at, x) in channel[length - fade..].iter_mut().enumerate() {
            let phase = std::f32::consts::PI * (at + 1) as f32 / fade as f32;
            *x *= 0.5 + 0.5 * libm::cosf(phase);
        }
    }
    let bits = if length * channels.len() > MANY { Bits::Int16 } else { Bits::Int24 };
    let planes: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    let mut file = WavWriter::create(sample, rate, planes.len() as u16, bits, 0)?;
    file.write(&planes)?;
    file.finish()
}

/// A second-order Butterworth high-pass at [`LOWEST`] (R. Bristow-Johnson, "Cookbook formulae for audio EQ biquads").
fn high_pass(channel: &mut [f32], rate: f64) {
    let turn = std::f64::consts::TAU * LOWEST / rate;
    let (cosine, alpha) = (libm::cos(turn), libm::sin(turn) * std::f64::consts::FRAC_1_SQRT_2);
    let scale = 1.0 / (1.0 + alpha);
    let (b0, b1) = ((1.0 + cosine) * 0.5 * scale, -(1.0 + cosine) * scale);
    let (a1, a2) = (-2.0 * cosine * scale, (1.0 - alpha) * scale);
    let (mut first, mut second) = (0.0, 0.0);
    for x in channel {
        let input = f64::from(*x);
        let output = b0 * input + first;
        first = b1 * input - a1 * output + second;
        second = b0 * input - a2 * output;
        *x = output as f32;
    }
}
