//! Functions that count steps: a sequence of seven steps is seven long, whatever its cycle.
//!
//! Invariant: a pattern without a step count counts as one step.

use super::facts::lcm_steps;
use super::node::Pattern;
use crate::base::time::Time;

fn count(pattern: &Pattern) -> Time {
    pattern.steps().filter(|steps| steps.signum() > 0).unwrap_or(Time::ONE)
}

/// One after another, each as long as its steps.
pub fn stepcat(patterns: impl IntoIterator<Item = Pattern>) -> Pattern {
    Pattern::timecat(patterns.into_iter().map(|pattern| (count(&pattern), pattern)))
}

/// So many steps a cycle.
pub fn pace(pattern: &Pattern, steps: Time) -> Pattern {
    if steps.signum() <= 0 {
        return Pattern::silence();
    }
    pattern.fast(steps / count(pattern)).with_step_count(Some(steps))
}

/// As if it had `factor` times as many steps, so that it takes more room beside others.
pub fn expand(pattern: &Pattern, factor: Time) -> Pattern {
    pattern.clone().with_step_count(Some(count(pattern) * factor))
}

/// Faster and longer: the steps keep their length, and there are more of them.
pub fn extend(pattern: &Pattern, factor: Time) -> Pattern {
    expand(&pattern.fast(factor).with_step_count(pattern.steps()), factor)
}

/// The first steps; with a negative count the last.
pub fn take(pattern: &Pattern, steps: Time) -> Pattern {
    let share = steps.abs() / count(pattern);
    if share.signum() <= 0 {
        return Pattern::silence();
    }
    if share >= Time::ONE {
        return pattern.clone();
    }
    if steps.signum() < 0 { pattern.zoom(Time::ONE - share, Time::ONE) } else { pattern.zoom(Time::ZERO, share) }
}

/// All but the first steps; with a negative count all but the last.
pub fn drop_steps(pattern: &Pattern, steps: Time) -> Pattern {
    let left = count(pattern) - steps.abs();
    if left.signum() <= 0 {
        return Pattern::silence();
    }
    take(pattern, if steps.signum() < 0 { left } else { -left })
}

/// The pattern, then without its first steps, and so on; with a negative count without its last ones.
fn shrinking(pattern: &Pattern, steps: Time) -> Vec<Pattern> {
    let total = count(pattern);
    let step = steps.abs() / total;
    if step.signum() <= 0 {
        return vec![pattern.clone()];
    }
    let mut at = Time::ZERO;
    let mut all = Vec::new();
    while at < Time::ONE && all.len() < 256 {
        all.push(if steps.signum() > 0 {
            pattern.zoom(at, Time::ONE)
        } else {
            pattern.zoom(Time::ZERO, Time::ONE - at)
        });
        at += step;
    }
    all
}

/// Shorter by some steps each time round, all within one longer pattern.
pub fn shrink(pattern: &Pattern, steps: Time) -> Pattern {
    stepcat(shrinking(pattern, steps))
}

/// Longer by some steps each time round.
pub fn grow(pattern: &Pattern, steps: Time) -> Pattern {
    let mut all = shrinking(pattern, -steps);
    all.reverse();
    stepcat(all)
}

/// A step of each in turn.
pub fn zip(patterns: &[Pattern]) -> Pattern {
    let known: Vec<_> = patterns.iter().filter(|pattern| pattern.steps().is_some()).collect();
    let Some(first) = known.first() else {
        return Pattern::silence();
    };
    let steps = known.iter().skip(1).try_fold(count(first), |all, p| lcm_steps(all, count(p)));
    let steps = steps.unwrap_or(Time::int(known.len() as i64));
    let turns = Pattern::slowcat(known.iter().map(|pattern| pattern.slow(count(pattern))));
    turns.fast(steps).with_step_count(Some(steps))
}

/// The first pattern wanders backwards through the others.
pub fn tour(pattern: &Pattern, others: &[Pattern]) -> Pattern {
    let mut all = Vec::new();
    for i in 0..=others.len() {
        let at = others.len() - i;
        all.extend(others[..at].iter().cloned());
        all.push(pattern.clone());
        all.extend(others[at..].iter().cloned());
    }
    stepcat(all)
}

/// All at the pace of `steps` steps a cycle, or of the first.
pub fn polymeter(patterns: &[Pattern], steps: Option<Time>) -> Pattern {
    let Some(steps) = steps.or_else(|| patterns.first().map(count)) else {
        return Pattern::silence();
    };
    Pattern::stack(patterns.iter().map(|pattern| pace(pattern, steps)))
}

/// All at once at the pace of the longest; the rest of the room is silent, `by` of it before the pattern.
pub fn stack_by(patterns: &[Pattern], by: Time) -> Pattern {
    let longest = patterns.iter().map(count).fold(Time::ONE, Time::max);
    Pattern::stack(patterns.iter().map(|pattern| {
        let room = longest - count(pattern);
        let before = room * by;
        Pattern::timecat([
            (before, Pattern::silence()),
            (count(pattern), pattern.clone()),
            (room - before, Pattern::silence()),
        ])
    }))
    .with_step_count(Some(longest))
}
