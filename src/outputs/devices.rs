//! What this machine has, for `talea devices`: plain data.
//!
//! Invariant: looking opens no stream and leaves nothing behind.

use cpal::traits::{DeviceTrait, HostTrait};

use super::audio;
use super::midi_ports;
use crate::base::system;

/// Everything that was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// The JACK server, if one answers.
    pub jack: Option<JackServer>,
    /// The other audio systems that answer.
    pub hosts: Vec<Host>,
    /// MIDI ports one can send to; `None` when the machine has no MIDI system.
    pub midi_out: Option<Vec<String>>,
    /// MIDI ports one can receive from; `None` when the machine has no MIDI system.
    pub midi_in: Option<Vec<String>>,
}

/// A JACK server that answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JackServer {
    /// Frames a second.
    pub rate: u32,
    /// Frames a block.
    pub block: u32,
}

/// An audio system.
#[derive(Clone, PartialEq, Debug)]
pub struct Host {
    /// `PulseAudio`, `ALSA`, `CoreAudio`, `WASAPI`.
    pub name: String,
    /// Its output devices.
    pub devices: Vec<Device>,
}

/// An output device.
#[derive(Clone, PartialEq, Debug)]
pub struct Device {
    /// What to write after `--audio alsa:`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it plays what names no device.
    pub default: bool,
    /// Its usual rate in frames a second.
    pub rate: u32,
    /// How many channels it usually has.
    pub channels: u16,
}

/// Looks at everything. It can take some seconds when an audio system hangs.
pub fn find() -> Found {
    system::quiet_alsa();
    Found {
        jack: jack_server(),
        hosts: audio::hosts().into_iter().filter_map(host).collect(),
        midi_out: midi_ports::output_names(),
        midi_in: midi_ports::input_names(),
    }
}

#[cfg(unix)]
fn jack_server() -> Option<JackServer> {
    super::jack::server().map(|(rate, block)| JackServer { rate, block })
}

#[cfg(not(unix))]
fn jack_server() -> Option<JackServer> {
    None
}

fn host(id: cpal::HostId) -> Option<Host> {
    let host = cpal::host_from_id(id).ok()?;
    let usual = host.default_output_device();
    let mut devices = Vec::new();
    for device in host.devices().ok()?.filter(audio::plays) {
        // A device that has no configuration for output is not there, or only listens.
        let Ok(config) = device.default_output_config() else { continue };
        devices.push(Device {
            id: audio::identifier(&device),
            name: audio::label(&device),
            default: usual.as_ref() == Some(&device),
            rate: config.sample_rate(),
            channels: config.channels(),
        });
    }
    Some(Host { name: id.name().to_owned(), devices })
}
