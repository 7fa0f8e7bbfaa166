//! Oscillators in lanes: a 32-bit phase each, tables that hold no harmonic too many, phase and frequency modulation.
//!
//! Saws begin in the middle of their ramp, at their zero; a pulse begins with its rise.
//!
//! Invariant: phases are integers, so nothing drifts and no cut of blocks changes them.

use crate::base::unit::Kind;
use crate::dsp::TICK;
use crate::dsp::lanes::{LANES, Lanes, Vector, Words, sine};

use super::edges::{Drawings, Edges};
use super::group::Group;
use super::program::{Operation, Program};
use super::rows::{Fast, Piece, Register, Registers, Rows, View, map2};
use super::saws::{Pace, Saws, behind, share};
use super::waves::{Choice, Wave, Waves};

/// All 32 bits of a phase are one turn.
const TURN: f32 = 4_294_967_296.0;
/// Half a turn.
const HALF: Words = Words::splat(1 << 31);

/// What a phase adds a frame, at `hz`.
#[inline(always)]
pub(super) fn step(hz: Lanes, rate: f32) -> Words {
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
    /// The highest within the 16 frames where it moves slowly, whatever of them a piece has.
    most: Option<Lanes>,
    /// Lanes whose frequency rests while others' moves slowly.
    rests: Words,
    /// Whether it moves as fast as sound does.
    modulated: bool,
    pm: Option<&'a Rows>,
}

/// Room for what drives an oscillator.
struct Rooms {
    hz: Rows,
    pm: Rows,
}

impl Rooms {
    const EMPTY: Rooms = Rooms { hz: [Lanes::ZERO; TICK], pm: [Lanes::ZERO; TICK] };
}

impl<'a> Drives<'a> {
    #[inline(always)]
    fn new(hz: View<'a>, pm: View<'a>, fm: View<'a>, piece: Piece, rooms: &'a mut Rooms) -> Drives<'a> {
        let Rooms { hz: room, pm: pm_room } = rooms;
        let pm = if pm.is_nothing() { None } else { Some(pm.rows(pm_room)) };
        let plain = fm.is_nothing();
        let still = hz.still().filter(|_| plain);
        let modulated = pm.is_some() || !plain || matches!(hz, View::Rows(_));
        if still.is_none() {
            map2(hz, fm, piece, room, |hz, fm| hz + fm);
        }
        Drives { hz: room, still, most: hz.most().filter(|_| plain), rests: hz.rests(), modulated, pm }
    }

    /// What the phase adds a frame.
    #[inline(always)]
    fn pace(&self, rate: f32, piece: Piece) -> Pace {
        if self.modulated {
            return Pace::Modulated;
        }
        if let Some(hz) = self.still {
            return Pace::Still(step(hz, rate));
        }
        let mut steps = [Words::ZERO; TICK];
        for k in piece.frames() {
            steps[k] = step(self.hz[k], rate);
        }
        Pace::Moves(steps, self.rests)
    }

    /// The highest frequency of a piece, with room for the sidebands of a modulated phase (Carson).
    #[inline(always)]
    fn highest(&self, piece: Piece) -> Lanes {
        let mut most = Lanes::ZERO;
        if let Some(hz) = self.still {
            most = hz.abs();
        } else if let Some(hz) = self.most {
            most = hz;
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
#[expect(clippy::too_many_arguments, reason = "a kernel's, and room that would have to be cleared here")]
pub(super) fn run<V: Vector>(
    kind: Kind,
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
    drawings: &mut Drawings,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let (at_phase, at_pm) = places(kind);
    let (hz, pm) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[at_pm]));
    let fm = registers.view(operation.inputs[at_pm + 1]);
    let mut phase = begun(group, operation, registers.ends(operation.inputs[at_phase])[0]);
    let rate = program.rate;
    let mut rooms = Rooms::EMPTY;
    let drives = Drives::new(hz, pm, fm, piece, &mut rooms);
    let mut third = [Lanes::ZERO; TICK];
    let waves = Waves::shared();
    let phases = sweep(&drives, rate, piece, &mut phase);
    let memory = operation.state as usize + 1;
    // What each makes of it stands in loops of its own: a closure would not be compiled for the machine's vectors.
    match kind {
        Kind::Sine => {
            let feedback = registers.view(operation.inputs[2]);
            if feedback.is_nothing() {
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
        Kind::Triangle => {
            let wave = &waves.triangle;
            let choice = wave.recall(drives.highest(piece), rate, &mut group.state[memory..memory + 3]);
            for k in piece.frames() {
                out[k] = wave.at(choice, phases[k]);
            }
        }
        _ => {
            let live = group.sounding();
            let state = &mut group.state[memory..memory + 3];
            let choose = || waves.saw.recall(drives.highest(piece), rate, state);
            let mut saws = Saws { wave: &waves.saw, edges: Edges::shared(), live, drawings, choose, choice: None };
            let pace = drives.pace(rate, piece);
            if kind == Kind::Saw {
                saws.draw::<V>(&pace, &phases, HALF, piece, out);
            } else {
                // The difference of two saws has no DC.
                let width = match kind {
                    Kind::Square => View::Still(Lanes::splat(0.5)),
                    _ => registers.view(operation.inputs[1]),
                };
                saws.draw::<V>(&pace, &phases, Words::ZERO, piece, out);
                let mut other = [Lanes::ZERO; TICK];
                if let View::Still(width) = width {
                    saws.draw::<V>(&pace, &phases, Words::ZERO - share(width), piece, &mut other);
                } else {
                    let (pace, phases) = behind(&pace, &phases, width, piece, &mut third);
                    saws.draw::<V>(&pace, &phases, Words::ZERO, piece, &mut other);
                }
                for k in piece.frames() {
                    out[k] -= other[k];
                }
            }
        }
    }
    group.state[operation.state as usize] = phase.to_lanes();
}

/// A saw whose pitch rests through some whole ticks, as in most notes: all of them in one go. `false` where it does not,
/// and nothing was done.
#[inline(always)]
pub(super) fn resting_saw<V: Vector>(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    fast: &[Register],
    out: &mut [Rows],
    drawings: &mut Drawings,
) -> bool {
    let view = |at: usize, tick: usize| {
        let registers = Registers::new(&group.slow, group.plane_of(tick), Fast { registers: fast, tick });
        registers.view(operation.inputs[at])
    };
    let (_, at_pm) = places(Kind::Saw);
    let Some(hz) = view(0, 0).still() else { return false };
    for tick in 0..out.len() {
        let rests = view(0, tick).still().is_some_and(|other| other.is(hz));
        if !rests || !view(at_pm, tick).is_nothing() || !view(at_pm + 1, tick).is_nothing() {
            return false;
        }
    }
    let by = step(hz, program.rate);
    let live = group.sounding();
    let reach = Edges::reach(by) & live;
    if (live & !reach).any() {
        return false;
    }
    let state = &mut group.state[operation.state as usize];
    let phase = state.to_bits();
    Edges::shared().draw::<V>(phase + HALF, by, reach, out, drawings);
    *state = (phase + by.times((out.len() * TICK) as u32)).to_lanes();
    true
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

/// Single cycles of a file, side by side: two neighbours, cross-faded by position.
#[inline(always)]
pub(super) fn wavetable(
    operation: &Operation,
    program: &Program,
    group: &mut Group,
    files: &[Wavetable],
    fast: Fast<'_>,
    piece: Piece,
    out: &mut Rows,
) {
    let registers = Registers::new(&group.slow, group.plane, fast);
    let Some(file) = files.get(usize::from(operation.option)) else {
        *out = [Lanes::ZERO; TICK];
        return;
    };
    let (hz, pm) = (registers.view(operation.inputs[0]), registers.view(operation.inputs[3]));
    let fm = registers.view(operation.inputs[4]);
    let mut rooms = Rooms::EMPTY;
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
