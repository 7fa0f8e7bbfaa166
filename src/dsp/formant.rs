//! Vowels: three resonances side by side, as a vocal tract has them.
//!
//! Frequencies and levels are the averages of men's voices in G. Peterson and H. Barney, "Control methods used in a study
//! of the vowels" (JASA 24, 1952), table II; bandwidths after H. Dunn, "Methods of measuring vowel formant bandwidths"
//! (1961).
//!
//! Invariant: bounded for bounded input, whatever vowel follows which.

use super::TICK;
use super::math::gain;
use super::svf::{Mode, Setting, Svf, prewarp};

/// A vowel's formants: Hz and dB.
pub(super) type Vowel = [(f32, f32); 3];

/// In the order of the control `vowel`'s words: a e i o u ae ih oo uh er.
pub(super) const VOWELS: [Vowel; 10] = [
    [(730.0, -1.0), (1090.0, -5.0), (2440.0, -28.0)],
    [(530.0, -2.0), (1840.0, -17.0), (2480.0, -24.0)],
    [(270.0, -4.0), (2290.0, -24.0), (3010.0, -28.0)],
    [(570.0, 0.0), (840.0, -7.0), (2410.0, -34.0)],
    [(300.0, -3.0), (870.0, -19.0), (2240.0, -43.0)],
    [(660.0, -1.0), (1720.0, -12.0), (2410.0, -22.0)],
    [(390.0, -3.0), (1990.0, -23.0), (2550.0, -27.0)],
    [(440.0, -1.0), (1020.0, -12.0), (2240.0, -34.0)],
    [(640.0, -1.0), (1190.0, -10.0), (2390.0, -27.0)],
    [(490.0, -5.0), (1350.0, -15.0), (1690.0, -20.0)],
];

/// Bandwidths of the three, Hz.
pub(super) const WIDTHS: [f32; 3] = [70.0, 90.0, 130.0];
/// Formants take most of a sound away; this brings it back to about where it was.
const MAKE_UP: f32 = 2.5;

/// How many vowels there are.
pub const COUNT: usize = VOWELS.len();

/// The filter of a voice.
#[derive(Clone, Copy, Debug)]
pub struct Formants {
    filters: [[Svf; 3]; 2],
    settings: [Setting; 3],
    /// Octaves over 1 Hz, and factors, as they glide; and where to.
    now: [(f32, f32); 3],
    wanted: [(f32, f32); 3],
    rate: f32,
}

impl Formants {
    /// At rest in a vowel, by its number.
    pub fn new(vowel: usize, rate: f32) -> Formants {
        let wanted = targets(vowel);
        let none = Setting { gain: 0.0, slope: 0.0, damping: 1.0 };
        let mut formants = Formants { filters: [[Svf::CLEAR; 3]; 2], settings: [none; 3], now: wanted, wanted, rate };
        formants.set();
        formants
    }

    /// Glides to a vowel.
    pub fn glide(&mut self, vowel: usize) {
        self.wanted = targets(vowel);
    }

    /// A sixteenth of a block further on the way to its vowel; called at absolute ticks.
    pub fn tick(&mut self) {
        if self.now != self.wanted {
            for (now, wanted) in self.now.iter_mut().zip(self.wanted) {
                for (now, wanted) in [(&mut now.0, wanted.0), (&mut now.1, wanted.1)] {
                    *now += (wanted - *now) * 0.12;
                    if (wanted - *now).abs() < 1e-4 {
                        *now = wanted;
                    }
                }
            }
            self.set();
        }
    }

    fn set(&mut self) {
        for ((setting, (octave, _)), width) in self.settings.iter_mut().zip(self.now).zip(WIDTHS) {
            let hz = super::math::exp2(octave);
            setting.gain = prewarp(hz, self.rate);
            setting.damping = width / hz;
        }
    }

    /// One side of a block, in place; both sides see the same block length.
    pub fn process(&mut self, side: usize, block: &mut [f32]) {
        let Some(filters) = self.filters.get_mut(side) else { return };
        for piece in block.chunks_mut(TICK) {
            let mut sum = [0.0f32; TICK];
            for ((filter, setting), (_, level)) in filters.iter_mut().zip(self.settings).zip(self.now) {
                let mut own = [0.0f32; TICK];
                let own = &mut own[..piece.len()];
                own.copy_from_slice(piece);
                filter.process(Mode::Band, &mut { setting }, own);
                for (sum, x) in sum.iter_mut().zip(own.iter()) {
                    *sum += level * x;
                }
            }
            piece.copy_from_slice(&sum[..piece.len()]);
        }
    }

    /// Lets no denormal stay.
    pub fn settle(&mut self) {
        self.filters.iter_mut().flatten().for_each(Svf::settle);
    }
}

fn targets(vowel: usize) -> [(f32, f32); 3] {
    VOWELS[vowel.min(COUNT - 1)].map(|(hz, db)| (libm::log2f(hz), gain(db) * MAKE_UP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, rms, spectrum};

    #[test]
    fn a_vowel_resonates_where_a_voice_does() {
        for (vowel, formants) in VOWELS.iter().enumerate() {
            let mut signal = noise(3, 1 << 15);
            Formants::new(vowel, 48_000.0).process(0, &mut signal);
            let bins = spectrum(&signal);
            let level = |hz: f32| {
                let at = (hz / 48_000.0 * signal.len() as f32) as usize;
                db((bins[at - 20..at + 20].iter().map(|b| b * b).sum::<f64>() / 40.0).sqrt())
            };
            let (first, second) = (level(formants[0].0), level(formants[1].0));
            assert!(first > level(formants[0].0 * 0.5) + 10.0 && first > level(6000.0) + 20.0, "{vowel}");
            let distance = f64::from(formants[1].1 - formants[0].1);
            assert!((second - first - distance).abs() < 9.0, "{vowel}: {} {distance}", second - first);
        }
    }

    #[test]
    fn from_vowel_to_vowel_it_stays_bounded() {
        let mut formants = Formants::new(0, 48_000.0);
        let mut signal = noise(4, 48_000);
        for (i, piece) in signal.chunks_mut(TICK).enumerate() {
            formants.glide(i / 7 % COUNT);
            formants.tick();
            formants.process(0, piece);
        }
        assert!(signal.iter().all(|x| x.abs() < 4.0) && rms(&signal) > 0.01);
    }
}
