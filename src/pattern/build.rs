//! Constructors: how nodes are made, simplified where that costs nothing.
//!
//! Invariant: a constructor with a number out of range makes silence, never a panic.

use std::sync::Arc;

use super::Value;
use super::arithmetic::Op;
use super::euclid::euclid;
use super::func::Func;
use super::hap::Places;
use super::literals::possible_values;
use super::node::{Align, Choice, Join, Kind, Pattern, Patterned, Step};
use super::signal::Wave;
use crate::base::source::Place;
use crate::base::time::{Span, Time};

/// The most cases of a patterned argument that are built ahead.
const CASES: usize = 32;
/// The largest tree that building ahead may make.
const AHEAD: u64 = 20_000;

impl Pattern {
    /// Nothing at all.
    pub fn silence() -> Pattern {
        Pattern::new(Kind::Silence)
    }

    /// One value a cycle.
    pub fn pure(value: impl Into<Value>) -> Pattern {
        Pattern::new(Kind::Pure(value.into(), Places::new()))
    }

    /// One value a cycle, from a place in the text.
    pub fn atom(value: Value, place: Place) -> Pattern {
        Pattern::new(Kind::Pure(value, Places::from_iter([place])))
    }

    /// A signal.
    pub fn signal(wave: Wave) -> Pattern {
        Pattern::new(Kind::Signal(wave))
    }

    /// Several, each as long as its weight says, in one cycle. Weights of zero and less take no room.
    pub fn timecat(parts: impl IntoIterator<Item = (Time, Pattern)>) -> Pattern {
        let parts: Vec<_> = parts.into_iter().filter(|(weight, _)| weight.signum() > 0).collect();
        let total = parts.iter().fold(Time::ZERO, |sum, (weight, _)| sum + *weight);
        if parts.is_empty() {
            return Pattern::silence();
        }
        if let [(_, only)] = &parts[..] {
            return only.clone().with_step_count(Some(total));
        }
        let mut at = Time::ZERO;
        let steps = parts
            .into_iter()
            .map(|(weight, pattern)| {
                let begin = at / total;
                at += weight;
                Step { begin, end: at / total, pattern }
            })
            .collect();
        Pattern::with_steps(Kind::Sequence(steps), Some(total))
    }

    /// One after another, all in one cycle, each an equal share; the inner cycles go on one by one.
    pub fn fastcat(patterns: impl IntoIterator<Item = Pattern>) -> Pattern {
        Pattern::timecat(patterns.into_iter().map(|pattern| (Time::ONE, pattern)))
    }

    /// One a cycle.
    pub fn slowcat(patterns: impl IntoIterator<Item = Pattern>) -> Pattern {
        let patterns: Vec<_> = patterns.into_iter().collect();
        match patterns.len() {
            0 => Pattern::silence(),
            1 => patterns[0].clone(),
            _ => Pattern::new(Kind::Slowcat(patterns.into())),
        }
    }

    /// All at once.
    pub fn stack(patterns: impl IntoIterator<Item = Pattern>) -> Pattern {
        let patterns: Vec<_> = patterns.into_iter().filter(|pattern| !pattern.is_silence()).collect();
        match patterns.len() {
            0 => Pattern::silence(),
            1 => patterns[0].clone(),
            _ => Pattern::new(Kind::Stack(patterns.into())),
        }
    }

    /// Faster; by zero and less it is silence.
    pub fn fast(&self, factor: Time) -> Pattern {
        if factor.signum() <= 0 || self.is_silence() {
            return Pattern::silence();
        }
        match &self.node.kind {
            _ if factor == Time::ONE => self.clone(),
            Kind::Live(p) => p.fast(factor).live(),
            Kind::Fast(inner, p) => Pattern::with_steps(Kind::Fast(*inner * factor, p.clone()), self.steps()),
            _ => Pattern::new(Kind::Fast(factor, self.clone())),
        }
    }

    /// Slower; by zero and less it is silence.
    pub fn slow(&self, factor: Time) -> Pattern {
        factor.recip().map_or_else(Pattern::silence, |fast| self.fast(fast))
    }

    /// Later by cycles.
    pub fn late(&self, by: Time) -> Pattern {
        if by == Time::ZERO || self.is_silence() {
            return self.clone();
        }
        if let Kind::Live(p) = &self.node.kind {
            return p.late(by).live();
        }
        Pattern::new(Kind::Late(by, self.clone()))
    }

    /// Values that sounding notes follow. What bends or calculates is done to the values first, so that a note follows
    /// the outcome.
    pub fn live(&self) -> Pattern {
        match &self.node.kind {
            Kind::Live(_) | Kind::Silence => self.clone(),
            // One value for all time needs no following.
            Kind::Pure(..) => self.clone(),
            _ => Pattern::new(Kind::Live(self.clone())),
        }
    }

    /// Earlier by cycles.
    pub fn early(&self, by: Time) -> Pattern {
        self.late(-by)
    }

    /// Each cycle mirrored.
    pub fn rev(&self) -> Pattern {
        match &self.node.kind {
            Kind::Rev(inner) => inner.clone(),
            Kind::Silence => self.clone(),
            _ => Pattern::new(Kind::Rev(self.clone())),
        }
    }

    /// Each cycle squeezed into `[begin, end)`, within 0 to 1.
    pub fn compress(&self, begin: Time, end: Time) -> Pattern {
        if begin >= end || begin.signum() < 0 || end > Time::ONE {
            return Pattern::silence();
        }
        Pattern::new(Kind::Compress(Span::new(begin, end), self.clone()))
    }

    /// Each cycle faster, then a gap.
    pub fn fast_gap(&self, factor: Time) -> Pattern {
        match factor.recip() {
            Some(end) if factor.signum() > 0 => Pattern::new(Kind::Compress(Span::new(Time::ZERO, end), self.clone())),
            _ => Pattern::silence(),
        }
    }

    /// `[begin, end)` of each cycle made as long as a cycle.
    pub fn zoom(&self, begin: Time, end: Time) -> Pattern {
        if begin >= end {
            return Pattern::silence();
        }
        Pattern::new(Kind::Zoom(Span::new(begin, end), self.clone()))
    }

    /// The cycle squeezed into `[begin, end)`, and again and again before and after it.
    pub fn focus(&self, begin: Time, end: Time) -> Pattern {
        match (end - begin).recip() {
            Some(factor) if factor.signum() > 0 => self.early(begin.floor()).fast(factor).late(begin),
            _ => Pattern::silence(),
        }
    }

    /// `length` cycles from `begin` on, over and over.
    pub fn ribbon(&self, begin: Time, length: Time) -> Pattern {
        if length.signum() <= 0 {
            return Pattern::silence();
        }
        Pattern::new(Kind::Ribbon(begin, length, self.clone()))
    }

    /// Each cycle n times.
    pub fn repeat_cycles(&self, n: Time) -> Pattern {
        if n.signum() <= 0 {
            return Pattern::silence();
        }
        Pattern::new(Kind::RepeatCycles(n, self.clone()))
    }

    /// What sounds in each of n equal parts of the cycle.
    pub fn segment(&self, n: Time) -> Pattern {
        if n.signum() <= 0 {
            return Pattern::silence();
        }
        Pattern::new(Kind::Segment(n, self.clone()))
    }

    /// Each value through a function.
    pub fn map(&self, func: Func) -> Pattern {
        if let Kind::Pure(value, places) = &self.node.kind
            && func.is_pure()
            && !matches!(value, Value::Map(_))
            && let Some(value) = func.of(value.clone())
            && !matches!(value, Value::Map(_))
        {
            return Pattern::new(Kind::Pure(value, places.clone()));
        }
        if let Kind::Live(p) = &self.node.kind
            && func.is_pure()
        {
            return p.map(func).live();
        }
        Pattern::new(Kind::Map(func, self.clone()))
    }

    /// Two patterns by an operator.
    pub fn combine(&self, op: Op, align: Align, right: &Pattern) -> Pattern {
        if self.is_silence() || right.is_silence() {
            return Pattern::silence();
        }
        // Two plain values are one; control maps stay apart, so that each keeps its place in the text.
        if let (Kind::Pure(a, at), Kind::Pure(b, other), Align::In) = (self.kind(), right.kind(), align)
            && !matches!((a, b), (Value::Map(_), _) | (_, Value::Map(_)))
            && let Some(value) = op.apply(a, b)
            && !matches!(value, Value::Map(_))
        {
            let mut places = at.clone();
            places.extend(other.iter().copied().filter(|place| !at.contains(place)));
            return Pattern::new(Kind::Pure(value, places));
        }
        if let (Kind::Live(values), Align::In, Some(_)) = (self.kind(), align, right.constant()) {
            return values.combine(op, align, right).live();
        }
        Pattern::new(Kind::Combine { op, align, left: self.clone(), right: right.clone() })
    }

    /// Onsets from a pattern of truths.
    pub fn structured(&self, flags: &Pattern) -> Pattern {
        self.combine(Op::KeepIf, Align::Out, flags)
    }

    /// Only where a pattern of truths is true.
    pub fn masked(&self, flags: &Pattern) -> Pattern {
        self.combine(Op::KeepIf, Align::In, flags)
    }

    /// A pattern of truths that is true where this one is not.
    pub fn inverted(&self) -> Pattern {
        self.map(Func::Plain(super::func::Simple::Not))
    }

    /// A Euclidean rhythm of this pattern.
    pub fn euclid(&self, beats: i64, steps: i64, rotation: i64) -> Pattern {
        self.structured(&rhythm(&euclid(beats, steps, rotation)))
    }

    /// The same, each event held until the next.
    pub fn euclid_legato(&self, beats: i64, steps: i64, rotation: i64) -> Pattern {
        let hits = euclid(beats, steps, 0);
        let starts: Vec<_> = hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(i, _)| i as i64).collect();
        let Some(first) = starts.first().copied() else {
            return Pattern::silence();
        };
        let ends = starts.iter().skip(1).copied().chain([steps + first]);
        let lengths: Vec<_> = starts.iter().zip(ends).map(|(begin, end)| Time::int(end - begin)).collect();
        let rhythm = Pattern::timecat(lengths.into_iter().map(|length| (length, Pattern::pure(true))));
        self.structured(&rhythm.late(Time::new(first, steps))).late(Time::new(rotation, steps))
    }

    /// `yes` in cycles whose number modulo `period` is `phase`, else this pattern.
    pub fn every(&self, period: i64, phase: i64, yes: &Pattern) -> Pattern {
        if period < 1 {
            return self.clone();
        }
        let kind = Kind::Every { period, phase: phase.rem_euclid(period), yes: yes.clone(), no: self.clone() };
        Pattern::new(kind)
    }

    /// Starts 1/n of a cycle later each cycle (or, backwards, earlier).
    pub fn turning(&self, n: i64, back: bool) -> Pattern {
        if !(1..=1024).contains(&n) {
            return Pattern::silence();
        }
        let turned = (0..n).map(|i| {
            let by = Time::new(i, n);
            if back { self.late(by) } else { self.early(by) }
        });
        Pattern::with_steps(Pattern::slowcat(turned).kind().map_children(&mut Pattern::clone), self.steps())
    }

    /// Each event repeated within itself; the number is read at its onset.
    pub fn ply(&self, times: &Pattern) -> Pattern {
        Pattern::new(Kind::Ply(times.clone(), self.clone()))
    }

    /// Each event begins later by a share of itself, and ends where it did.
    pub fn press(&self, share: Time) -> Pattern {
        if share.signum() < 0 || share >= Time::ONE {
            return Pattern::silence();
        }
        Pattern::new(Kind::Press(share, self.clone()))
    }

    /// Each event in n pieces of its sample.
    pub fn chop(&self, n: i64) -> Pattern {
        if n < 1 { Pattern::silence() } else { Pattern::new(Kind::Chop(n.min(4096), self.clone())) }
    }

    /// The cycle n times, the i-th time with the i-th piece of each sample.
    pub fn striate(&self, n: i64) -> Pattern {
        let n = n.clamp(0, 1024);
        let pieces = (0..n).map(|i| {
            let cut = super::events::slices(&Value::int(n), &Value::int(i)).unwrap_or_default();
            self.map(Func::Right(Op::Set, Value::Map(cut)))
        });
        let steps = self.steps().map(|steps| steps * Time::int(n));
        Pattern::fastcat(pieces).with_step_count(steps)
    }

    /// Events whose onset lies in `[from, to]` of its cycle, or the others.
    pub fn within(&self, from: Time, to: Time, inside: bool) -> Pattern {
        Pattern::new(Kind::Within { span: Span::new(from, to), inside, pattern: self.clone() })
    }

    /// Only what begins from `begin` on and before `end`, in cycles.
    pub fn window(&self, begin: Time, end: Time) -> Pattern {
        let before = Pattern::signal(Wave::Time);
        let open = before.map(Func::Right(Op::Gte, Value::Number(begin)));
        let still = before.map(Func::Right(Op::Lt, Value::Number(end)));
        self.masked(&open).masked(&still)
    }

    /// Removes events by dice: `amount` of them (or, inverted, keeps that many).
    pub fn degrade(&self, key: u64, amount: &Pattern, invert: bool, cycles: bool) -> Pattern {
        let (amount, pattern) = (amount.clone(), self.clone());
        Pattern::new(Kind::Degrade { key, cycles, invert, amount, pattern })
    }

    /// Chooses by the values of `self`.
    pub fn choose(&self, join: Join, choice: Choice) -> Pattern {
        Pattern::new(Kind::Bind { join, selector: self.clone(), choice })
    }

    /// `yes` where this pattern is true, `no` elsewhere.
    pub fn if_else(&self, yes: Pattern, no: Pattern) -> Pattern {
        if let Some(value) = self.constant() {
            return if value.truth() { yes } else { no };
        }
        if self.is_continuous() {
            // A signal has no cut of its own: each event asks it at its onset.
            return Pattern::stack([yes.masked(self), no.masked(&self.inverted())]);
        }
        self.choose(Join::Inner, Choice::Truth(no, yes))
    }

    /// The same with another step count.
    pub fn with_step_count(self, steps: Option<Time>) -> Pattern {
        if self.steps() == steps {
            return self;
        }
        Pattern::with_steps(Kind::Steps(self), steps)
    }

    /// A constructor whose numbers are patterns: built at once where they are constant, ahead for each value
    /// where these are few, else while playing.
    pub fn patterned(
        function: &'static Patterned,
        arguments: &[Pattern],
        inputs: &[Pattern],
        join: Join,
        keep_steps: bool,
    ) -> Pattern {
        let steps = if keep_steps { inputs.last().and_then(Pattern::steps) } else { None };
        if let Some(values) = arguments.iter().map(|p| p.constant().cloned()).collect::<Option<Vec<_>>>() {
            let built = (function.build)(&values, inputs);
            return if keep_steps { built.with_step_count(steps) } else { built };
        }
        if arguments.iter().any(Pattern::is_silence) {
            return Pattern::silence();
        }
        // A signal is read at the start of each cycle.
        let arguments: Vec<_> =
            arguments.iter().map(|p| if p.is_continuous() { p.segment(Time::ONE) } else { p.clone() }).collect();
        let built = ahead(function, &arguments, inputs, join).unwrap_or_else(|| {
            Pattern::new(Kind::Patterned {
                function,
                join,
                arguments: arguments.into(),
                inputs: inputs.iter().cloned().collect(),
            })
        });
        built.with_step_count(steps)
    }
}

/// Every combination of the arguments' values, built before it is asked for.
fn ahead(function: &Patterned, arguments: &[Pattern], inputs: &[Pattern], join: Join) -> Option<Pattern> {
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for argument in arguments {
        let mut values = Vec::new();
        let plain = possible_values(argument, CASES, &mut values)
            && !values.iter().any(|value| matches!(value, Value::List(_)));
        if !plain || combinations.len() * values.len() > CASES {
            return None;
        }
        combinations = combinations
            .into_iter()
            .flat_map(|before| values.iter().map(move |value| before.iter().cloned().chain([value.clone()]).collect()))
            .collect();
    }
    let mut cases = Vec::new();
    let mut size = 0u64;
    for values in combinations {
        let pattern = (function.build)(&values, inputs);
        size += u64::from(pattern.size());
        if size > AHEAD {
            return None;
        }
        let case = if let [only] = &values[..] { only.clone() } else { Value::List(values.into()) };
        cases.push((case, pattern));
    }
    let (first, rest) = arguments.split_first()?;
    let selector = rest.iter().fold(first.clone(), |all, next| all.combine(Op::Tail, Align::In, next));
    Some(selector.choose(join, Choice::Cases(cases.into())))
}

/// Truths as a sequence; false steps are silent.
pub(super) fn rhythm(hits: &[bool]) -> Pattern {
    let steps: Vec<_> = hits.iter().map(|hit| if *hit { Pattern::pure(true) } else { Pattern::silence() }).collect();
    if steps.is_empty() { Pattern::silence() } else { Pattern::fastcat(steps) }
}

/// Beats between a Euclidean rhythm (0) and even spacing (1), each as long as a step.
pub(super) fn morphed(beats: i64, steps: i64, by: Time) -> Pattern {
    let hits = euclid(beats, steps, 0);
    let starts = hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(i, _)| Time::new(i as i64, steps.max(1)));
    let starts: Vec<_> = starts.collect();
    let (count, length) = (starts.len() as i64, Time::new(1, steps.max(1)));
    Pattern::stack(starts.into_iter().zip(0..count).map(|(from, i)| {
        let begin = from + (Time::new(i, count) - from) * by;
        Pattern::pure(true).compress(begin, (begin + length).min(Time::ONE))
    }))
    .with_step_count(Some(Time::int(steps)))
}

/// A pattern of words as a choice by name.
pub fn choice_by_word(map: impl IntoIterator<Item = (String, Pattern)>) -> Choice {
    Choice::Word(map.into_iter().map(|(word, pattern)| (Arc::from(word), pattern)).collect())
}
