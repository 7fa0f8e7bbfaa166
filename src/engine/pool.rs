//! The voices: who sounds, and who makes way.
//!
//! Invariant: voices are summed in the order in which they began, so a strip's bits do not depend on which places of
//! the pool its voices got. A voice that makes way fades.

use super::source::Shared;
use super::values::{Bounds, Values};
use super::voice::Voice;

/// Places for voices that fade, over those that sound.
const SPARE: usize = 64;

/// All voices.
#[derive(Debug)]
pub(super) struct Pool {
    voices: Vec<Voice>,
    /// Those that sound, the oldest first.
    active: Vec<u16>,
    free: Vec<u16>,
    limit: usize,
}

impl Pool {
    pub(super) fn new(limit: usize, bounds: &Bounds, shared: &Shared) -> Pool {
        let limit = limit.clamp(1, usize::from(u16::MAX) - SPARE);
        let values = Values::new(bounds, &[]);
        let count = limit + SPARE;
        Pool {
            voices: (0..count).map(|_| Voice::new(shared.rate, values)).collect(),
            active: Vec::with_capacity(count),
            free: (0..count as u16).rev().collect(),
            limit,
        }
    }

    /// How many sound and do not fade away.
    pub(super) fn sounding(&self) -> usize {
        self.iter().filter(|voice| !voice.dying).count()
    }

    /// Those that sound, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Voice> {
        self.active.iter().map(|at| &self.voices[usize::from(*at)])
    }

    /// The same, to be changed.
    pub(super) fn each(&mut self, mut change: impl FnMut(&mut Voice)) {
        for at in &self.active {
            change(&mut self.voices[usize::from(*at)]);
        }
    }

    /// Whoever makes way for a new voice: of those that `which` names, the released before the held, the quieter
    /// before the louder, the older before the newer.
    fn victim(&mut self, which: impl Fn(&Voice) -> bool) -> Option<&mut Voice> {
        let mut best: Option<(bool, f32, u16)> = None;
        for at in &self.active {
            let voice = &self.voices[usize::from(*at)];
            if voice.dying || !which(voice) {
                continue;
            }
            let (held, loudness) = (!voice.released(), voice.loudness());
            if best.is_none_or(|(other, least, _)| (!held && other) || (held == other && loudness < least)) {
                best = Some((held, loudness, *at));
            }
        }
        best.map(|(_, _, at)| &mut self.voices[usize::from(at)])
    }

    /// A place for a voice of a program that allows `most` at once. `fade` is called on whoever makes way.
    pub(super) fn place(&mut self, program: u32, most: usize, mut fade: impl FnMut(&mut Voice)) -> &mut Voice {
        let own = self.iter().filter(|voice| !voice.dying && voice.program == program).count();
        if own >= most.max(1)
            && let Some(voice) = self.victim(|voice| voice.program == program)
        {
            fade(voice);
        }
        if self.sounding() >= self.limit
            && let Some(voice) = self.victim(|_| true)
        {
            fade(voice);
        }
        let at = self.free.pop().unwrap_or_else(|| self.reclaim());
        self.active.push(at);
        &mut self.voices[usize::from(at)]
    }

    /// More voices were taken away within one fade than there are spare places: the quietest of them is cut.
    fn reclaim(&mut self) -> u16 {
        let voices = &self.voices;
        let quietest = (0..self.active.len()).min_by(|a, b| {
            let of = |index: &usize| {
                let voice = &voices[usize::from(self.active[*index])];
                (!voice.dying, voice.loudness())
            };
            of(a).partial_cmp(&of(b)).unwrap_or(std::cmp::Ordering::Equal)
        });
        quietest.map_or(0, |index| self.active.remove(index))
    }

    /// The quantum is over: those that are silent for good leave.
    pub(super) fn finish_quantum(&mut self) {
        let (voices, free) = (&mut self.voices, &mut self.free);
        self.active.retain(|at| {
            let goes_on = voices[usize::from(*at)].finish_quantum();
            if !goes_on {
                free.push(*at);
            }
            goes_on
        });
    }

    /// All are silent at once.
    pub(super) fn clear(&mut self, which: impl Fn(&Voice) -> bool) {
        let (voices, free) = (&self.voices, &mut self.free);
        self.active.retain(|at| {
            if which(&voices[usize::from(*at)]) {
                free.push(*at);
                false
            } else {
                true
            }
        });
    }
}
