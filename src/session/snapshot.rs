//! From the board to the screen's snapshot.
//!
//! Invariant: nothing is computed here that the music depends on.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Session;
use super::board::{Board, State};
use super::hands;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::FileId;
use crate::base::units::Db;
use crate::outputs;
use crate::pattern::FILL;
use crate::score::plan::StripKind;
use crate::sequencer::{Gesture, Hand};
use crate::ui::{
    Action, Health, Kind, Lit, Mark, Message, Problem, Queued, Section, SectionNow, Snapshot, SongPart, SourceText,
    Stale, Strip, Transport,
};

/// After so long the board shows what was asked for.
const SHOWN: Duration = Duration::from_millis(200);

/// Makes snapshots and takes actions.
pub struct Screen<'a> {
    session: &'a Session,
    /// What hands were asked for last, by strip: the board shows it a moment later, and keys come faster.
    asked: RefCell<HashMap<String, (Instant, Hand)>>,
    /// The same for the knobs of the text.
    turned: RefCell<HashMap<String, (Instant, f64)>>,
}

impl<'a> Screen<'a> {
    /// Of a running session.
    pub fn new(session: &'a Session) -> Screen<'a> {
        Screen { session, asked: RefCell::default(), turned: RefCell::default() }
    }

    /// The picture of now.
    pub fn snapshot(&self) -> Snapshot {
        let board = &*self.session.board;
        let state = board.state();
        Snapshot {
            title: state.score.as_ref().map_or_else(String::new, |score| score.title.to_string()),
            path: board.path.display().to_string(),
            transport: transport(&state),
            section: section(&state),
            queued: state.launching.as_ref().map(|(name, beats)| Queued { section: name.clone(), beats: *beats }),
            version: state.position.as_ref().map_or(0, |position| position.version),
            stale: stale(&state),
            strips: strips(board, &state),
            knobs: hands::knobs(&state.values),
            buttons: hands::buttons(&state.values),
            fill: state.fill,
            source: source(&state),
            problems: problems(&state),
            log: state
                .messages
                .iter()
                .map(|said| Message { severity: said.severity, text: said.message.clone() })
                .collect(),
            health: health(board, &state),
            sections: sections(&state),
            song: song(&state),
            song_at: state.position.as_ref().and_then(|position| position.entry.map(|(at, _)| at)),
        }
    }

    /// What a key asked for; `false` ends the session.
    pub fn act(&self, action: &Action) -> bool {
        let gesture = match action {
            Action::Quit => return false,
            Action::StepBack => {
                self.session.step_back();
                return true;
            }
            Action::PlayPause => Gesture::PlayPause,
            Action::Panic => Gesture::Panic,
            Action::Mute { strip } => {
                let hand = self.move_hand(strip, |hand| hand.mute = Some(!hand.mute.unwrap_or(false)));
                Gesture::Mute(Arc::from(strip.as_str()), hand.mute.unwrap_or(false))
            }
            Action::Solo { strip } => {
                let hand = self.move_hand(strip, |hand| hand.solo = Some(!hand.solo.unwrap_or(false)));
                Gesture::Solo(Arc::from(strip.as_str()), hand.solo.unwrap_or(false))
            }
            Action::Gain { strip, delta } => {
                let hand = self.move_hand(strip, |hand| hand.gain = (hand.gain + f64::from(*delta)).clamp(-60.0, 12.0));
                Gesture::Gain(Arc::from(strip.as_str()), hand.gain)
            }
            Action::Pan { strip, delta } => {
                let hand = self.move_hand(strip, |hand| hand.pan = (hand.pan + f64::from(*delta)).clamp(-1.0, 1.0));
                Gesture::Pan(Arc::from(strip.as_str()), hand.pan)
            }
            Action::Launch { section } => Gesture::Launch(Arc::from(section.as_str())),
            Action::CancelLaunch => Gesture::CancelLaunch,
            Action::ResumeSong => Gesture::ResumeSong,
            Action::Knob { name, delta } => match self.turn_knob(name, f64::from(*delta)) {
                Some(value) => Gesture::Value(Arc::from(name.as_str()), value),
                None => return true,
            },
            Action::Button { name, down } => Gesture::Value(Arc::from(name.as_str()), f64::from(u8::from(*down))),
            Action::Fill { down } => Gesture::Value(Arc::from(FILL), f64::from(u8::from(*down))),
        };
        self.session.gesture(gesture);
        true
    }

    /// Moves a knob from where it stands, or from where it was asked to a moment ago; `None` where it is gone.
    fn turn_knob(&self, name: &str, delta: f64) -> Option<f64> {
        let mut turned = self.turned.borrow_mut();
        let state = self.session.board.state();
        let mut knob = state.values.into_iter().find(|knob| knob.name == name)?;
        let recent = turned.get(name).filter(|(when, _)| when.elapsed() < SHOWN).map(|(_, value)| *value);
        knob.value = recent.unwrap_or(knob.value);
        let value = knob.moved(delta);
        turned.insert(name.to_owned(), (Instant::now(), value));
        Some(value)
    }

    /// Moves the hand on a strip from where it stands, or from where it was asked to a moment ago.
    fn move_hand(&self, strip: &str, change: impl FnOnce(&mut Hand)) -> Hand {
        let mut asked = self.asked.borrow_mut();
        let recent = asked.get(strip).filter(|(when, _)| when.elapsed() < SHOWN).map(|(_, hand)| *hand);
        let mut hand = recent.unwrap_or_else(|| standing(&self.session.board.state(), strip));
        change(&mut hand);
        asked.insert(strip.to_owned(), (Instant::now(), hand));
        hand
    }
}

/// The hand on a strip, with the text's marks where it did nothing.
fn standing(state: &State, strip: &str) -> Hand {
    let Some(score) = &state.score else { return Hand::default() };
    let index = score.plan.strips.iter().position(|other| *other.name == *strip);
    let mut hand = index.and_then(|index| state.hands.get(index).copied()).unwrap_or_default();
    let track = score.tracks.iter().position(|track| *track.name == *strip);
    if let Some((mute, solo)) = track.and_then(|track| state.marks.get(track).copied()) {
        (hand.mute, hand.solo) = (Some(mute), Some(solo));
    }
    hand
}

fn transport(state: &State) -> Transport {
    state.position.as_ref().map_or_else(Transport::default, |position| Transport {
        playing: position.playing,
        tempo: position.tempo,
        meter: (position.meter.count, position.meter.unit),
        bar: position.cycle.cycle().max(0) as u64 + 1,
        beat: position.beat,
    })
}

fn section(state: &State) -> Option<SectionNow> {
    let position = state.position.as_ref()?;
    if position.section.is_empty() {
        return None;
    }
    let song = state.score.as_ref()?.song.as_ref();
    let occurrence = song.zip(position.entry).map_or(0, |(song, (at, _))| song.entries[at].occurrence);
    Some(SectionNow {
        name: position.section.to_string(),
        occurrence: occurrence as u32 + 1,
        bar: position.bar as u32 + 1,
        bars: position.bars.map(|bars| bars as u32),
        next: position.next.as_ref().map(ToString::to_string),
    })
}

fn stale(state: &State) -> Vec<Stale> {
    let Some(score) = &state.score else { return Vec::new() };
    let stale = score.tracks.iter().filter(|track| track.version < score.version);
    stale.map(|track| Stale { name: track.name.to_string(), version: track.version }).collect()
}

fn strips(board: &Board, state: &State) -> Vec<Strip> {
    let Some(score) = &state.score else { return Vec::new() };
    let any_solo = state.marks.iter().any(|(_, solo)| *solo);
    let mut hue = 0;
    score
        .plan
        .strips
        .iter()
        .enumerate()
        .map(|(index, strip)| {
            let hand = state.hands.get(index).copied().unwrap_or_default();
            let track = score.tracks.iter().position(|track| track.strip == index);
            let (left, right) = board.meters.take_strip(strip.key).unwrap_or_default();
            let (muted, soloed) = track.and_then(|track| state.marks.get(track).copied()).unwrap_or_default();
            if strip.kind == StripKind::Track {
                hue += 1;
            }
            Strip {
                name: strip.name.to_string(),
                kind: match strip.kind {
                    StripKind::Track => Kind::Track,
                    StripKind::Group => Kind::Group,
                    StripKind::Bus => Kind::Bus,
                    StripKind::Master => Kind::Master,
                },
                peak: [left, right],
                gain: if strip.gain <= 0.0 {
                    f32::NEG_INFINITY
                } else {
                    Db::from_gain(f64::from(strip.gain)).0 as f32 + hand.gain as f32
                },
                pan: (strip.pan + hand.pan as f32).clamp(0.0, 1.0),
                muted: hand.mute == Some(true) || (track.is_none() && hand.mute.unwrap_or(false)),
                muted_by_text: hand.mute.is_none() && muted || any_solo && track.is_some() && !soloed,
                soloed,
                midi: track.is_some_and(|track| score.tracks[track].over_midi),
                playing: track.is_none_or(|track| state.playing_tracks.contains(&track)),
                hue,
            }
        })
        .collect()
}

fn source(state: &State) -> SourceText {
    let version = state.position.as_ref().map_or(state.newest, |position| position.version);
    let text = state.texts.get(&version).or_else(|| state.texts.get(&state.newest)).cloned();
    let sounding = state
        .lit
        .iter()
        .filter(|lit| lit.from <= state.frame && state.frame < lit.until)
        .flat_map(|lit| lit.places.iter().map(|place| Lit { place: *place, ink: lit.ink }))
        .collect();
    let marks = state
        .problems
        .iter()
        .filter(|d| d.severity != Severity::Hint && version == state.newest)
        .filter_map(|d| {
            let place = d.place.filter(|place| place.file == FileId(0))?;
            let line = state.sources.first()?.line_column(place.start).line;
            Some(Mark { line, severity: d.severity })
        })
        .collect();
    SourceText { file: FileId(0), text: text.unwrap_or_else(|| Arc::from("")), sounding, marks }
}

fn problems(state: &State) -> Vec<Problem> {
    let mut said: Vec<&Diagnostic> = state.problems.iter().collect();
    said.sort_by_key(|d| std::cmp::Reverse(d.severity));
    said.into_iter()
        .map(|d| {
            let source = d.place.and_then(|place| state.sources.iter().find(|source| source.id == place.file));
            Problem {
                at: d.place.zip(source).map(|(place, source)| source.line_column(place.start)),
                file: source.filter(|source| source.id != FileId(0)).map(|source| source.path.display().to_string()),
                diagnostic: d.clone(),
            }
        })
        .collect()
}

fn health(board: &Board, state: &State) -> Health {
    let status = &board.status;
    Health {
        load: state.load as f32 / 10.0,
        xruns: status.xruns(),
        late: board.meters.late.load(Ordering::Relaxed),
        voices: board.meters.voices.load(Ordering::Relaxed),
        device: if matches!(status.state(), outputs::State::Silent) { String::new() } else { status.name() },
        rate: status.rate(),
        latency: status.latency_ms() as f32,
        recording: board.recording.then(|| state.frame as f64 / f64::from(status.rate().max(1))),
        samples: state.score.as_ref().map_or(0, |score| score.plan.sample_bytes()),
        on_disk: state.score.as_ref().map_or(0, |score| score.plan.disk_bytes()),
        relief: state.relief as u8,
        render_differs: board.meters.late.load(Ordering::Relaxed) > 0 || state.lost > 0 || state.relieved,
    }
}

fn sections(state: &State) -> Vec<Section> {
    let Some(score) = &state.score else { return Vec::new() };
    let now = state.position.as_ref().map(|position| &position.section);
    score
        .scenes
        .iter()
        .skip(1)
        .map(|scene| Section {
            name: scene.name.to_string(),
            bars: scene.bars.map(|bars| bars.ceil().num() as u32),
            playing: now == Some(&scene.name),
        })
        .collect()
}

fn song(state: &State) -> Vec<SongPart> {
    let Some(score) = &state.score else { return Vec::new() };
    let entries = score.song.iter().flat_map(|song| &song.entries);
    entries
        .map(|entry| {
            let scene = &score.scenes[entry.scene];
            SongPart { section: scene.name.to_string(), bars: scene.bars.map_or(1, |bars| bars.ceil().num() as u32) }
        })
        .collect()
}
