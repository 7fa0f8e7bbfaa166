//! All voices of one program: its groups, and who sits where.
//!
//! Invariant: a lane belongs to one voice from its onset until the voice leaves; groups without a voice do not run.

use crate::dsp::BLOCK;
use crate::dsp::lanes::{LANES, Lanes, transpose};

use super::group::{self, Group};
use super::oscillators::Wavetable;
use super::program::Program;
use super::rows::Register;
use super::run::Stretch;

pub(in crate::engine) use super::group::Onset;

/// Under −100 dBFS nothing is heard.
const SILENCE: f32 = 1e-5;

/// The voices of a program.
#[derive(Debug)]
pub(in crate::engine) struct Ensemble {
    program: Program,
    groups: Vec<Group>,
    free: Vec<u16>,
    fast: Vec<Register>,
    spare: [Register; 2],
    files: Vec<Wavetable>,
    /// The pitch of the last note, from which the next may glide.
    last: Option<f32>,
    /// Up to which frame all groups have run.
    until: i64,
}

impl Ensemble {
    /// With room for `voices`.
    pub(in crate::engine) fn new(program: Program, files: Vec<Wavetable>, voices: usize) -> Ensemble {
        // Built here, so that no callback does.
        let _ = (super::waves::Waves::shared(), super::sync::steps(), crate::dsp::oversample::phases());
        let _ = crate::dsp::lanes::instructions();
        let count = voices.div_ceil(LANES).max(1);
        let groups: Vec<Group> = (0..count).map(|_| Group::new(&program)).collect();
        let free = (0..(count * LANES) as u16).collect();
        let fast = group::registers(&program);
        let spare = [Box::new([Lanes::ZERO; crate::dsp::TICK]), Box::new([Lanes::ZERO; crate::dsp::TICK])];
        Ensemble { program, groups, free, fast, spare, files, last: None, until: i64::MIN }
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
        self.groups.get_mut(group)?.start(&self.program, lane, onset);
        Some(seat)
    }

    /// The pitch of the last note.
    pub(in crate::engine) fn last(&self) -> Option<f32> {
        self.last
    }

    /// Note-off.
    pub(in crate::engine) fn release(&mut self, seat: u16) {
        let (group, lane) = place(seat);
        if let Some(group) = self.groups.get_mut(group) {
            group.release(lane);
        }
    }

    /// A parameter moves while the note sounds.
    pub(in crate::engine) fn move_parameter(&mut self, seat: u16, index: usize, value: f32) {
        let (group, lane) = place(seat);
        if let Some(group) = self.groups.get_mut(group) {
            group.live_parameter(lane, index, value);
        }
    }

    /// The pitch moves while the note sounds, over the program's glide.
    pub(in crate::engine) fn move_note(&mut self, seat: u16, note: f32) {
        let (group, lane) = place(seat);
        self.last = Some(note);
        if let Some(group) = self.groups.get_mut(group) {
            group.move_note(&self.program, lane, note);
        }
    }

    /// The voice leaves its seat.
    pub(in crate::engine) fn leave(&mut self, seat: u16) {
        let (group, lane) = place(seat);
        if let Some(group) = self.groups.get_mut(group)
            && group.live[lane]
        {
            group.end(lane);
            self.free.push(seat);
        }
    }

    /// Computes the next frames of all groups, once for each `frame`.
    pub(in crate::engine) fn render(&mut self, frame: i64, frames: usize) {
        let until = frame + frames as i64;
        if self.until == until {
            return;
        }
        self.until = until;
        let frames = frames.min(BLOCK);
        for group in &mut self.groups {
            if group.is_idle() {
                continue;
            }
            let stereo = self.program.stereo;
            Stretch {
                program: &self.program,
                group: &mut *group,
                fast: &mut self.fast,
                spare: &mut self.spare,
                files: &self.files,
                fed: None,
                frame,
                frames,
            }
            .run();
            transpose(&group.left[..], &mut group.out_left);
            if stereo {
                transpose(&group.right[..], &mut group.out_right);
            }
            group.listen(frames, stereo);
        }
    }

    /// Runs one lane over a block in place: an effect.
    pub(in crate::engine) fn pass(&mut self, frame: i64, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        let Some(group) = self.groups.first_mut() else { return };
        Stretch {
            program: &self.program,
            group: &mut *group,
            fast: &mut self.fast,
            spare: &mut self.spare,
            files: &self.files,
            fed: Some((left, right)),
            frame,
            frames,
        }
        .run();
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).take(frames).enumerate() {
            *l = group.left[i].0[0];
            *r = if self.program.stereo { group.right[i].0[0] } else { *l };
        }
    }

    /// What a seat gave in the last render.
    pub(in crate::engine) fn sound(&self, seat: u16) -> Option<(&[f32; BLOCK], &[f32; BLOCK])> {
        let (group, lane) = place(seat);
        let group = self.groups.get(group)?;
        let left = group.out_left.get(lane)?;
        Some((left, if self.program.stereo { group.out_right.get(lane)? } else { left }))
    }

    /// The level of a seat's own envelope.
    pub(in crate::engine) fn loudness(&self, seat: u16) -> f32 {
        let (group, lane) = place(seat);
        self.groups.get(group).map_or(0.0, |group| group.loudness.0[lane])
    }

    /// Whether a seat has been let go, or all its envelopes are over, and nothing is heard any more.
    pub(in crate::engine) fn is_over(&self, seat: u16) -> bool {
        let (group, lane) = place(seat);
        self.groups.get(group).is_none_or(|group| {
            (group.released.0[lane] | group.ended.0[lane]) != 0 && group.quiet[lane] >= self.program.patience
        })
    }
}

impl Group {
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
            let right = if stereo { heard(&self.out_right[lane]) } else { None };
            self.quiet[lane] = match heard(&self.out_left[lane]).max(right) {
                Some(last) => (frames - 1 - last) as u32,
                None => self.quiet[lane].saturating_add(frames as u32),
            };
        }
    }
}

fn place(seat: u16) -> (usize, usize) {
    (usize::from(seat) / LANES, usize::from(seat) % LANES)
}
