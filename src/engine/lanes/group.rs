//! Eight lanes of one program: their state, and what their notes say.
//!
//! Invariant: a lane's state is zeroed at its onset; what a lane held before never sounds again.

use crate::dsp::lanes::{LANES, Lanes, Words};
use crate::dsp::{BLOCK, TICK};

use super::program::Program;
use super::rows::BATCH;

/// What a note brings to its lane.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Onset<'a> {
    /// MIDI note number, fractional.
    pub(in crate::engine) note: f32,
    /// Where the pitch glides from, if it does.
    pub(in crate::engine) from: Option<f32>,
    /// 0 to 1 and above.
    pub(in crate::engine) velocity: f32,
    /// Seconds.
    pub(in crate::engine) dur: f32,
    /// Seconds of a beat.
    pub(in crate::engine) beat: f32,
    /// Scatters noise.
    pub(in crate::engine) seed: u64,
    /// A value for each parameter, by index.
    pub(in crate::engine) parameters: &'a [Option<f32>],
    /// Attack, decay, sustain and release that take the place of the graph's own.
    pub(in crate::engine) envelope: [Option<f32>; 4],
}

/// Ticks that a stretch meets at most.
const TICKS: usize = BLOCK / TICK + 1;

/// How far a pitch stands from its note, in semitones: at the first frame of a stretch, and at the end of each of its
/// ticks.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Bends {
    frame: i64,
    first: f32,
    ends: [f32; TICKS],
}

impl Bends {
    /// None in a stretch that begins at an absolute frame.
    pub(in crate::engine) fn none(frame: i64) -> Bends {
        Bends { frame, first: 0.0, ends: [0.0; TICKS] }
    }

    /// As a function of the absolute frame says, for a stretch of `frames`.
    pub(in crate::engine) fn draw(&mut self, frames: usize, at: impl Fn(i64) -> f32) {
        let tick = self.frame.div_euclid(TICK as i64);
        let last = (self.frame + frames.max(1) as i64 - 1).div_euclid(TICK as i64);
        self.first = at(self.frame);
        for (end, tick) in self.ends.iter_mut().zip(tick..=last) {
            *end = at((tick + 1) * TICK as i64);
        }
    }
}

/// Eight lanes.
#[derive(Debug)]
pub(super) struct Group {
    /// Where slow values start and end within a tick: a plane of registers for each tick of a batch.
    pub(super) slow: Vec<[Lanes; 2]>,
    /// Where the plane of this tick begins.
    pub(super) plane: usize,
    /// Whether what moves only with the note stands alike in every plane.
    pub(super) is_spread: bool,
    pub(super) state: Vec<Lanes>,
    /// What slow operations hear of fast ones.
    pub(super) heard: Vec<Lanes>,
    /// Strings and rings of operations.
    pub(super) memories: Vec<Vec<Lanes>>,
    pub(super) lines: Vec<Vec<Lanes>>,
    /// Frames that this group has run: where rings are written.
    pub(super) clock: u32,
    /// Frames since the lane's onset, up to a limit.
    pub(super) age: Words,
    pub(super) live: [bool; LANES],
    /// Lanes that begin with the next piece.
    pub(super) fresh: Words,
    /// Lanes that were let go.
    pub(super) released: Words,
    /// Lanes all of whose envelopes are over.
    pub(super) ended: Words,
    pub(super) seeds: [u64; LANES],
    pub(super) note: Lanes,
    pub(super) wanted_note: Lanes,
    /// What `note` adds in 16 frames until it has arrived.
    pub(super) glide: Lanes,
    /// What is added to the note now, in semitones.
    pub(super) bend: Lanes,
    /// The stretch in which it moves: its first frame, and what it is there and at each tick's end.
    bends: (i64, Lanes, [Lanes; TICKS]),
    pub(super) velocity: Lanes,
    pub(super) dur: Lanes,
    pub(super) beat: Lanes,
    pub(super) parameters: Vec<Lanes>,
    /// Envelope times of the event; below 0 where it gives none.
    pub(super) envelope: [Lanes; 4],
    /// Ticks for which something of the note still moves.
    pub(super) moving: u32,
    /// What it gave in the last stretch.
    pub(super) given: Given,
    /// What it gave in each stretch of a crew's errand.
    pub(super) all: Vec<Given>,
    /// Frames since a lane was last heard.
    pub(super) quiet: [u32; LANES],
    /// The absolute frame of the piece that runs.
    pub(super) frame: i64,
    /// The level of the loudest envelope that shapes sound, for stealing.
    pub(super) loudness: Lanes,
}

/// What a group gave in a stretch.
#[derive(Debug)]
pub(super) struct Given {
    /// Lane by lane.
    pub(super) left: Box<[[f32; BLOCK]; LANES]>,
    /// Lane by lane, of a program in stereo.
    pub(super) right: Box<[[f32; BLOCK]; LANES]>,
    /// The level of each lane's own envelope.
    pub(super) loudness: [f32; LANES],
    /// Which lanes have been let go, or have no envelope left, and were not heard for the program's patience; or need none.
    pub(super) over: [bool; LANES],
    /// Which lanes sound.
    live: [bool; LANES],
}

impl Given {
    /// Brings it into this thread's cache, before it is needed.
    pub(super) fn touch(&self) {
        for side in [&self.left, &self.right] {
            for lane in side.iter().zip(self.live).filter_map(|(lane, live)| live.then_some(lane)) {
                lane.iter().step_by(16).for_each(|x| {
                    std::hint::black_box(*x);
                });
            }
        }
    }
}

impl Default for Given {
    fn default() -> Given {
        Given {
            left: Box::new([[0.0; BLOCK]; LANES]),
            right: Box::new([[0.0; BLOCK]; LANES]),
            loudness: [0.0; LANES],
            over: [false; LANES],
            live: [false; LANES],
        }
    }
}

/// For how many ticks values may move after they changed: 40 ms at 48 kHz.
const GLIDE_TICKS: u32 = 120;
/// Ages count no further.
const OLDEST: u32 = 1 << 30;

impl Group {
    pub(super) fn new(program: &Program) -> Group {
        let registers = program.constants.len();
        Group {
            slow: program
                .constants
                .iter()
                .map(|value| [Lanes::splat(*value); 2])
                .cycle()
                .take(registers * BATCH)
                .collect(),
            plane: 0,
            is_spread: false,
            state: vec![Lanes::ZERO; program.states],
            heard: vec![Lanes::ZERO; program.heard.len()],
            memories: program.memories.iter().map(|frames| vec![Lanes::ZERO; *frames]).collect(),
            lines: program.lines.iter().map(|line| vec![Lanes::ZERO; line.frames]).collect(),
            clock: 0,
            age: Words::ZERO,
            live: [false; LANES],
            fresh: Words::ZERO,
            released: Words::ZERO,
            ended: Words::ZERO,
            seeds: [0; LANES],
            note: Lanes::splat(48.0),
            wanted_note: Lanes::splat(48.0),
            glide: Lanes::ZERO,
            bend: Lanes::ZERO,
            bends: (i64::MIN, Lanes::ZERO, [Lanes::ZERO; TICKS]),
            velocity: Lanes::ONE,
            dur: Lanes::ZERO,
            beat: Lanes::splat(0.5),
            parameters: program.defaults.iter().map(|value| Lanes::splat(*value)).collect(),
            envelope: [Lanes::splat(-1.0); 4],
            moving: 0,
            given: Given::default(),
            all: Vec::new(),
            quiet: [0; LANES],
            frame: 0,
            loudness: Lanes::ZERO,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.live.contains(&true)
    }

    /// Begins a note in a lane.
    pub(super) fn start(&mut self, program: &Program, lane: usize, onset: &Onset<'_>) {
        let at = lane & (LANES - 1);
        for row in self.state.iter_mut().chain(&mut self.heard) {
            row.0[at] = 0.0;
        }
        self.live[at] = true;
        self.fresh.0[at] = u32::MAX;
        self.released.0[at] = 0;
        self.ended.0[at] = 0;
        self.age.0[at] = 0;
        self.quiet[at] = 0;
        self.seeds[at] = onset.seed;
        self.note.0[at] = tame(onset.from.unwrap_or(onset.note), -60.0, 200.0);
        self.glide.0[at] = 0.0;
        self.set_bends(at, &Bends::none(self.bends.0));
        self.bend.0[at] = 0.0;
        self.wanted_note.0[at] = self.note.0[at];
        self.velocity.0[at] = tame(onset.velocity, 0.0, 8.0);
        self.dur.0[at] = tame(onset.dur, 0.0, 1e5);
        self.beat.0[at] = tame(onset.beat, 1e-3, 1e3);
        for (i, (row, default)) in self.parameters.iter_mut().zip(&program.defaults).enumerate() {
            let given = onset.parameters.get(i).copied().flatten().filter(|value| value.is_finite());
            row.0[at] = given.unwrap_or(*default);
        }
        for (row, given) in self.envelope.iter_mut().zip(onset.envelope) {
            row.0[at] = given.map_or(-1.0, |value| tame(value, 0.0, 100.0));
        }
        if onset.from.is_some() {
            self.move_note(program, lane, onset.note);
        }
    }

    /// Moves the pitch, over the program's glide.
    pub(super) fn move_note(&mut self, program: &Program, lane: usize, note: f32) {
        let at = lane & (LANES - 1);
        let note = tame(note, -60.0, 200.0);
        // Without a glide it is there within a millisecond or so.
        let ticks = (program.glide * program.rate / TICK as f32).max(4.0);
        self.wanted_note.0[at] = note;
        self.glide.0[at] = (note - self.note.0[at]) / ticks;
        self.moving = self.moving.max(ticks as u32 + 4);
    }

    /// Where the pitch goes beside the note.
    pub(super) fn bend(&mut self, lane: usize, bends: &Bends) {
        self.bends.0 = bends.frame;
        self.set_bends(lane & (LANES - 1), bends);
        self.moving = self.moving.max(TICKS as u32 + 2);
    }

    fn set_bends(&mut self, at: usize, bends: &Bends) {
        self.bends.1.0[at] = bends.first;
        for (row, end) in self.bends.2.iter_mut().zip(bends.ends) {
            row.0[at] = end;
        }
    }

    /// Bends some lanes as at the first frame of a stretch that begins at `frame`, or at the end of the tick in which
    /// `now` lies.
    pub(super) fn follow_bends(&mut self, mask: Words, frame: i64, now: Option<i64>) {
        let (from, first, ends) = &self.bends;
        if *from != frame {
            return;
        }
        let tick = now.map(|now| now.div_euclid(TICK as i64) - frame.div_euclid(TICK as i64));
        let wanted = tick.map_or(Some(first), |tick| ends.get(usize::try_from(tick).ok()?));
        if let Some(wanted) = wanted {
            self.bend = mask.select(*wanted, self.bend);
        }
    }

    /// Takes new values while it sounds.
    pub(super) fn live_parameter(&mut self, lane: usize, index: usize, value: f32) {
        if let Some(row) = self.parameters.get_mut(index)
            && value.is_finite()
        {
            row.0[lane & (LANES - 1)] = value;
            self.moving = self.moving.max(GLIDE_TICKS);
        }
    }

    /// Note-off.
    pub(super) fn release(&mut self, lane: usize) {
        self.released.0[lane & (LANES - 1)] = u32::MAX;
        self.moving = self.moving.max(2);
    }

    /// The lane is free again.
    pub(super) fn end(&mut self, lane: usize) {
        let at = lane & (LANES - 1);
        self.live[at] = false;
        self.fresh.0[at] = 0;
        for row in &mut self.state {
            row.0[at] = 0.0;
        }
    }

    /// Where the plane of a batch's tick begins.
    #[inline(always)]
    pub(super) fn plane_of(&self, tick: usize) -> usize {
        tick * (self.slow.len() / BATCH)
    }

    /// Has what moves only with the note in every plane as it stands now.
    #[inline(always)]
    pub(super) fn spread(&mut self, program: &Program) {
        if std::mem::replace(&mut self.is_spread, true) {
            return;
        }
        for register in program.event.iter().map(|operation| usize::from(operation.to)) {
            let value = self.slow[self.plane + register];
            for tick in 0..BATCH {
                let plane = self.plane_of(tick);
                self.slow[plane + register] = value;
            }
        }
    }

    /// Goes on in the plane of a batch's tick: slow values are there as they were.
    #[inline(always)]
    pub(super) fn turn_to(&mut self, program: &Program, tick: usize) {
        let plane = self.plane_of(tick);
        if plane == self.plane {
            return;
        }
        // Constants stand in every plane.
        for operation in program.event.iter().chain(&program.slow) {
            let register = usize::from(operation.to);
            self.slow[plane + register] = self.slow[self.plane + register];
        }
        self.plane = plane;
    }

    /// One tick of what moves pitches.
    #[inline(always)]
    pub(super) fn glide(&mut self) {
        for lane in 0..LANES {
            let (now, wanted, step) = (self.note.0[lane], self.wanted_note.0[lane], self.glide.0[lane]);
            let next = now + step;
            let arrived = step == 0.0 || (step > 0.0 && next >= wanted) || (step < 0.0 && next <= wanted);
            self.note.0[lane] = if arrived { wanted } else { next };
            if arrived {
                self.glide.0[lane] = 0.0;
            }
        }
    }

    /// Lanes that sound, as a mask: what others calculate is heard by nobody.
    #[inline(always)]
    pub(super) fn sounding(&self) -> Words {
        Words::from_fn(|lane| if self.live[lane] { u32::MAX } else { 0 })
    }

    /// What it gave in stretch `nth` of an errand is put by.
    pub(super) fn put_by(&mut self, nth: usize) {
        if self.all.len() <= nth {
            self.all.resize_with(nth + 1, Given::default);
        }
        self.given.live = self.live;
        std::mem::swap(&mut self.given, &mut self.all[nth]);
    }

    /// Counts frames.
    #[inline(always)]
    pub(super) fn advance(&mut self, frames: usize) {
        self.clock = self.clock.wrapping_add(frames as u32);
        for age in &mut self.age.0 {
            *age = (*age + frames as u32).min(OLDEST);
        }
    }
}

/// Within its range; the lowest where it is no number.
fn tame(value: f32, low: f32, high: f32) -> f32 {
    if value.is_nan() { low } else { value.clamp(low, high) }
}
