//! Limiters: one that looks ahead and holds the true peak under its ceiling, and the safety behind the master.
//!
//! The gain that each frame needs (from true peaks) is held over the look-ahead and 12 ms more, so that
//! a bass note's gain does not breathe within its period; it is let go exponentially, then averaged over the
//! look-ahead by a running sum in integers: the average can never be above what the peak needs when the peak comes.
//!
//! Invariant: where nothing is above the ceiling the signal passes bit for bit, [`Limiter::latency`] frames late.

use super::BLOCK;
use super::effect::Effect;
use super::lanes::{Kernel, Vector, dispatch};
use super::true_peak::TruePeak;

/// Look-ahead, seconds.
const AHEAD: f32 = 0.004;
/// Hold after it, seconds.
const HOLD: f32 = 0.012;
/// What the detector may miss, as a factor: 0.06 dB.
const MARGIN: f32 = 0.982;
/// Gains are summed as integers of this many steps, so that the running sum is exact.
const STEPS: f32 = 1_073_741_824.0;

/// A stereo-linked look-ahead limiter.
#[derive(Debug)]
pub struct Limiter {
    peaks: [TruePeak; 2],
    delay: Vec<[f32; 2]>,
    at: usize,
    gains: Vec<i64>,
    gain_at: usize,
    sum: i64,
    lows: Lows,
    held: f32,
    ceiling: f32,
    let_go: f32,
    rate: f32,
}

/// The least of the last values: a queue that only falls (D. Lemire, 2006).
#[derive(Debug)]
struct Lows {
    queue: Vec<(u64, f32)>,
    head: usize,
    count: usize,
    window: u64,
    now: u64,
}

impl Lows {
    fn new(window: usize) -> Lows {
        Lows { queue: vec![(0, 1.0); window + 1], head: 0, count: 0, window: window as u64, now: 0 }
    }

    /// Whether all of them are 1.
    fn is_flat(&self) -> bool {
        self.count == 0 || self.queue[self.head].1 >= 1.0
    }

    /// So many ones more, after nothing but ones: what is not in the queue counts as 1.
    fn pass(&mut self, frames: usize) {
        self.count = 0;
        self.now += frames as u64;
    }

    #[inline(always)]
    fn push(&mut self, x: f32) -> f32 {
        let size = self.queue.len();
        let place = |at: usize| if at >= size { at - size } else { at };
        while self.count > 0 && self.queue[place(self.head + self.count - 1)].1 >= x {
            self.count -= 1;
        }
        self.queue[place(self.head + self.count)] = (self.now, x);
        self.count += 1;
        while self.queue[self.head].0 + self.window <= self.now {
            self.head = place(self.head + 1);
            self.count -= 1;
        }
        self.now += 1;
        self.queue[self.head].1
    }
}

impl Limiter {
    /// With a ceiling in dBTP and a release in seconds, for `rate` frames a second.
    pub fn new(ceiling: f32, release: f32, rate: f32) -> Limiter {
        let ahead = ((AHEAD * rate) as usize).max(4);
        let mut limiter = Limiter {
            peaks: [TruePeak::default(), TruePeak::default()],
            delay: vec![[0.0; 2]; ahead + TruePeak::DELAY],
            at: 0,
            gains: vec![STEPS as i64; ahead],
            gain_at: 0,
            sum: STEPS as i64 * ahead as i64,
            lows: Lows::new(ahead + (HOLD * rate) as usize + 1),
            held: 1.0,
            ceiling: 1.0,
            let_go: 0.0,
            rate,
        };
        limiter.turn(ceiling, release);
        limiter
    }

    /// Moves ceiling (dBTP) and release (seconds).
    pub fn turn(&mut self, ceiling: f32, release: f32) {
        self.ceiling = super::math::gain(ceiling.clamp(-60.0, 0.0)) * MARGIN;
        self.let_go = 1.0 - libm::expf(-1.0 / (release.clamp(0.001, 5.0) * self.rate));
    }
}

impl Effect for Limiter {
    fn set(&mut self, p: &[f32], _at_once: bool) {
        if let [ceiling, release, ..] = *p {
            self.turn(ceiling, release);
        }
    }

    /// Frames by which the sound is late.
    fn latency(&self) -> usize {
        self.delay.len()
    }

    /// Forgets the sound.
    fn reset(&mut self) {
        self.delay.fill([0.0; 2]);
        self.peaks = [TruePeak::default(), TruePeak::default()];
    }

    /// Limits a block in place.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK)) {
            dispatch(Stretch { limiter: self, left, right });
        }
    }
}

/// At most a block of frames.
struct Stretch<'a> {
    limiter: &'a mut Limiter,
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Kernel for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Stretch { limiter, left, right } = self;
        let frames = left.len().min(right.len());
        let (mut peaks, mut other) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        limiter.peaks[0].run(&left[..frames], &mut peaks);
        limiter.peaks[1].run(&right[..frames], &mut other);
        let mut least = 1.0f32;
        for (peak, other) in peaks[..frames].iter_mut().zip(&other) {
            let peak_now = peak.max(*other);
            *peak = if peak_now > limiter.ceiling { limiter.ceiling / peak_now } else { 1.0 };
            least = least.min(*peak);
        }
        if least >= 1.0 && limiter.lets_pass(frames) {
            for (l, r) in left.iter_mut().zip(right) {
                [*l, *r] = limiter.late([*l, *r]);
            }
            return;
        }
        for ((l, r), need) in left.iter_mut().zip(right).zip(peaks) {
            let gain = limiter.gain(need);
            let [x, y] = limiter.late([*l, *r]);
            *l = x * gain;
            *r = y * gain;
        }
    }
}

impl Limiter {
    /// Whether nothing that is still looked at was above the ceiling; then these frames, which are not either, need no
    /// gain.
    fn lets_pass(&mut self, frames: usize) -> bool {
        let passes = self.lows.is_flat() && self.held >= 1.0 && self.sum == STEPS as i64 * self.gains.len() as i64;
        if passes {
            self.lows.pass(frames);
        }
        passes
    }

    /// The sound of the look-ahead ago.
    #[inline(always)]
    fn late(&mut self, now: [f32; 2]) -> [f32; 2] {
        let late = std::mem::replace(&mut self.delay[self.at], now);
        self.at += 1;
        if self.at == self.delay.len() {
            self.at = 0;
        }
        late
    }

    /// The gain of the frame that comes out, where the frame that comes in needs this one.
    #[inline(always)]
    fn gain(&mut self, need: f32) -> f32 {
        let low = self.lows.push(need);
        self.held = if low < self.held { low } else { self.held + (low - self.held) * self.let_go };
        if low - self.held < 1e-6 {
            self.held = low;
        }
        let gain = (self.held * STEPS) as i64;
        self.sum += gain - self.gains[self.gain_at];
        self.gains[self.gain_at] = gain;
        self.gain_at += 1;
        if self.gain_at == self.gains.len() {
            self.gain_at = 0;
        }
        let whole = STEPS as i64 * self.gains.len() as i64;
        if self.sum == whole { 1.0 } else { (self.sum as f64 / whole as f64) as f32 }
    }
}

/// The 0 dBFS limiter after the master: without latency, transparent under full scale.
#[derive(Clone, Copy, Debug)]
pub struct Safety {
    gain: f32,
    let_go: f32,
}

impl Safety {
    /// For `rate` frames a second.
    pub fn new(rate: f32) -> Safety {
        Safety { gain: 1.0, let_go: 1.0 - libm::expf(-1.0 / (0.05 * rate)) }
    }

    /// Limits a block in place; what is not finite becomes 0. The peaks of both sides as they leave.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> (f32, f32) {
        let peaks = [dispatch(Loudest(left)), dispatch(Loudest(right))];
        if let ([Some(l), Some(r)], true) = (peaks, self.gain == 1.0)
            && l.max(r) <= 1.0
        {
            return (l, r);
        }
        self.limit(left, right);
        let peak = |side: &[f32]| side.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        (peak(left), peak(right))
    }

    fn limit(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right) {
            *l = super::math::finite(*l);
            *r = super::math::finite(*r);
            let peak = l.abs().max(r.abs());
            if self.gain < 1.0 {
                self.gain += (1.0 - self.gain) * self.let_go;
                if self.gain > 0.999_99 {
                    self.gain = 1.0;
                }
            }
            if peak * self.gain > 1.0 {
                self.gain = 1.0 / peak;
            }
            *l = (*l * self.gain).clamp(-1.0, 1.0);
            *r = (*r * self.gain).clamp(-1.0, 1.0);
        }
    }
}

/// The peak of a side; none where something is not finite.
struct Loudest<'a>(&'a [f32]);

impl Kernel for Loudest<'_> {
    type Output = Option<f32>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Option<f32> {
        let (eights, rest) = self.0.as_chunks::<8>();
        // Nothing times what is not finite is no number.
        let (mut most, mut odd) = ([0.0f32; 8], [0.0f32; 8]);
        for eight in eights {
            for ((most, odd), x) in most.iter_mut().zip(&mut odd).zip(eight) {
                *most = if x.abs() > *most { x.abs() } else { *most };
                *odd += x * 0.0;
            }
        }
        let mut peak = most.into_iter().fold(0.0f32, f32::max);
        let mut odd = odd.into_iter().fold(0.0, |sum, x| sum + x);
        for x in rest {
            peak = peak.max(x.abs());
            odd += x * 0.0;
        }
        (odd == 0.0).then_some(peak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::testing::{db, noise, spectrum};

    /// By sixteen-fold sinc interpolation, finer than the limiter's own detector.
    fn true_peak(signal: &[f32]) -> f64 {
        let mut peak = 0.0f64;
        for centre in 32..signal.len() - 32 {
            if f64::from(signal[centre].abs()) < 0.4 {
                continue;
            }
            for phase in 0..16 {
                let f = f64::from(phase) / 16.0;
                let y: f64 = (0..48)
                    .map(|k| {
                        let at = centre + k - 23;
                        f64::from(signal[at]) * crate::dsp::sinc::windowed_sinc(k as f64 - 23.0 - f, 24.0, 8.0)
                    })
                    .sum();
                peak = peak.max(y.abs());
            }
        }
        db(peak)
    }

    fn limited(signal: &[f32]) -> Vec<f32> {
        let mut limiter = Limiter::new(-1.0, 0.1, 48_000.0);
        let (mut left, mut right) = (signal.to_vec(), signal.to_vec());
        limiter.process(&mut left, &mut right);
        assert_eq!(left, right);
        left
    }

    #[test]
    fn noise_clicks_and_quarter_rate_sines_stay_under_the_ceiling() {
        let loud: Vec<f32> = noise(1, 6000).into_iter().map(|x| x * 10.0).collect();
        assert!(true_peak(&limited(&loud)) < -0.9, "noise {}", true_peak(&limited(&loud)));
        let mut clicks = vec![0.0; 4000];
        clicks[1000] = 4.0;
        clicks[1500] = -3.0;
        clicks[1501] = 3.0;
        assert!(true_peak(&limited(&clicks)) < -0.9, "clicks {}", true_peak(&limited(&clicks)));
        let sine: Vec<f32> =
            (0..4000).map(|i| 4.0 * libm::sin(std::f64::consts::FRAC_PI_2 * (f64::from(i) + 0.5)) as f32).collect();
        let peak = true_peak(&limited(&sine)[1000..]);
        assert!((-1.3..-0.9).contains(&peak), "sine {peak}");
    }

    /// EBU Tech 3341, cases 15 to 19 (steady tones) and 20 to 23 (one louder period at each offset of four), 12 dB louder.
    #[test]
    fn the_tones_of_the_ebu_stay_under_the_ceiling_at_12_db_more() {
        let tau = std::f64::consts::TAU;
        for (case, divisor, amplitude, degrees) in [
            (15, 4.0, 0.5, 0.0),
            (16, 4.0, 0.5, 45.0),
            (17, 6.0, 0.5, 60.0),
            (18, 8.0, 0.5, 67.5),
            (19, 4.0, 1.41, 45.0),
        ] {
            let tone: Vec<f32> = (0..6000)
                .map(|i| {
                    let swell = (f64::from(i) / 480.0).min(1.0);
                    (3.981 * swell * amplitude * libm::sin(tau * (f64::from(i) / divisor + degrees / 360.0))) as f32
                })
                .collect();
            let peak = true_peak(&limited(&tone));
            assert!(peak < -0.9, "case {case}: {peak}");
        }
        // Four times the rate: a quiet tone of a sixth, a period of a quarter at full level, the quiet tone again.
        let fast: Vec<f64> = (0..8016)
            .map(|i| match i {
                4000..4016 => libm::sin(tau * f64::from(i - 4000) / 16.0),
                i if i < 4000 => 0.5 * libm::sin(tau * f64::from(i) / 24.0),
                i => 0.5 * libm::sin(tau * f64::from(i - 4016) / 24.0),
            })
            .collect();
        for offset in 0..4usize {
            let signal: Vec<f32> = (64..1900)
                .map(|i| {
                    let at = (i * 4 + offset) as i64;
                    let sum: f64 = (-128..=128i64)
                        .map(|k| {
                            fast[(at + k) as usize] * crate::dsp::sinc::windowed_sinc(k as f64 / 4.0, 32.0, 9.0) / 4.0
                        })
                        .sum();
                    let swell = ((i - 64) as f64 / 480.0).min(1.0);
                    (3.981 * swell * sum) as f32
                })
                .collect();
            let peak = true_peak(&limited(&signal));
            assert!(peak < -0.9, "case {}: {peak}", 20 + offset);
        }
    }

    #[test]
    fn where_blocks_are_cut_changes_no_bit() {
        let loud: Vec<f32> = noise(6, 6000)
            .into_iter()
            .enumerate()
            .map(|(i, x)| x * if (i / 1500) % 2 == 0 { 0.2 } else { 3.0 })
            .collect();
        let whole = limited(&loud);
        let mut limiter = Limiter::new(-1.0, 0.1, 48_000.0);
        let (mut l, mut r) = (loud.clone(), loud);
        for (l, r) in l.chunks_mut(7).zip(r.chunks_mut(7)) {
            limiter.process(l, r);
        }
        assert_eq!(l, whole);
    }

    #[test]
    fn a_bass_note_is_not_distorted() {
        let sine: Vec<f32> =
            (0..1 << 17).map(|i| (1.78 * libm::sin(std::f64::consts::TAU * f64::from(i) / 960.0)) as f32).collect();
        let out = limited(&sine);
        let bins = spectrum(&out[1 << 16..]);
        let at = |k: f64| {
            let bin = (k * 50.0 / 48_000.0 * f64::from(1 << 16)).round() as usize;
            bins[bin - 2..=bin + 2].iter().fold(0.0f64, |a, b| a.max(*b))
        };
        let harmonics = (2..20).map(|k| at(f64::from(k)).powi(2)).sum::<f64>().sqrt();
        assert!(db(harmonics / at(1.0)) < -60.0, "{}", db(harmonics / at(1.0)));
    }

    #[test]
    fn what_is_under_the_ceiling_passes_bit_for_bit() {
        let quiet: Vec<f32> = noise(2, 3000).into_iter().map(|x| x * 0.3).collect();
        let latency = Limiter::new(-1.0, 0.1, 48_000.0).latency();
        let out = limited(&quiet);
        assert_eq!(out[latency..], quiet[..3000 - latency]);
        let mut safe = (quiet.clone(), quiet.clone());
        Safety::new(48_000.0).process(&mut safe.0, &mut safe.1);
        assert_eq!(safe.0, quiet);
    }

    #[test]
    fn the_safety_never_lets_anything_above_full_scale() {
        let mut left: Vec<f32> = noise(4, 3000).into_iter().map(|x| x * 30.0).collect();
        left[500] = f32::NAN;
        left[600] = f32::INFINITY;
        let mut right = left.clone();
        Safety::new(48_000.0).process(&mut left, &mut right);
        assert!(left.iter().all(|x| x.abs() <= 1.0));
    }
}
