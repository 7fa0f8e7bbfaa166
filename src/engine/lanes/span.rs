//! The next frames of one group, or of two side by side; and the room that is needed for it.
//!
//! Invariant: what two groups give side by side is what each gives alone.

use crate::dsp::lanes::{LANES, Lanes};
use crate::dsp::{BLOCK, TICK};

use super::edges::{self, Drawings};
use super::group::Group;
use super::oscillators::Wavetable;
use super::program::Program;
use super::rows::{BATCH, Register, Rows};
use super::run::Stretch;

/// Under −100 dBFS nothing is heard.
const SILENCE: f32 = 1e-5;

/// The fast registers that a group writes and reads within a piece; whoever runs groups has two, for two groups at once.
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
    pub(super) fn fit(&mut self, program: &Program) {
        while self.fast.len() <= program.registers {
            self.fast.push(Box::new([[Lanes::ZERO; TICK]; BATCH]));
        }
    }
}

/// The frames that groups of a program compute next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    pub(super) program: &'a Program,
    pub(super) files: &'a [Wavetable],
    pub(super) frame: i64,
    /// At most a block in one stretch.
    pub(super) frames: usize,
}

impl<'a> Span<'a> {
    /// Computes them, lane by lane.
    pub(super) fn render(self, one: &mut Group, other: Option<&mut Group>, scratch: &mut [Scratch; 2]) {
        let span = Span { frames: self.frames.min(BLOCK), ..self };
        let [first, second] = scratch;
        first.fit(span.program);
        match other {
            Some(other) => {
                second.fit(span.program);
                Stretch::run_both(span.stretch(one, None, first), span.stretch(other, None, second));
                other.listen(span);
            }
            None => span.stretch(one, None, first).run(),
        }
        one.listen(span);
    }

    /// Computes them stretch by stretch, each up to an absolute multiple of a block; what each gives is put by.
    pub(super) fn render_all(self, one: &mut Group, mut other: Option<&mut Group>, scratch: &mut [Scratch; 2]) {
        let (mut at, mut nth) = (0, 0);
        while at < self.frames {
            let frame = self.frame + at as i64;
            let rest = BLOCK - frame.rem_euclid(BLOCK as i64) as usize;
            let frames = rest.min(self.frames - at);
            Span { frame, frames, ..self }.render(one, other.as_deref_mut(), scratch);
            one.put_by(nth);
            if let Some(other) = &mut other {
                other.put_by(nth);
            }
            at += frames;
            nth += 1;
        }
    }

    /// What computes them for one group; `fed` is what an effect is fed.
    pub(super) fn stretch(
        self,
        group: &'a mut Group,
        fed: Option<(&'a [f32], &'a [f32])>,
        scratch: &'a mut Scratch,
    ) -> Stretch<'a> {
        let Span { program, files, frame, frames } = self;
        let Scratch { fast, spare, rooms, drawings } = scratch;
        Stretch { program, group, fast, spare, rooms, drawings, files, fed, frame, frames }
    }
}

impl Group {
    /// Finds how loud its lanes are, and which of them are over.
    fn listen(&mut self, span: Span<'_>) {
        let program = span.program;
        self.count_silence(span.frames, program.stereo);
        self.given.loudness = self.loudness.0;
        let may = self.released | self.ended;
        self.given.over = std::array::from_fn(|lane| {
            let is_cut_off = program.cut_off && self.ended.0[lane] != 0;
            is_cut_off || (may.0[lane] != 0 && self.quiet[lane] >= program.patience)
        });
    }

    /// Counts how long lanes that may be over have not been heard.
    fn count_silence(&mut self, frames: usize, stereo: bool) {
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
