//! Numbers that carry their unit.
//!
//! Invariant: a quantity that leaves its module as a bare float says its unit in its name or doc.

/// The loudness that a file may be brought to, LUFS.
pub const LOUDNESS: std::ops::RangeInclusive<f64> = -60.0..=0.0;

/// A level relative to full scale, in decibels.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Db(pub f64);

impl Db {
    /// The factor of amplitude: −6.02 dB is one half.
    pub fn to_gain(self) -> f64 {
        libm::exp10(self.0 / 20.0)
    }

    /// From a factor of amplitude; zero and less is −200 dB.
    pub fn from_gain(gain: f64) -> Db {
        Db(if gain <= 1e-10 { -200.0 } else { 20.0 * libm::log10(gain) })
    }
}

/// A frequency in hertz.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Hz(pub f64);

impl Hz {
    /// Of a MIDI note number (69 is 440 Hz), in equal temperament.
    pub fn from_note(note: f64) -> Hz {
        Hz(440.0 * libm::exp2((note - 69.0) / 12.0))
    }

    /// The MIDI note number, fractional between keys.
    pub fn to_note(self) -> f64 {
        69.0 + 12.0 * libm::log2(self.0.max(1e-9) / 440.0)
    }
}

/// A unit that touches a number in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Unit {
    /// `Hz`
    Hertz,
    /// `kHz`
    Kilohertz,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `dB`
    Decibels,
    /// `dBTP`: true peak
    TruePeak,
    /// `LUFS`
    Lufs,
    /// `%`
    Percent,
    /// `st`: semitones
    Semitones,
    /// `ct`: cents
    Cents,
    /// `BPM`
    Bpm,
    /// `bar`, `bars`, `cycle`, `cycles`
    Bars,
    /// `beat`, `beats`: quarter notes
    Beats,
}

impl Unit {
    /// Every spelling with its unit, longest first, so that a scanner may take the first that fits.
    pub const SPELLINGS: [(&'static str, Unit); 16] = [
        ("cycles", Unit::Bars),
        ("cycle", Unit::Bars),
        ("beats", Unit::Beats),
        ("beat", Unit::Beats),
        ("bars", Unit::Bars),
        ("dBTP", Unit::TruePeak),
        ("LUFS", Unit::Lufs),
        ("bar", Unit::Bars),
        ("kHz", Unit::Kilohertz),
        ("BPM", Unit::Bpm),
        ("Hz", Unit::Hertz),
        ("ms", Unit::Milliseconds),
        ("dB", Unit::Decibels),
        ("st", Unit::Semitones),
        ("ct", Unit::Cents),
        ("s", Unit::Seconds),
    ];

    /// The unit that a word spells; `%` too.
    pub fn parse(word: &str) -> Option<Unit> {
        if word == "%" {
            return Some(Unit::Percent);
        }
        Unit::SPELLINGS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit)
    }

    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Hertz => "Hz",
            Unit::Kilohertz => "kHz",
            Unit::Milliseconds => "ms",
            Unit::Seconds => "s",
            Unit::Decibels => "dB",
            Unit::TruePeak => "dBTP",
            Unit::Lufs => "LUFS",
            Unit::Percent => "%",
            Unit::Semitones => "st",
            Unit::Cents => "ct",
            Unit::Bpm => "BPM",
            Unit::Bars => "bars",
            Unit::Beats => "beats",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_and_its_frequency_are_inverse() {
        assert!((Hz::from_note(69.0).0 - 440.0).abs() < 1e-9);
        assert!((Hz(261.625_565).to_note() - 60.0).abs() < 1e-6);
        assert!((Db(-6.0206).to_gain() - 0.5).abs() < 1e-5);
    }
}
