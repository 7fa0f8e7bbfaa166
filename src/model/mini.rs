//! Mini-notation as patterns.
//!
//! Invariant: each atom's place is in the haps that it makes; each die of a string has a key of its own.

use crate::base::random;
use crate::base::time::Time;
use crate::lang::syntax::{Mini, MiniKind, Number, Step};
use crate::pattern::arithmetic::Op;
use crate::pattern::patterned::{EUCLID, EUCLID_ROT, FAST, RANGES, SLOW};
use crate::pattern::{Align, Join, Kind, Pattern, Patterned, Value};

/// Where dice keys come from: the seed, a path of names, and an ordinal that counts up.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    path: u64,
    next: u64,
}

impl Dice {
    /// Of a seed and the names that lead to an expression.
    pub fn new(seed: u64, path: &[&str]) -> Dice {
        let seed = random::mix(seed);
        let path = path.iter().fold(seed, |hash, name| random::join(hash, random::name(name)));
        Dice { seed, path, next: 0 }
    }

    /// The key of the next die.
    pub fn key(&mut self) -> u64 {
        self.next += 1;
        random::join(self.path, self.next)
    }

    /// The dice of a value that many share: by the seed and its name alone.
    pub fn shared(&self, name: &str) -> Dice {
        Dice { seed: self.seed, path: random::join(self.seed, random::name(name)), next: 0 }
    }

    /// The dice of a call: by the function's name and the call's ordinal.
    pub fn call(&mut self, name: &str) -> Dice {
        Dice { seed: self.seed, path: random::join(self.key(), random::name(name)), next: 0 }
    }
}

/// A number of the text as a value.
pub fn number(number: &Number) -> Value {
    match number.unit {
        Some(unit) => Value::Quantity(number.exact, unit),
        // What does not fit into a fraction is as good as a float.
        None if (number.exact.to_f64() - number.value).abs() > number.value.abs() * 1e-9 => Value::Float(number.value),
        None => Value::Number(number.exact),
    }
}

/// A string of mini-notation as a pattern.
pub fn pattern(mini: &Mini, dice: &mut Dice) -> Pattern {
    match &mini.kind {
        MiniKind::Rest => Pattern::silence(),
        MiniKind::Number(written) => Pattern::atom(number(written), mini.place),
        MiniKind::Word(word) => Pattern::atom(Value::word(word), mini.place),
        MiniKind::Sequence(steps) => sequence(steps, dice),
        MiniKind::Stack(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| pattern(part, dice)).collect();
            let steps = parts.first().and_then(Pattern::steps);
            Pattern::stack(parts).with_step_count(steps)
        }
        MiniKind::Choice(parts) => {
            let key = dice.key();
            let patterns = parts.iter().map(|part| (1.0, pattern(part, dice))).collect();
            Pattern::new(Kind::Lottery { key, patterns })
        }
        MiniKind::Alternate(parts) => {
            let parts: Vec<_> = parts.iter().map(|steps| alternate(steps, dice)).collect();
            let steps = parts.first().and_then(Pattern::steps);
            Pattern::stack(parts).with_step_count(steps)
        }
        MiniKind::Polymeter(parts, pace) => polymeter(parts, pace.as_deref(), dice),
        MiniKind::Fast(inner, by) => warped(&FAST, inner, &[by], dice),
        MiniKind::Slow(inner, by) => warped(&SLOW, inner, &[by], dice),
        MiniKind::Euclid(inner, beats, steps, None) => warped(&EUCLID, inner, &[beats, steps], dice),
        MiniKind::Euclid(inner, beats, steps, Some(turn)) => warped(&EUCLID_ROT, inner, &[beats, steps, turn], dice),
        MiniKind::Tail(inner, tail) => {
            let inner = pattern(inner, dice);
            inner.combine(Op::Tail, Align::In, &pattern(tail, dice))
        }
        MiniKind::Range(from, to) => {
            let (from, to) = (pattern(from, dice), pattern(to, dice));
            Pattern::patterned(&RANGES, &[from], &[to], Join::Squeeze, false)
        }
        MiniKind::Repeat(inner, times) => pattern(inner, dice).repeat_cycles(*times).fast(*times),
        MiniKind::Degrade(inner, amount) => {
            let key = dice.key();
            pattern(inner, dice).degrade(key, &Pattern::pure(amount.unwrap_or(0.5)), false, false)
        }
    }
}

fn warped(function: &'static Patterned, inner: &Mini, by: &[&Mini], dice: &mut Dice) -> Pattern {
    let inner = pattern(inner, dice);
    let by: Vec<_> = by.iter().map(|by| pattern(by, dice)).collect();
    Pattern::patterned(function, &by, &[inner], Join::Inner, false)
}

/// Each step with its weight; repeats are steps of their own.
fn weighted(steps: &[Step], dice: &mut Dice) -> Vec<(Time, Pattern)> {
    let mut parts = Vec::new();
    for step in steps {
        let inner = pattern(&step.mini, dice);
        for _ in 0..step.repeats {
            parts.push((step.weight, inner.clone()));
        }
    }
    parts
}

fn sequence(steps: &[Step], dice: &mut Dice) -> Pattern {
    Pattern::timecat(weighted(steps, dice))
}

fn alternate(steps: &[Step], dice: &mut Dice) -> Pattern {
    let parts = weighted(steps, dice);
    let total = parts.iter().fold(Time::ZERO, |sum, (weight, _)| sum + *weight);
    let slow = if parts.iter().all(|(weight, _)| *weight == Time::ONE) {
        Pattern::slowcat(parts.into_iter().map(|(_, part)| part))
    } else {
        Pattern::timecat(parts).slow(total)
    };
    slow.with_step_count(Some(total))
}

fn polymeter(parts: &[Vec<Step>], pace: Option<&Mini>, dice: &mut Dice) -> Pattern {
    let mut sequences = Vec::new();
    for steps in parts {
        let total = steps.iter().fold(Time::ZERO, |sum, s| sum + s.weight * Time::int(i64::from(s.repeats)));
        sequences.push((total, sequence(steps, dice)));
    }
    let Some(first) = sequences.iter().map(|(total, _)| *total).find(|total| total.signum() > 0) else {
        return Pattern::silence();
    };
    let pace = pace.map_or_else(|| Pattern::pure(first), |pace| pattern(pace, dice));
    let steps = pace.constant().and_then(Value::time);
    let fast = sequences.into_iter().filter(|(total, _)| total.signum() > 0).map(|(total, part)| {
        // `pace` steps a cycle, `total` steps in the part.
        Pattern::patterned(&FAST, std::slice::from_ref(&pace), &[part.slow(total)], Join::Inner, false)
    });
    Pattern::stack(fast).with_step_count(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::{FileId, Source};
    use crate::base::time::Span;
    use crate::lang::syntax::ExprKind;
    use crate::pattern::Context;

    fn read(text: &str) -> Pattern {
        let source = Source::new(FileId(0), "a", format!("\"{text}\""));
        let (expr, said) = crate::lang::parse_expression(&source);
        let Some(ExprKind::Mini(mini)) = expr.map(|expr| expr.kind) else { panic!("{said:?}") };
        pattern(&mini, &mut Dice::new(0, &["test"]))
    }

    fn cycle(text: &str, number: i64) -> Vec<String> {
        let mut haps = read(text).query(Span::cycle(number), &mut Context::new());
        haps.sort_by_key(|hap| hap.part);
        haps.iter().map(|hap| format!("{} {}", hap.part.begin - Time::int(number), hap.value)).collect()
    }

    #[test]
    fn a_sequence_shares_the_cycle() {
        assert_eq!(cycle("bd [sd sd]", 0), ["0/1 bd", "1/2 sd", "3/4 sd"]);
        assert_eq!(cycle("a@3 b", 5), ["0/1 a", "3/4 b"]);
    }

    #[test]
    fn angle_brackets_take_turns() {
        assert_eq!(cycle("<a b c>", 4), ["0/1 b"]);
        assert_eq!(cycle("<a@2 b>", 2), ["0/1 b"]);
    }

    #[test]
    fn a_hap_knows_the_place_of_its_atom() {
        let haps = read("bd*2").query(Span::cycle(0), &mut Context::new());
        assert_eq!((haps[0].places[0].start, haps[0].places[0].end), (1, 3));
    }

    #[test]
    fn places_do_not_change_the_hash() {
        assert_eq!(read("bd  sd").hash(), read("bd sd").hash());
        assert_ne!(read("bd sd").hash(), read("sd bd").hash());
    }

    #[test]
    fn two_dice_of_one_string_are_two() {
        let both = read("[a? a?]*64").query(Span::cycle(0), &mut Context::new());
        assert!((40..90).contains(&both.len()), "{}", both.len());
        let other = read("[a a]*64").query(Span::cycle(0), &mut Context::new());
        assert_eq!(other.len(), 128);
    }
}
