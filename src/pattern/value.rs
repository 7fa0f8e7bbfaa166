//! What a hap carries: numbers that stay exact where the text was, words, lists and control maps.
//!
//! Invariant: a clone allocates nothing; equal values hash equally on every machine.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use super::node::Pattern;
use crate::base::random;
use crate::base::time::Time;
use crate::base::units::Unit;

/// The name of a control: a built-in one costs nothing to clone, a user's (a bus, a parameter) a count.
#[derive(Clone)]
pub enum Name {
    /// Of a table.
    Fixed(&'static str),
    /// Of the text.
    Shared(Arc<str>),
}

impl Name {
    /// The word itself.
    pub fn as_str(&self) -> &str {
        match self {
            Name::Fixed(text) => text,
            Name::Shared(text) => text,
        }
    }
}

impl From<&'static str> for Name {
    fn from(text: &'static str) -> Name {
        Name::Fixed(text)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// The controls of an event, sorted by name; a clone is a count, a change copies only where it is shared.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Controls(Arc<Entries>);

/// A few controls stand in the one allocation of their count.
type Entries = SmallVec<[(Name, Value); 4]>;

impl Controls {
    /// A map of one control.
    pub fn of(name: Name, value: Value) -> Controls {
        let mut entries = Entries::new();
        entries.push((name, value));
        Controls(Arc::new(entries))
    }

    /// The value of a control.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// In the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Value)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a value in, over what was there.
    pub fn set(&mut self, name: Name, value: Value) {
        let entries = Arc::make_mut(&mut self.0);
        match entries.binary_search_by(|(key, _)| key.cmp(&name)) {
            Ok(at) => entries[at].1 = value,
            Err(at) => entries.insert(at, (name, value)),
        }
    }

    /// Another name and value in the place of a control; false where it is not there.
    pub(super) fn replace(&mut self, old: &str, name: Name, value: Value) -> bool {
        let Some(at) = self.0.iter().position(|(key, _)| key.as_str() == old) else {
            return false;
        };
        Arc::make_mut(&mut self.0).remove(at);
        self.set(name, value);
        true
    }

    /// Takes a control out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(key, _)| key.as_str() == name)?;
        Some(Arc::make_mut(&mut self.0).remove(at).1)
    }
}

impl FromIterator<(Name, Value)> for Controls {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(entries: I) -> Controls {
        let mut controls = Controls::default();
        for (name, value) in entries {
            controls.set(name, value);
        }
        controls
    }
}

/// A value of a hap.
#[derive(Clone, Debug)]
pub enum Value {
    /// An exact number.
    Number(Time),
    /// Any other number.
    Float(f64),
    /// A number with its unit, still to be converted.
    Quantity(Time, Unit),
    /// A word: a sound, a note name, a chord.
    Word(Arc<str>),
    /// True or false.
    Bool(bool),
    /// `bd:3` is `["bd", 3]`.
    List(Arc<[Value]>),
    /// The controls of an event.
    Map(Controls),
    /// A value that a sounding note follows.
    Live(Arc<Live>),
}

/// A value that a sounding note follows, as it is at the onset.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// What it is at the onset.
    pub now: Value,
    /// Where it comes from.
    pub pattern: Pattern,
    /// The onset in that pattern's own time, in cycles.
    pub at: Time,
    /// How long the note was where the value was put in, in cycles; 0 where that is not known.
    pub length: Time,
}

impl Value {
    /// A whole number.
    pub const fn int(number: i64) -> Value {
        Value::Number(Time::int(number))
    }

    /// A word.
    pub fn word(text: &str) -> Value {
        Value::Word(Arc::from(text))
    }

    /// The number, where it is one (true is 1); a quantity has none, because its unit is open.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(number.to_f64()),
            Value::Float(number) => Some(*number),
            Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Value::Word(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Value::List(list) => list.first().and_then(Value::number),
            Value::Live(live) => live.now.number(),
            Value::Quantity(..) | Value::Map(_) => None,
        }
    }

    /// The number as time; floats go to the grid of 2^-20. A quantity of bars is one, others are not.
    pub fn time(&self) -> Option<Time> {
        match self {
            Value::Number(number) | Value::Quantity(number, Unit::Bars) => Some(*number),
            other => other.number().map(Time::from_f64),
        }
    }

    /// The word, where it is one.
    pub fn as_word(&self) -> Option<&str> {
        match self {
            Value::Word(text) => Some(text),
            Value::List(list) => list.first().and_then(Value::as_word),
            Value::Live(live) => live.now.as_word(),
            _ => None,
        }
    }

    /// The controls, where it is a map.
    pub fn controls(&self) -> Option<&Controls> {
        match self {
            Value::Map(controls) => Some(controls),
            _ => None,
        }
    }

    /// Whether it counts as true: not 0, `false`, `f` or empty.
    pub fn truth(&self) -> bool {
        match self {
            Value::Number(number) | Value::Quantity(number, _) => *number != Time::ZERO,
            Value::Float(number) => *number != 0.0,
            Value::Bool(flag) => *flag,
            Value::Word(text) => !matches!(&**text, "" | "f" | "false" | "0"),
            Value::List(list) => list.first().is_none_or(Value::truth),
            Value::Live(live) => live.now.truth(),
            Value::Map(_) => true,
        }
    }

    /// The value itself, at the onset where it is one that is followed.
    pub fn now(&self) -> &Value {
        match self {
            Value::Live(live) => &live.now,
            value => value,
        }
    }

    /// A number that 64 bits mix well: equal values have equal hashes.
    pub fn digest(&self) -> u64 {
        match self {
            Value::Number(n) => random::join(1, random::join(n.num() as u64, n.den() as u64)),
            Value::Float(n) => random::join(2, n.to_bits()),
            Value::Quantity(n, unit) => {
                random::join(random::name(unit.name()), random::join(n.num() as u64, n.den() as u64))
            }
            Value::Word(text) => random::join(4, random::name(text)),
            Value::Bool(flag) => random::join(5, u64::from(*flag)),
            Value::List(list) => list.iter().fold(6, |hash, value| random::join(hash, value.digest())),
            Value::Live(live) => random::join(8, random::join(live.now.digest(), live.pattern.hash())),
            Value::Map(map) => map.iter().fold(7, |hash, (name, value)| {
                random::join(hash, random::join(random::name(name.as_str()), value.digest()))
            }),
        }
    }
}

/// Exactly the same: `1` and `1.0` as a float are two values, which `number` makes equal.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Quantity(a, u), Value::Quantity(b, v)) => a == b && u == v,
            (Value::Word(a), Value::Word(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            (Value::Live(a), Value::Live(b)) => a == b,
            _ => false,
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Float(number)
    }
}

impl From<Time> for Value {
    fn from(number: Time) -> Value {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::word(text)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(n) if n.is_int() => write!(f, "{}", n.num()),
            Value::Number(n) => write!(f, "{}", n.to_f64()),
            Value::Float(n) => write!(f, "{n}"),
            Value::Quantity(n, unit) => write!(f, "{}{}", n.to_f64(), unit.name()),
            Value::Word(text) => f.write_str(text),
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Live(live) => live.now.fmt(f),
            Value::List(list) => {
                for (i, value) in list.iter().enumerate() {
                    if i > 0 {
                        f.write_str(":")?;
                    }
                    write!(f, "{value}")?;
                }
                Ok(())
            }
            Value::Map(map) => {
                for (i, (name, value)) in map.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    write!(f, "{name}:{value}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_put_in_twice_stands_once() {
        let mut map = Controls::of("s".into(), "bd".into());
        let before = map.clone();
        map.set("gain".into(), Value::int(1));
        map.set("gain".into(), Value::int(2));
        assert_eq!(map.len(), 2);
        assert_eq!(map.get("gain"), Some(&Value::int(2)));
        assert_eq!(before.len(), 1);
    }

    #[test]
    fn zero_and_f_are_false_and_x_is_true() {
        assert!(!Value::int(0).truth());
        assert!(!Value::word("f").truth());
        assert!(Value::word("x").truth());
    }
}
