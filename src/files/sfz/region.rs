//! An SFZ region as a zone.
//!
//! What follows is the format as sfzformat.com describes it. Where the built-in voice has less than SFZ (a hold or a delay
//! of an envelope, a filter's slope), the nearest that it has stands for it.
//!
//! Invariant: every opcode is either used, known to change no sound, or told to be left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::control::slot;
use crate::base::zone::{Accent, Trigger, Zone, ZoneEnvelope, ZoneFilter, ZoneLoop};
use crate::model::key::note_number;

/// Opcodes as they are inherited: the innermost says last.
pub(super) type Opcodes = BTreeMap<String, String>;

/// What is known of a region's file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// Frames and frames a second.
    pub(super) frames: u64,
    pub(super) rate: u32,
    /// The root that the file tells, MIDI number.
    pub(super) root: Option<f32>,
    /// The loop that the file tells: its first and its last frame.
    pub(super) repeats: Option<(u64, u64)>,
}

/// Opcodes that change no sound here, or that are read elsewhere.
const SILENT: &[&str] = &[
    "sample",
    "region_label",
    "group_label",
    "master_label",
    "global_label",
    "sw_label",
    "default_path",
    "note_offset",
    "octave_offset",
    "sw_lokey",
    "sw_hikey",
    "sw_default",
    "sw_last",
    "volume",
    "amplitude",
    "pan",
    "tune",
    "pitch",
    "transpose",
    "pitch_keytrack",
    "pitch_keycenter",
    "key",
    "lokey",
    "hikey",
    "lovel",
    "hivel",
    "offset",
    "end",
    "loop_mode",
    "loopmode",
    "loop_start",
    "loopstart",
    "loop_end",
    "loopend",
    "ampeg_attack",
    "ampeg_hold",
    "ampeg_decay",
    "ampeg_sustain",
    "ampeg_release",
    "amp_veltrack",
    "cutoff",
    "resonance",
    "fil_type",
    "filtype",
    "fil_keytrack",
    "fil_keycenter",
    "fil_veltrack",
    "fileg_depth",
    "fileg_attack",
    "fileg_decay",
    "fileg_sustain",
    "fileg_release",
    "pitcheg_depth",
    "pitcheg_decay",
    "seq_length",
    "seq_position",
    "lorand",
    "hirand",
    "group",
    "off_by",
    "off_mode",
    "polyphony",
    "note_polyphony",
    "trigger",
    "global_volume",
    "master_volume",
    "group_volume",
    "global_amplitude",
    "master_amplitude",
    "group_amplitude",
    "xfin_lovel",
    "xfin_hivel",
    "xfout_lovel",
    "xfout_hivel",
    "xf_velcurve",
    "lochan",
    "hichan",
    "hint_ram_based",
    "sample_quality",
    "lobend",
    "hibend",
];

/// The names of opcodes that are left out, numbers in them as `N`.
pub(super) fn left_out(opcodes: &Opcodes, into: &mut BTreeSet<String>) {
    for name in opcodes.keys().filter(|name| !SILENT.contains(&name.as_str())) {
        let cc = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.parse::<u16>().is_ok());
        if cc("locc") || cc("hicc") || cc("set_cc") || cc("set_hdcc") || cc("label_cc") || cc("label_key") {
            continue;
        }
        let mut shown = String::new();
        for c in name.chars() {
            if !c.is_ascii_digit() {
                shown.push(c);
            } else if !shown.ends_with('N') {
                shown.push('N');
            }
        }
        into.insert(shown);
    }
    if opcodes.get("trigger").is_some_and(|trigger| matches!(trigger.as_str(), "first" | "legato" | "release_key")) {
        into.insert(format!("trigger={}", opcodes["trigger"]));
    }
}

/// A reader of a region's opcodes.
pub(super) struct Region<'a> {
    pub(super) opcodes: &'a Opcodes,
    /// Added to keys, from `<control>`.
    pub(super) shift: i32,
    /// What the controllers stand at.
    pub(super) controllers: &'a BTreeMap<u16, f32>,
    /// The keyswitch that is on.
    pub(super) switch: Option<u8>,
    /// Groups that others are choked by.
    pub(super) chokers: &'a BTreeSet<i64>,
}

impl Region<'_> {
    fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.opcodes.get(*name)).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<f32> {
        self.opcodes.get(name)?.parse::<f32>().ok().filter(|number| number.is_finite() && number.abs() < 1e9)
    }

    fn key(&self, name: &str) -> Option<i32> {
        key(self.opcodes.get(name)?).map(|key| if key < 0 { key } else { key + self.shift })
    }

    /// Whether it may sound at all: its keys, its keyswitch and its controllers allow it.
    pub(super) fn sounds(&self) -> bool {
        let switched = self.key("sw_last").is_none_or(|key| self.switch.map(i32::from) == Some(key));
        let legato = self.text(&["trigger"]) == Some("legato");
        let by_controller = self.opcodes.keys().any(|name| name.starts_with("on_locc") || name.starts_with("on_hicc"));
        let ended = self.number("end").is_some_and(|end| end < 0.0);
        switched && !legato && !by_controller && !ended && self.controllers_allow() && self.keys().is_some()
    }

    fn controllers_allow(&self) -> bool {
        self.opcodes.iter().all(|(name, value)| {
            let bound = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.parse::<u16>().ok());
            let Ok(value) = value.parse::<f32>() else { return true };
            let stands = |number: u16| self.controllers.get(&number).copied().unwrap_or(standing(number));
            match (bound("locc"), bound("hicc")) {
                (Some(number), _) => stands(number) >= value,
                (_, Some(number)) => stands(number) <= value,
                _ => true,
            }
        })
    }

    fn keys(&self) -> Option<(u8, u8)> {
        let one = self.key("key");
        let low = self.key("lokey").or(one).unwrap_or(0);
        let high = self.key("hikey").or(one).unwrap_or(127);
        if high < 0 || low > 127 || low > high {
            return None;
        }
        Some((low.max(0) as u8, high.min(127) as u8))
    }

    fn velocities(&self) -> (u8, u8) {
        let bound = |name: &str, otherwise: f32| self.number(name).unwrap_or(otherwise).clamp(0.0, 127.0) as u8;
        let (mut low, mut high) = (bound("lovel", 0.0), bound("hivel", 127.0));
        // Layers that fade into each other change in the middle of the fade.
        let middle = |a: &str, b: &str| Some(f32::midpoint(self.number(a)?, self.number(b)?).clamp(0.0, 127.0) as u8);
        if let Some(from) = middle("xfin_lovel", "xfin_hivel") {
            low = low.max(from);
        }
        if let Some(to) = middle("xfout_lovel", "xfout_hivel") {
            high = high.min(to.saturating_sub(1));
        }
        (low, high)
    }

    /// The zone of a region that sounds.
    pub(super) fn zone<A>(&self, audio: A, known: Known) -> Option<Zone<A>> {
        let number = |name: &str, otherwise: f32| self.number(name).unwrap_or(otherwise);
        let centre = match self.text(&["pitch_keycenter"]) {
            Some("sample") => known.root,
            Some(_) => self.key("pitch_keycenter").map(|key| key as f32),
            None => self.key("key").map(|key| key as f32).or(known.root),
        };
        let tune = (self.number("tune").or(self.number("pitch")).unwrap_or(0.0)) / 100.0 + number("transpose", 0.0);
        let track = number("pitch_keytrack", 100.0) / 100.0;
        let centre = centre.unwrap_or(60.0);
        let length = number("seq_length", 1.0).clamp(1.0, 1000.0) as u16;
        let position = number("seq_position", 1.0).clamp(1.0, f32::from(length)) as u16;
        let trigger = if self.text(&["trigger"]).is_some_and(|trigger| trigger.starts_with("release")) {
            Trigger::Release
        } else {
            Trigger::Attack
        };
        let mode = self.text(&["loop_mode", "loopmode"]);
        let one_shot = mode == Some("one_shot") || trigger == Trigger::Release;
        let volume: f32 = ["volume", "global_volume", "master_volume", "group_volume"]
            .iter()
            .filter_map(|name| self.number(name))
            .sum();
        let amplitude: f32 = ["amplitude", "global_amplitude", "master_amplitude", "group_amplitude"]
            .iter()
            .filter_map(|name| self.number(name))
            .map(|percent| percent.clamp(0.0, 1000.0) / 100.0)
            .product();
        let mut zone = Zone {
            keys: self.keys()?,
            velocities: self.velocities(),
            turn: (position - 1, length),
            dice: (number("lorand", 0.0), number("hirand", 1.0)),
            trigger,
            root: centre,
            tune: tune.clamp(-120.0, 120.0),
            track,
            gain: (libm::exp2f(volume.clamp(-144.0, 48.0) / 6.0206) * amplitude).min(64.0),
            accent: Accent::Square((number("amp_veltrack", 100.0) / 100.0).clamp(-1.0, 1.0)),
            pan: (number("pan", 0.0) / 100.0).clamp(-1.0, 1.0),
            held: !one_shot,
            envelope: Some(self.envelope(one_shot)),
            filter: self.filter(),
            bend: self.bend(),
            choke: self.choke(),
            ..Zone::new(audio)
        };
        if known.frames > 0 {
            let share = |frame: f32| (frame / known.frames as f32).clamp(0.0, 1.0);
            let end = self.number("end").map_or(1.0, |end| share(end + 1.0));
            zone.window = (share(number("offset", 0.0)), end);
        }
        zone.repeats = self.repeats(mode, known);
        Some(zone)
    }

    fn repeats(&self, mode: Option<&str>, known: Known) -> Option<ZoneLoop> {
        let wanted = match mode {
            Some("loop_continuous") => Some(false),
            Some("loop_sustain") => Some(true),
            Some(_) => None,
            None => known.repeats.map(|_| false),
        };
        let sustain = wanted?;
        let told = |names: [&str; 2]| self.text(&names)?.parse::<u64>().ok();
        let start = told(["loop_start", "loopstart"]).or(known.repeats.map(|(start, _)| start)).unwrap_or(0);
        let end =
            told(["loop_end", "loopend"]).or(known.repeats.map(|(_, end)| end)).unwrap_or(known.frames.checked_sub(1)?);
        let end = (end + 1).min(known.frames);
        let seconds = |frame: u64| frame as f64 / f64::from(known.rate.max(1));
        (start < end).then(|| ZoneLoop { start: seconds(start), end: seconds(end), sustain })
    }

    fn envelope(&self, one_shot: bool) -> ZoneEnvelope {
        let seconds = |name: &str, otherwise: f32| self.number(name).unwrap_or(otherwise).clamp(0.0, 100.0);
        ZoneEnvelope {
            attack: seconds("ampeg_attack", 0.0),
            decay: seconds("ampeg_hold", 0.0) + seconds("ampeg_decay", 0.0),
            sustain: (seconds("ampeg_sustain", 100.0) / 100.0).min(1.0),
            release: seconds("ampeg_release", if one_shot { 0.05 } else { 0.02 }),
            decay_by_key: 0.0,
        }
    }

    fn filter(&self) -> Option<ZoneFilter> {
        let cutoff = self.number("cutoff")?.clamp(1.0, 24_000.0);
        let kind = self.text(&["fil_type", "filtype"]).unwrap_or("lpf_2p");
        let slot = match kind.get(..3)? {
            "lpf" | "lsh" | "pkf" => slot::LPF,
            "hpf" => slot::HPF,
            "bpf" => slot::BPF,
            _ => return None,
        };
        let resonance = self.number("resonance").unwrap_or(0.0).clamp(0.0, 40.0);
        let number = |name: &str| self.number(name).unwrap_or(0.0);
        let depth = number("fileg_depth").clamp(-12_000.0, 12_000.0) / 1200.0;
        let sustain = (self.number("fileg_sustain").unwrap_or(100.0) / 100.0).clamp(0.0, 1.0);
        Some(ZoneFilter {
            slot,
            cutoff: cutoff * libm::exp2f(depth * sustain),
            // A band-pass counts its resonance as Q.
            resonance: if slot == slot::BPF { 0.707 * libm::exp2f(resonance / 6.0206) } else { resonance },
            key: number("fil_keytrack").clamp(-1200.0, 1200.0),
            centre: self.key("fil_keycenter").unwrap_or(60) as f32,
            velocity: number("fil_veltrack").clamp(-9600.0, 9600.0),
            envelope: depth * (1.0 - sustain),
            times: (number("fileg_attack").clamp(0.0, 100.0), number("fileg_decay").clamp(0.001, 100.0)),
        })
    }

    fn bend(&self) -> Option<(f32, f32)> {
        let depth = self.number("pitcheg_depth").filter(|depth| *depth != 0.0)? / 100.0;
        Some((depth.clamp(-120.0, 120.0), self.number("pitcheg_decay").unwrap_or(0.0).clamp(0.001, 100.0)))
    }

    /// Who is choked by a group stands in one choke group with it.
    fn choke(&self) -> u16 {
        let group =
            |name: &str| self.opcodes.get(name).and_then(|text| text.parse::<i64>().ok()).filter(|group| *group != 0);
        let chokes = group("group").filter(|group| self.chokers.contains(group));
        group("off_by").or(chokes).map_or(0, |group| (group.rem_euclid(0x3fff) + 1) as u16)
    }
}

/// A key as a number or as a note; −1 is none.
pub(super) fn key(text: &str) -> Option<i32> {
    let number = text.parse::<i32>().ok().or_else(|| note_number(&text.to_lowercase()).map(|note| note as i32));
    number.filter(|key| (-1..=127).contains(key))
}

/// Where a controller stands that nobody moved.
fn standing(number: u16) -> f32 {
    match number {
        7 => 100.0,
        10 => 64.0,
        11 => 127.0,
        _ => 0.0,
    }
}
