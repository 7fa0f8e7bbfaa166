//! Playing without a device: the same sequencer and the same engine, pulled block by block as fast as the machine can.
//!
//! Invariant: what is rendered is what is played, sample for sample: the driver is another, nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::log::{Event as Logged, Log};
use crate::base::diagnostic::Diagnostic;
use crate::base::event::{Event, MidiEvent, SlotValue};
use crate::base::quality::Quality;
use crate::engine::{self, Config, Engine, EventSender, Meters, RigError, RigSender};
use crate::files::project::Project;
use crate::score::Score;
use crate::sequencer::{Gesture, Sequencer, Sink};

/// How many frames are computed at once.
pub const BLOCK: usize = 512;

/// The level under which a tail is over, as a factor: −90 dB.
const SILENCE: f32 = 3.162e-5;
/// How long it must have been so, in seconds.
const QUIET_SECONDS: f64 = 0.25;
/// No tail is waited for longer than this, in seconds.
const LONGEST_TAIL: f64 = 60.0;

/// The sequencer's way into the engine of the same thread.
struct Inline<'a> {
    events: &'a mut EventSender,
    midi: &'a mut Vec<MidiEvent>,
    lost: &'a mut u64,
}

impl Sink for Inline<'_> {
    fn event(&mut self, event: Event, values: &[SlotValue]) {
        if self.events.send(event, values).is_err() {
            *self.lost += 1;
        }
    }

    fn midi(&mut self, event: MidiEvent) {
        self.midi.push(event);
    }
}

/// What a render is computed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// Frames a second.
    pub rate: u32,
    /// How much arithmetic the sound is worth.
    pub quality: Quality,
    /// Threads that compute; the samples are the same with any number.
    pub threads: usize,
}

/// As it is played live.
impl From<u32> for Format {
    fn from(rate: u32) -> Format {
        Format { rate, quality: Quality::Live, threads: 1 }
    }
}

/// A piece being played offline.
pub struct Offline {
    rate: u32,
    threads: usize,
    sequencer: Sequencer,
    engine: Engine,
    events: EventSender,
    rigs: RigSender,
    meters: Arc<Meters>,
    midi: Vec<MidiEvent>,
    lost: u64,
}

impl Offline {
    /// At frame 0, with nothing to play.
    pub fn new(format: impl Into<Format>) -> Offline {
        let Format { rate, quality, threads } = format.into();
        let parts = engine::build(Config { rate, quality, threads, ..Config::default() });
        Offline {
            rate,
            threads,
            sequencer: Sequencer::new(rate),
            engine: parts.engine,
            events: parts.events,
            rigs: parts.rigs,
            meters: parts.meters,
            midi: Vec::new(),
            lost: 0,
        }
    }

    /// A version of the piece, at the first boundary not before a frame.
    pub fn set_score(&mut self, score: &Arc<Score>, not_before: i64) -> Result<(), Box<Diagnostic>> {
        self.rigs.collect();
        self.rigs.prepare(&score.plan).map_err(RigError::said)?;
        self.sequencer.set_score(Arc::clone(score), not_before);
        Ok(())
    }

    /// The sequencer, to ask it things.
    pub fn sequencer(&mut self) -> &mut Sequencer {
        &mut self.sequencer
    }

    /// The meters.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Frames by which the engine's output comes later than its events.
    pub fn latency(&self) -> usize {
        self.engine.latency()
    }

    /// The MIDI that was played since the last call.
    pub fn take_midi(&mut self) -> Vec<MidiEvent> {
        std::mem::take(&mut self.midi)
    }

    /// Events that found no room.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Hands over everything before a frame.
    fn advance(&mut self, until: i64) {
        let mut sink = Inline { events: &mut self.events, midi: &mut self.midi, lost: &mut self.lost };
        self.sequencer.advance(until, &mut sink);
    }

    /// A gesture at the horizon.
    pub fn gesture(&mut self, gesture: &Gesture, not_before: i64) {
        let mut sink = Inline { events: &mut self.events, midi: &mut self.midi, lost: &mut self.lost };
        self.sequencer.gesture(gesture, not_before, &mut sink);
    }

    /// Nothing begins any more; what sounds is let go.
    pub fn release(&mut self) {
        let mut sink = Inline { events: &mut self.events, midi: &mut self.midi, lost: &mut self.lost };
        self.sequencer.shut_down(&mut sink);
    }

    /// The next frames. Their events are handed over first.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.process_before(left, right, 0);
    }

    /// The same, where `next` frames will be asked for after them and no gesture comes between: with more than one
    /// thread they are begun.
    fn process_before(&mut self, left: &mut [f32], right: &mut [f32], next: usize) {
        let next = if self.threads > 1 { next } else { 0 };
        let ahead = self.engine.frame() + (left.len() + next) as i64;
        if ahead > self.sequencer.horizon() {
            self.advance(ahead);
        }
        self.engine.process_before(left, right, next);
    }

    /// How many frames were computed.
    pub fn frame(&self) -> i64 {
        self.engine.frame()
    }
}

/// How much is rendered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Length {
    /// The song, or eight cycles without one, and tails.
    Song,
    /// These cycles (half open), and tails.
    Cycles(i64, i64),
    /// Exactly so many seconds.
    Seconds(f64),
}

/// What comes of a render, block by block; `false` ends it.
pub type Take<'a> = dyn FnMut(&[f32], &[f32]) -> bool + Send + 'a;

/// Renders a piece.
///
/// # Errors
/// The engine did not take the rig.
pub fn render(
    score: &Arc<Score>,
    format: impl Into<Format>,
    length: Length,
    take: &mut Take<'_>,
) -> Result<(), Box<Diagnostic>> {
    run(Offline::new(format), score, length, take)
}

/// Renders one track of a piece as the desk lets it through: its strip, its group, what it sends to the buses, the
/// master. The others are silent, as if it were soloed.
///
/// # Errors
/// The engine did not take the rig.
pub fn render_stem(
    score: &Arc<Score>,
    track: &Arc<str>,
    format: impl Into<Format>,
    length: Length,
    take: &mut Take<'_>,
) -> Result<(), Box<Diagnostic>> {
    let mut offline = Offline::new(format);
    offline.gesture(&Gesture::Solo(Arc::clone(track), true), 0);
    for other in score.tracks.iter().filter(|other| other.name != *track && other.solo) {
        offline.gesture(&Gesture::Solo(Arc::clone(&other.name), false), 0);
    }
    run(offline, score, length, take)
}

fn run(mut offline: Offline, score: &Arc<Score>, length: Length, take: &mut Take<'_>) -> Result<(), Box<Diagnostic>> {
    let rate = offline.rate;
    let whole_song = score.song.is_some();
    let (from, cycles) = match length {
        Length::Cycles(from, to) => (from, Some(to - from)),
        Length::Song if !whole_song => (0, Some(8)),
        _ => (0, None),
    };
    let last = match length {
        Length::Seconds(seconds) => Some((seconds * f64::from(rate)).round() as i64),
        _ => None,
    };
    offline.sequencer.play_range(from, cycles, last.is_none());
    offline.set_score(score, 0)?;
    let threads = offline.threads;
    piped(threads, take, |take| {
        let mut out = Trimmed::new(offline.latency(), take);
        pull(&mut offline, last, &mut out);
    });
    Ok(())
}

/// Renders the log of a session.
///
/// # Errors
/// The engine did not take a rig.
pub fn replay(
    log: &Log,
    quality: Quality,
    threads: usize,
    take: &mut Take<'_>,
) -> Result<Vec<Diagnostic>, Box<Diagnostic>> {
    piped(threads, take, |take| replay_into(log, quality, threads, take))
}

fn replay_into(
    log: &Log,
    quality: Quality,
    threads: usize,
    take: &mut Take<'_>,
) -> Result<Vec<Diagnostic>, Box<Diagnostic>> {
    let mut offline = Offline::new(Format { rate: log.header.rate, quality, threads });
    let mut project = Project::new(&log.header.piece);
    let mut said = Vec::new();
    let mut block = Block::new();
    let mut out = Trimmed::new(offline.latency(), take);
    let mut ended = false;
    for line in &log.lines {
        // The calls come at the horizons at which they came in the session.
        while offline.sequencer.horizon() < line.at {
            let next = (offline.sequencer.horizon() + BLOCK as i64).min(line.at);
            offline.advance(next);
            let ready = next - offline.frame();
            if !block.pull(&mut offline, ready, true, &mut out) {
                return Ok(said);
            }
        }
        match &line.event {
            Logged::Version(texts) => {
                let texts: BTreeMap<PathBuf, Arc<str>> = texts.clone();
                project.stand_in(texts);
                if let Ok(version) = project.load() {
                    offline.set_score(&version.score, line.not_before)?;
                    said.extend(version.said.into_iter().filter(|d| d.place.is_none()));
                }
            }
            Logged::Gesture(gesture) => offline.gesture(gesture, line.not_before),
            Logged::End => {
                offline.release();
                ended = true;
                break;
            }
        }
    }
    if !ended {
        offline.release();
    }
    pull(&mut offline, None, &mut out);
    Ok(said)
}

/// Frames that are taken at once on another thread: enough that the threads of a render are seldom disturbed.
const PARCEL: usize = 16 * BLOCK;
/// Parcels on their way between two threads at most.
const ON_THE_WAY: usize = 4;

/// What is rendered is taken on a thread of its own where there may be more than one: files are written while the next
/// blocks are computed.
fn piped<T>(threads: usize, take: &mut Take<'_>, render: impl FnOnce(&mut Take<'_>) -> T) -> T {
    if threads < 2 {
        return render(take);
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (send, parcels) = crossbeam_channel::bounded::<[Vec<f32>; 2]>(ON_THE_WAY);
        let (give_back, empty) = crossbeam_channel::bounded(ON_THE_WAY);
        let over = &over;
        scope.spawn(move || {
            for [left, right] in parcels {
                if !over.load(Relaxed) && !take(&left, &right) {
                    over.store(true, Relaxed);
                }
                // One that finds no room is made anew.
                let _ = give_back.try_send([left, right]);
            }
        });
        let mut parcel: [Vec<f32>; 2] = Default::default();
        let out = render(&mut |left, right| {
            for (parcel, side) in parcel.iter_mut().zip([left, right]) {
                parcel.extend_from_slice(side);
            }
            if parcel[0].len() < PARCEL {
                return !over.load(Relaxed);
            }
            let mut next: [Vec<f32>; 2] = empty.try_recv().unwrap_or_default();
            next.iter_mut().for_each(Vec::clear);
            send.send(std::mem::replace(&mut parcel, next)).is_ok() && !over.load(Relaxed)
        });
        // The thread is at work until it has taken the last.
        if !parcel[0].is_empty() {
            let _ = send.send(parcel);
        }
        out
    })
}

/// Buffers of one block.
struct Block {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Block {
    fn new() -> Block {
        Block { left: vec![0.0; BLOCK], right: vec![0.0; BLOCK] }
    }

    /// Pulls so many frames; where `gestures` may come, the sequencer goes no further than that.
    fn pull(&mut self, offline: &mut Offline, frames: i64, gestures: bool, out: &mut Trimmed<'_, '_>) -> bool {
        let mut left_over = frames.max(0) as usize;
        while left_over > 0 {
            let count = left_over.min(BLOCK);
            left_over -= count;
            let next = if gestures { 0 } else { left_over.min(BLOCK) };
            offline.process_before(&mut self.left[..count], &mut self.right[..count], next);
            if !out.write(&self.left[..count], &self.right[..count]) {
                return false;
            }
        }
        true
    }

    fn is_quiet(&self, count: usize) -> bool {
        self.left[..count].iter().chain(&self.right[..count]).all(|x| x.abs() < SILENCE)
    }
}

/// Takes off the frames by which the engine is late.
struct Trimmed<'a, 'b> {
    skip: usize,
    take: &'a mut Take<'b>,
}

impl<'a, 'b> Trimmed<'a, 'b> {
    fn new(skip: usize, take: &'a mut Take<'b>) -> Trimmed<'a, 'b> {
        Trimmed { skip, take }
    }

    fn write(&mut self, left: &[f32], right: &[f32]) -> bool {
        let skip = self.skip.min(left.len());
        self.skip -= skip;
        if skip == left.len() { true } else { (self.take)(&left[skip..], &right[skip..]) }
    }
}

/// Pulls until the frame `last`, or until the music is over and its tails too.
fn pull(offline: &mut Offline, last: Option<i64>, out: &mut Trimmed<'_, '_>) {
    let mut block = Block::new();
    let latency = offline.latency() as i64;
    let rate = f64::from(offline.rate);
    if let Some(last) = last {
        block.pull(offline, last + latency, false, out);
        return;
    }
    let mut quiet = 0.0;
    let mut after = 0.0;
    while quiet < QUIET_SECONDS && after < LONGEST_TAIL {
        let over = !offline.sequencer.playing()
            && offline.sequencer.ended().is_none_or(|frame| offline.frame() >= frame + latency);
        offline.process_before(&mut block.left, &mut block.right, BLOCK);
        if !out.write(&block.left, &block.right) {
            return;
        }
        if over {
            let seconds = BLOCK as f64 / rate;
            after += seconds;
            quiet = if block.is_quiet(BLOCK) { quiet + seconds } else { 0.0 };
        }
    }
}
