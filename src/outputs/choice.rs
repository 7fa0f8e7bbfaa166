//! What was chosen, and how it is opened.
//!
//! Invariant: nothing is opened on the caller's thread, because any audio system can hang.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::audio::{self, Wish};
use super::driver::Driver;
use super::stage::Stage;
use crate::base::diagnostic::Diagnostic;

/// Which audio system to use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Route {
    /// JACK if a server answers, else the machine's default, else silence until one of them comes up.
    #[default]
    Default,
    /// JACK.
    Jack,
    /// PulseAudio, or `PipeWire` in its place.
    Pulse,
    /// ALSA.
    Alsa,
    /// No device: a timer keeps musical time.
    Null,
}

/// What `--audio` asked for: `jack`, `pulse`, `alsa`, `alsa:hw:0`, `null`.
///
/// ```
/// use talea::outputs::{Choice, Route};
/// let choice: Choice = "alsa:hw:CARD=0,DEV=0".parse().unwrap();
/// assert_eq!((choice.route, choice.device.as_deref()), (Route::Alsa, Some("hw:CARD=0,DEV=0")));
/// assert!("loud".parse::<Choice>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// The audio system.
    pub route: Route,
    /// The device, by its identifier or a part of its name.
    pub device: Option<String>,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Choice, String> {
        let (word, device) = match text.split_once(':') {
            Some((word, device)) if !device.is_empty() => (word, Some(device.to_owned())),
            Some((word, _)) => (word, None),
            None => (text, None),
        };
        let route = match word {
            "jack" => Route::Jack,
            "pulse" => Route::Pulse,
            "alsa" => Route::Alsa,
            "null" => Route::Null,
            "default" => Route::Default,
            _ => return Err(format!("unknown audio system `{word}`: jack, pulse, alsa, alsa:DEVICE or null")),
        };
        if device.is_some() && !matches!(route, Route::Pulse | Route::Alsa) {
            return Err(format!("`{word}` takes no device; alsa:DEVICE and pulse:DEVICE do"));
        }
        Ok(Choice { route, device })
    }
}

/// How to play.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `--audio` asked for.
    pub choice: Choice,
    /// What `--latency` asked for: from the callback to the loudspeaker. A hint; JACK's server decides for itself.
    pub latency: Option<Duration>,
    /// Where to tell what happens.
    pub say: Sender<Diagnostic>,
}

/// Something that can be opened.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Source {
    Jack,
    Cpal(Wish),
}

/// An open driver and where it came from.
pub(super) struct Running {
    pub(super) driver: Box<dyn Driver>,
    pub(super) source: Source,
}

pub(super) type Attempt = Receiver<Result<Running, String>>;

/// What is tried at the start.
pub(super) fn first_sources(settings: &Settings) -> Vec<Source> {
    let wish = |host| Source::Cpal(Wish { host, device: settings.choice.device.clone(), latency: settings.latency });
    match settings.choice.route {
        Route::Jack => vec![Source::Jack],
        Route::Pulse => vec![wish(Some(audio::PULSE))],
        Route::Alsa => vec![wish(Some(audio::ALSA))],
        Route::Default => vec![Source::Jack, wish(None)],
        Route::Null => Vec::new(),
    }
}

/// What is tried when `lost` is gone: the same, then the default.
pub(super) fn next_sources(settings: &Settings, lost: Option<&Source>) -> Vec<Source> {
    let default = [Source::Jack, Source::Cpal(Wish { host: None, device: None, latency: settings.latency })];
    let mut sources: Vec<Source> = lost.cloned().into_iter().collect();
    sources.extend(default.into_iter().filter(|source| Some(source) != lost));
    sources
}

/// Tries to open one after the other on a spare thread, because any of them can hang.
pub(super) fn open_one_of(stage: &Arc<Stage>, sources: &[Source], busy: &Arc<AtomicUsize>) -> Attempt {
    let (answer, attempt) = bounded(1);
    let (stage, sources, busy) = (Arc::clone(stage), sources.to_vec(), Arc::clone(busy));
    let opener = move || {
        let mut last = "the system gives no thread".to_owned();
        for source in sources {
            let opened = match &source {
                Source::Jack => open_jack(&stage, &busy),
                Source::Cpal(wish) => audio::open(&stage, wish),
            };
            match opened {
                Ok(driver) => {
                    // An answer that nobody awaits any more drops the driver right here.
                    let _ = answer.send(Ok(Running { driver, source }));
                    return;
                }
                Err(said) => last = said,
            }
        }
        let _ = answer.send(Err(last));
    };
    // Without a thread the receiver is told by the dropped sender.
    let _ = std::thread::Builder::new().name("talea-open".into()).spawn(opener);
    attempt
}

#[cfg(unix)]
fn open_jack(stage: &Arc<Stage>, busy: &AtomicUsize) -> Result<Box<dyn Driver>, String> {
    // libjack keeps one state for the whole process: while a client is being opened or closed (and hangs at it, if the
    // server does) there can be no other.
    if busy.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return Err("the JACK server hangs".into());
    }
    let opened = super::jack::open(stage);
    busy.fetch_sub(1, Ordering::AcqRel);
    opened
}

#[cfg(not(unix))]
fn open_jack(_: &Arc<Stage>, _: &AtomicUsize) -> Result<Box<dyn Driver>, String> {
    Err("JACK is not built in on this system".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_words_are_understood() {
        let choice = |text: &str| text.parse::<Choice>().map(|choice| (choice.route, choice.device));
        assert_eq!(choice("jack"), Ok((Route::Jack, None)));
        assert_eq!(choice("pulse"), Ok((Route::Pulse, None)));
        assert_eq!(choice("alsa:hw:0"), Ok((Route::Alsa, Some("hw:0".into()))));
        assert_eq!(choice("null"), Ok((Route::Null, None)));
        assert!(choice("jack:x").is_err() && choice("").is_err());
    }

    #[test]
    fn after_a_loss_the_same_device_is_tried_first_then_the_default() {
        let say = crossbeam_channel::unbounded().0;
        let settings = Settings { choice: "alsa:hw:0".parse().unwrap(), latency: None, say };
        let lost = first_sources(&settings).pop();
        let next = next_sources(&settings, lost.as_ref());
        assert_eq!((next.first(), next.get(1), next.len()), (lost.as_ref(), Some(&Source::Jack), 3));
        assert_eq!(next_sources(&settings, Some(&Source::Jack)).len(), 2);
    }
}
