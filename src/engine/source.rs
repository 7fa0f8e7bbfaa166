//! Where a voice's sound comes from: a wave, noise, a string, a sample.
//!
//! Invariant: a source depends on its note only; it writes every frame that it is asked for.

use crate::dsp::math::{flush, phase, sine_turn, turns};
use crate::dsp::noise::{Colour, Noise};
use crate::dsp::sinc::{NO_TAPS, Sinc};
use crate::dsp::tables::Tables;
use crate::score::plan::{Sample, Wave};

/// What all voices share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) tables: Tables,
    pub(super) sinc: Sinc,
    pub(super) rate: f32,
}

/// How far the outer saws of a supersaw are from its middle, semitones.
const SPREAD: f32 = 0.12;

/// What a source plays until the next control frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pitch {
    /// Hz.
    pub(super) frequency: f32,
    /// Index of the frequency modulation.
    pub(super) depth: f32,
    /// Hz of the modulator.
    pub(super) modulator: f32,
}

/// A generator's state.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    phases: [u32; 7],
    modulator: u32,
    depth: f32,
    noise: Noise,
    /// A plucked string: its memory, place and the last frame read.
    string: Vec<f32>,
    at: usize,
    last: f32,
}

impl Generator {
    /// With memory for strings down to the lowest note at a rate in Hz.
    pub(super) fn new(rate: f32) -> Generator {
        Generator {
            phases: [0; 7],
            modulator: 0,
            depth: 0.0,
            noise: Noise::new(0),
            string: vec![0.0; ((rate / 20.0) as usize).next_power_of_two()],
            at: 0,
            last: 0.0,
        }
    }

    /// Begins a note.
    pub(super) fn start(&mut self, wave: Wave, note: u32, pitch: Pitch, rate: f32) {
        self.noise = Noise::new(u64::from(note) ^ 0x7a1e_a000_0000);
        self.modulator = 0;
        self.depth = pitch.depth;
        // A saw begins in its middle, so that no wave begins with a jump.
        self.phases = [match wave {
            Wave::Saw => 1 << 31,
            _ => 0,
        }; 7];
        if wave == Wave::Supersaw {
            for phase in &mut self.phases {
                *phase = (self.noise.white() * 2_147_483_648.0) as i32 as u32;
            }
        }
        if wave == Wave::Pluck {
            self.pluck(pitch, rate);
        }
    }

    /// Fills the string with softened noise without a mean.
    fn pluck(&mut self, pitch: Pitch, rate: f32) {
        let size = self.string.len();
        let period = ((rate / pitch.frequency.max(20.0)) as usize + 2).min(size - 2);
        let mut mean = 0.0;
        let mut last = 0.0;
        for at in 0..period {
            last += 0.6 * (self.noise.white() - last);
            self.string[at] = last;
            mean += last / period as f32;
        }
        self.string[..period].iter_mut().for_each(|frame| *frame -= mean);
        self.at = period;
        self.last = 0.0;
    }

    /// The next frames of a wave, −1 to 1.
    pub(super) fn fill(&mut self, wave: Wave, pitch: Pitch, shared: &Shared, out: &mut [f32]) {
        match wave {
            Wave::White => self.noise.fill(Colour::White, shared.rate, out),
            Wave::Pink => self.noise.fill(Colour::Pink, shared.rate, out),
            Wave::Brown => self.noise.fill(Colour::Brown, shared.rate, out),
            Wave::Pluck => self.string(pitch, shared.rate, out),
            Wave::Supersaw => self.supersaw(pitch, shared, out),
            Wave::Sine | Wave::Triangle | Wave::Saw | Wave::Square | Wave::Pulse => {
                self.periodic(wave, pitch, shared, out);
            }
        }
    }

    fn periodic(&mut self, wave: Wave, pitch: Pitch, shared: &Shared, out: &mut [f32]) {
        let step = phase(f64::from(pitch.frequency / shared.rate));
        let highest = pitch.frequency + pitch.depth * pitch.modulator;
        let saw = shared.tables.saw(highest);
        let triangle = shared.tables.triangle(highest);
        let modulator = phase(f64::from(pitch.modulator / shared.rate));
        let modulated = self.depth != 0.0 || pitch.depth != 0.0;
        let deeper = (pitch.depth - self.depth) / 16.0;
        // A quarter of a period apart, two saws make a pulse; their difference has a mean, which is taken away.
        for frame in out {
            let mut at = self.phases[0];
            if modulated {
                let bend = self.depth * sine_turn(turns(self.modulator)) * (1.0 / std::f32::consts::TAU);
                at = at.wrapping_add(phase(f64::from(bend)));
                self.depth += deeper;
                self.modulator = self.modulator.wrapping_add(modulator);
            }
            *frame = match wave {
                Wave::Sine => sine_turn(turns(at)),
                Wave::Triangle => triangle.at(at),
                Wave::Saw => saw.at(at),
                Wave::Square => saw.at(at) - saw.at(at.wrapping_add(1 << 31)),
                _ => saw.at(at) - saw.at(at.wrapping_add(3 << 30)),
            };
            self.phases[0] = self.phases[0].wrapping_add(step);
        }
        if modulated && (self.depth - pitch.depth).abs() < 1e-4 {
            self.depth = pitch.depth;
        }
    }

    fn supersaw(&mut self, pitch: Pitch, shared: &Shared, out: &mut [f32]) {
        out.fill(0.0);
        let saw = shared.tables.saw(pitch.frequency * 1.01);
        for (index, phase_now) in self.phases.iter_mut().enumerate() {
            let away = (index as f32 - 3.0) / 3.0 * SPREAD;
            // Close to 2^(away/12) for so small an interval.
            let ratio = 1.0 + away * 0.057_762_27;
            let step = phase(f64::from(pitch.frequency * ratio / shared.rate));
            for frame in out.iter_mut() {
                *frame += saw.at(*phase_now) * 0.35;
                *phase_now = phase_now.wrapping_add(step);
            }
        }
    }

    /// A plucked string (Karplus & Strong 1983): a delay of one period that loses its highs.
    fn string(&mut self, pitch: Pitch, rate: f32, out: &mut [f32]) {
        let size = self.string.len();
        let mask = size - 1;
        // The mean of two neighbours delays by half a frame.
        let period = (rate / pitch.frequency.max(1.0) - 0.5).clamp(2.0, size as f32 - 4.0);
        let whole = period as usize;
        let part = period - whole as f32;
        // The lows ring for about four seconds.
        let keep = libm::exp2f(-10.0 / (4.0 * pitch.frequency.max(20.0)));
        for frame in out {
            let near = self.string[self.at.wrapping_sub(whole) & mask];
            let far = self.string[self.at.wrapping_sub(whole + 1) & mask];
            let read = near + part * (far - near);
            let value = flush(keep * 0.5 * (read + self.last));
            self.last = read;
            self.string[self.at & mask] = value;
            self.at = self.at.wrapping_add(1);
            *frame = 1.5 * value;
        }
    }
}

/// A place in a sample, and where it ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Player {
    /// In 1/2³² frames.
    position: i64,
    first: i64,
    last: i64,
}

impl Player {
    /// From `begin` to `end`, both 0 to 1; from the end where it plays backwards.
    pub(super) fn new(sample: &Sample, begin: f32, end: f32, backwards: bool) -> Player {
        let frames = sample.frames() as f64;
        let (begin, end) = (begin.min(end), begin.max(end));
        let first = (f64::from(begin) * frames) as i64;
        let last = ((f64::from(end) * frames) as i64).max(first);
        Player { position: if backwards { last << 32 } else { first << 32 }, first, last }
    }

    /// How many frames are left at a rate in frames a frame.
    pub(super) fn rest(&self, rate: f32) -> f32 {
        let at = self.position as f64 / 4_294_967_296.0;
        let rest = if rate < 0.0 { at - self.first as f64 } else { self.last as f64 - at };
        if rate == 0.0 { f32::MAX } else { (rest.max(0.0) as f32) / rate.abs() }
    }

    /// The next frames; a sample with one channel writes the left only.
    pub(super) fn fill(&mut self, sample: &Sample, rate: f32, shared: &Shared, left: &mut [f32], right: &mut [f32]) {
        let step = (f64::from(rate) * 4_294_967_296.0) as i64;
        let stretch = Sinc::stretch(rate);
        let channels = sample.channels.as_slice();
        let bounds = (self.first - 16, self.last + 16);
        let mut taps = NO_TAPS;
        for at in 0..left.len() {
            let (frame, fraction) = (self.position >> 32, self.position as u32);
            let inside = frame >= bounds.0 && frame <= bounds.1;
            let read = if inside { shared.sinc.at(channels, (frame, fraction), stretch, &mut taps) } else { [0.0; 2] };
            left[at] = read[0];
            if channels.len() > 1 {
                right[at] = read[1];
            }
            if inside {
                self.position += step;
            }
        }
    }
}
