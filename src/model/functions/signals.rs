//! Signals: values without events, read where events are.

use super::{Build, Function, Kind, need, or, start};
use crate::model::call::Call;
use crate::pattern::{Cyclic, Func, Pattern, Simple, Wave};

fn wave(cyclic: Cyclic) -> Pattern {
    Pattern::signal(Wave::Cyclic(cyclic))
}

fn bipolar(cyclic: Cyclic) -> Pattern {
    wave(cyclic).map(Func::Plain(Simple::ToBipolar))
}

fn dice(call: &mut Call<'_, '_>, smooth: bool, two: bool) -> Pattern {
    let key = call.key();
    let signal = Pattern::signal(if smooth { Wave::Perlin(key) } else { Wave::Rand(key) });
    if two { signal.map(Func::Plain(Simple::ToBipolar)) } else { signal }
}

fn ramp(call: &mut Call<'_, '_>) -> Pattern {
    let (from, to) = (call.raw(0), call.raw(1));
    let (Some(from), Some(to)) = (from.constant(), to.constant()) else {
        call.refuse("fixed-argument", "the ends of a ramp are plain numbers", "ramp(300, 8000)");
        return Pattern::silence();
    };
    let length = call.given(2).then(|| call.pattern(2)).and_then(|length| length.constant()?.time());
    if length.is_none() && !call.in_section() {
        call.refuse("ramp-without-length", "a ramp outside of a section needs a length", "ramp(300, 8000, 8 bars)");
    }
    Pattern::signal(Wave::Ramp(Box::new((from.clone(), to.clone())), length))
}

macro_rules! waves {
    ($($name:literal $aliases:expr, $wave:ident, $make:ident, $doc:literal)*) => { [$(
        start($name, $aliases, &[], Build::Code(|_| $make(Cyclic::$wave)), $doc,
            concat!("s(\"hh*8\").pan(", $name, ".slow(2))")),
    )*] };
}

const WAVES: [Function; 14] = waves! {
    "saw" &[], Saw, wave, "Rises from 0 to 1 each cycle."
    "isaw" &[], Isaw, wave, "Falls from 1 to 0 each cycle."
    "sine" &[], Sine, wave, "Swings between 0 and 1."
    "cosine" &[], Cosine, wave, "Swings between 0 and 1, from the top."
    "tri" &[], Tri, wave, "Rises from 0 to 1 and falls again."
    "itri" &[], Itri, wave, "Falls from 1 to 0 and rises again."
    "square" &[], Square, wave, "0, then 1."
    "saw2" &[], Saw, bipolar, "Rises from −1 to 1 each cycle."
    "isaw2" &[], Isaw, bipolar, "Falls from 1 to −1 each cycle."
    "sine2" &[], Sine, bipolar, "Swings between −1 and 1."
    "cosine2" &[], Cosine, bipolar, "Swings between −1 and 1, from the top."
    "tri2" &[], Tri, bipolar, "Rises from −1 to 1 and falls again."
    "itri2" &[], Itri, bipolar, "Falls from 1 to −1 and rises again."
    "square2" &[], Square, bipolar, "−1, then 1."
};

const OTHERS: [Function; 8] = [
    start(
        "rand",
        &[],
        &[],
        Build::Code(|c| dice(c, false, false)),
        "Chance from 0 to 1, another wherever it is read.",
        "s(\"hh*8\").pan(rand)",
    )
    .instead(&["random", "noise"]),
    start(
        "rand2",
        &[],
        &[],
        Build::Code(|c| dice(c, false, true)),
        "Chance from −1 to 1.",
        "s(\"hh*8\").pan(rand2.abs)",
    ),
    start(
        "perlin",
        &[],
        &[],
        Build::Code(|c| dice(c, true, false)),
        "Smooth chance from 0 to 1, a new goal each cycle.",
        "s(\"hh*8\").pan(perlin)",
    ),
    start(
        "perlin2",
        &[],
        &[],
        Build::Code(|c| dice(c, true, true)),
        "Smooth chance from −1 to 1.",
        "s(\"hh*8\").pan(perlin2.abs)",
    ),
    start(
        "time",
        &[],
        &[],
        Build::Code(|_| Pattern::signal(Wave::Time)),
        "The time in cycles.",
        "n(time.mod(8).segment(4))",
    ),
    start(
        "silence",
        &["hush", "nothing"],
        &[],
        Build::Code(|_| Pattern::silence()),
        "Nothing.",
        "s(\"bd sd\").every(4, x => silence)",
    )
    .instead(&["rest", "none"]),
    start(
        "ramp",
        &[],
        &[need("from", super::NUMBER), need("to", super::NUMBER), or("length", Kind::Time, "0")],
        Build::Code(ramp),
        "From one number to another over the section, or over a length.",
        "s(\"hh*8\").lpf(ramp(300, 8000, 8 bars))",
    ),
    start(
        "gap",
        &[],
        &[or("steps", super::NUMBER, "1")],
        Build::Code(|c| {
            let steps = c.pattern(0).constant().and_then(crate::pattern::Value::time);
            Pattern::silence().with_step_count(steps)
        }),
        "Silence of so many steps.",
        "s(stepcat(\"bd sd\", gap(2)))",
    ),
];

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &{
    let mut all = [WAVES[0]; 22];
    let mut at = 0;
    while at < 22 {
        all[at] = if at < 14 { WAVES[at] } else { OTHERS[at - 14] };
        at += 1;
    }
    all
};
