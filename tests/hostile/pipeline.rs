//! The way of a text until something could sound, without disk and sound.

use std::sync::Arc;

use talea::base::catalog::{Catalog, Kit, Variant};
use talea::base::event::{Event, MidiEvent, SlotValue};
use talea::base::source::{FileId, Source};
use talea::base::time::{Span, Time};
use talea::lang;
use talea::model::build;
use talea::model::known::Known;
use talea::model::piece::Piece;
use talea::pattern::Context;
use talea::score::{Score, compile};
use talea::sequencer::{Gesture, Sequencer, Sink};

/// A kit with names and no audio.
fn catalog() -> Catalog {
    let sounds = ["bd", "sd", "cp", "hh", "oh", "rim", "lt", "mt", "ht", "rd", "cr", "cb", "sh"];
    let variants =
        || (0..3).map(|n| Variant { path: format!("{n}.wav").into(), seconds: Some(0.5), part: None }).collect();
    let builtin =
        Kit { sounds: sounds.iter().map(|name| ((*name).to_owned(), variants())).collect(), ..Kit::default() };
    Catalog { builtin, ..Catalog::default() }
}

/// What plays before and after each text.
const GOOD: &str = "drums: s(\"bd*4, hh*8\")\nmidi m { port 'x', channel 1 }\nkeys: note(\"c3 e3\").s(\"m\")\nclock 'x'\n\
                    section a 2 { drums, keys }\n";

/// Where events end.
struct Nowhere;

impl Sink for Nowhere {
    fn event(&mut self, _: Event, _: &[SlotValue]) {}

    fn midi(&mut self, _: MidiEvent) {}
}

/// A version of a text: its piece, as built after another one, and its score.
fn version(
    text: &str,
    last: Option<&Piece>,
    number: u32,
    known: &mut Known,
    ports: &mut Vec<Arc<str>>,
) -> (Piece, Arc<Score>) {
    let source = Source::new(FileId(0), "hostile.talea", text);
    let (file, said) = lang::parse(&source);
    assert!(said.iter().all(|said| !said.message.is_empty()));
    let catalog = catalog();
    let (piece, said) = build::build(&[(source, file)], &catalog, last, number, known);
    assert!(said.iter().all(|said| !said.message.is_empty()));
    let score = compile::compile(&piece, &catalog, &[], number, ports, &mut compile::NoAudio);
    (piece, Arc::new(score))
}

/// From the text to syntax, model and score, to the haps of its first cycles, and to events: it takes over from a good
/// text and gives way to it again, under a few gestures. Then the same text as one expression.
pub(crate) fn run(text: &str) {
    std::hint::black_box(lang::parse_expression(&Source::new(FileId(0), "hostile.talea", text)));
    let (mut ports, mut known) = (Vec::new(), Known::default());
    let (good, first) = version(GOOD, None, 1, &mut known, &mut ports);
    let (piece, score) = version(text, Some(&good), 2, &mut known, &mut ports);
    let (_, last) = version(GOOD, Some(&piece), 3, &mut known, &mut ports);
    for pattern in piece.tracks.iter().filter_map(|track| track.pattern.as_ref()) {
        let mut context = Context::new();
        for cycle in [0, 1, 1_000_003] {
            context.refuel(400_000);
            let span = Span::new(Time::int(cycle), Time::int(cycle + 1));
            std::hint::black_box(pattern.query(span, &mut context));
        }
    }
    // A slow rate: what is planned depends on bars, not on frames.
    let mut sequencer = Sequencer::new(1000);
    let name: Arc<str> = piece.sections.get(1).map_or_else(|| Arc::from("a"), |section| Arc::clone(&section.name));
    sequencer.set_score(first, 0);
    sequencer.advance(500, &mut Nowhere);
    sequencer.set_score(score, 700);
    sequencer.advance(2500, &mut Nowhere);
    let gestures =
        [Gesture::Mute(Arc::from("drums"), true), Gesture::Launch(name), Gesture::PlayPause, Gesture::PlayPause];
    for gesture in gestures {
        let now = sequencer.horizon();
        sequencer.gesture(&gesture, now, &mut Nowhere);
        sequencer.advance(now + 700, &mut Nowhere);
    }
    sequencer.set_score(last, sequencer.horizon());
    sequencer.advance(sequencer.horizon() + 2500, &mut Nowhere);
    sequencer.shut_down(&mut Nowhere);
    assert_eq!(sequencer.midi_notes(), 0, "notes are left on");
}
