//! Tunings: where the keys of a keyboard stand, other than in twelve equal steps of an octave.
//!
//! Key 60 stays where it is; each key above or below it is one step of the tuning further. A tuning is a name of the table
//! of scales (`19edo`, `just chromatic`, `pythagorean`) or a file of Manuel Op de Coul's Scala format: a line of
//! description, the count of steps, then a step a line as cents (with a point) or a ratio; `!` begins a comment. The
//! last step is the period.
//!
//! Invariant: a tuning has at least one step, and its period is above 0.

use super::scale::{Scale, Steps};

/// The most steps that a file may have.
const MOST: usize = 1024;

/// Semitones above the first key for each step; the last is the period.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning(Vec<f64>);

impl Tuning {
    /// Of its steps in semitones; `None` where the period is not above 0.
    pub fn new(steps: Vec<f64>) -> Option<Tuning> {
        let period = *steps.last()?;
        (period > 0.0 && steps.iter().all(|step| step.is_finite())).then_some(Tuning(steps))
    }

    /// By the name of a scale that leaves the semitones, or of a scale of twelve notes: `19edo`, `just`, `pythagorean`.
    pub fn named(name: &str) -> Option<Tuning> {
        let name = if name == "just" { "just chromatic" } else { name };
        let scale = Scale::parse(&format!("c4 {name}")).ok()?;
        if matches!(scale.steps, Steps::Semitones(_)) {
            return None;
        }
        Tuning::new((1..=scale.count()).map(|degree| scale.pitch(degree) - 60.0).collect())
    }

    /// Where a key stands, as a MIDI number; what lies between two keys stays as far above the lower one.
    pub fn tuned(&self, key: f64) -> f64 {
        let lower = (key + 1e-9).floor();
        let count = self.0.len() as i64;
        let degree = lower.clamp(-1e6, 1e6) as i64 - 60;
        let within = degree.rem_euclid(count);
        let step = if within == 0 { 0.0 } else { self.0[within as usize - 1] };
        60.0 + degree.div_euclid(count) as f64 * self.0[count as usize - 1] + step + (key - lower)
    }
}

/// The steps of a Scala file in semitones, or a sentence of what is wrong with it.
pub fn parse_scl(text: &str) -> Result<Vec<f64>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('!'));
    lines.next().ok_or("the file is empty")?;
    let (at, count) = lines.next().ok_or("the count of steps is missing")?;
    let count: usize = count.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
    if !(1..=MOST).contains(&count) {
        return Err(format!("line {}: the count of steps is from 1 to {MOST}", at + 1));
    }
    let mut steps = Vec::with_capacity(count);
    for (at, line) in lines.take(count) {
        let word = line.split_whitespace().next().unwrap_or("");
        let wrong = || format!("line {}: `{word}` is neither cents (with a point) nor a ratio", at + 1);
        let step = if word.contains('.') {
            word.parse::<f64>().map_err(|_| wrong())? / 100.0
        } else {
            let (over, under) = word.split_once('/').unwrap_or((word, "1"));
            let (over, under): (f64, f64) = (over.parse().map_err(|_| wrong())?, under.parse().map_err(|_| wrong())?);
            12.0 * libm::log2(over / under)
        };
        if !step.is_finite() {
            return Err(wrong());
        }
        steps.push(step);
    }
    if steps.len() < count {
        return Err(format!("{count} steps are announced, and {} follow", steps.len()));
    }
    if steps.last().is_none_or(|period| *period <= 0.0) {
        return Err("the last step, the period, is above 1/1".to_owned());
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scala_file_is_read_as_cents_and_ratios() {
        let text = "! meantone.scl\n!\nQuarter comma, five notes\n 5\n!\n 193.157\n 5/4  third\n 503.422\n 3/2\n 2\n";
        let steps = parse_scl(text).unwrap();
        assert_eq!(steps.len(), 5);
        assert!((steps[0] - 1.93157).abs() < 1e-9 && (steps[1] - 3.863_137).abs() < 1e-6 && steps[4] == 12.0);
        let tuning = Tuning::new(steps).unwrap();
        assert_eq!(tuning.tuned(60.0), 60.0);
        assert_eq!(tuning.tuned(65.0), 72.0);
        assert!((tuning.tuned(64.0) - 67.019_55).abs() < 1e-5);
        assert!((tuning.tuned(59.0) - (48.0 + 7.019_55)).abs() < 1e-5);
        assert!((tuning.tuned(60.5) - 60.5).abs() < 1e-9);
    }

    #[test]
    fn a_broken_file_says_where() {
        assert_eq!(parse_scl("").unwrap_err(), "the file is empty");
        assert!(parse_scl("x\n2\n100.0\n").unwrap_err().contains("2 steps are announced, and 1 follow"));
        assert!(parse_scl("x\n1\nabc\n").unwrap_err().starts_with("line 3"));
        assert!(parse_scl("x\n1\n1/0\n").is_err() && parse_scl("x\n1\n-5.0\n").is_err());
    }

    #[test]
    fn names_are_those_of_scales_that_leave_the_semitones() {
        let even = Tuning::named("19edo").unwrap();
        assert!((even.tuned(79.0) - 72.0).abs() < 1e-9);
        assert!((Tuning::named("just").unwrap().tuned(64.0) - 63.863_137).abs() < 1e-6);
        assert_eq!(Tuning::named("minor"), None);
        assert_eq!(Tuning::named("nothing"), None);
    }
}
