//! The table of commands: which word may stand where, and what it takes.
//!
//! Invariant: each command stands here once; the checker, "did you mean", the manual and completion read it.

/// Where a command may stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Room {
    /// In the file.
    Top,
    /// In `mix`, `bus`, `group`, `master`.
    Strip,
    /// In `section`, `last`, `every`.
    Section,
    /// In `midi`.
    Midi,
    /// In `piece`.
    Piece,
    /// In `kit`.
    Kit,
    /// In `synth`.
    Synth,
    /// In `sampler`.
    Sampler,
    /// In `soundfont` and `sfz`.
    Font,
}

impl Room {
    /// For sentences: "in a section".
    pub const fn phrase(self) -> &'static str {
        match self {
            Room::Top => "in the file",
            Room::Strip => "in a strip",
            Room::Section => "in a section",
            Room::Midi => "in a midi instrument",
            Room::Piece => "in piece",
            Room::Kit => "in a kit",
            Room::Synth => "in a synth",
            Room::Sampler => "in a sampler",
            Room::Font => "in a soundfont",
        }
    }
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its name.
    pub name: &'static str,
    /// Where it may stand.
    pub rooms: &'static [Room],
    /// Whether it does something now; else it says `not-yet`.
    pub plays: bool,
    /// An example, which is its form as well.
    pub form: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

const fn word(name: &'static str, rooms: &'static [Room], plays: bool, form: &'static str, doc: &'static str) -> Word {
    Word { name, rooms, plays, form, doc }
}

use Room::{Font, Kit, Midi, Piece, Sampler, Section, Strip, Synth, Top};

/// Every command of the language.
pub const WORDS: &[Word] = &[
    word("talea", &[Top], true, "talea 1", "The version of the language that the piece was written for."),
    word("piece", &[Top], true, "piece 'Night Bus' { by 'Ada Example' }", "The title, and who made it."),
    word("by", &[Piece], true, "by 'Ada Example'", "Who made the piece."),
    word("licence", &[Piece], true, "licence 'CC-BY-4.0'", "What others may do with it."),
    word("use", &[Top], true, "use 'rig.talea'", "Takes in the items of another file; its tracks do not play."),
    word("tempo", &[Top, Section], true, "tempo 124", "Quarter notes a minute."),
    word("meter", &[Top, Section], true, "meter 7/8", "The length of a bar, which is a cycle."),
    word("key", &[Top, Section], true, "key \"a:minor\"", "The scale that degrees and numerals use."),
    word("swing", &[Top, Section, Strip], true, "swing 54%", "How late the second of each two sixteenths comes."),
    word("seed", &[Top], true, "seed 7", "Another seed, other choices of chance."),
    word("tuning", &[Top], true, "tuning 'just'", "Another tuning than twelve equal steps."),
    word("quantum", &[Top], true, "quantum 1 bar", "On which beat a change takes effect."),
    word(
        "fade",
        &[Top, Section],
        true,
        "fade 2 bars",
        "How long a section cross-fades in; at the top, tracks that a save brings.",
    ),
    word("fill", &[Section], true, "fill 1 bar", "The end of the section in which `fill` is true."),
    word("transpose", &[Section], true, "transpose 2", "Moves the pitches of a section by semitones."),
    word("target", &[Top], true, "target -14LUFS", "The loudness of exported files."),
    word("song", &[Top], true, "song \"intro [verse drop]*2 out\"", "The order of the sections."),
    word("solo", &[Top], true, "solo bass drums", "Only these tracks sound."),
    word(
        "all",
        &[Top, Section],
        true,
        "all but pads",
        "In a section, every track plays; at the top, `all(f)` goes through every track.",
    ),
    word("hush", &[Top], true, "hush", "Every track is muted."),
    word("setcpm", &[Top], true, "setcpm(30)", "Cycles a minute; `tempo` is the usual word."),
    word("setCpm", &[Top], true, "setCpm(30)", "Cycles a minute; `tempo` is the usual word."),
    word("setCps", &[Top], true, "setCps(0.5)", "Cycles a second; `tempo` is the usual word."),
    word("setcps", &[Top], true, "setcps(0.5)", "Cycles a second; `tempo` is the usual word."),
    word("samples", &[Top], true, "samples('folder')", "A kit without a name; `kit` is the usual word."),
    word(
        "register",
        &[Top],
        true,
        "register('f', (a, x) => x.fast(a))",
        "Defines a function; `f(a, x) = …` is the usual way.",
    ),
    word("kit", &[Top], true, "kit tr 'samples/kit'", "A folder of sounds."),
    word(
        "folder",
        &[Kit, Sampler],
        true,
        "folder 'samples/kit'",
        "Where the files of a kit are, or of a sampler whose files tell their notes.",
    ),
    word("file", &[Kit, Sampler, Font], true, "file 'c3.wav'", "A file; a kit and a sampler may have several."),
    word(
        "sampler",
        &[Top],
        true,
        "sampler piano { file 'c3.wav', root 'c3', loop 0.4s 1.9s }",
        "A pitched instrument from files.",
    ),
    word("root", &[Sampler], true, "root 'c3'", "The note at which the file before it plays as it is."),
    word("loop", &[Sampler], true, "loop 0.4s 1.9s", "Goes round between these while the note is held."),
    word(
        "soundfont",
        &[Top],
        true,
        "soundfont strings { file 'x.sf2', program 48 }",
        "An instrument from a SoundFont (.sf2) or an SFZ file (.sfz).",
    ),
    word("sfz", &[Top], true, "sfz piano { file 'piano.sfz' }", "An instrument from an SFZ file."),
    word("program", &[Font], true, "program 48", "The preset, 0 to 127, or its name: program 'Strings'."),
    word("bank", &[Font], true, "bank 128", "The bank of the preset; 128 holds drums."),
    word("synth", &[Top], true, "synth acid(cutoff: 400Hz) { … }", "An instrument as a graph of signals."),
    word("voices", &[Synth], true, "voices 1", "How many notes sound at once; 1 is mono."),
    word("glide", &[Synth], true, "glide 40ms", "How long the pitch takes to the next note, where notes touch."),
    word("effect", &[Top], true, "effect dirt(drive: 6dB) { … in … }", "An insert as a graph of signals."),
    word("midi", &[Top], true, "midi juno { port 'Juno-6', channel 3 }", "An instrument that is played over MIDI."),
    word("port", &[Midi], true, "port 'Juno-6'", "The MIDI output, by a part of its name."),
    word("channel", &[Midi], true, "channel 3", "1 to 16."),
    word("offset", &[Midi], true, "offset -4ms", "Sends earlier or later, for a slow instrument."),
    word("audio", &[Midi], false, "audio 3 4", "The inputs on which its sound comes back."),
    word("osc", &[Top], false, "osc td { … }", "An instrument that is played over OSC."),
    word("input", &[Top], false, "input voice { … }", "Sound from an input."),
    word("takes", &[Top], false, "takes 'take.wav' { … }", "Recorded sound."),
    word("bus", &[Top], true, "bus room { reverb(decay: 2s) }", "A strip that others send to."),
    word("group", &[Top], true, "group rhythm [drums, bass] { … }", "A strip that others run through."),
    word("mix", &[Top, Section], true, "mix drums { gain -3dB }", "The strip of a track."),
    word("master", &[Top], true, "master { limit(ceiling: -1dBTP) }", "The last strip."),
    word("gain", &[Strip], true, "gain -3dB", "The fader."),
    word("pan", &[Strip], true, "pan .6", "0 left, .5 the middle, 1 right."),
    word("width", &[Strip], true, "width 1.2", "0 is mono, 1 as it is."),
    word("send", &[Strip], true, "send room -18dB", "Feeds a bus, after the fader."),
    word("out", &[Strip], false, "out 3 4", "The output channels."),
    word("cue", &[Strip], false, "cue", "Sends to the headphones."),
    word("channels", &[Strip], false, "channels 2", "The width of a strip."),
    word("section", &[Top], true, "section verse 16 { drums, bass }", "A part of the piece."),
    word("last", &[Section], true, "last 1 { drums: s(\"sd*8\") }", "What is different at the section's end."),
    word("every", &[Section], true, "every 8 { hats: silence }", "What is different in every eighth bar."),
    word(
        "continue",
        &[Section],
        true,
        "section peak 16 continue { all }",
        "Patterns run on through the section's start.",
    ),
    word("like", &[Section], true, "section verse2 8 like verse { top }", "Copies another section; its own lines win."),
    word("sync", &[Top], false, "sync link", "Follows another clock."),
    word("clock", &[Top], true, "clock 'Analog Rytm'", "Sends MIDI clock, start and stop to a port."),
];

/// What people type who do not know a command's name.
pub const INSTEAD: &[(&str, &str)] = &[
    ("bpm", "tempo"),
    ("speed", "tempo"),
    ("clock_speed", "tempo"),
    ("time", "meter"),
    ("signature", "meter"),
    ("timesig", "meter"),
    ("scale", "key"),
    ("groove", "swing"),
    ("shuffle", "swing"),
    ("random", "seed"),
    ("include", "use"),
    ("import", "use"),
    ("load", "use"),
    ("track", "mix"),
    ("channelstrip", "mix"),
    ("strip", "mix"),
    ("main", "master"),
    ("out", "master"),
    ("aux", "bus"),
    ("return", "bus"),
    ("fx", "bus"),
    ("part", "section"),
    ("scene", "section"),
    ("verse", "section"),
    ("arrangement", "song"),
    ("order", "song"),
    ("drumkit", "kit"),
    ("instrument", "synth"),
    ("mute", "solo"),
    ("title", "piece"),
    ("volume", "gain"),
    ("vol", "gain"),
    ("level", "gain"),
    ("panning", "pan"),
];

/// The command that people mean who type a word of other programs.
pub fn meant(name: &str, room: Room) -> Option<&'static Word> {
    INSTEAD.iter().find(|(typed, _)| *typed == name).and_then(|(_, word)| find(word, room))
}

/// The command that a word names, where it may stand there.
pub fn find(name: &str, room: Room) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name && word.rooms.contains(&room))
}

/// Every command that may stand there.
pub fn names(room: Room) -> impl Iterator<Item = &'static str> + use<> {
    WORDS.iter().filter(move |word| word.rooms.contains(&room)).map(|word| word.name)
}
