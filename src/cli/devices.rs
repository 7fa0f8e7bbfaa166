//! `talea devices [--json]`: where sound and MIDI can go on this machine.

use clap::Args;

use super::{Exit, paint};
use crate::outputs::devices;

/// Arguments of `talea devices`.
#[derive(Args)]
pub(super) struct DevicesArgs {}

/// Lists them.
pub(super) fn run(_args: &DevicesArgs) -> Exit {
    let found = devices::find();
    match &found.jack {
        Some(server) => {
            paint::line(&format!("JACK    a server answers: {} Hz, blocks of {} frames", server.rate, server.block));
        }
        None => paint::line("JACK    no server"),
    }
    for host in &found.hosts {
        if host.devices.is_empty() {
            paint::line(&format!("{:7} no device", host.name));
        }
        for device in &host.devices {
            let mark = if device.default { "*" } else { " " };
            paint::line(&format!("{:7} {mark} {}", host.name, device.name));
        }
    }
    let ports = |title: &str, names: &Option<Vec<String>>| {
        let Some(names) = names else {
            paint::line(&format!("{title} this machine has no MIDI system"));
            return;
        };
        if names.is_empty() {
            paint::line(&format!("{title} none"));
        }
        for name in names {
            paint::line(&format!("{title} {name}"));
        }
    };
    ports("MIDI out", &found.midi_out);
    ports("MIDI in ", &found.midi_in);
    Exit::Done
}
