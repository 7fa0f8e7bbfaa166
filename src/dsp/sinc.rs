//! Samples at any rate: a windowed sinc over sixteen frames, wider where a sample is played faster than it was recorded.
//!
//! Invariant: at rate one on whole frames it gives the sample back bit for bit; outside of the sample is silence.

/// Frames on either side of the point, at rates up to one.
const HALF: usize = 8;
/// Steps between two frames for the narrow kernel.
const PHASES: usize = 512;
/// Steps between two frames for the wide kernel.
const FINE: usize = 1024;
/// The widest stretch: beyond it, some aliases are let through rather than spending more.
const WIDEST: f32 = 16.0;
/// Taps of the widest kernel.
const MOST: usize = 2 * HALF * WIDEST as usize;

/// Room for the weights of one point, kept by the caller so that it need not be cleared each time.
pub type Taps = [f32; MOST];

/// Room for the weights, empty.
pub const NO_TAPS: Taps = [0.0; MOST];

/// The kernel, in two layouts.
#[derive(Debug)]
pub struct Sinc {
    /// `PHASES + 1` rows of sixteen taps.
    rows: Vec<[f32; 2 * HALF]>,
    /// The right half of the kernel, fine.
    curve: Vec<f32>,
}

impl Default for Sinc {
    fn default() -> Sinc {
        Sinc::new()
    }
}

impl Sinc {
    /// Computes the kernel.
    pub fn new() -> Sinc {
        let row = |phase: usize| {
            let mut taps = [0.0; 2 * HALF];
            for (tap, value) in taps.iter_mut().enumerate() {
                let distance = tap as f64 - (HALF as f64 - 1.0) - phase as f64 / PHASES as f64;
                *value = kernel(distance) as f32;
            }
            taps
        };
        let rows = (0..=PHASES).map(row).collect();
        let curve = (0..=HALF * FINE + 1).map(|at| kernel(at as f64 / FINE as f64) as f32).collect();
        Sinc { rows, curve }
    }

    /// How far from the point the kernel reaches for a rate, in units of its own half; at least 1.
    pub fn stretch(rate: f32) -> f32 {
        // Above rate one the kernel is a little wider than the rate, so that what would fold lies in its stop band.
        let rate = rate.abs();
        if rate <= 1.0 { 1.0 } else { (2.0 * rate - 1.0).min(1.12 * rate).min(WIDEST) }
    }

    /// The weights for a fraction of a frame in 1/2³², with a kernel stretched by `stretch`: they go into `taps`; given
    /// are how many there are, and how many of them stand before the frame.
    #[inline]
    fn weigh(&self, fraction: u32, stretch: f32, taps: &mut Taps) -> (usize, usize) {
        if stretch <= 1.0 {
            let row = (fraction >> 23) as usize;
            let between = (fraction & 0x7f_ffff) as f32 * (1.0 / 8_388_608.0);
            for ((tap, low), high) in taps.iter_mut().zip(&self.rows[row]).zip(&self.rows[row + 1]) {
                *tap = low + between * (high - low);
            }
            return (2 * HALF, HALF - 1);
        }
        let reach = (libm::ceilf(HALF as f32 * stretch) as usize).min(MOST / 2);
        let point = fraction as f32 * (1.0 / 4_294_967_296.0);
        let squeeze = FINE as f32 / stretch;
        let scale = 1.0 / stretch;
        let end = self.curve.len() - 2;
        for (at, tap) in taps[..2 * reach].iter_mut().enumerate() {
            let distance = ((at as f32 - (reach as f32 - 1.0)) - point).abs() * squeeze;
            let step = (distance as usize).min(end);
            let (here, next) = (self.curve[step], self.curve[step + 1]);
            *tap = scale * (here + (distance - step as f32).min(1.0) * (next - here));
        }
        (2 * reach, reach - 1)
    }

    /// One or two channels at a frame and a fraction of one in 1/2³² frames, with a kernel stretched by `stretch`. A
    /// channel that is not there is silent. `taps` is room for the weights.
    #[inline]
    pub fn at(&self, channels: &[Vec<f32>], (frame, fraction): (i64, u32), stretch: f32, taps: &mut Taps) -> [f32; 2] {
        let (count, before) = self.weigh(fraction, stretch, taps);
        let first = frame - before as i64;
        let mut out = [0.0; 2];
        for (out, sample) in out.iter_mut().zip(channels) {
            // Where the kernel hangs over an end, the taps beyond it have nothing to weigh.
            let skipped = (-first).clamp(0, count as i64) as usize;
            let from = (first.max(0) as usize).min(sample.len());
            let here = &sample[from..(from + count - skipped).min(sample.len())];
            *out = dot(here, &taps[skipped..count]);
        }
        out
    }
}

/// The sum of products, in four strands of a fixed order.
#[inline]
fn dot(sample: &[f32], taps: &[f32]) -> f32 {
    let mut sums = [0.0f32; 4];
    let (whole, rest) = sample.as_chunks::<4>();
    for (values, weights) in whole.iter().zip(taps.as_chunks::<4>().0) {
        for strand in 0..4 {
            sums[strand] += values[strand] * weights[strand];
        }
    }
    for (value, weight) in rest.iter().zip(&taps[4 * whole.len()..]) {
        sums[0] += value * weight;
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// A sinc under a Kaiser window (Kaiser & Schafer 1980).
fn kernel(distance: f64) -> f64 {
    const BETA: f64 = 9.0;
    let across = distance / HALF as f64;
    if across.abs() >= 1.0 {
        return 0.0;
    }
    let window = bessel(BETA * (1.0 - across * across).sqrt()) / bessel(BETA);
    if distance == 0.0 {
        return 1.0;
    }
    if distance == libm::floor(distance) {
        return 0.0;
    }
    let turn = std::f64::consts::PI * distance;
    window * libm::sin(turn) / turn
}

/// The modified Bessel function of the first kind, order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= (x / 2.0 / f64::from(k)) * (x / 2.0 / f64::from(k));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far a tone of `frequency` (of 48 kHz), played at `rate`, is above everything that is not the tone, dB.
    fn clarity(frequency: f64, rate: f64) -> f64 {
        let sinc = Sinc::new();
        let tone = |at: f64| libm::sin(std::f64::consts::TAU * frequency / 48000.0 * at);
        let sample = [(0..12_000).map(|at| tone(f64::from(at)) as f32).collect()];
        let stretch = Sinc::stretch(rate as f32);
        let (mut inner, mut cross, mut power, mut own, mut quadrature) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut taps = NO_TAPS;
        for n in 0..4000 {
            let at = 400.0 + f64::from(n) * rate;
            let value =
                f64::from(sinc.at(&sample, (at as i64, (at.fract() * 4_294_967_296.0) as u32), stretch, &mut taps)[0]);
            let cosine = libm::cos(std::f64::consts::TAU * frequency / 48000.0 * at);
            inner += value * tone(at);
            cross += value * cosine;
            own += tone(at) * tone(at);
            quadrature += cosine * cosine;
            power += value * value;
        }
        let signal = inner * inner / own + cross * cross / quadrature;
        10.0 * libm::log10(signal / (power - signal).max(1e-30))
    }

    #[test]
    fn on_whole_frames_the_sample_comes_back() {
        let sinc = Sinc::new();
        let sample = [(0..40).map(|at| (at as f32 * 0.7).fract()).collect::<Vec<_>>()];
        assert!(
            (0..40).all(|at| sinc.at(&sample, (at, 0), 1.0, &mut NO_TAPS.clone()) == [sample[0][at as usize], 0.0])
        );
        assert_eq!(sinc.at(&sample, (-40, 5), 1.0, &mut NO_TAPS.clone()), [0.0; 2]);
        assert_eq!(sinc.at(&sample, (90, 5), 3.0, &mut NO_TAPS.clone()), [0.0; 2]);
    }

    #[test]
    fn a_high_tone_stays_clean() {
        let measured = [clarity(1000.0, 0.9), clarity(10_000.0, 0.9), clarity(15_000.0, 1.37)];
        assert!(measured.iter().all(|level| *level > 95.0), "{measured:?}");
    }

    #[test]
    fn what_would_fold_is_taken_away() {
        let sinc = Sinc::new();
        let sample = [(0..9000).map(|n| libm::sin(std::f64::consts::TAU * 0.3125 * f64::from(n)) as f32).collect()];
        let stretch = Sinc::stretch(2.0);
        let peak = (100..4000)
            .map(|n| sinc.at(&sample, (n * 2, 0), stretch, &mut NO_TAPS.clone())[0].abs())
            .fold(0.0, f32::max);
        assert!(peak < 1e-4, "{peak}");
    }
}
