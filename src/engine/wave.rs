//! What the built-in waves have beside their pitch: the depth of their frequency modulation, the width of a pulse, noise.
//!
//! Invariant: each is a function of the time since the onset and the time of the release, and costs nothing where the
//! text does not ask for it.

use crate::base::control::slot;
use crate::dsp::BLOCK;
use crate::dsp::math;
use crate::dsp::noise::{Colour, Noise};
use crate::dsp::oscillator::Width;
use crate::score::plan::Wave;

use super::sweep::{Moment, fall};
use super::values::Values;

/// How far the width of a pulse swings where the text says only how fast.
const SWING: f32 = 0.3;
/// A pulse is never narrower, nor wider, than this share of a turn leaves: at its ends it would fall silent.
const NARROWEST: f32 = 0.02;

/// The depth of the modulation in turns: `fm` is the index, which swings the phase by as many radians.
pub(super) fn depth(values: &Values, seconds: f32, released: Option<f32>) -> f32 {
    let full = values.get(slot::FM) / std::f32::consts::TAU;
    let (rise, fade, rest) = (values.get(slot::FMATTACK), values.get(slot::FMDECAY), values.get(slot::FMSUSTAIN));
    let held = |seconds: f32| {
        if seconds < rise {
            return full * seconds / rise;
        }
        if fade <= 0.0 {
            return full;
        }
        let share = (seconds - rise) / fade;
        let left =
            if values.get(slot::FMENV) >= 0.5 { (1.0 - share).max(0.0) } else { math::exp2(-9.966 * share.min(12.0)) };
        full * (rest + (1.0 - rest) * left)
    };
    match released {
        Some(released) if values.get(slot::FMRELEASE) > 0.0 && seconds > released => {
            held(released) * fall((seconds - released) / values.get(slot::FMRELEASE))
        }
        _ => held(seconds),
    }
}

/// Whether the depth of the modulation moves.
pub(super) fn depth_moves(values: &Values) -> bool {
    values.get(slot::FM) != 0.0
        && [slot::FMDECAY, slot::FMATTACK, slot::FMRELEASE].iter().any(|slot| values.get(*slot) != 0.0)
}

/// How far the width of a pulse swings, 0 to 1.
fn swing(values: &Values) -> f32 {
    if values.has(slot::PWRATE) && !values.has(slot::PWSWEEP) { SWING } else { values.get(slot::PWSWEEP) }
}

/// Whether the width of this wave swings.
pub(super) fn width_moves(wave: Option<Wave>, values: &Values) -> bool {
    matches!(wave, Some(Wave::Pulse | Wave::Square)) && swing(values) > 0.0
}

/// The width of a pulse at so many seconds from the onset, as a share of a turn.
fn width(wave: Wave, values: &Values, seconds: f32) -> f32 {
    let own = match wave {
        _ if values.has(slot::PW) => values.get(slot::PW),
        Wave::Pulse => 0.25,
        _ => 0.5,
    };
    let turns = f64::from(values.get(slot::PWRATE)) * f64::from(seconds);
    // Wrapping by design: the phase is modulo one turn.
    let swing = 0.5 * swing(values) * math::sine((turns * 4_294_967_296.0) as i64 as u32);
    (own + swing).clamp(NARROWEST, 1.0 - NARROWEST)
}

/// Where the width goes within a tick, from where it stands.
pub(super) fn aim_width(stands: &mut Width, wave: Wave, values: &Values, moment: Moment) {
    let turn = |share: f32| (f64::from(share) * 4_294_967_296.0) as u32;
    if moment.start {
        stands.at = turn(width(wave, values, moment.now));
    }
    let way = turn(width(wave, values, moment.then)).wrapping_sub(stands.at) as i32;
    stands.bend = if moment.moving { way / moment.frames.max(1) as i32 } else { 0 };
}

/// Noise over a wave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hiss {
    noise: Noise,
    dry: f32,
    wet: f32,
}

impl Hiss {
    /// As much of it as the text asks for.
    pub(super) fn new(values: &Values, seed: u64, rate: f32) -> Option<Hiss> {
        let share = values.get(slot::NOISE);
        let (dry, wet) = ((2.0 - 2.0 * share).min(1.0), (2.0 * share).min(1.0));
        (share > 0.0).then(|| Hiss { noise: Noise::new(Colour::Pink, seed, rate), dry, wet })
    }

    /// Over the next frames, the same on both sides.
    pub(super) fn add(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        let mut noise = [0.0f32; BLOCK];
        let noise = &mut noise[..left.len().min(BLOCK)];
        self.noise.fill(noise);
        for block in [Some(left), right].into_iter().flatten() {
            for (x, noise) in block.iter_mut().zip(noise.iter()) {
                *x = *x * self.dry + noise * self.wet;
            }
        }
    }
}
