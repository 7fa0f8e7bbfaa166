//! The table of event controls: what `.name(value)` means to the built-in voice chain.
//!
//! Invariant: each control stands here once; the checker, the help, the manual and the engine read it. A slot is
//! an index into a voice's values, so slots never change their meaning within a session.

pub mod slot;

use std::collections::HashMap;
use std::sync::OnceLock;

/// The kind of quantity a slot takes, which decides its units (LANGUAGE, "Slots and units").
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Dimension {
    /// A bare count or index.
    Number,
    /// Hz; takes `Hz kHz` and note names.
    Frequency,
    /// Seconds; takes `ms s beats bars`.
    Duration,
    /// Cycles; takes `ms s beats bars`.
    Span,
    /// A linear factor, never negative; takes `dB %`.
    Factor,
    /// Decibels; takes `dB dBTP LUFS`.
    Level,
    /// Semitones; takes `st ct`.
    Interval,
    /// 0 to 1; takes `%`.
    Share,
    /// A MIDI note number or a note name.
    Pitch,
    /// 0 to 127; takes `%`.
    Midi,
    /// A word: a sound, a bank, a vowel.
    Word,
}

/// One control of the built-in voice chain.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// Its name in the language.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// Where its value stands in an event; `None` for what the sequencer resolves (`s`, `bank`, `n`, `clip`) and for
    /// what is not built yet.
    pub slot: Option<u16>,
    /// Its kind of quantity.
    pub dimension: Dimension,
    /// What holds where the text is silent.
    pub default: f32,
    /// The lowest value that the engine takes; what is below is clamped.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// What a word means, by its place; empty where any word may stand.
    pub words: &'static [&'static str],
    /// Whether it plays now.
    pub plays: bool,
    /// One sentence, with the range.
    pub doc: &'static str,
}

use Dimension::{Duration, Factor, Frequency, Interval, Number, Pitch, Share, Word};

const fn control(
    name: &'static str,
    aliases: &'static [&'static str],
    slot: Option<u16>,
    dimension: Dimension,
    (default, low, high): (f32, f32, f32),
    doc: &'static str,
) -> Control {
    Control { name, aliases, slot, dimension, default, low, high, words: &[], plays: true, doc }
}

/// A control whose values are words, numbered from 0; the first is the default.
const fn word(
    name: &'static str,
    aliases: &'static [&'static str],
    slot: u16,
    words: &'static [&'static str],
    doc: &'static str,
) -> Control {
    let range = (0.0, 0.0, words.len() as f32 - 1.0);
    Control { words, ..control(name, aliases, Some(slot), Word, range, doc) }
}

const fn later(
    name: &'static str,
    aliases: &'static [&'static str],
    dimension: Dimension,
    doc: &'static str,
) -> Control {
    Control {
        name,
        aliases,
        slot: None,
        dimension,
        default: 0.0,
        low: f32::MIN,
        high: f32::MAX,
        words: &[],
        plays: false,
        doc,
    }
}

/// Every control that the built-in voice chain or the sequencer knows.
pub const CONTROLS: &[Control] = &[
    control("s", &["sound"], None, Word, (0.0, 0.0, 0.0), "The sound: a name of the kit, the bank or a synth."),
    control(
        "bank",
        &[],
        None,
        Word,
        (0.0, 0.0, 0.0),
        "Where the sound's name is looked up first: a kit or a MIDI box.",
    ),
    control("n", &[], None, Number, (0.0, -1e6, 1e6), "The sample's number on kits, a degree of the scale elsewhere."),
    control(
        "note",
        &["midinote"],
        Some(slot::NOTE),
        Pitch,
        (48.0, -60.0, 200.0),
        "Pitch as a note name or MIDI number; c4 is 60.",
    ),
    control("velocity", &["vel"], Some(slot::VELOCITY), Factor, (1.0, 0.0, 2.0), "The accent, 0 to 1, linear."),
    control("gain", &[], Some(slot::GAIN), Factor, (1.0, 0.0, 8.0), "The level of each event, a factor or dB."),
    control("pan", &[], Some(slot::PAN), Share, (0.5, 0.0, 1.0), "0 is left, .5 the middle, 1 right; equal power."),
    control("speed", &[], Some(slot::SPEED), Number, (1.0, -64.0, 64.0), "How fast a sample plays; below 0 backwards."),
    control(
        "attack",
        &["att"],
        Some(slot::ATTACK),
        Duration,
        (0.001, 0.0, 100.0),
        "How long a note takes to rise, seconds.",
    ),
    control(
        "decay",
        &["dec"],
        Some(slot::DECAY),
        Duration,
        (0.05, 0.0, 100.0),
        "From the peak to the sustain, seconds.",
    ),
    control(
        "sustain",
        &["sus"],
        Some(slot::SUSTAIN),
        Share,
        (1.0, 0.0, 1.0),
        "The level that a held note keeps, 0 to 1.",
    ),
    control(
        "release",
        &["rel"],
        Some(slot::RELEASE),
        Duration,
        (0.01, 0.0, 100.0),
        "How long a note takes to fade, seconds.",
    ),
    control("lpf", &["cutoff", "ctf", "lp"], Some(slot::LPF), Frequency, (0.0, 10.0, 24000.0), "Low-pass cutoff, Hz."),
    control(
        "lpq",
        &["resonance", "lpResonance"],
        Some(slot::LPQ),
        Number,
        (0.0, 0.0, 50.0),
        "Low-pass resonance, 0 to 50.",
    ),
    control("hpf", &["hcutoff", "hp"], Some(slot::HPF), Frequency, (0.0, 10.0, 24000.0), "High-pass cutoff, Hz."),
    control("hpq", &["hresonance"], Some(slot::HPQ), Number, (0.0, 0.0, 50.0), "High-pass resonance, 0 to 50."),
    control("bpf", &["bandf", "bp"], Some(slot::BPF), Frequency, (0.0, 10.0, 24000.0), "Band-pass centre, Hz."),
    control("bpq", &["bandq"], Some(slot::BPQ), Number, (1.0, 0.0, 50.0), "Band-pass resonance, 0 to 50."),
    control(
        "lpenv",
        &["lpe"],
        Some(slot::LPENV),
        Number,
        (0.0, -10.0, 10.0),
        "Depth of the low-pass envelope, octaves.",
    ),
    control(
        "lpattack",
        &["lpa"],
        Some(slot::LPATTACK),
        Duration,
        (0.001, 0.0, 100.0),
        "Attack of the low-pass envelope.",
    ),
    control("lpdecay", &["lpd"], Some(slot::LPDECAY), Duration, (0.2, 0.001, 100.0), "Decay of the low-pass envelope."),
    control("penv", &[], Some(slot::PENV), Interval, (0.0, -120.0, 120.0), "Depth of the pitch envelope, semitones."),
    control("pdecay", &["pdec"], Some(slot::PDECAY), Duration, (0.05, 0.001, 100.0), "Decay of the pitch envelope."),
    control("fm", &["fmi"], Some(slot::FM), Number, (0.0, 0.0, 100.0), "Depth of the frequency modulation."),
    control("fmh", &[], Some(slot::FMH), Number, (1.0, 0.0, 100.0), "Ratio of the modulator to the note."),
    control(
        "fmdecay",
        &[],
        Some(slot::FMDECAY),
        Duration,
        (0.0, 0.0, 100.0),
        "Decay of the frequency modulation; 0 is none.",
    ),
    control("detune", &["det"], Some(slot::DETUNE), Interval, (0.0, -120.0, 120.0), "Moves the pitch, semitones."),
    control("cut", &[], Some(slot::CUT), Number, (0.0, 0.0, 65535.0), "Choke group: a new hit ends the last one."),
    control("clip", &["legato"], None, Factor, (1.0, 0.0, 100.0), "The length of a note, as a factor of its step."),
    control("begin", &[], Some(slot::BEGIN), Share, (0.0, 0.0, 1.0), "Where in the sample it begins, 0 to 1."),
    control("end", &[], Some(slot::END), Share, (1.0, 0.0, 1.0), "Where in the sample it ends, 0 to 1."),
    control("crush", &[], Some(slot::CRUSH), Number, (0.0, 0.0, 16.0), "Bits, 1 to 16; 16 is clean."),
    control("distort", &["dist"], Some(slot::DISTORT), Number, (0.0, 0.0, 10.0), "Drive, 0 to 10."),
    control(
        "program",
        &["progNum"],
        None,
        Number,
        (0.0, 0.0, 127.0),
        "The program of a MIDI instrument, 0 to 127, sent ahead of its note where it changes.",
    ),
    control("room", &[], None, Factor, (0.0, 0.0, 8.0), "How much goes to the bus `room`."),
    control("delay", &[], None, Factor, (0.0, 0.0, 8.0), "How much goes to the bus `delay`."),
    control(
        "loop",
        &[],
        Some(slot::LOOP),
        Number,
        (0.0, 0.0, 1.0),
        "1 repeats the sample until the note ends, 0 plays it through.",
    ),
    control(
        "loopBegin",
        &["loopb", "loopbegin"],
        Some(slot::LOOPBEGIN),
        Share,
        (0.0, 0.0, 1.0),
        "Where in the sample its loop begins, 0 to 1; else at `begin`.",
    ),
    control(
        "loopEnd",
        &["loope", "loopend"],
        Some(slot::LOOPEND),
        Share,
        (1.0, 0.0, 1.0),
        "Where in the sample its loop ends, 0 to 1; else at `end`.",
    ),
    word(
        "unit",
        &[],
        slot::UNIT,
        &["r", "c"],
        "What `speed` counts in: \"r\" the sample's own rate, \"c\" whole samples a second.",
    ),
    control(
        "accelerate",
        &[],
        Some(slot::ACCELERATE),
        Number,
        (0.0, -16.0, 16.0),
        "By which share of itself the pace changes over the note: 1 ends twice as fast.",
    ),
    word(
        "vowel",
        &[],
        slot::VOWEL,
        &["a", "e", "i", "o", "u", "ae", "ih", "oo", "uh", "er"],
        "Speaks a vowel: a e i o u, or ae ih oo uh er as in bat, bit, book, but, bird.",
    ),
    control(
        "coarse",
        &[],
        Some(slot::COARSE),
        Number,
        (1.0, 1.0, 256.0),
        "Holds each frame for so many: 2 halves the sample rate.",
    ),
    control("shape", &[], Some(slot::SHAPE), Share, (0.0, 0.0, 1.0), "Soft distortion, 0 to 1."),
    control("vib", &["vibrato", "v"], Some(slot::VIB), Number, (0.0, 0.0, 100.0), "Vibrato, turns a second."),
    control("vibmod", &["vmod"], Some(slot::VIBMOD), Interval, (0.5, 0.0, 48.0), "Depth of the vibrato, semitones."),
    control(
        "phaser",
        &["ph", "phaserrate"],
        Some(slot::PHASER),
        Number,
        (0.0, 0.0, 100.0),
        "Turns of a phaser a second.",
    ),
    control(
        "phaserdepth",
        &["phd", "phasdp"],
        Some(slot::PHASERDEPTH),
        Share,
        (0.75, 0.0, 1.0),
        "How much of the phaser is heard, 0 to 1.",
    ),
    control(
        "phasercenter",
        &["phc"],
        Some(slot::PHASERCENTER),
        Frequency,
        (1000.0, 100.0, 16000.0),
        "Around which frequency the phaser sways, Hz.",
    ),
    control(
        "phasersweep",
        &["phs"],
        Some(slot::PHASERSWEEP),
        Frequency,
        (2000.0, 0.0, 16000.0),
        "How far the phaser sways, Hz.",
    ),
    control("tremolo", &["trem"], Some(slot::TREMOLO), Number, (0.0, 0.0, 200.0), "Turns of a tremolo a second."),
    control(
        "tremolodepth",
        &["tremdepth"],
        Some(slot::TREMOLODEPTH),
        Share,
        (1.0, 0.0, 1.0),
        "How deep the tremolo is, 0 to 1.",
    ),
    control(
        "squiz",
        &[],
        Some(slot::SQUIZ),
        Number,
        (1.0, 1.0, 64.0),
        "Plays each stretch between zero crossings so many times faster, and again.",
    ),
    control(
        "unison",
        &[],
        Some(slot::UNISON),
        Number,
        (1.0, 1.0, 8.0),
        "How many voices of a built-in wave sound together, `detune` semitones wide (else .2).",
    ),
    control(
        "unisonspread",
        &[],
        Some(slot::SPREAD),
        Share,
        (0.6, 0.0, 1.0),
        "How far the voices of `unison` stand apart.",
    ),
    control("freq", &[], None, Frequency, (0.0, 1.0, 24000.0), "The pitch in Hz, instead of a note."),
    control("lpsustain", &["lps"], Some(slot::LPSUSTAIN), Share, (0.0, 0.0, 1.0), "Sustain of the low-pass envelope."),
    control(
        "lprelease",
        &["lpr"],
        Some(slot::LPRELEASE),
        Duration,
        (0.1, 0.001, 100.0),
        "Release of the low-pass envelope.",
    ),
    control(
        "hpenv",
        &["hpe"],
        Some(slot::HPENV),
        Number,
        (0.0, -10.0, 10.0),
        "Depth of the high-pass envelope, octaves.",
    ),
    control(
        "hpattack",
        &["hpa"],
        Some(slot::HPATTACK),
        Duration,
        (0.001, 0.0, 100.0),
        "Attack of the high-pass envelope.",
    ),
    control(
        "hpdecay",
        &["hpd"],
        Some(slot::HPDECAY),
        Duration,
        (0.2, 0.001, 100.0),
        "Decay of the high-pass envelope.",
    ),
    control("hpsustain", &["hps"], Some(slot::HPSUSTAIN), Share, (0.0, 0.0, 1.0), "Sustain of the high-pass envelope."),
    control(
        "hprelease",
        &["hpr"],
        Some(slot::HPRELEASE),
        Duration,
        (0.1, 0.001, 100.0),
        "Release of the high-pass envelope.",
    ),
    control(
        "bpenv",
        &["bpe"],
        Some(slot::BPENV),
        Number,
        (0.0, -10.0, 10.0),
        "Depth of the band-pass envelope, octaves.",
    ),
    control(
        "bpattack",
        &["bpa"],
        Some(slot::BPATTACK),
        Duration,
        (0.001, 0.0, 100.0),
        "Attack of the band-pass envelope.",
    ),
    control(
        "bpdecay",
        &["bpd"],
        Some(slot::BPDECAY),
        Duration,
        (0.2, 0.001, 100.0),
        "Decay of the band-pass envelope.",
    ),
    control("bpsustain", &["bps"], Some(slot::BPSUSTAIN), Share, (0.0, 0.0, 1.0), "Sustain of the band-pass envelope."),
    control(
        "bprelease",
        &["bpr"],
        Some(slot::BPRELEASE),
        Duration,
        (0.1, 0.001, 100.0),
        "Release of the band-pass envelope.",
    ),
    word(
        "ftype",
        &[],
        slot::FTYPE,
        &["12db", "24db", "ladder"],
        "How the filters fall: \"12db\" or \"24db\" an octave, or as a \"ladder\" (the low-pass).",
    ),
    control(
        "fmattack",
        &["fmatt"],
        Some(slot::FMATTACK),
        Duration,
        (0.0, 0.0, 100.0),
        "Attack of the frequency modulation.",
    ),
    control(
        "fmsustain",
        &["fmsus"],
        Some(slot::FMSUSTAIN),
        Share,
        (0.0, 0.0, 1.0),
        "What `fmdecay` falls to, as a share of the depth.",
    ),
    control("pattack", &["patt"], Some(slot::PATTACK), Duration, (0.0, 0.0, 100.0), "Attack of the pitch envelope."),
    control(
        "delaytime",
        &["delayt", "dt"],
        None,
        Duration,
        (0.375, 0.0, 60.0),
        "Between two repeats of the bus `delay`, seconds; it holds for all that is sent there.",
    ),
    control(
        "delayfeedback",
        &["delayfb", "dfb"],
        None,
        Share,
        (0.5, 0.0, 0.98),
        "How much of each repeat of the bus `delay` comes back; it holds for all that is sent there.",
    ),
    control(
        "roomsize",
        &["size", "sz", "rsize"],
        None,
        Number,
        (2.0, 0.1, 60.0),
        "How long the bus `room` rings, seconds; it holds for all that is sent there.",
    ),
    control(
        "orbit",
        &["o"],
        None,
        Number,
        (1.0, 1.0, 16.0),
        "Which pair of `room` and `delay`: each above 1 is a copy for itself.",
    ),
    later("duck", &["duckorbit"], Number, "Side-chain."),
    later("color", &["colour"], Word, "Colours the step on the screen."),
    later("postgain", &[], Factor, "A level after all effects of the voice."),
    later("dry", &[], Factor, "How much stays without the room."),
    later("hold", &[], Duration, "How long the peak of the envelope is held."),
    later("noise", &[], Factor, "Noise over a wave."),
    later("distortvol", &[], Factor, "The level after `distort`."),
    later("distorttype", &[], Word, "The curve of `distort`."),
    later("shapevol", &[], Factor, "The level after `shape`."),
    later("djf", &[], Share, "One filter from low-pass to high-pass."),
    later("fanchor", &[], Share, "Where filter envelopes stand about their cutoff."),
    later("fmrelease", &["fmrel"], Duration, "Release of the frequency modulation."),
    later("fmenv", &[], Word, "The curve of the frequency modulation."),
    later("fmwave", &[], Word, "The wave of the modulator."),
    later("psustain", &["psus"], Share, "Sustain of the pitch envelope."),
    later("prelease", &["prel"], Duration, "Release of the pitch envelope."),
    later("pcurve", &[], Number, "The curve of the pitch envelope."),
    later("panchor", &[], Share, "Where the pitch envelope stands about the note."),
    later("tremolosync", &["tremsync"], Number, "Speed of a tremolo, in times a cycle."),
    later("tremoloskew", &["tremskew"], Share, "How much of a tremolo rises."),
    later("tremolophase", &["tremphase"], Share, "Where a tremolo begins."),
    later("tremoloshape", &["tremshape"], Word, "The wave of a tremolo."),
    later("pw", &[], Share, "The width of a pulse."),
    later("pwrate", &[], Number, "How fast the width of a pulse swings."),
    later("pwsweep", &[], Share, "How far the width of a pulse swings."),
    later("roomlp", &["rlp"], Frequency, "The top of the room."),
    later("roomdim", &["rdim"], Frequency, "The top of the room's end."),
    later("roomfade", &["rfade"], Duration, "How the room begins."),
    later("ir", &["iresponse"], Word, "A room from a sample."),
    later("delaysync", &[], Number, "The time of the bus `delay`, in cycles."),
    later("delayspeed", &[], Number, "The speed of the delay's tape."),
    later("duckdepth", &[], Share, "How far `duck` goes down."),
    later("duckattack", &["duckatt"], Duration, "How long `duck` takes to come back."),
    later("duckonset", &["duckons"], Duration, "How long `duck` takes to go down."),
    later("compressor", &[], Number, "The threshold of a compressor."),
    later("compressorRatio", &[], Number, "The ratio of a compressor."),
    later("compressorKnee", &[], Number, "The knee of a compressor."),
    later("compressorAttack", &[], Duration, "The attack of a compressor."),
    later("compressorRelease", &[], Duration, "The release of a compressor."),
    later("channels", &["channel", "ch"], Number, "The output channels; `out` of a strip says so, too."),
    later("stretch", &[], Number, "Makes a sample longer at its pitch."),
    later("dur", &["duration"], Duration, "The length of a note."),
    later("midiport", &[], Word, "A MIDI port; `midi` names one for all its notes."),
    later("midichan", &[], Number, "A MIDI channel; `midi` names one for all its notes."),
    later("midibend", &[], Number, "Pitch bend."),
    later("miditouch", &[], Number, "Pressure."),
    later("ccn", &[], Number, "The number of a MIDI controller; `midi` maps a word to it."),
    later("ccv", &[], Number, "The value of a MIDI controller."),
    later("nrpnn", &[], Number, "The number of a long MIDI controller."),
    later("nrpv", &[], Number, "The value of a long MIDI controller."),
];

impl Control {
    /// The number of a word, where it is one of the control's own.
    pub fn word(&self, word: &str) -> Option<f32> {
        self.words.iter().position(|known| *known == word).map(|at| at as f32)
    }
}

/// What people type who do not know a control's name.
pub const INSTEAD: &[(&str, &str)] = &[
    ("volume", "gain"),
    ("vol", "gain"),
    ("amp", "gain"),
    ("level", "gain"),
    ("loud", "gain"),
    ("panning", "pan"),
    ("pitch", "note"),
    ("sound_name", "s"),
    ("sample_name", "s"),
    ("instrument", "s"),
    ("rate", "speed"),
    ("lowpass", "lpf"),
    ("lpfilter", "lpf"),
    ("highpass", "hpf"),
    ("bandpass", "bpf"),
    ("filter", "lpf"),
    ("reso", "lpq"),
    ("q", "lpq"),
    ("reverb", "room"),
    ("verb", "room"),
    ("bitcrush", "crush"),
    ("distortion", "distort"),
    ("overdrive", "distort"),
    ("length", "clip"),
    ("accent", "velocity"),
    ("kit", "bank"),
    ("choke", "cut"),
];

/// The control that people mean who type a word of other programs.
pub fn meant(word: &str) -> Option<&'static Control> {
    INSTEAD.iter().find(|(typed, _)| *typed == word).and_then(|(_, name)| find(name))
}

/// The control that a word names.
pub fn find(word: &str) -> Option<&'static Control> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Control>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let names = |c: &'static Control| std::iter::once(c.name).chain(c.aliases.iter().copied()).map(move |n| (n, c));
        CONTROLS.iter().flat_map(names).collect()
    });
    index.get(word).copied()
}

#[cfg(test)]
mod tests;
