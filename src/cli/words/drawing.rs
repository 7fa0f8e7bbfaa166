//! The first cycles of a pattern as a picture of letters, at most 79 columns wide.
//!
//! A row for each sound or note, from its onset (`●`) to its end (`─`); below them a row of bars for each number that
//! moves with the events, or that a signal gives. What is the same throughout stands in a line of its own.
//!
//! Invariant: the picture is a function of the expression alone.

use std::fmt::Write as _;

use crate::base::time::{Span, Time};
use crate::pattern::{Context, FUEL, Hap, Pattern, Value};

/// How many cycles are drawn.
const CYCLES: i64 = 4;
/// The width of the names on the left.
const LABEL: usize = 9;
/// More rows than these are shown as a row of bars.
const MOST_LANES: usize = 12;
/// From the lowest value to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// An event in columns.
struct Event {
    /// Where it begins; before the picture where it began earlier.
    from: Option<usize>,
    first: usize,
    /// One past the last column.
    end: usize,
    values: Vec<(String, Value)>,
}

/// The picture of an expression; the error is one sentence.
pub fn draw(text: &str) -> Result<String, String> {
    let (pattern, said) = crate::cli::query::pattern(text, &crate::model::scope::EmptyScope, 0);
    let wrong = said.iter().find(|said| said.is_error()).map(|said| said.message.clone());
    let pattern = pattern.ok_or_else(|| wrong.unwrap_or_else(|| "this is no pattern".to_owned()))?;
    let mut haps = haps(&pattern);
    if haps.is_empty() {
        return Err("silent in its first four cycles".to_owned());
    }
    let columns = columns(&haps);
    if haps.iter().all(|hap| hap.whole.is_none()) {
        haps = sampled(&pattern, columns);
    }
    let events: Vec<Event> = haps.iter().map(|hap| event(hap, columns)).collect();
    Ok(picture(&events, columns))
}

fn haps(pattern: &Pattern) -> Vec<Hap> {
    let mut haps = Vec::new();
    let mut context = Context::new();
    for cycle in 0..CYCLES {
        context.refuel(FUEL);
        pattern.query_into(Span::cycle(cycle), &mut context, &mut haps);
    }
    haps.sort_by(|a, b| a.part.cmp(&b.part).then_with(|| a.value.to_string().cmp(&b.value.to_string())));
    haps
}

/// A signal, read at each column.
fn sampled(pattern: &Pattern, columns: i64) -> Vec<Hap> {
    let mut haps = Vec::new();
    let mut context = Context::new();
    for column in 0..CYCLES * columns {
        let span = Span::new(Time::new(column, columns), Time::new(column + 1, columns));
        haps.extend(pattern.query(span, &mut context));
    }
    haps
}

/// Sixteen columns a cycle, or twelve where that alone fits the onsets.
fn columns(haps: &[Hap]) -> i64 {
    let fits = |columns: i64| haps.iter().all(|hap| (hap.onset() * Time::int(columns)).is_int());
    if !fits(16) && fits(12) { 12 } else { 16 }
}

fn event(hap: &Hap, columns: i64) -> Event {
    let column = |time: Time| (time * Time::int(columns)).max(Time::ZERO);
    let whole = hap.whole_or_part();
    let end = whole.end.min(hap.part.end.max(whole.end)).min(Time::int(CYCLES));
    let first = column(hap.part.begin).cycle() as usize;
    let mut values: Vec<(String, Value)> = match &hap.value {
        Value::Map(map) => map.iter().map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect(),
        bare => vec![(String::new(), bare.clone())],
    };
    values.retain(|(name, _)| !name.starts_with('_'));
    if hap.shift != 0.0 {
        values.push(("shift".to_owned(), Value::word(&format!("{:+} ms", rounded(hap.shift * 1000.0)))));
    }
    let onset = hap.has_onset() || hap.whole.is_none();
    Event { from: onset.then_some(first), first, end: (column(end).ceil().cycle() as usize).max(first + 1), values }
}

fn value<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    event.values.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The names that make rows, those that make bars, and those that never change.
struct Split {
    lanes: Vec<String>,
    bars: Vec<String>,
    same: Vec<(String, Value)>,
}

fn split(events: &[Event]) -> Split {
    let mut names: Vec<String> = Vec::new();
    for name in events.iter().flat_map(|event| event.values.iter().map(|(name, _)| name)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    // The sound, the pitch, then the rest by name.
    names.sort_by_key(|name| (rank(name), name.clone()));
    let mut split = Split { lanes: Vec::new(), bars: Vec::new(), same: Vec::new() };
    for name in names {
        let first = events.iter().find_map(|event| value(event, &name));
        let changes = events.iter().any(|event| value(event, &name) != first);
        let number = events.iter().all(|event| value(event, &name).is_none_or(|value| plain_number(value).is_some()));
        match (first, changes) {
            (Some(first), false) => split.same.push((name, first.clone())),
            _ if number && rank(&name) > 3 => split.bars.push(name),
            _ => split.lanes.push(name),
        }
    }
    while lanes(events, &split.lanes).len() > MOST_LANES {
        let number = |name: &String| {
            events.iter().all(|event| value(event, name).is_none_or(|value| plain_number(value).is_some()))
        };
        let Some(at) = split.lanes.iter().rposition(number) else { break };
        let name = split.lanes.remove(at);
        split.bars.insert(0, name);
    }
    // Something has to name the row.
    if split.lanes.is_empty() && !split.same.is_empty() {
        split.lanes.push(split.same.remove(0).0);
    }
    split
}

fn rank(name: &str) -> usize {
    ["s", "note", "n", "", "chord", "bank"].iter().position(|other| *other == name).unwrap_or(9)
}

fn plain_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(_) | Value::Float(_) | Value::Bool(_) => value.number(),
        _ => None,
    }
}

/// What names the row of an event.
fn label(event: &Event, names: &[String]) -> String {
    let mut label = String::new();
    for name in names {
        let Some(value) = value(event, name) else { continue };
        let text = match name.as_str() {
            "note" => pitch(value),
            "n" if names[0] == "s" => {
                let _ = write!(label, ":{value}");
                continue;
            }
            "n" => format!("n {value}"),
            "s" | "" | "chord" | "bank" | "shift" => shown(value),
            _ if value.as_word().is_some() => shown(value),
            name => format!("{name} {}", shown(value)),
        };
        if !label.is_empty() {
            label.push(' ');
        }
        label.push_str(&text);
    }
    label
}

/// Every row: its name, in the order of pitch where all have one, else of the first event.
fn lanes(events: &[Event], names: &[String]) -> Vec<String> {
    let mut lanes: Vec<(Option<f64>, String)> = Vec::new();
    for event in events {
        let label = label(event, names);
        if !lanes.iter().any(|(_, other)| *other == label) {
            let height = names.iter().find_map(|name| match name.as_str() {
                "note" | "n" | "" => value(event, name).and_then(height),
                _ => None,
            });
            lanes.push((height, label));
        }
    }
    if !names.iter().any(|name| name == "s") && lanes.iter().all(|(height, _)| height.is_some()) {
        lanes.sort_by(|(a, _), (b, _)| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)));
    }
    lanes.into_iter().map(|(_, label)| label).collect()
}

fn height(value: &Value) -> Option<f64> {
    value.number().or_else(|| crate::pattern::harmony::note::number(value.as_word()?).map(|number| number as f64))
}

/// A note by its name.
fn pitch(value: &Value) -> String {
    const NAMES: [&str; 12] = ["c", "c#", "d", "eb", "e", "f", "f#", "g", "ab", "a", "bb", "b"];
    match value.number() {
        Some(number) if number.fract() == 0.0 && number.abs() < 1000.0 => {
            let number = number as i64;
            format!("{}{}", NAMES[number.rem_euclid(12) as usize], number.div_euclid(12) - 1)
        }
        _ => shown(value),
    }
}

/// A value with as many digits as a person reads.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(_) | Value::Float(_) => rounded(value.number().unwrap_or(0.0)),
        other => other.to_string(),
    }
}

fn rounded(number: f64) -> String {
    let digits = if number.abs() < 10.0 { 1000.0 } else { 10.0 };
    let number = (number * digits).round() / digits;
    // No −0.
    (number + 0.0).to_string()
}

fn picture(events: &[Event], columns: i64) -> String {
    let split = split(events);
    let width = (CYCLES * columns) as usize;
    let mut out = format!("{:LABEL$} ", "");
    for cycle in 0..CYCLES {
        let _ = write!(out, "{cycle:<width$}", width = columns as usize + 1);
    }
    let mut out = format!("{}\n", out.trim_end());
    let names = lanes(events, &split.lanes);
    for name in names.iter().take(MOST_LANES) {
        let mut row = vec![' '; width];
        let mut counts = vec![0_u32; width];
        for event in events.iter().filter(|event| label(event, &split.lanes) == *name) {
            for cell in &mut row[event.first.min(width)..event.end.min(width)] {
                if *cell == ' ' {
                    *cell = '─';
                }
            }
            if let Some(at) = event.from.filter(|at| *at < width) {
                counts[at] += 1;
                row[at] = match counts[at] {
                    1 => '●',
                    count => char::from_digit(count, 10).unwrap_or('+'),
                };
            }
        }
        line(&mut out, name, &row, columns);
    }
    if names.len() > MOST_LANES {
        let _ = writeln!(out, "… and {} rows more", names.len() - MOST_LANES);
    }
    let mut legend = Vec::new();
    for name in &split.bars {
        let numbers = events.iter().filter_map(|event| plain_number(value(event, name)?));
        let (low, high) = numbers.fold((f64::MAX, f64::MIN), |(low, high), n| (low.min(n), high.max(n)));
        let mut row = vec![' '; width];
        for event in events {
            if let (Some(number), Some(at)) = (value(event, name).and_then(plain_number), event.from)
                && at < width
            {
                let share = (number - low) / (high - low).max(1e-12);
                row[at] = BARS[((share * 7.0).round() as usize).min(7)];
            }
        }
        let shown = if name.is_empty() { "value" } else { name };
        line(&mut out, shown, &row, columns);
        legend.push(format!("{shown} from ▁ {} to █ {}", rounded(low), rounded(high)));
    }
    legend.extend(split.same.iter().map(|(name, value)| match name.as_str() {
        "" => shown(value),
        "note" => format!("note {}", pitch(value)),
        name => format!("{name} {}", shown(value)),
    }));
    if !legend.is_empty() {
        out.push_str(&super::wrapped(&legend.join(", "), LABEL + 1, 79));
    }
    out
}

fn line(out: &mut String, name: &str, row: &[char], columns: i64) {
    let mut name: String = name.to_owned();
    if name.chars().count() > LABEL {
        name = name.chars().take(LABEL - 1).chain(['…']).collect();
    }
    let _ = write!(out, "{name:<LABEL$} ");
    for cycle in row.chunks(columns as usize) {
        let _ = write!(out, "│{}", cycle.iter().collect::<String>());
    }
    out.push_str("│\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_stand_below_each_other_from_onset_to_end() {
        let drawn = draw("s(\"bd sd\")").unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[0].trim_start(), "0                1                2                3");
        assert!(lines[1].starts_with("bd        │●───────        │●───────"), "{drawn}");
        assert!(lines[2].starts_with("sd        │        ●───────│"), "{drawn}");
    }

    #[test]
    fn what_moves_is_drawn_and_what_stays_is_said() {
        let drawn = draw("s(\"hh*4\").pan(\"0 1\").speed(2)").unwrap();
        assert!(drawn.contains("pan       │▁   ▁   █   █   │"), "{drawn}");
        assert!(drawn.ends_with("pan from ▁ 0 to █ 1, speed 2\n"), "{drawn}");
    }

    #[test]
    fn triplets_stand_on_columns() {
        let drawn = draw("note(\"c4 e4 g4\")").unwrap();
        assert!(drawn.contains("g4        │        ●───│"), "{drawn}");
        assert!(drawn.find("g4").unwrap() < drawn.find("c4").unwrap(), "{drawn}");
    }

    #[test]
    fn silence_says_so_and_no_line_is_wider_than_a_terminal() {
        assert!(draw("s(\"~\")").unwrap_err().contains("silent"));
        for text in ["n(irand(20).segment(16))", "sine", "note(\"c4 e4\").s(\"sawtooth\").lpf(sine.range(200, 900))"] {
            let drawn = draw(text).unwrap();
            assert!(drawn.lines().all(|line| line.chars().count() < 80), "{drawn}");
        }
    }
}
