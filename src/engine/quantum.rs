//! One quantum: events at their frames, then voices, strips, master.
//!
//! Invariant: an event touches the voices that it names, at its own frame; others go on as if it had not come.

use std::sync::atomic::Ordering::Relaxed;

use super::values::Values;
use super::voice::Voice;
use super::{Block, Engine, Hush, QUANTUM};
use crate::base::control::slot;
use crate::base::event::{Event, Kind, MOST_VALUES, SlotValue};
use crate::dsp::math::safe;

impl Engine {
    pub(super) fn compute(&mut self) {
        self.take_rigs();
        self.inbox.collect();
        let end = self.computed + QUANTUM as i64;
        let mut values = [(0, 0.0); MOST_VALUES];
        while let Some(event) = self.inbox.pop_before(end, &mut values) {
            if event.frame < self.computed {
                self.meters.count_late();
            }
            let offset = (event.frame - self.computed).clamp(0, QUANTUM as i64 - 1) as usize;
            self.happen(&event, &values[..usize::from(event.count)], offset);
        }
        self.voices();
        self.desk();
        self.pool.finish_quantum();
        self.empty_out();
        self.meters.voices.store(self.pool.sounding() as u32, Relaxed);
        self.computed = end;
    }

    fn happen(&mut self, event: &Event, values: &[SlotValue], offset: usize) {
        match event.kind {
            Kind::NoteOn => self.note_on(event, values, offset),
            Kind::NoteOff => {
                self.at(offset, |voice| voice.note == event.note && !voice.released(), Voice::release);
            }
            Kind::Live => {
                let bounds = &self.bounds;
                let (programs, clock, shared) = (&self.programs, self.computed, &self.shared);
                self.pool.each(|voice| {
                    if voice.note == event.note && !voice.dying {
                        if let Some(program) = &programs[voice.program as usize] {
                            voice.advance(offset, &program.kind, clock, shared);
                        }
                        voice.values.change(bounds, values);
                        voice.change();
                    }
                });
            }
            Kind::Parameter | Kind::Hand => {
                let value = f32::from_bits(event.note);
                let slot = self.rig.as_ref().and_then(|rig| rig.order.get(usize::from(event.track)));
                match slot.and_then(|slot| self.strips[usize::from(*slot)].as_mut()) {
                    Some(strip) if event.kind == Kind::Hand => strip.hand(event.program, value),
                    Some(strip) => strip.parameter(event.program, value),
                    None => self.meters.count_dropped(),
                }
            }
            Kind::Swap => self.swap_to(event.generation, offset),
            // Took effect when it came.
            Kind::Cancel => {}
            Kind::Release => {
                let slot = self.rig.as_ref().and_then(|rig| rig.order.get(usize::from(event.track))).copied();
                self.at(offset, |voice| Some(voice.strip) == slot && !voice.released(), Voice::end);
            }
            Kind::Panic => {
                self.at(offset, |voice| !voice.dying, Voice::kill);
                let level = match self.hush {
                    Hush::Open => 1.0,
                    Hush::Closing(level) | Hush::Opening(level) => level,
                };
                self.hush = Hush::Closing(level);
            }
        }
    }

    /// Something happens at a frame to all voices that `which` names.
    pub(super) fn at(&mut self, offset: usize, which: impl Fn(&Voice) -> bool, what: impl Fn(&mut Voice)) {
        let (programs, clock, shared) = (&self.programs, self.computed, &self.shared);
        self.pool.each(|voice| {
            if which(voice) {
                if let Some(program) = &programs[voice.program as usize] {
                    voice.advance(offset, &program.kind, clock, shared);
                }
                what(voice);
            }
        });
    }

    fn note_on(&mut self, event: &Event, given: &[SlotValue], offset: usize) {
        let Some(rig) = &self.rig else { return self.meters.count_dropped() };
        // A note of a rig that is still on its way counts in that rig's numbers.
        let early = self.wanted.is_some() && event.generation != rig.generation;
        let strip = rig.order.get(usize::from(event.track)).copied();
        let place = rig.program_places.get(event.program as usize).copied();
        let (Some(strip), Some(place), false) = (strip, place, early) else { return self.meters.count_dropped() };
        let values = Values::new(&self.bounds, given);
        let mut sends = [None; super::values::SENDS];
        for (send, (to, level)) in sends.iter_mut().zip(&values.sends[..values.send_count]) {
            *send = rig.order.get(usize::from(*to)).map(|slot| (*slot, *level));
        }
        let group = values.get(slot::CUT);
        if group > 0.0 {
            let same = |voice: &Voice| voice.strip == strip && voice.values.get(slot::CUT) == group && !voice.dying;
            self.at(offset, same, Voice::kill);
        }
        let (programs, clock, shared) = (&self.programs, self.computed, &self.shared);
        let Some(program) = &programs[place as usize] else { return self.meters.count_dropped() };
        let voice = self.pool.place(place, usize::from(program.voices), |victim| {
            if let Some(program) = &programs[victim.program as usize] {
                victim.advance(offset, &program.kind, clock, shared);
            }
            victim.kill();
        });
        voice.strip = strip;
        voice.program = place;
        voice.send_count = 0;
        for (slot, level) in sends.into_iter().flatten() {
            let send = &mut voice.sends[voice.send_count];
            send.0 = slot;
            send.1.jump(level);
            voice.send_count += 1;
        }
        voice.start(&program.kind, event.note, &values, offset, shared);
    }

    /// All voices to the end of the quantum, and into their strips.
    fn voices(&mut self) {
        for strip in self.strips.iter_mut().flatten() {
            strip.begin_quantum();
        }
        let (programs, strips, blocks) = (&self.programs, &self.strips, &mut self.blocks);
        let (clock, shared) = (self.computed, &self.shared);
        self.pool.each(|voice| {
            if let Some(program) = &programs[voice.program as usize] {
                voice.advance(QUANTUM, &program.kind, clock, shared);
            }
            let Some(strip) = &strips[usize::from(voice.strip)] else { return };
            let block = &mut blocks[usize::from(voice.strip)];
            for at in 0..QUANTUM {
                block.left[at] += voice.left[at];
                block.right[at] += voice.right[at];
            }
            for (to, level) in &mut voice.sends[..voice.send_count] {
                if strips[usize::from(*to)].is_none() {
                    continue;
                }
                let bus = &mut blocks[usize::from(*to)];
                for at in 0..QUANTUM {
                    // It follows the fader of its track, so that a track that is muted is muted in the hall too.
                    let level = level.tick() * strip.faded[at];
                    bus.left[at] += voice.left[at] * level;
                    bus.right[at] += voice.right[at] * level;
                }
            }
        });
    }

    /// Strips in order, the master last, and what comes out.
    fn desk(&mut self) {
        self.out = Block::default();
        let leaving = self.strips_leaving.len();
        for at in 0..leaving + self.rig.as_ref().map_or(0, |rig| rig.order.len()) {
            let slot = if at < leaving {
                Some(self.strips_leaving[at])
            } else {
                self.rig.as_ref().and_then(|rig| rig.order.get(at - leaving)).copied()
            };
            let Some(slot) = slot.map(usize::from) else { continue };
            let mut block = std::mem::take(&mut self.blocks[slot]);
            let Some(mut strip) = self.strips[slot].take() else { continue };
            let (strips, blocks) = (&self.strips, &mut self.blocks);
            strip.run(&mut block, |to, tapped| {
                if strips[usize::from(to)].is_some() {
                    blocks[usize::from(to)].add(tapped);
                }
            });
            if at >= leaving {
                self.meters.show(at - leaving, &block.left, &block.right);
            }
            match strip.output {
                Some(to) => self.blocks[usize::from(to)].add(&block),
                None => self.out.add(&block),
            }
            self.strips[slot] = Some(strip);
        }
        self.close();
        for channel in [&mut self.out.left, &mut self.out.right] {
            for frame in channel {
                *frame = safe(*frame);
            }
        }
        self.meters.show_master(&self.out.left, &self.out.right);
    }

    /// A panic's fade, over two quanta and back over one.
    fn close(&mut self) {
        let step = match self.hush {
            Hush::Open => return,
            Hush::Closing(_) => -0.5 / QUANTUM as f32,
            Hush::Opening(_) => 1.0 / QUANTUM as f32,
        };
        let (Hush::Closing(mut level) | Hush::Opening(mut level)) = self.hush else { return };
        for at in 0..QUANTUM {
            level = (level + step).clamp(0.0, 1.0);
            let smooth = level * level * (3.0 - 2.0 * level);
            self.out.left[at] *= smooth;
            self.out.right[at] *= smooth;
        }
        self.hush = match self.hush {
            Hush::Closing(_) if level <= 0.0 => {
                for strip in self.strips.iter_mut().flatten() {
                    strip.clear();
                }
                self.pool.clear(|voice| voice.dying);
                Hush::Opening(0.0)
            }
            Hush::Closing(_) => Hush::Closing(level),
            _ if level >= 1.0 => Hush::Open,
            _ => Hush::Opening(level),
        };
    }
}
