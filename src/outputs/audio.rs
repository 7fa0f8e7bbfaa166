//! Devices through cpal: PulseAudio, ALSA, CoreAudio, WASAPI.
//!
//! A stream is asked for a fixed buffer (PulseAudio's own choice would queue two seconds), but its callbacks may have any
//! size. Stereo goes to the first two channels of whatever the device has; a mono device gets the half sum.
//!
//! Invariant: the error callback only sets atomics; a device that cannot be opened is an answer, never a panic.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, HostId, OutputCallbackInfo, SampleFormat, SizedSample, Stream,
    StreamConfig, SupportedBufferSize, SupportedStreamConfigRange,
};

use super::driver::{Driver, Signs};
use super::stage::{Edge, Stage};
use super::status::Status;
use crate::base::system;

/// Frames computed at a time inside one callback.
const CHUNK: usize = 1024;
/// Period without a hint. PulseAudio needs a long one to stay whole when the machine is busy; hardware does not.
const PULSE_PERIOD: u32 = 2048;
const OTHER_PERIOD: u32 = 512;
/// How long the system may take to open a stream.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a new stream is watched: half a second of sound in so short a time is no clock.
const PACE_TEST: Duration = Duration::from_millis(30);
/// Errors without a clear meaning are let pass for so long after the start (ALSA over PulseAudio floods with them).
const SETTLING: Duration = Duration::from_secs(1);
/// cpal's name of the PulseAudio host.
pub(super) const PULSE: &str = "PulseAudio";
/// cpal's name of the ALSA host.
pub(super) const ALSA: &str = "ALSA";

/// What to open.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Wish {
    /// cpal's name of the host; the first that has a device, if none is named.
    pub(super) host: Option<&'static str>,
    /// A device by its identifier or a part of its name; the default device otherwise.
    pub(super) device: Option<String>,
    /// From the callback to the loudspeaker, as a hint.
    pub(super) latency: Option<Duration>,
}

/// An open stream.
struct CpalStream {
    _stream: Stream,
    signs: Arc<Signs>,
    seat: u64,
    rate: u32,
    name: String,
}

impl Driver for CpalStream {
    fn seat(&self) -> u64 {
        self.seat
    }

    fn signs(&self) -> &Arc<Signs> {
        &self.signs
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}

/// Opens a stream on the device that was wished for, and starts it.
pub(super) fn open(stage: &Arc<Stage>, wish: &Wish) -> Result<Box<dyn Driver>, String> {
    system::quiet_alsa();
    let mut reason =
        wish.host.map_or_else(|| "no audio system answers".to_owned(), |host| format!("{host} does not answer"));
    for host in hosts().into_iter().filter(|host| wish.host.is_none_or(|name| name == host.name())) {
        match find(host, wish.device.as_deref()).and_then(|device| start(stage, host, &device, wish)) {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(said) => reason = format!("{}: {said}", host.name()),
        }
    }
    Err(reason)
}

/// The hosts to try, in cpal's order; JACK has its own driver.
pub(super) fn hosts() -> Vec<HostId> {
    cpal::available_hosts().into_iter().filter(|host| host.name() != "JACK").collect()
}

fn find(host: HostId, name: Option<&str>) -> Result<Device, String> {
    let host = cpal::host_from_id(host).map_err(|error| error.to_string())?;
    let Some(name) = name else { return host.default_output_device().ok_or_else(|| "it has no output device".into()) };
    // Not `output_devices`: that opens every device there is.
    let devices: Vec<Device> = host.devices().map_err(|error| error.to_string())?.filter(plays).collect();
    let exact = devices.iter().find(|device| identifier(device) == name);
    let search = name.to_lowercase();
    let alike = || devices.iter().find(|device| label(device).to_lowercase().contains(&search));
    exact.or_else(alike).cloned().ok_or_else(|| format!("there is no device `{name}`"))
}

/// Whether a device has an output and may be opened: not ALSA's detour over JACK, which would be a second client, and
/// not ALSA's `null`, which keeps no time.
pub(super) fn plays(device: &Device) -> bool {
    !matches!(identifier(device).as_str(), "jack" | "null")
        && device.description().is_ok_and(|description| description.supports_output())
}

/// The name by which the system knows the device.
pub(super) fn identifier(device: &Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

/// The name for people.
pub(super) fn label(device: &Device) -> String {
    device.description().map_or_else(|_| identifier(device), |description| description.name().to_owned())
}

fn start(stage: &Arc<Stage>, host: HostId, device: &Device, wish: &Wish) -> Result<CpalStream, String> {
    let name = format!("{}: {}", host.name(), label(device));
    let usual = device.default_output_config().map_err(|error| error.to_string())?;
    let ranges: Vec<_> = device.supported_output_configs().map_err(|error| error.to_string())?.collect();
    let settled = stage.clock.rate();
    let rate = if settled == 0 { usual.sample_rate() } else { settled };
    let (range, rate) =
        choose(&ranges, rate, usual.sample_rate()).ok_or("it takes no sample format that is known here")?;
    let standard = if host.name() == PULSE { PULSE_PERIOD } else { OTHER_PERIOD };
    // All of these systems hold two periods.
    let asked = wish.latency.map_or(standard, |latency| (latency.as_secs_f64() * f64::from(rate) / 2.0) as u32);
    let period = match range.buffer_size() {
        SupportedBufferSize::Range { min, max } => asked.clamp((*min).min(*max), *max).max(16),
        SupportedBufferSize::Unknown => asked.max(16),
    };
    let fixed = StreamConfig { channels: range.channels(), sample_rate: rate, buffer_size: BufferSize::Fixed(period) };
    let built = build(stage, device, range.sample_format(), fixed);
    // Elsewhere than on Linux some devices take no wish for a size, and their own choice is sound.
    let own = StreamConfig { buffer_size: BufferSize::Default, ..fixed };
    let elsewhere = host.name() != PULSE && host.name() != ALSA;
    let built =
        built.or_else(|said| if elsewhere { build(stage, device, range.sample_format(), own) } else { Err(said) });
    let (stream, signs, seat) = built.map_err(|error| error.to_string())?;
    stream.play().map_err(|error| error.to_string())?;
    // Some of ALSA's devices (`null`, `file`) take everything at once, and music must not run away.
    std::thread::sleep(PACE_TEST);
    if signs.beats() * u64::from(period) > u64::from(rate) / 2 + 8 * u64::from(period) {
        return Err(format!("`{}` does not keep time", label(device)));
    }
    Ok(CpalStream { _stream: stream, signs, seat, rate, name })
}

/// The best of what a device offers: the rate (else the usual one, else any), two channels, the finest format.
fn choose(ranges: &[SupportedStreamConfigRange], rate: u32, usual: u32) -> Option<(&SupportedStreamConfigRange, u32)> {
    let rank = |range: &SupportedStreamConfigRange| {
        let has = |rate: u32| (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate);
        let (rates, rate) = if has(rate) {
            (0, rate)
        } else if has(usual) {
            (1, usual)
        } else {
            (2, rate.clamp(range.min_sample_rate(), range.max_sample_rate()))
        };
        let channels = match range.channels() {
            2 => 0,
            1 => u16::MAX,
            more => more,
        };
        let format = match range.sample_format() {
            SampleFormat::F32 => 0,
            SampleFormat::I32 => 1,
            SampleFormat::I16 => 2,
            SampleFormat::U16 => 3,
            _ => return None,
        };
        Some(((rates, channels, format), rate))
    };
    let ranked = ranges.iter().filter(|range| range.channels() > 0).filter_map(|range| Some((rank(range)?, range)));
    ranked.min_by_key(|((rank, _), _)| *rank).map(|((_, rate), range)| (range, rate))
}

type Built = (Stream, Arc<Signs>, u64);

fn build(
    stage: &Arc<Stage>,
    device: &Device,
    format: SampleFormat,
    config: StreamConfig,
) -> Result<Built, cpal::Error> {
    match format {
        SampleFormat::F32 => build_as::<f32>(stage, device, config),
        SampleFormat::I32 => build_as::<i32>(stage, device, config),
        SampleFormat::I16 => build_as::<i16>(stage, device, config),
        SampleFormat::U16 => build_as::<u16>(stage, device, config),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }
}

fn build_as<T>(stage: &Arc<Stage>, device: &Device, config: StreamConfig) -> Result<Built, cpal::Error>
where
    T: SizedSample + FromSample<f32> + Send + 'static,
{
    let signs = Arc::new(Signs::default());
    let seat = stage.seat();
    let number = seat.number();
    let (status, failing) = (Arc::clone(&stage.status), Arc::clone(&signs));
    let mut feed = Feed {
        edge: Edge::new(seat, config.sample_rate),
        channels: usize::from(config.channels),
        left: [0.0; CHUNK],
        right: [0.0; CHUNK],
        signs: Arc::clone(&signs),
        status: Arc::clone(&stage.status),
        raised: false,
    };
    let opened = Instant::now();
    let stream = device.build_output_stream::<T, _, _>(
        config,
        move |data, info| feed.fill(data, info),
        move |error| match error.kind() {
            ErrorKind::Xrun => {
                status.xruns.fetch_add(1, Ordering::Relaxed);
            }
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => failing.fail(),
            _ if opened.elapsed() < SETTLING => {}
            _ => failing.fail(),
        },
        Some(PATIENCE),
    )?;
    Ok((stream, signs, number))
}

/// The data callback's own things.
struct Feed {
    edge: Edge,
    channels: usize,
    left: [f32; CHUNK],
    right: [f32; CHUNK],
    signs: Arc<Signs>,
    status: Arc<Status>,
    raised: bool,
}

impl Feed {
    fn fill<T: SizedSample + FromSample<f32>>(&mut self, data: &mut [T], info: &OutputCallbackInfo) {
        let now = Instant::now();
        if !std::mem::replace(&mut self.raised, true) {
            system::raise_priority();
        }
        self.signs.beat();
        let times = info.timestamp();
        let latency = times.playback.duration_since(times.callback);
        let frames = data.len() / self.channels;
        let rate = f64::from(self.edge.rate().max(1));
        let mut played = false;
        for (chunk, block) in data.chunks_mut(CHUNK * self.channels).enumerate() {
            let count = block.len() / self.channels;
            let (left, right) = (&mut self.left[..count], &mut self.right[..count]);
            let heard = now + latency + Duration::from_secs_f64((chunk * CHUNK) as f64 / rate);
            played |= self.edge.play(left, right, heard, None);
            spread(block, self.channels, left, right);
        }
        if played {
            self.status.block.store(frames as u32, Ordering::Relaxed);
            self.status.latency_micros.store(latency.as_micros().min(u128::from(u32::MAX)) as u32, Ordering::Relaxed);
        }
    }
}

/// Stereo into however many channels there are.
fn spread<T: SizedSample + FromSample<f32>>(block: &mut [T], channels: usize, left: &[f32], right: &[f32]) {
    for ((frame, left), right) in block.chunks_mut(channels).zip(left).zip(right) {
        match frame {
            [only] => *only = T::from_sample(0.5 * (left + right)),
            [first, second, others @ ..] => {
                *first = T::from_sample(*left);
                *second = T::from_sample(*right);
                others.fill(T::EQUILIBRIUM);
            }
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, SupportedBufferSize::Unknown, format)
    }

    #[test]
    fn stereo_finds_its_place_in_any_number_of_channels() {
        let (left, right) = ([0.5, -1.0], [0.25, 1.0]);
        let mut mono = [0.0f32; 2];
        spread(&mut mono, 1, &left, &right);
        assert_eq!(mono, [0.375, 0.0]);
        let mut four = [9i16; 8];
        spread(&mut four, 4, &left, &right);
        assert_eq!(four, [16384, 8192, 0, 0, -32768, 32767, 0, 0]);
        let mut unsigned = [0u16; 4];
        spread(&mut unsigned, 2, &[0.0, 2.0], &[-1.0, -2.0]);
        assert_eq!(unsigned, [32768, 0, 65535, 0]);
    }

    #[test]
    fn the_sessions_rate_comes_first_then_two_channels_then_the_format() {
        let ranges = [
            range(2, (44_100, 44_100), SampleFormat::F32),
            range(1, (48_000, 48_000), SampleFormat::F32),
            range(8, (8_000, 96_000), SampleFormat::F32),
            range(2, (8_000, 96_000), SampleFormat::I16),
            range(2, (8_000, 96_000), SampleFormat::I32),
            range(2, (8_000, 96_000), SampleFormat::U8),
        ];
        assert_eq!(choose(&ranges, 48_000, 44_100), Some((&ranges[4], 48_000)));
        assert_eq!(choose(&ranges[..1], 48_000, 44_100), Some((&ranges[0], 44_100)));
        assert_eq!(choose(&ranges[5..], 48_000, 44_100), None);
    }
}
