//! From haps to notes: onsets on their frames, ends that are never lost.
//!
//! Invariant: every note that is planned has exactly one end, in `ends` until its cycle is planned and in the queue
//! from then on; a note's number depends on its track and its onset only, never on other tracks.

use std::cmp::Ordering;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Sequencer;
use super::follow::{Follow, Target};
use super::queue::{Entry, Planned, Rank};
use super::run::Run;
use super::slots::{Slot, voice_values};
use super::values::{in_unit, pitch};
use super::zoned::ZonedNote;
use crate::base::control::{self, slot};
use crate::base::event::{Event, Kind, MOST_VALUES, SlotValue};
use crate::base::graph::Graph;
use crate::base::ink::Ink;
use crate::base::random;
use crate::base::time::{Span, Time};
use crate::base::zone::Slots;
use crate::model::key;
use crate::model::plain::Pace;
use crate::model::setting::Setting;
use crate::pattern::harmony::chord::voiced;
use crate::pattern::{Controls, Hap, Value};
use crate::score::plan::Key;
use crate::score::sounds::{BASE, Sound, Zones};
use crate::score::stretched::{factor as stretched_by, ratio as ratio_of, semitones};
use crate::score::{Score, Track};

/// What has to be ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Held {
    /// A voice of the engine.
    Voice,
    /// A MIDI key: port, channel, key.
    Midi(u16, u8, u8),
}

/// A note that waits for its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// Where it ends, in cycles.
    pub at: Time,
    /// Where it began, in cycles, before swing and shift.
    pub onset: Time,
    /// Moved by this many frames, as its onset was.
    pub shift: i64,
    /// No earlier than this frame: after its own onset.
    pub earliest: i64,
    /// Its number.
    pub note: u32,
    /// Its track.
    pub track: Key,
    /// What sounds.
    pub held: Held,
}

impl PartialOrd for End {
    fn partial_cmp(&self, other: &End) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reversed, since a binary heap gives the greatest first.
impl Ord for End {
    fn cmp(&self, other: &End) -> Ordering {
        (other.at, other.note).cmp(&(self.at, self.note))
    }
}

/// A hap on its way to becoming a note.
#[derive(Clone, Copy)]
pub(super) struct Coming<'a> {
    pub run: &'a Run,
    pub track: usize,
    /// Onset and end in cycles of the transport.
    pub span: Span,
    pub frame: i64,
    /// Where the text puts the onset, before swing and shift.
    pub onset: Time,
    pub onset_frame: i64,
    pub pace: Pace,
    pub note: u32,
    pub hap: &'a Hap,
}

/// What plays a note in the engine.
#[derive(Clone, Copy)]
enum Played<'a> {
    /// A program.
    Program(u32),
    /// A synth's program, and its graph with the controls of its own.
    Synth(u32, &'a Graph),
    /// The zones that answer it, and what its pitch is shifted by then, in semitones.
    Zones(&'a Arc<Zones>, f32),
}

impl Sequencer {
    /// Plans the notes that begin in a stretch of a run.
    pub(super) fn plan_notes(&mut self, run: &Run, span: Span) {
        self.plan_notes_of(run, span, &|_| true);
    }

    /// The same of some tracks only.
    pub(super) fn plan_notes_of(&mut self, run: &Run, span: Span, which: &dyn Fn(usize) -> bool) {
        let scene = run.scene();
        let origin = run.pattern_origin();
        let local = run.local(span);
        let cycle_seconds = self.tempo.cycle_seconds(span.begin).to_f64();
        self.reader.pace(1.0 / cycle_seconds);
        let pace = Pace { cycle: cycle_seconds, quarters: scene.meter.quarters().to_f64() };
        let mut haps: Vec<Hap> = Vec::new();
        for part in scene.parts.iter().filter(|part| which(part.track)) {
            for slice in part.pattern.slices(local, scene.bars) {
                let Some(pattern) = slice.layer else { continue };
                let shift = run.start - origin;
                self.reader.section(run, slice.window);
                haps.extend(self.reader.haps(pattern, slice.span.map(|at| at + shift)).filter(Hap::has_onset));
                // Where another layer takes over, what began before it is cut.
                let until = part.pattern.until(slice.span.begin, scene.bars).map(|until| until + run.start);
                haps.sort_by_key(Hap::onset);
                let mut same = (Time::int(i64::MIN), 0u64);
                for hap in haps.drain(..) {
                    let whole = hap.whole_or_part().map(|at| at + origin);
                    same = if same.0 == whole.begin { (whole.begin, same.1 + 1) } else { (whole.begin, 0) };
                    let cut = &mut self.reader.too_dense;
                    if !self.crowd.admits(part.track, whole.begin.cycle(), cycle_seconds, cut) {
                        continue;
                    }
                    let end = [run.end, until].into_iter().flatten().fold(whole.end, Time::min);
                    self.plan_hap(run, part.track, Span::new(whole.begin, end), same.1, pace, &hap);
                }
            }
        }
        self.counts.too_dense = self.reader.too_dense;
    }

    fn plan_hap(&mut self, run: &Run, track: usize, span: Span, ordinal: u64, pace: Pace, hap: &Hap) {
        let Some(controls) = hap.value.controls() else { return };
        let key = run.score.tracks[track].key;
        let onset_frame = self.frame(span.begin);
        let begin = self.swung(run, span.begin);
        let shift = (hap.shift.clamp(-0.2, 60.0) * f64::from(self.rate)).round() as i64;
        let frame = (self.frame(begin) + shift).max(self.began);
        let place = random::join(span.begin.num() as u64, span.begin.den() as u64);
        let note = random::join(random::join(key.0, place), ordinal) as u32;
        let onset = span.begin;
        let span = Span::new(begin, span.end);
        let coming = Coming { run, track, span, frame, onset, onset_frame, pace, note, hap };
        // A bare chord is laid out by itself: a note for each of its tones.
        if let Some(tones) = controls.get("note").is_none().then(|| voiced(controls)).flatten() {
            for (tone, pitch) in tones.into_iter().enumerate() {
                let mut controls = controls.clone();
                controls.set("note".into(), Value::int(pitch));
                let note = random::join(u64::from(note), tone as u64) as u32;
                self.plan_note(&Coming { note, ..coming }, &controls);
            }
            return;
        }
        self.plan_note(&coming, controls);
    }

    /// Where swing puts an onset: the second half of each pair comes later, and all between is stretched.
    fn swung(&mut self, run: &Run, at: Time) -> Time {
        let (swing, window) = run.scene().swing.at(at - run.start, run.scene().bars);
        let Some(swing) = swing else { return at };
        let share = match &swing.share {
            Setting::Plain(share) => *share,
            Setting::Pattern(pattern) => {
                self.reader.section(run, window);
                self.reader.number(pattern, at - run.pattern_origin()).unwrap_or(0.5)
            }
        };
        let half = swing.grid / run.scene().meter.quarters();
        let pair = half + half;
        let share = Time::from_f64(share.clamp(0.05, 0.95));
        let start = run.start + ((at - run.start) / pair).floor() * pair;
        let within = at - start;
        let bend = pair * share;
        if within < half {
            start + within * (bend / half)
        } else {
            start + bend + (within - half) * ((pair - bend) / half)
        }
    }

    fn plan_note(&mut self, coming: &Coming<'_>, controls: &Controls) {
        let score = &coming.run.score;
        let bank = controls.get("bank").and_then(Value::as_word);
        let name = controls.get("s").and_then(Value::as_word);
        let pitched = ["note", "n", "freq"].iter().any(|name| controls.get(name).is_some());
        let sound = match name {
            Some(name) => score.sounds.find(bank, name),
            // A pitch without a sound plays on the triangle, as Strudel users expect.
            None if pitched => score.sounds.find(None, "triangle"),
            None => None,
        };
        let Some(sound) = sound.cloned() else {
            self.counts.unknown += 1;
            return;
        };
        let clip = controls.get("clip").and_then(|v| in_unit(v, control::Dimension::Factor, coming.pace));
        let own = controls.get("dur").and_then(|v| in_unit(v, control::Dimension::Span, coming.pace));
        let own = own.map(|cycles| Time::from_f64(cycles.clamp(0.0, 1000.0)));
        let factor = Time::from_f64(clip.unwrap_or(1.0).clamp(0.0, 1000.0));
        let end = match (own, clip) {
            (Some(own), _) => coming.span.begin + own * factor,
            (None, Some(clip)) if clip != 1.0 => coming.span.begin + coming.span.len() * factor,
            _ => coming.span.end,
        };
        let clip = clip.or(own.map(|_| 1.0));
        let end = coming.run.end.map_or(end, |last| end.min(last));
        let shift = controls.get("pitchshift").and_then(semitones).filter(|shift| *shift != 0.0);
        let ratio = controls.get("stretch").and_then(stretched_by);
        let ratio = (shift.is_some() || ratio.is_some()).then(|| ratio_of(ratio.unwrap_or(1.0), shift.unwrap_or(0.0)));
        let (transposed, at) = (self.transposed(coming), coming.span.begin);
        // What plays a pitch of its own is transposed by a shift of pitch; of samples the shift is read apart.
        let moved = transposed + shift.unwrap_or(0.0);
        self.plan_strikes(coming, controls, name.unwrap_or("triangle"), clip.is_some(), &sound, end);
        match sound {
            Sound::Midi(instrument, key) => self.plan_midi_note(coming, controls, (instrument, key), moved, end),
            Sound::Zoned { sets, pitched } => {
                let Some(zones) = numbered(&sets, controls, !pitched) else { return };
                let plain = || controls.get("note").and_then(pitch);
                let own = if pitched { self.resolve_pitch(controls, coming.run, at) } else { plain() };
                let note = hertz(controls, coming.pace).or_else(|| tuned(score, own)).map(|note| note + transposed);
                let note = note.or_else(|| pitched.then(|| f64::from(zones.rest) + transposed));
                let zones =
                    &ratio.map_or_else(|| Arc::clone(zones), |ratio| Arc::new(zones.stretched(&score.sounds, ratio)));
                self.plan_voice(
                    coming,
                    controls,
                    Played::Zones(zones, shift.unwrap_or(0.0) as f32),
                    note,
                    is_gated(controls, clip),
                    end,
                );
            }
            Sound::Samples(programs) => {
                let Some(program) = numbered(&programs, controls, true) else { return };
                let note = hertz(controls, coming.pace).or_else(|| tuned(score, controls.get("note").and_then(pitch)));
                let note = note.map(|note| note + transposed).or(shift.map(|_| f64::from(BASE)));
                let note = note.map(|note| note + shift.unwrap_or(0.0));
                let program = ratio.map_or(*program, |ratio| score.sounds.stretched(*program, ratio));
                self.plan_voice(coming, controls, Played::Program(program), note, is_gated(controls, clip), end);
            }
            Sound::Pitched(program) => {
                let note =
                    hertz(controls, coming.pace).or_else(|| tuned(score, self.resolve_pitch(controls, coming.run, at)));
                let note = note.map(|note| note + moved);
                self.plan_voice(coming, controls, Played::Program(program), note, true, end);
            }
            Sound::Synth(program, graph) => {
                let note =
                    hertz(controls, coming.pace).or_else(|| tuned(score, self.resolve_pitch(controls, coming.run, at)));
                let note = note.map(|note| note + moved);
                self.plan_voice(coming, controls, Played::Synth(program, &graph), note, true, end);
            }
        }
        self.plan_mark(coming, controls, end);
    }

    /// The pitch of an event: its `note`, or its `n` as a degree of the key, which is read at the onset.
    pub(super) fn resolve_pitch(&mut self, controls: &Controls, run: &Run, at: Time) -> Option<f64> {
        if let Some(note) = controls.get("note") {
            return pitch(note);
        }
        let degree = controls.get("n").and_then(Value::number)?;
        let (key, window) = run.scene().key.at(at - run.start, run.scene().bars);
        let Some(pattern) = key else { return Some(48.0 + degree) };
        let key = if let Some(key) = pattern.constant() {
            Some(key.clone())
        } else {
            self.reader.section(run, window);
            self.reader.value(pattern, at - run.pattern_origin())
        };
        Some(key.and_then(|key| key::degree(&key.to_string(), degree)).unwrap_or(48.0 + degree))
    }

    fn plan_voice(
        &mut self,
        coming: &Coming<'_>,
        controls: &Controls,
        played: Played<'_>,
        note: Option<f64>,
        gated: bool,
        end: Time,
    ) {
        let seconds = (end - coming.span.begin).to_f64() * coming.pace.cycle;
        let mut values: SmallVec<[SlotValue; 12]> = SmallVec::new();
        if let Some(note) = note {
            values.push((slot::NOTE, note as f32));
        }
        values.push((slot::DUR, seconds as f32));
        values.push((slot::BEAT, (coming.pace.cycle / coming.pace.quarters) as f32));
        if gated {
            values.push((slot::GATED, 1.0));
        }
        let (program, graph) = match played {
            Played::Program(program) => (program, None),
            Played::Synth(program, graph) => (program, Some(graph)),
            Played::Zones(..) => (0, None),
        };
        voice_values(&coming.run.score, controls, graph, coming.pace, &mut values);
        self.plan_bus_controls(coming, controls);
        values.truncate(MOST_VALUES);
        let track = &coming.run.score.tracks[coming.track];
        let event = Event {
            note: coming.note,
            program,
            track: track.strip as u16,
            count: values.len() as u8,
            generation: coming.run.score.plan.generation,
            ..Event::new(coming.frame, 0, Kind::NoteOn)
        };
        if let Played::Program(program) = played {
            self.foresee(&coming.run.score, program, &values);
        }
        let planned = match played {
            Played::Program(_) | Played::Synth(..) => Planned::Engine(event, values),
            Played::Zones(zones, shift) => {
                let note = note.map_or(zones.rest, |note| note as f32);
                let velocity = values.value(slot::VELOCITY).unwrap_or(zones.velocity);
                Planned::Zoned(Box::new(ZonedNote {
                    event,
                    values,
                    zones: Arc::clone(zones),
                    note,
                    shift,
                    velocity,
                    track: track.key,
                }))
            }
        };
        self.push(coming, Rank::On, coming.frame, planned);
        self.plan_end(coming, track, end, coming.frame, Held::Voice);
        self.follow(coming, controls, end, coming.frame, &|name| {
            Some(Target::Voice(Slot::of(&coming.run.score, graph, name)?))
        });
    }

    /// The note follows what is `.live` in it, as far as `target` says where that goes.
    pub(super) fn follow(
        &mut self,
        coming: &Coming<'_>,
        controls: &Controls,
        end: Time,
        frame: i64,
        target: &dyn Fn(&str) -> Option<Target>,
    ) {
        if self.was_handed_over(coming, frame) {
            return;
        }
        let whole = coming.hap.whole_or_part().len();
        for (name, value) in controls.iter() {
            if let Value::Live(live) = value
                && let Some(target) = target(name.as_str())
            {
                let mut follow = Follow::new(live, (coming.onset, end, whole), coming.note, target);
                (follow.began, follow.shift) = (frame, frame - coming.onset_frame);
                self.follows.push(follow);
            }
        }
    }

    pub(super) fn push(&mut self, coming: &Coming<'_>, rank: Rank, frame: i64, what: Planned) {
        self.push_part(coming, rank, frame, 0, what);
    }

    pub(super) fn push_part(&mut self, coming: &Coming<'_>, rank: Rank, frame: i64, part: u8, what: Planned) {
        if self.was_handed_over(coming, frame) {
            return;
        }
        let place = coming.span.begin;
        // Within a frame: by onset, then by the note's own number, so that the order is the same however it is cut.
        let order = (place.cycle() as u64) << 32 | u64::from(coming.note);
        self.queue.push(Entry {
            frame,
            rank,
            track: coming.track as u16,
            order,
            part,
            onset: coming.onset_frame,
            what,
        });
    }

    pub(super) fn plan_end(&mut self, coming: &Coming<'_>, track: &Track, at: Time, frame: i64, held: Held) {
        if self.was_handed_over(coming, frame) {
            return;
        }
        let shift = frame - self.frame(coming.span.begin);
        self.ends.push(End {
            at: at.max(coming.span.begin),
            onset: coming.onset,
            shift,
            earliest: frame + 1,
            note: coming.note,
            track: track.key,
            held,
        });
    }

    /// Whether what is planned once more went out before the plan was taken back: early notes do, and their ends wait.
    fn was_handed_over(&self, coming: &Coming<'_>, frame: i64) -> bool {
        self.again.is_some_and(|again| coming.onset < again.planned && frame < again.horizon)
    }

    fn plan_mark(&mut self, coming: &Coming<'_>, controls: &Controls, end: Time) {
        if coming.hap.places.is_empty() {
            return;
        }
        let seconds = (end - coming.span.begin).to_f64() * coming.pace.cycle;
        let until = coming.frame + (seconds.clamp(0.03, 60.0) * f64::from(self.rate)) as i64;
        let places = coming.hap.places.iter().copied().collect();
        let ink = controls.get("color").and_then(|color| Ink::named(&color.to_string()));
        self.push(coming, Rank::Mark, coming.frame, Planned::Mark(until, places, ink));
    }

    /// Plans the ends that come before a cycle.
    pub(super) fn plan_ends(&mut self, before: Time) {
        while self.ends.peek().is_some_and(|end| end.at < before) {
            if let Some(end) = self.ends.pop() {
                self.queue_end(end, end.at);
            }
        }
    }

    /// Notes that would go on beyond a cycle end there.
    pub(super) fn end_notes_at(&mut self, at: Time) {
        for end in std::mem::take(&mut self.ends) {
            self.queue_end(end, end.at.min(at));
        }
        for follow in &mut self.follows {
            follow.until = follow.until.min(at);
        }
    }

    fn queue_end(&mut self, end: End, at: Time) {
        let frame = (self.frame(at) + end.shift).max(end.earliest);
        let onset = self.frame(end.onset);
        let order = u64::from(end.note);
        self.queue.push(Entry { frame, rank: Rank::Off, track: 0, order, part: 0, onset, what: Planned::End(end) });
    }

    /// After a rewind to a cycle: ends that were planned after it wait again.
    pub(super) fn restore_ends(&mut self, frame: i64) {
        let mut back = Vec::new();
        self.queue.retain(|entry| match entry.what {
            Planned::End(end) if entry.frame >= frame => {
                back.push(end);
                false
            }
            _ => true,
        });
        self.ends.extend(back);
    }
}

/// The note at the frequency that an event gives, where it does.
pub(super) fn hertz(controls: &Controls, pace: Pace) -> Option<f64> {
    let hz = in_unit(controls.get("freq")?, control::Dimension::Frequency, pace)?;
    (hz > 0.0).then(|| 69.0 + 12.0 * libm::log2(hz / 440.0))
}

/// What `n` counts, round and round; the first where it does not count.
fn numbered<'a, T>(from: &'a [T], controls: &Controls, counts: bool) -> Option<&'a T> {
    let n = controls.get("n").and_then(Value::number).filter(|_| counts).unwrap_or(0.0).floor() as i64;
    from.get(n.rem_euclid(from.len().max(1) as i64) as usize)
}

/// Whether a sample ends with its note; what goes round and round would never end by itself.
fn is_gated(controls: &Controls, clip: Option<f64>) -> bool {
    clip.is_some() || controls.get("loop").and_then(Value::number).is_some_and(|on| on >= 0.5)
}

/// A key where the piece's tuning puts it.
pub(super) fn tuned(score: &Score, key: Option<f64>) -> Option<f64> {
    match &score.tuning {
        Some(tuning) => key.map(|key| tuning.tuned(key)),
        None => key,
    }
}
