//! Functions that choose from lists and maps by a pattern of numbers or words.

use super::{Build, Function, Kind, method, need};
use crate::model::call::Call;
use crate::pattern::{Choice, Join, Pattern};

fn pick(call: &mut Call<'_, '_>, join: Join, wrap: bool) -> Pattern {
    let choice = call.choices(0, wrap);
    // A signal is read at the start of each cycle.
    let selector = call.subject();
    let selector = if selector.is_continuous() { selector.segment(crate::base::time::Time::ONE) } else { selector };
    selector.choose(join, choice)
}

fn pick_function(call: &mut Call<'_, '_>, wrap: bool) -> Pattern {
    let (selector, subject) = (call.pattern(0), call.subject());
    let changed = call.apply_all(1, &subject);
    selector.choose(Join::Inner, Choice::Index(changed.into(), wrap))
}

const CHOICES: super::Parameter = need("choices", Kind::Choices);

macro_rules! picks {
    ($($name:literal $aliases:expr, $join:ident, $wrap:literal, $doc:literal)*) => { [$(
        method($name, $aliases, &[CHOICES], Build::Code(|c| pick(c, Join::$join, $wrap)), $doc,
            concat!("s(\"<0 1>\".", $name, "([\"bd*4\", \"sd*2\"]))")),
    )*] };
}

const PICKS: [Function; 10] = picks! {
    "pick" &[], Inner, false, "Chooses patterns by number or word."
    "pickmod" &["pickMod"], Inner, true, "The same; numbers past the end wrap."
    "pickOut" &["pickout"], Outer, false, "Chooses values, with the structure of the numbers."
    "pickmodOut" &["pickmodout"], Outer, true, "The same; numbers past the end wrap."
    "pickRestart" &["pickrestart"], Restart, false, "Chooses patterns that start anew each time."
    "pickmodRestart" &["pickmodrestart"], Restart, true, "The same; numbers past the end wrap."
    "pickReset" &["pickreset"], Reset, false, "Chooses patterns whose cycle starts anew each time."
    "pickmodReset" &["pickmodreset"], Reset, true, "The same; numbers past the end wrap."
    "inhabit" &["pickSqueeze"], Squeeze, false, "Chooses patterns and squeezes a cycle of each into its event."
    "inhabitmod" &["inhabitMod", "pickmodSqueeze"], Squeeze, true, "The same; numbers past the end wrap."
};

const FUNCTIONS_OF: [Function; 2] = [
    method(
        "pickF",
        &[],
        &[need("numbers", Kind::Values), need("functions", Kind::Functions)],
        Build::Code(|c| pick_function(c, false)),
        "Chooses functions by number.",
        "s(\"bd sd\").pickF(\"<0 1>\", [rev, fast(2)])",
    ),
    method(
        "pickmodF",
        &["pickModF"],
        &[need("numbers", Kind::Values), need("functions", Kind::Functions)],
        Build::Code(|c| pick_function(c, true)),
        "The same; numbers past the end wrap.",
        "s(\"bd sd\").pickmodF(\"<0 1>\", [rev, fast(2)])",
    ),
];

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &{
    let mut all = [FUNCTIONS_OF[0]; 12];
    let mut at = 0;
    while at < 12 {
        all[at] = if at < 10 { PICKS[at] } else { FUNCTIONS_OF[at - 10] };
        at += 1;
    }
    all
};
