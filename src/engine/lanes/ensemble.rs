//! All voices of one program: its groups, and who sits where.
//!
//! Invariant: a lane belongs to one voice from its onset until the voice leaves; groups without a voice do not run.

use std::sync::Arc;

use crate::dsp::BLOCK;
use crate::dsp::lanes::LANES;

use super::crew::{Crew, Errand};
use super::group::{Bends, Given, Group};
use super::oscillators::Wavetable;
use super::program::Program;
use super::span::{Scratch, Span};

pub(in crate::engine) use super::group::Onset;

/// The voices of a program.
#[derive(Debug)]
pub(in crate::engine) struct Ensemble {
    program: Arc<Program>,
    /// A group is away while a crew's thread runs it.
    groups: Vec<Option<Box<Group>>>,
    free: Vec<u16>,
    scratch: [Scratch; 2],
    files: Arc<[Wavetable]>,
    /// The pitch of the last note, from which the next may glide.
    last: Option<f32>,
    /// Up to which frame all groups have run.
    until: i64,
    /// Whether those that were not sent out are still to run.
    rest: bool,
    /// What groups gave in each stretch of the last errands, while a crew has them run on; empty without a crew.
    kept: Vec<Vec<Given>>,
    kept_until: i64,
    /// The stretch of those errands that is asked for.
    nth: usize,
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
        let mut scratch = [Scratch::default(), Scratch::default()];
        for scratch in &mut scratch {
            scratch.fit(&program);
        }
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
            nth: 0,
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
        self.run_here(frame, frames, false);
    }

    /// Runs the groups that are at home, two by two; over one stretch, or over `all` of an errand.
    fn run_here(&mut self, frame: i64, frames: usize, all: bool) {
        let Ensemble { groups, program, files, scratch, .. } = self;
        let mut groups = groups.iter_mut().flatten().filter(|group| !group.is_idle());
        while let Some(group) = groups.next() {
            let other = groups.next().map(Box::as_mut);
            let span = Span { program, files, frame, frames };
            if all {
                span.render_all(group, other, scratch);
            } else {
                span.render(group, other, scratch);
            }
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
        if std::mem::take(&mut self.rest) {
            self.run_here(frame, frames, true);
        }
    }

    /// A group comes back; what it gave may be asked for once it is kept.
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
        self.kept.resize_with(self.groups.len(), Vec::new);
        for (group, kept) in self.groups.iter_mut().zip(&mut self.kept) {
            if let Some(group) = group {
                std::mem::swap(&mut group.all, kept);
            }
        }
        self.nth = usize::MAX;
    }

    /// What is asked for from now on is of stretch `nth` of what was kept.
    pub(in crate::engine) fn turn_to(&mut self, nth: usize) {
        if std::mem::replace(&mut self.nth, nth) != nth {
            self.kept.iter().filter_map(|given| given.get(nth)).for_each(Given::touch);
        }
    }

    /// Runs one lane over a block in place: an effect.
    pub(in crate::engine) fn pass(&mut self, frame: i64, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let Some(Some(group)) = self.groups.first_mut() else { return };
        let stereo = self.program.stereo;
        let span = Span { program: &self.program, files: &self.files, frame, frames };
        span.stretch(group, Some((left, right)), &mut self.scratch[0]).run();
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
        match self.kept.get(at) {
            Some(given) => given.get(self.nth),
            None => Some(&self.groups.get(at)?.as_deref()?.given),
        }
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

fn place(seat: u16) -> (usize, usize) {
    (usize::from(seat) / LANES, usize::from(seat) % LANES)
}
