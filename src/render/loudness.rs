//! Loudness by ITU-R BS.1770-4 and EBU R128: integrated, momentary, short-term, range, true peak.
//!
//! The weighting, the gates and the oversampling are the crate `ebur128`'s; here it is asked often enough that the
//! maxima are found wherever a loud moment begins (EBU Tech 3341, cases 10 to 14).
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

    /// 1 kHz at these levels (dBFS, or silence) and lengths, phase running on, as EBU Tech 3341 asks.
    fn tones(parts: &[(Option<f64>, f64)]) -> Vec<f32> {
        let mut out: Vec<f32> = Vec::new();
        for (level, seconds) in parts {
            let gain = level.map_or(0.0, |level| libm::pow(10.0, level / 20.0));
            for _ in 0..(seconds * f64::from(RATE)).round() as usize {
                let phase = std::f64::consts::TAU * 1_000.0 * out.len() as f64 / f64::from(RATE);
                out.push((gain * libm::sin(phase)) as f32);
            }
        }
        out
    }

    fn stereo(mono: &[f32]) -> Loudness {
        measure(RATE, &[mono, mono]).unwrap()
    }

    fn near(found: f64, wanted: f64, most: f64) {
        assert!((found - wanted).abs() <= most, "{found:.3}, not {wanted}");
    }

    #[test]
    fn a_tone_at_minus_23_is_minus_23_everywhere() {
        // Tech 3341, case 1.
        let found = stereo(&tones(&[(Some(-23.0), 20.0)]));
        near(found.integrated, -23.0, 0.1);
        near(found.momentary_max, -23.0, 0.1);
        near(found.short_term_max, -23.0, 0.1);
        near(found.sample_peak, -23.0, 0.1);
        near(found.range, 0.0, 0.1);
    }

    #[test]
    fn quiet_parts_are_gated_out() {
        // Case 4.
        let parts = [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)];
        near(stereo(&tones(&parts.map(|(level, seconds)| (Some(level), seconds)))).integrated, -23.0, 0.1);
    }

    #[test]
    fn the_surrounds_weigh_more() {
        // Case 6.
        let planes: Vec<_> = [-28.0, -28.0, -24.0, -30.0, -30.0].map(|level| tones(&[(Some(level), 20.0)])).into();
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        near(measure(RATE, &planes).unwrap().integrated, -23.0, 0.1);
    }

    #[test]
    fn a_burst_is_found_wherever_it_begins() {
        // Cases 10 and 13.
        for offset in [0.0, 0.17, 0.333] {
            near(stereo(&tones(&[(None, offset), (Some(-23.0), 0.4), (None, 1.0)])).momentary_max, -23.0, 0.1);
            near(stereo(&tones(&[(None, offset), (Some(-23.0), 3.0), (None, 1.0)])).short_term_max, -23.0, 0.1);
        }
    }

    #[test]
    fn the_range_is_the_span_of_two_levels() {
        // Tech 3342, case 1.
        near(stereo(&tones(&[(Some(-20.0), 20.0), (Some(-30.0), 20.0)])).range, 10.0, 1.0);
    }

    #[test]
    fn a_peak_between_samples_is_seen() {
        // Case 16: half scale at a quarter of the rate, with the samples 45 degrees beside the peaks.
        let length = RATE as usize;
        let tone: Vec<f32> = (0..length)
            .map(|i| {
                let edge = (i.min(length - 1 - i) as f64 / 480.0).min(1.0);
                (edge * 0.5 * libm::sin(std::f64::consts::TAU * (i as f64 / 4.0 + 0.125))) as f32
            })
            .collect();
        let found = stereo(&tone);
        near(found.sample_peak, -9.03, 0.05);
        assert!((-6.4..=-5.8).contains(&found.true_peak), "{}", found.true_peak);
    }

    #[test]
    fn blocks_do_not_matter_and_silence_is_minus_infinity() {
        let tone = tones(&[(Some(-20.0), 1.3), (Some(-30.0), 2.2)]);
        let mut meter = LoudnessMeter::new(RATE, 2).unwrap();
        for block in tone.chunks(611) {
            meter.add(&[block, block]);
        }
        assert_eq!(meter.figures(), stereo(&tone));
        let silence = stereo(&vec![0.0; 48_000]);
        assert_eq!((silence.integrated, silence.true_peak), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    }
}
