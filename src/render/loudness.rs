//! Loudness by ITU-R BS.1770-4 and EBU R128: integrated, momentary, short-term, range, true peak.
//!
//! The weighting, the gates and the oversampling are the crate `ebur128`'s; here it is asked often enough that the
//! maxima are found wherever a loud moment begins. `tests/loudness_ebu.rs` holds it against the signals of EBU Tech 3341
//! and 3342.
//!
//! Invariant: the figures depend on the audio only, not on the blocks in which it comes.

use ebur128::{EbuR128, Mode};

/// How often the momentary loudness (400 ms) is looked at, in looks a second: at most 5 ms of the loudest window are
/// missed, 0.06 LU.
const MOMENTARY_LOOKS: u32 = 100;

/// Of that many looks one is at the short-term loudness too (3 s).
const SHORT_TERM_EVERY: u32 = 5;

/// What was measured. Silence is `-inf`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Loudness {
    /// The gated loudness of the whole, in LUFS.
    pub integrated: f64,
    /// The loudest 400 ms, in LUFS.
    pub momentary_max: f64,
    /// The loudest 3 s, in LUFS.
    pub short_term_max: f64,
    /// The loudness range, in LU.
    pub range: f64,
    /// The highest peak between the samples, in dBTP.
    pub true_peak: f64,
    /// The highest sample, in dBFS.
    pub sample_peak: f64,
}

/// Listens to a stream of blocks.
#[derive(Debug)]
pub struct LoudnessMeter {
    weighing: EbuR128,
    channels: usize,
    /// Frames from one look to the next, and how many are left.
    hop: usize,
    left: usize,
    looks: u32,
    momentary_max: f64,
    short_term_max: f64,
}

impl LoudnessMeter {
    /// For `channels` channels (five are L R C Ls Rs, six L R C LFE Ls Rs) at `rate` frames a second; `None` where the rate or the
    /// count of channels is out of all reason.
    pub fn new(rate: u32, channels: usize) -> Option<LoudnessMeter> {
        let mode = Mode::I | Mode::M | Mode::S | Mode::LRA | Mode::TRUE_PEAK | Mode::SAMPLE_PEAK;
        let weighing = EbuR128::new(u32::try_from(channels).ok()?, rate, mode).ok()?;
        let hop = (rate / MOMENTARY_LOOKS).max(1) as usize;
        Some(LoudnessMeter {
            weighing,
            channels,
            hop,
            left: hop,
            looks: 0,
            momentary_max: f64::NEG_INFINITY,
            short_term_max: f64::NEG_INFINITY,
        })
    }

    /// Takes a block: one slice a channel, of equal lengths.
    pub fn add(&mut self, block: &[&[f32]]) {
        let length = block.iter().map(|channel| channel.len()).min().unwrap_or(0);
        if block.len() != self.channels {
            return;
        }
        let mut at = 0;
        while at < length {
            let step = self.left.min(length - at);
            let part: Vec<&[f32]> = block.iter().map(|channel| &channel[at..at + step]).collect();
            // It refuses only blocks of another shape.
            if self.weighing.add_frames_planar_f32(&part).is_err() {
                return;
            }
            at += step;
            self.left -= step;
            if self.left == 0 {
                self.left = self.hop;
                self.look();
            }
        }
    }

    fn look(&mut self) {
        self.looks += 1;
        self.momentary_max = self.momentary_max.max(self.momentary());
        if self.looks.is_multiple_of(SHORT_TERM_EVERY) {
            self.short_term_max = self.short_term_max.max(self.short_term());
        }
    }

    /// The loudness of the last 400 ms, in LUFS.
    pub fn momentary(&self) -> f64 {
        self.weighing.loudness_momentary().unwrap_or(f64::NEG_INFINITY)
    }

    /// The loudness of the last 3 s, in LUFS.
    pub fn short_term(&self) -> f64 {
        self.weighing.loudness_shortterm().unwrap_or(f64::NEG_INFINITY)
    }

    /// What was measured up to here.
    pub fn figures(&self) -> Loudness {
        let peak = |of: &dyn Fn(u32) -> f64| decibels((0..self.channels as u32).map(of).fold(0.0, f64::max));
        Loudness {
            integrated: self.weighing.loudness_global().unwrap_or(f64::NEG_INFINITY),
            momentary_max: self.momentary_max.max(self.momentary()),
            short_term_max: self.short_term_max.max(self.short_term()),
            range: self.weighing.loudness_range().unwrap_or(0.0),
            true_peak: peak(&|channel| self.weighing.true_peak(channel).unwrap_or(0.0)),
            sample_peak: peak(&|channel| self.weighing.sample_peak(channel).unwrap_or(0.0)),
        }
    }
}

/// A linear peak in dB.
fn decibels(peak: f64) -> f64 {
    20.0 * libm::log10(peak)
}

/// Measures a whole piece of audio: one slice a channel.
pub fn measure(rate: u32, channels: &[&[f32]]) -> Option<Loudness> {
    let mut meter = LoudnessMeter::new(rate, channels.len())?;
    meter.add(channels);
    Some(meter.figures())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    /// 1 kHz.
    fn tone(level: f32, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| level * libm::sinf(std::f32::consts::TAU * (i % 48) as f32 / 48.0)).collect()
    }

    fn stereo(mono: &[f32]) -> Loudness {
        measure(RATE, &[mono, mono]).unwrap()
    }

    #[test]
    fn blocks_do_not_matter_and_silence_is_minus_infinity() {
        let tone = [tone(0.1, 62_400), tone(0.03, 105_600)].concat();
        let mut meter = LoudnessMeter::new(RATE, 2).unwrap();
        for block in tone.chunks(611) {
            meter.add(&[block, block]);
        }
        assert_eq!(meter.figures(), stereo(&tone));
        let silence = stereo(&vec![0.0; 48_000]);
        assert_eq!((silence.integrated, silence.true_peak), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    }
}
