//! What the pool does for a machine that cannot keep up: shorter releases, then fewer voices.
//!
//! Invariant: when it happens is decided elsewhere (the session's load guard, by an event at its frame); what happens is a
//! function of the voices alone.

use super::meters::{Meters, count};
use super::pool::Pool;
use super::voice::{FADE, Voice};

/// The longest release while releases are cut short, seconds.
pub(super) const SHORT: f32 = 0.08;

impl Pool {
    /// 1 cuts releases short, those in flight and those to come; 2 takes a quarter of the voices away as well; 0 ends it.
    pub(super) fn relieve(&mut self, step: u32, meters: &Meters) {
        self.relieved = step > 0;
        let relieved = self.relieved;
        self.each(|voice| voice.relieve(relieved));
        if step < 2 {
            return;
        }
        let mut counted = 0;
        self.each(|voice| counted += usize::from(!voice.is_fading()));
        for _ in 0..counted.div_ceil(4) {
            let mut quietest: Option<(bool, f32)> = None;
            self.each(|voice| {
                if !voice.is_fading() && quietest.is_none_or(|least| rank(voice) < least) {
                    quietest = Some(rank(voice));
                }
            });
            let Some(least) = quietest else { return };
            let mut taken = false;
            self.each(|voice| {
                if !taken && !voice.is_fading() && rank(voice) == least {
                    voice.envelope.fade(FADE);
                    taken = true;
                }
            });
            count(&meters.stolen);
        }
    }
}

/// Released ones first, then the quietest.
fn rank(voice: &Voice) -> (bool, f32) {
    (!voice.is_released(), voice.loudness())
}
