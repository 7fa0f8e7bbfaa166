//! What Strudel draws and writes. The screen shows every track by itself, so these change nothing and say so quietly.

use super::{Build, Function, Kind, method, need};
use crate::model::call::Call;
use crate::pattern::Pattern;

fn shown(call: &mut Call<'_, '_>) -> Pattern {
    call.hint("drawn-by-itself", "the screen shows every track by itself; this changes nothing");
    call.subject()
}

/// The functions of this family.
pub(super) const FUNCTIONS: &[Function] = &[method(
    "pianoroll",
    &[
        "_pianoroll",
        "scope",
        "_scope",
        "tscope",
        "_tscope",
        "fscope",
        "_fscope",
        "punchcard",
        "_punchcard",
        "wordfall",
        "_wordfall",
        "spiral",
        "_spiral",
        "pitchwheel",
        "_pitchwheel",
        "spectrum",
        "_spectrum",
        "animate",
        "draw",
        "drawLine",
        "onPaint",
        "markcss",
        "label",
        "tag",
        "log",
        "logValues",
        "analyze",
        "backgroundImage",
    ],
    &[need("options", Kind::Patterns)],
    Build::Code(shown),
    "Nothing: the screen shows every track by itself.",
    "s(\"bd sd\").pianoroll()",
)];
