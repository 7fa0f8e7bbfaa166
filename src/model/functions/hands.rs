//! What the performer moves, and what depends on the place in the piece.

use super::{Build, Function, Kind, NUMBER, method, need, or, start};
use crate::model::call::Call;
use crate::model::hand::{Control, Hand};
use crate::pattern::{Pattern, Wave};

fn knob(call: &mut Call<'_, '_>) -> Pattern {
    let bare = |call: &mut Call<'_, '_>, at: usize| call.bare(at);
    let (start, low, high) = (bare(call, 0), bare(call, 1), bare(call, 2));
    let cc = call.plain(3).map(crate::base::time::Time::cycle).filter(|cc| (0..128).contains(cc)).map(|cc| cc as u8);
    if low >= high || start < low.min(high) || start > low.max(high) {
        call.refuse("knob-range", "a knob's start lies between its low and its high end", "knob(2kHz, 200Hz, 8kHz)");
    }
    let name = call.hand(Hand { start, low, high, control: Control::Knob { cc } });
    Pattern::signal(Wave::Hand(name, start))
}

fn button(call: &mut Call<'_, '_>) -> Pattern {
    let key = call.text(0).chars().next();
    let note =
        call.plain(1).map(crate::base::time::Time::cycle).filter(|note| (0..128).contains(note)).map(|note| note as u8);
    let name = call.hand(Hand { start: 0.0, low: 0.0, high: 1.0, control: Control::Button { key, note } });
    Pattern::signal(Wave::Hand(name, 0.0))
}

fn cc(call: &mut Call<'_, '_>) -> Pattern {
    let port = call.text(0);
    let number = call.plain(1).map_or(0, crate::base::time::Time::cycle).clamp(0, 127) as u8;
    let name = call.hand(Hand { start: 0.0, low: 0.0, high: 1.0, control: Control::Midi { port, cc: number } });
    Pattern::signal(Wave::Hand(name, 0.0))
}

fn live(call: &mut Call<'_, '_>) -> Pattern {
    call.subject().live()
}

/// Strudel's slider: its start, then its ends (0 and 1 where they are left out) and its step.
fn slider(call: &mut Call<'_, '_>) -> Pattern {
    let (start, low, high) = (call.bare(0), call.bare(1), call.bare(2));
    let name = call.hand(Hand { start, low, high, control: Control::Knob { cc: None } });
    Pattern::signal(Wave::Hand(name, start))
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[
    start(
        "knob",
        &[],
        &[need("start", NUMBER), need("low", NUMBER), need("high", NUMBER), or("cc", Kind::Plain, "-1")],
        Build::Code(knob),
        "A value for the hand: start, low and high end, perhaps a MIDI controller.",
        "s(\"saw*8\").lpf(knob(2kHz, 200Hz, 8kHz))",
    ),
    start(
        "slider",
        &[],
        &[need("start", NUMBER), or("low", NUMBER, "0"), or("high", NUMBER, "1"), or("step", NUMBER, "0")],
        Build::Code(slider),
        "A knob as Strudel writes it: start, low and high end, step.",
        "s(\"saw*8\").lpf(slider(500, 100, 2000))",
    ),
    start(
        "button",
        &[],
        &[need("key", Kind::Text), or("note", Kind::Plain, "-1")],
        Build::Code(button),
        "True while a key or a MIDI pad is held.",
        "s(\"hh*8\").when(button('h'), ply(2))",
    ),
    start(
        "cc",
        &[],
        &[need("port", Kind::Text), need("number", Kind::Plain)],
        Build::Code(cc),
        "A MIDI controller from 0 to 1.",
        "s(\"hh*8\").pan(cc('nano', 21))",
    ),
    start(
        "fill",
        &[],
        &[],
        Build::Code(|_| Pattern::signal(Wave::Fill)),
        "True while the performer holds fill, or in a section's fill bars.",
        "s(\"hh*8\").when(fill, ply(2))",
    ),
    start(
        "firstBar",
        &[],
        &[],
        Build::Code(|_| Pattern::signal(Wave::Edge { last: false })),
        "True in the first bar of a section.",
        "s(\"hh*8\").when(firstBar, ply(2))",
    ),
    start(
        "lastBar",
        &[],
        &[],
        Build::Code(|_| Pattern::signal(Wave::Edge { last: true })),
        "True in the last bar of a section.",
        "s(\"hh*8\").when(lastBar, ply(2))",
    ),
    method(
        "live",
        &[],
        &[],
        Build::Code(live),
        "The sounding voice follows the value.",
        "s(\"saw*2\").lpf(sine.range(200, 2000).live)",
    ),
];
