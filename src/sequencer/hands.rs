//! The performer's hands: mutes, solos and faders over what the text says, and what else is done on stage.
//!
//! Invariant: hands are known by the names of strips, so they outlive reloads; a reload takes a hand back only where the
//! mark in the text changed.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::queue::{Entry, Planned, Rank};
use super::{Sequencer, Sink};
use crate::base::event::{Event, Kind, hand};
use crate::score::{Score, plan::StripKind};

/// What a performer does. It is logged with its frame and replayed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gesture {
    /// Starts, or stops and keeps the place.
    PlayPause,
    /// Mutes a strip, or unmutes it.
    Mute(Arc<str>, bool),
    /// Solos a track, or takes that back.
    Solo(Arc<str>, bool),
    /// A strip's fader, in dB over the text's.
    Gain(Arc<str>, f64),
    /// A strip's pan, −1 to 1 added to the text's.
    Pan(Arc<str>, f64),
    /// A knob, a button (0 or 1) or `fill` of the text is at this value from now on.
    Value(Arc<str>, f64),
    /// Everything falls silent at once; the transport goes on.
    Panic,
    /// The load guard's: 0 takes everything back, 1 cuts releases short, 2 takes voices away too, each time anew.
    Relieve(u8),
    /// This section comes at the next boundary.
    Launch(Arc<str>),
    /// No, it does not.
    CancelLaunch,
    /// The song is taken up again at the next boundary.
    ResumeSong,
}

/// What a hand did to a strip; `None` is what the text says.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Hand {
    /// Muted or not.
    pub mute: Option<bool>,
    /// Soloed or not.
    pub solo: Option<bool>,
    /// dB over the text's fader.
    pub gain: f64,
    /// Added to the text's pan.
    pub pan: f64,
}

/// All hands, and the marks of the text that they lie over.
#[derive(Debug, Default)]
pub(super) struct Hands {
    strips: HashMap<Arc<str>, Hand>,
    /// What the text said of each track at the last reload: muted, soloed.
    marks: HashMap<Arc<str>, (bool, bool)>,
}

impl Hands {
    /// The hand on a strip.
    pub(super) fn of(&self, name: &str) -> Hand {
        self.strips.get(name).copied().unwrap_or_default()
    }

    fn at(&mut self, name: &Arc<str>) -> &mut Hand {
        self.strips.entry(Arc::clone(name)).or_default()
    }

    /// A new text: hands are taken back where its mark differs from the one before.
    pub(super) fn reload(&mut self, score: &Score) {
        for track in &score.tracks {
            let marks = (track.muted, track.solo);
            if let Some(before) = self.marks.insert(Arc::clone(&track.name), marks)
                && let Some(hand) = self.strips.get_mut(&track.name)
            {
                if before.0 != marks.0 {
                    hand.mute = None;
                }
                if before.1 != marks.1 {
                    hand.solo = None;
                }
            }
        }
    }

    /// Whether a track is muted and soloed, the hand over the text.
    pub(super) fn marks(&self, track: &crate::score::Track) -> (bool, bool) {
        let hand = self.of(&track.name);
        (hand.mute.unwrap_or(track.muted), hand.solo.unwrap_or(track.solo))
    }

    /// Which tracks are heard.
    pub(super) fn audible(&self, score: &Score) -> Vec<bool> {
        let marks: Vec<_> = score.tracks.iter().map(|track| self.marks(track)).collect();
        let any_solo = marks.iter().any(|(_, solo)| *solo);
        marks.into_iter().map(|(mute, solo)| !mute && (!any_solo || solo)).collect()
    }
}

impl Sequencer {
    /// The hand on a strip.
    pub fn hand(&self, strip: &str) -> Hand {
        self.hands.of(strip)
    }

    /// Whether a track is muted and soloed, the hand over the text.
    pub fn marks(&self, track: &crate::score::Track) -> (bool, bool) {
        self.hands.marks(track)
    }

    /// A gesture takes effect, at the horizon or, where it says so, at the next boundary that begins no earlier than
    /// `not_before`.
    pub fn gesture(&mut self, gesture: &Gesture, not_before: i64, sink: &mut impl Sink) {
        match gesture {
            Gesture::PlayPause if self.goes_on() => self.pause(sink),
            Gesture::PlayPause => self.resume(),
            Gesture::Mute(name, on) => self.hands.at(name).mute = Some(*on),
            Gesture::Solo(name, on) => self.hands.at(name).solo = Some(*on),
            Gesture::Gain(name, gain) => self.hands.at(name).gain = gain.clamp(-60.0, 12.0),
            Gesture::Pan(name, pan) => self.hands.at(name).pan = pan.clamp(-1.0, 1.0),
            Gesture::Value(name, value) => self.move_value(name, *value),
            Gesture::Panic => {
                self.end_midi(|_| true, self.horizon, sink);
                sink.event(self.event(self.horizon, Kind::Panic), &[]);
            }
            Gesture::Relieve(step) => {
                let relieve = self.event(self.horizon, Kind::Relieve);
                sink.event(Event { program: u32::from(*step), ..relieve }, &[]);
            }
            Gesture::Launch(name) => self.queue_launch(name, not_before),
            Gesture::CancelLaunch => self.cancel_launch(),
            Gesture::ResumeSong => self.queue_launch(&Arc::from(""), not_before),
        }
        if matches!(gesture, Gesture::Mute(..) | Gesture::Solo(..) | Gesture::Gain(..) | Gesture::Pan(..)) {
            self.silence_midi(sink);
            self.plan_hands(self.horizon);
        }
    }

    /// A value of the text moves at the horizon: what is planned after it is planned again.
    fn move_value(&mut self, name: &str, value: f64) {
        if !value.is_finite() || self.reader.standing(name) == Some(value) {
            return;
        }
        self.reader.hand(name, value);
        if self.goes_on() {
            self.plan_anew();
        }
    }

    /// Where a knob, a button or `fill` stands, if it was ever moved.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.reader.standing(name)
    }

    /// MIDI notes of tracks that are not heard any more end now.
    fn silence_midi(&mut self, sink: &mut impl Sink) {
        let Some(score) = self.score() else { return };
        let audible = self.hands.audible(score);
        let silent: Vec<u64> =
            score.tracks.iter().zip(audible).filter(|(_, heard)| !heard).map(|(track, _)| track.key.0).collect();
        self.end_midi(|track| silent.contains(&track), self.horizon, sink);
    }

    /// Every strip hears of its hand.
    pub(super) fn plan_hands(&mut self, frame: i64) {
        let Some(score) = self.score().cloned() else { return };
        let audible = self.hands.audible(&score);
        let silent = score.tracks.iter().zip(&audible).filter(|(_, heard)| !**heard);
        self.silent = silent.map(|(track, _)| track.key).collect();
        self.queue.retain(|entry| entry.rank != Rank::Hand || entry.frame < frame);
        for (index, strip) in score.plan.strips.iter().enumerate() {
            let hand = self.hands.of(&strip.name);
            let silent = if strip.kind == StripKind::Track {
                let track = score.tracks.iter().position(|track| track.strip == index);
                track.is_some_and(|track| !audible[track])
            } else {
                hand.mute.unwrap_or(false)
            };
            let gain = crate::base::units::Db(hand.gain).to_gain() as f32;
            for (parameter, value) in
                [(hand::GAIN, gain), (hand::PAN, hand.pan as f32), (hand::MUTE, f32::from(u8::from(silent)))]
            {
                let event = Event {
                    track: index as u16,
                    program: parameter,
                    note: value.to_bits(),
                    ..self.event(frame, Kind::Hand)
                };
                self.queue.push(Entry {
                    frame,
                    rank: Rank::Hand,
                    track: index as u16,
                    order: u64::from(parameter),
                    part: 0,
                    onset: frame,
                    what: Planned::Engine(event, smallvec::SmallVec::new()),
                });
            }
        }
    }
}
