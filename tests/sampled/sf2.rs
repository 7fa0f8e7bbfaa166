//! `SoundFonts` as they are heard, written here byte by byte.

use crate::desk::{Desk, RATE, level, render};

/// Zones of generators and their amounts.
type Zones = Vec<Vec<(u16, u16)>>;

/// A font in the making: samples, instruments of zones, presets of instruments.
#[derive(Default)]
pub(crate) struct Font {
    audio: Vec<u8>,
    fine: Vec<u8>,
    samples: Vec<u8>,
    instruments: Vec<Zones>,
    presets: Vec<(String, u16, u16, Zones)>,
}

fn named(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(20, 0);
    bytes
}

fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

fn list(kind: [u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"LIST", &[&kind[..], &parts.concat()].concat())
}

impl Font {
    /// A tone at 44.1 kHz of `frames` frames and full periods of 100 frames (441 Hz) in its loop, as a sample of a kind
    /// with a link.
    pub(crate) fn tone(&mut self, frames: u32, amplitude: f64, kind: u16, link: u16) {
        let start = self.audio.len() as u32 / 2;
        for at in 0..frames + 46 {
            let x = if at < frames { amplitude * (std::f64::consts::TAU * f64::from(at) / 100.0).sin() } else { 0.0 };
            self.audio.extend(((x * 32_767.0) as i16).to_le_bytes());
            self.fine.push(0);
        }
        self.header(start, start + frames, start + 100, start + 1_100, 60, kind, link);
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of the table")]
    pub(crate) fn header(&mut self, start: u32, end: u32, from: u32, to: u32, root: u8, kind: u16, link: u16) {
        self.samples.extend(named("tone"));
        for word in [start, end, from, to, 44_100] {
            self.samples.extend(word.to_le_bytes());
        }
        self.samples.extend([root, 0]);
        self.samples.extend(link.to_le_bytes());
        self.samples.extend(kind.to_le_bytes());
    }

    pub(crate) fn instrument(&mut self, zones: &[&[(u16, u16)]]) {
        self.instruments.push(zones.iter().map(|zone| zone.to_vec()).collect());
    }

    pub(crate) fn preset(&mut self, name: &str, program: u16, bank: u16, zones: &[&[(u16, u16)]]) {
        self.presets.push((name.into(), program, bank, zones.iter().map(|zone| zone.to_vec()).collect()));
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let zones = |lists: Vec<&Zones>| {
            let (mut bags, mut generators, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
            for zones in lists {
                firsts.push((bags.len() / 4) as u16);
                for zone in zones {
                    bags.extend(((generators.len() / 4) as u16).to_le_bytes());
                    bags.extend([0, 0]);
                    for (kind, amount) in zone {
                        generators.extend(kind.to_le_bytes());
                        generators.extend(amount.to_le_bytes());
                    }
                }
            }
            firsts.push((bags.len() / 4) as u16);
            bags.extend(((generators.len() / 4) as u16).to_le_bytes());
            bags.extend([0, 0]);
            generators.extend([0; 4]);
            (bags, generators, firsts)
        };
        let (pbag, pgen, firsts) = zones(self.presets.iter().map(|preset| &preset.3).collect());
        let mut phdr = Vec::new();
        let last = ("EOP".to_owned(), 0, 0, Vec::new());
        for ((name, program, bank, _), first) in self.presets.iter().chain([&last]).zip(firsts) {
            phdr.extend(named(name));
            for word in [*program, *bank, first] {
                phdr.extend(word.to_le_bytes());
            }
            phdr.extend([0; 12]);
        }
        let (ibag, igen, firsts) = zones(self.instruments.iter().collect());
        let mut inst = Vec::new();
        for first in firsts {
            inst.extend(named("instrument"));
            inst.extend(first.to_le_bytes());
        }
        let mut shdr = self.samples.clone();
        shdr.extend([0; 46]);
        let tables = [
            chunk(*b"phdr", &phdr),
            chunk(*b"pbag", &pbag),
            chunk(*b"pmod", &[0; 10]),
            chunk(*b"pgen", &pgen),
            chunk(*b"inst", &inst),
            chunk(*b"ibag", &ibag),
            chunk(*b"imod", &[0; 10]),
            chunk(*b"igen", &igen),
            chunk(*b"shdr", &shdr),
        ];
        let info = list(*b"INFO", &[chunk(*b"ifil", &[2, 0, 4, 0])]);
        let audio = list(*b"sdta", &[chunk(*b"smpl", &self.audio), chunk(*b"sm24", &self.fine)]);
        let body = [b"sfbk".to_vec(), info, audio, list(*b"pdta", &tables)].concat();
        chunk(*b"RIFF", &body)
    }
}

/// Generators by number.
const PAN: u16 = 17;
const RELEASE: u16 = 38;
const KEYS: u16 = 43;
const VELOCITIES: u16 = 44;
const ATTENUATION: u16 = 48;
const COARSE: u16 = 51;
const SAMPLE: u16 = 53;
const LOOP: u16 = 54;
const INSTRUMENT: u16 = 41;

/// A soft and a hard layer in program 5, and a stereo pair in program 6.
pub(crate) fn font() -> Font {
    let mut font = Font::default();
    font.tone(22_050, 0.25, 1, 0);
    font.tone(22_050, 0.5, 1, 0);
    font.tone(22_050, 0.5, 4, 3);
    font.tone(22_050, 0.25, 2, 2);
    font.instrument(&[
        &[(RELEASE, (-2400i16) as u16)],
        &[(VELOCITIES, u16::from_le_bytes([0, 63])), (COARSE, 12), (SAMPLE, 0)],
        &[(VELOCITIES, u16::from_le_bytes([64, 127])), (SAMPLE, 1)],
    ]);
    font.instrument(&[&[(PAN, (-500i16) as u16), (SAMPLE, 2)], &[(PAN, 500), (SAMPLE, 3)]]);
    font.instrument(&[&[(LOOP, 1), (SAMPLE, 1)]]);
    font.preset("Two Layers", 5, 0, &[&[(ATTENUATION, 50)], &[(INSTRUMENT, 0)]]);
    font.preset("Stereo Pair", 6, 0, &[&[(KEYS, u16::from_le_bytes([0, 127])), (INSTRUMENT, 1)]]);
    font.preset("Held Tone", 0, 128, &[&[(INSTRUMENT, 2)]]);
    font
}

fn desk(font: &Font) -> Desk {
    let desk = Desk::new(&[]);
    std::fs::write(desk.root.path().join("f.sf2"), font.bytes()).unwrap();
    desk
}

fn near(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 0.02, "{found} {wanted}");
}

const MIDDLE: f64 = std::f64::consts::FRAC_1_SQRT_2;

#[test]
fn a_preset_plays_by_velocity_and_key() {
    let mut desk = desk(&font());
    let text = "tempo 60\nsoundfont f { file 'f.sf2', program 5 }\n$: note(\"c4 c4 c5 c4\").s(\"f\").velocity(\"1 .4 1 .4\")\n";
    let audio = desk.play(text, 4.0);
    // 5 dB of attenuation count 2.
    let quieter = 10f64.powf(-0.1);
    near(level(&audio, 0.0, 441.0), 0.5 * MIDDLE * quieter);
    near(level(&audio, 1.0, 882.0), 0.25 * MIDDLE * quieter * 0.16);
    near(level(&audio, 2.0, 882.0), 0.5 * MIDDLE * quieter);
}

#[test]
fn a_linked_pair_is_one_stereo_voice() {
    let mut desk = desk(&font());
    let version = desk.load("soundfont f { file 'f.sf2', program 'stereo' }\n$: note(\"c4\").s(\"f\").velocity(1)\n");
    assert_eq!(version.said, []);
    let mut sides = [Vec::new(), Vec::new()];
    talea::render::offline::render(
        &version.score,
        RATE,
        talea::render::offline::Length::Seconds(1.0),
        &mut |left, right| {
            sides[0].extend_from_slice(left);
            sides[1].extend_from_slice(right);
            true
        },
    )
    .unwrap();
    near(level(&sides[0], 0.0, 441.0), 0.5);
    near(level(&sides[1], 0.0, 441.0), 0.25);
    let samples = version.score.plan.programs.iter().filter(|program| {
        matches!(&program.kind, talea::score::plan::ProgramKind::Sample { sample, .. } if sample.channels.len() == 2)
    });
    assert_eq!(samples.count(), 1);
}

#[test]
fn a_preset_that_is_not_there_is_said_with_those_that_are() {
    let mut desk = desk(&font());
    let version = desk.load("soundfont f { file 'f.sf2', program 7 }\n$: s(\"f\")\n");
    assert_eq!(version.said[0].code, "no-preset");
    assert_eq!(version.said[0].place.unwrap().start, 36);
    assert_eq!(version.said[0].help.as_deref(), Some("it has 6 Stereo Pair, 5 Two Layers, 0 Held Tone (bank 128)"));
    assert_eq!(desk.codes("soundfont f { file 'f.sf2', bank 128 }\n$: s(\"f\")\n"), [""; 0]);
    assert_eq!(desk.codes("soundfont f { file 'f.sf2', program 200 }\n$: s(\"f\")\n"), ["out-of-range"]);
    assert_eq!(desk.codes("soundfont f { program 5 }\n"), ["instrument-file"]);
    assert_eq!(desk.codes("soundfont f { file 'g.sf2' }\n"), ["sample-missing"]);
}

#[test]
fn a_sample_at_an_absurd_place_is_silent_and_said() {
    let mut font = Font::default();
    font.tone(22_050, 0.5, 1, 0);
    font.header(u32::MAX - 10, u32::MAX, 5, 1, 60, 1, 0);
    font.header(10, 5, 0, 0, 255, 1, 0);
    font.instrument(&[&[(SAMPLE, 0)], &[(SAMPLE, 1)], &[(SAMPLE, 2)], &[(SAMPLE, 999)]]);
    font.preset("Absurd", 0, 0, &[&[(INSTRUMENT, 0)], &[(INSTRUMENT, 77)]]);
    let mut desk = desk(&font);
    let version = desk.load("soundfont f 'f.sf2'\n$: note(\"c4\").s(\"f\").velocity(1)\n");
    assert_eq!(
        version.said.iter().map(|said| (said.code, said.is_error())).collect::<Vec<_>>(),
        [("font-broken", false)]
    );
    near(level(&render(&version, 1.0), 0.0, 441.0), 0.5 * MIDDLE);
}
