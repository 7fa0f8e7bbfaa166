//! Another rig takes over.
//!
//! Invariant: what both rigs have keeps its state and its bits; what changes moves, what comes fades in, what goes
//! fades out, and only then goes back to be freed.

use super::effect::Unit;
use super::rig::{Placing, Swap, Trash};
use super::strip::{SPARE, Strip};
use super::voice::Voice;
use super::{Engine, QUANTUM};

impl Engine {
    /// A rig whose event has come already takes over at once.
    pub(super) fn take_rigs(&mut self) {
        if let Some(generation) = self.wanted {
            self.apply_up_to(generation, 0);
        }
    }

    /// The event came: the rig of this generation takes over, now or as soon as it is here.
    pub(super) fn swap_to(&mut self, generation: u32, offset: usize) {
        if !self.apply_up_to(generation, offset) && self.rig.as_ref().is_none_or(|rig| rig.generation < generation) {
            self.meters.count_late();
            self.wanted = Some(generation);
        }
    }

    /// Applies the rigs on their way, in order, up to a generation; says whether it was among them.
    fn apply_up_to(&mut self, generation: u32, offset: usize) -> bool {
        while self.rigs.peek().is_ok_and(|rig| rig.generation <= generation) {
            // The one before goes back; there has to be room for it.
            if self.trash.slots() < 1 + SPARE * 4 {
                return false;
            }
            let Ok(rig) = self.rigs.pop() else { return false };
            let done = rig.generation == generation;
            self.apply(rig, offset);
            if done {
                self.wanted = None;
                return true;
            }
        }
        false
    }

    fn apply(&mut self, mut swap: Box<Swap>, offset: usize) {
        let Engine { programs, programs_leaving, strips, strips_leaving, trash, .. } = self;
        for program in &mut swap.programs {
            if let Some(program) = program.take() {
                let place = program.place as usize;
                programs[place] = Some(program);
            }
        }
        for place in &swap.programs_leaving {
            if programs_leaving.len() < programs_leaving.capacity() {
                programs_leaving.push(*place);
            }
        }
        let order = &swap.order;
        let master = order.last().copied();
        for slot in &swap.strips_leaving {
            if let Some(strip) = &mut strips[usize::from(*slot)] {
                strip.leaving = true;
                // What it fed may leave as well; what stays is fed until the end.
                if strip.output.is_none_or(|to| !order.contains(&to)) {
                    strip.output = master.filter(|_| strip.output.is_some());
                }
                if strips_leaving.len() < strips_leaving.capacity() {
                    strips_leaving.push(*slot);
                }
            }
        }
        for placing in &mut swap.placings {
            let slot = usize::from(placing.slot);
            let fresh = placing.fresh.is_some();
            if let Some(strip) = placing.fresh.take() {
                strips[slot] = Some(strip);
            }
            if let Some(strip) = &mut strips[slot] {
                furnish(strip, placing, fresh, order, trash);
            }
        }
        // Voices of strips that leave fade; sends to them end with them.
        let leaving = &self.strips_leaving;
        let gone = |voice: &Voice| leaving.contains(&voice.strip);
        let (programs, clock, shared) = (&self.programs, self.computed, &self.shared);
        self.pool.each(|voice| {
            if gone(voice) && !voice.dying {
                if let Some(program) = &programs[voice.program as usize] {
                    voice.advance(offset, &program.kind, clock, shared);
                }
                voice.kill();
            }
        });
        if let Some(before) = self.rig.replace(swap) {
            self.discard(Trash::Swap(before));
        }
    }

    /// Sends something back. Where there is no room it is kept for ever rather than freed here; the callers look for
    /// room first, so that does not happen.
    fn discard(&mut self, what: Trash) {
        if let Err(rtrb::PushError::Full(what)) = self.trash.push(what) {
            std::mem::forget(what);
        }
    }

    /// What has faded goes back.
    pub(super) fn empty_out(&mut self) {
        let gone = |slot: &u16| self.strips[usize::from(*slot)].as_ref().is_none_or(|strip| strip.gone());
        if self.trash.slots() > 0
            && let Some(at) = self.strips_leaving.iter().position(gone)
        {
            let slot = self.strips_leaving.remove(at);
            self.pool.clear(|voice| voice.strip == slot);
            self.forget_sends(slot);
            self.blocks[usize::from(slot)] = super::Block::default();
            if let Some(strip) = self.strips[usize::from(slot)].take() {
                self.discard(Trash::Strip(slot, strip));
            }
        }
        for strip in self.strips.iter_mut().flatten() {
            while let Some(at) = strip.units.iter().position(super::effect::Unit::gone) {
                if self.trash.slots() == 0 {
                    return;
                }
                let unit = strip.units.remove(at);
                if let Err(rtrb::PushError::Full(what)) = self.trash.push(Trash::Unit(unit)) {
                    std::mem::forget(what);
                }
            }
        }
        // One program a quantum is enough.
        if self.programs_leaving.is_empty() || self.trash.slots() == 0 {
            return;
        }
        let turn = (self.computed / QUANTUM as i64) as usize % self.programs_leaving.len();
        let place = self.programs_leaving[turn];
        if !self.pool.iter().any(|voice| voice.program == place) {
            self.programs_leaving.swap_remove(turn);
            if let Some(program) = self.programs[place as usize].take() {
                self.discard(Trash::Program(program));
            }
        }
    }

    /// Nothing feeds this slot any more.
    fn forget_sends(&mut self, slot: u16) {
        self.pool.each(|voice| {
            let mut kept = 0;
            for at in 0..voice.send_count {
                if voice.sends[at].0 != slot {
                    voice.sends[kept] = voice.sends[at];
                    kept += 1;
                }
            }
            voice.send_count = kept;
        });
        for strip in self.strips.iter_mut().flatten() {
            strip.taps.retain(|tap| tap.to != slot);
        }
    }
}

/// A strip's inserts, sends and values as the new rig has them.
fn furnish(strip: &mut Strip, placing: &mut Placing, fresh: bool, order: &[u16], trash: &mut rtrb::Producer<Trash>) {
    strip.output = placing.output;
    if !fresh {
        strip.retext(placing.text);
    }
    let Placing { units, room, taps, .. } = placing;
    std::mem::swap(&mut strip.units, room);
    // Now `room` holds what stood there, and the strip has the room for what will.
    for wanted in units {
        let known = room.iter().position(|unit| unit.key == wanted.key && unit.kind == wanted.kind && !unit.leaving);
        let unit = match (wanted.fresh.take(), known) {
            (Some(mut unit), _) => {
                if !fresh {
                    unit.enter();
                }
                Some(unit)
            }
            (None, Some(at)) => {
                let mut unit = room.remove(at);
                unit.retext(&wanted.parameters);
                Some(unit)
            }
            (None, None) => None,
        };
        strip.units.extend(unit);
    }
    leave(&mut strip.units, room, trash);
    for tap in taps.iter_mut() {
        match strip.taps.iter_mut().find(|old| old.to == tap.to && old.pre == tap.pre) {
            Some(old) => {
                if old.text != tap.text {
                    old.level.set(tap.text);
                }
                tap.level = old.level;
                old.to = u16::MAX;
            }
            None if fresh => tap.level.jump(tap.text),
            None => tap.level.set(tap.text),
        }
    }
    std::mem::swap(&mut strip.taps, taps);
    for mut old in taps.drain(..) {
        let audible = old.to != u16::MAX && !(old.level.still() && old.level.value() == 0.0);
        if audible && order.contains(&old.to) && strip.taps.len() < strip.taps.capacity() {
            old.level.set(0.0);
            old.text = 0.0;
            strip.taps.push(old);
        }
    }
}

/// Inserts that are no longer wanted fade out behind the others, as far as there is room.
fn leave(units: &mut Vec<Unit>, room: &mut Vec<Unit>, trash: &mut rtrb::Producer<Trash>) {
    while let Some(mut unit) = room.pop() {
        if units.len() < units.capacity() {
            unit.leaving = true;
            units.push(unit);
        } else if trash.slots() > 1 {
            if let Err(rtrb::PushError::Full(what)) = trash.push(Trash::Unit(unit)) {
                std::mem::forget(what);
            }
        } else {
            // It goes back with the swap that holds the room.
            room.push(unit);
            return;
        }
    }
}
