//! Constructors whose numbers may be patterns: one entry for each, known by its name.
//!
//! Invariant: an entry reads its values and inputs only; a value of the wrong kind makes silence.

use super::Value;
use super::node::{Join, Pattern, Patterned};
use super::steps;
use crate::base::time::Time;

/// The value as a length or factor of time.
fn time(values: &[Value], at: usize) -> Option<Time> {
    values.get(at)?.time()
}

/// The value as a whole number; fractions go down.
fn whole(values: &[Value], at: usize) -> Option<i64> {
    Some(values.get(at)?.time()?.cycle().clamp(-1_000_000, 1_000_000))
}

fn silent(pattern: Option<Pattern>) -> Pattern {
    pattern.unwrap_or_else(Pattern::silence)
}

macro_rules! patterned {
    ($($name:ident $text:literal |$v:ident, $p:ident| $body:expr;)*) => {$(
        #[doc = concat!("`", $text, "` with patterned numbers; the subject is the last input.")]
        pub static $name: Patterned = Patterned {
            name: $text,
            build: |$v, $p| silent((|| -> Option<Pattern> { $body })()),
        };
    )*};
}

patterned! {
    FAST "fast" |v, p| Some(p.last()?.fast(time(v, 0)?));
    SLOW "slow" |v, p| Some(p.last()?.slow(time(v, 0)?));
    EARLY "early" |v, p| Some(p.last()?.early(time(v, 0)?));
    LATE "late" |v, p| Some(p.last()?.late(time(v, 0)?));
    EUCLID "euclid" |v, p| Some(p.last()?.euclid(whole(v, 0)?, whole(v, 1)?, 0));
    EUCLID_ROT "euclidRot" |v, p| Some(p.last()?.euclid(whole(v, 0)?, whole(v, 1)?, whole(v, 2)?));
    EUCLID_LEGATO "euclidLegato" |v, p| Some(p.last()?.euclid_legato(whole(v, 0)?, whole(v, 1)?, 0));
    EUCLID_LEGATO_ROT "euclidLegatoRot" |v, p| {
        Some(p.last()?.euclid_legato(whole(v, 0)?, whole(v, 1)?, whole(v, 2)?))
    };
    FAST_GAP "fastGap" |v, p| Some(p.last()?.fast_gap(time(v, 0)?));
    COMPRESS "compress" |v, p| Some(p.last()?.compress(time(v, 0)?, time(v, 1)?));
    FOCUS "focus" |v, p| Some(p.last()?.focus(time(v, 0)?, time(v, 1)?));
    ZOOM "zoom" |v, p| Some(p.last()?.zoom(time(v, 0)?, time(v, 1)?));
    RIBBON "ribbon" |v, p| Some(p.last()?.ribbon(time(v, 0)?, time(v, 1)?));
    REPEAT_CYCLES "repeatCycles" |v, p| Some(p.last()?.repeat_cycles(time(v, 0)?));
    SEGMENT "segment" |v, p| Some(p.last()?.segment(time(v, 0)?));
    PLY "ply" |v, p| Some(p.last()?.ply(&Pattern::pure(time(v, 0)?)));
    PRESS "pressBy" |v, p| Some(p.last()?.press(time(v, 0)?));
    CHOP "chop" |v, p| Some(p.last()?.chop(whole(v, 0)?));
    STRIATE "striate" |v, p| Some(p.last()?.striate(whole(v, 0)?));
    ROT "rot" |v, p| Some(Pattern::new(super::node::Kind::Rot(whole(v, 0)?, p.last()?.clone())));
    LINGER "linger" |v, p| {
        let (share, p) = (time(v, 0)?, p.last()?);
        if share.signum() < 0 {
            return Some(p.zoom(Time::ONE + share, Time::ONE).slow(-share));
        }
        Some(p.zoom(Time::ZERO, share).slow(share))
    };
    ITER "iter" |v, p| Some(p.last()?.turning(whole(v, 0)?, false));
    ITER_BACK "iterBack" |v, p| Some(p.last()?.turning(whole(v, 0)?, true));
    EVERY "firstOf" |v, p| {
        let [yes, no] = p else { return None };
        Some(no.every(whole(v, 0)?, 0, yes))
    };
    LAST_OF "lastOf" |v, p| {
        let [yes, no] = p else { return None };
        Some(no.every(whole(v, 0)?, -1, yes))
    };
    NTH_OF "nthOf" |v, p| {
        let [yes, no] = p else { return None };
        Some(no.every(whole(v, 1)?, whole(v, 0)? - 1, yes))
    };
    EUCLIDISH "euclidish" |v, p| {
        let by = v.get(2)?.time()?.max(Time::ZERO).min(Time::ONE);
        Some(p.last()?.structured(&super::build::morphed(whole(v, 0)?, whole(v, 1)?, by)))
    };
    EUCLID_INVERSE "euclidInv" |v, p| {
        let hits = super::euclid::euclid(whole(v, 0)?, whole(v, 1)?, 0).into_iter().map(|hit| !hit);
        Some(p.last()?.structured(&super::build::rhythm(&hits.collect::<Vec<_>>())))
    };
    EUCLID_OFF "euclidOff" |v, p| {
        let (beats, count, by) = (whole(v, 0)?, whole(v, 1)?, time(v, 2)?);
        Some(p.last()?.euclid(beats, count, 0).late(by.checked_div(Time::int(count))?))
    };
    REPLICATE "replicate" |v, p| {
        let (n, p) = (time(v, 0)?, p.last()?);
        Some(steps::expand(&p.repeat_cycles(n).fast(n).with_step_count(p.steps()), n))
    };
    ROLLED "rolledBy" |v, p| Some(Pattern::new(super::node::Kind::Rolled(time(v, 0)?, p.last()?.clone())));
    WEDGE "wedge" |v, p| {
        let [second, first] = p else { return None };
        let share = time(v, 0)?.max(Time::ZERO).min(Time::ONE);
        Some(Pattern::stack([first.compress(Time::ZERO, share), second.compress(share, Time::ONE)]))
    };
    RUN "run" |v, _p| {
        let count = whole(v, 0)?;
        Some(Pattern::fastcat((0..count.clamp(0, 4096)).map(|i| Pattern::pure(Value::int(i)))))
    };
    BINARY "binaryN" |v, _p| {
        let (number, bits) = (whole(v, 0)?, whole(v, 1)?.clamp(1, 62));
        Some(Pattern::fastcat((0..bits).rev().map(|bit| Pattern::pure(Value::int((number >> bit) & 1)))))
    };
    BITS "binary" |v, _p| {
        let number = whole(v, 0)?.max(0);
        let bits = (64 - number.leading_zeros() as i64).max(1);
        Some(Pattern::fastcat((0..bits).rev().map(|bit| Pattern::pure(Value::int((number >> bit) & 1)))))
    };
    RANGE "range" |v, _p| {
        let (from, to) = (v.first()?, v.get(1)?);
        let (from, to) = match (from, to) {
            (Value::Word(_), _) | (_, Value::Word(_)) => return None,
            _ => (from.time()?, to.time()?),
        };
        let count = ((to - from).abs()).cycle().min(10_000);
        let step = if from < to { Time::ONE } else { -Time::ONE };
        Some(Pattern::fastcat((0..=count).map(|i| Pattern::pure(from + step * Time::int(i)))))
    };
    RANGES ".." |v, p| {
        let from = Pattern::pure(v.first()?.clone());
        Some(Pattern::patterned(&RANGE, &[from, p.last()?.clone()], &[], Join::Mix, false))
    };
    BEAT "beat" |v, p| {
        let (at, count) = (time(v, 0)?, time(v, 1)?);
        if count.signum() <= 0 {
            return None;
        }
        let at = at % count;
        let pulse = Pattern::pure(true).compress(at / count, (at + Time::ONE) / count);
        Some(p.last()?.structured(&pulse))
    };
    PACE "pace" |v, p| Some(steps::pace(p.last()?, time(v, 0)?));
    EXPAND "expand" |v, p| Some(steps::expand(p.last()?, time(v, 0)?));
    CONTRACT "contract" |v, p| Some(steps::expand(p.last()?, time(v, 0)?.recip()?));
    EXTEND "extend" |v, p| Some(steps::extend(p.last()?, time(v, 0)?));
    TAKE "take" |v, p| Some(steps::take(p.last()?, time(v, 0)?));
    DROP "drop" |v, p| Some(steps::drop_steps(p.last()?, time(v, 0)?));
    SHRINK "shrink" |v, p| Some(steps::shrink(p.last()?, time(v, 0)?));
    GROW "grow" |v, p| Some(steps::grow(p.last()?, time(v, 0)?));
    SWING "swingBy" |v, p| {
        let (by, n) = (time(v, 0)?, time(v, 1)?);
        let slow = p.last()?.slow(n);
        let halves = Pattern::fastcat([Pattern::pure(Time::ZERO), Pattern::pure(by * Time::new(1, 2))]);
        Some(Pattern::patterned(&LATE, &[halves], &[slow], Join::Inner, true).fast(n))
    };
    LOOP_AT "loopAt" |v, p| {
        let cycles = time(v, 0)?;
        if cycles.signum() <= 0 {
            return None;
        }
        Some(p.last()?.map(super::func::Func::LoopAt(cycles, None)).slow(cycles))
    };
    LOOP_AT_CPS "loopAtCps" |v, p| {
        let cycles = time(v, 0)?;
        if cycles.signum() <= 0 {
            return None;
        }
        Some(p.last()?.map(super::func::Func::LoopAt(cycles, Some(v.get(1)?.number()?))).slow(cycles))
    };
    WITHIN "within" |v, p| {
        let [changed, plain] = p else { return None };
        let (from, to) = (time(v, 0)?, time(v, 1)?);
        Some(Pattern::stack([changed.within(from, to, true), plain.within(from, to, false)]))
    };
}
