//! A second JACK client that is a controller: it sends MIDI as a performer's fader or pad does.

use std::time::Duration;

use jack::{AsyncClient, Client, ClientOptions, Control, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi};
use rtrb::{Consumer, Producer, RingBuffer};

use super::wait_until;

struct Sending {
    port: Port<MidiOut>,
    waiting: Consumer<[u8; 3]>,
}

impl ProcessHandler for Sending {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut writer = self.port.writer(scope);
        while let Ok(bytes) = self.waiting.pop() {
            let _ = writer.write(&RawMidi { time: 0, bytes: &bytes });
        }
        Control::Continue
    }
}

/// The controller; its port is `controller:out`.
pub struct Controller {
    client: AsyncClient<(), Sending>,
    messages: Producer<[u8; 3]>,
}

impl Controller {
    /// Opens the client and connects it to an input, which may come up a little later.
    pub fn open(to: &str) -> Controller {
        let (client, _) = Client::new("controller", ClientOptions::NO_START_SERVER).expect("a JACK server");
        let port = client.register_port("out", MidiOut::default()).expect("a MIDI port");
        let (messages, waiting) = RingBuffer::new(64);
        let client = client.activate_async((), Sending { port, waiting }).expect("the controller is activated");
        let made = wait_until(Duration::from_secs(5), || {
            client.as_client().connect_ports_by_name("controller:out", to).is_ok()
        });
        assert!(made, "cannot connect the controller to {to}");
        Controller { client, messages }
    }

    /// Sends a message in the next period.
    pub fn send(&mut self, bytes: [u8; 3]) {
        self.messages.push(bytes).expect("there is room");
    }
}
