//! Events on their way to their frame: rings from the control thread, and the queue in which they wait.
//!
//! Invariant: the queue is in the order of frames, then of arrival, and never grows; what does not fit stays in the
//! ring, and when that is full the sender hears of it.

use std::collections::VecDeque;

use crate::base::event::{Event, Kind, MOST_VALUES, SlotValue};

/// How many events wait at most.
pub const EVENTS: usize = 16_384;
/// How many values are on their way at most.
pub const VALUES: usize = 131_072;
/// How many values stand together.
const CHUNK: usize = 8;
const NONE: u32 = u32::MAX;

/// There is no room; try again later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the engine's queue is full")
    }
}

impl std::error::Error for Full {}

/// Sends events to the engine, from one thread.
#[derive(Debug)]
pub struct EventSender {
    events: rtrb::Producer<Event>,
    values: rtrb::Producer<SlotValue>,
}

impl EventSender {
    /// Sends an event with its values; of these, no more than [`MOST_VALUES`].
    pub fn send(&mut self, event: Event, values: &[SlotValue]) -> Result<(), Full> {
        let values = &values[..values.len().min(MOST_VALUES)];
        if self.events.is_full() || self.values.slots() < values.len() {
            return Err(Full);
        }
        for value in values {
            self.values.push(*value).map_err(|_| Full)?;
        }
        self.events.push(Event { count: values.len() as u8, ..event }).map_err(|_| Full)
    }
}

/// The engine's side.
#[derive(Debug)]
pub(super) struct Inbox {
    events: rtrb::Consumer<Event>,
    values: rtrb::Consumer<SlotValue>,
    queue: VecDeque<Event>,
    chunks: Vec<[SlotValue; CHUNK]>,
    next: Vec<u32>,
    free: u32,
    free_count: usize,
}

pub(super) fn queues() -> (EventSender, Inbox) {
    let (event_in, event_out) = rtrb::RingBuffer::new(EVENTS);
    let (value_in, value_out) = rtrb::RingBuffer::new(VALUES);
    let count = EVENTS + VALUES / CHUNK;
    let inbox = Inbox {
        events: event_out,
        values: value_out,
        queue: VecDeque::with_capacity(EVENTS),
        chunks: vec![[(0, 0.0); CHUNK]; count],
        next: (1..count as u32).chain([NONE]).collect(),
        free: 0,
        free_count: count,
    };
    (EventSender { events: event_in, values: value_in }, inbox)
}

impl Inbox {
    /// Takes what has come. Cancellations take effect here.
    pub(super) fn collect(&mut self) {
        while let Ok(event) = self.events.peek().copied() {
            let chunks = usize::from(event.count).div_ceil(CHUNK);
            if event.kind == Kind::Cancel {
                self.cancel(event.frame, event.generation);
            } else if self.queue.len() == EVENTS || self.free_count < chunks {
                return;
            }
            if self.events.pop().is_err() {
                return;
            }
            let values = self.store(usize::from(event.count));
            if event.kind == Kind::Cancel {
                self.release(values);
                continue;
            }
            let place = if self.queue.back().is_none_or(|last| last.frame <= event.frame) {
                self.queue.len()
            } else {
                self.queue.partition_point(|other| other.frame <= event.frame)
            };
            self.queue.insert(place, Event { values, ..event });
        }
    }

    /// Puts the values of an event aside; gives the first chunk.
    fn store(&mut self, count: usize) -> u32 {
        let (mut first, mut last) = (NONE, NONE);
        for at in 0..count {
            let Ok(value) = self.values.pop() else { break };
            if at % CHUNK == 0 {
                let chunk = self.free;
                if chunk == NONE {
                    continue;
                }
                self.free = self.next[chunk as usize];
                self.free_count -= 1;
                self.next[chunk as usize] = NONE;
                if last == NONE {
                    first = chunk;
                } else {
                    self.next[last as usize] = chunk;
                }
                last = chunk;
            }
            if last != NONE {
                self.chunks[last as usize][at % CHUNK] = value;
            }
        }
        first
    }

    fn release(&mut self, first: u32) {
        let mut chunk = first;
        while chunk != NONE {
            let next = self.next[chunk as usize];
            self.next[chunk as usize] = self.free;
            self.free = chunk;
            self.free_count += 1;
            chunk = next;
        }
    }

    fn cancel(&mut self, frame: i64, generation: u32) {
        let mut kept = 0;
        for at in 0..self.queue.len() {
            let event = self.queue[at];
            if event.frame >= frame && event.generation < generation {
                self.release(event.values);
            } else {
                self.queue[kept] = event;
                kept += 1;
            }
        }
        self.queue.truncate(kept);
    }

    /// The next event before a frame, with its values.
    pub(super) fn pop_before(&mut self, frame: i64, values: &mut [SlotValue; MOST_VALUES]) -> Option<Event> {
        if self.queue.front()?.frame >= frame {
            return None;
        }
        let event = self.queue.pop_front()?;
        let mut chunk = event.values;
        for (at, value) in values.iter_mut().enumerate().take(usize::from(event.count)) {
            if at > 0 && at % CHUNK == 0 && chunk != NONE {
                chunk = self.next[chunk as usize];
            }
            if chunk != NONE {
                *value = self.chunks[chunk as usize][at % CHUNK];
            }
        }
        self.release(event.values);
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: i64, note: u32) -> Event {
        Event { note, ..Event::new(frame, 1, Kind::NoteOn) }
    }

    fn drain(inbox: &mut Inbox) -> Vec<(i64, u32)> {
        let mut values = [(0, 0.0); MOST_VALUES];
        std::iter::from_fn(|| inbox.pop_before(i64::MAX, &mut values)).map(|e| (e.frame, e.note)).collect()
    }

    #[test]
    fn events_come_by_frame_then_by_arrival() {
        let (mut sender, mut inbox) = queues();
        for event in [at(5, 1), at(3, 2), at(5, 3), at(4, 4)] {
            sender.send(event, &[]).unwrap();
        }
        inbox.collect();
        assert_eq!(drain(&mut inbox), [(3, 2), (4, 4), (5, 1), (5, 3)]);
    }

    #[test]
    fn each_event_keeps_its_own_values() {
        let (mut sender, mut inbox) = queues();
        for round in 0..5000u32 {
            let count = (round * 7 % 65) as usize;
            let values: Vec<_> = (0..count).map(|n| (n as u16, round as f32 + n as f32 / 100.0)).collect();
            sender.send(at(i64::from(5000 - round % 3), round), &values).unwrap();
            inbox.collect();
            let mut out = [(0, 0.0); MOST_VALUES];
            if round % 2 == 1 {
                while let Some(event) = inbox.pop_before(i64::MAX, &mut out) {
                    assert_eq!(usize::from(event.count), (event.note * 7 % 65).min(64) as usize);
                    for (n, value) in out.iter().take(event.count.into()).enumerate() {
                        assert_eq!(*value, (n as u16, event.note as f32 + n as f32 / 100.0));
                    }
                }
            }
        }
        assert_eq!(inbox.free_count, inbox.chunks.len());
    }

    #[test]
    fn what_is_cancelled_never_comes() {
        let (mut sender, mut inbox) = queues();
        for event in [at(3, 1), at(7, 2), Event { generation: 2, ..at(8, 3) }, Event::new(5, 2, Kind::Cancel), at(9, 4)]
        {
            sender.send(event, &[(0, 1.0)]).unwrap();
        }
        inbox.collect();
        assert_eq!(drain(&mut inbox), [(3, 1), (8, 3), (9, 4)]);
    }

    #[test]
    fn a_full_queue_says_so_and_loses_nothing() {
        let (mut sender, mut inbox) = queues();
        let sent = (0..100_000).take_while(|n| sender.send(at(i64::from(*n), *n), &[]).is_ok()).count();
        assert_eq!(sent, EVENTS);
        inbox.collect();
        assert_eq!(sender.send(at(1, 0), &[(0, 0.0); 3]), Ok(()));
        inbox.collect();
        assert_eq!(drain(&mut inbox).len(), EVENTS);
        inbox.collect();
        assert_eq!(drain(&mut inbox).len(), 1);
    }
}
