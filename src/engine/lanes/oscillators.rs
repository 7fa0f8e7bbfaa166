//! Oscillators in lanes: a 32-bit phase each, tables that hold no harmonic too many, phase and frequency modulation.
//!
//! Saws begin in the middle of their ramp, at their zero; a pulse begins with its rise.
//!
//! Invariant: phases are integers, so nothing drifts and no cut of blocks changes them.

use crate::base::random;
use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{LANES, Lanes, Words, exp2, sine};

use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Piece, Register, Registers, Rows, View, map2};
use super::waves::{Choice, Wave, Waves};

/// The most saws of a supersaw.
pub(super) const MOST_SAWS: usize = 16;

/// All 32 bits of a phase are one turn.
const TURN: f32 = 4_294_967_296.0;
/// Half a turn.
const HALF: Words = Words::splat(1 << 31);

/// What a phase adds a frame, at `hz`.
#[inline(always)]
fn step(hz: Lanes, rate: f32) -> Words {
    // At most half a turn, to either side.
    (hz * Lanes::splat(TURN / rate)).clamp(-2_147_483_000.0, 2_147_483_000.0).truncate()
}

/// What radians add to a phase.
#[inline(always)]
fn radians(x: Lanes) -> Words {
    // Whole turns are taken off first: what is left fits, however deep the modulation.
    let turns = x * Lanes::splat(1.0 / std::f32::consts::TAU);
    let near = turns - (turns + Lanes::splat(0.5)).floor();
    (near * Lanes::splat(TURN)).truncate()
}

/// A phase between 0 and 1 as 32 bits.
#[inline(always)]
fn turns(x: Lanes) -> Words {
    let near = x - x.floor();
    (near * Lanes::splat(65_536.0)).truncate().shift_left(16)
}

/// The inputs of an oscillator: frequency, where it begins, modulation of phase and of frequency.
struct Drives<'a> {
    hz: &'a Rows,
    /// Where nothing moves it, the one frequency.
    still: Option<Lanes>,
    pm: Option<&'a Rows>,
}

/// Room for what drives an oscillator.
#[derive(Default)]
struct Rooms {
    hz: Rows,
    pm: Rows,
}

impl<'a> Drives<'a> {
    #[inline(always)]
    fn new(hz: View<'a>, pm: View<'a>, fm: View<'a>, piece: Piece, rooms: &'a mut Rooms) -> Drives<'a> {
        let Rooms { hz: room, pm: pm_room } = rooms;
        let pm = if pm.still() == Some(Lanes::ZERO) { None } else { Some(pm.rows(pm_room)) };
        let still = hz.still().filter(|_| fm.still() == Some(Lanes::ZERO));
        if still.is_none() {
            map2(hz, fm, piece, room, |hz, fm| hz + fm);
        }
        Drives { hz: room, still, pm }
    }

    /// The highest frequency of a piece, with room for the sidebands of a modulated phase (Carson).
    #[inline(always)]
    fn highest(&self, piece: Piece) -> Lanes {
        let mut most = Lanes::ZERO;
        if let Some(hz) = self.still {
            most = hz.abs();
        } else {
            for k in piece.frames() {
                most = most.max(self.hz[k].abs());
            }
        }
        if let Some(pm) = self.pm {
            // How fast the phase is pushed, at most: its greatest step, as a frequency.
            let mut push = Lanes::ZERO;
            for k in piece.frames().skip(1) {
                push = push.max((pm[k] - pm[k - 1]).abs());
            }
            most += push * Lanes::splat(48_000.0 / std::f32::consts::TAU);
        }
        most
    }
}

/// The index of the first input after the frequency that is the phase, and of `pm`.
fn places(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Sine => (1, 3),
        Kind::Pulse | Kind::Wavetable => (2, 3),
        _ => (1, 2),
    }
}

/// A phase row of state, begun anew in fresh lanes.
#[inline(always)]
fn begun(group: &Group, operation: &Operation, from: Lanes) -> Words {
    let phase = group.state[operation.state as usize].to_bits();
    if group.fresh.any() { group.fresh.select_words(turns(from), phase) } else { phase }
}

/// Sine, saw, triangle, square, pulse.
#[inline(always)]
pub(super) fn run(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let (at_phase, at_pm) = places(kind);
    let (hz, pm) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[at_pm]));
    let fm = registers.view(operation.inputs[at_pm + 1]);
    let mut rooms = Rooms::default();
    let drives = Drives::new(hz, pm, fm, piece, &mut rooms);
    let mut third = [Lanes::ZERO; TICK];
    let mut phase = begun(group, operation, registers.ends(operation.inputs[at_phase])[0]);
    let rate = program.rate;
    let waves = Waves::shared();
    let phases = sweep(&drives, rate, piece, &mut phase);
    let memory = operation.state as usize + 1;
    // What each makes of it stands in loops of its own: a closure would not be compiled for the machine's vectors.
    match kind {
        Kind::Sine => {
            let feedback = registers.view(operation.inputs[2]);
            if feedback.still() == Some(Lanes::ZERO) {
                for k in piece.frames() {
                    out[k] = sine(phases[k]);
                }
            } else {
                // The mean of the last two values, so that it does not hunt (as in the DX7).
                let feedback = feedback.rows(&mut third);
                let mut last = group.state[memory];
                for k in piece.frames() {
                    let y = sine(phases[k] + radians(feedback[k] * last));
                    last = (last + y) * Lanes::splat(0.5);
                    out[k] = y;
                }
                group.state[memory] = last;
            }
        }
        Kind::Saw | Kind::Triangle => {
            let (wave, offset) = if kind == Kind::Saw { (&waves.saw, HALF) } else { (&waves.triangle, Words::ZERO) };
            let choice = wave.recall(drives.highest(piece), rate, &mut group.state[memory..memory + 3]);
            for k in piece.frames() {
                out[k] = wave.at(choice, phases[k] + offset);
            }
        }
        _ => {
            // The difference of two saws has no DC.
            let wave = &waves.saw;
            let choice = wave.recall(drives.highest(piece), rate, &mut group.state[memory..memory + 3]);
            let width =
                if kind == Kind::Square { View::Still(Lanes::splat(0.5)) } else { registers.view(operation.inputs[1]) };
            let width = width.rows(&mut third);
            for k in piece.frames() {
                let width = width[k].clamp(0.01, 0.99);
                let by = (width * Lanes::splat(2_147_483_648.0)).truncate().shift_left(1);
                out[k] = wave.at(choice, phases[k]) - wave.at(choice, phases[k] - by);
            }
        }
    }
    group.state[operation.state as usize] = phase.to_lanes();
}

/// Where the phase is at each frame, with its modulations.
#[inline(always)]
fn sweep(drives: &Drives<'_>, rate: f32, piece: Piece, phase: &mut Words) -> [Words; TICK] {
    let mut at = *phase;
    let mut phases = [Words::ZERO; TICK];
    if let Some(hz) = drives.still {
        let by = step(hz, rate);
        for k in piece.frames() {
            phases[k] = at;
            at = at + by;
        }
    } else {
        for k in piece.frames() {
            phases[k] = at;
            at = at + step(drives.hz[k], rate);
        }
    }
    if let Some(pm) = drives.pm {
        for k in piece.frames() {
            phases[k] = phases[k] + radians(pm[k]);
        }
    }
    *phase = at;
    phases
}

/// How the outermost and the inner saws of a supersaw are detuned: as those of [`crate::dsp::oscillator`], drawn out to
/// any number.
fn detuning(index: usize, count: usize) -> f32 {
    const SEVEN: [f32; 7] = [-1.0, -0.572, -0.177, 0.0, 0.181, 0.565, 0.976];
    if count <= 1 {
        return 0.0;
    }
    let place = index as f32 / (count - 1) as f32 * 6.0;
    let low = (place as usize).min(5);
    SEVEN[low] + (SEVEN[low + 1] - SEVEN[low]) * (place - low as f32)
}

/// Saws side by side, in stereo.
#[inline(always)]
pub(super) fn supersaw(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
    right: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let hz = registers.view(operation.inputs[0]);
    let moves = hz.still().is_none();
    let mut room = [Lanes::ZERO; TICK];
    let hz = hz.rows(&mut room);
    let [_, count] = registers.ends(operation.inputs[1]);
    let count = (count.0[0] as usize).clamp(1, MOST_SAWS);
    let [_, detune] = registers.ends(operation.inputs[2]);
    let [_, spread] = registers.ends(operation.inputs[3]);
    let detune = detune.clamp(0.0, 12.0);
    let spread = spread.clamp(0.0, 1.0);
    let wave = &Waves::shared().saw;
    let level = Lanes::splat(1.0 / (count as f32).sqrt());
    for k in piece.frames() {
        out[k] = Lanes::ZERO;
        right[k] = Lanes::ZERO;
    }
    let fresh = group.fresh.any();
    for saw in 0..count {
        let ratio = exp2(detune * Lanes::splat(detuning(saw, count) / 12.0));
        // They alternate between the sides, so that both beat; each side gets the same power in all.
        let place = if count == 1 { 0.0 } else { saw as f32 / (count - 1) as f32 * 2.0 - 1.0 };
        let place = if saw % 2 == 0 { place } else { -place };
        let lean = spread * Lanes::splat(place);
        let left_gain = (Lanes::ONE - lean).sqrt_of_positive() * level;
        let right_gain = (Lanes::ONE + lean).sqrt_of_positive() * level;
        let at = operation.state as usize + saw;
        let mut phase = group.state[at].to_bits();
        if fresh {
            let seeds = group.seeds;
            let begin =
                Words::from_fn(|lane| random::join(seeds[lane], u64::from(operation.option) << 8 | saw as u64) as u32);
            phase = group.fresh.select_words(begin, phase);
        }
        let top = hz[piece.from & (TICK - 1)].max(hz[(piece.to.max(1) - 1) & (TICK - 1)]) * ratio;
        let choice = wave.choose(top, program.rate);
        let mut by = step(top, program.rate);
        for k in piece.frames() {
            let y = wave.at(choice, phase);
            out[k] += y * left_gain;
            right[k] += y * right_gain;
            if moves {
                by = step(hz[k] * ratio, program.rate);
            }
            phase = phase + by;
        }
        group.state[at] = phase.to_lanes();
    }
}

/// Single cycles of a file, side by side: two neighbours, cross-faded by position.
#[inline(always)]
pub(super) fn wavetable(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    files: &[Wavetable],
    fast: &[Register],
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers { slow: &group.slow, fast };
    let Some(file) = files.get(usize::from(operation.option)) else {
        *out = [Lanes::ZERO; TICK];
        return;
    };
    let (hz, pm) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[3]));
    let fm = registers.view(operation.inputs[4]);
    let mut rooms = Rooms::default();
    let drives = Drives::new(hz, pm, fm, piece, &mut rooms);
    let mut third = [Lanes::ZERO; TICK];
    let mut phase = begun(group, operation, registers.ends(operation.inputs[2])[0]);
    let position = registers.view(operation.inputs[1]).rows(&mut third);
    let level = Wavetable::level(drives.highest(piece), program.rate);
    let last = Lanes::splat((file.frames - 1) as f32);
    let phases = sweep(&drives, program.rate, piece, &mut phase);
    for k in piece.frames() {
        let place = position[k].clamp(0.0, 1.0) * last;
        let low = place.floor();
        let high = (low + Lanes::ONE).min(last);
        let (a, b) = (file.choice(level, low), file.choice(level, high));
        let (a, b) = (file.wave.at(a, phases[k]), file.wave.at(b, phases[k]));
        out[k] = a + (b - a) * (place - low);
    }
    group.state[operation.state as usize] = phase.to_lanes();
}

/// A wavetable in the engine: each of its cycles, band-limited for each half octave.
#[derive(Debug)]
pub(in crate::engine) struct Wavetable {
    wave: Wave,
    frames: usize,
}

/// The levels of a wavetable: half octaves from 25 Hz.
const LEVELS: usize = 20;
/// A cycle of a file.
const CYCLE: usize = 2048;

impl Wavetable {
    /// From audio: as many cycles of 2,048 frames as it holds, at least one, the last filled up with silence.
    pub(in crate::engine) fn new(audio: &[f32]) -> Wavetable {
        let frames = (audio.len() / CYCLE).clamp(1, 256);
        let mut tables = Vec::with_capacity(frames * LEVELS);
        for frame in 0..frames {
            let cycle: Vec<f64> = (0..CYCLE)
                .map(|i| audio.get(frame * CYCLE + i).copied().filter(|x| x.is_finite()).map_or(0.0, f64::from))
                .collect();
            let spectrum = crate::dsp::fourier::forward(&cycle);
            for level in 0..LEVELS {
                // The top of a level's half octave keeps all harmonics under 23.5 kHz.
                let top = 25.0 * libm::exp2(level as f64 / 2.0);
                let harmonics = ((23_500.0 / top) as usize).clamp(1, CYCLE / 2 - 1);
                let points = crate::dsp::fourier::harmonics(&spectrum, harmonics);
                let with_guards = (0..CYCLE + 3).map(|i| points[(i + CYCLE - 1) % CYCLE] as f32);
                tables.push(with_guards.collect::<Vec<f32>>());
            }
        }
        Wavetable { wave: Wave::of(tables.iter().map(Vec::as_slice)), frames }
    }

    /// The level that frequencies need.
    #[inline(always)]
    fn level(hz: Lanes, rate: f32) -> Lanes {
        let scale = if (44_000.0..50_000.0).contains(&rate) { 1.0 } else { 48_000.0 / rate } / 25.0;
        let halves = crate::dsp::lanes::log2((hz * Lanes::splat(scale)).max(Lanes::splat(0.5))) * Lanes::splat(2.0);
        (-(Lanes::splat(1e-4) - halves).floor()).clamp(0.0, (LEVELS - 1) as f32)
    }

    #[inline(always)]
    fn choice(&self, level: Lanes, frame: Lanes) -> Choice {
        self.wave.table((frame * Lanes::splat(LEVELS as f32) + level).truncate())
    }
}

const _: () = assert!(LANES == 8);
