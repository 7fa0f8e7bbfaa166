//! From the model to the score: names become indices, sounds become programs, strips become a plan.
//!
//! Invariant: the same piece and samples give the same score, and what did not change has the same key.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::plan::{self, Key, Plan, Program, ProgramKind, Sample, StripKind, Wave};
use super::scene::Scene;
use super::scenes::{movable, scene};
use super::song::Song;
use super::sounds::{MidiControl, MidiInstrument, Sound, Sounds};
use super::stretched::stretched;
use super::zones::zoned;
use super::{BusControl, Duck, Score, Track};
use crate::base::catalog::{Catalog, Kit, Variant, bank_named};
use crate::base::control::Dimension;
use crate::base::event::address;
use crate::base::graph::Graph;
use crate::base::random;
use crate::base::source::Place;
use crate::base::wave::WAVES;
use crate::model::orbits;
use crate::model::piece::{self, Mapping, Piece, Role};
use crate::model::prelude;
use crate::model::setting::Setting;

/// How many voices a pitched instrument and a sample have at most.
pub(super) const VOICES: u16 = 64;

/// Gives the audio that a score plays.
pub trait Loader {
    /// A file of a kit; `None` where that failed (it has been said).
    fn load(&mut self, variant: &Variant) -> Option<Arc<Sample>>;

    /// The sample `ratio` times as long at its pitch, which the text wants at `place`; `None` where that failed (it has
    /// been said).
    fn stretched(&mut self, sample: &Arc<Sample>, ratio: f64, place: Place) -> Option<Arc<Sample>>;
}

/// No audio at all, for what only checks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAudio;

impl Loader for NoAudio {
    fn load(&mut self, _: &Variant) -> Option<Arc<Sample>> {
        None
    }

    fn stretched(&mut self, _: &Arc<Sample>, _: f64, _: Place) -> Option<Arc<Sample>> {
        None
    }
}

/// Makes the score of a piece. `ports` are the MIDI ports of all versions so far, and grows. Of the kits only sounds in `used` are loaded.
pub fn compile(
    piece: &Piece,
    catalog: &Catalog,
    used: &[String],
    generation: u32,
    ports: &mut Vec<Arc<str>>,
    loader: &mut dyn Loader,
) -> Score {
    let mut programs = Programs::default();
    for name in piece.midis.iter().map(|midi| &midi.port).chain(&piece.clocks) {
        if !ports.contains(name) {
            ports.push(Arc::clone(name));
        }
    }
    let port = |name: &Arc<str>| ports.iter().position(|other| other == name).unwrap_or_default() as u16;
    let mut sounds = sounds(piece, catalog, used, &mut programs, loader);
    stretched(piece, &mut sounds, &mut programs, loader);
    midi(piece, &mut sounds, &port);
    let strips = Strips::of(piece);
    let over_midi = over_midi(piece, &sounds);
    let tracks: Vec<Track> = piece
        .tracks
        .iter()
        .map(|track| Track {
            name: Arc::clone(&track.name),
            key: Key::of(&["track", &track.identity]),
            strip: strips.index[&*track.name],
            version: track.version,
            muted: track.muted,
            solo: track.solo,
            over_midi: over_midi.contains(&*track.name),
        })
        .collect();
    let movable = movable(piece, &strips.index);
    let scenes: Vec<Scene> = piece.sections.iter().map(|section| scene(piece, section, &movable)).collect();
    let sends = piece
        .strips
        .iter()
        .filter(|strip| strip.role == Role::Bus)
        .map(|strip| (Arc::clone(&strip.name), strips.index[&*strip.name]))
        .collect();
    let clocks = piece.clocks.iter().map(port).collect();
    let ducks = ducks(piece, &strips);
    Score {
        version: piece.version,
        title: Arc::clone(&piece.title),
        tracks,
        scenes,
        song: piece.song.as_ref().map(|(order, repeats)| Song::new(order.iter().copied(), *repeats)),
        quantum: piece.quantum.length,
        quantum_bars: piece.quantum.bars,
        target: piece.target,
        tuning: piece.tuning.clone(),
        hands: piece.hands.clone(),
        sounds,
        ports: ports.clone(),
        clocks,
        sends,
        bus_controls: bus_controls(piece, &strips),
        ducks,
        plan: Arc::new(Plan { generation, programs: programs.list, strips: strips.plan(piece, loader) }),
    }
}

/// Programs by their keys, each once.
#[derive(Default)]
pub(super) struct Programs {
    list: Vec<Program>,
    index: HashMap<Key, u32>,
}

impl Programs {
    /// The number of a program.
    pub(super) fn add(&mut self, key: Key, kind: ProgramKind, voices: u16) -> u32 {
        *self.index.entry(key).or_insert_with(|| {
            self.list.push(Program { key, kind, voices });
            self.list.len() as u32 - 1
        })
    }

    /// A program by its number.
    pub(super) fn get(&self, program: u32) -> Option<&Program> {
        self.list.get(program as usize)
    }
}

fn sounds(
    piece: &Piece,
    catalog: &Catalog,
    used: &[String],
    programs: &mut Programs,
    loader: &mut dyn Loader,
) -> Sounds {
    let mut sounds = Sounds::default();
    for (name, wave, _) in WAVES {
        let key = Key::of(&["wave", &format!("{wave:?}")]);
        sounds.insert("", name, Sound::Pitched(programs.add(key, ProgramKind::Wave(*wave), VOICES)));
    }
    let wanted = |bank: &str, name: &str| {
        let own = used.iter().any(|word| word == name);
        // `tr909_bd` is named whole, or as `bd` of the bank `tr909`.
        let of_bank = |word: &String| {
            name.strip_prefix(word.as_str())
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|rest| used.iter().any(|word| word == rest))
        };
        own || bank.is_empty() && used.iter().any(of_bank)
    };
    let mut kit = |sounds: &mut Sounds, bank: &str, kit: &Kit| {
        for (name, found) in &kit.zoned {
            if wanted(bank, name)
                && let Some(sound) = zoned(found, &format!("{bank}/{name}"), programs, loader)
            {
                sounds.insert(bank, name, sound);
            }
        }
        for (name, variants) in &kit.sounds {
            if !wanted(bank, name) {
                continue;
            }
            let loaded: Vec<u32> = variants
                .iter()
                .filter_map(|variant| {
                    let sample = loader.load(variant)?;
                    let key = Key::of(&["sample"]).within("content", sample.hash as usize);
                    Some(programs.add(key, ProgramKind::Sample { sample, root: None, looped: None }, VOICES))
                })
                .collect();
            if !loaded.is_empty() {
                sounds.insert(bank, name, Sound::Samples(loaded));
            }
        }
    };
    kit(&mut sounds, "", &catalog.builtin);
    let mut banks: Vec<(&str, &Kit)> = Vec::new();
    for name in &piece.kits {
        if let Some(found) = catalog.kits.get(&**name) {
            kit(&mut sounds, name, found);
            banks.extend(found.banks.iter().map(|(name, kit)| (name.as_str(), kit)));
        }
    }
    let named = || piece.kits.iter().map(|name| &**name).chain(banks.iter().map(|(name, _)| *name));
    for word in used {
        let Some(bank) = bank_named(named(), word) else { continue };
        if bank != word {
            sounds.alias(word, bank);
        }
        for (_, found) in banks.iter().filter(|(name, _)| *name == bank) {
            kit(&mut sounds, bank, found);
        }
    }
    for name in &piece.instruments {
        if used.iter().any(|word| **word == **name)
            && let Some(found) = catalog.instruments.get(&**name)
            && let Some(sound) = zoned(found, name, programs, loader)
        {
            sounds.insert("", name, sound);
        }
    }
    let unnamed = catalog.kits.get("").filter(|_| piece.kits.iter().any(|name| name.is_empty()));
    let own = |name: &str| {
        piece.synths.iter().any(|synth| *synth.name == *name)
            || piece.instruments.iter().any(|instrument| **instrument == *name)
            || unnamed.is_some_and(|kit| kit.names().any(|sound| sound == name))
    };
    for preset in prelude::all().iter().filter(|preset| used.contains(&preset.name) && !own(&preset.name)) {
        let key = Key::of(&["synth"]).within("content", preset.graph.digest() as usize);
        let kind = ProgramKind::Graph(Arc::clone(&preset.graph), Vec::new());
        let program = programs.add(key, kind, preset.graph.voices);
        sounds.insert("", &preset.name, Sound::Synth(program, Arc::clone(&preset.graph)));
    }
    for synth in &piece.synths {
        let Some(graph) = &synth.graph else { continue };
        let tables = tables(graph, loader);
        let key = Key::of(&["synth"]).within("content", content(graph, &tables) as usize);
        let program = programs.add(key, ProgramKind::Graph(Arc::clone(graph), tables), graph.voices);
        sounds.insert("", &synth.name, Sound::Synth(program, Arc::clone(graph)));
    }
    for name in &piece.later_synths {
        let key = Key::of(&["wave", "Saw"]);
        sounds.insert("", name, Sound::Pitched(programs.add(key, ProgramKind::Wave(Wave::Saw), VOICES)));
    }
    sounds
}

fn midi(piece: &Piece, sounds: &mut Sounds, port: &impl Fn(&Arc<str>) -> u16) {
    for (index, midi) in piece.midis.iter().enumerate() {
        let mut controls = Vec::new();
        for (label, mapping) in &midi.mappings {
            let control = match *mapping {
                Mapping::Cc(number) => MidiControl::Cc(number),
                Mapping::Cc14(number) => MidiControl::Cc14(number),
                Mapping::Nrpn(number) => MidiControl::Nrpn(number),
                Mapping::Bend => MidiControl::Bend,
                Mapping::Touch => MidiControl::Touch,
                Mapping::Note(key) => {
                    sounds.insert(&midi.name, label, Sound::Midi(index, Some(key)));
                    continue;
                }
            };
            controls.push((Arc::clone(label), control));
        }
        sounds.insert("", &midi.name, Sound::Midi(index, None));
        sounds.midi.push(MidiInstrument {
            name: Arc::clone(&midi.name),
            port: port(&midi.port),
            channel: midi.channel,
            offset: midi.offset,
            controls,
        });
    }
}

/// Strips in the order in which they are summed.
struct Strips {
    order: Vec<usize>,
    index: HashMap<Arc<str>, usize>,
}

impl Strips {
    /// Tracks, groups, then buses so that each comes after what feeds it, then the master.
    fn of(piece: &Piece) -> Strips {
        let of = |role| piece.strips.iter().enumerate().filter(move |(_, s)| s.role == role).map(|(at, _)| at);
        let mut order: Vec<usize> = of(Role::Track).chain(of(Role::Group)).collect();
        let mut buses: Vec<usize> = of(Role::Bus).collect();
        while !buses.is_empty() {
            // The checker has refused loops; were there one, the text's order would do.
            let free = buses.iter().position(|bus| {
                let name = &piece.strips[*bus].name;
                !buses.iter().any(|other| piece.strips[*other].sends.iter().any(|send| send.bus == *name))
            });
            order.push(buses.remove(free.unwrap_or(0)));
        }
        order.extend(of(Role::Master));
        let index = order.iter().enumerate().map(|(at, strip)| (Arc::clone(&piece.strips[*strip].name), at)).collect();
        Strips { order, index }
    }

    fn plan(&self, piece: &Piece, loader: &mut dyn Loader) -> Vec<plan::Strip> {
        let master = self.order.len() - 1;
        let tracks: HashMap<&str, &str> = piece.tracks.iter().rev().map(|t| (&*t.name, &*t.identity)).collect();
        let identity = |name: &str| tracks.get(name).copied().unwrap_or(name).to_owned();
        self.order
            .iter()
            .enumerate()
            .map(|(at, strip)| {
                let strip = &piece.strips[*strip];
                let kind = match strip.role {
                    Role::Track => StripKind::Track,
                    Role::Group => StripKind::Group,
                    Role::Bus => StripKind::Bus,
                    Role::Master => StripKind::Master,
                };
                let group = piece
                    .strips
                    .iter()
                    .find(|group| group.role == Role::Group && group.members.contains(&strip.name))
                    .map_or(master, |group| self.index[&*group.name]);
                let key = Key::of(&["strip", &identity(&strip.name)]);
                plan::Strip {
                    key,
                    name: Arc::clone(&strip.name),
                    kind,
                    inserts: inserts(strip, key, loader),
                    gain: plain(&strip.gain, 1.0),
                    pan: plain(&strip.pan, 0.5),
                    width: plain(&strip.width, 1.0),
                    sends: strip
                        .sends
                        .iter()
                        .map(|send| plan::Send {
                            to: self.index[&*send.bus],
                            level: plain(&send.level, 0.0),
                            pre: send.pre,
                        })
                        .collect(),
                    output: (at != master).then_some(group),
                }
            })
            .collect()
    }
}

/// What `roomsize`, `delaytime` and their like move: the first reverb and the first echo of their bus.
fn bus_controls(piece: &Piece, strips: &Strips) -> Vec<BusControl> {
    let all = [
        ("roomsize", "room", "reverb", "decay", Dimension::Duration),
        ("roomdim", "room", "reverb", "damp", Dimension::Frequency),
        ("delaytime", "delay", "echo", "time", Dimension::Duration),
        ("delaysync", "delay", "echo", "time", Dimension::Number),
        ("delayfeedback", "delay", "echo", "feedback", Dimension::Share),
    ];
    let mut out = Vec::new();
    for orbit in 1..=orbits::MOST {
        for (name, bus, kind, parameter, dimension) in all {
            let bus = orbits::name(bus, orbit);
            let Some(strip) = piece.strip(&bus) else { continue };
            let Some(at) = strip.inserts.iter().position(|insert| insert.info.name == kind) else { continue };
            let Some(index) = strip.inserts[at].infos().position(|info| info.name == parameter) else { continue };
            out.push(BusControl {
                orbit,
                name,
                strip: strips.index[&*bus],
                address: address::insert(at, index),
                dimension,
            });
        }
    }
    out
}

/// Each insert that makes way, for each track that it makes way for.
fn ducks(piece: &Piece, strips: &Strips) -> Vec<Duck> {
    let mut out = Vec::new();
    for strip in &piece.strips {
        for (at, insert) in strip.inserts.iter().enumerate() {
            let Some(by) = insert.word("by") else { continue };
            let orbit = (1..=orbits::MOST).find(|orbit| orbits::struck_by(*orbit) == **by);
            for (track, named) in piece.tracks.iter().enumerate() {
                if orbit.is_some() || named.name == *by || within(piece, by, &named.name) {
                    out.push(Duck {
                        track,
                        orbit,
                        sound: insert.word("sound").cloned(),
                        strip: strips.index[&*strip.name],
                        address: address::insert(at, 0),
                    });
                }
            }
        }
    }
    out
}

/// Whether a group has a member.
fn within(piece: &Piece, group: &str, member: &str) -> bool {
    let groups = piece.strips.iter().filter(|strip| strip.role == Role::Group && *strip.name == *group);
    groups.flat_map(|strip| &strip.members).any(|name| **name == *member)
}

fn plain(setting: &Setting, otherwise: f64) -> f32 {
    match setting {
        Setting::Plain(value) => *value as f32,
        Setting::Pattern(_) => otherwise as f32,
    }
}

/// The wavetables of a graph; one that is missing is empty, and has been said.
fn tables(graph: &Graph, loader: &mut dyn Loader) -> Vec<Arc<Sample>> {
    let files = graph.files.iter().map(|file| Variant::file(&**file));
    files.map(|file| loader.load(&file).unwrap_or_default()).collect()
}

/// A hash of what a graph does with its wavetables.
fn content(graph: &Graph, tables: &[Arc<Sample>]) -> u64 {
    tables.iter().fold(graph.digest(), |digest, table| random::join(digest, table.hash))
}

fn inserts(strip: &piece::Strip, key: Key, loader: &mut dyn Loader) -> Vec<plan::Insert> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    strip
        .inserts
        .iter()
        .map(|insert| {
            let count = counts.entry(insert.info.name).or_default();
            *count += 1;
            let key = match &insert.label {
                Some(label) => key.within(label, 0),
                None => key.within(insert.info.name, *count),
            };
            let parameters = insert
                .parameters
                .iter()
                .zip(insert.infos())
                .map(|(value, info)| match info.dimension {
                    // A span depends on the tempo: the sequencer sends it before the first frame. Two seconds a cycle
                    // is only what holds until then.
                    Dimension::Span => plain(value, f64::from(info.default)) * 2.0,
                    _ => plain(value, f64::from(info.default)),
                })
                .collect();
            let bands = insert.bands.iter().map(|band| band.name).collect();
            let effect = insert.effect.as_ref().map(|graph| {
                let tables = tables(graph, loader);
                plan::Effect { digest: content(graph, &tables), graph: Arc::clone(graph), tables, info: insert.info }
            });
            // One that cannot be loaded has been said.
            let file = insert
                .word("file")
                .map(|path| plan::Response(loader.load(&Variant::file(&**path)).unwrap_or_default()));
            plan::Insert { key, kind: insert.info.name, effect, file, bands, parameters }
        })
        .collect()
}

/// The tracks whose notes go to a MIDI instrument, as far as the text says.
fn over_midi<'a>(piece: &'a Piece, sounds: &Sounds) -> HashSet<&'a str> {
    let mut out = HashSet::new();
    if sounds.midi.is_empty() {
        return out;
    }
    for (name, layered) in piece.sections.iter().flat_map(|section| &section.tracks) {
        let Some(pattern) = &layered.base else { continue };
        pattern.visit_literals(&mut |control, value, _| {
            let word = value.as_word().unwrap_or_default();
            let instrument = sounds.midi.iter().any(|midi| *midi.name == *word);
            let plays = matches!(sounds.find(None, word), Some(Sound::Midi(..)));
            if instrument && matches!(control, Some("s" | "bank")) || plays && control == Some("s") {
                out.insert(&**name);
            }
        });
    }
    out
}
