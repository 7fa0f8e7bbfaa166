//! What an event says of the built-in buses and of those who give way to it.

use super::{Control, Dimension, control};
use Dimension::{Duration, Factor, Frequency, Number, Share};

/// What an event says of the built-in buses and of those who give way to it.
pub(super) const BUSES: &[Control] = &[
    control("room", &[], None, Factor, (0.0, 0.0, 8.0), "How much goes to the bus `room`."),
    control(
        "roomsize",
        &["size", "sz", "rsize"],
        None,
        Number,
        (2.0, 0.1, 60.0),
        "How long the bus `room` rings, seconds; it holds for all that is sent there.",
    ),
    control("delay", &[], None, Factor, (0.0, 0.0, 8.0), "How much goes to the bus `delay`."),
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
        "orbit",
        &["o"],
        None,
        Number,
        (1.0, 1.0, 16.0),
        "Which pair of `room` and `delay`: each above 1 is a copy for itself.",
    ),
    control(
        "roomdim",
        &["rdim"],
        None,
        Frequency,
        (6000.0, 200.0, 20000.0),
        "Above this frequency the bus `room` fades faster, Hz; it holds for all that is sent there.",
    ),
    control("delaysync", &[], None, Number, (0.1875, 0.0, 16.0), "Between two repeats of the bus `delay`, in cycles."),
    control(
        "duck",
        &["duckorbit"],
        None,
        Number,
        (0.0, 0.0, 16.0),
        "Each hit makes the tracks of this orbit give way; `duck(by: …)` in a strip does so for a whole track.",
    ),
    control("duckdepth", &[], None, Share, (1.0, 0.0, 1.0), "How far `duck` goes down: 1 is to silence, .5 to half."),
    control(
        "duckattack",
        &["duckatt"],
        None,
        Duration,
        (0.1, 0.001, 10.0),
        "How long `duck` takes to come back, seconds.",
    ),
    control("duckonset", &["duckons"], None, Duration, (0.003, 0.0, 1.0), "How long `duck` takes to go down, seconds."),
];
