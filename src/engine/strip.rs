//! A channel of the desk in its slot: where its sound is added up, its fader, its sends.
//!
//! Invariant: what moves is smoothed; a fader at rest at 1, in the middle, passes its sound bit for bit.

use crate::base::event::{address, hand};
use crate::dsp::BLOCK;
use crate::dsp::lanes::{Kernel, LANES, Lanes, Vector, dispatch};
use crate::dsp::smooth::Smooth;
use crate::score::plan::{Key, Strip};

/// A send with its smoothed level.
#[derive(Clone, Copy, Debug)]
pub(super) struct SendState {
    /// Who it goes to, so that a swap finds it again.
    pub(super) key: Key,
    /// The slot it goes to.
    pub(super) to: u16,
    pub(super) pre: bool,
    /// What the text says, where it changed.
    pub(super) change: Option<f32>,
    pub(super) level: Smooth,
}

/// A strip in its slot.
#[derive(Debug)]
pub(super) struct StripNode {
    pub(super) key: Key,
    pub(super) left: [f32; BLOCK],
    pub(super) right: [f32; BLOCK],
    gain: Smooth,
    hand_gain: Smooth,
    mute: Smooth,
    fade: Smooth,
    pan: f32,
    hand_pan: f32,
    pan_left: Smooth,
    pan_right: Smooth,
    width: Smooth,
    /// The fader's factors of this stretch.
    fader: Fader,
    pub(super) sends: Vec<SendState>,
    /// Notes begun, which seed their noise.
    pub(super) onsets: u64,
    /// Voices that sound here.
    pub(super) voices: u32,
    /// Frames since it was last heard.
    pub(super) quiet: i64,
    pub(super) retiring: bool,
    /// It has not sounded yet: what is set now holds from the first frame, without a glide.
    fresh: bool,
}

impl StripNode {
    pub(super) fn new(plan: &Strip, rate: f32) -> StripNode {
        let (left, right) = balance(plan.pan);
        StripNode {
            key: plan.key,
            left: [0.0; BLOCK],
            right: [0.0; BLOCK],
            gain: Smooth::new(tame(plan.gain, 0.0, 100.0), rate),
            hand_gain: Smooth::new(1.0, rate),
            mute: Smooth::new(1.0, rate),
            fade: Smooth::new(1.0, rate),
            pan: plan.pan,
            hand_pan: 0.0,
            pan_left: Smooth::new(left, rate),
            pan_right: Smooth::new(right, rate),
            width: Smooth::new(tame(plan.width, 0.0, 4.0), rate),
            fader: Fader::Rests(1.0, 1.0),
            sends: Vec::new(),
            onsets: 0,
            voices: 0,
            quiet: 0,
            retiring: false,
            fresh: true,
        }
    }

    /// Moves the fader, linear factor.
    pub(super) fn set_gain(&mut self, gain: f32) {
        turn(&mut self.gain, tame(gain, 0.0, 100.0), self.fresh);
    }

    /// Moves the pan, 0 to 1.
    pub(super) fn set_pan(&mut self, pan: f32) {
        self.pan = tame(pan, 0.0, 1.0);
        let (left, right) = balance(self.pan + self.hand_pan);
        turn(&mut self.pan_left, left, self.fresh);
        turn(&mut self.pan_right, right, self.fresh);
    }

    /// Moves the width, factor.
    pub(super) fn set_width(&mut self, width: f32) {
        turn(&mut self.width, tame(width, 0.0, 4.0), self.fresh);
    }

    /// Moves what an address names on the strip itself; `false` where it names an insert.
    pub(super) fn set(&mut self, at: u32, value: f32) -> bool {
        if !value.is_finite() {
            return true;
        }
        match at {
            address::GAIN => self.set_gain(value),
            address::PAN => self.set_pan(value),
            address::WIDTH => self.set_width(value),
            address::FADE => turn(&mut self.fade, tame(value, 0.0, 1.0), self.fresh),
            _ if at & 0xffff_0000 == address::send(0) => {
                if let Some(send) = self.sends.get_mut((at & 0xffff) as usize) {
                    turn(&mut send.level, tame(value, 0.0, 100.0), self.fresh);
                }
            }
            _ => return false,
        }
        true
    }

    /// Moves the performer's layer.
    pub(super) fn hand(&mut self, what: u32, value: f32) {
        if !value.is_finite() {
            return;
        }
        match what {
            hand::GAIN => turn(&mut self.hand_gain, tame(value, 0.0, 100.0), self.fresh),
            hand::PAN => {
                self.hand_pan = tame(value, -1.0, 1.0);
                self.set_pan(self.pan);
            }
            hand::MUTE => turn(&mut self.mute, if value >= 0.5 { 0.0 } else { 1.0 }, self.fresh),
            _ => {}
        }
    }

    /// Computes the fader's factors of the next `count` frames.
    pub(super) fn move_fader(&mut self, count: usize) {
        let moving = [&self.gain, &self.hand_gain, &self.mute, &self.fade, &self.pan_left, &self.pan_right]
            .into_iter()
            .any(|smooth| !smooth.is_still());
        if !moving {
            let level = self.gain.value() * self.hand_gain.value() * self.mute.value() * self.fade.value();
            self.fader = Fader::Rests(level * self.pan_left.value(), level * self.pan_right.value());
            return;
        }
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (left, right) in left[..count].iter_mut().zip(&mut right[..count]) {
            let level = self.gain.step() * self.hand_gain.step() * self.mute.step() * self.fade.step();
            *left = level * self.pan_left.step();
            *right = level * self.pan_right.step();
        }
        self.fader = Fader::Moves(left, right);
    }

    /// The fader's factors of this stretch.
    pub(super) fn fader(&self) -> &Fader {
        &self.fader
    }

    /// The sound through the fader, in place; the peaks of both sides.
    pub(super) fn pass_fader(&mut self, count: usize) -> (f32, f32) {
        self.fresh = false;
        let (left, right) = (&mut self.left[..count], &mut self.right[..count]);
        if !(self.width.is_still() && self.width.value() == 1.0) {
            for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                let width = self.width.step();
                let (middle, side) = ((*l + *r) * 0.5, (*l - *r) * 0.5 * width);
                *l = middle + side;
                *r = middle - side;
            }
        }
        match &self.fader {
            Fader::Rests(l, r) => (dispatch(Scaled(left, *l)), dispatch(Scaled(right, *r))),
            Fader::Moves(l, r) => {
                let times = |side: &mut [f32], gains: &[f32]| {
                    side.iter_mut().zip(gains).for_each(|(x, gain)| *x *= gain);
                    side.iter().fold(0.0f32, |peak, x| peak.max(x.abs()))
                };
                (times(left, l), times(right, r))
            }
        }
    }

    /// Whether its fader and width rest, and nothing is sent.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.fader, Fader::Rests(..))
            && self.sends.is_empty()
            && self.width.is_still()
            && self.width.value() == 1.0
    }

    /// All at once where it is plain: the sound through the fader, added to where it goes; the peaks of both sides. It is
    /// empty for the next stretch.
    pub(super) fn pass_on(&mut self, to: [&mut [f32]; 2], count: usize) -> (f32, f32) {
        self.fresh = false;
        let (left, right) = self.fader.at(0);
        let from = [&mut self.left[..count], &mut self.right[..count]];
        dispatch(Passed { from, to, gains: [left, right] })
    }

    /// Adds its sound to where it goes, and is empty for the next stretch.
    pub(super) fn hand_on(&mut self, to: Option<(&mut [f32], &mut [f32])>, count: usize) {
        let (left, right) = (&mut self.left[..count], &mut self.right[..count]);
        if let Some((to_left, to_right)) = to {
            dispatch(Added(to_left, left));
            dispatch(Added(to_right, right));
        }
        left.fill(0.0);
        right.fill(0.0);
    }
}

/// A fader over a stretch.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "it stands in its strip: the callback has no heap")]
pub(super) enum Fader {
    /// The factors of left and right.
    Rests(f32, f32),
    /// Those of each frame.
    Moves([f32; BLOCK], [f32; BLOCK]),
}

impl Fader {
    /// Both factors of a frame.
    #[inline]
    pub(super) fn at(&self, frame: usize) -> (f32, f32) {
        match self {
            Fader::Rests(left, right) => (*left, *right),
            Fader::Moves(left, right) => (left[frame], right[frame]),
        }
    }
}

/// A side through a factor, and its peak.
struct Scaled<'a>(&'a mut [f32], f32);

impl Kernel for Scaled<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let Scaled(side, gain) = self;
        let (eights, rest) = side.as_chunks_mut::<8>();
        let mut most = [0.0f32; 8];
        for eight in eights {
            for (most, x) in most.iter_mut().zip(eight) {
                *x *= gain;
                *most = if x.abs() > *most { x.abs() } else { *most };
            }
        }
        let mut peak = most.into_iter().fold(0.0f32, f32::max);
        for x in rest {
            *x *= gain;
            peak = peak.max(x.abs());
        }
        peak
    }
}

/// Both sides through a factor each, added to others and left empty; their peaks.
struct Passed<'a> {
    from: [&'a mut [f32]; 2],
    to: [&'a mut [f32]; 2],
    gains: [f32; 2],
}

impl Kernel for Passed<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run<V: Vector>(self) -> (f32, f32) {
        let Passed { from: [left, right], to: [to_left, to_right], gains } = self;
        (passed::<V>(left, to_left, gains[0]), passed::<V>(right, to_right, gains[1]))
    }
}

/// The same products and sums as [`Scaled`] and [`Added`].
#[inline(always)]
fn passed<V: Vector>(from: &mut [f32], to: &mut [f32], gain: f32) -> f32 {
    let (eights, rest) = from.as_chunks_mut::<LANES>();
    let (to_eights, to_rest) = to.as_chunks_mut::<LANES>();
    let (mut most, factor) = (V::splat(0.0), V::splat(gain));
    for (eight, to) in eights.iter_mut().zip(to_eights) {
        let y = V::from(Lanes(*eight)) * factor;
        most = y.abs().max(most);
        let sum: Lanes = (V::from(Lanes(*to)) + y).into();
        *to = sum.0;
        *eight = [0.0; LANES];
    }
    let most: Lanes = most.into();
    let mut peak = most.0.into_iter().fold(0.0f32, f32::max);
    for (x, to) in rest.iter_mut().zip(to_rest) {
        let y = *x * gain;
        peak = peak.max(y.abs());
        *to += y;
        *x = 0.0;
    }
    peak
}

/// One side added to another.
struct Added<'a, 'b>(&'a mut [f32], &'b [f32]);

impl Kernel for Added<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        self.0.iter_mut().zip(self.1).for_each(|(to, from)| *to += from);
    }
}

/// Moves a value, at once where nothing has sounded yet.
fn turn(smooth: &mut Smooth, value: f32, at_once: bool) {
    if at_once {
        smooth.jump(value);
    } else {
        smooth.set(value);
    }
}

/// The value within its range; NaN is the lowest.
pub(super) fn tame(value: f32, low: f32, high: f32) -> f32 {
    if value.is_nan() { low } else { value.clamp(low, high) }
}

/// Equal-power balance: both sides at 1 in the middle, the far side falls as a cosine.
pub(super) fn balance(pan: f32) -> (f32, f32) {
    let pan = tame(pan, 0.0, 1.0);
    let side = |far: f32| if far <= 0.5 { 1.0 } else { std::f32::consts::SQRT_2 * quarter(1.0 - far) };
    (side(pan), side(1.0 - pan))
}

/// Equal power: −3 dB a side in the middle.
pub(super) fn equal_power(pan: f32) -> (f32, f32) {
    let pan = tame(pan, 0.0, 1.0);
    (quarter(1.0 - pan), quarter(pan))
}

/// sin(x · π/2) for 0 to 1, exact at the ends.
fn quarter(x: f32) -> f32 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        libm::sinf(x * std::f32::consts::FRAC_PI_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pan_is_equal_power_and_balance_is_whole_in_the_middle() {
        assert_eq!(balance(0.5), (1.0, 1.0));
        assert_eq!(balance(0.0), (1.0, 0.0));
        assert_eq!(equal_power(1.0), (0.0, 1.0));
        for i in 0..=20 {
            let (l, r) = equal_power(i as f32 / 20.0);
            assert!((l * l + r * r - 1.0).abs() < 1e-6);
        }
    }
}
