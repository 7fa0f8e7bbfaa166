//! What the machine's MIDI inputs hear: controllers and pads on their way to the knobs and buttons of a text.
//!
//! Each input has a ring of its own, from its callback to whoever listens; the rings' ends come through a channel, from
//! ordinary threads.
//!
//! Invariant: a callback that hears something pushes three bytes and goes on; what finds no room is lost.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};
use rtrb::{Consumer, Producer, RingBuffer};

/// Messages that may wait in one input's ring.
const ROOM: usize = 1024;

/// The listening end of one input.
#[derive(Debug)]
pub struct Ear {
    /// The name of what is heard; `None` where anything may be connected (JACK).
    pub port: Option<Arc<str>>,
    messages: Consumer<[u8; 3]>,
}

impl Ear {
    /// The next message of three bytes.
    pub fn hear(&mut self) -> Option<[u8; 3]> {
        self.messages.pop().ok()
    }

    /// Whether the input is gone and everything was heard.
    pub fn is_over(&self) -> bool {
        self.messages.is_abandoned() && self.messages.is_empty()
    }
}

/// The callback's end of one input.
#[derive(Debug)]
pub(super) struct Mouth(Producer<[u8; 3]>);

impl Mouth {
    /// Takes what concerns hands: notes and controllers. Neither allocates nor waits.
    pub(super) fn tell(&mut self, message: &[u8]) {
        if let Ok(bytes) = <[u8; 3]>::try_from(message)
            && matches!(bytes[0] & 0xf0, 0x80 | 0x90 | 0xb0)
        {
            let _ = self.0.push(bytes);
        }
    }
}

/// Where inputs announce themselves, and where they are listened to.
#[derive(Clone, Debug)]
pub(super) struct Ears {
    send: Sender<Ear>,
    receive: Receiver<Ear>,
}

impl Ears {
    pub(super) fn new() -> Ears {
        let (send, receive) = unbounded();
        Ears { send, receive }
    }

    /// A new input.
    pub(super) fn open(&self, port: Option<&str>) -> Mouth {
        let (mouth, messages) = RingBuffer::new(ROOM);
        let _ = self.send.send(Ear { port: port.map(Arc::from), messages });
        Mouth(mouth)
    }

    /// Each input as it comes.
    pub(super) fn listen(&self) -> Receiver<Ear> {
        self.receive.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_controllers_are_heard_and_the_rest_is_not() {
        let ears = Ears::new();
        let mut mouth = ears.open(Some("nano"));
        let mut ear = ears.listen().try_recv().unwrap();
        for message in [&[0xb0, 21, 64][..], &[0xf8], &[0xc0, 3], &[0xe0, 0, 64], &[0x90, 36, 1], &[0x80, 36, 0]] {
            mouth.tell(message);
        }
        drop(mouth);
        assert_eq!(ear.port.as_deref(), Some("nano"));
        assert!(!ear.is_over());
        let heard: Vec<_> = std::iter::from_fn(|| ear.hear()).collect();
        assert_eq!(heard, [[0xb0, 21, 64], [0x90, 36, 1], [0x80, 36, 0]]);
        assert!(ear.is_over());
    }
}
