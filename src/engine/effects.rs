//! From a name of the table to the effect that does it.
//!
//! Invariant: what the table says plays has its effect here; a test holds it.

use std::sync::Arc;

use crate::base::insert;
use crate::base::quality::Quality;
use crate::dsp::chorus::{Chorus, Moved};
use crate::dsp::comp::Comp;
use crate::dsp::convert::convert;
use crate::dsp::convolve::{self, Convolve};
use crate::dsp::crush::Crush;
use crate::dsp::drive::{Curve, Drive};
use crate::dsp::duck::Duck;
use crate::dsp::echo::Echo;
use crate::dsp::effect::Effect;
use crate::dsp::eq::Eq;
use crate::dsp::freeze::Freeze;
use crate::dsp::gate::Gate;
use crate::dsp::ladder_strip::LadderStrip;
use crate::dsp::limiter::Limiter;
use crate::dsp::multiband::Multiband;
use crate::dsp::phaser::Phaser;
use crate::dsp::pitch::Pitch;
use crate::dsp::reverb::Reverb;
use crate::dsp::rotary::Rotary;
use crate::dsp::shift::Shift;
use crate::dsp::transient::Transient;
use crate::dsp::tremolo::{Swing, Tremolo};
use crate::dsp::trim::Trim;
use crate::dsp::vowel::Vowel;
use crate::dsp::widen::Widen;
use crate::score::plan::{Insert, Sample};

use super::lanes::{self, GraphEffect};

/// How long an echo may become while it sounds, seconds, where the text asks for less.
const LEAST_ECHO: f32 = 4.0;

/// The effect of an insert, with its parameters; `None` where there is none of this name.
pub(super) fn effect(plan: &Insert, p: &[f32], rate: f32, quality: Quality) -> Option<Box<dyn Effect>> {
    if let Some(text) = &plan.effect {
        let mut effect = Box::new(GraphEffect::new(lanes::ensemble(&text.graph, &text.tables, 1, rate, quality)));
        effect.set(p, true);
        return Some(effect);
    }
    let mut effect: Box<dyn Effect> = match plan.kind {
        "trim" => Box::new(Trim::new(rate)),
        "eq" => {
            let info = insert::find(plan.kind)?;
            let bands: Vec<_> = plan.bands.iter().filter_map(|name| info.band(name)).collect();
            Box::new(Eq::new(&bands, p, rate))
        }
        "reverb" => Box::new(Reverb::new(rate)),
        "echo" => Box::new(Echo::new((p[0] * 2.0).clamp(LEAST_ECHO, 60.0), rate)),
        "lowpass" => Box::new(Eq::new(&[insert::find("eq")?.band("highcut")?], p, rate)),
        "highpass" => Box::new(Eq::new(&[insert::find("eq")?.band("lowcut")?], p, rate)),
        "drive" => Box::new(Drive::new(Curve::Drive, rate, quality)),
        "clip" => Box::new(Drive::new(Curve::Clip, rate, quality)),
        "tape" => Box::new(Drive::new(Curve::Tape, rate, quality)),
        "chorus" => Box::new(Chorus::new(Moved::Chorus, rate)),
        "flanger" => Box::new(Chorus::new(Moved::Flanger, rate)),
        "vibrato" => Box::new(Chorus::new(Moved::Vibrato, rate)),
        "phaser" => Box::new(Phaser::new(rate)),
        "tremolo" => Box::new(Tremolo::new(Swing::Tremolo, rate)),
        "autopan" => Box::new(Tremolo::new(Swing::Autopan, rate)),
        "ring" => Box::new(Tremolo::new(Swing::Ring, rate)),
        "ladder" => Box::new(LadderStrip::new(rate)),
        "vowel" => Box::new(Vowel::new(rate)),
        "gate" => Box::new(Gate::new(false, rate)),
        "expand" => Box::new(Gate::new(true, rate)),
        "multiband" => Box::new(Multiband::new(false, rate)),
        "deess" => Box::new(Multiband::new(true, rate)),
        "transient" => Box::new(Transient::new(rate)),
        "convolve" => {
            // Of a long file only the beginning is heard.
            let at_rate =
                |file: &Arc<Sample>| if file.reel().is_some() { Arc::clone(file) } else { file.at_rate(rate as u32) };
            let response = plan.file.as_ref().map(|file| at_rate(&file.0));
            // One that is very short stays at its rate as a sample; as a response it must not.
            let channels = response.iter().flat_map(|response| {
                let most = (convolve::LONGEST * response.rate as f32) as usize;
                let heard = response.channels.iter().map(move |channel| &channel[..channel.len().min(most)]);
                heard.map(|channel| convert(channel, response.rate, rate as u32))
            });
            Box::new(Convolve::new(&channels.collect::<Vec<_>>(), rate))
        }
        "freeze" => Box::new(Freeze::new(rate)),
        "widen" => Box::new(Widen::new(rate)),
        "crush" => Box::new(Crush::new(rate)),
        "rotary" => Box::new(Rotary::new(rate)),
        "shift" => Box::new(Shift::new(rate)),
        "pitch" => Box::new(Pitch::new(rate)),
        "comp" => Box::new(Comp::new(rate)),
        "duck" => Box::new(Duck::new(rate)),
        "limit" => Box::new(Limiter::new(p[0], p[1], rate)),
        _ => return None,
    };
    effect.set(p, true);
    Some(effect)
}

/// Whether the dry sound goes on beside it where it does not stand on a bus.
pub(super) fn goes_beside(kind: &str) -> bool {
    matches!(kind, "reverb" | "echo" | "convolve")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::insert::INSERTS;
    use crate::score::plan::Key;

    #[test]
    fn every_insert_has_its_effect() {
        for info in INSERTS {
            let parameters: Vec<f32> = info.with(&[]).map(|parameter| parameter.default).collect();
            let plan = Insert {
                key: Key(1),
                kind: info.name,
                effect: None,
                file: None,
                bands: Vec::new(),
                parameters: parameters.clone(),
            };
            assert!(effect(&plan, &parameters, 48_000.0, Quality::Live).is_some(), "{}", info.name);
        }
    }
}
