//! The voices: starting, stealing, choking, releasing, adding up.
//!
//! A program has as many voices as its limit; a note beyond steals the quietest released voice, else the quietest. The
//! stolen voice fades in a spare lane while the new one starts. Who is stolen is decided by the order of events
//! and by envelopes, which no block size changes.
//!
//! Invariant: `active` stands in the order of onsets, and voices are added to their strips in that order.

mod graphs;

use crate::base::control::slot;
use crate::base::event::{Event, SlotValue};
use crate::base::graph::MOST_PARAMETERS;
use crate::base::quality::Quality;
use crate::dsp::BLOCK;
use crate::dsp::lanes::{Kernel, Vector, dispatch};
use crate::dsp::smooth::Smooth;

use super::lanes::{Crew, Dropped, Ensemble, Seat};
use super::meters::{Meters, count};
use super::program::{ProgramNode, Sound};
use super::rig::Rig;
use super::strip::StripNode;
use super::values::{MOST_SENDS, Values};
use super::voice::{FADE, Voice};
use graphs::Course;

/// The arenas that voices read and write.
#[derive(Debug)]
pub(super) struct Arenas {
    pub(super) programs: Vec<Option<Box<ProgramNode>>>,
    pub(super) strips: Vec<Option<Box<StripNode>>>,
}

impl Arenas {
    pub(super) fn strip(&mut self, slot: u16) -> Option<&mut StripNode> {
        self.strips.get_mut(usize::from(slot))?.as_deref_mut()
    }

    fn program(&mut self, slot: u16) -> Option<&mut ProgramNode> {
        self.programs.get_mut(usize::from(slot))?.as_deref_mut()
    }

    fn ensemble(&mut self, slot: u16) -> Option<&mut Ensemble> {
        match &mut self.program(slot)?.sound {
            Sound::Graph(ensemble) => Some(ensemble),
            Sound::Wave(_) | Sound::Sample(..) => None,
        }
    }
}

/// All voices.
#[derive(Debug)]
pub(super) struct Pool {
    voices: Vec<Voice>,
    active: Vec<u16>,
    free: Vec<u16>,
    most: usize,
    rate: f32,
    /// Whether releases are cut short.
    pub(super) relieved: bool,
    /// Who helps a render; nobody helps the callback.
    crew: Option<Crew>,
    course: Course,
}

impl Pool {
    /// With `most` voices and a quarter more that only fade.
    pub(super) fn new(most: usize, rate: f32, quality: Quality, threads: usize) -> Pool {
        let most = most.clamp(1, 16_384);
        let all = most + (most / 4).max(16);
        Pool {
            voices: (0..all).map(|_| Voice::new(rate, quality)).collect(),
            active: Vec::with_capacity(all),
            free: (0..all as u16).rev().collect(),
            most,
            rate,
            relieved: false,
            crew: if threads > 1 { Crew::new(threads) } else { None },
            course: Course::default(),
        }
    }

    /// How many sound.
    pub(super) fn sounding(&self) -> usize {
        self.active.len()
    }

    /// Begins a note at `frame`.
    pub(super) fn start(
        &mut self,
        event: &Event,
        given: &[SlotValue],
        frame: i64,
        rig: &Rig,
        arenas: &mut Arenas,
        meters: &Meters,
    ) {
        let place = rig.programs.get(event.program as usize).copied().zip(rig.track(event.track).map(|step| step.slot));
        let Some(((program, _), strip)) = place else { return count(&meters.dropped) };
        let mut values = Values::new();
        let (mut parameters, mut beat) = ([None; MOST_PARAMETERS], 0.5);
        let mut sends = [None; MOST_SENDS];
        let mut sent = 0;
        for value in given {
            if value.0 >= slot::SEND {
                if let Some(step) = rig.track(value.0 - slot::SEND)
                    && sent < MOST_SENDS
                    && value.1.is_finite()
                {
                    sends[sent] = Some((step.slot, Smooth::new(value.1.clamp(0.0, 8.0), self.rate)));
                    sent += 1;
                }
            } else if value.0 == slot::BEAT {
                beat = value.1;
            } else if let Some(place) = parameters.get_mut(usize::from(value.0).wrapping_sub(slot::COUNT)) {
                *place = Some(value.1);
            } else {
                values.set(*value);
            }
        }
        let Some(seed) = arenas.strip(strip).map(|node| {
            node.onsets += 1;
            crate::base::random::join(node.key.0, node.onsets)
        }) else {
            return count(&meters.dropped);
        };
        let Some(limit) = arenas.program(program).map(|node| usize::from(node.limit)) else {
            return count(&meters.dropped);
        };
        self.choke(strip, values.get(slot::CUT) as u16, frame);
        let touching = self.touching(program, strip, arenas);
        if limit == 1
            && let Some(voice) = touching.and_then(|lane| self.voices.get_mut(usize::from(lane)))
        {
            // Legato: the voice that sounds goes on with the new pitch.
            voice.note = event.note;
            voice.live(given);
            voice.take_over(&values, frame);
            voice.seat.hold(event.note, values.get(slot::NOTE));
            return;
        }
        let from = touching.and_then(|lane| Some(self.voices.get(usize::from(lane))?.seat.pitch()));
        self.steal(limit, meters, |voice| voice.program == program);
        self.steal(self.most, meters, |_| true);
        self.make_seat(program, arenas, meters);
        let Some(lane) = self.free_lane(arenas, meters) else { return count(&meters.dropped) };
        let Some(node) = arenas.program(program) else { return };
        node.users += 1;
        let seat = match &mut node.sound {
            Sound::Graph(ensemble) => {
                let from = from.or(if limit == 1 { ensemble.last() } else { None });
                let seat = Seat::taken(ensemble, &values, (from, beat), &parameters, seed);
                if limit == 1 { seat.mono(event.note) } else { seat }
            }
            Sound::Wave(_) | Sound::Sample(..) => Seat::default(),
        };
        let relieved = self.relieved;
        let Some(voice) = self.voices.get_mut(usize::from(lane)) else { return };
        voice.note = event.note;
        voice.program = program;
        voice.strip = strip;
        voice.sends = sends;
        voice.seat = seat;
        voice.start(&node.sound, &values, seed, frame);
        voice.relieve(relieved);
        self.active.push(lane);
        if let Some(node) = arenas.strip(strip) {
            node.voices += 1;
        }
    }

    /// The last voice of a graph on a strip that has neither been let go nor fallen silent before this frame.
    fn touching(&self, program: u16, strip: u16, arenas: &mut Arenas) -> Option<u16> {
        let ensemble = arenas.ensemble(program);
        let touches = |lane: &&u16| {
            self.voices.get(usize::from(**lane)).is_some_and(|voice| {
                let is_there = voice.program == program && voice.strip == strip && !voice.is_fading();
                is_there
                    && voice.seat.is_held()
                    && !ensemble.as_deref().is_some_and(|ensemble| voice.seat.is_silent(ensemble))
            })
        };
        self.active.iter().rev().find(touches).copied()
    }

    /// Note-off.
    pub(super) fn release(&mut self, note: u32) {
        self.each(|voice| {
            match voice.seat.drop_note(note) {
                // A mono voice goes back to the last note that is still held.
                Dropped::BackTo(other) => voice.note = other,
                Dropped::Last => voice.release(false),
                Dropped::Foreign if voice.note == note => voice.release(false),
                Dropped::Foreign => {}
            }
        });
    }

    /// Makes room for one more among those that `counts`.
    fn steal(&mut self, limit: usize, meters: &Meters, counts: impl Fn(&Voice) -> bool) {
        let voices = &mut self.voices;
        let mut sounding = 0;
        let mut victim: Option<(bool, f32, u16)> = None;
        for lane in &self.active {
            let Some(voice) = voices.get(usize::from(*lane)) else { continue };
            if voice.is_fading() || !counts(voice) {
                continue;
            }
            sounding += 1;
            // Released ones first, then the quietest, then the oldest.
            let (held, loud) = (!voice.is_released(), voice.loudness());
            if victim.is_none_or(|(other_held, other, _)| (held, loud) < (other_held, other)) {
                victim = Some((held, loud, *lane));
            }
        }
        if sounding >= limit
            && let Some((_, _, lane)) = victim
            && let Some(voice) = voices.get_mut(usize::from(lane))
        {
            voice.envelope.fade(FADE);
            count(&meters.stolen);
        }
    }

    fn free_lane(&mut self, arenas: &mut Arenas, meters: &Meters) -> Option<u16> {
        if let Some(lane) = self.free.pop() {
            return Some(lane);
        }
        // Even the spare lanes fade: the oldest of those ends at once.
        let at = self.active.iter().position(|lane| self.voices[usize::from(*lane)].is_fading()).unwrap_or(0);
        if at >= self.active.len() {
            return None;
        }
        let lane = self.active.remove(at);
        leave(&self.voices[usize::from(lane)], arenas);
        count(&meters.overflows);
        Some(lane)
    }

    /// Where a graph has no lane left, its oldest voice that fades ends at once.
    fn make_seat(&mut self, program: u16, arenas: &mut Arenas, meters: &Meters) {
        let Some(Sound::Graph(ensemble)) = arenas.program(program).map(|node| &node.sound) else { return };
        if !ensemble.is_full() {
            return;
        }
        let voices = &self.voices;
        let of = |lane: &u16| voices.get(usize::from(*lane)).filter(|voice| voice.program == program);
        let fading = self.active.iter().position(|lane| of(lane).is_some_and(Voice::is_fading));
        let Some(at) = fading.or_else(|| self.active.iter().position(|lane| of(lane).is_some())) else { return };
        let lane = self.active.remove(at);
        leave(&self.voices[usize::from(lane)], arenas);
        self.free.push(lane);
        count(&meters.overflows);
    }

    fn choke(&mut self, strip: u16, group: u16, frame: i64) {
        if group == 0 {
            return;
        }
        // What began at this very frame belongs to the same hit.
        self.each(|voice| {
            if voice.strip == strip && voice.cut == group && voice.onset < frame {
                voice.envelope.fade(FADE);
            }
        });
    }

    /// Does something to each sounding voice.
    pub(super) fn each(&mut self, mut act: impl FnMut(&mut Voice)) {
        for lane in &self.active {
            if let Some(voice) = self.voices.get_mut(usize::from(*lane)) {
                act(voice);
            }
        }
    }

    /// Adds the next `frames` of every voice to its strip and its sends. Nothing happens for `free` frames from `frame` on, so
    /// a crew may run as far.
    pub(super) fn render(&mut self, frame: i64, frames: usize, free: usize, arenas: &mut Arenas) {
        let (mut left, mut right) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        if frame.rem_euclid(BLOCK as i64) == 0 {
            self.settle(arenas);
            self.bury(arenas);
        }
        self.run_graphs(frame, frames, free, arenas);
        for lane in &self.active {
            let Some(voice) = self.voices.get_mut(usize::from(*lane)) else { continue };
            let Some(Some(program)) = arenas.programs.get(usize::from(voice.program)) else { continue };
            if voice.sends[0].is_none()
                && let (Some(factors), Sound::Graph(ensemble)) = (voice.factors(), &program.sound)
            {
                // The same products as the chain's, without its way.
                if let (Some(sound), Some(node)) = (
                    voice.seat.sound(ensemble),
                    arenas.strips.get_mut(usize::from(voice.strip)).and_then(Option::as_deref_mut),
                ) {
                    let to = [&mut node.left[..frames], &mut node.right[..frames]];
                    dispatch(Mixed { to, from: [&sound.0[..frames], &sound.1[..frames]], factors });
                }
                continue;
            }
            let factors = voice.render(&program.sound, frame, frames, &mut left, &mut right);
            // The fader of the voice's own strip also holds its sends.
            let mut fader = None;
            if let Some(node) = arenas.strip(voice.strip) {
                if voice.dry.is_still() && voice.dry.value() == 1.0 {
                    let to = [&mut node.left[..frames], &mut node.right[..frames]];
                    dispatch(Mixed { to, from: [&left[..frames], &right[..frames]], factors });
                } else {
                    for i in 0..frames {
                        let dry = voice.dry.step();
                        node.left[i] += left[i] * factors.0 * dry;
                        node.right[i] += right[i] * factors.1 * dry;
                    }
                }
                if voice.sends[0].is_some() {
                    fader = Some(*node.fader());
                }
            }
            let Some(fader) = fader else { continue };
            for (to, level) in voice.sends.iter_mut().flatten() {
                let Some(bus) = arenas.strip(*to) else { continue };
                for i in 0..frames {
                    let level = level.step();
                    let (fader_left, fader_right) = fader.at(i);
                    bus.left[i] += left[i] * factors.0 * fader_left * level;
                    bus.right[i] += right[i] * factors.1 * fader_right * level;
                }
            }
        }
        self.bury(arenas);
    }

    /// Finds what has come to rest and what is over, as it stands where the last stretch ended, wherever that began.
    fn settle(&mut self, arenas: &mut Arenas) {
        for lane in &self.active {
            let Some(voice) = self.voices.get_mut(usize::from(*lane)) else { continue };
            if let Some(ensemble) = arenas.ensemble(voice.program) {
                voice.seat.settle(ensemble);
            }
            voice.settle();
        }
    }

    fn bury(&mut self, arenas: &mut Arenas) {
        let (voices, free) = (&self.voices, &mut self.free);
        self.active.retain(|lane| {
            let Some(voice) = voices.get(usize::from(*lane)) else { return false };
            let over = voice.is_over();
            if over {
                leave(voice, arenas);
                free.push(*lane);
            }
            !over
        });
    }

    /// Ends all at once, without a fade.
    pub(super) fn clear(&mut self, arenas: &mut Arenas) {
        for lane in &self.active {
            if let Some(voice) = self.voices.get(usize::from(*lane)) {
                leave(voice, arenas);
            }
        }
        self.free.extend_from_slice(&self.active);
        self.active.clear();
    }
}

fn leave(voice: &Voice, arenas: &mut Arenas) {
    if let Some(program) = arenas.program(voice.program) {
        if let Sound::Graph(ensemble) = &mut program.sound {
            voice.seat.leave(ensemble);
        }
        program.users = program.users.saturating_sub(1);
    }
    if let Some(strip) = arenas.strip(voice.strip) {
        strip.voices = strip.voices.saturating_sub(1);
    }
}

/// Both sides of a sound, each times a factor, into a strip.
struct Mixed<'a> {
    to: [&'a mut [f32]; 2],
    from: [&'a [f32]; 2],
    factors: (f32, f32),
}

impl Kernel for Mixed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Mixed { to: [left, right], from: [from_left, from_right], factors } = self;
        for (to, from) in left.iter_mut().zip(from_left) {
            *to += from * factors.0;
        }
        for (to, from) in right.iter_mut().zip(from_right) {
            *to += from * factors.1;
        }
    }
}
