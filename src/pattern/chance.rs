//! Dice: events removed, loosened in time and level.
//!
//! Invariant: a throw depends on the key and the chance time of the event's onset, so no query boundary, no
//! other line and no other dice in the chain changes it.

use super::context::Context;
use super::hap::Hap;
use super::node::Pattern;
use super::query::retain;
use super::signal::throw;
use super::value::Value;
use crate::base::random::join;
use crate::base::time::Span;

/// Removes events whose throw is under the amount; inverted, those whose throw is not.
pub(super) fn degrade(
    (key, cycles, invert): (u64, bool, bool),
    amount: &Pattern,
    p: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    let start = out.len();
    p.query_into(span, ctx, out);
    let constant = amount.constant().and_then(Value::number);
    retain(out, start, |hap| {
        let onset = hap.onset();
        let amount = match constant {
            Some(amount) => amount,
            None => amount.sample(onset, ctx).map_or(0.0, |value| share(&value)),
        };
        let chance = onset + ctx.chance;
        (throw(key, if cycles { chance.floor() } else { chance }) < amount) == invert
    });
}

fn share(value: &Value) -> f64 {
    match super::func::convert(value, crate::base::control::Dimension::Share) {
        Value::Quantity(..) => 0.0,
        other => other.number().unwrap_or(0.0),
    }
}

/// Moves events by up to `seconds` either way, and their velocity by up to `amount`.
pub(super) fn humanise(
    (key, seconds, amount): (u64, f64, f64),
    p: &Pattern,
    span: Span,
    ctx: &mut Context,
    out: &mut Vec<Hap>,
) {
    let start = out.len();
    p.query_into(span, ctx, out);
    for hap in &mut out[start..] {
        let chance = hap.onset() + ctx.chance;
        // Events of one chord loosen apart: their values take part in the throw.
        let key = join(key, hap.value.digest());
        hap.shift += (throw(join(key, 1), chance) * 2.0 - 1.0) * seconds;
        if let (Value::Map(map), true) = (&mut hap.value, amount > 0.0) {
            let before = map.get("velocity").and_then(Value::number).unwrap_or(1.0);
            let by = 1.0 + (throw(join(key, 2), chance) * 2.0 - 1.0) * amount;
            map.set("velocity".into(), Value::Float((before * by).clamp(0.0, 1.0)));
        }
    }
}
