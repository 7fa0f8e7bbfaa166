//! All voices of one program: its groups, and who sits where.
//!
//! Invariant: a lane belongs to one voice from its onset until the voice leaves; groups without a voice do not run.

use std::sync::Arc;

use crate::dsp::lanes::{LANES, Lanes};
use crate::dsp::{BLOCK, TICK};

use super::crew::{Crew, Errand};
use super::edges::{self, Drawings};
use super::group::{Bends, Given, Group};
use super::oscillators::Wavetable;
use super::program::Program;
use super::rows::{BATCH, Register, Rows};
use super::run::Stretch;

pub(in crate::engine) use super::group::Onset;

/// Under −100 dBFS nothing is heard.
const SILENCE: f32 = 1e-5;

/// The voices of a program.
#[derive(Debug)]
pub(in crate::engine) struct Ensemble {
    program: Arc<Program>,
    /// A group is away while a crew's thread runs it.
    groups: Vec<Option<Box<Group>>>,
    free: Vec<u16>,
    scratch: Scratch,
    files: Arc<[Wavetable]>,
    /// The pitch of the last note, from which the next may glide.
    last: Option<f32>,
    /// Up to which frame all groups have run.
    until: i64,
    /// Whether those that were not sent out are still to run.
    rest: bool,
    /// What groups gave, while a crew has them run on; empty without a crew.
    kept: Vec<Given>,
    kept_until: i64,
    /// Seats that were left while their group was away.
    left: Vec<u16>,
}

impl Ensemble {
    /// With room for `voices`.
    pub(in crate::engine) fn new(program: Program, files: Vec<Wavetable>, voices: usize) -> Ensemble {
        // Built here, so that no callback does.
        let _ = (
            super::waves::Waves::shared(),
            super::edges::Edges::shared(),
            super::sync::steps(),
            crate::dsp::oversample::rows(program.times),
        );
        let _ = crate::dsp::lanes::instructions();
        let count = voices.div_ceil(LANES).max(1);
        let groups = (0..count).map(|_| Some(Box::new(Group::new(&program)))).collect();
        let free = (0..(count * LANES) as u16).collect();
        let mut scratch = Scratch::default();
        scratch.fit(&program);
        Ensemble {
            program: Arc::new(program),
            groups,
            free,
            scratch,
            files: files.into(),
            last: None,
            until: i64::MIN,
            rest: false,
            kept: Vec::new(),
            kept_until: i64::MIN,
            left: Vec::new(),
        }
    }

    /// What they play.
    pub(in crate::engine) fn program(&self) -> &Program {
        &self.program
    }

    /// Whether no voice more has room.
    pub(in crate::engine) fn is_full(&self) -> bool {
        self.free.is_empty()
    }

    /// A note takes a seat: its number, if there is one.
    pub(in crate::engine) fn start(&mut self, onset: &Onset<'_>) -> Option<u16> {
        // The lowest, so that few groups run.
        let lowest = self.free.iter().enumerate().min_by_key(|(_, seat)| **seat)?.0;
        let seat = self.free.swap_remove(lowest);
        self.last = Some(onset.note);
        let (group, lane) = place(seat);
        self.groups.get_mut(group)?.as_mut()?.start(&self.program, lane, onset);
        Some(seat)
    }

    /// The pitch of the last note.
    pub(in crate::engine) fn last(&self) -> Option<f32> {
        self.last
    }

    /// Note-off.
    pub(in crate::engine) fn release(&mut self, seat: u16) {
        let (group, lane) = place(seat);
        if let Some(Some(group)) = self.groups.get_mut(group) {
            group.release(lane);
        }
    }

    /// A parameter moves while the note sounds.
    pub(in crate::engine) fn move_parameter(&mut self, seat: u16, index: usize, value: f32) {
        let (group, lane) = place(seat);
        if let Some(Some(group)) = self.groups.get_mut(group) {
            group.live_parameter(lane, index, value);
        }
    }

    /// The pitch moves while the note sounds, over the program's glide.
    pub(in crate::engine) fn move_note(&mut self, seat: u16, note: f32) {
        let (group, lane) = place(seat);
        self.last = Some(note);
        if let Some(Some(group)) = self.groups.get_mut(group) {
            group.move_note(&self.program, lane, note);
        }
    }

    /// Where the pitch goes beside the note, in the frames that are computed next.
    pub(in crate::engine) fn bend(&mut self, seat: u16, bends: &Bends) {
        let (group, lane) = place(seat);
        if let Some(Some(group)) = self.groups.get_mut(group) {
            group.bend(lane, bends);
        }
    }

    /// The voice leaves its seat.
    pub(in crate::engine) fn leave(&mut self, seat: u16) {
        let (group, lane) = place(seat);
        match self.groups.get_mut(group) {
            Some(Some(group)) if group.live[lane] => {
                group.end(lane);
                self.free.push(seat);
            }
            // Only a crew's groups are ever away.
            Some(None) => self.left.push(seat),
            _ => {}
        }
    }

    /// Whether the next frames are still to be computed; asked once for each `frame`.
    fn begins(&mut self, frame: i64, frames: usize) -> bool {
        let until = frame + frames as i64;
        std::mem::replace(&mut self.until, until) != until
    }

    /// Computes the next frames of all groups, once for each `frame`.
    pub(in crate::engine) fn render(&mut self, frame: i64, frames: usize) {
        if !self.begins(frame, frames) {
            return;
        }
        for group in self.groups.iter_mut().flatten().filter(|group| !group.is_idle()) {
            group.render(&self.program, &self.files, &mut self.scratch, frame, frames);
        }
    }

    /// The same with others' help: the groups are away until the crew has gathered them. `slot` is where it stands.
    pub(in crate::engine) fn send_out(&mut self, slot: u16, frame: i64, frames: usize, crew: &mut Crew) {
        if !self.begins(frame, frames) {
            return;
        }
        self.rest = true;
        for (at, place) in self.groups.iter_mut().enumerate() {
            let Some(group) = place.take_if(|group| !group.is_idle()) else { continue };
            let (program, files) = (Arc::clone(&self.program), Arc::clone(&self.files));
            let errand = Errand { home: (slot, at), group, program, files, frame, frames };
            *place = crew.send(errand).map(|errand| errand.group);
        }
    }

    /// Computes the frames of the groups that were not sent out; before any comes back.
    pub(in crate::engine) fn run_rest(&mut self, frame: i64, frames: usize) {
        if !std::mem::take(&mut self.rest) {
            return;
        }
        for group in self.groups.iter_mut().flatten().filter(|group| !group.is_idle()) {
            group.render(&self.program, &self.files, &mut self.scratch, frame, frames);
        }
    }

    /// A group comes back; what it gave may be asked for until the next one comes back.
    pub(in crate::engine) fn take_back(&mut self, errand: Errand) {
        let at = errand.home.1;
        let Some(place) = self.groups.get_mut(at) else { return };
        let group = place.insert(errand.group);
        let free = &mut self.free;
        self.left.retain(|seat| {
            let (there, lane) = self::place(*seat);
            if there == at {
                group.end(lane);
                free.push(*seat);
            }
            there != at
        });
    }

    /// All groups are at home: what they gave up to a frame is kept, so that they may run on.
    pub(in crate::engine) fn keep(&mut self, until: i64) {
        if std::mem::replace(&mut self.kept_until, until) == until {
            return;
        }
        self.kept.resize_with(self.groups.len(), Given::default);
        for (group, kept) in self.groups.iter_mut().zip(&mut self.kept) {
            if let Some(group) = group {
                std::mem::swap(&mut group.given, kept);
            }
        }
    }

    /// Runs one lane over a block in place: an effect.
    pub(in crate::engine) fn pass(&mut self, frame: i64, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let Some(Some(group)) = self.groups.first_mut() else { return };
        let stereo = self.program.stereo;
        group.stretch(&self.program, &self.files, &mut self.scratch, Some((left, right)), frame, frames);
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).take(frames).enumerate() {
            *l = group.given.left[0][i];
            *r = if stereo { group.given.right[0][i] } else { *l };
        }
    }

    /// What a seat gave in the last render.
    pub(in crate::engine) fn sound(&self, seat: u16) -> Option<(&[f32; BLOCK], &[f32; BLOCK])> {
        let (group, lane) = place(seat);
        let given = self.given(group)?;
        let left = given.left.get(lane)?;
        Some((left, if self.program.stereo { given.right.get(lane)? } else { left }))
    }

    fn given(&self, at: usize) -> Option<&Given> {
        self.kept.get(at).or_else(|| Some(&self.groups.get(at)?.as_deref()?.given))
    }

    /// The level of a seat's own envelope.
    pub(in crate::engine) fn loudness(&self, seat: u16) -> f32 {
        let (group, lane) = place(seat);
        self.given(group).map_or(0.0, |given| given.loudness[lane])
    }

    /// Whether a seat has been let go, or all its envelopes are over, and nothing is heard any more.
    pub(in crate::engine) fn is_over(&self, seat: u16) -> bool {
        let (group, lane) = place(seat);
        self.given(group).is_none_or(|given| given.over[lane])
    }
}

/// The fast registers that a group writes and reads within a piece; whoever runs groups has one for all of them.
#[derive(Debug)]
pub(super) struct Scratch {
    fast: Vec<Register>,
    spare: [Register; 2],
    rooms: Box<[Rows; 3]>,
    drawings: Box<Drawings>,
}

impl Default for Scratch {
    fn default() -> Scratch {
        let register = || Box::new([[Lanes::ZERO; TICK]; BATCH]);
        Scratch {
            fast: Vec::new(),
            spare: [register(), register()],
            rooms: Box::new([[Lanes::ZERO; TICK]; 3]),
            drawings: Box::new(edges::EMPTY),
        }
    }
}

impl Scratch {
    /// Has as many registers as the program needs.
    fn fit(&mut self, program: &Program) {
        while self.fast.len() <= program.registers {
            self.fast.push(Box::new([[Lanes::ZERO; TICK]; BATCH]));
        }
    }
}

impl Group {
    /// Computes the next frames, lane by lane.
    pub(super) fn render(
        &mut self,
        program: &Program,
        files: &[Wavetable],
        scratch: &mut Scratch,
        frame: i64,
        frames: usize,
    ) {
        let frames = frames.min(BLOCK);
        scratch.fit(program);
        self.stretch(program, files, scratch, None, frame, frames);
        self.listen(frames, program.stereo);
        self.given.loudness = self.loudness.0;
        let may = self.released | self.ended;
        self.given.over = std::array::from_fn(|lane| {
            let is_cut_off = program.cut_off && self.ended.0[lane] != 0;
            is_cut_off || (may.0[lane] != 0 && self.quiet[lane] >= program.patience)
        });
    }

    /// Brings what it gave into this thread's cache, before it is needed.
    pub(super) fn touch(&self) {
        for side in [&self.given.left, &self.given.right] {
            for lane in side.iter().zip(self.live).filter_map(|(lane, live)| live.then_some(lane)) {
                lane.iter().step_by(16).for_each(|x| {
                    std::hint::black_box(*x);
                });
            }
        }
    }

    fn stretch(
        &mut self,
        program: &Program,
        files: &[Wavetable],
        scratch: &mut Scratch,
        fed: Option<(&[f32], &[f32])>,
        frame: i64,
        frames: usize,
    ) {
        let Scratch { fast, spare, rooms, drawings } = scratch;
        Stretch { program, group: self, fast, spare, rooms, drawings, files, fed, frame, frames }.run();
    }

    /// Counts how long lanes that may be over have not been heard.
    fn listen(&mut self, frames: usize, stereo: bool) {
        let maybe = self.released | self.ended;
        if !maybe.any() {
            return;
        }
        for lane in 0..LANES {
            if !self.live[lane] || maybe.0[lane] == 0 {
                self.quiet[lane] = 0;
                continue;
            }
            let heard = |side: &[f32; BLOCK]| side[..frames].iter().rposition(|x| x.abs() >= SILENCE);
            let right = if stereo { heard(&self.given.right[lane]) } else { None };
            self.quiet[lane] = match heard(&self.given.left[lane]).max(right) {
                Some(last) => (frames - 1 - last) as u32,
                None => self.quiet[lane].saturating_add(frames as u32),
            };
        }
    }
}

fn place(seat: u16) -> (usize, usize) {
    (usize::from(seat) / LANES, usize::from(seat) % LANES)
}
