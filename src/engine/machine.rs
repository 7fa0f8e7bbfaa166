//! The engine itself: events at their frames, stretches between them, swaps of the rig.
//!
//! Invariant: the samples do not depend on how the calls are cut, as long as events arrive before their frame is computed.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rtrb::{Consumer, Producer};

use crate::base::event::{Event, Kind, MOST_VALUES, SlotValue};
use crate::dsp::BLOCK;
use crate::dsp::lanes;
use crate::dsp::limiter::Safety;
use crate::dsp::tables::Tables;

use super::Config;
use super::desk;
use super::inbox::Inbox;
use super::inserts::InsertNode;
use super::meters::{Meters, count};
use super::pool::{Arenas, Pool};
use super::rig::{PENDING, Rig, Trash};

/// How long a panic takes to fade out, and in again, seconds.
const PANIC: f32 = 0.01;

/// What a panic is doing, in frames that are left of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Alarm {
    None,
    Falling(u32),
    Rising(u32),
}

/// The engine: one for the callback, or one for a render.
#[derive(Debug)]
pub struct Engine {
    frame: i64,
    rate: f32,
    inbox: Inbox,
    rigs: Consumer<Box<Rig>>,
    trash: Producer<Trash>,
    // Boxes as they came: unpacking them would free on this thread.
    #[expect(clippy::vec_box)]
    pending: Vec<Box<Rig>>,
    rig: Box<Rig>,
    previous: Option<Box<Rig>>,
    awaited: Option<u32>,
    arenas: Arenas,
    /// No program was ever in a slot from here on.
    most_programs: usize,
    inserts: Vec<Option<Box<InsertNode>>>,
    pool: Pool,
    safety: Safety,
    alarm: Alarm,
    values: [SlotValue; MOST_VALUES],
    meters: Arc<Meters>,
}

fn empty<T>(count: usize) -> Vec<Option<T>> {
    (0..count).map(|_| None).collect()
}

impl Engine {
    pub(super) fn new(
        config: Config,
        inbox: Inbox,
        rigs: Consumer<Box<Rig>>,
        trash: Producer<Trash>,
        meters: Arc<Meters>,
    ) -> Engine {
        let rate = config.rate.max(1) as f32;
        // Built here, so that no callback does.
        let _ = (Tables::shared(), lanes::instructions());
        Engine {
            frame: 0,
            rate,
            inbox,
            rigs,
            trash,
            pending: Vec::with_capacity(PENDING),
            rig: Box::default(),
            previous: None,
            awaited: None,
            arenas: Arenas { programs: empty(config.most_programs), strips: empty(config.most_strips) },
            most_programs: 0,
            inserts: empty(config.most_inserts),
            pool: Pool::new(config.most_voices, rate, config.quality, config.threads),
            safety: Safety::new(rate),
            alarm: Alarm::None,
            values: [(0, 0.0); MOST_VALUES],
            meters,
        }
    }

    /// The next frame to be computed; an event for an earlier one is late.
    pub fn frame(&self) -> i64 {
        self.frame
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate as u32
    }

    /// Frames by which the master's inserts make the sound late; a render leaves out as many at the start.
    pub fn latency(&self) -> usize {
        self.rig.latency as usize
    }

    /// Voices that sound now, those that fade among them.
    pub fn voices(&self) -> usize {
        self.pool.sounding()
    }

    /// Computes the next frames; both sides get as many as the shorter has.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.process_before(left, right, 0);
    }

    /// The same, where the next call is known to be of `next` frames and all its events are here: a crew begins it.
    pub(crate) fn process_before(&mut self, left: &mut [f32], right: &mut [f32], next: usize) {
        let count = left.len().min(right.len());
        left.fill(0.0);
        right.fill(0.0);
        self.take_rigs();
        let mut at = 0;
        while at < count {
            self.inbox.take_in();
            self.meet_events();
            let length = self.stretch(self.frame, count - at);
            let free = self.free(count - at, next);
            self.compute(&mut left[at..at + length], &mut right[at..at + length], free);
            at += length;
        }
        self.meters.frame.store(self.frame, Relaxed);
        self.meters.voices.store(self.pool.sounding() as u32, Relaxed);
    }

    /// How far nothing happens from a frame on.
    fn stretch(&self, frame: i64, most: usize) -> usize {
        let mut length = (BLOCK as i64 - frame.rem_euclid(BLOCK as i64)).min(most as i64);
        if let Some(next) = self.inbox.next_frame() {
            length = length.min(next - frame);
        }
        match self.alarm {
            Alarm::Falling(left) | Alarm::Rising(left) => length = length.min(i64::from(left)),
            Alarm::None => {}
        }
        length.max(1) as usize
    }

    /// For how long it is certain that nothing happens, of `rest` frames that this call still computes and `next` that the
    /// call after it will; 0 where it is not.
    fn free(&self, rest: usize, next: usize) -> usize {
        if !self.inbox.is_complete() || self.alarm != Alarm::None || self.awaited.is_some() {
            return 0;
        }
        // Stretches are cut where a call ends: within what a crew runs at once, at a block's end only.
        let ends_with_a_block = (self.frame + rest as i64).rem_euclid(BLOCK as i64) == 0;
        let known = if ends_with_a_block { rest + next } else { rest };
        self.inbox.next_frame().map_or(known, |next| known.min((next - self.frame).max(0) as usize))
    }

    fn compute(&mut self, left: &mut [f32], right: &mut [f32], free: usize) {
        let frames = left.len();
        if self.frame.rem_euclid(BLOCK as i64) == 0 {
            self.send_home();
        }
        desk::move_faders(&self.rig, &mut self.arenas, frames);
        self.pool.render(self.frame, frames, free, &mut self.arenas);
        desk::run(&self.rig, &mut self.arenas, &mut self.inserts, &self.meters, self.frame, left, right);
        self.sound_alarm(left, right);
        let (l, r) = self.safety.process(left, right);
        self.meters.output().peak(l, r);
        self.frame += frames as i64;
    }

    fn sound_alarm(&mut self, left: &mut [f32], right: &mut [f32]) {
        let whole = (PANIC * self.rate).max(1.0);
        let (now, falls) = match self.alarm {
            Alarm::None => return,
            Alarm::Falling(left) => (left, true),
            Alarm::Rising(left) => (left, false),
        };
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let share = ((now as f32 - i as f32) / whole).clamp(0.0, 1.0);
            let share = if falls { share } else { 1.0 - share };
            let gain = share * share * (3.0 - 2.0 * share);
            *l *= gain;
            *r *= gain;
        }
        let rest = now.saturating_sub(left.len() as u32);
        self.alarm = match (falls, rest) {
            (true, 0) => {
                self.pool.clear(&mut self.arenas);
                for insert in self.inserts.iter_mut().flatten() {
                    insert.reset();
                }
                Alarm::Rising(whole as u32)
            }
            (false, 0) => Alarm::None,
            (true, rest) => Alarm::Falling(rest),
            (false, rest) => Alarm::Rising(rest),
        };
    }

    fn meet_events(&mut self) {
        let mut values = self.values;
        while let Some(event) = self.inbox.pop_due(self.frame, &mut values) {
            if event.frame < self.frame {
                count(&self.meters.late);
            }
            self.meet(event, &values[..usize::from(event.count).min(MOST_VALUES)]);
        }
    }

    fn meet(&mut self, event: Event, values: &[SlotValue]) {
        let value = f32::from_bits(event.note);
        match event.kind {
            Kind::NoteOn => {
                // An event of the version before, shifted past the swap, means that version's programs and strips.
                let rig = match &self.previous {
                    Some(previous) if event.generation < self.rig.generation => previous,
                    _ => &self.rig,
                };
                self.pool.start(&event, values, self.frame, rig, &mut self.arenas, &self.meters);
            }
            Kind::NoteOff => self.pool.release(event.note),
            Kind::Live => self.pool.each(|voice| {
                if voice.note == event.note {
                    voice.live(values);
                }
            }),
            Kind::Parameter => self.move_parameter(event.track, event.program, value),
            Kind::Strike => {
                if let Some(insert) = self.insert(event.track, event.program) {
                    insert.strike(value);
                }
            }
            Kind::Hand => {
                if let Some(slot) = self.rig.track(event.track).map(|step| step.slot)
                    && let Some(strip) = self.arenas.strip(slot)
                {
                    strip.hand(event.program, value);
                }
            }
            Kind::Swap => self.swap(event.generation),
            Kind::Release => {
                if let Some(slot) = self.rig.track(event.track).map(|step| step.slot) {
                    self.pool.each(|voice| {
                        if voice.strip == slot {
                            voice.release(true);
                        }
                    });
                }
            }
            Kind::Panic => {
                if !matches!(self.alarm, Alarm::Falling(_)) {
                    self.alarm = Alarm::Falling((PANIC * self.rate).max(1.0) as u32);
                }
            }
            Kind::Relieve => self.pool.relieve(event.program, &self.meters),
            // The inbox has done it.
            Kind::Cancel => {}
        }
    }

    fn move_parameter(&mut self, track: u16, at: u32, value: f32) {
        let Some(step) = self.rig.track(track) else { return count(&self.meters.dropped) };
        let Some(strip) = self.arenas.strip(step.slot) else { return };
        if !strip.set(at, value)
            && let Some(insert) = self.insert(track, at)
        {
            insert.set((at & 0xff) as usize, value);
        }
    }

    /// The insert that an address means.
    fn insert(&mut self, track: u16, at: u32) -> Option<&mut InsertNode> {
        let slot = *self.rig.track(track)?.addressed.get((at >> 8) as usize)?;
        self.inserts.get_mut(usize::from(slot))?.as_deref_mut()
    }

    fn take_rigs(&mut self) {
        while self.pending.len() < PENDING
            && let Ok(rig) = self.rigs.pop()
        {
            self.pending.push(rig);
        }
        if let Some(generation) = self.awaited {
            self.swap_to(generation);
        }
    }

    fn swap(&mut self, generation: u32) {
        self.take_rigs();
        if !self.swap_to(generation) && self.rig.generation < generation {
            count(&self.meters.late_swaps);
            self.awaited = Some(self.awaited.map_or(generation, |other| other.max(generation)));
        }
    }

    /// Puts every rig up to `generation` in force, in order; whether there was one, and room for the old.
    fn swap_to(&mut self, generation: u32) -> bool {
        let mut swapped = false;
        // Each swap sends one rig home.
        while self.pending.first().is_some_and(|rig| rig.generation <= generation) && self.trash.slots() > 0 {
            let rig = self.pending.remove(0);
            self.put_in_force(rig);
            swapped = true;
        }
        if self.awaited.is_some_and(|awaited| self.rig.generation >= awaited) {
            self.awaited = None;
        }
        swapped
    }

    fn put_in_force(&mut self, mut rig: Box<Rig>) {
        // A slot is empty when something new comes into it; what would be there goes home with the rig.
        for (slot, node) in &mut rig.new_programs {
            swap_in(&mut self.arenas.programs, *slot, node);
            self.most_programs = self.most_programs.max(usize::from(*slot) + 1);
        }
        for (slot, node) in &mut rig.new_inserts {
            swap_in(&mut self.inserts, *slot, node);
        }
        for (slot, node) in &mut rig.new_strips {
            if let Some(meter) = self.meters.strip(usize::from(*slot)) {
                meter.name(node.as_ref().map(|node| node.key));
            }
            swap_in(&mut self.arenas.strips, *slot, node);
        }
        for node in self.arenas.programs.iter_mut().take(self.most_programs).flatten() {
            node.live = false;
        }
        for (slot, limit) in &rig.programs {
            if let Some(Some(node)) = self.arenas.programs.get_mut(usize::from(*slot)) {
                node.live = true;
                node.limit = *limit;
            }
        }
        for step in &mut rig.steps {
            let Some(node) = self.arenas.strip(step.slot) else { continue };
            if let Some(gain) = step.gain {
                node.set_gain(gain);
            }
            if let Some(pan) = step.pan {
                node.set_pan(pan);
            }
            if let Some(width) = step.width {
                node.set_width(width);
            }
            for send in &mut step.sends {
                if let Some(old) = node.sends.iter().find(|old| old.key == send.key && old.pre == send.pre) {
                    send.level = old.level;
                } else if step.new {
                    send.level.jump(send.change.unwrap_or(0.0));
                }
                if let Some(level) = send.change {
                    send.level.set(level);
                }
            }
            // The old list goes home in the rig.
            std::mem::swap(&mut node.sends, &mut step.sends);
            if step.retiring && !node.retiring {
                node.retiring = true;
                node.quiet = 0;
                let slot = step.slot;
                self.pool.each(|voice| {
                    if voice.strip == slot {
                        voice.orphan();
                    }
                });
            }
            for (insert, retiring) in &step.inserts {
                if *retiring && let Some(Some(insert)) = self.inserts.get_mut(usize::from(*insert)) {
                    insert.retire();
                }
            }
        }
        for (slot, parameter, value) in &rig.changes {
            if let Some(Some(insert)) = self.inserts.get_mut(usize::from(*slot)) {
                insert.set(usize::from(*parameter), *value);
            }
        }
        let old = std::mem::replace(&mut self.rig, rig);
        if let Some(older) = self.previous.replace(old) {
            // There is room: `swap_to` has looked.
            let _ = self.trash.push(Trash::Rig(older));
        }
        self.meters.generation.store(self.rig.generation, Relaxed);
        self.meters.latency.store(self.rig.latency, Relaxed);
    }

    /// Sends home what has rung out; at absolute multiples of a block, so that no cut of calls changes it.
    fn send_home(&mut self) {
        let patience = (0.2 * self.rate) as i64;
        for step in &self.rig.steps {
            for (slot, retiring) in &step.inserts {
                if let Some(place) = self.inserts.get_mut(usize::from(*slot))
                    && (*retiring || step.retiring)
                    && place.as_ref().is_some_and(|node| node.is_silent())
                {
                    home(&mut self.trash, place, |node| Trash::Insert(*slot, node));
                }
            }
            if !step.retiring {
                continue;
            }
            let longest = step
                .inserts
                .iter()
                .filter_map(|(slot, _)| self.inserts.get(usize::from(*slot))?.as_ref())
                .map(|insert| insert.patience())
                .fold(patience, i64::max);
            if let Some(place) = self.arenas.strips.get_mut(usize::from(step.slot))
                && place.as_ref().is_some_and(|node| node.voices == 0 && node.quiet > longest)
            {
                if self.trash.slots() <= step.inserts.len() {
                    continue;
                }
                if let Some(meter) = self.meters.strip(usize::from(step.slot)) {
                    meter.name(None);
                }
                home(&mut self.trash, place, |node| Trash::Strip(step.slot, node));
                for (slot, _) in &step.inserts {
                    if let Some(place) = self.inserts.get_mut(usize::from(*slot)) {
                        home(&mut self.trash, place, |node| Trash::Insert(*slot, node));
                    }
                }
            }
        }
        for (slot, place) in self.arenas.programs.iter_mut().take(self.most_programs).enumerate() {
            if place.as_ref().is_some_and(|node| !node.live && node.users == 0) {
                home(&mut self.trash, place, |node| Trash::Program(slot as u16, node));
            }
        }
    }
}

fn swap_in<T>(arena: &mut [Option<Box<T>>], slot: u16, node: &mut Option<Box<T>>) {
    if let Some(place) = arena.get_mut(usize::from(slot)) {
        std::mem::swap(place, node);
    }
}

/// Sends a node home if there is room; else it stays for another time.
fn home<T>(trash: &mut Producer<Trash>, place: &mut Option<Box<T>>, wrap: impl FnOnce(Box<T>) -> Trash) {
    if trash.slots() > 0
        && let Some(node) = place.take()
    {
        let _ = trash.push(wrap(node));
    }
}
