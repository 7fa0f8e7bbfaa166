//! Events on their way to the engine, and those that wait there for their frame.
//!
//! Invariant: sorted by frame, then by arrival; nothing is allocated after it was built; an event whose values
//! are not all there is never seen, for the values are sent first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rtrb::{Consumer, Producer};

use crate::base::event::{Event, Kind, MOST_VALUES, SlotValue};

/// Values of one block; an event takes as many blocks as it needs.
const BLOCK: usize = 16;
/// No block.
const NONE: u32 = u32::MAX;

/// There is no room for the event now; try again after the engine has run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// The sequencer's end of the ring.
#[derive(Debug)]
pub struct EventSender {
    events: Producer<Event>,
    values: Producer<SlotValue>,
}

impl EventSender {
    /// Sends an event with its values (at most [`MOST_VALUES`]; more are left out).
    pub fn send(&mut self, mut event: Event, values: &[SlotValue]) -> Result<(), Full> {
        let values = &values[..values.len().min(MOST_VALUES)];
        if self.events.slots() == 0 || self.values.slots() < values.len() {
            return Err(Full);
        }
        for value in values {
            self.values.push(*value).map_err(|_| Full)?;
        }
        event.count = values.len() as u8;
        self.events.push(event).map_err(|_| Full)
    }

    /// How many events have room now.
    pub fn room(&self) -> usize {
        self.events.slots()
    }
}

#[derive(Clone, Copy, Debug)]
struct Block {
    values: [SlotValue; BLOCK],
    next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Queued {
    event: Event,
    order: u64,
    first: u32,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Queued {}
impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Queued {
    /// The heap gives its greatest: the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.event.frame, other.order).cmp(&(self.event.frame, self.order))
    }
}

/// The engine's end.
#[derive(Debug)]
pub(super) struct Inbox {
    events: Consumer<Event>,
    values: Consumer<SlotValue>,
    queue: BinaryHeap<Queued>,
    most: usize,
    blocks: Vec<Block>,
    free: Vec<u32>,
    order: u64,
}

/// Both ends, for `most` events.
pub(super) fn rings(most: usize) -> (EventSender, Inbox) {
    let most = most.max(64);
    let (events, from_events) = rtrb::RingBuffer::new(most);
    let (values, from_values) = rtrb::RingBuffer::new(most * BLOCK);
    let blocks = most * 2;
    let inbox = Inbox {
        events: from_events,
        values: from_values,
        queue: BinaryHeap::with_capacity(most + 1),
        most,
        blocks: vec![Block { values: [(0, 0.0); BLOCK], next: NONE }; blocks],
        free: (0..blocks as u32).rev().collect(),
        order: 0,
    };
    (EventSender { events, values }, inbox)
}

impl Inbox {
    /// Takes in what has come, as far as there is room; a cancel acts on what came before it.
    pub(super) fn take_in(&mut self) {
        while self.queue.len() < self.most && self.free.len() >= MOST_VALUES / BLOCK {
            let Ok(event) = self.events.pop() else { return };
            let mut first = NONE;
            let mut last = NONE;
            for i in 0..usize::from(event.count) {
                let Ok(value) = self.values.pop() else { break };
                if i % BLOCK == 0 {
                    let Some(block) = self.free.pop() else { continue };
                    self.blocks[block as usize].next = NONE;
                    if last == NONE {
                        first = block;
                    } else {
                        self.blocks[last as usize].next = block;
                    }
                    last = block;
                }
                if last != NONE {
                    self.blocks[last as usize].values[i % BLOCK] = value;
                }
            }
            if event.kind == Kind::Cancel {
                self.cancel(event.frame, event.generation);
                continue;
            }
            self.order += 1;
            self.queue.push(Queued { event, order: self.order, first });
        }
    }

    fn cancel(&mut self, frame: i64, generation: u32) {
        let (queue, blocks, free) = (&mut self.queue, &mut self.blocks, &mut self.free);
        queue.retain(|queued| {
            let stays = queued.event.frame < frame || queued.event.generation >= generation;
            if !stays {
                let mut block = queued.first;
                while block != NONE {
                    free.push(block);
                    block = blocks[block as usize].next;
                }
            }
            stays
        });
    }

    /// Whether all that has come was taken in.
    pub(super) fn is_complete(&self) -> bool {
        self.events.is_empty()
    }

    /// When the next event is due.
    pub(super) fn next_frame(&self) -> Option<i64> {
        self.queue.peek().map(|queued| queued.event.frame)
    }

    /// The next event that is due at or before `frame`; its values are copied to `values`.
    pub(super) fn pop_due(&mut self, frame: i64, values: &mut [SlotValue; MOST_VALUES]) -> Option<Event> {
        if self.next_frame()? > frame {
            return None;
        }
        let queued = self.queue.pop()?;
        let mut block = queued.first;
        let mut at = 0;
        while block != NONE {
            let Block { values: from, next } = self.blocks[block as usize];
            let count = usize::from(queued.event.count).saturating_sub(at).min(BLOCK);
            values[at..at + count].copy_from_slice(&from[..count]);
            at += count;
            self.free.push(block);
            block = next;
        }
        Some(queued.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_frames_then_of_arrival() {
        let (mut sender, mut inbox) = rings(64);
        for (frame, note) in [(30, 1), (10, 2), (30, 3), (20, 4)] {
            let values: Vec<SlotValue> = (0..20).map(|i| (i, note as f32)).collect();
            sender.send(Event { note, ..Event::new(frame, 0, Kind::NoteOn) }, &values).unwrap();
        }
        inbox.take_in();
        let mut values = [(0, 0.0); MOST_VALUES];
        let mut seen = Vec::new();
        while let Some(event) = inbox.pop_due(100, &mut values) {
            assert_eq!(event.count, 20);
            assert_eq!(values[19], (19, event.note as f32));
            seen.push(event.note);
        }
        assert_eq!(seen, [2, 4, 1, 3]);
        assert_eq!(inbox.free.len(), inbox.blocks.len());
    }

    #[test]
    fn a_cancel_drops_what_is_older_and_later() {
        let (mut sender, mut inbox) = rings(64);
        for (frame, generation) in [(10, 1), (20, 1), (30, 1), (30, 2)] {
            sender.send(Event::new(frame, generation, Kind::NoteOn), &[(0, 1.0)]).unwrap();
        }
        sender.send(Event::new(20, 2, Kind::Cancel), &[]).unwrap();
        inbox.take_in();
        let mut values = [(0, 0.0); MOST_VALUES];
        assert_eq!(inbox.pop_due(100, &mut values).map(|e| (e.frame, e.generation)), Some((10, 1)));
        assert_eq!(inbox.pop_due(100, &mut values).map(|e| (e.frame, e.generation)), Some((30, 2)));
        assert_eq!(inbox.pop_due(100, &mut values), None);
        assert_eq!(inbox.free.len(), inbox.blocks.len());
    }

    #[test]
    fn a_full_ring_says_so_and_loses_nothing() {
        let (mut sender, mut inbox) = rings(64);
        let mut sent = 0;
        while sender.send(Event::new(sent, 0, Kind::NoteOff), &[]).is_ok() {
            sent += 1;
        }
        inbox.take_in();
        while sender.send(Event::new(sent, 0, Kind::NoteOff), &[]).is_ok() {
            sent += 1;
        }
        assert_eq!(sent, 128);
        let mut values = [(0, 0.0); MOST_VALUES];
        let mut seen = 0;
        loop {
            inbox.take_in();
            let Some(event) = inbox.pop_due(1000, &mut values) else { break };
            assert_eq!(event.frame, seen);
            seen += 1;
        }
        assert_eq!(seen, 128);
    }
}
